"""Un calage appris une fois sur des données de synthèse."""

from __future__ import annotations

import pytest
from fabriques_calage import BORNES, fabriquer

from observatoire.estimation.calage import apprendre_calage


@pytest.fixture(scope="session")
def jeu_synthetique():
    """Données, taux de pauvreté et département de 140 quartiers."""
    return fabriquer()


@pytest.fixture(scope="session")
def calage_synthetique(jeu_synthetique):
    """Calage du taux de pauvreté et du taux d’emploi appris sur ce jeu."""
    donnees, verite, groupes = jeu_synthetique
    cibles = {
        "taux_pauvrete": verite,
        "taux_emploi_15_64": donnees.publies["taux_emploi"],
        "part_logements_sociaux": 100
        * donnees.publies["logements_sociaux"]
        / donnees.publies["menages"],
        "indice_jeunesse": donnees.publies["indice_jeunesse"].iloc[:40],
    }
    bornes = dict.fromkeys(cibles, (0.0, 100.0))
    return apprendre_calage(donnees, cibles, groupes, BORNES | bornes, origine={"millesime": 2021})
