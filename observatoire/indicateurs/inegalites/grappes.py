"""Ressemblance des IRIS voisins : indice de Moran de la ville et grappes d’IRIS."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from observatoire.catalogue import Catalogue
from observatoire.domaine import Statut
from observatoire.estimation.autocorrelation import MoranLocal, moran, moran_local
from observatoire.estimation.incertitude import benjamini_hochberg
from observatoire.indicateurs.inegalites.lignes import (
    COLONNES_INEGALITES,
    derniers_millesimes,
    lignes_iris,
    mettre_en_table,
    valeur_ou_absence,
)
from observatoire.redaction import INSECABLE, ecrire_nombre
from observatoire.territoires import voisins_contigus

__all__ = ["COLONNES_GRAPPES", "reperer_grappes"]

COLONNES_GRAPPES = [
    "code_commune", "code_iris", "nom", "indicateur", "millesime", "valeur", "statut",
    "ecart_voisins", "moran_local", "p_valeur", "q_valeur", "grappe",
]  # fmt: skip
_HABITES = ("H", "Z")


def reperer_grappes(
    resultats: pd.DataFrame, iris: gpd.GeoDataFrame, catalogue: Catalogue
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Grappes d’IRIS de valeurs hautes ou basses, au dernier millésime de chaque indicateur.

    Parameters
    ----------
    resultats : pandas.DataFrame
        Table longue des résultats.
    iris : geopandas.GeoDataFrame
        ``code_iris, type_iris, code_commune``, projection en mètres.
    catalogue : Catalogue
        Indicateurs, permutations, fausses découvertes admises.

    Returns
    -------
    grappes : pandas.DataFrame
        Colonnes ``COLONNES_GRAPPES``, une ligne par IRIS et indicateur. ``grappe`` :
        ``haut`` (valeur haute parmi des voisins hauts), ``bas``, ``haut_isole`` (haute parmi des
        voisins bas), ``bas_isole``, ``aucune``, ``masque`` (valeur inconnue), ``seul`` (aucun
        voisin connu), ``sans_logement`` (IRIS de type A ou D).
    inegalites : pandas.DataFrame
        Colonnes ``COLONNES_INEGALITES`` : mesures ``moran`` et ``moran_p_valeur`` de chaque ville.
    """
    regles = catalogue.inegalites.grappes
    lignes = derniers_millesimes(lignes_iris(resultats, regles.indicateurs))
    lignes = lignes.sort_values(["code_commune", "indicateur", "code_territoire"])
    decrits = iris.set_index("code_iris")
    types = lignes["code_territoire"].map(decrits["type_iris"])
    lignes = lignes.assign(habite=types.isin(_HABITES), dessine=types.notna())
    voisinages: dict[tuple[str, ...], Any] = {}
    tables, mesures = [], []
    for (ville, nom), groupe in lignes[lignes["dessine"]].groupby(["code_commune", "indicateur"]):
        connus = (groupe["habite"] & groupe["valeur"].notna()).to_numpy(bool)
        table = groupe.rename(columns={"code_territoire": "code_iris"}).assign(
            grappe=np.where(groupe["habite"], "masque", "sans_logement"),
            **dict.fromkeys(("ecart_voisins", "moran_local", "p_valeur", "q_valeur"), np.nan),
        )
        commun = {
            "code_commune": ville,
            "indicateur": nom,
            "millesime": int(groupe["millesime"].iloc[0]),
        }
        if connus.sum() < regles.iris_min:
            mesures.append(_trop_peu(commun, int(connus.sum()), regles.iris_min))
            continue
        codes = tuple(groupe.loc[connus, "code_territoire"])
        if codes not in voisinages:
            voisinages[codes] = voisins_contigus(np.asarray(decrits.geometry.loc[list(codes)]))
        voisins = voisinages[codes]
        valeurs = groupe.loc[connus, "valeur"].to_numpy(float)
        options = {"permutations": regles.permutations, "graine": regles.graine}
        local = moran_local(valeurs, voisins, **options)
        ajustees = benjamini_hochberg(local.p_valeurs)
        colonnes = ["ecart_voisins", "moran_local", "p_valeur", "q_valeur"]
        resume = [local.retards, local.indices, local.p_valeurs, ajustees]
        table.loc[connus, colonnes] = np.column_stack(resume)
        table.loc[connus, "grappe"] = _nommer(valeurs, local, ajustees, regles.fausses_decouvertes)
        tables.append(table[COLONNES_GRAPPES])
        global_ = moran(valeurs, voisins, **options)
        note = f"{len(valeurs)} IRIS ; sans ressemblance{INSECABLE}: {ecrire_nombre(global_.attendu, 2)}"
        for mesure, valeur in (("moran", global_.indice), ("moran_p_valeur", global_.p_valeur)):
            mesures.append({**commun, "mesure": mesure, "note": note, **valeur_ou_absence(valeur)})
    grappes = pd.concat(tables, ignore_index=True) if tables else _vide()
    return grappes, mettre_en_table(mesures, COLONNES_INEGALITES)


def _vide() -> pd.DataFrame:
    return mettre_en_table([], COLONNES_GRAPPES)


def _trop_peu(commun: dict[str, Any], connus: int, voulus: int) -> dict[str, Any]:
    return {
        **commun,
        "mesure": "moran",
        "valeur": np.nan,
        "statut": Statut.ABSENT.value,
        "note": f"{connus} IRIS connus, il en faut {voulus}",
    }


def _nommer(
    valeurs: np.ndarray, local: MoranLocal, ajustees: np.ndarray, seuil: float
) -> np.ndarray:
    """Nom de la grappe de chaque IRIS ; une ressemblance que le hasard explique n’en est pas une."""
    haut, voisins_hauts = valeurs > valeurs.mean(), local.retards > 0
    return np.select(
        [
            np.isnan(local.p_valeurs),
            ~(ajustees <= seuil),
            haut & voisins_hauts,
            ~haut & ~voisins_hauts,
            haut,
        ],
        ["seul", "aucune", "haut", "bas", "haut_isole"],
        "bas_isole",
    )
