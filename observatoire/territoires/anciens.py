"""Contours de 2015 des quartiers d’aujourd’hui : la correspondance officielle, sinon le recouvrement.

Un quartier d’aujourd’hui a un seul ancien contour : la réunion des quartiers de 2015 dont il vient.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

__all__ = ["AnciensContours", "apparier_anciens", "code_actuel", "code_ancien", "sans_anciens"]

_SUFFIXE = "@2015"
_RECOUVREMENT_MIN = 0.1
"""Part de l’un ou l’autre quartier au-dessous de laquelle deux contours ne font que se toucher."""
_IDENTIQUES = 0.999
"""Part commune au-dessus de laquelle deux tracés sont le même, au dessin près."""

COLONNES_APPARIEMENTS = ["code_territoire", "contours_2015", "appariement", "identique"]


def code_ancien(code: str) -> str:
    """Code de l’ancien contour d’un quartier."""
    return code + _SUFFIXE


def code_actuel(code: str) -> str:
    """Code du quartier d’aujourd’hui dont c’est l’ancien contour."""
    return code.removesuffix(_SUFFIXE)


def sans_anciens(poids: pd.DataFrame) -> pd.DataFrame:
    """Table de poids sans les anciens contours, qui ne sont pas des territoires de l’édition."""
    return poids[~poids["code_territoire"].str.endswith(_SUFFIXE)].reset_index(drop=True)


def _aucun_contour() -> gpd.GeoDataFrame:
    colonnes = ["code_territoire", "nom", "communes"]
    vide = {c: pd.Series(dtype="str") for c in colonnes}
    return gpd.GeoDataFrame(vide, geometry=gpd.GeoSeries([]))


@dataclass(frozen=True)
class AnciensContours:
    """Anciens contours appariés ; vides si la couche de 2015 n’est pas donnée.

    ``contours`` : ``code_territoire`` (:func:`code_ancien`), ``nom, communes, geometry``.
    ``appariements`` : une ligne par quartier d’aujourd’hui ; ``contours_2015`` réunit par « + » les
    codes de 2015, vide pour un quartier nouveau ; ``appariement`` vaut ``correspondance`` ou
    ``recouvrement`` ; ``identique`` est vrai si le tracé n’a pas changé.
    """

    contours: gpd.GeoDataFrame = field(default_factory=_aucun_contour)
    appariements: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=COLONNES_APPARIEMENTS)
    )

    def restreindre(self, codes: Collection[str]) -> AnciensContours:
        """Les mêmes, pour une partie des quartiers d’aujourd’hui."""
        anciens = [code_ancien(c) for c in codes]
        return AnciensContours(
            self.contours[self.contours["code_territoire"].isin(anciens)],
            self.appariements[self.appariements["code_territoire"].isin(list(codes))],
        )


def apparier_anciens(
    actuels: gpd.GeoDataFrame, anciens: gpd.GeoDataFrame, correspondance: pd.DataFrame
) -> AnciensContours:
    """Donner à chaque quartier d’aujourd’hui son contour de 2015.

    Parameters
    ----------
    actuels : geopandas.GeoDataFrame
        ``code_territoire, nom, communes, geometry``, projection métrique.
    anciens : geopandas.GeoDataFrame
        ``code_territoire, geometry``, même projection ; l’ancien contour d’un quartier est pris
        dans les communes de celui d’aujourd’hui.
    correspondance : pandas.DataFrame
        ``code_2024, code_2015`` ; ``code_2015`` vide dit un quartier nouveau. Un quartier sans
        ligne, ou dont un ancien code n’a pas de contour, est apparié par recouvrement.

    Returns
    -------
    AnciensContours
    """
    formes = anciens.set_index("code_territoire")["geometry"]
    arbre = shapely.STRtree(formes.to_numpy())
    listes = correspondance.groupby("code_2024")["code_2015"].agg(list).to_dict()
    lignes, contours = [], []
    for code, nom, communes, forme in zip(
        actuels["code_territoire"], actuels["nom"], actuels["communes"], actuels.geometry,
        strict=True,
    ):  # fmt: skip
        annonces = sorted({c for c in listes.get(code, []) if c})
        officiel = code in listes and all(c in formes.index for c in annonces)
        codes = annonces if officiel else _qui_recouvrent(forme, formes, arbre)
        lignes.append(
            (code, "+".join(codes), "correspondance" if officiel else "recouvrement", False)
        )
        if not codes:
            continue
        ancien = shapely.union_all(formes[codes].to_numpy())
        lignes[-1] = (*lignes[-1][:3], _est_le_meme(forme, ancien))
        contours.append((code_ancien(str(code)), nom, communes, ancien))
    table = pd.DataFrame(lignes, columns=COLONNES_APPARIEMENTS)
    colonnes = ["code_territoire", "nom", "communes", "geometry"]
    return AnciensContours(
        gpd.GeoDataFrame(
            pd.DataFrame(contours, columns=colonnes), geometry="geometry", crs=actuels.crs
        ),
        table.astype({"identique": bool}),
    )


def _qui_recouvrent(
    forme: shapely.Geometry, anciens: gpd.GeoSeries, arbre: shapely.STRtree
) -> list[str]:
    """Quartiers de 2015 dont une part notable est dans celui-ci, ou l’inverse."""
    proches = anciens.iloc[np.sort(arbre.query(forme, predicate="intersects"))]
    formes = proches.to_numpy()
    communs = shapely.area(shapely.intersection(formes, forme))
    plus_petit = np.minimum(shapely.area(formes), shapely.area(forme))
    return sorted(str(c) for c in proches.index[communs >= _RECOUVREMENT_MIN * plus_petit])


def _est_le_meme(forme: shapely.Geometry, ancien: shapely.Geometry) -> bool:
    commun = shapely.area(shapely.intersection(forme, ancien))
    return bool(commun >= _IDENTIQUES * shapely.area(shapely.union(forme, ancien)))
