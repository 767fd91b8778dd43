"""Noms, échelle et nord d’une carte imprimée."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
import shapely
from matplotlib.path import Path as Trace
from shapely.geometry.base import BaseGeometry

from observatoire.cartes import palettes
from observatoire.cartes.etiquettes import Place, Sujet, placer_etiquettes, placer_nom_interieur
from observatoire.cartes.fond_papier import CarteCadree
from observatoire.cartes.mise_en_page import Cadre, Feuille
from observatoire.cartes.modeles import VueCarte
from observatoire.cartes.typographie import (
    MM_PAR_POINT,
    Style,
    couper_lignes,
    equilibrer_lignes,
    largeur_texte,
)
from observatoire.domaine import Statut
from observatoire.redaction import INSECABLE, ecrire_nombre

__all__ = ["coin_libre", "dessiner_noms", "longueur_ronde"]

_NOM = Style(9, palettes.QPV, 700, interligne=1.12)
_VALEUR = Style(9, palettes.QPV, 400, interligne=1.12)
_NUMERO = Style(7.5, palettes.QPV, 700)
_COMMUNE = Style(7.5, "#8a8f9b", 400, italique=True, interligne=1.15)
_REPERE = Style(7.5, palettes.TEXTE_SECOND, 400)
_INTERVALLE_ECRIT = Style(7.5, palettes.QPV, 400, interligne=1.12)
_LARGEUR_NOM = 36.0
_INTERVALLE = re.compile(r"\((?:neuf fois sur dix )?entre ([^)]*) et ([^)]*)\)")
_RAPPEL_MINIMAL = 1.2
_AIR_EAU = 0.8
_FOND_ETIQUETTE, _COUVERTE = "#ffffffc7", 0.3
"""Une étiquette posée pour trois dixièmes sur des zones peintes s’écrit sur un fond clair."""


def longueur_ronde(maximum: float) -> float:
    """Plus grande longueur 1, 2 ou 5 × 10ⁿ qui ne dépasse pas ``maximum`` (mètres)."""
    puissance = 10.0 ** math.floor(math.log10(maximum))
    # Un demi : le logarithme d’un nombre juste sous 10ⁿ s’arrondit parfois à n.
    return max(m * puissance for m in (0.5, 1, 2, 5) if m * puissance <= maximum)


def dessiner_noms(
    feuille: Feuille, vue: VueCarte, carte: CarteCadree, *, bref: bool = False
) -> list[str]:
    """Écrire l’échelle, les noms des quartiers puis ceux des communes voisines.

    Parameters
    ----------
    feuille : Feuille
        Surface de dessin ; muette, elle dit seulement quels noms n’ont pas de place.
    vue : VueCarte
        Carte dont on écrit les noms.
    carte : CarteCadree
        Ses couches en millimètres.
    bref : bool
        Dire « estimé » au lieu de l’intervalle, que donne le texte joint.

    Returns
    -------
    list of str
        Noms des quartiers restés sans place, remplacés par un numéro sur la carte.
    """
    repere = _dessiner_echelle(feuille, carte)
    places, restes = _dessiner_quartiers(feuille, vue, carte, repere, bref=bref)
    _dessiner_communes(feuille, vue, carte, [repere, *places])
    return restes


def _boite(cadre: Cadre, air: float = 0.0) -> BaseGeometry:
    return shapely.box(cadre.x - air, cadre.y - air, cadre.droite + air, cadre.bas + air)


def coin_libre(carte: CarteCadree) -> tuple[Cadre, bool]:
    """Coin où poser l’échelle et le nord, et s’il est vraiment libre de la ville."""
    cadre, longueur = carte.cadre, _longueur_echelle(carte) * carte.mm_par_metre
    largeur, hauteur, air = longueur + 9.0, 9.0, 4.0
    coins = [
        Cadre(x, y, largeur, hauteur)
        for y in (cadre.bas - hauteur - air, cadre.y + air)
        for x in (cadre.x + air, cadre.droite - largeur - air)
    ]
    occupe = shapely.union_all([carte.ville, *carte.qpv])
    couvert = [round(float(_boite(c, 1.0).intersection(occupe).area), 3) for c in coins]
    rang = couvert.index(min(couvert))
    return coins[rang], couvert[rang] == 0


def _longueur_echelle(carte: CarteCadree) -> float:
    return longueur_ronde(carte.cadre.largeur * 0.2 / carte.mm_par_metre)


def _dessiner_echelle(feuille: Feuille, carte: CarteCadree) -> BaseGeometry:
    """Échelle graphique et nord, dans le coin où la ville est le moins présente."""
    longueur_m = _longueur_echelle(carte)
    longueur = longueur_m * carte.mm_par_metre
    choix, libre = coin_libre(carte)
    if not libre:
        # Sur des zones peintes, l’échelle se lit sur son propre fond.
        fond = Cadre(choix.x - 1.5, choix.y - 1.5, choix.largeur + 4.5, choix.hauteur + 3.0)
        feuille.rectangle(fond, "white", rayon=1.2, ordre=15.5)
    x, bas = choix.x + 8.0, choix.bas - 1.0
    traits = [np.array([[x, bas - 1.4], [x, bas], [x + longueur, bas], [x + longueur, bas - 1.4]])]
    feuille.lignes(traits, palettes.TEXTE_SECOND, 0.8, ordre=16)
    texte = (
        f"{ecrire_nombre(longueur_m / 1000)}{INSECABLE}km"
        if longueur_m >= 1000
        else f"{ecrire_nombre(longueur_m)}{INSECABLE}m"
    )
    feuille.ecrire(x + longueur / 2, bas - 1.6, texte, _REPERE, alignement="center")
    _dessiner_nord(feuille, choix.x + 2.2, choix.bas - 1.0)
    return _boite(choix, 1.0)


def _dessiner_nord(feuille: Feuille, x: float, bas: float) -> None:
    fleche = Trace([(x - 1.5, bas), (x, bas - 4.2), (x + 1.5, bas), (x, bas - 0.9), (x - 1.5, bas)])
    feuille.surfaces([fleche], palettes.TEXTE_SECOND, ordre=16)
    feuille.ecrire(x, bas - 5.0, "N", _REPERE, alignement="center")


def _lignes_nom(nom: str) -> list[str]:
    return equilibrer_lignes(re.sub(r"\s+[-–]\s+", " – ", nom), _NOM, _LARGEUR_NOM)


def _lignes_valeur(texte: str) -> list[tuple[str, Style]]:
    """Chiffre, puis son intervalle, plus petit, sur sa propre ligne."""
    trouve = _INTERVALLE.search(texte)
    intervalle = []
    if trouve:
        texte = _INTERVALLE.sub("", texte).strip()
        basse, haute = trouve.groups()
        unite = re.sub(r"^[\d\s,−]+", "", haute)
        if unite and basse.endswith(unite):
            # L’unité ne s’écrit qu’une fois : « entre 13 890 et 15 380 € ».
            basse = basse.removesuffix(unite).rstrip()
        intervalle = couper_lignes(f"entre {basse} et {haute}", _INTERVALLE_ECRIT, _LARGEUR_NOM)
    if largeur_texte(texte, _VALEUR) > _LARGEUR_NOM:
        texte = texte.replace(" (", "\n(")
    chiffre = couper_lignes(texte, _VALEUR, _LARGEUR_NOM)
    return [*((t, _VALEUR) for t in chiffre), *((t, _INTERVALLE_ECRIT) for t in intervalle)]


def _valeurs_des_quartiers(vue: VueCarte) -> dict[str, str]:
    """Chiffre à écrire sous chaque nom, si la vue le donne."""
    colonne = "texte_ecart" if vue.vue == "ecart" and not vue.est_stock else "texte_valeur"
    if colonne not in vue.qpv:
        return {}
    codes, textes = vue.qpv["code_territoire"].astype(str), vue.qpv[colonne].astype(str)
    # La référence est dans le titre de la légende ; « (écart indicatif) » reste écrit.
    textes = textes.str.replace(r"\s+par rapport à [^(]*", " ", regex=True).str.strip()
    if colonne == "texte_ecart" and "statut" in vue.qpv:
        # L’écart seul ne dit pas qu’il est tiré d’une estimation.
        seuls = vue.qpv["statut"].eq(Statut.ESTIME.value) & ~textes.str.contains("(", regex=False)
        textes = textes.where(~seuls, textes + " (estimé)")
    elif "bornes_seules" in vue.qpv:
        # « 3 à 73 % » n’est pas une fourchette observée : c’est tout ce que les données permettent.
        textes = textes.where(~vue.qpv["bornes_seules"].eq(True), textes + " (bornes)")
    return {c: t for c, t in zip(codes, textes, strict=True) if any(x.isdigit() for x in t)}


def _sujets(
    vue: VueCarte, carte: CarteCadree, *, bref: bool
) -> dict[str, tuple[Sujet, list[str], list[tuple[str, Style]]]]:
    sujets, valeurs = {}, _valeurs_des_quartiers(vue)
    if bref:
        valeurs = {c: _INTERVALLE.sub("(estimé)", texte) for c, texte in valeurs.items()}
    couches = zip(vue.qpv["code_territoire"], vue.qpv["nom"], carte.qpv, strict=True)
    for code, nom, forme in sorted(couches, key=lambda c: str(c[0])):
        if forme.is_empty:
            continue
        lignes = _lignes_nom(str(nom))
        valeur = _lignes_valeur(valeurs[code]) if code in valeurs else []
        largeur = max(
            [largeur_texte(ligne, _NOM) for ligne in lignes]
            + [largeur_texte(ligne, style) for ligne, style in valeur]
        )
        pas = sum(style.pas for _, style in valeur)
        hauteur = (len(lignes) - 1) * _NOM.pas + pas + 1.35 * _NOM.hauteur_capitale
        sujets[str(code)] = (Sujet(str(code), forme, largeur, hauteur), lignes, valeur)
    return sujets


def _dessiner_quartiers(
    feuille: Feuille, vue: VueCarte, carte: CarteCadree, repere: BaseGeometry, *, bref: bool
) -> tuple[list[BaseGeometry], list[str]]:
    sujets = _sujets(vue, carte, bref=bref)
    places = placer_etiquettes(
        [s for s, _, _ in sujets.values()], cadre=carte.cadre, ville=carte.ville, interdits=[repere]
    )
    restes: list[str] = []
    occupes: list[BaseGeometry] = []
    for code, (sujet, lignes, valeur) in sujets.items():
        if code in places:
            boite = _boite(places[code].boite)
            if boite.intersection(carte.ville).area > _COUVERTE * boite.area:
                _poser_fond(feuille, places[code].boite)
            _ecrire_etiquette(feuille, places[code], lignes, valeur)
            occupes += [
                _boite(places[code].boite, 1.0),
                shapely.LineString([places[code].depart, places[code].arrivee]).buffer(0.6),
            ]
        else:
            restes.append(" ".join(lignes))
            _ecrire_numero(feuille, sujet.forme, len(restes))
    return occupes, restes


def _ecrire_numero(feuille: Feuille, forme: BaseGeometry, numero: int) -> None:
    point = shapely.point_on_surface(forme)
    feuille.ecrire(
        point.x, point.y + _NUMERO.hauteur_capitale / 2, str(numero), _NUMERO,
        alignement="center", halo=2.4, ordre=18,
    )  # fmt: skip


def _poser_fond(feuille: Feuille, boite: Cadre) -> None:
    air = 0.8
    fond = Cadre(boite.x - air, boite.y - air, boite.largeur + 2 * air, boite.hauteur + 2 * air)
    feuille.rectangle(fond, _FOND_ETIQUETTE, rayon=0.8, ordre=18)


def _ecrire_etiquette(
    feuille: Feuille, place: Place, lignes: Sequence[str], valeur: Sequence[tuple[str, Style]]
) -> None:
    trait = np.array([place.depart, place.arrivee])
    if float(np.hypot(*(trait[1] - trait[0]))) > _RAPPEL_MINIMAL:
        feuille.lignes([trait], "white", 1.7, ordre=15)
        feuille.lignes([trait], palettes.QPV, 0.55, ordre=16)
        feuille.cercle(*place.arrivee, 0.55, palettes.QPV, epaisseur=0.4, ordre=17)
    x, cote = _appui(place)
    haut = place.boite.y + 0.12 * _NOM.hauteur_capitale
    bas = feuille.paragraphe(x, haut, lignes, _NOM, alignement=cote, halo=2.2, ordre=19)
    for ligne, style in valeur:
        haut = bas + style.pas - style.hauteur_capitale
        bas = feuille.paragraphe(x, haut, [ligne], style, alignement=cote, halo=2.2, ordre=19)


def _appui(place: Place) -> tuple[float, Literal["left", "right", "center"]]:
    """Côté où caler le texte : celui d’où part le trait, pour qu’il s’appuie dessus."""
    boite = place.boite
    if place.depart[0] > boite.droite:
        return boite.droite, "right"
    if place.depart[0] < boite.x:
        return boite.x, "left"
    return place.centre_x, "center"


def _dessiner_communes(
    feuille: Feuille, vue: VueCarte, carte: CarteCadree, occupes: Sequence[BaseGeometry]
) -> None:
    """Nommer les communes voisines là où le nom tient, sans rien toucher."""
    eau = [forme.buffer(_AIR_EAU) for forme in carte.eau]
    gene = shapely.union_all([carte.ville.buffer(2.0), *carte.qpv, *eau, *occupes])
    voisines = zip(carte.noms_communes, carte.communes, strict=True)
    for brut, forme in sorted(voisines, key=lambda c: c[0]):
        if brut == vue.nom_ville:
            continue
        nom = brut.replace("'", "’")
        libre = shapely.difference(forme.buffer(-0.8), gene)
        for lignes in _coupes_commune(nom):
            largeur = max(largeur_texte(ligne, _COMMUNE) for ligne in lignes)
            hauteur = (len(lignes) - 1) * _COMMUNE.pas + _COMMUNE.corps * MM_PAR_POINT
            place = placer_nom_interieur(libre, largeur, hauteur, carte.cadre)
            if place is not None:
                feuille.paragraphe(
                    place[0] + largeur / 2, place[1] + 0.2 * _COMMUNE.hauteur_capitale, lignes,
                    _COMMUNE, alignement="center", ordre=2.5,
                )  # fmt: skip
                break


def _coupes_commune(nom: str) -> list[list[str]]:
    """Un nom sur une ligne, ou coupé après un trait d’union s’il est long."""
    espace = nom.replace("-", "- ")
    coupe = [ligne.replace("- ", "-") for ligne in couper_lignes(espace, _COMMUNE, 17.0)]
    return [[nom]] if len(coupe) == 1 or len(nom) < 12 else [[nom], coupe]
