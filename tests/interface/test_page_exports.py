"""Page « Exports » et fabrique : choix dans l’adresse, ordre complet, file, registre, téléchargement."""

import asyncio
import json
import re
import threading
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, quote

import httpx
import pytest
from champs import champs, html, options
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from observatoire.erreurs import ErreurDemande
from observatoire.exports import FORMATS
from observatoire.exports.demande import Demande
from observatoire.exports.ouvrier import executer
from observatoire.interface import fabrique as module_fabrique
from observatoire.interface import routes_exports as module_routes
from observatoire.interface.composition import GENRES, Composition, lire_ordre
from observatoire.interface.fabrique import Fabrique

SCRIPT = Path(__file__).resolve().parents[2] / "observatoire" / "interface" / "pages.py"


def _page_seule():
    from observatoire.interface import page_exports

    page_exports.afficher()


@pytest.fixture
def page(racine_fictive, monkeypatch):
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(racine_fictive))

    monkeypatch.setattr("observatoire.interface.page_exports.fabrique.preparer", lambda: None)

    def ouvrir(**choix):
        essai = AppTest.from_function(_page_seule, default_timeout=60)
        for cle, valeur in choix.items():
            essai.query_params[cle] = valeur
        essai.run()
        assert not essai.exception
        return essai

    return ouvrir


def _ordre(essai):
    """Ordre que porte le bouton principal de la page."""
    brut = re.search(r'data-faire="document" data-ordre="([^"]*)"', html(essai)).group(1)
    champs_lus = {c: v[0] for c, v in parse_qs(unescape(brut)).items()}
    return champs_lus, json.loads(champs_lus["demande"])


def test_les_genres_sont_ceux_des_exports():
    assert list(GENRES) != []
    # Les documents du suivi sont réservés : la page publique ne les propose pas.
    assert set(GENRES) == {nom for nom, f in FORMATS.items() if not f.reserve}
    for nom, genre in GENRES.items():
        assert set(genre.extensions) == set(FORMATS[nom].extensions), nom
        assert genre.usage.endswith(".")


@pytest.mark.parametrize("genre", list(GENRES))
def test_chaque_genre_a_ses_choix_et_un_ordre_que_le_serveur_relit(page, genre):
    essai = page(document=genre)
    assert html(essai).count("<h1") == 1
    lus, demande = _ordre(essai)
    ordre = lire_ordre({**lus, "mode": "document"})
    assert ordre["format"] == genre
    assert ordre["extension"] in FORMATS[genre].extensions
    connue = Demande.depuis_json(demande).en_json()
    assert set(demande) <= set(connue)
    if GENRES[genre].famille == "carte":
        assert "Feuille" in champs(essai)
        assert len(demande["millesimes"]) == (1 if genre == "carte" else 2)
    else:
        assert "Comparé à" in champs(essai)
        assert 'data-liste="quartiers"' in html(essai)


def test_l_adresse_compose_le_document(page, edition_fictive):
    code = edition_fictive.couches["qpv"]["code_territoire"].iloc[0]
    _, demande = _ordre(
        page(document="note", quartiers=f"{code},INCONNU", themes="emploi,<script>")
    )
    assert demande["quartiers"] == [code]
    assert demande["themes"] == ["emploi"]
    essai = page(
        document="carte", indicateur="taux_chomage_15_64", montrer="valeur", annee="2017",
        niveau="qpv", classes="quantiles", feuille="A3-portrait", fichier="svg", cadre=code,
    )  # fmt: skip
    lus, demande = _ordre(essai)
    assert lus["extension"] == ".svg"
    assert demande == {
        "indicateurs": ["taux_chomage_15_64"], "millesimes": [2017], "vue": "valeur", "niveau": "qpv",
        "reference": demande["reference"], "classes": "quantiles", "quartiers": [code],
        "format_page": "A3", "orientation": "portrait",
    }  # fmt: skip


