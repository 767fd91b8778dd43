"""Rapport annuel de la politique de la ville : ce qu’il dit, une fois, et sa forme en PDF.

La forme Word est dans :mod:`observatoire.exports.rapport_word` ; les deux lisent le même :class:`Rapport`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from observatoire.cartes.francais import de_la_ville, typographier
from observatoire.exports.demande import Contexte
from observatoire.exports.modele import Modele
from observatoire.exports.reperes import (
    AVIS_FICTIF,
    AVIS_SOURCES_FICTIVES,
    SourceCitee,
    citer_suivi,
    dire_document,
)
from observatoire.exports.structure import Cartouche
from observatoire.exports.typographe import SERRES, composer_pdf, presentation
from observatoire.redaction import ecrire_date
from observatoire.suivi.bilan import Bilan
from observatoire.suivi.trame import (
    Bloc,
    Tableau,
    annee_du_rapport,
    composer_trame,
    constats_du_rapport,
    ecarts_nommes,
)

__all__ = ["Rapport", "composer_rapport", "composer_rapport_pdf"]

_GABARIT = "rapport.typ"


@dataclass(frozen=True)
class Rapport:
    """Un rapport composé, que le PDF et le DOCX écrivent chacun à leur façon."""

    cartouche: Cartouche
    blocs: tuple[Bloc, ...]
    cites: frozenset[tuple[str, str, int]]
    """Territoire, indicateur et millésime de chaque chiffre cité."""
    sources: tuple[SourceCitee, ...]
    avis_sources: str
    dernier: str


def composer_rapport(
    bilan: Bilan,
    contexte: Contexte,
    *,
    annee: int | None = None,
    quartier: str | None = None,
    identifiant: str = "",
) -> Rapport:
    """Composer la trame du rapport annuel.

    Parameters
    ----------
    bilan : Bilan
        Programme joint à l’édition protégée du contexte.
    contexte : Contexte
    annee : int, optional
        Année retracée ; la dernière financée sinon.
    quartier : str, optional
        Un seul quartier ; tous sinon.
    identifiant : str
        Identifiant du document au registre.
    """
    edition = contexte.edition
    retenue = annee_du_rapport(bilan, annee)
    cartouche = _cartouche(contexte, retenue, identifiant)
    constats = constats_du_rapport(bilan, quartier)
    cites = frozenset((q, c.indicateur, c.millesime) for q, siens in constats for c in siens)
    # Un grand écart sans action est affirmé sans chiffre : sa source est due aussi.
    montres = {(i, a) for _, i, a in cites} | ecarts_nommes(bilan, quartier)
    return Rapport(
        cartouche=cartouche,
        blocs=tuple(composer_trame(bilan, annee=retenue, quartier=quartier)),
        cites=cites,
        sources=citer_suivi(edition, bilan.jour, montres),
        avis_sources=AVIS_SOURCES_FICTIVES if edition.est_fictive else "",
        dernier=dire_document(
            identifiant, cartouche.edition, cartouche.date_edition, suivi=ecrire_date(bilan.jour)
        ),
    )


def _cartouche(contexte: Contexte, annee: int, identifiant: str) -> Cartouche:
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


def composer_rapport_pdf(rapport: Rapport, modele: Modele) -> bytes:
    """Mettre le rapport en PDF, de la même présentation que la note.

    Raises
    ------
    ErreurDemande
        Logo que typst ne sait pas lire.
    """
    ranger = partial(_ranger, rapport, modele)
    return composer_pdf(_GABARIT, ranger, publiee_le=rapport.cartouche.publiee_le, serres=SERRES)


def _ranger(rapport: Rapport, modele: Modele, dossier: Path) -> dict[str, Any]:
    cartouche = rapport.cartouche
    return {
        **presentation(modele, dossier),
        **asdict(cartouche),
        "mots_cles": [
            cartouche.nom_ville, "contrat de ville", "rapport annuel", cartouche.edition,
        ],
        "blocs": _blocs(rapport.blocs),
        "sources": [s.en_ligne for s in rapport.sources],
        "avis_sources": rapport.avis_sources,
        "dernier": rapport.dernier,
    }  # fmt: skip


def _blocs(blocs: tuple[Bloc, ...]) -> list[dict[str, Any]]:
    """Blocs du gabarit ; des puces qui se suivent font une seule liste."""
    ecrits: list[dict[str, Any]] = []
    for bloc in blocs:
        if isinstance(bloc, Tableau):
            lignes = [[typographier(c) for c in ligne] for ligne in bloc.lignes]
            ecrits.append(
                {
                    "genre": "tableau", "entetes": list(bloc.entetes), "lignes": lignes,
                    "parts": list(bloc.parts), "solidaire": bloc.est_solidaire,
                }
            )  # fmt: skip
        elif bloc.genre != "puce":
            ecrits.append({"genre": bloc.genre, "texte": typographier(bloc.texte)})
        elif ecrits and ecrits[-1]["genre"] == "puces":
            ecrits[-1]["lignes"].append(typographier(bloc.texte))
        else:
            ecrits.append({"genre": "puces", "lignes": [typographier(bloc.texte)]})
    return ecrits
