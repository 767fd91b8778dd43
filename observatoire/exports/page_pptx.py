"""Une page de diaporama : cadre, titre, textes, cellules ; les cotes sont en millimètres."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.presentation import Presentation
from pptx.slide import Slide, SlideLayout
from pptx.util import Emu, Mm, Pt

from observatoire.cartes import palettes
from observatoire.cartes.francais import typographier
from observatoire.exports import balises_pptx as balises
from observatoire.exports.bureautique import remplir_proprietes
from observatoire.exports.lignes import Chiffre
from observatoire.exports.modele import Modele
from observatoire.exports.structure import Contenu
from observatoire.redaction import INSECABLE

__all__ = [
    "BAS",
    "COTES",
    "HAUT",
    "HAUTEUR",
    "LARGEUR",
    "MARGE",
    "UTILE",
    "Pages",
    "couper_en_deux",
    "hauteur_mm",
]

LARGEUR, HAUTEUR = 338.67, 190.5
"""Diapositive 16:9, en millimètres (13,33 × 7,5 pouces)."""
MARGE = 18.0
UTILE = LARGEUR - 2 * MARGE
HAUT, BAS = 46.0, 172.0
_PIED = 176.5
"""Trois lignes de sources y tiennent au-dessus du bord."""
COTES = {1: palettes.AMBRES[3], -1: palettes.INDIGOS[3], 0: palettes.ENCRE}
_APRES_MOT = 6.0
_POINT_MM = 25.4 / 72
_TEXTE, TITRE = "Calibri", "Georgia"
_CORPS_TITRE = ((21.0, 118), (19.0, 134), (17.0, 152))
"""Corps d’un titre, et le nombre de signes qui y tiennent en deux lignes."""


def couper_en_deux(longueurs: Sequence[int]) -> int:
    """Rang où couper une suite de textes pour que la plus longue des deux colonnes le soit le moins."""
    total = sum(longueurs)
    return min(
        range(1, len(longueurs) + 1),
        key=lambda k: (max(sum(longueurs[:k]), total - sum(longueurs[:k])), -k),
    )


def hauteur_mm(paires: Sequence[tuple[str, str]], largeur: float, corps: float) -> float:
    """Hauteur d’une colonne de définitions, en millimètres, comptée large : une autre police y tient aussi."""
    lettre, ligne = 0.5 * corps * _POINT_MM, 1.22 * corps * _POINT_MM
    lignes = sum(math.ceil((len(t) + len(s) + 2) * lettre / largeur) for t, s in paires)
    return lignes * ligne + len(paires) * _APRES_MOT * _POINT_MM


@dataclass
class Pages:
    """Les diapositives d’un diaporama en cours d’écriture.

    Sur un modèle d’un autre format, tout est réduit dans le même rapport.
    """

    presentation: Presentation
    contenu: Contenu
    modele: Modele

    @property
    def _echelle(self) -> float:
        """Rapport de la diapositive du modèle à la nôtre, quand elle est d’un autre format."""
        largeur = (self.presentation.slide_width or Mm(LARGEUR)) / Mm(LARGEUR)
        hauteur = (self.presentation.slide_height or Mm(HAUTEUR)) / Mm(HAUTEUR)
        return float(min(largeur, hauteur))

    def mm(self, valeur: float) -> Emu:
        """Longueur sur la diapositive."""
        return Emu(round(Mm(1) * valeur * self._echelle))

    def cadre(
        self, x: float, y: float, largeur: float, hauteur: float
    ) -> tuple[Emu, Emu, Emu, Emu]:
        """Gauche, haut, largeur, hauteur."""
        return self.mm(x), self.mm(y), self.mm(largeur), self.mm(hauteur)

    def corps(self, corps: float) -> Pt:
        """Corps d’un texte, réduit avec la diapositive."""
        return Pt(corps * self._echelle)

    def proprietes(self) -> None:
        """Titre, auteur, langue, édition et identifiant du fichier."""
        remplir_proprietes(self.presentation.core_properties, self.contenu, self.modele)

    def _masque(self) -> SlideLayout:
        """Masque « titre seul » : celui qui a un titre et le moins d’autres emplacements de contenu."""
        return min(self.presentation.slide_layouts, key=balises.encombrement)

    def nouvelle(
        self, titre: str, notes: Sequence[str], *, corps: float = 0.0, source: str = ""
    ) -> Slide:
        """Ajouter une diapositive : titre en message, bandeau, commentaires avec les sources.

        Parameters
        ----------
        titre : str
            Le message.
        notes : sequence of str
            Ce que dit la personne qui présente ; la source et l’édition suivent.
        corps : float
            Corps du titre, en points ; 0 : celui de toutes les diapositives, réduit pour qu’un long
            message tienne en deux lignes, même dans une police plus large que la nôtre.
        source : str
            Sources des chiffres de cette diapositive ; celles du tableau des écarts sinon.
        """
        source = source or self.contenu.citation
        diapositive = self.presentation.slides.add_slide(self._masque())
        balises.retirer_vides(diapositive)
        zone = diapositive.shapes.title
        if zone is None:
            zone = diapositive.shapes.add_textbox(*self.cadre(MARGE, 16, UTILE, 26))
            zone.name = "Titre"
        zone.left, zone.top, zone.width, zone.height = self.cadre(MARGE, 17, UTILE, 27)
        cadre = zone.text_frame
        cadre.word_wrap = True
        cadre.vertical_anchor = MSO_ANCHOR.TOP
        balises.sans_marge(cadre)
        corps = corps or next((c for c, long in _CORPS_TITRE if len(titre) <= long), 15.0)
        self.ecrire(
            cadre.paragraphs[0], titre, corps, self.modele.couleur_titres, police=TITRE, gras=True
        )
        self._bandeau(diapositive, source)
        textes = [
            *notes,
            source,
            f"Édition {self.contenu.edition} · document {self.contenu.identifiant}.",
        ]
        if self.contenu.avis_fictif:
            textes.insert(0, f"{self.contenu.avis_fictif}.")
        commentaire = diapositive.notes_slide.notes_text_frame
        commentaire.text = typographier("\n".join(t for t in textes if t))
        balises.fixer_langue(diapositive)
        return diapositive

    def _bandeau(self, diapositive: Slide, source: str) -> None:
        """Service en haut, édition et source en bas, avis de ville fictive."""
        self.texte(
            diapositive,
            (MARGE, 9, 150, 6),
            self.modele.service,
            10.5,
            self.modele.couleur,
            gras=True,
            nom="Service",
        )
        if self.contenu.avis_fictif:
            boite = self.texte(
                diapositive, (LARGEUR - MARGE - 96, 8.4, 96, 6.6), self.contenu.avis_fictif, 10.5, "#6b3510",
                gras=True, droite=True, nom="Ville fictive",
            )  # fmt: skip
            boite.fill.solid()
            boite.fill.fore_color.rgb = balises.rvb("#f8e6cb")
        self.texte(
            diapositive,
            (MARGE, _PIED, UTILE - 74, 12),
            source,
            9,
            palettes.TEXTE_SECOND,
            nom="Source",
        )
        self.texte(
            diapositive, (LARGEUR - MARGE - 70, _PIED, 70, 9),
            f"Édition {self.contenu.edition} · {self.contenu.identifiant}", 9, palettes.TEXTE_SECOND,
            droite=True, nom="Édition",
        )  # fmt: skip

    def texte(
        self,
        diapositive: Slide,
        cadre: tuple[float, float, float, float],
        texte: str | Sequence[str],
        corps: float,
        couleur: str = palettes.ENCRE,
        *,
        nom: str,
        gras: bool = False,
        droite: bool = False,
        apres: float = 0.0,
        police: str = _TEXTE,
    ) -> Any:
        """Zone de texte : une chaîne, ou un paragraphe par chaîne."""
        boite = diapositive.shapes.add_textbox(*self.cadre(*cadre))
        boite.name = nom
        zone = boite.text_frame
        zone.word_wrap = True
        balises.sans_marge(zone)
        phrases = [texte] if isinstance(texte, str) else list(texte)
        for rang, phrase in enumerate(phrases):
            paragraphe = zone.paragraphs[0] if rang == 0 else zone.add_paragraph()
            self.ecrire(paragraphe, phrase, corps, couleur, gras=gras, police=police)
            paragraphe.space_after = self.corps(apres)
            if droite:
                paragraphe.alignment = PP_ALIGN.RIGHT
        return boite

    def definitions(
        self,
        diapositive: Slide,
        cadre: tuple[float, float, float, float],
        paires: Sequence[tuple[str, str]],
        corps: float,
        *,
        nom: str,
    ) -> None:
        """Zone de texte d’un paragraphe par paire : le terme en gras s’il y en a un, puis ce qui est dit."""
        boite = self.texte(diapositive, cadre, [""] * len(paires), corps, nom=nom, apres=_APRES_MOT)
        for paragraphe, (terme, sens) in zip(boite.text_frame.paragraphs, paires, strict=True):
            if terme:
                self.ecrire(paragraphe, f"{terme}.{INSECABLE}", corps, palettes.ENCRE, gras=True)
            self.ecrire(paragraphe, sens, corps, palettes.ENCRE)

    def ecrire(
        self,
        paragraphe: Any,
        texte: str,
        corps: float,
        couleur: str,
        *,
        gras: bool = False,
        police: str = _TEXTE,
    ) -> None:
        """Écrire un passage en français, espaces de la charte posées."""
        paragraphe.alignment = PP_ALIGN.LEFT
        passage = paragraphe.add_run()
        passage.text = typographier(texte)
        passage.font.size = self.corps(corps)
        passage.font.bold = gras
        passage.font.color.rgb = balises.rvb(couleur)
        if self.modele.diaporama is None:
            passage.font.name = police
        balises.dire_francais(passage)

    def sous_titre(self, diapositive: Slide, texte: str) -> None:
        """Ligne sous le titre : indicateur, territoire, date."""
        cadre = (MARGE, HAUT - 3.5, UTILE, 6)
        self.texte(diapositive, cadre, texte, 12, palettes.TEXTE_SECOND, nom="Sous-titre")

    def chiffre(self, cellule: Any, chiffre: Chiffre, corps: float) -> None:
        """Valeur, intervalle et écart dans une cellule."""
        self.valeur(cellule, chiffre, corps)
        if chiffre.compare:
            paragraphe = cellule.text_frame.add_paragraph()
            self.ecrire(paragraphe, chiffre.ecart, corps, COTES[chiffre.ecart_signe], gras=True)
            paragraphe.alignment = PP_ALIGN.RIGHT

    def valeur(self, cellule: Any, chiffre: Chiffre, corps: float) -> None:
        """Valeur, et dessous son intervalle si elle est estimée."""
        connue = chiffre.valeur is not None
        couleur = palettes.ENCRE if connue else palettes.TEXTE_SECOND
        self.cellule(cellule, chiffre.texte, corps, gras=connue, droite=True, couleur=couleur)
        if chiffre.intervalle:
            paragraphe = cellule.text_frame.add_paragraph()
            self.ecrire(paragraphe, chiffre.intervalle, max(corps - 2.5, 10), palettes.TEXTE_SECOND)
            paragraphe.alignment = PP_ALIGN.RIGHT

    def cellule(
        self,
        cellule: Any,
        texte: str,
        corps: float,
        *,
        gras: bool = False,
        couleur: str = palettes.ENCRE,
        droite: bool = False,
        fond: str = "",
    ) -> None:
        """Écrire une cellule de tableau ; ``fond`` est une couleur « #rrggbb » ou rien."""
        balises.regler_cellule(cellule, fond)
        paragraphe = cellule.text_frame.paragraphs[0]
        # Une cellule vide garderait le grand corps par défaut, et sa hauteur.
        self.ecrire(paragraphe, texte or INSECABLE, corps, couleur, gras=gras)
        if droite:
            paragraphe.alignment = PP_ALIGN.RIGHT
