"""Déclaration d’une famille de territoires : son nom, sa ville, ses champs, l’empreinte de sa copie."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path

from observatoire.domaine import TypeTerritoire
from observatoire.erreurs import ErreurDemande, ErreurDonnees
from observatoire.ingestion.copies import FICHIER_DECLARATION

__all__ = [
    "FAMILLE_SECTEUR",
    "Declaration",
    "designe",
    "genre_du_nom",
    "identifiant_de_famille",
    "lire_declaration",
]

FAMILLE_SECTEUR = "secteur"
"""La famille que l’application dessine sous les quartiers ; une couche « Secteurs » déclarée la remplace."""
_GENRES = {
    "m": frozenset(
        {
            "arrondissement", "bassin", "canton", "carré", "collège", "district", "faubourg", "hameau",
            "îlot", "lotissement", "micro-quartier", "périmètre", "pôle", "quartier", "secteur",
            "sous-secteur", "territoire", "village",
        }
    ),
    "f": frozenset(
        {
            "aire", "antenne", "centralité", "circonscription", "cité", "copropriété", "école", "emprise",
            "maison", "résidence", "section", "sous-zone", "tournée", "unité", "zone",
        }
    ),
}  # fmt: skip
_RESERVES = frozenset({*TypeTerritoire, "communes", "eau", "quartiers", "ville"})


@dataclass(frozen=True, slots=True)
class Declaration:
    """Une famille de territoires de la ville.

    Parameters
    ----------
    famille : str
        Identifiant, aussi ``type_territoire`` dans l’édition : ``secteurs_scolaires``.
    nom, singulier : str
        « Secteurs scolaires », « secteur scolaire ».
    code_commune : str
        Ville dont les IRIS servent à l’estimation.
    champ_code, champ_libelle : str
        Champs du fichier.
    partition : bool
        Vrai si les territoires doivent couvrir la ville sans trou ni recouvrement.
    fichier : str
        Nom du fichier principal de la copie.
    sha256 : str
        Empreinte de ce fichier.
    ajoute_le : str
        Date ISO.
    genre : {"m", "f", ""}
        Genre du nom ; vide s’il n’est pas connu, ou d’une déclaration antérieure.
    """

    famille: str
    nom: str
    singulier: str
    code_commune: str
    champ_code: str
    champ_libelle: str
    partition: bool
    fichier: str
    sha256: str
    ajoute_le: str
    genre: str = ""

    @property
    def pluriel(self) -> str:
        """Nom au milieu d’une phrase : « secteurs scolaires » ; un sigle garde ses capitales."""
        return self.nom[0].lower() + self.nom[1:] if not self.nom[:2].isupper() else self.nom

    def code_territoire(self, code: str) -> str:
        """Code unique dans l’édition : il commence par celui de la ville."""
        if self.famille == FAMILLE_SECTEUR and code.startswith(self.code_commune):
            return code
        return f"{self.code_commune}-{self.famille}-{code}"

    def en_json(self) -> str:
        """Texte gardé à côté de la copie."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"


def genre_du_nom(nom: str) -> str:
    """Genre d’un nom de zones, d’après son premier mot ; vide s’il n’est pas de ceux que l’on connaît.

    Parameters
    ----------
    nom : str
        Au singulier : « aire », « secteur scolaire ».
    """
    mots = re.split(r"[\s’']", nom.strip().lower(), maxsplit=1)
    return next((genre for genre, connus in _GENRES.items() if mots[0] in connus), "")


def identifiant_de_famille(nom: str) -> str:
    """Identifiant d’une famille, d’après son nom : « Secteurs scolaires » → ``secteurs_scolaires``.

    Raises
    ------
    ErreurDemande
        Si le nom est vide ou déjà celui d’un découpage de l’observatoire.
    """
    identifiant = _en_identifiant(nom)
    if not identifiant:
        raise ErreurDemande(f"« {nom} » n’est pas un nom : donnez au moins une lettre (--nom).")
    if identifiant in {"secteur", "secteurs"}:
        return FAMILLE_SECTEUR
    if identifiant in _RESERVES:
        raise ErreurDemande(
            f"« {nom} » est déjà un découpage de l’observatoire : choisissez un autre nom (--nom)."
        )
    return identifiant


def designe(declaration: Declaration, nom: str) -> bool:
    """Vrai si une personne qui écrit ``nom`` parle de cette famille."""
    return nom in (declaration.nom, declaration.famille) or declaration.famille in (
        _en_identifiant(nom),
        _en_identifiant(nom).removesuffix("s"),
    )


def _en_identifiant(nom: str) -> str:
    plat = unicodedata.normalize("NFKD", nom).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plat).strip("_")


def lire_declaration(dossier: Path) -> Declaration:
    """Relire une déclaration.

    Raises
    ------
    ErreurDonnees
        Si elle est illisible ou incomplète.
    """
    chemin = dossier / FICHIER_DECLARATION
    try:
        return Declaration(**json.loads(chemin.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as erreur:
        raise ErreurDonnees(
            f"La déclaration du découpage « {dossier.name} » est illisible ({erreur}) : "
            "retirez-le (« observatoire territoires retirer ») puis ajoutez-le de nouveau."
        ) from erreur
