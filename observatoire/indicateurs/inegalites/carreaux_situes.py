"""Dans quelle ville, quel IRIS et quel quartier prioritaire est chaque carreau de 200 m."""

from __future__ import annotations

from collections.abc import Collection

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

__all__ = ["situer_carreaux"]


def situer_carreaux(
    carreaux: gpd.GeoDataFrame,
    iris: gpd.GeoDataFrame,
    qpv: gpd.GeoDataFrame,
    villes: Collection[str],
) -> gpd.GeoDataFrame:
    """Situer les carreaux d’une ville, ou d’un quartier prioritaire.

    Parameters
    ----------
    carreaux : geopandas.GeoDataFrame
        ``idcar_200m`` (unique) et ``geometry``.
    iris : geopandas.GeoDataFrame
        ``code_iris, code_commune, geometry``, même projection.
    qpv : geopandas.GeoDataFrame
        ``code_territoire, geometry``, même projection ; deux quartiers ne se recouvrent pas.
    villes : collection of str
        Codes des villes étudiées.

    Returns
    -------
    geopandas.GeoDataFrame
        Triés par ``idcar_200m``, avec ``code_iris`` et ``code_commune`` (là où est leur centre ; vides hors des
        villes), ``part_qpv`` (part de surface, 0 à 1, dans un quartier quelconque), ``code_qpv`` et
        ``part_principale`` (le quartier qui en occupe le plus, et sa part).
    """
    tries = carreaux.sort_values("idcar_200m", ignore_index=True)
    formes = np.asarray(tries.geometry.values)
    siens = iris[iris["code_commune"].isin(list(villes))].sort_values("code_iris")
    centres = shapely.STRtree(shapely.centroid(formes))
    rangs, points = centres.query(np.asarray(siens.geometry.values), predicate="intersects")
    # Un centre posé sur une limite est dans les deux IRIS : le premier par son code.
    iris_du_carreau = pd.Series(rangs).groupby(points).min()
    lieu = siens.iloc[iris_du_carreau.to_numpy()][["code_iris", "code_commune"]]
    lieu.index = iris_du_carreau.index
    tries = tries.join(pd.DataFrame(lieu)).join(_parts(formes, qpv))
    tries[["part_qpv", "part_principale"]] = tries[["part_qpv", "part_principale"]].mask(
        tries["code_qpv"].isna(), 0.0
    )
    return tries[tries["code_commune"].notna() | tries["code_qpv"].notna()]


def _parts(formes: np.ndarray, qpv: gpd.GeoDataFrame) -> pd.DataFrame:
    """Part de chaque carreau dans les quartiers, et quartier qui en occupe le plus."""
    quartiers = qpv.sort_values("code_territoire", ignore_index=True)
    contours = shapely.make_valid(np.asarray(quartiers.geometry.values))
    rangs, touches = shapely.STRtree(formes).query(contours, predicate="intersects")
    communes = shapely.area(shapely.intersection(formes[touches], contours[rangs]))
    paires = pd.DataFrame(
        {
            "carreau": touches,
            "part_principale": communes / shapely.area(formes[touches]),
            "code_qpv": quartiers["code_territoire"].to_numpy(dtype=object)[rangs],
        }
    )
    paires = paires[paires["part_principale"] > 0]
    totaux = paires.groupby("carreau")["part_principale"].sum().clip(upper=1.0)
    premiers = paires.sort_values(
        ["carreau", "part_principale", "code_qpv"], ascending=[True, False, True]
    )
    table = premiers.drop_duplicates("carreau").set_index("carreau")
    return table.assign(part_qpv=totaux)
