"""Vocabulaire d’essai et classeurs remplis."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from observatoire.suivi import Vocabulaire

VOCABULAIRE = Vocabulaire(
    quartiers={"QN03806M": "Mistral", "QN03807M": "Villeneuve", "QN03808M": "Teisseire"},
    indicateurs={"taux_chomage_15_64": "emploi", "taux_pauvrete": "revenus"},
    libelles={"taux_chomage_15_64": "Taux de chômage", "taux_pauvrete": "Taux de pauvreté"},
    themes={"revenus": "Revenus et pauvreté", "emploi": "Emploi", "logement": "Logement"},
)
AXE = "Cohésion sociale"
Lignes = dict[str, Sequence[Sequence[Any]]]


def lignes_completes() -> Lignes:
    """Deux actions bien écrites et une parole."""
    return {
        "Actions": [
            [
                "A1", "Garde d’enfants", "", AXE, "Asso A", "taux_chomage_15_64", "", "en cours",
                dt.date(2024, 1, 1), dt.date(2025, 6, 30), "", "Horaires ; garde", "Bénévoles", "oui",
            ],
            ["A2", "Jardins", "", AXE, "Asso B", "", "Logement", "prévue", dt.date(2027, 1, 1), None, "", "horaires", "", ""],
        ],
        "Quartiers": [
            ["A1", "QN03806M – Mistral", 33.33],
            ["A1", "QN03807M – Villeneuve", 33.33],
            ["A1", "VILLE – ville entière", 33.34],
            ["A2", "QN03808M", 100],
        ],
        "Financements": [
            ["A1", 2024, "Ville", 100.01, 100, 50],
            ["A1", 2025, "Ville", 200, None, None],
            ["A2", 2025, "CAF", 10, 0, None],
        ],
        "Habitants": [
            ["P1", "QN03806M", "Emploi", dt.date(2026, 1, 10), "Atelier", "Les horaires sont trop courts.", "oui"],
            ["P2", "VILLE", "Emploi", dt.date(2026, 1, 10), "Atelier", "Une autre parole.", ""],
        ],
    }  # fmt: skip
