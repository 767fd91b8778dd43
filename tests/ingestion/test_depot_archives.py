"""Archives hostiles ou abîmées : refusées avec leur raison, jamais extraites hors du dossier."""

import os
import random
import stat
import struct
import zipfile
import zlib

import py7zr
import pytest
from bouchon_editeurs import septzipper, zipper

from observatoire.erreurs import ErreurDonnees
from observatoire.ingestion.archives_depot import (
    LimitesArchive,
    extraire,
    genre_archive,
    verifier_zip,
)

TEXTE = b"IRIS;P22_LOG\n" + b"".join(b"%09d;%d.5\n" % (i, i * 7) for i in range(20_000))


def _ecrire(chemin, contenu):
    chemin.write_bytes(contenu)
    return chemin


def _fausser_crc(contenu):
    """Fausser la somme de contrôle, dans l’en-tête et dans le répertoire."""
    vrai = struct.pack("<I", zlib.crc32(TEXTE))
    assert contenu.count(vrai) == 2
    return contenu.replace(vrai, b"\x01\x02\x03\x04")


def test_un_zip_sain_se_lit_sur_place(tmp_path):
    archive = _ecrire(tmp_path / "a.zip", zipper({"base.CSV": TEXTE}))
    assert genre_archive(archive) == "zip"
    assert verifier_zip(archive)


def test_un_zip_dont_la_somme_est_fausse_est_extrait_avec_un_avertissement(tmp_path):
    archive = _ecrire(tmp_path / "a.zip", _fausser_crc(zipper({"base.CSV": TEXTE})))
    with pytest.raises(zipfile.BadZipFile), zipfile.ZipFile(archive) as lue:
        lue.read("base.CSV")
    assert not verifier_zip(archive)
    (fichier,), (anomalie,) = extraire(archive, tmp_path / "sortie")
    assert fichier.read_bytes() == TEXTE
    assert anomalie.gravite == "avertissement"
    assert "somme de contrôle fausse" in str(anomalie)


def test_un_nom_qui_differe_dans_l_en_tete_est_lu(tmp_path):
    contenu = zipper({"base.CSV": TEXTE}).replace(b"base.CSV", b"BASE.csv", 1)
    archive = _ecrire(tmp_path / "a.zip", contenu)
    assert not verifier_zip(archive)
    (fichier,), anomalies = extraire(archive, tmp_path / "sortie", "*.csv")
    assert fichier.read_bytes() == TEXTE
    assert anomalies == []


