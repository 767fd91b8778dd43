"""Fond de plan de l’IGN, demandé par le serveur tuile par tuile si l’administration l’a permis.

Le navigateur ne parle jamais à un tiers : il demande les tuiles à l’application, qui les demande au
service de tuiles de la Géoplateforme et les garde. Il faut ``OBSERVATOIRE_FOND=ign``.
"""

from __future__ import annotations

import os
from functools import lru_cache
from urllib.parse import urlencode

from observatoire.erreurs import ErreurDemande, ErreurReseau

__all__ = ["MENTION", "adresse_tuile", "fond_permis", "lire_tuile"]

SERVICE = "https://data.geopf.fr/wmts"
VARIABLE = "OBSERVATOIRE_FOND"
MENTION = "Fond : Plan IGN"
_COUCHE = "GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2"
_ZOOM_MAX = 18
_PNG = b"\x89PNG\r\n\x1a\n"


def fond_permis() -> bool:
    """Vrai si l’administration a permis le fond de plan de l’IGN."""
    return os.environ.get(VARIABLE, "").strip().lower() == "ign"


def adresse_tuile(zoom: int, colonne: int, rang: int) -> str:
    """Adresse d’une tuile chez le producteur (WMTS, pyramide « PM » : Web Mercator).

    Parameters
    ----------
    zoom : int
        De 0 à 18.
    colonne, rang : int
        De 0 à ``2 ** zoom - 1``.

    Raises
    ------
    ErreurDemande
        Si la tuile n’est pas dans la pyramide.
    """
    cote = 2**zoom if 0 <= zoom <= _ZOOM_MAX else 0
    if not (0 <= colonne < cote and 0 <= rang < cote):
        raise ErreurDemande(f"La tuile {zoom}/{colonne}/{rang} n’existe pas.")
    champs = {
        "SERVICE": "WMTS", "REQUEST": "GetTile", "VERSION": "1.0.0", "LAYER": _COUCHE,
        "STYLE": "normal", "FORMAT": "image/png", "TILEMATRIXSET": "PM", "TILEMATRIX": zoom,
        "TILECOL": colonne, "TILEROW": rang,
    }  # fmt: skip
    return f"{SERVICE}?{urlencode(champs)}"


@lru_cache(maxsize=1024)
def lire_tuile(zoom: int, colonne: int, rang: int) -> bytes:
    """Image PNG d’une tuile, gardée en mémoire (mille tuiles au plus, une vingtaine de mégaoctets).

    Raises
    ------
    ErreurDemande
        Si la tuile n’est pas dans la pyramide.
    ErreurReseau
        Si le service ne répond pas, ou pas par une image.
    """
    from observatoire.ingestion.telechargement import lire_en_memoire

    octets = lire_en_memoire(adresse_tuile(zoom, colonne, rang), delai_s=0.0)
    if not octets.startswith(_PNG):
        raise ErreurReseau("Le service de tuiles de l’IGN n’a pas répondu par une image.")
    return octets
