"""Écriture de classeurs remplis."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fabriques_suivi import VOCABULAIRE, Lignes

from observatoire.suivi import ecrire_classeur


@pytest.fixture
def ecrire(tmp_path: Path) -> Callable[..., Path]:
    """Écrire un classeur à partir de lignes, au format du gabarit."""

    def _ecrire(lignes: Lignes, nom: str = "suivi.xlsx") -> Path:
        sortie = tmp_path / nom
        ecrire_classeur(sortie, VOCABULAIRE, lignes=lignes)
        return sortie

    return _ecrire
