"""Formats de cellule du tableur, aux couleurs de la charte."""

from __future__ import annotations

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from observatoire.cartes import palettes

__all__ = ["Styles"]


class Styles:
    """Formats de cellule, créés une fois."""

    def __init__(self, classeur: Workbook) -> None:
        self._classeur = classeur
        self._nombres: dict[str, Format] = {}
        police = {"font_name": "Calibri", "font_size": 11, "font_color": palettes.ENCRE}
        self.titre = classeur.add_format({**police, "font_size": 18, "bold": True})
        self.sous_titre = classeur.add_format(
            {**police, "font_size": 12, "font_color": palettes.TEXTE_SECOND}
        )
        self.section = classeur.add_format(
            {**police, "bold": True, "font_color": "#9a5a1f", "valign": "top"}
        )
        self.texte = classeur.add_format({**police, "text_wrap": True, "valign": "top"})
        # Sans « align », le retrait ne s’applique pas : un texte toucherait le nombre de sa gauche.
        self.cellule = classeur.add_format(
            {**police, "valign": "top", "align": "left", "indent": 1}
        )
        self.discret = classeur.add_format(
            {
                **police,
                "italic": True,
                "font_color": palettes.TEXTE_SECOND,
                "bg_color": palettes.PANNEAU,
                "align": "right",
                "valign": "top",
            }
        )
        self.entete = classeur.add_format(
            {
                **police, "bold": True, "bg_color": palettes.QPV, "font_color": "#ffffff",
                "text_wrap": True, "valign": "vcenter", "border": 1, "border_color": palettes.TRAIT,
            }
        )  # fmt: skip

    def nombre(self, motif: str) -> Format:
        """Format d’un nombre."""
        if motif not in self._nombres:
            self._nombres[motif] = self._classeur.add_format(
                {"font_name": "Calibri", "font_size": 11, "num_format": motif, "valign": "top"}
            )
        return self._nombres[motif]
