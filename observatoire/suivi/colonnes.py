"""Colonnes du classeur de suivi : le gabarit et la lecture en ont une seule description."""

from __future__ import annotations

from dataclasses import dataclass

from observatoire.ingestion.classeur import normaliser_entete

__all__ = ["ACTIONS", "FEUILLES", "FINANCEMENTS", "HABITANTS", "QUARTIERS", "Colonne"]


@dataclass(frozen=True, slots=True)
class Colonne:
    """Une colonne : titre, aide, largeur, liste de choix."""

    titre: str
    aide: str
    largeur: int = 16
    liste: str = ""
    genre: str = "texte"
    obligatoire: bool = False

    @property
    def champ(self) -> str:
        """Nom normalisé."""
        return normaliser_entete(self.titre)


_IDENTIFIANT = Colonne(
    "Identifiant", "Numéro de l’action dans votre programme ; il ne change pas d’une année à l’autre.",
    14, obligatoire=True,
)  # fmt: skip
ACTIONS = (
    _IDENTIFIANT,
    Colonne("Intitulé", "Nom court de l’action.", 36, obligatoire=True),
    Colonne("Description", "Ce que l’action fait, pour qui. Aucun nom de personne.", 48),
    Colonne("Axe", "Axe du contrat de ville.", 28, "axes", obligatoire=True),
    Colonne("Porteur", "Association ou service qui mène l’action.", 24, obligatoire=True),
    Colonne(
        "Indicateur visé",
        "Indicateur de l’observatoire que l’action veut faire bouger.",
        32,
        "indicateurs",
    ),
    Colonne("Thème", "Thème de l’observatoire ; celui de l’indicateur visé sinon.", 18, "themes"),
    Colonne("État", "prévue, en cours, terminée ou abandonnée.", 12, "etats", obligatoire=True),
    Colonne("Début", "Date de début.", 12, genre="date"),
    Colonne(
        "Fin", "Date de fin prévue, ou de fin réelle si l’action est terminée.", 12, genre="date"
    ),
    Colonne("Évaluation", "Ce que l’on a constaté.", 40),
    Colonne(
        "Freins",
        "Mots courts séparés par des points-virgules : « garde d’enfants ; horaires ».",
        28,
    ),
    Colonne("Leviers", "Mots courts séparés par des points-virgules.", 28),
    Colonne("Public", "oui : l’action peut être montrée à tous. Non par défaut.", 9, "oui_non"),
)
QUARTIERS = (
    _IDENTIFIANT,
    Colonne(
        "Quartier", "Code du quartier prioritaire, ou VILLE pour la part qui ne vise aucun quartier précis.",
        34, "quartiers", obligatoire=True,
    ),
    Colonne("Part (%)", "Part de l’action pour ce quartier ; le total de l’action fait 100.", 10, genre="part", obligatoire=True),
)  # fmt: skip
FINANCEMENTS = (
    _IDENTIFIANT,
    Colonne("Année", "Année du financement.", 9, genre="annee", obligatoire=True),
    Colonne("Financeur", "Qui paie.", 26, "financeurs", obligatoire=True),
    Colonne(
        "Demandé (€)", "Montant demandé ; laissez vide s’il n’est pas connu.", 14, genre="euros"
    ),
    Colonne(
        "Accordé (€)",
        "Montant accordé ; 0 si la demande est refusée, vide si la réponse n’est pas connue.",
        14,
        genre="euros",
    ),
    Colonne("Versé (€)", "Montant versé.", 14, genre="euros"),
)
HABITANTS = (
    Colonne("Identifiant", "Numéro de la note.", 14, obligatoire=True),
    Colonne(
        "Quartier", "Code du quartier prioritaire, ou VILLE.", 34, "quartiers", obligatoire=True
    ),
    Colonne("Thème", "Thème de l’observatoire.", 18, "themes", obligatoire=True),
    Colonne(
        "Date", "Date de l’atelier, du conseil ou de l’enquête.", 12, genre="date", obligatoire=True
    ),
    Colonne("Source", "Atelier, conseil citoyen, enquête…", 26, obligatoire=True),
    Colonne(
        "Parole",
        "Ce qui a été dit, sans nom, adresse ni numéro de téléphone.",
        60,
        obligatoire=True,
    ),
    Colonne(
        "Consentement à publier",
        "oui : les participants acceptent que ce soit publié. Non par défaut.",
        14,
        "oui_non",
    ),
)
FEUILLES = {
    "Actions": ACTIONS,
    "Quartiers": QUARTIERS,
    "Financements": FINANCEMENTS,
    "Habitants": HABITANTS,
}
