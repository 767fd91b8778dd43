"""Commande ``villes`` : comparer l’écart entre les quartiers et leur ville, d’une ville à l’autre."""

from __future__ import annotations

import json
from enum import StrEnum
from math import isfinite
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from observatoire.cli_affichage import console, echapper
from observatoire.cli_options import Donnees, chemins_de
from observatoire.erreurs import ErreurDemande

if TYPE_CHECKING:
    import pandas as pd

    from observatoire.catalogue import Indicateur
    from observatoire.editions.villes import VillesComparees

__all__ = ["villes"]


class FormatVilles(StrEnum):
    """Format de la réponse."""

    TEXTE = "texte"
    CSV = "csv"
    JSON = "json"


def villes(
    contexte: typer.Context,
    commune: Annotated[
        list[str] | None,
        typer.Option("--commune", help="Ville à comparer, la première étant la vôtre ; répétable."),
    ] = None,
    indicateur: Annotated[
        str, typer.Option("--indicateur", help="Identifiant de l’indicateur.")
    ] = "taux_pauvrete",
    millesime: Annotated[
        int | None, typer.Option("--millesime", help="Année ; la plus récente sinon.")
    ] = None,
    forme: Annotated[FormatVilles, typer.Option("--format", help="Format.")] = FormatVilles.TEXTE,
    donnees: Donnees = None,
) -> None:
    """Comparer l’écart entre les quartiers prioritaires et leur ville, d’une ville à l’autre."""
    from observatoire.catalogue import charger_catalogue
    from observatoire.editions.villes import lire_villes_comparees

    chemins = chemins_de(contexte, donnees)
    catalogue = charger_catalogue(*chemins.catalogues)
    if indicateur not in catalogue.indicateurs:
        raise ErreurDemande(
            f"L’indicateur « {indicateur} » n’existe pas : « observatoire indicateurs » les énumère."
        )
    comparees = lire_villes_comparees(chemins, catalogue)
    table = _choisir(comparees.table, indicateur, millesime, commune or [])
    if forme is FormatVilles.CSV:
        typer.echo(table.to_csv(index=False, float_format="%.10g"), nl=False)
    elif forme is FormatVilles.JSON:
        contenu = json.loads(
            table.to_json(orient="records", force_ascii=False, double_precision=10)
        )
        typer.echo(json.dumps(contenu, ensure_ascii=False, indent=1))
    else:
        _ecrire(table, catalogue.indicateurs[indicateur], comparees, commune or [])


def _choisir(
    table: pd.DataFrame, indicateur: str, millesime: int | None, communes: list[str]
) -> pd.DataFrame:
    """Lignes demandées, les communes dans l’ordre demandé, sinon par rang."""
    from observatoire.territoires import code_ville

    lignes = table[table["indicateur"] == indicateur]
    if lignes.empty:
        raise ErreurDemande(f"Aucune ville publiée n’a de chiffre pour « {indicateur} ».")
    # La même année pour toutes : la plus récente où une ville a un écart.
    connues = lignes.loc[lignes["ecart"].notna(), "millesime"]
    annee = millesime or int(connues.max() if len(connues) else lignes["millesime"].max())
    choisies = lignes[lignes["millesime"] == annee]
    if choisies.empty:
        annees = ", ".join(str(m) for m in sorted(lignes["millesime"].unique()))
        raise ErreurDemande(
            f"« {indicateur} » n’existe pas pour {annee} ; millésimes publiés : {annees}."
        )
    if not communes:
        return choisies.sort_values(["rang", "nom"], na_position="last")
    voulues = list(dict.fromkeys(code_ville(c) for c in communes))
    absentes = [c for c in voulues if c not in set(choisies["code_commune"])]
    if absentes:
        raise ErreurDemande(
            f"Sans quartier prioritaire, ou dans aucune édition publiée en {annee} : {', '.join(absentes)}. Publiez leur "
            "édition, ou l’édition nationale, avec « observatoire actualiser » ; une ville sans contours d’IRIS ou de quartiers "
            "dans les fichiers donnés n’est pas dans l’édition nationale."
        )
    return choisies.set_index("code_commune").loc[voulues].reset_index()[choisies.columns]


def _ecrire(
    table: pd.DataFrame, indicateur: Indicateur, comparees: VillesComparees, communes: list[str]
) -> None:
    from observatoire.cartes.villes import est_connue, phrase_rang, phrase_villes
    from observatoire.redaction import ecrire_bornes, ecrire_ecart, ecrire_valeur

    affichee = Table(
        "Rang", "Ville", "QPV réunis", "Ville entière", "Écart", "Couverts",
        title=f"{indicateur.libelle}, {int(table['millesime'].iloc[0])}", title_justify="left",
    )  # fmt: skip
    for _, ligne in table.iterrows():
        connue = est_connue(ligne)
        valeur = "–"
        if connue:
            valeur = ecrire_valeur(float(ligne["valeur"]), indicateur.unite)
        elif ligne["bornes_seules"] and isfinite(ligne["valeur"]):
            bornes = float(ligne["borne_basse"]), float(ligne["borne_haute"])
            valeur = ecrire_bornes(*bornes, indicateur.unite)
        ville, part = float(ligne["valeur_ville"]), float(ligne["part_couverte"])
        affichee.add_row(
            f"{int(ligne['rang'])}/{int(ligne['rang_sur'])}" if connue else "–",
            echapper(str(ligne["nom"])),
            valeur,
            ecrire_valeur(ville, indicateur.unite) if isfinite(ville) else "–",
            ecrire_ecart(float(ligne["ecart"]), indicateur.unite) if connue else "–",
            f"{part:.0%}".replace("%", "\u202f%") if isfinite(part) else "–",
        )
    console.print(affichee)
    premiere = table.iloc[0]
    if communes:
        phrase = phrase_villes(premiere, table.iloc[1:], indicateur)
        rang = phrase_rang(premiere, est_nationale=comparees.est_nationale)
        console.print(f"{phrase} {rang}".strip(), highlight=False, soft_wrap=True)
    console.print(f"Lu dans : {comparees.origine}.", highlight=False, soft_wrap=True)
