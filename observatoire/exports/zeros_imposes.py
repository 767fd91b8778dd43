"""Inconnues positives qu’un système de totaux oblige à être nulles.

Deux découpages d’une ville se retranchent : si leurs totaux sont égaux, les zones que l’un compte
et l’autre non sont toutes nulles, bien qu’aucun total ne soit nul.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from scipy.optimize import linprog

__all__ = ["zeros_imposes"]

Reels: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
Masque: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]

_PETIT = 1e-6


def zeros_imposes(systeme: Reels, restes: Reels) -> Masque:
    """Dire quelles inconnues sont nulles dans toutes les solutions positives.

    Une solution de support maximal se trouve en un seul programme linéaire : maximiser le nombre de
    coordonnées d’au moins 1 d’un multiple de la solution (variables ``x, t, s`` ; ``A x = b s``,
    ``t ≤ x``, ``0 ≤ t ≤ 1``, ``s ≥ 1`` ; Freund, Roundy et Todd, *Identifying the set of
    always-active constraints in a system of linear inequalities*, 1985).

    Parameters
    ----------
    systeme : ndarray (m, n)
        Part de chaque inconnue dans chaque total, de 0 à 1.
    restes : ndarray (m,)
        Ce qu’il reste de chaque total une fois retranché ce qui est connu.

    Returns
    -------
    ndarray of bool (n,)
        Tout est faux si le système n’a pas de solution positive : des totaux qui se contredisent,
        à l’arrondi près, ne prouvent rien.
    """
    m, n = systeme.shape
    if _a_une_solution_positive(systeme, restes):
        return np.zeros(n, dtype=bool)
    egalites = np.hstack([systeme, np.zeros((m, n)), -restes[:, None]])
    inegalites = np.hstack([-np.eye(n), np.eye(n), np.zeros((n, 1))])
    issue = linprog(
        np.concatenate([np.zeros(n), -np.ones(n), [0.0]]),
        A_ub=inegalites,
        b_ub=np.zeros(n),
        A_eq=egalites,
        b_eq=np.zeros(m),
        bounds=[(0, None)] * n + [(0, 1)] * n + [(1, None)],
        method="highs",
    )
    if not issue.success:
        return np.zeros(n, dtype=bool)
    return np.asarray(issue.x[n : 2 * n] <= _PETIT)


def _a_une_solution_positive(systeme: Reels, restes: Reels) -> bool:
    """Essai rapide : la solution la plus proche d’un partage égal n’a que des termes positifs."""
    effectifs = systeme.sum(axis=1)
    depart = np.full(systeme.shape[1], float((restes / effectifs).mean()))
    solution = depart + np.linalg.pinv(systeme) @ (restes - systeme @ depart)
    juste = np.allclose(systeme @ solution, restes, rtol=_PETIT, atol=_PETIT)
    return bool(juste and (solution > _PETIT).all())
