"""Observatoire ouvert des inégalités territoriales pour les villes françaises.

Les fonctions publiques sont chargées à la première demande : ``import observatoire``
reste immédiat.

Examples
--------
>>> import observatoire
>>> observatoire.charger_catalogue().indicateurs["taux_pauvrete"].unite
'pct'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from observatoire.catalogue import charger_catalogue
    from observatoire.chaine import actualiser
    from observatoire.editions import Edition, charger_edition, edition_courante
    from observatoire.erreurs import ErreurObservatoire
    from observatoire.territoires import calculer_poids

__version__ = "0.1.0"

__all__ = [
    "Edition",
    "ErreurObservatoire",
    "__version__",
    "actualiser",
    "calculer_poids",
    "charger_catalogue",
    "charger_edition",
    "edition_courante",
]

_PROVENANCE = {
    "Edition": "observatoire.editions",
    "ErreurObservatoire": "observatoire.erreurs",
    "actualiser": "observatoire.chaine",
    "calculer_poids": "observatoire.territoires",
    "charger_catalogue": "observatoire.catalogue",
    "charger_edition": "observatoire.editions",
    "edition_courante": "observatoire.editions",
}


def __getattr__(nom: str) -> Any:
    if nom in _PROVENANCE:
        return getattr(import_module(_PROVENANCE[nom]), nom)
    raise AttributeError(f"module {__name__!r} has no attribute {nom!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
