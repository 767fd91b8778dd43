"""Noms posés sur la carte à l’écran, pour le cadrage initial sur toute la ville.

Les places viennent de :func:`observatoire.cartes.etiquettes.placer_etiquettes`, dont la
grille a un pas d’une unité : une unité vaut ici douze pixels, assez fin pour l’écran, où
le trait de rappel est de toute façon ajusté au texte mesuré.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from observatoire.cartes.etiquettes import Sujet, placer_etiquettes
from observatoire.cartes.grille_etiquettes import placer_nom_interieur
from observatoire.cartes.rectangle import Cadre

_G = TypeVar("_G", BaseGeometry, "np.ndarray[Any, np.dtype[Any]]")

__all__ = ["MARGE_PX", "Ecran", "NomPose", "couper_nom", "placer_noms", "placer_secteurs"]

LARGEUR_PX = 900
"""Largeur de carte supposée : deux tiers d’un écran courant."""
MARGE_PX = 26
_UNITE_PAR_PX = 1 / 12
_CHASSE_PX = 7.1
"""Largeur moyenne d’une lettre grasse de 13 px, un peu large par prudence."""
_CHASSE_SECTEUR_PX = 6.0
_INTERLIGNE_PX = 15.0
_LONGUEUR_LIGNE = 20
_RAPPEL_MAX_PX = 240


@dataclass(frozen=True, slots=True)
class NomPose:
    """Un nom : rang de son quartier (−1 pour un secteur), ancre et décalages en pixels.

    ``ancre`` est en mètres dans la projection légale ; ``centre`` est relatif à elle, ``y``
    vers le bas.
    """

    rang: int
    texte: str
    ancre: tuple[float, float]
    centre: tuple[float, float]
    en_zoom: bool = False
    """Vrai : faute de place près de sa forme, le nom n’apparaît que carte agrandie."""


class Ecran:
    """Passage des mètres aux unités d’écran, la ville tenant dans le cadre."""

    def __init__(self, bornes: tuple[float, float, float, float], hauteur_px: int) -> None:
        ouest, sud, est, nord = bornes
        utile = LARGEUR_PX - 2 * MARGE_PX, hauteur_px - 2 * MARGE_PX
        metres_par_px = max((est - ouest) / utile[0], (nord - sud) / utile[1], 1e-3)
        self.echelle = _UNITE_PAR_PX / metres_par_px
        self.milieu = (ouest + est) / 2, (sud + nord) / 2
        self.cadre = Cadre(0, 0, LARGEUR_PX * _UNITE_PAR_PX, hauteur_px * _UNITE_PAR_PX)

    def projeter(self, geometrie: _G) -> _G:
        """Mètres → unités d’écran, ``y`` vers le bas."""

        def passage(points: np.ndarray[Any, np.dtype[Any]]) -> np.ndarray[Any, np.dtype[Any]]:
            x = (points[:, 0] - self.milieu[0]) * self.echelle + self.cadre.largeur / 2
            y = self.cadre.hauteur / 2 - (points[:, 1] - self.milieu[1]) * self.echelle
            return np.column_stack([x, y])

        projetee: _G = shapely.transform(geometrie, passage)
        return projetee

    def en_metres(self, x: float, y: float) -> tuple[float, float]:
        """Unités d’écran → mètres."""
        return (
            (x - self.cadre.largeur / 2) / self.echelle + self.milieu[0],
            (self.cadre.hauteur / 2 - y) / self.echelle + self.milieu[1],
        )


def couper_nom(nom: str) -> str:
    """Écrire un nom sur deux lignes équilibrées s’il est long, avec des tirets demi-cadratin."""
    nom = nom.replace(" - ", " – ")
    if len(nom) <= _LONGUEUR_LIGNE or " " not in nom:
        return nom
    mots = nom.split(" ")
    coupes = [[" ".join(mots[:i]), " ".join(mots[i:])] for i in range(1, len(mots))]
    # Un tiret ne commence pas une ligne.
    permises = [c for c in coupes if not c[1].startswith("–")] or coupes
    return "\n".join(min(permises, key=lambda c: max(map(len, c))))


def _taille(texte: str, chasse: float) -> tuple[float, float]:
    lignes = texte.split("\n")
    largeur = max(len(ligne) for ligne in lignes) * chasse + 4
    return largeur * _UNITE_PAR_PX, (len(lignes) * _INTERLIGNE_PX + 3) * _UNITE_PAR_PX


def placer_noms(qpv: gpd.GeoDataFrame, ville: BaseGeometry, ecran: Ecran) -> list[NomPose]:
    """Placer les noms des quartiers prioritaires hors de leurs formes, sans chevauchement.

    Parameters
    ----------
    qpv : geopandas.GeoDataFrame
        Colonnes ``nom, geometry`` (mètres).
    ville : BaseGeometry
        Surface qu’il vaut mieux ne pas cacher (mètres).
    ecran : Ecran

    Returns
    -------
    list of NomPose
        Un par quartier, dans l’ordre. Un nom sans place, ou dont le trait de rappel
        traverserait la carte, attend que la carte soit agrandie.
    """
    if qpv.empty:
        return []
    formes = ecran.projeter(np.asarray(qpv.geometry.values))
    textes = [couper_nom(str(nom)) for nom in qpv["nom"]]
    sujets = [
        Sujet(str(i), forme, *_taille(texte, _CHASSE_PX))
        for i, (forme, texte) in enumerate(zip(formes, textes, strict=True))
    ]
    boutons = shapely.box(0, 0, 60 * _UNITE_PAR_PX, 130 * _UNITE_PAR_PX)
    places = placer_etiquettes(
        sujets, cadre=ecran.cadre, ville=ecran.projeter(ville), interdits=[boutons]
    )
    noms = []
    for rang, (texte, forme) in enumerate(zip(textes, formes, strict=True)):
        place = places.get(str(rang))
        rappel = np.inf
        if place is not None:
            (x, y), boite = place.arrivee, place.boite
            rappel = np.hypot(place.depart[0] - x, place.depart[1] - y) / _UNITE_PAR_PX
        if place is None or rappel > _RAPPEL_MAX_PX:
            milieu = shapely.point_on_surface(forme)
            noms.append(NomPose(rang, texte, ecran.en_metres(milieu.x, milieu.y), (0, -22), True))
            continue
        dx, dy = boite.x + boite.largeur / 2 - x, boite.y + boite.hauteur / 2 - y
        centre = dx / _UNITE_PAR_PX, dy / _UNITE_PAR_PX
        noms.append(NomPose(rang, texte, ecran.en_metres(x, y), centre))
    return noms


def placer_secteurs(
    secteurs: gpd.GeoDataFrame, qpv: gpd.GeoDataFrame, noms: list[NomPose], ecran: Ecran
) -> list[NomPose]:
    """Placer les noms des secteurs à l’intérieur, loin des quartiers et de leurs noms."""
    occupe = [shapely.buffer(f, 1.0) for f in ecran.projeter(np.asarray(qpv.geometry.values))]
    for nom in (n for n in noms if not n.en_zoom):
        x, y = ecran.projeter(shapely.Point(nom.ancre)).coords[0]
        x, y = x + nom.centre[0] * _UNITE_PAR_PX, y + nom.centre[1] * _UNITE_PAR_PX
        largeur, hauteur = _taille(nom.texte, _CHASSE_PX)
        occupe.append(
            shapely.box(x - largeur / 2, y - hauteur / 2, x + largeur / 2, y + hauteur / 2)
        )
    union = shapely.union_all(occupe)
    poses = []
    formes = ecran.projeter(np.asarray(secteurs.geometry.values))
    for texte, forme in zip(secteurs["nom"], formes, strict=True):
        largeur, hauteur = _taille(str(texte), _CHASSE_SECTEUR_PX)
        libre = shapely.difference(forme, union)
        coin = placer_nom_interieur(libre, largeur, hauteur, ecran.cadre)
        if coin is not None:
            ancre = ecran.en_metres(coin[0] + largeur / 2, coin[1] + hauteur / 2)
            poses.append(NomPose(-1, str(texte), ancre, (0.0, 0.0)))
    return poses
