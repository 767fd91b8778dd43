"""Ce que les commandes disent du catalogue : indicateurs, accord avec les fichiers d’une édition."""

from __future__ import annotations

import json

import typer
from rich.table import Table

from observatoire.catalogue import Catalogue
from observatoire.cli_affichage import console
from observatoire.editions import Edition

__all__ = ["dire_variables_sans_colonne", "montrer_indicateurs", "variables_sans_colonne"]

_MAX_CITEES = 8


def montrer_indicateurs(catalogue: Catalogue, *, en_json: bool) -> None:
    """Écrire les indicateurs par thème, avec leur définition et leurs niveaux de diffusion.

    Parameters
    ----------
    catalogue : Catalogue
        Déclarations.
    en_json : bool
        Vrai : toutes les clés de chaque indicateur, et ``diffusion`` (niveau → millésimes).
    """
    themes = catalogue.par_theme()
    if en_json:
        contenu = [
            i.model_dump() | {"diffusion": catalogue.diffusion(i)}
            for groupe in themes.values()
            for i in groupe
        ]
        typer.echo(json.dumps(contenu, ensure_ascii=False, indent=2))
        return
    for theme, groupe in themes.items():
        table = Table(title=f"{theme.libelle} ({len(groupe)})", title_justify="left", expand=True)
        for nom, part in (("Identifiant", 3), ("Libellé", 4), ("Diffusé par", 3)):
            table.add_column(nom, ratio=part, overflow="fold")
        table.add_column("Définition et précaution", ratio=8)
        for i in groupe:
            precaution = f"\n[dim]{i.precaution}[/]" if i.precaution else ""
            table.add_row(
                i.id, i.libelle, catalogue.diffusion_en_mots(i), i.definition + precaution
            )
        console.print(table)


def variables_sans_colonne(edition: Edition, catalogue: Catalogue) -> list[str]:
    """Variables qu’un fichier employé devait porter et qu’aucun ne porte.

    Parameters
    ----------
    edition : Edition
        Son manifeste dit, pour chaque fichier, les variables dont il n’a pas les colonnes.
    catalogue : Catalogue
        Déclarations.
    """
    portees: set[str] = set()
    absentes: set[str] = set()
    for entree in edition.manifeste["entrees"]:
        manquent = set(entree.get("variables_absentes", []))
        absentes |= manquent
        portees |= {v.id for v in catalogue.variables_de(entree["source"])} - manquent
    return sorted(absentes - portees)


def dire_variables_sans_colonne(noms: list[str]) -> str:
    """Phrase qui cite les premières variables ; vide s’il n’y en a pas."""
    if not noms:
        return ""
    suite = f" et {len(noms) - _MAX_CITEES} autres" if len(noms) > _MAX_CITEES else ""
    return f"  sans colonne dans les fichiers lus : {', '.join(noms[:_MAX_CITEES])}{suite}"
