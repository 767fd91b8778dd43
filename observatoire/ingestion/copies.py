"""Garder la copie d’un fichier de la ville avec sa déclaration, remplacée d’un coup."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

__all__ = ["FICHIER_DECLARATION", "remplacer_copie"]

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
    """
    dossier.parent.mkdir(parents=True, exist_ok=True)
    neuf = Path(tempfile.mkdtemp(prefix=".en-cours-", dir=dossier.parent))
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
