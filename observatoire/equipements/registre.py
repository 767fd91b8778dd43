"""Listes de lieux gardées dans le dossier des données : copie, empreinte, lieux à géolocaliser."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import shapely

from observatoire.chemins import Chemins
from observatoire.decoupages.declaration import identifiant_de_famille
from observatoire.equipements.lecture import Lieu, dire_hors_de_la_ville, lire_lieux
from observatoire.erreurs import Anomalie, ErreurDemande, ErreurDonnees
from observatoire.ingestion import empreinte_fichier
from observatoire.ingestion.copies import FICHIER_DECLARATION, dossiers_gardes, remplacer_copie
from observatoire.territoires import projection_legale

__all__ = ["ListeDeLieux", "importer_lieux", "listes_de_lieux", "relire_liste", "retirer_liste"]


@dataclass(frozen=True, slots=True)
class ListeDeLieux:
    """Une liste de lieux d’une ville."""

    identifiant: str
    nom: str
    code_commune: str
    fichier: str
    sha256: str
    importe_le: str
    lieux: int
    a_geolocaliser: int


def importer_lieux(
    chemins: Chemins,
    fichier: Path,
    *,
    code_commune: str,
    nom: str = "",
    ville: shapely.Geometry | None = None,
    nom_ville: str = "",
) -> tuple[ListeDeLieux, list[Lieu], list[Anomalie]]:
    """Contrôler une liste et la garder ; celle de même nom est remplacée.

    Parameters
    ----------
    chemins : Chemins
        Racine des données.
    fichier : pathlib.Path
        CSV ou XLSX.
    code_commune : str
        Ville à laquelle la liste appartient.
    nom : str
        Nom de la liste, et catégorie des lieux qui n’en ont pas ; le nom du fichier sinon.
    ville : shapely.Geometry, optional
        Contour de la ville en projection légale : les lieux hors de la ville sont alors dits.
    nom_ville : str
        Pour les messages.

    Returns
    -------
    liste : ListeDeLieux
    lieux : list of Lieu
    anomalies : list of Anomalie
        Avertissements.

    Raises
    ------
    ErreurDonnees
        Toutes les fautes ; rien de ce qui était gardé n’est perdu.
    """
    voulu = nom.strip() or fichier.stem.replace("_", " ")
    crs = projection_legale(code_commune)
    lieux, anomalies = lire_lieux(fichier, categorie=voulu, crs=crs)
    if ville is not None:
        anomalies += dire_hors_de_la_ville(
            lieux, ville, crs, fichier.name, nom_ville or code_commune
        )
    liste = ListeDeLieux(
        identifiant=identifiant_de_famille(voulu),
        nom=voulu,
        code_commune=code_commune,
        fichier=fichier.name,
        sha256=empreinte_fichier(fichier),
        importe_le=datetime.now(UTC).date().isoformat(),
        lieux=len(lieux),
        a_geolocaliser=sum(not lieu.situe for lieu in lieux),
    )
    texte = json.dumps(asdict(liste), ensure_ascii=False, indent=2) + "\n"
    remplacer_copie(_dossier(chemins, liste), [fichier], texte)
    return liste, lieux, anomalies


def listes_de_lieux(chemins: Chemins, code_commune: str | None = None) -> list[ListeDeLieux]:
    """Listes gardées, par ville puis par identifiant.

    Raises
    ------
    ErreurDonnees
        Si une déclaration est illisible.
    """
    listes = []
    for dossier in dossiers_gardes(chemins.lieux):
        chemin = dossier / FICHIER_DECLARATION
        try:
            listes.append(ListeDeLieux(**json.loads(chemin.read_text(encoding="utf-8"))))
        except (OSError, ValueError, TypeError) as erreur:
            raise ErreurDonnees(
                f"La liste de lieux « {dossier.name} » est illisible ({erreur}) : réimportez-la."
            ) from erreur
    return [x for x in listes if code_commune is None or x.code_commune == code_commune]


def relire_liste(chemins: Chemins, liste: ListeDeLieux) -> list[Lieu]:
    """Lieux d’une liste gardée.

    Raises
    ------
    ErreurDonnees
        Si la copie a changé depuis l’import.
    """
    copie = _dossier(chemins, liste) / liste.fichier
    if not copie.is_file() or empreinte_fichier(copie) != liste.sha256:
        raise ErreurDonnees(
            f"La copie de la liste « {liste.nom} » manque ou a changé depuis son import : réimportez-la."
        )
    lieux, _ = lire_lieux(copie, categorie=liste.nom, crs=projection_legale(liste.code_commune))
    return lieux


def retirer_liste(chemins: Chemins, nom: str, *, code_commune: str) -> str:
    """Oublier une liste et rendre son nom ; les éditions déjà publiées ne changent pas.

    Raises
    ------
    ErreurDemande
        Si elle n’existe pas.
    """
    identifiant = identifiant_de_famille(nom)
    for liste in listes_de_lieux(chemins, code_commune):
        if liste.identifiant == identifiant:
            shutil.rmtree(_dossier(chemins, liste))
            return liste.nom
    connues = ", ".join(x.nom for x in listes_de_lieux(chemins, code_commune)) or "aucune"
    raise ErreurDemande(
        f"Aucune liste « {nom} » pour la commune {code_commune}. Connues : {connues}."
    )


def _dossier(chemins: Chemins, liste: ListeDeLieux) -> Path:
    return chemins.lieux / liste.code_commune / liste.identifiant
