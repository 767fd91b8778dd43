"""Lieux de la ville posés sur la carte de l’application : un point, un nom, une catégorie."""

from __future__ import annotations

import pandas as pd

from observatoire.cartes.formes_lieux import chemin_svg

__all__ = ["TOUTES", "categories_de_lieux", "lieux_web"]

TOUTES = "toutes"


def categories_de_lieux(lieux: pd.DataFrame) -> list[str]:
    """Catégories qui ont au moins un lieu situé ; vide si l’édition n’a pas de lieux."""
    if lieux.empty:
        return []
    return sorted(set(lieux.loc[~lieux["a_geolocaliser"], "categorie"]))


def lieux_web(lieux: pd.DataFrame, categorie: str) -> list[dict[str, object]]:
    """Points à poser : position arrondie au mètre, nom et catégorie.

    Parameters
    ----------
    lieux : pandas.DataFrame
        Table ``lieux`` de l’édition.
    categorie : str
        Une catégorie, ``toutes``, ou vide pour n’en poser aucun.

    Returns
    -------
    list of dict
        ``p`` (latitude et longitude en degrés), ``n`` (nom), ``c`` (catégorie), ``f`` (tracé SVG de
        son signe, dans un carré de 16 pixels) ; un lieu à géolocaliser n’y est pas.
    """
    if lieux.empty or not categorie:
        return []
    rangs = {c: rang for rang, c in enumerate(categories_de_lieux(lieux))}
    situes = lieux[~lieux["a_geolocaliser"]]
    if categorie != TOUTES:
        situes = situes[situes["categorie"] == categorie]
    return [
        {
            "p": [round(float(lat), 5), round(float(lon), 5)],
            "n": str(nom),
            "c": str(genre),
            "f": chemin_svg(rangs[genre]),
        }
        for lat, lon, nom, genre in situes[
            ["latitude", "longitude", "nom", "categorie"]
        ].itertuples(index=False)
    ]
