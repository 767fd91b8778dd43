"""L’application sur une intercommunalité et sur l’édition nationale : une ville à la fois."""

from pathlib import Path

import pytest
from champs import html, options
from streamlit.testing.v1 import AppTest

from observatoire.chaine import actualiser_perimetre
from observatoire.chemins import Chemins
from observatoire.perimetre import perimetre_epci, perimetre_france

SCRIPT = Path(__file__).resolve().parents[2] / "observatoire" / "interface" / "pages.py"
SIREN = "000000001"


@pytest.fixture(scope="module")
def racine(ville_fictive, tmp_path_factory):
    """L’intercommunalité fictive et la France, publiées au même endroit."""
    depot = tmp_path_factory.mktemp("composition")
    lignes = [f"0000{n};Commune {n};{SIREN};Pays de la Brume" for n in (1, 2, 3)]
    (depot / "epci.csv").write_text("\n".join(["CODGEO;LIBGEO;EPCI;LIBEPCI", *lignes]), "utf-8")
    chemins = Chemins(tmp_path_factory.mktemp("racine"))
    depuis = [ville_fictive, depot]
    actualiser_perimetre(perimetre_epci(SIREN), depuis=depuis, chemins=chemins)
    actualiser_perimetre(perimetre_france(), depuis=depuis, chemins=chemins)
    return chemins.racine


@pytest.fixture
def application(racine, monkeypatch):
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(racine))

    def ouvrir(page="carte", **choix):
        test = AppTest.from_file(str(SCRIPT), default_timeout=60)
        if page != "carte":
            # La navigation par fonctions n’est pas simulée par AppTest.
            texte = f"from observatoire.interface import page_{page}\npage_{page}.afficher()\n"
            test = AppTest.from_string(texte, default_timeout=60)
        for cle, valeur in choix.items():
            test.query_params[cle] = valeur
        test.run()
        assert not test.exception
        return test

    return ouvrir


def test_l_intercommunalite_se_compare_d_abord_a_elle_meme(application):
    page = application(ville=SIREN)
    references, defaut = options(page, "reference")
    assert defaut == "epci"
    assert list(references.values())[:3] == [
        "l’intercommunalité", "la ville entière", "la ville hors QPV",
    ]  # fmt: skip
    assert "Pays de la Brume" in html(page)
    assert 'class="obs-carte"' in html(page)


def test_la_fiche_d_un_quartier_nomme_sa_commune(application):
    page = application("quartiers", ville=SIREN, qpv="QN00001M")
    assert "à cheval sur Brumeval et Vernoise" in html(page)
    page = application("quartiers", ville=SIREN, qpv="QN00002M")
    assert "Brumeval" in html(page)


def test_les_villes_de_la_france_sont_au_choix_et_elle_non(application):
    page = application(ville="00003")
    villes, defaut = options(page, "ville")
    assert list(villes.values()) == [
        f"Pays de la Brume ({SIREN})", "Brumeval (00001)", "Vernoise (00003)",
    ]  # fmt: skip
    assert defaut == "00003"
    assert "Vernoise" in html(page)
    assert options(page, "reference")[1] == "ville"
    assert '<span class="obs-ville-nom">Brumeval</span>' in html(application(ville="00001"))


def test_demander_la_france_ouvre_une_ville_et_offre_les_autres(application):
    page = application(ville="france")
    villes, defaut = options(page, "ville")
    assert len(villes) == 3
    assert "france" not in villes
    assert defaut in villes
    assert 'class="obs-carte"' in html(page)


def test_chaque_page_d_une_ville_de_la_france(application, racine):
    assert "Brumeval" in html(application(ville="00001"))
    fiche = html(application("quartiers", ville="00001", qpv="QN00004M"))
    assert "Les Hauts de Sarcelle" in fiche
    assert fiche.count('<tr><th scope="row"') >= 15
    assert "Filosofi" in html(application("methode", ville="00001"))
