"""Deux cartes côte à côte : mêmes classes, mêmes couleurs, comptes propres, rien ne déborde."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_carte_papier import _textes, _verifier_textes

from observatoire.cartes.composition_jumelles import dessiner_jumelles, exporter_jumelles
from observatoire.cartes.composition_papier import dessiner_carte
from observatoire.cartes.depuis_edition import vue_depuis_edition
from observatoire.cartes.francais import typographier
from observatoire.cartes.jumelles import VuesJumelles, vues_jumelles_depuis_edition
from observatoire.cartes.modeles import Aspect
from observatoire.catalogue import charger_catalogue
from observatoire.catalogue.temps import RegleTemps
from observatoire.erreurs import ErreurDemande


@pytest.fixture(scope="module")
def dates(edition_fictive) -> VuesJumelles:  # type: ignore[no-untyped-def]
    return vues_jumelles_depuis_edition(
        edition_fictive,
        indicateurs=("taux_pauvrete", "taux_pauvrete"),
        millesimes=(2018, 2021),
    )


@pytest.fixture(scope="module")
def indicateurs(edition_fictive) -> VuesJumelles:  # type: ignore[no-untyped-def]
    return vues_jumelles_depuis_edition(
        edition_fictive, indicateurs=("taux_pauvrete", "taux_chomage_15_64"), vue="ecart"
    )


def test_memes_classes_et_comptes_propres(dates: VuesJumelles, indicateurs: VuesJumelles) -> None:
    for vues in (dates, indicateurs):
        gauche, droite = (v.legende.classes for v in vues.vues)
        assert [(c.borne_basse, c.borne_haute, c.couleur, c.libelle) for c in gauche] == [
            (c.borne_basse, c.borne_haute, c.couleur, c.libelle) for c in droite
        ]
        for vue in vues.vues:
            connues = vue.zones[vue.zones["aspect"] == Aspect.VALEUR]
            assert sum(c.effectif for c in vue.legende.classes) == len(connues)
            colonne = "ecart" if vue.vue == "ecart" else "valeur"
            for rang, valeur in zip(connues["classe"], connues[colonne], strict=True):
                classe = vue.legende.classes[rang]
                assert classe.borne_basse <= valeur <= classe.borne_haute


def test_les_dates_sont_dites_sans_parler_d_evolution(dates: VuesJumelles) -> None:
    assert "en 2018" in dates.titre
    assert "en 2021" in dates.titre
    assert "deux états, non une trajectoire" in dates.precaution
    assert dates.source.count("IGN-Insee") == 1
    # La réserve est celle du catalogue, mot pour mot.
    catalogue = charger_catalogue()
    regle = catalogue.temps.comparer(catalogue, catalogue.indicateurs["taux_pauvrete"], 2018, 2021)
    assert regle.motif
    assert typographier(regle.motif) in dates.precaution


def test_deux_annees_incomparables_le_disent(edition_fictive) -> None:  # type: ignore[no-untyped-def]
    catalogue = charger_catalogue()
    refus = RegleTemps(
        issue="refusee", motif="De {debut} à {fin}, rien ne se compare.", rupture=2020
    )
    famille = catalogue.temps.familles["filosofi"].model_copy(update={"regles": {"refus": refus}})
    temps = catalogue.temps.model_copy(update={"familles": {"filosofi": famille}})
    vues = vues_jumelles_depuis_edition(
        edition_fictive, indicateurs=("taux_pauvrete", "taux_pauvrete"), millesimes=(2018, 2021),
        catalogue=catalogue.model_copy(update={"temps": temps}),
    )  # fmt: skip
    attendu = "Ces deux années ne se comparent pas. De 2018 à 2021, rien ne se compare."
    assert typographier(attendu) in vues.precaution


def test_une_carte_cadree_dit_ce_qu_elle_compte(edition_fictive) -> None:  # type: ignore[no-untyped-def]
    vue = vue_depuis_edition(edition_fictive, indicateur="taux_pauvrete", quartier="QN00001M")
    assert "à Brumeval (ville fictive), dans les" in vue.phrase_lecture
    # D’un quartier dont seules les bornes sont connues, jamais leur milieu.
    bornee = vue_depuis_edition(
        edition_fictive, indicateur="taux_chomage_15_64", quartier="QN00005M"
    )
    assert "se situe entre" in bornee.titre
    assert "on estime que" not in bornee.titre.lower()


def test_une_tete_de_legende_trop_longue_va_dessous(edition_fictive) -> None:  # type: ignore[no-untyped-def]
    vue = vue_depuis_edition(edition_fictive, indicateur="taux_pauvrete", niveau="qpv")
    figure = dessiner_carte(vue)
    assert "nombre de quartiers prioritaires" in _textes(figure)
    _verifier_textes(figure)


def test_ce_qui_ne_se_compare_pas_est_refuse(edition_fictive) -> None:  # type: ignore[no-untyped-def]
    def demander(*indicateurs: str, **options) -> None:  # type: ignore[no-untyped-def]
        vues_jumelles_depuis_edition(edition_fictive, indicateurs=indicateurs, **options)

    with pytest.raises(ErreurDemande, match="les unités diffèrent"):
        demander("taux_pauvrete", "niveau_vie_median")
    with pytest.raises(ErreurDemande, match="sont la même"):
        demander("taux_pauvrete", "taux_pauvrete")
    with pytest.raises(ErreurDemande, match="défavorable quand il monte"):
        demander("taux_pauvrete", "part_diplome_superieur")
    with pytest.raises(ErreurDemande, match="n’existe pas pour 1990"):
        demander("taux_pauvrete", "taux_pauvrete", millesimes=(1990, 2021))


@pytest.mark.parametrize(
    ("format_page", "orientation", "paire"),
    [
        ("A4", "paysage", "indicateurs"),
        ("A4", "portrait", "dates"),
        ("diapo", "paysage", "indicateurs"),
        ("diapo", "paysage", "dates"),
    ],
)
def test_rien_ne_deborde(
    format_page: str, orientation: str, paire: str, request: pytest.FixtureRequest
) -> None:
    figure = dessiner_jumelles(
        request.getfixturevalue(paire),
        format_page=format_page,
        orientation=orientation,
        document="ABCD-2345",
    )
    _verifier_textes(figure)
    assert "Document ABCD-2345" in _textes(figure)
    assert "Ville fictive" in _textes(figure)


def test_deux_effectifs_ont_les_memes_cercles(edition_fictive, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    vues = vues_jumelles_depuis_edition(
        edition_fictive, indicateurs=("population", "population"), millesimes=(2017, 2022)
    )
    plafonds = {v.legende.classes[0].borne_haute for v in vues.vues}
    assert len(plafonds) == 1
    for vue in vues.vues:
        carres = (vue.zones["rayon_relatif"] ** 2 * plafonds.copy().pop()).dropna()
        attendus = vue.zones.loc[carres.index, "valeur"]
        assert carres.to_numpy() == pytest.approx(attendus.to_numpy())
    _verifier_textes(dessiner_jumelles(vues))
    image, texte = exporter_jumelles(vues, tmp_path / "a.svg")
    assert "CARTE DE DROITE" in texte.read_text("utf-8")
    assert image.read_text("utf-8").count('<title id="titre-carte"') == 1
