"""Quartiers réunis, écart et rang des villes, centile, et la phrase qui les dit."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.cartes.villes import comparer_ecarts, phrase_rang, phrase_villes
from observatoire.catalogue import charger_catalogue
from observatoire.indicateurs.rangs import centile_parmi
from observatoire.indicateurs.verdicts import donner_verdicts
from observatoire.indicateurs.villes import _reunir, classer_villes


@pytest.fixture(scope="module")
def catalogue():
    return charger_catalogue()


def _quartiers(*lignes, indicateur="taux_pauvrete"):
    colonnes = [
        "code_commune",
        "valeur",
        "effectif",
        "part_ville",
        "statut",
        "borne_basse",
        "borne_haute",
    ]
    table = pd.DataFrame(lignes, columns=colonnes)
    return table.assign(
        code_territoire=[f"q{k}" for k in range(len(table))],
        indicateur=indicateur,
        millesime=2021,
        methode=np.where(table["statut"] == "estime", "calee", "publie"),
        bornes_seules=False,
    )


def test_les_quartiers_sont_peses_par_leurs_habitants(catalogue):
    lignes = _quartiers(
        ("a", 50.0, 1000.0, 1.0, "publie", np.nan, np.nan),
        ("a", 40.0, 3000.0, 1.0, "estime", 35.0, 47.0),
    )
    ligne = _reunir(lignes, catalogue).iloc[0]
    assert ligne["valeur"] == pytest.approx(42.5)
    # 50 est publié au point : de 49,5 à 50,5.
    assert ligne["borne_basse"] == pytest.approx((49.5 + 3 * 35) / 4)
    assert ligne["borne_haute"] == pytest.approx((50.5 + 3 * 47) / 4)
    assert (ligne["qpv_publies"], ligne["qpv_estimes"], ligne["statut"]) == (1, 1, "estime")


def test_d_un_quartier_a_cheval_seule_la_part_de_la_ville_compte(catalogue):
    lignes = _quartiers(
        ("a", 50.0, 1000.0, 1.0, "publie", np.nan, np.nan),
        ("a", 30.0, 4000.0, 0.25, "publie", np.nan, np.nan),
    )
    ligne = _reunir(lignes, catalogue).iloc[0]
    assert ligne["valeur"] == pytest.approx(40.0)
    assert ligne["quartier_propre"]


def test_un_quartier_masque_n_est_pas_un_zero(catalogue):
    lignes = _quartiers(
        ("a", 50.0, 900.0, 1.0, "publie", np.nan, np.nan),
        ("a", np.nan, 600.0, 1.0, "secret", np.nan, np.nan),
        ("b", 50.0, 100.0, 1.0, "publie", np.nan, np.nan),
        ("b", np.nan, 600.0, 1.0, "secret", np.nan, np.nan),
    )
    table = _reunir(lignes, catalogue).set_index("code_commune")
    assert table.loc["a", "valeur"] == pytest.approx(50.0)
    assert table.loc["a", "part_couverte"] == pytest.approx(0.6)
    assert np.isnan(table.loc["b", "valeur"])
    assert table.loc["b", "statut"] == "secret"


def test_une_mediane_ne_se_combine_pas(catalogue):
    un = ("a", 14_000.0, 900.0, 1.0, "publie", np.nan, np.nan)
    seul = _reunir(_quartiers(un, indicateur="niveau_vie_median"), catalogue).iloc[0]
    assert (seul["valeur"], seul["statut"]) == (14_000.0, "publie")
    deux = _reunir(_quartiers(un, un, indicateur="niveau_vie_median"), catalogue).iloc[0]
    assert np.isnan(deux["valeur"])
    assert deux["statut"] == "absent"


quartiers = st.lists(
    st.tuples(st.floats(0, 100), st.floats(1, 1e4), st.floats(0.1, 1)), min_size=2, max_size=8
)


@settings(max_examples=25, deadline=None)
@given(quartiers)
def test_la_reunion_est_entre_ses_quartiers_et_sans_ordre(lignes):
    catalogue = charger_catalogue()
    lues = [("a", v, n, p, "publie", np.nan, np.nan) for v, n, p in lignes]
    droite = _reunir(_quartiers(*lues), catalogue)["valeur"].iloc[0]
    envers = _reunir(_quartiers(*lues[::-1]), catalogue)["valeur"].iloc[0]
    valeurs = [v for v, _, _ in lignes]
    assert min(valeurs) - 1e-9 <= droite <= max(valeurs) + 1e-9
    assert droite == pytest.approx(envers)


def _villes(catalogue, *lignes, indicateur="taux_pauvrete"):
    """Code, valeur des QPV, demi-largeur, valeur de la ville."""
    reunis = pd.DataFrame(
        {
            "code_commune": [c for c, *_ in lignes],
            "indicateur": indicateur,
            "millesime": 2021,
            "valeur": [v for _, v, _, _ in lignes],
            "statut": "estime",
            "methode": "quartiers_reunis",
            "borne_basse": [v - d for _, v, d, _ in lignes],
            "borne_haute": [v + d for _, v, d, _ in lignes],
            "part_couverte": 1.0,
            "bornes_seules": False,
            "quartier_propre": True,
            "effectif": 1000.0,
            "qpv_publies": 1,
            "qpv_estimes": 1,
            "qpv_inconnus": 0,
            "note": "",
        }
    )
    references = pd.DataFrame(
        {
            "code_commune": [c for c, *_ in lignes],
            "indicateur": indicateur,
            "millesime": 2021,
            "reference": "ville",
            "valeur": [w for *_, w in lignes],
        }
    )
    noms = pd.Series({c: c for c, *_ in lignes})
    return classer_villes(reunis, references, noms, catalogue)


def test_rang_et_rangs_que_permettent_les_intervalles(catalogue):
    table = _villes(
        catalogue,
        ("Angers", 50.0, 1.0, 20.25),
        ("Rennes", 49.0, 1.0, 20.25),
        ("Reims", 30.0, 1.0, 20.25),
    ).set_index("code_commune")
    assert table["rang"].tolist() == [1, 2, 3]
    assert table["rang_min"].tolist() == [1, 1, 3]
    assert table["rang_max"].tolist() == [2, 2, 3]
    assert table.loc["Angers", "ecart"] == pytest.approx(29.75)
    assert table.loc["Angers", "ecart_relatif"] == pytest.approx(50 / 20.25)


def test_le_rang_suit_le_sens(catalogue):
    table = _villes(
        catalogue,
        ("Angers", 14_000.0, 10.0, 22_000.0),
        ("Reims", 18_000.0, 10.0, 22_000.0),
        indicateur="niveau_vie_median",
    ).set_index("code_commune")
    assert table["rang"].to_dict() == {"Angers": 1, "Reims": 2}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 60), st.floats(0, 10)), min_size=1, max_size=12))
def test_le_rang_est_dans_ses_bornes(lignes):
    table = _villes(
        charger_catalogue(), *[(f"v{k}", v, d, 10.25) for k, (v, d) in enumerate(lignes)]
    )
    assert (table["rang_min"] <= table["rang"]).all()
    assert (table["rang"] <= table["rang_max"]).all()


def test_la_phrase_ne_depasse_pas_les_intervalles(catalogue):
    indicateur = catalogue.indicateurs["taux_pauvrete"]
    table = _villes(
        catalogue,
        ("Grenoble", 47.5, 0.5, 21.0),
        ("Rennes", 47.0, 0.5, 21.0),
        ("Saint-Étienne", 45.0, 0.5, 28.0),
        ("Le Mans", 58.0, 0.5, 22.0),
    )
    phrase = phrase_villes(table.iloc[0], table.iloc[1:], indicateur)
    assert phrase == (
        "À Grenoble, le taux de pauvreté des quartiers prioritaires dépasse de 26,5\xa0points celui de la "
        "ville (2021). Cet écart est plus grand qu’à Saint-Étienne et plus petit qu’au Mans\u202f; "
        "il ne se distingue pas nettement de celui de Rennes."
    )
    assert comparer_ecarts(table.iloc[0], table.iloc[1], indicateur) == "indistinct"
    assert "entre 2\xa0et 3\xa0parmi les 4\xa0villes" in phrase_rang(
        table.iloc[0], est_nationale=True
    )


def test_une_ville_trop_incertaine_est_dite(catalogue):
    indicateur = catalogue.indicateurs["taux_pauvrete"]
    table = _villes(catalogue, ("Grenoble", 47.5, 0.5, 21.0), ("Rennes", 47.0, 0.5, 21.0))
    table["bornes_seules"] = [False, True]
    assert "On ne peut rien en dire pour Rennes" in phrase_villes(
        table.iloc[0], table.iloc[1:], indicateur
    )
    assert "n’est pas assez connu" in phrase_villes(table.iloc[1], table.iloc[:1], indicateur)


def test_centile_connu():
    repere = np.array([10.0, 20.0, 20.0, 40.0, np.nan])
    valeurs = np.array([5.0, 10.0, 20.0, 50.0, np.nan])
    np.testing.assert_allclose(centile_parmi(valeurs, repere), [0.0, 12.5, 50.0, 100.0, np.nan])
    assert np.isnan(centile_parmi(valeurs, np.array([np.nan]))).all()


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_centiles_d_une_population_parmi_elle_meme(valeurs):
    tableau = np.array(valeurs)
    centiles = centile_parmi(tableau, tableau)
    assert centiles.mean() == pytest.approx(50.0)
    assert ((centiles > 0) & (centiles < 100)).all()


def test_une_reference_incertaine_rend_l_ecart_indicatif():
    table = pd.DataFrame(
        {
            "valeur": [16.0],
            "statut": "publie",
            "methode": "publie",
            "borne_basse": np.nan,
            "borne_haute": np.nan,
            "bornes_seules": False,
            "type_territoire": "qpv",
            "code_commune": "a",
            "indicateur": "taux_pauvrete",
            "millesime": 2021,
        }
    )
    sure = donner_verdicts(table, "pct", valeur_reference=14.0)
    incertaine = donner_verdicts(table, "pct", valeur_reference=14.0, imprecision=1.4)
    assert (sure.tolist(), incertaine.tolist()) == (["ecart_net"], ["ecart_indicatif"])
