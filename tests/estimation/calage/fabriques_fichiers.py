"""De petits fichiers dans les formats des producteurs, pour ``caler`` et ``evaluer``."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

__all__ = ["ecrire_fichiers"]

_REVENUS = {
    "revenu_median": 1.0,
    "q1": 0.75,
    "q3": 1.3,
    "d1": 0.55,
    "d9": 1.8,
}
_PARTS = (
    "age_0014",
    "age_1529",
    "age_3044",
    "age_4559",
    "age_6074",
    "age_75p",
    "csp_cadres",
    "csp_interm",
    "csp_employes",
    "csp_ouvriers",
    "csp_retraites",
    "part_sans_diplome",
    "part_sup",
    "part_proprietaires",
    "part_locataires",
)


def ecrire_fichiers(dossier: Path, communes: int = 72, departements: int = 6) -> dict[str, Path]:
    """Communes de quatre IRIS d’un kilomètre de côté et d’un quartier à cheval sur deux d’entre eux.

    Un IRIS sur six n’a pas de revenus, un quartier sur douze pas de taux publié.
    """
    hasard = np.random.default_rng(11)
    contours, quartiers, tables, verites = [], [], [], []
    for k in range(communes):
        commune = f"{10 + k % departements:02d}{100 + k}"
        x, y = 800_000 + 5_000 * (k % 9), 6_500_000 + 5_000 * (k // 9)
        largeur, hauteur = hasard.uniform(250, 750, 2)
        social = hasard.uniform(0, 80, 4)
        for i in range(4):
            code = f"{commune}01{i + 1:02d}"
            gauche, bas = x + 1000 * (i % 2), y + 1000 * (i // 2)
            contours.append(
                {
                    "code_iris": code,
                    "nom_iris": f"IRIS {code}",
                    "type_iris": "H",
                    "code_insee": commune,
                    "nom_commune": f"Commune {commune}",
                    "geometry": shapely.box(gauche, bas, gauche + 1000, bas + 1000),
                }
            )
            taux = 8 + 0.4 * social[i] + hasard.normal(0, 1.5)
            mediane = 26_000 - 140 * taux
            ligne = {"code_iris": code, "code_commune": commune, "part_hlm": round(social[i], 1)}
            ligne |= {nom: round(f * mediane, -1) for nom, f in _REVENUS.items()}
            ligne |= {"taux_pauvrete": round(taux), "rapport_interdecile": 3.3, "gini": 0.28}
            ligne["taux_chomage"] = round(5 + 0.2 * social[i] + hasard.normal(), 1)
            ligne |= {nom: round(hasard.uniform(5, 40), 1) for nom in _PARTS}
            if (4 * k + i) % 6 == 0:
                ligne |= dict.fromkeys(
                    [*_REVENUS, "taux_pauvrete", "rapport_interdecile", "gini"], np.nan
                )
            tables.append(ligne)
        code_qp = f"QN{commune}A"
        milieu = x + 1000
        quartiers.append(
            {
                "code_qp": code_qp,
                "lib_qp": f"Quartier {k}",
                "insee_com": commune,
                "geometry": shapely.box(milieu - largeur, y + 100, milieu + 200, y + 100 + hauteur),
            }
        )
        publie = 14 + 0.45 * (0.7 * social[0] + 0.3 * social[1]) + hasard.normal(0, 2)
        menages = int(hasard.uniform(400, 1500))
        verites.append(
            {
                "codeQPV": code_qp,
                "lib_qp": f"Quartier {k}",
                "popMuniQPV": 2 * menages,
                "indiceJeunesse": round(hasard.uniform(0.6, 3), 1),
                "partPopEt": round(hasard.uniform(5, 40), 1),
                "partMen1p": round(hasard.uniform(25, 50), 1),
                "nombre_menages": menages,
                "nombre_logements_sociaux": int(0.6 * menages),
                "taux_d_emploi": round(68 - 0.5 * publie, 1),
                "taux_pauvrete_60%": round(publie) if k % 12 else np.nan,
            }
        )
    fichiers = {
        "iris": dossier / "contours_iris.gpkg",
        "territoires": dossier / "quartiers.geojson",
        "statistiques": dossier / "socio_iris.parquet",
        "verite": dossier / "valeurs_qpv.csv",
    }
    gpd.GeoDataFrame(contours, crs="EPSG:2154").to_file(fichiers["iris"])
    gpd.GeoDataFrame(quartiers, crs="EPSG:2154").to_crs("EPSG:4326").to_file(
        fichiers["territoires"], driver="GeoJSON"
    )
    pd.DataFrame(tables).to_parquet(fichiers["statistiques"])
    pd.DataFrame(verites).to_csv(fichiers["verite"], sep=";", index=False)
    return fichiers
