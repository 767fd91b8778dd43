"""Carte à l’écran : document autonome, compact, déterministe, et vu par un vrai navigateur."""

import html
import json
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from shutil import which

import geopandas as gpd
import pytest
import shapely
from PIL import Image
from ville_carree import couches, tables, vue

from observatoire.cartes import palettes
from observatoire.cartes.carte_web import construire_carte_web
from observatoire.cartes.geometries_web import preparer_geometries
from observatoire.cartes.noms_web import Ecran, couper_nom, placer_noms


def geometries(v):
    return json.loads(preparer_geometries(v, 620).javascript)


def valeurs(document):
    """Second argument de ``dessinerCarte`` après la carte : couleurs et textes."""
    return json.loads(document[document.rindex('{"zones":[') : document.rindex(");")])


def test_aucune_adresse_exterieure():
    document = construire_carte_web(vue())
    adresses = re.findall(r"(?:https?:)?//[\w.-]+\.[a-z]{2,}[^\s\"'<]*", document)
    assert [a for a in adresses if "www.w3.org/2000/svg" not in a] == []
    liens = re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"([^\"]+)\"", document)
    assert sorted(liens) == ["/vendor/leaflet/leaflet.css", "/vendor/leaflet/leaflet.js"]
    for intrus in ("jquery", "bootstrap", "fontawesome", "awesome", "cdn", "googleapis"):
        assert intrus not in document.lower()


def test_racine_de_leaflet_et_polices_de_l_application():
    document = construire_carte_web(
        vue(), racine_leaflet="/app/statique/", css_polices='@font-face{font-family:"Source Sans"}'
    )
    assert 'src="/app/statique/leaflet.js"' in document
    assert '@font-face{font-family:"Source Sans"}' in document


def test_document_identique_pour_deux_vues_identiques():
    assert construire_carte_web(vue()) == construire_carte_web(vue())


def test_francais_et_alternative():
    v = vue()
    document = construire_carte_web(v)
    assert '<html lang="fr">' in document
    assert valeurs(document)["alternative"] == v.texte_alternatif
    assert "user-scalable" not in document
    assert "prefers-reduced-motion" in document


def test_un_nom_ne_peut_pas_refermer_le_script():
    fonds = couches()
    piege = "</script><img src=x onerror=alert(1)>"
    fonds["iris"].loc[0, "nom_iris"] = piege
    fonds["qpv"].loc[0, "nom"] = piege
    document = construire_carte_web(vue(fonds=fonds))
    assert "<img" not in document
    assert document.count("</script>") == 2
    assert valeurs(document)["zones"][0]["n"] == piege


def test_changer_d_indicateur_ne_change_que_les_couleurs():
    a, b = vue(), vue(tables("part_65_ans_plus", 18.0), indicateur="part_65_ans_plus")
    assert preparer_geometries(a, 620) is preparer_geometries(b, 620)
    assert valeurs(construire_carte_web(a))["zones"] != valeurs(construire_carte_web(b))["zones"]


def test_deplacer_une_zone_change_les_geometries():
    fonds = couches()
    avant = preparer_geometries(vue(fonds=fonds), 620)
    fonds["iris"].geometry = fonds["iris"].translate(0, 100)
    assert preparer_geometries(vue(fonds=fonds), 620) is not avant


def test_geometries_en_degres_a_cinq_decimales():
    lues = geometries(vue())
    coordonnees = re.findall(r"-?\d+\.\d+", json.dumps(lues["zones"]))
    assert coordonnees
    assert all(len(c.split(".")[1]) <= 5 for c in coordonnees)
    (sud, ouest), (nord, est) = lues["bornes"]
    assert 44 < sud < nord < 46
    assert 4 < ouest < est < 7


def test_zones_sans_fente_ni_recouvrement():
    formes = [
        shapely.from_geojson(json.dumps(f["geometry"]))
        for f in geometries(vue())["zones"]["features"]
    ]
    union = shapely.union_all(formes)
    assert union.geom_type == "Polygon"
    assert len(union.interiors) == 0
    assert sum(f.area for f in formes) == pytest.approx(union.area, rel=1e-9)


def test_fond_ne_double_pas_le_bord_de_la_ville():
    fonds = couches()
    fond = shapely.from_geojson(json.dumps(geometries(vue(fonds=fonds))["fond"]))
    ville = fonds["communes"].to_crs(4326).geometry.iloc[0]
    assert not fond.is_empty
    assert fond.distance(ville) > 0.0001


def test_par_quartier_la_ville_est_dessinee_dessous():
    v = vue(niveau="qpv")
    assert preparer_geometries(v, 620).base_visible
    assert geometries(v)["ville"]["type"] == "Polygon"
    (_, ouest), (_, est) = geometries(v)["bornes"]
    (_, ouest_iris), (_, est_iris) = geometries(vue())["bornes"]
    assert est - ouest == pytest.approx(est_iris - ouest_iris, rel=0.01)


