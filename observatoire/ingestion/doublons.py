"""Deux fichiers d’une même source et d’une même année : un seul est employé, et c’est dit."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence

from observatoire.catalogue import Catalogue
from observatoire.erreurs import Anomalie, ErreurDonnees
from observatoire.ingestion.archives import ERREURS_ZIP, lire_octets
from observatoire.ingestion.modeles import FichierReconnu

__all__ = ["dire_doublons"]


def dire_doublons(reconnus: Sequence[FichierReconnu], catalogue: Catalogue) -> list[Anomalie]:
    """Nommer les tables laissées de côté parce qu’une autre, donnée avant, est de la même année.

    Le même fichier donné deux fois (dans le cache et dans le dossier de dépôt, par exemple) ne
    change rien aux chiffres : il n’est pas dit.

    Parameters
    ----------
    reconnus : sequence of FichierReconnu
        Par ordre de préférence.
    catalogue : Catalogue
        Déclarations ; seules comptent les tables employées dans les calculs.

    Returns
    -------
    list of Anomalie
        Un avertissement par fichier laissé de côté ; il nomme les deux.
    """
    premiers: dict[tuple[str, int | None], FichierReconnu] = {}
    anomalies = []
    for fichier in reconnus:
        source = catalogue.sources[fichier.source]
        if not source.est_tabulaire or source.usage != "calcul":
            continue
        premier = premiers.setdefault((fichier.source, fichier.millesime), fichier)
        if premier is fichier or _meme_contenu(premier, fichier):
            continue
        annee = "sans année" if fichier.millesime is None else str(fichier.millesime)
        anomalies.append(
            Anomalie(
                f"laissé de côté : {_situer(premier)}, donné avant, est de la même source et de la "
                f"même année ({source.titre}, {annee})",
                _situer(fichier),
                remede="ôtez l’un des deux, ou donnez d’abord celui qu’il faut employer",
                gravite="avertissement",
            )
        )
    return anomalies


def _situer(fichier: FichierReconnu) -> str:
    """Le nom avec son dossier : deux fichiers d’une même année portent souvent le même nom."""
    return f"{fichier.chemin.parent.name}/{fichier.nom}"


def _meme_contenu(premier: FichierReconnu, second: FichierReconnu) -> bool:
    try:
        if _taille(premier) != _taille(second):
            return False
        lieux = ((f.chemin, f.membre) for f in (premier, second))
        un, autre = (lire_octets(chemin, membre) for chemin, membre in lieux)
    except (ErreurDonnees, OSError, KeyError, *ERREURS_ZIP):
        # Illisible : la lecture le dira ; rien ne prouve que ce soit le même.
        return False
    return un == autre


def _taille(fichier: FichierReconnu) -> int:
    if not fichier.membre:
        return fichier.chemin.stat().st_size
    with zipfile.ZipFile(fichier.chemin) as archive:
        return archive.getinfo(fichier.membre).file_size
