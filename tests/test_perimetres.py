"""Plusieurs villes ensemble : mêmes chiffres que chacune seule, fautes isolées, éditions nationales."""

import json
import shutil

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from observatoire.cartes.depuis_edition import vue_depuis_edition
from observatoire.chaine import actualiser_communes, actualiser_perimetre
from observatoire.chemins import Chemins
from observatoire.editions import (
    charger_edition,
    edition_consultable,
    edition_courante,
    villes_consultables,
)
from observatoire.editions.contours import contours_changes
from observatoire.erreurs import ErreurDemande, ErreurDonnees, ErreurEdition
from observatoire.exports.demande import Demande
from observatoire.exports.production import (
    ouvrir_contexte,
    produire_par_ville,
    villes_du_contexte,
)
from observatoire.perimetre import perimetre_epci, perimetre_france, perimetre_nomme

SIREN = "000000001"
CLES = ["code_territoire", "indicateur", "millesime"]


@pytest.fixture(scope="module")
def edition_fictive(ville_fictive, tmp_path_factory):
    """La ville seule, des mêmes fichiers : sans les découpages ni les lieux de la démonstration."""
    chemins = Chemins(tmp_path_factory.mktemp("seule"))
    return actualiser_communes(["00001"], depuis=[ville_fictive], chemins=chemins)[0].edition


@pytest.fixture(scope="module")
def composition(tmp_path_factory):
    """La table de l’Insee qui dit les communes de l’intercommunalité fictive."""
    dossier = tmp_path_factory.mktemp("composition")
    lignes = [f"{c};{n};{SIREN};Pays de la Brume" for c, n in (
        ("00001", "Brumeval"), ("00002", "Clairorme"), ("00003", "Vernoise"),
    )]  # fmt: skip
    lignes.append("38185;Grenoble;200040715;Grenoble-Alpes-Métropole")
    texte = "\n".join(["CODGEO;LIBGEO;EPCI;LIBEPCI", *lignes])
    (dossier / "Intercommunalite.csv").write_text(texte, encoding="utf-8")
    return dossier


@pytest.fixture(scope="module")
def chemins_epci(ville_fictive, composition, tmp_path_factory):
    chemins = Chemins(tmp_path_factory.mktemp("epci"))
    actualiser_perimetre(
        perimetre_epci(SIREN), depuis=[ville_fictive, composition], chemins=chemins
    )
    return chemins


@pytest.fixture(scope="module")
def epci(chemins_epci):
    return edition_courante(chemins_epci, SIREN)


@pytest.fixture(scope="module")
def chemins_france(ville_fictive, tmp_path_factory):
    chemins = Chemins(tmp_path_factory.mktemp("france"))
    actualiser_perimetre(perimetre_france(), depuis=[ville_fictive], chemins=chemins)
    return chemins


def comparer_territoires(seule, ensemble, ville):
    """Toutes les valeurs de la ville et de ses territoires sont exactement celles de la ville seule."""
    voulus = ensemble.resultats["code_commune"] == ville
    a = ensemble.resultats[voulus].set_index(CLES).sort_index()
    b = seule.resultats.set_index(CLES).sort_index()
    # Un quartier à cheval peut être comparé à l’autre ville : il n’est que là.
    partis = set(b.index.get_level_values(0)) - set(a.index.get_level_values(0))
    assert partis <= set(ensemble.resultats["code_territoire"])
    b = b[~b.index.get_level_values(0).isin(partis)]
    pd.testing.assert_frame_equal(a[b.columns], b, check_exact=True)
    cles = ["indicateur", "millesime", "reference"]
    # L’intercommunalité n’est une référence que dans son édition.
    references = [
        r[(r["code_commune"] == ville) & (r["reference"] != "epci")].set_index(cles).sort_index()
        for r in (ensemble.references, seule.references)
    ]
    pd.testing.assert_frame_equal(*references, check_exact=True)
    iris = set(a.index[a["type_territoire"] == "iris"].get_level_values(0))
    ecarts = [
        e.ecarts[e.ecarts["code_territoire"].isin(iris) & (e.ecarts["reference"] != "epci")]
        .set_index([*CLES, "reference"])
        .sort_index()
        for e in (ensemble, seule)
    ]
    assert len(ecarts[0]) > 0
    pd.testing.assert_frame_equal(*ecarts, check_exact=True)
    return partis


