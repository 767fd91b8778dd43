"""Répartition d’un groupe : réponses connues, correction du hasard, propriétés."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.erreurs import ErreurDonnees
from observatoire.estimation.segregation import (
    MESURES,
    dissimilarite,
    entropie,
    eta_carre,
    exposition,
    isolement,
    segregation_corrigee,
)


def test_deux_quartiers_opposes_reponses_connues() -> None:
    # x = [90, 10], y = [10, 90].
    p, t = [0.9, 0.1], [100, 100]
    assert dissimilarite(p, t) == pytest.approx(0.8)
    assert isolement(p, t) == pytest.approx(0.82)
    assert exposition(p, t) == pytest.approx(0.18)
    assert eta_carre(p, t) == pytest.approx(0.64)
    assert entropie(p, t) == pytest.approx(0.5310, abs=5e-5)


@pytest.mark.parametrize(("n", "attendu"), [(100, 0.132), (400, 0.066), (800, 0.046)])
def test_le_hasard_seul_donne_de_la_dissimilarite(n, attendu) -> None:
    sondages = np.random.default_rng(0).binomial(n, 0.1, size=(2000, 50)) / n
    assert dissimilarite(sondages, np.full(50, n)).mean() == pytest.approx(attendu, abs=0.001)


@pytest.mark.parametrize("ecart", [0.0, 0.03, 0.08])
def test_la_correction_retire_l_essentiel_du_hasard_et_l_intervalle_contient_le_vrai(ecart) -> None:
    hasard, n, t = np.random.default_rng(1), 150, np.full(60, 900.0)
    vrais = np.clip(0.15 + ecart * hasard.standard_normal(60), 0.01, 0.9)
    vrai = float(dissimilarite(vrais, t))
    brutes, corrigees, dedans = [], [], 0
    for graine in range(60):
        p = hasard.binomial(n, vrais) / n
        e = segregation_corrigee(p, t, np.full(60, float(n)), tirages=100, graine=graine)
        brutes.append(e["dissimilarite"].brute - vrai)
        corrigees.append(e["dissimilarite"].corrigee - vrai)
        dedans += e["dissimilarite"].basse <= vrai <= e["dissimilarite"].haute
    assert np.mean(brutes) > 0.005
    # Sans ségrégation, une mesure corrigée ne peut être sous 0 : il reste un peu de biais.
    assert abs(np.mean(corrigees)) < max(0.3 * np.mean(brutes), 0.006)
    assert dedans >= 0.8 * 60


def test_source_exhaustive_ni_correction_ni_intervalle() -> None:
    e = segregation_corrigee([0.2, 0.4], [10, 10], [np.inf, np.inf], tirages=50, graine=1)
    for estimation in e.values():
        assert estimation.brute == estimation.corrigee
        assert np.isnan(estimation.basse)
        assert np.isnan(estimation.haute)


def test_la_meme_graine_donne_le_meme_chiffre() -> None:
    arguments = ([0.1, 0.3, 0.2], [500, 600, 700], [80.0, 90.0, 100.0])
    premier = segregation_corrigee(*arguments, tirages=50, graine=3)
    assert premier == segregation_corrigee(*arguments, tirages=50, graine=3)


def test_part_hors_bornes_ou_masquee_refusee() -> None:
    for p in ([0.2, 1.2], [0.2, np.nan]):
        with pytest.raises(ErreurDonnees):
            dissimilarite(p, [1, 1])


def test_un_groupe_vide_ou_total_n_a_pas_de_mesure() -> None:
    for p in ([0.0, 0.0], [1.0, 1.0]):
        assert np.isnan(dissimilarite(p, [5, 5]))
        assert np.isnan(entropie(p, [5, 5]))


@given(
    st.lists(
        st.tuples(st.floats(0.0, 1.0), st.floats(1.0, 5_000.0)), min_size=2, max_size=20
    ).filter(lambda i: 0.001 < np.average([p for p, _ in i], weights=[t for _, t in i]) < 0.999),
    st.randoms(use_true_random=False),
)
@settings(max_examples=40, deadline=None)
def test_bornes_ordre_et_division_d_un_iris(iris, hasard) -> None:
    p, t = np.array(iris).T
    ordre = list(range(len(p)))
    hasard.shuffle(ordre)
    for nom, mesure in MESURES.items():
        valeur = float(mesure(p, t))
        assert -1e-9 <= valeur <= 1 + 1e-9, nom
        assert float(mesure(p[ordre], t[ordre])) == pytest.approx(valeur, abs=1e-9)
        # Couper un IRIS en deux moitiés semblables ne change rien.
        coupe_p, coupe_t = np.append(p, p[0]), np.append(t, t[0] / 2)
        coupe_t[0] /= 2
        assert float(mesure(coupe_p, coupe_t)) == pytest.approx(valeur, abs=1e-9)
    # La dissimilarité ne change pas si l’on regarde les autres plutôt que le groupe.
    assert float(dissimilarite(1 - p, t)) == pytest.approx(float(dissimilarite(p, t)), abs=1e-9)
