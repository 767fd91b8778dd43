"""Commandes « observatoire suivi » : gabarit, import, documents, historique."""

from __future__ import annotations

import getpass
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from observatoire.cli_affichage import annoncer
from observatoire.cli_options import Commune, Donnees, chemins_de
from observatoire.cli_ville import commune_de, dire
from observatoire.erreurs import ErreurDemande

if TYPE_CHECKING:
    from observatoire.chemins import Chemins
    from observatoire.suivi import CompteRenduSuivi, Vocabulaire

__all__ = ["suivi_contrat"]

suivi_contrat = typer.Typer(
    help="Suivi du contrat de ville : actions, financements, paroles d’habitants.",
    no_args_is_help=True,
)
_MAX_CHANGEMENTS = 20


class Piece(StrEnum):
    """Document du suivi : son nom au registre des exports."""

    PROGRAMME = "programme"
    RAPPORT = "rapport-annuel"


class FormatSuivi(StrEnum):
    """Format de fichier d’un document du suivi."""

    PDF = "pdf"
    XLSX = "xlsx"
    DOCX = "docx"


@suivi_contrat.command("modele")
def modele(
    contexte: typer.Context,
    sortie: Annotated[Path, typer.Option("--sortie", help="Classeur .xlsx à écrire.")],
    commune: Commune = None,
    donnees: Donnees = None,
) -> None:
    """Écrire le classeur à remplir, avec les quartiers et les indicateurs de la ville."""
    from observatoire.suivi import ecrire_classeur

    if sortie.suffix.lower() != ".xlsx":
        raise ErreurDemande(f"« {sortie.name} » : le gabarit est un classeur .xlsx.")
    chemins = chemins_de(contexte, donnees)
    vocabulaire, nom = _vocabulaire(chemins, commune_de(chemins, commune))
    ecrire_classeur(sortie, vocabulaire, nom_ville=nom)
    typer.echo(f"Écrit : {sortie} ({len(vocabulaire.quartiers)} quartiers prioritaires de {nom})")


@suivi_contrat.command("importer")
def importer(
    contexte: typer.Context,
    classeur: Annotated[Path, typer.Argument(help="Classeur .xlsx rempli.")],
    commune: Commune = None,
    remplacer: Annotated[
        bool, typer.Option("--remplacer", help="Retirer les actions absentes du classeur.")
    ] = False,
    donnees: Donnees = None,
) -> None:
    """Contrôler un classeur et mettre le suivi à jour ; dit ce qui a changé."""
    from observatoire.suivi import importer as importer_classeur

    chemins = chemins_de(contexte, donnees)
    code = commune_de(chemins, commune)
    vocabulaire, _ = _vocabulaire(chemins, code)
    compte_rendu = importer_classeur(
        chemins, classeur, vocabulaire, code_commune=code, auteur=_auteur(), remplacer=remplacer
    )
    _dire_import(compte_rendu)


@suivi_contrat.command("exporter")
# Ancien nom, gardé pour les scripts des villes.
@suivi_contrat.command("bilan", hidden=True)
def exporter(
    contexte: typer.Context,
    document: Annotated[
        Piece | None,
        typer.Option("--document", help="Programme par quartier, ou trame du rapport annuel."),
    ] = None,
    format_fichier: Annotated[
        FormatSuivi | None,
        typer.Option("--format", help="pdf ; xlsx pour le programme, docx pour le rapport."),
    ] = None,
    sortie: Annotated[
        Path | None, typer.Option("--sortie", help="Fichier à écrire ; ici, sous son nom, sinon.")
    ] = None,
    commune: Commune = None,
    qpv: Annotated[
        str | None, typer.Option("--qpv", help="Un seul quartier prioritaire (code).")
    ] = None,
    annee: Annotated[
        int | None,
        typer.Option("--annee", help="Une année ; sinon toutes, ou la dernière pour le rapport."),
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Seulement ce qui est marqué public.")
    ] = False,
    donnees: Donnees = None,
) -> None:
    """Écrire le programme par quartier (.pdf, .xlsx) ou la trame du rapport annuel (.docx, .pdf)."""
    from observatoire.exports.demande import Demande
    from observatoire.exports.production import (
        ouvrir_contexte,
        produire,
        verifier_destination,
    )

    chemins = chemins_de(contexte, donnees)
    code = commune_de(chemins, commune)
    extension = _extension(document, format_fichier, sortie)
    piece = document or (Piece.RAPPORT if extension == ".docx" else Piece.PROGRAMME)
    fichier = sortie or Path(f"{piece.value}-{qpv or code}{extension}")
    verifier_destination(piece.value, fichier)
    demande = Demande(
        quartiers=() if qpv is None else (qpv,),
        millesimes=() if annee is None else (annee,),
        public=public,
    )
    annoncer(produire(ouvrir_contexte(chemins, code), piece.value, demande, fichier))


