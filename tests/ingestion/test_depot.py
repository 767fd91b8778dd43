"""Cache des fichiers bruts, contre un remplaçant des producteurs : aucune surprise silencieuse."""

import hashlib
import json
import shutil
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pandas as pd
import pytest
from bouchon_editeurs import HTML, Bouchon, client_d_essai, remplir, septzipper, zipper
from fabriques_ingestion import carre, couche_iris
from pyproj import CRS

from observatoire.chemins import Chemins
from observatoire.erreurs import ErreurDemande, ErreurDonnees, ErreurReseau
from observatoire.ingestion import depot, inventorier, lire_contours
from observatoire.ingestion.depot import accepter, etat_sources, telecharger_source

RP = ("rp_logement", 2022)


@pytest.fixture(autouse=True)
def _sans_mandataire(monkeypatch):
    for nom in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(nom, raising=False)
        monkeypatch.delenv(nom.lower(), raising=False)


@pytest.fixture(scope="module")
def contenus(catalogue, ville_fictive):
    modele = Bouchon()
    remplir(modele, catalogue, ville_fictive)
    return modele.fichiers


@pytest.fixture
def bouchon(contenus):
    with Bouchon(fichiers=dict(contenus)) as serveur:
        yield serveur


@pytest.fixture
def local(bouchon, catalogue):
    return bouchon.servir(catalogue)


@pytest.fixture
def chemins(tmp_path):
    return Chemins(tmp_path / "racine")


@pytest.fixture
def client():
    with client_d_essai() as ouvert:
        yield ouvert


def _etat(catalogue, chemins, source, millesime):
    etats = etat_sources(catalogue, chemins)
    return next(e for e in etats if (e.source, e.millesime) == (source, millesime))


def _autre_version(bouchon, catalogue):
    """Le même fichier, une valeur corrigée."""
    chemin = bouchon.chemin(catalogue, *RP)
    ancien = bouchon.fichiers[chemin]
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(ancien)) as archive:
        membres = {n: archive.read(n) for n in archive.namelist()}
    corrige = {n: c + b"\n" if n.startswith("base") else c for n, c in membres.items()}
    bouchon.fichiers[chemin] = zipper(corrige)
    return chemin


def test_un_fichier_entre_avec_sa_provenance(bouchon, local, chemins, client):
    recu = telecharger_source(*RP, chemins, local, client=client)
    chemin = bouchon.chemin(local, *RP)
    assert recu.chemin == chemins.cache / "rp_logement" / "2022" / "base-ic-logement-2022_csv.zip"
    assert recu.chemin.read_bytes() == bouchon.fichiers[chemin]
    fiche = json.loads((recu.chemin.parent / (recu.chemin.name + ".json")).read_text("utf-8"))
    assert fiche["producteur"] == "Insee"
    assert fiche["adresse"] == bouchon.base + chemin
    assert fiche["sha256"] == hashlib.sha256(bouchon.fichiers[chemin]).hexdigest()
    assert fiche["taille"] == len(bouchon.fichiers[chemin])
    assert fiche["licence"] == "Licence Ouverte 2.0"
    assert fiche["geographie"] == 2024
    assert fiche["entetes"]["etag"]
    assert sorted(f.name for f in recu.chemin.parent.iterdir()) == [
        ".verrou",
        recu.chemin.name,
        recu.chemin.name + ".json",
    ]


def test_le_cache_evite_le_reseau(bouchon, local, chemins, client):
    premier = telecharger_source(*RP, chemins, local, client=client)
    assert telecharger_source(*RP, chemins, local, client=client) == premier
    assert len(bouchon.requetes) == 1


def test_toute_la_ville_fictive_arrive_du_reseau(bouchon, local, chemins, client, catalogue):
    voulus = [
        (s.id, t.millesime, None)
        for s in local.sources.values()
        for t in s.telechargements
        if not t.par_commune and bouchon.chemin(local, s.id, t.millesime) in bouchon.fichiers
    ]
    assert len(voulus) >= 16
    lus = []
    for source, millesime, commune in voulus:
        recu = telecharger_source(source, millesime, chemins, local, commune=commune, client=client)
        lus += recu.a_lire
    reconnus = {(r.source, r.millesime) for r in inventorier(lus, catalogue).reconnus}
    assert reconnus >= {(s, m) for s, m, _ in voulus if not s.startswith("contours")}
    assert ("contours_iris", 2024) in reconnus


