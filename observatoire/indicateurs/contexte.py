"""Ce que tous les calculs d’une ville partagent : IRIS, territoires, poids, variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import pandas as pd

from observatoire.catalogue import Catalogue, Regles
from observatoire.indicateurs.cube import Cube
from observatoire.ingestion import TableLue
from observatoire.territoires import part_retenue, purete

__all__ = ["Contexte", "construire_contexte"]

_UNITES_DE_MENAGES = {"menages", "logements"}


@dataclass(frozen=True)
class Contexte:
    """Données alignées d’une ville.

    ``iris`` (index ``code_iris``) : ``nom, type_iris, code_commune, surface_m2`` des IRIS de
    la ville et de ceux que ses quartiers coupent dans les communes voisines.
    ``territoires`` (index ``code_territoire``) : ``nom, type_territoire, surface_m2``.
    ``paires`` : ``code_territoire, code_iris, part_population, part_menages, methode``,
    les parts étant les meilleures connues (carreaux, sinon surface), entre 0 et 1.
    """

    catalogue: Catalogue
    cube: Cube
    iris: pd.DataFrame
    territoires: pd.DataFrame
    paires: pd.DataFrame
    poids: pd.DataFrame
    code_commune: str
    nom_commune: str
    memoire: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """Mesures et distributions déjà calculées : plusieurs tables en ont besoin."""

    @property
    def regles(self) -> Regles:
        """Seuils et conventions du catalogue."""
        return self.catalogue.regles

    @cached_property
    def index_ville(self) -> pd.Index:
        """Codes des IRIS de la ville."""
        return self.iris.index[self.iris["code_commune"] == self.code_commune]

    @cached_property
    def communes_exhaustives(self) -> pd.Series:
        """IRIS de communes recensées exhaustivement (moins de 10 000 habitants) : booléen par IRIS."""
        communes = self.iris["code_commune"]
        reperes = self.cube.millesimes("iris", ["population"])
        if not reperes:
            return pd.Series(False, index=self.iris.index)
        population = self.cube.serie("iris", "population", reperes[-1], self.iris.index).valeurs
        totaux = population.groupby(communes).transform("sum")
        return totaux < self.regles.seuil_exhaustif_habitants

    def base_personnes(self, millesime: int) -> tuple[pd.Series, str]:
        """Habitants par IRIS qui pèsent les revenus, et la phrase qui dit d’où ils viennent.

        Le millésime du recensement le plus proche est pris, et la phrase le dit.
        """
        trouve = self.cube.plus_proche("iris", self.regles.poids_revenus, millesime)
        if trouve is None:
            return pd.Series(float("nan"), index=self.iris.index), "aucune population par IRIS"
        variable, annee = trouve
        serie = self.cube.serie("iris", variable, annee, self.iris.index)
        return (
            serie.valeurs,
            f"poids : {self.catalogue.variables[variable].libelle.lower()} {annee}",
        )

    def purete(self, base: pd.Series) -> pd.Series:
        """Pureté de chaque territoire ; un IRIS sans population connue compte pour 0 habitant connu."""
        connus = base[base.notna()]
        poids = self.poids[self.poids["code_iris"].isin(connus.index)]
        return purete(poids, connus).reindex(self.territoires.index)

    def colonne_part(self, variable: str) -> str:
        """Colonne de ``paires`` adaptée à une variable : ménages et logements, ou habitants."""
        menages = self.catalogue.variables[variable].unite in _UNITES_DE_MENAGES
        return "part_menages" if menages else "part_population"


def construire_contexte(
    *,
    catalogue: Catalogue,
    tables: Sequence[TableLue],
    iris: gpd.GeoDataFrame,
    territoires: gpd.GeoDataFrame,
    poids: pd.DataFrame,
    code_commune: str,
    nom_commune: str,
) -> Contexte:
    """Aligner les données d’une ville (voir :func:`observatoire.indicateurs.calculer_resultats`)."""
    description = pd.DataFrame(
        {
            "nom": iris["nom_iris"].to_numpy(),
            "type_iris": iris["type_iris"].to_numpy(),
            "code_commune": iris["code_commune"].to_numpy(),
            "surface_m2": iris.geometry.area.to_numpy(),
        },
        index=pd.Index(iris["code_iris"].astype("str"), name="code_iris"),
    )
    colonnes = ["nom", "type_territoire", "surface_m2"]
    description_territoires = pd.DataFrame(territoires[["code_territoire", *colonnes]]).set_index(
        "code_territoire"
    )
    paires = poids[["code_territoire", "code_iris", "methode"]].assign(
        part_population=part_retenue(poids, unite="population"),
        part_menages=part_retenue(poids, unite="menages"),
    )
    return Contexte(
        catalogue=catalogue,
        cube=Cube(tables, catalogue),
        iris=description.sort_index(),
        territoires=description_territoires.sort_index(),
        paires=paires,
        poids=poids,
        code_commune=code_commune,
        nom_commune=nom_commune,
    )
