"""Quelles villes composent un périmètre : lu dans les fichiers, jamais deviné."""

from __future__ import annotations

from dataclasses import replace

from observatoire.catalogue import Catalogue
from observatoire.erreurs import ErreurDonnees
from observatoire.ingestion import Inventaire
from observatoire.ingestion.appartenances import communes_a_quartier, communes_de_l_epci
from observatoire.perimetre import Perimetre
from observatoire.territoires import code_ville

__all__ = ["trouver_villes"]


def trouver_villes(perimetre: Perimetre, inventaire: Inventaire, catalogue: Catalogue) -> Perimetre:
    """Compléter un périmètre de ses villes et de son nom.

    Parameters
    ----------
    perimetre : Perimetre
        Une ville, une intercommunalité ou la France.
    inventaire : Inventaire
        Fichiers reconnus.
    catalogue : Catalogue
        Déclarations.

    Raises
    ------
    ErreurDonnees
        Si aucun fichier ne dit les communes du périmètre.
    """
    if perimetre.villes:
        return perimetre
    if perimetre.genre == "epci":
        nom, communes = communes_de_l_epci(perimetre.code, inventaire, catalogue)
        villes = tuple(sorted({code_ville(c) for c in communes}))
        return replace(perimetre, nom=nom, villes=villes)
    communes = communes_a_quartier(inventaire, catalogue)
    villes = tuple(sorted({code_ville(c) for c in communes}))
    if not villes:
        raise ErreurDonnees(
            "Aucun quartier prioritaire dans les dossiers donnés : ajoutez avec --depuis les contours "
            "nationaux des QPV 2024 (ANCT)."
        )
    return replace(perimetre, villes=villes)
