"""Ce qui permet de lire un document : méthode, mots, sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from observatoire.cartes.francais import de_la_ville, typographier
from observatoire.cartes.quartier import nom_reference
from observatoire.catalogue import Indicateur
from observatoire.domaine import Reference, Statut, Verdict
from observatoire.editions import Edition
from observatoire.exports.lignes import Chiffre
from observatoire.redaction import FINE, ecrire_date, majuscule

__all__ = [
    "AVIS_FICTIF",
    "AVIS_SOURCES_FICTIVES",
    "Definition",
    "SourceCitee",
    "citer_sources",
    "citer_suivi",
    "cle_des_points",
    "composer_methode",
    "definir",
    "dire_document",
    "note_du_tableau",
]

AVIS_FICTIF = typographier("Ville fictive : données inventées pour la démonstration")
AVIS_SOURCES_FICTIVES = typographier(
    "Ville fictive : les données sont inventées, aux formats des sources suivantes."
)


@dataclass(frozen=True, slots=True)
class Definition:
    """Un terme et son sens."""

    terme: str
    sens: str


@dataclass(frozen=True, slots=True)
class SourceCitee:
    """Une source employée : citation, tables, licence, date des fichiers, précaution."""

    citation: str
    titre: str
    licence: str
    date_fichier: str
    precaution: str

    @property
    def en_ligne(self) -> list[str]:
        """Cellules d’un tableau de sources, dans l’ordre des gabarits."""
        return [self.citation, self.titre, self.licence, self.date_fichier, self.precaution]


_COMPARAISON = (
    "Le tableau donne, pour chaque quartier, la valeur et l’écart à {reference}. L’écart entre deux "
    "taux se compte en points, jamais en pourcentage."
)
_HORS_QPV = (
    " La ville hors quartiers prioritaires est la ville moins ses quartiers, qui la diluent."
)
_STATUTS = {
    "publie": "chiffre que le producteur publie pour ce quartier ; il est toujours préféré.",
    "estime": (
        "chiffre reconstitué à partir des IRIS que le quartier coupe : les effectifs sont répartis, "
        "additionnés, puis divisés ; un taux n’est jamais une moyenne de taux."
    ),
    "cale": (
        "estimation corrigée d’après les quartiers de France dont le chiffre est publié ; neuf fois sur "
        "dix, le chiffre publié est dans son intervalle."
    ),
    "bornes": (
        "le quartier ne couvre qu’une partie de ses IRIS : seules sont données la plus petite et la plus "
        "grande valeur que les données permettent, sans hypothèse."
    ),
    "secret": "valeur que le producteur masque pour protéger les personnes ; elle n’est ni nulle ni faible.",
    "absent": "le producteur ne diffuse pas ce chiffre pour ce quartier.",
}
_VERDICTS = {
    Verdict.ECART_NET: "l’intervalle ou les bornes excluent la valeur de la référence : l’écart est affirmé.",
    Verdict.ECART_INDICATIF: "un écart est observé, mais la référence reste possible : il n’est que vraisemblable.",
    Verdict.NON_INTERPRETABLE: "le chiffre ne peut pas être comparé : il manque, ou décrit surtout d’autres habitants.",
}
_GLOSSAIRE = {
    "QPV": (
        "Quartier prioritaire de la politique de la ville : territoire délimité par décret d’après les "
        "revenus de ses habitants ; contours de 2024."
    ),
    "IRIS": f"Découpage de l’Insee en îlots d’environ 2{FINE}000 habitants, pour la diffusion des statistiques.",
    "Point": "Différence entre deux pourcentages : de 21 % à 45 %, il y a 24 points.",
    "Niveau de vie": (
        "Revenu disponible du ménage, après impôts et prestations, divisé par le nombre d’unités de consommation."
    ),
    "Unité de consommation": (
        "Poids d’une personne dans le ménage : 1 pour la première, 0,5 pour chaque autre de 14 ans ou plus, "
        "0,3 pour chaque enfant plus jeune."
    ),
    "Seuil de pauvreté": "60 % du niveau de vie médian national ; au-dessous, une personne est dite pauvre.",
    "Médiane": "Valeur qui partage les habitants en deux moitiés : elle n’est pas une moyenne.",
    "Filosofi": "Fichier localisé social et fiscal de l’Insee : revenus déclarés et prestations, exhaustif.",
    "Recensement": (
        "Enquête de l’Insee étalée sur cinq ans : dans une grande commune, ses chiffres reposent sur un sondage."
    ),
}
_TERMES_PAR_UNITE = {"eur": ("Niveau de vie", "Unité de consommation", "Médiane", "Filosofi")}


def cle_des_points(nom_ville: str, autre_reference: str) -> str:
    """Légende d’une ligne de points, en une phrase ; ``autre_reference`` : celle du carré gris, s’il y en a un."""
    gris = f" ; carré gris : {autre_reference}" if autre_reference else ""
    return typographier(
        f"Point ocre : le quartier ; point noir : {nom_ville} ; point creux : la ville hors QPV{gris} ; trait à "
        "deux butées : intervalle à 90 % ; bande claire : bornes, tout ce que les données permettent."
    )


def note_du_tableau(nom_reference: str) -> str:
    """Comment lire une case du tableau des écarts."""
    return typographier(
        f"Dans chaque case : la valeur, son intervalle si elle est estimée, puis l’écart à {nom_reference}. "
        "Un tiret : aucun écart ne peut être affirmé. « 12 à 45 % » : seules les bornes sont connues. « Non "
        "estimable » : les bornes ne disent rien. Brun : écart défavorable ; indigo : favorable ; noir : ni "
        "l’un ni l’autre."
    )


def dire_document(identifiant: str, edition: str, date_edition: str, *, suivi: str = "") -> str:
    """Dernière ligne : de quelle édition le document est fait ; ``suivi`` : date du suivi qu’il cite aussi."""
    origine = "Chaque chiffre de ce document est une valeur de cette édition."
    if suivi:
        origine = (
            "Ses statistiques sont des valeurs de cette édition ; ses actions, ses montants et ses paroles "
            f"viennent du suivi du contrat de ville au {suivi}."
        )
    return typographier(
        f"Document {identifiant}, composé à partir de l’édition {edition} du {date_edition}. Traitement : "
        f"Observatoire. {origine}"
    )


def composer_methode(chiffres: Sequence[Chiffre], *, reference: str) -> tuple[Definition, ...]:
    """Expliquer les seuls statuts et verdicts que le document montre.

    Parameters
    ----------
    chiffres : sequence of Chiffre
        Chiffres du tableau.
    reference : {"ville", "ville_hors_qpv", …}
        Territoire de comparaison.
    """
    comparaison = _COMPARAISON.format(reference=nom_reference(reference))
    if reference == Reference.VILLE_HORS_QPV.value:
        comparaison += _HORS_QPV
    definitions = [Definition("Ce que l’on compare", comparaison)]
    genres = {_genre(c) for c in chiffres}
    noms = {
        "publie": "Publié", "estime": "Estimé", "cale": "Estimé, calé", "bornes": "Bornes",
        "secret": "Secret statistique", "absent": "Non disponible",
    }  # fmt: skip
    definitions += [Definition(noms[g], t) for g, t in _STATUTS.items() if g in genres]
    vus = {c.verdict for c in chiffres}
    definitions += [
        Definition(v.libelle.capitalize(), t) for v, t in _VERDICTS.items() if v.value in vus
    ]
    return tuple(Definition(d.terme, typographier(majuscule(d.sens))) for d in definitions)


def _genre(chiffre: Chiffre) -> str:
    if chiffre.bornes_seules:
        return "bornes"
    if chiffre.statut == Statut.ESTIME.value and chiffre.est_calee:
        return "cale"
    return chiffre.statut


def definir(indicateurs: Iterable[Indicateur]) -> tuple[Definition, ...]:
    """Mots employés par ces indicateurs ; QPV, IRIS et point toujours."""
    voulus = {"QPV", "IRIS", "Point"}
    for indicateur in indicateurs:
        voulus |= set(_TERMES_PAR_UNITE.get(indicateur.unite, ()))
        if indicateur.enquete == "exhaustive":
            voulus |= {"Filosofi"}
        else:
            voulus |= {"Recensement"}
        if "seuil de pauvreté" in indicateur.lecture:
            voulus |= {"Seuil de pauvreté", "Niveau de vie", "Unité de consommation"}
    return tuple(Definition(t, typographier(s)) for t, s in _GLOSSAIRE.items() if t in voulus)


_COUCHES_DESSINEES = frozenset({"iris", "qpv", "secteurs", "communes", "eau"})


def citer_sources(edition: Edition, cites: set[tuple[str, int]]) -> tuple[SourceCitee, ...]:
    """Fichiers dont viennent les chiffres et les contours du document.

    Parameters
    ----------
    edition : Edition
    cites : set of (str, int)
        Indicateurs et millésimes montrés.
    """
    lignes = " ; ".join(edition.citation(i, annee) for i, annee in sorted(cites))
    employees = [
        e
        for e in edition.manifeste["entrees"]
        # Les tableaux cités, et tous les contours et fonds que la carte dessine.
        if e.get("role") in _COUCHES_DESSINEES or e["citation"] in lignes
    ]
    groupes: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for entree in employees:
        cle = (str(entree["citation"]), str(entree["licence"]), str(entree["date_fichier"]))
        groupes.setdefault(cle, []).append(entree)
    return tuple(
        SourceCitee(
            citation=typographier(citation),
            titre=typographier(" ; ".join(dict.fromkeys(e["titre"] for e in fichiers))),
            licence=licence,
            date_fichier=ecrire_date(date.fromisoformat(jour)),
            precaution=typographier(
                " ".join(dict.fromkeys(e["precaution"] for e in fichiers if e["precaution"]))
            ),
        )
        for (citation, licence, jour), fichiers in groupes.items()
    )


def citer_suivi(
    edition: Edition, jour: date, cites: set[tuple[str, int]]
) -> tuple[SourceCitee, ...]:
    """Le suivi du contrat de ville d’abord, puis les fichiers dont viennent les chiffres."""
    suivi = SourceCitee(
        f"Ville {de_la_ville(edition.nom_commune)}",
        "Suivi du contrat de ville : actions, financements, paroles d’habitants",
        "–",
        ecrire_date(jour),
        "",
    )
    return suivi, *citer_sources(edition, cites)
