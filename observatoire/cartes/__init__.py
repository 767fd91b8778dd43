"""Cartes : préparation commune, dessin à l’écran et sur papier.

Ce qui dessine est chargé à la première demande : le serveur de l’application n’a besoin
ni de folium ni de matplotlib.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from observatoire.cartes.modeles import Aspect, ClasseLegende, Legende, TypeVue, VueCarte
from observatoire.cartes.textes import phrase_quartier
from observatoire.cartes.vue import composer_vue

if TYPE_CHECKING:
    from observatoire.cartes.carte_web import construire_carte_web

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


def __getattr__(nom: str) -> Any:
    if nom == "construire_carte_web":
        return import_module("observatoire.cartes.carte_web").construire_carte_web
    raise AttributeError(f"module {__name__!r} has no attribute {nom!r}")
