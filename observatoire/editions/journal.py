"""Journal d’une ville : qui a fait quoi, quand et pourquoi.

Un fichier ``journal.jsonl`` par ville, une ligne JSON par geste, jamais réécrit. Une
ligne coupée par un arrêt brutal reste à sa place, est signalée à la lecture et
n’empêche ni de lire ni d’écrire la suite.
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from observatoire.chemins import Chemins
from observatoire.erreurs import ErreurEdition

__all__ = [
    "Action",
    "Entree",
    "Journal",
    "ajouter_ligne",
    "inscrire",
    "lire_journal",
    "personne_courante",
]

Action = Literal["actualiser", "a_valider", "publier", "revenir"]

LIBELLES: Mapping[str, str] = {
    "actualiser": "actualisation publiée",
    "a_valider": "actualisation à valider",
    "publier": "publication",
    "revenir": "retour en arrière",
}


@dataclass(frozen=True, slots=True)
class Entree:
    """Un geste inscrit au journal."""

    quand: str
    """Date et heure UTC, ISO 8601."""
    qui: str
    action: str
    edition: str
    motif: str
    version: str

    @property
    def libelle(self) -> str:
        """L’action, en français."""
        return LIBELLES.get(self.action, self.action)


@dataclass(frozen=True, slots=True)
class Journal:
    """Gestes lisibles, du plus ancien au plus récent, et numéros des lignes abîmées."""

    entrees: tuple[Entree, ...]
    lignes_abimees: tuple[int, ...]
    """À partir de 1."""

    def en_json(self) -> dict[str, Any]:
        """Contenu sérialisable, aux clés stables."""
        return {
            "entrees": [asdict(e) for e in self.entrees],
            "lignes_abimees": list(self.lignes_abimees),
        }


def inscrire(
    chemins: Chemins,
    code_commune: str,
    action: Action,
    edition: str,
    *,
    version: str,
    motif: str = "",
) -> Entree:
    """Ajouter un geste au journal et attendre qu’il soit sur le disque.

    Parameters
    ----------
    chemins : Chemins
        Arborescence des données.
    code_commune : str
        Code de la ville.
    action : {"actualiser", "a_valider", "publier", "revenir"}
        Le geste.
    edition : str
        Identifiant de l’édition concernée.
    version : str
        Version de l’observatoire qui fait le geste.
    motif : str
        Pourquoi, en clair.

    Raises
    ------
    ErreurEdition
        Si le disque refuse l’écriture.
    """
    entree = Entree(
        quand=datetime.now(UTC).isoformat(timespec="seconds"),
        qui=personne_courante(),
        action=action,
        edition=edition,
        motif=motif,
        version=version,
    )
    chemin = _chemin(chemins, code_commune)
    try:
        ajouter_ligne(chemin, json.dumps(asdict(entree), ensure_ascii=False))
    except OSError as erreur:
        raise ErreurEdition(
            f"Le geste « {entree.libelle} » sur l’édition {edition} est fait, mais n’a pas pu être inscrit dans "
            f"« {chemin.name} » ({erreur}) : libérez de la place. Les éditions sont intactes."
        ) from erreur
    return entree


def ajouter_ligne(chemin: Path, ligne: str) -> None:
    """Ajouter une ligne à un fichier jamais réécrit, et attendre qu’elle soit sur le disque.

    Une dernière ligne coupée par un arrêt brutal est d’abord terminée : elle reste à sa place et
    ne se mélange pas à la nouvelle.

    Raises
    ------
    OSError
        Si le disque refuse l’écriture.
    """
    with chemin.open("a+b") as flux:
        coupee = False
        if flux.seek(0, os.SEEK_END):
            flux.seek(-1, os.SEEK_END)
            coupee = flux.read(1) != b"\n"
        flux.write((b"\n" if coupee else b"") + f"{ligne}\n".encode())
        flux.flush()
        os.fsync(flux.fileno())


def lire_journal(chemins: Chemins, code_commune: str) -> Journal:
    """Lire le journal d’une ville ; un journal absent est vide.

    Raises
    ------
    ErreurEdition
        Si le fichier existe mais ne peut être lu.
    """
    chemin = _chemin(chemins, code_commune)
    try:
        contenu = chemin.read_bytes()
    except FileNotFoundError:
        return Journal((), ())
    except OSError as erreur:
        raise ErreurEdition(f"Le journal « {chemin} » ne peut être lu ({erreur}).") from erreur
    entrees: list[Entree] = []
    abimees: list[int] = []
    for numero, ligne in enumerate(contenu.split(b"\n"), start=1):
        if not ligne.strip():
            continue
        entree = _decoder(ligne)
        if entree is None:
            abimees.append(numero)
        else:
            entrees.append(entree)
    return Journal(tuple(entrees), tuple(abimees))


def _decoder(ligne: bytes) -> Entree | None:
    try:
        brut = json.loads(ligne)
    except ValueError:  # JSON ou UTF-8 coupé
        return None
    champs = Entree.__dataclass_fields__
    if not isinstance(brut, dict) or not set(champs) <= set(brut):
        return None
    return Entree(**{nom: str(brut[nom]) for nom in champs})


def _chemin(chemins: Chemins, code_commune: str) -> Path:
    return chemins.ville(code_commune) / "journal.jsonl"


def personne_courante() -> str:
    """Nom du compte qui agit."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # compte sans nom : conteneur, service
        return "inconnu"
