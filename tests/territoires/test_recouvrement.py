"""Surface commune lue sur les arêtes : réponses connues, puis face à l’intersection de shapely."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity
from shapely.geometry import MultiPolygon, Polygon, box

from observatoire.territoires.recouvrement import lire_aretes, surfaces_communes

CARRE = box(0, 0, 10, 10)
TROUE = Polygon(box(0, 0, 10, 10).exterior.coords, [box(2, 2, 6, 6).exterior.coords])
LOSANGE = Polygon([(5, -2), (12, 5), (5, 12), (-2, 5)])
DEUX_BLOCS = MultiPolygon([box(-3, 1, 2, 4), box(7, 6, 20, 8)])


def _commune(a, b):
    rang = np.zeros(1, dtype=np.intp)
    contours = np.array([a], dtype=object), np.array([b], dtype=object)
    return float(surfaces_communes(*map(lire_aretes, contours), rang, rang)[0])


@pytest.mark.parametrize(
    ("a", "b", "attendue"),
    [
        (CARRE, box(4, 3, 20, 20), 42.0),
        (CARRE, CARRE, 100.0),
        (CARRE, box(2, 2, 5, 5), 9.0),
        (box(2, 2, 5, 5), CARRE, 9.0),
        (CARRE, box(10, 0, 20, 10), 0.0),
        (CARRE, box(50, 50, 60, 60), 0.0),
        (TROUE, box(0, 0, 4, 4), 12.0),
        (TROUE, box(3, 3, 5, 5), 0.0),
        (TROUE, TROUE, 84.0),
        (CARRE, LOSANGE, 82.0),
        (CARRE, DEUX_BLOCS, 2 * 3 + 3 * 2),
        (TROUE, DEUX_BLOCS, 2 * 3 + 3 * 2),
    ],
)
def test_surfaces_connues(a, b, attendue) -> None:
    assert _commune(a, b) == pytest.approx(attendue, abs=1e-9)
    assert _commune(b, a) == pytest.approx(attendue, abs=1e-9)


@pytest.mark.parametrize("retourner", [shapely.reverse, shapely.normalize])
def test_le_sens_de_parcours_des_anneaux_est_indifferent(retourner) -> None:
    assert _commune(retourner(TROUE), LOSANGE) == pytest.approx(_commune(TROUE, LOSANGE), abs=1e-12)


def _etoile(graine: int, sommets: int, trou: bool) -> Polygon:
    """Polygone en étoile autour d’un centre quelconque, avec ou sans trou : toujours valide."""
    alea = np.random.default_rng(graine)
    angles = np.sort(alea.uniform(0, 2 * np.pi, sommets))
    rayons = alea.uniform(40, 100, sommets)
    centre = alea.uniform(-60, 60, 2)
    cercle = np.column_stack([np.cos(angles), np.sin(angles)])
    dehors = centre + rayons[:, None] * cercle
    trous = [centre + 0.4 * rayons[:, None] * cercle] if trou else []
    return Polygon(dehors, trous)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 10_000), st.integers(6, 30), st.booleans()), min_size=2, max_size=6
    )
)
def test_memes_surfaces_que_shapely_loin_de_l_origine(formes) -> None:
    # À mille kilomètres de l’origine, comme en Lambert-93, les produits d’ordonnées se perdraient.
    polygones = np.array(
        [affinity.translate(_etoile(*f), 916_000.25, 6_458_000.75) for f in formes], dtype=object
    )
    polygones = polygones[shapely.is_valid(polygones)]
    if not len(polygones):
        return
    a, b = (r.ravel() for r in np.indices((len(polygones), len(polygones))))
    aretes = lire_aretes(polygones)
    attendues = shapely.area(shapely.intersection(polygones[a], polygones[b]))
    trouvees = surfaces_communes(aretes, aretes, a, b)
    np.testing.assert_allclose(trouvees, attendues, rtol=0, atol=1e-6)
    # Une paire ne dépend d’aucune autre, au bit près.
    seule = surfaces_communes(aretes, aretes, a[-1:], b[-1:])
    assert seule[0] == trouvees[-1]
