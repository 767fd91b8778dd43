"""Autocorrélation spatiale : Moran global et local, par permutations.

PySAL (``esda``) fait les mêmes calculs ; il sert de pair aux tests. L’observatoire ne l’emploie pas : voir
``docs/methode.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import sparse

from observatoire.erreurs import ErreurDonnees

__all__ = ["Moran", "MoranLocal", "moran", "moran_local"]

Tableau = npt.NDArray[np.float64]

_A_AFFINER, _AFFINAGE = 0.02, 10


@dataclass(frozen=True, slots=True)
class Moran:
    """Indice de Moran, son attente sans ressemblance, et la probabilité d’un indice aussi grand."""

    indice: float
    attendu: float
    p_valeur: float


@dataclass(frozen=True, slots=True)
class MoranLocal:
    """Indice local de chaque unité, moyenne de ses voisins (écarts à la moyenne), probabilité."""

    indices: Tableau
    retards: Tableau
    p_valeurs: Tableau


def moran(
    valeurs: npt.ArrayLike, voisins: sparse.csr_array, *, permutations: int, graine: int
) -> Moran:
    """Indice de Moran : les unités voisines se ressemblent-elles plus que des unités quelconques ?

    Parameters
    ----------
    valeurs : array_like of float, shape (n,)
        Valeurs finies.
    voisins : scipy.sparse.csr_array, shape (n, n)
        1 pour deux voisins, 0 sinon ; une unité sans voisin ne pèse pas.
    permutations : int
        Répartitions au hasard des valeurs.
    graine : int
        Graine du hasard.

    Returns
    -------
    Moran
        ``I = (n / S0) (zᵀ W z) / (zᵀ z)``, ``W`` normalisée par ligne ; 0 environ sans
        ressemblance, vers 1 si les voisins sont semblables. ``p_valeur`` unilatérale :
        ``(b + 1) / (permutations + 1)``. ``NaN`` si toutes les valeurs sont égales.

    Notes
    -----
    Moran (1950) ; Cliff et Ord (1981).
    """
    z, w = _preparer(valeurs, voisins)
    attendu = -1 / (len(z) - 1) if len(z) > 1 else float("nan")
    norme, masse = float(z @ z), float(w.sum())
    if not norme > 0 or not masse > 0:
        return Moran(float("nan"), attendu, float("nan"))
    echelle = len(z) / (masse * norme)
    indice = echelle * float(z @ (w @ z))
    melanges = np.random.default_rng(graine).permuted(
        np.broadcast_to(z, (permutations, len(z))), axis=1
    )
    hasard = echelle * np.einsum("bn,nb->b", melanges, w @ melanges.T)
    au_dessus = int((hasard >= indice - 1e-12).sum())
    return Moran(indice, attendu, (au_dessus + 1) / (permutations + 1))


def moran_local(
    valeurs: npt.ArrayLike, voisins: sparse.csr_array, *, permutations: int, graine: int
) -> MoranLocal:
    """Indices locaux de Moran (LISA), avec permutations conditionnelles.

    Parameters
    ----------
    valeurs, voisins, permutations, graine
        Comme pour :func:`moran`.

    Returns
    -------
    MoranLocal
        ``I_i = z_i Σ_j w_ij z_j / m₂`` avec ``m₂ = Σ z² / n``. ``p_valeurs`` bilatérales, les
        voisins de chaque unité étant tirés parmi toutes les autres ; ``NaN`` sans voisin. Celles de 2 %
        et moins sont refaites avec dix fois plus de tirages.

    Notes
    -----
    Anselin (1995), *Local Indicators of Spatial Association*.
    """
    z, w = _preparer(valeurs, voisins)
    n, nombres = len(z), np.diff(w.indptr)
    retards = np.asarray(w @ z)
    m2 = float(z @ z) / n if n else 0.0
    p_valeurs = np.full(n, np.nan)
    if not m2 > 0 or not nombres.any():
        return MoranLocal(np.full(n, np.nan), np.where(nombres > 0, retards, np.nan), p_valeurs)
    tires_max = int(nombres.max())
    ordres = _voisins_au_hasard(n, tires_max, graine, 0, permutations)
    p_valeurs = _permuter(z, w, retards, np.flatnonzero(nombres), ordres)
    # Une probabilité de 1/1000 ne résiste pas à une correction sur 70 IRIS : les petites sont affinées, par des
    # tirages neufs.
    petites = np.flatnonzero(p_valeurs <= _A_AFFINER)
    if len(petites):
        ordres = _voisins_au_hasard(n, tires_max, graine, permutations, _AFFINAGE * permutations)
        p_valeurs[petites] = _permuter(z, w, retards, petites, ordres)[petites]
    seules = nombres == 0
    return MoranLocal(
        np.where(seules, np.nan, z * retards / m2), np.where(seules, np.nan, retards), p_valeurs
    )


@lru_cache(maxsize=4)
def _voisins_au_hasard(
    n: int, tires_max: int, graine: int, passes: int, permutations: int
) -> npt.NDArray[np.intp]:
    """Rangs des unités tirées comme voisines, parmi les ``n − 1`` autres, shape (permutations, tires_max).

    Ils ne dépendent que du nombre d’unités : les indicateurs connus sur les mêmes IRIS les partagent.
    ``passes`` est le nombre de tirages déjà employés de la même graine.
    """
    hasard = np.random.default_rng(graine)
    hasard.random((passes, n - 1))
    tirages = hasard.random((permutations, n - 1))
    # Seuls les premiers du tri servent : les trouver, puis les trier, coûte moins que tout trier.
    premiers = tirages.argpartition(min(tires_max, n - 1) - 1, axis=1)[:, :tires_max]
    rangs = np.take_along_axis(tirages, premiers, axis=1).argsort(axis=1)
    ordres = np.take_along_axis(premiers, rangs, axis=1)
    ordres.flags.writeable = False
    return ordres


def _permuter(
    z: Tableau,
    w: sparse.csr_array,
    retards: Tableau,
    unites: npt.NDArray[np.intp],
    ordres: npt.NDArray[np.intp],
) -> Tableau:
    """Probabilité bilatérale de chaque unité demandée, ``NaN`` ailleurs."""
    nombres = np.diff(w.indptr)
    p_valeurs = np.full(len(z), np.nan)
    for i in unites:
        tires = ordres[:, : nombres[i]]
        # Le rang i est sauté : une unité n’est pas tirée comme sa propre voisine.
        simules = z[tires + (tires >= i)].mean(axis=1)
        plus_hauts = int((simules >= retards[i] - 1e-12).sum())
        plus_bas = int((simules <= retards[i] + 1e-12).sum())
        p_valeurs[i] = min(1.0, 2 * (min(plus_hauts, plus_bas) + 1) / (len(ordres) + 1))
    return p_valeurs


def _preparer(
    valeurs: npt.ArrayLike, voisins: sparse.csr_array
) -> tuple[Tableau, sparse.csr_array]:
    """Écarts à la moyenne, et poids dont chaque ligne somme à 1."""
    x = np.asarray(valeurs, dtype=np.float64)
    if not np.isfinite(x).all() or voisins.shape != (len(x), len(x)):
        raise ErreurDonnees(
            "Moran demande une valeur connue par unité et une table de voisins de même taille : "
            "écarter les IRIS masqués."
        )
    w = sparse.csr_array(voisins, dtype=np.float64)
    nombres = np.diff(w.indptr)
    w.data = np.repeat(1 / np.maximum(nombres, 1), nombres)
    return x - x.mean(), w
