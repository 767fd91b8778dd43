"""Défauts trouvés en abîmant des fichiers : chacun donnait un chiffre faux sans un mot."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from fabriques_ingestion import (
    COLONNES_FILO,
    COLONNES_RP,
    LIGNES_FILO,
    LIGNES_RP,
    couche_iris,
    ecrire_csv,
    ecrire_parquet,
    lire,
)
from pyproj import CRS

from observatoire.erreurs import ErreurDonnees, ErreurGeographie
from observatoire.ingestion import FichierReconnu, TableLue, inventorier, lire_contours
from observatoire.ingestion.croisements import croiser_fichiers

POPULATION = "CODGEO;LIBGEO;PMUN22\n{}\n"


def refus(chemin, catalogue, **options) -> str:
    with pytest.raises(ErreurDonnees) as erreur:
        lire(chemin, catalogue, **options)
    assert all(a.fichier and a.remede for a in erreur.value.anomalies)
    return str(erreur.value)


def test_guillemets_qui_avalent_des_lignes(tmp_path, catalogue):
    """Un guillemet ouvert ici, fermé plus bas : QN00001M recevait la population de QN00003M."""
    chemin = tmp_path / "p.csv"
    chemin.write_text(
        POPULATION.format('QN00001M;"Un;4446\nQN00002M;Deux;1063\nQN00003M;Trois";1471'),
        encoding="utf-8",
    )
    texte = refus(chemin, catalogue)
    assert "p.csv, ligne 4 : guillemets mal fermés" in texte


def test_un_libelle_sur_deux_lignes_n_avale_rien(tmp_path, catalogue):
    chemin = tmp_path / "p.csv"
    chemin.write_text(
        POPULATION.format('QN00001M;"Un\nsuite";4446\nQN00002M;"De;ux";1063'), encoding="utf-8"
    )
    assert lire(chemin, catalogue).valeurs["population"].tolist() == [4446.0, 1063.0]


def test_un_guillemet_jamais_ferme_dans_un_grand_fichier(tmp_path, catalogue):
    """Une cellule de plus de 131 072 signes arrêtait le programme sur une erreur de Python."""
    lignes = [(f"3818501{k:02d}", "libellé " * 200, *LIGNES_FILO[0][1:]) for k in range(99)]
    lignes[1] = (lignes[1][0], '"' + str(lignes[1][1]), *lignes[1][2:])
    colonnes = ("IRIS", "LIBIRIS", *COLONNES_FILO[1:])
    texte = refus(ecrire_csv(tmp_path / "f.csv", colonnes, lignes), catalogue)
    assert "f.csv, ligne 100 : guillemets mal fermés" in texte


def test_un_quartier_sans_ligne_est_dit(tmp_path, catalogue):
    chemin = tmp_path / "p.csv"
    chemin.write_text(POPULATION.format("QN00001M;Un;4446"), encoding="utf-8")
    table = lire(chemin, catalogue, codes=["QN00001M", "QN00002M"])
    (avis,) = table.anomalies
    assert "aucune ligne pour QN00002M" in avis.message
    assert avis.gravite == "avertissement"


def test_une_commune_sans_ligne_est_dite_mais_pas_un_arrondissement(tmp_path, catalogue):
    colonnes = ("CODGEO", "NBPERSMENFISC21", "MED21", "TP6021")
    chemin = ecrire_csv(tmp_path / "c.csv", colonnes, [("13055", 860000, 20000, 25.0)])
    table = lire(chemin, catalogue, communes=["13055", "13201", "13216", "13002"])
    (avis,) = [a for a in table.anomalies if "aucune ligne" in a.message]
    assert "aucune ligne pour 13002" in avis.message


@pytest.mark.parametrize(
    ("colonne", "valeur", "mot"),
    [
        ("DISP_MED21", 194500, "194 500 est invraisemblable (attendu : de 3 000 à 120 000)"),
        ("DISP_MED21", -19450, "−19 450 est invraisemblable"),
        ("DISP_MED21", 1945, "invraisemblable"),
        ("DISP_D121", 19999, "DISP_D121 (19 999) ≤ DISP_MED21 (19 450)"),
        ("DISP_TP6021", 0.203, "0,203 est invraisemblable (attendu : de 1 à 100)"),
        ("DISP_GI21", 23.3, "invraisemblable"),
    ],
)
def test_un_niveau_de_vie_invraisemblable(tmp_path, catalogue, colonne, valeur, mot):
    ligne = list(LIGNES_FILO[0])
    ligne[COLONNES_FILO.index(colonne)] = valeur
    texte = refus(ecrire_csv(tmp_path / "f.csv", COLONNES_FILO, [ligne]), catalogue)
    assert mot in texte
    assert "f.csv, ligne 2" in texte


def test_un_rapport_interdecile_qui_n_est_pas_celui_des_deciles(tmp_path, catalogue):
    colonnes = ("IRIS", "DISP_TP6021", "DISP_MED21", "DISP_D121", "DISP_D921", "DISP_RD21")
    bonne = ("381850101", 20.0, 20000, 10000, 34400, 3.4)
    assert len(lire(ecrire_csv(tmp_path / "f.csv", colonnes, [bonne]), catalogue).valeurs) == 1
    texte = refus(
        ecrire_csv(tmp_path / "f.csv", colonnes, [(*bonne[:3], 12000, *bonne[4:])]), catalogue
    )
    assert "DISP_D921 (34 400) / DISP_D121 (12 000) = DISP_RD21 (3,4)" in texte


def test_un_decile_masque_ne_rompt_pas_la_suite(tmp_path, catalogue):
    """D1 et D9 sont comparés même si la médiane est masquée entre eux."""
    colonnes = ("IRIS", "DISP_TP6021", "DISP_D121", "DISP_MED21", "DISP_D921")
    ligne = ("381850101", 20.0, 30000, "s", 20000)
    texte = refus(ecrire_csv(tmp_path / "f.csv", colonnes, [ligne]), catalogue)
    assert "DISP_D121 (30 000)" in texte


@pytest.mark.parametrize(
    ("source", "colonnes", "ligne", "mot"),
    [
        ("activité", ("P22_POP1564", "P22_ACT1564", "P22_CHOM1564", "P22_ACTOCC1564"),
         (200.0, 100.0, 60.0, 90.0), "actifs occupés"),
        ("familles", ("C22_MEN", "C22_FAM", "C22_FAMMONO", "C22_COUPSENF", "C22_COUPAENF"),
         (300.0, 200.0, 20.0, 60.0, 60.0), "couples"),
        ("diplômes", ("P22_NSCOL15P", "P22_NSCOL15P_DIPLMIN", "P22_NSCOL15P_BEPC", "P22_NSCOL15P_CAPBEP",
                      "P22_NSCOL15P_BAC", "P22_NSCOL15P_SUP2", "P22_NSCOL15P_SUP34", "P22_NSCOL15P_SUP5"),
         (100.0, 2.0, 10.0, 10.0, 20.0, 10.0, 10.0, 10.0), "niveaux de diplôme"),
    ],
)  # fmt: skip
def test_identites_du_recensement(tmp_path, catalogue, source, colonnes, ligne, mot):
    chemin = ecrire_csv(
        tmp_path / f"{source}.csv",
        ("IRIS", "COM", "TYP_IRIS", *colonnes),
        [("381850101", "38185", "H", *ligne)],
    )
    assert mot in refus(chemin, catalogue)


def test_les_logements_hlm_sont_des_logements_loues(tmp_path, catalogue):
    ligne = list(LIGNES_RP[0])
    ligne[COLONNES_RP.index("P22_RP_LOCHLMV")] = 60.125
    texte = refus(ecrire_csv(tmp_path / "f.csv", COLONNES_RP, [ligne]), catalogue)
    assert "P22_RP_LOCHLMV (60,125) ≤ P22_RP_LOC (38,25)" in texte


@pytest.mark.parametrize(("individus", "bon"), [(669.0, True), (6690.0, False), (66.9, False)])
def test_un_carreau_a_un_nombre_d_habitants_vraisemblable(tmp_path, catalogue, individus, bon):
    colonnes = ("idcar_200m", "i_est_200", "lcog_geo", "ind", "men")
    ligne = ("CRS3035RES200mN2638600E3279600", 0, "38185", individus, 337.0)
    chemin = ecrire_csv(tmp_path / "c.csv", colonnes, [ligne], separateur=",", decimale=".")
    if bon:
        assert lire(chemin, catalogue).valeurs["carreau_individus"].tolist() == [669.0]
    else:
        assert "les individus et les ménages d’un carreau" in refus(chemin, catalogue)


def test_des_parts_qui_ne_font_pas_cent(tmp_path, catalogue):
    parts = ("partMen1p", "partMen2p", "partMen3p", "partMen45p", "partMen6pp")
    colonnes = ("codeQPV", "popMuniQPV", "indiceJeunesse", *parts, "tauxEmploi15_64")
    ligne = ("QN00001M", 4446, 2.3, 34.5, 24.3, 12.0, 16.2, 3.1, 47.5)
    texte = refus(ecrire_csv(tmp_path / "d.csv", colonnes, [ligne], decimale="."), catalogue)
    assert "= 100" in texte


def test_un_code_a_virgule_dans_un_fichier_type_n_est_pas_arrondi(tmp_path, catalogue):
    """381850101,6 devenait le code 381850102, celui d’un autre IRIS."""
    lignes = [(381850101.6, 20.3, 19450, 11000, 0.233, 0)]
    chemin = ecrire_parquet(tmp_path / "f.parquet", COLONNES_FILO, lignes, typer=True)
    table = lire(chemin, catalogue, communes=["38185"])
    assert "381850102" not in table.valeurs.index
    assert any("n’ont pas la forme attendue" in a.message for a in table.anomalies)


def test_un_utf_16_coupe_dit_la_ligne_coupee(tmp_path, catalogue):
    chemin = ecrire_csv(tmp_path / "f.csv", COLONNES_FILO, LIGNES_FILO, encodage="utf-16")
    chemin.write_bytes(chemin.read_bytes()[:-25])
    assert "f.csv, ligne 6 : 3 cellules au lieu de 6" in refus(chemin, catalogue)


# --- Contours ----------------------------------------------------------------------


def _lire_qpv(tmp_path, catalogue, objets) -> object:
    chemin = tmp_path / "qpv.geojson"
    chemin.write_text(json.dumps({"type": "FeatureCollection", "features": objets}), "utf-8")
    (fichier,) = inventorier([chemin], catalogue).reconnus
    return lire_contours(fichier, catalogue, communes=["38185"], crs=CRS.from_epsg(2154))


def _quartier(code: str, communes: object, nom: str = "Rive", **coins: float) -> dict[str, object]:
    x, y = 5.70, 45.17
    anneau = [[x, y], [x + 0.01, y], [x + 0.01, coins.get("y", y + 0.01)], [x, y + 0.01], [x, y]]
    proprietes = {"code_qp": code, "lib_qp": nom, "insee_com": communes}
    return {
        "type": "Feature",
        "properties": proprietes,
        "geometry": {"type": "Polygon", "coordinates": [anneau]},
    }


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@pytest.mark.parametrize("coin", [float("nan"), float("inf")])
def test_une_coordonnee_qui_n_est_pas_un_nombre(tmp_path, catalogue, coin):
    """GEOS levait une exception que personne n’attendait."""
    with pytest.raises(ErreurGeographie, match=r"irréparable : QN03801M|corrompu"):
        _lire_qpv(tmp_path, catalogue, [_quartier("QN03801M", "38185", y=coin)])


def test_une_vraie_liste_de_communes(tmp_path, catalogue):
    """« insee_com » peut être une liste JSON : la lecture s’arrêtait sur une erreur de NumPy."""
    lue = _lire_qpv(tmp_path, catalogue, [_quartier("QN03801M", ["38185", "38151"])])
    assert lue.donnees["communes"].tolist() == ["38185,38151"]


@pytest.mark.parametrize(
    ("communes", "mot"), [("", "sans commune"), (None, "sans commune"), ("381850", "« 381850 »")]
)
def test_un_quartier_dont_la_commune_est_illisible_est_signale(tmp_path, catalogue, communes, mot):
    objets = [_quartier("QN03801M", "38185"), _quartier("QN03802M", communes)]
    lue = _lire_qpv(tmp_path, catalogue, objets)
    assert lue.donnees["code_territoire"].tolist() == ["QN03801M"]
    (avis,) = lue.anomalies
    assert avis.message.startswith("QN03802M : ")
    assert mot in avis.message


def test_un_quartier_dont_la_commune_a_perdu_son_zero_est_refuse(tmp_path, catalogue):
    objets = [_quartier("QN00101M", "01053"), _quartier("QN00102M", "1053")]
    chemin = tmp_path / "qpv.geojson"
    chemin.write_text(json.dumps({"type": "FeatureCollection", "features": objets}), "utf-8")
    (fichier,) = inventorier([chemin], catalogue).reconnus
    with pytest.raises(ErreurGeographie, match="QN00102M : « 1053 » n’est pas un code de commune"):
        lire_contours(fichier, catalogue, communes=["01053"], crs=CRS.from_epsg(2154))


@pytest.mark.parametrize("nom", ["", "VergnÃ©e", "Vergn\ufffde"])
def test_un_nom_vide_ou_aux_accents_perdus_est_signale(tmp_path, catalogue, nom):
    objets = [_quartier("QN03801M", "38185"), _quartier("QN03802M", "38185", nom)]
    (avis,) = _lire_qpv(tmp_path, catalogue, objets).anomalies
    assert "QN03802M" in avis.message
    assert "nom" in avis.message


def test_une_projection_inconnue_est_une_erreur_prevue(tmp_path, catalogue):
    """« Undefined Cartesian SRS » (srs_id -1) : PROJ ne sait pas en faire des degrés."""
    chemin = tmp_path / "iris.gpkg"
    couche_iris(4).to_file(chemin, layer="iris")
    with closing(sqlite3.connect(chemin)) as base:
        base.execute("update gpkg_geometry_columns set srs_id = -1")
        base.execute("update gpkg_contents set srs_id = -1")
        base.commit()
    (fichier,) = inventorier([chemin], catalogue).reconnus
    with pytest.raises(ErreurGeographie, match="projection inconnue"):
        lire_contours(fichier, catalogue, communes=["38185"], crs=CRS.from_epsg(2154))


# --- Entre deux fichiers -------------------------------------------------------------


def _table(source: str, niveau: str, millesime: int, valeurs: pd.DataFrame) -> TableLue:
    fichier = FichierReconnu(Path(f"{source}.csv"), "", "", source, millesime, "csv", ())
    statuts = valeurs.notna().replace({True: "publie", False: "secret"})
    return TableLue(source, millesime, niveau, valeurs, statuts, fichier, ())


def _valeurs(**colonnes: dict[str, float]) -> pd.DataFrame:
    return pd.DataFrame(colonnes, dtype=float).rename_axis("code")


TAUX_IRIS = {"381850101": 12.0, "381850102": 20.0, "381850103": 40.0}


@pytest.mark.parametrize(
    ("commune", "iris", "faute"),
    [
        (21.0, TAUX_IRIS, False),
        (41.0, TAUX_IRIS, False),
        (2.1, TAUX_IRIS, True),
        (90.0, TAUX_IRIS, True),
        (2.1, {**TAUX_IRIS, "381850101": float("nan")}, False),
        (90.0, {"381850101": 12.0, "381850102": 20.0}, False),
    ],
)
def test_une_commune_est_entre_ses_iris(commune, iris, faute):
    tables = [
        _table(
            "filosofi_commune", "commune", 2021, _valeurs(filo_taux_pauvrete={"38185": commune})
        ),
        _table("filosofi_iris", "iris", 2021, _valeurs(filo_taux_pauvrete=iris)),
    ]
    anomalies = croiser_fichiers(couche_iris(), tables)
    assert bool(anomalies) is faute
    if faute:
        (anomalie,) = anomalies
        assert anomalie.fichier == "filosofi_commune.csv"
        assert "filosofi_iris.csv" in anomalie.message


def test_chaque_commune_n_est_confrontee_qu_a_ses_iris():
    # 69260 a trop peu d’IRIS, 13055 n’en a aucun dans la table, 34172 n’a pas de chiffre de commune.
    iris = {"692600101": 30.0, "692600102": float("nan"), "341720101": 15.0}
    iris |= {f"59350010{k}": 10.0 + k for k in range(1, 5)}
    communes = {"59350": 90.0, "69260": 90.0, "13055": 90.0}
    tables = [
        _table("filosofi_commune", "commune", 2021, _valeurs(filo_taux_pauvrete=communes)),
        _table("filosofi_iris", "iris", 2021, _valeurs(filo_taux_pauvrete=iris)),
    ]
    (anomalie,) = croiser_fichiers(couche_iris(), tables)
    assert anomalie.communes == ("59350",)
    assert "(11 à 14)" in anomalie.message


@pytest.mark.parametrize(
    ("individus", "gravite"), [(970.0, ""), (700.0, "avertissement"), (120.0, "erreur")]
)
def test_des_carreaux_coupes_ne_portent_plus_la_population(individus, gravite):
    tables = [
        _table("rp_evol_struct_pop", "iris", 2022, _valeurs(population={"381850101": 1000.0})),
        _table("carreaux_200m", "carreau", 2021, _valeurs(carreau_individus={"CRS": individus})),
    ]
    anomalies = croiser_fichiers(couche_iris(), tables)
    assert [a.gravite for a in anomalies] == ([gravite] if gravite else [])


@pytest.mark.parametrize(("population", "faute"), [(4446, False), (4900, False), (44460, True)])
def test_deux_populations_d_un_meme_quartier(population, faute):
    tables = [
        _table("population_qpv", "qpv", 2022, _valeurs(population={"QN00001M": population})),
        _table("demographie_qpv", "qpv", 2022, _valeurs(dem_population={"QN00001M": 4446.0})),
    ]
    assert bool(croiser_fichiers(couche_iris(), tables)) is faute


def test_des_iris_qui_se_recouvrent():
    couche = couche_iris()
    assert not croiser_fichiers(couche, [])
    (avis,) = croiser_fichiers(couche.assign(geometry=couche.geometry.buffer(20)), [])
    assert "se recouvrent" in avis.message


def test_un_parquet_sans_aucune_ligne(tmp_path, catalogue):
    """L’inventaire s’arrêtait sur StopIteration ; la table vide est seulement signalée."""
    chemin = tmp_path / "f.parquet"
    couche_iris(2).iloc[:0].to_parquet(chemin)
    (fichier,) = inventorier([chemin], catalogue).reconnus
    lue = lire_contours(fichier, catalogue, communes=["38185"], crs=CRS.from_epsg(2154))
    assert lue.donnees.empty
    assert "aucun objet pour 38185" in lue.anomalies[0].message


def test_une_ligne_decalee_se_voit_a_sa_commune(tmp_path, catalogue):
    """Des cellules masquées empêchent toute identité comptable de voir le décalage."""
    ligne = list(LIGNES_RP[0])
    ligne[1:] = [*ligne[2:], ligne[1]]
    ligne[COLONNES_RP.index("P22_RP_PROP")] = None
    texte = refus(ecrire_csv(tmp_path / "f.csv", COLONNES_RP, [ligne]), catalogue)
    assert "f.csv, ligne 2, colonne COM : « H » n’est pas la commune de l’IRIS 381850101" in texte


def test_un_iris_absent_d_une_seule_base_du_recensement_est_dit():
    """Un IRIS d’activité peut n’avoir aucune ligne de revenus, mais pas de logements seulement."""
    tables = [
        _table("rp_evol_struct_pop", "iris", 2022, _valeurs(population={"A": 10.0, "B": 3.0})),
        _table("rp_logement", "iris", 2022, _valeurs(logements={"A": 5.0})),
        _table("rp_logement", "iris", 2017, _valeurs(logements={"A": 5.0})),
    ]
    (avis,) = croiser_fichiers(couche_iris(), tables)
    assert (avis.fichier, avis.gravite) == ("rp_logement.csv", "avertissement")
    assert "B" in avis.message


def test_une_derniere_valeur_coupee_est_signalee(tmp_path, catalogue):
    """« 2441 » coupé en « 244 » a toutes ses cellules : seule la fin du fichier le trahit."""
    chemin = tmp_path / "p.csv"
    entier = POPULATION.format("QN00001M;Un;4446\nQN00002M;Deux;2441")
    chemin.write_text(entier, encoding="utf-8")
    assert not lire(chemin, catalogue).anomalies
    chemin.write_text(entier[:-2], encoding="utf-8")
    table = lire(chemin, catalogue)
    assert table.valeurs["population"].tolist() == [4446.0, 244.0]
    (avis,) = table.anomalies
    assert (avis.ligne, avis.colonne) == (3, "PMUN22")
    assert "peut être coupée" in avis.message
    assert not lire(chemin, catalogue, codes=["QN00001M"]).anomalies
