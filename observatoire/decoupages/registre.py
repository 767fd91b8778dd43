"""Familles de territoires gardées dans le dossier des données : copie, empreinte et déclaration."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import shapely

from observatoire.chemins import Chemins
from observatoire.decoupages.declaration import (
    Declaration,
    designe,
    genre_du_nom,
    identifiant_de_famille,
    lire_declaration,
)
from observatoire.decoupages.lecture import controler_couverture, lire_territoires
from observatoire.erreurs import Anomalie, ErreurDemande, ErreurGeographie, lever_si_erreurs
from observatoire.ingestion import empreinte_fichier
from observatoire.ingestion.copies import dossiers_gardes, remplacer_copie
from observatoire.territoires import projection_legale

__all__ = ["ajouter", "declarations", "retirer"]

_SUITES_SHAPEFILE = (".shx", ".dbf", ".prj", ".cpg")


def ajouter(
    chemins: Chemins,
    fichier: Path,
    *,
    nom: str,
    champ_code: str,
    champ_libelle: str,
    code_commune: str,
    singulier: str = "",
    genre: str | None = None,
    partition: bool = False,
    ville: shapely.Geometry | None = None,
    nom_ville: str = "",
) -> tuple[Declaration, list[Anomalie]]:
    """Contrôler une couche et la garder ; une famille de même nom est remplacée.

    Parameters
    ----------
    chemins : Chemins
        Racine des données.
    fichier : pathlib.Path
        GeoJSON, GeoPackage ou Shapefile.
    nom, singulier : str
        Nom de la famille, au pluriel et au singulier.
    genre : {"m", "f"}, optional
        Genre du nom ; sinon celui de son premier mot, s’il est connu.
    champ_code, champ_libelle : str
        Champs du code et du nom.
    code_commune : str
        Ville des territoires.
    partition : bool
        Refuser les trous et les recouvrements, au lieu de les dire.
    ville : shapely.Geometry, optional
        Contour de la ville en projection légale ; sans lui, la couverture est contrôlée à l’actualisation.
    nom_ville : str
        Pour les messages.

    Returns
    -------
    declaration : Declaration
    anomalies : list of Anomalie
        Avertissements.

    Raises
    ------
    ErreurGeographie
        Toutes les fautes du fichier ; rien de ce qui était gardé n’est perdu.
    """
    famille = identifiant_de_famille(nom)
    nom_singulier = (singulier or _au_singulier(nom)).strip()
    declaration = Declaration(
        famille=famille,
        nom=nom.strip(),
        singulier=nom_singulier,
        code_commune=code_commune,
        champ_code=champ_code,
        champ_libelle=champ_libelle,
        partition=partition,
        fichier=fichier.name,
        sha256=empreinte_fichier(fichier) if fichier.is_file() else "",
        ajoute_le=datetime.now(UTC).date().isoformat(),
        genre=genre_du_nom(nom_singulier) if genre is None else genre,
    )
    couche, anomalies = lire_territoires(
        fichier,
        champ_code=champ_code,
        champ_libelle=champ_libelle,
        crs=projection_legale(code_commune),
    )
    if ville is not None:
        anomalies += controler_couverture(
            couche, ville, declaration, nom_ville=nom_ville or code_commune
        )
        lever_si_erreurs(
            f"Les territoires de « {fichier.name} » ne peuvent être employés :",
            anomalies,
            classe=ErreurGeographie,
        )
    _garder(chemins, fichier, declaration)
    return declaration, [a for a in anomalies if a.gravite == "avertissement"]


def declarations(chemins: Chemins, code_commune: str | None = None) -> list[Declaration]:
    """Familles gardées, par ville puis par identifiant.

    Raises
    ------
    ErreurDonnees
        Si une déclaration est illisible.
    """
    lues = [lire_declaration(d) for d in dossiers_gardes(chemins.decoupages)]
    return [d for d in lues if code_commune is None or d.code_commune == code_commune]


def dossier_de(chemins: Chemins, code_commune: str, famille: str) -> Path:
    """Dossier d’une famille."""
    return chemins.decoupages / code_commune / famille


def retirer(chemins: Chemins, famille: str, *, code_commune: str) -> str:
    """Oublier une famille et rendre son nom ; les éditions déjà publiées ne changent pas.

    Raises
    ------
    ErreurDemande
        Si elle n’existe pas.
    """
    connues = declarations(chemins, code_commune)
    visee = next((d for d in connues if designe(d, famille)), None)
    if visee is None:
        noms = ", ".join(d.famille for d in connues) or "aucun"
        raise ErreurDemande(
            f"Aucun découpage « {famille} » pour la commune {code_commune}. Connus : {noms}."
        )
    shutil.rmtree(dossier_de(chemins, code_commune, visee.famille))
    return visee.nom


def _garder(chemins: Chemins, fichier: Path, declaration: Declaration) -> None:
    voisins = [fichier]
    if fichier.suffix.lower() == ".shp":
        suites = [fichier.with_suffix(s) for s in _SUITES_SHAPEFILE]
        voisins += [v for v in suites if v.is_file()]
    dossier = dossier_de(chemins, declaration.code_commune, declaration.famille)
    remplacer_copie(dossier, voisins, declaration.en_json())


def _au_singulier(nom: str) -> str:
    """« Secteurs scolaires » → « secteur scolaire » ; l’option --singulier corrige les exceptions."""
    mots = nom.strip().split()
    if not mots:
        return nom
    mots[0] = mots[0] if mots[0][:2].isupper() else mots[0].lower()
    return " ".join(m[:-1] if len(m) > 3 and m.endswith("s") and m.islower() else m for m in mots)
