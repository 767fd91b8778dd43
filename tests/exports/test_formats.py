"""Chaque format, relu par un autre outil : chiffres, statuts, métadonnées, rien d’exécutable."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils import range_boundaries

from observatoire.catalogue import charger_catalogue
from observatoire.chemins import Chemins
from observatoire.domaine import Verdict
from observatoire.erreurs import ErreurDemande
from observatoire.exports import FORMATS, Contexte, Demande, proteger
from observatoire.exports.choix import Choix
from observatoire.exports.contenu import composer_contenu
from observatoire.exports.noms import dans_dossier, neutraliser, nom_de_fichier
from observatoire.exports.tables import composer_tableaux
from observatoire.impression import (
    CORPS_MINIMAL,
    echelle_impression,
    hauteur_ligne,
    regler_impression,
)
from observatoire.redaction import ecrire_ecart, ecrire_valeur

CHOIX = Demande(indicateurs=("taux_pauvrete", "population", "taux_chomage_15_64"))


@pytest.fixture(scope="module")
def contexte(edition_fictive, racine_fictive: Path) -> Contexte:  # type: ignore[no-untyped-def]
    catalogue = charger_catalogue()
    return Contexte(proteger(edition_fictive, catalogue), catalogue, Chemins(racine_fictive))


@pytest.fixture(scope="module")
def piege(contexte: Contexte) -> Contexte:
    """Contexte dont un quartier, un secteur et un IRIS portent des noms hostiles."""
    edition = replace(contexte.edition)
    resultats = contexte.edition.resultats.copy()
    noms = {
        "qpv": '=cmd|"/c calc"!A1',
        "iris": "<script>alert(1)</script>",
        "secteur": "@SOMME(A1:A9)",
    }
    couches = dict(contexte.edition.couches)
    for niveau, nom in noms.items():
        code = resultats.loc[resultats["type_territoire"] == niveau, "code_territoire"].iloc[0]
        resultats.loc[resultats["code_territoire"] == code, "nom"] = nom
        couche = {"secteur": "secteurs"}.get(niveau, niveau)
        colonnes = ("code_iris", "nom_iris") if niveau == "iris" else ("code_territoire", "nom")
        table = couches[couche].copy()
        table.loc[table[colonnes[0]] == code, colonnes[1]] = nom
        couches[couche] = table
    edition.__dict__["resultats"] = resultats
    origine = replace(contexte.edition.origine)  # type: ignore[attr-defined]
    origine.__dict__["couches"] = couches
    edition = replace(edition, origine=origine)
    edition.__dict__["resultats"] = resultats
    return Contexte(edition, contexte.catalogue, contexte.chemins)


def _ecrire(contexte: Contexte, nom: str, sortie: Path, demande: Demande = CHOIX):  # type: ignore[no-untyped-def]
    return FORMATS[nom].ecrire(contexte, demande, sortie, "ABCD-2345")


# --- Noms et textes -------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.text(max_size=60))
def test_un_nom_de_fichier_ne_sort_pas_du_dossier(texte: str) -> None:
    nom = nom_de_fichier(texte)
    assert re.fullmatch(r"[a-z0-9_][a-z0-9_-]*", nom)
    assert dans_dossier(Path("/tmp"), f"{nom}.png").parent == Path("/tmp").resolve()


@pytest.mark.parametrize("nom", ["../a.png", "/etc/passwd", "a/b.png", ".."])
def test_un_chemin_qui_sort_est_refuse(nom: str, tmp_path: Path) -> None:
    with pytest.raises(ErreurDemande, match="sort du dossier"):
        dans_dossier(tmp_path, nom)


def test_noms_reserves_et_vides() -> None:
    assert nom_de_fichier("CON") == "document-con"
    assert nom_de_fichier("…") == "document"
    assert nom_de_fichier("Cœur d’Échirolles / Est") == "coeur-dechirolles-est"


@given(st.text(max_size=20))
def test_aucun_texte_ne_reste_une_formule(texte: str) -> None:
    neutre = neutraliser(texte)
    assert neutre.endswith(texte)
    assert not neutre.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


# --- Tableur --------------------------------------------------------------------------------


def test_le_tableur_dit_les_chiffres_de_l_edition(contexte: Contexte, tmp_path: Path) -> None:
    sortie = tmp_path / "a.xlsx"
    document = _ecrire(contexte, "tableur", sortie)
    classeur = openpyxl.load_workbook(sortie)
    assert classeur.sheetnames == [
        "Lisez-moi", "Synthèse", "Tableau", "Données", "Colonnes", "Définitions", "Sources",
    ]  # fmt: skip
    feuille = classeur["Données"]
    lignes = list(feuille.iter_rows(values_only=True))
    table = pd.DataFrame(lignes[1:], columns=lignes[0])
    longue = composer_tableaux(contexte, CHOIX).longue
    # La ville et ses quartiers d’abord : eux seuls s’impriment.
    lus = longue["type_territoire"].isin(["commune", "qpv"])
    longue = pd.concat([longue[lus], longue[~lus]])
    assert feuille.print_area.endswith(f"${lus.sum() + 1}")
    assert "zone d’impression" in feuille["A1"].comment.text
    assert len(table) == len(longue) == len(document.valeurs)
    for lu, attendu, seules, statut in zip(
        table["Valeur"], longue["valeur"], longue["bornes_seules"], longue["statut"], strict=True
    ):
        if np.isnan(attendu):
            assert isinstance(lu, str)
            mots = {"secret": "secret statistique", "absent": "non disponible"}
            assert seules or lu == mots[statut]
        else:
            assert lu == pytest.approx(attendu, rel=1e-12)
    # Les codes restent du texte.
    assert set(map(type, table["Code"])) == {str}
    assert feuille.freeze_panes
    assert feuille.auto_filter.ref
    assert classeur.properties.title == "Indicateurs des quartiers – Brumeval (ville fictive)"
    assert "ABCD-2345" in classeur.properties.description
    assert classeur.custom_doc_props["Langue"].value == "fr-FR"
    lecture = " ".join(str(c.value) for rang in classeur["Lisez-moi"].rows for c in rang)
    for attendu in ("Ville fictive", "secret statistique", "ABCD-2345", "jamais zéro"):
        assert attendu in lecture
    # Chaque feuille imprimée se lit : huit points au moins, en-têtes répétés, pages numérotées.
    for feuille in classeur:
        premiere, _, derniere, _ = range_boundaries(feuille.print_area.split("!")[1])
        assert premiere == 1
        # Des colonnes voisines de même largeur sont écrites ensemble.
        par_rang = {
            rang: c.width - 0.71
            for c in feuille.column_dimensions.values()
            for rang in range(c.min, c.max + 1)
        }
        largeurs = [par_rang[rang] for rang in range(1, derniere + 1)]
        portrait = feuille.page_setup.orientation == "portrait"
        assert 11 * echelle_impression(largeurs, portrait=portrait) / 100 >= CORPS_MINIMAL
        assert feuille.sheet_properties.pageSetUpPr.fitToPage
        assert feuille.page_setup.fitToWidth in (None, 1)
        assert feuille.page_setup.fitToHeight == 0
        repetees = "$1:$4" if feuille.title == "Synthèse" else "$1:$1"
        assert portrait or feuille.print_title_rows == repetees
        assert "ABCD-2345" in feuille.oddFooter.center.text
        assert "&P" in feuille.oddFooter.right.text
        if not portrait:
            assert all(rang.height for rang in list(feuille.row_dimensions.values())[:3])


def test_la_synthese_dit_comme_la_note(contexte: Contexte, tmp_path: Path) -> None:
    """Les mêmes indicateurs, les mêmes chiffres arrondis, la même prudence que le tableau de la note."""
    sortie = tmp_path / "a.xlsx"
    _ecrire(contexte, "tableur", sortie, Demande())
    feuille = openpyxl.load_workbook(sortie)["Synthèse"]
    lignes = [r for r in feuille.iter_rows(min_row=5, values_only=True) if r[1]]
    tableau = composer_contenu(contexte.edition, contexte.catalogue, Choix()).tableau
    attendus = [
        (colonne, ligne.nom, ligne.chiffres[rang])
        for rang, colonne in enumerate(tableau.colonnes)
        for ligne in tableau.lignes
    ]
    assert len(lignes) == len(attendus)
    for lu, (colonne, nom, chiffre) in zip(lignes, attendus, strict=True):
        unite = colonne.indicateur.unite
        assert lu[:3] == (colonne.indicateur.court, colonne.millesime, nom)
        if chiffre.valeur is None:
            assert lu[3] == chiffre.texte
        else:
            assert ecrire_valeur(lu[3], unite) == ecrire_valeur(chiffre.valeur, unite)
        assert (lu[4] or "") == chiffre.intervalle
        if isinstance(lu[6], str):
            assert lu[6] == chiffre.ecart
        else:
            assert ecrire_ecart(lu[6], unite) == ecrire_ecart(chiffre.ecart_edition, unite)
        assert lu[7] == Verdict(chiffre.verdict).libelle
    ecarts = [lu[6] for lu in lignes]
    assert "–" in ecarts
    assert any(isinstance(e, float | int) for e in ecarts)
    dernier = [r[0] for r in feuille.iter_rows(min_row=5, values_only=True) if r[0]][-1]
    assert dernier == contexte.edition.citer(
        [(c.indicateur.id, c.millesime) for c in tableau.colonnes]
    )


def test_impression_d_un_tableau_trop_large(tmp_path: Path) -> None:
    """Quarante quartiers ne se serrent pas sur une page : le corps reste lisible, le début se répète."""
    sortie = tmp_path / "large.xlsx"
    with xlsxwriter.Workbook(sortie) as classeur:
        feuille = classeur.add_worksheet()
        largeurs = [20.0, 40.0, 10.0, *[17.0] * 40]
        regler_impression(feuille, "A & B", largeurs=largeurs, lignes=3, colonnes_repetees=3)
    relu = openpyxl.load_workbook(sortie).active
    assert 11 * relu.page_setup.scale / 100 >= CORPS_MINIMAL
    assert relu.print_title_cols == "$A:$C"
    assert echelle_impression([100.0]) == 100
    assert hauteur_ligne([("court", 20.0)]) == 15.0
    assert hauteur_ligne([("mot " * 40, 20.0), ("court", 20.0)]) > 90


def test_aucune_cellule_n_est_une_formule(piege: Contexte, tmp_path: Path) -> None:
    sortie = tmp_path / "a.xlsx"
    _ecrire(piege, "tableur", sortie)
    classeur = openpyxl.load_workbook(sortie)
    types = {c.data_type for f in classeur for rang in f.rows for c in rang}
    assert "f" not in types
    (territoires,) = (c for c in classeur["Données"].columns if c[0].value == "Territoire")
    textes = {c.value for c in territoires}
    assert '\'=cmd|"/c calc"!A1' in textes
    assert "'@SOMME(A1:A9)" in textes


def test_memes_octets(contexte: Contexte, tmp_path: Path) -> None:
    demande = Demande(indicateurs=("taux_pauvrete",))
    for nom, fin in (("tableur", "xlsx"), ("csv", "csv"), ("page", "html")):
        for essai in ("a", "b"):
            (tmp_path / essai).mkdir(exist_ok=True)
            _ecrire(contexte, nom, tmp_path / essai / f"x.{fin}", demande)
        assert (tmp_path / "a" / f"x.{fin}").read_bytes() == (
            tmp_path / "b" / f"x.{fin}"
        ).read_bytes()


# --- CSV ------------------------------------------------------------------------------------


def test_le_csv_se_relit_et_sa_description_est_juste(piege: Contexte, tmp_path: Path) -> None:
    sortie = tmp_path / "a.csv"
    _ecrire(piege, "csv", sortie)
    brut = sortie.read_bytes()
    assert brut.startswith(b"\xef\xbb\xbf")
    description = json.loads((tmp_path / "a.csv-metadata.json").read_text("utf-8"))
    assert description["url"] == "a.csv"
    assert description["dc:identifier"] == "ABCD-2345"
    colonnes = description["tableSchema"]["columns"]
    dialecte = description["dialect"]["delimiter"]
    lignes = list(csv.DictReader(brut.decode("utf-8-sig").splitlines(), delimiter=dialecte))
    assert list(lignes[0]) == [c["name"] for c in colonnes]
    longue = composer_tableaux(piege, CHOIX).longue
    assert len(lignes) == len(longue)
    cles = [tuple(ligne[c] for c in description["tableSchema"]["primaryKey"]) for ligne in lignes]
    assert len(set(cles)) == len(cles)
    for ligne, attendu in zip(lignes, longue.to_dict("records"), strict=True):
        if np.isnan(attendu["valeur"]):
            assert ligne["valeur"] == ""
        else:
            lu = float(ligne["valeur"].replace(",", "."))
            assert lu == pytest.approx(attendu["valeur"], rel=1e-9)
    for ligne in lignes:
        assert not ligne["nom"].startswith(("=", "+", "-", "@"))


# --- Couches --------------------------------------------------------------------------------


def test_le_geopackage_a_couches_styles_et_metadonnees(contexte: Contexte, tmp_path: Path) -> None:
    sortie = tmp_path / "a.gpkg"
    _ecrire(contexte, "geo", sortie)
    couches = {str(nom) for nom, _ in pyogrio.list_layers(sortie)}
    assert {"iris", "qpv", "secteurs", "valeurs", "layer_styles"} <= couches
    iris = gpd.read_file(sortie, layer="iris")
    assert iris.crs == contexte.edition.couches["iris"].crs
    assert len(iris) == len(contexte.edition.couches["iris"])
    table = contexte.edition.resultats
    ici = table[(table["indicateur"] == "taux_pauvrete") & (table["millesime"] == 2021)]
    attendues = ici.set_index("code_territoire")
    for ligne in iris.to_dict("records"):
        attendue = attendues.loc[ligne["code_territoire"]]
        assert ligne["taux_pauvrete_2021_statut"] == attendue["statut"]
        if attendue["statut"] == "secret":
            assert pd.isna(ligne["taux_pauvrete_2021"])
        else:
            assert ligne["taux_pauvrete_2021"] == pytest.approx(attendue["valeur"])
    connexion = sqlite3.connect(sortie)
    try:
        styles = connexion.execute(
            "SELECT f_table_name, styleQML, styleSLD FROM layer_styles"
        ).fetchall()
        fiche = connexion.execute("SELECT metadata FROM gpkg_metadata").fetchone()[0]
        assert connexion.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        connexion.close()
    assert {s[0] for s in styles} == {"iris", "qpv", "secteurs"}
    par_couche = {s[0]: s[1] for s in styles}
    qml = ET.fromstring(par_couche["iris"].split("\n", 1)[1])
    regles = qml.findall(".//rule")
    symboles = qml.findall(".//symbol")
    assert len(regles) == len(symboles) > 3
    assert any("secret" in str(r.get("filter")) for r in regles)
    for _, _, sld in styles:
        assert ET.fromstring(sld).tag.endswith("StyledLayerDescriptor")
    lue = json.loads(fiche)
    assert lue["identifier"] == "ABCD-2345"
    assert lue["inLanguage"] == "fr"


def test_les_classes_du_style_couvrent_chaque_valeur_une_fois(
    contexte: Contexte, tmp_path: Path
) -> None:
    sortie = tmp_path / "a.gpkg"
    _ecrire(contexte, "geo", sortie)
    iris = gpd.read_file(sortie, layer="iris")
    connexion = sqlite3.connect(sortie)
    try:
        qml = connexion.execute(
            "SELECT styleQML FROM layer_styles WHERE f_table_name = 'iris'"
        ).fetchone()[0]
    finally:
        connexion.close()
    regles = [r.get("filter") for r in ET.fromstring(qml.split("\n", 1)[1]).findall(".//rule")]
    connexion = sqlite3.connect(":memory:")
    try:
        table = pd.DataFrame(iris.drop(columns="geometry"))
        table.to_sql("t", connexion, index=False)
        comptes = [
            connexion.execute(f"SELECT count(*) FROM t WHERE {r}").fetchone()[0] for r in regles
        ]
    finally:
        connexion.close()
    assert sum(comptes) == len(iris)


def test_le_geojson_suit_la_norme(contexte: Contexte, tmp_path: Path) -> None:
    sortie = tmp_path / "a.geojson"
    _ecrire(contexte, "geo", sortie)
    contenu = json.loads(sortie.read_text("utf-8"))
    assert contenu["type"] == "FeatureCollection"
    assert "crs" not in contenu
    types = {f["properties"]["type_territoire"] for f in contenu["features"]}
    assert types == {"iris", "qpv", "secteur"}
    for element in contenu["features"]:
        forme = shapely.from_geojson(json.dumps(element["geometry"]))
        assert forme.is_valid
        x0, y0, x1, y1 = forme.bounds
        assert -180 <= x0 <= x1 <= 180
        assert -90 <= y0 <= y1 <= 90
        for partie in shapely.get_parts(forme):
            assert partie.exterior.is_ccw
    masquees = [
        f["properties"] for f in contenu["features"]
        if f["properties"]["taux_pauvrete_2021_statut"] == "secret"
    ]  # fmt: skip
    assert masquees
    assert {p["taux_pauvrete_2021"] for p in masquees} == {None}


# --- Page -----------------------------------------------------------------------------------


def test_la_page_echappe_et_ne_nomme_aucune_adresse(piege: Contexte, tmp_path: Path) -> None:
    sortie = tmp_path / "a.html"
    _ecrire(piege, "page", sortie)
    contenu = sortie.read_text("utf-8")
    assert "<script>alert(1)" not in contenu
    assert "&lt;script&gt;alert(1)" not in contenu.split("srcdoc", 1)[0]
    # Dans la carte, le nom est une donnée JSON dont « < » est écrit par son code.
    assert "\\u003cscript>alert(1)" in contenu.replace("&gt;", ">")
    for attribut in ("src", "href"):
        adresses = re.findall(rf'\s{attribut}="([^"]*)"', contenu)
        assert all(a.startswith("data:") for a in adresses)
    assert "url(http" not in contenu
    assert "ABCD-2345" in contenu
    assert '<html lang="fr">' in contenu
    assert "Ville fictive" in contenu


def test_quartiers_et_themes(contexte: Contexte) -> None:
    code = str(contexte.edition.couches["qpv"]["code_territoire"].iloc[0])
    tableaux = composer_tableaux(contexte, Demande(quartiers=(code,), themes=("revenus",)))
    assert set(tableaux.longue["code_territoire"]) == {code, "00001"}
    assert {i.theme for i in tableaux.indicateurs} == {"revenus"}
    hors = composer_tableaux(contexte, replace(CHOIX, reference="ville_hors_qpv")).longue
    assert set(hors["reference"]) == {"ville_hors_qpv"}


def test_toutes_les_fautes_d_un_coup(contexte: Contexte) -> None:
    demande = Demande(quartiers=("QN9",), themes=("lune",), indicateurs=("x",), reference="epci")
    with pytest.raises(ErreurDemande) as faute:
        composer_tableaux(contexte, demande)
    for attendu in ("QN9", "lune", "« x »", "epci"):
        assert attendu in str(faute.value)


def test_les_bornes_seules_n_ont_pas_de_valeur(contexte: Contexte) -> None:
    longue = composer_tableaux(contexte, Demande(indicateurs=("taux_chomage_15_64",))).longue
    seules = longue[longue["bornes_seules"]]
    assert len(seules)
    assert seules[["valeur", "ecart"]].isna().all().all()
    assert longue.loc[longue["statut"].isin(["secret", "absent"]), "valeur"].isna().all()
