"""Équipements et établissements situés dans les territoires, et ce que chacun ajoute à une variable."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from observatoire.catalogue import Catalogue, Indicateur, Variable
from observatoire.domaine import TypeTerritoire
from observatoire.ingestion.lieux import COLONNES_LIEUX, MESURES, LieuxLus
from observatoire.territoires import code_ville
from observatoire.territoires.lieux import situer_points

__all__ = [
    "LieuxSitues",
    "Releve",
    "mesurer",
    "peser_lieux",
    "relever",
    "situer_lieux",
    "tables_des_lieux",
]

Poids = NDArray[np.float64]


@dataclass(frozen=True)
class LieuxSitues:
    """Lieux de villes, et les territoires qui les contiennent.

    ``table`` : ``COLONNES_LIEUX``, ``code_ville`` (sans arrondissement) et ``situe``, vrai si la
    position est dans un IRIS lu ; index de 0 à n − 1. ``dedans`` : ``rang``, ``code`` et
    ``type_territoire`` de l’IRIS, du quartier ou du secteur. ``genres`` : source → genres relevés dans le fichier entier.
    """

    table: pd.DataFrame
    dedans: pd.DataFrame
    genres: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Releve:
    """Source et année d’un indicateur compté sur des lieux ; ``lignes`` dit lesquels en sont."""

    source: str
    millesime: int
    lignes: NDArray[np.bool_]
    """Booléen par lieu."""


def situer_lieux(
    lus: Sequence[LieuxLus], iris: gpd.GeoDataFrame, territoires: gpd.GeoDataFrame
) -> LieuxSitues | None:
    """Chercher l’IRIS, le quartier et le secteur de chaque lieu.

    Parameters
    ----------
    lus : sequence of LieuxLus
        Lieux des villes.
    iris : geopandas.GeoDataFrame
        ``code_iris, geometry``, projection légale.
    territoires : geopandas.GeoDataFrame
        ``code_territoire, type_territoire, geometry``, même projection.

    Returns
    -------
    LieuxSitues or None
        ``None`` s’il n’y a aucun lieu.
    """
    utiles = [lu for lu in lus if len(lu.lieux)]
    if not utiles:
        return None
    table = pd.concat([lu.lieux for lu in utiles], ignore_index=True)[COLONNES_LIEUX]
    positions = table["longitude"].to_numpy(float), table["latitude"].to_numpy(float)
    par_iris = situer_points(*positions, iris, code="code_iris").drop_duplicates("rang")
    par_territoire = situer_points(*positions, territoires, code="code_territoire")
    situe = np.zeros(len(table), dtype=bool)
    situe[par_iris["rang"].to_numpy(int)] = True
    # Une position hors de tout IRIS (latitude et longitude échangées, mer) ne dit pas le quartier.
    par_territoire = par_territoire[situe[par_territoire["rang"].to_numpy(int)]]
    table["code_ville"] = table["code_commune"].map(code_ville)
    table["situe"] = situe
    types = territoires.set_index("code_territoire")["type_territoire"]
    dedans = pd.concat(
        [
            par_iris.assign(type_territoire=TypeTerritoire.IRIS.value),
            par_territoire.assign(type_territoire=par_territoire["code"].map(types)),
        ],
        ignore_index=True,
    )
    return LieuxSitues(table, dedans, {lu.source: lu.genres for lu in utiles})


def relever(
    lieux: LieuxSitues, indicateur: Indicateur, catalogue: Catalogue, millesime: int | None = None
) -> list[Releve]:
    """Sources et années où toutes les variables d’un indicateur ont été relevées.

    Parameters
    ----------
    lieux : LieuxSitues
        Lieux des villes.
    indicateur : Indicateur
        Compté sur des lieux.
    catalogue : Catalogue
        Déclarations.
    millesime : int, optional
        Une seule année.

    Returns
    -------
    list of Releve
        Du plus ancien au plus récent ; la première source déclarée l’emporte. Un genre absent du
        fichier entier n’a pas été relevé : il n’y a pas d’indicateur, plutôt qu’un zéro.
    """
    variables = [catalogue.variables[v] for v in indicateur.composantes]
    communes = [s for s in variables[0].sources if all(s in v.sources for v in variables)]
    trouves: dict[int, Releve] = {}
    for source in (s for s in communes if catalogue.sources[s].type == "lieux"):
        du_fichier = (lieux.table["source"] == source).to_numpy(bool)
        if not all(_est_releve(lieux, v, source, catalogue) for v in variables):
            continue
        for annee in sorted(lieux.table.loc[du_fichier, "millesime"].unique()):
            lignes = du_fichier & (lieux.table["millesime"] == annee).to_numpy(bool)
            trouves.setdefault(int(annee), Releve(source, int(annee), lignes))
    return [r for _, r in sorted(trouves.items()) if millesime in {None, r.millesime}]


def _est_releve(lieux: LieuxSitues, variable: Variable, source: str, catalogue: Catalogue) -> bool:
    if "genre" not in catalogue.sources[source].colonnes:
        return True
    return any(
        set(f) <= lieux.genres.get(source, frozenset()) for f in variable.sources_en_termes(source)
    )


def peser_lieux(
    lieux: LieuxSitues, variables: Sequence[str], releve: Releve, catalogue: Catalogue
) -> Poids:
    """Ce que chaque lieu ajoute à une somme de variables : 1 par équipement, ses élèves par école.

    Parameters
    ----------
    lieux : LieuxSitues
        Lieux des villes.
    variables : sequence of str
        Variables à additionner.
    releve : Releve
        Lieux comptés.
    catalogue : Catalogue
        Déclarations.

    Returns
    -------
    numpy.ndarray of float, shape (n,)
        0 pour un lieu qui n’en est pas.
    """
    total = np.zeros(len(lieux.table))
    par_genre = "genre" in catalogue.sources[releve.source].colonnes
    for nom in variables:
        formules = catalogue.variables[nom].sources_en_termes(releve.source)
        if par_genre:
            connus = lieux.genres.get(releve.source, frozenset())
            termes = next(f for f in formules if set(f) <= connus)
            total += lieux.table["genre"].isin(termes).to_numpy(float)
        else:
            total += sum(mesurer(lieux.table, terme) for terme in formules[0])
    return np.where(releve.lignes, total, 0.0)


def mesurer(table: pd.DataFrame, mesure: str) -> Poids:
    """Mesure additive d’un établissement, 0 si elle est inconnue (la couverture le dit).

    Parameters
    ----------
    table : pandas.DataFrame
        ``COLONNES_LIEUX``.
    mesure : str
        ``etablissements``, ``eleves``, ``ips_eleves``, ``ips2_eleves`` ou ``inscrits``, suivi au besoin
        de ``_public``, ``_prive``, ``_gt`` ou ``_pro`` ; ``eleves`` ne compte que ceux des
        établissements dont l’indice est publié, ``inscrits`` tous.
    """
    racine, _, suffixe = mesure.rpartition("_")
    if suffixe not in _SUFFIXES:
        racine, suffixe = mesure, ""
    voie = f"_{suffixe}" if suffixe in {"gt", "pro"} else ""
    eleves = table[f"effectif{voie}"].to_numpy(float)
    ips = table[f"ips{voie}"].to_numpy(float)
    prive = table["secteur"].str.casefold().str.startswith("priv").to_numpy(bool)
    dedans = {"public": ~prive, "prive": prive}.get(suffixe, np.ones(len(table), dtype=bool))
    connus = np.isfinite(ips) & np.isfinite(eleves)
    valeurs = _ADDITIVES[racine](eleves, ips)
    retenus = dedans & (connus if racine in _D_INDICE else np.isfinite(valeurs))
    return np.where(retenus, valeurs, 0.0)


_SUFFIXES = frozenset({"public", "prive", "gt", "pro"})
_D_INDICE = frozenset({"eleves", "ips_eleves", "ips2_eleves"})
_ADDITIVES: dict[str, Callable[[Poids, Poids], Poids]] = {
    "etablissements": lambda eleves, _: np.ones_like(eleves),
    "inscrits": lambda eleves, _: eleves,
    "eleves": lambda eleves, _: eleves,
    "ips_eleves": lambda eleves, ips: ips * eleves,
    "ips2_eleves": lambda eleves, ips: ips**2 * eleves,
}


def tables_des_lieux(
    situes: Sequence[LieuxSitues | None], catalogue: Catalogue, villes: Collection[str]
) -> dict[str, pd.DataFrame]:
    """Tables complémentaires d’une édition : la liste des établissements et celle des équipements.

    Parameters
    ----------
    situes : sequence of LieuxSitues or None
        Lieux, un par projection légale.
    catalogue : Catalogue
        Déclarations ; seuls les genres d’équipements d’une variable sont gardés.
    villes : collection of str
        Villes de l’édition.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``etablissements`` et ``equipements``, chacune avec ``code_commune`` (la ville), ``code_qpv`` et
        ``code_iris`` (vides hors d’un quartier, ou sans position sûre), ``longitude`` et ``latitude``
        (degrés, ``NaN`` si la position n’est pas sûre). Une table sans ligne n’est pas écrite.
    """
    lignes = [_decrire(s, villes) for s in situes if s is not None]
    if not lignes:
        return {}
    table = pd.concat(lignes, ignore_index=True)
    par_genre = {i for i, s in catalogue.sources.items() if "genre" in s.colonnes}
    equipements = table["source"].isin(par_genre)
    declares = {
        (source, terme)
        for v in catalogue.variables.values()
        for source in set(v.sources) & par_genre
        for formule in v.sources_en_termes(source)
        for terme in formule
    }
    connus = pd.Series(list(zip(table["source"], table["genre"], strict=True))).isin(declares)
    communes = ["code_commune", "code_iris", "code_qpv", "source", "millesime", "genre", "nom"]
    rendues = {
        "etablissements": table.loc[
            ~equipements,
            [*communes, "identifiant", "secteur", *MESURES, "longitude", "latitude"],
        ],
        "equipements": table.loc[
            equipements & connus.to_numpy(bool), [*communes, "qualite", "longitude", "latitude"]
        ],
    }
    return {nom: t.reset_index(drop=True) for nom, t in rendues.items() if len(t)}


def _decrire(situes: LieuxSitues, villes: Collection[str]) -> pd.DataFrame:
    table = situes.table.assign(code_commune=situes.table["code_ville"])
    for colonne, genre in (("code_iris", TypeTerritoire.IRIS), ("code_qpv", TypeTerritoire.QPV)):
        siens = situes.dedans[situes.dedans["type_territoire"] == genre.value]
        codes = siens.drop_duplicates("rang").set_index("rang")["code"]
        table[colonne] = (
            codes.reindex(table.index).astype("str").where(table.index.isin(codes.index), "")
        )
    sans = ~table["situe"]
    table.loc[sans, ["longitude", "latitude"]] = np.nan
    return table[table["code_commune"].isin(list(villes))]
