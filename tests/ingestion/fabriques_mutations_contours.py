"""Mutations de contours : GeoJSON de quartiers, GeoPackage d’IRIS."""

from __future__ import annotations

import copy
import json
import math
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from fabriques_mutations import Mutation, geojson_mute, zipper

__all__ = ["DECALES", "IRIS", "QUARTIERS", "QUARTIERS_OTES"]

_Document = dict[str, Any]


# --- GeoJSON ------------------------------------------------------------------------


def _points(forme: Callable[[list[float]], list[Any]], *, tous: bool = True) -> Mutation:
    """Changer chaque point, de tous les objets ou du premier."""

    def descendre(coordonnees: list[Any]) -> list[Any]:
        if isinstance(coordonnees[0], int | float):
            return forme(coordonnees)
        return [descendre(c) for c in coordonnees]

    def geste(document: _Document) -> None:
        for objet in document["features"] if tous else document["features"][:1]:
            objet["geometry"]["coordinates"] = descendre(objet["geometry"]["coordinates"])

    return geojson_mute(geste)


def _anneau(geste: Callable[[list[list[float]]], None]) -> Mutation:
    """Changer le premier anneau du premier objet."""

    def changer(document: _Document) -> None:
        anneau = document["features"][0]["geometry"]["coordinates"]
        while not isinstance(anneau[0][0], int | float):
            anneau = anneau[0]
        geste(anneau)

    return geojson_mute(changer)


def _geometrie(valeur: object) -> Mutation:
    return geojson_mute(lambda d: d["features"][0].__setitem__("geometry", valeur))


def _propriete(cle: str, valeur: object) -> Mutation:
    def geste(document: _Document) -> None:
        proprietes = document["features"][0]["properties"]
        proprietes[cle] = valeur(proprietes[cle]) if callable(valeur) else valeur

    return geojson_mute(geste)


def _colonne(cle: str, neuve: str) -> Mutation:
    """Renommer une colonne, ou l’ôter si le nouveau nom est vide."""

    def geste(document: _Document) -> None:
        for objet in document["features"]:
            valeur = objet["properties"].pop(cle)
            if neuve:
                objet["properties"][neuve] = valeur

    return geojson_mute(geste)


def _crs(nom: str) -> Mutation:
    crs = {"type": "name", "properties": {"name": nom}}
    return geojson_mute(lambda d: d.__setitem__("crs", crs))


def _en_lambert(octets: bytes, _: Random) -> bytes:
    couche = gpd.GeoDataFrame.from_features(json.loads(octets)["features"], crs=4326).to_crs(2154)
    document = json.loads(couche.to_json())
    document.pop("crs", None)
    return json.dumps(document).encode()


def _papillon(anneau: list[list[float]]) -> None:
    quart = len(anneau) // 4
    anneau[quart : 3 * quart] = anneau[quart : 3 * quart][::-1]


