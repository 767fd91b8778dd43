"""Poids territoriaux : quelle part de chaque IRIS se trouve dans chaque territoire.

Deux mesures d’une même part, jamais mélangées sans le dire : la surface, toujours
disponible mais aveugle à l’habitat, et la population des carreaux de 200 m.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse
import shapely

from observatoire.domaine import Methode
from observatoire.erreurs import Anomalie, ErreurDonnees
from observatoire.territoires.carreaux import anomalies_des_effectifs, parts_par_carreaux
from observatoire.territoires.couches import (
    anomalies_de_couche,
    anomalies_de_projection,
    anomalies_de_validite,
    refuser,
)
from observatoire.territoires.fils import (
    calculer_par_fils,
    lancer_sur_un_fil,
    parcourir_par_fils,
)
from observatoire.territoires.recouvrement import lire_aretes, surfaces_communes
from observatoire.territoires.voisinage import rectangles_voisins

__all__ = ["calculer_poids", "matrice_poids", "part_retenue", "purete"]

_SURFACE_MINIMALE_M2 = 1.0
_PART_MINIMALE = 1e-6


@dataclass(frozen=True)
class _Paires:
    """IRIS et territoires qui se recouvrent, un élément de chaque tableau par paire."""

    iris: np.ndarray
    territoire: np.ndarray
    surface_m2: np.ndarray
    part_surface: np.ndarray


def calculer_poids(
    iris: gpd.GeoDataFrame,
    territoires: gpd.GeoDataFrame,
    *,
    carreaux: gpd.GeoDataFrame | None = None,
) -> pd.DataFrame:
    """Part de chaque IRIS qui se trouve dans chaque territoire.

    Parameters
    ----------
    iris : geopandas.GeoDataFrame
        Contours des IRIS, colonne ``code_iris`` (texte, unique), projection métrique.
    territoires : geopandas.GeoDataFrame
        Contours des territoires (QPV, secteurs…), colonne ``code_territoire`` (texte,
        unique), même projection. Ils peuvent se recouvrir.
    carreaux : geopandas.GeoDataFrame, optional
        Carreaux de 200 m, colonnes ``ind`` (individus) et ``men`` (ménages), même projection.

    Returns
    -------
    pandas.DataFrame
        Une ligne par paire qui se recouvre, triée par ``code_territoire`` puis ``code_iris`` :

        - ``surface_m2`` : surface commune ;
        - ``part_surface`` : ``|i∩q| / |i|``, entre 0 et 1 ;
        - ``part_population``, ``part_menages`` : part des individus et des ménages de l’IRIS
          qui vivent dans le territoire, entre 0 et 1 ; ``NaN`` sans carreau habité ;
        - ``methode`` : ``"carreaux"`` si ``part_population`` est connue, sinon ``"surface"``.

    Raises
    ------
    ErreurGeographie
        Avec tous les défauts constatés : colonne absente, code en double, projection absente,
        en degrés ou différente, géométrie absente, vide ou invalide.

    Notes
    -----
    Une intersection de moins de 1 m², ou de moins d’un millionième de l’IRIS, est un défaut
    de dessin : elle est écartée. La validité n’est vérifiée que pour les contours dont le
    rectangle touche celui d’un contour de l’autre couche ; les autres n’ont aucun effet sur le
    résultat. Les surfaces se lisent sur les arêtes (:mod:`observatoire.territoires.recouvrement`) ;
    une intersection n’est construite que pour y placer des carreaux.
    Le résultat ne dépend ni de l’ordre des lignes ni du nombre de fils d’exécution.

    La répartition par les carreaux suit Eicher et Brewer (2001), « Dasymetric mapping and
    areal interpolation » : ``w = Σ_c e_c |c∩i∩q| / Σ_c e_c |c∩i|``.
    """
    # Rectangles et validité se calculent sur d’autres fils pendant le contrôle des codes.
    rectangles = _commencer(shapely.bounds, iris)
    valides = _commencer(shapely.is_valid, territoires)
    _controler(iris, territoires, carreaux, rectangles)
    assert valides is not None
    assert rectangles is not None
    contours_iris = np.asarray(iris.geometry.values)
    paires = _croiser(iris, territoires, rectangles.result(), valides)
    parts: dict[str, Any] = {"ind": np.nan, "men": np.nan}
    if carreaux is not None and len(paires.iris):
        utiles, rang = np.unique(paires.iris, return_inverse=True)
        contours = np.asarray(territoires.geometry.values)[paires.territoire]
        morceaux = calculer_par_fils(shapely.intersection, contours_iris[paires.iris], contours)
        parts = parts_par_carreaux(contours_iris[utiles], morceaux, rang, carreaux)
    codes_t, rangs_t = _codes_et_rangs(territoires["code_territoire"], paires.territoire)
    codes_i, rangs_i = _codes_et_rangs(iris["code_iris"], paires.iris)
    connue = np.isfinite(np.broadcast_to(parts["ind"], paires.iris.shape))
    table = pd.DataFrame(
        {
            "code_territoire": pd.array(codes_t, dtype="str"),
            "code_iris": pd.array(codes_i, dtype="str"),
            "surface_m2": paires.surface_m2,
            "part_surface": paires.part_surface,
            "part_population": parts["ind"],
            "part_menages": parts["men"],
            "methode": pd.array(
                np.where(connue, Methode.CARREAUX.value, Methode.SURFACE.value), dtype="str"
            ),
        }
    )
    return table.iloc[np.lexsort((rangs_i, rangs_t))].reset_index(drop=True)


def _codes_et_rangs(codes: pd.Series, lignes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Code de chaque ligne citée et son rang alphabétique : trier des entiers est plus rapide."""
    utiles, inverse = np.unique(lignes, return_inverse=True)
    textes = np.asarray(codes.array.take(utiles), dtype=object)
    rangs = np.empty(len(utiles), dtype=np.intp)
    rangs[np.argsort(textes)] = np.arange(len(utiles))
    return textes[inverse], rangs[inverse]


