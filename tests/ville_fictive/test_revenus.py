"""Filosofi : formats, secret statistique, carreaux."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from observatoire.ville_fictive import carreaux, distributions, filosofi, parametres

SUITE = [
    "Q1",
    "MED",
    "Q3",
    "EQ",
    "D1",
    "D2",
    "D3",
    "D4",
    "D6",
    "D7",
    "D8",
    "D9",
    "RD",
    "S80S20",
    "GI",
    "PACT",
    "PTSA",
    "PCHO",
    "PBEN",
    "PPEN",
    "PPAT",
    "PPSOC",
    "PPFAM",
    "PPMINI",
    "PPLOGT",
    "PIMPOT",
    "NOTE",
]
COMMUNES_2021 = [
    "CODGEO",
    "NBMENFISC21",
    "NBPERSMENFISC21",
    "MED21",
    "PIMP21",
    "TP6021",
    "TP60AGE121",
    "TP60AGE221",
    "TP60AGE321",
    "TP60AGE421",
    "TP60AGE521",
    "TP60AGE621",
    "TP60TOL121",
    "TP60TOL221",
    "PACT21",
    "PTSA21",
    "PCHO21",
    "PBEN21",
    "PPEN21",
    "PPAT21",
    "PPSOC21",
    "PPFAM21",
    "PPMINI21",
    "PPLOGT21",
    "PIMPOT21",
    "D121",
    "D921",
    "RD21",
]


@pytest.fixture(scope="module")
def iris_2021(dossier):
    return pd.read_csv(dossier / "BASE_TD_FILO_IRIS_2021_DISP.csv", sep=";", dtype=str).set_index(
        "IRIS"
    )


@pytest.fixture(scope="module")
def iris_2018(dossier):
    return pd.read_csv(dossier / "BASE_TD_FILO_DISP_IRIS_2018.csv", sep=";", dtype=str).set_index(
        "IRIS"
    )


@pytest.fixture(scope="module")
def grille(dossier):
    return pd.read_csv(dossier / "Filosofi2021_carreaux_200m_met.csv", dtype={"lcog_geo": str})


def test_colonnes_et_formats_par_iris(dossier, iris_2021, iris_2018):
    assert list(iris_2021.columns) == [
        "DISP_TP6021",
        "DISP_INCERT21",
        *(f"DISP_{s}21" for s in SUITE),
    ]
    assert list(iris_2018.columns) == ["DISP_TP6018", *(f"DISP_{s}18" for s in SUITE)]
    assert b"\r\n" in (dossier / "BASE_TD_FILO_IRIS_2021_DISP.csv").read_bytes()
    assert iris_2021["DISP_GI21"].str.match(r"^(0,\d{3}|ns|nd)$").all()
    assert iris_2018["DISP_GI18"].str.match(r"^0\.\d{1,3}$").all()


def test_les_trois_masques_de_2021(iris_2021, ville):
    assert {"s", "ns", "nd"} <= set(iris_2021["DISP_TP6021"])
    for code, ligne in iris_2021.iterrows():
        cases = ligne[[c for c in ligne.index if "NOTE" not in c and "INCERT" not in c]]
        if ligne["DISP_TP6021"] in {"ns", "nd"}:
            assert set(cases) == {ligne["DISP_TP6021"]}, code
        else:
            assert not set(cases.drop("DISP_TP6021")) & {"s", "ns", "nd"}, code
    effectifs = filosofi.menages_fiscaux(ville.etats[1]).groupby("iris")["personnes"].sum()
    petits = effectifs.index[effectifs < parametres.SEUIL_PERSONNES_IRIS]
    assert len(petits) >= 2
    assert (iris_2021.loc[petits, "DISP_MED21"] == "ns").all()


def test_millesime_2018_vide_ou_absent(iris_2018, iris_2021):
    absents = set(iris_2021.index) - set(iris_2018.index)
    assert absents >= set(iris_2021.index[iris_2021["DISP_TP6021"] == "ns"])
    assert iris_2018["DISP_TP6018"].isna().any()
    assert iris_2018["DISP_MED18"].notna().all()


@pytest.mark.parametrize("millesime", [2018, 2021])
def test_aucun_taux_masque_ne_se_deduit_de_la_commune(ville, millesime):
    statuts = filosofi.statuts_iris(ville, millesime)
    caches = (statuts != "diffuse").groupby(statuts.index.str[:5]).sum()
    assert sorted(caches.index) == ["00001", "00003"]
    assert (caches != 1).all()


def test_masquage_secondaire_choisit_le_plus_petit():
    menages = pd.DataFrame(
        {"iris": ["000030101"] * 3 + ["000030102"] + ["000030103"] * 2, "personnes": 1.0}
    )
    statuts = pd.Series({"000030101": "s", "000030102": "diffuse", "000030103": "diffuse"})
    resultat = filosofi._masquer_secondairement(statuts, menages)
    assert resultat.to_dict() == {"000030101": "s", "000030102": "s", "000030103": "diffuse"}
    assert statuts["000030102"] == "diffuse"


def test_valeurs_publiees_par_iris_conformes_a_la_verite(iris_2021, verite):
    vrai = verite[(verite["type_territoire"] == "iris") & (verite["millesime"] == 2021)]
    vrai = vrai.pivot_table(index="code_territoire", columns="indicateur", values="valeur")
    mediane = pd.to_numeric(iris_2021["DISP_MED21"], errors="coerce").dropna()
    assert len(mediane) > 30
    assert (mediane - vrai.loc[mediane.index, "niveau_vie_median"]).abs().max() <= 5.0 + 1e-6
    taux = pd.to_numeric(iris_2021["DISP_TP6021"].str.replace(",", "."), errors="coerce").dropna()
    assert (taux - vrai.loc[taux.index, "taux_pauvrete"]).abs().max() <= 0.5 + 1e-9


def test_communes(dossier, verite):
    table = pd.read_csv(dossier / "cc_filosofi_2021_COM.csv", sep=";", dtype=str)
    assert list(table.columns) == COMMUNES_2021
    assert table["CODGEO"].tolist() == ["00001", "00002", "00003"]
    vrai = verite.query(
        "code_territoire == '00001' and indicateur == 'taux_pauvrete' and millesime == 2021"
    )
    assert float(table.loc[0, "TP6021"].replace(",", ".")) == pytest.approx(
        vrai["valeur"].iloc[0], abs=0.5
    )


def test_quartiers_un_masque_et_une_ligne_nationale(dossier):
    table = pd.read_csv(
        dossier / "revenus_pauvrete_2021_qp24_v2.csv", sep=";", dtype=str
    ).set_index("CODGEO")
    assert table.index.tolist() == ["00", *parametres.QPV_2024]
    assert {"DISP_MED_A21", "DISP_TP60_A21", "DISP_D1_A21", "DISP_D9_A21", "DISP_GI_A21"} <= set(
        table.columns
    )
    masque = table.loc["QN00003M"].drop("LIBGEO")
    assert masque["DISP_TP60_A21"] == "s"
    assert set(masque.drop("DISP_TP60_A21")) == {"nd"}
    assert not table.drop("QN00003M").isin(["s", "nd", "ns"]).any().any()


def test_carreaux_alignes_et_complets(grille, ville):
    assert tuple(grille.columns) == carreaux.ORDRE
    coins = grille["idcar_200m"].str.extract(r"^CRS3035RES200mN(\d+)E(\d+)$").astype(int)
    assert (coins % 200 == 0).all().all()
    menages = filosofi.menages_fiscaux(ville.etats[1])
    assert grille["ind"].sum() == menages["personnes"].sum()
    assert grille["men"].sum() == len(menages)
    formes = gpd.GeoSeries(
        shapely.box(coins[1], coins[0], coins[1] + 200, coins[0] + 200), crs=3035
    )
    emprise = ville.tissu.iris.to_crs(3035).union_all()
    assert formes.intersects(emprise).all()


def test_carreaux_imputes_sous_onze_menages(grille, ville):
    imputes = grille["i_est_200"] == 1
    assert (imputes == (grille["men"] < 11)).all()
    assert 0.2 < imputes.mean() < 0.9
    # L’imputation répartit, elle n’invente rien : les totaux sont conservés.
    menages = filosofi.menages_fiscaux(ville.etats[1])
    pauvres = (menages["niveau_vie"] < parametres.SEUILS_PAUVRETE[2021]).sum()
    assert grille["men_pauv"].sum() == pytest.approx(pauvres, rel=0.01)
    # Au sein d’un groupe imputé, le taux est le même partout : rien de propre à un petit carreau.
    ages = [c for c in grille.columns if c.startswith("ind_") and c not in {"ind_snv", "ind_inc"}]
    np.testing.assert_allclose(grille[ages].sum(axis=1), grille["ind"], atol=0.5)
    naturels = grille[imputes].merge(
        grille.groupby("idcar_1km", as_index=False)["men"].sum().rename(columns={"men": "men_km"}),
        on="idcar_1km",
        validate="m:1",
    )
    assert (naturels.loc[naturels["men_km"] >= 11, "idcar_nat"].str.contains("RES1000m")).all()
    assert not naturels["idcar_nat"].str.contains("RES200m").any()


@given(st.lists(st.floats(1.0, 1e6), min_size=2, max_size=60), st.floats(0.1, 10.0))
def test_gini_borne_et_sans_echelle(valeurs, facteur):
    triees = np.sort(np.array(valeurs))
    gini = distributions.indice_gini(triees)
    assert -1e-9 <= gini < 1.0
    assert distributions.indice_gini(triees * facteur) == pytest.approx(gini, abs=1e-9)


def test_gini_valeurs_connues():
    assert distributions.indice_gini(np.array([5.0, 5.0, 5.0])) == pytest.approx(0.0)
    assert distributions.indice_gini(np.array([0.0, 0.0, 0.0, 8.0])) == pytest.approx(0.75)
    assert distributions.indice_gini(np.array([1.0, 2.0, 3.0])) == pytest.approx(2.0 / 9.0)
