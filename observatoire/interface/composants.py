"""Morceaux de page en HTML accessible : panneau, légende, tableaux, pastilles, points.

Tout texte venu des données est échappé.
"""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd

from observatoire.cartes.lignes import (
    sens_intervalle,
    texte_ecart,
    texte_intervalle,
    texte_valeur,
)
from observatoire.cartes.modeles import ClasseLegende, VueCarte
from observatoire.domaine import Methode, Qualite, Reference, Statut, Verdict
from observatoire.indicateurs import dire_qualite
from observatoire.ingestion.tuiles import MENTION, fond_permis
from observatoire.redaction import ecrire_nom, ecrire_valeur

RAYON_MAX_PX = 24
"""Rayon du plus grand cercle de la carte à l’écran."""
_LIGNES_VUES = 13
"""Lignes d’un tableau au-delà desquelles il défile (« style.css »)."""

__all__ = [
    "badge_qualite",
    "badge_statut",
    "badge_verdict",
    "badges_du_chiffre",
    "cellule_valeur",
    "deplier",
    "habitants",
    "html_carte",
    "html_legende",
    "html_table_zones",
    "html_ville",
    "ne_dit_pas",
    "sens_intervalle",
    "texte_ecart",
    "texte_intervalle",
    "texte_valeur",
]


def badge_statut(statut: str, methode: str) -> str:
    """Pastille du statut et de la méthode : « estimé · carreaux » ; l’infobulle la dit en entier."""
    mots = [Statut(statut).libelle]
    if statut == Statut.ESTIME.value and Methode(methode).court:
        mots.append(Methode(methode).court)
    return (
        f'<span class="obs-badge {escape(statut)}" title="{escape(Methode(methode).libelle)}">'
        f"{escape(' · '.join(mots))}</span>"
    )


def badge_qualite(qualite: object) -> str:
    """Pastille de la qualité du chiffre, dont l’infobulle est la phrase ; vide si elle est inconnue."""
    mot, phrase = dire_qualite(qualite)
    if not mot:
        return ""
    return (
        f'<span class="obs-badge qualite {escape(str(qualite))}" title="{escape(phrase)}">'
        f"{escape(mot)}</span>"
    )


def _qualite_en_plus(ligne: pd.Series) -> str:
    """La qualité, quand le statut affiché à côté ne la dit pas déjà."""
    en_plus = {Qualite.PARTIELLEMENT_MASQUEE.value, Qualite.ANCIENNE.value}
    return " " + badge_qualite(ligne["qualite"]) if ligne.get("qualite") in en_plus else ""


def badges_du_chiffre(ligne: pd.Series) -> str:
    """Pastilles d’un chiffre, les mêmes sur chaque écran : statut et méthode, verdict, qualité."""
    statut = badge_statut(ligne["statut"], ligne["methode"])
    if ligne["statut"] in {Statut.SECRET.value, Statut.ABSENT.value}:
        # Sans valeur, « non interprétable » ne dirait rien de plus.
        return statut
    return f"{statut} {badge_verdict(ligne.get('verdict'))}{_qualite_en_plus(ligne)}"


def badge_verdict(verdict: object) -> str:
    """Pastille du verdict, vide s’il n’y en a pas."""
    if not isinstance(verdict, str) or not verdict:
        return ""
    return f'<span class="obs-badge {escape(verdict)}">{escape(Verdict(verdict).libelle)}</span>'


def cellule_valeur(ligne: pd.Series, unite: str, *, gras: bool = False) -> str:
    """Valeur, et dessous son intervalle si elle est estimée."""
    texte = escape(texte_valeur(ligne, unite))
    texte = f"<b>{texte}</b>" if gras else texte
    intervalle = texte_intervalle(ligne, unite)
    if intervalle:
        sens = escape(sens_intervalle(str(ligne["methode"])))
        texte += f'<br><span class="obs-note obs-entre" title="{sens}">{escape(intervalle)}</span>'
    return f'<td class="n">{texte}</td>'


