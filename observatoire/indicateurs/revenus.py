"""Niveaux de vie d’un territoire : le mélange des distributions de ses IRIS, fait une seule fois."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from observatoire.catalogue import Indicateur
from observatoire.estimation.distributions import Distribution, Melange, melanger
from observatoire.estimation.melanges import quantiles_de_chacun
from observatoire.indicateurs.contexte import Contexte
from observatoire.indicateurs.mesures import Mesure

__all__ = ["melanges_gardes", "quantiles_de_melanges"]


def quantiles_de_melanges(
    contexte: Contexte, indicateur: Indicateur, mesure: Mesure, poids: pd.DataFrame, *, famille: str
) -> pd.Series:
    """Quantile (euros), ou rapport de quantiles, du mélange des distributions de chaque territoire.

    Parameters
    ----------
    contexte : Contexte
        Où les quantiles sont gardés : plusieurs indicateurs lisent le même mélange.
    indicateur : Indicateur
        De calcul ``quantile`` ou ``rapport_quantiles``.
    mesure : Mesure
        Distributions par IRIS.
    poids : pandas.DataFrame
        ``code_territoire, code_iris`` et ``poids`` (habitants) ; ``NaN`` et 0 sont sans effet.
    famille : str
        Nom de cette table de poids : pour un millésime, elle est toujours la même.

    Returns
    -------
    pandas.Series of float
        Par ``code_territoire`` ; un territoire sans distribution connue n’y est pas.
    """
    cle = ("quantiles", famille, mesure.millesime)
    if cle not in contexte.memoire:
        rangs = sorted({r for i in contexte.catalogue.indicateurs.values() for r in i.quantiles})
        lois = _melanger(mesure.distributions or {}, poids)
        # Tous les quantiles de tous les mélanges sont cherchés à la fois : c’est le calcul le plus long.
        contexte.memoire[cle] = pd.DataFrame(
            quantiles_de_chacun(list(lois.values()), rangs),
            index=pd.Index(list(lois), name="code_territoire", dtype="str"),
            columns=rangs,
        )
        contexte.memoire["melanges", famille, mesure.millesime] = lois
    table: pd.DataFrame = contexte.memoire[cle]
    haut = table[indicateur.quantiles[0]]
    return haut if indicateur.calcul == "quantile" else haut / table[indicateur.quantiles[1]]


def melanges_gardes(contexte: Contexte, mesure: Mesure, *, famille: str) -> dict[str, Melange]:
    """Mélanges déjà faits pour :func:`quantiles_de_melanges`, par ``code_territoire``.

    Parameters
    ----------
    contexte, mesure, famille
        Comme pour :func:`quantiles_de_melanges` ; vide si elle n’a pas été appelée.
    """
    lois: dict[str, Melange] = contexte.memoire.get(("melanges", famille, mesure.millesime), {})
    return lois


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
