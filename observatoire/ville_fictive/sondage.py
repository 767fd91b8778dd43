"""Sondage du recensement : 40 % des adresses de la ville, exhaustif ailleurs, puis calage.

Dans les communes de 10 000 habitants ou plus, l’Insee enquête en cinq ans 40 % des adresses ; les
poids sont calés sur le parc de logements connu. L’exploitation complémentaire (variables « C ») code
tous les ménages enquêtés de ces communes, et un sur cinq dans les autres. Les poids obtenus ne sont
pas entiers : les effectifs publiés non plus.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from observatoire.ville_fictive import parametres, population
from observatoire.ville_fictive.ville import Etat

Tableau = npt.NDArray[Any]
TAILLE_GRANDE_ADRESSE = 45
UN_SUR = 5  # ménages codés par l’exploitation complémentaire dans une petite commune


def ponderer_logements(etat: Etat, alea: np.random.Generator) -> tuple[Tableau, Tableau]:
    """Calcule les poids du sondage, logement par logement.

    Parameters
    ----------
    etat : Etat
        Population à décrire.
    alea : numpy.random.Generator
        Source d’aléa du tirage des adresses.

    Returns
    -------
    principal : ndarray of shape (n,)
        Poids de l’exploitation principale ; 0 pour un logement non enquêté.
    complementaire : ndarray of shape (n,)
        Poids de l’exploitation complémentaire ; 0 hors des résidences principales retenues.
    """
    menages = etat.menages
    habitants = etat.personnes["commune"].value_counts()
    sondees = set(habitants.index[habitants >= parametres.SEUIL_COMMUNE_SONDEE])
    sondee = menages["commune"].isin(sondees).to_numpy()
    principal = np.ones(len(menages))
    principal[sondee] = _poids_adresses(menages[sondee], alea)
    for commune in sorted(sondees):
        _caler_sur_population(menages, principal, (menages["commune"] == commune).to_numpy())
    return principal, _poids_complementaires(menages, principal, sondee, alea)


def _poids_adresses(menages: pd.DataFrame, alea: np.random.Generator) -> Tableau:
    """Tire 40 % des adresses, par IRIS et taille ; toutes les grandes sont enquêtées."""
    immeubles = menages.groupby("immeuble", sort=True).agg(
        iris=("iris", "first"),
        taille=("taille_immeuble", "first"),
        hlm=("hlm", "first"),
        qpv=("qpv", "first"),
    )
    classe = np.digitize(immeubles["taille"], [2, 9, TAILLE_GRANDE_ADRESSE])
    # Tirage systématique dans un fichier trié : l’échantillon est réparti entre les types
    # d’adresses.
    ordre = np.lexsort(
        (
            alea.random(len(immeubles)),
            immeubles["taille"],
            immeubles["qpv"],
            immeubles["hlm"],
            classe,
            immeubles["iris"],
        )
    )
    retenu = np.zeros(len(immeubles), dtype=bool)
    retenu[ordre] = _systematique(len(ordre), alea)
    retenu |= classe == 3
    immeubles["strate"] = np.where(classe == 3, 3, np.where(immeubles["hlm"], 4, classe)).astype(
        int
    )
    lignes = immeubles.loc[menages["immeuble"]]
    dedans = pd.Series(retenu, index=immeubles.index).loc[menages["immeuble"]].to_numpy()
    cle = pd.Series(lignes["iris"].to_numpy() + "|" + lignes["strate"].astype(str).to_numpy())
    total = cle.map(cle.value_counts()).to_numpy(dtype=float)
    enquetes = cle.map(cle.loc[dedans.astype(bool)].value_counts()).to_numpy(dtype=float)
    poids = np.where(dedans, total / enquetes, 0.0)
    # Une strate dont aucune adresse n’est tirée est enquêtée en entier, pour que l’IRIS reste
    # décrit.
    return np.where(np.isnan(enquetes), 1.0, poids)


def _systematique(n: int, alea: np.random.Generator) -> Tableau:
    """Tirage systématique au taux voulu dans une liste de `n` rangs."""
    bornes = np.floor((np.arange(n + 1)) * parametres.TAUX_SONDAGE_ADRESSES + alea.random())
    return np.asarray(np.diff(bornes) > 0)


def _caler_sur_population(menages: pd.DataFrame, poids: Tableau, ici: Tableau) -> None:
    """Cale les poids d’une commune sur sa population des ménages et son nombre de logements."""
    occupe = ici & (menages["categorie"] == population.OCCUPE).to_numpy()
    autre = ici & ~occupe
    personnes = menages["personnes"].to_numpy()
    poids[occupe] *= personnes[occupe].sum() / (poids * personnes)[occupe].sum()
    poids[autre] *= (ici.sum() - poids[occupe].sum()) / poids[autre].sum()


def _poids_complementaires(
    menages: pd.DataFrame, principal: Tableau, sondee: Tableau, alea: np.random.Generator
) -> Tableau:
    """Retient les ménages codés, et cale leurs poids sur l’exploitation principale, par IRIS."""
    enquetes = (menages["categorie"] == population.OCCUPE).to_numpy() & (principal > 0)
    candidats = np.flatnonzero(enquetes & ~sondee)
    lot = menages.iloc[candidats]
    ordre = candidats[
        np.lexsort((alea.random(len(lot)), lot["age_reference"] // 15, lot["famille"], lot["iris"]))
    ]
    garde = enquetes & sondee
    garde[ordre[int(alea.integers(UN_SUR)) :: UN_SUR]] = True
    # Un IRIS presque vide n’a parfois aucun ménage retenu : il est alors décrit en entier.
    iris = menages["iris"].to_numpy()
    vides = ~np.isin(iris, np.unique(iris[garde]))
    garde |= vides & enquetes
    poids = np.where(garde, principal, 0.0)
    cle = pd.Series(iris)
    occupe = np.where(menages["categorie"] == population.OCCUPE, principal, 0.0)
    rapport = cle.map(
        pd.Series(occupe).groupby(cle).sum() / pd.Series(poids).groupby(cle).sum()
    ).to_numpy(dtype=float)
    return np.where(garde, poids * rapport, 0.0)
