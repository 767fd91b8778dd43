"""Données que la carte demande au serveur : géométries, valeurs, tableau.

Ce sont des lectures de l’édition, sans état. L’édition est dans l’adresse : le navigateur peut garder
la réponse, et une nouvelle édition change l’adresse.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from observatoire.cartes.donnees_web import en_javascript
from observatoire.cartes.lieux_web import lieux_web
from observatoire.cartes.reperage import dessiner_reperage
from observatoire.editions import Edition
from observatoire.erreurs import ErreurDemande, ErreurObservatoire, ErreurReseau
from observatoire.ingestion.tuiles import fond_permis, lire_tuile
from observatoire.interface.cartes_inegalites import geometries_inegalites, valeurs_inegalites
from observatoire.interface.chargement import (
    Demande,
    catalogue_courant,
    edition_de,
    geometries_json,
    lignes_jointes,
    valeurs_json,
    vue_carte,
)
from observatoire.interface.composants import html_table_zones

__all__ = [
    "adresse_carte",
    "adresse_inegalites",
    "adresse_lieux",
    "adresse_reperage",
    "routes_carte",
]

_IMMUABLE = "public, max-age=604800, immutable"
_CHAMPS = ("indicateur", "millesime", "montrer", "niveau", "reference", "classes", "compare_a")


def adresse_carte(quoi: str, edition: Edition, demande: Demande) -> str:
    """Adresse d’une donnée de la carte.

    Parameters
    ----------
    quoi : {"geometries", "valeurs", "tableau"}
        Donnée demandée ; les géométries ne dépendent que du niveau.
    edition : Edition
        Édition affichée.
    demande : Demande
        Choix de la personne.
    """
    champs: dict[str, str] = {
        "edition": _marque(edition),
        "ville": edition.code_commune,
        "niveau": demande.niveau,
    }
    if quoi != "geometries":
        champs |= {
            "indicateur": demande.indicateur,
            "millesime": str(demande.millesime),
            "montrer": demande.vue,
            "reference": demande.reference,
            "classes": demande.classes,
        }
        if demande.compare_a is not None:
            champs["compare_a"] = str(demande.compare_a)
    return f"./api/carte/{quoi}?{urlencode(champs)}"


def adresse_inegalites(quoi: str, edition: Edition, choix: str) -> str:
    """Adresse d’une donnée (« geometries » ou « valeurs ») de la carte des inégalités choisie."""
    champs = {"edition": _marque(edition), "ville": edition.code_commune, "choix": choix}
    return f"./api/carte/inegalites/{quoi}?{urlencode(champs)}"


def adresse_reperage(edition: Edition, code: str) -> str:
    """Adresse de la petite carte qui situe un quartier."""
    champs = {"edition": _marque(edition), "ville": edition.code_commune, "qpv": code}
    return f"./api/carte/reperage?{urlencode(champs)}"


def adresse_lieux(edition: Edition, categorie: str) -> str:
    """Adresse des lieux d’une catégorie ; vide si aucun n’est à poser."""
    if not categorie:
        return ""
    champs = {
        "edition": _marque(edition), "ville": edition.code_commune, "categorie": categorie,
    }  # fmt: skip
    return f"./api/carte/lieux?{urlencode(champs)}"


def _marque(edition: Edition) -> str:
    """Ce dont dépend le contenu d’une adresse : édition, code, catalogue."""
    version = edition.manifeste["version_code"]
    return f"{edition.identifiant}-{version}-{catalogue_courant().empreinte[:8]}"


def _lire_demande(requete: Request) -> Demande:
    champs = {c: requete.query_params.get(c, "") for c in _CHAMPS}
    try:
        millesime = int(champs["millesime"])
        compare = int(champs["compare_a"]) if champs["compare_a"] else None
    except ValueError as erreur:
        raise ErreurDemande("Le millésime demandé n’est pas une année.") from erreur
    return Demande(
        champs["indicateur"],
        millesime,
        vue=champs["montrer"] or "ecart",
        niveau=champs["niveau"] or "iris",
        reference=champs["reference"] or "ville",
        classes=champs["classes"] or "jenks",
        compare_a=compare,
    )


_Reponse = Callable[[Request, Edition], Response]


def _protegee(fonction: _Reponse) -> Callable[[Request], Response]:
    """Donner l’édition à une réponse ; une demande impossible devient un message, non une trace."""

    @wraps(fonction)
    def repondre(requete: Request) -> Response:
        try:
            edition = edition_de(requete.query_params.get("ville"))
            reponse = fonction(requete, edition)
        except ErreurObservatoire as erreur:
            return PlainTextResponse(str(erreur), status_code=404)
        demandee = requete.query_params.get("edition", "")
        actuelle = demandee.startswith(edition.identifiant)
        # Une adresse d’une édition remplacée reçoit la nouvelle, sans que le navigateur la garde.
        reponse.headers["cache-control"] = _IMMUABLE if actuelle else "no-store"
        return reponse

    return repondre


@_protegee
def _geometries(requete: Request, edition: Edition) -> Response:
    texte = geometries_json(edition, requete.query_params.get("niveau", "iris"))
    return Response(texte, media_type="application/json")


@_protegee
def _valeurs(requete: Request, edition: Edition) -> Response:
    return Response(valeurs_json(edition, _lire_demande(requete)), media_type="application/json")


@_protegee
def _inegalites(requete: Request, edition: Edition) -> Response:
    ecrire = {"geometries": geometries_inegalites, "valeurs": valeurs_inegalites}
    quoi = requete.path_params["quoi"]
    if quoi not in ecrire:
        raise ErreurDemande("Cette donnée de la carte n’existe pas.")
    texte = ecrire[quoi](edition, requete.query_params.get("choix", ""))
    return Response(texte, media_type="application/json")


@_protegee
def _tableau(requete: Request, edition: Edition) -> Response:
    demande = _lire_demande(requete)
    vue = vue_carte(edition, demande)
    table = lignes_jointes(edition, demande.reference)
    lignes = table[
        (table["indicateur"] == demande.indicateur)
        & (table["millesime"] == demande.millesime)
        & (table["type_territoire"] == demande.niveau)
    ].sort_values(["rang", "nom"], na_position="last")
    return Response(
        html_table_zones(
            lignes,
            vue.unite,
            titre=f"{vue.libelle_indicateur}, {vue.millesime}",
            ecart=not vue.est_stock,
        ),
        media_type="text/html",
    )


@_protegee
def _reperage(requete: Request, edition: Edition) -> Response:
    code = requete.query_params.get("qpv", "")
    if code not in set(edition.couches["qpv"]["code_territoire"]):
        raise ErreurDemande("Ce quartier n’est pas dans cette édition.")
    return Response(dessiner_reperage(edition.couches, code), media_type="image/svg+xml")


def _tuile(requete: Request) -> Response:
    """Tuile du fond de plan, si l’administration l’a permis ; jamais sans elle."""
    if not fond_permis():
        return PlainTextResponse("Le fond de plan n’est pas permis.", status_code=404)
    zoom, colonne, rang = (requete.path_params[c] for c in ("zoom", "colonne", "rang"))
    try:
        octets = lire_tuile(zoom, colonne, rang)
    except ErreurDemande as erreur:
        return PlainTextResponse(str(erreur), status_code=404)
    except ErreurReseau as erreur:
        return PlainTextResponse(str(erreur), status_code=502)
    return Response(octets, media_type="image/png", headers={"cache-control": _IMMUABLE})


@_protegee
def _lieux(requete: Request, edition: Edition) -> Response:
    points = lieux_web(edition.complement("lieux"), requete.query_params.get("categorie", ""))
    return Response(en_javascript(points), media_type="application/json")


def routes_carte() -> list[BaseRoute]:
    """Routes des données de la carte."""
    return [
        Route("/api/carte/geometries", _geometries, methods=["GET"]),
        Route("/api/carte/valeurs", _valeurs, methods=["GET"]),
        Route("/api/carte/inegalites/{quoi}", _inegalites, methods=["GET"]),
        Route("/api/carte/tableau", _tableau, methods=["GET"]),
        Route("/api/carte/reperage", _reperage, methods=["GET"]),
        Route("/api/carte/lieux", _lieux, methods=["GET"]),
        Route("/api/carte/fond/{zoom:int}/{colonne:int}/{rang:int}", _tuile, methods=["GET"]),
    ]
