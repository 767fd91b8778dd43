"""La page d’un document Word : styles, marges, en-tête, titres, légendes, table des matières."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import docx
from docx.document import Document as DocumentWord
from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.image.exceptions import UnrecognizedImageError
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from observatoire.cartes import palettes
from observatoire.erreurs import ErreurDemande
from observatoire.exports import balises_docx as balises
from observatoire.exports.bureautique import remplir_proprietes
from observatoire.exports.modele import Modele
from observatoire.exports.reperes import SourceCitee
from observatoire.exports.structure import Identite
from observatoire.exports.tableaux_docx import (
    ecrire,
    finir_tableau,
    lier_au_suivant,
    nouveau_tableau,
    teinter,
)

__all__ = ["LARGEUR_MM", "PageWord", "ouvrir_word"]

LARGEUR_MM = 166.0
"""Largeur du texte, entre les marges."""
_TEXTE, _TITRE = "Calibri", "Georgia"
"""Polices de Word ; LibreOffice leur substitue Carlito et Gelasio, aux mêmes cotes, s’il les a."""
_FORT = palettes.TEXTE_SECOND
_CORPS_SOURCES = 8.5


@dataclass
class PageWord:
    """Un document en cours d’écriture, ses titres et ses légendes."""

    document: DocumentWord
    contenu: Identite
    modele: Modele
    titres: list[tuple[int, str, str]] = field(default_factory=list)
    numeros: dict[str, int] = field(default_factory=dict)

    def preparer(self) -> None:
        """Régler styles, langue, propriétés du fichier et pages."""
        document, modele = self.document, self.modele
        if modele.document is None:
            self._styles()
        for nom in ("List Bullet", "Caption", "TOC 1", "TOC 2", "Heading 1", "Heading 2", "Title"):
            if nom not in document.styles:
                balises.regler_style(
                    document, nom, police=_TEXTE, corps=10.5, couleur=palettes.ENCRE
                )
        balises.fixer_langue(document)
        remplir_proprietes(document.core_properties, self.contenu, self.modele)
        self._pages()

    def _styles(self) -> None:
        encre, titres, accent = palettes.ENCRE, self.modele.couleur_titres, self.modele.couleur
        regler, document = balises.regler_style, self.document
        regler(document, "Normal", police=_TEXTE, corps=10.5, couleur=encre, apres=5)
        regler(document, "List Bullet", police=_TEXTE, corps=10.5, couleur=encre, apres=4)
        titre = regler(
            document, "Title", police=_TITRE, corps=22, couleur=titres, gras=True, apres=12
        )
        for bords in titre.element.iter(qn("w:pBdr")):
            bords.getparent().remove(bords)
        for nom in ("Title", "Subtitle"):
            balises.ecarter_lettres(document, nom, 0)
        reglages = {1: (16, 20, 7), 2: (12.5, 14, 5)}
        for niveau, (corps, avant, apres) in reglages.items():
            regler(
                document, f"Heading {niveau}", police=_TITRE, corps=corps, couleur=titres,
                gras=True, avant=avant, apres=apres, lie_au_suivant=True,
            )  # fmt: skip
        regler(document, "Subtitle", police=_TEXTE, corps=10.5, couleur=accent, gras=True, apres=4)
        regler(
            document,
            "Caption",
            police=_TEXTE,
            corps=9,
            couleur=_FORT,
            avant=4,
            apres=4,
            lie_au_suivant=True,
        )
        regler(
            document, "Observatoire note", police=_TEXTE, corps=9, couleur=_FORT, avant=4, apres=6
        )
        for niveau in (1, 2):
            style = regler(
                document, f"TOC {niveau}", police=_TEXTE, corps=10.5, couleur=encre, apres=2
            )
            style.paragraph_format.left_indent = Mm(6 * (niveau - 1))
            style.paragraph_format.tab_stops.add_tab_stop(
                Mm(LARGEUR_MM), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS
            )

    def _pages(self) -> None:
        section = self.document.sections[0]
        if self.modele.document is None:
            section.page_width, section.page_height = Mm(210), Mm(297)
            section.left_margin = section.right_margin = Mm(22)
            section.top_margin, section.bottom_margin = Mm(24), Mm(22)
        if self.modele.document is None:
            haut = section.header.paragraphs[0]
            passage = haut.add_run(self.modele.service)
            teinter(passage, 9, self.modele.couleur, gras=True)
            teinter(haut.add_run(f"   {self.contenu.surtitre}"), 9, _FORT)
            bas = section.footer.paragraphs[0]
            teinter(
                bas.add_run(
                    f"Édition {self.contenu.edition} · document {self.contenu.identifiant} · page "
                ),
                9,
                _FORT,
            )
            balises.ajouter_champ(bas, "PAGE", "1")
            bas.add_run(" sur ")
            balises.ajouter_champ(bas, "NUMPAGES", "1")
            for passage in bas.runs:
                teinter(passage, 9, _FORT)
        if self.contenu.avis_fictif:
            # Le masque de la collectivité n’y change rien : chaque page le dit.
            avis = section.header.add_paragraph()
            teinter(avis.add_run(self.contenu.avis_fictif), 9, "#6b3510", gras=True)

    def logo(self) -> None:
        """Ajouter le logo de la collectivité, s’il y en a un.

        Raises
        ------
        ErreurDemande
            S’il est illisible.
        """
        if self.modele.logo is not None:
            passage = self.document.add_paragraph().add_run()
            try:
                passage.add_picture(str(self.modele.logo), height=Mm(16))
            except (OSError, ValueError, UnrecognizedImageError) as erreur:
                raise ErreurDemande(
                    f"Le logo « {self.modele.logo.name} » n’est pas une image lisible : enregistrez-le en PNG."
                ) from erreur
            balises.decrire_image(passage, self.modele.texte_logo, "Logo")

    def paragraphe_style(self, texte: str, style: str) -> Paragraph:
        """Ajouter un paragraphe ; sans ce style dans le modèle, le style courant."""
        connu = style if style in self.document.styles else None
        return self.document.add_paragraph(texte, style=connu)

    def petit(self, texte: str) -> Paragraph:
        """Ajouter une note, en petit."""
        return self.paragraphe_style(texte, "Observatoire note")

    def titre(self, niveau: int, texte: str, *, saut: bool = False) -> None:
        """Ajouter un titre et son entrée au sommaire ; ``saut`` commence une page."""
        paragraphe = self.document.add_paragraph(texte, style=f"Heading {niveau}")
        paragraphe.paragraph_format.page_break_before = saut
        if saut:
            # En tête de page, l’espace d’avant ferait descendre le titre sous les autres pages.
            paragraphe.paragraph_format.space_before = Pt(0)
        signet = f"_Toc{len(self.titres) + 1:04d}"
        balises.ajouter_signet(paragraphe, signet, len(self.titres) + 1)
        self.titres.append((niveau, texte, signet))

    def sommaire(self, place: Paragraph) -> None:
        """Ce que contient le document : des liens, et non des numéros de page.

        Seul le logiciel qui met en page connaît les numéros. La liste est une vraie table des matières :
        mise à jour dans Word (F9), elle les prend.
        """
        entete = place.insert_paragraph_before(
            "Dans ce document", style="Subtitle" if "Subtitle" in self.document.styles else None
        )
        entete.paragraph_format.space_before = Pt(14)
        entrees = list(self.titres)
        for rang, (niveau, texte, signet) in enumerate(entrees):
            entree = place.insert_paragraph_before(style=f"TOC {niveau}")
            if rang == 0:
                balises.ouvrir_champ(entree, 'TOC \\o "1-2" \\h \\z \\u')
            balises.lier(entree, texte, signet)
            if rang == len(entrees) - 1:
                balises.fermer_champ(entree)
        # La place n’était qu’un repère : vide, elle ferait une ligne blanche.
        place._p.getparent().remove(place._p)

    def legende(self, genre: str, texte: str) -> None:
        """Ajouter la légende numérotée d’une figure ou d’un tableau."""
        numero = self.numeros[genre] = self.numeros.get(genre, 0) + 1
        paragraphe = self.document.add_paragraph(style="Caption")
        paragraphe.add_run(f"{genre} ")
        balises.ajouter_champ(paragraphe, f"SEQ {genre} \\* ARABIC", str(numero))
        paragraphe.add_run(f" – {texte}")

    def sources(self, sources: Sequence[SourceCitee], avis: str, dernier: str) -> None:
        """Fin du document : tableau des sources, édition, mention de la collectivité.

        Parameters
        ----------
        sources : sequence of SourceCitee
        avis : str
            Avant le tableau, pour une ville inventée ; vide sinon.
        dernier : str
            De quelle édition le document est fait.
        """
        self.titre(1, "Sources")
        if avis:
            self.document.add_paragraph(avis).paragraph_format.keep_with_next = True
        if self.numeros:
            # Sans autre légende dans le document, « Tableau 1 » laisserait chercher les suivants.
            self.legende("Tableau", "Sources de ce document")
        tableau = nouveau_tableau(
            self.document,
            ["Source", "Jeu de données", "Licence", "Date du fichier"], [42.0, 66.0, 30.0, 28.0],
            titre="Sources", description="Source, jeu de données, licence et date de chaque fichier.",
            corps=_CORPS_SOURCES,
        )  # fmt: skip
        for source in sources:
            cellules = tableau.add_row().cells
            textes = (source.citation, source.titre, source.licence, source.date_fichier)
            suites = ("", source.precaution, "", "")
            for cellule, texte, suite in zip(cellules, textes, suites, strict=True):
                ecrire(cellule, texte, suite=suite, corps=_CORPS_SOURCES)
        # D’un seul tenant : s’il ne tient pas sous ce qui précède, il occupe la dernière page entière.
        finir_tableau(tableau, solidaire=True)
        lier_au_suivant(tableau.rows[-1])
        self.petit(dernier)
        if self.modele.mention:
            self.document.add_paragraph(self.modele.mention)


def ouvrir_word(modele: Modele) -> DocumentWord:
    """Document vierge, ou modèle de la collectivité vidé de son texte.

    Raises
    ------
    ErreurDemande
        Si le modèle DOCX est illisible.
    """
    if modele.document is None:
        return docx.Document()
    try:
        document = docx.Document(str(modele.document))
    except (PackageNotFoundError, ValueError, KeyError, OSError) as erreur:
        raise ErreurDemande(
            f"Le modèle « {modele.document.name} » n’est pas un document Word lisible ({erreur}) : "
            "enregistrez-le de nouveau en .docx."
        ) from erreur
    corps = document.element.body
    for enfant in list(corps):
        if enfant.tag != qn("w:sectPr"):
            corps.remove(enfant)
    return document
