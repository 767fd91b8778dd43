"""Passer du texte au nombre sans jamais deviner un séparateur décimal.

Le séparateur est établi sur tout le fichier par les écritures qui ne peuvent être des
milliers : « 20,3 », « 0,233 », « 2057.93 ». « 1,234 » seul est ambigu ; « 1.234,5 » aussi.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["Colonne", "Ecritures", "choisir_decimale", "convertir", "recenser_ecritures"]

_NOMBRE = r"^[+-]?([0-9]+([.,][0-9]+)?|[.,][0-9]+)([eE][+-]?[0-9]+)?$"
_AMBIGU = r"^[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}$"


@dataclass(frozen=True, slots=True)
class Colonne:
    """Une colonne brute : du texte, ou des nombres déjà typés par le format.

    Parameters
    ----------
    textes : pyarrow.StringArray, shape (n,)
        Cellules en texte, sans blancs autour ; vide si absente ou typée.
    nombres : numpy.ndarray of float64, shape (n,)
        Cellules typées ; NaN ailleurs.
    """

    textes: pa.StringArray
    nombres: NDArray[np.float64]

    def prendre(self, positions: NDArray[np.int64]) -> Colonne:
        """Ne garder que certaines lignes."""
        return Colonne(self.textes.take(pa.array(positions)), self.nombres[positions])


@dataclass(frozen=True, slots=True)
class Ecritures:
    """Nombre de cellules selon leur écriture décimale."""

    points: int = 0
    virgules: int = 0
    ambigus: int = 0


def _masque(textes: pa.StringArray, motif: str) -> pa.BooleanArray:
    return pc.match_substring_regex(textes, motif)


def recenser_ecritures(colonnes: Sequence[Colonne]) -> Ecritures:
    """Compter les écritures décimales certaines et ambiguës.

    Parameters
    ----------
    colonnes : sequence of Colonne
        Colonnes d’un même fichier.
    """
    points = virgules = ambigus = 0
    for colonne in colonnes:
        textes = colonne.textes
        decimaux = textes.filter(pc.and_(_masque(textes, _NOMBRE), _masque(textes, "[.,]")))
        if not len(decimaux):
            continue
        douteux = _masque(decimaux, _AMBIGU)
        certains = decimaux.filter(pc.invert(douteux))
        n_points = pc.sum(_masque(certains, r"\.")).as_py() or 0
        points += n_points
        virgules += len(certains) - n_points
        ambigus += len(decimaux) - len(certains)
    return Ecritures(points, virgules, ambigus)


def choisir_decimale(retenues: Sequence[Colonne], toutes: Callable[[], Sequence[Colonne]]) -> str:
    """Choisir le séparateur décimal d’un fichier.

    Parameters
    ----------
    retenues : sequence of Colonne
        Lignes de la ville.
    toutes : callable
        Rend les mêmes colonnes sur tout le fichier ; appelé seulement en cas de doute.

    Returns
    -------
    {".", ",", "", "?"}
        ``""`` : aucun nombre à décimales ; ``"?"`` : on ne peut le dire. Dans un fichier
        mêlé, le plus fréquent, l’autre devenant une faute.
    """
    vues = recenser_ecritures(retenues)
    if vues.ambigus and not (vues.points or vues.virgules):
        vues = recenser_ecritures(toutes())
    if not (vues.points or vues.virgules):
        return "?" if vues.ambigus else ""
    return "." if vues.points >= vues.virgules else ","


def convertir(colonne: Colonne, decimale: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Convertir une colonne.

    Parameters
    ----------
    colonne : Colonne
        Cellules, codes de secret et vides déjà mis à part.
    decimale : str
        Rendu par :func:`choisir_decimale`.

    Returns
    -------
    nombres : numpy.ndarray of float64, shape (n,)
        NaN là où il n’y a pas de nombre.
    fautes : numpy.ndarray of bool, shape (n,)
        Cellules non vides qui ne sont pas un nombre dans cette écriture.
    """
    textes = colonne.textes
    vides = pc.equal(textes, "")
    valides = _masque(textes, _NOMBRE)
    refusee = {".": ",", ",": r"\."}.get(decimale)
    if refusee:
        valides = pc.and_not(valides, _masque(textes, refusee))
    elif decimale == "?":
        valides = pc.and_not(valides, _masque(textes, _AMBIGU))
    lisibles = pc.if_else(valides, pc.replace_substring(textes, ",", "."), None)
    lus = pc.cast(lisibles, pa.float64()).to_numpy(zero_copy_only=False)
    fautes = pc.and_not(pc.invert(valides), vides).to_numpy(zero_copy_only=False)
    typees = ~np.isnan(colonne.nombres)
    nombres = np.where(typees, colonne.nombres, lus)
    return nombres, fautes | np.isinf(nombres)