@pytest.mark.parametrize("source", ["contours_iris", "fond_communes"])
def test_un_service_par_commune(bouchon, local, chemins, client, source):
    recu = telecharger_source(source, 2026, chemins, local, commune="00001", client=client)
    assert recu.fiche.commune == "00001"
    assert "00001" in recu.chemin.name
    assert [e.commune for e in etat_sources(local, chemins) if e.etat == "present"] == ["00001"]
    with pytest.raises(ErreurReseau, match="n’est plus à cette adresse"):
        telecharger_source(source, 2026, chemins, local, commune="38185", client=client)


def test_un_service_sans_objet_est_dit(bouchon, local, chemins, client):
    vide = b'{"type": "FeatureCollection", "features": []}'
    bouchon.fichiers[bouchon.chemin(local, "contours_iris", 2026, "00001")] = vide
    with pytest.raises(ErreurReseau, match=r"contours_iris|aucun"):
        telecharger_source("contours_iris", 2026, chemins, local, commune="00001", client=client)
    assert not list((chemins.cache / "contours_iris" / "2026").glob("*.geojson*"))


def test_l_horodatage_d_un_service_n_est_pas_un_changement(bouchon, local, chemins, client):
    chemin = bouchon.chemin(local, "contours_iris", 2026, "00001")
    demande = {"commune": "00001", "client": client}
    premier = telecharger_source("contours_iris", 2026, chemins, local, **demande)
    brut = json.loads(bouchon.fichiers[chemin])
    bouchon.fichiers[chemin] = json.dumps({**brut, "timeStamp": "2026-11-23"}).encode()
    second = telecharger_source("contours_iris", 2026, chemins, local, **demande, verifier=True)
    assert second.fiche.sha256 == premier.fiche.sha256
    assert second.avertissements == ()


def test_un_7z_est_extrait_et_reextrait_s_il_est_altere(bouchon, local, chemins, client, catalogue):
    recu = telecharger_source("contours_iris", 2025, chemins, local, client=client)
    (gpkg,) = recu.a_lire
    assert gpkg.name == "iris.gpkg"
    sain = gpkg.read_bytes()
    gpkg.write_bytes(b"autre chose")
    (encore,) = telecharger_source("contours_iris", 2025, chemins, local, client=client).a_lire
    assert encore.read_bytes() == sain
    assert len(bouchon.requetes) == 1


def test_une_nouvelle_version_attend_d_etre_acceptee(bouchon, local, chemins, client):
    premier = telecharger_source(*RP, chemins, local, client=client)
    sain = premier.chemin.read_bytes()
    chemin = _autre_version(bouchon, local)
    second = telecharger_source(*RP, chemins, local, client=client, verifier=True)
    assert second.chemin.read_bytes() == sain
    assert "attend d’être accepté" in second.avertissements[0]
    etat = _etat(local, chemins, *RP)
    assert (etat.etat, etat.sha256) == ("modifie", premier.fiche.sha256)
    assert "--accepter" in etat.precision
    accepte = accepter(*RP, chemins, local)
    assert accepte.chemin.read_bytes() == bouchon.fichiers[chemin]
    assert accepte.avertissements == ()
    assert _etat(local, chemins, *RP).etat == "present"
    (garde,) = (accepte.chemin.parent / "anciens").glob("*.zip")
    assert garde.read_bytes() == sain
    with pytest.raises(ErreurDemande, match="n’attend"):
        accepter(*RP, chemins, local)


def test_un_arret_juste_avant_de_ranger_ne_redemande_rien(bouchon, local, chemins, client):
    recu = telecharger_source(*RP, chemins, local, client=client)
    recu.chemin.rename(recu.chemin.with_name(recu.chemin.name + ".partiel"))
    assert telecharger_source(*RP, chemins, local, client=client) == recu
    assert len(bouchon.requetes) == 1


