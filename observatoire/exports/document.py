"""Document Word : vrais styles, table des matières, légendes, tableaux dont l’en-tête est marqué."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from docx.shared import Mm, Pt
from docx.table import Table

from observatoire.cartes.francais import typographier
from observatoire.cartes.modeles import Aspect, VueCarte
from observatoire.domaine import Verdict
from observatoire.exports import balises_docx as balises
from observatoire.exports.bureautique import dire_contours, entrees_de_legende
from observatoire.exports.images import carte_png
from observatoire.exports.modele import Modele
from observatoire.exports.page_docx import LARGEUR_MM, PageWord, ouvrir_word
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
    lier_au_suivant,
    nouveau_tableau,
    teinter,
)
from observatoire.redaction import FINE, ecrire_nombre, majuscule

__all__ = ["composer_document"]

_CARTE_MM = (166.0, 108.0)
_SERIES_MAX = 2
_CORPS_MOTS = 9.5
_MOTIFS = {
    Aspect.SECRET: "thinDiagStripe", Aspect.INCERTAIN: "pct10", Aspect.INDICATIF: "pct10",
}  # fmt: skip
"""Trames de Word les plus proches de celles de la carte."""


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
    redacteur = _Redacteur(ouvrir_word(modele), contenu, modele)
    redacteur.tout_ecrire()
    tampon = io.BytesIO()
    redacteur.document.save(tampon)
    return tampon.getvalue()


@dataclass
class _Redacteur(PageWord):
    """Ce que dit chaque partie du document."""

    contenu: Contenu

    def tout_ecrire(self) -> None:
        self.preparer()
        contenu = self.contenu
        self._entete()
        self.titre(1, "L’essentiel en cinq phrases")
        for phrase in contenu.synthese:
            self.document.add_paragraph(f"{phrase}.", style="List Bullet")
        sommaire = self.document.add_paragraph()
        self.titre(1, "La carte", saut=True)
        for vue in contenu.cartes:
            self._carte(vue)
        self.titre(1, majuscule(contenu.tableau.titre), saut=True)
        self._tableau()
        self.titre(2, "Ce que dit le tableau")
        for phrase in contenu.lecture:
            self.document.add_paragraph(f"{phrase}.").paragraph_format.space_after = Pt(3)
        # D’un seul quartier, le profil dit déjà tout cela.
        series = contenu.series[:_SERIES_MAX] if len(contenu.tableau.lignes) > 1 else ()
        for rang, serie in enumerate(series):
            self._serie(serie, avec_cle=rang == 0)
        self.titre(1, "Comment ces chiffres sont obtenus")
        self._definitions(contenu.methode)
        self.titre(1, "Ce que ces chiffres ne disent pas")
        for phrase in contenu.precautions:
            self.document.add_paragraph(phrase, style="List Bullet")
        self.titre(1, contenu.titre_profils, saut=True)
        if contenu.avis_profils:
            self.document.add_paragraph(contenu.avis_profils)
        if not series:
            self._cle()
        for profil in contenu.profils:
            self._profil(profil)
        self.titre(1, "Glossaire")
        self._definitions(contenu.glossaire)
        self.titre(2, "Définition des indicateurs")
        self._definitions(contenu.definitions)
        self.sources(
            contenu.sources,
            AVIS_SOURCES_FICTIVES if contenu.est_fictive else "",
            dire_document(contenu.identifiant, contenu.edition, contenu.date_edition),
        )
        self.sommaire(sommaire)

    def _entete(self) -> None:
        self.logo()
        self.paragraphe_style(self.contenu.surtitre, "Subtitle")
        self.paragraphe_style(self.contenu.titre, "Title")

    def _carte(self, vue: VueCarte) -> None:
        image, restes = carte_png(vue, largeur_mm=_CARTE_MM[0], hauteur_mm=_CARTE_MM[1])
        self.document.add_paragraph(f"{vue.titre}.")
        self.legende("Figure", vue.sous_titre)
        passage = self.document.add_paragraph().add_run()
        passage.add_picture(io.BytesIO(image), width=Mm(LARGEUR_MM))
        balises.decrire_image(passage, vue.texte_alternatif, vue.titre)
        if restes:
            self.petit(", ".join(f"{i} {nom}" for i, nom in enumerate(restes, start=1)))
        self._legende_de_carte(vue)
        for texte in (vue.phrase_lecture, vue.precaution and f"Précaution{FINE}: {vue.precaution}"):
            if texte:
                self.document.add_paragraph(texte)
        self.petit(typographier(vue.source))

    def _legende_de_carte(self, vue: VueCarte) -> None:
        legende = vue.legende
        entrees = entrees_de_legende(legende, _MOTIFS)
        tableau = nouveau_tableau(
            self.document,
            ["", legende.titre, legende.titre_effectif], [14.0, 70.0, 34.0],
            titre="Légende de la carte", description=f"Classes de couleur de la carte. {legende.repere}",
        )  # fmt: skip
        for couleur, motif, libelle, effectif in entrees:
            cellules = tableau.add_row().cells
            balises.colorer_cellule(cellules[0], couleur, motif)
            ecrire(cellules[0], "")
            ecrire(cellules[1], libelle)
            ecrire(cellules[2], ecrire_nombre(effectif), droite=True)
        finir_tableau(tableau, droite=(2,))
        self.petit(" · ".join(t for t in (legende.repere, legende.methode) if t))
        if contours := dire_contours(vue):
            self.petit(contours)

    def _tableau(self) -> None:
        donnees = self.contenu.tableau
        nombre = len(donnees.colonnes)
        premiere, corps = (34.0, 8.5) if nombre > 4 else (56.0, 9.5)
        largeurs = [premiere, *[(LARGEUR_MM - premiere) / nombre] * nombre]
        self.legende("Tableau", f"{donnees.titre}")
        tableau = nouveau_tableau(
            self.document,
            ["Quartier", *(f"{c.entete}\n{c.millesime}" for c in donnees.colonnes)],
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
        self.petit(note_du_tableau(donnees.nom_reference)).paragraph_format.keep_with_next = True
        self.petit(donnees.source)

    def _cle(self) -> None:
        """Ce que veulent dire les points, au-dessus de ce qu’ils expliquent."""
        cle = self.petit(cle_des_points(self.contenu.nom_ville, self.contenu.autre_reference))
        cle.paragraph_format.keep_with_next = True

    def _serie(self, serie: Serie, *, avec_cle: bool) -> None:
        self.titre(2, serie.titre)
        if avec_cle:
            self._cle()
        self.legende("Tableau", f"{serie.titre}, par quartier")
        reference = f"Écart à {self.contenu.nom_reference} ({serie.colonne.texte_reference})"
        tableau = nouveau_tableau(
            self.document,
            ["Quartier", "Position", "Valeur", reference], [64.0, 38.0, 32.0, 32.0],
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
        self._finir(tableau, serie.source, droite=(2, 3))

    def _profil(self, profil: Profil) -> None:
        self.titre(2, profil.nom)
        sous_titre = self.petit(
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
            paragraphe.paragraph_format.space_after = Pt(2)
        self.legende("Tableau", f"{profil.nom} face à {self.contenu.nom_reference}")
        tableau = nouveau_tableau(
            self.document,
            ["Indicateur", "Position", "Quartier", "Référence", "Écart"], [60.0, 38.0, 26.0, 19.0, 23.0],
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
        self._finir(tableau, profil.source, droite=(2, 3, 4))

    def _finir(self, tableau: Table, source: str, *, droite: Sequence[int]) -> None:
        """Un tableau d’un seul tenant, et sa source qui ne le quitte pas : on le recopie avec elle."""
        finir_tableau(tableau, droite=droite, solidaire=True)
        lier_au_suivant(tableau.rows[-1])
        self.petit(source)

    def _definitions(self, definitions: Sequence[Definition]) -> None:
        for definition in definitions:
            paragraphe = self.document.add_paragraph()
            terme = paragraphe.add_run(f"{definition.terme}. ")
            terme.bold = True
            terme.font.size = paragraphe.add_run(definition.sens).font.size = Pt(_CORPS_MOTS)
            paragraphe.paragraph_format.space_after = Pt(2)
