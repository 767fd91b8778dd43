"""Une intercommunalité et les villes de l’édition nationale, dans un vrai navigateur."""

import time

import pytest
from serveur_essai import servir

from observatoire.chaine import actualiser_perimetre
from observatoire.chemins import Chemins
from observatoire.perimetre import perimetre_epci, perimetre_france

pytestmark = pytest.mark.navigateur

SIREN = "000000001"
POLYGONES = "path.leaflet-interactive"


@pytest.fixture(scope="module")
def serveur(ville_fictive, tmp_path_factory):
    depot = tmp_path_factory.mktemp("composition")
    lignes = [f"0000{n};Commune {n};{SIREN};Pays de la Brume" for n in (1, 2, 3)]
    (depot / "epci.csv").write_text("\n".join(["CODGEO;LIBGEO;EPCI;LIBEPCI", *lignes]), "utf-8")
    chemins = Chemins(tmp_path_factory.mktemp("racine"))
    depuis = [ville_fictive, depot]
    actualiser_perimetre(perimetre_france(), depuis=depuis, chemins=chemins)
    actualiser_perimetre(perimetre_epci(SIREN), depuis=depuis, chemins=chemins)
    with servir(chemins.racine) as adresse:
        yield adresse


@pytest.fixture
def page(navigateur):
    onglet = navigateur.new_page(viewport={"width": 1440, "height": 1000})
    yield onglet
    onglet.close()


def _polygones(page):
    carte = page.locator(".obs-carte[data-pret]")
    carte.locator(POLYGONES).first.wait_for(timeout=30_000)
    return carte.locator(POLYGONES).count()


def test_la_carte_de_l_intercommunalite_puis_d_une_ville(page, serveur):
    page.goto(f"{serveur}/?ville={SIREN}")
    assert _polygones(page) >= 44
    assert "intercommunalité" in page.locator(".obs-titre").first.inner_text()
    page.get_by_label("Ville", exact=True).select_option("00003")
    page.wait_for_url("**ville=00003**")
    page.wait_for_function(
        "document.querySelector('.obs-marque')?.innerText.includes('Vernoise')", timeout=30_000
    )
    assert "Vernoise" in page.locator(".obs-marque").inner_text()
    # L’ancienne carte reste affichée le temps que la nouvelle soit prête.
    limite = time.monotonic() + 30
    while not 4 <= _polygones(page) < 39:
        assert time.monotonic() < limite
        time.sleep(0.2)


def test_la_fiche_garde_la_ville(page, serveur):
    page.goto(f"{serveur}/?ville=00001")
    _polygones(page)
    page.locator(".obs-table a").first.click()
    page.wait_for_url("**/quartiers?*ville=00001*")
    page.locator(".obs-fiche tbody tr").nth(14).wait_for()
