"""La commande ``observatoire`` : une ligne par geste, un message clair par faute.

Code de retour : 0, ou 1 avec un message en français et sans trace d’exécution.
"""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from observatoire import __version__
from observatoire.chemins import VARIABLE_RACINE, Chemins
from observatoire.cli_affichage import (
    afficher_compte_rendu,
    console_erreurs,
    decrire_compte_rendu,
    echapper,
    prevenir,
    suivi,
)
from observatoire.cli_calage import ajouter_commandes
from observatoire.cli_decoupages import territoires
from observatoire.cli_exports import ajouter_exports
from observatoire.cli_francais import franciser_typer, traduire_faute
from observatoire.cli_inegalites import ajouter_inegalites
from observatoire.cli_lieux import lieux
from observatoire.cli_options import Commune, Donnees, Epci, chemins_de
from observatoire.cli_suivi import suivi_contrat
from observatoire.cli_villes import villes
from observatoire.domaine import Reference
from observatoire.erreurs import ErreurDemande, ErreurObservatoire

__all__ = ["application", "principal"]

application = typer.Typer(
    name="observatoire",
    help="Observatoire des inégalités territoriales : des fichiers de l’Insee à la carte des écarts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
exporter = typer.Typer(
    help="Produire un document à partir de l’édition courante.", no_args_is_help=True
)
application.add_typer(exporter, name="exporter")
ajouter_commandes(application)
ajouter_inegalites(application)
application.command("villes")(villes)
ajouter_exports(application, exporter)
application.add_typer(territoires, name="territoires")
application.add_typer(lieux, name="lieux")
application.add_typer(suivi_contrat, name="suivi")


class Format(StrEnum):
    """Format d’une table."""

    CSV = "csv"
    JSON = "json"


class FormatEvolutions(StrEnum):
    """Format des évolutions."""

    TEXTE = "texte"
    CSV = "csv"
    JSON = "json"


Communes = Annotated[
    list[str] | None,
    typer.Option("--commune", help="Code officiel de la commune (5 caractères) ; répétable."),
]
France = Annotated[
    bool, typer.Option("--france", help="Toutes les communes qui ont un quartier prioritaire.")
]
Port = Annotated[int, typer.Option("--port", help="Port de l’application.", min=1, max=65535)]
Adresse = Annotated[
    str, typer.Option("--adresse", help="Adresse d’écoute ; 0.0.0.0 pour tout le réseau.")
]
Motif = Annotated[str, typer.Option("--motif", help="Pourquoi, pour le journal de la ville.")]
EditionVoulue = Annotated[str, typer.Argument(metavar="EDITION", help="Identifiant de l’édition.")]
EnJson = Annotated[bool, typer.Option("--json", help="Sortie lisible par un programme.")]


@application.callback(invoke_without_command=True)
def _general(
    contexte: typer.Context,
    donnees: Annotated[
        Path | None,
        typer.Option(
            "--donnees",
            help="Dossier des données de l’observatoire.",
            envvar=VARIABLE_RACINE,
            show_envvar=True,
        ),
    ] = None,
    version: Annotated[bool, typer.Option("--version", help="Afficher la version.")] = False,
) -> None:
    if version:
        typer.echo(f"observatoire {__version__}")
        raise typer.Exit
    contexte.obj = donnees


@application.command()
def demo(
    contexte: typer.Context,
    sans_ouvrir: Annotated[
        bool, typer.Option("--sans-ouvrir", help="Construire l’édition sans ouvrir l’application.")
    ] = False,
    port: Port = 8501,
    adresse: Adresse = "127.0.0.1",
    donnees: Donnees = None,
) -> None:
    """Construire l’édition de la ville fictive et ouvrir l’application."""
    from observatoire.chaine import COMMUNE_FICTIVE, construire_demonstration

    chemins = chemins_de(contexte, donnees)
    afficher_compte_rendu(construire_demonstration(chemins, suivi=suivi, informer=prevenir))
    if not sans_ouvrir:
        _lancer_application(chemins, port, adresse, COMMUNE_FICTIVE)


@application.command()
def actualiser(  # noqa: PLR0917 – Typer lit les options dans la signature
    contexte: typer.Context,
    commune: Communes = None,
    epci: Epci = None,
    france: France = False,
    depuis: Annotated[
        list[Path] | None,
        typer.Option(
            "--depuis",
            help="Dossier (ou fichier) des producteurs ; répétable, par ordre de préférence.",
        ),
    ] = None,
    sans_reseau: Annotated[
        bool,
        typer.Option(
            "--sans-reseau", help="N’employer que les fichiers donnés, déposés ou déjà téléchargés."
        ),
    ] = False,
    vers_millesime: Annotated[
        list[int] | None,
        typer.Option("--vers-millesime", help="Année à télécharger ; répétable."),
    ] = None,
    accepter: Annotated[
        bool,
        typer.Option("--accepter", help="Accepter les fichiers changés chez le producteur."),
    ] = False,
    reverifier: Annotated[
        bool,
        typer.Option(
            "--reverifier",
            help="Redemander aux producteurs si les fichiers déjà téléchargés ont changé.",
        ),
    ] = False,
    publier_quand_meme: Annotated[
        bool,
        typer.Option("--publier", help="Publier même si des mouvements sont invraisemblables."),
    ] = False,
    motif: Motif = "",
    en_json: EnJson = False,
    donnees: Donnees = None,
) -> None:
    """Construire une édition d’une ou plusieurs villes, d’une intercommunalité ou de la France.

    Elle est publiée si rien n’y est invraisemblable.
    """
    from observatoire.cli_perimetre import Demande, actualiser_demande

    chemins = chemins_de(contexte, donnees)
    comptes_rendus = actualiser_demande(
        Demande(tuple(commune or ()), epci, france, vers_millesime or []),
        chemins,
        depuis=depuis or [],
        sans_reseau=sans_reseau,
        accepter=accepter,
        reverifier=reverifier,
        publier=publier_quand_meme,
        motif=motif,
        en_json=en_json,
    )
    if not en_json:
        for compte_rendu in comptes_rendus:
            afficher_compte_rendu(compte_rendu)
        return
    contenus = [decrire_compte_rendu(c) for c in comptes_rendus]
    seul = contenus[0] if len(contenus) == 1 else contenus
    typer.echo(json.dumps(seul, ensure_ascii=False, indent=2))


@application.command()
def sources(contexte: typer.Context, en_json: EnJson = False, donnees: Donnees = None) -> None:
    """Énumérer les fichiers des producteurs et leur état : présent, absent, à revérifier, changé."""
    from observatoire.cli_sources import montrer_sources

    montrer_sources(chemins_de(contexte, donnees), en_json=en_json)


@application.command()
def preparer(
    contexte: typer.Context,
    france: Annotated[
        bool, typer.Option("--france", help="Télécharger les fichiers nationaux, une fois.")
    ] = False,
    donnees: Donnees = None,
) -> None:
    """Remplir le cache pour toute la France : ensuite, une ville n’attend plus le réseau."""
    from observatoire.cli_sources import preparer_france

    if not france:
        raise ErreurDemande("Indiquez --france : c’est la seule préparation possible.")
    obtenu = preparer_france(chemins_de(contexte, donnees))
    typer.echo(f"{len(obtenu.fichiers)} fichiers prêts.")
    for anomalie in (*obtenu.manques, *obtenu.avertissements):
        typer.echo(f"  • {anomalie}")


@application.command()
def ouvrir(
    contexte: typer.Context,
    port: Port = 8501,
    adresse: Adresse = "127.0.0.1",
    commune: Annotated[
        str | None, typer.Option("--commune", help="Ville montrée à l’ouverture.")
    ] = None,
    epci: Epci = None,
    donnees: Donnees = None,
) -> None:
    """Ouvrir l’application sur les éditions publiées."""
    from observatoire.cli_perimetre import code_demande
    from observatoire.editions import edition_consultable, villes_consultables

    chemins = chemins_de(contexte, donnees)
    code = None if commune is None and epci is None else code_demande(commune, epci)
    if code is not None:
        edition_consultable(chemins, code)
    elif not villes_consultables(chemins):
        raise ErreurDemande(
            "Aucune édition n’est publiée : lancez « observatoire demo » ou « observatoire actualiser »."
        )
    _lancer_application(chemins, port, adresse, code)


@application.command()
def etat(contexte: typer.Context, en_json: EnJson = False, donnees: Donnees = None) -> None:
    """Dire quelles villes sont publiées, l’âge de leurs sources et ce qui attend une validation."""
    from observatoire.cli_etat import montrer_etat

    montrer_etat(chemins_de(contexte, donnees), en_json=en_json)


@application.command()
def indicateurs(contexte: typer.Context, en_json: EnJson = False, donnees: Donnees = None) -> None:
    """Énumérer les indicateurs par thème : définition, précaution, niveaux de diffusion."""
    from observatoire.catalogue import charger_catalogue
    from observatoire.cli_catalogue import montrer_indicateurs

    catalogue = charger_catalogue(*chemins_de(contexte, donnees).catalogues)
    montrer_indicateurs(catalogue, en_json=en_json)


def _comment_avoir(reference: Reference) -> str:
    """Quel fichier donner pour avoir une référence plus grande que la ville."""
    if reference is Reference.EPCI:
        return (
            " Donnez avec --depuis la table de composition des intercommunalités de l’Insee, et la table "
            "nationale de Filosofi par commune."
        )
    if reference in {Reference.VILLE, Reference.VILLE_HORS_QPV}:
        return ""
    return " Donnez avec --depuis la table nationale de Filosofi par commune."


@application.command()
def resultats(
    contexte: typer.Context,
    commune: Commune = None,
    epci: Epci = None,
    france: France = False,
    indicateur: Annotated[
        list[str] | None,
        typer.Option("--indicateur", help="Identifiant ; répétable. Tous par défaut."),
    ] = None,
    forme: Annotated[Format, typer.Option("--format", help="Format de la table.")] = Format.CSV,
    millesime: Annotated[
        int | None, typer.Option("--millesime", help="Année ; toutes par défaut.")
    ] = None,
    reference: Annotated[
        Reference, typer.Option("--reference", help="Référence des écarts.")
    ] = Reference.VILLE,
    donnees: Donnees = None,
) -> None:
    """Donner la table longue : valeurs, statuts, méthodes et écarts de chaque territoire."""
    from observatoire.cli_perimetre import code_demande
    from observatoire.editions import edition_consultable
    from observatoire.indicateurs import joindre_ecarts

    code = code_demande(commune, epci, france=france)
    edition = edition_consultable(chemins_de(contexte, donnees), code)
    presentes = list(edition.references["reference"].unique())
    if reference.value not in presentes:
        raise ErreurDemande(
            f"L’édition {edition.identifiant} n’a pas la référence « {reference.value} » ; disponibles : "
            f"{', '.join(presentes)}." + _comment_avoir(reference)
        )
    table = joindre_ecarts(edition.resultats, edition.ecarts, reference=reference.value)
    for identifiant in indicateur or []:
        if identifiant not in set(table["indicateur"]):
            _refuser_indicateur(identifiant, edition.manifeste["millesimes"])
    if indicateur:
        table = table[table["indicateur"].isin(indicateur)]
    if millesime is not None:
        table = table[table["millesime"] == millesime]
    if table.empty:
        raise ErreurDemande(
            "Aucune ligne pour cette demande : « observatoire etat » donne les millésimes publiés."
        )
    if forme is Format.JSON:
        enregistrements = json.loads(
            table.to_json(orient="records", force_ascii=False, double_precision=10)
        )
        typer.echo(json.dumps(enregistrements, ensure_ascii=False, indent=1))
    else:
        typer.echo(table.to_csv(index=False, float_format="%.10g"), nl=False)


@application.command()
def evolutions(
    contexte: typer.Context,
    commune: Commune = None,
    epci: Epci = None,
    france: France = False,
    indicateur: Annotated[
        list[str] | None,
        typer.Option("--indicateur", help="Identifiant ; répétable. Tous par défaut."),
    ] = None,
    forme: Annotated[
        FormatEvolutions, typer.Option("--format", help="Format des évolutions.")
    ] = FormatEvolutions.TEXTE,
    donnees: Donnees = None,
) -> None:
    """Dire ce qui a changé dans chaque territoire entre deux millésimes, et si l’on peut comparer."""
    from observatoire.catalogue import charger_catalogue
    from observatoire.cli_evolutions import montrer_evolutions
    from observatoire.cli_perimetre import code_demande
    from observatoire.editions import edition_consultable

    chemins = chemins_de(contexte, donnees)
    edition = edition_consultable(chemins, code_demande(commune, epci, france=france))
    catalogue = charger_catalogue(*chemins.catalogues)
    montrer_evolutions(edition, catalogue, indicateur or [], forme.value)


@application.command()
def comparer(
    contexte: typer.Context,
    ancienne: Annotated[
        str,
        typer.Argument(metavar="A", help="Édition, ou « precedente » ou « courante »."),
    ] = "precedente",
    nouvelle: Annotated[
        str,
        typer.Argument(metavar="B", help="Édition, ou « precedente » ou « courante »."),
    ] = "courante",
    commune: Commune = None,
    epci: Epci = None,
    france: France = False,
    en_json: EnJson = False,
    donnees: Donnees = None,
) -> None:
    """Dire quelles valeurs ont changé entre deux éditions, et pourquoi."""
    from observatoire.cli_comparaison import comparer_villes
    from observatoire.cli_perimetre import code_demande

    code = code_demande(commune, epci, france=france)
    comparer_villes(chemins_de(contexte, donnees), code, ancienne, nouvelle, en_json=en_json)


@application.command()
def publier(
    contexte: typer.Context,
    edition: EditionVoulue,
    commune: Commune = None,
    epci: Epci = None,
    france: France = False,
    motif: Motif = "",
    donnees: Donnees = None,
) -> None:
    """Publier une édition qui attend une validation."""
    from observatoire.cli_comparaison import publier as publier_edition_voulue
    from observatoire.cli_perimetre import code_demande

    code = code_demande(commune, epci, france=france)
    publier_edition_voulue(chemins_de(contexte, donnees), code, edition, motif=motif)


@application.command()
def revenir(
    contexte: typer.Context,
    edition: EditionVoulue,
    commune: Commune = None,
    epci: Epci = None,
    france: France = False,
    motif: Motif = "",
    donnees: Donnees = None,
) -> None:
    """Remettre en place une édition antérieure, après avoir vérifié son intégrité."""
    from observatoire.cli_comparaison import revenir as revenir_edition_voulue
    from observatoire.cli_perimetre import code_demande

    code = code_demande(commune, epci, france=france)
    revenir_edition_voulue(chemins_de(contexte, donnees), code, edition, motif=motif)


@application.command()
def journal(
    contexte: typer.Context,
    commune: Commune = None,
    epci: Epci = None,
    france: France = False,
    en_json: EnJson = False,
    donnees: Donnees = None,
) -> None:
    """Dire qui a actualisé, publié ou remis en place une édition, quand et pourquoi."""
    from observatoire.cli_comparaison import montrer_journal
    from observatoire.cli_perimetre import code_demande

    code = code_demande(commune, epci, france=france)
    montrer_journal(chemins_de(contexte, donnees), code, en_json=en_json)


@application.command()
def verifier(contexte: typer.Context, en_json: EnJson = False, donnees: Donnees = None) -> None:
    """Vérifier le catalogue, son accord avec les fichiers lus, et l’intégrité des éditions."""
    from observatoire.calages import charger_calage
    from observatoire.catalogue import charger_catalogue
    from observatoire.cli_catalogue import dire_variables_sans_colonne, variables_sans_colonne
    from observatoire.editions import edition_courante, villes_publiees

    chemins = chemins_de(contexte, donnees)
    catalogue = charger_catalogue(*chemins.catalogues)
    calage = charger_calage(chemins.calage)
    inconnus = [
        i.id for i in catalogue.indicateurs.values() if i.calage and i.calage not in calage.modeles
    ]
    if inconnus:
        raise ErreurDemande(
            f"Modèle de calage inconnu pour : {', '.join(inconnus)}. Corrigez la clé « calage » du "
            "catalogue, ou recalculez le modèle avec « observatoire caler »."
        )
    manques: dict[str, list[str]] = {}
    sans_colonne: dict[str, list[str]] = {}
    for code in villes_publiees(chemins):
        edition = edition_courante(chemins, code)
        edition.verifier()
        manques[code] = sorted(set(catalogue.indicateurs) - set(edition.manifeste["millesimes"]))
        sans_colonne[code] = variables_sans_colonne(edition, catalogue)
    if en_json:
        contenu = {
            "indicateurs": len(catalogue.indicateurs),
            "sources": len(catalogue.sources),
            "editions_integres": sorted(manques),
            "indicateurs_absents": manques,
            "variables_sans_colonne": sans_colonne,
        }
        typer.echo(json.dumps(contenu, ensure_ascii=False, indent=2))
        return
    temps = catalogue.temps
    regles = sum(len(f.regles) for f in temps.familles.values())
    typer.echo(
        f"Catalogue : {len(catalogue.sources)} sources, {len(catalogue.variables)} variables, "
        f"{len(catalogue.indicateurs)} indicateurs, sans faute."
    )
    typer.echo(
        f"Règles du temps : {regles}, pour {len(temps.familles)} familles de sources, sans faute."
    )
    sans = [i.id for i in catalogue.indicateurs.values() if not temps.familles_de(catalogue, i)]
    if sans:
        typer.echo(f"  sans règle de comparaison dans le temps : {', '.join(sans)}")
    for code, absents in manques.items():
        suite = f" ; sans données pour : {', '.join(absents)}" if absents else ""
        typer.echo(f"Édition courante de {code} : intègre{suite}.")
        if sans_colonne[code]:
            typer.echo(dire_variables_sans_colonne(sans_colonne[code]))
    if not manques:
        typer.echo("Aucune édition publiée.")


def principal() -> NoReturn:
    """Point d’entrée : traduit les erreurs prévues en message et en code 1."""
    franciser_typer()
    try:
        code = application(standalone_mode=False)
    except ErreurObservatoire as erreur:
        console_erreurs.print(
            f"[bold]Erreur :[/] {echapper(str(erreur))}", highlight=False, soft_wrap=True
        )
        sys.exit(1)
    except typer.Abort:
        console_erreurs.print("Interrompu.")
        sys.exit(1)
    except Exception as erreur:
        if not _est_faute_de_saisie(erreur):
            raise
        message = traduire_faute(str(getattr(erreur, "format_message")()))  # noqa: B009
        console_erreurs.print(f"[bold]Erreur :[/] {echapper(message)}", highlight=False)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _est_faute_de_saisie(erreur: Exception) -> bool:
    """Vrai pour une faute de saisie de Typer, dont la classe change de module selon les versions."""
    return hasattr(erreur, "format_message") and hasattr(erreur, "exit_code")


def _refuser_indicateur(identifiant: str, connus: dict[str, Any]) -> NoReturn:
    raise ErreurDemande(
        f"L’indicateur « {identifiant} » n’a pas de données dans cette édition. Disponibles : {', '.join(sorted(connus))}."
    )


def _lancer_application(chemins: Chemins, port: int, adresse: str, commune: str | None) -> None:
    from observatoire.lancement import lancer

    code = lancer(chemins, port=port, adresse=adresse, commune=commune)
    if code:
        raise typer.Exit(code)
