"""La bande autour de chaque quartier prioritaire, estimée comme un territoire et comparée à lui."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from observatoire.catalogue import Catalogue, Indicateur
from observatoire.domaine import Methode, Statut, TypeTerritoire, Verdict
from observatoire.indicateurs.contexte import Contexte
from observatoire.indicateurs.estimations import estimer_territoires
from observatoire.indicateurs.mesures import mesurer_iris
from observatoire.territoires import part_retenue

__all__ = ["COLONNES_CEINTURES", "comparer_ceintures", "dessiner_ceintures", "estimer_ceintures"]

COLONNES_CEINTURES = [
    "code_commune", "code_territoire", "nom", "indicateur", "millesime", "largeur_m", "valeur",
    "borne_basse", "borne_haute", "statut", "methode", "part_couverte", "purete", "bornes_seules",
    "effectif", "valeur_quartier", "borne_basse_quartier", "borne_haute_quartier", "statut_quartier", "bornes_seules_quartier",
    "ecart", "verdict", "note",
]  # fmt: skip
_GENRE = "ceinture"
# Ce qui ne dépend que des IRIS, et se reprend d’un contexte à l’autre.
_DES_IRIS = frozenset({"mesure", "base_personnes", "distributions"})


def dessiner_ceintures(territoires: gpd.GeoDataFrame, largeur_m: float) -> gpd.GeoDataFrame:
    """Bande autour de chaque quartier, moins tous les quartiers.

    Parameters
    ----------
    territoires : geopandas.GeoDataFrame
        ``code_territoire, nom, type_territoire, communes, code_commune``, projection en mètres.
    largeur_m : float
        Largeur de la bande, en mètres.

    Returns
    -------
    geopandas.GeoDataFrame
        Même forme, une ligne par quartier prioritaire dont la bande n’est pas vide, sous le code du
        quartier. ``communes`` est réduite à celle à laquelle il est comparé : la bande s’y arrête.
    """
    qpv = territoires[territoires["type_territoire"] == TypeTerritoire.QPV.value]
    formes = shapely.make_valid(np.asarray(qpv.geometry.values))
    bandes = shapely.difference(shapely.buffer(formes, largeur_m), shapely.union_all(formes))
    # Deux quartiers qui se touchent laissent des traits : seule la surface compte.
    bandes = shapely.buffer(bandes, 0)
    ceintures = qpv.assign(
        type_territoire=_GENRE, communes=qpv["code_commune"], surface_m2=shapely.area(bandes)
    ).set_geometry(gpd.GeoSeries(bandes, index=qpv.index, crs=territoires.crs))
    return ceintures[ceintures["surface_m2"] > 0].reset_index(drop=True)


def estimer_ceintures(
    contexte: Contexte, ceintures: gpd.GeoDataFrame, poids: pd.DataFrame
) -> pd.DataFrame:
    """Valeur de chaque ceinture, estimée comme un quartier (mêmes IRIS, mêmes bornes).

    Parameters
    ----------
    contexte : Contexte
        Données alignées des villes.
    ceintures : geopandas.GeoDataFrame
        Table de :func:`dessiner_ceintures`.
    poids : pandas.DataFrame
        Parts des IRIS dans les ceintures ; celles des autres communes sont déjà retirées.

    Returns
    -------
    pandas.DataFrame
        ``code_territoire, indicateur, millesime``, les colonnes d’une valeur, ``bornes_seules``, au dernier
        millésime connu à l’IRIS de chaque indicateur déclaré.
    """
    autour = _contexte_des_ceintures(contexte, ceintures, poids)
    morceaux = []
    if len(autour.paires):
        regles = contexte.catalogue.inegalites.ceintures
        for indicateur in map(contexte.catalogue.indicateurs.__getitem__, regles.indicateurs):
            millesimes = _millesimes(contexte, indicateur)
            mesure = mesurer_iris(autour, indicateur, millesimes[-1]) if millesimes else None
            if mesure is not None:
                table = estimer_territoires(autour, indicateur, mesure)
                table = table.assign(indicateur=indicateur.id, millesime=millesimes[-1])
                morceaux.append(table.rename_axis("code_territoire").reset_index())
    if not morceaux:
        return pd.DataFrame()
    table = pd.concat(morceaux, ignore_index=True)
    impure = ~(table["purete"] >= contexte.regles.purete_min)
    return table.assign(bornes_seules=(table["statut"] == Statut.ESTIME.value) & impure)


def _contexte_des_ceintures(
    contexte: Contexte, ceintures: gpd.GeoDataFrame, poids: pd.DataFrame
) -> Contexte:
    """Le même contexte, dont les territoires sont les ceintures."""
    decrits = pd.DataFrame(
        ceintures[["code_territoire", "nom", "type_territoire", "surface_m2", "code_commune"]]
    )
    decrits = decrits.assign(perimetre_m=ceintures.geometry.length).set_index("code_territoire")
    decrits = decrits[decrits["code_commune"].isin(contexte.villes)].sort_index()
    utiles = poids["code_territoire"].isin(decrits.index) & poids["code_iris"].isin(
        contexte.iris.index
    )
    poids = poids[utiles].reset_index(drop=True)
    paires = poids[["code_territoire", "code_iris", "surface_m2", "methode"]].assign(
        part_population=part_retenue(poids, unite="population"),
        part_menages=part_retenue(poids, unite="menages"),
    )
    memoire = {c: v for c, v in contexte.memoire.items() if c[0] in _DES_IRIS}
    return replace(
        contexte,
        territoires=decrits,
        citations=decrits[["code_commune"]].reset_index(),
        paires=paires,
        poids=poids,
        memoire=memoire,
    )


def _millesimes(contexte: Contexte, indicateur: Indicateur) -> list[int]:
    variables = (indicateur.diffusee,) if indicateur.diffusee else indicateur.composantes
    return contexte.cube.millesimes("iris", variables)


def comparer_ceintures(
    ceintures: pd.DataFrame, resultats: pd.DataFrame, catalogue: Catalogue
) -> pd.DataFrame:
    """Mettre chaque ceinture en face de son quartier, la même année.

    Parameters
    ----------
    ceintures : pandas.DataFrame
        Table de :func:`estimer_ceintures`.
    resultats : pandas.DataFrame
        Table longue, dont les lignes des quartiers.
    catalogue : Catalogue
        Largeur déclarée.

    Returns
    -------
    pandas.DataFrame
        Colonnes ``COLONNES_CEINTURES``. ``ecart`` = quartier − ceinture, vide si l’un des deux n’est connu
        que par ses bornes. ``verdict`` : *écart net* si les deux intervalles ne se touchent pas (des bornes
        seules doivent venir des carreaux), *écart indicatif* si les deux valeurs sont montrables,
        *non interprétable* sinon.
    """
    if ceintures.empty:
        return pd.DataFrame(columns=COLONNES_CEINTURES)
    quartiers = resultats[resultats["type_territoire"] == TypeTerritoire.QPV.value]
    colonnes = ["code_territoire", "indicateur", "millesime"]
    repris = ["valeur", "borne_basse", "borne_haute", "statut", "methode", "bornes_seules"]
    table = ceintures.merge(
        quartiers[[*colonnes, "nom", "code_commune", *repris]],
        on=colonnes,
        how="inner",
        validate="one_to_one",
        suffixes=("", "_quartier"),
    )
    muets = table["bornes_seules"] | table["bornes_seules_quartier"].astype(bool)
    basse, haute = (table[f"borne_{b}"].fillna(table["valeur"]) for b in ("basse", "haute"))
    bas_q, haut_q = (
        table[f"borne_{b}_quartier"].fillna(table["valeur_quartier"]) for b in ("basse", "haute")
    )
    disjoints = (haute < bas_q) | (haut_q < basse)
    # Une estimation montrable mais sans bornes ne permet pas un écart net ; des bornes tirées de surfaces, où la part
    # des habitants est elle-même incertaine, non plus.
    bornee = table["borne_basse"].notna() | (table["statut"] == Statut.PUBLIE.value)
    for suffixe in ("", "_quartier"):
        bornee &= ~table[f"bornes_seules{suffixe}"].astype(bool) | (
            table[f"methode{suffixe}"] == Methode.CARREAUX.value
        )
    connus = table["valeur"].notna() & table["valeur_quartier"].notna()
    verdict = np.select(
        [connus & disjoints & bornee, connus & ~muets],
        [Verdict.ECART_NET.value, Verdict.ECART_INDICATIF.value],
        Verdict.NON_INTERPRETABLE.value,
    )
    return (
        table.assign(
            largeur_m=catalogue.inegalites.ceintures.largeur_m,
            ecart=(table["valeur_quartier"] - table["valeur"]).where(connus & ~muets),
            verdict=verdict,
            note=table["precision_note"],
        )[COLONNES_CEINTURES]
        .sort_values(["code_commune", "indicateur", "code_territoire"])
        .reset_index(drop=True)
    )
