"""Carreaux de 200 m : de l’identifiant de l’Insee au polygone."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from observatoire.erreurs import Anomalie, ErreurGeographie

__all__ = ["construire_carreaux"]

_COTE_M = 200.0
_GRILLES = (3035, 2975, 5490, 32620)


def construire_carreaux(
    effectifs: pd.DataFrame, *, crs: pyproj.CRS, emprise: tuple[float, float, float, float]
) -> gpd.GeoDataFrame:
    """Construire les carreaux qui touchent une emprise.

    Parameters
    ----------
    effectifs : pandas.DataFrame
        Index : identifiant ``CRS3035RES200mN{y}E{x}`` (coin inférieur gauche, mètres) ; le nombre
        après ``CRS`` est la projection de la grille : 3035 en métropole, 2975 à La Réunion,
        5490 (ou 32620) en Martinique ; colonnes ``ind`` (individus), ``men`` (ménages), et toute
        autre mesure du carreau.
    crs : pyproj.CRS
        Projection légale d’arrivée.
    emprise : tuple of float
        ``(xmin, ymin, xmax, ymax)`` dans ``crs``, en mètres.

    Returns
    -------
    geopandas.GeoDataFrame
        ``idcar_200m``, les colonnes d’``effectifs`` et ``geometry``, dans ``crs``.

    Raises
    ------
    ErreurGeographie
        Si un identifiant ne suit pas la forme de l’Insee.
    """
    identifiants = effectifs.index.to_series().astype("str")
    morceaux = identifiants.str.extract(r"^CRS(?P<epsg>\d{4,5})RES200mN(?P<y>\d+)E(?P<x>\d+)$")
    connus = morceaux["epsg"].isin([str(e) for e in _GRILLES])
    fautifs = identifiants[~connus | morceaux.isna().any(axis=1)]
    if len(fautifs):
        raise ErreurGeographie(
            "Des carreaux ont un identifiant illisible :",
            [
                Anomalie(f"« {f} »", colonne="idcar_200m", remede="reprenez le fichier de l’Insee")
                for f in fautifs.head(5)
            ],
        )
    lots = [
        _construire(effectifs.loc[lot.index], lot, int(str(epsg)), crs, emprise)
        for epsg, lot in morceaux.groupby("epsg")
    ]
    if not lots:
        vide = effectifs.astype(float).assign(idcar_200m=identifiants)
        return gpd.GeoDataFrame(vide, geometry=gpd.GeoSeries([], crs=crs), crs=crs)
    return gpd.GeoDataFrame(pd.concat(lots, ignore_index=True), crs=crs)


def _construire(
    effectifs: pd.DataFrame,
    coins: pd.DataFrame,
    epsg: int,
    crs: pyproj.CRS,
    emprise: tuple[float, float, float, float],
) -> gpd.GeoDataFrame:
    """Carreaux d’une même grille."""
    x, y = (coins[axe].to_numpy(dtype=np.float64) for axe in ("x", "y"))
    vers_grille = pyproj.Transformer.from_crs(crs, epsg, always_xy=True)
    xmin, ymin, xmax, ymax = vers_grille.transform_bounds(*emprise)
    dedans = (x >= xmin - _COTE_M) & (x <= xmax) & (y >= ymin - _COTE_M) & (y <= ymax)
    x, y = x[dedans], y[dedans]
    carres = gpd.GeoSeries(shapely.box(x, y, x + _COTE_M, y + _COTE_M), crs=epsg).to_crs(crs)
    return gpd.GeoDataFrame(
        {
            "idcar_200m": coins.index.to_numpy(dtype=object)[dedans],
            **{c: effectifs[c].to_numpy(dtype=np.float64)[dedans] for c in effectifs.columns},
        },
        geometry=carres.to_numpy(),
        crs=crs,
    )
