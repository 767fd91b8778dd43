"""Ce que le serveur ajoute à Streamlit : Leaflet, les polices, la langue, le comportement des pages.

Le navigateur ne demande rien à un tiers : tout est servi par l’application, et une politique de
sécurité le lui interdit.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import xstatic.pkg.leaflet as paquet_leaflet
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.config import get_option

from observatoire.cartes.gabarits_web import MOTIFS, code_carte, code_lieux, css_carte
from observatoire.interface.compression import Compression

__all__ = ["RACINE_LEAFLET", "css_polices", "franciser", "intergiciels", "routes_statiques"]

RACINE_LEAFLET = "/vendor/leaflet"
_ICI = Path(__file__).resolve().parent
_STATIQUE = _ICI / "statique"
_POLICES = (
    ("Observatoire Sans", 400, "ObservatoireSans-Regular"),
    ("Observatoire Sans", 600, "ObservatoireSans-SemiBold"),
    ("Observatoire Sans", 700, "ObservatoireSans-Bold"),
    ("Observatoire Serif", 600, "ObservatoireSerif-SemiBold"),
)
_UN_AN = "public, max-age=31536000, immutable"
# « unsafe-eval » et « unsafe-inline » : Streamlit compile des gabarits et écrit ses styles en ligne.
_POLITIQUE = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' ws: wss: data: blob:; frame-src 'self' data: blob:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'"
)
_TITRE = "Observatoire des quartiers"
_SANS_SCRIPT = (
    "<noscript><p>L’observatoire a besoin de JavaScript pour afficher ses pages. Les mêmes chiffres "
    "sont dans les documents que la collectivité publie.</p></noscript>"
)


def css_polices(racine: str = "/statique") -> str:
    """Règles ``@font-face`` des polices servies, depuis le dossier ``racine``."""
    regles = [
        f'@font-face{{font-family:"{famille}";font-weight:{graisse};font-display:swap;'
        f'src:url("{racine}/{fichier}.woff2") format("woff2")}}'
        for famille, graisse, fichier in _POLICES
    ]
    return "".join(regles)


@lru_cache(maxsize=1)
def _textes_servis() -> dict[str, tuple[str, str]]:
    """Nom du fichier servi → type et contenu."""
    style = css_polices(".") + css_carte() + (_ICI / "style.css").read_text(encoding="utf-8")
    cadre = (_STATIQUE / "cadre.js").read_text(encoding="utf-8")
    return {
        "observatoire.css": ("text/css", style),
        "carte.js": ("application/javascript", code_carte() + code_lieux()),
        "exports.js": (
            "application/javascript",
            (_STATIQUE / "exports.js").read_text(encoding="utf-8"),
        ),
        "cadre.js": ("application/javascript", cadre.replace("__MOTIFS__", json.dumps(MOTIFS))),
    }


def _adresse(nom: str) -> str:
    """Adresse relative d’un fichier servi ; son empreinte la change quand il change."""
    empreinte = hashlib.sha256(_textes_servis()[nom][1].encode()).hexdigest()[:10]
    return f"./statique/{nom}?v={empreinte}"


async def _servir_texte(requete: Request) -> Response:
    nature, contenu = _textes_servis()[requete.url.path.rsplit("/", 1)[-1]]
    return Response(contenu, media_type=nature, headers={"cache-control": _UN_AN})


def routes_statiques() -> list[BaseRoute]:
    """Routes de Leaflet, des polices, du style et du comportement des pages."""
    noms = ("observatoire.css", "carte.js", "cadre.js", "exports.js")
    return [
        Mount(RACINE_LEAFLET, StaticFiles(directory=paquet_leaflet.BASE_DIR)),
        *(Route(f"/statique/{nom}", _servir_texte, methods=["GET"]) for nom in noms),
        Mount("/statique", StaticFiles(directory=_STATIQUE)),
    ]


@lru_cache(maxsize=4)
def franciser(document: bytes) -> bytes:
    """Document d’accueil de Streamlit, en français, avec le style et le comportement des pages.

    Parameters
    ----------
    document : bytes
        HTML que Streamlit sert pour toutes les pages.

    Returns
    -------
    bytes
        Langue et titre français, message sans JavaScript, polices de la charte ; aucune adresse
        extérieure.
    """
    texte = document.decode("utf-8")
    texte = texte.replace('<html lang="en">', '<html lang="fr">', 1)
    texte = texte.replace("<title>Streamlit</title>", f"<title>{_TITRE}</title>", 1)
    texte = re.sub(r"<noscript>.*?</noscript>", _SANS_SCRIPT, texte, count=1, flags=re.DOTALL)
    # La police de Streamlit pèse trois fois les nôtres ; l’interface pour automates n’est pas offerte.
    texte = re.sub(r"<link\s+rel=\"preload\"[^>]*?font[^>]*?>", "", texte, count=1)
    texte = re.sub(r"<!--(?:(?!-->).)*agent API.*?-->", "", texte, count=1, flags=re.DOTALL)
    texte = re.sub(r"<link rel=\"service-desc\"[^>]*>", "", texte, count=1)
    polices = "".join(
        f'<link rel="preload" href="./statique/{p[2]}.woff2" as="font" type="font/woff2" crossorigin>'
        for p in _POLICES
    )
    tete = (
        f'<link rel="stylesheet" href=".{RACINE_LEAFLET}/leaflet.css">'
        f'<link rel="stylesheet" href="{_adresse("observatoire.css")}">{polices}'
        f'<script defer src=".{RACINE_LEAFLET}/leaflet.js"></script>'
        f'<script defer src="{_adresse("carte.js")}"></script>'
        f'<script defer src="{_adresse("cadre.js")}"></script>'
        f'<script defer src="{_adresse("exports.js")}"></script>'
    )
    return texte.replace("</head>", f"{tete}</head>", 1).encode("utf-8")


class _DocumentFrancais:
    """Franciser le document d’accueil, et interdire au navigateur toute adresse extérieure."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        entete: Message | None = None
        morceaux: list[bytes] = []
        renvoi = _page_trop_profonde(scope)

        async def envoyer(message: Message) -> None:
            nonlocal entete
            if message["type"] == "http.response.start":
                champs = Headers(raw=message["headers"])
                est_html = champs.get("content-type", "").startswith("text/html")
                if est_html and "content-encoding" not in champs and not _est_api(scope):
                    entete = message
                    return
            elif entete is not None:
                morceaux.append(message.get("body", b""))
                if not message.get("more_body"):
                    if renvoi:
                        await RedirectResponse(renvoi)(scope, receive, send)
                    else:
                        await _envoyer_document(entete, b"".join(morceaux), send)
                return
            await send(message)

        # Streamlit compresserait le document des pages : il ne serait plus lisible ici.
        entetes = [(c, v) for c, v in scope["headers"] if c.lower() != b"accept-encoding"]
        await self._app({**scope, "headers": entetes}, receive, envoyer)