QUARTIERS: dict[str, tuple[Mutation, str]] = {
    "axes permutés": (_points(lambda c: [c[1], c[0]]), "refuse"),
    "axes permutés d’un objet": (_points(lambda c: [c[1], c[0]], tous=False), "refuse"),
    "coordonnée NaN": (_anneau(lambda a: a[1].__setitem__(0, math.nan)), "refuse"),
    "coordonnée infinie": (_anneau(lambda a: a[1].__setitem__(0, math.inf)), "refuse"),
    "tout en NaN": (_points(lambda _: [math.nan, math.nan], tous=False), "refuse"),
    "coordonnées en texte": (_points(lambda c: [str(x) for x in c], tous=False), "refuse"),
    "radians": (_points(lambda c: [math.radians(x) for x in c]), "refuse"),
    "décalage d’un degré": (_points(lambda c: [c[0] + 1, c[1]]), "refuse"),
    "un objet déplacé": (_points(lambda c: [c[0] + 0.2, c[1]], tous=False), "refuse"),
    "trois dimensions": (_points(lambda c: [*c, 120.0]), "identique"),
    "quatre dimensions": (_points(lambda c: [*c, 1.0, 2.0]), "identique"),
    "altitude NaN": (_points(lambda c: [*c, math.nan]), "identique"),
    "géométrie nulle": (_geometrie(None), "refuse"),
    "polygone vide": (_geometrie({"type": "Polygon", "coordinates": []}), "refuse"),
    "collection vide": (_geometrie({"type": "GeometryCollection", "geometries": []}), "refuse"),
    "point": (_geometrie({"type": "Point", "coordinates": [-3.5, 46.0]}), "refuse"),
    "ligne": (_geometrie({"type": "LineString", "coordinates": [[-3.5, 46], [-3.4, 46]]}), "refuse"),
    "anneau non fermé": (_anneau(lambda a: a.pop()), "refuse"),
    "anneau de deux points": (_anneau(lambda a: a.__delitem__(slice(2, None))), "refuse"),
    "anneau retourné": (_anneau(lambda a: a.reverse()), "identique"),
    "point double": (_anneau(lambda a: a.insert(1, list(a[1]))), "identique"),
    "anneau croisé": (_anneau(_papillon), "signale"),
    "projection omise": (geojson_mute(lambda d: d.pop("crs")), "identique"),
    "projection Lambert 93 fausse": (_crs("urn:ogc:def:crs:EPSG::2154"), "refuse"),
    "projection Mercator fausse": (_crs("urn:ogc:def:crs:EPSG::3857"), "refuse"),
    "projection RGF 93 en degrés": (_crs("urn:ogc:def:crs:EPSG::4171"), "identique"),
    "Lambert 93 sans le dire": (_en_lambert, "refuse"),
    "code en minuscules": (_propriete("code_qp", str.lower), "refuse"),
    "code en double": (_propriete("code_qp", "QN00002M"), "refuse"),
    "code nul": (_propriete("code_qp", None), "refuse"),
    "code en nombre": (_propriete("code_qp", 1), "refuse"),
    "code tronqué": (_propriete("code_qp", lambda c: c[:-1]), "refuse"),
    "code entouré de blancs": (_propriete("code_qp", lambda c: f" {c} "), "identique"),
    "commune en nombre": (_propriete("insee_com", 1), "refuse"),
    "commune sans zéros": (_propriete("insee_com", "1"), "refuse"),
    "commune flottante": (_propriete("insee_com", 1.5), "signale"),
    "commune nulle": (_propriete("insee_com", None), "signale"),
    "commune vide": (_propriete("insee_com", ""), "signale"),
    "vraie liste de communes": (_propriete("insee_com", lambda c: c.replace(" ", "").split(",")), "identique"),
    "nom nul": (_propriete("lib_qp", None), "signale"),
    "nom encodé deux fois": (_propriete("lib_qp", lambda c: c.encode().decode("latin-1")), "signale"),
    "nom à losanges": (_propriete("lib_qp", lambda c: c.replace("é", "\ufffd")), "signale"),
    "colonne des codes ôtée": (_colonne("code_qp", ""), "signale"),
    "colonne des noms ôtée": (_colonne("lib_qp", ""), "signale"),
    "colonne des communes ôtée": (_colonne("insee_com", ""), "signale"),
    "colonne des codes renommée": (_colonne("code_qp", "code"), "signale"),
    "colonne en capitales": (_colonne("code_qp", "CODE_QP"), "identique"),
    "objet en double": (geojson_mute(lambda d: d["features"].append(copy.deepcopy(d["features"][0]))), "refuse"),
    "objets retournés": (geojson_mute(lambda d: d["features"].reverse()), "identique"),
    "aucun objet": (geojson_mute(lambda d: d["features"].clear()), "signale"),
    "objet nul": (geojson_mute(lambda d: d["features"].insert(0, None)), "identique"),
    "propriétés nulles": (geojson_mute(lambda d: d["features"][0].__setitem__("properties", None)), "signale"),
    "sans type": (geojson_mute(lambda d: d.pop("type")), "refuse"),
    "liste nue": (lambda o, _: json.dumps(json.loads(o)["features"]).encode(), "signale"),
    "un objet par ligne": (lambda o, _: b"\n".join(json.dumps(f).encode() for f in json.loads(o)["features"]), "signale"),
    "TopoJSON": (lambda _, __: b'{"type":"Topology","objects":{}}', "signale"),
    "accolades": (lambda _, __: b"{}", "signale"),
    "coupé au milieu": (lambda o, _: o[: len(o) // 2], "refuse"),
    "coupé au hasard": (lambda o, alea: o[: alea.randrange(len(o) // 2, len(o) - 9)], "refuse"),
    "accolade finale ôtée": (lambda o, _: o.rstrip()[:-1], "refuse"),
    "deux fichiers bout à bout": (lambda o, _: o + o, "refuse"),
    "zéros à la fin": (lambda o, _: o + bytes(100), "refuse"),
    "zéros au milieu": (lambda o, _: o[:4000] + bytes(50) + o[4050:], "refuse"),
    "virgule décimale": (lambda o, _: o.replace(b"-3.5", b"-3,5", 1), "refuse"),
    "guillemets simples": (lambda o, _: o.replace(b'"', b"'"), "signale"),
    "BOM": (lambda o, _: b"\xef\xbb\xbf" + o, "identique"),
    "latin-1": (lambda o, _: o.decode().encode("latin-1"), "identique"),
    "UTF-16": (lambda o, _: o.decode().encode("utf-16"), "signale"),
    "vide": (lambda _, __: b"", "signale"),
    "page web": (lambda _, __: b"<html></html>", "signale"),
}  # fmt: skip
"""Geste sur la couche des quartiers, et l’issue attendue."""


# --- GeoPackage ------------------------------------------------------------------------


def _couche(geste: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]) -> Mutation:
    """Relire la couche, la changer, la réécrire."""

    def muter(octets: bytes, _: Random) -> bytes:
        with tempfile.TemporaryDirectory() as dossier:
            avant, apres = Path(dossier) / "avant.gpkg", Path(dossier) / "apres.gpkg"
            avant.write_bytes(octets)
            geste(gpd.read_file(avant)).to_file(apres, layer="contours_iris")
            return apres.read_bytes()

    return muter


def _sql(*requetes: str) -> Mutation:
    def muter(octets: bytes, _: Random) -> bytes:
        with tempfile.TemporaryDirectory() as dossier:
            chemin = Path(dossier) / "a.gpkg"
            chemin.write_bytes(octets)
            with closing(sqlite3.connect(chemin)) as base:
                for requete in requetes:
                    base.execute(requete)
                base.commit()
            return chemin.read_bytes()

    return muter


def _formes(geste: Callable[[Any], Any]) -> Mutation:
    return _couche(
        lambda q: q.set_geometry(gpd.GeoSeries(geste(q.geometry.to_numpy()), q.index, crs=q.crs))
    )


def _declarer(epsg: int) -> Mutation:
    return _couche(lambda q: q.set_crs(epsg, allow_override=True))


def _sans_premiere_forme(formes: Any) -> list[Any]:
    return [None, *formes[1:]]


IRIS: dict[str, tuple[Mutation, str]] = {
    "réécrit tel quel": (_couche(lambda q: q), "identique"),
    "en degrés": (_couche(lambda q: q.to_crs(4326)), "identique"),
    "en Mercator": (_couche(lambda q: q.to_crs(3857)), "identique"),
    "trois dimensions": (_formes(lambda f: shapely.force_3d(f, 5.0)), "identique"),
    "colonne en capitales": (_couche(lambda q: q.rename(columns={"code_iris": "CODE_IRIS"})), "identique"),
    "déclaré Lambert II": (_declarer(27572), "refuse"),
    "déclaré WGS 84": (_declarer(4326), "refuse"),
    "déclaré CC46": (_declarer(3946), "refuse"),
    "déclaré LAEA": (_declarer(3035), "refuse"),
    "déclaré Mercator": (_declarer(3857), "refuse"),
    "projection géographique indéfinie": (_sql("update gpkg_geometry_columns set srs_id=0", "update gpkg_contents set srs_id=0"), "refuse"),
    "projection cartésienne indéfinie": (_sql("update gpkg_geometry_columns set srs_id=-1", "update gpkg_contents set srs_id=-1"), "refuse"),
    "axes permutés": (_formes(lambda f: shapely.transform(f, lambda a: a[:, ::-1])), "refuse"),
    "kilomètres": (_formes(lambda f: shapely.transform(f, lambda a: a / 1000)), "refuse"),
    "élargis": (_formes(lambda f: shapely.buffer(f, 150)), "signale"),
    "centroïdes": (_formes(shapely.centroid), "refuse"),
    "un contour nul": (_formes(_sans_premiere_forme), "refuse"),
    "un IRIS ôté": (_couche(lambda q: q.iloc[1:]), "refuse"),
    "un IRIS en double": (_couche(lambda q: pd.concat([q, q.iloc[:1]])), "refuse"),
    "codes en nombre": (_couche(lambda q: q.assign(code_iris=q["code_iris"].astype(int))), "refuse"),
    "communes en nombre": (_couche(lambda q: q.assign(code_insee=q["code_insee"].astype(int))), "refuse"),
    "une commune vide": (_couche(lambda q: q.assign(code_insee=["", *q["code_insee"].iloc[1:]])), "refuse"),
    "une commune d’à côté": (_couche(lambda q: q.assign(code_insee=["00003", *q["code_insee"].iloc[1:]])), "refuse"),
    "types inconnus": (_couche(lambda q: q.assign(type_iris="X")), "signale"),
    "types ôtés": (_couche(lambda q: q.drop(columns="type_iris")), "refuse"),
    "communes ôtées": (_couche(lambda q: q.drop(columns="code_insee")), "refuse"),
    "aucun objet": (_couche(lambda q: q.iloc[:0]), "refuse"),
    "couche renommée": (_sql("update gpkg_contents set table_name='x'"), "refuse"),
    "table ôtée": (_sql("drop table contours_iris"), "refuse"),
    "coupé au tiers": (lambda o, _: o[: len(o) // 3], "refuse"),
    "dernière page ôtée": (lambda o, _: o[:-4096], "refuse"),
    "page remise à zéro": (lambda o, _: o[:98304] + bytes(4096) + o[102400:], "refuse"),
    "vide": (lambda _, __: b"", "refuse"),
    "archive": (lambda o, _: zipper({"IRIS/iris.gpkg": o}), "identique"),
    "archive coupée": (lambda o, _: zipper({"IRIS/iris.gpkg": o})[:-200], "refuse"),
    "archive dans une archive": (lambda o, _: zipper({"a.zip": zipper({"iris.gpkg": o})}), "refuse"),
}  # fmt: skip
"""Geste sur la couche des IRIS, et l’issue attendue."""

QUARTIERS_OTES: tuple[Mutation, ...] = (
    geojson_mute(lambda d: d["features"].pop(1)),
    geojson_mute(lambda d: d["features"][1]["properties"].__setitem__("insee_com", "00008")),
)
"""Un quartier disparaît, ou passe à une autre commune."""
DECALES: Mutation = _formes(lambda f: shapely.transform(f, lambda a: a + 100.0))
"""Tous les IRIS décalés de cent mètres."""
