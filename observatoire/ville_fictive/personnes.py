"""Personnes : âge, sexe, origine, diplôme, activité et catégorie socioprofessionnelle."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, ndtri

from observatoire.ville_fictive import population as pop

Tableau = npt.NDArray[Any]
DIPLOMES = ("DIPLMIN", "BEPC", "CAPBEP", "BAC", "SUP2", "SUP34", "SUP5")
# Répartition visée des diplômes des sortants d’études, état ancien puis récent.
PARTS_DIPLOMES = (
    (0.225, 0.055, 0.235, 0.165, 0.11, 0.10, 0.11),
    (0.190, 0.050, 0.230, 0.170, 0.115, 0.115, 0.130),
)
# Chances des catégories 1 à 6 (agriculteurs... ouvriers) par diplôme.
CHANCES_CS = np.array(
    [
        [0.004, 0.055, 0.015, 0.080, 0.386, 0.460],
        [0.004, 0.060, 0.040, 0.150, 0.416, 0.330],
        [0.006, 0.080, 0.025, 0.140, 0.339, 0.410],
        [0.004, 0.066, 0.090, 0.280, 0.380, 0.180],
        [0.004, 0.056, 0.170, 0.470, 0.240, 0.060],
        [0.002, 0.048, 0.350, 0.420, 0.150, 0.030],
        [0.001, 0.039, 0.700, 0.200, 0.050, 0.010],
    ]
)
OCCUPE, CHOMEUR, RETRAITE, ETUDIANT, AUTRE_INACTIF = 0, 1, 2, 3, 4
CDI, CDD, INTERIM, AIDE, APPRENTI, INDEPENDANT, EMPLOYEUR, AIDE_FAMILIAL = range(8)


def peupler_menages(menages: pd.DataFrame, hasard: pop.Hasard, epoque: int) -> pd.DataFrame:
    """Détaille les personnes des ménages.

    Parameters
    ----------
    menages : DataFrame
        Table de :func:`population.peupler_logements` ; seuls les logements occupés sont peuplés.
    hasard : Hasard
        Nombres uniformes de l’état décrit.
    epoque : int
        0 ou 1.

    Returns
    -------
    DataFrame
        Une ligne par personne : `logement` (rang du logement), `place, age, femme, immigre,
        etranger, scolarise,
        diplome, activite, cs, contrat, temps_partiel, lieu_travail, transport`.
    """
    occupe = (menages["categorie"] == pop.OCCUPE).to_numpy()
    places = np.arange(pop.PLACES)[None, :] < menages["taille"].to_numpy()[:, None]
    rang, place = np.nonzero(places & occupe[:, None])
    u = hasard.personne[rang, place]
    m = menages.iloc[rang]
    p = pd.DataFrame({"logement": rang, "place": place})
    famille, age_ref = m["famille"].to_numpy(), m["age_reference"].to_numpy()
    conjoint = (place == 1) & np.isin(famille, [1, 2])
    enfant = ~conjoint & (place > 0) & np.isin(famille, [2, 3])
    age_parent = np.where(famille == 3, age_ref, age_ref - 2)
    bas, haut = np.clip(age_parent - 42, 0, 24), np.clip(age_parent - 19, 0, 24)
    age_enfant = bas + np.floor((haut - bas + 1) * np.minimum(u[:, 0], 0.9999))
    autour = np.clip(
        age_ref + np.round(ndtri(u[:, 0]) * np.where(conjoint, 3.5, 9.0)) - 2 * conjoint, 18, 99
    )
    p["age"] = np.where(place == 0, age_ref, np.where(enfant, age_enfant, autour)).astype(int)
    p["enfant"] = enfant
    chance_femme = np.select(
        [famille == 0, famille == 3], [np.where(age_ref > 64, 0.70, 0.47), 0.84], 0.5
    )
    ref_femme = hasard.personne[rang, 0, 1] < np.where(np.isin(famille, [1, 2]), 0.12, chance_femme)
    p["femme"] = np.where(place == 0, ref_femme, np.where(conjoint, ~ref_femme, u[:, 1] < 0.49))
    origine = m["origine"].to_numpy()
    p["immigre"] = np.where(origine, u[:, 2] < np.where(enfant, 0.16, 0.86), u[:, 2] < 0.025)
    p["etranger"] = np.where(
        p["immigre"], u[:, 3] < 0.63, u[:, 3] < np.where(origine & enfant, 0.28, 0.006)
    )
    z = m["precarite"].to_numpy() + 0.30 * origine
    central = m["typologie"].isin(["centre", "peri"]).to_numpy()
    _scolariser(p, u[:, 4], z, central & (famille == 0))
    _diplomer(p, u[:, 5], hasard.logement[rang, 14], z, epoque)
    _activer(p, u, z, epoque)
    return p


def _scolariser(p: pd.DataFrame, u: Tableau, z: Tableau, seul_central: Tableau) -> None:
    """Inscription dans un établissement d’enseignement."""
    age = p["age"].to_numpy()
    jeunes = np.clip(0.60 - 0.13 * z + 0.16 * seul_central - 0.06 * (age - 20), 0.04, 0.95)
    chance = np.select(
        [age < 2, age == 2, age < 6, age < 16, age < 18, age < 25, age < 30],
        [0.0, 0.1, 0.99, 1.0, 0.95, jeunes, 0.07],
        0.008,
    )
    p["scolarise"] = u < chance


def _diplomer(p: pd.DataFrame, u: Tableau, u_menage: Tableau, z: Tableau, epoque: int) -> None:
    """Diplôme le plus élevé des 15 ans ou plus (0 : aucun ou certificat d’études ; 6 : bac + 5)."""
    age = p["age"].to_numpy()
    score = (
        0.72 * ndtri(u)
        + 0.40 * ndtri(u_menage)
        - 0.62 * z
        - 0.026 * np.maximum(age - 42, 0)
        - 0.5 * (age < 20)
    )
    sortants = (age >= 15) & ~p["scolarise"].to_numpy()
    bornes = np.quantile(score[sortants], np.cumsum(PARTS_DIPLOMES[epoque])[:-1])
    diplome = np.searchsorted(bornes, score)
    plafond = np.select([age < 17, age < 18, age < 20, age < 21, age < 23], [1, 2, 3, 4, 5], 6)
    p["diplome"] = np.where(age >= 15, np.minimum(diplome, plafond), 0)


def _activer(p: pd.DataFrame, u: Tableau, z: Tableau, epoque: int) -> None:
    """Activité, catégorie, contrat, temps partiel, lieu et mode de trajet."""
    age, femme, dip = p["age"].to_numpy(), p["femme"].to_numpy(), p["diplome"].to_numpy()
    scolarise, adulte = p["scolarise"].to_numpy(), age >= 15
    depart = np.interp(
        age, [54, 56, 59, 61, 63, 65, 67, 70], [0.0, 0.03, 0.08, 0.30, 0.62, 0.88, 0.95, 0.985]
    )
    depart = np.clip(depart - (0.08 if epoque else 0.0) * ((age > 58) & (age < 64)), 0.0, 1.0)
    participe = expit(
        2.15
        + 0.22 * dip
        - 0.40 * z
        - 0.30 * femme
        - 0.35 * femme * (z > 1.0)
        - 0.6 * (age > 57)
        - 0.45 * (age < 22)
    )
    chomage = expit(
        -2.16 - 0.12 * epoque + 0.56 * z - 0.20 * (dip - 2) + 0.75 * (age < 25) - 0.15 * (age > 50)
    )
    retraite = adulte & ~scolarise & (u[:, 6] < depart)
    actif = (
        np.where(
            scolarise, u[:, 7] < 0.17 * (age >= 16), (u[:, 7] < participe) & ~retraite & (age < 76)
        )
        & adulte
    )
    actif &= (age < 65) | (u[:, 7] < 0.5)
    chomeur = actif & (u[:, 8] < np.where(scolarise, 0.16, chomage))
    p["activite"] = np.select(
        [~adulte, chomeur, actif, retraite, scolarise],
        [ETUDIANT, CHOMEUR, OCCUPE, RETRAITE, ETUDIANT],
        AUTRE_INACTIF,
    )
    chances = CHANCES_CS[dip].copy()
    glisse = np.where(femme, 0.70 * chances[:, 5], -0.52 * chances[:, 4])
    chances[:, 4] += glisse
    chances[:, 5] -= glisse
    cs = np.minimum((u[:, 9][:, None] > np.cumsum(chances, axis=1)).sum(axis=1), 5) + 1
    # Un chômeur qui n’a jamais travaillé est classé avec les autres inactifs (catégorie 8).
    jamais = chomeur & (u[:, 10] < 0.07 + 0.35 * (age < 22))
    p["cs"] = np.select([~adulte, retraite, actif & ~jamais], [0, 7, cs], 8)
    p["contrat"] = _contrats(cs, age, scolarise, z, u[:, 10])
    p["temps_partiel"] = (
        u[:, 11] < np.where(femme, 0.24, 0.07) + 0.03 * z.clip(0, 3) + 0.25 * scolarise
    )
    p["lieu_travail"] = np.searchsorted([0.55, 0.90, 0.975, 0.999], u[:, 4] * 0.25 + u[:, 5] * 0.75)
    p["transport"] = np.searchsorted(
        [0.05, 0.17, 0.25, 0.265, 0.82], u[:, 1] * 0.2 + u[:, 10] * 0.8
    )


def _contrats(cs: Tableau, age: Tableau, scolarise: Tableau, z: Tableau, u: Tableau) -> Tableau:
    """Statut d’emploi, utile pour les seuls actifs occupés."""
    court = np.clip(0.105 + 0.035 * z + 0.16 * (age < 27), 0.02, 0.6)
    salarie = np.select(
        [
            scolarise & (u < 0.62),
            u < court,
            u < court + 0.012 + 0.008 * z.clip(0, 3),
            u < court + 0.030 + 0.012 * z.clip(0, 3),
        ],
        [APPRENTI, CDD, INTERIM, AIDE],
        CDI,
    )
    independant = np.where(u < 0.02, AIDE_FAMILIAL, np.where(u < 0.35, EMPLOYEUR, INDEPENDANT))
    return np.where(cs <= 2, independant, np.where((cs == 3) & (u > 0.93), INDEPENDANT, salarie))


def peupler_communautes(communautes: pd.DataFrame, alea: np.random.Generator) -> pd.DataFrame:
    """Personnes hors ménages : résidences étudiantes, établissements pour personnes âgées, foyer.

    Parameters
    ----------
    communautes : DataFrame
        Table de :func:`logements.construire_logements`.
    alea : numpy.random.Generator
        Source d’aléa.

    Returns
    -------
    DataFrame
        Mêmes colonnes que :func:`peupler_menages` ; `logement` vaut -1 et `communaute` donne le
        rang.
    """
    rang = np.repeat(np.arange(len(communautes)), communautes["effectif"])
    genre = communautes["genre"].to_numpy()[rang]
    n = len(rang)
    u = alea.random((n, 6))
    jeune, vieux = genre == "etudiants", genre == "ehpad"
    p = pd.DataFrame({"logement": -1, "place": 0, "communaute": rang}, index=range(n))
    p["age"] = np.select(
        [jeune, vieux], [18 + 7 * u[:, 0], 74 + 23 * u[:, 0] ** 0.7], 22 + 40 * u[:, 0]
    ).astype(int)
    p["enfant"] = False
    p["femme"] = u[:, 1] < np.select([jeune, vieux], [0.54, 0.74], 0.12)
    p["immigre"] = u[:, 2] < np.select([jeune, vieux], [0.20, 0.08], 0.62)
    p["etranger"] = p["immigre"] & (u[:, 3] < 0.8)
    p["scolarise"] = jeune
    p["diplome"] = np.select(
        [jeune, vieux],
        [3 + (p["age"] > 21), (u[:, 4] * 3.2).astype(int)],
        (u[:, 4] * 2.6).astype(int),
    )
    p["activite"] = np.select(
        [jeune, vieux], [ETUDIANT, RETRAITE], np.where(u[:, 5] < 0.25, CHOMEUR, OCCUPE)
    )
    p["cs"] = np.select([jeune, vieux], [8, 7], np.where(u[:, 4] < 0.75, 6, 5))
    p["contrat"] = np.where(u[:, 0] < 0.3, CDD, CDI)
    p["temps_partiel"] = False
    p["lieu_travail"], p["transport"] = 0, 5
    return p
