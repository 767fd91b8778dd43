"""Revenus par commune, dans les trois formes que l’Insee diffuse, et les tables à ne pas confondre."""

from __future__ import annotations

import shutil

import pytest
from fabriques_ingestion import ecrire_csv, lire, seul, texte_csv, zipper

from observatoire.chaine import actualiser
from observatoire.chemins import Chemins
from observatoire.erreurs import ErreurDonnees
from observatoire.ingestion import inventorier

DISP = (
    "CODGEO", "LIBGEO", "NBMEN21", "NBPERS21", "NBUC21", "Q121", "Q221", "Q321", "Q3_Q1", "D121",
    "D221", "D321", "D421", "D621", "D721", "D821", "D921", "RD", "S80S2021", "GI21", "PACT21",
    "PPEN21", "PPSOC21", "PIMPOT21",
)  # fmt: skip
DECL = tuple(c for c in DISP if c not in {"PPSOC21", "PIMPOT21"})
PAUVRES = ("CODGEO", "LIBGEO", "TP4021", "TP5021", "TP6021", "TP60IP21")


def ligne_disp(code: str, mediane: object, rapport: object, gini: object) -> tuple[object, ...]:
    valeurs = {"Q221": mediane, "RD": rapport, "GI21": gini, "NBPERS21": 12000}
    return tuple({"CODGEO": code, "LIBGEO": "Île"}.get(c, valeurs.get(c, "s")) for c in DISP)


def archive_2021(chemin, *, pauvrete: object = 21.0):
    """L’archive de l’Insee : revenu disponible et revenu déclaré côte à côte."""
    disponible = [
        ligne_disp("38185", 22140, 3.4, 0.297),
        ligne_disp("01001", "s", "s", "s"),
        ligne_disp("97411", 17890, 3.6, 0.344),
    ]
    declare = [tuple(99999 if isinstance(v, int | float) else v for v in x) for x in disponible]
    membres = {
        "FILO2021_DISP_COM.csv": texte_csv(DISP, disponible),
        "FILO2021_DEC_COM.csv": texte_csv(DECL, [x[: len(DECL)] for x in declare]),
        "FILO2021_DISP_PAUVRES_COM.csv": texte_csv(
            PAUVRES, [("38185", "Grenoble", 5.1, 12.3, pauvrete, 20.0)]
        ),
        "FILO2021_DEC_PAUVRES_COM.csv": texte_csv(
            PAUVRES, [("38185", "Grenoble", 9.9, 20.0, 99.0, 30.0)]
        ),
    }
    return zipper(chemin, {n: t.encode() for n, t in membres.items()})


def par_source(chemin, catalogue):
    reconnus = inventorier([chemin], catalogue).reconnus
    return {f.source: f for f in reconnus}


def test_les_quatre_tables_de_l_archive_ne_sont_pas_confondues(tmp_path, catalogue):
    archive = archive_2021(tmp_path / "indic-struct-distrib-revenu-2021-COMMUNES_csv.zip")
    inventaire = inventorier([archive], catalogue)
    assert {f.source: f.membre for f in inventaire.reconnus} == {
        "filosofi_commune_distribution": "FILO2021_DISP_COM.csv",
        "filosofi_commune_pauvrete": "FILO2021_DISP_PAUVRES_COM.csv",
        "filosofi_commune_pauvrete_declaree": "FILO2021_DEC_PAUVRES_COM.csv",
    }
    assert [n for n, _ in inventaire.non_reconnus] == [f"{archive.name}/FILO2021_DEC_COM.csv"]
    assert {f.millesime for f in inventaire.reconnus} == {2021}
    declaree = catalogue.sources["filosofi_commune_pauvrete_declaree"]
    assert declaree.usage == "reconnu_seulement"


def test_distribution_et_pauvrete_de_2021(tmp_path, catalogue):
    archive = archive_2021(tmp_path / "a.zip")
    fichiers = par_source(archive, catalogue)
    from observatoire.ingestion import lire_tableau

    table = lire_tableau(
        fichiers["filosofi_commune_distribution"], catalogue, communes=["38185", "01001"]
    )
    assert table.niveau == "commune"
    assert table.valeurs.loc["38185"].dropna().to_dict() == {
        "filo_mediane": 22140.0,
        "filo_rapport_interdecile": 3.4,
        "filo_gini": 0.297,
        "filo_personnes": 12000.0,
    }
    statuts = table.statuts.loc["01001"]
    assert statuts.pop("filo_personnes") == "publie"
    assert set(statuts) == {"secret"}
    pauvrete = lire_tableau(fichiers["filosofi_commune_pauvrete"], catalogue, communes=["38185"])
    assert pauvrete.valeurs.loc["38185"].to_dict() == {"filo_taux_pauvrete": 21.0}


def test_une_table_de_pauvrete_renommee_n_est_pas_devinee(tmp_path, catalogue):
    ecrire_csv(tmp_path / "pauvrete.csv", PAUVRES, [("38185", "Grenoble", 5.1, 12.3, 21.0, 20.0)])
    inventaire = inventorier([tmp_path], catalogue)
    assert inventaire.reconnus == ()
    assert [n for n, _ in inventaire.non_reconnus] == ["pauvrete.csv"]


LONG = (
    "GEO", "GEO_OBJECT", "FILOSOFI_MEASURE", "UNIT_MEASURE", "UNIT_MULT", "CONF_STATUS",
    "OBS_STATUS", "TIME_PERIOD", "OBS_VALUE",
)  # fmt: skip


def longue(geo, objet, mesure, valeur, *, conf="F", obs="A", annee="2023", mult="0"):
    return (geo, objet, mesure, "EUR", mult, conf, obs, annee, valeur)


