"""Descripteurs d’un quartier : trois quartiers calculés à la main, et ce qui n’y change rien."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fabriques_calage import fabriquer, imputation_constante, melanger_les_lignes, statistiques
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.erreurs import ErreurDonnees
from observatoire.estimation.calage import decrire_donnees
from observatoire.estimation.calage.apprentissage import apprendre_communs
from observatoire.estimation.calage.descripteurs import PenteNationale, ajuster_pente, decrire
from observatoire.estimation.calage.statistiques import transformer

A, B, C, D, E = "111110101", "111110102", "111110103", "222220101", "222220102"
NATIONALE = PenteNationale(10.0, 40.0)
IRIS = {
    A: {"part_hlm": 60, "taux_pauvrete": 50},
    B: {"part_hlm": 10, "taux_pauvrete": 20},
    C: {"part_hlm": 30, "taux_pauvrete": 30},
    D: {"part_hlm": 40, "taux_pauvrete": 36},
    E: {"part_hlm": 0, "taux_pauvrete": 12},
}
SURFACES = pd.Series({A: 1e6, B: 1e6, C: 2e6, D: 1e6, E: 1e6})
PAIRES = [
    ("Q1", A, 200_000, 0.20),
    ("Q1", B, 50_000, 0.05),
    ("Q2", C, 500_000, 0.25),
    ("Q3", D, 600_000, 0.60),
    ("Q3", E, 400_000, 0.40),
]
TERRITOIRES = pd.DataFrame(
    {"surface_m2": [250_000.0, 500_000.0, 1e6, 4e5], "perimetre_m": [2000.0, 3000.0, 4000.0, 2e3]},
    index=["Q1", "Q2", "Q3", "Q9"],
)
# Droite de la commune 11111, deux IRIS fictifs sur la droite nationale :
# [5 1 ; 1 0,56] · [a, b] = [120, 45], donc a = 37/3 et b = 175/3.
RESTE = 37 / 3
PENTE = 175 / 3


def decrire_main(iris=IRIS, paires=PAIRES, territoires=TERRITOIRES) -> pd.DataFrame:
    poids = pd.DataFrame(
        paires, columns=["code_territoire", "code_iris", "surface_m2", "part_surface"]
    )
    brutes = transformer(statistiques(iris))
    return decrire(poids, SURFACES, territoires, brutes, imputation_constante(), NATIONALE)


ATTENDUS = {
    # Part couverte et forme.
    "forme_surface": np.log([250_000, 500_000, 1e6]),
    "forme_part_totale": np.log([0.125, 0.25, 0.5]),
    "forme_part_moyenne": [0.17, 0.25, 0.52],
    "forme_part_principal": [0.20, 0.25, 0.60],
    "forme_part_principal_log": np.log([0.20, 0.25, 0.60]),
    "forme_part_hlm": [10.04 / 52, 0.25, 15.44 / 26],
    "forme_part_par_part": [0.17, 0.25, 0.52],
    "forme_equivalent_iris": np.log([0.25, 0.25, 1.0]),
    "forme_nombre_iris": np.log([2, 1, 2]),
    "forme_nombre_entames": [1, 1, 2],
    "forme_concentration": [0.8, 1.0, 0.6],
    "forme_masque": [0, 0, 0],
    "forme_compacite": np.log([16, 18, 16]),
    "forme_quartiers_ville": np.log([2, 2, 1]),
    "forme_surface_quartiers_ville": np.log([750_000, 750_000, 1e6]),
    "forme_autres_quartiers": [0, 0, 0],
    # Composition, pondérée par le parc social probable du quartier.
    "iris_taux_pauvrete": [2528 / 52, 30, (25.2 * 36 + 0.8 * 12) / 26],
    "iris_part_hlm": [(49.6 * 60 + 2.4 * 10) / 52, 30, 25.2 * 40 / 26],
    "iris_mediane": np.log([20_000] * 3),
    # La ville autour.
    "ville_pauvrete": [100 / 3, 100 / 3, 24],
    "ville_pauvrete_max": [50, 50, 36],
    "ville_hlm": [100 / 3, 100 / 3, 20],
    "ville_rang": [0.8 + 0.2 / 3, 2 / 3, 0.6 + 0.4 / 2],
    "ville_nombre_iris": np.log([3, 3, 2]),
    # Le quartier si le reste de l’IRIS ressemblait au reste de la commune.
    "reste_part_hlm": [0.8 * 0.75 + 0.2 * 0.125, 0.375, 0.6 * 0.5 + 0.4 * 0.05],
    "reste_part_densite_3": [0.8 * 3 / 7 + 0.2 * 3 / 22, 0.5, 0.6 * 9 / 11 + 0.4 * 2 / 3],
    "reste_borne_hlm": [0.8 * 50 / 0.75 + 0.2 * 100, 80, 0.6 * 72 + 0.4 * 100],
    "reste_pauvrete_surface": [44, 30, 26.4],
    "reste_pauvrete_max": [50, 30, 36],
    "reste_pauvrete_max_entame": [50, 30, 36],
    "reste_hlm_couvert": [0.8 * 12 + 0.2 * 0.5, 7.5, 0.6 * 24],
}


@pytest.mark.parametrize("descripteur", ATTENDUS)
def test_descripteurs_calcules_a_la_main(descripteur) -> None:
    obtenus = decrire_main()[descripteur]
    assert list(obtenus.index) == ["Q1", "Q2", "Q3"]
    np.testing.assert_allclose(obtenus, ATTENDUS[descripteur], rtol=1e-12, atol=1e-12)


def test_pente_d_une_commune_ramenee_vers_la_droite_nationale() -> None:
    table = decrire_main()
    np.testing.assert_allclose(table.loc["Q2", ["pente_constante", "pente_pente"]], [RESTE, PENTE])
    assert table.loc["Q2", "pente_moitie"] == pytest.approx(RESTE + PENTE / 2)
    assert table.loc["Q2", "pente_tout_hlm"] == pytest.approx(RESTE + PENTE)
    assert table.loc["Q2", "reste_parc"] == pytest.approx(RESTE + 0.8 * PENTE)


def test_le_quartier_si_le_reste_ressemble_a_la_commune() -> None:
    """``p_q = p_r + (p_i − p_r) / s``, avec s = 0,375, 1/2 et 8/11 pour Q2."""
    table = decrire_main()
    for nom, s in [("hlm", 0.375), ("densite_3", 0.5), ("densite_8", 8 / 11)]:
        attendu = RESTE + (30 - RESTE) / s
        assert table.loc["Q2", f"reste_estime_{nom}"] == pytest.approx(attendu)
        assert table.loc["Q2", f"reste_estime_pese_{nom}"] == pytest.approx(attendu)
    deux = [RESTE + (50 - RESTE) / 0.75, RESTE + (20 - RESTE) / 0.125]
    assert table.loc["Q1", "reste_estime_hlm"] == pytest.approx(0.8 * deux[0] + 0.2 * deux[1])
    # Poids de la lecture par le parc : part de l’IRIS × (part de HLM + 2).
    lourds = np.array([0.2 * 62, 0.05 * 12])
    assert table.loc["Q1", "reste_estime_pese_hlm"] == pytest.approx(lourds @ deux / lourds.sum())


def test_un_territoire_sans_paire_n_est_pas_decrit() -> None:
    assert "Q9" not in decrire_main().index


def test_deux_quartiers_dans_un_meme_iris_se_voient() -> None:
    table = decrire_main(paires=[*PAIRES, ("Q9", A, 400_000, 0.4)])
    assert table.loc["Q9", "forme_autres_quartiers"] == pytest.approx(0.2)
    assert table.loc["Q1", "forme_autres_quartiers"] == pytest.approx(0.8 * 0.4)
    assert table.loc["Q1", "forme_quartiers_ville"] == pytest.approx(np.log(3))


@given(st.floats(-20, 30), st.floats(10, 80))
@settings(max_examples=20, deadline=None)
def test_une_commune_sans_revenu_ni_parc_connu_garde_la_droite_nationale(constante, pente) -> None:
    iris = IRIS | {k: {"part_hlm": np.nan} for k in (D, E)}
    poids = pd.DataFrame(
        PAIRES, columns=["code_territoire", "code_iris", "surface_m2", "part_surface"]
    )
    table = decrire(
        poids, SURFACES, TERRITOIRES, transformer(statistiques(iris)), imputation_constante(),
        PenteNationale(constante, pente),
    )  # fmt: skip
    assert table.loc["Q3", "pente_constante"] == pytest.approx(constante, abs=1e-9)
    assert table.loc["Q3", "pente_pente"] == pytest.approx(pente, abs=1e-9)


def test_une_grande_commune_a_sa_propre_droite() -> None:
    """Mille IRIS sur la droite 5 + 60 x : les deux IRIS fictifs ne pèsent presque plus."""
    hlm = np.linspace(0, 90, 1000)
    iris = {
        f"11111{i:04d}": {"part_hlm": h, "taux_pauvrete": 5 + 0.6 * h} for i, h in enumerate(hlm)
    }
    premier = next(iter(iris))
    poids = pd.DataFrame(
        [("Q1", premier, 1e5, 0.1)],
        columns=["code_territoire", "code_iris", "surface_m2", "part_surface"],
    )
    brutes = transformer(statistiques(iris))
    surfaces = pd.Series(1e6, index=list(iris))
    table = decrire(poids, surfaces, TERRITOIRES, brutes, imputation_constante(), NATIONALE)
    assert table.loc["Q1", "pente_constante"] == pytest.approx(5, abs=0.1)
    assert table.loc["Q1", "pente_pente"] == pytest.approx(60, abs=0.1)
    droite = ajuster_pente(brutes)
    assert (droite.constante, droite.pente) == pytest.approx((5, 60))


def test_un_iris_masque_n_est_pas_un_iris_sans_pauvrete() -> None:
    """Masqué : prédit par l’imputation (7 ici) et compté dans la part masquée. Jamais zéro."""
    masque = decrire_main(IRIS | {E: {"part_hlm": 0, "taux_pauvrete": np.nan}})
    nul = decrire_main(IRIS | {E: {"part_hlm": 0, "taux_pauvrete": 0}})
    assert masque.loc["Q3", "forme_masque"] == pytest.approx(0.4)
    assert nul.loc["Q3", "forme_masque"] == 0
    assert masque.loc["Q3", "reste_pauvrete_surface"] == pytest.approx(0.6 * 36 + 0.4 * 7)
    assert nul.loc["Q3", "reste_pauvrete_surface"] == pytest.approx(0.6 * 36)
    assert masque.loc["Q3", "ville_pauvrete"] == pytest.approx((36 + 7) / 2)


def test_un_iris_hors_des_tables_est_inconnu_et_non_nul() -> None:
    paires = [p for p in PAIRES if p[0] != "Q3"] + [("Q3", "333330101", 6e5, 0.6)]
    table = decrire_main(paires=paires)
    assert table.loc["Q3", "forme_masque"] == 1
    assert np.isnan(table.loc["Q3", "iris_taux_pauvrete"])
    assert np.isnan(table.loc["Q3", "reste_estime_densite_3"])
    assert table.loc["Q1"].equals(decrire_main().loc["Q1"])


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_l_ordre_des_lignes_est_sans_effet(graine) -> None:
    donnees, _, _ = fabriquer(communes=12)
    communs = apprendre_communs(donnees.statistiques)
    attendus = decrire_donnees(donnees, *communs)
    obtenus = decrire_donnees(melanger_les_lignes(donnees, graine), *communs)
    assert set(obtenus.index) == set(attendus.index)
    pd.testing.assert_frame_equal(obtenus.loc[attendus.index], attendus, rtol=1e-9, atol=1e-9)


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_l_ordre_des_paires_ne_change_pas_un_bit(graine) -> None:
    donnees, _, _ = fabriquer(communes=12)
    communs = apprendre_communs(donnees.statistiques)
    paires = donnees.poids.sample(frac=1, random_state=graine)
    pd.testing.assert_frame_equal(
        decrire_donnees(replace(donnees, poids=paires), *communs),
        decrire_donnees(donnees, *communs),
        check_exact=True,
    )


def test_une_statistique_absente_ou_un_code_en_double_est_refuse() -> None:
    donnees, _, _ = fabriquer(communes=12)
    table = donnees.statistiques.drop(columns=["part_hlm", "gini"])
    table = pd.concat([table, table.iloc[[0]]])
    with pytest.raises(ErreurDonnees) as faute:
        apprendre_communs(table)
    texte = str(faute.value)
    for mot in ("part_hlm", "gini", "en double", str(table.index[0])):
        assert mot in texte
