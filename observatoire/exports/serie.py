"""Série de cartes : tous les indicateurs, ou tous les quartiers, sur deux processus."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from observatoire.catalogue import Indicateur, charger_catalogue
from observatoire.chemins import Chemins
from observatoire.domaine import Statut
from observatoire.editions import EditionDeVille, charger_edition, extraire_ville
from observatoire.erreurs import Anomalie, ErreurDemande, ErreurObservatoire
from observatoire.exports.cartes import ecrire_carte
from observatoire.exports.demande import Contexte, Demande, Document, indicateurs_demandes
from observatoire.exports.noms import dans_dossier, nom_de_fichier
from observatoire.exports.production import Production, verifier_destination
from observatoire.exports.protection import EditionProtegee, proteger
from observatoire.exports.registre import inscrire, nouvel_identifiant

__all__ = ["Tache", "indicateurs_sans_valeur", "produire_serie", "taches_de_la_serie"]

_PAR = Literal["indicateurs", "quartiers"]
_SANS_PROCESSUS = 6
"""Sous ce nombre, lancer des processus coûte plus que dessiner."""


@dataclass(frozen=True, slots=True)
class Tache:
    """Une carte de la série."""

    demande: Demande
    sortie: Path
    identifiant: str


def taches_de_la_serie(
    contexte: Contexte, demande: Demande, dossier: Path, *, par: _PAR, extension: str
) -> list[Tache]:
    """Cartes d’une série, sans les dessiner.

    Parameters
    ----------
    contexte : Contexte
    demande : Demande
        Indicateurs (tous par défaut), quartiers (tous par défaut, pour ``par="quartiers"``).
    dossier : Path
    par : {"indicateurs", "quartiers"}
        Une carte de la ville par indicateur, ou une carte cadrée sur chaque quartier et par
        indicateur demandé (le taux de pauvreté par défaut). Un indicateur que personne n’a
        nommé, et que le découpage ne porte pas, ne fait pas une carte vide
        (:func:`indicateurs_sans_valeur`).
    extension : str
        ``.png``, ``.svg`` ou ``.pdf``.

    Raises
    ------
    ErreurDemande
        Si la demande ne convient pas à l’édition, ou si la série est vide.
    """
    edition = contexte.edition
    indicateurs = [i.id for i in indicateurs_demandes(contexte, demande)]
    base = nom_de_fichier(edition.nom_commune)
    taches = []
    lots: list[tuple[str, tuple[str, ...], str]]
    if par == "indicateurs":
        vides = {i.id for i in indicateurs_sans_valeur(contexte, demande)}
        indicateurs = [i for i in indicateurs if i not in vides]
        lots = [(i, (), f"{base}-{nom_de_fichier(i)}") for i in indicateurs]
    else:
        if not demande.indicateurs and not demande.themes:
            indicateurs = [i for i in indicateurs if i == "taux_pauvrete"] or indicateurs[:1]
        noms = dict(edition.couches["qpv"][["code_territoire", "nom"]].to_numpy().tolist())
        quartiers = demande.quartiers or tuple(sorted(noms))
        lots = [
            (i, (q,), f"{nom_de_fichier(q)}-{nom_de_fichier(str(noms[q]))}-{nom_de_fichier(i)}")
            for q in quartiers
            for i in indicateurs
        ]
    for indicateur, choisis, nom in lots:
        choix = replace(demande, indicateurs=(indicateur,), quartiers=choisis, themes=())
        sortie = dans_dossier(dossier, f"{nom}{extension}")
        taches.append(Tache(choix, sortie, nouvel_identifiant()))
    if not taches:
        raise ErreurDemande("La série est vide : aucun indicateur ou aucun quartier ne convient.")
    return taches


def indicateurs_sans_valeur(contexte: Contexte, demande: Demande) -> list[Indicateur]:
    """Indicateurs d’une série dont aucune zone du découpage n’a de valeur ni de secret.

    Une carte de secrets se montre : elle dit que le chiffre existe. Un indicateur nommé dans la
    demande est toujours dessiné.
    """
    if demande.indicateurs:
        return []
    resultats = contexte.edition.resultats
    zones = resultats[resultats["type_territoire"] == demande.niveau]
    portes = set(zones.loc[zones["statut"] != Statut.ABSENT.value, "indicateur"])
    return [i for i in indicateurs_demandes(contexte, demande) if i.id not in portes]


def produire_serie(
    contexte: Contexte,
    taches: Sequence[Tache],
    *,
    processus: int = 2,
    suivi: Callable[[Production], None] | None = None,
) -> list[Production]:
    """Dessiner et inscrire une série de cartes.

    Une carte impossible n’empêche pas les autres ; toutes les fautes sont dites à la fin.

    Parameters
    ----------
    contexte : Contexte
    taches : sequence of Tache
    processus : int
        Processus employés ; une courte série n’en prend qu’un.
    suivi : callable, optional
        Appelé après chaque carte, dans l’ordre où elles finissent.

    Raises
    ------
    ErreurDemande
        Après avoir fait les autres, si des cartes sont impossibles.
    """
    for tache in taches:
        tache.sortie.parent.mkdir(parents=True, exist_ok=True)
        verifier_destination("carte", tache.sortie)
    un_seul = processus < 2 or len(taches) < _SANS_PROCESSUS
    resultats = _ici(contexte, taches) if un_seul else _ailleurs(contexte, taches, processus)
    faites: list[Production] = []
    fautes: list[Anomalie] = []
    for tache, issue in resultats:
        if isinstance(issue, ErreurObservatoire):
            fautes.append(Anomalie(str(issue), fichier=tache.sortie.name))
            continue
        inscrire(
            contexte.chemins,
            contexte.edition,
            identifiant=tache.identifiant,
            format="carte",
            parametres=tache.demande.en_json(),
            valeurs=issue.valeurs,
            fichier=issue.fichiers,
        )
        faites.append(Production(tache.identifiant, "carte", issue.fichiers))
        if suivi:
            suivi(faites[-1])
    if fautes:
        raise ErreurDemande(
            f"{len(faites)} cartes sont faites ; {len(fautes)} n’ont pas pu l’être.", fautes
        )
    return faites


_Issue = Document | ErreurObservatoire


def _ici(contexte: Contexte, taches: Sequence[Tache]) -> Iterator[tuple[Tache, _Issue]]:
    for tache in taches:
        yield tache, _dessiner_dans(contexte, tache)


def _ailleurs(
    contexte: Contexte, taches: Sequence[Tache], processus: int
) -> Iterator[tuple[Tache, _Issue]]:
    edition = contexte.edition
    origine = edition.origine if isinstance(edition, EditionProtegee) else edition
    ville = origine.ville if isinstance(origine, EditionDeVille) else ""
    # « spawn » : un processus neuf n’hérite d’aucun verrou ni fil d’exécution.
    with ProcessPoolExecutor(
        processus,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_preparer_processus,
        initargs=(str(contexte.chemins.racine), str(origine.dossier), ville),
    ) as groupe:
        futurs: dict[Future[_Issue], Tache] = {groupe.submit(_dessiner, t): t for t in taches}
        for futur in as_completed(futurs):
            yield futurs[futur], futur.result()


_contexte_du_processus: list[Contexte] = []


def _preparer_processus(racine: str, dossier: str, ville: str) -> None:
    chemins = Chemins(Path(racine))
    catalogue = charger_catalogue(*chemins.catalogues)
    edition = charger_edition(Path(dossier))
    if ville:
        edition = extraire_ville(edition, ville)
    _contexte_du_processus[:] = [Contexte(proteger(edition, catalogue), catalogue, chemins)]
    # Ce qui est chargé ne se libère plus : le ramasse-miettes n’a pas à le relire à chaque carte.
    gc.collect()
    gc.freeze()


def _dessiner(tache: Tache) -> _Issue:
    return _dessiner_dans(_contexte_du_processus[0], tache)


def _dessiner_dans(contexte: Contexte, tache: Tache) -> _Issue:
    try:
        return ecrire_carte(contexte, tache.demande, tache.sortie, tache.identifiant)
    except ErreurObservatoire as erreur:
        return erreur
