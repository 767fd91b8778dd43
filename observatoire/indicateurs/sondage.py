"""Erreur de sondage du recensement, ajoutée aux bornes d’une estimation.

Le recensement des communes de 10 000 habitants et plus est un sondage : même un territoire fait
d’IRIS entiers n’est pas connu exactement.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from observatoire.catalogue import Indicateur
from observatoire.estimation.incertitude import coefficient_variation, intervalle_wilson
from observatoire.indicateurs.contexte import Contexte

__all__ = ["elargir_au_sondage", "intervalle_du_recensement"]


def intervalle_du_recensement(
    contexte: Contexte, indicateur: Indicateur, proportion: np.ndarray, effectif: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Intervalle de Wilson d’une proportion du recensement par sondage.

    Parameters
    ----------
    contexte : Contexte
        Taux de sondage, effet de plan et niveau des règles du catalogue.
    indicateur : Indicateur
        L’exploitation complémentaire porte sur un ménage de l’échantillon sur quatre.
    proportion : numpy.ndarray of float, shape (n,)
        Entre 0 et 1.
    effectif : numpy.ndarray of float, shape (n,)
        Dénominateur.

    Returns
    -------
    basse, haute : numpy.ndarray of float, shape (n,)
        Entre 0 et 1.
    """
    regles = contexte.regles
    taux = regles.plan_sondage_taux / (4 if indicateur.enquete == "complementaire" else 1)
    return intervalle_wilson(
        np.clip(proportion, 0, 1),
        effectif,
        f=taux,
        deff=regles.plan_sondage_deff,
        niveau=regles.niveau_intervalle,
    )


def elargir_au_sondage(
    contexte: Contexte,
    indicateur: Indicateur,
    valeur: np.ndarray,
    effectif: np.ndarray,
    bornes: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Écarter les bornes de chaque territoire de son erreur de sondage.

    Parameters
    ----------
    contexte : Contexte
        Données alignées.
    indicateur : Indicateur
        Un indicateur exhaustif (Filosofi) est rendu inchangé.
    valeur, effectif : numpy.ndarray of float, shape (territoires,)
        Estimations, dans l’ordre de ``contexte.territoires`` ; ``effectif`` est le dénominateur
        d’une part.
    bornes : (numpy.ndarray, numpy.ndarray)
        Basses et hautes, même unité que ``valeur``.

    Returns
    -------
    (numpy.ndarray, numpy.ndarray)
        Même forme. Les bornes sans hypothèse disent ce que l’on ne sait pas de la répartition ;
        l’erreur de sondage s’y ajoute : intervalle de Wilson pour une part, coefficient de
        variation publié par l’Insee pour un effectif ou une densité.
    """
    if indicateur.enquete == "exhaustive" or indicateur.calcul not in {
        "part",
        "effectif",
        "densite",
    }:
        return bornes
    if indicateur.calcul == "part":
        basse, haute = intervalle_du_recensement(contexte, indicateur, valeur / 100, effectif)
        dessous, dessus = valeur - 100 * basse, 100 * haute - valeur
    else:
        quantile = ndtri(0.5 + contexte.regles.niveau_intervalle / 2)
        ecart = quantile * valeur * coefficient_variation(effectif)
        dessous, dessus = ecart, ecart
    sondes = ~_recenses_en_entier(contexte, indicateur)
    plafond = 100.0 if indicateur.calcul == "part" else np.inf
    bas = np.maximum(bornes[0] - np.maximum(dessous, 0.0), 0.0)
    haut = np.minimum(bornes[1] + np.maximum(dessus, 0.0), plafond)
    return (
        np.where(sondes & ~np.isnan(bas), bas, bornes[0]),
        np.where(sondes & ~np.isnan(haut), haut, bornes[1]),
    )


def _recenses_en_entier(contexte: Contexte, indicateur: Indicateur) -> np.ndarray:
    """Vrai pour un territoire dont toutes les communes sont recensées exhaustivement."""
    if indicateur.enquete != "principale":
        return np.zeros(len(contexte.territoires), dtype=bool)
    paires = contexte.paires_territoires
    sondes = ~contexte.communes_exhaustives.to_numpy(bool)
    tous: np.ndarray = (paires.compter(sondes) == 0) & (paires.compter(np.ones_like(sondes)) > 0)
    return tous
