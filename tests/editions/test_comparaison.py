"""Comparer deux éditions : chaque changement a une nature et une seule, et une seule cause connue."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from observatoire.editions.causes import INVERSES, NATURES
from observatoire.editions.comparaison import Candidate, comparer
from observatoire.editions.redaction_comparaison import raisons_invraisemblables

CODES = [f"0000101{i:02d}" for i in range(1, 11)]
QUARTIERS = ["QN00001M", "QN00002M"]


def _lignes(type_territoire, codes, indicateur="taux_pauvrete", millesime=2021):
    return [
        {
            "code_territoire": code, "type_territoire": type_territoire, "nom": f"Nom {code}", "indicateur": indicateur,
            "millesime": millesime, "valeur": 10.0 + rang, "statut": "publie", "methode": "publie",
            "borne_basse": 5.0, "borne_haute": 25.0, "source": f"Insee, {indicateur} {millesime}",
        }
        for rang, code in enumerate(codes)
    ]  # fmt: skip


def _couche(codes, colonne, ecart=0.0):
    formes = [box(1000.0 * i, 0, 1000.0 * i + 1000 + ecart, 1000) for i in range(len(codes))]
    return gpd.GeoDataFrame({colonne: codes, "geometry": formes}, crs=2154)


def _edition():
    lignes = []
    for indicateur in ("taux_pauvrete", "part_ouvriers"):
        lignes += _lignes("iris", CODES, indicateur) + _lignes("qpv", QUARTIERS, indicateur)
    return Candidate(
        {
            "code_commune": "00001", "edition": "a", "version_code": "1", "empreinte_catalogue": "x",
            "entrees": [
                {"source": i, "niveau": "iris", "millesime": m, "sha256": "0", "citation": f"Insee, {i} {m}"}
                for i in ("taux_pauvrete", "part_ouvriers") for m in (2021, 2022)
            ],
            "indicateurs": {
                i: {"libelle": i, "unite": "pct", "empreinte": "0"} for i in ("taux_pauvrete", "part_ouvriers")
            },
        },
        pd.DataFrame(lignes),
        {
            "iris": _couche(CODES, "code_iris"),
            "qpv": _couche(QUARTIERS, "code_territoire"),
            "secteurs": _couche([], "code_territoire"),
        },
    )  # fmt: skip


@pytest.fixture
def avant():
    return _edition()


@pytest.fixture
def apres():
    return _edition()


def _changer(edition, code, indicateur="taux_pauvrete", **valeurs):
    table = edition.resultats
    ligne = (table["code_territoire"] == code) & (table["indicateur"] == indicateur)
    assert ligne.sum() == 1
    for nom, valeur in valeurs.items():
        table.loc[ligne, nom] = valeur


def _seule_nature(comparaison):
    (nature,) = set(comparaison.changements["nature"])
    return nature


def _corriger_fichier(edition, source="taux_pauvrete"):
    for entree in edition.manifeste["entrees"]:
        if entree["source"] == source:
            entree["sha256"] = "1"


def test_une_edition_comparee_a_elle_meme_ne_donne_rien(avant):
    comparaison = comparer(avant, avant)
    assert comparaison.changements.empty
    assert comparaison.vraisemblable
    assert set(comparaison.comptes) == set(NATURES)
    assert not any(comparaison.comptes.values())


def test_l_edition_fictive_comparee_a_elle_meme_ne_donne_rien(edition_fictive):
    assert comparer(edition_fictive, edition_fictive).changements.empty


def test_une_correction_du_producteur(avant, apres):
    _changer(apres, CODES[0], valeur=10.5)
    _corriger_fichier(apres)
    comparaison = comparer(avant, apres)
    assert _seule_nature(comparaison) == "correction_producteur"
    assert len(comparaison.changements) == 1
    assert comparaison.changements.loc[0, "mouvement"] == pytest.approx(0.5)
    assert comparaison.vraisemblable


def test_sans_cause_le_changement_est_inexplique(avant, apres):
    _changer(apres, CODES[0], valeur=10.5)
    assert _seule_nature(comparer(avant, apres)) == "inexplique"


def test_un_fichier_corrige_n_explique_pas_un_indicateur_qui_n_a_pas_change(avant, apres):
    _changer(apres, CODES[0], valeur=10.5)
    _corriger_fichier(apres)
    assert set(comparer(avant, apres).changements["indicateur"]) == {"taux_pauvrete"}


def test_masquee_et_demasquee(avant, apres):
    masque = {
        "valeur": np.nan,
        "borne_basse": np.nan,
        "borne_haute": np.nan,
        "statut": "secret",
        "methode": "aucune",
    }
    _changer(apres, CODES[0], **masque)
    assert _seule_nature(comparer(avant, apres)) == "nouvellement_masquee"
    assert _seule_nature(comparer(apres, avant)) == "demasquee"


def test_un_nom_change(avant, apres):
    _changer(apres, CODES[0], nom="Autre nom")
    assert _seule_nature(comparer(avant, apres)) == "code_ou_nom"


def test_un_code_change_a_contour_egal(avant, apres):
    nouveau = "000010999"
    apres.resultats.loc[apres.resultats["code_territoire"] == CODES[0], "code_territoire"] = nouveau
    apres.couches["iris"].loc[0, "code_iris"] = nouveau
    comparaison = comparer(avant, apres)
    assert _seule_nature(comparaison) == "code_ou_nom"
    assert set(comparaison.changements["ancien_code"]) == {CODES[0]}
    assert set(comparaison.changements["code_territoire"]) == {nouveau}
    assert len(comparaison.changements) == 2


def test_un_contour_change(avant, apres):
    _changer(apres, QUARTIERS[0], valeur=10.5)
    apres.couches["qpv"].loc[0, "geometry"] = box(0, 0, 1000, 1010)
    assert _seule_nature(comparer(avant, apres)) == "contour"


def test_un_iris_redecoupe_explique_le_quartier_qui_le_touche(avant, apres):
    _changer(apres, QUARTIERS[0], valeur=10.5)
    _changer(apres, QUARTIERS[1], valeur=11.5)
    apres.couches["iris"].loc[0, "geometry"] = box(0, 0, 990, 1000)
    natures = comparer(avant, apres).changements.set_index("code_territoire")["nature"]
    assert natures[QUARTIERS[0]] == "contour"
    assert natures[QUARTIERS[1]] == "inexplique"


def test_un_sommet_de_plus_n_est_pas_un_changement_de_contour(avant, apres):
    _changer(apres, QUARTIERS[0], valeur=10.5)
    apres.couches["qpv"].loc[0, "geometry"] = box(0, 0, 1000, 1000).segmentize(100)
    assert _seule_nature(comparer(avant, apres)) == "inexplique"


def test_une_methode_ou_une_version_change(avant, apres):
    _changer(apres, QUARTIERS[0], valeur=10.5, methode="carreaux", statut="estime")
    assert _seule_nature(comparer(avant, apres)) == "methode"
    _changer(avant, QUARTIERS[0], methode="carreaux", statut="estime")
    assert _seule_nature(comparer(avant, apres)) == "inexplique"
    apres.manifeste["version_code"] = "2"
    assert _seule_nature(comparer(avant, apres)) == "methode"


def test_une_definition_change(avant, apres):
    _changer(apres, CODES[0], valeur=10.5)
    apres.manifeste["indicateurs"]["taux_pauvrete"]["empreinte"] = "1"
    assert _seule_nature(comparer(avant, apres)) == "catalogue"
    apres.manifeste["indicateurs"]["taux_pauvrete"]["empreinte"] = "0"
    apres.manifeste["indicateurs"]["part_ouvriers"]["empreinte"] = "1"
    assert _seule_nature(comparer(avant, apres)) == "inexplique"


def test_un_nouveau_millesime_est_mis_en_face_du_precedent(avant, apres):
    table = pd.DataFrame(_lignes("iris", CODES, millesime=2022))
    table["valeur"] += 1.0
    apres = Candidate(
        apres.manifeste, pd.concat([apres.resultats, table], ignore_index=True), apres.couches
    )
    comparaison = comparer(avant, apres)
    assert _seule_nature(comparaison) == "nouveau_millesime"
    assert set(comparaison.changements["ancien_millesime"]) == {2021}
    assert comparaison.changements["mouvement"].tolist() == pytest.approx([1.0] * len(CODES))
    assert comparaison.vraisemblable
    retour = comparer(apres, avant)
    assert _seule_nature(retour) == "millesime_retire"
    assert {(p.indicateur, p.part) for p in retour.pertes} == {("taux_pauvrete", 1.0)}
    assert not retour.vraisemblable


def test_un_mouvement_hors_de_l_intervalle_est_invraisemblable(avant, apres):
    _changer(apres, CODES[0], valeur=31.0)
    _corriger_fichier(apres)
    comparaison = comparer(avant, apres)
    assert not comparaison.vraisemblable
    (phrase,) = raisons_invraisemblables(comparaison)
    assert "10,0\u202f% → 31,0\u202f% (+21,0\u00a0points)" in phrase
    assert "ancien intervalle (de 5,0\u202f% à 25,0\u202f%)" in phrase
    assert "3 fois le mouvement habituel (1,0\u00a0point)" in phrase


@pytest.mark.parametrize(("mouvement", "attendu"), [(2.9, False), (3.1, True), (-3.1, True)])
def test_trois_fois_le_mouvement_habituel(avant, apres, mouvement, attendu):
    """Les autres IRIS ne bougent pas : le plancher d’un point sert de mouvement habituel."""
    _changer(apres, CODES[0], valeur=10.0 + mouvement)
    assert comparer(avant, apres).changements["invraisemblable"].tolist() == [attendu]


def test_hors_de_l_intervalle_suffit_au_meme_millesime(avant, apres):
    """Tous montent de 17 points : rien d’inhabituel, mais les plus hauts sortent de 5–25 %."""
    for rang, code in enumerate(CODES):
        _changer(apres, code, valeur=27.0 + rang)
    changements = comparer(avant, apres).changements
    assert not changements["hors_habitude"].any()
    assert changements["hors_intervalle"].all()
    assert changements["invraisemblable"].all()


@pytest.mark.parametrize(("basse", "attendu"), [(26.0, True), (24.0, False)])
def test_d_un_millesime_a_l_autre_les_intervalles_doivent_etre_disjoints(
    avant, apres, basse, attendu
):
    lignes = pd.DataFrame(_lignes("iris", CODES, millesime=2022))
    lignes.loc[0, ["valeur", "borne_basse", "borne_haute"]] = [30.0, basse, 40.0]
    apres = Candidate(
        apres.manifeste, pd.concat([apres.resultats, lignes], ignore_index=True), apres.couches
    )
    changements = comparer(avant, apres).changements
    assert changements["invraisemblable"].sum() == attendu


def test_deux_quartiers_sont_juges_sur_les_mouvements_de_tous_les_territoires(avant, apres):
    """Deux quartiers ne font pas une habitude : leur médiane masquerait leur propre faute."""
    for code in QUARTIERS:
        _changer(apres, code, valeur=20.0)
    assert comparer(avant, apres).changements["invraisemblable"].all()


def test_les_carreaux_corriges_expliquent_les_valeurs_qui_en_viennent(avant, apres):
    for edition, empreinte in ((avant, "0"), (apres, "1")):
        edition.manifeste["entrees"].append(
            {"source": "carreaux", "niveau": "carreau", "millesime": 2021, "sha256": empreinte, "citation": "Carreaux"}
        )  # fmt: skip
        _changer(edition, QUARTIERS[0], methode="carreaux")
    _changer(apres, QUARTIERS[0], valeur=10.5)
    apres.manifeste["version_code"] = "2"  # seule, elle donnerait « methode »
    assert _seule_nature(comparer(avant, apres)) == "correction_producteur"


def test_un_fichier_non_cite_explique_a_defaut_d_autre_cause(avant, apres):
    """Un effectif du recensement pèse un taux sans être cité avec lui."""
    _changer(apres, CODES[0], valeur=10.5)
    _corriger_fichier(apres, "part_ouvriers")
    assert _seule_nature(comparer(avant, apres)) == "correction_producteur"


def test_une_edition_d_avant_les_empreintes_par_indicateur_se_compare(avant, apres):
    del avant.manifeste["indicateurs"]
    _changer(apres, CODES[0], valeur=31.0)
    comparaison = comparer(avant, apres)
    assert _seule_nature(comparaison) == "inexplique"
    apres.manifeste["empreinte_catalogue"] = "y"
    assert _seule_nature(comparer(avant, apres)) == "catalogue"
    del apres.manifeste["indicateurs"]
    assert "31,0" in raisons_invraisemblables(comparer(avant, apres))[0]


def test_une_correction_generale_releve_le_mouvement_habituel(avant, apres):
    for rang, code in enumerate(CODES):
        _changer(apres, code, valeur=10.0 + rang + (2.0 if rang else 5.9))
    changements = comparer(avant, apres).changements
    assert set(changements["habituel"]) == {2.0}
    assert not changements["invraisemblable"].any()


@pytest.mark.parametrize(("perdues", "attendu"), [(2, True), (3, False)])
def test_plus_d_un_cinquieme_de_valeurs_publiees_perdues(avant, apres, perdues, attendu):
    for code in CODES[:perdues]:
        _changer(apres, code, valeur=np.nan, statut="absent", methode="aucune")
    comparaison = comparer(avant, apres)
    assert comparaison.vraisemblable is attendu
    if not attendu:
        assert "3 des 10 valeurs publiées ont disparu" in raisons_invraisemblables(comparaison)[0]


def test_le_json_a_des_cles_stables(avant, apres):
    _changer(apres, CODES[0], valeur=31.0)
    contenu = comparer(avant, apres).en_json()
    assert list(contenu) == [
        "ancienne", "nouvelle", "code_commune", "vraisemblable", "comptes", "pertes", "plus_grands", "changements",
    ]  # fmt: skip
    assert contenu["changements"][0]["nouvelle_valeur"] == 31.0
    assert contenu["plus_grands"] == contenu["changements"]


MODIFICATIONS = st.lists(
    st.tuples(
        st.sampled_from(["valeur", "masquer", "absent", "retirer", "nom", "methode", "millesime"]),
        st.sampled_from([*CODES, *QUARTIERS]),
        st.sampled_from(["taux_pauvrete", "part_ouvriers"]),
        st.floats(0, 100),
    ),
    max_size=8,
)
MANIFESTES = st.sets(st.sampled_from(["version", "catalogue", "fichier", "contour"]))


def _modifier(modifications, manifestes):  # noqa: C901 – une branche par sorte de modification
    edition = _edition()
    table = edition.resultats
    for genre, code, indicateur, valeur in modifications:
        ligne = (table["code_territoire"] == code) & (table["indicateur"] == indicateur)
        if genre == "valeur":
            table.loc[ligne & table["valeur"].notna(), "valeur"] = valeur
        elif genre in {"masquer", "absent"}:
            table.loc[ligne, ["valeur", "borne_basse", "borne_haute"]] = np.nan
            table.loc[ligne, "statut"] = "secret" if genre == "masquer" else "absent"
        elif genre == "retirer":
            table = table[~ligne]
        elif genre == "nom":
            table.loc[table["code_territoire"] == code, "nom"] = "Autre"
        elif genre == "methode":
            table.loc[ligne, "methode"] = "surface"
        else:
            neuves = table[table["millesime"] == 2021].assign(millesime=2022)
            table = pd.concat([table[table["millesime"] != 2022], neuves], ignore_index=True)
    if "version" in manifestes:
        edition.manifeste["version_code"] = "2"
    if "catalogue" in manifestes:
        edition.manifeste["indicateurs"]["taux_pauvrete"]["empreinte"] = "1"
    if "fichier" in manifestes:
        _corriger_fichier(edition)
    if "contour" in manifestes:
        edition.couches["iris"].loc[3, "geometry"] = box(3000, 0, 3900, 1000)
    return Candidate(edition.manifeste, table.reset_index(drop=True), edition.couches)


def _couples(table):
    cles = ["type_territoire", "code_territoire", "indicateur", "millesime"]
    champs = ["valeur", "statut", "methode", "nom", "borne_basse", "borne_haute"]
    return {
        tuple(ligne[c] for c in cles): tuple(
            None if isinstance(ligne[c], float) and np.isnan(ligne[c]) else ligne[c] for c in champs
        )
        for ligne in table.to_dict("records")
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(MODIFICATIONS, MODIFICATIONS, MANIFESTES)
def test_chaque_valeur_changee_est_classee_une_fois_et_une_seule(une, autre, manifestes):
    avant, apres = _modifier(une, set()), _modifier(autre, manifestes)
    changements = comparer(avant, apres).changements
    cles = ["type_territoire", "code_territoire", "indicateur", "millesime"]
    trouvees = list(changements[cles].itertuples(index=False, name=None))
    gauche, droite = _couples(avant.resultats), _couples(apres.resultats)
    attendues = {c for c in gauche.keys() | droite.keys() if gauche.get(c) != droite.get(c)}
    assert len(trouvees) == len(set(trouvees))
    assert set(trouvees) == attendues
    assert set(changements["nature"]) <= set(NATURES)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(MODIFICATIONS, MODIFICATIONS, MANIFESTES)
def test_dans_l_autre_sens_les_natures_sont_en_miroir(une, autre, manifestes):
    avant, apres = _modifier(une, set()), _modifier(autre, manifestes)
    cles = ["type_territoire", "code_territoire", "indicateur", "millesime"]
    aller = comparer(avant, apres).changements.set_index(cles)["nature"].map(INVERSES)
    retour = comparer(apres, avant).changements.set_index(cles)["nature"]
    assert aller.to_dict() == retour.to_dict()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(MODIFICATIONS, MANIFESTES, st.randoms(use_true_random=False))
def test_l_ordre_des_lignes_ne_change_rien(modifications, manifestes, hasard):
    avant, apres = _edition(), _modifier(modifications, manifestes)
    ordre = list(range(len(apres.resultats)))
    hasard.shuffle(ordre)
    melangee = Candidate(
        apres.manifeste,
        apres.resultats.iloc[ordre],
        {n: c.iloc[::-1] for n, c in apres.couches.items()},
    )
    pd.testing.assert_frame_equal(
        comparer(avant, apres).changements, comparer(avant, melangee).changements
    )
