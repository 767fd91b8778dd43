"""Page « Inégalités » : la carte des IRIS voisins qui se ressemblent, ou des poches hors des quartiers."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd
import streamlit as st

from observatoire.cartes.francais import enumerer
from observatoire.cartes.groupes_carreaux import groupes_de_carreaux
from observatoire.cartes.modeles import VueCarte
from observatoire.cartes.phrases_inegalites import Constat, constats_moran
from observatoire.cartes.vue_inegalites import indicateurs_a_grappes
from observatoire.catalogue import Catalogue
from observatoire.editions import Edition
from observatoire.interface.cartes_inegalites import POCHES, vue_inegalites
from observatoire.interface.composants import deplier, html_carte, html_legende, ne_dit_pas
from observatoire.interface.ecriture import afficher_html
from observatoire.interface.etat import choisir
from observatoire.interface.routes_carte import adresse_inegalites
from observatoire.interface.section_carreaux import html_reperage, html_table_carreaux
from observatoire.redaction import ecrire_nom, ecrire_valeur

__all__ = ["afficher_grappes"]


def afficher_grappes(edition: Edition, catalogue: Catalogue) -> None:
    """Afficher la carte choisie, ce qu’elle dit et son tableau ; rien si l’édition n’en permet aucune."""
    poches = edition.complement("poches")
    trouvees = bool(len(poches)) and bool((poches["etat"] == "poche").any())
    trouvees |= groupes_de_carreaux(edition) is not None
    indicateurs = _indicateurs(edition, catalogue)
    options = _options(edition, catalogue, indicateurs, poches_d_abord=trouvees)
    if not options:
        return
    noms = {i: f"Voisinages semblables · {catalogue.indicateurs[i].court}" for i in indicateurs}
    noms[POCHES] = "Aussi fragiles que les quartiers prioritaires, hors d’eux"
    zone = st.container()
    with st.container(key="choix_inegalites", horizontal=True):
        choix = choisir(
            "Montrer sur la carte", options, cle="montrer", ecrire=noms.__getitem__, largeur=460
        )
    vue = vue_inegalites(edition, choix)
    with zone:
        afficher_html(f'<h2 class="obs-h2">{escape(vue.titre)}</h2>')
    if choix == POCHES:
        dit = _dire_poches(edition, catalogue, trouvees=trouvees)
        table = _table_poches(poches) + html_table_carreaux(edition)
    else:
        dit = _dire_grappes(edition, catalogue, choix, indicateurs)
        grappes = edition.complement("grappes")
        siennes = grappes[grappes["indicateur"] == choix]
        table = _table_grappes(siennes, catalogue.indicateurs[choix].unite)
    _scene(edition, choix, vue, dit)
    afficher_html(deplier("Voir le tableau des mêmes données", table))


def _indicateurs(edition: Edition, catalogue: Catalogue) -> list[str]:
    grappes = edition.complement("grappes")
    presentes = set(grappes["indicateur"]) if len(grappes) else set()
    return [i for i in catalogue.inegalites.grappes.indicateurs if i in presentes]


def _options(
    edition: Edition, catalogue: Catalogue, indicateurs: list[str], *, poches_d_abord: bool
) -> list[str]:
    """Cartes au choix ; une carte sans poche n’est pas la première que l’on montre."""
    critere = catalogue.inegalites.poches.indicateur
    if not len(edition.couches["qpv"]) or critere not in edition.manifeste["millesimes"]:
        return indicateurs
    return [POCHES, *indicateurs] if poches_d_abord else [*indicateurs, POCHES]


def _scene(edition: Edition, choix: str, vue: VueCarte, dit: str) -> None:
    """La carte à gauche, sa légende et ce qu’elle dit à droite."""
    carte = html_carte(
        nom="inegalites",
        geometries=adresse_inegalites("geometries", edition, choix),
        valeurs=adresse_inegalites("valeurs", edition, choix),
        alternative=vue.texte_alternatif,
    )
    afficher_html(
        f'<section class="obs-scene" aria-label="Carte et légende"><div class="obs-gauche">{carte}'
        f'<p class="obs-note">{escape(vue.source)}</p></div>'
        f'<div class="obs-droite">{html_legende(vue)}{dit}</div></section>'
    )


def _dire_poches(edition: Edition, catalogue: Catalogue, *, trouvees: bool) -> str:
    rien = (
        ""
        if trouvees
        else '<p class="obs-texte">La carte montre donc l’écart de chaque IRIS à la ville.</p>'
    )
    return rien + _explication_poches(catalogue) + html_reperage(edition, catalogue)


def _dire_grappes(
    edition: Edition, catalogue: Catalogue, choix: str, indicateurs: list[str]
) -> str:
    constats = constats_moran(edition.complement("inegalites"), catalogue)
    constat = next((c for c in constats if c.indicateur == choix), None)
    detaches = indicateurs_a_grappes(edition)
    if choix in detaches:
        return _explication_grappes(constat)
    return _sans_grappe(constat, catalogue, [i for i in indicateurs if i in detaches])


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
        + ne_dit_pas(
            "Un IRIS hachuré est masqué par l’Insee : on ne sait pas s’il en est un. "
            "Être retenu n’ouvre aucun droit : la géographie prioritaire suit ses propres critères."
        )
    )


def _explication_grappes(constat: Constat | None) -> str:
    phrase = ""
    if constat is not None:
        phrase = f'<p class="obs-texte">{escape(constat.phrase or constat.note)}</p>'
    return phrase + ne_dit_pas(
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
    return f'<p class="obs-texte">{escape(" ".join(morceaux))}</p>' + ne_dit_pas(
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
