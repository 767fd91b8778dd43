"""Écriture des fichiers, aux noms et formats de leurs producteurs."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from observatoire.ville_fictive import (
    carreaux,
    filosofi,
    lieux,
    parametres,
    population_qpv,
    prestations,
    recensement,
    sondage,
)
from observatoire.ville_fictive.ville import VilleFictive

# Le GeoPackage inscrit sa date d’écriture : elle est figée pour que deux fabrications soient
# identiques.
DATE_FIGEE = "2024-01-01T00:00:00.000Z"
NOM_CARREAUX = "Filosofi2021_carreaux_200m_met.csv"


def ecrire_fichiers(ville: VilleFictive, sortie: Path) -> list[Path]:
    """Écrit tous les fichiers de la ville fictive.

    Parameters
    ----------
    ville : VilleFictive
        Ville entière.
    sortie : Path
        Dossier de sortie, créé au besoin.

    Returns
    -------
    list of Path
        Fichiers écrits, triés.
    """
    sortie.mkdir(parents=True, exist_ok=True)
    ecrits = [
        *_ecrire_contours(ville, sortie),
        *_ecrire_recensement(ville, sortie),
        *_ecrire_revenus(ville, sortie),
    ]
    ecrits += _ecrire_lieux(ville.graine, sortie)
    lisezmoi = (
        resources.files("observatoire.ville_fictive")
        .joinpath("LISEZMOI.txt")
        .read_text(encoding="utf-8")
    )
    (sortie / "README.md").write_text(lisezmoi, encoding="utf-8", newline="\n")
    return sorted([*ecrits, sortie / "README.md"])


def ecrire_csv(
    table: pd.DataFrame, chemin: Path, separateur: str = ";", fin_de_ligne: str = "\r\n"
) -> Path:
    """Écrit un CSV en UTF-8 ; les nombres ont 13 chiffres au plus, sans notation savante."""
    texte = table.copy()
    for nom in texte.columns:
        if pd.api.types.is_float_dtype(texte[nom]):
            texte[nom] = [_nombre(v) for v in texte[nom]]
    texte.to_csv(chemin, sep=separateur, index=False, lineterminator=fin_de_ligne, encoding="utf-8")
    return chemin


def _nombre(valeur: float) -> str:
    """Nombre en texte ; une valeur indéfinie donne une case vide."""
    if np.isnan(valeur):
        return ""
    return np.format_float_positional(float(f"{valeur:.13g}"), trim="-")


def _ecrire_contours(ville: VilleFictive, sortie: Path) -> list[Path]:
    """Contours : IRIS en GeoPackage, quartiers et fonds de carte en GeoJSON."""
    tissu = ville.tissu
    gpkg = sortie / "iris.gpkg"
    gpkg.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": DATE_FIGEE})
    try:
        pyogrio.write_dataframe(
            tissu.iris,
            gpkg,
            layer="contours_iris",
            driver="GPKG",
            geometry_type="MultiPolygon",
            layer_options={"GEOMETRY_NAME": "geometrie"},
        )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    qpv = tissu.qpv_2024
    officiel = gpd.GeoDataFrame(
        {
            "fid": [float(k) for k in range(1, len(qpv) + 1)],
            "code_qp": qpv["code"],
            "lib_qp": qpv["nom"],
            "insee_reg": parametres.CODE_REGION,
            "lib_reg": parametres.NOM_REGION,
            "insee_dep": parametres.CODE_DEPARTEMENT,
            "lib_dep": parametres.NOM_DEPARTEMENT,
            "insee_com": qpv["communes"],
            "lib_com": [
                ", ".join(parametres.COMMUNES[c] for c in liste.split(","))
                for liste in qpv["communes"]
            ],
            "siren_epci": parametres.SIREN_EPCI,
        },
        geometry=qpv.geometry,
        crs=qpv.crs,
    )
    ancien = tissu.qpv_2015.rename(
        columns={"code": "CODE_QP", "nom": "NOM_QP", "communes": "COMMUNE_QP"}
    )
    ancien["COMMUNE_QP"] = [
        ", ".join(parametres.COMMUNES[c] for c in liste.split(","))
        for liste in ancien["COMMUNE_QP"]
    ]
    ecrits = [gpkg]
    for nom, couche in (
        ("QP2024_France_Hexagonale_Outre_Mer_WGS84", officiel),
        ("QP_METROPOLEOUTREMER_WGS84_EPSG4326", ancien),
        ("communes_00", tissu.communes),
        ("SURFACE_HYDROGRAPHIQUE", tissu.hydrographie),
        ("secteurs", tissu.secteurs),
    ):
        ecrits.append(_ecrire_geojson(couche, sortie / f"{nom}.geojson"))
    correspondance = pd.DataFrame(
        [
            {
                "QP2024": n,
                "Label_QP2024": parametres.QPV_2024[n],
                "Statut": "Contour modifié",
                "QP2015_1": p,
                "Label_QP2015_1": parametres.QPV_2015[p],
                "QP2015_2": "",
                "Label_QP2015_2": "",
                "QP2015_3": "",
                "Label_QP2015_3": "",
            }
            for n, p in parametres.CORRESPONDANCE_QPV.items()
        ]
    )
    return [*ecrits, ecrire_csv(correspondance, sortie / "liste-correspondance-qp2024-qp2015.csv")]


def _ecrire_geojson(couche: gpd.GeoDataFrame, chemin: Path) -> Path:
    """Écrit une couche en longitude et latitude, sept décimales (environ un centimètre)."""
    chemin.unlink(missing_ok=True)
    pyogrio.write_dataframe(
        couche.to_crs("EPSG:4326"),
        chemin,
        driver="GeoJSON",
        layer=chemin.stem,
        layer_options={"COORDINATE_PRECISION": "7", "RFC7946": "NO"},
    )
    return chemin


def _entete_recensement(ville: VilleFictive, millesime: int) -> pd.DataFrame:
    """Colonnes de tête : dix de plus dans l’ancien format (2017)."""
    iris = ville.tissu.iris
    label = np.where(iris["type_iris"] == "Z", "5", "1")
    if millesime >= 2018:
        return pd.DataFrame(
            {
                "IRIS": iris["code_iris"],
                "COM": iris["code_insee"],
                "TYP_IRIS": iris["type_iris"],
                "LAB_IRIS": label,
            }
        )
    divisee = iris["type_iris"] != "Z"
    return pd.DataFrame(
        {
            "IRIS": iris["code_iris"],
            "REG": parametres.CODE_REGION,
            "DEP": parametres.CODE_DEPARTEMENT,
            "UU2010": "00601",
            "COM": iris["code_insee"],
            "LIBCOM": iris["nom_commune"],
            "TRIRIS": np.where(divisee, "000011", "ZZZZZZ"),
            "GRD_QUART": np.where(divisee, iris["code_iris"].str[:7], iris["code_insee"] + "00"),
            "LIBIRIS": iris["nom_iris"],
            "TYP_IRIS": iris["type_iris"],
            "MODIF_IRIS": "00",
            "LAB_IRIS": label,
        }
    )


def _ecrire_recensement(ville: VilleFictive, sortie: Path) -> list[Path]:
    """Les cinq bases infracommunales des deux millésimes."""
    codes, ecrits = [str(c) for c in ville.tissu.iris["code_iris"]], []
    for millesime in parametres.MILLESIMES_RECENSEMENT:
        epoque = parametres.EPOQUE_DU_MILLESIME[millesime]
        alea = np.random.default_rng([ville.graine, millesime])
        poids = sondage.ponderer_logements(ville.etats[epoque], alea)
        themes = recensement.tabuler_recensement(ville.etats[epoque], codes, poids, millesime)
        entete = _entete_recensement(ville, millesime)
        for theme, colonnes in themes.items():
            table = pd.concat([entete, pd.DataFrame(colonnes)], axis=1)
            ecrits.append(
                ecrire_csv(table, sortie / f"base-ic-{theme}-{millesime}.CSV", fin_de_ligne="\n")
            )
    return ecrits


def _ecrire_revenus(ville: VilleFictive, sortie: Path) -> list[Path]:
    """Filosofi par IRIS, commune, quartier et carreau, et population des quartiers."""
    population, demographie = population_qpv.tabuler_population_qpv(ville)
    tables: list[tuple[str, pd.DataFrame, dict[str, Any]]] = [
        ("BASE_TD_FILO_IRIS_2021_DISP.csv", filosofi.tabuler_iris(ville, 2021), {}),
        ("BASE_TD_FILO_DISP_IRIS_2018.csv", filosofi.tabuler_iris(ville, 2018), {}),
        ("cc_filosofi_2021_COM.csv", filosofi.tabuler_communes(ville), {"fin_de_ligne": "\n"}),
        ("revenus_pauvrete_2021_qp24_v2.csv", filosofi.tabuler_qpv(ville), {}),
        ("population_qp24.csv", population, {}),
        ("estimations_demographiques_2022_qp24.csv", demographie, {}),
        (
            NOM_CARREAUX,
            carreaux.tabuler_carreaux(ville.etats[1]),
            {"separateur": ",", "fin_de_ligne": "\n"},
        ),
    ]
    return [ecrire_csv(table, sortie / nom, **options) for nom, table, options in tables]


def _ecrire_lieux(graine: int, sortie: Path) -> list[Path]:
    """Équipements, établissements, Caf et demandeurs d’emploi, tirés des fichiers déjà écrits."""
    ecoles = lieux.tabuler_ecoles(sortie, graine)
    tables = {
        "BPE24.csv": lieux.tabuler_bpe(sortie, graine),
        "fr-en-annuaire-education.csv": ecoles.pop("annuaire"),
        **{f"fr-en-ips-{degre}-ap2022.csv": table for degre, table in ecoles.items()},
        **prestations.tabuler_prestations(sortie),
    }
    return [ecrire_csv(table, sortie / nom) for nom, table in tables.items()]
