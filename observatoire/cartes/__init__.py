"""Cartes : préparation commune, dessin à l’écran et sur papier."""

from observatoire.cartes.carte_web import construire_carte_web
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
    "construire_carte_web",
    "phrase_quartier",
]
