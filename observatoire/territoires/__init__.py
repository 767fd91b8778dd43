"""Territoires : projections légales, carreaux, poids des IRIS."""

from observatoire.territoires.grille import construire_carreaux
from observatoire.territoires.poids import calculer_poids, matrice_poids, part_retenue, purete
from observatoire.territoires.projections import projection_legale

__all__ = [
    "calculer_poids",
    "construire_carreaux",
    "matrice_poids",
    "part_retenue",
    "projection_legale",
    "purete",
]
