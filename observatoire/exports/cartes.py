"""Cartes imprimées comme documents : une, deux côte à côte, ou une série."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from observatoire.cartes.carte_papier import exporter_carte
from observatoire.cartes.composition_jumelles import exporter_jumelles
from observatoire.cartes.depuis_edition import vue_depuis_edition
from observatoire.cartes.jumelles import vues_jumelles_depuis_edition
from observatoire.cartes.lieux_papier import poser_lieux
from observatoire.cartes.modeles import VueCarte
from observatoire.domaine import Statut
from observatoire.erreurs import ErreurDemande
from observatoire.exports.demande import Contexte, Demande, Document

__all__ = ["ecrire_carte", "ecrire_jumelles"]

_COLONNES = ["code_territoire", "valeur", "ecart", "statut"]


def ecrire_carte(
    contexte: Contexte, demande: Demande, sortie: Path, document: str = ""
) -> Document:
    """Écrire une carte imprimée ; avec un quartier, elle est cadrée sur lui.

    Parameters
    ----------
    contexte : Contexte
    demande : Demande
        Un indicateur, et au plus un millésime et un quartier.
    sortie : Path
        Fichier ``.png``, ``.svg`` ou ``.pdf``.
    document : str
        Identifiant au registre des exports.

    Raises
    ------
    ErreurDemande
        Si la demande n’est pas celle d’une seule carte, ou ne convient pas à l’édition.
    """
    if len(demande.indicateurs) != 1 or len(demande.millesimes) > 1 or len(demande.quartiers) > 1:
        raise ErreurDemande(
            "Une carte montre un seul indicateur, d’une seule année, autour d’un quartier au plus. "
            "Pour plusieurs cartes : « observatoire exporter serie »."
        )
    vue = vue_depuis_edition(
        contexte.edition,
        indicateur=demande.indicateurs[0],
        millesime=demande.millesimes[0] if demande.millesimes else None,
        quartier=demande.quartiers[0] if demande.quartiers else "",
        classes=demande.classes,
        **_communs(contexte, demande),
    )
    vue = poser_lieux(vue, contexte.edition, demande.lieux)
    fichiers = exporter_carte(vue, sortie, document=document, **_page(demande))
    return Document(tuple(fichiers), _valeurs(vue))


def ecrire_jumelles(
    contexte: Contexte, demande: Demande, sortie: Path, document: str = ""
) -> Document:
    """Écrire deux cartes aux mêmes classes : deux indicateurs, ou deux millésimes d’un seul.

    Parameters
    ----------
    contexte, sortie, document
        Voir :func:`ecrire_carte`.
    demande : Demande
        Deux indicateurs et au plus un millésime, ou un indicateur et deux millésimes.

    Raises
    ------
    ErreurDemande
        Si la demande n’est pas celle de deux cartes comparables.
    """
    ids, annees = demande.indicateurs, demande.millesimes
    if (len(ids), len(annees)) == (1, 2):
        ids = (ids[0], ids[0])
    elif len(ids) != 2 or len(annees) > 2:
        raise ErreurDemande(
            "Deux cartes côte à côte demandent deux indicateurs (--indicateur A --indicateur B) "
            "ou deux millésimes d’un même indicateur (--millesime A --millesime B)."
        )
    gauche, droite = annees if len(annees) == 2 else (annees or (None,)) * 2
    vues = vues_jumelles_depuis_edition(
        contexte.edition,
        indicateurs=(ids[0], ids[1]),
        millesimes=(gauche, droite),
        **_communs(contexte, demande),
    )
    fichiers = exporter_jumelles(vues, sortie, document=document, **_page(demande))
    return Document(tuple(fichiers), pd.concat([_valeurs(v) for v in vues.vues], ignore_index=True))


def _communs(contexte: Contexte, demande: Demande) -> dict[str, Any]:
    """Ce qu’une carte et deux cartes jumelles demandent de même à l’édition."""
    return {
        "vue": demande.vue,
        "niveau": demande.niveau,
        "reference": demande.reference,
        "catalogue": contexte.catalogue,
    }


def _page(demande: Demande) -> dict[str, str]:
    return {"format_page": demande.format_page, "orientation": demande.orientation}


def _valeurs(vue: VueCarte) -> pd.DataFrame:
    """Valeurs que la carte et son texte citent : ses zones et ses quartiers."""
    tables = [t for t in (vue.zones, vue.qpv) if set(_COLONNES) <= set(t.columns) and len(t)]
    table = pd.concat([pd.DataFrame(t)[[*_COLONNES, "bornes_seules"]] for t in tables])
    table = table.drop_duplicates("code_territoire")
    table.loc[table["bornes_seules"].astype(bool), ["valeur", "ecart"]] = float("nan")
    inconnues = table["valeur"].isna() & ~table["statut"].isin([s.value for s in Statut])
    assert not inconnues.any()
    return table.assign(
        indicateur=vue.indicateur_id, millesime=vue.millesime, reference=vue.reference
    )
