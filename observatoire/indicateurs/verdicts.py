"""Ce que l’on peut dire d’un écart : net, indicatif, non interprétable.

Dans l’ordre :

- pas de valeur ou pas de référence : *non interprétable* ;
- estimation impure, dont seules les bornes sont montrées : *net* si elles excluent la référence et
  si les poids viennent des carreaux, sinon *non interprétable* (avec des surfaces, la part des
  habitants est elle-même incertaine) ;
- l’intervalle (bornes de Duncan et Davis, sondage du recensement, intervalle du calage) contient
  la référence, ou une valeur qu’elle peut prendre si elle est elle-même incertaine, ou l’écart n’excède pas l’arrondi de publication, ou ce qu’un seul équipement de plus changerait : *indicatif* ;
- plusieurs territoires sont comparés à la fois, et l’écart ne résiste pas à la correction de
  Benjamini et Hochberg : *indicatif* ;
- sinon : *net*.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from observatoire.domaine import Methode, Statut, Verdict
from observatoire.estimation import benjamini_hochberg
from observatoire.indicateurs.calage import METHODES_CALEES

__all__ = ["PRECISION_PCT", "PRECISION_RELATIVE", "donner_verdicts", "juger"]

# Arrondi de publication : un point pour un taux par quartier, 1 % pour un niveau de vie.
PRECISION_PCT = 1.0
PRECISION_RELATIVE = 0.01
_COMPARES = ["indicateur", "millesime", "type_territoire", "code_commune"]


def donner_verdicts(
    table: pd.DataFrame,
    unites: pd.Series | str,
    *,
    valeur_reference: pd.Series | float,
    imprecision: pd.Series | float = 0.0,
    niveau: float = 0.9,
) -> pd.Series:
    """Verdict de l’écart de chaque ligne à une référence.

    Parameters
    ----------
    table : pandas.DataFrame
        Lignes de résultats : ``valeur, statut, methode, borne_basse, borne_haute, bornes_seules,
        type_territoire, code_commune, indicateur, millesime`` ; ``effectif`` pour un taux
        d’équipement.
    unites : pandas.Series of str, or str
        Unité de chaque ligne.
    valeur_reference : pandas.Series of float, or float
        Référence de chaque ligne, dans l’unité de l’indicateur.
    imprecision : pandas.Series of float, or float
        Demi-largeur de ce qui est incertain de la référence elle-même, dans la même unité.
    niveau : float
        Niveau des intervalles, entre 0 et 1.

    Returns
    -------
    pandas.Series of str
        Même index que ``table``.
    """
    reference = pd.Series(valeur_reference, index=table.index, dtype=float)
    en_points = pd.Series(unites, index=table.index) == "pct"
    impure = table["bornes_seules"].astype(bool)
    carreaux = table["methode"] == Methode.CARREAUX.value
    basse, haute = table["borne_basse"] - reference, table["borne_haute"] - reference
    marge = pd.Series(imprecision, index=table.index, dtype=float)
    contient = basse.le(marge) & haute.ge(-marge)
    prouve = basse.notna() & haute.notna() & ~contient & carreaux
    precision = (PRECISION_RELATIVE * reference.abs()).where(~en_points, PRECISION_PCT)
    return juger(
        table["valeur"] - reference,
        basse,
        haute,
        precision=_un_equipement(table, unites).fillna(precision),
        muet=(impure & ~prouve) | ~np.isfinite(reference),
        estime=table["statut"] == Statut.ESTIME.value,
        aleatoire=table["methode"].isin(METHODES_CALEES | {Methode.PUBLIE.value}),
        groupes=table.groupby(_COMPARES, dropna=False).ngroup(),
        marge=marge,
        niveau=niveau,
    )


def _un_equipement(table: pd.DataFrame, unites: pd.Series | str) -> pd.Series:
    """Ce qu’un équipement de plus change au taux pour 10 000 habitants ; ``NaN`` pour le reste.

    Un équipement ne se divise pas : un quartier de mille habitants en a zéro ou un, jamais la fraction que
    le taux de la ville lui donnerait.
    """
    denombre = pd.Series(unites, index=table.index) == "pour_10000"
    if not denombre.any():
        return pd.Series(np.nan, index=table.index)
    habitants = table["effectif"].astype(float)
    return (10_000 / habitants.where(habitants > 0)).where(denombre)


def juger(
    difference: pd.Series,
    basse: pd.Series,
    haute: pd.Series,
    *,
    precision: pd.Series,
    muet: pd.Series,
    estime: pd.Series,
    aleatoire: pd.Series,
    groupes: pd.Series,
    marge: pd.Series | float = 0.0,
    niveau: float = 0.9,
) -> pd.Series:
    """Verdict d’une différence : un écart à une référence, ou une évolution entre deux dates.

    Parameters
    ----------
    difference, basse, haute : pandas.Series of float
        Différence et ses bornes, même unité et même index ; ``NaN`` si inconnue.
    precision : pandas.Series of float
        Au-dessous, l’arrondi de publication suffit à expliquer la différence.
    muet : pandas.Series of bool
        Vrai : rien ne peut être dit.
    estime : pandas.Series of bool
        Vrai : sans bornes, la différence n’est qu’indicative.
    aleatoire : pandas.Series of bool
        Vrai si les bornes sont un intervalle de confiance au ``niveau``.
    groupes : pandas.Series of int
        Ensemble de différences jugées à la fois (Benjamini et Hochberg).
    marge : pandas.Series of float, or float
        Demi-largeur de ce qui est incertain de la référence elle-même : la différence est mesurée
        à son bord le plus proche.
    niveau : float
        Niveau des intervalles, entre 0 et 1.

    Returns
    -------
    pandas.Series of str
        Valeurs de :class:`observatoire.domaine.Verdict`.
    """
    bornee = basse.notna() & haute.notna()
    contient = bornee & basse.le(marge) & haute.ge(-marge)
    grandeur = (difference.abs() - marge).clip(lower=0.0)
    fortuit = _fortuits(grandeur, ((haute - basse) / 2).where(aleatoire), groupes, niveau)
    indicatif = contient | (~bornee & estime) | (grandeur < precision) | fortuit
    verdicts = np.select(
        [muet | difference.isna(), indicatif],
        [Verdict.NON_INTERPRETABLE.value, Verdict.ECART_INDICATIF.value],
        Verdict.ECART_NET.value,
    )
    return pd.Series(verdicts, index=difference.index, dtype="object")


def _fortuits(
    grandeur: pd.Series, demi_largeur: pd.Series, groupes: pd.Series, niveau: float
) -> pd.Series:
    """Vrai pour une différence que le nombre de territoires comparés suffit à expliquer.

    Seuls comptent les intervalles de confiance (calage, sondage) : les bornes de Duncan et Davis
    sont certaines. L’erreur-type est la demi-largeur de l’intervalle rapportée à son quantile
    normal ; la correction porte sur les territoires de même type d’une même ville.
    """
    erreur = demi_largeur / ndtri(0.5 + niveau / 2)
    p_valeurs = 2 * ndtr(-(grandeur / erreur.where(erreur > 0)).to_numpy(float))
    ajustees = benjamini_hochberg(p_valeurs, groupes.to_numpy())
    return pd.Series(ajustees > 1 - niveau, index=grandeur.index)
