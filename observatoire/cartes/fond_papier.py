"""Couches d’une carte imprimée : terre, communes, eau, zones, secteurs, quartiers.

Les géométries sont d’abord portées en millimètres sur la feuille, puis tracées d’un
bloc par couche : une carte de ville se dessine ainsi en une fraction de seconde.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.path import Path as Trace
from shapely.geometry.base import BaseGeometry

from observatoire.cartes import palettes
from observatoire.cartes.mise_en_page import Cadre, Feuille
from observatoire.cartes.modeles import Aspect, VueCarte

__all__ = ["CarteCadree", "cadrer", "dessiner_couches", "motif", "rayon_maximal", "tracer"]

Geometries: TypeAlias = np.ndarray[Any, np.dtype[np.object_]]

_MARGE = 6.0
_DETAIL = 0.02
"""Détails plus petits que 0,02 mm : invisibles à 300 points par pouce (0,085 mm)."""
_PART_VILLE_COUVERTE = 0.5
_PART_SECTEURS = 0.9
_PART_CERCLES = 0.26
_ABORDS_MIN_M = 350.0
_PART_ABORDS = 0.35
"""Autour d’un quartier, on montre au moins le tiers de sa taille : les IRIS voisins se comparent."""
_RAYON_MAX = 8.0
TRAIT_SECTEUR = "#3a4152"
CONTOUR_VILLE = "#8b91a0"


@dataclass(frozen=True, slots=True)
class CarteCadree:
    """Couches en millimètres sur la feuille, et échelle (mm par mètre)."""

    cadre: Cadre
    mm_par_metre: float
    zones: Geometries
    qpv: Geometries
    secteurs: Geometries
    communes: Geometries
    noms_communes: tuple[str, ...]
    eau: Geometries
    ville: BaseGeometry
    lieux: np.ndarray[Any, np.dtype[np.float64]] = field(default_factory=lambda: np.zeros((0, 2)))
    """Position (n × 2) des lieux de la vue, hors du cadre compris."""


def _emprise_ville(vue: VueCarte) -> BaseGeometry:
    """Surface de la ville : ses zones, ses secteurs, sinon sa commune.

    Des quartiers prioritaires seuls ne dessinent pas la ville : on prend alors la couche
    la plus fine qui la couvre, pour que les limites se superposent.
    """
    zones = _reunir(vue.zones)
    commune = _reunir(vue.communes.loc[vue.communes["nom"] == vue.nom_ville])
    secteurs = _reunir(vue.secteurs)
    surface = max(commune.area, secteurs.area)
    if zones.area >= _PART_VILLE_COUVERTE * surface:
        return zones
    return secteurs if secteurs.area >= _PART_SECTEURS * surface else commune


def _reunir(couche: gpd.GeoDataFrame) -> BaseGeometry:
    return shapely.union_all(shapely.make_valid(couche.geometry.to_numpy()))


def cadrer(vue: VueCarte, cadre: Cadre, *, bande: float = 0.0) -> CarteCadree:
    """Porter toutes les couches en millimètres, la ville centrée et la plus grande possible.

    Parameters
    ----------
    vue : VueCarte
        Carte à dessiner ; couches dans une même projection légale, en mètres.
    cadre : Cadre
        Rectangle de la feuille réservé à la carte.
    bande : float
        Hauteur (mm) laissée libre sous la ville.
    """
    ville = _emprise_ville(vue)
    x0, y0, x1, y1 = _bornes_cadrees(vue, ville)
    echelle = min(
        (cadre.largeur - 2 * _MARGE) / max(x1 - x0, 1.0),
        (cadre.hauteur - 2 * _MARGE - bande) / max(y1 - y0, 1.0),
    )
    milieu_x, milieu_y = cadre.x + cadre.largeur / 2, cadre.y + (cadre.hauteur - bande) / 2

    def porter(couche: gpd.GeoDataFrame | Sequence[BaseGeometry]) -> Geometries:
        formes = couche.geometry.to_numpy() if isinstance(couche, gpd.GeoDataFrame) else couche
        return np.asarray(
            shapely.transform(
                np.asarray(formes, dtype=object),
                lambda c: np.stack(
                    [
                        milieu_x + (c[:, 0] - (x0 + x1) / 2) * echelle,
                        milieu_y - (c[:, 1] - (y0 + y1) / 2) * echelle,
                    ],
                    axis=1,
                ),
            )
        )

    communes, visibles = _couper(porter(vue.communes), cadre)
    eau, _ = _couper(porter(vue.eau), cadre)
    return CarteCadree(
        cadre=cadre,
        mm_par_metre=echelle,
        zones=_couper(porter(vue.zones), cadre, garder_vides=True)[0],
        qpv=_couper(porter(vue.qpv), cadre, garder_vides=True)[0],
        secteurs=_couper(porter(vue.secteurs), cadre)[0],
        communes=communes,
        noms_communes=tuple(vue.communes["nom"].to_numpy()[visibles]),
        eau=eau,
        # Referme les jours d’un dixième de millimètre entre zones voisines.
        ville=_couper(porter([ville]), cadre, garder_vides=True)[0][0].buffer(0.1).buffer(-0.1),
        lieux=shapely.get_coordinates(porter(vue.lieux if vue.lieux is not None else [])),
    )


def _bornes_cadrees(vue: VueCarte, ville: BaseGeometry) -> tuple[float, float, float, float]:
    """Emprise (mètres) que la carte montre : la ville, ou un quartier et ses abords."""
    choisis = vue.qpv["code_territoire"].astype(str).eq(vue.centre) if vue.centre else None
    if choisis is None or not choisis.any():
        x0, y0, x1, y1 = ville.bounds
    else:
        x0, y0, x1, y1 = vue.qpv.loc[choisis].total_bounds
        abords = max(_ABORDS_MIN_M, _PART_ABORDS * max(x1 - x0, y1 - y0))
        x0, y0, x1, y1 = x0 - abords, y0 - abords, x1 + abords, y1 + abords
    return float(x0), float(y0), float(x1), float(y1)


def _couper(
    formes: Geometries, cadre: Cadre, *, garder_vides: bool = False
) -> tuple[Geometries, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Couper des formes au cadre ; dire lesquelles y apparaissent."""
    if not len(formes):
        return formes, np.zeros(0, dtype=bool)
    boite = shapely.box(cadre.x, cadre.y, cadre.droite, cadre.bas)
    visibles = shapely.intersects(formes, boite)
    if garder_vides:
        visibles[:] = True
    formes = shapely.simplify(shapely.make_valid(formes[visibles]), _DETAIL)
    return shapely.intersection(formes, boite), visibles


