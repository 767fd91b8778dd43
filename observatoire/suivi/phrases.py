"""Montants et messages du programme, écrits comme on les lit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from observatoire.cartes.francais import enumerer, minuscule
from observatoire.redaction import FINE, INSECABLE, ecrire_nombre, pluriel
from observatoire.suivi.bilan import Bilan
from observatoire.suivi.modeles import VILLE_ENTIERE

__all__ = [
    "citer_ecarts",
    "dire_actions",
    "dire_periode",
    "ecrire_euros",
    "euros_courts",
    "euros_par_habitant",
    "message_du_programme",
    "montants_inconnus",
]


_ECARTS_MAX = 3


def ecrire_euros(centimes: Any, *, inconnus: int = 0) -> str:
    """Montant en euros, arrondi à l’euro ; « non connu » s’il manque.

    Parameters
    ----------
    centimes : int, None or NA
        Montant, ou somme de montants connus.
    inconnus : int
        Montants de la somme qui ne sont pas connus : elle est alors un minimum, et le dit.
    """
    if centimes is None or pd.isna(centimes):
        return "non connu"
    texte = f"{ecrire_nombre(round(int(centimes) / 100))}{INSECABLE}€"
    return f"au moins {texte}" if inconnus else texte


def euros_courts(centimes: Any, *, inconnus: int = 0) -> str:
    """« 1,2 million d’euros », « 48 000 € », ou « montant non connu ».

    Parameters
    ----------
    centimes : int, None or NA
        Montant, ou somme de montants connus.
    inconnus : int
        Montants de la somme qui ne sont pas connus : « au moins », arrondi au-dessous.
    """
    if centimes is None or pd.isna(centimes):
        return "montant non connu"
    euros = int(centimes) / 100
    arrondir = math.floor if inconnus else round
    devant = "au moins " if inconnus else ""
    if euros >= (1e6 if inconnus else 999_500):
        dizaines = arrondir(euros / 1e5)
        millions = ecrire_nombre(dizaines / 10, 1)
        return f"{devant}{millions}{INSECABLE}{'million' if dizaines < 20 else 'millions'} d’euros"
    arrondi = arrondir(euros / 1000) * 1000 if euros >= 10_000 else arrondir(euros)
    return f"{devant}{ecrire_nombre(arrondi)}{INSECABLE}€"


def euros_par_habitant(euros: Any) -> str:
    """Euros par habitant et par an, à l’euro au-dessus de 10 ; un tiret s’ils ne sont pas connus."""
    if euros is None or pd.isna(euros):
        return "–"
    decimales = 0 if float(euros) >= 10 or float(euros) == 0 else 1
    return f"{ecrire_nombre(float(euros), decimales)}{INSECABLE}€"


def citer_ecarts(libelles: Sequence[str]) -> str:
    """Trois grands écarts au plus, et le nombre des autres."""
    noms = [minuscule(n) for n in libelles]
    if len(noms) <= _ECARTS_MAX + 1:
        return enumerer(noms)
    return f"{', '.join(noms[:_ECARTS_MAX])} et {len(noms) - _ECARTS_MAX} autres"


def dire_actions(bilan: Bilan, nombre: int) -> str:
    """« action », « actions », ou « actions publiques » quand les autres ne sont pas montrées."""
    return pluriel("action", nombre) + (
        f" {pluriel('publique', nombre)}" if bilan.programme.partiel else ""
    )


def dire_periode(bilan: Bilan, annee: int | None) -> str:
    """« en 2026 », « de 2024 à 2026 » ; vide sans aucune année financée."""
    if not bilan.annees:
        return ""
    if annee is None and len(bilan.annees) > 1:
        return f"de {min(bilan.annees)} à {max(bilan.annees)}"
    return f"en {annee or bilan.annees[0]}"


def montants_inconnus(bilan: Bilan, annee: int | None, quartier: str | None = None) -> int:
    """Montants accordés qui ne sont pas connus, dans la ville ou pour un quartier."""
    table = bilan.inconnus("quartier", annee=annee)
    retenus = table if quartier is None else table[table["quartier"] == quartier]
    return int(retenus["accorde_c"].sum())


def message_du_programme(bilan: Bilan, annee: int | None = None) -> str:
    """Message d’une page : ce qui est accordé, et l’étendue des euros par habitant selon le quartier."""
    nombre = len(bilan.programme.actions)
    if not nombre:
        return f"Aucune {dire_actions(bilan, 1)} n’est encore suivie"
    total = bilan.sommes("annee", annee=annee)["accorde_c"].sum(min_count=1)
    if pd.isna(total):
        mot = f"{dire_actions(bilan, nombre)} {pluriel('suivie', nombre)}"
        return f"{nombre}{INSECABLE}{mot}, sans montant accordé connu"
    efforts = bilan.par_quartier(annee)
    connus = efforts[efforts["quartier"] != VILLE_ENTIERE].dropna(subset=["euros_par_habitant"])
    montant = euros_courts(total, inconnus=montants_inconnus(bilan, annee))
    cible = (
        "aux actions publiques du contrat de ville"
        if bilan.programme.partiel
        else "au contrat de ville"
    )
    titre = f"{montant[0].upper()}{montant[1:]} accordés {dire_periode(bilan, annee)} {cible}"
    if len(connus) > 1:
        bas, haut = (float(v) for v in connus["euros_par_habitant"].agg(["min", "max"]))
        titre += f"{FINE}: {_etendue(bas, haut)}"
    return titre


def _etendue(bas: float, haut: float) -> str:
    """Euros par habitant, du moindre au plus grand ; une décimale quand le plus grand est au-dessous de 10."""
    decimales = 0 if haut >= 10 else 1
    moindre, plus_grand = (ecrire_nombre(v, decimales if v else 0) for v in (bas, haut))
    if moindre == plus_grand:
        return f"environ {plus_grand}{INSECABLE}€ par habitant et par an dans chaque quartier"
    return f"de {moindre} à {plus_grand}{INSECABLE}€ par habitant et par an selon le quartier"
