"""Page « Inégalités » : une phrase par mesure, sa figure, son tableau, et ce qu’elle ne dit pas."""

from __future__ import annotations

from html import escape

import numpy as np

from observatoire.cartes.francais import a_la_ville
from observatoire.cartes.phrases_inegalites import (
    Constat,
    constats_revenus,
    constats_segregation,
)
from observatoire.editions import Edition
from observatoire.interface.chargement import catalogue_courant, edition_affichee
from observatoire.interface.composants import badge_statut, deplier, ne_dit_pas
from observatoire.interface.ecriture import afficher_html
from observatoire.interface.points import Position, html_points
from observatoire.interface.section_grappes import afficher_grappes
from observatoire.interface.section_quartiers_inegaux import afficher_quartiers
from observatoire.redaction import ecrire_valeur

__all__ = ["afficher"]

_MESURES_EN_GRAND = ("d9_d1", "s80_s20", "gini")
_SOUS_LE_TITRE = {
    "d9_d1": "Entre le plancher des 10\u202f% les plus aisés et le plafond des 10\u202f% les plus modestes."
}
"""Explication d’une mesure dont la phrase est déjà le titre de la page."""
_METHODE_CONSTAT = {"publie": "publie", "estime": "melange_iris"}


def afficher() -> None:
    """Afficher les inégalités de la ville."""
    edition, catalogue = edition_affichee(), catalogue_courant()
    mesures = edition.complement("inegalites")
    if mesures.empty:
        afficher_html(
            '<h1 class="obs-titre">Cette édition ne mesure pas les inégalités</h1><p class="obs-texte">Elle est antérieure à '
            "ces mesures, ou les chiffres des IRIS y manquent. La personne chargée de l’observation peut relancer "
            "« observatoire actualiser ».</p>"
        )
        return
    revenus = constats_revenus(mesures, edition.nom_commune)
    _titre(edition, revenus)
    _niveaux_de_vie(revenus)
    _repartition(constats_segregation(mesures, catalogue))
    afficher_grappes(edition, catalogue)
    afficher_quartiers(edition, catalogue)


def _titre(edition: Edition, revenus: list[Constat]) -> None:
    phrase = next((c.phrase for c in revenus if c.mesure == "d9_d1" and c.phrase), "")
    ville = a_la_ville(edition.nom_commune, edition.est_fictive)
    titre = phrase.rstrip(".") or f"Les inégalités {ville[0].lower()}{ville[1:]}"
    annees = sorted({c.millesime for c in revenus})
    sous_titre = f"Niveaux de vie {annees[-1]}, Filosofi" if annees else "Recensement"
    afficher_html(
        f'<h1 class="obs-titre">{escape(titre)}</h1><p class="obs-sous-titre">{escape(sous_titre)} · '
        "quartiers prioritaires de la politique de la ville (QPV) et IRIS</p>"
    )


def _niveaux_de_vie(revenus: list[Constat]) -> None:
    if not revenus:
        return
    grands = "".join(
        f'<div class="obs-mesure"><div class="chiffre">{escape(c.texte)}</div><div class="nom">{escape(c.libelle)} '
        f"{badge_statut(c.statut, _METHODE_CONSTAT.get(c.statut, 'aucune'))}</div><p>{escape(_SOUS_LE_TITRE.get(c.mesure, c.phrase) if c.phrase else c.note)}</p></div>"
        for c in revenus
        if c.mesure in _MESURES_EN_GRAND
    )
    barres = "".join(
        _barre(c)
        for c in revenus
        if c.mesure in {"part_entre_quartiers_cale_theil", "part_entre_iris_theil"}
    )
    afficher_html(
        f'<h2 class="obs-h2">Entre les plus modestes et les plus aisés</h2><div class="obs-mesures">{grands}</div>'
        '<h2 class="obs-h2">Entre les quartiers, ou dans chacun d’eux ?</h2>'
        f'<div class="obs-barres">{barres}</div>'
        + ne_dit_pas(
            "Ces parts viennent de l’indice de Theil. Des voisins très différents comptent « dans » un territoire : une "
            "petite part entre quartiers ne veut pas dire peu d’écarts, mais que les plus grands séparent des "
            "habitants d’un même quartier. La moyenne de chaque quartier prioritaire est ramenée à son niveau de vie médian "
            "publié ou calé."
        )
    )
    afficher_html(deplier("Voir le tableau des mêmes mesures", _table_constats(revenus)))


