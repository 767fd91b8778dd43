"""Page « Comparer »."""

from __future__ import annotations

import streamlit as st

__all__ = ["afficher"]


def afficher() -> None:
    """Afficher la comparaison."""
    st.html('<h1 class="obs-titre">Comparer</h1>')
