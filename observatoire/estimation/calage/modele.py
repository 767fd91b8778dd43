"""Le modèle de calage : une partie linéaire et quelques dizaines de fonctions radiales.

``valeur = constante + z·β + Σ_k γ_k exp(−½ |(z − c_k) / portée|²)`` où ``z`` sont les
descripteurs centrés et réduits. L’employer ne demande que numpy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from observatoire.estimation.calage.descripteurs import PREFIXES

__all__ = ["DECIMALES_CENTRES", "Espace", "ModeleIndicateur", "familles"]

_BORNE_Z = 5.0
_DECIMALES = 6
DECIMALES_CENTRES = 3
"""Les centres sont arrondis dès l’apprentissage : le modèle écrit est celui qui a été appris."""


def familles(descripteurs: Sequence[str]) -> np.ndarray:
    """Taille de la famille de chaque descripteur, qui fixe son poids dans une distance.

    Parameters
    ----------
    descripteurs : sequence of str, shape (n,)

    Returns
    -------
    numpy.ndarray of float, shape (n,)
    """
    prefixes = [next(p for p in PREFIXES if d.startswith(p)) for d in descripteurs]
    return np.array([float(prefixes.count(p)) for p in prefixes])


@dataclass(frozen=True)
class Espace:
    """Descripteurs normalisés et centres des fonctions radiales, communs à plusieurs indicateurs.

    ``medianes`` remplacent un descripteur inconnu ; ``centres`` (k, n) sont des moyennes de
    groupes de quartiers, jamais un quartier.
    """

    descripteurs: tuple[str, ...]
    medianes: np.ndarray
    moyennes: np.ndarray
    ecarts_types: np.ndarray
    centres: np.ndarray
    portee: float

    def normaliser(self, table: pd.DataFrame) -> np.ndarray:
        """Descripteurs centrés, réduits et bornés à ±5, ``NaN`` remplacés par la médiane."""
        x = table[list(self.descripteurs)].to_numpy(float)
        x = np.where(np.isfinite(x), x, self.medianes)
        z: np.ndarray = np.clip((x - self.moyennes) / self.ecarts_types, -_BORNE_Z, _BORNE_Z)
        return z

    def radiales(self, z: np.ndarray) -> np.ndarray:
        """Fonctions radiales, shape (lignes, k), entre 0 et 1."""
        echelle = self.portee * np.sqrt(familles(self.descripteurs))
        u, c = z / echelle, self.centres / echelle
        carres = (u**2).sum(axis=1)[:, None] + (c**2).sum(axis=1)[None, :] - 2 * u @ c.T
        r: np.ndarray = np.exp(-0.5 * np.maximum(carres, 0.0))
        return r

    def restreindre(self, descripteurs: Sequence[str]) -> Espace:
        """Même espace privé de quelques descripteurs (l’ordre reste celui de l’espace)."""
        permis = set(descripteurs)
        rangs = [k for k, d in enumerate(self.descripteurs) if d in permis]
        if len(rangs) == len(self.descripteurs):
            return self
        return Espace(
            tuple(self.descripteurs[k] for k in rangs),
            self.medianes[rangs],
            self.moyennes[rangs],
            self.ecarts_types[rangs],
            self.centres[:, rangs],
            self.portee,
        )

    def vers_dict(self) -> dict[str, Any]:
        """Forme écrite dans le fichier du modèle."""
        return {
            "descripteurs": list(self.descripteurs),
            "medianes": _arrondir(self.medianes),
            "moyennes": _arrondir(self.moyennes),
            "ecarts_types": _arrondir(self.ecarts_types),
            "centres": [_arrondir(c, DECIMALES_CENTRES) for c in self.centres],
            "portee": self.portee,
        }

    @classmethod
    def depuis_dict(cls, brut: Mapping[str, Any]) -> Espace:
        """Inverse de :meth:`vers_dict`."""
        return cls(
            tuple(brut["descripteurs"]),
            np.array(brut["medianes"], float),
            np.array(brut["moyennes"], float),
            np.array(brut["ecarts_types"], float),
            np.array(brut["centres"], float).reshape(-1, len(brut["descripteurs"])),
            float(brut["portee"]),
        )


@dataclass(frozen=True)
class ModeleIndicateur:
    """Estimation d’un indicateur, et demi-largeur de son intervalle.

    L’échelle de l’erreur est ``exp(erreur[0] + u·erreur[1:])`` avec ``u`` les descripteurs
    ``variables_erreur`` normalisés ; ``quantiles`` donne, par niveau, les deux quantiles
    conformes de l’erreur rapportée à cette échelle.
    """

    constante: float
    lineaires: np.ndarray
    radiales: np.ndarray
    minimum: float
    maximum: float
    variables_erreur: tuple[str, ...]
    erreur: np.ndarray
    quantiles: dict[str, tuple[float, float]]
    apprentissage: dict[str, Any] = field(default_factory=dict)

    def estimer(self, espace: Espace, table: pd.DataFrame) -> np.ndarray:
        """Valeur de chaque territoire, dans l’unité de l’indicateur, shape (lignes,)."""
        z = espace.normaliser(table)
        valeur = self.constante + z @ self.lineaires + espace.radiales(z) @ self.radiales
        v: np.ndarray = np.clip(valeur, self.minimum, self.maximum)
        return v

    def echelle(self, espace: Espace, table: pd.DataFrame) -> np.ndarray:
        """Échelle de l’erreur de chaque territoire, même unité, positive, shape (lignes,)."""
        rangs = [espace.descripteurs.index(v) for v in self.variables_erreur]
        u = espace.normaliser(table)[:, rangs]
        e: np.ndarray = np.exp(self.erreur[0] + u @ self.erreur[1:])
        return e

    def intervalle(
        self, espace: Espace, table: pd.DataFrame, niveau: float = 0.9
    ) -> tuple[np.ndarray, np.ndarray]:
        """Bornes conformes : elles contiennent le chiffre publié ``niveau`` fois sur 1.

        Parameters
        ----------
        espace, table
            Descripteurs des territoires.
        niveau : float
            Un des niveaux appris (0,5, 0,8, 0,9 ou 0,95).

        Returns
        -------
        basse, haute : numpy.ndarray, shape (lignes,)
            Dans l’unité de l’indicateur, ramenées entre ``minimum`` et ``maximum``.
        """
        bas, haut = self.quantiles[f"{niveau:g}"]
        valeur, echelle = self.estimer(espace, table), self.echelle(espace, table)
        basse = np.clip(valeur + bas * echelle, self.minimum, self.maximum)
        haute = np.clip(valeur + haut * echelle, self.minimum, self.maximum)
        return basse, haute

    def vers_dict(self) -> dict[str, Any]:
        """Forme écrite dans le fichier du modèle."""
        return {
            "constante": round(self.constante, _DECIMALES),
            "lineaires": _arrondir(self.lineaires),
            "radiales": _arrondir(self.radiales),
            "minimum": self.minimum,
            "maximum": self.maximum,
            "variables_erreur": list(self.variables_erreur),
            "erreur": _arrondir(self.erreur),
            "quantiles": {n: _arrondir(np.array(q)) for n, q in self.quantiles.items()},
            "apprentissage": self.apprentissage,
        }

    @classmethod
    def depuis_dict(cls, brut: Mapping[str, Any]) -> ModeleIndicateur:
        """Inverse de :meth:`vers_dict`."""
        return cls(
            float(brut["constante"]),
            np.array(brut["lineaires"], float),
            np.array(brut["radiales"], float),
            float(brut["minimum"]),
            float(brut["maximum"]),
            tuple(brut["variables_erreur"]),
            np.array(brut["erreur"], float),
            {str(n): (float(q[0]), float(q[1])) for n, q in brut["quantiles"].items()},
            dict(brut["apprentissage"]),
        )


def _arrondir(vecteur: np.ndarray, decimales: int = _DECIMALES) -> list[float]:
    return [round(float(x), decimales) for x in vecteur]
