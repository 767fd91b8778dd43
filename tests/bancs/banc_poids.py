"""Banc des poids territoriaux : temps et mémoire, face à geopandas et à tobler.

Usage : ``python tests/bancs/banc_poids.py [répétitions]``

Les trois concurrents croisent les mêmes contours, déjà lus et projetés. Les passages sont
entrelacés, pour que la charge de la machine pèse sur tous de la même façon ; le temps est
la médiane. La mémoire est celle de pointe d’un processus neuf, moins celle qu’il occupe
une fois les contours lus (Linux seulement). ``calculer_poids`` vérifie projection, codes et
validité des contours qui se touchent ; tobler non. La ligne « tobler » est sa fonction publique
``area_interpolate`` pour une variable ; « table seule » est sa fonction interne.
"""

from __future__ import annotations

import ctypes
import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import psutil
import pyarrow as pa
from tobler.area_weighted import _area_tables_binning, area_interpolate

DEPOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(DEPOT))

from observatoire.territoires.poids import calculer_poids  # noqa: E402

DONNEES = DEPOT.parent / "shared" / "donnees"
ETENDUES = {
    "Grenoble": ("grenoble/iris.gpkg", "grenoble/QP2024_isere_WGS84_simplifie.geojson"),
    "66 départements": (
        "contours_iris_66_departements.parquet",
        "QP2024_France_WGS84_simplifie.geojson",
    ),
}


def _tobler_public(iris: gpd.GeoDataFrame, qpv: gpd.GeoDataFrame) -> object:
    """L’appel que la documentation de tobler recommande, avec un effectif à répartir."""
    return area_interpolate(iris.assign(n=1.0), qpv, extensive_variables=["n"])


Couches = tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]
CONCURRENTS: dict[str, Callable[[gpd.GeoDataFrame, gpd.GeoDataFrame], object]] = {
    "calculer_poids": calculer_poids,
    "tobler": _tobler_public,
    "tobler, table seule": lambda iris, qpv: _area_tables_binning(iris, qpv, "auto"),
    "geopandas.overlay": lambda iris, qpv: gpd.overlay(iris, qpv, how="intersection"),
}


def lire(etendue: str) -> Couches:
    """Contours de l’étendue, en Lambert-93 ; les QPV diffusés invalides sont réparés ici."""
    fichier_iris, fichier_qpv = (DONNEES / f for f in ETENDUES[etendue])
    lire_iris = gpd.read_parquet if fichier_iris.suffix == ".parquet" else gpd.read_file
    iris = lire_iris(fichier_iris)[["code_iris", "geometry"]]
    qpv = gpd.read_file(fichier_qpv)[["code_qp", "geometry"]]
    qpv = qpv.rename(columns={"code_qp": "code_territoire"})
    qpv = qpv[~qpv["code_territoire"].str[2:].str.startswith(("97", "98"))].to_crs(iris.crs)
    qpv = qpv.set_geometry(qpv.make_valid()).explode().explode()
    qpv = qpv[qpv.geom_type == "Polygon"].dissolve("code_territoire").reset_index()
    return iris, qpv


def mesurer_temps(couches: Couches, repetitions: int) -> dict[str, float]:
    """Secondes médianes de chaque concurrent, passages entrelacés."""
    durees: dict[str, list[float]] = {nom: [] for nom in CONCURRENTS}
    for calcul in CONCURRENTS.values():
        calcul(*couches)
    for _ in range(repetitions):
        for nom, calcul in CONCURRENTS.items():
            debut = time.perf_counter()
            calcul(*couches)
            durees[nom].append(time.perf_counter() - debut)
    return {nom: statistics.median(d) for nom, d in durees.items()}


def mesurer_memoire(etendue: str, nom: str) -> float:
    """Mémoire de pointe (Mo) ajoutée par le calcul, dans un processus neuf."""
    sortie = subprocess.run(
        [sys.executable, __file__, "--memoire", etendue, nom],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(sortie.stdout)


def _pointe_du_calcul(etendue: str, nom: str) -> float:
    """Exécuté dans le processus neuf : pointe de mémoire résidente pendant le calcul, en Mo."""
    couches = lire(etendue)
    processus = psutil.Process(os.getpid())
    gc.collect()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)  # rend la place de la lecture, que le calcul réemploierait
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # remet la pointe à zéro
    depart = processus.memory_info().rss
    CONCURRENTS[nom](*couches)
    etat = Path("/proc/self/status").read_text(encoding="ascii")
    pointe_ko = next(int(li.split()[1]) for li in etat.splitlines() if li.startswith("VmHWM"))
    return (pointe_ko * 1024 - depart) / 1e6


def ecart_de_surface(couches: Couches) -> tuple[int, float]:
    """Nombre de paires, et plus grand écart (m²) avec les surfaces de geopandas.overlay."""
    poids = calculer_poids(*couches)
    croise = gpd.overlay(*couches, how="intersection")
    croise = croise.assign(aire=croise.area).drop(columns="geometry")
    commun = poids.merge(
        croise, on=["code_territoire", "code_iris"], how="left", validate="one_to_one"
    )
    return len(poids), float(np.abs(commun["surface_m2"] - commun["aire"]).max(skipna=False))


def afficher(etendue: str, repetitions: int) -> None:
    """Tableau d’une étendue."""
    couches = lire(etendue)
    paires, ecart = ecart_de_surface(couches)
    temps = mesurer_temps(couches, repetitions)
    print(f"\n{etendue} : {len(couches[0])} IRIS × {len(couches[1])} QPV, {paires} paires")
    print(f"Plus grand écart de surface avec geopandas.overlay : {ecart:.1e} m²")
    print(f"{'':20}{'temps (ms)':>12}{'rapport':>10}{'mémoire (Mo)':>15}")
    for nom, secondes in temps.items():
        rapport = f"{secondes / temps['calculer_poids']:.2f}".replace(".", ",")
        memoire = f"{mesurer_memoire(etendue, nom):.1f}".replace(".", ",")
        print(f"{nom:20}{f'{secondes * 1e3:.1f}'.replace('.', ','):>12}{rapport:>10}{memoire:>15}")


def principal(arguments: list[str]) -> int:
    """Point d’entrée."""
    if arguments[:1] == ["--memoire"]:
        print(_pointe_du_calcul(*arguments[1:]))
        return 0
    if not DONNEES.is_dir():
        print("Données réelles absentes (dossier voisin shared/donnees) : rien à mesurer.")
        return 0
    repetitions = int(arguments[0]) if arguments else 15
    for etendue in ETENDUES:
        afficher(etendue, repetitions)
    return 0


if __name__ == "__main__":
    sys.exit(principal(sys.argv[1:]))
