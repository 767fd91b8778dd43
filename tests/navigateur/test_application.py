"""L’application dans un vrai navigateur : carte, choix, lieux, fiche, lien partagé, téléphone."""

import json
import os
import re
import shutil
import time
from pathlib import Path

import pytest
from serveur_essai import servir

from observatoire.chemins import Chemins

pytestmark = pytest.mark.navigateur

POLYGONES = "path.leaflet-interactive"
CAPTURES = Path(os.environ.get("OBSERVATOIRE_CAPTURES", "captures"))


def _ouvrir(page, adresse):
    page.goto(adresse)
    page.locator(".obs-pied").wait_for(timeout=30_000)


def _carte(page, nombre=1):
    """Attendre que les cartes montrent ce que l’adresse demande."""
    page.wait_for_function(
        "n => { const c = [...document.querySelectorAll('.obs-carte')];"
        " return c.length === n && c.every(x => x.dataset.pret === x.dataset.valeurs) }",
        arg=nombre,
        timeout=30_000,
    )
    return page.locator(".obs-carte")


def _garder(page, nom):
    """Garder une capture avec les traces des essais."""
    CAPTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(CAPTURES / f"essai_{nom}.png"))


def test_l_accueil_dit_trois_phrases_et_dessine_la_carte_sans_aucun_tiers(page, serveur):
    debut = time.perf_counter()
    _ouvrir(page, serveur)
    carte = _carte(page)
    duree = time.perf_counter() - debut
    assert carte.locator(POLYGONES).count() >= 39
    assert page.locator("h1").count() == 1
    assert page.locator(".obs-accueil li").count() == 3
    assert page.get_by_text("ville fictive", exact=True).first.is_visible()
    assert page.locator("html").get_attribute("lang") == "fr"
    assert page.title() == "Carte – Brumeval (ville fictive) – Observatoire des quartiers"
    remplissages = set(
        carte.locator(POLYGONES).evaluate_all("es => es.map(e => getComputedStyle(e).fill)")
    )
    assert any("hachures" in r for r in remplissages), remplissages
    assert "rgb(0, 0, 0)" not in remplissages
    _garder(page, "accueil")
    assert duree < 15, f"{duree:.1f} s"  # le banc mesure le seuil ; ici, la machine est chargée


def test_chercher_un_indicateur_par_un_mot_sans_accent_au_clavier(page, serveur):
    _ouvrir(page, serveur)
    _carte(page)
    noeud = page.evaluate_handle("document.querySelector('.obs-carte .carte')")
    avant = page.locator(".obs-titre").first.inner_text()
    champ = page.get_by_role("combobox", name="Thème et indicateur")
    champ.click()
    options = page.locator(".obs-recherche [role=option]")
    assert options.count() >= 40
    champ.fill("CHOMAGE 15-64 recensement")
    options.get_by_text("Chômage des 15-64 ans (recensement)").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "t => ![undefined, t].includes(document.querySelector('.obs-titre')?.innerText)", arg=avant
    )
    _carte(page)
    assert "indicateur=taux_chomage_15_64" in page.url
    assert "chômage" in page.locator("h1").inner_text().lower()
    # La carte est la même : seules ses couleurs ont changé. Le clavier n’a pas perdu sa place.
    assert page.evaluate("n => n === document.querySelector('.obs-carte .carte')", noeud)
    page.wait_for_function("document.activeElement.id === 'obs-r-indicateur'")
    champ.fill("zzzz")
    assert "Rien ne correspond" in page.locator("#obs-r-indicateur-liste").inner_text()


