"""Revenus des ménages : composantes, revenu disponible et niveau de vie (euros par an)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from observatoire.ville_fictive import personnes as per
from observatoire.ville_fictive import population as pop

SALAIRES = np.array([0.0, 17_000.0, 22_500.0, 39_500.0, 26_500.0, 19_600.0, 20_400.0])
PENSIONS = np.array([12_600.0, 15_000.0, 16_300.0, 19_300.0, 23_500.0, 27_500.0, 34_500.0])
COMPOSANTES = ("ptsa", "pcho", "pben", "ppen", "ppat", "ppfam", "ppmini", "pplogt", "pimpot")
# Niveau général des revenus de chaque état, pour que la médiane de la ville soit vraisemblable.
ECHELLES = (1.078, 1.158)


def calculer_revenus(
    menages: pd.DataFrame, individus: pd.DataFrame, hasard: pop.Hasard, epoque: int
) -> pd.DataFrame:
    """Calcule les composantes du revenu disponible et le niveau de vie des ménages.

    Le niveau de vie est le revenu disponible divisé par le nombre d’unités de consommation de
    l’échelle de l’OCDE
    modifiée : 1 pour le premier adulte, 0,5 par autre personne de 14 ans ou plus, 0,3 par enfant
    de moins de 14 ans.

    Parameters
    ----------
    menages : DataFrame
        Logements peuplés.
    individus : DataFrame
        Personnes des ménages (`logement`, `age`, `cs`...).
    hasard : Hasard
        Nombres uniformes de l’état décrit.
    epoque : int
        0 ou 1.

    Returns
    -------
    DataFrame
        Les ménages avec les composantes (`ptsa`... `pimpot`, ce dernier négatif), `disponible`,
        `uc`,
        `niveau_vie` et `personnes`.
    """
    m, p, echelle = menages.copy(), individus, ECHELLES[epoque]
    n, rang = len(m), p["logement"].to_numpy()
    u = hasard.personne[rang, p["place"].to_numpy()]
    z = m["precarite"].to_numpy()[rang]
    age, dip, acti, contrat = (p[c].to_numpy() for c in ("age", "diplome", "activite", "contrat"))
    bruit = np.exp(0.27 * ndtri(u[:, 3]) - 0.036 - 0.085 * z + 0.006 * np.clip(age - 40, -18, 18))
    cs = np.where(np.isin(p["cs"], range(1, 7)), p["cs"], 0)
    activite = SALAIRES[cs] * bruit * np.where(p["temps_partiel"], 0.58, 1.0)
    activite *= np.select(
        [contrat == per.CDD, contrat == per.INTERIM, contrat == per.AIDE, contrat == per.APPRENTI],
        [0.72, 0.75, 0.55, 0.5],
        1.0,
    )
    occupe, chomeur = acti == per.OCCUPE, acti == per.CHOMEUR
    independant = contrat >= per.INDEPENDANT
    indemnite = np.where(
        u[:, 9] < 0.62, np.clip(0.48 * SALAIRES[cs] * bruit, 3500.0, 24_000.0), 0.0
    )
    pension = np.where(
        acti == per.RETRAITE, PENSIONS[dip] * np.exp(0.24 * ndtri(u[:, 8]) - 0.03 - 0.14 * z), 0.0
    )
    bourse = np.where(
        (acti == per.ETUDIANT) & (age >= 18), 6200.0 * np.exp(0.35 * ndtri(u[:, 6])), 0.0
    )

    def sommer(valeurs: np.ndarray) -> np.ndarray:
        return np.bincount(rang, weights=valeurs, minlength=n)

    m["personnes"] = sommer(np.ones(len(p)))
    m["uc"] = 0.5 + sommer(np.where(age >= 14, 0.5, 0.3))
    m["ptsa"] = sommer(np.where(occupe & ~independant, activite, 0.0)) * echelle
    m["pben"] = (
        sommer(np.where(occupe & independant, activite * (0.55 + 0.9 * u[:, 7]), 0.0)) * echelle
    )
    m["pcho"] = sommer(np.where(chomeur, indemnite, 0.0)) * echelle
    m["ppen"] = sommer(pension + np.where(age < 26, bourse, 0.0)) * echelle
    proprio = (m["statut"] == pop.PROPRIETAIRE).to_numpy()
    m["ppat"] = (
        m["patrimoine"]
        * np.where(proprio, 2900.0, 500.0)
        * (0.4 + m["age_reference"] / 75.0)
        * echelle
    )
    return _redistribuer(m, p, rang, echelle)


def _redistribuer(
    m: pd.DataFrame, p: pd.DataFrame, rang: np.ndarray, echelle: float
) -> pd.DataFrame:
    """Ajoute les prestations et les impôts, puis calcule le niveau de vie."""
    n = len(m)
    mineurs = np.bincount(rang, weights=p["age"].to_numpy() < 20, minlength=n)
    mono = (m["famille"] == 3).to_numpy()
    primaire = m[["ptsa", "pben", "pcho", "ppen", "ppat"]].sum(axis=1).to_numpy()
    par_uc = primaire / m["uc"].clip(lower=1.0).to_numpy()
    base = np.interp(mineurs, [0, 1, 2, 3, 4, 6], [0.0, 500.0, 2000.0, 4300.0, 6500.0, 10_500.0])
    m["ppfam"] = (
        (base + 1300.0 * mono * (mineurs > 0))
        * np.interp(par_uc, [9000, 30_000, 45_000], [1.2, 0.85, 0.4])
        * echelle
    )
    locataire = m["statut"].isin([pop.LOCATAIRE, pop.HLM]).to_numpy()
    etudiant_seul = ((m["age_reference"] < 26) & (m["famille"] == 0)).to_numpy()
    m["pplogt"] = (
        locataire
        * (2350.0 + 420.0 * mineurs)
        * np.interp(par_uc, [9000, 19_500], [1.0, 0.0])
        * echelle
    )
    plancher = (6150.0 + 1450.0 * (m["age_reference"] >= 65)) * m["uc"].to_numpy() ** 0.9 * echelle
    manque = np.maximum(plancher - primaire - 0.35 * m["pplogt"], 0.0) * np.where(
        etudiant_seul, 0.25, 0.92
    )
    prime = np.interp(par_uc, [4000, 9000, 13_000, 17_500], [0.0, 1250.0, 1500.0, 0.0]) * (
        m["ptsa"] + m["pben"] > 3000.0
    )
    m["ppmini"] = manque + prime * echelle
    taux = np.interp(
        par_uc / echelle,
        [11_000, 16_000, 24_000, 36_000, 60_000, 120_000],
        [0.02, 0.07, 0.135, 0.195, 0.27, 0.36],
    )
    m["pimpot"] = -taux * primaire
    m["disponible"] = m[list(COMPOSANTES)].sum(axis=1)
    m["niveau_vie"] = np.where(
        m["personnes"] > 0, m["disponible"] / m["uc"].clip(lower=1.0), np.nan
    )
    return m
