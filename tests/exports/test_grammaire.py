"""Petite grammaire : articles, contractions, phrases de position jamais plus sûres que les verdicts."""

import math
import re
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.cartes.francais import a_la_ville, au_quartier, de_la_ville, du_quartier
from observatoire.cartes.quartier import phrase_quartier
from observatoire.catalogue import charger_catalogue
from observatoire.exports.phrases import (
    dire_ecart_en_nombre,
    dire_peuplement,
    dire_position,
    dire_sans_comparaison,
)
from observatoire.exports.profils import echelle_commune
from observatoire.exports.texte import lier
from observatoire.redaction import FINE, INSECABLE, ecart_minimal, ecrire_date, ecrire_ecart_minimal

CATALOGUE = charger_catalogue().indicateurs
PAUVRETE = CATALOGUE["taux_pauvrete"]


def simple(texte):
    return texte.replace(FINE, " ").replace(INSECABLE, " ")


@pytest.mark.parametrize(
    ("nom", "a", "de"),
    [
        ("La Villeneuve", "À la Villeneuve", "de la Villeneuve"),
        ("Le Mistral", "Au Mistral", "du Mistral"),
        ("Les Géants", "Aux Géants", "des Géants"),
        ("Alma – Très-Cloîtres", "À Alma – Très-Cloîtres", "d’Alma – Très-Cloîtres"),
        ("Échirolles", "À Échirolles", "d’Échirolles"),
        ("L’Abbaye", "À l’Abbaye", "de l’Abbaye"),
        ("L'Abbaye", "À l’Abbaye", "de l’Abbaye"),
        ("Teisseire", "À Teisseire", "de Teisseire"),
        ("Cité des Tisserands", "À la Cité des Tisserands", "de la Cité des Tisserands"),
        ("Quartier Nord", "Au Quartier Nord", "du Quartier Nord"),
        ("Hauts de Rouen", "Aux Hauts de Rouen", "des Hauts de Rouen"),
        ("Ensemble Sud", "À l’Ensemble Sud", "de l’Ensemble Sud"),
        ("Lescure", "À Lescure", "de Lescure"),
        ("Hautepierre", "À Hautepierre", "de Hautepierre"),
        ("Hérouville", "À Hérouville", "d’Hérouville"),
    ],
)
def test_noms_de_quartier(nom, a, de):
    assert au_quartier(nom) == a
    assert du_quartier(nom) == de


@pytest.mark.parametrize(
    ("nom", "a", "de"),
    [
        ("Les Ulis", "Aux Ulis", "des Ulis"),
        ("Le Creusot", "Au Creusot", "du Creusot"),
        ("La Rochelle", "À La Rochelle", "de La Rochelle"),
        ("L’Isle-d’Abeau", "À L’Isle-d’Abeau", "de L’Isle-d’Abeau"),
        ("Hyères", "À Hyères", "d’Hyères"),
        ("Hem", "À Hem", "de Hem"),
        ("Honfleur", "À Honfleur", "de Honfleur"),
        ("Œuilly", "À Œuilly", "d’Œuilly"),
    ],
)
def test_noms_de_commune(nom, a, de):
    assert a_la_ville(nom) == a
    assert de_la_ville(nom) == de


@given(st.sampled_from(["Le ", "La ", "Les ", "L’", ""]), st.text("abcdéhA’ -", min_size=1))
def test_jamais_d_article_non_contracte(article, reste):
    nom = article + reste.strip()
    for texte in (au_quartier(nom), du_quartier(nom), a_la_ville(nom), de_la_ville(nom)):
        assert not re.match(r"(À|à|de) (Le|Les) \S", texte)


def quartiers(**colonnes):
    nombre = len(next(iter(colonnes.values())))
    base = {
        "nom": ["Teisseire", "Le Mistral", "Les Géants", "La Villeneuve"][:nombre],
        "valeur": [51.0] * nombre,
        "ecart_borne_basse": [math.nan] * nombre,
        "ecart_borne_haute": [math.nan] * nombre,
        "bornes_seules": [False] * nombre,
        "statut": ["publie"] * nombre,
        "verdict": ["ecart_net"] * nombre,
        "ecart": [30.0] * nombre,
    }
    return pd.DataFrame(base | colonnes)


