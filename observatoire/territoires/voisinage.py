"""Tri grossier des rectangles d’une couche : lesquels approchent l’autre couche."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["rectangles_voisins"]

Rectangles = npt.NDArray[np.float64]

_CELLULES_PAR_COTE = 256
_COTE_MINIMAL = 1e-6


def rectangles_voisins(rectangles: Rectangles, cibles: Rectangles) -> npt.NDArray[np.bool_]:
    """Rectangles qui pourraient toucher une cible ; aucun de ceux qui en touchent n’est écarté.

    Parameters
    ----------
    rectangles, cibles : numpy.ndarray, shape (n, 4) et (m, 4)
        ``xmin, ymin, xmax, ymax``, dans la même unité, finis.

    Returns
    -------
    numpy.ndarray of bool, shape (n,)
        Vrai si une case de la grille commune au rectangle et à une cible existe.

    Notes
    -----
    Les cibles marquent les cases d’une grille ; un tableau de sommes cumulées dit, en temps
    constant, si un rectangle couvre une case marquée.
    """
    if not len(rectangles) or not len(cibles):
        return np.zeros(len(rectangles), dtype=bool)
    origine = rectangles[:, :2].min(axis=0)
    cote = (rectangles[:, 2:].max(axis=0) - origine) / _CELLULES_PAR_COTE
    # Une étendue infime ferait déborder la division : une seule case suffit alors.
    cote = np.where(cote > _COTE_MINIMAL, cote, 1.0)
    origines, cotes = np.tile(origine, 2), np.tile(1.0 / cote, 2)

    def cases(boites: Rectangles) -> npt.NDArray[np.int32]:
        """Colonnes et lignes ``xb, yb, xh, yh`` ; tronquer un nombre positif, c’est l’arrondir au plancher."""
        rangs = np.clip((boites - origines) * cotes, 0, _CELLULES_PAR_COTE)
        return np.asarray(rangs, dtype=np.int32).T

    # Une cible hors de la grille est ramenée à son bord : elle n’y ajoute que des voisins de trop.
    xb, yb, xh, yh = cases(cibles)
    xh, yh = xh + 1, yh + 1
    marques = np.zeros((_CELLULES_PAR_COTE + 2, _CELLULES_PAR_COTE + 2))
    for x, y, pas in ((xb, yb, 1), (xh, yb, -1), (xb, yh, -1), (xh, yh, 1)):
        np.add.at(marques, (x, y), pas)
    occupees = marques.cumsum(axis=0).cumsum(axis=1) > 0
    sommes = np.zeros((_CELLULES_PAR_COTE + 3, _CELLULES_PAR_COTE + 3), dtype=np.int64)
    sommes[1:, 1:] = occupees.cumsum(axis=0).cumsum(axis=1)
    xb, yb, xh, yh = cases(rectangles)
    xh, yh = xh + 1, yh + 1
    couvertes = sommes[xh, yh] - sommes[xb, yh] - sommes[xh, yb] + sommes[xb, yb]
    return np.asarray(couvertes > 0)