def tracer(forme: BaseGeometry) -> Trace | None:
    """Convertir des polygones en un tracé, trous compris ; ``None`` s’il n’y en a pas."""
    # La forme normale oriente les trous à l’inverse des contours : ils restent vides.
    sommets, codes = [], []
    for partie in shapely.get_parts(shapely.normalize(forme)):
        if not isinstance(partie, shapely.Polygon) or partie.is_empty:
            continue
        for anneau in shapely.get_rings(partie):
            points = shapely.get_coordinates(anneau)
            sommets.append(points)
            codes.append(
                np.array(
                    [Trace.MOVETO, *[Trace.LINETO] * (len(points) - 2), Trace.CLOSEPOLY],
                    dtype=np.uint8,
                )
            )
    return Trace(np.concatenate(sommets), np.concatenate(codes)) if sommets else None


def _tracer_tout(formes: Iterable[BaseGeometry]) -> list[Trace]:
    return [t for t in map(tracer, formes) if t is not None]


def _brisees(formes: Iterable[BaseGeometry]) -> list[np.ndarray[Any, np.dtype[np.float64]]]:
    """Lignes brisées de formes quelconques (contours des polygones)."""
    lignes = []
    for forme in formes:
        contour = forme.boundary if forme.geom_type.endswith("Polygon") else forme
        lignes += [
            shapely.get_coordinates(partie)
            for partie in shapely.get_parts(contour)
            if partie.geom_type in ("LineString", "LinearRing") and not partie.is_empty
        ]
    return lignes


