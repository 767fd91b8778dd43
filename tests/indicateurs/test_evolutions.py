"""Évolutions : réponses connues, intervalles composés, refus sans nombre."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.catalogue import charger_catalogue
from observatoire.indicateurs.temps import Marge, calculer_evolutions, composer_bornes

NOMBRES = [
    "valeur_debut",
    "valeur_fin",
    "evolution",
    "borne_basse",
    "borne_haute",
    "evolution_ecart",
]
CATALOGUE = charger_catalogue()


def _ligne(millesime, valeur, **champs):
    return {
        "code_territoire": "QN00001M", "type_territoire": "qpv", "nom": "A", "code_commune": "00001",
        "indicateur": "taux_pauvrete", "millesime": millesime, "valeur": valeur, "statut": "publie",
        "methode": "publie", "borne_basse": np.nan, "borne_haute": np.nan, "bornes_seules": False,
        "effectif": 2000.0, "source": f"Insee, Filosofi par QPV {millesime}", **champs,
    }  # fmt: skip


def _references(valeurs):
    lignes = [("00001", i, m, "ville", v) for i, m, v in valeurs]
    colonnes = ["code_commune", "indicateur", "millesime", "reference", "valeur"]
    return pd.DataFrame(lignes, columns=colonnes)


def _calculer(*lignes, references=(("taux_pauvrete", 2018, 20.0), ("taux_pauvrete", 2021, 18.0))):
    return calculer_evolutions(pd.DataFrame(lignes), _references(references), catalogue=CATALOGUE)


def test_deux_chiffres_publies_l_arrondi_borne_l_evolution():
    table = _calculer(_ligne(2018, 40.0), _ligne(2021, 45.0))
    (ligne,) = table.to_dict("records")
    assert ligne["evolution"] == 5.0
    # Un demi-point d’arrondi à chaque date, au pire du même côté.
    assert (ligne["borne_basse"], ligne["borne_haute"]) == (4.0, 6.0)
    assert ligne["verdict"] == "ecart_net"
    # L’écart à la ville passe de 20 à 27 points.
    assert (ligne["ecart_debut"], ligne["ecart_fin"], ligne["evolution_ecart"]) == (20.0, 27.0, 7.0)
    assert ligne["comparaison"] == "annotee"


def test_deux_intervalles_de_calage_se_composent_en_carres():
    calee = {"statut": "estime", "methode": "calee"}
    table = _calculer(
        _ligne(2018, 40.0, borne_basse=37.0, borne_haute=43.0, **calee),
        _ligne(2021, 50.0, borne_basse=46.0, borne_haute=54.0, **calee),
    )
    (ligne,) = table.to_dict("records")
    assert ligne["borne_basse"] == pytest.approx(5.0)
    assert ligne["borne_haute"] == pytest.approx(15.0)
    assert ligne["verdict"] == "ecart_net"


def test_des_bornes_sans_hypothese_s_additionnent():
    carreaux = {"statut": "estime", "methode": "carreaux"}
    table = _calculer(
        _ligne(2018, 40.0, borne_basse=37.0, borne_haute=43.0, **carreaux),
        _ligne(2021, 46.0, borne_basse=42.0, borne_haute=50.0, **carreaux),
    )
    (ligne,) = table.to_dict("records")
    assert (ligne["borne_basse"], ligne["borne_haute"]) == (-1.0, 13.0)
    assert ligne["verdict"] == "ecart_indicatif"


def test_le_sondage_du_recensement_borne_un_chiffre_de_ville():
    ville = {
        "code_territoire": "00001", "type_territoire": "commune", "indicateur": "taux_chomage_15_64",
        "methode": "somme_iris", "effectif": 40_000.0, "source": "",
    }  # fmt: skip
    table = _calculer(_ligne(2016, 12.0, **ville), _ligne(2022, 14.0, **ville), references=[])
    (ligne,) = table.to_dict("records")
    # Erreur type de 14 % sur 40 000 personnes : √(1,8 × 0,6 × 0,14 × 0,86 / (0,4 × 40 000)) = 0,285 point ;
    # de 12 % : 0,267 ; ensemble 0,391, fois 1,645 : 0,643.
    assert ligne["borne_haute"] - ligne["evolution"] == pytest.approx(0.643, abs=0.01)
    assert ligne["comparaison"] == "comparable"
    assert ligne["verdict"] == "ecart_net"
    assert np.isnan(ligne["evolution_ecart"])


def test_une_comparaison_refusee_n_a_aucun_nombre():
    table = _calculer(_ligne(2020, 40.0), _ligne(2021, 45.0))
    (ligne,) = table.to_dict("records")
    assert ligne["comparaison"] == "refusee"
    assert "consécutives" in ligne["motif"]
    assert all(np.isnan(ligne[c]) for c in NOMBRES)
    assert ligne["verdict"] == "non_interpretable"


def test_un_chiffre_masque_ne_devient_jamais_un_nombre():
    table = _calculer(_ligne(2018, np.nan, statut="secret", methode="aucune"), _ligne(2021, 45.0))
    (ligne,) = table.to_dict("records")
    assert np.isnan(ligne["evolution"])
    assert "2018 est masqué" in ligne["motif"]
    assert ligne["verdict"] == "non_interpretable"


def test_publie_et_estime_ne_donnent_jamais_une_evolution_nette():
    carreaux = {"statut": "estime", "methode": "carreaux", "borne_basse": 39.9, "borne_haute": 40.1}
    (ligne,) = _calculer(_ligne(2018, 40.0, **carreaux), _ligne(2021, 60.0)).to_dict("records")
    assert ligne["borne_basse"] > 0
    assert ligne["verdict"] == "ecart_indicatif"
    assert "methodes_differentes" in ligne["regle"]


def test_deux_geographies_de_quartier_sont_refusees():
    temps = CATALOGUE.temps
    geographies = temps.geographies_qpv.model_copy(
        update={"sources": {"filosofi_qpv": 2024, "demographie_qpv": 2015}}
    )
    catalogue = CATALOGUE.model_copy(
        update={"temps": temps.model_copy(update={"geographies_qpv": geographies})}
    )
    ancien = _ligne(2018, 40.0, source="Insee, Recensement, estimations par QPV 2018")
    table = calculer_evolutions(
        pd.DataFrame([ancien, _ligne(2021, 45.0)]), _references([]),
        catalogue=catalogue,
    )  # fmt: skip
    (ligne,) = table.to_dict("records")
    assert ligne["comparaison"] == "refusee"
    assert "deux contours différents" in ligne["motif"]
    assert np.isnan(ligne["evolution"])


def test_plusieurs_quartiers_benjamini_hochberg():
    """Un écart limite est net s’il est seul, indicatif parmi dix quartiers qui ne changent pas."""

    def lignes(code, fin):
        calee = {"statut": "estime", "methode": "calee", "code_territoire": code}
        return [
            _ligne(2018, 40.0, borne_basse=37.0, borne_haute=43.0, **calee),
            _ligne(2021, fin, borne_basse=fin - 3.0, borne_haute=fin + 3.0, **calee),
        ]  # fmt: skip

    seul = _calculer(*lignes("QN00001M", 44.5))
    assert seul["verdict"].tolist() == ["ecart_net"]
    tous = [ligne for n in range(10) for ligne in lignes(f"QN0000{n}M", 44.5 if n == 1 else 40.1)]
    table = _calculer(*tous).set_index("code_territoire")
    assert table.loc["QN00001M", "verdict"] == "ecart_indicatif"


@settings(max_examples=5, deadline=None)
@given(st.permutations(range(6)))
def test_l_ordre_des_lignes_est_sans_effet(ordre):
    lignes = [
        _ligne(m, v, code_territoire=c)
        for c, m, v in [
            ("QN00001M", 2018, 40.0), ("QN00001M", 2020, 41.0), ("QN00001M", 2021, 45.0),
            ("QN00002M", 2018, 30.0), ("QN00002M", 2020, 33.0), ("QN00002M", 2021, 31.0),
        ]
    ]  # fmt: skip
    cles = ["code_territoire", "millesime_debut", "millesime_fin"]
    droit = _calculer(*lignes).sort_values(cles, ignore_index=True)
    melange = _calculer(*[lignes[i] for i in ordre]).sort_values(cles, ignore_index=True)
    pd.testing.assert_frame_equal(droit, melange)
    assert len(droit) == 6


_marges = st.lists(st.floats(0, 50), min_size=4, max_size=4)


@settings(max_examples=50, deadline=None)
@given(st.floats(-100, 100), _marges, _marges)
def test_les_bornes_contiennent_l_evolution(evolution, debut, fin):
    def marge(valeurs):
        return Marge(*(pd.Series([v]) for v in valeurs))

    bornes = composer_bornes(pd.Series([evolution]), marge(debut), marge(fin)).iloc[0]
    assert bornes["borne_basse"] <= evolution <= bornes["borne_haute"]
    # Jamais plus large que le pire des cas.
    assert evolution - bornes["borne_basse"] <= fin[0] + fin[2] + debut[1] + debut[3] + 1e-9


def test_sur_la_ville_fictive(edition_fictive):
    table = edition_fictive.complement("evolutions")
    assert not table.duplicated(
        ["code_territoire", "indicateur", "millesime_debut", "millesime_fin"]
    ).any()
    assert set(table["type_territoire"]) == {"commune", "qpv", "secteur"}
    assert (table["code_commune"] == "00001").all()
    refusees = table[table["comparaison"] == "refusee"]
    assert set(refusees["indicateur"]) == {"part_ouvriers", "part_cadres", "part_employes"}
    assert refusees[NOMBRES].isna().all(axis=None)
    assert refusees["motif"].str.len().gt(20).all()
    resultats = edition_fictive.resultats.set_index(["code_territoire", "indicateur", "millesime"])[
        "valeur"
    ]
    connues = table[table["evolution"].notna()]
    for date in ("debut", "fin"):
        cles = pd.MultiIndex.from_frame(
            connues[["code_territoire", "indicateur", f"millesime_{date}"]]
        )
        np.testing.assert_array_equal(connues[f"valeur_{date}"], resultats.reindex(cles))


def test_grenoble_annote_2018_et_2020(edition_grenoble):
    table = edition_grenoble.complement("evolutions")
    pauvrete = (
        table[table["indicateur"] == "taux_pauvrete"]
        .set_index(["millesime_debut", "millesime_fin"])
        .sort_index()
    )
    assert set(pauvrete.loc[(2018, 2020), "comparaison"]) == {"annotee"}
    assert pauvrete.loc[(2018, 2020), "motif"].str.contains("trop proches").all()
    assert set(pauvrete.loc[(2020, 2021), "comparaison"]) == {"refusee"}
    assert pauvrete.loc[(2020, 2021), "evolution"].isna().all()
