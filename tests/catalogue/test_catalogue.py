"""Le catalogue livré est complet, et toute faute de TOML est dite avec son lieu."""

import pytest

from observatoire.catalogue import charger_catalogue
from observatoire.erreurs import ErreurCatalogue


@pytest.fixture
def catalogue():
    return charger_catalogue()


def test_au_moins_quarante_cinq_indicateurs_dans_neuf_themes(catalogue):
    assert len(catalogue.indicateurs) >= 45
    assert len(catalogue.themes) == 9
    assert {t.id for t in catalogue.par_theme()} == set(catalogue.themes)
    assert all(len(groupe) >= 4 for groupe in catalogue.par_theme().values())


def test_libelles_sans_doublon_et_rangs_sans_doublon(catalogue):
    indicateurs = list(catalogue.indicateurs.values())
    for noms in ([i.libelle for i in indicateurs], [i.court for i in indicateurs]):
        assert len(set(noms)) == len(noms)
    rangs = [(i.theme, i.ordre) for i in indicateurs]
    assert len(set(rangs)) == len(rangs)


def test_les_noms_ne_disent_pas_plus_que_les_chiffres(catalogue):
    declares = catalogue.indicateurs
    chomage = [i for i in declares.values() if i.id.startswith("taux_chomage")]
    assert len(chomage) == 3
    for indicateur in chomage:
        assert "recensement" in indicateur.libelle
        assert "Bureau international du travail" in indicateur.precaution
    assert "parmi les familles" in declares["part_familles_monoparentales"].libelle
    assert "parmi les ménages" in declares["part_menages_monoparentaux"].libelle
    assert "RPLS" in declares["part_logements_sociaux"].precaution
    assert "approche" in declares["part_ni_emploi_ni_etudes"].libelle
    assert "NEET" in declares["part_ni_emploi_ni_etudes"].precaution
    for identifiant in ("part_etrangers", "part_immigres"):
        assert "n’est pas" in declares[identifiant].precaution
    complementaires = {"C{aa}"}
    for indicateur in declares.values():
        colonnes = " ".join(
            f
            for v in indicateur.composantes
            for s, fs in catalogue.variables[v].sources.items()
            for f in fs
            if s.startswith("rp_")
        )
        if colonnes:
            attendue = "complementaire" if complementaires & {colonnes[:5]} else "principale"
            assert indicateur.enquete == attendue, indicateur.id
        if indicateur.enquete == "complementaire":
            assert "2 000 habitants" in indicateur.precaution, indicateur.id


def test_le_recensement_dit_ses_cinq_annees_et_ses_ruptures(catalogue):
    bases = [s for s in catalogue.sources.values() if s.id.startswith("rp_")]
    assert len(bases) == 5
    assert all("cinq années" in s.precaution for s in bases)
    # Le brevet comptait parmi les sans-diplôme ; vélos et motos n’étaient pas distingués.
    assert "2017" in catalogue.indicateurs["part_sans_diplome"].ruptures
    anciens = catalogue.variables["actifs_tous_modes"].formules("rp_activite_residents", 2016)
    assert "C16_ACTOCC15P_DROU" in anciens[1]


def test_un_indice_scolaire_dit_qu_il_decrit_les_eleves(catalogue):
    indices = [i for i in catalogue.indicateurs.values() if i.unite == "ips"]
    assert len(indices) >= 15
    for indicateur in indices:
        assert "non les habitants" in indicateur.precaution, indicateur.id
        assert "élèves" in indicateur.definition
        assert indicateur.calcul in {"rapport", "mesure_lieux"}, (
            "jamais une moyenne d’établissements"
        )


def test_caf_et_demandeurs_d_emploi_ne_sont_jamais_estimes(catalogue):
    declares = catalogue.indicateurs
    for nom in (
        "couverts_caf_pour_100",
        "part_rsa_socle",
        "allocataires_caf",
        "demandeurs_emploi_abc",
    ):
        assert "jamais estimé" in declares[nom].precaution
        assert not catalogue.a_l_iris(declares[nom])
    assert "Ce n’est pas une part" in declares["couverts_caf_pour_100"].precaution
    assert "Parmi les seuls allocataires" in declares["part_rsa_socle"].precaution
    assert "aucun taux" in declares["demandeurs_emploi_abc"].precaution


def test_un_type_d_equipement_s_ajoute_sans_code(tmp_path):
    (tmp_path / "indicateurs").mkdir()
    (tmp_path / "variables.toml").write_text(
        '[bpe_infirmiers]\nlibelle = "Infirmiers"\nunite = "equipements"\n'
        '[bpe_infirmiers.sources]\nbpe = ["D281", "D232"]\n',
        encoding="utf-8",
    )
    (tmp_path / "indicateurs" / "ville.toml").write_text(
        '[nombre_infirmiers]\nlibelle = "Nombre d’infirmiers"\ntheme = "equipements"\ncalcul = "effectif"\n'
        'numerateur = ["bpe_infirmiers"]\nunite = "equipements"\nsens = "neutre"\ndefinition = "Infirmiers."\n'
        'page = "https://www.insee.fr/fr/statistiques/8217525"\nlecture = "on y compte {valeur}"\n',
        encoding="utf-8",
    )
    complete = charger_catalogue(tmp_path)
    assert complete.compte_des_lieux(complete.indicateurs["nombre_infirmiers"])
    assert complete.variables["bpe_infirmiers"].sources_en_termes("bpe") == (("D281",), ("D232",))


