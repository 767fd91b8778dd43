"""Groupes de carreaux de 200 m aussi fragiles que les quartiers prioritaires de leur ville, hors d’eux.

Un carreau compte les *ménages* pauvres ; le taux de pauvreté publié compte des *personnes*. Le seuil est donc la
part de ménages pauvres des carreaux des quartiers prioritaires : les deux mesures ne sont jamais mêlées.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from observatoire.catalogue import Catalogue
from observatoire.domaine import Statut, TypeTerritoire
from observatoire.indicateurs.inegalites.carreaux_situes import situer_carreaux
from observatoire.indicateurs.inegalites.poches import MASQUE, POCHE
from observatoire.territoires import groupes_contigus, voisins_contigus

__all__ = ["COLONNES_GROUPES", "COLONNES_REPERAGE", "reperer_poches_carreaux"]

COLONNES_GROUPES = [
    "code_commune", "groupe", "etat", "nom", "code_iris", "millesime", "carreaux", "carreaux_imputes", "menages",
    "menages_pauvres", "habitants", "valeur", "seuil", "part_imputee", "statut", "code_qpv_proche", "nom_qpv_proche",
    "distance_qpv_m", "identifiants", "note", "geometry",
]  # fmt: skip
COLONNES_REPERAGE = [
    "code_commune", "millesime", "seuil", "code_qpv_seuil", "nom_qpv_seuil", "statut_seuil", "carreaux", "menages",
    "menages_dans_qpv", "menages_a_cheval", "menages_hors_qpv", "menages_hors_imputes", "groupes", "menages_poches",
    "note",
]  # fmt: skip
_SANS_CARREAUX = "aucun carreau de 200 m donné pour cette ville"
_SANS_SEUIL = (
    "aucun quartier prioritaire de la ville n’a assez de ménages dans des carreaux non imputés"
)
# L’arrondi au dixième du nombre de ménages pauvres, sur les onze ménages du plus petit carreau diffusé.
_ARRONDI = 0.05 / 11


def reperer_poches_carreaux(
    carreaux: gpd.GeoDataFrame | None,
    iris: gpd.GeoDataFrame,
    territoires: gpd.GeoDataFrame,
    villes: Mapping[str, str],
    catalogue: Catalogue,
    millesime: int | None,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Repérer les groupes de carreaux fragiles hors des quartiers.

    Parameters
    ----------
    carreaux : geopandas.GeoDataFrame or None
        ``idcar_200m, ind, men, men_pauv, impute, geometry``, projection en mètres ; ``impute`` vaut 0 si l’Insee
        diffuse le vrai chiffre. Sans ces colonnes, ou ``None`` : rien n’est repéré, et la raison est dite.
    iris : geopandas.GeoDataFrame
        ``code_iris, nom_iris, code_commune, geometry``.
    territoires : geopandas.GeoDataFrame
        ``code_territoire, nom, type_territoire, code_commune, geometry``.
    villes : mapping of str to str
        Code et nom des villes.
    catalogue : Catalogue
        Règles ``poches`` et ``poches.carreaux``.
    millesime : int or None
        Année des carreaux.

    Returns
    -------
    groupes : geopandas.GeoDataFrame
        Colonnes ``COLONNES_GROUPES``. ``etat`` : ``poche``, ou ``masque`` si trop peu de ménages vivent dans
        des carreaux non imputés (aucun chiffre n’est alors donné). ``valeur`` et ``seuil`` : ménages
        pauvres pour cent ménages.
    reperage : pandas.DataFrame
        Une ligne par ville, colonnes ``COLONNES_REPERAGE`` : seuil, ménages examinés, et raison s’il n’y a rien.

    Notes
    -----
    Un carreau est de la ville où est son centre. Ceux dont un quartier prioritaire occupe plus de
    ``part_dans_qpv_max`` sont laissés de côté, entiers. Parmi les autres, ceux dont la part atteint le
    seuil sont réunis par composantes connexes (un côté ou un coin) : le résultat ne dépend d’aucun ordre, et la part
    du groupe, somme des ménages pauvres sur somme des ménages, atteint le seuil à son tour.
    """
    sans = gpd.GeoDataFrame(columns=COLONNES_GROUPES, geometry="geometry", crs=iris.crs)
    lus = carreaux is not None and {"men_pauv", "impute"} <= set(carreaux.columns)
    if carreaux is None or not lus or carreaux.empty:
        return sans, _reperage_vide(villes, _SANS_CARREAUX)
    qpv = territoires[territoires["type_territoire"] == TypeTerritoire.QPV.value]
    situes = situer_carreaux(carreaux, iris, qpv, villes)
    seuils = _seuils(situes, qpv, catalogue)
    hors = _hors_quartiers(situes, catalogue)
    parts = dict(zip(seuils.index, seuils["seuil"].to_numpy(float), strict=True))
    lignes = [
        ligne
        for ville, siens in hors.groupby("code_commune")
        if ville in parts
        for ligne in _groupes_de(siens, parts[ville], catalogue)
    ]
    noms = iris.drop_duplicates("code_iris").set_index("code_iris")["nom_iris"]
    groupes = sans
    if lignes:
        groupes = gpd.GeoDataFrame(lignes, geometry="geometry", crs=iris.crs)
        groupes = groupes.assign(millesime=millesime, nom=groupes["code_iris"].map(noms))
        groupes = _approcher(groupes, qpv)[COLONNES_GROUPES]
    return groupes, _reperage(situes, hors, groupes, seuils, villes, millesime, catalogue)


