"""Choix de la personne, gardés dans l’adresse par leur identifiant : l’ouvrir redonne le même écran.

L’adresse est le seul état. Une liste ou un bouton ne garde rien : ``cadre.js`` écrit le choix dans
l’adresse, Streamlit rejoue la page, et la page lit l’adresse. Le HTML d’un champ ne dépend pas du
choix : il reste en place, et le clavier avec lui.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, TypeVar
from urllib.parse import urlencode

import streamlit as st

from observatoire.interface.ecriture import afficher_html

__all__ = [
    "adresse",
    "basculer",
    "choisir",
    "choix_durables",
    "cocher",
    "est_integree",
    "html_liste",
    "lire_choix",
    "rechercher",
]

T = TypeVar("T", str, int)

_DURABLES = ("ville", "vue")
"""Choix qui suivent la personne d’une page à l’autre."""


def est_integree() -> bool:
    """Vrai pour une vue sans menus, faite pour être incluse dans un autre site."""
    return st.query_params.get("vue") == "integree"


def adresse(page: str = "", **choix: str | int | None) -> str:
    """Adresse d’une page de l’application, avec la ville et la vue de la page courante.

    Parameters
    ----------
    page : str
        Chemin de la page ; vide pour la carte.
    **choix : str, int or None
        Choix à écrire ; ``None`` pour ne pas l’écrire.
    """
    gardes = {c: st.query_params[c] for c in _DURABLES if c in st.query_params}
    if gardes.get("vue") != "integree":
        gardes.pop("vue", None)
    champs = {c: str(v) for c, v in {**gardes, **choix}.items() if v is not None}
    return f"./{page}" + (f"?{urlencode(champs)}" if champs else "")


def choix_durables() -> tuple[str, ...]:
    """Ce dont dépendent les liens d’une page, pour garder son HTML en mémoire."""
    return tuple(st.query_params.get(c, "") for c in _DURABLES)


def lire_choix(cle: str, options: Sequence[T], *, defaut: T | None = None) -> T:
    """Choix écrit dans l’adresse s’il est permis, sinon le choix par défaut (le premier).

    Parameters
    ----------
    cle : str
        Nom dans l’adresse.
    options : sequence
        Identifiants permis.
    defaut : str or int, optional
        Par défaut, le premier.
    """
    demande = st.query_params.get(cle)
    repli = options[0] if defaut is None else defaut
    return next((o for o in options if str(o) == demande), repli)


def choisir(
    libelle: str,
    options: Sequence[T],
    *,
    cle: str,
    ecrire: Callable[[T], str] = str,
    largeur: int | str = "stretch",
    defaut: T | None = None,
    efface: str = "",
    toujours: bool = False,
) -> T:
    """Liste déroulante dont le choix est dans l’adresse (``cle=valeur``).

    Parameters
    ----------
    libelle : str
        Nom du champ.
    options : sequence
        Identifiants permis, le premier par défaut ; une adresse qui en demande un autre est ignorée.
    cle : str
        Nom dans l’adresse.
    ecrire : callable
        Texte affiché pour un identifiant.
    largeur : int or str
        En pixels, ou « stretch ».
    defaut : str or int, optional
        Choix quand l’adresse n’en dit rien ; le premier par défaut.
    efface : str
        Autres clés de l’adresse que ce choix remet à leur valeur par défaut, séparées par des espaces.
    toujours : bool
        Écrire le choix dans l’adresse même quand c’est celui par défaut.
    """
    textes = {o: ecrire(o) for o in options}
    afficher_html(
        html_liste(libelle, textes, cle=cle, defaut=defaut, efface=efface, toujours=toujours),
        width=largeur,
    )
    return lire_choix(cle, options, defaut=defaut)


def html_liste(
    libelle: str,
    options: Mapping[T, str],
    *,
    cle: str,
    defaut: T | None = None,
    efface: str = "",
    toujours: bool = False,
) -> str:
    """HTML d’une liste déroulante ; ``options`` va de l’identifiant au texte affiché."""
    repli = next(iter(options)) if defaut is None else defaut
    entrees = "".join(
        f'<option value="{escape(str(o))}">{escape(t)}</option>' for o, t in options.items()
    )
    return (
        f'<div class="obs-champ"><label for="obs-l-{escape(cle)}">{escape(libelle)}</label>'
        f'<select id="obs-l-{escape(cle)}" data-cle="{escape(cle)}" data-defaut="{escape(str(repli))}" '
        f'data-efface="{escape(efface)}"{" data-toujours=oui" if toujours else ""}>{entrees}</select></div>'
    )


def cocher(
    libelle: str, options: Mapping[str, str], *, cle: str, indication: str = ""
) -> list[str]:
    """Cases à cocher dont le choix est dans l’adresse (``cle=a,b``) ; aucune cochée, c’est tout.

    Parameters
    ----------
    libelle : str
        Nom du groupe.
    options : mapping
        Identifiant → texte affiché.
    cle : str
        Nom dans l’adresse.
    indication : str
        Ce que veut dire de ne rien cocher.

    Returns
    -------
    list of str
        Identifiants cochés, dans l’ordre des options ; une adresse qui en demande d’autres est ignorée.
    """
    cases = "".join(
        f'<label><input type="checkbox" value="{escape(o)}" data-liste="{escape(cle)}">'
        f"<span>{escape(t)}</span></label>"
        for o, t in options.items()
    )
    afficher_html(
        f'<fieldset class="obs-cases"><legend>{escape(libelle)}'
        f' <span class="obs-note">{escape(indication)}</span></legend><div>{cases}</div></fieldset>'
    )
    demandes = st.query_params.get(cle, "").split(",")
    return [o for o in options if o in demandes]


def basculer(
    libelle: str,
    options: Sequence[T],
    *,
    cle: str,
    ecrire: Callable[[T], str] = str,
    inactif: bool = False,
    efface: str = "",
) -> T:
    """Boutons exclusifs dont le choix est dans l’adresse ; inactifs, ils montrent le dernier."""
    repli = options[-1] if inactif else options[0]
    arret = " disabled" if inactif else ""
    boutons = "".join(
        f'<label><input type="radio" name="obs-{escape(cle)}" value="{escape(str(o))}" '
        f'data-cle="{escape(cle)}" data-defaut="{escape(str(repli))}" data-efface="{escape(efface)}"{arret}>'
        f"<span>{escape(ecrire(o))}</span></label>"
        for o in options
    )
    afficher_html(
        f'<fieldset class="obs-bascule"><legend>{escape(libelle)}</legend>{boutons}</fieldset>',
        width="content",
    )
    return repli if inactif else lire_choix(cle, options)


def rechercher(
    libelle: str,
    options: Sequence[Mapping[str, str]],
    *,
    cle: str,
    defaut: str = "",
    largeur: int | str = "stretch",
    efface: str = "",
    **reglages: Any,
) -> None:
    """Champ de recherche par mot, sans accents ni majuscules ; le choix est dans l’adresse.

    Parameters
    ----------
    libelle : str
        Nom du champ.
    options : sequence of mapping
        ``v`` identifiant, ``t`` texte, et au besoin ``g`` groupe, ``d`` détail, ``m`` mots en plus.
    cle, defaut, efface : str
        Voir :func:`choisir`.
    largeur : int or str
        En pixels, ou « stretch ».
    **reglages
        Attributs ``data-…`` du champ : ``vide`` (texte sans réponse), ``libre`` (clé d’une saisie
        libre), ``groupes`` (« non » pour ne pas écrire le groupe), ``indication``.
    """
    identifiant = f"obs-r-{cle}"
    indication = str(reglages.pop("indication", ""))
    donnees = "".join(f' data-{c}="{escape(str(v))}"' for c, v in reglages.items())
    valeurs = json.dumps([dict(o) for o in options], ensure_ascii=False, separators=(",", ":"))
    afficher_html(
        f'<div class="obs-champ obs-recherche" data-cle="{escape(cle)}" data-defaut="{escape(defaut)}" '
        f'data-efface="{escape(efface)}"{donnees} data-options="{escape(valeurs)}">'
        f'<label for="{identifiant}">{escape(libelle)}</label>'
        f'<input id="{identifiant}" type="text" role="combobox" aria-expanded="false" aria-autocomplete="list" '
        f'aria-controls="{identifiant}-liste" autocomplete="off" spellcheck="false" placeholder="{escape(indication)}">'
        f'<div id="{identifiant}-liste" role="listbox" aria-label="{escape(libelle)}" hidden></div></div>',
        width=largeur,
    )
