"""Placement des noms autour d’une carte : près de leur forme, sans rien cacher.

Chaque nom a des centaines de places possibles sur une grille. Une place coûte la
longueur de son trait de rappel, plus ce qu’elle cache de la ville ; sont interdites
celles qui sortent du cadre, couvrent un quartier ou un autre élément. On garde des
places variées, puis une descente par coordonnées écarte les chevauchements et les
croisements. Rien n’est tiré au hasard : la même carte a toujours les mêmes étiquettes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from observatoire.cartes.grille_etiquettes import (
    AIR,
    PAS,
    Grille,
    Tableau,
    coins_possibles,
    placer_nom_interieur,
)
from observatoire.cartes.rectangle import Cadre

__all__ = ["Place", "Sujet", "placer_etiquettes", "placer_nom_interieur"]

_RECUL = 1.0
"""Distance minimale, air compris, entre un nom et toute forme nommée (mm, en plus de l’air)."""
_COUT_VILLE = 34.0
_COUT_TRAVERSEE = 3.0
_COUT_RAPPEL_EN_VILLE = 4.0
_RAPPEL_EN_VILLE = 0.25
"""Part de la ville qu’un trait peut traverser ; plus long, il passe pour une limite."""
_COUT_BIAIS = 6.0
_NORMALES = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]])
_COUT_CONFLIT = 1e4
_PLACES_GARDEES = 150
_ECART_PLACES = 4.0
_VOISINAGE = 3
_LOIN = np.hypot(*np.mgrid[-_VOISINAGE : _VOISINAGE + 1, -_VOISINAGE : _VOISINAGE + 1]) * PAS >= (
    _ECART_PLACES
)
"""Voisines d’une place, en cases de la grille, qui en sont assez loin pour être gardées aussi."""
_LOT_PLACES = 3000
_TOURS = 30
_ORDRES_MAX = 12
"""Au-delà, un seul ordre d’arrivée est essayé : la carte reste rapide."""


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
        self.boites_aerees = shapely.buffer(self.boites, AIR, join_style="mitre")
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
    ordre = np.argsort(cout, kind="stable")
    ordre = ordre[np.isfinite(cout[ordre])]
    if not len(ordre):
        return ordre
    rangs = np.rint((y - y.min()) / PAS).astype(int) + _VOISINAGE
    colonnes = np.rint((x - x.min()) / PAS).astype(int) + _VOISINAGE
    # Les places sont sur une grille : chacune qui est gardée y ferme le disque de ses voisines.
    libres = np.ones((rangs.max() + _VOISINAGE + 1, colonnes.max() + _VOISINAGE + 1), dtype=bool)
    gardes: list[int] = []
    for place, i, j in zip(
        ordre.tolist(), rangs[ordre].tolist(), colonnes[ordre].tolist(), strict=True
    ):
        if libres[i, j]:
            gardes.append(place)
            libres[i - _VOISINAGE : i + _VOISINAGE + 1, j - _VOISINAGE : j + _VOISINAGE + 1] &= (
                _LOIN
            )
            if len(gardes) == _PLACES_GARDEES:
                break
    return np.array(gardes, dtype=int)


def _meilleures(sujet: Sujet, x: Tableau, y: Tableau, ville: Grille) -> tuple[Tableau, Tableau]:
    """Rangs des places à garder et leurs coûts, sans mesurer celles qui ne peuvent pas l’être.

    Le coût d’une place est minoré par celui de l’enveloppe de la forme, qui ne demande pas de
    géométrie. Les places sont mesurées par coût minoré croissant, jusqu’à ce que toutes les
    autres coûtent plus que la dernière gardée : le résultat est celui de la mesure complète.
    """
    couvert = _COUT_VILLE * ville.part(x, y, sujet.largeur, sujet.hauteur)
    x0, y0, x1, y1 = sujet.forme.bounds
    horizontal = np.maximum(np.maximum(x0 - x - sujet.largeur, x - x1), 0.0)
    vertical = np.maximum(np.maximum(y0 - y - sujet.hauteur, y - y1), 0.0)
    minore = couvert + np.hypot(horizontal, vertical)
    ordre = np.argsort(minore, kind="stable")
    shapely.prepare(sujet.forme)
    cout = np.full(len(x), np.inf)
    mesurees, lot = 0, _LOT_PLACES
    while mesurees < len(x):
        rangs = ordre[mesurees : mesurees + lot]
        boites = shapely.box(x[rangs], y[rangs], x[rangs] + sujet.largeur, y[rangs] + sujet.hauteur)
        cout[rangs] = couvert[rangs] + shapely.distance(boites, sujet.forme)
        mesurees += len(rangs)
        gardes = _espacer(x, y, cout)
        complet = len(gardes) == _PLACES_GARDEES
        if mesurees == len(x) or (complet and cout[gardes[-1]] < minore[ordre[mesurees]]):
            return gardes, cout[gardes]
        lot = mesurees
    return np.zeros(0, dtype=int), np.zeros(0)


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
    sujet: Sujet,
    autres: BaseGeometry,
    cadre: Cadre,
    ville: BaseGeometry,
    grille_ville: Grille,
    interdits: Grille,
) -> _Choix:
    x, y = coins_possibles(cadre, sujet.largeur, sujet.hauteur)
    air = sujet.largeur + 2 * AIR, sujet.hauteur + 2 * AIR
    libre = interdits.part(x - AIR, y - AIR, *air) == 0
    x, y = x[libre], y[libre]
    gardes, cout = _meilleures(sujet, x, y, grille_ville)
    x, y = x[gardes], y[gardes]
    boites = shapely.box(x, y, x + sujet.largeur, y + sujet.hauteur)
    traits, biais = _rappels(sujet, x, y)
    cout = cout + biais
    cout = cout + _COUT_TRAVERSEE * shapely.length(shapely.intersection(traits, autres))
    x0, y0, x1, y1 = ville.bounds
    en_ville = shapely.length(shapely.intersection(traits, ville))
    trop_long = np.maximum(en_ville - _RAPPEL_EN_VILLE * min(x1 - x0, y1 - y0), 0.0)
    cout = cout + _COUT_RAPPEL_EN_VILLE * trop_long
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


def _poser(tous: Sequence[_Choix]) -> None:
    """Poser tous les noms ; de plusieurs ordres d’arrivée, garder celui qui coûte le moins.

    La descente s’arrête à un équilibre, qui dépend de qui s’est servi le premier.
    """
    departs = range(len(tous) if len(tous) <= _ORDRES_MAX else 1)
    essais: list[tuple[float, list[int]]] = []
    for depart in departs:
        ordre = [tous[depart], *tous[:depart], *tous[depart + 1 :]]
        _inserer(ordre)
        _ameliorer(ordre)
        total = sum(float(c.cout_parmi(tous)[c.rang]) for c in tous)
        essais.append((round(total, 6), [c.rang for c in tous]))
    for choix, rang in zip(tous, min(essais, default=(0.0, []))[1], strict=True):
        choix.rang = rang


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
    grille_ville = Grille(cadre, ville.buffer(AIR))
    grille_interdits = Grille(cadre, shapely.union_all([formes.buffer(_RECUL), *interdits]))
    tous = []
    for sujet in sujets:
        autres = shapely.difference(formes, sujet.forme)
        choix = _chercher(sujet, autres, cadre, ville, grille_ville, grille_interdits)
        if len(choix.cout):
            tous.append(choix)
    # Du plus contraint au plus libre : qui a peu de bonnes places choisit d’abord.
    tous.sort(key=lambda c: (-float(c.cout[0]), c.sujet.cle))
    _poser(tous)
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
