"""Une édition douteuse attend ; publier, revenir, journal : rien ne se perd."""

import json
import shutil

import pandas as pd
import pytest

from observatoire.chaine import actualiser, construire_demonstration
from observatoire.chemins import Chemins
from observatoire.editions import (
    edition_courante,
    editions_a_valider,
    lire_journal,
    lister_editions,
    publier_edition,
    publier_en_attente,
    resoudre_edition,
    revenir_a,
)
from observatoire.editions.journal import inscrire
from observatoire.editions.validation import noter_a_valider
from observatoire.erreurs import ErreurDemande, ErreurEdition

FICHIER = "BASE_TD_FILO_IRIS_2021_DISP.csv"
COMMUNE = "00001"


def _corriger(dossier, nouveau):
    """Changer le taux de pauvreté d’un IRIS, comme une correction du producteur."""
    chemin = dossier / FICHIER
    texte = chemin.read_text(encoding="utf-8")
    lignes = texte.splitlines(keepends=True)
    (rang,) = [i for i, ligne in enumerate(lignes) if ligne.startswith("000010101;")]
    champs = lignes[rang].split(";")
    champs[1] = nouveau
    lignes[rang] = ";".join(champs)
    chemin.write_text("".join(lignes), encoding="utf-8")


@pytest.fixture(scope="module")
def sources(ville_fictive, tmp_path_factory):
    """Les fichiers du producteur, puis les mêmes avec une correction absurde."""
    racine = tmp_path_factory.mktemp("sources")
    for nom in ("justes", "absurdes"):
        shutil.copytree(ville_fictive, racine / nom)
    _corriger(racine / "absurdes", "63,0")
    return racine


@pytest.fixture(scope="module")
def modele(sources, tmp_path_factory):
    """Une ville avec une édition courante et une édition à valider, et leurs comptes rendus."""
    chemins = Chemins(tmp_path_factory.mktemp("modele"))
    premier = actualiser(COMMUNE, depuis=[sources / "justes"], chemins=chemins, motif="départ")
    second = actualiser(COMMUNE, depuis=[sources / "absurdes"], chemins=chemins)
    return chemins, premier, second


@pytest.fixture
def ville(modele, tmp_path):
    """Copie modifiable du modèle : chemins, édition courante, édition à valider."""
    chemins, premier, second = modele
    shutil.copytree(chemins.racine, tmp_path / "copie")
    return Chemins(tmp_path / "copie"), premier.edition.identifiant, second.edition.identifiant


def test_la_premiere_edition_est_publiee_la_douteuse_attend(modele):
    chemins, premier, second = modele
    assert not premier.a_valider
    assert premier.comparaison is None
    assert second.a_valider
    assert second.comparaison.ancienne == premier.edition.identifiant
    assert second.comparaison.nouvelle == second.edition.identifiant
    assert set(second.comparaison.changements["nature"]) == {"correction_producteur"}
    assert edition_courante(chemins, COMMUNE).identifiant == premier.edition.identifiant
    attente = editions_a_valider(chemins, COMMUNE)
    assert list(attente) == [second.edition.identifiant]
    assert "Taux de pauvreté 2021, Cathédrale (IRIS)" in attente[second.edition.identifiant][0]
    second.edition.verifier()


def test_relancer_sans_rien_changer_publie(ville, sources):
    chemins, premiere, _ = ville
    compte_rendu = actualiser(COMMUNE, depuis=[sources / "justes"], chemins=chemins)
    assert not compte_rendu.a_valider
    assert compte_rendu.comparaison.changements.empty
    courante = edition_courante(chemins, COMMUNE).identifiant
    assert courante == compte_rendu.edition.identifiant != premiere


def test_publier_malgre_tout(ville, sources):
    chemins, _, _ = ville
    compte_rendu = actualiser(
        COMMUNE, depuis=[sources / "absurdes"], chemins=chemins, publier_malgre_tout=True
    )
    assert not compte_rendu.a_valider
    assert not compte_rendu.comparaison.vraisemblable
    assert edition_courante(chemins, COMMUNE).identifiant == compte_rendu.edition.identifiant


def test_publier_puis_revenir(ville):
    chemins, premiere, attente = ville
    publier_en_attente(chemins, COMMUNE, attente, version="1", motif="vu avec l’Insee")
    assert edition_courante(chemins, COMMUNE).identifiant == attente
    assert editions_a_valider(chemins, COMMUNE) == {}
    assert resoudre_edition(chemins, COMMUNE, "precedente").identifiant == premiere
    revenir_a(chemins, COMMUNE, premiere, version="1", motif="erreur reconnue")
    assert edition_courante(chemins, COMMUNE).identifiant == premiere
    assert set(lister_editions(chemins, COMMUNE)) == {premiere, attente}
    revenir_a(chemins, COMMUNE, attente, version="1")
    journal = lire_journal(chemins, COMMUNE)
    assert [(e.action, e.edition, e.motif) for e in journal.entrees] == [
        ("actualiser", premiere, "départ"),
        ("a_valider", attente, ""),
        ("publier", attente, "vu avec l’Insee"),
        ("revenir", premiere, "erreur reconnue"),
        ("revenir", attente, ""),
    ]
    assert all(e.qui and e.quand.endswith("+00:00") for e in journal.entrees)


