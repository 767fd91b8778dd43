"""Ville imaginaire de quarante carrés de 500 m, pour les tests des cartes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import box

from observatoire.cartes.vue import composer_vue
from observatoire.catalogue import charger_catalogue

CRS = "EPSG:2154"
COMMUNE = "99001"
X0, Y0, COTE = 900_000, 6_450_000, 500


VILLE = {
    "pct": 20.0, "eur": 21_500.0, "rapport": 3.6, "indice": 0.28, "hab_km2": 4_000.0, "personnes": 1_500.0,
    "ips": 103.0, "pour_10000": 8.0, "pour_100": 40.0, "equipements": 12.0, "foyers": 900.0,
}  # fmt: skip
"""Valeur de la ville, par unité."""


def couches(avec_qpv=True, avec_eau=True):
    codes, noms, types, formes = [], [], [], []
    for i in range(40):
        x, y = X0 + (i % 8) * COTE, Y0 + (i // 8) * COTE
        codes.append(f"{COMMUNE}{i:04d}")
        noms.append(f"Îlot {i}")
        types.append({38: "A", 39: "D"}.get(i, "H"))
        formes.append(box(x, y, x + COTE, y + COTE))
    # Une zone d’une autre commune ne doit jamais paraître.
    codes.append("990020000")
    noms.append("Ailleurs")
    types.append("Z")
    formes.append(box(X0 - 4000, Y0, X0, Y0 + 2500))
    iris = gpd.GeoDataFrame(
        {
            "code_iris": codes,
            "nom_iris": noms,
            "type_iris": types,
            "code_commune": [c[:5] for c in codes],
            "nom_commune": ["Carré"] * 40 + ["Voisine"],
        },
        geometry=formes,
        crs=CRS,
    )
    qpv = gpd.GeoDataFrame(
        {
            "code_territoire": ["QN99001M", "QN99002M", "QN99003M"],
            "nom": ["Les Tilleuls", "La Butte - Grand Pré des Moulins", "Autre ville"],
            "communes": ["99001", "99003, 99001", "99002"],
        },
        geometry=[
            box(X0 + 300, Y0 + 300, X0 + 900, Y0 + 800),
            box(X0 + 2600, Y0 + 1200, X0 + 3400, Y0 + 1700),
            box(X0 - 900, Y0 + 300, X0 - 400, Y0 + 800),
        ],
        crs=CRS,
    )
    secteurs = gpd.GeoDataFrame(
        {"code_territoire": ["S1", "S2"], "nom": ["Ouest", "Est"]},
        geometry=[
            box(X0, Y0, X0 + 2000, Y0 + 2500),
            box(X0 + 2000, Y0, X0 + 4000, Y0 + 2500),
        ],
        crs=CRS,
    )
    communes = gpd.GeoDataFrame(
        {"code_commune": [COMMUNE, "99002"], "nom": ["Carré", "Voisine"]},
        geometry=[
            box(X0, Y0, X0 + 4000, Y0 + 2500),
            box(X0 - 4000, Y0, X0, Y0 + 2500),
        ],
        crs=CRS,
    )
    eau = gpd.GeoDataFrame(
        {"nom": ["Rivière"]},
        geometry=[box(X0 - 500, Y0 - 600, X0 + 4500, Y0 - 400)],
        crs=CRS,
    )
    return {
        "iris": iris,
        "qpv": qpv if avec_qpv else qpv.iloc[:0],
        "secteurs": secteurs,
        "communes": communes,
        "eau": eau if avec_eau else eau.iloc[:0],
    }


def tables(
    indicateur="taux_pauvrete",
    ville=20.0,
    valeurs=None,
    qpv=(48.0, 50.0),
    verdict="ecart_net",
    verdict_qpv="ecart_net",
    statut_qpv="publie",
):
    """Tables d’une édition : 35 valeurs connues, 3 secrètes, 2 sans logement."""
    if valeurs is None:
        valeurs = ville * np.linspace(0.4, 2.2, 40)
    lignes = []
    for i, valeur in enumerate(valeurs):
        statut = "secret" if i in (5, 6, 7) else "absent" if i >= 38 else "publie"
        connue = valeur if statut == "publie" else np.nan
        lignes.append((f"{COMMUNE}{i:04d}", "iris", f"Îlot {i}", connue, statut, verdict))
    for code, valeur in zip(("QN99001M", "QN99002M"), qpv, strict=False):
        statut = statut_qpv if valeur == valeur else "secret"
        lignes.append((code, "qpv", code, valeur, statut, verdict_qpv))
    for code, part in (("S1", 1.4), ("S2", 0.6)):
        lignes.append((code, "secteur", code, ville * part, "estime", verdict))
    lignes.append((COMMUNE, "commune", "Carré", ville, "publie", verdict))
    resultats = pd.DataFrame(
        lignes,
        columns=["code_territoire", "type_territoire", "nom", "valeur", "statut", "verdict"],
    )
    resultats = resultats.assign(
        indicateur=indicateur, millesime=2021, part_couverte=1.0, purete=1.0, source="Essai",
        precision_note="", effectif=1000.0,
    )  # fmt: skip
    estime = resultats["statut"] == "estime"
    resultats["methode"] = np.where(estime, "carreaux", "publie")
    resultats["borne_basse"] = (resultats["valeur"] * 0.9).where(estime)
    resultats["borne_haute"] = (resultats["valeur"] * 1.1).where(estime)
    resultats["bornes_seules"] = estime & (resultats["verdict"] == "non_interpretable")
    ecarts = resultats[["code_territoire", "indicateur", "millesime", "verdict"]].assign(
        reference="ville", valeur_reference=ville, ecart=resultats["valeur"] - ville,
        ecart_borne_basse=resultats["borne_basse"] - ville,
        ecart_borne_haute=resultats["borne_haute"] - ville,
        ecart_relatif=resultats["valeur"] / ville, rang=1.0, rang_sur=40, effectif_ecart=0.0,
    )  # fmt: skip
    ecarts.loc[ecarts["ecart"].isna(), "verdict"] = "non_interpretable"
    ecarts = ecarts[ecarts["code_territoire"] != COMMUNE]
    return resultats.drop(columns="verdict"), ecarts


def vue(lues=None, fonds=None, **options):
    resultats, ecarts = lues or tables()
    demande = {
        "indicateur": "taux_pauvrete",
        "millesime": 2021,
        "nom_ville": "Carré",
        "code_commune": COMMUNE,
        "est_fictive": False,
        "edition": "essai",
        "sources": "Insee, Filosofi 2021",
    } | options
    return composer_vue(
        resultats=resultats,
        ecarts=ecarts,
        couches=fonds or couches(),
        catalogue=charger_catalogue(),
        **demande,
    )
