"""Géographie : GeoPackage avec couches, styles et métadonnées ; GeoJSON (RFC 7946, WGS84)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from observatoire.cartes.ecriture_papier import ecrire_entier
from observatoire.domaine import TypeTerritoire
from observatoire.erreurs import ErreurDemande
from observatoire.exports.demande import Contexte, Demande, Document
from observatoire.exports.geopackage import decrire_jeu, ecrire_geopackage
from observatoire.exports.tables import Tableaux, composer_tableaux, valeurs_citees

__all__ = ["ecrire_geo"]

_COUCHES = {
    "iris": TypeTerritoire.IRIS.value,
    "secteurs": TypeTerritoire.SECTEUR.value,
    "qpv": TypeTerritoire.QPV.value,
}
_DECIMALES = 6
"""Six décimales de degré : environ dix centimètres."""


def ecrire_geo(contexte: Contexte, demande: Demande, sortie: Path, document: str = "") -> Document:
    """Écrire les couches d’une ville ; l’extension choisit ``.gpkg`` ou ``.geojson``.

    Une valeur masquée est nulle, et la colonne ``…_statut`` voisine dit la raison.

    Parameters
    ----------
    contexte : Contexte
    demande : Demande
        Avec des quartiers, seule la couche ``qpv`` est écrite, et elle n’a que ces quartiers.
    sortie : Path
        Fichier ``.gpkg`` ou ``.geojson``.
    document : str
        Identifiant au registre des exports.

    Raises
    ------
    ErreurDemande
        Si l’extension est inconnue ou la demande impossible.
    """
    ecrire = {".gpkg": ecrire_geopackage, ".geojson": _ecrire_geojson}.get(sortie.suffix.lower())
    if ecrire is None:
        raise ErreurDemande(f"« {sortie.name} » : les couches s’écrivent en .gpkg ou en .geojson.")
    tableaux = composer_tableaux(contexte, demande)
    couches = {nom: c for nom in _COUCHES if len(c := _couche(contexte, tableaux, nom))}
    ecrire(contexte, demande, tableaux, couches, sortie, document)
    return Document((sortie,), valeurs_citees(tableaux.longue))


def _couche(contexte: Contexte, tableaux: Tableaux, nom: str) -> gpd.GeoDataFrame:
    """Territoires d’une couche, avec une colonne de valeur et une de statut par indicateur."""
    brute = contexte.edition.couches[nom]
    brute = brute.rename(columns={"code_iris": "code_territoire", "nom_iris": "nom"})
    gardees = [c for c in ("code_territoire", "nom", "type_iris", "code_commune") if c in brute]
    valeurs, statuts = tableaux.large(_COUCHES[nom])
    table = valeurs.join(statuts.add_suffix("_statut"), validate="one_to_one")
    ordre = [c for v in valeurs.columns for c in (v, f"{v}_statut")]
    couche = brute[[*gardees, "geometry"]].merge(
        table[ordre],
        left_on="code_territoire",
        right_index=True,
        how="inner",
        validate="one_to_one",
    )
    couche = couche.set_geometry(shapely.normalize(couche.geometry.to_numpy()), crs=brute.crs)
    return couche.sort_values("code_territoire", kind="stable").reset_index(drop=True)


def _ecrire_geojson(
    contexte: Contexte,
    demande: Demande,
    tableaux: Tableaux,
    couches: Mapping[str, gpd.GeoDataFrame],
    sortie: Path,
    document: str,
) -> None:
    """Une collection pour toutes les couches ; les propriétés disent le type de territoire."""
    elements = []
    for nom, couche in couches.items():
        degres = couche.to_crs("EPSG:4326")
        formes = shapely.set_precision(degres.geometry.to_numpy(), 10.0**-_DECIMALES)
        # La norme oriente les contours dans le sens trigonométrique.
        formes = shapely.orient_polygons(formes, exterior_cw=False)
        lignes = degres.drop(columns="geometry").to_dict("records")
        for forme, ligne in zip(formes, lignes, strict=True):
            proprietes = {str(c): _propriete(v) for c, v in ligne.items()}
            elements.append(
                {
                    "type": "Feature",
                    "id": proprietes["code_territoire"],
                    "geometry": json.loads(shapely.to_geojson(forme)),
                    "properties": {"type_territoire": _COUCHES[nom], **proprietes},
                }
            )
    fiche = decrire_jeu(contexte, demande, tableaux, document)
    contenu = {"type": "FeatureCollection", "metadonnees": fiche, "features": elements}
    texte = json.dumps(contenu, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"
    ecrire_entier(sortie, texte.encode("utf-8"))


def _propriete(valeur: Any) -> Any:
    if isinstance(valeur, str):
        return valeur
    if valeur is None or pd.isna(valeur):
        return None
    return valeur.item() if isinstance(valeur, np.generic) else valeur