@pytest.mark.parametrize("fabrique", [zipper, septzipper])
def test_une_archive_tronquee_est_dite(tmp_path, fabrique):
    entiere = fabrique({"base.CSV": TEXTE})
    archive = _ecrire(tmp_path / "a.bin", entiere[: len(entiere) * 2 // 3])
    with pytest.raises(ErreurDonnees, match="corrompue ou tronquée") as faute:
        extraire(archive, tmp_path / "sortie")
    assert "téléchargez-la de nouveau" in str(faute.value)


@pytest.mark.parametrize("fabrique", [zipper, septzipper])
def test_un_octet_change_ne_donne_jamais_un_chiffre_faux_en_silence(tmp_path, fabrique):
    entiere = fabrique({"base.CSV": TEXTE})
    hasard = random.Random(7)
    refus = 0
    for tirage in range(60):
        abimee = bytearray(entiere)
        abimee[hasard.randrange(len(abimee))] ^= 1 << hasard.randrange(8)
        archive = _ecrire(tmp_path / "a.bin", bytes(abimee))
        if genre_archive(archive) == "":
            refus += 1
            continue
        try:
            fichiers, anomalies = extraire(archive, tmp_path / f"sortie{tirage}")
        except ErreurDonnees:
            refus += 1
            continue
        assert fichiers[0].read_bytes() == TEXTE or anomalies
    assert refus > 20


@pytest.mark.parametrize("nom", ["../evade.csv", "/tmp/evade.csv", "a/../../evade.csv"])
def test_un_membre_qui_sort_du_dossier_est_refuse(tmp_path, nom):
    archive = _ecrire(tmp_path / "a.zip", zipper({"bon.csv": b"a;b\n", nom: b"x"}))
    with pytest.raises(ErreurDonnees, match="son chemin sort du dossier"):
        extraire(archive, tmp_path / "d" / "sortie")
    with pytest.raises(ErreurDonnees, match="son chemin sort du dossier"):
        verifier_zip(archive)
    assert not list(tmp_path.rglob("evade.csv"))
    assert not list(tmp_path.rglob("bon.csv"))


def test_un_membre_7z_qui_sort_du_dossier_est_refuse(tmp_path):
    # Le nom est en UTF-16 dans un en-tête non compressé, dont les deux sommes sont à refaire.
    archive = tmp_path / "a.7z"
    with py7zr.SevenZipFile(archive, "w") as neuve:
        neuve.set_encoded_header_mode(False)
        neuve.writestr(b"x" * 100, "xx/evade.csv")
    contenu = bytearray(archive.read_bytes())
    place = contenu.index("xx/".encode("utf-16-le"))
    contenu[place : place + 4] = "..".encode("utf-16-le")
    debut, taille = struct.unpack("<QQ", contenu[12:28])
    entete = bytes(contenu[32 + debut : 32 + debut + taille])
    contenu[28:32] = struct.pack("<I", zlib.crc32(entete))
    contenu[8:12] = struct.pack("<I", zlib.crc32(bytes(contenu[12:32])))
    archive.write_bytes(contenu)
    with pytest.raises(ErreurDonnees, match="son chemin sort du dossier"):
        extraire(archive, tmp_path / "d" / "sortie")
    assert not list(tmp_path.rglob("evade.csv"))


def test_un_lien_symbolique_est_refuse(tmp_path):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as neuve:
        lien = zipfile.ZipInfo("lien.csv")
        lien.external_attr = (stat.S_IFLNK | 0o777) << 16
        neuve.writestr(lien, "/etc/passwd")
    with pytest.raises(ErreurDonnees, match="lien symbolique"):
        extraire(archive, tmp_path / "sortie")
    (tmp_path / "lien").symlink_to("/etc/passwd")
    with py7zr.SevenZipFile(tmp_path / "a.7z", "w") as neuve:
        neuve.write(tmp_path / "lien", "lien")
    with pytest.raises(ErreurDonnees, match="lien symbolique"):
        extraire(tmp_path / "a.7z", tmp_path / "sortie")


@pytest.mark.parametrize("fabrique", [zipper, septzipper])
def test_une_bombe_declaree_est_refusee_avant_d_ecrire(tmp_path, fabrique):
    archive = _ecrire(tmp_path / "a.bin", fabrique({"zeros.csv": bytes(30 * 2**20)}))
    with pytest.raises(ErreurDonnees, match="bombe"):
        extraire(archive, tmp_path / "sortie")
    assert not list((tmp_path / "sortie").rglob("*.csv"))


def test_la_taille_totale_est_bornee(tmp_path):
    contenu = {f"{i}.csv": os.urandom(1000) for i in range(10)}
    for fabrique in (zipper, septzipper):
        archive = _ecrire(tmp_path / "a.bin", fabrique(contenu))
        with pytest.raises(ErreurDonnees, match="démesurée"):
            extraire(archive, tmp_path / "sortie", limites=LimitesArchive(total=9_000))
        assert len(extraire(archive, tmp_path / "bon")[0]) == 10


def test_une_bombe_qui_ment_sur_sa_taille_est_arretee(tmp_path):
    vrai = 30 * 2**20
    menteur = zipper({"zeros.csv": bytes(vrai)}).replace(
        struct.pack("<I", vrai), struct.pack("<I", 1000)
    )
    archive = _ecrire(tmp_path / "a.zip", menteur)
    with pytest.raises(ErreurDonnees, match=r"bombe|démesuré"):
        extraire(archive, tmp_path / "sortie")
    ecrits = [f.stat().st_size for f in (tmp_path / "sortie").rglob("*.csv")]
    assert max(ecrits, default=0) < vrai // 2


def test_une_archive_protegee_est_refusee(tmp_path):
    contenu = bytearray(zipper({"base.csv": TEXTE}))
    contenu[6] |= 1
    contenu[contenu.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ErreurDonnees, match="mot de passe"):
        extraire(_ecrire(tmp_path / "a.zip", bytes(contenu)), tmp_path / "sortie")
    with py7zr.SevenZipFile(tmp_path / "a.7z", "w", password="secret") as neuve:
        neuve.writestr(TEXTE, "base.csv")
    with pytest.raises(ErreurDonnees, match="mot de passe"):
        extraire(tmp_path / "a.7z", tmp_path / "sortie")


@pytest.mark.parametrize("fabrique", [zipper, septzipper])
def test_un_shapefile_emmene_ses_compagnons(tmp_path, fabrique):
    noms = [f"D/CONTOURS-IRIS.{s}" for s in ("shp", "shx", "dbf", "prj", "cpg")]
    archive = _ecrire(
        tmp_path / "a.bin", fabrique({n: n.encode() for n in [*noms, "D/notice.txt", "D/x.md5"]})
    )
    fichiers, _ = extraire(archive, tmp_path / "sortie", "*contours-iris*.shp")
    assert sorted(f.relative_to(tmp_path / "sortie").as_posix() for f in fichiers) == sorted(noms)
    assert all(f.read_bytes().decode().endswith(f.name) for f in fichiers)


def test_les_barres_obliques_inversees_de_windows(tmp_path):
    archive = _ecrire(tmp_path / "a.zip", zipper({"dossier\\base.csv": TEXTE}))
    assert verifier_zip(archive)
    (fichier,), _ = extraire(archive, tmp_path / "sortie", "base.csv")
    assert fichier == tmp_path / "sortie" / "dossier" / "base.csv"
    assert fichier.read_bytes() == TEXTE


def test_aucun_membre_voulu(tmp_path):
    archive = _ecrire(tmp_path / "a.zip", zipper({"notice.txt": b"x"}))
    with pytest.raises(ErreurDonnees, match="corrigez « membre »"):
        extraire(archive, tmp_path / "sortie", "*.csv")
