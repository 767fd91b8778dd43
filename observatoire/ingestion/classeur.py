"""Tableaux que la ville tient elle-même (XLSX ou CSV) : chaque valeur garde l’adresse de sa cellule."""

from __future__ import annotations

import csv
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from observatoire.erreurs import ErreurDonnees

__all__ = ["Feuille", "Ligne", "lire_classeur", "normaliser_entete"]

_MAX_LIGNES = 100_000


@dataclass(frozen=True, slots=True)
class Ligne:
    """Une ligne : son numéro dans la feuille (à partir de 1) et ses valeurs par en-tête normalisé."""

    numero: int
    valeurs: Mapping[str, Any]

    def texte(self, champ: str) -> str:
        """Valeur en texte, sans espace autour ; vide si la cellule l’est."""
        valeur = self.valeurs.get(champ)
        if valeur is None:
            return ""
        if isinstance(valeur, float) and valeur.is_integer():
            return str(int(valeur))
        return re.sub(r"\s+", " ", str(valeur)).strip()


@dataclass(frozen=True, slots=True)
class Feuille:
    """Une feuille : en-têtes normalisés et leur colonne, lignes non vides."""

    fichier: str
    nom: str
    colonnes: Mapping[str, int]
    lignes: tuple[Ligne, ...]

    def adresse(self, ligne: int, champ: str) -> str:
        """« Actions!C7 », ou « C7 » dans un CSV."""
        from openpyxl.utils import get_column_letter

        lettre = get_column_letter(self.colonnes[champ]) if champ in self.colonnes else ""
        return f"{self.nom}!{lettre}{ligne}" if self.nom else f"{lettre}{ligne}"


def normaliser_entete(entete: object) -> str:
    """« Montant demandé (€) » → ``montant_demande``."""
    texte = re.sub(r"\(.*?\)|\*", "", str(entete or ""))
    plat = unicodedata.normalize("NFKD", texte).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plat).strip("_")


def lire_classeur(chemin: Path) -> dict[str, Feuille]:
    """Lire toutes les feuilles d’un XLSX, ou un CSV.

    Parameters
    ----------
    chemin : pathlib.Path
        Fichier ``.xlsx`` ou ``.csv`` ; la première ligne de chaque feuille est l’en-tête.

    Returns
    -------
    dict of str to Feuille
        Par nom normalisé ; un CSV n’a qu’une feuille, de nom vide.

    Raises
    ------
    ErreurDonnees
        Fichier absent, illisible ou d’un autre format.
    """
    # Lourd, et l’application ouverte n’en a pas besoin.
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    if not chemin.is_file():
        raise ErreurDonnees(f"« {chemin.name} » est introuvable : vérifiez le chemin.")
    suffixe = chemin.suffix.lower()
    if suffixe == ".csv":
        return {"": _feuille(chemin.name, "", iter(_lignes_csv(chemin)))}
    if suffixe != ".xlsx":
        raise ErreurDonnees(
            f"« {chemin.name} » : donnez un classeur .xlsx ou un .csv "
            "(dans un tableur, « Enregistrer sous »)."
        )
    try:
        classeur = load_workbook(chemin, read_only=True, data_only=True)
        return {
            normaliser_entete(f.title): _feuille(
                chemin.name, f.title, iter(f.iter_rows(values_only=True))
            )
            for f in classeur.worksheets
        }
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError) as erreur:
        raise ErreurDonnees(
            f"« {chemin.name} » n’est pas un classeur lisible ({erreur}) : "
            "ouvrez-le dans un tableur et enregistrez-le de nouveau."
        ) from erreur


def _feuille(fichier: str, nom: str, lignes: Iterator[Any]) -> Feuille:
    entetes = [normaliser_entete(v) for v in next(lignes, ())]
    colonnes: dict[str, int] = {}
    for rang, entete in enumerate(entetes, start=1):
        if entete:
            colonnes.setdefault(entete, rang)
    retenues = []
    for numero, valeurs in enumerate(lignes, start=2):
        if numero > _MAX_LIGNES:
            raise ErreurDonnees(f"« {fichier} » a plus de {_MAX_LIGNES} lignes : découpez-le.")
        contenu = {
            c: _propre(valeurs[r - 1]) if r <= len(valeurs) else None for c, r in colonnes.items()
        }
        if any(v is not None for v in contenu.values()):
            retenues.append(Ligne(numero, contenu))
    return Feuille(fichier, nom, colonnes, tuple(retenues))


def _propre(valeur: Any) -> Any:
    if isinstance(valeur, str):
        valeur = valeur.strip()
        return valeur or None
    return valeur


def _lignes_csv(chemin: Path) -> list[list[str]]:
    octets = chemin.read_bytes()
    try:
        texte = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        texte = octets.decode("cp1252", errors="replace")
    premiere = texte.split("\n", 1)[0]
    separateur = max(";,\t", key=premiere.count)
    return list(csv.reader(texte.splitlines(), delimiter=separateur))
