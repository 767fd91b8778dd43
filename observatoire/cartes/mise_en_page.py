"""Feuille de papier en millimètres : formats, cadres, tracé de base.

L’origine est en haut à gauche et ``y`` descend. Tout est dessiné aux cotes d’une
feuille A4 ; une feuille A3 est la même, agrandie, textes et traits compris. Une
diapositive (16:9) est dessinée sur 250 mm de large, puis agrandie : projetée, ses textes
se lisent du fond d’une salle.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, PathPatch, Rectangle
from matplotlib.path import Path as Trace
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from observatoire.cartes.rectangle import Cadre
from observatoire.cartes.typographie import (
    MM_PAR_POINT,
    Style,
    enregistrer_polices,
    largeur_texte,
)
from observatoire.erreurs import ErreurDemande

__all__ = [
    "FORMATS_PAGE",
    "ORIENTATIONS",
    "PPP",
    "Cadre",
    "Feuille",
    "FigurePapier",
    "creer_feuille",
    "lire_format",
    "reglages",
]

PPP = 300


@dataclass(frozen=True, slots=True)
class FormatPage:
    """Une feuille en paysage : cotes de dessin en pixels, agrandissement, marge en millimètres."""

    largeur_px: float
    hauteur_px: float
    facteur: float
    marge: float
    portrait_permis: bool = True


def _diapositive(largeur_dessin: float) -> FormatPage:
    """33,867 × 19,05 cm, la diapositive large de PowerPoint et d’Impress, dessinée plus petite."""
    facteur = 338.67 / largeur_dessin
    return FormatPage(4000 / facteur, 2250 / facteur, facteur, 10.0, portrait_permis=False)


FORMATS_PAGE = {
    # 3 508 × 2 480 pixels : l’A4 des imprimeurs, à 300 points par pouce.
    "A4": FormatPage(3508, 2480, 1.0, 13.0),
    "A3": FormatPage(3508, 2480, 2**0.5, 13.0),
    "diapo": _diapositive(250),
}
_DIAPO_JUMELLES = _diapositive(300)
"""Deux cartes demandent plus de place : les textes de la diapositive sont un peu plus petits."""
ORIENTATIONS = ("paysage", "portrait")

_PARAMETRES: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "observatoire",
    "pdf.fonttype": 42,
    "path.simplify": False,
    # Sans cet ajustement aux pixels, un texte a la largeur mesurée, à toute résolution.
    "text.hinting": "none",
}
_VERROU = threading.RLock()


@contextmanager
def reglages() -> Iterator[None]:
    """Réglages de matplotlib pour la page, un seul dessin à la fois.

    Ces réglages sont communs à tout le processus : deux fils d’exécution ne peuvent les
    changer ensemble.
    """
    with _VERROU, mpl.rc_context(_PARAMETRES):
        yield


class FigurePapier(Figure):
    """Figure qui se dessine et s’enregistre toujours avec les réglages de la page."""

    def draw(self, renderer: RendererBase) -> None:
        """Dessiner avec les réglages de la page."""
        with reglages():
            super().draw(renderer)

    def savefig(self, fname: Any, **options: Any) -> None:
        """Enregistrer avec les réglages de la page."""
        with reglages():
            super().savefig(fname, **options)


@dataclass(frozen=True, slots=True)
class Feuille:
    """Surface de dessin : une figure, un repère en millimètres, un agrandissement.

    Une feuille ``muette`` ne trace rien : elle sert à mesurer un bloc avant de le placer.
    """

    figure: Figure
    axes: Axes
    largeur: float
    hauteur: float
    facteur: float
    marge: float
    muette: bool = False

    def a_blanc(self) -> Feuille:
        """Même feuille, où rien ne se trace."""
        return replace(self, muette=True)

    def ecrire(
        self,
        x: float,
        y: float,
        texte: str,
        style: Style,
        *,
        alignement: Literal["left", "right", "center"] = "left",
        halo: float = 0.0,
        ordre: float = 20,
    ) -> None:
        """Écrire une ligne dont ``y`` est la ligne de base.

        ``halo`` est l’épaisseur, en points, d’un contour blanc tracé dessous : le texte
        lui-même reste du texte, que l’on peut chercher et copier.
        """
        if self.muette:
            return
        police = style.proprietes
        police.set_size(style.corps * self.facteur)
        self.axes.text(
            x, y, texte, fontproperties=police, color=style.couleur, ha=alignement,
            va="baseline", parse_math=False, zorder=ordre,
        )  # fmt: skip
        if halo:
            self._cerner(x, y, texte, style, alignement, halo, ordre)

    def _cerner(
        self,
        x: float,
        y: float,
        texte: str,
        style: Style,
        alignement: str,
        halo: float,
        ordre: float,
    ) -> None:
        contour = TextPath((0, 0), texte, prop=style.proprietes)
        largeur = largeur_texte(texte, style)
        decalage = {"left": 0.0, "right": largeur, "center": largeur / 2}[alignement]
        placement = Affine2D().scale(MM_PAR_POINT, -MM_PAR_POINT).translate(x - decalage, y)
        cerne = PathPatch(contour.transformed(placement), facecolor="white", edgecolor="white")
        cerne.set(linewidth=halo * self.facteur, joinstyle="round", zorder=ordre - 0.5)
        self.axes.add_artist(cerne)

    def paragraphe(
        self,
        x: float,
        y: float,
        lignes: Sequence[str],
        style: Style,
        *,
        alignement: Literal["left", "right", "center"] = "left",
        halo: float = 0.0,
        ordre: float = 20,
    ) -> float:
        """Écrire des lignes sous ``y`` (haut des capitales) ; renvoyer le bas du bloc."""
        base = y + style.hauteur_capitale
        for rang, ligne in enumerate(lignes):
            self.ecrire(
                x, base + rang * style.pas, ligne, style,
                alignement=alignement, halo=halo, ordre=ordre,
            )  # fmt: skip
        return base + (len(lignes) - 1) * style.pas if lignes else y

    def rectangle(
        self,
        cadre: Cadre,
        fond: str,
        *,
        trait: str = "none",
        epaisseur: float = 0.0,
        rayon: float = 0.0,
        ordre: float = 1,
    ) -> None:
        """Tracer un rectangle, aux coins arrondis si ``rayon`` (mm) n’est pas nul."""
        if self.muette:
            return
        coin, cotes = (cadre.x, cadre.y), (cadre.largeur, cadre.hauteur)
        arrondi = f"round,pad=0,rounding_size={rayon}"
        forme = FancyBboxPatch(coin, *cotes, arrondi) if rayon else Rectangle(coin, *cotes)
        forme.set(facecolor=fond, edgecolor=trait, linewidth=epaisseur * self.facteur, zorder=ordre)
        self.axes.add_artist(forme)

    def lignes(
        self,
        segments: Sequence[np.ndarray[tuple[int, int], np.dtype[np.float64]]],
        couleur: str,
        epaisseur: float,
        *,
        tirets: bool = False,
        opacite: float = 1.0,
        ordre: float = 5,
    ) -> None:
        """Tracer des lignes brisées (tableaux n × 2, mm) ; épaisseur en points."""
        if len(segments) and not self.muette:
            self.axes.add_collection(
                LineCollection(
                    list(segments), colors=couleur, linewidths=epaisseur * self.facteur,
                    linestyles=[(0, (3, 2))] if tirets else "solid", alpha=opacite,
                    capstyle="butt" if tirets else "round", joinstyle="round", zorder=ordre,
                ),
                autolim=False,
            )  # fmt: skip

    def surfaces(
        self,
        traces: Sequence[Trace],
        fonds: Sequence[str] | str,
        *,
        trait: str = "none",
        epaisseur: float = 0.0,
        ordre: float = 3,
    ) -> None:
        """Tracer des surfaces déjà converties en millimètres."""
        if traces and not self.muette:
            self.axes.add_collection(
                PathCollection(
                    list(traces), facecolors=fonds, edgecolors=trait,
                    linewidths=epaisseur * self.facteur, joinstyle="round", zorder=ordre,
                ),
                autolim=False,
            )  # fmt: skip

    def cercle(
        self,
        x: float,
        y: float,
        rayon: float,
        fond: str,
        *,
        trait: str = "white",
        epaisseur: float = 0.5,
        opacite: float = 1.0,
        ordre: float = 12,
    ) -> None:
        """Tracer un disque ; rayon en millimètres."""
        if self.muette:
            return
        disque = Circle((x, y), rayon, facecolor=fond, edgecolor=trait, alpha=opacite)
        disque.set(linewidth=epaisseur * self.facteur, zorder=ordre)
        self.axes.add_artist(disque)


def lire_format(format_page: str, orientation: str) -> FormatPage:
    """Format d’un nom, quelle que soit sa casse.

    Raises
    ------
    ErreurDemande
        Si le format ou l’orientation est inconnu, ou si une diapositive est demandée en portrait.
    """
    formats = {nom.lower(): format_connu for nom, format_connu in FORMATS_PAGE.items()}
    if format_page.lower() not in formats:
        *premiers, dernier = FORMATS_PAGE
        raise ErreurDemande(
            f"Format de page « {format_page} » inconnu : choisir {', '.join(premiers)} ou {dernier}."
        )
    if orientation not in ORIENTATIONS:
        raise ErreurDemande(
            f"Orientation « {orientation} » inconnue : choisir {' ou '.join(ORIENTATIONS)}."
        )
    choisi = formats[format_page.lower()]
    if orientation == "portrait" and not choisi.portrait_permis:
        raise ErreurDemande("Une diapositive est toujours en paysage : retirer l’orientation.")
    return choisi


def creer_feuille(format_page: str, orientation: str, *, jumelles: bool = False) -> Feuille:
    """Préparer une feuille vierge.

    Parameters
    ----------
    format_page : {"A4", "A3", "diapo"}
        Format de la feuille imprimée, ou diapositive 16:9.
    orientation : {"paysage", "portrait"}
        Sens de la feuille.
    jumelles : bool
        La page porte deux cartes.

    Raises
    ------
    ErreurDemande
        Si le format ou l’orientation est inconnu.
    """
    choisi = lire_format(format_page, orientation)
    if jumelles and choisi is FORMATS_PAGE["diapo"]:
        choisi = _DIAPO_JUMELLES
    enregistrer_polices()
    pixels = choisi.largeur_px, choisi.hauteur_px
    if orientation == "portrait":
        pixels = pixels[::-1]
    facteur = choisi.facteur
    figure = FigurePapier(figsize=(pixels[0] * facteur / PPP, pixels[1] * facteur / PPP), dpi=PPP)
    figure.set_facecolor("white")
    largeur, hauteur = (cote / PPP * 25.4 for cote in pixels)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, largeur)
    axes.set_ylim(hauteur, 0)
    return Feuille(figure, axes, largeur, hauteur, facteur, choisi.marge)
