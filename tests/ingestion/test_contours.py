"""Contours : mêmes objets quel que soit le format, et chaque défaut a son message."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from fabriques_ingestion import carre, couche_iris, couche_qpv, seul, zipper
from pyproj import CRS
from shapely import Polygon

from observatoire.erreurs import ErreurGeographie
from observatoire.ingestion import CoucheLue, inventorier, lire_contours
from observatoire.ingestion.codes import separer_communes

CRS_LEGAL = CRS.from_epsg(2154)
PAPILLON = Polygon([(913000, 6457000), (913200, 6457200), (913200, 6457000), (913000, 6457200)])


def ecrire(couche: gpd.GeoDataFrame, dossier: Path, format_: str) -> Path:
    dossier.mkdir(exist_ok=True)
    if format_ == "gpkg":
        couche.rename_geometry("geometrie").to_file(dossier / "x.gpkg", layer="contours_iris")
        return dossier / "x.gpkg"
    if format_ == "geojson":
        couche.to_crs(4326).to_file(
            dossier / "x.geojson", driver="GeoJSON", COORDINATE_PRECISION=12
        )
        return dossier / "x.geojson"
    if format_ == "parquet":
        couche.to_parquet(dossier / "x.parquet")
        return dossier / "x.parquet"
    if format_ == "shp":
        couche.to_file(dossier / "x.shp", encoding="UTF-8")
        return dossier
    sous = dossier / "sous"
    source = ecrire(couche, sous, format_.removeprefix("zip-"))
    fichiers = sorted(source.iterdir()) if source.is_dir() else [source]
    membres = {f"couche/{f.name}": f.read_bytes() for f in fichiers}
    return zipper(dossier / "x.zip", membres)


FORMATS = ["gpkg", "geojson", "parquet", "shp", "zip-gpkg", "zip-geojson", "zip-parquet", "zip-shp"]


def lire(chemin: Path, catalogue, **options) -> CoucheLue:
    return lire_contours(seul(chemin, catalogue), catalogue, crs=CRS_LEGAL, **options)


@pytest.mark.parametrize("format_", FORMATS)
def test_meme_couche_dans_tous_les_formats(tmp_path, catalogue, format_):
    couche = gpd.pd.concat([couche_iris(), couche_iris(3, "38151").iloc[::-1]])
    # Un Shapefile coupe les noms à dix caractères : le producteur y emploie ceux de la version 2.
    if format_.endswith("shp"):
        noms = {
            "code_insee": "INSEE_COM",
            "nom_commune": "NOM_COM",
            "code_iris": "CODE_IRIS",
            "nom_iris": "NOM_IRIS",
        }
        couche = couche.rename(columns={**noms, "type_iris": "TYP_IRIS", "iris": "IRIS"})
    lue = lire(ecrire(couche, tmp_path / "d", format_), catalogue, communes=["38185"])
    assert list(lue.donnees.columns) == [
        "code_iris",
        "nom_iris",
        "type_iris",
        "code_commune",
        "nom_commune",
        "geometry",
    ]
    assert lue.donnees["code_iris"].tolist() == [f"3818501{k:02d}" for k in range(1, 5)]
    assert lue.donnees["nom_iris"].iloc[0] == "Île d’Œuvre 1"
    assert lue.donnees["type_iris"].tolist() == ["H", "H", "H", "A"]
    assert lue.donnees.crs == CRS_LEGAL
    np.testing.assert_allclose(lue.donnees.area, 40000.0, rtol=1e-5)
    assert lue.anomalies == ()


@pytest.mark.parametrize("format_", FORMATS)
def test_sans_filtre_toute_la_couche(tmp_path, catalogue, format_):
    couche = couche_qpv()
    lue = lire(ecrire(couche, tmp_path / "d", format_), catalogue)
    assert lue.donnees["code_territoire"].tolist() == ["QN03801M", "QN03802M"]
    assert lue.donnees["nom"].tolist() == ["Mistral", "Rive"]
    assert lue.donnees["communes"].tolist() == ["38185", "38151,38185"]


@pytest.mark.parametrize(
    ("liste", "attendu"),
    [
        ("38185", ("38185",)),
        ("38185,38151", ("38185", "38151")),
        ("38185, 38151", ("38185", "38151")),
        (" 38185;38151 ", ("38185", "38151")),
        ("38185 38151 38185", ("38185", "38151")),
        ("", ()),
    ],
)
def test_separer_communes(liste, attendu):
    assert separer_communes(liste) == attendu


@pytest.mark.parametrize("format_", ["geojson", "gpkg", "parquet"])
def test_quartier_sur_plusieurs_communes(tmp_path, catalogue, format_):
    couche = couche_qpv(insee_com=["38185", "38151;38185"])
    chemin = ecrire(couche, tmp_path / "d", format_)
    assert lire(chemin, catalogue, communes=["38151"]).donnees["code_territoire"].tolist() == [
        "QN03802M"
    ]
    assert len(lire(chemin, catalogue, communes=["38185"]).donnees) == 2


@pytest.mark.parametrize("format_", ["geojson", "gpkg", "parquet"])
def test_iris_de_plusieurs_communes(tmp_path, catalogue, format_):
    """Les communes voisines qu’un quartier déborde sont lues avec la ville."""
    couche = gpd.pd.concat([couche_iris(2), couche_iris(3, "38151"), couche_iris(1, "38421")])
    chemin = ecrire(couche, tmp_path / "d", format_)
    lue = lire(chemin, catalogue, communes=["38185", "38151"])
    assert lue.donnees["code_commune"].value_counts().to_dict() == {"38151": 3, "38185": 2}


def test_code_de_commune_qui_en_contient_un_autre(tmp_path, catalogue):
    """« 1385 » est dans « 13851 » : la recherche dans la liste se fait sur des codes entiers."""
    couche = couche_qpv(insee_com=["38185", "13818"])
    lue = lire(ecrire(couche, tmp_path / "d", "gpkg"), catalogue, communes=["38185"])
    assert lue.donnees["code_territoire"].tolist() == ["QN03801M"]


@pytest.mark.parametrize("format_", ["shp", "gpkg", "parquet"])
def test_projection_absente(tmp_path, catalogue, format_):
    couche = couche_qpv().to_crs(2154)
    if format_ == "shp":
        dossier = ecrire(couche, tmp_path / "d", "shp")
        (dossier / "x.prj").unlink()
        chemin = dossier
    else:
        with pytest.warns(UserWarning, match="crs") if format_ == "gpkg" else nullcontext():
            chemin = ecrire(couche.set_crs(None, allow_override=True), tmp_path / "d", format_)
    with pytest.raises(ErreurGeographie, match="pas de projection"):
        lire(chemin, catalogue)


def _permuter(couche: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return couche.set_geometry(
        shapely.transform(couche.geometry.to_numpy(), lambda p: p[:, ::-1]), crs=couche.crs
    )


@pytest.mark.parametrize("format_", ["geojson", "gpkg", "parquet"])
def test_axes_permutes_en_degres(tmp_path, catalogue, format_):
    with pytest.raises(ErreurGeographie, match=r"axes permutés.*QN03801M, QN03802M.*longitude"):
        lire(
            ecrire(_permuter(couche_qpv()), tmp_path / "d", format_), catalogue, communes=["38185"]
        )


def test_axes_permutes_en_metres(tmp_path, catalogue):
    with pytest.raises(ErreurGeographie, match="axes permutés"):
        lire(
            ecrire(_permuter(couche_iris()), tmp_path / "d", "gpkg"), catalogue, communes=["38185"]
        )


def test_un_seul_contour_permute(tmp_path, catalogue):
    couche = couche_qpv()
    formes = couche.geometry.to_list()
    formes[1] = shapely.transform(formes[1], lambda p: p[:, ::-1])
    with pytest.raises(ErreurGeographie) as erreur:
        lire(ecrire(couche.set_geometry(formes, crs=4326), tmp_path / "d", "geojson"), catalogue)
    assert "QN03802M" in str(erreur.value)
    assert "QN03801M" not in str(erreur.value)


def test_fond_aux_axes_permutes_meme_sans_objet_dans_l_emprise(tmp_path, catalogue):
    communes = (
        couche_iris(2)
        .dissolve("code_insee")
        .reset_index()[["code_insee", "nom_commune", "geometry"]]
    )
    communes = communes.rename(columns={"code_insee": "code", "nom_commune": "nom"}).to_crs(4326)
    emprise = (912000.0, 6456000.0, 914000.0, 6458000.0)
    droit = lire(ecrire(communes, tmp_path / "a", "geojson"), catalogue, emprise=emprise)
    assert droit.donnees["code_commune"].tolist() == ["38185"]
    with pytest.raises(ErreurGeographie, match="axes permutés"):
        lire(ecrire(_permuter(communes), tmp_path / "b", "geojson"), catalogue, emprise=emprise)


@pytest.mark.parametrize("format_", ["geojson", "gpkg", "parquet", "shp"])
def test_fond_choisi_par_emprise(tmp_path, catalogue, format_):
    communes = gpd.GeoDataFrame(
        {"code": ["38185", "38151"], "nom": ["Grenoble", "Échirolles"]},
        geometry=[carre(913000, 6457000, 500), carre(930000, 6457000, 500)],
        crs=2154,
    ).to_crs(4326)
    lue = lire(
        ecrire(communes, tmp_path / "d", format_),
        catalogue,
        emprise=(912900.0, 6456900.0, 914000.0, 6458000.0),
    )
    assert lue.donnees["nom"].tolist() == ["Grenoble"]
    assert list(lue.donnees.columns) == ["code_commune", "nom", "geometry"]


def test_hors_de_france(tmp_path, catalogue):
    couche = couche_qpv().set_geometry(
        [shapely.box(100, 10, 101, 11), shapely.box(102, 10, 103, 11)], crs=4326
    )
    with pytest.raises(ErreurGeographie, match=r"hors de France.*WGS 84"):
        lire(ecrire(couche, tmp_path / "d", "geojson"), catalogue)


def test_geojson_en_metres_refuse(tmp_path, catalogue):
    """Un GeoJSON écrit en Lambert 93 sans le dire : la norme le veut en degrés."""
    chemin = ecrire(couche_qpv(), tmp_path / "d", "geojson")
    contenu = json.loads(chemin.read_text(encoding="utf-8"))
    contenu.pop("crs", None)
    for objet in contenu["features"]:
        objet["geometry"]["coordinates"] = [
            [[913000, 6457000], [913100, 6457000], [913100, 6457100], [913000, 6457000]]
        ]
    chemin.write_text(json.dumps(contenu), encoding="utf-8")
    with pytest.raises(ErreurGeographie, match="hors de France"):
        lire(chemin, catalogue)


@pytest.mark.parametrize(
    ("epsg", "lon", "lat"),
    [(5490, -61.5, 16.2), (2972, -52.3, 4.9), (2975, 55.5, -21.1), (4471, 45.2, -12.8)],
)
def test_outre_mer(tmp_path, catalogue, epsg, lon, lat):
    couche = couche_qpv().set_geometry(
        [shapely.box(lon, lat, lon + 0.01, lat + 0.01)] * 2, crs=4326
    )
    lue = lire_contours(
        seul(ecrire(couche, tmp_path / "d", "geojson"), catalogue),
        catalogue,
        crs=CRS.from_epsg(epsg),
    )
    assert lue.donnees.crs.to_epsg() == epsg
    assert (lue.donnees.area > 1e6).all()
    with pytest.raises(ErreurGeographie, match="axes permutés"):
        lire(ecrire(_permuter(couche), tmp_path / "e", "geojson"), catalogue)


def test_polygone_invalide_repare_et_dit(tmp_path, catalogue):
    couche = couche_iris()
    couche.loc[0, "geometry"] = PAPILLON
    lue = lire(ecrire(couche, tmp_path / "d", "gpkg"), catalogue)
    (avis,) = lue.anomalies
    assert avis.gravite == "avertissement"
    assert "381850101" in avis.message
    assert "réparé" in avis.message
    assert lue.donnees.geometry.is_valid.all()
    assert lue.donnees.area.iloc[0] == pytest.approx(20000.0)
    assert set(lue.donnees.geom_type) <= {"Polygon", "MultiPolygon"}


def test_reparation_ne_garde_que_les_surfaces(tmp_path, catalogue):
    """Un appendice sans épaisseur devient une ligne que la réparation écarte."""
    couche = couche_iris(2)
    base = [
        (913000, 6457000),
        (913200, 6457000),
        (913200, 6457200),
        (913400, 6457200),
        (913200, 6457200),
        (913000, 6457200),
    ]
    couche.loc[0, "geometry"] = Polygon(base)
    lue = lire(ecrire(couche, tmp_path / "d", "parquet"), catalogue)
    assert lue.donnees.geom_type.iloc[0] == "Polygon"
    assert lue.donnees.area.iloc[0] == pytest.approx(40000.0)


def test_contour_vide(tmp_path, catalogue):
    couche = couche_iris()
    couche.loc[1, "geometry"] = None
    with pytest.raises(ErreurGeographie, match="vide ou sans surface : 381850102"):
        lire(ecrire(couche, tmp_path / "d", "gpkg"), catalogue)


def test_codes_en_double(tmp_path, catalogue):
    couche = couche_iris()
    couche.loc[3, "code_iris"] = "381850102"
    with pytest.raises(ErreurGeographie, match="381850102 figure 2 fois"):
        lire(ecrire(couche, tmp_path / "d", "gpkg"), catalogue)


def test_geographies_melees(tmp_path, catalogue):
    couche = couche_iris()
    couche.loc[3, "code_iris"] = "381510102"
    with pytest.raises(ErreurGeographie, match="deux années de géographie"):
        lire(ecrire(couche, tmp_path / "d", "gpkg"), catalogue, communes=["38185"])


@pytest.mark.parametrize("format_", ["gpkg", "geojson", "parquet"])
def test_zero_perdu_dans_les_contours(tmp_path, catalogue, format_):
    couche = couche_iris(4, "01053")
    for nom in ("code_iris", "code_insee"):
        couche[nom] = couche[nom].astype(int)
    with pytest.raises(ErreurGeographie, match="zéro initial perdu dans 4 code"):
        lire(ecrire(couche, tmp_path / "d", format_), catalogue, communes=["01053"])


def test_codes_en_nombres_sans_zero_perdu(tmp_path, catalogue):
    couche = couche_iris()
    for nom in ("code_iris", "code_insee"):
        couche[nom] = couche[nom].astype(int)
    lue = lire(ecrire(couche, tmp_path / "d", "gpkg"), catalogue, communes=["38185"])
    assert lue.donnees["code_iris"].tolist() == couche_iris()["code_iris"].tolist()


def test_toutes_les_fautes_d_un_coup(tmp_path, catalogue):
    couche = couche_iris(5)
    couche.loc[1, "geometry"] = None
    couche.loc[2, "code_iris"] = "381850104"
    couche.loc[4, "geometry"] = shapely.transform(couche.loc[4, "geometry"], lambda p: p[:, ::-1])
    with pytest.raises(ErreurGeographie) as erreur:
        lire(ecrire(couche, tmp_path / "d", "gpkg"), catalogue)
    textes = str(erreur.value)
    assert len(erreur.value.anomalies) == 3
    for attendu in ("381850102", "figure 2 fois", "axes permutés"):
        assert attendu in textes


def test_type_d_iris_inconnu(tmp_path, catalogue):
    couche = couche_iris()
    couche.loc[0, "type_iris"] = "X"
    lue = lire(ecrire(couche, tmp_path / "d", "gpkg"), catalogue)
    assert [a.colonne for a in lue.anomalies] == ["type_iris"]


def test_couche_sans_nom_de_commune(tmp_path, catalogue):
    lue = lire(ecrire(couche_iris().drop(columns="nom_commune"), tmp_path / "d", "gpkg"), catalogue)
    assert [a.colonne for a in lue.anomalies] == ["nom_commune"]
    assert (lue.donnees["nom_commune"] == "").all()


def test_ville_absente_de_la_couche(tmp_path, catalogue):
    lue = lire(ecrire(couche_iris(), tmp_path / "d", "gpkg"), catalogue, communes=["75056"])
    assert lue.donnees.empty
    assert lue.donnees.crs == CRS_LEGAL
    assert "aucun objet pour 75056" in lue.anomalies[0].message


@pytest.mark.parametrize("format_", ["gpkg", "parquet"])
def test_altitude_ecartee(tmp_path, catalogue, format_):
    couche = couche_iris()
    couche = couche.set_geometry(shapely.force_3d(couche.geometry.to_numpy(), 12.0), crs=2154)
    lue = lire(ecrire(couche, tmp_path / "d", format_), catalogue)
    assert not lue.donnees.has_z.any()


def test_secteurs_et_communes_sont_distingues_par_leurs_codes(tmp_path, catalogue):
    formes = [carre(913000, 6457000), carre(913200, 6457000)]
    for nom, codes in {"a": ["3818501", "3818502"], "b": ["38185", "38151"]}.items():
        couche = gpd.GeoDataFrame({"code": codes, "nom": ["A", "B"]}, geometry=formes, crs=2154)
        ecrire(couche, tmp_path / nom, "geojson")
    sources = {f.chemin.parent.name: f.source for f in inventorier([tmp_path], catalogue).reconnus}
    assert sources == {"a": "secteurs", "b": "fond_communes"}
    secteurs = lire(tmp_path / "a", catalogue, communes=["38185"])
    assert secteurs.donnees["code_territoire"].tolist() == ["3818501", "3818502"]
