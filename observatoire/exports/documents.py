"""Note, document et diaporama comme documents du registre : même contenu, trois mises en page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from observatoire.exports.demande import Contexte, Demande, Document
from observatoire.exports.tables import valeurs_citees

if TYPE_CHECKING:
    from observatoire.exports.choix import Choix
    from observatoire.exports.modele import Modele
    from observatoire.exports.structure import Contenu

__all__ = ["composer_choisi", "produire_diaporama", "produire_document", "produire_note"]


def produire_note(
    contexte: Contexte, demande: Demande, sortie: Path, document: str = ""
) -> Document:
    """Note PDF : voir :func:`observatoire.exports.note.ecrire_note`."""
    from observatoire.exports.note import ecrire_note

    return _produire(ecrire_note, contexte, demande, sortie, document)


def produire_document(
    contexte: Contexte, demande: Demande, sortie: Path, document: str = ""
) -> Document:
    """Document Word : voir :func:`observatoire.exports.document.ecrire_document`."""
    from observatoire.exports.document import ecrire_document

    return _produire(ecrire_document, contexte, demande, sortie, document)


def produire_diaporama(
    contexte: Contexte, demande: Demande, sortie: Path, document: str = ""
) -> Document:
    """Diaporama : voir :func:`observatoire.exports.diaporama.ecrire_diaporama`."""
    from observatoire.exports.diaporama import ecrire_diaporama

    return _produire(ecrire_diaporama, contexte, demande, sortie, document)


def composer_choisi(
    contexte: Contexte, demande: Demande, document: str = ""
) -> tuple[Contenu, Modele, Choix]:
    """Contenu commun à la note, au document et au diaporama, et le modèle de la ville.

    Raises
    ------
    ErreurDemande
        Si la demande ne convient pas à l’édition.
    """
    from observatoire.exports.choix import Choix
    from observatoire.exports.contenu import composer_contenu
    from observatoire.exports.modele import charger_modele

    modele = charger_modele(contexte.chemins, contexte.catalogue)
    choix = Choix(
        demande.quartiers,
        demande.themes,
        demande.reference,
        demande.indicateurs or modele.indicateurs,
    )
    contenu = composer_contenu(contexte.edition, contexte.catalogue, choix, identifiant=document)
    return contenu, modele, choix


def _produire(
    ecrire: Callable[[Contenu, Modele, Path], Path],
    contexte: Contexte,
    demande: Demande,
    sortie: Path,
    document: str,
) -> Document:
    from observatoire.exports.choix import lire_choix

    contenu, modele, choix = composer_choisi(contexte, demande, document)
    cites = {c.indicateur.id for c in contenu.tableau.colonnes}
    cites |= {r.chiffre.indicateur for p in contenu.profils for r in p.reperes}
    lignes = lire_choix(contexte.edition, contexte.catalogue, choix).lignes
    fichier = ecrire(contenu, modele, sortie)
    return Document((fichier,), valeurs_citees(lignes[lignes["indicateur"].isin(cites)]))
