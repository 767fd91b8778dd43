"""Page « Accessibilité » : la déclaration, honnête sur ce qui manque."""

from __future__ import annotations

import streamlit as st

__all__ = ["afficher"]


def afficher() -> None:
    """Afficher la déclaration d’accessibilité."""
    st.html('<h1 class="obs-titre">Accessibilité</h1>')
