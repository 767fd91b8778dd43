"""Adresses postales, demandées par le serveur au service national si l’administration l’a permis.

Le navigateur ne parle jamais à un tiers : c’est le serveur qui interroge le géocodeur de la
Géoplateforme (IGN, Base Adresse Nationale), et seulement si ``OBSERVATOIRE_ADRESSES`` vaut « oui ».
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from observatoire.erreurs import ErreurReseau

__all__ = ["AdresseTrouvee", "chercher_adresse", "lire_reponse", "recherche_permise"]

SERVICE = "https://data.geopf.fr/geocodage/search"
VARIABLE = "OBSERVATOIRE_ADRESSES"
_SCORE_MIN = 0.5
"""Au-dessous, le service a trouvé une rue voisine plutôt que l’adresse."""
_LONGUEUR_MAX = 120


@dataclass(frozen=True, slots=True)
class AdresseTrouvee:
    """Adresse reconnue : son libellé officiel et son point (latitude, longitude, degrés)."""

    libelle: str
    point: tuple[float, float]


def recherche_permise() -> bool:
    """Vrai si l’administration a permis les recherches d’adresse."""
    return os.environ.get(VARIABLE, "").strip().lower() in {"oui", "1"}


@lru_cache(maxsize=512)
def chercher_adresse(texte: str, code_commune: str) -> AdresseTrouvee | None:
    """Chercher une adresse d’une commune.

    Parameters
    ----------
    texte : str
        Numéro et voie.
    code_commune : str
        Code officiel de la commune.

    Returns
    -------
    AdresseTrouvee or None
        ``None`` si le service ne la reconnaît pas assez sûrement.

    Raises
    ------
    ErreurReseau
        Si le service ne répond pas ou si sa réponse n’est pas comprise.
    """
    from observatoire.ingestion.telechargement import lire_en_memoire

    demande = {"q": texte[:_LONGUEUR_MAX], "citycode": code_commune, "limit": "1"}
    try:
        reponse = lire_en_memoire(f"{SERVICE}?{urlencode(demande)}", delai_s=0.05)
    except ErreurReseau as erreur:
        raise ErreurReseau(
            "Le service national d’adresses ne répond pas : cherchez un quartier, un IRIS ou un secteur, "
            "ou cliquez sur la carte."
        ) from erreur
    return lire_reponse(reponse.decode("utf-8"))


def lire_reponse(texte: str) -> AdresseTrouvee | None:
    """Lire la réponse GeoJSON du géocodeur.

    Raises
    ------
    ErreurReseau
        Si la réponse n’a pas la forme attendue.
    """
    try:
        elements = json.loads(texte)["features"]
        if not elements or float(elements[0]["properties"]["score"]) < _SCORE_MIN:
            return None
        longitude, latitude = (float(v) for v in elements[0]["geometry"]["coordinates"])
        return AdresseTrouvee(str(elements[0]["properties"]["label"]), (latitude, longitude))
    except (ValueError, KeyError, TypeError, IndexError) as erreur:
        raise ErreurReseau(
            "La réponse du service national d’adresses n’est pas comprise."
        ) from erreur
