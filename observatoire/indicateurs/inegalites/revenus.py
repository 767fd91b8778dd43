"""Inégalité des niveaux de vie d’une ville : indices, et ce qui est entre quartiers et entre IRIS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from observatoire.domaine import Statut, TypeTerritoire
from observatoire.estimation.distributions import Melange, melanger
from observatoire.estimation.inegalite import Decomposition, decomposition
from observatoire.indicateurs.contexte import Contexte
from observatoire.indicateurs.inegalites.lignes import (
    COLONNES_INEGALITES,
    NIVEAU_DE_VIE,
    mettre_en_table,
    valeur_ou_absence,
)
from observatoire.indicateurs.mesures import distributions_iris
from observatoire.redaction import FINE, INSECABLE, ecrire_nombre

__all__ = ["PUBLIEES", "mesurer_revenus", "preferer_publiees"]

PUBLIEES = {"gini": "indice_gini", "d9_d1": "rapport_interdecile"}
"""Mesure → indicateur du catalogue qui la donne quand le producteur la publie pour la commune."""

_DECOMPOSEES = ("theil", "ecart_log")
_SANS_QUARTIER = "aucun quartier prioritaire dans la ville"


class _Ville(NamedTuple):
    """IRIS d’une ville dont la distribution est connue."""

    code: str
    codes: list[str]
    habitants: np.ndarray
    moments: np.ndarray
    melange: Melange
    couverte: float


def mesurer_revenus(contexte: Contexte) -> pd.DataFrame:
    """Theil, écart logarithmique, Gini, S80/S20, D9/D1 et parts entre territoires de chaque ville.

    Parameters
    ----------
    contexte : Contexte
        Données alignées de villes.

    Returns
    -------
    pandas.DataFrame
        Colonnes ``COLONNES_INEGALITES``, indicateur ``niveau_vie``. Tout est tiré du mélange des
        distributions des IRIS : ``statut`` vaut ``estime``, ``secret`` si moins de la moitié des
        habitants est couverte. Les parts entre quartiers et entre IRIS sont en pourcentage.
    """
    variables = [v for v, p in contexte.regles.quantiles_diffuses.items() if p == 0.5]
    lignes: list[dict[str, Any]] = []
    for millesime in contexte.cube.millesimes("iris", variables):
        lois = distributions_iris(contexte, millesime)
        base = contexte.base_personnes(millesime)
        moments = {code: loi.moments() for code, loi in lois.items()}
        for ville in contexte.villes:
            membres = contexte.membres["code_territoire"] == ville
            codes = contexte.membres.loc[membres, "code_iris"]
            habitants = base.valeurs.reindex(codes)
            habitants = habitants[habitants > 0]
            connus = [c for c in habitants.index if c in lois]
            couverte = float(habitants[connus].sum() / habitants.sum()) if len(habitants) else 0.0
            commun = {"code_commune": str(ville), "millesime": millesime}
            if couverte < contexte.regles.part_couverte_min:
                if len(habitants):
                    lignes += [{**commun, **ligne} for ligne in _masquees(couverte)]
                continue
            poids = habitants[connus].to_numpy(float)
            decrite = _Ville(
                str(ville), connus, poids, np.array([moments[c] for c in connus]),
                _melange(contexte, str(ville), millesime, [lois[c] for c in connus], poids), couverte,
            )  # fmt: skip
            note = f"{base.note} ; {_dire_couverture(couverte, len(connus), len(habitants))}"
            lignes += [{**commun, "note": note, **ligne} for ligne in _mesurer(contexte, decrite)]
    table = mettre_en_table(lignes, COLONNES_INEGALITES)
    return table.assign(indicateur=NIVEAU_DE_VIE)


def _melange(
    contexte: Contexte, ville: str, millesime: int, lois: Sequence[Any], poids: np.ndarray
) -> Melange:
    """Mélange de la ville, repris des quantiles déjà lus s’ils l’ont été."""
    gardes: dict[str, Melange] = contexte.memoire.get(("melanges", "ensembles", millesime), {})
    return gardes[ville] if ville in gardes else melanger(lois, list(poids))


def _dire_couverture(couverte: float, connus: int, total: int) -> str:
    part = ecrire_nombre(100 * couverte) + FINE + "%"
    return f"{connus} IRIS sur {total}, {part} des habitants"


def _masquees(couverte: float) -> Iterator[dict[str, Any]]:
    part = ecrire_nombre(100 * couverte) + FINE + "%"
    for mesure in (*_DECOMPOSEES, "gini", "s80_s20", "d9_d1"):
        yield {
            "mesure": mesure,
            "valeur": np.nan,
            "statut": Statut.SECRET.value,
            "note": f"distributions d’IRIS connues pour {part} des habitants seulement",
        }


def _mesurer(contexte: Contexte, ville: _Ville) -> Iterator[dict[str, Any]]:
    entre_iris = decomposition(ville.moments, ville.habitants)
    for nom, indice in zip(_DECOMPOSEES, entre_iris, strict=True):
        yield {"mesure": nom, **valeur_ou_absence(indice.total)}
        yield from _termes(nom, "iris", indice)
    quartiers = _entre_quartiers(contexte, ville)
    for k, nom in enumerate(_DECOMPOSEES):
        if quartiers is None:
            absence = valeur_ou_absence(float("nan"))
            yield {"mesure": f"part_entre_quartiers_{nom}", "note": _SANS_QUARTIER, **absence}
        else:
            yield from _termes(nom, "quartiers", quartiers[k])
    yield {"mesure": "gini", **valeur_ou_absence(ville.melange.gini())}
    yield {"mesure": "s80_s20", **valeur_ou_absence(ville.melange.s80_s20())}
    yield {"mesure": "d9_d1", **valeur_ou_absence(ville.melange.rapport_interdecile())}


def _termes(nom: str, decoupage: str, indice: Decomposition) -> Iterator[dict[str, Any]]:
    yield {"mesure": f"{nom}_entre_{decoupage}", **valeur_ou_absence(indice.entre)}
    yield {"mesure": f"{nom}_dans_{decoupage}", **valeur_ou_absence(indice.dans)}
    yield {
        "mesure": f"part_entre_{decoupage}_{nom}",
        **valeur_ou_absence(100 * indice.part_entre),
    }


def _entre_quartiers(
    contexte: Contexte, ville: _Ville
) -> tuple[Decomposition, Decomposition] | None:
    """Décomposition entre chaque quartier prioritaire et le reste ; ``None`` sans quartier."""
    est_qpv = contexte.territoires["type_territoire"] == TypeTerritoire.QPV.value
    paires = contexte.paires[
        contexte.paires["code_territoire"].map(est_qpv).astype(bool)
        & contexte.paires["code_iris"].isin(ville.codes)
    ]
    if paires.empty:
        return None
    parts = paires.pivot_table(
        index="code_territoire", columns="code_iris", values="part_population", aggfunc="sum"
    ).reindex(columns=ville.codes)
    # Un IRIS qu’un quartier ne touche pas n’y a aucun habitant.
    dedans = np.nan_to_num(parts.to_numpy(float), nan=0.0)
    dehors = np.clip(1 - dedans.sum(axis=0), 0.0, None)
    # Deux quartiers mal dessinés peuvent couvrir un IRIS plus d’une fois : personne n’est compté deux fois.
    tous = np.vstack([dedans, dehors])
    habitants = tous / tous.sum(axis=0) * ville.habitants
    peuples = habitants.sum(axis=1) > 0
    habitants = habitants[peuples]
    moments = habitants @ ville.moments / habitants.sum(axis=1)[:, None]
    return decomposition(moments, habitants.sum(axis=1))


def preferer_publiees(inegalites: pd.DataFrame, resultats: pd.DataFrame) -> pd.DataFrame:
    """Mettre le chiffre que le producteur publie pour la commune à la place du mélange.

    Parameters
    ----------
    inegalites : pandas.DataFrame
        Table de :func:`mesurer_revenus`.
    resultats : pandas.DataFrame
        Table longue des résultats, dont les lignes des communes.

    Returns
    -------
    pandas.DataFrame
        Même forme ; la note garde le chiffre refait à partir des IRIS, pour juger de l’écart.
    """
    table = inegalites.copy()
    publies = resultats[
        (resultats["type_territoire"] == TypeTerritoire.COMMUNE.value)
        & (resultats["statut"] == Statut.PUBLIE.value)
        & resultats["indicateur"].isin(list(PUBLIEES.values()))
    ].set_index(["code_commune", "indicateur", "millesime"])["valeur"]
    indicateurs = table["mesure"].map(PUBLIEES)
    cles = pd.MultiIndex.from_arrays([table["code_commune"], indicateurs, table["millesime"]])
    trouves = pd.Series(publies.reindex(cles).to_numpy(float), index=table.index)
    lignes = trouves.notna()
    table.loc[lignes, "note"] = [
        "publié pour la commune"
        + (
            f" ; refait à partir des IRIS{INSECABLE}: {ecrire_nombre(v, 3 if m == 'gini' else 2)}"
            if np.isfinite(v)
            else ""
        )
        for v, m in zip(table.loc[lignes, "valeur"], table.loc[lignes, "mesure"], strict=True)
    ]
    table.loc[lignes, "valeur"] = trouves[lignes]
    table.loc[lignes, "statut"] = Statut.PUBLIE.value
    return table