def motif(
    feuille: Feuille, forme: BaseGeometry, aspect: Aspect, *, fond: str = "", ordre: float = 4
) -> None:
    """Garnir une surface selon son aspect : hachures, tirets ou points ; ``fond`` est sa couleur.

    Les hachures sont de vraies lignes coupées à la forme : même pas et même épaisseur
    sur tous les supports et à toutes les tailles.
    """
    if forme.is_empty:
        return
    if aspect is Aspect.SECRET:
        feuille.lignes(_brisees([_hachures(forme)]), palettes.HACHURE, 0.55, ordre=ordre)
    elif aspect is Aspect.ABSENT:
        interieur = forme.buffer(-0.25)
        feuille.lignes(_brisees([interieur]), palettes.TEXTE_SECOND, 0.5, tirets=True, ordre=ordre)
    elif aspect is Aspect.INCERTAIN:
        feuille.surfaces(_tracer_tout([_points(forme)]), palettes.HACHURE, ordre=ordre)
    elif aspect is Aspect.INDICATIF:
        couleur = palettes.couleur_des_points(fond or palettes.FOND_ASPECT[aspect])
        points = _tracer_tout([_points(forme, 1.5, 0.19)])
        feuille.surfaces(points, couleur, ordre=ordre)


def _hachures(forme: BaseGeometry, pas: float = 1.35) -> BaseGeometry:
    x0, y0, x1, y1 = forme.bounds
    hauteur = y1 - y0
    # Un réseau calé sur la feuille, pas sur la forme : les hachures se raccordent.
    debut = np.floor((x0 + y0) / pas) * pas
    departs = np.arange(debut, x1 + y0 + hauteur + pas, pas)
    segments = [[(d - y0, y0), (d - y1, y1)] for d in departs]
    return shapely.intersection(shapely.multilinestrings(segments), forme)


def _points(forme: BaseGeometry, pas: float = 1.6, rayon: float = 0.22) -> BaseGeometry:
    x0, y0, x1, y1 = forme.bounds
    x, y = np.meshgrid(
        np.arange(np.floor(x0 / pas) * pas, x1 + pas, pas),
        np.arange(np.floor(y0 / pas) * pas, y1 + pas, pas),
    )
    x = x + np.where(np.round(y / pas) % 2, pas / 2, 0)
    dedans = shapely.contains_xy(forme.buffer(-0.3), x, y)
    return shapely.union_all(
        shapely.buffer(shapely.points(x[dedans], y[dedans]), rayon, quad_segs=4)
    )


def rayon_maximal(carte: CarteCadree, rayons_relatifs: np.ndarray[Any, np.dtype[Any]]) -> float:
    """Rayon (mm) du plus grand cercle, pour que l’ensemble couvre un quart de la ville."""
    somme = float(np.nansum(np.square(rayons_relatifs)))
    if somme <= 0:
        return _RAYON_MAX
    return float(min(_RAYON_MAX, np.sqrt(_PART_CERCLES * carte.ville.area / (np.pi * somme))))


def dessiner_couches(
    feuille: Feuille, vue: VueCarte, carte: CarteCadree, *, rayon: float | None = None
) -> None:
    """Tracer toutes les couches, de la terre voisine aux quartiers prioritaires.

    ``rayon`` (mm) est celui du plus grand cercle d’une carte d’effectifs ; calculé sinon.
    """
    _dessiner_alentours(feuille, carte)
    _dessiner_zones(feuille, vue, carte)
    _dessiner_eau(feuille, carte)
    feuille.lignes(_contours(carte, carte.secteurs), TRAIT_SECTEUR, 0.7, opacite=0.55, ordre=6)
    feuille.lignes(_contours(carte, [carte.ville]), CONTOUR_VILLE, 0.7, ordre=7)
    if vue.est_stock:
        _dessiner_cercles(feuille, vue, carte, rayon)
    contours = _contours(carte, carte.qpv)
    feuille.lignes(contours, "white", 3.2, ordre=13)
    feuille.lignes(contours, palettes.QPV, 1.35, ordre=14)


def _contours(
    carte: CarteCadree, formes: Iterable[BaseGeometry]
) -> list[np.ndarray[Any, np.dtype[np.float64]]]:
    """Contours des formes, sans le bord du cadre qui les coupe."""
    cadre = carte.cadre
    bord = shapely.box(cadre.x, cadre.y, cadre.droite, cadre.bas).boundary.buffer(0.05)
    return _brisees([shapely.difference(shapely.boundary(f), bord) for f in formes])


