"""Deux années de géographie dans une même ville : réponses connues sur la ville fictive.

Les fichiers du recensement 2017 (géographie 2019) et de Filosofi 2018 y décrivent un seul IRIS là
où les contours de 2024 en ont deux.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from observatoire.chaine import actualiser
from observatoire.chemins import Chemins
from observatoire.erreurs import ErreurDonnees

ANCIEN = "000010999"
BASES_2017 = "base-ic-*-2017.CSV"
FILOSOFI_2018 = "BASE_TD_FILO_DISP_IRIS_2018.csv"


def deux_voisins(iris: gpd.GeoDataFrame, qpv: gpd.GeoDataFrame) -> tuple[str, str]:
    """Deux IRIS d’habitat d’un même quartier, celui qui y met le plus de surface d’abord."""
    habitat = iris[(iris["type_iris"] == "H") & (iris["code_insee"] == "00001")]
    croises = gpd.overlay(habitat[["code_iris", "geometry"]], qpv[["code_qp", "geometry"]])
    croises["m2"] = croises.area
    croises = croises[croises["m2"] > 5_000].sort_values("m2", ascending=False)
    premier = croises.iloc[0]
    meme = croises[croises["code_qp"] == premier["code_qp"]]["code_iris"].tolist()
    return str(meme[0]), str(meme[1])


def fusionner(chemin: Path, codes: tuple[str, str], *, separateur: str = ";") -> None:
    """Remplacer deux lignes par celle de l’ancien IRIS : les effectifs s’additionnent."""
    table = pd.read_csv(chemin, sep=separateur, dtype=str, keep_default_na=False)
    lignes = table[table["IRIS"].isin(codes)]
    assert len(lignes) == 2, chemin.name
    ancienne = lignes.iloc[0].copy()
    for colonne in table.columns:
        if colonne[:1] in "PC" and colonne[1:3].isdigit():
            ancienne[colonne] = repr(float(lignes[colonne].astype(float).sum()))
    ancienne["IRIS"] = ANCIEN
    reste = pd.concat([table[~table["IRIS"].isin(codes)], ancienne.to_frame().T])
    reste.to_csv(chemin, sep=separateur, index=False, lineterminator="\r\n")


@pytest.fixture(scope="module")
def codes(ville_fictive):
    iris = gpd.read_file(ville_fictive / "iris.gpkg")
    qpv = gpd.read_file(ville_fictive / "QP2024_France_Hexagonale_Outre_Mer_WGS84.geojson")
    return deux_voisins(iris, qpv.to_crs(iris.crs))


@pytest.fixture(scope="module")
def depot(ville_fictive, codes, tmp_path_factory):
    """La ville fictive, contours datés de 2024, anciennes tables dans leur géographie."""
    dossier = tmp_path_factory.mktemp("depot") / "fichiers"
    shutil.copytree(ville_fictive, dossier)
    dates = dossier / "CONTOURS-IRIS_3-0__GPKG_2024-01-01"
    dates.mkdir()
    (dossier / "iris.gpkg").rename(dates / "iris.gpkg")
    for chemin in [*dossier.glob(BASES_2017), dossier / FILOSOFI_2018]:
        fusionner(chemin, codes)
    return dossier


@pytest.fixture(scope="module")
def compte_rendu(depot, tmp_path_factory):
    return actualiser("00001", depuis=[depot], chemins=Chemins(tmp_path_factory.mktemp("racine")))


@pytest.fixture(scope="module")
def resultats(compte_rendu):
    return compte_rendu.edition.resultats


CLES = ["code_territoire", "indicateur", "millesime"]


def comparer(resultats, temoin, requete):
    return (
        resultats.query(requete)
        .merge(temoin.query(requete), on=CLES, suffixes=("", "_temoin"), validate="one_to_one")
        .reset_index(drop=True)
    )


def test_l_actualisation_dit_les_iris_et_leurs_habitants(compte_rendu, codes, ville_fictive):
    textes = [str(a) for a in compte_rendu.avertissements if ANCIEN in str(a)]
    assert {t.partition(" : ")[0] for t in textes} == {
        *(p.name for p in ville_fictive.glob(BASES_2017)),
        FILOSOFI_2018,
    }
    population = pd.read_csv(
        ville_fictive / "base-ic-evol-struct-pop-2017.CSV", sep=";", dtype={"IRIS": str, "COM": str}
    ).set_index("IRIS")["P17_POP"]
    habitants = f"{population[list(codes)].sum():,.0f}".replace(",", "\u202f")
    (texte,) = [t for t in textes if t.startswith("base-ic-evol-struct-pop")]
    assert f"c’est {habitants} habitants" in texte
    assert "géographie 2019, les contours de 2024" in texte
    sans_ligne = [str(a) for a in compte_rendu.avertissements if "sont sans ligne" in str(a)]
    assert any(codes[0] in t and codes[1] in t for t in sans_ligne)


def test_la_ville_compte_chaque_ligne_du_recensement(resultats, edition_fictive):
    requete = "type_territoire == 'commune' and millesime == 2017"
    ensemble = comparer(resultats, edition_fictive.resultats, requete)
    assert len(ensemble) > 50
    pd.testing.assert_series_equal(
        ensemble["valeur"], ensemble["valeur_temoin"], check_names=False, rtol=1e-9
    )
    assert (ensemble["statut"] == ensemble["statut_temoin"]).all()
    assert (ensemble["effectif"] / ensemble["effectif_temoin"]).between(1 - 1e-9, 1 + 1e-9).all()
    assert ensemble["part_couverte"].between(0.9, 1.0).all(), ensemble.nsmallest(3, "part_couverte")


def test_les_annees_de_la_geographie_des_contours_ne_changent_pas(resultats, edition_fictive):
    for annee in (2021, 2022):
        ensemble = comparer(resultats, edition_fictive.resultats, f"millesime == {annee}")
        assert len(ensemble) > 100
        pd.testing.assert_series_equal(
            ensemble["valeur"], ensemble["valeur_temoin"], check_names=False
        )
        pd.testing.assert_series_equal(
            ensemble["part_couverte"], ensemble["part_couverte_temoin"], check_names=False
        )


def test_un_quartier_touche_dit_sa_part_couverte(resultats, edition_fictive, codes, ville_fictive):
    """Part couverte attendue : habitants 2022 des deux IRIS perdus, population 2017 des autres."""
    poids = pd.read_parquet(edition_fictive.dossier / "poids.parquet")
    touches = set(poids.loc[poids["code_iris"].isin(codes), "code_territoire"])
    quartiers = {c for c in touches if c.startswith("Q")}
    assert quartiers
    lire = lambda an: pd.read_csv(  # noqa: E731
        ville_fictive / f"base-ic-evol-struct-pop-{an}.CSV", sep=";", dtype={"IRIS": str}
    ).set_index("IRIS")[f"P{an % 100}_PMEN"]
    anciens, nouveaux = lire(2017), lire(2022)
    parts = poids.assign(
        part=poids["part_population"].where(poids["part_population"].notna(), poids["part_surface"])
    )
    lignes = resultats.query("indicateur == 'population' and millesime == 2017").set_index(
        "code_territoire"
    )
    for quartier in quartiers:
        siens = parts[parts["code_territoire"] == quartier].set_index("code_iris")["part"]
        perdus = siens.index.isin(codes)
        base = anciens.reindex(siens.index).where(~perdus, nouveaux.reindex(siens.index))
        masse = (base * siens).dropna()
        attendue = masse[~masse.index.isin(codes)].sum() / masse.sum()
        ligne = lignes.loc[quartier]
        assert ligne["part_couverte"] == pytest.approx(attendue, abs=1e-9)
        assert attendue < 1
        if attendue < 0.5:
            assert pd.isna(ligne["valeur"])
        assert "IRIS d’une autre géographie, sans donnée" in ligne["precision_note"]


def test_une_couverture_faible_n_est_pas_interpretable(
    compte_rendu, resultats, edition_fictive, codes
):
    faibles = resultats[
        (resultats["type_territoire"] == "qpv")
        & (resultats["millesime"] == 2017)
        & (resultats["part_couverte"] < 0.5)
    ]
    assert len(faibles), "le quartier de deux IRIS perdus doit être presque découvert"
    assert faibles["valeur"].isna().all()
    assert set(faibles["statut"]) == {"absent"}
    verdicts = compte_rendu.edition.ecarts.merge(faibles[CLES], on=CLES, validate="many_to_one")
    assert len(verdicts)
    assert set(verdicts["verdict"]) == {"non_interpretable"}
    avant = edition_fictive.resultats.merge(faibles[CLES], on=CLES, validate="one_to_one")
    assert avant["valeur"].notna().all()


def test_les_iris_nouveaux_sont_absents_et_non_secrets(resultats, codes):
    revenus = resultats.query("indicateur == 'taux_pauvrete' and millesime == 2018")
    lignes = revenus[revenus["code_territoire"].isin(codes)]
    assert len(lignes) == 2
    assert lignes["valeur"].isna().all()
    # L’ancien IRIS n’a pas de contour : il n’est pas une ligne de la carte.
    assert ANCIEN not in set(resultats["code_territoire"])
    assert set(lignes["statut"]) == {"absent"}


def test_les_iris_masques_restent_secrets(resultats, edition_fictive, codes):
    requete = "indicateur == 'taux_pauvrete' and millesime == 2018 and type_territoire == 'iris'"
    ensemble = comparer(resultats, edition_fictive.resultats, requete)
    autres = ensemble[~ensemble["code_territoire"].isin(codes)]
    assert (autres["statut_temoin"] == "secret").any()
    assert (autres["statut"] == autres["statut_temoin"]).all()


def test_les_contours_sans_annee_restent_une_faute(depot, tmp_path):
    dossier = tmp_path / "fichiers"
    shutil.copytree(depot, dossier)
    (dates,) = dossier.glob("CONTOURS-IRIS*")
    (dates / "iris.gpkg").rename(dossier / "iris.gpkg")
    with pytest.raises(ErreurDonnees, match=f"n’a pas de contour \\({ANCIEN}\\)"):
        actualiser("00001", depuis=[dossier], chemins=Chemins(tmp_path / "r"))


def test_deux_annees_de_contours(depot, ville_fictive, codes, tmp_path):
    """Les contours de 2019 sont donnés d’abord ; ceux de 2024 vont aux données les plus récentes."""
    anciens = gpd.read_file(ville_fictive / "iris.gpkg")
    fusion = anciens.dissolve(anciens["code_iris"].where(~anciens["code_iris"].isin(codes), ANCIEN))
    fusion["code_iris"] = fusion.index
    dossier = tmp_path / "CONTOURS-IRIS_2019-01-01"
    dossier.mkdir()
    fusion.reset_index(drop=True).to_file(dossier / "iris.gpkg", layer="contours_iris")
    rendu = actualiser("00001", depuis=[dossier, depot], chemins=Chemins(tmp_path / "r"))
    assert set(codes) <= set(rendu.edition.couches["iris"]["code_iris"])
    (choix,) = [str(a) for a in rendu.avertissements if "retenus parmi" in str(a)]
    assert "géographie 2024 retenus parmi 2019, 2024" in choix
    assert any("Contours… IRIS 2024" in s for s in rendu.edition.manifeste["sources_geographiques"])
