"""Répartition d’un IRIS entre territoires d’après les carreaux de 200 m (méthode dasymétrique)."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from observatoire.erreurs import Anomalie
from observatoire.territoires.couches import anomalies_de_validite, refuser
from observatoire.territoires.fils import calculer_par_fils, interroger_par_fils

__all__ = ["COLONNES_CARREAUX", "anomalies_des_effectifs", "parts_par_carreaux"]

COLONNES_CARREAUX = ("ind", "men")
"""Effectifs d’un carreau : individus et ménages."""


def anomalies_des_effectifs(carreaux: gpd.GeoDataFrame, nom: str) -> list[Anomalie]:
    """Défauts des effectifs : colonne absente, non numérique, valeur manquante ou négative.

    Parameters
    ----------
    carreaux : geopandas.GeoDataFrame
        Carreaux, colonnes ``ind`` et ``men``.
    nom : str
        Nom de la couche dans les messages.

    Returns
    -------
    list of Anomalie
        Vide si les effectifs sont utilisables.
    """
    anomalies = []
    for colonne in COLONNES_CARREAUX:
        if colonne not in carreaux.columns:
            anomalies.append(
                Anomalie("colonne absente", nom, None, colonne, "prendre le fichier complet")
            )
        elif not pd.api.types.is_numeric_dtype(carreaux[colonne]):
            anomalies.append(
                Anomalie("effectifs non numériques", nom, None, colonne, "relire en nombres")
            )
        elif fautifs := int((~(carreaux[colonne] >= 0)).sum()):
            anomalies.append(
                Anomalie(
                    f"{fautifs} effectif(s) manquant(s) ou négatif(s)",
                    nom,
                    None,
                    colonne,
                    "retirer ces carreaux ou retrouver leur effectif",
                )
            )
    return anomalies


def parts_par_carreaux(
    iris: np.ndarray, morceaux: np.ndarray, iris_du_morceau: np.ndarray, carreaux: gpd.GeoDataFrame
) -> dict[str, np.ndarray]:
    """Part des individus et des ménages d’un IRIS qui vivent dans chacun de ses morceaux.

    Parameters
    ----------
    iris : numpy.ndarray of polygons, shape (n,)
        Contours des IRIS entiers.
    morceaux : numpy.ndarray of polygons, shape (m,)
        Intersections d’un IRIS et d’un territoire.
    iris_du_morceau : numpy.ndarray of int, shape (m,)
        Rang, dans ``iris``, de l’IRIS de chaque morceau.
    carreaux : geopandas.GeoDataFrame
        Carreaux dans la même projection, colonnes ``ind`` et ``men``.

    Returns
    -------
    dict of str to numpy.ndarray of float, shape (m,)
        Sous ``"ind"`` et ``"men"``, la part entre 0 et 1 ; ``NaN`` si l’IRIS n’a aucun
        individu (aucun ménage) dans les carreaux.

    Raises
    ------
    ErreurGeographie
        Si un carreau utile a un contour invalide.

    Notes
    -----
    ``w = Σ_c e_c |c∩i∩q| / |c| ÷ Σ_c e_c |c∩i| / |c|`` : un carreau coupé par une limite est
    partagé selon les surfaces. La division par ``|c|`` laisse la formule inchangée pour des
    carreaux égaux, et la rend exacte quand la reprojection les a rendus inégaux.
    """
    voisins = _carreaux_voisins(carreaux, iris)
    geometries = np.asarray(voisins.geometry.values)
    arbre = shapely.STRtree(geometries)
    fractions_iris = _fractions(iris, geometries, arbre)
    fractions_morceaux = _fractions(
        np.array([_partie_surfacique(m) for m in morceaux], dtype=object), geometries, arbre
    )
    parts = {}
    for colonne in COLONNES_CARREAUX:
        effectifs = voisins[colonne].to_numpy(dtype=np.float64)
        totaux = _sommer(fractions_iris, effectifs, len(iris))[iris_du_morceau]
        dedans = _sommer(fractions_morceaux, effectifs, len(morceaux))
        part = np.full(len(morceaux), np.nan)
        np.divide(dedans, totaux, out=part, where=totaux > 0)
        # Les deux sommes sont arrondies séparément : un dépassement de 1e-16 n’a pas de sens.
        parts[colonne] = np.minimum(part, 1.0)
    return parts


_Fractions = tuple[np.ndarray, np.ndarray, np.ndarray]


def _carreaux_voisins(carreaux: gpd.GeoDataFrame, zones: np.ndarray) -> gpd.GeoDataFrame:
    """Carreaux dont le rectangle touche une zone, dans un ordre qui ne doit rien à la table."""
    rangs = np.unique(shapely.STRtree(zones).query(np.asarray(carreaux.geometry.values))[0])
    voisins = carreaux.iloc[rangs]
    geometries = np.asarray(voisins.geometry.values)
    valides = calculer_par_fils(shapely.is_valid, geometries)
    refuser(anomalies_de_validite(voisins, "carreaux", None, valides))
    # Une somme de flottants dépend de l’ordre de ses termes : on le fixe par la position.
    bornes = shapely.bounds(geometries)
    ordre = np.lexsort((voisins["men"], voisins["ind"], bornes[:, 0], bornes[:, 1]))
    return voisins.iloc[ordre]


def _fractions(zones: np.ndarray, carreaux: np.ndarray, arbre: shapely.STRtree) -> _Fractions:
    """Part de chaque carreau dans chaque zone : (rang de zone, rang de carreau, part)."""
    entiers = np.stack(interroger_par_fils(arbre, zones, "covers"))
    touches = np.stack(interroger_par_fils(arbre, zones, "intersects"))
    # La plupart des carreaux sont entièrement dedans : seuls les autres sont découpés.
    cle = np.int64(len(carreaux))
    coupes = touches[:, ~np.isin(touches[0] * cle + touches[1], entiers[0] * cle + entiers[1])]
    parts = calculer_par_fils(_part_commune, carreaux[coupes[1]], zones[coupes[0]])
    zone, carreau = np.concatenate([entiers, coupes], axis=1)
    part = np.concatenate([np.ones(entiers.shape[1]), parts])
    ordre = np.lexsort((carreau, zone))
    return zone[ordre], carreau[ordre], part[ordre]


def _part_commune(carreaux: np.ndarray, zones: np.ndarray) -> np.ndarray:
    communes: np.ndarray = shapely.area(shapely.intersection(carreaux, zones))
    parts: np.ndarray = communes / shapely.area(carreaux)
    return parts


def _sommer(fractions: _Fractions, effectifs: np.ndarray, nombre: int) -> np.ndarray:
    zone, carreau, part = fractions
    return np.bincount(zone, weights=effectifs[carreau] * part, minlength=nombre)


def _partie_surfacique(geometrie: shapely.Geometry) -> shapely.Geometry:
    """Retirer les lignes et les points d’une intersection : les limites qui se frôlent."""
    if geometrie.geom_type != "GeometryCollection":
        return geometrie
    morceaux = shapely.get_parts(shapely.get_parts(geometrie))
    return shapely.MultiPolygon([m for m in morceaux if m.geom_type == "Polygon"])
