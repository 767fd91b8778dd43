"""Demandes de la page « Exports » : faire un document, suivre, télécharger ; l’ancienne adresse de la carte.

Un document s’inscrit au registre : il se demande par POST, depuis une page du même site.
"""

from __future__ import annotations

import hashlib
import json
from html import escape
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from observatoire.chemins import Chemins
from observatoire.erreurs import ErreurObservatoire
from observatoire.interface.chargement import catalogue_courant, edition_de
from observatoire.interface.composition import lire_ordre
from observatoire.interface.fabrique import A_LA_FOIS, Tache, fabrique

__all__ = ["routes_exports"]

_PERDU = (
    "Ce document n’est plus gardé par le serveur : faites-le de nouveau. S’il a été fait, il reste "
    "inscrit au registre."
)


def _refuser(message: str, code: int) -> Response:
    return JSONResponse({"etat": "echec", "message": message}, status_code=code)


def _demander(requete: Request) -> Response:
    if requete.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return _refuser("Un document se demande depuis la page « Exports ».", 403)
    try:
        edition = edition_de(requete.query_params.get("ville"))
        ordre = lire_ordre(requete.query_params)
        ordre |= {"ville": edition.code_commune, "racine": str(Chemins.depuis().racine)}
        cle = ""
        if ordre["mode"] == "apercu":
            etat = [edition.identifiant, str(edition.dossier), catalogue_courant().empreinte, ordre]
            cle = hashlib.sha256(json.dumps(etat, sort_keys=True).encode()).hexdigest()
        tache = fabrique.demander(ordre, cle=cle)
    except ErreurObservatoire as erreur:
        return _refuser(str(erreur), 422)
    return _etat(tache)


def _suivre(requete: Request) -> Response:
    tache = fabrique.trouver(requete.path_params["tache"])
    return _refuser(_PERDU, 404) if tache is None else _etat(tache)


def _etat(tache: Tache) -> Response:
    reponse: dict[str, object] = {
        "tache": tache.identifiant,
        "etat": tache.etat,
        "message": tache.message,
    }
    if tache.etat == "attente":
        rang = fabrique.rang(tache)
        reponse["message"] = (
            f"En attente : {A_LA_FOIS} documents se font déjà ; le vôtre est le {rang}ᵉ de la file"
            if rang > 1
            else "En attente de son tour"
        )
    if tache.etat == "pret":
        reponse["html"] = _apercu(tache) if tache.ordre["mode"] == "apercu" else _document(tache)
    return JSONResponse(reponse, headers={"cache-control": "no-store"})


def _adresse(tache: Tache, nom: str) -> str:
    return f"./api/exports/fichiers/{tache.identifiant}/{quote(nom)}"


def _document(tache: Tache) -> str:
    """Liens de téléchargement, le document d’abord."""
    liens = []
    for rang, nom in enumerate(tache.resultat["fichiers"]):
        octets = (tache.dossier / nom).stat().st_size
        principal = ' class="obs-principal"' if rang == 0 else ""
        liens.append(
            f'<li><a{principal} href="{escape(_adresse(tache, nom))}" download>Télécharger {escape(nom)}</a> '
            f'<span class="obs-note">{_ecrire_taille(octets)}{_role(nom, rang)}</span></li>'
        )
    return (
        f'<ul class="obs-fichiers">{"".join(liens)}</ul><p class="obs-note">Document '
        f"<strong>{escape(tache.resultat['identifiant'])}</strong>, inscrit au registre des exports ; "
        f"édition {escape(tache.resultat['edition'])}. Le même identifiant est écrit dans le document.</p>"
    )


def _role(nom: str, rang: int) -> str:
    if rang == 0:
        return ""
    if nom.endswith(".txt"):
        return ", la même carte en texte, zone par zone"
    return ", description des colonnes" if nom.endswith("-metadata.json") else ""


def _ecrire_taille(octets: int) -> str:
    if octets < 1_000_000:
        return f"{max(1, round(octets / 1000))}\u00a0ko"
    return f"{octets / 1_000_000:.1f}\u00a0Mo".replace(".", ",")


def _apercu(tache: Tache) -> str:
    """Aperçu en HTML ; tous ses textes sont échappés."""
    vu = tache.resultat
    corps = ""
    if vu["image"]:
        corps += f'<img src="{escape(_adresse(tache, vu["image"]))}" alt="Aperçu : {escape(vu["titre"])}">'
    else:
        corps += f'<p class="obs-apercu-titre">{escape(vu["titre"])}</p>'
        if vu["phrases"]:
            corps += (
                '<ul class="obs-texte">'
                + "".join(f"<li>{escape(p)}.</li>" for p in vu["phrases"])
                + "</ul>"
            )
    if vu["lignes"]:
        tete = "".join(f'<th scope="col">{escape(c)}</th>' for c in vu["colonnes"])
        lignes = "".join(
            f'<tr><th scope="row">{escape(ligne[0])}</th>'
            + "".join(f"<td>{escape(c)}</td>" for c in ligne[1:])
            + "</tr>"
            for ligne in vu["lignes"]
        )
        corps += (
            f'<div class="obs-defile" tabindex="0" role="region" aria-label="Début du tableau">'
            f'<table class="obs-table"><thead><tr>{tete}</tr></thead><tbody>{lignes}</tbody></table></div>'
        )
    if vu["note"]:
        corps += f'<p class="obs-note">{escape(vu["note"])}</p>'
    return corps


def _telecharger(requete: Request) -> Response:
    tache = fabrique.trouver(requete.path_params["tache"])
    nom = requete.path_params["nom"]
    # Seuls les noms que l’ouvrier a rendus se servent : une adresse ne désigne pas un autre fichier.
    permis: list[str] = []
    if tache is not None and tache.etat == "pret":
        permis = [*tache.resultat.get("fichiers", []), tache.resultat.get("image", "")]
    if tache is None or not nom or nom not in permis:
        return _refuser(_PERDU, 404)
    apercu = tache.ordre["mode"] == "apercu"
    return FileResponse(
        tache.dossier / nom,
        filename=nom,
        content_disposition_type="inline" if apercu else "attachment",
        headers={"cache-control": "private, max-age=3600", "x-content-type-options": "nosniff"},
    )


def _ancienne_carte(requete: Request) -> Response:
    """La carte est l’accueil : son autre adresse y mène, avec les mêmes choix."""
    suite = requete.url.query
    return RedirectResponse("./" + (f"?{suite}" if suite else ""), status_code=307)


def routes_exports() -> list[BaseRoute]:
    """Routes des documents, et renvoi de « /carte » à l’accueil."""
    return [
        Route("/carte", _ancienne_carte, methods=["GET"]),
        Route("/api/exports/taches", _demander, methods=["POST"]),
        Route("/api/exports/taches/{tache}", _suivre, methods=["GET"]),
        Route("/api/exports/fichiers/{tache}/{nom}", _telecharger, methods=["GET"]),
    ]
