"""Ce que l’ingestion rend : fichiers reconnus, inventaire, tables et couches lues."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import geopandas as gpd
import pandas as pd

from observatoire.erreurs import Anomalie

__all__ = ["CoucheLue", "FichierReconnu", "Format", "Inventaire", "TableLue", "empreinte_fichier"]

Format = Literal["csv", "xlsx", "parquet", "geoparquet", "geojson", "ogr"]


@dataclass(frozen=True, slots=True)
class FichierReconnu:
    """Un fichier, ou un membre d’archive, rattaché à une source du catalogue.

    Parameters
    ----------
    chemin : pathlib.Path
        Fichier sur le disque ; l’archive quand ``membre`` est donné.
    membre : str
        Chemin dans l’archive ZIP, sinon vide.
    couche : str
        Couche géographique ou feuille de classeur, sinon vide.
    source : str
        Identifiant de la source au catalogue.
    millesime : int or None
        Année lue dans l’en-tête, ou fixée par la source.
    format, colonnes, encodage, separateur, ligne_entete
        Détails de lecture ; ``ligne_entete`` compte à partir de 0.
    geographie : int or None
        Année de la géographie des codes, si elle est connue.
    """

    chemin: Path
    membre: str
    couche: str
    source: str
    millesime: int | None
    format: Format
    colonnes: tuple[str, ...]
    encodage: str = ""
    separateur: str = ""
    ligne_entete: int = 0
    geographie: int | None = None

    @property
    def nom(self) -> str:
        """Nom employé dans les messages : « archive.zip/membre.csv »."""
        nom = f"{self.chemin.name}/{self.membre}" if self.membre else self.chemin.name
        return f"{nom} (feuille « {self.couche} »)" if self.format == "xlsx" else nom


@dataclass(frozen=True, slots=True)
class Inventaire:
    """Tout ce qui a été trouvé dans les dossiers, dans l’ordre de priorité.

    Parameters
    ----------
    reconnus : tuple of FichierReconnu
        Dans l’ordre des dossiers, puis alphabétique.
    non_reconnus : tuple of (str, str)
        Nom et raison ; un fichier étranger n’est jamais une erreur.
    anomalies : tuple of Anomalie
        Fichiers illisibles ou refusés, en avertissement.
    """

    reconnus: tuple[FichierReconnu, ...]
    non_reconnus: tuple[tuple[str, str], ...]
    anomalies: tuple[Anomalie, ...]


@dataclass(frozen=True, slots=True)
class TableLue:
    """Une table validée.

    Parameters
    ----------
    source, millesime, niveau
        D’où elle vient et ce que sont ses lignes (``iris``, ``commune``, ``qpv``, ``carreau``).
    valeurs : pandas.DataFrame, shape (n, v)
        Index ``code`` (texte) ; une colonne par variable canonique, float64, NaN si masquée.
    statuts : pandas.DataFrame, shape (n, v)
        Même forme : ``publie``, ``secret`` ou ``absent``.
    fichier : FichierReconnu
        Provenance.
    anomalies : tuple of Anomalie
        Avertissements.
    types_iris : pandas.Series or None
        ``TYP_IRIS`` par code, quand le fichier la porte.
    statut_ligne_manquante : {"secret", "absent"}
        Sens d’un territoire sans ligne dans ce fichier.
    """

    source: str
    millesime: int
    niveau: str
    valeurs: pd.DataFrame
    statuts: pd.DataFrame
    fichier: FichierReconnu
    anomalies: tuple[Anomalie, ...]
    types_iris: pd.Series[str] | None = None
    statut_ligne_manquante: Literal["secret", "absent"] = "absent"


@dataclass(frozen=True, slots=True)
class CoucheLue:
    """Des contours vérifiés.

    Parameters
    ----------
    donnees : geopandas.GeoDataFrame
        Colonnes canoniques du rôle, dans la projection demandée.
    anomalies : tuple of Anomalie
        Avertissements : contours réparés, colonnes absentes.
    fichier : FichierReconnu
        Provenance.
    """

    donnees: gpd.GeoDataFrame
    anomalies: tuple[Anomalie, ...]
    fichier: FichierReconnu


def empreinte_fichier(chemin: Path) -> str:
    """SHA-256 d’un fichier, en hexadécimal.

    Parameters
    ----------
    chemin : pathlib.Path
        Fichier existant.
    """
    with chemin.open("rb") as flux:
        return hashlib.file_digest(flux, "sha256").hexdigest()
