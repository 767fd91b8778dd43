"""Champ « Un lieu » : territoires de toutes les familles et lieux de la ville, par leur nom."""

import pandas as pd
import pytest

from observatoire.domaine import NomDeZones
from observatoire.interface import lieux as page
from observatoire.interface.recherche import (
    lieux_a_chercher,
    sujet_de_zone,
    trouver_lieu,
    trouver_zone,
)


@pytest.fixture(scope="module")
def options(edition_fictive):
    return lieux_a_chercher(edition_fictive)


def test_tout_se_trouve_une_fois(options, edition_fictive):
    """Chaque option mène à un territoire ou à un lieu, et aucun ne manque."""
    valeurs = [o["v"] for o in options]
    assert len(valeurs) == len(set(valeurs))
    couches = edition_fictive.couches
    lieux = edition_fictive.complement("lieux")
    assert len(options) == (
        len(couches["qpv"]) + len(couches["secteurs"]) + len(couches["secteurs_scolaires"])
        + len(couches["iris"]) + len(lieux)
    )  # fmt: skip
    for valeur in valeurs:
        trouves = [trouver_lieu(edition_fictive, valeur), trouver_zone(edition_fictive, valeur)]
        assert sum(t is not None for t in trouves) == 1, valeur


def test_secteur_scolaire_et_lieu_repondent(options, edition_fictive, monkeypatch):
    parametres: dict[str, str] = {}
    monkeypatch.setattr(page.st, "query_params", parametres)
    par_groupe = {g: [o for o in options if o["g"] == g] for g in {o["g"] for o in options}}
    assert {"Secteurs scolaires", "Maisons des Habitants", "Santé"} <= set(par_groupe)
    parametres["lieu"] = par_groupe["Secteurs scolaires"][0]["v"]
    scolaire = page.repondre(edition_fictive)
    assert scolaire.texte.startswith("Le secteur Jules-Verne est")
    assert scolaire.point is not None
    maison = next(o for o in par_groupe["Maisons des Habitants"] if "Pont-Ferré" in o["t"])
    parametres["lieu"] = maison["v"]
    reponse = page.repondre(edition_fictive)
    assert "Maison des Habitants Pont-Ferré" in reponse.texte
    assert reponse.point is not None
    table = edition_fictive.complement("lieux")
    absent = table[table["a_geolocaliser"].astype(bool)].iloc[0]
    parametres["lieu"] = f"lieu:{absent['liste']}/{absent['identifiant']}"
    refus = page.repondre(edition_fictive)
    assert "n’a pas encore de coordonnées" in refus.texte
    assert refus.point is None
    for inconnu in ("lieu:zut/1", "99999-zut-1", "lieu:"):
        parametres["lieu"] = inconnu
        assert "n’est pas dans la ville" in page.repondre(edition_fictive).texte


@pytest.mark.parametrize(
    ("nom", "zones", "attendu"),
    [
        ("Jules-Verne", NomDeZones("secteur scolaire", "", "m"), "Le secteur scolaire Jules-Verne"),
        ("Secteur Nord", NomDeZones("secteur", "", "m"), "Le secteur Nord"),
        ("Centre", NomDeZones("aire", "", "f"), "L’aire Centre"),
        ("Aire 3", NomDeZones("aire", "", "f"), "L’aire 3"),
        ("Sud", NomDeZones("zone", "", "f"), "La zone Sud"),
        ("Europole", NomDeZones("IRIS", "", "m"), "L’IRIS Europole"),
        ("Nord", NomDeZones("polygone", "", ""), "Nord (polygone)"),
    ],
)
def test_sujet_de_la_phrase(nom, zones, attendu):
    assert sujet_de_zone(nom, zones) == attendu


def test_edition_sans_lieux(edition_fictive, monkeypatch):
    monkeypatch.setattr(type(edition_fictive), "complement", lambda *_: pd.DataFrame())
    monkeypatch.setitem(edition_fictive.__dict__, "familles", {})
    assert {o["g"] for o in lieux_a_chercher(edition_fictive)} == {
        "Quartiers prioritaires", "Secteurs", "IRIS",
    }  # fmt: skip
