"""Page « Suivi » : où vont les moyens, face aux écarts ; réservée, sauf pour la ville fictive."""

from __future__ import annotations

import tempfile
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from observatoire.chemins import Chemins
from observatoire.editions import Edition
from observatoire.erreurs import ErreurEdition
from observatoire.interface.acces import role_courant
from observatoire.interface.chargement import catalogue_courant, edition_affichee
from observatoire.interface.composants_suivi import (
    html_actions,
    html_barres,
    html_besoin,
    html_communs,
    html_couverture,
    html_quartiers,
)
from observatoire.interface.ecriture import afficher_html
from observatoire.interface.etat import choisir
from observatoire.interface.section_import import afficher_import
from observatoire.interface.section_suivi import bilan_de, html_paroles, programme_courant
from observatoire.redaction import ecrire_nom, pluriel
from observatoire.suivi import VILLE_ENTIERE, Bilan
from observatoire.suivi.acces import Role
from observatoire.suivi.phrases import message_du_programme

if TYPE_CHECKING:
    from observatoire.exports.demande import Demande

__all__ = ["afficher"]

_ETATS = {
    "en_retard": "en retard", "en_cours": "en cours", "prevue": "prévue",
    "terminee": "terminée", "abandonnee": "abandonnée",
}  # fmt: skip


def afficher() -> None:
    """Afficher le suivi à qui peut le voir."""
    edition = edition_affichee()
    role = role_courant(edition)
    if role is None:
        return
    programme = programme_courant(edition)
    if not role.permet(Role.OBSERVATION):
        # Un lecteur voit toutes les actions, mais seulement les paroles dont la publication est consentie.
        programme = type(programme)(programme.actions, programme.public().notes)
    if programme.actions or programme.notes:
        _tableau_de_bord(edition, bilan_de(edition, programme))
    else:
        afficher_html(
            '<h1 class="obs-titre">Aucune action n’est encore suivie</h1><p class="obs-texte">La personne chargée de '
            "l’observation écrit le classeur à remplir avec « observatoire suivi modele », puis l’importe.</p>"
        )
    if role.permet(Role.OBSERVATION):
        afficher_import(edition, role)


def _tableau_de_bord(edition: Edition, bilan: Bilan) -> None:
    zone_titre = st.container()
    with st.container(key="choix", horizontal=True, vertical_alignment="bottom", gap="small"):
        annees = ["toutes", *map(str, bilan.annees)]
        choisie = choisir("Année", annees, cle="exercice", largeur=150, ecrire=str.capitalize)
    annee = None if choisie == "toutes" else int(choisie)
    efforts = bilan.par_quartier(annee)
    with zone_titre:
        _titre(edition, bilan, annee)
    gauche, droite = st.columns([1.2, 1], gap="large")
    with gauche:
        _section(
            "Où vont les moyens", html_quartiers(efforts, bilan.inconnus("quartier", annee=annee))
        )
        _note(
            "Montants accordés au titre du contrat de ville, partagés entre les quartiers selon la part de chaque action. "
            "« Au moins » : une partie des réponses n’est pas connue ; les euros par habitant sont alors un minimum. Plusieurs années sont ramenées à une moyenne annuelle."
        )
    with droite:
        for cle, titre in (("axe", "Par axe"), ("financeur", "Par financeur")):
            inconnus = bilan.inconnus(cle, annee=annee)
            _section(titre, html_barres(bilan.sommes(cle, annee=annee), inconnus, cle, titre))
    _section("Où en sont les actions", _html_etats(bilan))
    retards = bilan.avancement()["en_retard"]
    if retards:
        afficher_html(html_actions(bilan, retards, "Actions en retard"))
    _section("Besoin et effort, côte à côte", _besoin(bilan, annee))
    _note(bilan.prudence)
    _section("Ce que le programme couvre", html_couverture(bilan, bilan.couverture()))
    _note(
        "Grand écart : net, défavorable et d’au moins un quart de la valeur de la ville. Une case vide ne dit pas qu’il n’y a "
        "pas d’écart : il peut être trop incertain pour être interprété."
    )
    gauche, droite = st.columns(2, gap="large")
    for colonne, champ, titre in (
        (gauche, "freins", "Freins communs"),
        (droite, "leviers", "Leviers communs"),
    ):
        communs = bilan.communs(champ)
        with colonne:
            if len(communs):
                _section(f"{titre} à plusieurs quartiers", html_communs(communs, titre))
    if bilan.programme.notes:
        _section("Ce que disent des habitants", html_paroles(bilan, list(bilan.programme.notes)))
    with st.expander("Toutes les actions"):
        afficher_html(html_actions(bilan, bilan.programme.actions, "Toutes les actions"))
    _exports(edition, bilan, annee)


