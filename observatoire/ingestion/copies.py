"""Garder la copie d’un fichier de la ville avec sa déclaration, remplacée d’un coup."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from observatoire.erreurs import ErreurDonnees

__all__ = ["FICHIER_DECLARATION", "dossiers_gardes", "remplacer_copie"]

FICHIER_DECLARATION = "declaration.json"


def remplacer_copie(dossier: Path, fichiers: Sequence[Path], declaration: str) -> None:
    """Écrire à côté, puis renommer : une interruption ne laisse pas de copie tronquée.

    Parameters
    ----------
    dossier : pathlib.Path
        Dossier de la copie, remplacé s’il existe.
    fichiers : sequence of pathlib.Path
        Fichiers à copier, sous leur nom.
    declaration : str
        Contenu de ``declaration.json``.

    Raises
    ------
    ErreurDonnees
        Si un fichier porte le nom de la déclaration, ou si le disque refuse l’écriture ; la copie
        précédente est intacte.
    """
    if any(f.name.casefold() == FICHIER_DECLARATION for f in fichiers):
        raise ErreurDonnees(
            f"« {FICHIER_DECLARATION} » est le nom d’un fichier de l’observatoire : renommez le vôtre."
        )
    try:
        _remplacer(dossier, fichiers, declaration)
    except OSError as erreur:
        raise ErreurDonnees(
            f"« {dossier.name} » n’a pas pu être gardé dans le dossier des données ({erreur.strerror}) : "
            "libérez de la place ou demandez le droit d’y écrire ; ce qui était gardé n’a pas changé."
        ) from erreur


def dossiers_gardes(racine: Path) -> list[Path]:
    """Dossiers ``<ville>/<nom>`` qui portent une déclaration ; un reste d’écriture interrompue n’y est pas.

    Parameters
    ----------
    racine : pathlib.Path
        Dossier des découpages ou des lieux.
    """
    trouves = sorted(racine.glob(f"*/*/{FICHIER_DECLARATION}"))
    return [d.parent for d in trouves if not d.parent.name.startswith(".")]


def _remplacer(dossier: Path, fichiers: Sequence[Path], declaration: str) -> None:
    dossier.parent.mkdir(parents=True, exist_ok=True)
    neuf = Path(tempfile.mkdtemp(prefix=".en-cours-", dir=dossier.parent))
    try:
        for fichier in fichiers:
            shutil.copy2(fichier, neuf / fichier.name)
        (neuf / FICHIER_DECLARATION).write_text(declaration, encoding="utf-8")
        if not dossier.is_dir():
            neuf.rename(dossier)
            return
        ancien = Path(tempfile.mkdtemp(prefix=".ancien-", dir=dossier.parent))
        dossier.rename(ancien / dossier.name)
        neuf.rename(dossier)
        shutil.rmtree(ancien)
    finally:
        shutil.rmtree(neuf, ignore_errors=True)
