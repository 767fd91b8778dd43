"""Secret secondaire : cas connus, puis propriétés vérifiées par un autre raisonnement linéaire."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from observatoire.exports.secret import Somme, TableAdditive, devoilees, masquer_davantage

NAN = float("nan")


def _table(
    montants: list[float], *sommes: Somme, ville: float | None = None, exacte: bool = True
) -> TableAdditive:
    codes = tuple(f"z{i}" for i in range(len(montants)))
    toutes = list(sommes)
    if ville is not None:
        toutes.append(Somme("ville", np.ones(len(montants)), ville, exacte=exacte))
    return TableAdditive(codes, np.array(montants), tuple(toutes))


def _somme(code: str, coefficients: list[float], montant: float, **options: bool) -> Somme:
    return Somme(code, np.array(coefficients, dtype=float), montant, **options)


# --- Réponses connues -----------------------------------------------------------------------


def test_une_seule_zone_masquee_se_recalcule_du_total() -> None:
    # 100 = 40 + 25 + 15 + ? : la zone masquée vaut 20 ; la plus petite visible (15) la protège.
    table = _table([40.0, 25.0, 15.0, NAN], ville=100.0)
    assert devoilees(table) == ["z3"]
    assert masquer_davantage(table) == ["z2"]
    assert devoilees(table, ["z2"]) == []


def test_deux_zones_masquees_se_protegent() -> None:
    assert masquer_davantage(_table([40.0, 25.0, NAN, NAN], ville=100.0)) == []


def test_sans_total_rien_ne_se_recalcule() -> None:
    assert masquer_davantage(_table([40.0, 25.0, NAN])) == []


def test_sans_masque_rien_n_est_touche() -> None:
    assert masquer_davantage(_table([40.0, 25.0, 35.0], ville=100.0)) == []


def test_un_sous_total_devoile_malgre_deux_zones_masquees() -> None:
    # z2 et z3 masquées, mais le secteur (z0, z1, z2) vaut 80 : z2 = 80 − 65, puis z3 = 100 − 80.
    secteur = _somme("s", [1, 1, 1, 0, 0], 80.0)
    table = _table([40.0, 25.0, NAN, NAN, 5.0], secteur, ville=100.0)
    assert devoilees(table) == ["z2", "z3"]
    choisies = masquer_davantage(table)
    assert sorted(choisies) == ["z1", "z4"]
    assert devoilees(table, choisies) == []


def test_un_reste_nul_devoile_des_effectifs_nuls() -> None:
    # 65 = 40 + 25 + ? + ? : deux effectifs positifs de somme nulle sont nuls.
    table = _table([40.0, 25.0, NAN, NAN], ville=65.0)
    assert devoilees(table) == ["z2", "z3"]
    assert masquer_davantage(table) == ["z1"]
    # Un taux multiplié par sa base est arrondi : un reste nul n’y prouve rien.
    assert masquer_davantage(_table([40.0, 25.0, NAN, NAN], ville=65.0, exacte=False)) == []


def test_une_zone_nulle_ne_cache_rien() -> None:
    table = _table([40.0, 0.0, 15.0, NAN], ville=75.0)
    assert masquer_davantage(table) == ["z2"]


def test_un_quartier_fait_d_iris_entiers_ne_se_recalcule_pas() -> None:
    quartier = _somme("qpv", [1, 1, 0], NAN, visible=False, a_proteger=True)
    table = _table([40.0, 25.0, 35.0], quartier, ville=100.0)
    assert devoilees(table) == ["qpv"]
    choisies = masquer_davantage(table)
    # Une zone du quartier, et une autre sans quoi le total de la ville la rendrait.
    assert choisies == ["z1", "z2"]
    assert devoilees(table, choisies) == []


def test_un_secteur_d_une_seule_zone_est_masque_a_son_tour() -> None:
    secteur = _somme("s", [0, 0, 0, 1], 20.0)
    table = _table([40.0, 25.0, 15.0, NAN], secteur, ville=100.0)
    choisies = masquer_davantage(table)
    assert set(choisies) >= {"s"}
    zones = [c for c in choisies if c.startswith("z")]
    assert devoilees(table, zones, ["s"]) == []


def test_deux_decoupages_qui_se_recouvrent_epargnent_la_ville() -> None:
    # Deux découpages estimés sans z3 : z2 masquée se recalculerait de l’un comme de l’autre.
    secteurs = [_somme("s1", [1, 1, 0, 0], 65.0), _somme("s2", [0, 0, 1, 0], 15.0)]
    scolaires = [_somme("e1", [1, 0, 0, 0], 40.0), _somme("e2", [0, 1, 1, 0], 40.0)]
    table = _table([40.0, 25.0, 15.0, NAN], *secteurs, *scolaires, ville=100.0)
    assert devoilees(table) == ["z3"]
    choisies = masquer_davantage(table)
    assert sorted(choisies) == ["e2", "s2", "z2"]
    assert devoilees(table, ["z2"], ["e2", "s2"]) == []
    # Un seul des deux totaux masqué ne suffirait pas.
    assert devoilees(table, ["z2"], ["s2"]) == ["z2", "z3", "s2"]
    assert devoilees(table, ["z2"], ["e2"]) == ["z2", "z3", "e2"]


def test_deux_decoupages_dont_la_difference_est_nulle() -> None:
    # e − s = z2 + z3 = 0 : deux effectifs positifs de somme nulle, qu’aucun total seul ne dit.
    s, e = _somme("s", [1, 1, 0, 0, 0], 10.0), _somme("e", [1, 1, 1, 1, 0], 10.0)
    table = _table([NAN, NAN, NAN, NAN, 7.0], s, e)
    assert devoilees(table) == ["z2", "z3"]
    choisies = masquer_davantage(table)
    zones = [c for c in choisies if c.startswith("z")]
    assert choisies
    assert devoilees(table, zones, [c for c in choisies if c not in zones]) == []
    # La ville moins ses autres secteurs dit qu’un secteur masqué est vide.
    secteurs = [
        _somme("s0", [1, 1, 0, 0], 8.0),
        _somme("s1", [0, 0, 1, 1], NAN, visible=False, a_proteger=True),
    ]
    assert set(devoilees(_table([3.0, 5.0, NAN, NAN], *secteurs, ville=8.0))) == {"z2", "z3", "s1"}


def test_une_part_d_iris_devoile_aussi() -> None:
    # Un quartier estimé : 0,5 z0 + 1 z2, où z2 a été masquée par le producteur.
    quartier = _somme("q", [0.5, 0.0, 1.0], 40.0)
    table = _table([40.0, 25.0, NAN], quartier)
    assert devoilees(table) == ["z2"]
    assert masquer_davantage(table) == ["z0"]


# --- Propriétés -----------------------------------------------------------------------------


@st.composite
def tables(draw: st.DrawFn) -> TableAdditive:
    n = draw(st.integers(2, 9))
    vrais = np.array(draw(st.lists(st.integers(0, 400), min_size=n, max_size=n)), dtype=float)
    masque = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    secteur = np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    sommes = [Somme("ville", np.ones(n), float(vrais.sum()))]
    for rang in range(3):
        coefficients = (secteur == rang).astype(float)
        if coefficients.any():
            sommes.append(Somme(f"s{rang}", coefficients, float(coefficients @ vrais)))
    if draw(st.booleans()):
        dedans = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)), dtype=float)
        if dedans.any():
            cache = draw(st.booleans())
            montant = NAN if cache else float(dedans @ vrais)
            sommes.append(Somme("q", dedans, montant, visible=not cache, a_proteger=cache))
    montants = np.where(masque, np.nan, vrais)
    return TableAdditive(tuple(f"z{i}" for i in range(n)), montants, tuple(sommes))


def _rang(matrice: np.ndarray) -> int:
    return int(np.linalg.matrix_rank(matrice, tol=1e-8)) if matrice.size else 0


def _recalculables(table: TableAdditive, en_plus: list[str]) -> list[str]:
    """Autre raisonnement : une forme est déterminée si l’ajouter au système n’en change pas le rang."""
    n = len(table.codes)
    visibles = [
        i for i in range(n) if not np.isnan(table.montants[i]) and table.codes[i] not in en_plus
    ]
    lignes = [np.eye(n)[i] for i in visibles]
    lignes += [s.coefficients for s in table.sommes if s.visible and s.code not in en_plus]
    systeme = np.array(lignes).reshape(len(lignes), n)
    base = _rang(systeme)
    cibles = [(table.codes[i], np.eye(n)[i]) for i in range(n) if i not in visibles]
    cibles += [(s.code, s.coefficients) for s in table.sommes if s.a_proteger or s.code in en_plus]
    return [c for c, forme in cibles if _rang(np.vstack([systeme, forme])) == base]


@settings(max_examples=150, deadline=None)
@given(tables())
def test_plus_rien_ne_se_recalcule(table: TableAdditive) -> None:
    choisies = masquer_davantage(table)
    assert len(set(choisies)) == len(choisies)
    if not np.isnan(table.montants).any() and not any(s.a_proteger for s in table.sommes):
        assert choisies == []
    assert _recalculables(table, choisies) == []


@settings(max_examples=60, deadline=None)
@given(tables(), st.randoms(use_true_random=False))
def test_l_ordre_des_zones_est_indifferent(table: TableAdditive, hasard) -> None:  # type: ignore[no-untyped-def]
    ordre = list(range(len(table.codes)))
    hasard.shuffle(ordre)
    melangee = TableAdditive(
        tuple(table.codes[i] for i in ordre),
        table.montants[ordre],
        tuple(
            Somme(
                s.code, s.coefficients[ordre], s.montant, visible=s.visible,
                a_proteger=s.a_proteger, exacte=s.exacte,
            )
            for s in table.sommes
        ),
    )  # fmt: skip
    assert set(masquer_davantage(melangee)) == set(masquer_davantage(table))


@settings(max_examples=60, deadline=None)
@given(tables())
def test_masquer_deux_fois_ne_change_rien(table: TableAdditive) -> None:
    choisies = masquer_davantage(table)
    montants = np.where(np.isin(table.codes, choisies), np.nan, table.montants)
    sommes = tuple(
        Somme(s.code, s.coefficients, s.montant, s.visible and s.code not in choisies,
              s.a_proteger or s.code in choisies, s.exacte)
        for s in table.sommes
    )  # fmt: skip
    assert masquer_davantage(TableAdditive(table.codes, montants, sommes)) == []


@st.composite
def decoupages_croises(draw: st.DrawFn) -> TableAdditive:
    """Deux ou trois découpages de la même ville, dont des totaux manquent ou sont déjà masqués."""
    n = draw(st.integers(3, 7))
    # Beaucoup de zéros : c’est là que la positivité des effectifs en dit le plus.
    vrais = np.array(
        draw(st.lists(st.sampled_from([0, 0, 0, 1, 5]), min_size=n, max_size=n)), dtype=float
    )
    masque = np.array(draw(st.lists(st.sampled_from([True, True, False]), min_size=n, max_size=n)))
    sommes = [Somme("ville", np.ones(n), float(vrais.sum()))] if draw(st.booleans()) else []
    for nom in draw(st.sampled_from([("s", "e"), ("s", "e", "m")])):
        parts = np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
        for rang in np.unique(parts):
            coefficients = (parts == rang).astype(float)
            etat = draw(st.sampled_from(["visible", "visible", "masque", "non diffuse"]))
            if etat != "non diffuse":
                cache = etat == "masque"
                montant = NAN if cache else float(coefficients @ vrais)
                sommes.append(
                    Somme(
                        f"{nom}{rang}", coefficients, montant, visible=not cache, a_proteger=cache
                    )
                )
    montants = np.where(masque, np.nan, vrais)
    return TableAdditive(tuple(f"z{i}" for i in range(n)), montants, tuple(sommes))


def _etendue(table: TableAdditive, en_plus: list[str], forme: np.ndarray) -> float:
    """Largeur de ce qu’une forme peut valoir : programme linéaire, les effectifs étant positifs."""
    n = len(table.codes)
    lignes, droite = [], []
    for i, montant in enumerate(table.montants):
        if not np.isnan(montant) and table.codes[i] not in en_plus:
            lignes.append(np.eye(n)[i])
            droite.append(montant)
    for somme in table.sommes:
        if somme.visible and somme.code not in en_plus:
            lignes.append(somme.coefficients)
            droite.append(somme.montant)
    contraintes = {"A_eq": np.array(lignes), "b_eq": np.array(droite)} if lignes else {}
    bornes = []
    for signe in (1.0, -1.0):
        issue = linprog(signe * forme, **contraintes, bounds=(0, None), method="highs")
        # Sans maximum (problème non borné), la forme est libre.
        bornes.append(signe * issue.fun if issue.status == 0 else signe * -np.inf)
    return float(bornes[1] - bornes[0])


@settings(max_examples=50, deadline=None)
@given(decoupages_croises())
def test_un_decoupage_ne_devoile_pas_l_autre(table: TableAdditive) -> None:
    """Ni par soustraction de deux découpages, ni parce que des effectifs sont positifs."""
    choisies = masquer_davantage(table)
    n = len(table.codes)
    cibles = [
        np.eye(n)[i] for i in range(n) if np.isnan(table.montants[i]) or table.codes[i] in choisies
    ]
    cibles += [s.coefficients for s in table.sommes if s.a_proteger or s.code in choisies]
    assert all(_etendue(table, choisies, forme) > 1e-6 for forme in cibles)


# --- Édition --------------------------------------------------------------------------------


def _edition_trouee(edition, indicateur, codes):  # type: ignore[no-untyped-def]
    """Copie de l’édition où le producteur aurait masqué des IRIS d’un indicateur."""
    from dataclasses import replace

    copie = replace(edition)
    resultats = edition.resultats.copy()
    ecarts = edition.ecarts.copy()
    ici = resultats["code_territoire"].isin(codes) & (resultats["indicateur"] == indicateur)
    resultats.loc[ici, ["valeur", "borne_basse", "borne_haute", "effectif"]] = np.nan
    resultats.loc[ici, "statut"] = "secret"
    resultats.loc[ici, "methode"] = "aucune"
    la = ecarts["code_territoire"].isin(codes) & (ecarts["indicateur"] == indicateur)
    ecarts.loc[la, ["ecart", "ecart_relatif", "rang", "effectif_ecart"]] = np.nan
    ville = (resultats["type_territoire"] == "commune") & (resultats["indicateur"] == indicateur)
    resultats.loc[ville, "methode"] = "publie"
    copie.__dict__["resultats"], copie.__dict__["ecarts"] = resultats, ecarts
    return copie


@pytest.mark.parametrize("indicateur", ["population", "part_65_ans_plus"])
def test_l_edition_protegee_masque_la_plus_petite_cellule(edition_fictive, indicateur) -> None:  # type: ignore[no-untyped-def]
    from observatoire.catalogue import charger_catalogue
    from observatoire.exports.protection import NOTE_MASQUEE, proteger

    table = edition_fictive.resultats
    iris = table[(table["indicateur"] == indicateur) & (table["type_territoire"] == "iris")]
    iris = iris[iris["valeur"].notna() & (iris["effectif"] > 0)]
    annee = int(iris["millesime"].max())
    masque = str(iris.sort_values("effectif")["code_territoire"].iloc[-1])
    protegee = proteger(_edition_trouee(edition_fictive, indicateur, [masque]), charger_catalogue())
    masquees = protegee.masquees[protegee.masquees["indicateur"] == indicateur]
    assert set(masquees["indicateur"]) == {indicateur}
    assert masque not in set(masquees["code_territoire"])
    assert (masquees["millesime"] == annee).any()
    cles = ["code_territoire", "indicateur", "millesime"]
    cachees = protegee.resultats.merge(masquees[cles], on=cles, validate="one_to_one")
    assert cachees["valeur"].isna().all()
    assert set(cachees["statut"]) == {"secret"}
    assert set(cachees["precision_note"]) == {NOTE_MASQUEE}
    ecarts = protegee.ecarts.merge(masquees[cles], on=cles, validate="many_to_one")
    assert ecarts["ecart"].isna().all()
    # Un effectif n’a pas d’écart ; une part en a un par référence.
    assert set(ecarts["verdict"]) <= {"non_interpretable"}
    assert bool(len(ecarts)) == (indicateur != "population")
    # Les autres lignes n’ont pas bougé, et protéger deux fois ne change rien.
    autres = protegee.resultats[protegee.resultats["indicateur"] != indicateur]
    pd.testing.assert_frame_equal(autres, table[table["indicateur"] != indicateur])
    assert proteger(protegee, charger_catalogue()) is protegee


def test_une_mediane_ne_se_retranche_pas(edition_fictive) -> None:  # type: ignore[no-untyped-def]
    from observatoire.catalogue import charger_catalogue
    from observatoire.exports.protection import proteger

    table = edition_fictive.resultats
    iris = table[
        (table["indicateur"] == "niveau_vie_median") & (table["type_territoire"] == "iris")
    ]
    code = str(iris.loc[iris["valeur"].notna(), "code_territoire"].iloc[0])
    trouee = _edition_trouee(edition_fictive, "niveau_vie_median", [code])
    masquees = proteger(trouee, charger_catalogue()).masquees
    assert "niveau_vie_median" not in set(masquees["indicateur"])


def test_aucune_paire_d_editions_reelles_ne_devoile(edition_fictive) -> None:  # type: ignore[no-untyped-def]
    """L’édition fictive, telle quelle : ses cellules masquées ne se recalculent pas."""
    from observatoire.catalogue import charger_catalogue
    from observatoire.exports.protection import _table_additive, proteger

    catalogue = charger_catalogue()
    protegee = proteger(edition_fictive, catalogue)
    poids = edition_fictive.complement("poids")
    vues = 0
    for (identifiant, _), groupe in protegee.resultats.groupby(["indicateur", "millesime"]):
        if (groupe["statut"] == "secret").any() and identifiant == "taux_pauvrete":
            vues += 1
            table = _table_additive(groupe, poids, catalogue.indicateurs[identifiant])
            assert devoilees(table) == []
    assert vues
