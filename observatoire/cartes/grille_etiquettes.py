"""Grille des places possibles d’un nom, et ce que chaque place couvre.

La part couverte d’une boîte se lit dans une table des sommes cumulées (Crow, « Summed-area
tables », 1984), en temps constant quelle que soit la complexité des formes.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from observatoire.cartes.rectangle import Cadre

__all__ = ["AIR", "PAS", "Grille", "Tableau", "coins_possibles", "placer_nom_interieur"]

Tableau: TypeAlias = np.ndarray[Any, np.dtype[Any]]

AIR = 1.4
"""Distance minimale entre deux étiquettes, en millimètres."""
PAS = 1.0
"""Côté d’une case de la grille, en millimètres."""


class Grille:
    """Sommes cumulées d’une emprise sur le cadre : part couverte de toute boîte."""

    def __init__(self, cadre: Cadre, forme: BaseGeometry) -> None:
        self.cadre = cadre
        colonnes = np.arange(cadre.x + PAS / 2, cadre.droite, PAS)
        rangs = np.arange(cadre.y + PAS / 2, cadre.bas, PAS)
        shapely.prepare(forme)
        x, y = np.meshgrid(colonnes, rangs)
        dedans = shapely.contains_xy(forme, x, y)
        self.cumul = np.zeros((len(rangs) + 1, len(colonnes) + 1))
        self.cumul[1:, 1:] = dedans.cumsum(axis=0).cumsum(axis=1)

    def part(self, x0: Tableau, y0: Tableau, largeur: float, hauteur: float) -> Tableau:
        """Part couverte des boîtes dont (x0, y0) est le coin haut gauche (mm)."""
        i0 = np.floor((y0 - self.cadre.y) / PAS).astype(int)
        j0 = np.floor((x0 - self.cadre.x) / PAS).astype(int)
        i1 = np.minimum(i0 + int(np.ceil(hauteur / PAS)), self.cumul.shape[0] - 1)
        j1 = np.minimum(j0 + int(np.ceil(largeur / PAS)), self.cumul.shape[1] - 1)
        somme = self.cumul[i1, j1] - self.cumul[i0, j1] - self.cumul[i1, j0] + self.cumul[i0, j0]
        return np.asarray(somme / np.maximum((i1 - i0) * (j1 - j0), 1))


def coins_possibles(cadre: Cadre, largeur: float, hauteur: float) -> tuple[Tableau, Tableau]:
    """Coins haut gauche possibles d’une boîte qui tient entière dans le cadre."""
    xs = np.arange(cadre.x + AIR, cadre.droite - largeur - AIR, PAS)
    ys = np.arange(cadre.y + AIR, cadre.bas - hauteur - AIR, PAS)
    x, y = np.meshgrid(xs, ys)
    return x.ravel(), y.ravel()


def placer_nom_interieur(
    forme: BaseGeometry, largeur: float, hauteur: float, cadre: Cadre
) -> tuple[float, float] | None:
    """Chercher où écrire un nom entièrement dans sa forme.

    Parameters
    ----------
    forme : BaseGeometry
        Surface libre (mm), déjà privée de ce qu’il ne faut pas couvrir.
    largeur, hauteur : float
        Encombrement du nom (mm).
    cadre : Cadre
        Rectangle de la carte.

    Returns
    -------
    tuple of float, or None
        Coin haut gauche de la place la plus proche du centre ; ``None`` si aucune.
    """
    if forme.is_empty:
        return None
    x0, y0, x1, y1 = forme.bounds
    local = Cadre(x0, y0, max(x1 - x0, PAS), max(y1 - y0, PAS))
    x, y = coins_possibles(local, largeur, hauteur)
    dans_cadre = (x >= cadre.x + 1) & (x + largeur <= cadre.droite - 1)
    dans_cadre &= (y >= cadre.y + 1) & (y + hauteur <= cadre.bas - 1)
    x, y = x[dans_cadre], y[dans_cadre]
    if not len(x):
        return None
    entieres = Grille(local, forme).part(x, y, largeur, hauteur) > 0.999
    if not entieres.any():
        return None
    x, y = x[entieres], y[entieres]
    # Le centre des places possibles est mieux posé que le centre d’une forme coupée.
    eloignement = np.hypot(x - np.median(x), y - np.median(y))
    meilleur = int(eloignement.argmin())
    return float(x[meilleur]), float(y[meilleur])
