"""Lignes de points : un territoire face à ses références, avec son intervalle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from observatoire.catalogue import Indicateur
from observatoire.domaine import Methode, Reference
from observatoire.editions import Edition
from observatoire.interface.chargement import cle_edition
from observatoire.interface.composants import (
    sens_intervalle,
    texte_intervalle,
    texte_valeur,
)
from observatoire.redaction import ecrire_valeur

__all__ = [
    "Position",
    "cle_des_points",
    "html_points",
    "ligne_de_points",
    "lignes_par_cle",
    "references_connues",
]

_CLASSES = {
    Reference.VILLE.value: "ville",
    Reference.VILLE_HORS_QPV.value: "hors_qpv",
    Reference.EPCI.value: "epci",
    "qpv_france": "france",
}


@dataclass(frozen=True, slots=True)
class Position:
    """Un point d’une ligne : sa classe graphique, sa valeur, son nom."""

    classe: str
    valeur: float
    nom: str = ""


def lignes_par_cle(table: pd.DataFrame) -> dict[Any, pd.Series]:
    """Lignes d’une table, par la clé de son index, unique.

    Une page lit chaque ligne une fois : les parcourir d’un trait coûte cent fois moins que de chercher
    chacune dans la table.
    """
    return dict(table.astype(object).iterrows())


def references_connues(edition: Edition) -> list[str]:
    """Références dont l’édition a une valeur, dans l’ordre où elles se dessinent."""
    presentes = set(edition.references["reference"])
    connues = {r.value for r in Reference}
    return [r for r in _CLASSES if r in presentes & connues]


def _nom_reference(reference: str, ville: str) -> str:
    return ville if reference == Reference.VILLE.value else Reference(reference).libelle


def cle_des_points(
    edition: Edition, nom_ville: str, sujets: Sequence[tuple[str, str]], *, autres: bool
) -> str:
    """Légende des lignes de points.

    Parameters
    ----------
    edition : Edition
        Dit quelles références existent.
    nom_ville : str
        Nom de la ville.
    sujets : sequence of (str, str)
        Classe graphique et nom des territoires montrés.
    autres : bool
        Les autres quartiers de la ville sont-ils dessinés ?
    """
    entrees = [(f"point {c}", nom) for c, nom in sujets]
    entrees += [
        ("bande calee", "intervalle d’une estimation calée, neuf fois sur dix"),
        ("bande", "tout ce que les données permettent"),
    ]
    entrees += [
        (f"point {_CLASSES[r]}", _nom_reference(r, nom_ville)) for r in references_connues(edition)
    ]
    if autres:
        entrees.append(("point autre", "les autres QPV de la ville"))
    morceaux = (
        f'<span class="entree"><span class="{c}"></span>{escape(t)}</span>' for c, t in entrees
    )
    return f'<div class="obs-cle">{"".join(morceaux)}</div>'


def html_points(
    positions: Sequence[Position],
    *,
    intervalles: Sequence[tuple[float, float, bool]],
    echelle: tuple[float, float],
    texte: str,
    duo: bool = False,
) -> str:
    """Ligne de points en HTML : Streamlit retire le SVG, les points sont placés en pourcentage.

    Parameters
    ----------
    positions : sequence of Position
        Dessinées dans l’ordre ; une valeur non finie ne l’est pas.
    intervalles : sequence of (float, float, bool)
        Bornes, et vrai pour une estimation calée : un trait à deux butées ; sinon, une bande pleine.
    echelle : tuple of float
        Valeurs des deux bouts de la ligne, croissantes.
    texte : str
        La même chose en mots.
    duo : bool
        Deux territoires : chacun a sa hauteur, le premier en haut, pour que leurs bandes ne se
        recouvrent pas ; les références sont entre les deux.
    """
    bas, haut = echelle

    def x(v: float) -> float:
        return float(np.clip((v - bas) / (haut - bas), 0, 1) * 100)

    formes = []
    for rang, (gauche, droite, calee) in enumerate(intervalles):
        if np.isfinite([gauche, droite]).all():
            debut, fin = x(gauche), x(droite)
            genre = (" calee" if calee else "") + (" seconde" if duo and rang else "")
            formes.append(
                f'<span class="bande{genre}" style="left:{debut:.2f}%;width:{max(fin - debut, 0.5):.2f}%"></span>'
            )
    formes += [
        f'<span class="point {p.classe}" style="left:{x(p.valeur):.2f}%"'
        + (f' title="{escape(p.nom)}"' if p.nom else "")
        + "></span>"
        for p in positions
        if np.isfinite(p.valeur)
    ]
    classe = "obs-axe duo" if duo else "obs-axe"
    return f'<div class="{classe}" role="img" aria-label="{escape(texte)}">{"".join(formes)}</div>'


def ligne_de_points(
    edition: Edition,
    indicateur: Indicateur,
    lignes: Sequence[tuple[str, pd.Series]],
    autres: pd.DataFrame,
    nom_ville: str,
) -> str:
    """Ligne d’un indicateur : un ou deux territoires, les références, les autres quartiers.

    Parameters
    ----------
    edition : Edition
    indicateur : Indicateur
    lignes : sequence of (str, pandas.Series)
        Classe graphique et ligne de résultats de chaque territoire, au même millésime.
    autres : pandas.DataFrame
        Lignes des autres quartiers : ``nom, valeur, bornes_seules``.
    nom_ville : str
    """
    premiere = lignes[0][1]
    references = _valeurs_references(edition, indicateur.id, premiere)
    positions = [
        Position("autre", float(v), str(n))
        for n, v, muet in zip(autres["nom"], autres["valeur"], autres["bornes_seules"], strict=True)
        if not muet
    ]
    positions += [
        Position(_CLASSES[r], v, _nom_reference(r, nom_ville)) for r, v in references.items()
    ]
    intervalles, mots = [], []
    for classe, ligne in lignes:
        muette = bool(ligne["bornes_seules"])
        positions.append(
            Position(classe, float("nan") if muette else float(ligne["valeur"]), str(ligne["nom"]))
        )
        calee = Methode(ligne["methode"]).est_calee
        intervalles.append((float(ligne["borne_basse"]), float(ligne["borne_haute"]), calee))
        intervalle = texte_intervalle(ligne, indicateur.unite)
        detail = f" ({intervalle} ; {sens_intervalle(ligne['methode'])})" if intervalle else ""
        mots.append(f"{ligne['nom']} : {texte_valeur(ligne, indicateur.unite)}{detail}")
    mots += [
        f"{_nom_reference(r, nom_ville)} : {ecrire_valeur(v, indicateur.unite)}"
        for r, v in references.items()
        if np.isfinite(v)
    ]
    return html_points(
        positions,
        intervalles=intervalles,
        echelle=_echelle(indicateur.unite, positions, intervalles),
        texte=" ; ".join(mots),
        duo=len(lignes) > 1,
    )


def _valeurs_references(edition: Edition, indicateur: str, ligne: pd.Series) -> dict[str, float]:
    connues, toutes = _references(*cle_edition(edition), edition)
    valeurs = toutes.get((indicateur, int(ligne["millesime"]), str(ligne["code_commune"])), {})
    return {r: valeurs[r] for r in connues if r in valeurs}


@st.cache_resource(max_entries=8, show_spinner=False)
def _references(
    dossier: str, ville: str, _edition: Edition
) -> tuple[list[str], dict[tuple[str, int, str], dict[str, float]]]:
    """Références dessinées, et leurs valeurs par indicateur, millésime et commune."""
    del dossier, ville
    toutes: dict[tuple[str, int, str], dict[str, float]] = defaultdict(dict)
    colonnes = ("indicateur", "millesime", "code_commune", "reference", "valeur")
    for i, annee, commune, reference, valeur in zip(
        *(_edition.references[c] for c in colonnes), strict=True
    ):
        toutes[str(i), int(annee), str(commune)][str(reference)] = float(valeur)
    return references_connues(_edition), dict(toutes)


def _echelle(
    unite: str,
    positions: Sequence[Position],
    intervalles: Sequence[tuple[float, float, bool]],
) -> tuple[float, float]:
    """Bouts de la ligne : 0 à 100 pour un taux ; ailleurs, autour des valeurs connues."""
    if unite == "pct":
        return 0.0, 100.0
    toutes = [p.valeur for p in positions] + [b for i in intervalles for b in i[:2]]
    connues = [v for v in toutes if np.isfinite(v)]
    # Une position se compare sans partir de zéro, et l’intervalle reste visible.
    bas, haut = min(connues, default=0.0), max(connues, default=1.0)
    # Mais deux valeurs voisines ne sont pas jetées aux deux bouts de la ligne.
    marge = max(haut - bas, 0.4 * abs(haut)) or 1.0
    return max(0.0, haut - 1.3 * marge), haut + 0.15 * marge
