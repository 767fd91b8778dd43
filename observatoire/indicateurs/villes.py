"""Une ville face à ses quartiers : tous ses QPV réunis, leur écart à la ville, son rang parmi les villes.

Les quartiers sont réunis par leurs numérateurs et leurs dénominateurs (un taux, pesé par les
habitants) ; d’un quartier à cheval sur deux communes, seule compte la part de ses habitants qui vit dans
la ville. Une médiane ne se combine pas : elle n’est donnée que pour une ville à un seul quartier.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from observatoire.catalogue import Catalogue
from observatoire.domaine import Methode, Reference, Statut, TypeTerritoire
from observatoire.indicateurs.contexte import Contexte
from observatoire.indicateurs.references import part_dans_la_ville

__all__ = ["COLONNES_VILLES", "classer_villes", "ranger_villes", "reunir_quartiers"]

_CLES = ["code_commune", "indicateur", "millesime"]
COLONNES_REUNIS = [
    *_CLES, "valeur", "statut", "methode", "borne_basse", "borne_haute", "part_couverte",
    "bornes_seules", "quartier_propre", "effectif", "qpv_publies", "qpv_estimes", "qpv_inconnus", "note",
]  # fmt: skip
COLONNES_VILLES = [
    "code_commune", "nom", *COLONNES_REUNIS[1:],
    "valeur_ville", "ecart", "ecart_borne_basse", "ecart_borne_haute", "ecart_relatif",
    "rang", "rang_sur", "rang_min", "rang_max",
]  # fmt: skip

_DEMI_POINT = 0.5
_MOITIE = 0.5
_COMBINABLES = frozenset({"part", "rapport", "taux_diffuse"})


def reunir_quartiers(contexte: Contexte, resultats: pd.DataFrame) -> pd.DataFrame:
    """Valeur de tous les QPV d’une ville ensemble, par indicateur et millésime.

    Parameters
    ----------
    contexte : Contexte
        Données des villes.
    resultats : pandas.DataFrame
        Table de :func:`observatoire.indicateurs.calculer_resultats`.

    Returns
    -------
    pandas.DataFrame
        ``COLONNES_REUNIS``, une ligne par ville qui a un quartier. ``borne_basse`` et ``borne_haute``
        supposent toutes les bornes des quartiers atteintes à la fois, et comptent l’arrondi des taux
        publiés au point : l’intervalle est prudent.
        ``part_couverte`` (0 à 1) est la part des habitants dont le quartier a une valeur ; sous le seuil
        du catalogue, il n’y a pas de valeur. ``bornes_seules`` est vrai si trop d’habitants vivent dans
        un quartier dont seules les bornes comptent ; ``quartier_propre`` est faux pour une commune qui
        n’a que le bord du quartier d’une autre : elle n’est pas classée.
    """
    stocks = {i.id for i in contexte.catalogue.indicateurs.values() if i.est_stock}
    quartiers = resultats[
        (resultats["type_territoire"] == TypeTerritoire.QPV.value)
        & ~resultats["indicateur"].isin(stocks)
    ].drop(columns="code_commune")
    citees = contexte.citations.assign(part_ville=part_dans_la_ville(contexte, contexte.citations))
    lignes = citees.merge(quartiers, on="code_territoire", how="inner", validate="many_to_many")
    # Un quartier dont aucun habitant ne vit dans la ville qu’il cite n’y compte pas.
    lignes = lignes[~(lignes["part_ville"] <= 0)]
    if lignes.empty:
        return pd.DataFrame(columns=COLONNES_REUNIS)
    return _reunir(lignes, contexte.catalogue)


def _reunir(lignes: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    connus = lignes["statut"].isin([Statut.PUBLIE.value, Statut.ESTIME.value])
    publies = lignes["statut"] == Statut.PUBLIE.value
    poids = lignes["effectif"] * lignes["part_ville"]
    arrondi = demi_arrondi(lignes["valeur"], lignes["indicateur"], catalogue)
    bornes = {
        # Un chiffre publié n’a pas de borne, mais il est arrondi : au point, souvent.
        b: lignes[b].where(lignes[b].notna() | ~publies, lignes["valeur"] + signe * arrondi)
        for b, signe in (("borne_basse", -1), ("borne_haute", 1))
    }
    pesees = pd.DataFrame(
        {
            "total": poids,
            "connu": poids.where(connus, 0.0),
            "valeur": (poids * lignes["valeur"]).where(connus, 0.0),
            "borne_basse": (poids * bornes["borne_basse"]).where(connus, 0.0),
            "borne_haute": (poids * bornes["borne_haute"]).where(connus, 0.0),
            "muet": poids.where(connus & lignes["bornes_seules"].astype(bool), 0.0),
            "qpv_publies": publies.astype(float),
            "qpv_estimes": (connus & ~publies).astype(float),
            "qpv_inconnus": (~connus).astype(float),
            "secrets": (lignes["statut"] == Statut.SECRET.value).astype(float),
            # Au moins la moitié de ses habitants : le quartier est bien celui de la ville.
            "propres": (lignes["part_ville"] >= _MOITIE).astype(float),
        }
    )
    cles = pd.MultiIndex.from_frame(lignes[_CLES])
    rangs, uniques = pd.factorize(cles)
    # bincount transmet NaN : un quartier sans effectif connu rend la réunion inconnue.
    sommes = pd.DataFrame(
        {
            c: np.bincount(rangs, weights=pesees[c].to_numpy(float), minlength=len(uniques))
            for c in pesees
        },
        index=pd.MultiIndex.from_tuples(list(uniques), names=_CLES),
    )
    table = _diviser(sommes, catalogue).reset_index()
    seuls = _quartiers_seuls(lignes, rangs, table)
    return _conclure(table, seuls, catalogue)[COLONNES_REUNIS]


def _diviser(sommes: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    regles = catalogue.regles
    connu = sommes["connu"].where(sommes["connu"] > 0)
    return pd.DataFrame(
        {
            "valeur": sommes["valeur"] / connu,
            "borne_basse": sommes["borne_basse"] / connu,
            "borne_haute": sommes["borne_haute"] / connu,
            "part_couverte": sommes["connu"] / sommes["total"].where(sommes["total"] > 0),
            "bornes_seules": sommes["muet"] / connu > 1 - regles.purete_min,
            "effectif": sommes["total"],
            **{c: sommes[c].astype(int) for c in ("qpv_publies", "qpv_estimes", "qpv_inconnus")},
            "secrets": sommes["secrets"],
            "quartier_propre": sommes["propres"] > 0,
        }
    )


def _quartiers_seuls(lignes: pd.DataFrame, rangs: np.ndarray, table: pd.DataFrame) -> pd.DataFrame:
    """Ligne de l’unique quartier d’une ville, à la place de la réunion ; vide ailleurs."""
    premieres = lignes.assign(rang=rangs).drop_duplicates("rang", keep=False).set_index("rang")
    colonnes = ["valeur", "borne_basse", "borne_haute", "statut", "methode", "bornes_seules"]
    return premieres[colonnes].reindex(table.index)


def _conclure(table: pd.DataFrame, seuls: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Statut, méthode et note ; un seul quartier est lui-même."""
    calculs = table["indicateur"].map(lambda i: catalogue.indicateurs[i].calcul)
    combinables = calculs.isin(_COMBINABLES)
    couverts = table["part_couverte"] >= catalogue.regles.part_couverte_min
    valables = combinables & couverts & table["valeur"].notna()
    masques = ~valables & combinables & (table["secrets"] > 0)
    table = table.assign(
        statut=np.select(
            [valables, masques],
            [Statut.ESTIME.value, Statut.SECRET.value],
            Statut.ABSENT.value,
        ),
        methode=np.where(valables, Methode.QUARTIERS_REUNIS.value, Methode.AUCUNE.value),
        note=np.select(
            [~combinables, ~valables],
            ["ne se combine pas d’un quartier à l’autre", "trop peu d’habitants couverts"],
            "",
        ),
    )
    bornes = ["borne_basse", "borne_haute"]
    table[["valeur", *bornes]] = table[["valeur", *bornes]].where(valables)
    un_seul = seuls["statut"].notna()
    for colonne in seuls:
        table[colonne] = seuls[colonne].where(un_seul, table[colonne])
    table["bornes_seules"] = table["bornes_seules"].astype(bool)
    table.loc[un_seul, "note"] = ""
    return table


