"""Groupes de carreaux de 200 m posés sur la carte des poches, par-dessus les IRIS."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from observatoire.cartes.francais import typographier
from observatoire.cartes.modeles import Aspect, ClasseLegende, VueCarte
from observatoire.cartes.phrases_poches import dire_distance, dire_part, nommer_groupe
from observatoire.editions import Edition
from observatoire.redaction import ecrire_valeur, pluriel

__all__ = ["groupes_de_carreaux", "intituler_poches", "superposer_groupes"]


def groupes_de_carreaux(edition: Edition) -> gpd.GeoDataFrame | None:
    """Poches de carreaux de l’édition, du groupe 1 au dernier ; ``None`` s’il n’y en a pas."""
    couche = edition.couche_complementaire("poches_carreaux")
    if couche is None or couche.empty:
        return None
    poches = couche[couche["etat"] == "poche"].sort_values("groupe", ignore_index=True)
    return poches if len(poches) else None


def intituler_poches(ville: str, iris: int, groupes: int) -> str:
    """Titre de la carte : « À Brumeval, deux IRIS hors des quartiers prioritaires sont… ».

    Parameters
    ----------
    ville : str
        « À Brumeval ».
    iris, groupes : int
        Nombre d’IRIS et de groupes de carreaux trouvés.
    """
    dits = []
    if iris:
        dits.append(f"{iris} IRIS")
    if groupes:
        dits.append(f"{groupes} {pluriel('groupe', groupes)} de carreaux de 200 m")
    if not dits:
        return (
            f"{ville}, aucun IRIS connu hors des quartiers prioritaires n’est aussi fragile qu’eux"
        )
    sont = "est aussi fragile" if iris + groupes == 1 else "sont aussi fragiles"
    return f"{ville}, {' et '.join(dits)} hors des quartiers prioritaires {sont} qu’eux"


def superposer_groupes(vue: VueCarte, edition: Edition, couleur: str) -> VueCarte:
    """Ajouter les groupes de carreaux aux zones d’une carte d’IRIS, dont ils sont découpés.

    Parameters
    ----------
    vue : VueCarte
        Carte des IRIS.
    edition : Edition
        Édition qui porte les groupes ; sans eux, la carte est rendue telle quelle.
    couleur : str
        Couleur des groupes.
    """
    groupes = groupes_de_carreaux(edition)
    if groupes is None:
        return vue
    zones = vue.zones.copy()
    formes = np.asarray(zones.geometry.values)
    # Un carreau déborde de la ville ; deux zones ne se recouvrent pas.
    dessines = shapely.intersection(np.asarray(groupes.geometry.values), shapely.union_all(formes))
    touches = shapely.intersects(formes, shapely.union_all(dessines))
    restes = formes.copy()
    restes[touches] = shapely.difference(formes[touches], shapely.union_all(dessines))
    zones = zones.set_geometry(gpd.GeoSeries(restes, index=zones.index, crs=zones.crs))
    zones = zones[~shapely.is_empty(restes)]
    ajoutes = _zones_des_groupes(groupes, dessines, vue, couleur)
    ensemble = gpd.GeoDataFrame(pd.concat([zones, ajoutes], ignore_index=True), crs=zones.crs)
    seuil = ecrire_valeur(float(groupes["seuil"].iloc[0]), "pct")
    classe = ClasseLegende(
        0.0, 0.0, couleur,
        typographier(f"groupe de carreaux : {seuil} de ménages pauvres ou plus, hors d’eux"),
        len(groupes),
    )  # fmt: skip
    legende = replace(
        vue.legende,
        titre_effectif="Zones",
        classes=(vue.legende.classes[0], classe, *vue.legende.classes[1:]),
    )
    citations = [e["citation"] for e in edition.manifeste["entrees"] if e["niveau"] == "carreau"]
    ajoutees = [c for c in citations if c not in vue.source]
    source = " ; ".join([vue.source, *ajoutees])
    return replace(vue, zones=ensemble, legende=legende, source=source)


def _zones_des_groupes(
    groupes: gpd.GeoDataFrame, dessines: np.ndarray, vue: VueCarte, couleur: str
) -> gpd.GeoDataFrame:
    lignes = [
        {
            "code_territoire": f"carreaux-{groupe['groupe']}",
            "nom": nommer_groupe(groupe),
            "type_iris": "H",
            "aspect": Aspect.VALEUR.value,
            "classe": 1,
            "couleur": couleur,
            "texte_valeur": typographier(f"{dire_part(groupe)} de ménages pauvres"),
            "texte_ecart": typographier(
                f"{ecrire_valeur(float(groupe['menages']), 'menages')}, {dire_distance(groupe)}"
            ),
            "texte_statut": f"carreaux de 200 m, {int(groupe['millesime'])}",
        }
        for groupe in groupes.to_dict("records")
    ]
    table = pd.DataFrame(lignes).reindex(columns=vue.zones.columns.drop("geometry"))
    textes = [c for c in table.columns if c.startswith("texte_")]
    table[textes] = table[textes].astype(object).where(table[textes].notna(), "")
    return gpd.GeoDataFrame(table, geometry=dessines, crs=vue.zones.crs)
