"""Bornes sans hypothèse : réponses connues, et vérité toujours dedans sur des villes simulées."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.erreurs import ErreurDonnees
from observatoire.estimation import (
    Lognormale,
    bornes_duncan_davis,
    bornes_effectif_territoire,
    bornes_quantile,
    bornes_quantile_territoire,
    bornes_taux_territoire,
    melanger,
)

NAN = float("nan")


@pytest.mark.parametrize(
    ("p", "s", "basse", "haute"),
    [(0.3, 0.5, 0, 0.6), (0.3, 0.8, 0.125, 0.375), (0.3, 1, 0.3, 0.3), (0.9, 0.5, 0.8, 1)],
)
def test_duncan_davis_connu(p, s, basse, haute) -> None:
    obtenue = bornes_duncan_davis(p, s)
    np.testing.assert_allclose(obtenue, (basse, haute), atol=1e-12)


def test_duncan_davis_masque_ou_part_nulle() -> None:
    basse, haute = bornes_duncan_davis([NAN, 0.3, 0.3], [0.5, 0.0, NAN])
    assert np.isnan(basse).all()
    assert np.isnan(haute).all()


@pytest.mark.parametrize(("p", "s"), [(30, 0.5), (0.3, 50), (-0.1, 0.5)])
def test_duncan_davis_refuse_les_pourcentages(p, s) -> None:
    with pytest.raises(ErreurDonnees, match="0 à 1"):
        bornes_duncan_davis(p, s)


def test_bornes_d_un_taux_connues() -> None:
    """Deux IRIS : 300/1000 dont la moitié est dedans, 40/200 entièrement dedans."""
    bornes = bornes_taux_territoire([300, 40], [1000, 200], [0.5, 1.0], ["Q", "Q"])
    assert bornes.index.name == "code_territoire"
    assert bornes.loc["Q", "borne_basse"] == pytest.approx((0 + 40) / 700)
    assert bornes.loc["Q", "borne_haute"] == pytest.approx((300 + 40) / 700)


def test_un_iris_masque_elargit_les_bornes_d_un_taux() -> None:
    bornes = bornes_taux_territoire([300, NAN], [1000, 200], [0.5, 1.0], ["Q", "Q"])
    assert bornes.loc["Q", "borne_basse"] == 0
    assert bornes.loc["Q", "borne_haute"] == pytest.approx((300 + 200) / 700)


@pytest.mark.parametrize(
    ("x", "n", "s"),
    [([NAN, NAN], [1000, 200], [0.5, 1]), ([1, 2], [NAN, 200], [0.5, 1]), ([0, 0], [0, 0], [1, 1])],
)
def test_bornes_d_un_taux_inconnues(x, n, s) -> None:
    assert bornes_taux_territoire(x, n, s, ["Q", "Q"]).isna().all(axis=None)


def test_un_numerateur_superieur_au_denominateur_est_refuse() -> None:
    with pytest.raises(ErreurDonnees, match="ligne 2"):
        bornes_taux_territoire([1, 300], [10, 200], [0.5, 1], ["Q", "Q"])


def test_bornes_d_un_effectif() -> None:
    bornes = bornes_effectif_territoire(
        [100, 50, 30, NAN, NAN],
        [1.0, 0.4, 0.0, 0.2, 1.0],
        ["A", "A", "A", "B", "C"],
    )
    assert list(bornes.loc["A"]) == [100, 150]
    assert bornes.loc[["B", "C"]].isna().all(axis=None)
    partiel = bornes_effectif_territoire([100, NAN], [1.0, 0.3], ["A", "A"])
    assert partiel.loc["A", "borne_basse"] == 100
    assert np.isnan(partiel.loc["A", "borne_haute"])


iris_simules = st.lists(
    st.tuples(
        st.integers(1, 300), st.integers(0, 300), st.floats(0, 1), st.floats(0, 1), st.booleans()
    ),
    min_size=1,
    max_size=8,
)


@given(iris_simules)
@settings(deadline=None)
def test_la_verite_est_toujours_dans_les_bornes(simules) -> None:
    """Population simulée : habitants dedans et dehors, avec et sans le caractère étudié."""
    dedans = np.array([d for d, *_ in simules], dtype=float)
    dehors = np.array([h for _, h, *_ in simules], dtype=float)
    x_dedans = np.floor(dedans * [t for *_, t, _, _ in simules])
    x_dehors = np.floor(dehors * [t for *_, t, _ in simules])
    x, n = x_dedans + x_dehors, dedans + dehors
    masque = np.array([m for *_, m in simules])
    publie = np.where(masque, NAN, x)
    codes = ["Q"] * len(x)
    taux = bornes_taux_territoire(publie, n, dedans / n, codes).loc["Q"]
    effectif = bornes_effectif_territoire(publie, dedans / n, codes).loc["Q"]
    vrai = x_dedans.sum() / dedans.sum()
    if masque.all():
        assert taux.isna().all()
        assert effectif.isna().all()
        return
    assert taux["borne_basse"] - 1e-9 <= vrai <= taux["borne_haute"] + 1e-9
    assert effectif["borne_basse"] <= x_dedans.sum() + 1e-9
    if not masque.any():
        assert x_dedans.sum() <= effectif["borne_haute"] + 1e-9


# --- quantiles --------------------------------------------------------------------------------

A, B = Lognormale(14_000, 0.40), Lognormale(30_000, 0.50)


def test_bornes_d_un_quantile_dans_un_seul_iris() -> None:
    """Moitié des habitants dedans : au plus bas les plus modestes, au plus haut les plus aisés."""
    basse, haute = bornes_quantile([A], [500], [0.5], 0.5)
    assert basse == pytest.approx(A.quantile(0.25), rel=1e-6)
    assert haute == pytest.approx(A.quantile(0.75), rel=1e-6)


def test_un_territoire_fait_d_iris_entiers_a_une_seule_valeur() -> None:
    basse, haute = bornes_quantile([A, B], [500, 1000], [1, 1], 0.3)
    attendu = melanger([A, B], [500, 1000]).quantile(0.3)
    assert basse == pytest.approx(attendu, rel=1e-6)
    assert haute == pytest.approx(attendu, rel=1e-6)


def test_un_iris_masque_elargit_puis_efface_les_bornes_d_un_quantile() -> None:
    basse, haute = bornes_quantile([A, None], [800, 200], [1, 1], 0.5)
    # Les 20 % masqués sont tous sous la borne basse, ou tous au-dessus de la borne haute.
    assert basse == pytest.approx(A.quantile((0.5 - 0.2) / 0.8), rel=1e-6)
    assert haute == pytest.approx(A.quantile(0.5 / 0.8), rel=1e-6)
    basse, haute = bornes_quantile([A, None], [200, 800], [1, 1], 0.5)
    assert np.isnan(basse)
    assert np.isnan(haute)
    assert np.isnan(bornes_quantile([None], [200], [1], 0.5)).all()
    assert np.isnan(bornes_quantile([A, B], [200, NAN], [1, 1], 0.5)).all()


@given(
    st.lists(
        st.tuples(
            st.integers(20, 200),
            st.floats(0.02, 1),
            st.integers(0, 2**31),
            st.floats(9, 11),
            st.floats(0.2, 0.8),
            st.floats(-1, 1),
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([0.1, 0.5, 0.9]),
)
@settings(max_examples=40, deadline=None)
def test_le_quantile_vrai_est_dans_les_bornes(iris, rang) -> None:
    """Revenus simulés, tri plus ou moins ségrégé entre dedans et dehors."""

    class Empirique:
        def __init__(self, x):
            self.x = np.sort(x)

        def repartition(self, valeur):
            return np.searchsorted(self.x, valeur, side="right") / len(self.x)

        def quantile(self, p):
            k = np.ceil(p * len(self.x) - 1e-9).astype(int) - 1
            return self.x[np.clip(k, 0, len(self.x) - 1)]

    lois, dedans, parts, effectifs = [], [], [], []
    for n, part, graine, mu, sigma, tri in iris:
        hasard = np.random.default_rng(graine)
        x = np.exp(hasard.normal(mu, sigma, n))
        nombre = max(1, round(part * n))
        score = tri * np.argsort(np.argsort(x)) / n + (1 - abs(tri)) * hasard.random(n)
        dedans.append(x[np.argsort(score)[:nombre]])
        lois.append(Empirique(x))
        parts.append(nombre / n)
        effectifs.append(n)
    basse, haute = bornes_quantile(lois, effectifs, parts, rang)
    tous = np.sort(np.concatenate(dedans))
    vrai = tous[max(int(np.ceil(rang * len(tous) - 1e-9)) - 1, 0)]
    suivant = tous[min(int(np.ceil(rang * len(tous) - 1e-9)), len(tous) - 1)]
    assert basse <= suivant * (1 + 1e-5)
    assert vrai <= haute * (1 + 1e-5)


def test_bornes_d_un_quantile_par_table_de_poids() -> None:
    paires = pd.DataFrame(
        {
            "code_territoire": ["Q2", "Q1", "Q1"],
            "code_iris": ["b", "a", "b"],
            "part_population": [1.0, 0.5, 0.25],
        }
    )
    effectifs = pd.Series({"a": 500.0, "b": 1000.0})
    bornes = bornes_quantile_territoire({"a": A, "b": B}, effectifs, paires, rang=0.5)
    assert list(bornes.index) == ["Q1", "Q2"]
    np.testing.assert_allclose(bornes.loc["Q2"], B.mediane, rtol=1e-6)
    np.testing.assert_allclose(
        bornes.loc["Q1"], bornes_quantile([A, B], [500, 1000], [0.5, 0.25], 0.5)
    )
    masque = bornes_quantile_territoire({"a": A}, effectifs, paires, rang=0.5)
    assert masque.loc["Q2"].isna().all()


def test_un_ordre_impossible_est_refuse() -> None:
    with pytest.raises(ErreurDonnees, match="entre 0 et 1"):
        bornes_quantile([A], [500], [0.5], 50)