def demi_arrondi(valeurs: pd.Series, indicateurs: pd.Series, catalogue: Catalogue) -> pd.Series:
    """Ce que l’arrondi de publication laisse d’incertain : un demi-point pour un taux rond, 0 sinon.

    Parameters
    ----------
    valeurs : pandas.Series of float
        Dans l’unité de chaque indicateur.
    indicateurs : pandas.Series of str
        Indicateur de chaque valeur.
    catalogue : Catalogue
        Unités.
    """
    en_points = indicateurs.map(lambda i: catalogue.indicateurs[i].unite) == "pct"
    ronds = en_points & (valeurs == valeurs.round())
    return pd.Series(np.where(ronds, _DEMI_POINT, 0.0), index=valeurs.index)


def classer_villes(
    reunis: pd.DataFrame,
    references: pd.DataFrame,
    noms: pd.Series,
    catalogue: Catalogue,
) -> pd.DataFrame:
    """Écart de chaque ville entre ses QPV et elle-même, et son rang parmi les villes de l’édition.

    Parameters
    ----------
    reunis : pandas.DataFrame
        Table de :func:`reunir_quartiers`, toutes villes.
    references : pandas.DataFrame
        Table de :func:`observatoire.indicateurs.calculer_references`.
    noms : pandas.Series of str
        Nom de chaque ville, par code.
    catalogue : Catalogue
        Sens des indicateurs.

    Returns
    -------
    pandas.DataFrame
        ``COLONNES_VILLES``. ``rang`` 1 : l’écart le plus défavorable ; ``rang_min`` et ``rang_max``
        sont les rangs que permettent les intervalles. Une ville dont seules les bornes comptent n’a
        pas de rang.
    """
    if reunis.empty:
        return pd.DataFrame(columns=COLONNES_VILLES)
    villes = references[references["reference"] == Reference.VILLE.value]
    villes = villes[[*_CLES, "valeur"]].rename(columns={"valeur": "valeur_ville"})
    table = reunis.merge(villes, on=_CLES, how="left", validate="one_to_one")
    table["nom"] = table["code_commune"].map(noms)
    table["ecart"] = table["valeur"] - table["valeur_ville"]
    arrondi = demi_arrondi(table["valeur_ville"], table["indicateur"], catalogue)
    for borne, signe_borne in (("borne_basse", -1), ("borne_haute", 1)):
        table[f"ecart_{borne}"] = table[borne] - table["valeur_ville"] + signe_borne * arrondi
    ville = table["valeur_ville"]
    table["ecart_relatif"] = table["valeur"] / ville.where(ville != 0)
    return ranger_villes(table, catalogue)[COLONNES_VILLES]


