"""Tri grossier des rectangles : il n’oublie aucun voisin."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from observatoire.territoires.voisinage import rectangles_voisins

COTES = st.tuples(*[st.floats(-1e6, 1e6)] * 2, *[st.floats(0, 5e4)] * 2)


def _rectangles(cotes):
    return np.array([[x, y, x + dx, y + dy] for x, y, dx, dy in cotes], dtype=float).reshape(-1, 4)


@given(st.lists(COTES, max_size=12), st.lists(COTES, max_size=6))
def test_aucun_rectangle_qui_touche_une_cible_n_est_ecarte(a, b):
    rectangles, cibles = _rectangles(a), _rectangles(b)
    retenus = rectangles_voisins(rectangles, cibles)
    for k, r in enumerate(rectangles):
        touche = any(
            r[0] <= c[2] and c[0] <= r[2] and r[1] <= c[3] and c[1] <= r[3] for c in cibles
        )
        assert retenus[k] or not touche


def test_un_rectangle_lointain_est_ecarte():
    rectangles = _rectangles([(0, 0, 1, 1), (1000, 1000, 1, 1)])
    assert rectangles_voisins(rectangles, _rectangles([(0, 0, 1, 1)])).tolist() == [True, False]
