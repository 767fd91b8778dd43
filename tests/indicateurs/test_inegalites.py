"""Tables d’inégalité de la ville fictive, face à ses ménages et à ses IRIS."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from observatoire.catalogue import charger_catalogue
from observatoire.catalogue.defavorisation import charger_defavorisation
from observatoire.domaine import Statut
from observatoire.estimation.inegalite import (
    decomposition,
    ecart_logarithmique_moyen,
    indice_gini,
    indice_theil,
)
from observatoire.estimation.segregation import MESURES
from observatoire.indicateurs.inegalites.ceintures import comparer_ceintures, dessiner_ceintures
from observatoire.indicateurs.inegalites.defavorisation import calculer_defavorisation
from observatoire.indicateurs.inegalites.grappes import reperer_grappes
from observatoire.indicateurs.inegalites.poches import reperer_poches
from observatoire.indicateurs.inegalites.segregation import mesurer_segregation
from observatoire.indicateurs.inegalites.typologie import INDETERMINE, classer_quartiers

VERITE = "verite_ville_fictive.csv"
TABLES = ("inegalites", "grappes", "typologie", "poches", "ceintures", "defavorisation")


@pytest.fixture(scope="session")
def mesures(edition_fictive) -> pd.DataFrame:
    return edition_fictive.complement("inegalites")


def valeur(mesures, mesure, millesime=2021, indicateur="niveau_vie") -> float:
    lignes = mesures[
        (mesures["indicateur"] == indicateur)
        & (mesures["mesure"] == mesure)
        & (mesures["millesime"] == millesime)
    ]
    return float(lignes["valeur"].item())


def test_chaque_table_dit_la_commune_de_chaque_ligne(edition_fictive) -> None:
    for nom in TABLES:
        table = edition_fictive.complement(nom)
        assert len(table), nom
        assert set(table["code_commune"]) == {"00001"}, nom


@pytest.fixture(scope="module")
def niveaux():
    """Niveau de vie, IRIS et quartier de chaque habitant des ménages de la ville, en 2021."""
    from observatoire.ville_fictive import fabriquer_ville, parametres
    from observatoire.ville_fictive import population as pop

    etat = fabriquer_ville(parametres.GRAINE_PAR_DEFAUT).etats[parametres.EPOQUE_DU_MILLESIME[2021]]
    menages = etat.menages
    garde = (menages["commune"] == "00001") & (menages["categorie"] == pop.OCCUPE)
    menages = menages[garde]
    colonnes = menages[["niveau_vie", "iris"]].assign(qpv=menages["qpv"].fillna("").astype(str))
    return colonnes.loc[colonnes.index.repeat(menages["personnes"].astype(int))]


def _moments(x: np.ndarray) -> np.ndarray:
    return np.array([x.mean(), np.log(x).mean(), (x * np.log(x)).mean()])


def test_indices_de_la_ville_face_aux_menages(mesures, niveaux) -> None:
    x = niveaux["niveau_vie"].to_numpy()
    assert valeur(mesures, "gini") == pytest.approx(indice_gini(x), rel=0.01)
    assert valeur(mesures, "theil") == pytest.approx(float(indice_theil(_moments(x))), rel=0.03)
    vrai = float(ecart_logarithmique_moyen(_moments(x)))
    assert valeur(mesures, "ecart_log") == pytest.approx(vrai, rel=0.04)
    d1, d9 = np.quantile(x, [0.1, 0.9])
    assert valeur(mesures, "d9_d1") == pytest.approx(d9 / d1, rel=0.03)
    tries, n = np.sort(x), len(x) // 5
    assert valeur(mesures, "s80_s20") == pytest.approx(tries[-n:].sum() / tries[:n].sum(), rel=0.01)


def _part_entre(niveaux, colonne) -> float:
    groupes = [g.to_numpy() for _, g in niveaux.groupby(colonne)["niveau_vie"]]
    theil, _ = decomposition([_moments(x) for x in groupes], [len(x) for x in groupes])
    return 100 * theil.part_entre


def test_part_entre_territoires_face_aux_menages(mesures, niveaux) -> None:
    assert valeur(mesures, "part_entre_iris_theil") == pytest.approx(
        _part_entre(niveaux, "iris"), abs=1.5
    )
    vraie = _part_entre(niveaux, "qpv")
    melee = valeur(mesures, "part_entre_quartiers_theil")
    calee = valeur(mesures, "part_entre_quartiers_cale_theil")
    # Les IRIS seuls diluent les quartiers de moitié ; leurs médianes publiées en rendent l’essentiel.
    assert melee < 0.6 * vraie
    assert abs(calee - vraie) < abs(melee - vraie) / 2


@pytest.mark.parametrize("decoupage", ["iris", "quartiers", "quartiers_cale"])
@pytest.mark.parametrize("indice", ["theil", "ecart_log"])
def test_entre_plus_dans_font_le_total(mesures, indice, decoupage) -> None:
    total = valeur(mesures, indice)
    entre = valeur(mesures, f"{indice}_entre_{decoupage}")
    assert entre + valeur(mesures, f"{indice}_dans_{decoupage}") == pytest.approx(total)
    assert valeur(mesures, f"part_entre_{decoupage}_{indice}") == pytest.approx(100 * entre / total)


def test_le_chiffre_publie_de_la_commune_est_montre_et_le_refait_garde(mesures) -> None:
    ligne = mesures[(mesures["mesure"] == "d9_d1") & (mesures["millesime"] == 2021)].iloc[0]
    assert (ligne["statut"], ligne["valeur"]) == ("publie", 3.5)
    assert "refait à partir des IRIS" in ligne["note"]


def _vraies_parts(edition, indicateur, millesime):
    from pathlib import Path

    table = pd.read_csv(
        Path(__file__).resolve().parents[1] / "donnees" / VERITE, dtype={"code_territoire": str}
    )
    iris = edition.couches["iris"]
    habites = set(iris.loc[iris["type_iris"].isin(["H", "Z"]), "code_iris"])
    lignes = table[
        (table["type_territoire"] == "iris")
        & table["code_territoire"].isin(habites)
        & (table["indicateur"] == indicateur)
        & (table["millesime"] == millesime)
    ]
    return lignes["valeur"].to_numpy() / 100, lignes["denominateur"].to_numpy()


def test_repartition_face_aux_vraies_parts(edition_fictive, mesures) -> None:
    """L’intervalle à 90 % contient la vérité huit fois sur dix au moins, toutes mesures comprises."""
    dedans = []
    for indicateur in (
        "taux_chomage_15_64", "part_sans_diplome", "part_logements_sociaux", "part_65_ans_plus", "part_etrangers",
        "part_immigres",
    ):  # fmt: skip
        for millesime in (2017, 2022):
            p, t = _vraies_parts(edition_fictive, indicateur, millesime)
            lignes = mesures[
                (mesures["indicateur"] == indicateur) & (mesures["millesime"] == millesime)
            ].set_index("mesure")
            for nom in ("dissimilarite", "eta_carre", "entropie"):
                vrai = float(MESURES[nom](p, t))
                bornes = lignes.loc[nom, ["borne_basse", "borne_haute"]]
                dedans.append(bornes.iloc[0] <= vrai <= bornes.iloc[1])
    assert len(dedans) == 36
    assert np.mean(dedans) >= 0.8


def test_ni_l_ordre_des_lignes_ni_un_masque_ne_changent_le_reste(edition_fictive) -> None:
    catalogue, resultats = charger_catalogue(), edition_fictive.resultats
    iris = edition_fictive.couches["iris"]
    types = iris.set_index("code_iris")["type_iris"]
    utiles = resultats[resultats["indicateur"].isin(["taux_pauvrete", "part_sans_diplome"])]
    direct = mesurer_segregation(utiles, types, catalogue)
    pd.testing.assert_frame_equal(
        direct, mesurer_segregation(utiles.sample(frac=1, random_state=0), types, catalogue)
    )
    grappes, _ = reperer_grappes(utiles, iris, catalogue)
    melees, _ = reperer_grappes(utiles.sample(frac=1, random_state=0), iris, catalogue)
    pd.testing.assert_frame_equal(grappes, melees)
    masques = grappes[grappes["statut"] == Statut.SECRET.value]
    assert len(masques)
    assert set(masques["grappe"]) <= {"masque", "sans_logement"}
    assert masques["moran_local"].isna().all()


def _fragiliser(edition, code, taux, statut="publie"):
    """Résultats où le taux de pauvreté 2021 d’un IRIS est changé."""
    resultats = edition.resultats.copy()
    ligne = (
        (resultats["code_territoire"] == code)
        & (resultats["indicateur"] == "taux_pauvrete")
        & (resultats["millesime"] == 2021)
    )
    resultats.loc[ligne, ["valeur", "statut"]] = [taux, statut]
    return resultats


def _poches(edition, resultats):
    poids = pd.read_parquet(edition.dossier / "poids.parquet")
    types = resultats.drop_duplicates("code_territoire").set_index("code_territoire")[
        "type_territoire"
    ]
    return reperer_poches(resultats, poids, types, edition.couches["iris"], charger_catalogue())


def test_une_poche_est_reperee_un_masque_n_en_est_pas_une(edition_fictive) -> None:
    depart = _poches(edition_fictive, edition_fictive.resultats)
    assert set(depart["etat"]) == {"masque"}
    assert depart["valeur"].isna().all()
    quartiers = edition_fictive.resultats.query(
        "type_territoire == 'qpv' and indicateur == 'taux_pauvrete' and millesime == 2021"
    )
    seuil = quartiers["valeur"].min()
    assert 40 < seuil < 50
    # Un IRIS loin de tout quartier, au seuil exactement : il est aussi fragile que le moins touché.
    libre = depart["code_iris"].iloc[0]
    au_seuil = _poches(edition_fictive, _fragiliser(edition_fictive, libre, seuil))
    ligne = au_seuil.set_index("code_iris").loc[libre]
    assert (ligne["etat"], ligne["groupe"], ligne["seuil"]) == ("poche", 1, seuil)
    sous = _poches(edition_fictive, _fragiliser(edition_fictive, libre, seuil - 0.1))
    assert libre not in set(sous["code_iris"])
    # Dans un quartier prioritaire, un IRIS fragile n’est pas une poche.
    dedans = (
        pd.read_parquet(edition_fictive.dossier / "poids.parquet")
        .query("code_territoire.str.startswith('QN')")
        .nlargest(1, "part_population")["code_iris"]
        .item()
    )
    trouvees = _poches(edition_fictive, _fragiliser(edition_fictive, dedans, 80.0))
    assert dedans not in set(trouvees["code_iris"])


def test_types_de_quartiers_verifies_a_la_main() -> None:
    catalogue = charger_catalogue()
    noms = ("taux_pauvrete", "taux_chomage_15_64", "part_sans_diplome")
    # Écarts bas et haut à la ville ; None : sans bornes, estimé.
    cas = {
        "A": ([(20, 30), (6, 9), (8, 12)], "cumul"),
        "B": ([(20, 30), (6, 9), (-3, 2)], "revenus_emploi"),
        "C": ([(20, 30), (-2, 3), (8, 12)], "revenus_diplomes"),
        "D": ([(20, 30), (-2, 3), (-1, 4.9)], "revenus_seuls"),
        "E": ([(-4, 2), (6, 9), (8, 12)], "proche"),
        "F": ([(20, 30), (-9, 40), (8, 12)], "revenus_connus"),
        "G": ([(2, 9), (6, 9), (8, 12)], INDETERMINE),
        "H": ([None, (6, 9), (8, 12)], INDETERMINE),
    }
    resultats, ecarts = [], []
    for code, (bornes, _) in cas.items():
        for nom, couple in zip(noms, bornes, strict=True):
            commun = {"code_territoire": code, "indicateur": nom, "millesime": 2021}
            resultats.append(
                {**commun, "type_territoire": "qpv", "nom": code, "code_commune": "1", "statut": "estime"}
            )  # fmt: skip
            bas, haut = couple or (np.nan, np.nan)
            ecarts.append(
                {
                    **commun, "reference": "ville", "ecart": 20.0 if couple is None else (bas + haut) / 2,
                    "ecart_borne_basse": bas, "ecart_borne_haute": haut,
                }
            )  # fmt: skip
    table = classer_quartiers(pd.DataFrame(resultats), pd.DataFrame(ecarts), catalogue)
    assert dict(zip(table["code_territoire"], table["type"], strict=True)) == {
        c: t for c, (_, t) in cas.items()
    }


def test_la_ceinture_n_empiete_sur_aucun_quartier(edition_fictive) -> None:
    qpv = edition_fictive.couches["qpv"]
    territoires = qpv.assign(type_territoire="qpv", communes=qpv["code_commune"])
    bandes = dessiner_ceintures(territoires, 300)
    quartiers = qpv.geometry.union_all()
    assert bandes.geometry.intersection(quartiers).area.max() < 1
    assert (bandes.geometry.difference(quartiers.buffer(300.5)).area < 1).all()
    assert dict(zip(bandes["code_territoire"], bandes["communes"], strict=True)) == dict(
        zip(qpv["code_territoire"], qpv["code_commune"], strict=True)
    )


def test_ceintures_jamais_une_valeur_sans_son_statut(edition_fictive) -> None:
    table = edition_fictive.complement("ceintures")
    assert set(table["statut"]) <= {"publie", "estime", "secret", "absent"}
    assert table["valeur"].notna().eq(table["statut"].isin(["publie", "estime"])).all()
    nets = table[(table["verdict"] == "ecart_net") & table["bornes_seules"]]
    assert (nets["methode"] == "carreaux").all()
    # Un écart entre bornes seules n’est pas un nombre.
    assert table.loc[table["bornes_seules"], "ecart"].isna().all()
    # La même, masquée : plus de verdict, ni d’écart.
    propres = [c for c in table.columns if "quartier" not in c]
    retires = ["nom", "code_commune", "largeur_m", "ecart", "verdict", "note"]
    ceintures = table[propres].drop(columns=retires).assign(precision_note="masqué")
    masquees = ceintures["code_territoire"].isin(nets["code_territoire"].head(1))
    assert masquees.any()
    ceintures.loc[masquees, ["valeur", "borne_basse", "borne_haute"]] = np.nan
    ceintures.loc[masquees, "statut"] = "secret"
    refaite = comparer_ceintures(ceintures, edition_fictive.resultats, charger_catalogue())
    muettes = refaite[refaite["statut"] == "secret"]
    assert len(muettes) == masquees.sum()
    assert (muettes["verdict"] == "non_interpretable").all()
    assert muettes["ecart"].isna().all()


def test_defavorisation_calcul_a_la_main_et_annees_trop_lointaines() -> None:
    livre, catalogue = charger_defavorisation(), charger_catalogue()
    lignes = [
        {
            "code_territoire": code, "type_territoire": "iris", "nom": code, "code_commune": "1", "indicateur": nom,
            "millesime": annee, "valeur": m + ecart * e, "borne_basse": np.nan, "borne_haute": np.nan,
            "statut": "publie", "bornes_seules": False,
        }
        for code, ecart, annee in (("moyen", 0.0, 2021), ("ancien", 0.0, 2018))
        for nom, m, e in zip(livre.variables, livre.moyennes, livre.ecarts_types, strict=True)
    ]  # fmt: skip
    lignes += [{**lignes[0], "code_territoire": "masque", "valeur": np.nan, "statut": "secret"}]
    table = calculer_defavorisation(pd.DataFrame(lignes), catalogue, livre).set_index(
        "code_territoire"
    )
    assert table.loc["moyen", "score"] == pytest.approx(0.0, abs=1e-12)
    assert table.loc["moyen", "cinquieme"] == 3
    assert table["statut"].to_dict() == {"ancien": "absent", "masque": "secret", "moyen": "publie"}
    assert table.loc[["ancien", "masque"], "score"].isna().all()


def test_defavorisation_plus_haute_dans_les_quartiers_pauvres(edition_fictive) -> None:
    table = edition_fictive.complement("defavorisation").set_index("code_territoire")
    resultats = edition_fictive.resultats
    pauvrete = resultats[
        (resultats["indicateur"] == "taux_pauvrete")
        & (resultats["type_territoire"] == "iris")
        & (resultats["millesime"] == 2021)
    ].set_index("code_territoire")["valeur"]
    assert table["score"].corr(pauvrete, method="spearman") > 0.8


@pytest.mark.reel
def test_le_modele_livre_est_celui_que_l_on_reapprend(donnees_reelles) -> None:
    from tests.bancs.banc_defavorisation import apprendre

    refait = apprendre(donnees_reelles / "socio_iris_2021_parts.parquet")
    livre = charger_defavorisation()
    for champ in ("charges", "moyennes", "ecarts_types", "seuils"):
        assert getattr(refait, champ) == pytest.approx(getattr(livre, champ), rel=1e-9)
    assert refait.effectif == livre.effectif
