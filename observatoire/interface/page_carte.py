"""Page « Carte » : trois phrases, une ligne de choix, la carte, le chiffre de la ville."""

from __future__ import annotations

from html import escape

import pandas as pd
import streamlit as st

from observatoire.cartes.formes_lieux import image_du_signe
from observatoire.cartes.francais import enumerer
from observatoire.cartes.lieux_web import TOUTES, categories_de_lieux
from observatoire.cartes.modeles import VueCarte
from observatoire.domaine import Methode
from observatoire.editions import Edition
from observatoire.interface.chargement import (
    Demande,
    catalogue_courant,
    edition_affichee,
    lignes_jointes,
    niveaux_au_choix,
    vue_carte,
)
from observatoire.interface.choix_carte import Ecran, choisir_ecran
from observatoire.interface.composants import (
    html_carte,
    html_legende,
    html_table_zones,
    html_ville,
)
from observatoire.interface.disponibilite import (
    niveaux_connus,
)
from observatoire.interface.ecriture import afficher_html
from observatoire.interface.etat import (
    adresse,
)
from observatoire.interface.lieux import Reponse, repondre
from observatoire.interface.phrases_accueil import afficher_phrases
from observatoire.interface.routes_carte import adresse_carte, adresse_lieux

__all__ = ["afficher"]

_CALE = (
    '<p class="obs-note">« Calé » : estimé à partir des IRIS, puis corrigé d’après les quartiers de France dont le '
    "chiffre est publié. Sous la valeur, l’intervalle qui contient le chiffre publié neuf fois sur dix.</p>"
)


def afficher() -> None:
    """Afficher la carte choisie, sa légende, les quartiers et le tableau des mêmes données."""
    edition, catalogue = edition_affichee(), catalogue_courant()
    phrases = afficher_phrases(edition, catalogue)
    zone_titre = st.container()
    ecran = choisir_ecran(edition, catalogue)
    vue = vue_carte(edition, ecran.demande)
    with zone_titre:
        # Les phrases de la ville, quand elles sont là, portent le titre de la page.
        balise, rang = ("h2", " second") if phrases else ("h1", "")
        afficher_html(
            f'<{balise} class="obs-titre{rang}">{escape(vue.titre)}</{balise}>'
            f'<p class="obs-sous-titre">{escape(vue.sous_titre)}</p>'
        )
    reponse = repondre(edition)
    if ecran.seconde is None:
        _scene(edition, ecran, vue, reponse)
    else:
        _duo(edition, ecran, ecran.seconde, vue, reponse)
    _tableau(edition, ecran)


def _carte(
    edition: Edition,
    demande: Demande,
    vue: VueCarte,
    nom: str,
    reponse: Reponse | None,
    lieux: str,
) -> str:
    return html_carte(
        nom=nom,
        geometries=adresse_carte("geometries", edition, demande),
        valeurs=adresse_carte("valeurs", edition, demande),
        alternative=vue.texte_alternatif,
        lieux=adresse_lieux(edition, lieux),
        point=reponse.point if reponse else None,
        texte_point=reponse.texte if reponse else "",
        groupe="duo" if nom != "carte" else "",
    )


def _cle_des_lieux(edition: Edition, lieux: str) -> str:
    """Ce que dit chaque signe posé sur la carte."""
    return "".join(
        f'<p class="obs-note obs-cle-lieux">{image_du_signe(rang)}{escape(categorie)}</p>'
        for rang, categorie in enumerate(categories_de_lieux(edition.complement("lieux")))
        if lieux in {categorie, TOUTES}
    )


def _scene(edition: Edition, ecran: Ecran, vue: VueCarte, reponse: Reponse | None) -> None:
    """Carte à gauche, chiffre de la ville, légende et quartiers à droite : un seul bloc."""
    afficher_html(
        f'<section class="obs-scene" aria-label="Carte et légende" data-pointer="oui">'
        f'<p class="obs-plein-titre">{escape(vue.titre)}<span>{escape(vue.sous_titre)}</span></p>'
        f'<div class="obs-gauche">{reponse.html if reponse else ""}{_rien_a_colorer(edition, ecran)}'
        f"{_carte(edition, ecran.demande, vue, 'carte', reponse, ecran.lieux)}"
        f'<p class="obs-note">{escape(vue.phrase_lecture)} {escape(vue.precaution)}</p>'
        f'<p class="obs-note">{escape(vue.source)}</p></div>'
        f'<div class="obs-droite">{html_ville(vue)}{html_legende(vue)}{_cle_des_lieux(edition, ecran.lieux)}'
        f"{_quartiers(edition, ecran)}</div></section>"
    )


def _rien_a_colorer(edition: Edition, ecran: Ecran) -> str:
    """Ce qu’il faut savoir quand aucun découpage n’a de valeur : où est le chiffre, et qui peut agir."""
    demande = ecran.demande
    connus = niveaux_connus(edition, demande.indicateur, demande.millesime)
    if demande.niveau in connus:
        return ""
    noms = niveaux_au_choix(edition)
    autres = [noms[n] for n in noms if n in connus]
    if autres:
        suite = f"Choisissez un autre découpage : {enumerer(autres)}."
    else:
        suite = (
            "Seul le chiffre de la ville entière est connu, à droite. La personne chargée de l’observation peut "
            "compléter les fichiers : « Données et méthode » dit lesquels."
        )
    return (
        f'<div class="obs-lieu"><p><b>Rien à colorer sur cette carte.</b> {escape(suite)}</p></div>'
    )


