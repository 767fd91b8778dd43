"""Plusieurs villes calculées ensemble, avec le même résultat que chacune seule.

Les villes que contiennent exactement les mêmes tables forment un lot, calculé d’un coup : une
ville absente d’une table n’en reçoit ni millésime ni valeur masquée, comme lorsqu’elle est seule.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from observatoire.catalogue import Catalogue
from observatoire.domaine import TypeTerritoire
from observatoire.estimation.calage import Calage
from observatoire.indicateurs.calage import QUARTIERS
from observatoire.indicateurs.calcul import COLONNES_RESULTATS, calculer_resultats
from observatoire.indicateurs.contexte import Contexte, construire_contexte
from observatoire.indicateurs.contours_2015 import COLONNES_CONTOURS, estimer_contours
from observatoire.indicateurs.lieux import LieuxSitues
from observatoire.indicateurs.references import (
    COLONNES_REFERENCES,
    calculer_references,
    references_epci,
)
from observatoire.indicateurs.villes import COLONNES_REUNIS, reunir_quartiers
from observatoire.ingestion import TableLue
from observatoire.territoires import code_ville

__all__ = ["calculer_villes", "former_lots"]


@dataclass(frozen=True)
class Lot:
    """Villes que contiennent les mêmes tables."""

    villes: tuple[str, ...]
    tables: tuple[TableLue, ...]


class TablesDesVilles(NamedTuple):
    """Ce qui se calcule ville par ville."""

    resultats: pd.DataFrame
    """Voir :func:`observatoire.indicateurs.calculer_resultats`."""
    references: pd.DataFrame
    """Voir :func:`observatoire.indicateurs.calculer_references`."""
    contours: pd.DataFrame
    """Voir :func:`observatoire.indicateurs.contours_2015.estimer_contours`."""
    villes: pd.DataFrame
    """Quartiers réunis : voir :func:`observatoire.indicateurs.villes.reunir_quartiers`."""


def former_lots(
    tables: Sequence[TableLue],
    entourages: Mapping[str, Collection[str]],
    citations: Mapping[str, Collection[str]],
) -> list[Lot]:
    """Réunir les villes que contiennent exactement les mêmes tables.

    Parameters
    ----------
    tables : sequence of TableLue
        Tables lues pour toutes les villes.
    entourages : mapping of str to collection of str
        Ville → elle-même et les communes voisines que ses quartiers touchent.
    citations : mapping of str to collection of str
        Ville → codes des quartiers prioritaires qui s’y trouvent.

    Returns
    -------
    list of Lot
        Chaque ville est dans un lot et un seul ; une ville sans table n’est dans aucun.
    """
    couvertures = [_couverture(t) for t in tables]
    villes: dict[tuple[int, ...], list[str]] = {}
    for ville, entourage in sorted(entourages.items()):
        quartiers = set(citations.get(ville, ()))
        presentes = tuple(
            k
            for k, (niveau, codes) in enumerate(couvertures)
            if codes is None or not codes.isdisjoint(quartiers if niveau == "qpv" else entourage)
        )
        if presentes:
            villes.setdefault(presentes, []).append(ville)
    return [Lot(tuple(v), tuple(tables[k] for k in cles)) for cles, v in villes.items()]


def _couverture(table: TableLue) -> tuple[str, set[str] | None]:
    """Niveau, et villes ou quartiers qui ont une ligne ; ``None`` pour des carreaux."""
    if table.niveau == "carreau":
        return table.niveau, None
    if table.niveau == "qpv":
        return table.niveau, set(table.valeurs.index)
    return table.niveau, {code_ville(str(c)[:5]) for c in table.valeurs.index}


def calculer_villes(
    *,
    catalogue: Catalogue,
    tables: Sequence[TableLue],
    iris: gpd.GeoDataFrame,
    territoires: gpd.GeoDataFrame,
    poids: pd.DataFrame,
    villes: Mapping[str, str],
    entourages: Mapping[str, Collection[str]],
    intercommunalite: tuple[str, str] | None = None,
    calage: Calage | None = None,
    apres_lot: Callable[[Contexte, pd.DataFrame], None] | None = None,
    lieux: LieuxSitues | None = None,
    voisins: pd.DataFrame | None = None,
) -> TablesDesVilles:
    """Tables de toutes les villes d’un périmètre.

    Parameters
    ----------
    catalogue, tables, iris, territoires, poids
        Comme pour :func:`observatoire.indicateurs.construire_contexte`.
    villes : mapping of str to str
        Code et nom de chaque ville.
    entourages : mapping of str to collection of str
        Comme pour :func:`former_lots`.
    intercommunalite : (str, str), optional
        Code et nom de la réunion de ces villes, à calculer elle aussi.
    calage : Calage, optional
        Estimateur des quartiers non publiés.
    apres_lot : callable, optional
        Appelée avec les données alignées et les résultats de chaque lot.
    lieux : LieuxSitues, optional
        Équipements et établissements de ces villes.
    voisins : pandas.DataFrame, optional
        Paires, comme ``poids``, et ``type_territoire`` des quartiers de communes voisines qui ne
        sont d’aucune de ces villes.

    Returns
    -------
    TablesDesVilles
        Un territoire à cheval sur plusieurs villes a une seule ligne par indicateur et millésime.
    """
    listes = [set(str(c).split(",")) for c in territoires["communes"]]
    citations = _quartiers_par_ville(territoires, listes, villes)
    resultats, references, contours, reunis = [], [], [], []
    genres = territoires.set_index("code_territoire")["type_territoire"]
    types = poids["code_territoire"].map(genres)
    autour = [poids.assign(type_territoire=types)[types.isin(QUARTIERS)]]
    autour += [voisins] if voisins is not None and len(voisins) else []
    entourant = pd.concat(autour, ignore_index=True)
    for lot in former_lots(tables, entourages, citations):
        proches = {c for v in lot.villes for c in entourages[v]}
        concernes = np.array([not liste.isdisjoint(lot.villes) for liste in listes], dtype=bool)
        contexte = construire_contexte(
            catalogue=catalogue,
            tables=lot.tables,
            iris=iris[iris["code_commune"].isin(proches)],
            territoires=territoires[concernes],
            poids=poids,
            villes={v: villes[v] for v in lot.villes},
            calage=calage,
            lieux=lieux,
            voisins=entourant,
        )
        table = calculer_resultats(contexte)
        references.append(calculer_references(contexte, table))
        reunis.append(reunir_quartiers(contexte, table))
        resultats.append(table[table["code_commune"].isin(lot.villes)])
        if apres_lot is not None:
            apres_lot(contexte, table)
        estimes = estimer_contours(contexte)
        contours.append(estimes[estimes["code_commune"].isin(lot.villes)])
    if intercommunalite is not None:
        ensemble, reference = _calculer_ensemble(
            catalogue, tables, iris, territoires, poids, villes, intercommunalite, lieux
        )
        resultats.append(ensemble)
        references.append(reference)
    return TablesDesVilles(
        _reunir(resultats, COLONNES_RESULTATS),
        _reunir(references, COLONNES_REFERENCES),
        _reunir(contours, COLONNES_CONTOURS),
        _reunir(reunis, COLONNES_REUNIS),
    )


def _quartiers_par_ville(
    territoires: gpd.GeoDataFrame, listes: Sequence[set[str]], villes: Mapping[str, str]
) -> dict[str, list[str]]:
    quartiers: dict[str, list[str]] = {}
    for code, genre, liste in zip(
        territoires["code_territoire"], territoires["type_territoire"], listes, strict=True
    ):
        if genre == TypeTerritoire.QPV.value:
            for ville in liste & set(villes):
                quartiers.setdefault(ville, []).append(str(code))
    return quartiers


def _calculer_ensemble(
    catalogue: Catalogue,
    tables: Sequence[TableLue],
    iris: gpd.GeoDataFrame,
    territoires: gpd.GeoDataFrame,
    poids: pd.DataFrame,
    villes: Mapping[str, str],
    intercommunalite: tuple[str, str],
    lieux: LieuxSitues | None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """L’intercommunalité, sur tous les IRIS de ses villes, et sa référence pour chacune."""
    contexte = construire_contexte(
        catalogue=catalogue,
        tables=tables,
        iris=iris[iris["code_commune"].isin(list(villes))],
        territoires=territoires.iloc[:0],
        poids=poids.iloc[:0],
        villes={},
        intercommunalite=intercommunalite,
        lieux=lieux,
    )
    resultats = calculer_resultats(contexte)
    stocks = {i.id for i in catalogue.indicateurs.values() if i.est_stock}
    return resultats, references_epci(resultats, pd.Index(list(villes)), stocks)


def _reunir(morceaux: Sequence[pd.DataFrame], colonnes: list[str]) -> pd.DataFrame:
    utiles = [m for m in morceaux if len(m)]
    return pd.concat(utiles, ignore_index=True) if utiles else pd.DataFrame(columns=colonnes)
