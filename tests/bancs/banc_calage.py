"""Banc du calage : temps et mémoire sur 66 départements, face à l’estimation par les surfaces.

Usage : ``python tests/bancs/banc_calage.py [répétitions]``

Tout part des mêmes contours et tables, déjà lus. « calage complet » : poids, descripteurs, et
l’estimation avec intervalle de chaque indicateur du modèle livré, dans ses deux variantes.
Les pairs ne rendent qu’une estimation par les surfaces, d’un seul indicateur, sans intervalle ;
« surfaces, observatoire » est la même chose chez nous. La boucle est celle qu’on écrit d’abord :
un quartier après l’autre, un IRIS après l’autre. Les passages sont entrelacés ; le temps est
la médiane. La mémoire est celle de pointe d’un processus neuf, moins celle des données lues.
"""

from __future__ import annotations

import ctypes
import gc
import os
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
import shapely
from banc_poids import lire as lire_couches
from tobler.area_weighted import area_interpolate

DEPOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(DEPOT))

from observatoire.calages import charger_calage, lire_jeu  # noqa: E402
from observatoire.estimation.calage import (  # noqa: E402
    VARIANTES,
    Donnees,
    estimer_par_les_iris,
)
from observatoire.territoires.poids import calculer_poids  # noqa: E402

DONNEES = DEPOT.parent / "shared" / "donnees"
ETENDUE = "66 départements"
NOMBRE_INTERVALLES = 10_000


@dataclass(frozen=True)
class Entrees:
    """Ce que tous les concurrents reçoivent : contours en Lambert-93, taux et tables par IRIS."""

    iris: gpd.GeoDataFrame
    quartiers: gpd.GeoDataFrame
    statistiques: pd.DataFrame
    publies: pd.DataFrame

    @property
    def iris_connus(self) -> gpd.GeoDataFrame:
        """IRIS dont le taux de pauvreté est publié, avec lui : un masqué ne vaut pas zéro."""
        taux = self.iris["code_iris"].map(self.statistiques["taux_pauvrete"])
        return self.iris.assign(taux=taux)[taux.notna().to_numpy()].reset_index(drop=True)


@cache
def lire() -> Entrees:
    """Contours et tables, lus une fois par processus."""
    iris, quartiers = lire_couches(ETENDUE)
    jeu = lire_jeu(
        [DONNEES / "contours_iris_66_departements.parquet"],
        [DONNEES / "QP2024_France_WGS84_simplifie.geojson"],
        [DONNEES / "socio_iris_2021_parts.parquet"],
        [DONNEES / "valeurs_publiees_qpv2024.csv"],
    )
    communs = quartiers["code_territoire"].isin(jeu.donnees.territoires.index)
    return Entrees(
        iris,
        quartiers[communs].reset_index(drop=True),
        jeu.donnees.statistiques,
        jeu.donnees.publies,
    )


def decrire(e: Entrees) -> pd.DataFrame:
    """Poids, puis descripteurs."""
    donnees = Donnees(
        poids=calculer_poids(e.iris, e.quartiers),
        surfaces_iris=pd.Series(e.iris.area.to_numpy(), index=e.iris["code_iris"]),
        territoires=pd.DataFrame(
            {
                "surface_m2": e.quartiers.area.to_numpy(),
                "perimetre_m": e.quartiers.length.to_numpy(),
            },
            index=pd.Index(e.quartiers["code_territoire"]),
        ),
        statistiques=e.statistiques,
        publies=e.publies,
    )
    return charger_calage().decrire(donnees)


def calage_complet(e: Entrees) -> dict[tuple[str, str], pd.DataFrame]:
    """Poids, descripteurs, puis chaque indicateur et variante avec son intervalle."""
    calage, descripteurs = charger_calage(), decrire(e)
    return {(i, v): calage.estimer(descripteurs, i, v) for i in calage.modeles for v in VARIANTES}


def surfaces_observatoire(e: Entrees) -> pd.Series:
    """Estimation par les surfaces de l’observatoire, bornes de Duncan et Davis comprises."""
    poids = calculer_poids(e.iris, e.quartiers)
    return estimer_par_les_iris(poids, e.statistiques["taux_pauvrete"])["surface"]["estime"]


