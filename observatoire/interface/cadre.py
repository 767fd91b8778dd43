"""Le cadre de toutes les pages : style, en-tête, navigation, pied, erreurs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from html import escape
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from observatoire.editions import Edition
from observatoire.erreurs import ErreurObservatoire
from observatoire.interface.chargement import edition_affichee, villes_au_choix

__all__ = ["afficher_page", "afficher_panne"]

_journal = logging.getLogger(__name__)
_STYLE = Path(__file__).with_name("style.css").read_text(encoding="utf-8")


def afficher_page(pages: Mapping[str, StreamlitPage], courante: StreamlitPage) -> None:
    """Afficher l’en-tête, la page choisie et le pied ; une erreur prévue devient une page claire."""
    st.html(f"<style>{_STYLE}</style>")
    try:
        edition = edition_affichee()
    except ErreurObservatoire as erreur:
        _page_d_erreur(erreur)
        return
    _entete(edition, pages, courante)
    try:
        courante.run()
    except ErreurObservatoire as erreur:
        _page_d_erreur(erreur)
    _pied(edition)


def _entete(edition: Edition, pages: Mapping[str, StreamlitPage], courante: StreamlitPage) -> None:
    ville = st.query_params.get("ville")
    with st.container(key="entete", horizontal=True, vertical_alignment="center", gap="medium"):
        st.html(
            f'<span class="obs-marque">Observatoire des quartiers · {escape(edition.nom_commune)}</span>',
            width="content",
        )
        for cle, page in pages.items():
            actif = page.url_path == courante.url_path
            with st.container(key=f"lien_{cle}{'_actif' if actif else ''}", width="content"):
                st.page_link(
                    page, label=page.title, query_params={"ville": ville} if ville else None
                )
        _choisir_ville(edition)
        if edition.est_fictive:
            st.html('<span class="obs-fictive">ville fictive</span>', width="content")


def _choisir_ville(edition: Edition) -> None:
    """Liste des villes, s’il y en a plusieurs ; en choisir une ouvre son édition."""
    noms = villes_au_choix()
    if len(noms) < 2:
        return
    codes = list(noms)
    choix = st.selectbox(
        "Ville",
        codes,
        index=codes.index(edition.code_commune) if edition.code_commune in noms else 0,
        format_func=noms.__getitem__,
        key=f"choix_ville_{edition.code_commune}",
        label_visibility="collapsed",
        width=240,
    )
    if choix != edition.code_commune:
        # Les choix de l’ancienne ville (quartier, année) n’existent pas forcément dans la nouvelle.
        st.query_params.clear()
        st.query_params["ville"] = choix
        st.rerun()


def _pied(edition: Edition) -> None:
    date = str(edition.manifeste["publiee_le"])[:10]
    jour = "/".join(reversed(date.split("-")))
    origine = "Insee, IGN, ANCT – Licence Ouverte 2.0"
    if edition.est_fictive:
        origine = "Ville fictive : ces chiffres sont inventés"
    st.html(
        '<footer class="obs-pied">'
        f"Édition {escape(edition.identifiant)} du {jour} · {origine} · "
        "Statut et méthode de chaque chiffre dans « Données et méthode »</footer>"
    )


def afficher_panne(erreur: Exception) -> bool:
    """Page montrée après une erreur imprévue : ce qui s’est passé et qui peut agir, sans trace."""
    _journal.error("Erreur imprévue", exc_info=erreur)
    _page_d_erreur(
        ErreurObservatoire(
            "Une erreur imprévue a interrompu l’affichage ; elle est notée dans le journal du serveur. "
            "L’édition vient peut-être d’une version antérieure : « observatoire actualiser » la reconstruit."
        )
    )
    return True


def _page_d_erreur(erreur: ErreurObservatoire) -> None:
    st.html(
        '<section class="obs-erreur" role="alert"><h1>L’observatoire ne peut pas afficher cette page</h1>'
        f"<p>{escape(str(erreur))}</p>"
        "<p>Si vous consultez l’observatoire, prévenez la personne chargée de l’observation : "
        "elle peut rétablir une édition en une commande.</p></section>"
    )
