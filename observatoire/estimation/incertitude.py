"""Incertitude de sondage du recensement, comparaisons multiples et lissage des petits nombres.

Dans les communes de 10 000 habitants et plus, le recensement interroge chaque année une
partie des adresses : environ ``f`` = 40 % des logements sur un cycle de cinq ans.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from observatoire.erreurs import ErreurDonnees

__all__ = [
    "benjamini_hochberg",
    "coefficient_variation",
    "ecart_a_la_ville",
    "effectif_efficace",
    "erreur_type_ecart",
    "erreur_type_proportion",
    "intervalle_wilson",
    "p_valeur_ecart",
    "retrecir",
]

Tableau = npt.NDArray[np.float64]

_EFFECTIFS_CV = (250, 500, 1_000, 2_000, 3_000, 6_000, 10_000, 20_000, 50_000)
_COEFFICIENTS_CV = (0.08, 0.06, 0.045, 0.035, 0.03, 0.025, 0.02, 0.015, 0.01)


def effectif_efficace(n: npt.ArrayLike, *, f: npt.ArrayLike = 0.4, deff: float = 1.8) -> Tableau:
    """Taille d’un sondage aléatoire simple, sans remise négligée, de même précision.

    Parameters
    ----------
    n : array_like of float
        Effectif de la population (base de la proportion). 0 ou ``NaN`` : inconnu.
    f : array_like of float
        Taux de sondage, entre 0 exclu et 1 ; un seul, ou un par population.
    deff : float
        Effet de plan (les personnes d’un même logement se ressemblent).

    Returns
    -------
    numpy.ndarray of float
        ``f n / (deff (1 − f))`` ; infini pour un recensement exhaustif (``f`` = 1).
    """
    taux = _controler_plan(f, deff)
    population = np.asarray(n, dtype=np.float64)
    population = np.where(population > 0, population, np.nan)
    with np.errstate(divide="ignore"):
        return np.asarray(taux * population / (deff * (1 - taux)))


def erreur_type_proportion(
    p: npt.ArrayLike, n: npt.ArrayLike, *, f: float = 0.4, deff: float = 1.8
) -> Tableau:
    """Erreur type d’une proportion du recensement.

    Parameters
    ----------
    p : array_like of float
        Proportion, entre 0 et 1.
    n : array_like of float
        Effectif de la base.
    f, deff : float
        Taux de sondage et effet de plan.

    Returns
    -------
    numpy.ndarray of float
        ``√(deff (1 − f) p (1 − p) / (f n))``, dans l’unité de ``p`` ; ``NaN`` si l’un manque.
    """
    proportion = _proportions(p)
    return np.sqrt(proportion * (1 - proportion) / effectif_efficace(n, f=f, deff=deff))


def intervalle_wilson(
    p: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    f: npt.ArrayLike = 0.4,
    deff: float = 1.8,
    niveau: float = 0.90,
) -> tuple[Tableau, Tableau]:
    """Intervalle de confiance de Wilson d’une proportion du recensement.

    Parameters
    ----------
    p : array_like of float
        Proportion, entre 0 et 1.
    n : array_like of float
        Effectif de la base.
    f : array_like of float
        Taux de sondage ; un seul, ou un par proportion.
    deff : float
        Effet de plan.
    niveau : float
        Niveau de confiance, entre 0 et 1 exclus.

    Returns
    -------
    basse, haute : numpy.ndarray of float
        Bornes entre 0 et 1 ; réduites à ``p`` si ``f`` = 1 ; ``NaN`` si ``p`` ou ``n`` manque.

    Notes
    -----
    Wilson (1927), avec l’effectif efficace. Contrairement à l’intervalle usuel, il ne sort pas
    de [0, 1] et garde une largeur quand la proportion vaut 0.
    """
    if not 0 < niveau < 1:
        raise ErreurDonnees(
            f"Le niveau de confiance vaut {niveau:g} : il doit être entre 0 et 1 exclus."
        )
    proportion = _proportions(p)
    n_eff = effectif_efficace(n, f=f, deff=deff)
    z2 = float(ndtri((1 + niveau) / 2)) ** 2
    centre = (proportion + z2 / (2 * n_eff)) / (1 + z2 / n_eff)
    variance = proportion * (1 - proportion) / n_eff + z2 / (4 * n_eff * n_eff)
    demi = np.sqrt(z2 * variance) / (1 + z2 / n_eff)
    # En 0 et en 1 la borne est exacte : l’arrondi ne doit pas en écarter la proportion.
    basse = np.clip(np.minimum(centre - demi, proportion), 0.0, 1.0)
    haute = np.clip(np.maximum(centre + demi, proportion), 0.0, 1.0)
    return basse, haute


def ecart_a_la_ville(
    p_quartier: npt.ArrayLike,
    n_quartier: npt.ArrayLike,
    p_reste: npt.ArrayLike,
    n_reste: npt.ArrayLike,
) -> Tableau:
    """Écart entre un quartier et la ville qui le contient, en fonction du reste de la ville.

    Parameters
    ----------
    p_quartier, p_reste : array_like of float
        Proportions, entre 0 et 1, dans le quartier et dans le reste de la ville.
    n_quartier, n_reste : array_like of float
        Effectifs des bases.

    Returns
    -------
    numpy.ndarray of float
        ``(1 − w)(p_quartier − p_reste)``, ``w`` étant la part du quartier dans la base.
    """
    reste = 1 - _part_du_quartier(n_quartier, n_reste)
    return np.asarray(reste * (_proportions(p_quartier) - _proportions(p_reste)))


def erreur_type_ecart(
    p_quartier: npt.ArrayLike,
    n_quartier: npt.ArrayLike,
    p_reste: npt.ArrayLike,
    n_reste: npt.ArrayLike,
    *,
    f: float = 0.4,
    deff: float = 1.8,
) -> Tableau:
    """Erreur type de l’écart entre un quartier et sa ville.

    Parameters
    ----------
    p_quartier, n_quartier, p_reste, n_reste : array_like of float
        Comme dans :func:`ecart_a_la_ville`.
    f, deff : float
        Taux de sondage et effet de plan.

    Returns
    -------
    numpy.ndarray of float
        ``(1 − w) √(V_quartier + V_reste)`` : le quartier n’est pas indépendant de la ville qui
        le contient, mais il l’est du reste de la ville.
    """
    quartier = erreur_type_proportion(p_quartier, n_quartier, f=f, deff=deff)
    reste = erreur_type_proportion(p_reste, n_reste, f=f, deff=deff)
    return np.asarray((1 - _part_du_quartier(n_quartier, n_reste)) * np.hypot(quartier, reste))


def p_valeur_ecart(ecart: npt.ArrayLike, erreur_type: npt.ArrayLike) -> Tableau:
    """Probabilité bilatérale d’un écart au moins aussi grand s’il n’y avait pas de différence.

    Parameters
    ----------
    ecart, erreur_type : array_like of float
        Même unité ; une erreur type nulle (source exhaustive) rend certain tout écart non nul.

    Returns
    -------
    numpy.ndarray of float
        Entre 0 et 1 ; ``NaN`` si l’un manque.
    """
    delta, se = (
        np.abs(np.asarray(ecart, dtype=np.float64)),
        np.asarray(erreur_type, dtype=np.float64),
    )
    delta, se = np.broadcast_arrays(delta, se)
    z = np.divide(delta, se, out=np.where(delta > 0, np.inf, 0.0), where=se > 0)
    return np.where(np.isnan(delta) | np.isnan(se), np.nan, 2 * ndtr(-z))


def benjamini_hochberg(p_valeurs: npt.ArrayLike, groupes: npt.ArrayLike | None = None) -> Tableau:
    """Valeurs p ajustées du nombre de quartiers comparés à la fois.

    Parameters
    ----------
    p_valeurs : array_like of float, shape (n,)
        Entre 0 et 1 ; un ``NaN`` (quartier sans chiffre) n’est pas compté.
    groupes : array_like of int, shape (n,), optional
        Rang, à partir de 0, de l’ensemble comparé ; chacun est corrigé à part.

    Returns
    -------
    numpy.ndarray of float, shape (n,)
        Valeurs ajustées : retenir celles sous 5 % donne au plus 5 % de fausses découvertes.

    Notes
    -----
    Benjamini et Hochberg (1995) : ``min_{j ≥ i} (m / j) p_(j)``.
    """
    p = _proportions(p_valeurs)
    ajustees = np.full(p.shape, np.nan)
    connues = np.flatnonzero(~np.isnan(p))
    groupe = np.zeros(p.shape, dtype=np.intp) if groupes is None else np.asarray(groupes, np.intp)
    ordre = connues[np.lexsort((p[connues], groupe[connues]))]
    trie = groupe[ordre]
    tailles = np.bincount(trie)
    rangs = np.arange(len(ordre)) - (np.cumsum(tailles) - tailles)[trie] + 1
    brutes = np.minimum(p[ordre] * tailles[trie] / rangs, 1.0)
    # Le minimum courant, du dernier au premier, repart à chaque groupe grâce au décalage.
    decalees = np.minimum.accumulate((brutes + 2.0 * trie)[::-1])[::-1]
    ajustees[ordre] = decalees - 2.0 * trie
    return ajustees


def retrecir(
    p: npt.ArrayLike, n_eff: npt.ArrayLike, *, moyenne: npt.ArrayLike, rho: float
) -> Tableau:
    """Proportion lissée vers celle de territoires comparables (bayésien empirique).

    Parameters
    ----------
    p : array_like of float
        Proportion observée, entre 0 et 1.
    n_eff : array_like of float
        Effectif efficace (:func:`effectif_efficace`).
    moyenne : array_like of float
        Proportion des territoires comparables, entre 0 et 1.
    rho : float
        Corrélation intra-territoire de la loi bêta-binomiale, entre 0 et 1 exclus.

    Returns
    -------
    numpy.ndarray of float
        ``(n_eff p + M m) / (n_eff + M)`` avec ``M = 1/ρ − 1`` ; ``NaN`` si ``p`` manque : un
        taux masqué n’est pas remplacé par celui des autres.
    """
    if not 0 < rho < 1:
        raise ErreurDonnees(
            f"La corrélation rho vaut {rho:g} : elle doit être entre 0 et 1 exclus."
        )
    poids = np.asarray(n_eff, dtype=np.float64)
    masse = 1 / rho - 1
    # Part laissée à l’observation ; écrite ainsi, elle vaut 1 pour un effectif infini.
    confiance = 1 / (1 + masse / np.where(poids > 0, poids, np.nan))
    return np.asarray(confiance * _proportions(p) + (1 - confiance) * _proportions(moyenne))


def coefficient_variation(effectif: npt.ArrayLike) -> Tableau:
    """Coefficient de variation publié par l’Insee selon l’effectif estimé.

    Parameters
    ----------
    effectif : array_like of float
        Effectif estimé, dans une commune de 10 000 habitants ou plus.

    Returns
    -------
    numpy.ndarray of float
        De 0,01 à 0,08 ; ``NaN`` sous 250, où l’Insee n’en publie pas. Établi pour des
        communes : pour un IRIS, c’est un plancher.
    """
    n = np.asarray(effectif, dtype=np.float64)
    classe = np.searchsorted(_EFFECTIFS_CV, n, side="right") - 1
    valeurs = np.asarray(_COEFFICIENTS_CV)[
        np.clip(classe, 0, None).clip(max=len(_COEFFICIENTS_CV) - 1)
    ]
    return np.where((classe >= 0) & ~np.isnan(n), valeurs, np.nan)


def _part_du_quartier(n_quartier: npt.ArrayLike, n_reste: npt.ArrayLike) -> Tableau:
    quartier, reste = (
        np.asarray(n_quartier, dtype=np.float64),
        np.asarray(n_reste, dtype=np.float64),
    )
    total = quartier + reste
    return np.asarray(quartier / np.where(total > 0, total, np.nan))


def _proportions(p: npt.ArrayLike) -> Tableau:
    valeurs = np.asarray(p, dtype=np.float64)
    if ((valeurs < 0) | (valeurs > 1)).any():
        raise ErreurDonnees(
            f"Une proportion sort de l’intervalle de 0 à 1 (de {np.nanmin(valeurs):g} à "
            f"{np.nanmax(valeurs):g}) : diviser par 100 un pourcentage, ou vérifier la base."
        )
    return valeurs


def _controler_plan(f: npt.ArrayLike, deff: float) -> Tableau:
    taux = np.asarray(f, dtype=np.float64)
    hors = ~((taux > 0) & (taux <= 1))
    if hors.any():
        fautif = float(taux[hors].ravel()[0])
        raise ErreurDonnees(
            f"Le taux de sondage vaut {fautif:g} : il doit être entre 0 exclu et 1."
        )
    if not deff > 0:
        raise ErreurDonnees(f"L’effet de plan vaut {deff:g} : il doit être strictement positif.")
    return taux
