"""Tissu urbain : îlots typés, communes, IRIS, secteurs, rivière et décor (EPSG:2154)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from shapely import MultiPolygon, Polygon

from observatoire.ville_fictive import decoupage, parametres, quartiers, trame
from observatoire.ville_fictive.typologie import ZONES_SPECIALES, typer_ilots

Deformer = Callable[[trame.Tableau], trame.Tableau]
CRS_PROJETE = "EPSG:2154"
SURFACE_ECLAT_M2 = 3000.0
DEMI_LARGEUR_RIVIERE_M = 34.0


@dataclass(frozen=True)
class Fabrique:
    """Géométries de la ville fictive, en EPSG:2154.

    Attributes
    ----------
    ilots : GeoDataFrame
        Îlots : `commune, typologie, densite, desavantage, hlm, iris`.
    iris, communes, secteurs, qpv_2024, qpv_2015, hydrographie : GeoDataFrame
        Couches diffusées.
    origine : tuple of float
        Coordonnées projetées du centre de la ville (mètres).
    """

    ilots: gpd.GeoDataFrame
    iris: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame
    secteurs: gpd.GeoDataFrame
    qpv_2024: gpd.GeoDataFrame
    qpv_2015: gpd.GeoDataFrame
    hydrographie: gpd.GeoDataFrame
    origine: tuple[float, float]


def fabriquer_tissu(alea: np.random.Generator) -> Fabrique:
    """Construit toutes les géométries de la ville fictive.

    Parameters
    ----------
    alea : numpy.random.Generator
        Source d’aléa ; une même graine donne les mêmes géométries.

    Returns
    -------
    Fabrique
        Couches en EPSG:2154.
    """
    x0, y0 = pyproj.Transformer.from_crs("EPSG:4326", CRS_PROJETE, always_xy=True).transform(
        parametres.LON_CENTRE, parametres.LAT_CENTRE
    )
    origine = (float(np.round(x0, -2)), float(np.round(y0, -2)))
    onde = trame.Deformation(alea)

    def deformer(points: trame.Tableau) -> trame.Tableau:
        return np.asarray(onde(points) + np.array(origine))

    limites = trame.tracer_limites()
    ilots = _tracer_ilots(limites, deformer, alea)
    riviere = _tracer_riviere(deformer)
    ilots = _affecter_communes(ilots, limites, deformer)
    ilots["x"], ilots["y"] = ilots.centroid.x - origine[0], ilots.centroid.y - origine[1]
    ilots["rive_sud"] = ilots.representative_point().within(_tracer_rive_sud(deformer))
    ilots = quartiers.marquer_quartiers(ilots)
    ilots = typer_ilots(ilots, alea)
    ilots = decoupage.affecter_iris(ilots, ZONES_SPECIALES)
    iris = _assembler_iris(ilots)
    communes = _assembler_communes(ilots, deformer)
    emprise = communes.union_all()
    hydro = gpd.GeoDataFrame(
        {
            "cleabs": ["SURFHYDR0000000000000001"],
            "nature": ["Ecoulement naturel"],
            "toponyme": ["la Brume"],
        },
        geometry=[riviere.intersection(emprise)],
        crs=CRS_PROJETE,
    )
    return Fabrique(
        ilots=ilots,
        iris=iris,
        communes=communes,
        secteurs=_assembler_secteurs(iris),
        qpv_2024=quartiers.tracer_qpv(ilots, "qpv_2024", parametres.QPV_2024),
        qpv_2015=quartiers.tracer_qpv(ilots, "qpv_2015", parametres.QPV_2015),
        hydrographie=hydro,
        origine=origine,
    )


def _tracer_ilots(
    limites: trame.Limites, deformer: Deformer, alea: np.random.Generator
) -> gpd.GeoDataFrame:
    """Découpe les communes habitées en îlots, plus fins au centre qu’en périphérie."""
    emprise = shapely.unary_union([limites.ville, limites.bourg, limites.voisine])
    contours = [
        limites.ville.exterior,
        *(shapely.boundary(p) for p in (limites.bourg, limites.voisine)),
    ]
    lignes = [ligne.intersection(emprise) for ligne in trame.tracer_arteres(alea)]
    reseau = shapely.unary_union([*contours, *lignes], grid_size=0.01)
    noeuds = list(shapely.get_parts(reseau))
    quartiers_bruts = shapely.get_parts(shapely.polygonize(noeuds))
    ilots: list[Polygon] = []
    for quartier in quartiers_bruts:
        if emprise.contains(quartier.representative_point()):
            ilots.extend(trame.fendre(quartier, _taille_ilot, _desordre, alea))
    polygones = trame.nouer_et_deformer(ilots, deformer)
    return gpd.GeoDataFrame(geometry=polygones, crs=CRS_PROJETE)


def _taille_ilot(polygone: Polygon) -> float:
    """Surface visée d’un îlot (mètres carrés) selon sa distance au centre le plus proche."""
    x, y = polygone.centroid.coords[0]
    ville = float(np.hypot(x, y))
    if ville < 3000.0 and y < 2900.0:
        return float(
            np.interp(
                ville,
                [0.0, 600.0, 1100.0, 1700.0, 2600.0],
                [5500.0, 8000.0, 13_000.0, 19_000.0, 34_000.0],
            )
        )
    proche = min(np.hypot(x - c[0], y - c[1]) for c in (trame.CENTRE_VOISINE, trame.CENTRE_BOURG))
    return float(
        np.interp(proche, [0.0, 500.0, 900.0, 1600.0], [11_000.0, 18_000.0, 60_000.0, 180_000.0])
    )


def _desordre(polygone: Polygon) -> float:
    """Désordre des coupes (radians) : plus fort dans le centre ancien."""
    distance = float(np.hypot(*polygone.centroid.coords[0]))
    return float(np.interp(distance, [0.0, 700.0, 1500.0], [0.24, 0.14, 0.08]))


def _tracer_riviere(deformer: Deformer) -> Polygon:
    """Surface en eau : deux rives décalées de l’axe, d’une largeur un peu variable."""
    axe = shapely.get_coordinates(shapely.transform(trame.axe_riviere(), deformer))
    tangente = np.gradient(axe, axis=0)
    normale = np.column_stack([-tangente[:, 1], tangente[:, 0]]) / np.hypot(*tangente.T)[:, None]
    rang = np.arange(len(axe))
    gauche = DEMI_LARGEUR_RIVIERE_M * (1.0 + 0.20 * np.sin(rang / 8.0))
    droite = DEMI_LARGEUR_RIVIERE_M * (1.0 + 0.20 * np.sin(rang / 6.0 + 1.0))
    rives = [axe + normale * gauche[:, None], (axe - normale * droite[:, None])[::-1]]
    return shapely.set_precision(Polygon(np.round(np.vstack(rives), 1)), 0.1)


def _tracer_rive_sud(deformer: Deformer) -> Polygon:
    """Demi-plan au sud de l’axe de la rivière, déformé comme le reste."""
    axe = shapely.get_coordinates(trame.axe_riviere())
    sud = Polygon([*axe, (11_000.0, -12_000.0), (-11_000.0, -12_000.0)])
    return shapely.transform(sud, deformer)


def _affecter_communes(
    ilots: gpd.GeoDataFrame, limites: trame.Limites, deformer: Deformer
) -> gpd.GeoDataFrame:
    """Donne sa commune à chaque îlot (le contour des communes est une ligne de la trame)."""
    ilots = ilots.copy()
    ilots["commune"] = ""
    reperes = ilots.representative_point()
    for code, contour in (
        (parametres.CODE_VILLE, limites.ville),
        (parametres.CODE_BOURG, limites.bourg),
        (parametres.CODE_VOISINE, limites.voisine),
    ):
        deforme = shapely.transform(shapely.segmentize(contour, 20.0), deformer)
        ilots.loc[reperes.within(deforme), "commune"] = code
    # Un éclat né de la déformation d’une limite commune revient à la commune la plus proche ;
    # une face plus grande sans commune est un vide entre deux contours.
    eclats = ilots.index[(ilots["commune"] == "") & (ilots.area < SURFACE_ECLAT_M2)]
    connus = ilots[ilots["commune"] != ""]
    proches = connus.sindex.nearest(ilots.geometry[eclats], return_all=False)[1]
    ilots.loc[eclats, "commune"] = connus["commune"].to_numpy()[proches]
    return ilots[ilots["commune"] != ""].reset_index(drop=True)


def _assembler_iris(ilots: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Réunit les îlots en IRIS, au format des contours de l’IGN (champs de la version 3)."""
    reunis = ilots.dissolve(
        "iris",
        aggfunc={"commune": "first", "nom_iris": "first", "type_iris": "first"},
        method="coverage",
    )
    reunis = reunis.sort_index()
    codes = [str(c) for c in reunis.index]
    return gpd.GeoDataFrame(
        {
            "cleabs": [f"IRIS____{c.zfill(16)}" for c in codes],
            "code_insee": reunis["commune"].to_numpy(),
            "nom_commune": reunis["commune"].map(parametres.COMMUNES).to_numpy(),
            "iris": [c[5:] for c in codes],
            "code_iris": codes,
            "nom_iris": reunis["nom_iris"].to_numpy(),
            "type_iris": reunis["type_iris"].to_numpy(),
        },
        geometry=[_en_multipolygone(g) for g in reunis.geometry],
        crs=CRS_PROJETE,
    )


