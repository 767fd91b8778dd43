"""Lecture des fichiers des producteurs : inventaire, tables, contours, contrôles."""

from observatoire.ingestion.colonnes import variables_sans_colonne
from observatoire.ingestion.contours import lire_contours
from observatoire.ingestion.controles import controler_coherence
from observatoire.ingestion.correspondance import lire_correspondance
from observatoire.ingestion.geographies import choisir_contours, dire_le_choix
from observatoire.ingestion.lecture import dire_ecartes, inventorier
from observatoire.ingestion.modeles import (
    CoucheLue,
    FichierReconnu,
    Inventaire,
    TableLue,
    empreinte_fichier,
)
from observatoire.ingestion.valeurs import lire_tableau

__all__ = [
    "CoucheLue",
    "FichierReconnu",
    "Inventaire",
    "TableLue",
    "choisir_contours",
    "controler_coherence",
    "dire_ecartes",
    "dire_le_choix",
    "empreinte_fichier",
    "inventorier",
    "lire_contours",
    "lire_correspondance",
    "lire_tableau",
    "variables_sans_colonne",
]
