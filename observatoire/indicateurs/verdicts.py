"""Ce que l’on peut dire d’un écart : net, indicatif, non interprétable.

Dans l’ordre :

- pas de valeur ou pas de référence : *non interprétable* ;
- estimation impure, dont seules les bornes sont montrées : *net* si elles excluent la référence et
  si les poids viennent des carreaux, sinon *non interprétable* (avec des surfaces, la part des
  habitants est elle-même incertaine) ;
- l’intervalle (bornes de Duncan et Davis, sondage du recensement, intervalle du calage) contient
  la référence, ou une valeur qu’elle peut prendre si elle est elle-même incertaine, ou l’écart n’excède pas l’arrondi de publication : *indicatif* ;
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

__all__ = ["donner_verdicts"]

# Arrondi de publication : un point pour un taux par quartier, 1 % pour un niveau de vie.
_PRECISION_PCT = 1.0
_PRECISION_RELATIVE = 0.01
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
        type_territoire, code_commune, indicateur, millesime``.
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
    precision = (_PRECISION_RELATIVE * reference.abs()).where(~en_points, _PRECISION_PCT)
    # L’écart est mesuré au bord le plus proche de ce que la référence peut valoir.
    marge = pd.Series(imprecision, index=table.index, dtype=float)
    ecart = ((table["valeur"] - reference).abs() - marge).clip(lower=0.0)
    bornee = table["borne_basse"].notna() & table["borne_haute"].notna()
    contient = (
        bornee
        & table["borne_basse"].le(reference + marge)
        & table["borne_haute"].ge(reference - marge)
    )
    sans_borne = ~bornee & (table["statut"] == Statut.ESTIME.value)
    fortuit = _fortuits(table, ecart, niveau)
    indicatif = contient | sans_borne | (ecart < precision) | fortuit
    impure = table["bornes_seules"].astype(bool)
    prouve = bornee & ~contient & (table["methode"] == Methode.CARREAUX.value)
    muet = table["valeur"].isna() | (impure & ~prouve) | ~np.isfinite(reference)
    verdicts = np.select(
        [muet, indicatif],
        [Verdict.NON_INTERPRETABLE.value, Verdict.ECART_INDICATIF.value],
        Verdict.ECART_NET.value,
    )
    return pd.Series(verdicts, index=table.index, dtype="object")


def _fortuits(table: pd.DataFrame, ecart: pd.Series, niveau: float) -> pd.Series:
    """Vrai pour un écart que le nombre de territoires comparés suffit à expliquer.

    Seuls comptent les intervalles de confiance (calage, sondage) : les bornes de Duncan et Davis
    sont certaines. L’erreur-type est la demi-largeur de l’intervalle rapportée à son quantile
    normal ; la correction porte sur les territoires de même type d’une même ville.
    """
    aleatoire = table["methode"].isin(METHODES_CALEES | {Methode.PUBLIE.value})
    demi_largeur = ((table["borne_haute"] - table["borne_basse"]) / 2).where(aleatoire)
    erreur = demi_largeur / ndtri(0.5 + niveau / 2)
    p_valeurs = pd.Series(2 * ndtr(-(ecart / erreur.where(erreur > 0))), index=table.index)
    groupes = table.groupby(_COMPARES, dropna=False).ngroup()
    ajustees = benjamini_hochberg(p_valeurs.to_numpy(), groupes.to_numpy())
    return pd.Series(ajustees > 1 - niveau, index=table.index)
