"""Import du suivi : gabarit relu, fautes par cellule, mise à jour, historique, rien de perdu."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from fabriques_suivi import VOCABULAIRE, lignes_completes
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from observatoire.chemins import Chemins
from observatoire.erreurs import ErreurDemande, ErreurDonnees
from observatoire.suivi import (
    Financement,
    dernier_import,
    ecrire_classeur,
    effacer_paroles,
    importer,
    lire_historique,
    lire_programme,
    lire_reglages,
    partager,
    programme_de,
    purger,
)
from observatoire.suivi.configuration import adresse_base
from observatoire.suivi.valeurs import ValeurRefusee, lire_centimes, lire_part

Ecrire = Callable[..., Path]
LE_1ER_FEVRIER = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def chemins(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Chemins:
    """Une racine neuve, en SQLite puis sur un serveur PostgreSQL s’il y en a un."""
    if request.param == "postgresql":
        adresse = request.getfixturevalue("serveur_postgresql")
        monkeypatch.setenv("OBSERVATOIRE_SUIVI_BASE", adresse)
        _vider(adresse)
    return Chemins(tmp_path / "racine")


def _vider(adresse: str) -> None:
    import sqlalchemy

    moteur = sqlalchemy.create_engine(adresse)
    with moteur.begin() as connexion:
        metadonnees = sqlalchemy.MetaData()
        metadonnees.reflect(connexion)
        metadonnees.drop_all(connexion)
    moteur.dispose()


@pytest.fixture(scope="session")
def serveur_postgresql() -> Iterator[str]:
    """Adresse d’un serveur : celui de ``OBSERVATOIRE_ESSAI_POSTGRESQL``, ou un serveur jetable."""
    donnee = os.environ.get("OBSERVATOIRE_ESSAI_POSTGRESQL", "")
    if donnee:
        yield donnee
        return
    initdb = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))), None)
    if initdb is None or not hasattr(os, "geteuid"):
        pytest.skip("aucun serveur PostgreSQL (OBSERVATOIRE_ESSAI_POSTGRESQL le donne)")
    import pwd

    try:
        compte = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    except KeyError:
        pytest.skip("PostgreSQL refuse le compte root, et le compte « postgres » n’existe pas")
    dossier = Path(tempfile.mkdtemp(prefix="pg"))
    if compte is not None:
        os.chown(dossier, compte.pw_uid, compte.pw_gid)
    options = (
        {}
        if compte is None
        else {"user": compte.pw_uid, "group": compte.pw_gid, "extra_groups": []}
    )

    def lancer(*mots: str) -> None:
        subprocess.run(
            mots,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=dossier,
            **options,
        )  # type: ignore[call-overload]

    with socket.socket() as libre:
        libre.bind(("127.0.0.1", 0))
        port = libre.getsockname()[1]
    donnees = str(dossier / "d")
    outil = str(initdb.with_name("pg_ctl"))
    try:
        lancer(str(initdb), "-D", donnees, "-U", "essai", "-A", "trust", "--no-sync")
        reglages = f"-p {port} -h 127.0.0.1 -k {dossier} -F"
        lancer(outil, "-D", donnees, "-w", "-o", reglages, "-l", str(dossier / "j"), "start")
    except (subprocess.CalledProcessError, OSError):
        shutil.rmtree(dossier, ignore_errors=True)
        pytest.skip("le serveur PostgreSQL n’a pas pu démarrer")
    try:
        yield f"postgresql+pg8000://essai@127.0.0.1:{port}/postgres"
    finally:
        lancer(outil, "-D", donnees, "-m", "immediate", "stop")
        shutil.rmtree(dossier, ignore_errors=True)


def _importer(chemins: Chemins, classeur: Path, **options):  # type: ignore[no-untyped-def]
    return importer(
        chemins, classeur, VOCABULAIRE, code_commune="38185", maintenant=LE_1ER_FEVRIER, **options
    )


def test_aller_retour_au_centime(chemins: Chemins, ecrire: Ecrire) -> None:
    compte_rendu = _importer(chemins, ecrire(lignes_completes()))
    assert compte_rendu.ajouts == ["A1", "A2"]
    programme = programme_de(chemins, "38185", jour=LE_1ER_FEVRIER.date())
    a1, a2 = programme.actions
    assert a1.parts == {"QN03806M": 3333, "QN03807M": 3333, "VILLE": 3334}
    assert a1.financements == (
        Financement(2024, "Ville", 10_001, 10_000, 5_000),
        Financement(2025, "Ville", 20_000, None, None),
    )
    assert a2.financements == (Financement(2025, "CAF", 1_000, 0, None),)
    assert (a1.theme, a2.theme) == ("emploi", "logement")
    assert a1.freins == ("Horaires", "Garde")
    assert a1.en_retard(LE_1ER_FEVRIER.date())
    assert not a2.en_retard(LE_1ER_FEVRIER.date())
    assert [a.identifiant for a in programme.public().actions] == ["A1"]
    assert [n.identifiant for n in programme.public().notes] == ["P1"]
    base = chemins.racine / "suivi.sqlite"
    assert not base.is_file() or os.name != "posix" or base.stat().st_mode & 0o007 == 0
    # Une autre ville ne voit rien.
    assert programme_de(chemins, "00001").actions == ()


def test_reimport_dit_ce_qui_change_et_garde_l_historique(chemins: Chemins, ecrire: Ecrire) -> None:
    _importer(chemins, ecrire(lignes_completes()), auteur="ana")
    assert _importer(chemins, ecrire(lignes_completes())).inchanges == 2
    lignes = lignes_completes()
    lignes["Actions"] = [[*lignes["Actions"][0]]]
    lignes["Actions"][0][7] = "terminée"  # type: ignore[index]
    lignes["Quartiers"] = lignes["Quartiers"][:3]
    lignes["Financements"] = [["A1", 2024, "Ville", 100.01, 100, 75.5]]
    compte_rendu = _importer(chemins, ecrire(lignes), auteur="benoît")
    changes = {(c.champ, c.avant, c.apres) for c in compte_rendu.modifies["A1"]}
    assert changes == {
        ("état", "en cours", "terminée"),
        ("versé 2024, Ville", "50,00 €", "75,50 €"),
        ("demandé 2025, Ville", "200,00 €", ""),
    }
    assert compte_rendu.absents == ["A2"]
    assert {a.identifiant for a in programme_de(chemins, "38185").actions} == {"A1", "A2"}
    historique = lire_historique(chemins, "38185")
    # L’opération la plus récente d’abord, ses champs dans l’ordre du classeur.
    assert [r["champ"] for r in historique[:2]] == ["état", "versé 2024, Ville"]
    assert {r["importe_le"] for r in historique} == {LE_1ER_FEVRIER}
    dernier = historique[:3]
    assert {(r["auteur"], r["identifiant"]) for r in dernier} == {("benoît", "A1")}
    _importer(chemins, ecrire(lignes), remplacer=True)
    assert [a.identifiant for a in programme_de(chemins, "38185").actions] == ["A1"]
    assert any(
        r["identifiant"] == "A2" and r["avant"] == "Jardins"
        for r in lire_historique(chemins, "38185")
    )


def test_mauvais_fichier_ne_change_rien(chemins: Chemins, ecrire: Ecrire) -> None:
    _importer(chemins, ecrire(lignes_completes()))
    avant = programme_de(chemins, "38185", jour=LE_1ER_FEVRIER.date())
    lignes = lignes_completes()
    lignes["Quartiers"] = [
        ["A1", "QN03806M", 60],
        ["A1", "QN03807M", 39.5],
        ["A2", "QN03808M", 100],
    ]
    with pytest.raises(ErreurDonnees, match="font 99,50 %, au lieu de 100 %"):
        _importer(chemins, ecrire(lignes, "mauvais.xlsx"))
    assert programme_de(chemins, "38185", jour=LE_1ER_FEVRIER.date()) == avant


def test_conservation_des_paroles(chemins: Chemins, ecrire: Ecrire) -> None:
    _importer(chemins, ecrire(lignes_completes()))
    assert len(programme_de(chemins, "38185", jour=dt.date(2028, 12, 1)).notes) == 2
    # Trente-six mois après, la parole n’est plus rendue, puis elle est effacée.
    assert programme_de(chemins, "38185", jour=dt.date(2029, 2, 1)).notes == ()
    assert purger(chemins, "38185", jour=dt.date(2029, 2, 1)) == 2
    assert programme_de(chemins, "38185", jour=LE_1ER_FEVRIER.date()).notes == ()
    # Son texte n’est pas non plus dans l’historique, ni dans les pages libres du fichier.
    historique = lire_historique(chemins, "38185")
    assert "horaires sont trop courts" not in str(historique)
    assert [r["apres"] for r in historique[:2]] == ["effacée, trop ancienne"] * 2
    base = chemins.racine / "suivi.sqlite"
    assert not base.is_file() or b"horaires sont trop courts" not in base.read_bytes()


def test_une_parole_s_efface_sur_demande(chemins: Chemins, ecrire: Ecrire) -> None:
    _importer(chemins, ecrire(lignes_completes()))
    empreinte = dernier_import(chemins, "38185")
    with pytest.raises(ErreurDemande, match="« P9 »"):
        effacer_paroles(chemins, "38185", ["P1", "P9"])
    effacer_paroles(chemins, "38185", ["P1"], auteur="ana")
    restent = programme_de(chemins, "38185", jour=LE_1ER_FEVRIER.date()).notes
    assert [n.identifiant for n in restent] == ["P2"]
    derniere = lire_historique(chemins, "38185")[0]
    assert (derniere["auteur"], derniere["apres"]) == ("ana", "effacée sur demande")
    assert dernier_import(chemins, "38185") == empreinte


def test_deux_personnes_importent_en_meme_temps(chemins: Chemins, ecrire: Ecrire) -> None:
    """Aucune ne perd ce que l’autre écrit, même à la première ouverture."""
    lignes = lignes_completes()
    classeurs = []
    for k in range(8):
        lignes["Actions"][0][1] = f"Titre {k}"  # type: ignore[index]
        classeurs.append(ecrire(lignes, f"c{k}.xlsx"))
    with ThreadPoolExecutor(8) as bassin:
        list(bassin.map(lambda c: _importer(chemins, c, auteur=c.stem), classeurs))
    titres = [r for r in lire_historique(chemins, "38185") if r["champ"] == "intitulé"]
    suite = [(r["avant"], r["apres"]) for r in reversed(titres) if r["identifiant"] == "A1"]
    # Chaque changement part de ce que le précédent a laissé.
    assert len(suite) == 8
    assert suite[0][0] == ""
    assert all(a[1] == b[0] for a, b in pairwise(suite))
    assert programme_de(chemins, "38185").actions[0].intitule == suite[-1][1]


def test_toutes_les_fautes_avec_leur_cellule(ecrire: Ecrire) -> None:
    lignes = lignes_completes()
    lignes["Actions"] = [
        ["A1", "Écrire à x@y.fr", "", "Axe faux", "Asso", "inconnu", "Magie", "fini", "31/02/2025", None, "", "", "", "peut-être"],
        ["A1", "", "", AXE_VIDE, "Asso", "", "", "en cours", dt.date(2025, 1, 2), dt.date(2025, 1, 1)],
        ["A3", "Sans quartier", "", "Cohésion sociale", "Asso", "", "", "en cours"],
    ]  # fmt: skip
    lignes["Quartiers"] = [
        ["A1", "QN99999M", 100],
        ["A1", "QN03806M", 0],
        ["A1", "QN03806M", "x"],
        ["A9", "VILLE", 100],
    ]
    lignes["Financements"] = [
        ["A1", 1850, "Mécène", 1.005, -3, None],
        ["A1", 2025, "Ville", None, None, None],
        ["A1", 2024, "Ville", 1, 1, 2],
        ["A1", 2024, "Ville", 1, 1, 1],
    ]
    lignes["Habitants"] = [
        ["P1", "VILLE", "Emploi", "hier", "Atelier", "Appelez le 06 12 34 56 78", "oui"]
    ]
    with pytest.raises(ErreurDonnees) as leve:
        lire_programme(ecrire(lignes), VOCABULAIRE)
    dites = {(a.fichier.split(", ")[1], a.message) for a in leve.value.anomalies}
    for cellule, extrait in (
        ("Actions!B2", "adresse électronique"), ("Actions!D2", "axe inconnu"), ("Actions!F2", "indicateur inconnu"),
        ("Actions!G2", "thème inconnu"), ("Actions!H2", "état inconnu"), ("Actions!I2", "n’est pas une date"),
        ("Actions!N2", "répondez oui ou non"), ("Actions!A3", "déjà en ligne 2"), ("Actions!B3", "« Intitulé » manque"),
        ("Actions!D3", "« Axe » manque"), ("Actions!J3", "la fin précède le début"), ("Actions!A4", "n’a aucun quartier"),
        ("Quartiers!B2", "quartier inconnu"), ("Quartiers!C3", "entre 0 et 100"), ("Quartiers!B4", "déjà donné"),
        ("Quartiers!C4", "n’est pas un nombre"), ("Quartiers!A5", "n’est pas dans la feuille"),
        ("Financements!B2", "n’est pas une année"), ("Financements!C2", "financeur inconnu"),
        ("Financements!D2", "deux décimales"), ("Financements!E2", "n’est pas négatif"),
        ("Financements!D3", "aucun montant"), ("Financements!F4", "dépasse le montant accordé"),
        ("Financements!C5", "même financeur qu’en ligne 4"), ("Habitants!D2", "n’est pas une date"),
        ("Habitants!F2", "numéro de téléphone"),
    ):  # fmt: skip
        assert any(c == cellule and extrait in m for c, m in dites), (
            cellule,
            extrait,
            sorted(dites),
        )
    # La donnée refusée n’est pas répétée dans le message.
    assert "x@y.fr" not in str(leve.value)
    assert "06 12" not in str(leve.value)


AXE_VIDE = ""


def test_gabarit_a_des_listes_et_se_relit_vide(tmp_path: Path) -> None:
    sortie = tmp_path / "modele.xlsx"
    ecrire_classeur(sortie, VOCABULAIRE, nom_ville="Grenoble")
    classeur = load_workbook(sortie)
    assert classeur.sheetnames == [
        "Aide",
        "Actions",
        "Quartiers",
        "Financements",
        "Habitants",
        "Listes",
    ]
    listes = {
        str(v.sqref): v.formula1
        for v in classeur["Quartiers"].data_validations.dataValidation
        if v.type == "list"
    }
    assert listes == {"B2:B2001": "=Listes!$G$2:$G$5"} or listes == {"B2:B2001": "Listes!$G$2:$G$5"}
    with pytest.raises(ErreurDonnees, match="aucune ligne"):
        lire_programme(sortie, VOCABULAIRE)


def test_noms_signales_sans_etre_refuses(ecrire: Ecrire) -> None:
    lignes = lignes_completes()
    lignes["Habitants"] = [
        [
            "P1",
            "VILLE",
            "Emploi",
            dt.date(2026, 1, 1),
            "Atelier",
            "Mme Durand attend toujours.",
            "oui",
        ]
    ]
    _, anomalies = lire_programme(ecrire(lignes), VOCABULAIRE)
    assert ["« Mme Durand »" in str(a) for a in anomalies] == [True]


@pytest.mark.parametrize(
    ("valeur", "attendu"),
    [
        ("12 500,50 €", 1_250_050),
        (0.3, 30),
        (0.1 + 0.2, 30),
        (7, 700),
        (None, None),
        ("", None),
        ("0", 0),
    ],
)
def test_montants_lus(valeur: object, attendu: int | None) -> None:
    assert lire_centimes(valeur) == attendu


@pytest.mark.parametrize("valeur", ["douze", "1,005", -1, "inf", "nan", True, 1e12])
def test_montants_refuses(valeur: object) -> None:
    with pytest.raises(ValeurRefusee):
        lire_centimes(valeur)


def test_parts_lues() -> None:
    assert (lire_part("33,33 %"), lire_part(100), lire_part(0.5)) == (3333, 10_000, 50)


def test_partage_connu() -> None:
    # 100,00 € en trois tiers : 33,33 + 33,33 + 33,34.
    parts = {"a": 3333, "b": 3333, "c": 3334}
    assert partager(10_000, parts) == {"a": 3333, "b": 3333, "c": 3334}
    # 1 centime va à la plus grande part.
    assert partager(1, parts) == {"a": 0, "b": 0, "c": 1}


@settings(deadline=None)
@given(
    centimes=st.integers(0, 10**13),
    bornes=st.lists(st.integers(1, 9_999), max_size=7, unique=True),
    hasard=st.randoms(),
)
def test_partage_conserve_le_total_et_ignore_l_ordre(
    centimes: int, bornes: list[int], hasard
) -> None:  # type: ignore[no-untyped-def]
    limites = [0, *sorted(bornes), 10_000]
    parts = {f"Q{k}": b - a for k, (a, b) in enumerate(pairwise(limites))}
    partage = partager(centimes, parts)
    assert sum(partage.values()) == centimes
    assert all(abs(partage[q] - centimes * p / 10_000) < 1.001 for q, p in parts.items())
    melange = list(parts.items())
    hasard.shuffle(melange)
    assert partager(centimes, dict(melange)) == partage


def test_reglages_fautifs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(adresse_base(tmp_path)).endswith("suivi.sqlite")
    fichier = tmp_path / "suivi.toml"
    fichier.write_text('[base]\nadresse = "postgresql://u:secret@h/b"\n', encoding="utf-8")
    with pytest.raises(ErreurDemande, match="contient un mot de passe") as leve:
        lire_reglages(tmp_path)
    assert "secret@" not in str(leve.value)
    fichier.write_text("[notes]\nconservation_mois = 0\n[inconnu]\na = 1\n", encoding="utf-8")
    with pytest.raises(ErreurDemande) as leve:
        lire_reglages(tmp_path)
    assert len(leve.value.anomalies) == 2
    fichier.write_text(
        '[base]\nadresse = "postgresql://u@h/b"\n[listes]\naxes = ["Un axe"]\n', encoding="utf-8"
    )
    assert adresse_base(tmp_path).drivername == "postgresql+pg8000"
    assert lire_reglages(tmp_path).listes.axes == ("Un axe",)
    monkeypatch.setenv("OBSERVATOIRE_SUIVI_BASE", "pas une adresse")
    with pytest.raises(ErreurDemande, match="mal écrite"):
        adresse_base(tmp_path)


def test_base_injoignable_est_dite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ecrire: Ecrire
) -> None:
    monkeypatch.setenv("OBSERVATOIRE_SUIVI_BASE", f"sqlite:///{tmp_path}/absent/suivi.sqlite")
    with pytest.raises(ErreurDonnees, match="rien n’a été changé"):
        _importer(Chemins(tmp_path), ecrire(lignes_completes()))
