"""L’application dans un vrai navigateur : polygones, choix, fiche, téléphone, durées."""

import json
import shutil
import time

import pytest
from serveur_essai import servir

pytestmark = pytest.mark.navigateur

POLYGONES = "path.leaflet-interactive"


def _carte(page):
    cadre = page.frame_locator("iframe")
    cadre.locator(POLYGONES).first.wait_for(timeout=30_000)
    return cadre


def test_la_carte_est_dessinee_sans_aucun_tiers(page, serveur):
    debut = time.perf_counter()
    page.goto(serveur)
    cadre = _carte(page)
    duree = time.perf_counter() - debut
    assert cadre.locator(POLYGONES).count() >= 39
    assert page.locator("h1").count() == 1
    assert "Brumeval" in page.content()
    assert page.get_by_text("ville fictive", exact=True).first.is_visible()
    assert page.locator("html").get_attribute("lang") == "fr"
    assert duree < 10, (
        f"{duree:.1f} s"
    )  # le banc mesure le seuil de 3 s ; ici, la machine est chargée


def test_changer_d_indicateur_redessine_la_carte(page, serveur):
    page.goto(serveur)
    _carte(page)
    avant = page.locator("h1").inner_text()
    choix = page.get_by_role("combobox", name="Thème et indicateur")
    choix.click()
    # La liste est longue : on la cherche par un mot, comme le ferait une personne.
    choix.fill("15-64 ans (recensement)")
    page.get_by_role("option", name="Emploi · Chômage des 15-64 ans (recensement)").click()
    page.wait_for_function("t => document.querySelector('h1').innerText !== t", arg=avant)
    cadre = _carte(page)
    assert cadre.locator(POLYGONES).count() >= 39
    assert "indicateur=taux_chomage_15_64" in page.url
    assert "chômage" in page.locator("h1").inner_text().lower()


def test_la_legende_le_tableau_et_la_fiche(page, serveur):
    page.goto(serveur)
    _carte(page)
    assert page.locator(".obs-legende tbody tr").count() >= 5
    page.get_by_text("Voir le tableau des mêmes données").click()
    page.locator("[data-testid=stExpander] .obs-table tbody tr").nth(38).wait_for()
    page.locator(".obs-table a").first.click()
    page.wait_for_url("**/quartiers?qpv=*")
    page.locator(".obs-fiche tbody tr").nth(14).wait_for()
    assert page.locator(".obs-axe .point.ville").count() >= 14


def test_l_adresse_redonne_le_meme_ecran(page, serveur):
    page.goto(f"{serveur}/?indicateur=niveau_vie_median&vue=valeur&niveau=secteur&annee=2018")
    cadre = _carte(page)
    assert "niveau de vie médian" in page.locator("h1").inner_text()
    assert "2018" in page.locator(".obs-sous-titre").inner_text()
    assert cadre.locator(POLYGONES).count() >= 6


def test_sur_un_telephone_rien_ne_deborde(page, serveur):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(serveur)
    _carte(page)
    largeur = page.evaluate("document.scrollingElement.scrollWidth")
    assert largeur <= 390


def test_telecharger_la_carte(page, serveur):
    page.goto(serveur)
    _carte(page)
    with page.expect_download(timeout=60_000) as attente:
        page.get_by_role("button", name="Télécharger la carte").click()
    fichier = attente.value
    assert fichier.suggested_filename == "taux_pauvrete_ecart_2021.png"
    with open(fichier.path(), "rb") as flux:  # noqa: PTH123
        assert flux.read(8) == b"\x89PNG\r\n\x1a\n"


def test_masque_et_absent_n_ont_pas_le_meme_aspect(page, serveur):
    page.goto(serveur)
    cadre = _carte(page)
    remplissages = set(
        cadre.locator(POLYGONES).evaluate_all("es => es.map(e => getComputedStyle(e).fill)")
    )
    assert any("hachures" in r for r in remplissages), remplissages
    assert "rgb(0, 0, 0)" not in remplissages


def test_une_edition_incomprehensible_donne_une_page_et_non_une_trace(
    navigateur, racine_fictive, tmp_path
):
    racine = tmp_path / "ancienne"
    shutil.copytree(racine_fictive, racine)
    for manifeste in racine.glob("editions/00001/*/manifeste.json"):
        contenu = json.loads(manifeste.read_text(encoding="utf-8"))
        del contenu["millesimes"]
        manifeste.write_text(json.dumps(contenu), encoding="utf-8")
    with servir(racine) as adresse:
        page = navigateur.new_page()
        page.goto(adresse)
        page.locator(".obs-erreur").wait_for(timeout=30_000)
        texte = page.content()
        page.close()
    assert "observatoire actualiser" in texte
    assert "Traceback" not in texte
    assert "KeyError" not in texte


def test_les_nuages_de_la_methode_tiennent_dans_leur_cadre(page, serveur):
    """Mêmes axes côte à côte à 1 440 px, l’un sous l’autre à 390 px, sans défilement de côté."""
    page.goto(f"{serveur}/methode")
    page.wait_for_selector(".obs-nuage .cadre")
    for largeur, cote_a_cote in ((1440, True), (390, False)):
        page.set_viewport_size({"width": largeur, "height": 1000})
        page.wait_for_timeout(300)
        cadres = [c.bounding_box() for c in page.query_selector_all(".obs-nuage .cadre")]
        assert len(cadres) == 2
        for cadre in cadres:
            assert abs(cadre["width"] - cadre["height"]) < 3
            assert cadre["x"] >= 0
            assert cadre["x"] + cadre["width"] <= largeur
        assert (abs(cadres[0]["y"] - cadres[1]["y"]) < 2) == cote_a_cote
        for panneau, cadre in zip(page.query_selector_all(".obs-nuage"), cadres, strict=True):
            points = [p.bounding_box() for p in panneau.query_selector_all("i")]
            assert len(points) > 100
            for point in points:
                assert 0 < point["width"] < 30
                assert cadre["x"] <= point["x"] + point["width"] / 2 <= cadre["x"] + cadre["width"]
                assert (
                    cadre["y"] <= point["y"] + point["height"] / 2 <= cadre["y"] + cadre["height"]
                )
        large = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert large <= largeur
    noms = [c.get_attribute("aria-label") for c in page.query_selector_all(".obs-nuage .cadre")]
    assert all("publié en abscisse et estimé en ordonnée" in n for n in noms)
