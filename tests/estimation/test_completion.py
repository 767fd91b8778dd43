"""Compléter un taux masqué : la relation est retrouvée, rien n’est inventé sans elle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.estimation.completion import completer_taux


def _communes(nombre=400, graine=3):
    alea = np.random.default_rng(graine)
    mediane = np.exp(alea.normal(10.0, 0.15, nombre))
    habitants = np.exp(alea.uniform(6, 11, nombre))
    cote = -1.8 - 5.0 * (np.log(mediane) - 10) + 0.2 * (np.log(habitants) - 8)
    return 100 / (1 + np.exp(-cote)), mediane, habitants


def test_la_relation_exacte_est_retrouvee():
    taux, mediane, habitants = _communes()
    masque = np.arange(len(taux)) % 3 == 0
    complet = completer_taux(np.where(masque, np.nan, taux), mediane, habitants)
    np.testing.assert_array_equal(complet.estimes, masque)
    np.testing.assert_allclose(complet.valeurs, taux, rtol=1e-6)
    assert complet.erreur == pytest.approx(0.0, abs=1e-6)


def test_un_taux_publie_n_est_jamais_change():
    taux, mediane, habitants = _communes()
    taux = np.round(taux)
    complet = completer_taux(taux, mediane, habitants)
    np.testing.assert_array_equal(complet.valeurs, taux)
    assert not complet.estimes.any()
    # L’arrondi au point laisse une erreur d’environ 1 / √12.
    assert 0.2 < complet.erreur < 0.4


def test_sans_covariable_un_masque_reste_inconnu():
    taux, mediane, habitants = _communes()
    taux[0] = taux[1] = np.nan
    mediane[0], habitants[1] = np.nan, np.nan
    complet = completer_taux(taux, mediane, habitants)
    assert np.isnan(complet.valeurs[:2]).all()
    assert not complet.estimes[:2].any()


def test_trop_peu_de_communes_connues():
    taux, mediane, habitants = _communes(120)
    taux[90:] = np.nan
    complet = completer_taux(taux, mediane, habitants)
    assert np.isnan(complet.valeurs[90:]).all()
    assert np.isnan(complet.erreur)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_l_ordre_des_communes_est_sans_effet(graine):
    taux, mediane, habitants = _communes(200, graine)
    taux[::4] = np.nan
    ordre = np.random.default_rng(graine).permutation(200)
    droit = completer_taux(taux, mediane, habitants).valeurs
    melange = completer_taux(taux[ordre], mediane[ordre], habitants[ordre]).valeurs
    np.testing.assert_allclose(melange, droit[ordre], rtol=1e-8)
    assert ((droit > 0) & (droit < 100)).all()