def test_une_acceptation_interrompue_laisse_l_ancien_ou_le_nouveau(
    bouchon, local, chemins, client, monkeypatch
):
    premier = telecharger_source(*RP, chemins, local, client=client)
    _autre_version(bouchon, local)
    telecharger_source(*RP, chemins, local, client=client, verifier=True)
    vraie, demandes = depot.ecrire_fiche, len(bouchon.requetes)

    def interrompre(fichier, fiche):
        if fichier == premier.chemin:
            raise KeyboardInterrupt
        vraie(fichier, fiche)

    monkeypatch.setattr(depot, "ecrire_fiche", interrompre)
    with pytest.raises(KeyboardInterrupt):
        accepter(*RP, chemins, local)
    monkeypatch.setattr(depot, "ecrire_fiche", vraie)
    encore = telecharger_source(*RP, chemins, local, client=client)
    assert encore.fiche.sha256 == premier.fiche.sha256
    # Arrêt une instruction plus loin : la fiche est neuve, le fichier pas encore en place.
    nouveau = premier.chemin.with_name(premier.chemin.name + ".nouveau")
    nouvelle = json.loads((nouveau.parent / (nouveau.name + ".json")).read_text("utf-8"))
    (nouveau.parent / (premier.chemin.name + ".json")).write_text(
        json.dumps(nouvelle), encoding="utf-8"
    )
    apres = telecharger_source(*RP, chemins, local, client=client)
    assert apres.fiche.sha256 == nouvelle["sha256"]
    assert len(bouchon.requetes) == demandes


def test_un_changement_sans_exemplaire_accepte_arrete_tout(bouchon, local, chemins, client):
    telecharger_source(*RP, chemins, local, client=client).chemin.unlink()
    assert _etat(local, chemins, *RP).etat == "absent"
    _autre_version(bouchon, local)
    with pytest.raises(ErreurReseau, match="--accepter"):
        telecharger_source(*RP, chemins, local, client=client)
    assert accepter(*RP, chemins, local).chemin.is_file()


def test_un_fichier_altere_dans_le_cache_n_est_jamais_employe(bouchon, local, chemins, client):
    recu = telecharger_source(*RP, chemins, local, client=client)
    sain = recu.chemin.read_bytes()
    recu.chemin.write_bytes(sain[:-1] + b"\x07")
    assert "altéré" in _etat(local, chemins, *RP).precision
    assert telecharger_source(*RP, chemins, local, client=client).chemin.read_bytes() == sain
    assert len(bouchon.requetes) == 2


def test_verifier_sans_changement_ne_transfere_rien(bouchon, local, chemins, client):
    telecharger_source(*RP, chemins, local, client=client)
    recu = telecharger_source(*RP, chemins, local, client=client, verifier=True)
    assert bouchon.requetes[-1].code == 304
    assert bouchon.requetes[-1].octets == 0
    assert recu.avertissements == ()


def test_perime_apres_un_an(local, chemins, client):
    telecharger_source(*RP, chemins, local, client=client)
    plus_tard = datetime.now(UTC) + timedelta(days=366)
    etats = etat_sources(local, chemins, instant=plus_tard)
    assert [e.source for e in etats if e.etat == "perime"] == ["rp_logement"]


def test_etat_d_un_cache_vide(catalogue, chemins):
    etats = etat_sources(catalogue, chemins)
    assert len(etats) >= 50
    assert {e.etat for e in etats} == {"absent"}


def test_une_fiche_abimee_est_dite_sans_cacher_les_autres(local, chemins, client):
    recu = telecharger_source(*RP, chemins, local, client=client)
    (recu.chemin.parent / (recu.chemin.name + ".json")).write_text("{", encoding="utf-8")
    assert "effacez cette fiche" in _etat(local, chemins, *RP).precision
    assert len(etat_sources(local, chemins)) >= 50
    with pytest.raises(ErreurDonnees, match="fiche de provenance illisible"):
        telecharger_source(*RP, chemins, local, client=client)


