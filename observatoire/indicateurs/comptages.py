"""Indicateurs comptés : équipements et établissements d’un territoire, seuls ou pour des habitants.

Un lieu compte dans sa commune ; il ne compte dans un IRIS, un quartier ou un secteur que si sa
position est sûre. Un lieu de la commune sans position sûre pourrait être dans le quartier : le
compte est alors une estimation, entre ce que l’on y voit et ce que l’on y verrait si tous y étaient.

Un compte pour 10 000 habitants divise par la population que l’édition donne au même territoire,
d’un même recensement pour tous, le plus proche ; la note dit lequel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from observatoire.catalogue import Indicateur
from observatoire.catalogue.modeles import Niveau
from observatoire.domaine import Methode, Statut, TypeTerritoire
from observatoire.indicateurs.contexte import Contexte
from observatoire.indicateurs.estimations import COLONNES_VALEUR, absences
from observatoire.indicateurs.lieux import LieuxSitues, Poids, Releve, mesurer, peser_lieux, relever

__all__ = ["Compte", "Population", "compter"]

_ENSEMBLES = (TypeTerritoire.COMMUNE, TypeTerritoire.EPCI)
_NIVEAUX: dict[TypeTerritoire, Niveau] = {
    TypeTerritoire.COMMUNE: "commune",
    TypeTerritoire.EPCI: "commune",
    TypeTerritoire.IRIS: "iris",
    TypeTerritoire.QPV: "qpv",
    TypeTerritoire.SECTEUR: "qpv",
}
_PUBLIE, _ESTIME = Statut.PUBLIE.value, Statut.ESTIME.value


class Compte(NamedTuple):
    """Lignes d’un type de territoire ; ``table`` a ``COLONNES_VALEUR`` et ``source``."""

    table: pd.DataFrame
    type_territoire: TypeTerritoire
    millesime: int


@dataclass(frozen=True)
class Population:
    """Population d’une année, par type de territoire (``COLONNES_VALEUR`` et ``source``)."""

    millesime: int
    tables: Mapping[str, pd.DataFrame]


def compter(
    contexte: Contexte, indicateur: Indicateur, populations: Sequence[Population]
) -> Iterator[Compte]:
    """Valeurs d’un indicateur compté, pour chaque année et chaque type de territoire.

    Parameters
    ----------
    contexte : Contexte
        Données alignées ; ``lieux`` peut manquer.
    indicateur : Indicateur
        Compté sur des lieux, ou rapporté à des habitants.
    populations : sequence of Population
        Populations déjà calculées.

    Yields
    ------
    Compte
        Rien pour une année où aucun fichier ne donne l’indicateur.
    """
    par_annee = (
        _sur_lieux(contexte, indicateur)
        if contexte.catalogue.compte_des_lieux(indicateur)
        else _sur_tables(contexte, indicateur)
    )
    for compte in par_annee:
        if indicateur.calcul != "pour_habitants":
            yield compte
            continue
        population = min(
            populations,
            key=lambda p: (abs(p.millesime - compte.millesime), -p.millesime),
            default=None,
        )
        yield compte._replace(
            table=_pour_habitants(
                contexte, compte.table, population, compte.type_territoire, indicateur.facteur
            )
        )


# --- Numérateurs -----------------------------------------------------------------


def _sur_tables(contexte: Contexte, indicateur: Indicateur) -> Iterator[Compte]:
    """Compte qu’un producteur publie par commune ou par quartier, jamais estimé ailleurs."""
    niveaux: dict[TypeTerritoire, Niveau] = {
        t: n for t, n in _NIVEAUX.items() if t not in {TypeTerritoire.IRIS, TypeTerritoire.EPCI}
    }
    annees = {
        m for n in niveaux.values() for m in contexte.cube.millesimes(n, indicateur.numerateur)
    }
    for annee in sorted(annees):
        for genre, niveau in niveaux.items():
            codes = _codes(contexte, genre)
            table = absences(codes)
            publie = contexte.cube.existe(niveau, indicateur.numerateur, annee)
            if publie and genre is not TypeTerritoire.SECTEUR:
                serie = contexte.cube.somme(niveau, indicateur.numerateur, annee, codes)
                connus = serie.statuts == _PUBLIE
                table = table.assign(
                    valeur=serie.valeurs,
                    effectif=serie.valeurs,
                    statut=serie.statuts,
                    methode=np.where(connus, Methode.PUBLIE.value, Methode.AUCUNE.value),
                    part_couverte=np.where(connus, 1.0, 0.0),
                    source=" ; ".join(serie.sources),
                )
            yield Compte(table, genre, annee)


def _sur_lieux(contexte: Contexte, indicateur: Indicateur) -> Iterator[Compte]:
    lieux = contexte.lieux
    if lieux is None:
        return
    for releve in relever(lieux, indicateur, contexte.catalogue):
        source = contexte.catalogue.sources[releve.source]
        couvertes = set(lieux.table.loc[releve.lignes, "code_ville"])
        if couvertes.isdisjoint(contexte.iris["code_commune"]):
            continue
        for genre, niveau in _NIVEAUX.items():
            if not source.diffuse_a(niveau):
                continue
            cle = ("decompte", releve.source, releve.millesime, genre)
            if cle not in contexte.memoire:
                contexte.memoire[cle] = _Decompte(contexte, lieux, releve, genre, couvertes)
            decompte: _Decompte = contexte.memoire[cle]
            if len(decompte.codes):
                citation = source.citation(releve.millesime)
                yield Compte(
                    decompte.valeurs(indicateur).assign(source=citation), genre, releve.millesime
                )


class _Decompte:
    """Sommes de lieux par territoire d’un type, dans l’ordre de ``codes``."""

    def __init__(
        self,
        contexte: Contexte,
        lieux: LieuxSitues,
        releve: Releve,
        genre: TypeTerritoire,
        couvertes: set[str],
    ) -> None:
        self.contexte, self.lieux, self.releve, self.genre = contexte, lieux, releve, genre
        self.codes = _codes(contexte, genre)
        self.entier = genre in _ENSEMBLES
        villes = _villes(contexte, genre)
        # Un zéro n’est un vrai zéro que si le fichier décrit toutes les communes du territoire.
        decrites = villes.isin(couvertes).groupby(level=0, sort=False).all()
        self.decrits = decrites.reindex(self.codes).eq(True).to_numpy(bool)
        self._rangs_villes = self.codes.get_indexer(villes.index)
        self._villes = villes.to_numpy(object)
        self._paires = self._appartenances()
        self._connues: dict[str, np.ndarray] = {}
        situes = releve.lignes & lieux.table["situe"].to_numpy(bool)
        # Sans aucune position, un compte par quartier ne dirait rien.
        self.muet = not self.entier and not situes.any()

    def _appartenances(self) -> tuple[np.ndarray, np.ndarray]:
        """Rangs des lieux et des territoires qui les contiennent."""
        if self.entier:
            ville = self.lieux.table["code_ville"]
            if self.genre is TypeTerritoire.EPCI:
                dedans = ville.isin(self.contexte.iris["code_commune"]).to_numpy(bool)
                lieux = np.flatnonzero(dedans)
                return lieux, np.zeros(len(lieux), dtype=int)
            rangs = self.codes.get_indexer(pd.Index(ville))
        else:
            rangs = self.codes.get_indexer(pd.Index(self.lieux.dedans["code"]))
        gardes = np.flatnonzero(rangs >= 0)
        lieux = gardes if self.entier else self.lieux.dedans["rang"].to_numpy(int)[gardes]
        return lieux, rangs[gardes]

    def sommer(self, poids: Poids) -> np.ndarray:
        """Somme dans chaque territoire ; ``NaN`` là où le fichier ne décrit pas la commune."""
        lieux, territoires = self._paires
        sommes = np.bincount(territoires, weights=poids[lieux], minlength=len(self.codes))
        return np.where(self.decrits, sommes, np.nan)

    def ailleurs(self, poids: Poids) -> np.ndarray:
        """Somme des lieux des communes du territoire dont la position n’est pas sûre."""
        if self.entier:
            return np.zeros(len(self.codes))
        perdus = np.where(self.lieux.table["situe"], 0.0, poids)
        rangs, communes = pd.factorize(self.lieux.table["code_ville"])
        par_ville = dict(zip(communes, np.bincount(rangs, weights=perdus), strict=True))
        # Une commune de la liste sans aucun lieu n’en a aucun sans position.
        siens = np.array([par_ville.get(v, 0.0) for v in self._villes], dtype=float)
        sommes = np.bincount(self._rangs_villes, weights=siens, minlength=len(self.codes))
        touches = np.bincount(self._rangs_villes, minlength=len(self.codes)) > 0
        return np.where(touches, sommes, np.nan)

    def valeurs(self, indicateur: Indicateur) -> pd.DataFrame:
        """Valeurs, statuts et bornes de chaque territoire."""
        if self.muet:
            return absences(self.codes)
        table = (
            self._comptes(indicateur)
            if indicateur.calcul in {"effectif", "pour_habitants"}
            else self._mesures(indicateur)
        )
        # Ce qui n’existe pas (un indice sans école) est absent ; ce qui est masqué le dit déjà.
        vides = np.isnan(table["valeur"]) & (table["statut"] != Statut.SECRET.value)
        sans = ~self.decrits | vides
        for nombre in ("valeur", "borne_basse", "borne_haute", "part_couverte", "effectif"):
            table[nombre] = np.where(sans, np.nan, table[nombre])
        table["statut"] = np.where(sans, Statut.ABSENT.value, table["statut"])
        table["precision_note"] = np.where(sans, "", table["precision_note"])
        table["methode"] = np.where(
            np.isnan(table["valeur"]), Methode.AUCUNE.value, Methode.COMPTAGE.value
        )
        return pd.DataFrame({c: table[c] for c in COLONNES_VALEUR}, index=self.codes)

    def _poids(self, variables: Sequence[str]) -> Poids:
        return self._garder(
            tuple(variables),
            lambda: peser_lieux(self.lieux, variables, self.releve, self.contexte.catalogue),
        )

    def _garder(self, nom: object, calculer: Callable[[], Poids]) -> Poids:
        """Ce que chaque lieu ajoute ne dépend pas du type de territoire : calculé une fois."""
        cle = ("lieux", self.releve.source, self.releve.millesime, nom)
        if cle not in self.contexte.memoire:
            self.contexte.memoire[cle] = calculer()
        poids: Poids = self.contexte.memoire[cle]
        return poids

    def _comptes(self, indicateur: Indicateur) -> dict[str, np.ndarray]:
        poids = self._poids(indicateur.numerateur)
        comptes, perdus = self.sommer(poids), self.ailleurs(poids)
        bornes = perdus > 0
        table = self._table(comptes, comptes, bornes, perdus)
        table["borne_basse"] = np.where(bornes, comptes, np.nan)
        table["borne_haute"] = np.where(bornes, comptes + perdus, np.nan)
        return table

    def _mesures(self, indicateur: Indicateur) -> dict[str, np.ndarray]:
        """Moyenne pesée par les élèves, dispersion, écart : jamais une moyenne d’établissements."""
        if indicateur.calcul == "rapport":
            poids = self._poids(indicateur.denominateur)
            effectif = self.sommer(poids)
            valeur = self.sommer(self._poids(indicateur.numerateur)) / _positifs(effectif)
            suffixe = self._suffixe(indicateur.denominateur[0])
        else:
            effectif = self._somme_de("eleves")
            (mesure,) = self._termes(indicateur.numerateur[0])
            valeur = self._somme_ou_mesure(mesure, indicateur)
            suffixe = ""
        tous = self._somme_de(f"inscrits{suffixe}")
        perdus = self.ailleurs(self._somme_brute("etablissements"))
        couverte = effectif / _positifs(tous)
        table = self._table(valeur, effectif, (perdus > 0) | (couverte < 1), perdus)
        table["part_couverte"] = couverte
        if not (couverte < 1).any():
            return table
        masques = (tous > 0) & ~(couverte >= self.contexte.regles.part_couverte_min)
        table["valeur"] = np.where(masques, np.nan, table["valeur"])
        table["statut"] = np.where(masques, Statut.SECRET.value, table["statut"])
        note = "indice non publié pour une partie des élèves"
        table["precision_note"] = np.array(
            [
                "; ".join(filter(None, [n, note if partiel else ""]))
                for n, partiel in zip(
                    table["precision_note"], (couverte < 1) & ~masques, strict=True
                )
            ],
            dtype=object,
        )
        return table

    def _termes(self, variable: str) -> tuple[str, ...]:
        return self.contexte.catalogue.variables[variable].sources_en_termes(self.releve.source)[0]

    def _suffixe(self, variable: str) -> str:
        return self._termes(variable)[0].removeprefix("eleves")

    def _somme_brute(self, mesure: str) -> Poids:
        return self._garder(
            mesure, lambda: np.where(self.releve.lignes, mesurer(self.lieux.table, mesure), 0.0)
        )

    def _somme_de(self, mesure: str) -> np.ndarray:
        if mesure not in self._connues:
            self._connues[mesure] = self.sommer(self._somme_brute(mesure))
        return self._connues[mesure]

    def _somme_ou_mesure(self, mesure: str, indicateur: Indicateur) -> np.ndarray:
        if mesure == "dispersion":
            return _ecart_type(
                *(self._somme_de(m) for m in ("eleves", "ips_eleves", "ips2_eleves"))
            )
        if mesure == "ecart_prive_public":
            prive, public = (
                self._somme_de(f"ips_eleves_{s}") / _positifs(self._somme_de(f"eleves_{s}"))
                for s in ("prive", "public")
            )
            return np.asarray(prive - public)
        return self.sommer(self._poids(indicateur.numerateur))

    def _table(
        self, valeur: np.ndarray, effectif: np.ndarray, estimes: np.ndarray, perdus: np.ndarray
    ) -> dict[str, np.ndarray]:
        notes = [
            f"{n:.0f} dans la commune sans position sûre" if n > 0 else "" for n in perdus.tolist()
        ]
        inconnues = np.full(len(self.codes), np.nan)
        return {
            "valeur": valeur,
            "statut": np.where(estimes, _ESTIME, _PUBLIE),
            "borne_basse": inconnues,
            "borne_haute": inconnues,
            "part_couverte": np.ones(len(self.codes)),
            "purete": np.ones(len(self.codes)),
            "effectif": effectif,
            "precision_note": np.array(notes, dtype=object),
        }


def _positifs(effectifs: np.ndarray) -> np.ndarray:
    """Les effectifs qui peuvent diviser, ``NaN`` ailleurs."""
    return np.where(effectifs > 0, effectifs, np.nan)


def _ecart_type(poids: np.ndarray, somme: np.ndarray, carres: np.ndarray) -> np.ndarray:
    """Écart-type pesé par les élèves ; celui d’un seul établissement est nul."""
    moyenne = somme / _positifs(poids)
    variance = np.maximum(carres / _positifs(poids) - moyenne**2, 0.0)
    return np.asarray(np.sqrt(variance))


# --- Dénominateur ----------------------------------------------------------------


def _pour_habitants(
    contexte: Contexte,
    comptes: pd.DataFrame,
    population: Population | None,
    genre: TypeTerritoire,
    facteur: int,
) -> pd.DataFrame:
    """Rapporter un compte à la population du territoire, bornes comprises."""
    habitants = None if population is None else population.tables.get(genre.value)
    if population is None or habitants is None:
        return absences(comptes.index)
    aligne = habitants.index.equals(comptes.index)
    h = _en_tableaux(habitants if aligne else habitants.reindex(comptes.index))
    c = _en_tableaux(comptes)
    compte, nombre = c["valeur"], h["valeur"]
    peuples = (nombre >= contexte.regles.pour_habitants_min) & ~np.isnan(compte) & (nombre > 0)
    publies = h["statut"] == _PUBLIE
    exacts = (c["statut"] == _PUBLIE) & publies
    # D’un territoire fait d’IRIS presque entiers, la somme vaut mieux que des bornes.
    entiers = publies | (h["purete"] >= contexte.regles.calage_purete_max)
    moins, plus = (np.where(entiers, nombre, h[b]) for b in ("borne_basse", "borne_haute"))
    bas, haut = (np.where(np.isnan(c[b]), compte, c[b]) for b in ("borne_basse", "borne_haute"))
    # On sait entre quoi est le compte : il est exact, ou entre deux bornes.
    bornee = (c["statut"] == _PUBLIE) | ~np.isnan(c["borne_haute"])
    bornables = peuples & ~exacts & bornee & (moins > 0) & (plus > 0)
    diviseur = np.where(peuples, nombre, np.nan)
    moins, plus = (np.where(bornables, d, np.nan) for d in (moins, plus))
    notes = [
        "; ".join(filter(None, [n, f"habitants de {population.millesime}"]))
        for n in c["precision_note"]
    ]
    sources = [
        " ; ".join(dict.fromkeys(filter(None, [a, b if isinstance(b, str) else ""])))
        for a, b in zip(c["source"], h["source"], strict=True)
    ]
    manque = np.where(np.isnan(compte), c["statut"], h["statut"])
    manque = np.where(manque == Statut.SECRET.value, manque, Statut.ABSENT.value)
    colonnes = {
        "valeur": facteur * compte / diviseur,
        "statut": np.where(peuples, np.where(exacts, _PUBLIE, _ESTIME), manque),
        "methode": np.where(peuples, c["methode"], Methode.AUCUNE.value),
        "borne_basse": facteur * bas / plus,
        "borne_haute": facteur * haut / moins,
        "part_couverte": np.where(peuples, c["part_couverte"], np.nan),
        # La pureté ne dit rien d’une population publiée.
        "purete": np.where(publies, 1.0, h["purete"]),
        "effectif": diviseur,
        "precision_note": np.where(peuples, np.array(notes, dtype=object), ""),
        "source": np.where(peuples, np.array(sources, dtype=object), ""),
    }
    return pd.DataFrame(colonnes, index=comptes.index)


def _en_tableaux(table: pd.DataFrame) -> dict[str, np.ndarray]:
    return {str(c): table[c].to_numpy() for c in (*COLONNES_VALEUR, "source")}


# --- Territoires -----------------------------------------------------------------


def _codes(contexte: Contexte, genre: TypeTerritoire) -> pd.Index:
    if genre is TypeTerritoire.IRIS:
        return contexte.index_villes
    decrits = contexte.ensembles if genre in _ENSEMBLES else contexte.territoires
    return decrits.index[decrits["type_territoire"] == genre.value]


def _villes(contexte: Contexte, genre: TypeTerritoire) -> pd.Series:
    """Villes de chaque territoire (index : son code)."""
    codes = _codes(contexte, genre)
    if genre is TypeTerritoire.COMMUNE:
        return pd.Series(codes, index=codes, dtype="object")
    if genre is TypeTerritoire.IRIS:
        villes: pd.Series = contexte.iris.loc[codes, "code_commune"]
        return villes
    paires = contexte.membres if genre is TypeTerritoire.EPCI else contexte.paires
    siennes = paires[paires["code_territoire"].isin(codes)]
    lieux = siennes["code_iris"].map(contexte.iris["code_commune"])
    uniques = pd.DataFrame({"t": siennes["code_territoire"], "v": lieux}).drop_duplicates()
    return uniques.set_index("t")["v"]
