"""La ville fictive est lue tout entière ; Grenoble aussi, quand les données réelles sont là."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from pyproj import CRS

from observatoire.erreurs import ErreurGeographie
from observatoire.ingestion import controler_coherence, inventorier, lire_contours, lire_tableau

ROLES_COMPLETS = {"iris", "qpv", "secteurs", "communes"}


def lire_ville(inventaire, catalogue, commune, *, codes_qpv=None):
    couches, tables = {}, []
    for fichier in inventaire.reconnus:
        source = catalogue.sources[fichier.source]
        if source.usage != "calcul":
            continue
        if source.type == "tableau":
            tables.append(lire_tableau(fichier, catalogue, communes=[commune], codes=codes_qpv))
        elif source.role in {*ROLES_COMPLETS, "eau"} - set(couches):
            choix = {"communes": [commune]} if source.role != "eau" else {}
            lue = lire_contours(fichier, catalogue, crs=CRS.from_epsg(2154), **choix)
            if len(lue.donnees):
                couches[source.role] = lue.donnees
    return couches, tables


@pytest.fixture(scope="module")
def brumeval(ville_fictive, catalogue):
    if not (ville_fictive / "iris.gpkg").is_file():
        pytest.skip("ville fictive absente")
    inventaire = inventorier([ville_fictive], catalogue)
    return inventaire, *lire_ville(inventaire, catalogue, "00001")


def test_tout_ce_que_la_ville_fictive_contient_est_reconnu(brumeval):
    inventaire, couches, tables = brumeval
    assert inventaire.anomalies == ()
    assert set(couches) == ROLES_COMPLETS | {"eau"}
    assert {t.source for t in tables} >= {
        "rp_evol_struct_pop",
        "rp_activite_residents",
        "rp_diplomes_formation",
        "rp_couples_familles_menages",
        "rp_logement",
        "filosofi_iris",
        "filosofi_commune",
        "filosofi_qpv",
        "population_qpv",
        "carreaux_200m",
    }
    assert {t.millesime for t in tables if t.source == "rp_logement"} == {2017, 2022}
    assert all(len(t.valeurs) for t in tables)


def test_la_ville_fictive_est_coherente(brumeval, catalogue):
    _, couches, tables = brumeval
    anomalies = controler_coherence(
        couches["iris"], couches["qpv"], tables, catalogue, communes=["00001"]
    )
    assert [str(a) for a in anomalies if a.gravite == "erreur"] == []


def test_la_ville_fictive_porte_toutes_les_variables_du_catalogue(brumeval, catalogue):
    _, _, tables = brumeval
    lues = {v for t in tables for v in t.valeurs.columns}
    reprises = {"socio_iris_parts", "valeurs_qpv_compilation"}
    # Équipements et établissements se lisent lieu par lieu, et non en tableau.
    reprises |= {s.id for s in catalogue.sources.values() if s.type == "lieux"}
    attendues = {v for v, d in catalogue.variables.items() if set(d.sources) - reprises}
    assert len(attendues) > 50
    assert lues == attendues


def test_la_ville_fictive_a_des_valeurs_masquees(brumeval):
    _, _, tables = brumeval
    filosofi = next(t for t in tables if t.source == "filosofi_iris" and t.millesime == 2021)
    assert 0.01 < (filosofi.statuts == "secret").to_numpy().mean() < 0.5


@pytest.fixture(scope="module")
def grenoble(donnees_reelles, catalogue):
    inventaire = inventorier([donnees_reelles / "grenoble", donnees_reelles], catalogue)
    codes = ["QN03806M", "QN03807M", "QN03808M", "QN03809M"]
    return inventaire, *lire_ville(inventaire, catalogue, "38185", codes_qpv=codes)


@pytest.mark.reel
def test_grenoble_fichiers_reconnus(grenoble):
    inventaire, couches, _ = grenoble
    assert inventaire.anomalies == ()
    assert set(couches) == ROLES_COMPLETS
    assert [len(couches[r]) for r in ("iris", "qpv", "secteurs", "communes")] == [70, 4, 6, 1]
    noms = {n for n, _ in inventaire.non_reconnus}
    assert noms == {
        "comptes_rp_2016_94_iris.csv",
        "iris_grd_quartier.csv",
    }


@pytest.mark.reel
def test_grenoble_chiffres_publies(grenoble):
    _, _, tables = grenoble
    par_source = {(t.source, t.millesime): t for t in tables}
    commune = par_source["filosofi_commune", 2021].valeurs.loc["38185"]
    assert (commune["filo_mediane"], commune["filo_taux_pauvrete"]) == (22140.0, 21.0)
    quartiers = par_source["valeurs_qpv_compilation", 2021].valeurs["filo_taux_pauvrete"]
    assert sorted(quartiers) == [45.0, 47.0, 51.0, 51.0]
    revenus = par_source["filosofi_iris", 2020]
    assert revenus.valeurs.loc["381850102", "filo_taux_pauvrete"] == 18.4
    assert revenus.statuts.loc["381850101"].unique().tolist() == ["secret"]
    logement = par_source["rp_logement", 2021]
    assert logement.statuts.loc["381850101", "residences_hlm"] == "absent"


@pytest.mark.reel
def test_grenoble_coherente(grenoble, catalogue):
    _, couches, tables = grenoble
    anomalies = controler_coherence(
        couches["iris"], couches["qpv"], tables, catalogue, communes=["38185"]
    )
    assert [a.fichier for a in anomalies] == ["BASE_TD_FILO_DISP_IRIS_2018.csv"]
    assert "381850603" in anomalies[0].message


@pytest.mark.reel
def test_polygones_invalides_reels_repares(donnees_reelles, catalogue):
    (fichier,) = inventorier(
        [donnees_reelles / "QP2024_France_WGS84_simplifie.geojson"], catalogue
    ).reconnus
    # Ni l’Essonne ni le Val-d’Oise : la simplification y a réduit trois quartiers à un point.
    departements = [f"{n:02d}" for n in range(1, 96) if n not in {91, 95}]
    communes = {f"{d}{k:03d}" for d in departements for k in range(1000)}
    lue = lire_contours(fichier, catalogue, communes=communes, crs=CRS.from_epsg(2154))
    assert len(lue.donnees) > 1000
    assert lue.donnees.geometry.is_valid.all()
    assert any("réparé" in a.message for a in lue.anomalies)


@pytest.mark.reel
def test_quartier_reduit_a_un_point_refuse(donnees_reelles, catalogue):
    (fichier,) = inventorier(
        [donnees_reelles / "QP2024_France_WGS84_simplifie.geojson"], catalogue
    ).reconnus
    communes = {f"91{k:03d}" for k in range(1000)}
    with pytest.raises(ErreurGeographie, match="QN09105I"):
        lire_contours(fichier, catalogue, communes=communes, crs=CRS.from_epsg(2154))


def _processeur() -> float:
    """Secondes de processeur des sous-processus terminés."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@pytest.mark.reel
def test_grenoble_assez_vite(donnees_reelles):
    """Inventaire et lecture de toute la ville dans un interpréteur neuf, imports compris."""
    programme = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path\n"
        "from test_villes import lire_ville\n"
        "from observatoire.catalogue import charger_catalogue\n"
        "from observatoire.ingestion import inventorier\n"
        "d, c = Path(sys.argv[1]), charger_catalogue()\n"
        "lire_ville(inventorier([d / 'grenoble', d], c), c, '38185')\n"
    )
    ici = Path(__file__).resolve().parent
    debut = _processeur()
    commande = [
        sys.executable,
        "-c",
        programme,
        str(donnees_reelles),
        str(ici),
        str(ici.parents[1]),
    ]
    subprocess.run(commande, check=True)
    # Processeur, et non durée : une régression grave, pas le bruit de la machine.
    assert _processeur() - debut < 3.0
