"""Commande ``observatoire inegalites`` : les inégalités d’une ville, une phrase par mesure."""

from __future__ import annotations

import json
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from observatoire.catalogue import Catalogue, charger_catalogue
from observatoire.cli_options import Donnees, chemins_de
from observatoire.domaine import Statut, Verdict
from observatoire.editions import Edition, edition_consultable
from observatoire.erreurs import ErreurDemande
from observatoire.redaction import ecrire_bornes, ecrire_nom, ecrire_valeur

__all__ = ["TABLES", "ajouter_inegalites"]

TABLES = (
    "inegalites", "grappes", "typologie", "poches", "reperage_carreaux", "poches_carreaux", "ceintures",
    "defavorisation",
)  # fmt: skip
_sortie = Console()


def ajouter_inegalites(application: typer.Typer) -> None:
    """Ajouter la commande à l’application."""
    application.command("inegalites")(inegalites)


def inegalites(
    contexte: typer.Context,
    commune: Annotated[
        str, typer.Option("--commune", help="Code officiel de la commune, par exemple 38185.")
    ],
    donnees: Donnees = None,
    en_json: Annotated[
        bool, typer.Option("--json", help="Sortie lisible par un programme.")
    ] = False,
) -> None:
    """Dire les inégalités d’une ville : niveaux de vie, répartition, voisinages, poches, ceintures."""
    chemins = chemins_de(contexte, donnees)
    edition = edition_consultable(chemins, commune)
    tables = {nom: edition.complement(nom) for nom in TABLES}
    if tables["inegalites"].empty:
        raise ErreurDemande(
            f"L’édition {edition.identifiant} de {edition.nom_commune} ne dit rien des inégalités : elle est antérieure à "
            f"ces mesures, ou les revenus des IRIS y manquent. Relancez « observatoire actualiser --commune {commune} »."
        )
    if en_json:
        typer.echo(json.dumps(_en_json(edition, tables), ensure_ascii=False, indent=2))
        return
    _raconter(edition, tables, charger_catalogue(*chemins.catalogues))


def _en_json(edition: Edition, tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    contenu: dict[str, Any] = {
        "edition": edition.identifiant,
        "code_commune": edition.code_commune,
        "nom_commune": edition.nom_commune,
    }
    for nom, table in tables.items():
        # Une valeur inconnue est null, jamais 0 ni NaN.
        lisible = table.drop(columns="geometry", errors="ignore")
        contenu[nom] = json.loads(lisible.to_json(orient="records", force_ascii=False))
    return contenu


def _raconter(edition: Edition, tables: dict[str, pd.DataFrame], catalogue: Catalogue) -> None:
    from observatoire.cartes.phrases_inegalites import (
        constats_moran,
        constats_revenus,
        constats_segregation,
    )

    _dire(f"{edition.nom_commune}, édition {edition.identifiant}")
    mesures = tables["inegalites"]
    for titre, constats in (
        ("Niveaux de vie", constats_revenus(mesures, edition.nom_commune)),
        ("Répartition entre les IRIS", constats_segregation(mesures, catalogue)),
        ("Voisinage", constats_moran(mesures, catalogue)),
    ):
        if not constats:
            continue
        table = Table(
            "Mesure", "Année", "Valeur", "Ce qu’elle montre", title=titre, show_lines=True
        )
        for c in constats:
            table.add_row(c.libelle, str(c.millesime), c.texte, c.phrase or c.note)
        _sortie.print(table)
    _dire_quartiers(tables["typologie"])
    _dire_poches(tables["poches"])
    _dire_carreaux(edition, tables["poches_carreaux"], catalogue)
    _dire_ceintures(tables["ceintures"], catalogue)


def _dire_quartiers(typologie: pd.DataFrame) -> None:
    if typologie.empty:
        _dire("Aucun quartier prioritaire dans cette ville.")
        return
    table = Table("Quartier", "Type", title="Quartiers prioritaires")
    for ligne in typologie.to_dict("records"):
        table.add_row(ecrire_nom(str(ligne["nom"])), str(ligne["libelle"]))
    _sortie.print(table)


def _dire_poches(poches: pd.DataFrame) -> None:
    trouvees = poches[poches["etat"] == "poche"] if len(poches) else poches
    if trouvees.empty:
        _dire(
            "Aucun IRIS connu n’est aussi fragile que les quartiers prioritaires en étant hors d’eux."
        )
    for ligne in trouvees.to_dict("records"):
        _dire(
            f"  • {ligne['nom']} ({ligne['code_iris']}) : {ecrire_valeur(ligne['valeur'], 'pct')}, seuil "
            f"{ecrire_valeur(ligne['seuil'], 'pct')}, groupe {ligne['groupe']}"
        )
    masques = poches[poches["etat"] == "masque"] if len(poches) else poches
    if len(masques):
        noms = ", ".join(str(n) for n in masques["nom"])
        _dire(f"Masqués, on ne sait pas : {noms}.")


def _dire_carreaux(edition: Edition, groupes: pd.DataFrame, catalogue: Catalogue) -> None:
    from observatoire.cartes.phrases_poches import (
        dire_distance,
        dire_part,
        dire_reperage,
        nommer_groupe,
    )

    phrase = dire_reperage(edition, catalogue)
    if phrase:
        _dire(phrase)
    for groupe in groupes.to_dict("records"):
        menages = ecrire_valeur(float(groupe["menages"]), "menages")
        nombre = int(groupe["carreaux"])
        carreaux = f"{nombre} {'carreau' if nombre == 1 else 'carreaux'}"
        note = f" ; {groupe['note']}" if groupe["note"] else ""
        _dire(
            f"  • {nommer_groupe(groupe)} : {dire_part(groupe)}, {menages}, {carreaux}, {dire_distance(groupe)}{note}"
        )


def _dire_ceintures(ceintures: pd.DataFrame, catalogue: Catalogue) -> None:
    if ceintures.empty:
        return
    table = Table(
        "Quartier", "Indicateur", "Quartier", "Bande de 300 m", "Verdict",
        title="Ceintures", pad_edge=False,
    )  # fmt: skip
    # Sur un écran étroit, un verdict passe à la ligne entre deux mots, sans être coupé.
    table.columns[-1].min_width = max(len(m) for v in Verdict for m in v.libelle.split())
    for ligne in ceintures.to_dict("records"):
        indicateur = catalogue.indicateurs[str(ligne["indicateur"])]
        table.add_row(
            ecrire_nom(str(ligne["nom"])),
            f"{indicateur.court} {ligne['millesime']}",
            _valeur(ligne, "_quartier", indicateur.unite),
            _valeur(ligne, "", indicateur.unite),
            Verdict(ligne["verdict"]).libelle,
        )
    _sortie.print(table)


def _valeur(ligne: dict[Any, Any], suffixe: str, unite: str) -> str:
    valeur, bas, haut = (ligne[f"{c}{suffixe}"] for c in ("valeur", "borne_basse", "borne_haute"))
    if pd.isna(valeur):
        return Statut(ligne[f"statut{suffixe}"]).libelle
    if ligne[f"bornes_seules{suffixe}"]:
        return ecrire_bornes(float(bas), float(haut), unite)
    return ecrire_valeur(float(valeur), unite)


def _dire(texte: str) -> None:
    _sortie.print(texte, highlight=False, soft_wrap=True, markup=False)
