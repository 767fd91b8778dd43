"""La commande etat : âge des sources, parutions attendues, éditions à valider."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date

import pytest
from rich.console import Console

from observatoire import cli_etat
from observatoire.chaine import construire_demonstration
from observatoire.chemins import Chemins
from observatoire.cli_etat import montrer_etat
from observatoire.editions.validation import noter_a_valider


@pytest.fixture
def chemins(racine_fictive, tmp_path):
    racine = tmp_path / "copie"
    shutil.copytree(racine_fictive, racine)
    return Chemins(racine)


def etat(chemins, capsys, jour=date(2026, 3, 15)):
    capsys.readouterr()
    montrer_etat(chemins, en_json=True, aujourdhui=jour)
    (ville,) = json.loads(capsys.readouterr().out)["villes"]
    return ville


def test_l_etat_dit_l_age_de_chaque_source(chemins, capsys):
    ville = etat(chemins, capsys)
    sources = {(s["source"], s["millesime"]): s for s in ville["sources"]}
    assert sum(s["fichiers"] for s in ville["sources"]) == ville["fichiers"]
    assert sources["rp_logement", 2022]["attendu"] == 2023
    assert sources["rp_logement", 2022]["attendu_en"] == "octobre 2026"
    assert sources["filosofi_iris", 2021]["parution"].startswith("aucune parution connue")
    assert sources["filosofi_iris", 2018]["parution"] == "gardé pour comparer dans le temps"
    assert all(s["age"] and s["date_fichier"] for s in ville["sources"])
    assert ville["a_valider"] == {}


def test_l_age_suit_la_date_du_fichier(ville_fictive, tmp_path, capsys):
    depot = tmp_path / "depot"
    shutil.copytree(ville_fictive, depot)
    vieux = date(2024, 1, 15).toordinal() - date(1970, 1, 1).toordinal()
    os.utime(depot / "base-ic-logement-2022.CSV", (vieux * 86_400 + 43_200,) * 2)
    from observatoire.chaine import actualiser

    chemins = Chemins(tmp_path / "r")
    actualiser("00001", depuis=[depot], chemins=chemins)
    sources = {(s["source"], s["millesime"]): s for s in etat(chemins, capsys)["sources"]}
    assert sources["rp_logement", 2022]["date_fichier"] == "2024-01-15"
    assert sources["rp_logement", 2022]["age"] == "2 ans et 1 mois"


def test_une_edition_a_valider_est_dite_avec_la_commande(chemins, capsys, monkeypatch):
    monkeypatch.setattr(cli_etat, "console", Console(width=220))
    courante = etat(chemins, capsys)["edition"]
    suivante = construire_demonstration(chemins).edition.identifiant
    # L’ancienne courante, remise en attente : elle est entière et n’est plus publiée.
    noter_a_valider(chemins, "00001", courante, ["la pauvreté triple à la Cathédrale"])
    ville = etat(chemins, capsys)
    assert ville["edition"] == suivante
    assert ville["a_valider"] == {courante: ["la pauvreté triple à la Cathédrale"]}
    montrer_etat(chemins, en_json=False, aujourdhui=date(2026, 3, 15))
    texte = " ".join(capsys.readouterr().out.split())
    assert f"observatoire publier {courante} --commune 00001" in texte
    assert "la pauvreté triple à la Cathédrale" in texte
    assert "Sources de l’édition courante de Brumeval" in texte
    # Les cinq bases du recensement 2022 tiennent en une ligne.
    assert texte.count("2023 attendu en octobre 2026") == 1
