"""Lire ou contrôler plusieurs villes d’un coup, et trouver celles dont vient une faute.

Une faute qui nomme ses communes fait lire à part les villes qu’elles touchent. Quand elle n’en
nomme aucune, les villes sont partagées en deux tant qu’elle demeure. Sans faute, chaque fichier
n’est lu qu’une fois.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from observatoire.arrondissements import code_ville
from observatoire.erreurs import Anomalie, ErreurDonnees

__all__ = ["Lecture", "graves", "lire_par_parties"]

T = TypeVar("T")

_AUCUNE_VILLE = "00000"
_ESSAIS_FAUTIFS_MAX = 64
_SUSPECTES_MAX = 16  # au-delà, les lire une à une coûterait plus que partager


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
    villes: Sequence[str],
    lire: Callable[[Sequence[str]], T],
    *,
    fichier: str = "",
    entourages: Mapping[str, Collection[str]] | None = None,
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
    entourages : mapping of str to collection of str, optional
        Ville → villes lues avec elle, elle comprise ; par défaut, elle seule. La faute d’une
        voisine est aussi la sienne.

    Returns
    -------
    Lecture
        Une partie par appel réussi. Une ville nommée par une faute est lue seule : elle n’est
        fautive que si elle l’est encore. Au-delà de 64 appels fautifs, les villes qui restent
        sont toutes tenues pour fautives.
    """
    lecture: Lecture[T] = Lecture()
    essais, examine = 0, False
    pile = [list(villes)] if villes else []
    while pile:
        partie = pile.pop()
        try:
            lecture.parties.append(lire(partie))
        except ErreurDonnees as erreur:
            essais += 1
            suspectes = _suspectes(erreur, partie, entourages or {})
            if suspectes and essais <= _ESSAIS_FAUTIFS_MAX:
                reste = [v for v in partie if v not in suspectes]
                pile += [reste, *([v] for v in reversed(suspectes))]
                continue
            entier = not examine and len(partie) > 1 and _est_du_fichier(lire)
            examine = True
            if len(partie) == 1 or entier or essais > _ESSAIS_FAUTIFS_MAX:
                fautes = graves(erreur, fichier)
                lecture.fautes.update({v: list(fautes) for v in partie})
                continue
            milieu = len(partie) // 2
            pile += [partie[milieu:], partie[:milieu]]
    return lecture


def _suspectes(
    erreur: ErreurDonnees, partie: Sequence[str], entourages: Mapping[str, Collection[str]]
) -> list[str]:
    """Villes de la partie que la faute nomme ; aucune s’il n’y a rien à gagner à les lire à part."""
    nommees = {code_ville(c) for a in graves(erreur) for c in a.communes}
    trouvees = [v for v in partie if not nommees.isdisjoint(entourages.get(v, (v,)))]
    utile = 0 < len(trouvees) <= min(_SUSPECTES_MAX, len(partie) - 1)
    return trouvees if utile else []


def _est_du_fichier(lire: Callable[[Sequence[str]], T]) -> bool:
    try:
        lire([_AUCUNE_VILLE])
    except ErreurDonnees:
        return True
    return False
