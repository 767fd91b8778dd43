"""Signes des lieux : une forme par catégorie, la même à l’écran et sur papier.

Ils se distinguent par la forme, jamais par la seule couleur : tous sont blancs cernés d’encre.
"""

from __future__ import annotations

from typing import TypeAlias
from urllib.parse import quote

from observatoire.cartes import palettes

__all__ = ["FORMES", "chemin_svg", "image_du_signe"]

Sommets: TypeAlias = tuple[tuple[float, float], ...]

_LOSANGE: Sommets = ((0, -1), (1, 0), (0, 1), (-1, 0))
_CARRE: Sommets = ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8))
_TRIANGLE: Sommets = ((0, -1), (1, 0.8), (-1, 0.8))
_RENVERSE: Sommets = ((-1, -0.8), (1, -0.8), (0, 1))
_HEXAGONE: Sommets = ((-0.5, -0.9), (0.5, -0.9), (1, 0), (0.5, 0.9), (-0.5, 0.9), (-1, 0))
_CROIX: Sommets = (
    (-0.35, -1), (0.35, -1), (0.35, -0.35), (1, -0.35), (1, 0.35), (0.35, 0.35),
    (0.35, 1), (-0.35, 1), (-0.35, 0.35), (-1, 0.35), (-1, -0.35), (-0.35, -0.35),
)  # fmt: skip
FORMES: tuple[Sommets, ...] = (_LOSANGE, _CARRE, _TRIANGLE, _RENVERSE, _HEXAGONE, _CROIX)
"""Sommets de chaque signe, dans un carré de −1 à 1 ; l’ordonnée va vers le bas."""


def chemin_svg(rang: int, *, rayon: float = 6.0, centre: float = 8.0) -> str:
    """Tracé SVG du signe d’une catégorie, d’après son rang.

    Parameters
    ----------
    rang : int
        Rang de la catégorie ; au-delà du dernier signe, on recommence.
    rayon, centre : float
        Taille et milieu, en pixels.
    """
    points = FORMES[rang % len(FORMES)]
    return "M" + " ".join(f"{centre + rayon * x:g} {centre + rayon * y:g}" for x, y in points) + "Z"


def image_du_signe(rang: int) -> str:
    """Le signe en image, pour une légende en HTML ; muette : le texte qui la suit la dit.

    Une image et non un dessin : l’application retire les dessins écrits dans une page.
    """
    dessin = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
        f'<path d="{chemin_svg(rang)}" fill="#fff" stroke="{palettes.ENCRE}" stroke-width="2.4" '
        'stroke-linejoin="round"/></svg>'
    )
    return f'<img alt="" width="16" height="16" src="data:image/svg+xml,{quote(dessin)}">'
