"""Reproductibilité, taille et commande."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyproj
import pytest
import shapely
from numpy.lib.introspect import opt_func_info

from observatoire.ville_fictive import (
    ecrire_fichiers,
    ecrire_verite,
    fabriquer_ville,
    parametres,
)
from observatoire.ville_fictive.__main__ import principal

RACINE = Path(__file__).parents[2]
# Versions et jeu d’instructions avec lesquels les fichiers livrés ont été fabriqués : d’autres peuvent
# changer le dernier bit d’un sinus, donc un sommet d’un décimètre, donc un tirage.
FABRICATION = ((3, 14, 1), "9.5.1", "X86_V3")


def _octets(dossier: Path) -> dict[str, bytes]:
    return {f.name: f.read_bytes() for f in sorted(dossier.iterdir()) if not f.name.startswith(".")}


def test_meme_graine_memes_octets(dossier, tmp_path):
    ecrire_fichiers(fabriquer_ville(parametres.GRAINE_PAR_DEFAUT), tmp_path / "bis")
    premiers, seconds = _octets(dossier), _octets(tmp_path / "bis")
    assert len(premiers) == 34
    assert sorted(premiers) == sorted(seconds)
    assert [nom for nom in premiers if premiers[nom] != seconds[nom]] == []


def test_autre_graine_autre_ville(ville, tmp_path):
    autre = fabriquer_ville(7)
    assert len(autre.etats[1].personnes) != len(ville.etats[1].personnes)


def _arithmetique() -> str:
    """Jeu d’instructions dont numpy se sert pour un sinus."""
    return str(opt_func_info(func_name="^sin$", signature="float64")["sin"]["dd"]["current"])


def test_fichiers_livres_de_meme_forme(dossier):
    livres, refaits = _octets(RACINE / "data" / "iris"), _octets(dossier)
    assert sorted(livres) == sorted(refaits)
    textes = [nom for nom in livres if nom.lower().endswith(".csv")]
    assert len(textes) > 20
    for nom in textes:
        assert livres[nom].split(b"\n", 1)[0] == refaits[nom].split(b"\n", 1)[0], nom


def test_fichiers_livres_a_jour(ville, dossier, tmp_path):
    if (shapely.geos_version, pyproj.proj_version_str, _arithmetique()) != FABRICATION:
        pytest.skip(f"GEOS, PROJ ou processeur diffèrent de ceux de la fabrication : {FABRICATION}")
    livres, refaits = _octets(RACINE / "data" / "iris"), _octets(dossier)
    # Un GeoPackage porte l’heure de son écriture.
    assert [n for n in refaits if n != "iris.gpkg" and livres[n] != refaits[n]] == []
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
