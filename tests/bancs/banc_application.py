"""Banc de l’application dans un vrai navigateur, face à une page folium ordinaire.

Usage : ``python tests/bancs/banc_application.py [répétitions]``

Mesure, serveur en marche : de l’ouverture de la page à la carte dessinée, et du choix d’un autre
indicateur à la nouvelle carte ; la mémoire du serveur ; les octets transférés à la première vue.
Le pair est une page Streamlit avec ``folium.Choropleth`` sur les mêmes zones, sans fond de carte,
dont Leaflet est servi localement.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

DEPOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(DEPOT), str(DEPOT / "tests" / "navigateur")]

import psutil  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402
from serveur_essai import ARGUMENTS, chromium, lancer, port_libre  # noqa: E402

from observatoire.chaine import actualiser, construire_demonstration  # noqa: E402
from observatoire.chemins import Chemins  # noqa: E402

DONNEES = DEPOT.parent / "shared" / "donnees"
POLYGONE = "path.leaflet-interactive"

PAIR_APP = """
import streamlit as st
import xstatic.pkg.leaflet as paquet
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
app = st.App({page!r}, routes=[Mount("/vendor/leaflet", StaticFiles(directory=paquet.BASE_DIR))])
"""
PAIR_PAGE = """
from pathlib import Path
import folium, streamlit as st
from observatoire.chemins import Chemins
from observatoire.editions import edition_courante
folium.Map.default_js = [("leaflet", "/vendor/leaflet/leaflet.js")]
folium.Map.default_css = [("leaflet_css", "/vendor/leaflet/leaflet.css")]
edition = edition_courante(Chemins(Path({racine!r})), {commune!r})
choix = st.selectbox("Thème et indicateur", ["taux_pauvrete", "taux_chomage_15_64"])
table = edition.resultats.query("indicateur == @choix and type_territoire == 'iris'")
table = table[table.millesime == table.millesime.max()]
zones = edition.couches["iris"].to_crs(4326)
y, x = zones.union_all().centroid.y, zones.union_all().centroid.x
carte = folium.Map((y, x), zoom_start=13, tiles=None)
aplats = folium.Choropleth(geo_data=zones, data=table, columns=["code_territoire", "valeur"],
                           key_on="feature.properties.code_iris")
for nom in [n for n in aplats._children if n.startswith("color_map")]:
    del aplats._children[nom]  # la légende de folium demande d3 à un tiers
aplats.add_to(carte)
st.title(choix)
st.iframe(carte.get_root().render(), height=620)
"""


def mesurer(navigateur: Browser, adresse: str, autre: str, repetitions: int) -> dict[str, float]:
    ouvertures, changements, octets = [], [], 0.0
    for _ in range(repetitions + 1):
        contexte = navigateur.new_context(viewport={"width": 1440, "height": 1000})
        page = contexte.new_page()
        tailles: list[int] = []
        page.on("requestfinished", lambda r, t=tailles: t.append(r.sizes()["responseBodySize"]))
        debut = time.perf_counter()
        page.goto(adresse)
        page.frame_locator("iframe").locator(POLYGONE).first.wait_for(timeout=60_000)
        ouvertures.append(time.perf_counter() - debut)
        page.wait_for_timeout(500)
        octets = sum(tailles) / 1e6
        changements.append(_changer(page, autre))
        contexte.close()
    return {
        "ouverture": statistics.median(ouvertures[1:]),
        "changement": statistics.median(changements[1:]),
        "mo": octets,
    }


def _changer(page, autre: str) -> float:
    """Durée du choix d’un indicateur à ses polygones, dans un cadre qui n’est plus l’ancien."""
    titre = page.locator("h1").first.inner_text()
    ancien = page.query_selector("iframe").get_attribute("srcdoc")
    page.get_by_role("combobox", name="Thème et indicateur").click()
    option = page.get_by_role("option", name=autre)
    option.wait_for()
    debut = time.perf_counter()
    option.click()
    page.wait_for_function("t => document.querySelector('h1')?.innerText !== t", arg=titre)
    page.wait_for_function(
        "a => { const c = document.querySelector('iframe'); return c && (a === null || c.srcdoc !== a) }",
        arg=ancien,
    )
    page.frame_locator("iframe").locator(POLYGONE).first.wait_for(timeout=60_000)
    return time.perf_counter() - debut


def memoire_mo(pid: int) -> float:
    processus = psutil.Process(pid)
    tous = [processus, *processus.children(recursive=True)]
    return max(p.memory_info().rss for p in tous) / 1e6


def comparer(navigateur: Browser, racine: Path, commune: str, repetitions: int) -> None:
    port, port_pair = port_libre(), port_libre()
    nous = [
        sys.executable,
        "-m",
        "observatoire",
        "ouvrir",
        "--port",
        str(port),
        "--donnees",
        str(racine),
    ]
    with tempfile.TemporaryDirectory() as dossier:
        page = Path(dossier) / "page.py"
        page.write_text(PAIR_PAGE.format(racine=str(racine), commune=commune), encoding="utf-8")
        entree = Path(dossier) / "entree.py"
        entree.write_text(PAIR_APP.format(page=str(page)), encoding="utf-8")
        pair = [
            sys.executable, "-m", "streamlit", "run", str(entree), "--server.port", str(port_pair),
            "--server.address", "127.0.0.1", "--server.headless", "true",
            "--browser.gatherUsageStats", "false",
        ]  # fmt: skip
        with lancer(nous, port) as (adresse, pid), lancer(pair, port_pair) as (autre, pid_pair):
            resultat = mesurer(navigateur, adresse, "Chômage des 15-64 ans", repetitions)
            ordinaire = mesurer(navigateur, autre, "taux_chomage_15_64", repetitions)
            memoires = memoire_mo(pid), memoire_mo(pid_pair)
    print(f"\nCommune {commune}                     observatoire   folium ordinaire")
    for cle, nom in (
        ("ouverture", "ouverture → carte (s)"),
        ("changement", "indicateur → carte (s)"),
    ):
        print(f"  {nom:<34}{resultat[cle]:10.2f}{ordinaire[cle]:16.2f}".replace(".", ","))
    print(
        f"  {'première vue (Mo transférés)':<34}{resultat['mo']:10.2f}{ordinaire['mo']:16.2f}".replace(
            ".", ","
        )
    )
    print(f"  {'mémoire du serveur (Mo)':<34}{memoires[0]:10.0f}{memoires[1]:16.0f}")


def principal() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with sync_playwright() as outils, tempfile.TemporaryDirectory() as dossier:
        navigateur = outils.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        fictive = Path(dossier) / "fictive"
        construire_demonstration(Chemins(fictive))
        comparer(navigateur, fictive, "00001", repetitions)
        if DONNEES.is_dir():
            reelle = Path(dossier) / "reelle"
            actualiser("38185", depuis=[DONNEES / "grenoble", DONNEES], chemins=Chemins(reelle))
            comparer(navigateur, reelle, "38185", repetitions)
        navigateur.close()


if __name__ == "__main__":
    principal()
