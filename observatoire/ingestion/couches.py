"""Lire une couche géographique en ne chargeant que les objets de la ville."""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from observatoire.erreurs import Anomalie, ErreurGeographie
from observatoire.ingestion.archives import chemin_gdal, lire_octets
from observatoire.ingestion.codes import separer_communes
from observatoire.ingestion.corruption import ERREURS_DE_LECTURE, decrire_corruption
from observatoire.ingestion.modeles import FichierReconnu

__all__ = ["Filtre", "lire_champs", "lire_codes", "lire_couche_brute"]

_LOT = 4096


@dataclass(frozen=True, slots=True)
class Filtre:
    """Objets à garder : par code d’une colonne, ou par emprise.

    Parameters
    ----------
    colonne : str
        Nom canonique de la colonne des codes.
    valeurs : collection of str
        Codes à garder.
    comparaison : {"egal", "debut", "contient"}
        ``debut`` compare les cinq premiers caractères, ``contient`` cherche dans une liste.
    """

    colonne: str
    valeurs: Collection[str]
    comparaison: str = "egal"

    def retenir(self, codes: NDArray[np.object_]) -> NDArray[np.bool_]:
        """Masque des codes à garder."""
        voulus = frozenset(self.valeurs)
        if self.comparaison == "contient":
            gardes = [not voulus.isdisjoint(separer_communes(str(c))) for c in codes]
        else:
            fin = 5 if self.comparaison == "debut" else None
            gardes = [str(c)[:fin] in voulus for c in codes]
        return np.array(gardes, dtype=bool)

    def en_sql(self, champ: str) -> str:
        """Clause OGR équivalente, ou un peu plus large."""
        nom = '"' + champ.replace('"', '""') + '"'
        valeurs = ["'" + v.replace("'", "''") + "'" for v in self.valeurs]
        if self.comparaison == "egal":
            return f"{nom} IN ({', '.join(valeurs)})"
        avant = "" if self.comparaison == "debut" else "%"
        return " OR ".join(f"{nom} LIKE '{avant}{v[1:-1]}%'" for v in valeurs)


def lire_couche_brute(
    fichier: FichierReconnu,
    champs: Mapping[str, str],
    *,
    filtre: Filtre | None = None,
    emprise: tuple[float, float, float, float] | None = None,
    crs_emprise: CRS | None = None,
) -> gpd.GeoDataFrame:
    """Lire les objets d’une couche, dans la projection du fichier.

    Parameters
    ----------
    fichier : FichierReconnu
        Couche reconnue.
    champs : mapping of str to str
        Nom canonique vers nom dans le fichier.
    filtre : Filtre, optional
        Objets à garder.
    emprise : tuple of float, optional
        Boîte (xmin, ymin, xmax, ymax) dans ``crs_emprise``.
    crs_emprise : pyproj.CRS, optional
        Projection de l’emprise.

    Returns
    -------
    geopandas.GeoDataFrame
        Colonnes canoniques en texte et ``geometry`` à deux dimensions.

    Raises
    ------
    ErreurGeographie
        Fichier corrompu, ou couche sans projection.
    """
    try:
        if fichier.format == "geoparquet":
            couche = _lire_geoparquet(fichier, champs, filtre)
        else:
            couche = _lire_ogr(fichier, champs, filtre, emprise, crs_emprise)
    except ERREURS_DE_LECTURE as erreur:
        faute = decrire_corruption(fichier.nom, erreur)
        raise ErreurGeographie("Des contours ne peuvent être employés :", [faute]) from erreur
    if couche.crs is None:
        remede = "joignez le .prj d’un Shapefile, ou exportez de nouveau avec la projection"
        raise _refus(
            fichier, "la couche n’a pas de projection : ses coordonnées n’ont pas de sens", remede
        )
    try:
        Transformer.from_crs(couche.crs, "OGC:CRS84", always_xy=True)
    except ProjError as erreur:
        raise _refus(
            fichier, f"projection inconnue : « {couche.crs.name} »", "exportez de nouveau la couche"
        ) from erreur
    if emprise is not None and crs_emprise is not None:
        couche = couche[_dans_emprise(couche, _projeter_emprise(emprise, crs_emprise, couche.crs))]
    return couche.reset_index(drop=True)


