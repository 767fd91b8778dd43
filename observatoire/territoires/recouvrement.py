"""Surface commune à deux polygones, sans construire leur intersection.

Un polygone est une somme algébrique de trapèzes, un par arête : la surface commune à deux
polygones se lit donc sur leurs arêtes, deux à deux, par une formule fermée. Elle se calcule
sur des tableaux, là où construire chaque intersection parcourt un graphe.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

__all__ = ["Aretes", "lire_aretes", "surfaces_communes"]

_Reels = npt.NDArray[np.float64]
_Entiers = npt.NDArray[np.intp]


class Aretes(NamedTuple):
    """Arêtes non verticales de polygones, rangées polygone par polygone.

    ``signe`` vaut +1 si l’intérieur est sous l’arête, −1 s’il est au-dessus ; les arêtes du polygone
    de rang ``k`` sont celles de ``debut[k]`` à ``debut[k + 1]``.
    """

    gauche: _Reels
    droite: _Reels
    hauteur: _Reels
    """Ordonnée à gauche."""
    pente: _Reels
    signe: _Reels
    debut: _Entiers
    ouest: _Reels
    """Plus petite abscisse de chaque polygone."""
    est: _Reels
    """Plus grande abscisse de chaque polygone."""


def lire_aretes(contours: np.ndarray) -> Aretes:
    """Arêtes de polygones valides, trous compris.

    Parameters
    ----------
    contours : numpy.ndarray of Polygon or MultiPolygon, shape (n,)
        Au moins un. Coordonnées en mètres ; le sens de parcours des anneaux est indifférent.

    Returns
    -------
    Aretes
        ``debut`` a ``n + 1`` éléments.
    """
    genre, points, decalages = shapely.to_ragged_array(contours, include_z=False)
    anneaux, polygones = decalages[0], decalages[1]
    objets = decalages[2] if genre == shapely.GeometryType.MULTIPOLYGON else None
    x, y = np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
    tailles = np.diff(anneaux)
    # Un segment relie deux points de suite, sauf d’un anneau à l’autre.
    reliee = np.ones(len(x), dtype=bool)
    reliee[anneaux[1:] - 1] = False
    depart = np.flatnonzero(reliee)
    anneau = np.repeat(np.arange(len(tailles)), tailles - 1)
    x1, y1, x2, y2 = x[depart], y[depart], x[depart + 1], y[depart + 1]
    # Aire signée mesurée depuis le premier point de l’anneau : loin de l’origine, elle s’y perdrait.
    origine_x, origine_y = x[anneaux[:-1]][anneau], y[anneaux[:-1]][anneau]
    produits = (x1 - origine_x) * (y2 - origine_y) - (x2 - origine_x) * (y1 - origine_y)
    horaire = -np.sign(np.bincount(anneau, weights=produits, minlength=len(tailles)))
    trou = np.ones(len(tailles))
    trou[polygones[:-1]] = -1.0
    sens = (-trou * horaire)[anneau] * np.sign(x2 - x1)
    gardees = np.flatnonzero(sens)
    renversee = x2 < x1
    gauche, droite = np.where(renversee, x2, x1)[gardees], np.where(renversee, x1, x2)[gardees]
    bas, haut = np.where(renversee, y2, y1)[gardees], np.where(renversee, y1, y2)[gardees]
    fins = polygones if objets is None else polygones[objets]
    # Arêtes d’un objet : de celles de son premier anneau à celles de son dernier.
    premieres = np.concatenate([[0], np.cumsum(tailles - 1)])[fins]
    debut = np.searchsorted(gardees, premieres).astype(np.intp)
    return Aretes(
        gauche=gauche,
        droite=droite,
        hauteur=bas,
        pente=(haut - bas) / (droite - gauche),
        signe=sens[gardees],
        debut=debut,
        ouest=np.minimum.reduceat(gauche, debut[:-1]),
        est=np.maximum.reduceat(droite, debut[:-1]),
    )


def surfaces_communes(
    premiers: Aretes, seconds: Aretes, rangs_premiers: _Entiers, rangs_seconds: _Entiers
) -> _Reels:
    """Surface commune de paires de polygones.

    Parameters
    ----------
    premiers, seconds : Aretes
        Arêtes de deux familles de polygones valides, dans la même projection.
    rangs_premiers, rangs_seconds : numpy.ndarray of int, shape (m,)
        Polygones de chaque paire.

    Returns
    -------
    numpy.ndarray of float, shape (m,)
        Mètres carrés, à l’arrondi près ; une paire ne dépend d’aucune autre.

    Notes
    -----
    La fonction qui vaut 1 dans un polygone et 0 dehors est ``Σ_a s_a 1[y < y_a(x)]`` sur ses arêtes.
    D’où ``|A ∩ B| = Σ_a Σ_b s_a s_b ∫ min(y_a, y_b) dx`` sur leurs abscisses communes. À chaque
    abscisse ``Σ_a s_a = 0`` : tout terme qui ne dépend que d’une arête s’annule, et il reste
    ``|A ∩ B| = −½ Σ_a Σ_b s_a s_b ∫ |y_a − y_b| dx``, où les grandes ordonnées ont disparu.
    """
    a, b, paire = _aretes_en_regard(premiers, seconds, rangs_premiers, rangs_seconds)
    gauche = np.maximum(premiers.gauche[a], seconds.gauche[b])
    largeur = np.minimum(premiers.droite[a], seconds.droite[b]) - gauche
    # Écart des ordonnées au bord gauche, puis au bord droit, de la bande commune.
    pente_a, pente_b = premiers.pente[a], seconds.pente[b]
    debut = premiers.hauteur[a] - seconds.hauteur[b]
    debut += pente_a * (gauche - premiers.gauche[a]) - pente_b * (gauche - seconds.gauche[b])
    fin = debut + (pente_a - pente_b) * largeur
    somme = np.abs(debut) + np.abs(fin)
    # Deux arêtes qui se croisent laissent deux triangles au lieu d’un trapèze.
    croisees = np.flatnonzero(debut * fin < 0)
    somme[croisees] = (debut[croisees] ** 2 + fin[croisees] ** 2) / somme[croisees]
    termes = somme * largeur * premiers.signe[a] * seconds.signe[b]
    sommes = np.bincount(paire, weights=termes, minlength=len(rangs_premiers))
    return np.asarray(-0.25 * sommes, dtype=np.float64)


def _aretes_en_regard(
    premiers: Aretes, seconds: Aretes, rangs_premiers: _Entiers, rangs_seconds: _Entiers
) -> tuple[_Entiers, _Entiers, _Entiers]:
    """Arêtes (de l’un, de l’autre) qui ont des abscisses communes, et leur paire de polygones."""
    bande = (
        np.maximum(premiers.ouest[rangs_premiers], seconds.ouest[rangs_seconds]),
        np.minimum(premiers.est[rangs_premiers], seconds.est[rangs_seconds]),
    )
    a, paire_a = _aretes_de_la_bande(premiers, rangs_premiers, bande)
    b, paire_b = _aretes_de_la_bande(seconds, rangs_seconds, bande)
    # Chaque arête du premier est répétée devant toutes celles du second, dans la même paire.
    par_paire = np.bincount(paire_b, minlength=len(rangs_premiers))
    debuts = np.cumsum(par_paire) - par_paire
    fois = par_paire[paire_a]
    decalages = debuts[paire_a] - (np.cumsum(fois) - fois)
    rang_b = np.arange(fois.sum()) + np.repeat(decalages, fois)
    # Répéter des valeurs voisines est plus rapide que les chercher par leur rang.
    communes = np.repeat(premiers.gauche[a], fois) < seconds.droite[b][rang_b]
    communes &= seconds.gauche[b][rang_b] < np.repeat(premiers.droite[a], fois)
    gardees = np.flatnonzero(communes)
    rang_a = np.repeat(np.arange(len(a)), fois)[gardees]
    return a[rang_a], b[rang_b[gardees]], paire_a[rang_a]


def _aretes_de_la_bande(
    aretes: Aretes, rangs: _Entiers, bande: tuple[_Reels, _Reels]
) -> tuple[_Entiers, _Entiers]:
    """Arêtes de chaque polygone cité qui passent par les abscisses communes à sa paire."""
    rang, paire = _deplier(aretes.debut, rangs)
    dedans = (aretes.gauche[rang] < bande[1][paire]) & (aretes.droite[rang] > bande[0][paire])
    return rang[dedans], paire[dedans]


def _deplier(debut: _Entiers, rangs: _Entiers) -> tuple[_Entiers, _Entiers]:
    """Arêtes de chaque polygone cité, à la suite, et le rang de la citation."""
    nombres = (debut[1:] - debut[:-1])[rangs]
    fins = np.cumsum(nombres)
    citation = np.repeat(np.arange(len(rangs)), nombres)
    total = int(fins[-1]) if len(fins) else 0
    aretes = np.arange(total) + np.repeat(debut[rangs] - (fins - nombres), nombres)
    return aretes, citation