def part_retenue(
    poids: pd.DataFrame, *, unite: Literal["population", "menages"] = "population"
) -> pd.Series:
    """Meilleure part connue de chaque paire : les carreaux, sinon la surface.

    Parameters
    ----------
    poids : pandas.DataFrame
        Table de :func:`calculer_poids`.
    unite : {"population", "menages"}
        ``"menages"`` pour une variable qui compte des ménages ou des logements.

    Returns
    -------
    pandas.Series of float
        Part entre 0 et 1, même index que ``poids``, nommée ``part_retenue``.
    """
    part = poids[f"part_{unite}"]
    retenue: pd.Series = part.where(part.notna(), poids["part_surface"])
    return retenue.rename("part_retenue")


def purete(
    poids: pd.DataFrame, population: pd.Series, *, colonne_poids: str | None = None
) -> pd.Series:
    """Pureté d’un territoire : à quel point ses IRIS parlent de lui et non des voisins.

    Parameters
    ----------
    poids : pandas.DataFrame
        Table de :func:`calculer_poids`.
    population : pandas.Series of float
        Habitants de chaque IRIS entier, indexée par ``code_iris``.
    colonne_poids : str, optional
        Colonne de ``poids`` à employer ; à défaut, :func:`part_retenue`.

    Returns
    -------
    pandas.Series of float
        ``purete``, entre 0 et 1, indexée par ``code_territoire`` ; ``NaN`` si la population
        d’un des IRIS manque, ou si le territoire est vide.

    Notes
    -----
    ``π_q = Σ_i (w_iq P_i / Σ_j w_jq P_j) w_iq`` : moyenne, pondérée par les habitants du
    territoire, de la part de leur IRIS qui s’y trouve. Sous 0,7 environ, l’estimation
    ponctuelle décrit surtout des gens qui habitent ailleurs : montrer les bornes.
    """
    part = part_retenue(poids) if colonne_poids is None else poids[colonne_poids]
    _controler_index_unique(population, "population")
    w = part.to_numpy(dtype=np.float64)
    habitants = w * population.reindex(poids["code_iris"]).to_numpy(dtype=np.float64)
    rangs, codes = pd.factorize(poids["code_territoire"], sort=True)
    # bincount transmet NaN : on exige qu’il ne manque aucun IRIS.
    dedans, purs = (
        np.bincount(rangs, weights=x, minlength=len(codes)) for x in (habitants, habitants * w)
    )
    index = pd.Index(codes, name="code_territoire")
    return pd.Series(purs / np.where(dedans > 0, dedans, np.nan), index=index, name="purete")


