"""Tables communes aux exports de données : longue, large, dictionnaire, sources, lecture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from observatoire.catalogue import Indicateur
from observatoire.domaine import Statut, TypeTerritoire
from observatoire.exports.demande import Contexte, Demande, indicateurs_demandes
from observatoire.exports.protection import EditionProtegee
from observatoire.indicateurs import joindre_ecarts

__all__ = ["COLONNES", "Tableaux", "composer_tableaux", "mot_du_statut", "valeurs_citees"]

COLONNES: dict[str, tuple[str, str]] = {
    "code_territoire": ("Code", "code officiel du territoire (texte)"),
    "type_territoire": ("Type", "commune, iris, qpv (quartier prioritaire) ou secteur"),
    "nom": ("Territoire", "nom du territoire"),
    "theme": ("Thème", "thème de l’indicateur"),
    "indicateur": ("Identifiant", "identifiant de l’indicateur au catalogue"),
    "libelle": ("Indicateur", "nom de l’indicateur"),
    "unite": ("Unité", "unité de la valeur ; pct : pourcentage de 0 à 100"),
    "millesime": ("Millésime", "année des données"),
    "valeur": ("Valeur", "vide si elle est masquée, absente ou connue par ses seules bornes"),
    "statut": ("Statut", "publie, estime, secret ou absent"),
    "methode": ("Méthode", "comment la valeur a été obtenue"),
    "borne_basse": ("Borne basse", "bas de l’intervalle d’une estimation"),
    "borne_haute": ("Borne haute", "haut de l’intervalle d’une estimation"),
    "bornes_seules": (
        "Bornes seules",
        "vrai : seules les bornes se lisent, il n’y a pas de valeur",
    ),
    "part_couverte": (
        "Part couverte",
        "part de la population dont les données sont connues, 0 à 1",
    ),
    "effectif": ("Effectif", "personnes, ménages ou logements auxquels la valeur se rapporte"),
    "reference": ("Référence", "territoire auquel l’écart est mesuré"),
    "valeur_reference": ("Valeur de référence", "valeur de ce territoire"),
    "ecart": ("Écart", "valeur moins référence ; en points pour un pourcentage"),
    "ecart_borne_basse": ("Écart, borne basse", "bas de l’intervalle de l’écart"),
    "ecart_borne_haute": ("Écart, borne haute", "haut de l’intervalle de l’écart"),
    "verdict": ("Verdict", "ce que l’on peut dire de l’écart"),
    "qualite": ("Qualité", "qualité de la valeur, si l’édition la donne"),
    "precision_note": ("Note", "précision sur la valeur"),
    "source": ("Source", "jeu de données du producteur"),
}
"""Nom de colonne → titre lisible et description."""
_NOMBRES_D_UN_POINT = ["valeur", "ecart", "effectif"]
_ORDRE_TYPES = [t.value for t in (
    TypeTerritoire.COMMUNE, TypeTerritoire.EPCI, TypeTerritoire.QPV, TypeTerritoire.SECTEUR,
    TypeTerritoire.IRIS,
)]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tableaux:
    """Ce que les exports de données contiennent, sans mise en forme.

    ``longue`` porte les colonnes de :data:`COLONNES` ; ``masquees`` les cellules masquées en
    plus (:mod:`observatoire.exports.secret`) ; ``sources`` une ligne par fichier employé.
    """

    longue: pd.DataFrame
    indicateurs: tuple[Indicateur, ...]
    sources: pd.DataFrame
    masquees: pd.DataFrame

    def large(self, type_territoire: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Un territoire par ligne, un indicateur par colonne, au millésime le plus récent.

        Returns
        -------
        valeurs, statuts : pandas.DataFrame
            Même index (``code_territoire``) et mêmes colonnes (``indicateur_millesime``) ; une
            valeur manquante a son statut, ou « bornes_seules ».
        """
        lignes = self.longue[self.longue["type_territoire"] == type_territoire]
        recents = lignes.groupby("indicateur")["millesime"].transform("max")
        lignes = lignes[lignes["millesime"] == recents]
        colonne = lignes["indicateur"] + "_" + lignes["millesime"].astype(str)
        statut = lignes["statut"].mask(lignes["bornes_seules"].astype(bool), "bornes_seules")
        lignes = lignes.assign(colonne=colonne, statut=statut)
        ordre = list(dict.fromkeys(lignes["colonne"]))
        valeurs, statuts = (
            # Un doublon doit être une faute : pivot_table en ferait une moyenne.
            lignes.pivot(index="code_territoire", columns="colonne", values=v)[ordre]  # noqa: PD010
            for v in ("valeur", "statut")
        )
        return valeurs, statuts


