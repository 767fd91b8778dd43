"""Page « Exports » : composer un document, le voir avant, le faire et le télécharger."""

from __future__ import annotations

import os
from html import escape
from typing import Any

import streamlit as st

from observatoire.cartes.discretisation import LIBELLES_CLASSES
from observatoire.catalogue import Catalogue, Indicateur
from observatoire.chemins import Chemins
from observatoire.domaine import Reference
from observatoire.editions import Edition
from observatoire.interface.chargement import (
    catalogue_courant,
    edition_affichee,
    indicateurs_au_choix,
    niveaux_au_choix,
    references_de,
)
from observatoire.interface.composition import GENRES, Composition
from observatoire.interface.ecriture import afficher_html
from observatoire.interface.etat import adresse, basculer, choisir, cocher, lire_choix, rechercher
from observatoire.interface.fabrique import fabrique
from observatoire.interface.lieux import choisir_lieux
from observatoire.redaction import ecrire_nom

__all__ = ["afficher"]

_FEUILLES = {
    "A4-paysage": "A4, paysage",
    "A4-portrait": "A4, portrait",
    "A3-paysage": "A3, paysage",
    "A3-portrait": "A3, portrait",
    "diapo-paysage": "Diapositive 16:9",
}
_VUES = {"ecart": "Écart", "valeur": "Valeur"}
_TOUTE = "ville"
_LECTURE_SEULE = (
    "Cet observatoire est en lecture seule : les aperçus fonctionnent, mais aucun document ne peut être "
    "fait, car il ne pourrait pas être inscrit au registre. La personne qui administre l’observatoire "
    "peut donner le droit d’écrire dans le dossier « registre » des données."
)


def afficher() -> None:
    """Afficher les documents possibles, les choix de celui qui est demandé, l’aperçu et le bouton."""
    edition, catalogue = edition_affichee(), catalogue_courant()
    fabrique.preparer()
    afficher_html(
        '<h1 class="obs-titre">Un document à emporter tel quel</h1>'
        '<p class="obs-sous-titre">Choisissez un document et ce qu’il contient, regardez-le, faites-le. Il porte un '
        "identifiant, inscrit au registre : on saura toujours de quelle édition viennent ses chiffres.</p>"
    )
    afficher_html(_genres())
    genre = lire_choix("document", list(GENRES))
    with st.container(key="exports"):
        with st.container(key="composer"):
            afficher_html('<h2 class="obs-h2">Ce qu’il contient</h2>')
            composition = _composer(edition, catalogue, genre)
        with st.container(key="obtenir"):
            afficher_html(_obtenir(edition, composition))


def _genres() -> str:
    cartes = "".join(
        f'<label><input type="radio" name="obs-document" value="{cle}" data-cle="document" '
        f'data-defaut="{next(iter(GENRES))}" data-efface="fichier"><span><strong>{escape(g.libelle)}</strong> '
        f"{escape(g.usage)}</span></label>"
        for cle, g in GENRES.items()
    )
    return (
        f'<fieldset class="obs-genres"><legend>Quel document</legend><div>{cartes}</div></fieldset>'
    )


def _composer(edition: Edition, catalogue: Catalogue, genre: str) -> Composition:
    extension = _choisir_extension(genre)
    if GENRES[genre].famille == "carte":
        return Composition(genre, extension, _composer_carte(edition, catalogue, genre))
    return Composition(genre, extension, _composer_ensemble(edition, catalogue, genre))


def _choisir_extension(genre: str) -> str:
    extensions = {e.removeprefix("."): mots for e, mots in GENRES[genre].extensions.items()}
    if len(extensions) == 1:
        return f".{next(iter(extensions))}"
    return "." + choisir("Fichier", list(extensions), cle="fichier", ecrire=extensions.__getitem__)


