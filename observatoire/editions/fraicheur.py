"""Âge des sources d’une édition : ce qui est ancien, ce qui a paru depuis, ce qui est attendu."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from observatoire.catalogue import Catalogue, Source
from observatoire.redaction import MOIS

__all__ = ["Fraicheur", "ecrire_age", "juger_fraicheur"]

_JOURS_PAR_MOIS = 30.4375


@dataclass(frozen=True, slots=True)
class Fraicheur:
    """Une source de l’édition, à un millésime."""

    source: str
    titre: str
    citation: str
    millesime: int | None
    fichiers: int
    date_fichier: str
    """Date du fichier le plus ancien, ISO 8601 : celle de son téléchargement ou de sa copie."""
    age: str
    """Âge de ce fichier, en mots."""
    plus_recent: int | None
    """Millésime plus récent que le catalogue sait obtenir."""
    attendu: int | None
    """Millésime que le producteur n’avait pas encore diffusé quand le catalogue a été écrit."""
    attendu_en: str
    """Quand il est attendu, en mots."""
    parution: str
    """Ce qu’il en est chez le producteur, en une phrase."""
    page: str
    """Page du producteur."""


def juger_fraicheur(
    entrees: Iterable[Mapping[str, Any]], catalogue: Catalogue, *, aujourdhui: date
) -> list[Fraicheur]:
    """Dire l’âge de chaque source et ce que le producteur diffuse depuis.

    Parameters
    ----------
    entrees : iterable of mapping
        Fichiers d’entrée du manifeste d’une édition.
    catalogue : Catalogue
        Millésimes connus, rythme de publication.
    aujourdhui : datetime.date
        Jour auquel juger.

    Returns
    -------
    list of Fraicheur
        Une ligne par source et millésime ; seul le plus récent d’une source est confronté à
        ce qui paraît.
    """
    groupes: dict[tuple[str, int | None], list[Mapping[str, Any]]] = {}
    for entree in entrees:
        groupes.setdefault((str(entree["source"]), entree["millesime"]), []).append(entree)
    derniers: dict[str, int] = {}
    for nom, millesime in groupes:
        derniers[nom] = max(derniers.get(nom, 0), millesime or 0)
    lignes = []
    for (nom, millesime), fichiers in groupes.items():
        source = catalogue.sources.get(nom)
        ancien = (millesime or 0) < derniers[nom]
        plus_recent, attendu = (None, None) if ancien else _parutions(source, millesime)
        depuis = min(str(f["date_fichier"]) for f in fichiers)
        lignes.append(
            Fraicheur(
                source=nom,
                titre=str(fichiers[0]["titre"]),
                citation=str(fichiers[0]["citation"]),
                millesime=millesime,
                fichiers=len(fichiers),
                date_fichier=depuis,
                age=ecrire_age((aujourdhui - date.fromisoformat(depuis)).days),
                plus_recent=plus_recent,
                attendu=attendu,
                attendu_en=_quand(source) if attendu is not None else "",
                parution=_phrase(source, plus_recent, attendu, aujourdhui, ancien=ancien),
                page="" if source is None else source.page,
            )
        )
    return sorted(lignes, key=lambda f: (f.source, f.millesime or 0))


def _parutions(source: Source | None, millesime: int | None) -> tuple[int | None, int | None]:
    """Millésime plus récent au catalogue, et millésime attendu ensuite."""
    if source is None:
        return None, None
    connus = [t.millesime for t in source.telechargements]
    dernier = max(connus, default=None)
    plus_recent = dernier if dernier and millesime and dernier > millesime else None
    attendu = source.prochain_millesime
    deja = max(connus, default=0) if millesime is None else max(millesime, *connus, 0)
    return plus_recent, attendu if attendu is not None and attendu > deja else None


def _quand(source: Source | None) -> str:
    if source is None or not source.prochaine_parution:
        return ""
    annee, _, mois = source.prochaine_parution.partition("-")
    return f"{MOIS[int(mois) - 1]} {annee}" if mois else annee


def _phrase(
    source: Source | None,
    plus_recent: int | None,
    attendu: int | None,
    aujourdhui: date,
    *,
    ancien: bool,
) -> str:
    if source is None:
        return "source inconnue du catalogue"
    if ancien:
        return "gardé pour comparer dans le temps"
    morceaux = []
    if plus_recent is not None:
        morceaux.append(f"{plus_recent} est au catalogue : actualisez")
    if attendu is not None:
        mois = "-" in source.prochaine_parution
        quand = f"{attendu} attendu {'en' if mois else 'courant'} {_quand(source)}"
        passe = (
            source.prochaine_parution <= aujourdhui.isoformat()[: len(source.prochaine_parution)]
        )
        morceaux.append(f"{quand}, peut-être paru : voyez sa page" if passe else quand)
    if not morceaux:
        morceaux.append("aucune parution connue")
        if source.rythme_publication:
            morceaux.append(source.rythme_publication[0].lower() + source.rythme_publication[1:])
    return " ; ".join(morceaux)


def ecrire_age(jours: int) -> str:
    """Écrire un âge en mots : « 12 jours », « 3 mois », « 2 ans et 1 mois ».

    Parameters
    ----------
    jours : int
        Nombre de jours ; négatif pour une date à venir (horloge déréglée).
    """
    if jours < 0:
        return "daté de l’avenir"
    if jours == 0:
        return "aujourd’hui"
    mois = int(jours / _JOURS_PAR_MOIS)
    if mois < 2:
        return "1 jour" if jours == 1 else f"{jours} jours"
    ans, reste = divmod(mois, 12)
    morceaux = [f"{ans} an{'s' if ans > 1 else ''}"] if ans else []
    if reste:
        morceaux.append(f"{reste} mois")
    return " et ".join(morceaux)