def test_une_ville_de_l_intercommunalite_a_les_chiffres_de_la_ville_seule(epci, edition_fictive):
    # Le quartier à cheval est surtout à Brumeval : il y est dans les deux éditions.
    assert comparer_territoires(edition_fictive, epci, "00001") == set()


def test_une_ville_de_l_edition_nationale_a_les_chiffres_de_la_ville_seule(
    chemins_france, edition_fictive
):
    france = edition_courante(chemins_france, "france")
    assert set(france.villes) == {"00001", "00003"}
    comparer_territoires(edition_fictive, france, "00001")


@pytest.fixture(scope="module")
def deux_communes(ville_fictive, tmp_path_factory):
    """Brumeval et Vernoise, une édition chacune ; le quartier QN00001M est sur les deux."""
    chemins = Chemins(tmp_path_factory.mktemp("deux"))
    comptes_rendus = actualiser_communes(
        ["00001", "00003"], depuis=[ville_fictive], chemins=chemins
    )
    return [c.edition for c in comptes_rendus]


def test_un_quartier_a_cheval_a_le_meme_chiffre_quelle_que_soit_l_edition(deux_communes, epci):
    """Le calage décrit un quartier par les autres quartiers de toutes ses communes.

    Vernoise n’a qu’un bord du quartier, et aucun des quatre autres de Brumeval : sans eux, elle
    donnait au même quartier un autre taux de pauvreté (jusqu’à 2,1 points sur de vrais fichiers).
    """
    _, petite = deux_communes
    mesures = ["valeur", "borne_basse", "borne_haute", "statut", "methode", "effectif", "purete"]

    def lire(table, colonnes, cles):
        lignes = table[table["code_territoire"] == "QN00001M"].set_index(cles).sort_index()
        return lignes[colonnes]

    valeurs = [lire(e.resultats, mesures, CLES) for e in (petite, epci)]
    assert valeurs[0]["methode"].isin(["calee", "calee_publie"]).any()
    # Au dernier chiffre près : le calage multiplie des matrices d’un autre nombre de quartiers.
    pd.testing.assert_frame_equal(*valeurs, check_exact=False, rtol=1e-9)
    # L’effet du contour de 2015 aussi : les voisins y sont ceux de 2015.
    effets = [
        lire(
            e.complement("decompositions"),
            ["effet_contour", "effet_contour_basse", "evolution_situation", "methode"],
            ["indicateur", "millesime_debut", "millesime_fin"],
        )
        for e in (petite, epci)
    ]
    assert effets[0].loc["taux_pauvrete", "effet_contour"].notna().all()
    pd.testing.assert_frame_equal(*effets, check_exact=False, rtol=1e-9)
    # Les quartiers voisins n’ont aucune ligne : l’édition reste celle de sa commune.
    assert set(petite.couches["qpv"]["code_territoire"]) == {"QN00001M"}


def test_plusieurs_communes_font_une_edition_chacune(deux_communes, edition_fictive, epci):
    assert [e.code_commune for e in deux_communes] == ["00001", "00003"]
    premiere, seconde = deux_communes
    pd.testing.assert_frame_equal(premiere.resultats, edition_fictive.resultats, check_exact=True)
    pd.testing.assert_frame_equal(premiere.ecarts, edition_fictive.ecarts, check_exact=True)
    assert set(seconde.couches["iris"]["code_commune"]) == {"00003"}
    # Le quartier à cheval est de la seule ville de cette édition, ou de celle où il est surtout.
    for edition, commune in ((seconde, "00003"), (epci, "00001")):
        lignes = edition.resultats["code_territoire"] == "QN00001M"
        assert set(edition.resultats.loc[lignes, "code_commune"]) == {commune}


