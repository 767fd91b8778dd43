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

from observatoire.estimation import aligner_sur_pauvrete, melanger  # noqa: E402
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


def retrouver_iris_pauvres(
    iris: pd.DataFrame, communes: pd.Series, *, part: float, seuil: float = SEUIL_2021
) -> pd.DataFrame:
    """Erreurs (%) sur des IRIS de 30 % de pauvres ou plus, avant et après alignement.

    Le mélange de départ compte l’IRIS lui-même pour ``part`` et le reste de sa commune pour 1 − ``part``.
    """
    connus = iris.loc[communes.index].dropna(subset=["mediane", "taux_pauvrete", "d1", "d9"])
    villes = connus.groupby("code_commune").filter(lambda g: len(g) >= 5)
    choisies = villes.loc[villes["taux_pauvrete"] >= 30, "code_commune"].unique()
    lois = ajuster_iris(villes[villes["code_commune"].isin(choisies)])
    lignes = []
    for _, ville in villes[villes["code_commune"].isin(choisies)].groupby("code_commune"):
        for code in ville.index[ville["taux_pauvrete"] >= 30]:
            vrai, autres = ville.loc[code], ville.index[ville.index != code]
            poids = [part, *[(1 - part) / len(autres)] * len(autres)]
            melange = melanger([lois[c] for c in (code, *autres)], poids)
            aligne = aligner_sur_pauvrete(melange, vrai["taux_pauvrete"] / 100, seuil)
            avant = dict(zip((0.1, 0.5, 0.9), melange.quantile([0.1, 0.5, 0.9]), strict=True))
            ligne = {"taux manquant": vrai["taux_pauvrete"] - 100 * melange.part_sous(seuil)}
            for methode, q in (("mélange", avant), ("aligné", aligne.quantiles)):
                for mesure, p in (("d1", 0.1), ("mediane", 0.5), ("d9", 0.9)):
                    ligne[mesure, methode] = 100 * (q[p] / vrai[mesure] - 1)
                rapport = q[0.9] / q[0.1] * vrai["d1"] / vrai["d9"]
                ligne["rapport_interdecile", methode] = 100 * (rapport - 1)
            lignes.append(ligne)
    return pd.DataFrame(lignes)


def afficher_iris_pauvres(iris: pd.DataFrame, communes: pd.Series) -> None:
    """Tableau de :func:`retrouver_iris_pauvres`, pour deux parts de l’IRIS dans son mélange."""
    for part in (0.5, 0.0):
        table = retrouver_iris_pauvres(iris, communes, part=part)
        manque = f"{table.pop('taux manquant').mean():.1f}"
        print(
            f"\nIRIS pauvres, {part:.0%} d’eux-mêmes dans le mélange : {len(table)}".replace(
                "%", " %"
            )
        )
        print(f"  pauvreté manquante au mélange : {manque} points".replace(".", ","))
        print(f"  {'':32}{'biais':>8}{'eam':>8}{'p90':>8}")
        for (mesure, methode), erreur in table.items():
            absolue = erreur.abs()
            chiffres = (erreur.mean(), absolue.mean(), absolue.quantile(0.9))
            texte = "".join(f"{x:8.2f}" for x in chiffres).replace(".", ",")
            print(f"  {mesure + ', ' + methode:32}{texte}")


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
    iris, communes, _ = lire()
    afficher_iris_pauvres(iris, communes)
    return 0


if __name__ == "__main__":
    sys.exit(principal())
