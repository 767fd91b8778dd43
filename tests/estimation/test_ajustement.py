"""Alignement d’un mélange sur un taux de pauvreté : réponses connues et propriétés."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from observatoire.erreurs import ErreurDonnees
from observatoire.estimation import (
    Lognormale,
    ajuster_distribution,
    aligner_sur_pauvrete,
    melanger,
)

SEUIL = 13_890.0
A, B = Lognormale(14_000, 0.40), Lognormale(30_000, 0.50)
RANGS = (0.1, 0.25, 0.5, 0.75, 0.9)


def test_lognormale_la_mediane_deplacee_a_une_formule() -> None:
    """``Φ((ln s − ln m') / σ) = t`` donne ``m' = s exp(−σ Φ⁻¹(t))``."""
    aligne = aligner_sur_pauvrete(B, 0.45, SEUIL, (0.1, 0.5, 0.9), intervalle=(0.40, 0.52))
    attendue = SEUIL * np.exp(-0.5 * ndtri([0.45, 0.52, 0.40]))
    assert aligne.mediane == pytest.approx(attendue[0], rel=1e-12)
    assert aligne.quantiles[0.5] == pytest.approx(attendue[0], rel=1e-12)
    assert aligne.bornes[0.5] == pytest.approx(tuple(attendue[1:]), rel=1e-12)
    assert aligne.quantiles[0.1] == pytest.approx(attendue[0] * np.exp(0.5 * ndtri(0.1)))
    assert aligne.rapport_interdecile == pytest.approx(np.exp(2 * 0.5 * ndtri(0.9)))
    assert aligne.facteur == pytest.approx(attendue[0] / 30_000)


def test_un_taux_de_moitie_met_la_mediane_au_seuil() -> None:
    assert aligner_sur_pauvrete(melanger([A, B], [1, 2]), 0.5, SEUIL).mediane == pytest.approx(
        SEUIL, rel=1e-9
    )


def test_le_taux_du_melange_lui_meme_ne_deplace_rien() -> None:
    """Réponse connue de la méthode : 27,6953 % du mélange 1:1 est sous 13 890 €."""
    melange = melanger([A, B], [1, 1])
    aligne = aligner_sur_pauvrete(melange, melange.part_sous(SEUIL), SEUIL)
    assert aligne.facteur == pytest.approx(1, abs=1e-9)
    assert aligne.mediane == pytest.approx(19_644.28, abs=0.01)


lois = st.builds(Lognormale, st.floats(8e3, 50e3), st.floats(0.25, 0.8))
taux = st.floats(0.02, 0.9)


@given(st.lists(lois, min_size=1, max_size=4), taux, st.floats(9e3, 16e3))
@settings(max_examples=50, deadline=None)
def test_la_loi_deplacee_reproduit_le_taux(composantes, t, seuil) -> None:
    ajustees = [
        ajuster_distribution({p: float(loi.quantile(p)) for p in RANGS}, gini=loi.gini() * 1.05)
        for loi in composantes
    ]
    melange = melanger(ajustees, range(1, len(ajustees) + 1))
    aligne = aligner_sur_pauvrete(melange, t, seuil)
    assert aligne.repartition(seuil) == pytest.approx(t, abs=1e-6)
    assert aligne.repartition(aligne.mediane) == pytest.approx(0.5, abs=1e-6)
    assert aligne.rapport_interdecile == pytest.approx(melange.rapport_interdecile(), rel=1e-9)
    assert list(aligne.quantiles.values()) == sorted(aligne.quantiles.values())


@given(taux, st.floats(0.01, 0.08), st.floats(0.01, 0.08))
@settings(max_examples=50, deadline=None)
def test_un_taux_plus_haut_donne_une_mediane_plus_basse(t, moins, plus) -> None:
    melange = melanger([A, B], [2, 1])
    bas, haut = max(t - moins, 0.005), t + plus
    aligne = aligner_sur_pauvrete(melange, t, SEUIL, intervalle=(bas, haut))
    assert aligner_sur_pauvrete(melange, haut, SEUIL).mediane < aligne.mediane
    for p, (basse, haute) in aligne.bornes.items():
        assert basse < aligne.quantiles[p] < haute
        assert basse == pytest.approx(aligner_sur_pauvrete(melange, haut, SEUIL).quantile(p))
        assert haute == pytest.approx(aligner_sur_pauvrete(melange, bas, SEUIL).quantile(p))


def test_un_intervalle_qui_touche_zero_ou_un_reste_ouvert() -> None:
    bornes = aligner_sur_pauvrete(A, 0.4, SEUIL, (0.5,), intervalle=(0.0, 1.0)).bornes
    assert bornes == {0.5: (0.0, float("inf"))}
    assert aligner_sur_pauvrete(A, 0.4, SEUIL).bornes == {}


@pytest.mark.parametrize(
    ("demande", "motif"),
    [
        ({"taux": 45.0}, "diviser par 100"),
        ({"taux": 0.0}, "hors de"),
        ({"taux": float("nan")}, "hors de"),
        ({"seuil": -1.0}, "60 % de la médiane nationale"),
        ({"quantiles": (0.5, 1.0)}, "ordre 1"),
        ({"intervalle": (0.5, 0.6)}, "ne contient pas le taux"),
        ({"intervalle": (float("nan"), 0.6)}, "ne contient pas le taux"),
    ],
)
def test_une_demande_impossible_est_refusee(demande, motif) -> None:
    with pytest.raises(ErreurDonnees, match=motif):
        aligner_sur_pauvrete(**({"melange": A, "taux": 0.4, "seuil": SEUIL} | demande))
