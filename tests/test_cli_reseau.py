"""Une intercommunalité, plusieurs communes, la France : du site des producteurs à l’édition."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

import geopandas as gpd
import pytest

from observatoire.catalogue import charger_catalogue
from observatoire.chemins import Chemins
from observatoire.cli import principal
from observatoire.editions import edition_courante
from observatoire.ingestion.telechargement import ClientEditeurs

sys.path.insert(0, str(Path(__file__).parent / "ingestion"))
from bouchon_editeurs import Bouchon, client_d_essai, remplir

SIREN = "000000001"
DEUX = ("--commune", "00001", "--commune", "00003")


class Scene:
    """Les producteurs remplacés, et un dossier de données."""

    def __init__(self, bouchon, catalogue, racine, capsys):
        self.bouchon, self.catalogue, self.capsys = bouchon, catalogue, capsys
        self.chemins = Chemins(racine)
        self.coupe = False

    def lancer(self, *arguments):
        """Code de retour, sortie et messages de la commande ; les requêtes repartent de zéro."""
        self.bouchon.requetes.clear()
        self.capsys.readouterr()
        avant = sys.argv
        sys.argv = ["observatoire", *arguments, "--donnees", str(self.chemins.racine)]
        try:
            principal()
        except SystemExit as sortie:
            return (int(sortie.code or 0), *self.capsys.readouterr())
        finally:
            sys.argv = avant

    def actualiser(self, *arguments):
        """Compte rendu, ou échec du test."""
        code, sortie, erreurs = self.lancer("actualiser", *arguments, "--json")
        assert code == 0, erreurs
        return json.loads(sortie)

    def demandes(self):
        """Fichiers servis, dans l’ordre."""
        return [r.chemin for r in self.bouchon.requetes if r.code == 200]

    def retirer(self, source, millesime, territoire=""):
        """Le producteur ne sert plus ce fichier (404)."""
        del self.bouchon.fichiers[
            self.bouchon.chemin(self.catalogue, source, millesime, territoire)
        ]


@pytest.fixture
def scene(tmp_path, monkeypatch, capsys, ville_fictive):
    catalogue = charger_catalogue()
    with Bouchon() as bouchon:
        remplir(bouchon, catalogue, ville_fictive)
        communes = gpd.read_file(ville_fictive / "communes_00.geojson").assign(codeEpci="000000009")
        communes.loc[communes["code"].isin(["00001", "00002", "00003"]), "codeEpci"] = SIREN
        siennes = communes[communes["codeEpci"] == SIREN]
        nationales = communes.set_geometry(communes.representative_point())
        for source, couche, siren in (
            ("epci_communes", siennes, SIREN),
            ("epci_france", nationales, ""),
        ):
            adresse = bouchon.chemin(catalogue, source, 2026, siren)
            bouchon.fichiers[adresse] = couche.to_json().encode()
        lieux = Scene(bouchon, catalogue, tmp_path / "donnees", capsys)

        class VersLeBouchon(ClientEditeurs):
            """Chaque adresse garde son chemin, mais vise le serveur local, ou personne."""

            def telecharger(self, adresse, *args, **options):
                vue = urlsplit(adresse)._replace(scheme="", netloc="").geturl()
                base = "http://127.0.0.1:9" if lieux.coupe else bouchon.base
                return super().telecharger(base + vue, *args, **options)

        reglages = client_d_essai().reglages
        for nom in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.delenv(nom, raising=False)
            monkeypatch.delenv(nom.lower(), raising=False)
        monkeypatch.setattr(
            "observatoire.approvisionnement.ClientEditeurs", lambda *_: VersLeBouchon(reglages)
        )
        # La ville fictive se télécharge ici comme une vraie ville.
        monkeypatch.setattr("observatoire.domaine.DEPARTEMENT_FICTIF", "zz")
        yield lieux


def _dits(compte_rendu, *mots):
    return [a for a in compte_rendu["avertissements"] if all(m in a for m in mots)]


def test_une_intercommunalite_du_reseau_a_l_edition(scene):
    fait = scene.actualiser("--epci", SIREN)
    assert (fait["perimetre"], fait["communes"], fait["laissees_de_cote"]) == ("epci", 3, {})
    demandes = scene.demandes()
    assert len(demandes) == len(set(demandes)) == 10
    edition = edition_courante(scene.chemins, SIREN)
    assert {"epci", "commune", "iris", "qpv"} == set(edition.resultats["type_territoire"])
    # Une seconde fois, tout est dans le cache.
    scene.actualiser("--epci", SIREN)
    assert scene.demandes() == []


def test_deux_communes_puis_la_france_sans_rien_redemander(scene):
    faits = scene.actualiser(*DEUX)
    assert [f["code_commune"] for f in faits] == ["00001", "00003"]
    demandes = scene.demandes()
    assert len(demandes) == len(set(demandes)) == 9, "chaque fichier une fois pour les deux"
    assert scene.actualiser("--france")["communes"] == 2
    assert scene.demandes() == []


@pytest.mark.parametrize("option", [(), ("--sans-reseau",)])
def test_preparer_puis_tout_sans_reseau(scene, option):
    code, sortie, _ = scene.lancer("preparer", "--france")
    assert code == 0
    assert "10 fichiers prêts" in sortie
    scene.coupe = True
    for demande in (("--epci", SIREN), DEUX, ("--commune", "00001"), ("--france",)):
        faits = scene.actualiser(*demande, *option)
        for fait in faits if isinstance(faits, list) else [faits]:
            assert sum(e["secondes"] for e in fait["etapes"]) < 20
    assert list(edition_courante(scene.chemins, SIREN).villes) == ["00001", "00002", "00003"]


def test_composition_absente_et_reseau_coupe(scene):
    publiee = scene.actualiser("--france")["edition"]
    scene.coupe = True
    code, _, erreurs = scene.lancer("actualiser", "--epci", SIREN)
    assert code == 1
    assert f"/epcis/{SIREN}/communes" in erreurs
    assert "colonnes CODGEO, LIBGEO, EPCI" in erreurs
    assert str(scene.chemins.depot) in erreurs
    assert edition_courante(scene.chemins, "france").identifiant == publiee
    assert not (scene.chemins.ville(SIREN) / "courante.txt").exists()
    # Ce que le message demande suffit.
    lignes = [f"0000{n};Commune {n};{SIREN};Pays de la Brume" for n in (1, 2, 3)]
    table = "\n".join(["CODGEO;LIBGEO;EPCI;LIBEPCI", *lignes])
    (scene.chemins.depot / "epci.csv").write_text(table, encoding="utf-8")
    for option in ((), ("--sans-reseau",)):
        assert scene.actualiser("--epci", SIREN, *option)["communes"] == 3
    assert edition_courante(scene.chemins, SIREN).nom_commune == "Pays de la Brume"


def test_rien_dans_le_cache_et_reseau_coupe(scene):
    scene.coupe = True
    code, _, erreurs = scene.lancer("actualiser", "--france")
    assert code == 1
    assert "Aucun fichier n’a pu être obtenu" in erreurs
    code, _, erreurs = scene.lancer("actualiser", "--france", "--sans-reseau")
    assert code == 1
    assert "preparer --france" in erreurs


@pytest.mark.parametrize("demande", [("--epci", SIREN), ("--france",)])
def test_un_fichier_national_refuse(scene, demande):
    refuse = scene.bouchon.chemin(scene.catalogue, "rp_logement", 2022)
    scene.bouchon.panne(refuse, "code", fois=99, valeur=403)
    fait = scene.actualiser(*demande)
    assert _dits(fait, "Logement, par IRIS (2022)", "403", str(scene.chemins.depot))
    edition = edition_courante(scene.chemins, fait["code_commune"])
    assert "part_logements_sociaux" not in edition.manifeste["millesimes"]
    assert "taux_pauvrete" in edition.manifeste["millesimes"]


@pytest.mark.parametrize("option", [(), ("--sans-reseau",)])
def test_les_autres_annees_deja_telechargees_restent_employees(scene, option):
    """Sans elles, l’édition perdrait des années et attendrait une validation."""
    annees = [a for n in (2018, 2021, 2022) for a in ("--vers-millesime", str(n))]
    scene.actualiser("--commune", "00001", *annees)
    fait = scene.actualiser("--commune", "00001", *option)
    assert fait["a_valider"] is False
    edition = edition_courante(scene.chemins, "00001")
    assert edition.identifiant == fait["edition"]
    assert edition.manifeste["millesimes"]["taux_pauvrete"] == [2018, 2021]
    assert _dits(fait, "autres années déjà téléchargées", "(2018)")
    assert scene.demandes() == []


def test_des_contours_refuses_sont_remplaces_par_l_annee_la_plus_proche(scene):
    scene.retirer("contours_iris", 2024)
    fait = scene.actualiser("--france")
    (dit,) = _dits(fait, "employé à la place")
    assert "Contours… IRIS (2025)" in dit
    assert "Contours… IRIS (2024)" in dit
    # La troisième année n’a pas été téléchargée.
    assert not [c for c in scene.demandes() if "2026-01-01" in c]


def test_des_contours_d_une_autre_annee_du_cache(scene):
    scene.retirer("contours_iris", 2024)
    scene.retirer("contours_iris", 2025)
    scene.actualiser("--commune", "00001")
    scene.coupe = True
    fait = scene.actualiser("--commune", "00001", "--sans-reseau")
    assert _dits(fait, "employé à la place", "Contours… IRIS (2024)")
