"""Les mêmes mutations, sur de vrais fichiers des producteurs (Isère et Savoie), quand ils sont là.

Les fichiers nationaux sont d’abord réduits à deux départements, dans un dossier temporaire ; rien n’en
est gardé. L’issue exacte dépend des données : on exige seulement que ce qui est sans conséquence
soit lu à l’identique, et que tout le reste soit refusé, signalé ou masqué – jamais silencieux.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from fabriques_mutations import (
    CELLULES,
    LIGNES,
    OCTETS,
    Cellule,
    Mutation,
    csv_mute,
    muter_cellule,
)
from fabriques_mutations_contours import IRIS, QUARTIERS
from jugement_mutations import Lecture, juger, lire_ville

from observatoire.catalogue import charger_catalogue
from observatoire.ingestion import Inventaire, inventorier

COMMUNE = "38185"
DEPARTEMENTS = ("38", "73")
FILO_2020 = "BASE_TD_FILO_DISP_IRIS_2020.csv"
FILO_2018 = "BASE_TD_FILO_DISP_IRIS_2018.csv"
FILO_COMMUNE = "cc_filosofi_2021_COM.csv"
LOGEMENT = "grenoble/recensement_reconstitue/base-ic-logement-2021.CSV"
AGES = "grenoble/recensement_reconstitue/base-ic-evol-struct-pop-2021.CSV"
QUARTIER = "grenoble/QP2024_isere_WGS84_simplifie.geojson"
CONTOURS = "grenoble/iris.gpkg"
CONTOURS_PARQUET = "contours_iris_66_departements.parquet"
VOISINS = {
    FILO_2020: (CONTOURS, QUARTIER, LOGEMENT),
    FILO_2018: (CONTOURS, QUARTIER, LOGEMENT),
    FILO_COMMUNE: (CONTOURS, QUARTIER, LOGEMENT),
    LOGEMENT: (CONTOURS, QUARTIER, AGES),
    QUARTIER: (CONTOURS, FILO_2020),
    CONTOURS: (QUARTIER, FILO_2020),
    CONTOURS_PARQUET: (FILO_2020,),
}
# L’Isère n’est pas dans les contours nationaux de ce dossier : Chambéry l’y remplace.
AUTRES_COMMUNES = {CONTOURS_PARQUET: "73065"}


@dataclass(frozen=True)
class Cas:
    """Une mutation d’un vrai fichier ; ``preparer`` la construit d’après son contenu."""

    fichier: str
    nom: str
    preparer: Callable[[bytes], Mutation]
    attendu: str

    def __str__(self) -> str:
        return f"{Path(self.fichier).name[:26]}-{self.nom}"


def _reperer(colonne: str, decimale: str) -> Callable[[bytes], Cellule]:
    """Première cellule de Grenoble qui porte un nombre à deux chiffres, pour pouvoir l’abîmer."""

    def chercher(octets: bytes) -> Cellule:
        entete, *lignes = [x.split(";") for x in octets.decode().splitlines()]
        rang = entete.index(colonne)
        for ligne in lignes:
            valeur = ligne[rang].replace(",", ".")
            if (
                ligne[0].startswith(COMMUNE)
                and valeur.replace(".", "").isdigit()
                and float(valeur) >= 12
            ):
                return Cellule(ligne[0], colonne, decimale=decimale)
        raise AssertionError(f"aucun nombre à abîmer dans {colonne}")

    return chercher


def _tables(
    fichier: str, colonne: str, decimale: str, lignes: tuple[str, ...], cellules: tuple[str, ...]
) -> list[Cas]:
    reperer = _reperer(colonne, decimale)
    cas = [
        Cas(fichier, n, lambda o, n=n: muter_cellule(CELLULES[n][0], reperer(o)), CELLULES[n][1])  # type: ignore[misc]
        for n in cellules
    ]
    return cas + [
        Cas(fichier, n, lambda o, n=n: csv_mute(LIGNES[n][0], reperer(o)), LIGNES[n][1])  # type: ignore[misc]
        for n in lignes
    ]


def _tels(
    fichier: str, mutations: dict[str, tuple[Mutation, str]], noms: tuple[str, ...]
) -> list[Cas]:
    return [Cas(fichier, n, lambda _, n=n: mutations[n][0], mutations[n][1]) for n in noms]  # type: ignore[misc]


_CELLULES = (
    "milliers fine", "pour cent", "négatif", "dépassement", "étoiles", "date", "octet nul", "NaN", "blancs autour",
    "entre guillemets", "dix fois", "cent fois",
)  # fmt: skip
_LIGNES = (
    "colonne répétée", "colonnes retournées", "casse de l’en-tête", "guillemets partout", "en-tête répétée", "sans en-tête",
    "ligne en double", "code en double", "ligne ôtée", "ligne coupée", "cellules décalées", "guillemet seul",
    "guillemets sur plusieurs lignes", "codes flottants", "un code inconnu", "lignes retournées",
)  # fmt: skip
_UNITES = ("colonne cent fois trop grande", "colonne en proportions")
_OCTETS = (
    "BOM",
    "UTF-16",
    "CRLF",
    "CR",
    "tabulations",
    "zéros au milieu",
    "sans saut de ligne final",
    "fichier vide",
)
_QUARTIERS = (
    "axes permutés", "coordonnée NaN", "géométrie nulle", "anneau non fermé", "trois dimensions", "projection Lambert 93 fausse",
    "Lambert 93 sans le dire", "objets retournés", "coupé au milieu", "coupé au hasard", "aucun objet", "zéros au milieu",
)  # fmt: skip
_IRIS = (
    "réécrit tel quel", "en degrés", "déclaré Lambert II", "axes permutés", "coupé au tiers", "dernière page ôtée", "types ôtés",
    "un IRIS en double", "archive", "archive coupée",
)  # fmt: skip

CAS = [
    *_tables(FILO_2020, "DISP_TP6020", ",", _LIGNES + _UNITES, _CELLULES),
    *_tables(FILO_2018, "DISP_TP6018", ".", _LIGNES + _UNITES, _CELLULES),
    *_tables(FILO_COMMUNE, "TP6021", ",", ("code en double", "ligne ôtée", "cellules décalées", *_UNITES), _CELLULES),
    *_tables(LOGEMENT, "P21_RP", ".", _LIGNES, _CELLULES[:-2]),
    *_tels(FILO_2020, OCTETS, _OCTETS),
    *_tels(QUARTIER, QUARTIERS, _QUARTIERS),
    *_tels(CONTOURS, IRIS, _IRIS),
    Cas(CONTOURS_PARQUET, "coupé", lambda _: lambda o, __: o[: len(o) * 4 // 5], "refuse"),
    Cas(CONTOURS_PARQUET, "pied remis à zéro", lambda _: lambda o, __: o[:-64] + bytes(60) + o[-4:], "refuse"),
    Cas(CONTOURS_PARQUET, "octets perdus au milieu", lambda _: _trouer, "refuse"),
    Cas(CONTOURS_PARQUET, "tel quel", lambda _: lambda o, __: o, "identique"),
]  # fmt: skip


# Le premier objet de ces couches n’est pas de Grenoble : l’abîmer ne change rien pour elle.
D_UNE_AUTRE_COMMUNE = {
    (QUARTIER, "coordonnée NaN"),
    (QUARTIER, "géométrie nulle"),
    (CONTOURS, "un IRIS en double"),
}


def _trouer(octets: bytes, alea: Random) -> bytes:
    debut = alea.randrange(len(octets) // 4, len(octets) // 2)
    return octets[:debut] + octets[debut + 4096 :]


def _commune(fichier: str) -> str:
    return AUTRES_COMMUNES.get(fichier, COMMUNE)


@pytest.fixture(scope="module")
def reduits(donnees_reelles: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Les vrais fichiers, réduits à deux départements."""
    dossier = tmp_path_factory.mktemp("reelles")
    for nom in (*VOISINS, AGES):
        source, cible = donnees_reelles / nom, dossier / nom
        cible.parent.mkdir(parents=True, exist_ok=True)
        if nom == CONTOURS_PARQUET:
            codes = pq.read_table(source, columns=["code_insee"])["code_insee"]
            motif = f"^({'|'.join(DEPARTEMENTS)})"
            table = pq.read_table(source).filter(pc.match_substring_regex(codes, motif))
            pq.write_table(table, cible)
        elif source.stat().st_size > 2**20:
            entete, *lignes = source.read_text(encoding="utf-8").splitlines()
            gardees = [x for x in lignes if x.startswith(DEPARTEMENTS)]
            cible.write_text("\n".join([entete, *gardees, ""]), encoding="utf-8")
        else:
            cible.write_bytes(source.read_bytes())
    return dossier


