"""Textes venus des données : caractères admis dans un document."""

from __future__ import annotations

import unicodedata

__all__ = ["nettoyer"]


def nettoyer(texte: str) -> str:
    """Retirer ce qu’aucun format ne sait écrire : caractères de commande, points de code isolés.

    Le reste est gardé tel quel : ``#panic()`` ou ``<script>`` sont du texte.
    """
    normal = unicodedata.normalize("NFC", texte)
    propre = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in normal)
    return "".join(c for c in propre if unicodedata.category(c) not in {"Cs", "Cn", "Co"}).strip()
