"""Ce qu’une carte montre, indépendamment du support : écran ou papier.

:func:`observatoire.cartes.vue.composer_vue` prépare une :class:`VueCarte` à partir
d’une édition ; ``carte_web`` et ``carte_papier`` la dessinent sans rien calculer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import geopandas as gpd

__all__ = ["Aspect", "ClasseLegende", "Legende", "TypeVue", "VueCarte"]

TypeVue = Literal["valeur", "ecart"]


class Aspect(StrEnum):
    """Manière de dessiner une zone ; chacune a son entrée de légende."""

    VALEUR = "valeur"
    INDICATIF = "indicatif"
    """Valeur connue, dont l’écart n’est qu’indicatif : des points sur sa couleur. Seule la légende en fait
    une entrée à part ; la zone compte aussi dans sa classe."""
    SECRET = "secret"  # noqa: S105
    ABSENT = "absent"
    SANS_LOGEMENT = "sans_logement"
    INCERTAIN = "incertain"
    """Estimation trop large pour porter une couleur dans la vue des écarts."""

    @property
    def libelle(self) -> str:
        """Mots de la légende."""
        return {
            "valeur": "valeur connue",
            "indicatif": "dont écart seulement indicatif",
            "secret": "secret statistique",
            "absent": "non disponible",
            "sans_logement": "zone d’activité ou sans logement",
            "incertain": "estimation trop incertaine",
        }[self.value]


@dataclass(frozen=True, slots=True)
class ClasseLegende:
    """Une classe : bornes (unité de l’indicateur), couleur, texte, nombre de zones."""

    borne_basse: float
    borne_haute: float
    couleur: str
    libelle: str
    effectif: int


@dataclass(frozen=True, slots=True)
class Legende:
    """Légende complète d’une carte.

    ``classes`` va des valeurs hautes aux valeurs basses, dans l’ordre d’affichage.
    ``aspects`` compte les zones masquées, non disponibles, sans logement, et celles des classes dont
    l’écart est indicatif (s’il y en a).
    ``repere`` situe la ville : « ville = 21,0 % ». ``methode`` nomme la discrétisation.
    """

    titre: str
    titre_effectif: str
    classes: tuple[ClasseLegende, ...]
    aspects: tuple[tuple[Aspect, int], ...]
    repere: str
    methode: str


@dataclass(frozen=True, slots=True)
class VueCarte:
    """Une carte prête à dessiner.

    ``zones`` porte ``code_territoire, nom, type_iris, valeur, statut, methode, ecart,
    verdict, part_couverte, borne_basse, borne_haute, aspect, classe, couleur,
    texte_valeur, texte_ecart, texte_statut, texte_qualite, indicatif, geometry`` ; ``classe`` est le rang
    dans ``legende.classes`` ou −1 ; ``indicatif``, vrai si la couleur dit plus que l’écart n’établit. Pour un stock, ``zones`` porte aussi ``rayon_relatif``
    (0 à 1, proportionnel à la racine de l’effectif) et ``couleur`` reste neutre.
    ``qpv`` et ``secteurs`` portent ``code_territoire, nom, geometry`` ; ``communes``
    ``code_commune, nom, geometry`` ; ``eau`` ``nom, geometry``. Toutes les couches sont
    dans la même projection légale (mètres).
    """

    zones: gpd.GeoDataFrame
    qpv: gpd.GeoDataFrame
    secteurs: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame
    eau: gpd.GeoDataFrame
    indicateur_id: str
    libelle_indicateur: str
    unite: str
    est_stock: bool
    millesime: int
    vue: TypeVue
    reference: str
    nom_ville: str
    est_fictive: bool
    titre: str
    sous_titre: str
    texte_ville: str
    """Chiffre de la ville, écrit : « 21,0 % », ou « non disponible »."""
    complement_ville: str
    """Suite du chiffre : « des habitants vivent sous le seuil de pauvreté »."""
    phrase_lecture: str
    precaution: str
    source: str
    edition: str
    texte_alternatif: str
    legende: Legende
    centre: str = ""
    """Code du quartier sur lequel la carte imprimée est cadrée ; vide pour toute la ville."""
    lieux: gpd.GeoDataFrame | None = None
    """Lieux posés : ``nom, categorie, forme, geometry``, même projection ; voir ``lieux_papier``."""
