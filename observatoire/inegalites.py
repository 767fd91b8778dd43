"""Ceintures et tables d’inégalité d’une édition, de ce qui a été lu à ce qui sera écrit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import pandas as pd

from observatoire.catalogue import Catalogue
from observatoire.catalogue.defavorisation import charger_defavorisation
from observatoire.collecte import DossierVille
from observatoire.indicateurs import retenir_paires
from observatoire.indicateurs.inegalites import (
    MesuresDeLot,
    calculer_inegalites,
    dessiner_ceintures,
    reperer_poches_carreaux,
)
from observatoire.ingestion import TableLue
from observatoire.territoires import calculer_poids

__all__ = [
    "COLONNES_CARREAUX",
    "ceinturer",
    "table_des_carreaux",
    "tables_d_inegalite",
    "tables_des_carreaux",
]

COLONNES_CARREAUX: Mapping[str, str] = {
    "carreau_individus": "ind",
    "carreau_menages": "men",
    "carreau_menages_pauvres": "men_pauv",
    "carreau_impute": "impute",
}
"""Variable du catalogue → colonne d’un carreau."""


def table_des_carreaux(dossier: DossierVille) -> TableLue | None:
    """Carreaux de 200 m du millésime le plus récent, s’il y en a."""
    tables = [t for t in dossier.tables if t.niveau == "carreau"]
    return max(tables, key=lambda t: t.millesime, default=None)


def tables_des_carreaux(
    dossiers: Sequence[DossierVille],
    territoires: Sequence[gpd.GeoDataFrame],
    quadrillages: Sequence[gpd.GeoDataFrame | None],
    catalogue: Catalogue,
) -> dict[str, pd.DataFrame]:
    """Groupes de carreaux fragiles hors des quartiers, et ce qui a été examiné.

    Parameters
    ----------
    dossiers : sequence of DossierVille
        Un par projection légale.
    territoires : sequence of geopandas.GeoDataFrame
        Quartiers de chaque dossier, avec leur ``code_commune``.
    quadrillages : sequence of geopandas.GeoDataFrame or None
        Carreaux de chaque dossier.
    catalogue : Catalogue
        Règles.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``poches_carreaux`` (en degrés si les projections légales diffèrent) et ``reperage_carreaux`` ; voir
        :func:`observatoire.indicateurs.inegalites.reperer_poches_carreaux`.
    """
    groupes, reperages = list[gpd.GeoDataFrame](), list[pd.DataFrame]()
    for dossier, siens, quadrillage in zip(dossiers, territoires, quadrillages, strict=True):
        table = table_des_carreaux(dossier)
        annee = None if table is None else table.millesime
        trouves, reperage = reperer_poches_carreaux(
            quadrillage, dossier.iris, siens, dossier.villes, catalogue, annee
        )
        groupes.append(trouves)
        reperages.append(reperage)
    if len({d.crs.to_string() for d in dossiers}) > 1:
        groupes = [g.to_crs("EPSG:4326") for g in groupes]
    # Une table vide n’a pas de types : elle changerait ceux des autres.
    pleins = [g for g in groupes if len(g)] or groupes[:1]
    reunis = gpd.GeoDataFrame(pd.concat(pleins, ignore_index=True), crs=groupes[0].crs)
    return {
        "poches_carreaux": reunis,
        "reperage_carreaux": pd.concat(reperages, ignore_index=True),
    }


def ceinturer(
    dossier: DossierVille,
    territoires: gpd.GeoDataFrame,
    carreaux: gpd.GeoDataFrame | None,
    catalogue: Catalogue,
) -> MesuresDeLot:
    """Dessiner et peser les bandes autour des quartiers d’un dossier.

    Parameters
    ----------
    dossier : DossierVille
        Contours des IRIS.
    territoires : geopandas.GeoDataFrame
        Quartiers et secteurs, avec la ville de chacun.
    carreaux : geopandas.GeoDataFrame, optional
        Carreaux de 200 m.
    catalogue : Catalogue
        Largeur déclarée.

    Returns
    -------
    MesuresDeLot
        À appeler après chaque lot de villes.
    """
    ceintures = dessiner_ceintures(territoires, catalogue.inegalites.ceintures.largeur_m)
    poids = calculer_poids(dossier.iris, ceintures, carreaux=carreaux)
    lieux = dossier.iris.set_index("code_iris")["code_commune"]
    communes = ceintures.set_index("code_territoire")["communes"]
    return MesuresDeLot(ceintures, retenir_paires(poids, lieux, communes))


def tables_d_inegalite(
    dossiers: Sequence[DossierVille],
    peses: Sequence[tuple[gpd.GeoDataFrame, pd.DataFrame]],
    lots: Sequence[MesuresDeLot],
    resultats: pd.DataFrame,
    ecarts: pd.DataFrame,
    catalogue: Catalogue,
) -> dict[str, pd.DataFrame]:
    """Tables complémentaires de toutes les villes, un dossier par projection légale.

    Returns
    -------
    dict of str to pandas.DataFrame
        Voir :func:`observatoire.indicateurs.inegalites.calculer_inegalites`.
    """
    morceaux = []
    for dossier, (territoires, poids), lot in zip(dossiers, peses, lots, strict=True):
        siens = (
            resultats
            if len(dossiers) == 1
            else resultats[resultats["code_commune"].isin(list(dossier.villes))]
        )
        morceaux.append(
            calculer_inegalites(
                catalogue=catalogue,
                livre=charger_defavorisation(),
                lot=lot,
                resultats=siens,
                ecarts=ecarts[ecarts["code_territoire"].isin(siens["code_territoire"])],
                iris=dossier.iris,
                territoires=territoires,
                poids=poids,
            )
        )
    tables = {}
    for nom in morceaux[0]:
        # Une table vide n’a pas de types : elle changerait ceux des autres.
        pleines = [m[nom] for m in morceaux if len(m[nom])] or [morceaux[0][nom]]
        tables[nom] = pd.concat(pleines, ignore_index=True)
    return tables
