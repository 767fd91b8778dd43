"""Lecture des éditions par l’application : partagées, relues dès qu’une nouvelle paraît."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import streamlit as st

from observatoire.cartes.carte_papier import exporter_carte
from observatoire.cartes.carte_web import construire_carte_web
from observatoire.cartes.depuis_edition import vue_depuis_edition
from observatoire.cartes.modeles import VueCarte
from observatoire.catalogue import Catalogue, charger_catalogue
from observatoire.chemins import Chemins
from observatoire.editions import Edition, charger_edition, edition_courante, villes_publiees
from observatoire.erreurs import ErreurEdition
from observatoire.interface.service import RACINE_LEAFLET, css_polices

__all__ = [
    "carte_html",
    "carte_png",
    "catalogue_courant",
    "edition_affichee",
    "premiere_carte",
    "vue_carte",
]

HAUTEUR_CARTE_PX = 620


@st.cache_resource(max_entries=8, show_spinner=False)
def _edition(dossier: str) -> Edition:
    edition = charger_edition(Path(dossier))
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
    publiees = villes_publiees(chemins)
    if not publiees:
        raise ErreurEdition(
            "Aucune édition n’est publiée : lancez « observatoire demo » ou « observatoire actualiser »."
        )
    code = demandee or os.environ.get("OBSERVATOIRE_VILLE") or publiees[0]
    if code not in publiees:
        raise ErreurEdition(f"La commune {code} n’a pas d’édition publiée.")
    return _edition(str(edition_courante(chemins, code).dossier))


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
                    reference="ville",
                )
                return


@st.cache_resource(max_entries=256, show_spinner=False)
def _vue(
    dossier: str, indicateur: str, millesime: int, vue: str, niveau: str, reference: str
) -> VueCarte:
    return vue_depuis_edition(
        _edition(dossier),
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
    return _vue(str(edition.dossier), indicateur, millesime, vue, niveau, reference)


@st.cache_resource(max_entries=256, show_spinner=False)
def _html(
    dossier: str, indicateur: str, millesime: int, vue: str, niveau: str, reference: str
) -> str:
    preparee = _vue(dossier, indicateur, millesime, vue, niveau, reference)
    return construire_carte_web(
        preparee,
        racine_leaflet=RACINE_LEAFLET,
        hauteur_px=HAUTEUR_CARTE_PX,
        css_polices=css_polices(),
    )


def carte_html(
    edition: Edition, *, indicateur: str, millesime: int, vue: str, niveau: str, reference: str
) -> str:
    """Document HTML de la carte, partagé entre les visiteurs."""
    return _html(str(edition.dossier), indicateur, millesime, vue, niveau, reference)


def carte_png(vue: VueCarte) -> bytes:
    """Carte imprimable (A4, 300 points par pouce) en octets."""
    with tempfile.TemporaryDirectory() as dossier:
        sortie = Path(dossier) / "carte.png"
        exporter_carte(vue, sortie)
        return sortie.read_bytes()
