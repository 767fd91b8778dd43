"""Les règles du temps : ce qu’elles permettent, annotent ou refusent, et leurs fautes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.catalogue import charger_catalogue
from observatoire.catalogue.temps import ReglesTemps, RegleTemps, fautes_des_regles
from observatoire.domaine import Comparabilite
from observatoire.erreurs import ErreurCatalogue


@pytest.fixture(scope="module")
def catalogue():
    return charger_catalogue()


@pytest.mark.parametrize(
    ("indicateur", "debut", "fin", "issue", "regle"),
    [
        # METHODES, section 8 : Filosofi.
        ("taux_pauvrete", 2018, 2020, "annotee", "annees_proches"),
        ("taux_pauvrete", 2018, 2021, "annotee", "rupture_2019"),
        ("taux_pauvrete", 2017, 2021, "annotee", "rupture_2018"),
        ("taux_pauvrete", 2019, 2021, "annotee", "annees_de_crise"),
        ("taux_pauvrete", 2020, 2021, "refusee", "annees_consecutives"),
        ("taux_pauvrete", 2021, 2023, "refusee", "filosofi_2"),
        ("taux_pauvrete", 2018, 2022, "refusee", "jamais_produit"),
        ("taux_pauvrete", 2013, 2017, "comparable", ""),
        # Recensement : cinq ans d’écart, et six depuis le report de l’enquête de 2021.
        ("taux_chomage_15_64", 2016, 2022, "comparable", ""),
        ("taux_chomage_15_64", 2013, 2018, "comparable", ""),
        ("taux_chomage_15_64", 2017, 2022, "annotee", "enquete_2021_reportee"),
        ("taux_chomage_15_64", 2018, 2022, "annotee", "enquetes_communes"),
        ("taux_chomage_15_64", 2020, 2022, "refusee", "memes_enquetes"),
        # Rupture déclarée par l’indicateur.
        ("part_ouvriers", 2016, 2022, "refusee", "rupture_2022_de_l_indicateur"),
        ("part_ouvriers", 2016, 2021, "annotee", "enquete_2021_reportee"),
    ],
)
def test_la_table_des_regles(catalogue, indicateur, debut, fin, issue, regle):
    jugee = catalogue.temps.comparer(catalogue, catalogue.indicateurs[indicateur], debut, fin)
    assert jugee.issue == issue
    assert (regle in jugee.regles) if regle else not jugee.regles


def test_grenoble_2018_2020_dit_que_les_deux_annees_sont_trop_proches(catalogue):
    jugee = catalogue.temps.comparer(catalogue, catalogue.indicateurs["taux_pauvrete"], 2018, 2020)
    assert jugee.issue is Comparabilite.ANNOTEE
    assert "2018 et de 2020 sont deux millésimes trop proches" in jugee.motif


def test_chaque_indicateur_a_une_famille_et_une_seule(catalogue):
    familles = [catalogue.temps.familles_de(catalogue, i) for i in catalogue.indicateurs.values()]
    assert familles
    assert all(len(f) <= 1 for f in familles)


@settings(max_examples=40, deadline=None)
@given(st.integers(2006, 2030), st.integers(1, 20))
def test_un_motif_est_une_phrase_et_ses_annees_y_sont(debut, ecart):
    catalogue = charger_catalogue()
    for nom in ("taux_pauvrete", "taux_chomage_15_64"):
        jugee = catalogue.temps.comparer(
            catalogue, catalogue.indicateurs[nom], debut, debut + ecart
        )
        assert bool(jugee.motif) == (jugee.issue is not Comparabilite.COMPARABLE)
        assert not jugee.motif or jugee.motif.endswith(".")
        assert "{" not in jugee.motif


def _avec(tmp_path, texte):
    (tmp_path / "temps.toml").write_text(texte, encoding="utf-8")
    return charger_catalogue(tmp_path)


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ('[familles.x]\nlibelle="X"\nsources=["inconnue"]\n', "source inconnue « inconnue »"),
        (
            '[familles.x]\nlibelle="X"\nsources=["rp_logement"]\n',
            "déjà dans « familles.recensement »",
        ),
        ('[familles.recensement]\nlibelle="X"\nsources=["ips_ecoles"]\n', "déclaration en double"),
        ('[familles.x]\nlibelle="X"\nsources=["ips_ecoles"]\nautre=1\n', "clé inconnue"),
        (
            (
                '[familles.x]\nlibelle="X"\nsources=["ips_ecoles"]\n[familles.x.regles.r]\n'
                'issue="refusee"\nmotif="Une phrase entière."\n'
            ),
            "au moins une condition",
        ),
        (
            (
                '[familles.x]\nlibelle="X"\nsources=["ips_ecoles"]\n[familles.x.regles.r]\n'
                'ecart_min=5\necart_max=2\nissue="refusee"\nmotif="Une phrase entière."\n'
            ),
            "règle morte",
        ),
    ],
)
def test_un_fichier_fautif_est_refuse_avec_sa_cle(tmp_path, texte, attendu):
    with pytest.raises(ErreurCatalogue) as erreur:
        _avec(tmp_path, texte)
    assert attendu in str(erreur.value)
    assert "temps.toml" in str(erreur.value)


def test_une_regle_qu_aucune_annee_ne_rencontre_est_morte(catalogue):
    famille = catalogue.temps.familles["filosofi"]
    morte = RegleTemps(issue="annotee", motif="Une rupture lointaine.", rupture=1950)
    temps = catalogue.temps.model_copy(
        update={"familles": {"filosofi": famille.model_copy(update={"regles": {"r": morte}})}}
    )
    fautes = fautes_des_regles(catalogue.model_copy(update={"temps": temps}))
    assert (
        "familles.filosofi.regles.r",
        "règle morte : aucun couple d’années ne la rencontre",
    ) in fautes


def test_sans_famille_la_comparaison_est_annotee(catalogue):
    sans = ReglesTemps()
    jugee = sans.comparer(catalogue, catalogue.indicateurs["taux_pauvrete"], 2013, 2017)
    assert jugee.issue is Comparabilite.ANNOTEE
    assert jugee.regles == ("sans_regle",)
