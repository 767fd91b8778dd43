"""Les commandes ``exporter …`` et ``registre`` : documents de données, cartes, registre."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from observatoire.cli_affichage import annoncer, console_erreurs
from observatoire.cli_options import Commune, Donnees, Epci, chemins_de
from observatoire.cli_registre import registre
from observatoire.domaine import Reference as ChoixReference
from observatoire.domaine import libelle_territoire
from observatoire.erreurs import ErreurDemande
from observatoire.redaction import pluriel

if TYPE_CHECKING:
    from observatoire.exports.demande import Contexte, Demande

__all__ = ["FormatPage", "Orientation", "ajouter_exports", "contexte_demande"]


class FormatPage(StrEnum):
    """Feuille imprimée, ou diapositive 16:9."""

    A4 = "a4"
    A3 = "a3"
    DIAPO = "diapo"


class Orientation(StrEnum):
    """Sens de la feuille."""

    PAYSAGE = "paysage"
    PORTRAIT = "portrait"


class Vue(StrEnum):
    """Ce que montre une carte."""

    VALEUR = "valeur"
    ECART = "ecart"


class Par(StrEnum):
    """De quoi une série fait le tour."""

    INDICATEURS = "indicateurs"
    QUARTIERS = "quartiers"


class Image(StrEnum):
    """Format des images d’une série."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


Quartiers = Annotated[
    list[str] | None,
    typer.Option("--qpv", help="Code d’un quartier prioritaire ; répétable. Tous par défaut."),
]
Themes = Annotated[
    list[str] | None, typer.Option("--theme", help="Thème ; répétable. Tous par défaut.")
]
Indicateurs = Annotated[
    list[str] | None,
    typer.Option("--indicateur", help="Identifiant ; répétable. Tous par défaut."),
]
Montre = Annotated[Vue, typer.Option("--vue", help="Valeur, ou écart à la référence.")]
Reference = Annotated[ChoixReference, typer.Option("--reference", help="Référence des écarts.")]
Niveau = Annotated[
    str,
    typer.Option("--niveau", help="Découpage : iris, qpv, secteur ou un découpage de la ville."),
]
Lieux = Annotated[
    list[str] | None,
    typer.Option("--lieux", help="Famille de lieux à poser, ou « toutes » ; répétable."),
]
Sortie = Annotated[Path, typer.Option("--sortie", help="Fichier à écrire.")]
Dossier = Annotated[Path, typer.Option("--sortie", help="Dossier, créé au besoin.")]
Page = Annotated[
    FormatPage, typer.Option("--format", help="Feuille A4 ou A3, ou diapositive 16:9.")
]
Sens = Annotated[Orientation, typer.Option("--orientation", help="Sens de la feuille.")]


def ajouter_exports(application: typer.Typer, exporter: typer.Typer) -> None:
    """Ajouter les commandes d’export et le registre à la ligne de commande."""
    for nom, aide in _DONNEES.items():
        exporter.command(nom, help=aide)(_commande_de_donnees(nom))
    exporter.command("carte")(carte)
    exporter.command("cartes-jumelles")(cartes_jumelles)
    exporter.command("serie")(serie)
    exporter.command("tout")(tout)
    application.command("registre")(registre)


def contexte_demande(
    contexte: typer.Context, donnees: Path | None, commune: str | None, epci: str | None
) -> Contexte:
    """Édition protégée que demande la personne."""
    from observatoire.cli_perimetre import code_demande
    from observatoire.exports.production import ouvrir_contexte

    return ouvrir_contexte(chemins_de(contexte, donnees), code_demande(commune, epci))


_DONNEES = {
    "note": "Composer la note PDF d’une ville : synthèse, carte, tableau des écarts, profils, méthode.",
    "document": "Composer le même contenu en document Word (.docx), que l’on peut reprendre.",
    "diaporama": "Composer un diaporama (.pptx) : un message par diapositive, graphiques modifiables.",
    "tableur": "Faire un tableur (.xlsx) : à lire, tableau des quartiers, données, définitions, sources.",
    "geo": "Faire les couches géographiques : .gpkg (couches, styles, métadonnées) ou .geojson.",
    "csv": "Faire une table CSV, avec sa description à côté (CSVW).",
    "page": "Faire une page autonome (.html) : carte interactive et tableau, sans réseau.",
}


