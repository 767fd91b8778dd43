"""Une seule fabrication de la ville pour tous les tests de ce dossier."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from observatoire.ville_fictive import (
    VilleFictive,
    ecrire_fichiers,
    etablir_verite,
    fabriquer_ville,
)
from observatoire.ville_fictive.parametres import GRAINE_PAR_DEFAUT

CODES_TEXTE = {"IRIS": str, "COM": str, "CODGEO": str, "REG": str, "DEP": str, "lcog_geo": str}


@pytest.fixture(scope="session")
def ville() -> VilleFictive:
    return fabriquer_ville(GRAINE_PAR_DEFAUT)


@pytest.fixture(scope="session")
def dossier(ville: VilleFictive, tmp_path_factory: pytest.TempPathFactory) -> Path:
    sortie = tmp_path_factory.mktemp("ville") / "iris"
    ecrire_fichiers(ville, sortie)
    return sortie


@pytest.fixture(scope="session")
def verite(ville: VilleFictive) -> pd.DataFrame:
    return etablir_verite(ville)


@pytest.fixture(scope="session")
def base(dossier: Path) -> Callable[[str, int], pd.DataFrame]:
    def lire(theme: str, millesime: int) -> pd.DataFrame:
        chemin = dossier / f"base-ic-{theme}-{millesime}.CSV"
        return pd.read_csv(chemin, sep=";", dtype=CODES_TEXTE).set_index("IRIS")

    return lire