def test_aspects_jamais_colores_comme_des_valeurs():
    zones = valeurs(construire_carte_web(vue()))["zones"]
    assert [z["a"] for z in zones[5:8]] == ["secret"] * 3
    assert {z["c"] for z in zones[5:8]} == {palettes.MASQUE}
    assert [z["a"] for z in zones[38:]] == ["sans_logement"] * 2


def test_stock_en_cercles():
    lues = valeurs(
        construire_carte_web(vue(tables("population", 1_500.0), indicateur="population"))
    )
    assert lues["stock"]
    assert len({z["c"] for z in lues["zones"] if z["a"] == "valeur"}) == 1
    assert all(z["r"] == 0 for z in lues["zones"] if z["a"] != "valeur")
    assert max(z["r"] for z in lues["zones"]) <= 1


def test_sans_couches_de_fond():
    fonds = {"iris": couches()["iris"]}
    document = construire_carte_web(vue(fonds=fonds))
    assert valeurs(document)["qpv"] == []


def test_quartier_nomme_pour_les_lecteurs_d_ecran():
    quartier = valeurs(construire_carte_web(vue()))["qpv"][0]
    assert quartier["code"] == "QN99001M"
    assert quartier["aria"].startswith("Quartier prioritaire Les Tilleuls, 48\u202f%")


def test_noms_places_dans_le_cadre_et_hors_des_quartiers():
    v = vue()
    ville = shapely.union_all(v.zones.geometry.to_numpy())
    ecran = Ecran(ville.bounds, 620)
    noms = placer_noms(v.qpv, ville, ecran)
    assert [n.rang for n in noms] == [0, 1]
    poses = [n for n in noms if not n.en_zoom]
    assert poses
    # Le cadre de l’écran fait 900 × 620 pixels.
    px_par_unite = 900 / ecran.cadre.largeur
    formes = ecran.projeter(v.qpv.geometry.to_numpy())
    for nom in poses:
        ancre = ecran.projeter(shapely.Point(nom.ancre))
        x = ancre.x * px_par_unite + nom.centre[0]
        y = ancre.y * px_par_unite + nom.centre[1]
        assert 0 < x < 900
        assert 0 < y < 620
        point = shapely.Point(x / px_par_unite, y / px_par_unite)
        assert not any(f.contains(point) for f in formes)
        assert v.qpv.geometry.iloc[nom.rang].distance(shapely.Point(nom.ancre)) < 5


def test_nom_sans_place_attend_l_agrandissement():
    v = vue()
    qpv = v.qpv.iloc[:1].copy()
    ville = shapely.union_all(v.zones.geometry.to_numpy())
    # La forme couvre tout l’écran : aucune place n’est libre hors d’elle.
    qpv.geometry = [ville.buffer(5_000)]
    (nom,) = placer_noms(qpv, ville, Ecran(ville.bounds, 620))
    assert nom.en_zoom
    noms = geometries(v)["noms"]
    assert sum(n["i"] >= 0 for n in noms) == 2
    assert {n["t"] for n in noms if n["i"] < 0} == {"Ouest", "Est"}


@pytest.mark.parametrize(
    ("nom", "attendu"),
    [
        ("Mistral", "Mistral"),
        ("Villeneuve - Village Olympique", "Villeneuve –\nVillage Olympique"),
        ("Teisseire Abbaye Jouhaux Malherbe", "Teisseire Abbaye\nJouhaux Malherbe"),
        ("Saint-Jean-de-la-Grande-Motte-Nord", "Saint-Jean-de-la-Grande-Motte-Nord"),
    ],
)
def test_coupe_des_noms(nom, attendu):
    assert couper_nom(nom) == attendu


# --- Dans un vrai navigateur -------------------------------------------------------


@pytest.fixture(scope="module")
def chromium():
    chemin = which("chromium") or which("chromium-browser") or which("google-chrome")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright absent")
    if chemin is None:
        pytest.skip("Chromium absent")
    with playwright.sync_playwright() as p:
        navigateur = p.chromium.launch(executable_path=chemin, args=["--no-sandbox"])
        yield navigateur
        navigateur.close()


class _Silencieux(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def page(chromium, tmp_path):
    """Page qui contient la carte dans un cadre ``srcdoc``, comme l’application."""
    xstatic = pytest.importorskip("xstatic.pkg.leaflet")
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "leaflet").symlink_to(Path(xstatic.BASE_DIR))
    document = html.escape(construire_carte_web(vue()))
    (tmp_path / "index.html").write_text(
        "<!doctype html><meta charset=utf-8><title>Essai</title>"
        f'<iframe id="carte" style="width:900px;height:620px" srcdoc="{document}"></iframe>'
        "<script>window.recus=[];addEventListener('message',e=>recus.push(e.data))</script>",
        encoding="utf-8",
    )
    serveur = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silencieux, directory=str(tmp_path)))
    fil = threading.Thread(target=serveur.serve_forever, daemon=True)
    fil.start()
    onglet = chromium.new_page(viewport={"width": 940, "height": 660})
    onglet.requetes, onglet.fautes = [], []
    onglet.on("request", lambda r: onglet.requetes.append(r.url))
    onglet.on("pageerror", lambda e: onglet.fautes.append(str(e)))
    onglet.racine = f"http://127.0.0.1:{serveur.server_port}"
    onglet.goto(onglet.racine)
    onglet.carte = onglet.frame_locator("#carte")
    onglet.carte.locator("path.qpv").first.wait_for(state="attached")
    yield onglet
    onglet.close()
    serveur.shutdown()
    serveur.server_close()
    fil.join()


