"""Erreur de sondage du recensement, ajoutée aux bornes d’une estimation.

Le recensement des communes de 10 000 habitants et plus est un sondage : même un territoire fait
d’IRIS entiers n’est pas connu exactement.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from observatoire.catalogue import Indicateur, Regles
from observatoire.estimation.incertitude import coefficient_variation, intervalle_wilson
from observatoire.indicateurs.contexte import Contexte

__all__ = ["elargir_au_sondage", "intervalle_du_recensement", "taux_de_sondage"]


def taux_de_sondage(regles: Regles, enquete: str, exhaustives: npt.ArrayLike) -> np.ndarray:
    """Part des ménages que le recensement décrit, selon la commune et l’exploitation.

    Parameters
    ----------
    regles : Regles
        Taux déclarés.
    enquete : str
        ``principale``, ``complementaire`` ou ``exhaustive`` (une autre source, sans sondage).
    exhaustives : array_like of bool
        Vrai pour une commune de moins de 10 000 habitants, où tous sont enquêtés.

    Returns
    -------
    numpy.ndarray of float
        Entre 0 exclu et 1, de la forme de ``exhaustives``.

    Notes
    -----
    L’exploitation complémentaire code tous les ménages enquêtés des communes de 10 000 habitants et
    plus, et un sur cinq dans les autres (Ined, « Les exploitations : principale ou complémentaire »).
    """
    petites = np.asarray(exhaustives, dtype=bool)
    if enquete == "exhaustive":
        return np.ones(petites.shape)
    dans_les_petites = (
        regles.plan_sondage_complementaire_petites if enquete == "complementaire" else 1.0
    )
    return np.where(petites, dans_les_petites, regles.plan_sondage_taux)


def intervalle_du_recensement(
    regles: Regles,
    indicateur: Indicateur,
    proportion: np.ndarray,
    effectif: np.ndarray,
    taux: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Intervalle de Wilson d’une proportion du recensement par sondage.

    Parameters
    ----------
    regles : Regles
        Effets de plan et niveau de confiance.
    indicateur : Indicateur
        Ce que partagent les logements d’une adresse est connu moins précisément.
    proportion : numpy.ndarray of float, shape (n,)
        Entre 0 et 1.
    effectif : numpy.ndarray of float, shape (n,)
        Dénominateur.
    taux : numpy.ndarray of float, shape (n,)
        Taux de sondage (:func:`taux_de_sondage`) ; 1 rend la proportion elle-même.

    Returns
    -------
    basse, haute : numpy.ndarray of float, shape (n,)
        Entre 0 et 1.
    """
    return intervalle_wilson(
        np.clip(proportion, 0, 1),
        effectif,
        f=taux,
        deff=regles.effet_de_plan(indicateur),
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
    taux = _taux_des_territoires(contexte, indicateur)
    if indicateur.calcul == "part":
        basse, haute = intervalle_du_recensement(
            contexte.regles, indicateur, valeur / 100, effectif, taux
        )
        dessous, dessus = valeur - 100 * basse, 100 * haute - valeur
    else:
        quantile = ndtri(0.5 + contexte.regles.niveau_intervalle / 2)
        ecart = quantile * valeur * coefficient_variation(effectif)
        dessous, dessus = ecart, ecart
    sondes = taux < 1
    plafond = 100.0 if indicateur.calcul == "part" else np.inf
    bas = np.maximum(bornes[0] - np.maximum(dessous, 0.0), 0.0)
    haut = np.minimum(bornes[1] + np.maximum(dessus, 0.0), plafond)
    return (
        np.where(sondes & ~np.isnan(bas), bas, bornes[0]),
        np.where(sondes & ~np.isnan(haut), haut, bornes[1]),
    )


def _taux_des_territoires(contexte: Contexte, indicateur: Indicateur) -> np.ndarray:
    """Le plus petit taux de sondage des communes de chaque territoire ; sans IRIS, celui des grandes."""
    paires = contexte.paires_territoires
    petites = contexte.communes_exhaustives.to_numpy(bool)
    compte_petites, compte_grandes = paires.compter(petites), paires.compter(~petites)
    par_taille = taux_de_sondage(contexte.regles, indicateur.enquete, [True, False])
    return np.minimum(
        np.where(compte_petites > 0, par_taille[0], 1.0),
        np.where((compte_grandes > 0) | (compte_petites == 0), par_taille[1], 1.0),
    )
