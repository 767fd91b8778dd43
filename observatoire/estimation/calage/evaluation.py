"""Combien nos estimations se trompent : le publié face à chaque méthode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["compter_nuage", "estimer_par_les_iris", "mesurer_erreurs", "tableau_des_erreurs"]

_NOMBRE_TRANCHES = 3


def estimer_par_les_iris(poids: pd.DataFrame, taux_iris: pd.Series) -> dict[str, pd.DataFrame]:
    """Estimations courantes d’un taux, sans calage : ce que font les autres outils.

    Parameters
    ----------
    poids : pandas.DataFrame
        Table de :func:`observatoire.calculer_poids`.
    taux_iris : pandas.Series
        Taux (%) de chaque IRIS, ``NaN`` s’il est masqué, indexé par ``code_iris``.

    Returns
    -------
    dict of pandas.DataFrame
        ``surface`` (moyenne des taux pondérée par la surface), ``carreaux`` (par la population
        des carreaux, si elle est connue) et ``recouvrement_maximal`` (taux de l’IRIS le plus
        recouvert) ; index ``code_territoire``, colonnes ``estime, basse, haute`` en %.
        ``basse`` et ``haute`` sont les bornes de Duncan et Davis.
    """
    table = poids.assign(taux=poids["code_iris"].map(taux_iris))
    connus = table.dropna(subset=["taux"])
    principaux = connus.sort_values(["surface_m2", "code_iris"]).drop_duplicates(
        "code_territoire", keep="last"
    )
    resultat = {
        "surface": _moyenne(connus, connus["surface_m2"], connus["part_surface"]),
        "recouvrement_maximal": _moyenne(
            principaux, principaux["surface_m2"], principaux["part_surface"]
        ),
    }
    habites = (
        connus[connus["part_population"].notna()] if "part_population" in connus else connus[:0]
    )
    if len(habites):
        resultat["carreaux"] = _moyenne(
            habites, habites["part_population"], habites["part_population"]
        )
    return resultat


def _moyenne(table: pd.DataFrame, poids: pd.Series, part: pd.Series) -> pd.DataFrame:
    p, s = table["taux"] / 100, part.where(part > 0)
    colonnes = pd.DataFrame(
        {
            "estime": p,
            "basse": ((p - (1 - s)) / s).clip(lower=0),
            "haute": (p / s).clip(upper=1),
        }
    )
    cle = table["code_territoire"]
    total = poids.groupby(cle).sum()
    return (
        (100 * colonnes.mul(poids, axis=0)).groupby(cle).sum().div(total.where(total > 0), axis=0)
    )


def mesurer_erreurs(verite: pd.Series, estimation: pd.DataFrame) -> dict[str, float | int | None]:
    """Erreurs d’une méthode sur les quartiers où elle donne une valeur.

    Parameters
    ----------
    verite : pandas.Series
        Chiffre publié, indexé par ``code_territoire``.
    estimation : pandas.DataFrame
        ``estime``, et ``basse``, ``haute`` d’un intervalle à 90 %.

    Returns
    -------
    dict
        ``n`` ; ``biais`` (estimé moins publié), ``eam`` (erreur absolue moyenne), ``p90`` (90ᵉ
        centile de l’erreur absolue), ``largeur_90`` dans l’unité de l’indicateur ;
        ``couverture_90`` en % des quartiers. ``None`` si la méthode n’en donne aucun.
    """
    jointe = estimation.reindex(verite.index)
    connus = jointe["estime"].notna()
    if not connus.any():
        vide: dict[str, float | int | None] = dict.fromkeys(
            ("biais", "eam", "p90", "couverture_90", "largeur_90")
        )
        return {"n": 0, **vide}
    ligne, y = jointe[connus], verite[connus]
    erreur = ligne["estime"] - y
    dedans = (ligne["basse"] <= y) & (y <= ligne["haute"])
    return {
        "n": int(connus.sum()),
        "biais": round(float(erreur.mean()), 3),
        "eam": round(float(erreur.abs().mean()), 3),
        "p90": round(float(np.percentile(erreur.abs(), 90)), 3),
        "couverture_90": round(100 * float(dedans.mean()), 1),
        "largeur_90": round(float((ligne["haute"] - ligne["basse"]).mean()), 2),
    }


def compter_nuage(verite: pd.Series, estime: pd.Series, pas: float) -> list[list[int]]:
    """Nuage « publié × estimé » en cases : un agrégat, jamais le chiffre d’un quartier.

    Parameters
    ----------
    verite, estime : pandas.Series
        Chiffre publié et estimation, indexés par ``code_territoire`` ; un quartier sans estimation
        n’est pas compté.
    pas : float
        Côté d’une case, dans l’unité de l’indicateur.

    Returns
    -------
    list of [int, int, int]
        ``[i, j, n]`` : ``n`` quartiers dont le publié est dans ``[i pas, (i + 1) pas[`` et
        l’estimation dans ``[j pas, (j + 1) pas[`` ; cases vides omises, ordre croissant.
    """
    y = estime.reindex(verite.index).to_numpy(float)
    connus = np.isfinite(y)
    x = verite.to_numpy(float)[connus]
    # 47,5 / 2,5 doit donner 19 et non 18,999… : le bruit d’arrondi ne change pas de case.
    cases = np.floor(np.round(np.column_stack([x, y[connus]]) / pas, 9)).astype(int)
    uniques, nombres = np.unique(cases, axis=0, return_counts=True)
    return [[int(i), int(j), int(n)] for (i, j), n in zip(uniques, nombres, strict=True)]


def tableau_des_erreurs(
    indicateur: str,
    verite: pd.Series,
    estimations: Mapping[str, pd.DataFrame],
    *,
    part_couverte: pd.Series,
    taille: pd.Series,
) -> dict[str, Any]:
    """Erreurs de chaque méthode, ensemble, par part d’IRIS couverte et par taille.

    Parameters
    ----------
    indicateur : str
        Identifiant.
    verite : pandas.Series
        Chiffres publiés, sans manque.
    estimations : mapping of str to pandas.DataFrame
        Une table par méthode (voir :func:`mesurer_erreurs`).
    part_couverte : pandas.Series
        Part moyenne (0 à 1) des IRIS coupés qui est dans le quartier.
    taille : pandas.Series
        Habitants du quartier.

    Returns
    -------
    dict
        ``indicateur``, ``methodes``, ``par_part_couverte`` et ``par_taille`` ; ces deux listes
        ont une entrée par tiers des quartiers : ``de``, ``a`` (bornes du tiers) et ``methodes``.
    """
    return {
        "indicateur": indicateur,
        "methodes": {m: mesurer_erreurs(verite, e) for m, e in estimations.items()},
        "par_part_couverte": _par_tranche(verite, estimations, part_couverte),
        "par_taille": _par_tranche(verite, estimations, taille),
    }


def _par_tranche(
    verite: pd.Series, estimations: Mapping[str, pd.DataFrame], critere: pd.Series
) -> list[dict[str, Any]]:
    rangs = critere.reindex(verite.index).rank(method="first")
    tranche = ((rangs - 1) * _NOMBRE_TRANCHES // max(int(rangs.notna().sum()), 1)).dropna()
    lignes = []
    for _, codes in tranche.groupby(tranche):
        membres = verite.index.isin(codes.index)
        valeurs = critere.reindex(codes.index)
        lignes.append(
            {
                "de": round(float(valeurs.min()), 4),
                "a": round(float(valeurs.max()), 4),
                "n": len(codes),
                "methodes": {
                    m: mesurer_erreurs(verite[membres], e) for m, e in estimations.items()
                },
            }
        )
    return lignes
