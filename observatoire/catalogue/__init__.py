"""Déclarations de l’observatoire : sources, variables, indicateurs, règles."""

from observatoire.catalogue.chargement import charger_catalogue
from observatoire.catalogue.modeles import Catalogue, Indicateur, Regles, Source, Theme, Variable
from observatoire.catalogue.references import ChiffreNational
from observatoire.catalogue.temps import Comparaison, ReglesTemps

__all__ = [
    "Catalogue",
    "ChiffreNational",
    "Comparaison",
    "Indicateur",
    "Regles",
    "ReglesTemps",
    "Source",
    "Theme",
    "Variable",
    "charger_catalogue",
]
