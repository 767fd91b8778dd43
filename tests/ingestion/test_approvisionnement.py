"""D’un remplaçant des producteurs à l’édition publiée, avec des sources en panne."""

import pytest
from bouchon_editeurs import Bouchon, client_d_essai, remplir

from observatoire.approvisionnement import Besoin, approvisionner, lister_besoins
from observatoire.chaine import actualiser
from observatoire.chemins import Chemins
from observatoire.erreurs import ErreurReseau


@pytest.fixture(autouse=True)
def _sans_mandataire(monkeypatch):
    for nom in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(nom, raising=False)
        monkeypatch.delenv(nom.lower(), raising=False)


@pytest.fixture
def bouchon(catalogue, ville_fictive):
    with Bouchon() as serveur:
        remplir(serveur, catalogue, ville_fictive)
        yield serveur


@pytest.fixture
def local(bouchon, catalogue):
    return bouchon.servir(catalogue)


@pytest.fixture
def chemins(tmp_path):
    return Chemins(tmp_path / "racine")


def test_les_besoins_d_une_ville(catalogue):
    besoins = lister_besoins("38185", catalogue)
    sources = [b.source for b in besoins]
    assert sources[0] == "contours_iris"
    assert besoins[0].millesime == 2024, "géographie du recensement 2022"
    assert {"qpv_2024", "filosofi_iris", "rp_logement", "rp_evol_struct_pop"} <= set(sources)
    assert all(b.commune in {None, "38185"} for b in besoins)
    assert len(besoins) == len(set(besoins))


def test_les_besoins_de_la_france_n_ont_pas_de_commune(catalogue):
    besoins = lister_besoins(None, catalogue)
    assert besoins
    assert all(b.commune is None for b in besoins)


def test_un_millesime_demande_est_suivi(catalogue):
    besoins = {b.source: b.millesime for b in lister_besoins("38185", catalogue, millesimes=[2020])}
    assert besoins["rp_logement"] == 2020
    assert besoins["filosofi_iris"] == 2020
    assert besoins["qpv_2024"] == 2024, "une source sans ce millésime garde le sien"


def test_du_producteur_a_l_edition(local, chemins):
    besoins = lister_besoins("00001", local)
    with client_d_essai() as client:
        obtenu = approvisionner(besoins, chemins, local, client=client)
    edition = actualiser("00001", depuis=obtenu.fichiers, chemins=chemins).edition
    assert len(edition.couches["iris"]) == 40
    assert len(edition.couches["qpv"]) == 5
    assert "taux_chomage_15_64" in edition.manifeste["millesimes"]


def test_une_source_en_panne_n_arrete_pas_les_autres(bouchon, local, chemins):
    refuse = bouchon.chemin(local, "rp_logement", 2022)
    bouchon.panne(refuse, "code", fois=99, valeur=403)
    with client_d_essai() as client:
        obtenu = approvisionner(lister_besoins("00001", local), chemins, local, client=client)
    textes = [str(m) for m in obtenu.manques]
    assert any("Logement" in t and "2022" in t for t in textes)
    assert any(str(chemins.depot) in t for t in textes), textes
    edition = actualiser("00001", depuis=obtenu.fichiers, chemins=chemins).edition
    assert "part_logements_sociaux" not in edition.manifeste["millesimes"]
    assert "taux_pauvrete" in edition.manifeste["millesimes"]


def test_sans_reseau_l_erreur_est_rapide_et_dit_quoi_faire(local, chemins):
    mort = local.model_copy(
        update={
            "sources": {
                nom: s.model_copy(
                    update={
                        "telechargements": tuple(
                            t.model_copy(update={"adresse": "http://127.0.0.1:9/x.zip"})
                            for t in s.telechargements
                        )
                    }
                )
                for nom, s in local.sources.items()
            }
        }
    )
    besoins = [Besoin("rp_logement", a) for a in (2022, 2021, 2020, 2019, 2018)]
    with client_d_essai() as client, pytest.raises(ErreurReseau) as faute:
        approvisionner(besoins, chemins, mort, client=client)
    texte = str(faute.value)
    assert "--depuis" in texte
    assert str(chemins.depot) in texte
    assert "2 autres fichiers n’ont pas été demandés" in texte


def test_une_intercommunalite_demande_sa_composition_et_les_fichiers_nationaux(catalogue):
    besoins = lister_besoins(None, catalogue, siren="200040715")
    nationaux = lister_besoins(None, catalogue)
    (composition,) = [b for b in besoins if b not in nationaux]
    assert composition.source == "epci_communes"
    assert composition.commune == "200040715"
    declaration = catalogue.sources["epci_communes"].telechargements[0]
    assert "/epcis/200040715/communes?" in declaration.adresse_pour("200040715")
    assert declaration.nom_fichier("200040715") == "communes_epci_200040715.geojson"
    # Une ville seule ne demande pas d’intercommunalité.
    assert "epci_communes" not in {b.source for b in lister_besoins("38185", catalogue)}
