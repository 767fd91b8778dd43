"""Suivi du contrat de ville : actions, financements et paroles d’habitants, face aux indicateurs."""

from observatoire.suivi.bilan import Bilan, etablir_bilan, vocabulaire_de
from observatoire.suivi.configuration import Reglages, lire_reglages
from observatoire.suivi.depot import (
    Changement,
    CompteRenduSuivi,
    dernier_import,
    effacer_paroles,
    importer,
    lire_historique,
    programme_de,
    purger,
)
from observatoire.suivi.gabarit import ecrire_classeur
from observatoire.suivi.lecture import Vocabulaire, lire_programme
from observatoire.suivi.modeles import (
    VILLE_ENTIERE,
    Action,
    Etat,
    Financement,
    Note,
    Programme,
    partager,
)

__all__ = [
    "VILLE_ENTIERE",
    "Action",
    "Bilan",
    "Changement",
    "CompteRenduSuivi",
    "Etat",
    "Financement",
    "Note",
    "Programme",
    "Reglages",
    "Vocabulaire",
    "dernier_import",
    "ecrire_classeur",
    "effacer_paroles",
    "etablir_bilan",
    "importer",
    "lire_historique",
    "lire_programme",
    "lire_reglages",
    "partager",
    "programme_de",
    "purger",
    "vocabulaire_de",
]
