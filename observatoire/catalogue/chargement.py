"""Chargement et vérification du catalogue TOML, toutes les fautes d’un coup."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from observatoire.catalogue.inegalites import ReglesInegalites
from observatoire.catalogue.modeles import (
    MESURES_LIEUX,
    Catalogue,
    Indicateur,
    Regles,
    Source,
    Telechargement,
    Theme,
    Variable,
)
from observatoire.catalogue.references import ChiffreNational, Comparables, Ensembles
from observatoire.catalogue.temps import ReglesTemps, fautes_des_regles
from observatoire.erreurs import Anomalie, ErreurCatalogue, lever_si_erreurs

__all__ = ["charger_catalogue", "dossier_catalogue"]

_M = TypeVar("_M", bound=BaseModel)

_MESSAGES = {
    "extra_forbidden": "clé inconnue",
    "missing": "clé obligatoire absente",
    "literal_error": "valeur hors de la liste permise",
    "string_too_short": "texte vide",
}


_ENTRE_APOSTROPHES = re.compile(r"'([^']*)'")
_POSITION = re.compile(r" \(at line (\d+), column \d+\)$")


def dossier_catalogue() -> Path:
    """Dossier des déclarations livrées avec le paquet."""
    return Path(__file__).resolve().parent


def charger_catalogue(*dossiers: Path) -> Catalogue:
    """Charger le catalogue, complété par des dossiers de la ville.

    Parameters
    ----------
    *dossiers : pathlib.Path
        Dossiers de même forme que celui du paquet (``sources/``, ``indicateurs/``,
        ``variables.toml``, ``references.toml``, ``temps.toml``), lus après lui ; ils peuvent ajouter
        des déclarations, jamais en redéfinir une en silence. Un fichier ``adresses.toml``
        y donne la nouvelle adresse d’un fichier que le producteur a déplacé.

    Returns
    -------
    Catalogue
        Déclarations vérifiées entre elles.

    Raises
    ------
    ErreurCatalogue
        Toutes les fautes, chacune avec son fichier, sa table et sa clé.
    """
    return _charger((dossier_catalogue(), *(Path(d).resolve() for d in dossiers)))


@lru_cache(maxsize=8)
def _charger_en_memoire(
    dossiers: tuple[Path, ...], _etat: tuple[tuple[str, int], ...]
) -> Catalogue:
    lecteur = _Lecteur()
    for dossier in dossiers:
        lecteur.lire_dossier(dossier)
    return lecteur.conclure()


def _charger(dossiers: tuple[Path, ...]) -> Catalogue:
    etat = tuple(
        (str(f), f.stat().st_mtime_ns) for d in dossiers for f in sorted(d.rglob("*.toml"))
    )
    return _charger_en_memoire(dossiers, etat)


class _Lecteur:
    """Accumule les déclarations et les fautes, puis conclut une seule fois."""

    def __init__(self) -> None:
        self.anomalies: list[Anomalie] = []
        self.sources: dict[str, Source] = {}
        self.variables: dict[str, Variable] = {}
        self.indicateurs: dict[str, Indicateur] = {}
        self.themes: dict[str, Theme] = {}
        self.regles: dict[str, Any] = {}
        self.inegalites: dict[str, Any] = {}
        self.temps: dict[str, Any] = {}
        self.ensembles: dict[str, Any] = {}
        self.comparables: dict[str, Any] = {}
        self.chiffres: dict[str, ChiffreNational] = {}
        self.lieux: dict[tuple[type[BaseModel], str], Path] = {}
        """Fichier de chaque déclaration : une ville range les siennes où elle veut."""
        self.empreinte = hashlib.sha256()

    def lire_dossier(self, dossier: Path) -> None:
        fichiers = sorted(dossier.glob("sources/*.toml"))
        for fichier in fichiers:
            self._lire_tables(fichier, Source, self.sources)
        for fichier in (f for f in [dossier / "variables.toml"] if f.is_file()):
            self._lire_tables(fichier, Variable, self.variables)
        for fichier in sorted(dossier.glob("indicateurs/*.toml")):
            self._lire_tables(fichier, Indicateur, self.indicateurs)
        references = dossier / "references.toml"
        if references.is_file():
            brut = self._lire(references)
            self._ajouter_tables(references, brut.pop("themes", {}), Theme, self.themes)
            self.regles |= brut.pop("regles", {})
            self.ensembles |= brut.pop("ensembles", {})
            self._completer_comparables(brut.pop("comparables", {}))
            self._ajouter_tables(
                references, brut.pop("chiffres_nationaux", {}), ChiffreNational, self.chiffres
            )
            for cle in brut:
                self._faute("table inconnue", references, cle)
        inegalites = dossier / "inegalites.toml"
        if inegalites.is_file():
            # Une ville remplace une table entière : un réglage à moitié repris ne voudrait rien dire.
            self.inegalites |= self._lire(inegalites)
        temps = dossier / "temps.toml"
        if temps.is_file():
            self._ajouter_temps(temps)
        adresses = dossier / "adresses.toml"
        if adresses.is_file():
            self._deplacer(adresses)

    def _ajouter_temps(self, fichier: Path) -> None:
        """Une ville ajoute des familles ; elle ne redéfinit rien en silence."""
        for cle, table in self._lire(fichier).items():
            if cle == "familles" and isinstance(table, dict):
                connues = self.temps.setdefault("familles", {})
                for nom, famille in table.items():
                    if nom in connues:
                        self._faute("déclaration en double", fichier, f"familles.{nom}")
                    connues.setdefault(nom, famille)
            elif cle in self.temps:
                self._faute("déclaration en double", fichier, cle)
            else:
                self.temps[cle] = table

    def _completer_comparables(self, brut: dict[str, Any]) -> None:
        """Une ville peut ajouter son groupe sans redire les règles du paquet."""
        groupes = {**self.comparables.get("groupes", {}), **brut.pop("groupes", {})}
        self.comparables |= {**brut, "groupes": groupes}

    def _deplacer(self, fichier: Path) -> None:
        """Remplacer des adresses de téléchargement : ``[source]``, puis ``année = "https://…"``."""
        for identifiant, table in self._lire(fichier).items():
            source = self.sources.get(identifiant)
            if source is None or not isinstance(table, dict):
                remede = "prenez l’identifiant de la source dans « observatoire sources --json »"
                self._faute("source inconnue", fichier, identifiant, remede)
                continue
            for annee, adresse in table.items():
                neuves = []
                for t in source.telechargements:
                    if str(t.millesime) == annee and not t.par_commune:
                        # Le nom dans le cache ne change pas avec l’adresse.
                        champs = {**t.model_dump(), "adresse": adresse, "fichier": t.nom_fichier()}
                        try:
                            neuves.append(Telechargement.model_validate(champs))
                        except ValidationError as erreur:
                            self._traduire(erreur, fichier, f"{identifiant}.{annee}")
                        continue
                    neuves.append(t)
                if annee not in {str(t.millesime) for t in source.telechargements}:
                    self._faute(
                        f"année sans téléchargement déclaré : {annee}",
                        fichier,
                        identifiant,
                        "prenez une année que « observatoire sources » énumère",
                    )
                source = source.model_copy(update={"telechargements": tuple(neuves)})
            self.sources[identifiant] = source

    def _lire(self, fichier: Path) -> dict[str, Any]:
        contenu = fichier.read_bytes()
        self.empreinte.update(fichier.name.encode() + b"\0" + contenu)
        try:
            return tomllib.loads(contenu.decode("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as erreur:
            ligne = _POSITION.search(str(erreur))
            self.anomalies.append(
                Anomalie(
                    f"TOML illisible ({_POSITION.sub('', str(erreur))})",
                    fichier.name,
                    int(ligne.group(1)) if ligne else None,
                    remede="corrigez le fichier TOML",
                )
            )
            return {}

    def _lire_tables(self, fichier: Path, modele: type[_M], cible: dict[str, _M]) -> None:
        self._ajouter_tables(fichier, self._lire(fichier), modele, cible)

    def _ajouter_tables(
        self, fichier: Path, tables: Mapping[str, Any], modele: type[_M], cible: dict[str, _M]
    ) -> None:
        for identifiant, table in tables.items():
            if not isinstance(table, dict):
                self._faute("clé hors de toute table", fichier, identifiant)
                continue
            if identifiant in cible:
                self._faute(
                    "déclaration en double", fichier, identifiant, "choisissez un autre identifiant"
                )
                continue
            self.lieux[modele, identifiant] = fichier
            try:
                cible[identifiant] = modele.model_validate({"id": identifiant, **table})
            except ValidationError as erreur:
                self._traduire(erreur, fichier, identifiant)

    def _traduire(self, erreur: ValidationError, fichier: Path, table: str) -> None:
        for detail in erreur.errors():
            cle = ".".join(str(p) for p in detail["loc"]) or "(table)"
            motif = _MESSAGES.get(detail["type"], detail["msg"].removeprefix("Value error, "))
            if detail["type"] == "literal_error":
                permis = ", ".join(_ENTRE_APOSTROPHES.findall(detail["ctx"]["expected"]))
                motif += f" : « {detail['input']} » ; permis : {permis}"
            self._faute(motif, fichier, f"{table}.{cle}")

    def _faute(
        self, message: str, fichier: Path, colonne: str, remede: str = "corrigez le fichier TOML"
    ) -> None:
        self.anomalies.append(Anomalie(message, fichier.name, colonne=colonne, remede=remede))

    def _verifier_references(self) -> None:
        for variable in self.variables.values():
            lieu = self.lieux[Variable, variable.id]
            for source in set(variable.sources) - set(self.sources):
                self._faute(f"source inconnue « {source} »", lieu, variable.id)
            self._verifier_mesures(variable, lieu)
        for declaree in self.sources.values():
            for autre in (declaree.incluse_dans, declaree.localisation):
                if autre and autre not in self.sources:
                    self._faute(
                        f"source inconnue « {autre} »", self.lieux[Source, declaree.id], declaree.id
                    )
        for indicateur in self.indicateurs.values():
            lieu = self.lieux[Indicateur, indicateur.id]
            for nom in set(indicateur.variables) - set(self.variables):
                self._faute(
                    f"variable inconnue « {nom} »",
                    lieu,
                    indicateur.id,
                    "déclarez-la dans variables.toml",
                )
            if indicateur.alignement and indicateur.alignement not in self.indicateurs:
                self._faute(
                    f"indicateur inconnu « {indicateur.alignement} »",
                    lieu,
                    f"{indicateur.id}.alignement",
                )
            if indicateur.theme not in self.themes:
                self._faute(f"thème inconnu « {indicateur.theme} »", lieu, indicateur.id)

    def _verifier_mesures(self, variable: Variable, lieu: Path) -> None:
        """Une source d’établissements n’a que des mesures connues ; une d’équipements, des genres."""
        for nom in set(variable.sources) & set(self.sources):
            source = self.sources[nom]
            if source.type != "lieux" or "genre" in source.colonnes:
                continue
            termes = {t for formule in variable.sources_en_termes(nom) for t in formule}
            for terme in sorted(termes - MESURES_LIEUX):
                permises = ", ".join(sorted(MESURES_LIEUX))
                self._faute(
                    f"mesure inconnue « {terme} » ; permis : {permises}",
                    lieu,
                    f"{variable.id}.sources.{nom}",
                )

    def _verifier_ensembles(self, ensembles: Ensembles, comparables: Comparables) -> None:
        """Variables et indicateurs que nomment les règles des références."""
        lieu = Path("references.toml")
        nommees = {
            "ensembles.poids": ensembles.poids,
            "ensembles.completer": tuple(ensembles.completer.values()),
            "comparables.indicateurs": tuple(comparables.indicateurs),
        }
        for table, noms in nommees.items():
            for nom in set(noms) - set(self.variables):
                self._faute(f"variable inconnue « {nom} »", lieu, table)
        for nom in set(ensembles.completer) - set(self.indicateurs):
            self._faute(f"indicateur inconnu « {nom} »", lieu, "ensembles.completer")
        for chiffre in self.chiffres.values():
            if chiffre.indicateur not in self.indicateurs:
                self._faute(
                    f"indicateur inconnu « {chiffre.indicateur} »",
                    lieu,
                    f"chiffres_nationaux.{chiffre.id}",
                )

    def _valider(
        self, modele: type[_M], brut: dict[str, Any], table: str, fichier: str = "references.toml"
    ) -> _M | None:
        try:
            return modele.model_validate(brut)
        except ValidationError as erreur:
            self._traduire(erreur, Path(fichier), table)
            return None

    def conclure(self) -> Catalogue:
        regles = self._valider(Regles, self.regles, "regles")
        ensembles = self._valider(Ensembles, self.ensembles, "ensembles")
        comparables = self._valider(Comparables, self.comparables, "comparables")
        temps = self._valider(ReglesTemps, self.temps, "temps", fichier="temps.toml")
        inegalites = self._conclure_inegalites()
        self._verifier_references()
        if ensembles is not None and comparables is not None:
            self._verifier_ensembles(ensembles, comparables)
        self._lever()
        assert regles is not None
        assert ensembles is not None
        assert comparables is not None
        assert inegalites is not None
        assert temps is not None
        catalogue = Catalogue(
            sources=self.sources,
            variables=self.variables,
            indicateurs=self.indicateurs,
            themes=self.themes,
            regles=regles,
            inegalites=inegalites,
            temps=temps,
            ensembles=ensembles,
            comparables=comparables,
            chiffres_nationaux=self.chiffres,
            empreinte=self.empreinte.hexdigest(),
        )
        for cle, faute in fautes_des_regles(catalogue):
            self._faute(faute, Path("temps.toml"), cle)
        self._lever()
        return catalogue

    def _conclure_inegalites(self) -> ReglesInegalites | None:
        lieu = "inegalites.toml"
        regles = self._valider(ReglesInegalites, self.inegalites, "inegalites", fichier=lieu)
        for cle, nom in regles.cites() if regles is not None else ():
            if nom not in self.indicateurs:
                self._faute(f"indicateur inconnu « {nom} »", Path(lieu), cle)
        return regles

    def _lever(self) -> None:
        lever_si_erreurs(
            "Le catalogue comporte des fautes :", self.anomalies, classe=ErreurCatalogue
        )
