"""De quoi une carte parle : indicateur, ville, zones, quartiers."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from observatoire.cartes.modeles import TypeVue
from observatoire.catalogue import Indicateur

__all__ = ["NOMS_NIVEAU", "SujetCarte", "unite_en_mots"]

NOMS_NIVEAU = {
    "iris": ("IRIS", "IRIS"),
    "qpv": ("quartier prioritaire", "quartiers prioritaires"),
    "secteur": ("secteur", "secteurs"),
}


@dataclass(frozen=True, slots=True)
class SujetCarte:
    """De quoi la carte parle.

    ``zones`` porte ``valeur, ecart, statut, verdict, aspect`` ; ``quartiers``, les QPV de la
    ville, ``nom, valeur, ecart, statut, verdict, effectif`` (vide si l’édition n’en a pas).
    """

    indicateur: Indicateur
    nom_ville: str
    est_fictive: bool
    niveau: str
    vue: TypeVue
    reference: str
    millesime: int
    valeur_ville: float | None
    valeur_reference: float | None
    zones: pd.DataFrame
    quartiers: pd.DataFrame

    @property
    def noms(self) -> tuple[str, str]:
        """Nom des zones, au singulier et au pluriel."""
        return NOMS_NIVEAU[self.niveau]

    def compter(self, nombre: int) -> str:
        """Nombre et nom de zones accordé : « 10 IRIS », « 1 secteur »."""
        return f"{nombre} {self.noms[0] if nombre < 2 else self.noms[1]}"


def unite_en_mots(unite: str, *, ecart: bool = False) -> str:
    """Unité d’une légende : « en points », « en euros », ou rien pour un rapport."""
    if unite == "pct":
        return "en points" if ecart else "en %"
    return {"eur": "en euros", "hab_km2": "en hab./km²"}.get(unite, "")
