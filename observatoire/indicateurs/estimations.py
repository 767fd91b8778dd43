"""Valeur d’un indicateur sur les villes et leurs territoires, à partir de la mesure à l’IRIS.

Les effectifs s’additionnent ; un taux est le rapport de deux sommes ; un quantile se lit
sur le mélange des distributions. Aucune moyenne de taux ni de médianes. Toutes les villes
et tous les territoires sont calculés à la fois.
"""

from __future__ import annotations

from typing import NamedTuple

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

__all__ = ["COLONNES_VALEUR", "absences", "estimer_ensembles", "estimer_territoires"]

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
        Index ``code_territoire``, colonnes ``COLONNES_VALEUR`` et ``source``.
    """
    index, paires = contexte.ensembles.index, contexte.paires_membres
    totaux = _totaux(mesure, paires, paires.parts["part"])
    base, connue = _bases_des_ensembles(contexte, mesure)
    couverte = _rapport(connue, base)
    connus = mesure.connus.to_numpy(bool)
    propres = ~mesure.reprise.to_numpy(bool) & (mesure.base.to_numpy(float) > 0)
    manques = paires.compter(propres & ~connus)
    valeur, effectif = totaux.numerateur, base
    methode = Methode.SOMME_IRIS
    if mesure.distributions is not None:
        membres = contexte.membres
        poids = membres["code_iris"].map(mesure.base)
        quantiles = quantiles_de_melanges(
            contexte, indicateur, mesure, membres.assign(poids=poids), famille="ensembles"
        )
        valeur = quantiles.reindex(index).to_numpy(float)
        methode = Methode.MELANGE_IRIS
    elif mesure.denominateur is not None:
        valeur = _echelle(indicateur) * _rapport(totaux.numerateur, totaux.denominateur)
        if indicateur.calcul == "taux_diffuse":
            methode = Methode.MELANGE_IRIS
        else:
            # Un taux diffusé porte sur tous les habitants, même là où l’IRIS est masqué.
            effectif = totaux.denominateur
    else:
        effectif = totaux.numerateur
        if indicateur.calcul == "densite":
            valeur = _densite(valeur, contexte.ensembles)
    sommes = methode is Methode.SOMME_IRIS
    exactes = sommes & (manques == 0) & ~(couverte < _COUVERTE_EXACTE)
    # Sans aucune population, ce n’est pas le secret qui empêche le calcul.
    secret = paires.compter((mesure.statut == Statut.SECRET.value).to_numpy(bool)) > 0
    inconnues = np.full(len(index), np.nan)
    return _dresser(
        contexte,
        index,
        _Colonnes(
            valeur=valeur,
            statut=np.where(exactes, Statut.PUBLIE.value, Statut.ESTIME.value),
            methode=np.full(len(index), methode.value, dtype=object),
            bornes=(inconnues, inconnues),
            part_couverte=couverte,
            purete=np.ones(len(index)),
            effectif=effectif,
            precision_note=np.full(len(index), mesure.note, dtype=object),
            source=" ; ".join(mesure.sources),
        ),
        sans_valeur=np.where(secret & ~np.isnan(base), Statut.SECRET.value, Statut.ABSENT.value),
    )


def _bases_des_ensembles(contexte: Contexte, mesure: Mesure) -> tuple[np.ndarray, np.ndarray]:
    """``base`` et ``base_connue`` des villes, sans compter deux fois un IRIS redessiné.

    Une ville a les habitants de ses contours, ou ceux des lignes de la table : le plus grand.
    """
    paires, base = contexte.paires_membres, mesure.base.to_numpy(float)
    part, vide = paires.parts["part"], np.isnan(base)
    dessines = contexte.iris["surface_m2"].notna().to_numpy(bool)

    def habitants(retenus: np.ndarray) -> np.ndarray:
        return paires.agreger(np.where(retenus | vide, base, 0.0), part)

    total = np.fmax(habitants(dessines), habitants(~mesure.reprise.to_numpy(bool)))
    return total, np.fmin(habitants(mesure.connus.to_numpy(bool)), total)


def estimer_territoires(contexte: Contexte, indicateur: Indicateur, mesure: Mesure) -> pd.DataFrame:
    """Valeur estimée de chaque territoire.

    Returns
    -------
    pandas.DataFrame
        Index ``code_territoire``, colonnes ``COLONNES_VALEUR`` et ``source``.
    """
    paires, territoires = contexte.paires_territoires, contexte.territoires.index
    # Un IRIS dont la population est inconnue ne pèse rien : il est laissé de côté, et c’est dit.
    pesees = mesure.base.notna().to_numpy(bool)[paires.i]
    notes = _notes(contexte, mesure)
    if not pesees.any():
        # Aucun IRIS n’a de population connue.
        return absences(territoires).assign(precision_note=notes, source=" ; ".join(mesure.sources))
    part = np.where(pesees, paires.parts[mesure.colonne_part], 0.0)
    totaux = _totaux(mesure, paires, part)
    valeur, effectif = _valeurs(contexte, indicateur, mesure, totaux)
    connue, par_carreaux = _couverture(contexte, pesees)
    # Des habitants dont on ne sait rien, pas même le nombre : aucune borne ne tient.
    basse, haute = (
        np.where(connue == 1.0, b, np.nan) for b in _bornes(contexte, indicateur, mesure, pesees)
    )
    masques = (mesure.statut == Statut.SECRET.value).to_numpy(bool)[paires.i] & pesees
    secret = paires.sommer(masques.astype(float)) > 0
    return _dresser(
        contexte,
        territoires,
        _Colonnes(
            valeur=valeur,
            statut=np.full(len(territoires), Statut.ESTIME.value, dtype=object),
            methode=np.where(par_carreaux, Methode.CARREAUX.value, Methode.SURFACE.value),
            bornes=elargir_au_sondage(contexte, indicateur, valeur, effectif, (basse, haute)),
            part_couverte=_rapport(totaux.base_connue, totaux.base) * connue,
            purete=contexte.purete(mesure.base).to_numpy(float),
            effectif=effectif,
            precision_note=notes,
            source=" ; ".join(mesure.sources),
        ),
        sans_valeur=np.where(secret, Statut.SECRET.value, Statut.ABSENT.value),
    )


def _couverture(contexte: Contexte, pesees: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Part peuplée connue de chaque territoire, et vrai s’il est pesé par les seuls carreaux.

    La part est celle de la surface où la population est connue, ou l’habitat absent : un IRIS
    d’activité sans population n’a pas d’habitant à couvrir ; un IRIS d’habitat, si.
    """
    cle = ("couverture", pesees.tobytes())
    if cle not in contexte.memoire:
        paires = contexte.paires_territoires
        habites = contexte.iris["type_iris"].isin(["H", "Z"]).to_numpy(bool)[paires.i]
        connues = paires.sommer(np.where(pesees, paires.surface, 0.0))
        utiles = paires.sommer(np.where(pesees | habites, paires.surface, 0.0))
        carreaux = contexte.paires["methode"].eq(Methode.CARREAUX.value).to_numpy(bool)
        par_carreaux = (paires.sommer((pesees & ~carreaux).astype(float)) == 0) & (
            paires.sommer(pesees.astype(float)) > 0
        )
        contexte.memoire[cle] = (_rapport(connues, utiles), par_carreaux)
    couverture: tuple[np.ndarray, np.ndarray] = contexte.memoire[cle]
    return couverture


