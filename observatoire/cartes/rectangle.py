"""Rectangle d’une feuille ou d’un écran, sans bibliothèque de dessin."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Cadre"]


@dataclass(frozen=True, slots=True)
class Cadre:
    """Rectangle de la feuille, en millimètres, ``y`` vers le bas."""

    x: float
    y: float
    largeur: float
    hauteur: float

    @property
    def droite(self) -> float:
        """Abscisse du bord droit."""
        return self.x + self.largeur

    @property
    def bas(self) -> float:
        """Ordonnée du bord inférieur."""
        return self.y + self.hauteur
