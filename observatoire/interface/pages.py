"""Script de l’application : configuration de la page et navigation."""

from __future__ import annotations

import streamlit as st

from observatoire.interface import page_carte, page_methode, page_quartiers
from observatoire.interface.acces import pages_du_suivi
from observatoire.interface.cadre import afficher_page

st.set_page_config(
    page_title="Observatoire des quartiers", layout="wide", initial_sidebar_state="collapsed"
)

PAGES = {
    "carte": st.Page(page_carte.afficher, title="Carte", url_path="carte", default=True),
    "quartiers": st.Page(page_quartiers.afficher, title="Quartiers", url_path="quartiers"),
    "methode": st.Page(page_methode.afficher, title="Données et méthode", url_path="methode"),
}

PAGES |= pages_du_suivi()

courante = st.navigation(list(PAGES.values()), position="hidden")
afficher_page(PAGES, courante)
