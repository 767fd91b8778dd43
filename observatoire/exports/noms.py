"""Noms de fichiers et textes venus des données : ils ne sortent pas du dossier, ne s’exécutent pas."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from observatoire.erreurs import ErreurDemande

__all__ = ["dans_dossier", "neutraliser", "nom_de_fichier"]

_LONGUEUR = 80
_RESERVES = {"con", "prn", "aux", "nul", *(f"{p}{i}" for p in ("com", "lpt") for i in range(1, 10))}
"""Noms que Windows refuse, quelle que soit l’extension."""
_DANGEREUX = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def nom_de_fichier(texte: str) -> str:
    """Nom de fichier sûr tiré d’un texte quelconque : lettres sans accent, chiffres et tirets.

    Parameters
    ----------
    texte : str
        Nom de quartier, d’indicateur… ; ``../../etc`` donne ``etc``.

    Returns
    -------
    str
        Jamais vide, sans séparateur de dossier ni point initial.
    """
    simple = unicodedata.normalize("NFKD", texte.replace("œ", "oe").replace("Œ", "OE"))
    ascii_seul = simple.encode("ascii", "ignore").decode("ascii").lower()
    nom = re.sub(r"[^a-z0-9_]+", "-", ascii_seul).strip("-_")[:_LONGUEUR].strip("-_")
    if not nom or nom in _RESERVES:
        return f"document-{nom}".rstrip("-")
    return nom


def dans_dossier(dossier: Path, nom: str) -> Path:
    """Chemin d’un fichier du dossier ; un nom qui en sort est refusé.

    Raises
    ------
    ErreurDemande
        Si le chemin résolu n’est pas dans le dossier.
    """
    base = dossier.resolve()
    chemin = (base / nom).resolve()
    if chemin.parent != base:
        raise ErreurDemande(f"« {nom} » sort du dossier « {dossier} » : donner un simple nom.")
    return chemin


def neutraliser(texte: str) -> str:
    """Texte qu’un tableur ne prendra pas pour une formule.

    Un texte qui commence par ``= + - @``, une tabulation ou un retour à la ligne reçoit une
    apostrophe devant lui (OWASP, *CSV Injection*). Les nombres ne passent jamais par ici.
    """
    return f"'{texte}" if texte.startswith(_DANGEREUX) else texte
