"""Identités d’une ligne : parties qui font un tout, grandeurs ordonnées, quotients, bornes."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from observatoire.erreurs import Anomalie
from observatoire.ingestion.modeles import FichierReconnu
from observatoire.ingestion.reconnaissance import resoudre_colonne
from observatoire.redaction import ecrire_lu

__all__ = ["colonnes_de_controle", "controler_identites"]

# Arrondis de diffusion : une unité, ou un pour cent du tout.
_TOLERANCE_ABSOLUE = 1.0
_TOLERANCE_RELATIVE = 0.01
# Le rapport interdécile est diffusé à un dixième près.
_TOLERANCE_QUOTIENT = 0.1
_MAX_CITEES = 10

_Nombres = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class _Identite:
    """Ce que des colonnes d’une même ligne doivent vérifier.

    ``egalite`` : somme des termes égale à ``total``, ou à ``constante`` ; ``inegalite`` :
    termes croissants ; ``quotient`` : le premier terme sur le second, égal à ``total`` ou
    entre ``bornes`` ; ``bornes`` : un seul terme entre deux valeurs.
    """

    genre: str
    source: str
    libelle: str
    termes: tuple[str, ...]
    total: str = ""
    constante: float = 0.0
    bornes: tuple[float, float] = (0.0, np.inf)

    def resoudre(self, fichier: FichierReconnu) -> _Identite | None:
        """La même, avec les colonnes du fichier ; rien s’il en manque."""
        annee = "" if fichier.millesime is None else f"{fichier.millesime % 100:02d}"
        noms = [n.replace("{aa}", annee) for n in (*self.termes, self.total)]
        *termes, total = [resoudre_colonne(fichier.colonnes, n) if n else "" for n in noms]
        presents = tuple(t for t in termes if t)
        # Une suite croissante le reste quand il en manque un terme ; une somme, non.
        assez = len(presents) > 1 if self.genre == "inegalite" else len(presents) == len(termes)
        if total is None or not assez:
            return None
        return replace(self, termes=presents, total=total)

    @property
    def colonnes(self) -> tuple[str, ...]:
        """Colonnes à lire."""
        return (*self.termes, *([self.total] if self.total else []))

    def fautives(self, nombres: _Nombres) -> NDArray[np.bool_]:
        """Lignes qui ne la vérifient pas ; un terme masqué (NaN) ne permet pas de conclure."""
        termes = np.array([nombres[t] for t in self.termes])
        bas, haut = self.bornes
        if self.genre == "bornes":
            return np.asarray((termes[0] < bas) | (termes[0] > haut))
        if self.genre == "quotient":
            quotient = np.divide(
                termes[0], termes[1], out=np.full(termes.shape[1], np.nan), where=termes[1] > 0
            )
            if self.total:
                return np.asarray(np.abs(quotient - nombres[self.total]) > _TOLERANCE_QUOTIENT)
            return np.asarray((quotient < bas) | (quotient > haut))
        if self.genre == "inegalite":
            # Un terme masqué ne doit pas rompre la suite : chacun est comparé au plus grand d’avant.
            plus_grand = np.fmax.accumulate(termes, axis=0)
            return np.asarray((plus_grand[:-1] - termes[1:] > _tolerer(plus_grand[-1])).any(axis=0))
        reference = nombres[self.total] if self.total else np.full(termes.shape[1], self.constante)
        return np.asarray(np.abs(termes.sum(axis=0) - reference) > _tolerer(reference))

    def dire(self, nombres: _Nombres, rang: int) -> str:
        """Message d’une ligne fautive, avec ses chiffres."""
        signe = {"egalite": " + ", "inegalite": " ≤ ", "quotient": " / "}.get(self.genre, "")
        chiffres = signe.join(f"{t} ({ecrire_lu(nombres[t][rang])})" for t in self.termes)
        if self.genre == "bornes":
            bas, haut = self.bornes
            return f"{ecrire_lu(nombres[self.termes[0]][rang])} est invraisemblable (attendu : de {ecrire_lu(bas)} à {ecrire_lu(haut)})"
        if self.total:
            chiffres += f" = {self.total} ({ecrire_lu(nombres[self.total][rang])})"
        elif self.genre == "quotient":
            chiffres += f" de {ecrire_lu(self.bornes[0])} à {ecrire_lu(self.bornes[1])}"
        elif self.genre == "egalite":
            chiffres += f" = {ecrire_lu(self.constante)}"
        return f"{self.libelle} ne concordent pas : {chiffres}"


def _tolerer(reference: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(_TOLERANCE_ABSOLUE, _TOLERANCE_RELATIVE * np.abs(reference))


@cache
def _identites() -> tuple[_Identite, ...]:
    brut = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    egalites = [
        _Identite(
            "egalite", e["source"], e["libelle"], tuple(e["termes"]),
            e.get("total", ""), e.get("constante", 0.0),
        )
        for e in brut["egalite"]
    ]  # fmt: skip
    inegalites = [
        _Identite("inegalite", i["source"], i["libelle"], tuple(i["croissants"]))
        for i in brut["inegalite"]
    ]
    quotients = [
        _Identite(
            "quotient", q["source"], q["libelle"], (q["numerateur"], q["denominateur"]),
            q.get("egal", ""), bornes=(q.get("minimum", 0.0), q.get("maximum", np.inf)),
        )
        for q in brut["quotient"]
    ]  # fmt: skip
    bornees = [
        _Identite("bornes", b["source"], "", (colonne,), bornes=(bornes[0], bornes[1]))
        for b in brut["bornes"]
        for colonne, bornes in b.items()
        if colonne != "source"
    ]
    return (*egalites, *inegalites, *quotients, *bornees)


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
    return tuple(dict.fromkeys(c for i in _resolues(fichier) for c in i.colonnes))


def controler_identites(
    fichier: FichierReconnu,
    nombres: _Nombres,
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
        for rang in np.flatnonzero(identite.fautives(nombres))[:_MAX_CITEES]:
            ligne = numeroter(int(positions[rang]))
            remede = "vérifiez cette ligne chez le producteur"
            colonne = identite.total or identite.termes[-1]
            message = identite.dire(nombres, int(rang))
            anomalies.append(Anomalie(message, fichier.nom, ligne, colonne, remede))
    return anomalies
