"""Agrégation d’IRIS en territoires : on additionne des effectifs, jamais des taux.

Un IRIS masqué n’est pas un IRIS vide : il réduit la part couverte et n’ajoute rien.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from observatoire.erreurs import Anomalie, ErreurDonnees
from observatoire.estimation.appariement import Appariement
from observatoire.territoires.poids import matrice_poids

__all__ = ["agreger_effectifs", "agreger_taux", "moyenne_ponderee_taux"]


def agreger_effectifs(
    effectifs: pd.DataFrame,
    poids: pd.DataFrame,
    *,
    colonne_poids: str = "part_surface",
    base: pd.Series | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Effectifs de chaque territoire : ``X_q = Σ_i w_iq X_i``.

    Parameters
    ----------
    effectifs : pandas.DataFrame of float
        Une colonne par variable, indexée par ``code_iris`` ; ``NaN`` ou ligne absente :
        effectif inconnu.
    poids : pandas.DataFrame
        Table de :func:`observatoire.territoires.calculer_poids`.
    colonne_poids : str
        Colonne des parts ; elle ne doit pas avoir de ``NaN`` (voir ``part_retenue``).
    base : pandas.Series of float, optional
        Habitants par ``code_iris``, pour mesurer la part couverte en habitants plutôt qu’en
        surface. Là où elle manque pour un IRIS du territoire, ou est nulle, la surface la remplace.

    Returns
    -------
    totaux : pandas.DataFrame of float
        Indexé par ``code_territoire``, somme sur les IRIS connus ; ``NaN`` si aucun ne l’est.
    part_couverte : pandas.DataFrame of float
        Même forme : part du territoire, de 0 à 1, dont l’effectif est connu. Sous 1, le total
        est celui d’une partie du territoire seulement.

    Raises
    ------
    ErreurDonnees
        Si des codes d’IRIS sont en double, des colonnes non numériques, des poids manquants.
    """
    _controler(effectifs, "effectifs")
    matrice_poids(poids, colonne_poids)  # refuse une paire en double ou un poids manquant
    territoires = pd.Index(
        sorted(set(poids["code_territoire"])), name="code_territoire", dtype="str"
    )
    iris = pd.Index(sorted(set(poids["code_iris"])), name="code_iris", dtype="str")
    valeurs = effectifs.reindex(iris).to_numpy(dtype=np.float64)
    connus = ~np.isnan(valeurs)
    paires = Appariement(poids, territoires, iris)
    part = poids[colonne_poids].to_numpy(dtype=np.float64)
    totaux = np.array([paires.agreger(colonne, part) for colonne in valeurs.T]).T
    couverte = _part_couverte(poids, colonne_poids, connus, base)
    variables = effectifs.columns
    return (
        pd.DataFrame(totaux, index=territoires, columns=variables),
        pd.DataFrame(couverte, index=territoires, columns=variables),
    )


def agreger_taux(
    numerateur: pd.Series,
    denominateur: pd.Series,
    poids: pd.DataFrame,
    *,
    colonne_poids: str = "part_surface",
    base: pd.Series | None = None,
) -> pd.DataFrame:
    """Taux de chaque territoire : somme des numérateurs sur somme des dénominateurs.

    Parameters
    ----------
    numerateur, denominateur : pandas.Series of float
        Effectifs par ``code_iris``. Un IRIS ne compte que si les deux sont connus.
    poids, colonne_poids, base
        Comme dans :func:`agreger_effectifs`.

    Returns
    -------
    pandas.DataFrame of float
        ``numerateur``, ``denominateur``, ``taux`` (rapport des deux, ``NaN`` si le dénominateur
        est nul ou inconnu) et ``part_couverte``, indexés par ``code_territoire``.

    Raises
    ------
    ErreurDonnees
        Comme :func:`agreger_effectifs`.
    """
    _controler(numerateur.to_frame("numerateur"), "numérateur")
    _controler(denominateur.to_frame("denominateur"), "dénominateur")
    ensemble = pd.concat(
        [numerateur.rename("numerateur"), denominateur.rename("denominateur")], axis=1
    )
    ensemble = ensemble.where(ensemble.notna().all(axis=1))
    totaux, couverte = agreger_effectifs(ensemble, poids, colonne_poids=colonne_poids, base=base)
    taux = totaux["numerateur"] / totaux["denominateur"].where(totaux["denominateur"] > 0)
    return totaux.assign(taux=taux, part_couverte=couverte["numerateur"])


