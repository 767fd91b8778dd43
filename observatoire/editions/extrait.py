"""Une ville lue dans une édition de plusieurs villes : elle se consulte comme si elle était publiée seule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from observatoire.chemins import Chemins
from observatoire.editions.lecture import Edition, edition_courante, villes_publiees
from observatoire.erreurs import ErreurEdition
from observatoire.perimetre import CODE_FRANCE, concerne, est_siren, perimetre_nomme
from observatoire.territoires import projection_legale

__all__ = ["EditionDeVille", "edition_consultable", "extraire_ville", "villes_consultables"]

_MARGE_FOND_M = 6_000.0
_FONDS = ("communes", "eau")


@dataclass(frozen=True)
class EditionDeVille(Edition):
    """Partie d’une édition de plusieurs villes : les territoires comparés à l’une d’elles.

    Un quartier à cheval sur deux villes n’est que dans celle à laquelle il est comparé.
    """

    ville: str

    @cached_property
    def resultats(self) -> pd.DataFrame:
        """Valeurs des territoires de la ville."""
        return self._de_la_ville("resultats")

    @cached_property
    def references(self) -> pd.DataFrame:
        """Valeurs de référence de la ville."""
        return self._de_la_ville("references")

    @cached_property
    def ecarts(self) -> pd.DataFrame:
        """Écarts des territoires de la ville."""
        codes = list(self.resultats["code_territoire"].unique())
        return self._table("ecarts", filters=[("code_territoire", "in", codes)])

    @cached_property
    def couches(self) -> dict[str, gpd.GeoDataFrame]:
        """Couches de la ville, dans sa projection légale ; le fond s’arrête à quelques kilomètres."""
        crs = projection_legale(self.ville)
        filtre = [("code_commune", "==", self.ville)]
        couches = {
            nom: gpd.read_parquet(self._chemin(nom), filters=filtre).to_crs(crs)
            for nom in ("iris", "qpv", "secteurs")
        }
        locales = self._couches_locales(filters=filtre)
        couches |= {famille: couche.to_crs(crs) for famille, couche in locales.items()}
        xmin, ymin, xmax, ymax = couches["iris"].total_bounds
        cadre = shapely.box(
            xmin - _MARGE_FOND_M, ymin - _MARGE_FOND_M, xmax + _MARGE_FOND_M, ymax + _MARGE_FOND_M
        )
        for nom in _FONDS:
            fond = gpd.read_parquet(self._chemin(nom)).to_crs(crs)
            couches[nom] = fond[fond.intersects(cadre)].reset_index(drop=True)
        return couches

    def _lire_complement(self, nom: str) -> pd.DataFrame:
        """Lignes de la ville, si la table dit la ville de chaque ligne ; sinon toutes."""
        table = self._table(nom)
        return table[table["code_commune"] == self.ville] if "code_commune" in table else table

    def _lire_couche(self, nom: str) -> gpd.GeoDataFrame:
        """Contours des lignes de la ville, dans sa projection légale."""
        couche = super()._lire_couche(nom)
        siennes = couche[couche["code_commune"] == self.ville]
        return siennes.to_crs(projection_legale(self.ville)).reset_index(drop=True)

    def _de_la_ville(self, nom: str) -> pd.DataFrame:
        return self._table(nom, filters=[("code_commune", "==", self.ville)])


def extraire_ville(edition: Edition, code_commune: str) -> EditionDeVille:
    """Lire une ville dans une édition qui en contient plusieurs.

    Parameters
    ----------
    edition : Edition
        Édition nationale, ou d’une intercommunalité.
    code_commune : str
        Une de ses villes.

    Returns
    -------
    EditionDeVille
        Son manifeste porte le nom de la ville et ses propres millésimes.

    Raises
    ------
    ErreurEdition
        Si la ville n’est pas dans l’édition.
    """
    if code_commune not in edition.villes:
        raise ErreurEdition(
            f"{perimetre_nomme(code_commune).sujet} n’est pas dans l’édition {edition.identifiant}."
        )
    extrait = EditionDeVille(edition.dossier, edition.manifeste, code_commune)
    millesimes = {
        str(i): sorted({int(m) for m in groupe})
        for i, groupe in extrait.resultats.groupby("indicateur")["millesime"]
    }
    manifeste: Mapping[str, Any] = {
        **edition.manifeste,
        "code_commune": code_commune,
        "nom_commune": edition.villes[code_commune],
        "perimetre": "ville",
        "villes": {code_commune: edition.villes[code_commune]},
        "millesimes": millesimes,
        "avertissements": _la_concernent(extrait, edition.manifeste["avertissements"]),
    }
    return EditionDeVille(edition.dossier, manifeste, code_commune)


def _la_concernent(extrait: EditionDeVille, avertissements: Sequence[str]) -> list[str]:
    """Avertissements qui ne nomment aucun territoire, ou un de ceux de la ville."""
    siens = {extrait.ville, *extrait.resultats["code_territoire"]}
    return [a for a in avertissements if concerne(a, siens)]


def edition_consultable(chemins: Chemins, code: str) -> Edition:
    """Édition courante d’un périmètre ; à défaut, la ville lue dans une édition qui la contient.

    L’édition nationale d’abord, puis celles des intercommunalités.

    Raises
    ------
    ErreurEdition
        Si aucune n’existe.
    """
    if not chemins.pointeur(code).is_file():
        publiees = [c for c in villes_publiees(chemins) if est_siren(c)]
        if chemins.pointeur(CODE_FRANCE).is_file():
            publiees.insert(0, CODE_FRANCE)
        for plusieurs in (edition_courante(chemins, c) for c in publiees):
            if code in plusieurs.villes:
                return extraire_ville(plusieurs, code)
    return edition_courante(chemins, code)


def villes_consultables(chemins: Chemins) -> list[str]:
    """Périmètres que l’on peut ouvrir : les éditions publiées, puis les villes de la nationale.

    La France entière n’y est pas : ses villes y sont, une à une.
    """
    publiees = [c for c in villes_publiees(chemins) if c != CODE_FRANCE]
    if not chemins.pointeur(CODE_FRANCE).is_file():
        return publiees
    nationales = edition_courante(chemins, CODE_FRANCE).villes
    ordre = sorted(nationales, key=lambda v: (nationales[v], v))
    return [*publiees, *(v for v in ordre if v not in publiees)]
