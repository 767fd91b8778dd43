"""Ville fictive : une population simulée, des fichiers aux formats des producteurs.

Elle sert de démonstration sans données réelles et de banc d’essai : comme chaque ménage est connu,
la valeur
exacte de chaque indicateur l’est aussi, et l’erreur des estimations se mesure.
"""

from __future__ import annotations

from pathlib import Path

from observatoire.ville_fictive.diffusion import ecrire_csv, ecrire_fichiers
from observatoire.ville_fictive.verite import etablir_verite
from observatoire.ville_fictive.ville import Etat, VilleFictive, fabriquer_ville

__all__ = [
    "Etat",
    "VilleFictive",
    "ecrire_fichiers",
    "ecrire_verite",
    "etablir_verite",
    "fabriquer_ville",
]


def ecrire_verite(ville: VilleFictive, chemin: Path) -> Path:
    """Écrit la table de vérité en CSV (virgule, point décimal).

    Parameters
    ----------
    ville : VilleFictive
        Ville entière.
    chemin : Path
        Fichier à écrire ; son dossier est créé au besoin.

    Returns
    -------
    Path
        Le fichier écrit.
    """
    chemin.parent.mkdir(parents=True, exist_ok=True)
    return ecrire_csv(etablir_verite(ville), chemin, separateur=",", fin_de_ligne="\n")
