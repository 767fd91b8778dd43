"""Cartes de la page « Inégalités », gardées en mémoire comme les autres : grappes d’IRIS et poches."""

from __future__ import annotations

import streamlit as st

from observatoire.cartes.donnees_web import en_javascript, valeurs_web
from observatoire.cartes.geometries_web import GeometriesWeb, preparer_geometries
from observatoire.cartes.modeles import VueCarte
from observatoire.cartes.vue_inegalites import vue_des_grappes, vue_des_poches
from observatoire.editions import Edition
from observatoire.interface.chargement import (
    HAUTEUR_CARTE_PX,
    catalogue_courant,
    cle_edition,
)

__all__ = ["POCHES", "geometries_inegalites", "valeurs_inegalites", "vue_inegalites"]

POCHES = "poches"
"""Choix de la carte des IRIS aussi fragiles que les quartiers ; les autres sont des indicateurs."""


def vue_inegalites(edition: Edition, choix: str) -> VueCarte:
    """Carte prête à dessiner, partagée entre les visiteurs.

    Parameters
    ----------
    edition : Edition
    choix : str
        :data:`POCHES`, ou l’indicateur dont on montre les grappes.

    Raises
    ------
    ErreurDemande
        Si l’édition n’a pas de grappes pour cet indicateur.
    """
    return _vue(*cle_edition(edition), choix, edition)


def geometries_inegalites(edition: Edition, choix: str) -> str:
    """Géométries de cette carte, en JSON : les groupes de carreaux s’y ajoutent aux IRIS."""
    return _geometries(*cle_edition(edition), choix, edition).javascript


def valeurs_inegalites(edition: Edition, choix: str) -> str:
    """Couleurs et textes de cette carte, en JSON, dans l’ordre de ses géométries."""
    return _valeurs(*cle_edition(edition), choix, edition)


@st.cache_resource(max_entries=24, show_spinner=False)
def _vue(dossier: str, ville: str, choix: str, _edition: Edition) -> VueCarte:
    del dossier, ville
    catalogue = catalogue_courant()
    if choix == POCHES:
        return vue_des_poches(_edition, catalogue)
    return vue_des_grappes(_edition, catalogue, choix)


@st.cache_resource(max_entries=24, show_spinner=False)
def _geometries(dossier: str, ville: str, choix: str, _edition: Edition) -> GeometriesWeb:
    del dossier, ville
    return preparer_geometries(vue_inegalites(_edition, choix), HAUTEUR_CARTE_PX)


@st.cache_resource(max_entries=24, show_spinner=False)
def _valeurs(dossier: str, ville: str, choix: str, _edition: Edition) -> str:
    base_visible = _geometries(dossier, ville, choix, _edition).base_visible
    return en_javascript(valeurs_web(vue_inegalites(_edition, choix), base_visible=base_visible))
