"""Valeur d’un indicateur sur la ville et sur ses territoires, à partir de la mesure à l’IRIS.

Les effectifs s’additionnent ; un taux est le rapport de deux sommes ; un quantile se lit
sur le mélange des distributions. Aucune moyenne de taux ni de médianes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from observatoire.catalogue import Indicateur
from observatoire.domaine import Methode, Statut
from observatoire.estimation.bornes import (
    bornes_effectif_territoire,
    bornes_quantile_territoire,
    bornes_taux_territoire,
)
from observatoire.estimation.distributions import melanger
from observatoire.indicateurs.contexte import Contexte
from observatoire.indicateurs.mesures import Mesure

__all__ = ["COLONNES_VALEUR", "estimer_territoires", "estimer_ville", "valeur_de_melange"]

COLONNES_VALEUR = [
    "valeur",
    "statut",
    "methode",
    "borne_basse",
    "borne_haute",
    "part_couverte",
    "purete",
    "effectif",
    "precision_note",
]


def valeur_de_melange(indicateur: Indicateur, mesure: Mesure, poids: pd.Series) -> float:
    """Quantile, ou rapport de quantiles, du mélange des distributions d’IRIS.

    Parameters
    ----------
    indicateur : Indicateur
        De calcul ``quantile`` ou ``rapport_quantiles``.
    mesure : Mesure
        Distributions par IRIS.
    poids : pandas.Series of float
        Habitants retenus par ``code_iris`` ; ``NaN`` et 0 sont sans effet.

    Returns
    -------
    float
        ``NaN`` si aucune distribution n’est connue.
    """
    utiles = {c: float(p) for c, p in poids.items() if c in mesure.distributions and p > 0}
    if not utiles:
        return float("nan")
    melange = melanger([mesure.distributions[c] for c in utiles], list(utiles.values()))
    haut = melange.quantile(indicateur.quantiles[0])
    if indicateur.calcul == "quantile":
        return float(haut)
    return float(haut / melange.quantile(indicateur.quantiles[1]))


def estimer_ville(contexte: Contexte, indicateur: Indicateur, mesure: Mesure) -> pd.DataFrame:
    """Valeur de la ville, agrégée sur ses IRIS entiers (une ligne, colonnes ``COLONNES_VALEUR``)."""
    ville = contexte.index_ville
    base, connus = mesure.base.reindex(ville), mesure.connus.reindex(ville)
    couverte = _part(base.where(connus).sum(), base.sum())
    valeur, effectif, methode = np.nan, base.sum(), Methode.SOMME_IRIS
    if indicateur.calcul in {"quantile", "rapport_quantiles"}:
        valeur, methode = valeur_de_melange(indicateur, mesure, base), Methode.MELANGE_IRIS
    elif mesure.denominateur is not None and mesure.numerateur is not None:
        denominateur = mesure.denominateur.reindex(ville).sum()
        valeur = 100 * _part(mesure.numerateur.reindex(ville).sum(), denominateur)
        # Un taux diffusé porte sur tous les habitants, même là où l’IRIS est masqué.
        effectif = base.sum() if indicateur.calcul == "taux_diffuse" else denominateur
        methode = (
            Methode.MELANGE_IRIS if indicateur.calcul == "taux_diffuse" else Methode.SOMME_IRIS
        )
    elif mesure.numerateur is not None and connus.any():
        effectif = valeur = mesure.numerateur.reindex(ville).sum()
        if indicateur.calcul == "densite":
            valeur = valeur / (contexte.iris.loc[ville, "surface_m2"].sum() / 1e6)
    exacte = methode is Methode.SOMME_IRIS and bool(connus[base > 0].all())
    statut = Statut.PUBLIE if exacte else Statut.ESTIME
    ligne = {
        "valeur": valeur,
        "statut": statut.value,
        "methode": methode.value,
        "borne_basse": np.nan,
        "borne_haute": np.nan,
        "part_couverte": couverte,
        "purete": 1.0,
        "effectif": effectif,
        "precision_note": mesure.note,
    }
    table = pd.DataFrame([ligne], index=pd.Index([contexte.code_commune], name="code_territoire"))
    # Sans aucune population, ce n’est pas le secret qui empêche le calcul.
    faute = Statut.ABSENT.value
    if base.notna().any():
        faute = _statut_faute_de_valeur(mesure.statut.reindex(ville))
    return _retirer(table, faute, contexte)


def estimer_territoires(contexte: Contexte, indicateur: Indicateur, mesure: Mesure) -> pd.DataFrame:
    """Valeur estimée de chaque territoire (index ``code_territoire``, colonnes ``COLONNES_VALEUR``)."""
    toutes = contexte.paires.assign(part=contexte.paires[mesure.colonne_part])
    # Un IRIS dont la population est inconnue ne pèse rien : il est laissé de côté, et c’est dit.
    pesees = toutes["code_iris"].map(mesure.base).notna().astype(bool)
    paires = toutes[pesees]
    if paires.empty:
        return _sans_territoire(contexte)
    cle = paires["code_territoire"]
    connus = paires["code_iris"].map(mesure.connus).astype(bool)
    masse = (paires["part"] * paires["code_iris"].map(mesure.base)).fillna(0.0)
    territoires = contexte.territoires.index
    couverte = (masse.where(connus, 0.0).groupby(cle).sum() / masse.groupby(cle).sum()).reindex(
        territoires
    )
    valeurs = _valeurs(contexte, indicateur, mesure, paires)
    bornes = _bornes(indicateur, mesure, paires, contexte)
    par_carreaux = (
        (paires["methode"] == Methode.CARREAUX.value).groupby(cle).all().reindex(territoires)
    )
    table = valeurs.reindex(territoires).assign(
        statut=Statut.ESTIME.value,
        methode=np.where(
            par_carreaux.fillna(False).astype(bool), Methode.CARREAUX.value, Methode.SURFACE.value
        ),
        borne_basse=bornes["borne_basse"].reindex(territoires),
        borne_haute=bornes["borne_haute"].reindex(territoires),
        part_couverte=couverte,
        purete=contexte.purete(mesure.base),
        precision_note=_notes(mesure, toutes[~pesees], territoires),
    )
    statuts = paires["code_iris"].map(mesure.statut)
    secret = (
        (statuts == Statut.SECRET.value)
        .groupby(cle)
        .any()
        .reindex(territoires)
        .fillna(False)
        .astype(bool)
    )
    faute = pd.Series(np.where(secret, Statut.SECRET.value, Statut.ABSENT.value), index=territoires)
    return _retirer(table, faute, contexte)


def _sans_territoire(contexte: Contexte) -> pd.DataFrame:
    """Table vide, ou de territoires qu’aucun IRIS ne touche."""
    table = pd.DataFrame(np.nan, index=contexte.territoires.index, columns=COLONNES_VALEUR)
    return table.assign(statut=Statut.ABSENT.value, methode=Methode.AUCUNE.value, precision_note="")


def _notes(mesure: Mesure, ecartees: pd.DataFrame, territoires: pd.Index) -> pd.Series:
    """Note de chaque territoire : poids employés, IRIS laissés de côté."""
    codes = ecartees.groupby("code_territoire")["code_iris"].agg(", ".join).reindex(territoires)
    suites = codes.map(
        lambda c: f"IRIS sans population connue, laissés de côté : {c}", na_action="ignore"
    )
    return suites.map(
        lambda t: "; ".join(filter(None, [mesure.note, t if isinstance(t, str) else ""]))
    )


def _valeurs(
    contexte: Contexte, indicateur: Indicateur, mesure: Mesure, paires: pd.DataFrame
) -> pd.DataFrame:
    """``valeur`` et ``effectif`` par territoire."""
    cle, part = paires["code_territoire"], paires["part"]
    if indicateur.calcul in {"quantile", "rapport_quantiles"}:
        poids = part * paires["code_iris"].map(mesure.base)
        groupes = poids.groupby(cle)
        valeurs = {
            code: valeur_de_melange(
                indicateur, mesure, poids[lignes].set_axis(paires.loc[lignes, "code_iris"])
            )
            for code, lignes in groupes.groups.items()
        }
        return pd.DataFrame(
            {"valeur": pd.Series(valeurs, dtype=float), "effectif": groupes.sum(min_count=1)}
        )
    assert mesure.numerateur is not None
    numerateur = (part * paires["code_iris"].map(mesure.numerateur)).groupby(cle).sum(min_count=1)
    if mesure.denominateur is not None:
        denominateur = (
            (part * paires["code_iris"].map(mesure.denominateur)).groupby(cle).sum(min_count=1)
        )
        tous = (part * paires["code_iris"].map(mesure.base)).groupby(cle).sum(min_count=1)
        effectif = tous if indicateur.calcul == "taux_diffuse" else denominateur
        return pd.DataFrame({"valeur": 100 * numerateur / denominateur, "effectif": effectif})
    if indicateur.calcul == "densite":
        surface_km2 = contexte.territoires["surface_m2"] / 1e6
        return pd.DataFrame({"valeur": numerateur / surface_km2, "effectif": numerateur})
    return pd.DataFrame({"valeur": numerateur, "effectif": numerateur})


def _bornes(
    indicateur: Indicateur, mesure: Mesure, paires: pd.DataFrame, contexte: Contexte
) -> pd.DataFrame:
    """Bornes sans hypothèse (Duncan et Davis) sur la composition de chaque IRIS coupé."""
    codes = paires["code_iris"]
    if indicateur.calcul == "quantile":
        return bornes_quantile_territoire(
            mesure.distributions,
            mesure.base,
            paires,
            rang=indicateur.quantiles[0],
            colonne_poids="part",
        )
    if indicateur.calcul == "rapport_quantiles":
        return pd.DataFrame(columns=["borne_basse", "borne_haute"], dtype=float)
    assert mesure.numerateur is not None
    if mesure.denominateur is None:
        bornes = bornes_effectif_territoire(
            codes.map(mesure.numerateur).to_numpy(),
            paires["part"].to_numpy(),
            paires["code_territoire"].to_numpy(),
        )
        if indicateur.calcul == "densite":
            surface_km2 = (contexte.territoires["surface_m2"] / 1e6).reindex(bornes.index)
            bornes = bornes.div(surface_km2, axis=0)
        return bornes
    # Un IRIS masqué garde son dénominateur : il élargit les bornes au lieu de disparaître.
    bornes = bornes_taux_territoire(
        codes.map(mesure.numerateur).to_numpy(),
        codes.map(mesure.base).to_numpy(),
        paires["part"].to_numpy(),
        paires["code_territoire"].to_numpy(),
    )
    return 100 * bornes


def _retirer(
    table: pd.DataFrame, statut_sans_valeur: pd.Series | str, contexte: Contexte
) -> pd.DataFrame:
    """Effacer les valeurs inconnues ou trop peu couvertes et dire pourquoi il n’y en a pas."""
    muettes = table["valeur"].isna() | ~(
        table["part_couverte"] >= contexte.regles.part_couverte_min
    )
    table.loc[muettes, ["valeur", "borne_basse", "borne_haute"]] = np.nan
    table.loc[muettes, "methode"] = Methode.AUCUNE.value
    if isinstance(statut_sans_valeur, pd.Series):
        table.loc[muettes, "statut"] = statut_sans_valeur[muettes]
    else:
        table.loc[muettes, "statut"] = statut_sans_valeur
    return table[COLONNES_VALEUR]


def _statut_faute_de_valeur(statuts: pd.Series) -> str:
    secret = bool((statuts == Statut.SECRET.value).any())
    return Statut.SECRET.value if secret else Statut.ABSENT.value


def _part(numerateur: float, denominateur: float) -> float:
    return float(numerateur / denominateur) if denominateur > 0 else float("nan")
