"""Vocabulaire du domaine : statuts, méthodes, verdicts, types de territoire.

Ces valeurs sont écrites telles quelles dans les éditions ; elles ne changent pas
sans une nouvelle version du format.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

__all__ = [
    "DEPARTEMENT_FICTIF",
    "Comparabilite",
    "Methode",
    "NomDeZones",
    "Qualite",
    "Reference",
    "Statut",
    "TypeTerritoire",
    "Verdict",
    "est_fictive",
    "libelle_territoire",
]


class Statut(StrEnum):
    """Comment une valeur a été obtenue, ou pourquoi il n’y en a pas."""

    PUBLIE = "publie"
    """Publiée par le producteur, ou somme exacte d’effectifs qu’il publie."""
    ESTIME = "estime"
    """Reconstituée à partir d’IRIS ou de carreaux."""
    SECRET = "secret"  # noqa: S105 – un statut, pas un mot de passe
    """Masquée par le producteur, ou par notre propre seuil : jamais 0, jamais vide."""
    ABSENT = "absent"
    """Le producteur ne diffuse pas ce chiffre pour ce territoire."""

    @property
    def libelle(self) -> str:
        """Mot affiché à l’écran et dans les documents."""
        return {
            "publie": "publié",
            "estime": "estimé",
            "secret": "secret statistique",
            "absent": "non disponible",
        }[self.value]


class TypeTerritoire(StrEnum):
    """Nature d’un territoire de l’édition."""

    COMMUNE = "commune"
    EPCI = "epci"
    IRIS = "iris"
    QPV = "qpv"
    QPV_2015 = "qpv_2015"
    """Contour de 2015 d’un quartier d’aujourd’hui : seulement pour décomposer une évolution."""
    SECTEUR = "secteur"

    @property
    def libelle(self) -> str:
        """Nom au singulier."""
        return {
            "commune": "ville",
            "epci": "intercommunalité",
            "iris": "IRIS",
            "qpv": "quartier prioritaire de la politique de la ville (QPV)",
            "qpv_2015": "contour de 2015 d’un quartier prioritaire",
            "secteur": "secteur",
        }[self.value]


class NomDeZones(NamedTuple):
    """Nom des zones d’un découpage, et ce qu’il faut pour l’accorder."""

    singulier: str
    """Au milieu d’une phrase : « secteur scolaire »."""
    pluriel: str
    genre: str = ""
    """« m », « f », ou vide s’il n’est pas connu : les phrases évitent alors l’accord."""


def libelle_territoire(type_territoire: str) -> str:
    """Nom au singulier d’une nature de territoire, ou d’une famille de découpage de la ville.

    Une famille (``secteurs_scolaires``) n’est pas dans :class:`TypeTerritoire` : son identifiant est
    écrit en mots.
    """
    if type_territoire in set(TypeTerritoire):
        return TypeTerritoire(type_territoire).libelle
    return type_territoire.replace("_", " ")


class Methode(StrEnum):
    """Méthode par laquelle une valeur a été obtenue."""

    PUBLIE = "publie"
    SOMME_IRIS = "somme_iris"
    MELANGE_IRIS = "melange_iris"
    CALEE = "calee"
    """Relation apprise sur les quartiers publiés, à partir des IRIS seuls."""
    CALEE_PUBLIE = "calee_publie"
    """La même, avec les autres chiffres publiés du quartier."""
    CARREAUX = "carreaux"
    SURFACE = "surface"
    COMPTAGE = "comptage"
    """Équipements ou établissements comptés un à un, d’après leur position."""
    DIFFERENCE = "difference"
    SOMME_COMMUNES = "somme_communes"
    """Numérateurs et dénominateurs des communes, ou taux pesés par leurs habitants."""
    COMMUNES_COMPLETEES = "communes_completees"
    """La même, les communes masquées étant estimées d’après un autre chiffre qu’elles publient."""
    MELANGE_COMMUNES = "melange_communes"
    QUARTIERS_REUNIS = "quartiers_reunis"
    AUCUNE = "aucune"

    @property
    def libelle(self) -> str:
        """Explication courte, affichée à côté du chiffre."""
        return {
            "publie": "chiffre publié par le producteur",
            "somme_iris": "calcul exact sur les IRIS entiers de la ville",
            "melange_iris": "distribution reconstituée à partir des IRIS entiers",
            "calee": (
                "estimé à partir des IRIS, calé sur les quartiers de France dont le chiffre est publié"
            ),
            "calee_publie": (
                "estimé à partir des IRIS et des autres chiffres publiés du quartier, "
                "calé sur les quartiers de France dont le chiffre est publié"
            ),
            "carreaux": "estimé à partir des IRIS et des carreaux de 200 m",
            "surface": "estimé à partir des IRIS, au prorata des surfaces",
            "comptage": "calculé sur la liste des équipements ou des établissements",
            "difference": "la ville moins ses quartiers",
            "somme_communes": "calcul sur les communes entières",
            "communes_completees": (
                "calcul sur les communes entières, celles dont le chiffre est masqué étant estimées "
                "d’après leur niveau de vie médian"
            ),
            "melange_communes": "distribution reconstituée à partir des communes entières",
            "quartiers_reunis": "quartiers réunis, pesés par leurs habitants",
            "aucune": "aucun chiffre",
        }[self.value]

    @property
    def est_calee(self) -> bool:
        """Vrai si les bornes sont un intervalle à 90 %, et non ce que les données permettent."""
        return self in {Methode.CALEE, Methode.CALEE_PUBLIE}

    @property
    def court(self) -> str:
        """Un mot ou deux, à la suite du statut ; vide quand le statut suffit."""
        return {
            "somme_iris": "somme d’IRIS",
            "melange_iris": "IRIS entiers",
            "calee": "calé",
            "calee_publie": "calé",
            "carreaux": "carreaux",
            "surface": "surfaces",
            "comptage": "comptage",
        }.get(self.value, "")


class Reference(StrEnum):
    """Territoire auquel un écart est mesuré."""

    VILLE = "ville"
    VILLE_HORS_QPV = "ville_hors_qpv"
    EPCI = "epci"
    """Si des fichiers disent ses communes et couvrent chacune."""
    DEPARTEMENT = "departement"
    FRANCE = "france"
    QPV_FRANCE = "qpv_france"
    VILLES_COMPARABLES = "villes_comparables"

    @property
    def libelle(self) -> str:
        """Complément de « comparé à » ; aucun article ne s’y contracte."""
        return {
            "ville": "la ville entière",
            "ville_hors_qpv": "la ville hors QPV",
            "epci": "l’intercommunalité",
            "departement": "l’ensemble du département",
            "france": "l’ensemble de la France",
            "qpv_france": "l’ensemble des QPV de France",
            "villes_comparables": "l’ensemble des villes comparables",
        }[self.value]


class Verdict(StrEnum):
    """Ce que l’on peut dire d’un écart, en trois mots."""

    ECART_NET = "ecart_net"
    ECART_INDICATIF = "ecart_indicatif"
    NON_INTERPRETABLE = "non_interpretable"

    @property
    def libelle(self) -> str:
        """Mots affichés à l’écran et dans les documents."""
        return {
            "ecart_net": "écart net",
            "ecart_indicatif": "écart indicatif",
            "non_interpretable": "non interprétable",
        }[self.value]

    @property
    def evolution(self) -> str:
        """Les mêmes trois mots, d’un changement entre deux dates."""
        return {
            "ecart_net": "évolution nette",
            "ecart_indicatif": "évolution indicative",
            "non_interpretable": "non interprétable",
        }[self.value]


class Comparabilite(StrEnum):
    """Ce que les règles disent de la comparaison de deux millésimes."""

    COMPARABLE = "comparable"
    ANNOTEE = "annotee"
    """Montrée, avec sa raison."""
    REFUSEE = "refusee"
    """Ni calculée ni montrée : seule la raison l’est."""

    @property
    def libelle(self) -> str:
        """Mots affichés à l’écran et dans les documents."""
        return {
            "comparable": "comparaison permise",
            "annotee": "comparaison à lire avec précaution",
            "refusee": "comparaison refusée",
        }[self.value]


class Qualite(StrEnum):
    """Qualité d’un chiffre, dite de la même façon par tous les écrans et les exports.

    Un chiffre a une seule qualité : la première qui s’applique, dans cet ordre.
    """

    MASQUEE = "masquee"
    ABSENTE = "absente"
    BORNES_SEULES = "bornes_seules"
    PARTIELLEMENT_MASQUEE = "partiellement_masquee"
    ANCIENNE = "ancienne"
    ESTIMEE = "estimee"
    COMPLETE = "complete"

    @property
    def libelle(self) -> str:
        """Un mot ou deux, pour la pastille."""
        return {
            "masquee": "masquée",
            "absente": "non disponible",
            "bornes_seules": "bornes seulement",
            "partiellement_masquee": "partiellement masquée",
            "ancienne": "ancienne",
            "estimee": "estimée",
            "complete": "complète",
        }[self.value]

    @property
    def explication(self) -> str:
        """Phrase qui dit ce que ce mot veut dire."""
        return {
            "masquee": "Le producteur masque ce chiffre : le secret statistique protège les habitants.",
            "absente": "Le producteur ne diffuse pas ce chiffre pour ce territoire.",
            "bornes_seules": (
                "Les données ne permettent qu’un intervalle : l’estimation décrirait surtout des "
                "habitants d’à côté."
            ),
            "partiellement_masquee": (
                "Une partie des habitants vit dans des IRIS dont le chiffre est masqué ou manque."
            ),
            "ancienne": "Le producteur a diffusé depuis un millésime nettement plus récent.",
            "estimee": "Reconstituée à partir d’IRIS ou de carreaux, avec une erreur mesurée.",
            "complete": "Publiée par le producteur, ou somme exacte de chiffres qu’il publie.",
        }[self.value]


DEPARTEMENT_FICTIF = "00"


def est_fictive(code_commune: str) -> bool:
    """Vrai pour une commune de la ville de démonstration, qu’aucun producteur ne connaît."""
    return code_commune.startswith(DEPARTEMENT_FICTIF)
