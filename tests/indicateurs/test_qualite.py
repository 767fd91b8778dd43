"""Qualité de chaque chiffre : une seule, la première qui s’applique."""

import pandas as pd
import pytest

from observatoire.catalogue import charger_catalogue
from observatoire.domaine import Qualite
from observatoire.indicateurs import dire_qualite
from observatoire.indicateurs.qualite import qualifier
from observatoire.interface.composants import badge_qualite


@pytest.mark.parametrize(
    ("champs", "attendue"),
    [
        ({}, "complete"),
        ({"statut": "estime"}, "estimee"),
        ({"millesime": 2018}, "ancienne"),
        ({"millesime": 2018, "statut": "estime"}, "ancienne"),
        ({"millesime": 2019}, "complete"),
        ({"part_couverte": 0.9}, "partiellement_masquee"),
        ({"part_couverte": 0.9, "millesime": 2018}, "partiellement_masquee"),
        ({"statut": "estime", "bornes_seules": True, "part_couverte": 0.9}, "bornes_seules"),
        ({"statut": "secret", "part_couverte": 0.0}, "masquee"),
        ({"statut": "absent"}, "absente"),
    ],
)
def test_la_premiere_qualite_qui_s_applique(champs, attendue):
    # Filosofi 2021 est le plus récent par IRIS ; trois ans de retard rendent un chiffre ancien.
    ligne = {
        "indicateur": "taux_pauvrete", "millesime": 2021, "statut": "publie",
        "bornes_seules": False, "part_couverte": 1.0, **champs,
    }  # fmt: skip
    assert qualifier(pd.DataFrame([ligne]), charger_catalogue()).tolist() == [attendue]


def test_chaque_qualite_a_un_mot_et_une_phrase():
    assert len({q.libelle for q in Qualite}) == len(Qualite)
    assert all(q.explication.endswith(".") for q in Qualite)
    assert dire_qualite("estimee") == (Qualite.ESTIMEE.libelle, Qualite.ESTIMEE.explication)


@pytest.mark.parametrize("inconnue", ["", None, float("nan")])
def test_une_edition_ancienne_n_a_pas_de_qualite(inconnue):
    assert dire_qualite(inconnue) == ("", "")
    assert badge_qualite(inconnue) == ""


def test_chaque_ligne_de_l_edition_a_sa_qualite(edition_fictive):
    table = edition_fictive.resultats
    assert set(table["qualite"]) <= {q.value for q in Qualite}
    vides = table["valeur"].isna()
    assert table.loc[vides, "qualite"].isin(["masquee", "absente"]).all()
    assert not table.loc[~vides, "qualite"].isin(["masquee", "absente"]).any()
