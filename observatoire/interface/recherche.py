"""Ce que l’on cherche par son nom sur la carte : quartiers, découpages de la ville, lieux, IRIS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from shapely.geometry.base import BaseGeometry

from observatoire.cartes.francais import avec_article
from observatoire.domaine import NomDeZones
from observatoire.editions import Edition
from observatoire.redaction import ecrire_nom, majuscule

__all__ = ["LieuTrouve", "ZoneTrouvee", "lieux_a_chercher", "trouver_lieu", "trouver_zone"]

_PREFIXE = "lieu:"
"""Un lieu se distingue d’un territoire, dont le code n’a pas de deux-points."""
_SECTEUR = NomDeZones("secteur", "secteurs", "m")
_IRIS = NomDeZones("IRIS", "IRIS", "m")


@dataclass(frozen=True, slots=True)
class ZoneTrouvee:
    """Un territoire : son sujet de phrase, s’il est un QPV, sa forme."""

    sujet: str
    est_qpv: bool
    forme: BaseGeometry


@dataclass(frozen=True, slots=True)
class LieuTrouve:
    """Un lieu de la ville ; ``point`` (latitude, longitude) manque s’il est à géolocaliser."""

    nom: str
    categorie: str
    point: tuple[float, float] | None


def lieux_a_chercher(edition: Edition) -> tuple[dict[str, str], ...]:
    """Options du champ « Un lieu ».

    Returns
    -------
    tuple of dict
        ``v`` (code, ou identifiant d’un lieu), ``t`` (nom), ``g`` (groupe), ``d`` (détail) : quartiers
        prioritaires, secteurs, familles de la ville, lieux, puis IRIS ; par nom dans chaque groupe.
    """
    return (
        *_territoires(edition, "qpv", "Quartiers prioritaires", "QPV"),
        *_territoires(edition, "secteurs", "Secteurs", "secteur"),
        *(
            option
            for famille, noms in edition.familles.items()
            for option in _territoires(edition, famille, majuscule(noms.pluriel), noms.singulier)
        ),
        *_lieux(edition.complement("lieux")),
        *_territoires(edition, "iris", "IRIS", "IRIS"),
    )


def _territoires(
    edition: Edition, nom_couche: str, groupe: str, detail: str
) -> Iterator[dict[str, str]]:
    couche = edition.couches.get(nom_couche)
    if couche is None:
        return
    cle, colonne = _champs(nom_couche)
    for nom, code in sorted(zip(couche[colonne], couche[cle], strict=True), key=str):
        # Le code d’un territoire de la ville est fait pour la machine : il ne se montre pas.
        officiel = nom_couche in {"qpv", "iris", "secteurs"}
        yield {
            "v": str(code),
            "t": ecrire_nom(str(nom)),
            "g": groupe,
            "d": f"{detail} {code}" if officiel else detail,
        }


def _champs(couche: str) -> tuple[str, str]:
    return ("code_iris", "nom_iris") if couche == "iris" else ("code_territoire", "nom")


def _lieux(table: pd.DataFrame) -> Iterator[dict[str, str]]:
    if table.empty:
        return
    for r in table.sort_values(["categorie", "nom", "identifiant"]).to_dict("records"):
        suite = " · à géolocaliser" if r["a_geolocaliser"] else ""
        yield {
            "v": f"{_PREFIXE}{r['liste']}/{r['identifiant']}",
            "t": str(r["nom"]),
            "g": str(r["categorie"]),
            "d": f"{r['adresse'] or 'lieu'}{suite}",
        }


def trouver_lieu(edition: Edition, valeur: str) -> LieuTrouve | None:
    """Lieu choisi dans le champ ; ``None`` si la valeur n’est pas celle d’un lieu de l’édition."""
    table = edition.complement("lieux")
    if not valeur.startswith(_PREFIXE) or table.empty:
        return None
    liste, _, identifiant = valeur.removeprefix(_PREFIXE).partition("/")
    trouves = table[(table["liste"] == liste) & (table["identifiant"].astype(str) == identifiant)]
    if trouves.empty:
        return None
    lieu = trouves.iloc[0]
    point = None
    if not lieu["a_geolocaliser"]:
        point = (round(float(lieu["latitude"]), 5), round(float(lieu["longitude"]), 5))
    return LieuTrouve(str(lieu["nom"]), str(lieu["categorie"]), point)


def trouver_zone(edition: Edition, code: str) -> ZoneTrouvee | None:
    """Territoire de ce code : quartier, secteur, découpage de la ville ou IRIS."""
    noms = {"qpv": None, "secteurs": _SECTEUR, **edition.familles, "iris": _IRIS}
    for nom_couche, zones in noms.items():
        couche = edition.couches.get(nom_couche)
        if couche is None:
            continue
        cle, colonne = _champs(nom_couche)
        trouvees = couche[couche[cle] == code]
        if len(trouvees):
            ligne = trouvees.iloc[0]
            nom = ecrire_nom(str(ligne[colonne]))
            sujet = nom if zones is None else sujet_de_zone(nom, zones)
            return ZoneTrouvee(sujet, zones is None, ligne.geometry)
    return None


def sujet_de_zone(nom: str, zones: NomDeZones) -> str:
    """« Le secteur scolaire Jules-Verne », « L’aire Centre » ; « Nord (polygone) » sans genre connu.

    Parameters
    ----------
    nom : str
        Nom du territoire.
    zones : NomDeZones
        Nom de sa famille ; un nom qui commence par le même mot ne le répète pas.
    """
    if not zones.genre:
        return f"{nom} ({zones.singulier})"
    premier = zones.singulier.split()[0]
    if nom.lower().startswith(premier.lower() + " "):
        return majuscule(avec_article(nom[:1].lower() + nom[1:], zones.genre))
    return majuscule(avec_article(f"{zones.singulier} {nom}", zones.genre))
