"""Ménages et personnes : un tirage vectorisé où la précarité relie toutes les caractéristiques.

Chaque logement reçoit une ligne de nombres uniformes, chaque place de personne une autre. Les deux
états de la
population (celui du recensement 2017 et celui de 2022) relisent les mêmes nombres, sauf pour les
ménages qui ont
déménagé : l’évolution d’un quartier n’est donc pas un simple bruit de tirage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, ndtri

Tableau = npt.NDArray[Any]
PLACES = 8
N_LOGEMENT, N_PERSONNE = 16, 12
PART_MENAGES_RENOUVELES = 0.38
TYPES_FAMILLE = ("seul", "couple_sans", "couple_avec", "mono", "autre")
# Évolution du désavantage social entre les deux états : un quartier rénové, un autre qui décroche.
EVOLUTIONS = {
    "QN00001M": 0.0,
    "QN00002M": -0.40,
    "QN00003M": 0.05,
    "QN00004M": 0.18,
    "QN00005M": -0.10,
}
EVOLUTION_COURANTE = -0.03
OCCUPE, VACANT, SECONDAIRE = 0, 1, 2
PROPRIETAIRE, LOCATAIRE, HLM, GRATUIT = 0, 1, 2, 3


@dataclass(frozen=True)
class Hasard:
    """Nombres uniformes d’un état de la population, sur ]0, 1[."""

    logement: Tableau
    personne: Tableau


def tirer_hasards(n: int, alea: np.random.Generator) -> tuple[Hasard, Hasard]:
    """Tire les nombres des deux états de la population.

    Parameters
    ----------
    n : int
        Nombre de logements.
    alea : numpy.random.Generator
        Source d’aléa.

    Returns
    -------
    tuple of Hasard
        État ancien, puis récent ; une part des lignes seulement diffère de l’un à l’autre.
    """
    premier = Hasard(_uniformes(alea, (n, N_LOGEMENT)), _uniformes(alea, (n, PLACES, N_PERSONNE)))
    second = Hasard(_uniformes(alea, (n, N_LOGEMENT)), _uniformes(alea, (n, PLACES, N_PERSONNE)))
    garde = alea.random(n) >= PART_MENAGES_RENOUVELES
    second.logement[garde], second.personne[garde] = (
        premier.logement[garde],
        premier.personne[garde],
    )
    return premier, second


def _uniformes(alea: np.random.Generator, forme: tuple[int, ...]) -> Tableau:
    return np.clip(alea.random(forme), 1e-9, 1.0 - 1e-9)


def _choisir(scores: Tableau, u: Tableau) -> Tableau:
    """Choix multinomial : rang tiré selon l’exponentielle des scores (n x k)."""
    poids = np.exp(scores - scores.max(axis=1, keepdims=True))
    cumul = np.cumsum(poids, axis=1) / poids.sum(axis=1, keepdims=True)
    return np.asarray(np.minimum((u[:, None] > cumul).sum(axis=1), scores.shape[1] - 1))


def peupler_logements(logements: pd.DataFrame, hasard: Hasard, epoque: int) -> pd.DataFrame:
    """Donne à chaque logement sa catégorie et, s’il est occupé, son ménage.

    Parameters
    ----------
    logements : DataFrame
        Table de :func:`logements.construire_logements`.
    hasard : Hasard
        Nombres uniformes de l’état décrit.
    epoque : int
        0 pour l’état ancien (2017-2018), 1 pour l’état récent (2021-2022).

    Returns
    -------
    DataFrame
        Les logements avec `categorie, statut, famille, enfants, age_reference, precarite, pieces,
        voitures...`.
    """
    m, u = logements.copy(), hasard.logement
    quartier = (m["qpv"] != "").to_numpy()
    central = m["typologie"].isin(["centre", "peri"]).to_numpy()
    maison, hlm = m["maison"].to_numpy(), m["hlm"].to_numpy()
    g = (
        m["desavantage"].to_numpy()
        + epoque * m["qpv"].map(EVOLUTIONS).fillna(EVOLUTION_COURANTE).to_numpy()
    )
    z = 0.80 * g + 0.30 * hlm + 0.75 * ndtri(u[:, 0])
    vacance = np.select([quartier, central, maison], [0.085, 0.115, 0.058], 0.075) + 0.006 * epoque
    secondaire = np.where(central, 0.035, 0.014)
    m["categorie"] = np.where(
        u[:, 1] < vacance, VACANT, np.where(u[:, 1] > 1.0 - secondaire, SECONDAIRE, OCCUPE)
    )
    proprietaire = expit(np.where(maison, 1.55, np.where(central, -0.75, -0.25)) - 0.55 * z)
    libre = np.where(
        u[:, 2] < 0.022, GRATUIT, np.where(u[:, 3] < proprietaire, PROPRIETAIRE, LOCATAIRE)
    )
    m["statut"] = np.where(hlm, np.where(u[:, 2] < 0.012, GRATUIT, HLM), libre)
    social = m["statut"].to_numpy() == HLM
    scores = np.column_stack(
        [
            0.55 * central + 0.10 * z - 1.25 * maison + 0.05 * epoque,
            -0.62 + 0.25 * maison - 0.12 * z - 0.25 * social,
            -0.72 + 0.75 * maison + 0.04 * z - 0.35 * central,
            -1.72 + 0.40 * z + 0.35 * social - 0.2 * central + 0.08 * epoque,
            -2.45 + 0.12 * z + 0.3 * central,
        ]
    )
    m["famille"] = _choisir(scores, u[:, 4])
    m["precarite"] = z
    m["age_reference"] = _age_reference(m["famille"].to_numpy(), central, maison, social, u)
    m["enfants"] = _nombre_enfants(m["famille"].to_numpy(), z, u[:, 7])
    taille = np.select(
        [m["famille"] == 0, m["famille"] == 1], [1, 2], 1 + (m["famille"] == 2) + m["enfants"]
    )
    m["taille"] = np.where(m["famille"] == 4, 2 + (u[:, 7] > 0.75), taille)
    m["pieces"] = np.clip(
        np.round(
            1.15
            + 1.75 * maison
            + 0.52 * m["taille"]
            + 0.35 * (m["age_reference"] > 45)
            - 0.2 * central
            - 0.22 * z
            + 0.85 * ndtri(u[:, 8])
        ),
        1,
        7,
    ).astype(int)
    m["surface"] = np.round(m["pieces"] * 17.5 + 10.0 * maison + 8.0 * ndtri(u[:, 12])).clip(
        14, 260
    )
    envie = (
        0.9
        + 0.9 * maison
        + 0.35 * m["taille"]
        - 0.75 * central
        - 0.50 * z
        - 0.5 * (m["age_reference"] > 78)
    )
    m["voitures"] = (ndtri(u[:, 9]) < envie - 0.35).astype(int) + (
        ndtri(u[:, 9]) < envie - 1.75
    ).astype(int)
    m["origine"] = u[:, 10] < expit(
        -2.55 + 0.42 * z + 1.25 * quartier + 0.30 * social + 0.06 * epoque
    )
    anciennete = -np.log(u[:, 11]) * np.where(m["statut"] == PROPRIETAIRE, 16.0, 6.0)
    m["anciennete"] = np.minimum(anciennete, np.maximum(m["age_reference"] - 18.0, 0.5))
    m["patrimoine"] = -np.log(u[:, 13]) * np.exp(-0.55 * z)
    return m


def _age_reference(
    famille: Tableau, central: Tableau, maison: Tableau, social: Tableau, u: Tableau
) -> Tableau:
    """Âge de la personne de référence (années) selon le type de ménage."""
    q, melange = u[:, 5], u[:, 6]
    jeune = 0.17 + 0.20 * central - 0.10 * social - 0.12 * maison
    vieux = 0.35 - 0.10 * central + 0.15 * maison
    seul = np.where(
        melange < jeune, 18 + 12 * q, np.where(melange > 1 - vieux, 64 + 32 * q**1.2, 30 + 34 * q)
    )
    sans = np.where(
        melange < 0.27, 21 + 16 * q, np.where(melange < 0.44, 36 + 20 * q, 56 + 34 * q**1.25)
    )
    avec = 26 + 33 * (0.62 * q + 0.38 * melange)
    mono = 21 + 38 * (0.6 * q + 0.4 * melange)
    autre = 19 + 50 * q**1.5
    return np.asarray(np.floor(np.choose(famille, [seul, sans, avec, mono, autre]))).astype(int)


def _nombre_enfants(famille: Tableau, z: Tableau, u: Tableau) -> Tableau:
    """Nombre d’enfants : plus élevé quand la précarité l’est, et dans les couples."""
    v = np.clip(u + 0.075 * z, 0.0, 0.9999)
    couple = np.searchsorted([0.42, 0.82, 0.955, 0.99], v) + 1
    mono = np.searchsorted([0.56, 0.87, 0.97], v) + 1
    return np.where(famille == 2, couple, np.where(famille == 3, mono, 0))
