"""Inégalités de la ville : indices, ségrégation, grappes, types de quartiers, poches, ceintures."""

from observatoire.indicateurs.inegalites.ceintures import dessiner_ceintures
from observatoire.indicateurs.inegalites.ensemble import MesuresDeLot, calculer_inegalites
from observatoire.indicateurs.inegalites.lignes import COLONNES_INEGALITES, NIVEAU_DE_VIE
from observatoire.indicateurs.inegalites.poches_carreaux import reperer_poches_carreaux

__all__ = [
    "COLONNES_INEGALITES",
    "NIVEAU_DE_VIE",
    "MesuresDeLot",
    "calculer_inegalites",
    "dessiner_ceintures",
    "reperer_poches_carreaux",
]
