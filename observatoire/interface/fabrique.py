"""Fabrique des documents : deux à la fois, chacun dans un processus, les autres attendent leur tour.

Le serveur ne charge rien de ce qui dessine ou compose : il donne des ordres à
:mod:`observatoire.exports.ouvrier`. Un ouvrier reste prêt un moment, puis s’arrête.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from observatoire.erreurs import ErreurDemande

__all__ = ["A_LA_FOIS", "Fabrique", "Tache", "fabrique"]

A_LA_FOIS = 2
_ATTENTE_MAX = 20
"""Demandes qui attendent leur tour ; au-delà, on demande de revenir."""
_GARDEES = 60
"""Documents et aperçus gardés pour être téléchargés ; les plus anciens s’effacent."""
_DELAI_S = 300
_REPOS_S = 120
_PANNE = (
    "Le document n’a pas pu être fait : l’opération s’est interrompue ou a dépassé cinq minutes. "
    "Demandez moins de quartiers ou d’indicateurs, ou prévenez la personne chargée de l’observation."
)
_PLEIN = "Trop de documents sont demandés en ce moment : réessayez dans une minute."
_journal = logging.getLogger(__name__)


@dataclass
class Tache:
    """Un document ou un aperçu demandé, et où il en est."""

    identifiant: str
    ordre: Mapping[str, Any]
    dossier: Path
    etat: str = "attente"
    """« attente », « cours », « pret » ou « echec »."""
    message: str = ""
    resultat: Mapping[str, Any] = field(default_factory=dict)

    @property
    def est_finie(self) -> bool:
        """Vrai quand plus rien ne se passera."""
        return self.etat in ("pret", "echec")


class _Ouvrier:
    """Un processus qui exécute des ordres, lancé quand il le faut."""

    def __init__(self) -> None:
        self._processus: subprocess.Popen[str] | None = None
        self.libre = True

    def preparer(self) -> None:
        """Lancer le processus avant qu’on ait besoin de lui."""
        self._pret()

    def executer(self, tache: Tache) -> None:
        """Suivre une tâche jusqu’à sa fin ; un ouvrier qui s’arrête ou s’attarde est remplacé."""
        processus = self._pret()
        garde = threading.Timer(_DELAI_S, processus.kill)
        garde.start()
        try:
            assert processus.stdin is not None
            assert processus.stdout is not None
            processus.stdin.write(json.dumps(dict(tache.ordre)) + "\n")
            processus.stdin.flush()
            for ligne in processus.stdout:
                if _suivre(tache, json.loads(ligne)):
                    return
        except (OSError, ValueError):
            _journal.exception("Un ouvrier des documents ne répond plus")
        finally:
            garde.cancel()
        self.arreter()
        tache.message, tache.etat = _PANNE, "echec"

    def _pret(self) -> subprocess.Popen[str]:
        if self._processus is None or self._processus.poll() is not None:
            environnement = {**os.environ, "PYTHONIOENCODING": "utf-8"}
            racine = str(Path(__file__).resolve().parents[2])
            chemins = [racine, environnement.get("PYTHONPATH", "")]
            environnement["PYTHONPATH"] = os.pathsep.join(filter(None, chemins))
            self._processus = subprocess.Popen(
                [sys.executable, "-m", "observatoire.exports.ouvrier"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
                env=environnement,
            )  # fmt: skip
        return self._processus

    def arreter(self) -> None:
        """Arrêter le processus ; le suivant sera neuf."""
        processus, self._processus = self._processus, None
        if processus is None:
            return
        processus.kill()
        for flux in (processus.stdin, processus.stdout):
            if flux is not None:
                with suppress(OSError):  # tube déjà rompu
                    flux.close()
        processus.wait()


def _suivre(tache: Tache, message: Mapping[str, Any]) -> bool:
    """Reporter un message de l’ouvrier ; vrai quand la tâche est finie."""
    if "etape" in message:
        tache.message = str(message["etape"])
        return False
    if "resultat" in message:
        tache.resultat, tache.message, tache.etat = message["resultat"], "Prêt", "pret"
        return True
    tache.message, tache.etat = str(message["erreur"]), "echec"
    return True


class Fabrique:
    """File des documents et des aperçus d’un serveur.

    Parameters
    ----------
    a_la_fois : int
        Nombre d’ouvriers.
    """

    def __init__(self, a_la_fois: int = A_LA_FOIS) -> None:
        self._a_la_fois = a_la_fois
        self._file: queue.Queue[Tache | None] = queue.Queue()
        self._taches: OrderedDict[str, Tache] = OrderedDict()
        self._apercus: dict[str, str] = {}
        self._ouvriers: list[_Ouvrier] = []
        self._verrou = threading.Lock()
        self._racine: Path | None = None
        self._arretee = threading.Event()

    def demander(self, ordre: Mapping[str, Any], *, cle: str = "") -> Tache:
        """Mettre un ordre dans la file.

        Parameters
        ----------
        ordre : mapping
            Voir :func:`observatoire.exports.ouvrier.executer` ; ``dossier`` est ajouté ici.
        cle : str
            Ce dont dépend un aperçu : demandé deux fois, il n’est fait qu’une. Vide pour un
            document, toujours fait de nouveau.

        Raises
        ------
        ErreurDemande
            Si trop de demandes attendent.
        """
        with self._verrou:
            gardee = self._taches.get(self._apercus.get(cle, "")) if cle else None
            if gardee is not None and gardee.etat != "echec":
                self._taches.move_to_end(gardee.identifiant)
                return gardee
            if self._file.qsize() >= _ATTENTE_MAX:
                raise ErreurDemande(_PLEIN)
            tache = self._nouvelle(ordre)
            if cle:
                self._apercus[cle] = tache.identifiant
            self._effacer_anciennes()
            self._file.put(tache)
            self._embaucher()
        return tache

    def preparer(self) -> None:
        """Tenir un ouvrier prêt : il charge ses outils pendant que la personne choisit."""
        with self._verrou:
            if not self._ouvriers:
                self._file.put(None)
                self._embaucher()

    def trouver(self, identifiant: str) -> Tache | None:
        """Tâche d’un identifiant, si elle est encore gardée."""
        with self._verrou:
            return self._taches.get(identifiant)

    def rang(self, tache: Tache) -> int:
        """Place dans la file, à partir de 1 ; 0 si la tâche n’attend plus."""
        with self._verrou:
            attentes = [t for t in self._taches.values() if t.etat == "attente"]
        return attentes.index(tache) + 1 if tache in attentes else 0

    def arreter(self) -> None:
        """Arrêter les ouvriers et effacer les fichiers ; la fabrique peut resservir ensuite."""
        with self._verrou:
            self._arretee.set()
            for ouvrier in self._ouvriers:
                ouvrier.arreter()
            self._ouvriers = []
            self._taches.clear()
            self._apercus.clear()
            self._file, self._arretee = queue.Queue(), threading.Event()
            if self._racine is not None:
                shutil.rmtree(self._racine, ignore_errors=True)
                self._racine = None

    def _nouvelle(self, ordre: Mapping[str, Any]) -> Tache:
        if self._racine is None:
            self._racine = Path(tempfile.mkdtemp(prefix="observatoire-exports-"))
        # Un identifiant que l’on ne devine pas : chacun ne télécharge que ce qu’il a demandé.
        identifiant = secrets.token_urlsafe(16)
        dossier = self._racine / identifiant
        dossier.mkdir()
        tache = Tache(identifiant, {**ordre, "dossier": str(dossier)}, dossier)
        self._taches[identifiant] = tache
        return tache

    def _effacer_anciennes(self) -> None:
        finies = [t for t in self._taches.values() if t.est_finie]
        for tache in finies[: max(0, len(self._taches) - _GARDEES)]:
            del self._taches[tache.identifiant]
            shutil.rmtree(tache.dossier, ignore_errors=True)
        self._apercus = {c: i for c, i in self._apercus.items() if i in self._taches}

    def _embaucher(self) -> None:
        libres = sum(o.libre for o in self._ouvriers)
        if self._file.qsize() <= libres or len(self._ouvriers) >= self._a_la_fois:
            return
        ouvrier = _Ouvrier()
        self._ouvriers.append(ouvrier)
        threading.Thread(
            target=self._travailler, args=(ouvrier, self._file, self._arretee), daemon=True
        ).start()

    def _travailler(
        self, ouvrier: _Ouvrier, file: queue.Queue[Tache | None], arretee: threading.Event
    ) -> None:
        dernier = time.monotonic()
        while not arretee.is_set():
            try:
                tache = file.get(timeout=1)
            except queue.Empty:
                with self._verrou:
                    if time.monotonic() - dernier < _REPOS_S or not file.empty():
                        continue
                    if ouvrier in self._ouvriers:
                        self._ouvriers.remove(ouvrier)
                break
            ouvrier.libre = False
            if tache is None:
                ouvrier.preparer()
                ouvrier.libre, dernier = True, time.monotonic()
                continue
            tache.message, tache.etat = "Préparation", "cours"
            ouvrier.executer(tache)
            ouvrier.libre, dernier = True, time.monotonic()
        ouvrier.arreter()


fabrique = Fabrique()
"""Celle du serveur."""
