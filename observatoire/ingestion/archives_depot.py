"""Extraire une archive ZIP ou 7z reçue du réseau, sans jamais sortir du dossier.

Un membre qui s’évade, un lien symbolique ou une bombe font refuser toute l’archive : elle
n’est pas celle du producteur.
"""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import IO

import py7zr
from py7zr.exceptions import ArchiveError, CrcError, UnsupportedCompressionMethodError

from observatoire.erreurs import Anomalie, ErreurDonnees
from observatoire.ingestion.archives import ERREURS_ZIP
from observatoire.ingestion.ecriture_bornee import FabriqueBornee, Limites, SortieBornee, TropGros

__all__ = ["LimitesArchive", "extraire", "genre_archive", "verifier_zip"]

LimitesArchive = Limites

_COMPAGNONS = frozenset({".shp", ".shx", ".dbf", ".prj", ".cpg"})
_LOT = 1 << 18
# py7zr laisse passer des erreurs ordinaires de Python sur un en-tête abîmé.
_ERREURS_7Z = (
    ArchiveError,
    CrcError,
    UnsupportedCompressionMethodError,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    struct.error,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    AssertionError,
)
_RETELECHARGER = "téléchargez-la de nouveau"


@dataclass(frozen=True, slots=True)
class _Membre:
    nom: str
    taille: int
    cle: str = ""
    """Nom sous lequel zipfile le connaît (il change les barres obliques sous Windows)."""
    lien: bool = False
    chiffre: bool = False


def genre_archive(chemin: Path) -> str:
    """« zip », « 7z », ou vide, d’après les premiers octets (un classeur XLSX n’en est pas une).

    Parameters
    ----------
    chemin : pathlib.Path
        Fichier existant.
    """
    with chemin.open("rb") as flux:
        debut = flux.read(6)
    if debut == b"7z\xbc\xaf\x27\x1c":
        return "7z"
    if debut[:4] not in {b"PK\x03\x04", b"PK\x05\x06"}:
        return ""
    try:
        with zipfile.ZipFile(chemin) as archive:
            return "" if "[Content_Types].xml" in archive.namelist() else "zip"
    except ERREURS_ZIP:
        return "zip"


def _refus(chemin: Path, fautes: Sequence[Anomalie]) -> ErreurDonnees:
    return ErreurDonnees(f"L’archive {chemin.name} est refusée :", fautes)


def _corrompue(chemin: Path, detail: object, membre: str = "") -> ErreurDonnees:
    nom = f"{chemin.name}/{membre}" if membre else chemin.name
    premiere = next(iter(str(detail).splitlines()), "")[:120] or type(detail).__name__
    message = f"archive corrompue ou tronquée ({premiere})"
    return _refus(chemin, [Anomalie(message, nom, remede=_RETELECHARGER)])


def _controler(
    chemin: Path, membres: Sequence[_Membre], limites: Limites, retenus: Sequence[_Membre]
) -> None:
    """Lever toutes les fautes des membres ; la taille ne compte que ceux qui seront extraits."""
    fautes = []
    remede = "n’employez que l’archive du producteur"
    for membre in membres:
        nom = membre.nom.replace("\\", "/")
        motif = ""
        if nom.startswith("/") or ".." in nom.split("/") or nom[1:2] == ":" or "\0" in nom:
            motif = "son chemin sort du dossier"
        elif membre.lien:
            motif = "c’est un lien symbolique"
        elif membre.chiffre:
            motif = "il est protégé par un mot de passe"
        if motif:
            lieu = f"{chemin.name}/{membre.nom}"
            fautes.append(Anomalie(f"membre refusé : {motif}", lieu, remede=remede))
    total = sum(m.taille for m in retenus)
    if limites.depasse(total, chemin.stat().st_size):
        message = "une fois décompressée elle serait démesurée (bombe de décompression)"
        fautes.append(Anomalie(message, chemin.name, remede=remede))
    if fautes:
        raise _refus(chemin, fautes)


