"""Catalogue du paquet, chargé une fois."""

from __future__ import annotations

import pytest

from observatoire.catalogue import Catalogue, charger_catalogue


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return charger_catalogue()
