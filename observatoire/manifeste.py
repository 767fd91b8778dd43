"""Tables et manifeste d’une édition à écrire, à partir de ce qui a été lu et calculé."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from observatoire.catalogue import Catalogue
from observatoire.collecte import DossierVille
from observatoire.domaine import TypeTerritoire, est_fictive
from observatoire.editions.comparaison import decrire_indicateurs
from observatoire.erreurs import Anomalie
from observatoire.ingestion import FichierReconnu, empreinte_fichier, variables_sans_colonne
from observatoire.perimetre import Perimetre

__all__ = ["composer_edition"]

_PLUSIEURS_PROJECTIONS = "EPSG:4326"
"""Projection des couches rangées d’une édition à cheval sur plusieurs projections légales."""


def composer_edition(
    perimetre: Perimetre,
    dossiers: Sequence[DossierVille],
    territoires: Sequence[gpd.GeoDataFrame],
    calcules: Mapping[str, pd.DataFrame],
    catalogue: Catalogue,
    avertissements: Sequence[Anomalie],
    *,
    version: str,
    calage: Mapping[str, Any],
) -> tuple[Mapping[str, pd.DataFrame], Mapping[str, Any]]:
    """Tables et manifeste de l’édition à écrire.

    Parameters
    ----------
    perimetre : Perimetre
        Nom et villes de l’édition.
    dossiers : sequence of DossierVille
        Un par projection légale.
    territoires : sequence of geopandas.GeoDataFrame
        Quartiers et secteurs de chaque dossier, avec leur ``code_commune``.
    calcules : mapping of str to pandas.DataFrame
        ``resultats, references, ecarts, poids``.
    catalogue : Catalogue
        Déclarations.
    avertissements : sequence of Anomalie
        À garder dans le manifeste.
    version : str
        Version de l’observatoire.
    calage : mapping
        Origine du modèle de calage : date, millésime, sources, nombre de quartiers, empreinte.
    """
    projections = {d.crs.to_string(): d.crs for d in dossiers}
    commune = dossiers[0].crs if len(projections) == 1 else _PLUSIEURS_PROJECTIONS
    rattachements = pd.concat([t.set_index("code_territoire")["code_commune"] for t in territoires])

    def reunir(nom: str, couches: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
        if nom in {"qpv", "secteurs"}:
            couches = [
                c.assign(code_commune=c["code_territoire"].map(rattachements)) for c in couches
            ]
        if len(couches) == 1:
            return couches[0]
        utiles = [c.to_crs(commune) for c in couches if len(c)] or [couches[0].to_crs(commune)]
        return gpd.GeoDataFrame(pd.concat(utiles, ignore_index=True), crs=utiles[0].crs)

    tables: dict[str, pd.DataFrame] = {
        **calcules,
        "iris": reunir("iris", [_iris_des_villes(d) for d in dossiers]),
    }
    for nom in ("qpv", "secteurs", "communes", "eau"):
        tables[nom] = reunir(nom, [getattr(d, nom) for d in dossiers])
    fichiers = list(dict.fromkeys(f for d in dossiers for f in d.fichiers))
    genres = {lu.source: lu.genres for d in dossiers for lu in d.lieux}
    entrees = [_decrire_fichier(f, catalogue, genres.get(f.source)) for f in fichiers]
    geographies = [
        e["citation"]
        for e in entrees
        if catalogue.sources[str(e["source"])].role in {"qpv", "iris"}
    ]
    noms = {v: n for d in dossiers for v, n in d.villes.items()}
    manifeste = {
        "code_commune": perimetre.code,
        "nom_commune": perimetre.nom,
        "perimetre": perimetre.genre,
        "villes": {v: noms[v] for v in perimetre.villes},
        "ville_fictive": all(est_fictive(v) for v in perimetre.villes),
        "version_code": version,
        "empreinte_catalogue": catalogue.empreinte,
        "indicateurs": decrire_indicateurs(catalogue),
        "calage": dict(calage),
        "projection": "; ".join(projections),
        "entrees": entrees,
        "sources_geographiques": list(dict.fromkeys(geographies)),
        "millesimes": _millesimes(calcules["resultats"]),
        "avertissements": [str(a) for a in avertissements],
    }
    return tables, manifeste


def _iris_des_villes(dossier: DossierVille) -> gpd.GeoDataFrame:
    dedans = np.asarray(dossier.iris["code_commune"].isin(list(dossier.villes)))
    return dossier.iris[dedans]


def _decrire_fichier(
    fichier: FichierReconnu, catalogue: Catalogue, genres: frozenset[str] | None
) -> dict[str, Any]:
    source = catalogue.sources[fichier.source]
    etat = fichier.chemin.stat()
    return {
        "fichier": fichier.nom,
        "source": fichier.source,
        "niveau": source.niveau,
        "role": source.role,
        "titre": source.titre,
        "citation": source.citation(fichier.millesime),
        "licence": source.licence,
        "page": source.page,
        "precaution": source.precaution,
        "millesime": fichier.millesime,
        "sha256": empreinte_fichier(fichier.chemin),
        "taille_octets": etat.st_size,
        "date_fichier": datetime.fromtimestamp(etat.st_mtime, UTC).date().isoformat(),
        "variables_absentes": _variables_absentes(fichier, catalogue, genres),
    }


def _variables_absentes(
    fichier: FichierReconnu, catalogue: Catalogue, genres: frozenset[str] | None
) -> list[str]:
    """Variables que la source peut porter et que ce fichier ne porte pas."""
    source = catalogue.sources[fichier.source]
    variables = catalogue.variables_de(source.id)
    if source.type == "lieux":
        # Un équipement est une ligne : ce sont les genres du fichier qui comptent.
        if "genre" not in source.colonnes or genres is None:
            return []
        formules = {v.id: v.sources_en_termes(source.id) for v in variables}
        return [i for i, liste in formules.items() if not any(set(f) <= genres for f in liste)]
    # Les mesures d’une table longue sont des lignes : ses colonnes n’en disent rien.
    if source.long:
        return []
    return [v.id for v in variables_sans_colonne(fichier, variables)]


def _millesimes(resultats: pd.DataFrame) -> dict[str, list[int]]:
    """Par indicateur, années à montrer : celles qui décrivent des IRIS ou des quartiers, sinon toutes."""
    ensembles = [TypeTerritoire.COMMUNE.value, TypeTerritoire.EPCI.value]
    locales = resultats[~resultats["type_territoire"].isin(ensembles)]
    annees: dict[str, list[int]] = {}
    for lignes in (locales, resultats):
        paires = lignes[["indicateur", "millesime"]].drop_duplicates()
        trouvees: dict[str, list[int]] = {}
        for indicateur, millesime in paires.itertuples(index=False):
            trouvees.setdefault(str(indicateur), []).append(int(millesime))
        annees = {i: sorted(m) for i, m in trouvees.items()} | annees
    return dict(sorted(annees.items()))
