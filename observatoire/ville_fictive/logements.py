"""Immeubles, logements et communautés, placés dans les îlots (EPSG:2154)."""

from __future__ import annotations

from typing import Any, Protocol, cast

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from observatoire.ville_fictive import parametres
from observatoire.ville_fictive.fabrique import Fabrique

Tableau = npt.NDArray[Any]


class IlotType(Protocol):
    """Ligne de la table des îlots."""

    geometry: BaseGeometry
    typologie: str
    densite: float
    surface_m2: float
    desavantage: float
    hlm: bool
    iris: str
    commune: str


# Tailles d’immeuble (logements) et leurs chances, par typologie d’îlot.
TAILLES_IMMEUBLES: dict[str, tuple[list[int], list[float]]] = {
    "centre": ([2, 6, 9, 14, 20], [0.15, 0.3, 0.3, 0.15, 0.1]),
    "peri": ([1, 4, 8, 12, 22], [0.25, 0.25, 0.25, 0.15, 0.1]),
    "faubourg": ([1, 2, 5, 9, 16], [0.55, 0.15, 0.15, 0.1, 0.05]),
    "residence": ([8, 12, 18, 26], [0.3, 0.3, 0.25, 0.15]),
    "grand_ensemble": ([10, 16, 24, 40, 56], [0.25, 0.3, 0.25, 0.15, 0.05]),
}
PERIODES = {  # chances des périodes de construction : avant 1919, 1945, 1970, 1990, 2005, 2019
    "centre": [0.52, 0.20, 0.12, 0.07, 0.04, 0.05],
    "peri": [0.28, 0.24, 0.22, 0.10, 0.07, 0.09],
    "faubourg": [0.10, 0.24, 0.30, 0.16, 0.09, 0.11],
    "residence": [0.01, 0.02, 0.25, 0.34, 0.17, 0.21],
    "grand_ensemble": [0.0, 0.0, 0.72, 0.22, 0.02, 0.04],
}
PERIODES_PAVILLON = [0.05, 0.10, 0.22, 0.30, 0.17, 0.16]
# Communautés (population hors ménages) : genre, commune, personnes.
COMMUNAUTES = [
    ("etudiants", parametres.CODE_VILLE, 310),
    ("etudiants", parametres.CODE_VILLE, 190),
    ("ehpad", parametres.CODE_VILLE, 96),
    ("ehpad", parametres.CODE_VILLE, 82),
    ("ehpad", parametres.CODE_VILLE, 74),
    ("foyer", parametres.CODE_VILLE, 130),
    ("ehpad", parametres.CODE_VOISINE, 68),
]


