"""Indicateurs : valeurs, références et écarts, à partir des tables lues."""

from observatoire.indicateurs.calcul import COLONNES_RESULTATS, calculer_resultats
from observatoire.indicateurs.contexte import Contexte, construire_contexte
from observatoire.indicateurs.decompositions import COLONNES_DECOMPOSITIONS, decomposer
from observatoire.indicateurs.ecarts import COLONNES_ECARTS, calculer_ecarts, joindre_ecarts
from observatoire.indicateurs.perimetre import calculer_villes, former_lots
from observatoire.indicateurs.qualite import dire_qualite
from observatoire.indicateurs.rattachement import rattacher, retenir_paires
from observatoire.indicateurs.references import (
    calculer_references,
    references_epci,
    valeurs_hors_quartiers,
)
from observatoire.indicateurs.references_nationales import comparer_a_la_nation
from observatoire.indicateurs.temps import COLONNES_EVOLUTIONS, calculer_evolutions
from observatoire.indicateurs.villes import classer_villes, ranger_villes

__all__ = [
    "COLONNES_DECOMPOSITIONS",
    "COLONNES_ECARTS",
    "COLONNES_EVOLUTIONS",
    "COLONNES_RESULTATS",
    "Contexte",
    "calculer_ecarts",
    "calculer_evolutions",
    "calculer_references",
    "calculer_resultats",
    "calculer_villes",
    "classer_villes",
    "comparer_a_la_nation",
    "construire_contexte",
    "decomposer",
    "dire_qualite",
    "former_lots",
    "joindre_ecarts",
    "ranger_villes",
    "rattacher",
    "references_epci",
    "retenir_paires",
    "valeurs_hors_quartiers",
]
