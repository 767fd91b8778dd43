"""Déplacer la loi d’un territoire pour qu’elle ait le taux de pauvreté calé.

Le mélange des IRIS a la forme de la ville autour du quartier, et sa médiane en hérite le biais.
Le calage connaît mieux la part des habitants sous le seuil : tous les revenus du mélange sont
multipliés par le même facteur, celui qui place cette part sous le seuil.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from observatoire.erreurs import Anomalie, ErreurDonnees
from observatoire.estimation.lois import Reels

__all__ = ["Alignement", "LoiContinue", "aligner_sur_pauvrete"]


class LoiContinue(Protocol):
    """Ce que l’alignement demande : mélange, loi ajustée ou lognormale."""

    def repartition(self, x: npt.ArrayLike) -> Reels:
        """``F(x) = P(X ≤ x)``."""

    def quantile(self, p: npt.ArrayLike) -> Reels:
        """Plus petit ``x`` tel que ``F(x) ≥ p``."""


@dataclass(frozen=True, eq=False)
class Alignement:
    """Loi déplacée : ``X' = facteur · X``. S’obtient par :func:`aligner_sur_pauvrete`.

    Parameters
    ----------
    loi : LoiContinue
        Loi de départ.
    facteur : float
        Multiplicateur des revenus, strictement positif.
    quantiles : dict of float to float
        Ordre vers quantile de la loi déplacée, en euros.
    bornes : dict of float to (float, float)
        Ordre vers intervalle du quantile, en euros ; vide si le taux n’a pas d’intervalle. La
        borne basse répond au taux le plus haut ; elle vaut 0 pour un taux de 1, et la borne
        haute est infinie pour un taux de 0.
    rapport_interdecile : float
        D9/D1 : celui de la loi de départ, qu’un facteur commun ne change pas. Il n’a donc pas
        d’intervalle ici.
    """

    loi: LoiContinue
    facteur: float
    quantiles: dict[float, float]
    bornes: dict[float, tuple[float, float]]
    rapport_interdecile: float

    @property
    def mediane(self) -> float:
        """Médiane de la loi déplacée, en euros."""
        return float(self.quantile(0.5))

    def quantile(self, p: npt.ArrayLike) -> Reels:
        """Quantile d’ordre ``p`` (entre 0 et 1 exclus) de la loi déplacée, en euros."""
        return self.facteur * self.loi.quantile(p)

    def repartition(self, x: npt.ArrayLike) -> Reels:
        """Part des personnes sous ``x`` euros, entre 0 et 1, dans la loi déplacée."""
        return self.loi.repartition(np.asarray(x, dtype=np.float64) / self.facteur)


def aligner_sur_pauvrete(
    melange: LoiContinue,
    taux: float,
    seuil: float,
    quantiles: Sequence[float] = (0.1, 0.5, 0.9),
    *,
    intervalle: tuple[float, float] | None = None,
) -> Alignement:
    """Multiplier les revenus d’un mélange pour que ``taux`` des personnes soient sous ``seuil``.

    Parameters
    ----------
    melange : LoiContinue
        Loi du territoire, tirée de ses IRIS.
    taux : float
        Taux de pauvreté calé, entre 0 et 1 exclus (et non en %).
    seuil : float
        Seuil de pauvreté, en euros par an et par unité de consommation : 60 % de la médiane
        nationale du même millésime.
    quantiles : sequence of float
        Ordres à rendre, entre 0 et 1 exclus.
    intervalle : (float, float), optional
        Intervalle du taux, entre 0 et 1, qui contient ``taux``.

    Returns
    -------
    Alignement
        Médiane, quantiles et leurs bornes. L’intervalle ne porte que l’incertitude du taux, non
        celle de la forme de la loi : il est un minimum.

    Raises
    ------
    ErreurDonnees
        Si le taux, le seuil, un ordre ou l’intervalle est hors de ses bornes ; tous les défauts
        sont dits ensemble.

    Notes
    -----
    ``P(cX < s) = F(s / c) = t`` donne ``c = s / Q(t)``, décroissant en ``t`` : un taux plus haut
    donne une médiane plus basse. Deux quantiles publiés égaux font un saut de ``F`` ; un taux
    qui tombe dans ce saut n’est reproduit qu’à la hauteur du saut près.
    """
    anomalies = _anomalies(taux, seuil, quantiles, intervalle)
    if anomalies:
        raise ErreurDonnees("La loi ne peut être alignée sur ce taux de pauvreté.", anomalies)
    # À 0 ou 1 il n’y a pas de quantile ; tous les autres ordres sont cherchés à la fois.
    extremes = [t for t in intervalle or () if 0 < t < 1]
    rangs = np.array([*extremes, *quantiles, 0.1, 0.9, taux], dtype=np.float64)
    lus = [float(x) for x in np.asarray(melange.quantile(rangs))]
    aux_bornes = dict(zip(extremes, lus, strict=False))
    *valeurs, d1, d9, au_taux = lus[len(extremes) :]
    bornes: dict[float, tuple[float, float]] = {}
    if intervalle is not None:
        bas, haut = (_facteur(t, aux_bornes, seuil) for t in (intervalle[1], intervalle[0]))
        bornes = {p: (bas * x, haut * x) for p, x in zip(quantiles, valeurs, strict=True)}
    facteur = seuil / au_taux
    return Alignement(
        loi=melange,
        facteur=facteur,
        quantiles={p: facteur * x for p, x in zip(quantiles, valeurs, strict=True)},
        bornes=bornes,
        rapport_interdecile=d9 / d1,
    )


def _facteur(taux: float, quantiles: Mapping[float, float], seuil: float) -> float:
    if taux <= 0:
        return float("inf")
    if taux >= 1:
        return 0.0
    return seuil / quantiles[taux]


def _anomalies(
    taux: float, seuil: float, quantiles: Sequence[float], intervalle: tuple[float, float] | None
) -> list[Anomalie]:
    anomalies = []
    if not 0 < taux < 1:
        remede = "diviser par 100 un taux en pourcentage" if 1 < taux <= 100 else ""
        anomalies.append(Anomalie(f"le taux vaut {taux:g}, hors de ]0, 1[", remede=remede))
    if not 0 < seuil < np.inf:
        anomalies.append(
            Anomalie(f"le seuil vaut {seuil:g} €", remede="donner 60 % de la médiane nationale")
        )
    anomalies += [
        Anomalie(f"un quantile d’ordre {p:g} n’existe pas", remede="donner un ordre dans ]0, 1[")
        for p in quantiles
        if not 0 < p < 1
    ]
    if intervalle is not None and not 0 <= intervalle[0] <= taux <= intervalle[1] <= 1:
        bas, haut = intervalle
        anomalies.append(
            Anomalie(
                f"l’intervalle de {bas:g} à {haut:g} ne contient pas le taux {taux:g}",
                remede="donner un intervalle entre 0 et 1 qui contient le taux",
            )
        )
    return anomalies
