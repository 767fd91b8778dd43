"""Données de synthèse pour le calage : IRIS, quartiers et chiffres tirés d’une loi connue."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from observatoire.estimation.calage import PUBLIES, RECENSEMENT, STATISTIQUES, Donnees
from observatoire.estimation.calage.imputation import Imputation

__all__ = [
    "BORNES",
    "EFFECTIFS",
    "fabriquer",
    "imputation_constante",
    "melanger_les_lignes",
    "modifier_publie",
    "statistiques",
]

EFFECTIFS = (
    "population",
    "menages",
    "logements_sociaux",
    "couverts_caf",
    "allocataires_caf",
    "rsa_socle",
)
BORNES = {"taux_pauvrete": (0.0, 100.0)}
NOMBRE_PREDICTEURS = 2 * len(RECENSEMENT) + 5


def imputation_constante(valeur: float = 7.0) -> Imputation:
    """Imputation qui prédit toujours la même valeur : ce qu’elle remplace se reconnaît."""
    coefficients = np.zeros((8, NOMBRE_PREDICTEURS + 1))
    coefficients[:, -1] = valeur
    return Imputation(
        np.zeros((8, NOMBRE_PREDICTEURS)),
        np.ones((8, NOMBRE_PREDICTEURS)),
        coefficients,
        np.ones(8),
    )


def statistiques(lignes: dict[str, dict[str, float]]) -> pd.DataFrame:
    """Table d’IRIS où tout vaut 20 (ou 20 000 €), sauf ce qui est dit."""
    table = pd.DataFrame(20.0, index=pd.Index(lignes, name="code_iris"), columns=[*STATISTIQUES])
    table[["mediane", "q1", "q3", "d1", "d9"]] = 20_000.0
    for code, valeurs in lignes.items():
        for nom, valeur in valeurs.items():
            table.loc[code, nom] = valeur
    return table


def fabriquer(
    graine: int = 1, communes: int = 70, *, masque: float = 0.25
) -> tuple[Donnees, pd.Series, pd.Series]:
    """Communes de 4 IRIS et 2 quartiers, leur taux de pauvreté et leur département.

    Un IRIS mêle un parc social pauvre, dans le quartier, et le reste ; une part ``masque`` des
    IRIS n’a pas de revenus.
    """
    hasard = np.random.default_rng(graine)
    codes = [f"{d + 1:02d}{k:03d}" for k in range(communes) for d in [k % 12]]
    iris = [f"{c}01{i:02d}" for c in codes for i in range(4)]
    n = len(iris)
    hlm = hasard.uniform(0, 90, n)
    chomage = 6 + 0.15 * hlm + hasard.normal(0, 2, n)
    pauvrete = np.clip(8 + 0.35 * hlm + 0.4 * chomage + hasard.normal(0, 2, n), 2, 80)
    mediane = 26_000 - 130 * pauvrete + hasard.normal(0, 300, n)
    colonnes = {nom: hasard.uniform(5, 40, n) for nom in RECENSEMENT}
    colonnes |= {"part_hlm": hlm, "taux_chomage": chomage, "taux_pauvrete": pauvrete}
    colonnes |= {
        "mediane": mediane,
        "q1": 0.75 * mediane,
        "q3": 1.35 * mediane,
        "d1": 0.55 * mediane,
        "d9": 1.8 * mediane,
        "gini": hasard.uniform(0.2, 0.4, n),
        "rapport_interdecile": hasard.uniform(2, 5, n),
    }
    table = pd.DataFrame(colonnes, index=pd.Index(iris, name="code_iris"))[[*STATISTIQUES]]
    vraie = table["taux_pauvrete"].to_numpy().copy()
    table.iloc[hasard.uniform(size=n) < masque, :8] = np.nan
    surfaces = pd.Series(hasard.uniform(2e5, 2e6, n), index=table.index)

    lignes, territoires, publies, verite, groupes = [], {}, {}, {}, {}
    for c, commune in enumerate(codes):
        for q in range(2):
            code = f"QN{commune}{'AB'[q]}"
            choisis = 4 * c + hasard.choice(4, hasard.integers(1, 4), replace=False)
            parts = hasard.uniform(0.05, 0.45, len(choisis))
            aires = parts * surfaces.to_numpy()[choisis]
            for i, part, aire in zip(choisis, parts, aires, strict=True):
                lignes.append((code, iris[i], aire, part))
            b = aires / aires.sum()
            dans = vraie[choisis] + 0.3 * hlm[choisis] * (1 - parts)
            territoires[code] = {"surface_m2": aires.sum(), "perimetre_m": 5 * aires.sum() ** 0.5}
            verite[code] = float(np.clip(b @ dans + hasard.normal(0, 2.5), 1, 95))
            groupes[code] = commune[:2]
            publies[code] = {nom: hasard.uniform(5, 60) for nom in PUBLIES}
            publies[code]["taux_emploi"] = 70 - 0.6 * verite[code] + hasard.normal(0, 1)
            menages = hasard.uniform(400, 2000)
            publies[code] |= dict(
                zip(
                    EFFECTIFS,
                    menages * np.array([2.3, 1, 0.7, 1.6, 0.6, 0.01 * verite[code]]),
                    strict=True,
                )
            )
    donnees = Donnees(
        poids=pd.DataFrame(
            lignes, columns=["code_territoire", "code_iris", "surface_m2", "part_surface"]
        ),
        surfaces_iris=surfaces,
        territoires=pd.DataFrame.from_dict(territoires, orient="index"),
        statistiques=table,
        publies=pd.DataFrame.from_dict(publies, orient="index"),
    )
    return donnees, pd.Series(verite), pd.Series(groupes)


def melanger_les_lignes(donnees: Donnees, graine: int) -> Donnees:
    """Les mêmes données, chaque table dans un autre ordre."""
    hasard = np.random.default_rng(graine)
    return Donnees(
        **{nom: table.iloc[hasard.permutation(len(table))] for nom, table in vars(donnees).items()}
    )


def modifier_publie(donnees: Donnees, colonne: str, facteur: float) -> Donnees:
    """Les mêmes données, un chiffre publié par quartier changé partout."""
    publies = donnees.publies.assign(**{colonne: donnees.publies[colonne] * facteur})
    return replace(donnees, publies=publies)
