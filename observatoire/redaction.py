"""Écriture française des nombres et des valeurs : écrans, cartes, documents.

Espace fine insécable (U+202F) dans les milliers et devant ``%``, vrai signe moins
(U+2212), virgule décimale. Un écart entre deux taux s’écrit en points, jamais en %.
Les taux portent une décimale au plus, les euros et les effectifs sont arrondis à dix.
"""

from __future__ import annotations

import math
from datetime import date

__all__ = [
    "FINE",
    "INSECABLE",
    "MOINS",
    "MOIS",
    "MUETTES",
    "arrondir_comme_ecrit",
    "ecart_minimal",
    "ecrire_bornes",
    "ecrire_date",
    "ecrire_ecart",
    "ecrire_ecart_minimal",
    "ecrire_lu",
    "ecrire_nom",
    "ecrire_nombre",
    "ecrire_valeur",
    "majuscule",
    "pluriel",
]

FINE = "\u202f"
INSECABLE = "\u00a0"
MOINS = "\u2212"
MUETTES = "non estimable"
"""Bornes si larges, ou inconnues, qu’elles ne disent rien."""

_ETENDUE_MUETTE_PCT = 90.0  # au-delà, les bornes ne disent presque rien
_A_LA_DIZAINE = frozenset({"eur", "hab_km2"})
_DECIMALES = {"rapport": 1, "indice": 2, "ips": 1, "pour_10000": 1, "pour_100": 1}
"""Décimales d’une grandeur écrite sans unité ; un indice va de 0 à 1."""
MOIS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
    "octobre", "novembre", "décembre",
)  # fmt: skip
_UNITES_ECART = {"pct": "points", "eur": "€", "hab_km2": "hab./km²"}


def ecrire_nombre(valeur: float, decimales: int = 0, *, signe: bool = False) -> str:
    """Écrire un nombre à la française.

    Parameters
    ----------
    valeur : float
        Nombre fini.
    decimales : int
        Nombre de décimales, toujours écrites.
    signe : bool
        Écrire aussi le signe plus (un écart nul n’a pas de signe).

    Returns
    -------
    str
        Par exemple ``12 360``, ``−3,5`` ou ``+24``.

    Raises
    ------
    ValueError
        Si la valeur n’est pas finie : une valeur masquée ne s’écrit pas comme un nombre.
    """
    if not math.isfinite(valeur):
        raise ValueError("Une valeur absente ne s’écrit pas comme un nombre.")
    texte = f"{abs(valeur):,.{decimales}f}".replace(",", FINE).replace(".", ",")
    nul = not any(c in "123456789" for c in texte)
    if nul:
        return texte
    if valeur < 0:
        return MOINS + texte
    return f"+{texte}" if signe else texte


def ecrire_lu(valeur: float) -> str:
    """Écrire un nombre lu dans un fichier : trois décimales au plus, sans zéro inutile.

    Parameters
    ----------
    valeur : float
        L’infini d’une borne ouverte s’écrit « ∞ » ; ce qui est inconnu, « masqué ou absent ».
    """
    if math.isnan(valeur):
        return "masqué ou absent"
    if math.isinf(valeur):
        return "∞" if valeur > 0 else f"{MOINS}∞"
    texte = ecrire_nombre(valeur, 3).rstrip("0")
    return texte.removesuffix(",")


def _arrondir_dizaine(valeur: float) -> float:
    return math.floor(valeur / 10 + 0.5) * 10


def arrondir_comme_ecrit(valeur: float, unite: str) -> float:
    """Nombre que :func:`ecrire_valeur` écrit : les euros et les densités sont à la dizaine."""
    return (
        _arrondir_dizaine(abs(valeur)) * (1 if valeur >= 0 else -1)
        if unite in _A_LA_DIZAINE
        else valeur
    )


def ecrire_valeur(valeur: float, unite: str, *, decimales: int | None = None) -> str:
    """Écrire une valeur avec son unité.

    Parameters
    ----------
    valeur : float
        Valeur finie, dans l’unité de l’indicateur.
    unite : str
        Unité déclarée au catalogue ; ``pct`` est entre 0 et 100.
    decimales : int, optional
        Force le nombre de décimales.

    Returns
    -------
    str
        Par exemple ``45,0 %``, ``22 140 €``, ``12 360 habitants``.
    """
    if unite == "pct":
        return ecrire_nombre(valeur, 1 if decimales is None else decimales) + FINE + "%"
    if unite == "eur":
        return ecrire_nombre(_arrondir_dizaine(valeur)) + INSECABLE + "€"
    if unite == "hab_km2":
        return ecrire_nombre(_arrondir_dizaine(valeur)) + INSECABLE + "hab./km²"
    if unite in _DECIMALES:
        return ecrire_nombre(valeur, _DECIMALES[unite] if decimales is None else decimales)
    if unite == "equipements":
        # Un compte exact, souvent petit : il ne s’arrondit pas.
        return ecrire_nombre(round(valeur)) + INSECABLE + pluriel("équipement", round(valeur))
    mots = {
        "personnes": "habitant",
        "menages": "ménage",
        "logements": "logement",
        "foyers": "foyer",
    }
    arrondi = _arrondir_dizaine(valeur) if abs(valeur) >= 10 else round(valeur)
    return ecrire_nombre(arrondi) + INSECABLE + pluriel(mots.get(unite, unite), arrondi)


