"""Pages réservées : elles n’existent que si la connexion est configurée, ou pour la ville fictive."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from observatoire.chemins import Chemins
from observatoire.editions import Edition
from observatoire.erreurs import ErreurObservatoire
from observatoire.interface.chargement import edition_affichee
from observatoire.interface.ecriture import afficher_html
from observatoire.suivi.acces import Role, lire_acces, role_de

__all__ = ["pages_du_suivi", "role_courant"]


def pages_du_suivi() -> dict[str, StreamlitPage]:
    """Page « Suivi », ou rien : par défaut, une vraie ville n’a pas cette page."""
    try:
        visible = edition_affichee().est_fictive or lire_acces(Chemins.depuis().racine).actif
    except ErreurObservatoire:
        # Configuration fautive ou aucune édition : la page reste fermée, la commande le dit.
        visible = False
    if not visible:
        return {}
    from observatoire.interface import page_suivi

    return {"suivi": st.Page(page_suivi.afficher, title="Suivi", url_path="suivi")}


def role_courant(edition: Edition) -> Role | None:
    """Rôle de la personne ; affiche ce qu’il faut faire s’il n’y en a pas.

    La ville fictive se lit sans connexion, sans rien pouvoir y changer.
    """
    if edition.est_fictive:
        return Role.LECTEUR
    acces = lire_acces(Chemins.depuis().racine)
    if not acces.actif:
        return None
    if not st.user.is_logged_in:
        afficher_html(
            '<h1 class="obs-titre">Le suivi est réservé aux services</h1>'
            '<p class="obs-texte">Il montre les actions, les financements et les paroles d’habitants. '
            "Connectez-vous avec votre compte de la collectivité.</p>"
        )
        st.button("Se connecter", on_click=st.login, type="primary")
        return None
    role, raison = role_de(acces, dict(st.user))
    if role is None:
        afficher_html(
            f'<h1 class="obs-titre">Accès refusé</h1><p class="obs-texte" role="alert">{raison}</p>'
        )
        st.button("Se déconnecter", on_click=st.logout)
        return None
    st.button("Se déconnecter", on_click=st.logout, type="tertiary")
    return role
