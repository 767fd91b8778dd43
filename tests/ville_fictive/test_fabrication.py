"""Reproductibilité, taille et commande."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyproj
import pytest
import shapely

from observatoire.ville_fictive import (
    ecrire_fichiers,
    ecrire_verite,
    fabriquer_ville,
    parametres,
)
from observatoire.ville_fictive.__main__ import principal

RACINE = Path(__file__).parents[2]
# Versions avec lesquelles les fichiers livrés ont été fabriqués : d’autres peuvent changer
# un sommet d’un décimètre, donc un tirage.
VERSIONS = ((3, 14, 1), "9.5.1")


def _octets(dossier: Path) -> dict[str, bytes]:
    return {f.name: f.read_bytes() for f in sorted(dossier.iterdir()) if not f.name.startswith(".")}


def test_meme_graine_memes_octets(dossier, tmp_path):
    ecrire_fichiers(fabriquer_ville(2024), tmp_path / "bis")
    premiers, seconds = _octets(dossier), _octets(tmp_path / "bis")
    assert len(premiers) == 34
    assert sorted(premiers) == sorted(seconds)
    assert [nom for nom in premiers if premiers[nom] != seconds[nom]] == []


def test_autre_graine_autre_ville(ville, tmp_path):
    autre = fabriquer_ville(7)
    assert len(autre.etats[1].personnes) != len(ville.etats[1].personnes)


def test_fichiers_livres_a_jour(ville, dossier, tmp_path):
    if (shapely.geos_version, pyproj.proj_version_str) != VERSIONS:
        pytest.skip(f"GEOS et PROJ diffèrent de ceux de la fabrication : {VERSIONS}")
    livres, refaits = _octets(RACINE / "data" / "iris"), _octets(dossier)
    assert sorted(livres) == sorted(refaits)
    assert [nom for nom in refaits if nom != "iris.gpkg" and livres[nom] != refaits[nom]] == []
    verite = ecrire_verite(ville, tmp_path / "verite.csv").read_bytes()
    assert (RACINE / "tests" / "donnees" / "verite_ville_fictive.csv").read_bytes() == verite


def test_moins_de_cinq_megaoctets(dossier):
    assert sum(f.stat().st_size for f in dossier.iterdir()) < 5_000_000


def test_commande(tmp_path, capsys):
    code = principal(
        [
            "--sortie",
            str(tmp_path / "s"),
            "--verite",
            str(tmp_path / "v" / "v.csv"),
            "--graine",
            "3",
        ]
    )
    assert code == 0
    assert "35 fichiers" in capsys.readouterr().out
    table = pd.read_csv(tmp_path / "v" / "v.csv", dtype={"code_territoire": str})
    assert set(table["type_territoire"]) == {"commune", "iris", "qpv"}


def test_noms_absents_des_communes_francaises(donnees_reelles):
    reelles = pd.read_parquet(
        donnees_reelles / "contours_iris_66_departements.parquet", columns=["nom_commune"]
    )
    connus = set(reelles["nom_commune"].str.casefold())
    assert len(connus) > 1000
    inventes = [*parametres.COMMUNES.values(), *parametres.COMMUNES_DECOR.values()]
    assert [n for n in inventes if n.casefold() in connus] == []
