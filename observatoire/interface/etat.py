"""Choix de la personne, gardés dans l’adresse par leur identifiant : l’ouvrir redonne le même écran."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

__all__ = ["basculer", "choisir"]

T = TypeVar("T", str, int)


def _preparer(cle: str, options: Sequence[T]) -> None:
    """Prendre la valeur de l’adresse au premier affichage, si elle est permise."""
    if st.session_state.get(cle) in options:
        return
    demandee = st.query_params.get(cle)
    st.session_state[cle] = next((o for o in options if str(o) == demandee), options[0])


def choisir(
    libelle: str,
    options: Sequence[T],
    *,
    cle: str,
    ecrire: Callable[[T], str] = str,
    largeur: int | str = "stretch",
) -> T:
    """Liste déroulante dont le choix est dans l’adresse (``cle=valeur``).

    Parameters
    ----------
    libelle : str
        Nom affiché au-dessus de la liste.
    options : sequence
        Identifiants permis, le premier par défaut ; une adresse qui en demande un autre est ignorée.
    cle : str
        Nom dans l’adresse.
    ecrire : callable
        Texte affiché pour un identifiant.
    largeur : int or str
        En pixels.
    """
    _preparer(cle, options)
    choix: T | None = st.selectbox(libelle, options, format_func=ecrire, key=cle, width=largeur)  # type: ignore[arg-type]
    return _retenir(cle, options, choix)


def basculer(
    libelle: str,
    options: Sequence[T],
    *,
    cle: str,
    ecrire: Callable[[T], str] = str,
    inactif: bool = False,
) -> T:
    """Boutons exclusifs dont le choix est dans l’adresse ; inactifs, ils montrent le dernier."""
    if inactif:
        st.segmented_control(
            libelle,
            options,
            format_func=ecrire,
            default=options[-1],
            key=f"{cle}_inactif",
            disabled=True,
        )
        return options[-1]
    _preparer(cle, options)
    choix = st.segmented_control(libelle, options, format_func=ecrire, required=True, key=cle)
    return _retenir(cle, options, choix)


def _retenir(cle: str, options: Sequence[T], choix: T | None) -> T:
    retenu = options[0] if choix is None else choix
    if retenu == options[0]:
        st.query_params.pop(cle, None)
    elif st.query_params.get(cle) != str(retenu):
        st.query_params[cle] = str(retenu)
    return retenu