@pytest.mark.navigateur
def test_navigateur(page):
    carte = page.carte
    # Rien n’est demandé hors de l’application, et rien n’échoue.
    locales = (page.racine, "data:", "about:")
    assert [u for u in page.requetes if not u.startswith(locales)] == []
    assert page.fautes == []
    assert carte.locator("path.zone").count() == 40
    # Toute la ville tient dans le cadre.
    boites = [carte.locator("path.zone").nth(i).bounding_box() for i in (0, 7, 32, 39)]
    cadre = page.locator("#carte").bounding_box()
    for b in boites:
        assert cadre["x"] < b["x"]
        assert b["x"] + b["width"] < cadre["x"] + cadre["width"]
        assert cadre["y"] < b["y"]
        assert b["y"] + b["height"] < cadre["y"] + cadre["height"]
    assert max(b["x"] + b["width"] for b in boites) - min(b["x"] for b in boites) > 700
    # Les hachures sont réellement peintes : plusieurs teintes dans une zone masquée.
    secrete = carte.locator("path.zone.secret").first
    assert "hachures" in secrete.evaluate("e => getComputedStyle(e).fill")
    page.mouse.move(5, 5)
    assert len(_teintes(page, secrete)) >= 2
    assert len(_teintes(page, carte.locator("path.zone.valeur").nth(20))) == 1


def _teintes(page, zone):
    b = zone.bounding_box()
    milieu = {
        "x": b["x"] + b["width"] * 0.3,
        "y": b["y"] + b["height"] * 0.1,
        "width": 24,
        "height": 12,
    }
    image = Image.open(BytesIO(page.screenshot(clip=milieu))).convert("L")
    return {v // 12 for _, v in image.getcolors(100_000)}


@pytest.mark.navigateur
def test_navigateur_clavier_et_souris(page):
    carte = page.carte
    quartier = carte.locator("path.qpv").first
    assert quartier.get_attribute("role") == "button"
    assert quartier.get_attribute("aria-label").startswith("Quartier prioritaire Les Tilleuls")
    quartier.focus()
    assert "Les Tilleuls" in carte.locator(".bulle").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_function("recus.length === 1")
    # Un clic à l’intérieur du quartier, sur une zone, choisit aussi le quartier.
    b = quartier.bounding_box()
    page.mouse.click(b["x"] + b["width"] * 0.3, b["y"] + b["height"] * 0.3)
    page.wait_for_function("recus.length === 2")
    assert page.evaluate("recus") == [{"type": "observatoire:qpv", "code": "QN99001M"}] * 2
    zone = carte.locator("path.zone.secret").first.bounding_box()
    page.mouse.move(zone["x"] + 20, zone["y"] + 20)
    carte.locator(".bulle", has_text="secret statistique").wait_for(timeout=3000)


@pytest.mark.navigateur
def test_navigateur_retour_a_toute_la_ville(page):
    carte = page.carte
    coin = carte.locator("path.zone").first
    avant = coin.bounding_box()
    carte.locator(".leaflet-control-zoom-in").click()
    page.wait_for_timeout(400)
    assert coin.bounding_box()["width"] > 1.3 * avant["width"]
    carte.locator("a[title='Voir toute la ville']").click()
    page.wait_for_timeout(700)
    apres = coin.bounding_box()
    assert apres["x"] == pytest.approx(avant["x"], abs=2)
    assert apres["width"] == pytest.approx(avant["width"], abs=2)


@pytest.mark.reel
def test_grenoble_compacte(donnees_reelles):
    iris = gpd.read_file(donnees_reelles / "grenoble" / "iris.gpkg")
    iris = iris[iris["code_insee"] == "38185"].reset_index(drop=True)
    iris = iris.rename(columns={"code_insee": "code_commune"})
    iris["code_iris"] = [f"99001{i:04d}" for i in range(len(iris))]
    iris["code_commune"] = "99001"
    communes = gpd.read_file(donnees_reelles / "grenoble" / "communes_38.geojson").to_crs(2154)
    communes = communes.rename(columns={"code": "code_commune"})
    communes.geometry = communes.geometry.make_valid()
    v = vue(fonds={"iris": iris, "communes": communes})
    document = construire_carte_web(v)
    assert len(document.encode()) < 350_000
    avant = shapely.area(shapely.union_all(iris.geometry.to_numpy()))
    lues = geometries(v)["zones"]["features"]
    assert len(lues) == len(iris)
    apres = gpd.GeoSeries(
        [shapely.from_geojson(json.dumps(f["geometry"])) for f in lues], crs=4326
    ).to_crs(2154)
    assert apres.is_valid.all()
    assert apres.area.sum() == pytest.approx(avant, rel=1e-3)
