"""La commande ``registre`` : documents faits, et ceux qui citent une valeur changée."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from observatoire.chemins import Chemins
from observatoire.cli_affichage import annoncer, console, console_erreurs, echapper
from observatoire.cli_options import Donnees, chemins_de
from observatoire.erreurs import ErreurDemande

if TYPE_CHECKING:
    from observatoire.exports.perimes import DocumentPerime

__all__ = ["registre"]


def registre(
    contexte: typer.Context,
    commune: Annotated[
        str | None, typer.Option("--commune", help="Code officiel de la commune (5 caractères).")
    ] = None,
    epci: Annotated[
        str | None, typer.Option("--epci", help="SIREN de l’intercommunalité (9 chiffres).")
    ] = None,
    depuis_actualisation: Annotated[
        bool,
        typer.Option(
            "--depuis-actualisation",
            help="Seulement les documents qui citent une valeur changée dans l’édition courante.",
        ),
    ] = False,
    refaire: Annotated[
        Path | None, typer.Option("--refaire", help="Refaire ces documents dans un dossier.")
    ] = None,
    en_json: Annotated[
        bool, typer.Option("--json", help="Sortie lisible par un programme.")
    ] = False,
    donnees: Donnees = None,
) -> None:
    """Dire quels documents ont été faits, de quelle édition, et lesquels citent des valeurs changées."""
    if refaire is not None and not depuis_actualisation:
        raise ErreurDemande("« --refaire » va avec « --depuis-actualisation ».")
    chemins = chemins_de(contexte, donnees)
    code = None
    if commune is not None or epci is not None:
        from observatoire.cli_perimetre import code_demande

        code = code_demande(commune, epci)
    if depuis_actualisation:
        _montrer_perimes(chemins, code, refaire, en_json=en_json)
    else:
        _montrer_registre(chemins, code, en_json=en_json)


def _montrer_registre(chemins: Chemins, code: str | None, *, en_json: bool) -> None:
    from observatoire.exports.registre import lire_registre

    lu = lire_registre(chemins)
    if code is not None:
        lu = lu.de_la_ville(code)
    if en_json:
        contenu = {
            "documents": [asdict(i) for i in lu.inscriptions],
            "lignes_abimees": list(lu.lignes_abimees),
        }
        typer.echo(json.dumps(contenu, ensure_ascii=False, indent=2))
        return
    for i in lu.inscriptions:
        noms = ", ".join(i.fichiers)
        console.print(
            f"{i.identifiant}  {i.quand[:16].replace('T', ' ')}  {i.format}  "
            f"{echapper(i.nom_commune)} ({i.code_commune})  édition {i.edition}  "
            f"{i.valeurs} valeurs  {echapper(noms)}",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    if not lu.inscriptions:
        console.print("Aucun document au registre.")
    _prevenir_lignes(lu.lignes_abimees)


def _prevenir_lignes(abimees: tuple[int, ...]) -> None:
    if abimees:
        numeros = ", ".join(map(str, abimees))
        console_erreurs.print(
            f"Lignes illisibles du registre, laissées de côté : {numeros}.", highlight=False
        )


def _montrer_perimes(
    chemins: Chemins, code: str | None, dossier: Path | None, *, en_json: bool
) -> None:
    from observatoire.exports.perimes import documents_perimes, refaire

    perimes, fautes = documents_perimes(chemins, code)
    if en_json:
        contenu = {
            "documents": [
                {
                    **asdict(p.inscription),
                    "edition_actuelle": p.edition_actuelle,
                    "changements": json.loads(p.changements.to_json(orient="records")),
                }
                for p in perimes
            ],
            "fautes": [str(f) for f in fautes],
        }
        typer.echo(json.dumps(contenu, ensure_ascii=False, indent=2))
    else:
        for perime in perimes:
            _decrire_perime(perime)
        if not perimes:
            console.print("Aucun document ne cite de valeur changée.")
    for faute in fautes:
        console_erreurs.print(echapper(str(faute)), highlight=False, soft_wrap=True)
    if dossier is not None and perimes:
        for production in refaire(chemins, perimes, dossier):
            if not en_json:
                annoncer(production)


_MAX_LIGNES = 12


def _decrire_perime(perime: DocumentPerime) -> None:
    inscription, table = perime.inscription, perime.changements
    console.print(
        f"{inscription.identifiant}  {inscription.format}, {echapper(', '.join(inscription.fichiers))} : "
        f"{len(table)} valeurs changées depuis l’édition {inscription.edition} "
        f"(courante : {perime.edition_actuelle})",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    for ligne in table.head(_MAX_LIGNES).to_dict("records"):
        console.print(
            f"    {echapper(str(ligne['nom']))}, {ligne['indicateur']} {ligne['millesime']} : "
            f"{_dire(ligne['valeur'], ligne['statut'])} → "
            f"{_dire(ligne['valeur_actuelle'], ligne['statut_actuel'])}",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    if len(table) > _MAX_LIGNES:
        console.print(f"    … et {len(table) - _MAX_LIGNES} autres (--json les donne toutes).")


def _dire(valeur: float, statut: str) -> str:
    from observatoire.domaine import Statut
    from observatoire.redaction import ecrire_nombre

    if not math.isnan(valeur):
        return ecrire_nombre(valeur, 2)
    connus = {s.value: s.libelle for s in Statut}
    return connus.get(statut, "disparue de l’édition")
