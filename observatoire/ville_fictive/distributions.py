"""Mesures d’une distribution de niveaux de vie : déciles, Gini, parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from observatoire.ville_fictive.revenus import COMPOSANTES

Tableau = npt.NDArray[Any]


def quantiles(menages: pd.DataFrame, rangs: Tableau) -> Tableau:
    """Quantiles du niveau de vie des personnes (euros), interpolés linéairement.

    Parameters
    ----------
    menages : DataFrame
        `niveau_vie` et `personnes`.
    rangs : ndarray
        Rangs entre 0 et 1.

    Returns
    -------
    ndarray
        Quantiles, en euros.
    """
    return np.asarray(np.quantile(niveaux_personnes(menages), rangs))


def niveaux_personnes(menages: pd.DataFrame) -> Tableau:
    """Niveau de vie de chaque personne, trié (euros)."""
    valeurs = np.repeat(
        menages["niveau_vie"].to_numpy(), menages["personnes"].to_numpy().astype(int)
    )
    return np.sort(valeurs)


def indice_gini(niveaux: Tableau) -> float:
    """Indice de Gini d’un tableau trié de niveaux de vie positifs."""
    n = len(niveaux)
    return float(((2.0 * np.arange(1, n + 1) - n - 1) * niveaux).sum() / (n * niveaux.sum()))


def resumer(menages: pd.DataFrame, seuil: float) -> dict[str, float]:
    """Résume la distribution : taux, quantiles, rapports et parts du revenu disponible.

    Parameters
    ----------
    menages : DataFrame
        Ménages d’un territoire.
    seuil : float
        Seuil de pauvreté (euros par unité de consommation).

    Returns
    -------
    dict
        Clés de l’Insee sans préfixe ni millésime (`TP60, Q1, MED... PIMPOT`) ; taux et parts en
        pourcentage.
    """
    niveaux = niveaux_personnes(menages)
    q = dict(
        zip(
            ("D1", "D2", "Q1", "D3", "D4", "MED", "D6", "D7", "Q3", "D8", "D9"),
            np.quantile(niveaux, [0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9]),
            strict=True,
        )
    )
    cinquieme = max(1, len(niveaux) // 5)
    parts = 100.0 * menages[list(COMPOSANTES)].sum() / menages["disponible"].sum()
    return {
        "TP60": 100.0 * float((niveaux < seuil).mean()),
        **{k: float(v) for k, v in q.items()},
        "EQ": float((q["Q3"] - q["Q1"]) / q["MED"]),
        "RD": float(q["D9"] / q["D1"]),
        "S80S20": float(niveaux[-cinquieme:].sum() / niveaux[:cinquieme].sum()),
        "GI": indice_gini(niveaux),
        "PACT": float(parts["ptsa"] + parts["pcho"] + parts["pben"]),
        "PTSA": float(parts["ptsa"]),
        "PCHO": float(parts["pcho"]),
        "PBEN": float(parts["pben"]),
        "PPEN": float(parts["ppen"]),
        "PPAT": float(parts["ppat"]),
        "PPSOC": float(parts["ppfam"] + parts["ppmini"] + parts["pplogt"]),
        "PPFAM": float(parts["ppfam"]),
        "PPMINI": float(parts["ppmini"]),
        "PPLOGT": float(parts["pplogt"]),
        "PIMPOT": float(parts["pimpot"]),
    }