@pytest.fixture(scope="module")
def situations(reduits: Path) -> dict[str, tuple[Inventaire, Lecture]]:
    """Pour chaque fichier : ses voisins, et la lecture quand tout est sain."""
    catalogue = charger_catalogue()
    lues = {}
    for nom, voisins in VOISINS.items():
        inventaire = inventorier([reduits / v for v in voisins], catalogue)
        saine = lire_ville([reduits / nom], inventaire, _commune(nom), catalogue)
        assert isinstance(saine, Lecture), saine
        lues[nom] = inventaire, saine
    return lues


@pytest.mark.filterwarnings("ignore")  # GDAL et GEOS se plaignent avant d’échouer
@pytest.mark.parametrize("cas", CAS, ids=str)
def test_jamais_un_chiffre_faux_en_silence(cas, situations, reduits, tmp_path):
    voisins, saine = situations[cas.fichier]
    octets = (reduits / cas.fichier).read_bytes()
    chemin = tmp_path / Path(cas.fichier).name
    chemin.write_bytes(cas.preparer(octets)(octets, Random(str(cas))))
    noms = [chemin.name, "contours des QPV", "contours des IRIS"]
    lue = lire_ville([chemin], voisins, _commune(cas.fichier), charger_catalogue())
    verdict = juger(saine, lue, noms)
    sans_effet = cas.attendu == "identique" or (cas.fichier, cas.nom) in D_UNE_AUTRE_COMMUNE
    permises = {"identique"} if sans_effet else {"refuse", "signale", "statut"}
    assert verdict.issue in permises, verdict.details[:5]


def test_les_cas_sont_distincts():
    assert len({str(c) for c in CAS}) == len(CAS) >= 100
