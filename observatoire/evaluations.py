"""Ce que valent nos estimations : les erreurs mesurées, livrées avec le modèle de calage.

L’application et les figures les lisent ; elles ne contiennent aucun chiffre d’un quartier.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from observatoire.erreurs import ErreurDonnees

__all__ = ["MODELE_LIVRE", "NOMS_METHODES", "Evaluation", "charger_evaluation", "citer_sources"]

MODELE_LIVRE = Path(__file__).resolve().parent / "estimation" / "calage" / "modeles" / "calage.json"

NOMS_METHODES: Mapping[str, str] = {
    "surface": "au prorata des surfaces",
    "carreaux": "au prorata des carreaux de 200 m",
    "recouvrement_maximal": "plus grand IRIS",
    "calee": "calée",
    "calee_publie": "calée, avec les chiffres publiés du quartier",
}
"""Nom d’une méthode dans un tableau destiné à être lu."""


@dataclass(frozen=True)
class Evaluation:
    """Erreurs de chaque méthode, par indicateur.

    ``bilans[indicateur]`` : ``methodes``, ``par_part_couverte``, ``par_taille``, ``nuage`` (voir
    :func:`observatoire.calages.evaluer`) ; ``origine`` dit les données et la validation.
    """

    bilans: dict[str, Any] = field(default_factory=dict)
    origine: dict[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """Ligne de source de tout chiffre tiré de l’évaluation."""
        return citer_sources(self.origine.get("sources", ()))


def citer_sources(citations: Any) -> str:
    """Ligne de source : une compilation de chiffres publiés, et les producteurs qu’elle réunit."""
    producteurs = " ; ".join(str(c) for c in citations)
    return f"Source : compilation de chiffres publiés – {producteurs}. Calculs de l’observatoire."


def charger_evaluation(chemin: Path | None = None) -> Evaluation:
    """Lire l’évaluation écrite avec un modèle.

    Parameters
    ----------
    chemin : pathlib.Path, optional
        Fichier écrit par ``observatoire caler`` ; par défaut, celui livré avec l’observatoire.

    Returns
    -------
    Evaluation
        Vide si le modèle n’en a pas.

    Raises
    ------
    ErreurDonnees
        Si le fichier est absent ou illisible.
    """
    fichier = chemin or MODELE_LIVRE
    try:
        brut = json.loads(fichier.read_text(encoding="utf-8"))
        return Evaluation(dict(brut.get("evaluation", {})), dict(brut["origine"]))
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as erreur:
        raise ErreurDonnees(
            f"Le modèle de calage « {fichier} » est illisible ({erreur}) : "
            "recalculez-le avec « observatoire caler »."
        ) from erreur
