"""Découpage en IRIS : un secteur est coupé en moitiés successives de population voisine."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from observatoire.ville_fictive import parametres

POPULATION_IRIS = 1620.0
RAYON_CENTRE_M = 690.0
# Point où se rejoignent quatre IRIS, au milieu d’un quartier prioritaire qui les entame tous.
CARREFOUR = (1225.0, 690.0)
SEPARATION_QPV4 = "QN00004M"
QPV_DANS_UN_IRIS = "QN00002M"


def affecter_iris(ilots: gpd.GeoDataFrame, zones: dict[str, tuple[Any, ...]]) -> gpd.GeoDataFrame:
    """Affecte chaque îlot à un IRIS.

    Parameters
    ----------
    ilots : GeoDataFrame
        Îlots typés (`commune, x, y, typologie, qpv_2024, population_attendue`).
    zones : dict
        Emprises des IRIS d’activité et divers.

    Returns
    -------
    GeoDataFrame
        Les îlots avec `iris` (code à 9 chiffres), `nom_iris` et `type_iris`.
    """
    ilots = ilots.copy()
    x, y = ilots["x"].to_numpy(), ilots["y"].to_numpy()
    ville = (ilots["commune"] == parametres.CODE_VILLE).to_numpy()
    groupes = np.full(len(ilots), "", dtype=object)
    secteurs = np.where(ville, _secteurs(ilots), "")
    for nom, (cx, cy, rx, ry, genre, secteur, _) in zones.items():
        dedans = (
            ville
            & (((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1.0)
            & (ilots["typologie"] == genre).to_numpy()
        )
        groupes[dedans] = f"{secteur}|{nom}"
    libres = ville & (groupes == "")
    quatre = libres & (ilots["qpv_2024"] == SEPARATION_QPV4).to_numpy()
    _bissecter(ilots, np.flatnonzero(quatre), 2, "06|Q4", groupes)
    libres &= groupes == ""
    for secteur in parametres.SECTEURS:
        ici = np.flatnonzero(libres & (secteurs == secteur))
        for rang, lot in enumerate(_lots(ilots, secteur, ici)):
            nombre = max(
                1, round(ilots["population_attendue"].to_numpy()[lot].sum() / POPULATION_IRIS)
            )
            _bissecter(ilots, lot, nombre, f"{secteur}|{rang}", groupes)
    voisine = (ilots["commune"] == parametres.CODE_VOISINE).to_numpy()
    _bissecter(ilots, np.flatnonzero(voisine), 4, "voisine|", groupes)
    groupes[ilots["commune"] == parametres.CODE_BOURG] = "bourg|"
    groupes = _rattacher_morceaux(ilots, groupes)
    tisserands = (ilots["qpv_2024"] == QPV_DANS_UN_IRIS).to_numpy()
    noms, comptes = np.unique(groupes[tisserands].astype(str), return_counts=True)
    groupes[tisserands] = noms[np.argmax(comptes)]
    return _nommer(ilots, groupes, zones)


def _secteurs(ilots: gpd.GeoDataFrame) -> np.ndarray:
    """Secteur de chaque îlot : le centre, puis des quartiers rayonnants séparés par la rivière."""
    x, y = ilots["x"].to_numpy(), ilots["y"].to_numpy()
    angle = np.degrees(np.arctan2(y, x)) % 360.0
    rive_sud = ilots["rive_sud"].to_numpy()
    secteur = np.select(
        [angle < 48.0, angle < 118.0, angle < 300.0], ["04", "03", "02"], "04"
    ).astype(object)
    secteur[rive_sud] = np.where((angle[rive_sud] > 243.0) | (angle[rive_sud] < 120.0), "05", "06")
    secteur[(np.hypot(x, y) < RAYON_CENTRE_M)] = "01"
    return np.asarray(secteur)


def _lots(ilots: gpd.GeoDataFrame, secteur: str, ici: np.ndarray) -> list[np.ndarray]:
    """Lots qu’aucun IRIS ne doit enjamber : rives du centre, abords du carrefour."""
    if secteur == "04":
        return _autour_du_carrefour(ilots["x"].to_numpy(), ilots["y"].to_numpy(), ici)
    if secteur == "01":
        sud = ilots["rive_sud"].to_numpy()[ici]
        return [ici[~sud], ici[sud]]
    return [ici]


def _autour_du_carrefour(x: np.ndarray, y: np.ndarray, ici: np.ndarray) -> list[np.ndarray]:
    """Partage un secteur en quatre autour du carrefour que recouvre un quartier prioritaire."""
    a = np.radians(32.0)
    u = (x[ici] - CARREFOUR[0]) * np.cos(a) + (y[ici] - CARREFOUR[1]) * np.sin(a)
    v = -(x[ici] - CARREFOUR[0]) * np.sin(a) + (y[ici] - CARREFOUR[1]) * np.cos(a)
    return [
        ici[(u >= 0) & (v >= 0)],
        ici[(u < 0) & (v >= 0)],
        ici[(u < 0) & (v < 0)],
        ici[(u >= 0) & (v < 0)],
    ]


def _bissecter(
    ilots: gpd.GeoDataFrame, lot: np.ndarray, nombre: int, nom: str, groupes: np.ndarray
) -> None:
    """Coupe un lot d’îlots en groupes de populations voisines, en travers de son grand axe."""
    if nombre <= 1 or len(lot) < 2:
        groupes[lot] = nom
        return
    poids = ilots["population_attendue"].to_numpy()[lot] + 0.5
    points = ilots[["x", "y"]].to_numpy()[lot]
    milieu = np.average(points, axis=0, weights=poids)
    u, v = (points - milieu).T
    # Sans algèbre linéaire : ses bibliothèques n’arrondissent pas de même sur tous les processeurs.
    xy, xx, yy = ((poids * a * b).sum() for a, b in ((u, v), (u, u), (v, v)))
    angle = np.arctan2(2.0 * xy, xx - yy) / 2.0
    ordre = np.argsort(u * np.cos(angle) + v * np.sin(angle), kind="stable")
    gauche = nombre // 2
    ecarts = np.abs(np.cumsum(poids[ordre]) - poids.sum() * gauche / nombre)
    coupe = min(int(np.argmin(ecarts)) + 1, len(lot) - 1)
    _bissecter(ilots, lot[ordre[:coupe]], gauche, nom + "0", groupes)
    _bissecter(ilots, lot[ordre[coupe:]], nombre - gauche, nom + "1", groupes)


def _rattacher_morceaux(ilots: gpd.GeoDataFrame, groupes: np.ndarray) -> np.ndarray:
    """Rattache chaque morceau détaché au groupe voisin de plus long bord, même rive."""
    groupes = groupes.copy()
    formes = ilots.geometry.to_numpy()
    arbre = shapely.STRtree(formes)
    a, b = arbre.query(formes, predicate="intersects")
    garde = a != b
    a, b = a[garde], b[garde]
    bords = shapely.length(shapely.intersection(formes[a], formes[b]))
    a, b, bords = a[bords > 1.0], b[bords > 1.0], bords[bords > 1.0]
    rives = np.where(ilots["rive_sud"], "s", "n")
    lieux = (ilots["commune"] + rives).to_numpy()
    for _ in range(4):
        composantes = _composantes(len(formes), a, b, groupes)
        tailles = np.bincount(composantes, weights=ilots["surface_m2"].to_numpy())
        principale: dict[str, int] = {}
        for c, g in zip(composantes, groupes, strict=True):
            if g not in principale or tailles[c] > tailles[principale[g]]:
                principale[g] = int(c)
        detaches = [i for i in range(len(formes)) if composantes[i] != principale[groupes[i]]]
        if not detaches:
            break
        for i in detaches:
            voisins = (a == i) & (groupes[b] != groupes[i]) & (lieux[b] == lieux[i])
            if voisins.any():
                noms, rangs = np.unique(groupes[b[voisins]].astype(str), return_inverse=True)
                groupes[i] = noms[np.argmax(np.bincount(rangs, weights=bords[voisins]))]
    return groupes


def _composantes(n: int, a: np.ndarray, b: np.ndarray, groupes: np.ndarray) -> np.ndarray:
    """Composantes connexes du graphe des îlots voisins de même groupe."""
    memes = groupes[a] == groupes[b]
    graphe = coo_array((np.ones(int(memes.sum())), (a[memes], b[memes])), shape=(n, n))
    return np.asarray(connected_components(graphe, directed=False)[1])


def _nommer(
    ilots: gpd.GeoDataFrame, groupes: np.ndarray, zones: dict[str, tuple[Any, ...]]
) -> gpd.GeoDataFrame:
    """Numérote les groupes en codes d’IRIS et leur donne un nom et un type."""
    ilots["iris"], ilots["nom_iris"], ilots["type_iris"] = "", "", "H"
    for secteur, noms in parametres.NOMS_IRIS.items():
        restants = sorted({g for g in groupes if g.split("|")[0] == secteur})
        courants = iter(noms)
        for rang, groupe in enumerate(restants, start=1):
            ici = groupes == groupe
            zone = zones.get(groupe.split("|")[1])
            if secteur == "voisine":
                code = f"{parametres.CODE_VOISINE}{100 + rang:04d}"
            else:
                code = f"{parametres.CODE_VILLE}{secteur}{rang:02d}"
            ilots.loc[ici, "iris"] = code
            ilots.loc[ici, "nom_iris"] = (
                zone[6] if zone else next(courants, f"Îlots {secteur}-{rang}")
            )
            ilots.loc[ici, "type_iris"] = groupe.split("|")[1][0] if zone else "H"
    bourg = groupes == "bourg|"
    ilots.loc[bourg, "iris"] = f"{parametres.CODE_BOURG}0000"
    ilots.loc[bourg, "nom_iris"] = (
        f"{parametres.COMMUNES[parametres.CODE_BOURG]} (commune non irisée)"
    )
    ilots.loc[bourg, "type_iris"] = "Z"
    return ilots
