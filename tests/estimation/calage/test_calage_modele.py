"""Modèle de calage : espace, fonctions radiales, estimation et intervalle calculés à la main."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from observatoire.estimation.calage.modele import Espace, ModeleIndicateur, familles

NOMS = ("forme_a", "forme_b", "iris_c")
ESPACE = Espace(
    NOMS,
    medianes=np.array([1.0, 2.0, 3.0]),
    moyennes=np.array([0.0, 1.0, 2.0]),
    ecarts_types=np.array([1.0, 2.0, 4.0]),
    centres=np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]),
    portee=2.0,
)
MODELE = ModeleIndicateur(
    constante=10.0,
    lineaires=np.array([1.0, 2.0, 4.0]),
    radiales=np.array([3.0, 5.0]),
    minimum=0.0,
    maximum=100.0,
    variables_erreur=("forme_b",),
    erreur=np.array([0.5, 0.25]),
    quantiles={"0.5": (-1.0, 1.5), "0.9": (-2.0, 3.0)},
)
UN = pd.DataFrame([[1.0, 3.0, 6.0]], columns=list(NOMS), index=["Q1"])
"""Un quartier dont les trois descripteurs réduits valent 1."""


def test_familles() -> None:
    np.testing.assert_array_equal(familles(NOMS), [2, 2, 1])


def test_normaliser_centre_reduit_borne_et_remplace_l_inconnu() -> None:
    table = pd.DataFrame(
        [[1.0, 3.0, 6.0], [np.nan, 3.0, np.inf], [-99.0, 99.0, 2.0]], columns=[*NOMS]
    )
    attendu = [[1, 1, 1], [1, 1, 0.25], [-5, 5, 0]]
    np.testing.assert_allclose(ESPACE.normaliser(table[["iris_c", "forme_b", "forme_a"]]), attendu)


def test_radiales_a_la_main() -> None:
    """Portées 2√2, 2√2 et 2 : |z|² vaut 1/8 + 1/8 + 1/4 au centre nul."""
    z = ESPACE.normaliser(UN)
    np.testing.assert_allclose(ESPACE.radiales(z), [[np.exp(-0.25), 1.0]])


def test_estimer_a_la_main() -> None:
    attendu = 10 + 1 + 2 + 4 + 3 * np.exp(-0.25) + 5
    np.testing.assert_allclose(MODELE.estimer(ESPACE, UN), [attendu])
    np.testing.assert_allclose(MODELE.echelle(ESPACE, UN), [np.exp(0.75)])
    basse, haute = MODELE.intervalle(ESPACE, UN)
    np.testing.assert_allclose(basse, [attendu - 2 * np.exp(0.75)])
    np.testing.assert_allclose(haute, [attendu + 3 * np.exp(0.75)])


def test_restreindre_retire_le_descripteur_et_garde_l_ordre() -> None:
    reduit = ESPACE.restreindre(["iris_c", "forme_a", "inconnu"])
    assert reduit.descripteurs == ("forme_a", "iris_c")
    np.testing.assert_array_equal(reduit.moyennes, [0, 2])
    np.testing.assert_array_equal(reduit.centres, [[0, 0], [1, 1]])
    # Deux familles d’un descripteur : portée 2 partout.
    z = reduit.normaliser(UN)
    np.testing.assert_allclose(reduit.radiales(z), [[np.exp(-0.25), 1.0]])
    changee = UN.assign(forme_b=-40.0)
    np.testing.assert_array_equal(reduit.normaliser(changee), z)
    assert ESPACE.restreindre(NOMS) is ESPACE


nombres = st.floats(-1e3, 1e3)
tables = hnp.arrays(float, (6, 3), elements=nombres | st.just(np.nan)).map(
    lambda x: pd.DataFrame(x, columns=[*NOMS])
)


@given(tables)
@settings(max_examples=60, deadline=None)
def test_bornes_intervalles_emboites_et_estimation_dedans(table) -> None:
    estime = MODELE.estimer(ESPACE, table)
    (b5, h5), (b9, h9) = (MODELE.intervalle(ESPACE, table, n) for n in (0.5, 0.9))
    assert np.isfinite(estime).all()
    ordre = np.vstack([np.zeros(6), b9, b5, estime, h5, h9, np.full(6, 100.0)])
    assert (np.diff(ordre, axis=0) >= 0).all()
    assert (MODELE.echelle(ESPACE, table) > 0).all()


@given(hnp.arrays(float, (4, 3), elements=nombres))
@settings(max_examples=40, deadline=None)
def test_les_radiales_sont_entre_zero_et_un_et_valent_un_au_centre(z) -> None:
    r = ESPACE.radiales(z)
    assert ((r >= 0) & (r <= 1)).all()
    np.testing.assert_allclose(np.diag(ESPACE.radiales(ESPACE.centres)), 1)


@given(hnp.arrays(float, (2, 3), elements=st.floats(-3, 3)), tables)
@settings(max_examples=30, deadline=None)
def test_un_modele_ecrit_et_relu_donne_la_meme_estimation(centres, table) -> None:
    espace = Espace(NOMS, *(np.array([0.1, 0.2, 0.3]) for _ in range(3)), centres.round(3), 2.0)
    relu = Espace.depuis_dict(json.loads(json.dumps(espace.vers_dict())))
    modele = ModeleIndicateur.depuis_dict(json.loads(json.dumps(MODELE.vers_dict())))
    np.testing.assert_allclose(
        modele.estimer(relu, table), MODELE.estimer(espace, table), atol=1e-4
    )
    for a, b in zip(modele.intervalle(relu, table), MODELE.intervalle(espace, table), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_un_niveau_qui_n_a_pas_ete_appris_ne_s_invente_pas() -> None:
    with pytest.raises(KeyError):
        MODELE.intervalle(ESPACE, UN, 0.77)