def absences(codes: pd.Index) -> pd.DataFrame:
    """Table de territoires sans valeur.

    Parameters
    ----------
    codes : pandas.Index
        Codes des territoires.

    Returns
    -------
    pandas.DataFrame
        Colonnes ``COLONNES_VALEUR`` et ``source``, statut ``absent``.
    """
    textes = {
        "statut": Statut.ABSENT.value,
        "methode": Methode.AUCUNE.value,
        "precision_note": "",
        "source": "",
    }
    return pd.DataFrame(
        {c: textes.get(c, np.nan) for c in (*COLONNES_VALEUR, "source")}, index=codes
    )


def _notes(contexte: Contexte, mesure: Mesure) -> np.ndarray:
    """Note de chaque territoire : poids employés, IRIS laissés de côté s’il en reste d’autres."""
    paires = contexte.paires_territoires
    connus = mesure.base.notna().to_numpy(bool)[paires.i]
    partiels = paires.sommer(connus.astype(float))[paires.t] > 0
    nouveaux = (mesure.reprise & ~mesure.connus).to_numpy(bool)[paires.i]
    notes = np.full(len(paires.territoires), mesure.note, dtype=object)
    for phrase, cites in (
        ("IRIS sans population connue, laissés de côté", ~connus & partiels),
        ("IRIS d’une autre géographie, sans donnée", nouveaux),
    ):
        for rang in np.unique(paires.t[cites]):
            iris = contexte.iris.index[paires.i[cites & (paires.t == rang)]]
            suite = f"{phrase} : {', '.join(iris)}"
            notes[rang] = "; ".join(filter(None, [notes[rang], suite]))
    return notes


class _Totaux(NamedTuple):
    """Sommes par territoire, ``NaN`` si elles sont inconnues ou sans objet."""

    base: np.ndarray
    base_connue: np.ndarray
    numerateur: np.ndarray
    denominateur: np.ndarray


def _totaux(mesure: Mesure, paires: Appariement, part: np.ndarray) -> _Totaux:
    base = mesure.base.to_numpy(float)
    connus = mesure.connus.to_numpy(bool)
    sommes = [
        np.full(len(paires.territoires), np.nan)
        if serie is None
        else paires.agreger(serie.to_numpy(float), part)
        for serie in (mesure.numerateur, mesure.denominateur)
    ]
    return _Totaux(
        paires.agreger(base, part),
        paires.agreger(np.where(connus | np.isnan(base), base, 0.0), part),
        *sommes,
    )


def _rapport(numerateur: np.ndarray, denominateur: np.ndarray) -> np.ndarray:
    return numerateur / np.where(denominateur > 0, denominateur, np.nan)


