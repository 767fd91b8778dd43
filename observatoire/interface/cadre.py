"""Le cadre de toutes les pages : en-tête, navigation, pied, erreurs."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from observatoire.editions import Edition
from observatoire.erreurs import ErreurObservatoire
from observatoire.interface.chargement import edition_affichee, villes_au_choix
from observatoire.interface.ecriture import afficher_html
from observatoire.interface.etat import adresse, choisir, est_integree, rechercher

__all__ = ["afficher_page", "afficher_panne", "titrer"]

_journal = logging.getLogger(__name__)
_LISTE_COURTE = 12


def afficher_page(pages: Mapping[str, StreamlitPage], courante: StreamlitPage) -> None:
    """Afficher l’en-tête, la page choisie et le pied ; une erreur prévue devient une page claire."""
    try:
        edition = edition_affichee()
    except ErreurObservatoire as erreur:
        _page_d_erreur(erreur, ouvrir=_ouvrables())
        _dire_l_adresse(pages, courante)
        return
    if not est_integree():
        _entete(edition, pages, courante)
    titrer(courante.title, edition)
    try:
        courante.run()
    except ErreurObservatoire as erreur:
        _page_d_erreur(erreur)
    _pied(edition)
    _dire_l_adresse(pages, courante)


def _dire_l_adresse(pages: Mapping[str, StreamlitPage], courante: StreamlitPage) -> None:
    """Écrire, en dernier, l’adresse que l’écran montre : « cadre.js » vérifie que c’est la demandée."""
    choix = json.dumps(st.query_params.to_dict(), ensure_ascii=False)
    connues = " ".join(page.url_path for page in pages.values())
    afficher_html(
        f'<span class="obs-titre-page" data-adresse="{escape(choix)}" data-page="{escape(courante.url_path)}" '
        f'data-pages="{escape(connues)}"></span>'
    )


def titrer(page: str, edition: Edition) -> None:
    """Donner son titre au document : la page, la ville, l’observatoire."""
    fictive = " (ville fictive)" if edition.est_fictive else ""
    titre = f"{page} – {edition.nom_commune}{fictive} – Observatoire des quartiers"
    afficher_html(f'<span class="obs-titre-page" data-titre-page="{escape(titre)}"></span>')


def _entete(edition: Edition, pages: Mapping[str, StreamlitPage], courante: StreamlitPage) -> None:
    liens = "".join(
        f'<li><a href="{escape(adresse("" if cle == "carte" else page.url_path or cle))}"'
        f"{_actif(page, courante)}>{escape(page.title)}</a></li>"
        for cle, page in pages.items()
    )
    fictive = '<span class="obs-fictive">ville fictive</span>' if edition.est_fictive else ""
    with st.container(key="entete", horizontal=True, vertical_alignment="bottom", gap="medium"):
        afficher_html(
            f'<header class="obs-entete"><a class="obs-marque" href="{escape(adresse())}">Observatoire des quartiers'
            f'<span class="obs-ville-nom">{escape(edition.nom_commune)}</span></a>{fictive}'
            f'<details class="obs-menu"><summary><span>Menu</span>{escape(courante.title)}</summary>'
            f'<nav aria-label="Menu"><ul>{liens}</ul></nav></details>'
            f'<nav class="obs-nav" aria-label="Pages"><ul>{liens}</ul></nav></header>'
        )
        _choisir_ville(edition)


def _actif(page: StreamlitPage, courante: StreamlitPage) -> str:
    return ' aria-current="page"' if page.url_path == courante.url_path else ""


def _choisir_ville(edition: Edition) -> None:
    """Liste des villes, s’il y en a plusieurs ; en choisir une ouvre son édition."""
    noms = villes_au_choix()
    if len(noms) < 2:
        return
    # Les choix de l’ancienne ville (quartier, année) n’existent pas forcément dans la nouvelle.
    efface = "qpv face lieu point annee annee2 villes"
    defaut = edition.code_commune if edition.code_commune in noms else next(iter(noms))
    with st.container(key="ville", width="content"):
        if len(noms) <= _LISTE_COURTE:
            choisir(
                "Ville", list(noms), cle="ville", ecrire=noms.__getitem__, largeur=240,
                defaut=defaut, efface=efface, toujours=True,
            )  # fmt: skip
        else:
            rechercher(
                "Ville", [{"v": c, "t": n} for c, n in noms.items()], cle="ville",
                defaut=defaut, largeur=260, efface=efface, vide="Aucune ville de ce nom",
                toujours="oui",
            )  # fmt: skip


def _pied(edition: Edition) -> None:
    date = str(edition.manifeste["publiee_le"])[:10]
    jour = "/".join(reversed(date.split("-")))
    origine = "Sources : Insee, IGN, ANCT – Licence Ouverte 2.0"
    if edition.est_fictive:
        origine = "Ville fictive : ces chiffres sont inventés"
    liens = (
        f'<a href="{escape(adresse("methode"))}">Sources, statut et méthode de chaque chiffre</a> · '
        f'<a href="{escape(adresse("accessibilite"))}">Accessibilité : non conforme</a>'
    )
    afficher_html(
        '<footer class="obs-pied">'
        f"<span>Édition {escape(edition.identifiant)} du {jour} · {origine}</span><span>{liens}</span></footer>"
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


def _ouvrables() -> dict[str, str]:
    """Villes que l’on peut ouvrir à la place de celle qui manque."""
    try:
        return villes_au_choix()
    except ErreurObservatoire:
        return {}


def _page_d_erreur(erreur: ErreurObservatoire, *, ouvrir: Mapping[str, str] | None = None) -> None:
    liens = ""
    if ouvrir:
        entrees = [
            f'<a href="./?{urlencode({"ville": c})}" target="_self">{escape(n)}</a>'
            for c, n in list(ouvrir.items())[:_LISTE_COURTE]
        ]
        liens = f"<p>Ouvrir une ville publiée : {', '.join(entrees)}.</p>"
    afficher_html(
        '<section class="obs-erreur" role="alert"><h1>L’observatoire ne peut pas afficher cette page</h1>'
        f"<p>{escape(str(erreur))}</p>"
        "<p>Si vous consultez l’observatoire, prévenez la personne chargée de l’observation : "
        f"elle peut rétablir une édition en une commande.</p>{liens}</section>"
    )
