"""Équipements et établissements : lus tels que les producteurs les diffusent, jamais devinés."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from observatoire.catalogue import charger_catalogue
from observatoire.erreurs import ErreurDonnees
from observatoire.ingestion import inventorier
from observatoire.ingestion.lieux import dire_non_situes, lire_lieux
from observatoire.territoires import projection_legale

BPE = (
    "AN;NOMRS;DEPCOM;DEP;REG;TYPEQU;LAMBERT_X;LAMBERT_Y;LONGITUDE;LATITUDE;QUALITE_XY;EPSG;QUALITE_GEOLOC\r\n"
    "2024;CABINET;38185;38;84;D265;913000.5;6457000.5;5.72;45.18;11;2154;11\r\n"
    "2024;PHARMACIE;38185;38;84;D307;913000.5;6457000.5;;;11;2154;12\r\n"
    "2024;CABINET;38185;38;84;D265;913000.5;6457000.5;5.72;45.18;33;2154;33\r\n"
    "2024;SANS POSITION;38185;38;84;D265;;;;;_U;2154;_U\r\n"
    "2024;AILLEURS;01004;01;84;F307;;;5.35;45.95;11;2154;11\r\n"
)
ECOLES = (
    "rentree_scolaire;academie;uai;nom_de_l_etablissment;code_insee_de_la_commune;secteur;effectifs;ips\r\n"
    "2022-2023;GRENOBLE;0380001A;ECOLE UNE;38185;public;100.0;90.5\r\n"
    "2022-2023;GRENOBLE;0380002B;ECOLE DEUX;38185;privé sous contrat;50.0;NS\r\n"
    "2023-2024;GRENOBLE;0380001A;ECOLE UNE;38185;public;110.0;91\r\n"
)
ANNUAIRE = (
    "identifiant_de_l_etablissement;nom_etablissement;code_commune;latitude;longitude\r\n"
    "0380001A;ECOLE UNE;38185;45.18;5.72\r\n"
    "0380001A;ECOLE UNE, SEGPA;38185;45.99;5.99\r\n"
    "0389999Z;SANS RAPPORT;38185;45.10;5.70\r\n"
)


@pytest.fixture(scope="module")
def catalogue():
    return charger_catalogue()


@pytest.fixture
def lire(tmp_path, catalogue):
    def _lire(**textes: str):
        for nom, texte in textes.items():
            (tmp_path / f"{nom}.csv").write_bytes(texte.encode())
        inventaire = inventorier([tmp_path], catalogue)
        assert not inventaire.non_reconnus, inventaire.non_reconnus
        fichiers = {f.source: f for f in inventaire.reconnus}
        positions = fichiers.pop("annuaire_education", None)
        (fichier,) = fichiers.values()
        return lire_lieux(
            fichier,
            catalogue,
            communes=["38185"],
            crs=projection_legale("38185"),
            positions=positions,
        )

    return _lire


def test_equipements_positions_et_genres_du_fichier_entier(lire):
    lu = lire(BPE24=BPE)
    assert lu.source == "bpe"
    assert lu.genres == {"D265", "D307", "F307"}, "tous les genres, même d’autres communes"
    table = lu.lieux
    assert list(table["genre"]) == ["D265", "D307", "D265", "D265"]
    assert (table["millesime"] == 2024).all()
    assert (table["code_commune"] == "38185").all()
    assert table["longitude"].iloc[0] == 5.72
    # Sans longitude, les coordonnées projetées ; position au hasard ou inconnue : aucune.
    assert table["longitude"].iloc[1] == pytest.approx(5.718, abs=0.01)
    assert table["latitude"].iloc[1] == pytest.approx(45.18, abs=0.02)
    assert table["longitude"].iloc[2:].isna().all()
    (dite,) = dire_non_situes([lu], charger_catalogue())
    assert "2 lieux sur 4 sans position sûre" in str(dite)


def test_ecoles_secret_rentrees_et_annuaire(lire):
    lu = lire(ips=ECOLES, annuaire=ANNUAIRE)
    table = lu.lieux.set_index(["identifiant", "millesime"])
    assert set(table.index.get_level_values("millesime")) == {2022, 2023}
    assert lu.fichiers[0].millesime == 2023, "daté de la dernière rentrée"
    assert math.isnan(table.loc[("0380002B", 2022), "ips"]), "un secret n’est pas un nombre"
    assert table.loc[("0380002B", 2022), "effectif"] == 50
    assert table.loc[("0380001A", 2023), "ips"] == 91
    # D’un établissement écrit deux fois dans l’annuaire, la première position.
    assert table.loc[("0380001A", 2022), "longitude"] == 5.72
    assert math.isnan(table.loc[("0380002B", 2022), "longitude"])
    assert set(lu.lieux["genre"]) == {"école"}


def test_une_ecole_dont_le_fichier_donne_la_position_n_a_pas_besoin_de_l_annuaire(lire):
    lignes = ECOLES.replace("effectifs;ips", "effectifs;ips;latitude;longitude").split("\r\n")
    texte = (
        "\r\n".join([lignes[0], *(f"{ligne};45.2;5.7" for ligne in lignes[1:] if ligne)]) + "\r\n"
    )
    assert (lire(ips=texte).lieux["latitude"] == 45.2).all()


@pytest.mark.parametrize(
    ("avant", "apres", "dit"),
    [
        ("0380001A;ECOLE UNE;38185;public;100.0;90.5", "0380001A;ECOLE UNE;38185;public;100.0;9050", "impossibles"),
        ("public;100.0", "public;-100.0", "impossibles"),
        ("0380002B", "0380001A", "double"),
        ("public;100.0;90.5", "public;100.0;quatre-vingt-dix", "illisible"),
        ("ECOLE UNE;38185;public;100.0", "ECOLE UNE;1004;public;100.0", "zéro initial"),
    ],
)  # fmt: skip
def test_une_faute_est_dite_avec_son_fichier(lire, avant, apres, dit):
    with pytest.raises(ErreurDonnees, match=dit) as faute:
        lire(ips=ECOLES.replace(avant, apres, 1))
    assert "ips.csv" in str(faute.value)


def test_toutes_les_fautes_d_un_coup(lire):
    mauvais = ECOLES.replace("100.0;90.5", "-100.0;9050", 1).replace("0380002B", "0380001A")
    with pytest.raises(ErreurDonnees) as faute:
        lire(ips=mauvais)
    assert len(faute.value.anomalies) >= 3


def test_une_commune_sans_aucun_lieu_n_en_a_pas(lire):
    lu = lire(ips=ECOLES.replace("38185", "38421"), annuaire=ANNUAIRE)
    assert lu.lieux.empty


def test_la_position_zero_zero_est_inconnue(lire):
    lu = lire(BPE24=BPE.replace("5.72;45.18;11;2154;11", "0;0;11;2154;11"))
    assert pd.isna(lu.lieux["longitude"].iloc[0])


def test_fichiers_reels(donnees_reelles, catalogue):
    inventaire = inventorier(sorted(donnees_reelles.glob("fr-en-ips-*.csv")), catalogue)
    assert {f.source for f in inventaire.reconnus} == {"ips_ecoles", "ips_colleges", "ips_lycees"}
    for fichier in inventaire.reconnus:
        lu = lire_lieux(fichier, catalogue, communes=["38185"], crs=projection_legale("38185"))
        brut = pd.read_csv(fichier.chemin, sep=";", dtype=str)
        siens = brut[brut["code_insee_de_la_commune"] == "38185"]
        assert len(lu.lieux) == len(siens) >= 14
        assert set(lu.lieux["identifiant"]) == set(siens["uai"])
        assert (
            lu.lieux["effectif"].sum()
            == siens.filter(regex="^effectifs(_ensemble_gt_pro)?$").astype(float).to_numpy().sum()
        )