def _commande_de_donnees(nom: str) -> Callable[..., None]:
    def commande(
        contexte: typer.Context,
        sortie: Sortie,
        commune: Commune = None,
        epci: Epci = None,
        qpv: Quartiers = None,
        theme: Themes = None,
        indicateur: Indicateurs = None,
        reference: Reference = ChoixReference.VILLE,
        donnees: Donnees = None,
    ) -> None:
        from observatoire.exports.production import produire_par_ville, verifier_destination

        verifier_destination(nom, sortie)
        ouvert = contexte_demande(contexte, donnees, commune, epci)
        demande = _demande(qpv, theme, indicateur, reference)
        for production in produire_par_ville(ouvert, nom, demande, sortie):
            annoncer(production)

    return commande


def _demande(
    qpv: list[str] | None,
    theme: list[str] | None,
    indicateur: list[str] | None,
    reference: ChoixReference,
    **choix: Any,
) -> Demande:
    from observatoire.exports.demande import Demande

    return Demande(
        quartiers=tuple(qpv or ()),
        themes=tuple(theme or ()),
        indicateurs=tuple(indicateur or ()),
        reference=reference.value,
        **choix,
    )


def _mise_en_page(vue: Vue, niveau: str, page: FormatPage, sens: Orientation) -> dict[str, str]:
    """Ce que toutes les cartes demandent de la même façon."""
    return {
        "vue": vue.value,
        "niveau": niveau,
        "format_page": page.value,
        "orientation": sens.value,
    }


def carte(  # noqa: PLR0917 – Typer lit les options dans la signature
    contexte: typer.Context,
    indicateur: Annotated[str, typer.Option("--indicateur", help="Identifiant de l’indicateur.")],
    sortie: Annotated[Path, typer.Option("--sortie", help="Fichier .png, .svg ou .pdf.")],
    commune: Commune = None,
    epci: Epci = None,
    qpv: Annotated[
        str | None, typer.Option("--qpv", help="Quartier prioritaire sur lequel cadrer la carte.")
    ] = None,
    vue: Montre = Vue.ECART,
    niveau: Niveau = "iris",
    millesime: Annotated[
        int | None,
        typer.Option("--millesime", help="Année ; la plus récente sinon, et elle est dite."),
    ] = None,
    reference: Reference = ChoixReference.VILLE,
    lieux: Lieux = None,
    page: Page = FormatPage.A4,
    orientation: Sens = Orientation.PAYSAGE,
    donnees: Donnees = None,
) -> None:
    """Dessiner une carte imprimable, avec son texte de remplacement à côté."""
    from observatoire.exports.production import produire, verifier_destination

    verifier_destination("carte", sortie)
    ouvert = contexte_demande(contexte, donnees, commune, epci)
    disponibles = ouvert.edition.manifeste["millesimes"]
    if indicateur not in disponibles:
        raise ErreurDemande(
            f"L’indicateur « {indicateur} » n’a pas de données dans cette édition. "
            f"Disponibles : {', '.join(sorted(disponibles))}."
        )
    demande = _demande(
        [qpv] if qpv else None, None, [indicateur], reference,
        millesimes=() if millesime is None else (millesime,),
        lieux=tuple(lieux or ()), **_mise_en_page(vue, niveau, page, orientation),
    )  # fmt: skip
    production = produire(ouvert, "carte", demande, sortie)
    annee = millesime or max(disponibles[indicateur])
    for fichier in production.fichiers:
        typer.echo(f"Écrit : {fichier} (millésime {annee}, document {production.identifiant})")


