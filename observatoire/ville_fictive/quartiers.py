"""Quartiers prioritaires : choix des îlots, calage de leur population et tracé des périmètres."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from shapely import Polygon

from observatoire.ville_fictive import parametres

# Ellipses (centre x, centre y, demi-axes, angle en degrés) dans le repère de la ville ; un
# quartier en réunit plusieurs,
# ce qui lui donne une forme non convexe.
Ellipse = tuple[float, float, float, float, float]
EMPRISES_2024: dict[str, list[Ellipse]] = {
    "QN00001M": [(2060.0, 1420.0, 340.0, 190.0, 35.0), (2430.0, 1790.0, 300.0, 170.0, 60.0)],
    "QN00002M": [(-930.0, 760.0, 150.0, 120.0, 20.0)],
    "QN00003M": [(900.0, -1480.0, 330.0, 150.0, 20.0), (1130.0, -1280.0, 130.0, 200.0, 0.0)],
    "QN00004M": [(-1690.0, -1120.0, 390.0, 300.0, 15.0)],
    "QN00005M": [(1180.0, 760.0, 330.0, 130.0, 65.0), (1290.0, 560.0, 250.0, 120.0, -20.0)],
}
EMPRISES_2015: dict[str, list[Ellipse]] = {
    "QP000001": [(2060.0, 1420.0, 380.0, 220.0, 35.0), (2300.0, 1650.0, 180.0, 150.0, 60.0)],
    "QP000002": [(-930.0, 760.0, 175.0, 150.0, 20.0)],
    "QP000003": [(1130.0, -1230.0, 190.0, 260.0, 0.0), (1330.0, -1010.0, 260.0, 160.0, 30.0)],
    "QP000004": [(-1690.0, -1120.0, 380.0, 260.0, 15.0)],
    "QP000005": [(1180.0, 760.0, 350.0, 140.0, 65.0), (1010.0, 960.0, 170.0, 140.0, 0.0)],
}
POPULATIONS_QPV = {
    "QN00001M": 4300,
    "QN00002M": 1080,
    "QN00003M": 1480,
    "QN00004M": 3350,
    "QN00005M": 2400,
}
TAILLE_MENAGE_QPV = 2.13
TAILLES_MENAGE = {
    parametres.CODE_VILLE: 1.97,
    parametres.CODE_BOURG: 2.33,
    parametres.CODE_VOISINE: 2.25,
}
PART_OCCUPEE = 0.90


def _dans(x: np.ndarray, y: np.ndarray, ellipses: list[Ellipse]) -> np.ndarray:
    """Indique les points situés dans l’une des ellipses."""
    dedans = np.zeros(len(x), dtype=bool)
    for cx, cy, rx, ry, degres in ellipses:
        a = np.radians(degres)
        u, v = (
            (x - cx) * np.cos(a) + (y - cy) * np.sin(a),
            -(x - cx) * np.sin(a) + (y - cy) * np.cos(a),
        )
        dedans |= (u / rx) ** 2 + (v / ry) ** 2 < 1.0
    return dedans


def marquer_quartiers(ilots: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Inscrit dans `qpv_2024` et `qpv_2015` le code du quartier de chaque îlot."""
    ilots = ilots.copy()
    x, y = ilots["x"].to_numpy(), ilots["y"].to_numpy()
    for colonne, emprises in (("qpv_2024", EMPRISES_2024), ("qpv_2015", EMPRISES_2015)):
        ilots[colonne] = ""
        for code, ellipses in emprises.items():
            choisis = _dans(x, y, ellipses) & (ilots.area < 90_000.0).to_numpy()
            ilots.loc[choisis, colonne] = code
            ilots.loc[_isoles(ilots, choisis), colonne] = ""
    return ilots


