"""Accès aux variables lues : niveau × variable × millésime → valeurs et statuts.

Plusieurs fichiers peuvent porter la même variable ; le premier déclaré dans le
catalogue l’emporte, puis le premier donné par la personne. Rien n’est jamais
complété d’un millésime à l’autre en silence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from observatoire.catalogue import Catalogue
from observatoire.domaine import Statut
from observatoire.ingestion import TableLue

__all__ = ["Cube", "Serie", "combiner_statuts"]


@dataclass(frozen=True)
class Serie:
    """Valeurs (``float``, ``NaN`` si inconnues) et statuts, indexés par code, et leur source."""

    valeurs: pd.Series
    statuts: pd.Series
    sources: tuple[str, ...]


def combiner_statuts(statuts: Sequence[pd.Series]) -> pd.Series:
    """Statut d’un calcul à partir de ceux de ses termes : secret, puis absent, l’emportent.

    Parameters
    ----------
    statuts : sequence of pandas.Series of str
        Même index.

    Returns
    -------
    pandas.Series of str
    """
    combines = _combiner([s.to_numpy(object) for s in statuts])
    return pd.Series(combines, index=statuts[0].index, dtype="object")


def _combiner(statuts: Sequence[np.ndarray]) -> np.ndarray:
    secret = np.logical_or.reduce([s == Statut.SECRET.value for s in statuts])
    absent = np.logical_or.reduce([s == Statut.ABSENT.value for s in statuts])
    combines = np.full(len(secret), Statut.PUBLIE.value, dtype=object)
    combines[absent] = Statut.ABSENT.value
    combines[secret] = Statut.SECRET.value
    return combines


class Cube:
    """Variables lues, rangées par niveau, variable et millésime.

    Parameters
    ----------
    tables : sequence of TableLue
        Tables validées, dans l’ordre de préférence de la personne.
    catalogue : Catalogue
        Déclarations, dont l’ordre des sources de chaque variable.
    """

    def __init__(self, tables: Sequence[TableLue], catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._tables: dict[tuple[str, str, int], TableLue] = {}
        self._annees: dict[tuple[str, str], set[int]] = {}
        self._alignements: dict[tuple[int, int], tuple[pd.Index, np.ndarray]] = {}
        for table in tables:
            for variable in table.valeurs.columns:
                cle = (table.niveau, str(variable), table.millesime)
                deja = self._tables.get(cle)
                if deja is None or self._rang(str(variable), table.source) < self._rang(
                    str(variable), deja.source
                ):
                    self._tables[cle] = table
                    self._annees.setdefault(cle[:2], set()).add(table.millesime)

    def _rang(self, variable: str, source: str) -> int:
        return list(self._catalogue.variables[variable].sources).index(source)

    def millesimes(self, niveau: str, variables: Collection[str]) -> list[int]:
        """Millésimes où toutes les variables existent à ce niveau, du plus ancien au plus récent."""
        par_variable = [self._annees.get((niveau, nom), set()) for nom in variables]
        return sorted(set.intersection(*par_variable)) if par_variable else []

    def codes(self, niveau: str) -> pd.Index:
        """Codes des territoires qui ont une ligne à ce niveau, triés, sans doublon."""
        tables = {id(t): t for t in self._tables.values() if t.niveau == niveau}
        codes = {str(c) for t in tables.values() for c in t.valeurs.index.to_numpy(object)}
        return pd.Index(sorted(codes), dtype="str")

    def existe(self, niveau: str, variables: Iterable[str], millesime: int) -> bool:
        """Vrai si toutes les variables existent à ce niveau et ce millésime."""
        return all((niveau, v, millesime) in self._tables for v in variables)

    def serie(self, niveau: str, variable: str, millesime: int, index: pd.Index) -> Serie:
        """Variable alignée sur ``index`` ; un code sans ligne prend le statut déclaré par la source.

        Raises
        ------
        KeyError
            Si la variable n’existe pas à ce niveau et ce millésime (voir :meth:`existe`).
        """
        valeurs, statuts, source = self._lire(niveau, variable, millesime, index)
        return Serie(
            pd.Series(valeurs, index=index),
            pd.Series(statuts, index=index, dtype=object),
            (source,),
        )

    def _lire(
        self, niveau: str, variable: str, millesime: int, index: pd.Index
    ) -> tuple[np.ndarray, np.ndarray, str]:
        """Valeurs, statuts et citation de la source."""
        table = self._tables[niveau, variable, millesime]
        source = self._catalogue.sources[table.source]
        rangs = self._rangs(table, index)
        presents = rangs >= 0
        valeurs = np.full(len(index), np.nan)
        valeurs[presents] = table.valeurs[variable].to_numpy(dtype=float)[rangs[presents]]
        statuts = np.full(len(index), source.ligne_manquante, dtype=object)
        statuts[presents] = table.statuts[variable].to_numpy(dtype=object)[rangs[presents]]
        return valeurs, statuts, source.citation(millesime)

    def _rangs(self, table: TableLue, index: pd.Index) -> np.ndarray:
        """Ligne de chaque code dans la table, −1 s’il n’y est pas ; cherchée une fois par index."""
        cle = (id(table), id(index))
        if cle not in self._alignements:
            # L’index est gardé : son identité ne peut être reprise par un autre.
            self._alignements[cle] = (index, table.valeurs.index.get_indexer(index))
        return self._alignements[cle][1]

    def somme(
        self, niveau: str, variables: Sequence[str], millesime: int, index: pd.Index
    ) -> Serie:
        """Somme de variables ; un terme masqué ou absent rend la somme masquée ou absente."""
        # Des centaines de sommes par ville : elles se font sur des tableaux, rangés une seule fois.
        termes = [self._lire(niveau, v, millesime, index) for v in variables]
        statuts = _combiner([s for _, s, _ in termes])
        total = sum((v for v, _, _ in termes[1:]), termes[0][0])
        return Serie(
            pd.Series(np.where(statuts == Statut.PUBLIE.value, total, np.nan), index=index),
            pd.Series(statuts, index=index, dtype=object),
            tuple(dict.fromkeys(citation for _, _, citation in termes)),
        )

    def plus_proche(
        self, niveau: str, variables: Sequence[str], millesime: int
    ) -> tuple[str, int] | None:
        """Première variable disponible et son millésime le plus proche (le plus récent à égalité)."""
        for variable in variables:
            disponibles = self.millesimes(niveau, [variable])
            if disponibles:
                return variable, min(disponibles, key=lambda m: (abs(m - millesime), -m))
        return None
