"""Diaporama : un message par diapositive, graphiques et tableaux que l’on peut modifier."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pptx
from pptx.enum.shapes import MSO_SHAPE
from pptx.exc import PackageNotFoundError
from pptx.presentation import Presentation
from pptx.util import Mm

from observatoire.cartes import palettes
from observatoire.cartes.francais import en_lettres, minuscule, typographier
from observatoire.cartes.modeles import VueCarte
from observatoire.domaine import Verdict
from observatoire.erreurs import ErreurDemande
from observatoire.exports import balises_pptx as balises
from observatoire.exports.bureautique import dire_contours
from observatoire.exports.graphiques import comparables, graphique_profil, graphique_serie
from observatoire.exports.images import carte_png
from observatoire.exports.modele import Modele
from observatoire.exports.page_pptx import (
    BAS,
    HAUT,
    HAUTEUR,
    LARGEUR,
    MARGE,
    UTILE,
    couper_en_deux,
    hauteur_mm,
)
from observatoire.exports.profils import Profil
from observatoire.exports.structure import Contenu, Serie
from observatoire.exports.tableaux_pptx import LIGNES_MAX, PROFIL, PagesATableaux
from observatoire.redaction import FINE, majuscule

__all__ = ["composer_diaporama"]

_CARTE_MM = (184.0, 124.0)
_AGRANDISSEMENT = 1.45
"""La carte est dessinée plus petite, puis agrandie : ses noms se lisent du fond de la salle."""
_SERIES_MAX = 3
_PLACE_12 = 11.5
"""Millimètres carrés par lettre qu’un texte de corps 12 occupe, interlignes compris."""
_ENTRE = 14.0
_CORPS_MOTS = (18.0, 16.0, 14.0, 13.0, 12.0, 11.0)
_BARRE_MM = 26.0
"""Hauteur d’une barre et de son blanc : deux barres ne remplissent pas la page."""


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
class _Redacteur(PagesATableaux):
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
        # D’un seul quartier, le profil dit déjà tout le tableau.
        if len(contenu.tableau.lignes) > 1:
            for debut in range(0, len(contenu.tableau.lignes), LIGNES_MAX):
                self.tableau(debut)
        for profil in contenu.profils:
            self._profil(profil)
        self._methode()
        self.sources()

    def _couverture(self) -> None:
        contenu = self.contenu
        corps = 36 - 4 * (len(contenu.titre) > 85) - 4 * (len(contenu.titre) > 115)
        diapositive = self.nouvelle(contenu.titre, [contenu.nom_document], corps=corps)
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
            vue.titre,
            [vue.sous_titre, vue.phrase_lecture, vue.precaution, vue.texte_alternatif],
            source=typographier(vue.source),
        )
        image, restes = carte_png(
            vue,
            largeur_mm=_CARTE_MM[0] / _AGRANDISSEMENT,
            hauteur_mm=_CARTE_MM[1] / _AGRANDISSEMENT,
            agrandissement=_AGRANDISSEMENT,
        )
        photo = diapositive.shapes.add_picture(
            io.BytesIO(image), *self.cadre(MARGE, HAUT + 4, *_CARTE_MM)
        )
        balises.decrire(photo, "Carte", vue.texte_alternatif)
        x = MARGE + _CARTE_MM[0] + 10
        largeur = LARGEUR - MARGE - x
        self.sous_titre(diapositive, vue.sous_titre)
        bas = self.legende(diapositive, vue, x, largeur)
        textes = [dire_contours(vue), vue.phrase_lecture, vue.precaution]
        if restes:
            textes.append(", ".join(f"{i} {nom}" for i, nom in enumerate(restes, start=1)))
        # Une longue précaution passe en petit plutôt que de manquer.
        place = (BAS - bas - 4) * largeur / sum(map(len, textes))
        self.texte(
            diapositive, (x, bas + 4, largeur, BAS - bas - 4), [t for t in textes if t],
            12 if place > _PLACE_12 else 10.5, nom="Lecture", apres=4,
        )  # fmt: skip

    def _serie(self, serie: Serie) -> None:
        indicateur = serie.colonne.indicateur
        diapositive = self.nouvelle(
            serie.message,
            [serie.titre, indicateur.definition, indicateur.precaution, *_dire(serie)],
            source=serie.source,
        )
        hauteur = min(BAS - HAUT - 10, 8 + _BARRE_MM * (len(serie.noms) + 1))
        forme = graphique_serie(
            diapositive, self.cadre(MARGE, HAUT + 4, UTILE, hauteur), serie,
            nom_reference=majuscule(self.contenu.nom_reference), corps=self.corps(13),
        )  # fmt: skip
        balises.decrire(forme, serie.titre, f"{serie.message}. {' ; '.join(_dire(serie))}.")
        estimes = any(c.intervalle for c in serie.chiffres)
        suite = f"{FINE}; traits fins{FINE}: intervalle d’une estimation" if estimes else ""
        self.sous_titre(diapositive, serie.titre + suite)

    def _profil(self, profil: Profil) -> None:
        dites = [p for p in profil.phrases if p.verdict]
        message = minuscule(dites[0].texte) if dites else "aucun écart ne peut être affirmé"
        titre = f"{profil.nom}{FINE}: {message}"
        details = [
            f"{r.libelle}, {r.chiffre.millesime}{FINE}: {r.chiffre.en_mots}" for r in profil.reperes
        ]
        diapositive = self.nouvelle(
            titre, [*(f"{p.texte}." for p in profil.phrases), *details], source=profil.source
        )
        code = f"Quartier prioritaire {profil.code}"
        self.sous_titre(diapositive, " · ".join(t for t in (code, profil.habitants) if t))
        self.tableau_profil(diapositive, profil)
        x, hauteur = MARGE + PROFIL + 12, 0.0
        reste = LARGEUR - MARGE - x
        nombre = len(comparables(profil))
        if nombre:
            hauteur = max(36.0, 15.0 + 13.0 * nombre)
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

    def _methode(self) -> None:
        """Comment les chiffres sont obtenus, puis ce qu’ils ne disent pas : une diapositive chacun."""
        contenu = self.contenu
        titre = "Un chiffre publié est préféré ; une estimation est donnée avec ce qu’elle ne permet pas de dire"
        paires = [(d.terme, d.sens) for d in contenu.methode]
        self._en_colonnes(titre, "Méthode", paires)
        titre = "Ce que ces chiffres ne disent pas"
        self._en_colonnes(titre, "Précautions", [("", p) for p in contenu.precautions])

    def _en_colonnes(self, titre: str, nom: str, paires: list[tuple[str, str]]) -> None:
        """Deux colonnes de longueurs voisines, dans le plus grand corps qui y tient."""
        diapositive = self.nouvelle(titre, [f"{t}. {s}" if t else s for t, s in paires])
        demi = (UTILE - _ENTRE) / 2
        coupe = couper_en_deux([len(t) + len(s) for t, s in paires])
        colonnes = [c for c in (paires[:coupe], paires[coupe:]) if c]
        corps = next(
            (c for c in _CORPS_MOTS if all(hauteur_mm(p, demi, c) <= BAS - HAUT for p in colonnes)),
            _CORPS_MOTS[-1],
        )
        for rang, colonne in enumerate(colonnes):
            cadre = (MARGE + rang * (demi + _ENTRE), HAUT, demi, BAS - HAUT)
            suite = f", colonne {rang + 1}" if len(colonnes) > 1 else ""
            self.definitions(diapositive, cadre, colonne, corps, nom=f"{nom}{suite}")


def _dire(serie: Serie) -> list[str]:
    return [f"{nom}{FINE}: {c.en_mots}" for nom, c in zip(serie.noms, serie.chiffres, strict=True)]
