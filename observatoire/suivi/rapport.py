"""Trame du rapport annuel (:mod:`observatoire.suivi.trame`) en DOCX."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docx
from docx.oxml import OxmlElement
from docx.shared import Pt, RGBColor

from observatoire.suivi.bilan import Bilan
from observatoire.suivi.trame import (
    Tableau,
    Texte,
    annee_du_rapport,
    composer_trame,
    titre_du_rapport,
)

__all__ = ["ecrire_rapport"]


def ecrire_rapport(
    bilan: Bilan,
    sortie: Path,
    *,
    nom_ville: str,
    annee: int | None = None,
    quartier: str | None = None,
) -> None:
    """Écrire la trame.

    Parameters
    ----------
    bilan : Bilan
        Tableaux du suivi.
    sortie : pathlib.Path
        Fichier ``.docx``.
    nom_ville : str
        Nom de la ville.
    annee : int, optional
        Année retracée ; la dernière financée sinon.
    quartier : str, optional
        Un seul quartier ; tous sinon.
    """
    retenue = annee_du_rapport(bilan, annee)
    document = docx.Document()
    titre = titre_du_rapport(nom_ville, retenue)
    _styles(document, titre)
    document.add_heading(titre, 0)
    for bloc in composer_trame(bilan, annee=retenue, quartier=quartier):
        if isinstance(bloc, Tableau):
            _tableau(document, bloc)
        else:
            _texte(document, bloc)
    document.save(str(sortie))


def _styles(document: Any, titre: str) -> None:
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(11)
    for nom in ("Title", "Heading 1", "Heading 2"):
        document.styles[nom].font.color.rgb = RGBColor(0x14, 0x21, 0x3D)
    document.core_properties.language = "fr-FR"
    document.core_properties.title = titre


def _texte(document: Any, bloc: Texte) -> None:
    match bloc.genre:
        case "titre":
            document.add_heading(bloc.texte, 1)
        case "sous_titre":
            document.add_heading(bloc.texte, 2)
        case "puce":
            document.add_paragraph(bloc.texte, style="List Bullet")
        case "a_ecrire":
            document.add_paragraph().add_run(f"[À écrire : {bloc.texte}]").italic = True
        case "avis":
            document.add_paragraph().add_run(f"{bloc.texte}.").italic = True
        case "paragraphe":
            document.add_paragraph(bloc.texte)


def _tableau(document: Any, bloc: Tableau) -> None:
    table = document.add_table(rows=1, cols=len(bloc.entetes), style="Light Grid Accent 1")
    # La première ligne se répète à chaque page, et se lit comme un en-tête.
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for textes, cellules in zip(
        (bloc.entetes, *bloc.lignes),
        (table.rows[0].cells, *(table.add_row().cells for _ in bloc.lignes)),
        strict=True,
    ):
        for cellule, texte in zip(cellules, textes, strict=True):
            cellule.text = texte
