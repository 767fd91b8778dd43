"""Note, document et diaporama : un même contenu, trois mises en page, une seule écriture."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from observatoire.cartes.ecriture_papier import ecrire_entier
from observatoire.exports.demande import Contexte, Demande, Document
from observatoire.exports.tables import valeurs_citees

if TYPE_CHECKING:
    from observatoire.exports.choix import Choix
    from observatoire.exports.modele import Modele
    from observatoire.exports.structure import Contenu

__all__ = ["composer_choisi", "produire_diaporama", "produire_document", "produire_note"]


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


def _note(contenu: Contenu, modele: Modele) -> bytes:
    from observatoire.exports.note import composer_note

    return composer_note(contenu, modele)


def _document(contenu: Contenu, modele: Modele) -> bytes:
    from observatoire.exports.document import composer_document

    return composer_document(contenu, modele)


def _diaporama(contenu: Contenu, modele: Modele) -> bytes:
    from observatoire.exports.diaporama import composer_diaporama

    return composer_diaporama(contenu, modele)


def _produire(
    composer: Callable[[Contenu, Modele], bytes],
    contexte: Contexte,
    demande: Demande,
    sortie: Path,
    document: str = "",
) -> Document:
    from observatoire.exports.choix import lire_choix

    contenu, modele, choix = composer_choisi(contexte, demande, document)
    cites = {c.indicateur.id for c in contenu.tableau.colonnes}
    cites |= {r.chiffre.indicateur for p in contenu.profils for r in p.reperes}
    lignes = lire_choix(contexte.edition, contexte.catalogue, choix).lignes
    ecrire_entier(sortie, composer(contenu, modele))
    return Document((sortie,), valeurs_citees(lignes[lignes["indicateur"].isin(cites)]))


produire_note = partial(_produire, _note)
produire_document = partial(_produire, _document)
produire_diaporama = partial(_produire, _diaporama)
