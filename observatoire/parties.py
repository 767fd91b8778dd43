"""Lire ou contrôler plusieurs villes d’un coup, et trouver celles dont vient une faute.

Une faute ne dit pas toujours de quelle ville elle vient : les villes sont partagées en deux tant
que la faute demeure. Sans faute, chaque fichier n’est lu qu’une fois.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from observatoire.erreurs import Anomalie, ErreurDonnees

__all__ = ["Lecture", "graves", "lire_par_parties"]

T = TypeVar("T")

_AUCUNE_VILLE = "00000"
_ESSAIS_FAUTIFS_MAX = 64


@dataclass
class Lecture(Generic[T]):
    """Ce qui a été lu, par parties, et les fautes de chaque ville."""

    parties: list[T] = field(default_factory=list)
    fautes: dict[str, list[Anomalie]] = field(default_factory=dict)


def graves(erreur: ErreurDonnees, fichier: str = "") -> list[Anomalie]:
    """Anomalies d’une erreur, ou l’erreur elle-même si elle n’en porte pas."""
    retenues = [a for a in erreur.anomalies if a.gravite == "erreur"]
    return retenues or [Anomalie(erreur.message, fichier)]


def lire_par_parties(
    villes: Sequence[str], lire: Callable[[Sequence[str]], T], *, fichier: str = ""
) -> Lecture[T]:
    """Lire toutes les villes à la fois ; en cas de faute, isoler les villes fautives.

    Parameters
    ----------
    villes : sequence of str
        Codes des villes.
    lire : callable
        Lit ces villes, ou lève :class:`ErreurDonnees`. Appelé avec une ville imaginaire, il dit
        si la faute est celle du fichier entier.
    fichier : str
        Nom du fichier, pour les messages.

    Returns
    -------
    Lecture
        Une partie par appel réussi. Au-delà de 64 appels fautifs, les villes qui restent sont
        toutes tenues pour fautives.
    """
    lecture: Lecture[T] = Lecture()
    essais = 0
    pile = [list(villes)] if villes else []
    while pile:
        partie = pile.pop()
        try:
            lecture.parties.append(lire(partie))
        except ErreurDonnees as erreur:
            essais += 1
            entier = essais == 1 and len(partie) > 1 and _est_du_fichier(lire)
            if len(partie) == 1 or entier or essais > _ESSAIS_FAUTIFS_MAX:
                fautes = graves(erreur, fichier)
                lecture.fautes.update({v: list(fautes) for v in partie})
                continue
            milieu = len(partie) // 2
            pile += [partie[milieu:], partie[:milieu]]
    return lecture


def _est_du_fichier(lire: Callable[[Sequence[str]], T]) -> bool:
    try:
        lire([_AUCUNE_VILLE])
    except ErreurDonnees:
        return True
    return False
