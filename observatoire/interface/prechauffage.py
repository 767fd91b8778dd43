"""Préparation du serveur avant le premier visiteur : modules chargés, première carte dessinée."""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from observatoire.erreurs import ErreurObservatoire
from observatoire.interface import (
    page_accessibilite,
    page_carte,
    page_comparer,
    page_exports,
    page_methode,
    page_quartiers,
)  # chargés au démarrage, pas à la visite
from observatoire.interface.chargement import premiere_carte
from observatoire.interface.fabrique import fabrique

__all__ = ["prechauffer"]

_PAGES = (
    page_accessibilite,
    page_carte,
    page_comparer,
    page_exports,
    page_methode,
    page_quartiers,
)
_journal = logging.getLogger(__name__)


@asynccontextmanager
async def prechauffer(_application: Any) -> AsyncIterator[None]:
    """Dessiner une fois la première carte ; sans édition, le serveur démarre et le dira."""
    try:
        premiere_carte()
    except ErreurObservatoire as erreur:
        _journal.warning("%s", erreur)
    except Exception:  # noqa: BLE001 – une édition abîmée ne doit pas empêcher le serveur de démarrer
        _journal.exception("La première carte n’a pas pu être préparée")
    # Streamlit ramasse les miettes après chaque clic : ce qui est chargé une fois n’est plus reparcouru.
    gc.collect()
    gc.freeze()
    yield
    fabrique.arreter()
