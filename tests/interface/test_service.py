"""Ce que le serveur ajoute à Streamlit : français, compression, données des cartes, adresses."""

import asyncio
import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

import brotli
import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from observatoire.erreurs import ErreurReseau
from observatoire.ingestion.adresses import lire_reponse, recherche_permise
from observatoire.interface.lieux import _lire_point
from observatoire.interface.routes_carte import routes_carte
from observatoire.interface.service import franciser, intergiciels, routes_statiques

DOCUMENT = (
    '<!DOCTYPE html><html lang="en"><head><title>Streamlit</title>'
    '<link rel="preload" href="./static/media/a.woff2" as="font" type="font/woff2" crossorigin /></head>'
    "<body><noscript><p>You need to enable JavaScript.</p></noscript></body></html>"
)


class Client:
    """Demandes à une application ASGI, sans réseau ; le contenu reste tel qu’il est envoyé."""

    def __init__(self, application):
        self._transport = httpx.ASGITransport(application)

    def get(self, chemin, headers=None):
        async def demander():
            async with httpx.AsyncClient(
                transport=self._transport, base_url="http://essai"
            ) as client:
                client.headers["accept-encoding"] = "identity"
                async with client.stream("GET", chemin, headers=headers) as reponse:
                    brut = b"".join([m async for m in reponse.aiter_raw()])
                    return reponse, brut

        reponse, brut = asyncio.run(demander())
        reponse.brut = brut
        reponse.texte = brut.decode("utf-8", "replace")
        return reponse


@pytest.fixture
def client(racine_fictive, monkeypatch):
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(racine_fictive))
    pages = [
        Route("/quartiers", lambda _: HTMLResponse(DOCUMENT)),
        Route("/quartiers/x", lambda _: HTMLResponse(DOCUMENT)),
        Route("/static/js/gros.js", lambda _: PlainTextResponse("a b c " * 5000)),
        Route("/static/js/petit.js", lambda _: PlainTextResponse("a")),
    ]
    routes = [*routes_statiques(), *routes_carte(), *pages]
    return Client(Starlette(routes=routes, middleware=intergiciels()))


def test_le_document_est_en_francais_et_ne_cite_aucun_tiers(client):
    reponse = client.get("/quartiers")
    assert '<html lang="fr">' in reponse.texte
    assert "<title>Observatoire des quartiers</title>" in reponse.texte
    assert "You need" not in reponse.texte
    assert "connect-src 'self'" in reponse.headers["content-security-policy"]
    adresses = re.findall(r'(?:href|src)="([^"]+)"', reponse.texte)
    assert adresses
    assert all(a.startswith("./") for a in adresses)
    for adresse in adresses:
        assert client.get(adresse.removeprefix(".")).status_code == 200, adresse


def test_franciser_ne_depend_que_du_document():
    assert franciser(DOCUMENT.encode()) == franciser(DOCUMENT.encode())


