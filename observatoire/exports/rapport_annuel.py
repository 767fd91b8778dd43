"""Trame du rapport annuel de la politique de la ville en PDF, de la même présentation que la note."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from observatoire.cartes.francais import de_la_ville, typographier
from observatoire.exports.demande import Contexte
from observatoire.exports.modele import Modele
from observatoire.exports.reperes import AVIS_FICTIF, dire_document
from observatoire.exports.structure import Cartouche
from observatoire.exports.typographe import SERRES, composer_pdf, presentation
from observatoire.redaction import ecrire_date
from observatoire.suivi.bilan import Bilan
from observatoire.suivi.trame import Bloc, Tableau, annee_du_rapport, composer_trame

__all__ = ["cartouche_du_rapport", "composer_rapport_pdf"]

_GABARIT = "rapport.typ"


def composer_rapport_pdf(
    bilan: Bilan,
    contexte: Contexte,
    modele: Modele,
    *,
    annee: int | None = None,
    quartier: str | None = None,
    identifiant: str = "",
) -> bytes:
    """Composer la trame du rapport annuel.

    Parameters
    ----------
    bilan : Bilan
        Programme joint à l’édition protégée du contexte.
    contexte : Contexte
    modele : Modele
        Présentation de la collectivité.
    annee : int, optional
        Année retracée ; la dernière financée sinon.
    quartier : str, optional
        Un seul quartier ; tous sinon.
    identifiant : str
        Identifiant du document au registre.

    Raises
    ------
    ErreurDemande
        Logo que typst ne sait pas lire.
    """
    retenue = annee_du_rapport(bilan, annee)
    blocs = composer_trame(bilan, annee=retenue, quartier=quartier)
    donnees = _donnees(contexte, blocs, retenue, identifiant)
    publiee_le = str(contexte.edition.manifeste["publiee_le"])
    ranger = partial(_ranger, donnees, modele)
    return composer_pdf(_GABARIT, ranger, publiee_le=publiee_le, serres=SERRES)


def _ranger(donnees: dict[str, Any], modele: Modele, dossier: Path) -> dict[str, Any]:
    return {**presentation(modele, dossier), **donnees}


def cartouche_du_rapport(contexte: Contexte, annee: int, identifiant: str) -> Cartouche:
    """Titre, édition et identifiant du rapport, les mêmes en PDF et en DOCX."""
    edition = contexte.edition
    publiee_le = str(edition.manifeste["publiee_le"])
    nom = edition.nom_commune + (" (ville fictive)" if edition.est_fictive else "")
    titre = f"Rapport {annee} sur la mise en œuvre de la politique de la ville"
    return Cartouche(
        surtitre=typographier(f"Politique de la ville {de_la_ville(nom)}"),
        titre=titre,
        nom_document=typographier(f"{titre} {de_la_ville(nom)}"),
        nom_ville=edition.nom_commune,
        edition=edition.identifiant,
        date_edition=ecrire_date(datetime.fromisoformat(publiee_le).date()),
        publiee_le=publiee_le,
        identifiant=identifiant,
        avis_fictif=AVIS_FICTIF if edition.est_fictive else "",
    )


def _donnees(contexte: Contexte, blocs: list[Bloc], annee: int, identifiant: str) -> dict[str, Any]:
    cartouche = cartouche_du_rapport(contexte, annee, identifiant)
    return {
        **asdict(cartouche),
        "mots_cles": [
            cartouche.nom_ville, "contrat de ville", "rapport annuel", cartouche.edition,
        ],
        "blocs": _blocs(blocs),
        "dernier": dire_document(identifiant, cartouche.edition, cartouche.date_edition),
    }  # fmt: skip


def _blocs(blocs: list[Bloc]) -> list[dict[str, Any]]:
    """Blocs du gabarit ; des puces qui se suivent font une seule liste."""
    ecrits: list[dict[str, Any]] = []
    for bloc in blocs:
        if isinstance(bloc, Tableau):
            lignes = [[typographier(c) for c in ligne] for ligne in bloc.lignes]
            ecrits.append({"genre": "tableau", "entetes": list(bloc.entetes), "lignes": lignes})
        elif bloc.genre != "puce":
            ecrits.append({"genre": bloc.genre, "texte": typographier(bloc.texte)})
        elif ecrits and ecrits[-1]["genre"] == "puces":
            ecrits[-1]["lignes"].append(typographier(bloc.texte))
        else:
            ecrits.append({"genre": "puces", "lignes": [typographier(bloc.texte)]})
    return ecrits
