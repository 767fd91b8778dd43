"""Ce que python-docx ne sait pas dire : langue, champs, légendes, en-têtes de tableau, filets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docx.document import Document as DocumentWord
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from observatoire.cartes import palettes
from observatoire.cartes.francais import typographier

__all__ = [
    "ajouter_champ",
    "ajouter_signet",
    "colorer_cellule",
    "decrire_image",
    "decrire_tableau",
    "ecarter_lettres",
    "fixer_langue",
    "lier",
    "regler_style",
    "repeter_entete",
    "serrer_cellules",
    "surligner",
    "tracer_filets",
]

_LANGUE = "fr-FR"


def _element(nom: str, **attributs: str) -> Any:
    element = OxmlElement(nom)
    for cle, valeur in attributs.items():
        element.set(qn(f"w:{cle}"), valeur)
    return element


def fixer_langue(document: DocumentWord) -> None:
    """Déclarer tout le document en français : correcteur, césure, lecteur d’écran."""
    racine = document.styles.element
    defauts = racine.find(qn("w:docDefaults"))
    if defauts is None:
        defauts = _element("w:docDefaults")
        racine.insert(0, defauts)
    conteneur = defauts.find(qn("w:rPrDefault"))
    if conteneur is None:
        conteneur = _element("w:rPrDefault")
        defauts.insert(0, conteneur)
    proprietes = conteneur.find(qn("w:rPr"))
    if proprietes is None:
        proprietes = _element("w:rPr")
        conteneur.append(proprietes)
    for ancienne in proprietes.findall(qn("w:lang")):
        proprietes.remove(ancienne)
    proprietes.append(_element("w:lang", val=_LANGUE, eastAsia=_LANGUE, bidi=_LANGUE))
    for langue in racine.iter(qn("w:lang")):
        langue.set(qn("w:val"), _LANGUE)
    reglages = document.settings.element
    for ancienne in reglages.findall(qn("w:themeFontLang")):
        ancienne.set(qn("w:val"), _LANGUE)


def regler_style(
    document: DocumentWord,
    nom: str,
    *,
    police: str,
    corps: float,
    couleur: str,
    gras: bool = False,
    avant: float = 0.0,
    apres: float = 6.0,
    lie_au_suivant: bool = False,
) -> ParagraphStyle:
    """Régler un style de paragraphe, créé s’il manque.

    Parameters
    ----------
    document : docx.document.Document
    nom : str
        Nom interne (« Heading 1 » s’affiche « Titre 1 » dans un Word français).
    police, couleur : str
        Nom de police ; couleur « #rrggbb ».
    corps, avant, apres : float
        En points.
    gras, lie_au_suivant : bool
    """
    existe = nom in document.styles
    style = (
        document.styles[nom] if existe else document.styles.add_style(nom, WD_STYLE_TYPE.PARAGRAPH)
    )
    assert isinstance(style, ParagraphStyle)
    style.font.name = police
    style.font.size = Pt(corps)
    style.font.bold = gras
    style.font.italic = False
    style.font.color.rgb = RGBColor.from_string(couleur.lstrip("#").upper())
    polices = style.element.get_or_add_rPr().find(qn("w:rFonts"))
    for attribut in list(polices.attrib):
        if "Theme" in attribut:
            del polices.attrib[attribut]
    for usage in ("cs", "eastAsia"):
        polices.set(qn(f"w:{usage}"), police)
    style.paragraph_format.space_before = Pt(avant)
    style.paragraph_format.space_after = Pt(apres)
    style.paragraph_format.keep_with_next = lie_au_suivant
    style.paragraph_format.widow_control = True
    style.paragraph_format.line_spacing = 1.05
    return style


def ecarter_lettres(document: DocumentWord, nom: str, points: float) -> None:
    """Régler l’espace entre les lettres d’un style ; ceux de Word écartent titres et sous-titres."""
    style = document.styles[nom]
    for ancien in list(style.element.iter(qn("w:spacing"))):
        if ancien.getparent().tag == qn("w:rPr"):
            ancien.set(qn("w:val"), str(round(points * 20)))


def ajouter_champ(paragraphe: Paragraph, instruction: str, resultat: str) -> None:
    """Ajouter un champ, avec le résultat que Word montre avant de le recalculer."""
    for genre in ("begin", None, "separate", "texte", "end"):
        passage = paragraphe.add_run()
        if genre is None:
            code = _element("w:instrText")
            code.set(qn("xml:space"), "preserve")
            code.text = f" {instruction} "
            passage._r.append(code)
        elif genre == "texte":
            passage.text = resultat
        else:
            passage._r.append(_element("w:fldChar", fldCharType=genre))


def ouvrir_champ(paragraphe: Paragraph, instruction: str) -> None:
    """Ouvrir un champ dont le résultat tient en plusieurs paragraphes."""
    paragraphe.add_run()._r.append(_element("w:fldChar", fldCharType="begin"))
    code = _element("w:instrText")
    code.set(qn("xml:space"), "preserve")
    code.text = f" {instruction} "
    paragraphe.add_run()._r.append(code)
    paragraphe.add_run()._r.append(_element("w:fldChar", fldCharType="separate"))


def fermer_champ(paragraphe: Paragraph) -> None:
    """Fermer le champ ouvert par :func:`ouvrir_champ`."""
    paragraphe.add_run()._r.append(_element("w:fldChar", fldCharType="end"))


def ajouter_signet(paragraphe: Paragraph, nom: str, numero: int) -> None:
    """Poser un signet autour d’un paragraphe."""
    paragraphe._p.insert(
        1 if paragraphe._p.pPr is not None else 0,
        _element("w:bookmarkStart", id=str(numero), name=nom),
    )
    paragraphe._p.append(_element("w:bookmarkEnd", id=str(numero)))


def lier(paragraphe: Paragraph, texte: str, signet: str) -> None:
    """Écrire un lien vers un signet du document."""
    lien = _element("w:hyperlink", anchor=signet, history="1")
    passage = paragraphe.add_run(texte)
    paragraphe._p.remove(passage._r)
    lien.append(passage._r)
    paragraphe._p.append(lien)


def surligner(passage: Run, couleur: str) -> None:
    """Fond d’un passage, « #rrggbb »."""
    fond = _element("w:shd", val="clear", color="auto", fill=couleur.lstrip("#").upper())
    passage._r.get_or_add_rPr().append(fond)


