"""Démarrage du serveur de l’application."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

from observatoire.chemins import VARIABLE_RACINE, Chemins, racine_depot
from observatoire.erreurs import ErreurDemande
from observatoire.suivi.acces import FICHIER_SECRETS, lire_acces

__all__ = ["lancer"]


def lancer(chemins: Chemins, *, port: int, adresse: str, commune: str | None) -> int:
    """Démarrer Streamlit sur ``app.py`` et attendre sa fin.

    Parameters
    ----------
    chemins : Chemins
        Racine des données, transmise au serveur.
    port, adresse : int, str
        Où écouter.
    commune : str, optional
        Ville montrée à l’ouverture.

    Returns
    -------
    int
        Code de retour du serveur ; 0 après une interruption au clavier.

    Raises
    ------
    ErreurDemande
        Si le port est déjà pris ou si ``app.py`` est introuvable.
    """
    page = racine_depot() / "app.py"
    if not page.is_file():
        raise ErreurDemande(
            "« app.py » est introuvable : installez le projet depuis son dépôt (pip install -e .)."
        )
    _verifier_port(adresse, port)
    # Une connexion mal configurée est refusée avant que quiconque ouvre l’application.
    acces = lire_acces(chemins.racine)
    environnement = {
        **os.environ,
        VARIABLE_RACINE: str(chemins.racine),
        "OBSERVATOIRE_VILLE": commune or "",
        # Un serveur à plusieurs fils rend au système la mémoire qu’il n’emploie plus.
        "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2"),
        "ARROW_DEFAULT_MEMORY_POOL": os.environ.get("ARROW_DEFAULT_MEMORY_POOL", "system"),
    }
    hote = "localhost" if adresse == "127.0.0.1" else adresse
    sys.stdout.write(f"Application : http://{hote}:{port} (Ctrl-C pour arrêter)\n")
    sys.stdout.flush()
    commande = [
        sys.executable, "-m", "streamlit", "run", str(page),
        "--server.port", str(port),
        "--server.address", adresse,
        "--server.headless", "true",
        "--browser.gatherUsageStats", "false",
        *(["--secrets.files", str(chemins.racine / FICHIER_SECRETS)] if acces.actif else []),
    ]  # fmt: skip
    try:
        # La commande est fixe ; seuls le port et l’adresse viennent de la personne.
        return subprocess.call(  # noqa: S603 – commande fixe
            commande, env=environnement, cwd=racine_depot(), stdout=subprocess.DEVNULL
        )
    except KeyboardInterrupt:
        return 0


def _verifier_port(adresse: str, port: int) -> None:
    with socket.socket() as prise:
        prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            prise.bind((adresse, port))
        except OSError as erreur:
            raise ErreurDemande(
                f"Le port {port} est déjà pris : choisissez-en un autre avec --port."
            ) from erreur
