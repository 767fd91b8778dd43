"""Aperçu d’un document avant de le faire : une image, ou le début de ce qu’il dira.

Un aperçu n’est pas un document : il n’a pas d’identifiant et n’est pas inscrit au registre.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from observatoire.cartes import palettes
from observatoire.cartes.ecriture_papier import ecrire_entier
from observatoire.cartes.lignes import texte_ecart, texte_valeur
from observatoire.exports import FORMATS
from observatoire.exports.demande import Contexte, Demande
from observatoire.exports.documents import composer_choisi
from observatoire.exports.tables import COLONNES, composer_tableaux, mot_du_statut
from observatoire.redaction import ecrire_nombre

__all__ = ["Apercu", "preparer_apercu"]

_LARGEUR_PX = 1200
_LIGNES = 8
_MONTREES = ("nom", "libelle", "millesime", "valeur", "statut", "ecart")
_BLANC_PX = 24
_MISES_EN_PAGE = {
    "document": "Premières pages du même contenu, dans la mise en page de la note : le document Word le "
    "donne avec des styles, une table des matières et des tableaux que l’on peut reprendre.",
    "diaporama": "Premières pages du même contenu, dans la mise en page de la note : le diaporama le donne "
    "un message par diapositive, avec des graphiques et des tableaux que l’on peut modifier.",
}
"""Ce que l’image ne montre pas d’un document que seul son logiciel sait mettre en page."""
_CARTES = ("carte", "cartes-jumelles")
_REDIGES = ("note", "document", "diaporama")


@dataclass(frozen=True, slots=True)
class Apercu:
    """Ce que l’on montre d’un document ; tout est du texte, sauf l’image."""

    titre: str
    image: str = ""
    """Nom du fichier PNG, vide sans image."""
    phrases: tuple[str, ...] = ()
    colonnes: tuple[str, ...] = ()
    lignes: tuple[tuple[str, ...], ...] = ()
    note: str = ""

    def en_json(self) -> dict[str, Any]:
        """Contenu sérialisable."""
        return asdict(self)


def preparer_apercu(
    contexte: Contexte, format_document: str, demande: Demande, dossier: Path
) -> Apercu:
    """Préparer l’aperçu d’un document.

    Parameters
    ----------
    contexte : Contexte
        Édition protégée : l’aperçu ne montre rien de plus que le document.
    format_document : str
        Clé de :data:`observatoire.exports.FORMATS`.
    demande : Demande
    dossier : Path
        Où écrire l’image.

    Raises
    ------
    ErreurDemande
        Si le document lui-même serait impossible.
    """
    if format_document in _CARTES:
        return _carte(contexte, format_document, demande, dossier)
    if format_document in _REDIGES:
        return _redige(contexte, format_document, demande, dossier)
    return _table(contexte, demande)


def _carte(contexte: Contexte, format_document: str, demande: Demande, dossier: Path) -> Apercu:
    sortie = dossier / "carte.png"
    document = FORMATS[format_document].ecrire(contexte, demande, sortie, "")
    with Image.open(sortie) as image:
        hauteur = round(image.height * _LARGEUR_PX / image.width)
        reduite = image.convert("RGB").resize((_LARGEUR_PX, hauteur), Image.Resampling.LANCZOS)
    _ecrire_image(reduite, dossier)
    texte = next((f for f in document.fichiers if f.suffix == ".txt"), None)
    titre = texte.read_text(encoding="utf-8-sig").strip().split("\n")[0] if texte else "Carte"
    return Apercu(titre, image="apercu.png")


def _redige(contexte: Contexte, format_document: str, demande: Demande, dossier: Path) -> Apercu:
    # À la place d’un identifiant : une capture de l’aperçu ne passera pas pour un document inscrit.
    from observatoire.exports.note import dessiner_pages

    contenu, modele, _ = composer_choisi(contexte, demande, "aperçu")
    image = _planche([Image.open(io.BytesIO(p)) for p in dessiner_pages(contenu, modele)])
    _ecrire_image(image, dossier)
    return Apercu(
        contenu.titre,
        image="apercu.png",
        phrases=contenu.synthese,
        note=_MISES_EN_PAGE.get(format_document, ""),
    )


def _planche(pages: Sequence[Image.Image]) -> Image.Image:
    """Les pages côte à côte, sur le fond de l’aperçu."""
    hauteur = max(p.height for p in pages)
    largeur = sum(p.width for p in pages) + _BLANC_PX * (len(pages) - 1)
    planche = Image.new("RGB", (largeur, hauteur), palettes.PANNEAU)
    x = 0
    for page in pages:
        planche.paste(page.convert("RGB"), (x, 0))
        x += page.width + _BLANC_PX
    return planche


def _table(contexte: Contexte, demande: Demande) -> Apercu:
    table = composer_tableaux(contexte, demande).longue
    unites = {i.id: i.unite for i in contexte.catalogue.indicateurs.values()}
    # Les quartiers d’abord : ce sont eux que l’on cherche ; le fichier garde son ordre.
    rangs = table["type_territoire"].map({"qpv": 0, "commune": 1}).fillna(2)
    debut = table.loc[rangs.sort_values(kind="stable").index].head(_LIGNES)
    return Apercu(
        f"{ecrire_nombre(len(table))} lignes, {table['indicateur'].nunique()} indicateurs, "
        f"{table['code_territoire'].nunique()} territoires",
        colonnes=tuple(COLONNES[c][0] for c in _MONTREES),
        lignes=tuple(
            _ecrire_ligne(dict(zip(debut.columns, ligne, strict=True)), unites)
            for ligne in debut.itertuples(index=False, name=None)
        ),
        note=f"{len(debut)} premières lignes, quartiers d’abord ; "
        f"{len(_MONTREES)} colonnes sur {len(COLONNES)}.",
    )


def _ecrire_ligne(ligne: Mapping[str, Any], unites: Mapping[str, str]) -> tuple[str, ...]:
    unite = unites[ligne["indicateur"]]
    return (
        str(ligne["nom"]), str(ligne["libelle"]), str(ligne["millesime"]),
        "–" if pd.isna(ligne["valeur"]) else texte_valeur(ligne, unite),
        mot_du_statut("bornes_seules" if ligne["bornes_seules"] else ligne["statut"]),
        texte_ecart(ligne, unite),
    )  # fmt: skip


def _ecrire_image(image: Image.Image, dossier: Path) -> None:
    tampon = io.BytesIO()
    image.quantize(128).save(tampon, "PNG", optimize=True)
    ecrire_entier(dossier / "apercu.png", tampon.getvalue())
