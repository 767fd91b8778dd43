"""Page « Carte » : les trois phrases de la ville, tant que rien n’est choisi."""

from __future__ import annotations

from html import escape

import streamlit as st

from observatoire.cartes.messages import Message, message_habitants, messages_de_la_ville
from observatoire.cartes.quartier import nom_reference
from observatoire.catalogue import Catalogue
from observatoire.editions import Edition
from observatoire.interface.chargement import cle_edition, lignes_jointes, references_de
from observatoire.interface.composants import badge_statut, badge_verdict
from observatoire.interface.ecriture import afficher_html
from observatoire.interface.etat import adresse, est_integree

__all__ = ["afficher_phrases", "messages_d_accueil"]

_PHRASES = 3


def _accueil() -> bool:
    """Vrai tant que rien n’est choisi : les trois phrases de la ville sont alors le message."""
    return not set(st.query_params) - {"ville"}


def afficher_phrases(edition: Edition, catalogue: Catalogue) -> bool:
    """Les trois écarts nets les plus grands, chacun d’un autre thème ; faux s’il n’y en a pas."""
    if not _accueil() or est_integree():
        return False
    reference = references_de(edition)[0]
    messages = messages_d_accueil(edition, catalogue)
    if not messages:
        return False
    fictive = " (ville fictive)" if edition.est_fictive else ""
    lignes = "".join(
        f'<li><a href="{escape(adresse("quartiers", qpv=m.code_territoire or None))}">{escape(m.phrase)}.</a> '
        f'<span class="obs-note">{m.millesime}</span> {badge_statut(m.statut, m.methode)} {badge_verdict(m.verdict)}</li>'
        for m in messages
    )
    afficher_html(
        f'<section class="obs-accueil"><h1 class="obs-h1-discret">{escape(edition.nom_commune)}{fictive} : '
        "ses quartiers prioritaires de la politique de la ville (QPV) face à "
        f"{escape(nom_reference(reference))}</h1><ul>{lignes}</ul></section>"
    )
    return True


def messages_d_accueil(edition: Edition, catalogue: Catalogue) -> list[Message]:
    """Les trois écarts les plus parlants de la ville, partagés entre les visiteurs."""
    cle = (*cle_edition(edition), catalogue.empreinte)
    return _messages(edition, catalogue, cle, references_de(edition)[0])


@st.cache_resource(max_entries=32, show_spinner=False)
def _messages(
    _edition: Edition, _catalogue: Catalogue, cle: tuple[str, ...], reference: str
) -> list[Message]:
    """Phrases gardées pour tous les visiteurs ; ``cle`` dit de quelle édition."""
    del cle
    messages = messages_de_la_ville(
        lignes_jointes(_edition, reference), _catalogue, reference=reference
    )
    # Faute d’un troisième écart net, ce que l’on sait sûrement des quartiers : leurs habitants.
    habitants = message_habitants(_edition.resultats) if 0 < len(messages) < _PHRASES else None
    return [*messages, habitants] if habitants else messages
