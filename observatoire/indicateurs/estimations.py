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
from observatoire.estimation.appariement import Appariement
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
    membres, index, paires = contexte.membres, contexte.ensembles.index, contexte.paires_membres
    totaux = _totaux(mesure, paires, paires.parts["part"])
    totaux[["base", "base_connue"]] = _bases_des_ensembles(contexte, mesure)
    couverte = _rapport(totaux["base_connue"], totaux["base"])
    propres = ~mesure.reprise & (mesure.base > 0)
    manques = pd.Series(paires.compter((propres & ~mesure.connus).to_numpy(bool)), index=index)
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
    secret = paires.compter((mesure.statut == Statut.SECRET.value).to_numpy(bool)) > 0
    faute = np.where(secret & totaux["base"].notna(), Statut.SECRET.value, Statut.ABSENT.value)
    return _retirer(table, pd.Series(faute, index=index), contexte)


def _bases_des_ensembles(contexte: Contexte, mesure: Mesure) -> pd.DataFrame:
    """``base`` et ``base_connue`` des villes, sans compter deux fois un IRIS redessiné.

    Une ville a les habitants de ses contours, ou ceux des lignes de la table : le plus grand.
    """
    paires, base = contexte.paires_membres, mesure.base.to_numpy(float)
    part, vide = paires.parts["part"], np.isnan(base)
    dessines = contexte.iris["surface_m2"].notna().to_numpy(bool)

    def habitants(retenus: np.ndarray) -> np.ndarray:
        return paires.agreger(np.where(retenus | vide, base, 0.0), part)

    total = np.fmax(habitants(dessines), habitants(~mesure.reprise.to_numpy(bool)))
    connue = np.fmin(habitants(mesure.connus.to_numpy(bool)), total)
    return pd.DataFrame({"base": total, "base_connue": connue}, index=contexte.ensembles.index)


def estimer_territoires(contexte: Contexte, indicateur: Indicateur, mesure: Mesure) -> pd.DataFrame:
    """Valeur estimée de chaque territoire (index ``code_territoire``, colonnes ``COLONNES_VALEUR``)."""
    paires, territoires = contexte.paires_territoires, contexte.territoires.index
    # Un IRIS dont la population est inconnue ne pèse rien : il est laissé de côté, et c’est dit.
    pesees = mesure.base.notna().to_numpy(bool)[paires.i]
    notes = _notes(contexte, mesure)
    if not pesees.any():
        return _sans_territoire(contexte, notes)
    part = np.where(pesees, paires.parts[mesure.colonne_part], 0.0)
    totaux = _totaux(mesure, paires, part)
    valeurs = _valeurs(contexte, indicateur, mesure, totaux)
    connue = _part_peuplee_connue(contexte, pesees)
    # Des habitants dont on ne sait rien, pas même le nombre : aucune borne ne tient.
    bornes = _bornes(contexte, indicateur, mesure, pesees).where(connue == 1.0)
    carreaux = contexte.paires["methode"].eq(Methode.CARREAUX.value).to_numpy(bool)
    par_carreaux = (paires.sommer((pesees & ~carreaux).astype(float)) == 0) & (
        paires.sommer(pesees.astype(float)) > 0
    )
    table = valeurs.assign(
        statut=Statut.ESTIME.value,
        methode=np.where(par_carreaux, Methode.CARREAUX.value, Methode.SURFACE.value),
        borne_basse=bornes["borne_basse"],
        borne_haute=bornes["borne_haute"],
        part_couverte=_rapport(totaux["base_connue"], totaux["base"]) * connue,
        purete=contexte.purete(mesure.base),
        precision_note=notes,
    )
    masques = (mesure.statut == Statut.SECRET.value).to_numpy(bool)[paires.i] & pesees
    secret = paires.sommer(masques.astype(float)) > 0
    faute = pd.Series(np.where(secret, Statut.SECRET.value, Statut.ABSENT.value), index=territoires)
    table = elargir_au_sondage(contexte, indicateur, table)
    return _retirer(table, faute, contexte)


def _part_peuplee_connue(contexte: Contexte, pesees: np.ndarray) -> pd.Series:
    """Part de la surface de chaque territoire où la population est connue, ou l’habitat absent.

    Un IRIS d’activité sans population n’a pas d’habitant à couvrir ; un IRIS d’habitat, si.
    """
    paires = contexte.paires_territoires
    habites = contexte.iris["type_iris"].isin(["H", "Z"]).to_numpy(bool)[paires.i]
    connues = paires.sommer(np.where(pesees, paires.surface, 0.0))
    utiles = paires.sommer(np.where(pesees | habites, paires.surface, 0.0))
    index = contexte.territoires.index
    return _rapport(pd.Series(connues, index=index), pd.Series(utiles, index=index))


def _sans_territoire(contexte: Contexte, notes: pd.Series) -> pd.DataFrame:
    """Table vide, ou de territoires dont aucun IRIS n’a de population connue."""
    table = pd.DataFrame(np.nan, index=contexte.territoires.index, columns=COLONNES_VALEUR)
    return table.assign(
        statut=Statut.ABSENT.value, methode=Methode.AUCUNE.value, precision_note=notes
    )


