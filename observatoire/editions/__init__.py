"""Éditions : dossiers immuables, publiés de façon atomique, comparables entre eux."""

from observatoire.editions.comparaison import Comparaison, comparer
from observatoire.editions.extrait import (
    EditionDeVille,
    edition_consultable,
    extraire_ville,
    villes_consultables,
)
from observatoire.editions.journal import Journal, lire_journal
from observatoire.editions.lecture import (
    Edition,
    charger_edition,
    edition_courante,
    villes_publiees,
)
from observatoire.editions.publication import lister_editions, publier_edition
from observatoire.editions.validation import (
    editions_a_valider,
    publier_en_attente,
    resoudre_edition,
    revenir_a,
)
from observatoire.editions.verrou import verrouiller_ville

__all__ = [
    "Comparaison",
    "Edition",
    "EditionDeVille",
    "Journal",
    "charger_edition",
    "comparer",
    "edition_consultable",
    "edition_courante",
    "editions_a_valider",
    "extraire_ville",
    "lire_journal",
    "lister_editions",
    "publier_edition",
    "publier_en_attente",
    "resoudre_edition",
    "revenir_a",
    "verrouiller_ville",
    "villes_consultables",
    "villes_publiees",
]
