"""Un vrai serveur et un vrai Chromium, sur cette machine seulement."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chemin_chromium():
    for nom in ("chromium", "chromium-browser", "google-chrome"):
        trouve = shutil.which(nom)
        if trouve:
            return trouve
    if os.environ.get("OBSERVATOIRE_NAVIGATEUR") == "obligatoire":
        pytest.fail("Chromium est exigé (OBSERVATOIRE_NAVIGATEUR=obligatoire) et introuvable")
    pytest.skip("Chromium introuvable : « apt-get install chromium »")
    return None


@pytest.fixture(scope="session")
def navigateur():
    from playwright.sync_api import sync_playwright

    chromium = chemin_chromium()
    with sync_playwright() as outils:
        instance = outils.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield instance
        instance.close()


def port_libre():
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return prise.getsockname()[1]


@pytest.fixture(scope="session")
def serveur(racine_fictive):
    """Adresse de l’application, lancée par la commande « observatoire ouvrir »."""
    port = port_libre()
    environnement = {k: v for k, v in os.environ.items() if not k.startswith("STREAMLIT_")}
    commande = [sys.executable, "-m", "observatoire", "ouvrir", "--port", str(port)]
    processus = subprocess.Popen(
        [*commande, "--donnees", str(racine_fictive)], env=environnement, start_new_session=True
    )
    adresse = f"http://127.0.0.1:{port}"
    try:
        _attendre(adresse, processus)
        yield adresse
    finally:
        os.killpg(processus.pid, 15)
        processus.wait(timeout=20)


def _attendre(adresse, processus):
    for _ in range(300):
        if processus.poll() is not None:
            pytest.fail("le serveur s’est arrêté au démarrage")
        try:
            with urllib.request.urlopen(adresse, timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.fail("le serveur ne répond pas")


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
