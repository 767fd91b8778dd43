"""Montrer les téléchargements : une barre dans un terminal, sinon une ligne par fichier."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from observatoire.ingestion.fautes_reseau import octets
from observatoire.ingestion.telechargement import Avancement, Suivi

__all__ = ["montrer_progression"]

_SUFFIXE = ".partiel"


@contextmanager
def montrer_progression(console: Console) -> Iterator[Suivi]:
    """Donner le suivi à passer aux téléchargements.

    Parameters
    ----------
    console : rich.console.Console
        Sortie ; si ce n’est pas un terminal, une ligne est écrite par fichier reçu.

    Yields
    ------
    callable
        À passer à ``telecharger_source(suivi=…)``.
    """
    if not console.is_terminal:
        yield lambda a: _ligne(console, a)
        return
    colonnes = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*colonnes, console=console) as barres:
        taches: dict[str, TaskID] = {}

        def avancer(avancement: Avancement) -> None:
            nom = avancement.fichier.removesuffix(_SUFFIXE)
            if nom not in taches:
                taches[nom] = barres.add_task(nom, total=avancement.total)
            barres.update(taches[nom], completed=avancement.recus, total=avancement.total)

        yield avancer


def _ligne(console: Console, avancement: Avancement) -> None:
    if avancement.fini:
        nom = avancement.fichier.removesuffix(_SUFFIXE)
        texte = f"{nom} : {octets(avancement.recus)} reçus"
        console.print(texte, highlight=False, markup=False, soft_wrap=True)
