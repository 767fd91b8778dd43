"""Communes et arrondissements : Paris, Lyon et Marseille sont chacune une seule ville.

Les IRIS, le recensement et Filosofi portent le code de l’arrondissement ; les quartiers
prioritaires et les chiffres de la ville portent celui de la commune.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["code_ville", "composantes", "departement", "nom_ville"]

_ARRONDISSEMENTS = {
    "75056": ("Paris", [f"751{k:02d}" for k in range(1, 21)]),
    "69123": ("Lyon", [f"6938{k}" for k in range(1, 10)]),
    "13055": ("Marseille", [f"132{k:02d}" for k in range(1, 17)]),
}
_VILLE_DE = {a: ville for ville, (_, codes) in _ARRONDISSEMENTS.items() for a in codes}


def code_ville(code_commune: str) -> str:
    """Code de la ville d’une commune : ``75101`` → ``75056`` ; les autres communes sont inchangées."""
    return _VILLE_DE.get(code_commune, code_commune)


def composantes(codes_communes: Iterable[str]) -> list[str]:
    """Codes sous lesquels les fichiers de l’Insee portent ces communes.

    Parameters
    ----------
    codes_communes : iterable of str
        Codes de communes.

    Returns
    -------
    list of str
        Les mêmes codes, plus ceux de leurs arrondissements municipaux, triés.
    """
    codes: set[str] = set()
    for code in codes_communes:
        codes |= {code, *_ARRONDISSEMENTS.get(code_ville(code), ("", []))[1]}
    return sorted(codes)


def nom_ville(code_commune: str, defaut: str) -> str:
    """Nom de la ville entière, sans numéro d’arrondissement."""
    return _ARRONDISSEMENTS.get(code_commune, (defaut, []))[0]


def departement(code_commune: str) -> str:
    """Code du département d’une commune : ``38185`` → ``38``, ``97411`` → ``974``."""
    return code_commune[: 3 if code_commune.startswith(("97", "98")) else 2]
