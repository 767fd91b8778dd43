"""Chercher un lieu sur la carte : dans un quartier prioritaire, hors, ou près d’une limite."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

import pandas as pd
import pyproj
import shapely
import streamlit as st

from observatoire.cartes.lieux_web import TOUTES, categories_de_lieux
from observatoire.editions import Edition
from observatoire.erreurs import ErreurObservatoire
from observatoire.ingestion.adresses import chercher_adresse, recherche_permise
from observatoire.interface.chargement import lieux_de
from observatoire.interface.etat import adresse, choisir, rechercher
from observatoire.interface.recherche import trouver_lieu, trouver_zone
from observatoire.redaction import ecrire_nom, ecrire_nombre
from observatoire.territoires.localisation import MARGE_LIMITE_M, Situation, situer

__all__ = [
    "Reponse",
    "afficher_recherche",
    "choisir_lieux",
    "etablissements_du_quartier",
    "repondre",
]

_POINT_INCOMPRIS = (
    "Ce point n’est pas compris. Écrivez la latitude puis la longitude en degrés, par exemple "
    "« 45.1662, 5.7353 », ou cliquez sur la carte."
)
_ETENDUE_DEGRES = (-180.0, 180.0, -90.0, 90.0)


@dataclass(frozen=True, slots=True)
class Reponse:
    """Ce que l’on répond à la personne : texte, HTML, point à montrer (latitude, longitude)."""

    texte: str
    html: str
    point: tuple[float, float] | None


def afficher_recherche(edition: Edition) -> None:
    """Champ « Un lieu » : quartiers, découpages, lieux de la ville, IRIS ; une adresse si l’administration l’a permis."""
    adresses = recherche_permise()
    rechercher(
        "Un lieu, une adresse" if adresses else "Un lieu",
        lieux_de(edition),
        cle="lieu",
        efface="point adresse",
        largeur=230,
        groupes="non",
        indication="Quartier, secteur, équipement" + (", adresse" if adresses else ""),
        libre="adresse" if adresses else "point",
        vide="Tapez Entrée pour chercher cette adresse"
        if adresses
        else "Aucun lieu de ce nom ; vous pouvez écrire « latitude, longitude » puis Entrée, ou cliquer sur la carte",
    )


def choisir_lieux(edition: Edition) -> str:
    """Catégorie de lieux à poser sur une carte ; le champ n’est là que si l’édition en a."""
    categories = categories_de_lieux(edition.complement("lieux"))
    if not categories:
        return ""
    noms = {"": "aucun", **{c: c for c in categories}, TOUTES: "tous"}
    return choisir("Lieux", list(noms), cle="lieux", ecrire=noms.__getitem__, largeur=190)


def repondre(edition: Edition) -> Reponse | None:
    """Réponse au lieu demandé dans l’adresse, s’il y en a un."""
    if "lieu" in st.query_params:
        return _situer_choix(edition, st.query_params["lieu"])
    if "point" in st.query_params:
        point = _lire_point(st.query_params["point"])
        return _situer_point(edition, point, "Ce point") if point else _refus(_POINT_INCOMPRIS)
    if "adresse" in st.query_params and recherche_permise():
        return _situer_adresse(edition, st.query_params["adresse"])
    return None


def _situer_adresse(edition: Edition, texte: str) -> Reponse:
    try:
        trouvee = chercher_adresse(texte, edition.code_commune)
    except ErreurObservatoire as erreur:
        return _refus(str(erreur))
    if trouvee is None:
        return _refus(
            "Cette adresse n’est pas connue dans cette ville. Vérifiez le numéro et la voie."
        )
    return _situer_point(edition, trouvee.point, f"« {trouvee.libelle} »")


def _lire_point(texte: str) -> tuple[float, float] | None:
    """Latitude et longitude ; la virgule sépare, ou décime si un point-virgule ou une espace sépare."""
    brut = texte.strip().replace(";", " ")
    morceaux = brut.split(",") if brut.count(",") == 1 else brut.replace(", ", " ").split()
    try:
        latitude, longitude = (float(m.strip().replace(",", ".")) for m in morceaux)
    except ValueError:
        return None
    ouest, est, sud, nord = _ETENDUE_DEGRES
    if not (sud <= latitude <= nord and ouest <= longitude <= est):
        return None
    return latitude, longitude


def _situer_point(edition: Edition, point: tuple[float, float], sujet: str) -> Reponse:
    qpv = edition.couches["qpv"]
    vers = pyproj.Transformer.from_crs("EPSG:4326", qpv.crs, always_xy=True)
    lieu = shapely.Point(*vers.transform(point[1], point[0]))
    iris = edition.couches["iris"]
    if not shapely.intersects(iris.geometry.values, lieu).any():
        return _reponse(
            edition,
            f"{sujet} est hors de la ville affichée : il n’est pas situé.",
            "hors",
            (),
            point,
        )
    situation = situer(lieu, qpv)
    return _reponse(
        edition,
        _phrase_point(edition, situation, sujet),
        situation.reponse,
        situation.quartiers,
        point,
    )


def _phrase_point(edition: Edition, situation: Situation, sujet: str) -> str:
    noms = _noms(edition, situation.quartiers)
    if situation.reponse == "dans":
        return f"{sujet} est dans le quartier prioritaire {noms}."
    if situation.reponse == "incertain":
        marge = ecrire_nombre(MARGE_LIMITE_M)
        return (
            f"Incertain : {sujet[:1].lower()}{sujet[1:]} est à moins de {marge} m de la limite du quartier prioritaire {noms}. "
            "Demandez la réponse officielle sur sig.ville.gouv.fr."
        )
    if situation.distance_m == float("inf"):
        return f"{sujet} est hors quartier prioritaire : la ville n’en a pas."
    distance = ecrire_nombre(round(situation.distance_m / 10) * 10)
    return f"{sujet} est hors quartier prioritaire ; le plus proche est à {distance} m."


def _situer_choix(edition: Edition, valeur: str) -> Reponse:
    """Réponse à un lieu choisi par son nom : un territoire, ou un lieu de la ville."""
    lieu = trouver_lieu(edition, valeur)
    if lieu is None:
        return _situer_zone(edition, valeur)
    sujet = f"« {lieu.nom} » ({lieu.categorie})"
    if lieu.point is None:
        return _refus(
            f"{sujet} n’a pas encore de coordonnées : la personne chargée de l’observation peut les donner."
        )
    return _situer_point(edition, lieu.point, sujet)


def _situer_zone(edition: Edition, code: str) -> Reponse:
    zone = trouver_zone(edition, code)
    if zone is None:
        return _refus("Ce lieu n’est pas dans la ville affichée.")
    vers = pyproj.Transformer.from_crs(edition.couches["iris"].crs, "EPSG:4326", always_xy=True)
    centre = shapely.point_on_surface(zone.forme)
    longitude, latitude = vers.transform(centre.x, centre.y)
    point = (round(latitude, 5), round(longitude, 5))
    if zone.est_qpv:
        texte = f"{zone.sujet} est un quartier prioritaire de la politique de la ville (QPV)."
        return _reponse(edition, texte, "dans", (code,), point)
    situation = situer(zone.forme, edition.couches["qpv"])
    noms = _noms(edition, situation.quartiers)
    texte = {
        "dans": f"{zone.sujet} est dans le quartier prioritaire {noms}.",
        "partiel": f"{zone.sujet} est en partie dans le quartier prioritaire {noms}.",
    }.get(situation.reponse, f"{zone.sujet} est hors quartier prioritaire.")
    return _reponse(edition, texte, situation.reponse, situation.quartiers, point)


def _noms(edition: Edition, codes: tuple[str, ...]) -> str:
    noms: pd.Series = edition.couches["qpv"].set_index("code_territoire")["nom"]
    return " et ".join(ecrire_nom(str(noms[c])) for c in codes)


def _reponse(
    edition: Edition,
    texte: str,
    genre: str,
    quartiers: tuple[str, ...],
    point: tuple[float, float] | None,
) -> Reponse:
    del edition
    liens = " ".join(
        f'<a href="{escape(adresse("quartiers", qpv=code))}">Ouvrir la fiche</a>'
        for code in quartiers[:1]
    )
    html = (
        f'<div class="obs-lieu {escape(genre)}" role="status"><p>{escape(texte)}</p>'
        f"<p>{liens}</p></div>"
    )
    return Reponse(texte, html, point)


def _refus(texte: str) -> Reponse:
    return Reponse(
        texte, f'<div class="obs-lieu refus" role="status"><p>{escape(texte)}</p></div>', None
    )


def etablissements_du_quartier(edition: Edition, code: str) -> str:
    """Écoles, collèges et lycées situés dans un quartier, en HTML ; vide si l’on n’en sait rien.

    Parameters
    ----------
    edition : Edition
        Sa table complémentaire ``etablissements`` a un nom, un type et, quand on les connaît, une
        longitude et une latitude.
    code : str
        Code du quartier.
    """
    table = edition.complement("etablissements")
    if not {"nom", "type", "longitude", "latitude"}.issubset(table.columns):
        return ""
    places = table.dropna(subset=["longitude", "latitude"])
    if places.empty:
        return ""
    qpv = edition.couches["qpv"]
    forme = qpv.set_index("code_territoire").geometry[code]
    vers = pyproj.Transformer.from_crs("EPSG:4326", qpv.crs, always_xy=True)
    x, y = vers.transform(places["longitude"].to_numpy(), places["latitude"].to_numpy())
    dedans = places[shapely.contains_xy(forme, x, y)].sort_values(["type", "nom"])
    titre = '<h2 class="obs-h2">Établissements scolaires situés dans le quartier</h2>'
    if dedans.empty:
        return f'{titre}<p class="obs-texte">Aucun établissement connu n’est dans les limites du quartier.</p>'
    colonnes = [c for c in ("type", "secteur", "ips") if c in dedans.columns]
    noms = {"type": "Type", "secteur": "Secteur", "ips": "IPS des élèves"}
    lignes = "".join(
        f'<tr><th scope="row">{escape(str(e["nom"]))}</th>'
        + "".join(f"<td>{escape(_cellule(e[c]))}</td>" for c in colonnes)
        + "</tr>"
        for _, e in dedans.iterrows()
    )
    tete = "".join(f'<th scope="col">{noms[c]}</th>' for c in colonnes)
    return (
        f'{titre}<div class="obs-defile obs-entier" tabindex="0" role="region" aria-label="Établissements">'
        f'<table class="obs-table obs-comptes"><thead><tr><th scope="col">Établissement</th>{tete}</tr></thead>'
        f'<tbody>{lignes}</tbody></table></div><p class="obs-note">L’indice de position sociale (IPS) décrit les '
        "élèves scolarisés dans l’établissement, non les habitants du quartier.</p>"
    )


def _cellule(valeur: object) -> str:
    if isinstance(valeur, float):
        return ecrire_nombre(valeur, 1) if not math.isnan(valeur) else "non disponible"
    return str(valeur)
