"""Mouvements invraisemblables entre deux éditions : les règles, et elles seules.

Une valeur qui n’a pas changé n’est jamais signalée, ni un mouvement plus petit que le
plancher de son unité. Le mouvement habituel est la médiane des mouvements absolus du même
indicateur et du même type de territoire : une médiane, pour que les quelques valeurs
fautives ne relèvent pas le seuil qui doit les signaler.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["Perte", "chercher_pertes", "juger_mouvements"]

MULTIPLE = 3.0
PART_PERDUE_MAX = 0.20
EFFECTIF_MIN_GROUPE = 5
PLANCHERS = {
    "pct": 1.0,
    "eur": 300.0,
    "rapport": 0.2,
    "indice": 0.02,
    "ips": 3.0,
    "pour_10000": 2.0,
    "pour_100": 2.0,
}
"""Dans l’unité de l’indicateur : point, euro, rapport."""
PART_PLANCHER = 0.05
"""Plancher relatif des effectifs et des densités (et des unités inconnues)."""


@dataclass(frozen=True, slots=True)
class Perte:
    """Un indicateur publié qui disparaît pour trop de territoires."""

    indicateur: str
    type_territoire: str
    millesime: int
    perdues: int
    publiees: int
    """Valeurs publiées de l’ancienne édition."""

    @property
    def part(self) -> float:
        """Part des valeurs publiées qui ont disparu (0 à 1)."""
        return self.perdues / self.publiees


def juger_mouvements(table: pd.DataFrame, unites: dict[str, str]) -> pd.DataFrame:
    """Ajouter ``mouvement``, ``habituel`` et les deux fautes possibles.

    Parameters
    ----------
    table : DataFrame
        Toutes les paires de valeurs, changées ou non : ``indicateur, type_territoire,
        millesime, ancien_millesime, ancienne_valeur, nouvelle_valeur``
        et les quatre bornes ``ancienne_borne_basse … nouvelle_borne_haute``.
    unites : dict of str to str
        Indicateur → unité.

    Returns
    -------
    DataFrame
        La table, avec ``mouvement`` et ``habituel`` (dans l’unité), ``hors_intervalle`` et
        ``hors_habitude`` (booléens) et ``invraisemblable``. Entre deux millésimes, une vraie
        évolution sort souvent de l’intervalle ou de l’habitude : les deux ensemble sont
        exigés, et l’intervalle de la nouvelle valeur doit être disjoint de l’ancien ; au même
        millésime, une seule faute suffit et la valeur est comparée à l’ancien intervalle.
    """
    jugee = table.copy()
    jugee["mouvement"] = jugee["nouvelle_valeur"] - jugee["ancienne_valeur"]
    ampleur = jugee["mouvement"].abs()
    plancher = _planchers(jugee, unites)
    jugee["habituel"] = np.fmax(_habituel(jugee, ampleur), plancher)
    meme = jugee["millesime"] == jugee["ancien_millesime"]
    basse, haute = jugee["ancienne_borne_basse"], jugee["ancienne_borne_haute"]
    valeur = jugee["nouvelle_valeur"]
    plus_haute = valeur.where(meme, np.fmax(valeur, jugee["nouvelle_borne_haute"]))
    plus_basse = valeur.where(meme, np.fmin(valeur, jugee["nouvelle_borne_basse"]))
    dehors = (plus_haute < basse) | (plus_basse > haute)
    jugee["hors_intervalle"] = dehors & (ampleur > plancher)
    jugee["hors_habitude"] = ampleur > MULTIPLE * jugee["habituel"]
    borne = basse.notna() | haute.notna()
    fautes_un = jugee["hors_intervalle"] | jugee["hors_habitude"]
    fautes_deux = jugee["hors_habitude"] & (jugee["hors_intervalle"] | ~borne)
    jugee["invraisemblable"] = fautes_un.where(meme, fautes_deux)
    return jugee


def chercher_pertes(table: pd.DataFrame) -> tuple[Perte, ...]:
    """Indicateurs dont plus de 20 % des valeurs publiées d’un type de territoire ont disparu.

    Parameters
    ----------
    table : DataFrame
        ``indicateur, type_territoire, millesime, ancien_statut, nouveau_statut`` ; un statut
        vide veut dire que la ligne n’existe pas.
    """
    publiees = table[table["ancien_statut"] == "publie"]
    disparues = publiees["nouveau_statut"].isna() | (publiees["nouveau_statut"] == "absent")
    cles = ["indicateur", "type_territoire", "millesime"]
    comptes = disparues.groupby([publiees[c] for c in cles]).agg(["sum", "count"]).reset_index()
    graves = comptes[comptes["sum"] > PART_PERDUE_MAX * comptes["count"]]
    return tuple(
        Perte(str(i), str(t), int(m), int(perdues), int(nombre))
        for i, t, m, perdues, nombre in graves.itertuples(index=False)
    )


def _planchers(table: pd.DataFrame, unites: dict[str, str]) -> pd.Series[float]:
    fixes = table["indicateur"].map(lambda i: PLANCHERS.get(unites.get(i, ""), np.nan))
    relatifs = PART_PLANCHER * table["ancienne_valeur"].abs()
    return fixes.astype("float64").where(fixes.notna(), np.fmax(relatifs, 10.0))


def _habituel(table: pd.DataFrame, ampleur: pd.Series[float]) -> pd.Series[float]:
    """Médiane du type de territoire, ou de tous les types s’il compte moins de cinq valeurs."""
    large = [table[c] for c in ("indicateur", "millesime", "ancien_millesime")]
    etroit = [*large, table["type_territoire"]]
    medianes = ampleur.groupby(etroit).transform("median")
    assez = ampleur.groupby(etroit).transform("count") >= EFFECTIF_MIN_GROUPE
    return medianes.where(assez, ampleur.groupby(large).transform("median"))
