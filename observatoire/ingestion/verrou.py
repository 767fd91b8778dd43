"""Un seul processus à la fois dans un dossier du cache ; le système libère le verrou d’un mort."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from observatoire.erreurs import ErreurReseau
from observatoire.verrou_systeme import prendre_verrou

__all__ = ["verrouiller"]

_PAUSE_S = 0.1


@contextmanager
def verrouiller(dossier: Path, *, patience_s: float = 600.0) -> Iterator[None]:
    """Attendre son tour dans un dossier.

    Parameters
    ----------
    dossier : pathlib.Path
        Dossier, créé au besoin.
    patience_s : float
        Attente au plus, en secondes.

    Raises
    ------
    ErreurReseau
        Si un autre processus garde le dossier plus longtemps.
    """
    dossier.mkdir(parents=True, exist_ok=True)
    limite = time.monotonic() + patience_s
    with (dossier / ".verrou").open("ab") as flux:
        while not prendre_verrou(flux.fileno()):
            if time.monotonic() > limite:
                raise ErreurReseau(
                    f"Une autre actualisation télécharge déjà dans {dossier} : "
                    "attendez qu’elle finisse, puis relancez."
                )
            time.sleep(_PAUSE_S)
        yield
