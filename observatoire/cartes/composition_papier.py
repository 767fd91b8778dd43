"""Carte imprimée : une page composée à partir d’une vue, sans aucun calcul statistique.

La page suit une grille : surtitre, titre qui énonce le message, sous-titre ; la carte ;
le chiffre de la ville, la légende, la phrase de lecture et la précaution ; la source.
Tout texte est mesuré avant d’être posé : s’il est long, la page se resserre, jamais il
ne déborde.
"""

from __future__ import annotations

from dataclasses import replace

from matplotlib.figure import Figure

from observatoire.cartes.blocs_papier import DENSITES, Blocs
from observatoire.cartes.entete_papier import dessiner_entete, dessiner_pied, page_d_une_vue
from observatoire.cartes.fond_papier import CarteCadree, cadrer, dessiner_couches, rayon_maximal
from observatoire.cartes.lieux_papier import dessiner_lieux
from observatoire.cartes.mise_en_page import Cadre, Feuille, creer_feuille, reglages
from observatoire.cartes.modeles import VueCarte
from observatoire.cartes.noms_papier import coin_libre, dessiner_noms

__all__ = ["cadrer_ville", "dessiner_carte", "dessiner_carte_seule", "rayon_du_plus_grand"]

_GOUTTIERE = 9.0
_COLONNE = 71.0
_COLONNES_DIAPO = (54.0, 52.0)
"""Lecture, puis légende : sur une diapositive, elles sont côte à côte."""
_BANDE_ECHELLE = 11.0


def dessiner_carte(
    vue: VueCarte, *, format_page: str = "A4", orientation: str = "paysage", document: str = ""
) -> Figure:
    """Composer la page d’une carte.

    Parameters
    ----------
    vue : VueCarte
        Carte prête à dessiner.
    format_page : {"A4", "A3", "diapo"}
        Format de la feuille ; l’A3 est l’A4 agrandi, une diapositive est en 16:9.
    orientation : {"paysage", "portrait"}
        Sens de la feuille ; une diapositive est toujours en paysage.
    document : str
        Identifiant du document, imprimé au pied de la page.

    Returns
    -------
    matplotlib.figure.Figure
        Figure indépendante de ``pyplot``, à 300 points par pouce.

    Raises
    ------
    ErreurDemande
        Si le format ou l’orientation est inconnu.
    """
    with reglages():
        feuille = creer_feuille(format_page, orientation)
        page = page_d_une_vue(vue, document)
        haut = dessiner_entete(feuille, page)
        bas = dessiner_pied(feuille, page)
        marge = feuille.marge
        libre = Cadre(marge, haut, feuille.largeur - 2 * marge, bas - haut)
        composer = _composer_paysage if orientation == "paysage" else _composer_portrait
        if format_page.lower() == "diapo":
            composer = _composer_diapo
        composer(feuille, vue, libre)
        return feuille.figure


def _composer_paysage(feuille: Feuille, vue: VueCarte, libre: Cadre) -> None:
    """Carte à gauche sur près des trois quarts, colonne de lecture à droite."""
    cadre = replace(libre, largeur=libre.largeur - _COLONNE - _GOUTTIERE)
    colonne = Cadre(cadre.droite + _GOUTTIERE, libre.y, _COLONNE, libre.hauteur)
    carte = cadrer_ville(vue, cadre)
    restes = dessiner_carte_seule(feuille, vue, carte)
    blocs = Blocs(feuille, vue, rayon_du_plus_grand(vue, carte), tuple(restes))
    for densite in DENSITES:
        hauteurs = blocs.mesurer(colonne, densite)
        vide = colonne.hauteur - sum(hauteurs)
        if vide >= densite.espace * (len(hauteurs) - 1):
            break
    chiffre, legende, textes = hauteurs
    # La légende suit le chiffre ; les textes finissent avec la carte, sur la même ligne.
    espace = min(max(vide / 2, 1.0), 1.5 * densite.espace)
    blocs.dessiner("chiffre", colonne, densite)
    blocs.dessiner("legende", replace(colonne, y=colonne.y + chiffre + espace), densite)
    suite = colonne.y + chiffre + espace + legende + 1.0
    blocs.dessiner("textes", replace(colonne, y=max(colonne.bas - textes, suite)), densite)


