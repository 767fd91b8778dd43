"""Mise en page d’impression d’une feuille de classeur : largeur, en-têtes répétés, hauteurs, pied.

Une feuille s’imprime en A4 couché, ses colonnes utiles sur la largeur d’une page si le texte y garde
huit points ; sinon sur plusieurs pages de front, où les premières colonnes se répètent. Le format A3
est écarté : une imprimante de bureau le réduirait en A4, et le texte deviendrait illisible.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["CORPS_MINIMAL", "echelle_impression", "hauteur_ligne", "regler_impression"]

CORPS_MINIMAL = 8.0
"""Corps, en points, au-dessous duquel un tableau imprimé ne se lit plus sans effort."""

_CORPS = 11.0
_A4_PT = (595.3, 841.9)
_MARGE_POUCE, _MARGE_HAUTE_POUCE = 0.45, 0.6
_PAS_PT = 15.0
_LETTRES = 1.12
"""Lettres d’un texte courant dans une largeur de colonne de un, qui est celle d’un chiffre."""
_PRUDENCE = 1.05
"""LibreOffice fait les colonnes un peu plus larges qu’Excel."""
_A4 = 9


def _largeur_pt(largeurs: Iterable[float]) -> float:
    """Largeur de colonnes, en points : un caractère fait sept pixels, plus cinq de marge (Calibri 11)."""
    return _PRUDENCE * sum(0.75 * int(largeur * 7 + 5) for largeur in largeurs)


def echelle_impression(largeurs: Sequence[float], *, portrait: bool = False) -> int:
    """Échelle, en pour cent, qui fait tenir des colonnes sur la largeur d’une page A4.

    Parameters
    ----------
    largeurs : sequence of float
        Largeur de chaque colonne imprimée, en caractères.
    portrait : bool
        Feuille debout.

    Returns
    -------
    int
        De 10 à 100 ; le corps imprimé est celui de la cellule (11 points) multiplié par elle.
    """
    utile = _A4_PT[0 if portrait else 1] - 2 * 72 * _MARGE_POUCE
    return max(10, min(100, int(100 * utile / _largeur_pt(largeurs))))


def hauteur_ligne(cellules: Iterable[tuple[str, float]]) -> float:
    """Hauteur d’une ligne, en points, dont les textes se replient dans leurs colonnes.

    Parameters
    ----------
    cellules : iterable of (str, float)
        Texte, et largeur de sa colonne en caractères.

    Notes
    -----
    Un classeur ne porte pas la hauteur d’un texte replié : sans elle, LibreOffice superpose les lignes.
    """
    lignes = [
        len(textwrap.wrap(texte, max(4, round(largeur * _LETTRES)))) or 1
        for texte, largeur in cellules
    ]
    return _PAS_PT * max(lignes, default=1)


def regler_impression(
    feuille: Any,
    titre: str,
    *,
    largeurs: Sequence[float],
    lignes: int,
    mention: str = "",
    portrait: bool = False,
    entetes: int = 1,
    colonnes_repetees: int = 0,
) -> None:
    """Régler l’impression d’une feuille.

    Parameters
    ----------
    feuille : xlsxwriter.worksheet.Worksheet
    titre : str
        Écrit au pied, à gauche.
    largeurs : sequence of float
        Largeur des colonnes à imprimer, depuis la première, en caractères.
    lignes : int
        Nombre de lignes de la feuille, en-têtes compris.
    mention : str
        Écrite au pied, au milieu : édition, document.
    portrait : bool
        Feuille debout.
    entetes : int
        Lignes d’en-tête, répétées à chaque page.
    colonnes_repetees : int
        Colonnes répétées si le tableau prend plusieurs pages de front.
    """
    feuille.set_paper(_A4)
    if portrait:
        feuille.set_portrait()
    else:
        feuille.set_landscape()
    feuille.set_margins(_MARGE_POUCE, _MARGE_POUCE, _MARGE_HAUTE_POUCE, 0.7)
    minimale = math.ceil(100 * CORPS_MINIMAL / _CORPS)
    if echelle_impression(largeurs, portrait=portrait) >= minimale:
        feuille.fit_to_pages(1, 0)
    else:
        feuille.set_print_scale(minimale)
        if colonnes_repetees:
            feuille.repeat_columns(0, colonnes_repetees - 1)
    feuille.print_area(0, 0, max(lignes, 1) - 1, len(largeurs) - 1)
    if entetes:
        feuille.repeat_rows(0, entetes - 1)
    gauche, milieu = (t.replace("&", "&&") for t in (titre, mention))
    feuille.set_footer(f"&L&8{gauche}&C&8{milieu}&R&8Page &P sur &N")
    feuille.hide_gridlines(2)
