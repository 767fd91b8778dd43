"""Placement des noms autour d’une carte : près de leur forme, sans rien cacher.

Chaque nom a des centaines de places possibles sur une grille. Une place coûte la
longueur de son trait de rappel, plus ce qu’elle cache de la ville ; sont interdites
celles qui sortent du cadre, couvrent un quartier ou un autre élément. On garde des
places variées, puis une descente par coordonnées écarte les chevauchements et les
croisements. Rien n’est tiré au hasard : la même carte a toujours les mêmes étiquettes.

La surface cachée se lit dans une table des sommes cumulées (Crow, 1984), en temps
constant par place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from observatoire.cartes.mise_en_page import Cadre

__all__ = ["Place", "Sujet", "placer_etiquettes", "placer_nom_interieur"]

Tableau: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_PAS = 1.0
"""Côté d’une case de la grille, en millimètres."""
_AIR = 1.4
"""Distance minimale entre deux étiquettes, en millimètres."""
_RECUL = 1.0
"""Distance minimale, air compris, entre un nom et toute forme nommée (mm, en plus de l’air)."""
_COUT_VILLE = 34.0
_COUT_TRAVERSEE = 3.0
_COUT_BIAIS = 6.0
_NORMALES = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]])
_COUT_CONFLIT = 1e4
_PLACES_GARDEES = 150
_ECART_PLACES = 4.0
_TOURS = 30


@dataclass(frozen=True, slots=True)
class Sujet:
    """Une forme à nommer (mm) et l’encombrement de son nom (mm)."""

    cle: str
    forme: BaseGeometry
    largeur: float
    hauteur: float


@dataclass(frozen=True, slots=True)
class Place:
    """Place d’un nom : sa boîte, et le trait de rappel qui va d’elle à la forme."""

    cle: str
    boite: Cadre
    depart: tuple[float, float]
    arrivee: tuple[float, float]

    @property
    def centre_x(self) -> float:
        """Abscisse du milieu de la boîte."""
        return self.boite.x + self.boite.largeur / 2


class _Grille:
    """Sommes cumulées d’une emprise sur le cadre : part couverte de toute boîte."""

    def __init__(self, cadre: Cadre, forme: BaseGeometry) -> None:
        self.cadre = cadre
        colonnes = np.arange(cadre.x + _PAS / 2, cadre.droite, _PAS)
        rangs = np.arange(cadre.y + _PAS / 2, cadre.bas, _PAS)
        shapely.prepare(forme)
        x, y = np.meshgrid(colonnes, rangs)
        dedans = shapely.contains_xy(forme, x, y)
        self.cumul = np.zeros((len(rangs) + 1, len(colonnes) + 1))
        self.cumul[1:, 1:] = dedans.cumsum(axis=0).cumsum(axis=1)

    def part(self, x0: Tableau, y0: Tableau, largeur: float, hauteur: float) -> Tableau:
        """Part couverte des boîtes dont (x0, y0) est le coin haut gauche (mm)."""
        i0 = np.floor((y0 - self.cadre.y) / _PAS).astype(int)
        j0 = np.floor((x0 - self.cadre.x) / _PAS).astype(int)
        i1 = np.minimum(i0 + int(np.ceil(hauteur / _PAS)), self.cumul.shape[0] - 1)
        j1 = np.minimum(j0 + int(np.ceil(largeur / _PAS)), self.cumul.shape[1] - 1)
        somme = self.cumul[i1, j1] - self.cumul[i0, j1] - self.cumul[i1, j0] + self.cumul[i0, j0]
        return np.asarray(somme / np.maximum((i1 - i0) * (j1 - j0), 1))


def _coins(cadre: Cadre, largeur: float, hauteur: float) -> tuple[Tableau, Tableau]:
    """Coins haut gauche possibles d’une boîte qui tient entière dans le cadre."""
    xs = np.arange(cadre.x + _AIR, cadre.droite - largeur - _AIR, _PAS)
    ys = np.arange(cadre.y + _AIR, cadre.bas - hauteur - _AIR, _PAS)
    x, y = np.meshgrid(xs, ys)
    return x.ravel(), y.ravel()


@dataclass(slots=True)
class _Choix:
    """Places retenues d’un sujet, de la moins chère à la plus chère."""

    sujet: Sujet
    cout: Tableau
    boites: Tableau
    traits: Tableau
    coins: Tableau
    rang: int = 0
    boites_aerees: Tableau = field(init=False)
    traits_aeres: Tableau = field(init=False)
    genes: dict[tuple[str, int], Tableau] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.boites_aerees = shapely.buffer(self.boites, _AIR, join_style="mitre")
        self.traits_aeres = shapely.buffer(self.traits, 0.5, quad_segs=1)

    def gene_par(self, autre: _Choix) -> Tableau:
        """Dire quelles places gênent la place actuelle d’un autre nom."""
        cle = (autre.sujet.cle, autre.rang)
        if cle not in self.genes:
            boite, trait = autre.boites_aerees[autre.rang], autre.traits_aeres[autre.rang]
            gene = shapely.intersects(self.boites, boite) | shapely.intersects(self.boites, trait)
            gene |= shapely.intersects(self.traits, trait) | shapely.intersects(self.traits, boite)
            self.genes[cle] = np.asarray(gene)
        return self.genes[cle]

    def cout_parmi(self, autres: Sequence[_Choix]) -> Tableau:
        """Coût de chaque place, les autres noms restant où ils sont."""
        genes = [self.gene_par(a) for a in autres if a is not self]
        return self.cout + _COUT_CONFLIT * np.sum(genes, axis=0) if genes else self.cout


def _espacer(x: Tableau, y: Tableau, cout: Tableau) -> Tableau:
    """Garder les meilleures places, éloignées les unes des autres."""
    gardes: list[int] = []
    for candidat in np.argsort(cout, kind="stable"):
        if len(gardes) == _PLACES_GARDEES or not np.isfinite(cout[candidat]):
            break
        ecart = np.hypot(x[gardes] - x[candidat], y[gardes] - y[candidat])
        if not gardes or ecart.min() >= _ECART_PLACES:
            gardes.append(int(candidat))
    return np.array(gardes, dtype=int)


def _rappels(sujet: Sujet, x: Tableau, y: Tableau) -> tuple[Tableau, Tableau]:
    """Trait entre la forme et le milieu d’un côté de chaque boîte, et coût de son biais."""
    milieux = np.stack(
        [
            np.stack([x - 0.6, y + sujet.hauteur / 2], axis=1),
            np.stack([x + sujet.largeur + 0.6, y + sujet.hauteur / 2], axis=1),
            np.stack([x + sujet.largeur / 2, y - 0.6], axis=1),
            np.stack([x + sujet.largeur / 2, y + sujet.hauteur + 0.6], axis=1),
        ],
        axis=1,
    )
    points = shapely.points(milieux)
    shapely.prepare(sujet.forme)
    traits = shapely.shortest_line(points, sujet.forme)
    coordonnees = shapely.get_coordinates(traits).reshape(len(x), 4, 2, 2)
    directions = coordonnees[:, :, 1] - coordonnees[:, :, 0]
    longueurs = np.hypot(directions[..., 0], directions[..., 1])
    # Un trait qui longe son étiquette se lit mal : il doit s’en éloigner franchement.
    biais = 1 - (directions * _NORMALES).sum(axis=2) / np.maximum(longueurs, 0.1)
    cout = longueurs + _COUT_BIAIS * biais
    lignes, cote = np.arange(len(x)), cout.argmin(axis=1)
    return traits[lignes, cote], _COUT_BIAIS * biais[lignes, cote]


def _chercher(
    sujet: Sujet, autres: BaseGeometry, cadre: Cadre, ville: _Grille, interdits: _Grille
) -> _Choix:
    x, y = _coins(cadre, sujet.largeur, sujet.hauteur)
    air = sujet.largeur + 2 * _AIR, sujet.hauteur + 2 * _AIR
    libre = interdits.part(x - _AIR, y - _AIR, *air) == 0
    x, y = x[libre], y[libre]
    shapely.prepare(sujet.forme)
    boites = shapely.box(x, y, x + sujet.largeur, y + sujet.hauteur)
    cout = shapely.distance(boites, sujet.forme)
    cout = cout + _COUT_VILLE * ville.part(x, y, sujet.largeur, sujet.hauteur)
    gardes = _espacer(x, y, cout)
    x, y, cout, boites = x[gardes], y[gardes], cout[gardes], boites[gardes]
    traits, biais = _rappels(sujet, x, y)
    cout = cout + biais
    cout = cout + _COUT_TRAVERSEE * shapely.length(shapely.intersection(traits, autres))
    ordre = np.argsort(cout, kind="stable")
    coins = np.stack([x, y], axis=1)
    return _Choix(sujet, cout[ordre], boites[ordre], traits[ordre], coins[ordre])


def _inserer(tous: Sequence[_Choix]) -> None:
    """Poser les noms un à un, chacun au mieux de ceux qui sont déjà posés."""
    poses: list[_Choix] = []
    for choix in tous:
        choix.rang = int(choix.cout_parmi(poses).argmin())
        poses.append(choix)


def _ameliorer(tous: Sequence[_Choix]) -> None:
    """Déplacer chaque nom vers sa meilleure place, les autres fixes, jusqu’à l’équilibre."""
    for _ in range(_TOURS):
        stable = True
        for choix in tous:
            cout = choix.cout_parmi(tous)
            meilleur = int(cout.argmin())
            # Une égalité ne fait pas bouger : la descente se termine toujours.
            if cout[meilleur] < cout[choix.rang] - 1e-9:
                choix.rang, stable = meilleur, False
        if stable:
            return


def _ecarter_impossibles(tous: Sequence[_Choix]) -> list[_Choix]:
    """Retirer, un à un, les noms qui en gênent le plus d’autres, puis tenter de les remettre."""
    gardes, ecartes = list(tous), []
    while gardes:
        genes = [sum(bool(c.gene_par(a)[c.rang]) for a in gardes if a is not c) for c in gardes]
        pire = max(range(len(gardes)), key=lambda i: (genes[i], i))
        if genes[pire] == 0:
            break
        ecartes.append(gardes.pop(pire))
        _ameliorer(gardes)
    for choix in reversed(ecartes):
        cout = choix.cout_parmi(gardes)
        if cout.min() < _COUT_CONFLIT:
            choix.rang = int(cout.argmin())
            gardes.append(choix)
    return gardes


def placer_etiquettes(
    sujets: Sequence[Sujet],
    *,
    cadre: Cadre,
    ville: BaseGeometry,
    interdits: Sequence[BaseGeometry] = (),
) -> dict[str, Place]:
    """Placer des noms autour de leurs formes.

    Parameters
    ----------
    sujets : sequence of Sujet
        Formes et encombrements, en millimètres dans le repère de la feuille.
    cadre : Cadre
        Rectangle d’où aucun nom ne sort.
    ville : BaseGeometry
        Surface qu’il vaut mieux ne pas cacher, sans que ce soit interdit.
    interdits : sequence of BaseGeometry
        Éléments qu’aucun nom ne couvre ; les formes des sujets s’y ajoutent.

    Returns
    -------
    dict of str to Place
        Une place par nom ; un nom absent n’a pas trouvé de place sans en gêner un autre.
    """
    if not sujets:
        return {}
    formes = shapely.union_all([s.forme for s in sujets])
    grille_ville = _Grille(cadre, ville.buffer(_AIR))
    grille_interdits = _Grille(cadre, shapely.union_all([formes.buffer(_RECUL), *interdits]))
    tous = []
    for sujet in sujets:
        autres = shapely.difference(formes, sujet.forme)
        choix = _chercher(sujet, autres, cadre, grille_ville, grille_interdits)
        if len(choix.cout):
            tous.append(choix)
    # Du plus contraint au plus libre : qui a peu de bonnes places choisit d’abord.
    tous.sort(key=lambda c: (-float(c.cout[0]), c.sujet.cle))
    _inserer(tous)
    _ameliorer(tous)
    return {c.sujet.cle: _place(c) for c in _ecarter_impossibles(tous)}


def _place(choix: _Choix) -> Place:
    x, y = (float(v) for v in choix.coins[choix.rang])
    trait = shapely.get_coordinates(choix.traits[choix.rang])
    return Place(
        cle=choix.sujet.cle,
        boite=Cadre(x, y, choix.sujet.largeur, choix.sujet.hauteur),
        depart=(float(trait[0, 0]), float(trait[0, 1])),
        arrivee=(float(trait[-1, 0]), float(trait[-1, 1])),
    )


def placer_nom_interieur(
    forme: BaseGeometry, largeur: float, hauteur: float, cadre: Cadre
) -> tuple[float, float] | None:
    """Chercher où écrire un nom entièrement dans sa forme.

    Parameters
    ----------
    forme : BaseGeometry
        Surface libre (mm), déjà privée de ce qu’il ne faut pas couvrir.
    largeur, hauteur : float
        Encombrement du nom (mm).
    cadre : Cadre
        Rectangle de la carte.

    Returns
    -------
    tuple of float, or None
        Coin haut gauche de la place la plus proche du centre ; ``None`` si aucune.
    """
    if forme.is_empty:
        return None
    x0, y0, x1, y1 = forme.bounds
    local = Cadre(x0, y0, max(x1 - x0, _PAS), max(y1 - y0, _PAS))
    x, y = _coins(local, largeur, hauteur)
    dans_cadre = (x >= cadre.x + 1) & (x + largeur <= cadre.droite - 1)
    dans_cadre &= (y >= cadre.y + 1) & (y + hauteur <= cadre.bas - 1)
    x, y = x[dans_cadre], y[dans_cadre]
    if not len(x):
        return None
    entieres = _Grille(local, forme).part(x, y, largeur, hauteur) > 0.999
    if not entieres.any():
        return None
    x, y = x[entieres], y[entieres]
    # Le centre des places possibles est mieux posé que le centre d’une forme coupée.
    eloignement = np.hypot(x - np.median(x), y - np.median(y))
    meilleur = int(eloignement.argmin())
    return float(x[meilleur]), float(y[meilleur])
