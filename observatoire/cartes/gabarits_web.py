"""Code, style et motifs de la carte à l’écran, communs au document seul et à l’application."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from observatoire.cartes import palettes

__all__ = ["CSS_DOCUMENT", "MOTIFS", "code_carte", "code_lieux", "css_carte"]

_GABARITS = Path(__file__).resolve().parent / "gabarits"

CSS_DOCUMENT = """html, body { margin: 0; height: 100%; background: #f4f3f0; }
body {
  font-family: "Observatoire Sans", "Source Sans 3", "Source Sans Pro", sans-serif;
  color: #1b1f2a; -webkit-font-smoothing: antialiased;
}
"""
"""Règles d’un document qui ne contient que la carte."""


def _motif_indicatif(fond: str) -> str:
    """Points sur la couleur d’une classe : la couleur se lit, le doute aussi."""
    return (
        f'<pattern id="indicatif-{fond[1:]}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect width="8" height="8" fill="{fond}"/>'
        f'<g fill="{palettes.couleur_des_points(fond)}">'
        '<circle cx="2" cy="2" r=".85"/><circle cx="6" cy="6" r=".85"/></g></pattern>'
    )


MOTIFS = f"""<svg class="motifs" aria-hidden="true" focusable="false"><defs>
<pattern id="hachures" width="6" height="6" patternUnits="userSpaceOnUse"
patternTransform="rotate(45)">
<rect width="6" height="6" fill="{palettes.MASQUE}"/>
<line x1="0" y1="0" x2="0" y2="6" stroke="{palettes.HACHURE}" stroke-width="1.8"/></pattern>
<pattern id="points" width="7" height="7" patternUnits="userSpaceOnUse">
<rect width="7" height="7" fill="{palettes.ABSENT}"/>
<circle cx="2" cy="2" r="1" fill="#9a9fab"/></pattern>
{"".join(_motif_indicatif(c) for c in palettes.COULEURS_ECARTS)}
</defs></svg>"""


@lru_cache(maxsize=4)
def _lire(nom: str) -> str:
    return (_GABARITS / nom).read_text(encoding="utf-8")


def code_carte() -> str:
    """Fonction JavaScript ``dessinerCarte``."""
    return _lire("carte_web.js")


def code_lieux() -> str:
    """Fonctions JavaScript ``dessinerLieux`` et ``choisirLieux``."""
    return _lire("lieux.js")


def css_carte() -> str:
    """Style de la carte, les couleurs de la charte en variables."""
    couleurs = {
        "encre": palettes.ENCRE,
        "second": palettes.TEXTE_SECOND,
        "trait": palettes.TRAIT,
        "terre": palettes.TERRE,
        "qpv": palettes.QPV,
    }
    racine = "".join(f"--{nom}:{couleur};" for nom, couleur in couleurs.items())
    return f":root{{{racine}}}\n{_lire('carte_web.css')}"
