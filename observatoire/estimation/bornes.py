"""Bornes sans hypothèse : ce qui est certain quand un IRIS déborde d’un territoire.

Duncan et Davis (1953), « An Alternative to Ecological Correlation » : le total de l’IRIS et
la part de ses habitants qui vivent dans le territoire encadrent le taux du territoire, quelle
que soit la répartition des habitants à l’intérieur de l’IRIS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from observatoire.erreurs import ErreurDonnees
from observatoire.estimation.conjointes import LoisConjointes
from observatoire.estimation.lois import Loi

__all__ = [
    "bornes_duncan_davis",
    "bornes_effectif_territoire",
    "bornes_quantile",
    "bornes_quantile_territoire",
    "bornes_taux_territoire",
]

Tableau = npt.NDArray[np.float64]

_GRILLES, _POINTS_PAR_GRILLE = 6, 33  # encadrement réduit d’un facteur 32 à chaque grille
_LOIS_PAR_LOT = 1024
_ENTIER = 1 - 1e-9  # au-delà, l’IRIS est entièrement dans le territoire


def bornes_duncan_davis(p: npt.ArrayLike, s: npt.ArrayLike) -> tuple[Tableau, Tableau]:
    """Bornes du taux d’un territoire contenu dans un seul IRIS.

    Parameters
    ----------
    p : array_like of float
        Taux de l’IRIS, entre 0 et 1 ; ``NaN`` s’il est masqué.
    s : array_like of float
        Part des habitants de l’IRIS qui vivent dans le territoire, entre 0 et 1.

    Returns
    -------
    basse, haute : numpy.ndarray of float
        ``max(0, (p − (1 − s)) / s)`` et ``min(1, p / s)`` ; ``NaN`` si ``p`` manque ou si ``s``
        est nulle.

    Raises
    ------
    ErreurDonnees
        Si ``p`` ou ``s`` sort de l’intervalle de 0 à 1.
    """
    taux, part = _parts(p, "le taux"), _parts(s, "la part")
    part = np.where(part > 0, part, np.nan)
    # np.fmax comblerait un taux masqué par 0 : np.maximum garde le NaN.
    return np.maximum(0.0, (taux - (1 - part)) / part), np.minimum(1.0, taux / part)


def bornes_taux_territoire(
    numerateur: npt.ArrayLike,
    denominateur: npt.ArrayLike,
    part_incluse: npt.ArrayLike,
    code_territoire: Sequence[str] | npt.NDArray[Any] | pd.Series,
) -> pd.DataFrame:
    """Bornes du taux de chaque territoire, réparti sur plusieurs IRIS.

    Parameters
    ----------
    numerateur : array_like of float, shape (n,)
        Numérateur ``X_i`` de l’IRIS entier, une ligne par paire IRIS × territoire ; ``NaN``
        s’il est masqué.
    denominateur : array_like of float, shape (n,)
        Dénominateur ``N_i`` de l’IRIS entier.
    part_incluse : array_like of float, shape (n,)
        Part ``s_i`` du dénominateur qui se trouve dans le territoire, entre 0 et 1, tenue
        pour exacte.
    code_territoire : sequence of str or array of int, shape (n,)
        Territoire de chaque paire : son code, ou son rang.

    Returns
    -------
    pandas.DataFrame
        ``borne_basse`` et ``borne_haute``, entre 0 et 1, par ``code_territoire`` trié. Un IRIS
        masqué contribue de 0 à ``s_i N_i`` : il élargit les bornes. ``NaN`` si un dénominateur
        manque, si le territoire est vide ou si tous ses IRIS sont masqués.

    Notes
    -----
    ``[Σ max(0, X_i − (1 − s_i) N_i), Σ min(X_i, s_i N_i)] / Σ s_i N_i``.
    """
    x, n = _nombres(numerateur), _nombres(denominateur)
    s = _parts(part_incluse, "la part")
    _refuser_numerateurs_excessifs(x, n)
    dedans = s * n
    masque = np.isnan(x) & ~np.isnan(n)
    basse = np.where(masque, 0.0, np.maximum(0.0, x - (n - dedans)))
    haute = np.where(masque, dedans, np.minimum(x, dedans))
    pesee = ~np.isnan(n)
    index, (base, bas, haut, connus, sans_base) = _sommer(
        code_territoire,
        # Un dénominateur inconnu de part nulle ne compte pas ; de part positive, il ôte les bornes.
        *(np.where(pesee, x, 0.0) for x in (dedans, basse, haute)),
        ~masque & pesee & (dedans > 0),
        ~pesee & (s > 0),
    )
    base = np.where((base > 0) & (connus > 0) & (sans_base == 0), base, np.nan)
    return pd.DataFrame({"borne_basse": bas / base, "borne_haute": haut / base}, index=index)


def bornes_effectif_territoire(
    effectif: npt.ArrayLike,
    part_incluse: npt.ArrayLike,
    code_territoire: Sequence[str] | npt.NDArray[Any] | pd.Series,
) -> pd.DataFrame:
    """Bornes d’un effectif : les IRIS entiers, et tous les IRIS touchés.

    Parameters
    ----------
    effectif : array_like of float, shape (n,)
        Effectif de l’IRIS entier, une ligne par paire IRIS × territoire ; ``NaN`` s’il est masqué.
    part_incluse : array_like of float, shape (n,)
        Part de l’IRIS qui se trouve dans le territoire, entre 0 et 1.
    code_territoire : sequence of str or array of int, shape (n,)
        Territoire de chaque paire : son code, ou son rang.

    Returns
    -------
    pandas.DataFrame
        ``borne_basse`` et ``borne_haute`` par ``code_territoire`` trié. Un IRIS masqué ne
        compte pas dans la borne basse ; la borne haute est alors inconnue (``NaN``). Les deux
        le sont si tous les IRIS du territoire sont masqués.
    """
    x, s = _nombres(effectif), _parts(part_incluse, "la part")
    touches = s > 0
    masque = np.isnan(x)
    index, (bas, haut, masques, connus) = _sommer(
        code_territoire,
        np.where((s >= _ENTIER) & ~masque, x, 0.0),
        np.where(touches & ~masque, x, 0.0),
        touches & masque,
        touches & ~masque,
    )
    haut = np.where(masques == 0, haut, np.nan)
    bornes = np.where(connus > 0, (bas, haut), np.nan)
    return pd.DataFrame({"borne_basse": bornes[0], "borne_haute": bornes[1]}, index=index)


def bornes_quantile(
    lois: Sequence[Loi | None], effectifs: npt.ArrayLike, part_incluse: npt.ArrayLike, rang: float
) -> tuple[float, float]:
    """Bornes d’un quantile d’un territoire réparti sur plusieurs IRIS.

    Parameters
    ----------
    lois : sequence of Loi or None
        Distribution de chaque IRIS ; ``None`` si elle est masquée.
    effectifs : array_like of float
        Habitants de chaque IRIS entier.
    part_incluse : array_like of float
        Part de ces habitants qui vivent dans le territoire, entre 0 et 1.
    rang : float
        Ordre du quantile, entre 0 et 1 exclus.

    Returns
    -------
    basse, haute : float
        En euros ; ``NaN`` quand les IRIS masqués pèsent trop pour qu’une borne existe, ou
        quand un effectif manque.

    Notes
    -----
    Pour chaque IRIS, ``max(0, F_i − (1 − s_i)) ≤ s_i F_{i∩q} ≤ min(F_i, s_i)`` ; la somme encadre
    la fonction de répartition du territoire, que l’on inverse.
    """
    if not 0 < rang < 1:
        raise ErreurDonnees(f"Un quantile demande un ordre entre 0 et 1 exclus, et non {rang:g}.")
    n, s = _nombres(effectifs), _parts(part_incluse, "la part")
    basse, haute = _inverser(_cas_extremes(lois, n, s, rang))
    return float(basse), float(haute)


def bornes_quantile_territoire(
    lois: Mapping[str, Loi],
    effectifs: pd.Series,
    paires: pd.DataFrame,
    *,
    rang: float,
    colonne_poids: str = "part_population",
) -> pd.DataFrame:
    """Bornes d’un quantile pour chaque territoire d’une table de poids.

    Parameters
    ----------
    lois : mapping of str to Loi
        Distribution par ``code_iris`` ; un IRIS absent est masqué.
    effectifs : pandas.Series of float
        Habitants de chaque IRIS entier, indexés par ``code_iris``.
    paires : pandas.DataFrame
        Colonnes ``code_territoire``, ``code_iris`` et ``colonne_poids`` (parts de 0 à 1).
    rang : float
        Ordre du quantile, entre 0 et 1 exclus.
    colonne_poids : str
        Colonne des parts.

    Returns
    -------
    pandas.DataFrame
        ``borne_basse`` et ``borne_haute`` (euros) par ``code_territoire`` trié.
    """
    n = effectifs.reindex(paires["code_iris"]).to_numpy(dtype=np.float64)
    s = _parts(paires[colonne_poids].to_numpy(dtype=np.float64), "la part")
    siennes = [lois.get(str(c)) for c in paires["code_iris"]]
    rangs, codes = pd.factorize(_index(paires["code_territoire"]), sort=True)
    valeurs = [np.empty(0)]
    cas: list[_Cas] = []
    for territoire in range(len(codes)):
        lignes = np.flatnonzero(rangs == territoire)
        cas += _cas_extremes([siennes[k] for k in lignes], n[lignes], s[lignes], rang)
        # Des lots bornés : une grille a des dizaines de points pour chaque loi.
        if territoire == len(codes) - 1 or sum(len(c.lois) for c in cas) > _LOIS_PAR_LOT:
            valeurs.append(_inverser(cas))
            cas = []
    index = pd.Index(codes, name="code_territoire", dtype="str")
    bornes = np.concatenate(valeurs).reshape(-1, 2)
    return pd.DataFrame(bornes, index=index, columns=["borne_basse", "borne_haute"])


class _Cas(NamedTuple):
    """Cas extrême d’un territoire : il prend les plus modestes de chaque IRIS, ou les plus aisés."""

    lois: list[Loi]
    parts: Tableau
    habitants: Tableau
    rang: float
    """Ordre cherché parmi les seuls habitants dont la loi est connue ; hors de ]0, 1[ : aucun."""
    haute: bool


def _cas_extremes(
    lois: Sequence[Loi | None], effectifs: Tableau, parts: Tableau, rang: float
) -> tuple[_Cas, _Cas]:
    """Cas des bornes basse et haute."""
    dedans = effectifs * parts
    if np.isnan(dedans).any() or not dedans.sum() > 0:
        rien = _Cas([], parts[:0], dedans[:0], float("nan"), haute=False)
        return rien, rien
    connues = np.array([loi is not None for loi in lois], dtype=bool)
    utiles = connues & (dedans > 0)
    masques = (~connues & (dedans > 0)).any()
    masque = float(1 - dedans[utiles].sum() / dedans.sum()) if masques else 0.0
    retenues = [loi for loi, utile in zip(lois, utiles, strict=True) if loi is not None and utile]
    # Les masqués sont tous sous la borne basse, ou tous au-dessus de la borne haute.
    return (
        _Cas(
            retenues, parts[utiles], dedans[utiles],
            (rang - masque) / (1 - masque) if masque < 1 else -1.0, haute=False,
        ),
        _Cas(
            retenues, parts[utiles], dedans[utiles],
            rang / (1 - masque) if masque < 1 else 2.0, haute=True,
        ),
    )  # fmt: skip


def _inverser(cas: Sequence[_Cas]) -> Tableau:
    """Quantile de chaque cas extrême, en euros, tous les cas à la fois ; shape (cas,)."""
    valeurs = np.full(len(cas), np.nan)
    possibles = np.array([bool(c.lois) and 0 < c.rang < 1 for c in cas], dtype=bool)
    retenus = [c for c, possible in zip(cas, possibles, strict=True) if possible]
    if not retenus:
        return valeurs
    tailles = [len(c.lois) for c in retenus]
    departs, lignes = np.cumsum([0, *tailles[:-1]]), np.repeat(np.arange(len(retenus)), tailles)
    lois = LoisConjointes([loi for c in retenus for loi in c.lois])
    s, d = (np.concatenate(x) for x in ([c.parts for c in retenus], [c.habitants for c in retenus]))
    rangs = np.array([c.rang for c in retenus])
    hautes = np.array([c.haute for c in retenus])[lignes]
    exclus = np.where(hautes, 1 - s, 0.0)[:, None]
    bords = lois.log_quantile(np.where(hautes, 1 - s, 0.0) + rangs[lignes] * s)
    bas = np.minimum.reduceat(bords, departs) - 1e-6
    haut = np.maximum.reduceat(bords, departs) + 1e-6
    total = np.add.reduceat(d, departs)[:, None]
    rang_cas = np.arange(len(retenus))
    # La répartition est croissante : chaque grille réduit l’encadrement, toutes lois ensemble.
    for _ in range(_GRILLES):
        grille = np.linspace(bas, haut, _POINTS_PAR_GRILLE, axis=-1)
        extreme = (lois.repartition(grille[lignes]) - exclus) / s[:, None]
        masses = np.add.reduceat(d[:, None] * np.clip(extreme, 0.0, 1.0), departs, axis=0)
        dessous = (masses / total < rangs[:, None]).sum(axis=1)
        k = np.clip(dessous, 1, _POINTS_PAR_GRILLE - 1)
        bas, haut = grille[rang_cas, k - 1], grille[rang_cas, k]
    valeurs[possibles] = np.exp((bas + haut) / 2)
    return valeurs


def _refuser_numerateurs_excessifs(x: Tableau, n: Tableau) -> None:
    # Une tolérance relative : les effectifs du recensement sont des sommes de poids décimaux.
    exces = x > n * (1 + 1e-9) + 1e-9
    if exces.any() or (x < 0).any():
        k = int(np.flatnonzero(exces | (x < 0))[0])
        raise ErreurDonnees(
            f"Un numérateur sort de l’intervalle de 0 à son dénominateur ({x[k]:g} pour {n[k]:g}, "
            f"ligne {k + 1}) : les bornes ne valent que pour une part. Vérifier les deux variables."
        )


def _sommer(
    codes: Sequence[str] | npt.NDArray[Any] | pd.Series, *colonnes: npt.NDArray[Any]
) -> tuple[pd.Index, list[Tableau]]:
    """Somme de chaque colonne par territoire, et les territoires, triés."""
    index = _index(codes)
    rangs, territoires = pd.factorize(index, sort=True)
    sommes: list[Tableau] = [
        np.asarray(np.bincount(rangs, c.astype(np.float64), len(territoires)), dtype=np.float64)
        for c in colonnes
    ]
    return pd.Index(territoires, name=index.name), sommes


def _index(codes: Sequence[str] | npt.NDArray[Any] | pd.Series) -> pd.Index:
    if isinstance(codes, np.ndarray) and np.issubdtype(codes.dtype, np.integer):
        rangs: pd.Index = pd.Index(codes, name="rang_territoire")
        return rangs
    index: pd.Index = pd.Index(np.asarray(codes, dtype=object), name="code_territoire", dtype="str")
    return index


def _nombres(valeurs: npt.ArrayLike) -> Tableau:
    return np.asarray(valeurs, dtype=np.float64)


def _parts(valeurs: npt.ArrayLike, nom: str) -> Tableau:
    parts = _nombres(valeurs)
    if ((parts < 0) | (parts > 1)).any():
        raise ErreurDonnees(
            f"{nom.capitalize()} sort de l’intervalle de 0 à 1 : diviser par 100 un pourcentage."
        )
    return parts
