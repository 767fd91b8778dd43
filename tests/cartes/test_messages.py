"""Phrases choisies : les plus grands écarts nets, un thème à la fois, jamais plus sûres que le verdict."""

import itertools

import numpy as np
import pandas as pd

from observatoire.cartes.messages import (
    derniers_millesimes,
    message_habitants,
    messages_de_la_ville,
    messages_du_quartier,
)
from observatoire.catalogue import charger_catalogue

CATALOGUE = charger_catalogue()


def ligne(code, indicateur, valeur, reference, verdict="ecart_net", statut="publie", **autres):
    return {
        "code_territoire": code, "type_territoire": "qpv", "nom": f"Quartier {code}", "indicateur": indicateur,
        "millesime": 2021, "valeur": valeur, "ecart": valeur - reference, "ecart_relatif": valeur / reference,
        "verdict": verdict, "statut": statut, "methode": "publie", "borne_basse": np.nan, "borne_haute": np.nan,
        "bornes_seules": False,
    } | autres  # fmt: skip


LIGNES = [
    ligne("A", "taux_pauvrete", 51.0, 21.0),
    ligne("B", "taux_pauvrete", 45.0, 21.0),
    ligne("A", "taux_chomage_15_64", 30.0, 14.0),
    ligne("B", "taux_chomage_15_64", 29.0, 14.0),
    ligne("B", "part_sans_diplome", 40.0, 18.0, "ecart_indicatif"),
    ligne("B", "part_locataires", 95.0, 60.0),
    ligne("A", "niveau_vie_median", 14_000.0, 22_000.0, "non_interpretable"),
]


def test_un_theme_et_un_quartier_neufs_d_abord():
    messages = messages_de_la_ville(pd.DataFrame(LIGNES), CATALOGUE, reference="ville")
    themes = [CATALOGUE.indicateurs[m.indicateur].theme for m in messages]
    assert len(set(themes)) == len(themes) >= 2
    assert messages[0].indicateur == "taux_pauvrete"
    assert messages[0].code_territoire == "A"
    assert messages[1].code_territoire == "B"
    assert "51" in messages[0].phrase
    assert {m.verdict for m in messages} == {"ecart_net"}


def test_l_ordre_des_lignes_est_indifferent():
    attendus = messages_de_la_ville(pd.DataFrame(LIGNES), CATALOGUE, reference="ville")
    for permutation in itertools.islice(itertools.permutations(LIGNES), 0, 400, 37):
        table = pd.DataFrame(list(permutation))
        assert messages_de_la_ville(table, CATALOGUE, reference="ville") == attendus


def test_un_chiffre_publie_passe_avant_un_chiffre_estime():
    lignes = [
        ligne("A", "taux_pauvrete", 60.0, 21.0, statut="estime", methode="calee",
              borne_basse=55.0, borne_haute=65.0),
        ligne("B", "taux_pauvrete", 40.0, 21.0),
    ]  # fmt: skip
    assert (
        messages_de_la_ville(pd.DataFrame(lignes), CATALOGUE, reference="ville")[0].code_territoire
        == "B"
    )


def test_ni_favorable_ni_muet_ni_bornes_seules():
    lignes = [
        ligne("A", "taux_pauvrete", 10.0, 21.0),
        ligne("A", "taux_chomage_15_64", 30.0, 14.0, "non_interpretable"),
        ligne("A", "part_sans_diplome", 40.0, 18.0, bornes_seules=True),
    ]
    assert messages_de_la_ville(pd.DataFrame(lignes), CATALOGUE, reference="ville") == []


def test_le_quartier_dit_l_indicatif_apres_le_net_et_semble():
    table = pd.DataFrame([x for x in LIGNES if x["code_territoire"] == "B"])
    messages = messages_du_quartier(table, CATALOGUE, reference="ville")
    assert [m.verdict for m in messages] == sorted((m.verdict for m in messages), reverse=True)
    indicatif = next(m for m in messages if m.verdict == "ecart_indicatif")
    assert "semble" in indicatif.phrase


def test_le_millesime_le_plus_recent_de_chaque_indicateur():
    table = pd.DataFrame([ligne("A", "taux_pauvrete", 48.0, 20.0, millesime=2018), LIGNES[0]])
    assert list(derniers_millesimes(table)["valeur"]) == [51.0]


def _population(code, genre, valeur, statut="publie", annee=2021):
    return {
        "code_territoire": code, "type_territoire": genre, "indicateur": "population",
        "millesime": annee, "valeur": valeur, "statut": statut,
    }  # fmt: skip


def test_combien_d_habitants_dans_les_quartiers():
    lignes = [
        _population("1", "commune", 156_140.0),
        _population("A", "qpv", 12_357.0),
        _population("B", "qpv", 1_984.0),
        _population("B", "qpv", 9_999.0, "estime", 2015),
    ]
    message = message_habitants(pd.DataFrame(lignes))
    assert message.phrase.replace("\u202f", " ").replace("\u00a0", " ") == (
        "14 340 habitants vivent dans les deux quartiers prioritaires, "
        "pour une ville de 156 140 habitants"
    )
    assert (message.millesime, message.verdict, message.code_territoire) == (2021, "", "")


def test_un_seul_quartier_masque_et_rien_n_est_dit():
    lignes = [
        _population("1", "commune", 156_140.0),
        _population("A", "qpv", 12_357.0),
        _population("B", "qpv", np.nan, "secret"),
    ]
    assert message_habitants(pd.DataFrame(lignes)) is None
    assert message_habitants(pd.DataFrame(lignes[:1])) is None
    assert message_habitants(pd.DataFrame(lignes[1:2])) is None


def test_un_equipement_ou_une_ecole_n_est_jamais_un_message():
    lignes = [
        ligne("A", "bibliotheques_pour_10000", 0.0, 1.0),
        ligne("A", "ips_ecoles", 80.0, 105.0),
        ligne("A", "taux_pauvrete", 51.0, 21.0),
    ]
    table = pd.DataFrame(lignes)
    for messages in (
        messages_de_la_ville(table, CATALOGUE, reference="ville"),
        messages_du_quartier(table, CATALOGUE, reference="ville"),
    ):
        assert [m.indicateur for m in messages] == ["taux_pauvrete"]
