"""Ligne de points d’un chiffre : quartier, ville, ville hors quartiers, intervalle.

Le même dessin, en SVG pour le PDF, en PNG pour Word : des formes seulement, jamais de texte.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageDraw

from observatoire.cartes import palettes
from observatoire.exports.lignes import Chiffre

__all__ = ["HAUTEUR_MM", "LARGEUR_MM", "dessiner_png", "dessiner_svg"]

LARGEUR_MM, HAUTEUR_MM = 46.0, 4.4
OCRE = palettes.AMBRES[2]
_GRIS = palettes.TEXTE_SECOND
_BANDE = palettes.AMBRES[0]
_BORD = 1.6
_RAYON, _PETIT, _DEMI_COTE = 1.45, 1.15, 1.0
_PIXELS_PAR_MM = 16
_SURECHANTILLON = 3


@dataclass(frozen=True, slots=True)
class _Forme:
    """Rectangle ou disque, en millimètres."""

    genre: str
    x: float
    y: float
    largeur: float
    hauteur: float
    fond: str
    trait: str = ""


def _formes(chiffre: Chiffre, echelle: tuple[float, float]) -> list[_Forme]:
    bas, haut = echelle
    milieu = HAUTEUR_MM / 2

    def x(valeur: float) -> float:
        part = min(max((valeur - bas) / (haut - bas), 0.0), 1.0)
        return _BORD + part * (LARGEUR_MM - 2 * _BORD)

    formes = [_Forme("rectangle", _BORD, milieu - 0.1, LARGEUR_MM - 2 * _BORD, 0.2, palettes.TRAIT)]
    basse, haute = chiffre.borne_basse, chiffre.borne_haute
    if basse is not None and haute is not None and chiffre.texte != "non estimable":
        gauche, droite = x(basse), x(haute)
        largeur = max(droite - gauche, 0.3)
        if chiffre.est_calee:
            formes.append(_Forme("rectangle", gauche, milieu - 0.22, largeur, 0.44, OCRE))
            formes += [
                _Forme("rectangle", b - 0.17, milieu - 1.0, 0.34, 2.0, OCRE)
                for b in (gauche, droite)
            ]
        else:
            formes.append(_Forme("rectangle", gauche, milieu - 0.8, largeur, 1.6, _BANDE))
    if chiffre.autre_reference is not None:
        centre, cote = x(chiffre.autre_reference), 2 * _DEMI_COTE
        formes.append(
            _Forme("rectangle", centre - _DEMI_COTE, milieu - _DEMI_COTE, cote, cote, _GRIS)
        )
    if chiffre.hors_qpv is not None:
        formes.append(_disque(x(chiffre.hors_qpv), _PETIT, palettes.PAGE, palettes.ENCRE))
    if chiffre.ville is not None:
        formes.append(_disque(x(chiffre.ville), _PETIT, palettes.ENCRE))
    if chiffre.valeur is not None:
        formes.append(_disque(x(chiffre.valeur), _RAYON, OCRE, palettes.PAGE))
    return formes


def _disque(x: float, rayon: float, fond: str, trait: str = "") -> _Forme:
    y = HAUTEUR_MM / 2
    return _Forme("disque", x - rayon, y - rayon, 2 * rayon, 2 * rayon, fond, trait)


def dessiner_svg(chiffre: Chiffre, echelle: tuple[float, float]) -> str:
    """Dessin vectoriel.

    Parameters
    ----------
    chiffre : Chiffre
        Ses positions ; une position inconnue n’est pas dessinée.
    echelle : tuple of (float, float)
        Valeurs aux deux bouts de la ligne.
    """
    corps = []
    for f in _formes(chiffre, echelle):
        if f.genre == "rectangle":
            corps.append(
                f'<rect x="{f.x:.3f}" y="{f.y:.3f}" width="{f.largeur:.3f}" height="{f.hauteur:.3f}" fill="{f.fond}"/>'
            )
        else:
            trait = f' stroke="{f.trait}" stroke-width="0.35"' if f.trait else ""
            rayon = f.largeur / 2
            corps.append(
                f'<circle cx="{f.x + rayon:.3f}" cy="{f.y + rayon:.3f}" r="{rayon:.3f}" fill="{f.fond}"{trait}/>'
            )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LARGEUR_MM}mm" height="{HAUTEUR_MM}mm" '
        f'viewBox="0 0 {LARGEUR_MM} {HAUTEUR_MM}">{"".join(corps)}</svg>'
    )


def dessiner_png(chiffre: Chiffre, echelle: tuple[float, float]) -> bytes:
    """Dessin en pixels, sur fond blanc ; mêmes paramètres que :func:`dessiner_svg`."""
    k = _PIXELS_PAR_MM * _SURECHANTILLON
    image = Image.new("RGB", (round(LARGEUR_MM * k), round(HAUTEUR_MM * k)), palettes.PAGE)
    crayon = ImageDraw.Draw(image)
    for f in _formes(chiffre, echelle):
        boite = [f.x * k, f.y * k, (f.x + f.largeur) * k, (f.y + f.hauteur) * k]
        if f.genre == "rectangle":
            crayon.rectangle(boite, fill=f.fond)
        else:
            epaisseur = round(0.35 * k) if f.trait else 0
            crayon.ellipse(boite, fill=f.fond, outline=f.trait or None, width=epaisseur)
    reduite = image.resize(
        (image.width // _SURECHANTILLON, image.height // _SURECHANTILLON), Image.Resampling.LANCZOS
    )
    tampon = io.BytesIO()
    reduite.quantize(64).save(tampon, format="PNG", optimize=True)
    return tampon.getvalue()
