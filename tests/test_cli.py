"""La commande : code 0, ou 1 avec un message en français et sans trace."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys

import pytest


@pytest.fixture
def observatoire(racine_fictive, tmp_path):
    def lancer(*arguments, racine=racine_fictive):
        environnement = {
            **os.environ,
            "OBSERVATOIRE_DONNEES": str(racine),
            "NO_COLOR": "1",
            "COLUMNS": "140",
        }
        return subprocess.run(
            [sys.executable, "-m", "observatoire", *map(str, arguments)],
            capture_output=True, text=True, env=environnement, cwd=tmp_path, check=False, timeout=120,
        )  # fmt: skip

    return lancer


def test_l_aide_est_en_francais(observatoire):
    retour = observatoire("--help")
    assert retour.returncode == 0
    assert "Commandes" in retour.stdout
    for mot in ("Show this message", "Commands", "default", "required"):
        assert mot not in retour.stdout
    for commande in (
        "demo",
        "actualiser",
        "ouvrir",
        "etat",
        "indicateurs",
        "resultats",
        "exporter",
        "verifier",
    ):
        assert commande in retour.stdout


def test_resultats_en_json(observatoire):
    retour = observatoire(
        "resultats", "--commune", "00001", "--indicateur", "taux_pauvrete", "--format", "json"
    )
    assert retour.returncode == 0, retour.stderr
    lignes = json.loads(retour.stdout)
    ville = [x for x in lignes if x["type_territoire"] == "commune" and x["millesime"] == 2021]
    assert len(ville) == 1
    assert 10 < ville[0]["valeur"] < 30
    assert {x["type_territoire"] for x in lignes} == {
        "commune",
        "iris",
        "qpv",
        "secteur",
        "secteurs_scolaires",
    }
    masquees = [x for x in lignes if x["statut"] == "secret"]
    assert masquees
    assert all(x["valeur"] is None for x in masquees)


def test_resultats_en_csv_avec_les_colonnes_d_ecart(observatoire):
    retour = observatoire("resultats", "--commune", "00001", "--indicateur", "taux_pauvrete")
    lignes = list(csv.DictReader(io.StringIO(retour.stdout)))
    attendues = {
        "code_territoire", "type_territoire", "indicateur", "millesime", "valeur", "statut", "methode", "borne_basse",
        "borne_haute", "part_couverte", "effectif", "reference", "valeur_reference", "ecart", "ecart_relatif", "rang", "verdict",
    }  # fmt: skip
    assert attendues <= set(lignes[0])
    assert any(x["code_territoire"] == "000010101" for x in lignes), (
        "les zéros initiaux sont gardés"
    )


def test_etat_et_verifier(observatoire, tmp_path):
    etat = json.loads(observatoire("etat", "--json").stdout)
    assert etat["villes"][0]["code_commune"] == "00001"
    assert etat["villes"][0]["ville_fictive"] is True
    assert "ville fictive" in observatoire("etat").stdout
    verdict = observatoire("verifier")
    assert verdict.returncode == 0
    assert "intègre" in verdict.stdout
    vide = observatoire("etat", racine=tmp_path / "vide")
    assert "Aucune édition" in vide.stdout


def test_verifier_dit_les_variables_sans_colonne(observatoire, ville_fictive, tmp_path):
    fichiers, racine = tmp_path / "fichiers", tmp_path / "racine"
    shutil.copytree(ville_fictive, fichiers)
    for fichier in fichiers.glob("base-ic-logement-*.CSV"):
        entete, suite = fichier.read_text(encoding="utf-8").split("\n", 1)
        fichier.write_text(
            entete.replace("_RP_VOIT1P", "_RP_AUTRE") + "\n" + suite, encoding="utf-8"
        )
    retour = observatoire(
        "actualiser",
        "--commune",
        "00001",
        "--depuis",
        str(fichiers),
        "--sans-reseau",
        racine=racine,
    )
    assert retour.returncode == 0, retour.stderr
    verdict = observatoire("verifier", racine=racine)
    assert "sans colonne dans les fichiers lus : menages_avec_voiture" in verdict.stdout
    assert "sans données pour : part_menages_sans_voiture" in verdict.stdout
    contenu = json.loads(observatoire("verifier", "--json", racine=racine).stdout)
    assert contenu["variables_sans_colonne"] == {"00001": ["menages_avec_voiture"]}
    complet = json.loads(observatoire("verifier", "--json").stdout)
    assert complet["variables_sans_colonne"] == {"00001": []}


def test_indicateurs(observatoire):
    contenu = json.loads(observatoire("indicateurs", "--json").stdout)
    assert len(contenu) >= 45
    pauvrete = next(i for i in contenu if i["id"] == "taux_pauvrete")
    assert pauvrete["diffusion"]["qpv"] == [2021]
    assert "Taux de pauvreté" in observatoire("indicateurs").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["resultats", "--commune", "38185"], "Aucune édition pour la commune 38185"),
        (
            ["resultats", "--commune", "00001", "--indicateur", "bonheur"],
            "n’a pas de données dans cette édition",
        ),
        (["resultats", "--commune", "00001", "--millesime", "1999"], "Aucune ligne"),
        (["resultats"], "--commune, --epci ou --france"),
        (["bonheur"], "Commande inconnue"),
        (["etat", "--bonheur"], "Option inconnue : --bonheur."),
        (["resultats", "--commune"], "demande une valeur"),
        (["resultats", "--commune", "00001", "--format", "xls"], "valeurs permises"),
        (["ouvrir", "--port", "abc"], "pas un nombre entier"),
        (["ouvrir", "--port", "99999999"], "intervalle"),
        (["etat", "de", "grâce"], "Argument en trop"),
        (["actualiser", "--commune", "381"], "n’est pas un code de commune"),
        (["actualiser", "--commune", "38185", "--depuis", "absent"], "Introuvable"),
        (["actualiser", "--commune", "38185", "--sans-reseau"], "--depuis"),
        (
            [
                "exporter",
                "carte",
                "--commune",
                "00001",
                "--indicateur",
                "taux_pauvrete",
                "--sortie",
                "x.gif",
            ],
            ".png",
        ),
        (
            [
                "exporter",
                "carte",
                "--commune",
                "00001",
                "--indicateur",
                "taux_pauvrete",
                "--millesime",
                "2001",
                "--sortie",
                "x.png",
            ],
            "millésimes de l’édition",
        ),
    ],
)
def test_une_faute_donne_un_message_et_le_code_1(observatoire, arguments, message):
    retour = observatoire(*arguments)
    assert retour.returncode == 1, retour.stdout
    assert message in retour.stderr
    assert "Traceback" not in retour.stderr


def test_sources_dit_l_etat_de_chaque_fichier(observatoire, tmp_path):
    retour = observatoire("sources", "--json", racine=tmp_path / "vide")
    assert retour.returncode == 0, retour.stderr
    etats = json.loads(retour.stdout)
    assert len(etats) >= 40
    assert {e["etat"] for e in etats} == {"absent"}
    assert all(e["adresse"].startswith("https://") for e in etats)
    assert "Dossier de dépôt" in observatoire("sources", racine=tmp_path / "vide").stdout


def test_les_fichiers_deposes_suffisent(observatoire, ville_fictive, tmp_path):
    racine = tmp_path / "deposee"
    shutil.copytree(ville_fictive, racine / "depot")
    retour = observatoire("actualiser", "--commune", "00001", "--sans-reseau", racine=racine)
    assert retour.returncode == 0, retour.stderr
    assert "40 IRIS" in retour.stdout


def test_exporter_une_carte(observatoire, tmp_path):
    sortie = tmp_path / "carte.svg"
    retour = observatoire(
        "exporter",
        "carte",
        "--commune",
        "00001",
        "--indicateur",
        "taux_pauvrete",
        "--sortie",
        sortie,
    )
    assert retour.returncode == 0, retour.stderr
    assert "ville fictive" in sortie.read_text(encoding="utf-8")
    assert "2021" in retour.stdout


def test_une_edition_alteree_se_dit(observatoire, ville_fictive, tmp_path):
    racine = tmp_path / "altere"
    assert observatoire("demo", "--sans-ouvrir", racine=racine).returncode == 0
    (cible,) = racine.glob("editions/00001/*/resultats.parquet")
    cible.write_bytes(b"abime")
    verdict = observatoire("verifier", racine=racine)
    assert verdict.returncode == 1
    assert "a changé depuis sa publication" in verdict.stderr
    lecture = observatoire("resultats", "--commune", "00001", racine=racine)
    assert lecture.returncode == 1
    assert "Traceback" not in lecture.stderr
