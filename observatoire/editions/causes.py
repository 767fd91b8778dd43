"""Pourquoi une valeur a changé : les conditions, dans l’ordre où elles l’emportent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd

from observatoire.domaine import Methode, Statut
from observatoire.editions.contours import Territoire

__all__ = ["INVERSES", "NATURES", "Comparable", "classer"]

NATURES: Mapping[str, str] = {
    "nouveau_millesime": "nouveau millésime",
    "millesime_retire": "millésime retiré",
    "territoire_ajoute": "territoire ajouté",
    "territoire_retire": "territoire retiré",
    "nouvellement_masquee": "nouvellement masquée",
    "demasquee": "démasquée",
    "code_ou_nom": "changement de code ou de nom",
    "catalogue": "changement de catalogue",
    "contour": "changement de contour",
    "correction_producteur": "correction du producteur",
    "methode": "changement de méthode",
    "inexplique": "inexpliqué",
}

INVERSES: Mapping[str, str] = {
    **{nature: nature for nature in NATURES},
    "nouveau_millesime": "millesime_retire",
    "millesime_retire": "nouveau_millesime",
    "territoire_ajoute": "territoire_retire",
    "territoire_retire": "territoire_ajoute",
    "nouvellement_masquee": "demasquee",
    "demasquee": "nouvellement_masquee",
}
"""Nature d’un changement lu dans l’autre sens."""

_SEPARATEUR = " ; "


class Comparable(Protocol):
    """Ce que la comparaison lit d’une édition, publiée ou pas encore écrite."""

    @property
    def manifeste(self) -> Mapping[str, Any]:
        """Provenance."""

    @property
    def resultats(self) -> pd.DataFrame:
        """Valeurs."""

    @property
    def couches(self) -> Mapping[str, gpd.GeoDataFrame]:
        """Au moins ``iris, qpv, secteurs``."""


def classer(
    changees: pd.DataFrame,
    ancienne: Comparable,
    nouvelle: Comparable,
    *,
    contours: set[Territoire],
    renommes: Mapping[Territoire, str],
) -> np.ndarray[Any, Any]:
    """Nature de chaque valeur changée : la première condition vraie l’emporte.

    Parameters
    ----------
    changees : DataFrame
        Paires de valeurs changées, colonnes de ``comparaison._apparier``.
    ancienne, nouvelle : Comparable
        Les deux éditions.
    contours : set of (str, str)
        Territoires dont le contour a changé.
    renommes : mapping
        Ancien territoire → nouveau code.

    Returns
    -------
    ndarray of str, shape (len(changees),)
        Clés de :data:`NATURES`.
    """
    avant, apres = changees["cote"].eq("left_only"), changees["cote"].eq("right_only")
    manifestes = ancienne.manifeste, nouvelle.manifeste
    inconnu = _indicateur_d_un_seul_cote(changees, ancienne, nouvelle)
    millesime = {
        cote: ~inconnu & ~_present(changees, table.resultats, ["indicateur", "millesime"])
        for cote, table in (("ancien", ancienne), ("nouveau", nouvelle))
    }
    territoires_avant = _territoires(ancienne.resultats, renommes)
    territoires_apres = _territoires(nouvelle.resultats, {})
    territoires = _couples(changees, ["type_territoire", "code_territoire"])
    venu = ~inconnu & ~territoires.isin(territoires_avant)
    parti = ~inconnu & ~territoires.isin(territoires_apres)
    secret_avant = changees["ancien_statut"].eq(Statut.SECRET.value)
    secret_apres = changees["nouveau_statut"].eq(Statut.SECRET.value)
    nommage = changees["ancien_nom"].ne(changees["nouveau_nom"]) | changees["ancien_code"].ne(
        changees["nouveau_code"]
    )
    methode = changees["ancienne_methode"].ne(changees["nouvelle_methode"])
    version = manifestes[0].get("version_code") != manifestes[1].get("version_code")
    conditions = {
        "nouveau_millesime": apres & millesime["ancien"],
        "millesime_retire": avant & millesime["nouveau"],
        "territoire_ajoute": apres & venu,
        "territoire_retire": avant & parti,
        "nouvellement_masquee": secret_apres & ~secret_avant & ~inconnu,
        "demasquee": secret_avant & ~secret_apres & ~inconnu,
        "code_ou_nom": nommage & ~changees["chiffre_change"],
        "catalogue": inconnu | changees["indicateur"].isin(_redefinis(changees, *manifestes)),
        "contour": territoires.isin(contours),
        "correction_producteur": _source_corrigee(changees, *manifestes),
        "methode": methode | version | _calage_change(changees, *manifestes),
    }
    choix = {nom: np.asarray(c, dtype=bool) for nom, c in conditions.items()}
    secours = np.full(len(changees), "inexplique", dtype=object)
    if _fichiers_differents(*manifestes):  # un autre fichier pèse la valeur sans être cité
        secours[:] = "correction_producteur"
    nature = np.select(list(choix.values()), list(choix), default="")
    return np.where(nature == "", secours, nature)


def _calage_change(
    changees: pd.DataFrame, ancien: Mapping[str, Any], nouveau: Mapping[str, Any]
) -> pd.Series[bool]:
    """Vrai pour une valeur calée quand le modèle n’est plus le même."""
    autre = ancien.get("calage") != nouveau.get("calage")
    calees = changees["nouvelle_methode"].astype("str").str.startswith("calee")
    return calees & autre


def _couples(table: pd.DataFrame, colonnes: list[str]) -> pd.Series[Any]:
    return pd.Series(list(zip(*(table[c] for c in colonnes), strict=True)), index=table.index)


def _present(changees: pd.DataFrame, table: pd.DataFrame, colonnes: list[str]) -> pd.Series[bool]:
    return _couples(changees, colonnes).isin(set(_couples(table, colonnes)))


def _indicateur_d_un_seul_cote(
    changees: pd.DataFrame, ancienne: Comparable, nouvelle: Comparable
) -> pd.Series[bool]:
    communs = set(ancienne.resultats["indicateur"]) & set(nouvelle.resultats["indicateur"])
    return ~changees["indicateur"].isin(communs)


def _territoires(table: pd.DataFrame, renommes: Mapping[Territoire, str]) -> set[Territoire]:
    uniques = table[["type_territoire", "code_territoire"]].drop_duplicates()
    return {
        (str(t), renommes.get((str(t), str(c)), str(c))) for t, c in uniques.itertuples(index=False)
    }


def _redefinis(
    changees: pd.DataFrame, ancien: Mapping[str, Any], nouveau: Mapping[str, Any]
) -> set[str]:
    """Indicateurs dont la définition a changé.

    Une édition écrite avant que le manifeste porte l’empreinte de chaque indicateur ne
    permet que de comparer les catalogues entiers.
    """
    catalogue = ancien.get("empreinte_catalogue") != nouveau.get("empreinte_catalogue")
    avant, apres = ancien.get("indicateurs", {}), nouveau.get("indicateurs", {})
    return {
        str(i)
        for i in changees["indicateur"].unique()
        if (
            avant[i]["empreinte"] != apres[i]["empreinte"]
            if i in avant and i in apres
            else catalogue
        )
    }


def _source_corrigee(
    changees: pd.DataFrame, ancien: Mapping[str, Any], nouveau: Mapping[str, Any]
) -> np.ndarray[Any, Any]:
    """Vrai si un fichier d’une source citée, ou les carreaux employés, a une autre empreinte."""
    avant, apres = _empreintes(ancien), _empreintes(nouveau)
    corriges = {cle for cle in avant.keys() & apres.keys() if avant[cle] != apres[cle]}
    entrees = [*ancien.get("entrees", ()), *nouveau.get("entrees", ())]
    citations = {e["citation"] for e in entrees if _cle(e) in corriges}
    carreaux = any(e["niveau"] == "carreau" for e in entrees if _cle(e) in corriges)
    cite = np.zeros(len(changees), dtype=bool)
    for colonne in ("ancienne_source", "nouvelle_source"):
        cite |= np.array(
            [
                isinstance(s, str) and not citations.isdisjoint(s.split(_SEPARATEUR))
                for s in changees[colonne]
            ],
            dtype=bool,
        )
    if carreaux:
        for colonne in ("ancienne_methode", "nouvelle_methode"):
            cite |= changees[colonne].eq(Methode.CARREAUX.value).to_numpy(dtype=bool)
    return cite


def _fichiers_differents(ancien: Mapping[str, Any], nouveau: Mapping[str, Any]) -> bool:
    """Vrai si les tableaux employés (et non les fonds de carte) ne sont pas les mêmes."""
    tableaux = [{cle: e for cle, e in _empreintes(m).items() if cle[2]} for m in (ancien, nouveau)]
    return tableaux[0] != tableaux[1]


def _cle(entree: Mapping[str, Any]) -> tuple[str, Any, str | None]:
    return (entree["source"], entree["millesime"], entree["niveau"])


def _empreintes(
    manifeste: Mapping[str, Any],
) -> dict[tuple[str, Any, str | None], frozenset[str]]:
    empreintes: dict[tuple[str, Any, str | None], frozenset[str]] = {}
    for entree in manifeste.get("entrees", ()):
        cle = _cle(entree)
        empreintes[cle] = empreintes.get(cle, frozenset()) | {entree["sha256"]}
    return empreintes
