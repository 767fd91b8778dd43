"""Une édition est entière ou n’existe pas ; la précédente n’est jamais perdue."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest

from observatoire.chemins import Chemins
from observatoire.editions import (
    charger_edition,
    edition_courante,
    lister_editions,
    publier_edition,
    villes_publiees,
)
from observatoire.erreurs import ErreurEdition

MANIFESTE = {
    "code_commune": "00001",
    "nom_commune": "Ville",
    "ville_fictive": True,
    "entrees": [],
    "millesimes": {},
    "sources_geographiques": [],
}


@pytest.fixture
def chemins(tmp_path):
    return Chemins(tmp_path)


def _publier(chemins, valeur=1.0):
    return publier_edition(
        chemins,
        "00001",
        tables={"resultats": pd.DataFrame({"valeur": [valeur]})},
        manifeste=MANIFESTE,
    )


def test_publier_puis_relire(chemins):
    dossier = _publier(chemins)
    edition = edition_courante(chemins, "00001")
    assert edition.dossier == dossier
    assert edition.resultats["valeur"].tolist() == [1.0]
    assert set(edition.manifeste["fichiers"]) == {"resultats"}
    edition.verifier()
    assert villes_publiees(chemins) == ["00001"]


def test_les_editions_s_accumulent_et_le_pointeur_suit(chemins):
    premiere, seconde = _publier(chemins, 1.0), _publier(chemins, 2.0)
    assert lister_editions(chemins, "00001") == [premiere.name, seconde.name]
    assert edition_courante(chemins, "00001").identifiant == seconde.name
    assert charger_edition(premiere).resultats["valeur"].tolist() == [1.0]


def test_une_interruption_avant_le_renommage_ne_change_rien(chemins, monkeypatch):
    premiere = _publier(chemins)

    def panne(*_args, **_kwargs):
        raise OSError("disque plein")

    monkeypatch.setattr(Path, "rename", panne)
    with pytest.raises(ErreurEdition, match="L’édition précédente est intacte"):
        _publier(chemins, 2.0)
    monkeypatch.undo()
    assert edition_courante(chemins, "00001").dossier == premiere
    edition_courante(chemins, "00001").verifier()
    assert lister_editions(chemins, "00001") == [premiere.name]


def test_les_restes_d_un_processus_mort_sont_effaces_pas_ceux_d_un_vivant(chemins):
    _publier(chemins)
    ville = chemins.ville("00001")
    mort = ville / ".en-cours-999999999-x"
    vivant = ville / f".en-cours-{os.getppid()}-x"
    for dossier in (mort, vivant):
        dossier.mkdir()
    _publier(chemins)
    assert not mort.exists()
    assert vivant.exists()


def test_un_fichier_altere_est_decele(chemins):
    dossier = _publier(chemins)
    pd.DataFrame({"valeur": [9.0]}).to_parquet(dossier / "resultats.parquet")
    with pytest.raises(ErreurEdition, match="a changé depuis sa publication"):
        edition_courante(chemins, "00001").verifier()


@pytest.mark.parametrize("contenu", ["{", json.dumps({"format": 99})])
def test_un_manifeste_abime_donne_un_message(chemins, contenu):
    dossier = _publier(chemins)
    (dossier / "manifeste.json").write_text(contenu, encoding="utf-8")
    with pytest.raises(ErreurEdition, match="actualiser"):
        edition_courante(chemins, "00001")


def test_une_table_absente_ou_illisible_donne_un_message(chemins):
    dossier = _publier(chemins)
    (dossier / "resultats.parquet").write_bytes(b"pas du parquet")
    with pytest.raises(ErreurEdition, match="illisible"):
        _ = charger_edition(dossier).resultats
    (dossier / "resultats.parquet").unlink()
    with pytest.raises(ErreurEdition, match="incomplète"):
        _ = charger_edition(dossier).resultats


def test_une_ville_sans_edition_dit_quoi_faire(chemins):
    with pytest.raises(ErreurEdition, match="observatoire actualiser --commune 38185"):
        edition_courante(chemins, "38185")
    assert villes_publiees(chemins) == []


def test_une_table_que_l_edition_n_a_pas_est_vide_et_les_autres_se_lisent(chemins):
    publier_edition(
        chemins,
        "00001",
        tables={"evolutions": pd.DataFrame({"evolution": [2.5]})},
        manifeste=MANIFESTE,
    )
    edition = edition_courante(chemins, "00001")
    assert edition.complement("evolutions")["evolution"].tolist() == [2.5]
    assert edition.complement("evolutions") is edition.complement("evolutions")
    assert edition.complement("inegalites").empty
