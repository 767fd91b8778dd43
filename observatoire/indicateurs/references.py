"""Valeurs de référence : la ville, et la ville sans ses quartiers prioritaires."""

from __future__ import annotations

import numpy as np
import pandas as pd

from observatoire.catalogue import Indicateur
from observatoire.domaine import Methode, Reference, Statut, TypeTerritoire
from observatoire.indicateurs.contexte import Contexte
from observatoire.indicateurs.estimations import valeur_de_melange
from observatoire.indicateurs.mesures import mesurer_iris

__all__ = ["calculer_references", "valeur_hors_quartiers"]


def valeur_hors_quartiers(valeur_ville: float, valeurs: np.ndarray, parts: np.ndarray) -> float:
    """Taux de la ville sans ses quartiers.

    Parameters
    ----------
    valeur_ville : float
        Taux de la ville entière.
    valeurs, parts : numpy.ndarray, shape (n_quartiers,)
        Taux des quartiers et part du dénominateur de la ville qu’ils portent (0 à 1).

    Returns
    -------
    float
        ``(p_ville − Σ w p_q) / (1 − Σ w)`` ; ``NaN`` si un terme manque ou si les
        quartiers couvrent toute la ville.
    """
    reste = 1 - parts.sum()
    if not reste > 0:
        return float("nan")
    return float((valeur_ville - (parts * valeurs).sum()) / reste)


def calculer_references(contexte: Contexte, resultats: pd.DataFrame) -> pd.DataFrame:
    """Valeur de chaque référence, par indicateur et millésime.

    Parameters
    ----------
    contexte : Contexte
        Données de la ville.
    resultats : pandas.DataFrame
        Table de :func:`observatoire.indicateurs.calculer_resultats`.

    Returns
    -------
    pandas.DataFrame
        ``indicateur, millesime, reference, valeur, statut, methode``. La ville hors QPV est
        toujours estimée : pour un taux, ``(p_ville − Σ w p_q) / (1 − Σ w)`` ; pour un niveau de
        vie, mélange des distributions des IRIS pesées par leurs habitants hors des quartiers.
    """
    dans_ville = _part_dans_la_ville(contexte)
    lignes = []
    for (identifiant, millesime), groupe in resultats.groupby(
        ["indicateur", "millesime"], sort=False
    ):
        indicateur = contexte.catalogue.indicateurs[str(identifiant)]
        ville = groupe[groupe["type_territoire"] == TypeTerritoire.COMMUNE.value]
        if indicateur.est_stock or ville.empty:
            continue
        ligne = ville.iloc[0]
        cle = {"indicateur": identifiant, "millesime": millesime}
        lignes.append(
            {**cle, "reference": Reference.VILLE.value}
            | {nom: ligne[nom] for nom in ("valeur", "statut", "methode")}
        )
        valeur = _hors_quartiers(
            contexte, indicateur, int(str(millesime)), groupe, ligne, dans_ville
        )
        connue = bool(np.isfinite(valeur))
        lignes.append(
            {
                **cle,
                "reference": Reference.VILLE_HORS_QPV.value,
                "valeur": valeur,
                "statut": (Statut.ESTIME if connue else Statut.ABSENT).value,
                "methode": (Methode.DIFFERENCE if connue else Methode.AUCUNE).value,
            }
        )
    colonnes = ["indicateur", "millesime", "reference", "valeur", "statut", "methode"]
    return pd.DataFrame(lignes, columns=colonnes)


def _hors_quartiers(
    contexte: Contexte,
    indicateur: Indicateur,
    millesime: int,
    groupe: pd.DataFrame,
    ville: pd.Series,
    dans_ville: pd.Series,
) -> float:
    quartiers = groupe[groupe["type_territoire"] == TypeTerritoire.QPV.value].set_index(
        "code_territoire"
    )
    if quartiers.empty:
        return float("nan")
    if indicateur.calcul in {"quantile", "rapport_quantiles"}:
        return _melange_hors_quartiers(contexte, indicateur, millesime, quartiers.index)
    if indicateur.calcul == "densite":
        return _densite_hors_quartiers(contexte, ville, quartiers, dans_ville)
    parts = (quartiers["effectif"] * dans_ville.reindex(quartiers.index)) / float(ville["effectif"])
    return valeur_hors_quartiers(
        float(ville["valeur"]), quartiers["valeur"].to_numpy(), parts.to_numpy()
    )


def _melange_hors_quartiers(
    contexte: Contexte, indicateur: Indicateur, millesime: int, quartiers: pd.Index
) -> float:
    mesure = mesurer_iris(contexte, indicateur, millesime)
    if mesure is None:
        return float("nan")
    paires = contexte.paires[contexte.paires["code_territoire"].isin(quartiers)]
    dedans = (
        paires.groupby("code_iris")[mesure.colonne_part]
        .sum()
        .reindex(contexte.index_ville)
        .fillna(0.0)
    )
    dehors = (mesure.base.reindex(contexte.index_ville) * (1 - dedans)).clip(lower=0)
    return valeur_de_melange(indicateur, mesure, dehors)


def _densite_hors_quartiers(
    contexte: Contexte, ville: pd.Series, quartiers: pd.DataFrame, dans_ville: pd.Series
) -> float:
    surfaces = contexte.poids[contexte.poids["code_iris"].isin(contexte.index_ville)]
    surface_quartiers = (
        surfaces.groupby("code_territoire")["surface_m2"].sum().reindex(quartiers.index).sum()
    )
    surface = contexte.iris.loc[contexte.index_ville, "surface_m2"].sum() - surface_quartiers
    habitants = float(ville["effectif"]) - (
        quartiers["effectif"] * dans_ville.reindex(quartiers.index)
    ).sum(skipna=False)
    return float(habitants / (surface / 1e6)) if surface > 0 else float("nan")


def _part_dans_la_ville(contexte: Contexte) -> pd.Series:
    """Part (0 à 1) des habitants de chaque territoire qui vit dans la ville ; à défaut, de sa surface."""
    trouve = contexte.cube.plus_proche("iris", ["population"], 9999)
    table = contexte.poids[["code_territoire", "code_iris", "surface_m2"]].copy()
    table["masse"] = np.nan
    if trouve is not None:
        population = contexte.cube.serie("iris", trouve[0], trouve[1], contexte.iris.index).valeurs
        habitants = table["code_iris"].map(population).astype(float)
        table["masse"] = contexte.paires["part_population"] * habitants
    inconnue = table["masse"].isna().groupby(table["code_territoire"]).transform("any")
    table["masse"] = table["masse"].where(~inconnue, table["surface_m2"])
    ville = table["code_iris"].isin(contexte.index_ville)
    dedans = table["masse"].where(ville, 0.0).groupby(table["code_territoire"]).sum()
    total = table.groupby("code_territoire")["masse"].sum()
    return (dedans / total).where(total > 0)