def lire_codes(fichier: FichierReconnu, champ: str) -> NDArray[np.object_]:
    """Lire tous les codes d’une couche, sans ses contours.

    Parameters
    ----------
    fichier : FichierReconnu
        Couche reconnue.
    champ : str
        Colonne, telle que le fichier l’écrit.
    """
    return lire_champs(fichier, [champ])[champ]


def lire_champs(fichier: FichierReconnu, champs: Sequence[str]) -> dict[str, NDArray[np.object_]]:
    """Lire en texte plusieurs colonnes d’une couche, sans ses contours, en une seule lecture.

    Parameters
    ----------
    fichier : FichierReconnu
        Couche reconnue.
    champs : sequence of str
        Colonnes, telles que le fichier les écrit.

    Returns
    -------
    dict of str to numpy.ndarray of str
        Par colonne.
    """
    demandes = list(dict.fromkeys(champs))
    if fichier.format == "geoparquet":
        with _ouvrir_parquet(fichier) as parquet:
            lus = parquet.read(columns=demandes).to_pandas()
    else:
        lus = pyogrio.read_dataframe(
            chemin_gdal(fichier.chemin, fichier.membre),
            layer=fichier.couche or None,
            columns=demandes,
            read_geometry=False,
        )
    return {champ: _en_textes(lus[champ]) for champ in demandes}


def _refus(fichier: FichierReconnu, message: str, remede: str) -> ErreurGeographie:
    return ErreurGeographie(
        "Des contours ne peuvent être employés :", [Anomalie(message, fichier.nom, remede=remede)]
    )


def _en_textes(valeurs: pd.Series[Any]) -> NDArray[np.object_]:
    """Codes et noms en texte ; un nombre s’écrit sans décimale, une valeur nulle est vide."""
    return np.array([_en_texte(v) for v in valeurs], dtype=object)


def _en_texte(valeur: Any) -> str:
    if isinstance(valeur, list | tuple | np.ndarray):
        # Un GeoJSON peut donner une vraie liste de communes.
        return ",".join(_en_texte(v) for v in valeur)
    if pd.isna(valeur):
        return ""
    entier = isinstance(valeur, float | np.floating) and float(valeur).is_integer()
    return f"{valeur:.0f}" if entier else str(valeur).strip()


def _projeter_emprise(
    emprise: tuple[float, float, float, float], depuis: CRS, vers: CRS
) -> tuple[float, float, float, float]:
    bornes = Transformer.from_crs(depuis, vers, always_xy=True).transform_bounds(*emprise)
    return (bornes[0], bornes[1], bornes[2], bornes[3])


def _dans_emprise(
    couche: gpd.GeoDataFrame, emprise: tuple[float, float, float, float]
) -> NDArray[np.bool_]:
    bornes = shapely.bounds(couche.geometry.to_numpy())
    ouest, sud, est, nord = emprise
    return np.asarray(
        (bornes[:, 0] <= est)
        & (bornes[:, 2] >= ouest)
        & (bornes[:, 1] <= nord)
        & (bornes[:, 3] >= sud)
    )


# --- GeoPackage, Shapefile, GeoJSON -------------------------------------------


def _lire_ogr(
    fichier: FichierReconnu,
    champs: Mapping[str, str],
    filtre: Filtre | None,
    emprise: tuple[float, float, float, float] | None,
    crs_emprise: CRS | None,
) -> gpd.GeoDataFrame:
    source = chemin_gdal(fichier.chemin, fichier.membre)
    # Un GeoJSON est de toute façon analysé en entier : le filtrer d’avance ne gagne rien.
    options = (
        {}
        if fichier.format == "geojson"
        else _filtre_ogr(fichier, source, champs, filtre, emprise, crs_emprise)
    )
    # Piège des Shapefile : la colonne de « where » doit être dans « columns », sinon rien n’est lu.
    demande = {"layer": fichier.couche or None, "columns": list(champs.values()), **options}
    try:
        lue = pyogrio.read_dataframe(source, **demande)
    except UnicodeDecodeError:
        # Un Shapefile ancien peut se dire en UTF-8 et être en latin-1.
        lue = pyogrio.read_dataframe(source, encoding="ISO-8859-1", **demande)
    textes = {canonique: _en_textes(lue[champ]) for canonique, champ in champs.items()}
    couche = gpd.GeoDataFrame(
        textes, geometry=shapely.force_2d(lue.geometry.to_numpy()), crs=lue.crs
    )
    return (
        couche
        if filtre is None
        else couche[filtre.retenir(couche[filtre.colonne].to_numpy(dtype=object))]
    )


