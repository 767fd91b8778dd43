"""Carte d’un document, en SVG ou en PNG ; une carte ne se dessine qu’une fois par format."""

from __future__ import annotations

import io

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG

from observatoire.cartes.carte_seule import dessiner_carte_seule
from observatoire.cartes.modeles import VueCarte

__all__ = ["carte_png", "carte_svg"]

_PPP = 220
"""Assez pour une impression de bureau, sans alourdir le fichier."""


def carte_svg(
    vue: VueCarte, *, largeur_mm: float, hauteur_mm: float
) -> tuple[bytes, tuple[str, ...]]:
    """Carte vectorielle, texte gardé en texte.

    Returns
    -------
    tuple of (bytes, tuple of str)
        SVG, et noms des quartiers remplacés par un numéro.
    """
    carte = dessiner_carte_seule(vue, largeur_mm=largeur_mm, hauteur_mm=hauteur_mm)
    FigureCanvasSVG(carte.figure)
    tampon = io.StringIO()
    carte.figure.savefig(tampon, format="svg", metadata={"Date": None, "Title": vue.titre})
    return tampon.getvalue().encode("utf-8"), carte.quartiers_numerotes


def carte_png(
    vue: VueCarte, *, largeur_mm: float, hauteur_mm: float, agrandissement: float = 1.0
) -> tuple[bytes, tuple[str, ...]]:
    """Carte en pixels, à 220 points par pouce une fois agrandie.

    Les cotes sont celles du dessin (:func:`carte_svg`) ; ``agrandissement``, ce dont le document
    l’agrandira.
    """
    carte = dessiner_carte_seule(vue, largeur_mm=largeur_mm, hauteur_mm=hauteur_mm)
    FigureCanvasAgg(carte.figure)
    tampon = io.BytesIO()
    carte.figure.savefig(
        tampon, format="png", dpi=round(_PPP * agrandissement), metadata={"Title": vue.titre, "Software": None},
        pil_kwargs={"compress_level": 4},
    )  # fmt: skip
    return tampon.getvalue(), carte.quartiers_numerotes
