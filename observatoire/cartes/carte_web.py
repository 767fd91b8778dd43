"""Carte Leaflet d’une vue : un document HTML complet, sans requête vers un tiers.

Le document est fait pour un cadre ``iframe`` (``srcdoc``). Il ne demande que Leaflet, à
l’adresse que sert l’application. Le choix d’un quartier est annoncé à la page qui le
contient : ``{type: "observatoire:qpv", code}``.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import folium
from branca.element import Figure
from folium.template import Template

from observatoire.cartes.donnees_web import en_javascript, valeurs_web
from observatoire.cartes.gabarits_web import CSS_DOCUMENT, MOTIFS, code_carte, code_lieux, css_carte
from observatoire.cartes.geometries_web import preparer_geometries
from observatoire.cartes.modeles import VueCarte

__all__ = ["construire_carte_web"]


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
    {% if this.lieux %}choisirLieux(carte, {{ this.lieux }});{% endif %}
{% endmacro %}
"""


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
        self.motifs = MOTIFS
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
        Règles ``@font-face`` que fournit l’application ; la famille est « Observatoire Sans ».
    lieux : sequence of mapping
        Lieux que la personne peut faire apparaître (:func:`observatoire.cartes.lieux_web.lieux_web`).

    Returns
    -------
    str
        HTML complet, identique pour deux vues identiques.
    """
    geometries = preparer_geometries(vue, hauteur_px)
    carte = _CarteSobre(racine_leaflet)
    carte.css = CSS_DOCUMENT + css_carte() + css_polices.replace("</", "<\\/")
    carte.code = code_carte()
    carte.geometries = geometries.javascript
    carte.valeurs = en_javascript(valeurs_web(vue, base_visible=geometries.base_visible))
    if lieux:
        carte.code += code_lieux()
        carte.lieux = en_javascript(list(lieux))
    figure = carte.get_root()
    assert isinstance(figure, Figure)
    figure.title = html.escape(vue.titre)
    document: str = figure.render()
    return document.replace("<html>", '<html lang="fr">', 1)
