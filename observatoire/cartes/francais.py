"""Accords, élisions et espaces : le français des titres et des phrases."""

from __future__ import annotations

import re

from observatoire.catalogue import Indicateur
from observatoire.redaction import FINE, INSECABLE

__all__ = [
    "a_la_ville",
    "au_quartier",
    "avec_article",
    "celui",
    "de_la_ville",
    "du_quartier",
    "en_lettres",
    "enumerer",
    "minuscule",
    "nom_indicateur",
    "typographier",
    "typographier_html",
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
_H_MUET = ("hé", "hè", "he", "hy", "hi")
"""Débuts en « h » muet : d’Hérouville, d’Hyères, d’Hirson ; mais de Hautmont, de Honfleur."""
_ARTICLE = re.compile(r"(?:(Le|La|Les) |(L)[’'])(?=\S)")
_NOMS_COMMUNS = {
    "bois": "Le", "centre": "Le", "centre-ville": "Le", "faubourg": "Le", "hameau": "Le",
    "parc": "Le", "plateau": "Le", "quartier": "Le", "secteur": "Le", "village": "Le",
    "cité": "La", "résidence": "La", "zone": "La", "cités": "Les", "hauts": "Les",
    "quartiers": "Les", "résidences": "Les", "ensemble": "L", "îlot": "L", "ilot": "L",
}  # fmt: skip
"""Article des noms de quartier qui commencent par un nom commun : « à la Cité des Tisserands »."""


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


def _separer_article(nom: str) -> tuple[str, str]:
    """Article (« Le », « La », « Les », « L » ou vide) et reste du nom."""
    trouve = _ARTICLE.match(nom)
    return (trouve[1] or trouve[2], nom[trouve.end() :]) if trouve else ("", nom)


def _elide(nom: str) -> bool:
    """Vrai si « de » s’élide devant ce nom."""
    debut = nom[:2].lower()
    # « Hem » seul garde son « h » aspiré.
    return debut[:1] in _VOYELLES or (debut in _H_MUET and nom.lower() != "hem")


def a_la_ville(nom: str, est_fictive: bool = False) -> str:
    """Complément de lieu en tête de phrase : « À Grenoble », « Au Havre », « À La Rochelle ».

    L’article féminin d’un nom de commune garde sa majuscule ; voir :func:`au_quartier`.

    Parameters
    ----------
    nom : str
        Nom officiel de la commune.
    est_fictive : bool
        Ajoute « (ville fictive) ».
    """
    article, reste = _separer_article(nom)
    lieu = {"Le": f"Au {reste}", "Les": f"Aux {reste}"}.get(article, f"À {nom}")
    return f"{lieu} (ville fictive)" if est_fictive else lieu


def de_la_ville(nom: str) -> str:
    """Complément de nom : « de Grenoble », « d’Angers », « du Havre », « de La Rochelle »."""
    article, reste = _separer_article(nom)
    if article in {"Le", "Les"}:
        return f"{'du' if article == 'Le' else 'des'} {reste}"
    return f"d’{nom}" if not article and _elide(nom) else f"de {nom}"


def _article_de_quartier(nom: str) -> tuple[str, str]:
    article, reste = _separer_article(nom)
    return article or _NOMS_COMMUNS.get(nom.split(" ", maxsplit=1)[0].lower(), ""), reste


def au_quartier(nom: str) -> str:
    """Complément de lieu en tête de phrase : « À la Villeneuve », « Au Mistral », « À Teisseire ».

    L’article se fond dans la phrase ; un nom commun sans article en reçoit un (« À la Cité des
    Tisserands »).

    Parameters
    ----------
    nom : str
        Nom du quartier, comme le producteur l’écrit.
    """
    article, reste = _article_de_quartier(nom)
    return {
        "Le": f"Au {reste}",
        "Les": f"Aux {reste}",
        "La": f"À la {reste}",
        "L": f"À l’{reste}",
    }.get(article, f"À {nom}")


def du_quartier(nom: str) -> str:
    """Complément de nom : « de la Villeneuve », « du Mistral », « d’Alma – Très-Cloîtres »."""
    article, reste = _article_de_quartier(nom)
    devant = {"Le": "du ", "Les": "des ", "La": "de la ", "L": "de l’"}.get(article)
    if devant is not None:
        return devant + reste
    return f"d’{nom}" if _elide(nom) else f"de {nom}"


def avec_article(nom: str, genre: str) -> str:
    """Nom commun précédé de son article défini : « le secteur », « la zone », « l’aire ».

    Parameters
    ----------
    nom : str
        Au singulier.
    genre : {"m", "f"}
    """
    # « IRIS » s’élide comme il se lit.
    if _elide(nom):
        return f"l’{nom}"
    return f"{'la' if genre == 'f' else 'le'} {nom}"


def en_lettres(nombre: int) -> str:
    """Nombre en lettres jusqu’à seize, en chiffres au-delà."""
    return _LETTRES[nombre] if 0 <= nombre < len(_LETTRES) else str(nombre)


def enumerer(termes: list[str]) -> str:
    """Énumération : « a », « a et b », « a, b et c »."""
    if len(termes) < 2:
        return "".join(termes)
    return f"{', '.join(termes[:-1])} et {termes[-1]}"


def typographier_html(html: str) -> str:
    """Lier la ponctuation double et les guillemets dans le texte d’un fragment, hors des balises.

    Les nombres ne sont pas liés au mot suivant : sur un téléphone, une ligne doit pouvoir se couper ;
    une valeur porte déjà son espace insécable.

    Parameters
    ----------
    html : str
        Fragment dont les attributs sont échappés : « > » n’y est jamais tel quel.
    """
    return "".join(
        m if m.startswith("<") else _lier_ponctuation(m) for m in re.split(r"(<[^>]*>)", html)
    )


def typographier(texte: str) -> str:
    """Poser les espaces insécables de la charte, sans changer un mot.

    Espace fine devant ``: ; ? ! %``, dans les guillemets et entre les milliers ; espace insécable
    entre un nombre et le mot qui le suit. Appliquée deux fois, elle ne change plus rien.
    """
    texte = re.sub(r"(?<![\d,])(\d{1,3}) (?=\d{3}(?!\d))", rf"\1{FINE}", _lier_ponctuation(texte))
    return re.sub(r"(\d) (?=[A-Za-zÀ-ÿ€])", rf"\1{INSECABLE}", texte)


def _lier_ponctuation(texte: str) -> str:
    texte = re.sub(rf"[ {INSECABLE}{FINE}]+([:;?!%»])", rf"{FINE}\1", texte)
    return re.sub(rf"«[ {INSECABLE}{FINE}]*", f"«{FINE}", texte)
