"""Diaporama : un message par diapositive, graphiques et tableaux que l’on peut modifier."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pptx
from pptx.enum.shapes import MSO_SHAPE
from pptx.exc import PackageNotFoundError
from pptx.presentation import Presentation
from pptx.slide import Slide
from pptx.util import Mm

from observatoire.cartes import palettes
from observatoire.cartes.francais import en_lettres, minuscule
from observatoire.cartes.modeles import Aspect, VueCarte
from observatoire.domaine import Verdict
from observatoire.erreurs import ErreurDemande
from observatoire.exports import balises_pptx as balises
from observatoire.exports.graphiques import comparables, graphique_profil, graphique_serie
from observatoire.exports.images import carte_png
from observatoire.exports.modele import Modele
from observatoire.exports.page_pptx import BAS, COTES, HAUT, HAUTEUR, LARGEUR, MARGE, UTILE, Pages
from observatoire.exports.phrases import majuscule
from observatoire.exports.profils import Profil
from observatoire.exports.structure import Contenu, Serie
from observatoire.redaction import FINE, ecrire_nombre

__all__ = ["composer_diaporama"]

_CARTE_MM = (176.0, 124.0)
_SERIES_MAX = 3
_LIGNES_MAX = 9
_PROFIL = 172.0


def composer_diaporama(contenu: Contenu, modele: Modele) -> bytes:
    """Composer le diaporama.

    Parameters
    ----------
    contenu : Contenu
    modele : Modele
        Présentation de la collectivité ; son modèle PPTX donne les masques.

    Raises
    ------
    ErreurDemande
        Si le modèle PPTX ou le logo est illisible.
    """
    redacteur = _Redacteur(_ouvrir(modele), contenu, modele)
    redacteur.tout_ecrire()
    tampon = io.BytesIO()
    redacteur.presentation.save(tampon)
    return tampon.getvalue()


def _ouvrir(modele: Modele) -> Presentation:
    if modele.diaporama is None:
        presentation = pptx.Presentation()
        balises.elargir(presentation, Mm(LARGEUR), Mm(HAUTEUR))
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
class _Redacteur(Pages):
    """Ce que dit chaque diapositive."""

    def tout_ecrire(self) -> None:
        contenu = self.contenu
        self.proprietes()
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

    def _couverture(self) -> None:
        contenu = self.contenu
        diapositive = self.nouvelle(contenu.titre, [contenu.nom_document], corps=36)
        titre = diapositive.shapes.title
        if titre is not None:
            titre.left, titre.top, titre.width, titre.height = self.cadre(MARGE, 52, UTILE - 30, 68)
        filet = diapositive.shapes.add_shape(MSO_SHAPE.RECTANGLE, *self.cadre(MARGE, 44, 40, 1.2))
        filet.name = "Filet"
        filet.fill.solid()
        filet.fill.fore_color.rgb = balises.rvb(self.modele.couleur)
        filet.line.fill.background()
        balises.decorer(filet)
        self.texte(
            diapositive, (MARGE, 126, UTILE, 20),
            [contenu.surtitre, f"Édition du {contenu.date_edition}"], 18, palettes.TEXTE_SECOND, nom="Sous-titre", apres=3,
        )  # fmt: skip
        if self.modele.logo is not None:
            try:
                image = diapositive.shapes.add_picture(
                    str(self.modele.logo), *self.cadre(MARGE, 22, 0, 0)[:2], height=self.mm(16)
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
        diapositive = self.nouvelle(f"{titre}, en {en_lettres(nombre)} phrases", contenu.synthese)
        longueur = sum(map(len, contenu.synthese))
        corps = 20 if longueur < 780 else 17 if longueur < 1000 else 14
        self.texte(
            diapositive, (MARGE, HAUT, UTILE, BAS - HAUT), [f"{p}." for p in contenu.synthese], corps,
            nom="Cinq phrases", apres=13,
        )  # fmt: skip

    def _carte(self, vue: VueCarte) -> None:
        diapositive = self.nouvelle(
            vue.titre, [vue.sous_titre, vue.phrase_lecture, vue.precaution, vue.texte_alternatif]
        )
        image, restes = carte_png(vue, largeur_mm=_CARTE_MM[0], hauteur_mm=_CARTE_MM[1])
        photo = diapositive.shapes.add_picture(
            io.BytesIO(image), *self.cadre(MARGE, HAUT + 4, *_CARTE_MM)
        )
        balises.decrire(photo, "Carte", vue.texte_alternatif)
        x = MARGE + _CARTE_MM[0] + 10
        largeur = LARGEUR - MARGE - x
        self.sous_titre(diapositive, vue.sous_titre)
        bas = self._legende(diapositive, vue, x, largeur)
        textes = [vue.phrase_lecture]
        if restes:
            textes.append(", ".join(f"{i} {nom}" for i, nom in enumerate(restes, start=1)))
        self.texte(
            diapositive, (x, bas + 5, largeur, BAS - bas - 5), [t for t in textes if t], 12,
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
        cadre = self.cadre(x, HAUT + 4, largeur, pas * (len(entrees) + 1))
        forme = diapositive.shapes.add_table(len(entrees) + 1, 3, *cadre)
        balises.decrire(forme, "Légende", f"Classes de couleur de la carte. {legende.repere}")
        tableau = forme.table
        balises.nu(tableau)
        for rang, part in enumerate((0.14, 0.56, 0.30)):
            tableau.columns[rang].width = self.mm(largeur * part)
        self.cellule(tableau.cell(0, 1), legende.titre, 11, gras=True)
        self.cellule(
            tableau.cell(0, 2),
            legende.titre_effectif,
            11,
            couleur=palettes.TEXTE_SECOND,
            droite=True,
        )
        self.cellule(tableau.cell(0, 0), "", 11)
        for rang, (couleur, libelle, effectif) in enumerate(entrees, start=1):
            tableau.rows[rang].height = self.mm(pas)
            self.cellule(tableau.cell(rang, 0), "", 11, fond=couleur)
            self.cellule(tableau.cell(rang, 1), libelle, 11)
            self.cellule(tableau.cell(rang, 2), ecrire_nombre(effectif), 11, droite=True)
        tableau.rows[0].height = self.mm(pas)
        return HAUT + 4 + pas * (len(entrees) + 1)

    def _serie(self, serie: Serie) -> None:
        indicateur = serie.colonne.indicateur
        diapositive = self.nouvelle(
            serie.message,
            [serie.titre, indicateur.definition, indicateur.precaution, *_dire(serie)],
        )
        forme = graphique_serie(
            diapositive, self.cadre(MARGE, HAUT + 4, UTILE, BAS - HAUT - 10), serie,
            nom_reference=majuscule(self.contenu.nom_reference), corps=self.corps(13),
        )  # fmt: skip
        balises.decrire(forme, serie.titre, f"{serie.message}. {' ; '.join(_dire(serie))}.")
        estimes = any(c.intervalle for c in serie.chiffres)
        suite = f"{FINE}; traits fins{FINE}: intervalle d’une estimation" if estimes else ""
        self.sous_titre(diapositive, serie.titre + suite)

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
        diapositive = self.nouvelle(titre, self.contenu.lecture)
        forme = diapositive.shapes.add_table(
            len(lignes) + 2,
            total + 1,
            *self.cadre(MARGE, HAUT - 2, UTILE, 12.0 * (len(lignes) + 2)),
        )
        balises.decrire(forme, donnees.titre, donnees.alternative)
        tableau = forme.table
        balises.nu(tableau)
        premiere = 66.0
        for rang in range(total + 1):
            tableau.columns[rang].width = self.mm(
                premiere if rang == 0 else (UTILE - premiere) / total
            )
        petit = 11 if len(lignes) > 6 else 13
        self.cellule(tableau.cell(0, 0), "Quartier", 11, gras=True, couleur=palettes.TEXTE_SECOND)
        for rang, colonne in enumerate(donnees.colonnes, start=1):
            self.cellule(
                tableau.cell(0, rang), f"{colonne.indicateur.court}, {colonne.millesime}", 11, gras=True,
                couleur=palettes.TEXTE_SECOND, droite=True,
            )  # fmt: skip
        for rang, ligne in enumerate(lignes, start=1):
            self.cellule(tableau.cell(rang, 0), ligne.nom, petit, gras=True)
            for place, chiffre in enumerate(ligne.chiffres, start=1):
                self.chiffre(tableau.cell(rang, place), chiffre, petit)
        self.cellule(
            tableau.cell(len(lignes) + 1, 0), majuscule(donnees.nom_reference), petit, gras=True
        )
        for place, colonne in enumerate(donnees.colonnes, start=1):
            self.cellule(
                tableau.cell(len(lignes) + 1, place),
                colonne.texte_reference,
                petit,
                gras=True,
                droite=True,
            )
        pas = min(17.0, (BAS - HAUT + 2) / (len(lignes) + 2))
        for ligne_tableau in tableau.rows:
            ligne_tableau.height = self.mm(pas)
        balises.filets(
            tableau, fort=palettes.TEXTE_SECOND, fin=palettes.TRAIT, forts=(0, len(lignes))
        )

    def _profil(self, profil: Profil) -> None:
        dites = [p for p in profil.phrases if p.verdict]
        message = minuscule(dites[0].texte) if dites else "aucun écart ne peut être affirmé"
        titre = f"{profil.nom}{FINE}: {message}"
        details = [
            f"{r.libelle}, {r.chiffre.millesime}{FINE}: {r.chiffre.en_mots}" for r in profil.reperes
        ]
        diapositive = self.nouvelle(titre, [*(f"{p.texte}." for p in profil.phrases), *details])
        code = f"Quartier prioritaire {profil.code}"
        self.sous_titre(diapositive, " · ".join(t for t in (code, profil.habitants) if t))
        self._tableau_profil(diapositive, profil)
        x, hauteur = MARGE + _PROFIL + 12, 0.0
        reste = LARGEUR - MARGE - x
        nombre = len(comparables(profil))
        if nombre:
            hauteur = 15.0 + 13.0 * nombre
            forme = graphique_profil(
                diapositive, self.cadre(x, HAUT + 4, reste, hauteur), profil,
                nom_reference=majuscule(self.contenu.nom_reference), corps=self.corps(11),
            )  # fmt: skip
            balises.decrire(
                forme, f"Profil : {profil.nom}", f"{profil.nom}. {' ; '.join(details)}."
            )
        phrases = [
            f"{p.texte}{f' ({Verdict(p.verdict).libelle})' if p.verdict else ''}."
            for p in profil.phrases
            if p not in dites[:1]
        ]
        haut = HAUT + 7 + hauteur
        self.texte(
            diapositive, (x, haut, reste, BAS - haut), phrases, 13 if hauteur < 40 else 12,
            nom="Phrases", apres=5,
        )  # fmt: skip

    def _tableau_profil(self, diapositive: Slide, profil: Profil) -> None:
        lignes = profil.reperes
        pas = min(15.0, (BAS - HAUT - 4) / (len(lignes) + 1))
        forme = diapositive.shapes.add_table(
            len(lignes) + 1, 4, *self.cadre(MARGE, HAUT + 4, _PROFIL, pas * (len(lignes) + 1))
        )
        balises.decrire(
            forme, f"{profil.nom}, indicateur par indicateur",
            "Valeur du quartier, de la référence, et écart, par indicateur.",
        )  # fmt: skip
        tableau = forme.table
        balises.nu(tableau)
        for rang, part in enumerate((0.42, 0.22, 0.17, 0.19)):
            tableau.columns[rang].width = self.mm(_PROFIL * part)
        for rang, texte in enumerate(("Indicateur", "Quartier", "Référence", "Écart")):
            self.cellule(
                tableau.cell(0, rang), texte, 11, gras=True, couleur=palettes.TEXTE_SECOND, droite=rang > 0
            )  # fmt: skip
        for rang, repere in enumerate(lignes, start=1):
            chiffre = repere.chiffre
            self.cellule(tableau.cell(rang, 0), f"{repere.libelle}, {chiffre.millesime}", 12)
            self.valeur(tableau.cell(rang, 1), chiffre, 12)
            self.cellule(tableau.cell(rang, 2), repere.texte_reference, 12, droite=True)
            couleur = COTES[chiffre.ecart_signe] if chiffre.compare else palettes.TEXTE_SECOND
            self.cellule(
                tableau.cell(rang, 3), chiffre.ecart, 12, gras=chiffre.compare, couleur=couleur, droite=True
            )  # fmt: skip
        for ligne in tableau.rows:
            ligne.height = self.mm(pas)
        balises.filets(tableau, fort=palettes.TEXTE_SECOND, fin=palettes.TRAIT, forts=(0,))

    def _methode(self) -> None:
        contenu = self.contenu
        diapositive = self.nouvelle(
            "Un chiffre publié est préféré ; une estimation est donnée avec ce qu’elle ne permet pas de dire",
            [f"{d.terme}{FINE}: {d.sens}" for d in contenu.methode],
        )
        demi = (UTILE - 14) / 2
        gauche = [f"{d.terme}{FINE}: {d.sens}" for d in contenu.methode]
        self.texte(diapositive, (MARGE, HAUT, demi, BAS - HAUT), gauche, 13, nom="Méthode", apres=5)
        self.texte(
            diapositive, (MARGE + demi + 14, HAUT, demi, BAS - HAUT), contenu.precautions, 13,
            nom="Précautions", apres=5,
        )  # fmt: skip

    def _sources(self) -> None:
        contenu = self.contenu
        titre = "Sources, dates et licences"
        if contenu.est_fictive:
            titre = "Données inventées, aux formats de ces sources"
        diapositive = self.nouvelle(titre, [])
        lignes = contenu.sources
        corps = 12 if len(lignes) <= 8 else 10
        pas = min(11.0, (BAS - HAUT - 4) / (len(lignes) + 1))
        forme = diapositive.shapes.add_table(
            len(lignes) + 1, 4, *self.cadre(MARGE, HAUT - 10, UTILE, pas * (len(lignes) + 1))
        )
        balises.decrire(
            forme, "Sources", "Source, jeu de données, licence et date de chaque fichier."
        )
        tableau = forme.table
        balises.nu(tableau)
        for rang, part in enumerate((0.26, 0.46, 0.14, 0.14)):
            tableau.columns[rang].width = self.mm(UTILE * part)
        for rang, texte in enumerate(("Source", "Jeu de données", "Licence", "Date du fichier")):
            self.cellule(
                tableau.cell(0, rang), texte, corps, gras=True, couleur=palettes.TEXTE_SECOND
            )
        for rang, source in enumerate(lignes, start=1):
            tableau.rows[rang].height = self.mm(pas)
            for place, texte in enumerate(
                (source.citation, source.titre, source.licence, source.date_fichier)
            ):
                self.cellule(tableau.cell(rang, place), texte, corps)
        balises.filets(tableau, fort=palettes.TEXTE_SECOND, fin=palettes.TRAIT, forts=(0,))


def _dire(serie: Serie) -> list[str]:
    return [f"{nom}{FINE}: {c.en_mots}" for nom, c in zip(serie.noms, serie.chiffres, strict=True)]
