"""``observatoire caler`` et ``observatoire evaluer``, sur de petits fichiers de synthèse."""

from __future__ import annotations

import json
import sys

import pandas as pd
import pytest
from fabriques_fichiers import ecrire_fichiers

from observatoire.calages import charger_calage, lire_jeu
from observatoire.cli import principal

MESURES = ["n", "biais", "eam", "p90", "couverture_90", "largeur_90"]
METHODES = ["surface", "recouvrement_maximal", "calee", "calee_publie"]


@pytest.fixture(scope="session")
def fichiers(tmp_path_factory):
    return ecrire_fichiers(tmp_path_factory.mktemp("calage"))


@pytest.fixture
def lancer(fichiers, monkeypatch, capsys):
    """Exécuter une commande ; chaque option de fichier peut être remplacée."""

    def _lancer(commande, *arguments, **remplaces):
        options = fichiers | remplaces
        donnes = [x for nom, chemin in options.items() for x in (f"--{nom}", str(chemin))]
        monkeypatch.setattr(sys, "argv", ["observatoire", commande, *donnes, *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as fin:
            principal()
        sortie = capsys.readouterr()
        assert "Traceback" not in sortie.err
        return fin.value.code, sortie.out, sortie.err

    return _lancer


def test_la_structure_du_json(lancer) -> None:
    code, sortie, erreurs = lancer("evaluer", "--json")
    assert code == 0, erreurs
    bilan = json.loads(sortie)
    assert list(bilan) == ["indicateur", "methodes", "par_part_couverte", "par_taille"]
    assert bilan["indicateur"] == "taux_pauvrete"
    for cle in ("par_part_couverte", "par_taille"):
        assert len(bilan[cle]) == 3
        assert sum(t["n"] for t in bilan[cle]) == 66
        bornes = [x for t in bilan[cle] for x in (t["de"], t["a"])]
        assert bornes == sorted(bornes)
    for methodes in (
        bilan["methodes"],
        *(t["methodes"] for cle in ("par_part_couverte", "par_taille") for t in bilan[cle]),
    ):
        assert list(methodes) == METHODES
        assert all(list(m) == MESURES for m in methodes.values())
    methodes = bilan["methodes"]
    # 72 quartiers, un sur douze sans taux publié.
    assert methodes["calee"]["n"] == methodes["calee_publie"]["n"] == 66
    assert methodes["surface"]["biais"] < -3
    assert abs(methodes["calee"]["biais"]) < 1.5
    assert methodes["calee"]["eam"] < methodes["surface"]["eam"]
    for mesures in methodes.values():
        assert 0 < mesures["eam"] <= mesures["p90"]
        assert 0 <= mesures["couverture_90"] <= 100
        assert mesures["largeur_90"] > 0


def test_le_modele_ecrit_par_caler_sert_a_evaluer(lancer, tmp_path) -> None:
    fichier = tmp_path / "dossier" / "modele.json"
    code, sortie, erreurs = lancer("caler", "--sortie", fichier)
    assert code == 0, erreurs
    assert str(fichier) in sortie
    assert "66" in sortie
    modele = charger_calage(fichier)
    assert modele.modeles["taux_pauvrete"]["calee"].apprentissage["n"] == 66
    assert modele.origine["departements"] == 6
    assert modele.origine["millesime_revenus"] == 2021
    code, sortie, erreurs = lancer("evaluer", "--json", "--fichier-modele", fichier)
    assert code == 0, erreurs
    applique = json.loads(sortie)["methodes"]["calee"]
    # Appliqué aux quartiers qui l’ont instruit : l’erreur ne peut être que plus basse.
    assert applique["eam"] < modele.modeles["taux_pauvrete"]["calee"].apprentissage["eam"]


@pytest.mark.parametrize("options", [["--modele"], []])
def test_tous_les_indicateurs_que_les_fichiers_permettent(lancer, options) -> None:
    """La part des immigrés n’est pas dans ces fichiers : c’est dit, et n’arrête pas les autres."""
    code, sortie, erreurs = lancer("evaluer", "--json", "--indicateur", "tous", *options)
    assert code == 0, erreurs
    assert [b["indicateur"] for b in json.loads(sortie)] == [
        "taux_pauvrete",
        "taux_emploi_15_64",
        "indice_jeunesse",
        "part_etrangers",
        "part_menages_1_personne",
        "part_logements_sociaux",
    ]
    assert "part_immigres" in erreurs


def test_aucun_indicateur_evaluable(lancer, fichiers, tmp_path) -> None:
    table = pd.read_csv(fichiers["verite"], sep=";")
    vide = tmp_path / "valeurs_qpv.csv"
    table.head(5).to_csv(vide, sep=";", index=False)
    code, _, erreurs = lancer("evaluer", "--indicateur", "tous", verite=vide)
    assert code == 1
    assert "Aucun indicateur ne peut être évalué" in erreurs
    assert "il en faut au moins 60" in erreurs


def test_le_tableau_lisible(lancer) -> None:
    code, sortie, erreurs = lancer("evaluer")
    assert code == 0, erreurs
    for mot in ("Erreur", "moyenne", "Biais", "calée", "publiés", "plus grand", "Couverture"):
        assert mot in sortie
    assert "part des IRIS couverte" in sortie
    assert "habitants du quartier" in sortie


def test_un_quartier_masque_n_est_ni_appris_ni_nul(fichiers) -> None:
    jeu = lire_jeu(*([chemin] for chemin in fichiers.values()))
    assert len(jeu.donnees.territoires) == 72
    assert jeu.cibles["taux_pauvrete"].isna().sum() == 6
    assert jeu.cibles["taux_pauvrete"].min() > 5
    assert sorted(set(jeu.departements)) == ["10", "11", "12", "13", "14", "15"]
    assert jeu.donnees.statistiques["taux_pauvrete"].isna().sum() == 48
    assert jeu.donnees.statistiques["taux_pauvrete"].min() > 1
    assert jeu.donnees.statistiques["part_hlm"].notna().all()


def test_un_fichier_dans_le_mauvais_role_est_dit_avec_les_autres_fautes(lancer, fichiers) -> None:
    code, _, erreurs = lancer(
        "evaluer", statistiques=fichiers["verite"], verite=fichiers["iris"].with_name("absent.csv")
    )
    assert code == 1
    for mot in (
        "valeurs_qpv.csv",
        "ce n’est pas ce qui est attendu ici",
        "donnez une table par IRIS",
        "absent.csv",
        "fichier introuvable",
    ):
        assert mot in erreurs


@pytest.mark.parametrize(
    ("role", "autre", "remede"),
    [
        ("iris", "territoires", "des contours d’IRIS"),
        ("territoires", "iris", "des contours de quartiers prioritaires"),
        ("verite", "statistiques", "une table de chiffres publiés par quartier"),
    ],
)
def test_chaque_role_dit_ce_qu_il_attend(lancer, fichiers, role, autre, remede) -> None:
    code, _, erreurs = lancer("evaluer", **{role: fichiers[autre]})
    assert code == 1
    assert fichiers[autre].name in erreurs
    assert remede in erreurs


def test_un_indicateur_inconnu_nomme_ceux_qui_ont_un_calage(lancer) -> None:
    code, _, erreurs = lancer("evaluer", "--indicateur", "mediane_niveau_vie")
    assert code == 1
    assert "Indicateur sans calage : « mediane_niveau_vie »" in erreurs
    assert "taux_pauvrete" in erreurs


def test_trop_peu_de_quartiers_publies(lancer, fichiers, tmp_path) -> None:
    table = pd.read_csv(fichiers["verite"], sep=";").head(30)
    court = tmp_path / "valeurs_qpv.csv"
    table.to_csv(court, sep=";", index=False)
    code, _, erreurs = lancer("evaluer", verite=court)
    assert code == 1
    assert "27 quartiers ont un chiffre publié : il en faut au moins 60" in erreurs
    # Le modèle livré, lui, ne demande rien d’appris : trente quartiers suffisent à le juger.
    code, sortie, erreurs = lancer("evaluer", "--modele", "--json", verite=court)
    assert code == 0, erreurs
    assert json.loads(sortie)["methodes"]["calee"]["n"] == 27


def test_un_seul_departement_ne_permet_pas_d_evaluer(lancer, tmp_path) -> None:
    un_seul = ecrire_fichiers(tmp_path, departements=1)
    code, _, erreurs = lancer("evaluer", **un_seul)
    assert code == 1
    assert "au moins deux départements" in erreurs
    assert "--modele" in erreurs


@pytest.mark.parametrize(
    ("contenu", "motif"),
    [
        ("{", "illisible"),
        ('{"format": 99}', "format 99"),
        ('{"format": 1}', "illisible"),
        ("[]", "illisible"),
    ],
)
def test_un_modele_illisible_est_dit(lancer, tmp_path, contenu, motif) -> None:
    fichier = tmp_path / "modele.json"
    fichier.write_text(contenu, encoding="utf-8")
    code, _, erreurs = lancer("evaluer", "--fichier-modele", fichier)
    assert code == 1
    assert motif in erreurs
    assert "observatoire caler" in erreurs


def test_un_modele_absent_ou_une_sortie_impossible_est_dit(lancer, tmp_path) -> None:
    code, _, erreurs = lancer("evaluer", "--fichier-modele", tmp_path / "rien.json")
    assert code == 1
    assert "rien.json" in erreurs
    obstacle = tmp_path / "fichier"
    obstacle.write_text("", encoding="utf-8")
    code, _, erreurs = lancer("caler", "--sortie", obstacle / "modele.json")
    assert code == 1
    assert "ne peut être écrit" in erreurs
