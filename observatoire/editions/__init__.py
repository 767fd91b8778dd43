"""Éditions : dossiers immuables, publiés de façon atomique."""

from observatoire.editions.lecture import (
    Edition,
    charger_edition,
    edition_courante,
    villes_publiees,
)
from observatoire.editions.publication import lister_editions, publier_edition

__all__ = [
    "Edition",
    "charger_edition",
    "edition_courante",
    "lister_editions",
    "publier_edition",
    "villes_publiees",
]
