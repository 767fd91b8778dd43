"""La page « Comparer les villes » : une seule ville, plusieurs, une édition qui ne les compare pas."""

import json
import shutil

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


@pytest.fixture
def deux_natures(racine_fictive, tmp_path, monkeypatch):
    """La ville fictive, et la même donnée pour vraie sous un autre nom."""
    copie = tmp_path / "racine"
    for code, nom, fictive in (("00001", "Brumeval", True), ("99001", "Clairval", False)):
        dossier = copie / "editions" / code
        shutil.copytree(racine_fictive / "editions" / "00001", dossier)
        edition = dossier / (dossier / "courante.txt").read_text("utf-8").strip()
        manifeste = json.loads((edition / "manifeste.json").read_text("utf-8"))
        manifeste |= {
            "code_commune": code,
            "nom_commune": nom,
            "ville_fictive": fictive,
            "villes": {code: nom},
        }
        (edition / "manifeste.json").write_text(json.dumps(manifeste), "utf-8")
        villes = pd.read_parquet(edition / "villes.parquet").assign(code_commune=code, nom=nom)
        villes.to_parquet(edition / "villes.parquet")
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(copie))


def test_la_page_ne_parle_que_de_la_ville_de_l_en_tete(deux_natures):
    _, fictive = _ouvrir(ville="00001")
    assert "À Brumeval, le taux de pauvreté" in fictive
    assert "ville fictive\u202f: ses chiffres sont inventés" in fictive
    assert "ville=99001" in fictive, "le chemin vers la vraie ville manque"
    assert "À Clairval" not in fictive
    _, vraie = _ouvrir(ville="99001")
    assert "À Clairval, le taux de pauvreté" in vraie
    assert "Brumeval" not in vraie


def test_une_ville_absente_de_la_comparaison_n_y_prend_pas_le_nom_d_une_autre(
    racine, edition_fictive, monkeypatch
):
    autre = edition_fictive.complement("villes").assign(code_commune="00002", nom="Clairval")
    monkeypatch.setattr(page_villes, "_comparees", lambda _: VillesComparees(autre, "essai", True))
    _, corps = _ouvrir(indicateur="taux_pauvrete")
    titre = corps.split("<h1", 1)[1].split("</h1>", 1)[0]
    assert "Brumeval n’est pas dans cette comparaison" in titre
    assert "Clairval" not in titre


def test_une_adresse_hostile_est_ignoree(racine):
    _, corps = _ouvrir(villes="<script>,99999", indicateur="inconnu")
    assert "<script>" not in corps
    assert "Brumeval" in corps


def test_plusieurs_villes_et_ce_que_l_intervalle_permet(racine, edition_fictive, monkeypatch):
    table = edition_fictive.complement("villes")
    autre = table.assign(code_commune="00002", nom="Clairval <b>")
    autre[["valeur", "ecart", "ecart_borne_basse", "ecart_borne_haute"]] -= 30.0
    toutes = pd.concat([table, autre], ignore_index=True).assign(rang_sur=2, rang_max=2)
    monkeypatch.setattr(
        page_villes, "_comparees", lambda _: VillesComparees(toutes, "essai", False)
    )
    test, corps = _ouvrir(indicateur="taux_pauvrete")
    assert set(test.multiselect[0].value) == {"00001", "00002"}
    assert "Clairval &lt;b&gt;" in corps
    assert "Cet écart est" in corps
    test.multiselect[0].set_value(["00001"]).run()
    assert "00001" in test.query_params["villes"]
    assert "00002" not in test.query_params["villes"]
    # Revenir en arrière change l’adresse et non la liste : la liste suit.
    del test.query_params["villes"]
    test.run()
    assert set(test.multiselect[0].value) == {"00001", "00002"}
    test.query_params["villes"] = "00002"
    test.run()
    assert test.multiselect[0].value == ["00002"]
    test.multiselect[0].set_value(["00001", "00002"]).run()
    assert set(test.multiselect[0].value) == {"00001", "00002"}
