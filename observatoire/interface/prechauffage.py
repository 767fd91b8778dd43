"""Préparation du serveur : la première carte avant le premier visiteur, les écrans les plus demandés ensuite."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from observatoire.editions import Edition
from observatoire.erreurs import ErreurObservatoire
from observatoire.interface import (
    page_accessibilite,
    page_carte,
    page_comparer,
    page_evolutions,
    page_exports,
    page_inegalites,
    page_methode,
    page_quartiers,
    page_villes,
)  # chargés au démarrage, pas à la visite
from observatoire.interface.chargement import (
    catalogue_courant,
    demande_initiale,
    edition_de,
    geometries_json,
    lieux_de,
    lignes_jointes,
    niveaux_au_choix,
    valeurs_json,
)
from observatoire.interface.disponibilite import demande_par_defaut, indicateurs_de_la_carte
from observatoire.interface.fabrique import fabrique
from observatoire.interface.phrases_accueil import messages_d_accueil

__all__ = ["ecrans_les_plus_demandes", "prechauffer"]

_PAGES = (
    page_accessibilite,
    page_carte,
    page_comparer,
    page_evolutions,
    page_exports,
    page_inegalites,
    page_methode,
    page_quartiers,
    page_villes,
)
_CARTES = 64
"""Cartes préparées d’avance : moins que ce que garde la mémoire, pour ne rien en chasser."""
_SOUFFLE_S = 0.1
"""Pause entre deux préparations."""
_OCCUPATION_MAX = 0.2
"""Part d’un processeur que les visiteurs prennent pendant la pause, au-delà de laquelle ils passent d’abord."""
_journal = logging.getLogger(__name__)


@asynccontextmanager
async def prechauffer(_application: Any) -> AsyncIterator[None]:
    """Dessiner la première carte ; sans édition, le serveur démarre et le dira. Le reste suit, derrière."""
    _tenter(_premier_ecran, "La première carte n’a pas pu être préparée")
    _oublier_le_durable()
    arret = threading.Event()
    suite = threading.Thread(
        target=_tenter,
        args=(partial(_preparer_la_suite, arret), "Les cartes n’ont pas toutes été préparées"),
        name="prechauffage",
        daemon=True,
    )
    suite.start()
    yield
    arret.set()
    fabrique.arreter()


def _tenter(preparer: Callable[[], None], echec: str) -> None:
    """Préparer sans jamais empêcher le serveur de servir : l’écran fera son travail à la visite."""
    try:
        preparer()
    except ErreurObservatoire as erreur:
        _journal.warning("%s", erreur)
    except Exception:  # noqa: BLE001 – une édition abîmée ne doit pas empêcher le serveur de démarrer
        _journal.exception("%s", echec)


def _premier_ecran() -> None:
    edition = edition_de(None)
    demande = demande_initiale(edition)
    if demande is not None:
        geometries_json(edition, demande.niveau)
        valeurs_json(edition, demande)
        messages_d_accueil(edition, catalogue_courant())


def _preparer_la_suite(arret: threading.Event) -> None:
    for preparer in ecrans_les_plus_demandes(edition_de(None)):
        if not _attendre_le_calme(arret):
            return
        preparer()
    _oublier_le_durable()


def _attendre_le_calme(arret: threading.Event) -> bool:
    """Attendre que le serveur n’ait presque rien d’autre à faire ; faux s’il s’arrête."""
    while not arret.is_set():
        debut, processeur = time.perf_counter(), time.process_time()
        arret.wait(_SOUFFLE_S)
        pris = time.process_time() - processeur
        if pris < _OCCUPATION_MAX * (time.perf_counter() - debut):
            return True
    return False


def ecrans_les_plus_demandes(edition: Edition) -> Iterator[Callable[[], object]]:
    """Préparations à faire une à une, de la plus demandée à la moins demandée.

    Parameters
    ----------
    edition : Edition
        Édition que voit le premier visiteur.

    Yields
    ------
    callable
        Ce qu’un écran garde en mémoire pour tous : lieux, découpages, carte de chaque indicateur.
    """
    catalogue = catalogue_courant()
    niveaux = list(niveaux_au_choix(edition))
    yield partial(lieux_de, edition)
    for niveau in niveaux:
        yield partial(geometries_json, edition, niveau)
    for option in indicateurs_de_la_carte(edition, catalogue, niveaux)[:_CARTES]:
        demande = demande_par_defaut(edition, catalogue.indicateurs[option["v"]])
        yield partial(lignes_jointes, edition, demande.reference)
        yield partial(valeurs_json, edition, demande)


def _oublier_le_durable() -> None:
    # Streamlit ramasse les miettes après chaque clic : ce qui est chargé une fois n’est plus reparcouru.
    gc.collect()
    gc.freeze()
