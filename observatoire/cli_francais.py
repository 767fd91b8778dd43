"""Aide et messages de Typer en français.

Typer passe une partie de ses textes par ``gettext`` sous le nom ``_`` dans ses modules ; on y
met un dictionnaire, faute de traduction française. Ses messages d’erreur, écrits en dur, sont
traduits par :func:`traduire_faute`.
"""

from __future__ import annotations

import re
import sys
from importlib import import_module
from typing import Any

__all__ = ["franciser_typer", "traduire_faute"]

_TEXTES = {
    "Arguments": "Arguments",
    "Commands": "Commandes",
    "Error": "Erreur",
    "required": "obligatoire",
    "[required]": "[obligatoire]",
    "default: {default}": "par défaut : {default}",
    "[default: {}]": "[par défaut : {}]",
    "env var: {var}": "variable d’environnement : {var}",
    "[env var: {}]": "[variable d’environnement : {}]",
    "Show this message and exit.": "Afficher cette aide.",
    "Missing command.": "Indiquez une commande ; « observatoire --help » les énumère.",
}

_FAUTES = (
    (r"No such option: (\S+?)\.?(?: .*)?", r"Option inconnue : \1."),
    (r"No such command '(.+?)'\.?(?: .*)?", r"Commande inconnue : « \1 »."),
    (r"Missing option '(.+?)'.*", r"Option obligatoire absente : \1."),
    (r"Missing argument '(.+?)'.*", r"Argument obligatoire absent : \1."),
    (r"Missing command\.?", "Indiquez une commande."),
    (r"Option '(.+?)' requires an argument\.?", r"L’option \1 demande une valeur."),
    (r"Option '(.+?)' does not take a value\.?", r"L’option \1 ne prend pas de valeur."),
    (r"Got unexpected extra argument(?:s|\(s\))? \((.+)\)", r"Argument en trop : \1."),
    (
        r"Invalid value for '?(.+?)'?: (?:Value error, )?'(.+?)' is not one of (.+?)\.?",
        r"Valeur refusée pour \1 : « \2 » ; valeurs permises : \3.",
    ),
    (
        r"Invalid value for '?(.+?)'?: .*valid int\w*.*",
        r"Valeur refusée pour \1 : ce n’est pas un nombre entier.",
    ),
    (
        r"Invalid value for '?(.+?)'?: Input should be (?:less|greater) than or equal to (\d+)\.?",
        r"Valeur refusée pour \1 : elle sort de l’intervalle permis (limite : \2).",
    ),
    (r"Invalid value for '?(.+?)'?: (.+)", r"Valeur refusée pour \1 : \2"),
)


def traduire_faute(message: str) -> str:
    """Message de Typer en français ; un message inconnu est rendu tel quel.

    Parameters
    ----------
    message : str
        Message anglais, par exemple ``No such option: --x``.
    """
    for motif, francais in _FAUTES:
        # Le message entier : un motif qui s’arrêterait plus tôt laisserait traîner la suite.
        trouve = re.fullmatch(motif, message, flags=re.DOTALL)
        if trouve:
            return trouve.expand(francais)
    return message


def _traduire(texte: str) -> str:
    return _TEXTES.get(texte, texte)


def franciser_typer() -> None:
    """Remplacer les textes anglais de Typer ; sans effet sur les textes non traduits."""
    for nom in ("typer.core", "typer.rich_utils"):
        import_module(nom)
    for nom, module in list(sys.modules.items()):
        if nom.split(".")[0] != "typer":
            continue
        if callable(getattr(module, "_", None)):
            setattr(module, "_", _traduire)  # noqa: B010
        for constante, valeur in list(vars(module).items()):
            if constante.isupper() and isinstance(valeur, str) and valeur in _TEXTES:
                setattr(module, constante, _TEXTES[valeur])
    coeur = import_module("typer.core")
    for classe in (coeur.TyperCommand, coeur.TyperGroup):
        _franciser_aide(classe)


def _franciser_aide(classe: Any) -> None:
    """Traduire l’option ``--help``, dont le texte est écrit en dur."""
    origine = classe.get_help_option

    def get_help_option(self: Any, contexte: Any) -> Any:
        option = origine(self, contexte)
        if option is not None:
            option.help = _traduire(option.help or "")
        return option

    classe.get_help_option = get_help_option
