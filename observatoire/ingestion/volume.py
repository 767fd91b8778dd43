"""Un fichier national bien plus court que prévu est tronqué, ou n’est qu’un extrait : le dire."""

from __future__ import annotations

import zipfile
from typing import IO

import pyogrio

from observatoire.erreurs import Anomalie
from observatoire.ingestion.archives import chemin_gdal
from observatoire.ingestion.modeles import FichierReconnu

__all__ = ["compter_lignes", "controler_volume"]

_LOT = 1 << 20
# Un ordre de grandeur : une réforme des quartiers ou des communes n’enlève jamais la moitié.
_PART_MIN = 0.5


def compter_lignes(fichier: FichierReconnu) -> int | None:
    """Nombre de lignes de données ou d’objets, sans charger le fichier.

    Parameters
    ----------
    fichier : FichierReconnu
        Table ou couche reconnue.

    Returns
    -------
    int or None
        ``None`` pour un format qui ne se compte pas sans être lu.
    """
    if fichier.format == "csv":
        if not fichier.membre:
            with fichier.chemin.open("rb") as flux:
                lignes = _compter(flux)
        else:
            with zipfile.ZipFile(fichier.chemin) as archive, archive.open(fichier.membre) as flux:
                lignes = _compter(flux)
        return max(0, lignes - fichier.ligne_entete - 1)
    if fichier.format in {"ogr", "geojson"}:
        source = chemin_gdal(fichier.chemin, fichier.membre)
        infos = pyogrio.read_info(source, layer=fichier.couche or None, force_feature_count=True)
        return int(infos["features"])
    return None


def _compter(flux: IO[bytes]) -> int:
    lignes, dernier = 0, b"\n"
    while lot := flux.read(_LOT):
        lignes += lot.count(b"\n")
        dernier = lot[-1:]
    return lignes + (dernier != b"\n")


def controler_volume(fichier: FichierReconnu, attendues: int | None) -> list[Anomalie]:
    """Avertir si le fichier a moins de la moitié des lignes attendues.

    Parameters
    ----------
    fichier : FichierReconnu
        Table ou couche reconnue.
    attendues : int or None
        Ordre de grandeur du catalogue.
    """
    lignes = compter_lignes(fichier) if attendues else None
    if lignes is None or attendues is None or lignes >= _PART_MIN * attendues:
        return []
    message = f"{lignes} lignes au lieu d’environ {attendues} : extrait, ou fichier tronqué"
    remede = "téléchargez le fichier de la France entière si ce n’est pas voulu"
    return [Anomalie(message, fichier.nom, remede=remede, gravite="avertissement")]
