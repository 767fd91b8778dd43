"""Estimation calée des quartiers prioritaires, là où aucun chiffre n’est publié.

Le calage passe avant les carreaux et les surfaces, sauf pour un quartier fait d’IRIS presque
entiers, que leur somme décrit mieux. Il est appris sur des quartiers prioritaires de métropole :
il ne s’applique ni aux secteurs ni à l’outre-mer.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from observatoire.catalogue import Indicateur
from observatoire.domaine import Methode, Statut, TypeTerritoire
from observatoire.estimation.calage import (
    Calage,
    Donnees,
    part_connue,
)
from observatoire.indicateurs.contexte import Contexte
from observatoire.indicateurs.donnees_calage import publies_des_quartiers, statistiques_iris
from observatoire.redaction import ecrire_nombre

__all__ = ["METHODES_CALEES", "QUARTIERS", "caler_quartiers"]

METHODES_CALEES = frozenset({Methode.CALEE.value, Methode.CALEE_PUBLIE.value})

QUARTIERS: Sequence[str] = (TypeTerritoire.QPV.value, TypeTerritoire.QPV_2015.value)
"""Types que le calage décrit, chacun à part."""
_EUROS = ["mediane", "q1", "q3", "d1", "d9"]


def caler_quartiers(
    contexte: Contexte,
    indicateur: Indicateur,
    millesime: int,
    table: pd.DataFrame,
    *,
    variantes: Sequence[str] = ("calee", "calee_publie"),
) -> pd.DataFrame:
    """Remplacer l’estimation courante des quartiers par l’estimation calée, quand elle vaut mieux.

    Parameters
    ----------
    contexte : Contexte
        Données alignées, avec leur calage.
    indicateur : Indicateur
        ``indicateur.calage`` désigne le modèle à employer ; vide, la table est rendue inchangée.
    millesime : int
        Année des revenus.
    table : pandas.DataFrame
        Chiffres publiés, ou estimations par les IRIS ; index ``code_territoire``, colonnes
        ``COLONNES_VALEUR``. Un chiffre publié n’est jamais remplacé.
    variantes : sequence of str
        Variantes permises du modèle ; ``("calee",)`` n’emploie que les IRIS, pour estimer de la
        même façon deux contours dont un seul a des chiffres publiés.

    Returns
    -------
    pandas.DataFrame
        Même forme. Une ligne calée porte la méthode ``calee`` ou ``calee_publie`` ; ses bornes
        sont l’intervalle conforme au niveau des règles du catalogue.
    """
    calage = contexte.calage
    attendus = table[table["statut"] != Statut.PUBLIE.value]
    if calage is None or indicateur.calage not in calage.modeles or attendus.empty:
        return table
    descripteurs = _descripteurs(contexte, calage, millesime, attendus.index)
    codes = _a_caler(contexte, attendus, descripteurs)
    if "calee_publie" not in variantes:
        codes = dict.fromkeys(codes, "calee")
    colonnes = {str(c): table[c].to_numpy(copy=True) for c in table}
    for variante in variantes:
        retenus = [c for c, v in codes.items() if v == variante]
        if not retenus:
            continue
        rangs = table.index.get_indexer(pd.Index(retenus))
        estime = calage.estimer(
            descripteurs.loc[retenus],
            indicateur.calage,
            variante,
            contexte.regles.niveau_intervalle,
        )
        for nom, valeurs in {
            "valeur": estime["estime"],
            "borne_basse": estime["basse"],
            "borne_haute": estime["haute"],
            "statut": Statut.ESTIME.value,
            "methode": variante,
            "precision_note": _note(contexte, calage, indicateur, variante),
        }.items():
            colonnes[nom][rangs] = valeurs
    return pd.DataFrame(colonnes, index=table.index)


def _descripteurs(
    contexte: Contexte, calage: Calage, millesime: int, codes: pd.Index
) -> pd.DataFrame:
    """Descripteurs des quartiers, calculés une fois par millésime.

    Un quartier se décrit aussi par les autres quartiers de ses IRIS : les contours de 2015 sont
    décrits entre eux, sans quoi ils changeraient les chiffres de ceux d’aujourd’hui.
    """
    genres = contexte.territoires["type_territoire"].reindex(codes)
    presents = [g for g in QUARTIERS if (genres == g).any()]
    morceaux = [_decrire_un_genre(contexte, calage, millesime, g) for g in presents]
    return pd.concat(morceaux) if len(morceaux) > 1 else morceaux[0]


def _decrire_un_genre(
    contexte: Contexte, calage: Calage, millesime: int, genre: str
) -> pd.DataFrame:
    cle = ("calage", millesime, genre)
    if cle not in contexte.memoire:
        quartiers = contexte.territoires[contexte.territoires["type_territoire"] == genre]
        contexte.memoire[cle] = calage.decrire(
            Donnees(
                poids=contexte.poids,
                surfaces_iris=contexte.iris["surface_m2"],
                territoires=quartiers,
                statistiques=_statistiques(contexte, calage, millesime),
                publies=publies_des_quartiers(contexte.cube, quartiers.index, millesime),
                voisins=contexte.voisins[contexte.voisins["type_territoire"] == genre],
            )
        )
    resultat: pd.DataFrame = contexte.memoire[cle]
    return resultat


def _statistiques(contexte: Contexte, calage: Calage, millesime: int) -> pd.DataFrame:
    """Statistiques des IRIS, euros ramenés à l’année du modèle ; une fois par millésime."""
    cle = ("statistiques_calage", millesime)
    if cle not in contexte.memoire:
        communes = set(contexte.iris.index.str[:5])
        tous = contexte.cube.codes("iris")
        codes = tous[tous.str[:5].isin(communes)].union(contexte.iris.index)
        statistiques = statistiques_iris(contexte.cube, codes, millesime)
        statistiques[_EUROS] *= _echelle(calage, millesime)
        contexte.memoire[cle] = statistiques
    resultat: pd.DataFrame = contexte.memoire[cle]
    return resultat


def _echelle(calage: Calage, millesime: int) -> float:
    """Le modèle lit des euros de son année : ceux d’une autre y sont ramenés par le seuil."""
    appris = int(calage.origine["millesime_revenus"])
    return calage.seuil_pauvrete(appris) / calage.seuil_pauvrete(millesime)


def _a_caler(contexte: Contexte, table: pd.DataFrame, descripteurs: pd.DataFrame) -> dict[str, str]:
    """Quartiers à estimer par calage, et variante de chacun."""
    regles = contexte.regles
    index = table.index.intersection(descripteurs.index, sort=False)
    index = index[~contexte.territoires.loc[index, "code_commune"].str.startswith(("97", "98"))]
    if index.empty:
        return {}
    utiles = descripteurs.loc[index]
    colonnes = [str(c) for c in utiles.columns]
    suffisants = part_connue(utiles, colonnes, "iris_") >= regles.calage_part_connue_min
    publies = part_connue(utiles, colonnes, "publie_") >= regles.calage_part_connue_min
    couverts = (
        contexte.poids.groupby("code_territoire")["surface_m2"].sum().reindex(index)
        / contexte.territoires.loc[index, "surface_m2"]
    ).to_numpy(float) >= regles.calage_surface_couverte_min
    purs = table.loc[index, "purete"].to_numpy(float) >= regles.calage_purete_max
    # Un IRIS masqué prive la somme d’une partie du quartier, même presque entier.
    complets = table.loc[index, "part_couverte"].to_numpy(float) >= 1 - 1e-9
    retenus = suffisants & couverts & ~(purs & complets)
    return {
        str(c): "calee_publie" if p else "calee"
        for c, p, r in zip(index, publies, retenus, strict=True)
        if r
    }


def _note(contexte: Contexte, calage: Calage, indicateur: Indicateur, variante: str) -> str:
    bilan = calage.modeles[indicateur.calage][variante].apprentissage
    unite = " points" if indicateur.unite == "pct" else ""
    niveau = ecrire_nombre(100 * contexte.regles.niveau_intervalle)
    return (
        f"calé sur {bilan['n']} quartiers publiés, erreur moyenne {ecrire_nombre(bilan['eam'], 1)}"
        f"{unite} ; intervalle à {niveau} %"
    )
