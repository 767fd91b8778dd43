"""Textes venus des données : caractères admis dans un document."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["lier", "nettoyer"]

_AGES = re.compile(r"(\d)-(\d+) (?=ans)")
_MILLIERS = re.compile(r"(?<=\d) (?=\d{3}\b)")


def nettoyer(texte: str) -> str:
    """Retirer ce qu’aucun format ne sait écrire : caractères de commande, points de code isolés.

    Le reste est gardé tel quel : ``#panic()`` ou ``<script>`` sont du texte.
    """
    normal = unicodedata.normalize("NFC", texte)
    propre = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in normal)
    return "".join(c for c in propre if unicodedata.category(c) not in {"Cs", "Cn", "Co"}).strip()


def lier(texte: str) -> str:
    """Nom à ne pas couper dans une colonne étroite : « 15-64 ans », « 10 000 hab. ».

    Returns
    -------
    str
        Les mêmes mots ; traits d’union et espaces d’un nombre y sont insécables.
    """
    return _AGES.sub("\\1\u2011\\2\u00a0", _MILLIERS.sub("\u202f", texte))
