"""Les mêmes indicateurs dans les contours de 2015 et de 2024 des quartiers, estimés de la même façon.

Aucun chiffre publié n’y entre : il n’en existe que pour l’un des deux contours, et leur différence
mêlerait l’effet du contour et l’erreur de l’estimation.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from observatoire.domaine import Methode, TypeTerritoire
from observatoire.indicateurs.alignement import aligner_quartiers
from observatoire.indicateurs.calage import caler_quartiers
from observatoire.indicateurs.calcul import sans_valeur_seule
from observatoire.indicateurs.contexte import Contexte
from observatoire.territoires import code_actuel

__all__ = ["CALCULS_DE_SURFACE", "COLONNES_CONTOURS", "estimer_contours"]

CALCULS_DE_SURFACE = frozenset({"effectif", "densite"})

COLONNES_CONTOURS = [
    "code_territoire",
    "nom",
    "code_commune",
    "contour",
    "indicateur",
    "millesime",
    "valeur",
    "statut",
    "methode",
    "borne_basse",
    "borne_haute",
    "bornes_seules",
    "part_dessinee",
]


def estimer_contours(contexte: Contexte) -> pd.DataFrame:
    """Estimer dans les deux contours de chaque quartier tout ce qui a deux millésimes.

    Parameters
    ----------
    contexte : Contexte
        Données d’un lot de villes, dont les résultats viennent d’être calculés
        (:func:`observatoire.indicateurs.calculer_resultats`) : leurs estimations sont reprises.

    Returns
    -------
    pandas.DataFrame
        ``COLONNES_CONTOURS`` ; ``contour`` vaut 2015 ou 2024, ``code_territoire`` est le quartier
        d’aujourd’hui, ``part_dessinee`` (0 à 1) la part du contour que les IRIS lus couvrent. Vide
        sans contour de 2015.
    """
    genres = contexte.territoires["type_territoire"]
    anciens = contexte.territoires.index[genres == TypeTerritoire.QPV_2015.value]
    actuels = pd.Index([code_actuel(c) for c in anciens])
    codes = anciens.union(actuels.intersection(contexte.territoires.index))
    if anciens.empty:
        return pd.DataFrame(columns=COLONNES_CONTOURS)
    morceaux, connues = {}, _annees(contexte)
    for indicateur in contexte.catalogue.indicateurs.values():
        annees = sorted(connues.get(indicateur.id, []))
        if len(annees) < 2 or indicateur.calcul in CALCULS_DE_SURFACE:
            continue
        for annee in annees:
            table = contexte.memoire["estime", indicateur.id, annee].loc[codes]
            if indicateur.calage:
                table = caler_quartiers(contexte, indicateur, annee, table, variantes=("calee",))
            morceaux[indicateur.id, annee] = table
    if not morceaux:
        return pd.DataFrame(columns=COLONNES_CONTOURS)
    noms = ["indicateur", "millesime", "code_territoire"]
    table = pd.concat(morceaux, names=noms).reset_index()
    table["type_territoire"] = TypeTerritoire.QPV.value
    table = aligner_quartiers(contexte, table)
    table["bornes_seules"] = sans_valeur_seule(table, contexte)
    return _decrire(contexte, table)


def _annees(contexte: Contexte) -> dict[str, list[int]]:
    """Indicateur → millésimes dont l’estimation vient d’être calculée."""
    annees: dict[str, list[int]] = {}
    for cle in contexte.memoire:
        if isinstance(cle, tuple) and cle[0] == "estime":
            annees.setdefault(str(cle[1]), []).append(int(cle[2]))
    return annees


def _decrire(contexte: Contexte, table: pd.DataFrame) -> pd.DataFrame:
    """Nom, ville et contour de chaque ligne, rangés sous le quartier d’aujourd’hui."""
    dessinee = (
        contexte.poids.groupby("code_territoire")["surface_m2"].sum()
        / contexte.territoires["surface_m2"]
    )
    codes = table["code_territoire"]
    actuels = codes.map(code_actuel)
    return table.assign(
        part_dessinee=codes.map(dessinee),
        nom=actuels.map(contexte.territoires["nom"]),
        code_commune=actuels.map(contexte.territoires["code_commune"]),
        contour=np.where(codes == actuels, 2024, 2015),
        code_territoire=actuels,
        methode=table["methode"].replace(Methode.CALEE_PUBLIE.value, Methode.CALEE.value),
    )[COLONNES_CONTOURS]