def _isoles(ilots: gpd.GeoDataFrame, choisis: np.ndarray) -> np.ndarray:
    """Repère les îlots choisis qui ne touchent pas le morceau principal du quartier."""
    if not choisis.any():
        return choisis
    morceaux = shapely.get_parts(shapely.unary_union(ilots.geometry[choisis].to_numpy()))
    principal = max(morceaux, key=lambda p: p.area)
    return np.asarray(choisis & ~ilots.representative_point().within(principal).to_numpy())


def caler_densites(ilots: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cale les densités sur les populations visées des quartiers et des communes."""
    ilots = ilots.copy()
    hectares = ilots["surface_m2"] / 10_000.0
    ilots["taille"] = (
        ilots["commune"].map(TAILLES_MENAGE).where(ilots["qpv_2024"] == "", TAILLE_MENAGE_QPV)
    )
    for code, population in POPULATIONS_QPV.items():
        ici = ilots["qpv_2024"] == code
        attendue = (ilots["densite"] * hectares)[ici].sum() * TAILLE_MENAGE_QPV * PART_OCCUPEE
        ilots.loc[ici, "densite"] *= population / attendue
    for commune, population in parametres.POPULATIONS_CIBLES.items():
        ici = (ilots["commune"] == commune).to_numpy()
        fixe = np.isin(ilots["typologie"], ["grand_ensemble", "activite", "parc", "universite"])
        attendue = ilots["densite"] * hectares * ilots["taille"] * PART_OCCUPEE
        ilots.loc[ici & ~fixe, "densite"] *= (population - attendue[ici & fixe].sum()) / attendue[
            ici & ~fixe
        ].sum()
    ilots["population_attendue"] = ilots["densite"] * hectares * ilots["taille"] * PART_OCCUPEE
    return ilots


def tracer_qpv(ilots: gpd.GeoDataFrame, colonne: str, noms: dict[str, str]) -> gpd.GeoDataFrame:
    """Trace les périmètres : union d’îlots, bord décalé de quelques mètres.

    Un périmètre officiel suit le trottoir, un côté de la rue ou l’autre, alors que l’IRIS suit
    l’axe de la rue :
    l’écart de quelques mètres qui en résulte est reproduit ici, car il fait apparaître de fausses
    intersections.

    Parameters
    ----------
    ilots : GeoDataFrame
        Îlots marqués.
    colonne : str
        `qpv_2024` ou `qpv_2015`.
    noms : dict of str to str
        Nom de chaque code.

    Returns
    -------
    GeoDataFrame
        Colonnes `code, nom, communes` (codes séparés par une virgule), en EPSG:2154.
    """
    lignes, formes = [], []
    for code, nom in noms.items():
        choisis = ilots[ilots[colonne] == code]
        forme = (
            choisis.union_all().buffer(14.0, join_style="mitre").buffer(-16.0, join_style="mitre")
        )
        principal = max(shapely.get_parts(forme), key=lambda p: p.area)
        formes.append(_decaler_bord(Polygon(principal.exterior)))
        lignes.append(
            {"code": code, "nom": nom, "communes": ",".join(sorted(choisis["commune"].unique()))}
        )
    return gpd.GeoDataFrame(lignes, geometry=formes, crs=ilots.crs)


def _decaler_bord(forme: Polygon) -> Polygon:
    """Fait onduler le bord de 3 à 4 mètres, d’une façon qui ne dépend que du lieu."""

    def onduler(c: np.ndarray) -> np.ndarray:
        dx = 2.2 * np.sin(c[:, 0] / 61.0 + c[:, 1] / 83.0) + 1.4 * np.sin(c[:, 1] / 29.0)
        dy = 2.2 * np.sin(c[:, 1] / 71.0 - c[:, 0] / 57.0) + 1.4 * np.sin(c[:, 0] / 31.0)
        return np.round(c + np.column_stack([dx, dy]), 1)

    simple = shapely.simplify(forme, 2.5)
    return shapely.make_valid(shapely.transform(shapely.segmentize(simple, 60.0), onduler))
