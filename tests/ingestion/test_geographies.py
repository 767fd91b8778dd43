"""Deux années de géographie : l’année d’un fichier, le choix des contours, ce qui est dit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from fabriques_ingestion import couche_iris, couche_qpv, seul, zipper

from observatoire.ingestion import (
    FichierReconnu,
    TableLue,
    choisir_contours,
    controler_coherence,
    dire_le_choix,
)
from observatoire.ingestion.geographies import annee_de_geographie

CODES = [f"3818501{k:02d}" for k in range(1, 5)]


@pytest.mark.parametrize(
    ("chemin", "membre", "annee"),
    [
        ("CONTOURS-IRIS_3-0__GPKG_LAMB93_FXX_2024-01-01/iris.gpkg", "", 2024),
        ("CONI/1_DONNEES_LIVRAISON_2024-02-00189/iris_2023.gpkg", "", 2023),
        ("envoi.zip", "CONTOURS-IRIS_2-1_SHP_LAMB93_FXX-2022/CONTOURS-IRIS.shp", 2022),
        ("cache/contours_iris/2026/contours_iris_38185.geojson", "", 2026),
        ("cache/contours_iris/2025/extraits-0a1b/iris.gpkg", "", 2025),
        ("CONTOURS-IRIS_3-0_SHP_LAMB93_FXX-ED2023-01-01/CONTOURS-IRIS.shp", "", 2023),
        ("data/iris/iris.gpkg", "", None),
        ("telecharge_le_2026-11-23/iris.gpkg", "", None),
        ("contours iris recus le 12-03-2026/iris.gpkg", "", None),
        ("dossier de 2021/iris.gpkg", "", None),
        ("contours_iris_66_departements.parquet", "", None),
    ],
)
def test_l_annee_des_contours_est_dans_leur_nom(catalogue, chemin, membre, annee):
    source = catalogue.sources["contours_iris"]
    assert annee_de_geographie(source, None, Path("/depot") / chemin, membre) == annee


@pytest.mark.parametrize(
    ("source", "millesime", "annee"),
    [
        ("rp_logement", 2022, 2024),
        ("rp_logement", 2018, 2020),
        ("filosofi_iris", 2021, 2022),
        ("rp_logement", 2017, 2019),  # non déclaré : la règle du recensement
        ("filosofi_iris", 2014, 2015),
        ("socio_iris_parts", 2021, None),
        ("qpv_2024", None, None),
    ],
)
def test_l_annee_d_une_table_est_au_catalogue(catalogue, source, millesime, annee):
    # Le nom du fichier n’y change rien.
    chemin = Path("/depot/contours_iris_2011.csv")
    assert annee_de_geographie(catalogue.sources[source], millesime, chemin) == annee


def test_l_annee_devient_le_millesime_des_contours(catalogue, tmp_path):
    couche_iris().to_file(tmp_path / "iris.gpkg", layer="contours_iris")
    assert (seul(tmp_path, catalogue).millesime, seul(tmp_path, catalogue).geographie) == (
        None,
        None,
    )
    archive = tmp_path / "CONTOURS-IRIS_2024-01-01.zip"
    zipper(archive, {"iris.gpkg": (tmp_path / "iris.gpkg").read_bytes()})
    (tmp_path / "iris.gpkg").unlink()
    assert (seul(tmp_path, catalogue).millesime, seul(tmp_path, catalogue).geographie) == (
        2024,
        2024,
    )


def fichier(nom: str, geographie: int | None, source: str = "contours_iris") -> FichierReconnu:
    return FichierReconnu(
        Path(nom), "", "", source, geographie, "ogr", ("x",), geographie=geographie
    )


def test_les_contours_les_plus_proches_des_donnees_les_plus_recentes():
    tables = [fichier("a.csv", 2019, "rp_logement"), fichier("b.csv", 2024, "rp_logement")]
    de_2019, de_2023, sans = fichier("v", 2019), fichier("w", 2023), fichier("x", None)
    assert choisir_contours([de_2019, sans, de_2023], tables) == [de_2023, de_2019, sans]
    # Le choix de la personne l’emporte quand son premier fichier n’est pas daté.
    assert choisir_contours([sans, de_2023], tables) == [sans, de_2023]
    assert choisir_contours([de_2019, de_2023], []) == [de_2019, de_2023]
    assert choisir_contours([], tables) == []
    # À distance égale, l’ordre donné.
    de_2025 = fichier("y", 2025)
    assert choisir_contours([de_2025, de_2023], tables) == [de_2025, de_2023]


def test_le_choix_est_dit():
    tables = [fichier("b.csv", 2024, "rp_logement")]
    deux = [fichier("v", 2019), fichier("w", 2023)]
    (avis,) = dire_le_choix(deux[1], deux, tables)
    assert avis.gravite == "avertissement"
    assert "2023 retenus parmi 2019, 2023" in avis.message
    assert "(géographie 2024)" in avis.message
    assert dire_le_choix(deux[1], deux[1:], tables) == []


@pytest.fixture
def iris():
    return couche_iris().rename(columns={"code_insee": "code_commune"})


@pytest.fixture
def qpv():
    noms = {"code_qp": "code_territoire", "lib_qp": "nom", "insee_com": "communes"}
    return couche_qpv(insee_com=["38185", "38185"]).rename(columns=noms).to_crs(2154)


def table(codes, *, geographie=2022, population=None, ligne="absent", millesime=2020):
    colonnes = {"actifs_15_64": [80.0] * len(codes)}
    if population is not None:
        colonnes = {"population": population}
    valeurs = pd.DataFrame(colonnes, index=pd.Index(codes, name="code", dtype=str))
    source = "rp_evol_struct_pop" if population is not None else "rp_activite_residents"
    lu = replace(fichier("t.csv", geographie, source), millesime=millesime, format="csv")
    statuts = valeurs.notna().replace({True: "publie"})
    return TableLue(source, millesime, "iris", valeurs, statuts, lu, (), None, ligne)


def controler(iris, qpv, catalogue, *tables, geographie):
    return controler_coherence(
        iris, qpv, tables, catalogue, communes=["38185"], geographie=geographie
    )


def test_d_une_autre_annee_l_ecart_est_dit_et_mesure(iris, qpv, catalogue):
    # L’IRIS 0199 de 2022 est devenu 0101 et 0102 en 2024 : 300 habitants sur 1 500.
    codes = [*CODES[2:], "381850199"]
    essai = table(codes, population=[1100.0, 100.0, 300.0])
    sans_contour, sans_ligne = controler(iris, qpv, catalogue, essai, geographie=2024)
    assert {sans_contour.gravite, sans_ligne.gravite} == {"avertissement"}
    assert "381850199" in sans_contour.message
    assert "géographie 2022, les contours de 2024" in sans_contour.message
    assert "300 habitants (20,0\u202f% de ceux du fichier" in sans_contour.message
    assert "33,3\u202f% des lignes" in sans_contour.message
    assert "381850101, 381850102" in sans_ligne.message
    assert "part couverte" in sans_ligne.remede


def test_la_population_vient_d_une_autre_table_au_besoin(iris, qpv, catalogue):
    codes = [*CODES, "381850199"]
    nue = table(codes)
    (avis,) = controler(iris, qpv, catalogue, nue, geographie=2024)
    assert "20,0\u202f% des lignes de la commune (population inconnue)" in avis.message
    peuplee = table(codes, population=[100.0, 100.0, 100.0, 0.0, 1700.0], millesime=2017)
    avis, _ = controler(iris, qpv, catalogue, nue, peuplee, geographie=2024)
    assert "1\u202f700 habitants (85,0\u202f%" in avis.message
    assert "recensement 2017" in avis.message


def test_les_habitants_des_contours_sans_ligne_sont_dits(iris, qpv, catalogue):
    ancienne = table([CODES[2], "381850199"])
    recente = table(CODES, population=[700.0, 800.0, 100.0, 0.0], geographie=2024, millesime=2022)
    _, sans_ligne = controler(iris, qpv, catalogue, ancienne, recente, geographie=2024)
    assert "381850101, 381850102" in sans_ligne.message
    assert "ils ont 1\u202f500 habitants au recensement 2022" in sans_ligne.message


@pytest.mark.parametrize(
    ("de_la_table", "des_contours"), [(2024, 2024), (None, None), (2022, None), (None, 2024)]
)
def test_de_la_meme_annee_ou_sans_annee_c_est_une_faute(
    iris, qpv, catalogue, de_la_table, des_contours
):
    essai = table([*CODES, "381850199"], geographie=de_la_table)
    (faute,) = controler(iris, qpv, catalogue, essai, geographie=des_contours)
    assert faute.gravite == "erreur"
    assert "CONTOURS-IRIS_2024-01-01" in faute.remede
