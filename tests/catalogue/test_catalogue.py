"""Le catalogue livré est complet, et toute faute de TOML est dite avec son lieu."""

import pytest

from observatoire.catalogue import charger_catalogue
from observatoire.erreurs import ErreurCatalogue

SEIZE = {
    "population",
    "densite_population",
    "part_moins_20_ans",
    "part_65_ans_plus",
    "part_familles_monoparentales",
    "part_menages_1_personne",
    "taux_chomage_15_64",
    "taux_activite_15_64",
    "part_sans_diplome",
    "part_diplome_superieur",
    "part_ouvriers",
    "part_logements_sociaux",
    "part_logements_vacants",
    "niveau_vie_median",
    "taux_pauvrete",
    "rapport_interdecile",
}


@pytest.fixture
def catalogue():
    return charger_catalogue()


def test_les_seize_premiers_indicateurs_sont_la(catalogue):
    assert set(catalogue.indicateurs) >= SEIZE


def test_chaque_indicateur_dit_ce_qu_il_est(catalogue):
    vus = 0
    for indicateur in catalogue.indicateurs.values():
        vus += 1
        assert len(indicateur.definition) > 20, indicateur.id
        assert indicateur.page.startswith("https://www.insee.fr/"), indicateur.id
        assert indicateur.lecture.count("{valeur}") == 1, indicateur.id
        if indicateur.unite == "pct":
            assert indicateur.concernes, f"{indicateur.id} : l’écart en personnes n’a pas de nom"
    assert vus >= 16


def test_chaque_variable_a_une_source_declaree(catalogue):
    vues = 0
    for variable in catalogue.variables.values():
        vues += 1
        assert variable.sources, variable.id
        assert set(variable.sources) <= set(catalogue.sources), variable.id
    assert vues > 0


def test_chaque_source_a_sa_licence_et_sa_page(catalogue):
    vues = 0
    for source in catalogue.sources.values():
        vues += 1
        assert source.licence
        assert source.page
        assert source.signature
    assert vues >= 10


def test_le_suffixe_d_annee_et_les_variantes_sont_resolus(catalogue):
    ouvriers = catalogue.variables["ouvriers_15_plus"]
    assert ouvriers.formules("rp_evol_struct_pop", 2022) == (
        ("C22_POP15P_STAT_GSEC16_26",),
        ("C22_POP15P_CS6",),
    )
    superieur = catalogue.variables["diplome_superieur_15_plus"]
    assert superieur.formules("rp_diplomes_formation", 2017)[0] == (
        "P17_NSCOL15P_SUP2",
        "P17_NSCOL15P_SUP34",
        "P17_NSCOL15P_SUP5",
    )
    assert superieur.formules("filosofi_iris", 2021) == ()


def test_toutes_les_fautes_d_un_coup_avec_leur_lieu(tmp_path):
    (tmp_path / "indicateurs").mkdir()
    (tmp_path / "indicateurs" / "faux.toml").write_text(
        '[Taux_Faux]\nlibelle = "x"\ntheme = "inconnu"\ncalcul = "moyenne"\nunite = "pct"\nsens = "neutre"\n'
        'definition = "d"\npage = "p"\nlecture = "{valeur}"\ncouleur = "rouge"\n',
        encoding="utf-8",
    )
    (tmp_path / "variables.toml").write_text(
        '[v]\nlibelle = "v"\nunite = "pct"\n[v.sources]\nsource_absente = "X"\n', encoding="utf-8"
    )
    with pytest.raises(ErreurCatalogue) as faute:
        charger_catalogue(tmp_path)
    texte = str(faute.value)
    assert "faux.toml, colonne Taux_Faux.calcul" in texte
    assert "permis" in texte
    assert "faux.toml, colonne Taux_Faux.couleur : clé inconnue" in texte
    assert "source inconnue « source_absente »" in texte


def test_une_source_incluse_dans_une_inconnue_est_une_faute(tmp_path):
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "ville.toml").write_text(
        '[s]\ntitre = "t"\nproducteur = "p"\njeu = "j"\npage = "p"\ntype = "tableau"\nniveau = "iris"\n'
        'colonne_code = "A"\nsignature = ["A", "B"]\nincluse_dans = "absente"\n',
        encoding="utf-8",
    )
    with pytest.raises(ErreurCatalogue, match="source inconnue « absente »"):
        charger_catalogue(tmp_path)


def test_un_toml_illisible_est_nomme(tmp_path):
    (tmp_path / "variables.toml").write_text("[v\n", encoding="utf-8")
    with pytest.raises(ErreurCatalogue, match=r"variables\.toml.*TOML illisible"):
        charger_catalogue(tmp_path)


def test_une_declaration_n_est_jamais_redefinie_en_silence(tmp_path):
    (tmp_path / "variables.toml").write_text(
        '[population]\nlibelle = "v"\nunite = "personnes"\n[population.sources]\nrp_logement = "X"\n',
        encoding="utf-8",
    )
    with pytest.raises(ErreurCatalogue, match="déclaration en double"):
        charger_catalogue(tmp_path)
