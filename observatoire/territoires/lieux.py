"""Dans quel territoire se trouve chaque point."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

__all__ = ["situer_points"]


def situer_points(
    longitudes: np.ndarray, latitudes: np.ndarray, polygones: gpd.GeoDataFrame, *, code: str
) -> pd.DataFrame:
    """Apparier des points et les polygones qui les contiennent.

    Parameters
    ----------
    longitudes, latitudes : numpy.ndarray of float, shape (n,)
        En degrés (WGS 84) ; ``NaN`` si la position est inconnue.
    polygones : geopandas.GeoDataFrame
        Territoires, projetés.
    code : str
        Colonne de leur code.

    Returns
    -------
    pandas.DataFrame
        ``rang`` (position du point, à partir de 0) et ``code``, triés par rang puis par code ; un
        point hors de tout polygone n’y est pas, un point sur une limite peut y être deux fois.
    """
    connus = np.flatnonzero(np.isfinite(longitudes) & np.isfinite(latitudes))
    if not len(connus) or polygones.empty:
        return pd.DataFrame({"rang": pd.Series(dtype="int64"), "code": pd.Series(dtype="str")})
    vers = pyproj.Transformer.from_crs("EPSG:4326", polygones.crs, always_xy=True)
    x, y = vers.transform(longitudes[connus], latitudes[connus])
    # L’arbre sur les points, interrogé par les polygones : le plus rapide quand ils sont nombreux.
    arbre = shapely.STRtree(shapely.points(x, y))
    rangs, points = arbre.query(polygones.geometry.to_numpy(), predicate="intersects")
    codes = polygones[code].astype("str").to_numpy()[rangs]
    table = pd.DataFrame({"rang": connus[points], "code": codes})
    return table.sort_values(["rang", "code"], ignore_index=True)