def _filtre_ogr(
    fichier: FichierReconnu,
    source: str,
    champs: Mapping[str, str],
    filtre: Filtre | None,
    emprise: tuple[float, float, float, float] | None,
    crs_emprise: CRS | None,
) -> dict[str, object]:
    infos = pyogrio.read_info(source, layer=fichier.couche or None)
    if filtre is not None:
        champ = champs[filtre.colonne]
        types = dict(zip(infos["fields"], infos["dtypes"], strict=True))
        # Une colonne de codes typée en nombre se filtre après lecture, une fois remise en texte.
        return {"where": filtre.en_sql(champ)} if types.get(champ) == "object" else {}
    if emprise is not None and crs_emprise is not None and infos["crs"]:
        return {"bbox": _projeter_emprise(emprise, crs_emprise, CRS.from_user_input(infos["crs"]))}
    return {}


# --- GeoParquet -----------------------------------------------------------------


def _ouvrir_parquet(fichier: FichierReconnu) -> pq.ParquetFile:
    return pq.ParquetFile(
        io.BytesIO(lire_octets(fichier.chemin, fichier.membre))
        if fichier.membre
        else fichier.chemin
    )


def _lire_geoparquet(
    fichier: FichierReconnu, champs: Mapping[str, str], filtre: Filtre | None
) -> gpd.GeoDataFrame:
    with _ouvrir_parquet(fichier) as parquet:
        try:
            geo = json.loads((parquet.schema_arrow.metadata or {})[b"geo"])
            principale = geo["primary_column"]
            description = geo["columns"][principale]
            # Sans clé « crs », la norme GeoParquet fixe OGC:CRS84 ; « crs » nul veut dire inconnu.
            declare = description.get("crs", "OGC:CRS84")
            crs = None if declare is None else CRS.from_user_input(declare)
        except (KeyError, ValueError, CRSError) as erreur:
            raise _refus(
                fichier, "métadonnées GeoParquet illisibles", "exportez de nouveau la couche"
            ) from erreur
        if description.get("encoding") != "WKB":
            raise _refus(
                fichier, "contours GeoParquet qui ne sont pas en WKB", "exportez-les en WKB"
            )
        table = parquet.read(columns=list(champs.values()))
        positions = np.arange(table.num_rows)
        if filtre is not None:
            positions = np.flatnonzero(
                filtre.retenir(_en_textes(table[champs[filtre.colonne]].to_pandas()))
            )
            table = table.take(pa.array(positions))
        textes = {
            canonique: _en_textes(table[champ].to_pandas()) for canonique, champ in champs.items()
        }
        formes = shapely.from_wkb(_lire_formes(parquet, principale, positions))
    return gpd.GeoDataFrame(textes, geometry=shapely.force_2d(formes), crs=crs)


def _lire_formes(
    parquet: pq.ParquetFile, colonne: str, positions: NDArray[np.int64]
) -> NDArray[np.object_]:
    """Contours demandés ; la lecture s’arrête au dernier."""
    formes: list[object] = []
    debut = 0
    if len(positions):
        for lot in parquet.iter_batches(batch_size=_LOT, columns=[colonne]):
            ici = positions[(positions >= debut) & (positions < debut + lot.num_rows)] - debut
            formes += pc.take(lot.column(0), pa.array(ici)).to_pylist()
            debut += lot.num_rows
            if debut > positions[-1]:
                break
    return np.array(formes, dtype=object)
