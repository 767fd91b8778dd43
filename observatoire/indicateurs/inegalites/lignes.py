"""Colonnes des tables d’inégalité, et la manière d’en écrire une ligne."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from observatoire.domaine import Statut, TypeTerritoire

__all__ = [
    "COLONNES_INEGALITES",
    "NIVEAU_DE_VIE",
    "derniers_millesimes",
    "lignes_iris",
    "mettre_en_table",
    "valeur_ou_absence",
]

COLONNES_INEGALITES = [
    "code_commune", "indicateur", "millesime", "mesure", "valeur", "borne_basse", "borne_haute",
    "statut", "note",
]  # fmt: skip

NIVEAU_DE_VIE = "niveau_vie"
"""Nom, dans la table, de ce qui porte sur toute la distribution des niveaux de vie."""


def mettre_en_table(lignes: Iterable[Mapping[str, Any]], colonnes: list[str]) -> pd.DataFrame:
    """Table de ces colonnes, même sans aucune ligne."""
    return pd.DataFrame(list(lignes), columns=colonnes)


def valeur_ou_absence(valeur: float, statut: Statut = Statut.ESTIME) -> dict[str, Any]:
    """Valeur et statut ; une mesure qui n’a pas de sens est absente, jamais 0."""
    connue = bool(np.isfinite(valeur))
    return {"valeur": valeur, "statut": (statut if connue else Statut.ABSENT).value}


def lignes_iris(resultats: pd.DataFrame, indicateurs: Iterable[str]) -> pd.DataFrame:
    """Lignes des IRIS, pour ces indicateurs, de statut connu ou non."""
    iris = resultats["type_territoire"] == TypeTerritoire.IRIS.value
    return resultats[iris & resultats["indicateur"].isin(list(indicateurs))]


def derniers_millesimes(lignes: pd.DataFrame) -> pd.DataFrame:
    """Lignes du dernier millésime où la ville a une valeur connue de l’indicateur."""
    connues = lignes[lignes["valeur"].notna()]
    derniers = connues.groupby(["code_commune", "indicateur"])["millesime"].max()
    cles = pd.MultiIndex.from_frame(lignes[["code_commune", "indicateur"]])
    # Une ville sans aucune valeur connue ne correspond à aucun millésime.
    garde = lignes["millesime"].to_numpy(float) == derniers.reindex(cles).to_numpy(float)
    retenues: pd.DataFrame = lignes.loc[garde]
    return retenues
