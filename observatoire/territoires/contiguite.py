"""Voisinage des IRIS : qui touche qui, et les groupes d’un seul tenant."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from scipy import sparse

__all__ = ["groupes_contigus", "voisins_contigus"]

_JOUR_M = 2.0
"""Des contours généralisés laissent un jour entre voisins, que l’œil ne voit pas."""


def voisins_contigus(geometries: np.ndarray[Any, Any]) -> sparse.csr_array:
    """Voisins qui se touchent, par un côté ou par un coin.

    Parameters
    ----------
    geometries : numpy.ndarray of shapely geometries, shape (n,)
        Projection en mètres.

    Returns
    -------
    scipy.sparse.csr_array, shape (n, n)
        Symétrique, 1 pour deux voisins (2 m de jour au plus), 0 ailleurs et sur la diagonale.
    """
    n = len(geometries)
    gauche, droite = shapely.STRtree(geometries).query(
        geometries, predicate="dwithin", distance=_JOUR_M
    )
    autres = gauche != droite
    gauche, droite = gauche[autres], droite[autres]
    table = sparse.coo_array((np.ones(len(gauche)), (gauche, droite)), shape=(n, n)).tocsr()
    table.sort_indices()
    return table


def groupes_contigus(voisins: sparse.csr_array) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Numéro, à partir de 0, du groupe d’un seul tenant de chaque unité."""
    from scipy.sparse import csgraph

    _, groupes = csgraph.connected_components(voisins, directed=False)
    return np.asarray(groupes, dtype=np.intp)