def matrice_poids(
    poids: pd.DataFrame, colonne: str = "part_surface"
) -> tuple[scipy.sparse.csr_array, pd.Index, pd.Index]:
    """Matrice creuse des poids, territoires en lignes et IRIS en colonnes.

    Parameters
    ----------
    poids : pandas.DataFrame
        Table de :func:`calculer_poids`, éventuellement complétée de :func:`part_retenue`.
    colonne : str
        Colonne des poids.

    Returns
    -------
    matrice : scipy.sparse.csr_array, shape (n_territoires, n_iris)
        Poids entre 0 et 1.
    territoires, iris : pandas.Index
        Codes des lignes et des colonnes, triés.

    Raises
    ------
    ErreurDonnees
        Si une paire est en double, ou si un poids manque (IRIS sans carreau habité).
    """
    valeurs = poids[colonne].to_numpy(dtype=np.float64)
    anomalies = []
    if manquants := int(np.isnan(valeurs).sum()):
        cites = ", ".join(poids.loc[np.isnan(valeurs), "code_iris"].astype(str).unique()[:8])
        anomalies.append(
            Anomalie(
                f"{manquants} poids manquant(s), IRIS {cites}",
                colonne=colonne,
                remede="employer part_retenue, qui revient à la surface quand il le faut",
            )
        )
    doubles = poids.duplicated(["code_territoire", "code_iris"])
    if doubles.any():
        anomalies.append(
            Anomalie(
                f"{int(doubles.sum())} paire(s) territoire × IRIS en double",
                remede="ne donner qu’une table de poids à la fois",
            )
        )
    if anomalies:
        raise ErreurDonnees("La table des poids ne peut pas former une matrice.", anomalies)
    lignes, territoires = pd.factorize(poids["code_territoire"], sort=True)
    colonnes, iris = pd.factorize(poids["code_iris"], sort=True)
    matrice = scipy.sparse.csr_array(
        (valeurs, (lignes, colonnes)), shape=(len(territoires), len(iris))
    )
    return (
        matrice,
        pd.Index(territoires, name="code_territoire"),
        pd.Index(iris, name="code_iris"),
    )


def _controler(
    iris: gpd.GeoDataFrame,
    territoires: gpd.GeoDataFrame,
    carreaux: gpd.GeoDataFrame | None,
    rectangles: Future[np.ndarray] | None,
) -> None:
    couches = [("iris", iris), ("territoires", territoires)]
    anomalies = anomalies_de_couche(iris, "iris", "code_iris", rectangles=rectangles)
    anomalies += anomalies_de_couche(territoires, "territoires", "code_territoire")
    if carreaux is not None:
        couches.append(("carreaux", carreaux))
        anomalies += anomalies_de_couche(carreaux, "carreaux", None)
        anomalies += anomalies_des_effectifs(carreaux, "carreaux")
    anomalies += anomalies_de_projection(couches)
    if anomalies:
        # La table est déjà refusée : autant dire aussi quels contours sont invalides.
        for couche, nom, colonne in (
            (iris, "iris", "code_iris"),
            (territoires, "territoires", "code_territoire"),
        ):
            if couche.active_geometry_name is not None:
                rangs = _rangs_invalides(couche)
                anomalies += _contours_invalides(couche, nom, colonne, rangs)
    refuser(anomalies)


