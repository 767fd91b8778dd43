"""De quoi une carte parle : indicateur, ville, zones, quartiers."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from observatoire.cartes.francais import a_la_ville
from observatoire.cartes.modeles import TypeVue
from observatoire.cartes.quartier import nom_reference
from observatoire.catalogue import Indicateur
from observatoire.domaine import NomDeZones
from observatoire.redaction import FINE

__all__ = ["NOMS_NIVEAU", "SujetCarte", "unite_en_mots"]

NOMS_NIVEAU = {
    "iris": NomDeZones("IRIS", "IRIS", "m"),
    "qpv": NomDeZones("quartier prioritaire", "quartiers prioritaires", "m"),
    "secteur": NomDeZones("secteur", "secteurs", "m"),
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
    ensemble: str = "ville"
    """« ville », ou « epci » pour une carte de plusieurs villes."""
    classes: str = "jenks"
    """Méthode des classes de la vue des valeurs : voir ``discretisation.LIBELLES_CLASSES``."""
    mesures_comparees: tuple[float, ...] = ()
    """Mesures d’un autre millésime, qui partage les mêmes classes."""
    centre_classes: float | None = None
    """Milieu des classes centrées : la valeur de la ville, au millésime le plus récent comparé."""
    noms_declares: NomDeZones | None = None
    """Nom des zones d’un découpage de la ville."""

    @property
    def nom_reference(self) -> str:
        """Territoire auquel l’écart est mesuré, avec son article."""
        return nom_reference(self.reference, plusieurs_villes=self.ensemble != "ville")

    @property
    def nom_ensemble(self) -> str:
        """Ce que la carte couvre, avec son article."""
        return nom_reference(self.ensemble)

    @property
    def lieu(self) -> str:
        """Complément de lieu en tête de phrase : « À Grenoble »."""
        if self.ensemble == "ville":
            return a_la_ville(self.nom_ville, self.est_fictive)
        fictive = " (fictive)" if self.est_fictive else ""
        return f"Dans l’intercommunalité {self.nom_ville}{fictive}"

    @property
    def noms(self) -> NomDeZones:
        """Nom des zones."""
        return self.noms_declares or NOMS_NIVEAU[self.niveau]

    @property
    def un_seul(self) -> str:
        """« un seul secteur », « une seule aire » ; « 1 aire » si le genre n’est pas connu."""
        return f"{self.accorder('un seul', 'une seule', '1')} {self.noms.singulier}"

    @property
    def le_seul(self) -> str:
        """« le seul secteur », « la seule aire » ; « 1 aire » si le genre n’est pas connu."""
        return f"{self.accorder('le seul', 'la seule', '1')} {self.noms.singulier}"

    @property
    def toutes(self) -> str:
        """« tous les secteurs », « toutes les aires » ; « les aires » si le genre n’est pas connu."""
        return f"{self.accorder('tous les', 'toutes les', 'les')} {self.noms.pluriel}"

    def accorder(self, masculin: str, feminin: str, sinon: str) -> str:
        """Mot accordé avec le nom des zones ; ``sinon`` si son genre n’est pas connu."""
        return {"m": masculin, "f": feminin}.get(self.noms.genre, sinon)

    @property
    def des_zones(self) -> str:
        """« de secteurs », « d’aires »."""
        pluriel = self.noms[1]
        return f"d’{pluriel}" if pluriel[0].lower() in "aeiouyéèêh" else f"de {pluriel}"

    @property
    def montre_les_quartiers(self) -> bool:
        """Faux par secteur ou autre découpage de la ville : la carte ne parle pas des quartiers."""
        return self.niveau in {"iris", "qpv"}

    def compter(self, nombre: int) -> str:
        """Nombre et nom de zones accordé : « 10 IRIS », « 1 secteur »."""
        return f"{nombre} {self.noms[0] if nombre < 2 else self.noms[1]}"


def unite_en_mots(unite: str, *, ecart: bool = False) -> str:
    """Unité d’une légende : « en points », « en euros », ou rien pour un rapport."""
    if unite == "pct":
        return "en points" if ecart else "en %"
    if unite.startswith("pour_") and not ecart:
        # Le nom de l’indicateur le dit déjà.
        return ""
    return {
        "eur": "en euros",
        "hab_km2": "en hab./km²",
        "pour_10000": f"pour 10{FINE}000 habitants",
        "pour_100": "pour 100 habitants",
        "ips": "en points d’indice",
    }.get(unite, "")
