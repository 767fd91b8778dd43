"""Les adresses du catalogue : chiffrées, chez un producteur connu, sans double."""

import pytest
from pydantic import ValidationError

from observatoire.catalogue.modeles import Telechargement
from observatoire.ingestion.telechargement import HOTES_ADMIS, hote_admis


def _tous(catalogue):
    return [(s, t) for s in catalogue.sources.values() for t in s.telechargements]


def test_chaque_adresse_est_chiffree_et_chez_un_producteur(catalogue):
    tous = _tous(catalogue)
    assert len(tous) >= 50
    fautives = [t.adresse_pour("38185") for _, t in tous if not hote_admis(t.adresse_pour("38185"))]
    assert fautives == []
    assert all("{" not in t.adresse_pour("38185") for _, t in tous)
    assert all("{" not in t.nom_fichier("38185") for _, t in tous)


def test_aucune_adresse_n_est_declaree_deux_fois(catalogue):
    adresses = [t.adresse_pour("38185") for _, t in _tous(catalogue)]
    assert len(set(adresses)) == len(adresses)


def test_chaque_table_de_calcul_a_une_page(catalogue):
    tables = [s for s in catalogue.sources.values() if s.type == "tableau" and s.usage == "calcul"]
    assert len(tables) > 8
    producteurs = ("https://www.insee.fr/", "https://data.caf.fr")
    assert [s.id for s in tables if not s.page.startswith(producteurs)] == []


@pytest.mark.parametrize(
    ("source", "millesimes"),
    [
        ("contours_iris", {2023, 2024, 2025, 2026}),
        ("contours_iris_v2", {2022}),
        ("qpv_2024", {2024}),
        ("filosofi_iris", {2017, 2018, 2019, 2020, 2021}),
        ("rp_evol_struct_pop", {2017, 2018, 2019, 2020, 2021, 2022}),
        ("rp_activite_residents", {2017, 2018, 2019, 2020, 2021, 2022}),
        ("rp_diplomes_formation", {2017, 2018, 2019, 2020, 2021, 2022}),
        ("rp_couples_familles_menages", {2017, 2018, 2019, 2020, 2021, 2022}),
        ("rp_logement", {2018, 2019, 2020, 2021, 2022}),
        ("carreaux_200m", {2019, 2021}),
        ("filosofi_qpv", {2021}),
    ],
)
def test_tous_les_millesimes_connus_sont_declares(catalogue, source, millesimes):
    assert {t.millesime for t in catalogue.sources[source].telechargements} == millesimes


def test_la_geographie_du_recensement_suit_de_deux_ans(catalogue):
    recensement = [(s, t) for s, t in _tous(catalogue) if s.id.startswith("rp_")]
    assert len(recensement) == 29
    assert all(t.geographie == t.millesime + 2 for _, t in recensement)
    assert all(t.separateur == ";" and t.decimale == "." for _, t in recensement)


@pytest.mark.parametrize(
    ("champs", "motif"),
    [
        ({"adresse": "http://www.insee.fr/a.zip"}, "https://"),
        ({"adresse": "https://www.insee.fr/{annee}.zip"}, "repère inconnu"),
        ({"adresse": "https://data.geopf.fr/"}, "ajoutez « fichier »"),
        ({"adresse": "https://www.insee.fr/a.zip", "couleur": "rouge"}, "couleur"),
    ],
)
def test_une_declaration_fautive_est_refusee(champs, motif):
    with pytest.raises(ValidationError, match=motif):
        Telechargement.model_validate({"millesime": 2021, "confiance": "H", **champs})


@pytest.mark.parametrize(
    "adresse",
    [
        "http://www.insee.fr/a.zip",
        "https://insee.fr.exemple.org/a.zip",
        "https://pasinsee.fr/a.zip",
        "https://127.0.0.1/a.zip",
        "https://www.insee.fr@exemple.org/a.zip",
    ],
)
def test_un_autre_site_n_est_pas_admis(adresse):
    assert not hote_admis(adresse)


def test_les_sous_domaines_des_producteurs_sont_admis():
    assert "insee.fr" in HOTES_ADMIS
    assert hote_admis("https://static.data.gouv.fr/ressources/qpv.zip")
    assert hote_admis("http://127.0.0.1:8000/a.zip", frozenset({"127.0.0.1"}))
