"""CSV et sa description (CSVW, recommandation du W3C) : une table longue, une ligne par valeur.

Le CSV s’ouvre d’un double clic dans un tableur réglé en français : point-virgule, virgule
décimale, UTF-8 avec marque. La description, à côté, dit ces choix à un programme.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd

from observatoire.cartes.ecriture_papier import ecrire_entier
from observatoire.exports.demande import Contexte, Demande, Document
from observatoire.exports.lecture import lignes_a_lire
from observatoire.exports.noms import neutraliser
from observatoire.exports.tables import COLONNES, Tableaux, composer_tableaux, valeurs_citees

__all__ = ["ecrire_csv"]

_ENTIERS = {"millesime"}
_CLE = ["code_territoire", "indicateur", "millesime"]


def ecrire_csv(contexte: Contexte, demande: Demande, sortie: Path, document: str = "") -> Document:
    """Écrire le CSV et sa description, ``<nom>.csv-metadata.json``.

    Une valeur masquée ou absente est une cellule vide dont la colonne ``statut`` dit la raison.

    Parameters
    ----------
    contexte : Contexte
    demande : Demande
    sortie : Path
        Fichier ``.csv``.
    document : str
        Identifiant au registre des exports.

    Raises
    ------
    ErreurDemande
        Si la demande ne convient pas à l’édition.
    """
    tableaux = composer_tableaux(contexte, demande)
    table = tableaux.longue
    tampon = io.StringIO()
    ecrivain = csv.writer(tampon, delimiter=";", lineterminator="\r\n")
    ecrivain.writerow(table.columns)
    for ligne in table.itertuples(index=False, name=None):
        ecrivain.writerow([_cellule(v) for v in ligne])
    description = sortie.with_name(f"{sortie.name}-metadata.json")
    contenu = _decrire(contexte, tableaux, demande, sortie.name, document)
    ecrire_entier(sortie, tampon.getvalue().encode("utf-8-sig"))
    texte = json.dumps(contenu, ensure_ascii=False, indent=2) + "\n"
    ecrire_entier(description, texte.encode("utf-8"))
    return Document((sortie, description), valeurs_citees(table))


def _cellule(valeur: Any) -> str:
    if isinstance(valeur, str):
        return neutraliser(valeur)
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if pd.isna(valeur):
        return ""
    if isinstance(valeur, int):
        return str(valeur)
    # Dix chiffres significatifs : ceux du calcul, sans le bruit du binaire.
    return f"{float(valeur):.10g}".replace(".", ",")


def _decrire(
    contexte: Contexte, tableaux: Tableaux, demande: Demande, nom: str, document: str
) -> dict[str, Any]:
    """Description CSVW (https://www.w3.org/TR/tabular-metadata/)."""
    edition = contexte.edition
    fictive = " (ville fictive)" if edition.est_fictive else ""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "fr"}],
        "url": nom,
        "dc:title": f"Indicateurs des quartiers – {edition.nom_commune}{fictive}",
        "dc:description": [
            f"{tete} : {texte}" for tete, texte in lignes_a_lire(contexte, tableaux, demande)
        ],
        "dc:identifier": document or None,
        "dc:isVersionOf": f"Édition {edition.identifiant}",
        "dc:issued": str(edition.manifeste["publiee_le"])[:10],
        "dc:language": "fr",
        "dc:license": {"@id": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"},
        "dc:source": list(dict.fromkeys(str(c) for c in tableaux.sources["citation"])),
        "dialect": {
            "delimiter": ";",
            "encoding": "utf-8",
            "header": True,
            "lineTerminators": ["\r\n"],
        },
        "tableSchema": {
            "columns": [_colonne(str(c), tableaux.longue[c]) for c in tableaux.longue.columns],
            "primaryKey": _CLE,
        },
        "notes": [
            {
                "indicateur": i.id,
                "definition": i.definition,
                "precaution": i.precaution,
                "page": i.page,
            }
            for i in tableaux.indicateurs
        ],
    }


def _colonne(nom: str, valeurs: pd.Series) -> dict[str, Any]:
    titre, description = COLONNES[nom]
    return {
        "name": nom,
        "titles": [nom],
        "dc:title": titre,
        "dc:description": description,
        "datatype": _type(nom, valeurs),
        "null": [""],
        "required": nom in _CLE,
    }


def _type(nom: str, valeurs: pd.Series) -> Any:
    if valeurs.dtype == bool:
        return {"base": "boolean", "format": "oui|non"}
    if nom in _ENTIERS:
        return "integer"
    if pd.api.types.is_numeric_dtype(valeurs):
        return {"base": "number", "format": {"decimalChar": ",", "groupChar": " "}}
    return "string"