def _page_trop_profonde(scope: Scope) -> str:
    """Où renvoyer une adresse comme « /quartiers/x », relativement à elle ; vide si elle convient.

    Streamlit répond à toute adresse par son document, dont les adresses relatives chercheraient tout
    au mauvais endroit : un écran blanc.
    """
    racine = str(get_option("server.baseUrlPath")).strip("/")
    sous_la_racine = str(scope["path"]).lstrip("/").removeprefix(racine).lstrip("/")
    page, _, suite = sous_la_racine.partition("/")
    if not suite:
        return ""
    requete = scope["query_string"].decode("latin-1")
    remonter = "../" * sous_la_racine.count("/")
    return quote(f"{remonter}{page}") + (f"?{requete}" if requete else "")


def _est_api(scope: Scope) -> bool:
    return str(scope["path"]).startswith("/api/")


async def _envoyer_document(entete: Message, corps: bytes, send: Send) -> None:
    francais = franciser(corps) if entete["status"] == 200 and corps else corps
    champs = MutableHeaders(raw=list(entete["headers"]))
    if corps:
        champs["content-length"] = str(len(francais))
    if "etag" in champs:
        del champs["etag"]
    champs["content-security-policy"] = _POLITIQUE
    champs["x-content-type-options"] = "nosniff"
    champs["referrer-policy"] = "same-origin"
    await send({**entete, "headers": champs.raw})
    await send({"type": "http.response.body", "body": francais})


def intergiciels() -> list[Middleware]:
    """Intergiciels de l’application, du plus extérieur au plus intérieur."""
    return [Middleware(Compression), Middleware(_DocumentFrancais)]
