"""Lire une cellule : euros en centimes, part, date, oui ou non, choix d’une liste."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from observatoire.ingestion.classeur import normaliser_entete

__all__ = [
    "ValeurRefusee",
    "lire_centimes",
    "lire_choix",
    "lire_date",
    "lire_etiquettes",
    "lire_oui_non",
    "lire_part",
]

_ESPACES = re.compile(r"[\s\u00a0\u202f]")
# Ni exposant ni soulignement ; « 12.500 » serait douze mille cinq cents pour qui l’écrit.
_NOMBRE_ECRIT = re.compile(r"[+\-−]?[0-9]+(?:[.,][0-9]{1,2})?")
_MAX_CENTIMES = 10**13
_ANNEES = range(2000, 2101)


class ValeurRefusee(ValueError):
    """Cellule qui ne dit pas ce que l’on attend ; le message finit la phrase « cellule : … »."""


def lire_centimes(valeur: Any) -> int | None:
    """« 12 500,50 € » → 1 250 050 ; ``None`` si la cellule est vide.

    Raises
    ------
    ValeurRefusee
        Texte, montant négatif, ou plus de deux décimales : aucun centime n’est arrondi en silence,
        et un séparateur de milliers n’est pas pris pour une virgule.
    """
    nombre = _decimal(valeur, "€")
    if nombre is None:
        return None
    if nombre < 0:
        raise ValeurRefusee("un montant n’est pas négatif")
    centimes = nombre * 100
    if isinstance(valeur, float):
        # Un tableur garde 0,1 + 0,2 comme 0,30000000000000004.
        centimes = centimes.quantize(Decimal("0.0001"))
    if centimes != centimes.to_integral_value():
        raise ValeurRefusee("un montant a deux décimales au plus")
    if centimes > _MAX_CENTIMES:
        raise ValeurRefusee("montant invraisemblable, plus de cent milliards d’euros")
    return int(centimes)


def lire_part(valeur: Any) -> int:
    """« 33,33 % » ou 33,33 → 3 333 centièmes de pour cent.

    Raises
    ------
    ValeurRefusee
        Cellule vide, texte, part hors de 0–100 ou plus de deux décimales.
    """
    nombre = _decimal(valeur, "%")
    if nombre is None:
        raise ValeurRefusee("la part du quartier manque")
    centiemes = (nombre * 100).quantize(Decimal("0.0001"))
    if centiemes != centiemes.to_integral_value():
        raise ValeurRefusee("une part a deux décimales au plus")
    if not 0 < centiemes <= 10_000:
        raise ValeurRefusee("une part est entre 0 et 100 %")
    return int(centiemes)


def lire_date(valeur: Any) -> dt.date | None:
    """Date d’un tableur, « 31/12/2025 » ou « 2025-12-31 » ; ``None`` si la cellule est vide.

    Raises
    ------
    ValeurRefusee
        Autre écriture, date impossible, ou hors des années 2000 à 2100.
    """
    if valeur is None or valeur == "":
        return None
    date = _date(valeur)
    if date.year not in _ANNEES:
        raise ValeurRefusee(f"le {date:%d/%m}/{date.year} est hors des années 2000 à 2100")
    return date


def _date(valeur: Any) -> dt.date:
    if isinstance(valeur, dt.datetime):
        return valeur.date()
    if isinstance(valeur, dt.date):
        return valeur
    texte = str(valeur).strip()
    for motif in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return dt.datetime.strptime(texte, motif).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    raise ValeurRefusee(f"« {texte} » n’est pas une date (jour/mois/année)")


def lire_oui_non(valeur: Any, *, defaut: bool = False) -> bool:
    """« oui » ou « non ».

    Raises
    ------
    ValeurRefusee
        Autre mot.
    """
    if valeur is None or valeur == "":
        return defaut
    if isinstance(valeur, bool):
        return valeur
    mot = normaliser_entete(valeur)
    if mot in {"oui", "o", "x", "vrai", "1"}:
        return True
    if mot in {"non", "n", "faux", "0"}:
        return False
    raise ValeurRefusee(f"« {valeur} » : répondez oui ou non")


def lire_choix(texte: str, permis: Iterable[str], quoi: str) -> str:
    """Élément d’une liste, sans égard aux accents ni aux majuscules.

    Raises
    ------
    ValeurRefusee
        Valeur hors de la liste, qui est alors dite.
    """
    liste = list(permis)
    par_nom = {normaliser_entete(p): p for p in liste}
    trouve = par_nom.get(normaliser_entete(texte))
    if trouve is None:
        raise ValeurRefusee(f"{quoi} inconnu « {texte} » (permis : {' ; '.join(liste)})")
    return trouve


def lire_etiquettes(texte: str) -> tuple[str, ...]:
    """« Garde d’enfants ; horaires » → deux étiquettes, sans doublon."""
    morceaux = [m.strip() for m in texte.split(";")]
    return tuple(dict.fromkeys(m[0].upper() + m[1:] for m in morceaux if m))


def _decimal(valeur: Any, symbole: str) -> Decimal | None:
    if valeur is None or valeur == "":
        return None
    if isinstance(valeur, bool):
        raise ValeurRefusee("ce n’est pas un nombre")
    if isinstance(valeur, str):
        return _decimal_ecrit(valeur, symbole)
    try:
        nombre = Decimal(str(valeur))
    except InvalidOperation as erreur:
        raise ValeurRefusee(f"« {valeur} » n’est pas un nombre") from erreur
    if not nombre.is_finite():
        raise ValeurRefusee(f"« {valeur} » n’est pas un nombre")
    return nombre


def _decimal_ecrit(valeur: str, symbole: str) -> Decimal:
    """Nombre tapé comme du texte : « 12 500,50 € »."""
    texte = _ESPACES.sub("", valeur).removesuffix(symbole)
    if _NOMBRE_ECRIT.fullmatch(texte):
        return Decimal(texte.replace(",", ".").replace("−", "-"))
    if re.fullmatch(r"[+\-−]?[0-9]+[.,][0-9]{3,}", texte):
        raise ValeurRefusee(
            f"« {valeur} » se lit de deux façons : deux décimales au plus, et pas de point ni de virgule entre les milliers"
        )
    raise ValeurRefusee(f"« {valeur} » n’est pas un nombre")