@pytest.mark.parametrize(("codage", "lire"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_un_fichier_est_compresse_et_rendu_identique(client, codage, lire):
    attendu = ("a b c " * 5000).encode()
    reponse = client.get("/static/js/gros.js", headers={"accept-encoding": codage})
    assert reponse.headers["content-encoding"] == codage
    assert "accept-encoding" in reponse.headers["vary"].lower()
    assert lire(reponse.brut) == attendu
    assert len(reponse.brut) < len(attendu) / 20


def test_ni_petit_fichier_ni_partie_ni_navigateur_ancien_ne_sont_compresses(client):
    for chemin, entetes in (
        ("/static/js/petit.js", {"accept-encoding": "br"}),
        ("/static/js/gros.js", {"accept-encoding": "identity"}),
        ("/static/js/gros.js", {"accept-encoding": "br", "range": "bytes=0-10"}),
    ):
        assert "content-encoding" not in client.get(chemin, headers=entetes).headers


def test_les_donnees_de_la_carte(client, edition_fictive):
    marque = f"edition={edition_fictive.identifiant}-x"
    carte = "indicateur=taux_pauvrete&millesime=2021&niveau=iris"
    geometries = client.get(f"/api/carte/geometries?{marque}&niveau=iris")
    valeurs = client.get(f"/api/carte/valeurs?{marque}&{carte}")
    nombre = len(edition_fictive.couches["iris"])
    assert len(json.loads(geometries.texte)["zones"]["features"]) == nombre
    assert len(json.loads(valeurs.texte)["zones"]) == nombre
    assert "immutable" in valeurs.headers["cache-control"]
    lieux = edition_fictive.complement("lieux")
    situes = lieux[~lieux["a_geolocaliser"]]
    for categorie, attendus in (
        ("toutes", situes),
        ("Santé", situes[situes["categorie"] == "Santé"]),
        ("Inconnue", situes.iloc[:0]),
    ):
        poses = json.loads(client.get(f"/api/carte/lieux?{marque}&categorie={categorie}").texte)
        assert sorted(p["n"] for p in poses) == sorted(attendus["nom"])
    assert len(situes) < len(lieux)  # un lieu sans position n’est jamais posé
    ancienne = client.get(f"/api/carte/valeurs?edition=ancienne&{carte}")
    assert ancienne.headers["cache-control"] == "no-store"
    tableau = client.get(f"/api/carte/tableau?{marque}&{carte}").texte
    assert tableau.count("<tr>") == nombre + 1


@pytest.mark.parametrize(
    "requete",
    ["indicateur=inconnu&millesime=2021", "indicateur=taux_pauvrete&millesime=an", "ville=99999",
     "indicateur=taux_pauvrete&millesime=2021&niveau=planete", "indicateur=taux_pauvrete&millesime=2021&classes=x"],
)  # fmt: skip
def test_une_demande_impossible_est_un_message(client, requete):
    reponse = client.get(f"/api/carte/valeurs?{requete}")
    assert reponse.status_code == 404
    assert "Traceback" not in reponse.texte
    assert len(reponse.texte) > 10


def test_la_petite_carte_ne_contient_aucun_texte_des_donnees(client, edition_fictive):
    code = edition_fictive.couches["qpv"]["code_territoire"].iloc[0]
    svg = client.get(f"/api/carte/reperage?qpv={code}").texte
    assert svg.startswith("<svg")
    assert "<script" not in svg
    assert "<text" not in svg
    assert client.get("/api/carte/reperage?qpv=<script>").status_code == 404


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("45.1662, 5.7353", (45.1662, 5.7353)),
        ("45.1662,5.7353", (45.1662, 5.7353)),
        ("45,1662 ; 5,7353", (45.1662, 5.7353)),
        ("45.1662 5.7353", (45.1662, 5.7353)),
        ("145, 5", None),
        ("rue Ampère", None),
        ("", None),
    ],
)
def test_lire_un_point(texte, attendu):
    assert _lire_point(texte) == attendu


def test_l_adresse_n_est_cherchee_que_si_l_administration_le_veut(monkeypatch):
    assert not recherche_permise()
    monkeypatch.setenv("OBSERVATOIRE_ADRESSES", "oui")
    assert recherche_permise()


def test_lire_la_reponse_du_geocodeur():
    element = {
        "geometry": {"coordinates": [5.73, 45.17]},
        "properties": {"label": "1 Rue X 38000 Y", "score": 0.9},
    }
    trouvee = lire_reponse(json.dumps({"features": [element]}))
    assert trouvee.point == (45.17, 5.73)
    element["properties"]["score"] = 0.3
    assert lire_reponse(json.dumps({"features": [element]})) is None
    assert lire_reponse('{"features": []}') is None
    with pytest.raises(ErreurReseau, match="pas comprise"):
        lire_reponse("<html>")


def test_le_serveur_ne_charge_que_ce_qu_il_emploie():
    """La mémoire d’un serveur : ni dessin sur papier, ni apprentissage, ni folium avant qu’on les demande."""
    code = (
        "import sys, app; "
        "print(sorted({'matplotlib', 'sklearn', 'mapclassify', 'folium', 'scipy.stats', 'openpyxl', 'httpx'} & set(sys.modules)))"
    )
    sortie = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).resolve().parents[2],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert sortie.stdout.strip() == "[]"


def test_une_adresse_trop_profonde_mene_a_sa_page(client):
    reponse = client.get("/quartiers/x?ville=00001")
    assert reponse.status_code == 307
    assert reponse.headers["location"] == "../quartiers?ville=00001"
    assert client.get("/quartiers?ville=00001").status_code == 200
