"""Les commandes d’export et du registre, de bout en bout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from observatoire.cli import application
from observatoire.erreurs import ErreurDemande

DEPOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def racine(racine_fictive: Path, tmp_path: Path) -> Path:
    copie = tmp_path / "donnees"
    shutil.copytree(racine_fictive / "editions", copie / "editions")
    return copie


def _lancer(racine: Path, *arguments: object):  # type: ignore[no-untyped-def]
    return CliRunner().invoke(
        application, [*map(str, arguments)], env={"OBSERVATOIRE_DONNEES": str(racine)}
    )


def test_exporter_puis_lire_le_registre(racine: Path, tmp_path: Path) -> None:
    commun = ("--commune", "00001", "--indicateur", "taux_pauvrete")
    faits = (
        ("exporter", "carte", *commun, "--format", "diapo", "--sortie", tmp_path / "a.svg"),
        ("exporter", "carte", *commun, "--orientation", "portrait", "--niveau", "secteurs_scolaires",
         "--sortie", tmp_path / "b.svg"),
        ("exporter", "cartes-jumelles", *commun, "--millesime", "2018", "--millesime", "2021",
         "--sortie", tmp_path / "c.svg"),
        ("exporter", "csv", *commun, "--reference", "ville_hors_qpv", "--sortie", tmp_path / "d.csv"),
        ("exporter", "serie", *commun, "--image", "svg", "--sortie", tmp_path / "e"),
    )  # fmt: skip
    for arguments in faits:
        retour = _lancer(racine, *arguments)
        assert retour.exit_code == 0, (arguments, retour.output, retour.exception)
    assert (tmp_path / "e" / "brumeval-taux_pauvrete.svg").is_file()
    lu = json.loads(_lancer(racine, "registre", "--commune", "00001", "--json").stdout)
    assert [d["format"] for d in lu["documents"]] == [
        "carte", "carte", "cartes-jumelles", "csv", "carte",
    ]  # fmt: skip
    for document, nom in zip(lu["documents"], ("a.svg", "b.svg", "c.svg"), strict=False):
        assert document["identifiant"] in (tmp_path / nom).read_text("utf-8")
    retour = _lancer(racine, "registre", "--depuis-actualisation")
    assert "Aucun document ne cite" in retour.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("exporter", "tableur", "--sortie", "a.csv"), "s’écrit en .xlsx"),
        (("exporter", "page", "--sortie", "/nulle/part/a.html"), "n’existe pas"),
        (("exporter", "csv", "--theme", "lune", "--sortie", "a.csv"), "thème inconnu"),
        (("exporter", "serie", "--format", "diapo", "--orientation", "portrait", "--sortie", "s"),
         "toujours en paysage"),
        (("exporter", "cartes-jumelles", "--indicateur", "taux_pauvrete", "--sortie", "a.png"),
         "deux indicateurs"),
        (("exporter", "carte", "--indicateur", "taux_pauvrete", "--niveau", "lune", "--sortie", "a.svg"),
         "découpage inconnu « lune » (permis : iris, qpv, secteur, secteurs_scolaires)"),
        (("registre", "--refaire", "x"), "va avec"),
    ],
)  # fmt: skip
def test_les_fautes_sont_dites(
    racine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments, message
) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    ville = ("--commune", "00001") if arguments[0] == "exporter" else ()
    retour = _lancer(racine, *arguments, *ville)
    assert isinstance(retour.exception, ErreurDemande)
    assert message in str(retour.exception)


def test_la_commande_installee_dit_l_aide(racine: Path) -> None:
    retour = subprocess.run(
        [sys.executable, "-m", "observatoire", "exporter", "--help"],
        capture_output=True, text=True, check=False, cwd=DEPOT,
        env={**os.environ, "OBSERVATOIRE_DONNEES": str(racine)},
    )  # fmt: skip
    assert retour.returncode == 0
    for commande in ("carte", "cartes-jumelles", "serie", "tableur", "csv", "geo", "page", "tout"):
        assert commande in retour.stdout
