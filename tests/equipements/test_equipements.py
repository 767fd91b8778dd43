"""Listes de lieux : coordonnées, adresses seules, fautes par cellule."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from openpyxl import Workbook

from observatoire.chemins import Chemins
from observatoire.equipements import importer_lieux, lire_lieux, listes_de_lieux, retirer_liste
from observatoire.erreurs import ErreurDemande, ErreurDonnees
from observatoire.territoires import projection_legale

LAMBERT = projection_legale("38185")


def _csv(dossier: Path, *lignes: str, nom: str = "lieux.csv") -> Path:
    fichier = dossier / nom
    fichier.write_text("\n".join(lignes) + "\n", encoding="utf-8")
    return fichier


def test_degres_et_lambert_donnent_la_meme_position(tmp_path: Path) -> None:
    from pyproj import Transformer

    x, y = Transformer.from_crs(4326, LAMBERT, always_xy=True).transform(5.7245, 45.1885)
    fichier = _csv(
        tmp_path,
        "Identifiant;Nom;Catégorie;Latitude;Longitude;X;Y",
        "1;Maison A;MDH;45,1885;5,7245;;",
        f"2;Maison B;MDH;;;{x:.3f};{y:.3f}",
    )
    (a, b), anomalies = lire_lieux(fichier, categorie="Lieux", crs=LAMBERT)
    assert anomalies == []
    assert (a.categorie, a.longitude, a.latitude) == ("MDH", 5.7245, 45.1885)
    assert b.longitude == pytest.approx(5.7245, abs=1e-7)
    assert b.latitude == pytest.approx(45.1885, abs=1e-7)


def test_adresse_seule_gardee_et_jamais_devinee(tmp_path: Path) -> None:
    fichier = _csv(
        tmp_path, "nom,adresse,code postal,ville", 'Épicerie,"3 rue du Four",38000,Grenoble'
    )
    (lieu,), anomalies = lire_lieux(fichier, categorie="Associations", crs=LAMBERT)
    assert not lieu.situe
    assert lieu.adresse == "3 rue du Four 38000 Grenoble"
    assert lieu.categorie == "Associations"
    assert "1 lieu(x) à géolocaliser" in str(anomalies[0])


def test_toutes_les_fautes_avec_leur_cellule(tmp_path: Path) -> None:
    classeur = Workbook()
    feuille = classeur.active
    feuille.title = "Lieux"
    for ligne in (
        ["id", "nom", "latitude", "longitude", "adresse"],
        ["a", "Échangé", 5.72, 45.18, None],
        ["a", "Demi", 45.18, None, None],
        ["b", None, 45.18, 5.72, None],
        ["c", "Texte", "45°N", 5.72, None],
        ["d", "Loin", 0, 0, None],
        ["e", "Rien", None, None, None],
    ):
        feuille.append(ligne)
    fichier = tmp_path / "lieux.xlsx"
    classeur.save(fichier)
    with pytest.raises(ErreurDonnees) as leve:
        lire_lieux(fichier, categorie="", crs=LAMBERT)
    texte = str(leve.value)
    for attendu in (
        "Lieux!D2 : « longitude » et « latitude » sont échangés",
        "Lieux!D3 : « longitude » manque",
        "Lieux!A3 : identifiant « a » déjà en ligne 2",
        "Lieux!B4 : lieu sans nom",
        "Lieux!C5 : « 45°N » n’est pas un nombre",
        "Lieux!D6 : position hors de France",
        "Lieux!B7 : ni coordonnées ni adresse",
    ):
        assert attendu in texte, texte


def test_mauvais_fichier_ne_perd_rien(tmp_path: Path) -> None:
    chemins = Chemins(tmp_path / "racine")
    bon = _csv(tmp_path, "nom;lat;lon", "A;45,18;5,72")
    importer_lieux(chemins, bon, code_commune="38185", nom="Maisons des Habitants")
    mauvais = _csv(tmp_path, "nom;lat;lon", "B;45,18;", nom="mauvais.csv")
    with pytest.raises(ErreurDonnees):
        importer_lieux(chemins, mauvais, code_commune="38185", nom="Maisons des Habitants")
    (liste,) = listes_de_lieux(chemins)
    assert (liste.lieux, liste.fichier) == (1, "lieux.csv")
    with pytest.raises(ErreurDemande, match="Connues : Maisons des Habitants"):
        retirer_liste(chemins, "Écoles", code_commune="38185")
    retirer_liste(chemins, "Maisons des Habitants", code_commune="38185")
    assert listes_de_lieux(chemins) == []


def test_colonnes_manquantes_et_formats(tmp_path: Path) -> None:
    with pytest.raises(ErreurDonnees, match="colonne « nom » absente"):
        lire_lieux(_csv(tmp_path, "a;b", "1;2"), categorie="", crs=LAMBERT)
    with pytest.raises(ErreurDonnees, match=r"donnez un classeur \.xlsx"):
        lire_lieux(_csv(tmp_path, "nom", nom="lieux.ods"), categorie="", crs=LAMBERT)
    faux = _csv(tmp_path, "pas un classeur", nom="lieux.xlsx")
    with pytest.raises(ErreurDonnees, match="n’est pas un classeur lisible"):
        lire_lieux(faux, categorie="", crs=LAMBERT)


def test_lieux_sur_la_carte() -> None:
    """Un lieu sans coordonnées n’est pas posé ; un nom hostile reste du texte."""
    import pandas as pd

    from observatoire.cartes.lieux_web import categories_de_lieux, lieux_web

    table = pd.DataFrame(
        {
            "nom": ["A", "</script>", "C"],
            "categorie": ["MDH", "Santé", "MDH"],
            "latitude": [45.1234567, 45.2, float("nan")],
            "longitude": [5.7, 5.8, float("nan")],
            "a_geolocaliser": [False, False, True],
        }
    )
    assert categories_de_lieux(table) == ["MDH", "Santé"]
    (seul,) = lieux_web(table, "MDH")
    assert {c: seul[c] for c in "pnc"} == {"p": [45.12346, 5.7], "n": "A", "c": "MDH"}
    tous = lieux_web(table, "toutes")
    assert len(tous) == len({lieu["f"] for lieu in tous}) == 2
    assert seul["f"] in {lieu["f"] for lieu in tous if lieu["c"] == "MDH"}
    assert lieux_web(table, "") == []
    assert categories_de_lieux(pd.DataFrame()) == []


def test_doublons_et_lieux_hors_de_la_ville_sont_signales(tmp_path: Path) -> None:
    fichier = _csv(
        tmp_path, "nom;latitude;longitude", "Maison A;45,18;5,72", "maison a ;45,18;5,72",
        "Maison B;45,18;5,72", "Loin;45,76;4,83",
    )  # fmt: skip
    ville = gpd.GeoSeries([shapely.box(5.6, 45.1, 5.8, 45.3)], crs=4326).to_crs(LAMBERT)[0]
    _, lieux, anomalies = importer_lieux(
        Chemins(tmp_path / "racine"),
        fichier,
        code_commune="38185",
        ville=ville,
        nom_ville="Grenoble",
    )
    assert len(lieux) == 4
    textes = [str(a) for a in anomalies]
    assert ["plusieurs fois" in t and "Maison A" in t for t in textes] == [True, False]
    assert "1 lieu(x) hors de Grenoble : Loin" in textes[1]


@pytest.mark.parametrize(
    ("entete", "ligne", "extrait"),
    [
        ("nom;nom;latitude;longitude", "A;B;45,18;5,72", "figure 2 fois"),
        ("nom;lat;latitude;longitude", "A;45;45,18;5,72", "deux colonnes pour « latitude »"),
        ("nom;latitude;longitude", "A\0;45,18;5,72", "n’est pas du texte"),
    ],
)
def test_tableaux_ambigus_refuses(tmp_path: Path, entete: str, ligne: str, extrait: str) -> None:
    with pytest.raises(ErreurDonnees, match=extrait):
        lire_lieux(_csv(tmp_path, entete, ligne), categorie="Lieux", crs=LAMBERT)


def test_texte_unicode_d_un_tableur(tmp_path: Path) -> None:
    fichier = tmp_path / "lieux.csv"
    fichier.write_bytes("Nom\tLatitude\tLongitude\nCrèche\t45,18\t5,72\n".encode("utf-16"))
    (lieu,), _ = lire_lieux(fichier, categorie="Lieux", crs=LAMBERT)
    assert (lieu.nom, lieu.latitude) == ("Crèche", 45.18)
