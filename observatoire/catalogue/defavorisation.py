"""Modèle de défavorisation livré : coefficients et provenance, sans aucun territoire."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

__all__ = ["DefavorisationLivree", "charger_defavorisation"]


class DefavorisationLivree(BaseModel):
    """Contenu de ``defavorisation.json`` : les champs du modèle, et d’où il vient."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    variables: tuple[str, ...]
    moyennes: tuple[float, ...]
    ecarts_types: tuple[float, ...]
    charges: tuple[float, ...]
    seuils: tuple[float, ...]
    part_expliquee: float
    effectif: int
    millesime: int
    """Année des revenus et du recensement de l’apprentissage."""
    sources: str
    univers: str
    """Sur quels IRIS les cinquièmes sont comptés."""
    differences: str
    """En quoi les mesures s’écartent de celles de l’article."""


@lru_cache(maxsize=1)
def charger_defavorisation() -> DefavorisationLivree:
    """Lire le modèle livré avec le paquet."""
    chemin = Path(__file__).with_name("defavorisation.json")
    return DefavorisationLivree.model_validate_json(chemin.read_text(encoding="utf-8"))
