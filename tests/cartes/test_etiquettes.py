"""Placement des noms : dans le cadre, sans chevauchement, toujours le même."""

from __future__ import annotations

import itertools

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.cartes.etiquettes import Place, Sujet, placer_etiquettes, placer_nom_interieur
from observatoire.cartes.mise_en_page import Cadre

CADRE = Cadre(10, 20, 180, 140)
VILLE = shapely.box(60, 40, 140, 140)


def _boite(place: Place) -> shapely.Polygon:
    b = place.boite
    return shapely.box(b.x, b.y, b.droite, b.bas)


def _trait(place: Place) -> shapely.LineString:
    return shapely.LineString([place.depart, place.arrivee])


def _verifier(sujets: list[Sujet], places: dict[str, Place], interdits: list) -> None:
    cadre = shapely.box(CADRE.x, CADRE.y, CADRE.droite, CADRE.bas)
    formes = {s.cle: s.forme for s in sujets}
    for place in places.values():
        assert cadre.contains(_boite(place))
        assert shapely.distance(shapely.Point(place.arrivee), formes[place.cle]) < 1e-6
        for autre in [*formes.values(), *interdits]:
            assert not _boite(place).intersects(autre)
    for a, b in itertools.combinations(places.values(), 2):
        assert not _boite(a).intersects(_boite(b))
        assert not _trait(a).intersects(_trait(b))
        assert not _trait(a).intersects(_boite(b))
        assert not _boite(a).intersects(_trait(b))


def test_un_quartier_au_bord_est_nomme_hors_de_la_ville() -> None:
    sujet = Sujet("Q1", shapely.box(130, 80, 138, 90), 30, 8)
    place = placer_etiquettes([sujet], cadre=CADRE, ville=VILLE)["Q1"]
    assert not _boite(place).intersects(VILLE)
    assert place.boite.x > 140
    assert _trait(place).length < 12


def test_deux_quartiers_voisins_ne_se_genent_pas() -> None:
    sujets = [
        Sujet(f"Q{i}", shapely.box(130, 80 + i * 3, 132, 82 + i * 3), 30, 8) for i in range(4)
    ]
    places = placer_etiquettes(sujets, cadre=CADRE, ville=VILLE)
    assert set(places) == {"Q0", "Q1", "Q2", "Q3"}
    _verifier(sujets, places, [])


def test_l_element_interdit_reste_visible() -> None:
    sujet = Sujet("Q", shapely.box(130, 80, 138, 90), 30, 8)
    interdit = shapely.box(141, 60, 190, 110)
    place = placer_etiquettes([sujet], cadre=CADRE, ville=VILLE, interdits=[interdit])["Q"]
    _verifier([sujet], {"Q": place}, [interdit])


def test_un_long_trait_ne_traverse_pas_la_ville() -> None:
    # Hors de la ville, le nom serait plus près de sa place habituelle, mais son trait la traverserait.
    sujet = Sujet("Q", shapely.box(104, 80, 108, 90), 30, 8)
    place = placer_etiquettes([sujet], cadre=CADRE, ville=VILLE)["Q"]
    assert _trait(place).intersection(VILLE).length <= 0.25 * 80
    _verifier([sujet], {"Q": place}, [])


def test_un_nom_trop_large_pour_le_cadre_n_est_pas_place() -> None:
    sujet = Sujet("Q", shapely.box(100, 80, 110, 90), 400, 8)
    assert placer_etiquettes([sujet], cadre=CADRE, ville=VILLE) == {}


def test_aucun_sujet() -> None:
    assert placer_etiquettes([], cadre=CADRE, ville=VILLE) == {}


_COTES = st.tuples(
    st.floats(20, 170), st.floats(30, 145), st.floats(2, 14), st.floats(10, 38), st.floats(3, 12)
)


@settings(max_examples=10, deadline=None)
@given(st.lists(_COTES, min_size=1, max_size=9))
def test_jamais_de_chevauchement_et_toujours_le_meme_resultat(cotes: list) -> None:
    sujets = [
        Sujet(str(i), shapely.box(x, y, x + taille, y + taille / 2), largeur, hauteur)
        for i, (x, y, taille, largeur, hauteur) in enumerate(cotes)
    ]
    interdits = [shapely.box(12, 145, 50, 158)]
    places = placer_etiquettes(sujets, cadre=CADRE, ville=VILLE, interdits=interdits)
    assert places
    _verifier(sujets, places, interdits)
    assert placer_etiquettes(sujets, cadre=CADRE, ville=VILLE, interdits=interdits) == places


def test_cinquante_quartiers_sur_une_petite_carte() -> None:
    coins = [(62 + 8 * j, 42 + 20 * i) for i in range(5) for j in range(10)]
    sujets = [
        Sujet(f"{n:02d}", shapely.box(x, y, x + 3, y + 3), 30, 8) for n, (x, y) in enumerate(coins)
    ]
    places = placer_etiquettes(sujets, cadre=CADRE, ville=VILLE)
    # Tous ne tiennent pas : ceux qui restent sont lisibles, les autres sont signalés absents.
    assert 12 <= len(places) < 50
    _verifier(sujets, places, [])


def test_nom_de_commune_dans_sa_forme() -> None:
    forme = shapely.box(20, 30, 60, 70)
    x, y = placer_nom_interieur(forme, 20, 4, CADRE) or pytest.fail("place attendue")
    assert forme.contains(shapely.box(x, y, x + 20, y + 4))
    assert abs(x + 10 - 40) < 1.5
    assert abs(y + 2 - 50) < 1.5


@pytest.mark.parametrize("forme", [shapely.Polygon(), shapely.box(20, 30, 35, 70)])
def test_nom_de_commune_sans_place(forme: shapely.Polygon) -> None:
    assert placer_nom_interieur(forme, 20, 4, CADRE) is None
