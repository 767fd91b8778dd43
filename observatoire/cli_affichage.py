"""Ce que la commande écrit : comptes rendus, avertissements, messages."""

from __future__ import annotations

from typing import Any

import typer
from rich.console import Console

__all__ = [
    "afficher_compte_rendu",
    "annoncer",
    "console",
    "console_erreurs",
    "decrire_compte_rendu",
    "echapper",
    "prevenir",
    "suivi",
]

console = Console()
console_erreurs = Console(stderr=True)


def echapper(texte: str) -> str:
    """Rendre inoffensifs les crochets, que rich prendrait pour du style."""
    return texte.replace("[", r"\[")


def suivi(nom: str, secondes: float) -> None:
    """Écrire une étape finie et sa durée."""
    console.print(f"  ✓ {nom} ({secondes:.1f} s)".replace(".", ","), highlight=False)


def prevenir(phrase: str) -> None:
    """Écrire une phrase sur la sortie d’erreur."""
    console_erreurs.print(echapper(phrase), highlight=False, soft_wrap=True)


def annoncer(production: Any) -> None:
    """Dire les fichiers écrits et l’identifiant du document."""
    for fichier in production.fichiers:
        typer.echo(f"Écrit : {fichier} (document {production.identifiant})")


def afficher_compte_rendu(compte_rendu: Any) -> None:
    """Écrire le compte rendu d’une actualisation."""
    edition = compte_rendu.edition
    fictive = " (ville fictive)" if edition.est_fictive else ""
    total = sum(duree for _, duree in compte_rendu.etapes)
    verbe = "construite" if compte_rendu.a_valider else "publiée"
    duree = f"{total:.1f}".replace(".", ",")
    console.print(
        f"Édition {edition.identifiant} de {edition.nom_commune}{fictive} {verbe} en {duree} s.",
        highlight=False,
        soft_wrap=True,
    )
    couches = edition.couches
    if edition.perimetre != "ville":
        console.print(f"  {len(edition.villes)} communes :", highlight=False)
    console.print(
        f"  {len(couches['iris'])} IRIS, {len(couches['qpv'])} quartiers prioritaires, {len(couches['secteurs'])} secteurs ; "
        f"{len(edition.manifeste['millesimes'])} indicateurs ; {len(compte_rendu.fichiers)} fichiers employés.",
        highlight=False,
    )
    masques = ", ".join(
        f"{t} {p:.0%}".replace("%", " %") for t, p in sorted(compte_rendu.part_masquee.items())
    )
    console.print(f"  Part des valeurs masquées : {masques}.", highlight=False)
    if compte_rendu.avertissements:
        console.print(f"  {len(compte_rendu.avertissements)} avertissement(s) :", highlight=False)
        for anomalie in compte_rendu.avertissements[:12]:
            console.print(f"    • {echapper(str(anomalie))}", highlight=False, soft_wrap=True)
        reste = len(compte_rendu.avertissements) - 12
        if reste > 0:
            console.print(
                f"    … et {reste} autres, dans le manifeste de l’édition.", highlight=False
            )
    if compte_rendu.non_reconnus:
        noms = ", ".join(nom for nom, _ in compte_rendu.non_reconnus[:8])
        suite = "…" if len(compte_rendu.non_reconnus) > 8 else ""
        console.print(
            f"  Fichiers non reconnus, laissés de côté : {echapper(noms)}{suite}",
            highlight=False,
            soft_wrap=True,
        )
    if compte_rendu.a_valider:
        from observatoire.cli_comparaison import afficher_attente

        afficher_attente(compte_rendu)


def decrire_compte_rendu(compte_rendu: Any) -> dict[str, Any]:
    """Compte rendu lisible par un programme."""
    edition = compte_rendu.edition
    return {
        "edition": edition.identifiant,
        "code_commune": edition.code_commune,
        "dossier": str(edition.dossier),
        "etapes": [{"nom": n, "secondes": round(s, 3)} for n, s in compte_rendu.etapes],
        "fichiers": [f.nom for f in compte_rendu.fichiers],
        "avertissements": [str(a) for a in compte_rendu.avertissements],
        "non_reconnus": [{"fichier": n, "raison": r} for n, r in compte_rendu.non_reconnus],
        "part_masquee": compte_rendu.part_masquee,
        "perimetre": edition.perimetre,
        "communes": len(edition.villes),
        "laissees_de_cote": {
            ville: [str(a) for a in anomalies] for ville, anomalies in compte_rendu.laissees.items()
        },
        "a_valider": compte_rendu.a_valider,
        "raisons": _raisons(compte_rendu),
        "changements": None
        if compte_rendu.comparaison is None
        else compte_rendu.comparaison.comptes,
    }


def _raisons(compte_rendu: Any) -> list[str]:
    """Pourquoi l’édition attend une validation ; vide si elle est publiée."""
    from observatoire.editions.redaction_comparaison import raisons_invraisemblables

    return raisons_invraisemblables(compte_rendu.comparaison) if compte_rendu.a_valider else []
