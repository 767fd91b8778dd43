"""Plusieurs lois évaluées ensemble, chacune en ses propres points.

Les lois ajustées aux mêmes ordres de quantiles sont réunies en faisceaux ; les autres sont
évaluées une à une. Ce qu’une loi rend ne dépend pas de celles qui l’accompagnent.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from observatoire.estimation.faisceaux import Faisceau
from observatoire.estimation.lois import Distribution, Loi, Tableau

__all__ = ["LoisConjointes"]


class LoisConjointes:
    """Lois de revenus, de tous genres.

    Parameters
    ----------
    lois : sequence of Loi, shape (k,)
        Une même loi peut y être plusieurs fois.
    """

    def __init__(self, lois: Sequence[Loi]) -> None:
        self._nombre = len(lois)
        par_rangs: dict[tuple[float, ...], tuple[list[int], list[Distribution]]] = {}
        self._autres: list[tuple[int, Loi]] = []
        for k, loi in enumerate(lois):
            if isinstance(loi, Distribution):
                lignes, groupe = par_rangs.setdefault(loi.rangs, ([], []))
                lignes.append(k)
                groupe.append(loi)
            else:
                self._autres.append((k, loi))
        self._faisceaux: list[tuple[npt.NDArray[np.intp], Faisceau]] = [
            (np.array(lignes), Distribution.faisceau(groupe))
            for lignes, groupe in par_rangs.values()
        ]

    def repartition(self, logarithmes: Tableau) -> Tableau:
        """``F`` de chaque loi.

        Parameters
        ----------
        logarithmes : numpy.ndarray, shape (n,) ou (k, n)
            Logarithmes de revenus, communs ou propres à chaque loi.

        Returns
        -------
        numpy.ndarray, shape (k, n)
            Valeurs entre 0 et 1, dans l’ordre des lois.
        """
        y = np.broadcast_to(logarithmes, (self._nombre, logarithmes.shape[-1]))
        if len(self._faisceaux) == 1 and not self._autres:
            return self._faisceaux[0][1].repartition(y)
        resultat = np.empty(y.shape)
        for lignes, faisceau in self._faisceaux:
            resultat[lignes] = faisceau.repartition(y[lignes])
        for k, loi in self._autres:
            resultat[k] = loi.repartition(np.exp(y[k]))
        return resultat

    def log_quantile(self, p: npt.ArrayLike) -> Tableau:
        """Logarithme du quantile d’ordre ``p`` de chaque loi.

        Parameters
        ----------
        p : float or array_like of float, shape (k,)
            Ordre entre 0 et 1 exclus, commun ou propre à chaque loi.

        Returns
        -------
        numpy.ndarray, shape (k,)
        """
        ordres = np.broadcast_to(np.asarray(p, dtype=np.float64), (self._nombre,))
        resultat = np.empty(self._nombre)
        for lignes, faisceau in self._faisceaux:
            resultat[lignes] = faisceau.log_quantile(ordres[lignes])
        for k, loi in self._autres:
            resultat[k] = np.log(float(loi.quantile(float(ordres[k]))))
        return resultat
