"""Les villes que l’on peut comparer : celles de l’édition nationale, sinon les éditions côte à côte."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from observatoire.catalogue import Catalogue
from observatoire.chemins import Chemins
from observatoire.editions.lecture import edition_courante, villes_publiees
from observatoire.erreurs import ErreurEdition
from observatoire.indicateurs import ranger_villes
from observatoire.perimetre import CODE_FRANCE

__all__ = ["VillesComparees", "lire_villes_comparees"]

_TABLE = "villes"


@dataclass(frozen=True)
class VillesComparees:
    """Écart de chaque ville entre ses QPV et elle-même, et d’où il est lu.

    Parameters
    ----------
    table : pandas.DataFrame
        Une ligne par ville, indicateur et millésime (``docs/architecture.md``, table ``villes``).
    origine : str
        « édition nationale … » ou « n éditions publiées séparément », pour l’écran et la commande.
    est_nationale : bool
        Vrai si le rang est celui parmi toutes les villes à quartier prioritaire des fichiers.
    """

    table: pd.DataFrame
    origine: str
    est_nationale: bool


def lire_villes_comparees(
    chemins: Chemins, catalogue: Catalogue, *, fictives: bool | None = None
) -> VillesComparees:
    """Réunir les villes comparables entre elles : une ville inventée ne se compare jamais à une vraie.

    Parameters
    ----------
    chemins : Chemins
        Racine des données.
    catalogue : Catalogue
        Sens des indicateurs, pour les rangs d’éditions réunies.
    fictives : bool, optional
        Vrai pour les seules villes inventées, faux pour les seules vraies ; par défaut les vraies,
        ou les inventées s’il n’y a qu’elles.

    Raises
    ------
    ErreurEdition
        Si aucune édition publiée ne porte cette comparaison.
    """
    if chemins.pointeur(CODE_FRANCE).is_file():
        nationale = edition_courante(chemins, CODE_FRANCE)
        table = nationale.complement(_TABLE)
        if len(table) and fictives in {None, nationale.est_fictive}:
            return VillesComparees(table, f"édition nationale {nationale.identifiant}", True)
    editions = [edition_courante(chemins, c) for c in villes_publiees(chemins) if c != CODE_FRANCE]
    if fictives is None:
        fictives = all(e.est_fictive for e in editions)
    editions = [e for e in editions if e.est_fictive == fictives]
    portees = [(e, t) for e in editions if len(t := e.complement(_TABLE))]
    if not portees:
        raise ErreurEdition(
            "Aucune édition publiée ne compare les quartiers à leur ville : lancez « observatoire actualiser »."
        )
    table = pd.concat([t for _, t in portees], ignore_index=True)
    # La plus récente des éditions d’une ville l’emporte ; une intercommunalité en porte plusieurs.
    cles = ["code_commune", "indicateur", "millesime"]
    table = ranger_villes(table.drop_duplicates(cles, ignore_index=True), catalogue)
    mot = "édition publiée" if len(portees) == 1 else "éditions publiées séparément"
    return VillesComparees(table, f"{len(portees)} {mot}", False)
