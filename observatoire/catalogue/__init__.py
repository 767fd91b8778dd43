"""Déclarations de l’observatoire : sources, variables, indicateurs, règles."""

from observatoire.catalogue.chargement import charger_catalogue
from observatoire.catalogue.modeles import Catalogue, Indicateur, Regles, Source, Theme, Variable
from observatoire.catalogue.references import ChiffreNational

__all__ = [
    "Catalogue",
    "ChiffreNational",
    "Indicateur",
    "Regles",
    "Source",
    "Theme",
    "Variable",
    "charger_catalogue",
]
