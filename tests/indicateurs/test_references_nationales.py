"""Département, France, QPV de France, villes comparables : réponses connues."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from observatoire.catalogue import charger_catalogue
from observatoire.ensembles import Nation, TableNationale
from observatoire.indicateurs.comparables import choisir_comparables, decrire_candidates
from observatoire.indicateurs.ensembles import Communes, valeur_d_ensemble
from observatoire.indicateurs.references_nationales import comparer_a_la_nation


@pytest.fixture(scope="module")
def catalogue():
    return charger_catalogue()


def _communes(catalogue, valeurs, source="filosofi_commune", millesime=2021):
    table = TableNationale(source, millesime, "commune", pd.DataFrame(valeurs).set_index("code"))
    return Communes([table], catalogue)


def _valeur(communes, catalogue, indicateur, codes, millesime=2021):
    rangs = communes.index.get_indexer(codes)
    return valeur_d_ensemble(communes, rangs, catalogue.indicateurs[indicateur], millesime)


def test_un_taux_est_pese_par_les_habitants(catalogue):
    communes = _communes(
        catalogue,
        {
            "code": ["38001", "38002", "73001"],
            "filo_personnes": [1000.0, 3000.0, 500.0],
            "filo_taux_pauvrete": [10.0, 30.0, 50.0],
        },
    )
    ligne = _valeur(communes, catalogue, "taux_pauvrete", ["38001", "38002"])
    assert ligne["valeur"] == pytest.approx(25.0)
    assert (ligne["statut"], ligne["part_couverte"]) == ("estime", 1.0)


def test_une_commune_masquee_n_est_jamais_un_zero(catalogue):
    communes = _communes(
        catalogue,
        {
            "code": ["38001", "38002"],
            "filo_personnes": [970.0, 30.0],
            "filo_taux_pauvrete": [20.0, np.nan],
        },
    )
    ligne = _valeur(communes, catalogue, "taux_pauvrete", ["38001", "38002"])
    assert ligne["valeur"] == pytest.approx(20.0)
    assert ligne["part_couverte"] == pytest.approx(0.97)


def test_trop_peu_d_habitants_couverts(catalogue):
    communes = _communes(
        catalogue,
        {
            "code": ["38001", "38002"],
            "filo_personnes": [900.0, 100.0],
            "filo_taux_pauvrete": [20.0, np.nan],
        },
    )
    ligne = _valeur(communes, catalogue, "taux_pauvrete", ["38001", "38002"])
    assert np.isnan(ligne["valeur"])
    assert ligne["statut"] == "absent"
    assert "90" in ligne["note"]


def test_une_part_est_une_somme_sur_une_somme(catalogue):
    communes = _communes(
        catalogue,
        {
            "code": ["38001", "38002"],
            "population": [100.0, 900.0],
            "chomeurs_15_64": [30.0, 30.0],
            "actifs_15_64": [100.0, 500.0],
        },
        source="rp_activite_residents",
    )
    ligne = _valeur(communes, catalogue, "taux_chomage_15_64", ["38001", "38002"])
    # 60 / 600, et non la moyenne de 30 % et de 6 %.
    assert ligne["valeur"] == pytest.approx(10.0)


def test_une_mediane_est_celle_du_melange(catalogue):
    quantiles = {
        nom: [14_000 * np.exp(0.4 * norm.ppf(p)), 30_000 * np.exp(0.5 * norm.ppf(p))]
        for nom, p in (("filo_d1", 0.1), ("filo_mediane", 0.5), ("filo_d9", 0.9))
    }
    communes = _communes(
        catalogue, {"code": ["38001", "38002"], "filo_personnes": [1.0, 1.0], **quantiles}
    )
    ligne = _valeur(communes, catalogue, "niveau_vie_median", ["38001", "38002"])
    # METHODES : 19 644,28, et non 22 000.
    assert ligne["valeur"] == pytest.approx(19_644.28, abs=0.5)
    rapport = _valeur(communes, catalogue, "rapport_interdecile", ["38001", "38002"])
    decile = _valeur(communes, catalogue, "niveau_vie_d9", ["38001", "38002"])["valeur"]
    assert rapport["valeur"] == pytest.approx(
        decile / _valeur(communes, catalogue, "niveau_vie_d1", ["38001", "38002"])["valeur"]
    )


def test_beaucoup_de_communes_reunies_en_cellules(catalogue):
    alea = np.random.default_rng(1)
    mediane = np.exp(alea.normal(10, 0.2, 400))
    bas, haut = np.exp(-alea.uniform(0.5, 0.8, 400)), np.exp(alea.uniform(0.5, 0.8, 400))
    communes = _communes(
        catalogue,
        {
            "code": [f"{k:05d}" for k in range(400)],
            "filo_personnes": alea.uniform(100, 5000, 400),
            "filo_d1": mediane * bas,
            "filo_mediane": mediane,
            "filo_d9": mediane * haut,
        },
    )
    tous = list(communes.index)
    entiere = _valeur(communes, catalogue, "niveau_vie_median", tous)["valeur"]
    from observatoire.indicateurs import ensembles

    avant = ensembles._CELLULES_SEULES
    try:
        ensembles._CELLULES_SEULES = 10_000
        communes._quantiles.clear()
        exacte = _valeur(communes, catalogue, "niveau_vie_median", tous)["valeur"]
    finally:
        ensembles._CELLULES_SEULES = avant
    assert entiere == pytest.approx(exacte, rel=1e-3)


def test_ce_qui_ne_se_combine_pas_est_absent(catalogue):
    communes = _communes(
        catalogue, {"code": ["38001"], "filo_personnes": [1.0], "filo_gini": [0.3]}
    )
    assert _valeur(communes, catalogue, "indice_gini", ["38001"])["statut"] == "absent"


# --- villes comparables -------------------------------------------------------------


def _nation(catalogue, villes):
    table = pd.DataFrame(villes).set_index("code")
    structure = dict.fromkeys(catalogue.comparables.indicateurs, 1.0)
    valeurs = table.drop(columns=["nom", "siren"]).assign(
        **{v: x for v, x in structure.items() if v not in table}
    )
    decrites = table[["nom", "siren"]].rename_axis("code_commune").reset_index()
    return Nation(
        communes=(TableNationale("filosofi_commune", 2021, "commune", valeurs),),
        villes=decrites.astype("str"),
    )


VILLES = {
    "code": ["38185", "49007", "35238", "13055", "38151", "69266", "93066"],
    "nom": [
        "Grenoble",
        "Angers",
        "Rennes",
        "Marseille",
        "Échirolles",
        "Villeurbanne",
        "Saint-Denis",
    ],
    "siren": ["1", "2", "3", "4", "1", "5", "6"],
    "filo_personnes": [150e3, 130e3, 185e3, 770e3, 36e3, 140e3, 110e3],
    "filo_mediane": [22_000.0, 21_500.0, 22_800.0, 20_000.0, 21_000.0, 22_000.0, 17_000.0],
    "filo_rapport_interdecile": [3.8, 3.7, 4.1, 4.4, 3.0, 3.8, 3.3],
}


def _choisir(catalogue, nation, villes=("38185",)):
    communes = Communes(nation.communes, catalogue)
    return choisir_comparables(decrire_candidates(nation, communes, catalogue), villes, catalogue)


def test_meme_taille_meme_rang_puis_structure(catalogue):
    # Lyon, plus peuplée, fait de Villeurbanne une banlieue.
    villes = {k: list(v) for k, v in VILLES.items()}
    for cle, valeur in (("code", "69123"), ("nom", "Lyon"), ("siren", "5"), ("filo_personnes", 450e3),
                        ("filo_mediane", 24_000.0), ("filo_rapport_interdecile", 4.2)):  # fmt: skip
        villes[cle].append(valeur)
    groupe = _choisir(catalogue, _nation(catalogue, villes)).drop_duplicates("code")
    assert groupe["nom"].tolist() == ["Angers", "Rennes"]
    assert groupe["rang"].tolist() == [1, 2]
    assert groupe["distance"].is_monotonic_increasing


def test_la_distance_est_la_racine_de_la_moyenne_des_carres(catalogue):
    groupe = _choisir(catalogue, _nation(catalogue, VILLES))
    for _, lignes in groupe.groupby("code"):
        attendue = np.sqrt((lignes["ecart_reduit"] ** 2).mean())
        assert lignes["distance"].iloc[0] == pytest.approx(attendue)


def test_l_ordre_des_villes_est_sans_effet(catalogue):
    droit = _choisir(catalogue, _nation(catalogue, VILLES))
    envers = _choisir(catalogue, _nation(catalogue, {k: v[::-1] for k, v in VILLES.items()}))
    pd.testing.assert_frame_equal(droit, envers)


def test_une_ville_fixe_son_groupe(catalogue):
    fixes = catalogue.comparables.model_copy(update={"groupes": {"38185": ("13055", "93066")}})
    groupe = _choisir(
        catalogue.model_copy(update={"comparables": fixes}), _nation(catalogue, VILLES)
    )
    assert set(groupe["nom"]) == {"Marseille", "Saint-Denis"}
    assert set(groupe["choix"]) == {"groupe"}


# --- assemblage ----------------------------------------------------------------------


def _resultats(code="38185", indicateur="taux_pauvrete", millesime=2021):
    return pd.DataFrame(
        {
            "code_territoire": [code],
            "type_territoire": "commune",
            "indicateur": indicateur,
            "millesime": millesime,
            "valeur": 21.0,
        }
    )


def _references(catalogue, nation, resultats=None, **options):
    resultats = _resultats() if resultats is None else resultats
    comparaison = comparer_a_la_nation(
        nation, resultats, resultats["code_territoire"], catalogue, epci=False, **options
    )
    return comparaison.references.set_index("reference")


def test_le_departement_ne_prend_que_ses_communes(catalogue):
    nation = _nation(catalogue, {**VILLES, "filo_taux_pauvrete": [21.0, 20, 18, 26, 20, 21, 37]})
    references = _references(catalogue, nation)
    attendu = (150 * 21 + 36 * 20) / 186
    assert references.loc["departement", "valeur"] == pytest.approx(attendu)


def test_un_chiffre_publie_l_emporte_et_garde_notre_calcul(catalogue):
    nation = _nation(catalogue, {**VILLES, "filo_taux_pauvrete": [21.0, 20, 18, 26, 20, 21, 37]})
    france = _references(catalogue, nation).loc["france"]
    assert (france["valeur"], france["statut"]) == (14.5, "publie")
    assert "notre calcul" in france["note"]
    # Une autre année n’a pas de chiffre publié : c’est la somme des communes, ou rien.
    autre = _references(catalogue, nation, _resultats(millesime=2018)).loc["france"]
    assert autre["statut"] == "absent"


def test_l_intercommunalite_demande_toutes_ses_communes(catalogue):
    nation = _nation(catalogue, {**VILLES, "filo_taux_pauvrete": [21.0, 20, 18, 26, 20, 21, 37]})
    complete = Nation(
        nation.communes, (), nation.villes, pd.Series({"38185": "200040715", "38151": "200040715"})
    )
    references = _references(catalogue, complete)
    assert references.loc["epci", "valeur"] == pytest.approx((150 * 21 + 36 * 20) / 186)
    manque = Nation(
        nation.communes, (), nation.villes, pd.Series({"38185": "200040715", "38999": "200040715"})
    )
    ligne = _references(catalogue, manque).loc["epci"]
    assert ligne["statut"] == "absent"
    assert "38999" in ligne["note"]


def test_l_ensemble_des_qpv_est_pese_par_leurs_habitants(catalogue):
    codes = [f"QN{k:05d}M" for k in range(1200)]
    valeurs = pd.DataFrame(
        {"population": 1000.0, "filo_taux_pauvrete": 40.0}, index=pd.Index(codes, name="code")
    )
    valeurs.iloc[:100, 0] = 3000.0
    valeurs.iloc[:100, 1] = 60.0
    valeurs.iloc[100:150, 1] = np.nan
    table = TableNationale("valeurs_qpv_compilation", 2020, "qpv", valeurs)
    nation = Nation((), (table,))
    ligne = _references(catalogue, nation, _resultats(millesime=2020)).loc["qpv_france"]
    assert ligne["valeur"] == pytest.approx((300 * 60 + 1050 * 40) / 1350)
    assert ligne["part_couverte"] == pytest.approx(1350 / 1400)
    # La ligne que le producteur publie l’emporte sur notre réunion.
    publiee = valeurs.copy()
    publiee.loc["00"] = [5.3e6, 43.0]
    table = TableNationale("filosofi_qpv", 2020, "qpv", publiee)
    ligne = _references(catalogue, Nation((), (table,)), _resultats(millesime=2020)).loc[
        "qpv_france"
    ]
    assert (ligne["valeur"], ligne["statut"]) == (43.0, "publie")


def test_une_ville_fictive_n_a_pas_de_reference_reelle(catalogue):
    nation = _nation(catalogue, VILLES)
    resultats = _resultats("00001")
    comparaison = comparer_a_la_nation(nation, resultats, ["00001"], catalogue, epci=False)
    assert comparaison.references.empty
    assert comparaison.comparables.empty


def test_grenoble(edition_grenoble):
    references = edition_grenoble.references
    pauvrete = references[
        (references["indicateur"] == "taux_pauvrete") & (references["millesime"] == 2021)
    ].set_index("reference")
    assert pauvrete.loc["france", "valeur"] == 14.5
    # Nos sommes, à côté des chiffres publiés : masquées comprises, 15,1 et 44,0.
    assert "15,1" in pauvrete.loc["france", "note"]
    assert "44,0" in pauvrete.loc["qpv_france", "note"]
    assert 11.5 < pauvrete.loc["departement", "valeur"] < 13
    assert pauvrete.loc["departement", "imprecision"] > 1
    groupe = edition_grenoble.complement("villes_comparables")
    noms = set(groupe["nom"])
    assert {"Orléans", "Rennes", "Angers", "Reims", "Clermont-Ferrand"} <= noms
    assert not {"Villeurbanne", "Saint-Denis", "Échirolles", "Créteil"} & noms
