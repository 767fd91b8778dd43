"""Identités comptables : parties qui doivent faire un tout, grandeurs ordonnées."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from observatoire.erreurs import Anomalie
from observatoire.ingestion.modeles import FichierReconnu
from observatoire.ingestion.reconnaissance import resoudre_colonne

__all__ = ["colonnes_de_controle", "controler_identites"]

# Arrondis de diffusion : une unité, ou un pour cent du tout.
_TOLERANCE_ABSOLUE = 1.0
_TOLERANCE_RELATIVE = 0.01
_MAX_CITEES = 10


@dataclass(frozen=True, slots=True)
class _Identite:
    """``somme(termes) == total`` si ``total`` est donné, sinon ``termes`` croissants."""

    source: str
    libelle: str
    termes: tuple[str, ...]
    total: str = ""

    def resoudre(self, fichier: FichierReconnu) -> _Identite | None:
        annee = "" if fichier.millesime is None else f"{fichier.millesime % 100:02d}"
        noms = [*self.termes, *([self.total] if self.total else [])]
        trouves = [resoudre_colonne(fichier.colonnes, n.replace("{aa}", annee)) for n in noms]
        presents = [t for t in trouves if t is not None]
        if len(presents) < len(noms):
            return None
        total = presents.pop() if self.total else ""
        return _Identite(self.source, self.libelle, tuple(presents), total)


@cache
def _identites() -> tuple[_Identite, ...]:
    brut = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    egalites = [
        _Identite(e["source"], e["libelle"], tuple(e["termes"]), e["total"])
        for e in brut["egalite"]
    ]
    return (
        *egalites,
        *(_Identite(i["source"], i["libelle"], tuple(i["croissants"])) for i in brut["inegalite"]),
    )


def _resolues(fichier: FichierReconnu) -> list[_Identite]:
    candidates = (i.resoudre(fichier) for i in _identites() if i.source == fichier.source)
    return [i for i in candidates if i is not None]


def colonnes_de_controle(fichier: FichierReconnu) -> tuple[str, ...]:
    """Colonnes à lire pour vérifier les identités de ce fichier.

    Parameters
    ----------
    fichier : FichierReconnu
        Table reconnue.
    """
    identites = _resolues(fichier)
    return tuple(
        dict.fromkeys(c for i in identites for c in (*i.termes, *([i.total] if i.total else [])))
    )


def controler_identites(
    fichier: FichierReconnu,
    nombres: Mapping[str, NDArray[np.float64]],
    positions: NDArray[np.int64],
    numeroter: Callable[[int], int],
) -> list[Anomalie]:
    """Vérifier les identités ligne à ligne, là où tous les termes sont connus.

    Parameters
    ----------
    fichier : FichierReconnu
        Table.
    nombres : mapping of str to numpy.ndarray, shape (n,)
        Colonnes converties.
    positions : numpy.ndarray of int64, shape (n,)
        Positions des lignes dans le fichier.
    numeroter : callable
        Numéro de ligne d’une position.

    Returns
    -------
    list of Anomalie
        Une erreur par ligne fautive (dix au plus par identité).
    """
    anomalies = []
    for identite in _resolues(fichier):
        fautives = _fautives(identite, nombres)
        for rang in np.flatnonzero(fautives)[:_MAX_CITEES]:
            ligne = numeroter(int(positions[rang]))
            chiffres = _ecrire(identite, nombres, int(rang))
            message = f"{identite.libelle} ne concordent pas : {chiffres}"
            remede = "vérifiez cette ligne chez le producteur"
            colonne = identite.total or identite.termes[-1]
            anomalies.append(Anomalie(message, fichier.nom, ligne, colonne, remede))
    return anomalies


def _fautives(identite: _Identite, nombres: Mapping[str, NDArray[np.float64]]) -> NDArray[np.bool_]:
    termes = np.array([nombres[t] for t in identite.termes])
    reference = nombres[identite.total] if identite.total else termes.max(axis=0)
    tolerance = np.maximum(_TOLERANCE_ABSOLUE, _TOLERANCE_RELATIVE * np.abs(reference))
    # Une comparaison avec NaN est fausse : un terme masqué ne permet pas de conclure.
    if identite.total:
        return np.asarray(np.abs(termes.sum(axis=0) - reference) > tolerance)
    return np.asarray((termes[:-1] - termes[1:] > tolerance).any(axis=0))


def _ecrire(identite: _Identite, nombres: Mapping[str, NDArray[np.float64]], rang: int) -> str:
    signe = " + " if identite.total else " ≤ "
    gauche = signe.join(f"{t} ({nombres[t][rang]:g})" for t in identite.termes)
    return (
        f"{gauche} = {identite.total} ({nombres[identite.total][rang]:g})"
        if identite.total
        else gauche
    )
