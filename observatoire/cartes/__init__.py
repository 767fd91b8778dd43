"""Cartes : préparation commune, dessin à l’écran et sur papier."""

from observatoire.cartes.modeles import Aspect, ClasseLegende, Legende, TypeVue, VueCarte
from observatoire.cartes.textes import phrase_quartier
from observatoire.cartes.vue import composer_vue

__all__ = [
    "Aspect",
    "ClasseLegende",
    "Legende",
    "TypeVue",
    "VueCarte",
    "composer_vue",
    "phrase_quartier",
]
