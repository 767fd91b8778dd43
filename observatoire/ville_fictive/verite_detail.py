"""Valeurs exactes des autres indicateurs, comptées une à une sur les ménages et les personnes.

Chaque compte est écrit à partir des personnes simulées, sans passer par les colonnes des fichiers :
il contrôle à la fois les fichiers et les formules du catalogue.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from observatoire.ville_fictive import distributions
from observatoire.ville_fictive import personnes as per
from observatoire.ville_fictive import population as pop
from observatoire.ville_fictive.recensement_menages import pieces_attendues
from observatoire.ville_fictive.ville import Etat

__all__ = ["mesurer_detail", "mesurer_revenus_detail"]

Mesure = tuple[float, float, float]
Comptes = dict[str, tuple[float, float]]
_TRANSPORTS = {"part_marche_velo": (1, 2), "part_voiture_travail": (4,), "part_transports_commun": (5,)}  # fmt: skip
_PARTS_DE_REVENU = {
    "part_revenus_activite": "PACT",
    "part_indemnites_chomage": "PCHO",
    "part_pensions": "PPEN",
    "part_prestations_sociales": "PPSOC",
    "part_minima_sociaux": "PPMINI",
}


def mesurer_detail(etat: Etat) -> dict[str, Mesure]:
    """Indicateurs du recensement autres que ceux de :func:`verite.mesurer_recensement`.

    Parameters
    ----------
    etat : Etat
        Population du territoire.

    Returns
    -------
    dict
        Indicateur -> (valeur, numérateur, dénominateur) ; les parts sont en pourcentage.
    """
    parts = {**_ages(etat.personnes), **_emploi(etat.personnes), **_etudes(etat.personnes)}
    parts |= {**_trajets(etat.personnes), **_familles(etat), **_logements(etat.menages)}
    mesures = {nom: (_rapport(100.0 * n, d), float(n), float(d)) for nom, (n, d) in parts.items()}
    age, occupes = etat.personnes["age"], etat.menages["categorie"] == pop.OCCUPE
    habitants = etat.menages.loc[occupes, "personnes"].sum()
    for nom, (n, d) in {
        "indice_jeunesse": ((age < 20).sum(), (age >= 60).sum()),
        "taille_menages": (habitants, occupes.sum()),
    }.items():
        mesures[nom] = (_rapport(n, d), float(n), float(d))
    for nom, bas, haut in (("3_5", 3, 5), ("6_10", 6, 10), ("11_17", 11, 17)):
        effectif = float(age.between(bas, haut).sum())
        mesures[f"enfants_{nom}_ans"] = (effectif, effectif, float("nan"))
    return mesures


def mesurer_revenus_detail(menages: pd.DataFrame, seuil: float) -> dict[str, Mesure]:
    """Déciles, indice de Gini et sources de revenu ; ``NaN`` sans ménage.

    Parameters
    ----------
    menages : DataFrame
        Logements du territoire.
    seuil : float
        Seuil de pauvreté, en euros par unité de consommation.
    """
    occupes = menages[menages["categorie"] == pop.OCCUPE]
    noms = {"niveau_vie_d1": "D1", "niveau_vie_d9": "D9", "indice_gini": "GI", **_PARTS_DE_REVENU}
    if occupes.empty:
        return dict.fromkeys(noms, (float("nan"), float("nan"), 0.0))
    resume, personnes = distributions.resumer(occupes, seuil), float(occupes["personnes"].sum())
    return {nom: (resume[cle], float("nan"), personnes) for nom, cle in noms.items()}


def _rapport(numerateur: float, denominateur: float) -> float:
    return float(numerateur) / float(denominateur) if denominateur else float("nan")


def _ages(p: pd.DataFrame) -> Comptes:
    age, n = p["age"], len(p)
    tranches = {"15_29_ans": (15, 29), "30_44_ans": (30, 44), "45_59_ans": (45, 59), "60_74_ans": (60, 74)}  # fmt: skip
    comptes = {f"part_{nom}": (age.between(*bornes).sum(), n) for nom, bornes in tranches.items()}
    return comptes | {
        "part_moins_15_ans": ((age < 15).sum(), n),
        "part_75_ans_plus": ((age >= 75).sum(), n),
        "part_etrangers": (p["etranger"].sum(), n),
        "part_immigres": (p["immigre"].sum(), n),
    }


def _emploi(p: pd.DataFrame) -> Comptes:
    age, activite, femme = p["age"], p["activite"], p["femme"].astype(bool)
    travail, jeune, quinze = age.between(15, 64), age.between(15, 24), age >= 15
    occupe, chomeur = activite == per.OCCUPE, activite == per.CHOMEUR
    actif, salarie = occupe | chomeur, occupe & (p["contrat"] < per.INDEPENDANT)
    precaire = p["contrat"].isin([per.CDD, per.INTERIM, per.AIDE, per.APPRENTI])
    oisif = chomeur | (activite == per.AUTRE_INACTIF)
    return {
        "taux_emploi_15_64": ((occupe & travail).sum(), travail.sum()),
        "taux_activite_femmes": ((actif & travail & femme).sum(), (travail & femme).sum()),
        "taux_chomage_femmes": ((chomeur & travail & femme).sum(), (actif & travail & femme).sum()),
        "taux_activite_15_24": ((actif & jeune).sum(), jeune.sum()),
        "taux_chomage_15_24": ((chomeur & jeune).sum(), (actif & jeune).sum()),
        "part_ni_emploi_ni_etudes": ((oisif & travail).sum(), travail.sum()),
        "part_emplois_precaires": ((salarie & precaire).sum(), salarie.sum()),
        "part_temps_partiel": ((salarie & p["temps_partiel"].astype(bool)).sum(), salarie.sum()),
        "part_cadres": ((quinze & (p["cs"] == 3)).sum(), quinze.sum()),
        "part_employes": ((quinze & (p["cs"] == 5)).sum(), quinze.sum()),
    }


def _etudes(p: pd.DataFrame) -> Comptes:
    age, scolarise = p["age"], p["scolarise"].astype(bool)
    sortis = (age >= 15) & ~scolarise
    comptes: Comptes = {"part_diplome_bac5": ((sortis & (p["diplome"] == 6)).sum(), sortis.sum())}
    for bas, haut in ((15, 17), (18, 24)):
        tranche = age.between(bas, haut)
        comptes[f"taux_scolarisation_{bas}_{haut}"] = ((tranche & scolarise).sum(), tranche.sum())
    return comptes


def _trajets(p: pd.DataFrame) -> Comptes:
    occupe = p["activite"] == per.OCCUPE
    comptes: Comptes = {
        nom: ((occupe & p["transport"].isin(modes)).sum(), occupe.sum())
        for nom, modes in _TRANSPORTS.items()
    }
    comptes["part_travail_dans_commune"] = (
        (occupe & (p["lieu_travail"] == 0)).sum(),
        occupe.sum(),
    )
    return comptes


def _familles(etat: Etat) -> Comptes:
    p, m = etat.personnes, etat.menages
    rp = m["categorie"] == pop.OCCUPE
    familles, seul = rp & m["famille"].isin([1, 2, 3]), p["logement"].map(m["famille"]) == 0
    ages = {"part_80_ans_plus_seuls": p["age"] >= 80, "part_55_79_ans_seuls": p["age"].between(55, 79)}  # fmt: skip
    comptes: Comptes = {nom: ((masque & seul).sum(), masque.sum()) for nom, masque in ages.items()}
    return comptes | {
        "part_menages_monoparentaux": ((rp & (m["famille"] == 3)).sum(), rp.sum()),
        "part_familles_nombreuses": ((familles & (m["enfants"] >= 3)).sum(), familles.sum()),
    }


def _logements(logements: pd.DataFrame) -> Comptes:
    m = logements[logements["categorie"] == pop.OCCUPE]
    n, periode = len(m), m["periode"]
    manque = m["pieces"] < pieces_attendues(m)
    hors_studio = ~((m["personnes"] == 1) & (m["pieces"] == 1))
    parts: dict[str, pd.Series] = {
        "part_proprietaires": m["statut"] == pop.PROPRIETAIRE,
        "part_locataires": m["statut"].isin([pop.LOCATAIRE, pop.HLM]),
        "part_logements_1_piece": m["pieces"] == 1,
        "part_suroccupation": manque,
        "part_logements_avant_1946": periode.isin([0, 1]),
        "part_logements_1946_1970": periode == 2,
        "part_logements_1971_1990": periode == 3,
        "part_logements_depuis_1991": periode >= 4,
        "part_emmenages_2_ans": m["anciennete"] < 2,
        "part_menages_sans_voiture": m["voitures"] == 0,
    }
    comptes: Comptes = {nom: (float(np.count_nonzero(masque)), n) for nom, masque in parts.items()}
    comptes["part_suroccupation_avant_2022"] = ((hors_studio & manque).sum(), hors_studio.sum())
    return comptes
