"""Lecture d’une édition publiée ; les écrans et les documents ne lisent qu’elle."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import pandas as pd

from observatoire.chemins import Chemins
from observatoire.domaine import Methode, NomDeZones
from observatoire.editions.publication import FORMAT_EDITION
from observatoire.erreurs import ErreurEdition
from observatoire.ingestion.modeles import empreinte_fichier
from observatoire.perimetre import perimetre_nomme

__all__ = ["Edition", "charger_edition", "edition_courante", "villes_publiees"]

_COUCHES = ("iris", "qpv", "secteurs", "communes", "eau")
_TABLES_PAR_VILLE = ("resultats", "references")
_Table = TypeVar("_Table", bound=pd.DataFrame)


@dataclass(frozen=True)
class Edition:
    """Une édition publiée, lue à la demande et gardée en mémoire.

    Les colonnes de ``resultats`` et ``ecarts`` sont décrites dans
    ``docs/architecture.md`` ; les couches sont dans la projection légale, en mètres.
    """

    dossier: Path
    manifeste: Mapping[str, Any]

    @property
    def identifiant(self) -> str:
        """Nom de l’édition : date et suffixe."""
        return str(self.manifeste["edition"])

    @property
    def code_commune(self) -> str:
        """Code officiel de la ville."""
        return str(self.manifeste["code_commune"])

    @property
    def nom_commune(self) -> str:
        """Nom de la ville."""
        return str(self.manifeste["nom_commune"])

    @property
    def perimetre(self) -> str:
        """« ville », « epci » ou « france »."""
        return str(self.manifeste.get("perimetre", "ville"))

    @property
    def villes(self) -> Mapping[str, str]:
        """Code et nom des villes que l’édition contient."""
        return dict(self.manifeste.get("villes", {self.code_commune: self.nom_commune}))

    @property
    def est_fictive(self) -> bool:
        """Vrai pour la ville de démonstration : à dire sur chaque écran."""
        return bool(self.manifeste["ville_fictive"])

    @cached_property
    def resultats(self) -> pd.DataFrame:
        """Valeurs, une ligne par territoire, indicateur et millésime."""
        return self._table("resultats")

    @cached_property
    def ecarts(self) -> pd.DataFrame:
        """Écarts, une ligne par territoire, indicateur, millésime et référence."""
        return self._table("ecarts")

    @cached_property
    def references(self) -> pd.DataFrame:
        """Valeurs de référence, une ligne par indicateur, millésime et référence."""
        return self._table("references")

    @cached_property
    def couches(self) -> dict[str, gpd.GeoDataFrame]:
        """Couches ``iris, qpv, secteurs, communes, eau``, et une par découpage de la ville."""
        couches = {nom: gpd.read_parquet(self._chemin(nom)) for nom in _COUCHES}
        return couches | self._couches_locales()

    @cached_property
    def familles(self) -> dict[str, NomDeZones]:
        """Découpages de la ville, autres que les secteurs → nom de leurs zones."""
        table = self.complement("familles")
        if table.empty:
            return {}
        # Une édition antérieure ne connaît pas le genre.
        genres = table["genre"] if "genre" in table else [""] * len(table)
        noms = zip(table["famille"], table["singulier"], table["pluriel"], genres, strict=True)
        return {str(f): NomDeZones(str(s), str(p), str(g)) for f, s, p, g in noms if f != "secteur"}

    def _couches_locales(self, **options: Any) -> dict[str, gpd.GeoDataFrame]:
        if "territoires_locaux" not in self.manifeste["fichiers"]:
            return {}
        tous = gpd.read_parquet(self._chemin("territoires_locaux"), **options)
        return {
            str(f): couche.reset_index(drop=True)
            for f, couche in tous.groupby("famille", sort=True)
        }

    def complement(self, nom: str) -> pd.DataFrame:
        """Table que toutes les éditions n’ont pas (``evolutions``, ``inegalites``…).

        Parameters
        ----------
        nom : str
            Nom de la table, sans extension.

        Returns
        -------
        pandas.DataFrame
            Lignes de l’édition ; vide et sans colonne si elle a été écrite avant que la table n’existe.
        """
        if nom not in self.manifeste["fichiers"]:
            return pd.DataFrame()
        return _garder(self, "_complements", nom, self._lire_complement)

    def _lire_complement(self, nom: str) -> pd.DataFrame:
        return self._table(nom)

    def couche_complementaire(self, nom: str) -> gpd.GeoDataFrame | None:
        """Table complémentaire qui porte des contours, dans la projection des couches de l’édition.

        Returns
        -------
        geopandas.GeoDataFrame or None
            ``None`` si l’édition a été écrite avant que la table n’existe.
        """
        if nom not in self.manifeste["fichiers"]:
            return None
        return _garder(self, "_couches_complementaires", nom, self._lire_couche)

    def _lire_couche(self, nom: str) -> gpd.GeoDataFrame:
        return gpd.read_parquet(self._chemin(nom))

    def citation(self, indicateur: str, millesime: int) -> str:
        """Ligne de source complète d’un indicateur : jeux, dates, licence, traitement."""
        return self.citer([(indicateur, millesime)])

    def citer(self, chiffres: Iterable[tuple[str, int]]) -> str:
        """Ligne de source de plusieurs chiffres ensemble, pour le tableau ou la page qui les réunit.

        Parameters
        ----------
        chiffres : iterable of (str, int)
            Indicateurs et millésimes ; leurs jeux sont nommés une fois, dans cet ordre.
        """
        cites = list(dict.fromkeys(chiffres))
        table = self.resultats[self.resultats["indicateur"].isin({i for i, _ in cites})]
        lignes = pd.concat(
            [
                table.iloc[:0],
                *(table[(table["indicateur"] == i) & (table["millesime"] == a)] for i, a in cites),
            ]
        )
        # Un rapport de deux jeux les nomme tous deux : chacun n’est dit qu’une fois.
        jeux = [jeu for s in lignes["source"].unique() if s for jeu in s.split(" ; ")]
        if (lignes["methode"] == Methode.CARREAUX.value).any():
            jeux += [e["citation"] for e in self.manifeste["entrees"] if e["niveau"] == "carreau"]
        tous = " ; ".join(dict.fromkeys([*jeux, *self.manifeste["sources_geographiques"]]))
        if self.est_fictive:
            return f"Données fictives, aux formats de : {tous}. Ville fictive, traitement : Observatoire."
        return f"Source : {tous} – traitement : Observatoire. Licence Ouverte 2.0."

    def verifier(self) -> None:
        """Vérifier l’empreinte de chaque fichier de l’édition.

        Raises
        ------
        ErreurEdition
            Si un fichier manque ou a changé depuis la publication.
        """
        for nom, attendue in self.manifeste["fichiers"].items():
            chemin = self._chemin(nom)
            if empreinte_fichier(chemin) != attendue:
                raise ErreurEdition(
                    f"Le fichier « {chemin.name} » de l’édition {self.identifiant} a changé depuis sa publication : "
                    "relancez « observatoire actualiser »."
                )

    def _chemin(self, nom: str) -> Path:
        chemin = self.dossier / f"{nom}.parquet"
        if not chemin.is_file():
            raise ErreurEdition(
                f"L’édition {self.dossier.name} est incomplète : « {chemin.name} » manque. Relancez « observatoire actualiser »."
            )
        return chemin

    def _table(self, nom: str, **options: Any) -> pd.DataFrame:
        chemin = self._chemin(nom)
        try:
            table = pd.read_parquet(chemin, **options)
        except (OSError, ValueError) as erreur:
            raise ErreurEdition(
                f"« {chemin.name} » est illisible ({erreur}) : relancez « observatoire actualiser »."
            ) from erreur
        if nom in _TABLES_PAR_VILLE and "code_commune" not in table:
            # Les éditions d’une seule ville n’écrivaient pas à laquelle un territoire est comparé.
            table["code_commune"] = self.code_commune
        return table


def _garder(edition: Edition, genre: str, nom: str, lire: Callable[[str], _Table]) -> _Table:
    """Table lue une seule fois par édition ouverte."""
    tables: dict[str, _Table] = edition.__dict__.setdefault(genre, {})
    if nom not in tables:
        tables[nom] = lire(nom)
    return tables[nom]


def charger_edition(dossier: Path) -> Edition:
    """Ouvrir une édition par son dossier.

    Raises
    ------
    ErreurEdition
        Si le manifeste manque, est illisible ou d’un format inconnu.
    """
    chemin = dossier / "manifeste.json"
    try:
        manifeste = json.loads(chemin.read_text(encoding="utf-8"))
    except FileNotFoundError as erreur:
        raise ErreurEdition(
            f"Aucune édition dans « {dossier} » : lancez « observatoire actualiser »."
        ) from erreur
    except (OSError, ValueError) as erreur:
        raise ErreurEdition(
            f"Le manifeste « {chemin.name} » est illisible ({erreur}) : relancez « observatoire actualiser »."
        ) from erreur
    if manifeste.get("format") != FORMAT_EDITION:
        raise ErreurEdition(
            f"L’édition {dossier.name} a un format inconnu : relancez « observatoire actualiser »."
        )
    return Edition(dossier, manifeste)


def edition_courante(chemins: Chemins, code_commune: str) -> Edition:
    """Édition courante d’une ville.

    Raises
    ------
    ErreurEdition
        Si la ville n’a pas d’édition.
    """
    pointeur = chemins.pointeur(code_commune)
    perimetre = perimetre_nomme(code_commune)
    try:
        identifiant = pointeur.read_text(encoding="utf-8").strip()
    except FileNotFoundError as erreur:
        raise ErreurEdition(
            f"Aucune édition {perimetre.designation.replace('de la', 'pour la', 1).replace('de l’', 'pour l’', 1)} : "
            f"lancez « observatoire actualiser {perimetre.option} »."
        ) from erreur
    return charger_edition(chemins.ville(code_commune) / identifiant)


def villes_publiees(chemins: Chemins) -> list[str]:
    """Codes des villes qui ont une édition courante, la plus récente d’abord."""
    if not chemins.editions.is_dir():
        return []
    pointeurs = [p for p in chemins.editions.glob("*/courante.txt") if p.is_file()]
    return [
        p.parent.name for p in sorted(pointeurs, key=lambda p: p.stat().st_mtime_ns, reverse=True)
    ]
