"""Une actualisation entière hors de métropole : projection légale, surfaces, édition, cartes.

Les fichiers sont écrits ici, aux formats des producteurs : une ville de quatre IRIS d’un kilomètre
carré et un quartier de 400 m sur 500 m, dans chaque projection légale d’outre-mer.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer
from shapely import box

from observatoire.cartes.carte_papier import exporter_carte
from observatoire.cartes.carte_web import construire_carte_web
from observatoire.cartes.depuis_edition import vue_depuis_edition
from observatoire.chaine import actualiser
from observatoire.chemins import Chemins

# Commune, projection légale, centre (longitude, latitude), revenus par IRIS diffusés par l’Insee.
VILLES = [
    pytest.param("97411", 2975, (55.46, -20.89), True, id="La Réunion"),
    pytest.param("97209", 5490, (-61.06, 14.61), True, id="Martinique"),
    pytest.param("97101", 5490, (-61.52, 16.27), False, id="Guadeloupe"),
    pytest.param("97302", 2972, (-52.32, 4.93), False, id="Guyane"),
    pytest.param("97608", 4471, (45.22, -12.78), False, id="Mayotte"),
]
HABITANTS = (2000.0, 1000.0, 3000.0, 1500.0)


def ecrire_ville(dossier: Path, commune: str, epsg: int, centre, *, revenus: bool) -> None:
    x, y = Transformer.from_crs("OGC:CRS84", epsg, always_xy=True).transform(*centre)
    codes = [f"{commune}01{k:02d}" for k in range(1, 5)]
    carres = [
        box(x + dx, y + dy, x + dx + 1000, y + dy + 1000) for dx in (0, 1000) for dy in (0, 1000)
    ]
    contours = dossier / "CONTOURS-IRIS_3-0__GPKG_2024-01-01"
    contours.mkdir(parents=True)
    gpd.GeoDataFrame(
        {
            "cleabs": codes,
            "code_insee": commune,
            "nom_commune": "Île-Ville",
            "iris": [c[5:] for c in codes],
            "code_iris": codes,
            "nom_iris": [f"Morne {k}" for k in range(4)],
            "type_iris": "H",
        },
        geometry=carres,
        crs=epsg,
    ).to_file(contours / "iris.gpkg", layer="contours_iris")
    # Le quartier tient dans le premier IRIS ; l’ANCT le diffuse en degrés.
    gpd.GeoDataFrame(
        {"code_qp": [f"QN{commune[:3]}01M"], "lib_qp": ["Bas de l’île"], "insee_com": [commune]},
        geometry=[box(x + 100, y + 100, x + 500, y + 600)],
        crs=epsg,
    ).to_crs(4326).to_file(dossier / "QP2024_France_Hexagonale_Outre_Mer_WGS84.geojson")
    base = pd.DataFrame({"IRIS": codes, "COM": commune, "TYP_IRIS": "H", "LAB_IRIS": "1"})
    population = base.assign(P22_POP=HABITANTS)
    for colonne, part in {
        "PMEN": 1.0,
        "POP0019": 0.3,
        "POP2064": 0.6,
        "POP65P": 0.1,
        "POP75P": 0.05,
    }.items():
        population[f"P22_{colonne}"] = population["P22_POP"] * part
    population.to_csv(dossier / "base-ic-evol-struct-pop-2022.CSV", sep=";", index=False)
    activite = base.assign(
        P22_POP1564=1000.0, P22_ACT1564=800.0, P22_CHOM1564=[400, 200, 160, 80.0]
    )
    activite.to_csv(dossier / "base-ic-activite-residents-2022.CSV", sep=";", index=False)
    if revenus:
        filosofi = pd.DataFrame({"IRIS": codes, "DISP_TP6021": ["45,0", "30,0", "ns", "20,0"]})
        for nom, valeur in {
            "D1": 8000,
            "Q1": 11000,
            "MED": 16000,
            "Q3": 24000,
            "D9": 34000,
        }.items():
            filosofi[f"DISP_{nom}21"] = valeur
        filosofi["DISP_RD21"], filosofi["DISP_GI21"] = "4,3", "0,33"
        filosofi.to_csv(dossier / "BASE_TD_FILO_IRIS_2021_DISP.csv", sep=";", index=False)


@pytest.mark.parametrize(("commune", "epsg", "centre", "revenus"), VILLES)
def test_une_ville_d_outre_mer_de_bout_en_bout(tmp_path, commune, epsg, centre, revenus):
    ecrire_ville(tmp_path / "depot", commune, epsg, centre, revenus=revenus)
    rendu = actualiser(commune, depuis=[tmp_path / "depot"], chemins=Chemins(tmp_path / "racine"))
    edition = rendu.edition
    assert edition.manifeste["projection"] == f"EPSG:{epsg}"
    iris, qpv = edition.couches["iris"], edition.couches["qpv"]
    assert iris.crs.to_epsg() == qpv.crs.to_epsg() == epsg
    assert iris.geometry.area.tolist() == pytest.approx([1e6] * 4)
    assert qpv.geometry.area.tolist() == pytest.approx([200_000.0], rel=1e-6)

    resultats = edition.resultats.set_index(["indicateur", "code_territoire"])
    ville = resultats.xs(commune, level="code_territoire")
    assert ville.loc["population", "valeur"] == sum(HABITANTS)
    assert ville.loc["densite_population", "valeur"] == pytest.approx(sum(HABITANTS) / 4)
    assert ville.loc["taux_chomage_15_64", "valeur"] == pytest.approx(100 * 840 / 3200)
    quartier = resultats.xs(qpv["code_territoire"].iloc[0], level="code_territoire")
    # Un cinquième du premier IRIS, au prorata des surfaces.
    assert quartier.loc["population", "valeur"] == pytest.approx(HABITANTS[0] / 5, rel=1e-6)
    assert quartier.loc["taux_chomage_15_64", "valeur"] == pytest.approx(50.0)
    assert ("taux_pauvrete" in edition.manifeste["millesimes"]) == revenus
    if revenus:
        assert quartier.loc["taux_pauvrete", "valeur"] == pytest.approx(45.0)

    vue = vue_depuis_edition(edition, indicateur="taux_chomage_15_64", vue="valeur", niveau="iris")
    image, texte = exporter_carte(vue, tmp_path / "carte.png")
    assert image.read_bytes().startswith(b"\x89PNG")
    assert image.stat().st_size > 20_000
    assert "Morne" in texte.read_text(encoding="utf-8")
    page = construire_carte_web(vue)
    longitude, latitude = centre
    assert f"{longitude:.2f}" in page
    assert f"{latitude:.2f}" in page


def test_les_carreaux_de_la_reunion_partagent_les_iris(tmp_path):
    """Tous les habitants du premier IRIS sont dans le carreau qui tient dans le quartier."""
    commune, epsg, centre = "97411", 2975, (55.46, -20.89)
    depot = tmp_path / "depot"
    ecrire_ville(depot, commune, epsg, centre, revenus=False)
    x, y = Transformer.from_crs("OGC:CRS84", epsg, always_xy=True).transform(*centre)
    # Un carreau par IRIS ; celui du premier tient dans le quartier (400 m × 500 m à 100 m du coin).
    coins = [
        [int(200 * np.ceil((v + 100 + d) / 200)) for v, d in ((x, dx), (y, dy))]
        for dx in (0, 1000)
        for dy in (0, 1000)
    ]
    pd.DataFrame(
        {
            "idcar_200m": [f"CRS2975RES200mN{c[1]}E{c[0]}" for c in coins],
            "idcar_1km": "x",
            "i_est_200": 0,
            "lcog_geo": commune,
            "ind": HABITANTS,
            "men": [h / 2.5 for h in HABITANTS],
        }
    ).to_csv(depot / "Filosofi2021_carreaux_200m_reun.csv", index=False)
    edition = actualiser(commune, depuis=[depot], chemins=Chemins(tmp_path / "racine")).edition
    quartier = edition.resultats.query("indicateur == 'population' and type_territoire == 'qpv'")
    assert quartier["methode"].tolist() == ["carreaux"]
    assert quartier["valeur"].tolist() == pytest.approx([HABITANTS[0]])
