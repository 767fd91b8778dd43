"""Note, document et diaporama comme documents du registre : même contenu, trois mises en page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from observatoire.exports.demande import Contexte, Demande, Document
from observatoire.exports.tables import valeurs_citees

if TYPE_CHECKING:
    from observatoire.exports.modele import Modele
    from observatoire.exports.structure import Contenu

__all__ = ["produire_diaporama", "produire_document", "produire_note"]


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


def _produire(
    ecrire: Callable[[Contenu, Modele, Path], Path],
    contexte: Contexte,
    demande: Demande,
    sortie: Path,
    document: str,
) -> Document:
    from observatoire.exports.choix import Choix, lire_choix
    from observatoire.exports.contenu import composer_contenu
    from observatoire.exports.modele import charger_modele

    edition, catalogue = contexte.edition, contexte.catalogue
    modele = charger_modele(contexte.chemins, catalogue)
    choix = Choix(
        demande.quartiers,
        demande.themes,
        demande.reference,
        demande.indicateurs or modele.indicateurs,
    )
    contenu = composer_contenu(edition, catalogue, choix, identifiant=document)
    cites = {c.indicateur.id for c in contenu.tableau.colonnes}
    cites |= {r.chiffre.indicateur for p in contenu.profils for r in p.reperes}
    lignes = lire_choix(edition, catalogue, choix).lignes
    fichier = ecrire(contenu, modele, sortie)
    return Document((fichier,), valeurs_citees(lignes[lignes["indicateur"].isin(cites)]))
