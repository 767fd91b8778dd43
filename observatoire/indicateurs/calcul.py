"""Table longue des résultats : les villes, leurs IRIS, leurs QPV, leurs territoires locaux.

Ordre des méthodes : chiffre publié pour le territoire, sinon estimation. L’estimation
d’un territoire n’est jamais mêlée à une valeur publiée : chaque ligne dit laquelle elle est.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from observatoire.catalogue import Indicateur
from observatoire.domaine import Methode, Statut, TypeTerritoire
from observatoire.indicateurs.alignement import aligner_quartiers
from observatoire.indicateurs.calage import METHODES_CALEES, caler_quartiers
from observatoire.indicateurs.comptages import Population, compter
from observatoire.indicateurs.contexte import Contexte
from observatoire.indicateurs.cube import Serie
from observatoire.indicateurs.estimations import (
    COLONNES_VALEUR,
    absences,
    estimer_ensembles,
    estimer_territoires,
)
from observatoire.indicateurs.mesures import Mesure, mesurer_iris
from observatoire.indicateurs.qualite import qualifier

__all__ = ["COLONNES_RESULTATS", "calculer_resultats", "sans_valeur_seule"]

COLONNES_RESULTATS = [
    "code_territoire",
    "type_territoire",
    "nom",
    "indicateur",
    "millesime",
    *COLONNES_VALEUR,
    "bornes_seules",
    "source",
    "code_commune",
    "qualite",
]

_PUBLIE = Statut.PUBLIE.value


class _Morceau(NamedTuple):
    """Valeurs d’un type de territoire, pour un indicateur et un millésime ; index : les codes."""

    table: pd.DataFrame
    type_territoire: str
    indicateur: str
    millesime: int


def calculer_resultats(contexte: Contexte) -> pd.DataFrame:
    """Calculer tous les indicateurs du catalogue que les données permettent.

    Parameters
    ----------
    contexte : Contexte
        Données alignées de villes (:func:`observatoire.indicateurs.construire_contexte`).

    Returns
    -------
    pandas.DataFrame
        Colonnes ``COLONNES_RESULTATS`` ; une ligne par territoire, indicateur et millésime.
        ``code_commune`` est la ville à laquelle le territoire est comparé (le code de
        l’intercommunalité pour elle-même).
        ``valeur`` est dans l’unité de l’indicateur (pourcentages de 0 à 100), ``NaN`` si le
        statut est ``secret`` ou ``absent`` ; ``part_couverte`` et ``purete`` entre 0 et 1 ;
        ``bornes_seules`` est vrai pour une estimation trop impure pour montrer autre chose
        que ses bornes ; ``qualite`` est une valeur de :class:`observatoire.domaine.Qualite`.
    """
    morceaux: list[_Morceau] = []
    comptes = []
    for indicateur in contexte.catalogue.indicateurs.values():
        if _se_compte(contexte, indicateur):
            comptes.append(indicateur)
            continue
        millesimes = _millesimes(contexte, indicateur)
        locaux = {m for m in millesimes if _est_local(contexte, indicateur, m)}
        for millesime in millesimes:
            # Un chiffre de ville seul ne remplace pas, dans les quartiers, une année qui les décrit.
            seule = bool(locaux) and millesime not in locaux
            morceaux.extend(
                _resultats_d_un_millesime(contexte, indicateur, millesime, ville_seule=seule)
            )
    populations = _populations(contexte, morceaux)
    for indicateur in comptes:
        morceaux += [
            _Morceau(c.table, c.type_territoire.value, indicateur.id, c.millesime)
            for c in compter(contexte, indicateur, populations)
        ]
    if not morceaux:
        return pd.DataFrame(columns=COLONNES_RESULTATS)
    table = aligner_quartiers(contexte, _reunir(contexte, morceaux))
    table["bornes_seules"] = sans_valeur_seule(table, contexte)
    table["qualite"] = qualifier(table, contexte.catalogue)
    return table[COLONNES_RESULTATS]


def sans_valeur_seule(table: pd.DataFrame, contexte: Contexte) -> pd.Series:
    """Vrai pour une estimation dont seules les bornes ont un sens, booléen par ligne."""
    # Sous ce seuil de pureté, l’estimation décrit surtout des habitants d’à côté.
    impure = ~(table["purete"] >= contexte.regles.purete_min)
    calees = table["methode"].isin(METHODES_CALEES)
    larges = _intervalle_trop_large(table, contexte)
    retenues: pd.Series = (table["statut"] == Statut.ESTIME.value) & larges.where(calees, impure)
    return retenues


def _se_compte(contexte: Contexte, indicateur: Indicateur) -> bool:
    lieux = contexte.catalogue.compte_des_lieux(indicateur)
    return lieux or indicateur.calcul == "pour_habitants"


def _populations(contexte: Contexte, morceaux: Sequence[_Morceau]) -> list[Population]:
    """Population de chaque année, déjà calculée pour tous les territoires."""
    annees: dict[int, dict[str, pd.DataFrame]] = {}
    for m in morceaux:
        if m.indicateur == contexte.regles.indicateur_population:
            annees.setdefault(m.millesime, {})[m.type_territoire] = m.table
    return [Population(annee, tables) for annee, tables in sorted(annees.items())]


def _intervalle_trop_large(table: pd.DataFrame, contexte: Contexte) -> pd.Series:
    """Vrai si l’intervalle est trop large pour que la valeur seule ait un sens."""
    regles = contexte.regles
    largeur = table["borne_haute"] - table["borne_basse"]
    unites = {i: d.unite for i, d in contexte.catalogue.indicateurs.items()}
    en_points = table["indicateur"].map(unites) == "pct"
    seuil = np.where(
        en_points,
        regles.calage_largeur_max_points,
        regles.calage_largeur_max_relative * table["valeur"].abs(),
    )
    large: pd.Series = ~(largeur <= seuil)
    return large


def _millesimes(contexte: Contexte, indicateur: Indicateur) -> list[int]:
    """Millésimes connus à l’IRIS ou à la commune.

    Un chiffre de quartier seul n’en crée pas, sauf si aucune table par IRIS ne porte l’indicateur.
    """
    jeux = [
        v
        for v in ((indicateur.diffusee,) if indicateur.diffusee else (), indicateur.composantes)
        if v
    ]
    niveaux: tuple[str, ...] = ("iris", "commune")
    if not contexte.catalogue.a_l_iris(indicateur):
        niveaux += ("qpv",)
    return sorted({m for n in niveaux for v in jeux for m in contexte.cube.millesimes(n, v)})


def _est_local(contexte: Contexte, indicateur: Indicateur, millesime: int) -> bool:
    """Vrai si des IRIS ou des quartiers ont une valeur ce millésime-là."""
    publie = _variables_publiees(contexte, indicateur, "qpv", millesime)
    return bool(publie) or mesurer_iris(contexte, indicateur, millesime) is not None


def _variables_publiees(
    contexte: Contexte, indicateur: Indicateur, niveau: str, millesime: int
) -> tuple[str, ...]:
    """Variables qui, publiées à ce niveau, donnent l’indicateur ; vide s’il n’y en a pas."""
    for variables in ((indicateur.diffusee,), indicateur.composantes):
        if all(variables) and variables and contexte.cube.existe(niveau, variables, millesime):
            return variables
    return ()


def _resultats_d_un_millesime(
    contexte: Contexte, indicateur: Indicateur, millesime: int, *, ville_seule: bool
) -> list[_Morceau]:
    mesure = mesurer_iris(contexte, indicateur, millesime)
    estime = None
    if mesure is not None and indicateur.calcul != "diffuse_seulement":
        estime = estimer_territoires(contexte, indicateur, mesure)
        contexte.memoire["estime", indicateur.id, millesime] = estime
    morceaux: list[_Morceau] = []

    def garder(table: pd.DataFrame, type_territoire: str) -> None:
        morceaux.append(_Morceau(table, type_territoire, indicateur.id, millesime))

    ensembles = _ensembles(contexte, indicateur, millesime, mesure)
    types = contexte.ensembles["type_territoire"]
    if not ensembles.index.equals(types.index):
        types = types.reindex(ensembles.index)
    for type_territoire in types.unique():
        memes = (types == type_territoire).to_numpy(bool)
        garder(ensembles if memes.all() else ensembles[memes], str(type_territoire))
    if mesure is not None and len(contexte.rangs_villes):
        garder(_iris(contexte, mesure), TypeTerritoire.IRIS.value)
    for type_territoire, rangs in contexte.rangs_par_type.items():
        if not ville_seule:
            table = None
            if mesure is not None and estime is not None:
                table = estime.take(rangs)
            codes = contexte.territoires.index[rangs]
            table = _territoires(contexte, indicateur, millesime, table, codes, type_territoire)
            garder(table, type_territoire)
    return morceaux


def _reunir(contexte: Contexte, morceaux: Sequence[_Morceau]) -> pd.DataFrame:
    """Une seule table, où chaque ligne dit son territoire, son indicateur et son millésime."""
    tailles = [len(m.table) for m in morceaux]
    # Des centaines de petites tables : leurs colonnes se mettent bout à bout sans être alignées.
    table = pd.DataFrame(
        {
            **{
                c: np.concatenate([m.table[c].to_numpy() for m in morceaux])
                for c in (*COLONNES_VALEUR, "source")
            },
            "code_territoire": np.concatenate([m.table.index.to_numpy(object) for m in morceaux]),
            "type_territoire": np.repeat([m.type_territoire for m in morceaux], tailles),
            "nom": "",
            "code_commune": "",
            "indicateur": np.repeat([m.indicateur for m in morceaux], tailles),
            "millesime": np.repeat([m.millesime for m in morceaux], tailles),
        }
    )
    ensembles = contexte.ensembles.assign(code_commune=contexte.ensembles.index)
    for genre in table["type_territoire"].unique():
        decrits = {
            TypeTerritoire.COMMUNE.value: ensembles,
            TypeTerritoire.EPCI.value: ensembles,
            TypeTerritoire.IRIS.value: contexte.iris,
        }.get(str(genre), contexte.territoires)
        lignes = table["type_territoire"] == genre
        codes = table.loc[lignes, "code_territoire"]
        for colonne in ("nom", "code_commune"):
            table.loc[lignes, colonne] = codes.map(decrits[colonne]).to_numpy()
    return table


def _iris(contexte: Contexte, mesure: Mesure) -> pd.DataFrame:
    """Lignes des IRIS des villes : la mesure elle-même."""
    rangs = contexte.rangs_villes
    connus = mesure.connus.to_numpy(bool)[rangs]

    def lire(serie: pd.Series | None) -> np.ndarray:
        if serie is None:
            return np.full(len(rangs), np.nan)
        return np.where(connus, serie.to_numpy(float)[rangs], np.nan)

    effectif = mesure.denominateur if mesure.denominateur is not None else mesure.numerateur
    return pd.DataFrame(
        {
            "valeur": lire(mesure.valeur),
            "statut": mesure.statut.to_numpy(object)[rangs],
            "methode": np.where(connus, Methode.PUBLIE.value, Methode.AUCUNE.value),
            "borne_basse": lire(mesure.borne_basse),
            "borne_haute": lire(mesure.borne_haute),
            "part_couverte": np.where(connus, 1.0, 0.0),
            "purete": 1.0,
            "effectif": (mesure.base if effectif is None else effectif).to_numpy(float)[rangs],
            "precision_note": "",
            "source": " ; ".join(mesure.sources),
        },
        index=contexte.index_villes,
    )


def _ensembles(
    contexte: Contexte, indicateur: Indicateur, millesime: int, mesure: Mesure | None
) -> pd.DataFrame:
    """Lignes des villes : chiffre publié pour la commune, sinon agrégation de ses IRIS.

    Aucun producteur ne publie l’intercommunalité : la sienne est toujours une agrégation.
    """
    table: pd.DataFrame | None = None
    if indicateur.calcul == "diffuse_seulement":
        table = absences(contexte.ensembles.index)
    elif mesure is not None:
        table = estimer_ensembles(contexte, indicateur, mesure)
    if len(contexte.villes) and _variables_publiees(contexte, indicateur, "commune", millesime):
        estimees = None if table is None else table.loc[contexte.villes]
        villes = _superposer_publie(
            contexte, indicateur, millesime, "commune", contexte.villes, estimees
        )
        autres = [] if table is None else [table.drop(index=contexte.villes)]
        table = pd.concat([villes, *[a for a in autres if len(a)]])
    # Publié par quartier seulement : la ville n’a pas de chiffre, et c’est dit.
    return absences(contexte.ensembles.index) if table is None else table


def _territoires(
    contexte: Contexte,
    indicateur: Indicateur,
    millesime: int,
    table: pd.DataFrame | None,
    codes: pd.Index,
    type_territoire: str,
) -> pd.DataFrame:
    """Chiffre publié, sinon calé, sinon estimation (``table``), sinon absence dite."""
    if type_territoire == TypeTerritoire.QPV and _variables_publiees(
        contexte, indicateur, "qpv", millesime
    ):
        table = _superposer_publie(contexte, indicateur, millesime, "qpv", codes, table)
    if table is None:
        table = absences(codes)
    if type_territoire == TypeTerritoire.QPV:
        table = caler_quartiers(contexte, indicateur, millesime, table)
        table = _effectif_publie(contexte, indicateur, millesime, table)
    return table


def _superposer_publie(
    contexte: Contexte,
    indicateur: Indicateur,
    millesime: int,
    niveau: str,
    codes: pd.Index,
    estime: pd.DataFrame | None,
) -> pd.DataFrame:
    """Mettre les chiffres publiés à la place des estimations, là où ils existent."""
    serie = _serie_publiee(contexte, indicateur, millesime, niveau, codes)
    table = absences(codes) if estime is None else estime
    valeurs, statuts = serie.valeurs.to_numpy(float), serie.statuts.to_numpy(object)
    publies = statuts == _PUBLIE
    sans_valeur = ~table["statut"].isin([_PUBLIE, Statut.ESTIME.value]).to_numpy(bool)
    remplacements: dict[str, Any] = {
        "valeur": valeurs,
        "statut": _PUBLIE,
        "methode": Methode.PUBLIE.value,
        "borne_basse": np.nan,
        "borne_haute": np.nan,
        "part_couverte": 1.0,
        "precision_note": "",
        "source": " ; ".join(serie.sources),
    }
    if indicateur.est_stock:
        remplacements["effectif"] = valeurs
    colonnes = {
        str(c): np.where(publies, remplacements[c], table[c].to_numpy())
        if c in remplacements
        else table[c].to_numpy()
        for c in table
    }
    masques = (statuts == Statut.SECRET.value) & sans_valeur
    colonnes["statut"] = np.where(masques, Statut.SECRET.value, colonnes["statut"])
    return pd.DataFrame(colonnes, index=table.index)


def _serie_publiee(
    contexte: Contexte, indicateur: Indicateur, millesime: int, niveau: str, codes: pd.Index
) -> Serie:
    cube = contexte.cube
    if _variables_publiees(contexte, indicateur, niveau, millesime) == (indicateur.diffusee,):
        return cube.serie(niveau, indicateur.diffusee, millesime, codes)
    numerateur = cube.somme(niveau, indicateur.numerateur, millesime, codes)
    if not indicateur.denominateur:
        if indicateur.calcul == "densite":
            decrits = contexte.ensembles if niveau == "commune" else contexte.territoires
            surface_km2 = decrits["surface_m2"].reindex(codes) / 1e6
            return Serie(numerateur.valeurs / surface_km2, numerateur.statuts, numerateur.sources)
        return numerateur
    denominateur = cube.somme(niveau, indicateur.denominateur, millesime, codes)
    rapport = numerateur.valeurs / denominateur.valeurs
    if indicateur.calcul == "part":
        rapport = 100 * (1 - rapport if indicateur.complement else rapport)
    statuts = numerateur.statuts.where(numerateur.statuts != _PUBLIE, denominateur.statuts)
    sources = dict.fromkeys((*numerateur.sources, *denominateur.sources))
    return Serie(rapport, statuts, tuple(sources))


def _effectif_publie(
    contexte: Contexte, indicateur: Indicateur, millesime: int, table: pd.DataFrame
) -> pd.DataFrame:
    """Employer la population publiée du quartier là où l’effectif est sa population."""
    porte_sur_habitants = indicateur.calcul in {
        "taux_diffuse",
        "quantile",
        "rapport_quantiles",
        "densite",
    }
    trouve = contexte.cube.plus_proche("qpv", ["population"], millesime)
    if not porte_sur_habitants or trouve is None:
        return table
    population = contexte.cube.serie("qpv", trouve[0], trouve[1], table.index).valeurs
    return table.assign(effectif=population.where(population.notna(), table["effectif"]))
