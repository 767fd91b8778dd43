"""kill -9 pendant un téléchargement : rien de faux n’est gardé, rien d’entier n’est redemandé."""

import hashlib
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bouchon_editeurs import Bouchon, remplir, telecharger_tout

from observatoire.catalogue import charger_catalogue

MILLESIMES = [("rp_logement", 2022), ("rp_evol_struct_pop", 2022), ("contours_iris", 2025)]
MILLESIMES += [("filosofi_iris", 2021), ("rp_activite_residents", 2022), ("carreaux_200m", 2021)]
_ARRETS = 10
DEPOT = Path(__file__).resolve().parents[2]
_EN_VOL = 1 << 16


# Le processus meurt sans rien ranger juste avant sa énième action sur les fichiers du cache.
_MOURIR_A = """
import os, sys
reste = [{rang}]
def surveiller(action, details):
    if action not in ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "open"):
        return
    if action == "open" and not (isinstance(details[1], str) and set(details[1]) & set("wax")):
        return
    if "/cache/" in str(details[0]):
        reste[0] -= 1
        if reste[0] < 0:
            os._exit(9)
sys.addaudithook(surveiller)
"""


def _lancer(bouchon, racine, demandes=MILLESIMES, avant=""):
    # Un interpréteur neuf : multiprocessing relirait le module principal, que les essais des
    # pages remplacent.
    code = (
        f"import sys; sys.path[:0] = {[str(DEPOT), str(DEPOT / 'tests' / 'ingestion')]!r}\n"
        f"from bouchon_editeurs import telecharger_tout\n{avant}\n"
        f"telecharger_tout({bouchon.base!r}, {str(racine)!r}, {demandes!r})"
    )
    return subprocess.Popen([sys.executable, "-c", code])


def _finir(processus):
    return processus.wait(60)


def _entiers(racine):
    """Adresses des fichiers rangés avec leur fiche, et dont l’empreinte est la bonne."""
    entiers = set()
    for fiche in racine.glob("cache/*/*/*.json"):
        if fiche.name.endswith(".partiel.json"):
            continue
        brut = json.loads(fiche.read_text("utf-8"))
        fichier = fiche.parent / brut["fichier"]
        # La fiche précède le fichier : entre les deux, il n’est pas encore rangé.
        if fichier.is_file():
            assert hashlib.sha256(fichier.read_bytes()).hexdigest() == brut["sha256"]
            entiers.add(brut["adresse"])
    return entiers


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL n’existe pas sous Windows")
def test_arrets_brutaux_a_des_instants_quelconques(tmp_path, ville_fictive):
    hasard = random.Random(20261123)
    catalogue = charger_catalogue()
    racine = tmp_path / "racine"
    with Bouchon(debit=80_000) as bouchon:
        remplir(bouchon, catalogue, ville_fictive)
        adresses = {
            bouchon.base + c: c for c in (bouchon.chemin(catalogue, s, m) for s, m in MILLESIMES)
        }
        deja: set[str] = set()
        tues = 0
        for _ in range(_ARRETS):
            avant = len(bouchon.requetes)
            processus = _lancer(bouchon, racine)
            while len(bouchon.requetes) == avant and processus.poll() is None:
                time.sleep(0.01)
            time.sleep(hasard.uniform(0.0, 0.3))
            if processus.poll() is None:
                processus.kill()
                tues += 1
            processus.wait()
            redemandes = {r.chemin for r in bouchon.requetes[avant:]} & {adresses[a] for a in deja}
            assert redemandes == set()
            deja = _entiers(racine)
        bouchon.debit = 0
        avant = len(bouchon.requetes)
        assert _finir(_lancer(bouchon, racine)) == 0
        assert not {r.chemin for r in bouchon.requetes[avant:]} & {adresses[a] for a in deja}
        assert tues >= 6
        assert _entiers(racine) == set(adresses)
        # Ce qui était reçu est repris : on ne repaie que ce qui était en route à chaque arrêt.
        servis = sum(r.octets for r in bouchon.requetes)
        total = sum(len(bouchon.fichiers[c]) for c in adresses.values())
        assert total <= servis <= total + tues * _EN_VOL
        assert any(r.code == 206 for r in bouchon.requetes)
        avant = len(bouchon.requetes)
        assert _finir(_lancer(bouchon, racine)) == 0
        assert len(bouchon.requetes) == avant
    assert not list(racine.rglob("*.partiel*"))
    assert not list(racine.rglob("*.tmp"))


@pytest.mark.skipif(sys.platform == "win32", reason="chemins de POSIX")
def test_arret_avant_chaque_action_sur_les_fichiers(tmp_path, ville_fictive, monkeypatch):
    """À chaque instant où le disque change : la reprise aboutit et ne laisse aucun brouillon."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    demande = [("rp_logement", 2022)]
    with Bouchon() as bouchon:
        remplir(bouchon, charger_catalogue(), ville_fictive)
        codes = []
        for rang in range(60):
            racine = tmp_path / str(rang)
            codes.append(_finir(_lancer(bouchon, racine, demande, _MOURIR_A.format(rang=rang))))
            servis = len(bouchon.requetes)
            telecharger_tout(bouchon.base, str(racine), demande)
            assert len(_entiers(racine)) == 1
            assert len(bouchon.requetes) - servis <= 1
            restes = {f.name for f in racine.rglob("*") if f.is_file()} - {".verrou"}
            assert len(restes) == 2, (rang, restes)
            if codes[-1] == 0:
                break
    assert codes[-1] == 0
    assert len(codes) > 8
    assert set(codes[:-1]) == {9}


@pytest.mark.skipif(sys.platform == "win32", reason="verrou de fcntl")
def test_deux_telechargements_a_la_fois_n_en_font_qu_un(tmp_path, ville_fictive):
    catalogue = charger_catalogue()
    with Bouchon(debit=400_000) as bouchon:
        remplir(bouchon, catalogue, ville_fictive)
        ensemble = [_lancer(bouchon, tmp_path / "racine") for _ in range(2)]
        assert [_finir(p) for p in ensemble] == [0, 0]
        assert len(bouchon.requetes) == len(MILLESIMES)
    assert len(_entiers(tmp_path / "racine")) == len(MILLESIMES)