def _hors_quartiers(situes: gpd.GeoDataFrame, catalogue: Catalogue) -> gpd.GeoDataFrame:
    dans_ville = situes["code_commune"].notna()
    return situes[
        dans_ville & (situes["part_qpv"] <= catalogue.inegalites.poches.part_dans_qpv_max)
    ]


def _sommes(carreaux: pd.DataFrame) -> dict[str, float]:
    """Effectifs réunis ; un carreau dont le nombre de ménages pauvres est inconnu ne compte pas."""
    connus = carreaux[carreaux["men_pauv"].notna() & (carreaux["men"] > 0)]
    vrais = connus["impute"] == 0
    return {
        "menages": float(connus["men"].sum()),
        "menages_pauvres": float(connus["men_pauv"].sum()),
        "menages_vrais": float(connus.loc[vrais, "men"].sum()),
        "habitants": float(connus["ind"].sum()),
    }


def _statut(carreaux: pd.DataFrame, part_tronquee: float) -> tuple[Statut, str]:
    """Somme de chiffres diffusés, ou estimation si l’un d’eux est imputé ou tronqué."""
    imputes = int((carreaux["impute"] != 0).sum())
    tronques = int((carreaux["men_pauv"] >= (part_tronquee - _ARRONDI) * carreaux["men"]).sum())
    notes = []
    if imputes:
        notes.append(f"carreaux imputés par l’Insee : {imputes} sur {len(carreaux)}")
    if tronques:
        notes.append(
            f"carreaux où l’Insee ramène la part à {100 * part_tronquee:.0f} % : {tronques}"
        )
    return (Statut.ESTIME if notes else Statut.PUBLIE), " ; ".join(notes)


