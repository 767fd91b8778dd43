"""Correspondance officielle entre les quartiers prioritaires de 2024 et ceux de 2015."""

from __future__ import annotations

import re

import pandas as pd

from observatoire.catalogue import Catalogue
from observatoire.erreurs import Anomalie, lever_si_erreurs
from observatoire.ingestion.codes import en_codes
from observatoire.ingestion.modeles import FichierReconnu, Inventaire
from observatoire.ingestion.reconnaissance import resoudre_colonne
from observatoire.ingestion.tableaux import lire_table_brute

__all__ = ["lire_correspondance"]

_SOURCE = "correspondance_qpv"
_CODE = re.compile(r"Q[NP][0-9A-Z]{6}")


def lire_correspondance(
    inventaire: Inventaire, catalogue: Catalogue
) -> tuple[pd.DataFrame, list[FichierReconnu]]:
    """Lire la table de correspondance, si elle est donnée.

    Parameters
    ----------
    inventaire : Inventaire
        Fichiers reconnus ; le premier l’emporte.
    catalogue : Catalogue
        Déclarations ; les colonnes sont celles de la source ``correspondance_qpv``.

    Returns
    -------
    correspondance : pandas.DataFrame
        ``code_2024, code_2015`` ; une ligne par paire, ou une seule dont ``code_2015`` est vide
        pour un quartier nouveau. Vide si aucun fichier n’est donné.
    fichiers : list of FichierReconnu
        Le fichier lu.

    Raises
    ------
    ErreurDonnees
        Si un code n’a pas la forme d’un code de quartier.
    """
    source = catalogue.sources[_SOURCE]
    for fichier in (f for f in inventaire.reconnus if f.source == _SOURCE):
        noms = [*source.colonnes["code_2024"], *source.colonnes["code_2015"]]
        trouvees = [resoudre_colonne(fichier.colonnes, n) for n in noms]
        colonnes = [c for c in trouvees if c is not None]
        brute = lire_table_brute(fichier, colonnes)
        listes = [
            [str(v or "").strip() for v in en_codes(brute.colonnes[c]).to_pylist()]
            for c in colonnes
        ]
        _verifier(fichier, listes)
        paires = []
        for actuel, *anciens in zip(*listes, strict=True):
            paires += [(actuel, a) for a in anciens if a] or [(actuel, "")]
        return pd.DataFrame(paires, columns=["code_2024", "code_2015"]), [fichier]
    return pd.DataFrame(columns=["code_2024", "code_2015"]), []


def _verifier(fichier: FichierReconnu, listes: list[list[str]]) -> None:
    mauvais = sorted({c for liste in listes for c in liste if c and not _CODE.fullmatch(c)})
    message = (
        f"{len(mauvais)} codes de quartier illisibles, le premier est « {mauvais[0]} »"
        if mauvais
        else ""
    )
    remede = "reprenez le fichier du producteur"
    lever_si_erreurs(
        "La correspondance des quartiers ne peut être employée :",
        [Anomalie(message, fichier.nom, remede=remede)] if mauvais else [],
    )
