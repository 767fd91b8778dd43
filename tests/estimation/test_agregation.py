"""Agrégation : réponses connues, conservation des totaux, secret statistique."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pandas.testing import assert_frame_equal
from shapely import box

from observatoire.erreurs import ErreurDonnees
from observatoire.estimation import agreger_effectifs, agreger_taux, moyenne_ponderee_taux
from observatoire.territoires.poids import calculer_poids

NAN = float("nan")
CODES = [f"38185{k:04d}" for k in range(9)]

POIDS = pd.DataFrame(
    {
        "code_territoire": ["Q1", "Q1", "Q2"],
        "code_iris": ["a", "b", "b"],
        "surface_m2": [3000.0, 1000.0, 500.0],
        "part_surface": [0.5, 1.0, 0.25],
        "part_population": [0.8, 1.0, 0.0],
        "part_menages": [0.8, 1.0, NAN],
        "methode": "carreaux",
    }
)


def test_effectifs_connus() -> None:
    effectifs = pd.DataFrame({"pop": [100.0, 40.0], "men": [NAN, 20.0]}, index=["a", "b"])
    totaux, couverte = agreger_effectifs(effectifs, POIDS)
    assert totaux.loc["Q1", "pop"] == 90
    assert totaux.loc["Q2", "pop"] == 10
    assert totaux.loc["Q1", "men"] == 20
    assert couverte.loc["Q1", "pop"] == 1
    assert couverte.loc["Q1", "men"] == 0.25  # 1 000 m² connus sur 4 000
    assert couverte.loc["Q2", "men"] == 1


def test_part_couverte_en_habitants() -> None:
    effectifs = pd.DataFrame({"men": [NAN, 20.0]}, index=["a", "b"])
    base = pd.Series({"a": 200.0, "b": 300.0})
    _, couverte = agreger_effectifs(effectifs, POIDS, base=base)
    assert couverte.loc["Q1", "men"] == pytest.approx(300 / (100 + 300))
    # Base manquante ou nulle : la surface reprend la main pour ce territoire.
    for base_fautive in (pd.Series({"b": 300.0}), pd.Series({"a": 0.0, "b": 0.0})):
        _, couverte = agreger_effectifs(effectifs, POIDS, base=base_fautive)
        assert couverte.loc["Q1", "men"] == 0.25


def test_tout_masque_n_est_jamais_un_nombre() -> None:
    effectifs = pd.DataFrame({"pop": [100.0, NAN]}, index=["a", "b"])
    totaux, couverte = agreger_effectifs(effectifs, POIDS)
    assert np.isnan(totaux.loc["Q2", "pop"])
    assert couverte.loc["Q2", "pop"] == 0
    absent, _ = agreger_effectifs(effectifs.loc[["a"]], POIDS)
    assert_frame_equal(absent, totaux)


def test_un_poids_nul_ne_rend_pas_connu() -> None:
    """L’IRIS « b » touche Q2 mais n’y a aucun habitant : rien n’y est connu."""
    effectifs = pd.DataFrame({"pop": [100.0, 40.0]}, index=["a", "b"])
    totaux, _ = agreger_effectifs(effectifs, POIDS, colonne_poids="part_population")
    assert totaux.loc["Q1", "pop"] == 120
    assert np.isnan(totaux.loc["Q2", "pop"])


def test_taux_connu_et_piege_de_la_moyenne_des_taux() -> None:
    numerateur = pd.Series({"a": 10.0, "b": 30.0})
    denominateur = pd.Series({"a": 100.0, "b": 40.0})
    table = agreger_taux(numerateur, denominateur, POIDS)
    assert list(table.columns) == ["numerateur", "denominateur", "taux", "part_couverte"]
    assert table.loc["Q1", "taux"] == pytest.approx((5 + 30) / (50 + 40))
    assert table.loc["Q1", "taux"] != pytest.approx((0.1 + 0.75) / 2, abs=0.01)


def test_un_iris_ne_compte_que_si_les_deux_termes_sont_connus() -> None:
    table = agreger_taux(
        pd.Series({"a": NAN, "b": 30.0}), pd.Series({"a": 100.0, "b": 40.0}), POIDS
    )
    assert table.loc["Q1", "taux"] == 0.75
    assert table.loc["Q1", "denominateur"] == 40
    assert table.loc["Q1", "part_couverte"] == 0.25


def test_denominateur_nul() -> None:
    zero = pd.Series({"a": 0.0, "b": 0.0})
    assert agreger_taux(zero, zero, POIDS)["taux"].isna().all()


def test_taux_diffuse_sans_effectif() -> None:
    taux, base = pd.Series({"a": 40.0, "b": 10.0}), pd.Series({"a": 100.0, "b": 150.0})
    table = moyenne_ponderee_taux(taux, base, POIDS)
    assert table.loc["Q1", "taux"] == pytest.approx((40 * 50 + 10 * 150) / 200)
    assert table.loc["Q1", "base"] == 200
    masque = moyenne_ponderee_taux(taux.replace(40.0, NAN), base, POIDS)
    assert masque.loc["Q1", "taux"] == 10
    assert masque.loc["Q1", "part_couverte"] == pytest.approx(150 / 200)


def test_les_defauts_sont_refuses() -> None:
    doubles = pd.DataFrame({"pop": [1.0, 2.0], "nom": ["x", "y"]}, index=["a", "a"])
    with pytest.raises(ErreurDonnees, match="en double : a") as erreur:
        agreger_effectifs(doubles, POIDS)
    assert "colonne nom" in str(erreur.value)
    with pytest.raises(ErreurDonnees, match="part_retenue"):
        agreger_effectifs(doubles[["pop"]].iloc[:1], POIDS, colonne_poids="part_menages")


# --- propriétés -------------------------------------------------------------------------------


def ville() -> gpd.GeoDataFrame:
    contours = [box(i, j, i + 1000, j + 1000) for i in (0, 1000, 2000) for j in (0, 1000, 2000)]
    return gpd.GeoDataFrame({"code_iris": CODES}, geometry=contours, crs="EPSG:2154")


def partition(x: float, y: float) -> gpd.GeoDataFrame:
    quarts = [box(0, 0, x, y), box(x, 0, 3000, y), box(0, y, x, 3000), box(x, y, 3000, 3000)]
    return gpd.GeoDataFrame({"code_territoire": list("ABCD")}, geometry=quarts, crs="EPSG:2154")


comptes = hnp.arrays(np.float64, 9, elements=st.floats(0, 1e5))


@given(st.integers(50, 2950), st.integers(50, 2950), comptes)
@settings(deadline=None, max_examples=50)
def test_une_partition_conserve_les_totaux(x, y, valeurs) -> None:
    poids = calculer_poids(ville(), partition(x, y))
    totaux, couverte = agreger_effectifs(pd.DataFrame({"n": valeurs}, index=CODES), poids)
    assert totaux["n"].sum() == pytest.approx(valeurs.sum(), rel=1e-9, abs=1e-6)
    np.testing.assert_allclose(couverte["n"], 1)


@given(comptes, hnp.arrays(bool, 9))
@settings(deadline=None, max_examples=50)
def test_identite_quand_un_territoire_est_une_reunion_d_iris(valeurs, masque) -> None:
    iris = ville()
    colonnes = iris.assign(code_territoire=[f"T{k // 3}" for k in range(9)])
    poids = calculer_poids(iris, colonnes.dissolve("code_territoire", as_index=False))
    effectifs = pd.DataFrame({"n": np.where(masque, NAN, valeurs)}, index=CODES)
    totaux, couverte = agreger_effectifs(effectifs, poids)
    groupes = effectifs["n"].groupby(colonnes["code_territoire"].to_numpy())
    np.testing.assert_allclose(totaux["n"], groupes.sum(min_count=1), rtol=1e-12)
    np.testing.assert_allclose(couverte["n"], 1 - masque.reshape(3, 3).mean(axis=1))
    assert (totaux["n"].isna() == masque.reshape(3, 3).all(axis=1)).all()


@given(comptes, st.randoms())
@settings(deadline=None, max_examples=30)
def test_l_ordre_des_lignes_est_sans_effet(valeurs, alea) -> None:
    poids = calculer_poids(ville(), partition(1234, 789))
    effectifs = pd.DataFrame({"n": valeurs}, index=CODES)
    rangs, rangs_poids = list(range(9)), list(range(len(poids)))
    alea.shuffle(rangs)
    alea.shuffle(rangs_poids)
    reference = agreger_effectifs(effectifs, poids)
    melangee = agreger_effectifs(effectifs.iloc[rangs], poids.iloc[rangs_poids])
    for obtenue, attendue in zip(melangee, reference, strict=True):
        assert_frame_equal(obtenue, attendue)


@given(comptes, comptes, hnp.arrays(bool, 9))
@settings(deadline=None, max_examples=50)
def test_un_taux_reste_entre_les_taux_de_ses_iris(a, b, masque) -> None:
    numerateur = pd.Series(np.where(masque, NAN, np.minimum(a, b)), index=CODES)
    denominateur = pd.Series(np.maximum(a, b) + 1, index=CODES)
    table = agreger_taux(numerateur, denominateur, calculer_poids(ville(), partition(1234, 789)))
    connus = (numerateur / denominateur).dropna()
    if connus.empty:
        assert table["taux"].isna().all()
    else:
        obtenus = table["taux"].dropna()
        assert obtenus.between(connus.min() - 1e-9, connus.max() + 1e-9).all()
    assert table["part_couverte"].between(0, 1).all()
    assert (table["taux"].isna() == (table["part_couverte"] == 0)).all()