def _notes(contexte: Contexte, mesure: Mesure) -> pd.Series:
    """Note de chaque territoire : poids employés, IRIS laissés de côté s’il en reste d’autres."""
    paires, territoires = contexte.paires_territoires, contexte.territoires.index
    connus = mesure.base.notna().to_numpy(bool)[paires.i]
    partiels = paires.sommer(connus.astype(float))[paires.t] > 0
    nouveaux = (mesure.reprise & ~mesure.connus).to_numpy(bool)[paires.i]
    notes = pd.Series(mesure.note, index=territoires, dtype="object")
    for phrase, cites in (
        ("IRIS sans population connue, laissés de côté", ~connus & partiels),
        ("IRIS d’une autre géographie, sans donnée", nouveaux),
    ):
        for rang in np.unique(paires.t[cites]):
            iris = contexte.iris.index[paires.i[cites & (paires.t == rang)]]
            suite = f"{phrase} : {', '.join(iris)}"
            notes.iloc[rang] = "; ".join(filter(None, [notes.iloc[rang], suite]))
    return notes


def _totaux(mesure: Mesure, paires: Appariement, part: np.ndarray) -> pd.DataFrame:
    """Sommes par territoire : ``base, base_connue``, et ``numerateur, denominateur`` s’il y en a."""
    base = mesure.base.to_numpy(float)
    connus = mesure.connus.to_numpy(bool)
    colonnes = {
        "base": paires.agreger(base, part),
        "base_connue": paires.agreger(np.where(connus | np.isnan(base), base, 0.0), part),
    }
    for nom, serie in (("numerateur", mesure.numerateur), ("denominateur", mesure.denominateur)):
        vide = np.full(len(paires.territoires), np.nan)
        colonnes[nom] = vide if serie is None else paires.agreger(serie.to_numpy(float), part)
    return pd.DataFrame(colonnes, index=paires.territoires)


def _rapport(numerateur: pd.Series, denominateur: pd.Series) -> pd.Series:
    return numerateur / denominateur.where(denominateur > 0)


def _echelle(indicateur: Indicateur) -> int:
    """Une part est en pourcentage ; un rapport de deux effectifs, tel quel."""
    return 1 if indicateur.calcul == "rapport" else 100


def _valeurs(
    contexte: Contexte,
    indicateur: Indicateur,
    mesure: Mesure,
    totaux: pd.DataFrame,
) -> pd.DataFrame:
    """``valeur`` et ``effectif`` par territoire."""
    if mesure.distributions is not None:
        paires = contexte.paires
        poids = paires[mesure.colonne_part] * paires["code_iris"].map(mesure.base)
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
    contexte: Contexte, indicateur: Indicateur, mesure: Mesure, pesees: np.ndarray
) -> pd.DataFrame:
    """Bornes sans hypothèse (Duncan et Davis) sur la composition de chaque IRIS coupé."""
    territoires = contexte.territoires.index
    if indicateur.calcul == "quantile":
        assert mesure.distributions is not None
        return bornes_quantile_territoire(
            mesure.distributions,
            mesure.base,
            contexte.paires[pesees],
            rang=indicateur.quantiles[0],
            colonne_poids=mesure.colonne_part,
        ).reindex(territoires)
    # Rien ne borne le rapport de deux effectifs qui ne sont pas l’un dans l’autre.
    if indicateur.calcul in {"rapport", "rapport_quantiles"}:
        return pd.DataFrame(np.nan, index=territoires, columns=["borne_basse", "borne_haute"])
    assert mesure.numerateur is not None
    paires = contexte.paires_territoires
    rangs, iris = paires.t[pesees], paires.i[pesees]
    part = paires.parts[mesure.colonne_part][pesees]
    x = mesure.numerateur.to_numpy(float)[iris]
    if mesure.denominateur is None:
        bornes = bornes_effectif_territoire(x, part, rangs)
        if indicateur.calcul == "densite":
            surface_km2 = (contexte.territoires["surface_m2"] / 1e6).to_numpy(float)
            bornes = bornes.div(surface_km2[bornes.index.to_numpy()], axis=0)
    else:
        # Un IRIS masqué garde son dénominateur : il élargit les bornes au lieu de disparaître.
        base = mesure.base.to_numpy(float)[iris]
        bornes = 100 * bornes_taux_territoire(x, base, part, rangs)
    return bornes.reindex(range(len(territoires))).set_axis(territoires, axis=0)


def _retirer(table: pd.DataFrame, sans_valeur: pd.Series, contexte: Contexte) -> pd.DataFrame:
    """Effacer les valeurs inconnues ou trop peu couvertes et dire pourquoi il n’y en a pas."""
    muettes = table["valeur"].isna() | ~(
        table["part_couverte"] >= contexte.regles.part_couverte_min
    )
    gardees = ~muettes
    return table.assign(
        valeur=table["valeur"].where(gardees),
        borne_basse=table["borne_basse"].where(gardees),
        borne_haute=table["borne_haute"].where(gardees),
        methode=np.where(gardees, table["methode"], Methode.AUCUNE.value),
        statut=np.where(gardees, table["statut"], sans_valeur),
    )[COLONNES_VALEUR]