def test_la_carte_affichee_mene_a_son_export(racine_fictive, monkeypatch):
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(racine_fictive))
    essai = AppTest.from_file(str(SCRIPT), default_timeout=60)
    choix = {"indicateur": "niveau_vie_median", "montrer": "valeur", "cote": "2018", "lieu": "x"}
    for cle, valeur in choix.items():
        essai.query_params[cle] = valeur
    essai.run()
    lien = re.search(r'href="\./exports\?([^"]*)">Télécharger la carte', html(essai)).group(1)
    lus = {c: v[0] for c, v in parse_qs(unescape(lien)).items()}
    assert lus.pop("document") == "cartes-jumelles"
    del choix["lieu"]
    assert lus == choix


def test_les_secondes_cartes_ont_la_meme_unite(page):
    essai = page(document="cartes-jumelles", indicateur="niveau_vie_median")
    secondes, _ = options(essai, "cote")
    assert secondes
    assert "taux_pauvrete" not in secondes


def test_en_lecture_seule_la_page_le_dit_et_garde_l_apercu(page, monkeypatch):
    monkeypatch.setattr("observatoire.interface.page_exports.os.access", lambda *_: False)
    corps = html(page())
    assert "en lecture seule" in corps
    assert 'data-faire="document"' not in corps
    assert 'data-faire="apercu"' in corps


@pytest.mark.parametrize(
    "champs_demandes",
    [
        {},
        {"mode": "document", "format": "note", "extension": ".exe"},
        {"mode": "document", "format": "../note", "extension": ".pdf"},
        {"mode": "autre", "format": "note", "extension": ".pdf"},
        {"mode": "document", "format": "note", "extension": ".pdf", "demande": "{"},
        {"mode": "document", "format": "note", "extension": ".pdf", "demande": '{"dossier": "/tmp"}'},
        {"mode": "document", "format": "note", "extension": ".pdf", "demande": '{"quartiers": "QN1"}'},
        {"mode": "document", "format": "note", "extension": ".pdf", "demande": '{"millesimes": [true]}'},
    ],
)  # fmt: skip
def test_un_ordre_d_une_autre_forme_est_refuse(champs_demandes):
    with pytest.raises(ErreurDemande):
        lire_ordre(champs_demandes)


@pytest.fixture
def faux_ouvriers(monkeypatch):
    """Ouvriers qui attendent un signal, pour compter ceux qui travaillent."""
    suite, verrou = threading.Event(), threading.Lock()
    compte = {"cours": 0, "plus": 0, "faits": 0}

    def executer_faux(_, tache):
        with verrou:
            compte["cours"] += 1
            compte["plus"] = max(compte["plus"], compte["cours"])
        suite.wait(10)
        with verrou:
            compte["cours"] -= 1
            compte["faits"] += 1
        tache.resultat, tache.etat = {"fichiers": []}, "pret"

    monkeypatch.setattr(module_fabrique._Ouvrier, "executer", executer_faux)
    fabrique = Fabrique()
    yield fabrique, suite, compte
    suite.set()
    fabrique.arreter()


def _attendre(condition):
    pause = threading.Event()
    for _ in range(500):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError("rien n’est venu")


def test_deux_documents_a_la_fois_et_les_autres_attendent(faux_ouvriers):
    fabrique, suite, compte = faux_ouvriers
    taches = [fabrique.demander({"mode": "document", "n": n}) for n in range(5)]
    _attendre(lambda: compte["cours"] == 2)
    assert [t.etat for t in taches] == ["cours", "cours", "attente", "attente", "attente"]
    assert [fabrique.rang(t) for t in taches] == [0, 0, 1, 2, 3]
    suite.set()
    _attendre(lambda: compte["faits"] == 5)
    assert compte["plus"] == 2


def test_un_apercu_n_est_fait_qu_une_fois_et_la_file_est_bornee(faux_ouvriers):
    fabrique, _, compte = faux_ouvriers
    premier = fabrique.demander({"mode": "apercu"}, cle="a")
    assert fabrique.demander({"mode": "apercu"}, cle="a") is premier
    fabrique.demander({"mode": "document"})
    _attendre(lambda: compte["cours"] == 2)
    for _ in range(module_fabrique._ATTENTE_MAX):
        fabrique.demander({"mode": "document"})
    with pytest.raises(ErreurDemande, match="réessayez"):
        fabrique.demander({"mode": "document"})


