"""Découpages de la ville : secteurs, aires des Maisons des Habitants, secteurs scolaires, périmètres dessinés.

Chacun est une famille de territoires, gardée dans le dossier des données et estimée comme les quartiers prioritaires.
"""

from observatoire.decoupages.application import ajouter_aux_dossiers, tables_des_decoupages
from observatoire.decoupages.declaration import FAMILLE_SECTEUR, Declaration, identifiant_de_famille
from observatoire.decoupages.registre import ajouter, declarations, retirer

__all__ = [
    "FAMILLE_SECTEUR",
    "Declaration",
    "ajouter",
    "ajouter_aux_dossiers",
    "declarations",
    "identifiant_de_famille",
    "retirer",
    "tables_des_decoupages",
]