def surfaces_tobler(e: Entrees) -> pd.Series:
    """L’appel que la documentation de tobler recommande."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = area_interpolate(e.iris_connus, e.quartiers, intensive_variables=["taux"])
    return pd.Series(table["taux"].to_numpy(), index=e.quartiers["code_territoire"])


def surfaces_overlay(e: Entrees) -> pd.Series:
    """Croisement de geopandas, puis moyenne pondérée par la surface."""
    croise = gpd.overlay(e.iris_connus, e.quartiers, how="intersection", keep_geom_type=True)
    aire = croise.area
    cle = croise["code_territoire"]
    return (croise["taux"] * aire).groupby(cle).sum() / aire.groupby(cle).sum()


def surfaces_boucle(e: Entrees) -> pd.Series:
    """Un quartier après l’autre, un IRIS après l’autre, avec l’index spatial de geopandas."""
    iris = e.iris_connus
    resultat = {}
    for quartier in e.quartiers.itertuples():
        haut = bas = 0.0
        for rang in iris.sindex.query(quartier.geometry, predicate="intersects"):
            ligne = iris.iloc[rang]
            aire = ligne.geometry.intersection(quartier.geometry).area
            haut += aire * ligne["taux"]
            bas += aire
        resultat[quartier.code_territoire] = haut / bas if bas else float("nan")
    return pd.Series(resultat)


CONCURRENTS: dict[str, Callable[[Entrees], object]] = {
    "calage complet": calage_complet,
    "surfaces, observatoire": surfaces_observatoire,
    "surfaces, tobler": surfaces_tobler,
    "surfaces, geopandas": surfaces_overlay,
    "surfaces, boucle": surfaces_boucle,
}


def mesurer_temps(e: Entrees, repetitions: int) -> dict[str, float]:
    """Secondes médianes de chaque concurrent, passages entrelacés."""
    durees: dict[str, list[float]] = {nom: [] for nom in CONCURRENTS}
    for _ in range(repetitions + 1):
        for nom, calcul in CONCURRENTS.items():
            debut = time.perf_counter()
            calcul(e)
            durees[nom].append(time.perf_counter() - debut)
    return {nom: statistics.median(d[1:]) for nom, d in durees.items()}


def mesurer_intervalles(descripteurs: pd.DataFrame, repetitions: int) -> float:
    """Secondes médianes pour dix mille intervalles conformes."""
    fois = -(-NOMBRE_INTERVALLES // len(descripteurs))
    table = pd.concat([descripteurs] * fois, ignore_index=True).head(NOMBRE_INTERVALLES)
    calage, durees = charger_calage(), []
    for _ in range(repetitions):
        debut = time.perf_counter()
        calage.estimer(table, "taux_pauvrete", "calee_publie")
        durees.append(time.perf_counter() - debut)
    return statistics.median(durees)


def mesurer_memoire(nom: str) -> float:
    """Mémoire de pointe (Mo) ajoutée par le calcul, dans un processus neuf."""
    sortie = subprocess.run(
        [sys.executable, __file__, "--memoire", nom], capture_output=True, text=True, check=True
    )
    return float(sortie.stdout)


def _pointe_du_calcul(nom: str) -> float:
    e = lire()
    charger_calage()
    processus = psutil.Process(os.getpid())
    gc.collect()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)  # rend la place de la lecture, que le calcul réemploierait
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # remet la pointe à zéro
    depart = processus.memory_info().rss
    CONCURRENTS[nom](e)
    etat = Path("/proc/self/status").read_text(encoding="ascii")
    pointe_ko = next(int(li.split()[1]) for li in etat.splitlines() if li.startswith("VmHWM"))
    return (pointe_ko * 1024 - depart) / 1e6


def plus_grand_ecart(e: Entrees) -> float:
    """Plus grand écart (points) entre les estimations par les surfaces : elles se valent."""
    table = pd.concat(
        [calcul(e) for nom, calcul in CONCURRENTS.items() if nom != "calage complet"], axis=1
    ).dropna()
    return float(np.ptp(table.to_numpy(), axis=1).max())


def principal(arguments: list[str]) -> int:
    """Point d’entrée."""
    if arguments[:1] == ["--memoire"]:
        print(_pointe_du_calcul(arguments[1]))
        return 0
    if not DONNEES.is_dir():
        print("Données réelles absentes (dossier voisin shared/donnees) : rien à mesurer.")
        return 0
    repetitions = int(arguments[0]) if arguments else 5
    e = lire()
    sommets = int(shapely.get_num_coordinates(e.iris.geometry.values).sum())
    print(f"{ETENDUE} : {len(e.iris)} IRIS ({sommets} sommets) × {len(e.quartiers)} quartiers")
    print(f"Plus grand écart entre estimations par les surfaces : {plus_grand_ecart(e):.1e} point")
    temps = mesurer_temps(e, repetitions)
    descripteurs = decrire(e)
    nombre = len(charger_calage().modeles) * len(VARIANTES)
    print(f"calage complet : {descripteurs.shape[1]} descripteurs, {nombre} modèles")
    print(f"{'':24}{'temps (s)':>11}{'rapport':>10}{'mémoire (Mo)':>15}")
    for nom, secondes in temps.items():
        ligne = f"{secondes:11.2f}{secondes / temps['calage complet']:10.2f}"
        print(f"{nom:24}{ligne}{mesurer_memoire(nom):15.0f}".replace(".", ","))
    duree = f"{mesurer_intervalles(descripteurs, repetitions):.3f}".replace(".", ",")
    print(f"{NOMBRE_INTERVALLES} intervalles conformes : {duree} s")
    return 0


if __name__ == "__main__":
    sys.exit(principal(sys.argv[1:]))
