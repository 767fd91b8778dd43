"""Palettes : conformité à la charte, daltonisme, niveaux de gris."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.cartes import palettes
from observatoire.cartes.modeles import Aspect
from observatoire.cartes.palettes import (
    couleur_en_mots,
    couleurs_divergentes,
    couleurs_sequentielles,
    niveaux_de_teinte,
)

# Machado, Oliveira et Fernandes 2009, sévérité 1, en sRGB linéaire.
DALTONISMES = {
    "normale": np.eye(3),
    "protanopie": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutéranopie": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopie": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
DELTA_MIN = 8.0
"""Différence CIE76 entre classes voisines, plus de trois fois le seuil perceptible (≈ 2,3)."""
CLARTE_MIN = 5.0
"""Différence de clarté L* entre classes voisines d’un même côté, en niveaux de gris."""


def lineaire(couleur):
    srgb = np.array([int(couleur[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def lab(rvb):
    m = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    t = m @ np.clip(rvb, 0, 1) / (m @ np.ones(3))
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def delta(a, b, matrice):
    return float(np.linalg.norm(lab(matrice @ lineaire(a)) - lab(matrice @ lineaire(b))))


def clarte(couleur):
    return float(lab(lineaire(couleur))[0])


def test_charte_exacte():
    assert couleurs_divergentes((1, 2, 3, 4), (1, 2, 3, 4)) == (
        "#3f4f8f", "#7282b6", "#aab4d4", "#dcdfe9", "#f5f1ea",
        "#f1d6ad", "#e3a55c", "#bd6a25", "#8a4513",
    )  # fmt: skip
    assert (palettes.ENCRE, palettes.QPV, palettes.TERRE) == ("#1b1f2a", "#14213d", "#f4f3f0")
    assert palettes.MASQUE == "#eceae4"


@pytest.mark.parametrize("vision", DALTONISMES)
@pytest.mark.parametrize(("dessous", "dessus"), [(i, j) for i in range(5) for j in range(5)])
def test_ecarts_distinguables(vision, dessous, dessus):
    cotes = [niveaux_de_teinte(range(10, 10 + n), 13) for n in (dessous, dessus)]
    couleurs = couleurs_divergentes(*cotes)
    deltas = [delta(a, b, DALTONISMES[vision]) for a, b in pairwise(couleurs)]
    assert len(couleurs) == dessous + dessus + 1
    assert all(d >= DELTA_MIN for d in deltas), deltas


def test_teintes_suivent_la_grandeur():
    assert niveaux_de_teinte([5, 12, 25, 32], 32) == (1, 2, 3, 4)
    assert niveaux_de_teinte([6, 10, 12], 32) == (2, 3, 4)
    assert niveaux_de_teinte([2], 40) == (2,)
    assert niveaux_de_teinte([39, 40], 40) == (3, 4)
    assert niveaux_de_teinte([], 40) == ()
    with pytest.raises(ValueError, match="quatre"):
        niveaux_de_teinte([1, 2, 3, 4, 5], 5)


@given(
    grandeurs=st.lists(st.floats(0.1, 100), max_size=4, unique=True).map(sorted),
    reste=st.floats(0, 50),
)
def test_teintes_strictement_croissantes(grandeurs, reste):
    niveaux = niveaux_de_teinte(grandeurs, max(grandeurs, default=1) + reste)
    assert all(a < b for a, b in pairwise(niveaux))
    assert all(1 <= n <= 4 for n in niveaux)


@pytest.mark.parametrize("vision", DALTONISMES)
@pytest.mark.parametrize("rang", range(4))
def test_les_deux_cotes_ne_se_confondent_pas(vision, rang):
    assert delta(palettes.INDIGOS[rang], palettes.AMBRES[rang], DALTONISMES[vision]) >= 15


@pytest.mark.parametrize("nature", ["defavorable", "neutre"])
@pytest.mark.parametrize("nombre", range(2, 8))
@pytest.mark.parametrize("vision", DALTONISMES)
def test_valeurs_distinguables(nature, nombre, vision):
    couleurs = couleurs_sequentielles(nombre, nature)
    assert len(set(couleurs)) == nombre
    assert all(delta(a, b, DALTONISMES[vision]) >= DELTA_MIN for a, b in pairwise(couleurs))


@pytest.mark.parametrize("rampe", [palettes.RAMPE_DEFAVORABLE, palettes.RAMPE_NEUTRE])
def test_niveaux_de_gris_de_chaque_rampe(rampe):
    assert all(clarte(a) - clarte(b) >= CLARTE_MIN for a, b in pairwise(rampe))


@pytest.mark.parametrize("nature", ["defavorable", "neutre"])
def test_niveaux_de_gris_reguliers(nature):
    clartes = [clarte(c) for c in couleurs_sequentielles(6, nature)]
    pas = [a - b for a, b in pairwise(clartes)]
    assert min(pas) >= CLARTE_MIN
    assert max(pas) - min(pas) < 1.5


def test_ambre_du_cote_defavorable():
    direct = couleurs_divergentes((2, 3), (2, 3, 4))
    inverse = couleurs_divergentes((2, 3), (2, 3, 4), ambre_dessus=False)
    assert direct[-1] == palettes.AMBRES[-1]
    assert inverse[-1] == palettes.INDIGOS[-1]
    assert inverse[0] == palettes.AMBRES[2]
    assert direct[2] == inverse[2] == palettes.IVOIRE


def test_rampe_retournee_et_cas_limites():
    assert (
        couleurs_sequentielles(5, "neutre", fonce_en_haut=False)
        == couleurs_sequentielles(5, "neutre")[::-1]
    )
    assert couleurs_sequentielles(0, "neutre") == ()
    assert couleurs_sequentielles(5, "defavorable") != couleurs_sequentielles(5, "neutre")
    with pytest.raises(ValueError, match="sept"):
        couleurs_sequentielles(8, "neutre")


def test_rampe_conserve_ses_extremites():
    assert couleurs_sequentielles(7, "defavorable")[0] == palettes.IVOIRE
    assert couleurs_sequentielles(7, "defavorable")[-1] == palettes.AMBRES[-1]


def test_chaque_teinte_a_un_nom_distinct():
    noms = [couleur_en_mots(c) for c in (*palettes.RAMPE_DEFAVORABLE, *palettes.INDIGOS)]
    assert len(set(noms)) == 9


def test_chaque_aspect_sans_couleur_a_un_fond():
    assert set(palettes.FOND_ASPECT) == set(Aspect) - {Aspect.VALEUR}
