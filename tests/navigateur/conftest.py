"""Un vrai serveur et un vrai Chromium, sur cette machine seulement."""

import os

import pytest
from serveur_essai import ARGUMENTS, chromium, servir


@pytest.fixture(scope="session")
def navigateur():
    from playwright.sync_api import sync_playwright

    chemin = chromium()
    if chemin is None:
        if os.environ.get("OBSERVATOIRE_NAVIGATEUR") == "obligatoire":
            pytest.fail("Chromium est exigé (OBSERVATOIRE_NAVIGATEUR=obligatoire) et introuvable")
        pytest.skip("Chromium introuvable : « apt-get install chromium »")
    with sync_playwright() as outils:
        instance = outils.chromium.launch(executable_path=chemin, args=ARGUMENTS)
        yield instance
        instance.close()


@pytest.fixture(scope="session")
def serveur(racine_fictive):
    with servir(racine_fictive) as adresse:
        yield adresse


@pytest.fixture
def page(navigateur, serveur):
    """Page neuve qui retient toute requête vers une autre adresse que le serveur."""
    onglet = navigateur.new_page(viewport={"width": 1440, "height": 1000})
    sorties = []

    def surveiller(requete):
        if not requete.url.startswith((serveur, "data:", "blob:", "about:")):
            sorties.append(requete.url)

    onglet.on("request", surveiller)
    yield onglet
    onglet.close()
    assert not sorties, f"requêtes vers un tiers : {sorties}"
