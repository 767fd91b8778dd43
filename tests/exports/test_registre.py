"""Registre des exports : inscrire, relire, retrouver les documents périmés, les refaire."""

from __future__ import annotations

import json
import re
import shutil
import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from observatoire.chemins import Chemins
from observatoire.erreurs import ErreurDemande, ErreurEdition
from observatoire.exports import Demande, inscrire, lire_registre, nouvel_identifiant, serie
from observatoire.exports.perimes import documents_perimes, refaire
from observatoire.exports.production import ouvrir_contexte, produire, produire_tout
from observatoire.exports.registre import lire_valeurs
from observatoire.exports.serie import (
    indicateurs_sans_valeur,
    produire_serie,
    taches_de_la_serie,
)
from observatoire.ingestion.modeles import empreinte_fichier

CHOIX = Demande(indicateurs=("taux_pauvrete",))


@pytest.fixture
def chemins(racine_fictive: Path, tmp_path: Path) -> Chemins:
    """Copie de la racine fictive, que l’on peut modifier."""
    racine = tmp_path / "donnees"
    shutil.copytree(racine_fictive / "editions", racine / "editions")
    return Chemins(racine)


def _valeurs(valeur: float = 12.5) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "code_territoire": ["QN00001M", "000010101"],
            "indicateur": "taux_pauvrete",
            "millesime": 2021,
            "reference": "ville",
            "valeur": [valeur, np.nan],
            "ecart": [1.0, np.nan],
            "statut": ["publie", "secret"],
        }
    )


def _inscrire(chemins: Chemins, edition, dossier: Path, **options) -> str:  # type: ignore[no-untyped-def]
    fichier = dossier / "a.txt"
    fichier.write_text("bonjour")
    demande = {"format": "carte", "parametres": {}, "valeurs": _valeurs(), "fichier": fichier}
    return inscrire(chemins, edition, **{**demande, **options})


