"""Données d’une autre année de géographie que les contours : des IRIS sans contour, et l’inverse.

Un IRIS sans contour compte dans sa ville et dans aucun quartier. Un contour sans ligne manque à la
part couverte des quartiers qu’il touche, pesé par la population qu’un autre recensement lui donne.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from observatoire.arrondissements import code_ville
from observatoire.domaine import Statut
from observatoire.ingestion import TableLue

__all__ = ["ajouter_sans_contour", "dire_les_nouveaux"]


def ajouter_sans_contour(iris: pd.DataFrame, tables: Sequence[TableLue]) -> pd.DataFrame:
    """Ajouter aux IRIS ceux que des tables décrivent et qui n’ont pas de contour.

    Parameters
    ----------
    iris : pandas.DataFrame
        Index ``code_iris`` ; ``nom, type_iris, code_commune, surface_m2`` (m²).
    tables : sequence of TableLue
        Tables des villes.

    Returns
    -------
    pandas.DataFrame
        Mêmes colonnes, trié par code ; ``surface_m2`` est ``NaN`` sans contour. Les IRIS d’une
        commune qui n’a aucun contour ne sont pas ajoutés.
    """
    communes = set(iris["code_commune"])
    ajoutes: dict[str, dict[str, object]] = {}
    for table in _par_iris(tables):
        for code in table.valeurs.index.difference(iris.index):
            ville = code_ville(str(code)[:5])
            if ville in communes:
                ajoutes[str(code)] = {"nom": "", "type_iris": "", "code_commune": ville}
    if not ajoutes:
        return iris.sort_index()
    suite = pd.DataFrame.from_dict(ajoutes, orient="index").assign(surface_m2=float("nan"))
    suite.index = pd.Index(list(ajoutes), name=iris.index.name, dtype=iris.index.dtype)
    return pd.concat([iris, suite[iris.columns]]).sort_index()


def dire_les_nouveaux(iris: pd.DataFrame, tables: Sequence[TableLue]) -> list[TableLue]:
    """Dire absent, et non secret, un IRIS qui n’existait pas dans la géographie d’une table.

    Parameters
    ----------
    iris : pandas.DataFrame
        Rendu par :func:`ajouter_sans_contour`.
    tables : sequence of TableLue
        Tables des villes.

    Returns
    -------
    list of TableLue
        Dans une commune où une table qui retire ses lignes secrètes décrit des IRIS sans contour,
        une ligne qui manque est absente, sauf si une table complète, de géographie aussi
        ancienne, connaît cet IRIS : il existait donc, et il est masqué.
    """
    contours = iris.index[iris["surface_m2"].notna()]
    rendues = []
    for table in tables:
        if table.niveau != "iris" or table.statut_ligne_manquante != Statut.SECRET.value:
            rendues.append(table)
            continue
        sans_contour = table.valeurs.index.difference(contours)
        refaites = {code_ville(str(c)[:5]) for c in sans_contour}
        manquants = contours.difference(table.valeurs.index)
        communes = iris.loc[manquants, "code_commune"]
        nouveaux = manquants[communes.isin(refaites) & ~manquants.isin(_connus(table, tables))]
        rendues.append(_declarer_absents(table, nouveaux) if len(nouveaux) else table)
    return rendues


def _par_iris(tables: Sequence[TableLue]) -> list[TableLue]:
    return [t for t in tables if t.niveau == "iris"]


def _connus(table: TableLue, tables: Sequence[TableLue]) -> set[str]:
    """IRIS des tables complètes dont la géographie n’est pas plus récente."""
    annee = table.fichier.geographie
    connus: set[str] = set()
    for autre in _par_iris(tables):
        complete = autre.statut_ligne_manquante == Statut.ABSENT.value
        sienne = autre.fichier.geographie
        if complete and annee is not None and sienne is not None and sienne <= annee:
            connus |= set(autre.valeurs.index)
    return connus


def _declarer_absents(table: TableLue, codes: pd.Index) -> TableLue:
    index = table.valeurs.index.append(codes)
    statuts = table.statuts.reindex(index)
    statuts.loc[codes] = Statut.ABSENT.value
    return replace(table, valeurs=table.valeurs.reindex(index), statuts=statuts)
