"""Revenus d’un IRIS masqué, prédits de son recensement et de sa commune.

Un IRIS masqué est un cas ordinaire : sa valeur prédite sert de descripteur au calage, jamais
de résultat, et la part de masque reste elle-même un descripteur.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from observatoire.estimation.calage.statistiques import RECENSEMENT, REVENUS

__all__ = ["ECART_MINIMAL", "Imputation", "ajuster_imputation"]

ECART_MINIMAL = 1e-6
"""Écart-type sous lequel une colonne est constante : la réduire amplifierait l’arrondi."""

_PENALITE = 30.0


@dataclass(frozen=True)
class Imputation:
    """Régressions linéaires pénalisées, une par statistique de revenu.

    ``centres`` et ``echelles`` (n prédicteurs) normalisent ; ``coefficients`` a une ligne par
    statistique de ``REVENUS`` et une colonne de plus que les prédicteurs (la constante) ;
    ``nationales`` est la moyenne de chaque statistique, pour une commune entièrement masquée.
    """

    centres: np.ndarray
    echelles: np.ndarray
    coefficients: np.ndarray
    nationales: np.ndarray

    def vers_dict(self) -> dict[str, Any]:
        """Forme écrite dans le fichier du modèle ; une ligne par statistique de ``REVENUS``."""
        return {
            nom: [[float(f"{x:.6g}") for x in ligne] for ligne in np.atleast_2d(getattr(self, nom))]
            for nom in ("centres", "echelles", "coefficients", "nationales")
        }

    @classmethod
    def depuis_dict(cls, brut: Mapping[str, Any]) -> Imputation:
        """Inverse de :meth:`vers_dict`."""
        tableaux = {nom: np.array(v, float) for nom, v in brut.items()}
        tableaux["nationales"] = tableaux["nationales"].ravel()
        return cls(**tableaux)

    def completer(self, table: pd.DataFrame) -> pd.DataFrame:
        """Remplacer les revenus masqués par leur prédiction.

        Parameters
        ----------
        table : pandas.DataFrame
            Sortie de :func:`transformer`, toutes les IRIS de chaque commune présente.

        Returns
        -------
        pandas.DataFrame
            Même forme ; ce qui est publié est inchangé. Reste ``NaN`` un IRIS sans recensement.
        """
        resultat = table.copy()
        commune, recensement = _recensement(table)
        for rang, nom in enumerate(REVENUS):
            x = _predicteurs(commune, recensement, table[nom], self.nationales[rang])
            x = (x - self.centres[rang]) / self.echelles[rang]
            predit = np.clip(x, -5, 5) @ self.coefficients[rang, :-1] + self.coefficients[rang, -1]
            resultat[nom] = table[nom].where(table[nom].notna(), predit)
        return resultat


def ajuster_imputation(table: pd.DataFrame) -> Imputation:
    """Apprendre les régressions sur les IRIS dont le revenu est publié.

    Parameters
    ----------
    table : pandas.DataFrame
        Sortie de :func:`transformer`.

    Returns
    -------
    Imputation
    """
    centres, echelles, coefficients, nationales = [], [], [], []
    commune, recensement = _recensement(table)
    for nom in REVENUS:
        nationale = float(table[nom].mean())
        x = _predicteurs(commune, recensement, table[nom], nationale)
        connus = table[nom].notna().to_numpy() & np.isfinite(x).all(axis=1)
        centre, echelle = x[connus].mean(axis=0), x[connus].std(axis=0)
        echelle = np.where(echelle > ECART_MINIMAL, echelle, 1.0)
        z = np.clip((x[connus] - centre) / echelle, -5, 5)
        y = table[nom].to_numpy(float)[connus]
        gram = z.T @ z + _PENALITE * np.eye(z.shape[1])
        pente = np.linalg.solve(gram, z.T @ (y - y.mean()))
        centres.append(centre)
        echelles.append(echelle)
        coefficients.append(np.append(pente, y.mean() - z.mean(axis=0) @ pente))
        nationales.append(nationale)
    return Imputation(*(np.array(v) for v in (centres, echelles, coefficients, nationales)))


def _recensement(table: pd.DataFrame) -> tuple[pd.Index, np.ndarray]:
    """Commune de chaque IRIS, et prédicteurs communs à tous les revenus."""
    commune = table.index.astype(str).str[:5]
    recensement = table[list(RECENSEMENT)]
    ensemble = recensement.groupby(commune).transform("mean")
    carres = recensement[["taux_chomage", "part_hlm", "part_sans_diplome"]] ** 2 / 100
    return commune, np.column_stack([recensement, ensemble, carres])


def _predicteurs(
    commune: pd.Index, recensement: np.ndarray, revenu: pd.Series, nationale: float
) -> np.ndarray:
    """Recensement de l’IRIS, de sa commune, et revenu des autres IRIS de la commune."""
    rangs, _ = pd.factorize(commune)
    x = revenu.to_numpy(float)
    connus = ~np.isnan(x)
    # Les autres IRIS : sans le sien, et le zéro d’un revenu inconnu n’est qu’un élément neutre.
    propre = np.where(connus, x, 0.0)
    nombre = np.bincount(rangs, weights=connus)[rangs] - connus
    somme = np.bincount(rangs, weights=propre)[rangs] - propre
    # Rapprocher de la moyenne nationale : un seul voisin connu ne vaut pas une ville.
    autres = (somme + nationale) / (nombre + 1.0)
    return np.column_stack([recensement, autres, np.log1p(nombre)])
