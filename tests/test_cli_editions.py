"""Les commandes comparer, publier, revenir et journal, du premier geste au dernier."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FICHIER = "BASE_TD_FILO_IRIS_2021_DISP.csv"
COMMUNE = "00001"
DEPOT = Path(__file__).resolve().parent.parent


def _observatoire(racine, *arguments):
    environnement = {
        **os.environ, "OBSERVATOIRE_DONNEES": str(racine), "NO_COLOR": "1", "COLUMNS": "160",
        "LOGNAME": "camille",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "observatoire", *map(str, arguments)],
        capture_output=True, text=True, env=environnement, check=False, timeout=120,
    )  # fmt: skip


@pytest.fixture(scope="module")
def histoire(ville_fictive, tmp_path_factory):
    """Une ville publiée, puis une actualisation douteuse : racine, dossier et sortie de chacune."""
    racine = tmp_path_factory.mktemp("histoire")
    dossier = racine / "fichiers"
    shutil.copytree(ville_fictive, dossier)
    base = ("actualiser", "--commune", COMMUNE, "--depuis", dossier)
    premiere = _observatoire(racine / "donnees", *base, "--motif", "première édition")
    chemin = dossier / FICHIER
    texte = chemin.read_text(encoding="utf-8")
    assert texte.count("\n000010101;14,0;") == 1
    chemin.write_text(texte.replace("\n000010101;14,0;", "\n000010101;64,0;"), encoding="utf-8")
    seconde = _observatoire(racine / "donnees", *base)
    return racine, premiere, seconde


@pytest.fixture
def ville(histoire, tmp_path):
    """Copie de la ville : racine des données, édition courante, édition à valider."""
    shutil.copytree(histoire[0] / "donnees", tmp_path / "donnees")
    contenu = json.loads(
        _observatoire(tmp_path / "donnees", "journal", "--commune", COMMUNE, "--json").stdout
    )
    (attente,) = contenu["a_valider"]
    return tmp_path / "donnees", contenu["entrees"][0]["edition"], attente


def test_une_actualisation_douteuse_attend_et_dit_quoi_faire(histoire):
    _, premiere, seconde = histoire
    assert premiere.returncode == 0, premiere.stderr
    assert " publiée en " in premiere.stdout
    assert "À VALIDER" not in premiere.stdout
    assert seconde.returncode == 0, seconde.stderr
    assert "À VALIDER. Elle n’est pas publiée" in seconde.stdout
    assert " publiée en " not in seconde.stdout
    assert "Cathédrale (IRIS) : 14,0\u202f% → 64,0\u202f% (+50,0\u00a0points)" in seconde.stdout
    assert "observatoire publier 2" in seconde.stdout
    assert "observatoire comparer courante 2" in seconde.stdout


def test_comparer_publier_revenir_journal(ville):
    racine, premiere, attente = ville
    comparaison = _observatoire(racine, "comparer", "courante", attente, "--commune", COMMUNE)
    assert comparaison.returncode == 0, comparaison.stderr
    assert "correction du producteur" in comparaison.stdout
    assert "Invraisemblable" in comparaison.stdout
    publication = _observatoire(
        racine, "publier", attente, "--commune", COMMUNE, "--motif", "confirmé par l’Insee"
    )
    assert publication.returncode == 0, publication.stderr
    contenu = json.loads(_observatoire(racine, "comparer", "--commune", COMMUNE, "--json").stdout)
    assert (contenu["ancienne"], contenu["nouvelle"]) == (premiere, attente)
    assert contenu["vraisemblable"] is False
    assert contenu["comptes"]["correction_producteur"] == len(contenu["changements"]) > 0
    assert contenu["comptes"]["inexplique"] == 0
    valeur = _observatoire(
        racine, "resultats", "--commune", COMMUNE, "--indicateur", "taux_pauvrete"
    )
    assert "000010101,iris,Cathédrale,taux_pauvrete,2021,64" in valeur.stdout
    retour = _observatoire(racine, "revenir", premiere, "--commune", COMMUNE, "--motif", "erreur")
    assert retour.returncode == 0, retour.stderr
    journal = _observatoire(racine, "journal", "--commune", COMMUNE)
    for mot in (
        "camille", "première édition", "actualisation à valider", "confirmé par l’Insee", "retour en arrière", attente,
    ):  # fmt: skip
        assert mot in journal.stdout


def test_publier_d_office(ville, histoire):
    racine, _, _ = ville
    sortie = _observatoire(
        racine, "actualiser", "--commune", COMMUNE, "--depuis", histoire[0] / "fichiers", "--publier", "--json"
    )  # fmt: skip
    contenu = json.loads(sortie.stdout)
    assert contenu["a_valider"] is False
    assert contenu["changements"]["correction_producteur"] > 0
    etat = json.loads(_observatoire(racine, "etat", "--json").stdout)
    assert etat["villes"][0]["edition"] == contenu["edition"]


def test_le_json_d_une_actualisation_douteuse(ville, histoire):
    racine, premiere, _ = ville
    sortie = _observatoire(
        racine, "actualiser", "--commune", COMMUNE, "--depuis", histoire[0] / "fichiers", "--json"
    )
    contenu = json.loads(sortie.stdout)
    assert contenu["a_valider"] is True
    assert "Cathédrale" in contenu["raisons"][0]
    etat = json.loads(_observatoire(racine, "etat", "--json").stdout)
    assert etat["villes"][0]["edition"] == premiere


def test_une_ligne_de_journal_coupee_se_dit(ville):
    racine, _, _ = ville
    fichier = racine / "editions" / COMMUNE / "journal.jsonl"
    fichier.write_bytes(fichier.read_bytes()[:-20])
    journal = _observatoire(racine, "journal", "--commune", COMMUNE)
    assert journal.returncode == 0
    assert "Lignes illisibles" in journal.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["comparer", "--commune", COMMUNE], "rien à comparer"),
        (["comparer", "hier", "courante", "--commune", COMMUNE], "n’a pas d’édition « hier »"),
        (["comparer", "--commune", "38185"], "Aucune édition pour la commune 38185"),
        (["publier", "hier", "--commune", COMMUNE], "n’a pas d’édition « hier »"),
        (["revenir", "hier", "--commune", COMMUNE], "n’a pas d’édition « hier »"),
        (["journal", "--commune", "38185"], "son journal est vide"),
        (["publier", "--commune", COMMUNE], "obligatoire"),
    ],
)
def test_une_faute_donne_un_message_et_le_code_1(histoire, arguments, message):
    retour = _observatoire(histoire[0] / "donnees", *arguments)
    assert retour.returncode == 1, retour.stdout
    assert message in retour.stderr
    assert "Traceback" not in retour.stderr


def test_le_guide_nomme_chaque_commande():
    guide = (DEPOT / "docs" / "guide-observation.md").read_text(encoding="utf-8")
    for commande in ("comparer", "publier", "revenir", "journal"):
        assert f"observatoire {commande} " in guide
