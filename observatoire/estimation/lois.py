"""Lois de revenus : la loi lognormale, et la loi ajustée aux quantiles publiés d’un IRIS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from observatoire.estimation.faisceaux import Faisceau
from observatoire.estimation.pchip import coefficients_pchip

__all__ = ["Distribution", "Lognormale", "Loi", "Reels", "Tableau", "gauss_legendre"]

Tableau = npt.NDArray[np.float64]
Reels = float | Tableau
"""Un nombre, ou un tableau de nombres : chaque fonction rend la forme qu’elle a reçue."""

_RACINE_2PI = np.sqrt(2 * np.pi)
_PORTEE = 9.0  # écarts-types au-delà desquels la densité normale est négligeable (1e-18)
_NOEUDS_CENTRE, _NOEUDS_QUEUE = 12, 48


class Loi(Protocol):
    """Ce qu’un mélange demande à chacune de ses composantes."""

    def repartition(self, x: npt.ArrayLike) -> Reels:
        """``F(x) = P(X ≤ x)``."""

    def quantile(self, p: npt.ArrayLike) -> Reels:
        """Plus petit ``x`` tel que ``F(x) ≥ p``."""

    def moyenne(self) -> float:
        """Espérance."""

    def moments(self) -> Tableau:
        """``E[x]``, ``E[ln x]`` et ``E[x ln x]``, shape (3,)."""

    def moyenne_partielle(self, p: npt.ArrayLike) -> Reels:
        """``∫_0^p Q(u) du`` : ce que touche la part ``p`` la plus modeste, par personne."""


@dataclass(frozen=True)
class Lognormale:
    """Loi lognormale, dont toutes les mesures ont une formule exacte.

    Parameters
    ----------
    mediane : float
        Médiane, en euros.
    sigma : float
        Écart-type du logarithme, strictement positif.
    """

    mediane: float
    sigma: float

    def repartition(self, x: npt.ArrayLike) -> Reels:
        """Part des personnes sous ``x`` euros, entre 0 et 1."""
        with np.errstate(divide="ignore"):
            z = (np.log(np.maximum(x, 0.0)) - np.log(self.mediane)) / self.sigma
        return _rendre(ndtr(z))

    def quantile(self, p: npt.ArrayLike) -> Reels:
        """Quantile d’ordre ``p`` (entre 0 et 1), en euros."""
        return _rendre(self.mediane * np.exp(self.sigma * ndtri(p)))

    def moyenne(self) -> float:
        """Moyenne, en euros : ``m exp(σ²/2)``."""
        return float(self.mediane * np.exp(self.sigma**2 / 2))

    def moyenne_partielle(self, p: npt.ArrayLike) -> Reels:
        """``∫_0^p Q(u) du = μ Φ(Φ⁻¹(p) − σ)``, en euros."""
        return _rendre(self.moyenne() * ndtr(ndtri(p) - self.sigma))

    def moments(self) -> Tableau:
        """``E[x]``, ``E[ln x]`` et ``E[x ln x]`` : ce que demandent Theil et l’écart logarithmique."""
        moyenne, log = self.moyenne(), float(np.log(self.mediane))
        return np.array([moyenne, log, moyenne * (log + self.sigma**2)])

    def gini(self) -> float:
        """Indice de Gini, entre 0 et 1 : ``2 Φ(σ/√2) − 1``."""
        return float(2 * ndtr(self.sigma / np.sqrt(2)) - 1)


@dataclass(frozen=True, eq=False)
class Distribution:
    """Loi ajustée : logarithme du revenu en fonction de ``z = Φ⁻¹(p)``.

    Entre les quantiles publiés, interpolation cubique monotone (PCHIP) ; sous le premier,
    droite en ``z`` ; au-dessus du dernier, queue de Pareto si ``theta`` est donné, droite
    en ``z`` sinon. S’obtient par :func:`observatoire.estimation.ajuster_distribution`.

    Parameters
    ----------
    rangs : tuple of float
        Ordres des quantiles publiés, croissants, entre 0 et 1.
    log_quantiles : tuple of float
        Leurs logarithmes, croissants.
    theta : float, optional
        Inverse de l’exposant de Pareto, entre 0 et 1 exclus.
    """

    rangs: tuple[float, ...]
    log_quantiles: tuple[float, ...]
    theta: float | None = None

    def repartition(self, x: npt.ArrayLike) -> Reels:
        """Part des personnes sous ``x`` euros, entre 0 et 1."""
        with np.errstate(divide="ignore"):
            y = np.log(np.maximum(np.asarray(x, dtype=np.float64), 0.0))
        resultat = self.faisceau([self]).repartition(y.ravel())[0]
        return _rendre(resultat.reshape(y.shape))

    def quantile(self, p: npt.ArrayLike) -> Reels:
        """Quantile d’ordre ``p`` (entre 0 et 1), en euros."""
        rang = np.asarray(p, dtype=np.float64)
        y = self._log_quantile(ndtri(rang))
        if self.theta is not None:
            with np.errstate(divide="ignore"):
                queue = np.log((1 - self.rangs[-1]) / (1 - rang))
            y = np.where(queue > 0, self.log_quantiles[-1] + self.theta * queue, y)
        return _rendre(np.exp(y))

    def moyenne(self) -> float:
        """Moyenne, en euros."""
        return self._integrales[0]

    def moyenne_partielle(self, p: npt.ArrayLike) -> Reels:
        """``∫_0^p Q(u) du``, en euros : par quadrature de Gauss-Legendre entre les quantiles."""
        rang = np.atleast_1d(np.asarray(p, dtype=np.float64))
        z = ndtri(rang)
        a, b = self._queue_basse
        basse = np.exp(a + b * b / 2) * ndtr(np.minimum(z, self._z[0]) - b)
        bornes = np.clip(z, self._z[0], self._z[-1])
        k = np.clip(np.searchsorted(self._z, bornes, side="right") - 1, 0, max(len(self._z) - 2, 0))
        noeuds, poids = gauss_legendre(_NOEUDS_CENTRE)
        demi = (bornes - self._z[k])[:, None] / 2
        u = self._z[k][:, None] + demi * (noeuds + 1)
        dans_segment = (np.exp(self._courbe(u)) * _densite(u) * demi * poids).sum(axis=1)
        resultat = basse + self._cumul[k] + dans_segment + self._queue_haute(rang, z)
        return _rendre(resultat.reshape(np.shape(p)))

    def moments(self) -> Tableau:
        """``E[x]``, ``E[ln x]`` et ``E[x ln x]`` : ce que demandent Theil et l’écart logarithmique."""
        bas, haut = float(self._z[0]), float(self._z[-1])
        centre_z, centre_poids = _noeuds_du_centre(self.rangs)
        morceaux = [_noeuds(bas - _PORTEE, bas, _NOEUDS_QUEUE), (centre_z, centre_poids)]
        if self.theta is None:
            morceaux.append(_noeuds(haut, haut + _PORTEE, _NOEUDS_QUEUE))
        z, poids = (np.concatenate([m[k] for m in morceaux]) for k in (0, 1))
        y = self._log_quantile(z)
        x = np.exp(y)
        resultat = np.array([x @ poids, y @ poids, (x * y) @ poids])
        if self.theta is not None:
            # Queue de Pareto : x = x₀ u^(−θ), u uniforme, dont les trois moyennes ont une formule.
            log, reste = self.log_quantiles[-1], 1 - self.theta
            masse = np.exp(log) / reste
            queue = np.array([masse, log + self.theta, masse * (log + self.theta / reste)])
            resultat += (1 - self.rangs[-1]) * queue
        return np.asarray(resultat)

    def gini(self) -> float:
        """Indice de Gini, entre 0 et 1 : ``2 ∫ Q(p) p dp / μ − 1``."""
        moyenne, premier_moment = self._integrales
        return float(2 * premier_moment / moyenne - 1)

    @staticmethod
    def faisceau(distributions: Sequence[Distribution]) -> Faisceau:
        """Réunir des lois ajustées aux mêmes ordres de quantiles, pour les évaluer ensemble.

        Parameters
        ----------
        distributions : sequence of Distribution
            Lois dont ``rangs`` est le même.

        Returns
        -------
        Faisceau
        """
        sans_courbe = [d for d in distributions if "_coefficients" not in d.__dict__]
        if sans_courbe:
            ordonnees = np.array([d.log_quantiles for d in sans_courbe]).T
            coefficients = coefficients_pchip(distributions[0]._z, ordonnees)
            for k, d in enumerate(sans_courbe):
                d.__dict__["_coefficients"] = coefficients[..., k]
        return Faisceau(
            z=distributions[0]._z,
            coefficients=np.stack([d._coefficients for d in distributions], axis=2),
            log_bords=np.array([[d.log_quantiles[k] for d in distributions] for k in (0, -1)]),
            pentes=np.array([d._pentes for d in distributions]).T,
            theta=np.array([np.nan if d.theta is None else d.theta for d in distributions]),
        )

    @staticmethod
    def integrer(distributions: Sequence[Distribution]) -> None:
        """Calculer ensemble les intégrales de lois ajustées aux mêmes ordres ; chacune les garde.

        Parameters
        ----------
        distributions : sequence of Distribution
            Lois dont ``rangs`` est le même.
        """
        z, poids = _noeuds_sous_le_dernier(distributions[0].rangs)
        q = np.exp(Distribution.faisceau(distributions).logarithmes(z)) * poids
        moyennes, moments = q.sum(axis=1), (q * ndtr(z)).sum(axis=1)
        for d, moyenne, moment in zip(distributions, moyennes, moments, strict=True):
            d.__dict__["_integrales_sous_le_dernier"] = (float(moyenne), float(moment))

    def avec_queue(self, theta: float) -> Distribution:
        """La même loi avec une queue de Pareto ; ce qui est sous le dernier quantile est gardé."""
        autre = Distribution(self.rangs, self.log_quantiles, theta)
        gardes = ("_coefficients", "_pentes", "_integrales_sous_le_dernier")
        autre.__dict__.update({nom: self.__dict__[nom] for nom in gardes if nom in self.__dict__})
        return autre

    @property
    def _z(self) -> Tableau:
        return _scores(self.rangs)

    @cached_property
    def _coefficients(self) -> Tableau:
        """Polynômes de la courbe, shape (4, s)."""
        coefficients = coefficients_pchip(self._z, np.array(self.log_quantiles)[:, None])
        return np.asarray(coefficients[..., 0])

    def _courbe(self, z: Tableau) -> Tableau:
        """Logarithme du revenu entre le premier et le dernier quantile."""
        k = np.clip(np.searchsorted(self._z, z, side="right") - 1, 0, len(self._z) - 2)
        u = z - self._z[k]
        c3, c2, c1, c0 = self._coefficients[:, k]
        return np.asarray(((c3 * u + c2) * u + c1) * u + c0)

    @cached_property
    def _pentes(self) -> tuple[float, float]:
        """Pentes des deux queues ; celle de la corde quand PCHIP s’annule au bord."""
        z, y = self._z, np.array(self.log_quantiles)
        cordes = np.diff(y) / np.diff(z)
        c, pas = self._coefficients, z[-1] - z[-2]
        bords = (c[2, 0], (3 * c[0, -1] * pas + 2 * c[1, -1]) * pas + c[2, -1])
        # Deux quantiles égaux (arrondi) donnent une pente nulle : la corde totale la remplace.
        totale = (y[-1] - y[0]) / (z[-1] - z[0])
        bas, haut = (
            next(float(p) for p in (bord, corde, totale) if p > 1e-9)
            for bord, corde in ((bords[0], cordes[0]), (bords[1], cordes[-1]))
        )
        return bas, haut

    @property
    def _queue_basse(self) -> tuple[float, float]:
        """Ordonnée à l’origine et pente de la droite sous le premier quantile."""
        pente = self._pentes[0]
        return self.log_quantiles[0] - pente * float(self._z[0]), pente

    def _log_quantile(self, z: Tableau) -> Tableau:
        bas, haut = self._z[0], self._z[-1]
        y = self._courbe(np.clip(z, bas, haut))
        y = np.where(z < bas, self.log_quantiles[0] + self._pentes[0] * (z - bas), y)
        return np.asarray(
            np.where(z > haut, self.log_quantiles[-1] + self._pentes[1] * (z - haut), y)
        )

    @cached_property
    def _cumul(self) -> Tableau:
        """``∫ Q`` du premier quantile publié au début de chaque segment."""
        z, poids = _noeuds_du_centre(self.rangs)
        aires = (np.exp(self._courbe(z)) * poids).reshape(-1, _NOEUDS_CENTRE).sum(axis=1)
        return np.concatenate([[0.0], np.cumsum(aires)])

    @cached_property
    def _integrales(self) -> tuple[float, float]:
        """``∫ Q dp`` et ``∫ Q p dp`` sur toute la loi."""
        moyenne, moment = self._integrales_sous_le_dernier
        tau = 1 - self.rangs[-1]
        if self.theta is not None:
            x = np.exp(self.log_quantiles[-1])
            queue = x * tau / (1 - self.theta)
            return moyenne + queue, moment + queue - x * tau**2 / (2 - self.theta)
        z, poids = _noeuds(float(self._z[-1]), float(self._z[-1]) + _PORTEE, _NOEUDS_QUEUE)
        q = np.exp(self._log_quantile(z)) * poids
        return moyenne + float(q.sum()), moment + float((q * ndtr(z)).sum())

    @cached_property
    def _integrales_sous_le_dernier(self) -> tuple[float, float]:
        z, poids = _noeuds_sous_le_dernier(self.rangs)
        q = np.exp(self._log_quantile(z)) * poids
        return float(q.sum()), float((q * ndtr(z)).sum())

    def _queue_haute(self, rang: Tableau, z: Tableau) -> Tableau:
        """``∫ Q`` du dernier quantile publié à ``rang``, nul en dessous."""
        tau = 1 - self.rangs[-1]
        if self.theta is not None:
            reste = np.clip((1 - rang) / tau, 0.0, 1.0) ** (1 - self.theta)
            pareto: Tableau = np.exp(self.log_quantiles[-1]) * tau / (1 - self.theta) * (1 - reste)
            return pareto
        b = self._pentes[1]
        a = self.log_quantiles[-1] - b * self._z[-1]
        haut: Tableau = ndtr(np.maximum(z, self._z[-1]) - b) - ndtr(self._z[-1] - b)
        return np.asarray(np.exp(a + b * b / 2) * haut)


def _rendre(valeurs: Tableau) -> Reels:
    """Un nombre pour un nombre, un tableau pour un tableau."""
    return float(valeurs) if np.ndim(valeurs) == 0 else valeurs


def _densite(z: Tableau) -> Tableau:
    densite: Tableau = np.exp(-z * z / 2) / _RACINE_2PI
    return densite


@cache
def gauss_legendre(nombre: int) -> tuple[Tableau, Tableau]:
    """Nœuds et poids sur [−1, 1], gardés : leur calcul coûte plus cher que leur emploi."""
    noeuds, poids = np.polynomial.legendre.leggauss(nombre)
    return noeuds, poids


def _noeuds(bas: float, haut: float, nombre: int) -> tuple[Tableau, Tableau]:
    """Nœuds de Gauss-Legendre en ``z`` et leurs poids, densité normale comprise."""
    noeuds, poids = gauss_legendre(nombre)
    z = bas + (haut - bas) / 2 * (noeuds + 1)
    return z, poids * (haut - bas) / 2 * _densite(z)


@lru_cache(maxsize=64)
def _scores(rangs: tuple[float, ...]) -> Tableau:
    """Scores normaux des ordres publiés, mis en commun entre IRIS."""
    scores: Tableau = ndtri(np.array(rangs))
    return scores


@lru_cache(maxsize=64)
def _noeuds_sous_le_dernier(rangs: tuple[float, ...]) -> tuple[Tableau, Tableau]:
    """Nœuds et poids de la queue basse et de tous les segments."""
    centre_z, centre_poids = _noeuds_du_centre(rangs)
    premier = float(_scores(rangs)[0])
    queue_z, queue_poids = _noeuds(premier - _PORTEE, premier, _NOEUDS_QUEUE)
    return np.concatenate([queue_z, centre_z]), np.concatenate([queue_poids, centre_poids])


@lru_cache(maxsize=64)
def _noeuds_du_centre(rangs: tuple[float, ...]) -> tuple[Tableau, Tableau]:
    """Nœuds de tous les segments entre quantiles publiés, mis en commun entre IRIS."""
    z = ndtri(np.array(rangs))
    segments = [_noeuds(a, b, _NOEUDS_CENTRE) for a, b in pairwise(z)]
    return np.concatenate([s[0] for s in segments]), np.concatenate([s[1] for s in segments])