def decrire_image(passage: Run, alternative: str, titre: str) -> None:
    """Texte de remplacement de l’image d’un passage, et marges nulles : LibreOffice en suppose sinon."""
    for cadre in passage._r.iter(qn("wp:inline")):
        for cote in ("distT", "distB", "distL", "distR"):
            cadre.set(cote, "0")
    for propriete in passage._r.iter(qn("wp:docPr")):
        propriete.set("descr", alternative)
        propriete.set("title", titre)


def decrire_tableau(tableau: Table, titre: str, description: str) -> None:
    """Titre et description d’un tableau, lus par les lecteurs d’écran."""
    proprietes = tableau._tbl.tblPr
    for nom, texte in (("w:tblCaption", titre), ("w:tblDescription", description)):
        proprietes.append(_element(nom, val=typographier(texte)))


def repeter_entete(tableau: Table, *, lignes: int = 1) -> None:
    """Marquer les premières lignes comme en-tête ; ne couper aucune ligne entre deux pages."""
    for rang, ligne in enumerate(tableau.rows):
        proprietes = ligne._tr.get_or_add_trPr()
        proprietes.append(_element("w:cantSplit"))
        if rang < lignes:
            proprietes.append(_element("w:tblHeader"))
    apparence = tableau._tbl.tblPr.find(qn("w:tblLook"))
    if apparence is not None:
        for attribut, valeur in (("firstRow", "1"), ("firstColumn", "1"), ("noVBand", "1")):
            apparence.set(qn(f"w:{attribut}"), valeur)


def tracer_filets(tableau: Table, *, forts: Sequence[int], fort: str, fin: str) -> None:
    """Filets horizontaux seulement : fins entre les lignes, forts sous celles qui sont nommées."""
    for rang, ligne in enumerate(tableau.rows):
        couleur, epaisseur = (fort, "8") if rang in forts else (fin, "4")
        for cellule in ligne.cells:
            bords = _element("w:tcBorders")
            bords.append(
                _element(
                    "w:bottom", val="single", sz=epaisseur, space="0", color=couleur.lstrip("#")
                )
            )
            cellule._tc.get_or_add_tcPr().append(bords)


def colorer_cellule(cellule: _Cell, couleur: str, motif: str = "") -> None:
    """Fond d’une cellule, « #rrggbb », avec une trame de Word (« thinDiagStripe ») ou sans."""
    encre = palettes.HACHURE.lstrip("#").upper() if motif else "auto"
    fond = _element("w:shd", val=motif or "clear", color=encre, fill=couleur.lstrip("#").upper())
    cellule._tc.get_or_add_tcPr().append(fond)


def serrer_cellules(tableau: Table, marge: float) -> None:
    """Marges gauche et droite de toutes les cellules, en points."""
    marges = _element("w:tblCellMar")
    for cote in ("left", "right"):
        marges.append(_element(f"w:{cote}", w=str(round(marge * 20)), type="dxa"))
    proprietes = tableau._tbl.tblPr
    apparence = proprietes.find(qn("w:tblLook"))
    # Le schéma veut les marges juste avant l’apparence.
    if apparence is None:
        proprietes.append(marges)
    else:
        apparence.addprevious(marges)
