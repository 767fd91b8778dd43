"""Rattacher un en-tête à une source du catalogue, d’après ses colonnes et ses codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from observatoire.catalogue import Source
from observatoire.ingestion.modeles import Format

__all__ = [
    "Candidat",
    "Entete",
    "chercher_candidat",
    "expliquer_refus",
    "motif_millesime",
    "resoudre_colonne",
]

_ANNEE = "{aa}"


@dataclass(frozen=True, slots=True)
class Entete:
    """Les colonnes d’une table ou d’une couche, avant toute lecture des données.

    ``premiers`` rend quelques valeurs d’une colonne, pour vérifier ses codes.
    """

    format: Format
    colonnes: tuple[str, ...]
    premiers: Callable[[str], Sequence[str]]
    couche: str = ""
    encodage: str = ""
    separateur: str = ""
    ligne_entete: int = 0

    @property
    def type(self) -> str:
        """``contours`` pour une couche géographique, sinon ``tableau``."""
        return "contours" if self.format in {"geoparquet", "geojson", "ogr"} else "tableau"


@dataclass(frozen=True, slots=True)
class Candidat:
    """Une source et le millésime que l’en-tête lui donne."""

    source: Source
    millesime: int | None
    entete: Entete


@lru_cache(maxsize=4096)
def motif_millesime(gabarit: str) -> re.Pattern[str]:
    """Expression régulière d’un gabarit de colonne, le millésime étant le groupe « annee ».

    Parameters
    ----------
    gabarit : str
        Par exemple ``P{aa}_POP``.
    """
    parties = [re.escape(p) for p in gabarit.casefold().split(_ANNEE)]
    return re.compile(
        r"(?P<annee>\d\d)".join(parties[:2]) + "".join(r"(?P=annee)" + p for p in parties[2:])
    )


def resoudre_colonne(colonnes: Iterable[str], nom: str) -> str | None:
    """Trouver une colonne sans tenir compte de la casse.

    Parameters
    ----------
    colonnes : iterable of str
        Colonnes du fichier.
    nom : str
        Nom cherché.

    Returns
    -------
    str or None
        Le nom tel qu’il est écrit dans le fichier.
    """
    cible = nom.casefold()
    return next((c for c in colonnes if c.casefold() == cible), None)


def _millesimes(source: Source, noms: frozenset[str]) -> set[int | None]:
    """Millésimes pour lesquels toute la signature est présente (vide : source exclue)."""
    if any(c.casefold() not in noms for c in source.signature if _ANNEE not in c):
        return set()
    if any(c.casefold() in noms for c in source.absentes):
        return set()
    gabarits = [c for c in source.signature if _ANNEE in c]
    if not gabarits:
        return {source.millesime}
    annees: set[int | None] | None = None
    for gabarit in gabarits:
        motif = motif_millesime(gabarit)
        trouvees: set[int | None] = {
            2000 + int(m["annee"]) for n in noms if (m := motif.fullmatch(n))
        }
        annees = trouvees if annees is None else annees & trouvees
    return annees or set()


def _codes_conformes(source: Source, entete: Entete) -> bool:
    if not source.motif_code:
        return True
    colonne = resoudre_colonne(entete.colonnes, source.colonne_code or source.signature[0])
    if colonne is None:
        return False
    valeurs = [v.strip() for v in entete.premiers(colonne)]
    valeurs = [v for v in valeurs if v and v not in source.lignes_agregees]
    motif = re.compile(source.motif_code)
    # Un code sans son zéro initial est reconnu, pour être refusé clairement à la lecture.
    conformes = [v for v in valeurs if motif.search(v) or (v.isdigit() and motif.search("0" + v))]
    return not valeurs or 2 * len(conformes) >= len(valeurs)


def _du_type(source: Source, entete: Entete) -> bool:
    en_couche = source.en_couche and entete.format in {"ogr", "geojson"}
    tabulaire = source.est_tabulaire and entete.type == "tableau"
    return tabulaire or source.type == entete.type or en_couche


def _annee_longue(entete: Entete, colonne: str) -> int | None:
    """Année la plus récente des premières lignes d’une table longue."""
    trouvee = resoudre_colonne(entete.colonnes, colonne)
    lues = [] if trouvee is None else [v.strip() for v in entete.premiers(trouvee)]
    return max((int(v) for v in lues if v.isdigit() and len(v) == 4), default=None)


def chercher_candidat(entete: Entete, sources: Iterable[Source]) -> Candidat | None:
    """Choisir la source la plus précise dont la signature et les codes conviennent.

    Parameters
    ----------
    entete : Entete
        En-tête lu.
    sources : iterable of Source
        Sources du catalogue.

    Returns
    -------
    Candidat or None
        ``None`` si aucune source ne convient, ou si deux millésimes se disputent le fichier.
    """
    noms = frozenset(c.casefold() for c in entete.colonnes)
    admises = sorted((s for s in sources if _du_type(s, entete)), key=lambda s: -len(s.signature))
    for source in admises:
        annees = _millesimes(source, noms)
        if annees and source.long is not None and source.long.annee:
            annees = {_annee_longue(entete, source.long.annee) or source.millesime}
        if annees and _codes_conformes(source, entete):
            # Deux millésimes complets : choisir en silence donnerait un chiffre d’une autre année.
            return Candidat(source, next(iter(annees)), entete) if len(annees) == 1 else None
    return None


def expliquer_refus(entete: Entete, sources: Iterable[Source]) -> str:
    """Dire pourquoi un en-tête n’est rattaché à aucune source.

    Parameters
    ----------
    entete, sources
        Comme :func:`chercher_candidat`.

    Returns
    -------
    str
        Raison, avec ce qui manque à la source la plus proche.
    """
    noms = frozenset(c.casefold() for c in entete.colonnes)
    meilleur: tuple[float, Source, list[str]] | None = None
    for source in (s for s in sources if _du_type(s, entete)):
        annees = _millesimes(source, noms)
        if len(annees) > 1:
            liste = ", ".join(str(a) for a in sorted(a for a in annees if a))
            return f"plusieurs millésimes dans le même fichier ({liste}) : séparez-les"
        if annees and any(c.casefold() in noms for c in source.signature):
            return f"colonnes de « {source.titre} », mais les codes n’en ont pas la forme"
        manque = [
            c for c in source.signature if not any(motif_millesime(c).fullmatch(n) for n in noms)
        ]
        part = 1 - len(manque) / len(source.signature)
        if meilleur is None or part > meilleur[0]:
            meilleur = (part, source, manque)
    lues = ", ".join(entete.colonnes[:6]) + ("…" if len(entete.colonnes) > 6 else "")
    raison = f"aucune source du catalogue n’a ces colonnes ({lues})"
    if meilleur and meilleur[0] > 0.5:
        _, source, manque = meilleur
        proche = ", ".join(manque) if manque else "des colonnes d’un même millésime"
        raison += f" ; la plus proche, « {source.titre} », attend aussi : {proche}"
    return raison