def ecrire_ecart(ecart: float, unite: str, *, decimales: int | None = None) -> str:
    """Écrire un écart signé : ``+24,0 points``, ``−3 250 €``, ``+0,4``.

    Parameters
    ----------
    ecart : float
        Différence finie, dans l’unité de l’indicateur.
    unite : str
        Unité de l’indicateur (un écart entre pourcentages est en points).
    decimales : int, optional
        Nombre de décimales des points et des rapports ; une par défaut.
    """
    precision = 1 if decimales is None else decimales
    if unite == "pct":
        mot = pluriel("point", round(ecart, precision))
        return ecrire_nombre(ecart, precision, signe=True) + INSECABLE + mot
    if unite in _DECIMALES:
        precision = _DECIMALES[unite] if decimales is None else decimales
        return ecrire_nombre(ecart, precision, signe=True)
    arrondi = _arrondir_dizaine(abs(ecart)) * (1 if ecart >= 0 else -1)
    suffixe = _UNITES_ECART.get(unite, "")
    texte = ecrire_nombre(arrondi, signe=True)
    return texte + INSECABLE + suffixe if suffixe else texte


def ecrire_bornes(basse: float, haute: float, unite: str) -> str:
    """Bornes d’une estimation : « 37 à 78 % », ou l’aveu qu’elles ne disent rien.

    Parameters
    ----------
    basse, haute : float
        Dans l’unité de l’indicateur ; une borne non finie rend l’estimation impossible.
    unite : str
        Unité de l’indicateur.
    """
    if not (math.isfinite(basse) and math.isfinite(haute)):
        return MUETTES
    if unite == "pct":
        if haute - basse > _ETENDUE_MUETTE_PCT:
            return MUETTES
        return f"{ecrire_nombre(basse)} à {ecrire_valeur(haute, unite, decimales=0)}"
    valeur = ecrire_valeur(haute, unite)
    bas = basse if unite in _DECIMALES else _arrondir_dizaine(basse)
    return f"{ecrire_nombre(bas, _DECIMALES.get(unite, 0))} à {valeur}"


def ecrire_ecart_minimal(bas: float, haut: float, unite: str) -> str:
    """Écart certain d’une estimation dont les bornes excluent la référence : « au moins +14 points ».

    Parameters
    ----------
    bas, haut : float
        Écarts des deux bornes à la référence, de même signe.
    unite : str
        Unité de l’indicateur.
    """
    ecart = ecart_minimal(bas, haut, unite)
    entier = unite == "pct" and float(ecart).is_integer()
    return f"au moins {ecrire_ecart(ecart, unite, decimales=0 if entier else None)}"


def ecart_minimal(bas: float, haut: float, unite: str) -> float:
    """Plus petit des deux écarts, arrondi vers zéro : « au moins » ne promet jamais trop.

    Parameters
    ----------
    bas, haut : float
        Écarts des deux bornes à la référence, de même signe.
    unite : str
        Unité de l’indicateur ; les points sont entiers, sauf au-dessous de un.
    """
    moindre = min(bas, haut, key=abs)
    pas = 10.0 ** -_DECIMALES[unite] if unite in _DECIMALES else 10.0
    if unite == "pct":
        pas = 1.0 if abs(moindre) >= 1 else 0.1
    return math.copysign(math.floor(abs(moindre) / pas + 1e-9) * pas, moindre)


def ecrire_nom(nom: str) -> str:
    """Nom de quartier avec des tirets demi-cadratins : « Alma – Très-Cloîtres »."""
    return nom.replace(" - ", f"{INSECABLE}– ")


def ecrire_date(jour: date) -> str:
    """Date en toutes lettres : « 1er mars 2026 », « 26 novembre 2026 »."""
    numero = "1er" if jour.day == 1 else str(jour.day)
    return f"{numero}{INSECABLE}{MOIS[jour.month - 1]}{INSECABLE}{jour.year}"


def majuscule(texte: str) -> str:
    """Lever la première lettre d’une phrase, sans toucher aux autres."""
    return texte[:1].upper() + texte[1:]


def pluriel(mot: str, nombre: float) -> str:
    """Accorder un nom régulier : le pluriel français commence à deux.

    Parameters
    ----------
    mot : str
        Nom au singulier, dont le pluriel est en « s ».
    nombre : float
        Quantité.
    """
    return mot if abs(nombre) < 2 else f"{mot}s"
