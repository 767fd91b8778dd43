"""Estimateur calé : apprendre des quartiers publiés, l’appliquer là où rien n’est publié.

La moyenne des taux d’IRIS pondérée par la surface sous-estime la pauvreté des quartiers
prioritaires d’environ onze points : un quartier n’est pas un échantillon de ses IRIS. Le calage
apprend, sur les quartiers dont un chiffre est publié, la relation entre les IRIS coupés et ce
chiffre ; il l’applique aux autres, avec un intervalle conforme.
"""

from observatoire.estimation.calage.apprentissage import (
    Reglages,
    apprendre_calage,
    predire_hors_groupe,
)
from observatoire.estimation.calage.calage import (
    VARIANTES,
    Calage,
    Donnees,
    decrire_donnees,
    part_connue,
    sans_sa_propre_cible,
)
from observatoire.estimation.calage.descripteurs import PUBLIES
from observatoire.estimation.calage.evaluation import (
    compter_nuage,
    estimer_par_les_iris,
    mesurer_erreurs,
    tableau_des_erreurs,
)
from observatoire.estimation.calage.statistiques import (
    RECENSEMENT,
    REVENUS,
    STATISTIQUES,
    seuil_de_pauvrete,
)

__all__ = [
    "PUBLIES",
    "RECENSEMENT",
    "REVENUS",
    "STATISTIQUES",
    "VARIANTES",
    "Calage",
    "Donnees",
    "Reglages",
    "apprendre_calage",
    "compter_nuage",
    "decrire_donnees",
    "estimer_par_les_iris",
    "mesurer_erreurs",
    "part_connue",
    "predire_hors_groupe",
    "sans_sa_propre_cible",
    "seuil_de_pauvrete",
    "tableau_des_erreurs",
]
