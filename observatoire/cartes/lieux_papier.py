"""Lieux de la ville sur une carte imprimée : signes discrets, et leur entrée de légende."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
from matplotlib.path import Path as Trace

from observatoire.cartes import palettes
from observatoire.cartes.fond_papier import CarteCadree
from observatoire.cartes.formes_lieux import FORMES
from observatoire.cartes.francais import enumerer, typographier
from observatoire.cartes.lieux_web import TOUTES, categories_de_lieux
from observatoire.cartes.mise_en_page import Cadre, Feuille
from observatoire.cartes.modeles import VueCarte
from observatoire.cartes.typographie import Style, couper_lignes
from observatoire.editions import Edition
from observatoire.erreurs import ErreurDemande
from observatoire.redaction import FINE

__all__ = [
    "categories_posees",
    "decrire_lieux",
    "dessiner_lieux",
    "legende_lieux",
    "lignes_des_lieux",
    "place_libre",
    "poser_lieux",
]

_RAYON_MM = 1.05
_TRAIT = 0.9
_ECART_MM = 2.4
"""Sous cette distance, deux signes se recouvriraient : le second s’écarte."""
_ORDRE = 14.6
"""Au-dessus des contours de quartiers, sous les noms."""


def poser_lieux(vue: VueCarte, edition: Edition, familles: Sequence[str]) -> VueCarte:
    """Ajouter des lieux à une carte.

    Parameters
    ----------
    vue : VueCarte
        Carte de la même édition.
    edition : Edition
        Sa table ``lieux`` ; un lieu à géolocaliser n’est pas posé.
    familles : sequence of str
        Catégories, ou ``toutes`` ; vide : la carte est rendue telle quelle.

    Raises
    ------
    ErreurDemande
        Catégorie inconnue, ou plus de catégories qu’il n’y a de signes.
    """
    if not familles:
        return vue
    table = edition.complement("lieux")
    connues = categories_de_lieux(table)
    choisies = connues if TOUTES in familles else list(dict.fromkeys(familles))
    inconnues = [f for f in choisies if f not in connues]
    if inconnues or not connues:
        noms = ", ".join(f"« {f} »" for f in inconnues or familles)
        disponibles = ", ".join([*connues, TOUTES]) if connues else "aucun"
        raise ErreurDemande(
            f"Lieux inconnus de cette édition : {noms}. Disponibles : {disponibles}. "
            "« observatoire lieux importer » en ajoute, à la prochaine actualisation."
        )
    if len(choisies) > len(FORMES):
        raise ErreurDemande(
            f"Une carte imprimée distingue {len(FORMES)} sortes de lieux au plus : donnez-en moins (--lieux)."
        )
    situes = table[table["categorie"].isin(choisies) & ~table["a_geolocaliser"].astype(bool)]
    points = gpd.GeoDataFrame(
        situes[["nom", "categorie"]].reset_index(drop=True),
        geometry=gpd.points_from_xy(situes["longitude"], situes["latitude"]),
        crs="EPSG:4326",
    ).to_crs(vue.zones.crs)
    # Le rang dans toutes les catégories : un même lieu garde son signe d’une carte à l’autre.
    rangs = {c: rang for rang, c in enumerate(connues)}
    libres = len(connues) <= len(FORMES)
    points["forme"] = [
        rangs[c] if libres else choisies.index(c) for c in points["categorie"].astype(str)
    ]
    posee = replace(vue, lieux=points.sort_values(["categorie", "nom"], kind="stable"))
    return replace(posee, texte_alternatif=f"{vue.texte_alternatif} {decrire_lieux(posee)}".strip())


def categories_posees(vue: VueCarte) -> list[tuple[str, int, int]]:
    """Catégories posées sur la carte : nom, rang du signe, nombre de lieux."""
    if vue.lieux is None or vue.lieux.empty:
        return []
    paires = zip(vue.lieux["categorie"].astype(str), vue.lieux["forme"].astype(int), strict=True)
    return [(c, f, n) for (c, f), n in sorted(Counter(paires).items())]


def decrire_lieux(vue: VueCarte) -> str:
    """« Lieux posés sur la carte : associations (7) et santé (5). » ; vide sans lieu."""
    posees = [f"{c} ({n})" for c, _, n in categories_posees(vue)]
    if not posees:
        return ""
    return typographier(
        f"Lieux posés sur la carte : {enumerer(posees)} ; les signes qui se recouvriraient sont côte à côte."
    )


def lignes_des_lieux(vue: VueCarte) -> list[str]:
    """Équivalent en texte : une ligne par lieu, rangée par catégorie."""
    if vue.lieux is None or vue.lieux.empty:
        return []
    lignes = [f"Lieux{FINE}:"]
    lignes += [
        f"{categorie}{FINE}; {nom}"
        for categorie, nom in vue.lieux[["categorie", "nom"]].itertuples(index=False)
    ]
    return [*lignes, ""]


def dessiner_lieux(feuille: Feuille, vue: VueCarte, carte: CarteCadree) -> None:
    """Poser les signes, sous les noms ; un lieu hors du cadre n’est pas dessiné."""
    if vue.lieux is None:
        return
    poses: list[tuple[float, float]] = []
    for (x, y), forme in zip(carte.lieux, vue.lieux["forme"], strict=True):
        dedans = carte.cadre.x + _RAYON_MM < x < carte.cadre.droite - _RAYON_MM
        if dedans and carte.cadre.y + _RAYON_MM < y < carte.cadre.bas - _RAYON_MM:
            poses.append(place_libre(float(x), float(y), poses))
            _signe(feuille, *poses[-1], int(forme))


def place_libre(x: float, y: float, poses: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Place d’un signe : la sienne, sinon la plus proche à sa droite ou à sa gauche.

    Parameters
    ----------
    x, y : float
        Position du lieu, en millimètres.
    poses : sequence of (float, float)
        Signes déjà posés.
    """
    for rang in range(4 * len(poses) + 1):
        # 0, +1, −1, +2, −2… pas : un signe s’écarte le moins possible.
        decale = x + (rang + 1) // 2 * (1 if rang % 2 else -1) * _ECART_MM
        if all(math.hypot(decale - a, y - b) >= _ECART_MM - 1e-9 for a, b in poses):
            return decale, y
    return x, y


