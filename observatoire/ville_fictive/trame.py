"""Trame viaire : artères, rivière et îlots d’allure organique.

La trame est tracée dans un plan abstrait centré sur la ville (mètres) : quelques artères découpent
des
quartiers, chaque quartier est fendu en deux jusqu’à la taille d’un îlot, comme une ville qui se
densifie, puis
un champ de déformation lisse courbe l’ensemble. Les lignes sont nouées avant la déformation : deux
îlots
voisins partagent exactement leurs sommets, et toute union d’îlots est donc sans jour ni
recouvrement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely import LineString, MultiLineString, Polygon
from shapely.ops import split

Tableau = npt.NDArray[Any]

PAS_DENSIFICATION_M = 30.0
PRECISION_M = 0.1
CENTRE_BOURG = (-4150.0, -1350.0)
CENTRE_VOISINE = (3350.0, 2350.0)


def tracer_etoile(
    centre: tuple[float, float],
    rayon: float,
    harmoniques: tuple[tuple[int, float, float], ...],
    points: int = 180,
) -> Polygon:
    """Trace un contour en étoile : un cercle dont le rayon varie par harmoniques.

    Parameters
    ----------
    centre : tuple of float
        Centre, en mètres.
    rayon : float
        Rayon moyen, en mètres.
    harmoniques : tuple
        Triplets (ordre, amplitude relative, phase en radians).
    points : int
        Nombre de sommets.

    Returns
    -------
    Polygon
        Contour fermé, en mètres.
    """
    angles = np.linspace(0.0, 2.0 * np.pi, points, endpoint=False)
    rayons = rayon * (1.0 + sum(a * np.sin(n * angles + p) for n, a, p in harmoniques))
    return Polygon(
        np.column_stack([centre[0] + rayons * np.cos(angles), centre[1] + rayons * np.sin(angles)])
    )


def ordonnee_riviere(x: Tableau) -> Tableau:
    """Ordonnée de l’axe de la rivière à l’abscisse `x` (mètres, plan abstrait)."""
    return np.asarray(-330.0 + 430.0 * np.sin(x / 1650.0 + 0.9) + 120.0 * np.sin(x / 640.0))


def axe_riviere(demi_longueur: float = 11_000.0) -> LineString:
    """Axe de la rivière, d’ouest en est, en mètres dans le plan abstrait."""
    x = np.arange(-demi_longueur, demi_longueur + 1.0, 40.0)
    return LineString(np.column_stack([x, ordonnee_riviere(x)]))


@dataclass(frozen=True)
class Limites:
    """Contours de départ des communes, dans le plan abstrait (mètres)."""

    ville: Polygon
    bourg: Polygon
    voisine: Polygon


def tracer_limites() -> Limites:
    """Trace les limites des trois communes habitées, sans recouvrement."""
    ville = tracer_etoile(
        (0.0, 0.0), 2640.0, ((2, 0.10, 1.0), (3, 0.06, 2.2), (5, 0.03, 0.4), (9, 0.012, 0.0))
    )
    bourg = tracer_etoile(CENTRE_BOURG, 2150.0, ((2, 0.12, 0.3), (3, 0.07, 1.0), (7, 0.02, 0.0)))
    voisine = tracer_etoile(
        CENTRE_VOISINE, 1950.0, ((2, 0.10, 2.0), (3, 0.08, 0.2), (7, 0.02, 1.0))
    )
    return Limites(ville, bourg.difference(ville), voisine.difference(ville))


def tracer_arteres(alea: np.random.Generator) -> list[LineString]:
    """Boulevards circulaires, avenues rayonnantes et rivière (mètres, plan abstrait)."""
    lignes = [axe_riviere()]
    for rayon, harmoniques in (
        (640.0, ((2, 0.14, 0.3), (3, 0.08, 1.1))),
        (1560.0, ((2, 0.09, 2.0), (4, 0.06, 0.5))),
    ):
        lignes.append(LineString(tracer_etoile((20.0, 40.0), rayon, harmoniques, 90).exterior))
    for rang, angle in enumerate(np.linspace(0.0, 2.0 * np.pi, 9, endpoint=False) + 0.22):
        rayons = np.linspace(-40.0 if rang % 2 else 330.0, 7200.0, 60)
        courbe = (
            angle + alea.normal(0.0, 0.04) + alea.normal(0.0, 0.05) * np.sin(rayons / 1100.0 + rang)
        )
        lignes.append(
            LineString(np.column_stack([rayons * np.cos(courbe), rayons * np.sin(courbe)]))
        )
    for centre, rayon in ((CENTRE_VOISINE, 520.0), (CENTRE_BOURG, 420.0)):
        anneau = tracer_etoile(centre, rayon, ((2, 0.15, 0.8), (3, 0.08, 0.0)), 60)
        lignes.append(LineString(anneau.exterior))
        for angle in np.linspace(0.0, np.pi, 3, endpoint=False) + 0.4:
            demi = np.array([np.cos(angle), np.sin(angle)]) * 2600.0
            lignes.append(LineString([np.array(centre) - demi, np.array(centre) + demi]))
    return lignes


def fendre(
    polygone: Polygon,
    taille: Callable[[Polygon], float],
    desordre: Callable[[Polygon], float],
    alea: np.random.Generator,
) -> list[Polygon]:
    """Fend un polygone en deux, en travers de sa longueur, jusqu’à la taille voulue.

    Parameters
    ----------
    polygone : Polygon
        Quartier à découper (mètres).
    taille : callable
        Surface visée d’un îlot à cet endroit (mètres carrés).
    desordre : callable
        Écart type de l’angle de coupe à cet endroit (radians) : fort dans un centre ancien.
    alea : numpy.random.Generator
        Source d’aléa.

    Returns
    -------
    list of Polygon
        Les îlots, dont l’union est le polygone de départ.
    """
    attente, finis = [polygone], []
    while attente:
        courant = attente.pop()
        if courant.area < taille(courant) * alea.uniform(0.8, 1.7) or courant.area < 2500.0:
            finis.append(courant)
            continue
        morceaux = _couper_en_travers(courant, desordre(courant), alea)
        if len(morceaux) < 2:
            finis.append(courant)
        else:
            attente.extend(morceaux)
    return finis


def _couper_en_travers(
    polygone: Polygon, desordre: float, alea: np.random.Generator
) -> list[Polygon]:
    """Coupe un polygone par une droite presque perpendiculaire à son grand axe."""
    sommets = shapely.get_coordinates(shapely.minimum_rotated_rectangle(polygone))
    cote_a, cote_b = sommets[1] - sommets[0], sommets[2] - sommets[1]
    long, depart = (
        (cote_a, sommets[0]) if np.hypot(*cote_a) >= np.hypot(*cote_b) else (cote_b, sommets[1])
    )
    travers = cote_b if long is cote_a else cote_a
    pied = depart + long * alea.uniform(0.40, 0.60) + travers / 2.0
    angle = np.arctan2(long[1], long[0]) + np.pi / 2.0 + alea.normal(0.0, desordre)
    direction = np.array([np.cos(angle), np.sin(angle)]) * (np.hypot(*cote_a) + np.hypot(*cote_b))
    morceaux = split(polygone, LineString([pied - direction, pied + direction]))
    return [m for m in morceaux.geoms if isinstance(m, Polygon)]


class Deformation:
    """Champ de déformation lisse et inversible : sinusoïdes longues (relief) et courtes (rues)."""

    def __init__(self, alea: np.random.Generator) -> None:
        longueurs = np.concatenate([alea.uniform(2200.0, 4800.0, 6), alea.uniform(380.0, 800.0, 8)])
        amplitudes = np.concatenate([np.full(6, 38.0), np.full(8, 4.5)])
        angles = alea.uniform(0.0, 2.0 * np.pi, 14)
        self._ondes = (
            np.column_stack([np.cos(angles), np.sin(angles)]) * (2.0 * np.pi / longueurs)[:, None]
        )
        self._phases = alea.uniform(0.0, 2.0 * np.pi, (2, 14))
        self._amplitudes = amplitudes

    def __call__(self, points: Tableau) -> Tableau:
        """Déplace des points (tableau n x 2, mètres) et rend leurs nouvelles coordonnées."""
        # Sans produit matriciel : ses bibliothèques n’arrondissent pas de même partout.
        produit = points[:, :1] * self._ondes[:, 0] + points[:, 1:] * self._ondes[:, 1]
        dx = (np.sin(produit + self._phases[0]) * self._amplitudes).sum(axis=1)
        dy = (np.sin(produit + self._phases[1]) * self._amplitudes).sum(axis=1)
        return np.asarray(points + np.column_stack([dx, dy]))


def nouer_et_deformer(
    polygones: list[Polygon], deformation: Callable[[Tableau], Tableau]
) -> list[Polygon]:
    """Noue les contours, les densifie, les déforme, puis reconstruit les îlots.

    Parameters
    ----------
    polygones : list of Polygon
        Partition du plan abstrait.
    deformation : callable
        Application des coordonnées (n x 2) vers les coordonnées projetées (n x 2).

    Returns
    -------
    list of Polygon
        Partition déformée, coordonnées arrondies au décimètre.
    """
    reseau = shapely.unary_union([p.boundary for p in polygones], grid_size=0.01)
    segments = shapely.segmentize(shapely.line_merge(reseau), PAS_DENSIFICATION_M)
    lignes = list(segments.geoms) if isinstance(segments, MultiLineString) else [segments]
    deformees = shapely.transform(lignes, lambda c: np.round(deformation(c), 1))
    nouees = shapely.unary_union(deformees, grid_size=PRECISION_M)
    collection = shapely.polygonize(list(shapely.get_parts(nouees)))
    return list(shapely.get_parts(collection))
