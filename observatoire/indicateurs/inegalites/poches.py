"""IRIS aussi fragiles que les quartiers prioritaires de leur ville, et qui sont hors d’eux."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from observatoire.catalogue import Catalogue
from observatoire.domaine import Statut, TypeTerritoire
from observatoire.indicateurs.inegalites.lignes import derniers_millesimes, lignes_iris
from observatoire.territoires import groupes_contigus, part_retenue, voisins_contigus

__all__ = ["COLONNES_POCHES", "MASQUE", "POCHE", "reperer_poches"]

COLONNES_POCHES = [
    "code_commune", "code_iris", "nom", "etat", "groupe", "indicateur", "millesime", "valeur", "seuil",
    "habitants", "part_dans_qpv", "statut", "note",
]  # fmt: skip
POCHE, MASQUE = "poche", "masque"
_HABITES = ("H", "Z")


def reperer_poches(
    resultats: pd.DataFrame,
    poids: pd.DataFrame,
    territoires: pd.Series,
    iris: gpd.GeoDataFrame,
    catalogue: Catalogue,
) -> pd.DataFrame:
    """Repérer les IRIS fragiles hors des quartiers, et ceux dont on ne sait rien.

    Parameters
    ----------
    resultats : pandas.DataFrame
        Table longue des résultats.
    poids : pandas.DataFrame
        Parts des IRIS dans les territoires.
    territoires : pandas.Series of str
        Type de chaque ``code_territoire``.
    iris : geopandas.GeoDataFrame
        ``code_iris, type_iris``, projection en mètres.
    catalogue : Catalogue
        Critère : indicateur, seuil (le QPV le moins touché, ou celui du milieu), habitants, part dans un QPV.

    Returns
    -------
    pandas.DataFrame
        Colonnes ``COLONNES_POCHES``. ``etat`` : ``poche``, ou ``masque`` pour un IRIS d’habitat hors
        quartier dont le chiffre est inconnu : on ne sait pas s’il en est une. ``groupe`` : numéro, dans la
        ville, des poches d’un seul tenant (1 à …) ; 0 pour un masqué. ``seuil`` : valeur du QPV de la
        même année. Une ville dont aucun quartier n’a de chiffre n’a pas de ligne.
    """
    regles = catalogue.inegalites.poches
    hausse = catalogue.indicateurs[regles.indicateur].sens == "defavorable_si_hausse"
    lignes = derniers_millesimes(lignes_iris(resultats, [regles.indicateur]))
    seuils = _seuils(resultats, regles.indicateur, regles.seuil, hausse=hausse)
    cles = pd.MultiIndex.from_frame(lignes[["code_commune", "millesime"]])
    decrits = iris.set_index("code_iris")
    codes = lignes["code_territoire"]
    table = pd.DataFrame(
        {
            "code_commune": lignes["code_commune"],
            "code_iris": codes,
            "nom": lignes["nom"],
            "indicateur": lignes["indicateur"],
            "millesime": lignes["millesime"],
            "valeur": lignes["valeur"],
            "seuil": seuils.reindex(cles).to_numpy(float),
            "habitants": codes.map(_habitants(resultats)),
            "part_dans_qpv": codes.map(_part_dans_qpv(poids, territoires)).fillna(0.0),
            "statut": lignes["statut"],
        }
    )
    # Un IRIS sans aucune paire n’est touché par aucun quartier : sa part est bien nulle.
    hors = table["part_dans_qpv"] <= regles.part_dans_qpv_max
    habite = codes.map(decrits["type_iris"]).isin(_HABITES)
    trop_petit = table["habitants"] < regles.habitants_min
    sens = 1 if hausse else -1
    fragile = sens * (table["valeur"] - table["seuil"]) >= 0
    table["etat"] = np.select([fragile, table["valeur"].isna()], [POCHE, MASQUE], "")
    retenus = habite & hors & ~trop_petit & table["seuil"].notna() & (table["etat"] != "")
    table = table[retenus].copy()
    table["groupe"] = _groupes(table, decrits)
    table["note"] = np.where(
        table["etat"] == MASQUE, "masqué : on ne sait pas",
        np.where(table["habitants"].isna(), "nombre d’habitants inconnu", ""),
    )  # fmt: skip
    return table[COLONNES_POCHES].sort_values(
        ["code_commune", "groupe", "code_iris"], ignore_index=True
    )


def _seuils(resultats: pd.DataFrame, indicateur: str, regle: str, *, hausse: bool) -> pd.Series:
    """Valeur du QPV le moins touché, ou du milieu, par ville et millésime."""
    quartiers = resultats[
        (resultats["type_territoire"] == TypeTerritoire.QPV.value)
        & (resultats["indicateur"] == indicateur)
        & resultats["statut"].isin([Statut.PUBLIE.value, Statut.ESTIME.value])
        & ~resultats["bornes_seules"].astype(bool)
    ]
    groupes = quartiers.groupby(["code_commune", "millesime"])["valeur"]
    if regle == "mediane":
        return groupes.median()
    return groupes.min() if hausse else groupes.max()


def _habitants(resultats: pd.DataFrame) -> pd.Series:
    """Population la plus récente de chaque IRIS."""
    lignes = lignes_iris(resultats, ["population"]).sort_values("millesime")
    return lignes.groupby("code_territoire")["valeur"].last()


def _part_dans_qpv(poids: pd.DataFrame, territoires: pd.Series) -> pd.Series:
    """Part (0 à 1) des habitants de chaque IRIS qui vit dans un quartier prioritaire."""
    qpv = poids["code_territoire"].map(territoires) == TypeTerritoire.QPV.value
    paires = poids[qpv]
    parts = part_retenue(paires, unite="population").groupby(paires["code_iris"]).sum()
    return parts.clip(upper=1.0)


def _groupes(table: pd.DataFrame, decrits: gpd.GeoDataFrame) -> pd.Series:
    """Numéro du groupe d’un seul tenant de chaque poche, de la plus peuplée à la moins peuplée."""
    numeros = pd.Series(0, index=table.index)
    for _, poches in table[table["etat"] == POCHE].groupby("code_commune"):
        formes = np.asarray(decrits.geometry.loc[list(poches["code_iris"])])
        groupes = pd.Series(groupes_contigus(voisins_contigus(formes)), index=poches.index)
        habitants = poches["habitants"].fillna(0.0).groupby(groupes).sum()
        ordre = habitants.sort_values(ascending=False, kind="stable").index
        numeros.loc[poches.index] = groupes.map({g: k + 1 for k, g in enumerate(ordre)})
    return numeros
