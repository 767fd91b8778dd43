"""Groupes de carreaux fragiles hors des quartiers : un cas fait à la main, des propriétés, la ville fictive."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.catalogue import charger_catalogue
from observatoire.erreurs import ErreurCatalogue
from observatoire.indicateurs.inegalites import reperer_poches_carreaux

CRS, COTE = "EPSG:2154", 200.0
X0, Y0 = 900_000.0, 6_450_000.0
VILLES = {"38999": "Essai"}
CATALOGUE = charger_catalogue()


def rectangle(colonnes: tuple[float, float], lignes: tuple[float, float]) -> shapely.Polygon:
    """Rectangle en nombre de carreaux, à partir du coin sud-ouest de la ville."""
    (a, b), (c, d) = colonnes, lignes
    return shapely.box(X0 + COTE * a, Y0 + COTE * c, X0 + COTE * b, Y0 + COTE * d)


def quadrillage(carreaux: dict[tuple[int, int], tuple[float, float, int]]) -> gpd.GeoDataFrame:
    """Carreaux (colonne, ligne) → ménages, ménages pauvres, imputé ; deux habitants par ménage."""
    table = pd.DataFrame(
        [
            {"idcar_200m": f"C{x:02d}L{y:02d}", "ind": 2 * m, "men": m, "men_pauv": p, "impute": i}
            for (x, y), (m, p, i) in carreaux.items()
        ]
    ).astype({"ind": float, "men": float, "men_pauv": float, "impute": float})
    formes = [rectangle((x, x + 1), (y, y + 1)) for x, y in carreaux]
    return gpd.GeoDataFrame(table, geometry=formes, crs=CRS)


def couches() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Deux IRIS de cinq colonnes ; un quartier de 2,2 colonnes, un autre au-dessus."""
    iris = gpd.GeoDataFrame(
        {
            "code_iris": ["389990101", "389990102"],
            "nom_iris": ["Ouest", "Est"],
            "code_commune": "38999",
        },
        geometry=[rectangle((0, 5), (0, 4)), rectangle((5, 10), (0, 4))],
        crs=CRS,
    )
    qpv = gpd.GeoDataFrame(
        {
            "code_territoire": ["QN03801M", "QN03802M"],
            "nom": ["Le Bas", "Le Haut"],
            "type_territoire": "qpv",
            "code_commune": "38999",
        },
        geometry=[rectangle((0, 2.2), (0, 2)), rectangle((0, 2), (3, 4))],
        crs=CRS,
    )
    return iris, qpv


QUARTIERS = {
    # Le Bas : 160 ménages dont 80 pauvres, 50 %. Le Haut : 160 dont 64, 40 % : c’est le seuil.
    (0, 0): (40, 20, 0), (1, 0): (40, 20, 0), (0, 1): (40, 20, 0), (1, 1): (40, 20, 0),
    (0, 3): (100, 40, 0), (1, 3): (60, 24, 0),
}  # fmt: skip


def reperer(carreaux, *, iris=None, qpv=None, catalogue=CATALOGUE):
    defauts = couches()
    quartiers = defauts[1] if qpv is None else qpv
    return reperer_poches_carreaux(
        quadrillage(carreaux) if isinstance(carreaux, dict) else carreaux,
        defauts[0] if iris is None else iris, quartiers, VILLES, catalogue, 2021,
    )  # fmt: skip


