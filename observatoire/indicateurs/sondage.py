"""Erreur de sondage du recensement, ajoutée aux bornes d’une estimation.

Le recensement des communes de 10 000 habitants et plus est un sondage : même un territoire fait
d’IRIS entiers n’est pas connu exactement.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from observatoire.catalogue import Indicateur
from observatoire.estimation.incertitude import coefficient_variation, intervalle_wilson
from observatoire.indicateurs.contexte import Contexte

__all__ = ["elargir_au_sondage", "intervalle_du_recensement"]


def intervalle_du_recensement(
    contexte: Contexte, indicateur: Indicateur, proportion: pd.Series, effectif: pd.Series
) -> tuple[pd.Series, pd.Series]:
    """Intervalle de Wilson d’une proportion du recensement par sondage.

    Parameters
    ----------
    contexte : Contexte
        Taux de sondage, effet de plan et niveau des règles du catalogue.
    indicateur : Indicateur
        L’exploitation complémentaire porte sur un ménage de l’échantillon sur quatre.
    proportion : pandas.Series
        Entre 0 et 1.
    effectif : pandas.Series
        Dénominateur, même index.

    Returns
    -------
    basse, haute : pandas.Series
        Entre 0 et 1.
    """
    regles = contexte.regles
    taux = regles.plan_sondage_taux / (4 if indicateur.enquete == "complementaire" else 1)
    bornes = intervalle_wilson(
        proportion.clip(0, 1).to_numpy(float),
        effectif.to_numpy(float),
        f=taux,
        deff=regles.plan_sondage_deff,
        niveau=regles.niveau_intervalle,
    )
    basse, haute = (pd.Series(np.asarray(b), index=proportion.index) for b in bornes)
    return basse, haute


def elargir_au_sondage(
    contexte: Contexte, indicateur: Indicateur, table: pd.DataFrame
) -> pd.DataFrame:
    """Écarter les bornes d’un territoire de son erreur de sondage.

    Parameters
    ----------
    contexte : Contexte
        Données alignées.
    indicateur : Indicateur
        Un indicateur exhaustif (Filosofi) est rendu inchangé.
    table : pandas.DataFrame
        Estimations, index ``code_territoire`` ; ``effectif`` est le dénominateur d’une part.

    Returns
    -------
    pandas.DataFrame
        Même forme. Les bornes sans hypothèse disent ce que l’on ne sait pas de la répartition ;
        l’erreur de sondage s’y ajoute : intervalle de Wilson pour une part, coefficient de
        variation publié par l’Insee pour un effectif ou une densité.
    """
    if indicateur.enquete == "exhaustive" or indicateur.calcul not in {
        "part",
        "effectif",
        "densite",
    }:
        return table
    valeur, effectif = table["valeur"], table["effectif"]
    if indicateur.calcul == "part":
        basse, haute = intervalle_du_recensement(contexte, indicateur, valeur / 100, effectif)
        dessous, dessus = valeur - 100 * basse, 100 * haute - valeur
    else:
        quantile = ndtri(0.5 + contexte.regles.niveau_intervalle / 2)
        ecart = quantile * valeur * coefficient_variation(effectif.to_numpy(float))
        dessous, dessus = ecart, ecart
    sondes = ~_recenses_en_entier(contexte, indicateur, table.index)
    plafond = 100.0 if indicateur.calcul == "part" else np.inf
    elargies = table.copy()
    bas = (table["borne_basse"] - dessous.clip(lower=0)).clip(lower=0)
    haut = (table["borne_haute"] + dessus.clip(lower=0)).clip(upper=plafond)
    elargies["borne_basse"] = bas.where(sondes & bas.notna(), table["borne_basse"])
    elargies["borne_haute"] = haut.where(sondes & haut.notna(), table["borne_haute"])
    return elargies


def _recenses_en_entier(contexte: Contexte, indicateur: Indicateur, codes: pd.Index) -> pd.Series:
    """Vrai pour un territoire dont toutes les communes sont recensées exhaustivement."""
    if indicateur.enquete != "principale":
        return pd.Series(False, index=codes)
    paires = contexte.paires_territoires
    sondes = ~contexte.communes_exhaustives.to_numpy(bool)
    tous = (paires.compter(sondes) == 0) & (paires.compter(np.ones_like(sondes)) > 0)
    return pd.Series(tous, index=contexte.territoires.index).reindex(codes)
