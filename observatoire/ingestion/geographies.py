"""Année de géographie des fichiers : de quels IRIS parlent-ils ?

Un IRIS est redessiné, une commune fusionne : le même code n’existe pas toutes les années. Le
catalogue dit la géographie de chaque table ; celle de contours n’est écrite que dans leur nom.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from observatoire.catalogue import Source
from observatoire.erreurs import Anomalie
from observatoire.ingestion.modeles import FichierReconnu

__all__ = ["annee_de_geographie", "annee_du_nom", "choisir_contours", "dire_le_choix"]

_ANNEE = re.compile(r"20[0-4]\d")
# Une date de téléchargement n’est pas une géographie : « 2024-01-01 », « ED2024 », « iris_2024 ».
_NOM_IRIS = re.compile(
    r"(?=.*iris).*?(?:(?<!\d)(20[0-4]\d)-01-01|(?:ED|(?:FXX|FRA)[-_]|geo[-_ ]?|iris[-_ ]?)(20[0-4]\d))(?!\d)",
    re.IGNORECASE,
)
_DOSSIER_IGN = re.compile(r"(?=.*contours.?iris)" + _NOM_IRIS.pattern, re.IGNORECASE)
_PARENTS_EXAMINES = 5


def annee_de_geographie(
    source: Source, millesime: int | None, chemin: Path, membre: str = ""
) -> int | None:
    """Année de la géographie des codes d’un fichier, si on peut la savoir.

    Parameters
    ----------
    source : Source
        Source du fichier.
    millesime : int or None
        Année des données d’une table.
    chemin : pathlib.Path
        Fichier, ou archive.
    membre : str
        Membre de l’archive.

    Returns
    -------
    int or None
        Pour une table, ce que le catalogue déclare pour ce millésime, sinon la règle du
        producteur. Pour des contours d’IRIS,
        dont le contenu ne porte pas l’année : celle de leur nom, sinon celle du dossier de l’IGN
        (« CONTOURS-IRIS_…_2024-01-01 »), sinon celle de leur place dans le cache.
    """
    if source.est_tabulaire:
        declarees = [t.geographie for t in source.telechargements if t.millesime == millesime]
        habituelle = None
        if source.decalage_geographie is not None and millesime is not None:
            habituelle = millesime + source.decalage_geographie
        return next((g for g in declarees if g is not None), habituelle)
    if source.role != "iris":
        return None
    return _chercher_annee(source, chemin, membre, _NOM_IRIS, _DOSSIER_IGN)


def annee_du_nom(source: Source, chemin: Path, membre: str = "") -> int | None:
    """Millésime lu dans le nom d’un fichier dont les colonnes ne le portent pas.

    Parameters
    ----------
    source : Source
        Source, avec ``motif_annee``.
    chemin, membre
        Comme :func:`annee_de_geographie`.

    Returns
    -------
    int or None
        Année du membre, du fichier, d’un de ses dossiers ou de sa place dans le cache, quand le
        nom suit ``motif_annee`` ; ``None`` sinon, ou si la source n’en déclare pas.
    """
    if not source.motif_annee:
        return None
    motif = re.compile(source.motif_annee, re.IGNORECASE)
    return _chercher_annee(source, chemin, membre, motif, motif)


def _chercher_annee(
    source: Source,
    chemin: Path,
    membre: str,
    du_fichier: re.Pattern[str],
    du_dossier: re.Pattern[str],
) -> int | None:
    """Première année d’un nom qui suit son motif, du plus précis au plus large."""
    interieur = list(reversed(Path(membre).parts)) if membre else []
    noms = [(nom, du_dossier if rang else du_fichier) for rang, nom in enumerate(interieur)]
    noms.append((chemin.name, du_fichier))
    noms += [(d.name, du_dossier) for d in list(chemin.parents)[:_PARENTS_EXAMINES]]
    for nom, motif in noms:
        if trouvee := motif.search(nom):
            annee = int(next(a for a in trouvee.groups() if a))
            return annee if annee > 99 else 2000 + annee
    rangement = [p for p in chemin.parents if p.parent.name == source.id]
    return next((int(p.name) for p in rangement if _ANNEE.fullmatch(p.name)), None)


def choisir_contours(
    contours: Sequence[FichierReconnu], tableaux: Sequence[FichierReconnu]
) -> list[FichierReconnu]:
    """Mettre en tête les contours dont l’année est la plus proche des données les plus récentes.

    Parameters
    ----------
    contours : sequence of FichierReconnu
        Contours d’IRIS, par ordre de préférence de la personne.
    tableaux : sequence of FichierReconnu
        Tables de la ville.

    Returns
    -------
    list of FichierReconnu
        L’ordre de la personne est gardé si son premier fichier n’a pas d’année connue, ou si
        celle des données ne l’est pas ; à distance égale aussi.
    """
    cible = _derniere(tableaux)
    if cible is None or not contours or contours[0].geographie is None:
        return list(contours)
    dates = [f for f in contours if f.geographie is not None]
    dates.sort(key=lambda f: abs((f.geographie or 0) - cible))
    return [*dates, *(f for f in contours if f.geographie is None)]


def dire_le_choix(
    retenu: FichierReconnu, contours: Sequence[FichierReconnu], tableaux: Sequence[FichierReconnu]
) -> list[Anomalie]:
    """Avertissement quand plusieurs années de contours étaient données.

    Parameters
    ----------
    retenu : FichierReconnu
        Contours employés.
    contours, tableaux
        Comme :func:`choisir_contours`.
    """
    annees = sorted({f.geographie for f in contours if f.geographie is not None})
    if retenu.geographie is None or len(annees) < 2:
        return []
    message = (
        f"contours IRIS de la géographie {retenu.geographie} retenus parmi "
        f"{', '.join(str(a) for a in annees)} : les plus proches des données les plus récentes "
        f"(géographie {_derniere(tableaux)})"
    )
    remede = "tous les tableaux sont rapportés à ces contours ; pour en changer, ne donnez qu’eux"
    return [Anomalie(message, retenu.nom, remede=remede, gravite="avertissement")]


def _derniere(tableaux: Sequence[FichierReconnu]) -> int | None:
    return max((f.geographie for f in tableaux if f.geographie is not None), default=None)