def test_un_quartier_sur_deux_communes_n_y_est_qu_une_fois_avec_tous_ses_iris(epci):
    assert not epci.resultats.duplicated(CLES).any()
    assert not epci.ecarts.duplicated([*CLES, "reference"]).any()
    poids = pd.read_parquet(epci.dossier / "poids.parquet")
    communes = poids.loc[poids["code_territoire"] == "QN00001M", "code_iris"].str[:5]
    assert set(communes) == {"00001", "00003"}
    lignes = epci.resultats[epci.resultats["code_territoire"] == "QN00001M"]
    surfaces = poids[poids["code_territoire"] == "QN00001M"].groupby(communes)["surface_m2"].sum()
    assert set(lignes["code_commune"]) == {surfaces.idxmax()}


def test_l_intercommunalite_est_la_somme_de_ses_iris(epci):
    resultats = epci.resultats
    ensemble = resultats[resultats["type_territoire"] == "epci"].set_index(CLES[1:])
    assert set(ensemble["code_territoire"]) == {SIREN}
    iris = resultats[resultats["type_territoire"] == "iris"]
    for annee in (2017, 2022):
        population = iris.query("indicateur == 'population' and millesime == @annee")
        assert len(population["code_commune"].unique()) == 3
        assert ensemble.loc[("population", annee), "valeur"] == pytest.approx(
            population["valeur"].sum()
        )
        chomage = iris.query("indicateur == 'taux_chomage_15_64' and millesime == @annee")
        attendu = (chomage["valeur"] * chomage["effectif"]).sum() / chomage["effectif"].sum()
        ligne = ensemble.loc[("taux_chomage_15_64", annee)]
        assert ligne["valeur"] == pytest.approx(attendu)
        assert ligne["statut"] == "publie"
    mediane = ensemble.loc[("niveau_vie_median", 2021)]
    assert mediane["methode"] == "melange_iris"
    villes = resultats.query(
        "type_territoire == 'commune' and indicateur == 'niveau_vie_median' and millesime == 2021"
        " and code_commune != '00002'"
    )["valeur"]
    assert villes.min() < mediane["valeur"] < villes.max()


def test_les_ecarts_a_l_intercommunalite(epci):
    ecarts = epci.ecarts.merge(epci.resultats, on=CLES, validate="many_to_one")
    pauvrete = ecarts.query("indicateur == 'taux_pauvrete' and millesime == 2021")
    valeur = epci.resultats.query(
        "type_territoire == 'epci' and indicateur == 'taux_pauvrete' and millesime == 2021"
    )["valeur"].item()
    a_l_epci = pauvrete[pauvrete["reference"] == "epci"]
    np.testing.assert_allclose(a_l_epci["valeur_reference"], valeur)
    connus = a_l_epci[a_l_epci["valeur"].notna() & (a_l_epci["type_territoire"] == "iris")]
    np.testing.assert_allclose(connus["ecart"], connus["valeur"] - valeur)
    # Le rang à l’intercommunalité se compte parmi tous les IRIS, celui à la ville parmi les siens.
    assert set(connus["rang_sur"]) == {len(connus)}
    a_la_ville = pauvrete[(pauvrete["reference"] == "ville") & pauvrete["valeur"].notna()]
    tailles = a_la_ville[a_la_ville["type_territoire"] == "iris"].groupby("code_commune")
    for _, groupe in tailles:
        assert set(groupe["rang_sur"]) == {len(groupe)}
        assert len(set(groupe["valeur_reference"])) == 1


def test_la_carte_d_une_intercommunalite(epci):
    vue = vue_depuis_edition(epci, indicateur="taux_pauvrete", reference="epci")
    assert len(vue.zones) == 45
    assert len(vue.qpv) == 5
    assert "l’intercommunalité" in vue.titre
    assert "dans la ville" not in vue.titre
    assert vue.legende.repere.startswith("intercommunalité =")
    # Le taux de pauvreté des deux communes est le même : un autre indicateur.
    par_commune = vue_depuis_edition(epci, indicateur="taux_chomage_15_64", reference="ville")
    assert "écart à la commune, en points" in par_commune.sous_titre
    assert par_commune.legende.repere == ""


