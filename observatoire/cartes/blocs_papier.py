"""Blocs de lecture d’une page imprimée : chiffre de la ville, légende, textes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from observatoire.cartes import palettes
from observatoire.cartes.legende_papier import dessiner_legende
from observatoire.cartes.mise_en_page import Cadre, Feuille
from observatoire.cartes.modeles import VueCarte
from observatoire.cartes.typographie import FAMILLE_TITRE, Style, couper_lignes, largeur_texte
from observatoire.redaction import majuscule

__all__ = ["DENSITES", "Blocs", "Densite", "dessiner_textes"]

_ANNONCE = re.compile(r"^(Lecture|Précaution)\s*:\s*")


@dataclass(frozen=True, slots=True)
class Densite:
    """Cotes de la colonne, de la plus aérée à la plus serrée."""

    pas: float
    corps: float
    chiffre: float
    espace: float


DENSITES = (
    Densite(6.3, 9.0, 32, 8.0),
    Densite(5.8, 9.0, 28, 6.0),
    Densite(5.3, 8.5, 24, 5.0),
    Densite(4.8, 8.0, 20, 4.0),
    Densite(4.4, 7.5, 18, 3.5),
    Densite(4.0, 6.5, 16, 3.0),
    Densite(3.6, 5.5, 14, 2.5),
    Densite(3.3, 4.8, 12, 2.0),
    Densite(3.0, 4.2, 11, 1.5),
)


@dataclass(frozen=True, slots=True)
class Blocs:
    """Blocs de lecture, que l’on mesure puis que l’on pose."""

    feuille: Feuille
    vue: VueCarte
    rayon: float
    restes: tuple[str, ...]

    noms = ("chiffre", "legende", "textes")

    def mesurer(self, colonne: Cadre, densite: Densite) -> list[float]:
        """Hauteurs des blocs, en millimètres."""
        essai = replace(self, feuille=self.feuille.a_blanc())
        return [essai.dessiner(n, replace(colonne, y=0.0), densite) for n in self.noms]

    def dessiner(self, nom: str, cadre: Cadre, densite: Densite) -> float:
        """Dessiner un bloc en haut d’un cadre ; renvoyer sa hauteur."""
        if nom == "chiffre":
            bas = _dessiner_chiffre(self.feuille, self.vue, cadre, densite)
        elif nom == "legende":
            bas = dessiner_legende(
                self.feuille, self.vue, cadre,
                pas=densite.pas, corps=densite.corps, rayon=self.rayon,
            )  # fmt: skip
        else:
            bas = dessiner_textes(
                self.feuille,
                cadre,
                densite,
                lecture=self.vue.phrase_lecture,
                precaution=self.vue.precaution,
                numeros=" · ".join(f"{i}\u00a0{nom}" for i, nom in enumerate(self.restes, start=1)),
            )
        return bas - cadre.y


def _dessiner_chiffre(feuille: Feuille, vue: VueCarte, cadre: Cadre, densite: Densite) -> float:
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


def dessiner_textes(
    feuille: Feuille,
    cadre: Cadre,
    densite: Densite,
    *,
    lecture: str,
    precaution: str,
    numeros: str = "",
) -> float:
    """Phrase de lecture, précaution, quartiers numérotés."""
    tete = Style(densite.corps, palettes.ENCRE, 600)
    corps = Style(densite.corps, "#3c424f", interligne=1.36)
    parties = [
        ("Lecture", _sans_annonce(lecture)),
        ("Précaution", _sans_annonce(precaution)),
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
    return majuscule(nue)