def test_chaque_choix_est_dans_l_adresse_et_l_adresse_redonne_l_ecran(page, serveur):
    _ouvrir(page, f"{serveur}/?indicateur=niveau_vie_median")
    _carte(page)
    page.get_by_role("radio", name="Valeur").check(force=True)
    page.wait_for_url("**montrer=valeur**")
    page.get_by_label("Découpage").select_option("secteur")
    page.wait_for_url("**niveau=secteur**")
    page.get_by_label("Année").select_option("2018")
    page.wait_for_url("**annee=2018**")
    page.get_by_label("Classes").select_option("quantiles")
    page.wait_for_url("**classes=quantiles**")
    _carte(page)
    page.wait_for_function("document.querySelector('.obs-sous-titre')?.innerText.includes('2018')")
    page.wait_for_function("document.querySelector('.obs-scene')?.innerText.includes('quantiles')")
    titre, legende = page.locator("h1").inner_text(), page.locator(".obs-legende").inner_text()
    adresse = page.url
    _ouvrir(page, adresse)
    assert _carte(page).locator(POLYGONES).count() >= 6
    assert (page.locator("h1").inner_text(), page.locator(".obs-legende").inner_text()) == (
        titre,
        legende,
    )
    assert page.get_by_label("Découpage").input_value() == "secteur"
    page.go_back()
    page.wait_for_function("() => !location.search.includes('quantiles')")


def test_un_choix_que_le_serveur_n_a_pas_recu_est_redemande(page, serveur):
    """Un message perdu (coupure, veille d’un téléphone) ne laisse pas une carte fausse à l’écran."""
    perdre = []

    def relayer(prise):
        serveur_reel = prise.connect_to_server()

        def envoyer(message):
            if perdre:
                perdre.pop()
            else:
                serveur_reel.send(message)

        prise.on_message(envoyer)

    page.route_web_socket(re.compile("_stcore/stream"), relayer)
    _ouvrir(page, f"{serveur}/?indicateur=niveau_vie_median&montrer=valeur")
    _carte(page)
    perdre.append(True)
    page.get_by_label("Classes").select_option("quantiles")
    page.wait_for_url("**classes=quantiles**")
    page.get_by_text("Mise à jour de l’écran…").wait_for()
    assert not perdre
    assert "quantiles" not in page.locator(".obs-scene").inner_text()
    page.wait_for_function("document.querySelector('.obs-scene')?.innerText.includes('quantiles')")
    page.locator(".obs-attente").wait_for(state="hidden")


def test_une_page_qui_ne_s_ouvre_pas_le_dit(page, serveur):
    page.route_web_socket(re.compile("_stcore/stream"), lambda prise: prise.close())
    page.goto(serveur)
    attente = page.locator(".obs-attente")
    attente.wait_for(timeout=30_000)
    assert "met du temps à s’ouvrir" in attente.inner_text()
    assert attente.get_by_role("link", name="Recharger la page").is_visible()


def test_copier_le_lien_et_le_code_d_integration(page, serveur):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=serveur)
    _ouvrir(page, f"{serveur}/?indicateur=part_cadres")
    _carte(page)
    page.get_by_role("button", name="Copier le lien").click()
    page.wait_for_function(
        "document.querySelector('[role=status].obs-annonce').innerText.includes('Copié')"
    )
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    page.get_by_role("button", name="Copier le code d’intégration").click()
    page.wait_for_function("navigator.clipboard.readText().then(t => t.startsWith('<iframe'))")
    code = page.evaluate("navigator.clipboard.readText()")
    _ouvrir(page, re.search(r'src="([^"]+)"', code).group(1).replace("&amp;", "&"))
    _carte(page)
    assert page.locator("nav").count() == 0
    assert page.locator(".obs-carte").is_visible()


