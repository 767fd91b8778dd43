"""Carte des poches : les groupes de carreaux sont découpés des IRIS, et comptés dans la légende."""

from __future__ import annotations

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from observatoire.cartes.groupes_carreaux import intituler_poches, superposer_groupes
from observatoire.cartes.vue_inegalites import vue_des_poches
from observatoire.catalogue import charger_catalogue


def _edition(groupes):
    return SimpleNamespace(
        couche_complementaire=lambda _: groupes,
        manifeste={"entrees": [{"niveau": "carreau", "citation": "Insee, carreaux de 200 m 2021"}]},
    )


def _groupes(zones):
    x, y = zones.geometry.iloc[0].representative_point().coords[0]
    commun = {
        "seuil": 40.0, "menages": 140.0, "millesime": 2021, "distance_qpv_m": 0.0, "nom": "Les Prés",
        "nom_qpv_proche": "La Rive",
    }  # fmt: skip
    lignes = [
        {**commun, "etat": "poche", "groupe": 1, "valeur": 46.4, "statut": "estime"},
        {**commun, "etat": "masque", "groupe": 0, "valeur": np.nan, "statut": "secret"},
    ]
    formes = [shapely.box(x, y, x + 400, y + 200), shapely.box(x, y + 200, x + 200, y + 400)]
    return gpd.GeoDataFrame(lignes, geometry=formes, crs=zones.crs)


def test_les_groupes_sont_decoupes_des_iris(edition_fictive) -> None:
    vue = vue_des_poches(edition_fictive, charger_catalogue())
    posee = superposer_groupes(vue, _edition(_groupes(vue.zones)), "#8a4513")
    assert len(posee.zones) == len(vue.zones) + 1
    avant, apres = (v.zones.geometry for v in (vue, posee))
    assert apres.area.sum() == pytest.approx(avant.area.sum())
    assert apres.union_all().area == pytest.approx(avant.union_all().area)
    groupe = posee.zones.iloc[-1]
    assert groupe["nom"] == "Groupe 1, vers Les Prés"
    assert groupe["texte_valeur"] == "46,4\u202f% (estimé) de ménages pauvres"
    assert "touche La Rive" in groupe["texte_ecart"]
    assert [c.effectif for c in posee.legende.classes][1] == 1
    assert posee.source.endswith("carreaux de 200 m 2021")


def test_sans_groupe_la_carte_ne_change_pas(edition_fictive) -> None:
    vue = vue_des_poches(edition_fictive, charger_catalogue())
    assert superposer_groupes(vue, _edition(None), "#8a4513") is vue
    masques = _groupes(vue.zones).query("etat == 'masque'")
    assert superposer_groupes(vue, _edition(masques), "#8a4513") is vue


@pytest.mark.parametrize(
    ("iris", "groupes", "titre"),
    [
        (0, 0, "À X, aucun IRIS connu hors des quartiers prioritaires n’est aussi fragile qu’eux"),
        (1, 0, "À X, 1 IRIS hors des quartiers prioritaires est aussi fragile qu’eux"),
        (0, 1, "À X, 1 groupe de carreaux de 200 m hors des quartiers prioritaires est aussi fragile qu’eux"),
        (2, 3, "À X, 2 IRIS et 3 groupes de carreaux de 200 m hors des quartiers prioritaires sont aussi fragiles qu’eux"),
    ],
)  # fmt: skip
def test_titre(iris, groupes, titre) -> None:
    assert intituler_poches("À X", iris, groupes) == titre
