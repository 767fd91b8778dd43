"""Réponses compressées une fois pour tous les visiteurs.

Streamlit sert ses fichiers sans compression, et la compression courante recommencerait à chaque
demande ; ici, chaque contenu est compressé une fois et gardé. ``br`` n’est demandé par les
navigateurs qu’en HTTPS ou en local ; ``gzip`` sert les autres.
"""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from typing import Final

import anyio.to_thread
import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Compression"]

_PREFIXES: Final = ("/static/", "/vendor/", "/statique/", "/api/")
_TYPES: Final = ("text/", "application/javascript", "application/json", "image/svg")
_TAILLE_MIN: Final = 800
_MEMOIRE_MAX: Final = 24_000_000
_QUALITES: Final = {"br": 9, "gzip": 9}
_QUALITE_DYNAMIQUE: Final = {"br": 5, "gzip": 6}


class Compression:
    """Intergiciel ASGI qui compresse les fichiers statiques et les données des cartes.

    Parameters
    ----------
    app : ASGIApp
        Application enveloppée.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._gardes: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._taille = 0
        # Les fichiers de Streamlit portent leur empreinte dans leur nom : leur réponse ne change pas.
        self.fixes: dict[tuple[str, str], Message] = {}
        self._verrou = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Répondre, en compressant les contenus qui s’y prêtent."""
        chemin = str(scope.get("path", ""))
        codage = _codage(scope) if scope["type"] == "http" else ""
        page = "." not in chemin.rsplit("/", 1)[-1] and not chemin.startswith("/_stcore")
        if not codage or not (page or chemin.startswith(_PREFIXES)):
            await self._app(scope, receive, send)
            return
        fixe = self.fixes.get((codage, chemin))
        if fixe is not None:
            await send({k: v for k, v in fixe.items() if k != "body"})
            await send({"type": "http.response.body", "body": fixe["body"]})
            return
        reponse = _Reponse(self, codage, scope, send)
        await self._app(scope, receive, reponse.recevoir)

    def compresser(self, codage: str, cle: str, corps: bytes, *, statique: bool) -> bytes:
        """Contenu compressé, repris de la mémoire si la même réponse a déjà été faite."""
        with self._verrou:
            garde = self._gardes.get((codage, cle))
            if garde is not None:
                self._gardes.move_to_end((codage, cle))
                return garde
        qualite = (_QUALITES if statique else _QUALITE_DYNAMIQUE)[codage]
        if codage == "br":
            compresse = bytes(brotli.compress(corps, quality=qualite))
        else:
            compresse = gzip.compress(corps, compresslevel=qualite, mtime=0)
        with self._verrou:
            if (codage, cle) not in self._gardes:
                self._gardes[(codage, cle)] = compresse
                self._taille += len(compresse)
            while self._taille > _MEMOIRE_MAX:
                _, ancien = self._gardes.popitem(last=False)
                self._taille -= len(ancien)
        return compresse


def _codage(scope: Scope) -> str:
    """Codage accepté par le navigateur, le meilleur d’abord ; vide s’il n’y en a pas."""
    entetes = Headers(scope=scope)
    if scope.get("method") != "GET" or "range" in entetes:
        return ""
    acceptes = {c.split(";")[0].strip() for c in entetes.get("accept-encoding", "").split(",")}
    return next((c for c in _QUALITES if c in acceptes), "")


class _Reponse:
    """Une réponse retenue jusqu’à son dernier morceau, puis envoyée compressée."""

    def __init__(self, memoire: Compression, codage: str, scope: Scope, send: Send) -> None:
        self._memoire, self._codage, self._scope, self._send = memoire, codage, scope, send
        self._entete: Message | None = None
        self._morceaux: list[bytes] = []

    async def recevoir(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            entetes = Headers(raw=message["headers"])
            nature = entetes.get("content-type", "")
            if (
                message["status"] == 200
                and "content-encoding" not in entetes
                and nature.startswith(_TYPES)
                and int(entetes.get("content-length", _TAILLE_MIN)) >= _TAILLE_MIN
            ):
                self._entete = message
                return
        if self._entete is None:
            await self._send(message)
            return
        self._morceaux.append(message.get("body", b""))
        if not message.get("more_body"):
            await self._envoyer(self._entete, b"".join(self._morceaux))

    async def _envoyer(self, entete: Message, corps: bytes) -> None:
        entetes = MutableHeaders(raw=list(entete["headers"]))
        chemin = self._scope["path"]
        requete = self._scope.get("query_string", b"").decode("latin-1")
        # L’empreinte du contenu distingue deux éditions servies à la même adresse.
        cle = f"{chemin}?{requete}#{len(corps)}-{hash(corps)}"
        compresse = await anyio.to_thread.run_sync(
            lambda: self._memoire.compresser(
                self._codage, cle, corps, statique=not chemin.startswith("/api/")
            )
        )
        entetes["content-encoding"] = self._codage
        entetes["content-length"] = str(len(compresse))
        entetes.add_vary_header("accept-encoding")
        if "etag" in entetes:
            # Deux codages d’un même fichier ne sont pas octet pour octet le même contenu.
            entetes["etag"] = f"W/{entetes['etag'].removeprefix('W/')}"
        debut = {**entete, "headers": entetes.raw}
        if chemin.startswith("/static/") and "immutable" in entetes.get("cache-control", ""):
            self._memoire.fixes[(self._codage, chemin)] = {**debut, "body": compresse}
        await self._send(debut)
        await self._send({"type": "http.response.body", "body": compresse})
