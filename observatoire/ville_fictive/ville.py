"""La ville entière : un tissu urbain et deux états de sa population."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from observatoire.ville_fictive import logements, personnes, population, revenus
from observatoire.ville_fictive.fabrique import Fabrique, fabriquer_tissu

REPERES = ["x", "y", "iris", "commune", "qpv"]


@dataclass(frozen=True)
class Etat:
    """Population à une époque : une ligne par logement, une ligne par personne.

    Attributes
    ----------
    menages : DataFrame
        Logements et ménages, avec revenus et repères (`iris, commune, qpv, x, y`).
    personnes : DataFrame
        Personnes, avec les mêmes repères ; `logement` vaut -1 hors ménage.
    """

    menages: pd.DataFrame
    personnes: pd.DataFrame


@dataclass(frozen=True)
class VilleFictive:
    """Tissu urbain et population de la ville fictive.

    Attributes
    ----------
    graine : int
        Graine du tirage.
    tissu : Fabrique
        Géométries.
    etats : tuple of Etat
        État ancien (recensement 2017, revenus 2018) et récent (recensement 2022, revenus 2021).
    """

    graine: int
    tissu: Fabrique
    etats: tuple[Etat, Etat]


def fabriquer_ville(graine: int) -> VilleFictive:
    """Fabrique la ville fictive, toujours la même pour une même graine.

    Parameters
    ----------
    graine : int
        Graine du générateur.

    Returns
    -------
    VilleFictive
        Géométries et population.
    """
    alea_tissu, alea_bati, alea_gens, alea_hors = (
        np.random.default_rng(s) for s in np.random.SeedSequence(graine).spawn(4)
    )
    tissu = fabriquer_tissu(alea_tissu)
    bati, communautes = logements.construire_logements(tissu, alea_bati)
    hasards = population.tirer_hasards(len(bati), alea_gens)
    hors_menages = personnes.peupler_communautes(communautes, alea_hors)
    hors_menages[REPERES] = communautes[REPERES].to_numpy()[hors_menages["communaute"]]
    etats = []
    for epoque, hasard in enumerate(hasards):
        menages = population.peupler_logements(bati, hasard, epoque)
        gens = personnes.peupler_menages(menages, hasard, epoque)
        menages = revenus.calculer_revenus(menages, gens, hasard, epoque)
        gens[REPERES] = menages[REPERES].to_numpy()[gens["logement"]]
        tous = pd.concat([gens, hors_menages.drop(columns="communaute")], ignore_index=True)
        etats.append(Etat(menages, tous.astype({"x": float, "y": float})))
    return VilleFictive(graine, tissu, (etats[0], etats[1]))
