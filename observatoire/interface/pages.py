"""Script de l’application : configuration de la page et navigation."""

from __future__ import annotations

import streamlit as st

from observatoire.interface import (
    page_accessibilite,
    page_carte,
    page_comparer,
    page_evolutions,
    page_exports,
    page_inegalites,
    page_methode,
    page_quartiers,
    page_villes,
)
from observatoire.interface.acces import pages_du_suivi
from observatoire.interface.cadre import afficher_page

st.set_page_config(
    page_title="Observatoire des quartiers", layout="wide", initial_sidebar_state="collapsed"
)

PAGES = {
    "carte": st.Page(page_carte.afficher, title="Carte", url_path="carte", default=True),
    "quartiers": st.Page(page_quartiers.afficher, title="Quartiers", url_path="quartiers"),
    "comparer": st.Page(page_comparer.afficher, title="Comparer", url_path="comparer"),
    "villes": st.Page(page_villes.afficher, title="Comparer les villes", url_path="villes"),
    "evolutions": st.Page(page_evolutions.afficher, title="Évolutions", url_path="evolutions"),
    "inegalites": st.Page(page_inegalites.afficher, title="Inégalités", url_path="inegalites"),
    "exports": st.Page(page_exports.afficher, title="Exports", url_path="exports"),
    "methode": st.Page(page_methode.afficher, title="Données et méthode", url_path="methode"),
    "accessibilite": st.Page(
        page_accessibilite.afficher, title="Accessibilité", url_path="accessibilite"
    ),
}

PAGES |= pages_du_suivi()

courante = st.navigation(list(PAGES.values()), position="hidden")
afficher_page(PAGES, courante)