def html_carte(
    *,
    nom: str,
    geometries: str,
    valeurs: str,
    alternative: str,
    lieux: str = "",
    point: tuple[float, float] | None = None,
    texte_point: str = "",
    groupe: str = "",
) -> str:
    """Emplacement d’une carte : ``cadre.js`` y dessine ce que ces adresses donnent.

    Parameters
    ----------
    nom : str
        Nom de l’emplacement ; la carte déjà dessinée sous ce nom est reprise.
    geometries, valeurs : str
        Adresses des données.
    alternative : str
        Ce que la carte montre, en mots.
    lieux : str
        Adresse des lieux à poser dessus ; vide pour aucun.
    point : tuple of float, optional
        Latitude et longitude d’un point à montrer.
    texte_point : str
        Ce que l’on répond de ce point.
    groupe : str
        Cartes du même groupe : leurs vues sont liées.
    """
    lie = f' data-groupe="{escape(groupe)}"' if groupe else ""
    if fond_permis():
        lie += f' data-fond="./api/carte/fond/{{z}}/{{x}}/{{y}}" data-mention="{escape(MENTION)}"'
    epingle = f' data-lieux="{escape(lieux)}"' if lieux else ""
    if point is not None:
        epingle += (
            f' data-point="{point[0]:.5f},{point[1]:.5f}" data-point-texte="{escape(texte_point)}"'
        )
    return (
        f'<div class="obs-carte" data-nom="{escape(nom)}" data-geo="{escape(geometries)}" '
        f'data-valeurs="{escape(valeurs)}"{lie}{epingle}></div>'
        f'<p class="obs-cache">{escape(alternative)}</p>'
    )


def deplier(titre: str, contenu: str) -> str:
    """Contenu replié sous son titre : le clavier l’ouvre, la recherche du navigateur y entre.

    Parameters
    ----------
    titre : str
        Texte du titre, échappé ici.
    contenu : str
        HTML montré une fois déplié.
    """
    return (
        f'<details class="obs-details"><summary>{escape(titre)}</summary>'
        f'<div class="obs-replie">{contenu}</div></details>'
    )


def ne_dit_pas(texte: str) -> str:
    """Ce qu’une mesure ne dit pas : la précaution qui la suit toujours."""
    return f'<p class="obs-note obs-texte"><b>Ce que cela ne dit pas.</b> {escape(texte)}</p>'


def html_ville(vue: VueCarte) -> str:
    """Panneau du chiffre de la ville."""
    return (
        f'<section class="obs-ville"><div class="nom">{escape(vue.nom_ville)}</div>'
        f'<div class="chiffre">{escape(vue.texte_ville)}</div>'
        f'<div class="suite">{escape(vue.complement_ville)}</div>{_autre_reference(vue)}</section>'
    )


def _autre_reference(vue: VueCarte) -> str:
    """La valeur à laquelle la carte compare, quand ce n’est pas celle de la ville écrite en grand."""
    est_autre = vue.reference not in {Reference.VILLE.value, Reference.EPCI.value}
    if vue.vue != "ecart" or not est_autre or not vue.legende.repere:
        return ""
    return f'<div class="suite">La carte compare à : {escape(vue.legende.repere)}</div>'


