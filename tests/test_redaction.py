"""Écriture française des nombres : réponses connues et propriétés."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.redaction import (
    FINE,
    INSECABLE,
    MOINS,
    ecrire_ecart,
    ecrire_lu,
    ecrire_nombre,
    ecrire_valeur,
    pluriel,
)


@pytest.mark.parametrize(
    ("valeur", "decimales", "signe", "attendu"),
    [
        (12360, 0, False, f"12{FINE}360"),
        (-3.5, 1, False, f"{MOINS}3,5"),
        (24, 0, True, "+24"),
        (0.04, 1, True, "0,0"),
        (-0.04, 1, True, "0,0"),
        (1234567.25, 2, False, f"1{FINE}234{FINE}567,25"),
    ],
)
def test_nombres(valeur, decimales, signe, attendu):
    assert ecrire_nombre(valeur, decimales, signe=signe) == attendu


@pytest.mark.parametrize(
    ("valeur", "attendu"),
    [
        (960.548, "960,548"),
        (1e9, f"1{FINE}000{FINE}000{FINE}000"),
        (-12.0, f"{MOINS}12"),
        (100.0, "100"),
        (135.82, "135,82"),
        (0.0, "0"),
        (float("inf"), "∞"),
        (float("nan"), "masqué ou absent"),
    ],
)
def test_nombres_lus_dans_un_fichier(valeur, attendu):
    assert ecrire_lu(valeur) == attendu


@pytest.mark.parametrize(
    ("valeur", "unite", "attendu"),
    [
        (45, "pct", f"45,0{FINE}%"),
        (22140, "eur", f"22{FINE}140{INSECABLE}€"),
        (12357, "personnes", f"12{FINE}360{INSECABLE}habitants"),
        (1, "personnes", f"1{INSECABLE}habitant"),
        (3.84, "rapport", "3,8"),
        (0.286, "indice", "0,29"),
        (8123, "hab_km2", f"8{FINE}120{INSECABLE}hab./km²"),
    ],
)
def test_valeurs(valeur, unite, attendu):
    assert ecrire_valeur(valeur, unite) == attendu


@pytest.mark.parametrize(
    ("ecart", "unite", "attendu"),
    [
        (24, "pct", f"+24,0{INSECABLE}points"),
        (-1.5, "pct", f"{MOINS}1,5{INSECABLE}point"),
        (-3254, "eur", f"{MOINS}3{FINE}250{INSECABLE}€"),
        (0.42, "rapport", "+0,4"),
        (-0.034, "indice", "−0,03"),
    ],
)
def test_ecarts(ecart, unite, attendu):
    assert ecrire_ecart(ecart, unite) == attendu


@pytest.mark.parametrize("valeur", [float("nan"), float("inf")])
def test_une_valeur_masquee_ne_s_ecrit_pas(valeur):
    with pytest.raises(ValueError, match="absente"):
        ecrire_nombre(valeur)


@given(st.floats(-1e9, 1e9), st.integers(0, 3), st.booleans())
def test_aucune_ecriture_anglaise(valeur, decimales, signe):
    texte = ecrire_nombre(valeur, decimales, signe=signe)
    assert "." not in texte
    assert "-" not in texte
    assert " " not in texte
    relu = float(texte.replace(FINE, "").replace(MOINS, "-").replace(",", "."))
    assert relu == pytest.approx(valeur, abs=0.5 * 10**-decimales + 1e-6)


def test_un_ecart_entre_taux_est_en_points():
    assert "%" not in ecrire_ecart(3.2, "pct")


def test_le_pluriel_commence_a_deux():
    assert [pluriel("point", n) for n in (0, 1, 1.9, 2, -3)] == [
        "point",
        "point",
        "point",
        "points",
        "points",
    ]
