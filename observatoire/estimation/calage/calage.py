"""Un calage complet : imputation, espaces de descripteurs, un modèle par indicateur et variante."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from observatoire.estimation.calage.descripteurs import PenteNationale, decrire, decrire_publies
from observatoire.estimation.calage.imputation import Imputation
from observatoire.estimation.calage.modele import Espace, ModeleIndicateur
from observatoire.estimation.calage.statistiques import controler_statistiques, transformer

__all__ = [
    "VARIANTES",
    "Calage",
    "Donnees",
    "decrire_donnees",
    "part_connue",
    "sans_sa_propre_cible",
]

VARIANTES: tuple[str, ...] = ("calee", "calee_publie")
FORMAT = 1
_COLONNES_PAIRES = ["code_territoire", "code_iris", "surface_m2", "part_surface"]

_DOUBLES: Mapping[str, tuple[str, ...]] = {
    "taux_emploi_15_64": ("publie_taux_emploi",),
    "indice_jeunesse": ("publie_indice_jeunesse",),
    "part_etrangers": ("publie_part_etrangers",),
    "part_immigres": ("publie_part_immigres",),
    # Les autres tailles de ménage la donnent par différence à 100 %.
    "part_menages_1_personne": tuple(
        f"publie_part_menages_{taille}" for taille in ("1", "2", "3", "4_5", "6")
    ),
    "part_logements_sociaux": ("publie_hlm_par_menage",),
}
"""Descripteurs qui sont la cible elle-même, ou s’en déduisent : jamais employés pour elle."""


@dataclass(frozen=True)
class Donnees:
    """Ce qu’il faut pour décrire des territoires.

    ``poids`` : table de :func:`observatoire.calculer_poids` ; ``surfaces_iris`` (m²) indexée par
    ``code_iris`` ; ``territoires`` indexée par ``code_territoire``, colonnes ``surface_m2``,
    ``perimetre_m`` ; ``statistiques`` indexée par ``code_iris``, colonnes ``STATISTIQUES`` ;
    ``publies`` indexée par ``code_territoire`` (voir :func:`decrire_publies`) ; ``voisins``, de la
    forme de ``poids``, quartiers des mêmes communes que l’on ne décrit pas (voir :func:`decrire`).
    """

    poids: pd.DataFrame
    surfaces_iris: pd.Series
    territoires: pd.DataFrame
    statistiques: pd.DataFrame
    publies: pd.DataFrame
    voisins: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_COLONNES_PAIRES))


def decrire_donnees(
    donnees: Donnees, imputation: Imputation, pente: PenteNationale
) -> pd.DataFrame:
    """Tous les descripteurs, chiffres publiés compris (colonnes ``publie_``).

    Raises
    ------
    ErreurDonnees
        Si une statistique d’IRIS manque ou si un IRIS est en double.
    """
    controler_statistiques(donnees.statistiques)
    descripteurs = decrire(
        donnees.poids,
        donnees.surfaces_iris,
        donnees.territoires,
        transformer(donnees.statistiques),
        imputation,
        pente,
        voisins=donnees.voisins,
    )
    publies = decrire_publies(donnees.publies, descripteurs, donnees.territoires)
    return pd.concat([descripteurs, publies], axis=1)


def sans_sa_propre_cible(colonnes: Sequence[str], indicateur: str, variante: str) -> list[str]:
    """Descripteurs permis pour un indicateur : ``calee`` ignore tout chiffre publié."""
    if variante == "calee":
        return [c for c in colonnes if not c.startswith("publie_")]
    return [c for c in colonnes if c not in _DOUBLES.get(indicateur, ())]


def part_connue(descripteurs: pd.DataFrame, colonnes: Sequence[str], prefixe: str) -> np.ndarray:
    """Part (0 à 1) des descripteurs d’une famille qui sont connus, shape (lignes,)."""
    famille = [c for c in colonnes if c.startswith(prefixe)]
    if not famille:
        return np.ones(len(descripteurs))
    part: np.ndarray = descripteurs[famille].notna().mean(axis=1).to_numpy(float)
    return part


@dataclass(frozen=True)
class Calage:
    """Modèle livré ou appris ; ``modeles[indicateur][variante]``."""

    imputation: Imputation
    pente: PenteNationale
    espaces: dict[str, Espace]
    modeles: dict[str, dict[str, ModeleIndicateur]]
    origine: dict[str, Any] = field(default_factory=dict)

    def seuil_pauvrete(self, millesime: int) -> float:
        """Seuil de pauvreté d’un millésime, en euros par an et par unité de consommation.

        Un millésime que l’apprentissage n’a pas vu prend le seuil interpolé, en logarithme,
        entre ses voisins, ou celui du plus proche.
        """
        seuils = {int(m): float(s) for m, s in self.origine["seuils_pauvrete"].items()}
        annees = np.array(sorted(seuils), dtype=float)
        logarithmes = np.log([seuils[int(a)] for a in annees])
        return float(np.exp(np.interp(millesime, annees, logarithmes)))

    def espace(self, indicateur: str, variante: str) -> Espace:
        """Espace de descripteurs d’un modèle, sans la cible elle-même."""
        commun = self.espaces[variante]
        permis = sans_sa_propre_cible(commun.descripteurs, indicateur, variante)
        return commun.restreindre(permis)

    def decrire(self, donnees: Donnees) -> pd.DataFrame:
        """Descripteurs des territoires (:func:`decrire_donnees`)."""
        return decrire_donnees(donnees, self.imputation, self.pente)

    def estimer(
        self, descripteurs: pd.DataFrame, indicateur: str, variante: str, niveau: float = 0.9
    ) -> pd.DataFrame:
        """Estimer un indicateur.

        Parameters
        ----------
        descripteurs : pandas.DataFrame
            Sortie de :meth:`decrire`.
        indicateur : str
            Une clé de ``modeles``.
        variante : {"calee", "calee_publie"}
            Avec ou sans les autres chiffres publiés du quartier.
        niveau : float
            Niveau de l’intervalle.

        Returns
        -------
        pandas.DataFrame
            Index de ``descripteurs`` ; ``estime, basse, haute`` dans l’unité de l’indicateur.
        """
        espace, modele = self.espace(indicateur, variante), self.modeles[indicateur][variante]
        basse, haute = modele.intervalle(espace, descripteurs, niveau)
        return pd.DataFrame(
            {"estime": modele.estimer(espace, descripteurs), "basse": basse, "haute": haute},
            index=descripteurs.index,
        )

    def vers_dict(self) -> dict[str, Any]:
        """Forme écrite en JSON : coefficients, descripteurs, millésime, effectifs, erreurs."""
        return {
            "format": FORMAT,
            "origine": self.origine,
            "pente_nationale": [self.pente.constante, self.pente.pente],
            "imputation": self.imputation.vers_dict(),
            "espaces": {v: e.vers_dict() for v, e in self.espaces.items()},
            "modeles": {
                i: {v: m.vers_dict() for v, m in variantes.items()}
                for i, variantes in self.modeles.items()
            },
        }

    @classmethod
    def depuis_dict(cls, brut: Mapping[str, Any]) -> Calage:
        """Inverse de :meth:`vers_dict`."""
        return cls(
            Imputation.depuis_dict(brut["imputation"]),
            PenteNationale(*(float(x) for x in brut["pente_nationale"])),
            {v: Espace.depuis_dict(e) for v, e in brut["espaces"].items()},
            {
                i: {v: ModeleIndicateur.depuis_dict(m) for v, m in variantes.items()}
                for i, variantes in brut["modeles"].items()
            },
            dict(brut["origine"]),
        )