def html_legende(vue: VueCarte) -> str:
    """Légende : classes, effectifs, aspects particuliers, repère de la ville."""
    legende = vue.legende
    if vue.est_stock:
        maximum = legende.classes[0].borne_haute if legende.classes else 1.0
        lignes = [_ligne_cercle(c, maximum) for c in legende.classes]
    else:
        lignes = [
            f'<tr><td><span class="obs-pastille" style="background:{escape(c.couleur)}"></span></td>'
            f"<td>{escape(c.libelle)}</td><td>{c.effectif}</td></tr>"
            for c in legende.classes
        ]
    lignes += [
        f'<tr><td><span class="obs-pastille {escape(a.value)}"></span></td><td>{escape(a.libelle)}</td><td>{n}</td></tr>'
        for a, n in legende.aspects
    ]
    notes = " · ".join(t for t in (legende.repere, legende.methode) if t)
    note = f'<p class="obs-note">{escape(notes)}</p>'
    return (
        f'<table class="obs-legende"><caption>{escape(legende.titre)}</caption>'
        f'<thead><tr><th colspan="3" scope="col">{escape(legende.titre_effectif)}</th></tr></thead>'
        f"<tbody>{''.join(lignes)}</tbody></table>{note}"
    )


def _ligne_cercle(classe: ClasseLegende, maximum: float) -> str:
    """Un cercle de la légende, à l’échelle de ceux de la carte."""
    cote = 2 * RAYON_MAX_PX * float(np.sqrt(classe.borne_haute / maximum))
    cercle = f'<span class="obs-cercle" style="width:{cote:.0f}px;height:{cote:.0f}px;background:{escape(classe.couleur)}"></span>'
    return f"<tr><td>{cercle}</td><td>{escape(classe.libelle)}</td><td></td></tr>"


def html_table_zones(
    lignes: pd.DataFrame,
    unite: str,
    *,
    titre: str,
    liens: dict[str, str] | None = None,
    detail: bool = True,
    ecart: bool = True,
) -> str:
    """Tableau trié des territoires : valeur, écart, statut, verdict.

    Parameters
    ----------
    lignes : pandas.DataFrame
        ``code_territoire, nom, valeur, statut, methode, bornes_seules, borne_basse, borne_haute,
        ecart, ecart_borne_basse, ecart_borne_haute, verdict``.
    unite : str
        Unité de l’indicateur.
    titre : str
        Légende du tableau, lue par les lecteurs d’écran.
    liens : dict, optional
        Code → adresse de la fiche.
    detail : bool
        Statut et verdict dans une colonne ; sinon sous le nom (tableau étroit).
    ecart : bool
        Montrer l’écart ; un effectif n’en a pas.
    """
    corps = []
    for _, ligne in lignes.iterrows():
        nom = escape(ecrire_nom(str(ligne["nom"])))
        adresse = (liens or {}).get(str(ligne["code_territoire"]))
        if adresse:
            nom = f'<a href="{escape(adresse)}" target="_self">{nom}</a>'
        badges = badges_du_chiffre(ligne)
        if not detail:
            nom += f'<br><span class="obs-badges">{badges}</span>'
        cellules = [
            f'<th scope="row">{nom}</th>',
            cellule_valeur(ligne, unite),
        ]
        if ecart:
            cellules.append(f'<td class="n"><b>{escape(texte_ecart(ligne, unite))}</b></td>')
        if detail:
            cellules.append(f"<td>{badges}</td>")
        corps.append(f"<tr>{''.join(cellules)}</tr>")
    entetes = [
        "Territoire",
        "Valeur",
        *(["Écart"] if ecart else []),
        *(["Statut"] if detail else []),
    ]
    tete = "".join(
        f'<th scope="col"{" class=n" if e in {"Valeur", "Écart"} else ""}>{e}</th>' for e in entetes
    )
    # Une liste qui défile ne doit pas passer pour entière.
    longue = f'<p class="obs-note">{len(corps)} territoires : la liste défile.</p>'
    return (
        f'{longue if len(corps) > _LIGNES_VUES else ""}<div class="obs-defile" tabindex="0" role="region" aria-label="{escape(titre)}"><table class="obs-table">'
        f"<thead><tr>{tete}</tr></thead><tbody>{''.join(corps)}</tbody></table></div>"
    )


def habitants(nombre: float) -> str:
    """« 12 360 habitants », ou vide si le nombre est inconnu."""
    return ecrire_valeur(nombre, "personnes") if np.isfinite(nombre) else ""
