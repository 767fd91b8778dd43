"""L’évaluation livrée avec le modèle : des agrégats, cohérents, sourcés."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.calages import charger_calage, ecrire_calage
from observatoire.cartes.figure_calage import LIBELLES, exporter_nuage
from observatoire.erreurs import ErreurDemande, ErreurDonnees
from observatoire.estimation.calage import compter_nuage
from observatoire.evaluations import MODELE_LIVRE, charger_evaluation
from observatoire.redaction import ecrire_nombre

EVALUATION = charger_evaluation()
METHODE = Path(__file__).resolve().parents[1] / "docs" / "methode.md"
METHODES = ["surface", "recouvrement_maximal", "calee", "calee_publie"]


def test_le_nuage_d_un_exemple_connu():
    verite = pd.Series({"A": 40.0, "B": 41.0, "C": 47.5, "D": 10.0})
    estime = pd.Series({"B": 38.0, "A": 37.5, "C": 47.4, "D": np.nan})
    assert compter_nuage(verite, estime, 2.5) == [[16, 15, 2], [19, 18, 1]]


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=1, max_size=40))
def test_chaque_quartier_est_dans_une_case_et_une_seule(couples):
    x, y = (pd.Series(list(c)) for c in zip(*couples, strict=True))
    cases = compter_nuage(x, y, 2.5)
    assert sum(n for _, _, n in cases) == len(couples)
    assert len({(i, j) for i, j, _ in cases}) == len(cases)
    assert cases == sorted(cases)


@pytest.mark.parametrize("indicateur", list(EVALUATION.bilans))
def test_chaque_nuage_compte_les_quartiers_du_tableau(indicateur):
    bilan = EVALUATION.bilans[indicateur]
    assert list(bilan["methodes"]) == METHODES
    assert bilan["nuage"]["pas"] == (0.25 if indicateur == "indice_jeunesse" else 2.5)
    for methode in METHODES:
        mesures, cases = bilan["methodes"][methode], bilan["nuage"][methode]
        assert sum(n for _, _, n in cases) == mesures["n"]
        if not mesures["n"]:
            continue
        # Le biais relu sur les cases est celui du tableau, à une case près.
        pas = bilan["nuage"]["pas"]
        relu = sum(n * (j - i) for i, j, n in cases) * pas / mesures["n"]
        assert abs(relu - mesures["biais"]) < pas
        for tranches in (bilan["par_part_couverte"], bilan["par_taille"]):
            assert sum(t["methodes"][methode]["n"] for t in tranches) <= mesures["n"]


def test_les_erreurs_livrees_sont_celles_de_l_apprentissage():
    calage = charger_calage()
    assert set(EVALUATION.bilans) == set(calage.modeles)
    for indicateur, variantes in calage.modeles.items():
        for variante, modele in variantes.items():
            mesures = EVALUATION.bilans[indicateur]["methodes"][variante]
            for cle in ("n", "biais", "eam", "p90", "couverture_90"):
                assert mesures[cle] == modele.apprentissage[cle]


def test_le_calage_tient_ce_que_la_page_en_dit():
    methodes = EVALUATION.bilans["taux_pauvrete"]["methodes"]
    assert -11.5 < methodes["surface"]["biais"] < -10.5
    assert methodes["calee"]["eam"] < 3.3
    assert abs(methodes["calee"]["biais"]) < 0.5
    assert 88 < methodes["calee"]["couverture_90"] < 92


def test_le_fichier_est_lisible_et_n_a_aucun_quartier():
    texte = MODELE_LIVRE.read_text(encoding="utf-8")
    assert len(texte.encode()) < 300_000
    assert not re.search(r"Q[NP]\w{6,7}", texte)
    assert "compilation de chiffres publiés" in EVALUATION.source
    assert "Insee, Filosofi et population des QPV 2021" in EVALUATION.source


def test_l_evaluation_ecrite_est_relue(tmp_path):
    chemin = tmp_path / "modele.json"
    ecrire_calage(charger_calage(), chemin, evaluation=EVALUATION.bilans)
    assert charger_evaluation(chemin).bilans == EVALUATION.bilans
    # Un vecteur ou un nuage par ligne, comme le fichier livré.
    lignes = [len(f.read_text(encoding="utf-8").splitlines()) for f in (chemin, MODELE_LIVRE)]
    assert abs(lignes[0] - lignes[1]) <= 1


def test_un_modele_sans_evaluation_ou_illisible(tmp_path):
    chemin = tmp_path / "modele.json"
    ecrire_calage(charger_calage(), chemin)
    assert charger_evaluation(chemin).bilans == {}
    chemin.write_text("{", encoding="utf-8")
    with pytest.raises(ErreurDonnees, match="observatoire caler"):
        charger_evaluation(chemin)
    with pytest.raises(ErreurDonnees, match="illisible"):
        charger_evaluation(tmp_path / "absent.json")


@pytest.mark.parametrize("indicateur", ["taux_pauvrete", "indice_jeunesse"])
def test_la_figure_dit_ses_erreurs_et_sa_source(tmp_path, indicateur):
    chemin = tmp_path / "figure.svg"
    import matplotlib as mpl

    with mpl.rc_context({"svg.fonttype": "none"}):
        exporter_nuage(EVALUATION.bilans[indicateur], chemin, source=EVALUATION.source)
    texte = chemin.read_text(encoding="utf-8")
    assert "compilation de chiffres publiés" in texte
    assert "chiffre publié" in texte
    assert ("Au prorata des surfaces" in texte) == (indicateur == "taux_pauvrete")


def test_une_figure_impossible_dit_quoi_faire(tmp_path):
    bilan = json.loads(MODELE_LIVRE.read_text(encoding="utf-8"))["evaluation"]["taux_pauvrete"]
    for chemin in (tmp_path / "figure.gif", tmp_path / "absent" / "figure.png"):
        with pytest.raises(ErreurDemande, match=r"\.png ou \.svg"):
            exporter_nuage(bilan, chemin, source="")


@pytest.mark.parametrize("indicateur", list(EVALUATION.bilans))
def test_la_documentation_ecrit_les_erreurs_livrees(indicateur):
    """Un modèle réappris sans reprendre la méthode serait un mensonge."""
    decimales = 2 if indicateur == "indice_jeunesse" else 1
    debut = f"| {LIBELLES[indicateur]} | **calée** |"
    (ligne,) = [x for x in METHODE.read_text(encoding="utf-8").splitlines() if x.startswith(debut)]
    mesures = EVALUATION.bilans[indicateur]["methodes"]["calee"]
    attendus = [
        str(mesures["n"]),
        ecrire_nombre(mesures["biais"], decimales, signe=True),
        ecrire_nombre(mesures["eam"], decimales),
        ecrire_nombre(mesures["p90"], decimales),
        f"{ecrire_nombre(mesures['couverture_90'], 1)} %",
        ecrire_nombre(mesures["largeur_90"], decimales),
    ]
    assert [c.strip() for c in ligne.strip("|").split("|")][2:] == attendus
