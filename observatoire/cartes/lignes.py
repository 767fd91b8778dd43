"""Une ligne de l’édition en toutes lettres : valeur, intervalle, écart, ce qu’ils valent.

Les écrans et les documents écrivent ainsi le même chiffre de la même façon.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from observatoire.domaine import Methode, Statut, Verdict
from observatoire.redaction import ecrire_bornes, ecrire_ecart, ecrire_ecart_minimal, ecrire_valeur

__all__ = [
    "decimales_du_chiffre",
    "sens_intervalle",
    "texte_ecart",
    "texte_intervalle",
    "texte_valeur",
]

Ligne: TypeAlias = pd.Series | Mapping[str, Any]


def decimales_du_chiffre(valeur: float, statut: object) -> int | None:
    """Aucune décimale pour un chiffre publié rond : « 51,0 % » prétendrait à plus de précision.

    Returns
    -------
    int or None
        À donner à :func:`observatoire.redaction.ecrire_valeur` ou ``ecrire_ecart``.
    """
    return 0 if statut == Statut.PUBLIE.value and float(valeur).is_integer() else None


def texte_valeur(ligne: Ligne, unite: str) -> str:
    """Valeur écrite ; des bornes si l’estimation n’est pas interprétable ; les mots du statut sinon."""
    if ligne["statut"] not in {Statut.PUBLIE.value, Statut.ESTIME.value}:
        return Statut(ligne["statut"]).libelle
    if ligne["bornes_seules"]:
        return ecrire_bornes(float(ligne["borne_basse"]), float(ligne["borne_haute"]), unite)
    return ecrire_valeur(
        float(ligne["valeur"]),
        unite,
        decimales=decimales_du_chiffre(ligne["valeur"], ligne["statut"]),
    )


def texte_intervalle(ligne: Ligne, unite: str) -> str:
    """« 41 à 50 % » sous une estimation montrée ; vide pour un chiffre publié ou des bornes seules."""
    bornes = float(ligne["borne_basse"]), float(ligne["borne_haute"])
    if ligne["statut"] != Statut.ESTIME.value or ligne["bornes_seules"]:
        return ""
    if not np.isfinite(bornes).all():
        return ""
    return ecrire_bornes(*bornes, unite)


def sens_intervalle(methode: str) -> str:
    """Ce que valent les bornes d’une estimation, selon sa méthode."""
    if Methode(methode).est_calee:
        return "neuf fois sur dix, le chiffre publié est dans cet intervalle"
    return "bornes : tout ce que les données permettent, sans hypothèse"


def texte_ecart(ligne: Ligne, unite: str) -> str:
    """Écart écrit, ou un tiret si l’on ne peut rien en dire."""
    muet = ligne.get("verdict") == Verdict.NON_INTERPRETABLE.value
    if muet or not np.isfinite(ligne.get("ecart", np.nan)):
        return "–"
    if ligne["bornes_seules"]:
        bas, haut = float(ligne["ecart_borne_basse"]), float(ligne["ecart_borne_haute"])
        return ecrire_ecart_minimal(bas, haut, unite)
    # Un écart rond entre deux valeurs qui ne le sont pas garde sa décimale : 6,8 − 1,8 = 5,0.
    rond = decimales_du_chiffre(ligne["valeur"], ligne["statut"]) == 0
    return ecrire_ecart(
        float(ligne["ecart"]),
        unite,
        decimales=decimales_du_chiffre(ligne["ecart"], ligne["statut"]) if rond else None,
    )
