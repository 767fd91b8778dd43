"""Diaporama : un message par diapositive, graphiques et tableaux que l’on peut modifier."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pptx
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.exc import PackageNotFoundError
from pptx.presentation import Presentation
from pptx.slide import Slide, SlideLayout
from pptx.util import Emu, Mm, Pt

from observatoire.cartes import palettes
from observatoire.cartes.francais import en_lettres, minuscule
from observatoire.cartes.modeles import Aspect, VueCarte
from observatoire.domaine import Verdict
from observatoire.erreurs import ErreurDemande
from observatoire.exports import balises_pptx as balises
from observatoire.exports.graphiques import comparables, graphique_profil, graphique_serie
from observatoire.exports.images import carte_png
from observatoire.exports.lignes import Chiffre
from observatoire.exports.modele import Modele
from observatoire.exports.phrases import majuscule
from observatoire.exports.profils import Profil
from observatoire.exports.sortie import ecrire_entier, verifier_sortie
from observatoire.exports.structure import Contenu, Serie
from observatoire.redaction import FINE, INSECABLE, ecrire_nombre

__all__ = ["composer_diaporama", "ecrire_diaporama"]

_LARGEUR, _HAUTEUR = 338.67, 190.5
"""Diapositive 16:9, en millimètres (13,33 × 7,5 pouces)."""
_MARGE = 18.0
_UTILE = _LARGEUR - 2 * _MARGE
_HAUT, _BAS = 46.0, 172.0
_CARTE_MM = (176.0, 124.0)
_TEXTE, _TITRE = "Calibri", "Georgia"
_SERIES_MAX = 3
_LIGNES_MAX = 9
_PROFIL = 172.0
_COTES = {1: palettes.AMBRES[3], -1: palettes.INDIGOS[3], 0: palettes.ENCRE}


def ecrire_diaporama(contenu: Contenu, modele: Modele, sortie: Path) -> Path:
    """Écrire le diaporama.

    Parameters
    ----------
    contenu : Contenu
    modele : Modele
        Présentation de la collectivité ; son modèle PPTX donne les masques.
    sortie : Path
        Fichier ``.pptx``.

    Raises
    ------
    ErreurDemande
        Extension ou dossier impossibles ; modèle PPTX illisible.
    """
    verifier_sortie(sortie, ".pptx")
    return ecrire_entier(sortie, composer_diaporama(contenu, modele))


def composer_diaporama(contenu: Contenu, modele: Modele) -> bytes:
    """Composer le diaporama."""
    redacteur = _Redacteur(_ouvrir(modele), contenu, modele)
    redacteur.tout_ecrire()
    tampon = io.BytesIO()
    redacteur.presentation.save(tampon)
    return tampon.getvalue()


def _ouvrir(modele: Modele) -> Presentation:
    if modele.diaporama is None:
        presentation = pptx.Presentation()
        balises.elargir(presentation, Mm(_LARGEUR), Mm(_HAUTEUR))
        return presentation
    try:
        presentation = pptx.Presentation(str(modele.diaporama))
    except (PackageNotFoundError, ValueError, KeyError, OSError) as erreur:
        raise ErreurDemande(
            f"Le modèle « {modele.diaporama.name} » n’est pas un diaporama lisible ({erreur}) : "
            "enregistrez-le de nouveau en .pptx."
        ) from erreur
    balises.vider(presentation)
    return presentation


@dataclass
class _Redacteur:
    """Un diaporama en cours d’écriture. Les cotes sont en millimètres, celles d’une page 16:9."""

    presentation: Presentation
    contenu: Contenu
    modele: Modele

    def tout_ecrire(self) -> None:
        contenu = self.contenu
        self._proprietes()
        self._couverture()
        self._essentiel()
        for vue in contenu.cartes:
            self._carte(vue)
        for serie in contenu.series[:_SERIES_MAX]:
            self._serie(serie)
        for debut in range(0, len(contenu.tableau.lignes), _LIGNES_MAX):
            self._tableau(debut)
        for profil in contenu.profils:
            self._profil(profil)
        self._methode()
        self._sources()

    # --- Cadre ---

    @property
    def _echelle(self) -> float:
        """Rapport de la diapositive du modèle à la nôtre, quand elle est d’un autre format."""
        largeur = (self.presentation.slide_width or Mm(_LARGEUR)) / Mm(_LARGEUR)
        hauteur = (self.presentation.slide_height or Mm(_HAUTEUR)) / Mm(_HAUTEUR)
        return float(min(largeur, hauteur))

    def _mm(self, valeur: float) -> Emu:
        return Emu(round(Mm(1) * valeur * self._echelle))

    def _cadre(
        self, x: float, y: float, largeur: float, hauteur: float
    ) -> tuple[Emu, Emu, Emu, Emu]:
        return self._mm(x), self._mm(y), self._mm(largeur), self._mm(hauteur)

    def _corps(self, corps: float) -> Pt:
        return Pt(corps * self._echelle)

    def _proprietes(self) -> None:
        proprietes = self.presentation.core_properties
        proprietes.title = self.contenu.nom_document
        proprietes.author = self.modele.service
        proprietes.last_modified_by = self.modele.service
        proprietes.subject = self.contenu.titre
        proprietes.language = "fr-FR"
        proprietes.keywords = f"QPV, {self.contenu.nom_ville}, édition {self.contenu.edition}"
        proprietes.comments = f"Document {self.contenu.identifiant}"
        instant = datetime.fromisoformat(self.contenu.publiee_le).replace(tzinfo=None)
        proprietes.created = proprietes.modified = instant

    def _masque(self) -> SlideLayout:
        """Masque « titre seul » : celui qui a un titre et le moins d’autres emplacements de contenu."""
        return min(self.presentation.slide_layouts, key=balises.encombrement)

    def _nouvelle(self, titre: str, notes: Sequence[str], *, corps: float = 26.0) -> Slide:
        diapositive = self.presentation.slides.add_slide(self._masque())
        balises.retirer_vides(diapositive)
        zone = diapositive.shapes.title
        if zone is None:
            zone = diapositive.shapes.add_textbox(*self._cadre(_MARGE, 16, _UTILE, 26))
            zone.name = "Titre"
        zone.left, zone.top, zone.width, zone.height = self._cadre(_MARGE, 17, _UTILE, 27)
        cadre = zone.text_frame
        cadre.word_wrap = True
        cadre.vertical_anchor = MSO_ANCHOR.TOP
        balises.sans_marge(cadre)
        # Un long message garde deux lignes : le corps se réduit.
        corps -= 4 * (len(titre) > 95) + 3 * (len(titre) > 120) + 2 * (len(titre) > 170)
        self._ecrire(
            cadre.paragraphs[0], titre, corps, self.modele.couleur_titres, police=_TITRE, gras=True
        )
        self._bandeau(diapositive)
        textes = [
            *notes,
            self.contenu.citation,
            f"Édition {self.contenu.edition} · document {self.contenu.identifiant}.",
        ]
        if self.contenu.avis_fictif:
            textes.insert(0, f"{self.contenu.avis_fictif}.")
        commentaire = diapositive.notes_slide.notes_text_frame
        commentaire.text = "\n".join(t for t in textes if t)
        balises.fixer_langue(diapositive)
        return diapositive

    def _bandeau(self, diapositive: Slide) -> None:
        """Service en haut, édition et source en bas, avis de ville fictive."""
        self._texte(
            diapositive,
            (_MARGE, 9, 150, 6),
            self.modele.service,
            10.5,
            self.modele.couleur,
            gras=True,
            nom="Service",
        )
        if self.contenu.avis_fictif:
            boite = self._texte(
                diapositive, (_LARGEUR - _MARGE - 96, 8.4, 96, 6.6), self.contenu.avis_fictif, 10.5, "#6b3510",
                gras=True, droite=True, nom="Ville fictive",
            )  # fmt: skip
            boite.fill.solid()
            boite.fill.fore_color.rgb = balises.rvb("#f8e6cb")
        self._texte(
            diapositive,
            (_MARGE, 177.5, _UTILE - 74, 9),
            self.contenu.citation,
            9,
            palettes.TEXTE_SECOND,
            nom="Source",
        )
        self._texte(
            diapositive, (_LARGEUR - _MARGE - 70, 177.5, 70, 9),
            f"Édition {self.contenu.edition} · {self.contenu.identifiant}", 9, palettes.TEXTE_SECOND,
            droite=True, nom="Édition",
        )  # fmt: skip

    def _texte(
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
        boite = diapositive.shapes.add_textbox(*self._cadre(*cadre))
        boite.name = nom
        zone = boite.text_frame
        zone.word_wrap = True
        balises.sans_marge(zone)
        phrases = [texte] if isinstance(texte, str) else list(texte)
        for rang, phrase in enumerate(phrases):
            paragraphe = zone.paragraphs[0] if rang == 0 else zone.add_paragraph()
            self._ecrire(paragraphe, phrase, corps, couleur, gras=gras, police=police)
            paragraphe.space_after = self._corps(apres)
            if droite:
                paragraphe.alignment = PP_ALIGN.RIGHT
        return boite

    def _ecrire(
        self,
        paragraphe: Any,
        texte: str,
        corps: float,
        couleur: str,
        *,
        gras: bool = False,
        police: str = _TEXTE,
    ) -> None:
        paragraphe.alignment = PP_ALIGN.LEFT
        passage = paragraphe.add_run()
        passage.text = texte
        passage.font.size = self._corps(corps)
        passage.font.bold = gras
        passage.font.color.rgb = balises.rvb(couleur)
        if self.modele.diaporama is None:
            passage.font.name = police
        balises.dire_francais(passage)

    def _sous_titre(self, diapositive: Slide, texte: str) -> None:
        cadre = (_MARGE, _HAUT - 3.5, _UTILE, 6)
        self._texte(diapositive, cadre, texte, 12, palettes.TEXTE_SECOND, nom="Sous-titre")

    # --- Diapositives ---

    def _couverture(self) -> None:
        contenu = self.contenu
        diapositive = self._nouvelle(contenu.titre, [contenu.nom_document], corps=36)
        titre = diapositive.shapes.title
        if titre is not None:
            titre.left, titre.top, titre.width, titre.height = self._cadre(
                _MARGE, 52, _UTILE - 30, 68
            )
        filet = diapositive.shapes.add_shape(MSO_SHAPE.RECTANGLE, *self._cadre(_MARGE, 44, 40, 1.2))
        filet.name = "Filet"
        filet.fill.solid()
        filet.fill.fore_color.rgb = balises.rvb(self.modele.couleur)
        filet.line.fill.background()
        balises.decorer(filet)
        self._texte(
            diapositive, (_MARGE, 126, _UTILE, 20),
            [contenu.surtitre, f"Édition du {contenu.date_edition}"], 18, palettes.TEXTE_SECOND, nom="Sous-titre", apres=3,
        )  # fmt: skip
        if self.modele.logo is not None:
            try:
                image = diapositive.shapes.add_picture(
                    str(self.modele.logo), *self._cadre(_MARGE, 22, 0, 0)[:2], height=self._mm(16)
                )
            except (OSError, ValueError) as erreur:
                raise ErreurDemande(
                    f"Le logo « {self.modele.logo.name} » n’est pas une image lisible : enregistrez-le en PNG."
                ) from erreur
            balises.decrire(image, "Logo", self.modele.texte_logo)

    def _essentiel(self) -> None:
        contenu = self.contenu
        nombre = len(contenu.synthese)
        titre = f"L’essentiel {contenu.surtitre[0].lower()}{contenu.surtitre[1:]}".replace(
            "quartiers", "des quartiers", 1
        )
        diapositive = self._nouvelle(f"{titre}, en {en_lettres(nombre)} phrases", contenu.synthese)
        longueur = sum(map(len, contenu.synthese))
        corps = 20 if longueur < 780 else 17 if longueur < 1000 else 14
        self._texte(
            diapositive, (_MARGE, _HAUT, _UTILE, _BAS - _HAUT), [f"{p}." for p in contenu.synthese], corps,
            nom="Cinq phrases", apres=13,
        )  # fmt: skip

    def _carte(self, vue: VueCarte) -> None:
        diapositive = self._nouvelle(
            vue.titre, [vue.sous_titre, vue.phrase_lecture, vue.precaution, vue.texte_alternatif]
        )
        image, restes = carte_png(vue, largeur_mm=_CARTE_MM[0], hauteur_mm=_CARTE_MM[1])
        photo = diapositive.shapes.add_picture(
            io.BytesIO(image), *self._cadre(_MARGE, _HAUT + 4, *_CARTE_MM)
        )
        balises.decrire(photo, "Carte", vue.texte_alternatif)
        x = _MARGE + _CARTE_MM[0] + 10
        largeur = _LARGEUR - _MARGE - x
        self._sous_titre(diapositive, vue.sous_titre)
        bas = self._legende(diapositive, vue, x, largeur)
        textes = [vue.phrase_lecture]
        if restes:
            textes.append(", ".join(f"{i} {nom}" for i, nom in enumerate(restes, start=1)))
        self._texte(
            diapositive, (x, bas + 5, largeur, _BAS - bas - 5), [t for t in textes if t], 12,
            nom="Lecture", apres=5,
        )  # fmt: skip

    def _legende(self, diapositive: Slide, vue: VueCarte, x: float, largeur: float) -> float:
        legende = vue.legende
        entrees = [(c.couleur, c.libelle, c.effectif) for c in legende.classes]
        entrees += [
            (palettes.FOND_ASPECT[a], a.libelle, n)
            for a, n in legende.aspects
            if n and a is not Aspect.VALEUR
        ]
        pas = 6.0
        cadre = self._cadre(x, _HAUT + 4, largeur, pas * (len(entrees) + 1))
        forme = diapositive.shapes.add_table(len(entrees) + 1, 3, *cadre)
        balises.decrire(forme, "Légende", f"Classes de couleur de la carte. {legende.repere}")
        tableau = forme.table
        balises.nu(tableau)
        for rang, part in enumerate((0.14, 0.56, 0.30)):
            tableau.columns[rang].width = self._mm(largeur * part)
        self._cellule(tableau.cell(0, 1), legende.titre, 11, gras=True)
        self._cellule(
            tableau.cell(0, 2),
            legende.titre_effectif,
            11,
            couleur=palettes.TEXTE_SECOND,
            droite=True,
        )
        self._cellule(tableau.cell(0, 0), "", 11)
        for rang, (couleur, libelle, effectif) in enumerate(entrees, start=1):
            tableau.rows[rang].height = self._mm(pas)
            self._cellule(tableau.cell(rang, 0), "", 11, fond=couleur)
            self._cellule(tableau.cell(rang, 1), libelle, 11)
            self._cellule(tableau.cell(rang, 2), ecrire_nombre(effectif), 11, droite=True)
        tableau.rows[0].height = self._mm(pas)
        return _HAUT + 4 + pas * (len(entrees) + 1)

    def _serie(self, serie: Serie) -> None:
        indicateur = serie.colonne.indicateur
        diapositive = self._nouvelle(
            serie.message,
            [serie.titre, indicateur.definition, indicateur.precaution, *_dire(serie)],
        )
        forme = graphique_serie(
            diapositive, self._cadre(_MARGE, _HAUT + 4, _UTILE, _BAS - _HAUT - 10), serie,
            nom_reference=majuscule(self.contenu.nom_reference), corps=self._corps(13),
        )  # fmt: skip
        balises.decrire(forme, serie.titre, f"{serie.message}. {' ; '.join(_dire(serie))}.")
        estimes = any(c.intervalle for c in serie.chiffres)
        suite = f"{FINE}; traits fins{FINE}: intervalle d’une estimation" if estimes else ""
        self._sous_titre(diapositive, serie.titre + suite)

    def _tableau(self, debut: int) -> None:
        donnees = self.contenu.tableau
        lignes = donnees.lignes[debut : debut + _LIGNES_MAX]
        comparables = sum(
            any(ligne.chiffres[rang].compare for ligne in donnees.lignes)
            for rang in range(len(donnees.colonnes))
        )
        total = len(donnees.colonnes)
        titre = f"Sur {en_lettres(total)} indicateurs, {en_lettres(comparables)} permettent de comparer des quartiers à {donnees.nom_reference}"
        if comparables == total:
            titre = f"Les écarts à {donnees.nom_reference}, quartier par quartier, pour {en_lettres(total)} indicateurs"
        diapositive = self._nouvelle(titre, self.contenu.lecture)
        forme = diapositive.shapes.add_table(
            len(lignes) + 2,
            total + 1,
            *self._cadre(_MARGE, _HAUT - 2, _UTILE, 12.0 * (len(lignes) + 2)),
        )
        balises.decrire(forme, donnees.titre, donnees.alternative)
        tableau = forme.table
        balises.nu(tableau)
        premiere = 66.0
        for rang in range(total + 1):
            tableau.columns[rang].width = self._mm(
                premiere if rang == 0 else (_UTILE - premiere) / total
            )
        petit = 11 if len(lignes) > 6 else 13
        self._cellule(tableau.cell(0, 0), "Quartier", 11, gras=True, couleur=palettes.TEXTE_SECOND)
        for rang, colonne in enumerate(donnees.colonnes, start=1):
            self._cellule(
                tableau.cell(0, rang), f"{colonne.indicateur.court}, {colonne.millesime}", 11, gras=True,
                couleur=palettes.TEXTE_SECOND, droite=True,
            )  # fmt: skip
        for rang, ligne in enumerate(lignes, start=1):
            self._cellule(tableau.cell(rang, 0), ligne.nom, petit, gras=True)
            for place, chiffre in enumerate(ligne.chiffres, start=1):
                self._chiffre(tableau.cell(rang, place), chiffre, petit)
        self._cellule(
            tableau.cell(len(lignes) + 1, 0), majuscule(donnees.nom_reference), petit, gras=True
        )
        for place, colonne in enumerate(donnees.colonnes, start=1):
            self._cellule(
                tableau.cell(len(lignes) + 1, place),
                colonne.texte_reference,
                petit,
                gras=True,
                droite=True,
            )
        pas = min(17.0, (_BAS - _HAUT + 2) / (len(lignes) + 2))
        for ligne_tableau in tableau.rows:
            ligne_tableau.height = self._mm(pas)
        balises.filets(
            tableau, fort=palettes.TEXTE_SECOND, fin=palettes.TRAIT, forts=(0, len(lignes))
        )

    def _chiffre(self, cellule: Any, chiffre: Chiffre, corps: float) -> None:
        self._valeur(cellule, chiffre, corps)
        if chiffre.compare:
            paragraphe = cellule.text_frame.add_paragraph()
            self._ecrire(paragraphe, chiffre.ecart, corps, _COTES[chiffre.ecart_signe], gras=True)
            paragraphe.alignment = PP_ALIGN.RIGHT

    def _valeur(self, cellule: Any, chiffre: Chiffre, corps: float) -> None:
        """Valeur, et dessous son intervalle si elle est estimée."""
        connue = chiffre.valeur is not None
        couleur = palettes.ENCRE if connue else palettes.TEXTE_SECOND
        self._cellule(cellule, chiffre.texte, corps, gras=connue, droite=True, couleur=couleur)
        if chiffre.intervalle:
            paragraphe = cellule.text_frame.add_paragraph()
            self._ecrire(paragraphe, chiffre.intervalle, corps - 3, palettes.TEXTE_SECOND)
            paragraphe.alignment = PP_ALIGN.RIGHT

    def _cellule(
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
        balises.regler_cellule(cellule, fond)
        paragraphe = cellule.text_frame.paragraphs[0]
        # Une cellule vide garderait le grand corps par défaut, et sa hauteur.
        self._ecrire(paragraphe, texte or INSECABLE, corps, couleur, gras=gras)
        if droite:
            paragraphe.alignment = PP_ALIGN.RIGHT

    def _profil(self, profil: Profil) -> None:
        dites = [p for p in profil.phrases if p.verdict]
        message = minuscule(dites[0].texte) if dites else "aucun écart ne peut être affirmé"
        titre = f"{profil.nom}{FINE}: {message}"
        details = [
            f"{r.libelle}, {r.chiffre.millesime}{FINE}: {r.chiffre.en_mots}" for r in profil.reperes
        ]
        diapositive = self._nouvelle(titre, [*(f"{p.texte}." for p in profil.phrases), *details])
        code = f"Quartier prioritaire {profil.code}"
        self._sous_titre(diapositive, " · ".join(t for t in (code, profil.habitants) if t))
        self._tableau_profil(diapositive, profil)
        x, hauteur = _MARGE + _PROFIL + 12, 0.0
        reste = _LARGEUR - _MARGE - x
        nombre = len(comparables(profil))
        if nombre:
            hauteur = 15.0 + 13.0 * nombre
            forme = graphique_profil(
                diapositive, self._cadre(x, _HAUT + 4, reste, hauteur), profil,
                nom_reference=majuscule(self.contenu.nom_reference), corps=self._corps(11),
            )  # fmt: skip
            balises.decrire(
                forme, f"Profil : {profil.nom}", f"{profil.nom}. {' ; '.join(details)}."
            )
        phrases = [
            f"{p.texte}{f' ({Verdict(p.verdict).libelle})' if p.verdict else ''}."
            for p in profil.phrases
            if p not in dites[:1]
        ]
        haut = _HAUT + 7 + hauteur
        self._texte(
            diapositive, (x, haut, reste, _BAS - haut), phrases, 13 if hauteur < 40 else 12,
            nom="Phrases", apres=5,
        )  # fmt: skip

    def _tableau_profil(self, diapositive: Slide, profil: Profil) -> None:
        lignes = profil.reperes
        pas = min(15.0, (_BAS - _HAUT - 4) / (len(lignes) + 1))
        forme = diapositive.shapes.add_table(
            len(lignes) + 1, 4, *self._cadre(_MARGE, _HAUT + 4, _PROFIL, pas * (len(lignes) + 1))
        )
        balises.decrire(
            forme, f"{profil.nom}, indicateur par indicateur",
            "Valeur du quartier, de la référence, et écart, par indicateur.",
        )  # fmt: skip
        tableau = forme.table
        balises.nu(tableau)
        for rang, part in enumerate((0.42, 0.22, 0.17, 0.19)):
            tableau.columns[rang].width = self._mm(_PROFIL * part)
        for rang, texte in enumerate(("Indicateur", "Quartier", "Référence", "Écart")):
            self._cellule(
                tableau.cell(0, rang), texte, 11, gras=True, couleur=palettes.TEXTE_SECOND, droite=rang > 0
            )  # fmt: skip
        for rang, repere in enumerate(lignes, start=1):
            chiffre = repere.chiffre
            self._cellule(tableau.cell(rang, 0), f"{repere.libelle}, {chiffre.millesime}", 12)
            self._valeur(tableau.cell(rang, 1), chiffre, 12)
            self._cellule(tableau.cell(rang, 2), repere.texte_reference, 12, droite=True)
            couleur = _COTES[chiffre.ecart_signe] if chiffre.compare else palettes.TEXTE_SECOND
            self._cellule(
                tableau.cell(rang, 3), chiffre.ecart, 12, gras=chiffre.compare, couleur=couleur, droite=True
            )  # fmt: skip
        for ligne in tableau.rows:
            ligne.height = self._mm(pas)
        balises.filets(tableau, fort=palettes.TEXTE_SECOND, fin=palettes.TRAIT, forts=(0,))

    def _methode(self) -> None:
        contenu = self.contenu
        diapositive = self._nouvelle(
            "Un chiffre publié est préféré ; une estimation est donnée avec ce qu’elle ne permet pas de dire",
            [f"{d.terme}{FINE}: {d.sens}" for d in contenu.methode],
        )
        demi = (_UTILE - 14) / 2
        gauche = [f"{d.terme}{FINE}: {d.sens}" for d in contenu.methode]
        self._texte(
            diapositive, (_MARGE, _HAUT, demi, _BAS - _HAUT), gauche, 13, nom="Méthode", apres=5
        )
        self._texte(
            diapositive, (_MARGE + demi + 14, _HAUT, demi, _BAS - _HAUT), contenu.precautions, 13,
            nom="Précautions", apres=5,
        )  # fmt: skip

    def _sources(self) -> None:
        contenu = self.contenu
        titre = "Sources, dates et licences"
        if contenu.est_fictive:
            titre = "Données inventées, aux formats de ces sources"
        diapositive = self._nouvelle(titre, [])
        lignes = contenu.sources
        corps = 12 if len(lignes) <= 8 else 10
        pas = min(11.0, (_BAS - _HAUT - 4) / (len(lignes) + 1))
        forme = diapositive.shapes.add_table(
            len(lignes) + 1, 4, *self._cadre(_MARGE, _HAUT - 10, _UTILE, pas * (len(lignes) + 1))
        )
        balises.decrire(
            forme, "Sources", "Source, jeu de données, licence et date de chaque fichier."
        )
        tableau = forme.table
        balises.nu(tableau)
        for rang, part in enumerate((0.26, 0.46, 0.14, 0.14)):
            tableau.columns[rang].width = self._mm(_UTILE * part)
        for rang, texte in enumerate(("Source", "Jeu de données", "Licence", "Date du fichier")):
            self._cellule(
                tableau.cell(0, rang), texte, corps, gras=True, couleur=palettes.TEXTE_SECOND
            )
        for rang, source in enumerate(lignes, start=1):
            tableau.rows[rang].height = self._mm(pas)
            for place, texte in enumerate(
                (source.citation, source.titre, source.licence, source.date_fichier)
            ):
                self._cellule(tableau.cell(rang, place), texte, corps)
        balises.filets(tableau, fort=palettes.TEXTE_SECOND, fin=palettes.TRAIT, forts=(0,))


def _dire(serie: Serie) -> list[str]:
    return [f"{nom}{FINE}: {c.en_mots}" for nom, c in zip(serie.noms, serie.chiffres, strict=True)]