def test_un_identifiant_se_recopie_a_la_main() -> None:
    tires = {nouvel_identifiant() for _ in range(200)}
    assert len(tires) == 200
    assert all(re.fullmatch(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}", i) for i in tires)


def test_inscrire_puis_relire(tmp_path: Path, edition_fictive) -> None:  # type: ignore[no-untyped-def]
    chemins = Chemins(tmp_path / "d")
    identifiant = _inscrire(chemins, edition_fictive, tmp_path, parametres={"niveau": "iris"})
    lu = lire_registre(chemins)
    assert lu.lignes_abimees == ()
    (inscription,) = lu.inscriptions
    assert inscription.identifiant == identifiant
    assert inscription.edition == edition_fictive.identifiant
    assert inscription.parametres == {"niveau": "iris"}
    assert inscription.fichiers == {"a.txt": empreinte_fichier(tmp_path / "a.txt")}
    pd.testing.assert_frame_equal(lire_valeurs(chemins, inscription), _valeurs(), check_dtype=False)


def test_une_ligne_coupee_n_empeche_rien(tmp_path: Path, edition_fictive) -> None:  # type: ignore[no-untyped-def]
    chemins = Chemins(tmp_path / "d")
    _inscrire(chemins, edition_fictive, tmp_path)
    registre = chemins.racine / "registre" / "exports.jsonl"
    with registre.open("ab") as flux:
        flux.write(b'{"identifiant": "AB')
    _inscrire(chemins, edition_fictive, tmp_path)
    lu = lire_registre(chemins)
    assert len(lu.inscriptions) == 2
    assert lu.lignes_abimees == (2,)


def test_un_identifiant_ne_sert_qu_une_fois(tmp_path: Path, edition_fictive) -> None:  # type: ignore[no-untyped-def]
    chemins = Chemins(tmp_path / "d")
    _inscrire(chemins, edition_fictive, tmp_path, identifiant="ABCD-2345")
    avant = (chemins.racine / "registre" / "exports.jsonl").read_bytes()
    with pytest.raises(ErreurEdition, match="déjà au registre"):
        _inscrire(chemins, edition_fictive, tmp_path, identifiant="ABCD-2345")
    with pytest.raises(ErreurEdition, match="n’est pas un identifiant"):
        _inscrire(chemins, edition_fictive, tmp_path, identifiant="../../etc")
    assert (chemins.racine / "registre" / "exports.jsonl").read_bytes() == avant


def test_plusieurs_inscriptions_a_la_fois(tmp_path: Path, edition_fictive) -> None:  # type: ignore[no-untyped-def]
    chemins = Chemins(tmp_path / "d")
    fichier = tmp_path / "a.txt"
    fichier.write_text("x")
    fils = [
        threading.Thread(
            target=inscrire,
            args=(chemins, edition_fictive),
            kwargs={"format": "csv", "parametres": {}, "valeurs": _valeurs(), "fichier": fichier},
        )
        for _ in range(8)
    ]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    lu = lire_registre(chemins)
    assert len({i.identifiant for i in lu.inscriptions}) == 8
    assert lu.lignes_abimees == ()


def test_des_valeurs_alterees_sont_dites(tmp_path: Path, edition_fictive) -> None:  # type: ignore[no-untyped-def]
    chemins = Chemins(tmp_path / "d")
    identifiant = _inscrire(chemins, edition_fictive, tmp_path)
    _valeurs(99.0).to_parquet(chemins.racine / "registre" / f"{identifiant}.parquet", index=False)
    with pytest.raises(ErreurEdition, match="manquent ou ont changé"):
        lire_valeurs(chemins, lire_registre(chemins).inscriptions[0])


def _changer_une_valeur(chemins: Chemins) -> tuple[str, float]:
    """Publier une seconde édition où la pauvreté d’un IRIS a changé de trois points."""
    ville = chemins.ville("00001")
    ancienne = (ville / "courante.txt").read_text("utf-8").strip()
    nouvelle = ville / f"{ancienne[:-6]}abcdef"
    shutil.copytree(ville / ancienne, nouvelle)
    manifeste = json.loads((nouvelle / "manifeste.json").read_text("utf-8"))
    manifeste["edition"] = nouvelle.name
    (nouvelle / "manifeste.json").write_text(json.dumps(manifeste), "utf-8")
    table = pd.read_parquet(nouvelle / "resultats.parquet")
    ici = (
        (table["indicateur"] == "taux_pauvrete") & (table["millesime"] == 2021)
        & (table["type_territoire"] == "iris") & table["valeur"].notna()
    )  # fmt: skip
    rang = table.index[ici][0]
    table.loc[rang, "valeur"] += 3
    table.to_parquet(nouvelle / "resultats.parquet", index=False)
    (ville / "courante.txt").write_text(nouvelle.name, "utf-8")
    return str(table.loc[rang, "code_territoire"]), float(table.loc[rang, "valeur"])


def test_un_document_perime_est_dit_puis_refait(chemins: Chemins, tmp_path: Path) -> None:
    contexte = ouvrir_contexte(chemins, "00001")
    touche = produire(contexte, "csv", CHOIX, tmp_path / "pauvrete.csv")
    produire(contexte, "csv", replace(CHOIX, indicateurs=("population",)), tmp_path / "autre.csv")
    assert documents_perimes(chemins) == ([], [])
    code, valeur = _changer_une_valeur(chemins)
    perimes, fautes = documents_perimes(chemins, "00001")
    assert fautes == []
    assert [p.inscription.identifiant for p in perimes] == [touche.identifiant]
    (ligne,) = perimes[0].changements.to_dict("records")
    assert ligne["code_territoire"] == code
    assert ligne["valeur"] == pytest.approx(valeur - 3)
    assert ligne["valeur_actuelle"] == pytest.approx(valeur)
    (refait,) = refaire(chemins, perimes, tmp_path / "neufs")
    assert refait.fichiers[0] == (tmp_path / "neufs" / "pauvrete.csv").resolve()
    assert refait.identifiant != touche.identifiant
    assert code in refait.fichiers[0].read_text("utf-8-sig")
    assert documents_perimes(chemins) == ([], [])


def test_une_ville_disparue_est_dite(chemins: Chemins, tmp_path: Path) -> None:
    contexte = ouvrir_contexte(chemins, "00001")
    produire(contexte, "csv", CHOIX, tmp_path / "a.csv")
    chemins.pointeur("00001").unlink()
    perimes, fautes = documents_perimes(chemins)
    assert perimes == []
    assert len(fautes) == 1


def test_extension_dossier_et_format_inconnus(chemins: Chemins, tmp_path: Path) -> None:
    contexte = ouvrir_contexte(chemins, "00001")
    with pytest.raises(ErreurDemande, match=r"s’écrit en \.xlsx"):
        produire(contexte, "tableur", CHOIX, tmp_path / "a.ods")
    with pytest.raises(ErreurDemande, match="n’existe pas"):
        produire(contexte, "tableur", CHOIX, tmp_path / "nulle" / "a.xlsx")
    with pytest.raises(ErreurDemande, match="inconnu"):
        produire(contexte, "fresque", CHOIX, tmp_path / "a.xlsx")
    with pytest.raises(ErreurDemande, match="une de ses villes"):
        ouvrir_contexte(chemins, "france")
    assert lire_registre(chemins).inscriptions == ()


def test_tout_puis_les_empreintes(chemins: Chemins, tmp_path: Path) -> None:
    contexte = ouvrir_contexte(chemins, "00001")
    faits = produire_tout(contexte, CHOIX, tmp_path / "tout")
    inscrits = lire_registre(chemins).inscriptions
    assert [i.identifiant for i in inscrits] == [f.identifiant for f in faits]
    documents = {"note", "document", "diaporama"}
    assert {i.format for i in inscrits} == {"tableur", "csv", "geo", "page", "carte"} | documents
    for inscription in inscrits:
        assert inscription.valeurs > 0
        for nom, empreinte in inscription.fichiers.items():
            assert empreinte_fichier(tmp_path / "tout" / nom) == empreinte


def test_serie_sur_deux_processus(
    chemins: Chemins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # AppTest laisse sa page pour module principal : un processus neuf l’exécuterait.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    monkeypatch.setattr(serie, "_SANS_PROCESSUS", 2)
    contexte = ouvrir_contexte(chemins, "00001")
    ids = ("taux_pauvrete", "population")
    taches = taches_de_la_serie(
        contexte, Demande(indicateurs=ids), tmp_path / "serie", par="indicateurs", extension=".svg"
    )
    faites = produire_serie(contexte, taches, processus=2)
    assert {f.identifiant for f in faites} == {t.identifiant for t in taches}
    for tache in taches:
        assert tache.identifiant in tache.sortie.read_text("utf-8")
    assert len(lire_registre(chemins).inscriptions) == len(ids)


def test_serie_par_quartier(chemins: Chemins, tmp_path: Path) -> None:
    contexte = ouvrir_contexte(chemins, "00001")
    qpv = tuple(sorted(contexte.edition.couches["qpv"]["code_territoire"]))
    taches = taches_de_la_serie(
        contexte, Demande(), tmp_path / "q", par="quartiers", extension=".svg"
    )
    assert [t.demande.quartiers for t in taches] == [(q,) for q in qpv]
    (faite,) = produire_serie(contexte, taches[:1])
    nom = str(contexte.edition.couches["qpv"].set_index("code_territoire")["nom"][qpv[0]])
    assert nom.split(" ", maxsplit=1)[0] in faite.fichiers[0].read_text("utf-8")


def test_une_serie_ne_fait_pas_de_carte_vide(chemins: Chemins, tmp_path: Path) -> None:
    contexte = ouvrir_contexte(chemins, "00001")
    vides = {i.id for i in indicateurs_sans_valeur(contexte, Demande())}
    taches = taches_de_la_serie(contexte, Demande(), tmp_path, par="indicateurs", extension=".svg")
    faits = {t.demande.indicateurs[0] for t in taches}
    assert faits
    assert not faits & vides
    assert "taux_pauvrete" in faits
    assert "allocataires_caf" in vides
    # Nommé, un effectif que nul IRIS ne porte est dessiné, sans cercle et sans faute.
    demande = Demande(indicateurs=("allocataires_caf",))
    assert indicateurs_sans_valeur(contexte, demande) == []
    (tache,) = taches_de_la_serie(contexte, demande, tmp_path, par="indicateurs", extension=".svg")
    (faite,) = produire_serie(contexte, [tache])
    assert "pas disponible par IRIS" in faite.fichiers[0].read_text("utf-8").replace("\xa0", " ")
