"""En-tête et pied d’une page imprimée : message, source, édition, identifiant du document."""

from __future__ import annotations

from dataclasses import dataclass

from observatoire.cartes import palettes
from observatoire.cartes.francais import typographier
from observatoire.cartes.mise_en_page import Cadre, Feuille
from observatoire.cartes.modeles import VueCarte
from observatoire.cartes.typographie import (
    FAMILLE_TITRE,
    Style,
    couper_lignes,
    equilibrer_lignes,
    largeur_texte,
)
from observatoire.redaction import FINE

__all__ = ["Page", "dessiner_entete", "dessiner_pied", "page_d_une_vue"]

_SURTITRE = Style(7.5, "#9a5a1f", 600)
_SOUS_TITRE = Style(11, palettes.TEXTE_SECOND)
_SOURCE = Style(7.5, palettes.TEXTE_SECOND, interligne=1.3)
_BANDEAU = Style(7.5, "#6b3510", 600)
_CORPS_TITRE = (21.0, 19.0, 17.0, 15.0, 13.0)
_HAUTEUR_COURTE = 180.0
"""Sur une page plus basse, une diapositive, le titre laisse la place à la carte."""
_TEXTE_BANDEAU = "Ville fictive : données inventées pour la démonstration"
_LICENCE = "Données sous Licence Ouverte 2.0."


@dataclass(frozen=True, slots=True)
class Page:
    """Ce qu’une page dit d’elle-même, hors de ses cartes."""

    titre: str
    sous_titre: str
    nom_ville: str
    est_fictive: bool
    source: str
    edition: str
    document: str = ""
    """Identifiant du document au registre des exports ; vide pour un essai."""


def page_d_une_vue(vue: VueCarte, document: str = "") -> Page:
    """Page d’une seule carte."""
    return Page(
        titre=vue.titre,
        sous_titre=vue.sous_titre,
        nom_ville=vue.nom_ville,
        est_fictive=vue.est_fictive,
        source=vue.source,
        edition=vue.edition,
        document=document,
    )


def dessiner_entete(feuille: Feuille, page: Page) -> float:
    """Surtitre, titre, sous-titre ; renvoie l’ordonnée où commence la suite."""
    marge = feuille.marge
    largeur = feuille.largeur - 2 * marge
    base = marge + _SURTITRE.hauteur_capitale
    feuille.ecrire(marge, base, f"Observatoire des quartiers · {page.nom_ville}", _SURTITRE)
    if page.est_fictive:
        texte = largeur_texte(_TEXTE_BANDEAU, _BANDEAU)
        cadre = Cadre(feuille.largeur - marge - texte - 6, base - 4.1, texte + 6, 5.8)
        feuille.rectangle(cadre, "#f8e6cb", rayon=1.2)
        feuille.ecrire(cadre.x + 3, base, _TEXTE_BANDEAU, _BANDEAU)
    corps = _CORPS_TITRE if feuille.hauteur > _HAUTEUR_COURTE else _CORPS_TITRE[1:]
    lignes, style = _couper_titre(page.titre, largeur, corps)
    y = feuille.paragraphe(marge, base + 5.2, lignes, style)
    sous_titre = couper_lignes(page.sous_titre, _SOUS_TITRE, largeur)
    y = feuille.paragraphe(marge, y + 5.4, sous_titre, _SOUS_TITRE)
    return y + 5.6


def _couper_titre(titre: str, largeur: float, permis: tuple[float, ...]) -> tuple[list[str], Style]:
    """Titre en deux lignes si possible, dans le plus grand corps qui le permet."""
    for corps in permis:
        style = Style(corps, palettes.ENCRE, 600, FAMILLE_TITRE, interligne=1.2)
        lignes = equilibrer_lignes(titre, style, largeur)
        if len(lignes) <= 2:
            break
    return lignes, style


def dessiner_pied(feuille: Feuille, page: Page) -> float:
    """Source, licence, édition, document, sur la marge basse ; renvoie le bas de la carte."""
    marge = feuille.marge
    a_droite = _lignes_de_droite(page)
    droite = max(largeur_texte(ligne, _SOURCE) for ligne in a_droite)
    largeur = feuille.largeur - 2 * marge
    lignes = couper_lignes(typographier(_texte_source(page)), _SOURCE, largeur - droite - 12)
    nombre = max(len(lignes), len(a_droite))
    y = feuille.hauteur - marge + 2.0 - (nombre - 1) * _SOURCE.pas - _SOURCE.hauteur_capitale
    feuille.paragraphe(marge, y, lignes, _SOURCE)
    feuille.paragraphe(feuille.largeur - marge, y, a_droite, _SOURCE, alignement="right")
    return y - 4.2


def _lignes_de_droite(page: Page) -> list[str]:
    nommee = page.edition.lower().startswith("édition")
    edition = page.edition if nommee else f"Édition {page.edition}"
    edition = f"{edition} · ville fictive" if page.est_fictive else edition
    return [edition, f"Document {page.document}"] if page.document else [edition]


def _texte_source(page: Page) -> str:
    source = page.source.strip()
    if not source.lower().startswith(("source", "données")):
        source = f"Sources{FINE}: {source}"
    if page.est_fictive or "licence" in source.lower():
        return source
    fin = " .;" + FINE
    return f"{source.rstrip(fin)}. {_LICENCE}"
