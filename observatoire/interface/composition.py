"""Ce qu’une personne compose dans la page « Exports » : un genre de document et ses choix.

Les choix viennent de l’adresse ; l’ordre donné à la fabrique est écrit en entier, pour que le document
soit exactement ce que la page montrait.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from observatoire.erreurs import ErreurDemande

__all__ = ["CHOIX_CARTE", "GENRES", "Composition", "Genre", "lire_ordre"]


@dataclass(frozen=True, slots=True)
class Genre:
    """Un format de document, dit à la personne qui choisit."""

    libelle: str
    usage: str
    extensions: Mapping[str, str]
    """Extension → mots ; la première par défaut."""
    famille: str
    """« carte », « redige » ou « donnees » : les choix qu’il demande."""
    verbe: str
    """Ce que fait le bouton."""


_IMAGES = {
    ".pdf": "PDF, à imprimer",
    ".png": "PNG, une image",
    ".svg": "SVG, à retoucher",
}

GENRES: dict[str, Genre] = {
    "note": Genre(
        "Note", "Quatre à huit pages pour un dossier de conseil : synthèse, carte, écarts, quartiers, méthode.",
        {".pdf": "PDF accessible"}, "redige", "Faire la note",
    ),
    "document": Genre(
        "Document Word", "La même note, à reprendre dans un traitement de texte.",
        {".docx": "DOCX"}, "redige", "Faire le document",
    ),
    "diaporama": Genre(
        "Diaporama", "Un message par diapositive, graphiques modifiables : pour une réunion.",
        {".pptx": "PPTX"}, "redige", "Faire le diaporama",
    ),
    "carte": Genre(
        "Carte", "Une carte avec son titre, sa légende et ses sources : à imprimer ou à projeter.",
        _IMAGES, "carte", "Faire la carte",
    ),
    "cartes-jumelles": Genre(
        "Deux cartes", "Deux indicateurs, ou deux années, côte à côte et aux mêmes classes.",
        _IMAGES, "carte", "Faire les deux cartes",
    ),
    "tableur": Genre(
        "Tableur", "Les chiffres à lire et à filtrer, avec définitions et sources.",
        {".xlsx": "XLSX"}, "donnees", "Faire le tableur",
    ),
    "csv": Genre(
        "Table CSV", "Les mêmes chiffres, une ligne par valeur, pour un logiciel de statistique.",
        {".csv": "CSV"}, "donnees", "Faire la table",
    ),
    "geo": Genre(
        "Couches géographiques", "Contours et valeurs, pour un logiciel de cartographie comme QGIS.",
        {".gpkg": "GeoPackage, styles compris", ".geojson": "GeoJSON"}, "donnees", "Faire les couches",
    ),
    "page": Genre(
        "Page autonome", "Un fichier qui s’ouvre sans réseau, carte interactive comprise : sur une clé USB.",
        {".html": "HTML"}, "donnees", "Faire la page",
    ),
}  # fmt: skip

CHOIX_CARTE = (
    "indicateur", "montrer", "annee", "reference", "niveau", "classes", "cote", "lieux",
)  # fmt: skip
"""Clés de l’adresse que la page « Carte » et la carte imprimée ont en commun."""
_LISTES = ("quartiers", "themes", "indicateurs", "millesimes", "lieux")
_TEXTES = ("reference", "vue", "niveau", "format_page", "orientation", "classes")


@dataclass(frozen=True, slots=True)
class Composition:
    """Document composé : son genre, son extension, et la demande que le document porte au registre."""

    genre: str
    extension: str
    demande: Mapping[str, Any]

    def en_adresse(self, ville: str) -> str:
        """Paramètres de la demande faite au serveur."""
        champs = {
            "ville": ville,
            "format": self.genre,
            "extension": self.extension,
            "demande": json.dumps(dict(self.demande), separators=(",", ":"), sort_keys=True),
        }
        return urlencode(champs)


def lire_ordre(champs: Mapping[str, str]) -> dict[str, Any]:
    """Relire une demande faite au serveur ; ce qu’elle demande de l’édition est vérifié par l’ouvrier.

    Raises
    ------
    ErreurDemande
        Mode, format ou extension inconnus, ou demande d’une autre forme.
    """
    mode, nom, extension = (champs.get(c, "") for c in ("mode", "format", "extension"))
    if mode not in ("apercu", "document"):
        raise ErreurDemande("La demande ne dit pas s’il faut un aperçu ou un document.")
    if nom not in GENRES or extension not in GENRES[nom].extensions:
        raise ErreurDemande(f"« {nom}{extension} » n’est pas un document que l’on sait faire.")
    return {
        "mode": mode,
        "format": nom,
        "extension": extension,
        "demande": _lire_demande(champs.get("demande", "{}")),
    }


def _lire_demande(brut: str) -> dict[str, Any]:
    try:
        lue = json.loads(brut)
    except ValueError as erreur:
        raise ErreurDemande(
            "Les choix du document sont illisibles : recomposez-le depuis la page."
        ) from erreur
    if not isinstance(lue, dict) or not all(_convient(c, v) for c, v in lue.items()):
        raise ErreurDemande("Les choix du document sont inconnus : recomposez-le depuis la page.")
    return lue


def _convient(cle: str, valeur: Any) -> bool:
    if cle in _TEXTES:
        return isinstance(valeur, str)
    if cle not in _LISTES or not isinstance(valeur, list):
        return False
    genre = int if cle == "millesimes" else str
    return all(type(v) is genre for v in valeur)
