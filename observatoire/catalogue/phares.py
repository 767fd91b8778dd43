"""Indicateurs que l’on dit en premier : tableau des documents, besoin d’un quartier."""

from __future__ import annotations

__all__ = ["INDICATEURS_PHARES"]

INDICATEURS_PHARES = (
    "taux_pauvrete",
    "niveau_vie_median",
    "taux_emploi_15_64",
    "taux_chomage_15_64",
    "part_sans_diplome",
    "part_familles_monoparentales",
    "part_logements_sociaux",
)
"""Dans l’ordre ; ``modele.toml`` peut en nommer d’autres pour le tableau des documents."""