def ranger_villes(table: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Donner à chaque ville le rang de son écart, et les rangs que permettent les intervalles.

    Parameters
    ----------
    table : pandas.DataFrame
        ``indicateur, millesime, ecart, ecart_borne_basse, ecart_borne_haute, bornes_seules,
        quartier_propre`` ; index unique. Les villes d’éditions différentes peuvent y être réunies.
    catalogue : Catalogue
        Sens des indicateurs.

    Returns
    -------
    pandas.DataFrame
        La même table, avec ``rang, rang_sur, rang_min, rang_max``.
    """
    favorable = {i.id for i in catalogue.indicateurs.values() if i.sens == "favorable_si_hausse"}
    signe = pd.Series(np.where(table["indicateur"].isin(favorable), -1.0, 1.0), index=table.index)
    montre = table["ecart"].notna() & ~table["bornes_seules"] & table["quartier_propre"]
    oriente = (signe * table["ecart"]).where(montre)
    basse, haute = (
        table[f"ecart_borne_{b}"].where(table[f"ecart_borne_{b}"].notna(), table["ecart"])
        for b in ("basse", "haute")
    )
    extremes = pd.DataFrame({"a": signe * basse, "b": signe * haute}).where(montre)
    plancher, plafond = extremes.min(axis=1), extremes.max(axis=1)
    groupes = oriente.groupby([table["indicateur"], table["millesime"]])
    table = table.assign(
        rang=groupes.rank(ascending=False, method="min"),
        rang_sur=groupes.transform("count"),
    )
    au_mieux, au_pire = np.full(len(table), np.nan), np.full(len(table), np.nan)
    for lignes in groupes.indices.values():
        bas, haut = plancher.to_numpy()[lignes], plafond.to_numpy()[lignes]
        connus = np.isfinite(bas)
        # Sûrement devant : leur plancher dépasse mon plafond ; peut-être : leur plafond atteint mon plancher.
        devant = connus.sum() - np.searchsorted(np.sort(bas[connus]), haut, side="right")
        peut_etre = connus.sum() - np.searchsorted(np.sort(haut[connus]), bas, side="left")
        au_mieux[lignes] = np.where(connus, devant + 1, np.nan)
        au_pire[lignes] = np.where(connus, peut_etre, np.nan)
    return table.assign(rang_min=au_mieux, rang_max=au_pire)
