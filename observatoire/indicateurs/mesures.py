"""Mesure d’un indicateur sur chaque IRIS, avec de quoi l’agréger sans moyenne de taux."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from observatoire.catalogue import Indicateur
from observatoire.domaine import Statut
from observatoire.estimation.distributions import Distribution, ajuster_distributions
from observatoire.indicateurs.contexte import Base, Contexte
from observatoire.indicateurs.cube import combiner_statuts
from observatoire.indicateurs.sondage import intervalle_du_recensement, taux_de_sondage

__all__ = ["Mesure", "mesurer_iris"]

_PUBLIE = Statut.PUBLIE.value
_QUANTILES_MIN = 3
_RESTE_INFIME = 1e-9


@dataclass(frozen=True)
class Mesure:
    """Un indicateur sur les IRIS ; chaque série est indexée par ``code_iris``.

    ``numerateur`` et ``denominateur`` s’additionnent (habitants, ménages…) ; ils ne sont
    connus que là où la valeur l’est. ``base`` pèse la couverture et les distributions.
    """

    valeur: pd.Series
    statut: pd.Series
    sources: tuple[str, ...]
    colonne_part: str
    base: pd.Series
    reprise: pd.Series
    """Vrai là où ``base`` vient d’un autre millésime, faute de ligne dans celui-ci."""
    numerateur: pd.Series | None = None
    denominateur: pd.Series | None = None
    distributions: dict[str, Distribution] | None = None
    """Seulement pour un quantile ou un rapport de quantiles."""
    millesime: int = 0
    borne_basse: pd.Series | None = None
    borne_haute: pd.Series | None = None
    note: str = ""

    @cached_property
    def connus(self) -> pd.Series:
        """Vrai là où la valeur est connue."""
        return self.statut == _PUBLIE


def mesurer_iris(contexte: Contexte, indicateur: Indicateur, millesime: int) -> Mesure | None:
    """Mesurer un indicateur sur tous les IRIS.

    Returns
    -------
    Mesure or None
        ``None`` si aucune source ne porte l’indicateur à l’IRIS pour ce millésime.
    """
    cle = ("mesure", indicateur.id, millesime)
    if cle not in contexte.memoire:
        contexte.memoire[cle] = _MESURES[indicateur.calcul](contexte, indicateur, millesime)
    mesure: Mesure | None = contexte.memoire[cle]
    return mesure


def _effectif(contexte: Contexte, indicateur: Indicateur, millesime: int) -> Mesure | None:
    if not contexte.cube.existe("iris", indicateur.numerateur, millesime):
        return None
    serie = contexte.cube.somme("iris", indicateur.numerateur, millesime, contexte.iris.index)
    base = contexte.base_personnes(millesime)
    valeur = serie.valeurs
    if indicateur.calcul == "densite":
        surface_km2 = contexte.iris["surface_m2"].to_numpy(float) / 1e6
        with np.errstate(divide="ignore", invalid="ignore"):
            valeur = pd.Series(valeur.to_numpy(float) / surface_km2, index=valeur.index)
    return Mesure(
        valeur=valeur,
        statut=serie.statuts,
        sources=serie.sources,
        colonne_part=contexte.colonne_part(indicateur.numerateur[0]),
        base=base.valeurs,
        reprise=base.reprise,
        numerateur=serie.valeurs,
    )


def _part(contexte: Contexte, indicateur: Indicateur, millesime: int) -> Mesure | None:
    if not contexte.cube.existe("iris", indicateur.composantes, millesime):
        return None
    index = contexte.iris.index
    numerateur = contexte.cube.somme("iris", indicateur.numerateur, millesime, index)
    denominateur = contexte.cube.somme("iris", indicateur.denominateur, millesime, index)
    statut = combiner_statuts([numerateur.statuts, denominateur.statuts]).to_numpy(
        object, copy=True
    )
    x, n = numerateur.valeurs.to_numpy(float), denominateur.valeurs.to_numpy(float)
    # Un dénominateur nul (parc, zone d’activité) ne donne pas 0 % : il n’y a pas de taux.
    statut[(statut == _PUBLIE) & ~(n > 0)] = Statut.ABSENT.value
    connus = statut == _PUBLIE
    x, n = np.where(connus, x, np.nan), np.where(connus, n, np.nan)
    if indicateur.complement:
        # Des effectifs fractionnaires se somment à l’arrondi près : un reste infime est nul.
        x = n - x
        x[np.abs(x) <= _RESTE_INFIME * n] = 0.0
    basse, haute = None, None
    if indicateur.calcul == "part":
        basse, haute = (
            pd.Series(b, index=index) for b in _intervalle_sondage(contexte, indicateur, x, n)
        )
    base = _base_de_part(contexte, indicateur.denominateur, millesime)
    return Mesure(
        valeur=pd.Series((100 if indicateur.calcul == "part" else 1) * x / n, index=index),
        statut=pd.Series(statut, index=index, dtype=object),
        sources=tuple(dict.fromkeys((*numerateur.sources, *denominateur.sources))),
        colonne_part=contexte.colonne_part(indicateur.denominateur[0]),
        base=base.valeurs,
        reprise=base.reprise,
        numerateur=pd.Series(x, index=index),
        denominateur=pd.Series(n, index=index),
        borne_basse=basse,
        borne_haute=haute,
    )


def _base_de_part(contexte: Contexte, denominateur: Sequence[str], millesime: int) -> Base:
    """Dénominateur ; où il est masqué, les habitants ; sans ligne, un autre recensement."""
    cle = ("base_de_part", tuple(denominateur), millesime)
    if cle not in contexte.memoire:
        propre = contexte.completer(denominateur, millesime)
        personnes = contexte.base_personnes(millesime)
        sienne, habitants = propre.valeurs.to_numpy(float), personnes.valeurs.to_numpy(float)
        valeurs = np.where(propre.reprise, np.nan, sienne)
        valeurs = _combler(valeurs, np.where(personnes.reprise, np.nan, habitants))
        reprise = np.isnan(valeurs)
        valeurs = _combler(_combler(valeurs, sienne), habitants)
        index = propre.valeurs.index
        reprise &= ~np.isnan(valeurs)
        contexte.memoire[cle] = Base(
            pd.Series(valeurs, index=index), pd.Series(reprise, index=index), ""
        )
    base: Base = contexte.memoire[cle]
    return base


def _combler(valeurs: np.ndarray, autres: np.ndarray) -> np.ndarray:
    """Ce qui manque, pris ailleurs."""
    return np.where(np.isnan(valeurs), autres, valeurs)


def _intervalle_sondage(
    contexte: Contexte, indicateur: Indicateur, x: np.ndarray, n: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Intervalle de Wilson (%) du recensement par sondage ; nul là où il est exhaustif."""
    proportion = np.clip(x / n, 0, 1)
    exhaustives = contexte.communes_exhaustives.to_numpy(bool)
    taux = taux_de_sondage(contexte.regles, indicateur.enquete, exhaustives)
    basse, haute = intervalle_du_recensement(contexte.regles, indicateur, proportion, n, taux)
    return 100 * basse, 100 * haute


