"""Écrire dans la page : tout HTML y passe, avec les espaces de la typographie française."""

from __future__ import annotations

from typing import Any

import streamlit as st

from observatoire.cartes.francais import typographier_html

__all__ = ["afficher_html"]


def afficher_html(html: str, **reglages: Any) -> None:
    """Écrire un fragment HTML dans la page.

    Parameters
    ----------
    html : str
        Fragment ; tout texte venu des données y est échappé.
    **reglages
        Ceux de ``st.html`` : ``width``.
    """
    st.html(typographier_html(html), **reglages)