def test_la_france_ne_se_dessine_pas_mais_ses_villes_oui(chemins_france, edition_fictive):
    assert villes_consultables(chemins_france) == ["00001", "00003"]
    with pytest.raises(ErreurDemande, match="ne se dessine pas"):
        vue_depuis_edition(edition_courante(chemins_france, "france"), indicateur="taux_pauvrete")
    ville = edition_consultable(chemins_france, "00001")
    assert (ville.nom_commune, ville.perimetre) == ("Brumeval", "ville")
    assert ville.manifeste["millesimes"] == edition_fictive.manifeste["millesimes"]
    vue = vue_depuis_edition(ville, indicateur="taux_pauvrete")
    seule = vue_depuis_edition(edition_fictive, indicateur="taux_pauvrete")
    assert len(vue.zones) == len(seule.zones)
    assert vue.texte_ville == seule.texte_ville
    assert vue.zones.crs == seule.zones.crs
    assert len(vue.communes) >= 3


def test_une_edition_publiee_seule_passe_avant_la_nationale(
    chemins_france, ville_fictive, tmp_path
):
    racine = tmp_path / "racine"
    shutil.copytree(chemins_france.racine, racine)
    chemins = Chemins(racine)
    assert edition_consultable(chemins, "00003").dossier.parent.name == "france"
    actualiser_communes(["00003"], depuis=[ville_fictive], chemins=chemins)
    assert edition_consultable(chemins, "00003").dossier.parent.name == "00003"
    assert villes_consultables(chemins) == ["00003", "00001"]


def test_une_edition_d_avant_se_lit_encore(edition_fictive, tmp_path):
    dossier = tmp_path / "ancienne"
    shutil.copytree(edition_fictive.dossier, dossier)
    for nom in ("resultats", "references"):
        chemin = dossier / f"{nom}.parquet"
        pd.read_parquet(chemin).drop(columns="code_commune").to_parquet(chemin)
    manifeste = json.loads((dossier / "manifeste.json").read_text(encoding="utf-8"))
    for cle in ("villes", "perimetre"):
        del manifeste[cle]
    (dossier / "manifeste.json").write_text(json.dumps(manifeste), encoding="utf-8")
    ancienne = charger_edition(dossier)
    assert set(ancienne.resultats["code_commune"]) == {"00001"}
    assert ancienne.villes == {"00001": "Brumeval"}
    assert ancienne.perimetre == "ville"


def _copier_avec_faute(source, destination, code_iris):
    """Les fichiers de la ville fictive, une cellule de cet IRIS n’étant plus un nombre."""
    shutil.copytree(source, destination)
    fichier = destination / "base-ic-evol-struct-pop-2022.CSV"
    lignes = fichier.read_text(encoding="utf-8").splitlines()
    colonne = lignes[0].split(";").index("P22_POP")
    rang = next(k for k, ligne in enumerate(lignes) if ligne.startswith(f"{code_iris};"))
    cellules = lignes[rang].split(";")
    cellules[colonne] = "beaucoup"
    lignes[rang] = ";".join(cellules)
    fichier.write_text("\n".join(lignes), encoding="utf-8")
    return destination


def test_la_faute_d_une_commune_n_arrete_pas_les_autres(
    ville_fictive, composition, edition_fictive, tmp_path
):
    depuis = [_copier_avec_faute(ville_fictive, tmp_path / "f", "000020000"), composition]
    compte_rendu = actualiser_perimetre(
        perimetre_epci(SIREN), depuis=depuis, chemins=Chemins(tmp_path / "d")
    )
    assert set(compte_rendu.laissees) == {"00002"}
    assert "beaucoup" in str(compte_rendu.laissees["00002"][0])
    assert set(compte_rendu.edition.villes) == {"00001", "00003"}
    # Sans une de ses communes, l’intercommunalité n’a pas de chiffre.
    assert "epci" not in set(compte_rendu.edition.resultats["type_territoire"])
    assert "epci" not in set(compte_rendu.edition.references["reference"])
    dits = [str(a) for a in compte_rendu.avertissements if "laissées de côté" in str(a)]
    assert len(dits) == 1
    assert "00002" in dits[0]
    comparer_territoires(edition_fictive, compte_rendu.edition, "00001")


def test_des_communes_demandees_la_fautive_est_dite_et_les_autres_publiees(ville_fictive, tmp_path):
    depuis = [_copier_avec_faute(ville_fictive, tmp_path / "f", "000020000")]
    chemins = Chemins(tmp_path / "d")
    with pytest.raises(ErreurDonnees, match="beaucoup") as erreur:
        actualiser_communes(["00002", "00001"], depuis=depuis, chemins=chemins)
    assert "Ont été publiées : Brumeval" in str(erreur.value)
    assert edition_courante(chemins, "00001").nom_commune == "Brumeval"
    assert not chemins.pointeur("00002").exists()


