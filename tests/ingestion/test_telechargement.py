"""Chaque panne d’un producteur est reconnue, réparée si possible, sinon dite avec son remède."""

import errno
import io
import os
import socket
import threading
import time
from collections import namedtuple
from pathlib import Path

import httpx
import pytest
from bouchon_editeurs import Bouchon, client_d_essai
from rich.console import Console

from observatoire.erreurs import ErreurReseau
from observatoire.ingestion import telechargement
from observatoire.ingestion.fautes_reseau import octets, traduire_transport
from observatoire.ingestion.progression import montrer_progression
from observatoire.ingestion.telechargement import ClientEditeurs, ReglagesReseau

CHEMIN = "/fr/statistiques/fichier/8647012/base-ic-logement-2022_csv.zip"
CONTENU = os.urandom(900_000)


@pytest.fixture(autouse=True)
def _sans_mandataire(monkeypatch):
    for nom in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(nom, raising=False)
        monkeypatch.delenv(nom.lower(), raising=False)


@pytest.fixture
def bouchon():
    with Bouchon(fichiers={CHEMIN: CONTENU}) as serveur:
        yield serveur


@pytest.fixture
def recevoir(bouchon, tmp_path):
    def _recevoir(*, suivi=None, **reglages):
        with client_d_essai(**reglages) as client:
            return client.telecharger(
                bouchon.base + CHEMIN,
                tmp_path / "a.zip.partiel",
                depot=tmp_path / "depot",
                suivi=suivi,
            )

    return _recevoir


def _refus(recevoir, tmp_path, motif, **reglages):
    with pytest.raises(ErreurReseau, match=motif) as faute:
        recevoir(**reglages)
    texte = str(faute.value)
    assert "téléchargez ce fichier dans votre navigateur à http://127.0.0.1" in texte
    assert f"déposez-le dans {tmp_path / 'depot'}" in texte
    return texte


def test_un_fichier_entier(bouchon, recevoir, tmp_path):
    suivis = []
    reponse = recevoir(suivi=suivis.append)
    assert (tmp_path / "a.zip.partiel").read_bytes() == CONTENU
    assert reponse.taille == len(CONTENU)
    assert reponse.entetes["etag"].startswith('"')
    assert suivis[-1].fini
    assert [s.recus for s in suivis] == sorted(s.recus for s in suivis)
    assert suivis[0].total == len(CONTENU)
    assert len(bouchon.requetes) == 1


@pytest.mark.parametrize("code", [500, 502, 503, 504, 429])
def test_une_erreur_passagere_est_reessayee(bouchon, recevoir, tmp_path, code):
    bouchon.panne(CHEMIN, "code", fois=2, valeur=code)
    recevoir()
    assert (tmp_path / "a.zip.partiel").read_bytes() == CONTENU
    assert [r.code for r in bouchon.requetes] == [code, code, 200]


def test_une_erreur_qui_dure_est_dite(bouchon, recevoir, tmp_path):
    bouchon.panne(CHEMIN, "code", fois=9, valeur=500)
    _refus(recevoir, tmp_path, "erreur 500")
    assert len(bouchon.requetes) == 3


def test_l_attente_double_a_chaque_essai(bouchon, recevoir, monkeypatch):
    attentes = []
    monkeypatch.setattr(telechargement.time, "sleep", attentes.append)
    bouchon.panne(CHEMIN, "code", fois=4, valeur=503)
    recevoir(essais=5, attente_s=1.0)
    assert [a for a in attentes if a] == [1, 2, 4, 8]


def test_un_fichier_coupe_est_repris_ou_il_en_etait(bouchon, recevoir, tmp_path):
    bouchon.panne(CHEMIN, "coupe", valeur=500_000)
    bouchon.panne(CHEMIN, "coupe", valeur=100_000)
    recevoir()
    assert (tmp_path / "a.zip.partiel").read_bytes() == CONTENU
    premiere, deuxieme, troisieme = bouchon.requetes
    assert premiere.plage == ""
    assert (deuxieme.code, troisieme.code) == (206, 206)
    assert sum(r.octets for r in bouchon.requetes) == len(CONTENU)


def test_une_coupure_qui_dure_garde_ce_qui_est_recu(bouchon, recevoir, tmp_path):
    bouchon.panne(CHEMIN, "coupe", valeur=300_000)
    bouchon.panne(CHEMIN, "coupe", fois=5, valeur=0)
    texte = _refus(recevoir, tmp_path, "tronqué")
    assert "gardés pour la reprise" in texte
    bouchon.pannes.clear()
    recevoir()
    assert bouchon.requetes[-1].plage == "bytes=300000-"
    assert (tmp_path / "a.zip.partiel").read_bytes() == CONTENU


def test_un_serveur_qui_ignore_la_reprise_fait_recommencer(bouchon, recevoir, tmp_path):
    bouchon.panne(CHEMIN, "coupe", valeur=300_000)
    bouchon.panne(CHEMIN, "sans_reprise")
    recevoir()
    assert (tmp_path / "a.zip.partiel").read_bytes() == CONTENU
    assert [r.code for r in bouchon.requetes] == [200, 200]


