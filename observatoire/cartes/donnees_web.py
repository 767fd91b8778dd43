"""Ce qui change sur la carte à l’écran avec l’indicateur : couleurs, textes, rayons."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from observatoire.cartes import palettes
from observatoire.cartes.francais import typographier
from observatoire.cartes.modeles import Aspect, VueCarte
from observatoire.cartes.noms_web import MARGE_PX

__all__ = ["en_javascript", "valeurs_web"]

_RAYON_MAX_PX = 24
_FOND_STOCK = "#ebe8e1"


def valeurs_web(vue: VueCarte, *, base_visible: bool) -> dict[str, Any]:
    """Valeurs d’une vue pour ``dessinerCarte`` : une entrée par zone et par quartier.

    Parameters
    ----------
    vue : VueCarte
        Carte préparée par :func:`observatoire.cartes.vue.composer_vue`.
    base_visible : bool
        Vrai si les zones ne couvrent pas la ville, dessinée alors dessous.

    Returns
    -------
    dict
        Sérialisable en JSON ; aucun texte n’est du HTML.
    """
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


def _zone(zone: Mapping[Any, Any], vue: VueCarte) -> dict[str, Any]:
    aspect = Aspect(zone["aspect"])
    couleur = zone["couleur"]
    if vue.est_stock and aspect is Aspect.VALEUR:
        # Un effectif se lit à la surface du cercle, jamais à la couleur de la zone.
        couleur = _FOND_STOCK
    elif zone.get("indicatif") and couleur in palettes.COULEURS_ECARTS:
        couleur = f"url(#indicatif-{couleur[1:]})"
    objet = {"a": aspect.value, "c": couleur, **_textes(zone)}
    if vue.est_stock:
        rayon = float(zone["rayon_relatif"]) if aspect is Aspect.VALEUR else 0.0
        objet["r"] = round(rayon, 4)
    return objet


def _textes(territoire: Mapping[Any, Any]) -> dict[str, str]:
    return {
        "n": str(territoire["nom"]),
        "v": str(territoire.get("texte_valeur", "")),
        "e": str(territoire.get("texte_ecart", "")),
        "s": str(territoire.get("texte_statut", "")),
    }


def _quartier(quartier: Mapping[Any, Any]) -> dict[str, str]:
    textes = _textes(quartier)
    aria = ", ".join(filter(None, [textes["n"], textes["v"], textes["e"]]))
    return {
        "code": str(quartier["code_territoire"]),
        "aria": f"Quartier prioritaire {aria}",
        **textes,
    }


def en_javascript(objet: Mapping[str, Any] | Sequence[Any]) -> str:
    """Écrire en JSON, sans que « < » puisse refermer une balise de script."""
    return json.dumps(objet, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
