"""Ce qu’une édition couvre : une ville, une intercommunalité, ou la France des quartiers."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from observatoire.erreurs import ErreurDemande

__all__ = [
    "CODE_FRANCE",
    "Perimetre",
    "concerne",
    "est_siren",
    "perimetre_epci",
    "perimetre_france",
    "perimetre_nomme",
    "perimetre_ville",
]

CODE_FRANCE = "france"

Genre = Literal["ville", "epci", "france"]

_COMMUNE = re.compile(r"[0-9][0-9AB][0-9]{3}")
_TERRITOIRE = re.compile(r"\b(?:[0-9][0-9AB][0-9]{3}(?:[0-9]{4})?|Q[NP][0-9A-Z]{6})\b")
_SIREN = re.compile(r"[0-9]{9}")


@dataclass(frozen=True, slots=True)
class Perimetre:
    """Une édition et les villes qu’elle contient.

    Parameters
    ----------
    code : str
        Code de la commune, SIREN de l’intercommunalité, ou « france » ; c’est le nom du dossier
        des éditions.
    nom : str
        Nom ; vide s’il se lit avec les contours.
    villes : tuple of str
        Codes des villes (jamais d’arrondissement) ; vide tant que les fichiers ne les ont pas dites.
    genre : {"ville", "epci", "france"}
        Une seule ville est indispensable ; ailleurs, celles dont les fichiers sont fautifs sont
        laissées de côté.
    """

    code: str
    nom: str
    villes: tuple[str, ...]
    genre: Genre

    @property
    def option(self) -> str:
        """Ce qu’il faut écrire dans une commande pour le désigner."""
        return {"ville": f"--commune {self.code}", "epci": f"--epci {self.code}"}.get(
            self.genre, "--france"
        )

    @property
    def sujet(self) -> str:
        """Comment le nommer en tête d’une phrase."""
        return {
            "ville": f"La commune {self.code}",
            "epci": f"L’intercommunalité {self.code}",
        }.get(self.genre, "La France")

    @property
    def designation(self) -> str:
        """Comment le nommer dans un message."""
        return {
            "ville": f"de la commune {self.code}",
            "epci": f"de l’intercommunalité {self.code}",
        }.get(self.genre, "de la France")


def perimetre_ville(code_commune: str, nom: str = "") -> Perimetre:
    """Périmètre d’une seule ville.

    Raises
    ------
    ErreurDemande
        Si le code n’a pas la forme d’un code de commune.
    """
    if not _COMMUNE.fullmatch(code_commune):
        raise ErreurDemande(
            f"« {code_commune} » n’est pas un code de commune : il en faut cinq caractères, par exemple 38185."
        )
    return Perimetre(code_commune, nom, (code_commune,), "ville")


def perimetre_epci(siren: str) -> Perimetre:
    """Périmètre d’une intercommunalité, dont les fichiers diront le nom et les communes.

    Raises
    ------
    ErreurDemande
        Si le SIREN n’a pas neuf chiffres.
    """
    if not est_siren(siren):
        raise ErreurDemande(
            f"« {siren} » n’est pas le SIREN d’une intercommunalité : il en faut neuf chiffres, par exemple 200040715."
        )
    return Perimetre(siren, "", (), "epci")


def perimetre_france() -> Perimetre:
    """Périmètre de toutes les communes qui ont un quartier prioritaire."""
    return Perimetre(CODE_FRANCE, "France", (), "france")


def perimetre_nomme(code: str) -> Perimetre:
    """Périmètre que désigne le nom d’un dossier d’éditions."""
    if code == CODE_FRANCE:
        return perimetre_france()
    return (
        Perimetre(code, "", (), "epci")
        if est_siren(code)
        else Perimetre(code, "", (code,), "ville")
    )


def concerne(texte: str, codes: Collection[str]) -> bool:
    """Vrai si un message ne nomme aucun territoire, ou s’il en nomme un de ceux-là.

    Parameters
    ----------
    texte : str
        Message d’une anomalie.
    codes : collection of str
        Codes de communes, d’IRIS et de quartiers prioritaires.
    """
    nommes = set(_TERRITOIRE.findall(texte))
    return not nommes or not nommes.isdisjoint(codes)


def est_siren(code: str) -> bool:
    """Vrai pour neuf chiffres."""
    return _SIREN.fullmatch(code) is not None
