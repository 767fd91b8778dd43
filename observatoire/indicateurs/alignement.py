"""Niveau de vie médian d’un quartier : le mélange de ses IRIS, aligné sur son taux de pauvreté.

Le mélange des IRIS coupés contient des habitants d’à côté, plus aisés. Quand la pauvreté du
quartier est connue, publiée ou calée, les revenus du mélange sont multipliés par le facteur qui
lui rend ce taux : sa médiane suit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from observatoire.catalogue import Indicateur
from observatoire.domaine import Methode, Statut, TypeTerritoire
from observatoire.estimation import aligner_sur_pauvrete
from observatoire.indicateurs.calage import METHODES_CALEES
from observatoire.indicateurs.contexte import Contexte
from observatoire.indicateurs.mesures import mesurer_iris
from observatoire.indicateurs.revenus import melanges_gardes
from observatoire.redaction import ecrire_nombre

__all__ = ["aligner_quartiers"]

_TAUX_EXTREME = 0.005


def aligner_quartiers(contexte: Contexte, resultats: pd.DataFrame) -> pd.DataFrame:
    """Remplacer, dans les quartiers non publiés, les quantiles lus sur le mélange brut.

    Parameters
    ----------
    contexte : Contexte
        Données alignées ; sans calage, la table est rendue inchangée.
    resultats : pandas.DataFrame
        Lignes de tous les indicateurs (voir :func:`calculer_resultats`).

    Returns
    -------
    pandas.DataFrame
        Même forme. Une ligne alignée porte la méthode ``calee`` ; ses bornes réunissent
        l’intervalle du taux de pauvreté et l’erreur de forme des règles du catalogue.

    Notes
    -----
    ``X' = c X`` avec ``c = seuil / Q(taux)`` (:func:`observatoire.estimation.aligner_sur_pauvrete`).
    Sur 700 IRIS pauvres fondus dans leurs voisins puis retrouvés ainsi, l’erreur moyenne de la
    médiane est de 2,2 % contre 11,1 % pour le mélange brut ; celle du rapport interdécile ne
    change pas, et cet indicateur n’est donc pas aligné.
    """
    if contexte.calage is None:
        return resultats
    table = resultats.copy()
    for indicateur in contexte.catalogue.indicateurs.values():
        if indicateur.alignement:
            _aligner(contexte, indicateur, table)
    return table


def _aligner(contexte: Contexte, indicateur: Indicateur, table: pd.DataFrame) -> None:
    assert contexte.calage is not None
    quartiers = table["type_territoire"] == TypeTerritoire.QPV.value
    attendus = table[
        quartiers
        & (table["indicateur"] == indicateur.id)
        & (table["statut"] != Statut.PUBLIE.value)
    ]
    taux = table[quartiers & (table["indicateur"] == indicateur.alignement)]
    connus = taux[(taux["statut"] == Statut.PUBLIE.value) | taux["methode"].isin(METHODES_CALEES)]
    sources = {
        (str(ligne["code_territoire"]), int(ligne["millesime"])): ligne
        for ligne in connus.to_dict("records")
    }
    lignes, valeurs, notes = [], [], []
    for rang, code, millesime in zip(
        attendus.index, attendus["code_territoire"], attendus["millesime"], strict=True
    ):
        source = sources.get((str(code), int(millesime)))
        aligne = source and _quantile_aligne(
            contexte, indicateur, str(code), int(millesime), source
        )
        if not source or not aligne:
            continue
        origine = "publié" if source["statut"] == Statut.PUBLIE.value else "calé"
        lignes.append(rang)
        valeurs.append(aligne)
        notes.append(
            f"mélange des IRIS aligné sur le taux de pauvreté {origine} "
            f"({ecrire_nombre(float(source['valeur']), 1)} %)"
        )
    if lignes:
        table.loc[lignes, ["valeur", "borne_basse", "borne_haute"]] = np.array(valeurs)
        table.loc[lignes, ["statut", "methode"]] = [Statut.ESTIME.value, Methode.CALEE.value]
        table.loc[lignes, "precision_note"] = notes


def _quantile_aligne(
    contexte: Contexte,
    indicateur: Indicateur,
    code: str,
    millesime: int,
    source: Mapping[Any, Any],
) -> list[float] | None:
    """Valeur et bornes du quantile, en euros ; ``None`` sans distribution ou sans pauvreté."""
    assert contexte.calage is not None
    mesure = mesurer_iris(contexte, indicateur, millesime)
    taux = float(source["valeur"]) / 100
    if mesure is None or not mesure.distributions or not 0 < taux < 1:
        return None
    melange = melanges_gardes(contexte, mesure, famille="territoires").get(code)
    if melange is None:
        return None
    rang = indicateur.quantiles[0]
    basse, haute = float(source["borne_basse"]) / 100, float(source["borne_haute"]) / 100
    # Un taux publié est arrondi au point ; un taux calé a son intervalle.
    if not np.isfinite(basse + haute):
        basse, haute = taux - 0.005, taux + 0.005
    aligne = aligner_sur_pauvrete(
        melange,
        taux,
        contexte.calage.seuil_pauvrete(millesime),
        [rang],
        # À 0 ou 1, aucune médiane ne répondrait au taux.
        intervalle=(
            min(max(_TAUX_EXTREME, basse), taux),
            max(min(1 - _TAUX_EXTREME, haute), taux),
        ),
    )
    forme = contexte.regles.alignement_erreur_forme
    bas, haut = aligne.bornes[rang]
    valeur = aligne.quantiles[rang]
    return [
        valeur,
        max(0.0, valeur * (1 - np.hypot(1 - bas / valeur, forme))),
        valeur * (1 + np.hypot(haut / valeur - 1, forme)),
    ]
