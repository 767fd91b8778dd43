"""Comptage pondéré par IRIS, partagé par les bases du recensement."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Tableau = npt.NDArray[Any]


def nommer_tranche(age: tuple[int, int]) -> str:
    """Suffixe de colonne d’une tranche d’âges : `0014`, `75P`."""
    return f"{age[0]:02d}P" if age[1] == 999 else f"{age[0]:02d}{age[1]:02d}"


class Compteur:
    """Compte des personnes ou des logements pondérés, IRIS par IRIS.

    Parameters
    ----------
    table : DataFrame
        Unités à compter ; colonne `iris`.
    codes : list of str
        Codes des IRIS, dans l’ordre voulu.
    poids : ndarray
        Poids de chaque unité.
    """

    def __init__(self, table: pd.DataFrame, codes: list[str], poids: Tableau) -> None:
        self.table, self._n, self._poids = table, len(codes), poids
        self._rang = pd.Index(codes).get_indexer(pd.Index(table["iris"]))

    def __call__(
        self, masque: Tableau | pd.Series | None = None, valeurs: Tableau | pd.Series | None = None
    ) -> Tableau:
        """Somme pondérée des unités du masque, ou de leurs valeurs."""
        poids = self._poids if valeurs is None else self._poids * np.asarray(valeurs, dtype=float)
        garde = (
            np.ones(len(poids), dtype=bool) if masque is None else np.asarray(masque, dtype=bool)
        )
        return np.bincount(self._rang[garde], weights=poids[garde], minlength=self._n)
