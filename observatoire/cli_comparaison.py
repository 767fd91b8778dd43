"""Commandes qui comparent des éditions, les publient, y reviennent, et lisent leur journal."""

from __future__ import annotations

import json
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from observatoire import __version__
from observatoire.chemins import Chemins
from observatoire.editions import (
    Comparaison,
    comparer,
    editions_a_valider,
    lire_journal,
    lister_editions,
    publier_en_attente,
    resoudre_edition,
    revenir_a,
)
from observatoire.editions.causes import NATURES
from observatoire.editions.redaction_comparaison import (
    decrire_changement,
    raisons_invraisemblables,
)
from observatoire.erreurs import ErreurDemande
from observatoire.perimetre import perimetre_nomme
from observatoire.redaction import ecrire_nombre

__all__ = ["afficher_attente", "comparer_villes", "montrer_journal", "publier", "revenir"]

_MAX_RAISONS = 5
_sortie = Console()


def comparer_villes(
    chemins: Chemins, commune: str, ancienne: str, nouvelle: str, *, en_json: bool
) -> None:
    """Comparer deux éditions et dire ce qui a changé."""
    comparaison = comparer(
        resoudre_edition(chemins, commune, ancienne), resoudre_edition(chemins, commune, nouvelle)
    )
    if en_json:
        typer.echo(json.dumps(comparaison.en_json(), ensure_ascii=False, indent=2))
        return
    _dire(
        f"De {comparaison.ancienne} à {comparaison.nouvelle}, {perimetre_nomme(commune).option.removeprefix('--')} : "
        f"{_compter(len(comparaison.changements), 'valeur changée', 'valeurs changées')}."
    )
    if comparaison.changements.empty:
        return
    table = Table("Nature du changement", "Valeurs")
    for nature, nombre in comparaison.comptes.items():
        if nombre:
            table.add_row(NATURES[nature], ecrire_nombre(nombre))
    _sortie.print(table)
    grands = comparaison.plus_grands()
    if len(grands):
        _dire("Les plus grands mouvements :")
    for ligne in grands.to_dict("records"):
        _dire(f"  • {decrire_changement(comparaison, ligne)} – {NATURES[ligne['nature']]}")
    _dire_vraisemblance(comparaison)


def _dire_vraisemblance(comparaison: Comparaison) -> None:
    if comparaison.vraisemblable:
        _dire("Aucun mouvement invraisemblable.")
        return
    _dire("Invraisemblable, à vérifier :")
    for raison in raisons_invraisemblables(comparaison):
        _dire(f"  • {raison}")


def publier(chemins: Chemins, commune: str, edition: str, *, motif: str) -> None:
    """Publier une édition qui attend une validation."""
    publiee = publier_en_attente(chemins, commune, edition, version=__version__, motif=motif)
    _dire(f"Édition {publiee.identifiant} de {publiee.nom_commune} publiée.")


def revenir(chemins: Chemins, commune: str, edition: str, *, motif: str) -> None:
    """Remettre une édition antérieure en place."""
    remise = revenir_a(chemins, commune, edition, version=__version__, motif=motif)
    _dire(
        f"Édition {remise.identifiant} de {remise.nom_commune} remise en place ; aucune édition n’est effacée."
    )


def montrer_journal(chemins: Chemins, commune: str, *, en_json: bool) -> None:
    """Montrer le journal d’une ville et les éditions à valider."""
    if not lister_editions(chemins, commune):
        raise ErreurDemande(
            f"{perimetre_nomme(commune).sujet} n’a pas d’édition : son journal est vide. "
            f"Lancez « observatoire actualiser {perimetre_nomme(commune).option} »."
        )
    journal = lire_journal(chemins, commune)
    attente = editions_a_valider(chemins, commune)
    if en_json:
        contenu = {"code_commune": commune, **journal.en_json(), "a_valider": attente}
        typer.echo(json.dumps(contenu, ensure_ascii=False, indent=2))
        return
    table = Table()
    for titre in ("Quand (UTC)", "Qui", "Geste", "Édition", "Motif", "Version"):
        table.add_column(titre, no_wrap=titre in {"Quand (UTC)", "Édition"})
    for e in journal.entrees:
        quand = e.quand[:16].replace("T", " ")
        table.add_row(quand, e.qui, e.libelle, e.edition, e.motif, e.version)
    _sortie.print(table)
    if journal.lignes_abimees:
        numeros = ", ".join(str(n) for n in journal.lignes_abimees)
        _dire(
            f"Lignes illisibles, laissées de côté (écriture interrompue) : {numeros} de journal.jsonl."
        )
    for identifiant in attente:
        _dire(f"À valider : {identifiant}.")


def afficher_attente(compte_rendu: Any) -> None:
    """Dire qu’une édition attend une validation, pourquoi, et que faire."""
    edition = compte_rendu.edition
    option = perimetre_nomme(edition.code_commune).option
    _dire(
        f"Édition {edition.identifiant} de {edition.nom_commune} : À VALIDER. Elle n’est pas publiée ; "
        f"l’édition courante reste {compte_rendu.comparaison.ancienne}. Pourquoi :"
    )
    for raison in raisons_invraisemblables(compte_rendu.comparaison, _MAX_RAISONS):
        _dire(f"  • {raison}")
    _dire(f"Tout voir : observatoire comparer courante {edition.identifiant} {option}")
    publier_ainsi = f'observatoire publier {edition.identifiant} {option} --motif "…"'
    _dire(f"Publier : {publier_ainsi}")


def _compter(nombre: int, singulier: str, au_pluriel: str) -> str:
    return f"{ecrire_nombre(nombre)} {singulier if nombre < 2 else au_pluriel}"


def _dire(texte: str) -> None:
    _sortie.print(texte, highlight=False, soft_wrap=True, markup=False)
