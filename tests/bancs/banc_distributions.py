"""Banc des distributions : les communes refaites à partir de leurs IRIS, face à ce qui est publié.

Usage : ``python tests/bancs/banc_distributions.py``

Niveaux de vie 2021. Les fichiers d’IRIS n’ont pas d’effectifs : les poids sont égaux entre les IRIS
d’une commune. Le taux de pauvreté se mélange exactement : son erreur, dans les communes dont
aucun IRIS n’est masqué, est celle de ces poids. Les méthodes « calées » reprennent le taux
publié de la commune pour s’en défaire ; elles ne disent donc rien de la pauvreté.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pandas as pd

DEPOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(DEPOT))

from observatoire.estimation.reconstitution import (  # noqa: E402
    METHODES,
    ajuster_iris,
    erreurs_de_reconstitution,
    reconstituer,
)

DONNEES = DEPOT.parent / "shared" / "donnees"
SEUIL_2021 = 13_890.0
"""60 % de la médiane nationale des niveaux de vie 2021, en euros."""

NOMS = {
    "moyenne": "moyenne des IRIS",
    "melange": "mélange",
    "moyenne_calee": "moyenne, poids calés",
    "melange_cale": "mélange, poids calés",
    "aligne": "mélange aligné",
}
COLONNES_IRIS = {"revenu_median": "mediane"}
COLONNES_COMMUNES = {
    "MED21": "mediane",
    "TP6021": "taux_pauvrete",
    "D121": "d1",
    "D921": "d9",
    "RD21": "rapport_interdecile",
}


def lire(dossier: Path = DONNEES) -> tuple[pd.DataFrame, pd.Series, pd.DataFrame]:
    """IRIS, commune de chaque IRIS des communes divisées, chiffres publiés des communes."""
    iris = pd.read_parquet(dossier / "socio_iris_2021_parts.parquet").rename(columns=COLONNES_IRIS)
    iris = iris.set_index("code_iris")
    communes = iris["code_commune"]
    communes = communes[communes.groupby(communes).transform("size") > 1]
    publies = pd.read_csv(
        dossier / "cc_filosofi_2021_COM.csv",
        sep=";", decimal=",", dtype={"CODGEO": "str"}, na_values=["s", "ns", "nd", "so"],
    )  # fmt: skip
    publies = publies.rename(columns=COLONNES_COMMUNES).set_index("CODGEO")
    return iris, communes, publies[list(COLONNES_COMMUNES.values())]


def mesurer(dossier: Path = DONNEES, seuil: float = SEUIL_2021) -> tuple[pd.DataFrame, float, int]:
    """Table des erreurs, secondes de calcul, nombre d’IRIS ajustés."""
    iris, communes, publies = lire(dossier)
    debut = time.perf_counter()
    lois = ajuster_iris(iris)
    refaites = reconstituer(
        iris, communes, seuil=seuil, taux_publies=publies["taux_pauvrete"], lois=lois
    )
    duree = time.perf_counter() - debut
    return erreurs_de_reconstitution(refaites, publies), duree, len(lois)


def principal() -> int:
    """Point d’entrée."""
    if not DONNEES.is_dir():
        print("Données réelles absentes (dossier voisin shared/donnees) : rien à mesurer.")
        return 0
    erreurs, duree, nombre = mesurer()
    print(f"{nombre} IRIS ajustés, communes refaites par cinq méthodes en {duree:.1f} s")
    print("Erreurs en % du chiffre publié, en points pour le taux de pauvreté")
    rang = {m: k for k, m in enumerate(METHODES)}
    for (ensemble, mesure), lignes in erreurs.groupby(["ensemble", "mesure"], sort=False):
        nombre = int(lignes["n"].iloc[0])
        print(f"\n{mesure}, communes {ensemble if ensemble != 'tous' else 'toutes'} : {nombre}")
        print(f"  {'':22}{'biais':>8}{'eam':>8}{'p90':>8}")
        for ligne in sorted(lignes.to_dict("records"), key=lambda x: rang[x["methode"]]):
            chiffres = "".join(f"{ligne[c]:8.2f}" for c in ("biais", "eam", "p90"))
            print(f"  {NOMS[ligne['methode']]:22}{chiffres}".replace(".", ","))
    return 0


if __name__ == "__main__":
    sys.exit(principal())
