"""Partage d’un calcul géométrique vectorisé entre plusieurs fils d’exécution.

shapely libère le verrou de l’interpréteur pendant ses calculs : deux fils suffisent à
occuper deux processeurs, sans copier les géométries comme le feraient des processus.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

import numpy as np
import shapely

__all__ = ["calculer_par_fils", "interroger_par_fils", "lancer_sur_un_fil", "parcourir_par_fils"]

_FILS = max(1, min(os.cpu_count() or 1, 8))
_LOTS_PAR_FIL = 2
_LOTS_PARCOURUS = (
    32  # assez pour qu’un fil n’attende pas l’autre à la fin, et que chacun reste en cache
)
_SEUIL = 64

_Resultat = TypeVar("_Resultat")


@lru_cache(maxsize=1)
def _fils() -> ThreadPoolExecutor:
    """Fils gardés d’un calcul à l’autre : en démarrer coûte plusieurs millisecondes."""
    return ThreadPoolExecutor(_FILS, thread_name_prefix="geometrie")


def lancer_sur_un_fil(
    fonction: Callable[[np.ndarray], _Resultat], tableau: np.ndarray
) -> Future[_Resultat]:
    """Commencer un calcul pendant que l’appelant continue ; ``result()`` l’attend."""
    return _fils().submit(fonction, tableau)


def calculer_par_fils(fonction: Callable[..., np.ndarray], *tableaux: np.ndarray) -> np.ndarray:
    """Appliquer une fonction vectorisée, élément par élément, sur plusieurs fils.

    Parameters
    ----------
    fonction : callable
        Reçoit des tranches de même longueur et rend un tableau de cette longueur ;
        chaque élément du résultat ne dépend que de l’élément de même rang.
    *tableaux : numpy.ndarray, shape (n,)
        Arguments de la fonction.

    Returns
    -------
    numpy.ndarray, shape (n,)
        Le même résultat que ``fonction(*tableaux)``, quel que soit le nombre de fils.
    """
    taille = len(tableaux[0])
    if _FILS == 1 or taille < _SEUIL:
        return fonction(*tableaux)
    # Lots entrelacés : les grands polygones, voisins dans la table, se répartissent.
    pas = _FILS * _LOTS_PAR_FIL
    lots = list(_fils().map(lambda k: fonction(*(t[k::pas] for t in tableaux)), range(pas)))
    resultat = np.empty(taille, dtype=lots[0].dtype)
    for k, lot in enumerate(lots):
        resultat[k::pas] = lot
    return resultat


def parcourir_par_fils(travail: Callable[[slice], _Resultat], taille: int) -> list[_Resultat]:
    """Traiter des tranches successives d’une table sur plusieurs fils.

    Parameters
    ----------
    travail : callable
        Reçoit une tranche de rangs et rend son résultat ; une tranche n’est traitée que par un
        fil, car une géométrie préparée ne se partage pas sans risque.
    taille : int
        Nombre de lignes à couvrir.

    Returns
    -------
    list
        Un résultat par tranche, dans l’ordre des rangs.
    """
    nombre = _LOTS_PARCOURUS if _FILS > 1 and taille >= _SEUIL else 1
    bornes = [taille * k // nombre for k in range(nombre + 1)]
    tranches = [slice(a, z) for a, z in pairwise(bornes)]
    return [travail(tranches[0])] if nombre == 1 else list(_fils().map(travail, tranches))


def interroger_par_fils(
    arbre: shapely.STRtree, geometries: np.ndarray, predicat: str
) -> tuple[np.ndarray, np.ndarray]:
    """Interroger un arbre spatial avec un prédicat, sur plusieurs fils.

    Parameters
    ----------
    arbre : shapely.STRtree
        Arbre des géométries cherchées.
    geometries : numpy.ndarray of geometries, shape (n,)
        Géométries qui interrogent ; chacune est préparée une fois, par un seul fil, car une
        géométrie préparée ne se partage pas sans risque.
    predicat : str
        Prédicat de shapely : ``"intersects"``, ``"covers"``…

    Returns
    -------
    rangs_geometries, rangs_arbre : numpy.ndarray of int, shape (m,)
        Paires qui vérifient le prédicat, triées.
    """

    def interroger(tranche: slice) -> np.ndarray:
        paires: np.ndarray = arbre.query(geometries[tranche], predicate=predicat)
        paires[0] += tranche.start
        return paires

    arbre.query(geometries[:1])  # la première question construit l’arbre : un seul fil à la fois
    premiers, seconds = np.concatenate(parcourir_par_fils(interroger, len(geometries)), axis=1)
    ordre = np.lexsort((seconds, premiers))
    return premiers[ordre], seconds[ordre]
