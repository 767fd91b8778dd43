"""Poids territoriaux : réponses connues, propriétés, contrôles, contours réels."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pandas.testing import assert_frame_equal
from shapely import Polygon, box

from observatoire.erreurs import ErreurDonnees, ErreurGeographie
from observatoire.territoires import fils
from observatoire.territoires.poids import calculer_poids, matrice_poids, part_retenue, purete

L93 = "EPSG:2154"
COLONNES = [
    "code_territoire",
    "code_iris",
    "surface_m2",
    "part_surface",
    "part_population",
    "part_menages",
    "methode",
]


def couche(colonne: str, polygones: dict[str, shapely.Geometry], crs: str | None = L93):
    return gpd.GeoDataFrame({colonne: list(polygones)}, geometry=list(polygones.values()), crs=crs)


def quadrillage(nombre: int = 3, pas: float = 1000.0) -> gpd.GeoDataFrame:
    return couche(
        "code_iris",
        {
            f"38185{10 * i + j:04d}": box(i * pas, j * pas, (i + 1) * pas, (j + 1) * pas)
            for i in range(nombre)
            for j in range(nombre)
        },
    )


def carres(lignes: list[tuple[float, float, float, float]], cote: float = 200.0, crs=L93):
    """Carreaux (x, y, individus, ménages), coin inférieur gauche."""
    return gpd.GeoDataFrame(
        {"ind": [float(c[2]) for c in lignes], "men": [float(c[3]) for c in lignes]},
        geometry=[box(c[0], c[1], c[0] + cote, c[1] + cote) for c in lignes],
        crs=crs,
    )


DEUX_IRIS = couche(
    "code_iris", {"381850101": box(0, 0, 1000, 1000), "381850102": box(1000, 0, 2000, 1000)}
)
UN_QPV = couche("code_territoire", {"QN03801M": box(750, 0, 1100, 1000)})


# --- réponses connues -------------------------------------------------------------------------


def test_parts_de_surface_connues() -> None:
    poids = calculer_poids(DEUX_IRIS, UN_QPV)
    assert list(poids.columns) == COLONNES
    assert poids.index.equals(pd.RangeIndex(2))
    assert list(poids["code_iris"]) == ["381850101", "381850102"]
    np.testing.assert_allclose(poids["surface_m2"], [250_000, 100_000])
    np.testing.assert_allclose(poids["part_surface"], [0.25, 0.1])
    assert poids["part_population"].isna().all()
    assert poids["part_menages"].isna().all()
    assert set(poids["methode"]) == {"surface"}
    assert (poids.dtypes[COLONNES[2:6]] == np.float64).all()


def test_trou_et_multipolygone() -> None:
    troue = Polygon(box(0, 0, 1000, 1000).exterior, [box(200, 200, 400, 400).exterior])
    deux = shapely.MultiPolygon([box(0, 0, 300, 1000), box(900, 0, 1000, 1000)])
    poids = calculer_poids(
        couche("code_iris", {"381850101": troue}), couche("code_territoire", {"QN03801M": deux})
    )
    attendue = 300 * 1000 - 100 * 200 + 100 * 1000
    assert poids["surface_m2"].item() == pytest.approx(attendue)
    assert poids["part_surface"].item() == pytest.approx(attendue / (1e6 - 40_000))


def test_les_eclats_de_dessin_sont_ecartes() -> None:
    # Un hectare : le millionième y vaut 0,01 m², seul le seuil de 1 m² peut jouer.
    petit = couche("code_iris", {"381850101": box(0, 0, 100, 100)})
    eclats = {"moins_d_un_m2": box(99.9, 0, 500, 9), "plus_d_un_m2": box(99.9, 0, 500, 11)}
    poids = calculer_poids(petit, couche("code_territoire", eclats))
    assert list(poids["code_territoire"]) == ["plus_d_un_m2"]
    # Cent kilomètres carrés : le millionième y vaut 100 m², seul ce seuil peut jouer.
    vaste = couche("code_iris", {"381850000": box(0, 0, 10_000, 10_000)})
    petits = couche("code_territoire", {"90": box(0, 0, 9, 10), "110": box(5000, 5000, 5011, 5010)})
    assert list(calculer_poids(vaste, petits)["code_territoire"]) == ["110"]


def test_voisins_qui_se_touchent_sans_se_recouvrir() -> None:
    poids = calculer_poids(DEUX_IRIS, couche("code_territoire", {"Q": box(2000, 0, 3000, 1000)}))
    assert poids.empty
    assert list(poids.columns) == COLONNES


def test_une_ville_sans_territoire_a_une_table_vide() -> None:
    aucun = gpd.GeoDataFrame(
        {"code_territoire": pd.Series(dtype="str")}, geometry=gpd.GeoSeries([], crs=L93)
    )
    poids = calculer_poids(DEUX_IRIS, aucun, carreaux=carres([(800, 0, 60, 40)]))
    assert poids.empty
    assert list(poids.columns) == COLONNES
    assert poids.dtypes.equals(calculer_poids(DEUX_IRIS, UN_QPV).dtypes)
    assert purete(poids, pd.Series({"381850101": 5.0})).empty
    assert matrice_poids(poids)[0].shape == (0, 0)


def test_les_colonnes_superflues_sont_ignorees() -> None:
    enrichie = DEUX_IRIS.assign(surface_m2=1, part_surface="x")
    assert_frame_equal(calculer_poids(enrichie, UN_QPV), calculer_poids(DEUX_IRIS, UN_QPV))


def test_la_geometrie_peut_porter_un_autre_nom() -> None:
    renommee = DEUX_IRIS.rename_geometry("geometrie")
    assert_frame_equal(calculer_poids(renommee, UN_QPV), calculer_poids(DEUX_IRIS, UN_QPV))


# --- carreaux ---------------------------------------------------------------------------------


def test_carreaux_reponse_connue() -> None:
    carreaux = carres(
        [
            (0, 0, 300, 100),  # premier IRIS, hors du quartier
            (800, 0, 60, 40),  # premier IRIS, dans le quartier
            (650, 400, 40, 20),  # coupé en deux par la limite du quartier (x = 750)
            (900, 800, 100, 50),  # à cheval sur les deux IRIS, moitié-moitié, dans le quartier
            (1600, 0, 150, 75),  # second IRIS, hors du quartier
        ]
    )
    # Le quatrième carreau s’étend de x = 900 à 1100 : moitié dans chaque IRIS.
    poids = calculer_poids(DEUX_IRIS, UN_QPV, carreaux=carreaux).set_index("code_iris")
    total_1, dedans_1 = 300 + 60 + 40 + 50, 60 + 20 + 50
    total_2, dedans_2 = 50 + 150, 50
    np.testing.assert_allclose(
        poids["part_population"], [dedans_1 / total_1, dedans_2 / total_2], rtol=1e-12
    )
    np.testing.assert_allclose(
        poids["part_menages"], [(40 + 10 + 25) / (100 + 40 + 20 + 25), 25 / 100], rtol=1e-12
    )
    np.testing.assert_allclose(poids["part_surface"], [0.25, 0.1])
    assert set(poids["methode"]) == {"carreaux"}


def test_iris_sans_carreau_habite() -> None:
    poids = calculer_poids(DEUX_IRIS, UN_QPV, carreaux=carres([(800, 0, 60, 40)]))
    poids = poids.set_index("code_iris")
    assert list(poids["methode"]) == ["carreaux", "surface"]
    assert poids.loc["381850101", "part_population"] == 1.0
    assert np.isnan(poids.loc["381850102", "part_population"])
    np.testing.assert_allclose(part_retenue(poids), [1.0, 0.1])


def test_morceau_inhabite_d_un_iris_habite_vaut_zero() -> None:
    poids = calculer_poids(DEUX_IRIS, UN_QPV, carreaux=carres([(0, 0, 60, 40), (1600, 0, 9, 4)]))
    assert list(poids["part_population"]) == [0.0, 0.0]
    assert set(poids["methode"]) == {"carreaux"}


def test_menages_inconnus_individus_connus() -> None:
    poids = calculer_poids(DEUX_IRIS, UN_QPV, carreaux=carres([(800, 0, 60, 0), (1000, 0, 9, 4)]))
    assert np.isnan(poids.loc[0, "part_menages"])
    assert poids.loc[0, "part_population"] == 1.0
    np.testing.assert_allclose(part_retenue(poids, unite="menages"), [0.25, 0.5])


def test_carreaux_tous_egaux_reviennent_a_la_surface() -> None:
    """Une population uniforme rend les deux mesures égales : la formule exacte le garantit."""
    carreaux = carres([(200 * i, 200 * j, 7, 3) for i in range(10) for j in range(5)])
    poids = calculer_poids(DEUX_IRIS, UN_QPV, carreaux=carreaux)
    np.testing.assert_allclose(poids["part_population"], poids["part_surface"], rtol=1e-12)


def test_des_carreaux_inegaux_sont_partages_chacun_selon_sa_propre_surface() -> None:
    """Un carreau de 200 m et un de 400 m, coupés en deux par la limite du quartier (x = 750)."""
    petit, grand = carres([(650, 0, 40, 40)]), carres([(550, 400, 100, 60)], cote=400)
    poids = calculer_poids(DEUX_IRIS, UN_QPV, carreaux=pd.concat([petit, grand]))
    assert poids["part_population"][0] == pytest.approx((20 + 50) / 140)
    petit = carres([(650, 0, 40, 40), (0, 0, 60, 0)])
    poids = calculer_poids(DEUX_IRIS, UN_QPV, carreaux=pd.concat([petit, grand]))
    assert poids["part_population"][0] == pytest.approx((20 + 50) / 200)


def test_carreaux_et_intersection_avec_lignes() -> None:
    """Deux contours qui se frôlent aussi par une ligne : l’intersection est une collection."""
    q = Polygon([(0, 500), (1000, 500), (1000, 400), (2000, 400), (2000, 1200), (0, 1200)])
    iris = couche(
        "code_iris",
        {
            "381850101": Polygon(
                [(0, 0), (1000, 0), (1000, 1000), (500, 1000), (500, 500), (0, 500)]
            )
        },
    )
    carreaux = carres([(0, 0, 10, 5), (600, 600, 30, 15)])
    poids = calculer_poids(iris, couche("code_territoire", {"Q": q}), carreaux=carreaux)
    assert poids["part_population"].item() == pytest.approx(0.75)


# --- propriétés -------------------------------------------------------------------------------

rectangles = st.tuples(
    st.floats(-200, 3000), st.floats(-200, 3000), st.floats(5, 2500), st.floats(5, 2500)
).map(lambda r: box(r[0], r[1], r[0] + r[2], r[1] + r[3]))
semis = st.lists(
    st.tuples(
        st.integers(0, 14).map(lambda k: 200.0 * k + 30),
        st.integers(0, 14).map(lambda k: 200.0 * k + 30),
        st.integers(0, 400),
        st.integers(0, 200),
    ),
    max_size=25,
    unique_by=lambda c: c[:2],
)


@given(st.lists(rectangles, min_size=1, max_size=5), semis)
@settings(deadline=None, max_examples=60)
def test_les_poids_sont_entre_zero_et_un(polygones, lignes) -> None:
    territoires = couche("code_territoire", {f"Q{k}": p for k, p in enumerate(polygones)})
    poids = calculer_poids(quadrillage(), territoires, carreaux=carres(lignes))
    for colonne in ("part_surface", "part_population", "part_menages"):
        connus = poids[colonne].dropna()
        assert connus.between(0, 1).all()
    assert (poids["part_population"].isna() == (poids["methode"] == "surface")).all()
    assert part_retenue(poids).notna().all()
    assert (poids["surface_m2"] >= 1).all()


@given(st.floats(300, 2700), st.floats(300, 2700), semis)
@settings(deadline=None, max_examples=60)
def test_une_partition_conserve_chaque_iris(x, y, lignes) -> None:
    """Quatre rectangles qui pavent la ville : les parts d’un IRIS somment à 1."""
    x, y = round(x, 1), round(y, 1)
    territoires = couche(
        "code_territoire",
        {
            "A": box(0, 0, x, y),
            "B": box(x, 0, 3000, y),
            "C": box(0, y, x, 3000),
            "D": box(x, y, 3000, 3000),
        },
    )
    poids = calculer_poids(quadrillage(), territoires, carreaux=carres(lignes))
    sommes = poids.groupby("code_iris")["part_surface"].sum()
    assert len(sommes) == 9
    # Un éclat écarté pèse au plus un millionième de l’IRIS (1 m² sur 1 km²).
    np.testing.assert_allclose(sommes, 1.0, atol=3e-6)
    habites = poids.dropna(subset=["part_population"]).groupby("code_iris")["part_population"].sum()
    # Un carreau vaut 40 000 m² : l’éclat écarté y pèse au plus 1/40 000 par territoire.
    np.testing.assert_allclose(habites, 1.0, atol=1e-4)


@given(st.randoms(use_true_random=False), st.lists(rectangles, min_size=1, max_size=4), semis)
@settings(deadline=None, max_examples=40)
def test_l_ordre_des_lignes_ne_change_aucun_bit(alea, polygones, lignes) -> None:
    iris = quadrillage()
    territoires = couche("code_territoire", {f"Q{k}": p for k, p in enumerate(polygones)})
    carreaux = carres(lignes)
    reference = calculer_poids(iris, territoires, carreaux=carreaux)

    def melanger(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        rangs = list(range(len(table)))
        alea.shuffle(rangs)
        return table.iloc[rangs]

    assert_frame_equal(
        calculer_poids(melanger(iris), melanger(territoires), carreaux=melanger(carreaux)),
        reference,
        check_exact=True,
    )


@pytest.mark.parametrize("nombre_de_fils", [1, 2, 5])
def test_le_nombre_de_fils_ne_change_aucun_bit(nombre_de_fils, monkeypatch) -> None:
    hasard = np.random.default_rng(7)
    iris = quadrillage(12, 250.0)
    territoires = couche(
        "code_territoire",
        {
            f"Q{k}": shapely.Point(x, y).buffer(r)
            for k, (x, y, r) in enumerate(hasard.uniform([0, 0, 50], [3000, 3000, 600], (90, 3)))
        },
    )
    carreaux = carres(
        [
            (200 * i, 200 * j, hasard.integers(1, 99), hasard.integers(1, 50))
            for i in range(15)
            for j in range(15)
        ]
    )
    monkeypatch.setattr(fils, "_FILS", 1)
    monkeypatch.setattr(fils, "_SEUIL", 10**9)
    reference = calculer_poids(iris, territoires, carreaux=carreaux)
    assert len(reference) > 500
    monkeypatch.setattr(fils, "_FILS", nombre_de_fils)
    monkeypatch.setattr(fils, "_SEUIL", 2)
    assert_frame_equal(
        calculer_poids(iris, territoires, carreaux=carreaux), reference, check_exact=True
    )


def test_les_carreaux_donnent_le_meme_resultat_qu_un_calcul_paire_par_paire() -> None:
    """Contre-calcul sans arbre, sans raccourci d’inclusion ni fils."""
    hasard = np.random.default_rng(3)
    iris = quadrillage()
    territoires = couche(
        "code_territoire",
        {"A": shapely.Point(1300, 1500).buffer(900), "B": shapely.Point(2500, 700).buffer(300)},
    )
    # Carreaux tournés : ceux de l’Insee, définis en EPSG:3035, le sont dans la projection légale.
    carreaux = carres(
        [
            (210 * i, 190 * j, hasard.integers(0, 90), hasard.integers(0, 40))
            for i in range(16)
            for j in range(17)
        ]
    )
    carreaux = carreaux.set_geometry(carreaux.rotate(4, origin=(1500, 1500)))
    poids = calculer_poids(iris, territoires, carreaux=carreaux)
    contours_i = dict(zip(iris["code_iris"], iris.geometry, strict=True))
    contours_q = dict(zip(territoires["code_territoire"], territoires.geometry, strict=True))
    for ligne in poids.itertuples():
        i, q = contours_i[ligne.code_iris], contours_q[ligne.code_territoire]
        for effectif, part in (("ind", ligne.part_population), ("men", ligne.part_menages)):
            dans_i = sum(
                e * c.intersection(i).area / c.area
                for e, c in zip(carreaux[effectif], carreaux.geometry, strict=True)
            )
            dans_q = sum(
                e * c.intersection(i).intersection(q).area / c.area
                for e, c in zip(carreaux[effectif], carreaux.geometry, strict=True)
            )
            assert part == pytest.approx(dans_q / dans_i, abs=1e-9)


# --- contrôles --------------------------------------------------------------------------------

NOEUD = Polygon([(0, 0), (1000, 1000), (1000, 0), (0, 1000)])


@pytest.mark.parametrize(
    ("iris", "territoires", "motif"),
    [
        (DEUX_IRIS.rename(columns={"code_iris": "CODE"}), UN_QPV, "code_iris : colonne absente"),
        (DEUX_IRIS.set_crs(None, allow_override=True), UN_QPV, "pas de projection"),
        (DEUX_IRIS.to_crs(4326), UN_QPV, "en degrés"),
        (DEUX_IRIS, UN_QPV.to_crs(3857), "Mercator"),
        (DEUX_IRIS, UN_QPV.to_crs(2975), "EPSG:2975, différente"),
        (DEUX_IRIS.set_crs(2263, allow_override=True), UN_QPV, "pas en mètres"),
        (pd.concat([DEUX_IRIS, DEUX_IRIS.head(1)]), UN_QPV, "en double : 381850101"),
        (DEUX_IRIS.assign(code_iris=[381850101, 381850102]), UN_QPV, "pas du texte"),
        (DEUX_IRIS.assign(code_iris=["381850101", None]), UN_QPV, "1 code\\(s\\) manquant"),
        (DEUX_IRIS, couche("code_territoire", {"QN03801M": None}), "absente ou vide.*QN03801M"),
        (DEUX_IRIS, couche("code_territoire", {"Q": Polygon()}), "absente ou vide"),
        (DEUX_IRIS, couche("code_territoire", {"Q": shapely.Point(5, 5)}), "pas un polygone"),
        (DEUX_IRIS, couche("code_territoire", {"Q": NOEUD}), "invalide.*croix|invalide.*Q"),
        (couche("code_iris", {"381850101": NOEUD}), UN_QPV, "invalide"),
        (DEUX_IRIS, gpd.GeoDataFrame({"code_territoire": ["Q"]}), "pas de colonne de géométrie"),
    ],
)
def test_une_couche_fautive_est_refusee(iris, territoires, motif) -> None:
    with pytest.raises(ErreurGeographie, match=motif):
        calculer_poids(iris, territoires)


def test_tous_les_defauts_sont_dits_ensemble() -> None:
    iris = pd.concat([DEUX_IRIS, DEUX_IRIS.head(1)]).set_crs(4326, allow_override=True)
    territoires = couche("code", {"Q1": NOEUD, "Q2": None}, crs=None)
    with pytest.raises(ErreurGeographie) as erreur:
        calculer_poids(iris, territoires, carreaux=UN_QPV)
    texte = str(erreur.value)
    for motif in (
        "en double",
        "en degrés",
        "pas de projection",
        "invalide",
        "absente ou vide",
        "code_territoire",
        "colonne ind",
        "colonne men",
    ):
        assert motif in texte


def test_un_contour_invalide_qui_enveloppe_le_quartier_est_vu() -> None:
    """Double enroulement : GEOS croit le quartier dehors ; il ne doit pas disparaître."""
    spirale = [
        (0, 0),
        (1000, 0),
        (1000, 1000),
        (0, 1000),
        (0, 10),
        (990, 10),
        (990, 990),
        (10, 990),
    ]
    iris = couche("code_iris", {"381850101": Polygon([*spirale, (10, 0)])})
    assert not iris.is_valid.any()
    with pytest.raises(ErreurGeographie, match="invalide"):
        calculer_poids(iris, couche("code_territoire", {"Q": box(400, 400, 600, 600)}))


@pytest.mark.parametrize(
    ("carreaux", "motif"),
    [
        (carres([(800, 0, 5, 2)]).drop(columns="men"), "colonne men"),
        (carres([(800, 0, -5, 2)]), "négatif"),
        (carres([(800, 0, np.nan, 2)]), "manquant"),
        (carres([(800, 0, 5, 2)]).assign(ind=["5"]), "non numériques"),
        (carres([(800, 0, 5, 2)]).to_crs(3035), "EPSG:3035, différente"),
        (carres([(800, 0, 5, 2)]).set_geometry([NOEUD], crs=L93), "invalide"),
    ],
)
def test_des_carreaux_fautifs_sont_refuses(carreaux, motif) -> None:
    with pytest.raises(ErreurGeographie, match=motif):
        calculer_poids(DEUX_IRIS, UN_QPV, carreaux=carreaux)


# --- pureté et matrice ------------------------------------------------------------------------


def test_purete_reponse_connue() -> None:
    poids = calculer_poids(DEUX_IRIS, UN_QPV)
    population = pd.Series({"381850101": 2000.0, "381850102": 1000.0})
    # Dans le quartier : 500 habitants du premier IRIS (part 0,25) et 100 du second (0,1).
    attendue = (500 * 0.25 + 100 * 0.1) / 600
    resultat = purete(poids, population)
    assert resultat.name == "purete"
    assert resultat.loc["QN03801M"] == pytest.approx(attendue)


def test_purete_d_une_reunion_d_iris_vaut_un() -> None:
    territoire = couche("code_territoire", {"Q": DEUX_IRIS.union_all()})
    poids = calculer_poids(DEUX_IRIS, territoire)
    assert purete(poids, pd.Series({"381850101": 5.0, "381850102": 3.0})).item() == 1.0


def test_purete_inconnue_si_une_population_manque() -> None:
    poids = calculer_poids(DEUX_IRIS, UN_QPV)
    assert np.isnan(purete(poids, pd.Series({"381850101": 2000.0})).item())
    assert np.isnan(purete(poids, pd.Series({"381850101": 0.0, "381850102": 0.0})).item())


def test_purete_refuse_une_population_en_double() -> None:
    population = pd.Series([1.0, 2.0], index=["381850101", "381850101"])
    with pytest.raises(ErreurDonnees, match="381850101"):
        purete(calculer_poids(DEUX_IRIS, UN_QPV), population)


@given(
    hnp.arrays(np.float64, 9, elements=st.floats(0, 1e5)),
    st.lists(rectangles, min_size=1, max_size=3),
)
@settings(deadline=None, max_examples=40)
def test_la_matrice_applique_les_memes_poids_que_la_table(effectifs, polygones) -> None:
    iris = quadrillage()
    territoires = couche("code_territoire", {f"Q{k}": p for k, p in enumerate(polygones)})
    poids = calculer_poids(iris, territoires)
    matrice, lignes, colonnes = matrice_poids(poids)
    valeurs = pd.Series(effectifs, index=iris["code_iris"])
    attendu = (
        (poids["part_surface"] * valeurs.reindex(poids["code_iris"]).to_numpy())
        .groupby(poids["code_territoire"])
        .sum()
    )
    np.testing.assert_allclose(matrice @ valeurs[colonnes], attendu[lignes], rtol=1e-12)


def test_la_matrice_refuse_les_poids_manquants_et_les_doublons() -> None:
    poids = calculer_poids(DEUX_IRIS, UN_QPV, carreaux=carres([(800, 0, 60, 40)]))
    with pytest.raises(ErreurDonnees, match="381850102") as erreur:
        matrice_poids(pd.concat([poids, poids]), "part_population")
    assert "en double" in str(erreur.value)


# --- contours réels ---------------------------------------------------------------------------


@pytest.mark.reel
def test_memes_surfaces_que_geopandas_sur_grenoble(donnees_reelles: Path) -> None:
    iris = gpd.read_file(donnees_reelles / "grenoble" / "iris.gpkg")[["code_iris", "geometry"]]
    qpv = gpd.read_file(donnees_reelles / "grenoble" / "QP2024_isere_WGS84_simplifie.geojson")
    qpv = qpv.rename(columns={"code_qp": "code_territoire"})[["code_territoire", "geometry"]]
    qpv = qpv.to_crs(iris.crs)
    qpv = qpv.set_geometry(qpv.geometry.make_valid())
    poids = calculer_poids(iris, qpv)
    croise = gpd.overlay(iris, qpv, how="intersection", keep_geom_type=True)
    croise = croise.assign(attendue=croise.area)
    ensemble = poids.merge(
        croise.drop(columns="geometry"),
        on=["code_territoire", "code_iris"],
        how="outer",
        validate="1:1",
        indicator=True,
    )
    communs = ensemble[ensemble["_merge"] == "both"]
    assert len(communs) == len(poids) > 20
    np.testing.assert_allclose(communs["surface_m2"], communs["attendue"], rtol=0, atol=1e-6)
    ecartes = ensemble[ensemble["_merge"] == "right_only"]
    surfaces_iris = iris.set_index("code_iris").area
    parts = ecartes["attendue"].to_numpy() / surfaces_iris.loc[ecartes["code_iris"]].to_numpy()
    assert ((ecartes["attendue"].to_numpy() < 1) | (parts < 1e-6)).all()


@pytest.mark.reel
def test_un_secteur_reel_est_reconstitue_par_ses_iris(donnees_reelles: Path) -> None:
    iris = gpd.read_file(donnees_reelles / "grenoble" / "iris.gpkg")
    iris = iris[iris["code_iris"].str.startswith("38185")]
    secteurs = iris.assign(code_territoire=iris["code_iris"].str[:7]).dissolve(
        "code_territoire", as_index=False
    )
    poids = calculer_poids(iris, secteurs[["code_territoire", "geometry"]])
    pleins = poids[poids["part_surface"] > 0.5]
    assert len(pleins) == len(iris)
    np.testing.assert_allclose(pleins["part_surface"], 1.0, atol=1e-9)
    assert (pleins["code_iris"].str[:7] == pleins["code_territoire"]).all()
