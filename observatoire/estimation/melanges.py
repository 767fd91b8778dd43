"""Mélange de distributions : la loi d’un territoire à partir de celles de ses IRIS.

La médiane d’un quartier n’est pas la moyenne des médianes de ses IRIS : on mélange les
distributions, puis on lit la médiane du mélange.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from observatoire.erreurs import ErreurDonnees
from observatoire.estimation.conjointes import LoisConjointes
from observatoire.estimation.lois import Loi, Reels, Tableau, gauss_legendre

__all__ = ["Melange", "melanger", "quantiles_de_chacun"]

_PANNEAUX, _NOEUDS_PAR_PANNEAU = 72, 8
_PRECISION_LOG = 1e-14
_PRECISION_RANG = 1e-13
_ITERATIONS = 150
_PORTEE_LOG = 40.0
_LOIS_PAR_LOT = 256


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
            resultat = self._lot.repartition(np.log(np.maximum(points.ravel(), 0.0))[None])[0]
        resultat = resultat.reshape(points.shape)
        return float(resultat) if resultat.ndim == 0 else resultat

    def part_sous(self, seuil: float) -> float:
        """Part des personnes sous un seuil en euros (taux de pauvreté), entre 0 et 1."""
        return float(self.repartition(seuil))

    def quantile(self, p: npt.ArrayLike) -> Reels:
        """Quantile d’ordre ``p`` (entre 0 et 1 exclus), en euros, par encadrement."""
        resultat = np.exp(self._lot.log_quantile(_ordres(p))[0]).reshape(np.shape(p))
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
        rangs = LoisConjointes(self.lois).repartition(bords)
        parts = [loi.moyenne_partielle(p) for loi, p in zip(self.lois, rangs, strict=True)]
        sous_q20, sous_q80 = np.asarray(self.poids) @ np.array(parts)
        return float((self.moyenne() - sous_q80) / sous_q20)

    @cached_property
    def _lot(self) -> _Lot:
        return _Lot([self])

    @cached_property
    def _grille(self) -> tuple[Tableau, Tableau, Tableau, float]:
        """Nœuds de Gauss-Legendre en ``ln x``, leurs longueurs, ``F``, et le bas de la grille."""
        logs, longueurs, repartition, x_bas = self._lot.grille
        return logs[0], longueurs[0], repartition[0], float(x_bas[0])


class _Lot:
    """Mélanges évalués ensemble, chacun en ses propres points : une ligne par mélange.

    Parameters
    ----------
    melanges : sequence of Melange, shape (m,)
    """

    def __init__(self, melanges: Sequence[Melange]) -> None:
        tailles = [len(m.lois) for m in melanges]
        self._lois = LoisConjointes([loi for m in melanges for loi in m.lois])
        self._poids = np.concatenate([m.poids for m in melanges])[:, None]
        self._lignes = np.repeat(np.arange(len(melanges)), tailles)
        self._departs = np.cumsum([0, *tailles[:-1]])

    def repartition(self, logarithmes: Tableau) -> Tableau:
        """``F`` de chaque mélange, aux logarithmes de revenus donnés ; shape (m, n)."""
        f = self._poids * self._lois.repartition(logarithmes[self._lignes])
        return np.add.reduceat(f, self._departs, axis=0)

    @cached_property
    def grille(self) -> tuple[Tableau, Tableau, Tableau, Tableau]:
        """Nœuds de Gauss-Legendre en ``ln x``, leurs longueurs, ``F``, et le bas de chaque grille.

        Sous le bas, ``F`` est nulle à 1e-10 près ; au-dessus du haut, ``(1 − F)²`` est sous 1e-12.
        """
        bas = np.minimum.reduceat(self._lois.log_quantile(1e-10), self._departs)
        haut = np.maximum.reduceat(self._lois.log_quantile(1 - 1e-6), self._departs)
        noeuds, poids = gauss_legendre(_NOEUDS_PAR_PANNEAU)
        panneaux = np.linspace(bas, haut, _PANNEAUX + 1, axis=-1)
        demi = np.diff(panneaux, axis=-1)[..., None] / 2
        logs = (panneaux[:, :-1, None] + demi * (noeuds + 1)).reshape(len(bas), -1)
        longueurs = (demi * poids).reshape(len(bas), -1)
        return logs, longueurs, self.repartition(logs), np.exp(bas)

    def log_quantile(self, rangs: Tableau) -> Tableau:
        """Méthode d’Illinois : fausse position encadrée, tous les mélanges et tous les ordres à la fois.

        Parameters
        ----------
        rangs : numpy.ndarray, shape (r,)
            Ordres, entre 0 et 1 exclus.

        Returns
        -------
        numpy.ndarray, shape (m, r)
        """
        logs, _, repartition, _ = self.grille
        dessous = (repartition[:, None, :] < rangs[:, None]).sum(axis=-1)
        k = np.clip(dessous, 1, logs.shape[1] - 1)
        ligne = np.arange(len(logs))[:, None]
        a, b = logs[ligne, k - 1], logs[ligne, k]
        # Hors de la grille (ordre extrême), on élargit jusqu’à encadrer.
        a = np.where(repartition[ligne, k - 1] > rangs, logs[:, :1] - _PORTEE_LOG, a)
        b = np.where(repartition[ligne, k] < rangs, logs[:, -1:] + _PORTEE_LOG, b)
        fa, fb = self.repartition(a) - rangs, self.repartition(b) - rangs
        milieu, dernier_cote = (a + b) / 2, np.zeros(a.shape)
        fini = np.zeros(a.shape, dtype=bool)
        for tour in range(_ITERATIONS):
            pente = np.where(fb > fa, fb - fa, np.inf)
            suivant = np.clip(np.where(fb > fa, b - fb * (b - a) / pente, (a + b) / 2), a, b)
            if tour % 3 == 2:
                # Là où F est presque verticale la sécante piétine : la bissection garantit la fin.
                suivant = (a + b) / 2
            # Un ordre trouvé ne bouge plus : il ne dépend pas de ceux cherchés avec lui.
            milieu = np.where(fini, milieu, suivant)
            f = self.repartition(milieu) - rangs
            fini |= (np.abs(f) <= _PRECISION_RANG) | (b - a <= _PRECISION_LOG)
            if fini.all():
                break
            cote = np.where(f < 0, -1.0, 1.0)
            # Illinois : l’extrémité gardée deux fois de suite perd la moitié de son poids.
            repete = np.where(cote == dernier_cote, 0.5, 1.0)
            a, b = np.where(cote < 0, milieu, a), np.where(cote > 0, milieu, b)
            fa, fb = np.where(cote < 0, f, fa * repete), np.where(cote > 0, f, fb * repete)
            dernier_cote = cote
        return milieu


def quantiles_de_chacun(melanges: Sequence[Melange], p: npt.ArrayLike) -> Tableau:
    """Quantiles de beaucoup de mélanges : :meth:`Melange.quantile` pour chacun, plus vite.

    Parameters
    ----------
    melanges : sequence of Melange, shape (m,)
        Lois des territoires.
    p : array_like of float, shape (r,)
        Ordres, entre 0 et 1 exclus.

    Returns
    -------
    numpy.ndarray of float, shape (m, r)
        En euros ; les quantiles d’un mélange ne dépendent pas des autres.
    """
    rangs = _ordres(p)
    morceaux = [np.empty((0, len(rangs)))]
    debut = 0
    while debut < len(melanges):
        fin, lois = debut + 1, len(melanges[debut].lois)
        # Des lots bornés : la grille d’un mélange a des centaines de points pour chaque loi.
        while fin < len(melanges) and lois + len(melanges[fin].lois) <= _LOIS_PAR_LOT:
            lois += len(melanges[fin].lois)
            fin += 1
        morceaux.append(np.exp(_Lot(melanges[debut:fin]).log_quantile(rangs)))
        debut = fin
    return np.concatenate(morceaux)


def _ordres(p: npt.ArrayLike) -> Tableau:
    rangs = np.asarray(p, dtype=np.float64).ravel()
    if not ((rangs > 0) & (rangs < 1)).all():
        raise ErreurDonnees(f"Un quantile demande un ordre entre 0 et 1 exclus, et non {p!r}.")
    return rangs


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