def construire_logements(
    tissu: Fabrique, alea: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Place les immeubles et les communautés dans les îlots.

    Parameters
    ----------
    tissu : Fabrique
        Géométries de la ville.
    alea : numpy.random.Generator
        Source d’aléa.

    Returns
    -------
    logements : DataFrame
        Une ligne par logement : `immeuble, x, y, iris, commune, qpv, typologie, desavantage, hlm,
        maison,
        periode, taille_immeuble`. Coordonnées en mètres (EPSG:2154).
    communautes : DataFrame
        Une ligne par communauté : `genre, effectif` et les mêmes repères géographiques.
    """
    eau = tissu.hydrographie.union_all().buffer(12.0)
    cadres = []
    for rang, ligne in enumerate(tissu.ilots.itertuples()):
        ilot = cast("IlotType", ligne)
        tailles = _tailles(ilot, alea)
        if len(tailles):
            points = _points_dans(ilot.geometry, eau, len(tailles), alea)
            cadres.append(_cadre_ilot(ilot, rang, tailles, points, alea))
    immeubles = pd.concat(cadres, ignore_index=True)
    immeubles["immeuble"] = np.arange(len(immeubles))
    immeubles["qpv"] = _quartier_des_points(immeubles, tissu.qpv_2024)
    communautes = _placer_communautes(tissu, alea)
    logements = immeubles.loc[immeubles.index.repeat(immeubles["taille_immeuble"])].reset_index(
        drop=True
    )
    return logements, communautes


def _tailles(ilot: IlotType, alea: np.random.Generator) -> Tableau:
    """Tire des immeubles jusqu’au nombre de logements de l’îlot."""
    attendus = ilot.densite * ilot.surface_m2 / 10_000.0
    nombre = int(attendus) + int(alea.random() < attendus % 1.0)
    if nombre == 0:
        return np.empty(0, dtype=int)
    if ilot.typologie not in TAILLES_IMMEUBLES:
        return np.ones(nombre, dtype=int)
    valeurs, chances = TAILLES_IMMEUBLES[ilot.typologie]
    tirage = alea.choice(valeurs, size=nombre + 1, p=chances)
    garde = int(np.searchsorted(np.cumsum(tirage), nombre)) + 1
    tailles = tirage[:garde].copy()
    tailles[-1] -= int(tailles.sum()) - nombre
    return np.asarray(tailles[tailles > 0])


def _points_dans(
    forme: BaseGeometry, eau: BaseGeometry, nombre: int, alea: np.random.Generator
) -> Tableau:
    """Tire des points dans l’îlot, en retrait de la rue et hors de l’eau."""
    terre = forme.difference(eau)
    retrait = terre.buffer(-9.0)
    cible = retrait if retrait.area > 150.0 else terre.buffer(-2.0)
    cible = cible if not cible.is_empty else forme
    minx, miny, maxx, maxy = cible.bounds
    points = np.empty((0, 2))
    while len(points) < nombre:
        essai = alea.uniform([minx, miny], [maxx, maxy], (4 * nombre + 16, 2))
        points = np.vstack([points, essai[shapely.contains_xy(cible, essai[:, 0], essai[:, 1])]])
    return np.round(points[:nombre], 1)


def _cadre_ilot(
    ilot: IlotType, rang: int, tailles: Tableau, points: Tableau, alea: np.random.Generator
) -> pd.DataFrame:
    """Table des immeubles d’un îlot."""
    n = len(tailles)
    periodes = alea.choice(6, size=n, p=PERIODES.get(ilot.typologie, PERIODES_PAVILLON))
    ajout = alea.random(n)
    hlm = (tailles > 2) & (ajout < 0.86) if ilot.hlm else np.zeros(n, dtype=bool)
    return pd.DataFrame(
        {
            "ilot": rang,
            "x": points[:, 0],
            "y": points[:, 1],
            "iris": ilot.iris,
            "commune": ilot.commune,
            "typologie": ilot.typologie,
            "desavantage": ilot.desavantage + alea.normal(0.0, 0.12, n),
            "hlm": hlm,
            "maison": tailles <= 1,
            "periode": periodes,
            "taille_immeuble": tailles,
        }
    )


def _quartier_des_points(points: pd.DataFrame, qpv: gpd.GeoDataFrame) -> Tableau:
    """Code du quartier prioritaire qui contient chaque point (vide hors quartier)."""
    codes = np.full(len(points), "", dtype=object)
    for ligne in qpv.itertuples():
        codes[shapely.contains_xy(ligne.geometry, points["x"], points["y"])] = ligne.code
    return codes


def _placer_communautes(tissu: Fabrique, alea: np.random.Generator) -> pd.DataFrame:
    """Place les résidences étudiantes sur la colline, les autres communautés dans le tissu."""
    ilots, lignes = tissu.ilots, []
    for genre, commune, effectif in COMMUNAUTES:
        typologies = {
            "etudiants": ["universite"],
            "foyer": ["faubourg"],
            "ehpad": ["faubourg", "pavillon", "peri"],
        }[genre]
        possibles = ilots[
            (ilots["commune"] == commune)
            & ilots["typologie"].isin(typologies)
            & (ilots["surface_m2"] > 6000.0)
        ]
        choisi = possibles.iloc[int(alea.integers(len(possibles)))]
        point = choisi.geometry.buffer(-12.0).representative_point()
        lignes.append(
            {
                "genre": genre,
                "effectif": effectif,
                "x": round(point.x, 1),
                "y": round(point.y, 1),
                "iris": choisi["iris"],
                "commune": commune,
            }
        )
    communautes = pd.DataFrame(lignes)
    communautes["qpv"] = _quartier_des_points(communautes, tissu.qpv_2024)
    return communautes