def moyenne_ponderee_taux(
    taux: pd.Series,
    base: pd.Series,
    poids: pd.DataFrame,
    *,
    colonne_poids: str = "part_surface",
) -> pd.DataFrame:
    """Taux d’un territoire quand le producteur ne diffuse que des taux (pauvreté de Filosofi).

    Parameters
    ----------
    taux : pandas.Series of float
        Taux par ``code_iris``, dans n’importe quelle unité ; ``NaN`` s’il est masqué.
    base : pandas.Series of float
        Dénominateur du taux par ``code_iris`` : les personnes de l’univers de Filosofi.
    poids, colonne_poids
        Comme dans :func:`agreger_effectifs`.

    Returns
    -------
    pandas.DataFrame of float
        ``taux`` (unité d’entrée), ``base`` (personnes connues du territoire) et
        ``part_couverte``, indexés par ``code_territoire``.

    Notes
    -----
    Ce n’est pas une moyenne de taux par surface : le numérateur est reconstitué,
    ``taux × base``, puis agrégé. Le résultat est exact si la base est celle du producteur.
    """
    _controler(taux.to_frame("taux"), "taux")
    table = agreger_taux(
        taux * base.reindex(taux.index), base, poids, colonne_poids=colonne_poids, base=base
    )
    return table.rename(columns={"denominateur": "base"})[["taux", "base", "part_couverte"]]


def _part_couverte(
    poids: pd.DataFrame, colonne: str, connus: np.ndarray, base: pd.Series | None
) -> np.ndarray:
    """Part connue de chaque territoire : par les habitants si possible, sinon par la surface."""
    surfaces, _, iris = matrice_poids(poids, "surface_m2")
    presents = connus.astype(np.float64)
    par_surface = (surfaces @ presents) / surfaces.sum(axis=1)[:, None]
    if base is None:
        return np.asarray(par_surface)
    _controler(base.to_frame("base"), "base")
    matrice, _, _ = matrice_poids(poids, colonne)
    habitants = base.reindex(iris).to_numpy(dtype=np.float64)
    inconnus = (matrice > 0).astype(np.float64) @ np.isnan(habitants).astype(np.float64)
    utiles = np.where(np.isnan(habitants), 0.0, habitants)
    totaux = matrice @ utiles
    mesurable = (inconnus == 0) & (totaux > 0)
    par_habitants = (matrice @ (utiles[:, None] * presents)) / np.where(mesurable, totaux, 1.0)[
        :, None
    ]
    couverte: np.ndarray = np.where(mesurable[:, None], np.minimum(par_habitants, 1.0), par_surface)
    return couverte


def _controler(table: pd.DataFrame, nom: str) -> None:
    anomalies = []
    if not table.index.is_unique:
        doubles = ", ".join(str(c) for c in table.index[table.index.duplicated()].unique()[:8])
        anomalies.append(
            Anomalie(f"code(s) d’IRIS en double : {doubles}", nom, remede="retirer les doublons")
        )
    anomalies += [
        Anomalie("valeurs non numériques", nom, None, str(colonne), "relire en nombres")
        for colonne in table.columns
        if not pd.api.types.is_numeric_dtype(table[colonne])
    ]
    if anomalies:
        raise ErreurDonnees("Ces effectifs ne peuvent pas être agrégés.", anomalies)
