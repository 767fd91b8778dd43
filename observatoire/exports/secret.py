"""Secret secondaire : une cellule masquée ne doit pas se recalculer à partir d’un total.

Une table additive se lit comme un système linéaire : chaque inconnue est la valeur d’une zone
masquée ; chaque total diffusé (ville, secteur, quartier fait d’IRIS entiers) donne une équation
une fois retranchées les zones visibles. Une cellule est *dévoilée* si sa valeur est la même dans
toutes les solutions, c’est-à-dire si sa ligne est nulle dans le noyau du système (Willenborg et
de Waal, *Elements of Statistical Disclosure Control*, 2001, chapitre 6). Un reste nul dévoile
aussi : des effectifs positifs dont la somme est nulle sont tous nuls, que cette somme soit un total
ou la différence de deux découpages qui se recouvrent (:mod:`observatoire.exports.zeros_imposes`).

La règle masque alors la plus petite zone visible qui suffit, à défaut les deux plus petites, à
défaut un total partiel (secteur, quartier) et une de ses zones, à défaut une zone et tous les totaux
partiels qui la contiennent (deux découpages de la ville se recouvrent), et le total de la ville en
dernier recours. Elle recommence jusqu’à ce que plus rien ne se recalcule, y compris ce qu’elle a masqué,
puis rend visible ce qui était devenu inutile. Limite : la règle empêche le calcul exact ; elle
ne garantit pas de largeur à l’intervalle où l’on peut encore situer une cellule masquée.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np

from observatoire.exports.zeros_imposes import zeros_imposes

__all__ = ["Somme", "TableAdditive", "devoilees", "masquer_davantage"]

Reels: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
Masque: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]

_TOLERANCE = 1e-9
_ZONES_EN_PAIRES = 80
"""Au-delà, seules les plus petites zones sont essayées deux à deux."""


@dataclass(frozen=True, slots=True)
class Somme:
    """Un total diffusé : le coefficient de chaque zone (0 à 1), et sa valeur si elle est connue."""

    code: str
    coefficients: Reels
    montant: float
    visible: bool = True
    a_proteger: bool = False
    """Masqué par le producteur : il ne doit pas se recalculer à partir des zones."""
    exacte: bool = True
    """Un reste nul y a un sens ; faux pour un taux arrondi, multiplié par sa base."""


@dataclass(frozen=True, slots=True)
class TableAdditive:
    """Zones et totaux d’une grandeur additive.

    ``montants`` (n,) vaut NaN pour une zone masquée ; ``codes`` départage les égalités.
    """

    codes: tuple[str, ...]
    montants: Reels
    sommes: tuple[Somme, ...]


@dataclass(frozen=True, slots=True)
class _Etat:
    """Ce qui est visible à un moment de la recherche."""

    table: TableAdditive
    zones_masquees: Masque
    sommes_visibles: Masque

    def noyau(self, inconnues: Sequence[int]) -> Reels:
        """Base des vecteurs d’inconnues qui laissent tous les totaux visibles inchangés (h × k)."""
        lignes = [
            s.coefficients[list(inconnues)]
            for s, visible in zip(self.table.sommes, self.sommes_visibles, strict=True)
            if visible
        ]
        if not len(inconnues):
            return np.zeros((0, 0))
        systeme = np.array(lignes, dtype=float).reshape(len(lignes), len(inconnues))
        if not lignes:
            return np.eye(len(inconnues))
        _, valeurs, base = np.linalg.svd(systeme)
        rang = int((valeurs > _TOLERANCE * max(1.0, float(valeurs[0]))).sum())
        return np.asarray(base[rang:].T)

    def devoiles(self) -> tuple[list[int], list[int]]:
        """Rangs des zones, puis des totaux masqués, qui se recalculent."""
        nulles = self._nulles()
        # Une zone dont on sait qu’elle est nulle n’est plus une inconnue pour les autres.
        cachees = [int(z) for z in np.flatnonzero(self.zones_masquees) if int(z) not in nulles]
        noyau = self.noyau(cachees)
        fixes = np.abs(noyau).max(axis=1, initial=0.0) <= _TOLERANCE if cachees else []
        zones = nulles | {z for z, fixe in zip(cachees, fixes, strict=True) if fixe}
        sommes = []
        for rang, somme in enumerate(self.table.sommes):
            protege = somme.a_proteger or (somme.visible and not self.sommes_visibles[rang])
            if protege and somme.coefficients.any():
                cible = somme.coefficients[cachees] @ noyau if cachees else np.zeros(0)
                if np.abs(cible).max(initial=0.0) <= _TOLERANCE:
                    sommes.append(rang)
        return sorted(zones), sommes

    def _nulles(self) -> set[int]:
        """Zones masquées qu’un total, ou une différence de totaux, dit nulles."""
        cachees = np.flatnonzero(self.zones_masquees)
        connues = np.where(self.zones_masquees, 0.0, np.nan_to_num(self.table.montants))
        exactes = [
            s
            for s, visible in zip(self.table.sommes, self.sommes_visibles, strict=True)
            if visible and s.exacte and np.isfinite(s.montant)
        ]
        trouvees: set[int] = set()
        lignes, restes = [], []
        for somme in exactes:
            reste = somme.montant - float(somme.coefficients @ connues)
            dedans = somme.coefficients[cachees]
            if not (dedans > _TOLERANCE).any():
                continue
            if abs(reste) <= 1e-6 * max(1.0, abs(somme.montant)):
                trouvees |= {int(z) for z in cachees[dedans > _TOLERANCE]}
            lignes.append(dedans)
            restes.append(reste)
        if len(lignes) > 1:
            nuls = zeros_imposes(np.array(lignes), np.array(restes))
            trouvees |= {int(z) for z in cachees[nuls]}
        return trouvees

    def avec_zone(self, rang: int) -> _Etat:
        masquees = self.zones_masquees.copy()
        masquees[rang] = True
        return _Etat(self.table, masquees, self.sommes_visibles)

    def sans_somme(self, rang: int) -> _Etat:
        visibles = self.sommes_visibles.copy()
        visibles[rang] = False
        return _Etat(self.table, self.zones_masquees, visibles)


def _initial(table: TableAdditive, zones_en_plus: Sequence[str], sommes: Sequence[str]) -> _Etat:
    masquees = np.isnan(table.montants) | np.isin(table.codes, list(zones_en_plus))
    visibles = np.array([s.visible and s.code not in set(sommes) for s in table.sommes], dtype=bool)
    return _Etat(table, masquees, visibles)


def devoilees(
    table: TableAdditive, zones_en_plus: Sequence[str] = (), sommes_en_plus: Sequence[str] = ()
) -> list[str]:
    """Codes des zones et des totaux masqués qui se recalculent à partir de ce qui est visible.

    Parameters
    ----------
    table : TableAdditive
    zones_en_plus, sommes_en_plus : sequence of str
        Cellules que l’on masque en plus de celles du producteur.
    """
    zones, sommes = _initial(table, zones_en_plus, sommes_en_plus).devoiles()
    return [table.codes[z] for z in zones] + [table.sommes[s].code for s in sommes]


def masquer_davantage(table: TableAdditive) -> list[str]:
    """Cellules à masquer en plus pour qu’aucune cellule masquée ne se recalcule.

    Parameters
    ----------
    table : TableAdditive

    Returns
    -------
    list of str
        Codes de zones ou de totaux, dans l’ordre où ils ont été choisis ; vide si rien n’est
        masqué ou si rien ne se recalcule. Ne dépend pas de l’ordre des zones.
    """
    etat = _initial(table, (), ())
    if not etat.zones_masquees.any() and not any(s.a_proteger for s in table.sommes):
        return []
    choisies: list[str] = []
    while True:
        zones, sommes = etat.devoiles()
        if not zones and not sommes:
            return _elaguer(table, choisies)
        suivant = _meilleur_mouvement(etat, len(zones) + len(sommes))
        suivant = suivant or _plus_petit_total(etat, zones, sommes)
        if suivant is None:
            return _elaguer(table, choisies)
        codes, etat = suivant
        choisies += codes


def _elaguer(table: TableAdditive, choisies: list[str]) -> list[str]:
    """Rendre visibles, de la plus grande à la plus petite, les cellules devenues inutiles."""
    tailles = {c: abs(float(m)) for c, m in zip(table.codes, table.montants, strict=True)}
    sommes = {s.code for s in table.sommes}
    gardees = list(choisies)
    for code in sorted(choisies, key=lambda c: (-tailles.get(c, np.inf), c)):
        essai = [c for c in gardees if c != code]
        zones = [c for c in essai if c not in sommes]
        if not devoilees(table, zones, [c for c in essai if c in sommes]):
            gardees = essai
    return gardees


def _meilleur_mouvement(etat: _Etat, nombre: int) -> tuple[list[str], _Etat] | None:
    """Le premier masquage, du moins au plus coûteux, qui réduit le nombre de cellules dévoilées."""
    table = etat.table
    for zones, sommes in _mouvements(etat):
        essai = etat
        for rang in zones:
            essai = essai.avec_zone(rang)
        for rang in sommes:
            essai = essai.sans_somme(rang)
        if sum(map(len, essai.devoiles())) < nombre:
            codes = [table.codes[z] for z in zones] + [table.sommes[s].code for s in sommes]
            return codes, essai
    return None


def _mouvements(etat: _Etat) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Une zone, deux, un total partiel et une zone, une zone et tous ses totaux, enfin la ville."""
    table = etat.table
    visibles = [int(z) for z in np.flatnonzero(~etat.zones_masquees)]
    # Masquer une zone nulle ne cache rien : elle vient après les autres.
    zones = sorted(visibles, key=lambda z: (_taille(float(table.montants[z])), table.codes[z]))
    yield from (((z,), ()) for z in zones)
    paires = sorted(
        combinations(zones[:_ZONES_EN_PAIRES], 2),
        key=lambda p: (
            any(table.montants[z] == 0.0 for z in p),
            sum(abs(float(table.montants[z])) for z in p),
            *(table.codes[z] for z in p),
        ),
    )
    yield from ((paire, ()) for paire in paires)
    sommes = sorted(
        (r for r in range(len(table.sommes)) if etat.sommes_visibles[r]),
        key=lambda r: (_portee(table.sommes[r]), table.sommes[r].code),
    )
    partielles = [r for r in sommes if not table.sommes[r].coefficients.all()]
    for somme in partielles:
        yield (), (somme,)
        yield from (((z,), (somme,)) for z in zones if table.sommes[somme].coefficients[z] > 0)
    for z in zones:
        siennes = tuple(r for r in partielles if table.sommes[r].coefficients[z] > 0)
        if len(siennes) > 1:
            yield (z,), siennes
    yield from (((), (somme,)) for somme in sommes if somme not in partielles)


def _taille(montant: float) -> tuple[bool, float]:
    return montant == 0.0, abs(montant)


def _plus_petit_total(
    etat: _Etat, zones: Sequence[int], sommes: Sequence[int]
) -> tuple[list[str], _Etat] | None:
    """Le plus petit total visible qui contient une cellule dévoilée."""
    cibles = np.zeros(len(etat.table.codes), dtype=bool)
    cibles[list(zones)] = True
    for rang in sommes:
        cibles |= etat.table.sommes[rang].coefficients > _TOLERANCE
    permis = [
        rang
        for rang, somme in enumerate(etat.table.sommes)
        if etat.sommes_visibles[rang] and (somme.coefficients[cibles] > _TOLERANCE).any()
    ]
    if not permis:
        return None
    table = etat.table
    choisi = min(permis, key=lambda r: (_portee(table.sommes[r]), table.sommes[r].code))
    return [table.sommes[choisi].code], etat.sans_somme(choisi)


def _portee(somme: Somme) -> tuple[float, float]:
    """Un total de peu de zones est sacrifié avant celui de la ville."""
    montant = abs(somme.montant) if np.isfinite(somme.montant) else np.inf
    return float((somme.coefficients > _TOLERANCE).sum()), montant
