"""Suivi d’un quartier dans sa fiche : lieux proches, actions publiques, paroles consenties."""

from __future__ import annotations

import logging
from html import escape

import pandas as pd

from observatoire.chemins import Chemins
from observatoire.editions import Edition
from observatoire.erreurs import ErreurObservatoire
from observatoire.interface.chargement import catalogue_courant
from observatoire.interface.composants_suivi import html_actions
from observatoire.interface.ecriture import afficher_html
from observatoire.redaction import ecrire_nom, ecrire_nombre
from observatoire.suivi import Bilan, Note, Programme, etablir_bilan, programme_de

__all__ = ["afficher_suivi_du_quartier", "bilan_de", "html_paroles", "programme_courant"]

_journal = logging.getLogger(__name__)


def programme_courant(edition: Edition) -> Programme:
    """Programme gardé pour la ville affichée ; vide s’il n’y en a pas, sans créer de base."""
    chemins = Chemins.depuis()
    from observatoire.suivi.configuration import adresse_base

    adresse = adresse_base(chemins.racine)
    if adresse.drivername == "sqlite" and not (chemins.racine / "suivi.sqlite").is_file():
        return Programme()
    return programme_de(chemins, edition.code_commune)


def bilan_de(edition: Edition, programme: Programme) -> Bilan:
    """Programme joint aux chiffres de l’édition affichée."""
    return etablir_bilan(programme, edition, catalogue_courant())


def afficher_suivi_du_quartier(edition: Edition, code: str) -> None:
    """Ajouter à la fiche d’un quartier ses lieux, ses actions publiques et ce qu’en disent des habitants."""
    lieux = edition.complement("acces_lieux")
    if len(lieux):
        siens = lieux[lieux["code_territoire"].isin([code, edition.code_commune])]
        afficher_html(
            '<h2 class="obs-h2">Lieux proches</h2>' + _html_lieux(siens, code, edition.nom_commune)
        )
    try:
        programme = programme_courant(edition).public()
    except ErreurObservatoire:
        # La fiche vaut sans le suivi ; la cause, qui ne regarde pas le public, est au journal.
        _journal.exception("Le suivi ne peut être lu")
        afficher_html(
            '<p class="obs-note">Les actions du contrat de ville ne peuvent pas être affichées en ce moment.</p>'
        )
        return
    if not programme.actions and not programme.notes:
        return
    bilan = bilan_de(edition, programme)
    actions = bilan.actions_de(code)
    if actions:
        nom = ecrire_nom(bilan.noms.get(code, code))
        afficher_html(
            '<h2 class="obs-h2">Actions du contrat de ville</h2>'
            + html_actions(bilan, actions, f"Actions publiques, {nom}")
            + _note_partielle(programme)
        )  # fmt: skip
    notes = [n for n in programme.notes if n.quartier == code]
    if notes:
        afficher_html(
            '<h2 class="obs-h2">Ce que disent des habitants</h2>' + html_paroles(bilan, notes)
        )


def _note_partielle(programme: Programme) -> str:
    if not programme.partiel:
        return ""
    return '<p class="obs-note">Seules les actions rendues publiques sont montrées.</p>'


def html_paroles(bilan: Bilan, notes: list[Note]) -> str:
    """Paroles, avec leur lieu, leur source et leur date ; jamais mêlées aux chiffres."""
    morceaux = [
        f'<blockquote class="obs-parole"><p>« {escape(n.texte)} »</p>'
        f'<p class="obs-note">{escape(ecrire_nom(bilan.noms.get(n.quartier, n.quartier)))} · '
        f"{escape(bilan.themes.get(n.theme, n.theme))} · {escape(n.source)}, {n.date:%d/%m/%Y}"
        f"{'' if n.publiable else ' · non publiable'}</p></blockquote>"
        for n in notes
    ]
    avis = (
        '<p class="obs-note">Paroles recueillies en atelier, en conseil ou en enquête : elles éclairent les chiffres, '
        "n’en sont pas la preuve et ne représentent pas tous les habitants.</p>"
    )
    return "".join(morceaux) + avis


def _html_lieux(siens: pd.DataFrame, code: str, nom_ville: str) -> str:
    quartier = siens[siens["code_territoire"] == code].set_index("categorie")
    ville = siens[siens["code_territoire"] != code].set_index("categorie")
    corps = []
    for categorie, r in quartier.iterrows():
        reference = ville.loc[[categorie]].iloc[0]
        nombre = ("au moins\u00a0" if r["non_situes"] else "") + str(int(r["nombre"]))
        corps.append(
            f'<tr><th scope="row">{escape(str(categorie))}</th><td class="n">{nombre}</td>'
            f'<td class="n"><b>{_metres(r["distance_mediane_m"])}</b></td>'
            f'<td class="n">{_metres(reference["distance_mediane_m"])}</td></tr>'
        )
    notes = [
        "Distance à vol d’oiseau de l’habitant médian au lieu le plus proche, dans le quartier ou non."
    ]
    notes += [str(p) for p in quartier["precaution"].unique() if p]
    if (quartier["non_situes"] > 0).any():
        notes.append(
            "Des lieux de la liste n’ont pas encore de coordonnées et ne sont pas comptés."
        )
    note = " ".join(n[0].upper() + n[1:].rstrip(".") + "." for n in notes)
    return (
        '<div class="obs-defile"><table class="obs-table obs-suivi"><thead><tr><th scope="col">Lieux</th>'
        '<th scope="col" class="n">Dans le quartier</th><th scope="col" class="n">Distance</th>'
        f'<th scope="col" class="n">Distance, {escape(nom_ville)}</th></tr></thead><tbody>{"".join(corps)}</tbody></table></div>'
        f'<p class="obs-note">{escape(note)}</p>'
    )


def _metres(distance: float) -> str:
    if pd.isna(distance):
        return "non disponible"
    if distance < 1000:
        return f"{ecrire_nombre(round(float(distance) / 10) * 10)}\u00a0m"
    return f"{ecrire_nombre(float(distance) / 1000, 1)}\u00a0km"
