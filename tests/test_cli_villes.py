"""Commande ``villes`` et références en ligne de commande."""

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from observatoire.catalogue import charger_catalogue
from observatoire.cli import application
from observatoire.erreurs import ErreurCatalogue, ErreurDemande


def _lancer(racine, *arguments):
    return CliRunner().invoke(application, [*arguments, "--donnees", str(racine)])


def test_une_ville_en_texte(racine_fictive):
    reponse = _lancer(racine_fictive, "villes", "--commune", "00001")
    assert reponse.exit_code == 0
    assert "À Brumeval" in reponse.stdout
    assert "Lu dans : 1 édition publiée." in reponse.stdout


def test_les_autres_formats(racine_fictive):
    lignes = list(
        csv.DictReader(io.StringIO(_lancer(racine_fictive, "villes", "--format", "csv").stdout))
    )
    assert [x["code_commune"] for x in lignes] == ["00001"]
    contenu = json.loads(_lancer(racine_fictive, "villes", "--format", "json").stdout)
    assert contenu[0]["ecart"] == pytest.approx(float(lignes[0]["ecart"]))


@pytest.mark.parametrize(
    ("arguments", "mot"),
    [
        (["villes", "--commune", "38185"], "38185"),
        (["villes", "--indicateur", "inconnu"], "inconnu"),
        (["villes", "--millesime", "1999"], "1999"),
        (["resultats", "--commune", "00001", "--reference", "france"], "disponibles : ville"),
    ],
)
def test_une_demande_impossible_dit_pourquoi(racine_fictive, arguments, mot):
    reponse = _lancer(racine_fictive, *arguments)
    assert isinstance(reponse.exception, ErreurDemande)
    assert mot in str(reponse.exception)


def test_l_ecart_des_quartiers_reunis_est_entre_ceux_des_quartiers(edition_fictive):
    villes = edition_fictive.complement("villes")
    ecarts = edition_fictive.ecarts[edition_fictive.ecarts["reference"] == "ville"]
    quartiers = edition_fictive.resultats[edition_fictive.resultats["type_territoire"] == "qpv"]
    ligne = villes[villes["indicateur"] == "taux_pauvrete"].iloc[-1]
    siens = ecarts[
        ecarts["code_territoire"].isin(quartiers["code_territoire"])
        & (ecarts["indicateur"] == "taux_pauvrete")
        & (ecarts["millesime"] == ligne["millesime"])
    ]["ecart"]
    assert siens.min() <= ligne["ecart"] <= siens.max()
    assert edition_fictive.ecarts["centile"].dropna().between(0, 100).all()


def test_une_ville_ajoute_son_groupe_et_ses_fautes_sont_dites(tmp_path):
    fichier = tmp_path / "references.toml"
    fichier.write_text('[comparables.groupes]\n38185 = ["34172", "35238"]\n', encoding="utf-8")
    assert charger_catalogue(tmp_path).comparables.groupes == {"38185": ("34172", "35238")}
    fichier.write_text(
        '[comparables.groupes]\n38185 = ["38185"]\n[chiffres_nationaux.x]\nindicateur = "inconnu"\n'
        'millesime = 2021\nreference = "france"\nvaleur = 1\nchamp = "x"\npage = "https://x"\n',
        encoding="utf-8",
    )
    with pytest.raises(ErreurCatalogue) as faute:
        charger_catalogue(tmp_path)
    assert "groupe de 38185" in str(faute.value)


def test_une_reference_inconnue_est_refusee(tmp_path):
    (tmp_path / "indicateurs").mkdir()
    (tmp_path / "indicateurs" / "essai.toml").write_text(
        '[essai]\nlibelle = "Part"\ntheme = "emploi"\ncalcul = "part"\nnumerateur = ["population"]\n'
        'denominateur = ["population"]\nunite = "pct"\nsens = "neutre"\ndefinition = "x"\npage = "x"\n'
        'lecture = "{valeur}"\nreference = "planete"\n',
        encoding="utf-8",
    )
    with pytest.raises(ErreurCatalogue, match=r"essai\.reference"):
        charger_catalogue(tmp_path)
