"""Ce que l’on sait d’un quartier par les IRIS qu’il coupe : les descripteurs du calage.

Un IRIS est en partie quartier, en partie reste de la ville. Les descripteurs disent la part
couverte, la composition des IRIS coupés, leur contraste avec la commune, et ce que vaudrait
le quartier si le reste de l’IRIS ressemblait au reste de la commune.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from observatoire.estimation.calage.imputation import Imputation

__all__ = ["PREFIXES", "PUBLIES", "PenteNationale", "ajuster_pente", "decrire", "decrire_publies"]

PREFIXES: tuple[str, ...] = ("forme_", "iris_", "ville_", "pente_", "reste_", "publie_")
"""Familles de descripteurs ; le modèle donne une portée à chacune."""

_PLANCHER_HLM = 2.0
_HLM_DANS_QUARTIER = 80.0
_DENSITES = (3.0, 8.0)
_PART_MIN = 0.05
_POPULATION_TYPE = 2400.0
_POIDS_COMMUNE = 2.0
_RAPPEL_PENTE = 0.05


@dataclass(frozen=True)
class PenteNationale:
    """Pauvreté (%) d’un IRIS en fonction de sa part de HLM : ``constante + pente · part``."""

    constante: float
    pente: float


def ajuster_pente(table: pd.DataFrame) -> PenteNationale:
    """Droite des moindres carrés, pauvreté sur part de HLM, tous les IRIS connus.

    Parameters
    ----------
    table : pandas.DataFrame
        Statistiques complétées (:meth:`Imputation.completer`).
    """
    connus = table[["part_hlm", "taux_pauvrete"]].dropna()
    pente, constante = np.polyfit(connus["part_hlm"] / 100, connus["taux_pauvrete"], 1)
    return PenteNationale(float(constante), float(pente))


def decrire(
    poids: pd.DataFrame,
    surfaces_iris: pd.Series,
    territoires: pd.DataFrame,
    brutes: pd.DataFrame,
    imputation: Imputation,
    pente: PenteNationale,
    *,
    voisins: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Descripteurs de chaque territoire.

    Parameters
    ----------
    poids : pandas.DataFrame
        Table de :func:`observatoire.calculer_poids` : ``code_territoire, code_iris,
        surface_m2, part_surface``.
    surfaces_iris : pandas.Series of float
        Surface (m²) de chaque IRIS, indexée par ``code_iris``.
    territoires : pandas.DataFrame
        Index ``code_territoire``, colonnes ``surface_m2`` et ``perimetre_m``.
    brutes : pandas.DataFrame
        Sortie de :func:`transformer`, toutes les IRIS des communes concernées.
    imputation, pente
        Appris avec le modèle.
    voisins : pandas.DataFrame, optional
        Paires, comme ``poids``, de quartiers que l’on ne décrit pas et qui sont dans les mêmes
        communes : un quartier se décrit aussi par le nombre et la surface des autres.

    Returns
    -------
    pandas.DataFrame
        Index : les territoires qui ont au moins une paire, dans l’ordre de ``territoires`` ;
        une colonne par descripteur, préfixée de sa famille, ``NaN`` si inconnue.
    """
    codes = territoires.index[territoires.index.isin(poids["code_territoire"])]
    paires = _Paires(poids, surfaces_iris, codes)
    # Seules les communes touchées comptent : le reste de la France n’est pas complété pour rien.
    touchees = paires.iris.astype(str).str[:5].unique()
    brutes = brutes[brutes.index.astype(str).str[:5].isin(touchees)]
    completes = imputation.completer(brutes)
    villes = _contexte_des_villes(completes, pente)
    masque = brutes["taux_pauvrete"].isna().astype(float)
    valeurs = completes.reindex(paires.iris)
    hlm = np.nan_to_num(valeurs["part_hlm"].to_numpy())
    ville = villes.reindex(paires.iris)
    blocs = [
        _forme(
            paires,
            territoires.reindex(codes),
            masque.reindex(paires.iris).fillna(1.0),
            hlm,
            _alentours(paires, poids, voisins),
        ),
        paires.moyennes(valeurs, paires.b * (hlm + _PLANCHER_HLM)).add_prefix("iris_"),
        paires.moyennes(ville.filter(like="ville_"), paires.b),
        paires.moyennes(ville.filter(like="pente_"), paires.b),
        _reste(paires, valeurs, ville),
    ]
    return pd.concat(blocs, axis=1)


