"""Paires territoire × IRIS par rangs entiers : les sommes de tous les indicateurs passent par là.

Les codes ne sont cherchés qu’une fois ; chaque indicateur lit ensuite ses effectifs par rang.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["Appariement"]


class Appariement:
    """Paires d’une table, dans son ordre.

    Parameters
    ----------
    paires : pandas.DataFrame
        ``code_territoire, code_iris, surface_m2`` et des colonnes de parts (``part…``).
    territoires, iris : pandas.Index
        Codes qui donnent les rangs ; tous ceux des paires y sont.
    """

    def __init__(self, paires: pd.DataFrame, territoires: pd.Index, iris: pd.Index) -> None:
        self.territoires = territoires
        self.t = territoires.get_indexer(pd.Index(paires["code_territoire"]))
        """Rang du territoire de chaque paire."""
        self.i = iris.get_indexer(pd.Index(paires["code_iris"]))
        """Rang de l’IRIS de chaque paire."""
        self.surface = paires["surface_m2"].to_numpy(float)
        self.parts = {
            str(c): paires[c].to_numpy(float) for c in paires.columns if str(c).startswith("part")
        }

    def sommer(self, par_paire: np.ndarray) -> np.ndarray:
        """Somme des paires de chaque territoire, shape (territoires,)."""
        somme: np.ndarray = np.bincount(self.t, weights=par_paire, minlength=len(self.territoires))
        return somme

    def compter(self, iris: np.ndarray) -> np.ndarray:
        """Nombre d’IRIS de chaque territoire pour lesquels la condition est vraie."""
        return self.sommer(iris[self.i].astype(float))

    def agreger(self, effectifs: np.ndarray, part: np.ndarray) -> np.ndarray:
        """``Σ_i part_i X_i`` sur les IRIS connus de chaque territoire.

        Parameters
        ----------
        effectifs : numpy.ndarray of float, shape (iris,)
            ``NaN`` : inconnu. Le zéro n’est qu’un élément neutre.
        part : numpy.ndarray of float, shape (paires,)
            Entre 0 et 1.

        Returns
        -------
        numpy.ndarray, shape (territoires,)
            ``NaN`` si aucun IRIS de poids positif n’est connu.
        """
        x = effectifs[self.i]
        connus = ~np.isnan(x)
        total = self.sommer(np.where(connus, x, 0.0) * part)
        presents = self.sommer((connus & (part > 0)).astype(float)) > 0
        return np.where(presents, total, np.nan)
