"""Beaucoup de lois à la fois : chacune rend, au bit près, ce qu’elle rend seule."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.erreurs import ErreurDonnees
from observatoire.estimation import (
    Lognormale,
    ajuster_distribution,
    bornes_quantile,
    bornes_quantile_territoire,
    melanger,
)
from observatoire.estimation import melanges as module_melanges
from observatoire.estimation.conjointes import LoisConjointes
from observatoire.estimation.distributions import ajuster_distributions
from observatoire.estimation.melanges import quantiles_de_chacun

DECILES = (0.1, 0.25, 0.5, 0.75, 0.9)


def _quantiles(hasard, ordres=DECILES):
    mediane, sigma = hasard.uniform(12_000, 40_000), hasard.uniform(0.2, 0.8)
    z = {0.1: -1.2816, 0.25: -0.6745, 0.5: 0.0, 0.75: 0.6745, 0.9: 1.2816}
    return {p: float(mediane * np.exp(sigma * z[p])) for p in ordres}


def _lois(graine, nombre):
    """Lois de tous genres : avec ou sans Gini, à trois ou cinq quantiles, lognormales."""
    hasard = np.random.default_rng(graine)
    lois = []
    for k in range(nombre):
        ordres = DECILES if k % 3 else (0.1, 0.5, 0.9)
        gini = float(hasard.uniform(0.25, 0.45)) if k % 2 else None
        lois.append(ajuster_distribution(_quantiles(hasard, ordres), gini=gini))
    return [*lois, Lognormale(21_000.0, 0.5)]


@given(st.integers(0, 2**32 - 1), st.integers(1, 8))
def test_ajuster_ensemble_ou_un_par_un(graine, nombre):
    hasard = np.random.default_rng(graine)
    quantiles = [_quantiles(hasard, DECILES if k % 2 else (0.1, 0.5, 0.9)) for k in range(nombre)]
    ginis = [None if k % 3 == 0 else float(hasard.uniform(0.2, 0.5)) for k in range(nombre)]
    ensemble = ajuster_distributions(quantiles, ginis)
    seules = [ajuster_distribution(q, gini=g) for q, g in zip(quantiles, ginis, strict=True)]
    x = np.geomspace(3_000, 300_000, 40)
    for a, b in zip(ensemble, seules, strict=True):
        assert (a.rangs, a.log_quantiles, a.theta is None) == (
            b.rangs,
            b.log_quantiles,
            b.theta is None,
        )
        np.testing.assert_allclose(a.repartition(x), b.repartition(x), rtol=1e-12)


def test_une_loi_fautive_parmi_d_autres_est_refusee():
    bons = _quantiles(np.random.default_rng(0))
    with pytest.raises(ErreurDonnees, match="ne décrivent pas"):
        ajuster_distributions([bons, {0.1: 20_000.0, 0.5: 10_000.0}], [None, None])


def test_chaque_loi_en_ses_propres_points():
    lois = _lois(1, 6)
    y = np.log(np.random.default_rng(2).uniform(5_000, 120_000, (len(lois), 9)))
    ensemble = LoisConjointes(lois).repartition(y)
    for k, loi in enumerate(lois):
        np.testing.assert_array_equal(ensemble[k], LoisConjointes([loi]).repartition(y[k])[0])
        np.testing.assert_allclose(ensemble[k], loi.repartition(np.exp(y[k])), rtol=1e-12)


def test_le_quantile_d_une_loi_inverse_sa_repartition():
    lois = _lois(3, 6)
    ordres = np.array([1e-6, 0.05, 0.1, 0.37, 0.9, 0.97, 1 - 1e-6])
    y = LoisConjointes(lois).log_quantile(ordres)
    np.testing.assert_allclose(
        [float(loi.repartition(np.exp(v))) for loi, v in zip(lois, y, strict=True)],
        ordres,
        rtol=1e-9,
    )


def test_les_quantiles_d_un_melange_ne_dependent_pas_des_autres(monkeypatch):
    lois = _lois(4, 9)
    melanges = [
        melanger(lois[k : k + 4], [1.0, 2.0, 0.5, 3.0][: len(lois[k : k + 4])]) for k in range(7)
    ]
    rangs = [0.1, 0.5, 0.9]
    seuls = np.array([m.quantile(rangs) for m in melanges])
    np.testing.assert_array_equal(quantiles_de_chacun(melanges, rangs), seuls)
    monkeypatch.setattr(module_melanges, "_LOIS_PAR_LOT", 6)
    np.testing.assert_array_equal(quantiles_de_chacun(melanges[::-1], rangs), seuls[::-1])
    assert quantiles_de_chacun([], rangs).shape == (0, 3)


def test_les_bornes_d_un_territoire_ne_dependent_pas_des_autres():
    lois = {f"I{k}": loi for k, loi in enumerate(_lois(5, 7))}
    effectifs = pd.Series(1_000.0 + 100 * np.arange(9), index=[f"I{k}" for k in range(9)])
    hasard = np.random.default_rng(6)
    # I8 est masqué : il n’a pas de loi ; D n’a que lui.
    groupes = {"A": ["I0", "I1"], "B": ["I2", "I8"], "C": ["I3", "I4", "I7"], "D": ["I8"]}
    paires = pd.DataFrame(
        [(t, i, float(hasard.uniform(0.1, 1))) for t, siens in groupes.items() for i in siens],
        columns=["code_territoire", "code_iris", "part_population"],
    )
    table = bornes_quantile_territoire(lois, effectifs, paires, rang=0.5)
    assert table.loc["D"].isna().all()
    for territoire, siennes in paires.groupby("code_territoire"):
        seul = bornes_quantile(
            [lois.get(i) for i in siennes["code_iris"]],
            effectifs[siennes["code_iris"]].to_numpy(),
            siennes["part_population"].to_numpy(),
            0.5,
        )
        np.testing.assert_array_equal(table.loc[territoire].to_numpy(float), seul)
