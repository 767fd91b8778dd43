"""Évaluation simultanée de toutes les lois d’une ville.

Une ville a des dizaines d’IRIS et un mélange interroge chacun d’eux à chaque étape : les
calculer ensemble, en tableaux, divise le temps par dix.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

__all__ = ["Faisceau"]

Tableau = npt.NDArray[np.float64]

_SOUS_PAS = 16
_ITERATIONS = 60
_PRECISION = 1e-12
_DECALAGE = 1000.0  # supérieur à tout logarithme de revenu : sépare les lois dans une même table


@dataclass(frozen=True, eq=False)
class Faisceau:
    """Lois ajustées aux mêmes ordres de quantiles, une par élément.

    Parameters
    ----------
    z : numpy.ndarray, shape (s + 1,)
        Scores normaux des quantiles publiés, communs à toutes les lois.
    coefficients : numpy.ndarray, shape (4, s, k)
        Polynômes de ``ln(revenu)`` par segment, du degré 3 au degré 0, comme dans scipy.
    log_bords, pentes : numpy.ndarray, shape (2, k)
        Logarithme et pente au premier et au dernier quantile.
    theta : numpy.ndarray, shape (k,)
        Inverse de l’exposant de Pareto ; ``NaN`` sans queue de Pareto.
    """

    z: Tableau
    coefficients: Tableau
    log_bords: Tableau
    pentes: Tableau
    theta: Tableau

    def repartition(self, logarithmes: Tableau) -> Tableau:
        """``F`` de chaque loi en chaque point.

        Parameters
        ----------
        logarithmes : numpy.ndarray, shape (n,) ou (k, n)
            Logarithmes des revenus, communs aux lois ou propres à chacune.

        Returns
        -------
        numpy.ndarray, shape (k, n)
            Valeurs entre 0 et 1.
        """
        y = np.broadcast_to(logarithmes, (len(self.theta), logarithmes.shape[-1]))
        (bas, haut), (pente_bas, pente_haut) = self.log_bords[..., None], self.pentes[..., None]
        z = self.z[0] + (y - bas) / pente_bas
        # Seuls les points entre les quantiles publiés demandent d’inverser la courbe.
        dedans = (y > bas) & (y <= haut)
        z[dedans] = self._inverser(np.nonzero(dedans)[0], y[dedans])
        z = np.where(y > haut, self.z[-1] + (y - haut) / pente_haut, z)
        resultat: Tableau = ndtr(z)
        lignes = np.flatnonzero(~np.isnan(self.theta))
        if len(lignes) and y.size and y.max() > haut.min():
            depassement = np.maximum(y[lignes] - haut[lignes], 0.0)
            queue = ndtr(-self.z[-1]) * np.exp(-depassement / self.theta[lignes, None])
            resultat[lignes] = np.where(depassement > 0, 1 - queue, resultat[lignes])
        return resultat

    def log_quantile(self, p: npt.ArrayLike) -> Tableau:
        """Logarithme du quantile d’ordre ``p`` de chaque loi.

        Parameters
        ----------
        p : float or array_like of float, shape (k,)
            Ordre entre 0 et 1 exclus, commun aux lois ou propre à chacune.

        Returns
        -------
        numpy.ndarray, shape (k,)
        """
        ordres = np.broadcast_to(np.asarray(p, dtype=np.float64), self.theta.shape)
        droite = self.logarithmes(ndtri(ordres)[:, None])[:, 0]
        depassement = np.log(ndtr(-self.z[-1]) / (1 - ordres))
        pareto = self.log_bords[1] + self.theta * depassement
        return np.asarray(np.where(np.isnan(self.theta) | (depassement <= 0), droite, pareto))

    def logarithmes(self, z: Tableau) -> Tableau:
        """Logarithme du revenu au score ``z``, queue de Pareto exclue : droite hors des quantiles.

        Parameters
        ----------
        z : numpy.ndarray, shape (n,) ou (k, n)
            Scores normaux, communs aux lois ou propres à chacune.

        Returns
        -------
        numpy.ndarray, shape (k, n)
        """
        z = np.broadcast_to(z, (len(self.theta), z.shape[-1]))
        dedans = np.clip(z, self.z[0], self.z[-1])
        segment = np.searchsorted(self.z, dedans, side="right") - 1
        segment = np.clip(segment, 0, len(self.z) - 2)
        c3, c2, c1, c0 = self.coefficients[:, segment, np.arange(len(self.theta))[:, None]]
        u = dedans - self.z[segment]
        y = ((c3 * u + c2) * u + c1) * u + c0
        (bas, haut), (pente_bas, pente_haut) = self.log_bords[..., None], self.pentes[..., None]
        y = np.where(z < self.z[0], bas + pente_bas * (z - self.z[0]), y)
        return np.asarray(np.where(z > self.z[-1], haut + pente_haut * (z - self.z[-1]), y))

    @cached_property
    def _table(self) -> tuple[Tableau, Tableau, Tableau]:
        """Courbes échantillonnées, shape (t + 1,) et (k, t + 1) : départ de l’inversion.

        La troisième les met bout à bout : chaque loi y occupe sa tranche.
        """
        fractions = np.arange(_SOUS_PAS) / _SOUS_PAS
        pas = np.diff(self.z)[:, None] * fractions
        z = np.append((self.z[:-1, None] + pas).ravel(), self.z[-1])
        c3, c2, c1, c0 = self.coefficients[..., None]
        u = pas[:, None, :]
        y = (((c3 * u + c2) * u + c1) * u + c0).transpose(1, 0, 2).reshape(len(self.theta), -1)
        y = np.concatenate([y, self.log_bords[1][:, None]], axis=1)
        y = np.maximum.accumulate(y, axis=1)
        return z, y, (y + _DECALAGE * np.arange(len(y))[:, None]).ravel()

    def _inverser(self, lignes: npt.NDArray[np.intp], y: Tableau) -> Tableau:
        """Résoudre ``courbe(z) = y`` : départ linéaire, puis Newton encadré dans la maille.

        Parameters
        ----------
        lignes : numpy.ndarray of int, shape (n,)
            Loi de chaque point.
        y : numpy.ndarray of float, shape (n,)
            Logarithmes, entre le premier et le dernier quantile de leur loi.
        """
        z_table, y_table, tranche = self._table
        mailles = y_table.shape[1] - 1
        # Une seule recherche pour toutes les lois : chacune occupe sa tranche de la table.
        maille = np.searchsorted(tranche, y + _DECALAGE * lignes) - lignes * (mailles + 1) - 1
        maille = np.clip(maille, 0, mailles - 1)
        gauche, droite = z_table[maille], z_table[maille + 1]
        y_gauche, y_droite = y_table[lignes, maille], y_table[lignes, maille + 1]
        segment = maille // _SOUS_PAS
        c3, c2, c1, c0 = self.coefficients[:, segment, lignes]
        origine = self.z[segment]
        bas, haut = gauche - origine, droite - origine
        hauteur = y_droite - y_gauche
        part = np.divide(y - y_gauche, hauteur, out=np.zeros_like(bas), where=hauteur > 0)
        u = bas + np.clip(part, 0.0, 1.0) * (haut - bas)
        fini = np.zeros(u.shape, dtype=bool)
        for _ in range(_ITERATIONS):
            pente = (3 * c3 * u + 2 * c2) * u + c1
            ecart = ((c3 * u + c2) * u + c1) * u + c0 - y
            bas, haut = np.where(ecart <= 0, u, bas), np.where(ecart >= 0, u, haut)
            suivant = u - np.divide(ecart, pente, out=np.full_like(u, np.inf), where=pente > 0)
            # Une courbe presque plate éloigne Newton : on coupe alors l’encadrement en deux.
            dedans = (suivant >= bas) & (suivant <= haut)
            suivant = np.where(dedans, suivant, (bas + haut) / 2)
            # Un point atteint ne bouge plus : sa valeur ne dépend pas de ceux calculés avec lui.
            suivant = np.where(fini, u, suivant)
            fini |= np.abs(suivant - u) < _PRECISION
            u = suivant
            if fini.all():
                break
        return np.asarray(origine + u)
