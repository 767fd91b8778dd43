"""Inventaire des dossiers : chaque fichier est reconnu à son contenu, jamais à son seul nom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from observatoire.catalogue import Catalogue, Source
from observatoire.erreurs import Anomalie, ErreurDonnees
from observatoire.ingestion.archives import est_a_ignorer, est_archive, lister_membres
from observatoire.ingestion.corruption import ERREURS_DE_LECTURE, decrire_corruption
from observatoire.ingestion.doublons import dire_doublons
from observatoire.ingestion.entetes import lire_entetes
from observatoire.ingestion.geographies import annee_de_geographie, annee_du_nom
from observatoire.ingestion.modeles import FichierReconnu, Inventaire
from observatoire.ingestion.reconnaissance import (
    Candidat,
    Entete,
    chercher_candidat,
    expliquer_refus,
)

__all__ = ["dire_ecartes", "inventorier"]


def inventorier(dossiers: Sequence[Path], catalogue: Catalogue) -> Inventaire:
    """Trouver et reconnaître tous les fichiers de données.

    Seuls les en-têtes sont lus. Les dossiers sont parcourus avec leurs sous-dossiers et
    les archives ZIP ; un fichier atteint deux fois ne compte qu’à sa première place.

    Parameters
    ----------
    dossiers : sequence of pathlib.Path
        Dossiers ou fichiers, par ordre de priorité.
    catalogue : Catalogue
        Sources déclarées.

    Returns
    -------
    Inventaire
        Fichiers reconnus, fichiers étrangers avec leur raison, fichiers illisibles ou laissés
        de côté parce qu’un autre, de la même source et de la même année, est donné avant.
    """
    examen = _Examen(tuple(catalogue.sources.values()))
    vus: set[Path] = set()
    for dossier in dossiers:
        for chemin in _parcourir(Path(dossier), examen.anomalies):
            if (reel := chemin.resolve()) not in vus:
                vus.add(reel)
                examen.examiner(chemin)
    anomalies = [*examen.anomalies, *dire_doublons(examen.reconnus, catalogue)]
    return Inventaire(tuple(examen.reconnus), tuple(examen.non_reconnus), tuple(anomalies))


def dire_ecartes(inventaire: Inventaire) -> list[Anomalie]:
    """Fichiers donnés mais non employés : quand une ville est refusée, l’un d’eux l’explique souvent.

    Parameters
    ----------
    inventaire : Inventaire
        Rendu par :func:`inventorier`.

    Returns
    -------
    list of Anomalie
        Fichiers illisibles, puis fichiers non reconnus avec leur raison, en avertissements.
    """
    remede = "donnez le fichier du producteur tel quel, ou ôtez celui-ci du dossier"
    return [
        *inventaire.anomalies,
        *(
            Anomalie(f"fichier non reconnu : {raison}", nom, remede=remede, gravite="avertissement")
            for nom, raison in inventaire.non_reconnus
        ),
    ]


def _parcourir(dossier: Path, anomalies: list[Anomalie]) -> Iterator[Path]:
    if dossier.is_file():
        yield dossier
    elif dossier.is_dir():
        for chemin in sorted(dossier.rglob("*")):
            if chemin.is_file() and not est_a_ignorer(chemin.relative_to(dossier).as_posix()):
                yield chemin
    else:
        remede = "créez-le, ou corrigez le chemin"
        anomalies.append(
            Anomalie("dossier introuvable", str(dossier), remede=remede, gravite="avertissement")
        )


class _Examen:
    """Accumule ce que chaque fichier s’est révélé être."""

    def __init__(self, sources: tuple[Source, ...]) -> None:
        self.sources = sources
        self.reconnus: list[FichierReconnu] = []
        self.non_reconnus: list[tuple[str, str]] = []
        self.anomalies: list[Anomalie] = []

    def examiner(self, chemin: Path) -> None:
        if not est_archive(chemin):
            self._reconnaitre(chemin, "")
            return
        for membre in lister_membres(chemin, self.anomalies):
            self._reconnaitre(chemin, membre)

    def _reconnaitre(self, chemin: Path, membre: str) -> None:
        nom = f"{chemin.name}/{membre}" if membre else chemin.name
        sources = _admises(self.sources, nom)
        try:
            entetes = list(lire_entetes(chemin, membre))
            candidats = [c for e in entetes if (c := chercher_candidat(e, sources)) is not None]
        except ErreurDonnees as erreur:
            self.anomalies += [replace(a, gravite="avertissement") for a in erreur.anomalies]
            return
        except ERREURS_DE_LECTURE as erreur:
            # Les premiers codes d’une couche ne sont lus qu’au moment de choisir sa source.
            self.anomalies.append(decrire_corruption(nom, erreur, gravite="avertissement"))
            return
        retenus = _meilleurs(candidats)
        self.reconnus += [_fichier(chemin, membre, c) for c in retenus]
        if not retenus:
            self.non_reconnus.append((nom, _raison(entetes, sources)))


def _admises(sources: tuple[Source, ...], nom: str) -> tuple[Source, ...]:
    """Sources que le nom du fichier n’exclut pas."""
    return tuple(
        s for s in sources if not s.nom_exige or re.search(s.nom_exige, nom, re.IGNORECASE)
    )


def _meilleurs(candidats: Sequence[Candidat]) -> list[Candidat]:
    """Le candidat le plus précis de chaque couche (un CSV ou une feuille n’en a qu’une)."""
    par_couche: dict[str, Candidat] = {}
    for candidat in candidats:
        rival = par_couche.get(candidat.entete.couche)
        if rival is None or len(candidat.source.signature) > len(rival.source.signature):
            par_couche[candidat.entete.couche] = candidat
    return list(par_couche.values())


def _raison(entetes: Sequence[Entete], sources: tuple[Source, ...]) -> str:
    if not entetes:
        return "ni table ni couche géographique"
    # L’en-tête le plus fourni parmi les premières lignes est le plus parlant.
    principal = max(entetes, key=lambda e: (sum(bool(c) for c in e.colonnes), -e.ligne_entete))
    return expliquer_refus(principal, sources)


def _fichier(chemin: Path, membre: str, candidat: Candidat) -> FichierReconnu:
    entete = candidat.entete
    millesime = annee_du_nom(candidat.source, chemin, membre) or candidat.millesime
    geographie = annee_de_geographie(candidat.source, millesime, chemin, membre)
    # Des contours n’ont pas d’autre millésime que leur année de géographie.
    if millesime is None and candidat.source.role == "iris":
        millesime = geographie
    return FichierReconnu(
        chemin=chemin,
        membre=membre,
        couche=entete.couche,
        source=candidat.source.id,
        millesime=millesime,
        format=entete.format,
        colonnes=entete.colonnes,
        encodage=entete.encodage,
        separateur=entete.separateur,
        ligne_entete=entete.ligne_entete,
        geographie=geographie,
    )
