"""Découpage en classes : réponses connues et propriétés."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from observatoire.cartes.discretisation import decouper, decouper_autour, decouper_ecarts

METHODES = ["quantiles", "jenks", "egales"]
POURCENTAGES = st.lists(
    st.one_of(st.integers(0, 1000).map(lambda v: v / 10), st.just(math.nan)), max_size=60
)
REELS = st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(math.nan)), max_size=40)


def verifier(decoupage, valeurs):
    x = np.asarray(valeurs, dtype=float)
    connues = int((~np.isnan(x)).sum())
    rangs = decoupage.classer(x)
    assert sum(decoupage.effectifs) == connues
    assert ((rangs == -1) == np.isnan(x)).all()
    for valeur, rang in zip(x, rangs, strict=True):
        if rang >= 0:
            basse, haute = decoupage.bornes[rang], decoupage.bornes[rang + 1]
            derniere = rang == decoupage.nombre - 1
            assert basse <= valeur < haute or (derniere and valeur <= haute)
    for rang, effectif in enumerate(decoupage.effectifs):
        assert int((rangs == rang).sum()) == effectif


@settings(max_examples=60, deadline=None)
@given(valeurs=POURCENTAGES, methode=st.sampled_from(METHODES), nombre=st.integers(1, 7))
def test_partition_sans_classe_vide(valeurs, methode, nombre):
    decoupage = decouper(valeurs, methode=methode, nombre=nombre)
    verifier(decoupage, valeurs)
    assert all(e > 0 for e in decoupage.effectifs)
    assert decoupage.nombre <= nombre
    assert all(a < b for a, b in pairwise(decoupage.bornes)) or decoupage.nombre == 1


@settings(max_examples=60, deadline=None)
@given(valeurs=REELS, methode=st.sampled_from(METHODES))
@example(valeurs=[0.0, 5e-324], methode="quantiles")
def test_partition_de_reels_quelconques(valeurs, methode):
    verifier(decouper(valeurs, methode=methode), valeurs)


@settings(max_examples=80, deadline=None)
@given(ecarts=REELS)
def test_ecarts_partition_et_centre(ecarts):
    decoupage = decouper_ecarts(ecarts)
    verifier(decoupage, ecarts)
    if decoupage.nombre:
        rang = decoupage.centre
        assert decoupage.bornes[rang] == -decoupage.bornes[rang + 1]
        assert decoupage.bornes[rang] < 0 < decoupage.bornes[rang + 1]
        # Quatre classes pleines au plus de chaque côté : la palette n’en a pas davantage.
        assert sum(e > 0 for e in decoupage.effectifs[:rang]) <= 4
        assert sum(e > 0 for e in decoupage.effectifs[rang + 1 :]) <= 4
        assert all(a < b for a, b in pairwise(decoupage.bornes))


@settings(max_examples=30, deadline=None)
@given(valeurs=POURCENTAGES, graine=st.integers(0, 100))
def test_ordre_des_lignes_indifferent(valeurs, graine):
    melange = list(np.random.default_rng(graine).permutation(valeurs)) if valeurs else []
    for methode in METHODES:
        assert decouper(valeurs, methode=methode) == decouper(melange, methode=methode)
    assert decouper_ecarts(valeurs) == decouper_ecarts(melange)


@settings(max_examples=40, deadline=None)
@given(ecarts=POURCENTAGES.map(lambda v: [x - 40 for x in v]))
def test_bornes_d_ecarts_courtes_a_ecrire(ecarts):
    for borne in decouper_ecarts(ecarts).bornes:
        assert borne == pytest.approx(round(borne, 1), abs=1e-9)


def test_reponses_connues():
    assert decouper([10, 11, 20, 21, 30, 31], methode="jenks", nombre=3).bornes == (10, 16, 26, 32)
    assert decouper(range(101), methode="egales", nombre=5).bornes == (0, 20, 40, 60, 80, 100)
    assert decouper(range(100), methode="quantiles", nombre=4).bornes == (0, 20, 50, 70, 100)
    ecarts = [-12, -9, -8.5, -6, -5, -3, -2, -1, 0, 1, 3, 4, 8, 10, 15, 18, 25, 33]
    decoupage = decouper_ecarts(ecarts)
    assert decoupage.bornes[decoupage.centre : decoupage.centre + 2] == (-2, 2)
    assert decoupage.bornes[0] == -12
    assert decoupage.bornes[-1] >= 33


@pytest.mark.parametrize("methode", METHODES)
def test_peu_de_valeurs_distinctes(methode):
    assert decouper([], methode=methode).bornes == ()
    assert decouper([math.nan] * 3, methode=methode).effectifs == ()
    assert decouper([5, 5, 5], methode=methode).effectifs == (3,)
    assert decouper([1, 2, 2], methode=methode).effectifs == (1, 2)
    assert decouper([1, 2, 3, 3], methode=methode).effectifs == (1, 1, 2)


def test_ecarts_peu_de_valeurs():
    assert decouper_ecarts([]).bornes == ()
    assert decouper_ecarts([0, 0]).effectifs == (2,)
    assert decouper_ecarts([3.0]).bornes == (-0.3, 0.3, 2, 3)
    assert decouper_ecarts([3.0]).effectifs == (0, 0, 1)
    assert decouper_ecarts([-3.0]).effectifs == (1, 0, 0)
    assert decouper_ecarts([24, 26, 30, 30]).effectifs[0] == 0
    assert decouper_ecarts([24, 26, 30, 30]).bornes[2] == 20
    assert sum(decouper_ecarts([-2, 1, 5]).effectifs) == 3


def test_cote_peu_etendu_moins_de_classes():
    decoupage = decouper_ecarts([-2, -1.8, -1.6, *np.linspace(2, 40, 40)])
    assert decoupage.centre <= 1
    assert decoupage.nombre - decoupage.centre - 1 >= 3


def test_grande_ville_rapide_et_stable():
    x = np.round(np.random.default_rng(3).gamma(4, 5, 1000), 1)
    decoupage = decouper(x, methode="jenks")
    verifier(decoupage, x)
    assert decoupage.nombre >= 4


def test_refus():
    with pytest.raises(ValueError, match="infinie"):
        decouper([1, math.inf])
    with pytest.raises(ValueError, match="infinie"):
        decouper_ecarts([-math.inf])
    with pytest.raises(ValueError, match="au moins une"):
        decouper([1], nombre=0)


@given(
    st.lists(st.floats(0, 100).map(lambda v: round(v, 1)), min_size=3, max_size=60),
    st.floats(5, 95).map(lambda v: round(v, 1)),
)
def test_classes_centrees_sur_la_ville(valeurs, ville):
    """Toutes les valeurs sont classées, et la ville est dans la classe du milieu."""
    decoupage = decouper_autour(valeurs, ville)
    assert sum(decoupage.effectifs) == len(valeurs)
    bas, haut = decoupage.bornes[decoupage.centre], decoupage.bornes[decoupage.centre + 1]
    assert bas <= ville <= haut
    assert haut - ville == pytest.approx(ville - bas, abs=0.11)


def test_recompter_garde_les_bornes():
    commun = decouper([1.0, 2.0, 3.0, 10.0, 11.0, 12.0], methode="egales", nombre=3)
    seul = commun.recompter([1.0, 2.0, float("nan")])
    assert seul.bornes == commun.bornes
    assert seul.effectifs == (2, *(0,) * (commun.nombre - 1))


@pytest.mark.parametrize("methode", ["jenks", "quantiles", "egales"])
def test_memes_bornes_que_mapclassify(methode):
    """Témoin indépendant : les classes de PySAL, ou mieux pour Jenks, dont mapclassify manque parfois l’optimum."""
    import warnings

    import mapclassify

    from observatoire.cartes.discretisation import _bornes_hautes

    temoins = {
        "jenks": mapclassify.FisherJenks,
        "quantiles": mapclassify.Quantiles,
        "egales": mapclassify.EqualInterval,
    }
    hasard = np.random.default_rng(7)
    for _ in range(20):
        x = np.sort(hasard.gamma(2, 10, 60))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            attendues = temoins[methode](x, k=5).bins
        obtenues = _bornes_hautes(x, methode, 5)
        if methode == "jenks":
            assert _dispersion(x, obtenues) <= _dispersion(x, attendues) * (1 + 1e-9)
        else:
            assert np.allclose(obtenues, attendues)


def _dispersion(x, hautes):
    """Somme des carrés des écarts à la moyenne de chaque classe, que Jenks rend minimale."""
    rangs = np.searchsorted(hautes[:-1], x, side="left")
    return sum(((x[rangs == r] - x[rangs == r].mean()) ** 2).sum() for r in np.unique(rangs))
