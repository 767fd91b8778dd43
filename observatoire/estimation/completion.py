"""Compléter le taux des communes masquées d’après un chiffre qu’elles publient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

__all__ = ["TauxComplete", "completer_taux"]

Tableau = npt.NDArray[np.float64]

_DEGRE = 3
_CONNUS_MIN = 100
_BORD = 0.25
"""Un taux arrondi à 0 ou 100 % n’a pas de logarithme de cote : il est ramené à un quart de point du bord."""


@dataclass(frozen=True)
class TauxComplete:
    """Taux publiés, et estimés là où ils sont masqués.

    Parameters
    ----------
    valeurs : numpy.ndarray, shape (n,)
        En pourcentage ; ``NaN`` si ni le taux ni la covariable ne sont connus.
    estimes : numpy.ndarray of bool, shape (n,)
        Vrai là où le taux est estimé.
    erreur : float
        Écart-type (points) entre taux publié et taux estimé, pesé par les habitants.
    """

    valeurs: Tableau
    estimes: npt.NDArray[np.bool_]
    erreur: float


def completer_taux(taux: Tableau, covariable: Tableau, habitants: Tableau) -> TauxComplete:
    """Estimer un taux masqué par régression sur une covariable publiée presque partout.

    Parameters
    ----------
    taux : numpy.ndarray, shape (n,)
        En pourcentage, ``NaN`` s’il est masqué.
    covariable : numpy.ndarray, shape (n,)
        Strictement positive (niveau de vie médian), ``NaN`` si inconnue.
    habitants : numpy.ndarray, shape (n,)
        Poids ; ``NaN`` si inconnus.

    Returns
    -------
    TauxComplete
        Sans au moins cent taux connus, rien n’est estimé.

    Notes
    -----
    ``ln(p / (1 − p)) = a₀ + a₁ u + a₂ u² + a₃ u³ + b ln(habitants)``, ``u`` étant le logarithme centré
    réduit de la covariable ; moindres carrés pesés par les habitants. La taille compte : le producteur
    masque surtout les petites communes, et parmi elles celles qui ont peu de pauvres.
    """
    connue = np.isfinite(covariable) & (covariable > 0) & np.isfinite(habitants) & (habitants > 0)
    valeurs, estimes = np.array(taux, dtype=np.float64), np.zeros(len(taux), dtype=bool)
    appris = np.isfinite(taux[connue])
    if appris.sum() < _CONNUS_MIN:
        return TauxComplete(valeurs, estimes, float("nan"))
    logarithmes, personnes, connus = np.log(covariable[connue]), habitants[connue], taux[connue]
    centre, echelle = logarithmes[appris].mean(), logarithmes[appris].std() or 1.0
    u = (logarithmes - centre) / echelle
    termes = np.column_stack([*(u**k for k in range(_DEGRE + 1)), np.log(personnes)])
    bornes = np.clip(connus[appris], _BORD, 100 - _BORD) / 100
    racine = np.sqrt(personnes[appris])
    coefficients = np.linalg.lstsq(
        termes[appris] * racine[:, None], np.log(bornes / (1 - bornes)) * racine, rcond=None
    )[0]
    predits = 100 * expit(termes @ coefficients)
    estimes[connue] = ~appris
    valeurs[estimes] = predits[~appris]
    residus = connus[appris] - predits[appris]
    erreur = float(np.sqrt(np.average(residus**2, weights=personnes[appris])))
    return TauxComplete(valeurs, estimes, erreur)
