"""Effet du contour et évolution de la situation : réponses connues, somme exacte, vérité."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from observatoire.catalogue import charger_catalogue
from observatoire.indicateurs import decomposer
from observatoire.territoires import apparier_anciens, code_actuel, code_ancien, sans_anciens

CATALOGUE = charger_catalogue()
EFFETS = ["effet_contour", "evolution_situation", "evolution_totale"]


def _contour(contour, millesime, valeur, demi=2.0, **champs):
    return {
        "code_territoire": "QN00001M", "contour": contour, "indicateur": "taux_pauvrete",
        "millesime": millesime, "valeur": valeur, "statut": "estime", "methode": "calee",
        "borne_basse": valeur - demi, "borne_haute": valeur + demi, "bornes_seules": False,
        "part_dessinee": 1.0, **champs,
    }  # fmt: skip


def _decomposer(ancien, debut, fin, *, identique=False, contours_2015="QP000001", **champs):
    evolutions = pd.DataFrame(
        [
            {
                "code_territoire": "QN00001M", "type_territoire": "qpv", "nom": "A", "code_commune": "00001",
                "indicateur": "taux_pauvrete", "millesime_debut": 2018, "millesime_fin": 2021,
                "comparaison": "annotee",
            }
        ]
    )  # fmt: skip
    appariements = pd.DataFrame(
        [("QN00001M", contours_2015, "correspondance", identique)],
        columns=["code_territoire", "contours_2015", "appariement", "identique"],
    )
    contours = pd.DataFrame(
        [
            _contour(2015, 2018, ancien, **champs),
            _contour(2024, 2018, debut),
            _contour(2024, 2021, fin),
        ]
    )
    (ligne,) = decomposer(contours, appariements, evolutions, CATALOGUE).to_dict("records")
    return ligne


def test_reponse_connue():
    ligne = _decomposer(40.0, 46.0, 43.0)
    assert [ligne[e] for e in EFFETS] == [6.0, -3.0, 3.0]
    # Deux intervalles de ± 2 indépendants : ± 2√2.
    assert ligne["effet_contour_basse"] == pytest.approx(6 - 2 * np.sqrt(2))
    assert ligne["effet_contour_haute"] == pytest.approx(6 + 2 * np.sqrt(2))
    assert ligne["verdict_contour"] == "ecart_net"
    assert ligne["millesime_contour"] == 2018
    assert ligne["motif"] == ""


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 100), st.floats(0, 100), st.floats(0, 100))
def test_la_somme_est_exacte(ancien, debut, fin):
    ligne = _decomposer(ancien, debut, fin)
    assert ligne["effet_contour"] + ligne["evolution_situation"] == ligne["evolution_totale"]
    assert ligne["evolution_totale"] == pytest.approx(fin - ancien, abs=1e-9)


def test_un_contour_inchange_n_a_aucun_effet():
    ligne = _decomposer(40.001, 40.0, 43.0, identique=True)
    assert (ligne["effet_contour"], ligne["effet_contour_basse"], ligne["effet_contour_haute"]) == (
        0,
        0,
        0,
    )
    assert ligne["evolution_totale"] == ligne["evolution_situation"] == 3.0


@pytest.mark.parametrize(
    ("champs", "motif"),
    [
        ({"contours_2015": ""}, "pas de contour de 2015"),
        ({"bornes_seules": True}, "habitants d’à côté"),
        ({"methode": "surface"}, "même méthode"),
        ({"statut": "secret"}, "n’a pas d’estimation"),
        ({"part_dessinee": 0.5}, "sort des communes"),
    ],
)
def test_sans_deux_estimations_aucun_nombre_et_la_raison(champs, motif):
    ligne = _decomposer(40.0, 46.0, 43.0, **champs)
    assert motif in ligne["motif"]
    assert all(np.isnan(ligne[e]) for e in EFFETS)
    assert ligne["verdict_contour"] == ligne["verdict_situation"] == "non_interpretable"


def _couche(**formes):
    return gpd.GeoDataFrame(
        {"code_territoire": list(formes), "nom": "A", "communes": "00001"},
        geometry=list(formes.values()), crs=2154,
    )  # fmt: skip


def test_appariement_officiel_puis_par_recouvrement():
    actuels = _couche(
        QN00001M=box(0, 0, 10, 10), QN00002M=box(20, 0, 30, 10), QN00003M=box(50, 0, 60, 10)
    )
    anciens = _couche(
        QP000001=box(0, 0, 5, 10), QP000002=box(5, 0, 10, 10), QP000003=box(21, 0, 33, 10)
    )
    correspondance = pd.DataFrame(
        [("QN00001M", "QP000001"), ("QN00001M", "QP000002"), ("QN00003M", "")],
        columns=["code_2024", "code_2015"],
    )
    resultat = apparier_anciens(actuels, anciens, correspondance)
    table = resultat.appariements.set_index("code_territoire")
    assert table["contours_2015"].to_dict() == {
        "QN00001M": "QP000001+QP000002", "QN00002M": "QP000003", "QN00003M": "",
    }  # fmt: skip
    assert table["appariement"].tolist() == ["correspondance", "recouvrement", "correspondance"]
    # La réunion des deux anciens quartiers est exactement le nouveau.
    assert table["identique"].tolist() == [True, False, False]
    assert resultat.contours["code_territoire"].tolist() == [
        code_ancien("QN00001M"),
        code_ancien("QN00002M"),
    ]
    assert resultat.contours.crs == actuels.crs


def test_les_anciens_contours_ne_sont_pas_dans_les_poids_publies(edition_fictive):
    poids = pd.read_parquet(edition_fictive.dossier / "poids.parquet")
    assert len(sans_anciens(poids)) == len(poids)
    assert code_actuel(code_ancien("QN00001M")) == "QN00001M"
    types = set(edition_fictive.resultats["type_territoire"])
    assert types >= {"commune", "iris", "qpv", "secteur"}
    assert not [t for t in types if "ancien" in t]
    codes = edition_fictive.resultats["code_territoire"]
    assert not codes.isin([code_ancien("QN00001M"), code_ancien("QN00002M")]).any()


def test_la_ville_fictive_decomposee(edition_fictive):
    table = edition_fictive.complement("decompositions")
    assert set(table["code_territoire"]) == set(edition_fictive.couches["qpv"]["code_territoire"])
    dites = table[table["motif"] == ""]
    assert len(dites)
    np.testing.assert_array_equal(
        dites["effet_contour"] + dites["evolution_situation"], dites["evolution_totale"]
    )
    assert table.loc[table["motif"] != "", EFFETS].isna().all(axis=None)
    assert (table["code_commune"] == "00001").all()
