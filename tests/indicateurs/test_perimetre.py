"""Lots de villes et rattachement des territoires : réponses connues."""

import pandas as pd
import pytest

from observatoire.indicateurs import former_lots, rattacher, retenir_paires
from observatoire.ingestion import FichierReconnu, TableLue


def _table(niveau, codes):
    valeurs = pd.DataFrame({"x": 1.0}, index=pd.Index(codes, dtype=str))
    return TableLue("source", 2021, niveau, valeurs, valeurs, FichierReconnu, ())


@pytest.fixture
def tables():
    return [
        _table("iris", ["000010101", "000020101"]),
        _table("commune", ["00001", "00003"]),
        _table("qpv", ["QN00001M"]),
    ]


def test_une_ville_est_dans_le_lot_des_tables_qui_la_contiennent(tables):
    entourages = {"00001": {"00001"}, "00002": {"00002"}, "00003": {"00003"}, "00004": {"00004"}}
    lots = former_lots(tables, entourages, {"00003": ["QN00001M"]})
    par_ville = {v: lot.tables for lot in lots for v in lot.villes}
    assert par_ville == {
        "00001": (tables[0], tables[1]),
        "00002": (tables[0],),
        "00003": (tables[1], tables[2]),
    }


def test_une_voisine_fait_entrer_sa_table_comme_pour_une_ville_seule(tables):
    lots = former_lots(tables, {"00003": {"00003", "00002"}}, {})
    assert [lot.tables for lot in lots] == [(tables[0], tables[1])]


def test_un_arrondissement_compte_pour_sa_ville():
    table = _table("iris", ["751010101"])
    assert former_lots([table], {"75056": {"75056"}}, {})[0].villes == ("75056",)


POIDS = pd.DataFrame(
    [
        ("Q1", "A1", 40.0),
        ("Q1", "B1", 60.0),
        ("Q1", "C1", 900.0),
        ("Q2", "A1", 5.0),
        ("Q2", "B1", 1.0),
    ],
    columns=["code_territoire", "code_iris", "surface_m2"],
)
IRIS = pd.Series({"A1": "A", "B1": "B", "C1": "C"})
COMMUNES = pd.Series({"Q1": "A,B", "Q2": "A", "Q3": "A,B"})


def test_un_quartier_n_est_estime_que_dans_les_communes_qu_il_cite():
    gardees = retenir_paires(POIDS, IRIS, COMMUNES)
    assert list(zip(gardees["code_territoire"], gardees["code_iris"], strict=True)) == [
        ("Q1", "A1"),
        ("Q1", "B1"),
        ("Q2", "A1"),
    ]


@pytest.mark.parametrize(
    ("villes", "attendues"),
    [
        (["A", "B"], {"Q1": "B", "Q2": "A", "Q3": "A"}),
        (["A"], {"Q1": "A", "Q2": "A", "Q3": "A"}),
        (["B"], {"Q1": "B", "Q2": "", "Q3": "B"}),
    ],
)
def test_un_quartier_est_compare_a_la_ville_du_perimetre_qui_en_a_le_plus(villes, attendues):
    paires = retenir_paires(POIDS, IRIS, COMMUNES)
    assert rattacher(paires, IRIS, COMMUNES, pd.Index(villes)).to_dict() == attendues
