"""Lieux par territoire, et distance des habitants au plus proche : tables ``lieux`` et ``acces_lieux``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from observatoire.chemins import Chemins
from observatoire.collecte import DossierVille
from observatoire.domaine import TypeTerritoire
from observatoire.equipements.registre import listes_de_lieux, relire_liste
from observatoire.erreurs import Anomalie, ErreurDonnees
from observatoire.estimation.proximite import (
    habitants_par_carreaux,
    habitants_par_iris,
    mesurer_acces,
)

__all__ = ["tables_des_lieux_declares"]

_DISTANCE_UTILE_M = 10_000.0
_COLONNES_LIEUX = [
    "code_commune", "liste", "identifiant", "nom", "categorie", "adresse", "longitude", "latitude",
    "code_qpv", "a_geolocaliser",
]  # fmt: skip
_APPROXIMATION = "habitants supposés répartis également dans chaque IRIS : un ordre de grandeur, à lire avec prudence"


def tables_des_lieux_declares(
    dossiers: Sequence[DossierVille],
    territoires: Sequence[gpd.GeoDataFrame],
    carreaux: Callable[[DossierVille], gpd.GeoDataFrame | None],
    resultats: pd.DataFrame,
    chemins: Chemins,
) -> tuple[dict[str, pd.DataFrame], list[Anomalie]]:
    """Compter les lieux et mesurer les distances.

    Parameters
    ----------
    dossiers : sequence of DossierVille
        Ce qui a été lu.
    territoires : sequence of geopandas.GeoDataFrame
        ``code_territoire, type_territoire, nom, code_commune, geometry`` de chaque dossier.
    carreaux : callable
        Carreaux de 200 m d’un dossier, ou ``None``.
    resultats : pandas.DataFrame
        Résultats de l’édition ; sa population par IRIS sert sans carreaux.
    chemins : Chemins
        Racine des données.

    Returns
    -------
    tables : dict of str to DataFrame
        ``lieux`` : une ligne par lieu ; ``acces_lieux`` : une ligne par territoire et catégorie,
        ``nombre, non_situes, distance_moyenne_m, distance_mediane_m, part_500m, habitants,
        methode, precaution``. Vide sans liste.
    anomalies : list of Anomalie
        Listes laissées de côté, lieux trop loin.
    """
    lieux, acces, anomalies = list[pd.DataFrame](), list[pd.DataFrame](), list[Anomalie]()
    for dossier, siens in zip(dossiers, territoires, strict=True):
        for ville in dossier.villes:
            table, dites = _lieux_de(chemins, ville, dossier)
            anomalies += dites
            if table.empty:
                continue
            zones = _zones(dossier, siens, ville)
            habitants, methode = _habitants(dossier, zones, ville, carreaux, resultats)
            table["code_qpv"] = _quartier(table, zones)
            lieux.append(table[_COLONNES_LIEUX])
            acces.append(_acces(table, zones, habitants, methode).assign(code_commune=ville))
    if not lieux:
        return {}, anomalies
    reunies = {
        "lieux": pd.concat(lieux, ignore_index=True),
        "acces_lieux": pd.concat(acces, ignore_index=True),
    }
    return reunies, anomalies


def _lieux_de(
    chemins: Chemins, ville: str, dossier: DossierVille
) -> tuple[pd.DataFrame, list[Anomalie]]:
    lignes, anomalies = [], list[Anomalie]()
    for liste in listes_de_lieux(chemins, ville):
        try:
            lus = relire_liste(chemins, liste)
        except ErreurDonnees as erreur:
            anomalies.append(Anomalie(erreur.message, liste.fichier, gravite="avertissement"))
            continue
        lignes += [
            {
                "code_commune": ville,
                "liste": liste.identifiant,
                "identifiant": lieu.identifiant,
                "nom": lieu.nom,
                "categorie": lieu.categorie,
                "adresse": lieu.adresse,
                "longitude": np.nan if lieu.longitude is None else lieu.longitude,
                "latitude": np.nan if lieu.latitude is None else lieu.latitude,
                "a_geolocaliser": not lieu.situe,
            }
            for lieu in lus
        ]
    table = pd.DataFrame(lignes)
    if table.empty:
        return table, anomalies
    vers = Transformer.from_crs(4326, dossier.crs, always_xy=True)
    situes = ~table["a_geolocaliser"].to_numpy(dtype=bool)
    table["x"], table["y"] = np.nan, np.nan
    x, y = vers.transform(table.loc[situes, "longitude"], table.loc[situes, "latitude"])
    table.loc[situes, "x"], table.loc[situes, "y"] = x, y
    siens = dossier.iris[dossier.iris["code_commune"] == ville]
    contour = shapely.union_all(siens.geometry.to_numpy())
    loin = np.zeros(len(table), dtype=bool)
    loin[situes] = shapely.distance(shapely.points(x, y), contour) > _DISTANCE_UTILE_M
    if loin.any():
        noms = ", ".join(table.loc[loin, "nom"].head(5))
        message = f"{int(loin.sum())} lieu(x) à plus de 10 km de la ville, laissés de côté : {noms}"
        remede = "vérifiez leurs coordonnées"
        anomalies.append(Anomalie(message, "lieux", remede=remede, gravite="avertissement"))
    return table[~loin].reset_index(drop=True), anomalies


def _zones(dossier: DossierVille, territoires: gpd.GeoDataFrame, ville: str) -> gpd.GeoDataFrame:
    """Territoires de la ville, et la ville elle-même."""
    colonnes = ["code_territoire", "type_territoire", "nom", "geometry"]
    siens = territoires.loc[territoires["code_commune"] == ville, colonnes]
    iris = dossier.iris[dossier.iris["code_commune"] == ville]
    ensemble = gpd.GeoDataFrame(
        {
            "code_territoire": [ville],
            "type_territoire": [TypeTerritoire.COMMUNE.value],
            "nom": [dossier.villes[ville]],
        },
        geometry=[shapely.union_all(iris.geometry.to_numpy())],
        crs=dossier.crs,
    )
    return gpd.GeoDataFrame(pd.concat([ensemble, siens], ignore_index=True), crs=dossier.crs)


def _habitants(
    dossier: DossierVille,
    zones: gpd.GeoDataFrame,
    ville: str,
    carreaux: Callable[[DossierVille], gpd.GeoDataFrame | None],
    resultats: pd.DataFrame,
) -> tuple[pd.DataFrame, str]:
    quadrillage = carreaux(dossier)
    if quadrillage is not None and len(quadrillage):
        return habitants_par_carreaux(quadrillage, zones), "carreaux"
    population = resultats[
        (resultats["indicateur"] == "population")
        & (resultats["type_territoire"] == TypeTerritoire.IRIS.value)
    ].sort_values("millesime")
    par_iris = population.drop_duplicates("code_territoire", keep="last").set_index(
        "code_territoire"
    )["valeur"]
    iris = dossier.iris[dossier.iris["code_commune"] == ville]
    iris = iris.assign(population=iris["code_iris"].map(par_iris)).dropna(subset=["population"])
    return habitants_par_iris(iris, zones), "iris"


def _quartier(table: pd.DataFrame, zones: gpd.GeoDataFrame) -> list[str]:
    qpv = zones[zones["type_territoire"] == TypeTerritoire.QPV.value]
    dans = [""] * len(table)
    rangs = np.flatnonzero(~table["a_geolocaliser"].to_numpy(dtype=bool))
    points = shapely.points(table["x"].to_numpy()[rangs], table["y"].to_numpy()[rangs])
    for code, forme in zip(qpv["code_territoire"], qpv.geometry, strict=True):
        for rang in rangs[shapely.intersects(forme, points)]:
            dans[int(rang)] = str(code)
    return dans


def _acces(
    table: pd.DataFrame, zones: gpd.GeoDataFrame, habitants: pd.DataFrame, methode: str
) -> pd.DataFrame:
    groupes = dict(tuple(habitants.groupby("code_territoire")))
    lignes = []
    for categorie, siens in table.groupby("categorie", sort=True):
        situes = siens[~siens["a_geolocaliser"]]
        points = situes[["x", "y"]].to_numpy(float)
        for code, genre, nom, forme in zip(
            zones["code_territoire"],
            zones["type_territoire"],
            zones["nom"],
            zones.geometry,
            strict=True,
        ):
            gens = groupes.get(code)
            mesure = None
            if gens is not None:
                mesure = mesurer_acces(
                    gens[["x", "y"]].to_numpy(float), gens["poids"].to_numpy(float), points
                )
            lignes.append(
                {
                    "code_territoire": code,
                    "type_territoire": genre,
                    "nom": nom,
                    "categorie": str(categorie),
                    "nombre": int(shapely.intersects(forme, shapely.points(points)).sum()),
                    "non_situes": len(siens) - len(situes),
                    "distance_moyenne_m": np.nan if mesure is None else mesure.moyenne_m,
                    "distance_mediane_m": np.nan if mesure is None else mesure.mediane_m,
                    "part_500m": np.nan if mesure is None else mesure.part_proche,
                    "habitants": np.nan if mesure is None else mesure.habitants,
                    "methode": methode,
                    "precaution": "" if methode == "carreaux" else _APPROXIMATION,
                }
            )
    return pd.DataFrame(lignes)
