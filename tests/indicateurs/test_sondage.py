"""Taux de sondage du recensement : principale et complémentaire, grandes et petites communes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.catalogue import charger_catalogue
from observatoire.estimation.incertitude import effectif_efficace, intervalle_wilson
from observatoire.indicateurs.recensement import communes_exhaustives, villes_exhaustives
from observatoire.indicateurs.sondage import intervalle_du_recensement, taux_de_sondage

VERITE = Path(__file__).parents[1] / "donnees" / "verite_ville_fictive.csv"
CLES = ["code_territoire", "type_territoire", "indicateur", "millesime"]


@pytest.fixture(scope="module")
def catalogue():
    return charger_catalogue()


@pytest.mark.parametrize(
    ("enquete", "attendu"),
    [("principale", [0.4, 1.0]), ("complementaire", [0.4, 0.2]), ("exhaustive", [1.0, 1.0])],
)
def test_taux_selon_la_taille_de_la_commune(catalogue, enquete, attendu):
    taux = taux_de_sondage(catalogue.regles, enquete, [False, True])
    assert taux.tolist() == attendu


def test_une_commune_est_exhaustive_si_elle_a_toujours_ete_sous_le_seuil(catalogue):
    """Passer le seuil, ou n’avoir pas de population connue, ne donne jamais une erreur nulle."""
    populations = pd.Series(
        [9_000.0, 9_990.0, 9_900.0, 10_400.0, 10_100.0, 9_500.0, np.nan, 160_000.0],
        index=["petite", "petite", "monte", "monte", "baisse", "baisse", "inconnue", "grande"],
    )
    assert communes_exhaustives(populations, 10_000) == {"petite"}
    # La population des villes, lue dans les résultats, suit la même règle.
    resultats = pd.DataFrame(
        {
            "type_territoire": "commune",
            "indicateur": "population",
            "code_commune": populations.index,
            "valeur": populations.to_numpy(),
        }
    )
    iris = resultats.assign(type_territoire="iris", code_commune="grande", valeur=2_000.0)
    assert villes_exhaustives(pd.concat([resultats, iris]), 10_000) == {"petite"}


def test_effectif_efficace_d_un_taux_par_population():
    # 0,4 × 900 / (1,8 × 0,6) = 333,3 ; 0,2 × 900 / (1,8 × 0,8) = 125 ; exhaustif : infini.
    obtenu = effectif_efficace([900.0, 900.0, 900.0], f=[0.4, 0.2, 1.0], deff=1.8)
    assert obtenu == pytest.approx([1000 / 3, 125.0, np.inf])


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.floats(10, 1e5), st.sampled_from([0.2, 0.4, 1.0])),
        min_size=1,
        max_size=6,
    )
)
def test_un_taux_par_proportion_ou_un_seul(cas):
    p, n, f = (np.array(c) for c in zip(*cas, strict=True))
    ensemble = np.column_stack(intervalle_wilson(p, n, f=f))
    un_a_un = [np.array(intervalle_wilson(*c[:2], f=c[2])) for c in cas]
    assert np.allclose(ensemble, un_a_un, rtol=0, atol=1e-12)
    assert (ensemble[f == 1] == p[f == 1, None]).all()


def test_les_iris_de_la_ville_portent_cet_intervalle(edition_fictive, catalogue):
    """Exploitations complémentaire et principale : le même taux ; par adresse : un autre effet de plan."""
    table = edition_fictive.resultats
    for indicateur in ("part_ouvriers", "part_65_ans_plus", "part_logements_1946_1970"):
        iris = table[(table["type_territoire"] == "iris") & (table["indicateur"] == indicateur)]
        iris = iris[iris["valeur"].notna() & (iris["code_commune"] == "00001")]
        assert len(iris) > 60
        attendu = intervalle_du_recensement(
            catalogue.regles,
            catalogue.indicateurs[indicateur],
            iris["valeur"].to_numpy(float) / 100,
            iris["effectif"].to_numpy(float),
            np.full(len(iris), 0.4),
        )
        bornes = iris[["borne_basse", "borne_haute"]].to_numpy(float)
        assert bornes == pytest.approx(100 * np.column_stack(attendu), abs=1e-6)


@pytest.mark.parametrize("genre", ["complementaire", "par_adresse", "menage"])
def test_l_intervalle_des_iris_couvre_la_verite(edition_fictive, catalogue, genre):
    """IRIS de la ville : l’intervalle à 90 % contient la vérité au moins neuf fois sur dix."""
    genres = {
        i.id: "par_adresse" if i.tire_par_adresse else i.enquete
        for i in catalogue.indicateurs.values()
        if i.calcul == "part"
    }
    table = edition_fictive.resultats
    iris = table[
        (table["type_territoire"] == "iris")
        & (table["code_commune"] == "00001")
        & (table["indicateur"].map(genres).replace("principale", "menage") == genre)
        & (table["effectif"] >= 200)
    ]
    verite = pd.read_csv(VERITE, dtype={"code_territoire": str})
    compares = iris.merge(verite, on=CLES, suffixes=("", "_vraie"), validate="one_to_one")
    assert len(compares) > 300
    dedans = compares["valeur_vraie"].between(compares["borne_basse"], compares["borne_haute"])
    assert 0.9 <= dedans.mean() < 1.0
    par_indicateur = dedans.groupby(compares["indicateur"]).mean()
    assert (par_indicateur > 0.8).all(), par_indicateur[par_indicateur <= 0.8]
