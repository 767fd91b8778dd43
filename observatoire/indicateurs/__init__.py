"""Indicateurs : valeurs, références et écarts, à partir des tables lues."""

from observatoire.indicateurs.calcul import COLONNES_RESULTATS, calculer_resultats
from observatoire.indicateurs.contexte import Contexte, construire_contexte
from observatoire.indicateurs.ecarts import COLONNES_ECARTS, calculer_ecarts, joindre_ecarts
from observatoire.indicateurs.references import calculer_references, valeur_hors_quartiers

__all__ = [
    "COLONNES_ECARTS",
    "COLONNES_RESULTATS",
    "Contexte",
    "calculer_ecarts",
    "calculer_references",
    "calculer_resultats",
    "construire_contexte",
    "joindre_ecarts",
    "valeur_hors_quartiers",
]
