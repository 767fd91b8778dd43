"""Apprendre le calage, et son intervalle, sur les quartiers dont le chiffre est publié.

L’erreur est toujours mesurée sur des départements que l’apprentissage n’a pas vus.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from observatoire.erreurs import ErreurDonnees
from observatoire.estimation.calage.calage import (
    VARIANTES,
    Calage,
    Donnees,
    decrire_donnees,
    sans_sa_propre_cible,
)
from observatoire.estimation.calage.descripteurs import PenteNationale, ajuster_pente
from observatoire.estimation.calage.evaluation import mesurer_erreurs
from observatoire.estimation.calage.imputation import (
    ECART_MINIMAL,
    Imputation,
    ajuster_imputation,
)
from observatoire.estimation.calage.modele import (
    DECIMALES_CENTRES,
    Espace,
    ModeleIndicateur,
    familles,
)
from observatoire.estimation.calage.statistiques import controler_statistiques, transformer

__all__ = [
    "Reglages",
    "ajuster_espace",
    "ajuster_intervalle",
    "ajuster_modele",
    "apprendre_calage",
    "apprendre_communs",
    "plis",
    "predire_hors_groupe",
]

NIVEAUX: tuple[float, ...] = (0.5, 0.8, 0.9, 0.95)
VARIABLES_ERREUR: tuple[str, ...] = (
    "forme_part_moyenne",
    "forme_equivalent_iris",
    "forme_surface",
    "forme_masque",
    "forme_part_principal_log",
    "publie_population",
    "publie_part_habitants",
)
MINIMUM_QUARTIERS = 60
_RAPPEL_ECHELLE = 0.01
_PUISSANCE_ECHELLE = 3.0


@dataclass(frozen=True)
class Reglages:
    """Réglages de l’apprentissage ; les valeurs par défaut ont été comparées (voir la méthode)."""

    centres: int = 64
    portee: float = 2.0
    poids_lineaire: float = 1.0
    poids_radial: float = 0.4
    penalite: float = 0.2
    passes_robustes: int = 3
    seuil_robuste: float = 0.35
    """Au-delà, en écarts-types de l’indicateur, une erreur pèse moins (Huber)."""
    graine: int = 20_241_101
    nombre_plis: int = 10


def ajuster_espace(descripteurs: pd.DataFrame, reglages: Reglages) -> Espace:
    """Normalisation et centres (k-moyennes) des descripteurs de quartiers.

    Parameters
    ----------
    descripteurs : pandas.DataFrame
        Une ligne par quartier ; une colonne connue pour moins d’un tiers des quartiers est
        écartée.
    reglages : Reglages

    Returns
    -------
    Espace
    """
    utiles = descripteurs.loc[:, descripteurs.notna().mean() > 1 / 3]
    noms = tuple(str(c) for c in utiles.columns)
    medianes = utiles.median().to_numpy(float)
    x = np.where(np.isfinite(utiles.to_numpy(float)), utiles.to_numpy(float), medianes)
    ecarts = x.std(axis=0)
    vide = np.empty((0, len(noms)))
    espace = Espace(
        noms,
        medianes,
        x.mean(axis=0),
        np.where(ecarts > ECART_MINIMAL, ecarts, 1.0),
        vide,
        reglages.portee,
    )
    z = espace.normaliser(utiles)
    echelle = reglages.portee * np.sqrt(familles(noms))
    nombre = min(reglages.centres, max(1, len(z) // 8))
    hasard = np.random.default_rng(reglages.graine)
    from scipy.cluster.vq import kmeans2

    centres, groupes = kmeans2(z / echelle, nombre, minit="++", rng=hasard)
    # Un groupe d’un seul quartier en serait la copie : il n’entre pas dans le modèle.
    garde = np.bincount(groupes, minlength=nombre) > 1
    return Espace(
        noms,
        medianes,
        espace.moyennes,
        espace.ecarts_types,
        np.round(centres[garde] * echelle, DECIMALES_CENTRES),
        reglages.portee,
    )


def ajuster_modele(
    espace: Espace,
    descripteurs: pd.DataFrame,
    cible: pd.Series,
    *,
    bornes: tuple[float, float],
    reglages: Reglages,
) -> ModeleIndicateur:
    """Coefficients d’un indicateur, sans intervalle (voir :func:`ajuster_intervalle`).

    Parameters
    ----------
    espace : Espace
        Normalisation et centres.
    descripteurs : pandas.DataFrame
        Une ligne par quartier.
    cible : pandas.Series
        Chiffre publié, même index, sans manque.
    bornes : (float, float)
        Plus petite et plus grande valeur possibles.
    reglages : Reglages

    Returns
    -------
    ModeleIndicateur

    Notes
    -----
    Moindres carrés pénalisés et repondérés (Huber) : régression à noyau gaussien dont le
    noyau est approché par les centres (Nyström). C’est la moyenne a posteriori d’un processus
    gaussien ramenée à quelques dizaines de coefficients.
    """
    z = espace.normaliser(descripteurs)
    y = cible.to_numpy(float)
    dispersion = float(y.std()) or 1.0
    racine = _racine_nystrom(espace)
    lineaire = np.sqrt(reglages.poids_lineaire / z.shape[1])
    radial = np.sqrt(reglages.poids_radial)
    x = np.hstack([z * lineaire, espace.radiales(z) @ racine * radial])
    poids = np.ones(len(y))
    penalite = reglages.penalite * np.eye(x.shape[1])
    for passe in range(reglages.passes_robustes + 1):
        centre_x, centre_y = np.average(x, axis=0, weights=poids), np.average(y, weights=poids)
        xc, yc = x - centre_x, (y - centre_y) / dispersion
        coefficients = np.linalg.solve((xc.T * poids) @ xc + penalite, xc.T @ (poids * yc))
        if passe < reglages.passes_robustes:
            ecarts = np.abs(yc - xc @ coefficients)
            poids = 1.0 / np.maximum(ecarts / reglages.seuil_robuste, 1.0)
    beta = coefficients[: z.shape[1]] * lineaire * dispersion
    gamma = racine @ coefficients[z.shape[1] :] * radial * dispersion
    constante = centre_y - (coefficients @ centre_x) * dispersion
    return ModeleIndicateur(
        float(constante),
        beta,
        gamma,
        *bornes,
        VARIABLES_ERREUR,
        np.zeros(len(VARIABLES_ERREUR) + 1),
        {},
    )


def ajuster_intervalle(
    modele: ModeleIndicateur, espace: Espace, descripteurs: pd.DataFrame, erreurs: pd.Series
) -> ModeleIndicateur:
    """Compléter un modèle de son intervalle conforme.

    Parameters
    ----------
    modele, espace
        Modèle sans intervalle.
    descripteurs : pandas.DataFrame
        Une ligne par quartier.
    erreurs : pandas.Series
        Publié moins estimé, chaque quartier estimé sans son département ; même index.

    Returns
    -------
    ModeleIndicateur

    Notes
    -----
    Prédiction conforme normalisée (Lei et coll., 2018) : l’erreur est rapportée à une échelle
    log-linéaire en la part couverte, le nombre d’IRIS, la surface et le masque, puis ses
    quantiles empiriques sont pris au rang ``⌈(n + 1) p⌉``.
    """
    variables = tuple(v for v in VARIABLES_ERREUR if v in espace.descripteurs)
    rangs = [espace.descripteurs.index(v) for v in variables]
    u = espace.normaliser(descripteurs)[:, rangs]
    e = erreurs.to_numpy(float)
    x = np.column_stack([np.ones(len(u)), u])
    echelle = _echelle_log_lineaire(x, np.abs(e))
    relatives = np.sort(e / np.exp(x @ echelle))
    quantiles = {f"{n:g}": _quantiles_conformes(relatives, n) for n in NIVEAUX}
    return replace(modele, variables_erreur=variables, erreur=echelle, quantiles=quantiles)


def plis(groupes: Sequence[str], nombre: int, graine: int) -> Iterator[np.ndarray]:
    """Découpage par groupes entiers : un département est tout entier dans un pli.

    Yields
    ------
    numpy.ndarray of bool, shape (n,)
        Vrai pour les quartiers à prédire ; les autres apprennent.
    """
    etiquettes = np.asarray(groupes)
    uniques = np.unique(etiquettes)
    if len(uniques) < 2:
        raise ErreurDonnees(
            "L’évaluation demande des quartiers d’au moins deux départements : "
            "donnez des contours plus étendus, ou appliquez le modèle livré (--modele)."
        )
    melange = np.random.default_rng(graine).permutation(uniques)
    for rang in range(min(nombre, len(uniques))):
        yield np.isin(etiquettes, melange[rang::nombre])


def predire_hors_groupe(
    descripteurs: pd.DataFrame,
    cible: pd.Series,
    groupes: Sequence[str],
    *,
    bornes: tuple[float, float],
    reglages: Reglages,
) -> pd.DataFrame:
    """Estimer chaque quartier par un modèle qui n’a pas vu son département.

    Parameters
    ----------
    descripteurs : pandas.DataFrame
        Une ligne par quartier.
    cible : pandas.Series
        Chiffre publié, même index, sans manque.
    groupes : sequence of str, shape (n,)
        Département de chaque quartier.
    bornes : (float, float)
        Valeurs possibles.
    reglages : Reglages

    Returns
    -------
    pandas.DataFrame
        Index de ``cible`` ; ``estime``, et ``basse``, ``haute`` (90 %) d’un intervalle dont ni
        l’échelle ni les quantiles n’ont vu le département.
    """
    if len(cible) < MINIMUM_QUARTIERS:
        raise ErreurDonnees(
            f"{len(cible)} quartiers ont un chiffre publié : il en faut au moins "
            f"{MINIMUM_QUARTIERS} pour apprendre un calage."
        )
    estime = np.full(len(cible), np.nan)
    modeles: list[tuple[np.ndarray, Espace, ModeleIndicateur]] = []
    for dehors in plis(groupes, reglages.nombre_plis, reglages.graine):
        espace = ajuster_espace(descripteurs[~dehors], reglages)
        modele = ajuster_modele(
            espace, descripteurs[~dehors], cible[~dehors], bornes=bornes, reglages=reglages
        )
        estime[dehors] = modele.estimer(espace, descripteurs[dehors])
        modeles.append((dehors, espace, modele))
    erreurs = cible - estime
    table = pd.DataFrame({"estime": estime, "basse": np.nan, "haute": np.nan}, index=cible.index)
    for dehors, espace, modele in modeles:
        complet = ajuster_intervalle(modele, espace, descripteurs[~dehors], erreurs[~dehors])
        basse, haute = complet.intervalle(espace, descripteurs[dehors])
        table.loc[dehors, "basse"], table.loc[dehors, "haute"] = basse, haute
    return table


def apprendre_communs(statistiques: pd.DataFrame) -> tuple[Imputation, PenteNationale]:
    """Imputation des revenus masqués et droite nationale, sur toutes les IRIS données.

    Parameters
    ----------
    statistiques : pandas.DataFrame
        Index ``code_iris``, colonnes ``STATISTIQUES``. Aucun chiffre de quartier n’y entre :
        les quartiers mis de côté pour l’évaluation restent inconnus.
    """
    controler_statistiques(statistiques)
    table = transformer(statistiques)
    commune = table.index.astype(str).str[:5]
    # Une commune d’un seul IRIS n’a pas d’autre IRIS à comparer : elle n’apprend rien d’utile.
    nombre = pd.Series(commune).groupby(commune).transform("size").to_numpy()
    divisees = table[nombre > 1]
    imputation = ajuster_imputation(divisees)
    return imputation, ajuster_pente(imputation.completer(table))


def apprendre_calage(
    donnees: Donnees,
    cibles: Mapping[str, pd.Series],
    groupes: pd.Series,
    bornes: Mapping[str, tuple[float, float]],
    *,
    origine: Mapping[str, Any],
    reglages: Reglages | None = None,
) -> Calage:
    """Apprendre un calage complet, variantes ``calee`` et ``calee_publie``.

    Parameters
    ----------
    donnees : Donnees
        Toutes les IRIS et tous les quartiers de l’étendue d’apprentissage.
    cibles : mapping of str to pandas.Series
        Indicateur → chiffre publié, indexé par ``code_territoire``, ``NaN`` s’il est masqué. Un
        indicateur de moins de 60 quartiers publiés est laissé de côté.
    groupes : pandas.Series of str
        Département de chaque quartier, même index.
    bornes : mapping
        Indicateur → valeurs possibles.
    origine : mapping
        Ce que le fichier du modèle doit dire de ses données (millésime, sources, date).
    reglages : Reglages, optional

    Returns
    -------
    Calage
        Chaque modèle porte ``apprentissage`` : ``n``, ``departements`` et les erreurs mesurées
        sur les départements laissés de côté.
    """
    reglages = reglages or Reglages()
    imputation, pente = apprendre_communs(donnees.statistiques)
    descripteurs = decrire_donnees(donnees, imputation, pente)
    espaces = {
        v: ajuster_espace(descripteurs[sans_sa_propre_cible(_noms(descripteurs), "", v)], reglages)
        for v in VARIANTES
    }
    modeles: dict[str, dict[str, ModeleIndicateur]] = {}
    for indicateur, publies in cibles.items():
        y = publies.reindex(descripteurs.index).dropna()
        if len(y) < MINIMUM_QUARTIERS:
            continue
        modeles[indicateur] = {
            variante: _apprendre_indicateur(
                espaces[variante],
                descripteurs.loc[y.index],
                y,
                groupes,
                indicateur,
                variante,
                bornes[indicateur],
                reglages,
            )
            for variante in VARIANTES
        }
    return Calage(imputation, pente, espaces, modeles, dict(origine))


def _apprendre_indicateur(
    commun: Espace,
    descripteurs: pd.DataFrame,
    y: pd.Series,
    groupes: pd.Series,
    indicateur: str,
    variante: str,
    bornes: tuple[float, float],
    reglages: Reglages,
) -> ModeleIndicateur:
    permis = sans_sa_propre_cible(_noms(descripteurs), indicateur, variante)
    departements = [str(d) for d in groupes.reindex(y.index)]
    dehors = predire_hors_groupe(
        descripteurs[permis], y, departements, bornes=bornes, reglages=reglages
    )
    espace = commun.restreindre(permis)
    modele = ajuster_modele(espace, descripteurs, y, bornes=bornes, reglages=reglages)
    complet = ajuster_intervalle(modele, espace, descripteurs, y - dehors["estime"])
    bilan = {"departements": len(set(departements)), **mesurer_erreurs(y, dehors)}
    return replace(complet, apprentissage=bilan)


def _noms(table: pd.DataFrame) -> list[str]:
    return [str(c) for c in table.columns]


def _racine_nystrom(espace: Espace) -> np.ndarray:
    """Racine inverse de la matrice des noyaux entre centres, shape (k, k)."""
    noyau = espace.radiales(espace.centres)
    valeurs, vecteurs = np.linalg.eigh(noyau + 1e-6 * np.eye(len(noyau)))
    r: np.ndarray = vecteurs / np.sqrt(np.maximum(valeurs, 1e-9))
    return r


def _echelle_log_lineaire(x: np.ndarray, erreurs: np.ndarray) -> np.ndarray:
    """Coefficients ``θ`` tels que l’échelle de l’erreur soit ``exp(x·θ)``.

    Vraisemblance gamma de ``|e|^k`` à lien logarithmique : la puissance fait suivre à
    l’échelle les grandes erreurs, celles que l’intervalle doit contenir. Problème convexe,
    résolu par Newton.
    """
    m = (erreurs / erreurs.mean()) ** _PUISSANCE_ECHELLE
    penalite = np.diag([0.0] + [_RAPPEL_ECHELLE * len(x)] * (x.shape[1] - 1))
    theta = np.zeros(x.shape[1])
    theta[0] = np.log(m.mean())
    for _ in range(50):
        rapport = m * np.exp(-x @ theta)
        gradient = x.T @ (1 - rapport) + penalite @ theta
        hessienne = (x.T * rapport) @ x + penalite + 1e-6 * np.eye(len(theta))
        pas = np.linalg.solve(hessienne, gradient)
        theta = theta - pas / max(1.0, float(np.abs(pas).max()))
    theta = theta / _PUISSANCE_ECHELLE
    theta[0] += np.log(erreurs.mean())
    return theta


def _quantiles_conformes(relatives: np.ndarray, niveau: float) -> tuple[float, float]:
    n = len(relatives)
    # 100 × (1 − 0,9) / 2 vaut 4,999… en binaire : sans l’arrondi, le rang perdrait une place.
    queue = round((n + 1) * (1 - niveau) / 2, 9)
    haut = min(int(np.ceil(n + 1 - queue)), n) - 1
    bas = max(int(np.floor(queue)), 1) - 1
    return float(relatives[bas]), float(relatives[haut])
