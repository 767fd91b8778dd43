"""Contrôle des couches géographiques avant tout calcul de surface.

Une couche sans projection, en degrés ou aux contours invalides donne des surfaces
fausses sans le dire : elle est refusée, avec tous ses défauts à la fois.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from observatoire.erreurs import Anomalie, ErreurGeographie

__all__ = ["anomalies_de_couche", "anomalies_de_projection", "anomalies_de_validite", "refuser"]

_MAX_CODES_CITES = 8
_TYPES_SURFACIQUES = (3, 6)  # Polygon et MultiPolygon, numérotation de shapely


def anomalies_de_couche(
    couche: gpd.GeoDataFrame,
    nom: str,
    colonne_code: str | None,
    *,
    rectangles: Future[np.ndarray] | None = None,
) -> list[Anomalie]:
    """Défauts de structure d’une couche : colonnes, codes, géométries absentes.

    Parameters
    ----------
    couche : geopandas.GeoDataFrame
        Couche de polygones.
    nom : str
        Nom de la couche dans les messages.
    colonne_code : str or None
        Colonne d’identifiants à contrôler : présente, en texte, sans manque ni doublon.
    rectangles : Future of numpy.ndarray, shape (len(couche), 4), optional
        Rectangles des géométries, s’ils sont en cours de calcul sur un autre fil.

    Returns
    -------
    list of Anomalie
        Vide si la couche est utilisable.
    """
    anomalies = [] if colonne_code is None else _anomalies_des_codes(couche, nom, colonne_code)
    if couche.active_geometry_name is None:
        manque = Anomalie(
            "la couche n’a pas de colonne de géométrie active",
            fichier=nom,
            remede="désigner la colonne avec set_geometry",
        )
        return [*anomalies, manque]
    geometries = np.asarray(couche.geometry.values)
    emprises = shapely.bounds(geometries) if rectangles is None else rectangles.result()
    # Un rectangle est sans coordonnée pour une géométrie absente ou vide : un seul examen
    # rapide suffit à la couche entière, le motif n’est cherché que pour les lignes fautives.
    sans_rectangle = ~np.isfinite(emprises).all(axis=1)
    vides = np.zeros(len(couche), dtype=bool)
    douteuses = geometries[sans_rectangle]
    vides[sans_rectangle] = shapely.is_missing(douteuses) | shapely.is_empty(douteuses)
    surfaciques = np.isin(shapely.get_type_id(geometries), _TYPES_SURFACIQUES)
    for fautifs, message, remede in (
        (vides, "géométrie absente ou vide", "retirer la ligne ou retrouver son contour"),
        (
            ~vides & ~surfaciques,
            "géométrie qui n’est pas un polygone",
            "ne garder que les polygones et multipolygones",
        ),
        (
            sans_rectangle & ~vides,
            "coordonnées infinies ou non numériques",
            "reprojeter depuis la couche d’origine",
        ),
    ):
        if fautifs.any():
            reperes = _reperes(couche, colonne_code)
            anomalies += _anomalie_groupee(nom, reperes, fautifs, message, remede)
    return anomalies


def anomalies_de_projection(couches: Iterable[tuple[str, gpd.GeoDataFrame]]) -> list[Anomalie]:
    """Défauts de projection : absente, en degrés, faussant les surfaces, ou différente.

    Parameters
    ----------
    couches : iterable of (str, geopandas.GeoDataFrame)
        Nom et couche ; la première projection valable sert de référence.

    Returns
    -------
    list of Anomalie
        Vide si toutes les couches partagent une même projection métrique.
    """
    anomalies: list[Anomalie] = []
    reference: tuple[str, CRS] | None = None
    for nom, couche in couches:
        crs = couche.crs if couche.active_geometry_name is not None else None
        defaut = _defaut_de_projection(crs)
        if defaut:
            remede = "reprojeter vers la projection légale (projection_legale)"
            if crs is None:
                remede = "retrouver la projection d’origine auprès du producteur, sans la supposer"
            anomalies.append(Anomalie(defaut, fichier=nom, remede=remede))
        if crs is None:
            continue
        if reference is None:
            reference = (nom, crs)
        elif reference[1] is not crs and not crs.equals(reference[1], ignore_axis_order=True):
            anomalies.append(
                Anomalie(
                    f"projection {_nom(crs)}, différente de celle de la couche « {reference[0]} » "
                    f"({_nom(reference[1])})",
                    fichier=nom,
                    remede="reprojeter l’une des deux (to_crs)",
                )
            )
    return anomalies


def anomalies_de_validite(
    couche: gpd.GeoDataFrame, nom: str, colonne_code: str | None, valides: np.ndarray
) -> list[Anomalie]:
    """Une anomalie par couche pour ses polygones invalides, motif du premier compris.

    Parameters
    ----------
    couche : geopandas.GeoDataFrame
        Couche contrôlée.
    nom : str
        Nom de la couche dans les messages.
    colonne_code : str or None
        Colonne qui désigne les polygones fautifs ; à défaut, le numéro de ligne.
    valides : numpy.ndarray of bool, shape (len(couche),)
        Résultat de ``shapely.is_valid`` ; vrai pour un polygone non examiné.

    Returns
    -------
    list of Anomalie
        Vide si tout est valide.
    """
    if valides.all():
        return []
    premier = int(np.flatnonzero(~valides)[0])
    motif = shapely.is_valid_reason(np.asarray(couche.geometry.values)[premier])
    return _anomalie_groupee(
        nom,
        _reperes(couche, colonne_code),
        ~valides,
        f"géométrie invalide ({motif} pour le premier)",
        "réparer les contours (make_valid), puis ne garder que les polygones",
    )


def refuser(anomalies: list[Anomalie]) -> None:
    """Lever une seule erreur pour toutes les anomalies, s’il y en a.

    Raises
    ------
    ErreurGeographie
        Si la liste n’est pas vide.
    """
    if anomalies:
        raise ErreurGeographie(
            "Les poids territoriaux ne peuvent pas être calculés sur ces contours.", anomalies
        )


def _anomalies_des_codes(couche: gpd.GeoDataFrame, nom: str, colonne: str) -> list[Anomalie]:
    if colonne not in couche.columns:
        presentes = ", ".join(str(c) for c in couche.columns)
        return [
            Anomalie(
                f"colonne absente (colonnes présentes : {presentes})",
                fichier=nom,
                colonne=colonne,
                remede="renommer la colonne d’identifiants",
            )
        ]
    codes = couche[colonne]
    manquants = codes.isna()
    # Un code lu comme un nombre a perdu son zéro initial : « 01001 » devient 1001.
    en_texte = isinstance(codes.dtype, pd.StringDtype) or (
        pd.api.types.infer_dtype(codes, skipna=True) in {"string", "empty"}
    )
    anomalies = []
    if not en_texte:
        anomalies.append(
            Anomalie(
                "les codes ne sont pas du texte",
                fichier=nom,
                colonne=colonne,
                remede="relire le fichier avec un type texte pour cette colonne",
            )
        )
    if manquants.any():
        anomalies.append(
            Anomalie(
                f"{int(manquants.sum())} code(s) manquant(s)",
                fichier=nom,
                colonne=colonne,
                remede="compléter ou retirer ces lignes",
            )
        )
    if not codes.is_unique:
        doubles = codes[codes.duplicated() & ~manquants].unique()
        if len(doubles):
            anomalies.append(
                Anomalie(
                    f"{len(doubles)} code(s) en double : {_citer(doubles)}",
                    fichier=nom,
                    colonne=colonne,
                    remede="réunir les polygones de même code (dissolve) ou corriger le code",
                )
            )
    return anomalies


def _defaut_de_projection(crs: CRS | None) -> str:
    if crs is None:
        return "la couche n’a pas de projection"
    if crs.is_geographic:
        return f"la couche est en degrés ({_nom(crs)}) : une surface n’y a pas de sens"
    if not crs.is_projected:
        return f"le système {_nom(crs)} n’est pas une projection"
    if any(axe.unit_conversion_factor != 1 for axe in crs.axis_info[:2]):
        return f"la projection {_nom(crs)} n’est pas en mètres"
    operation = crs.coordinate_operation
    methode = operation.method_name if operation is not None else ""
    if "Mercator" in methode and "Transverse" not in methode:
        # À 45° de latitude, Mercator double les surfaces : les m² affichés seraient faux.
        return f"la projection {_nom(crs)} (Mercator) déforme les surfaces"
    return ""


def _nom(crs: CRS) -> str:
    code = crs.to_epsg(min_confidence=100)
    return f"EPSG:{code}" if code is not None else str(crs.name)


def _reperes(couche: gpd.GeoDataFrame, colonne_code: str | None) -> np.ndarray:
    """Ce qui désigne une ligne dans un message : son code, ou son rang à partir de 1."""
    if colonne_code is not None and colonne_code in couche.columns:
        codes: np.ndarray = couche[colonne_code].to_numpy(dtype=object)
        return codes
    return np.arange(1, len(couche) + 1)


def _anomalie_groupee(
    nom: str, reperes: np.ndarray, fautifs: np.ndarray, message: str, remede: str
) -> list[Anomalie]:
    if not fautifs.any():
        return []
    cites = _citer(reperes[fautifs])
    return [Anomalie(f"{message}, {int(fautifs.sum())} polygone(s) : {cites}", nom, remede=remede)]


def _citer(codes: Iterable[object]) -> str:
    textes = [str(c) for c in codes]
    suite = ", …" if len(textes) > _MAX_CODES_CITES else ""
    return ", ".join(textes[:_MAX_CODES_CITES]) + suite
