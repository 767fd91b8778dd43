"""Écarts d’un territoire à chaque référence : différence, rapport, rang, centile, personnes, verdict.

Un écart entre deux taux est en points. « Ville hors QPV » retire de la ville la part de
chaque quartier qui s’y trouve : la ville contient ses quartiers et dilue l’écart.
"""

from __future__ import annotations

import pandas as pd

from observatoire.catalogue import Catalogue
from observatoire.domaine import Reference, Statut, TypeTerritoire, Verdict
from observatoire.indicateurs.rangs import centiles_parmi_les_iris
from observatoire.indicateurs.verdicts import donner_verdicts

__all__ = ["calculer_ecarts", "joindre_ecarts"]

_ENSEMBLES = [TypeTerritoire.COMMUNE.value, TypeTerritoire.EPCI.value]
_TOUJOURS = frozenset({Reference.VILLE, Reference.VILLE_HORS_QPV})

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
    "centile",
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
        référence, celle de la ville du territoire ; ``ecart`` et ceux des bornes dans l’unité de
        l’indicateur, ``ecart_relatif`` le rapport à la référence (1 : aucun écart),
        ``effectif_ecart`` en personnes ou ménages, ``rang`` 1 pour le plus défavorable de son type,
        ``centile`` de 0 (plus favorable que tous les IRIS de la ville) à 100 ; une valeur qui n’a
        que ses bornes n’a ni rang ni centile. Un effectif (population) n’a pas d’écart. Une
        référence plus grande que la ville n’a de lignes que là où sa valeur est connue.
    """
    autres = resultats[~resultats["type_territoire"].isin(_ENSEMBLES)]
    stocks = [i.id for i in catalogue.indicateurs.values() if i.est_stock]
    autres = autres[~autres["indicateur"].isin(stocks)]
    if autres.empty:
        return pd.DataFrame(columns=COLONNES_ECARTS)
    indicateurs = autres["indicateur"].map(catalogue.indicateurs)
    croissant = indicateurs.map(lambda i: i.sens == "favorable_si_hausse").astype(bool)
    unites = indicateurs.map(lambda i: i.unite)
    niveau = catalogue.regles.niveau_intervalle
    # Le rang se compte dans la ville ; dans l’édition d’une intercommunalité, face à elle, dans toute elle.
    memes = ["indicateur", "millesime", "type_territoire"]
    a_l_epci = bool((resultats["type_territoire"] == TypeTerritoire.EPCI.value).any())
    dans_la_ville = _rangs(autres, croissant, [*memes, "code_commune"])
    dans_l_epci = _rangs(autres, croissant, memes) if a_l_epci else dans_la_ville
    centiles = centiles_parmi_les_iris(autres, croissant)
    cles = ["code_commune", "indicateur", "millesime"]
    lignes = pd.MultiIndex.from_frame(autres[cles])
    morceaux = []
    for reference in Reference:
        siennes = references[references["reference"] == reference.value].set_index(cles)
        choisies = siennes.reindex(lignes)
        valeur = pd.Series(choisies["valeur"].to_numpy(float), index=autres.index)
        garde = valeur.notna() | (reference in _TOUJOURS)
        if not garde.any():
            continue
        marge = pd.Series(0.0, index=autres.index)
        if "imprecision" in siennes:
            lue = pd.Series(choisies["imprecision"].to_numpy(float), index=autres.index)
            marge = lue.where(lue.notna(), 0.0)
        table = _ecarts(
            autres[garde], reference, valeur[garde], marge[garde], unites[garde], niveau
        )
        rangs = dans_l_epci if reference is Reference.EPCI else dans_la_ville
        morceaux.append(table.join(rangs[garde]).assign(centile=centiles[garde]))
    return pd.concat(morceaux, ignore_index=True)[COLONNES_ECARTS]


def joindre_ecarts(
    resultats: pd.DataFrame, ecarts: pd.DataFrame, *, reference: str = "ville"
) -> pd.DataFrame:
    """Table longue des valeurs avec les colonnes d’écart à une référence.

    Returns
    -------
    pandas.DataFrame
        Une ligne par ligne de ``resultats``, dans le même ordre. Là où la référence n’a pas de valeur,
        l’écart manque, le verdict est *non interprétable*, et le rang, qui n’en dépend pas, reste.
    """
    cles = ["code_territoire", "indicateur", "millesime"]
    choisis = ecarts[ecarts["reference"] == reference]
    table = resultats.merge(choisis, on=cles, how="left", validate="one_to_one")
    manquent = table["reference"].isna()
    if manquent.any() and reference != Reference.VILLE.value:
        a_la_ville = ecarts[ecarts["reference"] == Reference.VILLE.value]
        memes = resultats[cles].merge(a_la_ville, on=cles, how="left", validate="one_to_one")
        for colonne in (c for c in ("rang", "rang_sur", "centile") if c in table):
            table[colonne] = table[colonne].where(~manquent, memes[colonne])
        comparables = manquent & memes["verdict"].notna()
        table["verdict"] = table["verdict"].mask(comparables, Verdict.NON_INTERPRETABLE.value)
    table["reference"] = table["reference"].fillna(reference)
    return table


def _rangs(autres: pd.DataFrame, croissant: pd.Series, groupes: list[str]) -> pd.DataFrame:
    """Rang et nombre de territoires de même type ; ils ne dépendent que de la valeur.

    Comme le centile, une valeur trop incertaine pour être montrée n’est pas classée.
    """
    connus = autres["statut"].isin([Statut.PUBLIE.value, Statut.ESTIME.value])
    connus &= ~autres["bornes_seules"].astype(bool)
    # Le plus défavorable est premier : le plus haut, ou le plus bas si la hausse est favorable.
    valeurs = autres["valeur"].where(connus).where(croissant, -autres["valeur"].where(connus))
    ensembles = valeurs.groupby([autres[c] for c in groupes])
    return pd.DataFrame(
        {"rang": ensembles.rank(method="min"), "rang_sur": ensembles.transform("count")}
    )


def _ecarts(
    autres: pd.DataFrame,
    reference: Reference,
    valeur: pd.Series,
    marge: pd.Series,
    unites: pd.Series,
    niveau: float,
) -> pd.DataFrame:
    """Écarts de toutes les lignes à une référence, incertaine à ``marge`` près."""
    connus = autres["statut"].isin([Statut.PUBLIE.value, Statut.ESTIME.value])
    ecart = (autres["valeur"] - valeur).where(connus)
    return pd.DataFrame(
        {
            "code_territoire": autres["code_territoire"],
            "indicateur": autres["indicateur"],
            "millesime": autres["millesime"],
            "reference": reference.value,
            "valeur_reference": valeur,
            "ecart": ecart,
            "ecart_borne_basse": autres["borne_basse"] - valeur - marge,
            "ecart_borne_haute": autres["borne_haute"] - valeur + marge,
            "ecart_relatif": autres["valeur"].where(connus) / valeur.where(valeur != 0),
            "effectif_ecart": (ecart / 100 * autres["effectif"]).where(unites == "pct"),
            "verdict": donner_verdicts(
                autres, unites, valeur_reference=valeur, imprecision=marge, niveau=niveau
            ),
        }
    )
