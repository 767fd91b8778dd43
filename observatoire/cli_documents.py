"""Commandes ``exporter note``, ``exporter document`` et ``exporter diaporama``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from observatoire.chemins import VARIABLE_RACINE, Chemins

if TYPE_CHECKING:
    from observatoire.exports.contenu import Contenu
    from observatoire.exports.modele import Modele

__all__ = ["ajouter_documents"]

Commune = Annotated[
    str,
    typer.Option(
        "--commune", help="Code officiel de la commune (5 caractères), par exemple 38185."
    ),
]
Quartiers = Annotated[
    list[str] | None,
    typer.Option("--qpv", help="Code d’un quartier prioritaire ; répétable. Tous par défaut."),
]
Themes = Annotated[
    list[str] | None,
    typer.Option(
        "--theme", help="Thème des indicateurs ; répétable. Les indicateurs phares sinon."
    ),
]
Reference = Annotated[
    str, typer.Option("--reference", help="Référence des écarts : ville, ville_hors_qpv…")
]
Donnees = Annotated[
    Path | None,
    typer.Option(
        "--donnees", help="Dossier des données de l’observatoire.", envvar=VARIABLE_RACINE, show_envvar=True
    ),
]  # fmt: skip
Pdf = Annotated[Path, typer.Option("--sortie", help="Fichier .pdf.")]
Docx = Annotated[Path, typer.Option("--sortie", help="Fichier .docx.")]
Pptx = Annotated[Path, typer.Option("--sortie", help="Fichier .pptx.")]
Ecrivain = Callable[["Contenu", "Modele", Path], Path]


def ajouter_documents(exporter: typer.Typer) -> None:
    """Ajouter les trois commandes à ``observatoire exporter``."""
    exporter.command("note")(note)
    exporter.command("document")(document)
    exporter.command("diaporama")(diaporama)


def note(
    contexte: typer.Context,
    commune: Commune,
    sortie: Pdf,
    qpv: Quartiers = None,
    theme: Themes = None,
    reference: Reference = "ville",
    donnees: Donnees = None,
) -> None:
    """Composer la note PDF d’une ville : synthèse, carte, tableau des écarts, profils, méthode."""
    from observatoire.exports.note import ecrire_note

    _produire(contexte, ecrire_note, commune, sortie, qpv, theme, reference, donnees)


def document(
    contexte: typer.Context,
    commune: Commune,
    sortie: Docx,
    qpv: Quartiers = None,
    theme: Themes = None,
    reference: Reference = "ville",
    donnees: Donnees = None,
) -> None:
    """Composer le même contenu en document Word, que l’on peut reprendre."""
    from observatoire.exports.document import ecrire_document

    _produire(contexte, ecrire_document, commune, sortie, qpv, theme, reference, donnees)


def diaporama(
    contexte: typer.Context,
    commune: Commune,
    sortie: Pptx,
    qpv: Quartiers = None,
    theme: Themes = None,
    reference: Reference = "ville",
    donnees: Donnees = None,
) -> None:
    """Composer un diaporama : un message par diapositive, graphiques modifiables."""
    from observatoire.exports.diaporama import ecrire_diaporama

    _produire(contexte, ecrire_diaporama, commune, sortie, qpv, theme, reference, donnees)


def _produire(
    contexte: typer.Context,
    ecrire: Ecrivain,
    commune: str,
    sortie: Path,
    qpv: list[str] | None,
    theme: list[str] | None,
    reference: str,
    donnees: Path | None,
) -> None:
    from observatoire.catalogue import charger_catalogue
    from observatoire.editions import edition_consultable
    from observatoire.exports.choix import Choix
    from observatoire.exports.contenu import composer_contenu
    from observatoire.exports.modele import charger_modele
    from observatoire.exports.sortie import verifier_sortie

    # Un dossier qui manque se dit avant le travail, pas après.
    verifier_sortie(sortie, sortie.suffix.lower())
    chemins = Chemins.depuis(donnees if donnees is not None else contexte.obj)
    catalogue = charger_catalogue(*chemins.catalogues)
    modele = charger_modele(chemins, catalogue)
    edition = edition_consultable(chemins, commune)
    choix = Choix(tuple(qpv or ()), tuple(theme or ()), reference, modele.indicateurs)
    contenu = composer_contenu(edition, catalogue, choix)
    fichier = ecrire(contenu, modele, sortie)
    typer.echo(f"Écrit : {fichier} (document {contenu.identifiant}, édition {contenu.edition})")