def composer_tableaux(contexte: Contexte, demande: Demande) -> Tableaux:
    """Préparer les tables d’un export de données.

    Parameters
    ----------
    contexte : Contexte
        Édition protégée et catalogue.
    demande : Demande
        Avec des quartiers, seuls eux et la ville sont gardés ; ``vue``, ``niveau`` et la mise
        en page ne jouent pas.

    Raises
    ------
    ErreurDemande
        Si la demande ne convient pas à l’édition.
    """
    edition = contexte.edition
    indicateurs = indicateurs_demandes(contexte, demande)
    rangs = {i.id: rang for rang, i in enumerate(indicateurs)}
    table = joindre_ecarts(edition.resultats, edition.ecarts, reference=demande.reference)
    table = table[table["indicateur"].isin(list(rangs))]
    if demande.millesimes:
        table = table[table["millesime"].isin(list(demande.millesimes))]
    if demande.quartiers:
        ensembles = [TypeTerritoire.COMMUNE.value, TypeTerritoire.EPCI.value]
        choisis = table["code_territoire"].isin(list(demande.quartiers))
        table = table[choisis | table["type_territoire"].isin(ensembles)]
    return Tableaux(
        longue=_longue(table, indicateurs, rangs, contexte),
        indicateurs=tuple(indicateurs),
        sources=_sources(contexte),
        masquees=_masquees(contexte, table),
    )


def _longue(
    table: pd.DataFrame,
    indicateurs: list[Indicateur],
    rangs: dict[str, int],
    contexte: Contexte,
) -> pd.DataFrame:
    par_id = {i.id: i for i in indicateurs}
    themes = contexte.catalogue.themes
    table = table.assign(
        libelle=[par_id[i].libelle for i in table["indicateur"]],
        unite=[par_id[i].unite for i in table["indicateur"]],
        theme=[themes[par_id[i].theme].libelle for i in table["indicateur"]],
        bornes_seules=table["bornes_seules"].eq(True),
    )
    # Quand seules les bornes se lisent, le point n’est qu’un milieu : il n’est pas diffusé.
    seules = table["bornes_seules"]
    for colonne in _NOMBRES_D_UN_POINT[:2]:
        table[colonne] = table[colonne].mask(seules)
    table = table.assign(
        _type=table["type_territoire"].map({t: r for r, t in enumerate(_ORDRE_TYPES)}),
        _rang=table["indicateur"].map(rangs),
    )
    table = table.sort_values(
        ["_rang", "millesime", "_type", "code_territoire"],
        ascending=[True, False, True, True], kind="stable",
    )  # fmt: skip
    return table[[c for c in COLONNES if c in table]].reset_index(drop=True)


def _sources(contexte: Contexte) -> pd.DataFrame:
    """Fichiers employés par l’édition, un par ligne."""
    entrees = contexte.edition.manifeste["entrees"]
    colonnes = [
        "citation",
        "titre",
        "millesime",
        "date_fichier",
        "licence",
        "page",
        "fichier",
        "sha256",
    ]
    table = pd.DataFrame([{c: e.get(c) for c in colonnes} for e in entrees], columns=colonnes)
    return table.sort_values(["citation", "fichier"], kind="stable").reset_index(drop=True)


def _masquees(contexte: Contexte, table: pd.DataFrame) -> pd.DataFrame:
    """Cellules masquées en plus qui sont dans la table."""
    edition = contexte.edition
    if not isinstance(edition, EditionProtegee):
        return pd.DataFrame(
            columns=["code_territoire", "type_territoire", "nom", "indicateur", "millesime"]
        )
    cles = ["code_territoire", "indicateur", "millesime"]
    presentes = pd.MultiIndex.from_frame(table[cles])
    dedans = pd.MultiIndex.from_frame(edition.masquees[cles]).isin(presentes)
    return edition.masquees[np.asarray(dedans, dtype=bool)].reset_index(drop=True)


def mot_du_statut(statut: str) -> str:
    """Mots d’une cellule sans valeur : « secret statistique », « non disponible », « bornes seules »."""
    return "bornes seules" if statut == "bornes_seules" else Statut(statut).libelle


def valeurs_citees(longue: pd.DataFrame) -> pd.DataFrame:
    """Valeurs d’une table longue, sous la forme que garde le registre des exports."""
    colonnes = [
        "code_territoire", "indicateur", "millesime", "reference", "valeur", "ecart", "statut",
    ]  # fmt: skip
    return longue[colonnes].reset_index(drop=True)
