"""Territoires : projections légales, carreaux, poids des IRIS."""

from observatoire.territoires.alentours import aucun_voisin, cite, quartiers_voisins
from observatoire.territoires.anciens import (
    AnciensContours,
    apparier_anciens,
    code_actuel,
    code_ancien,
    sans_anciens,
)
from observatoire.territoires.contiguite import groupes_contigus, voisins_contigus
from observatoire.territoires.grille import construire_carreaux
from observatoire.territoires.poids import calculer_poids, matrice_poids, part_retenue, purete
from observatoire.territoires.projections import projection_legale
from observatoire.territoires.referentiel import code_ville, composantes, nom_ville

__all__ = [
    "AnciensContours",
    "apparier_anciens",
    "aucun_voisin",
    "calculer_poids",
    "cite",
    "code_actuel",
    "code_ancien",
    "code_ville",
    "composantes",
    "construire_carreaux",
    "groupes_contigus",
    "matrice_poids",
    "nom_ville",
    "part_retenue",
    "projection_legale",
    "purete",
    "quartiers_voisins",
    "sans_anciens",
    "voisins_contigus",
]
