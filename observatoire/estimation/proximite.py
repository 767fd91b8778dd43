"""À quelle distance des habitants se trouve le lieu le plus proche, à vol d’oiseau.

Les habitants sont des points pondérés : centres des morceaux de carreaux de 200 m, à défaut une
grille régulière dans chaque morceau d’IRIS, dont la population est supposée répartie également.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

__all__ = [
    "Acces",
    "distances_au_plus_proche",
    "habitants_par_carreaux",
    "habitants_par_iris",
    "mesurer_acces",
    "quantile_pondere",
]

PAS_GRILLE_M = 50.0
SEUIL_PROCHE_M = 500.0

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Acces:
    """Distance des habitants d’un territoire au lieu le plus proche (mètres, à vol d’oiseau)."""

    moyenne_m: float
    mediane_m: float
    part_proche: float
    """Part (0 à 1) des habitants à 500 m au plus."""
    habitants: float


def distances_au_plus_proche(habitants: Points, lieux: Points) -> NDArray[np.float64]:
    """Distance de chaque point au lieu le plus proche.

    Parameters
    ----------
    habitants : numpy.ndarray of float64, shape (n, 2)
        Coordonnées projetées (m).
    lieux : numpy.ndarray of float64, shape (m, 2)
        Coordonnées projetées (m).

    Returns
    -------
    numpy.ndarray of float64, shape (n,)
        Mètres ; infini s’il n’y a aucun lieu.
    """
    if not len(lieux):
        return np.full(len(habitants), np.inf)
    from scipy.spatial import cKDTree

    distances, _ = cKDTree(lieux).query(habitants)
    return np.asarray(distances, dtype=float)


def quantile_pondere(valeurs: NDArray[np.float64], poids: NDArray[np.float64], p: float) -> float:
    """Plus petite valeur qu’au moins la part ``p`` du poids ne dépasse pas.

    Parameters
    ----------
    valeurs, poids : numpy.ndarray of float64, shape (n,)
        Poids positifs ou nuls.
    p : float
        Entre 0 et 1.

    Returns
    -------
    float
        ``NaN`` si le poids total est nul.
    """
    if not len(valeurs) or poids.sum() <= 0:
        return float("nan")
    ordre = np.argsort(valeurs, kind="stable")
    cumul = np.cumsum(poids[ordre]) / poids.sum()
    rang = int(np.searchsorted(cumul, p - 1e-12))
    return float(valeurs[ordre][min(rang, len(valeurs) - 1)])


def mesurer_acces(habitants: Points, poids: NDArray[np.float64], lieux: Points) -> Acces | None:
    """Résumer la distance des habitants d’un territoire au lieu le plus proche.

    Parameters
    ----------
    habitants : numpy.ndarray of float64, shape (n, 2)
        Points (m).
    poids : numpy.ndarray of float64, shape (n,)
        Habitants que chaque point représente.
    lieux : numpy.ndarray of float64, shape (m, 2)
        Lieux (m).

    Returns
    -------
    Acces or None
        ``None`` sans lieu ou sans habitant : il n’y a pas de distance à donner.
    """
    total = float(poids.sum())
    if not len(lieux) or total <= 0:
        return None
    distances = distances_au_plus_proche(habitants, lieux)
    return Acces(
        moyenne_m=float((distances * poids).sum() / total),
        mediane_m=quantile_pondere(distances, poids, 0.5),
        part_proche=float(poids[distances <= SEUIL_PROCHE_M].sum() / total),
        habitants=total,
    )


def habitants_par_carreaux(
    carreaux: gpd.GeoDataFrame, territoires: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Points d’habitants de chaque territoire, d’après les carreaux de 200 m.

    Parameters
    ----------
    carreaux : geopandas.GeoDataFrame
        ``ind`` (habitants) et ``geometry`` projetée.
    territoires : geopandas.GeoDataFrame
        ``code_territoire, geometry``, même projection.

    Returns
    -------
    pandas.DataFrame
        ``code_territoire, x, y, poids`` : un carreau coupé compte pour la part de sa surface.
    """
    return _morceaux(
        carreaux.geometry.to_numpy(), carreaux["ind"].to_numpy(float), territoires, grille=False
    )


def habitants_par_iris(iris: gpd.GeoDataFrame, territoires: gpd.GeoDataFrame) -> pd.DataFrame:
    """Points d’habitants, les habitants d’un IRIS étant supposés répartis également.

    Parameters
    ----------
    iris : geopandas.GeoDataFrame
        ``population`` (sans valeur manquante) et ``geometry`` projetée.
    territoires : geopandas.GeoDataFrame
        ``code_territoire, geometry``, même projection.

    Returns
    -------
    pandas.DataFrame
        ``code_territoire, x, y, poids``.
    """
    return _morceaux(
        iris.geometry.to_numpy(), iris["population"].to_numpy(float), territoires, grille=True
    )


def _morceaux(
    zones: NDArray[np.object_],
    habitants: NDArray[np.float64],
    territoires: gpd.GeoDataFrame,
    *,
    grille: bool,
) -> pd.DataFrame:
    formes = territoires.geometry.to_numpy()
    codes = territoires["code_territoire"].to_numpy(dtype=object)
    rangs, touches = shapely.STRtree(zones).query(formes, predicate="intersects")
    communs = shapely.intersection(zones[touches], formes[rangs])
    poids = habitants[touches] * shapely.area(communs) / shapely.area(zones[touches])
    utiles = poids > 0
    communs, codes, poids = communs[utiles], codes[rangs][utiles], poids[utiles]
    if grille:
        points = [_grille(forme) for forme in communs]
    else:
        points = list(shapely.get_coordinates(shapely.centroid(communs))[:, None, :])
    tailles = np.array([len(p) for p in points], dtype=int)
    places = np.concatenate([np.empty((0, 2)), *points])
    return pd.DataFrame(
        {
            "code_territoire": np.repeat(codes, tailles),
            "x": places[:, 0],
            "y": places[:, 1],
            "poids": np.repeat(poids / tailles, tailles),
        }
    )


def _grille(forme: shapely.Geometry) -> Points:
    """Points réguliers dans la forme ; un point intérieur si elle est trop étroite."""
    xmin, ymin, xmax, ymax = shapely.bounds(forme)
    pas = PAS_GRILLE_M
    x, y = np.meshgrid(
        np.arange(np.floor(xmin / pas) * pas + pas / 2, xmax, pas),
        np.arange(np.floor(ymin / pas) * pas + pas / 2, ymax, pas),
    )
    points = np.column_stack([x.ravel(), y.ravel()])
    shapely.prepare(forme)
    dedans: Points = points[shapely.contains_xy(forme, points[:, 0], points[:, 1])]
    if len(dedans):
        return dedans
    return np.asarray(shapely.get_coordinates(shapely.point_on_surface(forme)), dtype=float)
