"""Toutes les tables d’inégalité d’une édition."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from observatoire.catalogue import Catalogue
from observatoire.catalogue.defavorisation import DefavorisationLivree
from observatoire.indicateurs.contexte import Contexte
from observatoire.indicateurs.inegalites.ceintures import comparer_ceintures, estimer_ceintures
from observatoire.indicateurs.inegalites.defavorisation import calculer_defavorisation
from observatoire.indicateurs.inegalites.grappes import reperer_grappes
from observatoire.indicateurs.inegalites.lignes import COLONNES_INEGALITES
from observatoire.indicateurs.inegalites.poches import reperer_poches
from observatoire.indicateurs.inegalites.revenus import mesurer_revenus, preferer_publiees
from observatoire.indicateurs.inegalites.segregation import mesurer_segregation
from observatoire.indicateurs.inegalites.typologie import classer_quartiers

__all__ = ["MesuresDeLot", "calculer_inegalites"]


class MesuresDeLot:
    """Ce qui demande les distributions et les effectifs des IRIS : pris au passage de chaque lot.

    Parameters
    ----------
    ceintures : geopandas.GeoDataFrame
        Bandes autour des quartiers.
    poids : pandas.DataFrame
        Parts des IRIS dans ces bandes.
    """

    def __init__(self, ceintures: gpd.GeoDataFrame, poids: pd.DataFrame) -> None:
        self._ceintures, self._poids = ceintures, poids
        self._revenus: list[pd.DataFrame] = []
        self._bandes: list[pd.DataFrame] = []

    def __call__(self, contexte: Contexte, resultats: pd.DataFrame) -> None:
        """Mesurer un lot de villes, d’après ses données et ses résultats."""
        self._revenus.append(mesurer_revenus(contexte, resultats))
        self._bandes.append(estimer_ceintures(contexte, self._ceintures, self._poids))

    @property
    def revenus(self) -> pd.DataFrame:
        """Inégalité des niveaux de vie, colonnes ``COLONNES_INEGALITES``."""
        utiles = [t for t in self._revenus if len(t)]
        return pd.concat(utiles, ignore_index=True) if utiles else _aucune()

    @property
    def bandes(self) -> pd.DataFrame:
        """Valeurs des ceintures ; vide s’il n’y en a pas."""
        utiles = [t for t in self._bandes if len(t)]
        return pd.concat(utiles, ignore_index=True) if utiles else pd.DataFrame()


def _aucune() -> pd.DataFrame:
    return pd.DataFrame(columns=COLONNES_INEGALITES)


def calculer_inegalites(
    *,
    catalogue: Catalogue,
    livre: DefavorisationLivree,
    lot: MesuresDeLot,
    resultats: pd.DataFrame,
    ecarts: pd.DataFrame,
    iris: gpd.GeoDataFrame,
    territoires: gpd.GeoDataFrame,
    poids: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Tables complémentaires d’une édition, villes d’une même projection.

    Parameters
    ----------
    catalogue : Catalogue
        Réglages (``inegalites.toml``).
    livre : DefavorisationLivree
        Modèle de défavorisation.
    lot : MesuresDeLot
        Ce qui a été pris au passage de :func:`observatoire.indicateurs.calculer_villes`.
    resultats, ecarts : pandas.DataFrame
        Tables longues.
    iris, territoires : geopandas.GeoDataFrame
        Contours, projection en mètres.
    poids : pandas.DataFrame
        Parts des IRIS dans les territoires.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``inegalites, grappes, typologie, poches, ceintures, defavorisation``, chacune avec
        ``code_commune``.
    """
    types = pd.Series(iris["type_iris"].to_numpy(), index=iris["code_iris"].to_numpy())
    genres = pd.Series(
        territoires["type_territoire"].to_numpy(), index=territoires["code_territoire"].to_numpy()
    )
    grappes, moran = reperer_grappes(resultats, iris, catalogue)
    morceaux = [
        preferer_publiees(lot.revenus, resultats),
        mesurer_segregation(resultats, types, catalogue),
        moran,
    ]
    utiles = [m for m in morceaux if len(m)]
    inegalites = pd.concat(utiles, ignore_index=True) if utiles else _aucune()
    cles = ["code_commune", "indicateur", "millesime"]
    return {
        "inegalites": inegalites.sort_values(cles, kind="stable", ignore_index=True),
        "grappes": grappes,
        "typologie": classer_quartiers(resultats, ecarts, catalogue),
        "poches": reperer_poches(resultats, poids, genres, iris, catalogue),
        "ceintures": comparer_ceintures(lot.bandes, resultats, catalogue),
        "defavorisation": calculer_defavorisation(resultats, catalogue, livre),
    }
