"""Carte Leaflet d’une vue : un document HTML complet, sans requête vers un tiers.

Le document est fait pour un cadre ``iframe`` (``srcdoc``). Il ne demande que Leaflet, à
l’adresse que sert l’application. Le choix d’un quartier est annoncé à la page qui le
contient : ``{type: "observatoire:qpv", code}``.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import folium
from branca.element import Figure
from folium.template import Template

from observatoire.cartes import palettes
from observatoire.cartes.francais import typographier
from observatoire.cartes.geometries_web import preparer_geometries
from observatoire.cartes.modeles import Aspect, VueCarte
from observatoire.cartes.noms_web import MARGE_PX

__all__ = ["construire_carte_web"]

_GABARITS = Path(__file__).resolve().parent / "gabarits"
_RAYON_MAX_PX = 24
_FOND_STOCK = "#ebe8e1"

_GABARIT = """
{% macro header(this, kwargs) %}
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <style>{{ this.css }}</style>
{% endmacro %}
{% macro html(this, kwargs) %}
    {{ this.motifs }}
    <div class="carte" id={{ this.get_name()|tojson }}></div>
{% endmacro %}
{% macro script(this, kwargs) %}
    {{ this.code }}
    const carte = L.map({{ this.get_name()|tojson }}, {
        center: {{ this.location|tojson }}, crs: L.CRS.{{ this.crs }},
        ...{{ this.options|tojavascript }},
        ...(matchMedia("(prefers-reduced-motion: reduce)").matches
            ? {zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false,
               inertia: false} : {}),
    });
    dessinerCarte(carte, {{ this.geometries }}, {{ this.valeurs }});
    {% if this.lieux %}dessinerLieux(carte, {{ this.lieux }});{% endif %}
{% endmacro %}
"""

_MOTIFS = f"""<svg class="motifs" aria-hidden="true" focusable="false"><defs>
<pattern id="hachures" width="6" height="6" patternUnits="userSpaceOnUse"
patternTransform="rotate(45)">
<rect width="6" height="6" fill="{palettes.MASQUE}"/>
<line x1="0" y1="0" x2="0" y2="6" stroke="{palettes.HACHURE}" stroke-width="1.8"/></pattern>
<pattern id="points" width="7" height="7" patternUnits="userSpaceOnUse">
<rect width="7" height="7" fill="{palettes.ABSENT}"/>
<circle cx="2" cy="2" r="1" fill="#9a9fab"/></pattern>
</defs></svg>"""


class _CarteSobre(folium.Map):
    """Carte folium sans tuiles ni bibliothèques superflues."""

    _template = Template(_GABARIT)

    def __init__(self, racine_leaflet: str) -> None:
        super().__init__(
            location=[0, 0],
            tiles=None,
            zoom_control=False,
            zoom_start=12,
            attribution_control=False,
            scroll_wheel_zoom=False,
            # Un zoom continu laisse la ville remplir exactement le cadre.
            zoom_snap=0,
            zoom_delta=0.75,
            max_zoom=18,
        )
        racine = racine_leaflet.rstrip("/")
        self.default_js = [("leaflet", f"{racine}/leaflet.js")]
        self.default_css = [("leaflet_css", f"{racine}/leaflet.css")]
        # folium tire un identifiant au hasard : le même document doit donner le même texte.
        self._id = "observatoire"
        self.css = ""
        self.motifs = _MOTIFS
        self.code = ""
        self.geometries = ""
        self.valeurs = ""
        self.lieux = ""


def construire_carte_web(
    vue: VueCarte,
    *,
    racine_leaflet: str = "/vendor/leaflet",
    hauteur_px: int = 620,
    css_polices: str = "",
    lieux: Sequence[Mapping[str, object]] = (),
) -> str:
    """Construire le document HTML d’une carte.

    Parameters
    ----------
    vue : VueCarte
        Carte préparée par :func:`observatoire.cartes.vue.composer_vue`.
    racine_leaflet : str
        Dossier, vu du navigateur, qui contient ``leaflet.js`` et ``leaflet.css``.
    hauteur_px : int
        Hauteur du cadre, pour placer les noms.
    css_polices : str
        Règles ``@font-face`` que fournit l’application ; la famille est « Source Sans ».
    lieux : sequence of mapping
        Points de :func:`observatoire.cartes.lieux_web.lieux_web`, posés au-dessus des zones.

    Returns
    -------
    str
        HTML complet, identique pour deux vues identiques.
    """
    geometries = preparer_geometries(vue, hauteur_px)
    carte = _CarteSobre(racine_leaflet)
    carte.css = _css() + css_polices.replace("</", "<\\/")
    carte.code = _lire("carte_web.js")
    carte.geometries = geometries.javascript
    carte.valeurs = _en_javascript(_valeurs(vue, base_visible=geometries.base_visible))
    if lieux:
        carte.code += _lire("lieux.js")
        carte.lieux = _en_javascript(list(lieux))
    figure = carte.get_root()
    assert isinstance(figure, Figure)
    figure.title = html.escape(vue.titre)
    document: str = figure.render()
    return document.replace("<html>", '<html lang="fr">', 1)


@lru_cache(maxsize=4)
def _lire(nom: str) -> str:
    return (_GABARITS / nom).read_text(encoding="utf-8")


def _css() -> str:
    couleurs = {
        "encre": palettes.ENCRE,
        "second": palettes.TEXTE_SECOND,
        "trait": palettes.TRAIT,
        "terre": palettes.TERRE,
        "qpv": palettes.QPV,
    }
    racine = "".join(f"--{nom}:{couleur};" for nom, couleur in couleurs.items())
    return f":root{{{racine}}}\n{_lire('carte_web.css')}"


def _valeurs(vue: VueCarte, *, base_visible: bool) -> dict[str, Any]:
    """Ce qui change avec l’indicateur : couleurs, textes, rayons."""
    ecart = vue.vue == "ecart"
    return {
        "zones": [_zone(z, vue) for z in vue.zones.to_dict("records")],
        "qpv": [_quartier(q) for q in vue.qpv.to_dict("records")],
        "ville": "" if ecart or vue.est_stock else typographier(f"ville : {vue.texte_ville}"),
        "alternative": vue.texte_alternatif,
        "stock": vue.est_stock,
        "base": base_visible,
        "rayon": _RAYON_MAX_PX,
        "couleurCercle": palettes.STOCK,
        "navy": palettes.QPV,
        "eau": palettes.EAU,
        "marge": MARGE_PX,
        # Sur des zones nombreuses, un filet ordinaire mangerait les couleurs.
        "filet": 0.9 if len(vue.zones) <= 250 else 0.5,
    }


def _zone(zone: dict[Any, Any], vue: VueCarte) -> dict[str, Any]:
    aspect = Aspect(zone["aspect"])
    couleur = zone["couleur"]
    if vue.est_stock and aspect is Aspect.VALEUR:
        # Un effectif se lit à la surface du cercle, jamais à la couleur de la zone.
        couleur = _FOND_STOCK
    objet = {"a": aspect.value, "c": couleur, **_textes(zone)}
    if vue.est_stock:
        rayon = float(zone["rayon_relatif"]) if aspect is Aspect.VALEUR else 0.0
        objet["r"] = round(rayon, 4)
    return objet


def _textes(territoire: dict[Any, Any]) -> dict[str, str]:
    return {
        "n": str(territoire["nom"]),
        "v": str(territoire.get("texte_valeur", "")),
        "e": str(territoire.get("texte_ecart", "")),
        "s": str(territoire.get("texte_statut", "")),
    }


def _quartier(quartier: dict[Any, Any]) -> dict[str, str]:
    textes = _textes(quartier)
    aria = ", ".join(filter(None, [textes["n"], textes["v"], textes["e"]]))
    return {
        "code": str(quartier["code_territoire"]),
        "aria": f"Quartier prioritaire {aria}",
        **textes,
    }


def _en_javascript(objet: dict[str, Any] | list[Mapping[str, object]]) -> str:
    # « < » ne doit pas pouvoir refermer la balise de script.
    return json.dumps(objet, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
