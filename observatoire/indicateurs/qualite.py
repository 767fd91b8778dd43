"""Qualité de chaque chiffre : complète, estimée, partiellement masquée, ancienne…

Elle est calculée une seule fois, avec les résultats ; les écrans et les exports la redisent.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from observatoire.catalogue import Catalogue
from observatoire.domaine import Qualite, Statut

__all__ = ["dire_qualite", "qualifier"]


def qualifier(resultats: pd.DataFrame, catalogue: Catalogue) -> pd.Series:
    """Donner sa qualité à chaque ligne de résultats.

    Parameters
    ----------
    resultats : pandas.DataFrame
        ``indicateur, millesime, statut, bornes_seules, part_couverte``.
    catalogue : Catalogue
        Millésimes que les producteurs diffusent, et règles ``qualite`` de ``temps.toml``.

    Returns
    -------
    pandas.Series of str
        Valeurs de :class:`observatoire.domaine.Qualite`, même index. La première qui s’applique
        l’emporte, dans l’ordre de l’énumération ; le statut dit par ailleurs si un chiffre ancien
        est publié ou estimé.
    """
    regles = catalogue.temps.qualite
    derniers = {
        i: catalogue.dernier_millesime(catalogue.indicateurs[i])
        for i in resultats["indicateur"].unique()
    }
    retard = resultats["indicateur"].map(derniers).astype(float) - resultats["millesime"]
    statut = resultats["statut"]
    qualites = np.select(
        [
            statut == Statut.SECRET.value,
            statut == Statut.ABSENT.value,
            resultats["bornes_seules"].astype(bool),
            resultats["part_couverte"] < regles.part_couverte_complete,
            retard >= regles.retard_annees,
            statut == Statut.ESTIME.value,
        ],
        [
            Qualite.MASQUEE.value,
            Qualite.ABSENTE.value,
            Qualite.BORNES_SEULES.value,
            Qualite.PARTIELLEMENT_MASQUEE.value,
            Qualite.ANCIENNE.value,
            Qualite.ESTIMEE.value,
        ],
        Qualite.COMPLETE.value,
    )
    return pd.Series(qualites, index=resultats.index, dtype="object")


def dire_qualite(qualite: object) -> tuple[str, str]:
    """Mot de la pastille et phrase qui l’explique ; vides pour une édition qui ne la connaît pas.

    Parameters
    ----------
    qualite : object
        Colonne ``qualite`` d’une ligne de résultats.
    """
    if not isinstance(qualite, str) or not qualite:
        return "", ""
    connue = Qualite(qualite)
    return connue.libelle, connue.explication
