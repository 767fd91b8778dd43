"""Lieux sur une carte imprimée et dans la page autonome : signes distincts, légende, texte."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.cartes.carte_papier import composer_equivalent, dessiner_carte
from observatoire.cartes.carte_web import construire_carte_web
from observatoire.cartes.depuis_edition import vue_depuis_edition
from observatoire.cartes.formes_lieux import FORMES, chemin_svg
from observatoire.cartes.lieux_papier import categories_posees, place_libre, poser_lieux
from observatoire.cartes.lieux_web import TOUTES, categories_de_lieux, lieux_web
from observatoire.erreurs import ErreurDemande


@pytest.fixture(scope="module")
def vue(edition_fictive):
    return vue_depuis_edition(edition_fictive, indicateur="taux_pauvrete")


def test_signes_distincts_et_dans_leur_carre():
    assert len({chemin_svg(r) for r in range(len(FORMES))}) == len(FORMES)
    assert all(abs(x) <= 1 and abs(y) <= 1 for forme in FORMES for x, y in forme)


def test_carte_avec_lieux(vue, edition_fictive):
    """Chaque lieu situé est posé une fois, dit dans le texte, avec sa catégorie en légende."""
    table = edition_fictive.complement("lieux")
    situes = table[~table["a_geolocaliser"].astype(bool)]
    posee = poser_lieux(vue, edition_fictive, [TOUTES])
    comptes = {c: n for c, _, n in categories_posees(posee)}
    assert comptes == situes["categorie"].value_counts().to_dict()
    assert len({f for _, f, _ in categories_posees(posee)}) == len(comptes)
    figure = dessiner_carte(posee)
    legende = {t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text"))}
    assert set(comptes) <= legende
    texte = composer_equivalent(posee)
    assert all(str(nom) in texte for nom in situes["nom"])
    absent = table.loc[table["a_geolocaliser"].astype(bool), "nom"]
    assert len(absent) == 1
    assert str(absent.iloc[0]) not in texte
    assert "Lieux posés sur la carte" in posee.texte_alternatif


def test_une_seule_famille_et_aucune(vue, edition_fictive):
    seule = poser_lieux(vue, edition_fictive, ["Santé"])
    assert [c for c, _, _ in categories_posees(seule)] == ["Santé"]
    # Le signe de la Santé est le même seule qu’avec les autres.
    toutes = poser_lieux(vue, edition_fictive, [TOUTES])
    rangs = {c: f for c, f, _ in categories_posees(toutes)}
    assert categories_posees(seule)[0][1] == rangs["Santé"]
    assert poser_lieux(vue, edition_fictive, []) is vue
    assert "Lieux" not in composer_equivalent(vue)
    with pytest.raises(ErreurDemande, match=r"Inconnue.*Associations"):
        poser_lieux(vue, edition_fictive, ["Inconnue"])


def test_page_autonome_replie_ses_lieux(vue, edition_fictive):
    lieux = lieux_web(edition_fictive.complement("lieux"), TOUTES)
    document = construire_carte_web(vue, lieux=lieux)
    assert "choisirLieux(carte, [" in document
    assert all(str(lieu["n"]).split(" - ")[0] in document for lieu in lieux)
    assert {lieu["c"] for lieu in lieux} == set(
        categories_de_lieux(edition_fictive.complement("lieux"))
    )
    assert "choisirLieux" not in construire_carte_web(vue)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=30))
def test_deux_signes_ne_se_recouvrent_jamais(points):
    poses = []
    for x, y in points:
        place = place_libre(float(x), float(y), poses)
        assert place[1] == y
        assert all(math.dist(place, autre) >= 2.4 - 1e-6 for autre in poses)
        poses.append(place)
