"""Section « De combien nos estimations se trompent-elles ? » et mots des intervalles."""

import re

import pandas as pd
import pytest

from observatoire.catalogue import charger_catalogue
from observatoire.evaluations import Evaluation, charger_evaluation
from observatoire.interface.composants import html_table_zones, texte_intervalle
from observatoire.interface.points import Position, cle_des_points, html_points
from observatoire.interface.section_erreurs import html_erreurs, html_provenance

LIGNE = {
    "code_territoire": "QN00001M",
    "nom": "Les Tilleuls",
    "valeur": 45.6,
    "statut": "estime",
    "methode": "calee",
    "bornes_seules": False,
    "borne_basse": 41.0,
    "borne_haute": 50.0,
    "ecart": 24.6,
    "ecart_borne_basse": 20.0,
    "ecart_borne_haute": 29.0,
    "verdict": "ecart_net",
}


def simple(texte):
    return texte.replace("\u202f", " ").replace("\u00a0", " ")


def test_la_phrase_et_le_tableau_disent_les_memes_chiffres():
    corps = simple(html_erreurs(charger_evaluation()))
    assert "sous-estime la pauvreté de 11 points en moyenne" in corps
    mesures = charger_evaluation().bilans["taux_pauvrete"]["methodes"]["calee"]
    eam = f"{mesures['eam']:.1f}".replace(".", ",")
    assert f"se trompe de {eam} points en moyenne" in corps
    assert f'<td class="n">{eam}</td>' in corps
    assert corps.count('role="img"') == 2
    # La réserve vient des cases : 32 quartiers à 60 % ou plus, dans le fichier livré.
    cases = charger_evaluation().bilans["taux_pauvrete"]["nuage"]["calee"]
    nombre = sum(n for i, _, n in cases if i * 2.5 >= 60)
    assert f"les {nombre} quartiers où la pauvreté publiée atteint 60 %" in corps
    assert "compilation de chiffres publiés" in corps
    assert "<svg" not in corps


def test_chaque_case_du_nuage_est_un_point_dans_le_cadre():
    evaluation = charger_evaluation()
    corps = html_erreurs(evaluation)
    nuage = evaluation.bilans["taux_pauvrete"]["nuage"]
    for methode in ("surface", "calee"):
        points = re.findall(
            rf'<i class="{methode}" style="left:([\d.]+)%;bottom:([\d.]+)%;width:([\d.]+)%">', corps
        )
        assert len(points) == len(nuage[methode])
        assert all(0 < float(x) < 100 and 0 < float(y) < 100 for x, y, _ in points)
    # Les mêmes axes : une même case est au même endroit dans les deux panneaux.
    communes = {(i, j) for i, j, _ in nuage["surface"]} & {(i, j) for i, j, _ in nuage["calee"]}
    i, j = next(iter(communes))
    maille = 100 * nuage["pas"] / 80
    place = f'style="left:{(i + 0.5) * maille:.2f}%;bottom:{(j + 0.5) * maille:.2f}%;'
    assert corps.count(place) == 2


def test_un_modele_sans_evaluation_le_dit():
    assert "observatoire caler" in html_erreurs(Evaluation())


def test_chaque_valeur_de_quartier_est_comptee_une_fois(edition_fictive):
    corps = simple(html_provenance(edition_fictive, charger_catalogue()))
    resultats = edition_fictive.resultats
    quartiers = resultats[resultats["type_territoire"] == "qpv"]
    nombres = [int(n) for n in re.findall(r"<b>(\d+)</b> ", corps)]
    assert sum(nombres) == len(quartiers)
    publies = int((quartiers["statut"] == "publie").sum())
    assert f"<b>{publies}</b> publiées" in corps
    flex = [int(n) for n in re.findall(r"flex:(\d+)", corps)]
    assert flex == nombres


@pytest.mark.parametrize(
    ("changes", "attendu"),
    [
        ({}, "41 à 50 %"),
        ({"methode": "carreaux"}, "41 à 50 %"),
        ({"statut": "publie", "methode": "publie"}, ""),
        ({"bornes_seules": True}, ""),
        ({"borne_basse": float("nan")}, ""),
    ],
)
def test_l_intervalle_sous_une_estimation(changes, attendu):
    assert simple(texte_intervalle(pd.Series(LIGNE | changes), "pct")) == attendu


def test_un_intervalle_cale_et_des_bornes_ne_se_disent_pas_pareil(edition_fictive):
    textes = {}
    for methode in ("calee", "carreaux"):
        table = pd.DataFrame([LIGNE | {"methode": methode}])
        textes[methode] = html_table_zones(table, "pct", titre="Quartiers")
    assert "neuf fois sur dix" in textes["calee"]
    assert "neuf fois sur dix" not in textes["carreaux"]
    assert "sans hypothèse" in textes["carreaux"]
    positions = [
        Position("ville", 21.0),
        Position("quartier", 45.6),
        Position("hors_qpv", float("nan")),
    ]
    commun = {"echelle": (0.0, 100.0), "texte": ""}
    calee = html_points(positions, intervalles=[(41.0, 50.0, True)], **commun)
    assert 'class="bande calee"' in calee
    assert 'class="bande"' in html_points(positions, intervalles=[(41.0, 50.0, False)], **commun)
    assert calee.count('class="point') == 2  # une valeur inconnue n’a pas de point
    cle = cle_des_points(edition_fictive, "Brumeval", [("quartier", "Les <i>")], autres=True)
    assert "neuf fois sur dix" in cle
    assert "Les &lt;i&gt;" in cle
