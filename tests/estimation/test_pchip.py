"""Interpolation monotone : réponses connues, et scipy pour pair."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from observatoire.estimation.pchip import coefficients_pchip


def test_deux_points_donnent_une_droite():
    # De (0 ; 1) à (2 ; 5) : pente 2.
    c = coefficients_pchip(np.array([0.0, 2.0]), np.array([[1.0], [5.0]]))
    assert c[..., 0].tolist() == [[0.0], [0.0], [2.0], [1.0]]


def test_un_palier_reste_plat():
    # Entre deux quantiles égaux, la courbe ne monte ni ne descend.
    c = coefficients_pchip(np.arange(4.0), np.array([[0.0], [1.0], [1.0], [3.0]]))
    assert c[:3, 1, 0].tolist() == [0.0, 0.0, 0.0]


@given(
    st.integers(2, 9),
    st.integers(1, 4),
    st.integers(0, 2**32 - 1),
    st.booleans(),
)
def test_comme_scipy(points, courbes, graine, monotone):
    hasard = np.random.default_rng(graine)
    x = np.cumsum(hasard.uniform(0.1, 2, points))
    # Des pas nuls et des changements de sens : les cas où la pente est annulée ou retenue.
    y = hasard.integers(0 if monotone else -3, 4, (points, courbes)).astype(float).cumsum(axis=0)
    attendus = PchipInterpolator(x, y).c
    np.testing.assert_allclose(coefficients_pchip(x, y), attendus, rtol=1e-12, atol=1e-12)
