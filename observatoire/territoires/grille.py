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
_CRS_GRILLE = 3035


def construire_carreaux(
    effectifs: pd.DataFrame, *, crs: pyproj.CRS, emprise: tuple[float, float, float, float]
) -> gpd.GeoDataFrame:
    """Construire les carreaux qui touchent une emprise.

    Parameters
    ----------
    effectifs : pandas.DataFrame
        Index : identifiant ``CRS3035RES200mN{y}E{x}`` (coin inférieur gauche, EPSG:3035, mètres) ;
        colonnes ``ind`` (individus) et ``men`` (ménages).
    crs : pyproj.CRS
        Projection légale d’arrivée.
    emprise : tuple of float
        ``(xmin, ymin, xmax, ymax)`` dans ``crs``, en mètres.

    Returns
    -------
    geopandas.GeoDataFrame
        Colonnes ``idcar_200m, ind, men, geometry`` dans ``crs``.

    Raises
    ------
    ErreurGeographie
        Si un identifiant ne suit pas la forme de l’Insee.
    """
    identifiants = effectifs.index.to_series().astype("str")
    morceaux = identifiants.str.extract(r"^CRS3035RES200mN(?P<y>\d+)E(?P<x>\d+)$")
    fautifs = identifiants[morceaux.isna().any(axis=1)]
    if len(fautifs):
        raise ErreurGeographie(
            "Des carreaux ont un identifiant illisible :",
            [
                Anomalie(f"« {f} »", colonne="idcar_200m", remede="reprenez le fichier de l’Insee")
                for f in fautifs.head(5)
            ],
        )
    x, y = (morceaux[axe].to_numpy(dtype=np.float64) for axe in ("x", "y"))
    vers_grille = pyproj.Transformer.from_crs(crs, _CRS_GRILLE, always_xy=True)
    xmin, ymin, xmax, ymax = vers_grille.transform_bounds(*emprise)
    dedans = (x >= xmin - _COTE_M) & (x <= xmax) & (y >= ymin - _COTE_M) & (y <= ymax)
    x, y = x[dedans], y[dedans]
    carres = gpd.GeoSeries(shapely.box(x, y, x + _COTE_M, y + _COTE_M), crs=_CRS_GRILLE).to_crs(crs)
    return gpd.GeoDataFrame(
        {
            "idcar_200m": identifiants.to_numpy()[dedans],
            "ind": effectifs["ind"].to_numpy(dtype=np.float64)[dedans],
            "men": effectifs["men"].to_numpy(dtype=np.float64)[dedans],
        },
        geometry=carres.to_numpy(),
        crs=crs,
    )
