"""Lire l’en-tête d’un fichier, et lui seul, quel que soit son format."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pyogrio

from observatoire.erreurs import Anomalie, ErreurDonnees
from observatoire.ingestion.archives import chemin_gdal, lire_debut, lire_octets
from observatoire.ingestion.corruption import ERREURS_DE_LECTURE, decrire_corruption
from observatoire.ingestion.reconnaissance import Entete

__all__ = ["decoder", "detecter_encodage", "lire_entetes"]

_DEBUT = 1 << 16
_LIGNES_EXAMINEES = 15
_CODES_EXAMINES = 20
_SEPARATEURS = (";", ",", "\t", "|")


def _illisible(nom: str, message: str, remede: str) -> ErreurDonnees:
    return ErreurDonnees(
        "Fichier illisible", [Anomalie(message, nom, remede=remede, gravite="avertissement")]
    )


def lire_entetes(chemin: Path, membre: str = "") -> Iterator[Entete]:
    """Lire les en-têtes possibles d’un fichier, d’après ses premiers octets.

    Parameters
    ----------
    chemin : pathlib.Path
        Fichier, ou archive.
    membre : str
        Membre de l’archive.

    Yields
    ------
    Entete
        Un CSV ou un classeur en a plusieurs : un par séparateur et par ligne d’en-tête
        plausibles ; un GeoPackage, un par couche.

    Raises
    ------
    ErreurDonnees
        Si le fichier est corrompu ou n’est pas ce que son nom annonce.
    """
    nom = f"{chemin.name}/{membre}" if membre else chemin.name
    debut = lire_debut(chemin, membre, _DEBUT)
    if not debut.strip():
        raise _illisible(nom, "fichier vide", "téléchargez-le de nouveau")
    tete = debut.lstrip(b"\xef\xbb\xbf \t\r\n")
    try:
        if debut.startswith(b"PAR1"):
            yield from _entetes_parquet(chemin, membre)
        elif debut.startswith(b"PK\x03\x04"):
            yield from _entetes_classeur(chemin, membre, nom)
        elif debut.startswith((b"SQLite format 3\x00", b"\x00\x00\x27\x0a")):
            yield from _entetes_ogr(chemin, membre)
        elif debut.startswith(b"7z\xbc\xaf\x27\x1c"):
            raise _illisible(
                nom,
                "archive 7z, que l’observatoire n’ouvre pas",
                "décompressez-la et déposez son contenu",
            )
        elif re.match(rb"<(!doctype\s+html|html|head)", tete, re.IGNORECASE):
            remede = "le site a refusé le téléchargement : récupérez le fichier avec un navigateur"
            raise _illisible(nom, "ce fichier est une page web (HTML), pas des données", remede)
        elif tete.startswith(b"{"):
            yield from _entetes_geojson(chemin, membre, tete)
        else:
            yield from _entetes_csv(debut)
    except ERREURS_DE_LECTURE as erreur:
        faute = decrire_corruption(nom, erreur, gravite="avertissement")
        raise ErreurDonnees("Fichier illisible", [faute]) from erreur


def _entetes_parquet(chemin: Path, membre: str) -> Iterator[Entete]:
    def ouvrir() -> pq.ParquetFile:
        return pq.ParquetFile(io.BytesIO(lire_octets(chemin, membre)) if membre else chemin)

    def premiers(colonne: str) -> Sequence[str]:
        with ouvrir() as fichier:
            lots = fichier.iter_batches(batch_size=_CODES_EXAMINES, columns=[colonne])
            # Un fichier sans aucune ligne n’a pas de premier lot.
            premier = next(lots, None)
            valeurs = [] if premier is None else premier.column(0).to_pylist()
            return [str(v) for v in valeurs if v is not None]

    with ouvrir() as fichier:
        schema = fichier.schema_arrow
    geographique = b"geo" in (schema.metadata or {})
    yield Entete("geoparquet" if geographique else "parquet", tuple(schema.names), premiers)


def _entetes_ogr(chemin: Path, membre: str) -> Iterator[Entete]:
    source = chemin_gdal(chemin, membre)
    for couche, geometrie in pyogrio.list_layers(source).tolist():
        if geometrie is None:
            continue
        champs = pyogrio.read_info(source, layer=couche)["fields"]

        def premiers(colonne: str, couche: str = couche) -> Sequence[str]:
            table = pyogrio.read_dataframe(
                source,
                layer=couche,
                columns=[colonne],
                read_geometry=False,
                max_features=_CODES_EXAMINES,
            )
            return [str(v) for v in table[colonne].dropna()]

        yield Entete("ogr", tuple(str(c) for c in champs), premiers, couche=str(couche))


def _entetes_geojson(chemin: Path, membre: str, tete: bytes) -> Iterator[Entete]:
    """Lire les propriétés des premiers objets, sans analyser tout le fichier."""
    texte = tete.decode("utf-8", errors="replace")
    debut = texte.find('"features"')
    proprietes = _premieres_proprietes(texte[debut:]) if debut >= 0 else []
    if not proprietes and debut >= 0:
        for entete in _entetes_ogr(chemin, membre):
            yield Entete("geojson", entete.colonnes, entete.premiers, couche=entete.couche)
        return
    noms = tuple(proprietes[0]) if proprietes else ()

    def premiers(colonne: str) -> Sequence[str]:
        return [str(p[colonne]) for p in proprietes if p.get(colonne) is not None]

    yield Entete("geojson" if proprietes else "csv", noms, premiers, encodage="utf-8")


def _premieres_proprietes(texte: str) -> list[dict[str, object]]:
    trouvees: list[dict[str, object]] = []
    decodeur = json.JSONDecoder()
    for repere in re.finditer(r'"properties"\s*:\s*(?=\{)', texte):
        try:
            trouvees.append(decodeur.raw_decode(texte, repere.end())[0])
        except json.JSONDecodeError:
            break
        if len(trouvees) == _CODES_EXAMINES:
            break
    return trouvees


def detecter_encodage(debut: bytes) -> str:
    """Encodage d’un texte : UTF-8 (avec ou sans BOM), UTF-16, sinon Windows-1252.

    Parameters
    ----------
    debut : bytes
        Premiers octets ; un caractère coupé à la fin ne compte pas.
    """
    if debut.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    for retrait in range(4):
        try:
            debut[: len(debut) - retrait].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return "utf-8-sig" if debut.startswith(b"\xef\xbb\xbf") else "utf-8"
    return "cp1252"


def decoder(octets: bytes, encodage: str) -> str:
    """Décoder un texte ; latin-1 supplée les octets que Windows-1252 ignore.

    Parameters
    ----------
    octets : bytes
        Contenu.
    encodage : str
        Rendu par :func:`detecter_encodage`.
    """
    try:
        return octets.decode(encodage)
    except UnicodeDecodeError:
        # Un UTF-16 coupé reste de l’UTF-16 : seul son dernier caractère est perdu.
        garde = encodage if encodage in {"utf-8", "utf-16"} else "latin-1"
        return octets.decode(garde, errors="replace")


def _entetes_csv(debut: bytes) -> Iterator[Entete]:
    encodage = detecter_encodage(debut)
    texte = decoder(debut[:-1] if encodage == "utf-16" and len(debut) % 2 else debut, encodage)
    for separateur in _SEPARATEURS:
        if separateur in texte:
            lignes = []
            lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=separateur)
            try:
                for _, ligne in zip(
                    range(_LIGNES_EXAMINEES + _CODES_EXAMINES), lecteur, strict=False
                ):
                    lignes.append((lecteur.line_num, ligne))
            except csv.Error:
                continue
            for rang, (fin, ligne) in enumerate(lignes[:_LIGNES_EXAMINEES]):
                suite = [cellules for _, cellules in lignes[rang + 1 :]]
                if sum(bool(c.strip()) for c in ligne) > 1:
                    yield _entete_de_lignes(
                        ligne, suite, Entete("csv", (), list, "", encodage, separateur, fin - 1)
                    )


def _entete_de_lignes(
    ligne: Sequence[str], suite: Sequence[Sequence[str]], modele: Entete
) -> Entete:
    noms = tuple(c.strip() for c in ligne)

    def premiers(colonne: str) -> Sequence[str]:
        rang = noms.index(colonne)
        return [cellules[rang] for cellules in suite[:_CODES_EXAMINES] if rang < len(cellules)]

    return Entete(
        modele.format,
        noms,
        premiers,
        modele.couche,
        modele.encodage,
        modele.separateur,
        modele.ligne_entete,
    )


def _entetes_classeur(chemin: Path, membre: str, nom: str) -> Iterator[Entete]:
    import zipfile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        classeur = load_workbook(
            io.BytesIO(lire_octets(chemin, membre)), read_only=True, data_only=True
        )
    except KeyError as erreur:
        remede = "décompressez-la et déposez son contenu"
        raise _illisible(
            nom, "archive ZIP dans une archive, que l’observatoire n’ouvre pas", remede
        ) from erreur
    except (zipfile.BadZipFile, InvalidFileException, ValueError) as erreur:
        raise _illisible(
            nom, f"classeur illisible ({erreur})", "téléchargez-le de nouveau"
        ) from erreur
    try:
        for feuille in classeur.worksheets:
            maximum = _LIGNES_EXAMINEES + _CODES_EXAMINES
            brutes = list(feuille.iter_rows(max_row=maximum, values_only=True))
            lignes = [["" if c is None else str(c) for c in ligne] for ligne in brutes]
            for rang, ligne in enumerate(lignes[:_LIGNES_EXAMINEES]):
                if sum(bool(c.strip()) for c in ligne) > 1:
                    modele = Entete("xlsx", (), list, feuille.title, ligne_entete=rang)
                    yield _entete_de_lignes(ligne, lignes[rang + 1 :], modele)
    finally:
        classeur.close()
