"""Villes comparables : même classe de taille, même rang urbain, structure des ressources la plus proche.

Distance : racine de la moyenne des carrés des écarts réduits, chaque indicateur déclaré comptant
autant. Un écart est réduit par l’écart-type entre les villes à quartier prioritaire de France.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from observatoire.arrondissements import code_ville, departement, nom_ville
from observatoire.catalogue import Catalogue
from observatoire.ensembles import Nation
from observatoire.indicateurs.ensembles import Communes

__all__ = ["COLONNES_COMPARABLES", "choisir_comparables", "decrire_candidates"]

Tableau = npt.NDArray[np.float64]

COLONNES_COMPARABLES = [
    "code_commune",
    "code",
    "nom",
    "population",
    "distance",
    "rang",
    "choix",
    "indicateur",
    "libelle",
    "millesime",
    "valeur",
    "valeur_ville",
    "ecart_reduit",
]


def decrire_candidates(nation: Nation, communes: Communes, catalogue: Catalogue) -> pd.DataFrame:
    """Villes entre lesquelles choisir, et leurs indicateurs de structure.

    Parameters
    ----------
    nation : Nation
        Communes à quartier prioritaire, leur nom et leur intercommunalité.
    communes : Communes
        Tables nationales.
    catalogue : Catalogue
        Règles et indicateurs de la comparaison.

    Returns
    -------
    pandas.DataFrame
        Index : code de la ville ; ``nom, population, est_centre, millesime``, puis une colonne par
        variable de structure, au millésime le plus récent où toutes existent. Vide s’il n’y en a pas.
        Une ville sans l’un de ces chiffres n’y est pas.
    """
    regles = catalogue.comparables
    variables = list(regles.indicateurs)
    annees = [set(communes.millesimes(v)) for v in variables]
    communs = set.intersection(*annees) if annees else set()
    if not communs or nation.villes.empty:
        return pd.DataFrame(columns=["nom", "population", "est_centre", "millesime", *variables])
    millesime = max(communs)
    villes = nation.villes.assign(code=nation.villes["code_commune"].map(code_ville))
    villes = villes.sort_values(["code", "code_commune"]).drop_duplicates("code").set_index("code")
    rangs = communes.index.get_indexer(villes.index)
    villes, rangs = villes[rangs >= 0], rangs[rangs >= 0]
    habitants = communes.habitants(millesime)
    assert habitants is not None  # la table qui porte ces indicateurs porte aussi les habitants
    noms = [nom_ville(c, n or c) for c, n in zip(villes.index, villes["nom"], strict=True)]
    table = pd.DataFrame(
        {
            "nom": noms,
            "siren": villes["siren"],
            "population": habitants[rangs],
            "millesime": millesime,
            **{v: communes.serie(v, millesime)[rangs] for v in variables},
        },
        index=villes.index,
    )
    grandes = table[table["population"] >= regles.population_min].dropna()
    return grandes.assign(est_centre=_centres(grandes, regles.departements_sans_centre)).drop(
        columns="siren"
    )


def _centres(villes: pd.DataFrame, sans_centre: Collection[str]) -> pd.Series:
    """Vrai pour la plus peuplée de son intercommunalité, si le centre de celle-ci n’est pas ailleurs."""
    departements = villes.index.map(departement)
    ailleurs = set(villes.loc[departements.isin(list(sans_centre)), "siren"])
    connues = villes[(villes["siren"] != "") & ~villes["siren"].isin(ailleurs)]
    premieres = connues.groupby("siren")["population"].idxmax()
    return pd.Series(villes.index.isin(premieres), index=villes.index)


def choisir_comparables(
    candidates: pd.DataFrame, villes: Collection[str], catalogue: Catalogue
) -> pd.DataFrame:
    """Groupe de villes comparables de chaque ville, et ce qui les en rapproche ou les en éloigne.

    Parameters
    ----------
    candidates : pandas.DataFrame
        Table de :func:`decrire_candidates`.
    villes : collection of str
        Villes de l’édition.
    catalogue : Catalogue
        Règles ; une ville peut y fixer son propre groupe.

    Returns
    -------
    pandas.DataFrame
        ``COLONNES_COMPARABLES``, une ligne par ville, ville comparable et indicateur : ``distance`` et
        ``ecart_reduit`` (valeur de l’autre moins celle de la ville) en écarts-types, ``rang`` 1 pour la
        plus proche, ``choix`` « distance » ou « groupe » (fixé par la ville).
    """
    regles = catalogue.comparables
    variables = list(regles.indicateurs)
    retenues = candidates.index.isin(list(villes))
    if not retenues.any():
        return pd.DataFrame(columns=COLONNES_COMPARABLES)
    reduites = _reduire(candidates[variables], catalogue)
    population = candidates["population"].to_numpy(float)
    centres = candidates["est_centre"].to_numpy(bool)
    codes = candidates.index.to_numpy(dtype=object)
    morceaux = []
    for k in np.flatnonzero(retenues):
        distances = np.sqrt(((reduites - reduites[k]) ** 2).mean(axis=1))
        groupe = regles.groupes.get(str(codes[k]))
        if groupe is not None:
            permises = np.isin(codes, groupe)
        else:
            rapport = np.abs(np.log(population / population[k]))
            permises = (rapport <= np.log(regles.rapport_taille_max)) & (centres == centres[k])
            permises[k] = False
        rangs = np.flatnonzero(permises)
        # À distance égale, l’ordre des codes : le groupe ne dépend pas de l’ordre des lignes.
        rangs = rangs[np.lexsort((codes[rangs].astype(str), distances[rangs]))]
        rangs = rangs if groupe is not None else rangs[: regles.nombre]
        morceaux.append(
            pd.DataFrame(
                {
                    "ville": k,
                    "autre": rangs,
                    "distance": distances[rangs],
                    "rang": np.arange(1, len(rangs) + 1),
                    "choix": "distance" if groupe is None else "groupe",
                }
            )
        )
    return _detailler(
        pd.concat(morceaux, ignore_index=True), candidates, reduites, regles.indicateurs
    )


def _reduire(mesures: pd.DataFrame, catalogue: Catalogue) -> Tableau:
    """Indicateurs en écarts-types, shape (villes, indicateurs)."""
    # Les niveaux de vie se comparent en rapport : 1 000 euros n’y pèsent pas partout le même poids.
    colonnes = [
        np.log(mesures[v].to_numpy(float))
        if catalogue.variables[str(v)].unite == "eur"
        else mesures[v].to_numpy(float)
        for v in mesures
    ]
    tableau = np.column_stack(colonnes)
    echelles = tableau.std(axis=0)
    return tableau / np.where(echelles > 0, echelles, 1.0)


def _detailler(
    paires: pd.DataFrame,
    candidates: pd.DataFrame,
    reduites: Tableau,
    libelles: Mapping[str, str],
) -> pd.DataFrame:
    """Une ligne par ville, ville comparable et indicateur."""
    ville, autre = paires["ville"].to_numpy(int), paires["autre"].to_numpy(int)
    codes = candidates.index.to_numpy(dtype=object)
    communs = paires[["distance", "rang", "choix"]].assign(
        code_commune=codes[ville],
        code=codes[autre],
        **{c: candidates[c].to_numpy()[autre] for c in ("nom", "population", "millesime")},
    )
    morceaux = [
        communs.assign(
            indicateur=variable,
            libelle=libelle,
            valeur=candidates[variable].to_numpy(float)[autre],
            valeur_ville=candidates[variable].to_numpy(float)[ville],
            ecart_reduit=reduites[autre, k] - reduites[ville, k],
        )
        for k, (variable, libelle) in enumerate(libelles.items())
    ]
    table = pd.concat(morceaux, ignore_index=True)
    table = table.sort_values(["code_commune", "rang"], kind="stable", ignore_index=True)
    return table[COLONNES_COMPARABLES]
