"""Carreaux de 200 mètres de Filosofi 2021, imputés sous 11 ménages (EPSG:3035)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyproj

from observatoire.ville_fictive import parametres
from observatoire.ville_fictive import population as pop
from observatoire.ville_fictive.filosofi import menages_fiscaux
from observatoire.ville_fictive.ville import Etat

COTE_M = 200
AGES = (
    ("0_3", 0, 3),
    ("4_5", 4, 5),
    ("6_10", 6, 10),
    ("11_17", 11, 17),
    ("18_24", 18, 24),
    ("25_39", 25, 39),
    ("40_54", 40, 54),
    ("55_64", 55, 64),
    ("65_79", 65, 79),
    ("80p", 80, 999),
)
COLONNES_MENAGES = (
    "men_pauv",
    "men_1ind",
    "men_5ind",
    "men_prop",
    "men_fmp",
    "men_surf",
    "men_coll",
    "men_mais",
    "log_av45",
    "log_45_70",
    "log_70_90",
    "log_ap90",
    "log_inc",
    "log_soc",
)
COLONNES_INDIVIDUS = ("ind_snv", *(f"ind_{nom}" for nom, *_ in AGES), "ind_inc")
ORDRE = (
    "idcar_200m",
    "idcar_1km",
    "idcar_nat",
    "i_est_200",
    "i_est_1km",
    "lcog_geo",
    "ind",
    "men",
    "men_pauv",
    "men_1ind",
    "men_5ind",
    "men_prop",
    "men_fmp",
    "ind_snv",
    "men_surf",
    "men_coll",
    "men_mais",
    "log_av45",
    "log_45_70",
    "log_70_90",
    "log_ap90",
    "log_inc",
    "log_soc",
    *(f"ind_{nom}" for nom, *_ in AGES),
    "ind_inc",
)


def tabuler_carreaux(etat: Etat) -> pd.DataFrame:
    """Tabule les carreaux habités.

    Un carreau de moins de 11 ménages est imputé (`i_est_200` vaut 1) : ses effectifs d’habitants
    et de ménages sont
    gardés, le reste est réparti à partir du carreau d’un kilomètre, ou de toute la zone s’il est
    trop petit.

    Parameters
    ----------
    etat : Etat
        Population récente.

    Returns
    -------
    DataFrame
        Colonnes du fichier de l’Insee, une ligne par carreau, triées par identifiant.
    """
    menages = menages_fiscaux(etat).copy()
    versxy = pyproj.Transformer.from_crs("EPSG:2154", "EPSG:3035", always_xy=True)
    est, nord = versxy.transform(menages["x"].to_numpy(), menages["y"].to_numpy())
    menages["e"], menages["n"] = (np.floor(v / COTE_M).astype(int) * COTE_M for v in (est, nord))
    menages = _decrire(menages, etat.personnes)
    sommes = ["ind", "men", *COLONNES_MENAGES, *COLONNES_INDIVIDUS]
    table = menages.groupby(["n", "e"], sort=True)[sommes].sum().reset_index()
    communes = menages.groupby(["n", "e"])["commune"].agg(lambda c: "".join(sorted(set(c))))
    table["lcog_geo"] = communes.to_numpy()
    table["idcar_200m"] = [
        _identifiant(200, e, n) for e, n in zip(table["e"], table["n"], strict=True)
    ]
    table["idcar_1km"] = [
        _identifiant(1000, e, n) for e, n in zip(table["e"], table["n"], strict=True)
    ]
    table["i_est_200"] = (table["men"] < parametres.SEUIL_MENAGES_SECRET).astype(int)
    total_km = table.groupby("idcar_1km")["men"].transform("sum")
    table["i_est_1km"] = (total_km < parametres.SEUIL_MENAGES_SECRET).astype(int)
    table["idcar_nat"] = _identifiants_naturels(table)
    return _arrondir(_imputer(table))[list(ORDRE)].sort_values("idcar_200m").reset_index(drop=True)


def _identifiant(cote: int, est: int, nord: int) -> str:
    """Identifiant d’un carreau : coin inférieur gauche, en EPSG:3035."""
    return f"CRS3035RES{cote}mN{nord // cote * cote}E{est // cote * cote}"


def _decrire(menages: pd.DataFrame, personnes: pd.DataFrame) -> pd.DataFrame:
    """Ajoute aux ménages les variables à sommer ; `ind_snv` somme des niveaux winsorisés."""
    m = menages.copy()
    bas, haut = np.quantile(m["niveau_vie"], [0.01, 0.99])
    m["ind"], m["men"] = m["personnes"], 1
    m["ind_snv"] = m["niveau_vie"].clip(bas, haut) * m["personnes"]
    m["men_pauv"] = m["niveau_vie"] < parametres.SEUILS_PAUVRETE[2021]
    m["men_1ind"], m["men_5ind"] = m["personnes"] == 1, m["personnes"] >= 5
    m["men_prop"], m["men_fmp"] = m["statut"] == pop.PROPRIETAIRE, m["famille"] == 3
    m["men_surf"], m["men_coll"], m["men_mais"] = (
        m["surface"],
        ~m["maison"].astype(bool),
        m["maison"],
    )
    for nom, valeurs in (("av45", [0, 1]), ("45_70", [2]), ("70_90", [3]), ("ap90", [4, 5])):
        m[f"log_{nom}"] = m["periode"].isin(valeurs)
    m["log_inc"], m["log_soc"], m["ind_inc"] = 0, m["statut"] == pop.HLM, 0
    gens = personnes[personnes["logement"] >= 0]
    for nom, a, b in AGES:
        dedans = gens.loc[(gens["age"] >= a) & (gens["age"] <= b), "logement"]
        m[f"ind_{nom}"] = np.bincount(dedans, minlength=int(m.index.max()) + 1)[m.index]
    return m


def _identifiants_naturels(table: pd.DataFrame) -> list[str]:
    """Plus petit carreau de 11 ménages ou plus qui contient le carreau de 200 mètres."""
    resultat = table["idcar_200m"].to_numpy(dtype=object).copy()
    restants = (table["i_est_200"] == 1).to_numpy()
    for cote in (1000, 2000, 4000, 8000, 16_000, 32_000):
        larges = pd.Series(
            [_identifiant(cote, e, n) for e, n in zip(table["e"], table["n"], strict=True)]
        )
        assez = (
            table["men"].groupby(larges).transform("sum") >= parametres.SEUIL_MENAGES_SECRET
        ).to_numpy()
        resultat[restants & assez] = larges.to_numpy(dtype=object)[restants & assez]
        restants = restants & ~assez
    return [str(r) for r in resultat]


def _imputer(table: pd.DataFrame) -> pd.DataFrame:
    """Répartit les totaux des petits carreaux d’un même kilomètre.

    Le groupe de répartition compte toujours 11 ménages ou plus : aucun total de groupe ne décrit
    un petit nombre
    de ménages.
    """
    t = table.copy()
    petits = t["i_est_200"] == 1
    groupe = t["idcar_1km"].where(petits, "")
    effectif = t["men"].groupby(groupe).transform("sum")
    groupe = groupe.where(~petits | (effectif >= parametres.SEUIL_MENAGES_SECRET), "reste")
    for colonnes, base in ((COLONNES_MENAGES, "men"), (COLONNES_INDIVIDUS, "ind")):
        total_base = t[base].groupby(groupe).transform("sum")
        for nom in colonnes:
            total = t[nom].groupby(groupe).transform("sum")
            t[nom] = (t[nom].astype(float)).where(~petits, total * t[base] / total_base)
    return t


def _arrondir(table: pd.DataFrame) -> pd.DataFrame:
    """Arrondit comme la source : montants et surfaces au dixième, effectifs imputés au dixième."""
    t = table.copy()
    for nom in ("ind", *COLONNES_MENAGES, *COLONNES_INDIVIDUS):
        t[nom] = t[nom].astype(float).round(1)
    return t
