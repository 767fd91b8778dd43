"""Page « Quartiers » : la fiche d’un QPV face aux références, phrases puis points."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd
import streamlit as st

from observatoire.cartes.quartier import phrase_quartier
from observatoire.catalogue import Catalogue, Indicateur
from observatoire.domaine import Methode, Reference, Verdict
from observatoire.editions import Edition
from observatoire.indicateurs import joindre_ecarts
from observatoire.interface.chargement import catalogue_courant, edition_affichee, references_de
from observatoire.interface.composants import (
    badge_statut,
    badge_verdict,
    cellule_valeur,
    cle_des_points,
    habitants,
    html_points,
    sens_intervalle,
    texte_ecart,
    texte_intervalle,
    texte_valeur,
)
from observatoire.interface.etat import choisir
from observatoire.interface.section_suivi import afficher_suivi_du_quartier
from observatoire.redaction import ecrire_nom, ecrire_valeur

__all__ = ["afficher"]

_EN_TETE_DE_FICHE = (
    "taux_pauvrete",
    "taux_chomage_15_64",
    "part_sans_diplome",
    "niveau_vie_median",
    "part_familles_monoparentales",
)


def afficher() -> None:
    """Afficher la fiche du quartier choisi."""
    edition, catalogue = edition_affichee(), catalogue_courant()
    quartiers = edition.couches["qpv"].set_index("code_territoire")["nom"].sort_values()
    if quartiers.empty:
        st.html(
            '<h1 class="obs-titre">Aucun quartier prioritaire</h1><p class="obs-texte">Cette ville n’a pas de quartier '
            "prioritaire de la politique de la ville (QPV) ; la carte montre ses IRIS et ses secteurs.</p>"
        )
        return
    quartiers = quartiers.map(ecrire_nom)
    zone_titre = st.container()
    with st.container(key="choix", horizontal=True, vertical_alignment="bottom"):
        code = choisir(
            "Quartier",
            list(quartiers.index),
            cle="qpv",
            ecrire=quartiers.to_dict().__getitem__,
            largeur=380,
        )
        reference = choisir(
            "Comparé à",
            references_de(edition),
            cle="reference",
            ecrire=lambda r: Reference(r).libelle,
            largeur=200,
        )
    lignes = _derniers_millesimes(edition, code, reference)
    with zone_titre:
        _titre(edition, catalogue, lignes, code, str(quartiers[code]), reference)
    st.html(cle_des_points(_commune(edition, lignes)))
    for theme, groupe in catalogue.par_theme().items():
        presents = [i for i in groupe if i.id in lignes.index and not i.est_stock]
        if presents:
            st.html(
                f'<h2 class="obs-h2">{escape(theme.libelle)}</h2>'
                + _table(edition, presents, lignes)
            )
    afficher_suivi_du_quartier(edition, code)
    st.html(_comment_lire())


def _derniers_millesimes(edition: Edition, code: str, reference: str) -> pd.DataFrame:
    """Lignes du quartier au millésime le plus récent de chaque indicateur, qui reste affiché."""
    table = joindre_ecarts(edition.resultats, edition.ecarts, reference=reference)
    lignes = table[table["code_territoire"] == code].sort_values("millesime")
    return lignes.drop_duplicates("indicateur", keep="last").set_index("indicateur")


def _titre(
    edition: Edition,
    catalogue: Catalogue,
    lignes: pd.DataFrame,
    code: str,
    nom: str,
    reference: str,
) -> None:
    population = (
        habitants(_nombre(_ligne_de(lignes, "population"), "valeur"))
        if "population" in lignes.index
        else ""
    )
    morceaux = [
        "Quartier prioritaire de la politique de la ville (QPV)",
        code,
        _commune(edition, lignes),
        population,
    ]
    phrases = []
    for identifiant in _EN_TETE_DE_FICHE:
        if identifiant not in lignes.index:
            continue
        ligne = _ligne_de(lignes, identifiant)
        phrase = phrase_quartier(
            nom,
            catalogue.indicateurs[identifiant],
            valeur=_nombre(ligne, "valeur"),
            ecart=_nombre(ligne, "ecart"),
            verdict=str(ligne["verdict"]),
            statut=str(ligne["statut"]),
            reference=reference,
            borne_basse=_nombre(ligne, "borne_basse"),
            borne_haute=_nombre(ligne, "borne_haute"),
            methode=str(ligne["methode"]),
        )
        if (
            phrase
            and not ligne["bornes_seules"]
            and ligne["verdict"] != Verdict.NON_INTERPRETABLE.value
        ):
            phrases.append(f"<li>{escape(phrase)} {badge_verdict(ligne['verdict'])}</li>")
    liste = f'<ul class="obs-phrases">{"".join(phrases[:4])}</ul>' if phrases else ""
    st.html(
        f'<p class="obs-sous-titre">{escape(" · ".join(m for m in morceaux if m))}</p>'
        f'<h1 class="obs-titre">{escape(nom)}</h1>{liste}'
    )


def _commune(edition: Edition, lignes: pd.DataFrame) -> str:
    """Nom de la ville à laquelle le quartier est comparé."""
    codes = lignes["code_commune"].unique()
    return str(edition.villes.get(codes[0], edition.nom_commune)) if len(codes) else ""


def _ligne_de(lignes: pd.DataFrame, indicateur: str) -> pd.Series:
    """Ligne d’un indicateur (l’index est unique)."""
    return lignes.loc[[indicateur]].iloc[0]


def _nombre(ligne: pd.Series, colonne: str) -> float:
    return float(ligne[colonne])


def _table(edition: Edition, indicateurs: list[Indicateur], lignes: pd.DataFrame) -> str:
    corps = "".join(_ligne(edition, i, _ligne_de(lignes, i.id)) for i in indicateurs)
    return (
        '<div class="obs-defile"><table class="obs-table obs-fiche"><thead><tr><th scope="col">Indicateur</th>'
        '<th scope="col" class="obs-points">Position</th><th scope="col" class="n">Quartier</th>'
        '<th scope="col" class="n">Référence</th><th scope="col" class="n">Écart</th>'
        f'<th scope="col">Ce que l’on sait</th></tr></thead><tbody>{corps}</tbody></table></div>'
    )


def _ligne(edition: Edition, indicateur: Indicateur, ligne: pd.Series) -> str:
    references = edition.references
    memes = references[
        (references["indicateur"] == indicateur.id)
        & (references["millesime"] == ligne["millesime"])
        & (references["code_commune"] == ligne["code_commune"])
    ].set_index("reference")["valeur"]
    ville = float(memes.get(Reference.VILLE.value, np.nan))
    hors_qpv = float(memes.get(Reference.VILLE_HORS_QPV.value, np.nan))
    bornes = float(ligne["borne_basse"]), float(ligne["borne_haute"])
    valeur = float("nan") if ligne["bornes_seules"] else float(ligne["valeur"])
    connues = [v for v in (valeur, ville, hors_qpv, *bornes) if np.isfinite(v)]
    echelle = (0.0, 100.0)
    if indicateur.unite != "pct":
        # Une position se compare sans partir de zéro, et l’intervalle reste visible.
        bas, haut = min(connues, default=0.0), max(connues, default=1.0)
        # Mais deux valeurs voisines ne sont pas jetées aux deux bouts de la ligne.
        marge = max(haut - bas, 0.4 * abs(haut)) or 1.0
        echelle = (max(0.0, haut - 1.3 * marge), haut + 0.15 * marge)
    texte = texte_valeur(ligne, indicateur.unite)
    intervalle = texte_intervalle(ligne, indicateur.unite)
    detail = f" ({intervalle} ; {sens_intervalle(ligne['methode'])})" if intervalle else ""
    reference = float(ligne["valeur_reference"])
    ecrit_reference = (
        ecrire_valeur(reference, indicateur.unite) if np.isfinite(reference) else "non disponible"
    )
    points = html_points(
        valeur=valeur, ville=ville, hors_qpv=hors_qpv, bornes=bornes, echelle=echelle,
        texte=f"quartier : {texte}{detail} ; référence : {ecrit_reference}",
        calee=Methode(ligne["methode"]).est_calee,
    )  # fmt: skip
    certitude = (
        badge_statut(ligne["statut"], ligne["methode"]) + " " + badge_verdict(ligne["verdict"])
    )
    return (
        f'<tr><th scope="row" title="{escape(indicateur.definition)}">{escape(indicateur.court)} '
        f'<span class="obs-note">{int(ligne["millesime"])}</span></th>'
        f'<td class="obs-points">{points}</td>{cellule_valeur(ligne, indicateur.unite, gras=True)}'
        f'<td class="n">{escape(ecrit_reference)}</td><td class="n">{escape(texte_ecart(ligne, indicateur.unite))}</td>'
        f"<td>{certitude}</td></tr>"
    )


def _comment_lire() -> str:
    return (
        '<h2 class="obs-h2">Comment lire cette fiche</h2><p class="obs-texte">« Publié » : chiffre de l’Insee pour ce '
        "quartier. « Estimé » : reconstitué à partir des IRIS que le quartier coupe. « Calé » : cette estimation est "
        "corrigée d’après les quartiers de France dont le chiffre est publié ; neuf fois sur dix, le chiffre publié est dans "
        "son intervalle (le trait à deux butées). Pour les autres estimations, la bande montre tout ce que les données "
        "permettent. « Non interprétable » : les IRIS décrivent surtout des habitants d’à côté, seules les "
        "bornes sont données. Un écart entre deux taux se compte en points. Les quartiers prioritaires sont délimités "
        "d’après les revenus : une part de l’écart de revenus tient à leur définition.</p>"
    )
