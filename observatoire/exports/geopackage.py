"""GeoPackage : une couche par découpage, la table longue, des styles et des métadonnées."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio

from observatoire.cartes import palettes
from observatoire.cartes.depuis_edition import vue_depuis_edition
from observatoire.cartes.ecriture_papier import ecrire_entier
from observatoire.cartes.fond_papier import TRAIT_SECTEUR
from observatoire.exports.demande import Contexte, Demande
from observatoire.exports.lecture import lignes_a_lire
from observatoire.exports.styles_qgis import (
    ClasseStyle,
    style_qml,
    style_qml_contour,
    style_sld,
    style_sld_contour,
)
from observatoire.exports.tables import Tableaux

__all__ = ["decrire_jeu", "ecrire_geopackage"]


def ecrire_geopackage(
    contexte: Contexte,
    demande: Demande,
    tableaux: Tableaux,
    couches: Mapping[str, gpd.GeoDataFrame],
    sortie: Path,
    document: str,
) -> None:
    """Écrire le GeoPackage entier, puis le poser à sa place.

    Parameters
    ----------
    contexte, demande, tableaux : Contexte, Demande, Tableaux
    couches : mapping of str to geopandas.GeoDataFrame
        Couches à écrire, dans la projection légale.
    sortie : Path
    document : str
        Identifiant au registre des exports.
    """
    with tempfile.TemporaryDirectory(prefix="observatoire-") as dossier:
        fichier = Path(dossier) / "couches.gpkg"
        for nom, couche in couches.items():
            pyogrio.write_dataframe(
                couche, fichier, layer=nom, driver="GPKG", append=fichier.exists()
            )
        pyogrio.write_dataframe(
            tableaux.longue, fichier, layer="valeurs", driver="GPKG", append=fichier.exists()
        )
        connexion = sqlite3.connect(fichier)
        try:
            with connexion:
                _ecrire_styles(connexion, _styles(contexte, demande, tableaux, couches))
                _ecrire_metadonnees(connexion, contexte, demande, tableaux, couches, document)
        finally:
            connexion.close()
        ecrire_entier(sortie, fichier.read_bytes())


@dataclass(frozen=True, slots=True)
class _Style:
    couche: str
    nom: str
    qml: str
    sld: str
    description: str


def _styles(
    contexte: Contexte,
    demande: Demande,
    tableaux: Tableaux,
    couches: Mapping[str, gpd.GeoDataFrame],
) -> list[_Style]:
    """Style par défaut de chaque couche : celui de la carte du premier indicateur pour les IRIS."""
    styles = []
    for nom in couches:
        if nom == "iris":
            trouve = _style_de_valeurs(contexte, demande, tableaux, couches[nom])
            if trouve is not None:
                styles.append(trouve)
                continue
        couleur, largeur = (palettes.QPV, 0.7) if nom == "qpv" else (TRAIT_SECTEUR, 0.3)
        styles.append(
            _Style(
                nom,
                "Contours",
                style_qml_contour(couleur, largeur),
                style_sld_contour(nom, couleur, largeur),
                "Contours de la charte de l’Observatoire",
            )
        )
    return styles


def _style_de_valeurs(
    contexte: Contexte, demande: Demande, tableaux: Tableaux, couche: gpd.GeoDataFrame
) -> _Style | None:
    """Classes et couleurs de la carte du premier indicateur qui n’est pas un effectif."""
    for indicateur in tableaux.indicateurs:
        champs = [c for c in couche.columns if c.rpartition("_")[0] == indicateur.id]
        if indicateur.est_stock or not champs:
            continue
        millesime = int(champs[0].rpartition("_")[2])
        vue = vue_depuis_edition(
            contexte.edition,
            indicateur=indicateur.id,
            vue="valeur",
            millesime=millesime,
            reference=demande.reference,
            catalogue=contexte.catalogue,
        )
        classes = [
            ClasseStyle(c.borne_basse, c.borne_haute, c.couleur, c.libelle)
            for c in vue.legende.classes
        ]
        titre = f"{indicateur.libelle}, {millesime}"
        return _Style(
            "iris",
            titre,
            style_qml(champs[0], classes),
            style_sld("iris", champs[0], classes),
            f"{titre} : classes de la carte imprimée ; hachures pour le secret statistique",
        )
    return None


def _ecrire_styles(connexion: sqlite3.Connection, styles: list[_Style]) -> None:
    """Table ``layer_styles`` que QGIS lit à l’ouverture du GeoPackage."""
    connexion.execute(
        "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
        "f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), "
        "f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, "
        "useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), "
        "update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"
    )
    connexion.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description) "
        "VALUES ('layer_styles', 'attributes', 'layer_styles', 'Styles par défaut des couches')"
    )
    connexion.executemany(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
        "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner) "
        "VALUES ('', '', ?, 'geom', ?, ?, ?, 1, ?, '')",
        [(s.couche, s.nom[:30], s.qml, s.sld, s.description) for s in styles],
    )


def _ecrire_metadonnees(
    connexion: sqlite3.Connection,
    contexte: Contexte,
    demande: Demande,
    tableaux: Tableaux,
    couches: Mapping[str, gpd.GeoDataFrame],
    document: str,
) -> None:
    """Tables ``gpkg_metadata`` et ``gpkg_metadata_reference`` (extension de la norme)."""
    for requete in _SQL_METADONNEES:
        connexion.execute(requete)
    texte = json.dumps(
        decrire_jeu(contexte, demande, tableaux, document), ensure_ascii=False, indent=1
    )
    connexion.execute(
        "INSERT INTO gpkg_metadata (id, md_scope, md_standard_uri, mime_type, metadata) "
        "VALUES (1, 'dataset', 'https://schema.org/Dataset', 'application/ld+json', ?)",
        (texte,),
    )
    connexion.execute(
        "INSERT INTO gpkg_metadata_reference (reference_scope, md_file_id) VALUES ('geopackage', 1)"
    )
    descriptions = {nom: _DESCRIPTIONS[nom] for nom in couches} | {
        "valeurs": _DESCRIPTIONS["valeurs"]
    }
    connexion.executemany(
        "UPDATE gpkg_contents SET description = ? WHERE table_name = ?",
        [(d, nom) for nom, d in descriptions.items()],
    )


_DESCRIPTIONS = {
    "iris": "IRIS de la ville, un indicateur par colonne",
    "secteurs": "Secteurs de la ville, un indicateur par colonne",
    "qpv": "Quartiers prioritaires de la politique de la ville, un indicateur par colonne",
    "valeurs": "Toutes les valeurs, une par ligne, avec statut, méthode, bornes et écart",
}
_SQL_METADONNEES = (
    (
        "CREATE TABLE IF NOT EXISTS gpkg_metadata (id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, "
        "md_scope TEXT NOT NULL DEFAULT 'dataset', md_standard_uri TEXT NOT NULL, "
        "mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '')"
    ),
    (
        "CREATE TABLE IF NOT EXISTS gpkg_metadata_reference (reference_scope TEXT NOT NULL, table_name TEXT, "
        "column_name TEXT, row_id_value INTEGER, "
        "timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), "
        "md_file_id INTEGER NOT NULL, md_parent_id INTEGER, "
        "CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id), "
        "CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id))"
    ),
    (
        "CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT, "
        "extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL, "
        "CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))"
    ),
    (
        "INSERT INTO gpkg_extensions VALUES ('gpkg_metadata', NULL, 'gpkg_metadata', "
        "'http://www.geopackage.org/spec121/#extension_metadata', 'read-write')"
    ),
    (
        "INSERT INTO gpkg_extensions VALUES ('gpkg_metadata_reference', NULL, 'gpkg_metadata', "
        "'http://www.geopackage.org/spec121/#extension_metadata', 'read-write')"
    ),
)


def decrire_jeu(
    contexte: Contexte, demande: Demande, tableaux: Tableaux, document: str
) -> dict[str, Any]:
    """Fiche du jeu de données (schema.org/Dataset)."""
    edition = contexte.edition
    fictive = " (ville fictive)" if edition.est_fictive else ""
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": f"Indicateurs des quartiers – {edition.nom_commune}{fictive}",
        "inLanguage": "fr",
        "identifier": document or None,
        "version": edition.identifiant,
        "dateModified": str(edition.manifeste["publiee_le"])[:10],
        "license": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
        "isBasedOn": list(dict.fromkeys(str(c) for c in tableaux.sources["citation"])),
        "description": [
            f"{t} : {texte}" for t, texte in lignes_a_lire(contexte, tableaux, demande)
        ],
        "variableMeasured": [
            {"name": i.id, "description": f"{i.libelle}. {i.definition}", "unitText": i.unite}
            for i in tableaux.indicateurs
        ],
    }
