"""Aide et messages de Typer en français.

Typer passe ses textes par ``gettext`` sous le nom ``_`` dans chacun de ses modules ;
on y met un dictionnaire, faute de traduction française livrée par Typer.
"""

from __future__ import annotations

import sys

__all__ = ["franciser_typer"]

_TEXTES = {
    "Usage:": "Utilisation :",
    "Options": "Options",
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
    "Missing option": "Option obligatoire absente :",
    "Missing argument": "Argument obligatoire absent :",
    "Missing parameter": "Paramètre obligatoire absent :",
    "No such option: {name}": "Option inconnue : {name}.",
    "No such option {name!r}.": "Option inconnue : {name}.",
    "No such command {name!r}.": "Commande inconnue : « {name} ».",
    "Invalid value: {message}": "Valeur refusée : {message}",
    "Invalid value for {param_hint}: {message}": "Valeur refusée pour {param_hint} : {message}",
    "{value!r} is not a valid {number_type}.": "« {value} » n’est pas un nombre entier valable.",
    "{value} is not in the range {range}.": "{value} n’est pas dans l’intervalle {range}.",
    "{name} {filename!r} does not exist.": "« {filename} » n’existe pas.",
    "{name} {filename!r} is a directory.": "« {filename} » est un dossier.",
    "{name} {filename!r} is a file.": "« {filename} » est un fichier.",
    "{name} {filename!r} is not readable.": "« {filename} » ne peut pas être lu.",
    "Option {name!r} does not take a value.": "L’option {name} ne prend pas de valeur.",
    "Option {name!r} requires an argument.": "L’option {name} demande une valeur.",
    "Got unexpected extra argument ({args})": "Argument en trop : {args}.",
    "Try '{command} {option}' for help.": "« {command} {option} » affiche l’aide.",
    "Try [blue]'{command_path} {help_option}'[/] for help.": "« {command_path} {help_option} » affiche l’aide.",
    "Did you mean {possibility}?": "Vouliez-vous dire {possibility} ?",
    "Aborted.": "Interrompu.",
    "Aborted!": "Interrompu.",
    "file": "fichier",
    "directory": "dossier",
    "path": "chemin",
}


def _traduire(texte: str) -> str:
    return _TEXTES.get(texte, texte)


def _traduire_pluriel(singulier: str, pluriel: str, nombre: int) -> str:
    return _traduire(singulier if nombre < 2 else pluriel)


def franciser_typer() -> None:
    """Remplacer les textes anglais de Typer ; sans effet sur les textes non traduits."""
    for nom, module in list(sys.modules.items()):
        if nom.split(".")[0] in {"typer", "click"}:
            if hasattr(module, "_") and callable(module._):
                setattr(module, "_", _traduire)  # noqa: B010
            if hasattr(module, "ngettext"):
                setattr(module, "ngettext", _traduire_pluriel)  # noqa: B010
