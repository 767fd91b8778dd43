"""Ceintures et tables d’inégalité d’une édition, de ce qui a été lu à ce qui sera écrit."""

from __future__ import annotations

from collections.abc import Sequence

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
)
from observatoire.territoires import calculer_poids

__all__ = ["ceinturer", "tables_d_inegalite"]


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
