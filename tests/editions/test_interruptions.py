"""Verrou, arrêts brutaux et disque plein : l’édition courante reste entière."""

import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest

from observatoire.chaine import construire_demonstration
from observatoire.chemins import Chemins
from observatoire.editions import edition_courante, lire_journal, lister_editions, verrouiller_ville
from observatoire.erreurs import ErreurEdition

COMMUNE = "00001"
SANS_POSIX = pytest.mark.skipif(os.name == "nt", reason="signaux et limites propres à POSIX")

TENIR = """
import sys, time
from pathlib import Path
from observatoire.chemins import Chemins
from observatoire.editions.verrou import verrouiller_ville
with verrouiller_ville(Chemins(Path(sys.argv[1])), "00001"):
    print("tenu", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def tenant(tmp_path):
    """Un autre processus qui tient le verrou de la ville."""
    processus = subprocess.Popen(
        [sys.executable, "-c", TENIR, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert processus.stdout is not None
    assert processus.stdout.readline().strip() == "tenu"
    yield processus
    processus.kill()
    processus.stdout.close()
    processus.wait()


def test_le_second_attend_en_le_disant_puis_renonce(tenant, tmp_path):
    phrases = []
    debut = time.monotonic()
    with (
        pytest.raises(ErreurEdition, match=f"processus {tenant.pid}"),
        verrouiller_ville(Chemins(tmp_path), COMMUNE, attente_s=0.3, informer=phrases.append),
    ):
        pytest.fail("le verrou est tenu par un autre processus")
    assert time.monotonic() - debut >= 0.3
    assert len(phrases) == 1
    assert f"(processus {tenant.pid})" in phrases[0]


def test_une_autre_ville_n_attend_pas(tenant, tmp_path):
    with verrouiller_ville(Chemins(tmp_path), "00002", attente_s=0):
        pass


def test_le_verrou_d_un_processus_tue_ne_bloque_pas(tenant, tmp_path):
    tenant.kill()
    tenant.wait()
    assert (tmp_path / "verrous" / f"{COMMUNE}.verrou").exists()
    with verrouiller_ville(Chemins(tmp_path), COMMUNE, attente_s=0):
        pass


def test_le_second_passe_des_que_le_premier_a_fini(tmp_path):
    chemins, ordre = Chemins(tmp_path), []

    def second():
        with verrouiller_ville(chemins, COMMUNE, attente_s=10):
            ordre.append("second")

    fil = threading.Thread(target=second)
    with verrouiller_ville(chemins, COMMUNE):
        fil.start()
        time.sleep(0.25)
        ordre.append("premier")
    fil.join(10)
    assert ordre == ["premier", "second"]


@SANS_POSIX
def test_actualiser_pendant_une_actualisation_dit_pourquoi(tenant, tmp_path):
    environnement = {**os.environ, "OBSERVATOIRE_DONNEES": str(tmp_path), "NO_COLOR": "1"}
    code = (
        "import observatoire.chaine as c, sys; from pathlib import Path; from observatoire.chemins import Chemins\n"
        "c.actualiser('00001', depuis=[], chemins=Chemins(Path(sys.argv[1])), attente_s=0)"
    )
    retour = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True, text=True, env=environnement, check=False, timeout=240,
    )  # fmt: skip
    assert retour.returncode == 1
    assert "Une autre actualisation de la commune 00001 est en cours" in retour.stderr
    assert not (tmp_path / "editions").exists()


ACTUALISER = """
import sys
from pathlib import Path
from observatoire.chaine import construire_demonstration
from observatoire.chemins import Chemins
print("pret", flush=True)
construire_demonstration(Chemins(Path(sys.argv[1])), suivi=lambda nom, duree: print(nom, flush=True))
"""


def _tuer(racine, etapes, delai):
    """Lancer une actualisation et la tuer ``delai`` secondes après un nombre d’étapes finies."""
    processus = subprocess.Popen(
        [sys.executable, "-c", ACTUALISER, str(racine)], stdout=subprocess.PIPE, text=True
    )
    assert processus.stdout is not None
    for _ in range(etapes + 1):
        processus.stdout.readline()
    time.sleep(delai)
    processus.send_signal(signal.SIGKILL)
    processus.stdout.close()
    return processus.wait()


@pytest.mark.lent
@SANS_POSIX
def test_dix_arrets_brutaux_laissent_toujours_une_edition_entiere(tmp_path):
    """Cinq arrêts n’importe quand, cinq pendant l’écriture ; après chacun, tout se relit."""
    chemins = Chemins(tmp_path)
    construire_demonstration(chemins)
    connues = set(lister_editions(chemins, COMMUNE))
    hasard = random.Random(20261123)
    tues = 0
    for rang in range(10):
        etapes, delai = (0, hasard.uniform(0, 1.5)) if rang % 2 else (5, hasard.uniform(0, 0.15))
        tues += _tuer(tmp_path, etapes, delai) == -signal.SIGKILL
        courante = edition_courante(chemins, COMMUNE)
        courante.verifier()
        completes = lister_editions(chemins, COMMUNE)
        assert connues <= set(completes)
        for identifiant in set(completes) - connues:
            assert (chemins.ville(COMMUNE) / identifiant / "poids.parquet").is_file()
        connues = set(completes)
        assert all(e.edition in connues for e in lire_journal(chemins, COMMUNE).entrees)
    assert tues >= 5, "la plupart des processus devaient être tués avant d’avoir fini"
    suivante = construire_demonstration(chemins).edition
    assert edition_courante(chemins, COMMUNE).identifiant == suivante.identifiant
    suivante.verifier()
    assert not list(chemins.ville(COMMUNE).glob(".en-cours-*"))


@pytest.mark.lent
def test_deux_actualisations_a_la_fois_finissent_l_une_apres_l_autre(tmp_path):
    processus = [
        subprocess.Popen(
            [sys.executable, "-c", ACTUALISER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for un in processus:
        un.communicate(timeout=240)
    assert [un.returncode for un in processus] == [0, 0]
    chemins = Chemins(tmp_path)
    editions = lister_editions(chemins, COMMUNE)
    assert len(editions) == 2
    assert [e.edition for e in lire_journal(chemins, COMMUNE).entrees] == editions
    assert edition_courante(chemins, COMMUNE).identifiant == editions[-1]


DISQUE_PLEIN = """
import resource, sys
from pathlib import Path
from observatoire.chaine import construire_demonstration
from observatoire.chemins import Chemins
from observatoire.erreurs import ErreurEdition
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    construire_demonstration(Chemins(Path(sys.argv[1])))
except ErreurEdition as erreur:
    print(erreur)
    sys.exit(7)
