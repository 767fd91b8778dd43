"""Ce que le serveur ajoute à Streamlit : Leaflet, les polices, la langue de la page.

Le navigateur ne demande rien à un tiers : tout est servi par l’application.
"""

from __future__ import annotations

from pathlib import Path

import streamlit
import xstatic.pkg.leaflet as paquet_leaflet
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["RACINE_LEAFLET", "css_polices", "intergiciels", "routes_statiques"]

RACINE_LEAFLET = "/vendor/leaflet"
_RACINE_POLICES = "/vendor/polices"
_POLICES = {
    "Source Sans": "SourceSansVF-Upright*.woff2",
    "Source Serif": "SourceSerifVariable-Roman*.woff2",
}


def _dossier_polices() -> Path:
    return Path(streamlit.__file__).parent / "static" / "static" / "media"


def routes_statiques() -> list[BaseRoute]:
    """Routes de Leaflet et des polices que Streamlit livre."""
    return [
        Mount(RACINE_LEAFLET, StaticFiles(directory=paquet_leaflet.BASE_DIR)),
        Mount(_RACINE_POLICES, StaticFiles(directory=_dossier_polices())),
    ]


def css_polices() -> str:
    """Règles ``@font-face`` des polices servies, pour le cadre de la carte."""
    fichiers = {nom: next(_dossier_polices().glob(motif), None) for nom, motif in _POLICES.items()}
    return "".join(
        f'@font-face{{font-family:"{nom}";font-weight:200 900;font-display:swap;'
        f'src:url("{_RACINE_POLICES}/{fichier.name}") format("woff2")}}'
        for nom, fichier in fichiers.items()
        if fichier is not None
    )


class _LangueFrancaise:
    """Déclarer la page en français : Streamlit sert un document déclaré en anglais."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        entete: Message | None = None
        morceaux: list[bytes] = []
        est_html = False

        async def envoyer(message: Message) -> None:
            nonlocal entete, est_html
            if message["type"] == "http.response.start":
                champs = {cle.lower(): valeur for cle, valeur in message["headers"]}
                est_html = champs.get(b"content-type", b"").startswith(b"text/html")
                est_html = est_html and b"content-encoding" not in champs
                if est_html:
                    entete = message
                    return
                await send(message)
                return
            if message["type"] != "http.response.body" or not est_html or entete is None:
                await send(message)
                return
            morceaux.append(message.get("body", b""))
            if message.get("more_body"):
                return
            corps = b"".join(morceaux).replace(b'<html lang="en">', b'<html lang="fr">', 1)
            corps = corps.replace(
                b"<title>Streamlit</title>", b"<title>Observatoire des quartiers</title>", 1
            )
            champs_bruts = [
                (c, v)
                for c, v in entete["headers"]
                if c.lower() not in {b"content-length", b"etag"}
            ]
            champs_bruts.append((b"content-length", str(len(corps)).encode()))
            await send({**entete, "headers": champs_bruts})
            await send({"type": "http.response.body", "body": corps})

        await self._app(scope, receive, envoyer)


def intergiciels() -> list[Middleware]:
    """Intergiciels de l’application."""
    return [Middleware(_LangueFrancaise)]
