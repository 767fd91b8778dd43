"""Tout le catalogue face à la ville fictive : définitions, bornes, sommes, vérité des ménages."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from observatoire.catalogue import charger_catalogue
from observatoire.ville_fictive.lieux import tirer_equipements
from observatoire.ville_fictive.parametres import GRAINE_PAR_DEFAUT

VERITE = Path(__file__).parents[1] / "donnees" / "verite_ville_fictive.csv"
CLES = ["code_territoire", "type_territoire", "indicateur", "millesime"]
# Parts qui, ensemble, font 100 % du même dénominateur.
PARTITIONS = (
    (
        "part_moins_15_ans", "part_15_29_ans", "part_30_44_ans", "part_45_59_ans", "part_60_74_ans",
        "part_75_ans_plus",
    ),
    (
        "part_logements_avant_1946", "part_logements_1946_1970", "part_logements_1971_1990",
        "part_logements_depuis_1991",
    ),
)  # fmt: skip
# Une part comprise dans une autre.
EMBOITEMENTS = (
    ("part_diplome_bac5", "part_diplome_superieur"),
    ("part_logements_sociaux", "part_locataires"),
    ("taux_emploi_15_64", "taux_activite_15_64"),
)


@pytest.fixture(scope="module")
def catalogue():
    return charger_catalogue()


@pytest.fixture(scope="module")
def resultats(edition_fictive, catalogue):
    table = edition_fictive.resultats
    return table.assign(
        unite=table["indicateur"].map({i: d.unite for i, d in catalogue.indicateurs.items()})
    )


@pytest.fixture(scope="module")
def verite():
    return pd.read_csv(VERITE, dtype={"code_territoire": str})


def connues(table):
    return table[table["statut"].isin(["publie", "estime"])]


def test_chaque_indicateur_est_calcule_et_se_dit(edition_fictive, resultats, catalogue):
    vus = 0
    for identifiant, indicateur in catalogue.indicateurs.items():
        lignes = resultats[resultats["indicateur"] == identifiant]
        vus += len(lignes)
        assert len(connues(lignes)), identifiant
        assert (connues(lignes)["source"] != "").all(), identifiant
        assert indicateur.definition.endswith("."), identifiant
        assert indicateur.sens in {"favorable_si_hausse", "defavorable_si_hausse", "neutre"}
        assert indicateur.page.startswith("https://"), identifiant
        assert catalogue.diffusion(indicateur), identifiant
    assert vus > 5000
    assert set(resultats["indicateur"]) == set(catalogue.indicateurs)
    assert {t.id for t in catalogue.par_theme()} == set(catalogue.themes)


def test_toute_valeur_est_dans_l_etendue_de_son_unite(resultats):
    etendues = {
        "pct": (0, 100), "rapport": (0, 1e3), "indice": (0, 1), "eur": (0, 1e6), "ips": (-130, 185),
        "pour_100": (0, 1e3), "pour_10000": (0, 1e4), "equipements": (0, 1e5), "hab_km2": (0, 1e5),
        "personnes": (0, 1e6), "menages": (0, 1e6), "logements": (0, 1e6), "foyers": (0, 1e6),
    }  # fmt: skip
    # Une part du revenu disponible peut dépasser 100 % : les impôts s’en retranchent.
    table = connues(resultats)
    table = table[table["indicateur"] != "part_revenus_activite"]
    assert len(table) > 5000
    for unite, groupe in table.groupby("unite"):
        basse, haute = etendues[str(unite)]
        assert groupe["valeur"].between(basse - 1e-9, haute + 1e-9).all(), unite


def test_une_valeur_absente_n_est_jamais_un_nombre(resultats):
    muettes = resultats[~resultats["statut"].isin(["publie", "estime"])]
    assert len(muettes) > 50
    assert muettes[["valeur", "borne_basse", "borne_haute"]].isna().all().all()
    assert connues(resultats)["valeur"].notna().all()


@pytest.mark.parametrize("partition", PARTITIONS)
def test_des_classes_font_cent(resultats, partition):
    # Un chiffre publié du quartier remplace une seule des classes : les sommes se lisent ailleurs.
    table = connues(resultats[resultats["type_territoire"] != "qpv"])
    table = table[table["indicateur"].isin(partition)]
    larges = table.pivot(  # noqa: PD010 – aucune agrégation
        index=["code_territoire", "millesime"], columns="indicateur", values="valeur"
    )
    completes = larges.dropna()
    assert len(completes) > 60
    np.testing.assert_allclose(completes[list(partition)].sum(axis=1), 100.0, atol=1e-6)


@pytest.mark.parametrize(("partie", "tout"), EMBOITEMENTS)
def test_une_partie_ne_depasse_pas_son_tout(resultats, partie, tout):
    table = connues(resultats[resultats["type_territoire"] != "qpv"])
    larges = table[table["indicateur"].isin([partie, tout])].pivot(  # noqa: PD010 – aucune agrégation
        index=["code_territoire", "millesime"], columns="indicateur", values="valeur"
    )
    completes = larges.dropna()
    assert len(completes) > 60
    assert (completes[partie] <= completes[tout] + 1e-6).all()


def test_la_verite_de_la_ville_et_des_quartiers_est_dans_l_intervalle(resultats, verite):
    """Bornes sans hypothèse, intervalle de sondage ou de calage : neuf fois sur dix au moins."""
    table = connues(resultats).merge(
        verite, on=CLES, suffixes=("", "_vraie"), validate="one_to_one"
    )
    assert len(table) > 3000
    bornees = table[
        table["borne_basse"].notna() & table["borne_haute"].notna() & table["valeur_vraie"].notna()
    ]
    bornees = bornees[bornees["type_territoire"].isin(["qpv", "iris"])]
    assert len(bornees) > 2000
    marge = np.where(bornees["unite"] == "pct", 1.0, 0.02 * bornees["valeur_vraie"].abs() + 1.0)
    dedans = (bornees["valeur_vraie"] >= bornees["borne_basse"] - marge) & (
        bornees["valeur_vraie"] <= bornees["borne_haute"] + marge
    )
    assert dedans.mean() > 0.9
    par_indicateur = dedans.groupby(bornees["indicateur"]).mean()
    assert len(par_indicateur) > 40
    assert (par_indicateur > 0.7).all(), par_indicateur[par_indicateur <= 0.7]


def test_les_equipements_encadrent_leur_vraie_position(
    edition_fictive, resultats, ville_fictive, catalogue
):
    vrais = tirer_equipements(ville_fictive, GRAINE_PAR_DEFAUT)
    points = gpd.GeoSeries.from_xy(vrais["x"], vrais["y"], crs=2154)
    table = resultats[resultats["unite"] == "equipements"]
    vus, bornes = 0, 0
    for couche, code in (("qpv", "code_territoire"), ("iris", "code_iris")):
        for _, zone in edition_fictive.couches[couche].to_crs(2154).iterrows():
            dedans = vrais[points.within(zone.geometry).to_numpy()]
            for ligne in table[table["code_territoire"] == zone[code]].itertuples():
                indicateur = catalogue.indicateurs[ligne.indicateur]
                (termes,) = [
                    catalogue.variables[v].sources_en_termes("bpe")[0]
                    for v in indicateur.numerateur
                ]
                vrai = int(dedans["TYPEQU"].isin(termes).sum())
                basse = ligne.valeur if np.isnan(ligne.borne_basse) else ligne.borne_basse
                haute = ligne.valeur if np.isnan(ligne.borne_haute) else ligne.borne_haute
                assert basse <= vrai <= haute, (ligne.code_territoire, ligne.indicateur)
                assert ligne.valeur == vrai or ligne.statut == "estime"
                vus, bornes = vus + 1, bornes + (haute > basse)
    assert vus > 300
    assert bornes > 20


def test_les_equipements_des_iris_et_de_la_ville_s_additionnent(resultats):
    table = connues(resultats[resultats["unite"] == "equipements"])
    vus = 0
    for _, groupe in table.groupby("indicateur"):
        iris = groupe[groupe["type_territoire"] == "iris"]
        ville = groupe[groupe["type_territoire"] == "commune"]["valeur"].item()
        perdus = (iris["borne_haute"] - iris["borne_basse"]).fillna(0.0)
        assert iris["valeur"].sum() + perdus.max() == ville
        vus += 1
    assert vus == 8


def test_l_indice_de_la_ville_est_celui_de_ses_eleves(resultats, ville_fictive):
    ecoles = pd.read_csv(ville_fictive / "fr-en-ips-ecoles-ap2022.csv", sep=";", dtype=str)
    siennes = ecoles[(ecoles["code_insee_de_la_commune"] == "00001") & (ecoles["ips"] != "NS")]
    n, ips = siennes["effectifs"].astype(float), siennes["ips"].astype(float)
    assert len(siennes) > 20
    ville = resultats[
        (resultats["indicateur"] == "ips_ecoles") & (resultats["type_territoire"] == "commune")
    ]
    assert ville["valeur"].item() == pytest.approx((n * ips).sum() / n.sum())
    assert abs(ville["valeur"].item() - ips.mean()) > 0.05, "ce n’est pas la moyenne des écoles"


def test_caf_publiee_telle_quelle_et_jamais_estimee(resultats, ville_fictive):
    caf = pd.read_csv(ville_fictive / "caf_2022_qp24.csv", sep=";").set_index("codeQPV")
    foyers = resultats[resultats["indicateur"] == "allocataires_caf"].set_index("code_territoire")
    publies = caf["allocataires_CAF"].dropna()
    assert len(publies) == 4
    assert (foyers.loc[publies.index, "valeur"] == publies).all()
    assert foyers.loc["QN00003M", "statut"] == "secret"
    assert set(foyers["statut"]) <= {"publie", "secret", "absent"}
    rsa = resultats[resultats["indicateur"] == "part_rsa_socle"].set_index("code_territoire")[
        "valeur"
    ]
    attendue = 100 * caf["RSA_socle"] / caf["allocataires_CAF"]
    pd.testing.assert_series_equal(rsa[publies.index], attendue[publies.index], check_names=False)
    couverts = resultats[resultats["indicateur"] == "couverts_caf_pour_100"].set_index(
        "code_territoire"
    )
    habitants = pd.read_csv(ville_fictive / "population_qp24.csv", sep=";").set_index("CODGEO")[
        "PMUN22"
    ]
    code = "QN00001M"
    attendu = 100 * caf.loc[code, "personnes_couvertes_CAF"] / habitants[code]
    assert couverts.loc[code, "valeur"] == pytest.approx(attendu)


def test_les_etablissements_sont_dans_l_edition(edition_fictive):
    etablissements = edition_fictive.complement("etablissements")
    assert len(etablissements) == 39, "ceux de la ville, sans ses voisines"
    assert {
        "code_commune",
        "code_qpv",
        "identifiant",
        "secteur",
        "genre",
        "effectif",
        "ips",
    } <= set(etablissements)
    assert set(etablissements["genre"]) == {"école", "collège", "lycée"}
    assert set(etablissements["code_commune"]) == {"00001"}
    assert etablissements["longitude"].isna().sum() == 1
    assert etablissements["ips"].isna().sum() == 1
    equipements = edition_fictive.complement("equipements")
    assert len(equipements) > 150
    assert not equipements.loc[equipements["qualite"] == "33", "longitude"].notna().any()


def test_indices_reels_de_grenoble(edition_grenoble, donnees_reelles):
    """Recalcul direct sur les fichiers du ministère."""
    vus = 0
    for degre in ("ecoles", "colleges"):
        brut = pd.read_csv(donnees_reelles / f"fr-en-ips-{degre}-ap2022.csv", sep=";", dtype=str)
        siens = brut[brut["code_insee_de_la_commune"] == "38185"].astype(
            {"effectifs": float, "ips": float}
        )
        for suffixe, debut in (("", ""), ("_public", "public"), ("_prive", "priv")):
            choisis = siens[siens["secteur"].str.startswith(debut)]
            attendu = (choisis["effectifs"] * choisis["ips"]).sum() / choisis["effectifs"].sum()
            lignes = edition_grenoble.resultats.query(
                "indicateur == @nom", local_dict={"nom": f"ips_{degre}{suffixe}"}
            )
            ville = lignes[lignes["type_territoire"] == "commune"]
            assert ville["valeur"].item() == pytest.approx(attendu)
            # Sans coordonnées, aucun quartier.
            assert (lignes.loc[lignes["type_territoire"] == "qpv", "statut"] == "absent").all()
            vus += len(choisis)
    assert vus > 80


@pytest.mark.parametrize("ville", ["edition_fictive", "edition_grenoble"])
def test_une_valeur_est_toujours_entre_ses_bornes(ville, request):
    """Un secteur d’IRIS entiers aussi : sa médiane lue et sa médiane bornée viennent de deux calculs."""
    table = request.getfixturevalue(ville).resultats
    bornees = table[table["valeur"].notna() & table["borne_basse"].notna()]
    assert len(bornees) > 100
    assert (bornees["borne_basse"] <= bornees["valeur"] + 1e-9).all()
    # Une borne haute inconnue (un IRIS masqué peut être très riche) ne borne rien.
    assert (bornees["valeur"] <= bornees["borne_haute"].fillna(np.inf) + 1e-9).all()


def test_une_mediane_refaite_a_partir_d_iris_entiers_garde_l_erreur_du_melange(
    edition_fictive, catalogue
):
    """1,5 % pour une médiane, 2,3 % pour un décile, interpolés entre les rangs mesurés."""
    regles = catalogue.regles
    assert [regles.erreur_de_melange(r) for r in (0.1, 0.3, 0.5, 0.9, 0.95)] == pytest.approx(
        [0.023, 0.019, 0.015, 0.023, 0.023]
    )
    table = edition_fictive.resultats
    for indicateur, rang in (("niveau_vie_median", 0.5), ("niveau_vie_d1", 0.1)):
        # Les bornes de Duncan et Davis d’un secteur d’IRIS presque entiers sont à peu près sa valeur.
        lignes = table[
            (table["type_territoire"] == "secteur")
            & (table["indicateur"] == indicateur)
            & (table["part_couverte"] == 1)
            & (table["purete"] > 0.9999)
            & table["valeur"].notna()
        ]
        assert len(lignes) > 0
        marge = regles.erreur_de_melange(rang)
        assert np.allclose(lignes["borne_basse"], lignes["valeur"] * (1 - marge), rtol=1e-4)
        assert np.allclose(lignes["borne_haute"], lignes["valeur"] * (1 + marge), rtol=1e-4)
