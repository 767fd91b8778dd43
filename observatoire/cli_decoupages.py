"""Commandes « observatoire territoires » : les découpages propres à la ville."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from observatoire.cli_options import Commune, Donnees, chemins_de
from observatoire.cli_ville import commune_ou_toutes, dire, ouvrir_ville

__all__ = ["territoires"]

territoires = typer.Typer(
    help="Découpages propres à la ville : secteurs, aires d’équipements, périmètres dessinés.",
    no_args_is_help=True,
)


@territoires.command("ajouter")
def ajouter_territoires(
    contexte: typer.Context,
    fichier: Annotated[Path, typer.Argument(help="GeoJSON, GeoPackage ou Shapefile.")],
    nom: Annotated[str, typer.Option("--nom", help="Nom au pluriel, par exemple « Secteurs ».")],
    code: Annotated[str, typer.Option("--code", help="Champ du code.")],
    libelle: Annotated[str, typer.Option("--libelle", help="Champ du nom.")],
    commune: Commune = None,
    singulier: Annotated[
        str, typer.Option("--singulier", help="Nom au singulier ; déduit du pluriel sinon.")
    ] = "",
    feminin: Annotated[
        bool | None,
        typer.Option("--feminin/--masculin", help="Genre du nom ; déduit du premier mot sinon."),
    ] = None,
    partition: Annotated[
        bool,
        typer.Option("--partition", help="Refuser les trous et les recouvrements."),
    ] = False,
    donnees: Donnees = None,
) -> None:
    """Contrôler un découpage et le garder : la prochaine actualisation l’estime comme les QPV."""
    from observatoire.decoupages import ajouter

    with ouvrir_ville(contexte, commune, donnees) as ville:
        declaration, avertissements = ajouter(
            ville.chemins,
            fichier,
            nom=nom,
            singulier=singulier,
            genre=None if feminin is None else "f" if feminin else "m",
            champ_code=code,
            champ_libelle=libelle,
            code_commune=ville.code,
            partition=partition,
            ville=ville.contour,
            nom_ville=ville.nom,
        )
    typer.echo(
        f"Découpage gardé : {declaration.nom} ({declaration.famille}), commune {ville.code}. "
        f"« observatoire actualiser --commune {ville.code} » en calcule les chiffres."
    )
    if not declaration.genre:
        typer.echo(
            f"Genre de « {declaration.singulier} » inconnu : les phrases évitent l’accord. "
            "--feminin ou --masculin le donne."
        )
    if ville.contour is None:
        typer.echo("La couverture de la ville sera contrôlée à la prochaine actualisation.")
    dire(avertissements)


@territoires.command("lister")
def lister(contexte: typer.Context, commune: Commune = None, donnees: Donnees = None) -> None:
    """Énumérer les découpages gardés."""
    from observatoire.decoupages import declarations

    chemins = chemins_de(contexte, donnees)
    connues = declarations(chemins, commune_ou_toutes(chemins, commune))
    if not connues:
        typer.echo("Aucun découpage propre à une ville.")
    for d in connues:
        typer.echo(
            f"{d.code_commune}  {d.famille} : {d.nom} ({d.fichier}, ajouté le {d.ajoute_le}, "
            f"SHA-256 {d.sha256[:12]}…)"
        )


@territoires.command("retirer")
def retirer_territoires(
    contexte: typer.Context,
    famille: Annotated[str, typer.Argument(help="Nom ou identifiant du découpage.")],
    commune: Commune = None,
    donnees: Donnees = None,
) -> None:
    """Oublier un découpage ; les éditions déjà publiées ne changent pas."""
    from observatoire.decoupages import retirer

    with ouvrir_ville(contexte, commune, donnees) as ville:
        retiree = retirer(ville.chemins, famille, code_commune=ville.code)
    typer.echo(f"Découpage retiré : {retiree}, commune {ville.code}.")
