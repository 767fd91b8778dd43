"""Page « Carte » : trois phrases, une ligne de choix, la carte, le chiffre de la ville."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape

import pandas as pd
import streamlit as st

from observatoire.cartes.discretisation import LIBELLES_CLASSES
from observatoire.cartes.formes_lieux import image_du_signe
from observatoire.cartes.francais import enumerer
from observatoire.cartes.lieux_web import TOUTES, categories_de_lieux
from observatoire.cartes.messages import Message, message_habitants, messages_de_la_ville
from observatoire.cartes.modeles import VueCarte
from observatoire.cartes.quartier import nom_reference
from observatoire.catalogue import Catalogue, Indicateur
from observatoire.domaine import Methode, Reference
from observatoire.editions import Edition
from observatoire.interface.chargement import (
    Demande,
    catalogue_courant,
    cle_edition,
    edition_affichee,
    lignes_jointes,
    niveaux_au_choix,
    references_de,
    vue_carte,
)
from observatoire.interface.composants import (
    badge_statut,
    badge_verdict,
    html_carte,
    html_legende,
    html_table_zones,
    html_ville,
)
from observatoire.interface.composition import CHOIX_CARTE
from observatoire.interface.disponibilite import (
    indicateurs_de_la_carte,
    niveau_a_montrer,
    niveaux_connus,
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
from observatoire.interface.lieux import Reponse, afficher_recherche, choisir_lieux, repondre
from observatoire.interface.routes_carte import adresse_carte, adresse_lieux

__all__ = ["afficher"]

_CALE = (
    '<p class="obs-note">« Calé » : estimé à partir des IRIS, puis corrigé d’après les quartiers de France dont le '
    "chiffre est publié. Sous la valeur, l’intervalle qui contient le chiffre publié neuf fois sur dix.</p>"
)
_VUES = {"ecart": "Écart", "valeur": "Valeur"}
_SEULE = "seule"
_NIVEAU_DES_EXPORTS = "iris"
_PHRASES = 3
_PLUS = (
    '<button type="button" class="obs-plus" data-action="deplier" aria-expanded="false">'
    "Autres choix et partage</button>"
)
"""Sur un téléphone, l’indicateur et la vue suffisent d’abord : la carte vient aussitôt."""


@dataclass(frozen=True, slots=True)
class _Ecran:
    """Tout ce que la page montre : une carte, et au besoin une seconde à côté."""

    indicateur: Indicateur
    demande: Demande
    seconde: Demande | None
    lieux: str = ""
    """Catégorie de lieux posés sur la carte, ``toutes``, ou vide pour aucun."""


def afficher() -> None:
    """Afficher la carte choisie, sa légende, les quartiers et le tableau des mêmes données."""
    edition, catalogue = edition_affichee(), catalogue_courant()
    phrases = _phrases(edition, catalogue)
    zone_titre = st.container()
    ecran = _choisir(edition, catalogue)
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


def _accueil() -> bool:
    """Vrai tant que rien n’est choisi : les trois phrases de la ville sont alors le message."""
    return not set(st.query_params) - {"ville"}


def _phrases(edition: Edition, catalogue: Catalogue) -> bool:
    """Les trois écarts nets les plus grands, chacun d’un autre thème ; faux s’il n’y en a pas."""
    if not _accueil() or est_integree():
        return False
    reference = references_de(edition)[0]
    messages = _messages(
        edition, catalogue, (*cle_edition(edition), catalogue.empreinte), reference
    )
    if not messages:
        return False
    fictive = " (ville fictive)" if edition.est_fictive else ""
    lignes = "".join(
        f'<li><a href="{escape(adresse("quartiers", qpv=m.code_territoire or None))}">{escape(m.phrase)}.</a> '
        f'<span class="obs-note">{m.millesime}</span> {badge_statut(m.statut, m.methode)} {badge_verdict(m.verdict)}</li>'
        for m in messages
    )
    afficher_html(
        f'<section class="obs-accueil"><h1 class="obs-h1-discret">{escape(edition.nom_commune)}{fictive} : '
        "ses quartiers prioritaires de la politique de la ville (QPV) face à "
        f"{escape(nom_reference(reference))}</h1><ul>{lignes}</ul></section>"
    )
    return True


@st.cache_resource(max_entries=32, show_spinner=False)
def _messages(
    _edition: Edition, _catalogue: Catalogue, cle: tuple[str, ...], reference: str
) -> list[Message]:
    """Phrases gardées pour tous les visiteurs ; ``cle`` dit de quelle édition."""
    del cle
    messages = messages_de_la_ville(
        lignes_jointes(_edition, reference), _catalogue, reference=reference
    )
    # Faute d’un troisième écart net, ce que l’on sait sûrement des quartiers : leurs habitants.
    habitants = message_habitants(_edition.resultats) if 0 < len(messages) < _PHRASES else None
    return [*messages, habitants] if habitants else messages


def _choisir(edition: Edition, catalogue: Catalogue) -> _Ecran:
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
            inactif=indicateur.est_stock,
        )  # fmt: skip
        afficher_html(_PLUS, width="content")
        annees = sorted((int(m) for m in disponibles[indicateur.id]), reverse=True)
        millesime = choisir("Année", annees, cle="annee", largeur=96)
        # Une référence peut n’exister que certaines années : l’année est choisie d’abord.
        references = references_de(edition, indicateur, millesime)
        reference = choisir(
            "Comparé à", references, cle="reference", ecrire=_ecrire_reference,
            largeur=190,
        )  # fmt: skip
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
) -> _Ecran:
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
        return _Ecran(indicateur, demande, None, lieux)
    if cote.isdigit():
        annee = int(cote)
        seconde = replace(demande, millesime=annee, compare_a=demande.millesime)
        return _Ecran(indicateur, replace(demande, compare_a=annee), seconde, lieux)
    autre = int(max(disponibles[cote]))
    return _Ecran(indicateur, demande, replace(demande, indicateur=cote, millesime=autre), lieux)


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


def _ecrire_reference(reference: str) -> str:
    return Reference(reference).libelle


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


def _scene(edition: Edition, ecran: _Ecran, vue: VueCarte, reponse: Reponse | None) -> None:
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


def _rien_a_colorer(edition: Edition, ecran: _Ecran) -> str:
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


def _duo(
    edition: Edition, ecran: _Ecran, seconde: Demande, vue: VueCarte, reponse: Reponse | None
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


def _quartiers(edition: Edition, ecran: _Ecran) -> str:
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


def _zones_du_decoupage(edition: Edition, ecran: _Ecran, lignes: pd.DataFrame) -> str:
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


def _tableau(edition: Edition, ecran: _Ecran) -> None:
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
