"""Page « Évolutions » : dates dans l’adresse, règle dite, tableau équivalent, refus sans nombre."""

import pytest
from champs import champs
from streamlit.testing.v1 import AppTest

from observatoire.catalogue import charger_catalogue
from observatoire.domaine import Comparabilite
from observatoire.interface.composants_evolutions import html_regle, titre_evolutions

PAGE = """
from observatoire.interface.page_evolutions import afficher
afficher()
"""


@pytest.fixture
def page(racine_fictive, monkeypatch):
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(racine_fictive))

    def ouvrir(**choix):
        test = AppTest.from_string(PAGE, default_timeout=60)
        for cle, valeur in choix.items():
            test.query_params[cle] = valeur
        test.run()
        assert not test.exception
        return test, "\n".join(e.proto.body for e in test.get("html"))

    return ouvrir


def test_la_pauvrete_d_abord_avec_la_raison_et_le_tableau(page):
    test, corps = page()
    assert champs(test) == ["Indicateur", "De", "À"]
    assert '<h1 class="obs-titre">Taux de pauvreté' in corps
    assert "Comparaison à lire avec précaution." in corps
    assert "rupture en 2019" in corps
    assert "obs-evolutions" in corps
    assert "dont nouveau contour" in corps
    assert "Pont-Ferré" in corps


def test_une_comparaison_refusee_ne_montre_aucun_tableau(page):
    _, corps = page(indicateur="part_ouvriers")
    assert "2017 et 2022 ne se comparent pas" in corps
    assert "Comparaison refusée." in corps
    assert "obs-evolutions" not in corps


def test_les_bornes_seules_n_ont_pas_de_nombre(page):
    _, corps = page(indicateur="taux_chomage_15_64")
    muette = corps.split("Cité des Tisserands")[1].split("</tr>")[0]
    assert "habitants d’à côté" in muette
    assert "%" not in muette
    assert "non interprétable" in muette


def test_une_adresse_hostile_est_ignoree(page):
    _, corps = page(indicateur="<script>", debut="1999", fin="x")
    assert "<script>" not in corps
    assert "Taux de pauvreté" in corps


def test_le_titre_ne_va_pas_plus_loin_que_les_verdicts(edition_fictive):
    catalogue = charger_catalogue()
    indicateur = catalogue.indicateurs["taux_pauvrete"]
    table = edition_fictive.complement("evolutions")
    quartiers = table[
        (table["indicateur"] == "taux_pauvrete") & (table["type_territoire"] == "qpv")
    ]
    regle = catalogue.temps.comparer(catalogue, indicateur, 2018, 2021)
    assert regle.issue is Comparabilite.ANNOTEE
    assert "aucune évolution nette" in titre_evolutions(indicateur, 2018, 2021, quartiers, regle)
    une = quartiers.assign(verdict="ecart_indicatif", evolution=2.0)
    une.loc[une.index[0], "verdict"] = "ecart_net"
    assert une["nom"].iloc[0].startswith("La Vergnée")
    assert "hausse nette à la Vergnée" in titre_evolutions(indicateur, 2018, 2021, une, regle)
    assert regle.motif[:30] in html_regle(regle)