def test_les_demandes_impossibles_se_disent_et_ne_changent_rien(ville):
    chemins, premiere, attente = ville
    avant = lire_journal(chemins, COMMUNE)
    with pytest.raises(ErreurDemande, match=f"observatoire publier {attente}"):
        revenir_a(chemins, COMMUNE, attente, version="1")
    with pytest.raises(ErreurDemande, match="déjà l’édition courante"):
        publier_en_attente(chemins, COMMUNE, premiere, version="1")
    with pytest.raises(ErreurDemande, match="n’a pas d’édition « 2001-01-01-abcdef »"):
        revenir_a(chemins, COMMUNE, "2001-01-01-abcdef", version="1")
    with pytest.raises(ErreurDemande, match="rien à comparer"):
        resoudre_edition(chemins, COMMUNE, "precedente")
    with pytest.raises(ErreurDemande, match="n’a pas d’édition « \\.\\./00001"):
        revenir_a(chemins, COMMUNE, f"../{COMMUNE}/{attente}", version="1")
    assert edition_courante(chemins, COMMUNE).identifiant == premiere
    assert lire_journal(chemins, COMMUNE) == avant


def test_une_edition_alteree_n_est_ni_publiee_ni_remise(ville):
    chemins, premiere, attente = ville
    (chemins.ville(COMMUNE) / attente / "resultats.parquet").write_bytes(b"abime")
    with pytest.raises(ErreurEdition, match="a changé depuis sa publication"):
        publier_en_attente(chemins, COMMUNE, attente, version="1")
    assert edition_courante(chemins, COMMUNE).identifiant == premiere


def test_une_edition_courante_abimee_n_empeche_pas_d_actualiser(ville, sources):
    chemins, premiere, _ = ville
    (chemins.ville(COMMUNE) / premiere / "resultats.parquet").write_bytes(b"abime")
    compte_rendu = actualiser(COMMUNE, depuis=[sources / "justes"], chemins=chemins)
    assert edition_courante(chemins, COMMUNE).identifiant == compte_rendu.edition.identifiant
    assert any("n’a pas pu être comparée" in str(a) for a in compte_rendu.avertissements)


def test_la_demonstration_est_toujours_publiee(ville):
    chemins, _, attente = ville
    publier_en_attente(chemins, COMMUNE, attente, version="1")
    compte_rendu = construire_demonstration(chemins)
    assert not compte_rendu.a_valider
    assert edition_courante(chemins, COMMUNE).identifiant == compte_rendu.edition.identifiant


@pytest.fixture
def petite(tmp_path):
    """Ville minuscule, pour les fichiers annexes."""
    chemins = Chemins(tmp_path)
    dossier = publier_edition(
        chemins,
        COMMUNE,
        tables={"resultats": pd.DataFrame({"valeur": [1.0]})},
        manifeste={"code_commune": COMMUNE, "nom_commune": "Ville"},
    )
    return chemins, dossier.name


def test_une_derniere_ligne_coupee_est_toleree_et_dite(petite):
    chemins, edition = petite
    inscrire(chemins, COMMUNE, "actualiser", edition, version="1", motif="é")
    inscrire(chemins, COMMUNE, "revenir", edition, version="1")
    fichier = chemins.ville(COMMUNE) / "journal.jsonl"
    entier = fichier.read_bytes()
    for coupe in range(1, len(entier.splitlines()[1]) + 1):
        fichier.write_bytes(entier[:-coupe])
        journal = lire_journal(chemins, COMMUNE)
        abimee = coupe > 1  # il ne manque que la fin de ligne : le geste est lisible
        assert [e.action for e in journal.entrees] == ["actualiser"] + ["revenir"] * (not abimee)
        assert journal.lignes_abimees == ((2,) if abimee else ())
    inscrire(chemins, COMMUNE, "publier", edition, version="1")
    journal = lire_journal(chemins, COMMUNE)
    assert [e.action for e in journal.entrees] == ["actualiser", "publier"]
    assert journal.lignes_abimees == (2,)


def test_le_journal_ne_reecrit_jamais(petite):
    chemins, edition = petite
    fichier = chemins.ville(COMMUNE) / "journal.jsonl"
    avant = b""
    for motif in ("un", "deux\nlignes", "«\u2028»"):
        inscrire(chemins, COMMUNE, "publier", edition, version="1", motif=motif)
        contenu = fichier.read_bytes()
        assert contenu.startswith(avant)
        avant = contenu
    assert [e.motif for e in lire_journal(chemins, COMMUNE).entrees] == [
        "un",
        "deux\nlignes",
        "«\u2028»",
    ]


def test_l_edition_courante_n_attend_plus(petite):
    """Un arrêt entre la publication et la mise à jour de l’état ne laisse pas d’attente."""
    chemins, courante = petite
    noter_a_valider(chemins, COMMUNE, courante, ["raison"])
    assert editions_a_valider(chemins, COMMUNE) == {}


def test_une_edition_inscrite_mais_jamais_ecrite_n_attend_pas(petite):
    chemins, _ = petite
    noter_a_valider(chemins, COMMUNE, "2026-01-01-ffffff", ["raison"])
    assert editions_a_valider(chemins, COMMUNE) == {}


@pytest.mark.parametrize("contenu", ["{", "[]", json.dumps({"a_valider": 3})])
def test_un_etat_abime_donne_un_message(petite, contenu):
    chemins, _ = petite
    (chemins.ville(COMMUNE) / "etat.json").write_text(contenu, encoding="utf-8")
    with pytest.raises(ErreurEdition, match=r"etat\.json"):
        editions_a_valider(chemins, COMMUNE)
