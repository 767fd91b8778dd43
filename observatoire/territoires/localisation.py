"""Situer un point, ou une zone, par rapport aux quartiers prioritaires.

Une limite de quartier est dessinée à quelques mètres près, et une adresse est souvent placée sur la
rue : près de la limite, la réponse est « incertain ».
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

__all__ = ["MARGE_LIMITE_M", "Situation", "situer"]

MARGE_LIMITE_M = 25.0
"""Précision commune d’un contour simplifié (5 m) et d’une adresse placée sur sa rue (20 m)."""
_PART_NEGLIGEABLE = 0.01
"""Deux sources ne dessinent pas la même limite : un centième de surface n’est pas un recouvrement."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Réponse : ``reponse`` et les quartiers concernés (codes), du plus au moins recouvert.

    « partiel » ne se dit que d’une zone ; « incertain », que d’un point.
    """

    reponse: Literal["dans", "hors", "incertain", "partiel"]
    quartiers: tuple[str, ...]
    distance_m: float
    """Distance au quartier le plus proche, 0 à l’intérieur ; infinie sans quartier."""


def situer(lieu: BaseGeometry, qpv: gpd.GeoDataFrame) -> Situation:
    """Dire si un lieu est dans un quartier prioritaire.

    Parameters
    ----------
    lieu : BaseGeometry
        Point ou surface, dans la projection de ``qpv``.
    qpv : geopandas.GeoDataFrame
        ``code_territoire`` et contours, dans une projection en mètres.

    Returns
    -------
    Situation
        Un point à moins de 25 m d’une limite, d’un côté ou de l’autre, est « incertain ». Une zone est
        « dans » si 99 % de sa surface l’est, « partiel » si plus de 1 % l’est.

    Raises
    ------
    ValueError
        Si la projection n’est pas en mètres.
    """
    if qpv.crs is None or not qpv.crs.is_projected:
        raise ValueError("Les contours doivent être dans une projection en mètres.")
    if qpv.empty:
        return Situation("hors", (), float("inf"))
    formes = np.asarray(qpv.geometry.values)
    codes = qpv["code_territoire"].to_numpy(dtype=object)
    distances = shapely.distance(lieu, formes)
    proche = float(distances.min())
    if lieu.area > 0:
        parts = shapely.area(shapely.intersection(lieu, formes)) / lieu.area
        touches = [i for i in np.argsort(-parts, kind="stable") if parts[i] > _PART_NEGLIGEABLE]
        noms = tuple(str(codes[i]) for i in touches)
        if not noms:
            return Situation("hors", (), proche)
        dedans = float(parts.sum()) >= 1 - _PART_NEGLIGEABLE
        return Situation("dans" if dedans else "partiel", noms, proche)
    limites = shapely.distance(lieu, shapely.boundary(formes))
    contient = np.flatnonzero(distances == 0)
    voisins = np.flatnonzero(limites <= MARGE_LIMITE_M)
    if len(voisins):
        rangs = sorted({*contient.tolist(), *voisins.tolist()}, key=lambda i: (distances[i], i))
        return Situation("incertain", tuple(str(codes[i]) for i in rangs), proche)
    if len(contient):
        return Situation("dans", tuple(str(codes[i]) for i in contient), 0.0)
    return Situation("hors", (), proche)
