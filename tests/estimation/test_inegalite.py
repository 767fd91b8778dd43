"""Theil, écart logarithmique, Gini : réponses connues, puis propriétés."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.erreurs import ErreurDonnees
from observatoire.estimation import Lognormale, ajuster_distribution, melanger
from observatoire.estimation.inegalite import (
    decomposition,
    ecart_logarithmique_moyen,
    indice_gini,
    indice_theil,
)

MODESTE, AISEE = Lognormale(14_000, 0.4), Lognormale(30_000, 0.5)


@pytest.mark.parametrize("sigma", [0.3, 0.4, 0.5])
def test_lognormale_theil_et_ecart_valent_la_moitie_de_sigma_carre(sigma) -> None:
    moments = Lognormale(20_000, sigma).moments()
    assert indice_theil(moments) == pytest.approx(sigma**2 / 2, abs=1e-12)
    assert ecart_logarithmique_moyen(moments) == pytest.approx(sigma**2 / 2, abs=1e-12)


def test_melange_a_parts_egales_reponses_connues() -> None:
    theil, ecart = decomposition([MODESTE.moments(), AISEE.moments()], [1, 1])
    assert (theil.dans, theil.entre) == pytest.approx((0.111117, 0.075252), abs=5e-7)
    assert (ecart.dans, ecart.entre) == pytest.approx((0.102500, 0.079315), abs=5e-7)
    melange = melanger([MODESTE, AISEE], [1, 1])
    assert melange.gini() == pytest.approx(0.3355, abs=5e-5)
    assert indice_theil(melange.moments()) == pytest.approx(theil.total, abs=1e-12)


def test_rapport_s80_s20_de_lois_lognormales() -> None:
    assert melanger([MODESTE], [1]).s80_s20() == pytest.approx(3.07293, abs=5e-4)
    assert melanger([AISEE], [1]).s80_s20() == pytest.approx(4.07657, abs=5e-4)


def test_moments_d_une_loi_ajustee_contre_une_somme_fine() -> None:
    rangs = (0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9)
    quantiles = {p: float(AISEE.quantile(p)) for p in rangs}
    for gini in (None, 0.34):
        loi = ajuster_distribution(quantiles, gini=gini)
        # Maillage serré vers les deux bouts, où sont les revenus extrêmes.
        u = (np.arange(400_000) + 0.5) / 400_000
        p, poids = u**2 * (3 - 2 * u), 6 * u * (1 - u) / 400_000
        x = np.asarray(loi.quantile(p))
        attendus = [poids @ x, poids @ np.log(x), poids @ (x * np.log(x))]
        assert loi.moments() == pytest.approx(attendus, rel=2e-4)


def test_gini_de_revenus_individuels() -> None:
    assert indice_gini([1, 1, 1]) == pytest.approx(0)
    assert indice_gini([0, 0, 0, 1]) == pytest.approx(0.75)
    assert indice_gini([1, 2], [3, 1]) == pytest.approx(indice_gini([1, 1, 1, 2]))


def test_poids_manquant_refuse() -> None:
    with pytest.raises(ErreurDonnees):
        decomposition([MODESTE.moments()], [np.nan])
    with pytest.raises(ErreurDonnees):
        decomposition([MODESTE.moments()], [0.0])


GROUPES = st.lists(
    st.tuples(st.floats(8_000, 60_000), st.floats(0.1, 0.9), st.floats(0.0, 5_000), st.booleans()),
    min_size=1,
    max_size=8,
).filter(lambda g: sum(n for _, _, n, _ in g) > 1)


@given(GROUPES, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_la_decomposition_tombe_juste_dans_tout_ordre_et_tout_regroupement(groupes, hasard) -> None:
    moments = np.array([Lognormale(m, s).moments() for m, s, _, _ in groupes])
    poids = np.array([n for _, _, n, _ in groupes])
    directe = decomposition(moments, poids)
    ordre = list(range(len(groupes)))
    hasard.shuffle(ordre)
    for indice, melee in zip(directe, decomposition(moments[ordre], poids[ordre]), strict=True):
        assert indice.entre + indice.dans == pytest.approx(indice.total, abs=1e-10)
        assert indice.entre >= -1e-12
        assert indice.total == pytest.approx(melee.total, abs=1e-10)
        assert indice.entre == pytest.approx(melee.entre, abs=1e-10)
    # Réunir des groupes ne change pas le total et ne peut que réduire ce qui les sépare.
    cote = np.array([c for _, _, _, c in groupes])
    reunis = [(moments[k], poids[k]) for k in (cote, ~cote) if poids[k].sum() > 0]
    gros = decomposition([n @ m / n.sum() for m, n in reunis], [n.sum() for _, n in reunis])
    for fin, large in zip(directe, gros, strict=True):
        assert large.total == pytest.approx(fin.total, abs=1e-10)
        assert large.entre <= fin.entre + 1e-10


def test_memes_theil_et_gini_que_pysal() -> None:
    """Pair indépendant : ``inequality``, sur des revenus individuels rangés par quartier."""
    from inequality.gini import Gini
    from inequality.theil import TheilD

    hasard = np.random.default_rng(11)
    quartier = np.repeat(np.arange(4), (50, 80, 120, 30))
    revenus = np.exp(hasard.normal(10, 0.5, len(quartier)) - 0.2 * quartier)
    moments = [
        [x.mean(), np.log(x).mean(), (x * np.log(x)).mean()]
        for x in (revenus[quartier == k] for k in range(4))
    ]
    theil, _ = decomposition(moments, np.bincount(quartier))
    pair = TheilD(revenus, quartier)
    assert (theil.entre, theil.dans) == pytest.approx((float(pair.bg[0]), float(pair.wg[0])))
    assert indice_gini(revenus) == pytest.approx(Gini(revenus).g)
