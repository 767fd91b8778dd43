"""Famille des erreurs de l’observatoire.

Toute erreur prévue dérive de :class:`ErreurObservatoire` ; la ligne de commande
l’affiche sans trace d’exécution et se termine avec le code 1 ::

    ErreurObservatoire
    ├── ErreurCatalogue      déclaration TOML inconnue, incomplète ou contradictoire
    ├── ErreurDonnees        fichier illisible, incohérent ou manquant
    │   └── ErreurGeographie contours sans projection, invalides, hors de la commune
    ├── ErreurReseau         téléchargement refusé, coupé, détourné ou altéré
    ├── ErreurEdition        édition absente, incomplète ou altérée
    └── ErreurDemande        demande impossible (commune, indicateur, format inconnus)

Un contrôle recueille toutes les anomalies avant de lever une seule erreur.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

__all__ = [
    "Anomalie",
    "ErreurCatalogue",
    "ErreurDemande",
    "ErreurDonnees",
    "ErreurEdition",
    "ErreurGeographie",
    "ErreurObservatoire",
    "ErreurReseau",
]

Gravite = Literal["erreur", "avertissement"]

_MAX_ANOMALIES_AFFICHEES = 200


@dataclass(frozen=True, slots=True)
class Anomalie:
    """Un défaut constaté : ce qui ne va pas, où, et ce qu’il faut faire.

    Parameters
    ----------
    message : str
        Ce qui ne va pas, en une phrase.
    fichier, ligne, colonne : str, int, str, optional
        L’endroit ; ``ligne`` compte à partir de 1, ligne d’en-tête comprise.
    remede : str
        Ce que la personne doit faire.
    gravite : {"erreur", "avertissement"}
        Une erreur empêche de publier ; un avertissement figure au compte rendu.
    communes : tuple of str
        Communes dont vient le défaut, si on les sait ; deux défauts de même texte sont égaux.
    """

    message: str
    fichier: str = ""
    ligne: int | None = None
    colonne: str = ""
    remede: str = ""
    gravite: Gravite = "erreur"
    communes: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        lieu = self.fichier
        if self.ligne is not None:
            lieu += f", ligne {self.ligne}"
        if self.colonne:
            lieu += f", {'clé' if self.fichier.endswith('.toml') else 'colonne'} {self.colonne}"
        texte = f"{lieu.lstrip(', ')} : {self.message}" if lieu else self.message
        return f"{texte} → {self.remede}" if self.remede else texte


class ErreurObservatoire(Exception):
    """Erreur prévue, dont le message s’adresse à la personne qui utilise l’outil.

    Parameters
    ----------
    message : str
        Ce qui s’est passé et ce qu’il faut faire.
    anomalies : sequence of Anomalie
        Tous les défauts constatés, affichés sous le message.
    """

    def __init__(self, message: str, anomalies: Sequence[Anomalie] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.anomalies = tuple(anomalies)

    def __str__(self) -> str:
        lignes = [self.message]
        lignes += [f"  • {a}" for a in self.anomalies[:_MAX_ANOMALIES_AFFICHEES]]
        reste = len(self.anomalies) - _MAX_ANOMALIES_AFFICHEES
        if reste > 0:
            lignes.append(f"  … et {reste} autres anomalies.")
        return "\n".join(lignes)


class ErreurCatalogue(ErreurObservatoire):
    """Une déclaration du catalogue est inconnue, incomplète ou contradictoire."""


class ErreurDonnees(ErreurObservatoire):
    """Un fichier est illisible, incohérent ou manquant."""


class ErreurGeographie(ErreurDonnees):
    """Des contours sont sans projection, invalides ou hors du territoire."""


class ErreurReseau(ErreurObservatoire):
    """Un téléchargement est refusé, coupé, détourné ou altéré."""


class ErreurEdition(ErreurObservatoire):
    """Une édition est absente, incomplète ou altérée."""


class ErreurDemande(ErreurObservatoire):
    """La demande ne peut être satisfaite : commune, indicateur ou format inconnus."""


def lever_si_erreurs(
    message: str,
    anomalies: Iterable[Anomalie],
    *,
    classe: type[ErreurObservatoire] = ErreurDonnees,
) -> None:
    """Lever une seule erreur qui porte toutes les anomalies de gravité « erreur ».

    Parameters
    ----------
    message : str
        Phrase d’introduction.
    anomalies : iterable of Anomalie
        Anomalies de toutes gravités ; les avertissements sont ignorés ici.
    classe : type
        Classe de l’erreur à lever.

    Raises
    ------
    ErreurObservatoire
        De la classe demandée, si au moins une anomalie est une erreur.
    """
    graves = [a for a in anomalies if a.gravite == "erreur"]
    if graves:
        raise classe(message, graves)
