"""Carreaux diffusés en couche : leur géométrie confirme-t-elle leurs identifiants ?

L’observatoire dessine les carreaux d’après leur identifiant. Une couche en Lambert 93 ou dans la
grille européenne est donc admise, à condition que sa projection déclarée soit la vraie.
"""

from __future__ import annotations

import re

import numpy as np
import pyogrio
import shapely
from pyproj import CRS, Transformer

from observatoire.catalogue import Source
from observatoire.erreurs import Anomalie
from observatoire.ingestion.archives import chemin_gdal
from observatoire.ingestion.modeles import FichierReconnu
from observatoire.ingestion.reconnaissance import resoudre_colonne

__all__ = ["controler_grille"]

_EXAMINES = 200
_DEMI_COTE_M = 100.0
_TOLERANCE_M = 5.0
_IDENTIFIANT = re.compile(r"CRS(\d{4,5})RES200mN(\d+)E(\d+)")


def controler_grille(fichier: FichierReconnu, source: Source) -> list[Anomalie]:
    """Comparer le centre des premiers carreaux à celui que dit leur identifiant.

    Parameters
    ----------
    fichier : FichierReconnu
        Couche de carreaux.
    source : Source
        Sa déclaration.

    Returns
    -------
    list of Anomalie
        Une erreur si la projection manque ou n’est pas celle des coordonnées.
    """
    code = resoudre_colonne(fichier.colonnes, source.colonne_code)
    table = pyogrio.read_dataframe(
        chemin_gdal(fichier.chemin, fichier.membre),
        layer=fichier.couche or None,
        columns=[code],
        max_features=_EXAMINES,
    )
    remede = "reprenez la couche de l’Insee, ou prenez son fichier CSV"
    if table.crs is None:
        message = "la couche de carreaux n’a pas de projection"
        return [Anomalie(message, fichier.nom, remede=remede)]
    lus = [(rang, m) for rang, t in enumerate(table[code]) if (m := _IDENTIFIANT.fullmatch(str(t)))]
    for epsg in sorted({m[1] for _, m in lus}):
        du_systeme = [(rang, m) for rang, m in lus if m[1] == epsg]
        rangs = np.array([rang for rang, _ in du_systeme])
        attendus = np.array([[float(m[3]), float(m[2])] for _, m in du_systeme]) + _DEMI_COTE_M
        centres = shapely.get_coordinates(shapely.centroid(table.geometry.to_numpy()[rangs]))
        vers = Transformer.from_crs(table.crs, CRS.from_epsg(int(epsg)), always_xy=True)
        trouves = np.column_stack(vers.transform(centres[:, 0], centres[:, 1]))
        loin = ~(np.hypot(*(trouves - attendus).T) <= _TOLERANCE_M)
        if loin.any():
            premier = table[code].iloc[rangs[np.flatnonzero(loin)[0]]]
            message = (
                f"{int(loin.sum())} carreaux sur {len(rangs)} ne sont pas là où le dit leur identifiant "
                f"dans la projection déclarée « {table.crs.name} » (le premier est {premier})"
            )
            return [Anomalie(message, fichier.nom, None, code or "", remede)]
    return []
