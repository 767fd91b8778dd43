"""Lire une liste de lieux : coordonnées, ou adresse seule que l’on ne devine jamais."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from pyproj import CRS, Transformer

from observatoire.erreurs import Anomalie, lever_si_erreurs
from observatoire.ingestion.classeur import Feuille, Ligne, lire_classeur
from observatoire.ingestion.geometrie import situer

__all__ = ["Lieu", "dire_hors_de_la_ville", "lire_lieux"]

_SYNONYMES = {
    "identifiant": ("identifiant", "id", "code"),
    "nom": ("nom", "libelle", "intitule"),
    "categorie": ("categorie", "type", "genre"),
    "adresse": ("adresse", "rue", "voie"),
    "code_postal": ("code_postal", "cp"),
    "commune": ("commune", "ville"),
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "lon", "lng", "long"),
    "x": ("x", "x_l93", "x_lambert", "coordonnee_x"),
    "y": ("y", "y_l93", "y_lambert", "coordonnee_y"),
}
_UNE_SEULE = frozenset({"latitude", "longitude", "x", "y"})
_DEGRES = CRS.from_epsg(4326)


@dataclass(frozen=True, slots=True)
class Lieu:
    """Un lieu ; ``longitude`` et ``latitude`` (degrés WGS 84) manquent s’il est à géolocaliser."""

    identifiant: str
    nom: str
    categorie: str
    adresse: str
    longitude: float | None
    latitude: float | None

    @property
    def situe(self) -> bool:
        """Vrai si ses coordonnées sont connues."""
        return self.longitude is not None and self.latitude is not None


def lire_lieux(chemin: Path, *, categorie: str, crs: CRS) -> tuple[list[Lieu], list[Anomalie]]:
    """Lire et contrôler une liste de lieux.

    Parameters
    ----------
    chemin : pathlib.Path
        CSV ou XLSX (première feuille) : ``nom``, et ``latitude`` et ``longitude``, ou ``x`` et ``y``
        dans la projection légale, ou ``adresse`` ; facultatifs : ``identifiant``, ``categorie``.
    categorie : str
        Catégorie des lignes qui n’en donnent pas.
    crs : pyproj.CRS
        Projection légale de la ville, pour ``x`` et ``y``.

    Returns
    -------
    lieux : list of Lieu
        Dans l’ordre du fichier.
    anomalies : list of Anomalie
        Avertissements : lieux à géolocaliser, lieux écrits deux fois.

    Raises
    ------
    ErreurDonnees
        Toutes les fautes, chacune avec sa cellule.
    """
    feuille = next(iter(lire_classeur(chemin).values()))
    champs = {
        canonique: next((n for n in noms if n in feuille.colonnes), "")
        for canonique, noms in _SYNONYMES.items()
    }
    anomalies = _structure(feuille, champs) + feuille.fautes(c for c in champs.values() if c)
    lieux, vus = list[Lieu](), dict[str, int]()
    if not anomalies:
        vers = Transformer.from_crs(crs, _DEGRES, always_xy=True)
        for ligne in feuille.lignes:
            lieu, fautes = _lieu(feuille, ligne, champs, categorie, crs, vers)
            anomalies += fautes
            if lieu.identifiant in vus:
                anomalies.append(
                    _faute(
                        feuille, ligne, champs["identifiant"],
                        f"identifiant « {lieu.identifiant} » déjà en ligne {vus[lieu.identifiant]}",
                        "donnez un identifiant à chaque lieu",
                    )
                )  # fmt: skip
            vus.setdefault(lieu.identifiant, ligne.numero)
            lieux.append(lieu)
    lever_si_erreurs(f"La liste de lieux « {chemin.name} » ne peut être employée :", anomalies)
    attendus = [lieu.nom for lieu in lieux if not lieu.situe]
    if attendus:
        message = f"{len(attendus)} lieu(x) à géolocaliser, qui ne comptent pas encore : {_citer(attendus)}"
        remede = "ajoutez leurs coordonnées (latitude et longitude) et réimportez le fichier"
        anomalies.append(Anomalie(message, chemin.name, remede=remede, gravite="avertissement"))
    return lieux, anomalies + _doublons(lieux, chemin.name)


def dire_hors_de_la_ville(
    lieux: Sequence[Lieu], ville: shapely.Geometry, crs: CRS, fichier: str, nom_ville: str
) -> list[Anomalie]:
    """Un avertissement s’il y a des lieux hors de la ville : une coordonnée fausse y ressemble.

    Parameters
    ----------
    lieux : sequence of Lieu
    ville : shapely.Geometry
        Contour, dans ``crs``.
    crs : pyproj.CRS
        Projection légale.
    fichier, nom_ville : str
        Pour le message.
    """
    situes = [lieu for lieu in lieux if lieu.situe]
    vers = Transformer.from_crs(_DEGRES, crs, always_xy=True)
    x, y = vers.transform([s.longitude for s in situes], [s.latitude for s in situes])
    dedans = shapely.intersects_xy(ville, x, y)
    dehors = [lieu.nom for lieu, d in zip(situes, np.atleast_1d(dedans), strict=True) if not d]
    if not dehors:
        return []
    message = f"{len(dehors)} lieu(x) hors de {nom_ville} : {_citer(dehors)}"
    remede = "vérifiez leurs coordonnées ; proches de la ville, ils comptent dans les distances et dans aucun quartier"
    return [Anomalie(message, fichier, remede=remede, gravite="avertissement")]


def _doublons(lieux: Sequence[Lieu], fichier: str) -> list[Anomalie]:
    """Lieux de même nom au même endroit : chacun compterait."""
    cles = [
        (_plat(p.nom), p.longitude, p.latitude, _plat(p.adresse) if not p.situe else "")
        for p in lieux
    ]
    fois = Counter(cles)
    doubles = list(dict.fromkeys(p.nom for p, c in zip(lieux, cles, strict=True) if fois[c] > 1))
    if not doubles:
        return []
    message = f"{len(doubles)} lieu(x) écrit(s) plusieurs fois, et qui comptent autant de fois : {_citer(doubles)}"
    remede = "gardez une ligne par lieu et réimportez"
    return [Anomalie(message, fichier, remede=remede, gravite="avertissement")]


def _plat(texte: str) -> str:
    return " ".join(texte.casefold().split())


def _citer(noms: Sequence[str]) -> str:
    return ", ".join(noms[:5]) + ("…" if len(noms) > 5 else "")


def _structure(feuille: Feuille, champs: dict[str, str]) -> list[Anomalie]:
    anomalies = []
    presentes = ", ".join(feuille.colonnes) or "aucune"
    for canonique, noms in _SYNONYMES.items():
        memes = [n for n in noms if n in feuille.colonnes]
        if len(memes) > 1 and canonique in _UNE_SEULE:
            message = f"deux colonnes pour « {canonique} » : {', '.join(memes)}"
            anomalies.append(Anomalie(message, feuille.fichier, 1, remede="gardez-en une"))
    if not champs["nom"]:
        remede = f"ajoutez-la ; colonnes présentes : {presentes}"
        anomalies.append(Anomalie("colonne « nom » absente", feuille.fichier, 1, remede=remede))
    paires = (champs["latitude"] and champs["longitude"], champs["x"] and champs["y"])
    if not any(paires) and not champs["adresse"]:
        message = "ni coordonnées (latitude et longitude, ou x et y) ni adresse"
        remede = f"ajoutez l’une des trois ; colonnes présentes : {presentes}"
        anomalies.append(Anomalie(message, feuille.fichier, 1, remede=remede))
    if not feuille.lignes:
        anomalies.append(Anomalie("aucun lieu", feuille.fichier, remede="vérifiez le fichier"))
    return anomalies


def _lieu(
    feuille: Feuille,
    ligne: Ligne,
    champs: dict[str, str],
    categorie: str,
    crs: CRS,
    vers: Transformer,
) -> tuple[Lieu, list[Anomalie]]:
    def lire(champ: str) -> str:
        return ligne.texte(champs[champ]) if champs[champ] else ""

    anomalies = []
    if not lire("nom"):
        anomalies.append(
            _faute(feuille, ligne, champs["nom"], "lieu sans nom", "donnez-lui un nom")
        )
    adresse = " ".join(t for t in (lire("adresse"), lire("code_postal"), lire("commune")) if t)
    position, fautes = _position(feuille, ligne, champs, crs, vers)
    anomalies += fautes
    if position is None and not fautes and not lire("adresse"):
        message = "ni coordonnées ni adresse"
        anomalies.append(_faute(feuille, ligne, champs["nom"], message, "donnez l’une des deux"))
    lieu = Lieu(
        lire("identifiant") or f"L{ligne.numero}",
        lire("nom"),
        lire("categorie") or categorie,
        adresse,
        None if position is None else position[0],
        None if position is None else position[1],
    )
    return lieu, anomalies


def _position(
    feuille: Feuille, ligne: Ligne, champs: dict[str, str], crs: CRS, vers: Transformer
) -> tuple[tuple[float, float] | None, list[Anomalie]]:
    """Longitude et latitude ; les degrés l’emportent sur ``x`` et ``y``."""
    for premier, second, systeme in (("longitude", "latitude", _DEGRES), ("x", "y", crs)):
        colonnes = [champs[premier], champs[second]]
        textes = [ligne.texte(c) if c else "" for c in colonnes]
        if not any(textes):
            continue
        manquants = [
            c or n for c, n, t in zip(colonnes, (premier, second), textes, strict=True) if not t
        ]
        if manquants:
            message = f"« {manquants[0]} » manque : une seule coordonnée est donnée"
            return None, [
                _faute(feuille, ligne, manquants[0], message, "complétez-la, ou videz l’autre")
            ]
        nombres = [_nombre(t) for t in textes]
        mauvais = [
            _faute(feuille, ligne, c, f"« {t} » n’est pas un nombre", "écrivez par exemple 45,1885")
            for c, t, n in zip(colonnes, textes, nombres, strict=True)
            if n is None
        ]
        if mauvais:
            return None, mauvais
        a, b = float(nombres[0] or 0.0), float(nombres[1] or 0.0)
        lieu = situer(np.array([a]), np.array([b]), systeme)
        if lieu.permutes[0]:
            message = f"« {premier} » et « {second} » sont échangés ({a:g} ; {b:g})"
            return None, [
                _faute(feuille, ligne, colonnes[0], message, "échangez les deux colonnes")
            ]
        if not lieu.en_france[0]:
            message = f"position hors de France ({a:g} ; {b:g})"
            return None, [_faute(feuille, ligne, colonnes[0], message, "vérifiez les coordonnées")]
        return ((a, b) if systeme is _DEGRES else vers.transform(a, b)), []
    return None, []


def _nombre(texte: str) -> float | None:
    try:
        nombre = float(
            texte.replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace(",", ".")
        )
    except ValueError:
        return None
    return nombre if math.isfinite(nombre) else None


def _faute(feuille: Feuille, ligne: Ligne, champ: str, message: str, remede: str) -> Anomalie:
    cellule = feuille.adresse(ligne.numero, champ)
    return Anomalie(message, f"{feuille.fichier}, {cellule}", remede=remede)
