"""Tableaux que la ville tient elle-même (XLSX ou CSV) : chaque valeur garde l’adresse de sa cellule."""

from __future__ import annotations

import codecs
import csv
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

from observatoire.erreurs import Anomalie, ErreurDonnees

__all__ = ["Feuille", "Ligne", "lire_classeur", "normaliser_entete"]

_MAX_LIGNES = 100_000
# « SyntaxError » : celle des deux lecteurs XML possibles.
_ILLISIBLES = (zipfile.BadZipFile, SyntaxError, KeyError, OSError, ValueError, TypeError)
_ERREURS_DE_TABLEUR = frozenset(
    {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}
)
_SANS_VALEUR = "cette cellule n’a pas de valeur ({})"


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
    colonnes: Mapping[str, int] = field(default_factory=dict)
    lignes: tuple[Ligne, ...] = ()
    repetees: Mapping[str, int] = field(default_factory=dict)
    """En-tête écrit plusieurs fois → nombre de fois ; seule sa première colonne serait lue."""
    illisibles: Mapping[tuple[int, str], str] = field(default_factory=dict)
    """Ligne et en-tête d’une cellule sans valeur → pourquoi."""

    def adresse(self, ligne: int, champ: str) -> str:
        """« Actions!C7 », ou « C7 » dans un CSV."""
        from openpyxl.utils import get_column_letter

        lettre = get_column_letter(self.colonnes[champ]) if champ in self.colonnes else ""
        return f"{self.nom}!{lettre}{ligne}" if self.nom else f"{lettre}{ligne}"

    def fautes(self, champs: Iterable[str]) -> list[Anomalie]:
        """Colonnes en double et cellules sans valeur, parmi celles qui sont lues."""
        lus = set(champs)
        return [
            Anomalie(
                f"la colonne « {entete} » figure {nombre} fois",
                f"{self.fichier}, {self.nom}" if self.nom else self.fichier,
                remede="gardez-en une, ou renommez l’autre",
            )
            for entete, nombre in self.repetees.items()
            if entete in lus
        ] + [
            Anomalie(
                pourquoi,
                f"{self.fichier}, {self.adresse(ligne, champ)}",
                remede="ouvrez le fichier dans un tableur, corrigez la cellule ou remplacez la formule par sa valeur",
            )
            for (ligne, champ), pourquoi in self.illisibles.items()
            if champ in lus
        ]


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
        Fichier ``.xlsx`` ou ``.csv`` ; la première ligne non vide de chaque feuille est l’en-tête.

    Returns
    -------
    dict of str to Feuille
        Par nom normalisé ; un CSV n’a qu’une feuille, de nom vide.

    Raises
    ------
    ErreurDonnees
        Fichier absent, illisible ou d’un autre format.
    """
    if not chemin.is_file():
        raise ErreurDonnees(f"« {chemin.name} » est introuvable : vérifiez le chemin.")
    suffixe = chemin.suffix.lower()
    if suffixe == ".csv":
        return {"": _feuille(chemin.name, "", _lignes_csv(chemin))}
    if suffixe != ".xlsx":
        raise ErreurDonnees(
            f"« {chemin.name} » : donnez un classeur .xlsx ou un .csv "
            "(dans un tableur, « Enregistrer sous »)."
        )
    return _feuilles_xlsx(chemin)


def _feuilles_xlsx(chemin: Path) -> dict[str, Feuille]:
    # Lourd, et l’application ouverte n’en a pas besoin.
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    def ouvrir(*, calcule: bool) -> Any:
        return pile.enter_context(closing(load_workbook(chemin, read_only=True, data_only=calcule)))

    lues = {}
    try:
        with ExitStack() as pile:
            classeur = ouvrir(calcule=True)
            formules = ouvrir(calcule=False) if _a_des_formules(chemin) else None
            for feuille in classeur.worksheets:
                # « Financements (2) », la copie qu’un tableur fait, n’est pas « Financements ».
                cle = normaliser_entete(feuille.title.replace("(", " "))
                lues[cle] = _feuille(
                    chemin.name,
                    feuille.title,
                    feuille.iter_rows(values_only=True),
                    () if formules is None else _non_calculees(feuille, formules),
                )
    except _ILLISIBLES as erreur:
        raise ErreurDonnees(
            f"« {chemin.name} » n’est pas un classeur lisible ({erreur}) : "
            "ouvrez-le dans un tableur et enregistrez-le de nouveau."
        ) from erreur
    except InvalidFileException as erreur:
        raise ErreurDonnees(f"« {chemin.name} » n’est pas un classeur lisible.") from erreur
    return lues


def _a_des_formules(chemin: Path) -> bool:
    """Vrai si une feuille a une formule ; la seconde lecture du classeur n’est faite qu’alors."""
    with zipfile.ZipFile(chemin) as archive:
        return any(
            re.search(rb"<f[ >]", archive.read(nom))
            for nom in archive.namelist()
            if nom.startswith("xl/worksheets/")
        )


def _non_calculees(feuille: Any, formules: Any) -> Iterator[Sequence[bool]]:
    """Par ligne, les cellules dont la formule n’a pas de résultat ; un texte vide en est un."""
    for calculees, ecrites in zip(
        feuille.iter_rows(), formules[feuille.title].iter_rows(values_only=True), strict=False
    ):
        yield [
            e is not None and c.value is None and c.data_type == "n"
            for c, e in zip(calculees, ecrites, strict=False)
        ]


def _feuille(
    fichier: str,
    nom: str,
    lignes: Iterable[Sequence[Any]],
    non_calculees: Iterable[Sequence[bool]] = (),
) -> Feuille:
    """Ranger des lignes ; la première qui n’est pas vide est l’en-tête."""
    colonnes: dict[str, int] = {}
    repetees: dict[str, int] = {}
    illisibles: dict[tuple[int, str], str] = {}
    retenues = []
    paires = zip_longest(lignes, non_calculees, fillvalue=())
    for numero, (valeurs, muettes) in enumerate(paires, start=1):
        if numero > _MAX_LIGNES:
            raise ErreurDonnees(f"« {fichier} » a plus de {_MAX_LIGNES} lignes : découpez-le.")
        if not colonnes:
            colonnes, repetees = _entetes(valeurs)
            continue
        contenu = {
            c: _propre(valeurs[r - 1]) if r <= len(valeurs) else None for c, r in colonnes.items()
        }
        sans_valeur = {
            (numero, c): _SANS_VALEUR.format(contenu[c] or "formule jamais calculée")
            for c, r in colonnes.items()
            if contenu[c] in _ERREURS_DE_TABLEUR or (r <= len(muettes) and muettes[r - 1])
        }
        illisibles |= sans_valeur
        if sans_valeur or any(v is not None for v in contenu.values()):
            retenues.append(Ligne(numero, contenu))
    return Feuille(fichier, nom, colonnes, tuple(retenues), repetees, illisibles)


def _entetes(valeurs: Sequence[Any]) -> tuple[dict[str, int], dict[str, int]]:
    """Colonne de chaque en-tête, et nombre de fois de ceux qui sont en double ; vide d’une ligne vide."""
    colonnes: dict[str, int] = {}
    fois: Counter[str] = Counter()
    for rang, valeur in enumerate(valeurs, start=1):
        entete = normaliser_entete(valeur)
        if entete:
            colonnes.setdefault(entete, rang)
            fois[entete] += 1
    return colonnes, {e: n for e, n in fois.items() if n > 1}


def _propre(valeur: Any) -> Any:
    if isinstance(valeur, str):
        valeur = valeur.strip()
        return valeur or None
    return valeur


def _lignes_csv(chemin: Path) -> list[list[str]]:
    octets = chemin.read_bytes()
    if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        # « Texte Unicode » d’un tableur.
        octets = octets.decode("utf-16", errors="replace").encode()
    if b"\0" in octets:
        raise ErreurDonnees(
            f"« {chemin.name} » n’est pas du texte : dans un tableur, enregistrez-le en CSV (UTF-8)."
        )
    try:
        texte = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        texte = octets.decode("cp1252", errors="replace")
    premiere = texte.split("\n", 1)[0]
    separateur = max(";,\t", key=premiere.count)
    return list(csv.reader(texte.splitlines(), delimiter=separateur))
