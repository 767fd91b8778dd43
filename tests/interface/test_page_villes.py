"""La page « Comparer les villes » : une seule ville, plusieurs, une édition qui ne les compare pas."""

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from observatoire.editions.villes import VillesComparees
from observatoire.interface import page_villes


def _page():
    from observatoire.interface import page_villes

    page_villes.afficher()


def _ouvrir(**adresse):
    test = AppTest.from_function(_page, default_timeout=60)
    for cle, valeur in adresse.items():
        test.query_params[cle] = valeur
    test.run()
    assert not test.exception
    return test, "\n".join(e.proto.body for e in test.get("html"))


@pytest.fixture
def racine(racine_fictive, monkeypatch):
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(racine_fictive))
    return racine_fictive


def test_une_seule_ville(racine):
    _, corps = _ouvrir()
    assert "À Brumeval, le taux de pauvreté des quartiers prioritaires dépasse de" in corps
    assert "ville fictive" in corps
    assert "obs-axe" in corps
    assert "1 édition publiée" in corps


def test_une_adresse_hostile_est_ignoree(racine):
    _, corps = _ouvrir(villes="<script>,99999", indicateur="inconnu")
    assert "<script>" not in corps
    assert "Brumeval" in corps


def test_plusieurs_villes_et_ce_que_l_intervalle_permet(racine, edition_fictive, monkeypatch):
    table = edition_fictive.complement("villes")
    autre = table.assign(code_commune="00002", nom="Clairval <b>")
    autre[["valeur", "ecart", "ecart_borne_basse", "ecart_borne_haute"]] -= 30.0
    toutes = pd.concat([table, autre], ignore_index=True).assign(rang_sur=2, rang_max=2)
    monkeypatch.setattr(page_villes, "_comparees", lambda: VillesComparees(toutes, "essai", False))
    test, corps = _ouvrir(indicateur="taux_pauvrete")
    assert set(test.multiselect[0].value) == {"00001", "00002"}
    assert "Clairval &lt;b&gt;" in corps
    assert "Cet écart est" in corps
    test.multiselect[0].set_value(["00001"]).run()
    assert "00001" in test.query_params["villes"]
    assert "00002" not in test.query_params["villes"]
