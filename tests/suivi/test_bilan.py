"""Bilan du suivi : sommes au centime, inconnus gardés, couverture, documents."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from observatoire.catalogue import charger_catalogue
from observatoire.chemins import Chemins
from observatoire.interface.composants_suivi import html_barres, html_quartiers
from observatoire.suivi import (
    VILLE_ENTIERE,
    Action,
    Bilan,
    Etat,
    Financement,
    Note,
    Programme,
    etablir_bilan,
    programme_de,
)
from observatoire.suivi.export_tableur import ecrire_programme
from observatoire.suivi.phrases import message_du_programme
from observatoire.suivi.trame import Texte, composer_trame

JOUR = dt.date(2026, 2, 1)


def _action(identifiant: str, **champs: object) -> Action:
    modele = Action(
        identifiant, f"Action {identifiant}", "", "Axe 1", "Porteur", "", "", Etat.EN_COURS,
        None, None, "", (), (), True,
    )  # fmt: skip
    return replace(modele, **champs)  # type: ignore[arg-type]


@pytest.fixture
def bilan() -> Bilan:
    """Deux quartiers ; le premier a un grand écart de chômage, le second n’est pas interprétable."""
    colonnes = [
        "code_territoire", "indicateur", "valeur", "ecart", "ecart_relatif", "verdict", "statut", "millesime",
        "bornes_seules", "ecart_borne_basse", "ecart_borne_haute",
    ]  # fmt: skip
    nan = float("nan")
    lignes = pd.DataFrame(
        [
            ["Q1", "population", 1000.0, nan, nan, "", "publie", 2022, False, nan, nan],
            ["Q2", "population", 500.0, nan, nan, "", "publie", 2022, False, nan, nan],
            [
                "Q1",
                "taux_chomage_15_64",
                30.0,
                15.0,
                2.0,
                "ecart_net",
                "estime",
                2022,
                False,
                10.0,
                20.0,
            ],
            [
                "Q2",
                "taux_chomage_15_64",
                30.0,
                15.0,
                2.0,
                "non_interpretable",
                "estime",
                2022,
                True,
                -5.0,
                40.0,
            ],
            ["Q2", "taux_pauvrete", 20.0, 2.0, 1.1, "ecart_net", "publie", 2021, False, nan, nan],
        ],
        columns=colonnes,
    )
    lignes = lignes.assign(borne_basse=float("nan"), borne_haute=float("nan"), methode="carreaux")
    catalogue = charger_catalogue()
    actions = (
        _action(
            "A1",
            parts={"Q1": 3333, "Q2": 6667},
            indicateur="taux_chomage_15_64",
            theme="emploi",
            financements=(
                Financement(2025, "Ville", 10_000, 10_001, None),
                Financement(2025, "CAF", 500, None, None),
            ),
            freins=("Horaires",),
            fin=dt.date(2025, 12, 31),
        ),
        _action(
            "A2",
            parts={"Q2": 10_000},
            theme="revenus",
            axe="Axe 2",
            financements=(Financement(2024, "Ville", 300, None, None),),
            freins=("horaires", "Locaux"),
        ),
        _action("A3", parts={VILLE_ENTIERE: 10_000}, theme="logement", etat=Etat.TERMINEE),
    )
    notes = (
        Note("P1", "Q1", "emploi", JOUR, "Atelier", "Une parole.", True),
        Note("P2", "Q1", "emploi", JOUR, "Atelier", "Une confidence.", False),
    )
    return Bilan(
        programme=Programme(actions, notes),
        jour=JOUR,
        noms={"Q1": "Quartier un", "Q2": "Quartier deux", VILLE_ENTIERE: "Ville entière"},
        lignes=lignes,
        defavorables={"taux_chomage_15_64": True, "taux_pauvrete": True, "population": None},
        themes={"revenus": "Revenus", "emploi": "Emploi", "logement": "Logement"},
        libelles={i.id: i.libelle for i in catalogue.indicateurs.values()},
        indicateurs=catalogue.indicateurs,
    )


def test_montants_partages_au_centime(bilan: Bilan) -> None:
    accordes = bilan.sommes("quartier").set_index("quartier")["accorde_c"]
    # 100,01 € : 33,33 % = 33,33 € et 66,67 % = 66,68 € (le centime au plus grand reste).
    assert accordes.to_dict() == {"Q1": 3333, "Q2": 6668}
    assert int(bilan.sommes("financeur").set_index("financeur").loc["Ville", "demande_c"]) == 10_300


def test_un_inconnu_n_est_jamais_zero(bilan: Bilan) -> None:
    par_annee = bilan.sommes("annee").set_index("annee")
    assert par_annee.loc[2024, "accorde_c"] is pd.NA
    assert par_annee.loc[2025, "verse_c"] is pd.NA
    assert bilan.sommes("financeur").set_index("financeur").loc["CAF", "accorde_c"] is pd.NA


def test_euros_par_habitant(bilan: Bilan) -> None:
    table = bilan.par_quartier(2025).set_index("quartier")
    assert table.loc["Q1", "euros_par_habitant"] == pytest.approx(33.33 / 1000)
    assert table.loc["Q2", "euros_par_habitant"] == pytest.approx(66.68 / 500)
    # Deux années financées : la moyenne annuelle.
    assert bilan.par_quartier().set_index("quartier").loc[
        "Q2", "euros_par_habitant"
    ] == pytest.approx(66.68 / 1000)
    assert pd.isna(table.loc[VILLE_ENTIERE, "euros_par_habitant"])


def test_un_quartier_sans_action_ne_recoit_rien(bilan: Bilan) -> None:
    seule = replace(bilan, programme=Programme(bilan.programme.actions[1:2]))
    table = seule.par_quartier().set_index("quartier")
    assert (table.loc["Q1", "accorde_c"], table.loc["Q1", "euros_par_habitant"]) == (0, 0)
    assert table.loc["Q2", "accorde_c"] is pd.NA


def test_besoin_non_interpretable_sans_chiffre(bilan: Bilan) -> None:
    table = bilan.besoin_et_effort().set_index("quartier")
    assert table.loc["Q1", "ecart"] == 15.0
    assert pd.isna(table.loc["Q2", "ecart"])
    assert table.loc["Q2", "bornes_ecart"] is None


def test_couverture(bilan: Bilan) -> None:
    table = bilan.couverture().set_index(["quartier", "theme"])["constat"]
    assert table["Q1", "emploi"] == "couvert"
    # L’écart de Q2 sur le chômage n’est pas interprétable, celui de pauvreté est petit (10 %).
    assert table["Q2", "emploi"] == "action sans grand écart établi"
    assert table["Q2", "revenus"] == "action sans grand écart établi"
    # Une action terminée ne couvre plus.
    assert table["Q1", "logement"] == ""
    sans = replace(bilan, programme=Programme(bilan.programme.actions[1:]))
    assert (
        sans.couverture().set_index(["quartier", "theme"])["constat"]["Q1", "emploi"]
        == "sans action"
    )


def test_avancement_et_freins_communs(bilan: Bilan) -> None:
    groupes = {e: [a.identifiant for a in s] for e, s in bilan.avancement().items() if s}
    assert groupes == {"en_retard": ["A1"], "en_cours": ["A2"], "terminee": ["A3"]}
    communs = bilan.communs("freins")
    assert communs.to_dict("records") == [
        {"etiquette": "Horaires", "quartiers": ["Quartier deux", "Quartier un"], "actions": 2}
    ]


def test_le_message_ne_promet_pas_de_montant(bilan: Bilan) -> None:
    assert message_du_programme(bilan).startswith(
        "Au moins 100\u00a0€ accordés de 2024 à 2025 au contrat de ville\u202f: de 0,0 à 0,1\u00a0€ par habitant"
    )
    a3 = replace(bilan.programme.actions[0], financements=())
    bilan.programme = Programme((a3,), ())
    del bilan.montants
    assert message_du_programme(bilan) == "1\u00a0action suivie, sans montant accordé connu"
    bilan.programme = Programme((), bilan.programme.notes)
    assert message_du_programme(bilan) == "Aucune action n’est encore suivie"


def test_ce_qui_n_est_pas_montre_n_est_pas_nul(bilan: Bilan) -> None:
    """D’un programme dont seules les actions publiques se voient, l’absence ne se déduit pas."""
    a1, a2, a3 = bilan.programme.actions
    assert not bilan.programme.public().partiel
    visible = Programme((replace(a1, public=False), a2, replace(a3, public=False)))
    bilan.programme = visible.public()
    assert bilan.programme.partiel
    efforts = bilan.par_quartier().set_index("quartier")
    assert pd.isna(efforts.loc["Q1", "accorde_c"])
    assert "sans action" not in set(bilan.couverture()["constat"])
    assert "actions marquées publiques" in bilan.prudence
    assert "1\u00a0action publique suivie" in message_du_programme(bilan)
    # Ni d’un programme qui n’est pas encore saisi.
    vide = replace(bilan, programme=Programme((), bilan.programme.notes))
    assert vide.par_quartier()["accorde_c"].isna().all()
    assert set(vide.couverture()["constat"]) == {""}
    textes = [b.texte for b in composer_trame(bilan, annee=2024) if isinstance(b, Texte)]
    assert any("Seules les actions marquées publiques" in t for t in textes)


def test_un_montant_partiel_est_un_minimum_a_l_ecran(bilan: Bilan) -> None:
    efforts = html_quartiers(bilan.par_quartier(), bilan.inconnus("quartier"))
    assert efforts.count("au moins") == 2
    parts = html_barres(bilan.sommes("axe"), bilan.inconnus("axe"), "axe", "Par axe")
    assert parts.count("au moins") == 1


def test_classeur_laisse_vide_l_inconnu(bilan: Bilan, tmp_path: Path) -> None:
    ecrire_programme(bilan, tmp_path / "p.xlsx", nom_ville="Essai")
    feuille = load_workbook(tmp_path / "p.xlsx")["Par financeur"]
    lignes = {(r[0], r[1]): r[2:] for r in feuille.iter_rows(min_row=2, values_only=True)}
    # Demandé, accordé, versé, puis nombre d’accords non connus (un financement partagé compte une fois) : une somme partielle se voit.
    assert lignes["Ville", "2025"] == (100, 100.01, None, 0)
    assert lignes["CAF", "2025"] == (5, None, None, 1)
    ecrire_programme(bilan, tmp_path / "q.xlsx", nom_ville="Essai", quartier="Q1")
    seule = load_workbook(tmp_path / "q.xlsx")["Actions"]
    assert [r[0] for r in seule.iter_rows(min_row=2, values_only=True)] == ["A1", "A3"]
    # Le montant est celui de l’action, pas la part du quartier, et le titre le dit.
    assert (seule["H1"].value, seule["H2"].value) == ("Accordé, action entière", 100.01)


def test_classeur_d_une_annee(bilan: Bilan, tmp_path: Path) -> None:
    ecrire_programme(bilan, tmp_path / "p.xlsx", nom_ville="Essai", annee=2024)
    classeur = load_workbook(tmp_path / "p.xlsx")
    assert "en 2024" in classeur["Lisez-moi"]["A1"].value
    montants = {r[0]: r[9] for r in classeur["Actions"].iter_rows(min_row=2, values_only=True)}
    assert montants == {"A1": None, "A2": 3, "A3": None}
    for nom, colonne in (("Par quartier", 2), ("Par axe", 1), ("Par financeur", 1)):
        lignes = classeur[nom].iter_rows(min_row=2, values_only=True)
        assert {r[colonne] for r in lignes} == {"2024"}, nom


def test_rapport_cite_le_texte_et_tait_les_confidences(bilan: Bilan) -> None:
    blocs = composer_trame(bilan, annee=2025)
    texte = "\n".join(b.texte for b in blocs if isinstance(b, Texte))
    assert "décret n° 2015-1118 du 3 septembre 2015" in texte
    assert "Une parole." in texte
    assert "Une confidence." not in texte
    assert "ne disent pas qu’une action a causé un changement" in texte


def test_ville_fictive_vivante(racine_fictive: Path, edition_fictive) -> None:  # type: ignore[no-untyped-def]
    """La démonstration a un programme, des lieux et un découpage ; rien ne s’y perd."""
    programme = programme_de(Chemins(racine_fictive), "00001", jour=JOUR)
    bilan = etablir_bilan(programme, edition_fictive, charger_catalogue(), jour=JOUR)
    for montant in ("demande_c", "accorde_c", "verse_c"):
        direct = sum(getattr(f, montant) or 0 for a in programme.actions for f in a.financements)
        assert int(bilan.montants[montant].sum()) == direct
    assert (bilan.couverture()["constat"] == "sans action").any()
    assert bilan.avancement()["en_retard"]
    acces = edition_fictive.complement("acces_lieux")
    ville = acces[acces["type_territoire"] == "commune"].set_index("categorie")
    lieux = edition_fictive.complement("lieux")
    assert lieux["a_geolocaliser"].sum() == 1
    assert ville.loc["Associations", "non_situes"] == 1
    # Les secteurs scolaires couvrent la ville : leurs lieux sont ceux de la ville.
    scolaires = (
        acces[acces["type_territoire"] == "secteurs_scolaires"].groupby("categorie")["nombre"].sum()
    )
    assert scolaires.to_dict() == ville["nombre"].to_dict()
    assert edition_fictive.familles == {
        "secteurs_scolaires": ("secteur scolaire", "secteurs scolaires", "m")
    }
    resultats = edition_fictive.resultats
    population = resultats[
        (resultats["indicateur"] == "population") & (resultats["millesime"] == 2022)
    ]
    totaux = population.groupby("type_territoire")["valeur"].sum()
    assert totaux["secteurs_scolaires"] == pytest.approx(totaux["commune"], rel=1e-6)


def test_fichiers_fictifs_a_jour(tmp_path: Path) -> None:
    """Les fichiers livrés sont ceux que le script fabrique, octet pour octet."""
    from observatoire.chemins import dossier_suivi_fictif
    from observatoire.ville_fictive.suivi import ecrire_suivi_fictif

    for fichier in ecrire_suivi_fictif(tmp_path):
        if fichier.suffix == ".csv":
            assert fichier.read_bytes() == (dossier_suivi_fictif() / fichier.name).read_bytes()
    livre = load_workbook(dossier_suivi_fictif() / "programme.xlsx")
    refait = load_workbook(tmp_path / "programme.xlsx")
    for nom in livre.sheetnames:
        if nom == "Listes":
            # Elle reprend le catalogue du moment : un indicateur de plus l’allonge, sans rien fausser.
            continue
        assert list(livre[nom].values) == list(refait[nom].values), nom
