"""Commandes du calage : l’apprendre, et dire combien chaque méthode se trompe."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from observatoire.cli_affichage import console, prevenir
from observatoire.erreurs import Anomalie, ErreurDemande, ErreurDonnees
from observatoire.redaction import ecrire_nombre

if TYPE_CHECKING:
    from observatoire.calages import Jeu
    from observatoire.estimation.calage import Calage

__all__ = ["ajouter_commandes"]

_METHODES = {
    "surface": "surfaces",
    "carreaux": "carreaux de 200 m",
    "recouvrement_maximal": "plus grand IRIS",
    "calee": "calée",
    "calee_publie": "calée, publiés",
}
_LEGENDE = (
    "surfaces : taux des IRIS pondérés par la surface ; plus grand IRIS : taux de l’IRIS le plus "
    "recouvert ; calée : IRIS seuls ; calée, publiés : avec les autres chiffres publiés du quartier. "
    "Biais : estimé moins publié. 90 % : bornes de Duncan et Davis pour les deux premières, "
    "intervalle conforme pour les autres."
)

Iris = Annotated[
    list[Path], typer.Option("--iris", help="Contours des IRIS ; l’option peut être répétée.")
]
Territoires = Annotated[
    list[Path], typer.Option("--territoires", help="Contours des quartiers prioritaires.")
]
Statistiques = Annotated[
    list[Path],
    typer.Option(
        "--statistiques", help="Tables par IRIS : revenus et recensement ; peut être répétée."
    ),
]
Verite = Annotated[
    list[Path], typer.Option("--verite", help="Chiffres publiés par quartier ; peut être répétée.")
]
Carreaux = Annotated[
    list[Path] | None,
    typer.Option("--carreaux", help="Carreaux de 200 m, pour évaluer aussi cette répartition."),
]


def ajouter_commandes(application: typer.Typer) -> None:
    """Ajouter ``caler`` et ``evaluer`` à la commande ``observatoire``."""
    application.command("caler")(caler)
    application.command("evaluer")(evaluer)


def caler(
    iris: Iris,
    territoires: Territoires,
    statistiques: Statistiques,
    verite: Verite,
    sortie: Annotated[Path, typer.Option("--sortie", help="Fichier du modèle, en JSON.")],
) -> None:
    """Apprendre le calage sur les quartiers dont les chiffres sont publiés."""
    from observatoire import __version__, calages

    jeu = calages.lire_jeu(iris, territoires, statistiques, verite)
    modele = calages.caler(jeu, version=__version__)
    calages.ecrire_calage(modele, sortie, evaluation=calages.evaluer_tous(jeu))
    _prevenir(jeu.avertissements)
    table = Table("Indicateur", "Variante", "Quartiers", "Biais", "Erreur moyenne", "Couverture")
    for indicateur, variantes in modele.modeles.items():
        for variante, appris in variantes.items():
            bilan = appris.apprentissage
            table.add_row(
                indicateur,
                _METHODES[variante],
                str(bilan["n"]),
                *_cellules(bilan, ("biais", "eam", "couverture_90")),
            )
    console.print(table)
    console.print(f"Modèle écrit : {sortie}", highlight=False, soft_wrap=True)


def evaluer(
    iris: Iris,
    territoires: Territoires,
    statistiques: Statistiques,
    verite: Verite,
    carreaux: Carreaux = None,
    indicateur: Annotated[
        str, typer.Option("--indicateur", help="Identifiant, ou « tous ».")
    ] = "taux_pauvrete",
    modele: Annotated[
        bool,
        typer.Option("--modele", help="Appliquer le modèle livré tel quel, sans rien apprendre."),
    ] = False,
    fichier_modele: Annotated[
        Path | None,
        typer.Option("--fichier-modele", help="Appliquer ce modèle, écrit par « caler »."),
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option(
            "--figure", help="Nuage du publié et de l’estimé (.png ou .svg), d’un seul indicateur."
        ),
    ] = None,
    en_json: Annotated[bool, typer.Option("--json", help="Sortie pour un programme.")] = False,
) -> None:
    """Mesurer l’erreur de chaque méthode face aux chiffres publiés par quartier.

    Sans --modele, chaque département est prédit par un calage qui ne l’a pas vu.
    """
    from observatoire import calages

    if figure and indicateur == "tous":
        raise ErreurDemande(
            "Une figure montre un seul indicateur : nommez-le avec « --indicateur »."
        )
    jeu = calages.lire_jeu(iris, territoires, statistiques, verite, carreaux=carreaux or ())
    applique = calages.charger_calage(fichier_modele) if modele or fichier_modele else None
    if indicateur == "tous":
        bilans = _evaluer_tous(jeu, applique)
    else:
        bilans = [calages.evaluer(jeu, indicateur, calage=applique)]
    if figure:
        _dessiner(bilans[0], jeu.sources, figure, tel_quel=applique is not None)
    if en_json:
        bilans = [{c: v for c, v in b.items() if c != "nuage"} for b in bilans]
        resultat: Any = bilans if indicateur == "tous" else bilans[0]
        typer.echo(json.dumps(resultat, ensure_ascii=False, indent=2))
        return
    _prevenir(jeu.avertissements)
    for bilan in bilans:
        _afficher(bilan)
    console.print(_LEGENDE, highlight=False)


def _evaluer_tous(jeu: Jeu, applique: Calage | None) -> list[dict[str, Any]]:
    """Les indicateurs que ces fichiers permettent d’évaluer ; les autres sont dits."""
    from observatoire import calages

    bilans, fautes = [], []
    for indicateur in jeu.cibles:
        try:
            bilans.append(calages.evaluer(jeu, indicateur, calage=applique))
        except ErreurDonnees as erreur:
            fautes.append(Anomalie(f"{indicateur} : {erreur}", gravite="avertissement"))
    if not bilans:
        raise ErreurDonnees("Aucun indicateur ne peut être évalué :", fautes)
    for faute in fautes:
        prevenir(str(faute))
    return bilans


def _dessiner(
    bilan: Mapping[str, Any], sources: Sequence[str], chemin: Path, *, tel_quel: bool
) -> None:
    from observatoire.cartes.figure_calage import HORS_GROUPE, exporter_nuage
    from observatoire.catalogue import charger_catalogue
    from observatoire.evaluations import citer_sources

    declare = charger_catalogue().indicateurs.get(bilan["indicateur"])
    libelle = declare.libelle if declare else ""
    note = (
        "Estimation calée : modèle appliqué tel quel à ces quartiers." if tel_quel else HORS_GROUPE
    )
    exporter_nuage(bilan, chemin, libelle=libelle, source=citer_sources(sources), note=note)


def _prevenir(anomalies: Sequence[Anomalie]) -> None:
    """Avertissements, les réparations de contours réunies en une ligne."""
    reparations = [a for a in anomalies if a.message.startswith("contour invalide réparé")]
    for anomalie in (a for a in anomalies if a not in reparations):
        prevenir(str(anomalie))
    if reparations:
        prevenir(f"{len(reparations)} contours invalides ont été réparés.")


def _afficher(bilan: Mapping[str, Any]) -> None:
    console.print(_tableau(f"{bilan['indicateur']} : tous les quartiers", bilan["methodes"]))
    tranches: Sequence[tuple[str, str, float, str]] = (
        ("par_part_couverte", "part des IRIS couverte", 100.0, " %"),
        ("par_taille", "habitants du quartier", 1.0, ""),
    )
    for cle, nom, facteur, unite in tranches:
        for tranche in bilan[cle]:
            de, a = (ecrire_nombre(facteur * tranche[k]) for k in ("de", "a"))
            console.print(_tableau(f"{nom} : {de} à {a}{unite}", tranche["methodes"]))


def _tableau(titre: str, methodes: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table(
        "Méthode",
        "Nombre",
        "Biais",
        "Erreur moyenne",
        "9ᵉ décile",
        "Couverture (%)",
        "Largeur",
        title=titre,
        title_justify="left",
    )
    for methode, mesures in methodes.items():
        if mesures["n"]:
            colonnes = ("biais", "eam", "p90", "couverture_90", "largeur_90")
            table.add_row(_METHODES[methode], str(mesures["n"]), *_cellules(mesures, colonnes))
    return table


def _cellules(mesures: Mapping[str, Any], colonnes: Sequence[str]) -> list[str]:
    return [ecrire_nombre(mesures[c], decimales=1 if c == "couverture_90" else 2) for c in colonnes]
