"""Découpage des valeurs en classes aux bornes lisibles.

Quantiles et étendues égales sont ceux de NumPy, les seuils naturels ceux de jenkspy (Jenks 1977,
algorithme exact de Fisher ; Slocum et autres, *Thematic Cartography and Geovisualization*). Une classe contient sa
borne basse et exclut sa borne haute, sauf la dernière, qui contient les deux.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import jenkspy
import numpy as np
import numpy.typing as npt

__all__ = [
    "LIBELLES_CLASSES",
    "Decoupage",
    "MethodeClasses",
    "decouper",
    "decouper_autour",
    "decouper_ecarts",
]

MethodeClasses = Literal["quantiles", "jenks", "egales"]

LIBELLES_CLASSES = {
    "jenks": "Seuils naturels (Jenks)",
    "quantiles": "Effectifs voisins (quantiles)",
    "egales": "Étendues égales",
    "centree": "Centrées sur la ville",
}
"""Méthodes de classes au choix, avec leur nom."""

_LIBELLES = {
    "quantiles": "classes d’effectifs voisins (quantiles), bornes arrondies",
    "jenks": "seuils naturels (Jenks), bornes arrondies",
    "egales": "classes d’égale étendue, bornes arrondies",
    "centree": "classes centrées sur la référence, bornes arrondies",
}
_LISIBLES = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
_LISIBLES_DIZAINES = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
_MAX_JENKS = 2000
_MAX_COTE = 4

_Reels = npt.NDArray[np.float64]
_Rangs = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Decoupage:
    """Classes contiguës, des valeurs basses aux valeurs hautes.

    ``bornes`` a une valeur de plus que ``effectifs`` (elle est vide sans valeur connue).
    ``centre`` est le rang de la classe à cheval sur zéro, ou ``None``.
    """

    bornes: tuple[float, ...]
    effectifs: tuple[int, ...]
    centre: int | None
    methode: str

    @property
    def nombre(self) -> int:
        """Nombre de classes, classes vides comprises."""
        return len(self.effectifs)

    def classer(self, valeurs: Sequence[float] | _Reels) -> _Rangs:
        """Rang de la classe de chaque valeur ; −1 pour une valeur manquante.

        Parameters
        ----------
        valeurs : array_like of float, shape (n,)
            Valeurs de l’intervalle découpé, ou NaN.

        Returns
        -------
        numpy.ndarray of int64, shape (n,)
        """
        x = np.asarray(valeurs, dtype=np.float64)
        rangs = np.searchsorted(np.asarray(self.bornes[1:-1]), x, side="right")
        return np.where(np.isnan(x), -1, rangs).astype(np.int64)

    def recompter(self, valeurs: Sequence[float] | _Reels) -> Decoupage:
        """Mêmes classes, dont les effectifs sont ceux d’autres valeurs du même intervalle."""
        rangs = self.classer(valeurs)
        effectifs = np.bincount(rangs[rangs >= 0], minlength=self.nombre)
        return Decoupage(self.bornes, tuple(int(e) for e in effectifs), self.centre, self.methode)


def decouper(
    valeurs: Sequence[float] | _Reels,
    *,
    methode: MethodeClasses = "jenks",
    nombre: int = 6,
    pas_minimal: float = 0.1,
) -> Decoupage:
    """Découper des valeurs en classes non vides aux bornes arrondies.

    Parameters
    ----------
    valeurs : array_like of float, shape (n,)
        Valeurs dans l’unité de l’indicateur ; NaN pour une valeur inconnue.
    methode : {"quantiles", "jenks", "egales"}
        Méthode dont les bornes sont ensuite arrondies.
    nombre : int
        Nombre de classes visé ; il est réduit s’il y a moins de valeurs distinctes.
    pas_minimal : float
        Précision d’écriture des valeurs, sous laquelle une borne n’a pas de sens.

    Returns
    -------
    Decoupage
        Indépendant de l’ordre des valeurs ; les effectifs somment au nombre de valeurs
        connues.

    Raises
    ------
    ValueError
        Si une valeur est infinie ou si ``nombre`` n’est pas strictement positif.
    """
    x = _connues(valeurs)
    if nombre < 1:
        raise ValueError("Il faut au moins une classe.")
    libelle = _LIBELLES[methode]
    if not x.size:
        return Decoupage((), (), None, libelle)
    interieures = _bornes_brutes(x, methode, nombre)
    pas = _pas_lisible(np.diff([x[0], *interieures, x[-1]]), pas_minimal)
    basse, haute = _vers_le_bas(x[0], pas), _vers_le_haut(x[-1], pas)
    arrondies = sorted({_arrondir(b, pas) for b in interieures})
    bornes = [basse, *(b for b in arrondies if basse < b < haute), haute]
    return _sans_classe_vide(x, bornes, libelle)


def decouper_ecarts(ecarts: Sequence[float] | _Reels, *, pas_minimal: float = 0.1) -> Decoupage:
    """Découper des écarts autour de zéro : une classe centrale, des côtés lisibles.

    La classe centrale est symétrique ; son demi-côté vaut environ un dixième du 90ᵉ
    centile des écarts absolus. Le côté le plus étendu reçoit quatre classes au plus,
    l’autre en reçoit à proportion (racine du rapport des étendues), aux seuils
    naturels de Jenks arrondis à des nombres lisibles.

    Parameters
    ----------
    ecarts : array_like of float, shape (n,)
        Écarts à la référence, NaN pour un écart inconnu.
    pas_minimal : float
        Précision d’écriture des écarts.

    Returns
    -------
    Decoupage
        ``centre`` désigne la classe à cheval sur zéro, qui peut être vide.

    Raises
    ------
    ValueError
        Si un écart est infini.
    """
    x = _connues(ecarts)
    libelle = _LIBELLES["centree"]
    if not x.size:
        return Decoupage((), (), None, libelle)
    demi = _lisible(float(np.quantile(np.abs(x), 0.9)) / 10, pas_minimal)
    dessus, dessous = x[x >= demi], np.sort(-x[x < -demi])
    etendue = max(float(np.abs(x).max()), demi)
    bas = [-b for b in reversed(_cote(dessous, demi, etendue, pas_minimal))]
    haut = _cote(dessus, demi, etendue, pas_minimal)
    bornes = (*bas, -demi, demi, *haut)
    decoupage = Decoupage(bornes, (0,) * (len(bornes) - 1), len(bas), libelle)
    effectifs = np.bincount(decoupage.classer(x), minlength=len(bornes) - 1)
    return Decoupage(bornes, tuple(int(e) for e in effectifs), len(bas), libelle)


def decouper_autour(
    valeurs: Sequence[float] | _Reels, centre: float, *, pas_minimal: float = 0.1
) -> Decoupage:
    """Découper des valeurs en classes symétriques autour d’une valeur : celle de la ville.

    Parameters
    ----------
    valeurs : array_like of float, shape (n,)
        Valeurs dans l’unité de l’indicateur, NaN si inconnues.
    centre : float
        Valeur finie ; arrondie à la précision d’écriture, elle est au milieu de la classe centrale.
    pas_minimal : float
        Précision d’écriture des valeurs.

    Returns
    -------
    Decoupage
        Les classes de :func:`decouper_ecarts` appliqué aux écarts au centre, décalées de celui-ci.
    """
    x = np.asarray(valeurs, dtype=np.float64)
    # Des euros se lisent à la centaine ; un taux garde sa décimale.
    milieu = _arrondir(centre, pas_minimal if pas_minimal < 1 else 10 * pas_minimal)
    ecarts = decouper_ecarts(x - milieu, pas_minimal=pas_minimal)
    bornes = tuple(_net(b + milieu) for b in ecarts.bornes)
    libelle = "classes centrées sur la ville"
    return Decoupage(bornes, ecarts.effectifs, ecarts.centre, libelle).recompter(x)


def _cote(x: _Reels, demi: float, etendue: float, pas_minimal: float) -> list[float]:
    """Bornes d’un côté au-delà de ``demi``, la dernière étant le maximum arrondi."""
    if not x.size:
        return []
    nombre = min(math.ceil(_MAX_COTE * math.sqrt(x[-1] / etendue) - 0.2), _MAX_COTE, x.size)
    lisibles = [_lisible(b, pas_minimal) for b in _bornes_brutes(x, "jenks", max(nombre, 1))]
    # Une grande borne s’écrit sans décimale : « +11 » plutôt que « +10,8 ».
    plancher = pas_minimal * (10 if x[-1] >= 50 * pas_minimal else 1)
    pas = _pas_lisible(np.array([(x[-1] - demi) / 10]), plancher)
    haute = max(_vers_le_haut(float(x[-1]), pas), _net(demi + pas_minimal))
    bornes = [demi]
    depart = _lisible_sous(float(x[0]), pas_minimal)
    if depart > 2 * demi:
        # Rien n’est près de la référence : la première classe pleine commence aux données.
        bornes.append(depart)
    for borne in sorted(set(lisibles)):
        if bornes[-1] < borne < haute and ((x >= bornes[-1]) & (x < borne)).any():
            bornes.append(borne)
    while len(bornes) > 1 and not (x >= bornes[-1]).any():
        bornes.pop()
    return [*bornes[1:], haute]


def _connues(valeurs: Sequence[float] | _Reels) -> _Reels:
    x = np.asarray(valeurs, dtype=np.float64)
    if np.isinf(x).any():
        raise ValueError("Une valeur infinie ne se classe pas.")
    return np.sort(x[~np.isnan(x)])


def _bornes_brutes(x: _Reels, methode: MethodeClasses, nombre: int) -> list[float]:
    """Bornes intérieures, sans les extrêmes, strictement croissantes."""
    distinctes = np.unique(x)
    nombre = min(nombre, distinctes.size)
    if nombre < 2:
        return []
    if nombre == distinctes.size:
        return [float(m) for m in (distinctes[1:] + distinctes[:-1]) / 2]
    hautes = _bornes_hautes(x, methode, nombre)
    # La borne haute est incluse : la borne se place entre elle et la suivante.
    brutes = []
    for haute in hautes[:-1]:
        rang = int(np.searchsorted(distinctes, haute, side="right"))
        if methode == "egales":
            brutes.append(float(haute))
        elif 0 < rang < distinctes.size:
            brutes.append(float(distinctes[rang - 1] + distinctes[rang]) / 2)
    return sorted(set(brutes))


def _bornes_hautes(x: _Reels, methode: MethodeClasses, nombre: int) -> _Reels:
    """Bornes hautes des classes, incluses dans leur classe."""
    if methode == "egales":
        return np.linspace(x[0], x[-1], nombre + 1)[1:]
    if methode == "quantiles":
        return np.unique(np.quantile(x, np.linspace(0, 1, nombre + 1)[1:]))
    if x.size > _MAX_JENKS:
        # L’algorithme exact est quadratique ; deux mille quantiles gardent la forme.
        x = np.quantile(x, np.linspace(0, 1, _MAX_JENKS))
        nombre = min(nombre, np.unique(x).size)
    return np.asarray(jenkspy.jenks_breaks(x, n_classes=nombre)[1:], dtype=np.float64)


def _sans_classe_vide(x: _Reels, bornes: list[float], methode: str) -> Decoupage:
    if len(bornes) == 2:
        return Decoupage(tuple(bornes), (int(x.size),), None, methode)
    utiles = [bornes[0]]
    for borne in bornes[1:-1]:
        if ((x >= utiles[-1]) & (x < borne)).any() and (x >= borne).any():
            utiles.append(borne)
    utiles.append(bornes[-1])
    decoupage = Decoupage(tuple(utiles), (0,) * (len(utiles) - 1), None, methode)
    effectifs = np.bincount(decoupage.classer(x), minlength=len(utiles) - 1)
    return Decoupage(tuple(utiles), tuple(int(e) for e in effectifs), None, methode)


def _pas_lisible(largeurs: _Reels, pas_minimal: float) -> float:
    """Plus grand pas 1, 2 ou 5 × 10ⁿ qui ne dépasse pas la moitié de la classe étroite."""
    utiles = largeurs[largeurs > 0]
    if not utiles.size:
        return pas_minimal
    cible = float(utiles.min()) / 2
    if cible <= pas_minimal:
        return pas_minimal
    puissance = 10.0 ** math.floor(math.log10(cible))
    pas = next(m * puissance for m in (5.0, 2.0, 1.0) if m * puissance <= cible * (1 + 1e-9))
    return max(_net(pas), pas_minimal)


def _candidats(valeur: float, pas: float) -> list[float]:
    """Nombres lisibles voisins, multiples du pas d’écriture : 1, 1,5, 2, 3… 12, 15, 20…"""
    puissance = 10.0 ** math.floor(math.log10(valeur))
    mantisses = _LISIBLES if puissance <= 1 else _LISIBLES_DIZAINES
    lisibles = [_net(m * puissance) for m in (0.8, *mantisses, 10.0)]
    return [c for c in lisibles if c >= pas and abs(c / pas - round(c / pas)) < 1e-6] or [pas]


def _lisible(valeur: float, pas: float) -> float:
    """Nombre lisible le plus proche, en rapport ; au moins le pas d’écriture."""
    if valeur <= 0:
        return pas
    return min(_candidats(valeur, pas), key=lambda c: (abs(math.log(c / valeur)), c))


def _lisible_sous(valeur: float, pas: float) -> float:
    """Plus grand nombre lisible strictement inférieur à une valeur, ou 0."""
    if valeur <= 0:
        return 0.0
    return max((c for c in _candidats(valeur, pas) if c < valeur), default=0.0)


def _net(valeur: float) -> float:
    # Efface les poussières binaires (0,30000000000000004) des bornes affichées.
    return float(f"{valeur:.12g}")


def _arrondir(valeur: float, pas: float) -> float:
    return _net(math.floor(valeur / pas + 0.5) * pas)


def _vers_le_bas(valeur: float, pas: float) -> float:
    return min(_net(math.floor(valeur / pas + 1e-9) * pas), float(valeur))


def _vers_le_haut(valeur: float, pas: float) -> float:
    return max(_net(math.ceil(valeur / pas - 1e-9) * pas), float(valeur))
