"""Tableaux d’un document Word : cellules, filets, en-têtes, lignes de points."""

from __future__ import annotations

import io
from collections.abc import Sequence

from docx.document import Document as DocumentWord
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from observatoire.cartes import palettes
from observatoire.exports import balises_docx as balises
from observatoire.exports.lignes import Chiffre
from observatoire.exports.points import HAUTEUR_MM, LARGEUR_MM, dessiner_png

__all__ = [
    "dessiner_points",
    "ecrire",
    "ecrire_chiffre",
    "ecrire_ecart",
    "finir_tableau",
    "lier_au_suivant",
    "nouveau_tableau",
    "teinter",
]

_FORT = palettes.TEXTE_SECOND
_COTES = {1: palettes.AMBRES[3], -1: palettes.INDIGOS[3], 0: palettes.ENCRE}
_DESSIN_MM = 35.0


def nouveau_tableau(
    document: DocumentWord,
    entetes: Sequence[str],
    largeurs: Sequence[float],
    *,
    titre: str,
    description: str,
    corps: float = 9.5,
) -> Table:
    """Ajouter un tableau et sa ligne d’en-tête.

    Parameters
    ----------
    document : docx.document.Document
    entetes : sequence of str
        Un saut de ligne sépare le nom de ce qui le précise.
    largeurs : sequence of float
        En millimètres.
    titre, description : str
        Lus par les lecteurs d’écran.
    corps : float
        Corps du texte, en points.
    """
    tableau = document.add_table(rows=1, cols=len(entetes))
    tableau.alignment = WD_TABLE_ALIGNMENT.LEFT
    tableau.autofit = False
    for colonne, largeur in zip(tableau.columns, largeurs, strict=True):
        colonne.width = Mm(largeur)
    for cellule, texte in zip(tableau.rows[0].cells, entetes, strict=True):
        nom, _, annee = texte.partition("\n")
        ecrire(cellule, nom, gras=True, couleur=_FORT, corps=min(corps, 8.0), suite=annee)
    balises.serrer_cellules(tableau, 3.0)
    balises.decrire_tableau(tableau, titre, description)
    return tableau


def finir_tableau(
    tableau: Table,
    *,
    forts: Sequence[int] = (0,),
    droite: Sequence[int] = (),
    solidaire: bool = False,
) -> None:
    """Filets, en-tête répété, largeurs ; un tableau solidaire tient sur une page."""
    balises.repeter_entete(tableau)
    balises.tracer_filets(tableau, forts=forts, fort=_FORT, fin=palettes.TRAIT)
    largeurs = [c.width for c in tableau.columns]
    nombre = len(tableau.rows)
    for rang, ligne in enumerate(tableau.rows):
        for cellule, largeur in zip(ligne.cells, largeurs, strict=True):
            cellule.width = largeur
        if solidaire and rang < nombre - 1:
            lier_au_suivant(ligne)
    for rang in droite:
        for paragraphe in tableau.rows[0].cells[rang].paragraphs:
            paragraphe.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def lier_au_suivant(ligne: _Row) -> None:
    """Garder une ligne sur la page de ce qui la suit."""
    for paragraphe in (p for c in ligne.cells for p in c.paragraphs):
        paragraphe.paragraph_format.keep_with_next = True


def teinter(passage: Run, corps: float, couleur: str, *, gras: bool = False) -> None:
    """Régler le corps (points), la couleur « #rrggbb » et la graisse d’un passage."""
    passage.font.size = Pt(corps)
    passage.font.bold = gras
    passage.font.color.rgb = RGBColor.from_string(couleur.lstrip("#").upper())


def ecrire(
    cellule: _Cell,
    texte: str,
    *,
    gras: bool = False,
    droite: bool = False,
    couleur: str = palettes.ENCRE,
    suite: str = "",
    corps: float = 9.5,
) -> None:
    """Écrire une cellule ; ``suite`` va dessous, en plus petit."""
    paragraphe = cellule.paragraphs[0]
    _serrer(paragraphe)
    if droite:
        paragraphe.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    teinter(paragraphe.add_run(texte), corps, couleur, gras=gras)
    if suite:
        autre = cellule.add_paragraph()
        _serrer(autre)
        autre.alignment = paragraphe.alignment
        teinter(autre.add_run(suite), corps - 1.5, _FORT)


def _serrer(paragraphe: Paragraph) -> None:
    paragraphe.paragraph_format.space_before = Pt(1)
    paragraphe.paragraph_format.space_after = Pt(1)
    paragraphe.paragraph_format.line_spacing = 1.0


def ecrire_chiffre(cellule: _Cell, chiffre: Chiffre, corps: float) -> None:
    """Valeur, intervalle, écart, l’un sous l’autre."""
    ecrire(
        cellule, chiffre.texte, gras=chiffre.valeur is not None, droite=True,
        suite=chiffre.intervalle, corps=corps,
    )  # fmt: skip
    ecrire_ecart(cellule.add_paragraph(), chiffre, corps)


def ecrire_ecart(paragraphe: Paragraph, chiffre: Chiffre, corps: float = 9.5) -> None:
    """Écart, brun s’il est défavorable, indigo s’il est favorable ; gris si l’on ne peut rien en dire."""
    _serrer(paragraphe)
    paragraphe.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    couleur = _COTES[chiffre.ecart_signe] if chiffre.compare else _FORT
    teinter(paragraphe.add_run(chiffre.ecart), corps, couleur, gras=chiffre.compare)


def dessiner_points(cellule: _Cell, chiffre: Chiffre, echelle: tuple[float, float]) -> None:
    """Ligne de points dans une cellule, avec son texte de remplacement."""
    paragraphe = cellule.paragraphs[0]
    _serrer(paragraphe)
    passage = paragraphe.add_run()
    passage.add_picture(
        io.BytesIO(dessiner_png(chiffre, echelle)),
        width=Mm(_DESSIN_MM), height=Mm(_DESSIN_MM * HAUTEUR_MM / LARGEUR_MM),
    )  # fmt: skip
    balises.decrire_image(passage, chiffre.en_mots, "Position")
