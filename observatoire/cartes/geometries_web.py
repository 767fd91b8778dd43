"""Géométries envoyées au navigateur : simplifiées, arrondies, écrites une seule fois.

Changer d’indicateur ne change que les couleurs et les textes : ce qui est calculé ici
est gardé en mémoire, sous une clé tirée des contours eux-mêmes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from observatoire.cartes.modeles import VueCarte
from observatoire.cartes.noms_web import Ecran, NomPose, placer_noms, placer_secteurs

__all__ = ["GeometriesWeb", "preparer_geometries"]

_TOLERANCE_M = 4.0
_TOLERANCE_FOND_M = 25.0
_DECIMALES = 5
"""Cinq décimales de degré : environ un mètre."""
_ETENDUE_FOND = 1.7
"""Le fond s’étend à cette fraction de la taille de la ville autour de son centre."""
_ECART_BORDS_M = 45.0
"""Deux sources ne dessinent pas la même limite : le fond s’efface le long de la ville."""

_Geometries = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class GeometriesWeb:
    """Objet JavaScript des géométries (GeoJSON, EPSG:4326) et des noms placés."""

    javascript: str
    base_visible: bool
    """Vrai si les zones ne couvrent pas la ville, qu’il faut alors dessiner dessous."""


@dataclass(frozen=True)
class _Demande:
    cle: str
    hauteur_px: int
    vue: VueCarte = field(compare=False, repr=False)


def preparer_geometries(vue: VueCarte, hauteur_px: int) -> GeometriesWeb:
    """Préparer, ou retrouver, les géométries d’une vue.

    Parameters
    ----------
    vue : VueCarte
        Couches dans une projection en mètres.
    hauteur_px : int
        Hauteur de la carte, pour placer les noms.

    Returns
    -------
    GeometriesWeb
        Le même objet pour deux indicateurs dessinés sur les mêmes contours.
    """
    return _preparer(_Demande(_cle(vue), hauteur_px, vue))


def _cle(vue: VueCarte) -> str:
    empreinte = hashlib.sha256(str(vue.zones.crs).encode())
    for couche in (vue.zones, vue.qpv, vue.secteurs, vue.communes, vue.eau):
        empreinte.update(b"|".join(shapely.to_wkb(np.asarray(couche.geometry.values))))
        if "nom" in couche:
            empreinte.update("|".join(map(str, couche["nom"])).encode())
    return empreinte.hexdigest()


@lru_cache(maxsize=8)
def _preparer(demande: _Demande) -> GeometriesWeb:
    vue = demande.vue
    zones = _simplifier_zones(np.asarray(vue.zones.geometry.values))
    union = shapely.union_all(zones)
    codes = set(vue.zones["code_territoire"])
    sont_des_qpv = bool(len(vue.qpv)) and codes == set(vue.qpv["code_territoire"])
    ville = _ville(vue.communes, union) if sont_des_qpv else union
    sont_des_secteurs = bool(len(vue.secteurs)) and codes == set(vue.secteurs["code_territoire"])
    # Secteurs montrés comme zones : leur limite est déjà dessinée, leur nom reste à écrire.
    limites = vue.secteurs.iloc[:0] if sont_des_secteurs else vue.secteurs
    ecran = Ecran(ville.bounds, demande.hauteur_px)
    noms = placer_noms(vue.qpv, ville, ecran)
    noms += placer_secteurs(vue.secteurs, vue.qpv, noms, ecran)
    vers = pyproj.Transformer.from_crs(vue.zones.crs, "EPSG:4326", always_xy=True)
    qpv = shapely.simplify(np.asarray(vue.qpv.geometry.values), _TOLERANCE_M / 2)
    ecrire = _Ecriture(vers)
    ouest, sud, est, nord = ecrire.convertir(np.array([ville]))[0].bounds
    champs = {
        "zones": ecrire.collection(zones),
        "qpv": ecrire.collection(qpv),
        "fond": ecrire.geometrie(_fond(vue.communes, ville)),
        "ville": ecrire.geometrie(ville if sont_des_qpv else shapely.Polygon()),
        "eau": ecrire.geometrie(_eau(vue.eau, ville)),
        "secteurs": ecrire.geometrie(_limites_interieures(limites, ville)),
        "points": ecrire.points(shapely.point_on_surface(zones)),
        "bornes": json.dumps([[sud, ouest], [nord, est]]),
        "noms": ecrire.noms(noms),
    }
    javascript = "{" + ",\n".join(f'"{cle}":{texte}' for cle, texte in champs.items()) + "}"
    return GeometriesWeb(javascript=javascript, base_visible=sont_des_qpv)


def _simplifier_zones(geometries: _Geometries) -> _Geometries:
    """Simplifier sans ouvrir de fente entre zones voisines."""
    return np.asarray(shapely.coverage_simplify(geometries, _TOLERANCE_M))


def _ville(communes: gpd.GeoDataFrame, zones: BaseGeometry) -> BaseGeometry:
    """Contour de la commune qui porte les quartiers, à défaut leur réunion."""
    if communes.empty:
        return zones
    geometries = np.asarray(communes.geometry.values)
    surfaces = shapely.area(shapely.intersection(geometries, zones))
    ville: BaseGeometry = shapely.simplify(geometries[int(surfaces.argmax())], _TOLERANCE_M)
    return ville if surfaces.max() > 0 else zones


def _cadre_fond(ville: BaseGeometry) -> BaseGeometry:
    ouest, sud, est, nord = ville.bounds
    rayon = _ETENDUE_FOND * max(est - ouest, nord - sud)
    x, y = (ouest + est) / 2, (sud + nord) / 2
    return shapely.box(x - rayon, y - rayon, x + rayon, y + rayon)


def _fond(communes: gpd.GeoDataFrame, ville: BaseGeometry) -> BaseGeometry:
    """Limites des communes voisines, tracées une fois chacune."""
    cadre = _cadre_fond(ville)
    geometries = np.asarray(communes.geometry.values)
    proches = geometries[shapely.intersects(geometries, cadre)] if len(geometries) else geometries
    lignes = shapely.line_merge(shapely.union_all(shapely.boundary(proches)))
    lignes = shapely.intersection(shapely.simplify(lignes, _TOLERANCE_FOND_M), cadre)
    reste: BaseGeometry = shapely.difference(lignes, shapely.buffer(ville, _ECART_BORDS_M))
    return reste


def _eau(eau: gpd.GeoDataFrame, ville: BaseGeometry) -> BaseGeometry:
    if eau.empty:
        return shapely.Polygon()
    surface = shapely.union_all(np.asarray(eau.geometry.values))
    coupee: BaseGeometry = shapely.intersection(
        shapely.simplify(surface, _TOLERANCE_M), _cadre_fond(ville)
    )
    return coupee


def _limites_interieures(secteurs: gpd.GeoDataFrame, ville: BaseGeometry) -> BaseGeometry:
    """Limites entre secteurs ; le tour de la ville est déjà dessiné par ses zones."""
    if secteurs.empty:
        return shapely.LineString()
    formes = np.asarray(secteurs.geometry.values)
    lignes = shapely.line_merge(shapely.union_all(shapely.boundary(formes)))
    tour = shapely.buffer(shapely.boundary(ville), _ECART_BORDS_M)
    limites: BaseGeometry = shapely.difference(shapely.simplify(lignes, _TOLERANCE_M), tour)
    return limites


class _Ecriture:
    """Écriture en degrés arrondis."""

    def __init__(self, vers: pyproj.Transformer) -> None:
        self.vers = vers

    def convertir(self, geometries: _Geometries) -> _Geometries:
        def passage(points: _Geometries) -> _Geometries:
            x, y = self.vers.transform(points[:, 0], points[:, 1])
            return np.round(np.column_stack([x, y]), _DECIMALES)

        return np.asarray(shapely.transform(geometries, passage))

    def geometrie(self, geometrie: BaseGeometry) -> str:
        """GeoJSON d’une géométrie ; rien à dessiner pour une géométrie vide."""
        if geometrie.is_empty:
            return '{"type":"GeometryCollection","geometries":[]}'
        return str(shapely.to_geojson(self.convertir(np.array([geometrie]))[0]))

    def collection(self, geometries: _Geometries) -> str:
        """Collection dont chaque élément ne porte que son rang."""
        textes = shapely.to_geojson(self.convertir(geometries))
        elements = ",\n".join(
            f'{{"type":"Feature","properties":{{"i":{i}}},"geometry":{texte}}}'
            for i, texte in enumerate(textes)
        )
        return f'{{"type":"FeatureCollection","features":[{elements}]}}'

    def points(self, points: _Geometries) -> str:
        """Couples latitude, longitude."""
        degres = shapely.get_coordinates(self.convertir(points))
        return json.dumps([[lat, lon] for lon, lat in degres.tolist()], separators=(",", ":"))

    def noms(self, noms: list[NomPose]) -> str:
        """Noms : rang, texte, ancre en degrés, décalages en pixels entiers."""
        objets = []
        for nom in noms:
            lon, lat = self.vers.transform(*nom.ancre)
            objets.append(
                {
                    "i": nom.rang,
                    "t": nom.texte,
                    "p": [round(lat, _DECIMALES), round(lon, _DECIMALES)],
                    "c": [round(v) for v in nom.centre],
                    "z": nom.en_zoom,
                }
            )
        return json.dumps(objets, ensure_ascii=False).replace("<", "\\u003c")
