"""Situer un lieu : dans un quartier prioritaire, hors, ou incertain près de la limite."""

import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, box

from observatoire.territoires.localisation import MARGE_LIMITE_M, situer

QPV = gpd.GeoDataFrame(
    {"code_territoire": ["QN1", "QN2"]},
    geometry=[box(0, 0, 1000, 1000), box(2000, 0, 3000, 1000)],
    crs="EPSG:2154",
)


@pytest.mark.parametrize(
    ("lieu", "reponse", "quartiers"),
    [
        (Point(500, 500), "dans", ("QN1",)),
        (Point(1500, 500), "hors", ()),
        (Point(1020, 500), "incertain", ("QN1",)),
        (Point(980, 500), "incertain", ("QN1",)),
        (box(100, 100, 200, 200), "dans", ("QN1",)),
        (box(900, 0, 1100, 1000), "partiel", ("QN1",)),
        (box(500, 0, 2250, 1000), "partiel", ("QN1", "QN2")),
        (box(1001, 0, 1900, 1000), "hors", ()),
    ],
)
def test_reponses_connues(lieu, reponse, quartiers):
    situation = situer(lieu, QPV)
    assert (situation.reponse, situation.quartiers) == (reponse, quartiers)


def test_la_distance_au_plus_proche():
    assert situer(Point(1400, 500), QPV).distance_m == 400
    assert situer(Point(500, 500), QPV.iloc[:0]).distance_m == float("inf")


def test_des_degres_sont_refuses():
    with pytest.raises(ValueError, match="mètres"):
        situer(Point(5.7, 45.1), QPV.to_crs(4326))


@given(st.floats(-500, 3500), st.floats(-500, 1500))
def test_un_point_n_est_sur_que_loin_des_limites(x, y):
    lieu = Point(x, y)
    limite = min(g.boundary.distance(lieu) for g in QPV.geometry)
    dedans = any(g.contains(lieu) for g in QPV.geometry)
    attendu = "incertain" if limite <= MARGE_LIMITE_M else "dans" if dedans else "hors"
    assert situer(lieu, QPV).reponse == attendu
