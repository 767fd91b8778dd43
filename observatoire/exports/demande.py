"""Ce que la personne demande d’un document : territoires, indicateurs, référence, mise en page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from observatoire.catalogue import Catalogue, Indicateur
from observatoire.chemins import Chemins
from observatoire.domaine import Reference
from observatoire.editions import Edition
from observatoire.erreurs import ErreurDemande

__all__ = ["Contexte", "Demande", "Document", "indicateurs_demandes"]


@dataclass(frozen=True, slots=True)
class Demande:
    """Choix d’un document ; tout est du texte ou un nombre, pour être refait à l’identique.

    Une liste vide veut dire « tous » ; ``indicateurs`` l’emporte sur ``themes``.
    """

    quartiers: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    indicateurs: tuple[str, ...] = ()
    reference: str = "ville"
    vue: str = "ecart"
    niveau: str = "iris"
    millesimes: tuple[int, ...] = ()
    format_page: str = "A4"
    orientation: str = "paysage"
    classes: str = "jenks"
    """Méthode des classes d’une carte seule (:mod:`observatoire.cartes.discretisation`)."""
    lieux: tuple[str, ...] = ()
    """Catégories de lieux posées sur une carte seule, ou ``toutes``."""
    public: bool = False
    """Documents du suivi : seulement ce qui est marqué public."""

    def en_json(self) -> dict[str, Any]:
        """Contenu sérialisable, aux clés stables."""
        return asdict(self)

    @classmethod
    def depuis_json(cls, brut: Mapping[str, Any]) -> Demande:
        """Relire une demande inscrite au registre ; une clé inconnue est ignorée."""
        connus = {c.name for c in fields(cls)}
        choix: dict[str, Any] = {
            c: tuple(v) if isinstance(v, list) else v for c, v in brut.items() if c in connus
        }
        return cls(**choix)


@dataclass(frozen=True, slots=True)
class Contexte:
    """De quoi un document est fait : une édition protégée, son catalogue, ses dossiers."""

    edition: Edition
    catalogue: Catalogue
    chemins: Chemins


@dataclass(frozen=True, slots=True)
class Document:
    """Fichiers écrits et valeurs qu’ils citent.

    ``valeurs`` porte ``code_territoire, indicateur, millesime, reference, valeur, ecart, statut``.
    """

    fichiers: tuple[Path, ...]
    valeurs: pd.DataFrame


def indicateurs_demandes(contexte: Contexte, demande: Demande) -> list[Indicateur]:
    """Indicateurs de l’édition que la demande retient, rangés par thème.

    Raises
    ------
    ErreurDemande
        Toutes les fautes d’un coup : thème, indicateur, quartier ou référence inconnus.
    """
    catalogue, edition = contexte.catalogue, contexte.edition
    presents = set(edition.manifeste["millesimes"])
    fautes = [
        f"thème inconnu « {t} » (connus : {', '.join(sorted(catalogue.themes))})"
        for t in demande.themes
        if t not in catalogue.themes
    ]
    fautes += [f"indicateur sans données « {i} »" for i in demande.indicateurs if i not in presents]
    quartiers = set(edition.couches["qpv"]["code_territoire"])
    fautes += [
        f"« {q} » n’est pas un quartier prioritaire de {edition.nom_commune} "
        f"(connus : {', '.join(sorted(quartiers)) or 'aucun'})"
        for q in demande.quartiers
        if q not in quartiers
    ]
    presentes = set(edition.references["reference"])
    permises = [r.value for r in Reference if r is Reference.VILLE or r.value in presentes]
    if demande.reference not in permises:
        fautes.append(
            f"référence « {demande.reference} » impossible (permises : {', '.join(permises)})"
        )
    if fautes:
        raise ErreurDemande(f"Le document demandé est impossible : {' ; '.join(fautes)}.")
    ranges = [i for groupe in catalogue.par_theme().values() for i in groupe if i.id in presents]
    if demande.indicateurs:
        return [i for i in ranges if i.id in demande.indicateurs]
    return [i for i in ranges if not demande.themes or i.theme in demande.themes]
