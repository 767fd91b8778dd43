"""Niveaux de vie d’un territoire : le mélange des distributions de ses IRIS, fait une seule fois."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from observatoire.catalogue import Indicateur
from observatoire.estimation.distributions import Distribution, Melange, melanger
from observatoire.indicateurs.contexte import Contexte
from observatoire.indicateurs.mesures import Mesure

__all__ = ["lire_quantiles", "melanges"]


def melanges(
    contexte: Contexte, mesure: Mesure, poids: pd.DataFrame, *, famille: str
) -> dict[str, Melange]:
    """Mélange des distributions d’IRIS de chaque territoire, partagé entre les indicateurs.

    Parameters
    ----------
    contexte : Contexte
        Où les mélanges sont gardés.
    mesure : Mesure
        Distributions par IRIS.
    poids : pandas.DataFrame
        ``code_territoire, code_iris`` et ``poids`` (habitants) ; ``NaN`` et 0 sont sans effet.
    famille : str
        Nom de cette table de poids : pour un millésime, elle est toujours la même.

    Returns
    -------
    dict of str to Melange
        Par ``code_territoire`` ; un territoire sans distribution connue n’y est pas.
    """
    cle = ("melanges", famille, mesure.millesime)
    if cle not in contexte.memoire:
        contexte.memoire[cle] = _melanger(mesure.distributions or {}, poids)
    table: dict[str, Melange] = contexte.memoire[cle]
    return table


def _melanger(lois: Mapping[str, Distribution], poids: pd.DataFrame) -> dict[str, Melange]:
    utiles = poids[(poids["poids"] > 0) & poids["code_iris"].isin(list(lois))]
    composantes: dict[str, tuple[list[Distribution], list[float]]] = {}
    for territoire, iris, masse in zip(
        utiles["code_territoire"], utiles["code_iris"], utiles["poids"], strict=True
    ):
        groupe = composantes.setdefault(str(territoire), ([], []))
        groupe[0].append(lois[iris])
        groupe[1].append(float(masse))
    return {code: melanger(*groupe) for code, groupe in composantes.items()}


def lire_quantiles(
    indicateur: Indicateur, table: Mapping[str, Melange], territoires: pd.Index
) -> pd.Series:
    """Quantile (euros), ou rapport de quantiles, de chaque mélange.

    Parameters
    ----------
    indicateur : Indicateur
        De calcul ``quantile`` ou ``rapport_quantiles``.
    table : mapping of str to Melange
        Rendu par :func:`melanges`.
    territoires : pandas.Index
        Codes voulus.

    Returns
    -------
    pandas.Series of float
        ``NaN`` là où aucune distribution n’est connue.
    """
    valeurs = pd.Series(np.nan, index=territoires)
    for code in territoires:
        if code in table:
            valeurs[code] = _quantile(indicateur, table[code])
    return valeurs


def _quantile(indicateur: Indicateur, melange: Melange) -> float:
    haut = melange.quantile(indicateur.quantiles[0])
    if indicateur.calcul == "quantile":
        return float(haut)
    return float(haut / melange.quantile(indicateur.quantiles[1]))
