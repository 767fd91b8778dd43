"""Mélange de distributions : la loi d’un territoire à partir de celles de ses IRIS.

La médiane d’un quartier n’est pas la moyenne des médianes de ses IRIS : on mélange les
distributions, puis on lit la médiane du mélange.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from observatoire.erreurs import ErreurDonnees
from observatoire.estimation.faisceaux import Faisceau
from observatoire.estimation.lois import Distribution, Loi, Reels, Tableau, gauss_legendre

__all__ = ["Melange", "melanger", "repartitions_conjointes"]

_PANNEAUX, _NOEUDS_PAR_PANNEAU = 72, 8
_PRECISION_LOG = 1e-14
_PRECISION_RANG = 1e-13
_ITERATIONS = 150
_PORTEE_LOG = 40.0


@dataclass(frozen=True, eq=False)
class Melange:
    """Mélange de lois : ``F(x) = Σ_k w_k F_k(x)``. S’obtient par :func:`melanger`.

    Parameters
    ----------
    lois : tuple of Loi
        Composantes.
    poids : tuple of float
        Poids positifs, de somme 1.
    """

    lois: tuple[Loi, ...]
    poids: tuple[float, ...]

    def repartition(self, x: npt.ArrayLike) -> Reels:
        """Part des personnes sous ``x`` euros, entre 0 et 1."""
        points = np.asarray(x, dtype=np.float64)
        with np.errstate(divide="ignore"):
            resultat = self._repartition_log(np.log(np.maximum(points.ravel(), 0.0)))
        resultat = resultat.reshape(points.shape)
        return float(resultat) if resultat.ndim == 0 else resultat

    def part_sous(self, seuil: float) -> float:
        """Part des personnes sous un seuil en euros (taux de pauvreté), entre 0 et 1."""
        return float(self.repartition(seuil))

    def quantile(self, p: npt.ArrayLike) -> Reels:
        """Quantile d’ordre ``p`` (entre 0 et 1 exclus), en euros, par encadrement."""
        rangs = np.asarray(p, dtype=np.float64).ravel()
        if not ((rangs > 0) & (rangs < 1)).all():
            raise ErreurDonnees(f"Un quantile demande un ordre entre 0 et 1 exclus, et non {p!r}.")
        resultat = np.exp(self._log_quantile(rangs)).reshape(np.shape(p))
        return float(resultat) if resultat.ndim == 0 else resultat

    def moyenne(self) -> float:
        """Moyenne, en euros."""
        return float(sum(w * loi.moyenne() for w, loi in zip(self.poids, self.lois, strict=True)))

    def moments(self) -> Tableau:
        """``E[x]``, ``E[ln x]`` et ``E[x ln x]`` : ceux d’un mélange sont les moyennes des siens."""
        return np.asarray(
            sum(w * loi.moments() for w, loi in zip(self.poids, self.lois, strict=True))
        )

    def gini(self) -> float:
        """Indice de Gini, entre 0 et 1 : ``1 − ∫ (1 − F)² dx / μ``."""
        logs, longueurs, repartition, x_bas = self._grille
        survie = 1 - repartition
        carre = (survie * survie * np.exp(logs) * longueurs).sum()
        return float(1 - (x_bas + carre) / self.moyenne())

    def rapport_interdecile(self) -> float:
        """Rapport D9/D1."""
        d1, d9 = np.asarray(self.quantile([0.1, 0.9]))
        return float(d9 / d1)

    def s80_s20(self) -> float:
        """Masse des revenus des 20 % les plus aisés sur celle des 20 % les plus modestes."""
        bords = np.log(np.asarray(self.quantile([0.2, 0.8])))
        rangs = repartitions_conjointes(self.lois)(bords)
        parts = [loi.moyenne_partielle(p) for loi, p in zip(self.lois, rangs, strict=True)]
        sous_q20, sous_q80 = np.asarray(self.poids) @ np.array(parts)
        return float((self.moyenne() - sous_q80) / sous_q20)

    @cached_property
    def _groupes(self) -> tuple[list[tuple[Faisceau, Tableau]], list[tuple[Loi, float]]]:
        """Lois ajustées, réunies par ordres de quantiles ; les autres une à une."""
        par_rangs: dict[tuple[float, ...], list[tuple[Distribution, float]]] = {}
        autres: list[tuple[Loi, float]] = []
        for k, loi in enumerate(self.lois):
            if isinstance(loi, Distribution):
                par_rangs.setdefault(loi.rangs, []).append((loi, self.poids[k]))
            else:
                autres.append((loi, self.poids[k]))
        faisceaux = [
            (Distribution.faisceau([d for d, _ in groupe]), np.array([w for _, w in groupe]))
            for groupe in par_rangs.values()
        ]
        return faisceaux, autres

    def _repartition_log(self, logarithmes: Tableau) -> Tableau:
        """``F`` en des points donnés par leur logarithme, shape (n,)."""
        faisceaux, autres = self._groupes
        total = np.zeros(len(logarithmes))
        for faisceau, poids in faisceaux:
            total += poids @ faisceau.repartition(logarithmes)
        for loi, w in autres:
            total += w * np.asarray(loi.repartition(np.exp(logarithmes)))
        return total

    @cached_property
    def _grille(self) -> tuple[Tableau, Tableau, Tableau, float]:
        """Nœuds de Gauss-Legendre en ``ln x``, leurs longueurs, ``F``, et le bas de la grille.

        Sous le bas, ``F`` est nulle à 1e-10 près ; au-dessus du haut, ``(1 − F)²`` est sous 1e-12.
        """
        faisceaux, autres = self._groupes
        bords = [
            [
                *(f.log_quantile(p) for f, _ in faisceaux),
                *(np.log(np.atleast_1d(loi.quantile(p))) for loi, _ in autres),
            ]
            for p in (1e-10, 1 - 1e-6)
        ]
        bas, haut = min(b.min() for b in bords[0]), max(b.max() for b in bords[1])
        noeuds, poids = gauss_legendre(_NOEUDS_PAR_PANNEAU)
        panneaux = np.linspace(bas, haut, _PANNEAUX + 1)
        demi = np.diff(panneaux)[:, None] / 2
        logs = (panneaux[:-1, None] + demi * (noeuds + 1)).ravel()
        longueurs = (demi * poids).ravel()
        return logs, longueurs, self._repartition_log(logs), float(np.exp(bas))

    def _log_quantile(self, rangs: Tableau) -> Tableau:
        """Méthode d’Illinois : fausse position encadrée, tous les ordres à la fois."""
        logs, _, repartition, _ = self._grille
        k = np.clip(np.searchsorted(repartition, rangs), 1, len(logs) - 1)
        a, b = logs[k - 1], logs[k]
        # Hors de la grille (ordre extrême), on élargit jusqu’à encadrer.
        a = np.where(repartition[k - 1] > rangs, logs[0] - _PORTEE_LOG, a)
        b = np.where(repartition[k] < rangs, logs[-1] + _PORTEE_LOG, b)
        fa, fb = self._ecart(a, rangs), self._ecart(b, rangs)
        milieu, dernier_cote = (a + b) / 2, np.zeros(len(rangs))
        for tour in range(_ITERATIONS):
            pente = np.where(fb > fa, fb - fa, np.inf)
            milieu = np.clip(np.where(fb > fa, b - fb * (b - a) / pente, (a + b) / 2), a, b)
            if tour % 3 == 2:
                # Là où F est presque verticale la sécante piétine : la bissection garantit la fin.
                milieu = (a + b) / 2
            f = self._ecart(milieu, rangs)
            if ((np.abs(f) <= _PRECISION_RANG) | (b - a <= _PRECISION_LOG)).all():
                break
            cote = np.where(f < 0, -1.0, 1.0)
            # Illinois : l’extrémité gardée deux fois de suite perd la moitié de son poids.
            repete = np.where(cote == dernier_cote, 0.5, 1.0)
            a, b = np.where(cote < 0, milieu, a), np.where(cote > 0, milieu, b)
            fa, fb = np.where(cote < 0, f, fa * repete), np.where(cote > 0, f, fb * repete)
            dernier_cote = cote
        return milieu

    def _ecart(self, logarithmes: Tableau, rangs: Tableau) -> Tableau:
        return self._repartition_log(logarithmes) - rangs


def repartitions_conjointes(lois: Sequence[Loi]) -> Callable[[Tableau], Tableau]:
    """Fonction qui évalue ensemble la répartition de plusieurs lois.

    Parameters
    ----------
    lois : sequence of Loi
        Lois de revenus, de tous genres.

    Returns
    -------
    callable
        Des logarithmes de revenus, shape (n,), aux répartitions, shape (k, n), dans
        l’ordre des lois.
    """
    par_rangs: dict[tuple[float, ...], list[int]] = {}
    autres = [k for k, loi in enumerate(lois) if not isinstance(loi, Distribution)]
    ajustees = [(k, loi) for k, loi in enumerate(lois) if isinstance(loi, Distribution)]
    for k, loi in ajustees:
        par_rangs.setdefault(loi.rangs, []).append(k)
    dict_lois = dict(ajustees)
    faisceaux = [
        (lignes, Distribution.faisceau([dict_lois[k] for k in lignes]))
        for lignes in par_rangs.values()
    ]

    def repartitions(logarithmes: Tableau) -> Tableau:
        resultat = np.empty((len(lois), len(logarithmes)))
        for lignes, faisceau in faisceaux:
            resultat[lignes] = faisceau.repartition(logarithmes)
        for k in autres:
            resultat[k] = lois[k].repartition(np.exp(logarithmes))
        return resultat

    return repartitions


def melanger(lois: Sequence[Loi], poids: Sequence[float]) -> Melange:
    """Mélanger des lois de revenus.

    Parameters
    ----------
    lois : sequence of Loi
        Une loi par IRIS (:class:`Distribution` ou :class:`Lognormale`).
    poids : sequence of float
        Nombre de personnes de chaque IRIS dans le territoire (univers de Filosofi) ; la somme
        n’a pas à valoir 1. Un poids nul retire la composante.

    Returns
    -------
    Melange
        Loi du territoire.

    Raises
    ------
    ErreurDonnees
        Si les longueurs diffèrent, si un poids est négatif ou manquant, ou si tous sont nuls.

    Notes
    -----
    Un IRIS masqué n’a pas de loi : il revient à l’appelant de l’écarter et de dire quelle
    part de la population reste couverte.
    """
    valeurs = np.asarray(poids, dtype=np.float64)
    if len(lois) != len(valeurs):
        raise ErreurDonnees(
            f"Un mélange demande un poids par loi : {len(lois)} lois, {len(valeurs)} poids."
        )
    if not (valeurs >= 0).all() or not np.isfinite(valeurs).all():
        raise ErreurDonnees(
            "Un poids du mélange est négatif, infini ou manquant : écarter l’IRIS dont la "
            "population est inconnue."
        )
    if not valeurs.sum() > 0:
        raise ErreurDonnees(
            "Aucune loi n’a de poids : la distribution de ce territoire est inconnue."
        )
    gardees = np.flatnonzero(valeurs > 0)
    parts = valeurs[gardees] / valeurs.sum()
    return Melange(tuple(lois[int(k)] for k in gardees), tuple(float(w) for w in parts))
