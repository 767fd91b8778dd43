"""Vérité exacte : cas compté à la main, vraisemblance de la ville."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from observatoire.catalogue import charger_catalogue
from observatoire.ville_fictive import Etat
from observatoire.ville_fictive import personnes as per
from observatoire.ville_fictive import population as pop
from observatoire.ville_fictive import verite as module
from observatoire.ville_fictive.verite_detail import mesurer_detail, mesurer_revenus_detail


@pytest.fixture
def hameau() -> Etat:
    """Un couple avec enfant, une mère et son fils, un retraité, un vacant, un secondaire."""
    menages = pd.DataFrame(
        {
            "categorie": [pop.OCCUPE, pop.OCCUPE, pop.OCCUPE, pop.VACANT, pop.SECONDAIRE],
            "famille": [2, 3, 0, 0, 0],
            "statut": [pop.PROPRIETAIRE, pop.HLM, pop.LOCATAIRE, pop.HLM, pop.LOCATAIRE],
            "personnes": [3.0, 2.0, 1.0, 0.0, 0.0],
            "niveau_vie": [20_000.0, 10_000.0, 15_000.0, np.nan, np.nan],
        }
    )
    personnes = pd.DataFrame(
        [
            (40, False, 4, per.OCCUPE, 3),
            (38, False, 2, per.CHOMEUR, 6),
            (10, True, 0, per.ETUDIANT, 0),
            (35, False, 0, per.OCCUPE, 6),
            (17, True, 1, per.ETUDIANT, 8),
            (70, False, 0, per.RETRAITE, 7),
        ],
        columns=["age", "scolarise", "diplome", "activite", "cs"],
    )
    return Etat(menages, personnes)


def test_hameau_compte_a_la_main(hameau):
    mesures = module.mesurer_recensement(hameau, 0.5)
    attendu = {
        "population": 6.0,
        "densite_population": 12.0,
        "part_moins_20_ans": 100 * 2 / 6,
        "part_65_ans_plus": 100 / 6,
        "part_familles_monoparentales": 50.0,
        "part_menages_1_personne": 100 / 3,
        "taux_chomage_15_64": 100 / 3,
        "taux_activite_15_64": 75.0,
        "part_sans_diplome": 50.0,
        "part_diplome_superieur": 25.0,
        "part_ouvriers": 40.0,
        "part_logements_sociaux": 100 / 3,
        "part_logements_vacants": 20.0,
    }
    assert {nom: m[0] for nom, m in mesures.items()} == pytest.approx(attendu)
    revenus = module.mesurer_revenus(hameau.menages, 13_890.0)
    assert revenus["taux_pauvrete"] == pytest.approx((100 * 2 / 6, 2.0, 6.0))
    assert revenus["niveau_vie_median"][0] == pytest.approx(17_500.0)
    assert revenus["rapport_interdecile"] == pytest.approx((2.0, 20_000.0, 10_000.0))


@pytest.fixture
def hameau_detaille(hameau) -> Etat:
    """Le même hameau, avec ce que comptent les autres indicateurs."""
    logements = {
        "enfants": [1, 1, 0, 0, 0],
        "pieces": [2, 3, 1, 2, 4],
        "periode": [0, 3, 5, 2, 1],
        "taille": [3, 2, 1, 0, 0],
        "anciennete": [12.0, 1.0, 30.0, 0.0, 0.0],
        "voitures": [2, 0, 1, 0, 0],
    }
    gens = {
        "logement": [0, 0, 0, 1, 1, 2],
        "femme": [False, True, True, True, False, False],
        "etranger": [False, True, False, False, False, False],
        "immigre": [True, True, False, False, False, False],
        "contrat": [per.CDI, per.CDI, per.CDI, per.CDD, per.CDI, per.CDI],
        "temps_partiel": [False, False, False, True, False, False],
        "lieu_travail": [0, 0, 0, 1, 0, 0],
        "transport": [2, 4, 4, 5, 4, 4],
    }
    return Etat(hameau.menages.assign(**logements), hameau.personnes.assign(**gens))


def test_hameau_detaille_compte_a_la_main(hameau_detaille):
    tiers, sixieme = 100 / 3, 100 / 6
    attendu = {
        "part_moins_15_ans": sixieme,
        "part_15_29_ans": sixieme,
        "part_30_44_ans": 50.0,
        "part_45_59_ans": 0.0,
        "part_60_74_ans": sixieme,
        "part_75_ans_plus": 0.0,
        "indice_jeunesse": 2.0,
        "part_etrangers": sixieme,
        "part_immigres": tiers,
        "enfants_3_5_ans": 0.0,
        "enfants_6_10_ans": 1.0,
        "enfants_11_17_ans": 1.0,
        "taux_scolarisation_15_17": 100.0,
        "taux_scolarisation_18_24": np.nan,
        "part_diplome_bac5": 0.0,
        "taux_emploi_15_64": 50.0,
        "taux_activite_femmes": 100.0,
        "taux_chomage_femmes": 50.0,
        "taux_activite_15_24": 0.0,
        "taux_chomage_15_24": np.nan,
        "part_ni_emploi_ni_etudes": 25.0,
        "part_emplois_precaires": 50.0,
        "part_temps_partiel": 50.0,
        "part_cadres": 20.0,
        "part_employes": 0.0,
        "part_marche_velo": 50.0,
        "part_voiture_travail": 0.0,
        "part_transports_commun": 50.0,
        "part_travail_dans_commune": 50.0,
        "part_menages_monoparentaux": tiers,
        "part_familles_nombreuses": 0.0,
        "taille_menages": 2.0,
        "part_80_ans_plus_seuls": np.nan,
        "part_55_79_ans_seuls": 100.0,
        "part_proprietaires": tiers,
        "part_locataires": 2 * tiers,
        "part_logements_1_piece": tiers,
        # Deux pièces pour trois personnes : il en manque une. Le studio n’est pas suroccupé.
        "part_suroccupation": tiers,
        "part_suroccupation_avant_2022": 50.0,
        "part_logements_avant_1946": tiers,
        "part_logements_1946_1970": 0.0,
        "part_logements_1971_1990": tiers,
        "part_logements_depuis_1991": tiers,
        "part_emmenages_2_ans": tiers,
        "part_menages_sans_voiture": tiers,
    }
    mesures = mesurer_detail(hameau_detaille)
    assert {nom: m[0] for nom, m in mesures.items()} == pytest.approx(attendu, nan_ok=True)
    vide = hameau_detaille.menages.iloc[:0]
    assert all(np.isnan(m[0]) for m in mesurer_revenus_detail(vide, 13_890.0).values())


_GESTION = frozenset(
    ["allocataires_caf", "couverts_caf_pour_100", "demandeurs_emploi_abc", "part_rsa_socle"]
)


def test_table_complete(verite):
    assert list(verite.columns) == module.COLONNES
    # La vérité des lieux et des fichiers de gestion n’est pas dans les ménages.
    attendus = {
        identifiant
        for identifiant, indicateur in charger_catalogue().indicateurs.items()
        if indicateur.theme != "equipements"
        and "ips_" not in identifiant
        and identifiant not in _GESTION
    }
    assert set(verite["indicateur"]) == attendus
    comptes = verite.groupby("type_territoire")["code_territoire"].nunique()
    assert comptes["commune"] == 3
    assert comptes["qpv"] == 5
    assert comptes["iris"] >= 40
    assert not verite.duplicated(["code_territoire", "indicateur", "millesime"]).any()
    assert set(verite.loc[verite["indicateur"] == "taux_pauvrete", "millesime"]) == {2018, 2021}
    assert set(verite.loc[verite["indicateur"] == "part_ouvriers", "millesime"]) == {2017, 2022}


def test_parts_egales_a_leur_rapport(verite):
    parts = verite[
        verite["indicateur"].str.startswith(("part_", "taux_"))
        & (verite["denominateur"] > 0)
        & verite["numerateur"].notna()
    ]
    np.testing.assert_allclose(
        parts["valeur"], 100.0 * parts["numerateur"] / parts["denominateur"], rtol=1e-12
    )
    assert parts["valeur"].between(0.0, 100.0).all()


def test_les_iris_s_ajoutent_en_communes(verite):
    iris = verite[
        (verite["type_territoire"] == "iris")
        & verite["indicateur"].str.startswith(("part_", "taux_"))
        & verite["numerateur"].notna()
    ]
    sommes = iris.assign(commune=iris["code_territoire"].str[:5]).groupby(
        ["commune", "indicateur", "millesime"]
    )
    sommes = sommes[["numerateur", "denominateur"]].sum()
    communes = verite[verite["type_territoire"] == "commune"].set_index(
        ["code_territoire", "indicateur", "millesime"]
    )
    for nom in ("numerateur", "denominateur"):
        np.testing.assert_allclose(sommes[nom], communes.loc[sommes.index, nom])


@pytest.mark.parametrize("millesime", [2018, 2021])
def test_pauvrete_concentree_dans_les_quartiers(verite, millesime):
    taux = verite.query("indicateur == 'taux_pauvrete' and millesime == @millesime").set_index(
        "code_territoire"
    )["valeur"]
    assert 14.0 < taux["00001"] < 20.5
    quartiers = taux[taux.index.str.startswith("QN")]
    assert quartiers.between(36.0, 60.0).all()
    assert 43.0 < quartiers.mean() < 55.0


def test_pauvrete_plus_forte_dans_le_quartier_que_dans_le_reste_du_meme_iris(ville):
    menages = ville.etats[1].menages
    menages = menages[menages["categorie"] == pop.OCCUPE]
    pauvre = (menages["niveau_vie"] < 13_890) * menages["personnes"]
    dedans = menages["qpv"] != ""
    table = pd.DataFrame(
        {
            "iris": menages["iris"],
            "dedans": dedans,
            "pauvres": pauvre,
            "personnes": menages["personnes"],
        }
    )
    sommes = table.pivot_table(
        index="iris", columns="dedans", values=["pauvres", "personnes"], aggfunc="sum"
    )
    compares = sommes[(sommes["personnes"] > 150).all(axis=1)]
    ecarts = (compares["pauvres"] / compares["personnes"]).diff(axis=1)[True]
    assert len(ecarts) >= 6
    assert ecarts.min() > 0.12
    assert ecarts.mean() > 0.25


def test_correlations_vraisemblables(verite):
    larges = verite[(verite["type_territoire"] == "iris") & verite["millesime"].isin([2021, 2022])]
    table = larges.pivot_table(index="code_territoire", columns="indicateur", values="valeur")
    table = table[table["population"] > 800]
    liens = table.corr()["taux_pauvrete"]
    for nom in (
        "taux_chomage_15_64",
        "part_sans_diplome",
        "part_logements_sociaux",
        "part_familles_monoparentales",
    ):
        assert liens[nom] > 0.7, nom
    assert liens["niveau_vie_median"] < -0.9
    assert liens["part_diplome_superieur"] < -0.7


def test_population_des_quartiers_et_de_la_ville(verite):
    effectifs = verite.query("indicateur == 'population' and millesime == 2022").set_index(
        "code_territoire"
    )["valeur"]
    assert 55_000 < effectifs["00001"] < 61_000
    assert 2_700 < effectifs["00002"] < 3_300
    assert 8_500 < effectifs["00003"] < 10_000
    quartiers = effectifs[effectifs.index.str.startswith("QN")]
    assert quartiers.min() > 1_000
    assert quartiers.max() < 5_000
