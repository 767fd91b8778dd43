"""Structure d’un document : ce qu’il contient, sans dire comment cela se présente."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd

from observatoire.cartes.modeles import VueCarte
from observatoire.catalogue import Indicateur
from observatoire.domaine import Reference, Statut
from observatoire.exports.lignes import Chiffre, autre
from observatoire.exports.profils import Profil
from observatoire.exports.reperes import AVIS_FICTIF, Definition, SourceCitee
from observatoire.exports.texte import lier

__all__ = [
    "Cartouche",
    "Colonne",
    "Contenu",
    "Identite",
    "Ligne",
    "Serie",
    "Tableau",
    "tableau_chiffres",
    "valeurs_citees",
]


@dataclass(frozen=True, slots=True)
class Colonne:
    """Un indicateur du tableau des écarts."""

    indicateur: Indicateur
    millesime: int
    texte_reference: str
    """Valeur du territoire de comparaison, écrite."""
    valeur_reference: float
    """NaN si elle n’est pas connue."""

    @property
    def entete(self) -> str:
        """Nom court, pour une tête de colonne étroite."""
        return lier(self.indicateur.court)


@dataclass(frozen=True, slots=True)
class Ligne:
    """Un quartier du tableau des écarts."""

    code: str
    nom: str
    habitants: str
    chiffres: tuple[Chiffre, ...]


@dataclass(frozen=True, slots=True)
class Tableau:
    """Quartiers × indicateurs ; les colonnes ont toutes leur millésime."""

    titre: str
    colonnes: tuple[Colonne, ...]
    lignes: tuple[Ligne, ...]
    nom_reference: str
    alternative: str
    source: str
    """Sources de ses seuls chiffres, écrites sous lui : un tableau se recopie sans son document."""


@dataclass(frozen=True, slots=True)
class Serie:
    """Un indicateur, tous les quartiers, une même échelle."""

    colonne: Colonne
    message: str
    noms: tuple[str, ...]
    chiffres: tuple[Chiffre, ...]
    echelle: tuple[float, float]
    source: str

    @property
    def titre(self) -> str:
        """« Taux de pauvreté, 2021 »."""
        return f"{self.colonne.indicateur.libelle}, {self.colonne.millesime}"


@dataclass(frozen=True, slots=True)
class Cartouche:
    """Identité d’un document qui n’a pas le contenu d’une note."""

    surtitre: str
    titre: str
    nom_document: str
    nom_ville: str
    edition: str
    date_edition: str
    publiee_le: str
    identifiant: str
    avis_fictif: str


@dataclass(frozen=True, slots=True)
class Contenu:
    """Tout ce qu’un document dit."""

    surtitre: str
    titre: str
    nom_document: str
    """Titre pour les propriétés du fichier."""
    code_commune: str
    nom_ville: str
    est_fictive: bool
    reference: str
    nom_reference: str
    edition: str
    date_edition: str
    publiee_le: str
    """Instant de publication de l’édition, ISO 8601."""
    identifiant: str
    synthese: tuple[str, ...]
    cartes: tuple[VueCarte, ...]
    tableau: Tableau
    lecture: tuple[str, ...]
    """Ce que dit le tableau : une phrase par indicateur comparable, une pour les autres."""
    series: tuple[Serie, ...]
    """Premiers indicateurs comparables, tous quartiers sur une même échelle."""
    profils: tuple[Profil, ...]
    avis_profils: str
    methode: tuple[Definition, ...]
    precautions: tuple[str, ...]
    glossaire: tuple[Definition, ...]
    definitions: tuple[Definition, ...]
    sources: tuple[SourceCitee, ...]
    citation: str
    """Sources de tous les chiffres du tableau, et donc de la synthèse."""

    @property
    def titre_profils(self) -> str:
        """Titre de la partie où chaque quartier est détaillé."""
        return "Quartier par quartier" if len(self.tableau.lignes) > 1 else "Le quartier en détail"

    @property
    def avis_fictif(self) -> str:
        """À écrire sur chaque page d’une ville inventée ; vide sinon."""
        return AVIS_FICTIF if self.est_fictive else ""

    @property
    def autre_reference(self) -> str:
        """Nom de la référence qui a son propre signe, le carré gris ; vide pour la ville."""
        return self.nom_reference if autre(self.reference) else ""


Identite: TypeAlias = Contenu | Cartouche
"""Ce que toute page d’un document dit de lui : titre, édition, identifiant."""


def tableau_chiffres(tableau: Tableau) -> list[Chiffre]:
    """Tous les chiffres d’un tableau, ligne par ligne."""
    return [c for ligne in tableau.lignes for c in ligne.chiffres]


def valeurs_citees(contenu: Contenu) -> pd.DataFrame:
    """Valeurs de l’édition que le document cite, une ligne par territoire et indicateur.

    Returns
    -------
    pandas.DataFrame
        ``code_territoire, indicateur, millesime, reference, valeur, ecart, statut`` ; la valeur est
        celle de l’édition, NaN si elle n’y est pas.
    """
    chiffres = tableau_chiffres(contenu.tableau)
    chiffres += [r.chiffre for p in contenu.profils for r in p.reperes]
    lignes = [
        (c.code_territoire, c.indicateur, c.millesime, c.valeur_edition, c.ecart_edition, c.statut)
        for c in chiffres
    ]
    lignes += [
        (
            contenu.code_commune,
            c.indicateur.id,
            c.millesime,
            c.valeur_reference,
            math.nan,
            Statut.PUBLIE.value,
        )
        for c in contenu.tableau.colonnes
        if contenu.reference == Reference.VILLE.value
    ]
    for vue in contenu.cartes:
        zones = vue.zones[["code_territoire", "valeur", "ecart", "statut"]]
        lignes += [
            (code, vue.indicateur_id, vue.millesime, valeur, ecart, statut)
            for code, valeur, ecart, statut in zones.itertuples(index=False)
        ]
    colonnes = ["code_territoire", "indicateur", "millesime", "valeur", "ecart", "statut"]
    table = pd.DataFrame(lignes, columns=colonnes).assign(reference=contenu.reference)
    return table.drop_duplicates(colonnes[:3]).reset_index(drop=True)
