"""Ce que partagent les commandes qui écrivent pour une ville : laquelle, son contour, son verrou, ce qu’on en dit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from observatoire.chemins import Chemins
from observatoire.cli_affichage import prevenir
from observatoire.cli_options import chemins_de
from observatoire.erreurs import Anomalie, ErreurDemande, ErreurEdition

if TYPE_CHECKING:
    import shapely

__all__ = ["Ville", "commune_de", "commune_ou_toutes", "dire", "ouvrir_ville"]


@dataclass(frozen=True, slots=True)
class Ville:
    """Ville à laquelle une commande ajoute un fichier."""

    chemins: Chemins
    code: str
    nom: str
    """Nom de son édition courante ; le code sans édition."""
    contour: shapely.Geometry | None
    """En projection légale ; ``None`` sans édition."""


@contextmanager
def ouvrir_ville(
    contexte: typer.Context, commune: str | None, donnees: Path | None
) -> Iterator[Ville]:
    """Ville demandée, que personne d’autre n’écrit pendant ce temps."""
    from observatoire.editions import verrouiller_ville

    chemins = chemins_de(contexte, donnees)
    code = commune_de(chemins, commune)
    nom, contour = _contour(chemins, code)
    with verrouiller_ville(chemins, code, informer=prevenir):
        yield Ville(chemins, code, nom, contour)


def commune_de(chemins: Chemins, commune: str | None) -> str:
    """Commune demandée ; à défaut, la seule ville publiée.

    Raises
    ------
    ErreurDemande
        Si la demande est ambiguë ou mal écrite.
    """
    from observatoire.editions import villes_publiees
    from observatoire.perimetre import perimetre_ville
    from observatoire.territoires import code_ville

    if commune is not None:
        perimetre_ville(commune)
        return code_ville(commune)
    publiees = [c for c in villes_publiees(chemins) if len(c) == 5]
    if len(publiees) == 1:
        return publiees[0]
    suite = f" Villes publiées : {', '.join(sorted(publiees))}." if publiees else ""
    raise ErreurDemande(f"Indiquez la ville avec --commune.{suite}")


def commune_ou_toutes(chemins: Chemins, commune: str | None) -> str | None:
    """Commune demandée, contrôlée ; ``None`` pour toutes."""
    return None if commune is None else commune_de(chemins, commune)


def dire(avertissements: Sequence[Anomalie]) -> None:
    """Écrire les avertissements, un par ligne."""
    for anomalie in avertissements:
        typer.echo(f"  • {anomalie}")


def _contour(chemins: Chemins, code_commune: str) -> tuple[str, shapely.Geometry | None]:
    """Nom et contour de la ville dans son édition courante, s’il y en a une."""
    import shapely

    from observatoire.editions import edition_consultable

    try:
        edition = edition_consultable(chemins, code_commune)
    except ErreurEdition:
        return code_commune, None
    formes = edition.couches["iris"].geometry.to_numpy()
    return edition.nom_commune, shapely.union_all(formes)
