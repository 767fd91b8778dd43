"""Découpages de la ville : fautes dites ensemble, couverture connue, copie gardée."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from observatoire.cartes.sujet import SujetCarte
from observatoire.catalogue import charger_catalogue
from observatoire.chemins import Chemins
from observatoire.decoupages import ajouter, declarations, identifiant_de_famille, retirer
from observatoire.decoupages.lecture import controler_couverture
from observatoire.domaine import NomDeZones
from observatoire.erreurs import ErreurDemande, ErreurDonnees, ErreurGeographie
from observatoire.territoires import projection_legale

LAMBERT = projection_legale("38185")
X, Y = 912_000.0, 6_456_000.0
VILLE = shapely.box(X, Y, X + 1000, Y + 1000)


def _carres(nombre: int = 2, *, large: float = 500.0, pas: float = 500.0) -> gpd.GeoDataFrame:
    formes = [shapely.box(X + k * pas, Y, X + k * pas + large, Y + 1000) for k in range(nombre)]
    noms = {"id": [f"{k:02d}" for k in range(nombre)], "nom": [f"Aire {k}" for k in range(nombre)]}
    return gpd.GeoDataFrame(noms, geometry=formes, crs=LAMBERT)


def _ajouter(chemins: Chemins, fichier: Path, **options: object):
    voulues = {
        "nom": "Secteurs scolaires",
        "champ_code": "id",
        "champ_libelle": "nom",
        "code_commune": "38185",
        "ville": VILLE,
        "nom_ville": "Essai",
        **options,
    }
    return ajouter(chemins, fichier, **voulues)  # type: ignore[arg-type]


@pytest.mark.parametrize("suffixe", [".geojson", ".gpkg", ".shp"])
def test_trois_formats_gardes_avec_leur_empreinte(tmp_path: Path, suffixe: str) -> None:
    fichier = tmp_path / f"aires{suffixe}"
    couche = _carres() if suffixe != ".geojson" else _carres().to_crs(4326)
    couche.to_file(fichier)
    chemins = Chemins(tmp_path / "racine")
    declaration, avertissements = _ajouter(chemins, fichier)
    assert avertissements == []
    assert declarations(chemins) == [declaration]
    assert declaration.singulier == "secteur scolaire"
    assert declaration.code_territoire("01") == "38185-secteurs_scolaires-01"
    copie = chemins.decoupages / "38185" / "secteurs_scolaires" / fichier.name
    assert len(gpd.read_file(copie)) == 2
    retirer(chemins, "Secteurs scolaires", code_commune="38185")
    assert declarations(chemins) == []


def test_toutes_les_fautes_d_un_coup_et_rien_n_est_perdu(tmp_path: Path) -> None:
    bon = tmp_path / "bon.gpkg"
    _carres().to_file(bon)
    chemins = Chemins(tmp_path / "racine")
    garde, _ = _ajouter(chemins, bon)
    couche = _carres(4)
    couche["id"] = ["01", "01", None, "04"]
    couche["nom"] = ["A", "B", "C", ""]
    mauvais = tmp_path / "mauvais.gpkg"
    couche.to_file(mauvais)
    with pytest.raises(ErreurGeographie) as leve:
        _ajouter(chemins, mauvais, champ_libelle="nom")
    texte = str(leve.value)
    assert "le code 01 figure 2 fois" in texte
    assert "1 territoire(s) sans code : objets 3" in texte
    assert "1 territoire(s) sans nom : objets 4" in texte
    assert declarations(chemins) == [garde]


def test_champ_absent_dit_les_champs_presents(tmp_path: Path) -> None:
    fichier = tmp_path / "aires.gpkg"
    _carres().to_file(fichier)
    with pytest.raises(ErreurGeographie, match="champs présents : id, nom"):
        _ajouter(Chemins(tmp_path / "racine"), fichier, champ_code="CODE")


def test_shapefile_sans_projection(tmp_path: Path) -> None:
    fichier = tmp_path / "aires.shp"
    _carres().to_file(fichier)
    fichier.with_suffix(".prj").unlink()
    with pytest.raises(ErreurGeographie, match="n’a pas de projection"):
        _ajouter(Chemins(tmp_path / "racine"), fichier)


def test_axes_permutes_et_projection_fausse(tmp_path: Path) -> None:
    degres = _carres().to_crs(4326)
    permutes = degres.set_geometry(
        gpd.GeoSeries(
            shapely.transform(degres.geometry.to_numpy(), lambda xy: xy[:, ::-1]), crs=4326
        )
    )
    fichier = tmp_path / "permutes.gpkg"
    permutes.to_file(fichier)
    with pytest.raises(ErreurGeographie, match="axes permutés"):
        _ajouter(Chemins(tmp_path / "racine"), fichier)
    ailleurs = tmp_path / "ailleurs.gpkg"
    _carres().set_crs(32631, allow_override=True).set_geometry(
        _carres().translate(-2e6, -4e6).set_crs(32631, allow_override=True)
    ).to_file(ailleurs)
    with pytest.raises(ErreurGeographie, match="hors de France"):
        _ajouter(Chemins(tmp_path / "racine"), ailleurs)


def test_contour_invalide_repare_et_dit(tmp_path: Path) -> None:
    couche = _carres()
    papillon = shapely.Polygon([(X, Y), (X + 500, Y + 1000), (X + 500, Y), (X, Y + 1000)])
    couche.loc[0, "geometry"] = papillon
    fichier = tmp_path / "papillon.gpkg"
    couche.to_file(fichier)
    _, avertissements = _ajouter(Chemins(tmp_path / "racine"), fichier)
    assert "contour invalide réparé : 00" in str(avertissements[0])


def test_rien_dans_la_commune(tmp_path: Path) -> None:
    fichier = tmp_path / "loin.gpkg"
    couche = _carres()
    couche.set_geometry(couche.translate(50_000, 0)).to_file(fichier)
    with pytest.raises(ErreurGeographie, match="aucun territoire n’est dans Essai"):
        _ajouter(Chemins(tmp_path / "racine"), fichier)


def test_trou_et_recouvrement_de_surface_connue(tmp_path: Path) -> None:
    # Deux bandes de 400 m sur une ville de 1 000 m : 20 % manquent.
    fichier = tmp_path / "trou.gpkg"
    _carres(large=400).to_file(fichier)
    chemins = Chemins(tmp_path / "racine")
    _, avertissements = _ajouter(chemins, fichier)
    assert ["20,0 % de la surface" in str(a) for a in avertissements] == [True]
    with pytest.raises(ErreurGeographie, match="20,0 % de la surface"):
        _ajouter(chemins, fichier, partition=True)
    # Deux bandes de 600 m posées tous les 400 m : 200 m × 1 000 m, soit 20 hectares en commun.
    doubles = tmp_path / "doubles.gpkg"
    _carres(large=600, pas=400).to_file(doubles)
    _, avertissements = _ajouter(chemins, doubles)
    assert ["00 et 01 (20,0 ha)" in str(a) for a in avertissements] == [True]


def test_depassement_dit_sa_part(tmp_path: Path) -> None:
    fichier = tmp_path / "large.gpkg"
    _carres(pas=1000, nombre=1, large=2000).to_file(fichier)
    _, avertissements = _ajouter(Chemins(tmp_path / "racine"), fichier)
    assert "dépasse de Essai (50,0 % de sa surface)" in str(avertissements[0])


def test_copie_alteree_refusee(tmp_path: Path) -> None:
    from observatoire.chaine import actualiser
    from observatoire.chemins import dossier_ville_fictive

    chemins = Chemins(tmp_path / "racine")
    ajouter(
        chemins,
        dossier_ville_fictive() / "secteurs.geojson",
        nom="Secteurs",
        champ_code="code",
        champ_libelle="nom",
        code_commune="00001",
    )
    copie = chemins.decoupages / "00001" / "secteur" / "secteurs.geojson"
    copie.write_text(copie.read_text(encoding="utf-8") + " ", encoding="utf-8")
    with pytest.raises(ErreurDonnees, match="a changé depuis son ajout"):
        actualiser("00001", depuis=[dossier_ville_fictive()], chemins=chemins)


@pytest.mark.parametrize("nom", ["", "!!", "IRIS", "QPV", "Communes", "QPV 2015", "EPCI", "Ville"])
def test_noms_refuses(nom: str) -> None:
    with pytest.raises(ErreurDemande):
        identifiant_de_famille(nom)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(graine=st.integers(0, 10_000), bords=st.lists(st.integers(1, 999), max_size=6, unique=True))
def test_une_partition_n_a_aucun_defaut_dans_aucun_ordre(graine: int, bords: list[int]) -> None:
    from observatoire.decoupages.declaration import Declaration

    limites = [0, *sorted(bords), 1000]
    formes = [shapely.box(X + a, Y, X + b, Y + 1000) for a, b in pairwise(limites)]
    codes = [str(k) for k in range(len(formes))]
    couche = gpd.GeoDataFrame({"code": codes, "nom": codes}, geometry=formes, crs=LAMBERT)
    couche = couche.iloc[np.random.default_rng(graine).permutation(len(couche))]
    declaration = Declaration("a", "A", "a", "38185", "c", "n", True, "f.gpkg", "", "")
    assert controler_couverture(couche, VILLE, declaration, nom_ville="Essai") == []


def test_un_fichier_au_nom_de_la_declaration_est_refuse(tmp_path: Path) -> None:
    fichier = tmp_path / "declaration.json"
    _carres().to_file(fichier, driver="GeoJSON")
    chemins = Chemins(tmp_path / "racine")
    with pytest.raises(ErreurDonnees, match="renommez le vôtre"):
        ajouter(
            chemins, fichier, nom="Aires", champ_code="id", champ_libelle="nom", code_commune="38185",
        )  # fmt: skip
    assert declarations(chemins) == []


def test_commandes(tmp_path: Path) -> None:
    from observatoire.cli import application

    fichier = tmp_path / "aires.gpkg"
    _carres().to_file(fichier)
    lanceur = CliRunner()

    def lancer(*mots: str) -> str:
        resultat = lanceur.invoke(application, ["territoires", *mots], catch_exceptions=False)
        assert resultat.exit_code == 0, resultat.output
        return resultat.output

    lancer(
        "ajouter", str(fichier), "--nom", "Aires", "--code", "id", "--libelle", "nom",
        "--commune", "38185",
    )  # fmt: skip
    assert "aires : Aires (aires.gpkg" in lancer("lister")
    lancer("retirer", "Aires", "--commune", "38185")
    assert "Aucun découpage" in lancer("lister")
    # Une commune mal écrite n’est pas une commune sans découpage.
    with pytest.raises(ErreurDemande, match="n’est pas un code de commune"):
        lancer("lister", "--commune", "zz")


@pytest.mark.reel
def test_grenoble_estimee_par_secteur_et_par_famille(
    donnees_reelles: Path, edition_grenoble, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    """Les secteurs déclarés donnent les mêmes chiffres que les secteurs reconnus."""
    chemins = Chemins(tmp_path / "racine")
    secteurs = donnees_reelles / "grenoble" / "secteurs_grenoble.geojson"
    options = {"champ_code": "code", "champ_libelle": "nom", "code_commune": "38185"}
    ville = shapely.union_all(edition_grenoble.couches["iris"].geometry.to_numpy())
    for nom in ("Secteurs", "Aires d’essai"):
        _, avertissements = ajouter(
            chemins, secteurs, nom=nom, ville=ville, partition=True, **options
        )
        assert avertissements == []


@pytest.mark.parametrize(
    ("nom", "options", "singulier", "genre"),
    [
        ("Secteurs scolaires", {}, "secteur scolaire", "m"),
        ("Aires des Maisons des Habitants", {"singulier": "aire de Maison"}, "aire de Maison", "f"),
        ("Zones", {}, "zone", "f"),
        ("Bassins de vie", {}, "bassin de vie", "m"),
        ("Polygones", {}, "polygone", ""),
        ("Polygones", {"genre": "m"}, "polygone", "m"),
        ("Îlots", {}, "îlot", "m"),
    ],
)
def test_singulier_et_genre(
    tmp_path: Path, nom: str, options: dict[str, str], singulier: str, genre: str
) -> None:
    fichier = tmp_path / "aires.gpkg"
    _carres().to_file(fichier)
    chemins = Chemins(tmp_path / "racine")
    declaration, _ = _ajouter(chemins, fichier, nom=nom, **options)
    assert (declaration.singulier, declaration.genre) == (singulier, genre)
    assert declarations(chemins) == [declaration]


def test_une_declaration_sans_genre_se_relit(tmp_path: Path) -> None:
    """Une déclaration antérieure n’a pas de genre : les phrases évitent l’accord."""
    fichier = tmp_path / "aires.gpkg"
    _carres().to_file(fichier)
    chemins = Chemins(tmp_path / "racine")
    _ajouter(chemins, fichier)
    (gardee,) = chemins.decoupages.rglob("*.json")
    gardee.write_text(re.sub(r',\s*"genre": "m"', "", gardee.read_text("utf-8")), "utf-8")
    assert declarations(chemins)[0].genre == ""


def test_phrases_accordees_au_genre() -> None:
    zones = sujet_essai(NomDeZones("aire", "aires", "f"))
    assert (zones.un_seul, zones.le_seul, zones.toutes) == (
        "une seule aire", "la seule aire", "toutes les aires",
    )  # fmt: skip
    inconnues = sujet_essai(NomDeZones("polygone", "polygones"))
    assert (inconnues.un_seul, inconnues.le_seul) == ("1 polygone", "1 polygone")
    assert sujet_essai(None).un_seul == "un seul secteur"


def sujet_essai(noms: NomDeZones | None) -> SujetCarte:
    """Sujet d’une carte par zones de ce nom."""
    vide = pd.DataFrame()
    indicateur = charger_catalogue().indicateurs["taux_pauvrete"]
    return SujetCarte(
        indicateur, "Essai", False, "secteur", "ecart", "ville", 2021, 10.0, 10.0, vide, vide,
        noms_declares=noms,
    )  # fmt: skip