"""


@SANS_POSIX
@pytest.mark.parametrize("octets", [0, 2000])
def test_un_disque_plein_ne_perd_rien_et_dit_quoi_faire(racine_fictive, tmp_path, octets):
    """Une limite de taille de fichier fait échouer l’écriture comme un disque plein."""
    import shutil

    shutil.copytree(racine_fictive, tmp_path / "copie")
    chemins = Chemins(tmp_path / "copie")
    avant = edition_courante(chemins, COMMUNE)
    journal = lire_journal(chemins, COMMUNE)
    retour = subprocess.run(
        [sys.executable, "-c", DISQUE_PLEIN, str(chemins.racine), str(octets)],
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert retour.returncode == 7, retour.stderr
    assert "libérez de la place" in retour.stdout
    assert "L’édition précédente est intacte" in retour.stdout
    courante = edition_courante(chemins, COMMUNE)
    assert courante.identifiant == avant.identifiant
    courante.verifier()
    assert lister_editions(chemins, COMMUNE) == [avant.identifiant]
    assert not list(chemins.ville(COMMUNE).glob(".en-cours-*"))
    assert lire_journal(chemins, COMMUNE) == journal


REMPLIR = """
import shutil, sys
from pathlib import Path
from observatoire.chaine import construire_demonstration
from observatoire.chemins import Chemins
from observatoire.editions import edition_courante, lister_editions
from observatoire.erreurs import ErreurEdition
chemins = Chemins(Path(sys.argv[1]))
try:
    for _ in range(10):
        construire_demonstration(chemins)
except ErreurEdition as erreur:
    print(erreur)
edition_courante(chemins, "00001").verifier()
assert not list(chemins.ville("00001").glob(".en-cours-*"))
shutil.rmtree(chemins.ville("00001") / lister_editions(chemins, "00001")[0])
construire_demonstration(chemins).edition.verifier()
print("reparti")
"""


@pytest.mark.lent
@SANS_POSIX
def test_un_vrai_petit_disque_plein(tmp_path):
    """Système de fichiers en mémoire de deux éditions et demie, dans un espace de noms sans privilège."""
    import shutil

    monter = 'mount -t tmpfs -o size=2600k tmpfs "$1"'
    base = ["unshare", "-Urm", "sh", "-c"]
    if (
        shutil.which("unshare") is None
        or subprocess.run(
            [*base, monter, "sh", str(tmp_path)], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("ce système ne permet pas de monter un petit disque sans privilège")
    retour = subprocess.run(
        [*base, monter + ' && exec "$2" -c "$3" "$1"', "sh", str(tmp_path), sys.executable, REMPLIR],
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert retour.returncode == 0, retour.stderr
    assert "libérez de la place" in retour.stdout
    assert retour.stdout.rstrip().endswith("reparti")
