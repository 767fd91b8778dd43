"""De quelle ville relève un territoire : celle à laquelle on le compare.

Un territoire n’est estimé que sur les IRIS des communes que le producteur lui attribue : un
bord mal dessiné n’en fait pas entrer une autre, et le chiffre ne dépend pas des communes lues.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["rattacher", "retenir_paires"]


def retenir_paires(
    poids: pd.DataFrame, communes_iris: pd.Series, communes_territoires: pd.Series
) -> pd.DataFrame:
    """Ne garder que les paires dont l’IRIS est dans une commune du territoire.

    Parameters
    ----------
    poids : pandas.DataFrame
        Table de :func:`observatoire.territoires.calculer_poids`.
    communes_iris : pandas.Series of str
        Ville de chaque ``code_iris``.
    communes_territoires : pandas.Series of str
        Communes de chaque ``code_territoire``, séparées par des virgules.

    Returns
    -------
    pandas.DataFrame
        Mêmes colonnes, index neuf.
    """
    villes = poids["code_iris"].map(communes_iris)
    listes = poids["code_territoire"].map(communes_territoires)
    dedans = [v in str(c).split(",") for v, c in zip(villes, listes, strict=True)]
    return poids[np.array(dedans, dtype=bool)].reset_index(drop=True)


def rattacher(
    poids: pd.DataFrame,
    communes_iris: pd.Series,
    communes_territoires: pd.Series,
    villes: pd.Index,
) -> pd.Series:
    """Ville du périmètre dont relève chaque territoire.

    Parameters
    ----------
    poids : pandas.DataFrame
        Paires retenues (:func:`retenir_paires`).
    communes_iris, communes_territoires : pandas.Series of str
        Comme pour :func:`retenir_paires`.
    villes : pandas.Index
        Villes du périmètre.

    Returns
    -------
    pandas.Series of str
        Par ``code_territoire`` : parmi ses villes du périmètre, celle qui a la plus grande part de
        sa surface, et la première par code à égalité ; vide s’il n’en a aucune.
    """
    longue = communes_territoires.astype("str").str.split(",").explode().rename("code_commune")
    cites = longue[longue.isin(villes)].rename_axis("code_territoire").reset_index()
    ville = poids["code_iris"].map(communes_iris)
    surfaces = poids.groupby([poids["code_territoire"], ville])["surface_m2"].sum()
    cles = pd.MultiIndex.from_frame(cites)
    # Une ville citée que le quartier ne touche pas ne passe jamais devant une autre.
    cites["surface_m2"] = surfaces.reindex(cles).fillna(0.0).to_numpy()
    ordre = cites.sort_values(["surface_m2", "code_commune"], ascending=[False, True])
    choisies = ordre.drop_duplicates("code_territoire").set_index("code_territoire")
    retenues: pd.Series = choisies["code_commune"].reindex(communes_territoires.index).fillna("")
    return retenues