def test_un_fichier_change_pendant_la_coupure_n_est_jamais_recolle(bouchon, recevoir, tmp_path):
    bouchon.panne(CHEMIN, "coupe", valeur=300_000)
    bouchon.panne(CHEMIN, "coupe", fois=3, valeur=0)
    with pytest.raises(ErreurReseau):
        recevoir()
    bouchon.pannes.clear()
    neuf = os.urandom(800_000)
    bouchon.fichiers[CHEMIN] = neuf
    recevoir()
    assert (tmp_path / "a.zip.partiel").read_bytes() == neuf


def test_une_reprise_au_mauvais_endroit_n_est_jamais_recollee(bouchon, recevoir, tmp_path):
    bouchon.panne(CHEMIN, "coupe", valeur=300_000)
    bouchon.panne(CHEMIN, "decale")
    recevoir()
    assert (tmp_path / "a.zip.partiel").read_bytes() == CONTENU


def test_un_partiel_d_une_autre_adresse_n_est_pas_repris(bouchon, recevoir, tmp_path):
    bouchon.etag = '"toujours"'
    bouchon.fichiers["/autre.zip"] = os.urandom(700_000)
    bouchon.panne("/autre.zip", "coupe", valeur=300_000)
    bouchon.panne("/autre.zip", "coupe", fois=9, valeur=0)
    with client_d_essai() as client, pytest.raises(ErreurReseau):
        client.telecharger(bouchon.base + "/autre.zip", tmp_path / "a.zip.partiel")
    recevoir()
    assert (tmp_path / "a.zip.partiel").read_bytes() == CONTENU


def test_un_fichier_entier_non_range_n_est_pas_redemande(bouchon, recevoir, tmp_path):
    recevoir()
    recevoir()
    assert len(bouchon.requetes) == 1


def test_un_partiel_sans_journal_n_est_pas_repris(bouchon, recevoir, tmp_path):
    (tmp_path / "a.zip.partiel").write_bytes(b"n'importe quoi")
    recevoir()
    assert (tmp_path / "a.zip.partiel").read_bytes() == CONTENU


@pytest.mark.parametrize(
    ("code", "motif"),
    [
        (403, r"refuse le téléchargement \(403\)"),
        (401, r"refuse le téléchargement \(401\)"),
        (404, "n’est plus à cette adresse"),
        (410, "écrivez-la dans catalogue/adresses.toml"),
        (418, r"réponse inattendue du serveur \(418\)"),
    ],
)
def test_un_refus_n_est_pas_reessaye(bouchon, recevoir, tmp_path, code, motif):
    bouchon.panne(CHEMIN, "code", valeur=code)
    _refus(recevoir, tmp_path, motif)
    assert len(bouchon.requetes) == 1


@pytest.mark.parametrize("annonce", ["text/html; charset=utf-8", "application/zip"])
def test_une_page_web_a_la_place_du_fichier(bouchon, recevoir, tmp_path, annonce):
    bouchon.panne(CHEMIN, "html", valeur=annonce)
    _refus(recevoir, tmp_path, "page web")
    assert not (tmp_path / "a.zip.partiel").exists()


def test_une_redirection_vers_un_autre_site_est_refusee(bouchon, recevoir, tmp_path):
    bouchon.panne(CHEMIN, "redirige", valeur="http://exemple.invalid/a.zip")
    texte = _refus(recevoir, tmp_path, "exemple.invalid n’est pas un site admis")
    assert "le serveur renvoie ailleurs" in texte


def test_une_redirection_interne_est_suivie(bouchon, recevoir, tmp_path):
    bouchon.fichiers["/ailleurs/a.zip"] = CONTENU
    bouchon.panne(CHEMIN, "redirige", valeur="/ailleurs/a.zip")
    assert recevoir().adresse_finale == bouchon.base + "/ailleurs/a.zip"
    assert (tmp_path / "a.zip.partiel").read_bytes() == CONTENU


def test_une_redirection_sans_fin(bouchon, recevoir, tmp_path):
    bouchon.panne(CHEMIN, "redirige", fois=99, valeur=CHEMIN)
    _refus(recevoir, tmp_path, "redirige sans fin")
    assert len(bouchon.requetes) == 6


def test_127_0_0_1_n_est_admis_que_par_un_reglage_d_essai(bouchon, recevoir, tmp_path):
    _refus(recevoir, tmp_path, "n’est pas un site admis", hotes_essai=frozenset())
    assert bouchon.requetes == []
    assert ReglagesReseau().hotes_essai == frozenset()


def test_un_serveur_trop_lent_est_reessaye_puis_dit(bouchon, recevoir, tmp_path):
    bouchon.panne(CHEMIN, "lent", valeur=0.6)
    recevoir(expiration_s=0.2)
    assert (tmp_path / "a.zip.partiel").read_bytes() == CONTENU
    (tmp_path / "a.zip.partiel.json").unlink()
    bouchon.panne(CHEMIN, "lent", fois=9, valeur=0.6)
    _refus(recevoir, tmp_path, "ne répond pas dans le temps imparti", expiration_s=0.1, essais=2)


