"""Publier une édition calculée, ou la garder à valider si elle est invraisemblable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from observatoire.chemins import Chemins
from observatoire.editions.comparaison import Candidate, Comparaison, comparer
from observatoire.editions.journal import inscrire
from observatoire.editions.lecture import Edition, charger_edition, edition_courante
from observatoire.editions.publication import ecrire_edition, rendre_courante
from observatoire.editions.redaction_comparaison import raisons_invraisemblables
from observatoire.editions.validation import noter_a_valider
from observatoire.erreurs import Anomalie, ErreurEdition

__all__ = ["Decision", "Publication", "publier_ou_retenir"]


@dataclass(frozen=True)
class Decision:
    """Ce que la personne a demandé."""

    publier_malgre_tout: bool = False
    motif: str = ""


@dataclass(frozen=True)
class Publication:
    """Ce qui a été fait d’une édition calculée."""

    edition: Edition
    comparaison: Comparaison | None
    """Vide s’il n’y avait pas d’édition courante, ou si elle est illisible."""
    a_valider: bool
    avertissements: list[Anomalie]


def publier_ou_retenir(
    chemins: Chemins,
    code_commune: str,
    *,
    tables: Mapping[str, pd.DataFrame],
    manifeste: Mapping[str, Any],
    decision: Decision,
) -> Publication:
    """Écrire une édition ; la publier si rien n’y est invraisemblable, ou si on l’a demandé.

    À appeler sous le verrou de la ville (:func:`verrouiller_ville`).

    Parameters
    ----------
    chemins : Chemins
        Arborescence des données.
    code_commune : str
        Code de la ville.
    tables, manifeste : mapping
        Comme pour :func:`publier_edition`, avec ``resultats`` et les couches géographiques.
    decision : Decision
        Publier malgré tout, et pourquoi.

    Raises
    ------
    ErreurEdition
        Si le disque refuse l’écriture ; l’édition courante est intacte.
    """
    couches = {n: t for n, t in tables.items() if isinstance(t, gpd.GeoDataFrame)}
    candidate = Candidate(manifeste, tables["resultats"], couches)
    comparaison, avertissements = _comparer_a_la_courante(chemins, code_commune, candidate)
    douteuse = comparaison is not None and not comparaison.vraisemblable
    retenue = douteuse and not decision.publier_malgre_tout
    raisons = raisons_invraisemblables(comparaison) if comparaison and retenue else []

    def avant(identifiant: str) -> None:
        if retenue:
            noter_a_valider(chemins, code_commune, identifiant, raisons)

    def apres(identifiant: str) -> None:
        if not retenue:
            rendre_courante(chemins, code_commune, identifiant)

    dossier = ecrire_edition(
        chemins, code_commune, tables=tables, manifeste=manifeste, avant=avant, apres=apres
    )
    edition = charger_edition(dossier)
    inscrire(
        chemins,
        code_commune,
        "a_valider" if retenue else "actualiser",
        edition.identifiant,
        version=str(manifeste["version_code"]),
        motif=decision.motif,
    )
    if comparaison is not None:
        comparaison = replace(comparaison, nouvelle=edition.identifiant)
    return Publication(edition, comparaison, retenue, avertissements)


def _comparer_a_la_courante(
    chemins: Chemins, code_commune: str, candidate: Candidate
) -> tuple[Comparaison | None, list[Anomalie]]:
    """Comparaison à l’édition courante ; une édition courante illisible est signalée."""
    if not chemins.pointeur(code_commune).is_file():
        return None, []
    try:
        return comparer(edition_courante(chemins, code_commune), candidate), []
    except ErreurEdition as erreur:
        message = f"L’édition courante n’a pas pu être comparée à la nouvelle : {erreur}"
        return None, [Anomalie(message, gravite="avertissement")]
