"""Lieux comptés dans les territoires : réponses connues à la main, puis propriétés."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from observatoire.catalogue import charger_catalogue
from observatoire.indicateurs import calculer_references, construire_contexte
from observatoire.indicateurs.calcul import calculer_resultats
from observatoire.indicateurs.lieux import situer_lieux, tables_des_lieux
from observatoire.indicateurs.verdicts import donner_verdicts
from observatoire.ingestion import FichierReconnu, TableLue
from observatoire.ingestion.lieux import COLONNES_LIEUX, MESURES, LieuxLus
from observatoire.territoires import calculer_poids

CRS = pyproj.CRS.from_epsg(2154)
X0, Y0, COTE = 913_000.0, 6_457_000.0, 100.0
IRIS = ("381850101", "381850102", "381850201")
FICHIER = FichierReconnu(Path("essai.csv"), "", "", "bpe", 2024, "csv", ())
_ENTIER = charger_catalogue()
# Sans le reste du catalogue, chaque ville d’essai se calcule en quelques millisecondes.
CATALOGUE = _ENTIER.model_copy(
    update={
        "indicateurs": {
            i: d
            for i, d in _ENTIER.indicateurs.items()
            if i == "population" or "ips" in i or i.startswith(("medecins_", "nombre_"))
        }
    }
)
# Un quartier fait de l’IRIS 1 et de la moitié de l’IRIS 2 ; un secteur fait des IRIS 1 et 2.
QUARTIER, SECTEUR = "QN03801M", "3818501"


def _degres(x: float, y: float) -> tuple[float, float]:
    vers = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    lon, lat = vers.transform(X0 + COTE * x, Y0 + COTE * y)
    return float(lon), float(lat)


def lieux(
    lignes: list[dict], *, source: str = "bpe", genres: frozenset[str] | None = None
) -> LieuxLus:
    """``au`` : position en côtés d’IRIS (0 à 3), ou rien si elle n’est pas sûre."""
    table = pd.DataFrame(index=range(len(lignes)), columns=COLONNES_LIEUX)
    for rang, decrite in enumerate(lignes):
        ligne = dict(decrite)
        au = ligne.pop("au", None)
        lon, lat = (np.nan, np.nan) if au is None else _degres(*au)
        valeurs = {
            "source": source,
            "millesime": 2024,
            "code_commune": "38185",
            "secteur": "public",
        }
        valeurs |= {"longitude": lon, "latitude": lat, **ligne}
        for nom, valeur in valeurs.items():
            table.loc[rang, nom] = valeur
    numeriques = [*MESURES, "longitude", "latitude"]
    table[numeriques] = table[numeriques].astype(float)
    textes = [c for c in table if c not in {*numeriques, "millesime"}]
    table[textes] = table[textes].astype("object").where(table[textes].notna(), "")
    table["millesime"] = table["millesime"].astype("int64") if len(table) else table["millesime"]
    connus = frozenset(table["genre"]) if genres is None else genres
    return LieuxLus(source, table, connus, (FICHIER,))


def calculer(*lus: LieuxLus, habitants=(1000.0, 1000.0, 2000.0)) -> pd.DataFrame:
    """Résultats d’une ville de trois IRIS carrés, indexés par indicateur et territoire."""
    iris = gpd.GeoDataFrame(
        {"code_iris": IRIS, "nom_iris": "", "type_iris": "H", "code_commune": "38185"},
        geometry=[box(X0 + COTE * k, Y0, X0 + COTE * (k + 1), Y0 + COTE) for k in range(3)],
        crs=CRS,
    )
    largeurs = {QUARTIER: 1.5, SECTEUR: 2.0}
    territoires = gpd.GeoDataFrame(
        {
            "code_territoire": list(largeurs),
            "nom": list(largeurs),
            "type_territoire": ["qpv", "secteur"],
            "communes": "38185",
            "code_commune": "38185",
        },
        geometry=[box(X0, Y0, X0 + COTE * w, Y0 + COTE) for w in largeurs.values()],
        crs=CRS,
    )
    territoires["surface_m2"] = territoires.area
    valeurs = pd.DataFrame({"population": habitants}, index=pd.Index(IRIS, name="code"))
    table = TableLue(
        "rp_evol_struct_pop",
        2022,
        "iris",
        valeurs,
        valeurs.notna().replace({True: "publie"}),
        FICHIER,
        (),
    )
    contexte = construire_contexte(
        catalogue=CATALOGUE,
        tables=[table],
        iris=iris,
        territoires=territoires,
        poids=calculer_poids(iris, territoires),
        villes={"38185": "Essai"},
        lieux=situer_lieux(lus, iris, territoires),
    )
    resultats = calculer_resultats(contexte)
    resultats.attrs["references"] = calculer_references(contexte, resultats)
    return resultats.set_index(["indicateur", "code_territoire"])


MEDECINS = [
    {"genre": "D265", "au": (0.5, 0.5)},
    {"genre": "D265", "au": (1.2, 0.5)},
    {"genre": "D265", "au": (1.8, 0.5)},
    {"genre": "D265", "au": (2.5, 0.5)},
]


def test_un_equipement_compte_la_ou_il_est():
    r = calculer(lieux(MEDECINS)).loc["nombre_medecins_generalistes"]
    attendus = {"38185": 4, IRIS[0]: 1, IRIS[1]: 2, IRIS[2]: 1, QUARTIER: 2, SECTEUR: 3}
    assert r["valeur"].to_dict() == attendus
    assert (r["statut"] == "publie").all()
    assert (r["methode"] == "comptage").all()
    assert r[["borne_basse", "borne_haute"]].isna().all().all()


def test_pour_10_000_habitants_somme_sur_somme():
    r = calculer(lieux(MEDECINS))
    taux = r.loc["medecins_generalistes_pour_10000"]
    assert taux.loc["38185", "valeur"] == pytest.approx(4 / 4000 * 10_000)
    assert taux.loc[IRIS[1], "valeur"] == pytest.approx(2 / 1000 * 10_000)
    # Population du quartier estimée : le taux l’est aussi, et la note dit l’année des habitants.
    assert taux.loc[QUARTIER, "valeur"] == pytest.approx(2 / 1500 * 10_000)
    assert taux.loc[QUARTIER, "statut"] == "estime"
    assert "habitants de 2022" in taux.loc[QUARTIER, "precision_note"]
    h = r.loc[("population", QUARTIER)]
    assert taux.loc[QUARTIER, "borne_basse"] == pytest.approx(2 / h["borne_haute"] * 10_000)
    assert taux.loc[QUARTIER, "borne_haute"] == pytest.approx(2 / h["borne_basse"] * 10_000)
    hors = r.attrs["references"].query(
        "indicateur == 'medecins_generalistes_pour_10000' and reference == 'ville_hors_qpv'"
    )
    assert hors["valeur"].item() == pytest.approx(2 / 2500 * 10_000)


def test_une_zone_presque_sans_habitant_n_a_pas_de_taux():
    r = calculer(lieux(MEDECINS), habitants=(20.0, 1000.0, 2000.0))
    assert r.loc[("nombre_medecins_generalistes", IRIS[0]), "valeur"] == 1
    taux = r.loc[("medecins_generalistes_pour_10000", IRIS[0])]
    assert taux["statut"] == "absent"
    assert np.isnan(taux["valeur"])


def test_une_position_incertaine_borne_le_quartier_et_compte_dans_la_ville():
    r = calculer(lieux([*MEDECINS, {"genre": "D265"}, {"genre": "D307", "au": (2.5, 0.5)}]))
    medecins = r.loc["nombre_medecins_generalistes"]
    assert medecins.loc["38185", ["valeur", "statut"]].tolist() == [5, "publie"]
    quartier = medecins.loc[QUARTIER]
    assert quartier[["valeur", "statut", "borne_basse", "borne_haute"]].tolist() == [
        2,
        "estime",
        2,
        3,
    ]
    assert "sans position sûre" in quartier["precision_note"]
    # Les pharmacies, toutes situées, ont un vrai zéro dans le quartier.
    assert r.loc[("nombre_pharmacies", QUARTIER), ["valeur", "statut"]].tolist() == [0, "publie"]


def test_un_genre_absent_du_fichier_n_est_pas_un_zero():
    r = calculer(lieux(MEDECINS))
    assert "nombre_pharmacies" not in r.index.get_level_values(0)
    autre = calculer(lieux(MEDECINS, genres=frozenset({"D265", "D307"})))
    assert (autre.loc["nombre_pharmacies", "valeur"] == 0).all()


def test_une_commune_que_le_fichier_ne_decrit_pas_n_a_pas_de_zero():
    ailleurs = [{"genre": "D265", "au": None, "code_commune": "38421"}]
    assert "nombre_medecins_generalistes" not in calculer(lieux(ailleurs)).index.get_level_values(0)


def test_sans_aucune_position_le_quartier_est_absent():
    r = calculer(lieux([{"genre": "D265"}, {"genre": "D265"}])).loc["nombre_medecins_generalistes"]
    assert r.loc["38185", "valeur"] == 2
    assert r.loc[QUARTIER, "statut"] == "absent"
    assert np.isnan(r.loc[QUARTIER, "valeur"])


ECOLES = [
    {"identifiant": "a", "effectif": 100, "ips": 80, "au": (0.5, 0.5)},
    {"identifiant": "b", "effectif": 300, "ips": 100, "au": (1.2, 0.5)},
    {"identifiant": "c", "effectif": 100, "ips": 130, "secteur": "privé sous contrat", "au": (2.5, 0.5)},
]  # fmt: skip


def test_l_indice_est_pese_par_les_eleves_et_jamais_par_les_ecoles():
    r = calculer(lieux(ECOLES, source="ips_ecoles"))
    # (100 × 80 + 300 × 100 + 100 × 130) / 500 = 102 ; la moyenne des écoles serait 103,33.
    ville = r.loc["ips_ecoles"].loc["38185"]
    assert ville[["valeur", "statut", "effectif"]].tolist() == [102, "publie", 500]
    assert r.loc[("ips_ecoles_public", "38185"), "valeur"] == 95
    assert r.loc[("ips_ecoles_prive", "38185"), "valeur"] == 130
    assert r.loc[("ecart_ips_ecoles_prive_public", "38185"), "valeur"] == 35
    # √((100 × 22² + 300 × 2² + 100 × 28²) / 500) = √256
    assert r.loc[("dispersion_ips_ecoles", "38185"), "valeur"] == pytest.approx(16.0)
    assert r.loc[("ips_ecoles", QUARTIER), "valeur"] == 95
    assert r.loc[("ecart_ips_ecoles_prive_public", QUARTIER), "statut"] == "absent"
    assert IRIS[0] not in r.loc["ips_ecoles"].index, "une école n’est pas l’école d’un IRIS"


def test_un_indice_masque_ne_compte_ni_au_numerateur_ni_au_denominateur():
    masquee = {"identifiant": "d", "effectif": 100, "ips": np.nan, "au": (2.5, 0.5)}
    ville = calculer(lieux([*ECOLES, masquee], source="ips_ecoles")).loc[("ips_ecoles", "38185")]
    assert ville["valeur"] == 102
    assert ville["part_couverte"] == pytest.approx(500 / 600)
    assert ville["statut"] == "estime"
    seules = calculer(lieux([masquee], source="ips_ecoles")).loc[("ips_ecoles", "38185")]
    assert seules["statut"] == "secret"
    assert np.isnan(seules["valeur"])


def test_les_deux_voies_des_lycees():
    lycee = {
        "identifiant": "l", "effectif": 300, "ips": 100, "au": (0.5, 0.5),
        "effectif_gt": 200, "ips_gt": 110, "effectif_pro": 100, "ips_pro": 80,
    }  # fmt: skip
    autre = {"identifiant": "m", "effectif": 100, "ips": 120, "effectif_gt": 100, "ips_gt": 120, "au": (1.2, 0.5)}  # fmt: skip
    r = calculer(lieux([lycee, autre], source="ips_lycees"))
    assert r.loc[("ips_lycees", "38185"), "valeur"] == pytest.approx(105)
    assert r.loc[("ips_lycees_gt", "38185"), "valeur"] == pytest.approx(
        (200 * 110 + 100 * 120) / 300
    )
    assert r.loc[("ips_lycees_pro", "38185"), "valeur"] == 80


def test_tables_de_l_edition_et_leur_quartier():
    lus = [
        lieux(MEDECINS),
        lieux([*ECOLES, {"identifiant": "e", "effectif": 5}], source="ips_ecoles"),
    ]
    iris = gpd.GeoDataFrame(
        {"code_iris": ["381850101"]}, geometry=[box(X0, Y0, X0 + 300, Y0 + 100)], crs=CRS
    )
    quartier = gpd.GeoDataFrame(
        {"code_territoire": [QUARTIER], "type_territoire": "qpv"},
        geometry=[box(X0, Y0, X0 + 150, Y0 + 100)], crs=CRS,
    )  # fmt: skip
    tables = tables_des_lieux([situer_lieux(lus, iris, quartier)], CATALOGUE, {"38185"})
    ecoles = tables["etablissements"].set_index("identifiant")
    assert ecoles["code_qpv"].to_dict() == {"a": QUARTIER, "b": QUARTIER, "c": "", "e": ""}
    assert np.isnan(ecoles.loc["e", "longitude"])
    assert list(tables["equipements"]["code_qpv"]) == [QUARTIER, QUARTIER, "", ""]
    assert tables_des_lieux([None], CATALOGUE, {"38185"}) == {}


point = st.none() | st.tuples(st.floats(0.01, 2.99), st.floats(0.01, 0.99))


@settings(max_examples=8, deadline=None)
@given(st.lists(point, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_totaux_conserves_et_ordre_sans_effet(points, hasard):
    lignes = [{"genre": "D265", "au": p} for p in points]
    r = calculer(lieux(lignes)).loc["nombre_medecins_generalistes"]
    assert r.loc["38185", "valeur"] == len(points)
    situes = sum(p is not None for p in points)
    if situes:
        assert r.loc[list(IRIS), "valeur"].sum() == situes
        assert r.loc[IRIS[2], "valeur"] + r.loc[SECTEUR, "valeur"] == situes
        assert (r["borne_haute"].dropna() - r["borne_basse"].dropna() == len(points) - situes).all()
    hasard.shuffle(lignes)
    autre = calculer(lieux(lignes)).loc["nombre_medecins_generalistes"]
    pd.testing.assert_frame_equal(r.drop(columns="source"), autre.drop(columns="source"))


ecole = st.tuples(st.integers(1, 900), st.none() | st.integers(60, 150), st.booleans())


@settings(max_examples=8, deadline=None)
@given(st.lists(ecole, min_size=1, max_size=10))
def test_un_indice_moyen_est_entre_les_extremes_et_un_masque_n_est_jamais_un_nombre(ecoles):
    lignes = [
        {
            "identifiant": str(k), "effectif": n, "ips": np.nan if ips is None else ips,
            "secteur": "privé sous contrat" if prive else "public", "au": (0.5, 0.5),
        }
        for k, (n, ips, prive) in enumerate(ecoles)
    ]  # fmt: skip
    r = calculer(lieux(lignes, source="ips_ecoles"))
    connus = [ips for _, ips, _ in ecoles if ips is not None]
    ville = r.loc[("ips_ecoles", "38185")]
    if ville["statut"] in {"publie", "estime"}:
        assert min(connus) - 1e-9 <= ville["valeur"] <= max(connus) + 1e-9
        dispersion = r.loc[("dispersion_ips_ecoles", "38185"), "valeur"]
        assert 0 <= dispersion <= (max(connus) - min(connus)) / 2 + 1e-6
    else:
        assert ville["statut"] == "secret"
        assert np.isnan(ville["valeur"])
    muets = ~r["statut"].isin(["publie", "estime"])
    assert r.loc[muets, ["valeur", "borne_basse", "borne_haute"]].isna().all().all()


@pytest.mark.parametrize(
    ("habitants", "nombre", "attendu"),
    [
        # La ville a un équipement pour 10 000 habitants : un quartier de mille en attendrait un dixième.
        (1_000, 0, "ecart_indicatif"),
        (9_999, 0, "ecart_indicatif"),
        # Un quartier de 30 000 en attendrait trois : n’en avoir aucun se dit.
        (30_000, 0, "ecart_net"),
        (1_000, 5, "ecart_net"),
    ],
)
def test_moins_d_un_equipement_n_est_pas_un_ecart(habitants, nombre, attendu):
    table = pd.DataFrame(
        {
            "valeur": [1e4 * nombre / habitants],
            "statut": "publie",
            "methode": "comptage",
            "borne_basse": np.nan,
            "borne_haute": np.nan,
            "bornes_seules": False,
            "effectif": float(habitants),
            "type_territoire": "qpv",
            "code_commune": "a",
            "indicateur": "bibliotheques_pour_10000",
            "millesime": 2024,
        }
    )
    verdicts = donner_verdicts(table, "pour_10000", valeur_reference=1.0)
    assert verdicts.tolist() == [attendu]
