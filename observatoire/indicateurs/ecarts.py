"""Écarts à la ville, à la ville hors QPV, à l’intercommunalité : différence, rang, verdict.

Un écart entre deux taux est en points. « Ville hors QPV » retire de la ville la part de
chaque quartier qui s’y trouve : la ville contient ses quartiers et dilue l’écart.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from observatoire.catalogue import Catalogue, Indicateur
from observatoire.domaine import Reference, Statut, TypeTerritoire
from observatoire.indicateurs.verdicts import donner_verdicts

__all__ = ["calculer_ecarts", "joindre_ecarts"]

_ENSEMBLES = [TypeTerritoire.COMMUNE.value, TypeTerritoire.EPCI.value]
_SANS_REFERENCE: pd.Series = pd.Series(dtype=float)

COLONNES_ECARTS = [
    "code_territoire",
    "indicateur",
    "millesime",
    "reference",
    "valeur_reference",
    "ecart",
    "ecart_borne_basse",
    "ecart_borne_haute",
    "ecart_relatif",
    "rang",
    "rang_sur",
    "effectif_ecart",
    "verdict",
]


def calculer_ecarts(
    resultats: pd.DataFrame, references: pd.DataFrame, *, catalogue: Catalogue
) -> pd.DataFrame:
    """Écarts de chaque territoire à chaque référence.

    Parameters
    ----------
    resultats : pandas.DataFrame
        Table de :func:`observatoire.indicateurs.calculer_resultats`.
    references : pandas.DataFrame
        Table de :func:`observatoire.indicateurs.calculer_references`.
    catalogue : Catalogue
        Sens et unité des indicateurs, seuils.

    Returns
    -------
    pandas.DataFrame
        Une ligne par territoire (hors villes et intercommunalité), indicateur, millésime et
        référence, celle de la ville du territoire ; ``ecart``
        et ceux des bornes dans l’unité de l’indicateur, ``ecart_relatif`` sans unité, ``effectif_ecart`` en personnes
        ou ménages, ``rang`` 1 pour le plus défavorable de son type. Un effectif (population) n’a
        pas d’écart.
    """
    autres = resultats[~resultats["type_territoire"].isin(_ENSEMBLES)]
    niveau = catalogue.regles.niveau_intervalle
    cles = ["indicateur", "millesime", "reference"]
    valeurs = {
        tuple(cle): groupe.set_index("code_commune")["valeur"]
        for cle, groupe in references.groupby(cles, sort=False)
    }
    presentes = [r for r in Reference if r is not Reference.EPCI or _a_l_epci(references)]
    morceaux = []
    for (identifiant, millesime), groupe in autres.groupby(["indicateur", "millesime"], sort=False):
        indicateur = catalogue.indicateurs[str(identifiant)]
        if indicateur.est_stock:
            continue
        for reference in presentes:
            par_ville = valeurs.get((identifiant, millesime, reference.value), _SANS_REFERENCE)
            valeur = groupe["code_commune"].map(par_ville).astype(float)
            morceaux.append(_ecarts_du_groupe(groupe, indicateur, reference, valeur, niveau))
    if not morceaux:
        return pd.DataFrame(columns=COLONNES_ECARTS)
    return pd.concat(morceaux, ignore_index=True)[COLONNES_ECARTS]


def _a_l_epci(references: pd.DataFrame) -> bool:
    return bool((references["reference"] == Reference.EPCI.value).any())


def joindre_ecarts(
    resultats: pd.DataFrame, ecarts: pd.DataFrame, *, reference: str = "ville"
) -> pd.DataFrame:
    """Table longue des valeurs avec les colonnes d’écart à une référence.

    Returns
    -------
    pandas.DataFrame
        Une ligne par ligne de ``resultats``, dans le même ordre.
    """
    cles = ["code_territoire", "indicateur", "millesime"]
    choisis = ecarts[ecarts["reference"] == reference]
    table = resultats.merge(choisis, on=cles, how="left", validate="one_to_one")
    table["reference"] = table["reference"].fillna(reference)
    return table


def _ecarts_du_groupe(
    autres: pd.DataFrame,
    indicateur: Indicateur,
    reference: Reference,
    valeur: pd.Series,
    niveau: float,
) -> pd.DataFrame:
    connus = autres["statut"].isin([Statut.PUBLIE.value, Statut.ESTIME.value])
    ecart = (autres["valeur"] - valeur).where(connus)
    croissant = indicateur.sens == "favorable_si_hausse"
    # Le rang se compte parmi les territoires comparés à la même référence.
    ensemble = [autres["type_territoire"]]
    if reference is not Reference.EPCI:
        ensemble.append(autres["code_commune"])
    rangs = autres["valeur"].where(connus).groupby(ensemble)
    personnes = (ecart / 100 * autres["effectif"]) if indicateur.unite == "pct" else np.nan
    return pd.DataFrame(
        {
            "code_territoire": autres["code_territoire"],
            "indicateur": autres["indicateur"],
            "millesime": autres["millesime"],
            "reference": reference.value,
            "valeur_reference": valeur,
            "ecart": ecart,
            "ecart_borne_basse": autres["borne_basse"] - valeur,
            "ecart_borne_haute": autres["borne_haute"] - valeur,
            "ecart_relatif": autres["valeur"].where(connus) / valeur.where(valeur != 0),
            "rang": rangs.rank(method="min", ascending=croissant),
            "rang_sur": rangs.transform("count"),
            "effectif_ecart": personnes,
            "verdict": donner_verdicts(autres, indicateur, valeur_reference=valeur, niveau=niveau),
        }
    )
