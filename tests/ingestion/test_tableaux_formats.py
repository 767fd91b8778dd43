"""La même table, quels que soient le format, l’encodage, le séparateur et l’archive."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fabriques_ingestion import (
    COLONNES_FILO,
    COLONNES_RP,
    LIGNES_FILO,
    LIGNES_RP,
    ecrire_csv,
    ecrire_parquet,
    lire,
    memes_tables,
    octets_xlsx,
    seul,
    texte_csv,
    zipper,
)

from observatoire.ingestion import empreinte_fichier, inventorier, lire_tableau

COMMUNE = ["01053"]


@pytest.fixture
def modele(tmp_path, catalogue):
    (tmp_path / "modele").mkdir()
    return lire(
        ecrire_csv(tmp_path / "modele" / "a.csv", COLONNES_FILO, LIGNES_FILO),
        catalogue,
        communes=COMMUNE,
    )


def test_valeurs_et_statuts_attendus(modele):
    assert modele.source == "filosofi_iris"
    assert modele.millesime == 2021
    assert modele.niveau == "iris"
    assert list(modele.valeurs.index) == ["010530101", "010530102", "010530103", "010530104"]
    assert modele.valeurs.index.name == "code"
    assert modele.valeurs["filo_taux_pauvrete"].tolist()[::2] == [20.3, 7.0]
    assert modele.valeurs["filo_gini"].iloc[0] == 0.233
    assert modele.statuts["filo_taux_pauvrete"].tolist() == ["publie", "secret", "publie", "secret"]
    assert modele.statuts["filo_d1"].tolist() == ["publie", "secret", "publie", "absent"]
    assert modele.statuts["filo_gini"].tolist() == ["publie", "secret", "publie", "secret"]
    assert modele.statut_ligne_manquante == "secret"
    assert set(modele.valeurs.dtypes.astype(str)) == {"float64"}


def test_masque_si_et_seulement_si_non_publie(modele):
    assert (modele.valeurs.isna().to_numpy() == (modele.statuts != "publie").to_numpy()).all()


def test_variable_sans_colonne_est_un_avertissement(modele):
    textes = [str(a) for a in modele.anomalies]
    assert any("DISP_D921" in t for t in textes)
    assert all(a.gravite == "avertissement" for a in modele.anomalies)


@pytest.mark.parametrize(
    ("separateur", "decimale", "encodage", "fin"),
    list(
        itertools.product(
            (";", ",", "\t", "|"),
            (",", "."),
            ("utf-8", "utf-8-sig", "latin-1", "utf-16"),
            ("\n", "\r\n"),
        )
    ),
)
def test_toutes_les_variantes_de_csv(
    tmp_path, catalogue, modele, separateur, decimale, encodage, fin
):
    colonnes = (*COLONNES_FILO, "LIBIRIS")
    lignes = [
        (*ligne, "Œuvre" if encodage.startswith("utf") else "Hôpital, à l'été")
        for ligne in LIGNES_FILO
    ]
    chemin = ecrire_csv(
        tmp_path / "b.csv",
        colonnes,
        lignes,
        separateur=separateur,
        decimale=decimale,
        encodage=encodage,
        fin=fin,
    )
    memes_tables(lire(chemin, catalogue, communes=COMMUNE), modele)


def test_accent_latin_1_loin_du_debut(tmp_path, catalogue):
    """L’inventaire ne lit que de l’ASCII ; l’accent n’arrive que plus loin."""
    colonnes = (*COLONNES_RP, "P22_NOTE")
    lignes = [
        (f"3818501{k:02d}", "38185", "H", "1", 9.5, 9.5, 0.0, 0.0, 9.5, 0.0, 0.0, 0.0, "x" * 900)
        for k in range(99)
    ]
    lignes.append(("381850201", "38185", "é", "1", 9.5, 9.5, 0.0, 0.0, 9.5, 0.0, 0.0, 0.0, "fin"))
    chemin = ecrire_csv(tmp_path / "b.csv", colonnes, lignes, encodage="latin-1")
    table = lire(chemin, catalogue, communes=["38185"])
    assert len(table.valeurs) == 100
    assert table.types_iris is not None
    assert table.types_iris["381850201"] == "é"


def test_csv_precede_de_titres(tmp_path, catalogue, modele):
    texte = "Revenus 2021;;\n\nMise en ligne : 2024;;\n" + texte_csv(COLONNES_FILO, LIGNES_FILO)
    (tmp_path / "b.csv").write_text(texte, encoding="utf-8")
    memes_tables(lire(tmp_path / "b.csv", catalogue, communes=COMMUNE), modele)


def test_colonnes_dans_une_autre_casse(tmp_path, catalogue, modele):
    colonnes = [c.lower() for c in COLONNES_FILO]
    memes_tables(
        lire(ecrire_csv(tmp_path / "b.csv", colonnes, LIGNES_FILO), catalogue, communes=COMMUNE),
        modele,
    )


@pytest.mark.parametrize("preambule", [0, 5, 12])
def test_classeur_de_l_insee(tmp_path, catalogue, modele, preambule):
    chemin = tmp_path / "base.xlsx"
    chemin.write_bytes(octets_xlsx(COLONNES_FILO, LIGNES_FILO, preambule=preambule))
    fichier = seul(chemin, catalogue)
    assert (fichier.format, fichier.couche, fichier.ligne_entete) == ("xlsx", "IRIS", preambule)
    memes_tables(lire_tableau(fichier, catalogue, communes=COMMUNE), modele)


def test_archive_zip(tmp_path, catalogue, modele):
    csv = texte_csv(COLONNES_FILO, LIGNES_FILO, fin="\r\n").encode()
    chemin = zipper(
        tmp_path / "a.zip", {"meta_a.csv": csv, "sous/DATA.CSV": csv, "lisezmoi.txt": b"bonjour"}
    )
    fichier = seul(chemin, catalogue)
    assert fichier.nom == "a.zip/sous/DATA.CSV"
    memes_tables(lire_tableau(fichier, catalogue, communes=COMMUNE), modele)


def test_classeur_et_parquet_dans_une_archive(tmp_path, catalogue, modele):
    parquet = ecrire_parquet(tmp_path / "x.parquet", COLONNES_FILO, LIGNES_FILO).read_bytes()
    for nom, contenu in {
        "a.xlsx": octets_xlsx(COLONNES_FILO, LIGNES_FILO),
        "a.parquet": parquet,
    }.items():
        chemin = zipper(tmp_path / f"{nom}.zip", {nom: contenu})
        memes_tables(lire(chemin, catalogue, communes=COMMUNE), modele)


def test_parquet_en_texte(tmp_path, catalogue, modele):
    chemin = ecrire_parquet(tmp_path / "b.parquet", COLONNES_FILO, LIGNES_FILO)
    memes_tables(lire(chemin, catalogue, communes=COMMUNE), modele)


def test_parquet_type_les_valeurs_publiees_sont_les_memes(tmp_path, catalogue, modele):
    table = lire(
        ecrire_parquet(tmp_path / "b.parquet", COLONNES_FILO, LIGNES_FILO, typer=True),
        catalogue,
        communes=COMMUNE,
    )
    pd.testing.assert_frame_equal(table.valeurs, modele.valeurs)
    # Un vide de Filosofi est un secret : le « so » effacé par le typage en devient un.
    assert table.statuts["filo_d1"].tolist() == ["publie", "secret", "publie", "secret"]


def test_somme_de_colonnes_secret_l_emporte_sur_absent(tmp_path, catalogue):
    colonnes = ["IRIS", "COM", "TYP_IRIS", "P22_NSCOL15P", "P22_NSCOL15P_DIPLMIN"]
    colonnes += [f"P22_NSCOL15P_SUP{k}" for k in ("2", "34", "5")]
    lignes = [
        ("381850101", "38185", "H", 100.5, 10.0, 1.5, 2.5, 3.0),
        ("381850102", "38185", "H", 100.5, 10.0, 1.5, "s", None),
        ("381850103", "38185", "H", 100.5, 10.0, 1.5, 2.0, None),
    ]
    table = lire(ecrire_csv(tmp_path / "d.csv", colonnes, lignes), catalogue)
    assert table.valeurs["diplome_superieur_15_plus"].iloc[0] == 7.0
    assert table.statuts["diplome_superieur_15_plus"].tolist() == ["publie", "secret", "absent"]
    assert table.valeurs["diplome_superieur_15_plus"].iloc[1:].isna().all()


def test_variante_de_formule_quand_la_premiere_manque(tmp_path, catalogue):
    colonnes = (
        "IRIS",
        "COM",
        "TYP_IRIS",
        "P17_NSCOL15P",
        "P17_NSCOL15P_DIPLMIN",
        "P17_NSCOL15P_SUP",
    )
    table = lire(
        ecrire_csv(tmp_path / "d.csv", colonnes, [("381850101", "38185", "H", 90.5, 9.0, 33.0)]),
        catalogue,
    )
    assert table.millesime == 2017
    assert table.valeurs.loc["381850101", "diplome_superieur_15_plus"] == 33.0


def test_types_iris(tmp_path, catalogue):
    table = lire(
        ecrire_csv(tmp_path / "l.csv", COLONNES_RP, LIGNES_RP), catalogue, communes=["38185"]
    )
    assert table.types_iris is not None
    assert table.types_iris.to_dict() == {"381850101": "H", "381850102": "A"}
    assert {a.gravite for a in table.anomalies} == {"avertissement"}


def test_lignes_agregees_et_choix_des_quartiers(tmp_path, catalogue):
    colonnes = ("CODGEO", "DISP_MED_A21", "DISP_TP60_A21")
    lignes = [
        ("00", 15000, 44.3),
        ("QN03801M", 13000, "ns"),
        ("QN03802M", 12000, 51.0),
        ("FM", 1, 2.0),
    ]
    chemin = ecrire_csv(tmp_path / "q.csv", colonnes, lignes)
    assert list(lire(chemin, catalogue).valeurs.index) == ["QN03801M", "QN03802M"]
    table = lire(chemin, catalogue, communes=["38185"], codes=["QN03801M"])
    statuts = table.statuts.loc["QN03801M"].to_dict()
    assert statuts == {"filo_mediane": "publie", "filo_taux_pauvrete": "secret"}


def test_carreaux_choisis_par_leurs_communes(tmp_path, catalogue):
    colonnes = ("idcar_200m", "i_est_200", "lcog_geo", "ind", "men")
    ids = [f"CRS3035RES200mN26{k}00E3276000" for k in range(10, 14)]
    lignes = [
        (ids[0], 1, "38185", 3.5, 1.0),
        (ids[1], 0, "3815138185", 12.0, 5.0),
        (ids[2], 0, "38151", 1.0, 1.0),
    ]
    lignes.append((ids[3], 0, "53818", 1.0, 1.0))
    chemin = ecrire_csv(tmp_path / "c.csv", colonnes, lignes, separateur=",", decimale=".")
    table = lire(chemin, catalogue, communes=["38185"], codes=["QN03801M"])
    assert list(table.valeurs.index) == ids[:2]
    assert table.valeurs["carreau_individus"].tolist() == [3.5, 12.0]


def test_cellules_avec_saut_de_ligne_et_lignes_vides(tmp_path, catalogue, modele):
    texte = texte_csv((*COLONNES_FILO, "LIB"), [(*ligne, "a") for ligne in LIGNES_FILO])
    texte = texte.replace(";a\n", ';"un\nlibellé"\n\n')
    (tmp_path / "b.csv").write_text(texte, encoding="utf-8")
    memes_tables(lire(tmp_path / "b.csv", catalogue, communes=COMMUNE), modele)


def test_corse(tmp_path, catalogue):
    lignes = [("2A0040101", *LIGNES_FILO[0][1:]), ("010530101", *LIGNES_FILO[2][1:])]
    table = lire(
        ecrire_csv(tmp_path / "b.csv", COLONNES_FILO, lignes), catalogue, communes=["2A004"]
    )
    assert list(table.valeurs.index) == ["2A0040101"]
    assert not [a for a in table.anomalies if "forme" in a.message]


def test_commune_absente_du_fichier_est_un_avertissement(tmp_path, catalogue):
    table = lire(
        ecrire_csv(tmp_path / "b.csv", COLONNES_FILO, LIGNES_FILO), catalogue, communes=["75056"]
    )
    assert table.valeurs.empty
    assert any("aucune ligne pour 75056" in a.message for a in table.anomalies)


def test_empreinte(tmp_path):
    chemin = tmp_path / "x"
    chemin.write_bytes(b"abc")
    assert (
        empreinte_fichier(chemin)
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_l_inventaire_ne_depend_pas_des_noms(tmp_path: Path, catalogue):
    ecrire_csv(tmp_path / "sans_rapport.dat", COLONNES_FILO, LIGNES_FILO)
    ecrire_csv(tmp_path / "BASE_TD_FILO_DISP_IRIS_2020.csv", ("a", "b"), [(1, 2)])
    inventaire = inventorier([tmp_path], catalogue)
    assert [f.nom for f in inventaire.reconnus] == ["sans_rapport.dat"]
    assert [n for n, _ in inventaire.non_reconnus] == ["BASE_TD_FILO_DISP_IRIS_2020.csv"]
    assert np.isfinite(lire_tableau(inventaire.reconnus[0], catalogue).valeurs.to_numpy()).any()
