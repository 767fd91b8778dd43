"""Place d’une valeur parmi d’autres : centile parmi les IRIS de la ville."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from observatoire.domaine import Statut, TypeTerritoire

__all__ = ["centile_parmi", "centiles_parmi_les_iris"]

Tableau = npt.NDArray[np.float64]


def centile_parmi(valeurs: Tableau, repere: Tableau) -> Tableau:
    """Part (en %) du repère sous chaque valeur, les égalités comptant pour moitié.

    Parameters
    ----------
    valeurs : numpy.ndarray, shape (n,)
        ``NaN`` si inconnues.
    repere : numpy.ndarray, shape (m,)
        Valeurs auxquelles on se compare ; les ``NaN`` n’y comptent pas.

    Returns
    -------
    numpy.ndarray, shape (n,)
        De 0 à 100 ; ``NaN`` pour une valeur inconnue ou un repère vide.
    """
    connues = np.sort(repere[np.isfinite(repere)])
    if not len(connues):
        return np.full(len(valeurs), np.nan)
    dessous = np.searchsorted(connues, valeurs, side="left")
    egales = np.searchsorted(connues, valeurs, side="right") - dessous
    centiles: Tableau = 100 * (dessous + egales / 2) / len(connues)
    return np.where(np.isfinite(valeurs), centiles, np.nan)


def centiles_parmi_les_iris(table: pd.DataFrame, croissant: pd.Series) -> pd.Series:
    """Centile de chaque territoire parmi les IRIS de sa ville, de même indicateur et millésime.

    Parameters
    ----------
    table : pandas.DataFrame
        Lignes de résultats.
    croissant : pandas.Series of bool
        Vrai si une hausse est favorable : les plus basses valeurs ont alors les plus hauts centiles.

    Returns
    -------
    pandas.Series of float
        100 : plus défavorable que tous les IRIS de la ville ; un indicateur sans sens se lit comme une
        hausse. ``NaN`` si la valeur est inconnue ou trop incertaine pour être montrée. Les IRIS
        comptent chacun pour un, quel que soit leur nombre d’habitants.
    """
    connus = table["statut"].isin([Statut.PUBLIE.value, Statut.ESTIME.value])
    montrees = connus & ~table["bornes_seules"].astype(bool)
    orientees = table["valeur"].where(montrees).where(~croissant, -table["valeur"].where(montrees))
    est_iris = (table["type_territoire"] == TypeTerritoire.IRIS.value).to_numpy()
    valeurs, resultat = orientees.to_numpy(float), np.full(len(table), np.nan)
    groupes = table.groupby(["code_commune", "indicateur", "millesime"], sort=False).indices
    for rangs in groupes.values():
        resultat[rangs] = centile_parmi(valeurs[rangs], valeurs[rangs[est_iris[rangs]]])
    return pd.Series(resultat, index=table.index)
