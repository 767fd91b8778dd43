"""Ce que la commande « evolutions » dit : le changement de chaque territoire entre deux dates."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
import typer
from rich.table import Table

from observatoire.catalogue import Catalogue
from observatoire.cli_affichage import console
from observatoire.domaine import Comparabilite, TypeTerritoire, Verdict
from observatoire.editions import Edition
from observatoire.erreurs import ErreurDemande
from observatoire.redaction import INSECABLE, ecrire_ecart, ecrire_nom, ecrire_valeur

__all__ = ["choisir_evolutions", "ecrire_evolution", "montrer_evolutions"]

_MUETTE = "–"


def choisir_evolutions(
    edition: Edition, catalogue: Catalogue, indicateurs: Sequence[str]
) -> pd.DataFrame:
    """Lignes de la table ``evolutions`` pour des indicateurs, ou toutes.

    Raises
    ------
    ErreurDemande
        Édition sans évolutions, indicateur inconnu ou connu à une seule date.
    """
    table = edition.complement("evolutions")
    if table.empty:
        raise ErreurDemande(
            f"L’édition {edition.identifiant} n’a pas d’évolution : il faut deux millésimes d’un même "
            "indicateur, et une édition récente. Donnez les fichiers d’une autre année, puis relancez "
            "« observatoire actualiser »."
        )
    presents = set(table["indicateur"])
    for identifiant in indicateurs:
        if identifiant not in catalogue.indicateurs:
            raise ErreurDemande(
                f"L’indicateur « {identifiant} » n’existe pas : « observatoire indicateurs » les énumère."
            )
        if identifiant not in presents:
            raise ErreurDemande(
                f"L’indicateur « {identifiant} » n’est connu qu’à une date dans cette édition. "
                f"À plusieurs dates : {', '.join(sorted(presents))}."
            )
    return table[table["indicateur"].isin(indicateurs)] if indicateurs else table


def ecrire_evolution(ligne: pd.Series, unite: str) -> str:
    """Évolution écrite, ou un tiret si l’on ne peut rien en dire."""
    if ligne["verdict"] == Verdict.NON_INTERPRETABLE.value or not np.isfinite(ligne["evolution"]):
        return _MUETTE
    return ecrire_ecart(float(ligne["evolution"]), unite)


def montrer_evolutions(
    edition: Edition, catalogue: Catalogue, indicateurs: Sequence[str], forme: str
) -> None:
    """Écrire les évolutions en CSV, en JSON ou en tableaux lisibles."""
    table = choisir_evolutions(edition, catalogue, indicateurs)
    if forme == "json":
        contenu = json.loads(
            table.to_json(orient="records", force_ascii=False, double_precision=10)
        )
        typer.echo(json.dumps(contenu, ensure_ascii=False, indent=1))
    elif forme == "csv":
        typer.echo(table.to_csv(index=False, float_format="%.10g"), nl=False)
    else:
        cles = ["indicateur", "millesime_debut", "millesime_fin"]
        for (identifiant, debut, fin), lignes in table.groupby(cles, sort=False):
            _montrer(catalogue, str(identifiant), int(str(debut)), int(str(fin)), lignes)


def _montrer(
    catalogue: Catalogue, identifiant: str, debut: int, fin: int, lignes: pd.DataFrame
) -> None:
    indicateur = catalogue.indicateurs[identifiant]
    regle = catalogue.temps.comparer(catalogue, indicateur, debut, fin)
    console.print(f"\n[bold]{indicateur.libelle}[/], {debut} → {fin} : {regle.issue.libelle}")
    if regle.motif:
        console.print(regle.motif)
    if regle.issue is Comparabilite.REFUSEE:
        return
    vus = lignes[lignes["type_territoire"] != TypeTerritoire.SECTEUR.value]
    tableau = Table(
        "Territoire", str(debut), str(fin), "Évolution", "Intervalle", "Ce que l’on sait"
    )
    melees = vus["regle"].str.contains("methodes_differentes", regex=False)
    for melee, (_, ligne) in zip(melees, vus.iterrows(), strict=True):
        muette = ligne["verdict"] == Verdict.NON_INTERPRETABLE.value
        valeurs = [
            ecrire_valeur(float(ligne[c]), indicateur.unite)
            if np.isfinite(ligne[c]) and not muette
            else _MUETTE
            for c in ("valeur_debut", "valeur_fin")
        ]
        tableau.add_row(
            ecrire_nom(str(ligne["nom"])),
            *valeurs,
            ecrire_evolution(ligne, indicateur.unite),
            _MUETTE if muette else _ecrire_intervalle(ligne, indicateur.unite),
            Verdict(ligne["verdict"]).evolution + (" *" if melee and not muette else ""),
        )
    console.print(tableau)
    if melees.any():
        console.print(
            "* Publié à une date, estimé à l’autre : l’évolution peut tenir au seul changement de méthode."
        )


def _ecrire_intervalle(ligne: pd.Series, unite: str) -> str:
    """« −6,3 à +10,4 points » ; un tiret sans bornes."""
    bornes = [float(ligne[c]) for c in ("borne_basse", "borne_haute")]
    if not np.isfinite(bornes).all():
        return _MUETTE
    basse, haute = (ecrire_ecart(b, unite) for b in bornes)
    # L’unité n’est dite qu’une fois, après la seconde borne.
    return f"{basse.split(INSECABLE)[0]} à {haute}"
