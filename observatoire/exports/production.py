"""Produire un document : l’écrire, puis l’inscrire au registre."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from observatoire.cartes.ecriture_papier import verifier_sortie
from observatoire.catalogue import charger_catalogue
from observatoire.chemins import Chemins
from observatoire.editions import edition_consultable, extraire_ville
from observatoire.erreurs import Anomalie, ErreurDemande, ErreurObservatoire
from observatoire.exports import FORMATS
from observatoire.exports.demande import Contexte, Demande, indicateurs_demandes
from observatoire.exports.noms import dans_dossier, nom_de_fichier
from observatoire.exports.protection import EditionProtegee, proteger
from observatoire.exports.registre import inscrire, nouvel_identifiant
from observatoire.perimetre import CODE_FRANCE

__all__ = [
    "Production",
    "ouvrir_contexte",
    "produire",
    "produire_par_ville",
    "produire_tout",
    "villes_du_contexte",
]

_VEDETTE = "taux_pauvrete"


@dataclass(frozen=True, slots=True)
class Production:
    """Un document écrit et inscrit."""

    identifiant: str
    format: str
    fichiers: tuple[Path, ...]


def ouvrir_contexte(chemins: Chemins, code: str) -> Contexte:
    """Édition courante d’une ville, protégée, avec le catalogue de la ville.

    Raises
    ------
    ErreurDemande
        Pour la France entière, dont on exporte les villes une à une.
    ErreurEdition
        Si la ville n’a pas d’édition.
    """
    if code == CODE_FRANCE:
        raise ErreurDemande(
            "La France entière ne s’exporte pas d’un bloc : donnez une de ses villes (--commune)."
        )
    catalogue = charger_catalogue(*chemins.catalogues)
    return Contexte(proteger(edition_consultable(chemins, code), catalogue), catalogue, chemins)


def produire(
    contexte: Contexte,
    format_document: str,
    demande: Demande,
    sortie: Path,
    *,
    complements: Mapping[str, Any] | None = None,
) -> Production:
    """Écrire un document et l’inscrire.

    Parameters
    ----------
    contexte : Contexte
    format_document : str
        Clé de :data:`observatoire.exports.FORMATS`.
    demande : Demande
    sortie : Path
        Fichier à écrire ; un fichier présent n’est remplacé qu’entier.
    complements : mapping, optional
        Paramètres à inscrire avec la demande.

    Raises
    ------
    ErreurDemande
        Si le format, l’extension ou la demande ne conviennent pas, ou si le dossier manque.
    """
    verifier_destination(format_document, sortie)
    identifiant = nouvel_identifiant()
    document = FORMATS[format_document].ecrire(contexte, demande, sortie, identifiant)
    inscrire(
        contexte.chemins,
        contexte.edition,
        identifiant=identifiant,
        format=format_document,
        parametres={**demande.en_json(), **(complements or {})},
        valeurs=document.valeurs,
        fichier=document.fichiers,
    )
    return Production(identifiant, format_document, document.fichiers)


def villes_du_contexte(contexte: Contexte) -> list[Contexte]:
    """Les villes d’une intercommunalité qui ont un quartier prioritaire, par nom ; sinon la ville."""
    edition = contexte.edition
    if edition.perimetre == "ville":
        return [contexte]
    origine = edition.origine if isinstance(edition, EditionProtegee) else edition
    villes = [
        extraire_ville(origine, code)
        for code in sorted(origine.villes, key=lambda c: (origine.villes[c], c))
    ]
    return [
        replace(contexte, edition=proteger(ville, contexte.catalogue))
        for ville in villes
        if len(ville.couches["qpv"])
    ]


def produire_par_ville(
    contexte: Contexte, format_document: str, demande: Demande, sortie: Path
) -> list[Production]:
    """Écrire un document ; d’une intercommunalité, un par ville s’il se fait pour une ville.

    Parameters
    ----------
    contexte, format_document, demande
        Voir :func:`produire` ; des quartiers demandés restent les villes qui en ont.
    sortie : Path
        Le nom de la ville s’y ajoute quand il y en a plusieurs : ``note-grenoble.pdf``.

    Raises
    ------
    ErreurDemande
        Si la demande ne convient pas, ou si aucune ville n’a de quartier prioritaire.
    """
    if not FORMATS[format_document].par_ville or contexte.edition.perimetre == "ville":
        return [produire(contexte, format_document, demande, sortie)]
    indicateurs_demandes(contexte, demande)
    produits = []
    for ville in villes_du_contexte(contexte):
        siens = set(ville.edition.couches["qpv"]["code_territoire"])
        choisis = tuple(q for q in demande.quartiers if q in siens)
        if demande.quartiers and not choisis:
            continue
        nom = nom_de_fichier(ville.edition.nom_commune)
        chemin = sortie.with_stem(f"{sortie.stem}-{nom}")
        produits.append(
            produire(ville, format_document, replace(demande, quartiers=choisis), chemin)
        )
    if not produits:
        raise ErreurDemande(
            f"Aucune ville de {contexte.edition.nom_commune} n’a de quartier prioritaire."
        )
    return produits


def verifier_destination(format_document: str, sortie: Path) -> None:
    """Refuser un format ou une extension inconnus, ou un dossier absent, avant tout calcul.

    Raises
    ------
    ErreurDemande
    """
    if format_document not in FORMATS:
        raise ErreurDemande(
            f"Format de document « {format_document} » inconnu : {', '.join(FORMATS)}."
        )
    extensions = FORMATS[format_document].extensions
    verifier_sortie(sortie, extensions, f"un document de format « {format_document} »")


def produire_tout(
    contexte: Contexte,
    demande: Demande,
    dossier: Path,
    *,
    suivi: Callable[[Production], None] | None = None,
) -> list[Production]:
    """Faire tous les documents d’une ville dans un dossier, créé au besoin.

    Un document impossible n’empêche pas les autres ; toutes les fautes sont dites à la fin.

    Parameters
    ----------
    contexte : Contexte
    demande : Demande
    dossier : Path
    suivi : callable, optional
        Appelé après chaque document.

    Raises
    ------
    ErreurDemande
        Après avoir fait les autres, si des documents sont impossibles.
    """
    indicateurs_demandes(contexte, demande)
    dossier.mkdir(parents=True, exist_ok=True)
    base = nom_de_fichier(contexte.edition.nom_commune)
    produits: list[Production] = []
    fautes: list[Anomalie] = []
    for nom, choix, suffixe in _taches(contexte, demande):
        sortie = dans_dossier(dossier, f"{base}-{suffixe}")
        try:
            faits = produire_par_ville(contexte, nom, choix, sortie)
        except ErreurObservatoire as erreur:
            fautes.append(Anomalie(str(erreur), fichier=sortie.name))
            continue
        produits += faits
        if suivi:
            for fait in faits:
                suivi(fait)
    if fautes:
        raise ErreurDemande(
            f"{len(produits)} documents sont faits ; {len(fautes)} n’ont pas pu l’être.", fautes
        )
    return produits


def _taches(contexte: Contexte, demande: Demande) -> list[tuple[str, Demande, str]]:
    """Format, demande et fin du nom de fichier de chaque document."""
    taches = [
        (nom, demande, f"{f.nom_de_fichier or nom}{extension}")
        for nom, f in FORMATS.items()
        for extension in f.dans_tout
    ]
    indicateurs = [i for i in indicateurs_demandes(contexte, demande) if not i.est_stock]
    if indicateurs:
        ids = [i.id for i in indicateurs]
        vedette = _VEDETTE if _VEDETTE in ids and not demande.indicateurs else ids[0]
        carte = replace(demande, indicateurs=(vedette,), themes=(), quartiers=())
        # Chaque carte a son équivalent en texte : deux noms, pour que l’un n’écrase pas l’autre.
        taches += [("carte", carte, "carte.pdf"), ("carte", carte, "carte-image.png")]
    return taches