def _densite(effectif: np.ndarray, decrits: pd.DataFrame) -> np.ndarray:
    """Habitants au kilomètre carré."""
    surface_km2 = decrits["surface_m2"].to_numpy(float) / 1e6
    with np.errstate(divide="ignore", invalid="ignore"):
        return effectif / surface_km2


def _echelle(indicateur: Indicateur) -> int:
    """Une part est en pourcentage ; un rapport de deux effectifs, tel quel."""
    return 1 if indicateur.calcul == "rapport" else 100


def _valeurs(
    contexte: Contexte, indicateur: Indicateur, mesure: Mesure, totaux: _Totaux
) -> tuple[np.ndarray, np.ndarray]:
    """Valeur et effectif par territoire."""
    if mesure.distributions is not None:
        paires = contexte.paires
        poids = paires[mesure.colonne_part] * paires["code_iris"].map(mesure.base)
        quantiles = quantiles_de_melanges(
            contexte, indicateur, mesure, paires.assign(poids=poids), famille="territoires"
        )
        return quantiles.reindex(contexte.territoires.index).to_numpy(float), totaux.base
    if mesure.denominateur is not None:
        tous = indicateur.calcul == "taux_diffuse"
        effectif = totaux.base if tous else totaux.denominateur
        return _echelle(indicateur) * _rapport(totaux.numerateur, totaux.denominateur), effectif
    if indicateur.calcul == "densite":
        return _densite(totaux.numerateur, contexte.territoires), totaux.numerateur
    return totaux.numerateur, totaux.numerateur


def _bornes(
    contexte: Contexte, indicateur: Indicateur, mesure: Mesure, pesees: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Bornes sans hypothèse (Duncan et Davis) sur la composition de chaque IRIS coupé."""
    territoires = contexte.territoires.index
    if indicateur.calcul == "quantile":
        assert mesure.distributions is not None
        bornes = bornes_quantile_territoire(
            mesure.distributions,
            mesure.base,
            contexte.paires[pesees],
            rang=indicateur.quantiles[0],
            colonne_poids=mesure.colonne_part,
        ).reindex(territoires)
        # Même un territoire d’IRIS entiers n’est pas connu exactement : sa loi est interpolée.
        erreur = contexte.regles.erreur_de_melange(indicateur.quantiles[0])
        return (
            bornes["borne_basse"].to_numpy(float) * (1 - erreur),
            bornes["borne_haute"].to_numpy(float) * (1 + erreur),
        )
    basse, haute = np.full((2, len(territoires)), np.nan)
    # Rien ne borne le rapport de deux effectifs qui ne sont pas l’un dans l’autre.
    if indicateur.calcul in {"rapport", "rapport_quantiles"}:
        return basse, haute
    assert mesure.numerateur is not None
    paires = contexte.paires_territoires
    rangs, iris = paires.t[pesees], paires.i[pesees]
    part = paires.parts[mesure.colonne_part][pesees]
    x = mesure.numerateur.to_numpy(float)[iris]
    if mesure.denominateur is None:
        bornes = bornes_effectif_territoire(x, part, rangs)
    else:
        # Un IRIS masqué garde son dénominateur : il élargit les bornes au lieu de disparaître.
        bornes = 100 * bornes_taux_territoire(x, mesure.base.to_numpy(float)[iris], part, rangs)
    basse[bornes.index] = bornes["borne_basse"]
    haute[bornes.index] = bornes["borne_haute"]
    if indicateur.calcul == "densite":
        return _densite(basse, contexte.territoires), _densite(haute, contexte.territoires)
    return basse, haute


class _Colonnes(NamedTuple):
    """Colonnes d’une table de valeurs, dans l’ordre de son index."""

    valeur: np.ndarray
    statut: np.ndarray
    methode: np.ndarray
    bornes: tuple[np.ndarray, np.ndarray]
    part_couverte: np.ndarray
    purete: np.ndarray
    effectif: np.ndarray
    precision_note: np.ndarray
    source: str


def _dresser(
    contexte: Contexte, index: pd.Index, colonnes: _Colonnes, *, sans_valeur: np.ndarray
) -> pd.DataFrame:
    """La table, sans les valeurs inconnues ou trop peu couvertes, et pourquoi il n’y en a pas."""
    c = colonnes
    gardees = ~np.isnan(c.valeur) & (c.part_couverte >= contexte.regles.part_couverte_min)
    valeur, basse, haute = (np.where(gardees, x, np.nan) for x in (c.valeur, *c.bornes))
    return pd.DataFrame(
        {
            "valeur": valeur,
            "statut": np.where(gardees, c.statut, sans_valeur),
            "methode": np.where(gardees, c.methode, Methode.AUCUNE.value),
            "borne_basse": basse,
            "borne_haute": haute,
            "part_couverte": c.part_couverte,
            "purete": c.purete,
            "effectif": c.effectif,
            "precision_note": c.precision_note,
            "source": c.source,
        },
        index=index,
    )
