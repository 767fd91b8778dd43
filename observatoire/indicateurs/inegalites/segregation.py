"""Répartition de groupes déclarés entre les IRIS de chaque ville."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from observatoire.catalogue import Catalogue, Indicateur
from observatoire.domaine import Statut
from observatoire.estimation.incertitude import effectif_efficace
from observatoire.estimation.segregation import MESURES, segregation_corrigee
from observatoire.indicateurs.inegalites.lignes import (
    COLONNES_INEGALITES,
    lignes_iris,
    mettre_en_table,
    valeur_ou_absence,
)
from observatoire.indicateurs.recensement import villes_exhaustives
from observatoire.indicateurs.sondage import taux_de_sondage
from observatoire.redaction import INSECABLE, ecrire_nombre

__all__ = ["mesurer_segregation"]

_CALCULS = frozenset({"part", "taux_diffuse"})


def mesurer_segregation(
    resultats: pd.DataFrame, types_iris: pd.Series, catalogue: Catalogue
) -> pd.DataFrame:
    """Dissimilarité, isolement, exposition, η² et entropie de chaque groupe déclaré.

    Parameters
    ----------
    resultats : pandas.DataFrame
        Table longue des résultats ; ``effectif`` d’un IRIS est le dénominateur de sa part.
    types_iris : pandas.Series of str
        Type de chaque ``code_iris`` (H, A, D, Z).
    catalogue : Catalogue
        Groupes, plan de sondage, simulations.

    Returns
    -------
    pandas.DataFrame
        Colonnes ``COLONNES_INEGALITES`` ; valeurs entre 0 et 1, corrigées du hasard du sondage, et
        leur intervalle à 90 % ; la note dit la valeur lue et les IRIS employés. Les mêmes IRIS à toutes les
        dates d’un indicateur.
    """
    regles = catalogue.inegalites.segregation
    declares = [
        i
        for i in map(catalogue.indicateurs.__getitem__, regles.indicateurs)
        if i.calcul in _CALCULS
    ]
    iris = lignes_iris(resultats, [i.id for i in declares])
    habites = iris["code_territoire"].map(types_iris).isin(list(regles.types_iris))
    iris = iris[habites].sort_values(["code_commune", "indicateur", "millesime", "code_territoire"])
    petites = villes_exhaustives(resultats, catalogue.regles.seuil_exhaustif_habitants)
    lignes: list[dict[str, Any]] = []
    for (ville, nom), groupe in iris.groupby(["code_commune", "indicateur"], sort=True):
        indicateur = catalogue.indicateurs[str(nom)]
        taux = float(taux_de_sondage(catalogue.regles, indicateur.enquete, ville in petites))
        connus, total = _communs(groupe)
        for millesime, date in connus.groupby("millesime", sort=True):
            commun = {"code_commune": ville, "indicateur": nom, "millesime": millesime}
            if date["code_territoire"].nunique() < regles.iris_min:
                lignes += [{**commun, **ligne} for ligne in _trop_peu(len(date), total)]
                continue
            mesurees = _mesurer(date, catalogue, indicateur, taux=taux, total=total)
            lignes += [{**commun, **ligne} for ligne in mesurees]
    return mettre_en_table(lignes, COLONNES_INEGALITES)


def _communs(groupe: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """IRIS connus à toutes les dates, et nombre d’IRIS d’habitat."""
    connus = groupe[groupe["valeur"].notna() & (groupe["effectif"] > 0)]
    dates = connus["millesime"].nunique()
    vus = connus.groupby("code_territoire")["millesime"].transform("nunique")
    return connus[vus == dates], int(groupe["code_territoire"].nunique())


def _trop_peu(connus: int, total: int) -> Iterator[dict[str, Any]]:
    note = f"{connus} IRIS connus à toutes les dates sur {total} : trop peu pour une répartition"
    for mesure in MESURES:
        yield {"mesure": mesure, "note": note, **valeur_ou_absence(float("nan"))}


def _mesurer(
    date: pd.DataFrame, catalogue: Catalogue, indicateur: Indicateur, *, taux: float, total: int
) -> Iterator[dict[str, Any]]:
    regles, plan = catalogue.inegalites.segregation, catalogue.regles
    effectifs = date["effectif"].to_numpy(float)
    parts = np.clip(date["valeur"].to_numpy(float) / 100, 0.0, 1.0)
    n_eff = effectif_efficace(effectifs, f=taux, deff=plan.effet_de_plan(indicateur))
    estimations = segregation_corrigee(
        parts, effectifs, n_eff,
        tirages=regles.tirages, graine=regles.graine, niveau=plan.niveau_intervalle,
    )  # fmt: skip
    for mesure, e in estimations.items():
        morceaux = [f"{len(date)} IRIS sur {total}"]
        if taux == 1:
            morceaux.append("source exhaustive, pas d’erreur de sondage")
        elif np.isfinite(e.brute):
            morceaux.append(f"avant correction du hasard{INSECABLE}: {ecrire_nombre(e.brute, 3)}")
        yield {
            "mesure": mesure,
            **valeur_ou_absence(e.corrigee, Statut.ESTIME),
            "borne_basse": e.basse,
            "borne_haute": e.haute,
            "note": " ; ".join(morceaux),
        }
    # La part de la ville, sur les mêmes IRIS : sans elle, un isolement ne se lit pas.
    ensemble = float(parts @ effectifs / effectifs.sum())
    yield {
        "mesure": "part_ville",
        **valeur_ou_absence(ensemble),
        "note": f"{len(date)} IRIS sur {total}",
    }