def _barre(constat: Constat) -> str:
    """Deux parts d’un tout : entre les territoires, et dans chacun."""
    if not constat.phrase:
        return f'<p class="obs-note">{escape(constat.libelle)} : {escape(constat.texte)} ({escape(constat.note)}).</p>'
    part = float(np.clip(constat.valeur, 0, 100))
    dit = f"{constat.libelle} : {constat.texte}"
    return (
        f'<div class="obs-part"><p>{escape(constat.phrase)}</p>'
        f'<div class="barre" role="img" aria-label="{escape(dit)}"><span class="entre" style="width:{part:.1f}%"></span></div>'
        f'<div class="cles"><span><i class="entre"></i>entre les territoires : {escape(constat.texte)}</span>'
        f"<span><i></i>à l’intérieur : {escape(ecrire_valeur(100 - part, 'pct', decimales=0))}</span></div></div>"
    )


def _table_constats(constats: list[Constat]) -> str:
    corps = "".join(
        f'<tr><th scope="row">{escape(c.libelle)} <span class="obs-note">{c.millesime}</span></th>'
        f'<td class="n"><b>{escape(c.texte)}</b></td><td>{escape(c.phrase)}<br><span class="obs-note">{escape(c.note)}</span></td></tr>'
        for c in constats
    )
    return (
        '<div class="obs-defile obs-entier"><table class="obs-table"><thead><tr><th scope="col">Mesure</th>'
        f'<th scope="col" class="n">Valeur</th><th scope="col">Ce qu’elle montre</th></tr></thead><tbody>{corps}</tbody></table></div>'
    )


def _repartition(constats: list[Constat]) -> None:
    if not constats:
        return
    connus = [c for c in constats if c.phrase]
    premier = (
        f'<p class="obs-texte"><b>{escape(connus[0].libelle)}.</b> {escape(connus[0].phrase)}</p>'
        if connus
        else ""
    )
    lignes = "".join(_ligne_de_groupe(c) for c in constats)
    afficher_html(
        '<h2 class="obs-h2">Qui habite où : des groupes inégalement répartis entre les IRIS</h2>'
        + premier
        + '<div class="obs-defile obs-entier"><table class="obs-table obs-groupes"><thead><tr><th scope="col">Groupe</th>'
        '<th scope="col">De 0 (la même part partout) à 60 %</th><th scope="col" class="n">À déplacer</th>'
        '<th scope="col" class="n">Part dans leurs IRIS</th><th scope="col" class="n">Part dans la ville</th></tr></thead><tbody>'
        + lignes
        + "</tbody></table></div>"
        + ne_dit_pas(
            "L’indice de dissimilarité compte combien de personnes devraient changer d’IRIS ; il ne dit ni pourquoi elles habitent "
            "là, ni si c’est un mal. Le recensement étant un sondage, une part de l’indice est due au hasard : elle est retirée, et "
            "le trait à deux butées donne l’intervalle, neuf fois sur dix. Seuls les IRIS d’habitat connus à toutes les "
            "dates comptent."
        )
    )


def _ligne_de_groupe(constat: Constat) -> str:
    points = html_points(
        [Position("quartier", 100 * constat.valeur)],
        intervalles=[(100 * constat.bornes[0], 100 * constat.bornes[1], True)],
        echelle=(0.0, 60.0),
        texte=f"{constat.libelle} : {constat.texte}",
    )
    return (
        f'<tr><th scope="row">{escape(constat.libelle)} <span class="obs-note">{constat.millesime}</span></th>'
        f'<td class="obs-points">{points}</td><td class="n"><b>{escape(constat.texte)}</b></td>'
        f'<td class="n" data-nom="Dans leurs IRIS">{_part(constat.reperes[0])}</td>'
        f'<td class="n" data-nom="Dans la ville">{_part(constat.reperes[1])}</td></tr>'
    )


def _part(part: float) -> str:
    return escape(ecrire_valeur(100 * part, "pct", decimales=0)) if np.isfinite(part) else "–"