def _choisir(membres: Sequence[_Membre], motif: str) -> list[_Membre]:
    def convient(nom: str) -> bool:
        voulu, nom = motif.casefold(), nom.replace("\\", "/").casefold()
        chemin = PurePosixPath(nom)
        if voulu.endswith(".shp") and chemin.suffix in _COMPAGNONS:
            nom, chemin = str(chemin.with_suffix(".shp")), chemin.with_suffix(".shp")
        return fnmatch(nom, voulu) or fnmatch(chemin.name, voulu)

    return [m for m in membres if not motif or convient(m.nom)]


def verifier_zip(chemin: Path, *, limites: Limites | None = None) -> bool:
    """Lire tout un ZIP sans l’écrire, pour savoir si Python l’accepte tel quel.

    Parameters
    ----------
    chemin : pathlib.Path
        Archive.
    limites : LimitesArchive, optional
        Rapport et taille admis.

    Returns
    -------
    bool
        Faux si ``zipfile`` en rejette un membre : il faut alors :func:`extraire`.

    Raises
    ------
    ErreurDonnees
        Archive tronquée, membre évadé, lien, bombe.
    """
    limites = limites or Limites()
    try:
        with zipfile.ZipFile(chemin) as archive:
            membres = _membres_zip(archive)
            _controler(chemin, membres, limites, membres)
            compteur = SortieBornee(None, limites, chemin.stat().st_size)
            for membre in membres:
                with archive.open(membre.cle) as flux:
                    while lot := flux.read(_LOT):
                        compteur.write(lot)
    except TropGros as erreur:
        raise _refus(chemin, [Anomalie(str(erreur), chemin.name)]) from erreur
    except ERREURS_ZIP as erreur:
        if not _repertoire_lisible(chemin):
            raise _corrompue(chemin, erreur) from erreur
        return False
    return True


def _repertoire_lisible(chemin: Path) -> bool:
    try:
        with zipfile.ZipFile(chemin) as archive:
            return bool(archive.infolist())
    except ERREURS_ZIP:
        return False


def extraire(
    chemin: Path, dossier: Path, motif: str = "", *, limites: Limites | None = None
) -> tuple[list[Path], list[Anomalie]]:
    """Extraire les membres voulus d’une archive.

    Parameters
    ----------
    chemin : pathlib.Path
        Archive ZIP ou 7z.
    dossier : pathlib.Path
        Destination, créée au besoin.
    motif : str
        Motif des membres (``*``, ``?``, casse indifférente) ; vide pour tous. Un Shapefile
        emmène ses compagnons.
    limites : LimitesArchive, optional
        Rapport et taille admis.

    Returns
    -------
    fichiers : list of pathlib.Path
        Fichiers écrits.
    anomalies : list of Anomalie
        Sommes de contrôle fausses, en avertissement.

    Raises
    ------
    ErreurDonnees
        Archive corrompue, membre évadé, lien, bombe, ou aucun membre voulu.
    """
    limites = limites or Limites()
    dossier.mkdir(parents=True, exist_ok=True)
    anomalies: list[Anomalie] = []
    try:
        if genre_archive(chemin) == "7z":
            fichiers = _extraire_7z(chemin, dossier, motif, limites)
        else:
            fichiers = _extraire_zip(chemin, dossier, motif, limites, anomalies)
    except TropGros as erreur:
        raise _refus(chemin, [Anomalie(str(erreur), chemin.name)]) from erreur
    if not fichiers:
        message = f"aucun membre ne correspond à « {motif} »"
        remede = "corrigez « membre » dans le catalogue des sources"
        raise _refus(chemin, [Anomalie(message, chemin.name, remede=remede)])
    return fichiers, anomalies


def _destination(dossier: Path, nom: str) -> Path:
    cible = dossier / nom.replace("\\", "/")
    cible.parent.mkdir(parents=True, exist_ok=True)
    return cible


# --- ZIP ------------------------------------------------------------------------


def _membres_zip(archive: zipfile.ZipFile) -> list[_Membre]:
    return [
        _Membre(
            i.orig_filename,
            i.file_size,
            cle=i.filename,
            lien=stat.S_ISLNK(i.external_attr >> 16),
            chiffre=bool(i.flag_bits & 1),
        )
        for i in archive.infolist()
        if not i.is_dir()
    ]


