"""Une phrase par mesure d’inégalité : ce qu’elle montre, dans les mots de tous.

Les mêmes phrases servent à la commande, à la page et aux documents.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from observatoire.cartes.francais import a_la_ville, typographier
from observatoire.cartes.quartier import valeur_courte
from observatoire.catalogue import Catalogue
from observatoire.domaine import Statut
from observatoire.redaction import ecrire_nombre, ecrire_valeur

__all__ = [
    "LIBELLES_MESURES",
    "Constat",
    "constats_moran",
    "constats_revenus",
    "constats_segregation",
    "dernieres",
]

_CONNUS = frozenset({Statut.PUBLIE.value, Statut.ESTIME.value})
_P_NETTE = 0.05

LIBELLES_MESURES: Mapping[str, str] = {
    "d9_d1": "Rapport interdécile D9/D1",
    "s80_s20": "Rapport S80/S20",
    "gini": "Indice de Gini",
    "theil": "Indice de Theil",
    "ecart_log": "Écart logarithmique moyen",
    "part_entre_iris_theil": "Part de l’inégalité entre IRIS",
    "part_entre_quartiers_cale_theil": "Part entre quartiers prioritaires et reste de la ville",
    "part_entre_quartiers_theil": "La même, quartiers reconstitués sans calage",
    "dissimilarite": "Dissimilarité",
    "isolement": "Isolement",
    "exposition": "Exposition",
    "eta_carre": "η² (êta carré)",
    "entropie": "Entropie (H)",
    "moran": "Indice de Moran",
}
"""Nom de chaque mesure montrée, dans l’ordre de lecture."""


@dataclass(frozen=True, slots=True)
class Constat:
    """Une mesure et ce qu’elle dit ; ``phrase`` est vide si la valeur est inconnue."""

    mesure: str
    indicateur: str
    millesime: int
    libelle: str
    texte: str
    valeur: float
    bornes: tuple[float, float]
    phrase: str
    statut: str
    note: str
    reperes: tuple[float, float] = (math.nan, math.nan)
    """Répartition d’un groupe : part (0 à 1) dans ses IRIS, en moyenne, et part dans la ville."""


def dernieres(inegalites: pd.DataFrame, mesures: Sequence[str]) -> pd.DataFrame:
    """Lignes du dernier millésime connu de chaque indicateur et mesure, dans l’ordre demandé."""
    if inegalites.empty:
        return inegalites
    lignes = inegalites[inegalites["mesure"].isin(list(mesures))]
    lignes = lignes.assign(
        connue=lignes["statut"].isin(list(_CONNUS)), ordre=lignes["mesure"].map(list(mesures).index)
    )
    lignes = lignes.sort_values(["indicateur", "ordre", "connue", "millesime"])
    return lignes.drop_duplicates(["indicateur", "mesure"], keep="last")


def constats_revenus(inegalites: pd.DataFrame, nom_ville: str) -> list[Constat]:
    """Constats sur les niveaux de vie, du plus parlant au plus savant.

    Parameters
    ----------
    inegalites : pandas.DataFrame
        Table ``inegalites`` d’une ville.
    nom_ville : str
        Pour les phrases.
    """
    mesures = [m for m in LIBELLES_MESURES if m in _PHRASES_REVENUS]
    lignes = inegalites[inegalites["indicateur"] == "niveau_vie"] if len(inegalites) else inegalites
    return [
        _constat(ligne, _texte_revenus(str(ligne["mesure"]), float(ligne["valeur"])), nom_ville)
        for ligne in dernieres(lignes, mesures).to_dict("records")
    ]


def constats_segregation(inegalites: pd.DataFrame, catalogue: Catalogue) -> list[Constat]:
    """Un constat par groupe déclaré : la dissimilarité, avec l’isolement dans la même phrase.

    Returns
    -------
    list of Constat
        Du groupe le plus inégalement réparti au moins, les inconnus à la fin.
    """
    tables = {
        m: dernieres(inegalites, [m]).set_index("indicateur") if len(inegalites) else inegalites
        for m in ("dissimilarite", "isolement", "part_ville")
    }
    sorties = []
    for nom in tables["dissimilarite"].index if len(inegalites) else ():
        ligne = tables["dissimilarite"].loc[nom]
        indicateur = catalogue.indicateurs[str(nom)]
        texte = _pourcent(float(ligne["valeur"]))
        phrase, reperes = "", (math.nan, math.nan)
        if ligne["statut"] in _CONNUS:
            isolement = float(tables["isolement"].loc[nom, "valeur"])
            part = float(tables["part_ville"].loc[nom, "valeur"])
            reperes = isolement, part
            qui = indicateur.concernes or "personnes concernées"
            phrase = (
                f"Pour que leur part soit la même partout, {texte} des {qui} devraient changer "
                f"d’IRIS. Dans leurs IRIS, cette part est en moyenne de {_pourcent(isolement)}, contre "
                f"{_pourcent(part)} dans la ville."
            )
        constat = _composer({**ligne.to_dict(), "indicateur": nom}, indicateur.court, texte, phrase)
        sorties.append(replace(constat, reperes=reperes))
    return sorted(sorties, key=lambda c: (math.isnan(c.valeur), -c.valeur if c.phrase else 0.0))


def constats_moran(inegalites: pd.DataFrame, catalogue: Catalogue) -> list[Constat]:
    """Un constat par indicateur : les IRIS voisins se ressemblent-ils ?"""
    if inegalites.empty:
        return []
    probabilites = dernieres(inegalites, ["moran_p_valeur"]).set_index("indicateur")["valeur"]
    sorties = []
    for ligne in dernieres(inegalites, ["moran"]).to_dict("records"):
        nom, indice = str(ligne["indicateur"]), float(ligne["valeur"])
        phrase, texte = "", "non disponible"
        if ligne["statut"] in _CONNUS:
            texte = ecrire_nombre(indice, 2)
            phrase = _dire_moran(indice, float(probabilites[nom]))
        sorties.append(_composer(ligne, catalogue.indicateurs[nom].court, texte, phrase))
    return sorties


def _dire_moran(indice: float, probabilite: float) -> str:
    if not probabilite <= _P_NETTE:
        return (
            "Les IRIS voisins ne se ressemblent pas plus que des IRIS pris au hasard dans la ville."
        )
    force = "beaucoup" if indice >= 0.5 else "nettement" if indice >= 0.25 else "un peu"
    return (
        f"Les IRIS voisins se ressemblent {force} plus que des IRIS pris au hasard dans la ville."
    )


_PHRASES_REVENUS: Mapping[str, str] = {
    "d9_d1": "{a_la_ville}, il faut {texte} fois plus pour entrer parmi les 10 % les plus aisés que pour sortir des 10 % "
    "les plus modestes.",
    "s80_s20": "Les 20 % les plus aisés disposent en moyenne de {texte} fois ce dont disposent les 20 % les plus modestes.",
    "gini": "Sur une échelle de 0 (tous le même niveau de vie) à 1 (tout à un seul), la ville est à {texte}.",
    "theil": "L’indice de Theil vaut {texte} ; il sert à séparer ce qui tient aux territoires de ce qui se joue dans chacun.",
    "part_entre_iris_theil": "{texte} de l’inégalité des niveaux de vie sépare les IRIS les uns des autres ; le reste, {reste}, "
    "est entre habitants d’un même IRIS.",
    "part_entre_quartiers_cale_theil": "{texte} de l’inégalité sépare les quartiers prioritaires du reste de la ville et entre "
    "eux ; le reste, {reste}, est à l’intérieur de chacun et dans le reste de la ville.",
    "part_entre_quartiers_theil": "Reconstitués à partir des seuls IRIS, les quartiers prioritaires n’en portent que {texte} : c’est "
    "un minimum, car ils s’y mêlent à leurs voisins.",
}


def _texte_revenus(mesure: str, valeur: float) -> str:
    if not math.isfinite(valeur):
        return "non disponible"
    if mesure.startswith("part_"):
        return valeur_courte(round(valeur) if valeur >= 10 else valeur, "pct")
    return ecrire_nombre(valeur, 1 if mesure in {"d9_d1", "s80_s20"} else 2)


def _constat(ligne: Mapping[Any, Any], texte: str, nom_ville: str) -> Constat:
    mesure, valeur = str(ligne["mesure"]), float(str(ligne["valeur"]))
    phrase = ""
    if ligne["statut"] in _CONNUS:
        reste = _texte_revenus(mesure, 100 - valeur) if mesure.startswith("part_") else ""
        phrase = _PHRASES_REVENUS[mesure].format(
            a_la_ville=a_la_ville(nom_ville), texte=texte, reste=reste
        )
    return _composer(ligne, LIBELLES_MESURES[mesure], texte, phrase)


def _composer(ligne: Mapping[Any, Any], libelle: str, texte: str, phrase: str) -> Constat:
    valeur, basse, haute = (float(str(ligne[c])) for c in ("valeur", "borne_basse", "borne_haute"))
    statut = str(ligne["statut"])
    return Constat(
        str(ligne["mesure"]), str(ligne["indicateur"]), int(str(ligne["millesime"])), libelle,
        texte if phrase else Statut(statut).libelle, valeur, (basse, haute), typographier(phrase),
        statut, str(ligne["note"]),
    )  # fmt: skip


def _pourcent(part: float) -> str:
    """Part de 0 à 1 en pourcentage, sans décimale."""
    return (
        ecrire_valeur(100 * part, "pct", decimales=0) if math.isfinite(part) else "non disponible"
    )
