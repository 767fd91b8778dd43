"""Quels territoires ont changé de contour, et quels codes ont changé à contour égal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from observatoire.territoires import code_ville

__all__ = ["Territoire", "codes_renommes", "contours_changes"]

Territoire = tuple[str, str]
"""Type de territoire et code."""

_PART_TOLEREE = 1e-4
_SURFACES_EXACTES = "EPSG:6933"
"""Projection mondiale qui conserve les surfaces."""
_SURFACE_TOLEREE_M2 = 1.0
_PART_MEME_CONTOUR = 0.01
_CODES = {"iris": "code_iris", "qpv": "code_territoire", "secteur": "code_territoire"}
_COUCHES = {"iris": "iris", "qpv": "qpv", "secteur": "secteurs"}


@dataclass(frozen=True)
class _Paire:
    ancienne: gpd.GeoSeries
    nouvelle: gpd.GeoSeries


def contours_changes(
    anciennes: Mapping[str, gpd.GeoDataFrame],
    nouvelles: Mapping[str, gpd.GeoDataFrame],
    code_ensemble: str,
) -> set[Territoire]:
    """Territoires dont le contour a changé, ou dont un IRIS qui les touche a changé.

    Un contour a changé si la surface de la différence symétrique dépasse 1 m² et un
    dix-millième de la plus grande des deux surfaces.

    Parameters
    ----------
    anciennes, nouvelles : mapping of str to GeoDataFrame
        Couches ``iris, qpv, secteurs``, en projection légale (mètres).
    code_ensemble : str
        Code du périmètre ; s’il réunit plusieurs villes, son contour est celui de leurs IRIS.

    Returns
    -------
    set of (str, str)
        Type et code ; un territoire présent d’un seul côté n’y est pas, sauf si ses IRIS ont changé.
    """
    iris = _paire(anciennes, nouvelles, "iris")
    touches = _codes_deplaces(iris)
    disparus = set(iris.ancienne.index) ^ set(iris.nouvelle.index)
    changes: set[Territoire] = {("iris", code) for code in touches}
    deplaces = touches | disparus
    zone = [
        geometrie
        for serie in (iris.ancienne, iris.nouvelle)
        for code, geometrie in serie.items()
        if code in deplaces
    ]
    for type_territoire in ("qpv", "secteur", *_locales(anciennes, nouvelles)):
        paire = _paire(anciennes, nouvelles, type_territoire)
        codes = _codes_deplaces(paire) | _codes_touches(paire, zone)
        changes |= {(type_territoire, code) for code in codes}
    villes = _villes_deplacees(iris)
    changes |= {("commune", ville) for ville in villes}
    if villes:
        changes.add(("epci", code_ensemble))
    return changes


def codes_renommes(
    anciennes: Mapping[str, gpd.GeoDataFrame], nouvelles: Mapping[str, gpd.GeoDataFrame]
) -> dict[Territoire, str]:
    """Ancien territoire → nouveau code, quand le contour est le même à 1 % près.

    Ne concerne que les codes présents d’un seul côté ; l’appariement est un à un.
    """
    renommes: dict[Territoire, str] = {}
    for type_territoire in (*_CODES, *_locales(anciennes, nouvelles)):
        paire = _paire(anciennes, nouvelles, type_territoire)
        partis = paire.ancienne[~paire.ancienne.index.isin(paire.nouvelle.index)]
        venus = paire.nouvelle[~paire.nouvelle.index.isin(paire.ancienne.index)]
        libres = venus.sort_index()
        arbre = shapely.STRtree(np.asarray(libres))
        pris: set[int] = set()
        for ancien, geometrie in sorted(partis.items()):
            # Deux contours semblables se touchent : les autres ne sont pas comparés.
            for rang in sorted(int(r) for r in arbre.query(geometrie)):
                candidate = libres.iloc[rang]
                proche = rang not in pris and _part_differente(geometrie, candidate)
                if proche is not False and proche <= _PART_MEME_CONTOUR:
                    renommes[(type_territoire, str(ancien))] = str(libres.index[rang])
                    pris.add(rang)
                    break
    return renommes


def _locales(
    anciennes: Mapping[str, gpd.GeoDataFrame], nouvelles: Mapping[str, gpd.GeoDataFrame]
) -> list[str]:
    """Découpages de la ville présents des deux côtés."""
    autres = {*_COUCHES.values(), "communes", "eau"}
    return sorted(set(anciennes) & set(nouvelles) - autres)


def _paire(
    anciennes: Mapping[str, gpd.GeoDataFrame],
    nouvelles: Mapping[str, gpd.GeoDataFrame],
    type_territoire: str,
) -> _Paire:
    couche = _COUCHES.get(type_territoire, type_territoire)
    code = _CODES.get(type_territoire, "code_territoire")
    nouvelle = nouvelles[couche]
    ancienne = anciennes[couche]
    if nouvelle.crs is not None and nouvelle.crs.is_geographic:
        # Une édition à cheval sur plusieurs projections est rangée en degrés.
        nouvelle = nouvelle.to_crs(_SURFACES_EXACTES)
    if ancienne.crs != nouvelle.crs and len(ancienne):
        ancienne = ancienne.to_crs(nouvelle.crs)
    return _Paire(
        ancienne.set_index(code).geometry.sort_index(),
        nouvelle.set_index(code).geometry.sort_index(),
    )


def _codes_deplaces(paire: _Paire) -> set[str]:
    communs = paire.ancienne.index.intersection(paire.nouvelle.index)
    if communs.empty:
        return set()
    avant = np.asarray(paire.ancienne.loc[communs])
    apres = np.asarray(paire.nouvelle.loc[communs])
    suspects = np.flatnonzero(~shapely.equals_exact(avant, apres, tolerance=0.0))
    return {
        str(communs[i])
        for i in suspects
        if _surface_differente(avant[i], apres[i])
        > max(_SURFACE_TOLEREE_M2, _PART_TOLEREE * max(avant[i].area, apres[i].area))
    }


def _codes_touches(paire: _Paire, zone: list[shapely.Geometry]) -> set[str]:
    """Territoires qui partagent une surface avec un IRIS déplacé."""
    if not zone:
        return set()
    emprise = shapely.union_all(np.array(zone))
    return {
        str(code)
        for serie in (paire.ancienne, paire.nouvelle)
        for code, geometrie in serie.items()
        if shapely.intersection(geometrie, emprise).area > _SURFACE_TOLEREE_M2
    }


def _villes_deplacees(iris: _Paire) -> set[str]:
    """Villes dont le contour, réunion de leurs IRIS, a changé."""
    communs = iris.ancienne.index.intersection(iris.nouvelle.index)
    avant, apres = (np.asarray(serie.loc[communs]) for serie in (iris.ancienne, iris.nouvelle))
    egaux = shapely.equals_exact(avant, apres, tolerance=0.0)
    deplaces = (set(iris.ancienne.index) ^ set(iris.nouvelle.index)) | set(communs[~egaux])
    return {v for v in {_ville(c) for c in deplaces} if _ville_deplacee(iris, v)}


def _ville(code_iris: str) -> str:
    return code_ville(code_iris[:5])


def _ville_deplacee(iris: _Paire, ville: str) -> bool:
    avant, apres = (
        shapely.union_all(np.asarray(serie[[_ville(c) == ville for c in serie.index]]))
        for serie in (iris.ancienne, iris.nouvelle)
    )
    limite = max(_SURFACE_TOLEREE_M2, _PART_TOLEREE * max(avant.area, apres.area))
    return bool(_surface_differente(avant, apres) > limite)


def _surface_differente(une: shapely.Geometry, autre: shapely.Geometry) -> float:
    return float(shapely.symmetric_difference(une, autre).area)


def _part_differente(une: shapely.Geometry, autre: shapely.Geometry) -> float:
    """Part de la différence symétrique dans la réunion des deux (0 à 1)."""
    reunion = float(shapely.union(une, autre).area)
    return _surface_differente(une, autre) / reunion if reunion else 1.0
