"""Page « Inégalités » : une phrase par mesure, sa figure, son tableau, et ce qu’elle ne dit pas."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd
import streamlit as st

from observatoire.cartes.carte_web import construire_carte_web
from observatoire.cartes.francais import a_la_ville, enumerer
from observatoire.cartes.groupes_carreaux import groupes_de_carreaux
from observatoire.cartes.modeles import VueCarte
from observatoire.cartes.phrases_inegalites import (
    Constat,
    constats_moran,
    constats_revenus,
    constats_segregation,
)
from observatoire.cartes.vue_inegalites import (
    indicateurs_a_grappes,
    vue_des_grappes,
    vue_des_poches,
)
from observatoire.catalogue import Catalogue
from observatoire.editions import Edition
from observatoire.interface.chargement import (
    HAUTEUR_CARTE_PX,
    catalogue_courant,
    edition_affichee,
)
from observatoire.interface.composants import badge_statut, deplier, html_legende
from observatoire.interface.ecriture import afficher_html
from observatoire.interface.etat import choisir
from observatoire.interface.points import Position, html_points
from observatoire.interface.section_carreaux import html_reperage, html_table_carreaux
from observatoire.interface.section_quartiers_inegaux import afficher_quartiers
from observatoire.interface.service import RACINE_LEAFLET, css_polices
from observatoire.redaction import ecrire_nom, ecrire_valeur

__all__ = ["afficher"]

_POCHES = "poches"
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
    _carte(edition, catalogue)
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
        + _ne_dit_pas(
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
        + _ne_dit_pas(
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


def _carte(edition: Edition, catalogue: Catalogue) -> None:
    grappes, poches = edition.complement("grappes"), edition.complement("poches")
    presentes = set(grappes["indicateur"]) if len(grappes) else set()
    indicateurs = [i for i in catalogue.inegalites.grappes.indicateurs if i in presentes]
    critere = catalogue.inegalites.poches.indicateur
    a_des_quartiers = len(edition.couches["qpv"]) > 0 and critere in edition.manifeste["millesimes"]
    trouvees = bool(len(poches)) and bool((poches["etat"] == "poche").any())
    trouvees |= groupes_de_carreaux(edition) is not None
    # Une carte sans poche n’est pas la première que l’on montre.
    options = [_POCHES, *indicateurs] if trouvees else [*indicateurs, _POCHES]
    options = [o for o in options if o != _POCHES or a_des_quartiers]
    if not options:
        return
    detaches = indicateurs_a_grappes(edition)
    noms = {i: f"Voisinages semblables · {catalogue.indicateurs[i].court}" for i in indicateurs}
    noms[_POCHES] = "Aussi fragiles que les quartiers prioritaires, hors d’eux"
    zone = st.container()
    with st.container(key="choix_inegalites", horizontal=True):
        choix = choisir(
            "Montrer sur la carte", options, cle="montrer", ecrire=noms.__getitem__, largeur=460
        )
    vue = (
        vue_des_poches(edition, catalogue)
        if choix == _POCHES
        else vue_des_grappes(edition, catalogue, choix)
    )
    with zone:
        afficher_html(f'<h2 class="obs-h2">{escape(vue.titre)}</h2>')
    gauche, droite = st.columns([2.1, 0.9], gap="medium")
    with gauche:
        st.iframe(_dessiner(vue), height=HAUTEUR_CARTE_PX, alt=vue.texte_alternatif)
        afficher_html(f'<p class="obs-note">{escape(vue.source)}</p>')
    with droite:
        afficher_html(html_legende(vue))
        if choix == _POCHES:
            if not trouvees:
                afficher_html(
                    '<p class="obs-texte">La carte montre donc l’écart de chaque IRIS à la ville.</p>'
                )
            afficher_html(_explication_poches(catalogue) + html_reperage(edition, catalogue))
        else:
            constat = next(
                (
                    c
                    for c in constats_moran(edition.complement("inegalites"), catalogue)
                    if c.indicateur == choix
                ),
                None,
            )
            if choix in detaches:
                afficher_html(_explication_grappes(constat))
            else:
                autres = [i for i in indicateurs if i in detaches]
                afficher_html(_sans_grappe(constat, catalogue, autres))
    if choix == _POCHES:
        table = _table_poches(poches) + html_table_carreaux(edition)
    else:
        siennes = grappes[grappes["indicateur"] == choix]
        table = _table_grappes(siennes, catalogue.indicateurs[choix].unite)
    afficher_html(deplier("Voir le tableau des mêmes données", table))


def _dessiner(vue: VueCarte) -> str:
    return construire_carte_web(
        vue, racine_leaflet=RACINE_LEAFLET, hauteur_px=HAUTEUR_CARTE_PX, css_polices=css_polices()
    )


def _explication_poches(catalogue: Catalogue) -> str:
    regles = catalogue.inegalites.poches
    nom = catalogue.indicateurs[regles.indicateur].court.lower()
    qui = (
        "du quartier prioritaire le moins touché"
        if regles.seuil == "minimum"
        else "du quartier prioritaire du milieu"
    )
    part = ecrire_valeur(100 * regles.part_dans_qpv_max, "pct", decimales=0)
    return (
        f'<p class="obs-note">Un IRIS est retenu si son {escape(nom)} atteint celui {qui} de la ville, la même année, s’il a '
        f"au moins {regles.habitants_min} habitants, et si {part} d’entre eux au plus vivent dans un quartier prioritaire.</p>"
        + _ne_dit_pas(
            "Un IRIS hachuré est masqué par l’Insee : on ne sait pas s’il en est un. "
            "Être retenu n’ouvre aucun droit : la géographie prioritaire suit ses propres critères."
        )
    )


def _explication_grappes(constat: Constat | None) -> str:
    phrase = ""
    if constat is not None:
        phrase = f'<p class="obs-texte">{escape(constat.phrase or constat.note)}</p>'
    return phrase + _ne_dit_pas(
        "Une grappe dit que des voisins se ressemblent plus que le hasard ne l’explique, pas que l’un influence l’autre. Hors "
        "grappe ne veut pas dire moyen : un IRIS très différent peut être entouré d’IRIS variés. Élevé et bas se lisent par "
        "rapport à la moyenne des IRIS de la ville."
    )


def _sans_grappe(constat: Constat | None, catalogue: Catalogue, autres: list[str]) -> str:
    """Ce que montre la carte quand rien ne se détache, et où regarder."""
    morceaux = [constat.phrase or constat.note] if constat is not None else []
    morceaux.append(
        "Aucun groupe précis ne peut être désigné : pris un à un, le hasard suffit à expliquer leur ressemblance. La "
        "carte montre donc l’écart de chaque IRIS à la ville."
    )
    noms = enumerer([f"« {catalogue.indicateurs[i].court} »" for i in autres])
    if noms:
        morceaux.append(f"Des groupes se détachent pour {noms}.")
    return f'<p class="obs-texte">{escape(" ".join(morceaux))}</p>' + _ne_dit_pas(
        "Qu’aucun groupe ne se détache ne veut pas dire que les IRIS se valent : la carte montre des écarts, parfois grands. "
        "Cela veut dire que l’on ne peut pas affirmer où commence et où finit un ensemble d’IRIS semblables."
    )


def _table_poches(poches: pd.DataFrame) -> str:
    if poches.empty:
        return '<p class="obs-note">Aucun IRIS retenu, aucun IRIS masqué hors des quartiers prioritaires.</p>'
    corps = ""
    for p in poches.to_dict("records"):
        masque = p["etat"] == "masque"
        valeur = "secret statistique" if masque else ecrire_valeur(float(p["valeur"]), "pct")
        habitants = p["habitants"]
        dits = ecrire_valeur(float(habitants), "personnes") if np.isfinite(habitants) else "inconnu"
        corps += (
            f'<tr><th scope="row">{escape(ecrire_nom(str(p["nom"])))}</th><td class="n">{escape(valeur)}</td>'
            f'<td class="n">{escape(ecrire_valeur(float(p["seuil"]), "pct"))}</td><td class="n">{escape(dits)}</td>'
            f"<td>{'masqué : on ne sait pas' if masque else 'groupe ' + str(p['groupe'])}</td></tr>"
        )
    return _table(("IRIS", "Valeur", "Seuil", "Habitants", "État"), (1, 2, 3), corps)


def _table_grappes(lignes: pd.DataFrame, unite: str) -> str:
    mots = {
        "haut": "élevé, parmi des voisins élevés", "bas": "bas, parmi des voisins bas",
        "haut_isole": "élevé, parmi des voisins bas", "bas_isole": "bas, parmi des voisins élevés",
        "aucune": "pas de grappe", "masque": "masqué : on ne sait pas", "seul": "aucun voisin connu",
        "sans_logement": "zone d’activité ou sans logement",
    }  # fmt: skip
    ordre = lignes.assign(rang=lignes["grappe"].map(list(mots).index)).sort_values(["rang", "nom"])
    corps = ""
    for g in ordre.to_dict("records"):
        connue = np.isfinite(g["valeur"])
        valeur = (
            ecrire_valeur(float(g["valeur"]), unite)
            if connue
            else "secret statistique"
            if g["statut"] == "secret"
            else "non disponible"
        )
        corps += (
            f'<tr><th scope="row">{escape(ecrire_nom(str(g["nom"])))}</th><td class="n">{escape(valeur)}</td>'
            f"<td>{escape(mots[g['grappe']])}</td></tr>"
        )
    return _table(("IRIS", "Valeur", "Grappe"), (1,), corps)


def _table(entetes: tuple[str, ...], nombres: tuple[int, ...], corps: str) -> str:
    tete = "".join(
        f'<th scope="col"{" class=n" if k in nombres else ""}>{e}</th>'
        for k, e in enumerate(entetes)
    )
    return f'<div class="obs-defile"><table class="obs-table"><thead><tr>{tete}</tr></thead><tbody>{corps}</tbody></table></div>'


def _ne_dit_pas(texte: str) -> str:
    return f'<p class="obs-note obs-texte"><b>Ce que cela ne dit pas.</b> {escape(texte)}</p>'
