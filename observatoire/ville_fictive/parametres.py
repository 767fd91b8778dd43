"""Constantes de la ville fictive : codes, noms, seuils et dates.

Tout ce que l’on peut vouloir changer sans toucher à la mécanique est ici. La ville n’existe pas :
ses codes
de commune (département « 00 »), ses noms et sa position (en mer, au large du golfe de Gascogne)
sont inventés.
"""

from __future__ import annotations

from typing import Final

GRAINE_PAR_DEFAUT: Final = 2025
LON_CENTRE: Final = -3.5
LAT_CENTRE: Final = 46.0

CODE_VILLE: Final = "00001"
CODE_BOURG: Final = "00002"
CODE_VOISINE: Final = "00003"
COMMUNES: Final[dict[str, str]] = {
    CODE_VILLE: "Brumeval",
    CODE_BOURG: "Clairorme",
    CODE_VOISINE: "Vernoise",
}
# Communes de décor : elles n’ont ni habitants ni statistiques, elles évitent un fond de carte vide.
COMMUNES_DECOR: Final[dict[str, str]] = {
    "00004": "Sallombre",
    "00005": "Orvanche",
    "00006": "Montbruyant",
    "00007": "Louvigny-les-Brumes",
    "00008": "Pressargue",
    "00009": "Tourbelle",
}
POPULATIONS_CIBLES: Final[dict[str, int]] = {
    CODE_VILLE: 57_200,
    CODE_BOURG: 3_000,
    CODE_VOISINE: 9_000,
}

SIREN_EPCI: Final = "000000001"
NOM_EPCI: Final = "Brumeval Agglomération"
CODE_REGION: Final = "00"
NOM_REGION: Final = "Région fictive"
CODE_DEPARTEMENT: Final = "00"
NOM_DEPARTEMENT: Final = "Département fictif"

SECTEURS: Final[dict[str, str]] = {
    "01": "Centre",
    "02": "Coteaux",
    "03": "Nord",
    "04": "Levant",
    "05": "Rive sud",
    "06": "Couchant",
}

QPV_2024: Final[dict[str, str]] = {
    "QN00001M": "La Vergnée - Grand Clos",
    "QN00002M": "Cité des Tisserands",
    "QN00003M": "Pont-Ferré",
    "QN00004M": "Les Hauts de Sarcelle-Blanche",
    "QN00005M": "Saint-Aubert - Les Ateliers",
}
QPV_2015: Final[dict[str, str]] = {
    "QP000001": "La Vergnée",
    "QP000002": "Tisserands",
    "QP000003": "Pont-Ferré - Basse Rive",
    "QP000004": "Les Hauts de Sarcelle-Blanche",
    "QP000005": "Saint-Aubert",
}
CORRESPONDANCE_QPV: Final[dict[str, str]] = dict(zip(QPV_2024, QPV_2015, strict=True))
QPV_MASQUE: Final = "QN00003M"

# Seuils de pauvreté à 60 % de la médiane nationale (Insee, Filosofi), en euros par an et par unité
# de consommation.
SEUILS_PAUVRETE: Final[dict[int, int]] = {2018: 12_750, 2021: 13_890}
MILLESIMES_RECENSEMENT: Final = (2017, 2022)
MILLESIMES_REVENUS: Final = (2018, 2021)
# Chaque millésime décrit l’un des deux états simulés de la population.
EPOQUE_DU_MILLESIME: Final[dict[int, int]] = {2017: 0, 2018: 0, 2021: 1, 2022: 1}

SEUIL_MENAGES_SECRET: Final = 11
SEUIL_PERSONNES_IRIS: Final = 200
PART_MAXIMALE_MENAGE: Final = 0.85
TAUX_SONDAGE_ADRESSES: Final = 0.4
SEUIL_COMMUNE_SONDEE: Final = 10_000

NOMS_IRIS: Final[dict[str, list[str]]] = {
    "01": [
        "Cathédrale",
        "Halles",
        "Vieux Quais",
        "Hôtel de Ville",
        "Gare",
        "Remparts",
        "Théâtre",
        "Préfecture",
        "Beffroi",
        "Arsenal",
        "Carmes",
        "Jardin Botanique",
    ],
    "02": [
        "Coteaux Ouest",
        "Belle Vue",
        "Les Tisserands",
        "Fontaine Claire",
        "Les Vignes",
        "Haut Garenne",
        "Clos Fleuri",
        "Moulin à Vent",
    ],
    "03": [
        "Nord Gare",
        "La Chênaie",
        "Les Carrières",
        "Saint-Hilaire",
        "Croix Verte",
        "Grand Verger",
        "Le Plateau",
        "Les Charmes",
        "Champ Rond",
    ],
    "04": [
        "Saint-Aubert",
        "Les Ateliers",
        "Vergnée Sud",
        "Canal",
        "Petit Levant",
        "Bas Clos",
        "Les Forges",
        "Les Oseraies",
        "Grand Clos",
    ],
    "05": [
        "Pont-Ferré",
        "Les Prairies",
        "Sainte-Odile",
        "La Tannerie",
        "Bois Joli",
        "Les Marronniers",
        "Le Gué",
        "Val d’Orme",
    ],
    "06": [
        "Faubourg du Couchant",
        "Les Peupliers",
        "La Grange",
        "Saint-Loup",
        "Les Écluses",
        "Beaupré",
        "L’Abbaye",
        "Le Mail",
    ],
    "voisine": ["Vernoise Bourg", "Grand Clos Nord", "Vernoise Est", "Les Hameaux"],
}
