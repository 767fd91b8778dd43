"""Verrou du système sur un fichier ouvert : il tombe avec le processus qui le tient."""

from __future__ import annotations

import os
import sys

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["prendre_verrou"]

_OCTET_VERROUILLE = 1 << 20  # loin du texte : sous Windows, un octet verrouillé ne se lit plus


def prendre_verrou(descripteur: int) -> bool:
    """Prendre le verrou d’un fichier sans attendre.

    Parameters
    ----------
    descripteur : int
        Fichier ouvert en écriture ; le fermer rend le verrou.

    Returns
    -------
    bool
        Faux si un autre processus le tient.
    """
    if sys.platform == "win32":
        os.lseek(descripteur, _OCTET_VERROUILLE, os.SEEK_SET)
        try:
            msvcrt.locking(descripteur, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    try:
        fcntl.flock(descripteur, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
