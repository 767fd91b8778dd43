"""Lancer l’application sur un port libre de cette machine, et l’arrêter."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DEPOT = Path(__file__).resolve().parents[2]


def chromium() -> str | None:
    """Chemin du Chromium du système, s’il existe."""
    noms = ("chromium", "chromium-browser", "google-chrome")
    return next((c for c in map(shutil.which, noms) if c), None)


def port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return int(prise.getsockname()[1])


@contextmanager
def servir(racine: Path) -> Iterator[str]:
    """Application lancée par la commande « observatoire ouvrir »."""
    port = port_libre()
    commande = [sys.executable, "-m", "observatoire", "ouvrir", "--port", str(port)]
    with lancer([*commande, "--donnees", str(racine)], port) as (adresse, _):
        yield adresse


@contextmanager
def lancer(commande: Sequence[str], port: int) -> Iterator[tuple[str, int]]:
    """Serveur quelconque : son adresse et son numéro de processus, dès qu’il répond."""
    environnement = {k: v for k, v in os.environ.items() if not k.startswith("STREAMLIT_")}
    environnement["PYTHONPATH"] = str(DEPOT)
    processus = subprocess.Popen(
        commande, env=environnement, start_new_session=True, stdout=subprocess.DEVNULL
    )
    adresse = f"http://127.0.0.1:{port}"
    try:
        _attendre(adresse, processus)
        yield adresse, processus.pid
    finally:
        os.killpg(processus.pid, 15)
        processus.wait(timeout=20)


def _attendre(adresse: str, processus: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if processus.poll() is not None:
            raise RuntimeError("le serveur s’est arrêté au démarrage")
        try:
            with urllib.request.urlopen(adresse, timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise RuntimeError("le serveur ne répond pas")
