"""Quelles communes le recensement interroge tout entières : une seule règle pour tous les calculs."""

from __future__ import annotations

import pandas as pd

from observatoire.domaine import TypeTerritoire

__all__ = ["communes_exhaustives", "villes_exhaustives"]


def communes_exhaustives(populations: pd.Series, seuil: int) -> frozenset[str]:
    """Communes recensées exhaustivement.

    Parameters
    ----------
    populations : pandas.Series of float
        Habitants par commune et par millésime, index ``code_commune`` (répété d’un millésime à
        l’autre) ; ``NaN`` si l’on ne sait pas.
    seuil : int
        Nombre d’habitants à partir duquel le recensement est un sondage.

    Returns
    -------
    frozenset of str
        Communes au-dessous du seuil à **tous** leurs millésimes connus. Une commune qui a passé le seuil,
        ou dont la population est inconnue, est tenue pour sondée : l’année où l’Insee change de méthode
        n’est pas dans les fichiers, et une erreur nulle serait affirmée à tort.
    """
    maximum = populations.dropna().groupby(level=0).max()
    return frozenset(str(c) for c in maximum.index[maximum < seuil])


def villes_exhaustives(resultats: pd.DataFrame, seuil: int) -> frozenset[str]:
    """La même règle, d’après les populations de la table des résultats.

    Parameters
    ----------
    resultats : pandas.DataFrame
        Table de :func:`observatoire.indicateurs.calculer_resultats`.
    seuil : int
        Comme pour :func:`communes_exhaustives`.
    """
    villes = resultats[
        (resultats["type_territoire"] == TypeTerritoire.COMMUNE.value)
        & (resultats["indicateur"] == "population")
    ]
    return communes_exhaustives(villes.set_index("code_commune")["valeur"].astype(float), seuil)
