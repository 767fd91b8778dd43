"""Ajouter les familles gardées à ce qui a été lu pour une édition, et leurs tables à l’édition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import geopandas as gpd
import pandas as pd
import shapely

from observatoire.chemins import Chemins
from observatoire.collecte import DossierVille
from observatoire.decoupages.declaration import FAMILLE_SECTEUR, Declaration
from observatoire.decoupages.lecture import controler_couverture, lire_territoires
from observatoire.decoupages.registre import declarations, dossier_de
from observatoire.erreurs import Anomalie, ErreurDonnees, ErreurGeographie, lever_si_erreurs
from observatoire.ingestion import empreinte_fichier

__all__ = ["ajouter_aux_dossiers", "tables_des_decoupages"]

_COLONNES = ["code_territoire", "nom", "famille", "code_commune", "geometry"]
_PLUSIEURS_PROJECTIONS = "EPSG:4326"


def ajouter_aux_dossiers(
    dossiers: Sequence[DossierVille], chemins: Chemins, *, severe: bool
) -> list[Anomalie]:
    """Lire les familles des villes de chaque dossier.

    Une couche « Secteurs » déclarée remplace celle reconnue parmi les fichiers ; les autres
    familles sont rangées dans ``dossier.locaux``.

    Parameters
    ----------
    dossiers : sequence of DossierVille
        Complétés sur place.
    chemins : Chemins
        Racine des données.
    severe : bool
        Lever les fautes (édition d’une ville) ; sinon la famille fautive est laissée de côté et dite.

    Returns
    -------
    list of Anomalie
        Avertissements.
    """
    anomalies: list[Anomalie] = []
    for dossier in dossiers:
        for declaration in declarations(chemins):
            if declaration.code_commune not in dossier.villes:
                continue
            try:
                couche, avertissements = _lire(dossier, chemins, declaration)
            except ErreurDonnees as erreur:
                if severe:
                    raise
                fautes = erreur.anomalies or (Anomalie(erreur.message),)
                texte = f"découpage « {declaration.nom} » laissé de côté : {fautes[0]}"
                anomalies.append(Anomalie(texte, gravite="avertissement"))
                continue
            anomalies += avertissements
            _ranger(dossier, declaration, couche)
    return anomalies


def tables_des_decoupages(
    dossiers: Sequence[DossierVille], chemins: Chemins
) -> dict[str, pd.DataFrame]:
    """Tables ``familles`` et ``territoires_locaux`` de l’édition ; aucune sans découpage.

    Returns
    -------
    dict of str to DataFrame
        ``familles`` : une ligne par famille, sa provenance ; ``territoires_locaux`` : GeoDataFrame
        ``code_territoire, nom, famille, code_commune, geometry``, dans la projection des autres couches.
    """
    villes = {v for d in dossiers for v in d.villes}
    retenues = [d for d in declarations(chemins) if d.code_commune in villes]
    if not retenues:
        return {}
    lignes = [
        {
            "famille": d.famille,
            "nom": d.nom,
            "singulier": d.singulier,
            "pluriel": d.pluriel,
            "genre": d.genre,
            "code_commune": d.code_commune,
            "fichier": d.fichier,
            "sha256": d.sha256,
            "ajoute_le": d.ajoute_le,
        }
        for d in retenues
    ]
    couches = [d.locaux for d in dossiers if d.locaux is not None and len(d.locaux)]
    tables: dict[str, pd.DataFrame] = {"familles": pd.DataFrame(lignes)}
    if couches:
        projections = {d.crs.to_string() for d in dossiers}
        crs = dossiers[0].crs if len(projections) == 1 else _PLUSIEURS_PROJECTIONS
        reunies = pd.concat([c.to_crs(crs) for c in couches], ignore_index=True)
        tables["territoires_locaux"] = gpd.GeoDataFrame(reunies, crs=crs)
    return tables


def _lire(
    dossier: DossierVille, chemins: Chemins, declaration: Declaration
) -> tuple[gpd.GeoDataFrame, list[Anomalie]]:
    lieu = dossier_de(chemins, declaration.code_commune, declaration.famille)
    copie = lieu / declaration.fichier
    if not copie.is_file() or empreinte_fichier(copie) != declaration.sha256:
        raise ErreurGeographie(
            f"La copie du découpage « {declaration.nom} » manque ou a changé depuis son ajout : "
            "ajoutez-le de nouveau (« observatoire territoires ajouter »)."
        )
    couche, anomalies = lire_territoires(
        copie,
        champ_code=declaration.champ_code,
        champ_libelle=declaration.champ_libelle,
        crs=dossier.crs,
    )
    siens = dossier.iris[dossier.iris["code_commune"] == declaration.code_commune]
    ville = shapely.union_all(siens.geometry.to_numpy())
    nom_ville = dossier.villes[declaration.code_commune]
    anomalies += controler_couverture(couche, ville, declaration, nom_ville=nom_ville)
    lever_si_erreurs(
        f"Le découpage « {declaration.nom} » ne peut être employé :",
        anomalies,
        classe=ErreurGeographie,
    )
    codes = [declaration.code_territoire(c) for c in couche["code"]]
    nommee = couche.assign(
        code_territoire=codes, famille=declaration.famille, code_commune=declaration.code_commune
    )
    return nommee[_COLONNES], [a for a in anomalies if a.gravite == "avertissement"]


def _ranger(dossier: DossierVille, declaration: Declaration, couche: gpd.GeoDataFrame) -> None:
    champ: Literal["secteurs", "locaux"] = (
        "secteurs" if declaration.famille == FAMILLE_SECTEUR else "locaux"
    )
    anciens = getattr(dossier, champ)
    if champ == "secteurs":
        autres = anciens[anciens["code_territoire"].str[:5] != declaration.code_commune]
        couche = couche[["code_territoire", "nom", "geometry"]]
        anciens = autres[["code_territoire", "nom", "geometry"]]
    morceaux = [m for m in (anciens, couche) if m is not None and len(m)]
    setattr(
        dossier,
        champ,
        gpd.GeoDataFrame(pd.concat(morceaux, ignore_index=True), crs=dossier.crs),
    )
