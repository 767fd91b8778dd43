"""Inventaire : ordre, fichiers étrangers, archives dangereuses, fichiers corrompus."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from fabriques_ingestion import (
    COLONNES_FILO,
    COLONNES_RP,
    LIGNES_FILO,
    LIGNES_RP,
    couche_iris,
    couche_qpv,
    ecrire_csv,
    ecrire_parquet,
    octets_xlsx,
    texte_csv,
    zipper,
)

from observatoire.ingestion import Inventaire, inventorier

HTML = b"<!DOCTYPE html>\n<html><head><title>403</title></head><body>Interdit</body></html>"


def sources(inventaire: Inventaire) -> list[str]:
    return [f.source for f in inventaire.reconnus]


def test_ordre_des_dossiers_et_fichiers_vus_une_fois(tmp_path, catalogue):
    (tmp_path / "b").mkdir()
    ecrire_csv(tmp_path / "a.csv", COLONNES_FILO, LIGNES_FILO)
    ecrire_csv(tmp_path / "b" / "z.csv", COLONNES_RP, LIGNES_RP)
    inventaire = inventorier([tmp_path / "b", tmp_path, tmp_path / "a.csv"], catalogue)
    assert sources(inventaire) == ["rp_logement", "filosofi_iris"]


def test_un_fichier_peut_etre_donne_seul(tmp_path, catalogue):
    assert sources(
        inventorier([ecrire_csv(tmp_path / "a.csv", COLONNES_RP, LIGNES_RP)], catalogue)
    ) == ["rp_logement"]


def test_dossier_introuvable_est_signale(tmp_path, catalogue):
    inventaire = inventorier([tmp_path / "rien"], catalogue)
    assert "introuvable" in inventaire.anomalies[0].message
    assert inventaire.anomalies[0].gravite == "avertissement"


def test_fichiers_ignores_en_silence(tmp_path, catalogue):
    for nom in (
        "README",
        "README.csv",
        "a.md",
        "LISEZ-MOI.txt",
        "licence.TXT",
        "a.py",
        "a.png",
        ".cache.csv",
        "meta_base.csv",
        "x.dbf",
    ):
        ecrire_csv(tmp_path / nom, COLONNES_RP, LIGNES_RP)
    (tmp_path / ".git").mkdir()
    ecrire_csv(tmp_path / ".git" / "a.csv", COLONNES_RP, LIGNES_RP)
    inventaire = inventorier([tmp_path], catalogue)
    assert inventaire == Inventaire((), (), ())


def test_un_dossier_parent_cache_n_est_pas_ignore(tmp_path, catalogue):
    (tmp_path / ".local").mkdir()
    ecrire_csv(tmp_path / ".local" / "a.csv", COLONNES_RP, LIGNES_RP)
    assert sources(inventorier([tmp_path / ".local"], catalogue)) == ["rp_logement"]


def test_fichier_etranger_avec_sa_raison(tmp_path, catalogue):
    ecrire_csv(tmp_path / "a.csv", ("UAI", "IPS"), [("0010005A", 110.4)])
    ecrire_csv(tmp_path / "b.csv", ("IRIS", "DISP_MED21", "DISP_D121"), [("381850101", 1, 2)])
    (tmp_path / "c.json").write_text('{"a": 1}', encoding="utf-8")
    (tmp_path / "d.csv").write_text("bonjour", encoding="utf-8")
    raisons = dict(inventorier([tmp_path], catalogue).non_reconnus)
    assert raisons["a.csv"] == "aucune source du catalogue n’a ces colonnes (UAI, IPS)"
    assert "DISP_TP60{aa}" in raisons["b.csv"]
    assert set(raisons) == {"a.csv", "b.csv", "c.json", "d.csv"}


def test_codes_qui_n_ont_pas_la_forme_attendue(tmp_path, catalogue):
    ecrire_csv(tmp_path / "a.csv", ("CODGEO", "DISP_MED_A21", "DISP_TP60_A21"), [("38185", 1, 2)])
    ((_, raison),) = inventorier([tmp_path], catalogue).non_reconnus
    assert "les codes n’en ont pas la forme" in raison


def test_la_source_la_plus_precise_l_emporte(tmp_path, catalogue):
    """Un fichier qui a les colonnes de deux sources va à la plus longue signature."""
    colonnes = ("CODGEO", "DISP_MED_A21", "DISP_TP60_A21", "PMUN21")
    ecrire_csv(tmp_path / "a.csv", colonnes, [("QN03801M", 1, 2, 3)])
    assert sources(inventorier([tmp_path], catalogue)) == ["filosofi_qpv"]


@pytest.mark.parametrize("nom", ["base.zip", "base.csv", "base.xlsx", "couche.gpkg"])
def test_page_web_recue_a_la_place_du_fichier(tmp_path, catalogue, nom):
    (tmp_path / nom).write_bytes(b"\xef\xbb\xbf\n" + HTML)
    (anomalie,) = inventorier([tmp_path], catalogue).anomalies
    assert anomalie.fichier == nom
    assert "page web" in anomalie.message
    assert "navigateur" in anomalie.remede
    assert anomalie.gravite == "avertissement"


def _gpkg_tronque(dossier: Path) -> bytes:
    couche_iris().to_file(dossier / "x.gpkg")
    return (dossier / "x.gpkg").read_bytes()[:3000]


def _zip_tronque(dossier: Path) -> bytes:
    chemin = zipper(dossier / "x.zip", {"a.csv": texte_csv(COLONNES_RP, LIGNES_RP).encode()})
    return chemin.read_bytes()[:150]


CORROMPUS = {
    "a.gpkg": _gpkg_tronque,
    "a.zip": _zip_tronque,
    "a.parquet": lambda d: ecrire_parquet(d / "x", COLONNES_RP, LIGNES_RP).read_bytes()[:400],
    "a.xlsx": lambda d: octets_xlsx(COLONNES_RP, LIGNES_RP)[:1500],
    "a.csv": lambda d: b"",
    "b.csv": lambda d: b"\n \n",
    "a.7z": lambda d: b"7z\xbc\xaf\x27\x1c" + b"\0" * 100,
    "a.geojson": lambda d: (
        b'{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"ty'
    ),
    "a.shp": lambda d: b"\x00\x00\x27\x0a" + b"\0" * 30,
}


@pytest.mark.parametrize("nom", sorted(CORROMPUS))
def test_fichier_corrompu_n_arrete_pas_l_inventaire(tmp_path, catalogue, nom):
    (tmp_path / "atelier").mkdir()
    contenu = CORROMPUS[nom](tmp_path / "atelier")
    depot = tmp_path / "depot"
    depot.mkdir()
    (depot / nom).write_bytes(contenu)
    ecrire_csv(depot / "z_bon.csv", COLONNES_RP, LIGNES_RP)
    inventaire = inventorier([depot], catalogue)
    assert sources(inventaire) == ["rp_logement"]
    (anomalie,) = inventaire.anomalies
    assert anomalie.fichier == nom
    assert anomalie.gravite == "avertissement"
    assert anomalie.remede


@pytest.mark.parametrize(
    "nom", ["../dehors.csv", "/etc/a.csv", "a/../../b.csv", "..\\b.csv", "C:\\b.csv"]
)
def test_membre_qui_sort_du_dossier_refuse(tmp_path, catalogue, nom):
    zipper(tmp_path / "a.zip", {nom: texte_csv(COLONNES_RP, LIGNES_RP).encode()})
    inventaire = inventorier([tmp_path], catalogue)
    assert not inventaire.reconnus
    assert "sort du dossier" in inventaire.anomalies[0].message


def test_membre_demesure_refuse(tmp_path, catalogue):
    bombe = texte_csv(COLONNES_RP, LIGNES_RP).encode() + b"\n" * 30_000_000
    bon = texte_csv(COLONNES_FILO, LIGNES_FILO).encode()
    zipper(tmp_path / "a.zip", {"bombe.csv": bombe, "bon.csv": bon})
    inventaire = inventorier([tmp_path], catalogue)
    assert sources(inventaire) == ["filosofi_iris"]
    assert "démesuré" in inventaire.anomalies[0].message


def test_rien_n_est_ecrit_pres_des_archives(tmp_path, catalogue):
    zipper(tmp_path / "a.zip", {"d/a.csv": texte_csv(COLONNES_RP, LIGNES_RP).encode()})
    inventorier([tmp_path], catalogue)
    assert [p.name for p in tmp_path.rglob("*")] == ["a.zip"]


def test_plusieurs_couches_d_un_geopackage(tmp_path, catalogue):
    couche_iris().to_file(tmp_path / "x.gpkg", layer="iris")
    couche_qpv().to_file(tmp_path / "x.gpkg", layer="quartiers")
    inventaire = inventorier([tmp_path], catalogue)
    assert {(f.couche, f.source) for f in inventaire.reconnus} == {
        ("iris", "contours_iris"),
        ("quartiers", "qpv_2024"),
    }


def test_classeur_a_extension_trompeuse(tmp_path, catalogue):
    (tmp_path / "base.zip").write_bytes(octets_xlsx(COLONNES_FILO, LIGNES_FILO))
    assert [f.format for f in inventorier([tmp_path], catalogue).reconnus] == ["xlsx"]


def test_geojson_dont_le_premier_objet_est_immense(tmp_path, catalogue):
    """Les propriétés, après 100 ko de coordonnées, échappent à la lecture du seul début."""
    import json

    anneau = [
        [5.7, 45.1],
        *[[5.7 + k * 1e-6, 45.2 + (k % 2) * 1e-4] for k in range(8000)],
        [5.7, 45.1],
    ]
    objet = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [anneau]},
        "properties": {"code_qp": "QN03801M", "lib_qp": "A", "insee_com": "38185"},
    }
    contenu = json.dumps({"type": "FeatureCollection", "features": [objet]})
    assert contenu.index("properties") > 1 << 16
    (tmp_path / "a.geojson").write_text(contenu, encoding="utf-8")
    assert sources(inventorier([tmp_path], catalogue)) == ["qpv_2024"]


def test_archive_dans_une_archive(tmp_path, catalogue):
    interne = zipper(
        tmp_path / "b", {"a.csv": texte_csv(COLONNES_RP, LIGNES_RP).encode()}
    ).read_bytes()
    (tmp_path / "b").unlink()
    zipper(tmp_path / "a.zip", {"b.zip": interne})
    (anomalie,) = inventorier([tmp_path], catalogue).anomalies
    assert "archive ZIP dans une archive" in anomalie.message


def test_membre_chiffre_signale(tmp_path, catalogue):
    chemin = zipper(tmp_path / "a.zip", {"a.csv": texte_csv(COLONNES_RP, LIGNES_RP).encode()})
    octets = bytearray(chemin.read_bytes())
    for signature, decalage in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        octets[octets.index(signature) + decalage] |= 1
    chemin.write_bytes(octets)
    assert zipfile.is_zipfile(chemin)
    assert "mot de passe" in inventorier([tmp_path], catalogue).anomalies[0].message


def test_un_txt_est_reconnu_a_son_contenu_ou_dit(tmp_path, catalogue):
    ecrire_csv(tmp_path / "base.txt", COLONNES_RP, LIGNES_RP)
    (tmp_path / "memo.txt").write_text("À rappeler ; demain", encoding="utf-8")
    (tmp_path / "vrac.txt").write_text("bonjour", encoding="utf-8")
    inventaire = inventorier([tmp_path], catalogue)
    assert [(f.nom, f.source) for f in inventaire.reconnus] == [("base.txt", "rp_logement")]
    assert {nom for nom, _ in inventaire.non_reconnus} == {"memo.txt", "vrac.txt"}


def test_deux_fichiers_de_la_meme_annee_sont_dits(tmp_path, catalogue):
    autres = [(*ligne[:-1], 1.25) for ligne in LIGNES_RP]
    for nom, lignes in (("a", LIGNES_RP), ("b", autres), ("c", LIGNES_RP)):
        (tmp_path / nom).mkdir()
        ecrire_csv(tmp_path / nom / "base.csv", COLONNES_RP, lignes)
    inventaire = inventorier([tmp_path / n for n in "abc"], catalogue)
    assert sources(inventaire) == ["rp_logement"] * 3
    # Le troisième est le premier, donné une seconde fois.
    (dit,) = inventaire.anomalies
    assert dit.gravite == "avertissement"
    assert dit.fichier == "b/base.csv"
    assert "a/base.csv, donné avant" in dit.message


def test_le_meme_fichier_dans_une_archive_n_est_pas_un_doublon(tmp_path, catalogue):
    chemin = ecrire_csv(tmp_path / "base.csv", COLONNES_RP, LIGNES_RP)
    with zipfile.ZipFile(tmp_path / "base.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(chemin, "base.csv")
    inventaire = inventorier([tmp_path], catalogue)
    assert len(inventaire.reconnus) == 2
    assert inventaire.anomalies == ()
