"""Fichiers corrompus : ce que les bibliothèques de lecture lèvent, et comment le dire."""

from __future__ import annotations

import zipfile
import zlib
from xml.etree.ElementTree import ParseError

import pyarrow as pa
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError
from shapely.errors import GEOSException

from observatoire.erreurs import Anomalie, Gravite

__all__ = ["ERREURS_DE_LECTURE", "decrire_corruption"]

# Un octet changé peut faire échouer la décompression, le décodage du texte ou celui des contours.
ERREURS_DE_LECTURE = (
    pa.ArrowException,
    DataLayerError,
    DataSourceError,
    FeatureError,
    FieldError,
    GeometryError,
    GEOSException,
    ParseError,
    UnicodeDecodeError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
)
# Les bibliothèques répondent parfois par un paragraphe de SQL.
_MAX_DETAIL = 120


def decrire_corruption(nom: str, erreur: Exception, *, gravite: Gravite = "erreur") -> Anomalie:
    """Anomalie d’un fichier que sa bibliothèque ne peut lire.

    Parameters
    ----------
    nom : str
        Fichier.
    erreur : Exception
        Erreur de la bibliothèque.
    gravite : {"erreur", "avertissement"}
        Avertissement à l’inventaire, erreur à la lecture.
    """
    detail = next(iter(str(erreur).strip().splitlines()), type(erreur).__name__)[:_MAX_DETAIL]
    remede = "téléchargez-le de nouveau"
    return Anomalie(f"fichier corrompu ou tronqué ({detail})", nom, remede=remede, gravite=gravite)
