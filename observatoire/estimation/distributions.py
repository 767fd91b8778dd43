"""Distributions de revenus : ajustement d’une loi aux quantiles publiés d’un IRIS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import ndtri

from observatoire.erreurs import Anomalie, ErreurDonnees
from observatoire.estimation.lois import Distribution, Lognormale, Loi
from observatoire.estimation.melanges import Melange, melanger

__all__ = [
    "Distribution",
    "Lognormale",
    "Loi",
    "Melange",
    "ajuster_distribution",
    "ajuster_distributions",
    "melanger",
    "quantiles_de_mediane_et_rapport",
]

_RANG_MINIMAL_DE_PARETO = 0.75


def ajuster_distribution(
    quantiles: Mapping[float, float], *, gini: float | None = None
) -> Distribution:
    """Ajuster une loi de revenus aux quantiles publiés d’un IRIS.

    Parameters
    ----------
    quantiles : mapping of float to float
        Ordre (entre 0 et 1 exclus) vers quantile, en euros. Un ``NaN`` est un quantile
        masqué : il est ignoré. Deux quantiles suffisent (forme lognormale), ou un seul
        accompagné du Gini.
    gini : float, optional
        Indice de Gini publié, entre 0 et 1 ; ``NaN`` s’il est masqué.

    Returns
    -------
    Distribution
        Interpolation monotone (PCHIP) de ``ln(revenu)`` contre ``Φ⁻¹(p)``, droite sous le
        premier quantile. Au-dessus du dernier, queue de Pareto dont l’exposant reproduit le
        Gini publié ; à défaut de Gini, ou si aucun exposant n’y parvient, droite.

    Raises
    ------
    ErreurDonnees
        Si les quantiles sont trop peu nombreux, négatifs, décroissants ou tous égaux, si un
        ordre ou le Gini n’est pas entre 0 et 1 ; tous les défauts sont dits ensemble.

    Notes
    -----
    La queue de Pareto suit l’esprit de Blanchet, Fournier et Piketty (2022), « Generalized
    Pareto Curves ». Avec ``θ`` l’inverse de l’exposant, ``τ`` la part des personnes de la
    queue et ``x`` son seuil, ``∫ Q dp = A₀ + xτ/(1−θ)`` et
    ``∫ Q p dp = A₁ + xτ/(1−θ) − xτ²/(2−θ)`` : le Gini fixe ``θ`` par une équation du second degré.
    """
    return ajuster_distributions([quantiles], [gini])[0]


def ajuster_distributions(
    quantiles: Sequence[Mapping[float, float]], ginis: Sequence[float | None]
) -> list[Distribution]:
    """Ajuster beaucoup de lois : :func:`ajuster_distribution` pour chaque IRIS, plus vite.

    Parameters
    ----------
    quantiles : sequence of mapping of float to float
        Quantiles de chaque IRIS.
    ginis : sequence of float or None
        Gini de chaque IRIS.

    Returns
    -------
    list of Distribution
        Dans l’ordre reçu.
    """
    bases = [_loi_sans_queue(q, g) for q, g in zip(quantiles, ginis, strict=True)]
    # Les lois aux mêmes ordres partagent leurs nœuds : leurs intégrales se font ensemble.
    par_rangs: dict[tuple[float, ...], list[Distribution]] = {}
    for base, gini in bases:
        if gini is not None:
            par_rangs.setdefault(base.rangs, []).append(base)
    for groupe in par_rangs.values():
        Distribution.integrer(groupe)
    thetas = [None if gini is None else _calibrer_pareto(base, gini) for base, gini in bases]
    return [
        base if theta is None else base.avec_queue(theta)
        for (base, _), theta in zip(bases, thetas, strict=True)
    ]


def _loi_sans_queue(
    quantiles: Mapping[float, float], gini: float | None
) -> tuple[Distribution, float | None]:
    """La loi sous son dernier quantile, et le Gini que sa queue doit reproduire s’il y en a un."""
    connus = {float(p): float(x) for p, x in sorted(quantiles.items()) if not np.isnan(x)}
    cible = None if gini is None or np.isnan(gini) else float(gini)
    anomalies = _anomalies(connus, cible)
    if anomalies:
        raise ErreurDonnees("Ces quantiles ne décrivent pas une distribution.", anomalies)
    if len(connus) == 1:
        assert cible is not None
        connus = _lognormale_de_gini(connus, cible)
        cible = None
    rangs = tuple(connus)
    logarithmes = tuple(float(v) for v in np.log(list(connus.values())))
    base = Distribution(rangs, logarithmes)
    return base, None if rangs[-1] < _RANG_MINIMAL_DE_PARETO else cible


def quantiles_de_mediane_et_rapport(
    mediane: float, rapport_interdecile: float
) -> dict[float, float]:
    """Trois quantiles d’une loi symétrique en logarithme, quand seuls MED et RD sont publiés.

    Parameters
    ----------
    mediane : float
        Médiane, en euros.
    rapport_interdecile : float
        D9/D1, supérieur à 1.

    Returns
    -------
    dict of float to float
        D1, médiane et D9, à donner à :func:`ajuster_distribution`. ``NaN`` si l’un manque.
    """
    racine = float(np.sqrt(rapport_interdecile))
    return {0.1: mediane / racine, 0.5: mediane, 0.9: mediane * racine}


def _anomalies(connus: Mapping[float, float], gini: float | None) -> list[Anomalie]:
    anomalies = []
    rangs, valeurs = np.array(list(connus)), np.array(list(connus.values()))
    if not ((rangs > 0) & (rangs < 1)).all():
        anomalies.append(Anomalie("un ordre de quantile n’est pas entre 0 et 1 exclus"))
    if not (np.isfinite(valeurs) & (valeurs > 0)).all():
        anomalies.append(Anomalie("un quantile n’est pas un montant strictement positif"))
    if (np.diff(valeurs) < 0).any():
        paires = ", ".join(f"{p:g} → {x:g} €" for p, x in connus.items())
        anomalies.append(
            Anomalie(f"les quantiles décroissent ({paires})", remede="vérifier la ligne du fichier")
        )
    if gini is not None and not 0 < gini < 1:
        remede = (
            "diviser par 100 un Gini donné en pourcentage"
            if 1 <= gini <= 100
            else "vérifier la colonne"
        )
        anomalies.append(
            Anomalie(f"le Gini vaut {gini:g}, hors de l’intervalle de 0 à 1", remede=remede)
        )
    if not connus or (len(connus) == 1 and gini is None):
        anomalies.append(
            Anomalie(
                f"{len(connus)} quantile publié : il en faut deux, ou un seul avec le Gini",
                remede="laisser cet IRIS masqué",
            )
        )
    elif len(connus) > 1 and valeurs[0] == valeurs[-1]:
        anomalies.append(Anomalie("tous les quantiles sont égaux"))
    return anomalies


def _lognormale_de_gini(connus: Mapping[float, float], gini: float) -> dict[float, float]:
    """Trois quantiles de la lognormale qui a ce quantile et ce Gini."""
    ((rang, valeur),) = connus.items()
    sigma = np.sqrt(2) * ndtri((1 + gini) / 2)
    return {p: float(valeur * np.exp(sigma * (ndtri(p) - ndtri(rang)))) for p in (0.1, 0.5, 0.9)}


def _calibrer_pareto(base: Distribution, gini: float) -> float | None:
    """Inverse de l’exposant de Pareto qui reproduit le Gini, ou ``None`` s’il n’existe pas."""
    moyenne, moment = base._integrales_sous_le_dernier
    tau = 1 - base.rangs[-1]
    x = np.exp(base.log_quantiles[-1])
    c = 2 * moment - (1 + gini) * moyenne
    d = (1 - gini) * x * tau
    e = 2 * x * tau**2
    # c(1−θ)(2−θ) + d(2−θ) − e(1−θ) = 0, positif en θ = 1 : une racine dans ]0, 1[ si négatif en 0.
    if 2 * c + 2 * d - e >= 0:
        return None
    racines = np.roots([c, e - d - 3 * c, 2 * c + 2 * d - e])
    reelles = [
        float(r.real) for r in np.atleast_1d(racines) if abs(r.imag) < 1e-12 and 0 < r.real < 1
    ]
    return reelles[0] if len(reelles) == 1 else None