def test_un_clic_sur_un_quartier_ouvre_sa_fiche(page, serveur):
    _ouvrir(page, f"{serveur}/?reference=ville_hors_qpv")
    carte = _carte(page)
    cible = carte.locator("path.qpv").first
    nom = cible.get_attribute("aria-label")
    cible.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/quartiers?qpv=*")
    page.locator(".obs-fiche tbody tr").nth(14).wait_for()
    assert page.locator("h1").inner_text().replace("\xa0", " ") in nom.replace(" - ", " – ")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    assert page.title().startswith("Quartiers – ")
    assert page.locator(".obs-axe .point.ville").count() >= 14
    image = page.locator(".obs-reperage img")
    assert image.evaluate("i => i.complete && i.naturalWidth > 0")
    _garder(page, "fiche")
    page.get_by_label("Quartier", exact=True).select_option(index=2)
    page.wait_for_function("n => document.querySelector('h1')?.innerText !== n", arg=nom)
    page.get_by_role("link", name="Comparer à un autre quartier").click()
    page.wait_for_url("**/comparer?mode=face**")
    page.locator(".obs-face tbody tr").nth(10).wait_for()
    page.get_by_role("radio", name="Tous les quartiers").check(force=True)
    page.locator(".obs-matrice tbody tr").nth(20).wait_for()
    _garder(page, "comparer")


def test_un_lieu_puis_un_point_de_la_carte(page, serveur):
    _ouvrir(page, serveur)
    carte = _carte(page)
    champ = page.get_by_role("combobox", name="Un lieu")
    champ.fill("tisserands")
    page.locator(".obs-recherche [role=option]").first.click()
    page.locator(".obs-lieu.dans").wait_for()
    assert "quartier prioritaire" in page.locator(".obs-lieu").inner_text()
    assert carte.locator(".epingle").count() == 1
    boite = carte.bounding_box()
    page.mouse.click(boite["x"] + boite["width"] / 2, boite["y"] + boite["height"] / 2)
    page.wait_for_url("**point=**")
    page.wait_for_function("document.querySelector('.obs-lieu')?.innerText.startsWith('Ce point')")


def test_deux_cartes_cote_a_cote_bougent_ensemble(page, serveur):
    _ouvrir(page, f"{serveur}/?indicateur=niveau_vie_median&montrer=valeur&cote=2018")
    cartes = _carte(page, 2)
    bornes = page.locator(".obs-legende").evaluate_all(
        "ls => ls.map(l => [...l.querySelectorAll('td:nth-child(2)')].map(c => c.innerText).filter(t => t.includes('€')))"
    )
    assert bornes[0] == bornes[1]
    assert len(bornes[0]) >= 4
    place = "c => getComputedStyle(c.querySelector('.leaflet-map-pane')).transform + c.querySelector('path.zone').getAttribute('d').slice(0, 60)"
    avant = cartes.nth(1).evaluate(place)
    cartes.nth(0).get_by_role("button", name="Agrandir").click()
    page.wait_for_function(
        f"a => ({place})(document.querySelectorAll('.obs-carte')[1]) !== a", arg=avant
    )
    _garder(page, "duo")


def test_un_effectif_est_en_cercles_et_non_en_couleurs(page, serveur):
    _ouvrir(page, f"{serveur}/?indicateur=population")
    carte = _carte(page)
    assert carte.locator("path.cercle").count() >= 30
    couleurs = set(
        carte.locator("path.zone.valeur").evaluate_all("es => es.map(e => e.getAttribute('fill'))")
    )
    assert len(couleurs) == 1


def test_le_tableau_des_memes_donnees(page, serveur):
    _ouvrir(page, serveur)
    _carte(page)
    page.get_by_text("Voir le tableau des mêmes données").click()
    page.locator(".obs-details .obs-table tbody tr").nth(38).wait_for()