def _titre(edition: Edition, bilan: Bilan, annee: int | None) -> None:
    nombre = len(bilan.programme.actions)
    afficher_html(
        f'<h1 class="obs-titre">{escape(message_du_programme(bilan, annee))}</h1><p class="obs-sous-titre">'
        f"Quartiers prioritaires de la politique de la ville (QPV) · {escape(edition.nom_commune)} · "
        f"{nombre}\u00a0{pluriel('action', nombre)} · état au {bilan.jour:%d/%m/%Y}</p>"
    )


def _besoin(bilan: Bilan, annee: int | None) -> str:
    unites: dict[str, str] = {i.id: i.unite for i in catalogue_courant().indicateurs.values()}
    table = bilan.besoin_et_effort(annee)
    if table.empty:
        return '<p class="obs-texte">Aucune action ne dit quel indicateur elle vise.</p>'
    return html_besoin(table, unites)


def _html_etats(bilan: Bilan) -> str:
    morceaux = [
        f"<div><b>{len(siennes)}</b><span>{_accorder(_ETATS[etat], len(siennes))}</span></div>"
        for etat, siennes in bilan.avancement().items()
        if siennes
    ]
    return f'<div class="obs-etats">{"".join(morceaux)}</div>'


def _accorder(mot: str, nombre: int) -> str:
    return mot + "s" if nombre > 1 and not mot.startswith("en ") else mot


def _section(titre: str, corps: str) -> None:
    afficher_html(f'<h2 class="obs-h2">{escape(titre)}</h2>{corps}')


def _note(texte: str) -> None:
    afficher_html(f'<p class="obs-note obs-texte">{escape(texte)}</p>')


_DOCUMENTS = (
    ("programme", ".pdf", "Programme (PDF)"),
    ("programme", ".xlsx", "Programme (XLSX)"),
    ("rapport-annuel", ".docx", "Trame du rapport annuel (DOCX)"),
    ("rapport-annuel", ".pdf", "Trame du rapport annuel (PDF)"),
)


def _exports(edition: Edition, bilan: Bilan, annee: int | None) -> None:
    """Boutons des documents ; chacun est inscrit au registre, comme ceux de la page « Exports »."""
    # Ce qui écrit les documents n’est chargé que pour qui voit cette page.
    from observatoire.exports.demande import Demande
    from observatoire.exports.registre import verifier_ecriture

    try:
        verifier_ecriture(Chemins.depuis())
    except ErreurEdition as erreur:
        _note(str(erreur))
        return
    quartiers = {
        "": "Toute la ville",
        **{q: ecrire_nom(n) for q, n in bilan.noms.items() if q != VILLE_ENTIERE},
    }
    with st.container(
        key="exports_suivi", horizontal=True, vertical_alignment="bottom", gap="small"
    ):
        choisi = choisir(
            "Documents pour",
            list(quartiers),
            cle="programme",
            ecrire=quartiers.__getitem__,
            largeur=320,
        )
        demande = Demande(
            quartiers=(choisi,) if choisi else (), millesimes=() if annee is None else (annee,)
        )
        for nom, extension, libelle in _DOCUMENTS:
            st.download_button(
                libelle,
                data=partial(_octets, edition.code_commune, nom, demande, extension),
                file_name=f"{nom}-{choisi or edition.code_commune}{extension}",
                on_click="ignore",
            )


def _octets(code_commune: str, nom: str, demande: Demande, extension: str) -> bytes:
    from observatoire.exports.production import ouvrir_contexte, produire

    with tempfile.TemporaryDirectory() as dossier:
        fichier = Path(dossier) / f"{nom}-{code_commune}{extension}"
        produire(ouvrir_contexte(Chemins.depuis(), code_commune), nom, demande, fichier)
        return fichier.read_bytes()