class _Paires:
    """Paires territoire × IRIS sous forme de tableaux, une ligne par paire."""

    def __init__(self, poids: pd.DataFrame, surfaces: pd.Series, codes: pd.Index) -> None:
        table = poids[poids["code_territoire"].isin(codes)]
        # Un ordre fixe : les sommes flottantes ne dépendent pas de celui des lignes reçues.
        table = table.sort_values(["code_territoire", "code_iris"], ignore_index=True)
        self.codes = codes
        self.rang = codes.get_indexer(pd.Index(table["code_territoire"]))
        self.iris = pd.Index(table["code_iris"])
        self.surface = table["surface_m2"].to_numpy(float)
        self.a = table["part_surface"].to_numpy(float)
        """Part de l’IRIS qui est dans le territoire."""
        self.b = self.surface / self.somme(self.surface)[self.rang]
        """Part du territoire qui est dans l’IRIS."""
        self.aire_iris = surfaces.reindex(self.iris).to_numpy(float)
        plus_grand = np.zeros(len(codes))
        np.maximum.at(plus_grand, self.rang, self.b)
        self.principal = self.b >= plus_grand[self.rang]

    def somme(self, x: np.ndarray) -> np.ndarray:
        total: np.ndarray = np.bincount(self.rang, weights=x, minlength=len(self.codes))
        return total

    def moyenne(self, x: np.ndarray, poids: np.ndarray) -> np.ndarray:
        connus = np.isfinite(x)
        haut = self.somme(np.where(connus, x, 0.0) * poids * connus)
        bas = self.somme(poids * connus)
        resultat: np.ndarray = np.divide(haut, bas, out=np.full(len(bas), np.nan), where=bas > 0)
        return resultat

    def moyennes(self, table: pd.DataFrame, poids: np.ndarray) -> pd.DataFrame:
        colonnes = {str(c): self.moyenne(table[c].to_numpy(float), poids) for c in table}
        return pd.DataFrame(colonnes, index=self.codes)

    def maximum(self, x: np.ndarray, garde: np.ndarray) -> np.ndarray:
        resultat = np.full(len(self.codes), -np.inf)
        utiles = garde & np.isfinite(x)
        np.maximum.at(resultat, self.rang[utiles], x[utiles])
        return np.where(np.isfinite(resultat), resultat, np.nan)


class _Alentours(NamedTuple):
    """Tous les quartiers autour de chaque paire, le sien compris ; un tableau de la taille des paires."""

    quartiers: np.ndarray
    """Nombre de quartiers dans la commune de l’IRIS."""
    surface: np.ndarray
    """Surface (m²) de la commune qui est en quartier."""
    part_iris: np.ndarray
    """Part de l’IRIS qui est en quartier."""


def _alentours(p: _Paires, poids: pd.DataFrame, voisins: pd.DataFrame | None) -> _Alentours:
    """Compter les quartiers décrits et leurs voisins, que l’on décrive les uns ou les autres."""
    colonnes = ["code_territoire", "code_iris", "surface_m2", "part_surface"]
    ensemble = poids.loc[poids["code_territoire"].isin(p.codes), colonnes]
    if voisins is not None and len(voisins):
        autres = voisins.loc[~voisins["code_territoire"].isin(p.codes), colonnes]
        ensemble = pd.concat([ensemble, autres])
    # Le même ordre de somme, quels que soient les quartiers décrits et ceux qui les entourent.
    ensemble = ensemble.sort_values(["code_territoire", "code_iris"], ignore_index=True)
    commune = ensemble["code_iris"].astype(str).str[:5]
    couples = ensemble[["code_territoire"]].assign(commune=commune).drop_duplicates()
    par_commune = {
        "quartiers": couples["commune"].value_counts(),
        "surface": ensemble["surface_m2"].groupby(commune).sum(),
    }
    dans_iris = ensemble.groupby("code_iris")["part_surface"].sum()
    communes = p.iris.astype(str).str[:5]
    return _Alentours(
        **{nom: s.reindex(communes).to_numpy(float) for nom, s in par_commune.items()},
        part_iris=dans_iris.reindex(p.iris).to_numpy(float),
    )


