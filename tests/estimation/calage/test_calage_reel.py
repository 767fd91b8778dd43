"""Le calage sur les quartiers réels : erreurs promises, couverture, modèle livré."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from observatoire.calages import (
    caler,
    charger_calage,
    comparer_publie_estime,
    lire_jeu,
)
from observatoire.estimation.calage import VARIANTES, mesurer_erreurs, tableau_des_erreurs

pytestmark = [pytest.mark.reel, pytest.mark.lent]

PROMESSES = {"calee": (3.3, 15.0), "calee_publie": (2.65, 12.0)}
"""Erreur absolue moyenne et largeur moyenne à 90 %, en points, à ne pas dépasser."""


@pytest.fixture(scope="session")
def jeu_reel(donnees_reelles):
    return lire_jeu(
        [donnees_reelles / "contours_iris_66_departements.parquet"],
        [donnees_reelles / "QP2024_France_WGS84_simplifie.geojson"],
        [donnees_reelles / "socio_iris_2021_parts.parquet"],
        [donnees_reelles / "valeurs_publiees_qpv2024.csv"],
    )


@pytest.fixture(scope="session")
def comparaison(jeu_reel):
    """Chiffres publiés, et estimations dont le département n’a pas servi à l’apprentissage."""
    return comparer_publie_estime(jeu_reel, "taux_pauvrete")


@pytest.fixture(scope="session")
def descriptions(jeu_reel):
    return charger_calage().decrire(jeu_reel.donnees)


@pytest.mark.parametrize("variante", VARIANTES)
def test_les_erreurs_promises(comparaison, variante) -> None:
    verite, estimations = comparaison
    mesures = mesurer_erreurs(verite, estimations[variante])
    erreur, largeur = PROMESSES[variante]
    assert mesures["n"] > 750
    assert mesures["eam"] <= erreur
    assert abs(mesures["biais"]) < 0.5
    assert mesures["largeur_90"] <= largeur
    assert 88 <= mesures["couverture_90"] <= 92


def test_les_methodes_courantes_se_trompent_de_dix_points(comparaison) -> None:
    verite, estimations = comparaison
    surface = mesurer_erreurs(verite, estimations["surface"])
    assert surface["biais"] == pytest.approx(-10.9, abs=0.2)
    assert surface["eam"] > 3 * mesurer_erreurs(verite, estimations["calee"])["eam"]


@pytest.mark.parametrize("variante", VARIANTES)
@pytest.mark.parametrize("critere", ["par_part_couverte", "par_taille"])
def test_la_couverture_tient_dans_chaque_tiers(jeu_reel, comparaison, variante, critere) -> None:
    """90 % à deux écarts-types binomiaux près : 3,8 points pour un tiers de 254 quartiers.

    Une couverture vraie de 90 % s’en écarterait davantage une fois sur vingt par le seul hasard
    du tirage ; resserrer à ± 2 points demanderait 900 quartiers par tiers.
    """
    verite, estimations = comparaison
    bilan = tableau_des_erreurs(
        "taux_pauvrete",
        verite,
        {variante: estimations[variante]},
        part_couverte=jeu_reel.part_couverte,
        taille=jeu_reel.population,
    )
    assert len(bilan[critere]) == 3
    for tiers in bilan[critere]:
        mesures = tiers["methodes"][variante]
        tolerance = 200 * (0.9 * 0.1 / mesures["n"]) ** 0.5
        assert mesures["couverture_90"] == pytest.approx(90, abs=tolerance)
        assert abs(mesures["biais"]) < 1


def test_le_modele_livre_est_celui_que_l_on_reapprend(jeu_reel, descriptions) -> None:
    """À 0,05 point près : les centres viennent de k-moyennes, sensibles à l’arrondi de la machine."""
    livre = charger_calage()
    un_seul = replace(jeu_reel, cibles={"taux_pauvrete": jeu_reel.cibles["taux_pauvrete"]})
    refait = caler(un_seul, version="essai")
    table = refait.decrire(jeu_reel.donnees)
    for variante in VARIANTES:
        a = livre.estimer(descriptions, "taux_pauvrete", variante)
        b = refait.estimer(table, "taux_pauvrete", variante)
        pd.testing.assert_frame_equal(a, b, rtol=0, atol=0.05)
        bilans = [c.modeles["taux_pauvrete"][variante].apprentissage for c in (livre, refait)]
        assert bilans[0]["n"] == bilans[1]["n"]
        assert bilans[0]["eam"] == pytest.approx(bilans[1]["eam"], abs=0.02)


def test_le_modele_livre_ne_contient_aucun_quartier(jeu_reel, descriptions) -> None:
    """Aucun centre n’est, ni n’approche, le vecteur de descripteurs d’un quartier d’apprentissage."""
    for variante, espace in charger_calage().espaces.items():
        z = espace.normaliser(descriptions)
        ecarts = np.abs(z[:, None, :] - espace.centres[None, :, :]).max(axis=2)
        assert ecarts.min() > 0.05, variante
    texte = str(charger_calage().vers_dict())
    assert not [c for c in jeu_reel.donnees.territoires.index if str(c) in texte]


def test_le_chiffre_publie_du_quartier_est_sans_effet_sur_son_estimation(
    jeu_reel, descriptions
) -> None:
    """Chaque indicateur du modèle livré : fausser ses propres chiffres ne change rien."""
    livre = charger_calage()
    propres = {
        "taux_emploi_15_64": "taux_emploi",
        "indice_jeunesse": "indice_jeunesse",
        "part_etrangers": "part_etrangers",
        "part_immigres": "part_immigres",
        "part_menages_1_personne": "part_menages_1",
        "part_logements_sociaux": "logements_sociaux",
    }
    assert set(propres) | {"taux_pauvrete"} == set(livre.modeles)
    for indicateur, colonne in propres.items():
        publies = jeu_reel.donnees.publies
        fausse = replace(
            jeu_reel.donnees, publies=publies.assign(**{colonne: publies[colonne] * 1.7 + 1})
        )
        pd.testing.assert_frame_equal(
            livre.estimer(livre.decrire(fausse), indicateur, "calee_publie"),
            livre.estimer(descriptions, indicateur, "calee_publie"),
            check_exact=True,
        )
