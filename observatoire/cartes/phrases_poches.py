"""Ce que les carreaux de 200 m disent des poches : les mêmes phrases pour la commande et pour la page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from observatoire.catalogue import Catalogue
from observatoire.domaine import Statut
from observatoire.editions import Edition
from observatoire.redaction import ecrire_nom, ecrire_nombre, ecrire_valeur, pluriel

__all__ = ["dire_distance", "dire_part", "dire_reperage", "nommer_groupe"]


def dire_reperage(edition: Edition, catalogue: Catalogue) -> str:
    """Ce qui a été cherché dans les carreaux et ce qui a été trouvé, en une phrase ou deux.

    Parameters
    ----------
    edition : Edition
        Édition d’une ville.
    catalogue : Catalogue
        Nombre de ménages exigé.

    Returns
    -------
    str
        Vide si l’édition est antérieure à cette recherche.
    """
    reperage = edition.complement("reperage_carreaux")
    if reperage.empty:
        return ""
    vu = reperage.iloc[0]
    if pd.isna(vu["millesime"]):
        return (
            "Aucun carreau de 200 m n’est donné pour cette ville : une poche plus petite qu’un IRIS ne peut pas être vue. "
            "Le fichier « Filosofi, carreaux de 200 m » de l’Insee le permet."
        )
    annee = int(vu["millesime"])
    if pd.isna(vu["seuil"]):
        return f"Carreaux de 200 m, {annee} : {vu['note']} ; on ne sait pas s’il y a des poches plus petites qu’un IRIS."
    regles = catalogue.inegalites.poches
    quartier = (
        f"quartier prioritaire le moins touché ({ecrire_nom(str(vu['nom_qpv_seuil']))})"
        if regles.seuil == "minimum"
        else "quartier prioritaire du milieu"
    )
    seuil = f"{ecrire_valeur(float(vu['seuil']), 'pct')} de ménages pauvres, part du {quartier}"
    hors = ecrire_valeur(float(vu["menages_hors_qpv"]), "menages")
    nombre = int(vu["groupes"])
    if not nombre:
        constat = f"aucun groupe d’au moins {regles.carreaux.menages_min} ménages n’atteint {seuil}"
    else:
        pris = ecrire_valeur(float(vu["menages_poches"]), "menages")
        verbe = "atteint" if nombre == 1 else "atteignent"
        constat = f"{nombre} {pluriel('groupe', nombre)} ({pris}) {verbe} {seuil}"
    return (
        f"Carreaux de 200 m, {annee} : sur {hors} hors des quartiers prioritaires, {constat}. Cette part compte des ménages ; "
        "elle ne se compare pas au taux de pauvreté, qui compte des habitants."
    )


def nommer_groupe(groupe: Mapping[Any, Any]) -> str:
    """« Groupe 1, vers Villeneuve » : l’IRIS où vivent le plus de ses ménages."""
    lieu = ecrire_nom(str(groupe["nom"]))
    rang = int(groupe["groupe"])
    return f"Groupe {rang}, vers {lieu}" if rang else f"Vers {lieu}"


def dire_part(groupe: Mapping[Any, Any]) -> str:
    """Part de ménages pauvres et son statut, ou le secret."""
    if pd.isna(groupe["valeur"]):
        return Statut(groupe["statut"]).libelle
    part = ecrire_valeur(float(groupe["valeur"]), "pct")
    return f"{part} (estimé)" if groupe["statut"] == Statut.ESTIME.value else part


def dire_distance(groupe: Mapping[Any, Any]) -> str:
    """« touche Villeneuve », ou « à 360 m de Villeneuve »."""
    nom = ecrire_nom(str(groupe["nom_qpv_proche"]))
    metres = float(groupe["distance_qpv_m"])
    if metres < 1:
        return f"touche {nom}"
    # Un carreau ne situe rien à dix mètres près.
    return f"à {ecrire_nombre(max(round(metres, -1), 10))} m de {nom}"