def test_un_cas_fait_a_la_main() -> None:
    carreaux = QUARTIERS | {
        # Coupé au cinquième par le Bas : laissé de côté, malgré ses 90 %.
        (2, 0): (50, 45, 0),
        # Un groupe : 60 + 50 + 30 ménages, 30 + 20 + 15 pauvres ; le deuxième est au seuil exactement, le
        # troisième ne touche que par un coin, et il est imputé.
        (4, 0): (60, 30, 0), (5, 0): (50, 20, 0), (6, 1): (30, 15, 1),
        # Juste sous le seuil : ni retenu, ni pont vers le suivant, trop petit.
        (7, 1): (100, 39.9, 0), (8, 1): (90, 60, 0),
        # Presque tout est imputé : on ne sait pas.
        (8, 3): (90, 50, 1), (9, 3): (30, 20, 0),
        # Hors de la ville.
        (12, 0): (500, 400, 0),
    }  # fmt: skip
    groupes, reperage = reperer(carreaux)
    assert list(groupes["etat"]) == ["poche", "masque"]
    poche, masque = groupes.iloc[0], groupes.iloc[1]
    assert (poche["carreaux"], poche["carreaux_imputes"], poche["groupe"]) == (3, 1, 1)
    assert (poche["menages"], poche["menages_pauvres"], poche["habitants"]) == (140, 65, 280)
    assert poche["valeur"] == pytest.approx(100 * 65 / 140)
    assert poche["seuil"] == pytest.approx(40)
    assert poche["part_imputee"] == pytest.approx(30 / 140)
    assert poche["statut"] == "estime"
    assert (poche["code_iris"], poche["nom"]) == ("389990102", "Est")
    assert (poche["code_qpv_proche"], poche["distance_qpv_m"]) == ("QN03801M", 360)
    assert poche["identifiants"] == "C04L00 C05L00 C06L01"
    assert poche.geometry.area == pytest.approx(3 * COTE**2)
    # Trente ménages diffusés seulement : aucune part, aucun nombre de ménages pauvres.
    assert (masque["groupe"], masque["statut"], masque["menages"]) == (0, "secret", 120)
    assert np.isnan(masque["valeur"])
    assert np.isnan(masque["menages_pauvres"])
    vu = reperage.iloc[0]
    assert (vu["seuil"], vu["code_qpv_seuil"], vu["statut_seuil"]) == (
        pytest.approx(40), "QN03802M", "publie",
    )  # fmt: skip
    assert (vu["menages_dans_qpv"], vu["menages_a_cheval"]) == (320, 50)
    assert (vu["menages_hors_qpv"], vu["menages_hors_imputes"]) == (450, 120)
    assert (vu["groupes"], vu["menages_poches"]) == (1, 140)


def test_sans_imputation_ni_troncature_la_part_est_une_somme_diffusee() -> None:
    groupes, _ = reperer(QUARTIERS | {(5, 1): (60, 30, 0), (5, 2): (60, 30, 0)})
    assert (groupes["statut"].item(), groupes["note"].item()) == ("publie", "")
    tronque, _ = reperer(QUARTIERS | {(5, 1): (60, 48, 0), (5, 2): (60, 30, 0)})
    assert tronque["statut"].item() == "estime"
    assert "80 %" in tronque["note"].item()


def test_le_seuil_est_celui_du_quartier_du_milieu_si_le_catalogue_le_veut() -> None:
    poches = CATALOGUE.inegalites.poches.model_copy(update={"seuil": "mediane"})
    regles = CATALOGUE.inegalites.model_copy(update={"poches": poches})
    catalogue = CATALOGUE.model_copy(update={"inegalites": regles})
    _, reperage = reperer(QUARTIERS, catalogue=catalogue)
    assert reperage["seuil"].item() == pytest.approx(45)


@pytest.mark.parametrize(
    ("carreaux", "raison"),
    [
        (None, "aucun carreau"),
        (quadrillage(QUARTIERS).drop(columns="men_pauv"), "aucun carreau"),
        ({c: (m, p, 1) for c, (m, p, _) in QUARTIERS.items()}, "aucun quartier prioritaire"),
        ({(5, 1): (200, 190, 0)}, "aucun quartier prioritaire"),
        ({(40, 40): (200, 190, 0)}, "aucun carreau"),
    ],
)
def test_ce_qui_manque_est_dit_et_n_est_pas_zero(carreaux, raison) -> None:
    groupes, reperage = reperer(carreaux)
    assert groupes.empty
    assert raison in reperage["note"].item()
    assert reperage[["seuil", "groupes", "menages_poches"]].isna().all(axis=None)


