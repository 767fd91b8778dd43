"""Indice de défavorisation : première composante principale de quatre mesures (FDep).

Rey, Jougla, Fouillet et Hémon (2009), *Ecological association between a deprivation index and mortality in
France*. Le modèle est appris une fois sur la France ; l’appliquer n’est qu’une somme pesée.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from observatoire.erreurs import ErreurDonnees

__all__ = ["ModeleDefavorisation", "ajuster_defavorisation"]

Tableau = npt.NDArray[np.float64]
_EFFECTIF_MIN = 30


@dataclass(frozen=True)
class ModeleDefavorisation:
    """Ce qu’il faut pour noter un territoire, et rien d’autre.

    ``variables`` : dans l’ordre, les mesures ; ``moyennes`` et ``ecarts_types`` dans leur unité ;
    ``charges`` : poids de chaque mesure centrée et réduite, de somme des carrés 1 ;
    ``seuils`` : les quatre scores qui séparent les cinq classes d’effectif égal de l’apprentissage ;
    ``part_expliquee`` : part (0 à 1) de la variance que porte la composante.
    """

    variables: tuple[str, ...]
    moyennes: tuple[float, ...]
    ecarts_types: tuple[float, ...]
    charges: tuple[float, ...]
    seuils: tuple[float, ...]
    part_expliquee: float
    effectif: int

    def score(self, valeurs: npt.ArrayLike) -> Tableau:
        """Score de chaque territoire, d’autant plus haut qu’il est défavorisé.

        Parameters
        ----------
        valeurs : array_like of float, shape (n, k)
            Mesures, dans l’ordre et l’unité de ``variables``.

        Returns
        -------
        numpy.ndarray of float, shape (n,)
            Somme des mesures centrées, réduites et pesées ; 0 pour l’IRIS moyen de
            l’apprentissage, ``NaN`` si une mesure manque.
        """
        x = np.asarray(valeurs, dtype=np.float64)
        reduites = (x - np.asarray(self.moyennes)) / np.asarray(self.ecarts_types)
        return np.asarray(reduites @ np.asarray(self.charges))

    def bornes(self, basses: npt.ArrayLike, hautes: npt.ArrayLike) -> tuple[Tableau, Tableau]:
        """Scores le plus bas et le plus haut que permettent les bornes des mesures, shape (n,)."""
        favorables = np.asarray(self.charges) < 0
        bas, haut = np.asarray(basses, np.float64), np.asarray(hautes, np.float64)
        return (
            self.score(np.where(favorables, haut, bas)),
            self.score(np.where(favorables, bas, haut)),
        )

    def cinquieme(self, scores: npt.ArrayLike) -> Tableau:
        """Cinquième de chaque score : 1 le moins défavorisé, 5 le plus ; ``NaN`` s’il manque."""
        s = np.asarray(scores, dtype=np.float64)
        rangs = np.searchsorted(np.asarray(self.seuils), s, side="right") + 1.0
        return np.asarray(np.where(np.isfinite(s), rangs, np.nan))


def ajuster_defavorisation(
    valeurs: npt.ArrayLike, variables: tuple[str, ...], *, favorable: str
) -> ModeleDefavorisation:
    """Apprendre l’indice : première composante principale des mesures centrées et réduites.

    Parameters
    ----------
    valeurs : array_like of float, shape (n, k)
        Une ligne par territoire ; une ligne incomplète est laissée de côté.
    variables : tuple of str
        Nom de chaque colonne.
    favorable : str
        Mesure dont une hausse est favorable (le niveau de vie) : elle fixe le signe du score.

    Returns
    -------
    ModeleDefavorisation

    Raises
    ------
    ErreurDonnees
        Si moins de 30 territoires sont complets, ou si une mesure est la même partout.
    """
    x = np.asarray(valeurs, dtype=np.float64)
    x = x[np.isfinite(x).all(axis=1)]
    if len(x) < _EFFECTIF_MIN or not (x.std(axis=0) > 0).all():
        raise ErreurDonnees(
            f"L’indice de défavorisation s’apprend sur {_EFFECTIF_MIN} territoires complets au moins, "
            f"dont les mesures diffèrent ; {len(x)} donnés."
        )
    moyennes, ecarts = x.mean(axis=0), x.std(axis=0)
    valeurs_propres, vecteurs = np.linalg.eigh(np.corrcoef(x.T))
    charges = vecteurs[:, -1] * -np.sign(vecteurs[variables.index(favorable), -1])
    scores = ((x - moyennes) / ecarts) @ charges
    return ModeleDefavorisation(
        variables,
        tuple(moyennes.tolist()),
        tuple(ecarts.tolist()),
        tuple(charges.tolist()),
        tuple(np.quantile(scores, [0.2, 0.4, 0.6, 0.8]).tolist()),
        float(valeurs_propres[-1] / valeurs_propres.sum()),
        len(x),
    )