def _contours_invalides(
    couche: gpd.GeoDataFrame, nom: str, colonne: str, fautifs: np.ndarray
) -> list[Anomalie]:
    valides = np.ones(len(couche), dtype=bool)
    valides[fautifs] = False
    return anomalies_de_validite(couche, nom, colonne, valides)


def _rangs_invalides(couche: gpd.GeoDataFrame) -> np.ndarray:
    """Rangs des contours invalides d’une couche entière."""
    contours = np.asarray(couche.geometry.values)
    presents = np.flatnonzero(~shapely.is_missing(contours))
    rangs: np.ndarray = presents[~calculer_par_fils(shapely.is_valid, contours[presents])]
    return rangs


def _commencer(
    mesure: Callable[[np.ndarray], np.ndarray], couche: gpd.GeoDataFrame
) -> Future[np.ndarray] | None:
    """Commencer une mesure des géométries d’une couche, si elle en a."""
    if couche.active_geometry_name is None:
        return None
    return lancer_sur_un_fil(mesure, np.asarray(couche.geometry.values))


def _croiser(
    iris: gpd.GeoDataFrame,
    territoires: gpd.GeoDataFrame,
    rectangles_iris: np.ndarray,
    territoires_valides: Future[np.ndarray],
) -> _Paires:
    """Paires qui se recouvrent vraiment."""
    contours = np.asarray(territoires.geometry.values)
    proches = np.flatnonzero(rectangles_voisins(rectangles_iris, shapely.bounds(contours)))
    voisins = np.asarray(iris.geometry.values)[proches]
    t, i = shapely.STRtree(voisins).query(contours)
    if not len(t):
        return _Paires(t, i, np.empty(0), np.empty(0))
    utiles, i = np.unique(i, return_inverse=True)
    voisins = voisins[utiles]
    # Les arêtes se lisent pendant que la validité se vérifie ; d’un contour invalide, elles sont jetées.
    lectures = [lancer_sur_un_fil(lire_aretes, c) for c in (voisins, contours)]
    rangs_iris = proches[utiles]
    fautifs_i = rangs_iris[~calculer_par_fils(shapely.is_valid, voisins)]
    fautifs_t = np.intersect1d(np.flatnonzero(~territoires_valides.result()), t)
    refuser(
        _contours_invalides(iris, "iris", "code_iris", fautifs_i)
        + _contours_invalides(territoires, "territoires", "code_territoire", fautifs_t)
    )
    aretes_iris, aretes_territoires = (lecture.result() for lecture in lectures)

    def croiser(tranche: slice) -> np.ndarray:
        return surfaces_communes(aretes_iris, aretes_territoires, i[tranche], t[tranche])

    surfaces = np.concatenate(parcourir_par_fils(croiser, len(t)))
    # L’arrondi peut donner 1 + 1e-16 quand l’IRIS est entièrement dedans.
    parts = np.minimum(surfaces / shapely.area(voisins)[i], 1.0)
    gardees = (surfaces >= _SURFACE_MINIMALE_M2) & (parts >= _PART_MINIMALE)
    colonnes = (rangs_iris[i], t, surfaces, parts)
    return _Paires(*(c[gardees] for c in colonnes))


def _controler_index_unique(serie: pd.Series, nom: str) -> None:
    if not serie.index.is_unique:
        doubles = ", ".join(str(c) for c in serie.index[serie.index.duplicated()].unique()[:8])
        raise ErreurDonnees(
            f"La table « {nom} » a plusieurs lignes pour un même IRIS ({doubles}) : "
            "retirer les doublons."
        )
