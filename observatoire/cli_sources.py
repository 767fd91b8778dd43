"""Commandes qui obtiennent les fichiers des producteurs et disent leur état."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from observatoire.approvisionnement import (
    Approvisionnement,
    Besoin,
    ajouter_autres_annees,
    approvisionner,
    lister_besoins,
    retrouver,
)
from observatoire.catalogue import charger_catalogue
from observatoire.chemins import Chemins
from observatoire.erreurs import ErreurReseau
from observatoire.ingestion.depot import accepter, etat_sources
from observatoire.ingestion.progression import montrer_progression
from observatoire.redaction import ecrire_nombre

__all__ = ["accepter_versions", "fichiers_locaux", "montrer_sources", "obtenir", "preparer_france"]

_sortie = Console()
_messages = Console(stderr=True)  # la sortie ordinaire ne porte que ce qui a été demandé
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
    sans_reseau: bool = False,
) -> Approvisionnement:
    """Réunir les fichiers d’une ville, d’une intercommunalité ou de la France entière.

    Les fichiers nationaux servent pour une intercommunalité ; seule sa composition lui est propre.
    Les autres années déjà téléchargées sont jointes.

    Raises
    ------
    ErreurReseau
        Si rien n’a pu être obtenu et que rien n’est déjà là ; jamais avec ``sans_reseau``.
    """
    catalogue = charger_catalogue(*chemins.catalogues)
    besoins = lister_besoins(commune, catalogue, millesimes=millesimes, siren=siren)
    try:
        if sans_reseau:
            obtenu = retrouver(besoins, chemins, catalogue)
        else:
            with montrer_progression(_messages) as suivi:
                obtenu = approvisionner(besoins, chemins, catalogue, suivi=suivi, verifier=verifier)
    except ErreurReseau as erreur:
        obtenu = Approvisionnement(manques=list(erreur.anomalies))
        ajouter_autres_annees(obtenu, besoins, chemins, catalogue)
        if not obtenu.fichiers:
            raise
        return obtenu
    ajouter_autres_annees(obtenu, besoins, chemins, catalogue)
    return obtenu


def preparer_france(chemins: Chemins) -> Approvisionnement:
    """Remplir le cache des fichiers nationaux, composition des intercommunalités comprise."""
    catalogue = charger_catalogue(*chemins.catalogues)
    besoins = lister_besoins(None, catalogue, preparation=True)
    with montrer_progression(_messages) as suivi:
        return approvisionner(besoins, chemins, catalogue, suivi=suivi)


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