def _repli(demande: Demande, vue: VueCarte) -> str:
    """Dire que la carte montre des valeurs, quand aucun écart demandé n’y est connu."""
    if demande.vue == vue.vue or not vue.legende.classes:
        return ""
    return (
        '<div class="obs-lieu"><p><b>La carte montre des valeurs.</b> Aucun écart n’est connu pour ce découpage '
        "et cette année.</p></div>"
    )


def _duo(
    edition: Edition, ecran: Ecran, seconde: Demande, vue: VueCarte, reponse: Reponse | None
) -> None:
    """Deux cartes du même lieu ; celles de deux années ont les mêmes classes."""
    autre = vue_carte(edition, seconde)
    moities = "".join(
        f'<div class="obs-moitie"><h2 class="obs-h3">{escape(v.sous_titre)}</h2>'
        f"{_carte(edition, d, v, nom, reponse, ecran.lieux)}"
        f'<div class="obs-cote">{html_ville(v)}{html_legende(v)}{_cle_des_lieux(edition, ecran.lieux)}</div>'
        f'<p class="obs-note">{escape(v.phrase_lecture)} {escape(v.precaution)}</p>'
        f'<p class="obs-note">{escape(v.source)}</p></div>'
        for d, v, nom in ((ecran.demande, vue, "gauche"), (seconde, autre, "droite"))
    )
    note = ""
    if seconde.indicateur == ecran.indicateur.id:
        note = (
            '<p class="obs-note">Les deux cartes ont les mêmes classes. Deux années ne se comparent que si la '
            "source, la définition et les contours le permettent : voir « Évolutions ».</p>"
        )
    afficher_html(
        f'<section class="obs-scene obs-duo" aria-label="Deux cartes côte à côte" data-pointer="oui">'
        f"{reponse.html if reponse else ''}{note}{moities}</section>"
    )


def _quartiers(edition: Edition, ecran: Ecran) -> str:
    table = lignes_jointes(edition, ecran.demande.reference)
    du_moment = table[
        (table["indicateur"] == ecran.indicateur.id)
        & (table["millesime"] == ecran.demande.millesime)
    ].sort_values(["rang", "nom"], na_position="last")
    if ecran.demande.niveau not in {"iris", "qpv"}:
        return _zones_du_decoupage(edition, ecran, du_moment)
    lignes = du_moment[du_moment["type_territoire"] == "qpv"]
    if lignes.empty:
        return '<p class="obs-note">Aucun quartier prioritaire de la politique de la ville (QPV) dans cette ville.</p>'
    calees = lignes["methode"].map(lambda m: Methode(m).est_calee) & ~lignes["bornes_seules"]
    liens = {code: adresse("quartiers", qpv=code) for code in lignes["code_territoire"]}
    return (
        html_table_zones(
            lignes,
            ecran.indicateur.unite,
            titre="Quartiers prioritaires",
            liens=liens,
            detail=False,
            ecart=not ecran.indicateur.est_stock,
        )
        + '<p class="obs-note">QPV : quartier prioritaire de la politique de la ville. '
        "Cliquez sur un nom, ou sur le quartier dans la carte, pour ouvrir sa fiche."
        + (
            " IRIS : découpage de l’Insee, d’environ 2 000 habitants."
            if ecran.demande.niveau == "iris"
            else ""
        )
        + "</p>"
        + (_CALE if calees.any() else "")
    )


def _zones_du_decoupage(edition: Edition, ecran: Ecran, lignes: pd.DataFrame) -> str:
    """Tableau des zones que la carte colore, quand ce ne sont ni des IRIS ni des quartiers."""
    niveau = ecran.demande.niveau
    return (
        html_table_zones(
            lignes[lignes["type_territoire"] == niveau],
            ecran.indicateur.unite,
            titre=niveaux_au_choix(edition)[niveau],
            detail=False,
            ecart=not ecran.indicateur.est_stock,
        )
        + '<p class="obs-note">Les contours sont ceux des quartiers prioritaires de la politique de la ville (QPV) : '
        "cliquez sur l’un d’eux dans la carte pour ouvrir sa fiche.</p>"
    )


def _tableau(edition: Edition, ecran: Ecran) -> None:
    """Tableaux des mêmes données, chargés quand on les ouvre."""
    morceaux = []
    for demande in filter(None, (ecran.demande, ecran.seconde)):
        vue = vue_carte(edition, demande)
        morceaux.append(
            f'<details class="obs-details" data-charger="{escape(adresse_carte("tableau", edition, demande))}">'
            f"<summary>Voir le tableau des mêmes données : {escape(vue.libelle_indicateur)}, {vue.millesime}"
            '</summary><div data-contenu="oui"><p class="obs-note">Chargement du tableau…</p></div></details>'
        )
    afficher_html("".join(morceaux))
