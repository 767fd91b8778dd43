"""Accès aux octets d’un fichier ou d’un membre d’archive ZIP, sans rien extraire sur le disque."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from observatoire.erreurs import Anomalie, ErreurDonnees

__all__ = [
    "ERREURS_ZIP",
    "chemin_gdal",
    "est_a_ignorer",
    "est_archive",
    "lire_debut",
    "lire_octets",
    "lister_membres",
]

# Compagnons d’un Shapefile, journaux de GeoPackage, documents : jamais des données à eux seuls.
_SUFFIXES_IGNORES = frozenset(
    [
        ".md",
        ".py",
        ".png",
        ".jpg",
        ".jpeg",
        ".pdf",
        ".toml",
        ".dbf",
        ".shx",
        ".prj",
        ".cpg",
        ".qpj",
        ".sbn",
        ".sbx",
        ".qix",
        ".qmd",
        ".xml",
        ".gpkg-wal",
        ".gpkg-shm",
        ".gpkg-journal",
    ]
)
# Un « .txt » peut être une table : seuls ceux qui disent être des notices sont passés sous silence.
_DOCUMENTS = (
    "meta_",
    "readme",
    "lisezmoi",
    "lisez-moi",
    "lisez_moi",
    "licence",
    "license",
    "notice",
)
_RAPPORT_MAX = 200
_TAILLE_SUSPECTE = 10 * 2**20
ERREURS_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    # Nom d’un membre qui n’est pas de l’UTF-8, en-tête incohérent : zipfile les laisse passer.
    ValueError,
    struct.error,
)


def est_a_ignorer(nom: str) -> bool:
    """Vrai pour un nom caché, un document, une métadonnée ou un compagnon de Shapefile.

    Parameters
    ----------
    nom : str
        Chemin relatif, avec des barres obliques.
    """
    chemin = PurePosixPath(nom)
    cache = any(p.startswith((".", "__MACOSX")) for p in chemin.parts if p not in {".", ".."})
    base = chemin.name.casefold()
    metadonnee = base.startswith(_DOCUMENTS)
    return cache or metadonnee or chemin.suffix.casefold() in _SUFFIXES_IGNORES


def est_archive(chemin: Path) -> bool:
    """Vrai pour un ZIP qui n’est pas un classeur (un XLSX est aussi un ZIP).

    Parameters
    ----------
    chemin : pathlib.Path
        Fichier existant.
    """
    if lire_debut(chemin, "", 4) != b"PK\x03\x04":
        return False
    try:
        with zipfile.ZipFile(chemin) as archive:
            return "[Content_Types].xml" not in archive.namelist()
    except (*ERREURS_ZIP, OSError):
        # Illisible : :func:`lister_membres` le dira.
        return True


def lister_membres(chemin: Path, anomalies: list[Anomalie]) -> Iterator[str]:
    """Parcourir les membres utiles d’une archive ZIP.

    Parameters
    ----------
    chemin : pathlib.Path
        Archive.
    anomalies : list of Anomalie
        Reçoit les avertissements : archive illisible, membre refusé.

    Yields
    ------
    str
        Nom de chaque membre à examiner.
    """
    try:
        with zipfile.ZipFile(chemin) as archive:
            infos = archive.infolist()
    except (*ERREURS_ZIP, OSError) as erreur:
        anomalies.append(
            Anomalie(
                f"archive ZIP illisible ou tronquée ({erreur})",
                chemin.name,
                remede="téléchargez-la de nouveau",
                gravite="avertissement",
            )
        )
        return
    for info in infos:
        if info.is_dir() or not (refus := _motif_de_refus(info)):
            if not info.is_dir() and not est_a_ignorer(info.filename):
                yield info.filename
            continue
        remede = "n’employez que l’archive du producteur"
        anomalies.append(
            Anomalie(
                refus, f"{chemin.name}/{info.filename}", remede=remede, gravite="avertissement"
            )
        )


def _motif_de_refus(info: zipfile.ZipInfo) -> str:
    nom = info.orig_filename.replace("\\", "/")
    if nom.startswith("/") or ".." in nom.split("/") or nom[1:2] == ":":
        return "membre refusé : son chemin sort du dossier"
    if info.file_size > _TAILLE_SUSPECTE and info.file_size > _RAPPORT_MAX * max(
        info.compress_size, 1
    ):
        return "membre refusé : une fois décompressé il serait démesuré"
    if info.flag_bits & 1:
        return "membre protégé par un mot de passe"
    return ""


def lire_octets(chemin: Path, membre: str = "") -> bytes:
    """Lire tout un fichier ou tout un membre.

    Parameters
    ----------
    chemin : pathlib.Path
        Fichier, ou archive.
    membre : str
        Membre de l’archive.

    Raises
    ------
    ErreurDonnees
        Si le fichier est illisible ou l’archive corrompue.
    """
    return _lire(chemin, membre, -1)


def lire_debut(chemin: Path, membre: str, taille: int) -> bytes:
    """Lire les premiers octets d’un fichier ou d’un membre.

    Parameters
    ----------
    chemin, membre
        Comme :func:`lire_octets`.
    taille : int
        Nombre d’octets.

    Raises
    ------
    ErreurDonnees
        Si le fichier est illisible ou l’archive corrompue.
    """
    return _lire(chemin, membre, taille)


def _lire(chemin: Path, membre: str, taille: int) -> bytes:
    try:
        if not membre:
            with chemin.open("rb") as flux:
                return flux.read(taille)
        with zipfile.ZipFile(chemin) as archive, archive.open(membre) as interne:
            return interne.read(taille)
    except (*ERREURS_ZIP, OSError, KeyError) as erreur:
        nom = f"{chemin.name}/{membre}" if membre else chemin.name
        remede = (
            "téléchargez-le de nouveau, ou décompressez l’archive à la main et déposez son contenu"
        )
        faute = Anomalie(f"lecture impossible ({erreur})", nom, remede=remede)
        raise ErreurDonnees("Un fichier ne peut être lu :", [faute]) from erreur


def chemin_gdal(chemin: Path, membre: str) -> str:
    """Chemin que GDAL comprend, y compris dans une archive.

    Parameters
    ----------
    chemin, membre
        Comme :func:`lire_octets`.
    """
    # Les accolades délimitent l’archive même si son nom ne finit pas par .zip.
    return f"/vsizip/{{{chemin.resolve()}}}/{membre}" if membre else str(chemin)