def _forme(
    p: _Paires,
    territoires: pd.DataFrame,
    masque: pd.Series,
    hlm: np.ndarray,
    alentours: _Alentours,
) -> pd.DataFrame:
    """Part couverte, nombre d’IRIS, taille, part masquée : où et comment le quartier coupe."""
    poids_hlm = p.b * (hlm + _PLANCHER_HLM)
    principal = p.somme(p.a * p.principal)
    surface = territoires["surface_m2"].to_numpy(float)
    colonnes = {
        "surface": np.log(surface),
        "part_totale": np.log(p.somme(p.surface) / p.somme(p.aire_iris)),
        "part_moyenne": p.somme(p.a * p.b),
        "part_principal": principal,
        "part_principal_log": np.log(principal),
        "part_hlm": p.somme(p.a * poids_hlm) / p.somme(poids_hlm),
        "part_par_part": p.somme(p.a * p.a) / p.somme(p.a),
        "equivalent_iris": np.log(p.somme(p.a)),
        "nombre_iris": np.log(np.maximum(p.somme((p.b > 0.02).astype(float)), 1)),
        "nombre_entames": p.somme((p.a > _PART_MIN).astype(float)),
        "concentration": p.somme(p.b * p.principal),
        "masque": p.somme(p.b * masque.to_numpy(float)),
        "surface_iris": p.somme(np.log(p.aire_iris) * p.b),
        "surface_principal": np.log(p.somme(p.aire_iris * p.principal)),
        "compacite": np.log(territoires["perimetre_m"].to_numpy(float) ** 2 / surface),
        "quartiers_ville": np.log(p.moyenne(alentours.quartiers, p.b)),
        "surface_quartiers_ville": np.log(p.moyenne(alentours.surface, p.b)),
        "autres_quartiers": p.somme((alentours.part_iris - p.a) * p.b),
    }
    return pd.DataFrame(colonnes, index=p.codes).add_prefix("forme_")


def _contexte_des_villes(table: pd.DataFrame, pente: PenteNationale) -> pd.DataFrame:
    """Pour chaque IRIS, ce que valent les IRIS de sa commune, et son rang parmi elles."""
    commune = table.index.astype(str).str[:5]
    groupes = table.groupby(commune)
    droite = _pentes_des_communes(table, commune, pente)
    colonnes = {
        "ville_pauvrete": groupes["taux_pauvrete"].transform("mean"),
        "ville_pauvrete_max": groupes["taux_pauvrete"].transform("max"),
        "ville_pauvrete_dispersion": groupes["taux_pauvrete"].transform("std").fillna(0.0),
        "ville_hlm": groupes["part_hlm"].transform("mean"),
        "ville_hlm_max": groupes["part_hlm"].transform("max"),
        "ville_d1": groupes["d1"].transform("mean"),
        "ville_mediane": groupes["mediane"].transform("mean"),
        "ville_chomage": groupes["taux_chomage"].transform("mean"),
        "ville_nombre_iris": np.log(groupes["part_hlm"].transform("count").clip(lower=1)),
        "ville_rang": groupes["taux_pauvrete"].rank(pct=True),
        "pente_constante": droite["constante"],
        "pente_pente": droite["pente"],
        "pente_moitie": droite["constante"] + 0.5 * droite["pente"],
        "pente_tout_hlm": droite["constante"] + droite["pente"],
    }
    return pd.DataFrame(colonnes, index=table.index)


def _pentes_des_communes(
    table: pd.DataFrame, commune: pd.Index, pente: PenteNationale
) -> pd.DataFrame:
    """Droite pauvreté ~ part de HLM de chaque commune, ramenée vers la droite nationale.

    Moindres carrés pénalisés (``_POIDS_COMMUNE`` IRIS fictifs à la droite nationale) : une
    commune de deux IRIS garde presque la droite nationale, une grande ville a la sienne.
    """
    connus = table[["part_hlm", "taux_pauvrete"]].notna().all(axis=1)
    x = (table["part_hlm"] / 100).where(connus, 0.0)
    y = table["taux_pauvrete"].where(connus, 0.0)
    sommes = (
        pd.DataFrame({"n": connus.astype(float), "x": x, "y": y, "xx": x * x, "xy": x * y})
        .groupby(commune)
        .transform("sum")
    )
    k0, k1 = _POIDS_COMMUNE, _POIDS_COMMUNE * _RAPPEL_PENTE
    a, b, d = sommes["n"] + k0, sommes["x"], sommes["xx"] + k1
    u, v = sommes["y"] + k0 * pente.constante, sommes["xy"] + k1 * pente.pente
    determinant = a * d - b * b
    return pd.DataFrame(
        {"constante": (d * u - b * v) / determinant, "pente": (a * v - b * u) / determinant}
    )