def test_une_mesure_d_etablissement_inconnue_est_une_faute(tmp_path):
    (tmp_path / "variables.toml").write_text(
        '[v]\nlibelle = "v"\nunite = "ips"\n[v.sources]\nips_ecoles = "moyenne"\n', encoding="utf-8"
    )
    with pytest.raises(ErreurCatalogue, match="mesure inconnue « moyenne »"):
        charger_catalogue(tmp_path)


def test_un_chiffre_diffuse_seulement_le_dit(catalogue):
    seuls = [i for i in catalogue.indicateurs.values() if i.calcul == "diffuse_seulement"]
    assert len(seuls) >= 6
    for indicateur in seuls:
        assert "jamais estimé" in indicateur.precaution
        assert set(catalogue.diffusion(indicateur)) == {"iris", "commune", "qpv"}


def test_niveaux_et_millesimes_de_diffusion(catalogue):
    declares = catalogue.indicateurs
    vus = 0
    for indicateur in declares.values():
        vus += 1
        diffusion = catalogue.diffusion(indicateur)
        if catalogue.a_l_iris(indicateur):
            assert diffusion["iris"], indicateur.id
        else:
            assert set(diffusion) >= {"commune", "qpv"}, indicateur.id
    assert vus >= 45
    assert catalogue.diffusion(declares["taux_pauvrete"]) == {
        "iris": (2017, 2018, 2019, 2020, 2021), "commune": (2021, 2023), "qpv": (2021,),
    }  # fmt: skip
    assert catalogue.diffusion_en_mots(declares["taux_pauvrete"]) == (
        "IRIS 2017-2021 ; commune 2021, 2023 ; quartier 2021"
    )
    assert catalogue.diffusion_en_mots(declares["indice_jeunesse"]) == "IRIS 2017-2022 ; quartier"
    # Deux définitions de la suroccupation ne se recouvrent pas.
    avant = catalogue.diffusion(declares["part_suroccupation_avant_2022"])["iris"]
    depuis = catalogue.diffusion(declares["part_suroccupation"])["iris"]
    assert max(avant) < 2022 <= min(depuis)


def test_une_variable_d_une_autre_definition_n_a_pas_de_colonne(catalogue):
    avant = catalogue.variables["residences_suroccupees_hors_studio"]
    assert avant.formules("rp_logement", 2021) == (("C21_RP_HSTU1P_SUROCC",),)
    assert avant.formules("rp_logement", 2022) == ()
    assert catalogue.variables["residences_suroccupees"].formules("rp_logement", 2021) == ()


def test_une_part_de_revenu_peut_depasser_cent(catalogue):
    assert catalogue.variables["filo_part_activite"].bornes == (-25.0, 150.0)
    assert catalogue.variables["filo_taux_pauvrete"].bornes == (0.0, 100.0)


def test_chaque_indicateur_dit_ce_qu_il_est(catalogue):
    vus = 0
    for indicateur in catalogue.indicateurs.values():
        vus += 1
        assert len(indicateur.definition) > 20, indicateur.id
        editeurs = ("https://www.insee.fr/", "https://data.education.gouv.fr/")
        assert indicateur.page.startswith(editeurs), indicateur.id
        assert indicateur.lecture.count("{valeur}") == 1, indicateur.id
        if indicateur.unite == "pct":
            assert indicateur.concernes, f"{indicateur.id} : l’écart en personnes n’a pas de nom"
    assert vus >= 45


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
    assert "faux.toml, clé Taux_Faux.calcul" in texte
    assert "« moyenne » ; permis : effectif, densite, part," in texte
    assert "faux.toml, clé Taux_Faux.couleur : clé inconnue" in texte
    assert "source inconnue « source_absente »" in texte


def test_la_faute_est_dite_dans_le_fichier_de_la_ville(tmp_path):
    """Un indicateur n’a pas à être rangé dans le fichier de son thème."""
    (tmp_path / "indicateurs").mkdir()
    (tmp_path / "indicateurs" / "ville.toml").write_text(
        '[part_x]\nlibelle = "x"\ntheme = "population"\ncalcul = "effectif"\nnumerateur = ["inconnue"]\n'
        'unite = "personnes"\nsens = "neutre"\ndefinition = "d"\npage = "https://p"\nlecture = "{valeur}"\n',
        encoding="utf-8",
    )
    with pytest.raises(ErreurCatalogue, match=r"ville\.toml, clé part_x : variable inconnue"):
        charger_catalogue(tmp_path)


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
    (tmp_path / "variables.toml").write_text("# essai\n[v\n", encoding="utf-8")
    with pytest.raises(ErreurCatalogue, match=r"variables\.toml, ligne 2 : TOML illisible"):
        charger_catalogue(tmp_path)


def test_une_declaration_n_est_jamais_redefinie_en_silence(tmp_path):
    (tmp_path / "variables.toml").write_text(
        '[population]\nlibelle = "v"\nunite = "personnes"\n[population.sources]\nrp_logement = "X"\n',
        encoding="utf-8",
    )
    with pytest.raises(ErreurCatalogue, match="déclaration en double"):
        charger_catalogue(tmp_path)
