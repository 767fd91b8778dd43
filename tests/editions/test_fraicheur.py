"""Âge des sources d’une édition et parutions attendues : réponses connues."""

from __future__ import annotations

from datetime import date

import pytest

from observatoire.catalogue import charger_catalogue
from observatoire.editions.fraicheur import ecrire_age, juger_fraicheur


def entree(source, millesime, date_fichier="2026-01-15"):
    return {
        "fichier": "x.csv",
        "source": source,
        "titre": source,
        "citation": f"{source} {millesime}",
        "millesime": millesime,
        "date_fichier": date_fichier,
    }


def juger(*entrees, jour=date(2026, 3, 15)):
    lignes = juger_fraicheur(entrees, charger_catalogue(), aujourdhui=jour)
    return {(f.source, f.millesime): f for f in lignes}


@pytest.mark.parametrize(
    ("jours", "texte"),
    [
        (-1, "daté de l’avenir"),
        (0, "aujourd’hui"),
        (1, "1 jour"),
        (45, "45 jours"),
        (61, "2 mois"),
        (364, "11 mois"),
        (366, "1 an"),
        (400, "1 an et 1 mois"),
        (800, "2 ans et 2 mois"),
    ],
)
def test_un_age_en_mots(jours, texte):
    assert ecrire_age(jours) == texte


def test_le_recensement_suivant_est_attendu_a_l_automne():
    ligne = juger(entree("rp_logement", 2022))["rp_logement", 2022]
    assert (ligne.plus_recent, ligne.attendu, ligne.attendu_en) == (None, 2023, "octobre 2026")
    assert ligne.age == "59 jours"
    assert ligne.parution == "2023 attendu en octobre 2026"


def test_une_parution_dont_on_ne_sait_que_l_annee():
    ligne = juger(entree("contours_iris", 2026))["contours_iris", 2026]
    assert (ligne.attendu, ligne.parution) == (2027, "2027 attendu courant 2027")


def test_passe_sa_date_il_est_peut_etre_paru():
    ligne = juger(entree("rp_logement", 2022), jour=date(2026, 11, 1))["rp_logement", 2022]
    assert ligne.parution == "2023 attendu en octobre 2026, peut-être paru : voyez sa page"
    assert ligne.page.startswith("https://www.insee.fr/")


def test_un_millesime_en_retard_sur_le_catalogue_est_dit():
    ligne = juger(entree("rp_logement", 2020))["rp_logement", 2020]
    assert (ligne.plus_recent, ligne.attendu) == (2022, 2023)
    assert ligne.parution.startswith("2022 est au catalogue : actualisez")


def test_filosofi_par_iris_n_a_aucune_parution_connue():
    ligne = juger(entree("filosofi_iris", 2021))["filosofi_iris", 2021]
    assert (ligne.plus_recent, ligne.attendu, ligne.attendu_en) == (None, None, "")
    assert ligne.parution.startswith("aucune parution connue ; suspendu : 2022")


def test_l_ancien_millesime_est_garde_pour_comparer():
    lignes = juger(entree("rp_logement", 2017), entree("rp_logement", 2022))
    assert lignes["rp_logement", 2017].parution == "gardé pour comparer dans le temps"
    assert lignes["rp_logement", 2017].plus_recent is None
    assert lignes["rp_logement", 2022].attendu == 2023


def test_une_ligne_par_source_et_millesime_avec_son_plus_vieux_fichier():
    lignes = juger(
        entree("filosofi_iris", 2021, "2025-06-01"), entree("filosofi_iris", 2021, "2024-03-15")
    )
    (ligne,) = lignes.values()
    assert (ligne.fichiers, ligne.date_fichier, ligne.age) == (2, "2024-03-15", "1 an et 11 mois")


def test_une_source_retiree_du_catalogue_ne_fait_pas_tomber_l_etat():
    (ligne,) = juger(entree("ancienne_source", None)).values()
    assert ligne.parution == "source inconnue du catalogue"


def test_chaque_source_de_calcul_dit_son_rythme():
    catalogue = charger_catalogue()
    vues = [s for s in catalogue.sources.values() if s.usage == "calcul" and s.telechargements]
    assert len(vues) >= 12
    assert [s.id for s in vues if not s.rythme_publication] == []
    for source in catalogue.sources.values():
        if source.prochain_millesime is not None:
            assert source.prochain_millesime > max(t.millesime for t in source.telechargements)
