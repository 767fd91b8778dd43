"""Ce que le calage demande, tiré des variables lues : statistiques d’IRIS, chiffres de quartier."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from observatoire.estimation.calage import PUBLIES, STATISTIQUES
from observatoire.indicateurs.cube import Cube

__all__ = ["CIBLES", "Cible", "lire_cible", "publies_des_quartiers", "statistiques_iris"]

_REVENUS: Mapping[str, str] = {
    "taux_pauvrete": "filo_taux_pauvrete",
    "mediane": "filo_mediane",
    "q1": "filo_q1",
    "q3": "filo_q3",
    "d1": "filo_d1",
    "d9": "filo_d9",
    "gini": "filo_gini",
    "rapport_interdecile": "filo_rapport_interdecile",
}
_EFFECTIFS: Mapping[str, tuple[str, str]] = {
    "part_0_14": ("population_0_14", "population"),
    "part_15_29": ("population_15_29", "population"),
    "part_30_44": ("population_30_44", "population"),
    "part_45_59": ("population_45_59", "population"),
    "part_60_74": ("population_60_74", "population"),
    "part_75_plus": ("population_75_plus", "population"),
    "part_cadres": ("cadres_15_plus", "population_15_plus"),
    "part_professions_intermediaires": ("professions_intermediaires_15_plus", "population_15_plus"),
    "part_employes": ("employes_15_plus", "population_15_plus"),
    "part_ouvriers": ("ouvriers_15_plus", "population_15_plus"),
    "part_retraites": ("retraites_15_plus", "population_15_plus"),
    "taux_chomage": ("chomeurs_15_64", "actifs_15_64"),
    "part_sans_diplome": ("sans_diplome_15_plus", "non_scolarises_15_plus"),
    "part_diplome_superieur": ("diplome_superieur_15_plus", "non_scolarises_15_plus"),
    "part_proprietaires": ("residences_proprietaires", "residences_principales"),
    "part_locataires": ("residences_locataires", "residences_principales"),
    "part_hlm": ("residences_hlm", "residences_principales"),
}
_PUBLIES: Mapping[str, str] = {
    "population": "population",
    "menages": "quartier_menages",
    "logements_sociaux": "quartier_logements_sociaux",
    "couverts_caf": "quartier_couverts_caf",
    "allocataires_caf": "quartier_allocataires_caf",
    "rsa_socle": "quartier_rsa_socle",
} | {nom: f"quartier_{nom}" for nom in PUBLIES}

Cible = tuple[tuple[str, ...], str, tuple[float, float]]

CIBLES: Mapping[str, Cible] = {
    "taux_pauvrete": (("filo_taux_pauvrete",), "taux_pauvrete", (0.0, 100.0)),
    "taux_emploi_15_64": (("quartier_taux_emploi",), "", (0.0, 100.0)),
    "indice_jeunesse": (("quartier_indice_jeunesse",), "", (0.0, 20.0)),
    "part_etrangers": (("quartier_part_etrangers",), "", (0.0, 100.0)),
    "part_immigres": (("quartier_part_immigres",), "", (0.0, 100.0)),
    "part_menages_1_personne": (("quartier_part_menages_1",), "", (0.0, 100.0)),
    "part_logements_sociaux": (
        ("quartier_logements_sociaux", "quartier_menages"),
        "part_hlm",
        (0.0, 100.0),
    ),
}
"""Indicateur → variables publiées par quartier (deux : un rapport, en %), statistique d’IRIS de
même nature (vide s’il n’y en a pas dans les statistiques), valeurs possibles."""


def statistiques_iris(cube: Cube, index: pd.Index, millesime: int) -> pd.DataFrame:
    """Statistiques d’IRIS du calage, au millésime de revenus demandé.

    Parameters
    ----------
    cube : Cube
        Variables lues.
    index : pandas.Index
        Codes des IRIS.
    millesime : int
        Année des revenus ; le recensement est celui du millésime le plus proche.

    Returns
    -------
    pandas.DataFrame
        Index ``index``, colonnes ``STATISTIQUES`` ; ``NaN`` si masqué ou sans source.
    """
    colonnes = {nom: _serie(cube, "iris", v, millesime, index) for nom, v in _REVENUS.items()}
    for nom, (haut, bas) in _EFFECTIFS.items():
        numerateur = _proche(cube, "iris", haut, millesime, index)
        denominateur = _proche(cube, "iris", bas, millesime, index)
        part = 100 * numerateur / np.where(denominateur > 0, denominateur, np.nan)
        reprise = _proche(cube, "iris", f"reprise_{nom}", millesime, index)
        colonnes[nom] = np.where(np.isnan(part), reprise, part)
    return pd.DataFrame(colonnes, index=index)[list(STATISTIQUES)]


def publies_des_quartiers(cube: Cube, index: pd.Index, millesime: int) -> pd.DataFrame:
    """Chiffres diffusés par quartier, au millésime le plus proche (colonnes de ``decrire_publies``)."""
    return pd.DataFrame(
        {nom: _proche(cube, "qpv", v, millesime, index) for nom, v in _PUBLIES.items()},
        index=index,
    )


def lire_cible(cube: Cube, indicateur: str, index: pd.Index, millesime: int) -> pd.Series:
    """Chiffre publié d’un indicateur du calage, dans son unité ; ``NaN`` s’il est masqué."""
    variables, _, (minimum, maximum) = CIBLES[indicateur]
    haut = _proche(cube, "qpv", variables[0], millesime, index)
    if len(variables) == 1:
        return pd.Series(haut, index=index)
    bas = _proche(cube, "qpv", variables[1], millesime, index)
    part = 100 * haut / np.where(bas > 0, bas, np.nan)
    return pd.Series(np.clip(part, minimum, maximum), index=index)


def _serie(cube: Cube, niveau: str, variable: str, millesime: int, index: pd.Index) -> np.ndarray:
    if not cube.existe(niveau, [variable], millesime):
        return np.full(len(index), np.nan)
    return cube.serie(niveau, variable, millesime, index).valeurs.to_numpy(float)


def _proche(cube: Cube, niveau: str, variable: str, millesime: int, index: pd.Index) -> np.ndarray:
    trouve = cube.plus_proche(niveau, [variable], millesime)
    if trouve is None:
        return np.full(len(index), np.nan)
    return _serie(cube, niveau, variable, trouve[1], index)
