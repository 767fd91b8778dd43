"""Statistiques d’IRIS dont le calage a besoin : noms, unités, mise à l’échelle.

Les mêmes noms servent à l’apprentissage et à l’emploi : une colonne qui manque est dite.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from observatoire.erreurs import Anomalie, ErreurDonnees

__all__ = [
    "RECENSEMENT",
    "REVENUS",
    "STATISTIQUES",
    "controler_statistiques",
    "seuil_de_pauvrete",
    "transformer",
]

RECENSEMENT: tuple[str, ...] = (
    "part_0_14",
    "part_15_29",
    "part_30_44",
    "part_45_59",
    "part_60_74",
    "part_75_plus",
    "part_cadres",
    "part_professions_intermediaires",
    "part_employes",
    "part_ouvriers",
    "part_retraites",
    "taux_chomage",
    "part_sans_diplome",
    "part_diplome_superieur",
    "part_proprietaires",
    "part_locataires",
    "part_hlm",
)
"""Parts en pourcentage : habitants, 15 ans et plus, actifs, non scolarisés, résidences principales."""

REVENUS: tuple[str, ...] = (
    "taux_pauvrete",
    "mediane",
    "q1",
    "q3",
    "d1",
    "d9",
    "gini",
    "rapport_interdecile",
)
"""Filosofi, revenu disponible : pourcentage, euros par an et par unité de consommation, rapports."""

STATISTIQUES: tuple[str, ...] = (*REVENUS, *RECENSEMENT)

_EN_EUROS = ("mediane", "q1", "q3", "d1", "d9")


def controler_statistiques(table: pd.DataFrame) -> None:
    """Refuser une table d’IRIS inutilisable pour le calage.

    Parameters
    ----------
    table : pandas.DataFrame
        Index ``code_iris`` (texte), colonnes ``STATISTIQUES``.

    Raises
    ------
    ErreurDonnees
        Avec toutes les colonnes absentes et tous les codes en double.
    """
    anomalies = [
        Anomalie(
            "statistique d’IRIS absente",
            colonne=nom,
            remede="donner la table qui la contient, même vide",
        )
        for nom in STATISTIQUES
        if nom not in table.columns
    ]
    if not table.index.is_unique:
        codes = table.index[table.index.duplicated()].unique()[:8]
        anomalies.append(
            Anomalie(
                f"codes d’IRIS en double : {', '.join(map(str, codes))}",
                colonne="code_iris",
                remede="ne garder qu’une ligne par IRIS",
            )
        )
    if anomalies:
        raise ErreurDonnees("Les statistiques d’IRIS ne permettent pas le calage.", anomalies)


def transformer(table: pd.DataFrame) -> pd.DataFrame:
    """Statistiques à l’échelle du modèle : logarithme des euros, pourcentages inchangés.

    Parameters
    ----------
    table : pandas.DataFrame
        Colonnes ``STATISTIQUES``, ``NaN`` là où le producteur masque.

    Returns
    -------
    pandas.DataFrame
        Mêmes index et colonnes, ``float64``.
    """
    resultat = table[list(STATISTIQUES)].astype("float64")
    euros = list(_EN_EUROS)
    resultat[euros] = np.log(resultat[euros].where(resultat[euros] > 0))
    return resultat


_RANGS = {"d1": 0.1, "q1": 0.25, "mediane": 0.5, "q3": 0.75, "d9": 0.9}


def seuil_de_pauvrete(table: pd.DataFrame) -> float:
    """Seuil de pauvreté que les fichiers supposent, retrouvé dans leurs propres chiffres.

    Parameters
    ----------
    table : pandas.DataFrame
        Colonnes ``STATISTIQUES`` : le taux de pauvreté (%) et les quantiles (euros) d’un IRIS.

    Returns
    -------
    float
        Euros par an et par unité de consommation ; ``NaN`` si aucun IRIS n’a tout ce qu’il faut.

    Notes
    -----
    Dans chaque IRIS, le seuil est le quantile de rang égal au taux de pauvreté, lu par
    interpolation du logarithme du revenu contre ``Φ⁻¹(p)`` ; la médiane des IRIS est rendue.
    """
    connus = table[["taux_pauvrete", *_RANGS]].dropna()
    taux = connus["taux_pauvrete"].to_numpy(float) / 100
    rangs = np.array(list(_RANGS.values()))
    dedans = (taux >= rangs[0]) & (taux <= rangs[-1])
    quantiles = connus[list(_RANGS)].to_numpy(float)[dedans]
    positifs = (quantiles > 0).all(axis=1)
    if not positifs.any():
        return float("nan")
    taux, y = taux[dedans][positifs], np.log(quantiles[positifs])
    x, z = ndtri(rangs), ndtri(taux)
    gauche = np.clip(np.searchsorted(x, z, side="right") - 1, 0, len(x) - 2)
    lignes = np.arange(len(y))
    pente = (y[lignes, gauche + 1] - y[lignes, gauche]) / (x[gauche + 1] - x[gauche])
    return float(np.exp(np.median(y[lignes, gauche] + pente * (z - x[gauche]))))
