"""Ville hors QPV et écarts : réponses connues."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.catalogue import charger_catalogue
from observatoire.indicateurs import calculer_ecarts, joindre_ecarts, valeurs_hors_quartiers


def valeur_hors_quartiers(ville, valeurs, parts):
    quartiers = pd.DataFrame({"code_commune": "00001", "valeur": valeurs, "part": parts})
    return valeurs_hors_quartiers(pd.Series({"00001": ville}), quartiers)["00001"]


def test_chaque_ville_n_a_que_ses_quartiers():
    villes = pd.Series({"00001": 23.0, "00002": 30.0, "00003": 12.0})
    quartiers = pd.DataFrame(
        {
            "code_commune": ["00002", "00001", "00002"],
            "valeur": [50.0, 50.0, 40.0],
            "part": [0.2, 0.1, 0.3],
        }
    )
    # (30 − .2 × 50 − .3 × 40) / .5 = 16 ; la troisième ville n’a pas de quartier.
    hors = valeurs_hors_quartiers(villes, quartiers)
    assert hors["00001"] == pytest.approx(20.0)
    assert hors["00002"] == pytest.approx(16.0)
    assert np.isnan(hors["00003"])


def test_ville_hors_un_quartier():
    # p_ville = w p_q + (1 − w) p_hors : .1 × 50 + .9 × 20 = 23
    assert valeur_hors_quartiers(23.0, np.array([50.0]), np.array([0.1])) == pytest.approx(20.0)


def test_ecart_au_reste_et_ecart_a_la_ville():
    # écart au reste = (p_q − p_ville) / (1 − w), METHODES section 3
    hors = valeur_hors_quartiers(23.0, np.array([50.0]), np.array([0.1]))
    assert 50.0 - hors == pytest.approx((50.0 - 23.0) / (1 - 0.1))


def test_un_quartier_inconnu_rend_la_reference_inconnue():
    assert np.isnan(valeur_hors_quartiers(23.0, np.array([50.0, np.nan]), np.array([0.1, 0.1])))


def test_des_quartiers_qui_couvrent_toute_la_ville():
    assert np.isnan(valeur_hors_quartiers(23.0, np.array([23.0]), np.array([1.0])))


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0.001, 0.2)), min_size=1, max_size=4),
    st.floats(0, 100),
)
def test_la_ville_est_la_moyenne_ponderee_de_ses_deux_parties(quartiers, hors):
    valeurs, parts = (np.array(c) for c in zip(*quartiers, strict=True))
    ville = (parts * valeurs).sum() + (1 - parts.sum()) * hors
    assert valeur_hors_quartiers(ville, valeurs, parts) == pytest.approx(hors, abs=1e-6)


def _resultats(lignes):
    colonnes = ["code_territoire", "type_territoire", "indicateur", "millesime", "valeur", "statut"]
    table = pd.DataFrame(lignes, columns=colonnes)
    return table.assign(
        nom=table["code_territoire"],
        code_commune="00001",
        methode="publie",
        borne_basse=np.nan,
        borne_haute=np.nan,
        part_couverte=1.0,
        purete=1.0,
        bornes_seules=False,
        effectif=1000.0,
        precision_note="",
        source="",
    )


def _references(indicateur, ville, hors):
    return pd.DataFrame(
        {
            "code_commune": "00001",
            "indicateur": indicateur,
            "millesime": 2021,
            "reference": ["ville", "ville_hors_qpv"],
            "valeur": [ville, hors],
            "statut": "publie",
            "methode": "publie",
        }
    )


@pytest.fixture
def catalogue():
    return charger_catalogue()


def test_ecarts_en_points_en_rang_et_en_personnes(catalogue):
    resultats = _resultats(
        [
            ("00001", "commune", "taux_pauvrete", 2021, 20.0, "publie"),
            ("a", "qpv", "taux_pauvrete", 2021, 50.0, "publie"),
            ("b", "qpv", "taux_pauvrete", 2021, 35.0, "publie"),
            ("c", "qpv", "taux_pauvrete", 2021, np.nan, "secret"),
        ]
    )
    ecarts = calculer_ecarts(
        resultats, _references("taux_pauvrete", 20.0, 15.0), catalogue=catalogue
    )
    table = joindre_ecarts(resultats, ecarts).set_index("code_territoire")
    assert table.loc["a", "ecart"] == pytest.approx(30.0)
    assert table.loc["a", "ecart_relatif"] == pytest.approx(2.5)
    assert table.loc["a", "effectif_ecart"] == pytest.approx(300.0)
    assert table.loc[["a", "b"], "rang"].tolist() == [1, 2]
    assert table.loc["a", "rang_sur"] == 2
    assert table.loc["a", "verdict"] == "ecart_net"
    assert np.isnan(table.loc["c", "ecart"])
    assert np.isnan(table.loc["c", "rang"])
    assert table.loc["c", "verdict"] == "non_interpretable"
    hors = joindre_ecarts(resultats, ecarts, reference="ville_hors_qpv").set_index(
        "code_territoire"
    )
    assert hors.loc["a", "ecart"] == pytest.approx(35.0)


def test_une_valeur_qui_n_a_que_ses_bornes_n_est_pas_classee(catalogue):
    """Ni rang ni centile : le point que l’on ne montre pas ne range pas les autres."""
    resultats = _resultats(
        [
            ("a", "qpv", "taux_pauvrete", 2021, 50.0, "publie"),
            ("b", "qpv", "taux_pauvrete", 2021, 60.0, "estime"),
            ("c", "qpv", "taux_pauvrete", 2021, 35.0, "publie"),
            ("i", "iris", "taux_pauvrete", 2021, 40.0, "publie"),
        ]
    ).assign(bornes_seules=[False, True, False, False])
    ecarts = calculer_ecarts(
        resultats, _references("taux_pauvrete", 20.0, 15.0), catalogue=catalogue
    )
    table = joindre_ecarts(resultats, ecarts).set_index("code_territoire")
    assert table.loc[["a", "c"], "rang"].tolist() == [1, 2]
    assert table.loc["a", "rang_sur"] == 2
    assert table.loc["b", ["rang", "centile"]].isna().all()


def test_le_rang_suit_le_sens_de_l_indicateur(catalogue):
    resultats = _resultats(
        [
            ("riche", "iris", "niveau_vie_median", 2021, 30_000.0, "publie"),
            ("modeste", "iris", "niveau_vie_median", 2021, 14_000.0, "publie"),
        ]
    )
    ecarts = calculer_ecarts(
        resultats, _references("niveau_vie_median", 22_000.0, 24_000.0), catalogue=catalogue
    )
    rangs = ecarts[ecarts["reference"] == "ville"].set_index("code_territoire")["rang"]
    assert rangs["modeste"] == 1
    assert rangs["riche"] == 2


@pytest.mark.parametrize(
    ("bornes_seules", "methode", "bornes", "verdict"),
    [
        (False, "surface", (30.0, 60.0), "ecart_net"),
        (False, "surface", (15.0, 60.0), "ecart_indicatif"),
        (False, "surface", (np.nan, np.nan), "ecart_indicatif"),
        (True, "carreaux", (30.0, 60.0), "ecart_net"),
        (True, "carreaux", (15.0, 60.0), "non_interpretable"),
        (True, "surface", (30.0, 60.0), "non_interpretable"),
        (True, "carreaux", (np.nan, np.nan), "non_interpretable"),
    ],
)
def test_verdict_d_une_estimation(catalogue, bornes_seules, methode, bornes, verdict):
    resultats = _resultats([("a", "qpv", "taux_chomage_15_64", 2021, 45.0, "estime")])
    resultats = resultats.assign(
        bornes_seules=bornes_seules, methode=methode, borne_basse=bornes[0], borne_haute=bornes[1]
    )
    ecarts = calculer_ecarts(
        resultats, _references("taux_chomage_15_64", 20.0, 15.0), catalogue=catalogue
    )
    assert ecarts.loc[ecarts["reference"] == "ville", "verdict"].tolist() == [verdict]


def test_un_effectif_n_a_pas_d_ecart(catalogue):
    resultats = _resultats([("a", "iris", "population", 2021, 2000.0, "publie")])
    assert calculer_ecarts(
        resultats, _references("population", 50_000.0, np.nan), catalogue=catalogue
    ).empty


def test_l_ordre_des_lignes_est_sans_effet(catalogue):
    resultats = _resultats(
        [(f"i{k}", "iris", "taux_pauvrete", 2021, float(k), "publie") for k in range(10)]
    )
    references = _references("taux_pauvrete", 4.0, 3.0)
    endroit = calculer_ecarts(resultats, references, catalogue=catalogue)
    envers = calculer_ecarts(resultats.iloc[::-1], references, catalogue=catalogue)
    cles = ["reference", "code_territoire"]
    pd.testing.assert_frame_equal(
        endroit.sort_values(cles, ignore_index=True), envers.sort_values(cles, ignore_index=True)
    )
