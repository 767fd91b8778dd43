"""Équipements et établissements scolaires de la ville fictive, aux formats de l’Insee et du ministère.

Ils se tirent des fichiers déjà écrits (contours, population et revenus des IRIS), par des opérations
exactes : ces fichiers donnent les mêmes lieux sur toute machine. Quelques équipements ont une position
« tirée au hasard dans la commune » (qualité 33), comme dans la base permanente des équipements ; la
vraie reste connue de :func:`tirer_equipements`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from observatoire.ville_fictive import parametres

__all__ = ["ANNEE_EQUIPEMENTS", "tabuler_bpe", "tabuler_ecoles", "tirer_equipements"]

ANNEE_EQUIPEMENTS = 2024
RENTREE = "2022-2023"
POSITION_AU_HASARD = "33"
# Types de la base permanente des équipements : nombre pour 10 000 habitants.
_FREQUENCES = {
    "A206": 0.8, "A207": 0.6, "A208": 0.4, "B104": 0.4, "B105": 1.0, "B201": 1.2, "B202": 2.0,
    "D265": 9.0, "D307": 3.4, "D502": 2.2, "F101": 0.6, "F107": 0.5, "F111": 2.4, "F112": 0.8,
    "F113": 1.5, "F114": 0.6, "F116": 0.5, "F120": 0.9, "F121": 1.4, "F303": 0.4, "F305": 0.4,
    "F307": 0.9, "F312": 0.5, "F315": 0.6, "D281": 8.0,
}  # fmt: skip
_QUALITES = (("11", 0.70), ("12", 0.14), ("21", 0.07), ("22", 0.05), (POSITION_AU_HASARD, 0.04))
# En-tête de BPE24.csv, dans l’ordre.
_COLONNES_BPE = (  # noqa: SIM905 – lisible sur dix lignes
    "AN NOMRS CNOMRS NUMVOIE INDREP TYPVOIE LIBVOIE CADR CODPOS DEPCOM DEP REG LIBCOM DOM SDOM TYPEQU "
    "SIRET STATUT_DIFFUSION CANTINE INTERNAT RPI EP CL_PGE SECT ACCES_AIRE_PRATIQUE ACCES_LIBRE "
    "ACCES_SANITAIRE ACCES_VESTIAIRE CAPACITE_D_ACCUEIL PRES_DOUCHE PRES_SANITAIRE SAISONNIER COUVERT "
    "ECLAIRE CATEGORIE MULTIPLEXE STRUCTURE_EXERCICE SPECIALITE ACCUEIL ITINERANCE MODE_GESTION SSTYPHEB "
    "TYPE IMPLANTATION_STATION CAPACITE INDIC_CAPA NBEQUIDENT INDIC_NBEQUIDENT NBSALLES INDIC_NBSALLES "
    "NBLIEUX INDIC_NBLIEUX NB_PDC INDIC_NB_PDC NB_PDC_PA INDIC_NB_PDC_PA NB_PDC_ACCELEREE "
    "INDIC_NB_PDC_ACCELEREE NB_PDC_LENTE INDIC_NB_PDC_LENTE NB_PDC_RAPIDE INDIC_NB_PDC_RAPIDE "
    "NB_PDC_ULTRARAPIDE INDIC_NB_PDC_ULTRARAPIDE NB_JOURS_OUVERT INDIC_NB_JOURS_OUVERT LAMBERT_X LAMBERT_Y "
    "LONGITUDE LATITUDE QUALITE_XY EPSG QUALITE_GEOLOC TR_DIST_PRECISION DCIRIS QUALI_IRIS IRISEE QP2024 "
    "QUALI_QP2024 QVA QUALI_QVA ZUS QUALI_ZUS EPCI UU2020 BV2022 AAV2020 DENS3 DENS7"
).split()
# Degré → (commune → secteur public, secteur privé).
_ECOLES: dict[str, dict[str, tuple[int, int]]] = {
    "ecoles": {"00001": (22, 5), "00002": (1, 0), "00003": (3, 0)},
    "colleges": {"00001": (5, 2), "00003": (1, 0)},
    "lycees": {"00001": (4, 1)},
}
_TAILLES = {"ecoles": (90, 260), "colleges": (350, 650), "lycees": (500, 1200)}
_NOMS = {"ecoles": "Ecole primaire", "colleges": "Collège", "lycees": "Lycée"}
_TYPES = {"ecoles": "Ecole", "colleges": "Collège", "lycees": "Lycée"}
_NIVEAU_MEDIAN_EUR = 21_000.0


@dataclass(frozen=True)
class _Tissu:
    """IRIS de la ville : `code_iris, code_insee, geometry, habitants, niveau` (euros)."""

    iris: gpd.GeoDataFrame

    def de(self, commune: str) -> gpd.GeoDataFrame:
        """IRIS habités d’une commune."""
        return self.iris[(self.iris["code_insee"] == commune) & (self.iris["habitants"] > 0)]

    def tirer(self, commune: str, alea: np.random.Generator) -> tuple[float, float, float]:
        """Un point d’un IRIS, choisi selon ses habitants : `x, y` et niveau de vie de l’IRIS."""
        siens = self.de(commune)
        cumul = np.cumsum(siens["habitants"].to_numpy(float))
        rang = int(np.searchsorted(cumul, alea.random() * cumul[-1], side="right"))
        polygone = siens.geometry.iloc[min(rang, len(siens) - 1)]
        niveau = float(siens["niveau"].iloc[min(rang, len(siens) - 1)])
        xmin, ymin, xmax, ymax = polygone.bounds
        while True:
            x = round(xmin + alea.random() * (xmax - xmin), 2)
            y = round(ymin + alea.random() * (ymax - ymin), 2)
            if shapely.contains_xy(polygone, x, y):
                return x, y, niveau


def _lire_tissu(dossier: Path) -> _Tissu:
    iris = gpd.read_file(dossier / "iris.gpkg", layer="contours_iris")
    population = pd.read_csv(
        dossier / "base-ic-evol-struct-pop-2022.CSV", sep=";", dtype={"IRIS": str}
    ).set_index("IRIS")["P22_POP"]
    revenus = pd.read_csv(
        dossier / "BASE_TD_FILO_IRIS_2021_DISP.csv", sep=";", dtype=str
    ).set_index("IRIS")["DISP_MED21"]
    niveaux = pd.to_numeric(revenus.str.replace(",", "."), errors="coerce")
    niveaux = iris["code_iris"].map(niveaux)
    return _Tissu(
        iris.assign(
            habitants=iris["code_iris"].map(population),
            # Décor seulement : un IRIS masqué prend le niveau de vie médian du pays.
            niveau=niveaux.where(niveaux.notna(), _NIVEAU_MEDIAN_EUR),
        ).sort_values("code_iris", ignore_index=True)
    )


def tirer_equipements(dossier: Path, graine: int) -> pd.DataFrame:
    """Équipements et leur vraie position.

    Parameters
    ----------
    dossier : Path
        Fichiers de la ville fictive déjà écrits.
    graine : int
        Graine du tirage.

    Returns
    -------
    DataFrame
        `TYPEQU, DEPCOM, x, y` (EPSG:2154, mètres) et `qualite`.
    """
    tissu, alea = _lire_tissu(dossier), np.random.default_rng([graine, ANNEE_EQUIPEMENTS])
    codes, parts = [c for c, _ in _QUALITES], [p for _, p in _QUALITES]
    lignes = []
    for commune in parametres.COMMUNES:
        habitants = float(tissu.de(commune)["habitants"].sum())
        for genre, frequence in _FREQUENCES.items():
            nombre = int(frequence * habitants / 10_000 + alea.random())
            for _ in range(nombre + (commune == parametres.CODE_VILLE)):
                x, y, _niveau = tissu.tirer(commune, alea)
                lignes.append({"TYPEQU": genre, "DEPCOM": commune, "x": x, "y": y})
    table = pd.DataFrame(lignes)
    table["qualite"] = alea.choice(codes, size=len(table), p=parts)
    return table


def tabuler_bpe(dossier: Path, graine: int) -> pd.DataFrame:
    """Base permanente des équipements, à l’en-tête de l’Insee.

    Parameters
    ----------
    dossier, graine
        Comme pour :func:`tirer_equipements`.

    Returns
    -------
    DataFrame
        Une ligne par équipement, tout en texte ; les colonnes sans objet sont vides ou « _Z ».
    """
    reels = tirer_equipements(dossier, graine)
    tissu, alea = _lire_tissu(dossier), np.random.default_rng([graine, ANNEE_EQUIPEMENTS, 33])
    x, y = reels["x"].to_numpy(float).copy(), reels["y"].to_numpy(float).copy()
    for rang in np.flatnonzero(reels["qualite"] == POSITION_AU_HASARD):
        x[rang], y[rang], _ = tissu.tirer(str(reels["DEPCOM"].iloc[rang]), alea)
    longitudes, latitudes = _en_degres(x, y)
    table = pd.DataFrame("", index=reels.index, columns=list(_COLONNES_BPE))
    constantes = {
        "AN": str(ANNEE_EQUIPEMENTS), "DEP": parametres.CODE_DEPARTEMENT, "REG": parametres.CODE_REGION,
        "EPSG": "2154", "QVA": "_Z", "ZUS": "_Z", "EPCI": parametres.SIREN_EPCI, "STATUT_DIFFUSION": "O",
    }  # fmt: skip
    return table.assign(
        **constantes,
        NOMRS=[f"Equipement fictif {k:04d}" for k in range(1, len(table) + 1)],
        DEPCOM=reels["DEPCOM"],
        LIBCOM=reels["DEPCOM"].map(parametres.COMMUNES),
        DOM=reels["TYPEQU"].str[:1],
        SDOM=reels["TYPEQU"].str[:2],
        TYPEQU=reels["TYPEQU"],
        LAMBERT_X=[f"{v:.2f}" for v in x],
        LAMBERT_Y=[f"{v:.2f}" for v in y],
        LONGITUDE=[f"{v:.7f}" for v in longitudes],
        LATITUDE=[f"{v:.7f}" for v in latitudes],
        QUALITE_XY=reels["qualite"],
        QUALITE_GEOLOC=reels["qualite"],
    )


def tabuler_ecoles(dossier: Path, graine: int) -> dict[str, pd.DataFrame]:
    """Indices de position sociale par établissement, et annuaire de leurs positions.

    Un indice d’école n’est pas publié (« NS ») ; une école manque à l’annuaire.

    Parameters
    ----------
    dossier, graine
        Comme pour :func:`tirer_equipements`.

    Returns
    -------
    dict of str to DataFrame
        `ecoles, colleges, lycees, annuaire`.
    """
    tissu, alea = _lire_tissu(dossier), np.random.default_rng([graine, 2022])
    lignes: dict[str, list[dict[str, Any]]] = {degre: [] for degre in _ECOLES}
    for degre, communes in _ECOLES.items():
        for commune, (publics, prives) in communes.items():
            for rang in range(publics + prives):
                ecole = _fonder(degre, commune, rang >= publics, tissu, alea)
                ecole["uai"] = f"000{sum(map(len, lignes.values())) + 1:04d}{'ABCDEFGH'[rang % 8]}"
                lignes[degre].append(ecole)
    tables = {degre: _ips(degre, ecoles) for degre, ecoles in lignes.items()}
    tables["ecoles"].loc[3, "ips"] = "NS"
    return {**tables, "annuaire": _annuaire(lignes)}


def _fonder(
    degre: str, commune: str, prive: bool, tissu: _Tissu, alea: np.random.Generator
) -> dict[str, Any]:
    """Un établissement : il accueille ses voisins, un établissement privé les plus aisés d’entre eux."""
    x, y, niveau = tissu.tirer(commune, alea)
    ips = 101.0 + 45.0 * (niveau / _NIVEAU_MEDIAN_EUR - 1.0) + 12.0 * (alea.random() - 0.5)
    ips = min(max(ips + (14.0 if prive else 0.0), 62.0), 160.0)
    bas, haut = _TAILLES[degre]
    return {
        "commune": commune, "prive": prive, "x": x, "y": y,
        "effectif": int(alea.integers(bas, haut)), "ips": round(ips, 1),
        "part_pro": 0.1 + 0.5 * alea.random(), "voie": int(alea.integers(0, 3)),
    }  # fmt: skip


def _ips(degre: str, ecoles: list[dict[str, Any]]) -> pd.DataFrame:
    communs = [
        {
            "rentree_scolaire": RENTREE,
            "academie": parametres.NOM_REGION.upper(),
            "code_du_departement": f"0{parametres.CODE_DEPARTEMENT}",
            "departement": parametres.NOM_DEPARTEMENT.upper(),
            "uai": e["uai"],
            "nom_de_l_etablissment": f"{_NOMS[degre]} {e['uai']}".upper(),
            "code_insee_de_la_commune": e["commune"],
            "nom_de_la_commune": parametres.COMMUNES[e["commune"]].upper(),
            "secteur": "privé sous contrat" if e["prive"] else "public",
            **(_voies(e) if degre == "lycees" else _sans_voie(degre, e)),
        }
        for e in ecoles
    ]
    return pd.DataFrame(communs)


def _sans_voie(degre: str, ecole: dict[str, Any]) -> dict[str, str]:
    mesures = {"effectifs": f"{ecole['effectif']}.0", "ips": f"{ecole['ips']:.1f}"}
    return mesures | ({"ecart_type_de_l_ips": "30.5"} if degre == "colleges" else {})


def _voies(ecole: dict[str, Any]) -> dict[str, str]:
    """Lycée polyvalent, général ou professionnel : l’ensemble est pesé par les deux voies."""
    pro = {0: round(ecole["effectif"] * ecole["part_pro"]), 1: 0, 2: ecole["effectif"]}[
        ecole["voie"]
    ]
    gt = ecole["effectif"] - pro
    ips_gt, ips_pro = ecole["ips"] + 4.0, ecole["ips"] - 18.0
    ensemble = (gt * ips_gt + pro * ips_pro) / ecole["effectif"]
    return {
        "type_de_lycee": ("LPO", "LEGT", "LP")[ecole["voie"]],
        "effectifs_voie_gt": f"{gt}.0" if gt else "",
        "effectifs_voie_pro": f"{pro}.0" if pro else "",
        "effectifs_ensemble_gt_pro": f"{ecole['effectif']}.0",
        "ips_voie_gt": f"{ips_gt:.1f}" if gt else "",
        "ips_voie_pro": f"{ips_pro:.1f}" if pro else "",
        "ips_ensemble_gt_pro": f"{ensemble:.1f}",
        "ecart_type_de_l_ips_voie_gt": "31.2" if gt else "",
        "ecart_type_de_l_ips_voie_pro": "27.4" if pro else "",
    }


def _annuaire(lignes: dict[str, list[dict[str, Any]]]) -> pd.DataFrame:
    """Positions de tous les établissements, sauf une école."""
    tous = [(degre, e) for degre, ecoles in lignes.items() for e in ecoles]
    longitudes, latitudes = _en_degres(*(np.array([e[c] for _, e in tous]) for c in ("x", "y")))
    table = pd.DataFrame(
        {
            "identifiant_de_l_etablissement": [e["uai"] for _, e in tous],
            "nom_etablissement": [f"{_NOMS[d]} {e['uai']}" for d, e in tous],
            "type_etablissement": [_TYPES[d] for d, _ in tous],
            "statut_public_prive": ["Privé" if e["prive"] else "Public" for _, e in tous],
            "code_commune": [e["commune"] for _, e in tous],
            "nom_commune": [parametres.COMMUNES[e["commune"]] for _, e in tous],
            "latitude": [f"{v:.7f}" for v in latitudes],
            "longitude": [f"{v:.7f}" for v in longitudes],
            "precision_localisation": "Numéro de rue",
            "etat": "OUVERT",
        }
    )
    return table.drop(index=5).reset_index(drop=True)


def _en_degres(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    vers = pyproj.Transformer.from_crs("EPSG:2154", "EPSG:4326", always_xy=True)
    longitudes, latitudes = vers.transform(x, y)
    return np.asarray(longitudes), np.asarray(latitudes)
