"""Banc national : toutes les communes qui ont un quartier prioritaire, en une édition.

Usage : ``python tests/bancs/banc_france.py [--sans-habitants]``

Chaque mesure est un processus neuf, imports compris, dans un dossier de données neuf. Les bases
nationales du recensement manquent aux données d’essai : une population inventée par IRIS est
écrite dans un dossier temporaire, au format de l’Insee, pour que chaque quartier ait ses mélanges
de distributions et ses bornes, ce que l’actualisation a de plus long. Ses chiffres ne sont
ni gardés ni montrés ; ``--sans-habitants`` s’en passe.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

DEPOT = Path(__file__).resolve().parents[2]
DONNEES = DEPOT.parent / "shared" / "donnees"
NATIONAUX = (
    "contours_iris_66_departements.parquet",
    "QP2024_France_WGS84_simplifie.geojson",
    "BASE_TD_FILO_DISP_IRIS_2018.csv",
    "BASE_TD_FILO_DISP_IRIS_2020.csv",
    "socio_iris_2021_parts.parquet",
    "valeurs_publiees_qpv2024.csv",
    "cc_filosofi_2021_COM.csv",
)
CODE = """
import json, resource, sys, time
debut = time.perf_counter()
from pathlib import Path
from observatoire.chaine import actualiser, actualiser_perimetre
from observatoire.chemins import Chemins
from observatoire.perimetre import Perimetre, perimetre_france
imports = time.perf_counter() - debut
demande, racine, *depuis = json.loads(sys.argv[1])
options = {"depuis": [Path(d) for d in depuis], "chemins": Chemins(Path(racine))}
if isinstance(demande, str):
    compte_rendu = actualiser(demande, **options)
else:
    perimetre = Perimetre("france", "France", tuple(demande), "france") if demande else perimetre_france()
    compte_rendu = actualiser_perimetre(perimetre, **options)
edition = compte_rendu.edition
print(json.dumps({
    "total": time.perf_counter() - debut,
    "etapes": {"Imports": imports, **dict(compte_rendu.etapes)},
    "memoire_mo": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "communes": sorted(edition.villes), "laissees": len(compte_rendu.laissees),
    "quartiers": len(edition.couches["qpv"]), "iris": len(edition.couches["iris"]),
    "valeurs": len(edition.resultats),
}))
"""


def ecrire_population(dossier: Path) -> Path:
    """Une population par IRIS, tirée au hasard autour de 2 000 habitants."""
    contours = pq.read_table(
        DONNEES / NATIONAUX[0], columns=["code_iris", "code_insee", "type_iris"]
    )
    table = contours.to_pandas()
    tirage = np.random.default_rng(2024).lognormal(np.log(2000), 0.4, len(table)).round(2)
    habitants = np.where(table["type_iris"] == "H", tirage, tirage / 20)
    colonnes = {
        "IRIS": table["code_iris"], "COM": table["code_insee"], "TYP_IRIS": table["type_iris"],
        "P21_POP": habitants, "P21_POP75P": habitants * 0.1, "P21_PMEN": habitants * 0.97,
    }  # fmt: skip
    fichier = dossier / "base-ic-evol-struct-pop-2021.CSV"
    table.assign(**colonnes)[list(colonnes)].to_csv(fichier, sep=";", index=False)
    return fichier


def mesurer(demande: str | Sequence[str], depuis: Sequence[Path]) -> dict:
    """Une actualisation dans un processus neuf."""
    with tempfile.TemporaryDirectory() as racine:
        arguments = json.dumps([demande, racine, *map(str, depuis)])
        sortie = subprocess.run(
            [sys.executable, "-c", CODE, arguments],
            capture_output=True, text=True, check=True, cwd=DEPOT,
        ).stdout  # fmt: skip
    return json.loads(sortie)


def dire(titre: str, mesure: dict, *, etapes: bool = False) -> None:
    par_quartier = 1000 * mesure["total"] / max(mesure["quartiers"], 1)
    texte = (
        f"{titre:<26}{len(mesure['communes']):5d} communes {mesure['quartiers']:5d} quartiers "
        f"{mesure['iris']:6d} IRIS {mesure['total']:7.2f} s {par_quartier:6.1f} ms par quartier "
        f"{mesure['memoire_mo']:6.0f} Mo"
    )
    print(texte.replace(".", ","), flush=True)
    if etapes:
        for etape, duree in mesure["etapes"].items():
            print(f"  {etape:<42}{duree:6.2f} s".replace(".", ","))


def principal() -> None:
    if not DONNEES.is_dir():
        print("Données réelles absentes : le banc national n’est pas mesuré.")
        return
    with tempfile.TemporaryDirectory() as temporaire:
        depuis = [DONNEES / nom for nom in NATIONAUX]
        if "--sans-habitants" not in sys.argv[1:]:
            depuis.append(ecrire_population(Path(temporaire)))
        mesurer("93066", depuis)  # remplit les caches du disque
        complete = mesurer([], depuis)
        dire("France", complete, etapes=True)
        print(f"  {complete['valeurs']} valeurs ; {complete['laissees']} communes laissées de côté")
        departements = sorted({v[:2] for v in complete["communes"]})
        for titre, pas in (("une moitié des départements", 2), ("un quart des départements", 4)):
            retenus = set(departements[::pas])
            villes = [v for v in complete["communes"] if v[:2] in retenus]
            dire(titre, mesurer(villes, depuis))
        for ville in ("93066", "51454"):
            dire(f"ville {ville} seule", mesurer(ville, depuis), etapes=ville == "93066")


if __name__ == "__main__":
    principal()
