"""Rapport de deux effectifs, chiffre diffusé sans estimation : sur la ville fictive entière."""

import numpy as np
import pytest

from observatoire.catalogue import charger_catalogue
from observatoire.catalogue.modeles import Indicateur

DIFFUSES = [
    i.id for i in charger_catalogue().indicateurs.values() if i.calcul == "diffuse_seulement"
]


def _lignes(edition, indicateur, millesime, genre):
    resultats = edition.resultats
    choisies = resultats[
        (resultats["indicateur"] == indicateur)
        & (resultats["millesime"] == millesime)
        & (resultats["type_territoire"] == genre)
    ]
    return choisies.set_index("code_territoire")


@pytest.mark.parametrize(
    ("indicateur", "millesime"), [("indice_jeunesse", 2017), ("taille_menages", 2022)]
)
def test_un_rapport_additionne_puis_divise(edition_fictive, indicateur, millesime):
    iris = _lignes(edition_fictive, indicateur, millesime, "iris")
    connus = iris[iris["statut"] == "publie"]
    numerateur = (connus["valeur"] * connus["effectif"]).sum()
    (ville,) = _lignes(edition_fictive, indicateur, millesime, "commune")["valeur"]
    assert ville == pytest.approx(numerateur / connus["effectif"].sum())
    # Ce n’est pas la moyenne des rapports.
    assert abs(ville - connus["valeur"].mean()) > 0.01


def test_un_rapport_n_a_ni_bornes_ni_intervalle(edition_fictive):
    lignes = edition_fictive.resultats.query("indicateur == 'indice_jeunesse'")
    assert len(lignes) > 50
    assert lignes[["borne_basse", "borne_haute"]].isna().all().all()
    assert (lignes["valeur"].dropna() < 100).all(), "un rapport n’est pas en pourcentage"


def test_le_rapport_publie_du_quartier_l_emporte(edition_fictive):
    quartiers = _lignes(edition_fictive, "indice_jeunesse", 2022, "qpv")
    assert (quartiers["statut"] == "publie").all()
    assert quartiers.loc["QN00001M", "valeur"] == 2.6


@pytest.mark.parametrize("indicateur", DIFFUSES)
def test_un_chiffre_diffuse_seulement_n_est_jamais_estime(edition_fictive, indicateur):
    lignes = edition_fictive.resultats.query("indicateur == @indicateur")
    types = {"iris", "commune", "qpv", "secteur"}
    # La démonstration ajoute un découpage de la ville.
    assert set(lignes["type_territoire"]) == types | {"secteurs_scolaires"}
    assert set(lignes["statut"]) <= {"publie", "secret", "absent"}
    assert (lignes.query("type_territoire == 'secteur'")["statut"] == "absent").all()
    publiees = lignes[lignes["statut"] == "publie"]
    assert set(publiees["type_territoire"]) >= {"iris", "qpv"}
    assert publiees["valeur"].notna().all()
    assert lignes.loc[lignes["statut"] != "publie", "valeur"].isna().all()


def test_un_quartier_masque_reste_secret(edition_fictive):
    quartiers = _lignes(edition_fictive, "part_minima_sociaux", 2021, "qpv")
    assert quartiers.loc["QN00003M", "statut"] == "secret"


def test_references_et_ecarts_d_un_chiffre_diffuse_seulement(edition_fictive):
    references = edition_fictive.references.query(
        "indicateur == 'part_prestations_sociales' and millesime == 2021"
    ).set_index("reference")["valeur"]
    assert references["ville"] == 6.2
    assert np.isnan(references["ville_hors_qpv"])
    ecarts = edition_fictive.ecarts.query(
        "indicateur == 'part_prestations_sociales' and millesime == 2021 and reference == 'ville'"
    )
    assert (ecarts["ecart"].dropna() > 0).any()
    # Une part du revenu n’est pas une part des habitants.
    assert ecarts.loc[ecarts["code_territoire"].str.len() == 9, "effectif_ecart"].isna().all()


def test_calculs_et_cles_incompatibles():
    commun = {
        "id": "x", "libelle": "x", "theme": "t", "unite": "rapport", "sens": "neutre",
        "definition": "d", "page": "p", "lecture": "{valeur}",
    }  # fmt: skip
    with pytest.raises(ValueError, match="demande d’autres clés"):
        Indicateur(**commun, calcul="rapport", numerateur=("a",))
    with pytest.raises(ValueError, match="demande d’autres clés"):
        Indicateur(**commun, calcul="diffuse_seulement")
    with pytest.raises(ValueError, match="ne vaut que pour le calcul « part »"):
        Indicateur(
            **commun, calcul="rapport", numerateur=("a",), denominateur=("b",), complement=True
        )
