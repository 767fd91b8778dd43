"""Textes venus des données : caractères admis dans un document, noms de fichiers sûrs."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["nettoyer", "nom_de_fichier"]

_LONGUEUR_MAX = 80


def nettoyer(texte: str) -> str:
    """Retirer ce qu’aucun format ne sait écrire : caractères de commande, points de code isolés.

    Le reste est gardé tel quel : ``#panic()`` ou ``<script>`` sont du texte.
    """
    normal = unicodedata.normalize("NFC", texte)
    propre = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in normal)
    return "".join(c for c in propre if unicodedata.category(c) not in {"Cs", "Cn", "Co"}).strip()


def nom_de_fichier(*morceaux: str, extension: str) -> str:
    """Nom de fichier tiré des données, qui ne peut pas sortir de son dossier.

    Parameters
    ----------
    *morceaux : str
        Par exemple le genre du document, la ville, l’édition.
    extension : str
        Avec son point.

    Returns
    -------
    str
        Minuscules sans accent, chiffres et tirets seulement, 80 caractères au plus.
    """
    sans_accent = (
        unicodedata.normalize("NFKD", " ".join(morceaux)).encode("ascii", "ignore").decode()
    )
    propre = re.sub(r"[^a-z0-9]+", "-", sans_accent.lower()).strip("-")[:_LONGUEUR_MAX].strip("-")
    return f"{propre or 'document'}{extension}"
