"""Options communes aux commandes qui ne sont pas dans ``cli``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from observatoire.chemins import Chemins

__all__ = ["Commune", "Donnees", "Epci", "chemins_de"]

Donnees = Annotated[
    Path | None,
    typer.Option("--donnees", help="Dossier des données de l’observatoire."),
]
Commune = Annotated[
    str | None,
    typer.Option(
        "--commune", help="Code officiel de la commune (5 caractères), par exemple 38185."
    ),
]
Epci = Annotated[
    str | None,
    typer.Option("--epci", help="SIREN de l’intercommunalité (9 chiffres), par exemple 200040715."),
]


def chemins_de(contexte: typer.Context, donnees: Path | None) -> Chemins:
    """Dossier donné à la commande, sinon à ``observatoire``, sinon celui de l’environnement."""
    return Chemins.depuis(donnees if donnees is not None else contexte.obj)
