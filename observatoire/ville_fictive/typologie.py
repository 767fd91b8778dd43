"""Typologie des îlots : forme urbaine, densité, désavantage social, logement social."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from observatoire.ville_fictive import parametres, quartiers, trame

# Logements par hectare d’îlot, avant calage sur la population visée.
DENSITES = {
    "centre": 92.0,
    "peri": 52.0,
    "faubourg": 30.0,
    "grand_ensemble": 75.0,
    "residence": 60.0,
    "pavillon": 13.0,
    "activite": 0.12,
    "parc": 0.02,
    "universite": 0.9,
    "rural": 0.10,
    "vide": 0.0,
}
# Emprises des IRIS d’activité (A) et divers (D) : centre x, centre y, demi-axes, dans le repère de
# la ville.
ZONES_SPECIALES = {
    "A1": (2020.0, -640.0, 600.0, 420.0, "activite", "05", "Port industriel"),
    "A2": (-520.0, -2080.0, 660.0, 430.0, "activite", "05", "Parc d’activités des Prés"),
    "D1": (-1850.0, 1300.0, 560.0, 430.0, "parc", "02", "Bois de la Garenne"),
    "D2": (330.0, 2120.0, 520.0, 400.0, "universite", "03", "Colline universitaire"),
}


def typer_ilots(ilots: gpd.GeoDataFrame, alea: np.random.Generator) -> gpd.GeoDataFrame:
    """Donne à chaque îlot sa typologie, sa densité, son désavantage social et ses HLM."""
    ilots = ilots.copy()
    n = len(ilots)
    x, y = ilots["x"].to_numpy(), ilots["y"].to_numpy()
    # Une ville n’est pas faite d’anneaux : la distance est gauchie selon la direction et le lieu.
    angle = np.arctan2(y, x)
    distance = np.hypot(x, y) * (1.0 + 0.16 * np.sin(2 * angle + 0.8) + 0.10 * np.sin(5 * angle))
    distance = distance + 130.0 * np.sin(x / 330.0) * np.cos(y / 290.0) + alea.normal(0.0, 70.0, n)
    typologie = np.select(
        [distance < 680, distance < 1180, distance < 1750],
        ["centre", "peri", "faubourg"],
        "pavillon",
    ).astype(object)
    for code, centre in (
        (parametres.CODE_VOISINE, trame.CENTRE_VOISINE),
        (parametres.CODE_BOURG, trame.CENTRE_BOURG),
    ):
        ici = (ilots["commune"] == code).to_numpy()
        local = np.hypot(x - centre[0], y - centre[1])[ici]
        typologie[ici] = np.select([local < 400, local < 1050], ["faubourg", "pavillon"], "rural")
    tirage = alea.random(n)
    residence = (tirage < 0.13) & np.isin(typologie, ["peri", "faubourg", "pavillon"])
    typologie[residence] = "residence"
    typologie[(tirage > 0.955) & (typologie != "rural")] = "vide"
    for cx, cy, rx, ry, genre, *_ in ZONES_SPECIALES.values():
        typologie[((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1.0] = genre
    typologie[ilots["qpv_2024"] != ""] = "grand_ensemble"
    base = pd.Series(typologie).map(
        {
            "centre": -0.55,
            "peri": -0.50,
            "faubourg": -0.68,
            "pavillon": -1.08,
            "residence": -0.20,
            "grand_ensemble": 1.95,
            "universite": 0.4,
            "rural": -0.4,
        }
    )
    champ = (
        0.28 * np.sin(x / 900.0 + 0.7) * np.cos(y / 1100.0) + 0.30 * x / 2000.0 - 0.22 * y / 2000.0
    )
    ilots["typologie"] = typologie
    ilots["desavantage"] = base.where(base.notna(), 0.0).to_numpy() + champ * (
        typologie != "grand_ensemble"
    )
    ilots["desavantage"] += alea.normal(0.0, 0.18, n)
    chance_hlm = pd.Series(typologie).map(
        {"residence": 0.55, "faubourg": 0.08, "peri": 0.10, "centre": 0.05, "grand_ensemble": 0.9}
    )
    ilots["hlm"] = alea.random(n) < chance_hlm.where(chance_hlm.notna(), 0.0).to_numpy()
    ilots.loc[ilots["hlm"] & (typologie == "residence"), "desavantage"] += 0.35
    ilots["surface_m2"] = ilots.area
    ilots["densite"] = pd.Series(typologie).map(DENSITES).to_numpy() * alea.lognormal(0.0, 0.22, n)
    return quartiers.caler_densites(ilots)
