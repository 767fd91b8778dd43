"""Environnement commun des tests : données réelles facultatives, environnement propre."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Avant le premier import de numpy : la ville fictive est refaite avec le jeu d’instructions de sa
# fabrication (comme la cible « donnees » du Makefile), sinon ce serait une autre ville.
os.environ.setdefault("NPY_DISABLE_CPU_FEATURES", "X86_V4 AVX512_ICL AVX512_SPR")

# Une machine occupée n’est pas une faute : la durée se mesure dans les bancs. L’intégration continue rejoue
# toujours les mêmes exemples ; chez soi, chaque passage en cherche de nouveaux.
settings.register_profile("observatoire", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("observatoire")

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


@pytest.fixture(scope="session")
def racine_fictive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Racine de données où la ville fictive est publiée, construite une fois."""
    from observatoire.chaine import construire_demonstration
    from observatoire.chemins import Chemins

    racine = tmp_path_factory.mktemp("donnees")
    construire_demonstration(Chemins(racine))
    return racine


@pytest.fixture(scope="session")
def edition_fictive(racine_fictive: Path):  # type: ignore[no-untyped-def]
    """Édition courante de la ville fictive."""
    from observatoire.chemins import Chemins
    from observatoire.editions import edition_courante

    return edition_courante(Chemins(racine_fictive), "00001")


@pytest.fixture(scope="session")
def edition_grenoble(donnees_reelles: Path, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """Édition de Grenoble, sur les données réelles."""
    from observatoire.chaine import actualiser
    from observatoire.chemins import Chemins

    chemins = Chemins(tmp_path_factory.mktemp("grenoble"))
    depuis = [donnees_reelles / "grenoble", donnees_reelles]
    return actualiser("38185", depuis=depuis, chemins=chemins).edition
