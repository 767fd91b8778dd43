"""Banc d’une actualisation complète : des fichiers bruts à l’édition publiée.

Usage : ``python tests/bancs/banc_ville.py [répétitions]``

Chaque passage est un processus neuf, imports compris, dans un dossier de données neuf. Sans les
données réelles, seule la ville fictive est mesurée.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

DEPOT = Path(__file__).resolve().parents[2]
DONNEES = DEPOT.parent / "shared" / "donnees"
CODE = """
import json, resource, sys, time
debut = time.perf_counter()
from pathlib import Path
from observatoire.chaine import actualiser
from observatoire.chemins import Chemins
imports = time.perf_counter() - debut
racine, commune, *depuis = sys.argv[1:]
compte_rendu = actualiser(commune, depuis=[Path(d) for d in depuis], chemins=Chemins(Path(racine)))
print(json.dumps({
    "total": time.perf_counter() - debut,
    "etapes": {"Imports": imports, **dict(compte_rendu.etapes)},
    "memoire_mo": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def mesurer(commune: str, depuis: list[Path], repetitions: int) -> None:
    passages = []
    # Comme après une installation : le code déjà compilé est gardé d’un passage à l’autre.
    environnement = {n: v for n, v in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(repetitions + 1):
        with tempfile.TemporaryDirectory() as racine:
            sortie = subprocess.run(
                [sys.executable, "-c", CODE, racine, commune, *map(str, depuis)],
                capture_output=True, text=True, check=True, cwd=DEPOT,
                env=environnement,
            ).stdout  # fmt: skip
        passages.append(json.loads(sortie))
    passages = passages[1:]  # le premier compile et remplit les caches du disque
    total = statistics.median(p["total"] for p in passages)
    memoire = max(p["memoire_mo"] for p in passages)
    print(f"\nCommune {commune} : {total:.2f} s, {memoire:.0f} Mo au plus".replace(".", ","))
    for etape in passages[0]["etapes"]:
        duree = statistics.median(p["etapes"][etape] for p in passages)
        print(f"  {etape:<42}{duree:6.2f} s".replace(".", ","))


def principal() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    mesurer("00001", [DEPOT / "data" / "iris"], repetitions)
    if DONNEES.is_dir():
        mesurer("38185", [DONNEES / "grenoble", DONNEES], repetitions)
    else:
        print("\nDonnées réelles absentes : Grenoble n’est pas mesurée.")


if __name__ == "__main__":
    principal()
