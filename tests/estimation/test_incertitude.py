"""Incertitude : réponses connues, cas limites, propriétés."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.erreurs import ErreurDonnees
from observatoire.estimation.incertitude import (
    benjamini_hochberg,
    coefficient_variation,
    ecart_a_la_ville,
    effectif_efficace,
    erreur_type_ecart,
    erreur_type_proportion,
    intervalle_wilson,
    p_valeur_ecart,
    retrecir,
)

proportions = st.floats(0, 1)
populations = st.floats(1, 1e6)


def test_erreur_type_connue() -> None:
    assert erreur_type_proportion(0.15, 1000, deff=1.5) == pytest.approx(0.0169, abs=5e-5)


def test_ecart_connu() -> None:
    assert ecart_a_la_ville(0.25, 1500, 0.14, 40_000) == pytest.approx(0.1060, abs=5e-5)
    se = erreur_type_ecart(0.25, 1500, 0.14, 40_000, f=0.4, deff=1.9)
    assert se == pytest.approx(0.0184, abs=5e-5)


@given(proportions, populations, proportions, populations)
def test_l_ecart_est_bien_celui_a_la_ville_entiere(p, n, q, m) -> None:
    ville = (p * n + q * m) / (n + m)
    assert ecart_a_la_ville(p, n, q, m) == pytest.approx(p - ville, abs=1e-9)


def test_retrecissement_connu() -> None:
    assert retrecir(0.30, 60, moyenne=0.15, rho=0.02) == pytest.approx(0.2326, abs=5e-5)
    assert retrecir(0.30, np.inf, moyenne=0.15, rho=0.02) == pytest.approx(0.30)
    assert np.isnan(retrecir(np.nan, 60, moyenne=0.15, rho=0.02))


def test_wilson_connu() -> None:
    # Calcul à la main : n_eff = 0,5 × 200 / (1 × 0,5) = 200, z = 1,959964, p = 0,1.
    basse, haute = intervalle_wilson(0.1, 200, f=0.5, deff=1.0, niveau=0.95)
    assert basse == pytest.approx(0.065670, abs=1e-6)
    assert haute == pytest.approx(0.149406, abs=1e-6)


@given(proportions, populations, st.floats(0.5, 0.99))
def test_wilson_contient_la_proportion_et_reste_dans_l_intervalle(p, n, niveau) -> None:
    basse, haute = intervalle_wilson(p, n, niveau=niveau)
    assert 0 <= basse <= p <= haute <= 1
    assert haute > basse


def test_wilson_recensement_exhaustif_et_valeurs_manquantes() -> None:
    basse, haute = intervalle_wilson([0.2, np.nan, 0.2, 0.2], [500, 500, np.nan, 0], f=1)
    np.testing.assert_array_equal(basse, [0.2, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(haute, basse)
    assert effectif_efficace(500, f=1) == np.inf


def test_la_couverture_de_wilson_est_celle_annoncee() -> None:
    """Mille sondages simulés : l’intervalle à 90 % contient la vérité environ 900 fois."""
    hasard = np.random.default_rng(11)
    vraie, n_eff = 0.22, 150
    observes = hasard.binomial(n_eff, vraie, 4000) / n_eff
    # f = 0,5 et deff = 1 : l’effectif efficace est la population elle-même.
    basse, haute = intervalle_wilson(observes, n_eff, f=0.5, deff=1.0, niveau=0.90)
    couverture = np.mean((basse <= vraie) & (vraie <= haute))
    assert couverture == pytest.approx(0.90, abs=0.02)


def test_benjamini_hochberg_connu() -> None:
    # Exemple de l’article de 1995 (tableau 1) : quatre hypothèses rejetées au seuil de 5 %.
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    ajustees = benjamini_hochberg(p)
    assert (ajustees <= 0.05).sum() == 4
    assert ajustees[3] == pytest.approx(0.0095 * 15 / 4)
    assert ajustees[0] == pytest.approx(0.0015)


@given(st.lists(st.floats(0, 1) | st.just(float("nan")), max_size=20), st.randoms())
def test_benjamini_hochberg_proprietes(p, alea) -> None:
    ajustees = benjamini_hochberg(p)
    brutes = np.array(p, dtype=float)
    np.testing.assert_array_equal(np.isnan(ajustees), np.isnan(brutes))
    connues = ~np.isnan(brutes)
    assert (ajustees[connues] >= brutes[connues] * (1 - 1e-12)).all()
    assert (ajustees[connues] <= 1).all()
    rangs = list(range(len(p)))
    alea.shuffle(rangs)
    np.testing.assert_allclose(benjamini_hochberg(brutes[rangs]), ajustees[rangs])


def test_p_valeur() -> None:
    assert p_valeur_ecart(1.959964, 1) == pytest.approx(0.05, abs=1e-6)
    np.testing.assert_array_equal(
        p_valeur_ecart([0, 3, np.nan, 1], [0, 0, 1, np.nan]), [1, 0, np.nan, np.nan]
    )


def test_coefficients_de_variation_publies() -> None:
    n = [249, 250, 499, 500, 999, 1000, 2000, 3000, 6000, 10_000, 20_000, 50_000, 1e6, np.nan]
    attendus = [
        np.nan,
        0.08,
        0.08,
        0.06,
        0.06,
        0.045,
        0.035,
        0.03,
        0.025,
        0.02,
        0.015,
        0.01,
        0.01,
        np.nan,
    ]
    np.testing.assert_array_equal(coefficient_variation(n), attendus)


@pytest.mark.parametrize(
    "appel",
    [
        lambda: erreur_type_proportion(15.0, 1000),
        lambda: erreur_type_proportion(-0.1, 1000),
        lambda: effectif_efficace(100, f=0),
        lambda: effectif_efficace(100, f=1.2),
        lambda: effectif_efficace(100, deff=0),
        lambda: intervalle_wilson(0.5, 100, niveau=90),
        lambda: retrecir(0.3, 60, moyenne=0.1, rho=0),
        lambda: benjamini_hochberg([0.2, 1.5]),
    ],
)
def test_une_demande_absurde_est_refusee(appel) -> None:
    with pytest.raises(ErreurDonnees):
        appel()


@given(
    st.lists(st.floats(0, 1) | st.just(float("nan")), min_size=1, max_size=40),
    st.integers(1, 4),
)
def test_benjamini_hochberg_par_groupe_est_celui_de_chaque_groupe(p, nombre):
    groupes = np.arange(len(p)) % nombre
    ensemble = benjamini_hochberg(p, groupes)
    for g in range(nombre):
        seul = benjamini_hochberg(np.asarray(p)[groupes == g])
        assert ensemble[groupes == g] == pytest.approx(seul, nan_ok=True, abs=1e-9)