def test_sur_un_telephone_le_menu_s_ouvre_et_rien_ne_deborde(page, serveur):
    page.set_viewport_size({"width": 390, "height": 844})
    _ouvrir(page, serveur)
    _carte(page)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    page.goto(f"{serveur}/suivi")
    page.locator(".obs-liste-actions").first.wait_for()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    page.locator(".obs-menu summary").click()
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="Accessibilité").click()
    page.wait_for_url("**/accessibilite*")
    page.wait_for_function("document.querySelector('h1')?.innerText.startsWith('Accessibilité')")
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    _garder(page, "telephone")


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
        boites = page.evaluate(
            "[...document.querySelectorAll('.obs-nuage')].map(n => [...n.querySelectorAll('i')].map(i => {"
            " const b = i.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2, b.width] }))"
        )
        for points, cadre in zip(boites, cadres, strict=True):
            assert len(points) > 100
            for x, y, diametre in points:
                assert 0 < diametre < 30
                assert cadre["x"] <= x <= cadre["x"] + cadre["width"]
                assert cadre["y"] <= y <= cadre["y"] + cadre["height"]
        large = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert large <= largeur
    noms = [c.get_attribute("aria-label") for c in page.query_selector_all(".obs-nuage .cadre")]
    assert all("publié en abscisse et estimé en ordonnée" in n for n in noms)


def test_sur_un_telephone_la_carte_vient_avant_les_choix_rares(page, serveur):
    page.set_viewport_size({"width": 390, "height": 844})
    _ouvrir(page, serveur)
    carte = _carte(page)
    assert carte.bounding_box()["y"] < 844
    annee = page.get_by_label("Année")
    assert not annee.is_visible()
    plus = page.get_by_role("button", name="Autres choix et partage")
    plus.click()
    assert plus.get_attribute("aria-expanded") == "true"
    assert annee.is_visible()
    assert page.get_by_text("Copier le lien").is_visible()
    page.set_viewport_size({"width": 1440, "height": 1000})
    assert not plus.is_visible()


def test_une_nouvelle_edition_se_voit_sans_redemarrer(navigateur, racine_fictive, tmp_path):
    racine = tmp_path / "suivante"
    shutil.copytree(racine_fictive, racine)
    (ancienne,) = (p for p in (racine / "editions" / "00001").iterdir() if p.is_dir())
    with servir(racine) as adresse:
        page = navigateur.new_page()
        _ouvrir(page, adresse)
        assert ancienne.name in page.locator(".obs-pied").inner_text()
        # La publication écrit l’édition à côté, puis change le pointeur.
        neuve = ancienne.with_name("2026-12-01-0123ab")
        shutil.copytree(ancienne, neuve)
        manifeste = json.loads((neuve / "manifeste.json").read_text(encoding="utf-8"))
        manifeste["edition"] = neuve.name
        (neuve / "manifeste.json").write_text(json.dumps(manifeste), encoding="utf-8")
        pointeur = Chemins(racine).pointeur("00001")
        contenu = pointeur.read_text(encoding="utf-8")
        assert ancienne.name in contenu
        pointeur.write_text(contenu.replace(ancienne.name, neuve.name), encoding="utf-8")
        page.reload()
        _carte(page)
        assert neuve.name in page.locator(".obs-pied").inner_text()
        page.close()


def test_revenir_en_arriere_redonne_la_meme_image(page, serveur):
    """Comparaison au point près, là où elle est stable : la même carte, sur la même machine."""
    _ouvrir(page, f"{serveur}/?indicateur=taux_pauvrete")
    carte = _carte(page)
    page.wait_for_timeout(600)
    avant = carte.screenshot()
    page.get_by_role("radio", name="Valeur").check(force=True)
    _carte(page)
    page.wait_for_timeout(300)
    assert carte.screenshot() != avant
    page.go_back()
    _carte(page)
    page.mouse.move(2, 2)
    page.wait_for_timeout(600)
    assert carte.screenshot() == avant


def test_la_carte_imprimee_tient_dans_sa_feuille(page, serveur):
    _ouvrir(page, serveur)
    carte = _carte(page)
    noms = "es => es.map(e => e.getBoundingClientRect().right)"
    avant = carte.bounding_box()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    cadre = carte.bounding_box()
    assert cadre["width"] < avant["width"]
    droites = carte.locator("path.qpv").evaluate_all(noms)
    assert droites
    assert max(droites) <= cadre["x"] + cadre["width"]
    assert not page.locator(".st-key-choix").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert carte.bounding_box()["width"] == pytest.approx(avant["width"])
