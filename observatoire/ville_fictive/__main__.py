"""Commande `python -m observatoire.ville_fictive --sortie data/iris --verite verite.csv`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from observatoire.ville_fictive import ecrire_fichiers, ecrire_verite, fabriquer_ville
from observatoire.ville_fictive.parametres import GRAINE_PAR_DEFAUT


def principal(arguments: Sequence[str] | None = None) -> int:
    """Fabrique la ville et écrit ses fichiers ; rend le code de sortie."""
    analyseur = argparse.ArgumentParser(
        prog="python -m observatoire.ville_fictive", description="Fabrique la ville fictive."
    )
    analyseur.add_argument(
        "--sortie", type=Path, required=True, help="dossier des fichiers au format des producteurs"
    )
    analyseur.add_argument(
        "--verite", type=Path, help="fichier CSV des valeurs exactes (facultatif)"
    )
    analyseur.add_argument("--graine", type=int, default=GRAINE_PAR_DEFAUT, help="graine du tirage")
    options = analyseur.parse_args(arguments)
    ville = fabriquer_ville(options.graine)
    ecrits = ecrire_fichiers(ville, options.sortie)
    if options.verite:
        ecrits.append(ecrire_verite(ville, options.verite))
    volume = sum(f.stat().st_size for f in ecrits) / 1e6
    sys.stdout.write(f"{len(ecrits)} fichiers écrits ({volume:.1f} Mo).\n")
    return 0


if __name__ == "__main__":
    sys.exit(principal())
