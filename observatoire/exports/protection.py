"""Édition dont aucun total ne dévoile une cellule masquée : tout document est fait d’elle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from observatoire.catalogue import Catalogue, Indicateur
from observatoire.domaine import Methode, Reference, Statut, TypeTerritoire, Verdict
from observatoire.editions import Edition
from observatoire.exports.secret import Somme, TableAdditive, masquer_davantage

__all__ = ["NOTE_MASQUEE", "EditionProtegee", "proteger"]

NOTE_MASQUEE = "masqué en plus, pour qu’un total ne dévoile pas une cellule masquée"
_ADDITIFS = {"effectif", "densite", "part", "rapport", "taux_diffuse"}
"""Calculs dont le numérateur s’additionne ; un quantile ou un Gini ne se retranche pas."""
_LINEAIRES = {Methode.CARREAUX, Methode.SURFACE, Methode.SOMME_IRIS, Methode.MELANGE_IRIS}
_ENTIER = 0.999
_CLES = ["indicateur", "millesime"]
_VALEURS = ["valeur", "borne_basse", "borne_haute", "effectif"]
_ECARTS = [
    "ecart", "ecart_borne_basse", "ecart_borne_haute", "ecart_relatif", "rang", "effectif_ecart",
]  # fmt: skip


@dataclass(frozen=True)
class EditionProtegee(Edition):
    """Édition lue à travers le secret secondaire ; ``masquees`` dit ce qui l’a été en plus.

    ``masquees`` porte ``code_territoire, type_territoire, nom, indicateur, millesime``.
    """

    origine: Edition = field(repr=False)
    masquees: pd.DataFrame = field(repr=False)

    @cached_property
    def resultats(self) -> pd.DataFrame:
        """Valeurs ; une cellule masquée en plus a le statut « secret » et une note."""
        table = self.origine.resultats
        cachees = self._marquer(table)
        if not cachees.any():
            return table
        table = table.copy()
        table.loc[cachees, _VALEURS] = np.nan
        table.loc[cachees, "statut"] = Statut.SECRET.value
        table.loc[cachees, "methode"] = Methode.AUCUNE.value
        table.loc[cachees, "bornes_seules"] = False
        table.loc[cachees, "precision_note"] = NOTE_MASQUEE
        return table

    @cached_property
    def ecarts(self) -> pd.DataFrame:
        """Écarts ; ceux d’une cellule masquée en plus n’ont plus de nombre."""
        table = self.origine.ecarts
        cachees = self._marquer(table)
        # La ville moins ses quartiers rendrait le quartier que l’on vient de masquer.
        ensembles = [TypeTerritoire.QPV.value, TypeTerritoire.COMMUNE.value]
        touches = self.masquees[self.masquees["type_territoire"].isin(ensembles)]
        retirees = self._de(table, touches, _CLES) & table["reference"].eq(
            Reference.VILLE_HORS_QPV.value
        )
        villes = touches[touches["type_territoire"] == TypeTerritoire.COMMUNE.value]
        # Une valeur et son écart à la ville rendraient le chiffre de la ville.
        retirees |= self._de(table, villes, _CLES)
        if not (cachees | retirees).any():
            return table
        table = table.copy()
        nombres = [c for c in _ECARTS if c in table]
        table[nombres] = table[nombres].astype("float64")
        table.loc[cachees | retirees, nombres] = np.nan
        table.loc[retirees, "valeur_reference"] = np.nan
        table.loc[cachees | retirees, "verdict"] = Verdict.NON_INTERPRETABLE.value
        return table

    @property
    def references(self) -> pd.DataFrame:
        """Valeurs de référence de l’édition."""
        return self.origine.references

    @property
    def couches(self) -> dict[str, gpd.GeoDataFrame]:
        """Couches géographiques de l’édition."""
        return self.origine.couches

    def complement(self, nom: str) -> pd.DataFrame:
        """Table complémentaire de l’édition (:meth:`observatoire.editions.Edition.complement`)."""
        return self.origine.complement(nom)

    def _marquer(self, table: pd.DataFrame) -> pd.Series:
        return self._de(table, self.masquees, ["code_territoire", *_CLES])

    @staticmethod
    def _de(table: pd.DataFrame, choisies: pd.DataFrame, cles: list[str]) -> pd.Series:
        if choisies.empty:
            return pd.Series(False, index=table.index)
        voulues = pd.MultiIndex.from_frame(choisies[cles])
        return pd.Series(pd.MultiIndex.from_frame(table[cles]).isin(voulues), index=table.index)


def proteger(edition: Edition, catalogue: Catalogue) -> EditionProtegee:
    """Masquer ce qui permettrait de recalculer une valeur sous secret statistique.

    Parameters
    ----------
    edition : Edition
        Édition publiée, ou ville d’une édition nationale.
    catalogue : Catalogue
        Dit de quels indicateurs les valeurs s’additionnent.

    Returns
    -------
    EditionProtegee
        La même édition ; protéger deux fois ne change rien.
    """
    if isinstance(edition, EditionProtegee):
        return edition
    resultats = edition.resultats
    masques = resultats["statut"].eq(Statut.SECRET.value)
    a_voir = set(map(tuple, resultats.loc[masques, _CLES].drop_duplicates().to_numpy().tolist()))
    poids = edition.complement("poids")
    lignes = []
    for (identifiant, millesime), groupe in resultats.groupby(_CLES, sort=True):
        declare = catalogue.indicateurs.get(str(identifiant))
        if (identifiant, millesime) not in a_voir or declare is None:
            continue
        if declare.calcul not in _ADDITIFS:
            continue
        # Le total d’une intercommunalité lie ses villes : elles se lisent ensemble.
        codes = masquer_davantage(_table_additive(groupe, poids, declare))
        lignes.append(groupe[groupe["code_territoire"].isin(codes)])
    colonnes = ["code_territoire", "type_territoire", "nom", *_CLES]
    masquees = pd.concat(lignes)[colonnes] if lignes else pd.DataFrame(columns=colonnes)
    return EditionProtegee(edition.dossier, edition.manifeste, edition, masquees)


def _table_additive(
    lignes: pd.DataFrame, poids: pd.DataFrame, indicateur: Indicateur
) -> TableAdditive:
    """Zones et totaux d’un indicateur, tels que les documents d’une édition les montrent."""
    iris = lignes[lignes["type_territoire"] == TypeTerritoire.IRIS.value].sort_values(
        "code_territoire"
    )
    codes = tuple(iris["code_territoire"])
    masques = iris["statut"].eq(Statut.SECRET.value).to_numpy()
    montants = _montants(iris, indicateur)
    # Un IRIS sans chiffre diffusé n’entre dans aucun total : ce n’est pas une inconnue.
    montants = np.where(masques, np.nan, np.nan_to_num(montants))
    parts = _parts(poids, codes)
    sommes = []
    communes = iris["code_commune"].to_numpy()
    for ligne in lignes[lignes["type_territoire"] != TypeTerritoire.IRIS.value].to_dict("records"):
        code, nature = str(ligne["code_territoire"]), str(ligne["type_territoire"])
        if nature == TypeTerritoire.EPCI:
            brut: np.ndarray | None = np.ones(len(codes))
        elif nature == TypeTerritoire.COMMUNE:
            brut = (communes == code).astype(float)
        else:
            brut = parts.get(code)
        if brut is None:
            continue
        somme = _somme(ligne, brut, masques, indicateur)
        if somme is not None:
            sommes.append(somme)
    return TableAdditive(codes, montants, tuple(sommes))


def _montants(lignes: pd.DataFrame, indicateur: Indicateur) -> np.ndarray:
    """Ce qui s’additionne : l’effectif, ou le taux multiplié par sa base quand elle est connue."""
    valeurs = lignes["valeur"].to_numpy(dtype=float)
    if indicateur.est_stock:
        return valeurs
    bases = lignes["effectif"].to_numpy(dtype=float)
    return np.where(np.isnan(bases), valeurs, valeurs * bases)


def _parts(poids: pd.DataFrame, codes: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Part de chaque IRIS dans chaque territoire."""
    if poids.empty:
        return {}
    part = poids["part_population"].fillna(poids["part_surface"])
    table = poids.assign(part=part).pivot_table(
        index="code_territoire", columns="code_iris", values="part", aggfunc="sum", fill_value=0.0
    )
    # Un IRIS d’une autre commune rend le total impossible à écrire avec ceux de la ville.
    dehors = table.loc[:, ~table.columns.isin(codes)].sum(axis=1) > 1 - _ENTIER
    table = table[~dehors].reindex(columns=list(codes), fill_value=0.0)
    return {str(c): ligne for c, ligne in zip(table.index, table.to_numpy(float), strict=True)}


