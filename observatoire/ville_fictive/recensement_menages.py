"""Bases infracommunales des ménages et des logements (recensement)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from observatoire.ville_fictive import population as pop
from observatoire.ville_fictive.compteur import Compteur, nommer_tranche
from observatoire.ville_fictive.ville import Etat

Tableau = npt.NDArray[Any]


def familles_menages(
    etat: Etat, codes: list[str], poids: tuple[Tableau, Tableau], aa: str
) -> dict[str, Tableau]:
    """Colonnes de `base-ic-couples-familles-menages`."""
    m, p = etat.menages, etat.personnes
    rang = p["logement"].to_numpy()
    logis = Compteur(m, codes, poids[1])
    gens = Compteur(p, codes, np.where(rang >= 0, poids[0][rang], 1.0))
    occupe, famille = (m["categorie"] == pop.OCCUPE).to_numpy(), m["famille"].to_numpy()
    femme = np.zeros(len(m), dtype=bool)
    references = p[(p["place"] == 0) & (p["logement"] >= 0)]
    femme[references["logement"].to_numpy()] = references["femme"].to_numpy(dtype=bool)
    cas = {
        "MEN": occupe,
        "MENPSEUL": occupe & (famille == 0),
        "MENHSEUL": occupe & (famille == 0) & ~femme,
        "MENFSEUL": occupe & (famille == 0) & femme,
        "MENSFAM": occupe & (famille == 4),
        "MENFAM": occupe & np.isin(famille, [1, 2, 3]),
        "MENCOUPSENF": occupe & (famille == 1),
        "MENCOUPAENF": occupe & (famille == 2),
        "MENFAMMONO": occupe & (famille == 3),
    }
    sortie = {f"C{aa}_{nom}": logis(masque) for nom, masque in cas.items()}
    sortie[f"C{aa}_PMEN"] = logis(occupe, m["personnes"])
    for nom, masque in list(cas.items())[1:]:
        sortie[f"C{aa}_PMEN_{nom}"] = logis(masque, m["personnes"])
    age = p["age"].to_numpy()
    seul = (rang >= 0) & (famille[rang] == 0)
    tranches = ((15, 999), (15, 24), (25, 54), (55, 79), (80, 999))
    for suffixe, masque in (("", age >= 0), ("_PSEUL", seul)):
        for a in tranches:
            sortie[f"P{aa}_POP{nommer_tranche(a)}{suffixe}"] = gens(
                masque & (age >= a[0]) & (age <= a[1])
            )
    familles = occupe & np.isin(famille, [1, 2, 3])
    mono = occupe & (famille == 3)
    sortie |= {
        f"C{aa}_FAM": logis(familles),
        f"C{aa}_COUPAENF": logis(occupe & (famille == 2)),
        f"C{aa}_FAMMONO": logis(mono),
        f"C{aa}_HMONO": logis(mono & ~femme),
        f"C{aa}_FMONO": logis(mono & femme),
        f"C{aa}_COUPSENF": logis(occupe & (famille == 1)),
    }
    enfants = m["enfants"].to_numpy()
    for k in range(4):
        sortie[f"C{aa}_NE24F{k}"] = logis(familles & (enfants == k))
    sortie[f"C{aa}_NE24F4P"] = logis(familles & (enfants >= 4))
    return sortie


def logement(logis: Compteur, logis_c: Compteur, aa: str) -> dict[str, Tableau]:
    """Colonnes de `base-ic-logement`."""
    m = logis.table
    colonnes = (
        "categorie",
        "maison",
        "pieces",
        "surface",
        "periode",
        "statut",
        "voitures",
        "anciennete",
    )
    categorie, maison, pieces, surface, periode, statut, voitures, anciennete = (
        m[c].to_numpy() for c in colonnes
    )
    rp = categorie == pop.OCCUPE
    sortie = {
        f"P{aa}_LOG": logis(),
        f"P{aa}_RP": logis(rp),
        f"P{aa}_RSECOCC": logis(categorie == pop.SECONDAIRE),
        f"P{aa}_LOGVAC": logis(categorie == pop.VACANT),
        f"P{aa}_MAISON": logis(maison),
        f"P{aa}_APPART": logis(~maison),
    }
    for k in range(1, 5):
        sortie[f"P{aa}_RP_{k}P"] = logis(rp & (pieces == k))
    sortie[f"P{aa}_RP_5PP"] = logis(rp & (pieces >= 5))
    sortie |= {
        f"P{aa}_NBPI_RP": logis(rp, pieces),
        f"P{aa}_RPMAISON": logis(rp & maison),
        f"P{aa}_RPAPPART": logis(rp & ~maison),
    }
    noms = ("M30M2", "3040M2", "4060M2", "6080M2", "80100M2", "100120M2", "120M2P")
    classe = np.digitize(surface, [30, 40, 60, 80, 100, 120])
    sortie |= {f"P{aa}_RP_{nom}": logis(rp & (classe == k)) for k, nom in enumerate(noms)}
    derniere = "2019" if aa >= "22" else "2014"
    sortie[f"P{aa}_RP_ACHTOT"] = logis(rp)
    for k, annee in enumerate(("1919", "1945", "1970", "1990", "2005", derniere)):
        sortie[f"P{aa}_RP_ACH{annee[2:] if aa < '22' else annee}"] = logis(rp & (periode == k))
    sortie[f"P{aa}_MEN"] = logis(rp)
    for nom, bas, haut in (("0002", 0, 2), ("0204", 2, 5), ("0509", 5, 10), ("10P", 10, 999)):
        sortie[f"P{aa}_MEN_ANEM{nom}"] = logis(rp & (anciennete >= bas) & (anciennete < haut))
    locataire = np.isin(statut, [pop.LOCATAIRE, pop.HLM])
    for nom, masque in (
        ("PROP", statut == pop.PROPRIETAIRE),
        ("LOC", locataire),
        ("LOCHLMV", statut == pop.HLM),
        ("GRAT", statut == pop.GRATUIT),
    ):
        sortie[f"P{aa}_RP_{nom}"] = logis(rp & masque)
        sortie[f"P{aa}_NPER_RP_{nom}"] = logis(rp & masque, m["personnes"])
    sortie[f"P{aa}_NPER_RP"] = logis(rp, m["personnes"])
    for nom, seuil in (
        ("VOIT1P", voitures >= 1),
        ("VOIT1", voitures == 1),
        ("VOIT2P", voitures >= 2),
    ):
        sortie[f"P{aa}_RP_{nom}"] = logis(rp & seuil)
    return sortie | _occupation(logis_c, aa, rp)


def _occupation(logis_c: Compteur, aa: str, rp: Tableau) -> dict[str, Tableau]:
    """Suroccupation : définition hors studio jusqu’en 2021, six classes à partir de 2022."""
    m = logis_c.table
    marge = m["pieces"].to_numpy() - pieces_attendues(m)
    if aa >= "22":
        noms = ("SUROCC_ACC", "SUROCC_MOD", "NORME", "SOUSOCC_MOD", "SOUSOCC_ACC", "SOUSOCC_TACC")
        rang = np.clip(marge, -2, 3) + 2
        ordre = ("NORME", "SOUSOCC_MOD", "SOUSOCC_ACC", "SOUSOCC_TACC", "SUROCC_MOD", "SUROCC_ACC")
        return {f"C{aa}_RP_{nom}": logis_c(rp & (rang == noms.index(nom))) for nom in ordre}
    hors_studio = rp & ~((m["personnes"].to_numpy() == 1) & (m["pieces"].to_numpy() == 1))
    return {
        f"C{aa}_RP_HSTU1P": logis_c(hors_studio),
        f"C{aa}_RP_HSTU1P_SUROCC": logis_c(hors_studio & (marge < 0)),
    }


def pieces_attendues(m: pd.DataFrame) -> Tableau:
    """Norme d’occupation simplifiée : un séjour, une chambre d’adultes, une pour deux enfants."""
    famille = m["famille"].to_numpy()
    enfants = np.ceil(m["enfants"].to_numpy() / 2.0).astype(int)
    autres = np.where(famille == 4, m["taille"].to_numpy() - 1, 0)
    return np.asarray(np.where(famille == 0, 1, 2 + enfants + autres))
