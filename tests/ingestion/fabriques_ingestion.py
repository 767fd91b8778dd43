"""Fichiers réels écrits par les tests : tables et contours dans tous les formats."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook
from shapely import box

from observatoire.catalogue import Catalogue
from observatoire.ingestion import FichierReconnu, TableLue, inventorier, lire_tableau

COLONNES_FILO = ("IRIS", "DISP_TP6021", "DISP_MED21", "DISP_D121", "DISP_GI21", "DISP_NOTE21")
# Nombre : valeur diffusée ; texte : code de secret ou d’absence ; None : cellule vide.
LIGNES_FILO: tuple[tuple[object, ...], ...] = (
    ("010530101", 20.3, 19450, 11000, 0.233, "0"),
    ("010530102", "ns", "ns", "ns", "ns", "so"),
    ("010530103", 7.0, 24510, 13120, 0.261, "0"),
    ("010530104", None, 22140, "so", "nd", "2"),
    ("693890101", 12.5, 30000, 15000, 0.4, "0"),
)

COLONNES_RP = (
    "IRIS", "COM", "TYP_IRIS", "LAB_IRIS", "P22_LOG", "P22_RP", "P22_RSECOCC", "P22_LOGVAC",
    "P22_RP_PROP", "P22_RP_LOC", "P22_RP_LOCHLMV", "P22_RP_GRAT",
)  # fmt: skip
LIGNES_RP: tuple[tuple[object, ...], ...] = (
    ("381850101", "38185", "H", "1", 110.25, 100.5, 4.75, 5.0, 60.25, 38.25, 20.125, 2.0),
    ("381850102", "38185", "A", "1", 12.0, 10.0, 1.0, 1.0, 4.0, 5.5, 0.0, 0.5),
)


def ecrire_nombre(cellule: object, decimale: str = ",") -> str:
    if cellule is None:
        return ""
    return str(cellule).replace(".", decimale) if isinstance(cellule, float) else str(cellule)


def texte_csv(
    colonnes: Sequence[str],
    lignes: Sequence[Sequence[object]],
    *,
    separateur: str = ";",
    decimale: str = ",",
    fin: str = "\n",
) -> str:
    def cellule(valeur: object) -> str:
        ecrite = ecrire_nombre(valeur, decimale)
        return f'"{ecrite}"' if separateur in ecrite else ecrite

    toutes = [list(colonnes), *[[cellule(c) for c in ligne] for ligne in lignes]]
    return "".join(separateur.join(ligne) + fin for ligne in toutes)


def ecrire_csv(
    chemin: Path, colonnes: Sequence[str], lignes: Sequence[Sequence[object]], **options: str
) -> Path:
    encodage = options.pop("encodage", "utf-8")
    chemin.write_bytes(texte_csv(colonnes, lignes, **options).encode(encodage))  # type: ignore[arg-type]
    return chemin


def octets_xlsx(
    colonnes: Sequence[str], lignes: Sequence[Sequence[object]], *, preambule: int = 5
) -> bytes:
    """Classeur à la manière de l’Insee : titres, puis l’en-tête, sur la deuxième feuille."""
    classeur = Workbook()
    classeur.active.title = "Documentation"
    classeur.active.append(["Champ", "Libellé"])
    feuille = classeur.create_sheet("IRIS")
    for rang in range(preambule):
        feuille.append([f"Titre {rang}"] if rang % 2 else [])
    feuille.append(list(colonnes))
    for ligne in lignes:
        feuille.append(list(ligne))
    tampon = io.BytesIO()
    classeur.save(tampon)
    return tampon.getvalue()


def ecrire_parquet(
    chemin: Path,
    colonnes: Sequence[str],
    lignes: Sequence[Sequence[object]],
    *,
    typer: bool = False,
) -> Path:
    """Parquet en texte, ou ``typer`` : colonnes de nombres, les codes de secret devenant vides."""
    donnees = {}
    for nom, cellules in zip(colonnes, zip(*lignes, strict=True), strict=True):
        nombre = typer and any(isinstance(c, int | float) for c in cellules)
        if nombre:
            donnees[nom] = pa.array(
                [float(c) if isinstance(c, int | float) else None for c in cellules]
            )
        else:
            donnees[nom] = pa.array(
                [None if c is None else ecrire_nombre(c, ".") for c in cellules]
            )
    pq.write_table(pa.table(donnees), chemin)
    return chemin


def zipper(chemin: Path, membres: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, contenu in membres.items():
            archive.writestr(nom, contenu)
    return chemin


def carre(x: float, y: float, cote: float = 200.0) -> object:
    return box(x, y, x + cote, y + cote)


def couche_iris(n: int = 4, commune: str = "38185") -> gpd.GeoDataFrame:
    """IRIS carrés, côte à côte, près de Grenoble (Lambert 93), colonnes de l’IGN."""
    codes = [f"{commune}01{k:02d}" for k in range(1, n + 1)]
    return gpd.GeoDataFrame(
        {
            "cleabs": [f"IRIS{c}" for c in codes],
            "code_insee": commune,
            "nom_commune": "Grenoble",
            "iris": [c[5:] for c in codes],
            "code_iris": codes,
            "nom_iris": [f"Île d’Œuvre {k}" for k in range(1, n + 1)],
            "type_iris": ["H"] * (n - 1) + ["A"],
        },
        geometry=[carre(913000.0 + 200 * k, 6457000.0) for k in range(n)],
        crs="EPSG:2154",
    )


def couche_qpv(**remplacements: Sequence[object]) -> gpd.GeoDataFrame:
    """Deux quartiers en degrés, colonnes de l’ANCT."""
    donnees: dict[str, object] = {
        "code_qp": ["QN03801M", "QN03802M"],
        "lib_qp": ["Mistral", "Rive"],
        "insee_com": ["38185", "38151, 38185"],
    }
    geometrie = remplacements.pop(
        "geometry", [carre(913050.0, 6457050.0, 100), carre(913300.0, 6457050.0, 100)]
    )
    return gpd.GeoDataFrame(
        {**donnees, **remplacements}, geometry=list(geometrie), crs="EPSG:2154"
    ).to_crs(4326)


def seul(chemin: Path, catalogue: Catalogue) -> FichierReconnu:
    """Le seul fichier reconnu d’un dossier, ou d’un fichier."""
    inventaire = inventorier([chemin], catalogue)
    assert not inventaire.anomalies, [str(a) for a in inventaire.anomalies]
    assert len(inventaire.reconnus) == 1, inventaire
    return inventaire.reconnus[0]


def lire(chemin: Path, catalogue: Catalogue, **options: object) -> TableLue:
    return lire_tableau(seul(chemin, catalogue), catalogue, **options)  # type: ignore[arg-type]


def memes_tables(gauche: TableLue, droite: TableLue) -> None:
    pd.testing.assert_frame_equal(gauche.valeurs, droite.valeurs)
    pd.testing.assert_frame_equal(gauche.statuts, droite.statuts)
