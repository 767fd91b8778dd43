"""Ce que l’on peut dire d’un écart : net, indicatif, non interprétable.

Règles, de la plus prudente à la plus affirmative :

- pas de valeur, pas de référence, ou estimation d’une pureté inférieure au seuil : *non interprétable* ;
- l’intervalle (bornes de Duncan et Davis, sondage du recensement) contient la référence : *indicatif* ;
- chiffre publié exhaustif : *net* au-delà de l’arrondi de publication ;
- sinon : *net*.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from observatoire.catalogue import Indicateur, Regles
from observatoire.domaine import Statut, Verdict

__all__ = ["donner_verdicts"]

# Arrondi de publication : un point pour un taux par quartier, 1 % pour un niveau de vie.
_PRECISION_PCT = 1.0
_PRECISION_RELATIVE = 0.01


def donner_verdicts(
    table: pd.DataFrame, indicateur: Indicateur, regles: Regles, *, valeur_reference: float
) -> pd.Series:
    """Verdict de l’écart de chaque ligne à une référence.

    Parameters
    ----------
    table : pandas.DataFrame
        Lignes de résultats : ``valeur, statut, borne_basse, borne_haute, purete``.
    indicateur : Indicateur
        Unité de l’indicateur.
    regles : Regles
        ``purete_min``.
    valeur_reference : float
        Dans l’unité de l’indicateur.

    Returns
    -------
    pandas.Series of str
        Même index que ``table``.
    """
    precision = _PRECISION_PCT if indicateur.unite == "pct" else _PRECISION_RELATIVE * abs(valeur_reference)
    ecart = (table["valeur"] - valeur_reference).abs()
    bornee = table["borne_basse"].notna() & table["borne_haute"].notna()
    contient = bornee & table["borne_basse"].le(valeur_reference) & table["borne_haute"].ge(valeur_reference)
    sans_borne = ~bornee & (table["statut"] == Statut.ESTIME.value)
    indicatif = contient | sans_borne | (ecart < precision)
    impur = (table["statut"] == Statut.ESTIME.value) & ~(table["purete"] >= regles.purete_min)
    muet = table["valeur"].isna() | impur | (not np.isfinite(valeur_reference))
    verdicts = np.select(
        [muet, indicatif],
        [Verdict.NON_INTERPRETABLE.value, Verdict.ECART_INDICATIF.value],
        Verdict.ECART_NET.value,
    )
    return pd.Series(verdicts, index=table.index, dtype="object")
