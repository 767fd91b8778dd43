"""Géométries : partition, codes, formes voulues des quartiers."""

from __future__ import annotations

import geopandas as gpd
import pyogrio
import pytest
import shapely

CHAMPS_IRIS = ["cleabs", "code_insee", "nom_commune", "iris", "code_iris", "nom_iris", "type_iris"]
CHAMPS_QPV = [
    "fid",
    "code_qp",
    "lib_qp",
    "insee_reg",
    "lib_reg",
    "insee_dep",
    "lib_dep",
    "insee_com",
    "lib_com",
    "siren_epci",
]


@pytest.fixture(scope="module")
def iris(dossier):
    return gpd.read_file(dossier / "iris.gpkg", layer="contours_iris")


@pytest.fixture(scope="module")
def qpv(dossier):
    return gpd.read_file(dossier / "QP2024_France_Hexagonale_Outre_Mer_WGS84.geojson").to_crs(2154)


def test_couche_iris_au_format_de_l_ign(dossier, iris):
    info = pyogrio.read_info(dossier / "iris.gpkg", layer="contours_iris")
    assert info["geometry_type"] == "MultiPolygon"
    assert info["geometry_name"] == "geometrie"
    assert list(info["fields"]) == CHAMPS_IRIS
    assert iris.crs.to_epsg() == 2154
    assert iris.is_valid.all()
    assert iris["code_iris"].is_unique
    assert (iris["code_iris"] == iris["code_insee"] + iris["iris"]).all()
    assert set(iris["type_iris"]) == {"H", "A", "D", "Z"}
    assert iris.loc[iris["type_iris"] == "Z", "code_iris"].tolist() == ["000020000"]


def test_iris_forment_une_partition_sans_jour(iris):
    union = shapely.unary_union(iris.geometry.to_numpy())
    assert iris.area.sum() == pytest.approx(union.area, rel=1e-9)
    assert union.geom_type == "Polygon"
    assert sum(shapely.Polygon(trou).area for trou in union.interiors) < 1.0
    assert (iris.geometry.apply(lambda g: len(g.geoms)) == 1).all()
    ville = iris[iris["code_insee"] == "00001"]
    assert 20e6 < ville.area.sum() < 25e6
    assert 36 <= len(ville) <= 46


def test_ville_placee_en_mer_dans_l_emprise_de_la_france(iris):
    ouest, sud, est, nord = iris.to_crs(4326).total_bounds
    assert -4.0 < ouest < est < -3.0
    assert 45.5 < sud < nord < 46.5


def test_champs_et_communes_des_quartiers(dossier, iris, qpv):
    info = pyogrio.read_info(dossier / "QP2024_France_Hexagonale_Outre_Mer_WGS84.geojson")
    assert list(info["fields"]) == CHAMPS_QPV
    assert qpv["code_qp"].tolist() == [f"QN0000{k}M" for k in range(1, 6)]
    communes = iris.dissolve("code_insee")
    for ligne in qpv.itertuples():
        touchees = communes.index[communes.intersection(ligne.geometry).area > 10_000.0]
        assert ligne.insee_com.split(",") == sorted(touchees)
    assert qpv.set_index("code_qp").loc["QN00001M", "insee_com"] == "00001,00003"


def test_formes_voulues_des_quartiers(iris, qpv):
    def parts(code):
        forme = qpv.set_index("code_qp").geometry[code]
        aires = iris.set_index("code_iris").intersection(forme).area
        return aires, forme, iris.set_index("code_iris").area

    aires, forme, _ = parts("QN00002M")
    assert aires.max() > 0.99 * forme.area
    aires, _, surfaces = parts("QN00004M")
    couverts = aires / surfaces
    assert (couverts > 0.94).sum() == 2
    assert couverts.max() < 1.0
    assert ((couverts > 0.0) & (couverts < 0.001)).sum() >= 2
    aires, _, surfaces = parts("QN00005M")
    assert ((aires > 10_000.0) & (aires / surfaces < 0.9)).sum() == 4
    for forme in qpv.geometry:
        assert forme.is_valid
        assert forme.area < 0.97 * forme.convex_hull.area


def test_geographie_2015_differente(dossier, qpv):
    ancien = gpd.read_file(dossier / "QP_METROPOLEOUTREMER_WGS84_EPSG4326.geojson")
    assert [c for c in ancien.columns if c != "geometry"] == ["CODE_QP", "NOM_QP", "COMMUNE_QP"]
    communs = [
        a.intersection(b).area / a.union(b).area
        for a, b in zip(ancien.to_crs(2154).geometry, qpv.geometry, strict=True)
    ]
    assert min(communs) < 0.4
    assert max(communs) > 0.75
    assert max(communs) < 1.0


def test_secteurs_et_fond(dossier, iris):
    secteurs = gpd.read_file(dossier / "secteurs.geojson").to_crs(2154)
    assert sorted(secteurs["code"]) == [f"000010{k}" for k in range(1, 7)]
    ville = iris[iris["code_insee"] == "00001"]
    assert secteurs.area.sum() == pytest.approx(ville.area.sum(), rel=1e-6)
    eau = gpd.read_file(dossier / "SURFACE_HYDROGRAPHIQUE.geojson")
    assert {"cleabs", "nature", "toponyme"} <= set(eau.columns)
    assert eau.to_crs(2154).area.sum() > 200_000.0
    assert len(gpd.read_file(dossier / "communes_00.geojson")) == 9
