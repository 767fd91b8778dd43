"""Cohérence entre les fichiers : IRIS et contours, sommes, quartiers hors de la commune."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from fabriques_ingestion import carre, couche_iris, couche_qpv
from pyproj import CRS

from observatoire.ingestion import FichierReconnu, TableLue, controler_coherence

CODES = [f"3818501{k:02d}" for k in range(1, 5)]


@pytest.fixture
def iris():
    noms = {"code_insee": "code_commune"}
    return couche_iris().rename(columns=noms)[
        ["code_iris", "nom_iris", "type_iris", "code_commune", "nom_commune", "geometry"]
    ]


@pytest.fixture
def qpv():
    noms = {"code_qp": "code_territoire", "lib_qp": "nom", "insee_com": "communes"}
    return couche_qpv(insee_com=["38185", "38185"]).rename(columns=noms).to_crs(2154)


def table(
    tmp_path, colonnes, *, codes=CODES, source="rp_activite_residents", ligne="absent", nom="t.csv"
):
    valeurs = pd.DataFrame(colonnes, index=pd.Index(codes, name="code", dtype=str), dtype=float)
    fichier = FichierReconnu(tmp_path / nom, "", "", source, 2021, "csv", ("IRIS",))
    statuts = valeurs.notna().replace({True: "publie", False: "absent"})
    return TableLue(source, 2021, "iris", valeurs, statuts, fichier, (), None, ligne)


@pytest.fixture
def controler(iris, qpv, catalogue):
    def lancer(*tables, iris=iris, qpv=qpv, communes=("38185",)):
        return controler_coherence(iris, qpv, tables, catalogue, communes=communes)

    return lancer


def test_fichiers_coherents(controler, tmp_path):
    assert (
        controler(
            table(
                tmp_path, {"actifs_15_64": 80.0, "chomeurs_15_64": 10.0, "population_15_64": 100.0}
            )
        )
        == []
    )


def test_donnee_sans_contour_dit_l_ecart_de_geographie(controler, tmp_path):
    (faute,) = controler(table(tmp_path, {"actifs_15_64": 80.0}, codes=[*CODES, "381850199"]))
    assert faute.gravite == "erreur"
    assert faute.fichier == "t.csv"
    assert "381850199" in faute.message
    assert "année de géographie" in faute.message


def test_un_iris_activite_sans_donnee_est_normal(controler, tmp_path):
    assert controler(table(tmp_path, {"actifs_15_64": 80.0}, codes=CODES[:3])) == []


@pytest.mark.parametrize(("ligne", "gravite"), [("absent", "erreur"), ("secret", "avertissement")])
def test_trop_d_iris_d_habitat_sans_donnee(controler, tmp_path, ligne, gravite):
    (faute,) = controler(table(tmp_path, {"actifs_15_64": 80.0}, codes=CODES[1:], ligne=ligne))
    assert faute.gravite == gravite
    assert "381850101" in faute.message
    assert "1 IRIS d’habitat sur 3" in faute.message


def test_peu_d_iris_sans_donnee_est_un_avertissement(controler, tmp_path):
    large = couche_iris(8).rename(columns={"code_insee": "code_commune"})
    codes = large["code_iris"].tolist()
    (avis,) = controler(table(tmp_path, {"actifs_15_64": 80.0}, codes=codes[1:]), iris=large)
    assert avis.gravite == "avertissement"


def test_commune_voisine_non_couverte_est_un_avertissement(controler, tmp_path, iris):
    voisine = couche_iris(3, "38151").rename(columns={"code_insee": "code_commune"})
    voisine["geometry"] = voisine.translate(0, 300)
    deux = pd.concat([iris, voisine])
    (avis,) = controler(
        table(tmp_path, {"actifs_15_64": 80.0}), iris=deux, communes=["38185", "38151"]
    )
    assert avis.gravite == "avertissement"
    assert "38151" in avis.message


@pytest.mark.parametrize(
    "colonnes",
    [
        {"actifs_15_64": 80.0, "chomeurs_15_64": [90.0, 1, 1, 1]},
        {"actifs_15_64": [180.0, 1, 1, 1], "population_15_64": 100.0},
    ],
)
def test_grandeurs_dans_le_desordre(controler, tmp_path, colonnes):
    (faute,) = controler(table(tmp_path, colonnes))
    assert faute.gravite == "erreur"
    assert "381850101" in faute.message
    assert "dépasse" in faute.message


def test_grandeurs_comparees_d_un_fichier_a_l_autre(controler, tmp_path):
    gauche = table(tmp_path, {"population_15_64": 120.0}, nom="a.csv")
    droite = table(tmp_path, {"population": 100.0}, source="rp_evol_struct_pop", nom="b.csv")
    (faute,) = controler(gauche, droite)
    assert faute.fichier == "a.csv"
    assert "b.csv" in faute.message
    assert controler(gauche, replace(droite, millesime=2016)) == []


def test_valeurs_masquees_ne_sont_pas_des_fautes(controler, tmp_path):
    vide = [float("nan")] * 4
    assert controler(table(tmp_path, {"actifs_15_64": vide, "chomeurs_15_64": 10.0})) == []


@pytest.mark.parametrize(
    ("variable", "valeur"),
    [("filo_taux_pauvrete", 130.0), ("filo_taux_pauvrete", -1.0), ("actifs_15_64", -3.0)],
)
def test_valeurs_hors_bornes(controler, tmp_path, variable, valeur):
    (faute,) = controler(table(tmp_path, {variable: [valeur, 5, 5, 5]}))
    assert (faute.gravite, faute.colonne) == ("erreur", variable)
    assert "381850101" in faute.message


def test_quartier_hors_de_la_commune(controler, qpv):
    loin = qpv.set_geometry([qpv.geometry.iloc[0], carre(920000, 6457000)], crs=2154)
    (faute,) = controler(qpv=loin)
    assert faute.gravite == "erreur"
    assert "QN03802M" in faute.message
    assert "en dehors" in faute.message


def test_quartier_qui_deborde_sans_le_declarer(controler, qpv):
    moitie = qpv.set_geometry([qpv.geometry.iloc[0], carre(913700, 6457000)], crs=2154)
    (avis,) = controler(qpv=moitie)
    assert avis.gravite == "avertissement"
    assert "50%" in avis.message
    assert controler(qpv=moitie.assign(communes="38185,38151")) == []


def test_projections_differentes(controler, qpv):
    (faute,) = controler(qpv=qpv.to_crs(CRS.from_epsg(4326)))
    assert faute.gravite == "erreur"
    assert "projection" in faute.message


def test_codes_en_double(controler, iris, tmp_path):
    doubles = pd.concat([iris, iris.iloc[[0]]])
    fautes = controler(
        table(tmp_path, {"actifs_15_64": 1.0}, codes=[*CODES, CODES[1]]), iris=doubles
    )
    assert ["381850101" in f.message or "381850102" in f.message for f in fautes] == [True, True]


def test_une_ville_sans_quartier_dit_ce_qui_manquera(controler, qpv):
    (avis,) = controler(qpv=qpv.iloc[:0])
    assert avis.gravite == "avertissement"
    assert "aucun quartier prioritaire dans la commune 38185" in avis.message
    assert "ville hors QPV" in avis.remede


def test_une_commune_non_decoupee_dit_ce_qui_manquera(controler, iris, qpv):
    seule = iris.iloc[:1].assign(type_iris="Z", code_iris="381850000")
    seule["geometry"] = iris.geometry.union_all()
    (avis,) = controler(iris=seule)
    assert avis.gravite == "avertissement"
    assert "38185 n’est pas découpée en IRIS" in avis.message
    # D’un ensemble de villes, chacune n’est pas dite.
    assert controler(iris=seule, qpv=qpv.iloc[:0], communes=("38185", "38151")) == []
