"""Valeur d’un indicateur sur les villes et leurs territoires, à partir de la mesure à l’IRIS.

Les effectifs s’additionnent ; un taux est le rapport de deux sommes ; un quantile se lit
sur le mélange des distributions. Aucune moyenne de taux ni de médianes. Toutes les villes
et tous les territoires sont calculés à la fois.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from observatoire.catalogue import Indicateur
from observatoire.domaine import Methode, Statut
from observatoire.estimation.agregation import agreger_effectifs
from observatoire.estimation.bornes import (
    bornes_effectif_territoire,
    bornes_quantile_territoire,
    bornes_taux_territoire,
)
from observatoire.indicateurs.contexte import Contexte
from observatoire.indicateurs.mesures import Mesure
from observatoire.indicateurs.revenus import quantiles_de_melanges
from observatoire.indicateurs.sondage import elargir_au_sondage

__all__ = ["COLONNES_VALEUR", "estimer_ensembles", "estimer_territoires"]

# Une ville dont un IRIS est redessiné reste une somme exacte : les habitants des nouveaux contours
# viennent d’un autre recensement, et ne sont pas tout à fait ceux de l’ancien IRIS.
_COUVERTE_EXACTE = 0.9

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


def estimer_ensembles(contexte: Contexte, indicateur: Indicateur, mesure: Mesure) -> pd.DataFrame:
    """Valeur des villes et de l’intercommunalité, agrégée sur leurs IRIS entiers.

    Returns
    -------
    pandas.DataFrame
        Index ``code_territoire``, colonnes ``COLONNES_VALEUR``.
    """
    membres, index = contexte.membres, contexte.ensembles.index
    totaux = _totaux(mesure, membres).reindex(index)
    totaux[["base", "base_connue"]] = _bases_des_ensembles(contexte, mesure)
    couverte = _rapport(totaux["base_connue"], totaux["base"])
    propres = ~mesure.reprise & (mesure.base > 0)
    manques = _compter(membres, propres & ~mesure.connus).reindex(index)
    valeur, effectif = totaux["numerateur"], totaux["base"]
    methode = Methode.SOMME_IRIS
    if mesure.distributions is not None:
        poids = membres["code_iris"].map(mesure.base)
        valeur = quantiles_de_melanges(
            contexte, indicateur, mesure, membres.assign(poids=poids), famille="ensembles"
        ).reindex(index)
        methode = Methode.MELANGE_IRIS
    elif mesure.denominateur is not None:
        valeur = _echelle(indicateur) * _rapport(totaux["numerateur"], totaux["denominateur"])
        if indicateur.calcul == "taux_diffuse":
            methode = Methode.MELANGE_IRIS
        else:
            # Un taux diffusé porte sur tous les habitants, même là où l’IRIS est masqué.
            effectif = totaux["denominateur"]
    else:
        effectif = totaux["numerateur"]
        if indicateur.calcul == "densite":
            valeur = valeur / (contexte.ensembles["surface_m2"] / 1e6)
    exactes = (methode is Methode.SOMME_IRIS) & (manques == 0) & ~(couverte < _COUVERTE_EXACTE)
    table = pd.DataFrame(
        {
            "valeur": valeur,
            "statut": np.where(exactes, Statut.PUBLIE.value, Statut.ESTIME.value),
            "methode": methode.value,
            "borne_basse": np.nan,
            "borne_haute": np.nan,
            "part_couverte": couverte,
            "purete": 1.0,
            "effectif": effectif,
            "precision_note": mesure.note,
        },
        index=index,
    )
    # Sans aucune population, ce n’est pas le secret qui empêche le calcul.
    secret = _compter(membres, mesure.statut == Statut.SECRET.value).reindex(index) > 0
    faute = np.where(secret & totaux["base"].notna(), Statut.SECRET.value, Statut.ABSENT.value)
    return _retirer(table, pd.Series(faute, index=index), contexte)


def _bases_des_ensembles(contexte: Contexte, mesure: Mesure) -> pd.DataFrame:
    """``base`` et ``base_connue`` des villes, sans compter deux fois un IRIS redessiné.

    Une ville a les habitants de ses contours, ou ceux des lignes de la table : le plus grand.
    """
    dessines = contexte.iris["surface_m2"].notna()
    colonnes = pd.DataFrame(
        {
            "dessinee": mesure.base.where(dessines | mesure.base.isna(), 0.0),
            "propre": mesure.base.where(~mesure.reprise | mesure.base.isna(), 0.0),
            "connue": mesure.base.where(mesure.connus | mesure.base.isna(), 0.0),
        }
    )
    sommes = agreger_effectifs(colonnes, contexte.membres, colonne_poids="part")[0]
    sommes = sommes.reindex(contexte.ensembles.index)
    base = sommes[["dessinee", "propre"]].max(axis=1)
    return pd.DataFrame({"base": base, "base_connue": sommes["connue"].clip(upper=base)})


def estimer_territoires(contexte: Contexte, indicateur: Indicateur, mesure: Mesure) -> pd.DataFrame:
    """Valeur estimée de chaque territoire (index ``code_territoire``, colonnes ``COLONNES_VALEUR``)."""
    toutes = contexte.paires.assign(part=contexte.paires[mesure.colonne_part])
    # Un IRIS dont la population est inconnue ne pèse rien : il est laissé de côté, et c’est dit.
    pesees = toutes["code_iris"].map(mesure.base).notna().astype(bool)
    paires = toutes[pesees]
    if paires.empty:
        return _sans_territoire(contexte, _notes(mesure, toutes, contexte.territoires.index))
    cle = paires["code_territoire"]
    territoires = contexte.territoires.index
    totaux = _totaux(mesure, paires).reindex(territoires)
    valeurs = _valeurs(contexte, indicateur, mesure, paires, totaux)
    bornes = _bornes(indicateur, mesure, paires, contexte)
    connue = _part_peuplee_connue(contexte, toutes, pesees)
    # Des habitants dont on ne sait rien, pas même le nombre : aucune borne ne tient.
    bornes = bornes.where(connue.reindex(bornes.index) == 1.0)
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
        part_couverte=_rapport(totaux["base_connue"], totaux["base"]) * connue,
        purete=contexte.purete(mesure.base),
        precision_note=_notes(mesure, toutes, territoires),
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
    table = elargir_au_sondage(contexte, indicateur, table)
    return _retirer(table, faute, contexte)


def _part_peuplee_connue(contexte: Contexte, toutes: pd.DataFrame, pesees: pd.Series) -> pd.Series:
    """Part de la surface de chaque territoire où la population est connue, ou l’habitat absent.

    Un IRIS d’activité sans population n’a pas d’habitant à couvrir ; un IRIS d’habitat, si.
    """
    habites = toutes["code_iris"].map(contexte.iris["type_iris"]).isin(["H", "Z"])
    utiles = toutes[pesees | habites]
    cle = utiles["code_territoire"]
    surfaces = utiles["surface_m2"]
    connues = surfaces.where(pesees[utiles.index], 0.0).groupby(cle).sum()
    return _rapport(connues, surfaces.groupby(cle).sum()).reindex(contexte.territoires.index)


def _sans_territoire(contexte: Contexte, notes: pd.Series) -> pd.DataFrame:
    """Table vide, ou de territoires dont aucun IRIS n’a de population connue."""
    table = pd.DataFrame(np.nan, index=contexte.territoires.index, columns=COLONNES_VALEUR)
    return table.assign(
        statut=Statut.ABSENT.value, methode=Methode.AUCUNE.value, precision_note=notes
    )


def _notes(mesure: Mesure, toutes: pd.DataFrame, territoires: pd.Index) -> pd.Series:
    """Note de chaque territoire : poids employés, IRIS laissés de côté s’il en reste d’autres."""
    connus = toutes["code_iris"].map(mesure.base).notna().astype(bool)
    partiels = toutes["code_territoire"].isin(toutes.loc[connus, "code_territoire"])
    ecartees = toutes[~connus & partiels]
    codes = _citer_iris(ecartees, territoires)
    nouveaux = toutes["code_iris"].map(mesure.reprise).astype(bool)
    sans_ligne = toutes[nouveaux & ~toutes["code_iris"].map(mesure.connus).astype(bool)]
    dits = {
        "IRIS sans population connue, laissés de côté": codes,
        "IRIS d’une autre géographie, sans donnée": _citer_iris(sans_ligne, territoires),
    }
    phrases = pd.DataFrame(
        {p: c.map(lambda t, p=p: f"{p} : {t}", na_action="ignore") for p, c in dits.items()}
    )
    return phrases.apply(
        lambda ligne: "; ".join(filter(None, [mesure.note, *ligne.dropna()])), axis=1
    )


def _citer_iris(paires: pd.DataFrame, territoires: pd.Index) -> pd.Series:
    return paires.groupby("code_territoire")["code_iris"].agg(", ".join).reindex(territoires)


def _totaux(mesure: Mesure, paires: pd.DataFrame) -> pd.DataFrame:
    """Sommes par territoire : ``base, base_connue``, et ``numerateur, denominateur`` s’il y en a."""
    connue = mesure.base.where(mesure.connus | mesure.base.isna(), 0.0)
    colonnes = {"base": mesure.base, "base_connue": connue}
    for nom, serie in (
        ("numerateur", mesure.numerateur),
        ("denominateur", mesure.denominateur),
    ):
        colonnes[nom] = pd.Series(np.nan, index=mesure.base.index) if serie is None else serie
    return agreger_effectifs(pd.DataFrame(colonnes), paires, colonne_poids="part")[0]


def _compter(paires: pd.DataFrame, iris: pd.Series) -> pd.Series:
    """Nombre d’IRIS de chaque territoire pour lesquels la condition est vraie."""
    return paires["code_iris"].map(iris).groupby(paires["code_territoire"]).sum()


def _rapport(numerateur: pd.Series, denominateur: pd.Series) -> pd.Series:
    return numerateur / denominateur.where(denominateur > 0)


def _echelle(indicateur: Indicateur) -> int:
    """Une part est en pourcentage ; un rapport de deux effectifs, tel quel."""
    return 1 if indicateur.calcul == "rapport" else 100


def _valeurs(
    contexte: Contexte,
    indicateur: Indicateur,
    mesure: Mesure,
    paires: pd.DataFrame,
    totaux: pd.DataFrame,
) -> pd.DataFrame:
    """``valeur`` et ``effectif`` par territoire."""
    if mesure.distributions is not None:
        poids = paires["part"] * paires["code_iris"].map(mesure.base)
        valeur = quantiles_de_melanges(
            contexte, indicateur, mesure, paires.assign(poids=poids), famille="territoires"
        ).reindex(totaux.index)
        return pd.DataFrame({"valeur": valeur, "effectif": totaux["base"]})
    numerateur = totaux["numerateur"]
    if mesure.denominateur is not None:
        tous = indicateur.calcul == "taux_diffuse"
        effectif = totaux["base"] if tous else totaux["denominateur"]
        valeur = _echelle(indicateur) * _rapport(numerateur, totaux["denominateur"])
        return pd.DataFrame({"valeur": valeur, "effectif": effectif})
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
        assert mesure.distributions is not None
        return bornes_quantile_territoire(
            mesure.distributions,
            mesure.base,
            paires,
            rang=indicateur.quantiles[0],
            colonne_poids="part",
        )
    # Rien ne borne le rapport de deux effectifs qui ne sont pas l’un dans l’autre.
    if indicateur.calcul in {"rapport", "rapport_quantiles"}:
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


def _retirer(table: pd.DataFrame, sans_valeur: pd.Series, contexte: Contexte) -> pd.DataFrame:
    """Effacer les valeurs inconnues ou trop peu couvertes et dire pourquoi il n’y en a pas."""
    muettes = table["valeur"].isna() | ~(
        table["part_couverte"] >= contexte.regles.part_couverte_min
    )
    table.loc[muettes, ["valeur", "borne_basse", "borne_haute"]] = np.nan
    table.loc[muettes, "methode"] = Methode.AUCUNE.value
    table.loc[muettes, "statut"] = sans_valeur[muettes]
    return table[COLONNES_VALEUR]
