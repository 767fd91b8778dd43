"""Dire un pourcentage en mots : « près d’un habitant sur deux ».

La phrase n’est construite que si chaque mot de la lecture de l’indicateur peut être mis
au singulier sans risque ; sinon les fonctions rendent ``None`` et le pourcentage est écrit.
"""

from __future__ import annotations

import re

from observatoire.cartes.francais import en_lettres
from observatoire.catalogue import Indicateur

__all__ = ["fraction_de_phrase", "fraction_voisine"]

_SUJETS = {
    "habitants": ("un", "habitant"),
    "actifs": ("un", "actif"),
    "ménages": ("un", "ménage"),
    "logements": ("un", "logement"),
    "familles": ("une", "famille"),
}
_MOTS = {
    "vivent": "vit", "sont": "est", "ont": "a", "louent": "loue", "cherchent": "cherche",
    "déclarent": "déclare", "sortis": "sorti", "monoparentales": "monoparentale",
    "vacants": "vacant", "ouvriers": "ouvrier", "formés": "formé", "leur": "son",
}  # fmt: skip
_INVARIABLES = {"sous", "moins", "dans", "plus", "pas", "ans", "sans"}
_TOLERANCE = 0.06
"""Écart relatif sous lequel une fraction simple est employée sans nuance."""
_NUANCE = 0.13
"""Écart relatif jusqu’auquel elle l’est avec « près de » ou « plus de »."""


def fraction_voisine(part_pct: float) -> tuple[str, int] | None:
    """Fraction simple, une sur n, voisine d’un pourcentage.

    Parameters
    ----------
    part_pct : float
        Pourcentage, entre 0 et 100.

    Returns
    -------
    tuple of (str, int), or None
        Nuance (``"près de"``, ``""``, ``"plus de"``) et dénominateur de 2 à 10 ; ``None``
        si aucune fraction n’est à moins de 13 %, en relatif.
    """
    if not 8 <= part_pct <= 60:
        return None
    candidats = [(abs(part_pct * n / 100 - 1), n) for n in (2, 3, 4, 5, 6, 10)]
    ecart, n = min(candidats)
    # Deux tiers, trois quarts ne sont pas « un sur n » : au-delà, rien.
    if ecart > _NUANCE:
        return None
    rapport = part_pct * n / 100
    if rapport < 1 - 1e-9 and ecart > 0.02:
        return "près de", n
    return ("plus de", n) if ecart > _TOLERANCE else ("", n)


def fraction_de_phrase(indicateur: Indicateur, part_pct: float) -> tuple[str, str] | None:
    """Sujet et verbe d’une phrase en fraction.

    Returns
    -------
    tuple of (str, str), or None
        Par exemple ``("près d’un habitant sur deux", "vit sous le seuil de pauvreté")``.
    """
    fraction = fraction_voisine(part_pct)
    phrase = re.fullmatch(r"\{valeur\} des (\w+) (.+)", indicateur.lecture)
    if fraction is None or phrase is None or phrase[1] not in _SUJETS:
        return None
    nuance, n = fraction
    article, nom = _SUJETS[phrase[1]]
    suite = _au_singulier(phrase[2])
    # Un complément entre le sujet et le verbe (« de 15 ans et plus ») suit le sujet.
    coupe = re.match(r"(.*?)(\S+ )?\b(vit|est|a|loue|se déclare|n’a)\b", suite)
    if coupe is None or coupe[1] or coupe[2]:
        return None
    # Un pluriel que l’on ne sait pas accorder : mieux vaut le pourcentage.
    if any(mot.endswith(("s", "x")) and mot not in _INVARIABLES for mot in suite.split()):
        return None
    devant = {"": article, "près de": f"près d’{article}", "plus de": f"plus d’{article}"}[nuance]
    return f"{devant} {nom} sur {en_lettres(n)}", suite


def _au_singulier(suite: str) -> str:
    suite = suite.replace("n’ont", "n’a")
    return " ".join(_MOTS.get(mot, mot) for mot in suite.split())
