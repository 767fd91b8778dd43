"""Distance des habitants au lieu le plus proche : réponses connues et propriétés."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.estimation.proximite import (
    distances_au_plus_proche,
    habitants_par_carreaux,
    habitants_par_iris,
    mesurer_acces,
    quantile_pondere,
)


def test_reponse_connue() -> None:
    # Triangles 3-4-5 : 10 habitants à 500 m, 30 à 1 000 m.
    habitants = np.array([[300.0, 400.0], [600.0, 800.0]])
    acces = mesurer_acces(habitants, np.array([10.0, 30.0]), np.array([[0.0, 0.0]]))
    assert acces is not None
    assert acces.moyenne_m == pytest.approx(875)
    assert acces.mediane_m == pytest.approx(1000)
    assert acces.part_proche == pytest.approx(0.25)
    assert acces.habitants == 40


def test_sans_lieu_ou_sans_habitant_il_n_y_a_pas_de_distance() -> None:
    points = np.array([[0.0, 0.0]])
    assert mesurer_acces(points, np.array([1.0]), np.empty((0, 2))) is None
    assert mesurer_acces(points, np.array([0.0]), points) is None
    assert np.isnan(quantile_pondere(np.array([]), np.array([]), 0.5))


def test_carreau_coupe_compte_pour_sa_part() -> None:
    carreaux = gpd.GeoDataFrame({"ind": [80.0]}, geometry=[shapely.box(0, 0, 200, 200)], crs=2154)
    quartier = gpd.GeoDataFrame(
        {"code_territoire": ["Q"]}, geometry=[shapely.box(0, 0, 50, 200)], crs=2154
    )
    points = habitants_par_carreaux(carreaux, quartier)
    assert points[["x", "y", "poids"]].to_numpy().tolist() == [[25.0, 100.0, 20.0]]


def test_iris_reparti_egalement_conserve_les_habitants() -> None:
    iris = gpd.GeoDataFrame(
        {"population": [1000.0, 300.0]},
        geometry=[shapely.box(0, 0, 400, 400), shapely.box(400, 0, 420, 20)],
        crs=2154,
    )
    zones = gpd.GeoDataFrame(
        {"code_territoire": ["tout", "moitie"]},
        geometry=[shapely.box(0, 0, 500, 500), shapely.box(0, 0, 200, 400)],
        crs=2154,
    )
    points = habitants_par_iris(iris, zones)
    sommes = points.groupby("code_territoire")["poids"].sum()
    assert sommes["tout"] == pytest.approx(1300)
    assert sommes["moitie"] == pytest.approx(500)
    # Le petit IRIS ne contient aucun point de grille : il garde un point intérieur.
    assert len(points[points["x"] > 400]) == 1


_coordonnee = st.floats(-5000, 5000)
_points = st.lists(st.tuples(_coordonnee, _coordonnee), min_size=1, max_size=15)


@settings(deadline=None)
@given(habitants=_points, lieux=_points, autre=st.tuples(_coordonnee, _coordonnee))
def test_un_lieu_de_plus_ne_rallonge_jamais(habitants, lieux, autre) -> None:  # type: ignore[no-untyped-def]
    avant = distances_au_plus_proche(np.array(habitants), np.array(lieux))
    apres = distances_au_plus_proche(np.array(habitants), np.array([*lieux, autre]))
    assert (apres <= avant + 1e-9).all()
    brute = shapely.distance(
        shapely.points(np.array(habitants))[:, None], shapely.points(np.array(lieux))[None, :]
    ).min(axis=1)
    assert np.allclose(avant, brute)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1e4), st.floats(0.1, 50)), min_size=1, max_size=20),
    st.randoms(),
)
def test_mediane_insensible_a_l_ordre(paires, hasard) -> None:  # type: ignore[no-untyped-def]
    tableau = np.array(paires)
    melange = list(paires)
    hasard.shuffle(melange)
    autre = np.array(melange)
    attendu = quantile_pondere(tableau[:, 0], tableau[:, 1], 0.5)
    assert quantile_pondere(autre[:, 0], autre[:, 1], 0.5) == pytest.approx(attendu)
