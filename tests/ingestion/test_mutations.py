"""Plus de deux cents fichiers abîmés : jamais un chiffre faux en silence.

Chaque fichier de la ville fictive est abîmé d’une seule façon, puis lu avec ses voisins comme le
ferait une actualisation. L’issue attendue est écrite : « identique » (la mutation est sans
conséquence), « statut » (la valeur devient masquée ou absente), « signale » (la différence est dite
et nomme le fichier), « refuse » (erreur en français : quoi, où, que faire).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from fabriques_mutations import (
    CELLULES,
    LIGNES,
    OCTETS,
    Cellule,
    Mutation,
    csv_mute,
    muter_cellule,
    zipper,
)
from fabriques_mutations_contours import DECALES, IRIS, QUARTIERS, QUARTIERS_OTES
from jugement_mutations import Lecture, juger, lire_ville

from observatoire.catalogue import charger_catalogue
from observatoire.ingestion import Inventaire, inventorier

VILLE = Path(__file__).resolve().parents[2] / "data" / "iris"
COMMUNE = "00001"
CATALOGUE = charger_catalogue()

CONTOURS = "iris.gpkg"
QUARTIER = "QP2024_France_Hexagonale_Outre_Mer_WGS84.geojson"
FILO = "BASE_TD_FILO_IRIS_2021_DISP.csv"
FILO_COMMUNE = "cc_filosofi_2021_COM.csv"
FILO_QPV = "revenus_pauvrete_2021_qp24_v2.csv"
POPULATION_QPV = "population_qp24.csv"
DEMOGRAPHIE = "estimations_demographiques_2022_qp24.csv"
LOGEMENT = "base-ic-logement-2022.CSV"
ACTIVITE = "base-ic-activite-residents-2022.CSV"
DIPLOMES = "base-ic-diplomes-formation-2022.CSV"
FAMILLES = "base-ic-couples-familles-menages-2022.CSV"
AGES = "base-ic-evol-struct-pop-2022.CSV"
CARREAUX = "Filosofi2021_carreaux_200m_met.csv"

TAUX = Cellule("000010205", "DISP_TP6021")
MEDIANE = Cellule("000010205", "DISP_MED21")
CARREAU = Cellule("CRS3035RES200mN2638600E3279600", "ind", ",", ".")
CIBLES: dict[str, tuple[Cellule, tuple[str, ...]]] = {
    FILO: (TAUX, (POPULATION_QPV, FILO_COMMUNE)),
    LOGEMENT: (Cellule("000010104", "P22_RP", decimale="."), (AGES,)),
    ACTIVITE: (Cellule("000010104", "P22_CHOM1564", decimale="."), (AGES,)),
    DIPLOMES: (Cellule("000010104", "P22_NSCOL15P_DIPLMIN", decimale="."), (AGES,)),
    FAMILLES: (Cellule("000010104", "C22_FAMMONO", decimale="."), (AGES,)),
    AGES: (Cellule("000010104", "P22_POP0019", decimale="."), (ACTIVITE,)),
    FILO_QPV: (Cellule("QN00001M", "DISP_TP60_A21"), (AGES,)),
    POPULATION_QPV: (Cellule("QN00001M", "PMUN22", decimale="."), (AGES, DEMOGRAPHIE)),
    DEMOGRAPHIE: (Cellule("QN00001M", "partMen1p", decimale="."), (AGES, POPULATION_QPV)),
    FILO_COMMUNE: (Cellule("00001", "TP6021"), (FILO,)),
    CARREAUX: (CARREAU, (AGES,)),
}
"""Fichier → la cellule à abîmer, et les fichiers lus à côté."""


@dataclass(frozen=True)
class Cas:
    """Une mutation d’un fichier et son issue."""

    fichier: str
    nom: str
    muter: Mutation
    attendu: str
    ecrit: str = ""
    """Nom sous lequel écrire le fichier abîmé, s’il change."""
    compagnons: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.fichier[:24]}-{self.nom}"


def _cellules(fichier: str, cellule: Cellule, noms: Iterator[str] | tuple[str, ...]) -> list[Cas]:
    return [
        Cas(
            fichier,
            f"{cellule.colonne} {n}",
            muter_cellule(CELLULES[n][0], cellule),
            CELLULES[n][1],
        )
        for n in noms
    ]


def _lignes(
    fichier: str, noms: tuple[str, ...], sauf: dict[str, str], cellule: Cellule | None = None
) -> list[Cas]:
    c = cellule or CIBLES[fichier][0]
    return [
        Cas(fichier, f"{c.colonne} {n}", csv_mute(LIGNES[n][0], c), sauf.get(n, LIGNES[n][1]))
        for n in noms
    ]


# --- Contenants : classeur, Parquet, archive ---------------------------------------


def _table(octets: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(octets), sep=";", dtype=str, keep_default_na=False)


def _classeur(octets: bytes, _: Random) -> bytes:
    tampon = io.BytesIO()
    _table(octets).to_excel(tampon, index=False)
    return tampon.getvalue()


def _classeur_type(octets: bytes, alea: Random) -> bytes:
    """Comme un tableur l’enregistre : les codes sont devenus des nombres."""
    tampon = io.BytesIO()
    table = _table(octets)
    table.assign(IRIS=table["IRIS"].astype(int)).to_excel(tampon, index=False)
    return tampon.getvalue()


def _parquet(octets: bytes, _: Random) -> bytes:
    tampon = io.BytesIO()
    _table(octets).to_parquet(tampon)
    return tampon.getvalue()


def _parquet_type(octets: bytes, _: Random) -> bytes:
    tampon = io.BytesIO()
    table = _table(octets)
    table.assign(IRIS=table["IRIS"].astype(float)).to_parquet(tampon)
    return tampon.getvalue()


def _coupe(muter: Mutation, part: float) -> Mutation:
    def couper(octets: bytes, alea: Random) -> bytes:
        entier = muter(octets, alea)
        return entier[: int(len(entier) * part)]

    return couper


def _un_octet_change(octets: bytes, alea: Random) -> bytes:
    """La somme de contrôle du membre ne convient plus."""
    archive = bytearray(zipper({FILO: octets}))
    archive[archive.index(FILO.encode()) + len(FILO) + 200] ^= 0xFF
    return bytes(archive)


CONTENANTS = [
    Cas(FILO, nom, muter, attendu, ecrit)
    for nom, muter, attendu, ecrit in (
        ("classeur", _classeur, "identique", "f.xlsx"),
        ("classeur typé", _classeur_type, "refuse", "f.xlsx"),
        ("classeur coupé", _coupe(_classeur, 0.7), "signale", "f.xlsx"),
        ("classeur sous un autre nom", _classeur, "identique", "f.csv"),
        ("Parquet", _parquet, "identique", "f.parquet"),
        ("Parquet typé", _parquet_type, "refuse", "f.parquet"),
        ("Parquet coupé", _coupe(_parquet, 0.8), "signale", "f.parquet"),
        ("archive", lambda o, _: zipper({FILO: o}), "identique", "f.zip"),
        ("membre renommé", lambda o, _: zipper({"dossier/données 1.bin": o}), "identique", "f.zip"),
        ("archive sous un autre nom", lambda o, _: zipper({FILO: o}), "identique", "f.csv"),
        ("archive coupée", _coupe(lambda o, _: zipper({FILO: o}), 0.9), "signale", "f.zip"),
        ("archive abîmée", _un_octet_change, "signale", "f.zip"),
        ("archive dans une archive", lambda o, _: zipper({"a.zip": zipper({FILO: o})}), "signale", "f.zip"),
        ("membre hors du dossier", lambda o, _: zipper({f"../../{FILO}": o}), "signale", "f.zip"),
        ("archive vide", lambda _, __: zipper({}), "signale", "f.zip"),
        ("deux fois dans l’archive", lambda o, _: zipper({"a.csv": o, "b.csv": o}), "identique", "f.zip"),
        ("sans extension", lambda o, _: o, "identique", "fichier"),
        ("extension fausse", lambda o, _: o, "identique", "f.geojson"),
    )
]  # fmt: skip

QUELQUES_CELLULES = (
    "milliers insécable", "négatif", "dépassement", "étoiles", "date", "autre décimale", "NaN", "blancs autour",
    "dix fois", "cent fois",
)  # fmt: skip
STRUCTURE = (
    "colonne ôtée", "colonne répétée", "colonnes retournées", "en-tête répétée", "en-tête seule", "sans en-tête",
    "ligne en double", "code en double", "ligne ôtée", "ligne coupée", "cellules décalées",
    "guillemets sur plusieurs lignes", "un code inconnu", "un code d’ailleurs",
)  # fmt: skip
UNITES = ("colonne cent fois trop grande", "colonne dix fois trop grande", "colonne en proportions")

# Là où la nature du fichier change l’issue.
_IRIS = {"codes flottants": "refuse", "un code flottant": "refuse", "en-tête seule": "signale"}
_RECENSEMENT = {**_IRIS, "fin du fichier ôtée": "refuse"}
_QUARTIERS = {"en-tête seule": "signale", "un code inconnu": "signale"}
_COMMUNES = {"en-tête seule": "signale", "un code inconnu": "signale"}

CAS = [
    *_cellules(FILO, TAUX, tuple(CELLULES)),
    *_cellules(FILO, MEDIANE, QUELQUES_CELLULES),
    *_cellules(LOGEMENT, CIBLES[LOGEMENT][0], QUELQUES_CELLULES),
    *_cellules(FAMILLES, CIBLES[FAMILLES][0], ("dix fois", "négatif", "octet nul")),
    *_cellules(DIPLOMES, CIBLES[DIPLOMES][0], ("dix fois", "négatif", "octet nul")),
    *_cellules(FILO_QPV, CIBLES[FILO_QPV][0], QUELQUES_CELLULES),
    *_cellules(POPULATION_QPV, CIBLES[POPULATION_QPV][0], ("dix fois", "cent fois", "NA", "vide")),
    *_cellules(FILO_COMMUNE, CIBLES[FILO_COMMUNE][0], QUELQUES_CELLULES),
    *_cellules(CARREAUX, CARREAU, ("dix fois", "cent fois", "négatif", "étoiles")),
    *_lignes(FILO, tuple(LIGNES), _IRIS),
    *_lignes(FILO, UNITES, _IRIS, MEDIANE),
    *_lignes(ACTIVITE, (*STRUCTURE, "fin du fichier ôtée", "codes sans zéros"), _RECENSEMENT),
    *_lignes(LOGEMENT, UNITES, _RECENSEMENT),
    *_lignes(FAMILLES, UNITES, _RECENSEMENT),
    *_lignes(DIPLOMES, UNITES, _RECENSEMENT),
    *_lignes(POPULATION_QPV, (*STRUCTURE, *UNITES), _QUARTIERS),
    *_lignes(FILO_QPV, (*STRUCTURE, *UNITES), _QUARTIERS),
    *_lignes(DEMOGRAPHIE, ("cellules décalées", "ligne ôtée", "colonne en proportions"), _QUARTIERS),
    *_lignes(FILO_COMMUNE, (*STRUCTURE, *UNITES), _COMMUNES),
    *_lignes(CARREAUX, ("code en double", "fin du fichier ôtée", "en-tête seule", *UNITES), {"en-tête seule": "signale"}),
    # Sa dernière colonne est lue : coupée, elle se signale.
    *[Cas(LOGEMENT, n, m, "signale" if n == "sans saut de ligne final" else a) for n, (m, a) in OCTETS.items()],
    *[Cas(POPULATION_QPV, n, OCTETS[n][0], OCTETS[n][1]) for n in ("CR", "UTF-16", "latin-1", "zéros à la fin")],
    Cas(POPULATION_QPV, "dernier chiffre coupé", lambda o, _: o.rstrip()[:-1], "refuse"),
    *CONTENANTS,
    *[Cas(QUARTIER, n, m, a, compagnons=(CONTOURS, FILO, POPULATION_QPV)) for n, (m, a) in QUARTIERS.items()],
    *[Cas(CONTOURS, n, m, a, compagnons=(QUARTIER, FILO)) for n, (m, a) in IRIS.items()],
]  # fmt: skip


def _compagnons(cas: Cas) -> tuple[str, ...]:
    return cas.compagnons or (CONTOURS, QUARTIER, *CIBLES[cas.fichier][1])


@cache
def _situation(fichier: str, compagnons: tuple[str, ...]) -> tuple[Inventaire, Lecture]:
    voisins = inventorier([VILLE / n for n in compagnons], CATALOGUE)
    saine = lire_ville([VILLE / fichier], voisins, COMMUNE, CATALOGUE)
    assert isinstance(saine, Lecture), saine
    return voisins, saine


def _eprouver(cas: Cas, dossier: Path) -> tuple[str, list[str]]:
    compagnons = _compagnons(cas)
    voisins, saine = _situation(cas.fichier, compagnons)
    chemin = dossier / (cas.ecrit or cas.fichier)
    chemin.write_bytes(cas.muter((VILLE / cas.fichier).read_bytes(), Random(str(cas))))
    noms = [chemin.name, "contours des QPV", "contours des IRIS"]
    # Un IRIS sans contour est dit par le fichier qui a ses données.
    noms += [FILO] if cas.fichier == CONTOURS else []
    verdict = juger(saine, lire_ville([chemin], voisins, COMMUNE, CATALOGUE), noms)
    return verdict.issue, verdict.details


@pytest.mark.filterwarnings("ignore")  # GDAL et GEOS se plaignent avant d’échouer
@pytest.mark.parametrize("cas", CAS, ids=str)
def test_jamais_un_chiffre_faux_en_silence(cas, tmp_path):
    issue, details = _eprouver(cas, tmp_path)
    assert issue == cas.attendu, details[:5]


def test_le_nombre_et_la_diversite_des_mutations():
    assert len(CAS) >= 200
    assert len({str(c) for c in CAS}) == len(CAS)
    assert {c.attendu for c in CAS} == {"identique", "statut", "signale", "refuse"}


# --- Ce qu’aucune lecture ne peut voir ------------------------------------------------


def _echangees(entete: list[str], gauche: str, droite: str) -> list[str]:
    autres = {gauche: droite, droite: gauche}
    return [autres.get(c, c) for c in entete]


INDETECTABLES: dict[str, tuple[Cas, str]] = {
    "un taux changé dans les limites du vraisemblable": (
        Cas(FILO, "28 → 23", muter_cellule(lambda _, __: "23,0", TAUX), "silencieux"),
        "la comparaison avec l’édition précédente le voit",
    ),
    "une cellule vidée d’un effectif de quartier remplacée par une autre": (
        Cas(POPULATION_QPV, "4446 → 4464", muter_cellule(lambda _, __: "4464", CIBLES[POPULATION_QPV][0]), "silencieux"),
        "les deux populations d’un quartier ne sont comparées qu’à 25 % près",
    ),
    "deux niveaux de diplôme échangés": (
        Cas(DIPLOMES, "colonnes échangées", csv_mute(
            lambda x, c: x[0].__setitem__(slice(None), _echangees(x[0], c.colonne, "P22_NSCOL15P_CAPBEP")),
            CIBLES[DIPLOMES][0]), "silencieux"),
        "la somme des niveaux reste la même",
    ),
    "un carreau ôté": (
        Cas(CARREAUX, "ligne ôtée", csv_mute(LIGNES["ligne ôtée"][0], CARREAU), "silencieux"),
        "les carreaux vides n’ont pas de ligne ; il en faudrait un sur cinq en moins pour le voir",
    ),
    "un quartier ôté de sa couche": (
        Cas(QUARTIER, "objet ôté", QUARTIERS_OTES[0], "silencieux", compagnons=(CONTOURS, FILO, POPULATION_QPV)),
        "rien ne dit combien de quartiers a une commune ; comparer le dit « territoire retiré »",
    ),
    "un quartier donné à une autre commune": (
        Cas(QUARTIER, "commune changée", QUARTIERS_OTES[1], "silencieux", compagnons=(CONTOURS, FILO, POPULATION_QPV)),
        "la couche est lue par commune ; comparer le dit « territoire retiré »",
    ),
    "des contours décalés de cent mètres": (
        Cas(CONTOURS, "décalés", DECALES, "silencieux", compagnons=(QUARTIER, FILO)),
        "un décalage plus petit que les quartiers reste vraisemblable",
    ),
}  # fmt: skip
"""Mutation → le cas, et pourquoi elle ne peut être vue ici."""


@pytest.mark.parametrize("nom", INDETECTABLES)
def test_ce_qui_ne_peut_etre_vu_est_su(nom, tmp_path):
    """Si l’une devient visible, elle doit rejoindre les cas ; et le juge, lui, voit la différence."""
    cas, raison = INDETECTABLES[nom]
    assert raison
    issue, details = _eprouver(cas, tmp_path)
    assert issue == "silencieux", (raison, details[:3])