def _somme(
    ligne: Mapping[Any, Any], brut: np.ndarray, masques: np.ndarray, indicateur: Indicateur
) -> Somme | None:
    """Total d’un territoire, ou ``None`` s’il ne s’écrit pas exactement avec des IRIS."""
    code, statut = str(ligne["code_territoire"]), Statut(str(ligne["statut"]))
    methode = Methode(str(ligne["methode"]))
    entier = bool(((brut >= _ENTIER) | (brut <= 1 - _ENTIER)).all())
    arrondi = np.where(brut >= _ENTIER, 1.0, np.where(brut <= 1 - _ENTIER, 0.0, brut))
    montant = _montants(pd.DataFrame([ligne]), indicateur)[0]
    if statut is Statut.SECRET:
        if not entier or not arrondi.any():
            return None
        return Somme(code, arrondi, np.nan, visible=False, a_proteger=True)
    if np.isnan(montant):
        return None
    if methode is Methode.PUBLIE:
        # Le chiffre d’un quartier qui coupe un IRIS n’est pas une somme d’IRIS.
        return Somme(code, arrondi, montant, exacte=indicateur.est_stock) if entier else None
    if methode in _LINEAIRES:
        # Une estimation est faite sans les IRIS masqués : elle n’en dit rien.
        connus = np.where(masques, 0.0, arrondi)
        return Somme(code, connus, montant, exacte=False)
    return None
