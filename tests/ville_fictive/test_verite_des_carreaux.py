"""Le seuil et les groupes de carreaux, comptés sur les ménages eux-mêmes."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer

from observatoire.catalogue import charger_catalogue
from observatoire.indicateurs.inegalites import reperer_poches_carreaux
from observatoire.territoires import construire_carreaux
from observatoire.ville_fictive import parametres
from observatoire.ville_fictive.diffusion import NOM_CARREAUX
from observatoire.ville_fictive.filosofi import menages_fiscaux


@pytest.fixture(scope="module")
def menages(ville):
    """Ménages fiscaux en 2021, avec leur carreau et leur pauvreté."""
    table = menages_fiscaux(ville.etats[parametres.EPOQUE_DU_MILLESIME[2021]])
    vers = Transformer.from_crs("EPSG:2154", "EPSG:3035", always_xy=True)
    est, nord = vers.transform(table["x"].to_numpy(), table["y"].to_numpy())
    codes = [
        f"CRS3035RES200mN{int(n // 200) * 200}E{int(e // 200) * 200}"
        for e, n in zip(est, nord, strict=True)
    ]
    pauvre = table["niveau_vie"] < parametres.SEUILS_PAUVRETE[2021]
    return table.assign(carreau=codes, pauvre=pauvre)


@pytest.fixture(scope="module")
def reperer(dossier):
    iris = gpd.read_file(dossier / "iris.gpkg").rename(columns={"code_insee": "code_commune"})
    effectifs = pd.read_csv(dossier / NOM_CARREAUX, index_col="idcar_200m")[
        ["ind", "men", "men_pauv", "i_est_200"]
    ].rename(columns={"i_est_200": "impute"})
    carreaux = construire_carreaux(effectifs, crs=iris.crs, emprise=tuple(iris.total_bounds))

    def appeler(quartiers):
        qpv = quartiers.assign(
            nom="", type_territoire="qpv", code_commune="00001"
        ).to_crs(iris.crs)  # fmt: skip
        return reperer_poches_carreaux(
            carreaux, iris, qpv, {"00001": "Brumeval"}, charger_catalogue(), 2021
        )

    return appeler


def test_le_seuil_est_proche_de_celui_des_menages(ville, menages, reperer):
    """Un quartier coupe ses carreaux : la part s’écarte un peu de celle de ses ménages."""
    quartiers = ville.tissu.qpv_2024.rename(columns={"code": "code_territoire"})
    vraies = 100 * menages.groupby("qpv")["pauvre"].mean()
    ecarts = []
    for code in quartiers["code_territoire"]:
        _, vu = reperer(quartiers[quartiers["code_territoire"] == code])
        ecarts.append(vu["seuil"].item() - vraies[code])
    assert len(ecarts) == 5
    assert np.abs(ecarts).max() < 4
    assert np.mean(ecarts) < 1  # tiré vers les voisins, donc vers le bas


def test_les_groupes_sont_les_menages_de_leurs_carreaux(ville, menages, reperer, dossier):
    """Si le seul quartier était un IRIS moyen, les vrais quartiers seraient des poches."""
    iris = gpd.read_file(dossier / "iris.gpkg").set_index("code_iris")
    pauvres = menages[menages["commune"] == "00001"].groupby("iris")["pauvre"].mean()
    moyen = str((pauvres - 0.25).abs().idxmin())
    quartier = iris.loc[[moyen], ["geometry"]].rename_axis("code_territoire").reset_index()
    groupes, vu = reperer(quartier)
    assert vu["seuil"].item() == pytest.approx(100 * pauvres[moyen], abs=4)
    poches = groupes[groupes["etat"] == "poche"]
    assert len(poches) >= 3
    imputes = poches["carreaux_imputes"] > 0
    assert set(poches.loc[~imputes, "statut"]) == {"publie"}
    assert set(poches.loc[imputes, "statut"]) <= {"estime"}
    for groupe in poches[~imputes].to_dict("records"):
        siens = menages[menages["carreau"].isin(groupe["identifiants"].split())]
        assert len(siens) == groupe["menages"]
        assert siens["pauvre"].sum() == groupe["menages_pauvres"]
        assert siens["personnes"].sum() == groupe["habitants"]
        assert groupe["valeur"] == pytest.approx(100 * siens["pauvre"].mean())


def test_deux_quartiers_oublies_sont_retrouves(ville, reperer):
    """Deux quartiers de Brumeval retirés de la liste : les carreaux les désignent, et rien d’autre."""
    tous = ville.tissu.qpv_2024.rename(columns={"code": "code_territoire"})
    oublies = tous["code_territoire"].isin(["QN00003M", "QN00004M"])
    groupes, _ = reperer(tous[~oublies])
    assert {"poche"} == set(groupes["etat"])
    trouves = groupes.geometry.union_all()
    quartiers = tous[oublies].to_crs(groupes.crs).geometry
    # Chaque groupe est pour l’essentiel un quartier oublié, et en couvre l’essentiel.
    assert trouves.intersection(quartiers.union_all()).area > 0.7 * trouves.area
    assert (quartiers.intersection(trouves).area > 0.5 * quartiers.area).all()
