"""Publication d’une édition : écrite à part, vérifiée, puis renommée d’un coup.

Une édition est un dossier immuable. Le pointeur ``courante.txt`` est remplacé de
façon atomique, en dernier : si le processus est interrompu à n’importe quel moment,
l’édition précédente reste entière et courante.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from observatoire.chemins import Chemins
from observatoire.erreurs import ErreurEdition
from observatoire.ingestion.modeles import empreinte_fichier

__all__ = [
    "FORMAT_EDITION",
    "ecrire_edition",
    "lister_editions",
    "publier_edition",
    "remplacer_texte",
    "rendre_courante",
]

FORMAT_EDITION = 1
_PREFIXE_TEMPORAIRE = ".en-cours-"
_TABLES_A_LA_FOIS = 2  # l’une attend le disque pendant que l’autre se compresse


def publier_edition(
    chemins: Chemins,
    code_commune: str,
    *,
    tables: Mapping[str, pd.DataFrame],
    manifeste: Mapping[str, Any],
    maintenant: datetime | None = None,
) -> Path:
    """Écrire une édition et en faire l’édition courante de la ville.

    Parameters
    ----------
    chemins : Chemins
        Arborescence des données.
    code_commune : str
        Code de la ville, cinq caractères.
    tables : mapping of str to DataFrame
        Nom de fichier sans suffixe → table ; les GeoDataFrame sont écrites en
        GeoParquet, les autres en Parquet.
    manifeste : mapping
        Provenance de l’édition ; complété par l’identifiant, la date, le format et
        l’empreinte de chaque fichier.
    maintenant : datetime, optional
        Date de publication (UTC) ; par défaut, l’instant présent.

    Returns
    -------
    pathlib.Path
        Dossier de l’édition publiée.

    Raises
    ------
    ErreurEdition
        Si le disque refuse l’écriture ; rien de publié auparavant n’est touché.
    """
    return ecrire_edition(
        chemins,
        code_commune,
        tables=tables,
        manifeste=manifeste,
        maintenant=maintenant,
        apres=lambda identifiant: rendre_courante(chemins, code_commune, identifiant),
    )


def ecrire_edition(
    chemins: Chemins,
    code_commune: str,
    *,
    tables: Mapping[str, pd.DataFrame],
    manifeste: Mapping[str, Any],
    maintenant: datetime | None = None,
    avant: Callable[[str], None] | None = None,
    apres: Callable[[str], None] | None = None,
) -> Path:
    """Écrire une édition complète, sans toucher à l’édition courante.

    Parameters
    ----------
    chemins, code_commune, tables, manifeste, maintenant
        Comme pour :func:`publier_edition`.
    avant, apres : callable, optional
        Appelés avec l’identifiant juste avant que l’édition apparaisse, et juste après ;
        leur ``OSError`` est traitée comme celles de l’écriture.

    Returns
    -------
    pathlib.Path
        Dossier de l’édition.

    Raises
    ------
    ErreurEdition
        Si le disque refuse l’écriture ; rien de publié auparavant n’est touché.
    """
    instant = maintenant or datetime.now(UTC)
    ville = chemins.ville(code_commune)
    try:
        ville.mkdir(parents=True, exist_ok=True)
        _effacer_restes(ville)
        temporaire = Path(
            tempfile.mkdtemp(prefix=f"{_PREFIXE_TEMPORAIRE}{os.getpid()}-", dir=ville)
        )
    except OSError as erreur:
        raise ErreurEdition(
            f"Impossible d’écrire dans « {ville} » ({erreur}) : vérifiez les droits et la place."
        ) from erreur
    try:
        chemins_tables = [temporaire / f"{nom}.parquet" for nom in tables]
        with ThreadPoolExecutor(_TABLES_A_LA_FOIS) as fils:
            empreintes = dict(
                zip(tables, fils.map(_ecrire_table, tables.values(), chemins_tables), strict=True)
            )
        identifiant = f"{instant:%Y-%m-%d}-{secrets.token_hex(3)}"
        complet = {
            "format": FORMAT_EDITION,
            "edition": identifiant,
            "publiee_le": instant.isoformat(timespec="seconds"),
            **manifeste,
            "fichiers": empreintes,
        }
        _ecrire_texte(
            temporaire / "manifeste.json", json.dumps(complet, ensure_ascii=False, indent=2)
        )
        destination = ville / identifiant
        if avant:
            avant(identifiant)
        temporaire.rename(destination)
        _synchroniser(ville)
        if apres:
            apres(identifiant)
    except OSError as erreur:
        shutil.rmtree(temporaire, ignore_errors=True)
        raise ErreurEdition(
            f"L’édition n’a pas pu être écrite ({erreur}) : libérez de la place puis recommencez. L’édition précédente est intacte."
        ) from erreur
    return destination


def rendre_courante(chemins: Chemins, code_commune: str, identifiant: str) -> None:
    """Faire d’une édition complète l’édition courante, de façon atomique.

    Raises
    ------
    OSError
        Si le disque refuse l’écriture ; l’édition courante ne change pas.
    """
    remplacer_texte(chemins.pointeur(code_commune), identifiant + "\n")


def lister_editions(chemins: Chemins, code_commune: str) -> list[str]:
    """Identifiants des éditions complètes d’une ville, de la plus ancienne à la plus récente."""
    ville = chemins.ville(code_commune)
    if not ville.is_dir():
        return []
    dossiers = [
        d
        for d in ville.iterdir()
        if not d.name.startswith(".") and (d / "manifeste.json").is_file()
    ]
    return [
        d.name for d in sorted(dossiers, key=lambda d: (d / "manifeste.json").stat().st_mtime_ns)
    ]


def remplacer_texte(chemin: Path, texte: str) -> None:
    """Remplacer un petit fichier de façon atomique."""
    descripteur, nom = tempfile.mkstemp(
        prefix=f"{_PREFIXE_TEMPORAIRE}{os.getpid()}-", dir=chemin.parent
    )
    try:
        with os.fdopen(descripteur, "w", encoding="utf-8") as flux:
            flux.write(texte)
            flux.flush()
            os.fsync(flux.fileno())
        Path(nom).replace(chemin)
    except OSError:
        Path(nom).unlink(missing_ok=True)
        raise
    _synchroniser(chemin.parent)


def _ecrire_table(table: pd.DataFrame, chemin: Path) -> str:
    table.to_parquet(chemin, compression="zstd", index=False)
    with chemin.open("rb") as flux:
        os.fsync(flux.fileno())
    return empreinte_fichier(chemin)


def _ecrire_texte(chemin: Path, texte: str) -> None:
    with chemin.open("w", encoding="utf-8") as flux:
        flux.write(texte)
        flux.flush()
        os.fsync(flux.fileno())


def _synchroniser(dossier: Path) -> None:
    if os.name == "nt":
        return  # Windows ne synchronise pas un dossier
    descripteur = os.open(dossier, os.O_RDONLY)
    try:
        os.fsync(descripteur)
    finally:
        os.close(descripteur)


def _effacer_restes(ville: Path) -> None:
    """Effacer les restes d’un processus interrompu, sauf ceux d’un processus vivant."""
    for reste in ville.glob(f"{_PREFIXE_TEMPORAIRE}*"):
        morceaux = reste.name.removeprefix(_PREFIXE_TEMPORAIRE).split("-", 1)
        if morceaux[0].isdigit() and _processus_vivant(int(morceaux[0])):
            continue
        if reste.is_dir():
            shutil.rmtree(reste, ignore_errors=True)
        else:
            reste.unlink(missing_ok=True)


def _processus_vivant(pid: int) -> bool:
    if pid == os.getpid():
        return False
    if os.name == "nt":
        return True  # sans moyen sûr de le savoir, on garde
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
