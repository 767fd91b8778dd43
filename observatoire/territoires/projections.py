"""Projection légale de chaque territoire français.

Une surface ne se calcule ni en degrés ni dans une projection choisie au hasard :
le décret n° 2000-1276 modifié fixe un système de référence par territoire.
"""

from __future__ import annotations

import re
from functools import cache

from pyproj import CRS

from observatoire.erreurs import ErreurGeographie

__all__ = ["projection_legale"]

_LAMBERT_93 = 2154
_OUTRE_MER = {
    "971": 5490,
    "972": 5490,
    "973": 2972,
    "974": 2975,
    "976": 4471,
    # Saint-Barthélemy et Saint-Martin : même système que la Guadeloupe ; Saint-Martin a un QPV.
    "977": 5490,
    "978": 5490,
}
# « 00 » n’est attribué à aucun département : il désigne la ville fictive livrée avec le projet.
_METROPOLE = frozenset({f"{n:02d}" for n in range(96) if n != 20} | {"2A", "2B"})
_FORME_DU_CODE = re.compile(r"(?:\d{2}|2[AB])\d{3}|97\d{3}|97\d|\d{2}|2[AB]")


def projection_legale(code_departement_ou_commune: str) -> CRS:
    """Projection légale d’un département ou d’une commune.

    Parameters
    ----------
    code_departement_ou_commune : str
        Code officiel géographique, en texte : ``"38"``, ``"2A"``, ``"974"``,
        ``"38185"``, ``"97411"``.

    Returns
    -------
    pyproj.CRS
        EPSG:2154 en métropole et pour la ville fictive (« 00 ») ; 5490 en Guadeloupe, en
        Martinique, à Saint-Barthélemy et à Saint-Martin ; 2972 en Guyane ; 2975 à La Réunion ;
        4471 à Mayotte.

    Raises
    ------
    ErreurGeographie
        Si le code n’est pas celui d’un département ou d’une commune connus.

    Notes
    -----
    Source : décret n° 2000-1276 du 26 décembre 2000, modifié en 2019.
    """
    code = code_departement_ou_commune
    if not isinstance(code, str) or _FORME_DU_CODE.fullmatch(code) is None:
        raise ErreurGeographie(
            f"« {code} » n’est ni un code de département (« 38 », « 2A », « 974 ») ni un code de "
            "commune (« 38185 »). Donner le code officiel géographique, en texte : un zéro "
            "initial perdu change le code."
        )
    departement = code[:3] if code.startswith("97") else code[:2]
    if departement in _METROPOLE:
        return _crs(_LAMBERT_93)
    if departement in _OUTRE_MER:
        return _crs(_OUTRE_MER[departement])
    raise ErreurGeographie(
        f"Aucune projection légale n’est enregistrée pour le département « {departement} » "
        f"(code « {code} »). Vérifier le code ; les départements connus sont 01 à 95, 2A, 2B, "
        f"{', '.join(_OUTRE_MER)}."
    )


@cache
def _crs(epsg: int) -> CRS:
    return CRS.from_epsg(epsg)
