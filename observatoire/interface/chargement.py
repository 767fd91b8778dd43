"""Lecture des éditions par l’application : partagées, relues dès qu’une nouvelle paraît."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from observatoire.cartes.carte_papier import exporter_carte
from observatoire.cartes.carte_web import construire_carte_web
from observatoire.cartes.depuis_edition import vue_depuis_edition
from observatoire.cartes.lieux_web import lieux_web
from observatoire.cartes.modeles import VueCarte
from observatoire.catalogue import Catalogue, charger_catalogue
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
from observatoire.erreurs import ErreurEdition
from observatoire.interface.service import RACINE_LEAFLET, css_polices
from observatoire.perimetre import CODE_FRANCE, perimetre_nomme

__all__ = [
    "carte_html",
    "carte_png",
    "catalogue_courant",
    "edition_affichee",
    "premiere_carte",
    "references_de",
    "villes_au_choix",
    "vue_carte",
]

HAUTEUR_CARTE_PX = 620
_MAX_PUBLIEES = 50


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
    return _edition_de(st.query_params.get("ville"))


def _edition_de(demandee: str | None) -> Edition:
    chemins = Chemins.depuis()
    publiees = villes_consultables(chemins)
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
    ouverte = edition_consultable(chemins, code)
    return _edition(*_cle(ouverte))


def _cle(edition: Edition) -> tuple[str, str]:
    return str(edition.dossier), edition.ville if isinstance(edition, EditionDeVille) else ""


def villes_au_choix() -> dict[str, str]:
    """Code et nom des périmètres que l’on peut afficher ; les noms égaux sont distingués par le code."""
    chemins = Chemins.depuis()
    codes = tuple(villes_consultables(chemins))
    pointeurs = tuple(
        chemins.pointeur(c).read_text(encoding="utf-8") if chemins.pointeur(c).is_file() else ""
        for c in (*codes[:_MAX_PUBLIEES], CODE_FRANCE)
    )
    return _noms(str(chemins.racine), codes, pointeurs)


@st.cache_data(max_entries=4, show_spinner=False)
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


def references_de(edition: Edition) -> list[str]:
    """Références des écarts d’une édition ; celle de l’intercommunalité d’abord, s’il y en a une."""
    presentes = set(edition.references["reference"])
    ordre = [Reference.EPCI, Reference.VILLE, Reference.VILLE_HORS_QPV]
    retenues = [r.value for r in ordre if r.value in presentes]
    return retenues or [Reference.VILLE.value]


def premiere_carte() -> None:
    """Préparer la carte que verra le premier visiteur."""
    edition = _edition_de(None)
    for groupe in catalogue_courant().par_theme().values():
        for indicateur in groupe:
            annees = edition.manifeste["millesimes"].get(indicateur.id)
            if annees and not indicateur.est_stock:
                carte_html(
                    edition,
                    indicateur=indicateur.id,
                    millesime=max(annees),
                    vue="ecart",
                    niveau="iris",
                    reference=references_de(edition)[0],
                )
                return


@st.cache_resource(max_entries=256, show_spinner=False)
def _vue(
    dossier: str, ville: str, indicateur: str, millesime: int, vue: str, niveau: str, reference: str
) -> VueCarte:
    return vue_depuis_edition(
        _edition(dossier, ville),
        indicateur=indicateur,
        millesime=millesime,
        vue=vue,
        niveau=niveau,
        reference=reference,
        catalogue=catalogue_courant(),
    )


def vue_carte(
    edition: Edition, *, indicateur: str, millesime: int, vue: str, niveau: str, reference: str
) -> VueCarte:
    """Carte prête à dessiner, partagée entre les visiteurs."""
    return _vue(*_cle(edition), indicateur, millesime, vue, niveau, reference)


@st.cache_resource(max_entries=256, show_spinner=False)
def _html(
    dossier: str, ville: str, indicateur: str, millesime: int, vue: str, niveau: str, reference: str,
    lieux: str,
) -> str:  # fmt: skip
    preparee = _vue(dossier, ville, indicateur, millesime, vue, niveau, reference)
    return construire_carte_web(
        preparee,
        racine_leaflet=RACINE_LEAFLET,
        hauteur_px=HAUTEUR_CARTE_PX,
        css_polices=css_polices(),
        lieux=lieux_web(_edition(dossier, ville).complement("lieux"), lieux),
    )


def carte_html(
    edition: Edition, *, indicateur: str, millesime: int, vue: str, niveau: str, reference: str,
    lieux: str = "",
) -> str:  # fmt: skip
    """Document HTML de la carte, partagé entre les visiteurs ; ``lieux`` : catégorie à y poser."""
    return _html(*_cle(edition), indicateur, millesime, vue, niveau, reference, lieux)


def carte_png(vue: VueCarte) -> bytes:
    """Carte imprimable (A4, 300 points par pouce) en octets."""
    with tempfile.TemporaryDirectory() as dossier:
        sortie = Path(dossier) / "carte.png"
        exporter_carte(vue, sortie)
        return sortie.read_bytes()