@pytest.mark.parametrize(("source", "millesime"), [RP, ("qpv_2024", 2024), ("contours_iris", 2025)])
def test_un_fichier_national_bien_trop_court_est_dit(
    bouchon, local, chemins, client, source, millesime
):
    declare = local.sources[source]
    longs = tuple(
        t.model_copy(update={"lignes_attendues": 49_000}) for t in declare.telechargements
    )
    sources = {**local.sources, source: declare.model_copy(update={"telechargements": longs})}
    exigeant = local.model_copy(update={"sources": sources})
    recu = telecharger_source(source, millesime, chemins, exigeant, client=client)
    assert "au lieu d’environ 49000" in recu.avertissements[0]


# --- Dossier de dépôt -------------------------------------------------------------


@pytest.mark.parametrize("nom", ["téléchargement (3).csv", "base-ic-logement-2022.CSV"])
def test_un_fichier_depose_remplace_le_reseau(bouchon, local, chemins, ville_fictive, nom):
    chemins.depot.mkdir(parents=True)
    shutil.copy(ville_fictive / "base-ic-logement-2022.CSV", chemins.depot / nom)
    recu = telecharger_source(*RP, chemins, local)
    assert recu.fiche.origine == "depot"
    assert recu.chemin.read_bytes() == (chemins.depot / nom).read_bytes()
    assert recu.chemin.suffix.casefold() == ".csv"
    assert bouchon.requetes == []
    assert telecharger_source(*RP, chemins, local).fiche == recu.fiche


def test_un_fichier_depose_d_un_autre_millesime_ne_sert_pas(
    bouchon, local, chemins, client, ville_fictive
):
    chemins.depot.mkdir(parents=True)
    shutil.copy(ville_fictive / "base-ic-logement-2017.CSV", chemins.depot)
    assert telecharger_source(*RP, chemins, local, client=client).fiche.origine == "reseau"


def test_une_archive_7z_deposee(bouchon, local, chemins):
    chemins.depot.mkdir(parents=True)
    chemin = bouchon.chemin(local, "contours_iris", 2024)
    (chemins.depot / "CONTOURS-IRIS_3-0__GPKG_LAMB93_FXX_2024-01-01 (1).7z").write_bytes(
        bouchon.fichiers[chemin]
    )
    recu = telecharger_source("contours_iris", 2024, chemins, local)
    assert recu.fiche.origine == "depot"
    assert recu.a_lire[0].name == "iris.gpkg"
    assert bouchon.requetes == []


@pytest.mark.parametrize(
    ("contenu", "motif"),
    [
        (HTML, "page web"),
        (b"PK\x03\x04" + b"\0" * 200, "corrompue ou tronquée"),
        (b"a;b\n1;2\n", "n’est pas celui de"),
    ],
)
def test_un_fichier_depose_subit_les_memes_controles(local, chemins, contenu, motif):
    chemins.depot.mkdir(parents=True)
    (chemins.depot / "base-ic-logement-2022_csv.zip").write_bytes(contenu)
    with pytest.raises(ErreurDonnees, match=motif):
        telecharger_source(*RP, chemins, local)
    assert [f.name for f in (chemins.cache / "rp_logement" / "2022").iterdir()] == [".verrou"]


def test_un_fichier_depose_different_attend_aussi(bouchon, local, chemins, client):
    premier = telecharger_source(*RP, chemins, local, client=client)
    chemin = _autre_version(bouchon, local)
    (chemins.depot / "nouveau.zip").write_bytes(bouchon.fichiers[chemin])
    second = telecharger_source(*RP, chemins, local, client=client)
    assert second.fiche.sha256 == premier.fiche.sha256
    assert "attend d’être accepté" in second.avertissements[0]


# --- Demandes impossibles -----------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "millesime", "commune", "motif"),
    [
        ("inconnue", 2022, None, "pas au catalogue"),
        ("rp_logement", 1999, None, "millésimes déclarés"),
        ("fond_communes", 2026, None, "donnez une commune"),
        ("contours_iris", 2026, "1') OR ('1", "pas un code de commune"),
    ],
)
def test_demande_impossible(local, chemins, source, millesime, commune, motif):
    with pytest.raises(ErreurDemande, match=motif):
        telecharger_source(source, millesime, chemins, local, commune=commune)


