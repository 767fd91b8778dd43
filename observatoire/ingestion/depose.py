"""Trouver dans le dossier de dépôt le fichier qui remplace un téléchargement."""

from __future__ import annotations

from pathlib import Path

from observatoire.catalogue import Catalogue
from observatoire.ingestion.archives_depot import genre_archive
from observatoire.ingestion.emplacements import Emplacement
from observatoire.ingestion.lecture import inventorier
from observatoire.ingestion.modeles import Inventaire
from observatoire.ingestion.reception import convient

__all__ = ["chercher_depose"]

_Cle = tuple[str, tuple[tuple[str, int, int], ...]]
# Le même dossier est interrogé pour chaque source d’une actualisation.
_dernier: dict[_Cle, Inventaire] = {}


def chercher_depose(place: Emplacement, depot: Path, catalogue: Catalogue) -> Path | None:
    """Fichier déposé pour cette source et ce millésime.

    Il est reconnu à son contenu ; à son nom aussi, car une page web ou une archive 7z
    n’ont pas de colonnes, et la vérification dira alors pourquoi il est refusé.

    Parameters
    ----------
    place : Emplacement
        Ce qui est attendu.
    depot : pathlib.Path
        Dossier de dépôt.
    catalogue : Catalogue
        Déclarations.

    Returns
    -------
    pathlib.Path or None
        Le premier qui convient.
    """
    fichiers = sorted(f for f in depot.rglob("*") if f.is_file() and not f.name.startswith("."))
    if not fichiers:
        return None
    for fichier in fichiers:
        if fichier.name.casefold() == place.nom.casefold():
            return fichier
    for reconnu in _inventaire(depot, fichiers, catalogue).reconnus:
        lieu = reconnu.chemin.relative_to(depot).as_posix()
        seul = not lieu.casefold().endswith(".shp")
        if seul and convient(reconnu, place.source, place.declaration, place.commune, lieu):
            return reconnu.chemin
    return _archive_7z(place, fichiers)


def _archive_7z(place: Emplacement, fichiers: list[Path]) -> Path | None:
    """Un navigateur ajoute « (1) » à un nom déjà pris."""
    racine = Path(place.nom).stem.casefold()
    for fichier in fichiers:
        if fichier.name.casefold().startswith(racine) and genre_archive(fichier) == "7z":
            return fichier
    return None


def _inventaire(depot: Path, fichiers: list[Path], catalogue: Catalogue) -> Inventaire:
    etats = tuple((str(f), f.stat().st_mtime_ns, f.stat().st_size) for f in fichiers)
    cle = (catalogue.empreinte, etats)
    if cle not in _dernier:
        _dernier.clear()
        _dernier[cle] = inventorier([depot], catalogue)
    return _dernier[cle]