def _assembler_communes(ilots: gpd.GeoDataFrame, deformer: Deformer) -> gpd.GeoDataFrame:
    """Réunit les îlots en communes et ajoute autour les communes de décor, vides d’habitants."""
    habitees = ilots.dissolve("commune", method="coverage").sort_index()
    centre = habitees.union_all()
    grand = trame.tracer_etoile(
        (-200.0, 250.0), 7600.0, ((2, 0.07, 0.4), (3, 0.05, 1.7), (11, 0.01, 0.0)), 240
    )
    noms = list(parametres.COMMUNES_DECOR.items())
    angles = np.array([0.35, 1.35, 2.45, 3.35, 4.25, 5.25, 0.35 + 2.0 * np.pi])
    formes = []
    for depart, arrivee in pairwise(angles):
        arc = np.linspace(depart, arrivee, 24)
        coin = Polygon([(0.0, 0.0), *zip(12_000 * np.cos(arc), 12_000 * np.sin(arc), strict=True)])
        forme = shapely.transform(shapely.segmentize(coin.intersection(grand), 90.0), deformer)
        reste = shapely.set_precision(forme.difference(centre), 0.1)
        formes.append(max(shapely.get_parts(reste), key=lambda p: p.area))
    return gpd.GeoDataFrame(
        {
            "code": [*habitees.index, *(c for c, _ in noms)],
            "nom": [*(parametres.COMMUNES[str(c)] for c in habitees.index), *(n for _, n in noms)],
        },
        geometry=[*habitees.geometry, *formes],
        crs=CRS_PROJETE,
    )


def _assembler_secteurs(iris: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Réunit les IRIS de la ville en secteurs (cinquième à septième chiffres du code)."""
    ville = iris[iris["code_insee"] == parametres.CODE_VILLE].copy()
    ville["code"] = ville["code_iris"].str[:7]
    reunis = (
        ville[["code", "geometry"]].dissolve("code", method="coverage").sort_index().reset_index()
    )
    reunis["nom"] = [f"Secteur {int(c[5:])} - {parametres.SECTEURS[c[5:]]}" for c in reunis["code"]]
    return reunis[["code", "nom", "geometry"]]


def _en_multipolygone(forme: Polygon | MultiPolygon) -> MultiPolygon:
    """Le contour d’un IRIS est toujours un MultiPolygon chez l’IGN."""
    return forme if isinstance(forme, MultiPolygon) else MultiPolygon([forme])