def test_un_nom_introuvable(tmp_path, monkeypatch):
    def introuvable(*_args, **_options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", introuvable)
    with client_d_essai() as client, pytest.raises(ErreurReseau, match=r"introuvable \(DNS\)"):
        client.telecharger("https://www.insee.fr/a.zip", tmp_path / "a", depot=tmp_path)


def test_personne_n_ecoute(tmp_path):
    with socket.socket() as libre:
        libre.bind(("127.0.0.1", 0))
        port = libre.getsockname()[1]
    with client_d_essai() as client, pytest.raises(ErreurReseau, match="liaison impossible"):
        client.telecharger(f"http://127.0.0.1:{port}/a.zip", tmp_path / "a", depot=tmp_path)


def test_un_certificat_inconnu_n_est_pas_reessaye():
    import ssl

    panne = httpx.ConnectError("certificat")
    panne.__cause__ = ssl.SSLCertVerificationError("self-signed")
    message, remede, utile = traduire_transport(panne, "https://www.insee.fr/a.zip")
    assert "certificat de www.insee.fr" in message
    assert "service informatique" in remede
    assert not utile


def test_un_mandataire_inutilisable_est_dit(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "socks9://nulle-part")
    with pytest.raises(ErreurReseau, match="HTTPS_PROXY"):
        ClientEditeurs()


def test_pas_assez_de_place_avant_d_ecrire(bouchon, recevoir, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")(10**9, 10**9, 1000)
    monkeypatch.setattr(telechargement.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(ErreurReseau, match="pas assez de place sur le disque"):
        recevoir()
    assert not (tmp_path / "a.zip.partiel").exists()


def test_un_disque_plein_en_cours_de_route_ne_perd_rien(bouchon, recevoir, tmp_path, monkeypatch):
    vrai = Path.open

    class Plein(io.FileIO):
        def write(self, octets):
            if self.tell() + len(octets) > 400_000:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(octets)

    def ouvrir(chemin, mode="r", *args, **options):
        if chemin.name.endswith(".partiel") and mode in {"wb", "ab"}:
            return Plein(str(chemin), mode.replace("b", ""))
        return vrai(chemin, mode, *args, **options)

    monkeypatch.setattr(Path, "open", ouvrir)
    with pytest.raises(ErreurReseau, match="plus de place sur le disque") as faute:
        recevoir()
    assert "le téléchargement reprendra" in str(faute.value)
    monkeypatch.setattr(Path, "open", vrai)
    recevoir()
    assert (tmp_path / "a.zip.partiel").read_bytes() == CONTENU
    assert bouchon.requetes[-1].code == 206


def test_une_seule_requete_a_la_fois_par_hote_et_un_delai(bouchon, tmp_path):
    for rang in range(4):
        bouchon.fichiers[f"/{rang}.zip"] = os.urandom(200_000)
    bouchon.debit = 2_000_000
    debut = time.monotonic()
    with client_d_essai(delai_s=0.2) as client:
        fils = [
            threading.Thread(
                target=client.telecharger, args=(f"{bouchon.base}/{r}.zip", tmp_path / f"{r}")
            )
            for r in range(4)
        ]
        for fil in fils:
            fil.start()
        for fil in fils:
            fil.join()
    assert bouchon.simultanees_max == 1
    assert time.monotonic() - debut >= 0.6
    assert all((tmp_path / f"{r}").read_bytes() == bouchon.fichiers[f"/{r}.zip"] for r in range(4))


def test_une_ligne_par_fichier_hors_d_un_terminal(recevoir):
    sortie = io.StringIO()
    with montrer_progression(Console(file=sortie, width=40)) as suivi:
        recevoir(suivi=suivi)
    assert sortie.getvalue() == "a.zip : 900,0\N{NO-BREAK SPACE}ko reçus\n"


def test_une_barre_dans_un_terminal(recevoir):
    sortie = io.StringIO()
    console = Console(file=sortie, width=100, force_terminal=True)
    with montrer_progression(console) as suivi:
        recevoir(suivi=suivi)
    assert "a.zip" in sortie.getvalue()
    assert "900.0/900.0 kB" in sortie.getvalue()


@pytest.mark.parametrize(
    ("taille", "texte"), [(0, "0 octets"), (999, "999 octets"), (12_345_678, "12,3 Mo")]
)
def test_tailles_lisibles(taille, texte):
    assert octets(taille) == texte.replace(" ", "\N{NO-BREAK SPACE}")


def test_un_fichier_sans_fin_est_arrete(bouchon, recevoir, tmp_path):
    _refus(recevoir, tmp_path, "dépasse 100,0", taille_max=100_000)
    assert (tmp_path / "a.zip.partiel").stat().st_size <= 100_000
