"""Reconstituer la loi des niveaux de vie d’un ensemble d’IRIS, et mesurer ce qu’elle vaut.

Une commune divisée en IRIS est le seul territoire dont on connaisse à la fois les IRIS et le
chiffre publié : la reconstituer dit combien le mélange des distributions se trompe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from observatoire.erreurs import Anomalie, ErreurDonnees
from observatoire.estimation.ajustement import aligner_sur_pauvrete
from observatoire.estimation.distributions import Distribution, ajuster_distribution
from observatoire.estimation.melanges import Melange, melanger

__all__ = [
    "MESURES",
    "METHODES",
    "ajuster_iris",
    "caler_poids_sur_le_taux",
    "erreurs_de_reconstitution",
    "reconstituer",
]

RANGS: Mapping[str, float] = {"d1": 0.1, "q1": 0.25, "mediane": 0.5, "q3": 0.75, "d9": 0.9}
MESURES: tuple[str, ...] = ("mediane", "taux_pauvrete", "d1", "d9", "rapport_interdecile")
METHODES: tuple[str, ...] = ("moyenne", "melange", "moyenne_calee", "melange_cale", "aligne")
_EN_POINTS = ("taux_pauvrete",)
_PENTE_MAX = 50.0


def ajuster_iris(iris: pd.DataFrame) -> dict[str, Distribution]:
    """Loi de chaque IRIS dont des quantiles sont publiés.

    Parameters
    ----------
    iris : pandas.DataFrame
        Index ``code_iris`` ; ``d1, q1, mediane, q3, d9`` (euros), ``gini`` (0 à 1), ``NaN`` si
        masqués.

    Returns
    -------
    dict of str to Distribution
        Un IRIS sans deux quantiles publiés n’y est pas.
    """
    lois = {}
    for code, *valeurs, gini in iris[[*RANGS, "gini"]].itertuples(name=None):
        quantiles = dict(zip(RANGS.values(), (float(v) for v in valeurs), strict=True))
        if sum(np.isfinite(v) for v in quantiles.values()) >= 2:
            lois[str(code)] = ajuster_distribution(quantiles, gini=float(gini))
    return lois


def caler_poids_sur_le_taux(taux: Sequence[float], cible: float) -> np.ndarray:
    """Poids les plus proches de l’égalité dont la moyenne des taux est le taux voulu.

    Parameters
    ----------
    taux : sequence of float, shape (n,)
        Taux de pauvreté de chaque IRIS (%).
    cible : float
        Taux de pauvreté du territoire (%).

    Returns
    -------
    numpy.ndarray, shape (n,)
        Poids de somme 1, ``w_i ∝ exp(λ t_i)`` : ceux d’entropie maximale sous cette contrainte.
        Égaux si la cible n’est pas strictement entre le plus petit et le plus grand taux.
    """
    t = np.asarray(taux, dtype=np.float64)
    egaux = np.full(len(t), 1 / len(t))
    if not t.min() < cible < t.max():
        return egaux
    u = (t - t.mean()) / np.ptp(t)
    but = float((cible - t.mean()) / np.ptp(t))

    def poids(pente: float) -> np.ndarray:
        exponentielles = np.exp(pente * u - (pente * u).max())
        w: np.ndarray = exponentielles / exponentielles.sum()
        return w

    def ecart(pente: float) -> float:
        return float((poids(pente) * u).sum() - but)

    if ecart(-_PENTE_MAX) > 0 or ecart(_PENTE_MAX) < 0:
        return egaux
    from scipy.optimize import brentq

    return poids(float(brentq(ecart, -_PENTE_MAX, _PENTE_MAX, xtol=1e-12)))


def _par_melange(melange: Melange, seuil: float) -> dict[str, float]:
    d1, mediane, d9 = (float(x) for x in np.asarray(melange.quantile([0.1, 0.5, 0.9])))
    return _mesures(mediane, 100 * melange.part_sous(seuil), d1, d9)


def _par_moyenne(connus: pd.DataFrame, poids: np.ndarray) -> dict[str, float]:
    return {m: float(poids @ connus[m].to_numpy(float)) for m in MESURES}


def _par_alignement(melange: Melange, taux: float, seuil: float) -> dict[str, float]:
    d1, mediane, d9 = aligner_sur_pauvrete(melange, taux / 100, seuil).quantiles.values()
    return _mesures(mediane, taux, d1, d9)


def _mesures(mediane: float, taux: float, d1: float, d9: float) -> dict[str, float]:
    return dict(zip(MESURES, (mediane, taux, d1, d9, d9 / d1), strict=True))


def reconstituer(
    iris: pd.DataFrame,
    territoires: pd.Series,
    *,
    seuil: float,
    taux_publies: pd.Series | None = None,
    lois: Mapping[str, Distribution] | None = None,
) -> pd.DataFrame:
    """Médiane, pauvreté, déciles de chaque territoire à partir de ses IRIS.

    Parameters
    ----------
    iris : pandas.DataFrame
        Index ``code_iris`` ; ``d1, q1, mediane, q3, d9, gini, taux_pauvrete`` (%),
        ``rapport_interdecile``, ``NaN`` si masqués.
    territoires : pandas.Series of str
        Territoire de chaque IRIS, indexée par ``code_iris``, IRIS masqués compris.
    seuil : float
        Seuil de pauvreté, en euros.
    taux_publies : pandas.Series, optional
        Taux de pauvreté (%) publié par territoire : il permet les méthodes calées.
    lois : mapping of str to Distribution, optional
        Lois déjà ajustées (:func:`ajuster_iris`).

    Returns
    -------
    pandas.DataFrame
        Index ``(territoire, methode)``, colonnes ``MESURES``, ``iris_connus``, ``iris``. Méthodes,
        à poids égaux puisque les fichiers n’ont pas d’effectifs :

        - ``moyenne`` : moyenne des chiffres des IRIS, ce qu’il ne faut pas faire d’une médiane ;
        - ``melange`` : mélange des distributions ;
        - ``moyenne_calee``, ``melange_cale`` : de même, avec les poids les plus proches de
          l’égalité qui redonnent le taux de pauvreté publié (:func:`caler_poids_sur_le_taux`) ;
        - ``aligne`` : mélange à poids égaux, aligné sur le taux publié
          (:func:`aligner_sur_pauvrete`).

    Raises
    ------
    ErreurDonnees
        Si une colonne manque.
    """
    manquantes = [c for c in (*RANGS, "gini", *MESURES) if c not in iris.columns]
    if manquantes:
        raise ErreurDonnees(
            "Les IRIS ne permettent pas de reconstituer un territoire :",
            [Anomalie("colonne absente", colonne=c) for c in dict.fromkeys(manquantes)],
        )
    lois = ajuster_iris(iris) if lois is None else lois
    connues = iris.loc[iris.index.isin(list(lois)), [*MESURES]].dropna()
    ensemble = set(connues.index)
    lignes: dict[tuple[str, str], dict[str, float]] = {}
    for territoire, codes in territoires.groupby(territoires).groups.items():
        connus = connues.loc[sorted(ensemble.intersection(codes))]
        if connus.empty:
            continue
        composantes = [lois[str(c)] for c in connus.index]
        egaux = np.full(len(connus), 1 / len(connus))
        melange = melanger(composantes, list(egaux))
        effectifs = {"iris_connus": float(len(connus)), "iris": float(len(codes))}
        resultats = {
            "moyenne": _par_moyenne(connus, egaux),
            "melange": _par_melange(melange, seuil),
        }
        taux = np.nan if taux_publies is None else float(taux_publies.get(territoire, np.nan))
        if 0 < taux < 100:
            cales = caler_poids_sur_le_taux(connus["taux_pauvrete"].to_list(), taux)
            resultats |= {
                "moyenne_calee": _par_moyenne(connus, cales),
                "melange_cale": _par_melange(melanger(composantes, list(cales)), seuil),
                "aligne": _par_alignement(melange, taux, seuil),
            }
        lignes |= {(str(territoire), m): r | effectifs for m, r in resultats.items()}
    table = pd.DataFrame.from_dict(
        lignes, orient="index", columns=[*MESURES, "iris_connus", "iris"]
    )
    table.index = pd.MultiIndex.from_tuples(list(lignes), names=["territoire", "methode"])
    return table


def erreurs_de_reconstitution(reconstitues: pd.DataFrame, publies: pd.DataFrame) -> pd.DataFrame:
    """Erreur de chaque méthode face au chiffre publié.

    Parameters
    ----------
    reconstitues : pandas.DataFrame
        Sortie de :func:`reconstituer`.
    publies : pandas.DataFrame
        Index territoire, colonnes ``MESURES``, ``NaN`` si masqué.

    Returns
    -------
    pandas.DataFrame
        Une ligne par ``ensemble`` (« tous », « sans masque » : aucun IRIS masqué), ``mesure`` et
        ``methode`` ; ``n, biais, eam, p90`` : en points pour la pauvreté, en % du publié sinon.
    """
    lignes = []
    complets = reconstitues["iris_connus"] == reconstitues["iris"]
    for ensemble, table in (("tous", reconstitues), ("sans masque", reconstitues[complets])):
        for mesure in MESURES:
            for methode in METHODES:
                if methode not in table.index.get_level_values("methode"):
                    continue
                estime = table.xs(methode, level="methode")[mesure]
                publie = publies[mesure].reindex(estime.index)
                ecart = estime - publie if mesure in _EN_POINTS else 100 * (estime / publie - 1)
                ecart = ecart.dropna()
                lignes.append(
                    {
                        "ensemble": ensemble,
                        "mesure": mesure,
                        "methode": methode,
                        "n": len(ecart),
                        "biais": float(ecart.mean()),
                        "eam": float(ecart.abs().mean()),
                        "p90": float(ecart.abs().quantile(0.9)),
                    }
                )
    return pd.DataFrame(lignes)
