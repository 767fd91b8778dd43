"""Références plus grandes que la ville : intercommunalité, département, France, QPV, villes comparables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from observatoire.arrondissements import code_ville, departement
from observatoire.catalogue import Catalogue, ChiffreNational, Indicateur
from observatoire.domaine import Methode, Reference, Statut, TypeTerritoire, est_fictive
from observatoire.ensembles import Nation, TableNationale
from observatoire.indicateurs.comparables import choisir_comparables, decrire_candidates
from observatoire.indicateurs.ensembles import COLONNES_ENSEMBLE, Communes, valeur_d_ensemble
from observatoire.indicateurs.references import COLONNES_REFERENCES
from observatoire.redaction import FINE, ecrire_valeur

__all__ = ["Comparaison", "comparer_a_la_nation", "references_nationales"]

Rangs = npt.NDArray[np.int64]

_QUARTIERS_MIN = 1000
"""La France a environ 1 600 quartiers prioritaires ; une table qui en a moins de mille n’est pas nationale."""


@dataclass(frozen=True)
class Comparaison:
    """Références plus grandes que les villes, et le groupe de villes comparables de chacune."""

    references: pd.DataFrame
    comparables: pd.DataFrame


def comparer_a_la_nation(
    nation: Nation,
    resultats: pd.DataFrame,
    villes: Iterable[str],
    catalogue: Catalogue,
    *,
    epci: bool,
) -> Comparaison:
    """Références nationales des villes, et les villes qui leur sont comparables.

    Parameters
    ----------
    nation : Nation
        Tables nationales.
    resultats : pandas.DataFrame
        Table de :func:`observatoire.indicateurs.calculer_resultats`.
    villes : iterable of str
        Villes de l’édition.
    catalogue : Catalogue
        Règles.
    epci : bool
        Vrai pour l’édition d’une intercommunalité, qui est sa propre référence.
    """
    communes = Communes(nation.communes, catalogue)
    candidates = decrire_candidates(nation, communes, catalogue)
    comparables = choisir_comparables(candidates, list(villes), catalogue)
    groupes = {
        str(v): tuple(dict.fromkeys(g)) for v, g in comparables.groupby("code_commune")["code"]
    }
    # Un groupe fixé par la ville vaut même sans indicateurs de structure.
    groupes |= {v: g for v, g in catalogue.comparables.groupes.items() if v in set(villes)}
    references = references_nationales(
        nation, communes, resultats, groupes, catalogue, intercommunalite=not epci
    )
    return Comparaison(references, comparables)


def references_nationales(
    nation: Nation,
    communes: Communes,
    resultats: pd.DataFrame,
    groupes: Mapping[str, Iterable[str]],
    catalogue: Catalogue,
    *,
    intercommunalite: bool = True,
) -> pd.DataFrame:
    """Valeur de chaque référence nationale, pour chaque ville, indicateur et millésime.

    Parameters
    ----------
    nation : Nation
        Tables nationales.
    communes : Communes
        Les mêmes, par commune.
    resultats : pandas.DataFrame
        Table de :func:`observatoire.indicateurs.calculer_resultats` : ses villes et leurs indicateurs.
    groupes : mapping of str to iterable of str
        Ville → codes de ses villes comparables.
    catalogue : Catalogue
        Règles et chiffres publiés.
    intercommunalite : bool
        Faux si l’édition a déjà calculé la sienne sur ses IRIS.

    Returns
    -------
    pandas.DataFrame
        ``COLONNES_REFERENCES`` ; sans valeur, ``statut`` est ``absent`` et ``note`` dit pourquoi. Une
        ville fictive n’a pas de référence réelle.
    """
    lignes = resultats[resultats["type_territoire"] == TypeTerritoire.COMMUNE.value]
    stocks = {i.id for i in catalogue.indicateurs.values() if i.est_stock}
    lignes = lignes[~lignes["indicateur"].isin(stocks)]
    lignes = lignes[~lignes["code_territoire"].map(est_fictive).astype(bool)]
    if lignes.empty:
        return pd.DataFrame(columns=COLONNES_REFERENCES)
    paires = lignes[["indicateur", "millesime"]].drop_duplicates()
    villes = sorted(lignes["code_territoire"].unique())
    ensembles = _Ensembles(nation, communes, groupes)
    appartenances, chiffres = [], []
    for reference, ville_vers_cle in ensembles.cles(villes, avec_epci=intercommunalite).items():
        appartenances += [(v, reference.value, c) for v, c in ville_vers_cle.items()]
        for cle in sorted(set(ville_vers_cle.values())):
            membres, raison = ensembles.membres(reference, cle)
            for indicateur, millesime in paires.itertuples(index=False):
                declare = catalogue.indicateurs[indicateur]
                ligne = (
                    _absente(raison)
                    if raison
                    else valeur_d_ensemble(communes, membres, declare, int(millesime))
                )
                chiffres.append((reference.value, cle, indicateur, millesime, ligne))
    quartiers = _Quartiers(nation, catalogue)
    appartenances += [(v, Reference.QPV_FRANCE.value, "qpv") for v in villes]
    for indicateur, millesime in paires.itertuples(index=False):
        ligne = quartiers.valeur(catalogue.indicateurs[indicateur], int(millesime))
        chiffres.append((Reference.QPV_FRANCE.value, "qpv", indicateur, millesime, ligne))
    table = _assembler(lignes, appartenances, _superposer_publies(chiffres, catalogue))
    return table[COLONNES_REFERENCES]


class _Ensembles:
    """Quelles communes composent chaque ensemble."""

    def __init__(
        self, nation: Nation, communes: Communes, groupes: Mapping[str, Iterable[str]]
    ) -> None:
        self.communes = communes
        self.groupes = {v: tuple(g) for v, g in groupes.items()}
        self.sirens = nation.intercommunalites
        self.departements = np.array([departement(c) for c in communes.index.to_numpy(object)])

    def cles(self, villes: Iterable[str], *, avec_epci: bool) -> dict[Reference, dict[str, str]]:
        """Référence → ville → nom de son ensemble ; une ville sans intercommunalité connue n’y est pas."""
        villes = list(villes)
        sirens = {v: s for v in villes if (s := str(self.sirens.get(v, "")))} if avec_epci else {}
        return {
            Reference.EPCI: sirens,
            Reference.DEPARTEMENT: {v: departement(v) for v in villes},
            Reference.FRANCE: dict.fromkeys(villes, "france"),
            Reference.VILLES_COMPARABLES: {v: v for v in villes},
        }

    def membres(self, reference: Reference, cle: str) -> tuple[Rangs, str]:
        """Rangs des communes, et la raison pour laquelle l’ensemble ne peut être formé."""
        if not len(self.communes.index):
            return np.array([], dtype=np.int64), "aucune table nationale par commune"
        if reference is Reference.FRANCE:
            return np.arange(len(self.communes.index)), ""
        if reference is Reference.DEPARTEMENT:
            return np.flatnonzero(self.departements == cle), ""
        codes = list(self.groupes.get(cle, ()))
        if reference is Reference.EPCI:
            codes = sorted({code_ville(str(c)) for c in self.sirens.index[self.sirens == cle]})
        elif not codes:
            return np.array([], dtype=np.int64), "aucune ville comparable n’a pu être choisie"
        rangs = self.communes.index.get_indexer(pd.Index(codes, dtype="str"))
        absentes = [c for c, r in zip(codes, rangs, strict=True) if r < 0]
        if absentes:
            return rangs, f"communes absentes des tables nationales : {', '.join(absentes[:8])}"
        return rangs, ""


def _absente(raison: str) -> dict[str, Any]:
    return {
        "valeur": float("nan"),
        "statut": Statut.ABSENT.value,
        "methode": Methode.AUCUNE.value,
        "part_couverte": float("nan"),
        "imprecision": 0.0,
        "note": raison,
    }


class _Quartiers:
    """Chiffres publiés par quartier, et la ligne de leur ensemble s’il y en a une."""

    def __init__(self, nation: Nation, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.tables: list[TableNationale] = []
        self.ensembles: dict[tuple[str, int], float] = {}
        for table in nation.quartiers:
            if len(table.valeurs) < _QUARTIERS_MIN:
                continue
            ligne = catalogue.sources[table.source].ligne_ensemble
            if ligne in table.valeurs.index:
                for variable in map(str, table.valeurs.columns):
                    valeur = float(table.valeurs[variable].loc[ligne])
                    self.ensembles.setdefault((variable, table.millesime), valeur)
            quartiers = table.valeurs.drop(index=ligne, errors="ignore")
            self.tables.append(replace(table, valeurs=quartiers))

    def serie(self, variable: str, millesime: int, *, proche: bool = False) -> pd.Series | None:
        """Valeurs par quartier ; avec ``proche``, de l’année la plus proche."""
        for table in sorted(self.tables, key=lambda t: abs(t.millesime - millesime)):
            if variable in table.valeurs and (proche or table.millesime == millesime):
                return table.valeurs[variable]
        return None

    def valeur(self, indicateur: Indicateur, millesime: int) -> dict[str, Any]:
        """Ligne que le producteur publie pour l’ensemble, sinon les quartiers publiés réunis."""
        publiee = self.ensembles.get((indicateur.diffusee, millesime), float("nan"))
        if not np.isfinite(publiee):
            return self._reunir(indicateur, millesime)
        return {
            **_absente("ligne « ensemble des QPV » du producteur"),
            "valeur": publiee,
            "statut": Statut.PUBLIE.value,
            "methode": Methode.PUBLIE.value,
            "part_couverte": 1.0,
        }

    def _reunir(self, indicateur: Indicateur, millesime: int) -> dict[str, Any]:
        population = self.serie("population", millesime, proche=True)
        if population is None:
            return _absente("aucune table nationale ne donne la population des quartiers")
        termes = self._termes(indicateur, millesime, population)
        if isinstance(termes, str):
            return _absente(termes)
        numerateur, denominateur = termes
        connus = numerateur.notna() & denominateur.notna() & population.notna()
        part = float(population[connus].sum() / population.sum())
        if part < self.catalogue.ensembles.part_quartiers_min:
            raison = f"{100 * part:.0f}{FINE}% des habitants couverts, trop peu"
            return {**_absente(raison), "part_couverte": part}
        x, n = float(numerateur[connus].sum()), float(denominateur[connus].sum())
        x = n - x if indicateur.complement else x
        return {
            **_absente(
                f"{int(connus.sum())} quartiers publiés sur {int(population.notna().sum())}"
            ),
            "valeur": (x / n) * (1 if indicateur.calcul == "rapport" else 100),
            "statut": Statut.ESTIME.value,
            "methode": Methode.QUARTIERS_REUNIS.value,
            "part_couverte": part,
        }

    def _termes(
        self, indicateur: Indicateur, millesime: int, population: pd.Series
    ) -> tuple[pd.Series, pd.Series] | str:
        """Numérateur et dénominateur par quartier, ou la raison pour laquelle ils manquent."""
        if indicateur.calcul == "taux_diffuse":
            taux = self.serie(indicateur.diffusee, millesime)
            if taux is None:
                return "aucune table ne le publie pour les quartiers"
            return taux.reindex(population.index) / 100 * population, population
        if indicateur.calcul not in {"part", "rapport"}:
            return "ne se combine pas d’un quartier à l’autre"
        series = {v: self.serie(v, millesime) for v in indicateur.composantes}
        connues = {v: s.reindex(population.index) for v, s in series.items() if s is not None}
        if len(connues) < len(series):
            return "aucune table n’en publie les effectifs pour les quartiers"
        sommes = (
            pd.DataFrame({v: connues[v] for v in variables}).sum(axis=1, skipna=False)
            for variables in (indicateur.numerateur, indicateur.denominateur)
        )
        numerateur, denominateur = sommes
        return numerateur, denominateur


def _superposer_publies(
    chiffres: list[tuple[str, str, Any, Any, dict[str, Any]]], catalogue: Catalogue
) -> list[tuple[str, str, Any, Any, dict[str, Any]]]:
    """Mettre les chiffres nationaux que le producteur publie ; la note garde notre calcul."""
    publies: dict[tuple[str, str, int], ChiffreNational] = {
        (c.reference, c.indicateur, c.millesime): c for c in catalogue.chiffres_nationaux.values()
    }
    superposes = []
    for reference, cle, indicateur, millesime, ligne in chiffres:
        publie = publies.get((reference, indicateur, int(millesime)))
        superposes.append(
            (reference, cle, indicateur, millesime, ligne)
            if publie is None
            else (reference, cle, indicateur, millesime, _publiee(publie, ligne, catalogue))
        )
    return superposes


def _publiee(
    publie: ChiffreNational, calculee: Mapping[str, Any], catalogue: Catalogue
) -> dict[str, Any]:
    note = f"Insee, {publie.champ} ({publie.page})"
    if np.isfinite(calculee["valeur"]):
        unite = catalogue.indicateurs[publie.indicateur].unite
        note += f" ; notre calcul : {ecrire_valeur(float(calculee['valeur']), unite)}"
        if calculee["note"]:
            note += f", {calculee['note']}"
    return {
        **_absente(note),
        "valeur": publie.valeur,
        "statut": Statut.PUBLIE.value,
        "methode": Methode.PUBLIE.value,
        "part_couverte": 1.0,
    }


def _assembler(
    lignes: pd.DataFrame,
    appartenances: list[tuple[str, str, str]],
    chiffres: list[tuple[str, str, Any, Any, dict[str, Any]]],
) -> pd.DataFrame:
    demandes = lignes[["code_territoire", "indicateur", "millesime"]].rename(
        columns={"code_territoire": "code_commune"}
    )
    membres = pd.DataFrame(appartenances, columns=["code_commune", "reference", "cle"])
    cles = ["reference", "cle", "indicateur", "millesime"]
    valeurs = pd.DataFrame([c[:4] for c in chiffres], columns=cles).join(
        pd.DataFrame([c[4] for c in chiffres], columns=COLONNES_ENSEMBLE)
    )
    valeurs["millesime"] = valeurs["millesime"].astype(demandes["millesime"].dtype)
    table = demandes.merge(membres, on="code_commune", how="inner", validate="many_to_many")
    return table.merge(valeurs, on=cles, how="left", validate="many_to_one")
