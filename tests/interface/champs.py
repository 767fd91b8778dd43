"""Lire les champs de choix d’une page jouée par AppTest : ils sont en HTML, leur état dans l’adresse."""

import json
import re
from html import unescape


def html(page):
    return "\n".join(e.proto.body for e in page.get("html"))


def options(page, cle):
    """Valeurs et textes permis d’un champ, et sa valeur par défaut."""
    corps = html(page)
    liste = re.search(
        rf'<select id="[^"]*" data-cle="{cle}" data-defaut="([^"]*)"[^>]*>(.*?)</select>', corps
    )
    if liste:
        trouvees = re.findall(r'<option value="([^"]*)">([^<]*)</option>', liste.group(2))
        return {unescape(v): unescape(t) for v, t in trouvees}, unescape(liste.group(1))
    champ = re.search(rf'data-cle="{cle}" data-defaut="([^"]*)"[^>]*data-options="([^"]*)"', corps)
    if champ:
        lues = json.loads(unescape(champ.group(2)))
        return {o["v"]: o["t"] for o in lues}, unescape(champ.group(1))
    boutons = re.findall(rf'value="([^"]*)" data-cle="{cle}" data-defaut="([^"]*)"', corps)
    return {unescape(v): unescape(v) for v, _ in boutons}, boutons[0][1] if boutons else None


def champs(page):
    """Noms des champs, dans l’ordre de la page."""
    return [unescape(n) for n in re.findall(r'<label for="[^"]*">([^<]+)<', html(page))]


def titre(page):
    return unescape(re.sub(r"<[^>]+>", "", re.search(r"<h1[^>]*>(.*?)</h1>", html(page)).group(1)))
