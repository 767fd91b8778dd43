"""Registre des exports : quel document, fait quand, de quelle édition, avec quelles valeurs.

``<données>/registre/exports.jsonl`` a une ligne JSON par document, jamais réécrite ; les valeurs
citées sont à côté, dans ``<données>/registre/<identifiant>.parquet``, écrites avant la ligne : une
ligne présente a toujours ses valeurs. Une ligne coupée par un arrêt brutal est signalée à la
lecture et n’empêche ni de lire ni d’écrire la suite.
"""

from __future__ import annotations

import io
import json
import re
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from observatoire.cartes.ecriture_papier import ecrire_entier
from observatoire.chemins import Chemins
from observatoire.editions import Edition
from observatoire.editions.journal import ajouter_ligne, personne_courante
from observatoire.editions.verrou import verrouiller
from observatoire.erreurs import ErreurEdition
from observatoire.ingestion.modeles import empreinte_fichier

__all__ = [
    "Inscription",
    "Registre",
    "inscrire",
    "lire_registre",
    "lire_valeurs",
    "nouvel_identifiant",
    "verifier_ecriture",
]

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Sans 0, O, 1 ni I : un identifiant se recopie à la main depuis une feuille."""
_FORME = re.compile(rf"[{_ALPHABET}]{{4}}-[{_ALPHABET}]{{4}}")
_COLONNES = [
    "code_territoire", "indicateur", "millesime", "reference", "valeur", "ecart", "statut",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inscription:
    """Un document inscrit."""

    identifiant: str
    quand: str
    """Date et heure UTC, ISO 8601."""
    qui: str
    format: str
    parametres: Mapping[str, Any]
    code_commune: str
    nom_commune: str
    edition: str
    fichiers: Mapping[str, str]
    """Nom de chaque fichier et son SHA-256."""
    valeurs: int
    """Nombre de valeurs citées."""
    empreinte_valeurs: str
    version: str


@dataclass(frozen=True, slots=True)
class Registre:
    """Documents lisibles, du plus ancien au plus récent, et numéros des lignes abîmées."""

    inscriptions: tuple[Inscription, ...]
    lignes_abimees: tuple[int, ...]
    """À partir de 1."""

    def de_la_ville(self, code_commune: str) -> Registre:
        """Le même registre, pour une ville."""
        gardees = tuple(i for i in self.inscriptions if i.code_commune == code_commune)
        return Registre(gardees, self.lignes_abimees)


def nouvel_identifiant() -> str:
    """Identifiant court à imprimer dans un document, par exemple ``K7QM-4XTR``."""
    lettres = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{lettres[:4]}-{lettres[4:]}"


def inscrire(
    chemins: Chemins,
    edition: Edition,
    *,
    format: str,  # noqa: A002 – le mot de la commande
    parametres: Mapping[str, Any],
    valeurs: pd.DataFrame,
    fichier: Path | Sequence[Path],
    identifiant: str = "",
) -> str:
    """Inscrire un document déjà écrit.

    Parameters
    ----------
    chemins : Chemins
        Arborescence des données.
    edition : Edition
        Édition dont le document est fait.
    format : str
        Nom du format (clé de :data:`observatoire.exports.FORMATS`).
    parametres : mapping
        De quoi refaire le document (:meth:`observatoire.exports.demande.Demande.en_json`).
    valeurs : pandas.DataFrame
        ``code_territoire, indicateur, millesime, reference, valeur, ecart, statut`` des valeurs
        que le document cite.
    fichier : Path or sequence of Path
        Fichiers du document ; leur empreinte est inscrite.
    identifiant : str
        Celui que le document porte (:func:`nouvel_identifiant`) ; tiré ici s’il est vide.

    Returns
    -------
    str
        L’identifiant.

    Raises
    ------
    ErreurEdition
        Si l’identifiant est déjà pris, ou si le disque refuse l’écriture ; les documents et les
        inscriptions antérieurs sont intacts.
    """
    identifiant = identifiant or nouvel_identifiant()
    fichiers = [fichier] if isinstance(fichier, Path) else list(fichier)
    tampon = io.BytesIO()
    valeurs[_COLONNES].reset_index(drop=True).to_parquet(tampon, index=False)
    dossier = _dossier(chemins)
    try:
        dossier.mkdir(parents=True, exist_ok=True)
        with verrouiller(chemins, "registre", occupation="Un autre document s’inscrit au registre"):
            contenu = _valeurs(chemins, identifiant)
            if contenu.exists():
                raise ErreurEdition(
                    f"L’identifiant « {identifiant} » est déjà au registre : refaire le document."
                )
            ecrire_entier(contenu, tampon.getvalue())
            inscription = Inscription(
                identifiant=identifiant,
                quand=datetime.now(UTC).isoformat(timespec="seconds"),
                qui=personne_courante(),
                format=format,
                parametres=dict(parametres),
                code_commune=edition.code_commune,
                nom_commune=edition.nom_commune,
                edition=edition.identifiant,
                fichiers={f.name: empreinte_fichier(f) for f in fichiers},
                valeurs=len(valeurs),
                empreinte_valeurs=empreinte_fichier(contenu),
                version=metadata.version("observatoire"),
            )
            ajouter_ligne(
                _fichier(chemins),
                json.dumps(asdict(inscription), ensure_ascii=False, sort_keys=True),
            )
    except OSError as erreur:
        raise ErreurEdition(
            f"Le document est fait, mais n’a pas pu être inscrit au registre « {dossier} » "
            f"({erreur}) : vérifiez les droits et la place, puis refaites-le."
        ) from erreur
    return identifiant


def verifier_ecriture(chemins: Chemins) -> None:
    """Refuser de commencer un document que le registre ne pourrait pas recevoir.

    Raises
    ------
    ErreurEdition
        Si le dossier du registre ne peut être écrit.
    """
    dossier = _dossier(chemins)
    try:
        dossier.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=dossier):
            pass
    except OSError as erreur:
        raise ErreurEdition(
            "Aucun document ne peut être fait : le registre des exports ne peut pas être écrit, et un "
            "document sans inscription ne pourrait pas être vérifié. La personne qui administre "
            "l’observatoire peut donner le droit d’écrire dans le dossier « registre » des données."
        ) from erreur


def lire_registre(chemins: Chemins) -> Registre:
    """Lire le registre ; absent, il est vide.

    Raises
    ------
    ErreurEdition
        Si le fichier existe mais ne peut être lu.
    """
    chemin = _fichier(chemins)
    try:
        brut = chemin.read_bytes()
    except FileNotFoundError:
        return Registre((), ())
    except OSError as erreur:
        raise ErreurEdition(f"Le registre « {chemin} » ne peut être lu ({erreur}).") from erreur
    lues: list[Inscription] = []
    abimees: list[int] = []
    for numero, ligne in enumerate(brut.split(b"\n"), start=1):
        if not ligne.strip():
            continue
        inscription = _decoder(ligne)
        if inscription is None:
            abimees.append(numero)
        else:
            lues.append(inscription)
    return Registre(tuple(lues), tuple(abimees))


def _decoder(ligne: bytes) -> Inscription | None:
    try:
        brut = json.loads(ligne)
    except ValueError:  # JSON ou UTF-8 coupé
        return None
    champs = Inscription.__dataclass_fields__
    if not isinstance(brut, dict) or not set(champs) <= set(brut):
        return None
    return Inscription(**{nom: brut[nom] for nom in champs})


def lire_valeurs(chemins: Chemins, inscription: Inscription) -> pd.DataFrame:
    """Valeurs que cite un document.

    Raises
    ------
    ErreurEdition
        Si elles manquent ou ont changé depuis l’inscription.
    """
    chemin = _valeurs(chemins, inscription.identifiant)
    if not chemin.is_file() or empreinte_fichier(chemin) != inscription.empreinte_valeurs:
        raise ErreurEdition(
            f"Les valeurs du document {inscription.identifiant} manquent ou ont changé : "
            f"restaurez « {chemin.name} » depuis une sauvegarde du registre."
        )
    return pd.read_parquet(chemin)


def _dossier(chemins: Chemins) -> Path:
    return chemins.racine / "registre"


def _fichier(chemins: Chemins) -> Path:
    return _dossier(chemins) / "exports.jsonl"


def _valeurs(chemins: Chemins, identifiant: str) -> Path:
    if not _FORME.fullmatch(identifiant):
        raise ErreurEdition(f"« {identifiant} » n’est pas un identifiant de document.")
    return _dossier(chemins) / f"{identifiant}.parquet"