def _seuils(situes: gpd.GeoDataFrame, qpv: gpd.GeoDataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Part de ménages pauvres du quartier le moins touché, ou de celui du milieu, par ville."""
    poches = catalogue.inegalites.poches
    regles = poches.carreaux
    dedans = situes[situes["part_principale"] >= regles.part_dans_qpv_min]
    lignes = []
    for code, siens in dedans.groupby("code_qpv"):
        connus = siens[siens["men_pauv"].notna() & (siens["men"] > 0)]
        sommes = _sommes(connus)
        if sommes["menages_vrais"] >= regles.menages_min:
            statut, _ = _statut(connus, regles.part_tronquee)
            part = 100 * sommes["menages_pauvres"] / sommes["menages"]
            lignes.append({"code_qpv_seuil": str(code), "part": part, "statut_seuil": statut.value})
    parts = pd.DataFrame(lignes, columns=["code_qpv_seuil", "part", "statut_seuil"])
    decrits = qpv.set_index("code_territoire")
    parts["code_commune"] = parts["code_qpv_seuil"].map(decrits["code_commune"])
    parts["nom_qpv_seuil"] = parts["code_qpv_seuil"].map(decrits["nom"])
    parts = parts.sort_values(["code_commune", "part", "code_qpv_seuil"])
    par_ville = parts.groupby("code_commune")
    if poches.seuil == "minimum":
        return par_ville.first().rename(columns={"part": "seuil"})
    seuils = par_ville["part"].median().to_frame("seuil")
    # La médiane de deux quartiers n’est celle d’aucun.
    estime = (parts["statut_seuil"] == Statut.ESTIME.value).groupby(parts["code_commune"]).any()
    statuts = np.where(estime, Statut.ESTIME.value, Statut.PUBLIE.value)
    return seuils.assign(code_qpv_seuil="", nom_qpv_seuil="", statut_seuil=statuts)


def _groupes_de(hors: gpd.GeoDataFrame, seuil: float, catalogue: Catalogue) -> list[dict[str, Any]]:
    """Groupes d’une ville, du plus peuplé au moins peuplé, ceux dont on ne sait rien à la fin."""
    regles = catalogue.inegalites.poches.carreaux
    fragiles = hors[(hors["men"] > 0) & (100 * hors["men_pauv"] >= seuil * hors["men"])]
    if fragiles.empty:
        return []
    composantes = groupes_contigus(voisins_contigus(np.asarray(fragiles.geometry.values)))
    # La plupart des composantes sont trop petites : elles ne sont pas décrites.
    menages = np.bincount(composantes, weights=fragiles["men"].to_numpy(float))
    assez = menages[composantes] >= regles.menages_min
    lignes = [
        _decrire(siens, _sommes(siens), seuil, catalogue)
        for _, siens in fragiles[assez].groupby(composantes[assez])
    ]
    lignes.sort(key=lambda g: (g["etat"] == MASQUE, -g["menages"], g["identifiants"]))
    rang = 0
    for ligne in lignes:
        rang += ligne["etat"] == POCHE
        ligne["groupe"] = rang if ligne["etat"] == POCHE else 0
    return lignes


def _decrire(
    siens: gpd.GeoDataFrame, sommes: Mapping[str, float], seuil: float, catalogue: Catalogue
) -> dict[str, Any]:
    regles = catalogue.inegalites.poches.carreaux
    statut, note = _statut(siens, regles.part_tronquee)
    lisible = sommes["menages_vrais"] >= regles.menages_min
    if not lisible:
        statut = Statut.SECRET
        note = "presque tous les ménages sont dans des carreaux imputés : on ne sait pas"
    principal = siens.groupby("code_iris")["men"].sum()
    return {
        "code_commune": siens["code_commune"].iloc[0],
        "etat": POCHE if lisible else MASQUE,
        "code_iris": str(principal.sort_index().idxmax()),
        "carreaux": len(siens),
        "carreaux_imputes": int((siens["impute"] != 0).sum()),
        "menages": sommes["menages"],
        "menages_pauvres": sommes["menages_pauvres"] if lisible else np.nan,
        "habitants": sommes["habitants"],
        "valeur": 100 * sommes["menages_pauvres"] / sommes["menages"] if lisible else np.nan,
        "seuil": seuil,
        "part_imputee": 1 - sommes["menages_vrais"] / sommes["menages"],
        "statut": statut.value,
        "identifiants": " ".join(siens["idcar_200m"]),
        "note": note,
        "geometry": shapely.union_all(np.asarray(siens.geometry.values)),
    }


def _approcher(groupes: gpd.GeoDataFrame, qpv: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Quartier prioritaire le plus proche de chaque groupe, de toute ville, et sa distance."""
    formes = np.asarray(groupes.geometry.values)
    quartiers = qpv.sort_values("code_territoire", ignore_index=True)
    paires = shapely.STRtree(np.asarray(quartiers.geometry.values)).query_nearest(formes)
    # À égale distance, le premier par son code.
    proches = pd.Series(paires[1]).groupby(paires[0]).min().to_numpy()
    retenus = quartiers.iloc[proches]
    distances = shapely.distance(formes, np.asarray(retenus.geometry.values))
    return groupes.assign(
        code_qpv_proche=retenus["code_territoire"].to_numpy(),
        nom_qpv_proche=retenus["nom"].to_numpy(),
        distance_qpv_m=np.round(distances),
    )


def _reperage(
    situes: gpd.GeoDataFrame,
    hors: gpd.GeoDataFrame,
    groupes: gpd.GeoDataFrame,
    seuils: pd.DataFrame,
    villes: Mapping[str, str],
    millesime: int | None,
    catalogue: Catalogue,
) -> pd.DataFrame:
    """Ce qui a été examiné dans chaque ville : tous ses ménages, une fois chacun."""
    siens = situes[situes["code_commune"].notna()]
    dedans = siens["part_principale"] >= catalogue.inegalites.poches.carreaux.part_dans_qpv_min
    par_ville = siens.groupby("code_commune")["men"]
    table = pd.DataFrame(index=pd.Index(list(villes), name="code_commune"))
    table["carreaux"] = par_ville.size()
    table["menages"] = par_ville.sum()
    parties = {
        "menages_dans_qpv": siens[dedans],
        "menages_a_cheval": siens[~dedans & ~siens.index.isin(hors.index)],
        "menages_hors_qpv": hors,
        "menages_hors_imputes": hors[hors["impute"] != 0],
    }
    presentes = table["carreaux"].notna()
    for nom, partie in parties.items():
        sommes = partie.groupby("code_commune")["men"].sum().reindex(table.index)
        # Une ville qui a des carreaux, mais aucun de cette sorte, y a zéro ménage.
        table[nom] = sommes.mask(sommes.isna() & presentes, 0.0)
    table = table.join(seuils)
    trouves = groupes[groupes["etat"] == POCHE]
    connue = table["seuil"].notna()
    compte = trouves.groupby("code_commune")["menages"].agg(["size", "sum"]).reindex(table.index)
    table["groupes"] = compte["size"].mask(compte["size"].isna() & connue, 0)
    table["menages_poches"] = compte["sum"].mask(compte["sum"].isna() & connue, 0.0)
    table["note"] = np.select([~presentes, ~connue], [_SANS_CARREAUX, _SANS_SEUIL], "")
    table["millesime"] = pd.Series(millesime, index=table.index).where(presentes)
    return table.reset_index()[COLONNES_REPERAGE]


def _reperage_vide(villes: Mapping[str, str], raison: str) -> pd.DataFrame:
    table = pd.DataFrame({"code_commune": list(villes), "note": raison})
    textes = {"code_qpv_seuil", "nom_qpv_seuil", "statut_seuil"}
    for colonne in COLONNES_REPERAGE:
        if colonne not in table:
            table[colonne] = pd.Series(
                None if colonne in textes else np.nan,
                index=table.index,
                dtype="str" if colonne in textes else "float64",
            )
    return table[COLONNES_REPERAGE]
