"""Page « Carte » : une phrase, une ligne de choix, la carte, le chiffre de la ville."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from observatoire.cartes.lieux_web import categories_de_lieux
from observatoire.cartes.modeles import VueCarte
from observatoire.catalogue import Catalogue, Indicateur
from observatoire.domaine import Methode, Reference
from observatoire.editions import Edition
from observatoire.indicateurs import joindre_ecarts
from observatoire.interface.chargement import (
    HAUTEUR_CARTE_PX,
    carte_html,
    carte_png,
    catalogue_courant,
    edition_affichee,
    references_de,
    vue_carte,
)
from observatoire.interface.composants import html_legende, html_table_zones, html_ville
from observatoire.interface.etat import basculer, choisir

__all__ = ["afficher"]

_NIVEAUX = {"iris": "IRIS", "qpv": "QPV", "secteur": "Secteurs"}
_CALE = (
    '<p class="obs-note">« Calé » : estimé à partir des IRIS, puis corrigé d’après les quartiers de France dont le '
    "chiffre est publié. Sous la valeur, l’intervalle qui contient le chiffre publié neuf fois sur dix.</p>"
)
_VUES = {"ecart": "Écart", "valeur": "Valeur"}


def afficher() -> None:
    """Afficher la carte choisie, sa légende, les quartiers et le tableau des mêmes données."""
    edition, catalogue = edition_affichee(), catalogue_courant()
    zone_titre = st.container()
    choix = _choisir(edition, catalogue)
    lieux = choix.pop("lieux")
    demande = {**choix, "indicateur": choix["indicateur"].id}
    vue = vue_carte(edition, **demande)
    with zone_titre:
        st.html(
            f'<h1 class="obs-titre">{escape(vue.titre)}</h1><p class="obs-sous-titre">{escape(vue.sous_titre)}</p>'
        )
    gauche, droite = st.columns([2.1, 0.9], gap="medium")
    with gauche:
        st.iframe(
            carte_html(edition, **demande, lieux=lieux),
            height=HAUTEUR_CARTE_PX,
            alt=vue.texte_alternatif,
        )
        st.html(
            f'<p class="obs-note">{escape(vue.phrase_lecture)} {escape(vue.precaution)}</p>'
            f'<p class="obs-note">{escape(vue.source)}</p>'
        )
        _export(vue)
    with droite:
        st.html(html_ville(vue) + html_legende(vue))
        _quartiers(edition, choix["indicateur"], vue, choix["reference"])
    _tableau(edition, vue, choix)


def _choisir(edition: Edition, catalogue: Catalogue) -> dict[str, Any]:
    disponibles = edition.manifeste["millesimes"]
    options = {
        i.id: f"{theme.libelle} · {i.court}"
        for theme, groupe in catalogue.par_theme().items()
        for i in groupe
        if i.id in disponibles
    }
    niveaux = {
        "iris": True,
        "qpv": len(edition.couches["qpv"]) > 0,
        "secteur": len(edition.couches["secteurs"]) > 0,
        **dict.fromkeys(edition.familles, True),
    }
    noms_niveaux = _NIVEAUX | {f: p[0].upper() + p[1:] for f, (_, p) in edition.familles.items()}
    references = references_de(edition)
    with st.container(key="choix", horizontal=True, vertical_alignment="bottom", gap="small"):
        identifiant = choisir(
            "Thème et indicateur",
            list(options),
            cle="indicateur",
            ecrire=options.__getitem__,
            largeur=330,
        )
        indicateur: Indicateur = catalogue.indicateurs[identifiant]
        vue = basculer(
            "Montrer",
            list(_VUES),
            cle="vue",
            ecrire=_VUES.__getitem__,
            inactif=indicateur.est_stock,
        )
        reference = choisir(
            "Comparé à", references, cle="reference", ecrire=_ecrire_reference, largeur=190
        )
        niveau = choisir(
            "Découpage",
            [n for n, oui in niveaux.items() if oui],
            cle="niveau",
            ecrire=noms_niveaux.__getitem__,
            largeur=150 if edition.familles else 130,
        )
        annees = sorted((int(m) for m in disponibles[identifiant]), reverse=True)
        millesime = choisir("Année", annees, cle="annee", largeur=110)
        categories = categories_de_lieux(edition.complement("lieux"))
        lieux = ""
        if categories:
            lieux = choisir(
                "Lieux",
                ["", *categories, "toutes"],
                cle="lieux",
                ecrire=lambda c: {"": "Aucun", "toutes": "Tous"}.get(c, c),
                largeur=170,
            )
    return {
        "indicateur": indicateur,
        "vue": vue,
        "reference": reference,
        "niveau": niveau,
        "millesime": millesime,
        "lieux": lieux,
    }


def _ecrire_reference(reference: str) -> str:
    return Reference(reference).libelle


def _lignes(
    edition: Edition, indicateur: str, millesime: int, reference: str, type_territoire: str
) -> pd.DataFrame:
    table = joindre_ecarts(edition.resultats, edition.ecarts, reference=reference)
    choisies = table[
        (table["indicateur"] == indicateur)
        & (table["millesime"] == millesime)
        & (table["type_territoire"] == type_territoire)
    ]
    return choisies.sort_values(["rang", "nom"], na_position="last")


def _quartiers(edition: Edition, indicateur: Indicateur, vue: VueCarte, reference: str) -> None:
    lignes = _lignes(edition, indicateur.id, vue.millesime, reference, "qpv")
    if lignes.empty:
        st.html(
            '<p class="obs-note">Aucun quartier prioritaire de la politique de la ville (QPV) dans cette ville.</p>'
        )
        return
    calees = lignes["methode"].map(lambda m: Methode(m).est_calee) & ~lignes["bornes_seules"]
    ville = st.query_params.get("ville")
    liens = {
        code: "quartiers?" + urlencode({"qpv": code, **({"ville": ville} if ville else {})})
        for code in lignes["code_territoire"]
    }
    st.html(
        html_table_zones(
            lignes,
            indicateur.unite,
            titre="Quartiers prioritaires",
            liens=liens,
            detail=False,
            ecart=not indicateur.est_stock,
        )
        + '<p class="obs-note">QPV : quartier prioritaire de la politique de la ville. '
        "Cliquez sur un nom pour ouvrir sa fiche.</p>" + (_CALE if calees.any() else "")
    )


def _export(vue: VueCarte) -> None:
    st.download_button(
        "Télécharger la carte (PNG, A4)",
        data=lambda: carte_png(vue),
        file_name=f"{vue.indicateur_id}_{vue.vue}_{vue.millesime}.png",
        mime="image/png",
        on_click="ignore",
    )


def _tableau(edition: Edition, vue: VueCarte, choix: dict[str, Any]) -> None:
    indicateur: Indicateur = choix["indicateur"]
    with st.expander("Voir le tableau des mêmes données"):
        lignes = _lignes(edition, indicateur.id, vue.millesime, choix["reference"], choix["niveau"])
        st.html(
            html_table_zones(
                lignes,
                indicateur.unite,
                titre=f"{vue.libelle_indicateur}, {vue.millesime}",
                ecart=not vue.est_stock,
            )
        )