def test_un_reglage_qui_compte_un_carreau_deux_fois_est_refuse(tmp_path) -> None:
    from pathlib import Path

    livre = Path(charger_catalogue.__code__.co_filename).with_name("inegalites.toml")
    texte = livre.read_text(encoding="utf-8")
    (tmp_path / "inegalites.toml").write_text(
        texte.replace("part_dans_qpv_min = 0.5", "part_dans_qpv_min = 0.05"), encoding="utf-8"
    )
    with pytest.raises(ErreurCatalogue, match="part_dans_qpv_max"):
        charger_catalogue(tmp_path)


_PLACES = [(x, y) for x in range(10) for y in range(4)]


@st.composite
def villes_au_hasard(tirer) -> dict[tuple[int, int], tuple[float, float, int]]:
    places = tirer(st.lists(st.sampled_from(_PLACES), unique=True, min_size=1, max_size=40))
    carreaux = {}
    for place in places:
        men = tirer(st.integers(0, 120))
        pauvres = tirer(st.one_of(st.just(np.nan), st.integers(0, men)))
        carreaux[place] = (men, pauvres, tirer(st.sampled_from([0, 0, 1, np.nan])))
    return QUARTIERS | carreaux


@settings(max_examples=15)
@given(villes_au_hasard(), st.randoms(use_true_random=False))
def test_ordre_sans_effet_menages_conserves_masque_jamais_un_nombre(carreaux, hasard) -> None:
    groupes, reperage = reperer(carreaux)
    melange = list(carreaux.items())
    hasard.shuffle(melange)
    iris, qpv = couches()
    autres, autre_reperage = reperer(dict(melange), iris=iris.iloc[::-1], qpv=qpv.iloc[::-1])
    pd.testing.assert_frame_equal(pd.DataFrame(groupes), pd.DataFrame(autres))
    pd.testing.assert_frame_equal(reperage, autre_reperage)

    vu = reperage.iloc[0]
    total = sum(m for (x, _), (m, _, _) in carreaux.items() if x < 10)
    parts = vu["menages_dans_qpv"] + vu["menages_a_cheval"] + vu["menages_hors_qpv"]
    assert parts == pytest.approx(total)
    assert vu["menages"] == pytest.approx(total)

    pris = [c for g in groupes["identifiants"] for c in g.split()]
    assert len(pris) == len(set(pris))
    formes = dict(zip((f"C{x:02d}L{y:02d}" for x, y in carreaux), carreaux.values(), strict=True))
    for groupe in groupes.to_dict("records"):
        siens = [formes[c] for c in groupe["identifiants"].split()]
        assert groupe["menages"] == pytest.approx(sum(m for m, _, _ in siens))
        assert groupe["menages"] >= CATALOGUE.inegalites.poches.carreaux.menages_min
        vrais = sum(m for m, _, i in siens if i == 0)
        if vrais >= CATALOGUE.inegalites.poches.carreaux.menages_min:
            assert groupe["etat"] == "poche"
            assert groupe["menages_pauvres"] == pytest.approx(sum(p for _, p, _ in siens))
            assert groupe["valeur"] >= groupe["seuil"] - 1e-9
        else:
            assert groupe["etat"] == "masque"
            assert np.isnan(groupe["valeur"])
        assert not any(np.isnan(p) for _, p, _ in siens)
    assert vu["groupes"] == (groupes["etat"] == "poche").sum() or np.isnan(vu["seuil"])


def test_l_edition_fictive_porte_les_deux_tables(edition_fictive) -> None:
    vu = edition_fictive.complement("reperage_carreaux")
    assert set(vu["code_commune"]) == {"00001"}
    # Hors des quartiers, Brumeval n’a pas de poche : c’est un zéro su, pas une absence.
    assert (vu["groupes"].item(), vu["note"].item()) == (0, "")
    parts = vu[["menages_dans_qpv", "menages_a_cheval", "menages_hors_qpv"]].sum(axis=1)
    assert parts.item() == pytest.approx(vu["menages"].item())
    assert edition_fictive.couche_complementaire("poches_carreaux").empty
