"""Page et commande « inegalites » : chaque carte, une édition ancienne, la sortie JSON."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from observatoire.cartes.vue_inegalites import (
    indicateurs_a_grappes,
    vue_des_grappes,
    vue_des_poches,
)
from observatoire.catalogue import charger_catalogue
from observatoire.erreurs import ErreurDemande


def _page_seule() -> None:
    from observatoire.interface.page_inegalites import afficher

    afficher()


@pytest.fixture
def page(racine_fictive, monkeypatch):
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(racine_fictive))

    def ouvrir(**choix):
        test = AppTest.from_function(_page_seule, default_timeout=60)
        for cle, valeur in choix.items():
            test.query_params[cle] = valeur
        return test.run()

    return ouvrir


def _html(application) -> str:
    return "\n".join(e.proto.body for e in application.get("html"))


def test_la_page(page) -> None:
    ouverte = page()
    assert not ouverte.exception
    corps = _html(ouverte)
    assert "À Brumeval, il faut" in corps
    assert corps.count("Ce que cela ne dit pas.") == 5
    assert "Les Hauts de Sarcelle" in corps
    assert corps.count('class="obs-carte"') == 1
    assert "./api/carte/inegalites/valeurs?" in corps


def test_les_poches_disent_les_masques(page) -> None:
    corps = _html(page(montrer="poches"))
    assert "aucun IRIS connu hors des quartiers prioritaires" in corps
    assert "masqué\u202f: on ne sait pas" in corps
    assert "aucun groupe d’au moins 100 ménages" in corps.replace("\u00a0", " ")


def test_une_carte_de_grappes_n_est_jamais_vide(edition_fictive, page) -> None:
    catalogue = charger_catalogue()
    detaches = indicateurs_a_grappes(edition_fictive)
    assert "taux_pauvrete" not in detaches
    for vue in (
        vue_des_grappes(edition_fictive, catalogue, "taux_pauvrete"),
        vue_des_poches(edition_fictive, catalogue),
    ):
        assert vue.vue == "ecart"
        assert vue.zones["couleur"].nunique() > 3
        assert "aucun" in vue.titre
    vue = vue_des_grappes(edition_fictive, catalogue, "niveau_vie_median")
    assert "niveau_vie_median" in detaches
    assert "1 IRIS élevé parmi des voisins élevés" in vue.titre.replace("\u00a0", " ")
    corps = _html(page())
    assert "Aucun groupe précis ne peut" in corps
    assert "Niveau de vie médian\u202f»" in corps


def test_une_zone_sans_logement_ou_masquee_n_a_pas_de_couleur(edition_fictive) -> None:
    catalogue = charger_catalogue()
    indicateur = "niveau_vie_median"
    vue = vue_des_grappes(edition_fictive, catalogue, indicateur)
    zones = vue.zones
    sans = zones[~zones["type_iris"].isin(["H", "Z"])]
    # Masqué par le producteur ici comme sur la carte : les deux pages comptent pareil.
    assert set(sans["aspect"]) <= {"secret", "sans_logement"}
    assert (sans["classe"] == -1).all()
    grappes = edition_fictive.complement("grappes")
    masques = set(
        grappes.loc[
            (grappes["indicateur"] == indicateur) & (grappes["grappe"] == "masque"),
            "code_iris",
        ]
    )
    assert masques
    assert set(zones.loc[zones["code_territoire"].isin(masques), "aspect"]) == {"secret"}
    assert sum(c.effectif for c in vue.legende.classes) + sum(
        n for _, n in vue.legende.aspects
    ) == len(zones)
    with pytest.raises(ErreurDemande):
        vue_des_grappes(edition_fictive, catalogue, "population")


def test_la_commande_raconte_et_le_json_n_invente_pas_de_nombre(racine_fictive) -> None:
    from observatoire.cli import application

    options = ["inegalites", "--commune", "00001", "--donnees", str(racine_fictive)]
    recit = CliRunner().invoke(application, options, env={"COLUMNS": "160"})
    assert recit.exit_code == 0, recit.output
    assert "Indice de Gini" in recit.output
    assert "Carreaux de 200 m, 2021" in recit.output
    lu = json.loads(CliRunner().invoke(application, [*options, "--json"]).output)
    assert set(lu) >= {
        "inegalites",
        "grappes",
        "typologie",
        "poches",
        "poches_carreaux",
        "reperage_carreaux",
        "ceintures",
        "defavorisation",
    }
    secrets = [p for p in lu["poches"] if p["statut"] == "secret"]
    assert secrets
    assert all(p["valeur"] is None for p in secrets)
