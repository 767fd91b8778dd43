"""Commandes « observatoire lieux » : équipements et associations que la ville fournit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from observatoire.cli_options import Commune, Donnees, chemins_de
from observatoire.cli_ville import commune_ou_toutes, dire, ouvrir_ville

__all__ = ["lieux"]

lieux = typer.Typer(
    help="Lieux de la ville : Maisons des Habitants, associations, écoles, santé.",
    no_args_is_help=True,
)


@lieux.command("importer")
def importer(
    contexte: typer.Context,
    fichier: Annotated[Path, typer.Argument(help="CSV ou XLSX, un lieu par ligne.")],
    nom: Annotated[
        str, typer.Option("--nom", help="Nom de la liste ; celui du fichier sinon.")
    ] = "",
    commune: Commune = None,
    donnees: Donnees = None,
) -> None:
    """Contrôler une liste de lieux et la garder : la prochaine actualisation les compte par quartier."""
    from observatoire.equipements import importer_lieux

    with ouvrir_ville(contexte, commune, donnees) as ville:
        liste, _, avertissements = importer_lieux(
            ville.chemins, fichier, code_commune=ville.code, nom=nom,
            ville=ville.contour, nom_ville=ville.nom,
        )  # fmt: skip
    typer.echo(
        f"Liste gardée : {liste.nom}, {_compter(liste.lieux)}, commune {ville.code}. "
        f"« observatoire actualiser --commune {ville.code} » les compte par quartier."
    )
    dire(avertissements)


@lieux.command("lister")
def lister(contexte: typer.Context, commune: Commune = None, donnees: Donnees = None) -> None:
    """Énumérer les listes gardées, et les lieux à géolocaliser."""
    from observatoire.equipements import listes_de_lieux
    from observatoire.equipements.registre import relire_liste

    chemins = chemins_de(contexte, donnees)
    listes = listes_de_lieux(chemins, commune_ou_toutes(chemins, commune))
    if not listes:
        typer.echo("Aucune liste de lieux.")
    for liste in listes:
        typer.echo(
            f"{liste.code_commune}  {liste.nom} : {_compter(liste.lieux)}, liste importée le {liste.importe_le} ({liste.fichier})"
        )
        for lieu in relire_liste(chemins, liste):
            if not lieu.situe:
                typer.echo(f"    à géolocaliser : {lieu.nom}, {lieu.adresse}")


@lieux.command("retirer")
def retirer(
    contexte: typer.Context,
    nom: Annotated[str, typer.Argument(help="Nom de la liste.")],
    commune: Commune = None,
    donnees: Donnees = None,
) -> None:
    """Oublier une liste ; les éditions déjà publiées ne changent pas."""
    from observatoire.equipements import retirer_liste

    with ouvrir_ville(contexte, commune, donnees) as ville:
        retiree = retirer_liste(ville.chemins, nom, code_commune=ville.code)
    typer.echo(f"Liste retirée : {retiree}, commune {ville.code}.")


def _compter(nombre: int) -> str:
    """« 1 lieu », « 3 lieux »."""
    return f"{nombre} {'lieu' if nombre < 2 else 'lieux'}"
