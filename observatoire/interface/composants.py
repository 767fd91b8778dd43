"""Morceaux de page en HTML accessible : panneau, légende, tableaux, pastilles, points.

Tout texte venu des données est échappé.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd

from observatoire.cartes import VueCarte
from observatoire.domaine import Methode, Statut, Verdict
from observatoire.redaction import ecrire_ecart, ecrire_nombre, ecrire_valeur

__all__ = [
    "badge_statut",
    "badge_verdict",
    "html_legende",
    "html_points",
    "html_table_zones",
    "html_ville",
    "texte_ecart",
    "texte_valeur",
]

_COULEURS_POINTS = {"quartier": "#bd6a25", "ville": "#1b1f2a", "hors_qpv": "#1b1f2a"}


def badge_statut(statut: str, methode: str) -> str:
    """Pastille du statut ; l’infobulle dit la méthode."""
    return (
        f'<span class="obs-badge {escape(statut)}" title="{escape(Methode(methode).libelle)}">'
        f"{escape(Statut(statut).libelle)}</span>"
    )


def badge_verdict(verdict: object) -> str:
    """Pastille du verdict, vide s’il n’y en a pas."""
    if not isinstance(verdict, str) or not verdict:
        return ""
    return f'<span class="obs-badge {escape(verdict)}">{escape(Verdict(verdict).libelle)}</span>'


def texte_valeur(ligne: pd.Series, unite: str) -> str:
    """Valeur écrite ; des bornes si l’estimation n’est pas interprétable ; les mots du statut sinon."""
    if ligne["statut"] not in {Statut.PUBLIE.value, Statut.ESTIME.value}:
        return Statut(ligne["statut"]).libelle
    bornes = ligne["borne_basse"], ligne["borne_haute"]
    if ligne.get("verdict") == Verdict.NON_INTERPRETABLE.value and np.isfinite(bornes).all():
        return f"entre {ecrire_valeur(bornes[0], unite)} et {ecrire_valeur(bornes[1], unite)}"
    return ecrire_valeur(float(ligne["valeur"]), unite)


def texte_ecart(ligne: pd.Series, unite: str) -> str:
    """Écart écrit, ou un tiret long si l’on ne peut rien en dire."""
    muet = ligne.get("verdict") == Verdict.NON_INTERPRETABLE.value
    if muet or not np.isfinite(ligne.get("ecart", np.nan)):
        return "–"
    return ecrire_ecart(float(ligne["ecart"]), unite)


def html_ville(vue: VueCarte) -> str:
    """Panneau du chiffre de la ville."""
    return (
        f'<section class="obs-ville"><div class="nom">{escape(vue.nom_ville)}</div>'
        f'<div class="chiffre">{escape(vue.texte_ville)}</div>'
        f'<div class="suite">{escape(vue.complement_ville)}</div></section>'
    )


def html_legende(vue: VueCarte) -> str:
    """Légende : classes, effectifs, aspects particuliers, repère de la ville."""
    legende = vue.legende
    lignes = [
        f'<tr><td><span class="obs-pastille" style="background:{escape(c.couleur)}"></span></td>'
        f"<td>{escape(c.libelle)}</td><td>{c.effectif}</td></tr>"
        for c in legende.classes
    ]
    lignes += [
        f'<tr><td><span class="obs-pastille {escape(a.value)}"></span></td><td>{escape(a.libelle)}</td><td>{n}</td></tr>'
        for a, n in legende.aspects
    ]
    note = f'<p class="obs-note">{escape(legende.repere)} · {escape(legende.methode)}</p>'
    return (
        f'<table class="obs-legende"><caption>{escape(legende.titre)}</caption>'
        f'<thead><tr><th colspan="3" scope="col">{escape(legende.titre_effectif)}</th></tr></thead>'
        f"<tbody>{''.join(lignes)}</tbody></table>{note}"
    )


def html_table_zones(
    lignes: pd.DataFrame, unite: str, *, titre: str, liens: dict[str, str] | None = None, detail: bool = True
) -> str:
    """Tableau trié des territoires : valeur, écart, statut, verdict.

    Parameters
    ----------
    lignes : pandas.DataFrame
        ``code_territoire, nom, valeur, statut, methode, ecart, verdict, borne_basse, borne_haute``.
    unite : str
        Unité de l’indicateur.
    titre : str
        Légende du tableau, lue par les lecteurs d’écran.
    liens : dict, optional
        Code → adresse de la fiche.
    detail : bool
        Montrer le statut et le verdict.
    """
    corps = []
    for _, ligne in lignes.iterrows():
        nom = escape(str(ligne["nom"]))
        adresse = (liens or {}).get(str(ligne["code_territoire"]))
        if adresse:
            nom = f'<a href="{escape(adresse)}" target="_self">{nom}</a>'
        cellules = [
            f'<td scope="row">{nom}</td>',
            f'<td class="n">{escape(texte_valeur(ligne, unite))}</td>',
            f'<td class="n"><b>{escape(texte_ecart(ligne, unite))}</b></td>',
        ]
        if detail:
            badges = badge_statut(ligne["statut"], ligne["methode"]) + " " + badge_verdict(ligne.get("verdict"))
            cellules.append(f"<td>{badges}</td>")
        corps.append(f"<tr>{''.join(cellules)}</tr>")
    entetes = ["Territoire", "Valeur", "Écart"] + (["Statut"] if detail else [])
    tete = "".join(
        f'<th scope="col"{" class=n" if e in {"Valeur", "Écart"} else ""}>{e}</th>' for e in entetes
    )
    return (
        f'<div class="obs-defile" tabindex="0" role="region" aria-label="{escape(titre)}"><table class="obs-table">'
        f"<thead><tr>{tete}</tr></thead><tbody>{''.join(corps)}</tbody></table></div>"
    )


def html_points(
    *, valeur: float, ville: float, hors_qpv: float, bornes: tuple[float, float], echelle: tuple[float, float], texte: str
) -> str:
    """Ligne de points : quartier en ocre, ville en encre, ville hors QPV en creux, intervalle en bande.

    Les valeurs non finies ne sont pas dessinées ; ``texte`` dit la même chose en mots.
    """
    bas, haut = echelle
    largeur = 100.0

    def x(v: float) -> float:
        return float(np.clip((v - bas) / (haut - bas), 0, 1) * largeur)

    formes = ['<line x1="0" x2="100%" y1="12" y2="12" stroke="#d9dce3" stroke-width="1"/>']
    if np.isfinite(bornes).all():
        g, d = x(bornes[0]), x(bornes[1])
        formes.append(
            f'<rect x="{g:.2f}%" width="{max(d - g, 0.5):.2f}%" y="9" height="6" rx="3" fill="#ecc799"/>'
        )
    if np.isfinite(hors_qpv):
        formes.append(f'<circle cx="{x(hors_qpv):.2f}%" cy="12" r="5" fill="#fff" stroke="#1b1f2a" stroke-width="2"/>')
    if np.isfinite(ville):
        formes.append(f'<circle cx="{x(ville):.2f}%" cy="12" r="6" fill="#1b1f2a"/>')
    if np.isfinite(valeur):
        formes.append(f'<circle cx="{x(valeur):.2f}%" cy="12" r="7" fill="#bd6a25" stroke="#fff" stroke-width="1.5"/>')
    return f'<svg role="img" aria-label="{escape(texte)}">{"".join(formes)}</svg>'


def cle_des_points(nom_ville: str) -> str:
    """Légende de la ligne de points."""

    def pastille(forme: str) -> str:
        return f'<svg width="16" height="16" aria-hidden="true">{forme}</svg>'

    entrees: Sequence[tuple[str, str]] = (
        ('<circle cx="8" cy="8" r="7" fill="#bd6a25"/>', "le quartier"),
        ('<rect x="0" y="5" width="16" height="6" rx="3" fill="#ecc799"/>', "ce que les données permettent"),
        ('<circle cx="8" cy="8" r="6" fill="#1b1f2a"/>', escape(nom_ville)),
        ('<circle cx="8" cy="8" r="5" fill="#fff" stroke="#1b1f2a" stroke-width="2"/>', "la ville hors QPV"),
    )
    return '<div class="obs-cle">' + "".join(f"<span>{pastille(f)}{t}</span>" for f, t in entrees) + "</div>"


def habitants(nombre: float) -> str:
    """« 12 360 habitants », ou vide si le nombre est inconnu."""
    return ecrire_valeur(nombre, "personnes") if np.isfinite(nombre) else ""


def personnes_en_plus(ecart: float, concernes: str) -> str:
    """« environ 2 970 habitants sous le seuil de pauvreté de plus », ou vide."""
    if not np.isfinite(ecart) or abs(ecart) < 10 or not concernes:
        return ""
    sens = "de plus" if ecart > 0 else "de moins"
    return f"environ {ecrire_nombre(round(abs(ecart), -1))} {concernes} {sens}"
