"""Interpolation cubique monotone (PCHIP) de beaucoup de courbes à la fois.

Une ville a des centaines de lois de revenus aux mêmes abscisses : leurs polynômes se calculent en
une opération, et sans charger ``scipy.interpolate``, dont l’import coûte plus que ce calcul.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["coefficients_pchip"]

Tableau = npt.NDArray[np.float64]


def coefficients_pchip(x: Tableau, y: Tableau) -> Tableau:
    """Polynômes de l’interpolation cubique monotone.

    Parameters
    ----------
    x : numpy.ndarray of float, shape (s + 1,)
        Abscisses croissantes, deux au moins.
    y : numpy.ndarray of float, shape (s + 1, k)
        Ordonnées, une colonne par courbe.

    Returns
    -------
    numpy.ndarray of float, shape (4, s, k)
        Coefficients en ``x − x_j`` de chaque segment, du degré 3 au degré 0.

    Notes
    -----
    Fritsch et Butland (1984), comme ``scipy.interpolate.PchipInterpolator`` : la pente en un point
    est la moyenne harmonique pesée des deux cordes, nulle si elles n’ont pas le même signe.
    """
    pas = np.diff(x)[:, None]
    cordes = np.diff(y, axis=0) / pas
    pentes = _pentes(pas, cordes)
    exces = (pentes[:-1] + pentes[1:] - 2 * cordes) / pas
    return np.stack([exces / pas, (cordes - pentes[:-1]) / pas - exces, pentes[:-1], y[:-1]])


def _pentes(pas: Tableau, cordes: Tableau) -> Tableau:
    """Pente en chaque abscisse, shape (s + 1, k)."""
    if len(cordes) == 1:
        return np.concatenate([cordes, cordes])
    avant, apres = cordes[:-1], cordes[1:]
    plate = (np.sign(avant) != np.sign(apres)) | (avant == 0) | (apres == 0)
    w1, w2 = 2 * pas[1:] + pas[:-1], pas[1:] + 2 * pas[:-1]
    # 1 n’est qu’un diviseur de remplacement, là où la pente est nulle de toute façon.
    inverse = (w1 / np.where(plate, 1.0, avant) + w2 / np.where(plate, 1.0, apres)) / (w1 + w2)
    milieu = np.where(plate, 0.0, 1 / np.where(plate, 1.0, inverse))
    debut = _pente_au_bord(pas[0], pas[1], cordes[0], cordes[1])
    fin = _pente_au_bord(pas[-1], pas[-2], cordes[-1], cordes[-2])
    return np.concatenate([debut[None], milieu, fin[None]])


def _pente_au_bord(h0: Tableau, h1: Tableau, m0: Tableau, m1: Tableau) -> Tableau:
    """Formule à trois points, retenue pour que la courbe reste monotone."""
    pente = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    oscille = (np.sign(m0) != np.sign(m1)) & (np.abs(pente) > 3 * np.abs(m0))
    retenue = np.where(oscille, 3 * m0, pente)
    return np.where(np.sign(pente) != np.sign(m0), 0.0, retenue)
