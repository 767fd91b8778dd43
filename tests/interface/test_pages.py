"""Chaque page s’exécute, sur une édition, sans édition, et avec une adresse hostile."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from champs import champs, html, options, titre
from streamlit.testing.v1 import AppTest

from observatoire.cartes.francais import en_lettres
from observatoire.catalogue import charger_catalogue
from observatoire.interface.disponibilite import demande_par_defaut
from observatoire.interface.prechauffage import ecrans_les_plus_demandes
from observatoire.redaction import majuscule

SCRIPT = Path(__file__).resolve().parents[2] / "observatoire" / "interface" / "pages.py"
PAGES = ["carte", "quartiers", "methode"]


@pytest.fixture
def application(racine_fictive, monkeypatch):
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(racine_fictive))

    def ouvrir(page="carte", **choix):
        test = AppTest.from_file(str(SCRIPT), default_timeout=60)
        for cle, valeur in choix.items():
            test.query_params[cle] = valeur
        test.run()
        if page != "carte":
            test.switch_page(f"page_{page}.py")
            test.run()
        return test

    return ouvrir


def test_la_carte(application):
    page = application()
    assert not page.exception
    corps = html(page)
    assert corps.count("<h1") == 1
    assert "ville fictive" in corps
    assert "Brumeval" in corps
    assert "obs-legende" in corps
    assert champs(page) == [
        "Thème et indicateur", "Année", "Comparé à", "Découpage", "Un lieu", "À côté", "Lieux",
    ]  # fmt: skip
    assert corps.count('class="obs-carte"') == 1
    assert corps.count("<li><a") >= 3 + 2 * 5  # trois phrases, et les pages deux fois


@pytest.mark.parametrize("niveau", ["iris", "qpv", "secteur"])
@pytest.mark.parametrize("vue", ["ecart", "valeur"])
def test_la_carte_suit_l_adresse(application, niveau, vue):
    page = application(
        indicateur="taux_chomage_15_64",
        niveau=niveau,
        montrer=vue,
        reference="ville_hors_qpv",
        annee="2017",
    )
    assert not page.exception
    carte = re.search(r'data-valeurs="([^"]+)"', html(page)).group(1)
    for morceau in (
        "taux_chomage_15_64",
        f"niveau={niveau}",
        f"montrer={vue}",
        "millesime=2017",
        "ville_hors_qpv",
    ):
        assert morceau in unescape(carte)
    assert "2017" in html(page)
    assert "chômage" in titre(page).lower()


def test_une_adresse_inconnue_revient_au_choix_par_defaut(application):
    page = application(indicateur="<script>alert(1)</script>", niveau="planete", annee="1515")
    assert not page.exception
    assert options(page, "indicateur")[1] == "taux_pauvrete"
    assert "indicateur=taux_pauvrete" in html(page)
    assert "<script>" not in html(page)


def test_tous_les_indicateurs_de_la_carte(application, edition_fictive):
    page = application()
    vus = 0
    for identifiant in edition_fictive.manifeste["millesimes"]:
        page.query_params["indicateur"] = identifiant
        page.run()
        assert not page.exception, identifiant
        assert f"indicateur={identifiant}" in html(page)
        vus += 1
    assert vus == len(charger_catalogue().indicateurs)


def test_la_carte_s_ouvre_la_ou_l_indicateur_a_des_valeurs(application, edition_fictive):
    # L’indice des écoles n’existe pas par IRIS : la carte s’ouvre par quartier, et l’export la suit.
    page = application(indicateur="ips_ecoles")
    assert options(page, "niveau")[1] == "qpv"
    assert "Rien à colorer" not in html(page)
    assert "niveau=qpv" in unescape(
        re.search(r'href="([^"]*exports[^"]*document=carte[^"]*)"', html(page)).group(1)
    )
    vide = html(application(indicateur="ips_ecoles", niveau="iris"))
    assert "Rien à colorer sur cette carte." in vide
    assert "Choisissez un autre découpage" in vide
    # Le tableau à côté de la carte est celui des zones qu’elle colore.
    secteurs = html(application(niveau="secteur"))
    for nom in edition_fictive.couches["secteurs"]["nom"]:
        assert f'<th scope="row">{str(nom).replace(" - ", " – ")}' in secteurs.replace(
            "\u00a0", " "
        )


def test_une_ville_sans_edition_a_une_page_claire(monkeypatch, tmp_path):
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(tmp_path))
    page = AppTest.from_file(str(SCRIPT), default_timeout=60).run()
    assert not page.exception
    corps = html(page)
    assert "Aucune édition n’est publiée" in corps
    assert "observatoire demo" in corps


def test_une_commune_inconnue_dans_l_adresse(application):
    page = application(ville="99999")
    assert not page.exception
    assert "La commune 99999 n’a pas d’édition publiée" in html(page)
    assert "ville=00001" in html(page), "la page d’erreur ne mène nulle part"


def test_une_edition_abimee_a_une_page_claire(monkeypatch, tmp_path, racine_fictive):
    import shutil

    racine = tmp_path / "copie"
    shutil.copytree(racine_fictive, racine)
    for fichier in racine.glob("editions/00001/*/resultats.parquet"):
        fichier.write_bytes(b"abime")
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(racine))
    page = AppTest.from_file(str(SCRIPT), default_timeout=60).run()
    assert not page.exception
    assert "illisible" in html(page)


def _page_seule(module):
    """Script minimal d’une page : la navigation par fonctions n’est pas simulée par AppTest."""
    return f"from observatoire.interface import {module}\n{module}.afficher()\n"


@pytest.mark.parametrize("qpv", [f"QN0000{k}M" for k in range(1, 6)])
def test_la_fiche_de_chaque_quartier(monkeypatch, racine_fictive, qpv):
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(racine_fictive))
    test = AppTest.from_string(_page_seule("page_quartiers"), default_timeout=60)
    test.query_params["qpv"] = qpv
    test.run()
    assert not test.exception
    corps = html(test)
    assert qpv in corps
    assert "QPV" in corps
    assert corps.count('<tr><th scope="row"') >= 15
    assert "nan" not in corps.lower().replace("nanterre", "")


def test_la_page_de_methode(monkeypatch, racine_fictive, edition_fictive):
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(racine_fictive))
    test = AppTest.from_string(_page_seule("page_methode"), default_timeout=60).run()
    assert not test.exception
    corps = html(test)
    for entree in edition_fictive.manifeste["entrees"]:
        assert entree["fichier"] in corps
        assert entree["sha256"][:12] in corps
    for mot in ("publié", "estimé", "secret statistique", "non disponible", "Duncan"):
        assert mot in corps


@pytest.mark.parametrize("mode", ["tous", "face"])
def test_comparer_les_quartiers(monkeypatch, racine_fictive, mode):
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(racine_fictive))
    test = AppTest.from_string(_page_seule("page_comparer"), default_timeout=60)
    test.query_params["mode"] = mode
    test.run()
    assert not test.exception
    corps = html(test)
    assert corps.count('<tr><th scope="row"') >= 15
    assert "nan" not in corps.lower()
    assert ("obs-face" in corps) == (mode == "face")


def test_la_declaration_d_accessibilite_ne_se_vante_pas(monkeypatch, racine_fictive):
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(racine_fictive))
    corps = html(AppTest.from_string(_page_seule("page_accessibilite")).run())
    assert "non conforme" in titre(AppTest.from_string(_page_seule("page_accessibilite")).run())
    for mot in ("Streamlit", "Leaflet", "axe-core", "Défenseur des droits"):
        assert mot in corps


def test_deux_annees_cote_a_cote(application):
    page = application(indicateur="niveau_vie_median", montrer="valeur", cote="2018")
    assert not page.exception
    adresses = [unescape(a) for a in re.findall(r'data-valeurs="([^"]+)"', html(page))]
    assert len(adresses) == 2
    assert "compare_a=2018" in adresses[0]
    assert "millesime=2018" in adresses[1]


def test_la_vue_integree_n_a_pas_de_menu(application):
    page = application(vue="integree", indicateur="taux_pauvrete")
    assert not page.exception
    assert "obs-nav" not in html(page)
    assert "obs-pied" in html(page)
    assert "ville fictive" in html(page)


def test_un_nom_de_quartier_hostile_reste_du_texte(monkeypatch, racine_fictive, tmp_path):
    import shutil

    import geopandas as gpd

    racine = tmp_path / "hostile"
    shutil.copytree(racine_fictive, racine)
    for fichier in racine.glob("editions/00001/*/qpv.parquet"):
        qpv = gpd.read_parquet(fichier)
        qpv["nom"] = "<script>alert(1)</script>"
        qpv.to_parquet(fichier)
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(racine))
    for page in ("page_quartiers", "page_comparer", "page_carte"):
        test = AppTest.from_string(_page_seule(page), default_timeout=60).run()
        assert not test.exception, page
        assert "<script>alert" not in html(test), page
        assert "&lt;script&gt;" in html(test), page


def test_un_choix_sans_effet_n_est_pas_offert(application):
    # Un effectif ne se compare pas : ni écart, ni référence ; un taux garde les deux.
    for indicateur, comparable in (("population", False), ("taux_pauvrete", True)):
        page = application(indicateur=indicateur)
        assert ("Comparé à" in champs(page)) is comparable
        assert ('data-defaut="valeur" data-efface="" disabled' in html(page)) is not comparable
    # La carte d’à côté, elle, se compare.
    assert "Comparé à" in champs(application(indicateur="population", cote="taux_pauvrete"))


def test_la_carte_preparee_est_celle_que_la_page_demande(application, edition_fictive):
    catalogue = charger_catalogue()
    for indicateur in ("taux_pauvrete", "population", "ips_ecoles"):
        demande = demande_par_defaut(edition_fictive, catalogue.indicateurs[indicateur])
        adresse = re.search(r'data-valeurs="([^"]+)"', html(application(indicateur=indicateur)))
        champ = parse_qs(urlsplit(unescape(adresse.group(1))).query)
        voulus = {
            "indicateur": demande.indicateur, "millesime": str(demande.millesime), "montrer": demande.vue,
            "niveau": demande.niveau, "reference": demande.reference, "classes": demande.classes,
        }  # fmt: skip
        assert {c: champ[c][0] for c in voulus} == voulus
    assert sum(1 for _ in ecrans_les_plus_demandes(edition_fictive)) > 60


def test_ce_dont_on_ne_peut_rien_dire_est_compte_et_replie(racine_fictive, monkeypatch):
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(racine_fictive))
    page = AppTest.from_string(_page_seule("page_quartiers"), default_timeout=60)
    page.query_params["qpv"] = "QN00002M"
    corps = html(page.run())
    replies = re.findall(r'<div class="obs-muets">.*?</details></div>', corps, flags=re.DOTALL)
    assert len(replies) >= 5
    montre = corps
    for bloc in replies:
        montre = montre.replace(bloc, "")
        dits = re.search(r"<summary>(\w+) indicateur", bloc).group(1)
        lignes = bloc.count('<th scope="row"')
        assert dits == {1: "Un"}.get(lignes, majuscule(en_lettres(lignes)))
        assert bloc.count("non interprétable") == lignes
    # Ce qui reste montré dit une valeur : le seul verdict muet est celui d’un chiffre publié sans référence.
    assert "Taux de pauvreté" in montre
    assert montre.count('<th scope="row"') > 20
    assert "obs-badge estime" not in "".join(
        r for r in re.findall(r"<tr>.*?</tr>", montre) if "non interprétable" in r
    )
