"""Commandes « observatoire territoires » : les découpages propres à la ville."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from observatoire.chemins import Chemins
from observatoire.cli_affichage import prevenir
from observatoire.cli_options import Commune, Donnees, chemins_de
from observatoire.erreurs import Anomalie, ErreurDemande, ErreurEdition

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
    from observatoire.editions import verrouiller_ville

    chemins = chemins_de(contexte, donnees)
    code_commune = commune_de(chemins, commune)
    nom_ville, contour = _contour(chemins, code_commune)
    with verrouiller_ville(chemins, code_commune, informer=prevenir):
        declaration, avertissements = ajouter(
            chemins,
            fichier,
            nom=nom,
            singulier=singulier,
            genre=None if feminin is None else "f" if feminin else "m",
            champ_code=code,
            champ_libelle=libelle,
            code_commune=code_commune,
            partition=partition,
            ville=contour,
            nom_ville=nom_ville,
        )
    typer.echo(
        f"Découpage gardé : {declaration.nom} ({declaration.famille}), commune {code_commune}. "
        f"« observatoire actualiser --commune {code_commune} » en calcule les chiffres."
    )
    if not declaration.genre:
        typer.echo(
            f"Genre de « {declaration.singulier} » inconnu : les phrases évitent l’accord. "
            "--feminin ou --masculin le donne."
        )
    if contour is None:
        typer.echo("La couverture de la ville sera contrôlée à la prochaine actualisation.")
    dire(avertissements)


@territoires.command("lister")
def lister(contexte: typer.Context, commune: Commune = None, donnees: Donnees = None) -> None:
    """Énumérer les découpages gardés."""
    from observatoire.decoupages import declarations

    connues = declarations(chemins_de(contexte, donnees), commune)
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
    from observatoire.editions import verrouiller_ville

    chemins = chemins_de(contexte, donnees)
    code_commune = commune_de(chemins, commune)
    with verrouiller_ville(chemins, code_commune, informer=prevenir):
        retirer(chemins, famille, code_commune=code_commune)
    typer.echo(f"Découpage retiré : {famille}, commune {code_commune}.")


def commune_de(chemins: Chemins, commune: str | None) -> str:
    """Commune demandée ; à défaut, la seule ville publiée.

    Raises
    ------
    ErreurDemande
        Si la demande est ambiguë ou mal écrite.
    """
    from observatoire.editions import villes_publiees
    from observatoire.perimetre import perimetre_ville
    from observatoire.territoires import code_ville

    if commune is not None:
        perimetre_ville(commune)
        return code_ville(commune)
    publiees = [c for c in villes_publiees(chemins) if len(c) == 5]
    if len(publiees) == 1:
        return publiees[0]
    suite = f" Villes publiées : {', '.join(sorted(publiees))}." if publiees else ""
    raise ErreurDemande(f"Indiquez la ville avec --commune.{suite}")


def dire(avertissements: list[Anomalie]) -> None:
    """Écrire les avertissements, un par ligne."""
    for anomalie in avertissements:
        typer.echo(f"  • {anomalie}")


def _contour(chemins: Chemins, code_commune: str) -> tuple[str, object | None]:
    """Nom et contour de la ville dans son édition courante, s’il y en a une."""
    import shapely

    from observatoire.editions import edition_consultable

    try:
        edition = edition_consultable(chemins, code_commune)
    except ErreurEdition:
        return code_commune, None
    formes = edition.couches["iris"].geometry.to_numpy()
    return edition.nom_commune, shapely.union_all(formes)
