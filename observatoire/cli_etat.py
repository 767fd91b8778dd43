"""La commande ``etat`` : villes publiées, âge de leurs sources, éditions à valider."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

import typer
from rich.table import Table

from observatoire.catalogue import Catalogue, charger_catalogue
from observatoire.chemins import Chemins
from observatoire.cli_affichage import console, echapper
from observatoire.editions import (
    edition_courante,
    editions_a_valider,
    lister_editions,
    villes_publiees,
)
from observatoire.editions.fraicheur import juger_fraicheur
from observatoire.perimetre import perimetre_nomme

__all__ = ["montrer_etat"]


def montrer_etat(chemins: Chemins, *, en_json: bool, aujourdhui: date | None = None) -> None:
    """Dire ce qui est publié, de quand datent les sources et ce qui attend une validation."""
    jour = aujourdhui or datetime.now(UTC).date()
    catalogue = charger_catalogue(*chemins.catalogues)
    villes = [_decrire(chemins, code, catalogue, jour) for code in villes_publiees(chemins)]
    if en_json:
        contenu = {"racine": str(chemins.racine), "villes": villes}
        typer.echo(json.dumps(contenu, ensure_ascii=False, indent=2))
        return
    console.print(f"Données : {chemins.racine}", highlight=False)
    if not villes:
        console.print(
            "Aucune édition publiée. « observatoire demo » construit celle de la ville fictive."
        )
        return
    _montrer_villes(villes)
    for ville in villes:
        _montrer_sources(ville)
        _montrer_attentes(ville)


def _decrire(chemins: Chemins, code: str, catalogue: Catalogue, jour: date) -> dict[str, Any]:
    edition = edition_courante(chemins, code)
    entrees = edition.manifeste["entrees"]
    return {
        "code_commune": code,
        "nom": edition.nom_commune,
        "perimetre": edition.perimetre,
        "villes": len(edition.villes),
        "ville_fictive": edition.est_fictive,
        "edition": edition.identifiant,
        "publiee_le": edition.manifeste["publiee_le"],
        "millesimes": sorted({m for ms in edition.manifeste["millesimes"].values() for m in ms}),
        "fichiers": len(entrees),
        "editions": len(lister_editions(chemins, code)),
        "sources": [asdict(f) for f in juger_fraicheur(entrees, catalogue, aujourdhui=jour)],
        "a_valider": editions_a_valider(chemins, code),
    }


def _montrer_villes(villes: list[dict[str, Any]]) -> None:
    table = Table("Ville")
    table.add_column("Édition", no_wrap=True)
    for titre in ("Publiée le", "Millésimes", "Fichiers", "Éditions"):
        table.add_column(titre)
    for ville in villes:
        fictive = " – ville fictive" if ville["ville_fictive"] else ""
        if ville["perimetre"] != "ville":
            fictive += f" – {ville['villes']} communes"
        table.add_row(
            f"{ville['nom']} ({ville['code_commune']}){fictive}",
            ville["edition"],
            ville["publiee_le"][:10],
            ", ".join(str(m) for m in ville["millesimes"]),
            str(ville["fichiers"]),
            str(ville["editions"]),
        )
    console.print(table)


def _montrer_sources(ville: dict[str, Any]) -> None:
    """Une ligne par jeu de données : les cinq bases d’un recensement n’en font qu’une."""
    titre = f"Sources de l’édition courante de {ville['nom']}"
    table = Table(title=titre, title_justify="left", expand=True)
    table.add_column("Jeu de données", ratio=4)
    table.add_column("Fichiers", no_wrap=True, justify="right")
    table.add_column("Du", no_wrap=True)
    table.add_column("Âge", no_wrap=True)
    table.add_column("Chez le producteur", ratio=6)
    groupes: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for source in ville["sources"]:
        groupes.setdefault((source["citation"], source["parution"]), []).append(source)
    for (citation, parution), lignes in sorted(groupes.items()):
        ancienne = min(lignes, key=lambda ligne: str(ligne["date_fichier"]))
        table.add_row(
            echapper(citation),
            str(sum(ligne["fichiers"] for ligne in lignes)),
            ancienne["date_fichier"],
            ancienne["age"],
            echapper(parution),
        )
    console.print(table)


def _montrer_attentes(ville: dict[str, Any]) -> None:
    for identifiant, raisons in ville["a_valider"].items():
        console.print(
            f"À valider pour {ville['nom']} : {identifiant} "
            f"(« observatoire publier {identifiant} {perimetre_nomme(ville['code_commune']).option} »)",
            highlight=False,
            soft_wrap=True,
        )
        for raison in raisons:
            console.print(f"  • {echapper(raison)}", highlight=False, soft_wrap=True)
