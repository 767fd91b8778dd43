"""Exports : d’une édition protégée à un document citable.

Chaque format est une fonction ``(contexte, demande, sortie, document) -> Document`` inscrite dans
:data:`FORMATS` ; :func:`observatoire.exports.production.produire` l’appelle et inscrit le
document au registre.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from observatoire.exports.cartes import ecrire_carte, ecrire_jumelles
from observatoire.exports.csv_decrit import ecrire_csv
from observatoire.exports.demande import Contexte, Demande, Document
from observatoire.exports.documents import produire_diaporama, produire_document, produire_note
from observatoire.exports.geo import ecrire_geo
from observatoire.exports.page import ecrire_page
from observatoire.exports.protection import EditionProtegee, proteger
from observatoire.exports.registre import inscrire, lire_registre, nouvel_identifiant
from observatoire.exports.suivi import produire_programme, produire_rapport
from observatoire.exports.tableur import ecrire_tableur

__all__ = [
    "FORMATS",
    "Contexte",
    "Demande",
    "Document",
    "EditionProtegee",
    "Format",
    "inscrire",
    "lire_registre",
    "nouvel_identifiant",
    "proteger",
]

Ecriture: TypeAlias = Callable[[Contexte, Demande, Path, str], Document]


@dataclass(frozen=True, slots=True)
class Format:
    """Un format de document : ses mots, ses extensions (la première par défaut), sa fonction."""

    libelle: str
    extensions: tuple[str, ...]
    ecrire: Ecriture
    dans_tout: tuple[str, ...] = ()
    """Extensions que fait « exporter tout » ; vide pour un format qui demande un choix."""
    par_ville: bool = False
    """Vrai : d’une intercommunalité, un document par ville."""
    nom_de_fichier: str = ""
    """Fin du nom de fichier dans « exporter tout » ; le nom du format par défaut."""
    reserve: bool = False
    """Vrai pour un document du suivi : la page « Exports », publique, ne le propose pas."""


_IMAGES = (".png", ".svg", ".pdf")

FORMATS: dict[str, Format] = {
    "carte": Format("carte imprimée", _IMAGES, ecrire_carte),
    "cartes-jumelles": Format("deux cartes côte à côte", _IMAGES, ecrire_jumelles),
    "note": Format("note", (".pdf",), produire_note, (".pdf",), par_ville=True),
    "document": Format("document Word", (".docx",), produire_document, (".docx",), par_ville=True),
    "diaporama": Format("diaporama", (".pptx",), produire_diaporama, (".pptx",), par_ville=True),
    "tableur": Format("tableur", (".xlsx",), ecrire_tableur, (".xlsx",)),
    "csv": Format("table CSV décrite", (".csv",), ecrire_csv, (".csv",), nom_de_fichier="donnees"),
    "geo": Format(
        "couches géographiques", (".gpkg", ".geojson"), ecrire_geo, (".gpkg", ".geojson")
    ),
    "page": Format("page autonome", (".html",), ecrire_page, (".html",)),
    "programme": Format(
        "programme par quartier", (".pdf", ".xlsx"), produire_programme, reserve=True
    ),
    "rapport-annuel": Format(
        "trame du rapport annuel", (".docx", ".pdf"), produire_rapport, reserve=True
    ),
}
