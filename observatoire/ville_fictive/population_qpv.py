"""Population municipale et structure démographique des quartiers prioritaires."""

from __future__ import annotations

import pandas as pd

from observatoire.ville_fictive import parametres
from observatoire.ville_fictive import personnes as per
from observatoire.ville_fictive.filosofi import menages_fiscaux
from observatoire.ville_fictive.ville import VilleFictive


def tabuler_population_qpv(ville: VilleFictive) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Population municipale et estimations démographiques 2022 par quartier prioritaire.

    Returns
    -------
    population : DataFrame
        `CODGEO, LIBGEO, PMUN22`.
    demographie : DataFrame
        Parts en pourcentage (`partPopF`, `partPop0_14`... `partMen1p`).
    """
    gens, menages = ville.etats[1].personnes, menages_fiscaux(ville.etats[1])
    effectifs, parts = [], []
    for code, libelle in parametres.QPV_2024.items():
        p, m = gens[gens["qpv"] == code], menages[menages["qpv"] == code]
        effectifs.append({"CODGEO": code, "LIBGEO": libelle, "PMUN22": len(p)})
        age = p["age"]
        masques = {
            "partPopF": p["femme"],
            "partPop0_14": age < 15,
            "partPop15_24": (age >= 15) & (age < 25),
            "partPop25_59": (age >= 25) & (age < 60),
            "partPop60_74": (age >= 60) & (age < 75),
            "partPop75p": age >= 75,
            "partPopEt": p["etranger"],
            "partPopImmi": p["immigre"],
        }
        ligne = {
            "codeQPV": code,
            "libQPV": libelle,
            "popMuniQPV": str(len(p)),
            "indiceJeunesse": f"{(age < 20).sum() / (age >= 60).sum():.1f}",
        }
        ligne |= {nom: f"{100.0 * masque.mean():.1f}" for nom, masque in masques.items()}
        for nom, bas, haut in (
            ("1p", 1, 1),
            ("2p", 2, 2),
            ("3p", 3, 3),
            ("45p", 4, 5),
            ("6pp", 6, 99),
        ):
            ligne[f"partMen{nom}"] = (
                f"{100.0 * ((m['personnes'] >= bas) & (m['personnes'] <= haut)).mean():.1f}"
            )
        adultes = p[(age >= 15) & (age <= 64)]
        ligne["tauxEmploi15_64"] = f"{100.0 * (adultes['activite'] == per.OCCUPE).mean():.1f}"
        parts.append(ligne)
    return pd.DataFrame(effectifs), pd.DataFrame(parts)