def _composer_ensemble(edition: Edition, catalogue: Catalogue, genre: str) -> dict[str, Any]:
    """Choix d’une note, d’un tableur… : quartiers, thèmes ou indicateurs, référence."""
    reference = choisir(
        "Comparé à", references_de(edition), cle="reference", ecrire=_ecrire_reference
    )
    quartiers = cocher(
        "Quartiers prioritaires de la politique de la ville (QPV)", _noms_des_quartiers(edition),
        cle="quartiers", indication="tous, si aucun n’est coché",
    )  # fmt: skip
    options = indicateurs_au_choix(edition, catalogue)
    par_libelle = {t.libelle: cle for cle, t in catalogue.themes.items()}
    presents = {par_libelle[o["g"]]: o["g"] for o in options}
    themes = cocher("Thèmes", presents, cle="themes", indication="tous, si aucun n’est coché")
    with st.expander("Choisir les indicateurs un à un"):
        noms = {o["v"]: o["t"] for o in options}
        indicateurs = cocher(
            "Indicateurs", noms, cle="indicateurs", indication="ils l’emportent sur les thèmes"
        )
    if genre == "page" and quartiers:
        afficher_html(
            '<p class="obs-note">La page autonome montre toute la ville sur sa carte ; ses tableaux gardent '
            "les quartiers choisis.</p>"
        )
    return {
        "reference": reference, "quartiers": quartiers, "themes": themes,
        "indicateurs": indicateurs,
    }  # fmt: skip


def _noms_des_quartiers(edition: Edition) -> dict[str, str]:
    couche = edition.couches["qpv"]
    paires = zip(couche["code_territoire"], couche["nom"], strict=True)
    noms = {str(code): ecrire_nom(str(nom)) for code, nom in paires}
    return dict(sorted(noms.items(), key=lambda paire: (paire[1], paire[0])))


def _composer_carte(edition: Edition, catalogue: Catalogue, genre: str) -> dict[str, Any]:
    """Choix d’une carte, ou de deux : ceux de la page « Carte », et la feuille."""
    options = indicateurs_au_choix(edition, catalogue)
    identifiants = [o["v"] for o in options]
    rechercher(
        "Thème et indicateur", options, cle="indicateur", defaut=identifiants[0],
        efface="annee annee2 cote", indication="Chercher un indicateur",
    )  # fmt: skip
    indicateur = catalogue.indicateurs[lire_choix("indicateur", identifiants)]
    annees = _annees(edition, indicateur.id)
    vue = basculer(
        "Montrer",
        list(_VUES),
        cle="montrer",
        ecrire=_VUES.__getitem__,
        inactif=indicateur.est_stock,
    )
    with st.container(key="deux", horizontal=True, gap="small"):
        annee = choisir("Année", annees, cle="annee")
        niveaux = niveaux_au_choix(edition)
        niveau = choisir("Découpage", list(niveaux), cle="niveau", ecrire=niveaux.__getitem__)
    references = references_de(edition, indicateur, annee)
    reference = choisir("Comparé à", references, cle="reference", ecrire=_ecrire_reference)
    demande: dict[str, Any] = {
        "indicateurs": [indicateur.id], "millesimes": [annee], "vue": vue, "niveau": niveau,
        "reference": reference,
    }  # fmt: skip
    if genre == "carte":
        demande |= _carte_seule(edition, indicateur, vue)
    else:
        demande |= _seconde_carte(edition, catalogue, indicateur, annee)
    feuille = choisir("Feuille", list(_FEUILLES), cle="feuille", ecrire=_FEUILLES.__getitem__)
    demande["format_page"], demande["orientation"] = feuille.split("-")
    return demande


