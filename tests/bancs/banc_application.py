"""Banc de l’application dans un vrai navigateur, face à une page folium ordinaire.

Usage : ``python tests/bancs/banc_application.py [répétitions]``

Mesure, serveur en marche : de l’ouverture de la page à la carte dessinée, du choix d’un autre
indicateur à la nouvelle carte, du clic sur un quartier à sa fiche ; la mémoire du serveur ; les octets
transférés à la première vue ; quarante visiteurs simultanés qui cliquent toutes les cinq secondes.
Sur la ville fictive, sur Grenoble, et sur Paris (un millier d’IRIS) si les données réelles sont là.
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
sys.path[:0] = [str(DEPOT), str(DEPOT / "tests" / "navigateur"), str(DEPOT / "tests" / "bancs")]

import psutil  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402
from serveur_essai import ARGUMENTS, chromium, lancer, port_libre  # noqa: E402
from visiteurs import visiter  # noqa: E402

from observatoire.chaine import actualiser, construire_demonstration  # noqa: E402
from observatoire.chemins import Chemins  # noqa: E402
from observatoire.editions import edition_courante  # noqa: E402

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
choix = st.selectbox("Thème et indicateur", ["taux_pauvrete", "niveau_vie_median"])
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


PRET_NOUS = (
    "a => { const c = document.querySelector('.obs-carte');"
    " return c && c.dataset.pret === c.dataset.valeurs && c.dataset.valeurs !== a"
    " && c.querySelector('path.zone') !== null }"
)
PRET_PAIR = (
    "a => { const c = document.querySelector('iframe');"
    " return c && c.srcdoc !== a && c.contentDocument"
    " && c.contentDocument.querySelector('path.leaflet-interactive') !== null }"
)
ETAT = {
    PRET_NOUS: "document.querySelector('.obs-carte')?.dataset.valeurs",
    PRET_PAIR: "document.querySelector('iframe')?.srcdoc",
}


def mesurer(
    navigateur: Browser, adresse: str, autre: str, repetitions: int, pret: str
) -> dict[str, float]:
    ouvertures, changements, fiches, octets = [], [], [], 0.0
    for _ in range(repetitions + 1):
        contexte = navigateur.new_context(viewport={"width": 1440, "height": 1000})
        page = contexte.new_page()
        tailles: list[int] = []
        page.on("requestfinished", lambda r, t=tailles: t.append(r.sizes()["responseBodySize"]))
        debut = time.perf_counter()
        page.goto(adresse, wait_until="commit")
        page.wait_for_function(pret, arg=None, timeout=60_000, polling=20)
        ouvertures.append(time.perf_counter() - debut)
        page.wait_for_timeout(800)
        octets = sum(tailles) / 1e6
        changements.append(_changer(page, autre, pret))
        if pret == PRET_NOUS:
            page.wait_for_timeout(300)
            fiches.append(_ouvrir_fiche(page))
        contexte.close()
    return {
        "ouverture": statistics.median(ouvertures[1:]),
        "changement": statistics.median(changements[1:]),
        "fiche": statistics.median(fiches[1:]) if fiches else float("nan"),
        "mo": octets,
    }


def _changer(page, autre: str, pret: str) -> float:
    """Durée du choix d’un indicateur à la carte redessinée, deux images du navigateur comprises."""
    avant = page.evaluate(ETAT[pret])
    champ = page.get_by_role("combobox", name="Thème et indicateur")
    champ.click()
    champ.fill(autre)
    page.wait_for_timeout(200)
    debut = time.perf_counter()
    page.keyboard.press("Enter")
    page.wait_for_function(pret, arg=avant, timeout=60_000, polling=20)
    page.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")
    return time.perf_counter() - debut


def _ouvrir_fiche(page) -> float:
    """Durée du clic sur un quartier de la carte à sa fiche affichée."""
    quartier = page.locator("path.qpv")
    if not quartier.count():
        return float("nan")
    quartier.first.focus()
    debut = time.perf_counter()
    page.keyboard.press("Enter")
    page.wait_for_selector(".obs-fiche tbody tr", timeout=60_000)
    return time.perf_counter() - debut


def memoire_mo(pid: int) -> float:
    processus = psutil.Process(pid)
    tous = [processus, *processus.children(recursive=True)]
    return max(p.memory_info().rss for p in tous) / 1e6


def comparer(
    navigateur: Browser, racine: Path, commune: str, repetitions: int, visiteurs: int = 40
) -> None:
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
            resultat = mesurer(navigateur, adresse, "niveau de vie median", repetitions, PRET_NOUS)
            ordinaire = mesurer(navigateur, autre, "niveau_vie_median", repetitions, PRET_PAIR)
            memoires = memoire_mo(pid), memoire_mo(pid_pair)
            bilan = visiter(adresse, _choix(racine, commune), nombre=visiteurs)
            apres = memoire_mo(pid)
    print(f"\nCommune {commune}                     observatoire   folium ordinaire")
    for cle, nom in (
        ("ouverture", "ouverture → carte (s)"),
        ("changement", "indicateur → carte (s)"),
        ("fiche", "clic → fiche (s)"),
        ("mo", "première vue (Mo transférés)"),
    ):
        print(f"  {nom:<34}{resultat[cle]:10.2f}{ordinaire[cle]:16.2f}".replace(".", ","))
    print(f"  {'mémoire du serveur (Mo)':<34}{memoires[0]:10.0f}{memoires[1]:16.0f}")
    print(
        f"  {visiteurs} visiteurs, {len(bilan.durees)} clics : médiane {bilan.centile(0.5):.2f} s, "
        f"95e centile {bilan.centile(0.95):.2f} s, {len(bilan.erreurs)} erreur(s) ; mémoire {apres:.0f} Mo"
    )


def _choix(racine: Path, commune: str) -> list[tuple[str, str]]:
    """Adresses que les visiteurs demandent : surtout des cartes, parfois une fiche."""
    edition = edition_courante(Chemins(racine), commune)
    indicateurs = list(edition.manifeste["millesimes"])[:14]
    cartes = [("", f"ville={commune}&indicateur={i}") for i in indicateurs]
    fiches = [
        ("quartiers", f"ville={commune}&qpv={c}")
        for c in edition.couches["qpv"]["code_territoire"][:4]
    ]
    return [*cartes, *fiches, ("comparer", f"ville={commune}")]


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
            paris = Path(dossier) / "paris"
            actualiser("75056", depuis=[DONNEES], chemins=Chemins(paris))
            comparer(navigateur, paris, "75056", repetitions)
        navigateur.close()


if __name__ == "__main__":
    principal()
