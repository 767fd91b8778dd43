"""Accords, élisions et espaces : le français des titres et des phrases."""

from __future__ import annotations

import re

from observatoire.catalogue import Indicateur
from observatoire.redaction import FINE, INSECABLE

__all__ = [
    "a_la_ville",
    "celui",
    "de_la_ville",
    "en_lettres",
    "enumerer",
    "minuscule",
    "nom_indicateur",
    "typographier",
]

_GENRES = {
    "taux": "le", "niveau": "le", "rapport": "le", "nombre": "le", "revenu": "le",
    "part": "la", "densité": "la", "population": "la", "proportion": "la", "médiane": "la",
    "indice": "l’", "effectif": "l’", "écart": "l’", "indicateur": "l’", "âge": "l’",
}  # fmt: skip
_LETTRES = (
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze",
    "douze", "treize", "quatorze", "quinze", "seize",
)  # fmt: skip
_VOYELLES = "aàâäeéèêëiîïoôöuùûüyœæ"


def minuscule(texte: str) -> str:
    """Abaisser la première lettre, sauf celle d’un sigle (« IRIS », « QPV »)."""
    return texte if texte[1:2].isupper() else texte[:1].lower() + texte[1:]


def nom_indicateur(indicateur: Indicateur) -> str:
    """Nom de l’indicateur avec son article : « le taux de pauvreté ».

    Un premier mot dont le genre est inconnu donne « l’indicateur « … » », toujours correct.
    """
    libelle = re.sub(r"\s*\([^)]*\)", "", indicateur.libelle)
    premier = libelle.split()[0].lower()
    article = _GENRES.get(premier)
    if article is None:
        return f"l’indicateur « {libelle} »"
    return f"{article}{'' if article == 'l’' else ' '}{minuscule(libelle)}"


def celui(indicateur: Indicateur) -> str:
    """Pronom qui reprend l’indicateur : « celui » ou « celle »."""
    return "celle" if nom_indicateur(indicateur).startswith("la ") else "celui"


def a_la_ville(nom: str, est_fictive: bool = False) -> str:
    """Complément de lieu en tête de phrase : « À Grenoble », « Au Havre ».

    Parameters
    ----------
    nom : str
        Nom officiel de la commune ou du quartier.
    est_fictive : bool
        Ajoute « (ville fictive) ».
    """
    if nom.startswith("Le "):
        lieu = f"Au {nom[3:]}"
    elif nom.startswith("Les "):
        lieu = f"Aux {nom[4:]}"
    else:
        lieu = f"À {nom}"
    return f"{lieu} (ville fictive)" if est_fictive else lieu


def de_la_ville(nom: str) -> str:
    """Complément de nom : « de Grenoble », « d’Angers », « du Havre »."""
    if nom.startswith("Le "):
        return f"du {nom[3:]}"
    if nom.startswith("Les "):
        return f"des {nom[4:]}"
    return f"d’{nom}" if nom[:1].lower() in _VOYELLES else f"de {nom}"


def en_lettres(nombre: int) -> str:
    """Nombre en lettres jusqu’à seize, en chiffres au-delà."""
    return _LETTRES[nombre] if 0 <= nombre < len(_LETTRES) else str(nombre)


def enumerer(termes: list[str]) -> str:
    """Énumération : « a », « a et b », « a, b et c »."""
    if len(termes) < 2:
        return "".join(termes)
    return f"{', '.join(termes[:-1])} et {termes[-1]}"


def typographier(texte: str) -> str:
    """Poser les espaces insécables de la charte, sans changer un mot.

    Espace fine devant ``: ; ? ! %`` et dans les guillemets ; espace insécable entre un
    nombre et le mot qui le suit. Appliquée deux fois, elle ne change plus rien.
    """
    texte = re.sub(rf"[ {INSECABLE}{FINE}]+([:;?!%»])", rf"{FINE}\1", texte)
    texte = re.sub(rf"«[ {INSECABLE}{FINE}]*", f"«{FINE}", texte)
    return re.sub(r"(\d) (?=[A-Za-zÀ-ÿ€])", rf"\1{INSECABLE}", texte)
