"""Page « Carte » : une phrase, une ligne de choix, la carte, le chiffre de la ville."""

from __future__ import annotations

from html import escape
from io import BytesIO
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from observatoire.cartes import VueCarte, exporter_carte_octets
from observatoire.catalogue import Catalogue, Indicateur
from observatoire.domaine import Reference
from observatoire.editions import Edition
from observatoire.indicateurs import joindre_ecarts
from observatoire.interface.chargement import HAUTEUR_CARTE_PX, carte_html, catalogue_courant, edition_affichee, vue_carte
from observatoire.interface.composants import html_legende, html_table_zones, html_ville

__all__ = ["afficher"]

_NIVEAUX = {"iris": "IRIS", "qpv": "QPV", "secteur": "Secteurs"}


def afficher() -> None:
    """Afficher la carte choisie, sa légende, les quartiers et le tableau des mêmes données."""
    edition, catalogue = edition_affichee(), catalogue_courant()
    zone_titre = st.container()
    choix = _choisir(edition, catalogue)
    if choix["indicateur"].est_stock:
        choix["vue"] = "valeur"
    demande = {**choix, "indicateur": choix["indicateur"].id}
    vue = vue_carte(edition, **demande)
    with zone_titre:
        st.html(
            f'<h1 class="obs-titre">{escape(vue.titre)}</h1><p class="obs-sous-titre">{escape(vue.sous_titre)}</p>'
        )
    gauche, droite = st.columns([2.1, 0.9], gap="medium")
    with gauche:
        st.iframe(carte_html(edition, **demande), height=HAUTEUR_CARTE_PX, alt=vue.texte_alternatif)
        st.html(
            f'<p class="obs-note">{escape(vue.phrase_lecture)} {escape(vue.precaution)}</p>'
            f'<p class="obs-note">{escape(vue.source)}</p>'
        )
    with droite:
        st.html(html_ville(vue) + html_legende(vue))
        _quartiers(edition, choix["indicateur"], vue, choix["reference"])
    _tableau_et_export(vue, choix["indicateur"])


def _choisir(edition: Edition, catalogue: Catalogue) -> dict:
    disponibles = edition.manifeste["millesimes"]
    options = {
        i.id: f"{theme.libelle} · {i.court}"
        for theme, groupe in catalogue.par_theme().items()
        for i in groupe
        if i.id in disponibles
    }
    niveaux = {"iris": True, "qpv": len(edition.couches["qpv"]) > 0, "secteur": len(edition.couches["secteurs"]) > 0}
    with st.container(key="choix", horizontal=True, vertical_alignment="bottom", gap="small"):
        identifiant = st.selectbox(
            "Thème et indicateur", list(options), format_func=options.__getitem__, key="indicateur",
            bind="query-params", width=330,
        )  # fmt: skip
        indicateur: Indicateur = catalogue.indicateurs[identifiant]
        vue = st.segmented_control(
            "Montrer", ["ecart", "valeur"], format_func={"ecart": "Écart", "valeur": "Valeur"}.__getitem__,
            default="ecart", required=True, key="vue", bind="query-params", disabled=indicateur.est_stock,
        )  # fmt: skip
        reference = st.selectbox(
            "Comparé à", [r.value for r in Reference], format_func=lambda r: Reference(r).libelle, key="reference",
            bind="query-params", width=190,
        )  # fmt: skip
        niveau = st.selectbox(
            "Découpage", [n for n, oui in niveaux.items() if oui], format_func=_NIVEAUX.__getitem__, key="niveau",
            bind="query-params", width=130,
        )  # fmt: skip
        annees = sorted((int(m) for m in disponibles[identifiant]), reverse=True)
        millesime = st.selectbox("Année", annees, key=f"annee_{identifiant}", width=110)
    return {"indicateur": indicateur, "vue": vue, "reference": reference, "niveau": niveau, "millesime": millesime}


def _lignes(edition: Edition, indicateur: str, millesime: int, reference: str, type_territoire: str) -> pd.DataFrame:
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
        st.html('<p class="obs-note">Aucun quartier prioritaire de la politique de la ville (QPV) dans cette ville.</p>')
        return
    ville = st.query_params.get("ville")
    liens = {
        code: "quartiers?" + urlencode({"qpv": code, **({"ville": ville} if ville else {})})
        for code in lignes["code_territoire"]
    }
    st.html(
        html_table_zones(lignes, indicateur.unite, titre="Quartiers prioritaires", liens=liens)
        + '<p class="obs-note">QPV : quartier prioritaire de la politique de la ville. '
        "Cliquez sur un nom pour ouvrir sa fiche.</p>"
    )


def _tableau_et_export(vue: VueCarte, indicateur: Indicateur) -> None:
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Télécharger la carte (PNG, A4)",
            data=lambda: BytesIO(exporter_carte_octets(vue, "png")),
            file_name=f"{vue.indicateur_id}_{vue.vue}_{vue.millesime}.png",
            mime="image/png",
            on_click="ignore",
        )
    with st.expander("Voir le tableau des mêmes données"):
        zones = pd.DataFrame(vue.zones.drop(columns="geometry")).sort_values(
            "valeur", ascending=indicateur.sens == "favorable_si_hausse", na_position="last"
        )
        st.html(html_table_zones(zones, indicateur.unite, titre=f"{vue.libelle_indicateur}, {vue.millesime}"))
