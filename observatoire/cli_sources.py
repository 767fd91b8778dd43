"""Commandes qui obtiennent les fichiers des producteurs et disent leur état."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from observatoire.approvisionnement import Approvisionnement, Besoin, approvisionner, lister_besoins
from observatoire.catalogue import charger_catalogue
from observatoire.chemins import Chemins
from observatoire.ingestion.depot import accepter, etat_sources
from observatoire.ingestion.progression import montrer_progression
from observatoire.redaction import ecrire_nombre

__all__ = ["accepter_versions", "fichiers_locaux", "montrer_sources", "obtenir"]

_sortie = Console()
_ETATS = {
    "present": "présent",
    "absent": "absent",
    "perime": "périmé, à revérifier",
    "modifie": "changé chez le producteur",
}


def montrer_sources(chemins: Chemins, *, en_json: bool) -> None:
    """Énumérer les fichiers du catalogue et leur état dans le cache."""
    etats = etat_sources(charger_catalogue(*chemins.catalogues), chemins)
    if en_json:
        typer.echo(json.dumps([asdict(e) for e in etats], ensure_ascii=False, indent=2))
        return
    table = Table("Source", "Année", "État", "Taille (ko)", "Précision", expand=True)
    for e in etats:
        taille = ecrire_nombre(e.taille / 1024) if e.taille else ""
        commune = f" – {e.commune}" if e.commune else ""
        table.add_row(
            f"{e.titre}{commune}", str(e.millesime or ""), _ETATS[e.etat], taille, e.precision
        )
    _sortie.print(table)
    _sortie.print(f"Dossier de dépôt : {chemins.depot}", highlight=False, soft_wrap=True)


def obtenir(
    chemins: Chemins,
    commune: str | None,
    *,
    millesimes: Collection[int] = (),
    siren: str | None = None,
    verifier: bool = False,
) -> Approvisionnement:
    """Demander les fichiers d’une ville, d’une intercommunalité ou de la France entière.

    Les fichiers nationaux servent pour une intercommunalité ; seule sa composition lui est propre.
    """
    catalogue = charger_catalogue(*chemins.catalogues)
    besoins = lister_besoins(commune, catalogue, millesimes=millesimes, siren=siren)
    with montrer_progression(_sortie) as suivi:
        return approvisionner(besoins, chemins, catalogue, suivi=suivi, verifier=verifier)


def fichiers_locaux(chemins: Chemins) -> list[Path]:
    """Le dossier de dépôt, s’il contient quelque chose : il est toujours lu."""
    return [d for d in (chemins.depot,) if d.is_dir() and any(d.iterdir())]


def accepter_versions(chemins: Chemins) -> Sequence[Besoin]:
    """Accepter toutes les versions nouvelles mises de côté, et dire lesquelles."""
    catalogue = charger_catalogue(*chemins.catalogues)
    acceptees = []
    for e in etat_sources(catalogue, chemins):
        if e.etat == "modifie" and e.millesime is not None:
            accepter(e.source, e.millesime, chemins, catalogue, commune=e.commune or None)
            acceptees.append(Besoin(e.source, e.millesime, e.commune or None))
            typer.echo(f"Acceptée : {e.titre} ({e.millesime}).")
    return acceptees
