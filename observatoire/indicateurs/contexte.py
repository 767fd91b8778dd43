"""Ce que tous les calculs partagent : IRIS, territoires, poids, variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from observatoire.catalogue import Catalogue, Regles
from observatoire.domaine import TypeTerritoire
from observatoire.estimation.appariement import Appariement
from observatoire.estimation.calage import Calage
from observatoire.indicateurs.cube import Cube
from observatoire.indicateurs.lieux import LieuxSitues
from observatoire.indicateurs.recensement import communes_exhaustives
from observatoire.indicateurs.sans_contour import ajouter_sans_contour, dire_les_nouveaux
from observatoire.ingestion import TableLue
from observatoire.territoires import part_retenue, purete

__all__ = ["Contexte", "construire_contexte"]

_COLONNES_VOISINS = [
    "code_territoire", "code_iris", "surface_m2", "part_surface", "type_territoire",
]  # fmt: skip
_UNITES_DE_MENAGES = {"menages", "logements"}


class Base(NamedTuple):
    """Effectifs par ``code_iris`` ; ``reprise`` est vrai là où ils viennent d’un autre millésime."""

    valeurs: pd.Series
    reprise: pd.Series
    note: str


@dataclass(frozen=True)
class Contexte:
    """Données alignées de villes qui ont les mêmes fichiers.

    ``iris`` (index ``code_iris``) : ``nom, type_iris, code_commune, surface_m2`` des IRIS des
    villes et de ceux que leurs quartiers coupent dans les communes voisines ; ``surface_m2`` est
    ``NaN`` pour un IRIS que des tables décrivent dans une géographie sans contour.
    ``territoires`` (index ``code_territoire``) : ``nom, type_territoire, surface_m2, perimetre_m`` et
    ``code_commune``, la ville à laquelle le territoire est comparé.
    ``citations`` : ``code_territoire, code_commune``, les villes où se trouve chaque territoire.
    ``paires`` : ``code_territoire, code_iris, surface_m2, part_population, part_menages, methode``,
    les parts étant les meilleures connues (carreaux, sinon surface), entre 0 et 1.
    ``ensembles`` (index ``code_territoire``) : ``nom, type_territoire, surface_m2`` des villes et de
    l’intercommunalité, réunions d’IRIS entiers ; ``membres`` : leurs IRIS
    (``code_territoire, code_iris, surface_m2, part``), la part valant 1.
    """

    catalogue: Catalogue
    cube: Cube
    iris: pd.DataFrame
    territoires: pd.DataFrame
    citations: pd.DataFrame
    paires: pd.DataFrame
    poids: pd.DataFrame
    ensembles: pd.DataFrame
    membres: pd.DataFrame
    voisins: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_COLONNES_VOISINS))
    """Paires, comme ``poids``, et ``type_territoire`` des quartiers de ces IRIS qui ne sont d’aucune de ces
    villes : ils décrivent les autres, et n’ont pas de ligne."""
    calage: Calage | None = None
    """Estimateur des quartiers non publiés ; sans lui, IRIS et carreaux seulement."""
    lieux: LieuxSitues | None = None
    """Équipements et établissements de ces villes, et peut-être d’autres."""
    memoire: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """Mesures et distributions déjà calculées : plusieurs tables en ont besoin."""

    @property
    def regles(self) -> Regles:
        """Seuils et conventions du catalogue."""
        return self.catalogue.regles

    @cached_property
    def paires_territoires(self) -> Appariement:
        """``paires`` par rangs, pour les sommes."""
        return Appariement(self.paires, self.territoires.index, self.iris.index)

    @cached_property
    def paires_membres(self) -> Appariement:
        """``membres`` par rangs, pour les sommes."""
        return Appariement(self.membres, self.ensembles.index, self.iris.index)

    @cached_property
    def villes(self) -> pd.Index:
        """Codes des villes."""
        communes = self.ensembles["type_territoire"] == TypeTerritoire.COMMUNE.value
        return self.ensembles.index[communes]

    @cached_property
    def rangs_villes(self) -> np.ndarray:
        """Rangs, dans ``iris``, des IRIS des villes qui ont un contour."""
        dedans = self.iris["code_commune"].isin(self.villes) & self.iris["surface_m2"].notna()
        return np.flatnonzero(dedans.to_numpy(bool))

    @cached_property
    def index_villes(self) -> pd.Index:
        """Codes des IRIS des villes qui ont un contour."""
        return self.iris.index[self.rangs_villes]

    @cached_property
    def rangs_par_type(self) -> dict[str, np.ndarray]:
        """Rangs, dans ``territoires``, de chaque type : quartiers, secteurs, puis autres découpages.

        Les contours de 2015 ne servent qu’à décomposer une évolution : ils n’ont pas de ligne.
        """
        genres = self.territoires["type_territoire"].to_numpy(object)
        ordre = [TypeTerritoire.QPV.value, TypeTerritoire.SECTEUR.value]
        autres = set(genres) - {*ordre, TypeTerritoire.QPV_2015.value}
        rangs = {str(g): np.flatnonzero(genres == g) for g in [*ordre, *sorted(autres)]}
        return {g: r for g, r in rangs.items() if len(r)}

    @cached_property
    def communes_exhaustives(self) -> pd.Series:
        """IRIS de communes recensées exhaustivement (moins de 10 000 habitants) : booléen par IRIS."""
        communes = self.iris["code_commune"]
        totaux = [
            self.cube.serie("iris", "population", m, self.iris.index)
            .valeurs.groupby(communes)
            .sum(min_count=1)
            for m in self.cube.millesimes("iris", ["population"])
        ]
        if not totaux:
            return pd.Series(False, index=self.iris.index)
        petites = communes_exhaustives(pd.concat(totaux), self.regles.seuil_exhaustif_habitants)
        return communes.isin(list(petites))

    def base_personnes(self, millesime: int) -> Base:
        """Habitants par IRIS qui pèsent les revenus, et la phrase qui dit d’où ils viennent.

        Le millésime du recensement le plus proche est pris, et la phrase le dit ; un IRIS qui n’y
        a pas de ligne prend le suivant, et la base le marque.
        """
        cle = ("base_personnes", millesime)
        if cle not in self.memoire:
            self.memoire[cle] = self._base_personnes(millesime)
        base: Base = self.memoire[cle]
        return base

    def _base_personnes(self, millesime: int) -> Base:
        trouve = self.cube.plus_proche("iris", self.regles.poids_revenus, millesime)
        if trouve is None:
            vide = pd.Series(float("nan"), index=self.iris.index)
            return Base(vide, vide.notna(), "aucune population par IRIS")
        variable, annee = trouve
        base = self.completer([variable], annee)
        libelle = self.catalogue.variables[variable].libelle.lower()
        return base._replace(note=f"poids : {libelle} {annee}")

    def completer(self, variables: Sequence[str], millesime: int) -> Base:
        """Effectifs d’un millésime ; un IRIS qui n’y a pas de ligne prend le plus proche qui l’ait.

        Ce qui est repris ne sert qu’à peser : jamais à donner une valeur.
        """
        # Beaucoup d’indicateurs ont le même dénominateur.
        cle = ("effectifs", tuple(variables), millesime)
        if cle not in self.memoire:
            self.memoire[cle] = self._completer(variables, millesime)
        base: Base = self.memoire[cle]
        return base

    def _completer(self, variables: Sequence[str], millesime: int) -> Base:
        index = self.iris.index
        annees = self.cube.millesimes("iris", variables)
        propres = np.full(len(index), np.nan)
        if millesime in annees:
            propres = self.cube.somme("iris", variables, millesime, index).valeurs.to_numpy(float)
        valeurs = propres
        for annee in sorted(set(annees) - {millesime}, key=lambda a: (abs(a - millesime), -a)):
            if not np.isnan(valeurs).any():
                break
            autres = self.cube.somme("iris", variables, annee, index).valeurs.to_numpy(float)
            valeurs = np.where(np.isnan(valeurs), autres, valeurs)
        reprise = np.isnan(propres) & ~np.isnan(valeurs)
        return Base(pd.Series(valeurs, index=index), pd.Series(reprise, index=index), "")

    def purete(self, base: pd.Series) -> pd.Series:
        """Pureté de chaque territoire ; un IRIS sans population connue compte pour 0 habitant connu."""
        # Plusieurs indicateurs ont la même base : la pureté n’est calculée qu’une fois pour elle.
        cle = ("purete", base.to_numpy(float).tobytes())
        if cle not in self.memoire:
            connus = base[base.notna()]
            poids = self.poids[self.poids["code_iris"].isin(connus.index)]
            self.memoire[cle] = purete(poids, connus).reindex(self.territoires.index)
        pures: pd.Series = self.memoire[cle]
        return pures

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
    villes: Mapping[str, str],
    intercommunalite: tuple[str, str] | None = None,
    calage: Calage | None = None,
    lieux: LieuxSitues | None = None,
    voisins: pd.DataFrame | None = None,
) -> Contexte:
    """Aligner les données (voir :func:`observatoire.indicateurs.calculer_resultats`).

    Parameters
    ----------
    catalogue : Catalogue
        Déclarations.
    tables : sequence of TableLue
        Tables qui contiennent toutes ces villes.
    iris : geopandas.GeoDataFrame
        ``code_iris, nom_iris, type_iris, code_commune``, projection légale ; les arrondissements
        y portent déjà le code de leur ville.
    territoires : geopandas.GeoDataFrame
        ``code_territoire, nom, type_territoire, surface_m2, communes, code_commune`` : les communes
        du territoire, séparées par des virgules, et celle à laquelle il est comparé.
    poids : pandas.DataFrame
        Table de :func:`observatoire.territoires.calculer_poids` ; les paires hors de ces IRIS et
        de ces territoires sont laissées de côté.
    villes : mapping of str to str
        Code et nom des villes à calculer.
    intercommunalite : (str, str), optional
        Code et nom de la réunion de tous les ``iris``, à calculer elle aussi.
    calage : Calage, optional
        Estimateur des quartiers non publiés.
    lieux : LieuxSitues, optional
        Équipements et établissements.
    voisins : pandas.DataFrame, optional
        Paires, comme ``poids``, et ``type_territoire`` de quartiers prioritaires ; ceux de ``territoires``, et
        les IRIS qui ne sont pas lus ici, sont laissés de côté.
    """
    description = pd.DataFrame(
        {
            "nom": iris["nom_iris"].to_numpy(),
            "type_iris": iris["type_iris"].to_numpy(),
            "code_commune": iris["code_commune"].to_numpy(),
            "surface_m2": iris.geometry.area.to_numpy(),
        },
        index=pd.Index(iris["code_iris"].astype("str"), name="code_iris"),
    )
    description = ajouter_sans_contour(description, tables)
    tables = dire_les_nouveaux(description, tables)
    colonnes = ["nom", "type_territoire", "surface_m2", "code_commune"]
    decrits = pd.DataFrame(territoires[["code_territoire", "communes", *colonnes]])
    decrits = decrits.assign(perimetre_m=territoires.geometry.length).set_index("code_territoire")
    colonnes.append("perimetre_m")
    if voisins is None:
        voisins = pd.DataFrame(columns=_COLONNES_VOISINS)
    ailleurs = ~voisins["code_territoire"].isin(decrits.index)
    voisins = voisins.loc[ailleurs & voisins["code_iris"].isin(description.index)]
    utiles = poids["code_iris"].isin(description.index)
    poids = poids[utiles & poids["code_territoire"].isin(decrits.index)].reset_index(drop=True)
    paires = poids[["code_territoire", "code_iris", "surface_m2", "methode"]].assign(
        part_population=part_retenue(poids, unite="population"),
        part_menages=part_retenue(poids, unite="menages"),
    )
    membres = _membres(description, villes, intercommunalite)
    return Contexte(
        catalogue=catalogue,
        cube=Cube(tables, catalogue),
        iris=description,
        territoires=decrits[colonnes].sort_index(),
        citations=_citations(decrits["communes"], villes),
        paires=paires,
        poids=poids,
        ensembles=_ensembles(membres, villes, intercommunalite),
        membres=membres,
        voisins=voisins[_COLONNES_VOISINS].reset_index(drop=True),
        calage=calage,
        lieux=lieux,
    )


def _membres(
    iris: pd.DataFrame, villes: Mapping[str, str], intercommunalite: tuple[str, str] | None
) -> pd.DataFrame:
    """IRIS entiers de chaque ville, puis de l’intercommunalité."""
    dans_villes = iris[iris["code_commune"].isin(list(villes))]
    morceaux = [dans_villes.assign(code_territoire=dans_villes["code_commune"])]
    if intercommunalite is not None:
        morceaux.append(iris.assign(code_territoire=intercommunalite[0]))
    table = pd.concat(morceaux).rename_axis("code_iris").reset_index()
    # Un IRIS sans contour n’ajoute rien à la surface de sa ville, que les autres couvrent déjà.
    surfaces = table["surface_m2"].where(table["surface_m2"].notna(), 0.0)
    return table[["code_territoire", "code_iris"]].assign(surface_m2=surfaces, part=1.0)


def _ensembles(
    membres: pd.DataFrame, villes: Mapping[str, str], intercommunalite: tuple[str, str] | None
) -> pd.DataFrame:
    lignes = {code: (nom, TypeTerritoire.COMMUNE.value) for code, nom in sorted(villes.items())}
    if intercommunalite is not None:
        lignes[intercommunalite[0]] = (intercommunalite[1], TypeTerritoire.EPCI.value)
    table = pd.DataFrame.from_dict(lignes, orient="index", columns=["nom", "type_territoire"])
    table.index = pd.Index(list(lignes), name="code_territoire", dtype="str")
    surfaces = membres.groupby("code_territoire")["surface_m2"].sum()
    return table.assign(surface_m2=surfaces.reindex(table.index))


def _citations(communes: pd.Series, villes: Mapping[str, str]) -> pd.DataFrame:
    longue = communes.astype("str").str.split(",").explode().rename("code_commune").reset_index()
    return longue[longue["code_commune"].isin(list(villes))].reset_index(drop=True)
