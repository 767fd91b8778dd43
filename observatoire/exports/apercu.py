"""Aperçu d’un document avant de le faire : une image, ou le début de ce qu’il dira.

Un aperçu n’est pas un document : il n’a pas d’identifiant et n’est pas inscrit au registre.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

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
    contenu, modele, _ = composer_choisi(contexte, demande, "aperçu")
    if format_document == "note":
        from observatoire.exports.note import dessiner_premiere_page

        with Image.open(io.BytesIO(dessiner_premiere_page(contenu, modele))) as image:
            _ecrire_image(image.convert("RGB"), dossier)
        return Apercu(contenu.titre, image="apercu.png", phrases=contenu.synthese)
    tableau = contenu.tableau
    # La première colonne d’un tableau court : la valeur et l’écart de chaque quartier.
    colonnes = tableau.colonnes[:3]
    lignes = tuple(
        (ligne.nom, *(c.texte for c in ligne.chiffres[: len(colonnes)]))
        for ligne in tableau.lignes[:_LIGNES]
    )
    return Apercu(
        contenu.titre,
        phrases=contenu.synthese,
        colonnes=("Quartier", *(f"{c.indicateur.court}, {c.millesime}" for c in colonnes)),
        lignes=lignes,
        note=f"Début du tableau : {len(lignes)} quartiers sur {len(tableau.lignes)}, "
        f"{len(colonnes)} indicateurs sur {len(tableau.colonnes)}.",
    )


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