def _composer_portrait(feuille: Feuille, vue: VueCarte, libre: Cadre) -> None:
    """Carte en haut, deux colonnes dessous : le chiffre et les textes, la légende."""
    largeur = (libre.largeur - _GOUTTIERE) / 2
    gauche = Cadre(libre.x, 0, largeur, 0)
    droite = Cadre(libre.x + largeur + _GOUTTIERE, 0, largeur, 0)
    essai = Blocs(feuille, vue, 8.0, ())
    for densite in DENSITES:
        chiffre, legende, textes = essai.mesurer(gauche, densite)
        besoin = max(chiffre + densite.espace + textes, legende)
        if libre.hauteur - besoin - _GOUTTIERE >= 0.64 * libre.hauteur:
            break
    carte = cadrer_ville(vue, replace(libre, hauteur=libre.hauteur - besoin - _GOUTTIERE))
    restes = dessiner_carte_seule(feuille, vue, carte)
    blocs = Blocs(feuille, vue, rayon_du_plus_grand(vue, carte), tuple(restes))
    y = carte.cadre.bas + _GOUTTIERE
    blocs.dessiner("chiffre", replace(gauche, y=y), densite)
    blocs.dessiner("textes", replace(gauche, y=y + chiffre + densite.espace), densite)
    blocs.dessiner("legende", replace(droite, y=y), densite)


def _composer_diapo(feuille: Feuille, vue: VueCarte, libre: Cadre) -> None:
    """Carte à gauche, puis le chiffre et les textes, puis la légende : trois colonnes basses."""
    lecture, legende = _COLONNES_DIAPO
    cadre = replace(libre, largeur=libre.largeur - lecture - legende - 2 * _GOUTTIERE)
    milieu = Cadre(cadre.droite + _GOUTTIERE, libre.y, lecture, libre.hauteur)
    droite = Cadre(milieu.droite + _GOUTTIERE, libre.y, legende, libre.hauteur)
    carte = cadrer_ville(vue, cadre)
    restes = dessiner_carte_seule(feuille, vue, carte)
    blocs = Blocs(feuille, vue, rayon_du_plus_grand(vue, carte), tuple(restes))
    tailles = {}
    for nom, colonne in (("lecture", milieu), ("legende", droite)):
        for densite in DENSITES:
            haut, _, textes = blocs.mesurer(colonne, densite)
            _, cles, _ = blocs.mesurer(colonne, densite)
            besoin = haut + densite.espace + textes if nom == "lecture" else cles
            if besoin <= libre.hauteur:
                break
        tailles[nom] = densite
    densite = tailles["lecture"]
    chiffre, _, _ = blocs.mesurer(milieu, densite)
    blocs.dessiner("chiffre", milieu, densite)
    blocs.dessiner("textes", replace(milieu, y=milieu.y + chiffre + densite.espace), densite)
    blocs.dessiner("legende", droite, tailles["legende"])


def cadrer_ville(vue: VueCarte, cadre: Cadre) -> CarteCadree:
    """Cadrer la ville ; si elle occupe tous les coins, laisser dessous une bande à l’échelle."""
    carte = cadrer(vue, cadre)
    return carte if coin_libre(carte)[1] else cadrer(vue, cadre, bande=_BANDE_ECHELLE)


def dessiner_carte_seule(
    feuille: Feuille,
    vue: VueCarte,
    carte: CarteCadree,
    *,
    rayon: float | None = None,
    bref: bool = False,
) -> list[str]:
    """Couches et noms d’une carte cadrée ; renvoie les quartiers restés sans nom.

    ``rayon`` (mm) impose la taille du plus grand cercle, pour deux cartes comparables ;
    ``bref`` : voir :func:`observatoire.cartes.noms_papier.dessiner_noms`.
    """
    if not feuille.muette:
        dessiner_couches(feuille, vue, carte, rayon=rayon)
        dessiner_lieux(feuille, vue, carte)
    return dessiner_noms(feuille, vue, carte, bref=bref)


def rayon_du_plus_grand(vue: VueCarte, carte: CarteCadree) -> float:
    """Rayon (mm) du plus grand cercle d’une carte d’effectifs ; 0 pour les autres."""
    if not vue.est_stock:
        return 0.0
    return rayon_maximal(carte, vue.zones["rayon_relatif"].to_numpy(dtype=float))
