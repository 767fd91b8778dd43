"""Une page longue : le sommaire de ses thèmes, et ce dont on ne peut rien dire, replié."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import pandas as pd

from observatoire.cartes.francais import en_lettres
from observatoire.domaine import Verdict
from observatoire.interface.composants import deplier
from observatoire.redaction import majuscule

__all__ = ["est_muet", "html_sommaire", "replier_les_muets"]

_RUBRIQUES = 3
"""Au-delà, la page est longue : elle commence par la liste de ses thèmes."""


def html_sommaire(rubriques: Mapping[str, str], nom: str) -> str:
    """Boutons qui descendent à chaque rubrique ; vide si la page est courte.

    Parameters
    ----------
    rubriques : mapping of str to str
        Identifiant de l’élément où descendre, et texte du bouton.
    nom : str
        Nom de la navigation, pour les lecteurs d’écran.
    """
    if len(rubriques) <= _RUBRIQUES:
        return ""
    boutons = "".join(
        f'<button type="button" data-action="descendre" data-cible="{escape(cible)}">{escape(texte)}</button>'
        for cible, texte in rubriques.items()
    )
    return f'<nav class="obs-actions" aria-label="{escape(nom)}">{boutons}</nav>'


def est_muet(ligne: pd.Series) -> bool:
    """Vrai si l’on ne connaît que des bornes, trop larges pour dire un écart."""
    return bool(ligne["bornes_seules"]) and ligne["verdict"] == Verdict.NON_INTERPRETABLE.value


def replier_les_muets(nombre: int, table: str) -> str:
    """Les indicateurs muets d’un thème, comptés et repliés : ils sont là, sans cacher les autres.

    Parameters
    ----------
    nombre : int
        Combien d’indicateurs ; zéro ne montre rien.
    table : str
        Leur tableau, en HTML.
    """
    if not nombre:
        return ""
    debut = "Un indicateur" if nombre == 1 else f"{majuscule(en_lettres(nombre))} indicateurs"
    replies = deplier(
        f"{debut} dont on ne connaît que des bornes, trop larges pour conclure", table
    )
    return f'<div class="obs-muets">{replies}</div>'
