"""Effet du contour et évolution de la situation, entre les quartiers de 2015 et ceux de 2024.

Changement de l’ancien contour au premier millésime au nouveau contour au second :

    effet du contour          nouveau contour moins ancien, au premier millésime
    évolution de la situation nouveau contour, du premier millésime au second

Leur somme est le changement total, exactement.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from observatoire.catalogue import Catalogue
from observatoire.domaine import Comparabilite, Statut, TypeTerritoire
from observatoire.indicateurs.calage import METHODES_CALEES
from observatoire.indicateurs.contours_2015 import CALCULS_DE_SURFACE
from observatoire.indicateurs.temps import Marge, composer_bornes, marge_des_bornes
from observatoire.indicateurs.verdicts import PRECISION_PCT, PRECISION_RELATIVE, juger

__all__ = ["COLONNES_DECOMPOSITIONS", "decomposer"]

_EFFETS = ("effet_contour", "evolution_situation", "evolution_totale")
_CLES = ["code_territoire", "indicateur", "millesime_debut", "millesime_fin"]

COLONNES_DECOMPOSITIONS = [
    "code_territoire",
    "nom",
    "code_commune",
    "indicateur",
    "millesime_debut",
    "millesime_fin",
    "contours_2015",
    "appariement",
    "millesime_contour",
    "valeur_ancien_debut",
    "valeur_nouveau_debut",
    "valeur_nouveau_fin",
    *(c for e in _EFFETS for c in (e, f"{e}_basse", f"{e}_haute")),
    "verdict_contour",
    "verdict_situation",
    "methode",
    "motif",
]


def decomposer(
    contours: pd.DataFrame,
    appariements: pd.DataFrame,
    evolutions: pd.DataFrame,
    catalogue: Catalogue,
) -> pd.DataFrame:
    """Décomposer l’évolution de chaque quartier entre effet du contour et situation.

    Parameters
    ----------
    contours : pandas.DataFrame
        Table de :func:`observatoire.indicateurs.contours_2015.estimer_contours`.
    appariements : pandas.DataFrame
        ``code_territoire, contours_2015, appariement, identique``, un quartier par ligne
        (:func:`observatoire.territoires.apparier_anciens`).
    evolutions : pandas.DataFrame
        Table de :func:`observatoire.indicateurs.calculer_evolutions` : couples de millésimes, et
        ceux que les règles refusent.
    catalogue : Catalogue
        Unités et seuils.

    Returns
    -------
    pandas.DataFrame
        ``COLONNES_DECOMPOSITIONS`` ; effets et bornes dans l’unité de l’indicateur.
        ``millesime_contour`` est le millésime auquel les deux contours sont comparés. Sans deux
        estimations interprétables, aucun nombre, et ``motif`` dit pourquoi.
    """
    if appariements.empty or evolutions.empty:
        return pd.DataFrame(columns=COLONNES_DECOMPOSITIONS)
    # Un effectif ou une densité change avec la surface : l’effet du contour n’y apprend rien.
    surfaces = {i.id for i in catalogue.indicateurs.values() if i.calcul in CALCULS_DE_SURFACE}
    lignes = evolutions[
        (evolutions["type_territoire"] == TypeTerritoire.QPV.value)
        & (evolutions["comparaison"] != Comparabilite.REFUSEE.value)
        & ~evolutions["indicateur"].isin(surfaces)
    ][["nom", "code_commune", *_CLES]]
    table = lignes.merge(
        appariements, on="code_territoire", how="inner", validate="many_to_one"
    ).reset_index(drop=True)
    if table.empty:
        return pd.DataFrame(columns=COLONNES_DECOMPOSITIONS)
    ancien = _estimations(table, contours, 2015, "millesime_debut")
    debut = _estimations(table, contours, 2024, "millesime_debut")
    fin = _estimations(table, contours, 2024, "millesime_fin")
    table["motif"] = _motifs(table, ancien, debut, fin, catalogue)
    dits = table["motif"] == ""
    table["millesime_contour"] = table["millesime_debut"]
    table["methode"] = debut["methode"].where(dits, "")
    for nom, cote in (("ancien_debut", ancien), ("nouveau_debut", debut), ("nouveau_fin", fin)):
        table[f"valeur_{nom}"] = cote["valeur"].where(dits)
    meme = table["identique"].astype(bool)
    contour = (debut["valeur"] - ancien["valeur"]).mask(meme, 0.0)
    situation = fin["valeur"] - debut["valeur"]
    marges = [_marge(c) for c in (ancien, debut, fin)]
    bornes_contour = composer_bornes(contour, marges[0], marges[1]).mask(meme, 0.0)
    bornes_situation = composer_bornes(situation, marges[1], marges[2])
    # Sur le même tracé, le changement total est celui de la situation.
    bornes_totales = composer_bornes(contour + situation, marges[0], marges[2]).where(
        ~meme, bornes_situation
    )
    for effet, valeur, bornes in (
        ("effet_contour", contour, bornes_contour),
        ("evolution_situation", situation, bornes_situation),
        ("evolution_totale", contour + situation, bornes_totales),
    ):
        table[effet] = valeur.where(dits)
        table[f"{effet}_basse"] = bornes["borne_basse"].where(dits)
        table[f"{effet}_haute"] = bornes["borne_haute"].where(dits)
    table["verdict_contour"] = _verdicts(table, "effet_contour", catalogue)
    table["verdict_situation"] = _verdicts(table, "evolution_situation", catalogue)
    return table[COLONNES_DECOMPOSITIONS]


def _estimations(
    table: pd.DataFrame, contours: pd.DataFrame, contour: int, date: str
) -> pd.DataFrame:
    """Estimation de chaque ligne dans un contour, à l’une des deux dates ; même index."""
    choisies = contours[contours["contour"] == contour].rename(columns={"millesime": date})
    propres = ["valeur", "statut", "methode", "borne_basse", "borne_haute", "bornes_seules", "part_dessinee"]  # fmt: skip
    cles = ["code_territoire", "indicateur", date]
    jointes = table[cles].merge(
        choisies[[*cles, *propres]], on=cles, how="left", validate="many_to_one"
    )
    return jointes.set_axis(table.index, axis=0)


def _motifs(
    table: pd.DataFrame,
    ancien: pd.DataFrame,
    debut: pd.DataFrame,
    fin: pd.DataFrame,
    catalogue: Catalogue,
) -> pd.Series:
    """Pourquoi une décomposition n’est pas possible ; vide si elle l’est."""
    cotes = (ancien, debut, fin)
    inconnues = np.any(
        [~c["statut"].eq(Statut.ESTIME.value) | c["valeur"].isna() for c in cotes], axis=0
    )
    bornes = np.any([c["bornes_seules"].eq(True) for c in cotes], axis=0)
    differentes = (ancien["methode"] != debut["methode"]) | (debut["methode"] != fin["methode"])
    hors = ancien["part_dessinee"] < catalogue.regles.calage_surface_couverte_min
    motifs = np.select(
        [table["contours_2015"] == "", hors, inconnues, bornes, differentes],
        [
            "Ce quartier n’a pas de contour de 2015 : il n’y a rien à séparer.",
            "Le contour de 2015 sort des communes dont les données sont lues.",
            (
                "L’un des deux contours n’a pas d’estimation : le chiffre manque, est masqué, ou ne "
                "peut pas être reconstitué à partir d’IRIS."
            ),
            (
                "Dans l’un des deux contours, l’estimation décrirait surtout des habitants d’à côté : "
                "l’effet du contour ne peut pas être mesuré."
            ),
            "Les deux contours ne peuvent pas être estimés par la même méthode.",
        ],
        "",
    )
    return pd.Series(motifs, index=table.index, dtype="object")


def _marge(cote: pd.DataFrame) -> Marge:
    return marge_des_bornes(
        cote["valeur"], cote["borne_basse"], cote["borne_haute"], cote["methode"]
    )


def _verdicts(table: pd.DataFrame, effet: str, catalogue: Catalogue) -> pd.Series:
    unites = table["indicateur"].map({i: d.unite for i, d in catalogue.indicateurs.items()})
    relative = PRECISION_RELATIVE * table["valeur_nouveau_debut"].abs()
    return juger(
        table[effet],
        table[f"{effet}_basse"],
        table[f"{effet}_haute"],
        precision=relative.where(unites != "pct", PRECISION_PCT),
        muet=table["motif"] != "",
        estime=pd.Series(True, index=table.index),
        aleatoire=table["methode"].isin(METHODES_CALEES),
        groupes=table.groupby(
            ["indicateur", "millesime_debut", "millesime_fin", "code_commune"], dropna=False
        ).ngroup(),
        niveau=catalogue.regles.niveau_intervalle,
    )
