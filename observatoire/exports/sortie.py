"""Écriture d’un document : extension et dossier vérifiés, jamais de fichier à moitié écrit."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from observatoire.erreurs import ErreurDemande

__all__ = ["ecrire_entier", "verifier_sortie"]


def verifier_sortie(sortie: Path, extension: str) -> Path:
    """Refuser tout de suite un fichier que l’on ne pourra pas écrire.

    Raises
    ------
    ErreurDemande
        Extension autre que celle du format, ou dossier absent.
    """
    if sortie.suffix.lower() != extension:
        raise ErreurDemande(f"« {sortie.name} » : ce document s’écrit en {extension}.")
    if not sortie.parent.is_dir():
        raise ErreurDemande(
            f"Le dossier « {sortie.parent} » n’existe pas : le créer, ou en choisir un autre."
        )
    return sortie


def ecrire_entier(sortie: Path, contenu: bytes) -> Path:
    """Écrire dans un fichier voisin, puis le renommer."""
    descripteur, provisoire = tempfile.mkstemp(prefix=f".{sortie.name}.", dir=sortie.parent)
    try:
        with os.fdopen(descripteur, "wb") as flux:
            flux.write(contenu)
        # mkstemp réserve le fichier à son auteur ; un document se partage.
        Path(provisoire).chmod(0o644)
        Path(provisoire).replace(sortie)
    except BaseException:
        Path(provisoire).unlink(missing_ok=True)
        raise
    return sortie
