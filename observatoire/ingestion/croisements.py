"""Croisements entre fichiers : un même fait, dit par deux fichiers, doit y être le même.

Ces contrôles voient ce qu’un fichier seul ne peut montrer : une colonne dans une autre unité, un
fichier coupé au bout d’une ligne, une couche qui se recouvre.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from observatoire.erreurs import Anomalie, Gravite
from observatoire.ingestion.modeles import TableLue
from observatoire.redaction import ecrire_lu

__all__ = ["croiser_fichiers"]

# Filosofi arrondit ; la moyenne de la commune peut sortir un peu de l’étendue de ses IRIS diffusés.
_MARGE_COMMUNE = 0.10
_IRIS_MIN = 3
# Filosofi laisse de côté quelques pour cent des habitants (communautés, étudiants).
_PART_CARREAUX_FAUTE = 0.60
_PART_CARREAUX_DOUTE = 0.80
_ECART_POPULATION = 0.25
_PART_RECOUVREE = 0.02
_MAX_CITES = 10


def croiser_fichiers(iris: gpd.GeoDataFrame, tables: Sequence[TableLue]) -> list[Anomalie]:
    """Confronter les fichiers deux à deux.

    Parameters
    ----------
    iris : geopandas.GeoDataFrame
        ``code_iris``, ``geometry``, en mètres.
    tables : sequence of TableLue
        Tables de la ville.

    Returns
    -------
    list of Anomalie
        Erreurs : commune hors de l’étendue de ses IRIS, carreaux d’une petite part de la
        population, deux populations d’un même quartier. Avertissements : IRIS qui se recouvrent,
        IRIS absents d’une des bases du recensement.
    """
    return [
        *_iris_qui_se_recouvrent(iris),
        *_communes_et_iris(tables),
        *_carreaux_et_population(tables),
        *_populations_de_quartier(tables),
        *_iris_du_recensement(tables),
    ]


def _iris_qui_se_recouvrent(iris: gpd.GeoDataFrame) -> list[Anomalie]:
    anomalies = []
    # Un contour en double est déjà une faute.
    uniques = iris.drop_duplicates("code_iris")
    for commune, contours in uniques.groupby(uniques["code_iris"].str[:5]):
        formes = contours.geometry.to_numpy()
        total = float(shapely.area(formes).sum())
        union = float(shapely.area(shapely.union_all(formes)))
        if total - union > _PART_RECOUVREE * union:
            part = (total - union) / union
            message = f"les IRIS de {commune} se recouvrent sur {part:.0%} de leur surface"
            remede = "reprenez la couche du producteur, sans la simplifier ni l’élargir"
            anomalies.append(
                Anomalie(message, "contours des IRIS", remede=remede, gravite="avertissement")
            )
    return anomalies


def _communes_et_iris(tables: Sequence[TableLue]) -> list[Anomalie]:
    """Le taux et la médiane d’une commune sont entre les extrêmes de ses IRIS."""
    anomalies = []
    for commune in (t for t in tables if t.niveau == "commune"):
        for iris in (t for t in tables if t.niveau == "iris" and t.millesime == commune.millesime):
            for variable in commune.valeurs.columns.intersection(iris.valeurs.columns):
                if str(variable).startswith(("filo_taux", "filo_mediane")):
                    anomalies += _hors_de_l_etendue(commune, iris, str(variable))
    return anomalies


def _hors_de_l_etendue(commune: TableLue, iris: TableLue, variable: str) -> list[Anomalie]:
    anomalies = []
    # Une seule somme par commune : une commune sans IRIS dans la table n’y a pas de ligne.
    communes = [str(c)[:5] for c in iris.valeurs.index.to_numpy(object)]
    par_commune = iris.valeurs[variable].groupby(np.array(communes, dtype=object))
    etendues = par_commune.agg(["size", "count", "min", "max"])
    etendues = etendues[etendues["count"] >= _IRIS_MIN]
    valeurs = dict(commune.valeurs[variable].dropna().items())
    for code, lignes, connus, plus_bas, plus_haut in etendues.itertuples():
        if (valeur := valeurs.get(code)) is None:
            continue
        # Les taux faibles sont masqués : le plus petit taux diffusé n’est pas le plus petit.
        bas = 0.0 if connus < lignes else plus_bas * (1 - _MARGE_COMMUNE)
        haut = plus_haut * (1 + _MARGE_COMMUNE)
        if not bas <= float(valeur) <= haut:
            message = (
                f"{code} : {ecrire_lu(valeur)} hors de l’étendue de ses IRIS dans {iris.fichier.nom} "
                f"({ecrire_lu(plus_bas)} à {ecrire_lu(plus_haut)})"
            )
            remede = "l’un des deux fichiers n’est pas dans la bonne unité : reprenez-les"
            anomalies.append(
                Anomalie(
                    message, commune.fichier.nom, None, variable, remede, communes=(str(code),)
                )
            )
    return anomalies


def _carreaux_et_population(tables: Sequence[TableLue]) -> list[Anomalie]:
    """Les carreaux d’une ville portent presque toute sa population."""
    populations = [t for t in tables if t.niveau == "iris" and "population" in t.valeurs]
    carreaux = [t for t in tables if t.niveau == "carreau" and "carreau_individus" in t.valeurs]
    if not populations:
        return []
    recente = max(populations, key=lambda t: t.millesime)
    attendue = float(recente.valeurs["population"].sum())
    anomalies = []
    for table in carreaux:
        part = float(table.valeurs["carreau_individus"].sum()) / attendue if attendue else np.nan
        if part >= _PART_CARREAUX_DOUTE or np.isnan(part):
            continue
        gravite: Gravite = "erreur" if part < _PART_CARREAUX_FAUTE else "avertissement"
        message = (
            f"les carreaux ne portent que {part:.0%} de la population de {recente.fichier.nom}"
        )
        remede = "fichier tronqué, ou d’une autre région : reprenez-le chez le producteur"
        anomalies.append(Anomalie(message, table.fichier.nom, remede=remede, gravite=gravite))
    return anomalies


def _populations_de_quartier(tables: Sequence[TableLue]) -> list[Anomalie]:
    """La population d’un quartier est la même dans les deux fichiers qui la donnent."""
    anomalies = []
    for gauche in (t for t in tables if t.niveau == "qpv" and "population" in t.valeurs):
        for droite in (t for t in tables if "dem_population" in t.valeurs):
            paire = pd.concat(
                [gauche.valeurs["population"], droite.valeurs["dem_population"]],
                axis=1,
                join="inner",
            ).dropna()
            ecart = (paire["population"] - paire["dem_population"]).abs()
            for code, ligne in paire[
                ecart > _ECART_POPULATION * paire["dem_population"]
            ].iterrows():
                message = (
                    f"{code} : {ecrire_lu(ligne['population'])} habitants, mais "
                    f"{ecrire_lu(ligne['dem_population'])} dans {droite.fichier.nom}"
                )
                remede = "l’un des deux fichiers est faux ou d’une autre géographie : reprenez-les"
                anomalies.append(Anomalie(message, gauche.fichier.nom, None, "population", remede))
    return anomalies


def _iris_du_recensement(tables: Sequence[TableLue]) -> list[Anomalie]:
    """Les bases d’un même recensement ont toutes les mêmes IRIS, habités ou non."""
    anomalies = []
    bases = [t for t in tables if t.source.startswith("rp_") and t.niveau == "iris"]
    for annee in sorted({t.millesime for t in bases}):
        groupe = [t for t in bases if t.millesime == annee]
        tous = {str(c) for t in groupe for c in t.valeurs.index}
        for table in groupe:
            if manquants := sorted(tous - set(table.valeurs.index)):
                suite = "…" if len(manquants) > _MAX_CITES else ""
                message = (
                    f"{len(manquants)} IRIS présents dans les autres bases de {annee} sont sans "
                    f"ligne : {', '.join(manquants[:_MAX_CITES])}{suite}"
                )
                remede = "vérifiez que le fichier est complet ; ces IRIS seront non disponibles"
                anomalies.append(
                    Anomalie(message, table.fichier.nom, remede=remede, gravite="avertissement")
                )
    return anomalies
