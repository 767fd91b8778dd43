"""Vérifications géométriques : projection, ordre des axes, polygones à réparer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from observatoire.erreurs import Anomalie

__all__ = ["controler_lieu", "reparer"]

# Emprises (longitude et latitude minimales puis maximales), eaux proches comprises.
_TERRITOIRES = {
    "métropole": (-6.0, 41.0, 10.0, 51.6),
    "Antilles": (-63.4, 14.2, -60.6, 18.3),
    "Guyane": (-54.8, 2.0, -51.4, 6.0),
    "La Réunion": (54.9, -21.6, 56.1, -20.6),
    "Mayotte": (44.7, -13.3, 45.6, -12.3),
    "Saint-Pierre-et-Miquelon": (-56.7, 46.6, -55.9, 47.3),
}
_MAX_CITES = 10


@dataclass(frozen=True, slots=True)
class Lieu:
    """Où tombent des points : en France, en France une fois les axes permutés, ou ailleurs."""

    en_france: NDArray[np.bool_]
    permutes: NDArray[np.bool_]


def situer(x: NDArray[np.float64], y: NDArray[np.float64], crs: CRS) -> Lieu:
    """Dire si des points tombent en France, tels quels ou axes permutés.

    Parameters
    ----------
    x, y : numpy.ndarray of float64, shape (n,)
        Coordonnées dans ``crs``, abscisse (ou longitude) d’abord.
    crs : pyproj.CRS
        Projection de la couche.
    """
    vers_degres = Transformer.from_crs(crs, "OGC:CRS84", always_xy=True)
    droit = _en_france(*vers_degres.transform(x, y))
    permute = _en_france(*vers_degres.transform(y, x))
    return Lieu(droit, ~droit & permute)


def _en_france(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    dedans = np.zeros(np.shape(lon), dtype=bool)
    for ouest, sud, est, nord in _TERRITOIRES.values():
        dedans |= (lon >= ouest) & (lon <= est) & (lat >= sud) & (lat <= nord)
    return dedans


def controler_lieu(
    couche: gpd.GeoDataFrame, codes: NDArray[np.object_], fichier: str
) -> list[Anomalie]:
    """Refuser les axes permutés et les contours hors de France.

    Parameters
    ----------
    couche : geopandas.GeoDataFrame
        Contours, dans la projection du fichier.
    codes : numpy.ndarray of str, shape (n,)
        Code de chaque contour, pour les messages.
    fichier : str
        Nom du fichier.

    Returns
    -------
    list of Anomalie
        Au plus deux erreurs, qui citent les premiers codes.
    """
    bornes = couche.geometry.bounds.to_numpy()
    connus = np.isfinite(bornes).all(axis=1)
    centres = (bornes[connus, :2] + bornes[connus, 2:]) / 2
    lieu = situer(centres[:, 0], centres[:, 1], couche.crs)
    anomalies = []
    if lieu.permutes.any():
        qui = _citer(codes[connus][lieu.permutes])
        message = f"axes permutés : en France seulement si l’on échange les coordonnées ({qui})"
        remede = "exportez de nouveau la couche, longitude (ou x) d’abord, latitude (ou y) ensuite"
        anomalies.append(Anomalie(message, fichier, remede=remede))
    ailleurs = ~lieu.en_france & ~lieu.permutes
    if ailleurs.any():
        x, y = centres[ailleurs][0]
        systeme = couche.crs.name
        qui = _citer(codes[connus][ailleurs])
        message = (
            f"contours hors de France dans la projection déclarée « {systeme} » "
            f"(premier centre : {x:.6g} ; {y:.6g}) : {qui}"
        )
        remede = "vérifiez la projection du fichier ; un GeoJSON est en degrés WGS 84"
        anomalies.append(Anomalie(message, fichier, remede=remede))
    return anomalies


def _citer(codes: NDArray[np.object_]) -> str:
    cites = ", ".join(str(c) for c in codes[:_MAX_CITES])
    return f"{cites} et {len(codes) - _MAX_CITES} autres" if len(codes) > _MAX_CITES else cites


def reparer(
    couche: gpd.GeoDataFrame,
    codes: NDArray[np.object_],
    fichier: str,
    communes: Sequence[Sequence[str]] | None = None,
) -> tuple[gpd.GeoDataFrame, list[Anomalie]]:
    """Réparer les polygones invalides, en disant lesquels.

    Parameters
    ----------
    couche : geopandas.GeoDataFrame
        Contours.
    codes : numpy.ndarray of str, shape (n,)
        Code de chaque contour.
    fichier : str
        Nom du fichier.
    communes : sequence of sequence of str, optional
        Communes de chaque contour.

    Returns
    -------
    couche : geopandas.GeoDataFrame
        Polygones valides, seule la partie surfacique étant gardée.
    anomalies : list of Anomalie
        Un avertissement par contour réparé ; une erreur par contour vide ou sans surface.
    """
    formes = couche.geometry.to_numpy().copy()
    anomalies = []
    plats = (
        shapely.is_missing(formes) | shapely.is_empty(formes) | (shapely.get_dimensions(formes) < 2)
    )
    for rang in np.flatnonzero(plats):
        remede = "reprenez le fichier d’origine : ce contour doit être un polygone"
        message = f"contour vide ou sans surface : {codes[rang]}"
        siennes = tuple(communes[int(rang)]) if communes is not None else ()
        anomalies.append(Anomalie(message, fichier, remede=remede, communes=siennes))
    for rang in np.flatnonzero(~plats & ~shapely.is_valid(formes)):
        raison = shapely.is_valid_reason(formes[rang])
        # GEOS ne sait pas réparer un contour dont une coordonnée n’est pas un nombre.
        finies = np.isfinite(shapely.get_coordinates(formes[rang])).all()
        reparee = _partie_surfacique(shapely.make_valid(formes[rang])) if finies else None
        if reparee is None or reparee.is_empty:
            remede = "reprenez le fichier d’origine"
            message = f"contour irréparable : {codes[rang]} ({raison})"
            siennes = tuple(communes[int(rang)]) if communes is not None else ()
            anomalies.append(Anomalie(message, fichier, remede=remede, communes=siennes))
            continue
        formes[rang] = reparee
        message = f"contour invalide réparé : {codes[rang]} ({raison})"
        remede = "rien à faire si la carte est juste ; signalez-le au producteur"
        anomalies.append(Anomalie(message, fichier, remede=remede, gravite="avertissement"))
    return couche.set_geometry(gpd.GeoSeries(formes, couche.index, crs=couche.crs)), anomalies


def _partie_surfacique(forme: shapely.Geometry) -> shapely.Geometry:
    surfaces = [p for p in shapely.get_parts(forme) if shapely.get_dimensions(p) == 2]
    return shapely.union_all(surfaces)
