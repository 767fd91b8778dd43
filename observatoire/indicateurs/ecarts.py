"""Écarts à la ville, à la ville hors QPV, à l’intercommunalité : différence, rang, verdict.

Un écart entre deux taux est en points. « Ville hors QPV » retire de la ville la part de
chaque quartier qui s’y trouve : la ville contient ses quartiers et dilue l’écart.
"""

from __future__ import annotations

import pandas as pd

from observatoire.catalogue import Catalogue
from observatoire.domaine import Reference, Statut, TypeTerritoire
from observatoire.indicateurs.verdicts import donner_verdicts

__all__ = ["calculer_ecarts", "joindre_ecarts"]

_ENSEMBLES = [TypeTerritoire.COMMUNE.value, TypeTerritoire.EPCI.value]

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
    stocks = [i.id for i in catalogue.indicateurs.values() if i.est_stock]
    autres = autres[~autres["indicateur"].isin(stocks)]
    presentes = [r for r in Reference if r is not Reference.EPCI or _a_l_epci(references)]
    if autres.empty:
        return pd.DataFrame(columns=COLONNES_ECARTS)
    indicateurs = autres["indicateur"].map(catalogue.indicateurs)
    croissant = indicateurs.map(lambda i: i.sens == "favorable_si_hausse").astype(bool)
    unites = indicateurs.map(lambda i: i.unite)
    niveau = catalogue.regles.niveau_intervalle
    cles = ["code_commune", "indicateur", "millesime"]
    lignes = pd.MultiIndex.from_frame(autres[cles])
    morceaux = []
    for reference in presentes:
        choisies = references[references["reference"] == reference.value].set_index(cles)["valeur"]
        valeur = pd.Series(choisies.reindex(lignes).to_numpy(float), index=autres.index)
        morceaux.append(_ecarts(autres, reference, valeur, unites, croissant, niveau))
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


def _ecarts(
    autres: pd.DataFrame,
    reference: Reference,
    valeur: pd.Series,
    unites: pd.Series,
    croissant: pd.Series,
    niveau: float,
) -> pd.DataFrame:
    """Écarts de toutes les lignes à une référence."""
    connus = autres["statut"].isin([Statut.PUBLIE.value, Statut.ESTIME.value])
    ecart = (autres["valeur"] - valeur).where(connus)
    # Le rang se compte parmi les territoires comparés à la même référence.
    ensemble = [autres[c] for c in ("indicateur", "millesime", "type_territoire")]
    if reference is not Reference.EPCI:
        ensemble.append(autres["code_commune"])
    # Le plus défavorable est premier : le plus haut, ou le plus bas si la hausse est favorable.
    rangs = autres["valeur"].where(connus).where(croissant, -autres["valeur"].where(connus))
    groupes = rangs.groupby(ensemble)
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
            "rang": groupes.rank(method="min"),
            "rang_sur": groupes.transform("count"),
            "effectif_ecart": (ecart / 100 * autres["effectif"]).where(unites == "pct"),
            "verdict": donner_verdicts(autres, unites, valeur_reference=valeur, niveau=niveau),
        }
    )
