"""Document Word : vrais styles, table des matières, légendes, tableaux dont l’en-tête est marqué."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import docx
from docx.document import Document as DocumentWord
from docx.enum.text import WD_BREAK
from docx.image.exceptions import UnrecognizedImageError
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from observatoire.cartes import palettes
from observatoire.cartes.francais import typographier
from observatoire.cartes.modeles import Aspect, VueCarte
from observatoire.domaine import Verdict
from observatoire.erreurs import ErreurDemande
from observatoire.exports import balises_docx as balises
from observatoire.exports.images import carte_png
from observatoire.exports.modele import Modele
from observatoire.exports.phrases import majuscule
from observatoire.exports.profils import Profil
from observatoire.exports.reperes import (
    AVIS_SOURCES_FICTIVES,
    Definition,
    cle_des_points,
    dire_document,
    note_du_tableau,
)
from observatoire.exports.structure import Contenu, Serie
from observatoire.exports.tableaux_docx import (
    dessiner_points,
    ecrire,
    ecrire_chiffre,
    ecrire_ecart,
    finir_tableau,
    nouveau_tableau,
    teinter,
)
from observatoire.redaction import FINE, ecrire_nombre

__all__ = ["composer_document"]

_TEXTE, _TITRE = "Calibri", "Georgia"
"""Polices que Word et LibreOffice ont, ou remplacent sans changer les cotes."""
_LARGEUR_MM = 166.0
_CARTE_MM = (166.0, 108.0)
_SERIES_MAX = 2
_FORT = palettes.TEXTE_SECOND
_COTES = {1: palettes.AMBRES[3], -1: palettes.INDIGOS[3], 0: palettes.ENCRE}
_DESSIN_MM = 40.0


def composer_document(contenu: Contenu, modele: Modele) -> bytes:
    """Composer le document.

    Parameters
    ----------
    contenu : Contenu
    modele : Modele
        Présentation de la collectivité ; son modèle DOCX donne les styles.

    Raises
    ------
    ErreurDemande
        Si le modèle DOCX ou le logo est illisible.
    """
    redacteur = _Redacteur(_ouvrir(modele), contenu, modele)
    redacteur.tout_ecrire()
    tampon = io.BytesIO()
    redacteur.document.save(tampon)
    return tampon.getvalue()


def _ouvrir(modele: Modele) -> DocumentWord:
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


@dataclass
class _Redacteur:
    """Un document en cours d’écriture, ses titres et ses légendes."""

    document: DocumentWord
    contenu: Contenu
    modele: Modele
    titres: list[tuple[int, str, str]] = field(default_factory=list)
    numeros: dict[str, int] = field(default_factory=dict)

    def tout_ecrire(self) -> None:
        self._preparer()
        contenu = self.contenu
        self._entete()
        self._titre(1, "L’essentiel en cinq phrases")
        for phrase in contenu.synthese:
            self.document.add_paragraph(f"{phrase}.", style="List Bullet")
        sommaire = self.document.add_paragraph()
        self._titre(1, "La carte")
        for vue in contenu.cartes:
            self._carte(vue)
        self._titre(1, majuscule(contenu.tableau.titre), saut=True)
        self._tableau()
        self._titre(2, "Ce que dit le tableau")
        for phrase in contenu.lecture:
            self.document.add_paragraph(f"{phrase}.")
        for serie in contenu.series[:_SERIES_MAX]:
            self._serie(serie)
        if contenu.series:
            self._petit(cle_des_points(contenu.nom_ville))
        self._titre(1, "Quartier par quartier")
        if contenu.avis_profils:
            self.document.add_paragraph(contenu.avis_profils)
        self._petit(cle_des_points(contenu.nom_ville)).paragraph_format.keep_with_next = True
        for profil in contenu.profils:
            self._profil(profil)
        self._titre(1, "Comment ces chiffres sont obtenus")
        self._definitions(contenu.methode)
        self._titre(1, "Ce que ces chiffres ne disent pas")
        for phrase in contenu.precautions:
            self.document.add_paragraph(phrase, style="List Bullet")
        self._titre(1, "Glossaire")
        self._definitions(contenu.glossaire)
        self._titre(2, "Définition des indicateurs")
        self._definitions(contenu.definitions)
        self._sources()
        self._sommaire(sommaire)

    # --- Préparation ---

    def _preparer(self) -> None:
        document, modele = self.document, self.modele
        if modele.document is None:
            self._styles()
        for nom in ("List Bullet", "Caption", "TOC 1", "TOC 2", "Heading 1", "Heading 2", "Title"):
            if nom not in document.styles:
                balises.regler_style(
                    document, nom, police=_TEXTE, corps=10.5, couleur=palettes.ENCRE
                )
        balises.fixer_langue(document)
        proprietes = document.core_properties
        proprietes.title = self.contenu.nom_document
        proprietes.author = modele.service
        proprietes.last_modified_by = modele.service
        proprietes.subject = self.contenu.titre
        proprietes.language = "fr-FR"
        proprietes.keywords = f"QPV, {self.contenu.nom_ville}, édition {self.contenu.edition}"
        proprietes.comments = f"Document {self.contenu.identifiant}"
        instant = datetime.fromisoformat(self.contenu.publiee_le).replace(tzinfo=None)
        proprietes.created = proprietes.modified = instant
        self._pages()

    def _styles(self) -> None:
        encre, titres, accent = palettes.ENCRE, self.modele.couleur_titres, self.modele.couleur
        regler, document = balises.regler_style, self.document
        regler(document, "Normal", police=_TEXTE, corps=10.5, couleur=encre, apres=5)
        regler(document, "List Bullet", police=_TEXTE, corps=10.5, couleur=encre, apres=5)
        titre = regler(document, "Title", police=_TITRE, corps=22, couleur=titres, apres=12)
        for bords in titre.element.iter(qn("w:pBdr")):
            bords.getparent().remove(bords)
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
        regler(document, "Observatoire note", police=_TEXTE, corps=9, couleur=_FORT, apres=6)
        for niveau in (1, 2):
            style = regler(
                document, f"TOC {niveau}", police=_TEXTE, corps=10.5, couleur=encre, apres=2
            )
            style.paragraph_format.left_indent = Mm(6 * (niveau - 1))

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

    # --- Corps ---

    def _entete(self) -> None:
        if self.modele.logo is not None:
            passage = self.document.add_paragraph().add_run()
            try:
                passage.add_picture(str(self.modele.logo), height=Mm(16))
            except (OSError, ValueError, UnrecognizedImageError) as erreur:
                raise ErreurDemande(
                    f"Le logo « {self.modele.logo.name} » n’est pas une image lisible : enregistrez-le en PNG."
                ) from erreur
            balises.decrire_image(passage, self.modele.texte_logo, "Logo")
        self._paragraphe_style(self.contenu.surtitre, "Subtitle")
        self._paragraphe_style(self.contenu.titre, "Title")

    def _paragraphe_style(self, texte: str, style: str) -> Paragraph:
        connu = style if style in self.document.styles else None
        return self.document.add_paragraph(texte, style=connu)

    def _petit(self, texte: str) -> Paragraph:
        return self._paragraphe_style(texte, "Observatoire note")

    def _titre(self, niveau: int, texte: str, *, saut: bool = False) -> None:
        paragraphe = self.document.add_paragraph(texte, style=f"Heading {niveau}")
        paragraphe.paragraph_format.page_break_before = saut
        signet = f"_Toc{len(self.titres) + 1:04d}"
        balises.ajouter_signet(paragraphe, signet, len(self.titres) + 1)
        self.titres.append((niveau, texte, signet))

    def _sommaire(self, place: Paragraph) -> None:
        """Table des matières, déjà remplie ; Word la recalcule à la demande."""
        entete = place.insert_paragraph_before(
            "Sommaire", style="Subtitle" if "Subtitle" in self.document.styles else None
        )
        entete.paragraph_format.space_before = Pt(14)
        entrees = list(self.titres)
        for rang, (niveau, texte, signet) in enumerate(entrees):
            entree = place.insert_paragraph_before(style=f"TOC {niveau}")
            if rang == 0:
                balises.ouvrir_champ(entree, 'TOC \\o "1-2" \\n \\h \\z \\u')
            balises.lier(entree, texte, signet)
            if rang == len(entrees) - 1:
                balises.fermer_champ(entree)
        place.add_run().add_break(WD_BREAK.PAGE)

    def _legende(self, genre: str, texte: str) -> None:
        numero = self.numeros[genre] = self.numeros.get(genre, 0) + 1
        paragraphe = self.document.add_paragraph(style="Caption")
        paragraphe.add_run(f"{genre} ")
        balises.ajouter_champ(paragraphe, f"SEQ {genre} \\* ARABIC", str(numero))
        paragraphe.add_run(f" – {texte}")

    def _carte(self, vue: VueCarte) -> None:
        image, restes = carte_png(vue, largeur_mm=_CARTE_MM[0], hauteur_mm=_CARTE_MM[1])
        self.document.add_paragraph(f"{vue.titre}.")
        self._legende("Figure", vue.sous_titre)
        passage = self.document.add_paragraph().add_run()
        passage.add_picture(io.BytesIO(image), width=Mm(_LARGEUR_MM))
        balises.decrire_image(passage, vue.texte_alternatif, vue.titre)
        if restes:
            self._petit(", ".join(f"{i} {nom}" for i, nom in enumerate(restes, start=1)))
        self._legende_de_carte(vue)
        for texte in (vue.phrase_lecture, vue.precaution and f"Précaution{FINE}: {vue.precaution}"):
            if texte:
                self.document.add_paragraph(texte)
        self._petit(typographier(vue.source))

    def _legende_de_carte(self, vue: VueCarte) -> None:
        legende = vue.legende
        entrees = [(c.couleur, c.libelle, c.effectif) for c in legende.classes]
        entrees += [
            (palettes.FOND_ASPECT[a], a.libelle, n)
            for a, n in legende.aspects
            if n and a is not Aspect.VALEUR
        ]
        tableau = nouveau_tableau(
            self.document,
            ["", legende.titre, legende.titre_effectif], [14.0, 70.0, 34.0],
            titre="Légende de la carte", description=f"Classes de couleur de la carte. {legende.repere}",
        )  # fmt: skip
        for couleur, libelle, effectif in entrees:
            cellules = tableau.add_row().cells
            balises.colorer_cellule(cellules[0], couleur)
            ecrire(cellules[0], "")
            ecrire(cellules[1], libelle)
            ecrire(cellules[2], ecrire_nombre(effectif), droite=True)
        finir_tableau(tableau, droite=(2,))
        self._petit(" · ".join(t for t in (legende.repere, legende.methode) if t))

    def _tableau(self) -> None:
        donnees = self.contenu.tableau
        nombre = len(donnees.colonnes)
        premiere, corps = (40.0, 8.5) if nombre > 4 else (56.0, 9.5)
        largeurs = [premiere, *[(_LARGEUR_MM - premiere) / nombre] * nombre]
        self._legende("Tableau", f"{donnees.titre}")
        tableau = nouveau_tableau(
            self.document,
            ["Quartier", *(f"{c.indicateur.court}\n{c.millesime}" for c in donnees.colonnes)],
            largeurs, titre=donnees.titre, description=donnees.alternative, corps=corps,
        )  # fmt: skip
        for ligne in donnees.lignes:
            cellules = tableau.add_row().cells
            ecrire(cellules[0], ligne.nom, gras=True, suite=ligne.habitants, corps=corps)
            for cellule, chiffre in zip(cellules[1:], ligne.chiffres, strict=True):
                ecrire_chiffre(cellule, chiffre, corps)
        cellules = tableau.add_row().cells
        ecrire(cellules[0], majuscule(donnees.nom_reference), gras=True, corps=corps)
        for cellule, colonne in zip(cellules[1:], donnees.colonnes, strict=True):
            ecrire(cellule, colonne.texte_reference, gras=True, droite=True, corps=corps)
        finir_tableau(tableau, forts=(0, len(donnees.lignes)), droite=range(1, nombre + 1))
        self._petit(note_du_tableau(donnees.nom_reference))

    def _serie(self, serie: Serie) -> None:
        self._titre(2, serie.titre)
        self._legende("Tableau", f"{serie.titre}, par quartier")
        reference = f"Écart à {self.contenu.nom_reference} ({serie.colonne.texte_reference})"
        tableau = nouveau_tableau(
            self.document,
            ["Quartier", "Position", "Valeur", reference], [58.0, 44.0, 32.0, 32.0],
            titre=serie.titre, description=f"{serie.message}.",
        )  # fmt: skip
        for nom, chiffre in zip(serie.noms, serie.chiffres, strict=True):
            cellules = tableau.add_row().cells
            ecrire(cellules[0], nom, gras=True)
            dessiner_points(cellules[1], chiffre, serie.echelle)
            ecrire(
                cellules[2],
                chiffre.texte,
                gras=chiffre.valeur is not None,
                droite=True,
                suite=chiffre.intervalle,
            )
            ecrire_ecart(cellules[3].paragraphs[0], chiffre)
        finir_tableau(tableau, droite=(2, 3), solidaire=True)

    def _profil(self, profil: Profil) -> None:
        self._titre(2, profil.nom)
        sous_titre = self._petit(
            " · ".join(t for t in (f"Quartier prioritaire {profil.code}", profil.habitants) if t)
        )
        sous_titre.paragraph_format.keep_with_next = True
        for phrase in profil.phrases:
            paragraphe = self.document.add_paragraph(f"{phrase.texte}.")
            if phrase.verdict:
                teinter(
                    paragraphe.add_run(f" ({Verdict(phrase.verdict).libelle})"),
                    9,
                    self.modele.couleur,
                    gras=True,
                )
            paragraphe.paragraph_format.keep_with_next = True
        self._legende("Tableau", f"{profil.nom} face à {self.contenu.nom_reference}")
        tableau = nouveau_tableau(
            self.document,
            ["Indicateur", "Position", "Quartier", "Référence", "Écart"], [50.0, 42.0, 28.0, 22.0, 24.0],
            titre=f"Profil : {profil.nom}", description="Valeur du quartier, de la référence, et écart, par indicateur.",
        )  # fmt: skip
        for repere in profil.reperes:
            chiffre = repere.chiffre
            cellules = tableau.add_row().cells
            ecrire(cellules[0], f"{repere.libelle}, {chiffre.millesime}")
            dessiner_points(cellules[1], chiffre, repere.echelle)
            ecrire(
                cellules[2],
                chiffre.texte,
                gras=chiffre.valeur is not None,
                droite=True,
                suite=chiffre.intervalle,
            )
            ecrire(cellules[3], repere.texte_reference, droite=True)
            ecrire_ecart(cellules[4].paragraphs[0], chiffre)
        finir_tableau(tableau, droite=(2, 3, 4), solidaire=True)

    def _definitions(self, definitions: Sequence[Definition]) -> None:
        for definition in definitions:
            paragraphe = self.document.add_paragraph()
            paragraphe.add_run(f"{definition.terme}{FINE}: ").bold = True
            paragraphe.add_run(definition.sens)

    def _sources(self) -> None:
        contenu = self.contenu
        self._titre(1, "Sources")
        if contenu.avis_fictif:
            self.document.add_paragraph(AVIS_SOURCES_FICTIVES)
        self._legende("Tableau", "Sources de ce document")
        tableau = nouveau_tableau(
            self.document,
            ["Source", "Jeu de données", "Licence", "Date du fichier"], [40.0, 60.0, 33.0, 33.0],
            titre="Sources", description="Source, jeu de données, licence et date de chaque fichier.",
        )  # fmt: skip
        for source in contenu.sources:
            cellules = tableau.add_row().cells
            ecrire(cellules[0], source.citation)
            ecrire(cellules[1], source.titre, suite=source.precaution)
            ecrire(cellules[2], source.licence)
            ecrire(cellules[3], source.date_fichier)
        finir_tableau(tableau)
        self._petit(dire_document(contenu.identifiant, contenu.edition, contenu.date_edition))
        if self.modele.mention:
            self.document.add_paragraph(self.modele.mention)