def position(lignes, indicateur=PAUVRETE, ville=21.0):
    return simple(dire_position(indicateur, lignes, reference="ville", valeur_reference=ville))


def test_position_connue():
    assert position(quartiers(ecart=[30.0, 24.0, 26.0, 30.0])) == (
        "Le taux de pauvreté est supérieur de 24 à 30 points à celui de la ville (21 %) dans les "
        "quatre quartiers"
    )
    assert position(quartiers(ecart=[30.0, 30.0])).endswith(
        "est supérieur de 30 points à celui de la ville (21 %) dans les deux quartiers"
    )
    assert position(quartiers(ecart=[1.0])) == (
        "Le taux de pauvreté est supérieur de 1 point à celui de la ville (21 %) à Teisseire"
    )


def test_position_ne_depasse_pas_le_verdict():
    lignes = quartiers(
        ecart=[30.0, 4.0, 2.0, math.nan],
        verdict=["ecart_net", "ecart_indicatif", "non_interpretable", "non_interpretable"],
        statut=["publie", "estime", "estime", "secret"],
    )
    assert position(lignes) == (
        "Le taux de pauvreté est supérieur de 30 points à celui de la ville (21 %) à Teisseire ; "
        "il semble supérieur, selon nos estimations, de 4 points au Mistral ; il ne peut pas être "
        "comparé aux Géants ; il est couvert par le secret statistique à la Villeneuve"
    )


def test_position_des_deux_cotes_et_accord():
    chomage = CATALOGUE["part_diplome_superieur"]
    texte = position(quartiers(ecart=[-26.0, 3.5, -22.0]), chomage, 50.46)
    assert texte == (
        "La part des 15 ans et plus non scolarisés diplômés du supérieur est supérieure de "
        "3,5 points à celle de la ville (50,5 %) au Mistral ; elle est inférieure de 22 à 26 points "
        "à Teisseire et aux Géants"
    )


def test_position_de_bornes_prouvees():
    lignes = quartiers(
        ecart=[26.9, math.nan],
        ecart_borne_basse=[2.7, math.nan],
        ecart_borne_haute=[62.9, math.nan],
        bornes_seules=[True, False],
        statut=["estime", "absent"],
        verdict=["ecart_net", "non_interpretable"],
    )
    assert position(lignes) == (
        "Le taux de pauvreté est supérieur, selon nos estimations, d’au moins 2 points à celui de la "
        "ville (21 %) à Teisseire ; il n’est pas disponible au Mistral"
    )


def test_position_egale():
    assert "est égal, à l’arrondi près, à celui de la ville" in position(
        quartiers(ecart=[0.01, 0.02])
    )


def test_peuplement():
    table = pd.DataFrame({"nom": ["Alma", "Mistral"], "valeur": [1350.0, 12_357.0]})
    dit = simple(dire_peuplement("Grenoble", table, total=2, est_fictive=False))
    assert dit == (
        "Grenoble compte deux quartiers prioritaires de la politique de la ville (QPV) ; le plus peuplé "
        "est Mistral, 12 360 habitants, et le moins peuplé Alma, 1 350 habitants"
    )
    partiel = simple(dire_peuplement("Les Ulis", table.head(1), total=3, est_fictive=False))
    assert partiel.startswith("Ce document porte sur un des trois quartiers prioritaires")
    assert "(QPV) des Ulis : Alma, 1 350 habitants" in partiel


def test_ecart_en_nombre():
    dit = dire_ecart_en_nombre("Les Géants", PAUVRETE, effectif_ecart=2965.7, reference="ville")
    assert simple(dit) == (
        "Aux Géants, si le taux de pauvreté était celui de la ville, on compterait environ 2 970 "
        "habitants de moins sous le seuil de pauvreté"
    )
    jeunes = PAUVRETE.model_copy(update={"concernes": "habitants de moins de 15 ans"})
    autre = dire_ecart_en_nombre("", jeunes, effectif_ecart=-92.0, reference="ville")
    assert simple(autre).endswith(
        "le nombre d’habitants de moins de 15 ans serait plus élevé d’environ 90"
    )