def _signe(feuille: Feuille, x: float, y: float, forme: int) -> None:
    cerne = _trace(x, y, forme, _RAYON_MM + 0.35)
    feuille.surfaces([cerne], "white", ordre=_ORDRE)
    feuille.surfaces(
        [_trace(x, y, forme, _RAYON_MM)],
        "white",
        trait=palettes.ENCRE,
        epaisseur=_TRAIT,
        ordre=_ORDRE + 0.1,
    )


def _trace(x: float, y: float, forme: int, rayon: float) -> Trace:
    sommets = np.array([(x + rayon * a, y + rayon * b) for a, b in FORMES[forme]])
    return Trace(np.concatenate([sommets, sommets[:1]]), closed=True)


def legende_lieux(
    feuille: Feuille,
    vue: VueCarte,
    cadre: Cadre,
    y: float,
    *,
    pas: float,
    corps: float,
    retrait: float,
) -> float:
    """Entrée de légende de chaque catégorie ; renvoie l’ordonnée du bas.

    Parameters
    ----------
    feuille, vue, cadre, pas, corps
        Voir :func:`observatoire.cartes.legende_papier.dessiner_legende`.
    y : float
        Ordonnée où commencer, en millimètres.
    retrait : float
        Où commence le texte, depuis la gauche du cadre.
    """
    texte, second = Style(corps, palettes.ENCRE, 400), Style(corps, palettes.TEXTE_SECOND, 400)
    for categorie, forme, nombre in categories_posees(vue):
        haut = y + (pas - 0.7 - texte.hauteur_capitale) / 2
        lignes = couper_lignes(categorie, texte, cadre.largeur - retrait - 8)
        bas = feuille.paragraphe(cadre.x + retrait, haut, lignes, texte)
        milieu = haut + texte.hauteur_capitale / 2
        _signe(feuille, cadre.x + (retrait - 3.0) / 2, milieu, forme)
        feuille.ecrire(
            cadre.droite, haut + texte.hauteur_capitale, str(nombre), second, alignement="right"
        )
        y = max(y + pas, bas + 1.8)
    return y
