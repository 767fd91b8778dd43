"""La commande sur une intercommunalité et sur la France : mêmes gestes que pour une ville."""

import json
import subprocess
import sys

import pytest

SIREN = "000000001"


@pytest.fixture(scope="module")
def lancer(ville_fictive, tmp_path_factory):
    racine = tmp_path_factory.mktemp("racine")
    depot = tmp_path_factory.mktemp("composition")
    lignes = [f"0000{n};Commune {n};{SIREN};Pays de la Brume" for n in (1, 2, 3)]
    (depot / "epci.csv").write_text("\n".join(["CODGEO;LIBGEO;EPCI;LIBEPCI", *lignes]), "utf-8")

    def executer(*arguments, fichiers=False):
        suite = ("--depuis", str(ville_fictive), "--depuis", str(depot), "--sans-reseau")
        commande = [sys.executable, "-m", "observatoire", *arguments, *(suite if fichiers else ())]
        return subprocess.run(
            [*commande, "--donnees", str(racine)], capture_output=True, text=True, check=False
        )

    return executer


@pytest.fixture(scope="module")
def edition(lancer):
    retour = lancer("actualiser", "--epci", SIREN, "--json", fichiers=True)
    assert retour.returncode == 0, retour.stderr
    return json.loads(retour.stdout)


def test_actualiser_une_intercommunalite(edition):
    assert edition["code_commune"] == SIREN
    assert (edition["perimetre"], edition["communes"]) == ("epci", 3)
    assert edition["laissees_de_cote"] == {}


def test_resultats_carte_etat_et_journal(lancer, edition, tmp_path):
    table = lancer("resultats", "--epci", SIREN, "--indicateur", "population", "--format", "json")
    types = {ligne["type_territoire"] for ligne in json.loads(table.stdout)}
    assert types == {"epci", "commune", "iris", "qpv", "secteur"}
    sortie = tmp_path / "carte.png"
    carte = lancer(
        "exporter", "carte", "--epci", SIREN, "--indicateur", "taux_pauvrete",
        "--reference", "epci", "--sortie", str(sortie),
    )  # fmt: skip
    assert carte.returncode == 0, carte.stderr
    assert sortie.stat().st_size > 50_000
    assert "Pays de la Brume" in sortie.with_suffix(".txt").read_text(encoding="utf-8")
    etat = json.loads(lancer("etat", "--json").stdout)
    assert [(v["code_commune"], v["villes"]) for v in etat["villes"]] == [(SIREN, 3)]
    journal = json.loads(lancer("journal", "--epci", SIREN, "--json").stdout)
    assert [e["edition"] for e in journal["entrees"]] == [edition["edition"]]


def test_comparer_et_revenir(lancer, edition):
    seconde = json.loads(lancer("actualiser", "--epci", SIREN, "--json", fichiers=True).stdout)
    assert seconde["a_valider"] is False
    comparaison = lancer("comparer", "--epci", SIREN)
    assert comparaison.returncode == 0, comparaison.stderr
    assert "0 valeur changée" in comparaison.stdout
    retour = lancer("revenir", edition["edition"], "--epci", SIREN)
    assert retour.returncode == 0, retour.stderr
    encore = lancer("revenir", edition["edition"], "--epci", SIREN)
    assert "déjà l’édition courante" in encore.stderr
    inconnue = lancer("publier", "rien", "--epci", SIREN)
    assert f"L’intercommunalité {SIREN} n’a pas d’édition « rien »" in inconnue.stderr


def test_la_france_puis_une_de_ses_villes(lancer, edition):
    retour = lancer("actualiser", "--france", fichiers=True)
    assert retour.returncode == 0, retour.stderr
    assert "de France" in retour.stdout
    assert "2 communes" in retour.stdout
    # Aucune édition de Vernoise : elle se lit dans l’édition nationale.
    table = lancer("resultats", "--commune", "00003", "--indicateur", "taux_pauvrete")
    assert table.returncode == 0, table.stderr
    assert "Vernoise" in table.stdout
    assert "Brumeval" not in table.stdout
    nationale = lancer("resultats", "--france", "--indicateur", "taux_pauvrete")
    assert "Brumeval" in nationale.stdout


def test_deux_communes_en_une_commande(lancer):
    retour = lancer("actualiser", "--commune", "00001", "--commune", "00003", fichiers=True)
    assert retour.returncode == 0, retour.stderr
    assert retour.stdout.count("Inventaire des fichiers") == 1
    assert "de Brumeval (ville fictive) publiée" in retour.stdout
    assert "de Vernoise (ville fictive) publiée" in retour.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["actualiser"], "Indiquez --commune, --epci ou --france"),
        (["actualiser", "--france", "--commune", "00001"], "un seul des trois"),
        (["actualiser", "--epci", "38185"], "neuf chiffres"),
        (["actualiser", "--commune", "00001", "--commune", "12"], "cinq caractères"),
        (["resultats", "--epci", "123456789"], "actualiser --epci 123456789"),
        (["journal", "--epci", "123456789"], "L’intercommunalité 123456789"),
    ],
)
def test_une_demande_impossible_dit_quoi_faire(lancer, arguments, message):
    retour = lancer(*arguments)
    assert retour.returncode == 1
    assert message in retour.stderr