def test_sans_comparaison_s_accorde():
    un = dire_sans_comparaison([PAUVRETE], ["a", "b"], total=2, reference="ville")
    assert "Le taux de pauvreté ne peut être comparé à celui de la ville dans aucun quartier" in un
    part = CATALOGUE["part_sans_diplome"]
    deux = dire_sans_comparaison([part, part], ["a", "b"], total=3, reference="ville")
    assert "ne peuvent être comparées à celles de la ville dans aucun de ces quartiers" in deux


def test_bornes_seules_ne_dit_que_les_bornes():
    options = {
        "valeur": 45.06, "ecart": 26.94, "statut": "estime", "borne_basse": 20.5, "borne_haute": 81.0,
        "bornes_seules": True, "methode": "carreaux",
    }  # fmt: skip
    net = phrase_quartier(
        "Le Mistral", PAUVRETE, verdict="ecart_net", ecart_bornes=(2.7, 63.2), **options
    )
    assert simple(net) == (
        "Au Mistral, le taux de pauvreté se situe entre 20,5 % et 81 %, soit au moins 2 points de plus "
        "que dans la ville"
    )
    muet = phrase_quartier("", PAUVRETE, verdict="non_interpretable", **options)
    assert "ne peut pas être comparé" in muet
    assert "45" not in net + muet
    vide = phrase_quartier(
        "Le Mistral",
        PAUVRETE,
        verdict="non_interpretable",
        **(options | {"borne_haute": 100.0, "borne_basse": 2.0}),
    )
    assert simple(vide) == "Au Mistral, les données ne permettent pas d’estimer le taux de pauvreté"


@given(
    st.floats(0.01, 90), st.floats(0.01, 90), st.booleans(),
    st.sampled_from(["pct", "eur", "rapport", "indice", "personnes"]),
)  # fmt: skip
def test_au_moins_ne_promet_jamais_trop(un, autre, negatif, unite):
    signe = -1 if negatif else 1
    minimal = ecart_minimal(signe * un, signe * autre, unite)
    assert abs(minimal) <= min(un, autre) + 1e-9
    assert minimal == 0 or (minimal < 0) == negatif
    assert ecrire_ecart_minimal(signe * un, signe * autre, unite).startswith("au moins ")


def test_dates():
    assert simple(ecrire_date(pd.Timestamp(2026, 3, 1).date())) == "1er mars 2026"
    assert simple(ecrire_date(pd.Timestamp(2026, 11, 26).date())) == "26 novembre 2026"


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("Emploi des 15-64 ans", "Emploi des 15‑64 ans"),
        ("Médecins pour 10 000 hab.", "Médecins pour 10 000 hab."),
        ("Sans diplôme", "Sans diplôme"),
        ("2018-2021", "2018-2021"),
    ],
)
def test_un_nom_etroit_ne_se_coupe_pas_dans_un_nombre(texte, attendu):
    assert lier(texte) == attendu


@pytest.mark.parametrize(
    ("valeurs", "attendu"),
    [((13_690.0, 22_140.0, 23_300.0), (10_000.0, 25_000.0)), ((3.8, 4.9), (2.3, 5.2))],
)
def test_les_bouts_d_une_echelle_sont_ronds(valeurs, attendu):
    chiffres = [
        SimpleNamespace(
            unite="eur",
            valeur=v,
            ville=None,
            hors_qpv=None,
            autre_reference=None,
            borne_basse=None,
            borne_haute=None,
        )
        for v in valeurs
    ]
    bas, haut = echelle_commune(chiffres)
    assert (bas, haut) == pytest.approx(attendu)
    assert bas < min(valeurs) < max(valeurs) < haut
