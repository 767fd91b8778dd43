"""Types de quartiers : une règle lisible sur quelques écarts à la ville, déclarée au catalogue.

Quatre ou cinq quartiers ne se classent pas par une méthode automatique : chacun doit pouvoir refaire le
classement à la main.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from observatoire.catalogue import Catalogue
from observatoire.catalogue.inegalites import TypeDeQuartier
from observatoire.domaine import Reference, Statut, TypeTerritoire

__all__ = ["COLONNES_TYPOLOGIE", "INDETERMINE", "classer_quartiers"]

COLONNES_TYPOLOGIE = [
    "code_commune", "code_territoire", "nom", "type", "libelle", "faits", "statut", "note",
]  # fmt: skip
INDETERMINE = "indetermine"
_PHRASE_INDETERMINE = "On ne sait pas : trop de chiffres manquent ou sont trop incertains"


def classer_quartiers(
    resultats: pd.DataFrame, ecarts: pd.DataFrame, catalogue: Catalogue
) -> pd.DataFrame:
    """Type de chaque quartier prioritaire.

    Parameters
    ----------
    resultats, ecarts : pandas.DataFrame
        Tables longues de l’édition.
    catalogue : Catalogue
        Types, dans l’ordre où ils sont essayés, et seuil (points) au-delà duquel un écart compte.

    Returns
    -------
    pandas.DataFrame
        Colonnes ``COLONNES_TYPOLOGIE``. ``faits`` : « indicateur année oui|non|inconnu » de chaque
        écart. Le type est le premier dont toutes les conditions sont certaines, bornes comprises.
    """
    regles = catalogue.inegalites.typologie
    est_qpv = resultats["type_territoire"] == TypeTerritoire.QPV.value
    quartiers = resultats[est_qpv].drop_duplicates("code_territoire")
    lignes = resultats[est_qpv & resultats["indicateur"].isin(regles.indicateurs)].merge(
        ecarts[ecarts["reference"] == Reference.VILLE.value],
        on=["code_territoire", "indicateur", "millesime"],
        how="left",
        validate="one_to_one",
    )
    # Sans aucune valeur, l’année la plus récente dit au moins qu’elle est masquée ou absente.
    lignes = lignes.sort_values(["code_territoire", "indicateur", "millesime"])
    lignes = lignes.drop_duplicates(["code_territoire", "indicateur"], keep="last")
    faits: dict[str, dict[str, tuple[int, bool | None]]] = {}
    for ligne in lignes.to_dict("records"):
        sens = catalogue.indicateurs[ligne["indicateur"]].sens
        fait = _depasse(ligne, regles.seuil_points, favorable=sens == "favorable_si_hausse")
        faits.setdefault(ligne["code_territoire"], {})[ligne["indicateur"]] = (
            int(ligne["millesime"]), fait,
        )  # fmt: skip
    sortie = []
    for quartier in quartiers.sort_values(["code_commune", "code_territoire"]).to_dict("records"):
        connus = faits.get(quartier["code_territoire"], {})
        nom = _premier(regles.types, {i: f for i, (_, f) in connus.items()})
        mots = {True: "oui", False: "non", None: "inconnu"}
        sortie.append(
            {
                "code_commune": quartier["code_commune"],
                "code_territoire": quartier["code_territoire"],
                "nom": quartier["nom"],
                "type": nom,
                "libelle": regles.types[nom].libelle if nom in regles.types else _PHRASE_INDETERMINE,
                "faits": " ; ".join(
                    f"{i} {connus[i][0]} {mots[connus[i][1]]}" for i in regles.indicateurs if i in connus
                ),
                "statut": (Statut.ABSENT if nom == INDETERMINE else Statut.ESTIME).value,
                "note": "",
            }
        )  # fmt: skip
    return pd.DataFrame(sortie, columns=COLONNES_TYPOLOGIE)


def _depasse(ligne: Mapping[Any, Any], seuil: float, *, favorable: bool) -> bool | None:
    """Vrai si l’écart défavorable dépasse le seuil ; ``None`` si les bornes ne permettent pas de le dire."""
    ecart, bas, haut = (
        float(ligne[c]) for c in ("ecart", "ecart_borne_basse", "ecart_borne_haute")
    )
    if not np.isfinite(ecart):
        return None
    if not (np.isfinite(bas) and np.isfinite(haut)):
        # Une estimation sans bornes n’est pas une certitude.
        if ligne["statut"] != Statut.PUBLIE.value:
            return None
        bas = haut = ecart
    if favorable:
        bas, haut = -haut, -bas
    if bas >= seuil:
        return True
    return False if haut < seuil else None


def _premier(types: Mapping[str, TypeDeQuartier], faits: Mapping[str, bool | None]) -> str:
    for nom, genre in types.items():
        oui = all(faits.get(i) is True for i in genre.oui)
        if oui and all(faits.get(i) is False for i in genre.non):
            return nom
    return INDETERMINE
