"""Lire une ville dont un fichier est abîmé, et juger ce que l’observatoire en a fait.

La règle : jamais un chiffre faux en silence. Ou bien une erreur prévue qui nomme le fichier, ou
bien des valeurs inchangées, ou bien chaque différence dite : un statut, un avertissement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely

from observatoire.catalogue import Catalogue
from observatoire.collecte import DossierVille, rassembler
from observatoire.erreurs import Anomalie, ErreurObservatoire, lever_si_erreurs
from observatoire.ingestion import Inventaire, controler_coherence, inventorier

__all__ = ["Lecture", "Refus", "Verdict", "juger", "lire_ville"]

_ECART_SURFACE_M2 = 1.0
_MOTS_ANGLAIS = ("Traceback", "error", "Error", "invalid", "Invalid", "expected", "failed")


@dataclass(frozen=True)
class Lecture:
    """Ce qui a été lu : chaque valeur et chaque contour, et ce qui a été dit à la personne."""

    valeurs: dict[tuple[str, int, str, str], tuple[str, float]]
    contours: dict[tuple[str, str], tuple[str, object]]
    dits: frozenset[str]


@dataclass(frozen=True)
class Refus:
    """L’erreur prévue qui a arrêté la lecture."""

    erreur: ErreurObservatoire


@dataclass(frozen=True)
class Verdict:
    """``identique``, ``statut``, ``signale``, ``refuse`` ou ``silencieux``, et pourquoi."""

    issue: str
    details: list[str] = field(default_factory=list)


def lire_ville(
    fichiers: Sequence[Path], compagnons: Inventaire, commune: str, catalogue: Catalogue
) -> Lecture | Refus:
    """Suivre la chaîne jusqu’aux contrôles ; toute autre exception fait échouer le test."""
    try:
        propre = inventorier(fichiers, catalogue)
        inventaire = Inventaire(
            propre.reconnus + compagnons.reconnus,
            propre.non_reconnus + compagnons.non_reconnus,
            propre.anomalies + compagnons.anomalies,
        )
        ville = rassembler(commune, inventaire, catalogue)
        communes = sorted(set(ville.iris["code_commune"]))
        croises = controler_coherence(
            ville.iris, ville.qpv, ville.tables, catalogue, communes=communes
        )
        lever_si_erreurs("Les fichiers ne peuvent pas être publiés :", croises)
    except ErreurObservatoire as erreur:
        return Refus(erreur)
    return _relever(ville, inventaire, croises)


def _relever(ville: DossierVille, inventaire: Inventaire, croises: Sequence[Anomalie]) -> Lecture:
    valeurs: dict[tuple[str, int, str, str], tuple[str, float]] = {}
    for table in ville.tables:
        assert table.valeurs.index.is_unique
        statuts = table.statuts.to_dict()
        for variable, colonne in table.valeurs.to_dict().items():
            for code, valeur in colonne.items():
                cle = (table.source, table.millesime, str(variable), str(code))
                valeurs[cle] = (statuts[variable][code], valeur)
    contours: dict[tuple[str, str], tuple[str, object]] = {}
    couches = {
        "iris": ("code_iris", "nom_iris"),
        "qpv": ("code_territoire", "nom"),
        "secteurs": ("code_territoire", "nom"),
        "communes": ("code_commune", "nom"),
    }
    for role, (code, nom) in couches.items():
        couche = getattr(ville, role)
        for c, n, forme in zip(couche[code], couche[nom], couche.geometry, strict=True):
            contours[role, c] = (n, forme)
    dits = {str(a) for a in (*inventaire.anomalies, *ville.avertissements, *croises)}
    dits |= {f"{nom} : {raison}" for nom, raison in inventaire.non_reconnus}
    return Lecture(valeurs, contours, frozenset(dits))


def juger(sain: Lecture, obtenu: Lecture | Refus, noms: Sequence[str]) -> Verdict:
    """Comparer à la lecture des fichiers sains ; ``noms`` : le fichier abîmé, et sa couche."""
    if isinstance(obtenu, Refus):
        return _juger_refus(obtenu.erreur, noms)
    ecarts, statuts = _ecarts_de_valeurs(sain, obtenu)
    ecarts += _ecarts_de_contours(sain, obtenu)
    nouveaux = sorted(d for d in obtenu.dits - sain.dits if any(n in d for n in noms))
    if ecarts and not nouveaux:
        return Verdict("silencieux", ecarts)
    if ecarts or nouveaux:
        return Verdict("signale", nouveaux + ecarts)
    return Verdict("statut", statuts) if statuts else Verdict("identique")


def _juger_refus(erreur: ErreurObservatoire, noms: Sequence[str]) -> Verdict:
    texte = str(erreur)
    if not any(n in texte for n in noms):
        return Verdict("silencieux", [f"l’erreur ne nomme pas le fichier : {texte}"])
    if not all(a.remede for a in erreur.anomalies):
        return Verdict("silencieux", [f"l’erreur ne dit pas que faire : {texte}"])
    # Le détail technique d’une bibliothèque, en anglais, n’est admis qu’entre parenthèses.
    if mots := [m for m in _MOTS_ANGLAIS if m in re.sub(r"\(.*\)", "", texte)]:
        return Verdict("anglais", [f"{mots} : {texte}"])
    return Verdict("refuse", [texte])


def _ecarts_de_valeurs(sain: Lecture, obtenu: Lecture) -> tuple[list[str], list[str]]:
    """Écarts qu’un avertissement doit dire, et valeurs qui ne font que devenir masquées."""
    ecarts, statuts = [], []
    for cle in sorted(sain.valeurs.keys() | obtenu.valeurs.keys()):
        avant, apres = sain.valeurs.get(cle), obtenu.valeurs.get(cle)
        if avant is None or apres is None:
            ecarts.append(f"{cle} : {avant} → {apres}")
        elif avant[0] == apres[0] and (
            avant[1] == apres[1] or np.isnan([avant[1], apres[1]]).all()
        ):
            continue
        elif apres[0] in {"secret", "absent"} and np.isnan(apres[1]):
            statuts.append(f"{cle} : {avant} → {apres}")
        else:
            ecarts.append(f"{cle} : {avant} → {apres}")
    return ecarts, statuts


def _ecarts_de_contours(sain: Lecture, obtenu: Lecture) -> list[str]:
    ecarts = []
    for cle in sorted(sain.contours.keys() | obtenu.contours.keys()):
        avant, apres = sain.contours.get(cle), obtenu.contours.get(cle)
        if avant is None or apres is None:
            ecarts.append(f"{cle} : contour {'apparu' if avant is None else 'disparu'}")
        elif avant[0] != apres[0]:
            ecarts.append(f"{cle} : « {avant[0]} » → « {apres[0]} »")
        elif (surface := _surface_changee(avant[1], apres[1])) > _ECART_SURFACE_M2:
            ecarts.append(f"{cle} : contour changé sur {surface:.0f} m²")
    return ecarts


def _surface_changee(avant: object, apres: object) -> float:
    if shapely.equals(avant, apres):
        return 0.0
    return float(shapely.area(shapely.symmetric_difference(avant, apres)))
