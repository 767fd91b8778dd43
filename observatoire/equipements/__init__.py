"""Lieux que la ville fournit : Maisons des Habitants, associations, écoles, santé ; comptés et mesurés par quartier."""

from observatoire.equipements.acces import tables_des_lieux_declares
from observatoire.equipements.lecture import Lieu, lire_lieux
from observatoire.equipements.registre import (
    ListeDeLieux,
    importer_lieux,
    listes_de_lieux,
    retirer_liste,
)

__all__ = [
    "Lieu",
    "ListeDeLieux",
    "importer_lieux",
    "lire_lieux",
    "listes_de_lieux",
    "retirer_liste",
    "tables_des_lieux_declares",
]
