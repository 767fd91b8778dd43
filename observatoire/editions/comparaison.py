"""Comparer deux éditions : chaque valeur changée, sa nature, et ce qui est invraisemblable.

Une valeur est changée si sa valeur, son statut, sa méthode, ses bornes, ou le code ou le nom
du territoire diffèrent. Chacune reçoit une nature et une seule : la première de la liste
ordonnée qui s’applique (voir ``causes.classer``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from observatoire.catalogue import Catalogue
from observatoire.editions.causes import INVERSES, NATURES, Comparable, classer
from observatoire.editions.contours import Territoire, codes_renommes, contours_changes
from observatoire.editions.plausibilite import Perte, chercher_pertes, juger_mouvements

__all__ = [
    "INVERSES",
    "NATURES",
    "Candidate",
    "Comparable",
    "Comparaison",
    "comparer",
    "decrire_indicateurs",
]

_CLES = ["type_territoire", "code_territoire", "indicateur", "millesime"]
_NOMBRES = ["valeur", "borne_basse", "borne_haute"]
_TEXTES = ["statut", "methode", "nom", "code"]
_TRI = ["indicateur", "millesime", "type_territoire", "code_territoire"]
_FEMININS = {"valeur", "methode", "borne_basse", "borne_haute", "source"}
_PRECISION = 1e-9

COLONNES = [
    *_CLES, "nom", "nature", "ancien_code", "ancien_nom", "ancien_millesime", "ancienne_valeur", "nouvelle_valeur",
    "ancien_statut", "nouveau_statut", "ancienne_methode", "nouvelle_methode", "ancienne_borne_basse",
    "ancienne_borne_haute", "mouvement", "habituel", "hors_intervalle", "hors_habitude", "invraisemblable",
]  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """Une édition calculée qui n’est pas encore écrite."""

    manifeste: Mapping[str, Any]
    resultats: pd.DataFrame
    couches: Mapping[str, gpd.GeoDataFrame]


@dataclass(frozen=True)
class Comparaison:
    """Différences entre deux éditions d’une ville.

    Parameters
    ----------
    changements : DataFrame
        Une ligne par valeur changée ; ``nature`` est une clé de :data:`NATURES`, les valeurs et
        mouvements sont dans l’unité de l’indicateur.
    pertes : tuple of Perte
        Indicateurs publiés qui disparaissent pour plus de 20 % des territoires.
    indicateurs : mapping
        Indicateur → ``libelle`` et ``unite``.
    """

    ancienne: str
    nouvelle: str
    code_commune: str
    changements: pd.DataFrame
    pertes: tuple[Perte, ...]
    indicateurs: Mapping[str, Mapping[str, str]]

    @property
    def comptes(self) -> dict[str, int]:
        """Nombre de valeurs par nature, zéros compris."""
        nombres = self.changements["nature"].value_counts().to_dict()
        return {nature: int(nombres.get(nature, 0)) for nature in NATURES}

    @property
    def invraisemblables(self) -> pd.DataFrame:
        """Changements invraisemblables, le plus grand d’abord."""
        return _trier_par_ampleur(self.changements[self.changements["invraisemblable"]])

    @property
    def vraisemblable(self) -> bool:
        """Vrai si rien n’empêche de publier sans relecture."""
        return not self.pertes and not self.changements["invraisemblable"].any()

    def plus_grands(self, nombre: int = 10) -> pd.DataFrame:
        """Les plus grands mouvements, rapportés au mouvement habituel."""
        return _trier_par_ampleur(self.changements).head(nombre)

    def en_json(self, nombre: int = 10) -> dict[str, Any]:
        """Contenu sérialisable, aux clés stables."""
        return {
            "ancienne": self.ancienne,
            "nouvelle": self.nouvelle,
            "code_commune": self.code_commune,
            "vraisemblable": self.vraisemblable,
            "comptes": self.comptes,
            "pertes": [{**asdict(p), "part": p.part} for p in self.pertes],
            "plus_grands": _enregistrements(self.plus_grands(nombre)),
            "changements": _enregistrements(self.changements),
        }


def comparer(ancienne: Comparable, nouvelle: Comparable) -> Comparaison:
    """Classer chaque valeur qui diffère entre deux éditions d’une même ville.

    Parameters
    ----------
    ancienne, nouvelle : Comparable
        Éditions, ou édition calculée pas encore écrite.

    Returns
    -------
    Comparaison
        L’ordre des lignes des éditions n’y change rien.
    """
    code = str(nouvelle.manifeste["code_commune"])
    renommes = codes_renommes(ancienne.couches, nouvelle.couches)
    paires = _apparier(ancienne.resultats, nouvelle.resultats, renommes)
    paires = _completer_nouveaux_millesimes(paires, ancienne.resultats, renommes)
    indicateurs = {
        **ancienne.manifeste.get("indicateurs", {}),
        **nouvelle.manifeste.get("indicateurs", {}),
    }
    unites = {i: str(d["unite"]) for i, d in indicateurs.items()}
    paires = juger_mouvements(paires, unites)
    changees = paires[paires["changee"]].copy()
    contours = contours_changes(ancienne.couches, nouvelle.couches, code)
    changees["nature"] = classer(changees, ancienne, nouvelle, contours=contours, renommes=renommes)
    return Comparaison(
        ancienne=str(ancienne.manifeste.get("edition", "")),
        nouvelle=str(nouvelle.manifeste.get("edition", "")),
        code_commune=code,
        changements=changees[COLONNES].sort_values(_TRI, ignore_index=True),
        pertes=chercher_pertes(paires),
        indicateurs=indicateurs,
    )


def decrire_indicateurs(catalogue: Catalogue) -> dict[str, dict[str, str]]:
    """Libellé, unité et empreinte de calcul de chaque indicateur, pour le manifeste.

    L’empreinte couvre ce qui change un chiffre : le calcul, les variables employées et les
    règles communes ; ni les libellés ni les textes.
    """
    regles = catalogue.regles.model_dump(mode="json")
    champs = {
        "calcul", "numerateur", "denominateur", "complement", "diffusee", "quantiles", "enquete", "unite",
    }  # fmt: skip
    description = {}
    for nom, indicateur in catalogue.indicateurs.items():
        calcul = indicateur.model_dump(mode="json", include=champs)
        employees = {*indicateur.numerateur, *indicateur.denominateur, indicateur.diffusee}
        if indicateur.quantiles:
            employees |= {*catalogue.regles.quantiles_diffuses, catalogue.regles.variable_gini}
        variables = {
            v: catalogue.variables[v].model_dump(mode="json", exclude={"libelle"})
            for v in sorted(employees & set(catalogue.variables))
        }
        texte = json.dumps([calcul, variables, regles], sort_keys=True, ensure_ascii=False)
        description[nom] = {
            "libelle": indicateur.libelle,
            "unite": indicateur.unite,
            "empreinte": hashlib.sha256(texte.encode()).hexdigest(),
        }
    return description


def _apparier(
    ancienne: pd.DataFrame, nouvelle: pd.DataFrame, renommes: Mapping[Territoire, str]
) -> pd.DataFrame:
    """Toutes les paires de valeurs, changées ou non, et les valeurs d’un seul côté."""
    avant = _preparer(ancienne, "ancien", renommes)
    apres = _preparer(nouvelle, "nouveau", {})
    paires = avant.merge(apres, on=_CLES, how="outer", validate="one_to_one", indicator="cote")
    differe = paires["cote"] != "both"
    for nom in _TEXTES:
        avant_apres = paires[_colonne("ancien", nom)], paires[_colonne("nouveau", nom)]
        differe |= avant_apres[0].ne(avant_apres[1])
    paires["chiffre_change"] = False
    for nom in _NOMBRES:
        paires["chiffre_change"] |= ~_egaux(
            paires[_colonne("ancien", nom)], paires[_colonne("nouveau", nom)]
        )
    for nom in ("statut", "methode"):
        paires["chiffre_change"] |= paires[_colonne("ancien", nom)].ne(
            paires[_colonne("nouveau", nom)]
        )
    paires["changee"] = differe | paires["chiffre_change"]
    paires["nom"] = paires["nouveau_nom"].where(paires["nouveau_nom"].notna(), paires["ancien_nom"])
    paires["ancien_millesime"] = paires["millesime"].where(paires["cote"] != "right_only")
    return paires


def _preparer(table: pd.DataFrame, cote: str, renommes: Mapping[Territoire, str]) -> pd.DataFrame:
    garde = table[[*_CLES, *_NOMBRES, "statut", "methode", "nom", "source"]].copy()
    garde["code"] = garde["code_territoire"]
    if renommes:
        garde["code_territoire"] = [
            renommes.get((t, c), c)
            for t, c in zip(garde["type_territoire"], garde["code_territoire"], strict=True)
        ]
    return garde.rename(columns={n: _colonne(cote, n) for n in garde.columns if n not in _CLES})


def _colonne(cote: str, nom: str) -> str:
    feminin = {"ancien": "ancienne", "nouveau": "nouvelle"}[cote]
    return f"{feminin if nom in _FEMININS else cote}_{nom}"


def _egaux(une: pd.Series[float], autre: pd.Series[float]) -> pd.Series[bool]:
    echelle = np.fmax(np.fmax(une.abs(), autre.abs()), 1.0)
    return ((une - autre).abs() <= _PRECISION * echelle) | (une.isna() & autre.isna())


def _completer_nouveaux_millesimes(
    paires: pd.DataFrame, ancienne: pd.DataFrame, renommes: Mapping[Territoire, str]
) -> pd.DataFrame:
    """Mettre en face d’un nouveau millésime la valeur du millésime le plus proche avant lui."""
    connus = ancienne.groupby("indicateur")["millesime"].unique()
    nouveaux = paires["cote"].eq("right_only")
    couples = paires.loc[nouveaux, ["indicateur", "millesime"]].drop_duplicates()
    voisins = {
        (str(i), int(m)): voisin
        for i, m in couples.itertuples(index=False)
        if i in connus.index and (voisin := _voisin(connus.loc[i], int(m))) is not None
    }
    if not voisins:
        return paires
    cible = pd.Series(
        [voisins.get((i, m)) for i, m in zip(paires["indicateur"], paires["millesime"], strict=True)],
        index=paires.index, dtype="float64",
    ).where(nouveaux)  # fmt: skip
    avant = _preparer(ancienne, "ancien", renommes)
    avant = avant.rename(columns={"millesime": "voisin"}).astype({"voisin": "float64"})
    cles = ["type_territoire", "code_territoire", "indicateur", "voisin"]
    trouvees = paires.assign(voisin=cible)[cles].merge(
        avant, on=cles, how="left", validate="many_to_one"
    )
    trouvees.index = paires.index
    complete = paires.copy()
    remplir = cible.notna()
    for nom in [c for c in avant.columns if c not in cles and c != "ancien_statut"]:
        complete.loc[remplir, nom] = trouvees.loc[remplir, nom]
    complete.loc[remplir, "ancien_millesime"] = cible[remplir]
    return complete


def _voisin(connus: Any, millesime: int) -> int | None:
    """Plus récent millésime antérieur ; à défaut le plus ancien postérieur ; rien s’il est connu."""
    annees = sorted(int(m) for m in connus)
    if millesime in annees:
        return None
    anterieures = [m for m in annees if m < millesime]
    return anterieures[-1] if anterieures else annees[0]


def _trier_par_ampleur(changements: pd.DataFrame) -> pd.DataFrame:
    force = changements["mouvement"].abs() / changements["habituel"]
    ordre = changements.assign(force=force).sort_values(
        ["force", *_TRI], ascending=[False, True, True, True, True], na_position="last"
    )
    return ordre[ordre["force"].gt(0)].drop(columns="force").reset_index(drop=True)


def _enregistrements(table: pd.DataFrame) -> list[dict[str, Any]]:
    texte = table.to_json(orient="records", force_ascii=False, double_precision=10)
    lignes: list[dict[str, Any]] = json.loads(texte)
    return lignes
