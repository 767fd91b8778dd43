"""Mettre le suivi à jour depuis la page : import d’un classeur, ce qui a changé, historique."""

from __future__ import annotations

import tempfile
from html import escape
from pathlib import Path

import streamlit as st

from observatoire.chemins import Chemins
from observatoire.editions import Edition
from observatoire.erreurs import ErreurObservatoire
from observatoire.interface.chargement import catalogue_courant
from observatoire.interface.composants_suivi import html_changements
from observatoire.interface.ecriture import afficher_html
from observatoire.suivi import (
    CompteRenduSuivi,
    importer,
    lire_historique,
    lire_reglages,
    vocabulaire_de,
)
from observatoire.suivi.acces import Role

__all__ = ["afficher_import", "html_compte_rendu", "html_refus"]

_LIGNES_MAX = 300
_REPONSE = "reponse_import_suivi"


def afficher_import(edition: Edition, role: Role) -> None:
    """Import d’un classeur et historique, pour l’observation."""
    # Hors du volet, que le premier import referme en refaisant la page ; toujours là, pour que rien d’autre ne bouge.
    with st.container(key="reponse_import"):
        if dite := st.session_state.get(_REPONSE, {}).get(edition.code_commune, ""):
            afficher_html(dite)
    with st.expander("Mettre à jour le suivi"):
        depose = st.file_uploader(
            "Classeur rempli (.xlsx)", type="xlsx", key="classeur_suivi", on_change=_oublier_reponse
        )
        retirer = False
        if role.permet(Role.ADMINISTRATION):
            retirer = st.checkbox("Retirer les actions absentes du classeur")
        if depose is not None and st.button("Contrôler et importer", type="primary"):
            octets = depose.getvalue()
            reponse = _importer(edition, depose.name, octets, retirer=retirer)
            st.session_state[_REPONSE] = {edition.code_commune: reponse}
            # La page entière est refaite : son tableau de bord est celui d’après l’import.
            st.rerun()
    with st.expander("Historique"):
        afficher_html(_html_historique(edition))


def _oublier_reponse() -> None:
    st.session_state.pop(_REPONSE, None)


def _importer(edition: Edition, nom: str, octets: bytes, *, retirer: bool) -> str:
    chemins = Chemins.depuis()
    with tempfile.TemporaryDirectory() as dossier:
        fichier = Path(dossier) / Path(nom).name
        fichier.write_bytes(octets)
        try:
            reglages = lire_reglages(chemins.racine)
            compte_rendu = importer(
                chemins, fichier, vocabulaire_de(edition, catalogue_courant(), reglages),
                code_commune=edition.code_commune, auteur=str(st.user.get("email", "")), remplacer=retirer,
            )  # fmt: skip
        except ErreurObservatoire as erreur:
            return html_refus(erreur)
    return html_compte_rendu(compte_rendu)


def html_refus(erreur: ErreurObservatoire) -> str:
    """Un refus : ce qui ne va pas, toutes les fautes, et que rien n’a changé."""
    fautes = "".join(f"<li>{escape(str(a))}</li>" for a in erreur.anomalies)
    return (
        f'<section class="obs-refus" role="alert"><p><b>{escape(erreur.message)}</b></p>'
        f"{f'<ul>{fautes}</ul>' if fautes else ''}"
        "<p>Rien n’a été importé : ce qui était gardé n’a pas changé.</p></section>"
    )


def html_compte_rendu(compte_rendu: CompteRenduSuivi) -> str:
    """Ce qu’un import a changé, champ par champ, et ce qu’il faut relire."""
    phrases = [
        (
            f"{len(compte_rendu.ajouts)} action(s) ajoutée(s), {len(compte_rendu.modifies)} modifiée(s), "
            f"{compte_rendu.inchanges} inchangée(s) ; {compte_rendu.notes} parole(s) lue(s)."
        )
    ]
    if compte_rendu.absents:
        sort = "retirées" if compte_rendu.retires else "gardées"
        phrases.append(f"Absentes du classeur, {sort} : {', '.join(compte_rendu.absents)}.")
    if compte_rendu.purgees:
        phrases.append(
            f"{compte_rendu.purgees} parole(s) effacée(s) : durée de conservation dépassée."
        )
    lignes = [
        (c.identifiant, c.champ, c.avant, c.apres)
        for siens in compte_rendu.modifies.values()
        for c in siens
    ]
    entetes = ("Action", "Champ", "Avant", "Après")
    avis = "".join(f"<li>{escape(str(a))}</li>" for a in compte_rendu.avertissements)
    return (
        f'<section role="status">{"".join(f"<p>{escape(p)}</p>" for p in phrases)}'
        f"{html_changements(entetes, lignes, 'Ce qui a changé') if lignes else ''}"
        f"{f'<p><b>À relire</b></p><ul>{avis}</ul>' if avis else ''}</section>"
    )


def _html_historique(edition: Edition) -> str:
    lignes = lire_historique(Chemins.depuis(), edition.code_commune)
    if not lignes:
        return '<p class="obs-note">Aucun import.</p>'
    entetes = ("Quand", "Qui", "Quoi", "Champ", "Avant", "Après")
    corps = [
        (
            f"{r['importe_le']:%d/%m/%Y %H:%M}", r["auteur"], f"{r['objet']} {r['identifiant']}",
            r["champ"], r["avant"], r["apres"],
        )
        for r in lignes[:_LIGNES_MAX]
    ]  # fmt: skip
    suite = ""
    if len(lignes) > _LIGNES_MAX:
        suite = (
            f'<p class="obs-note">Les {_LIGNES_MAX} changements les plus récents, sur {len(lignes)} ; '
            "« observatoire suivi historique » les donne tous.</p>"
        )
    return html_changements(entetes, corps, "Historique") + suite
