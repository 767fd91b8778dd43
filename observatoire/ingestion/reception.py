"""Vérifier un fichier reçu avant de l’admettre au cache : archive entière, contenu attendu."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from observatoire.catalogue import Catalogue, Source
from observatoire.catalogue.modeles import Telechargement
from observatoire.erreurs import Anomalie, ErreurDonnees
from observatoire.ingestion.archives_depot import extraire, genre_archive, verifier_zip
from observatoire.ingestion.archives_imbriquees import archive_interieure, extraire_en_deux_temps
from observatoire.ingestion.lecture import inventorier
from observatoire.ingestion.modeles import FichierReconnu, Inventaire, empreinte_fichier
from observatoire.ingestion.volume import controler_volume

__all__ = ["Reception", "contenu_identique", "convient", "recevoir"]


@dataclass(frozen=True, slots=True)
class Reception:
    """Ce que la vérification a établi ; ``extraits`` : chemin relatif → SHA-256."""

    extraits: dict[str, str]
    avertissements: tuple[str, ...]


def recevoir(
    fichier: Path,
    dossier_extraits: Path,
    source: Source,
    declaration: Telechargement,
    catalogue: Catalogue,
    *,
    depose: bool = False,
) -> Reception:
    """Vérifier un fichier, et extraire son archive si elle ne peut être lue sur place.

    Parameters
    ----------
    fichier : pathlib.Path
        Fichier reçu, sous son nom définitif ou non.
    dossier_extraits : pathlib.Path
        Où extraire ; remplacé d’un seul coup.
    source, declaration, catalogue
        Ce qui est attendu.
    depose : bool
        Vrai pour un fichier déposé, qui peut être le contenu de l’archive.

    Raises
    ------
    ErreurDonnees
        Archive corrompue ou hostile ; contenu qui n’est pas celui d’une source de calcul.
    """
    genre = genre_archive(fichier)
    attendu = declaration.membre_attendu()
    if attendu and not genre and not depose:
        message = "une archive était attendue, et ce fichier n’en est pas une"
        remede = "téléchargez-le de nouveau ; si le producteur a changé de format, corrigez « membre » dans le catalogue"
        raise ErreurDonnees("Fichier refusé :", [Anomalie(message, fichier.name, remede=remede)])
    extraits: dict[str, str] = {}
    avertissements: list[Anomalie] = []
    lisible = fichier
    interieure = archive_interieure(fichier, attendu) if genre == "zip" else ""
    if genre == "7z" or interieure or (genre == "zip" and not verifier_zip(fichier)):
        extraits, avertissements = _extraire(fichier, dossier_extraits, attendu, interieure)
        lisible = dossier_extraits
    avertissements += _controler_contenu(lisible, fichier, source, declaration, catalogue)
    return Reception(extraits, tuple(str(a) for a in avertissements))


def _extraire(
    fichier: Path, dossier: Path, attendu: str, interieure: str
) -> tuple[dict[str, str], list[Anomalie]]:
    neuf = dossier.with_name(dossier.name + ".tmp")
    shutil.rmtree(neuf, ignore_errors=True)
    try:
        if interieure:
            fichiers, anomalies = extraire_en_deux_temps(fichier, neuf, interieure, attendu)
        else:
            fichiers, anomalies = extraire(fichier, neuf, attendu)
        empreintes = {f.relative_to(neuf).as_posix(): empreinte_fichier(f) for f in fichiers}
        shutil.rmtree(dossier, ignore_errors=True)
        neuf.replace(dossier)
    finally:
        shutil.rmtree(neuf, ignore_errors=True)
    return empreintes, anomalies


def convient(
    reconnu: FichierReconnu, source: Source, declaration: Telechargement, commune: str, lieu: str
) -> bool:
    """Vrai si un fichier reconnu est celui de cette déclaration.

    Parameters
    ----------
    reconnu : FichierReconnu
        Fichier inventorié.
    source, declaration, commune
        Ce qui est attendu.
    lieu : str
        Son chemin sous le dossier de dépôt.
    """
    if reconnu.source != source.id or (declaration.par_commune and commune not in lieu):
        return False
    if reconnu.millesime is not None and source.millesime is None:
        return reconnu.millesime == declaration.millesime
    # Ses colonnes ne disent pas l’année : son chemin doit la porter, s’il y a un choix.
    choix = {t.millesime for t in source.telechargements}
    annee = str(declaration.millesime)
    return len(choix) == 1 or declaration.par_commune or annee in f"{lieu}/{reconnu.membre}"


def _controler_contenu(
    lisible: Path,
    fichier: Path,
    source: Source,
    declaration: Telechargement,
    catalogue: Catalogue,
) -> list[Anomalie]:
    inventaire = inventorier([lisible], catalogue)
    memes = [r for r in inventaire.reconnus if r.source == source.id]
    bons = [r for r in memes if r.millesime in {None, source.millesime, declaration.millesime}]
    if bons:
        _exiger_objets(fichier, declaration)
        attendues = None if declaration.par_commune else declaration.lignes_attendues
        return [a for r in bons for a in controler_volume(r, attendues)]
    # Une page web ou un fichier corrompu n’entre jamais, même pour une source d’appoint.
    grave = source.usage == "calcul" or (not inventaire.reconnus and bool(inventaire.anomalies))
    faute = Anomalie(
        f"le contenu n’est pas celui de « {source.titre} » {declaration.millesime} : "
        + _raison(inventaire, memes),
        fichier.name,
        remede="vérifiez « adresse » et « signature » dans le catalogue des sources",
        gravite="erreur" if grave else "avertissement",
    )
    if grave:
        raise ErreurDonnees("Fichier refusé :", [faute])
    return [faute]


def _raison(inventaire: Inventaire, memes: list[FichierReconnu]) -> str:
    if memes:
        return f"c’est le millésime {memes[0].millesime}"
    if inventaire.reconnus:
        return "il est reconnu comme " + ", ".join(sorted({r.source for r in inventaire.reconnus}))
    if inventaire.anomalies:
        return inventaire.anomalies[0].message
    return inventaire.non_reconnus[0][1] if inventaire.non_reconnus else "aucune donnée"


def _exiger_objets(fichier: Path, declaration: Telechargement) -> None:
    if not declaration.par_commune or _objets(fichier) != []:
        return
    message = "aucun objet pour cette commune"
    remede = "vérifiez le code de la commune (arrondissements pour Paris, Lyon et Marseille)"
    raise ErreurDonnees("Fichier refusé :", [Anomalie(message, fichier.name, remede=remede)])


def _objets(fichier: Path) -> list[object] | None:
    try:
        brut = json.loads(fichier.read_bytes())
    except ValueError:
        return None
    objets = brut.get("features") if isinstance(brut, dict) else None
    return objets if isinstance(objets, list) else None


def contenu_identique(ancien: Path, nouveau: Path, declaration: Telechargement) -> bool:
    """Vrai si deux réponses par commune ont les mêmes objets.

    Le service WFS date chaque réponse : deux fichiers du même contenu diffèrent d’un horodatage.

    Parameters
    ----------
    ancien, nouveau : pathlib.Path
        Fichiers à comparer.
    declaration : Telechargement
        Déclaration ; faux si elle n’est pas par commune.
    """
    if not declaration.par_commune:
        return False
    objets = [_objets(f) for f in (ancien, nouveau)]
    if any(o is None for o in objets):
        return False
    resumes = [hashlib.sha256(json.dumps(o, sort_keys=True).encode()).digest() for o in objets]
    return resumes[0] == resumes[1]
