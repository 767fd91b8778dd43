"""Ce que python-pptx ne sait pas dire : langue, textes de remplacement, filets, masques."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lxml import etree
from pptx.dml.color import RGBColor
from pptx.enum.dml import MSO_PATTERN_TYPE
from pptx.enum.text import MSO_ANCHOR
from pptx.oxml.ns import qn
from pptx.presentation import Presentation
from pptx.slide import Slide, SlideLayout
from pptx.util import Emu, Mm

from observatoire.cartes import palettes
from observatoire.cartes.francais import typographier

__all__ = [
    "decorer",
    "decrire",
    "dire_francais",
    "elargir",
    "encombrement",
    "filets",
    "fixer_langue",
    "nu",
    "regler_cellule",
    "retirer_vides",
    "rvb",
    "sans_marge",
    "tramer",
    "vider",
]

_LANGUE = "fr-FR"
_STYLE_NU = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
"""Identifiant du style de tableau « Aucun style, aucune grille »."""
_URI_DECORATIF = "{C183D7F6-B498-43B3-948B-1728B52AA6E4}"
_ESPACE_DECORATIF = "http://schemas.microsoft.com/office/drawing/2017/decorative"
_TITRES = {"title", "ctrTitle"}
_DISCRETS = {"dt", "ftr", "sldNum"}


def rvb(couleur: str) -> RGBColor:
    """Couleur « #rrggbb »."""
    return RGBColor.from_string(couleur.lstrip("#").upper())


def _genre(emplacement: Any) -> str:
    balise = emplacement.element.find(f".//{qn('p:nvPr')}/{qn('p:ph')}")
    return str(balise.get("type", "obj")) if balise is not None else ""


def encombrement(masque: SlideLayout) -> int:
    """Nombre d’emplacements à remplir ; un masque sans titre ne convient pas."""
    genres = [_genre(e) for e in masque.placeholders]
    autres = [g for g in genres if g not in _TITRES | _DISCRETS]
    return len(autres) + (0 if any(g == "title" for g in genres) else 100)


def elargir(presentation: Presentation, largeur: int, hauteur: int) -> None:
    """Passer les masques au format voulu : leurs emplacements suivent."""
    ancienne_largeur, ancienne_hauteur = presentation.slide_width, presentation.slide_height
    presentation.slide_width, presentation.slide_height = Emu(largeur), Emu(hauteur)
    if not ancienne_largeur or not ancienne_hauteur:
        return
    x, y = largeur / ancienne_largeur, hauteur / ancienne_hauteur
    masque = presentation.slide_master
    for page in (masque, *masque.slide_layouts):
        for position in page._element.iter(qn("a:xfrm")):
            for balise, cote, rapport in (
                ("a:off", "x", x), ("a:off", "y", y), ("a:ext", "cx", x), ("a:ext", "cy", y),
            ):  # fmt: skip
                for element in position.findall(qn(balise)):
                    element.set(cote, str(round(int(element.get(cote)) * rapport)))


def vider(presentation: Presentation) -> None:
    """Retirer les diapositives d’un modèle ; ses masques restent."""
    liste = presentation.slides._sldIdLst
    for element in list(liste):
        presentation.part.drop_rel(element.get(qn("r:id")))
        liste.remove(element)


def retirer_vides(diapositive: Slide) -> None:
    """Retirer les emplacements du masque que l’on ne remplira pas (sauf le titre)."""
    for emplacement in list(diapositive.placeholders):
        if _genre(emplacement) not in _TITRES:
            emplacement.element.getparent().remove(emplacement.element)


def sans_marge(cadre: Any) -> None:
    """Texte aligné sur le bord de sa zone."""
    cadre.margin_left = cadre.margin_right = cadre.margin_top = cadre.margin_bottom = 0


def dire_francais(passage: Any) -> None:
    """Langue d’un passage."""
    passage._r.get_or_add_rPr().set("lang", _LANGUE)


def fixer_langue(diapositive: Slide) -> None:
    """Langue des commentaires, que python-pptx écrit sans."""
    for passage in diapositive.notes_slide.notes_text_frame._txBody.iter(qn("a:r")):
        passage.get_or_add_rPr().set("lang", _LANGUE)


def decrire(forme: Any, titre: str, alternative: str) -> None:
    """Nom et texte de remplacement d’une image, d’un graphique ou d’un tableau."""
    propriete = forme._element.xpath(".//p:cNvPr")[0]
    propriete.set("name", titre)
    propriete.set("title", titre)
    propriete.set("descr", typographier(alternative))


def decorer(forme: Any) -> None:
    """Dire qu’une forme n’est qu’un ornement : un lecteur d’écran la passe."""
    propriete = forme._element.xpath(".//p:cNvPr")[0]
    propriete.set("descr", "")
    liste = etree.SubElement(propriete, qn("a:extLst"))
    extension = etree.SubElement(liste, qn("a:ext"), uri=_URI_DECORATIF)
    marque = etree.SubElement(
        extension, f"{{{_ESPACE_DECORATIF}}}decorative", nsmap={"adec": _ESPACE_DECORATIF}
    )
    marque.set("val", "1")


def nu(tableau: Any) -> None:
    """Tableau sans style, première ligne marquée comme en-tête."""
    proprietes = tableau._tbl.tblPr
    proprietes.set("bandRow", "0")
    proprietes.set("firstRow", "1")
    proprietes.set("firstCol", "1")
    style = proprietes.find(qn("a:tableStyleId"))
    if style is None:
        style = etree.SubElement(proprietes, qn("a:tableStyleId"))
    style.text = _STYLE_NU


def regler_cellule(cellule: Any, fond: str) -> None:
    """Marges d’une cellule, centrage vertical, fond « #rrggbb » ou transparent."""
    cellule.margin_left = cellule.margin_right = Mm(1.6)
    cellule.margin_top = cellule.margin_bottom = Mm(0.5)
    cellule.vertical_anchor = MSO_ANCHOR.MIDDLE
    if fond:
        cellule.fill.solid()
        cellule.fill.fore_color.rgb = rvb(fond)
    else:
        cellule.fill.background()


def tramer(cellule: Any, motif: str, fond: str) -> None:
    """Garnir une cellule d’une trame (nom de ``MSO_PATTERN_TYPE``) sur son fond « #rrggbb »."""
    cellule.fill.patterned()
    cellule.fill.pattern = MSO_PATTERN_TYPE[motif]
    cellule.fill.fore_color.rgb = rvb(palettes.HACHURE)
    cellule.fill.back_color.rgb = rvb(fond)


def filets(tableau: Any, *, fort: str, fin: str, forts: Sequence[int]) -> None:
    """Filets horizontaux sous chaque ligne ; forts sous celles qui sont nommées."""
    for rang, ligne in enumerate(tableau.rows):
        couleur, epaisseur = (fort, 12700) if rang in forts else (fin, 6350)
        for cellule in ligne.cells:
            proprietes = cellule._tc.get_or_add_tcPr()
            trait = etree.Element(qn("a:lnB"), w=str(epaisseur))
            remplissage = etree.SubElement(trait, qn("a:solidFill"))
            etree.SubElement(remplissage, qn("a:srgbClr"), val=couleur.lstrip("#").upper())
            # Le schéma veut les bords avant le fond.
            proprietes.insert(0, trait)
