"""Imputation des revenus masqués : ce qui est publié ne bouge pas, le reste est prédit."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from fabriques_calage import fabriquer

from observatoire.estimation.calage import RECENSEMENT, REVENUS, STATISTIQUES
from observatoire.estimation.calage.imputation import Imputation, ajuster_imputation
from observatoire.estimation.calage.statistiques import transformer


def table_lineaire(n: int = 1200) -> pd.DataFrame:
    """Revenus fonction exacte du recensement : ``10 + 0,5 chômage + 0,3 HLM`` et de ses multiples."""
    hasard = np.random.default_rng(3)
    index = pd.Index([f"{k // 6:05d}01{k % 6:02d}" for k in range(n)], name="code_iris")
    table = pd.DataFrame({nom: hasard.uniform(10, 40, n) for nom in RECENSEMENT}, index=index)
    base = 10 + 0.5 * table["taux_chomage"] + 0.3 * table["part_hlm"]
    for rang, nom in enumerate(REVENUS):
        table[nom] = (rang + 1) * base
    return table[[*STATISTIQUES]]


def masquer(table: pd.DataFrame, part: float = 0.2) -> tuple[pd.DataFrame, np.ndarray]:
    masque = np.random.default_rng(4).uniform(size=len(table)) < part
    troue = table.copy()
    troue.loc[masque, [*REVENUS]] = np.nan
    return troue, masque


def test_le_publie_est_inchange_et_le_masque_predit() -> None:
    table = table_lineaire()
    troue, masque = masquer(table)
    complet = ajuster_imputation(troue).completer(troue)
    pd.testing.assert_frame_equal(complet[~masque], table[~masque])
    pd.testing.assert_frame_equal(complet[[*RECENSEMENT]], table[[*RECENSEMENT]])
    for nom in REVENUS:
        erreur = (complet.loc[masque, nom] - table.loc[masque, nom]).abs().mean()
        assert erreur < 0.05 * table[nom].std(), nom


def test_un_iris_sans_recensement_reste_inconnu() -> None:
    table = table_lineaire()
    troue, _ = masquer(table)
    troue.loc[troue.index[7], ["part_hlm", *REVENUS]] = np.nan
    complet = ajuster_imputation(table).completer(troue)
    assert complet.loc[troue.index[7], [*REVENUS]].isna().all()
    assert np.isfinite(complet.drop(index=troue.index[7])[[*REVENUS]].to_numpy()).all()


def test_une_commune_toute_masquee_est_predite_de_son_recensement() -> None:
    table = table_lineaire()
    imputation = ajuster_imputation(table)
    troue = table.copy()
    commune = troue.index.str.startswith("00003")
    troue.loc[commune, [*REVENUS]] = np.nan
    complet = imputation.completer(troue)
    erreur = complet.loc[commune, "taux_pauvrete"] - table.loc[commune, "taux_pauvrete"]
    assert erreur.abs().max() < 3


def test_la_prediction_ne_regarde_pas_l_iris_lui_meme() -> None:
    """Le prédicteur « autres IRIS de la commune » exclut l’IRIS : le masquer ne change rien."""
    donnees, _, _ = fabriquer(communes=20, masque=0.0)
    table = transformer(donnees.statistiques)
    imputation = ajuster_imputation(table)
    code = table.index[5]
    valeurs = []
    for taux in (3.0, 60.0):
        autre = table.copy()
        autre.loc[code, "taux_pauvrete"] = taux
        imputation.completer(autre)
        autre.loc[code, "taux_pauvrete"] = np.nan
        valeurs.append(imputation.completer(autre).loc[code, "taux_pauvrete"])
    assert valeurs[0] == valeurs[1]


def test_l_imputation_ecrite_et_relue_predit_la_meme_chose() -> None:
    donnees, _, _ = fabriquer()
    table = transformer(donnees.statistiques)
    imputation = ajuster_imputation(table)
    relue = Imputation.depuis_dict(json.loads(json.dumps(imputation.vers_dict())))
    ecart = (relue.completer(table) - imputation.completer(table))[[*REVENUS]].abs().max()
    assert ecart[["taux_pauvrete", "rapport_interdecile", "gini"]].max() < 1e-2
    assert ecart[["mediane", "q1", "q3", "d1", "d9"]].max() < 1e-3


@pytest.mark.parametrize("colonne", ["part_hlm", "part_0_14"])
def test_une_statistique_constante_n_amplifie_pas_le_bruit_d_arrondi(colonne) -> None:
    """Une colonne constante a un écart-type de 1e-15 : la diviser par lui en ferait du bruit."""
    table = table_lineaire().assign(**{colonne: 20.1})
    troue, _ = masquer(table)
    imputation = ajuster_imputation(troue)
    relue = Imputation.depuis_dict(json.loads(json.dumps(imputation.vers_dict())))
    ecart = (relue.completer(troue) - imputation.completer(troue)).abs().max().max()
    assert ecart < 1e-2
