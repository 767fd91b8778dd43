"""Une comparaison en phrases : noms, valeurs et mouvements écrits à la française."""

from __future__ import annotations

import math
from typing import Any

from observatoire.domaine import Statut, TypeTerritoire, libelle_territoire
from observatoire.editions.comparaison import Comparaison
from observatoire.editions.plausibilite import MULTIPLE
from observatoire.redaction import ecrire_ecart, ecrire_nom, ecrire_valeur

__all__ = ["decrire_changement", "raisons_invraisemblables"]

_MAX_RAISONS = 10


def raisons_invraisemblables(comparaison: Comparaison, nombre: int = _MAX_RAISONS) -> list[str]:
    """Phrases qui disent pourquoi l’édition attend une validation, les plus graves d’abord.

    Parameters
    ----------
    comparaison : Comparaison
        Édition courante → édition nouvelle.
    nombre : int
        Nombre de mouvements cités ; les pertes le sont toutes.
    """
    phrases = [
        f"{_libelle(comparaison, p.indicateur)} {p.millesime}, {_type(p.type_territoire)} : "
        f"{p.perdues} des {p.publiees} valeurs publiées ont disparu"
        for p in comparaison.pertes
    ]
    fautives = comparaison.invraisemblables
    phrases += [
        f"{decrire_changement(comparaison, ligne)} : {_faute(comparaison, ligne)}"
        for ligne in fautives.head(nombre).to_dict("records")
    ]
    reste = len(fautives) - nombre
    if reste > 0:
        phrases.append(f"et {reste} autres mouvements invraisemblables")
    return phrases


def decrire_changement(comparaison: Comparaison, ligne: dict[Any, Any]) -> str:
    """« Taux de pauvreté 2021, Les Vignes (IRIS) : 21,0 % → 45,0 % (+24,0 points) »."""
    unite = _unite(comparaison, ligne["indicateur"])
    annee = str(ligne["millesime"])
    ancienne = ligne["ancien_millesime"]
    if not _vide(ancienne) and int(ancienne) != ligne["millesime"]:
        annee = f"{int(ancienne)} → {annee}"
    texte = (
        f"{_libelle(comparaison, ligne['indicateur'])} {annee}, "
        f"{ecrire_nom(str(ligne['nom']))} ({_type(ligne['type_territoire'])}) : "
        f"{_valeur(ligne['ancienne_valeur'], ligne['ancien_statut'], unite)} → "
        f"{_valeur(ligne['nouvelle_valeur'], ligne['nouveau_statut'], unite)}"
    )
    if not _vide(ligne["mouvement"]):
        texte += f" ({ecrire_ecart(ligne['mouvement'], unite)})"
    return texte


def _faute(comparaison: Comparaison, ligne: dict[Any, Any]) -> str:
    unite = _unite(comparaison, ligne["indicateur"])
    fautes = []
    if ligne["hors_intervalle"]:
        basse, haute = (
            ecrire_valeur(ligne[b], unite) if not _vide(ligne[b]) else "sans limite"
            for b in ("ancienne_borne_basse", "ancienne_borne_haute")
        )
        fautes.append(f"hors de l’ancien intervalle (de {basse} à {haute})")
    if ligne["hors_habitude"]:
        habituel = ecrire_ecart(ligne["habituel"], unite).lstrip("+")
        fautes.append(f"plus de {MULTIPLE:.0f} fois le mouvement habituel ({habituel})")
    return " ; ".join(fautes)


def _valeur(valeur: Any, statut: Any, unite: str) -> str:
    if not _vide(valeur):
        return ecrire_valeur(float(valeur), unite)
    return Statut(statut).libelle if isinstance(statut, str) else "pas de ligne"


def _vide(valeur: Any) -> bool:
    return valeur is None or (isinstance(valeur, float) and math.isnan(valeur))


def _libelle(comparaison: Comparaison, indicateur: str) -> str:
    return str(comparaison.indicateurs.get(indicateur, {}).get("libelle", indicateur))


def _unite(comparaison: Comparaison, indicateur: str) -> str:
    """Unité de l’indicateur ; sans elle (édition ancienne), un nombre avec une décimale."""
    return str(comparaison.indicateurs.get(indicateur, {}).get("unite", "rapport"))


def _type(type_territoire: str) -> str:
    if type_territoire == TypeTerritoire.QPV.value:
        return "QPV"
    return libelle_territoire(type_territoire)
