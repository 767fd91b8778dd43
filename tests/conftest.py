"""Environnement commun des tests : données réelles facultatives, environnement propre."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DEPOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _environnement_propre(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Aucun test ne lit ni n’écrit dans le dossier de données de la personne."""
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(tmp_path / "racine"))
    for nom in [n for n in os.environ if n.startswith("STREAMLIT_")]:
        monkeypatch.delenv(nom)


@pytest.fixture(scope="session")
def donnees_reelles() -> Path:
    """Dossier des données réelles, voisin du dépôt ; le test est sauté s’il manque."""
    dossier = DEPOT.parent / "shared" / "donnees"
    if not dossier.is_dir():
        pytest.skip("données réelles absentes (dossier voisin shared/donnees)")
    return dossier


@pytest.fixture(scope="session")
def ville_fictive() -> Path:
    """Fichiers bruts de la ville fictive."""
    return DEPOT / "data" / "iris"
