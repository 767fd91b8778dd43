"""Page « Carte » : ses choix, tous dans l’adresse, du plus courant au plus rare."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape

import streamlit as st

from observatoire.cartes.discretisation import LIBELLES_CLASSES
from observatoire.catalogue import Catalogue, Indicateur
from observatoire.domaine import Reference
from observatoire.editions import Edition
from observatoire.interface.chargement import Demande, niveaux_au_choix, references_de
from observatoire.interface.composition import CHOIX_CARTE
from observatoire.interface.disponibilite import (
    a_des_ecarts,
    indicateurs_de_la_carte,
    niveau_a_montrer,
)
from observatoire.interface.ecriture import afficher_html
from observatoire.interface.etat import (
    adresse,
    basculer,
    choisir,
    est_integree,
    lire_choix,
    rechercher,
)
from observatoire.interface.lieux import afficher_recherche, choisir_lieux

__all__ = ["Ecran", "choisir_ecran"]

_VUES = {"ecart": "Écart", "valeur": "Valeur"}
_SEULE = "seule"
_NIVEAU_DES_EXPORTS = "iris"
_PLUS = (
    '<button type="button" class="obs-plus" data-action="deplier" aria-expanded="false">'
    "Autres choix et partage</button>"
)
"""Sur un téléphone, l’indicateur et la vue suffisent d’abord : la carte vient aussitôt."""


@dataclass(frozen=True, slots=True)
class Ecran:
    """Tout ce que la page montre : une carte, et au besoin une seconde à côté."""

    indicateur: Indicateur
    demande: Demande
    seconde: Demande | None
    lieux: str = ""
    """Catégorie de lieux posés sur la carte, ``toutes``, ou vide pour aucun."""


def choisir_ecran(edition: Edition, catalogue: Catalogue) -> Ecran:
    """Afficher les choix et lire, dans l’adresse, ce que la page doit montrer."""
    disponibles = edition.manifeste["millesimes"]
    niveaux = niveaux_au_choix(edition)
    options = indicateurs_de_la_carte(edition, catalogue, list(niveaux))
    identifiants = [o["v"] for o in options]
    with st.container(key="choix", horizontal=True, vertical_alignment="bottom", gap="small"):
        rechercher(
            "Thème et indicateur", options, cle="indicateur", defaut=identifiants[0],
            largeur=360, efface="annee annee2", indication="Chercher un indicateur",
        )  # fmt: skip
        indicateur = catalogue.indicateurs[lire_choix("indicateur", identifiants)]
        vue = basculer(
            "Montrer", list(_VUES), cle="montrer", ecrire=_VUES.__getitem__,
            inactif=indicateur.est_stock or not a_des_ecarts(edition, indicateur.id),
        )  # fmt: skip
        afficher_html(_PLUS, width="content")
        annees = sorted((int(m) for m in disponibles[indicateur.id]), reverse=True)
        millesime = choisir("Année", annees, cle="annee", largeur=96)
        # Une référence peut n’exister que certaines années : l’année est choisie d’abord.
        references = references_de(edition, indicateur, millesime)
        if _se_compare(edition, catalogue, indicateur):
            reference = choisir(
                "Comparé à", references, cle="reference", ecrire=_ecrire_reference,
                largeur=230,
            )  # fmt: skip
        else:
            reference = references[0]
        # Une carte que rien ne colore n’est pas montrée d’abord.
        premier = niveau_a_montrer(edition, indicateur.id, millesime, list(niveaux))
        niveau = choisir(
            "Découpage", list(niveaux), cle="niveau", ecrire=niveaux.__getitem__, defaut=premier,
            largeur=190 if edition.familles else 120,
        )  # fmt: skip
        if not est_integree():
            afficher_recherche(edition)
    demande = Demande(indicateur.id, millesime, vue, niveau, reference)
    return _reglages(edition, catalogue, demande, indicateur, annees)


def _reglages(
    edition: Edition,
    catalogue: Catalogue,
    demande: Demande,
    indicateur: Indicateur,
    annees: list[int],
) -> Ecran:
    """Classes et seconde carte : des choix plus rares, sur une seconde ligne discrète."""
    disponibles = edition.manifeste["millesimes"]
    compares: dict[str, str] = {_SEULE: "une seule carte"}
    compares |= {str(a): f"l’année {a}" for a in annees if a != demande.millesime}
    memes = [
        i for i in catalogue.indicateurs.values() if i.id in disponibles and i.id != indicateur.id
    ]
    compares |= {i.id: i.court for i in sorted(memes, key=lambda i: i.court)}
    fixes = indicateur.est_stock or demande.vue == "ecart"
    with st.container(key="reglages", horizontal=True, vertical_alignment="bottom", gap="small"):
        if fixes:
            classes = "jenks"
        else:
            classes = choisir(
                "Classes", list(LIBELLES_CLASSES), cle="classes",
                ecrire=LIBELLES_CLASSES.__getitem__, largeur=230,
            )  # fmt: skip
        cote = choisir(
            "À côté", list(compares), cle="cote", ecrire=compares.__getitem__, largeur=260
        )
        lieux = choisir_lieux(edition)
        afficher_html(_actions(cote, demande.niveau), width="content")
    demande = replace(demande, classes=classes)
    if cote == _SEULE:
        return Ecran(indicateur, demande, None, lieux)
    if cote.isdigit():
        annee = int(cote)
        seconde = replace(demande, millesime=annee, compare_a=demande.millesime)
        return Ecran(indicateur, replace(demande, compare_a=annee), seconde, lieux)
    autre = int(max(disponibles[cote]))
    return Ecran(indicateur, demande, replace(demande, indicateur=cote, millesime=autre), lieux)


def _actions(cote: str, niveau: str) -> str:
    exporter = escape(_adresse_export(cote, niveau))
    return (
        '<div class="obs-actions"><button type="button" data-action="copier">Copier le lien</button>'
        '<button type="button" data-action="copier" data-forme="cadre">Copier le code d’intégration</button>'
        f'<a href="{exporter}">Télécharger la carte (PDF, PNG, SVG)</a>'
        '<button type="button" data-action="plein-ecran">Plein écran</button></div>'
    )


def _adresse_export(cote: str, niveau: str) -> str:
    """Page « Exports », composée comme l’écran : mêmes choix, une carte ou deux."""
    choix = {c: v for c, v in st.query_params.items() if c in CHOIX_CARTE}
    if niveau != _NIVEAU_DES_EXPORTS:
        choix["niveau"] = niveau
    document = "carte" if cote == _SEULE else "cartes-jumelles"
    return adresse("exports", document=document, **choix)


def _se_compare(edition: Edition, catalogue: Catalogue, indicateur: Indicateur) -> bool:
    """Faux si choisir une référence ne changerait rien : aucun écart, sur aucune des deux cartes."""
    montres = {indicateur.id, st.query_params.get("cote", "")} & set(catalogue.indicateurs)
    return any(not catalogue.indicateurs[i].est_stock and a_des_ecarts(edition, i) for i in montres)


def _ecrire_reference(reference: str) -> str:
    return Reference(reference).libelle
