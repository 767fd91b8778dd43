"""Carte imprimée : une page composée à partir d’une vue, sans aucun calcul statistique.

La page suit une grille : surtitre, titre qui énonce le message, sous-titre ; la carte ;
le chiffre de la ville, la légende, la phrase de lecture et la précaution ; la source.
Tout texte est mesuré avant d’être posé : s’il est long, la page se resserre, jamais il
ne déborde.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from matplotlib.figure import Figure

from observatoire.cartes import palettes
from observatoire.cartes.fond_papier import CarteCadree, cadrer, dessiner_couches, rayon_maximal
from observatoire.cartes.legende_papier import dessiner_legende
from observatoire.cartes.mise_en_page import Cadre, Feuille, creer_feuille, reglages
from observatoire.cartes.modeles import VueCarte
from observatoire.cartes.noms_papier import coin_libre, dessiner_noms
from observatoire.cartes.typographie import (
    FAMILLE_TITRE,
    Style,
    couper_lignes,
    equilibrer_lignes,
    largeur_texte,
)
from observatoire.redaction import FINE

__all__ = ["dessiner_carte"]

_MARGE = 13.0
_GOUTTIERE = 9.0
_COLONNE = 71.0
_BANDE_ECHELLE = 11.0
_SURTITRE = Style(7.5, "#9a5a1f", 600)
_SOUS_TITRE = Style(11, palettes.TEXTE_SECOND)
_SOURCE = Style(7.5, palettes.TEXTE_SECOND, interligne=1.3)
_BANDEAU = Style(7.5, "#6b3510", 600)
_CORPS_TITRE = (21.0, 19.0, 17.0, 15.0, 13.0)
_ANNONCE = re.compile(r"^(Lecture|Précaution)\s*:\s*")
_TEXTE_BANDEAU = "Ville fictive : données inventées pour la démonstration"
_LICENCE = "Données sous Licence Ouverte 2.0."


@dataclass(frozen=True, slots=True)
class _Densite:
    """Cotes de la colonne, de la plus aérée à la plus serrée."""

    pas: float
    corps: float
    chiffre: float
    espace: float


_DENSITES = (
    _Densite(6.3, 9.0, 32, 8.0),
    _Densite(5.8, 9.0, 28, 6.0),
    _Densite(5.3, 8.5, 24, 5.0),
    _Densite(4.8, 8.0, 20, 4.0),
    _Densite(4.4, 7.5, 18, 3.5),
    _Densite(4.0, 6.5, 16, 3.0),
    _Densite(3.6, 5.5, 14, 2.5),
)


def dessiner_carte(
    vue: VueCarte, *, format_page: str = "A4", orientation: str = "paysage"
) -> Figure:
    """Composer la page d’une carte.

    Parameters
    ----------
    vue : VueCarte
        Carte prête à dessiner.
    format_page : {"A4", "A3"}
        Format de la feuille ; l’A3 est l’A4 agrandi.
    orientation : {"paysage", "portrait"}
        Sens de la feuille.

    Returns
    -------
    matplotlib.figure.Figure
        Figure indépendante de ``pyplot``, à 300 points par pouce.

    Raises
    ------
    ErreurDemande
        Si le format ou l’orientation est inconnu.
    """
    with reglages():
        feuille = creer_feuille(format_page, orientation)
        haut = _dessiner_entete(feuille, vue)
        bas = _dessiner_pied(feuille, vue)
        libre = Cadre(_MARGE, haut, feuille.largeur - 2 * _MARGE, bas - haut)
        composer = _composer_paysage if orientation == "paysage" else _composer_portrait
        composer(feuille, vue, libre)
        return feuille.figure


def _dessiner_entete(feuille: Feuille, vue: VueCarte) -> float:
    """Surtitre, titre, sous-titre ; renvoie l’ordonnée où commence la carte."""
    largeur = feuille.largeur - 2 * _MARGE
    base = _MARGE + _SURTITRE.hauteur_capitale
    feuille.ecrire(_MARGE, base, f"Observatoire des quartiers · {vue.nom_ville}", _SURTITRE)
    if vue.est_fictive:
        texte = largeur_texte(_TEXTE_BANDEAU, _BANDEAU)
        cadre = Cadre(feuille.largeur - _MARGE - texte - 6, base - 4.1, texte + 6, 5.8)
        feuille.rectangle(cadre, "#f8e6cb", rayon=1.2)
        feuille.ecrire(cadre.x + 3, base, _TEXTE_BANDEAU, _BANDEAU)
    lignes, style = _couper_titre(vue.titre, largeur)
    y = feuille.paragraphe(_MARGE, base + 5.2, lignes, style)
    sous_titre = couper_lignes(vue.sous_titre, _SOUS_TITRE, largeur)
    y = feuille.paragraphe(_MARGE, y + 5.4, sous_titre, _SOUS_TITRE)
    return y + 5.6


def _couper_titre(titre: str, largeur: float) -> tuple[list[str], Style]:
    """Titre en deux lignes si possible, dans le plus grand corps qui le permet."""
    for corps in _CORPS_TITRE:
        style = Style(corps, palettes.ENCRE, 600, FAMILLE_TITRE, interligne=1.2)
        lignes = equilibrer_lignes(titre, style, largeur)
        if len(lignes) <= 2:
            break
    return lignes, style


def _dessiner_pied(feuille: Feuille, vue: VueCarte) -> float:
    """Source, licence, édition, posées sur la marge basse ; renvoie le bas de la carte."""
    edition = vue.edition if vue.edition.lower().startswith("édition") else f"Édition {vue.edition}"
    edition = f"{edition} · ville fictive" if vue.est_fictive else edition
    droite = largeur_texte(edition, _SOURCE)
    largeur = feuille.largeur - 2 * _MARGE
    lignes = couper_lignes(_texte_source(vue), _SOURCE, largeur - droite - 12)
    y = feuille.hauteur - _MARGE + 2.0 - (len(lignes) - 1) * _SOURCE.pas - _SOURCE.hauteur_capitale
    feuille.paragraphe(_MARGE, y, lignes, _SOURCE)
    base = y + _SOURCE.hauteur_capitale
    feuille.ecrire(feuille.largeur - _MARGE, base, edition, _SOURCE, alignement="right")
    return y - 4.2


def _texte_source(vue: VueCarte) -> str:
    source = vue.source.strip()
    if not source.lower().startswith(("source", "données")):
        source = f"Sources{FINE}: {source}"
    if vue.est_fictive or "licence" in source.lower():
        return source
    fin = " .;" + FINE
    return f"{source.rstrip(fin)}. {_LICENCE}"


def _composer_paysage(feuille: Feuille, vue: VueCarte, libre: Cadre) -> None:
    """Carte à gauche sur près des trois quarts, colonne de lecture à droite."""
    cadre = replace(libre, largeur=libre.largeur - _COLONNE - _GOUTTIERE)
    colonne = Cadre(cadre.droite + _GOUTTIERE, libre.y, _COLONNE, libre.hauteur)
    carte = _cadrer(vue, cadre)
    restes = _dessiner_carte_seule(feuille, vue, carte)
    blocs = _Blocs(feuille, vue, _rayon(vue, carte), tuple(restes))
    for densite in _DENSITES:
        hauteurs = blocs.mesurer(colonne, densite)
        vide = colonne.hauteur - sum(hauteurs)
        if vide >= densite.espace * (len(hauteurs) - 1):
            break
    chiffre, legende, textes = hauteurs
    # La légende suit le chiffre ; les textes finissent avec la carte, sur la même ligne.
    espace = min(max(vide / 2, 1.0), 1.5 * densite.espace)
    blocs.dessiner("chiffre", colonne, densite)
    blocs.dessiner("legende", replace(colonne, y=colonne.y + chiffre + espace), densite)
    suite = colonne.y + chiffre + espace + legende + 1.0
    blocs.dessiner("textes", replace(colonne, y=max(colonne.bas - textes, suite)), densite)


def _composer_portrait(feuille: Feuille, vue: VueCarte, libre: Cadre) -> None:
    """Carte en haut, deux colonnes dessous : le chiffre et les textes, la légende."""
    largeur = (libre.largeur - _GOUTTIERE) / 2
    gauche = Cadre(libre.x, 0, largeur, 0)
    droite = Cadre(libre.x + largeur + _GOUTTIERE, 0, largeur, 0)
    essai = _Blocs(feuille, vue, 8.0, ())
    for densite in _DENSITES:
        chiffre, legende, textes = essai.mesurer(gauche, densite)
        besoin = max(chiffre + densite.espace + textes, legende)
        if libre.hauteur - besoin - _GOUTTIERE >= 0.64 * libre.hauteur:
            break
    carte = _cadrer(vue, replace(libre, hauteur=libre.hauteur - besoin - _GOUTTIERE))
    restes = _dessiner_carte_seule(feuille, vue, carte)
    blocs = _Blocs(feuille, vue, _rayon(vue, carte), tuple(restes))
    y = carte.cadre.bas + _GOUTTIERE
    blocs.dessiner("chiffre", replace(gauche, y=y), densite)
    blocs.dessiner("textes", replace(gauche, y=y + chiffre + densite.espace), densite)
    blocs.dessiner("legende", replace(droite, y=y), densite)


def _cadrer(vue: VueCarte, cadre: Cadre) -> CarteCadree:
    """Cadrer la ville ; si elle occupe tous les coins, laisser dessous une bande à l’échelle."""
    carte = cadrer(vue, cadre)
    return carte if coin_libre(carte)[1] else cadrer(vue, cadre, bande=_BANDE_ECHELLE)


def _dessiner_carte_seule(feuille: Feuille, vue: VueCarte, carte: CarteCadree) -> list[str]:
    dessiner_couches(feuille, vue, carte)
    return dessiner_noms(feuille, vue, carte)


def _rayon(vue: VueCarte, carte: CarteCadree) -> float:
    if not vue.est_stock:
        return 0.0
    return rayon_maximal(carte, vue.zones["rayon_relatif"].to_numpy(dtype=float))


@dataclass(frozen=True, slots=True)
class _Blocs:
    """Blocs de lecture, que l’on mesure puis que l’on pose."""

    feuille: Feuille
    vue: VueCarte
    rayon: float
    restes: tuple[str, ...]

    noms = ("chiffre", "legende", "textes")

    def mesurer(self, colonne: Cadre, densite: _Densite) -> list[float]:
        """Hauteurs des blocs, en millimètres."""
        essai = replace(self, feuille=self.feuille.a_blanc())
        return [essai.dessiner(n, replace(colonne, y=0.0), densite) for n in self.noms]

    def dessiner(self, nom: str, cadre: Cadre, densite: _Densite) -> float:
        """Dessiner un bloc en haut d’un cadre ; renvoyer sa hauteur."""
        if nom == "chiffre":
            bas = _dessiner_chiffre(self.feuille, self.vue, cadre, densite)
        elif nom == "legende":
            bas = dessiner_legende(
                self.feuille, self.vue, cadre,
                pas=densite.pas, corps=densite.corps, rayon=self.rayon,
            )  # fmt: skip
        else:
            bas = _dessiner_textes(self.feuille, self.vue, cadre, densite, self.restes)
        return bas - cadre.y


def _dessiner_chiffre(feuille: Feuille, vue: VueCarte, cadre: Cadre, densite: _Densite) -> float:
    """Chiffre de la ville, en grand sur un fond chaud."""
    air = 4.0
    largeur = cadre.largeur - 2 * air
    petit = Style(densite.corps, palettes.TEXTE_SECOND)
    chiffre = Style(densite.chiffre, palettes.ENCRE, 600, FAMILLE_TITRE)
    while largeur_texte(vue.texte_ville, chiffre) > largeur and chiffre.corps > 8:
        chiffre = replace(chiffre, corps=chiffre.corps - 2)
    nom = couper_lignes(vue.nom_ville, petit, largeur)
    complement = couper_lignes(vue.complement_ville, petit, largeur)
    ensemble = feuille.a_blanc()
    for surface in (ensemble, feuille):
        y = surface.paragraphe(cadre.x + air, cadre.y + air, nom, petit)
        y = surface.paragraphe(cadre.x + air, y + 3.0, [vue.texte_ville], chiffre)
        y = surface.paragraphe(cadre.x + air, y + 3.2, complement, petit)
        bas = y + air
        if surface is ensemble:
            feuille.rectangle(replace(cadre, hauteur=bas - cadre.y), palettes.PANNEAU)
    return bas


def _dessiner_textes(
    feuille: Feuille, vue: VueCarte, cadre: Cadre, densite: _Densite, restes: tuple[str, ...]
) -> float:
    """Phrase de lecture, précaution, quartiers numérotés."""
    tete = Style(densite.corps, palettes.ENCRE, 600)
    corps = Style(densite.corps, "#3c424f", interligne=1.36)
    numeros = " · ".join(f"{i}\u00a0{nom}" for i, nom in enumerate(restes, start=1))
    parties = [
        ("Lecture", _sans_annonce(vue.phrase_lecture)),
        ("Précaution", _sans_annonce(vue.precaution)),
        ("Quartiers numérotés", numeros),
    ]
    y = cadre.y
    for titre, texte in parties:
        if not texte:
            continue
        if y > cadre.y:
            y += 3.6
        y = feuille.paragraphe(cadre.x, y, [titre], tete)
        y = feuille.paragraphe(cadre.x, y + 2.0, couper_lignes(texte, corps, cadre.largeur), corps)
    return y


def _sans_annonce(phrase: str) -> str:
    """Phrase sans « Lecture : », que porte déjà l’intertitre, et avec sa majuscule."""
    nue = _ANNONCE.sub("", phrase.strip())
    return nue[:1].upper() + nue[1:]
