"""Répartition d’un groupe entre les IRIS d’une ville : dissimilarité, isolement, exposition, entropie.

Le recensement est un sondage : même sans aucune ségrégation, les parts d’IRIS diffèrent par hasard, et
tous ces indices sont trop hauts. :func:`segregation_corrigee` mesure ce surplus par simulation et
le retire.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from observatoire.erreurs import ErreurDonnees

__all__ = [
    "MESURES",
    "Estimation",
    "dissimilarite",
    "entropie",
    "eta_carre",
    "exposition",
    "isolement",
    "segregation_corrigee",
]

Tableau = npt.NDArray[np.float64]


def dissimilarite(p: npt.ArrayLike, t: npt.ArrayLike) -> Tableau:
    """Indice de dissimilarité : part du groupe à déplacer pour qu’il soit réparti comme les autres.

    Parameters
    ----------
    p : array_like of float, shape (..., n)
        Part du groupe dans chaque IRIS, entre 0 et 1.
    t : array_like of float, shape (n,)
        Effectif de chaque IRIS (base de la part).

    Returns
    -------
    numpy.ndarray of float, shape (...)
        ``Σ t |p − P| / (2 T P (1 − P))``, de 0 (même part partout) à 1 (aucun IRIS commun).
        Duncan et Duncan (1955).
    """
    parts, effectifs, ensemble = _preparer(p, t)
    ecarts = np.abs(parts - ensemble[..., None]) @ effectifs
    return np.asarray(_rapport(ecarts, 2 * effectifs.sum() * ensemble * (1 - ensemble)))


def isolement(p: npt.ArrayLike, t: npt.ArrayLike) -> Tableau:
    """Indice d’isolement ``xPx`` : part du groupe dans l’IRIS d’un de ses membres, en moyenne.

    Parameters
    ----------
    p, t : array_like of float
        Comme pour :func:`dissimilarite`.

    Returns
    -------
    numpy.ndarray of float, shape (...)
        ``Σ (x_i / X) p_i``, de ``P`` (aucune ségrégation) à 1. Lieberson (1981).
    """
    parts, effectifs, ensemble = _preparer(p, t)
    return np.asarray(_rapport((parts * parts) @ effectifs, effectifs.sum() * ensemble))


def exposition(p: npt.ArrayLike, t: npt.ArrayLike) -> Tableau:
    """Indice d’exposition ``xPy`` : part des autres dans l’IRIS d’un membre du groupe, en moyenne.

    Parameters
    ----------
    p, t : array_like of float
        Comme pour :func:`dissimilarite`.

    Returns
    -------
    numpy.ndarray of float, shape (...)
        ``1 − xPx`` : de ``1 − P`` (aucune ségrégation) à 0.
    """
    return np.asarray(1 - isolement(p, t))


def eta_carre(p: npt.ArrayLike, t: npt.ArrayLike) -> Tableau:
    """Rapport de corrélation ``η²`` : isolement corrigé de la taille du groupe.

    Parameters
    ----------
    p, t : array_like of float
        Comme pour :func:`dissimilarite`.

    Returns
    -------
    numpy.ndarray of float, shape (...)
        ``(xPx − P) / (1 − P)``, de 0 à 1.
    """
    _, _, ensemble = _preparer(p, t)
    return np.asarray(_rapport(isolement(p, t) - ensemble, 1 - ensemble))


def entropie(p: npt.ArrayLike, t: npt.ArrayLike) -> Tableau:
    """Indice d’entropie ``H`` de Theil : ce que l’IRIS apprend de l’appartenance au groupe.

    Parameters
    ----------
    p, t : array_like of float
        Comme pour :func:`dissimilarite`.

    Returns
    -------
    numpy.ndarray of float, shape (...)
        ``1 − Σ t_i E(p_i) / (T E(P))`` avec ``E(p) = −p ln p − (1 − p) ln(1 − p)`` ; de 0 à 1.
        Theil et Finizza (1971).
    """
    parts, effectifs, ensemble = _preparer(p, t)
    dedans = _desordre(parts) @ effectifs
    return np.asarray(1 - _rapport(dedans, effectifs.sum() * _desordre(ensemble)))


MESURES: Mapping[str, Callable[[npt.ArrayLike, npt.ArrayLike], Tableau]] = {
    "dissimilarite": dissimilarite,
    "isolement": isolement,
    "exposition": exposition,
    "eta_carre": eta_carre,
    "entropie": entropie,
}
"""Nom de la mesure → fonction ; toutes sont entre 0 et 1."""


@dataclass(frozen=True, slots=True)
class Estimation:
    """Une mesure : telle que lue, corrigée du hasard du sondage, et son intervalle."""

    brute: float
    corrigee: float
    basse: float
    haute: float


def segregation_corrigee(
    p: npt.ArrayLike,
    t: npt.ArrayLike,
    n_eff: npt.ArrayLike,
    *,
    tirages: int,
    graine: int,
    niveau: float = 0.90,
) -> dict[str, Estimation]:
    """Toutes les mesures, corrigées du biais de sondage, avec un intervalle.

    Parameters
    ----------
    p, t : array_like of float, shape (n,)
        Part du groupe et effectif de chaque IRIS.
    n_eff : array_like of float, shape (n,)
        Effectif efficace (:func:`observatoire.estimation.effectif_efficace`) ; infini partout pour une
        source exhaustive, qui n’a ni biais ni intervalle.
    tirages : int
        Nombre de sondages simulés.
    graine : int
        Graine des simulations : le même fichier donne le même chiffre.
    niveau : float
        Niveau de l’intervalle, entre 0 et 1 exclus.

    Returns
    -------
    dict of str to Estimation
        Les clés de :data:`MESURES` ; bornes ``NaN`` pour une source exhaustive.

    Raises
    ------
    ErreurDonnees
        Si une part sort de 0-1, ou si un effectif n’est pas strictement positif.

    Notes
    -----
    La dispersion observée des parts est celle des vraies parts plus le bruit du sondage,
    ``p (1 − p) / (n_eff − 1)``. Les parts sont d’abord rapprochées de leur moyenne jusqu’à n’avoir
    plus que la dispersion vraie ; des sondages sont tirés autour d’elles (loi binomiale) ; l’excès moyen de
    la mesure sur ces sondages est son biais, retiré de la mesure lue. L’intervalle est celui des
    sondages, recentré ; pour la dissimilarité, tout se fait sur son carré, auquel le hasard s’ajoute. Dans l’esprit d’Allen, Burgess, Davidson et Windmeijer (2015), *More
    Reliable Inference for the Dissimilarity Index of Segregation*, dont le bootstrap part des parts lues.
    """
    parts, effectifs, ensemble = _preparer(p, t)
    n = np.asarray(n_eff, dtype=np.float64)
    brutes = {nom: float(mesure(parts, effectifs)) for nom, mesure in MESURES.items()}
    if np.isinf(n).all():
        rien = float("nan")
        return {nom: Estimation(v, v, rien, rien) for nom, v in brutes.items()}
    tailles = np.maximum(np.rint(np.where(np.isinf(n), 1e9, n)), 2).astype(np.int64)
    resserrees = _resserrer(parts, effectifs, float(ensemble), tailles.astype(np.float64))
    hasard = np.random.default_rng(graine)
    sondages = hasard.binomial(tailles, resserrees, size=(tirages, len(parts))) / tailles
    marges = (1 - niveau) / 2, (1 + niveau) / 2
    resultat = {}
    for nom, mesure in MESURES.items():
        simulees = mesure(sondages, effectifs)
        simulees = simulees[np.isfinite(simulees)]
        if not len(simulees) or not np.isfinite(brutes[nom]):
            resultat[nom] = Estimation(brutes[nom], *(float("nan"),) * 3)
            continue
        # Le hasard s’ajoute aux mesures quadratiques, et au carré de la dissimilarité : là se fait la correction.
        degre = 2 if nom == "dissimilarite" else 1
        echelle = simulees**degre
        moyenne = float(echelle.mean())
        vraie = brutes[nom] ** degre - (moyenne - float(mesure(resserrees, effectifs)) ** degre)
        marge = vraie + np.quantile(echelle, marges) - moyenne
        corrigee, basse, haute = np.maximum([vraie, *marge], 0.0) ** (1 / degre)
        bornes = np.clip([corrigee, basse, haute], 0.0, 1.0)
        resultat[nom] = Estimation(brutes[nom], *(float(b) for b in bornes))
    return resultat


def _resserrer(parts: Tableau, effectifs: Tableau, ensemble: float, tailles: Tableau) -> Tableau:
    """Parts rapprochées de leur moyenne, pour ne garder que la dispersion que le hasard n’explique pas."""
    total = effectifs.sum()
    observee = float(effectifs @ (parts - ensemble) ** 2 / total)
    bruit = float(effectifs @ (parts * (1 - parts) / (tailles - 1)) / total)
    facteur = np.sqrt(max(0.0, 1 - bruit / observee)) if observee > 0 else 0.0
    return np.asarray(np.clip(ensemble + facteur * (parts - ensemble), 0.0, 1.0))


def _preparer(p: npt.ArrayLike, t: npt.ArrayLike) -> tuple[Tableau, Tableau, Tableau]:
    """Parts, effectifs, et part de l’ensemble."""
    parts, effectifs = np.asarray(p, dtype=np.float64), np.asarray(t, dtype=np.float64)
    if not ((parts >= 0) & (parts <= 1)).all() or not (effectifs > 0).all():
        raise ErreurDonnees(
            "La ségrégation se mesure sur des parts entre 0 et 1 et des effectifs positifs : "
            "écarter les IRIS masqués ou sans habitant."
        )
    return parts, effectifs, np.asarray(parts @ effectifs / effectifs.sum())


def _rapport(numerateur: npt.ArrayLike, denominateur: npt.ArrayLike) -> Tableau:
    """Rapport ; ``NaN`` si le groupe est vide ou fait toute la ville : la mesure n’a pas de sens."""
    bas = np.asarray(denominateur, dtype=np.float64)
    return np.asarray(numerateur / np.where(bas > 0, bas, np.nan))


def _desordre(p: Tableau) -> Tableau:
    """Entropie d’une part ; ``0 ln 0`` vaut 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        termes = [np.where(q > 0, -q * np.log(q), 0.0) for q in (p, 1 - p)]
    return np.asarray(termes[0] + termes[1])