def test_le_service_de_lyon_demande_tous_les_arrondissements(bouchon, local, chemins, client):
    codes = [f"6938{k}" for k in range(1, 10)]
    iris = pd.concat([couche_iris(2, c).assign(nom_commune="Lyon") for c in codes])
    iris["geometry"] = [carre(842000.0 + 300 * k, 6519000.0) for k in range(len(iris))]
    chemin = bouchon.chemin(local, "contours_iris", 2026, "69123")
    bouchon.fichiers[chemin] = iris.to_crs(4326).to_json().encode()
    recu = telecharger_source("contours_iris", 2026, chemins, local, commune="69123", client=client)
    filtre = unquote(bouchon.requetes[-1].chemin).rpartition("code_insee IN ")[2]
    assert filtre == "('69123','" + "','".join(codes) + "')"
    (lu,) = inventorier(recu.a_lire, local).reconnus
    assert lu.geographie == 2026
    couche = lire_contours(lu, local, communes=codes, crs=CRS.from_epsg(2154)).donnees
    assert sorted(set(couche["code_commune"])) == codes
    assert len(couche) == 18


def test_une_commune_ordinaire_n_est_demandee_que_par_son_code(catalogue):
    service = next(t for t in catalogue.sources["contours_iris"].telechargements if t.par_commune)
    assert unquote(service.adresse_pour("38185")).endswith("code_insee IN ('38185')")
    # Un arrondissement désigne la ville entière.
    assert "'75120'" in unquote(service.adresse_pour("75101"))


def test_une_reverification_manquee_garde_le_fichier_du_cache(bouchon, local, chemins, client):
    premier = telecharger_source(*RP, chemins, local, client=client)
    bouchon.panne(bouchon.chemin(local, *RP), "code", fois=9, valeur=503)
    garde = telecharger_source(*RP, chemins, local, client=client, verifier=True)
    assert garde.fiche == premier.fiche
    (avis,) = garde.avertissements
    assert "n’a pas pu être revérifié" in avis
    assert "503" in avis


def test_un_7z_dans_un_zip_est_ouvert(bouchon, local, chemins, client, ville_fictive):
    """Les carreaux de 2019 : un ZIP dont le seul membre est un 7z."""
    contenu = (ville_fictive / "Filosofi2021_carreaux_200m_met.csv").read_bytes()
    chemin = bouchon.chemin(local, "carreaux_200m", 2019)
    dedans = septzipper({"carreaux_200m_met.csv": contenu, "LISEZ-MOI.txt": b"notice"})
    bouchon.fichiers[chemin] = zipper({"Filosofi2019_carreaux_200m_csv.7z": dedans})
    recu = telecharger_source("carreaux_200m", 2019, chemins, local, client=client)
    (csv,) = recu.a_lire
    assert csv.read_bytes() == contenu
    (lu,) = inventorier(recu.a_lire, local).reconnus
    assert (lu.source, lu.millesime) == ("carreaux_200m", 2019)
    dossier = csv.parents[1]
    assert not list(dossier.rglob("*.interieure"))
    assert not list(dossier.rglob("*.7z"))


@pytest.mark.parametrize(
    ("membres", "motif"),
    [
        ({"a.7z": b"pas un 7z"}, "carreaux_200m"),
        ({"a.7z": b"1", "b.7z": b"2"}, "carreaux_200m"),
        ({"a.7z": septzipper({"autre.csv": b"x"})}, "aucun membre"),
        ({"a.zip": zipper({"../carreaux_200m_met.csv": b"x"})}, "sort du dossier"),
    ],
)
def test_une_archive_interieure_subit_les_memes_controles(
    bouchon, local, chemins, client, membres, motif
):
    bouchon.fichiers[bouchon.chemin(local, "carreaux_200m", 2019)] = zipper(membres)
    with pytest.raises(ErreurReseau, match=motif):
        telecharger_source("carreaux_200m", 2019, chemins, local, client=client)
