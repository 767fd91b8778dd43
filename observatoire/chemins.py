"""Tous les chemins de l’observatoire ; la racine des données est injectable.

Racine, par ordre de priorité : argument ``--donnees``, variable d’environnement
``OBSERVATOIRE_DONNEES``, dossier de données de la personne.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_dir

__all__ = [
    "Chemins",
    "dossier_suivi_fictif",
    "dossier_ville_fictive",
    "racine_depot",
    "resoudre_racine",
]

VARIABLE_RACINE = "OBSERVATOIRE_DONNEES"


def racine_depot() -> Path:
    """Dossier qui contient le paquet, ``app.py`` et ``data/``."""
    return Path(__file__).resolve().parent.parent


def dossier_ville_fictive() -> Path:
    """Dossier des fichiers bruts de la ville fictive livrée avec le projet."""
    return racine_depot() / "data" / "iris"


def dossier_suivi_fictif() -> Path:
    """Dossier du programme, des lieux et des découpages de la ville fictive."""
    return racine_depot() / "data" / "suivi"


def resoudre_racine(racine: Path | str | None = None) -> Path:
    """Choisir la racine des données.

    Parameters
    ----------
    racine : path-like, optional
        Valeur de ``--donnees``.

    Returns
    -------
    pathlib.Path
        Chemin absolu, qui peut ne pas exister encore.
    """
    if racine is not None:
        return Path(racine).expanduser().resolve()
    environnement = os.environ.get(VARIABLE_RACINE, "").strip()
    if environnement:
        return Path(environnement).expanduser().resolve()
    return Path(user_data_dir("observatoire", appauthor=False))


@dataclass(frozen=True, slots=True)
class Chemins:
    """Arborescence sous la racine des données."""

    racine: Path

    @classmethod
    def depuis(cls, racine: Path | str | None = None) -> Chemins:
        """Construire l’arborescence à partir de la racine résolue."""
        return cls(resoudre_racine(racine))

    @property
    def catalogues(self) -> tuple[Path, ...]:
        """Dossier de déclarations propres à la ville, s’il existe : il complète le catalogue."""
        dossier = self.racine / "catalogue"
        return (dossier,) if dossier.is_dir() else ()

    @property
    def calage(self) -> Path | None:
        """Modèle de calage propre à la ville, s’il existe : il remplace celui du paquet."""
        fichier = self.racine / "calage.json"
        return fichier if fichier.is_file() else None

    @property
    def cache(self) -> Path:
        """Fichiers bruts téléchargés, avec leur provenance."""
        return self.racine / "cache"

    @property
    def ensembles(self) -> Path:
        """Sommes par commune des tables nationales, relues tant que le fichier ne change pas."""
        return self.racine / "ensembles"

    @property
    def depot(self) -> Path:
        """Dossier où déposer un fichier récupéré avec un navigateur."""
        return self.racine / "depot"

    @property
    def editions(self) -> Path:
        """Dossier qui contient un sous-dossier par ville."""
        return self.racine / "editions"

    @property
    def decoupages(self) -> Path:
        """Découpages propres aux villes : un dossier par commune, puis par famille."""
        return self.racine / "territoires"

    @property
    def lieux(self) -> Path:
        """Listes de lieux (équipements, associations…) propres aux villes."""
        return self.racine / "lieux"

    def ville(self, code_commune: str) -> Path:
        """Dossier des éditions d’une ville."""
        return self.editions / code_commune

    def pointeur(self, code_commune: str) -> Path:
        """Fichier qui nomme l’édition courante d’une ville."""
        return self.ville(code_commune) / "courante.txt"
