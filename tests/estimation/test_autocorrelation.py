"""Moran global et local : réponses connues, propriétés, et PySAL comme pair s’il est là."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy import sparse

from observatoire.erreurs import ErreurDonnees
from observatoire.estimation.autocorrelation import moran, moran_local
from observatoire.territoires import groupes_contigus, voisins_contigus

OPTIONS = {"permutations": 199, "graine": 1}


def grille(n: int, jour: float = 0.0) -> np.ndarray:
    return np.array(
        [
            shapely.box(100 * i, 100 * j, 100 * i + 100 - jour, 100 * j + 100 - jour)
            for i in range(n)
            for j in range(n)
        ]
    )


def chaine(n: int) -> sparse.csr_array:
    return sparse.diags_array([np.ones(n - 1)] * 2, offsets=[-1, 1]).tocsr()


def test_quatre_iris_en_ligne_calcul_a_la_main() -> None:
    # z = −1,5 −0,5 0,5 1,5 ; W par ligne : retards −0,5 −0,5 0,5 0,5 ; I = 2 / 5.
    assert moran([1, 2, 3, 4], chaine(4), **OPTIONS).indice == pytest.approx(0.4)
    assert moran([1, 2, 3, 4], chaine(4), **OPTIONS).attendu == pytest.approx(-1 / 3)
    local = moran_local([1, 2, 3, 4], chaine(4), **OPTIONS)
    assert local.indices == pytest.approx([0.6, 0.2, 0.2, 0.6])


def test_damier_et_moities_sont_les_deux_extremes() -> None:
    # Par les côtés seulement, un damier oppose chaque case à toutes ses voisines.
    tour = chaine(20)
    assert moran([0, 1] * 10, tour, **OPTIONS).indice == pytest.approx(-1)
    moities = moran([0] * 10 + [1] * 10, tour, **OPTIONS)
    assert moities.indice > 0.85
    assert moities.p_valeur == pytest.approx(1 / 200)


def test_voisins_par_cote_et_par_coin_malgre_un_jour() -> None:
    # Un jour de 1,4 m entre côtés en fait deux entre coins.
    for jour in (0.0, 1.4):
        table = voisins_contigus(grille(3, jour))
        assert table.sum(axis=1).tolist() == [3, 5, 3, 5, 8, 5, 3, 5, 3]
        assert (table != table.T).nnz == 0
    assert voisins_contigus(grille(3, 10.0)).nnz == 0
    assert len(set(groupes_contigus(voisins_contigus(grille(3, 10.0))))) == 9
    assert set(groupes_contigus(voisins_contigus(grille(3)))) == {0}


def test_une_tache_chaude_est_reperee_et_le_reste_non() -> None:
    hasard, n = np.random.default_rng(5), 9
    x = hasard.normal(0, 1, (n, n))
    x[:3, :3] += 6
    local = moran_local(x.ravel(), voisins_contigus(grille(n)), permutations=999, graine=2)
    chaudes = np.zeros((n, n), dtype=bool)
    chaudes[:2, :2] = True
    p = local.p_valeurs.reshape(n, n)
    assert (p[chaudes] < 0.01).all()
    # Quatre à six fausses alertes à 5 % sur les cases éloignées : c’est ce que dit le seuil.
    assert (p[5:, 5:] < 0.05).mean() < 0.2


def test_un_iris_seul_ou_des_valeurs_egales_n_ont_pas_de_mesure() -> None:
    table = sparse.csr_array(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=float))
    local = moran_local([1.0, 2.0, 5.0], table, **OPTIONS)
    assert np.isnan(local.indices[2])
    assert np.isnan(local.p_valeurs[2])
    assert np.isnan(moran([1, 1, 1], table, **OPTIONS).indice)


def test_valeur_masquee_refusee() -> None:
    with pytest.raises(ErreurDonnees):
        moran([1, np.nan, 2, 3], chaine(4), **OPTIONS)


def test_l_ordre_des_iris_ne_change_pas_les_indices() -> None:
    hasard = np.random.default_rng(0)
    formes, x = grille(5), hasard.normal(size=25)
    ordre = hasard.permutation(25)
    direct = moran_local(x, voisins_contigus(formes), **OPTIONS)
    mele = moran_local(x[ordre], voisins_contigus(formes[ordre]), **OPTIONS)
    assert mele.indices == pytest.approx(direct.indices[ordre])


@pytest.mark.filterwarnings("ignore")
def test_memes_indices_que_pysal() -> None:
    import esda
    from libpysal import weights as graph

    formes, x = grille(6), np.random.default_rng(3).normal(size=36)
    w = graph.WSP2W(graph.WSP(sparse.csr_matrix(voisins_contigus(formes))))
    w.transform = "r"
    pair = esda.Moran(x, w, permutations=0)
    assert moran(x, voisins_contigus(formes), **OPTIONS).indice == pytest.approx(pair.I)
    local = esda.Moran_Local(x, w, permutations=0)
    # PySAL divise par (n − 1) ; Anselin (1995), et ici, par n.
    mien = moran_local(x, voisins_contigus(formes), **OPTIONS).indices
    assert mien * (len(x) - 1) / len(x) == pytest.approx(local.Is)