def test_quand_rien_ne_reste_la_faute_arrete_tout(ville_fictive, tmp_path):
    # Le quartier de Vernoise est aussi à Brumeval : la faute de l’une est celle de l’autre.
    depuis = [_copier_avec_faute(ville_fictive, tmp_path / "f", "000030101")]
    with pytest.raises(ErreurDonnees, match="beaucoup"):
        actualiser_perimetre(perimetre_france(), depuis=depuis, chemins=Chemins(tmp_path / "d"))
    assert not (tmp_path / "d" / "editions" / "france" / "courante.txt").exists()


def test_des_communes_sans_contour_sont_dites_en_un_seul_avertissement(
    ville_fictive, composition, tmp_path
):
    suite = "".join(f"00{n:03d};Ailleurs;{SIREN};Pays de la Brume\n" for n in range(101, 121))
    dossier = tmp_path / "composition"
    shutil.copytree(composition, dossier)
    with (dossier / "Intercommunalite.csv").open("a", encoding="utf-8") as flux:
        flux.write("\n" + suite)
    compte_rendu = actualiser_perimetre(
        perimetre_epci(SIREN), depuis=[ville_fictive, dossier], chemins=Chemins(tmp_path / "d")
    )
    dits = [str(a) for a in compte_rendu.avertissements if "contour d’IRIS" in str(a)]
    assert len(dits) == 1
    assert dits[0].startswith("20 communes")
    assert "epci" not in set(compte_rendu.edition.resultats["type_territoire"])


def test_une_composition_absente_dit_quoi_deposer(ville_fictive, composition, tmp_path):
    with pytest.raises(ErreurDonnees) as erreur:
        actualiser_perimetre(
            perimetre_epci(SIREN), depuis=[ville_fictive], chemins=Chemins(tmp_path)
        )
    message = str(erreur.value)
    for mot in (SIREN, "depot", "--depuis", "CODGEO", "geo.api.gouv.fr/epcis/000000001/communes"):
        assert mot in message
    with pytest.raises(ErreurDonnees, match=r"Intercommunalite\.csv ne la contient pas"):
        actualiser_perimetre(
            perimetre_epci("999999999"), depuis=[composition], chemins=Chemins(tmp_path)
        )


def test_une_couche_de_communes_peut_porter_la_composition(ville_fictive, tmp_path):
    """Le format de geo.api.gouv.fr : des contours avec « codeEpci », qui servent aussi de fond."""
    couche = json.loads((ville_fictive / "communes_00.geojson").read_text(encoding="utf-8"))
    for objet in couche["features"]:
        dedans = objet["properties"]["code"] in {"00001", "00003"}
        objet["properties"]["codeEpci"] = SIREN if dedans else "000000002"
    dossier = tmp_path / "f"
    shutil.copytree(ville_fictive, dossier)
    (dossier / "communes_00.geojson").write_text(json.dumps(couche), encoding="utf-8")
    compte_rendu = actualiser_perimetre(
        perimetre_epci(SIREN), depuis=[dossier], chemins=Chemins(tmp_path / "d")
    )
    assert set(compte_rendu.edition.villes) == {"00001", "00003"}
    assert compte_rendu.edition.nom_commune == f"Intercommunalité {SIREN}"
    assert len(compte_rendu.edition.couches["communes"]) > 2


@pytest.mark.parametrize(
    ("code", "option"),
    [("38185", "--commune 38185"), ("200040715", "--epci 200040715"), ("france", "--france")],
)
def test_un_dossier_d_editions_dit_son_perimetre(code, option):
    perimetre = perimetre_nomme(code)
    assert perimetre.code == code
    assert perimetre.option == option


@pytest.mark.parametrize("faux", ["1234", "38185", "20004071A"])
def test_un_siren_a_neuf_chiffres(faux):
    with pytest.raises(ErreurDemande, match="neuf chiffres"):
        perimetre_epci(faux)


