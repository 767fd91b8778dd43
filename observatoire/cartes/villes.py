"""La phrase qui compare l’écart d’une ville à celui d’autres villes, sans dépasser les intervalles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import pandas as pd

from observatoire.cartes.francais import (
    a_la_ville,
    celui,
    de_la_ville,
    enumerer,
    nom_indicateur,
    typographier,
)
from observatoire.cartes.quartier import ecart_en_mots
from observatoire.catalogue import Indicateur

__all__ = ["comparer_ecarts", "est_connue", "phrase_rang", "phrase_villes"]

Comparaison = Literal["plus", "moins", "indistinct"]


def est_connue(ligne: pd.Series) -> bool:
    """Vrai si l’écart de la ville peut être dit : connu, pas seulement borné, et d’un quartier à elle."""
    connu = math.isfinite(ligne["ecart"]) and not ligne["bornes_seules"]
    return bool(connu and ligne["quartier_propre"])


def _intervalle(ligne: pd.Series, signe: float) -> tuple[float, float]:
    bornes = [
        signe * float(ligne[b] if math.isfinite(ligne[b]) else ligne["ecart"])
        for b in ("ecart_borne_basse", "ecart_borne_haute")
    ]
    return min(bornes), max(bornes)


def comparer_ecarts(une: pd.Series, autre: pd.Series, indicateur: Indicateur) -> Comparaison:
    """Dire si l’écart d’une ville est plus défavorable que celui d’une autre.

    Parameters
    ----------
    une, autre : pandas.Series
        Lignes de la table ``villes`` dont l’écart est connu.
    indicateur : Indicateur
        Son sens ; un indicateur neutre se lit comme une hausse.

    Returns
    -------
    {"plus", "moins", "indistinct"}
        « indistinct » dès que les deux intervalles se touchent : arrondi de publication, calage ou
        bornes.
    """
    signe = -1.0 if indicateur.sens == "favorable_si_hausse" else 1.0
    (bas, haut), (autre_bas, autre_haut) = _intervalle(une, signe), _intervalle(autre, signe)
    if bas > autre_haut:
        return "plus"
    return "moins" if haut < autre_bas else "indistinct"


def phrase_villes(ville: pd.Series, autres: pd.DataFrame, indicateur: Indicateur) -> str:
    """Situer l’écart d’une ville parmi d’autres villes nommées.

    Parameters
    ----------
    ville : pandas.Series
        Ligne de la table ``villes``.
    autres : pandas.DataFrame
        Lignes des autres villes, même indicateur et même millésime.
    indicateur : Indicateur
        Sa déclaration.

    Returns
    -------
    str
        Une ou deux phrases, point final compris.
    """
    nom = str(ville["nom"])
    lieu, sujet = a_la_ville(nom), nom_indicateur(indicateur)
    if not est_connue(ville):
        return typographier(
            f"{lieu}, {sujet} de l’ensemble des quartiers prioritaires n’est pas assez connu pour être "
            f"comparé ({int(ville['millesime'])})."
        )
    ecart = float(ville["ecart"])
    grandeur = ecart_en_mots(ecart, indicateur.unite)
    des_quartiers = f"{sujet} des quartiers prioritaires"
    ville_entiere = f"{celui(indicateur)} de la ville"
    bas, haut = _intervalle(ville, 1.0)
    if bas <= 0 <= haut:
        debut = f"{lieu}, {des_quartiers} ne se distingue pas nettement de {ville_entiere}"
    elif ecart > 0:
        debut = f"{lieu}, {des_quartiers} dépasse de {grandeur} {ville_entiere}"
    else:
        accord = "inférieure" if celui(indicateur) == "celle" else "inférieur"
        debut = f"{lieu}, {des_quartiers} est {accord} de {grandeur} à {ville_entiere}"
    suite = _suite(ville, autres, indicateur)
    texte = f"{debut} ({int(ville['millesime'])})."
    return typographier(f"{texte} {suite}." if suite else texte)


def _suite(ville: pd.Series, autres: pd.DataFrame, indicateur: Indicateur) -> str:
    groupes: dict[str, list[str]] = {"plus": [], "moins": [], "indistinct": [], "inconnu": []}
    for _, autre in autres.iterrows():
        genre = comparer_ecarts(ville, autre, indicateur) if est_connue(autre) else "inconnu"
        groupes[genre].append(str(autre["nom"]))
    connues = [a for _, a in autres.iterrows() if est_connue(a)]
    plus, moins = _comparatifs([ville, *connues], indicateur)
    morceaux = []
    for genre, mot in (("plus", plus), ("moins", moins)):
        if groupes[genre]:
            lieux = enumerer([_que(a_la_ville(n)) for n in groupes[genre]])
            morceaux.append(f"{mot} {lieux}")
    phrases = [f"Cet écart est {' et '.join(morceaux)}"] if morceaux else []
    if groupes["indistinct"]:
        villes = enumerer([de_la_ville(n) for n in groupes["indistinct"]])
        debut = "il" if phrases else "Cet écart"
        phrases.append(f"{debut} ne se distingue pas nettement de celui {villes}")
    if groupes["inconnu"]:
        villes = enumerer(groupes["inconnu"])
        debut = "on" if phrases else "On"
        phrases.append(f"{debut} ne peut rien en dire pour {villes}, faute de chiffres assez sûrs")
    return " ; ".join(phrases)


def _comparatifs(lignes: Sequence[pd.Series], indicateur: Indicateur) -> tuple[str, str]:
    """« Plus grand » si tous les écarts sont défavorables ; sinon la grandeur seule tromperait."""
    if indicateur.sens == "neutre":
        return "plus élevé", "plus bas"
    signe = -1.0 if indicateur.sens == "favorable_si_hausse" else 1.0
    if all(signe * float(ligne["ecart"]) > 0 for ligne in lignes):
        return "plus grand", "plus petit"
    return "plus défavorable", "plus favorable"


def _que(lieu: str) -> str:
    """« À Rennes » → « qu’à Rennes »."""
    return f"qu’{lieu[:1].lower()}{lieu[1:]}"


def phrase_rang(ville: pd.Series, *, est_nationale: bool) -> str:
    """Rang de l’écart parmi les villes comparées ; vide s’il n’a pas de sens.

    Parameters
    ----------
    ville : pandas.Series
        Ligne de la table ``villes``.
    est_nationale : bool
        Vrai si les villes comparées sont toutes celles de France que portent les fichiers.
    """
    if not est_connue(ville) or ville["rang_sur"] < 2:
        return ""
    rangs = int(ville["rang_min"]), int(ville["rang_max"])
    ou = "de France" if est_nationale else "publiées"
    parmi = f"parmi les {int(ville['rang_sur'])} villes {ou} dont l’écart est connu"
    if rangs[0] == rangs[1]:
        return typographier(
            f"C’est l’écart de rang {rangs[0]} {parmi}, du plus au moins défavorable."
        )
    return typographier(
        f"Du plus au moins défavorable, son rang est entre {rangs[0]} et {rangs[1]} {parmi}."
    )
