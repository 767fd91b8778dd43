"""Un seul processus à la fois modifie les éditions d’une ville.

Le verrou est celui du système (``fcntl`` ou ``msvcrt``) : il tombe avec le processus
qui le tient, si bien qu’un fichier laissé par un processus tué ne bloque personne.
Le numéro de processus écrit dans le fichier ne sert qu’au message.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from observatoire.chemins import Chemins
from observatoire.erreurs import ErreurEdition
from observatoire.perimetre import perimetre_nomme
from observatoire.verrou_systeme import prendre_verrou

__all__ = ["ATTENTE_S", "verrouiller", "verrouiller_ville"]

ATTENTE_S = 60.0
_PAS_S = 0.1


@contextmanager
def verrouiller_ville(
    chemins: Chemins,
    code_commune: str,
    *,
    attente_s: float = ATTENTE_S,
    informer: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Tenir le verrou d’une ville le temps d’un bloc.

    Parameters
    ----------
    chemins : Chemins
        Arborescence des données.
    code_commune : str
        Code de la ville.
    attente_s : float
        Durée maximale de l’attente, en secondes ; 0 pour échouer aussitôt.
    informer : callable, optional
        Appelé une fois, avec une phrase, si le verrou est déjà tenu.

    Raises
    ------
    ErreurEdition
        Si le verrou reste tenu, ou si le disque refuse l’écriture.
    """
    occupation = f"Une autre actualisation {perimetre_nomme(code_commune).designation} est en cours"
    with verrouiller(
        chemins, code_commune, occupation=occupation, attente_s=attente_s, informer=informer
    ):
        yield


@contextmanager
def verrouiller(
    chemins: Chemins,
    nom: str,
    *,
    occupation: str,
    attente_s: float = ATTENTE_S,
    informer: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Tenir un verrou nommé le temps d’un bloc.

    Parameters
    ----------
    chemins : Chemins
        Arborescence des données.
    nom : str
        Nom du verrou : un code de ville, ou « registre ».
    occupation : str
        Ce que fait celui qui tient le verrou, pour le message.
    attente_s, informer
        Voir :func:`verrouiller_ville`.

    Raises
    ------
    ErreurEdition
        Si le verrou reste tenu, ou si le disque refuse l’écriture.
    """
    fichier = chemins.racine / "verrous" / f"{nom}.verrou"
    try:
        fichier.parent.mkdir(parents=True, exist_ok=True)
        descripteur = os.open(fichier, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as erreur:
        raise ErreurEdition(
            f"Impossible d’écrire dans « {fichier.parent} » ({erreur}) : vérifiez les droits et la place."
        ) from erreur
    try:
        _attendre(descripteur, fichier, occupation, attente_s, informer)
        _signer(descripteur)
        yield
    finally:
        os.close(descripteur)  # fermer rend le verrou


def _attendre(
    descripteur: int,
    fichier: Path,
    occupation: str,
    attente_s: float,
    informer: Callable[[str], None] | None,
) -> None:
    limite = time.monotonic() + attente_s
    dit = False
    while not prendre_verrou(descripteur):
        tenant = _tenant(fichier)
        if time.monotonic() >= limite:
            raise ErreurEdition(
                f"{occupation}{tenant} : "
                "attendez qu’elle finisse, puis recommencez. Rien n’a été modifié."
            )
        if informer and not dit:
            informer(f"{occupation}{tenant} ; attente de {attente_s:.0f} s au plus…")
            dit = True
        time.sleep(_PAS_S)


def _tenant(fichier: Path) -> str:
    pid = fichier.read_text(encoding="utf-8", errors="replace").strip()
    return f" (processus {pid})" if pid.isdigit() else ""


def _signer(descripteur: int) -> None:
    """Écrire le numéro du processus ; le verrou tient même si le disque est plein."""
    try:
        os.ftruncate(descripteur, 0)
        os.lseek(descripteur, 0, os.SEEK_SET)
        os.write(descripteur, f"{os.getpid()}\n".encode())
    except OSError:
        return
