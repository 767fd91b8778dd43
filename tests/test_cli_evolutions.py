"""Commande « evolutions » : texte, CSV, JSON, fautes de demande."""

import io
import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from observatoire.cli import application
from observatoire.erreurs import ErreurDemande


@pytest.fixture
def evolutions(racine_fictive):
    def lancer(*options):
        commande = ["evolutions", "--commune", "00001", "--donnees", str(racine_fictive), *options]
        return CliRunner().invoke(application, commande)

    return lancer


def test_le_texte_dit_la_regle_avant_les_nombres(evolutions):
    sortie = evolutions("--indicateur", "taux_pauvrete").output
    assert "comparaison à lire avec précaution" in sortie
    assert "Pont" in sortie
    # Un changement est montré avec son intervalle, et le changement de méthode avec lui.
    assert "Intervalle" in sortie
    assert "changement de méthode" in " ".join(sortie.split())
    refus = evolutions("--indicateur", "part_ouvriers").output
    assert "comparaison refusée" in refus
    assert "%" not in refus


def test_csv_et_json_disent_la_meme_chose(evolutions):
    csv = pd.read_csv(
        io.StringIO(evolutions("--format", "csv", "--indicateur", "taux_pauvrete").output)
    )
    lignes = json.loads(evolutions("--format", "json", "--indicateur", "taux_pauvrete").output)
    assert csv["code_territoire"].astype(str).str.zfill(5).tolist() == [
        x["code_territoire"] for x in lignes
    ]
    assert csv["evolution"].tolist() == pytest.approx([x["evolution"] for x in lignes])
    assert {"motif", "comparaison", "verdict", "borne_basse"} <= set(csv)


@pytest.mark.parametrize(
    ("indicateur", "message"),
    [("inconnu", "n’existe pas"), ("part_suroccupation", "connu qu’à une date")],
)
def test_une_demande_impossible_dit_pourquoi(evolutions, indicateur, message):
    erreur = evolutions("--indicateur", indicateur).exception
    assert isinstance(erreur, ErreurDemande)
    assert message in str(erreur)