def test_un_ouvrier_qui_s_arrete_donne_un_message(monkeypatch, tmp_path):
    fabrique = Fabrique()
    monkeypatch.setattr(module_fabrique.sys, "executable", "/bin/false")
    tache = fabrique.demander({"mode": "document"})
    _attendre(lambda: tache.est_finie)
    fabrique.arreter()
    assert tache.etat == "echec"
    assert "n’a pas pu être fait" in tache.message
    assert not tache.dossier.exists()


def _ordre_de(racine, dossier, **autres):
    return {
        "mode": "document", "racine": str(racine), "ville": "00001", "format": "csv", "extension": ".csv",
        "demande": {"indicateurs": ["taux_pauvrete"]}, "dossier": str(dossier), **autres,
    }  # fmt: skip


def test_sans_registre_aucun_document_n_est_fait(racine_fictive, tmp_path):
    racine = tmp_path / "donnees"
    racine.mkdir()
    (racine / "editions").symlink_to(racine_fictive / "editions")
    (racine / "registre").write_text("ce n’est pas un dossier", encoding="utf-8")
    sortie = tmp_path / "sortie"
    sortie.mkdir()
    from observatoire.erreurs import ErreurEdition

    with pytest.raises(ErreurEdition, match="registre des exports ne peut pas être écrit"):
        executer(_ordre_de(racine, sortie), lambda _: None)
    assert list(sortie.iterdir()) == []
    vu = executer(_ordre_de(racine, sortie, mode="apercu"), lambda _: None)
    assert vu["lignes"]


def test_la_demande_part_du_meme_site_et_seuls_les_fichiers_rendus_se_servent(
    racine_fictive, monkeypatch, tmp_path
):
    """De la demande au fichier, avec l’ouvrier dans ce processus."""
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(racine_fictive))
    etapes = []

    def executer_ici(_, tache):
        tache.resultat, tache.etat = executer(tache.ordre, etapes.append), "pret"

    monkeypatch.setattr(module_fabrique._Ouvrier, "executer", executer_ici)
    fabrique = Fabrique()
    monkeypatch.setattr(module_routes, "fabrique", fabrique)
    composition = Composition("csv", ".csv", {"indicateurs": ["taux_pauvrete"]})
    demande = f"/api/exports/taches?mode=document&{composition.en_adresse('00001')}"
    application = Starlette(routes=module_routes.routes_exports())

    async def parcourir():
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://essai") as client:
            ailleurs = await client.post(demande, headers={"sec-fetch-site": "cross-site"})
            assert ailleurs.status_code == 403
            assert (await client.get(demande)).status_code == 405
            etat = (await client.post(demande)).json()
            while etat["etat"] in ("attente", "cours"):
                await asyncio.sleep(0.05)
                etat = (await client.get(f"/api/exports/taches/{etat['tache']}")).json()
            assert etat["etat"] == "pret", etat
            lien = unescape(re.search(r'href="\.([^"]+)"', etat["html"]).group(1))
            fichier = await client.get(lien)
            assert fichier.headers["content-disposition"].startswith("attachment")
            base = lien.rsplit("/", 1)[0]
            for nom in ("../exports.jsonl", quote("../../x", safe=""), "autre.csv"):
                assert (await client.get(f"{base}/{nom}")).status_code == 404
            assert (await client.get("/api/exports/taches/inconnue")).status_code == 404
            renvoi = await client.get("/carte?ville=00001&montrer=valeur")
            assert renvoi.status_code == 307
            assert renvoi.headers["location"] == "./?ville=00001&montrer=valeur"
            return etat, fichier.content.decode("utf-8-sig")

    etat, texte = asyncio.run(parcourir())
    fabrique.arreter()
    identifiant = re.search(r"<strong>([^<]+)</strong>", etat["html"]).group(1)
    registre = (racine_fictive / "registre" / "exports.jsonl").read_text(encoding="utf-8")
    inscrite = next(json.loads(x) for x in registre.splitlines() if identifiant in x)
    assert inscrite["parametres"]["origine"] == "application"
    assert inscrite["valeurs"] == len(texte.splitlines()) - 1
    assert etapes[0].startswith("Lecture")
