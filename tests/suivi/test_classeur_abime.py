"""Classeurs mal remplis : rien n’est deviné, rien n’est perdu en silence, chaque faute a sa cellule."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fabriques_suivi import VOCABULAIRE, lignes_completes
from openpyxl import Workbook, load_workbook

from observatoire.erreurs import Anomalie, ErreurDonnees
from observatoire.suivi import Programme, lire_programme
from observatoire.suivi.valeurs import ValeurRefusee, lire_centimes, lire_date

Ecrire = Callable[..., Path]
JOUR = dt.date(2026, 2, 1)


def _relire(ecrire: Ecrire, changer: Callable[[Workbook], Any]) -> tuple[Programme, list[Anomalie]]:
    chemin = ecrire(lignes_completes())
    classeur = load_workbook(chemin)
    changer(classeur)
    classeur.save(chemin)
    return lire_programme(chemin, VOCABULAIRE, jour=JOUR)


def _cellules(**valeurs: Any) -> Callable[[Workbook], None]:
    """``Actions_B2="…"`` écrit dans la cellule B2 de la feuille « Actions »."""

    def changer(classeur: Workbook) -> None:
        for adresse, valeur in valeurs.items():
            feuille, cellule = adresse.split("_")
            classeur[feuille][cellule] = valeur

    return changer


@pytest.mark.parametrize(
    "valeur", ["12.500", "1,250", "1 234.567", "1e5", "1_000", "12 k€", "0x10", "²", "+-1", "--1"]
)
def test_un_montant_ambigu_est_refuse(valeur: str) -> None:
    # « 12.500 » est douze mille cinq cents pour qui l’écrit, douze euros cinquante pour un programme.
    with pytest.raises(ValeurRefusee):
        lire_centimes(valeur)


@pytest.mark.parametrize(
    ("valeur", "centimes"),
    [("1250,5", 125_050), ("12500.00 €", 1_250_000), ("12\u202f500", 1_250_000), ("7 €", 700)],
)
def test_un_montant_sans_ambiguite_est_lu(valeur: str, centimes: int) -> None:
    assert lire_centimes(valeur) == centimes


@pytest.mark.parametrize("valeur", ["31/12/0205", "01/01/2925", dt.date(1900, 1, 5), 45_000])
def test_une_date_hors_du_siecle_est_refusee(valeur: object) -> None:
    with pytest.raises(ValeurRefusee):
        lire_date(valeur)


def _deplacer(feuille: str, *, titre: str = "") -> Callable[[Workbook], None]:
    def changer(classeur: Workbook) -> None:
        classeur[feuille].insert_rows(1)
        if titre:
            classeur[feuille]["A1"] = titre

    return changer


@pytest.mark.parametrize("feuille", ["Actions", "Quartiers", "Financements", "Habitants"])
def test_une_ligne_vide_au_dessus_des_titres_ne_perd_rien(ecrire: Ecrire, feuille: str) -> None:
    attendu, _ = lire_programme(ecrire(lignes_completes()), VOCABULAIRE, jour=JOUR)
    lu, _ = _relire(ecrire, _deplacer(feuille))
    assert lu == attendu


def test_les_adresses_suivent_la_ligne_des_titres(ecrire: Ecrire) -> None:
    def changer(classeur: Workbook) -> None:
        _deplacer("Financements")(classeur)
        classeur["Financements"]["D3"] = "douze"

    with pytest.raises(ErreurDonnees, match="Financements!D3"):
        _relire(ecrire, changer)


def _fautes(ecrire: Ecrire, changer: Callable[[Workbook], Any]) -> str:
    with pytest.raises(ErreurDonnees) as leve:
        _relire(ecrire, changer)
    return str(leve.value)


@pytest.mark.parametrize("feuille", ["Actions", "Quartiers", "Financements"])
@pytest.mark.parametrize("nom", ["", "Feuil1"])
def test_une_feuille_du_programme_absente_ou_renommee_est_dite(
    ecrire: Ecrire, feuille: str, nom: str
) -> None:
    def changer(classeur: Workbook) -> None:
        if nom:
            classeur[feuille].title = nom
        else:
            classeur.remove(classeur[feuille])

    texte = _fautes(ecrire, changer)
    assert f"feuille « {feuille} » absente" in texte
    assert texte.count("→") == 1


def test_des_paroles_seules_sont_un_classeur(ecrire: Ecrire) -> None:
    def changer(classeur: Workbook) -> None:
        for nom in ("Actions", "Quartiers", "Financements"):
            classeur.remove(classeur[nom])

    lu, _ = _relire(ecrire, changer)
    assert (len(lu.actions), len(lu.notes)) == (0, 2)


def test_une_feuille_que_l_on_ne_lit_pas_est_dite(ecrire: Ecrire) -> None:
    def changer(classeur: Workbook) -> None:
        copie = classeur.copy_worksheet(classeur["Financements"])
        copie.title = "Financements (2)"
        copie["D2"] = 1

    lu, avertissements = _relire(ecrire, changer)
    assert lu.actions[0].financements[0].demande_c == 10_001
    assert ["« Financements (2) » n’est pas lue" in str(a) for a in avertissements] == [True]


@pytest.mark.parametrize(
    ("adresse", "titre", "extrait"),
    [
        ("Financements_E1", "Montant accordé (€)", "colonne absente : Accordé (€)"),
        ("Actions_N1", "Diffusion", "colonne absente : Public"),
        ("Habitants_G1", "Consentement", "colonne absente : Consentement à publier"),
        ("Financements_G1", "Accordé (k€)", "« Accordé (€) » figure 2 fois"),
        ("Actions_O1", "Intitulé", "« Intitulé » figure 2 fois"),
    ],
)
def test_une_colonne_renommee_ou_double_est_dite(
    ecrire: Ecrire, adresse: str, titre: str, extrait: str
) -> None:
    assert extrait in _fautes(ecrire, _cellules(**{adresse: titre}))


def test_une_colonne_de_plus_n_est_pas_lue(ecrire: Ecrire) -> None:
    lu, avertissements = _relire(
        ecrire, _cellules(Actions_P1="Mon repère", Actions_P2="=1+1", Actions_P3="#REF!")
    )
    assert (len(lu.actions), avertissements) == (2, [])


def test_une_formule_jamais_calculee_n_est_pas_un_montant_inconnu(ecrire: Ecrire) -> None:
    texte = _fautes(
        ecrire,
        _cellules(Financements_D2="=SUM(1,2)", Actions_B2="=A2", Actions_E3="#REF!"),
    )
    for cellule, extrait in (
        ("Financements!D2", "formule"),
        ("Actions!B2", "formule"),
        ("Actions!E3", "#REF!"),
    ):
        assert any(cellule in r and extrait in r for r in texte.splitlines()), texte
    # Une cellule illisible n’est dite qu’une fois.
    assert texte.count("→") == 3


@pytest.mark.parametrize("contenu", [b"<a", b"<?xml version='1.0'?><x/>"])
def test_un_classeur_au_contenu_abime_est_dit(tmp_path: Path, contenu: bytes) -> None:
    chemin = tmp_path / "abime.xlsx"
    with zipfile.ZipFile(chemin, "w") as archive:
        archive.writestr("[Content_Types].xml", contenu)
        archive.writestr("xl/workbook.xml", contenu)
    with pytest.raises(ErreurDonnees, match="n’est pas un classeur lisible"):
        lire_programme(chemin, VOCABULAIRE)


@pytest.mark.parametrize(
    ("valeurs", "extrait"),
    [
        ({"Actions_A2": "A" * 81}, "80 caractères au plus"),
        ({"Actions_E2": "Au 06 12 34 56 78"}, "Actions!E2 : donnée personnelle refusée"),
        ({"Habitants_A2": "a@b.fr"}, "Habitants!A2 : donnée personnelle refusée"),
        ({"Habitants_D2": dt.date(2026, 2, 2)}, "Habitants!D2 : le 02/02/2026 n’est pas encore"),
        ({"Actions_F2": "Taux inventé"}, "indicateur inconnu « Taux inventé »"),
        ({"Quartiers_B2": "Mistral"}, "QN03806M (Mistral)"),
        ({"Quartiers_C5": 1}, "50 et non 0,5"),
    ],
)
def test_autres_refus(ecrire: Ecrire, valeurs: dict[str, Any], extrait: str) -> None:
    assert extrait in _fautes(ecrire, _cellules(**valeurs))


def test_ce_qui_etonne_est_signale_sans_etre_refuse(ecrire: Ecrire) -> None:
    lu, avertissements = _relire(
        ecrire,
        _cellules(
            Actions_C2="Portée par Mme Durand",
            Actions_H2="terminée",
            Actions_J2=dt.date(2027, 1, 1),
            Financements_E2=500,
            Financements_F3=10,
            Habitants_D3=dt.date(2020, 1, 1),
        ),
    )
    textes = "\n".join(map(str, avertissements))
    for extrait in (
        "Actions!C2 : « Mme Durand »",
        "Actions!J2 : l’action est terminée",
        "Financements!E2 : le montant accordé dépasse",
        "Financements!F3 : un montant est versé",
        "Habitants!D3 : la parole P2 a plus de 36 mois",
    ):
        assert extrait in textes
    assert len(avertissements) == 5
    # Une parole trop ancienne n’est pas gardée, fût-ce un instant.
    assert [n.identifiant for n in lu.notes] == ["P1"]


def test_un_indicateur_se_donne_par_son_libelle(ecrire: Ecrire) -> None:
    lu, _ = _relire(ecrire, _cellules(Actions_F3="taux de pauvreté"))
    assert lu.actions[1].indicateur == "taux_pauvrete"
    lu, _ = _relire(ecrire, _cellules(Actions_F3="taux_pauvrete – Taux de pauvreté"))
    assert lu.actions[1].indicateur == "taux_pauvrete"
