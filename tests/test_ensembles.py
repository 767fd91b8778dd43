"""Tables nationales résumées par commune : sommes exactes, masques gardés, lues une fois."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import observatoire.ensembles as ensembles
from observatoire.catalogue import charger_catalogue
from observatoire.ensembles import lire_nation, resumer_par_commune
from observatoire.ingestion import inventorier


@pytest.fixture(scope="module")
def catalogue():
    entier = charger_catalogue()
    regles = entier.ensembles.model_copy(update={"communes_min": 3})
    return entier.model_copy(update={"ensembles": regles})


def _variables(catalogue, *noms):
    return [catalogue.variables[n] for n in noms]


def test_les_iris_d_une_commune_s_additionnent(catalogue):
    valeurs = pd.DataFrame(
        {"population": [10.5, 20.0, 5.0, 7.0], "filo_mediane": [1.0, 2.0, 3.0, 4.0]},
        index=["381850101", "381850102", "751010101", "751200101"],
    )
    resume = resumer_par_commune(
        valeurs, "iris", _variables(catalogue, "population", "filo_mediane")
    )
    # Une médiane ne s’additionne pas ; les arrondissements sont Paris.
    assert resume.columns.tolist() == ["population"]
    assert resume["population"].to_dict() == {"38185": 30.5, "75056": 12.0}


def test_un_iris_masque_rend_sa_commune_inconnue(catalogue):
    valeurs = pd.DataFrame(
        {"population": [10.0, np.nan, 5.0]}, index=["381850101", "381850102", "381510101"]
    )
    resume = resumer_par_commune(valeurs, "iris", _variables(catalogue, "population"))
    assert np.isnan(resume.loc["38185", "population"])
    assert resume.loc["38151", "population"] == 5.0


def test_une_ville_n_est_pas_comptee_avec_ses_arrondissements(catalogue):
    valeurs = pd.DataFrame({"filo_personnes": [100.0, 60.0, 40.0, 7.0, 9.0]},
                           index=["69123", "69381", "69382", "75101", "38185"])  # fmt: skip
    resume = resumer_par_commune(valeurs, "commune", _variables(catalogue, "filo_personnes"))
    # Paris n’a pas sa ligne : ses arrondissements restent.
    assert sorted(resume.index) == ["38185", "69123", "75101"]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.floats(0, 1e5, allow_nan=False)), min_size=1, max_size=30
    )
)
def test_le_total_est_conserve(lignes):
    catalogue = charger_catalogue()
    codes = [f"3800{c}{k:04d}" for k, (c, _) in enumerate(lignes)]
    valeurs = pd.DataFrame({"population": [v for _, v in lignes]}, index=codes)
    resume = resumer_par_commune(valeurs, "iris", _variables(catalogue, "population"))
    melange = resumer_par_commune(valeurs.iloc[::-1], "iris", _variables(catalogue, "population"))
    assert resume["population"].sum() == pytest.approx(valeurs["population"].sum())
    np.testing.assert_allclose(melange["population"], resume["population"])


ENTETE = "CODGEO;NBMENFISC21;NBPERSMENFISC21;MED21;TP6021;D121;D921;RD21\n"


def _fichier(dossier, lignes):
    chemin = dossier / "cc_filosofi_2021_COM.csv"
    chemin.write_text(ENTETE + "".join(f"{x}\n" for x in lignes), encoding="utf-8")
    return chemin


BONNES = [
    "38185;70000;150000;22140;21,0;10510;40460;3,8",
    "38151;15000;36000;21000;20,0;10900;36000;3,3",
    "38001;100;250;24000;s;s;s;s",
]


def test_une_table_nationale_est_lue_une_seule_fois(tmp_path, catalogue, monkeypatch):
    _fichier(tmp_path, BONNES)
    inventaire = inventorier([tmp_path], catalogue)
    premiere = lire_nation(inventaire, catalogue, tmp_path / "rangement")
    table = premiere.communes[0].valeurs
    assert table.loc["38185", "filo_taux_pauvrete"] == 21.0
    assert np.isnan(table.loc["38001", "filo_taux_pauvrete"])
    assert premiere.raisons == ()

    def interdit(*_args, **_options):
        raise AssertionError("le fichier a été relu")

    monkeypatch.setattr(ensembles, "lire_tableau", interdit)
    seconde = lire_nation(inventaire, catalogue, tmp_path / "rangement")
    pd.testing.assert_frame_equal(seconde.communes[0].valeurs, table)


def test_un_fichier_corrige_est_relu(tmp_path, catalogue):
    _fichier(tmp_path, BONNES)
    lire_nation(inventorier([tmp_path], catalogue), catalogue, tmp_path / "rangement")
    _fichier(tmp_path, [BONNES[0].replace("21,0", "22,0"), *BONNES[1:]])
    nation = lire_nation(inventorier([tmp_path], catalogue), catalogue, tmp_path / "rangement")
    assert nation.communes[0].valeurs.loc["38185", "filo_taux_pauvrete"] == 22.0


def test_un_resume_abime_se_refait(tmp_path, catalogue):
    _fichier(tmp_path, BONNES)
    inventaire = inventorier([tmp_path], catalogue)
    lire_nation(inventaire, catalogue, tmp_path / "rangement")
    for resume in (tmp_path / "rangement").glob("*.parquet"):
        resume.write_bytes(b"abime")
    nation = lire_nation(inventaire, catalogue, tmp_path / "rangement")
    assert nation.communes[0].valeurs.loc["38185", "filo_personnes"] == 150000


def test_un_extrait_n_est_pas_une_table_nationale(tmp_path, catalogue):
    _fichier(tmp_path, BONNES[:2])
    nation = lire_nation(inventorier([tmp_path], catalogue), catalogue, tmp_path / "rangement")
    assert nation.communes == ()
    assert "ne décrit que 2 communes" in nation.raisons[0]


def test_une_table_fautive_n_arrete_pas_la_ville(tmp_path, catalogue):
    _fichier(tmp_path, [*BONNES, "38002;10;30;abc;s;s;s;s"])
    nation = lire_nation(inventorier([tmp_path], catalogue), catalogue, tmp_path / "rangement")
    assert nation.communes == ()
    assert "abc" in nation.raisons[0]
