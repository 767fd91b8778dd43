"""Indice de défavorisation de chaque IRIS et de chaque quartier, et son cinquième en France."""

from __future__ import annotations

import numpy as np
import pandas as pd

from observatoire.catalogue import Catalogue
from observatoire.catalogue.defavorisation import DefavorisationLivree
from observatoire.domaine import Statut, TypeTerritoire
from observatoire.estimation.defavorisation import ModeleDefavorisation

__all__ = ["COLONNES_DEFAVORISATION", "calculer_defavorisation"]

COLONNES_DEFAVORISATION = [
    "code_commune", "code_territoire", "type_territoire", "nom", "millesime", "score", "borne_basse",
    "borne_haute", "cinquieme", "cinquieme_bas", "cinquieme_haut", "statut", "note",
]  # fmt: skip
_TYPES = [TypeTerritoire.IRIS.value, TypeTerritoire.QPV.value]


def calculer_defavorisation(
    resultats: pd.DataFrame, catalogue: Catalogue, livre: DefavorisationLivree
) -> pd.DataFrame:
    """Score de défavorisation là où ses quatre mesures sont connues.

    Parameters
    ----------
    resultats : pandas.DataFrame
        Table longue des résultats.
    catalogue : Catalogue
        Mesures et écart d’années admis.
    livre : DefavorisationLivree
        Coefficients appris sur la France.

    Returns
    -------
    pandas.DataFrame
        Colonnes ``COLONNES_DEFAVORISATION``, une ligne par IRIS et par quartier. De chaque mesure, le
        millésime le plus proche de celui du modèle ; s’il en est trop loin, ``absent``. ``statut`` :
        ``publie`` si les quatre mesures le sont, ``secret`` si l’une est masquée, ``estime`` sinon. Un
        quartier dont une mesure n’est connue que par ses bornes n’a pas de score, seulement des bornes.
    """
    regles = catalogue.inegalites.defavorisation
    modele = ModeleDefavorisation(
        livre.variables, livre.moyennes, livre.ecarts_types, livre.charges, livre.seuils,
        livre.part_expliquee, livre.effectif,
    )  # fmt: skip
    territoires = resultats[resultats["type_territoire"].isin(_TYPES)]
    utiles = territoires[territoires["indicateur"].isin(livre.variables)]
    ecarts = (utiles["millesime"] - livre.millesime).abs()
    proches = utiles[ecarts <= regles.ecart_annees_max].assign(ecart=ecarts)
    cles = ["code_territoire", "indicateur"]
    # Une ligne masquée ne cède pas sa place à une autre année : les années ne se mêlent pas.
    proches = proches.sort_values([*cles, "ecart", "millesime"]).drop_duplicates(cles)
    tous = territoires.drop_duplicates("code_territoire").set_index("code_territoire").sort_index()
    if proches.empty:
        return pd.DataFrame(columns=COLONNES_DEFAVORISATION)

    def etaler(colonne: str) -> pd.DataFrame:
        table = proches.pivot_table(
            index="code_territoire", columns="indicateur", values=colonne, aggfunc="first"
        )
        return table.reindex(index=tous.index, columns=list(livre.variables))

    valeurs, statuts = etaler("valeur"), etaler("statut")
    seules = etaler("bornes_seules").eq(True).any(axis=1).to_numpy(bool)
    basses, hautes = (
        etaler(c).fillna(valeurs).to_numpy(float) for c in ("borne_basse", "borne_haute")
    )
    scores = np.where(seules, np.nan, modele.score(valeurs.to_numpy(float)))
    bas, haut = modele.bornes(basses, hautes)
    connus = np.isfinite(scores) | (seules & np.isfinite(bas) & np.isfinite(haut))
    statut = _statut(statuts, connus)
    table = pd.DataFrame(
        {
            "code_commune": tous["code_commune"].to_numpy(),
            "code_territoire": tous.index.to_numpy(),
            "type_territoire": tous["type_territoire"].to_numpy(),
            "nom": tous["nom"].to_numpy(),
            "millesime": livre.millesime,
            "score": scores,
            "borne_basse": np.where(connus, bas, np.nan),
            "borne_haute": np.where(connus, haut, np.nan),
            "cinquieme": modele.cinquieme(scores),
            "cinquieme_bas": modele.cinquieme(np.where(connus, bas, np.nan)),
            "cinquieme_haut": modele.cinquieme(np.where(connus, haut, np.nan)),
            "statut": statut,
            "note": _notes(proches, tous.index, valeurs, seules),
        }
    )
    return table[COLONNES_DEFAVORISATION].sort_values(
        ["code_commune", "type_territoire", "code_territoire"], ignore_index=True
    )


def _statut(statuts: pd.DataFrame, connus: np.ndarray) -> np.ndarray:
    publies = (statuts == Statut.PUBLIE.value).all(axis=1)
    secrets = (statuts == Statut.SECRET.value).any(axis=1)
    return np.select(
        [connus & publies, connus, secrets.to_numpy(bool)],
        [Statut.PUBLIE.value, Statut.ESTIME.value, Statut.SECRET.value],
        Statut.ABSENT.value,
    )


def _notes(
    proches: pd.DataFrame, codes: pd.Index, valeurs: pd.DataFrame, seules: np.ndarray
) -> list[str]:
    """Années employées, et ce qui manque."""
    annees = proches.groupby("indicateur")["millesime"].agg(
        lambda s: "/".join(map(str, sorted(set(s))))
    )
    dites = ", ".join(f"{i} {a}" for i, a in annees.items())
    manques = [
        ", ".join(str(c) for c in valeurs.columns[ligne]) for ligne in valeurs.isna().to_numpy()
    ]
    notes = []
    for manque, impur in zip(manques, seules, strict=True):
        suite = f" ; manque : {manque}" if manque else (" ; bornes seules" if impur else "")
        notes.append(dites + suite)
    assert len(notes) == len(codes)
    return notes
