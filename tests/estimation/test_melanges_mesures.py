"""Mesures d’un mélange confrontées à un calcul indépendant : Gini, S80/S20, part sous un seuil."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import ndtr

from observatoire.estimation import Lognormale, ajuster_distribution, melanger
from observatoire.estimation.bornes import bornes_quantile

A, B = Lognormale(14_000, 0.40), Lognormale(30_000, 0.50)
RANGS = (0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9)
lois = st.builds(Lognormale, st.floats(8e3, 50e3), st.floats(0.25, 0.7))
melanges = st.lists(st.tuples(lois, st.floats(0.2, 5)), min_size=1, max_size=4)


def ajuster(loi: Lognormale, rangs=RANGS, gini: bool = True):
    quantiles = {p: float(loi.quantile(p)) for p in rangs}
    return ajuster_distribution(quantiles, gini=loi.gini() if gini else None)


def masse_sous(composantes, poids, x: float) -> float:
    """``∫_0^x t dF`` d’un mélange de lognormales : ``Σ w μ Φ((ln(x/m) − σ²)/σ)``."""
    return sum(
        w * c.moyenne() * ndtr((np.log(x / c.mediane) - c.sigma**2) / c.sigma)
        for c, w in zip(composantes, poids, strict=True)
    )


def test_s80_s20_du_melange_de_reference() -> None:
    """Formule des masses partielles, quantiles du mélange : un autre chemin que les quadratures."""
    melange = melanger([A, B], [1, 1])
    q20, q80 = melange.quantile([0.2, 0.8])
    attendu = (24_580.24 - masse_sous([A, B], [0.5, 0.5], q80)) / masse_sous([A, B], [0.5] * 2, q20)
    assert melange.s80_s20() == pytest.approx(attendu, rel=1e-6)
    assert melange.s80_s20() > max(3.07293, 4.07657), "le mélange est plus inégal que ses parts"
    ajuste = melanger([ajuster(A), ajuster(B)], [1, 1])
    assert ajuste.s80_s20() == pytest.approx(attendu, rel=2e-3)
    assert ajuste.gini() == pytest.approx(0.3355, abs=5e-4)
    assert ajuste.moyenne() == pytest.approx(24_580.24, rel=2e-3)
    assert ajuste.part_sous(13_890) == pytest.approx(0.276953, abs=1e-6)


@given(melanges)
@settings(max_examples=25, deadline=None)
def test_gini_du_melange_par_l_aire_de_lorenz(couples) -> None:
    composantes = [c for c, _ in couples]
    poids = np.array([w for _, w in couples]) / sum(w for _, w in couples)
    melange = melanger(composantes, poids)
    assert melange.moyenne() == pytest.approx(sum(poids * [c.moyenne() for c in composantes]))

    def lorenz(y: float) -> float:
        """Densité en ln x, fois deux fois la part de la masse au-dessous."""
        x = np.exp(y)
        densite = sum(
            w * np.exp(-(((y - np.log(c.mediane)) / c.sigma) ** 2) / 2) / c.sigma
            for c, w in zip(composantes, poids, strict=True)
        ) / np.sqrt(2 * np.pi)
        return densite * masse_sous(composantes, poids, x)

    bas = min(np.log(c.mediane) - 9 * c.sigma for c in composantes)
    haut = max(np.log(c.mediane) + 9 * c.sigma for c in composantes)
    aire, _ = quad(lorenz, bas, haut, limit=300, epsabs=1e-9, epsrel=1e-9)
    assert melange.gini() == pytest.approx(1 - 2 * aire / melange.moyenne(), abs=2e-5)


@given(melanges, st.floats(5e3, 60e3))
@settings(max_examples=40, deadline=None)
def test_le_taux_de_pauvrete_se_melange_exactement(couples, seuil) -> None:
    composantes = [ajuster(c) for c, _ in couples]
    poids = np.array([w for _, w in couples])
    attendu = poids @ [float(c.repartition(seuil)) for c in composantes] / poids.sum()
    assert melanger(composantes, poids).part_sous(seuil) == pytest.approx(attendu, abs=1e-12)


@given(melanges, st.floats(0.5, 2))
@settings(max_examples=20, deadline=None)
def test_multiplier_tous_les_revenus_ne_change_pas_les_inegalites(couples, facteur) -> None:
    poids = [w for _, w in couples]
    avant = melanger([c for c, _ in couples], poids)
    apres = melanger([Lognormale(c.mediane * facteur, c.sigma) for c, _ in couples], poids)
    assert apres.gini() == pytest.approx(avant.gini(), abs=1e-6)
    assert apres.s80_s20() == pytest.approx(avant.s80_s20(), rel=1e-6)
    assert apres.rapport_interdecile() == pytest.approx(avant.rapport_interdecile(), rel=1e-6)
    assert apres.quantile(0.5) == pytest.approx(facteur * avant.quantile(0.5), rel=1e-9)


@given(melanges)
@settings(max_examples=25, deadline=None)
def test_le_gini_d_un_melange_depasse_celui_de_ses_parts_ponderees(couples) -> None:
    """``G ≥ Σ w_k (w_k μ_k / μ) G_k`` et ``G < 1`` ; S80/S20 d’au moins 1."""
    poids = np.array([w for _, w in couples]) / sum(w for _, w in couples)
    melange = melanger([c for c, _ in couples], poids)
    dedans = sum(
        w * (w * c.moyenne() / melange.moyenne()) * c.gini()
        for (c, _), w in zip(couples, poids, strict=True)
    )
    assert dedans - 1e-6 <= melange.gini() < 1
    assert melange.s80_s20() >= 1


@pytest.mark.parametrize("gardes", [RANGS[1:-1], (0.25, 0.5, 0.75), (0.1, 0.5, 0.9)])
def test_des_deciles_masques_laissent_le_melange_utilisable(gardes) -> None:
    """Quantiles de lognormales : ce qui reste suffit à retrouver la médiane du mélange."""
    melange = melanger([ajuster(A, gardes, gini=False), ajuster(B, gardes, gini=False)], [1, 1])
    assert melange.quantile(0.5) == pytest.approx(19_644.28, rel=1e-5)
    assert melange.part_sous(13_890) == pytest.approx(0.276953, abs=1e-5)
    assert melange.s80_s20() == pytest.approx(melanger([A, B], [1, 1]).s80_s20(), rel=1e-4)


def test_un_iris_masque_donne_des_bornes_et_non_une_valeur() -> None:
    """30 % d’habitants sans loi connue, tous au-dessous ou tous au-dessus de la médiane."""
    bornes = bornes_quantile([A, None], [700, 300], [1, 1], 0.5)
    attendues = A.quantile([0.2 / 0.7, 0.5 / 0.7])
    np.testing.assert_allclose(bornes, attendues, rtol=1e-9)
    assert np.isnan(bornes_quantile([A, None], [400, 600], [1, 1], 0.5)).all()