def _dessiner_alentours(feuille: Feuille, carte: CarteCadree) -> None:
    feuille.rectangle(carte.cadre, palettes.TERRE, ordre=0)
    # Les limites s’arrêtent à la ville : deux généralisations ne se superposent jamais.
    autour = carte.ville.buffer(1.6)
    limites = shapely.difference(shapely.boundary(carte.communes), autour)
    boite = shapely.box(carte.cadre.x, carte.cadre.y, carte.cadre.droite, carte.cadre.bas)
    interieures = [shapely.difference(forme, boite.boundary.buffer(0.05)) for forme in limites]
    feuille.lignes(_brisees(interieures), "white", 1.3, ordre=1)
    ville = tracer(shapely.intersection(carte.ville.buffer(0.7), boite))
    if ville is not None:
        feuille.surfaces([ville], "white", ordre=2)


def _dessiner_zones(feuille: Feuille, vue: VueCarte, carte: CarteCadree) -> None:
    fond_ville = tracer(carte.ville)
    if fond_ville is not None:
        feuille.surfaces([fond_ville], palettes.SANS_LOGEMENT if vue.est_stock else "#fbfaf8")
    traces, couleurs = [], []
    aspects = [Aspect(a) for a in vue.zones["aspect"]]
    for forme, couleur, aspect in zip(carte.zones, vue.zones["couleur"], aspects, strict=True):
        trace = tracer(forme)
        if trace is not None:
            traces.append(trace)
            # Sous des cercles, seule une teinte neutre laisse lire les surfaces.
            fond = palettes.IVOIRE if vue.est_stock else str(couleur)
            couleurs.append(palettes.FOND_ASPECT.get(aspect, fond))
    feuille.surfaces(traces, couleurs, trait="white", epaisseur=0.55, ordre=3)
    for aspect in (Aspect.SECRET, Aspect.ABSENT, Aspect.INCERTAIN):
        concernees = carte.zones[np.array([a is aspect for a in aspects], dtype=bool)]
        if len(concernees):
            # Forme par forme pour les tirets, qui suivent chaque limite.
            groupes = concernees if aspect is Aspect.ABSENT else [shapely.union_all(concernees)]
            for forme in groupes:
                motif(feuille, forme, aspect)
    # Une vue qui ne montre pas d’écart (grappes, groupes de carreaux) n’a pas de doute à marquer.
    if "indicatif" not in vue.zones:
        return
    marquees = vue.zones["couleur"].where(vue.zones["indicatif"])
    for couleur in palettes.COULEURS_ECARTS:
        douteuses = (marquees == couleur).to_numpy(bool)
        if douteuses.any():
            forme = shapely.union_all(carte.zones[douteuses])
            motif(feuille, forme, Aspect.INDICATIF, fond=couleur)


def _dessiner_eau(feuille: Feuille, carte: CarteCadree) -> None:
    surfaces = [f for f in carte.eau if f.geom_type.endswith("Polygon")]
    feuille.surfaces(_tracer_tout(surfaces), palettes.EAU, ordre=5)
    cours = [f for f in carte.eau if not f.geom_type.endswith("Polygon")]
    feuille.lignes(_brisees(cours), palettes.EAU, 1.6, ordre=5)


def _dessiner_cercles(
    feuille: Feuille, vue: VueCarte, carte: CarteCadree, rayon_impose: float | None
) -> None:
    relatifs = vue.zones["rayon_relatif"].to_numpy(dtype=float)
    maximal = rayon_maximal(carte, relatifs) if rayon_impose is None else rayon_impose
    points = shapely.point_on_surface(carte.zones)
    # Les grands d’abord : un petit cercle n’est jamais caché.
    for rang in np.argsort(-relatifs, kind="stable"):
        if not (np.isfinite(relatifs[rang]) and relatifs[rang] > 0) or points[rang].is_empty:
            continue
        rayon = maximal * relatifs[rang]
        x, y = shapely.get_x(points[rang]), shapely.get_y(points[rang])
        # Une zone coupée par le cadre garde son cercle entier, à l’intérieur.
        x = min(max(x, carte.cadre.x + rayon), carte.cadre.droite - rayon)
        y = min(max(y, carte.cadre.y + rayon), carte.cadre.bas - rayon)
        feuille.cercle(x, y, rayon, palettes.STOCK, opacite=0.88)
