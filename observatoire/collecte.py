"""Tout ce qui concerne une ville, rassemblé depuis les fichiers reconnus.

Le premier fichier qui couvre la ville l’emporte, dans l’ordre des dossiers donnés. Les fautes de
tous les fichiers sont dites ensemble.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import pyproj

from observatoire.catalogue import Catalogue
from observatoire.erreurs import Anomalie, ErreurDonnees, lever_si_erreurs
from observatoire.ingestion import (
    FichierReconnu,
    Inventaire,
    TableLue,
    choisir_contours,
    dire_le_choix,
    lire_contours,
    lire_tableau,
)
from observatoire.territoires import code_ville, composantes, nom_ville, projection_legale

__all__ = ["DossierVille", "rassembler", "reunir_arrondissements"]

_MARGE_FOND_M = 6_000.0

Emprise = tuple[float, float, float, float]


@dataclass
class DossierVille:
    """Tout ce qui a été lu pour une ville ; les couches sont dans la projection légale ``crs``."""

    code_commune: str
    iris: gpd.GeoDataFrame
    qpv: gpd.GeoDataFrame
    secteurs: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame
    eau: gpd.GeoDataFrame
    tables: list[TableLue]
    fichiers: list[FichierReconnu]
    avertissements: list[Anomalie]
    crs: pyproj.CRS
    geographie: int | None = None
    """Année des contours d’IRIS, si elle est connue."""

    @property
    def nom_commune(self) -> str:
        """Nom de la ville."""
        ville = self.iris["code_commune"].map(code_ville) == self.code_commune
        return nom_ville(self.code_commune, str(self.iris.loc[ville, "nom_commune"].iloc[0]))

    @property
    def emprise_iris(self) -> Emprise:
        """Rectangle de tous les IRIS lus, en mètres."""
        return _elargir(self.iris, 0.0)


class _Collecteur:
    """Lit les fichiers en gardant leurs fautes pour la fin."""

    def __init__(self, inventaire: Inventaire, catalogue: Catalogue, crs: pyproj.CRS) -> None:
        self.inventaire = inventaire
        self.catalogue = catalogue
        self.crs = crs
        self.fichiers: list[FichierReconnu] = []
        self.avertissements: list[Anomalie] = []
        self.fautes: list[Anomalie] = []

    def couche(
        self, role: str, *, communes: Collection[str] | None, emprise: Emprise | None = None
    ) -> gpd.GeoDataFrame | None:
        """Première couche de ce rôle qui couvre la ville."""
        for fichier in self._fichiers_de_role(role):
            try:
                lue = lire_contours(
                    fichier, self.catalogue, communes=communes, emprise=emprise, crs=self.crs
                )
            except ErreurDonnees as erreur:
                self._retenir(erreur, fichier)
                continue
            if len(lue.donnees):
                self.fichiers.append(fichier)
                self.avertissements.extend(lue.anomalies)
                return lue.donnees
        return None

    def tableaux(self, communes: Collection[str], codes_qpv: Collection[str]) -> list[TableLue]:
        """Tous les tableaux qui contiennent la ville, un par source et millésime."""
        tables = []
        for fichier in self._tableaux_retenus():
            try:
                table = lire_tableau(fichier, self.catalogue, communes=communes, codes=codes_qpv)
            except ErreurDonnees as erreur:
                self._retenir(erreur, fichier)
                continue
            self.avertissements.extend(table.anomalies)
            if len(table.valeurs):
                tables.append(table)
                self.fichiers.append(fichier)
        return tables

    def _retenir(self, erreur: ErreurDonnees, fichier: FichierReconnu) -> None:
        graves = [a for a in erreur.anomalies if a.gravite == "erreur"]
        self.fautes.extend(graves or [Anomalie(erreur.message, fichier.nom)])

    def _fichiers_de_role(self, role: str) -> list[FichierReconnu]:
        sources = self.catalogue.sources
        fichiers = [
            f
            for f in self.inventaire.reconnus
            if sources[f.source].role == role and sources[f.source].usage == "calcul"
        ]
        return choisir_contours(fichiers, self._tables_iris()) if role == "iris" else fichiers

    def _tables_iris(self) -> list[FichierReconnu]:
        sources = self.catalogue.sources
        return [f for f in self._tableaux_retenus() if sources[f.source].niveau == "iris"]

    def geographie(self) -> int | None:
        """Année des contours d’IRIS employés ; s’il y avait un choix, il est dit."""
        candidats = self._fichiers_de_role("iris")
        retenu = next(f for f in candidats if f in self.fichiers)
        self.avertissements += dire_le_choix(retenu, candidats, self._tables_iris())
        return retenu.geographie

    def _tableaux_retenus(self) -> list[FichierReconnu]:
        retenus: dict[tuple[str, int | None], FichierReconnu] = {}
        for fichier in self.inventaire.reconnus:
            source = self.catalogue.sources[fichier.source]
            if source.type == "tableau" and source.usage == "calcul":
                retenus.setdefault((fichier.source, fichier.millesime), fichier)
        return list(retenus.values())


def rassembler(code_commune: str, inventaire: Inventaire, catalogue: Catalogue) -> DossierVille:
    """Lire les contours et les tableaux d’une ville, et des communes que ses quartiers touchent.

    Parameters
    ----------
    code_commune : str
        Code de la ville (pas d’un arrondissement).
    inventaire : Inventaire
        Fichiers reconnus, par ordre de préférence.
    catalogue : Catalogue
        Déclarations des sources.

    Returns
    -------
    DossierVille

    Raises
    ------
    ErreurDonnees
        Les fautes de tous les fichiers à la fois ; ou, sans faute, l’absence des contours ou
        de tout tableau pour cette ville.
    """
    lecteur = _Collecteur(inventaire, catalogue, projection_legale(code_commune))
    qpv = lecteur.couche("qpv", communes=composantes([code_commune]))
    voisines = _communes_citees(qpv) - {code_commune}
    iris = lecteur.couche("iris", communes=composantes([code_commune, *voisines]))
    present = iris is not None and bool(
        (iris["code_commune"].map(code_ville) == code_commune).any()
    )
    if iris is None or not present:
        _refuser(lecteur, code_commune)
        raise ErreurDonnees(
            f"Aucun contour d’IRIS pour la commune {code_commune} dans les dossiers donnés : "
            "ajoutez avec --depuis le fichier « Contours… IRIS » de l’IGN, ou vérifiez le code de la commune."
        )
    emprise = _elargir(iris[iris["code_commune"].map(code_ville) == code_commune], _MARGE_FOND_M)
    secteurs = lecteur.couche("secteurs", communes=[code_commune])
    communes = lecteur.couche("communes", communes=None, emprise=emprise)
    eau = lecteur.couche("eau", communes=None, emprise=emprise)
    tables = lecteur.tableaux(
        composantes(map(code_ville, iris["code_commune"])),
        [] if qpv is None else list(qpv["code_territoire"]),
    )
    _refuser(lecteur, code_commune)
    if not tables:
        raise ErreurDonnees(
            f"Aucun tableau ne contient la commune {code_commune} : ajoutez avec --depuis les bases IRIS de l’Insee."
        )
    return DossierVille(
        code_commune=code_commune,
        iris=iris,
        qpv=_ou_vide(qpv, ["code_territoire", "nom", "communes"], lecteur.crs),
        secteurs=_ou_vide(secteurs, ["code_territoire", "nom"], lecteur.crs),
        communes=_ou_vide(communes, ["code_commune", "nom"], lecteur.crs),
        eau=_ou_vide(eau, ["nom"], lecteur.crs),
        tables=tables,
        fichiers=lecteur.fichiers,
        avertissements=lecteur.avertissements,
        crs=lecteur.crs,
        geographie=lecteur.geographie(),
    )


def reunir_arrondissements(iris: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Donner aux IRIS d’un arrondissement le code de leur ville : la moyenne est celle de la ville."""
    return iris.assign(code_commune=iris["code_commune"].map(code_ville))


def _refuser(lecteur: _Collecteur, code_commune: str) -> None:
    lever_si_erreurs(
        f"Les fichiers de la commune {code_commune} ne peuvent pas être employés :", lecteur.fautes
    )


def _communes_citees(qpv: gpd.GeoDataFrame | None) -> set[str]:
    if qpv is None:
        return set()
    return {c for liste in qpv["communes"] for c in str(liste).split(",") if c}


def _elargir(couche: gpd.GeoDataFrame, marge: float) -> Emprise:
    xmin, ymin, xmax, ymax = (float(b) for b in couche.total_bounds)
    return xmin - marge, ymin - marge, xmax + marge, ymax + marge


def _ou_vide(
    couche: gpd.GeoDataFrame | None, colonnes: list[str], crs: pyproj.CRS
) -> gpd.GeoDataFrame:
    if couche is not None:
        return couche
    vide = {c: pd.Series(dtype="str") for c in colonnes}
    return gpd.GeoDataFrame(vide, geometry=gpd.GeoSeries([], crs=crs), crs=crs)
