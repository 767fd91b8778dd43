"""Lecture des éditions par l’application : partagées, relues dès qu’une nouvelle paraît."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import pandas as pd
import streamlit as st

from observatoire.cartes.depuis_edition import vue_depuis_edition
from observatoire.cartes.donnees_web import en_javascript, valeurs_web
from observatoire.cartes.geometries_web import GeometriesWeb, preparer_geometries
from observatoire.cartes.modeles import VueCarte
from observatoire.catalogue import Catalogue, Indicateur, charger_catalogue
from observatoire.chemins import Chemins
from observatoire.domaine import Reference
from observatoire.editions import (
    Edition,
    EditionDeVille,
    charger_edition,
    edition_consultable,
    edition_courante,
    extraire_ville,
    villes_consultables,
)
from observatoire.erreurs import ErreurDemande, ErreurEdition
from observatoire.interface.recherche import lieux_a_chercher
from observatoire.perimetre import CODE_FRANCE, perimetre_nomme
from observatoire.redaction import majuscule

__all__ = [
    "HAUTEUR_CARTE_PX",
    "Demande",
    "catalogue_courant",
    "cle_edition",
    "demande_initiale",
    "edition_affichee",
    "edition_de",
    "geometries_json",
    "indicateurs_au_choix",
    "lieux_de",
    "lignes_jointes",
    "niveaux_au_choix",
    "references_de",
    "valeurs_json",
    "villes_au_choix",
    "vue_carte",
]

HAUTEUR_CARTE_PX = 620
_NIVEAUX = {"iris": "IRIS", "qpv": "QPV", "secteur": "Secteurs"}
"""Découpages d’une carte, et leur nom court."""
_MAX_PUBLIEES = 50


@dataclass(frozen=True, slots=True)
class Demande:
    """Ce qu’une carte montre : les choix d’une personne, tels qu’ils sont dans l’adresse."""

    indicateur: str
    millesime: int
    vue: str = "ecart"
    niveau: str = "iris"
    reference: str = "ville"
    classes: str = "jenks"
    compare_a: int | None = None
    """Autre millésime montré à côté, qui partage les classes."""


@st.cache_resource(max_entries=8, show_spinner=False)
def _edition(dossier: str, ville: str = "") -> Edition:
    """Édition d’un dossier ; avec ``ville``, cette ville dans une édition nationale."""
    edition = charger_edition(Path(dossier))
    if ville:
        edition = extraire_ville(edition, ville)
    _ = edition.resultats, edition.ecarts, edition.references, edition.couches
    return edition


def catalogue_courant() -> Catalogue:
    """Catalogue du paquet et de la ville (gardé en mémoire par le chargeur)."""
    return charger_catalogue(*Chemins.depuis().catalogues)


def edition_affichee() -> Edition:
    """Édition courante de la ville demandée dans l’adresse, sinon de la dernière publiée.

    Raises
    ------
    ErreurEdition
        Si aucune édition n’est publiée ou si celle demandée n’existe pas.
    """
    return edition_de(st.query_params.get("ville"))


def edition_de(demandee: str | None) -> Edition:
    """Édition courante d’une ville ; sans code, celle de l’ouverture.

    Raises
    ------
    ErreurEdition
        Si aucune édition n’est publiée ou si celle demandée n’existe pas.
    """
    chemins = Chemins.depuis()
    publiees = _consultables(chemins)
    if not publiees:
        raise ErreurEdition(
            "Aucune édition n’est publiée : lancez « observatoire demo » ou « observatoire actualiser »."
        )
    code = demandee or os.environ.get("OBSERVATOIRE_VILLE") or publiees[0]
    if code == CODE_FRANCE and chemins.pointeur(CODE_FRANCE).is_file():
        # La France entière ne se dessine pas : une ville s’ouvre, et les autres sont au choix.
        code = publiees[0]
    if code not in publiees:
        raise ErreurEdition(f"{perimetre_nomme(code).sujet} n’a pas d’édition publiée.")
    return _edition(*_lieu(chemins, code))


def _lieu(chemins: Chemins, code: str) -> tuple[str, str]:
    """Dossier et ville de l’édition courante, lus du pointeur seul quand elle est publiée."""
    pointeur = chemins.pointeur(code)
    if pointeur.is_file():
        return str(chemins.ville(code) / pointeur.read_text(encoding="utf-8").strip()), ""
    return cle_edition(edition_consultable(chemins, code))


def _consultables(chemins: Chemins) -> tuple[str, ...]:
    """Villes que l’on peut ouvrir, relues quand un pointeur change."""
    if not chemins.editions.is_dir():
        return ()
    etats = [
        (p.parent.name, p.stat().st_mtime_ns)
        for p in chemins.editions.glob("*/courante.txt")
        if p.is_file()
    ]
    return _villes(str(chemins.racine), tuple(sorted(etats)))


@lru_cache(maxsize=4)
def _villes(racine: str, etats: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    del etats  # la clé suffit : elle change à chaque publication
    return tuple(villes_consultables(Chemins(Path(racine))))


def cle_edition(edition: Edition) -> tuple[str, str]:
    """Dossier et ville d’une édition : ce qui la distingue, pour garder ce qui en est tiré."""
    return str(edition.dossier), edition.ville if isinstance(edition, EditionDeVille) else ""


def villes_au_choix() -> dict[str, str]:
    """Code et nom des périmètres que l’on peut afficher ; les noms égaux sont distingués par le code."""
    chemins = Chemins.depuis()
    codes = _consultables(chemins)
    pointeurs = tuple(
        chemins.pointeur(c).read_text(encoding="utf-8") if chemins.pointeur(c).is_file() else ""
        for c in (*codes[:_MAX_PUBLIEES], CODE_FRANCE)
    )
    return _noms(str(chemins.racine), codes, pointeurs)


@lru_cache(maxsize=4)
def _noms(racine: str, codes: tuple[str, ...], pointeurs: tuple[str, ...]) -> dict[str, str]:
    # Les pointeurs ne servent qu’à relire les noms quand une édition est remplacée.
    del pointeurs
    chemins = Chemins(Path(racine))
    nationales: Mapping[str, str] = {}
    if chemins.pointeur(CODE_FRANCE).is_file():
        nationales = edition_courante(chemins, CODE_FRANCE).villes
    return {
        c: f"{nationales[c]} ({c})"
        if c in nationales and not chemins.pointeur(c).is_file()
        else f"{edition_courante(chemins, c).nom_commune} ({c})"
        for c in codes
    }


def references_de(
    edition: Edition, indicateur: Indicateur | None = None, millesime: int | None = None
) -> list[str]:
    """Références des écarts que l’édition a, la première étant montrée d’abord.

    Parameters
    ----------
    edition : Edition
        Édition affichée.
    indicateur : Indicateur, optional
        Seules celles qui ont une valeur pour lui, et la sienne d’abord ; dans l’édition d’une
        intercommunalité, celle-ci reste première.
    millesime : int, optional
        Seules celles qui ont une valeur cette année-là.
    """
    lignes = edition.references[edition.references["valeur"].notna()]
    premiere = Reference.EPCI if edition.perimetre == "epci" else Reference.VILLE
    if indicateur is not None:
        lignes = lignes[lignes["indicateur"] == indicateur.id]
        premiere = premiere if edition.perimetre == "epci" else indicateur.reference
    if millesime is not None:
        lignes = lignes[lignes["millesime"] == millesime]
    presentes = set(lignes["reference"])
    ordre = [premiere, *(r for r in Reference if r is not premiere)]
    return [r.value for r in ordre if r.value in presentes] or [Reference.VILLE.value]


def demande_initiale(edition: Edition) -> Demande | None:
    """Carte de la page d’accueil : premier indicateur comparable, année la plus récente."""
    for groupe in catalogue_courant().par_theme().values():
        for indicateur in groupe:
            annees = edition.manifeste["millesimes"].get(indicateur.id)
            if annees and not indicateur.est_stock:
                annee = int(max(annees))
                reference = references_de(edition, indicateur, annee)[0]
                return Demande(indicateur.id, annee, reference=reference)
    return None


def indicateurs_au_choix(edition: Edition, catalogue: Catalogue) -> list[dict[str, str]]:
    """Indicateurs de l’édition, rangés par thème, pour un champ de recherche.

    Returns
    -------
    list of dict
        ``v`` identifiant, ``t`` nom court, ``g`` thème, ``m`` mots que l’on peut aussi chercher.
    """
    presents = edition.manifeste["millesimes"]
    return [
        {
            "v": i.id, "t": i.court, "g": theme.libelle,
            "m": i.libelle + " " + i.definition[:160],
        }
        for theme, groupe in catalogue.par_theme().items()
        for i in groupe
        if i.id in presents
    ]  # fmt: skip


def niveaux_au_choix(edition: Edition) -> dict[str, str]:
    """Découpages que l’édition peut dessiner, et leur nom ; ceux de la ville à la fin."""
    couches = {"qpv": "qpv", "secteur": "secteurs"}
    presents = {
        n: nom
        for n, nom in _NIVEAUX.items()
        if n not in couches or len(edition.couches[couches[n]])
    }
    return presents | {f: majuscule(p) for f, (_, p, _) in edition.familles.items()}


@st.cache_resource(max_entries=96, show_spinner=False)
def _vue(dossier: str, ville: str, demande: Demande) -> VueCarte:
    return vue_depuis_edition(
        _edition(dossier, ville),
        indicateur=demande.indicateur,
        millesime=demande.millesime,
        vue=demande.vue,
        niveau=demande.niveau,
        reference=demande.reference,
        catalogue=catalogue_courant(),
        classes=demande.classes,
        compare_a=demande.compare_a,
    )


def vue_carte(edition: Edition, demande: Demande) -> VueCarte:
    """Carte prête à dessiner, partagée entre les visiteurs."""
    return _vue(*cle_edition(edition), demande)


@st.cache_resource(max_entries=24, show_spinner=False)
def _geometries(dossier: str, ville: str, niveau: str) -> GeometriesWeb:
    edition = _edition(dossier, ville)
    premiere = demande_initiale(edition)
    if premiere is None:
        raise ErreurDemande("Cette édition n’a aucun indicateur à dessiner.")
    return preparer_geometries(
        _vue(dossier, ville, replace(premiere, niveau=niveau)), HAUTEUR_CARTE_PX
    )


def geometries_json(edition: Edition, niveau: str) -> str:
    """Géométries d’un niveau en JSON : les mêmes pour tous les indicateurs."""
    return _geometries(*cle_edition(edition), niveau).javascript


@st.cache_resource(max_entries=128, show_spinner=False)
def _valeurs(dossier: str, ville: str, demande: Demande) -> str:
    base_visible = _geometries(dossier, ville, demande.niveau).base_visible
    return en_javascript(valeurs_web(_vue(dossier, ville, demande), base_visible=base_visible))


def valeurs_json(edition: Edition, demande: Demande) -> str:
    """Couleurs et textes d’une carte en JSON, dans l’ordre de ses géométries."""
    return _valeurs(*cle_edition(edition), demande)


@st.cache_resource(max_entries=24, show_spinner=False)
def _jointes(dossier: str, ville: str, reference: str) -> pd.DataFrame:
    edition = _edition(dossier, ville)
    cles = ["code_territoire", "indicateur", "millesime"]
    choisis = edition.ecarts[edition.ecarts["reference"] == reference]
    return edition.resultats.merge(choisis, on=cles, how="left", validate="one_to_one")


def lignes_jointes(edition: Edition, reference: str) -> pd.DataFrame:
    """Valeurs et écarts à une référence, une ligne par territoire, indicateur et millésime.

    La table est partagée entre les visiteurs : elle ne se modifie pas.
    """
    return _jointes(*cle_edition(edition), reference)


@st.cache_resource(max_entries=8, show_spinner=False)
def _lieux(dossier: str, ville: str) -> tuple[dict[str, str], ...]:
    return lieux_a_chercher(_edition(dossier, ville))


def lieux_de(edition: Edition) -> tuple[dict[str, str], ...]:
    """Lieux que l’on peut chercher : voir :func:`observatoire.interface.recherche.lieux_a_chercher`."""
    return _lieux(*cle_edition(edition))