def _extraire_zip(
    chemin: Path, dossier: Path, motif: str, limites: Limites, anomalies: list[Anomalie]
) -> list[Path]:
    try:
        with zipfile.ZipFile(chemin) as archive:
            membres = _membres_zip(archive)
            infos = {i.filename: i for i in archive.infolist()}
    except ERREURS_ZIP as erreur:
        raise _corrompue(chemin, erreur) from erreur
    retenus = _choisir(membres, motif)
    _controler(chemin, membres, limites, retenus)
    compteur = SortieBornee(None, limites, chemin.stat().st_size)
    fichiers = []
    with chemin.open("rb") as flux:
        for membre in retenus:
            cible = _destination(dossier, membre.nom)
            info = infos[membre.cle]
            with cible.open("wb") as sortie:
                compteur.viser(sortie)
                _decompresser(chemin, flux, info, compteur, anomalies)
            fichiers.append(cible)
    return fichiers


def _decompresser(
    chemin: Path,
    flux: IO[bytes],
    info: zipfile.ZipInfo,
    sortie: SortieBornee,
    anomalies: list[Anomalie],
) -> None:
    """Lire le flux brut : des archives de l’Insee sont rejetées par zipfile et lues par unzip."""
    produits, somme = 0, 0
    try:
        for morceau in _morceaux(flux, info):
            sortie.write(morceau)
            produits += len(morceau)
            somme = zlib.crc32(morceau, somme)
    except (zlib.error, struct.error, EOFError) as erreur:
        raise _corrompue(chemin, erreur, info.filename) from erreur
    if produits != info.file_size:
        raise _corrompue(chemin, f"{produits} octets au lieu de {info.file_size}", info.filename)
    if somme != info.CRC:
        message = "somme de contrôle fausse : membre extrait quand même, car complet"
        remede = "comparez quelques valeurs avec le site du producteur"
        nom = f"{chemin.name}/{info.filename}"
        anomalies.append(Anomalie(message, nom, remede=remede, gravite="avertissement"))


def _morceaux(flux: IO[bytes], info: zipfile.ZipInfo) -> Iterator[bytes]:
    flux.seek(info.header_offset)
    entete = flux.read(30)
    if entete[:4] != b"PK\x03\x04":
        raise EOFError("en-tête de membre introuvable")
    nom, supplement = struct.unpack("<HH", entete[26:30])
    flux.seek(nom + supplement, 1)
    reste = info.compress_size
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise EOFError(f"méthode de compression {info.compress_type} inconnue")
    moteur = zlib.decompressobj(-15) if info.compress_type == zipfile.ZIP_DEFLATED else None
    while reste:
        lot = flux.read(min(_LOT, reste))
        if not lot:
            raise EOFError("flux interrompu")
        reste -= len(lot)
        if moteur is None:
            yield lot
            continue
        while lot:
            # Borne de sortie : une bombe ne remplit pas la mémoire avant d’être comptée.
            yield moteur.decompress(lot, _LOT)
            lot = moteur.unconsumed_tail
    if moteur is not None:
        yield moteur.flush()
        if not moteur.eof:
            raise EOFError("flux interrompu")


# --- 7z -------------------------------------------------------------------------


def _extraire_7z(chemin: Path, dossier: Path, motif: str, limites: Limites) -> list[Path]:
    fabrique = FabriqueBornee(dossier, limites, chemin.stat().st_size)
    try:
        with py7zr.SevenZipFile(chemin) as archive:
            chiffre = archive.password_protected
            membres = [
                _Membre(i.filename, i.uncompressed, lien=bool(i.is_symlink), chiffre=chiffre)
                for i in archive.list()
                if not i.is_directory
            ]
            retenus = _choisir(membres, motif)
            # py7zr décompresse aussi les membres écartés d’un bloc solide.
            _controler(chemin, membres, limites, membres)
            if not retenus:
                return []
            archive.extract(targets=[m.nom for m in retenus], factory=fabrique)
    except _ERREURS_7Z as erreur:
        raise _corrompue(chemin, erreur) from erreur
    finally:
        fabrique.fermer()
    return [_destination(dossier, m.nom) for m in retenus]
