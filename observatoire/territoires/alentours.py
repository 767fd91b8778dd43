"""Quartiers prioritaires qui entourent ceux d’un périmètre, sans en être.

Un quartier à cheval se décrit aussi par les autres quartiers de toutes ses communes. Ceux des
communes voisines n’ont aucune ligne dans l’édition : ils comptent seulement dans cette description,
pour que le chiffre d’un quartier ne dépende pas des communes calculées avec la sienne.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from observatoire.arrondissements import code_ville

__all__ = ["aucun_voisin", "cite", "quartiers_voisins"]

_COLONNES = ["code_territoire", "nom", "communes", "type_territoire"]


def aucun_voisin() -> gpd.GeoDataFrame:
    """Couche vide, de la forme de :func:`quartiers_voisins`."""
    vide = {c: pd.Series(dtype="str") for c in _COLONNES}
    return gpd.GeoDataFrame(vide, geometry=gpd.GeoSeries([]))


def cite(listes: pd.Series, villes: Collection[str]) -> np.ndarray:
    """Pour chaque liste de communes (séparées par des virgules), si elle cite une des villes.

    Parameters
    ----------
    listes : pandas.Series of str
        Codes de communes ou d’arrondissements.
    villes : collection of str
        Codes de villes.

    Returns
    -------
    numpy.ndarray of bool, shape (listes,)
    """
    voulues = set(villes)
    dedans = [
        not voulues.isdisjoint(code_ville(c) for c in str(liste).split(",")) for liste in listes
    ]
    return np.array(dedans, dtype=bool)


def quartiers_voisins(
    couches: Sequence[gpd.GeoDataFrame], villes: Collection[str], proches: Collection[str]
) -> gpd.GeoDataFrame:
    """Quartiers des communes proches qui ne sont d’aucune des villes.

    Parameters
    ----------
    couches : sequence of geopandas.GeoDataFrame
        ``code_territoire, nom, communes, type_territoire, geometry``, de même projection.
    villes : collection of str
        Villes du périmètre.
    proches : collection of str
        Ces villes, et les communes que leurs quartiers touchent.

    Returns
    -------
    geopandas.GeoDataFrame
        Mêmes colonnes, index neuf, sans doublon.
    """
    pleines = [c[[*_COLONNES, "geometry"]] for c in couches if len(c)]
    if not pleines:
        return aucun_voisin()
    tous = gpd.GeoDataFrame(pd.concat(pleines, ignore_index=True), crs=pleines[0].crs)
    gardes = cite(tous["communes"], proches) & ~cite(tous["communes"], villes)
    return tous[gardes].drop_duplicates("code_territoire").reset_index(drop=True)
