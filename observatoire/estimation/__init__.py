"""Estimation : agrégation, bornes, distributions, incertitude."""

from observatoire.estimation.agregation import (
    agreger_effectifs,
    agreger_taux,
    moyenne_ponderee_taux,
)
from observatoire.estimation.ajustement import Alignement, aligner_sur_pauvrete
from observatoire.estimation.bornes import (
    bornes_duncan_davis,
    bornes_effectif_territoire,
    bornes_quantile,
    bornes_quantile_territoire,
    bornes_taux_territoire,
)
from observatoire.estimation.distributions import (
    Distribution,
    Lognormale,
    Loi,
    Melange,
    ajuster_distribution,
    melanger,
    quantiles_de_mediane_et_rapport,
)
from observatoire.estimation.incertitude import (
    benjamini_hochberg,
    coefficient_variation,
    ecart_a_la_ville,
    effectif_efficace,
    erreur_type_ecart,
    erreur_type_proportion,
    intervalle_wilson,
    p_valeur_ecart,
    retrecir,
)

__all__ = [
    "Alignement",
    "Distribution",
    "Lognormale",
    "Loi",
    "Melange",
    "agreger_effectifs",
    "agreger_taux",
    "ajuster_distribution",
    "aligner_sur_pauvrete",
    "benjamini_hochberg",
    "bornes_duncan_davis",
    "bornes_effectif_territoire",
    "bornes_quantile",
    "bornes_quantile_territoire",
    "bornes_taux_territoire",
    "coefficient_variation",
    "ecart_a_la_ville",
    "effectif_efficace",
    "erreur_type_ecart",
    "erreur_type_proportion",
    "intervalle_wilson",
    "melanger",
    "moyenne_ponderee_taux",
    "p_valeur_ecart",
    "quantiles_de_mediane_et_rapport",
    "retrecir",
]
