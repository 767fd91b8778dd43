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
_SANS_MEDIANE = "un quartier au moins n’a pas de niveau de vie médian montrable"
_RESTE = ""
_SANS_QUARTIER = "aucun quartier prioritaire dans la ville"


class _Ville(NamedTuple):
    """IRIS d’une ville dont la distribution est connue."""

    code: str
    codes: list[str]
    habitants: np.ndarray
    moments: np.ndarray
    melange: Melange
    couverte: float


class _Groupes(NamedTuple):
    """Quartiers, puis le reste de la ville (code vide)."""

    codes: list[str]
    habitants: np.ndarray
    moments: np.ndarray


def mesurer_revenus(contexte: Contexte, resultats: pd.DataFrame) -> pd.DataFrame:
    """Theil, écart logarithmique, Gini, S80/S20, D9/D1 et parts entre territoires de chaque ville.

    Parameters
    ----------
    contexte : Contexte
        Données alignées de villes.
    resultats : pandas.DataFrame
        Leurs résultats, dont le niveau de vie médian des quartiers, publié ou calé.

    Returns
    -------
    pandas.DataFrame
        Colonnes ``COLONNES_INEGALITES``, indicateur ``niveau_vie``. Tout est tiré du mélange des
        distributions des IRIS : ``statut`` vaut ``estime``, ``secret`` si moins de la moitié des
        habitants est couverte. Les parts entre quartiers et entre IRIS sont en pourcentage.
        ``…_quartiers_cale`` : la même décomposition, la moyenne de chaque quartier étant ramenée à son
        niveau de vie médian publié ou calé ; sans elle, les quartiers ressemblent trop à leurs IRIS.
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
            lignes += [
                {**commun, "note": note, **ligne}
                for ligne in _mesurer(contexte, decrite, resultats, millesime)
            ]
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


def _mesurer(
    contexte: Contexte, ville: _Ville, resultats: pd.DataFrame, millesime: int
) -> Iterator[dict[str, Any]]:
    entre_iris = decomposition(ville.moments, ville.habitants)
    for nom, indice in zip(_DECOMPOSEES, entre_iris, strict=True):
        yield {"mesure": nom, **valeur_ou_absence(indice.total)}
        yield from _termes(nom, "iris", indice)
    groupes = _par_quartier(contexte, ville)
    quartiers = cales = None
    if groupes is not None:
        quartiers = decomposition(groupes.moments, groupes.habitants)
        cales = _decomposition_calee(contexte, ville, groupes, resultats, millesime)
    for k, nom in enumerate(_DECOMPOSEES):
        for suffixe, termes, faute in (
            ("quartiers", quartiers, _SANS_QUARTIER),
            ("quartiers_cale", cales, _SANS_QUARTIER if groupes is None else _SANS_MEDIANE),
        ):
            if termes is None:
                absence = valeur_ou_absence(float("nan"))
                yield {"mesure": f"part_entre_{suffixe}_{nom}", "note": faute, **absence}
            else:
                yield from _termes(nom, suffixe, termes[k])
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


def _par_quartier(contexte: Contexte, ville: _Ville) -> _Groupes | None:
    """Chaque quartier prioritaire et le reste de la ville ; ``None`` sans quartier."""
    est_qpv = contexte.territoires["type_territoire"] == TypeTerritoire.QPV.value
    paires = contexte.paires[contexte.paires["code_territoire"].map(est_qpv).astype(bool)]
    dans_la_ville = paires[paires["code_iris"].isin(ville.codes)]
    if dans_la_ville.empty:
        return None
    parts = dans_la_ville.pivot_table(
        index="code_territoire", columns="code_iris", values="part_population", aggfunc="sum"
    ).reindex(columns=ville.codes)
    # Un IRIS qu’un quartier ne touche pas n’y a aucun habitant.
    dedans = np.nan_to_num(parts.to_numpy(float), nan=0.0)
    tous = np.vstack([dedans, np.clip(1 - dedans.sum(axis=0), 0.0, None)])
    # Deux quartiers mal dessinés peuvent couvrir un IRIS plus d’une fois : personne n’est compté deux fois.
    habitants = tous / tous.sum(axis=0) * ville.habitants
    peuples = habitants.sum(axis=1) > 0
    habitants = habitants[peuples]
    effectifs = habitants.sum(axis=1)
    codes = [*map(str, parts.index), _RESTE]
    return _Groupes(
        [c for c, p in zip(codes, peuples, strict=True) if p],
        effectifs,
        habitants @ ville.moments / effectifs[:, None],
    )


def _decomposition_calee(
    contexte: Contexte, ville: _Ville, groupes: _Groupes, resultats: pd.DataFrame, millesime: int
) -> tuple[Decomposition, Decomposition] | None:
    """La même, chaque quartier ayant le niveau de vie médian publié ou calé, et sa population.

    Les revenus d’un quartier sont multipliés par un même facteur ; le reste de la ville garde ce qu’il
    faut pour que la moyenne de la ville ne change pas. ``None`` si un quartier n’a pas de médiane sûre.
    """
    if groupes.codes[-1] != _RESTE:
        return None
    codes, total = groupes.codes[:-1], groupes.habitants.sum()
    medianes, effectifs = _medianes_sures(contexte, resultats, millesime, codes)
    melees = contexte.memoire.get(("quantiles", "territoires", millesime))
    if medianes is None or effectifs is None or melees is None:
        return None
    facteurs = medianes / melees[0.5].reindex(codes).to_numpy(float)
    w = effectifs * _part_dans_la_ville(contexte, groupes, millesime) / total
    moyenne = float(groupes.habitants @ groupes.moments[:, 0] / total)
    mu = groupes.moments[:-1, 0] * facteurs
    reste = (moyenne - w @ mu) / (1 - w.sum()) if w.sum() < 1 else float("nan")
    if not np.isfinite(facteurs).all() or not reste > 0:
        return None
    poids, ratios = np.append(w, 1 - w.sum()), np.append(mu, reste) / moyenne
    totaux = decomposition(ville.moments, ville.habitants)
    entre = float(poids @ (ratios * np.log(ratios))), float(-(poids @ np.log(ratios)))
    theil, ecart = (
        Decomposition(t.total, e, t.total - e) for t, e in zip(totaux, entre, strict=True)
    )
    return theil, ecart


def _medianes_sures(
    contexte: Contexte, resultats: pd.DataFrame, millesime: int, codes: Sequence[str]
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Médiane montrable (publiée, calée ou pure) de chaque quartier et ses habitants ; rien s’il en manque une."""
    mediane = [
        i.id for i in contexte.catalogue.indicateurs.values() if i.calcul == "quantile" and i.alignement
    ]  # fmt: skip
    lignes = resultats[
        resultats["indicateur"].isin(mediane)
        & (resultats["millesime"] == millesime)
        & resultats["code_territoire"].isin(list(codes))
        & ~resultats["bornes_seules"].astype(bool)
    ].set_index("code_territoire")
    lignes = lignes.reindex(list(codes))
    if lignes["valeur"].isna().any() or lignes["effectif"].isna().any():
        return None, None
    return lignes["valeur"].to_numpy(float), lignes["effectif"].to_numpy(float)


def _part_dans_la_ville(contexte: Contexte, groupes: _Groupes, millesime: int) -> np.ndarray:
    """Part (0 à 1) des habitants de chaque quartier qui vit dans la ville."""
    paires = contexte.paires
    masses = paires["part_population"] * paires["code_iris"].map(
        contexte.base_personnes(millesime).valeurs
    )
    tous = masses.groupby(paires["code_territoire"]).sum().reindex(groupes.codes[:-1])
    return np.asarray(np.clip(groupes.habitants[:-1] / tous.to_numpy(float), 0.0, 1.0))


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
