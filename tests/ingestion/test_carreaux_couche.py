"""Carreaux de 200 m : leur année, leur diffusion en couche, les grilles d’outre-mer."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from fabriques_ingestion import seul, zipper
from pyproj import CRS, Transformer
from shapely import box

from observatoire.erreurs import ErreurDonnees, ErreurGeographie
from observatoire.ingestion import lire_tableau
from observatoire.territoires import construire_carreaux

# Grenoble dans la grille européenne.
COIN = (2_460_000, 3_930_000)
COLONNES = "idcar_200m,idcar_1km,i_est_200,i_est_1km,lcog_geo,ind,men"


def carreaux(n: int = 4) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "idcar_200m": [f"CRS3035RES200mN{COIN[0]}E{COIN[1] + 200 * k}" for k in range(n)],
            "idcar_1km": "x",
            "i_est_200": 0,
            "i_est_1km": 0,
            "lcog_geo": ["38185", "3818538151", "38151", "38185"][:n],
            "ind": [10.5, 20.0, 30.0, 40.0][:n],
            "men": [5.0, 8.5, 12.0, 16.0][:n],
        }
    )


def couche(epsg: int, *, declare: int | None = None) -> gpd.GeoDataFrame:
    table = carreaux()
    formes = [
        box(COIN[1] + 200 * k, COIN[0], COIN[1] + 200 * k + 200, COIN[0] + 200) for k in range(4)
    ]
    lue = gpd.GeoDataFrame(table, geometry=formes, crs=3035).to_crs(epsg)
    return lue.set_crs(declare, allow_override=True) if declare else lue


def presumee(table) -> list[str]:
    return [a.message for a in table.anomalies if "présumée" in a.message]


@pytest.mark.parametrize(
    ("lieu", "membre", "annee"),
    [
        ("Filosofi2019_carreaux_200m_csv.zip", "carreaux_200m_met.csv", 2019),
        ("Filosofi2021_carreaux_200m_csv.zip", "carreaux_200m_met.csv", 2021),
        ("carreaux.zip", "Filosofi2019_carreaux_200m_csv/carreaux_200m_met.csv", 2019),
        ("Filosofi 2019/carreaux_200m_met.csv", "", 2019),
        ("carreaux_200m_2019.csv", "", 2019),
        ("cache/carreaux_200m/2019/carreaux_200m_met.csv", "", 2019),
    ],
)
def test_l_annee_des_carreaux_est_dans_leur_nom(tmp_path, catalogue, lieu, membre, annee):
    chemin = tmp_path / lieu
    chemin.parent.mkdir(parents=True, exist_ok=True)
    contenu = carreaux().to_csv(index=False).encode()
    if membre:
        zipper(chemin, {membre: contenu})
    else:
        chemin.write_bytes(contenu)
    fichier = seul(chemin, catalogue)
    assert (fichier.source, fichier.millesime) == ("carreaux_200m", annee)
    table = lire_tableau(fichier, catalogue, communes=["38185"])
    assert table.millesime == annee
    assert presumee(table) == []
    citation = catalogue.sources["carreaux_200m"].citation(table.millesime)
    assert citation == f"Insee, Filosofi, carreaux de 200 m {annee}"


@pytest.mark.parametrize("nom", ["carreaux_200m_met.csv", "carreaux recus en 2026.csv"])
def test_sans_annee_dans_le_nom_elle_est_presumee_et_c_est_dit(tmp_path, catalogue, nom):
    (tmp_path / nom).write_text(carreaux().to_csv(index=False))
    table = lire_tableau(seul(tmp_path, catalogue), catalogue, communes=["38185"])
    assert table.millesime == 2021
    assert len(presumee(table)) == 1


@pytest.mark.parametrize("epsg", [3035, 2154])
def test_les_carreaux_en_couche_dans_leurs_deux_projections(tmp_path, catalogue, epsg):
    chemin = tmp_path / "Filosofi2019_carreaux_200m_met.gpkg"
    couche(epsg).to_file(chemin, layer="carreaux_200m_met")
    fichier = seul(chemin, catalogue)
    assert (fichier.source, fichier.millesime, fichier.format) == ("carreaux_200m", 2019, "ogr")
    table = lire_tableau(fichier, catalogue, communes=["38185"])
    csv = tmp_path / "csv" / "Filosofi2019_carreaux_200m.csv"
    csv.parent.mkdir()
    carreaux().to_csv(csv, index=False)
    du_csv = lire_tableau(seul(csv, catalogue), catalogue, communes=["38185"])
    pd.testing.assert_frame_equal(table.valeurs, du_csv.valeurs)
    assert table.valeurs["carreau_individus"].sum() == 70.5


@pytest.mark.parametrize(("epsg", "declare"), [(2154, 3035), (3035, 2154)])
def test_une_projection_fausse_est_refusee(tmp_path, catalogue, epsg, declare):
    chemin = tmp_path / "Filosofi2019_carreaux_200m_met.gpkg"
    couche(epsg, declare=declare).to_file(chemin, layer="c")
    with pytest.raises(ErreurDonnees, match="4 carreaux sur 4 ne sont pas là où le dit"):
        lire_tableau(seul(chemin, catalogue), catalogue, communes=["38185"])


@pytest.mark.parametrize(
    ("grille", "legale", "point"), [(2975, 2975, (55.45, -20.9)), (5490, 5490, (-61.05, 14.6))]
)
def test_les_grilles_d_outre_mer(grille, legale, point):
    vers = Transformer.from_crs("OGC:CRS84", grille, always_xy=True)
    x, y = (200 * (int(v) // 200) for v in vers.transform(*point))
    codes = [f"CRS{grille}RES200mN{y}E{x + 200 * k}" for k in range(3)]
    effectifs = pd.DataFrame({"ind": [1.0, 2.0, 3.0], "men": 1.0}, index=codes)
    emprise = (x - 10.0, y - 10.0, x + 390.0, y + 210.0)
    trouves = construire_carreaux(effectifs, crs=CRS.from_epsg(legale), emprise=emprise)
    assert list(trouves["ind"]) == [1.0, 2.0]
    assert trouves.geometry.area.tolist() == pytest.approx([40_000.0, 40_000.0])
    assert trouves.total_bounds.tolist() == pytest.approx([x, y, x + 400, y + 200])


def test_une_grille_inconnue_est_refusee():
    effectifs = pd.DataFrame({"ind": [1.0], "men": 1.0}, index=["CRS4326RES200mN1E1"])
    with pytest.raises(ErreurGeographie, match="illisible"):
        construire_carreaux(effectifs, crs=CRS.from_epsg(2154), emprise=(0, 0, 1, 1))