@pytest.fixture(scope="module")
def fichiers_nationaux(donnees_reelles):
    noms = [
        "contours_iris_66_departements.parquet",
        "grenoble/iris.gpkg",
        "QP2024_France_WGS84_simplifie.geojson",
        "BASE_TD_FILO_DISP_IRIS_2020.csv",
        "cc_filosofi_2021_COM.csv",
        "valeurs_publiees_qpv2024.csv",
        "grenoble/recensement_reconstitue/base-ic-evol-struct-pop-2021.CSV",
        "grenoble/recensement_reconstitue/base-ic-activite-residents-2021.CSV",
    ]
    return [donnees_reelles / n for n in noms]


def test_grenoble_de_l_edition_nationale_est_grenoble_seule(fichiers_nationaux, tmp_path):
    chemins = Chemins(tmp_path)
    compte_rendu = actualiser_perimetre(
        perimetre_france(), depuis=fichiers_nationaux, chemins=chemins
    )
    france = compte_rendu.edition
    assert len(france.villes) > 400
    # Les communes sans contour tiennent en une phrase.
    assert sum("n’ont pas de contour" in str(a) for a in compte_rendu.avertissements) == 1
    temoins = ["38185", "93066", "51454"]
    seules = actualiser_communes(temoins, depuis=fichiers_nationaux, chemins=chemins)
    for seule in seules:
        comparer_territoires(seule.edition, france, seule.edition.code_commune)


def test_une_edition_rangee_en_degres_se_relit_dans_la_projection_de_la_ville(
    chemins_france, edition_fictive, tmp_path
):
    """Plusieurs projections légales : les couches sont rangées en degrés, jamais mesurées ainsi."""
    racine = tmp_path / "racine"
    shutil.copytree(chemins_france.racine, racine)
    dossier = edition_courante(Chemins(racine), "france").dossier
    for nom in ("iris", "qpv", "secteurs", "communes", "eau"):
        chemin = dossier / f"{nom}.parquet"
        gpd.read_parquet(chemin).to_crs("EPSG:4326").to_parquet(chemin)
    ville = edition_consultable(Chemins(racine), "00001")
    for nom in ("iris", "qpv"):
        attendue = edition_fictive.couches[nom]
        cle = "code_iris" if nom == "iris" else "code_territoire"
        relue = ville.couches[nom].set_index(cle)
        assert relue.crs == attendue.crs
        surfaces = attendue.set_index(cle).geometry.area.reindex(relue.index)
        np.testing.assert_allclose(relue.geometry.area, surfaces, rtol=1e-6)
    # Deux éditions en degrés se comparent dans une projection qui conserve les surfaces.
    france = edition_courante(Chemins(racine), "france")
    assert contours_changes(france.couches, france.couches, "france") == set()
    deplacees = {n: c.copy() for n, c in france.couches.items()}
    deplacees["iris"].loc[0, "geometry"] = deplacees["iris"].geometry[0].buffer(-1e-4)
    changes = contours_changes(france.couches, deplacees, "france")
    code = deplacees["iris"].loc[0, "code_iris"]
    assert {("iris", code), ("commune", code[:5])} <= changes


def test_une_ville_se_lit_dans_l_edition_de_son_intercommunalite(chemins_epci, epci, tmp_path):
    ville = edition_consultable(chemins_epci, "00001")
    assert (ville.perimetre, ville.dossier) == ("ville", epci.dossier)
    with pytest.raises(ErreurEdition):
        edition_consultable(chemins_epci, "38185")
    contexte = ouvrir_contexte(chemins_epci, SIREN)
    villes = [v.edition.code_commune for v in villes_du_contexte(contexte)]
    assert "00001" in villes
    quartier = sorted(ville.couches["qpv"]["code_territoire"])[-1]
    faits = produire_par_ville(
        contexte, "document", Demande(quartiers=(quartier,)), tmp_path / "note.docx"
    )
    assert [f.fichiers[0].name for f in faits] == ["note-brumeval.docx"]
    with pytest.raises(ErreurDemande, match="n’est pas un quartier prioritaire"):
        produire_par_ville(
            contexte, "document", Demande(quartiers=("QN99999M",)), tmp_path / "note.docx"
        )
