"""Valeur d’un indicateur dans un ensemble de communes : département, France, villes comparables.

Une part est la somme des numérateurs sur celle des dénominateurs ; un taux diffusé sans effectif est
pesé par les habitants ; un niveau de vie est lu sur le mélange des distributions des communes. Jamais
une moyenne de médianes. Une commune masquée compte dans la part qui n’est pas couverte.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from observatoire.catalogue import Catalogue, Indicateur
from observatoire.domaine import Methode, Statut
from observatoire.ensembles import TableNationale
from observatoire.estimation import melanger
from observatoire.estimation.completion import completer_taux
from observatoire.estimation.distributions import ajuster_distributions

__all__ = ["COLONNES_ENSEMBLE", "Communes", "valeur_d_ensemble"]

Tableau = npt.NDArray[np.float64]

COLONNES_ENSEMBLE = ["valeur", "statut", "methode", "part_couverte", "imprecision", "note"]
_QUANTILES = {"filo_d1": 0.1, "filo_mediane": 0.5, "filo_d9": 0.9}
_PAS_DES_CELLULES = 0.15
"""Communes dont les quantiles diffèrent de moins de 15 % : une seule loi, à la moyenne de leurs logarithmes.
La médiane de la France en change de 0,01 %, ses déciles de moins de 0,1 %."""
_CELLULES_SEULES = 60
_PETITES = 0.25
"""Part des communes publiées, les moins peuplées, dont la dispersion sert aux communes masquées."""


@dataclass(frozen=True)
class Ligne:
    """Un chiffre d’ensemble, ou la raison de son absence."""

    valeur: float = float("nan")
    methode: str = Methode.AUCUNE.value
    part_couverte: float = float("nan")
    imprecision: float = 0.0
    note: str = ""

    def en_dictionnaire(self) -> dict[str, Any]:
        """Colonnes ``COLONNES_ENSEMBLE``."""
        connue = np.isfinite(self.valeur)
        return {
            "valeur": self.valeur,
            "statut": Statut.ESTIME.value if connue else Statut.ABSENT.value,
            "methode": self.methode if connue else Methode.AUCUNE.value,
            "part_couverte": self.part_couverte,
            "imprecision": self.imprecision if connue else 0.0,
            "note": self.note,
        }


class Communes:
    """Variables par commune, toutes tables réunies ; rangs communs à toutes les séries.

    Parameters
    ----------
    tables : sequence of TableNationale
        Tables nationales de communes.
    catalogue : Catalogue
        Déclarations : la première source déclarée d’une variable l’emporte.
    """

    def __init__(self, tables: Sequence[TableNationale], catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        codes = [t.valeurs.index.to_numpy(dtype=str) for t in tables]
        self.index = pd.Index(np.unique(np.concatenate(codes)) if codes else [], dtype="str")
        self._tables: dict[tuple[str, int], TableNationale] = {}
        self._series: dict[tuple[str, int], Tableau] = {}
        self._quantiles: dict[tuple[bytes, int], Tableau] = {}
        self._completes: dict[tuple[str, int], tuple[Tableau, npt.NDArray[np.bool_], float]] = {}
        for table in tables:
            for variable in map(str, table.valeurs.columns):
                rangs = list(catalogue.variables[variable].sources)
                deja = self._tables.get((variable, table.millesime))
                if deja is None or rangs.index(table.source) < rangs.index(deja.source):
                    self._tables[variable, table.millesime] = table

    def existe(self, variables: Sequence[str], millesime: int) -> bool:
        """Vrai si toutes les variables existent cette année-là."""
        return bool(variables) and all((v, millesime) in self._tables for v in variables)

    def millesimes(self, variable: str) -> list[int]:
        """Années d’une variable, de la plus ancienne à la plus récente."""
        return sorted(m for v, m in self._tables if v == variable)

    def serie(self, variable: str, millesime: int) -> Tableau:
        """Valeurs par commune, ``NaN`` si inconnues, shape (n,)."""
        cle = (variable, millesime)
        if cle not in self._series:
            colonne = self._tables[cle].valeurs[variable]
            self._series[cle] = colonne.reindex(self.index).to_numpy(dtype=float)
        return self._series[cle]

    def habitants(self, millesime: int) -> Tableau | None:
        """Habitants par commune, de l’année la plus proche ; ``None`` si aucune table ne les donne."""
        for variable in self.catalogue.ensembles.poids:
            if annees := self.millesimes(variable):
                return self.serie(variable, min(annees, key=lambda m: (abs(m - millesime), -m)))
        return None

    def taux_complete(
        self, indicateur: Indicateur, millesime: int, habitants: Tableau
    ) -> tuple[Tableau, npt.NDArray[np.bool_], float]:
        """Taux, communes où il est estimé, et erreur (points) ; rien n’est estimé sans déclaration."""
        cle = (indicateur.id, millesime)
        if cle not in self._completes:
            taux = self.serie(indicateur.diffusee, millesime)
            covariable = self.catalogue.ensembles.completer.get(indicateur.id)
            estimes, erreur = np.zeros(len(taux), dtype=bool), 0.0
            if covariable is not None and self.existe([covariable], millesime):
                complet = completer_taux(taux, self.serie(covariable, millesime), habitants)
                taux, estimes = complet.valeurs, complet.estimes
                erreur = complet.erreur if estimes.any() else 0.0
            self._completes[cle] = (taux, estimes, erreur)
        return self._completes[cle]

    def quantiles_gardes(
        self, membres: npt.NDArray[np.int64], millesime: int, calculer: Callable[[], Tableau]
    ) -> Tableau:
        """Déciles et médiane d’un mélange : plusieurs indicateurs lisent le même."""
        cle = (membres.tobytes(), millesime)
        if cle not in self._quantiles:
            self._quantiles[cle] = calculer()
        return self._quantiles[cle]


def valeur_d_ensemble(
    communes: Communes, membres: npt.NDArray[np.int64], indicateur: Indicateur, millesime: int
) -> dict[str, Any]:
    """Valeur d’un indicateur dans la réunion de communes.

    Parameters
    ----------
    communes : Communes
        Tables nationales.
    membres : numpy.ndarray of int64
        Rangs des communes de l’ensemble.
    indicateur : Indicateur
        Sa déclaration.
    millesime : int
        Année des valeurs.

    Returns
    -------
    dict
        Colonnes ``COLONNES_ENSEMBLE`` : ``valeur`` dans l’unité de l’indicateur, ``part_couverte`` entre
        0 et 1, ``imprecision`` la demi-largeur (unité de l’indicateur) de ce que les communes estimées
        laissent d’incertain, ``note`` la méthode ou la raison de l’absence.
    """
    habitants = communes.habitants(millesime)
    if habitants is None:
        return Ligne(
            note="aucune table nationale ne donne les habitants des communes"
        ).en_dictionnaire()
    poids = np.nan_to_num(habitants[membres])
    calculer = {
        "part": _rapport,
        "rapport": _rapport,
        "taux_diffuse": _taux,
        "quantile": _quantile,
        "rapport_quantiles": _quantile,
    }.get(indicateur.calcul)
    if calculer is None or not poids.sum() > 0:
        raison = "ne se combine pas d’une commune à l’autre"
        return Ligne(note=raison if calculer is None else "population inconnue").en_dictionnaire()
    return calculer(communes, membres, poids, indicateur, millesime).en_dictionnaire()


def _couverte(poids: Tableau, connus: npt.NDArray[np.bool_]) -> float:
    return float(poids[connus].sum() / poids.sum())


def _refuser(part: float) -> Ligne:
    return Ligne(
        part_couverte=part,
        note=f"{part:.0%} des habitants couverts, trop peu".replace("%", "\u202f%"),
    )


def _rapport(
    communes: Communes,
    membres: npt.NDArray[np.int64],
    poids: Tableau,
    indicateur: Indicateur,
    millesime: int,
) -> Ligne:
    if not communes.existe(indicateur.composantes, millesime):
        return Ligne(note="aucune table nationale ne le donne par commune")

    def somme(variables: Sequence[str]) -> Tableau:
        termes = [communes.serie(v, millesime)[membres] for v in variables]
        return np.asarray(np.sum(termes, axis=0), dtype=np.float64)

    numerateur, denominateur = somme(indicateur.numerateur), somme(indicateur.denominateur)
    connus = np.isfinite(numerateur) & np.isfinite(denominateur)
    part = _couverte(poids, connus)
    x, n = float(numerateur[connus].sum()), float(denominateur[connus].sum())
    if part < communes.catalogue.ensembles.part_couverte_min or not n > 0:
        return _refuser(part)
    rapport = (n - x if indicateur.complement else x) / n
    return Ligne(
        100 * rapport if indicateur.calcul == "part" else rapport,
        Methode.SOMME_COMMUNES.value,
        part,
    )


def _taux(
    communes: Communes,
    membres: npt.NDArray[np.int64],
    poids: Tableau,
    indicateur: Indicateur,
    millesime: int,
) -> Ligne:
    if not communes.existe([indicateur.diffusee], millesime):
        return Ligne(note="aucune table nationale ne le donne par commune")
    habitants = communes.habitants(millesime)
    assert habitants is not None
    tous, estimes, erreur = communes.taux_complete(indicateur, millesime, habitants)
    taux, complete = tous[membres], estimes[membres]
    connus = np.isfinite(taux)
    part = _couverte(poids, connus)
    if part < communes.catalogue.ensembles.part_couverte_min:
        return _refuser(part)
    valeur = float((taux[connus] * poids[connus]).sum() / poids[connus].sum())
    estimee = float(poids[complete & connus].sum() / poids[connus].sum())
    if not estimee:
        return Ligne(valeur, Methode.SOMME_COMMUNES.value, part)
    demi = float(ndtri(0.5 + communes.catalogue.regles.niveau_intervalle / 2)) * erreur * estimee
    return Ligne(
        valeur,
        Methode.COMMUNES_COMPLETEES.value,
        part - estimee * part,
        demi,
        # Les erreurs de toutes les communes dans le même sens : le plus défavorable des cas.
        f"{estimee:.0%} des habitants vivent dans une commune dont le taux est masqué, estimé d’après "
        "son niveau de vie médian".replace("%", "\u202f%"),
    )


def _quantile(
    communes: Communes,
    membres: npt.NDArray[np.int64],
    poids: Tableau,
    indicateur: Indicateur,
    millesime: int,
) -> Ligne:
    inconnus = set(indicateur.quantiles) - set(_QUANTILES.values())
    if inconnus or not communes.existe(list(_QUANTILES), millesime):
        return Ligne(note="les déciles ne sont pas diffusés pour toutes les communes")
    habitants = communes.habitants(millesime)
    assert habitants is not None
    toutes = np.column_stack([communes.serie(v, millesime) for v in _QUANTILES])
    quantiles = toutes[membres]
    entiers = np.asarray(np.isfinite(quantiles).all(axis=1))
    part = _couverte(poids, entiers)
    seuil = communes.catalogue.ensembles.part_couverte_min
    note = ""
    if part < seuil:
        medianes = np.isfinite(quantiles[:, 1])
        if indicateur.quantiles != (0.5,) or _couverte(poids, medianes) < seuil:
            return _refuser(part)
        # La médiane d’un mélange dépend peu de la dispersion de chaque commune autour de la sienne.
        quantiles = _completer_quantiles(quantiles, _dispersion(toutes, habitants))
        note = (
            f"{1 - part:.0%} des habitants vivent dans une commune dont seule la médiane est publiée"
        ).replace("%", "\u202f%")
        entiers = medianes
    utiles = entiers & (poids > 0)
    lus = communes.quantiles_gardes(
        membres, millesime, lambda: _quantiles_du_melange(quantiles[utiles], poids[utiles])
    )
    rangs = [list(_QUANTILES.values()).index(r) for r in indicateur.quantiles]
    valeur = lus[rangs[0]] if indicateur.calcul == "quantile" else lus[rangs[0]] / lus[rangs[1]]
    return Ligne(float(valeur), Methode.MELANGE_COMMUNES.value, part, note=note)


def _dispersion(quantiles: Tableau, habitants: Tableau) -> tuple[float, float]:
    """Rapports médians D1/médiane et D9/médiane des plus petites communes publiées."""
    entiers = np.isfinite(quantiles).all(axis=1) & np.isfinite(habitants)
    limite = np.quantile(habitants[entiers], _PETITES)
    petites = quantiles[entiers & (habitants <= limite)]
    bas, haut = np.median(petites[:, [0, 2]] / petites[:, [1]], axis=0)
    return float(bas), float(haut)


def _completer_quantiles(quantiles: Tableau, rapports: tuple[float, float]) -> Tableau:
    complets = quantiles.copy()
    manque = ~np.isfinite(quantiles).all(axis=1)
    for colonne, rapport in zip((0, 2), rapports, strict=True):
        complets[manque, colonne] = rapport * quantiles[manque, 1]
    return complets


def _quantiles_du_melange(quantiles: Tableau, poids: Tableau) -> Tableau:
    """Déciles et médiane du mélange ; les communes presque semblables y sont réunies en une cellule."""
    logarithmes = np.log(quantiles)
    if len(logarithmes) > _CELLULES_SEULES:
        cellules = pd.DataFrame(np.round(logarithmes / _PAS_DES_CELLULES))
        numeros = cellules.groupby([0, 1, 2]).ngroup().to_numpy()
        masses: Tableau = np.bincount(numeros, weights=poids).astype(np.float64)
        logarithmes = np.column_stack(
            [np.bincount(numeros, weights=poids * logarithmes[:, k]) / masses for k in range(3)]
        )
        poids = masses
    quantiles_lus = [
        dict(zip(_QUANTILES.values(), ligne, strict=True)) for ligne in np.exp(logarithmes).tolist()
    ]
    lois = ajuster_distributions(quantiles_lus, [None] * len(quantiles_lus))
    return np.asarray(melanger(lois, poids.tolist()).quantile(list(_QUANTILES.values())))
