"""Le catalogue porte chaque fichier officiel connu, avec de quoi le reconnaître.

Les identifiants sont ceux des adresses de l’Insee (``fichier/{id}/``), relevés indépendamment du
catalogue.
"""

from __future__ import annotations

import pytest

from observatoire.catalogue import charger_catalogue

THEMES = (
    "evol-struct-pop",
    "activite-residents",
    "diplomes-formation",
    "couples-familles-menages",
    "logement",
)
RECENSEMENT = {
    2022: (8647014, 8647006, 8647010, 8647008, 8647012),
    2021: (8268806, 8268843, 8268840, 8268828, 8268838),
    2020: (7704076, 7704089, 7704080, 7704086, 7704078),
    2019: (6543200, 6543289, 6543298, 6543224, 6543302),
    2018: (5650720, 5650708, 5650712, 5650714, 5650749),
    2017: (4799309, 4799323, 4799252, 4799268, None),
}
FILOSOFI_IRIS = {
    2021: "8229323/BASE_TD_FILO_IRIS_2021_DISP_CSV.zip",
    2020: "7233950/BASE_TD_FILO_DISP_IRIS_2020_CSV.zip",
    2019: "6049648/BASE_TD_FILO_DISP_IRIS_2019.zip",
    2018: "5055909/BASE_TD_FILO_DISP_IRIS_2018.zip",
    2017: "4479212/BASE_TD_FILO_DISP_IRIS_2017.xlsx",
}
AUTRES = {
    (
        "filosofi_commune_distribution",
        2021,
    ): "7756855/indic-struct-distrib-revenu-2021-COMMUNES_csv.zip",
    ("filosofi_commune_long", 2023): "8984752/FILOSOFI_CC_csv.zip",
    ("filosofi_qpv", 2021): "8243167/revenus_pauvrete_2021_qp24_v2_csv.zip",
    ("carreaux_200m", 2021): "8735162/Filosofi2021_carreaux_200m_csv.zip",
    ("carreaux_200m", 2019): "7655475/Filosofi2019_carreaux_200m_csv.zip",
    ("cog_communes", 2026): "8740222/v_commune_2026.csv",
    ("reference_iris", 2024): "7708995/reference_IRIS_geo2024.zip",
    ("qpv_2024", 2024): "942d4ee8-8142-4556-8ea1-335537ce1119",
    ("ips_ecoles", 2022): "fr-en-ips-ecoles-ap2022",
    ("ips_colleges", 2022): "fr-en-ips-colleges-ap2022",
    ("ips_lycees", 2022): "fr-en-ips-lycees-ap2022",
    ("bpe", 2024): "8217525/BPE24.zip",
    ("contours_iris", 2026): "CONTOURS-IRIS_3-0__GPKG_LAMB93_FXX_2026-01-01.7z",
    ("contours_iris", 2025): "CONTOURS-IRIS_3-0__GPKG_LAMB93_FXX_2025-01-01.7z",
    ("contours_iris", 2024): "CONTOURS-IRIS_3-0__GPKG_LAMB93_FXX_2024-01-01.7z",
    ("contours_iris", 2023): "CONTOURS-IRIS_3-0__SHP__FRA_2023-01-01.7z",
    ("contours_iris_v2", 2022): "CONTOURS-IRIS_2-1__SHP__FRA_2022-01-01.7z",
}


@pytest.fixture(scope="module")
def catalogue():
    return charger_catalogue()


def declaration(catalogue, source, millesime):
    trouvees = [
        t
        for t in catalogue.sources[source].telechargements
        if t.millesime == millesime and not t.par_commune
    ]
    assert len(trouvees) == 1, (source, millesime)
    return trouvees[0]


@pytest.mark.parametrize("annee", RECENSEMENT)
def test_les_cinq_bases_du_recensement(catalogue, annee):
    for theme, identifiant in zip(THEMES, RECENSEMENT[annee], strict=True):
        source = "rp_" + theme.replace("-", "_")
        if identifiant is None:
            # Adresse inconnue : rien n’est inventé, le fichier se dépose.
            annees = {t.millesime for t in catalogue.sources[source].telechargements}
            assert annee not in annees
            continue
        trouvee = declaration(catalogue, source, annee)
        adresse = trouvee.adresse_pour()
        assert adresse.endswith(f"/fichier/{identifiant}/base-ic-{theme}-{annee}_csv.zip"), adresse
        assert trouvee.membre_attendu() == f"base-ic-{theme}-{annee}.csv"
        assert trouvee.geographie == annee + 2


@pytest.mark.parametrize("annee", FILOSOFI_IRIS)
def test_les_revenus_par_iris(catalogue, annee):
    trouvee = declaration(catalogue, "filosofi_iris", annee)
    assert trouvee.adresse_pour().endswith("/fichier/" + FILOSOFI_IRIS[annee])
    assert trouvee.geographie == annee + 1


def test_filosofi_2022_n_existe_pas(catalogue):
    annees = {
        t.millesime
        for s in catalogue.sources.values()
        if s.id.startswith("filosofi")
        for t in s.telechargements
    }
    assert annees == {2017, 2018, 2019, 2020, 2021, 2023}


@pytest.mark.parametrize(("source", "annee"), AUTRES)
def test_les_autres_fichiers(catalogue, source, annee):
    assert AUTRES[source, annee] in declaration(catalogue, source, annee).adresse_pour()


def test_les_contours_par_service_demandent_les_arrondissements(catalogue):
    services = [t for t in catalogue.sources["contours_iris"].telechargements if t.par_commune]
    assert len(services) == 1
    assert "STATISTICALUNITS.IRIS:contours_iris" in services[0].adresse
    assert "BBOX" not in services[0].adresse, "l’ordre des axes y est incertain"
    for ville, codes in {"13055": 16, "69123": 9, "75056": 20}.items():
        assert services[0].adresse_pour(ville).count("%27") == 2 * (codes + 1)


def test_chaque_fichier_national_dit_ses_colonnes_et_son_ordre_de_grandeur(catalogue):
    vus = 0
    for source in catalogue.sources.values():
        for fichier in (t for t in source.telechargements if not t.par_commune):
            vus += 1
            assert fichier.lignes_attendues, (source.id, fichier.millesime)
            assert 1_000 <= fichier.lignes_attendues <= 3_000_000
            assert len(source.signature) >= 2, source.id
            if source.type == "tableau":
                assert source.colonne_code in source.signature, source.id
            else:
                assert source.colonnes, source.id
            if fichier.adresse.endswith(".zip") or fichier.adresse.endswith(".7z"):
                assert fichier.membre, (
                    source.id,
                    "une archive dit lequel de ses membres est utile",
                )
    assert vus >= 48


def test_les_tables_de_calcul_ont_une_variable_et_celles_du_cog_non(catalogue):
    for source in catalogue.sources.values():
        if source.type == "tableau" and source.usage == "calcul":
            assert catalogue.variables_de(source.id), source.id
        if source.usage == "reconnu_seulement":
            assert not catalogue.variables_de(source.id), source.id