def _taux_diffuse(contexte: Contexte, indicateur: Indicateur, millesime: int) -> Mesure | None:
    if not contexte.cube.existe("iris", [indicateur.diffusee], millesime):
        return None
    serie = contexte.cube.serie("iris", indicateur.diffusee, millesime, contexte.iris.index)
    base, reprise, note = contexte.base_personnes(millesime)
    connus = (serie.statuts == _PUBLIE) & base.notna()
    return Mesure(
        valeur=serie.valeurs,
        statut=serie.statuts,
        sources=serie.sources,
        colonne_part="part_population",
        base=base,
        reprise=reprise,
        numerateur=(serie.valeurs / 100 * base).where(connus),
        denominateur=base.where(connus),
        note=note,
    )


def _diffuse_seulement(contexte: Contexte, indicateur: Indicateur, millesime: int) -> Mesure | None:
    """Ce que le producteur diffuse, sans rien à additionner : les IRIS ne s’agrègent pas."""
    if not contexte.cube.existe("iris", [indicateur.diffusee], millesime):
        return None
    serie = contexte.cube.serie("iris", indicateur.diffusee, millesime, contexte.iris.index)
    base, reprise, _ = contexte.base_personnes(millesime)
    return Mesure(
        valeur=serie.valeurs,
        statut=serie.statuts,
        sources=serie.sources,
        colonne_part="part_population",
        base=base,
        reprise=reprise,
        numerateur=pd.Series(np.nan, index=base.index),
    )


def _quantile(contexte: Contexte, indicateur: Indicateur, millesime: int) -> Mesure | None:
    if not contexte.cube.existe("iris", [indicateur.diffusee], millesime):
        return None
    serie = contexte.cube.serie("iris", indicateur.diffusee, millesime, contexte.iris.index)
    base, reprise, note = contexte.base_personnes(millesime)
    return Mesure(
        valeur=serie.valeurs,
        statut=serie.statuts,
        sources=serie.sources,
        colonne_part="part_population",
        base=base,
        reprise=reprise,
        distributions=distributions_iris(contexte, millesime),
        millesime=millesime,
        note=note,
    )


def distributions_iris(contexte: Contexte, millesime: int) -> dict[str, Distribution]:
    """Distribution des niveaux de vie de chaque IRIS peuplé dont assez de quantiles sont publiés."""
    cle = ("distributions", millesime)
    if cle not in contexte.memoire:
        contexte.memoire[cle] = _ajuster_distributions(contexte, millesime)
    distributions: dict[str, Distribution] = contexte.memoire[cle]
    return distributions


def _ajuster_distributions(contexte: Contexte, millesime: int) -> dict[str, Distribution]:
    regles, cube = contexte.regles, contexte.cube
    # Un IRIS sans population connue ne pèse dans aucun mélange : sa loi ne servirait à rien.
    index = contexte.iris.index[contexte.base_personnes(millesime).valeurs.notna()]
    publies = {
        v: p for v, p in regles.quantiles_diffuses.items() if cube.existe("iris", [v], millesime)
    }
    colonnes = {p: cube.serie("iris", v, millesime, index).valeurs for v, p in publies.items()}
    table = pd.DataFrame(colonnes, index=index)
    gini = pd.Series(np.nan, index=index)
    if cube.existe("iris", [regles.variable_gini], millesime):
        gini = cube.serie("iris", regles.variable_gini, millesime, index).valeurs
    decrits = table.notna().sum(axis=1).to_numpy(int) >= _QUANTILES_MIN
    lois = ajuster_distributions(
        [dict(zip(colonnes, ligne, strict=True)) for ligne in table[decrits].to_numpy().tolist()],
        gini[decrits].tolist(),
    )
    return dict(zip(map(str, index[decrits]), lois, strict=True))


_MESURES: dict[str, Callable[[Contexte, Indicateur, int], Mesure | None]] = {
    "effectif": _effectif,
    "densite": _effectif,
    "part": _part,
    "rapport": _part,
    "taux_diffuse": _taux_diffuse,
    "diffuse_seulement": _diffuse_seulement,
    "quantile": _quantile,
    "rapport_quantiles": _quantile,
}
