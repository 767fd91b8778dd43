"""Page de deux cartes côte à côte, avec une seule légende."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from matplotlib.figure import Figure

from observatoire.cartes import palettes
from observatoire.cartes.blocs_papier import DENSITES, Densite, dessiner_textes
from observatoire.cartes.carte_papier import composer_equivalent
from observatoire.cartes.composition_papier import (
    cadrer_ville,
    dessiner_carte_seule,
    rayon_du_plus_grand,
)
from observatoire.cartes.ecriture_papier import Fiche, ecrire_avec_texte, verifier_sortie
from observatoire.cartes.entete_papier import Page, dessiner_entete, dessiner_pied
from observatoire.cartes.fond_papier import CarteCadree
from observatoire.cartes.jumelles import VuesJumelles
from observatoire.cartes.legende_papier import dessiner_legende
from observatoire.cartes.mise_en_page import Cadre, Feuille, creer_feuille, reglages
from observatoire.cartes.modeles import VueCarte
from observatoire.cartes.typographie import Style, couper_lignes

__all__ = ["dessiner_jumelles", "exporter_jumelles"]

_GOUTTIERE = 8.0
_COLONNE_LEGENDE = 60.0
_HAUTEUR_COURTE = 180.0
_PART_TEXTES, _PART_TEXTES_COURTE = 0.22, 0.27
"""Part de la hauteur laissée aux textes sous les cartes ; plus sur une diapositive, plus basse."""
_NOM = Style(9.5, palettes.ENCRE, 600)
_CHIFFRE = Style(9.5, palettes.TEXTE_SECOND)


def dessiner_jumelles(
    vues: VuesJumelles,
    *,
    format_page: str = "A4",
    orientation: str = "paysage",
    document: str = "",
) -> Figure:
    """Composer la page de deux cartes aux mêmes classes.

    Parameters
    ----------
    vues : VuesJumelles
        Cartes prêtes à dessiner.
    format_page, orientation, document : str
        Voir :func:`observatoire.cartes.composition_papier.dessiner_carte`.

    Raises
    ------
    ErreurDemande
        Si le format ou l’orientation est inconnu.
    """
    with reglages():
        feuille = creer_feuille(format_page, orientation, jumelles=True)
        page = _page(vues, document)
        haut, bas = dessiner_entete(feuille, page), dessiner_pied(feuille, page)
        marge = feuille.marge
        libre = Cadre(marge, haut, feuille.largeur - 2 * marge, bas - haut)
        if orientation == "portrait":
            _composer_portrait(feuille, vues, libre)
        else:
            _composer_paysage(feuille, vues, libre)
        return feuille.figure


def _page(vues: VuesJumelles, document: str) -> Page:
    gauche = vues.gauche
    return Page(
        vues.titre, vues.sous_titre, gauche.nom_ville, gauche.est_fictive, vues.source,
        gauche.edition, document,
    )  # fmt: skip


def _composer_paysage(feuille: Feuille, vues: VuesJumelles, libre: Cadre) -> None:
    """Les deux cartes et leurs textes dessous, la légende à droite sur toute la hauteur."""
    colonne = replace(libre, x=libre.droite - _COLONNE_LEGENDE, largeur=_COLONNE_LEGENDE)
    cartes = replace(libre, largeur=libre.largeur - _COLONNE_LEGENDE - _GOUTTIERE)
    part = _PART_TEXTES if feuille.hauteur > _HAUTEUR_COURTE else _PART_TEXTES_COURTE
    muette = feuille.a_blanc()
    numeros = ""
    for _ in range(2):
        # Premier passage : les quartiers sans place se comptent ; second : leur liste aussi.
        textes = _Textes(muette, vues, numeros)
        for densite in DENSITES:
            besoin = textes.cote_a_cote(cartes, densite)
            if besoin <= part * libre.hauteur:
                break
        place = replace(cartes, hauteur=libre.hauteur - besoin - 5.0)
        numeros = _numeros(_dessiner_cartes(muette, vues, place)[1])
    for serree in DENSITES:
        if _legende(muette, vues, colonne, serree, 6.0) <= libre.hauteur:
            break
    cadrees, _ = _dessiner_cartes(feuille, vues, place)
    _legende(feuille, vues, colonne, serree, _rayon_commun(vues, cadrees[0]))
    sous = replace(cartes, y=libre.bas - besoin)
    _Textes(feuille, vues, numeros).cote_a_cote(sous, densite)


def _composer_portrait(feuille: Feuille, vues: VuesJumelles, libre: Cadre) -> None:
    """Les deux cartes en haut, la légende et les textes dessous."""
    demi = (libre.largeur - _GOUTTIERE) / 2
    gauche = Cadre(libre.x, 0.0, demi, 0.0)
    droite = replace(gauche, x=libre.x + demi + _GOUTTIERE)
    muette = feuille.a_blanc()
    numeros = ""
    for _ in range(2):
        textes = _Textes(muette, vues, numeros)
        for densite in DENSITES:
            legende = _legende(muette, vues, gauche, densite, 8.0)
            besoin = max(legende, textes.en_colonne(droite, densite))
            if besoin <= 0.45 * libre.hauteur:
                break
        # La ville tient dans une demi-largeur : plus haute, la carte ne serait que du fond.
        hauteur = min(libre.hauteur - besoin - _GOUTTIERE, 1.7 * demi)
        place = replace(libre, hauteur=hauteur)
        numeros = _numeros(_dessiner_cartes(muette, vues, place)[1])
    cadrees, _ = _dessiner_cartes(feuille, vues, place)
    y = libre.y + hauteur + _GOUTTIERE
    _legende(feuille, vues, replace(gauche, y=y), densite, _rayon_commun(vues, cadrees[0]))
    _Textes(feuille, vues, numeros).en_colonne(replace(droite, y=y), densite)


def _dessiner_cartes(
    feuille: Feuille, vues: VuesJumelles, libre: Cadre
) -> tuple[list[CarteCadree], list[list[str]]]:
    """Deux cartes cadrées de même, et les quartiers que chacune ne nomme que d’un numéro."""
    demi = (libre.largeur - _GOUTTIERE) / 2
    bandes = [
        Cadre(libre.x, libre.y, demi, libre.hauteur),
        Cadre(libre.x + demi + _GOUTTIERE, libre.y, demi, libre.hauteur),
    ]
    tetes = [couper_lignes(_tete(v, vues), _NOM, demi) for v in vues.vues]
    # Les deux cartes commencent à la même hauteur, quel que soit le nombre de lignes.
    y = libre.y + (max(map(len, tetes)) - 1) * _NOM.pas + _NOM.hauteur_capitale + 2.2
    cadrees, restes = [], []
    for vue, bande, tete in zip(vues.vues, bandes, tetes, strict=True):
        haut = y - 2.2 - _NOM.hauteur_capitale - (len(tete) - 1) * _NOM.pas
        feuille.paragraphe(bande.x, haut, tete, _NOM)
        bas = feuille.paragraphe(bande.x, y, [_chiffre(vue)], _CHIFFRE)
        cadre = replace(bande, y=bas + 3.0, hauteur=bande.bas - bas - 3.0)
        carte = cadrer_ville(vue, cadre)
        rayon = _rayon_commun(vues, carte)
        restes.append(dessiner_carte_seule(feuille, vue, carte, rayon=rayon, bref=True))
        cadrees.append(carte)
    return cadrees, restes


def _numeros(restes: list[list[str]]) -> str:
    """Noms des quartiers numérotés ; les deux cartes ensemble quand ils sont les mêmes."""
    listes = [
        " · ".join(f"{i}\u00a0{nom}" for i, nom in enumerate(noms, start=1)) for noms in restes
    ]
    if listes[0] == listes[1]:
        return listes[0]
    cotes = zip(("À gauche", "À droite"), listes, strict=True)
    return " ; ".join(f"{cote}, {liste}" for cote, liste in cotes if liste)


def _tete(vue: VueCarte, vues: VuesJumelles) -> str:
    memes = vues.gauche.indicateur_id == vues.droite.indicateur_id
    return str(vue.millesime) if memes else f"{vue.libelle_indicateur}, {vue.millesime}"


def _chiffre(vue: VueCarte) -> str:
    return f"{vue.nom_ville} : {vue.texte_ville}"


def _rayon_commun(vues: VuesJumelles, carte: CarteCadree) -> float:
    """Rayon du plus grand cercle, le même sur les deux cartes."""
    return min(rayon_du_plus_grand(v, carte) for v in vues.vues)


def _legende(
    feuille: Feuille, vues: VuesJumelles, cadre: Cadre, densite: Densite, rayon: float
) -> float:
    """Légende commune ; renvoie sa hauteur."""
    colonnes = list(zip(vues.entetes, (v.legende for v in vues.vues), strict=True))
    vue = replace(vues.gauche, legende=replace(vues.gauche.legende, repere=""))
    if vues.gauche.indicateur_id != vues.droite.indicateur_id and vue.vue == "valeur":
        titre = "Part, en %" if vue.unite == "pct" else "Valeur"
        vue = replace(vue, legende=replace(vue.legende, titre=titre))
    bas = dessiner_legende(
        feuille, vue, cadre, pas=densite.pas, corps=densite.corps, rayon=rayon, colonnes=colonnes
    )
    return bas - cadre.y


@dataclass(frozen=True, slots=True)
class _Textes:
    """Lecture, précaution, quartiers numérotés ; chaque méthode renvoie une hauteur."""

    feuille: Feuille
    vues: VuesJumelles
    numeros: str

    def cote_a_cote(self, cadre: Cadre, densite: Densite) -> float:
        """Lecture et numéros à gauche, précaution à droite."""
        demi = (cadre.largeur - _GOUTTIERE) / 2
        gauche = replace(cadre, largeur=demi)
        droite = replace(gauche, x=cadre.x + demi + _GOUTTIERE)
        bas = dessiner_textes(
            self.feuille, gauche, densite,
            lecture=_lecture(self.vues), precaution="", numeros=self.numeros,
        )  # fmt: skip
        autre = dessiner_textes(
            self.feuille, droite, densite, lecture="", precaution=self.vues.precaution
        )
        return max(bas, autre) - cadre.y

    def en_colonne(self, cadre: Cadre, densite: Densite) -> float:
        """Tout dans une seule colonne."""
        bas = dessiner_textes(
            self.feuille, cadre, densite,
            lecture=_lecture(self.vues), precaution=self.vues.precaution, numeros=self.numeros,
        )  # fmt: skip
        return bas - cadre.y


def _lecture(vues: VuesJumelles) -> str:
    phrase = vues.gauche.phrase_lecture
    nue = phrase.split(":", 1)[-1].strip() if phrase.startswith("Lecture") else phrase
    return f"À gauche, {nue[:1].lower()}{nue[1:]}" if nue else ""


def exporter_jumelles(
    vues: VuesJumelles,
    sortie: Path,
    *,
    format_page: str = "A4",
    orientation: str = "paysage",
    document: str = "",
) -> list[Path]:
    """Écrire la page de deux cartes, et à côté son équivalent en texte.

    Returns
    -------
    list of Path
        L’image, puis le texte.

    Raises
    ------
    ErreurDemande
        Si l’extension, le format ou l’orientation est inconnu, ou si le dossier manque.
    """
    sortie = Path(sortie)
    verifier_sortie(sortie)
    figure = dessiner_jumelles(
        vues, format_page=format_page, orientation=orientation, document=document
    )
    alternative = " ".join(v.texte_alternatif for v in vues.vues)
    noms = dict.fromkeys(v.libelle_indicateur for v in vues.vues)
    fiche = Fiche(
        titre=vues.titre,
        sous_titre=vues.sous_titre,
        alternative=alternative,
        source=vues.source,
        mots_cles=(*noms, vues.gauche.nom_ville, *(str(v.millesime) for v in vues.vues)),
        document=document,
    )
    morceaux = [vues.titre, vues.sous_titre, "", vues.precaution, ""]
    for cote, vue in zip(("CARTE DE GAUCHE", "CARTE DE DROITE"), vues.vues, strict=True):
        morceaux += [cote, "", composer_equivalent(vue, document), ""]
    return ecrire_avec_texte(figure, fiche, sortie, "\n".join(morceaux).strip() + "\n")