def _carte_seule(edition: Edition, indicateur: Indicateur, vue: str) -> dict[str, Any]:
    demande: dict[str, Any] = {}
    if not indicateur.est_stock and vue == "valeur":
        demande["classes"] = choisir(
            "Classes", list(LIBELLES_CLASSES), cle="classes", ecrire=LIBELLES_CLASSES.__getitem__
        )
    cadres = {_TOUTE: "toute la ville", **_noms_des_quartiers(edition)}
    cadre = choisir("Cadrée sur", list(cadres), cle="cadre", ecrire=cadres.__getitem__)
    if cadre != _TOUTE:
        demande["quartiers"] = [cadre]
    lieux = choisir_lieux(edition)
    if lieux:
        demande["lieux"] = [lieux]
    return demande


def _seconde_carte(
    edition: Edition, catalogue: Catalogue, indicateur: Indicateur, annee: int
) -> dict[str, Any]:
    """Autre année du même indicateur, ou autre indicateur de même unité."""
    secondes = {str(a): f"l’année {a}" for a in _annees(edition, indicateur.id) if a != annee}
    presents = edition.manifeste["millesimes"]
    secondes |= {
        i.id: i.court
        for i in sorted(catalogue.indicateurs.values(), key=lambda i: i.court)
        if i.id in presents and i.id != indicateur.id and i.unite == indicateur.unite
    }
    if not secondes:
        afficher_html(
            '<p class="obs-note">Cet indicateur n’a qu’une année, et aucun autre n’a la même unité.</p>'
        )
        return {}
    cote = choisir("À côté", list(secondes), cle="cote", ecrire=secondes.__getitem__)
    if cote.isdigit():
        return {"millesimes": [annee, int(cote)]}
    return {
        "indicateurs": [indicateur.id, cote],
        "millesimes": [annee, _annees(edition, cote)[0]],
    }


def _annees(edition: Edition, indicateur: str) -> list[int]:
    """Millésimes d’un indicateur, du plus récent au plus ancien."""
    return sorted((int(m) for m in edition.manifeste["millesimes"][indicateur]), reverse=True)


def _ecrire_reference(reference: str) -> str:
    return Reference(reference).libelle


def _obtenir(edition: Edition, composition: Composition) -> str:
    """Boutons, état, fichiers et aperçu ; ``exports.js`` les tient à jour."""
    ordre = escape(composition.en_adresse(edition.code_commune))
    genre = GENRES[composition.genre]
    faire = (
        f'<button type="button" class="obs-primaire" data-faire="document" data-ordre="{ordre}">'
        f"{escape(genre.verbe)}</button>"
    )
    avis = ""
    if not _peut_inscrire():
        faire, avis = "", f'<p class="obs-refus">{_LECTURE_SEULE}</p>'
    return (
        f'<h2 class="obs-h2">{escape(genre.libelle)}, {escape(genre.extensions[composition.extension])}</h2>'
        f'{avis}<div class="obs-boutons">{faire}'
        f'<button type="button" data-faire="apercu" data-ordre="{ordre}">Voir un aperçu</button></div>'
        '<p class="obs-cache" role="status" data-statut-exports="oui"></p>'
        f'<div class="obs-resultat" data-suivi="document" data-ordre="{ordre}"></div>'
        f'<section class="obs-apercu" aria-label="Aperçu"><div data-suivi="apercu" data-ordre="{ordre}" '
        'data-vide="L’aperçu se fait à la demande, en quelques secondes ; il n’est pas inscrit au registre."></div>'
        "</section>"
        f'<section class="obs-faits" data-faits="oui" data-ordre="{ordre}" aria-label="Documents de cette visite"></section>'
        '<p class="obs-note">Les valeurs masquées le restent, et d’autres le sont avec elles quand un total les '
        f'trahirait : voir <a href="{escape(adresse("methode"))}">Données et méthode</a>.</p>'
    )


def _peut_inscrire() -> bool:
    """Faux si le dossier du registre ne peut être écrit ; l’ouvrier le vérifie aussi avant de commencer."""
    dossier = Chemins.depuis().racine / "registre"
    existant = dossier if dossier.exists() else dossier.parent
    return existant.is_dir() and os.access(existant, os.W_OK | os.X_OK)
