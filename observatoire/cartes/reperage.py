"""Petite carte de repérage : où est le quartier dans la ville, en SVG."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from observatoire.cartes import palettes

__all__ = ["dessiner_reperage"]

_COTE = 320
_MARGE = 14
_TOLERANCE_M = 12.0


def dessiner_reperage(couches: Mapping[str, gpd.GeoDataFrame], code: str) -> str:
    """Dessiner la ville, ses quartiers prioritaires, et l’un d’eux en ocre.

    Parameters
    ----------
    couches : mapping of str to geopandas.GeoDataFrame
        ``iris, qpv, eau`` d’une édition, en mètres.
    code : str
        Code du quartier à montrer.

    Returns
    -------
    str
        Image SVG sans texte ni script, 320 × 240 ; elle ne contient aucun texte des données.

    Raises
    ------
    KeyError
        Si le quartier n’est pas dans la couche.
    """
    qpv = couches["qpv"].set_index("code_territoire")
    choisi = qpv.geometry[code]
    ville = shapely.union_all(
        shapely.coverage_simplify(np.asarray(couches["iris"].geometry.values), _TOLERANCE_M)
    )
    tous = shapely.union_all([ville, choisi])
    ouest, sud, est, nord = tous.bounds
    hauteur = 3 * _COTE // 4
    echelle = min(
        (_COTE - 2 * _MARGE) / max(est - ouest, 1.0), (hauteur - 2 * _MARGE) / max(nord - sud, 1.0)
    )
    milieu = (ouest + est) / 2, (sud + nord) / 2

    def trace(geometrie: BaseGeometry) -> str:
        projetee = shapely.transform(
            geometrie,
            lambda p: np.column_stack(
                [
                    _COTE / 2 + (p[:, 0] - milieu[0]) * echelle,
                    hauteur / 2 - (p[:, 1] - milieu[1]) * echelle,
                ]
            ),
        )
        anneaux = [
            a
            for partie in shapely.get_parts(projetee)
            if partie.geom_type == "Polygon"
            for a in (partie.exterior, *partie.interiors)
        ]
        return "".join(
            "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in shapely.get_coordinates(a)) + "Z"
            for a in anneaux
        )

    eau = np.asarray(couches["eau"].geometry.values)
    pres = shapely.intersection(eau, shapely.buffer(ville, 400)) if len(eau) else eau
    autres = [g for c, g in qpv.geometry.items() if c != code]
    traits = [
        f'<path d="{trace(ville)}" fill="#e4e1da"/>',
        *(f'<path d="{trace(g)}" fill="{palettes.EAU}"/>' for g in pres if not g.is_empty),
        *(
            f'<path d="{trace(g)}" fill="#fff" stroke="{palettes.QPV}" stroke-width="1"/>'
            for g in autres
        ),
        f'<path d="{trace(choisi)}" fill="{palettes.AMBRES[2]}" stroke="#fff" stroke-width="3" paint-order="stroke"/>',
        f'<path d="{trace(choisi)}" fill="none" stroke="{palettes.QPV}" stroke-width="1.2"/>',
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_COTE} {hauteur}">'
        f'<rect width="{_COTE}" height="{hauteur}" rx="6" fill="{palettes.TERRE}"/>{"".join(traits)}</svg>'
    )
