"""Actions, financements et paroles d’habitants ; l’argent en centimes, les parts en centièmes de %."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["VILLE_ENTIERE", "Action", "Etat", "Financement", "Note", "Programme", "partager"]

VILLE_ENTIERE = "VILLE"
"""Part d’une action qui ne vise pas un quartier précis."""
LONGUEUR_IDENTIFIANT = 80
"""Caractères d’un identifiant, au plus."""
TOUT = 10_000
"""100 %, en centièmes de pour cent."""


class Etat(StrEnum):
    """Où en est une action."""

    PREVUE = "prevue"
    EN_COURS = "en_cours"
    TERMINEE = "terminee"
    ABANDONNEE = "abandonnee"

    @property
    def libelle(self) -> str:
        """Mot du classeur et de l’écran."""
        return {
            "prevue": "prévue",
            "en_cours": "en cours",
            "terminee": "terminée",
            "abandonnee": "abandonnée",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Financement:
    """Un financeur, une année ; un montant inconnu est ``None``, jamais 0."""

    annee: int
    financeur: str
    demande_c: int | None
    accorde_c: int | None
    verse_c: int | None


@dataclass(frozen=True, slots=True)
class Action:
    """Une action du programme."""

    identifiant: str
    intitule: str
    description: str
    axe: str
    porteur: str
    indicateur: str
    theme: str
    etat: Etat
    debut: dt.date | None
    fin: dt.date | None
    evaluation: str
    freins: tuple[str, ...]
    leviers: tuple[str, ...]
    public: bool
    parts: Mapping[str, int] = field(default_factory=dict)
    """Quartier → part en centièmes de pour cent ; la somme est 10 000."""
    financements: tuple[Financement, ...] = ()

    def en_retard(self, jour: dt.date) -> bool:
        """Fin prévue dépassée sans être terminée, ou début dépassé sans avoir commencé."""
        if self.etat is Etat.EN_COURS:
            return self.fin is not None and self.fin < jour
        if self.etat is Etat.PREVUE:
            return self.debut is not None and self.debut < jour
        return False


@dataclass(frozen=True, slots=True)
class Note:
    """Ce que des habitants ont dit."""

    identifiant: str
    quartier: str
    theme: str
    date: dt.date
    source: str
    texte: str
    publiable: bool


@dataclass(frozen=True, slots=True)
class Programme:
    """Tout ce qui est suivi pour une ville."""

    actions: tuple[Action, ...] = ()
    notes: tuple[Note, ...] = ()
    partiel: bool = False
    """Vrai si des actions ne sont pas montrées : ce qui manque n’est alors ni nul, ni absent."""

    def public(self) -> Programme:
        """Ce que le public peut voir : actions marquées publiques, paroles dont la publication est consentie."""
        actions = tuple(a for a in self.actions if a.public)
        partiel = self.partiel or len(actions) < len(self.actions)
        return Programme(actions, tuple(n for n in self.notes if n.publiable), partiel)


def partager(centimes: int, parts: Mapping[str, int]) -> dict[str, int]:
    """Partager un montant entre quartiers, au centime près et sans perte.

    Plus forts restes : chaque quartier reçoit la partie entière de sa part, les centimes qui restent
    vont aux plus grands restes (au premier code à égalité).

    Parameters
    ----------
    centimes : int
        Montant, positif ou nul.
    parts : mapping of str to int
        Centièmes de pour cent ; la somme est 10 000.

    Returns
    -------
    dict of str to int
        Centimes par quartier ; la somme est ``centimes``.
    """
    produits = {q: centimes * p for q, p in parts.items()}
    entiers = {q: v // TOUT for q, v in produits.items()}
    reste = centimes - sum(entiers.values())
    ordre = sorted(parts, key=lambda q: (-(produits[q] % TOUT), q))
    for quartier in ordre[:reste]:
        entiers[quartier] += 1
    return entiers
