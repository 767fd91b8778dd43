"""Quelles éditions attendent une validation ; publier l’une d’elles, revenir à une autre.

Une édition est immuable : ce qui peut changer (« à valider ») est écrit à côté, dans
``etat.json``, au dossier de la ville. Une édition y est inscrite avant d’apparaître et
n’en sort qu’après être devenue courante ; un arrêt brutal ne la publie donc jamais.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from observatoire.chemins import Chemins
from observatoire.editions.journal import inscrire
from observatoire.editions.lecture import Edition, charger_edition, edition_courante
from observatoire.editions.publication import lister_editions, remplacer_texte, rendre_courante
from observatoire.editions.verrou import ATTENTE_S, verrouiller_ville
from observatoire.erreurs import ErreurDemande, ErreurEdition
from observatoire.perimetre import perimetre_nomme

__all__ = [
    "editions_a_valider",
    "noter_a_valider",
    "publier_en_attente",
    "resoudre_edition",
    "revenir_a",
]


def editions_a_valider(chemins: Chemins, code_commune: str) -> dict[str, list[str]]:
    """Éditions qui attendent une validation, et pourquoi.

    Returns
    -------
    dict of str to list of str
        Identifiant → raisons ; l’édition courante et les éditions effacées n’y sont pas.

    Raises
    ------
    ErreurEdition
        Si ``etat.json`` est illisible.
    """
    completes = set(lister_editions(chemins, code_commune))
    courante = _identifiant_courant(chemins, code_commune)
    inscrites = _lire_etat(chemins, code_commune)
    return {e: r for e, r in inscrites.items() if e in completes and e != courante}


def noter_a_valider(
    chemins: Chemins, code_commune: str, identifiant: str, raisons: Sequence[str]
) -> None:
    """Inscrire une édition parmi celles qui attendent une validation.

    Raises
    ------
    OSError
        Si le disque refuse l’écriture.
    """
    etat = _lire_etat(chemins, code_commune)
    etat[identifiant] = list(raisons)
    _ecrire_etat(chemins, code_commune, etat)


def publier_en_attente(
    chemins: Chemins,
    code_commune: str,
    identifiant: str,
    *,
    version: str,
    motif: str = "",
    attente_s: float = ATTENTE_S,
) -> Edition:
    """Publier une édition qui attend une validation.

    Parameters
    ----------
    chemins : Chemins
        Arborescence des données.
    code_commune : str
        Code de la ville.
    identifiant : str
        Édition à publier.
    version : str
        Version de l’observatoire, pour le journal.
    motif : str
        Pourquoi, pour le journal.
    attente_s : float
        Attente du verrou, en secondes.

    Raises
    ------
    ErreurDemande
        Si l’édition n’existe pas ou n’attend pas de validation.
    ErreurEdition
        Si un de ses fichiers a changé, ou si le disque refuse l’écriture.
    """
    with verrouiller_ville(chemins, code_commune, attente_s=attente_s):
        edition = _candidate(chemins, code_commune, identifiant)
        if identifiant not in editions_a_valider(chemins, code_commune):
            raise ErreurDemande(
                f"L’édition {identifiant} n’attend pas de validation : pour la remettre en place, lancez "
                f"« observatoire revenir {identifiant} {perimetre_nomme(code_commune).option} »."
            )
        _mettre_en_place(chemins, code_commune, edition)
        _retirer(chemins, code_commune, identifiant)
        inscrire(chemins, code_commune, "publier", identifiant, version=version, motif=motif)
    return edition


def revenir_a(
    chemins: Chemins,
    code_commune: str,
    identifiant: str,
    *,
    version: str,
    motif: str = "",
    attente_s: float = ATTENTE_S,
) -> Edition:
    """Remettre une édition antérieure en place ; toutes les éditions sont gardées.

    Parameters
    ----------
    chemins, code_commune, identifiant, version, motif, attente_s
        Comme pour :func:`publier_en_attente`.

    Raises
    ------
    ErreurDemande
        Si l’édition n’existe pas, est déjà courante ou attend une validation.
    ErreurEdition
        Si un de ses fichiers a changé, ou si le disque refuse l’écriture.
    """
    with verrouiller_ville(chemins, code_commune, attente_s=attente_s):
        edition = _candidate(chemins, code_commune, identifiant)
        if identifiant in editions_a_valider(chemins, code_commune):
            raise ErreurDemande(
                f"L’édition {identifiant} attend une validation : lancez "
                f"« observatoire publier {identifiant} {perimetre_nomme(code_commune).option} »."
            )
        _mettre_en_place(chemins, code_commune, edition)
        inscrire(chemins, code_commune, "revenir", identifiant, version=version, motif=motif)
    return edition


def resoudre_edition(chemins: Chemins, code_commune: str, nom: str) -> Edition:
    """Ouvrir une édition par son identifiant, ou par « courante » ou « precedente ».

    La précédente est la dernière édition construite avant la courante, hors éditions à valider.

    Raises
    ------
    ErreurDemande
        Si aucune édition ne répond à ce nom.
    ErreurEdition
        Si la ville n’a pas d’édition.
    """
    if nom == "courante":
        return edition_courante(chemins, code_commune)
    if nom in {"precedente", "précédente"}:
        courante = edition_courante(chemins, code_commune).identifiant
        attente = editions_a_valider(chemins, code_commune)
        suite = [e for e in lister_editions(chemins, code_commune) if e not in attente]
        rang = suite.index(courante) if courante in suite else 0
        if rang == 0:
            raise ErreurDemande(
                f"{perimetre_nomme(code_commune).sujet} n’a pas d’édition antérieure à l’édition courante ({courante}) : "
                "il n’y a rien à comparer."
            )
        nom = suite[rang - 1]
    return _ouvrir(chemins, code_commune, nom)


def _ouvrir(chemins: Chemins, code_commune: str, identifiant: str) -> Edition:
    connues = lister_editions(chemins, code_commune)
    if identifiant not in connues:
        suite = f"Éditions gardées : {', '.join(connues)}." if connues else "Elle n’en a aucune."
        raise ErreurDemande(
            f"{perimetre_nomme(code_commune).sujet} n’a pas d’édition « {identifiant} ». {suite}"
        )
    return charger_edition(chemins.ville(code_commune) / identifiant)


def _candidate(chemins: Chemins, code_commune: str, identifiant: str) -> Edition:
    edition = _ouvrir(chemins, code_commune, identifiant)
    if identifiant == _identifiant_courant(chemins, code_commune):
        raise ErreurDemande(
            f"L’édition {identifiant} est déjà l’édition courante : il n’y a rien à faire."
        )
    edition.verifier()
    return edition


def _mettre_en_place(chemins: Chemins, code_commune: str, edition: Edition) -> None:
    try:
        rendre_courante(chemins, code_commune, edition.identifiant)
    except OSError as erreur:
        raise ErreurEdition(
            f"L’édition courante n’a pas pu être changée ({erreur}) : libérez de la place puis recommencez. "
            "L’édition en place est intacte."
        ) from erreur


def _retirer(chemins: Chemins, code_commune: str, identifiant: str) -> None:
    etat = _lire_etat(chemins, code_commune)
    etat.pop(identifiant, None)
    try:
        _ecrire_etat(chemins, code_commune, etat)
    except OSError as erreur:
        raise ErreurEdition(
            f"L’édition {identifiant} est publiée, mais « etat.json » n’a pas pu être écrit ({erreur}) : "
            "libérez de la place."
        ) from erreur


def _identifiant_courant(chemins: Chemins, code_commune: str) -> str | None:
    try:
        return chemins.pointeur(code_commune).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def _fichier_etat(chemins: Chemins, code_commune: str) -> Path:
    return chemins.ville(code_commune) / "etat.json"


def _lire_etat(chemins: Chemins, code_commune: str) -> dict[str, list[str]]:
    chemin = _fichier_etat(chemins, code_commune)
    try:
        brut = json.loads(chemin.read_text(encoding="utf-8"))
        return {str(e): [str(r) for r in raisons] for e, raisons in brut["a_valider"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as erreur:
        raise ErreurEdition(
            f"« {chemin} » est illisible ({erreur}) : effacez ce fichier pour oublier les éditions à valider, "
            "puis relancez « observatoire actualiser »."
        ) from erreur


def _ecrire_etat(chemins: Chemins, code_commune: str, etat: dict[str, list[str]]) -> None:
    contenu = json.dumps({"a_valider": etat}, ensure_ascii=False, indent=2)
    remplacer_texte(_fichier_etat(chemins, code_commune), contenu + "\n")
