"""Communes refaites à partir de leurs IRIS : cas connus, poids calés, chiffres réels."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.erreurs import ErreurDonnees
from observatoire.estimation import Lognormale
from observatoire.estimation.reconstitution import (
    MESURES,
    ajuster_iris,
    caler_poids_sur_le_taux,
    erreurs_de_reconstitution,
    reconstituer,
)

SEUIL = 13_890.0
A, B = Lognormale(14_000, 0.40), Lognormale(30_000, 0.50)


def ligne(loi: Lognormale) -> dict[str, float]:
    d1, q1, mediane, q3, d9 = (float(loi.quantile(p)) for p in (0.1, 0.25, 0.5, 0.75, 0.9))
    return {
        "d1": d1,
        "q1": q1,
        "mediane": mediane,
        "q3": q3,
        "d9": d9,
        "gini": loi.gini(),
        "taux_pauvrete": 100 * float(loi.repartition(SEUIL)),
        "rapport_interdecile": d9 / d1,
    }


def ville(masque: bool = False) -> tuple[pd.DataFrame, pd.Series]:
    """Une commune de deux IRIS connus, et d’un troisième masqué si on le demande."""
    lignes = {"380010101": ligne(A), "380010102": ligne(B)}
    if masque:
        lignes["380010103"] = dict.fromkeys(lignes["380010101"], np.nan)
    iris = pd.DataFrame.from_dict(lignes, orient="index")
    return iris, pd.Series("38001", index=iris.index)


def test_la_commune_de_deux_lognormales() -> None:
    """Réponses connues de la méthode : médiane 19 644,28 €, 27,6953 % sous le seuil."""
    iris, communes = ville()
    table = reconstituer(iris, communes, seuil=SEUIL).loc["38001"]
    assert list(table.index) == ["moyenne", "melange"]
    assert table.loc["melange", "mediane"] == pytest.approx(19_644.28, abs=0.01)
    assert table.loc["melange", "taux_pauvrete"] == pytest.approx(27.6953, abs=1e-3)
    assert table.loc["moyenne", "mediane"] == pytest.approx(22_000)
    # Le taux de pauvreté se mélange exactement : la moyenne des taux est la part du mélange.
    assert table.loc["moyenne", "taux_pauvrete"] == pytest.approx(27.6953, abs=1e-3)
    assert (table["iris"] == 2).all()


def test_les_methodes_calees_redonnent_le_taux_publie() -> None:
    iris, communes = ville()
    publies = pd.Series({"38001": 35.0})
    table = reconstituer(iris, communes, seuil=SEUIL, taux_publies=publies).loc["38001"]
    cales = table.loc[["moyenne_calee", "melange_cale", "aligne"], "taux_pauvrete"]
    np.testing.assert_allclose(cales, 35, atol=1e-6)
    assert (
        table.loc[["melange_cale", "aligne"], "mediane"] < table.loc["melange", "mediane"]
    ).all()
    rapports = table.loc[["melange", "aligne"], "rapport_interdecile"]
    assert rapports.iloc[0] == pytest.approx(rapports.iloc[1], rel=1e-9)


def test_un_iris_masque_est_compte_et_non_nul() -> None:
    iris, communes = ville(masque=True)
    table = reconstituer(iris, communes, seuil=SEUIL).loc["38001"]
    assert (table["iris"] == 3).all()
    assert (table["iris_connus"] == 2).all()
    assert table.loc["melange", "mediane"] == pytest.approx(19_644.28, abs=0.01)
    assert set(ajuster_iris(iris)) == {"380010101", "380010102"}


def test_une_commune_toute_masquee_n_est_pas_refaite() -> None:
    iris, communes = ville()
    assert reconstituer(iris * np.nan, communes, seuil=SEUIL).empty


def test_erreurs_de_reconstitution_a_la_main() -> None:
    index = pd.MultiIndex.from_product(
        [["38001", "38002", "38003"], ["melange"]], names=["territoire", "methode"]
    )
    refaites = pd.DataFrame(
        {m: [110.0, 95.0, 100.0] for m in MESURES} | {"iris": 3.0, "iris_connus": [3.0, 2.0, 3.0]},
        index=index,
    )
    publies = pd.DataFrame({m: [100.0, 100.0, np.nan] for m in MESURES}, index=[*"123"])
    publies.index = ["38001", "38002", "38003"]
    table = erreurs_de_reconstitution(refaites, publies).set_index(["ensemble", "mesure"])
    for mesure in MESURES:
        assert table.loc[("tous", mesure), "n"] == 2
        assert table.loc[("tous", mesure), "biais"] == pytest.approx(2.5)
        assert table.loc[("tous", mesure), "eam"] == pytest.approx(7.5)
        assert table.loc[("tous", mesure), "p90"] == pytest.approx(9.5)
        assert table.loc[("sans masque", mesure), "biais"] == pytest.approx(10)


def test_une_colonne_absente_est_dite() -> None:
    iris, communes = ville()
    with pytest.raises(ErreurDonnees) as faute:
        reconstituer(iris.drop(columns=["gini", "d9"]), communes, seuil=SEUIL)
    assert "gini" in str(faute.value)
    assert "d9" in str(faute.value)


@given(st.lists(st.integers(2, 60), min_size=2, max_size=12), st.floats(0.05, 0.95))
@settings(max_examples=60, deadline=None)
def test_les_poids_cales_redonnent_le_taux(taux, position) -> None:
    bas, haut = min(taux), max(taux)
    cible = bas + position * (haut - bas)
    poids = caler_poids_sur_le_taux(taux, cible)
    assert poids.sum() == pytest.approx(1)
    assert (poids >= 0).all()
    if bas < haut:
        assert poids @ np.array(taux, float) == pytest.approx(cible, abs=1e-6)
    rangs = np.argsort(taux, kind="stable")
    pas = np.diff(poids[rangs])
    assert (pas >= -1e-12).all() or (pas <= 1e-12).all()


@pytest.mark.parametrize("cible", [5.0, 10.0, 30.0, 40.0])
def test_une_cible_hors_d_atteinte_garde_des_poids_egaux(cible) -> None:
    np.testing.assert_allclose(caler_poids_sur_le_taux([10, 20, 30], cible), 1 / 3)


# Erreurs du banc sur une commune divisée sur quatre : (biais maximal, erreur moyenne, 9e décile).
PROMESSES = {
    ("mediane", "melange"): (0.6, 1.3, 3.3),
    ("mediane", "melange_cale"): (0.3, 0.85, 1.8),
    ("d1", "melange"): (0.6, 1.8, 4.0),
    ("d9", "melange"): (0.7, 1.5, 3.3),
    ("rapport_interdecile", "melange"): (0.7, 1.9, 3.9),
    ("taux_pauvrete", "melange"): (0.3, 0.9, 2.0),
}


@pytest.fixture(scope="module")
def banc():
    """Le banc dont la méthode cite les chiffres."""
    chemin = Path(__file__).resolve().parents[1] / "bancs" / "banc_distributions.py"
    specification = importlib.util.spec_from_file_location("banc_distributions", chemin)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.reel
@pytest.mark.lent
@pytest.mark.parametrize(("part", "erreur"), [(0.5, 2.5), (0.0, 3.1)])
def test_l_alignement_retrouve_la_mediane_d_un_iris_pauvre(
    banc, donnees_reelles: Path, part, erreur
) -> None:
    """Le mélange manque 4 à 9 points de pauvreté dans ces départements ; aligné, sa médiane redevient juste.

    D9/D1, lui, garde l’erreur du mélange : l’essai le dit pour qu’on ne l’affiche pas.
    """
    iris, communes, _ = banc.lire(donnees_reelles)
    departements = ("13", "59", "69", "93")
    table = banc.retrouver_iris_pauvres(
        iris, communes[communes.str.startswith(departements)], part=part
    )
    assert len(table) > 300
    assert table["taux manquant"].mean() > 4
    eam = table.abs().mean()
    assert abs(table["mediane", "aligné"].mean()) < 1.5
    assert eam["mediane", "aligné"] < erreur
    assert eam["mediane", "aligné"] < 0.4 * eam["mediane", "mélange"]
    assert table["rapport_interdecile", "aligné"].mean() > 5


@pytest.mark.reel
@pytest.mark.lent
def test_les_communes_reelles_refaites_a_partir_de_leurs_iris(banc, donnees_reelles: Path) -> None:
    iris, communes, publies = banc.lire(donnees_reelles)
    retenues = sorted(set(communes))[::4]
    communes = communes[communes.isin(retenues)]
    refaites = reconstituer(
        iris.loc[communes.index], communes, seuil=SEUIL, taux_publies=publies["taux_pauvrete"]
    )
    erreurs = erreurs_de_reconstitution(refaites, publies)
    table = erreurs.set_index(["ensemble", "mesure", "methode"])
    for (mesure, methode), (biais, eam, p90) in PROMESSES.items():
        for ensemble, minimum in (("tous", 450), ("sans masque", 280)):
            ligne = table.loc[(ensemble, mesure, methode)]
            assert ligne["n"] > minimum
            assert abs(ligne["biais"]) < biais
            assert ligne["eam"] < eam
            assert ligne["p90"] < p90
    for ensemble in ("tous", "sans masque"):
        # À poids égaux, le mélange bat la moyenne des chiffres d’IRIS partout hors de la médiane,
        # où l’erreur des poids domine ; une fois les poids calés, il l’y bat aussi.
        for mesure, facteur in (("d1", 0.7), ("d9", 0.9), ("rapport_interdecile", 0.6)):
            erreur = table["eam"].loc[ensemble].loc[mesure]
            assert erreur["melange"] < facteur * erreur["moyenne"]
        erreur = table["eam"].loc[ensemble].loc["mediane"]
        assert erreur["melange"] < 1.05 * erreur["moyenne"]
        assert erreur["melange_cale"] < 0.9 * erreur["moyenne_calee"]