def cartes_jumelles(  # noqa: PLR0917
    contexte: typer.Context,
    sortie: Sortie,
    indicateur: Annotated[
        list[str], typer.Option("--indicateur", help="Un indicateur, ou deux de même unité.")
    ],
    commune: Commune = None,
    epci: Epci = None,
    millesime: Annotated[
        list[int] | None,
        typer.Option("--millesime", help="Année ; deux fois pour deux dates d’un indicateur."),
    ] = None,
    vue: Montre = Vue.VALEUR,
    niveau: Niveau = "iris",
    reference: Reference = ChoixReference.VILLE,
    page: Page = FormatPage.A4,
    orientation: Sens = Orientation.PAYSAGE,
    donnees: Donnees = None,
) -> None:
    """Dessiner deux cartes aux mêmes classes, côte à côte : deux indicateurs ou deux dates."""
    from observatoire.exports.production import produire, verifier_destination

    verifier_destination("cartes-jumelles", sortie)
    ouvert = contexte_demande(contexte, donnees, commune, epci)
    demande = _demande(
        None, None, indicateur, reference,
        millesimes=tuple(millesime or ()), **_mise_en_page(vue, niveau, page, orientation),
    )  # fmt: skip
    annoncer(produire(ouvert, "cartes-jumelles", demande, sortie))


def serie(  # noqa: PLR0917
    contexte: typer.Context,
    sortie: Dossier,
    commune: Commune = None,
    epci: Epci = None,
    par: Annotated[
        Par, typer.Option("--par", help="Une carte par indicateur, ou par quartier.")
    ] = Par.INDICATEURS,
    qpv: Quartiers = None,
    theme: Themes = None,
    indicateur: Indicateurs = None,
    vue: Montre = Vue.ECART,
    niveau: Niveau = "iris",
    reference: Reference = ChoixReference.VILLE,
    page: Page = FormatPage.A4,
    orientation: Sens = Orientation.PAYSAGE,
    lieux: Lieux = None,
    image: Annotated[Image, typer.Option("--image", help="Format des images.")] = Image.PNG,
    donnees: Donnees = None,
) -> None:
    """Dessiner une série de cartes dans un dossier : tous les indicateurs, ou tous les quartiers."""
    from observatoire.cartes.mise_en_page import lire_format
    from observatoire.exports.serie import (
        indicateurs_sans_valeur,
        produire_serie,
        taches_de_la_serie,
    )

    lire_format(page.value, orientation.value)
    ouvert = contexte_demande(contexte, donnees, commune, epci)
    demande = _demande(
        qpv, theme, indicateur, reference,
        lieux=tuple(lieux or ()), **_mise_en_page(vue, niveau, page, orientation),
    )  # fmt: skip
    taches = taches_de_la_serie(ouvert, demande, sortie, par=par.value, extension=f".{image.value}")
    with _barre() as barre:
        avance = barre.add_task("Cartes", total=len(taches))
        faites = produire_serie(ouvert, taches, suivi=lambda _: barre.advance(avance))
    typer.echo(f"{len(faites)} {pluriel('carte', len(faites))} dans {sortie}.")
    vides = indicateurs_sans_valeur(ouvert, demande) if par is Par.INDICATEURS else []
    if vides:
        noms = ", ".join(i.id for i in vides)
        typer.echo(f"Sans valeur par {libelle_territoire(niveau)}, donc sans carte : {noms}.")


def tout(
    contexte: typer.Context,
    sortie: Dossier,
    commune: Commune = None,
    epci: Epci = None,
    qpv: Quartiers = None,
    theme: Themes = None,
    reference: Reference = ChoixReference.VILLE,
    donnees: Donnees = None,
) -> None:
    """Faire tous les documents d’une ville dans un dossier."""
    from observatoire.exports.production import produire_tout

    ouvert = contexte_demande(contexte, donnees, commune, epci)
    demande = _demande(qpv, theme, None, reference)
    for production in produire_tout(ouvert, demande, sortie, suivi=annoncer):
        del production


def _barre() -> Progress:
    """Barre de progression, sur la sortie d’erreur : la sortie reste lisible par un programme."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console_erreurs,
    )  # fmt: skip
