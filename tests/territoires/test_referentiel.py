"""Paris, Lyon, Marseille : une ville chacune."""

import pytest

from observatoire.territoires import code_ville, composantes, nom_ville


@pytest.mark.parametrize(
    ("code", "ville"),
    [
        ("75101", "75056"),
        ("75120", "75056"),
        ("69389", "69123"),
        ("13216", "13055"),
        ("38185", "38185"),
    ],
)
def test_un_arrondissement_designe_sa_ville(code, ville):
    assert code_ville(code) == ville
    assert code_ville(ville) == ville


def test_les_composantes_contiennent_la_commune_et_ses_arrondissements():
    assert composantes(["69123", "69259"]) == [
        "69123",
        "69259",
        *(f"6938{k}" for k in range(1, 10)),
    ]
    assert len(composantes(["75056"])) == 21
    assert len(composantes(["13055"])) == 17
    assert composantes(["38185"]) == ["38185"]


def test_le_nom_de_la_ville_n_a_pas_de_numero():
    assert nom_ville("75056", "Paris 1er Arrondissement") == "Paris"
    assert nom_ville("38185", "Grenoble") == "Grenoble"
