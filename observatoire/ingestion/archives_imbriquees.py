"""Archive dans une archive : l’Insee met parfois un seul 7z dans un ZIP (carreaux de 200 m)."""

from __future__ import annotations

import zipfile
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from observatoire.erreurs import Anomalie
from observatoire.ingestion.archives_depot import extraire

__all__ = ["archive_interieure", "extraire_en_deux_temps"]

_SUFFIXES = {".7z", ".zip"}


def archive_interieure(chemin: Path, motif: str) -> str:
    """Nom de la seule archive d’un ZIP qui n’a pas lui-même le membre voulu.

    Parameters
    ----------
    chemin : pathlib.Path
        ZIP lisible, ou fichier quelconque.
    motif : str
        Motif du membre voulu ; vide, rien n’est cherché.

    Returns
    -------
    str
        Vide s’il n’y en a pas, ou s’il y en a plusieurs : rien n’est deviné.
    """
    if not motif or not zipfile.is_zipfile(chemin):
        return ""
    with zipfile.ZipFile(chemin) as archive:
        noms = [n for n in archive.namelist() if not n.endswith("/")]
    voulu = motif.casefold()
    if any(fnmatch(PurePosixPath(n.casefold()).name, PurePosixPath(voulu).name) for n in noms):
        return ""
    interieures = [n for n in noms if PurePosixPath(n).suffix.casefold() in _SUFFIXES]
    return interieures[0] if len(interieures) == 1 else ""


def extraire_en_deux_temps(
    chemin: Path, dossier: Path, interieure: str, motif: str
) -> tuple[list[Path], list[Anomalie]]:
    """Extraire le membre voulu de l’archive intérieure.

    Parameters
    ----------
    chemin : pathlib.Path
        ZIP.
    dossier : pathlib.Path
        Destination.
    interieure : str
        Rendu par :func:`archive_interieure`.
    motif : str
        Motif du membre voulu.

    Returns
    -------
    tuple
        Comme :func:`observatoire.ingestion.archives_depot.extraire`.

    Raises
    ------
    ErreurDonnees
        Archive corrompue ou hostile, à l’un des deux niveaux.
    """
    attente = dossier.with_name(dossier.name + ".interieure")
    fichiers: list[Path] = []
    try:
        fichiers, anomalies = extraire(chemin, attente, PurePosixPath(interieure).name)
        extraits, suite = extraire(fichiers[0], dossier, motif)
        return extraits, [*anomalies, *suite]
    finally:
        for fichier in fichiers:
            fichier.unlink(missing_ok=True)
        for reste in sorted(attente.rglob("*"), reverse=True) if attente.is_dir() else []:
            reste.rmdir()
        if attente.is_dir():
            attente.rmdir()
