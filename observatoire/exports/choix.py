"""Ce que l’on met dans un document : quartiers, thèmes, référence ; toutes les fautes d’un coup."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from observatoire.catalogue import Catalogue, Indicateur
from observatoire.catalogue.phares import INDICATEURS_PHARES
from observatoire.editions import Edition
from observatoire.erreurs import Anomalie, ErreurDemande, lever_si_erreurs
from observatoire.exports.texte import nettoyer
from observatoire.indicateurs import joindre_ecarts
from observatoire.redaction import ecrire_nom

__all__ = ["Choix", "ChoixLu", "indicateurs_de_tete", "lire_choix"]

_COLONNES_MAX = 6


@dataclass(frozen=True, slots=True)
class Choix:
    """Demande d’une personne ; un champ vide veut dire tout."""

    quartiers: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    reference: str = "ville"
    indicateurs: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChoixLu:
    """Demande vérifiée : quartiers, indicateurs du tableau, lignes de l’édition."""

    quartiers: dict[str, str]
    """Code → nom, dans l’ordre alphabétique des noms."""
    indicateurs: list[Indicateur]
    themes: frozenset[str]
    lignes: pd.DataFrame
    """Lignes des quartiers au millésime le plus récent de chaque indicateur, écarts joints."""


def lire_choix(edition: Edition, catalogue: Catalogue, choix: Choix) -> ChoixLu:
    """Vérifier une demande et lire ses lignes dans l’édition.

    Raises
    ------
    ErreurDemande
        Périmètre, quartiers, thèmes, indicateurs ou référence impossibles.
    """
    if edition.perimetre != "ville":
        raise ErreurDemande(
            "Ce document se fait pour une ville : demandez l’une de celles de l’édition (--commune)."
        )
    couche = edition.couches["qpv"]
    noms = {
        str(c): ecrire_nom(nettoyer(str(n)))
        for c, n in zip(couche["code_territoire"], couche["nom"], strict=True)
    }
    _verifier(edition, catalogue, choix, noms)
    voulus = {c: n for c, n in noms.items() if not choix.quartiers or c in choix.quartiers}
    quartiers = dict(sorted(voulus.items(), key=lambda paire: (paire[1], paire[0])))
    table = joindre_ecarts(edition.resultats, edition.ecarts, reference=choix.reference)
    lignes = table[table["code_territoire"].isin(list(quartiers))].sort_values("millesime")
    lignes = lignes.drop_duplicates(["code_territoire", "indicateur"], keep="last")
    # Une année par indicateur : celle que tous les quartiers ont, pour ne pas mêler les millésimes.
    derniere = lignes.groupby("indicateur")["millesime"].transform("max")
    lignes = lignes[lignes["millesime"] == derniere]
    lignes = lignes.assign(nom=lignes["code_territoire"].map(quartiers)).sort_values(
        ["nom", "code_territoire"]
    )
    themes = frozenset(choix.themes or catalogue.themes)
    return ChoixLu(quartiers, _phares(catalogue, lignes, choix), themes, lignes)


def _verifier(edition: Edition, catalogue: Catalogue, choix: Choix, noms: dict[str, str]) -> None:
    fautes = []
    if not noms:
        fautes.append(
            Anomalie(
                f"{edition.nom_commune} n’a pas de quartier prioritaire de la politique de la ville",
                remede="« observatoire exporter carte » en donne les cartes",
            )
        )
    inconnus = [q for q in choix.quartiers if q not in noms]
    if inconnus and noms:
        connus = ", ".join(f"{c} ({n})" for c, n in sorted(noms.items()))
        fautes.append(
            Anomalie(
                f"quartier inconnu : {', '.join(inconnus)}",
                remede=f"quartiers de l’édition : {connus}",
            )
        )
    themes = [t for t in choix.themes if t not in catalogue.themes]
    if themes:
        fautes.append(
            Anomalie(
                f"thème inconnu : {', '.join(themes)}",
                remede=f"thèmes : {', '.join(catalogue.themes)}",
            )
        )
    references = sorted(set(edition.references["reference"]))
    if choix.reference not in references:
        fautes.append(
            Anomalie(
                f"référence absente de l’édition : {choix.reference}",
                remede=f"références : {', '.join(references)}",
            )
        )
    lever_si_erreurs("Le document demandé est impossible :", fautes, classe=ErreurDemande)


def _phares(catalogue: Catalogue, lignes: pd.DataFrame, choix: Choix) -> list[Indicateur]:
    """Indicateurs du tableau d’une note, qui en veut au moins un."""
    retenus = indicateurs_de_tete(catalogue, lignes, choix.indicateurs, choix.themes)
    if not retenus:
        raise ErreurDemande(
            "Aucun indicateur de cette demande n’a de valeur dans les quartiers : élargir les thèmes, ou "
            "compléter l’édition (« observatoire etat » en donne les sources)."
        )
    return retenus


def indicateurs_de_tete(
    catalogue: Catalogue,
    lignes: pd.DataFrame,
    choisis: tuple[str, ...] = (),
    themes: tuple[str, ...] = (),
) -> list[Indicateur]:
    """Indicateurs d’un tableau : ceux qui sont choisis, ceux des thèmes, sinon les indicateurs phares.

    Parameters
    ----------
    catalogue : Catalogue
    lignes : pandas.DataFrame
        Lignes des quartiers, une par indicateur : ``indicateur, statut, verdict, ecart``.
    choisis, themes : tuple of str
        Vides : tous.

    Returns
    -------
    list of Indicateur
        Six au plus, ceux qui se comparent d’abord ; vide si aucun n’a de valeur dans les quartiers.
    """
    presents = set(lignes["indicateur"])
    par_theme = [i.id for groupe in catalogue.par_theme().values() for i in groupe]
    retenus = [
        catalogue.indicateurs[i]
        for i in choisis or (par_theme if themes else INDICATEURS_PHARES)
        if i in presents
        and not catalogue.indicateurs[i].est_stock
        and (not themes or catalogue.indicateurs[i].theme in themes)
    ]
    connus = [i for i in retenus if _dit_quelque_chose(lignes, i)] or retenus
    # Le tableau tient sur une page : les premiers dans l’ordre, ceux qui se comparent d’abord.
    comparables = [i for i in connus if _se_compare(lignes, i)]
    garde = {
        i.id for i in [*comparables, *(i for i in connus if i not in comparables)][:_COLONNES_MAX]
    }
    return [i for i in connus if i.id in garde]


def _dit_quelque_chose(lignes: pd.DataFrame, indicateur: Indicateur) -> bool:
    valeurs = lignes[lignes["indicateur"] == indicateur.id]
    return bool(valeurs["statut"].isin(["publie", "estime", "secret"]).any())


def _se_compare(lignes: pd.DataFrame, indicateur: Indicateur) -> bool:
    valeurs = lignes[lignes["indicateur"] == indicateur.id]
    return bool(
        (valeurs["verdict"].isin(["ecart_net", "ecart_indicatif"]) & valeurs["ecart"].notna()).any()
    )