def _reste(p: _Paires, valeurs: pd.DataFrame, ville: pd.DataFrame) -> pd.DataFrame:
    """Le quartier si le reste de chaque IRIS coupé ressemblait au reste de la commune.

    ``p_q = p_r + (p_i − p_r) / s`` avec ``s`` la part des habitants de l’IRIS qui sont dans
    le quartier, inconnue : trois lectures, par le parc HLM et par deux rapports de densité.
    """
    pauvrete = valeurs["taux_pauvrete"].to_numpy(float)
    hlm = valeurs["part_hlm"].to_numpy(float)
    reste = ville["pente_constante"].to_numpy(float)
    lectures = {"hlm": np.clip(hlm / _HLM_DANS_QUARTIER, _PART_MIN, 1.0)}
    for rapport in _DENSITES:
        dense = p.a * rapport / (p.a * rapport + 1 - p.a)
        lectures[f"densite_{rapport:.0f}"] = np.clip(dense, _PART_MIN, 1.0)
    colonnes = {}
    for nom, s in lectures.items():
        poids = p.a * (np.nan_to_num(hlm) + _PLANCHER_HLM) if nom == "hlm" else s
        estime = np.clip(reste + (pauvrete - reste) / s, 0.0, 90.0)
        colonnes[f"estime_{nom}"] = p.moyenne(estime, p.b)
        colonnes[f"estime_pese_{nom}"] = p.moyenne(estime, poids)
        colonnes[f"part_{nom}"] = p.moyenne(s, p.b)
        colonnes[f"borne_{nom}"] = p.moyenne(np.clip(pauvrete / s, 0.0, 100.0), p.b)
    dense = p.a * 5 / (p.a * 5 + 1 - p.a)
    colonnes |= {
        "parc": p.moyenne(reste + 0.8 * ville["pente_pente"].to_numpy(float), p.b),
        "hlm_couvert": p.moyenne(hlm * p.a, p.b),
        "pauvrete_max": p.maximum(pauvrete, p.b > 0.1),
        "hlm_max": p.maximum(hlm, p.b > _PART_MIN),
        "pauvrete_max_entame": p.maximum(pauvrete, p.a > 0.1),
        "pauvrete_dense": p.moyenne(pauvrete, dense),
        "hlm_dense": p.moyenne(hlm, dense),
        "pauvrete_surface": p.moyenne(pauvrete, p.b),
    }
    return pd.DataFrame(colonnes, index=p.codes).add_prefix("reste_")


PUBLIES: Sequence[str] = (
    "indice_jeunesse",
    "part_etrangers",
    "part_immigres",
    "part_menages_immigres",
    "part_menages_etrangers",
    "part_menages_1",
    "part_menages_2",
    "part_menages_3",
    "part_menages_4_5",
    "part_menages_6",
    "taux_emploi",
)


def decrire_publies(
    publies: pd.DataFrame, descripteurs: pd.DataFrame, territoires: pd.DataFrame
) -> pd.DataFrame:
    """Descripteurs tirés des autres chiffres publiés pour le même quartier.

    Parameters
    ----------
    publies : pandas.DataFrame
        Index ``code_territoire`` ; colonnes de :data:`PUBLIES` (%), et ``population``,
        ``menages``, ``logements_sociaux``, ``couverts_caf``, ``allocataires_caf``,
        ``rsa_socle`` (effectifs). Une colonne absente est tenue pour inconnue.
    descripteurs : pandas.DataFrame
        Sortie de :func:`decrire`.
    territoires : pandas.DataFrame
        Colonne ``surface_m2``.

    Returns
    -------
    pandas.DataFrame
        Index de ``descripteurs``.
    """
    utiles = publies.reindex(descripteurs.index)

    def lire(nom: str) -> pd.Series:
        if nom not in utiles.columns:
            return pd.Series(np.nan, index=utiles.index)
        return utiles[nom].astype("float64")

    population, menages = lire("population"), lire("menages").where(lire("menages") > 0)
    allocataires = lire("allocataires_caf").where(lire("allocataires_caf") > 0)
    surface = territoires["surface_m2"].reindex(utiles.index)
    attendue = np.exp(descripteurs["forme_equivalent_iris"]) * _POPULATION_TYPE
    colonnes = {nom: lire(nom) for nom in PUBLIES} | {
        "population": np.log(population),
        "densite": np.log(population / surface),
        "part_habitants": np.log(population / (attendue + 200.0)),
        "taille_menages": population / menages,
        "hlm_par_menage": lire("logements_sociaux") / menages,
        "couverts_caf": lire("couverts_caf") / population,
        "allocataires_par_menage": lire("allocataires_caf") / menages,
        "allocataires_par_habitant": lire("allocataires_caf") / population,
        "rsa_par_menage": lire("rsa_socle") / menages,
        "rsa_par_allocataire": lire("rsa_socle") / allocataires,
        "rsa_par_habitant": lire("rsa_socle") / population,
    }
    return pd.DataFrame(colonnes, index=utiles.index).add_prefix("publie_")
