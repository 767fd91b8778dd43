"""La commande sources : chaque état est atteint, et toutes les sources sont énumérées."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from observatoire.catalogue import charger_catalogue
from observatoire.chemins import Chemins
from observatoire.cli_sources import accepter_versions, montrer_sources
from observatoire.ingestion.emplacements import placer
from observatoire.ingestion.modeles import empreinte_fichier
from observatoire.ingestion.provenance import Fiche, chemin_fiche, ecrire_fiche


def ranger(chemins, source, millesime, contenu=b"a;b\n1;2\n", *, verifie_il_y_a=0, nouveau=None):
    """Un exemplaire accepté dans le cache ; au besoin, une autre version mise de côté."""
    catalogue = charger_catalogue()
    place = placer(source, millesime, chemins, catalogue, None)
    place.dossier.mkdir(parents=True, exist_ok=True)
    verifie = (datetime.now(UTC) - timedelta(days=verifie_il_y_a)).isoformat(timespec="seconds")

    def poser(chemin, octets):
        chemin.write_bytes(octets)
        fiche = Fiche.pour(
            place.source, place.declaration, "", fichier=place.nom, origine="reseau",
            sha256=empreinte_fichier(chemin), taille=len(octets),
        )  # fmt: skip
        ecrire_fiche(chemin, fiche)
        brut = json.loads(chemin_fiche(chemin).read_text(encoding="utf-8"))
        assert "verifie_le" in brut
        chemin_fiche(chemin).write_text(json.dumps({**brut, "verifie_le": verifie}), "utf-8")

    poser(place.ancre, contenu)
    if nouveau is not None:
        poser(place.nouveau, nouveau)
    return place


@pytest.fixture
def chemins(tmp_path):
    return Chemins(tmp_path / "racine")


def lister(chemins, capsys):
    capsys.readouterr()
    montrer_sources(chemins, en_json=True)
    return json.loads(capsys.readouterr().out)


def etat(chemins, capsys, source, millesime):
    (trouve,) = [
        e for e in lister(chemins, capsys) if (e["source"], e["millesime"]) == (source, millesime)
    ]
    return trouve


def test_present_absent_perime_change(chemins, capsys):
    ranger(chemins, "rp_logement", 2022)
    ranger(chemins, "rp_logement", 2021, verifie_il_y_a=400)
    ranger(chemins, "rp_logement", 2020, nouveau=b"a;b\n1;3\n")
    etats = {
        e["millesime"]: e["etat"] for e in lister(chemins, capsys) if e["source"] == "rp_logement"
    }
    assert etats == {
        2022: "present",
        2021: "perime",
        2020: "modifie",
        2019: "absent",
        2018: "absent",
    }
    perime = etat(chemins, capsys, "rp_logement", 2021)
    assert perime["precision"].startswith("vérifié le ")
    montrer_sources(chemins, en_json=False)
    texte = " ".join(capsys.readouterr().out.split())
    for mot in ("présent", "absent", "périmé", "changé"):
        assert mot in texte


def test_un_fichier_altere_n_est_plus_present(chemins, capsys):
    place = ranger(chemins, "rp_logement", 2022)
    place.ancre.write_bytes(b"autre chose")
    altere = etat(chemins, capsys, "rp_logement", 2022)
    assert altere["etat"] == "absent"
    assert "altéré" in altere["precision"]


def test_accepter_remet_present(chemins, capsys):
    ville = charger_catalogue()
    assert ville  # le catalogue réel est celui de la commande
    place = ranger(chemins, "cog_communes", 2026, nouveau=b"TYPECOM,COM,LIBELLE,COMPARENT\n")
    assert etat(chemins, capsys, "cog_communes", 2026)["etat"] == "modifie"
    assert [b.source for b in accepter_versions(chemins)] == ["cog_communes"]
    assert etat(chemins, capsys, "cog_communes", 2026)["etat"] == "present"
    assert place.ancre.read_bytes().startswith(b"TYPECOM")


def test_les_sources_sans_adresse_sont_dites_et_reconnues_au_depot(chemins, capsys, ville_fictive):
    absente = etat(chemins, capsys, "correspondance_qpv", 2024)
    assert absente["etat"] == "absent"
    assert "déposez-le" in absente["precision"]
    chemins.depot.mkdir(parents=True)
    shutil.copy(ville_fictive / "liste-correspondance-qp2024-qp2015.csv", chemins.depot)
    shutil.copy(ville_fictive / "population_qp24.csv", chemins.depot)
    presente = etat(chemins, capsys, "correspondance_qpv", 2024)
    assert presente["etat"] == "present"
    assert "liste-correspondance-qp2024-qp2015.csv" in presente["precision"]
    populations = [e for e in lister(chemins, capsys) if e["source"] == "population_qpv"]
    assert [(e["etat"], e["millesime"] is not None) for e in populations] == [("present", True)]


def test_toutes_les_sources_des_producteurs_sont_enumerees(chemins, capsys):
    listees = {e["source"] for e in lister(chemins, capsys)}
    assert listees >= {
        "contours_iris", "contours_iris_v2", "qpv_2024", "qpv_2015", "correspondance_qpv",
        "filosofi_iris", "filosofi_qpv", "filosofi_commune", "filosofi_commune_distribution",
        "filosofi_commune_long", "carreaux_200m", "rp_evol_struct_pop", "rp_activite_residents",
        "rp_diplomes_formation", "rp_couples_familles_menages", "rp_logement", "population_qpv",
        "demographie_qpv", "cog_communes", "reference_iris", "fond_communes", "ips_ecoles",
    }  # fmt: skip
    assert "valeurs_qpv_compilation" not in listees
    # Elle arrive avec l’archive de la distribution : rien à chercher de plus.
    assert "filosofi_commune_pauvrete" not in listees
    assert "secteurs" not in listees
