"""Le calage dans la chaîne : ordre des méthodes, intervalle, verdict, alignement de la médiane."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from observatoire.calages import charger_calage
from observatoire.domaine import Methode, Statut, Verdict
from observatoire.indicateurs.verdicts import donner_verdicts

VERITE = Path(__file__).parents[1] / "donnees" / "verite_ville_fictive.csv"
CALEES = {Methode.CALEE.value, Methode.CALEE_PUBLIE.value}


@pytest.fixture(scope="module")
def quartiers(edition_fictive):
    table = edition_fictive.resultats
    return table[table["type_territoire"] == "qpv"]


def _lignes(quartiers, indicateur):
    return quartiers[quartiers["indicateur"] == indicateur].set_index(
        ["code_territoire", "millesime"]
    )


def test_un_chiffre_publie_n_est_jamais_remplace(quartiers):
    pauvrete = _lignes(quartiers, "taux_pauvrete")
    publies = pauvrete[pauvrete["methode"] == Methode.PUBLIE.value]
    assert len(publies) == 4
    assert set(publies["statut"]) == {Statut.PUBLIE.value}


def test_le_quartier_masque_et_l_annee_sans_publication_sont_cales(quartiers):
    pauvrete = _lignes(quartiers, "taux_pauvrete")
    assert pauvrete.loc[("QN00003M", 2021), "methode"] == Methode.CALEE.value
    assert set(pauvrete.xs(2018, level="millesime")["methode"]) == {
        Methode.CALEE.value,
        Methode.CARREAUX.value,
    }


def test_un_quartier_d_iris_presque_entiers_garde_leur_somme(quartiers):
    pauvrete = _lignes(quartiers, "taux_pauvrete")
    ligne = pauvrete.loc[("QN00004M", 2018)]
    assert ligne["purete"] > 0.98
    assert ligne["methode"] == Methode.CARREAUX.value


def test_seuls_les_quartiers_prioritaires_sont_cales(edition_fictive):
    table = edition_fictive.resultats
    assert set(table.loc[table["methode"].isin(CALEES), "type_territoire"]) == {"qpv"}


def test_le_calage_approche_la_verite_et_son_intervalle_la_contient(quartiers):
    verite = pd.read_csv(VERITE, dtype={"code_territoire": str})
    cles = ["code_territoire", "indicateur", "millesime"]
    calees = quartiers[quartiers["methode"].isin(CALEES)].merge(
        verite[[*cles, "valeur"]], on=cles, suffixes=("", "_vraie"), validate="one_to_one"
    )
    pauvrete = calees[calees["indicateur"] == "taux_pauvrete"]
    assert len(pauvrete) == 5
    erreurs = (pauvrete["valeur"] - pauvrete["valeur_vraie"]).abs()
    # Les IRIS et les carreaux seuls se trompent de 9 à 19 points sur ces quartiers.
    assert erreurs.mean() < 5
    dedans = (calees["borne_basse"] <= calees["valeur_vraie"]) & (
        calees["valeur_vraie"] <= calees["borne_haute"]
    )
    assert len(calees) == 10
    assert dedans.sum() >= 8


def test_la_mediane_suit_la_pauvrete(quartiers):
    medianes = _lignes(quartiers, "niveau_vie_median")
    alignees = medianes[medianes["methode"].isin(CALEES)]
    pauvrete = _lignes(quartiers, "taux_pauvrete")["valeur"].reindex(alignees.index)
    assert len(alignees) == 5
    assert alignees["precision_note"].str.contains("aligné sur le taux de pauvreté").all()
    par_an = alignees["valeur"].xs(2018, level="millesime")
    assert par_an.corr(pauvrete.xs(2018, level="millesime"), method="spearman") < -0.9
    assert (alignees["borne_basse"] < alignees["valeur"]).all()
    assert (alignees["valeur"] < alignees["borne_haute"]).all()


def test_le_manifeste_nomme_le_modele(edition_fictive):
    calage = edition_fictive.manifeste["calage"]
    assert calage["empreinte"] == charger_calage().origine["empreinte"]
    assert calage["quartiers"] > 700


def _ligne(valeur, basse, haute, *, bornes_seules=False, methode="calee"):
    return {
        "type_territoire": "qpv",
        "code_commune": "00001",
        "indicateur": "taux_pauvrete",
        "millesime": 2021,
        "valeur": valeur,
        "statut": "estime",
        "methode": methode,
        "borne_basse": basse,
        "borne_haute": haute,
        "bornes_seules": bornes_seules,
    }


def _verdicts(lignes, reference=20.0):
    return list(donner_verdicts(pd.DataFrame(lignes), "pct", valeur_reference=reference))


def test_verdicts_d_une_estimation_calee():
    lignes = [_ligne(45, 38, 52), _ligne(24, 18, 30), _ligne(40, 20, 60, bornes_seules=True)]
    assert _verdicts(lignes) == [
        Verdict.ECART_NET.value,
        Verdict.ECART_INDICATIF.value,
        Verdict.NON_INTERPRETABLE.value,
    ]


def test_un_ecart_a_peine_net_ne_l_est_plus_parmi_vingt_quartiers():
    # Seul, l’intervalle de 20,2 à 29,8 exclut 20 ; parmi vingt quartiers, le hasard y suffit.
    net, autres = _ligne(25, 20.2, 29.8), [_ligne(20.5, 15, 26)] * 19
    assert _verdicts([net]) == [Verdict.ECART_NET.value]
    assert _verdicts([net, *autres])[0] == Verdict.ECART_INDICATIF.value


def test_des_bornes_certaines_ne_sont_pas_corrigees():
    net = _ligne(25, 20.2, 29.8, methode="carreaux")
    autres = [_ligne(20.5, 15, 26, methode="carreaux")] * 19
    assert _verdicts([net, *autres])[0] == Verdict.ECART_NET.value


@pytest.mark.reel
def test_grenoble_annees_sans_publication(edition_grenoble):
    table = edition_grenoble.resultats
    calees = table[table["methode"].isin(CALEES) & (table["indicateur"] == "taux_pauvrete")]
    assert set(calees["millesime"]) == {2018, 2020}
    assert len(calees) == 8
    publies = table[
        (table["type_territoire"] == "qpv")
        & (table["indicateur"] == "taux_pauvrete")
        & (table["millesime"] == 2021)
    ].set_index("code_territoire")["valeur"]
    ecarts = calees["valeur"] - calees["code_territoire"].map(publies)
    # D’une année à l’autre, la pauvreté de ces quartiers bouge de quelques points, pas de dix.
    assert np.abs(ecarts).max() < 8
