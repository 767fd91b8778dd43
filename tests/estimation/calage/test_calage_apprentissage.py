"""Apprentissage : moindres carrés robustes, intervalle conforme, plis par département."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fabriques_calage import fabriquer, melanger_les_lignes, modifier_publie
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.erreurs import ErreurDonnees
from observatoire.estimation.calage import (
    VARIANTES,
    Calage,
    Reglages,
    apprendre_calage,
    apprentissage,
    predire_hors_groupe,
    sans_sa_propre_cible,
)
from observatoire.estimation.calage.apprentissage import (
    _quantiles_conformes,
    ajuster_espace,
    ajuster_intervalle,
    ajuster_modele,
    plis,
)

BORNES = (-1e6, 1e6)
NOMS = ["forme_part_moyenne", "forme_surface", "iris_a", "iris_b"]


def lineaire(n: int = 400, bruit: float = 0.0, graine: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    hasard = np.random.default_rng(graine)
    table = pd.DataFrame(hasard.normal(size=(n, 4)), columns=NOMS)
    y = 30 + table.to_numpy() @ [4.0, -3.0, 2.0, 0.0] + bruit * hasard.normal(size=n)
    return table, pd.Series(y, index=table.index)


# --- ajustement -------------------------------------------------------------------------------


def test_une_relation_lineaire_est_retrouvee() -> None:
    table, y = lineaire()
    reglages = Reglages(poids_radial=1e-9, penalite=1e-6)
    espace = ajuster_espace(table, reglages)
    modele = ajuster_modele(espace, table, y, bornes=BORNES, reglages=reglages)
    pentes = modele.lineaires / espace.ecarts_types
    np.testing.assert_allclose(pentes, [4, -3, 2, 0], atol=1e-3)
    np.testing.assert_allclose(modele.estimer(espace, table), y, atol=1e-2)


def test_une_relation_courbe_demande_les_fonctions_radiales() -> None:
    table, _ = lineaire(600)
    y = pd.Series(30 + 6 * np.sin(1.5 * table["iris_a"]), index=table.index)
    espace = ajuster_espace(table, Reglages())
    erreurs = {}
    for poids_radial in (1e-9, 4.0):
        reglages = Reglages(poids_radial=poids_radial)
        modele = ajuster_modele(espace, table, y, bornes=BORNES, reglages=reglages)
        erreurs[poids_radial] = np.abs(modele.estimer(espace, table) - y).mean()
    assert erreurs[4.0] < 0.5 * erreurs[1e-9]


def test_huber_une_poignee_de_chiffres_aberrants_ne_deplace_pas_le_modele() -> None:
    """2 % de quartiers décalés de 60 points : biais résiduel d’un sixième de celui des moindres carrés."""
    table, y = lineaire(500, bruit=0.5)
    aberrant = y.copy()
    aberrant.iloc[::50] += 60
    espace = ajuster_espace(table, Reglages())
    ecart = {}
    for passes in (0, 3):
        reglages = Reglages(passes_robustes=passes)
        modele = ajuster_modele(espace, table, aberrant, bornes=BORNES, reglages=reglages)
        ecart[passes] = float((modele.estimer(espace, table) - y).mean())
    assert ecart[0] == pytest.approx(1.2, abs=0.2)
    assert abs(ecart[3]) < ecart[0] / 6


def test_un_centre_n_est_jamais_un_quartier() -> None:
    """Chaque centre est la moyenne d’au moins deux quartiers."""
    table, _ = lineaire(400)
    table.iloc[0] = 40.0  # un quartier seul au bout du monde serait son propre groupe
    espace = ajuster_espace(table, Reglages())
    z = espace.normaliser(table)
    ecarts = np.abs(z[:, None, :] - espace.centres[None, :, :]).max(axis=2)
    assert len(espace.centres) > 20
    assert ecarts.min() > 1e-6


def test_un_descripteur_presque_toujours_inconnu_est_ecarte() -> None:
    table, _ = lineaire(100)
    table.loc[30:, "iris_b"] = np.nan
    assert ajuster_espace(table, Reglages()).descripteurs == tuple(NOMS[:3])


def test_un_descripteur_constant_n_amplifie_pas_le_bruit_d_arrondi() -> None:
    table, y = lineaire(200)
    table["iris_b"] = 0.1 + np.where(np.arange(200) % 2, 1e-16, 0.0)
    espace = ajuster_espace(table, Reglages())
    modele = ajuster_modele(espace, table, y, bornes=BORNES, reglages=Reglages())
    voisin = table.assign(iris_b=0.1 + 1e-9)
    np.testing.assert_allclose(
        modele.estimer(espace, voisin), modele.estimer(espace, table), atol=1e-6
    )


# --- intervalle conforme ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "niveau", "bas", "haut"),
    [
        (99, 0.9, 5, 95),  # ⌊100 × 0,05⌋ et ⌈100 × 0,95⌉
        (99, 0.8, 10, 90),
        (99, 0.5, 25, 75),
        (761, 0.9, 38, 724),  # ⌊38,1⌋ et ⌈723,9⌉
        (199, 0.95, 5, 195),
        (60, 0.95, 1, 60),  # ⌊1,525⌋ et ⌈59,475⌉
        (10, 0.95, 1, 10),  # trop peu : tout l’éventail, et non un rang imaginaire
    ],
)
def test_rang_des_quantiles_conformes(n, niveau, bas, haut) -> None:
    """Rang ``⌈(n + 1) p⌉`` en haut, son symétrique en bas ; les erreurs valent leur rang."""
    assert _quantiles_conformes(np.arange(1.0, n + 1), niveau) == (bas, haut)


@given(st.integers(60, 400), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_un_niveau_plus_haut_donne_un_intervalle_plus_large(n, graine) -> None:
    erreurs = np.sort(np.random.default_rng(graine).normal(size=n))
    suite = [_quantiles_conformes(erreurs, niveau) for niveau in (0.95, 0.9, 0.8, 0.5)]
    bas, haut = zip(*suite, strict=True)
    assert list(bas) == sorted(bas)
    assert list(haut) == sorted(haut, reverse=True)
    assert bas[-1] < 0 < haut[-1]


@pytest.mark.parametrize("niveau", [0.5, 0.8, 0.9, 0.95])
def test_couverture_sur_des_quartiers_echangeables(niveau) -> None:
    """4 000 erreurs appris, 8 000 à couvrir, de variance inégale : écart-type binomial sous 0,6."""
    hasard = np.random.default_rng(8)
    table, _ = lineaire(12_000, graine=8)
    echelle = np.exp(0.6 * table["forme_part_moyenne"] - 0.3 * table["forme_surface"])
    y = pd.Series(50 + echelle * hasard.standard_t(5, len(table)), index=table.index)
    appris = slice(0, 3_999)
    espace = ajuster_espace(table.loc[appris], Reglages(centres=4))
    modele = ajuster_modele(
        espace, table.loc[appris], y.loc[appris], bornes=BORNES, reglages=Reglages(centres=4)
    )
    erreurs = y.loc[appris] - modele.estimer(espace, table.loc[appris])
    complet = ajuster_intervalle(modele, espace, table.loc[appris], erreurs)
    dehors = table.loc[4_000:]
    basse, haute = complet.intervalle(espace, dehors, niveau)
    dedans = (basse <= y[4_000:]) & (y[4_000:] <= haute)
    assert dedans.mean() == pytest.approx(niveau, abs=0.02)
    # L’échelle suit la variance : la couverture tient aussi là où l’erreur est grande.
    if niveau == 0.9:
        grandes = echelle[4_000:] > echelle[4_000:].quantile(2 / 3)
        petites = echelle[4_000:] < echelle[4_000:].quantile(1 / 3)
        assert dedans[grandes].mean() == pytest.approx(0.9, abs=0.03)
        assert dedans[petites].mean() == pytest.approx(0.9, abs=0.03)
        assert (haute - basse)[grandes].mean() > 2 * (haute - basse)[petites].mean()


# --- plis -------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from("ABCDEFGHIJKLMNOP"), min_size=5, max_size=200), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_un_departement_n_est_jamais_des_deux_cotes(groupes, graine) -> None:
    if len(set(groupes)) < 2:
        with pytest.raises(ErreurDonnees, match="au moins deux départements"):
            list(plis(groupes, 10, graine))
        return
    etiquettes = np.array(groupes)
    vus: Counter[int] = Counter()
    for dehors in plis(groupes, 10, graine):
        assert not set(etiquettes[dehors]) & set(etiquettes[~dehors])
        assert 0 < dehors.sum() < len(dehors)
        vus.update(np.flatnonzero(dehors).tolist())
    assert vus == dict.fromkeys(range(len(groupes)), 1)


def test_le_chiffre_d_un_departement_est_sans_effet_sur_son_estimation() -> None:
    """Fausser les chiffres d’un pli ne change pas l’estimation de ce pli."""
    table, y = lineaire(200, bruit=1.0)
    groupes = [f"{k % 10:02d}" for k in range(200)]
    membres = np.array([g == "03" for g in groupes])
    demande = {"bornes": BORNES, "reglages": Reglages()}
    avant = predire_hors_groupe(table, y, groupes, **demande)
    apres = predire_hors_groupe(table, y.where(~membres, 1e4), groupes, **demande)
    pd.testing.assert_series_equal(avant.loc[membres, "estime"], apres.loc[membres, "estime"])
    assert not np.allclose(avant.loc[~membres, "estime"], apres.loc[~membres, "estime"])


def test_l_intervalle_d_un_departement_ne_lit_pas_ses_erreurs(monkeypatch) -> None:
    """Échelle et quantiles sont appris des erreurs des autres départements seulement."""
    table, y = lineaire(200, bruit=1.0)
    groupes = np.array([f"{k % 20:02d}" for k in range(200)])
    lus = []

    def espionner(modele, espace, descripteurs, erreurs):
        lus.append(set(groupes[erreurs.index]))
        assert list(descripteurs.index) == list(erreurs.index)
        return ajuster_intervalle(modele, espace, descripteurs, erreurs)

    monkeypatch.setattr(apprentissage, "ajuster_intervalle", espionner)
    predire_hors_groupe(table, y, list(groupes), bornes=BORNES, reglages=Reglages())
    mis_de_cote = [set(groupes[dehors]) for dehors in plis(groupes, 10, Reglages().graine)]
    assert len(lus) == len(mis_de_cote) == 10
    for appris, dehors in zip(lus, mis_de_cote, strict=True):
        assert appris == set(groupes) - dehors


def test_trop_peu_de_quartiers_est_refuse() -> None:
    table, y = lineaire(59)
    with pytest.raises(ErreurDonnees, match=r"59 quartiers .* au moins 60"):
        predire_hors_groupe(table, y, ["01"] * 59, bornes=BORNES, reglages=Reglages())


# --- calage complet ---------------------------------------------------------------------------


def test_le_calage_apprend_et_se_mesure(calage_synthetique, jeu_synthetique) -> None:
    _, verite, _ = jeu_synthetique
    assert set(calage_synthetique.modeles) == {
        "taux_pauvrete",
        "taux_emploi_15_64",
        "part_logements_sociaux",
    }, "40 quartiers publiés ne suffisent pas à apprendre l’indice de jeunesse"
    for variantes in calage_synthetique.modeles.values():
        assert set(variantes) == set(VARIANTES)
    bilans = {v: m.apprentissage for v, m in calage_synthetique.modeles["taux_pauvrete"].items()}
    for bilan in bilans.values():
        assert bilan["n"] == 140
        assert bilan["departements"] == 12
        assert abs(bilan["biais"]) < 1.5
        assert bilan["eam"] < 0.5 * (verite - verite.mean()).abs().mean()
        assert 82 <= bilan["couverture_90"] <= 97
    # Le taux d’emploi, qui suit la pauvreté, aide la variante qui connaît les chiffres publiés.
    assert bilans["calee_publie"]["eam"] < bilans["calee"]["eam"]


@pytest.mark.parametrize("variante", VARIANTES)
def test_estimations_dans_les_bornes_et_intervalles_emboites(
    calage_synthetique, jeu_synthetique, variante
) -> None:
    donnees, _, _ = jeu_synthetique
    table = calage_synthetique.decrire(donnees)
    niveaux = {
        n: calage_synthetique.estimer(table, "taux_pauvrete", variante, n)
        for n in (0.5, 0.8, 0.9, 0.95)
    }
    suite = [niveaux[n]["basse"] for n in (0.95, 0.9, 0.8, 0.5)]
    suite += [niveaux[n][c] for n, c in [(0.5, "estime"), (0.5, "haute"), (0.8, "haute")]]
    suite += [niveaux[n]["haute"] for n in (0.9, 0.95)]
    ordre = np.vstack(suite)
    assert (np.diff(ordre, axis=0) >= 0).all()
    assert ordre.min() >= 0
    assert ordre.max() <= 100


@given(st.integers(0, 10_000))
@settings(max_examples=5, deadline=None)
def test_l_ordre_des_lignes_est_sans_effet_sur_l_estimation(
    calage_synthetique, jeu_synthetique, graine
) -> None:
    donnees, _, _ = jeu_synthetique
    for variante in VARIANTES:
        a, b = (
            calage_synthetique.estimer(calage_synthetique.decrire(d), "taux_pauvrete", variante)
            for d in (donnees, melanger_les_lignes(donnees, graine))
        )
        pd.testing.assert_frame_equal(b.loc[a.index], a, rtol=0, atol=1e-9)


def test_tout_masquer_donne_une_valeur_finie_et_differente_de_zero(
    calage_synthetique, jeu_synthetique
) -> None:
    donnees, _, _ = jeu_synthetique
    revenus = [*donnees.statistiques.columns[:8]]
    masquees = donnees.statistiques.assign(**dict.fromkeys(revenus, np.nan))
    nulles = donnees.statistiques.assign(taux_pauvrete=0.0)
    estimations = [
        calage_synthetique.estimer(
            calage_synthetique.decrire(type(donnees)(**(vars(donnees) | {"statistiques": table}))),
            "taux_pauvrete",
            "calee",
        )
        for table in (donnees.statistiques, masquees, nulles)
    ]
    connues, sans_revenus, sans_pauvrete = (e["estime"] for e in estimations)
    assert np.isfinite(estimations[1].to_numpy()).all()
    # Masqué : le recensement parle encore. Zéro : on affirme qu’il n’y a pas de pauvres.
    assert (sans_revenus - connues).abs().mean() < 0.5 * (sans_pauvrete - connues).abs().mean()
    assert sans_revenus.min() > 1


def test_des_iris_inconnus_des_tables_donnent_une_valeur_finie(
    calage_synthetique, jeu_synthetique
) -> None:
    donnees, _, _ = jeu_synthetique
    vide = type(donnees)(**(vars(donnees) | {"statistiques": donnees.statistiques.iloc[:0]}))
    table = calage_synthetique.decrire(vide)
    assert np.isfinite(calage_synthetique.estimer(table, "taux_pauvrete", "calee").to_numpy()).all()


PROPRES = {
    "taux_emploi_15_64": ["taux_emploi"],
    "part_logements_sociaux": ["logements_sociaux"],
}


@pytest.mark.parametrize("indicateur", PROPRES)
def test_le_chiffre_publie_de_la_cible_n_entre_jamais_dans_son_estimation(
    calage_synthetique, jeu_synthetique, indicateur
) -> None:
    donnees, _, _ = jeu_synthetique
    avant = calage_synthetique.estimer(
        calage_synthetique.decrire(donnees), indicateur, "calee_publie"
    )
    for colonne in PROPRES[indicateur]:
        fausse = modifier_publie(donnees, colonne, 3.0)
        table = calage_synthetique.decrire(fausse)
        pd.testing.assert_frame_equal(
            calage_synthetique.estimer(table, indicateur, "calee_publie"), avant, check_exact=True
        )
        # Le même chiffre sert aux autres indicateurs : l’essai peut donc échouer.
        autre = calage_synthetique.estimer(table, "taux_pauvrete", "calee_publie")
        reference = calage_synthetique.estimer(
            calage_synthetique.decrire(donnees), "taux_pauvrete", "calee_publie"
        )
        assert not np.allclose(autre["estime"], reference["estime"])


@given(graine=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_les_autres_quartiers_comptent_autant_decrits_que_voisins(
    calage_synthetique, jeu_synthetique, graine
) -> None:
    """Un quartier n’a qu’une description, que ses voisins soient décrits avec lui ou seulement donnés."""
    donnees, _, _ = jeu_synthetique
    premiers = donnees.territoires.index[donnees.territoires.index.str.endswith("A")]
    codes = premiers[np.random.default_rng(graine).random(len(premiers)) < 0.5].union(premiers[:1])
    dedans = donnees.poids["code_territoire"].isin(codes)
    seuls = replace(donnees, territoires=donnees.territoires.loc[codes])
    entoures = replace(seuls, voisins=donnees.poids[~dedans])
    attendue = calage_synthetique.decrire(donnees).loc[codes]
    pd.testing.assert_frame_equal(calage_synthetique.decrire(entoures), attendue, check_exact=True)
    # Chaque commune a un second quartier : sans lui, la description du premier est fausse.
    formes = ["forme_quartiers_ville", "forme_surface_quartiers_ville"]
    assert (calage_synthetique.decrire(seuls)[formes] < attendue[formes]).all(axis=None)


def test_la_variante_calee_ignore_tout_chiffre_publie(calage_synthetique, jeu_synthetique) -> None:
    donnees, _, _ = jeu_synthetique
    sans = type(donnees)(**(vars(donnees) | {"publies": donnees.publies.iloc[:0, :0]}))
    a, b = (
        calage_synthetique.estimer(calage_synthetique.decrire(d), "taux_pauvrete", "calee")
        for d in (donnees, sans)
    )
    pd.testing.assert_frame_equal(a, b, check_exact=True)
    assert np.isfinite(
        calage_synthetique.estimer(
            calage_synthetique.decrire(sans), "taux_pauvrete", "calee_publie"
        ).to_numpy()
    ).all()


def test_les_parts_de_menages_qui_font_cent_n_entrent_pas_dans_leur_complement() -> None:
    """La part des ménages d’une personne est 100 moins les autres tailles : elles la trahissent."""
    tailles = [f"publie_part_menages_{t}" for t in ("1", "2", "3", "4_5", "6")]
    colonnes = ["forme_surface", *tailles, "publie_part_menages_etrangers"]
    assert sans_sa_propre_cible(colonnes, "part_menages_1_personne", "calee_publie") == [
        "forme_surface",
        "publie_part_menages_etrangers",
    ]
    assert sans_sa_propre_cible(colonnes, "taux_pauvrete", "calee_publie") == colonnes
    assert sans_sa_propre_cible(colonnes, "taux_pauvrete", "calee") == ["forme_surface"]


def test_un_calage_ecrit_et_relu_donne_les_memes_estimations(
    calage_synthetique, jeu_synthetique
) -> None:
    donnees, _, _ = jeu_synthetique
    relu = Calage.depuis_dict(json.loads(json.dumps(calage_synthetique.vers_dict())))
    assert relu.origine == {"millesime": 2021}
    for indicateur, variantes in calage_synthetique.modeles.items():
        for variante in variantes:
            a, b = (
                c.estimer(c.decrire(donnees), indicateur, variante)
                for c in (calage_synthetique, relu)
            )
            assert float((a - b).abs().to_numpy().max()) < 1e-3, (indicateur, variante)
            # À descripteurs égaux, seul l’arrondi des coefficients reste.
            table = calage_synthetique.decrire(donnees)
            meme = relu.estimer(table, indicateur, variante)
            np.testing.assert_allclose(
                meme, calage_synthetique.estimer(table, indicateur, variante), atol=1e-4
            )


def test_apprendre_deux_fois_donne_le_meme_modele(jeu_synthetique, calage_synthetique) -> None:
    donnees, verite, groupes = jeu_synthetique
    refait = apprendre_calage(
        donnees, {"taux_pauvrete": verite}, groupes, {"taux_pauvrete": (0.0, 100.0)}, origine={}
    )
    assert (
        refait.vers_dict()["modeles"]["taux_pauvrete"]
        == calage_synthetique.vers_dict()["modeles"]["taux_pauvrete"]
    )


def test_un_autre_tirage_de_la_meme_loi_est_couvert(calage_synthetique) -> None:
    """Modèle appris sur un tirage, appliqué à un autre : l’intervalle y tient encore."""
    donnees, verite, _ = fabriquer(graine=99, communes=300)
    for variante in VARIANTES:
        estime = calage_synthetique.estimer(
            calage_synthetique.decrire(donnees), "taux_pauvrete", variante
        )
        dedans = (estime["basse"] <= verite) & (verite <= estime["haute"])
        assert 0.86 <= dedans.mean() <= 0.96
        assert abs((estime["estime"] - verite).mean()) < 0.6
