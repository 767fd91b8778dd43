"""Lire une couche de territoires que la ville fournit, et la contrôler ; toutes les fautes d’un coup."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS

from observatoire.decoupages.declaration import Declaration
from observatoire.erreurs import Anomalie, ErreurGeographie, Gravite, lever_si_erreurs
from observatoire.ingestion.corruption import ERREURS_DE_LECTURE, decrire_corruption
from observatoire.ingestion.geometrie import controler_lieu, reparer

__all__ = ["controler_couverture", "lire_territoires"]

FORMATS = (".geojson", ".json", ".gpkg", ".shp")
_PART_TOLEREE = 0.001
_SURFACE_TOLEREE_M2 = 100.0
_MAX_CITES = 8


def lire_territoires(
    chemin: Path, *, champ_code: str, champ_libelle: str, crs: CRS
) -> tuple[gpd.GeoDataFrame, list[Anomalie]]:
    """Lire une couche et la projeter.

    Parameters
    ----------
    chemin : pathlib.Path
        GeoJSON, GeoPackage ou Shapefile.
    champ_code, champ_libelle : str
        Champs du code et du nom.
    crs : pyproj.CRS
        Projection légale de la ville.

    Returns
    -------
    couche : geopandas.GeoDataFrame
        ``code, nom`` (texte) et ``geometry``, triée par code.
    anomalies : list of Anomalie
        Avertissements : contours réparés.

    Raises
    ------
    ErreurGeographie
        Projection absente, axes permutés, codes absents ou en double, contours vides : toutes les fautes.
    """
    fichier = chemin.name
    brute = _lire(chemin)
    anomalies = _champs_absents(brute, fichier, champ_code, champ_libelle)
    if brute.crs is None:
        remede = "joignez le .prj d’un Shapefile, ou exportez de nouveau avec la projection"
        anomalies.append(Anomalie("la couche n’a pas de projection", fichier, remede=remede))
    if brute.empty:
        remede = "vérifiez que la bonne couche a été exportée"
        anomalies.append(Anomalie("la couche ne contient aucun objet", fichier, remede=remede))
    if champ_code in brute.columns:
        anomalies += _controler_codes(brute[champ_code], fichier, champ_code)
    if champ_libelle in brute.columns:
        sans_nom = [str(r + 1) for r in np.flatnonzero(_en_texte(brute[champ_libelle]).eq(""))]
        if sans_nom:
            message = f"{len(sans_nom)} territoire(s) sans nom : objets {_citer(sans_nom)}"
            anomalies.append(_faute(message, fichier, champ_libelle, "donnez un nom à chacun"))
    if brute.crs is None or brute.empty:
        _lever(fichier, anomalies)
    codes = np.array([f"objet {r + 1}" for r in range(len(brute))], dtype=object)
    if champ_code in brute.columns:
        ecrits = _en_texte(brute[champ_code]).to_numpy(dtype=object)
        codes = np.where(ecrits == "", codes, ecrits)
    brute = brute.set_geometry(
        gpd.GeoSeries(shapely.force_2d(brute.geometry.to_numpy()), brute.index, crs=brute.crs)
    )
    anomalies += controler_lieu(brute, codes, fichier)
    couche, fautes = reparer(brute, codes, fichier)
    anomalies += fautes
    _lever(fichier, anomalies)
    noms = {"code": _en_texte(couche[champ_code]), "nom": _en_texte(couche[champ_libelle])}
    propre = gpd.GeoDataFrame(noms, geometry=couche.geometry, crs=couche.crs).to_crs(crs)
    return propre.sort_values("code", kind="stable").reset_index(drop=True), anomalies


def controler_couverture(
    couche: gpd.GeoDataFrame,
    ville: shapely.Geometry,
    declaration: Declaration,
    *,
    nom_ville: str,
) -> list[Anomalie]:
    """Dire ce qui dépasse, ce qui se recouvre et ce qui manque.

    Un écart de moins de 100 m² et d’un millième de la surface est un défaut de dessin, tu.

    Parameters
    ----------
    couche : geopandas.GeoDataFrame
        ``code, nom, geometry`` en projection légale.
    ville : shapely.Geometry
        Réunion des IRIS de la ville, même projection.
    declaration : Declaration
        Une partition a des erreurs là où une autre famille a des avertissements.
    nom_ville : str
        Pour les messages.
    """
    fichier = declaration.fichier
    formes = couche.geometry.to_numpy()
    surfaces = shapely.area(formes)
    dedans = shapely.area(shapely.intersection(formes, ville))
    if not (dedans > _SURFACE_TOLEREE_M2).any():
        remede = "vérifiez le code de la commune (--commune) et la projection du fichier"
        return [Anomalie(f"aucun territoire n’est dans {nom_ville}", fichier, remede=remede)]
    gravite: Gravite = "erreur" if declaration.partition else "avertissement"
    anomalies = [
        Anomalie(
            f"{code} « {nom} » est hors de {nom_ville}",
            fichier,
            remede="retirez-le du fichier : il n’y a pas de chiffre à en donner",
        )
        for code, nom, part in zip(couche["code"], couche["nom"], dedans, strict=True)
        if part <= _SURFACE_TOLEREE_M2
    ]
    for code, nom, s, d in zip(couche["code"], couche["nom"], surfaces, dedans, strict=True):
        if d > _SURFACE_TOLEREE_M2 and s - d > _tolerance(s):
            message = f"{code} « {nom} » dépasse de {nom_ville} ({_pct(1 - d / s)} de sa surface)"
            remede = "seule sa partie dans la ville est estimée"
            anomalies.append(Anomalie(message, fichier, remede=remede, gravite="avertissement"))
    anomalies += _recouvrements(couche, fichier, gravite)
    manque = float(shapely.area(shapely.difference(ville, shapely.union_all(formes))))
    if manque > _tolerance(float(shapely.area(ville))):
        part = _pct(manque / float(shapely.area(ville)))
        message = f"{part} de la surface de {nom_ville} n’est dans aucun territoire"
        remede = "rien à faire si le découpage est partiel ; sinon complétez-le"
        anomalies.append(Anomalie(message, fichier, remede=remede, gravite=gravite))
    return anomalies


def _recouvrements(couche: gpd.GeoDataFrame, fichier: str, gravite: Gravite) -> list[Anomalie]:
    formes = couche.geometry.to_numpy()
    a, b = shapely.STRtree(formes).query(formes, predicate="intersects")
    a, b = a[a < b], b[a < b]
    communs = shapely.area(shapely.intersection(formes[a], formes[b]))
    surfaces = shapely.area(formes)
    codes = couche["code"].to_numpy()
    paires = [
        f"{codes[i]} et {codes[j]} ({commun / 1e4:.1f} ha)".replace(".", ",")
        for i, j, commun in sorted(zip(a, b, communs, strict=True))
        if commun > _tolerance(float(min(surfaces[i], surfaces[j])))
    ]
    if not paires:
        return []
    message = f"{len(paires)} recouvrement(s) : {_citer(paires)}"
    remede = "les habitants de ces parties comptent dans les deux territoires ; corrigez le tracé s’il ne le veut pas"
    return [Anomalie(message, fichier, remede=remede, gravite=gravite)]


def _lire(chemin: Path) -> gpd.GeoDataFrame:
    if chemin.suffix.lower() not in FORMATS:
        raise ErreurGeographie(
            f"« {chemin.name} » : format inconnu ; donnez un GeoJSON, un GeoPackage (.gpkg) ou un Shapefile (.shp)."
        )
    if not chemin.is_file():
        raise ErreurGeographie(f"« {chemin.name} » est introuvable : vérifiez le chemin.")
    try:
        couches = pyogrio.list_layers(chemin)
        if len(couches) > 1:
            noms = ", ".join(str(c[0]) for c in couches)
            raise ErreurGeographie(
                f"« {chemin.name} » contient plusieurs couches ({noms}) : exportez celle des territoires seule."
            )
        lue = pyogrio.read_dataframe(chemin)
    except ERREURS_DE_LECTURE as erreur:
        raise ErreurGeographie(
            f"« {chemin.name} » ne peut être lu :", [decrire_corruption(chemin.name, erreur)]
        ) from erreur
    if not isinstance(lue, gpd.GeoDataFrame):
        raise ErreurGeographie(f"« {chemin.name} » n’a pas de contours : c’est une table.")
    if chemin.suffix.lower() == ".shp" and not chemin.with_suffix(".prj").is_file():
        lue = lue.set_crs(None, allow_override=True)
    return lue


def _champs_absents(couche: gpd.GeoDataFrame, fichier: str, *champs: str) -> list[Anomalie]:
    presents = ", ".join(str(c) for c in couche.columns if c != couche.geometry.name)
    return [
        _faute("champ absent de la couche", fichier, c, f"champs présents : {presents}")
        for c in dict.fromkeys(champs)
        if c not in couche.columns
    ]


def _controler_codes(colonne: pd.Series, fichier: str, champ: str) -> list[Anomalie]:
    codes, anomalies = _en_texte(colonne), []
    vides = [str(r + 1) for r in np.flatnonzero(codes.eq(""))]
    if vides:
        message = f"{len(vides)} territoire(s) sans code : objets {_citer(vides)}"
        anomalies.append(_faute(message, fichier, champ, "donnez un code à chacun"))
    for code, nombre in codes[codes.duplicated(keep=False) & codes.ne("")].value_counts().items():
        message = f"le code {code} figure {nombre} fois"
        remede = "un territoire en plusieurs morceaux doit être un seul multipolygone"
        anomalies.append(_faute(message, fichier, champ, remede))
    return anomalies


def _en_texte(colonne: pd.Series) -> pd.Series:
    """Texte d’un champ ; un entier lu comme un nombre à virgule perd son « .0 »."""
    nombres = pd.api.types.is_float_dtype(colonne)
    textes = [
        "" if pd.isna(v) else str(int(v)) if nombres and float(v).is_integer() else str(v).strip()
        for v in colonne
    ]
    return pd.Series(textes, index=colonne.index, dtype="str")


def _tolerance(surface: float) -> float:
    return max(_SURFACE_TOLEREE_M2, _PART_TOLEREE * surface)


def _pct(part: float) -> str:
    return f"{100 * part:.1f} %".replace(".", ",")


def _faute(message: str, fichier: str, champ: str, remede: str) -> Anomalie:
    return Anomalie(message, fichier, None, champ, remede)


def _citer(textes: list[str]) -> str:
    suite = "…" if len(textes) > _MAX_CITES else ""
    return ", ".join(textes[:_MAX_CITES]) + suite


def _lever(fichier: str, anomalies: list[Anomalie]) -> None:
    lever_si_erreurs(
        f"Les territoires de « {fichier} » ne peuvent être employés :",
        anomalies,
        classe=ErreurGeographie,
    )
