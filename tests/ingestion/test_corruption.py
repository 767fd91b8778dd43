"""Des octets changés au hasard ne donnent jamais qu’une erreur prévue, dite en français."""

from __future__ import annotations

import random
import shutil
import warnings
from pathlib import Path

import pytest
from fabriques_ingestion import (
    COLONNES_FILO,
    LIGNES_FILO,
    couche_iris,
    couche_qpv,
    ecrire_csv,
    ecrire_parquet,
    octets_xlsx,
    zipper,
)
from pyproj import CRS

from observatoire.erreurs import ErreurObservatoire
from observatoire.ingestion import inventorier, lire_contours, lire_tableau

ESSAIS = 40


def _ecrire(modele: Path, nom: str) -> None:
    if nom == "x.gpkg":
        couche_iris(20).to_file(modele / nom)
    elif nom == "g.parquet":
        couche_iris(20).to_parquet(modele / nom)
    elif nom == "x.geojson":
        couche_qpv().to_file(modele / nom, driver="GeoJSON")
    elif nom in {"x.shp", "x.dbf", "x.shx"}:
        noms = {"code_insee": "INSEE_COM", "type_iris": "TYP_IRIS", "nom_commune": "NOM_COM"}
        couche_iris(20).rename(columns=noms).to_file(modele / "x.shp")
    elif nom == "x.xlsx":
        (modele / nom).write_bytes(octets_xlsx(COLONNES_FILO, LIGNES_FILO))
    elif nom == "x.parquet":
        ecrire_parquet(modele / nom, COLONNES_FILO, LIGNES_FILO)
    elif nom == "x.csv":
        ecrire_csv(modele / nom, COLONNES_FILO, LIGNES_FILO)
    else:
        csv = ecrire_csv(modele / "x.csv", COLONNES_FILO, LIGNES_FILO)
        zipper(modele / nom, {"x.csv": csv.read_bytes()})
        csv.unlink()


def _lire_tout(depot: Path, catalogue) -> str:
    try:
        inventaire = inventorier([depot], catalogue)
        for fichier in inventaire.reconnus:
            if catalogue.sources[fichier.source].type == "contours":
                lire_contours(fichier, catalogue, communes=["38185"], crs=CRS.from_epsg(2154))
            else:
                lire_tableau(fichier, catalogue, communes=["01053"])
    except ErreurObservatoire as erreur:
        return "erreur" if erreur.anomalies else "erreur muette"
    return "lu" if inventaire.reconnus else "écarté"


@pytest.mark.parametrize(
    "nom",
    [
        "x.gpkg",
        "g.parquet",
        "x.geojson",
        "x.shp",
        "x.dbf",
        "x.shx",
        "x.xlsx",
        "x.parquet",
        "x.csv",
        "x.zip",
    ],
)
def test_octets_changes_au_hasard(tmp_path, catalogue, nom):
    modele = tmp_path / "modele"
    modele.mkdir()
    _ecrire(modele, nom)
    assert _lire_tout(modele, catalogue) == "lu"
    sain = (modele / nom).read_bytes()
    alea = random.Random(nom)
    issues = set()
    with warnings.catch_warnings():
        # GDAL signale certains défauts par des avertissements avant d’échouer.
        warnings.simplefilter("ignore")
        for essai in range(ESSAIS):
            depot = tmp_path / f"essai{essai}"
            shutil.copytree(modele, depot)
            octets = bytearray(sain)
            for _ in range(alea.choice([1, 5, 50])):
                octets[alea.randrange(len(octets))] = alea.randrange(256)
            if essai % 4 == 0:
                del octets[alea.randrange(len(octets)) :]
            (depot / nom).write_bytes(octets)
            issues.add(_lire_tout(depot, catalogue))
    assert issues & {"erreur", "écarté"}
    assert "erreur muette" not in issues


def test_shapefile_en_latin_1_qui_se_dit_en_utf_8(tmp_path, catalogue):
    noms = {"code_insee": "INSEE_COM", "type_iris": "TYP_IRIS", "nom_commune": "NOM_COM"}
    couche_iris(2).assign(nom_iris="Île").rename(columns=noms).to_file(
        tmp_path / "x.shp", encoding="ISO-8859-1"
    )
    (tmp_path / "x.cpg").write_text("UTF-8")
    (fichier,) = inventorier([tmp_path], catalogue).reconnus
    lue = lire_contours(fichier, catalogue, communes=["38185"], crs=CRS.from_epsg(2154))
    assert lue.donnees["nom_iris"].tolist() == ["Île", "Île"]


def test_nom_de_membre_qui_n_est_pas_de_l_utf_8(tmp_path, catalogue):
    """zipfile laisse échapper l’erreur de décodage du nom : elle est dite comme une archive abîmée."""
    csv = ecrire_csv(tmp_path / "é.csv", COLONNES_FILO, LIGNES_FILO)
    zipper(tmp_path / "a.zip", {"é.csv": csv.read_bytes()})
    csv.unlink()
    octets = (tmp_path / "a.zip").read_bytes()
    assert octets.count("é".encode()) == 2
    (tmp_path / "a.zip").write_bytes(octets.replace("é".encode(), b"\x9d\x9d"))
    inventaire = inventorier([tmp_path], catalogue)
    assert not inventaire.reconnus
    assert any("illisible" in str(a) for a in inventaire.anomalies)
