"""Réglages du suivi : ``suivi.toml`` dans le dossier des données ; tout y est facultatif.

Les mots de passe n’y sont pas : l’adresse complète d’un serveur se donne par la variable
d’environnement ``OBSERVATOIRE_SUIVI_BASE``.
"""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from observatoire.erreurs import Anomalie, ErreurDemande

__all__ = ["AXES", "VARIABLE_BASE", "Reglages", "adresse_base", "lire_reglages"]

VARIABLE_BASE = "OBSERVATOIRE_SUIVI_BASE"
FICHIER = "suivi.toml"
_JOURS_PAR_MOIS = 365.25 / 12
AXES = (
    "Cohésion sociale",
    "Cadre de vie et renouvellement urbain",
    "Développement économique et emploi",
    "Citoyenneté et valeurs de la République",
)
"""Piliers des contrats de ville de 2015 ; la ville met les siens dans ``suivi.toml``."""
FINANCEURS = (
    "Ville",
    "Intercommunalité",
    "État (politique de la ville)",
    "Département",
    "Région",
    "CAF",
    "Bailleur",
)


class _Modele(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReglagesBase(_Modele):
    """Où sont gardées les données du suivi."""

    adresse: str = ""
    """Adresse SQLAlchemy sans mot de passe ; vide : un fichier SQLite dans le dossier des données."""


class ReglagesListes(_Modele):
    """Listes de choix du classeur."""

    axes: tuple[str, ...] = AXES
    financeurs: tuple[str, ...] = FINANCEURS


class ReglagesNotes(_Modele):
    """Paroles d’habitants."""

    conservation_mois: int = Field(default=36, ge=1, le=120)

    def limite(self, jour: dt.date) -> dt.date:
        """Date avant laquelle une parole n’est plus gardée."""
        return jour - dt.timedelta(days=round(self.conservation_mois * _JOURS_PAR_MOIS))


class ReglagesAcces(_Modele):
    """Connexion ; les secrets sont dans ``secrets.toml``, jamais ici."""

    actif: bool = False
    duree_session_h: int = Field(default=12, ge=1, le=72)
    exiger_adresse_verifiee: bool = True
    roles: dict[str, str] = Field(default_factory=dict)


class Reglages(_Modele):
    """Contenu de ``suivi.toml``."""

    base: ReglagesBase = ReglagesBase()
    listes: ReglagesListes = ReglagesListes()
    notes: ReglagesNotes = ReglagesNotes()
    acces: ReglagesAcces = ReglagesAcces()


def lire_reglages(racine: Path) -> Reglages:
    """Lire ``suivi.toml`` s’il existe.

    Raises
    ------
    ErreurDemande
        Toutes les fautes : TOML illisible, clés inconnues, mot de passe écrit dans le fichier.
    """
    chemin = racine / FICHIER
    if not chemin.is_file():
        return Reglages()
    try:
        reglages = Reglages.model_validate(tomllib.loads(chemin.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as erreur:
        raise ErreurDemande(f"« {FICHIER} » n’est pas du TOML lisible ({erreur}).") from erreur
    except ValidationError as erreur:
        fautes = [
            Anomalie(
                f"valeur ou clé refusée ({e['type']})",
                FICHIER,
                None,
                ".".join(map(str, e["loc"])),
                "voir docs/suivi.md",
            )
            for e in erreur.errors()
        ]
        raise ErreurDemande(f"« {FICHIER} » contient des fautes :", fautes) from erreur
    if reglages.base.adresse and _url(reglages.base.adresse).password is not None:
        raise ErreurDemande(
            f"« {FICHIER} » contient un mot de passe : retirez-le, et donnez l’adresse complète par "
            f"la variable d’environnement {VARIABLE_BASE}."
        )
    return reglages


def adresse_base(racine: Path) -> URL:
    """Adresse de la base : l’environnement, sinon ``suivi.toml``, sinon SQLite dans les données.

    Raises
    ------
    ErreurDemande
        Si l’adresse est mal écrite.
    """
    texte = os.environ.get(VARIABLE_BASE, "").strip() or lire_reglages(racine).base.adresse
    if texte:
        return _url(texte)
    return URL.create("sqlite", database=str(racine / "suivi.sqlite"))


def _url(texte: str) -> URL:
    try:
        url = make_url(texte)
    except ArgumentError as erreur:
        # L’adresse elle-même n’est pas répétée : elle peut contenir un mot de passe.
        raise ErreurDemande(
            "L’adresse de la base du suivi est mal écrite ; par exemple "
            "« postgresql+pg8000://utilisateur@serveur/base »."
        ) from erreur
    if url.drivername == "postgresql":
        return url.set(drivername="postgresql+pg8000")
    return url
