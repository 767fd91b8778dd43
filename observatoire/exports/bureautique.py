"""Ce que Word et PowerPoint ont en commun : propriétés du fichier, entrées d’une légende de carte."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from observatoire.cartes import palettes
from observatoire.cartes.legende_papier import contours_dessines
from observatoire.cartes.modeles import Aspect, Legende, VueCarte
from observatoire.exports.modele import Modele
from observatoire.exports.structure import Identite
from observatoire.redaction import FINE, majuscule

__all__ = ["dire_contours", "entrees_de_legende", "remplir_proprietes"]


def remplir_proprietes(proprietes: Any, contenu: Identite, modele: Modele) -> None:
    """Titre, auteur, langue, édition et identifiant du fichier.

    Parameters
    ----------
    proprietes : docx.opc.coreprops.CoreProperties or pptx.opc.package.CorePropertiesPart
    contenu : Identite
    modele : Modele
    """
    proprietes.title = contenu.nom_document
    proprietes.author = proprietes.last_modified_by = modele.service
    proprietes.subject = contenu.titre
    proprietes.language = "fr-FR"
    proprietes.keywords = f"QPV, {contenu.nom_ville}, édition {contenu.edition}"
    proprietes.comments = f"Document {contenu.identifiant}"
    # La date de l’édition, et non celle du jour : le même export donne les mêmes octets.
    instant = datetime.fromisoformat(contenu.publiee_le).replace(tzinfo=None)
    proprietes.created = proprietes.modified = instant


def dire_contours(vue: VueCarte) -> str:
    """« Trait épais bleu nuit : quartier prioritaire… ; trait gris : limite de secteur. », ou rien."""
    traits = [
        f"{'trait épais bleu nuit' if quartier else 'trait gris'}{FINE}: {libelle}"
        for libelle, quartier in contours_dessines(vue)
    ]
    return f"{majuscule(f'{FINE}; '.join(traits))}." if traits else ""


def entrees_de_legende(
    legende: Legende, motifs: Mapping[Aspect, str]
) -> list[tuple[str, str, str, int]]:
    """Couleur, trame du logiciel ou rien, libellé et effectif de chaque ligne d’une légende."""
    classes = [(c.couleur, "", c.libelle, c.effectif) for c in legende.classes]
    aspects = [
        (palettes.FOND_ASPECT[a], motifs.get(a, ""), a.libelle, n)
        for a, n in legende.aspects
        if n and a is not Aspect.VALEUR
    ]
    return [*classes, *aspects]
