"""Inégalité des niveaux de vie : Theil, écart logarithmique moyen, et ce qui est entre territoires.

Les deux indices ne dépendent que de trois moyennes (``E[x]``, ``E[ln x]``, ``E[x ln x]``), qui se
mélangent exactement : celles d’un territoire sont les moyennes, pesées par les habitants, de celles
de ses IRIS. La décomposition entre et dans les territoires tombe donc juste par construction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from observatoire.erreurs import ErreurDonnees

__all__ = [
    "Decomposition",
    "decomposition",
    "ecart_logarithmique_moyen",
    "indice_gini",
    "indice_theil",
]

Tableau = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Decomposition:
    """Indice d’une ville, et ses deux termes ; ``total = entre + dans``."""

    total: float
    entre: float
    dans: float

    @property
    def part_entre(self) -> float:
        """Part (0 à 1) de l’inégalité qui sépare les territoires ; ``NaN`` si personne ne diffère."""
        return self.entre / self.total if self.total > 0 else float("nan")


def indice_theil(moments: npt.ArrayLike) -> Tableau:
    """Indice de Theil d’après les moments de la loi des revenus.

    Parameters
    ----------
    moments : array_like of float, shape (..., 3)
        ``E[x]``, ``E[ln x]``, ``E[x ln x]``, en euros.

    Returns
    -------
    numpy.ndarray of float, shape (...)
        ``T = E[x ln x] / μ − ln μ``, positif, 0 si tous ont le même revenu ; σ²/2 pour une loi
        log-normale. Theil (1967).
    """
    m = np.asarray(moments, dtype=np.float64)
    return np.asarray(m[..., 2] / m[..., 0] - np.log(m[..., 0]))


def ecart_logarithmique_moyen(moments: npt.ArrayLike) -> Tableau:
    """Écart logarithmique moyen (MLD) d’après les moments de la loi des revenus.

    Parameters
    ----------
    moments : array_like of float, shape (..., 3)
        Comme pour :func:`indice_theil`.

    Returns
    -------
    numpy.ndarray of float, shape (...)
        ``L = ln μ − E[ln x]``, positif ; plus sensible que Theil aux bas revenus.
    """
    m = np.asarray(moments, dtype=np.float64)
    return np.asarray(np.log(m[..., 0]) - m[..., 1])


def decomposition(
    moments: npt.ArrayLike, poids: npt.ArrayLike
) -> tuple[Decomposition, Decomposition]:
    """Décomposer Theil et l’écart logarithmique moyen entre et dans les groupes.

    Parameters
    ----------
    moments : array_like of float, shape (k, 3)
        ``E[x]``, ``E[ln x]``, ``E[x ln x]`` de chaque groupe.
    poids : array_like of float, shape (k,)
        Nombre de personnes de chaque groupe ; un groupe vide ne compte pas.

    Returns
    -------
    theil, ecart_log : Decomposition
        ``T = Σ s_k T_k + Σ s_k ln(μ_k/μ)``, ``s_k`` étant la part des revenus ;
        ``L = Σ w_k L_k − Σ w_k ln(μ_k/μ)``, ``w_k`` étant la part des personnes.

    Raises
    ------
    ErreurDonnees
        Si un poids est négatif ou manquant, ou si tous sont nuls.

    Notes
    -----
    Shorrocks (1980), *The Class of Additively Decomposable Inequality Measures*.
    """
    m, n = np.asarray(moments, dtype=np.float64), np.asarray(poids, dtype=np.float64)
    if not (n >= 0).all() or not n.sum() > 0:
        raise ErreurDonnees(
            "La décomposition demande des poids positifs dont un au moins n’est pas nul : "
            "écarter les territoires dont la population est inconnue."
        )
    m, n = m[n > 0], n[n > 0]
    w = n / n.sum()
    ensemble = w @ m
    ratio = m[:, 0] / ensemble[0]
    s = w * ratio
    entre_theil = float(s @ np.log(ratio))
    entre_log = float(-(w @ np.log(ratio)))
    return (
        Decomposition(float(indice_theil(ensemble)), entre_theil, float(s @ indice_theil(m))),
        Decomposition(
            float(ecart_logarithmique_moyen(ensemble)),
            entre_log,
            float(w @ ecart_logarithmique_moyen(m)),
        ),
    )


def indice_gini(revenus: npt.ArrayLike, poids: npt.ArrayLike | None = None) -> float:
    """Indice de Gini de revenus individuels.

    Parameters
    ----------
    revenus : array_like of float, shape (n,)
        Revenus positifs.
    poids : array_like of float, shape (n,), optional
        Nombre de personnes de chaque revenu ; 1 par défaut.

    Returns
    -------
    float
        Entre 0 et 1 : deux fois l’aire entre la courbe de Lorenz et la diagonale.
    """
    x = np.asarray(revenus, dtype=np.float64)
    w = np.ones_like(x) if poids is None else np.asarray(poids, dtype=np.float64)
    ordre = np.argsort(x, kind="stable")
    x, w = x[ordre], w[ordre]
    masse = np.concatenate([[0.0], np.cumsum(w * x)])
    aire = float((w * (masse[1:] + masse[:-1])).sum() / 2)
    return 1 - 2 * aire / (float(w.sum()) * float(masse[-1]))