LIGNES_LONGUES = [
    longue("38", "DEP", "MED_SL", "25000"),
    longue("F", "FRANCE", "MED_SL", "24330"),
    longue("38185", "COM", "MED_SL", "23410"),
    longue("38185", "COM", "PR_MD60", "22.5"),
    longue("38185", "COM", "IR_D9_D1_SL", "3.5"),
    longue("38185", "COM", "S_EI_DI", "70.1"),
    longue("01001", "COM", "MED_SL", "", conf="C"),
    longue("01001", "COM", "PR_MD60", "", conf="C", obs="O"),
    longue("01001", "COM", "GI_SL", "", obs="O"),
    longue("69381", "ARM", "MED_SL", "27000"),
    longue("38185", "COM", "MED_SL", "1", annee="2022"),
]


def test_le_format_long_de_2023(tmp_path, catalogue):
    fichier = ecrire_csv(tmp_path / "DS_FILOSOFI_CC_2023_data.csv", LONG, LIGNES_LONGUES)
    table = lire(fichier, catalogue, communes=["38185", "01001", "69381"])
    assert (table.source, table.millesime, table.niveau) == (
        "filosofi_commune_long",
        2023,
        "commune",
    )
    assert list(table.valeurs.index) == ["01001", "38185", "69381"]
    assert table.valeurs.loc["38185", ["filo_mediane", "filo_taux_pauvrete"]].tolist() == [
        23410.0,
        22.5,
    ]
    assert table.valeurs.loc["38185", "filo_rapport_interdecile"] == 3.5
    # Secret et manquant à la fois : le secret l’emporte.
    assert table.statuts.loc["01001"].to_dict() == {
        "filo_taux_pauvrete": "secret",
        "filo_mediane": "secret",
        "filo_rapport_interdecile": "absent",
        "filo_gini": "absent",
    }
    assert table.valeurs.loc["01001"].isna().all()
    assert table.valeurs.loc["69381", "filo_mediane"] == 27000.0
    assert table.fichier == seul(fichier, catalogue)


def test_l_annee_du_format_long_est_dans_ses_lignes(tmp_path, catalogue):
    lignes = [longue("38185", "COM", "MED_SL", "22140", annee="2021")]
    fichier = ecrire_csv(tmp_path / "DS_FILOSOFI_CC_data.csv", LONG, lignes)
    assert lire(fichier, catalogue, communes=["38185"]).millesime == 2021


@pytest.mark.parametrize(
    ("ligne", "motif", "numero"),
    [
        (longue("38185", "COM", "MED_SL", "23411"), "deux lignes pour 38185", "ligne 13"),
        (longue("38186", "COM", "MED_SL", "23", mult="3"), "multiplicateur 3", "ligne 13"),
        (longue("38185", "COM", "GI_SL", "beaucoup"), "n’est pas un nombre", "ligne 4"),
    ],
)
def test_fautes_du_format_long(tmp_path, catalogue, ligne, motif, numero):
    fichier = ecrire_csv(tmp_path / "data.csv", LONG, [*LIGNES_LONGUES, ligne])
    with pytest.raises(ErreurDonnees) as faute:
        lire(fichier, catalogue, communes=["38185", "38186"])
    assert motif in str(faute.value)
    assert numero in str(faute.value)


def test_les_fichiers_de_commune_donnent_les_chiffres_de_la_ville(ville_fictive, tmp_path):
    depot = tmp_path / "depot"
    shutil.copytree(ville_fictive, depot, ignore=shutil.ignore_patterns("cc_filosofi*"))
    lignes = [ligne_disp("00001", 20500, 3.9, 0.31)]
    ecrire_csv(depot / "FILO2021_DISP_COM.csv", DISP, lignes)
    ecrire_csv(
        depot / "FILO2021_DISP_PAUVRES_COM.csv", PAUVRES, [("00001", "Brumeval", 1, 2, 18.5, 3)]
    )
    edition = actualiser("00001", depuis=[depot], chemins=Chemins(tmp_path / "r")).edition
    ville = edition.resultats.query("type_territoire == 'commune' and millesime == 2021").set_index(
        "indicateur"
    )
    attendus = {"niveau_vie_median": 20500.0, "taux_pauvrete": 18.5, "rapport_interdecile": 3.9}
    for indicateur, valeur in attendus.items():
        assert ville.loc[indicateur, "valeur"] == valeur
        assert ville.loc[indicateur, ["statut", "methode"]].tolist() == ["publie", "publie"]


def test_une_annee_de_ville_seule_ne_masque_pas_les_quartiers(ville_fictive, tmp_path):
    depot = tmp_path / "depot"
    shutil.copytree(ville_fictive, depot)
    lignes = [longue("00001", "COM", "MED_SL", "21000"), longue("00001", "COM", "PR_MD60", "19.5")]
    ecrire_csv(depot / "DS_FILOSOFI_CC_2023_data.csv", LONG, lignes)
    edition = actualiser("00001", depuis=[depot], chemins=Chemins(tmp_path / "r")).edition
    nouvelles = edition.resultats.query("millesime == 2023").set_index("indicateur")
    assert nouvelles["type_territoire"].tolist() == ["commune", "commune"]
    assert nouvelles.loc["taux_pauvrete", "valeur"] == 19.5
    assert edition.manifeste["millesimes"]["taux_pauvrete"] == [2018, 2021]
    quartiers = edition.resultats.query(
        "indicateur == 'taux_pauvrete' and type_territoire == 'qpv'"
    )
    assert set(quartiers["millesime"]) == {2018, 2021}
    # 2024 : équipements, écoles et prestations.
    assert set(edition.ecarts["millesime"]) == {2017, 2018, 2021, 2022, 2024}
