"""Visiteurs simultanés de l’application : un protocole Streamlit réduit, sans navigateur.

Chaque visiteur ouvre une session par websocket, puis change l’adresse toutes les cinq secondes comme
le fait la page ; la durée va de l’envoi au message qui dit que la page est prête, données de la carte
comprises.
"""

from __future__ import annotations

import asyncio
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html import unescape

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

_ADRESSES = re.compile(r'data-(?:geo|valeurs)="([^"]+)"')


@dataclass
class Bilan:
    """Durées des clics (s) et erreurs."""

    durees: list[float] = field(default_factory=list)
    erreurs: list[str] = field(default_factory=list)

    def centile(self, rang: float) -> float:
        triees = sorted(self.durees)
        return triees[min(len(triees) - 1, int(rang * len(triees)))]


async def _jouer(prise, client, requete: str, page: str, vus: set[str]) -> None:
    """Envoyer une adresse et attendre la page, puis ce que sa carte demande."""
    message = BackMsg()
    message.rerun_script.query_string = requete
    message.rerun_script.page_name = page
    await prise.send(message.SerializeToString())
    corps: list[str] = []
    while True:
        recu = ForwardMsg()
        recu.ParseFromString(await asyncio.wait_for(prise.recv(), 30))
        nature = recu.WhichOneof("type")
        if nature == "delta":
            element = recu.delta.new_element
            if element.WhichOneof("type") == "html":
                corps.append(element.html.body)
            if element.WhichOneof("type") == "exception":
                raise RuntimeError(element.exception.message)
        if nature == "script_finished":
            break
    texte = "".join(corps)
    if 'class="obs-erreur"' in texte:
        raise RuntimeError("page d’erreur")
    for adresse in _ADRESSES.findall(texte):
        chemin = unescape(adresse).removeprefix(".")
        if chemin not in vus:
            reponse = await client.get(chemin)
            reponse.raise_for_status()
            vus.add(chemin)


async def _visiteur(
    adresse: str, rang: int, clics: int, pause: float, choix: list[tuple[str, str]], bilan: Bilan
) -> None:
    await asyncio.sleep(pause * rang / 40)
    flux = adresse.replace("http", "ws", 1) + "/_stcore/stream"
    vus: set[str] = set()
    try:
        async with (
            httpx.AsyncClient(base_url=adresse, timeout=30) as client,
            connect(flux, subprotocols=["streamlit"], max_size=None, open_timeout=30) as prise,
        ):
            await _jouer(prise, client, "", "", vus)
            for k in range(clics):
                await asyncio.sleep(pause)
                page, requete = choix[(rang * 7 + k * 3) % len(choix)]
                debut = time.perf_counter()
                await _jouer(prise, client, requete, page, vus)
                bilan.durees.append(time.perf_counter() - debut)
    except Exception as erreur:  # noqa: BLE001 – toute panne d’un visiteur est comptée
        bilan.erreurs.append(f"{type(erreur).__name__} : {erreur}")


def visiter(
    adresse: str,
    choix: list[tuple[str, str]],
    *,
    nombre: int = 40,
    clics: int = 4,
    pause: float = 5.0,
) -> Bilan:
    """Faire venir ``nombre`` visiteurs qui cliquent toutes les ``pause`` secondes."""
    bilan = Bilan()

    async def tous() -> None:
        await asyncio.gather(
            *(_visiteur(adresse, r, clics, pause, choix, bilan) for r in range(nombre))
        )

    # Playwright a sa propre boucle dans ce fil : les visiteurs ont la leur dans un autre.
    with ThreadPoolExecutor(1) as fil:
        fil.submit(asyncio.run, tous()).result()
    return bilan
