"""Cohérence entre les fichiers d’une ville : contours, tables, quartiers prioritaires."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from observatoire.catalogue import Catalogue
from observatoire.erreurs import Anomalie
from observatoire.ingestion.concordance import citer, confronter
from observatoire.ingestion.croisements import croiser_fichiers
from observatoire.ingestion.modeles import TableLue
from observatoire.redaction import ecrire_lu

__all__ = ["controler_coherence"]

_PART_MAX_HORS_COMMUNE = 0.10
_SURFACE_NULLE_M2 = 1.0
_TOLERANCE_ABSOLUE = 1.0
_TOLERANCE_RELATIVE = 0.01
_COUCHE_IRIS = "contours des IRIS"
_COUCHE_QPV = "contours des QPV"
# Grandeurs qui ne peuvent que croître, d’un fichier à l’autre d’un même millésime.
_CROISSANTS = (
    ("chomeurs_15_64", "actifs_15_64"),
    ("actifs_15_64", "population_15_64"),
    ("population_15_64", "population"),
    ("population_menages", "population"),
    ("sans_diplome_15_plus", "non_scolarises_15_plus"),
    ("non_scolarises_15_plus", "population"),
    ("familles_monoparentales", "familles"),
    ("residences_hlm", "residences_principales"),
    ("residences_principales", "logements"),
    ("logements_vacants", "logements"),
)


def controler_coherence(
    iris: gpd.GeoDataFrame,
    qpv: gpd.GeoDataFrame,
    tables: Sequence[TableLue],
    catalogue: Catalogue,
    *,
    communes: Collection[str],
    geographie: int | None = None,
    villes: Mapping[str, str] | None = None,
) -> list[Anomalie]:
    """Confronter les fichiers d’une ou plusieurs villes ; aucune erreur n’est levée ici.

    Parameters
    ----------
    iris : geopandas.GeoDataFrame
        ``code_iris``, ``type_iris``, ``code_commune``, ``geometry``, en mètres.
    qpv : geopandas.GeoDataFrame
        ``code_territoire``, ``nom``, ``communes``, ``geometry``, dans la même projection.
    tables : sequence of TableLue
        Tables de la ville.
    catalogue : Catalogue
        Unités des variables.
    communes : collection of str
        Communes de la ville, arrondissements compris.
    villes : mapping of str to str, optional
        Arrondissement → ville, pour les quartiers déclarés sous le code de la ville.
    geographie : int, optional
        Année des contours d’IRIS : si une table est d’une autre année, leurs écarts sont des
        avertissements et non des fautes.

    Returns
    -------
    list of Anomalie
        À passer à ``lever_si_erreurs`` ; les avertissements vont au compte rendu.
    """
    anomalies = _codes_en_double(iris["code_iris"], _COUCHE_IRIS)
    anomalies += _codes_en_double(qpv["code_territoire"], _COUCHE_QPV)
    anomalies += _quartiers_hors_commune(iris, qpv, communes, villes or {})
    anomalies += _limites(iris, qpv, {(villes or {}).get(c, c) for c in communes})
    for table in tables:
        anomalies += _codes_en_double(pd.Series(table.valeurs.index), table.fichier.nom)
        anomalies += _valeurs_hors_bornes(table, catalogue)
        if table.niveau == "iris":
            anomalies += confronter(iris, table, tables, communes=communes, geographie=geographie)
    anomalies += croiser_fichiers(iris, tables)
    return anomalies + _grandeurs_ordonnees(tables)


def _limites(
    iris: gpd.GeoDataFrame, qpv: gpd.GeoDataFrame, villes: Collection[str]
) -> list[Anomalie]:
    """Ce qui ne pourra pas être montré d’une ville seule, que ses fichiers permettent ou non."""
    anomalies: list[Anomalie] = []
    if len(villes) != 1 or iris.empty:
        return anomalies
    (ville,) = villes
    if set(iris["type_iris"]) == {"Z"}:
        message = f"la commune {ville} n’est pas découpée en IRIS : la carte n’a qu’un seul contour"
        remede = (
            "les chiffres de la ville sont montrés ; aucun écart à l’intérieur ne peut l’être, "
            "et un quartier n’est connu que par les chiffres publiés pour lui"
        )
        anomalies.append(Anomalie(message, _COUCHE_IRIS, remede=remede, gravite="avertissement"))
    if qpv.empty:
        message = f"aucun quartier prioritaire dans la commune {ville}"
        remede = "ni carte des quartiers, ni comparaison à la ville hors QPV ; ajoutez le fichier des QPV s’il manque"
        anomalies.append(Anomalie(message, _COUCHE_QPV, remede=remede, gravite="avertissement"))
    return anomalies


def _codes_en_double(codes: pd.Series[str], fichier: str) -> list[Anomalie]:
    doubles = set(codes[codes.duplicated()])
    if not doubles:
        return []
    remede = "supprimez les doublons, ou reprenez le fichier d’origine"
    return [Anomalie(f"codes en double : {citer(doubles)}", fichier, remede=remede)]


def _quartiers_hors_commune(
    iris: gpd.GeoDataFrame,
    qpv: gpd.GeoDataFrame,
    communes: Collection[str],
    villes: Mapping[str, str],
) -> list[Anomalie]:
    """Quartiers que leur contour met hors des communes qu’ils citent."""
    if qpv.empty or iris.empty:
        return []
    if qpv.crs != iris.crs:
        remede = "relisez les deux couches dans la projection légale de la ville"
        return [
            Anomalie("les QPV et les IRIS n’ont pas la même projection", _COUCHE_QPV, remede=remede)
        ]
    dedans = _surfaces_dans_leurs_communes(iris, qpv, villes)
    total = shapely.area(qpv.geometry.to_numpy())
    anomalies = []
    for rang, (_, quartier) in enumerate(qpv.iterrows()):
        nom = f"{quartier['code_territoire']} « {quartier['nom']} »"
        if dedans[rang] <= _SURFACE_NULLE_M2:
            message = (
                f"{nom} est déclaré dans la commune mais son contour est tout entier en dehors"
            )
            remede = "vérifiez le code de commune du quartier, ou sa projection"
            anomalies.append(Anomalie(message, _COUCHE_QPV, None, "insee_com", remede))
            continue
        dehors = 1 - dedans[rang] / total[rang]
        propre = set(str(quartier["communes"]).split(",")) <= set(communes)
        if propre and dehors > _PART_MAX_HORS_COMMUNE:
            message = f"{nom} : {dehors:.0%} de sa surface est hors de la commune"
            remede = "seule sa partie dans la commune est estimée ; vérifiez les contours"
            anomalies.append(Anomalie(message, _COUCHE_QPV, remede=remede, gravite="avertissement"))
    return anomalies


def _surfaces_dans_leurs_communes(
    iris: gpd.GeoDataFrame, qpv: gpd.GeoDataFrame, villes: Mapping[str, str]
) -> np.ndarray:
    """Surface (m²) de chaque quartier dans les IRIS des communes qu’il cite."""
    contours, quartiers = iris.geometry.to_numpy(), qpv.geometry.to_numpy()
    cites = [{villes.get(c, c) for c in str(t).split(",")} for t in qpv["communes"]]
    lieux = [villes.get(c, c) for c in iris["code_commune"]]
    q, i = shapely.STRtree(contours).query(quartiers, predicate="intersects")
    siens = np.array([lieux[b] in cites[a] for a, b in zip(q, i, strict=True)], dtype=bool)
    q, i = q[siens], i[siens]
    surfaces = shapely.area(shapely.intersection(quartiers[q], contours[i]))
    dedans: np.ndarray = np.bincount(q, weights=surfaces, minlength=len(quartiers))
    return dedans


def _valeurs_hors_bornes(table: TableLue, catalogue: Catalogue) -> list[Anomalie]:
    anomalies = []
    for nom in table.valeurs.columns:
        valeurs = table.valeurs[nom].to_numpy(float)
        minimum, maximum = catalogue.variables[nom].bornes
        hors = list(table.valeurs.index[(valeurs < minimum) | (valeurs > maximum)])
        if hors:
            quoi = "valeurs négatives"
            if np.isfinite(maximum):
                quoi = f"pourcentages hors de {ecrire_lu(minimum)}-{ecrire_lu(maximum)}"
            remede = "vérifiez ces chiffres chez le producteur"
            message = f"{quoi} pour {citer(hors)}"
            anomalies.append(Anomalie(message, table.fichier.nom, None, nom, remede))
    return anomalies


def _grandeurs_ordonnees(tables: Sequence[TableLue]) -> list[Anomalie]:
    """Chômeurs ≤ actifs ≤ population… entre tables d’un même niveau, d’un même millésime."""
    anomalies = []
    for petite, grande in _CROISSANTS:
        for gauche in (t for t in tables if petite in t.valeurs):
            for droite in (t for t in tables if grande in t.valeurs and _comparables(gauche, t)):
                anomalies += _comparer(gauche, petite, droite, grande)
    return anomalies


def _comparables(gauche: TableLue, droite: TableLue) -> bool:
    # Le recensement seul : une population de quartier n’a pas le même champ.
    recensement = all(t.source.startswith("rp_") for t in (gauche, droite))
    return recensement and gauche.niveau == droite.niveau and gauche.millesime == droite.millesime


def _comparer(gauche: TableLue, petite: str, droite: TableLue, grande: str) -> list[Anomalie]:
    communs = gauche.valeurs.index.intersection(droite.valeurs.index)
    x = gauche.valeurs.loc[communs, petite].to_numpy(dtype=float)
    y = droite.valeurs.loc[communs, grande].to_numpy(dtype=float)
    fautifs = x - y > np.maximum(_TOLERANCE_ABSOLUE, _TOLERANCE_RELATIVE * np.abs(y))
    if not fautifs.any():
        return []
    rang = int(np.flatnonzero(fautifs)[0])
    message = (
        f"« {petite} » dépasse « {grande} » ({droite.fichier.nom}) : "
        f"{ecrire_lu(x[rang])} > {ecrire_lu(y[rang])} pour {communs[rang]} ({citer(list(communs[fautifs]))})"
    )
    remede = "les deux fichiers doivent être du même millésime et de la même diffusion"
    return [Anomalie(message, gauche.fichier.nom, None, petite, remede)]
