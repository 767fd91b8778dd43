"""Lire les colonnes utiles d’une table, en texte, quel que soit son format."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pyogrio

from observatoire.erreurs import Anomalie, ErreurDonnees
from observatoire.ingestion.archives import chemin_gdal, lire_octets
from observatoire.ingestion.corruption import ERREURS_DE_LECTURE, decrire_corruption
from observatoire.ingestion.entetes import decoder
from observatoire.ingestion.modeles import FichierReconnu
from observatoire.ingestion.nombres import Colonne

__all__ = ["TableBrute", "lire_table_brute"]

_MAX_CITEES = 10
_LOT = 1 << 20
_CELLULE_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class TableBrute:
    """Colonnes d’un fichier, toutes lignes comprises.

    Parameters
    ----------
    colonnes : dict of str to Colonne
        Par nom de colonne du fichier.
    numeroter : callable
        Numéro de ligne (à partir de 1, en-tête comprise) d’une position.
    anomalies : tuple of Anomalie
        Lignes mal formées.
    fin_nette : bool
        Faux si un CSV ne finit pas par un saut de ligne : sa dernière cellule peut être coupée.
    """

    colonnes: dict[str, Colonne]
    numeroter: Callable[[int], int]
    anomalies: tuple[Anomalie, ...] = ()
    fin_nette: bool = True


def lire_table_brute(fichier: FichierReconnu, colonnes: Sequence[str]) -> TableBrute:
    """Lire certaines colonnes d’une table reconnue.

    Parameters
    ----------
    fichier : FichierReconnu
        Table.
    colonnes : sequence of str
        Noms tels qu’ils sont écrits dans le fichier.

    Returns
    -------
    TableBrute
        Cellules en texte, ou nombres déjà typés.

    Raises
    ------
    ErreurDonnees
        Si le fichier est corrompu.
    """
    lecteurs = {
        "csv": _lire_csv,
        "xlsx": _lire_classeur,
        "parquet": _lire_parquet,
        "ogr": _lire_couche,
        "geojson": _lire_couche,
    }
    try:
        return lecteurs[fichier.format](fichier, colonnes)
    except ERREURS_DE_LECTURE as erreur:
        faute = decrire_corruption(fichier.nom, erreur)
        raise ErreurDonnees("Un fichier ne peut être lu :", [faute]) from erreur


def _texte(valeurs: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    if isinstance(valeurs, pa.ChunkedArray):
        valeurs = valeurs.combine_chunks()
    return pc.utf8_trim_whitespace(
        pc.cast(pc.fill_null(pc.cast(valeurs, pa.string()), ""), pa.string())
    )


def _sans_nombres(textes: pa.StringArray) -> Colonne:
    return Colonne(textes, np.full(len(textes), np.nan))


# --- CSV ---------------------------------------------------------------------


def _lire_csv(fichier: FichierReconnu, colonnes: Sequence[str]) -> TableBrute:
    # Les accents ne servent qu’aux libellés : le texte n’est transcodé que s’il le faut.
    source: pa.Buffer | str = str(fichier.chemin)
    if fichier.membre or not fichier.encodage.startswith("utf-8"):
        octets = lire_octets(fichier.chemin, fichier.membre)
        if not fichier.encodage.startswith("utf-8"):
            octets = decoder(octets, fichier.encodage).encode("utf-8")
        source = pa.py_buffer(octets)
    try:
        return _analyser_csv(fichier, colonnes, source)
    except pa.ArrowInvalid as erreur:
        if "UTF8" not in str(erreur):
            raise
        octets = decoder(lire_octets(fichier.chemin, fichier.membre), "cp1252").encode("utf-8")
        return _analyser_csv(fichier, colonnes, pa.py_buffer(octets))


def _analyser_csv(
    fichier: FichierReconnu, colonnes: Sequence[str], source: pa.Buffer | str
) -> TableBrute:
    malformees: list[tuple[int, int]] = []

    def retenir(ligne: pacsv.InvalidRow) -> str:
        malformees.append((ligne.expected_columns, ligne.actual_columns))
        return "skip"

    # Des noms uniques : une colonne répétée ou sans nom ne doit pas en cacher une autre.
    rangs = {nom: f"c{fichier.colonnes.index(nom)}" for nom in colonnes}
    table = pacsv.read_csv(
        source if isinstance(source, str) else pa.BufferReader(source),
        read_options=pacsv.ReadOptions(
            column_names=[f"c{n}" for n in range(len(fichier.colonnes))],
            skip_rows=fichier.ligne_entete + 1,
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=fichier.separateur, newlines_in_values=True, invalid_row_handler=retenir
        ),
        convert_options=pacsv.ConvertOptions(
            include_columns=list(rangs.values()),
            column_types=dict.fromkeys(rangs.values(), pa.string()),
            strings_can_be_null=False,
        ),
    )
    lignes = _LignesCsv(fichier)
    anomalies: tuple[Anomalie, ...] = ()
    compte = _compter(source)
    a_cheval = compte.guillemets and table.num_rows != compte.lignes - fichier.ligne_entete - 1
    if malformees or a_cheval:
        anomalies = tuple(lignes.malformees(len(malformees)))
    return TableBrute(
        {nom: _sans_nombres(_texte(table[r])) for nom, r in rangs.items()},
        lignes.numero,
        anomalies,
        compte.fin_nette,
    )


@dataclass(frozen=True, slots=True)
class _Compte:
    """Guillemets et lignes d’un CSV ; s’il finit par un saut de ligne."""

    guillemets: int
    lignes: int
    fin_nette: bool


def _compter(source: pa.Buffer | str) -> _Compte:
    if isinstance(source, str):
        with Path(source).open("rb") as flux:
            return _compter_octets(flux)
    return _compter_octets(pa.BufferReader(source))


def _compter_octets(flux: IO[bytes]) -> _Compte:
    guillemets, sauts, dernier = 0, 0, b"\n"
    while lot := flux.read(_LOT):
        guillemets += lot.count(b'"')
        sauts += lot.count(b"\n")
        dernier = lot[-1:]
    return _Compte(guillemets, sauts + (dernier != b"\n"), dernier in {b"\n", b"\r"})


@dataclass(frozen=True, slots=True)
class _Enregistrement:
    """Un enregistrement non vide : sa dernière ligne, sa taille, s’il en a avalé d’autres."""

    ligne: int
    taille: int
    avale: bool


class _LignesCsv:
    """Retrouve les numéros de ligne du fichier, seulement quand un message en a besoin."""

    def __init__(self, fichier: FichierReconnu) -> None:
        self.fichier = fichier
        self._lignes: list[_Enregistrement] | None = None

    def _relire(self) -> list[_Enregistrement]:
        if self._lignes is None:
            # Un guillemet jamais fermé fait une cellule de tout le reste du fichier.
            csv.field_size_limit(_CELLULE_MAX)
            texte = decoder(
                lire_octets(self.fichier.chemin, self.fichier.membre), self.fichier.encodage
            )
            lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=self.fichier.separateur)
            lus = [
                _Enregistrement(lecteur.line_num, len(cellules), self._avale(cellules))
                for cellules in lecteur
                if cellules
            ]
            self._lignes = [e for e in lus if e.ligne > self.fichier.ligne_entete + 1]
        return self._lignes

    def _avale(self, cellules: Sequence[str]) -> bool:
        """Une cellule qui contient de quoi faire une ligne entière en a avalé une."""
        entiere = max(1, len(self.fichier.colonnes) - 1)
        return any(
            c.count(self.fichier.separateur) >= entiere and ("\n" in c or "\r" in c)
            for c in cellules
        )

    def numero(self, position: int) -> int:
        attendues = len(self.fichier.colonnes)
        valables = [e.ligne for e in self._relire() if e.taille == attendues]
        return valables[position]

    def malformees(self, ecartees: int) -> list[Anomalie]:
        """Lignes d’une autre taille, et lignes avalées par des guillemets.

        ``ecartees`` : nombre de lignes que l’analyseur a refusées ; jamais en silence.
        """
        attendues = len(self.fichier.colonnes)
        fautives = [
            (e.ligne, "guillemets mal fermés : ils avalent des lignes")
            if e.avale
            else (e.ligne, f"{e.taille} cellules au lieu de {attendues}")
            for e in self._relire()
            if e.avale or e.taille != attendues
        ]
        remede = "ligne coupée, séparateur ou guillemet en trop : reprenez le fichier d’origine"
        anomalies = [
            Anomalie(message, self.fichier.nom, ligne, remede=remede)
            for ligne, message in fautives[:_MAX_CITEES]
        ]
        if (reste := len(fautives) - _MAX_CITEES) > 0:
            anomalies.append(
                Anomalie(f"{reste} autres lignes malformées", self.fichier.nom, remede=remede)
            )
        if ecartees and not anomalies:
            message = f"{ecartees} ligne(s) mal formée(s)"
            anomalies.append(Anomalie(message, self.fichier.nom, remede=remede))
        return anomalies


# --- Classeurs et Parquet ----------------------------------------------------


def _lire_classeur(fichier: FichierReconnu, colonnes: Sequence[str]) -> TableBrute:
    from openpyxl import load_workbook

    octets = io.BytesIO(lire_octets(fichier.chemin, fichier.membre))
    classeur = load_workbook(octets, read_only=True, data_only=True)
    try:
        feuille = classeur[fichier.couche]
        premiere = fichier.ligne_entete + 2
        lignes = [
            (n, cellules)
            for n, cellules in enumerate(
                feuille.iter_rows(min_row=premiere, values_only=True), premiere
            )
            if any(c is not None for c in cellules)
        ]
    finally:
        classeur.close()
    numeros = [n for n, _ in lignes]
    brutes = {}
    for nom in colonnes:
        rang = fichier.colonnes.index(nom)
        brutes[nom] = _colonne_mixte([c[rang] if rang < len(c) else None for _, c in lignes])
    return TableBrute(brutes, lambda position: numeros[position])


def _colonne_mixte(cellules: Sequence[object]) -> Colonne:
    """Cellules de classeur : les nombres restent des nombres, le reste devient du texte."""
    nombres = [float(c) if _est_nombre(c) else math.nan for c in cellules]  # type: ignore[arg-type]
    textes = ["" if c is None or _est_nombre(c) else str(c).strip() for c in cellules]
    return Colonne(pa.array(textes, pa.string()), np.array(nombres, dtype=float))


def _est_nombre(cellule: object) -> bool:
    return isinstance(cellule, int | float) and not isinstance(cellule, bool)


def _lire_parquet(fichier: FichierReconnu, colonnes: Sequence[str]) -> TableBrute:
    source = (
        io.BytesIO(lire_octets(fichier.chemin, fichier.membre))
        if fichier.membre
        else fichier.chemin
    )
    # Un ParquetFile lit un seul fichier ; read_table chargerait la couche des jeux de données.
    with pq.ParquetFile(source) as parquet:
        table = parquet.read(columns=list(colonnes))
    table.validate(full=True)
    brutes = {}
    for nom in colonnes:
        valeurs = table[nom]
        if pa.types.is_integer(valeurs.type) or pa.types.is_floating(valeurs.type):
            nombres = np.asarray(pc.cast(valeurs, pa.float64()).to_numpy(), dtype=float)
            brutes[nom] = Colonne(pa.array([""] * len(nombres), pa.string()), nombres)
        else:
            brutes[nom] = _sans_nombres(_texte(valeurs))
    return TableBrute(brutes, lambda position: position + 1)


# --- Tables diffusées en couche ------------------------------------------------


def _lire_couche(fichier: FichierReconnu, colonnes: Sequence[str]) -> TableBrute:
    table = pyogrio.read_dataframe(
        chemin_gdal(fichier.chemin, fichier.membre),
        layer=fichier.couche or None,
        columns=list(colonnes),
        read_geometry=False,
    )
    brutes = {}
    for nom in colonnes:
        valeurs = table[nom]
        if pd.api.types.is_numeric_dtype(valeurs):
            vides = pa.array([""] * len(valeurs), pa.string())
            brutes[nom] = Colonne(vides, valeurs.to_numpy(dtype=float))
        else:
            brutes[nom] = _sans_nombres(_texte(pa.array(valeurs, pa.string(), from_pandas=True)))
    return TableBrute(brutes, lambda position: position + 1)