def _extension(
    document: Piece | None, format_fichier: FormatSuivi | None, sortie: Path | None
) -> str:
    """Extension demandée, par « --format » ou par le nom du fichier ; le PDF sinon.

    Raises
    ------
    ErreurDemande
        Si les deux se contredisent, ou si le nom n’en a pas.
    """
    voulue = "" if format_fichier is None else f".{format_fichier.value}"
    if sortie is None:
        return voulue or (".docx" if document is Piece.RAPPORT else ".pdf")
    ecrite = sortie.suffix.lower()
    if ecrite not in {f".{f.value}" for f in FormatSuivi}:
        raise ErreurDemande(
            f"« {sortie.name} » : donnez un fichier .pdf ou .xlsx (programme), .docx ou .pdf (rapport)."
        )
    if voulue and voulue != ecrite:
        raise ErreurDemande(
            f"« {sortie.name} » n’est pas un fichier {voulue} : accordez --sortie et --format."
        )
    return ecrite


@suivi_contrat.command("historique")
def historique(contexte: typer.Context, commune: Commune = None, donnees: Donnees = None) -> None:
    """Dire ce que chaque import a changé, du plus récent au plus ancien."""
    from observatoire.suivi import lire_historique

    chemins = chemins_de(contexte, donnees)
    lignes = lire_historique(chemins, commune_de(chemins, commune))
    if not lignes:
        typer.echo("Aucun import.")
    for (quand, auteur, fichier), siennes in groupby(
        lignes, key=lambda r: (r["importe_le"], r["auteur"], r["fichier"])
    ):
        typer.echo(f"{quand:%d/%m/%Y %H:%M}  {auteur or '?'}  {fichier or 'sans classeur'}")
        for r in siennes:
            change = _dire_changement(r["avant"], r["apres"])
            typer.echo(f"    {r['objet']} {r['identifiant']}, {r['champ']} : {change}")


@suivi_contrat.command("effacer")
def effacer(
    contexte: typer.Context,
    paroles: Annotated[list[str], typer.Argument(help="Numéros des paroles à effacer.")],
    commune: Commune = None,
    donnees: Donnees = None,
) -> None:
    """Effacer des paroles d’habitants avant leur terme, quand une personne le demande."""
    from observatoire.suivi import effacer_paroles

    chemins = chemins_de(contexte, donnees)
    effacer_paroles(chemins, commune_de(chemins, commune), paroles, auteur=_auteur())
    typer.echo(f"Effacé : {', '.join(paroles)}. Retirez-les aussi de votre classeur.")


@suivi_contrat.command("purger")
def purger(contexte: typer.Context, commune: Commune = None, donnees: Donnees = None) -> None:
    """Effacer les paroles d’habitants plus anciennes que la durée de conservation."""
    from observatoire.suivi import purger as purger_notes

    chemins = chemins_de(contexte, donnees)
    nombre = purger_notes(chemins, commune_de(chemins, commune), auteur=_auteur())
    typer.echo(f"{nombre} note(s) effacée(s).")


def _vocabulaire(chemins: Chemins, code: str) -> tuple[Vocabulaire, str]:
    from observatoire.catalogue import charger_catalogue
    from observatoire.editions import edition_consultable
    from observatoire.suivi import lire_reglages, vocabulaire_de

    edition = edition_consultable(chemins, code)
    catalogue = charger_catalogue(*chemins.catalogues)
    return vocabulaire_de(edition, catalogue, lire_reglages(chemins.racine)), edition.nom_commune


def _auteur() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _dire_changement(avant: str, apres: str) -> str:
    """« avant » → « après » ; ce qui n’était pas connu n’est pas montré comme un texte vide."""
    apres = f"« {apres} »" if apres else "rien"
    return f"« {avant} » → {apres}" if avant else apres


def _dire_import(compte_rendu: CompteRenduSuivi) -> None:
    typer.echo(
        f"{len(compte_rendu.ajouts)} action(s) ajoutée(s), {len(compte_rendu.modifies)} modifiée(s), "
        f"{compte_rendu.inchanges} inchangée(s) ; {compte_rendu.notes} note(s) d’habitants."
    )
    for identifiant, changements in compte_rendu.modifies.items():
        for c in changements[:_MAX_CHANGEMENTS]:
            typer.echo(f"  {identifiant}, {c.champ} : {_dire_changement(c.avant, c.apres)}")
        if len(changements) > _MAX_CHANGEMENTS:
            typer.echo(
                f"  {identifiant} : … et {len(changements) - _MAX_CHANGEMENTS} autres changements"
            )
    if compte_rendu.absents:
        sort = "retirées" if compte_rendu.retires else "gardées (--remplacer les retire)"
        typer.echo(f"Absentes du classeur, {sort} : {', '.join(compte_rendu.absents)}")
    if compte_rendu.purgees:
        typer.echo(f"{compte_rendu.purgees} note(s) effacée(s) : durée de conservation dépassée.")
    dire(compte_rendu.avertissements)
