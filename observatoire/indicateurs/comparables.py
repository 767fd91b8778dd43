"""Villes comparables : même classe de taille, même rang urbain, structure des ressources la plus proche.

Distance : racine de la moyenne des carrés des écarts réduits, chaque indicateur déclaré comptant
autant. Un écart est réduit par l’écart-type entre les villes à quartier prioritaire de France.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from observatoire.arrondissements import code_ville, departement, nom_ville
from observatoire.catalogue import Catalogue
from observatoire.ensembles import Nation
from observatoire.indicateurs.ensembles import Communes

__all__ = ["COLONNES_COMPARABLES", "choisir_comparables", "decrire_candidates"]

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
    morceaux = []
    # Les niveaux de vie se comparent en rapport : 1 000 euros n’y pèsent pas partout le même poids.
    mesures = candidates[variables].astype(float)
    en_euros = [v for v in variables if catalogue.variables[v].unite == "eur"]
    mesures = mesures.assign(**{v: np.log(mesures[v]) for v in en_euros})
    echelles = mesures.std()
    for ville in sorted(set(villes) & set(candidates.index)):
        ecarts = (mesures - mesures.loc[ville]) / echelles.where(echelles > 0)
        distances = np.sqrt((ecarts**2).mean(axis=1))
        if ville in regles.groupes:
            groupe = [c for c in regles.groupes[ville] if c in candidates.index]
            choisies, choix = distances[groupe], "groupe"
        else:
            rapport = candidates["population"] / candidates.loc[ville, "population"]
            taille = rapport.between(1 / regles.rapport_taille_max, regles.rapport_taille_max)
            meme_rang = candidates["est_centre"] == candidates.loc[ville, "est_centre"]
            choisies = distances[taille & meme_rang & (candidates.index != ville)]
            choix = "distance"
        tri = choisies.rename("distance").rename_axis("code").reset_index()
        tri = tri.sort_values(["distance", "code"], ignore_index=True)
        tri = tri if choix == "groupe" else tri.head(regles.nombre)
        tri = tri.assign(code_commune=ville, rang=np.arange(1, len(tri) + 1), choix=choix)
        for variable in variables:
            morceaux.append(
                tri.assign(
                    indicateur=variable,
                    libelle=regles.indicateurs[variable],
                    valeur=candidates.loc[tri["code"], variable].to_numpy(float),
                    valeur_ville=float(candidates.loc[ville, variable]),
                    ecart_reduit=ecarts.loc[tri["code"], variable].to_numpy(float),
                )
            )
    if not morceaux:
        return pd.DataFrame(columns=COLONNES_COMPARABLES)
    table = pd.concat(morceaux, ignore_index=True)
    for colonne in ("nom", "population", "millesime"):
        table[colonne] = table["code"].map(candidates[colonne])
    table = table.sort_values(["code_commune", "rang"], kind="stable", ignore_index=True)
    return table[COLONNES_COMPARABLES]
