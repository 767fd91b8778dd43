"""L’essentiel d’un document : ses cinq phrases, ce que dit son tableau, ce que ses chiffres taisent."""

from __future__ import annotations

import pandas as pd

from observatoire.cartes.francais import typographier
from observatoire.domaine import Qualite
from observatoire.editions import Edition
from observatoire.exports.phrases import (
    dire_ecart_en_nombre,
    dire_peuplement,
    dire_sans_comparaison,
)
from observatoire.exports.structure import Colonne, Tableau

__all__ = ["composer_precautions", "composer_synthese", "lignes_de", "lire_tableau"]

_PHRASES_DE_SYNTHESE = 5


def lignes_de(lignes: pd.DataFrame, indicateur: str) -> pd.DataFrame:
    """Lignes d’un indicateur."""
    return lignes[lignes["indicateur"] == indicateur]


def composer_synthese(
    edition: Edition,
    quartiers: dict[str, str],
    colonnes: tuple[Colonne, ...],
    comparees: list[str],
    muettes: list[str],
    lignes: pd.DataFrame,
    reference: str,
) -> tuple[str, ...]:
    """Cinq phrases : combien, où, de combien, pour qui, et ce que l’on ne peut pas dire."""
    populations = lignes_de(lignes, "population")
    if populations.empty:
        populations = pd.DataFrame({"nom": list(quartiers.values()), "valeur": float("nan")})
    peuplement = dire_peuplement(
        edition.nom_commune,
        populations,
        total=len(edition.couches["qpv"]),
        est_fictive=edition.est_fictive,
    )
    en_nombre = _plus_grand_ecart(colonnes, lignes, reference)
    fin = [*muettes, _PRECAUTION_DEFINITION, _PRECAUTION_COMPOSITION, _PRECAUTION_PERSONNES]
    place = _PHRASES_DE_SYNTHESE - 2 - (1 if en_nombre else 0)
    phrases = [peuplement, *comparees[:place]]
    phrases += [en_nombre] if en_nombre else []
    return tuple((phrases + fin)[:_PHRASES_DE_SYNTHESE])


def lire_tableau(
    tableau: Tableau, positions: tuple[str, ...], *, total: int, reference: str
) -> tuple[list[str], list[str]]:
    """Phrases des indicateurs comparables ; une seule pour tous ceux qui ne le sont nulle part."""
    comparees, muets = [], []
    for rang, (colonne, phrase) in enumerate(zip(tableau.colonnes, positions, strict=True)):
        if any(ligne.chiffres[rang].compare for ligne in tableau.lignes):
            comparees.append(phrase)
        else:
            muets.append(colonne.indicateur)
    if not muets:
        return comparees, []
    noms = [ligne.nom for ligne in tableau.lignes]
    return comparees, [dire_sans_comparaison(muets, noms, total=total, reference=reference)]


def _plus_grand_ecart(colonnes: tuple[Colonne, ...], lignes: pd.DataFrame, reference: str) -> str:
    """Écart en nombre de personnes du quartier où il est le plus grand, s’il est net et défavorable."""
    for colonne in colonnes:
        indicateur = colonne.indicateur
        if indicateur.unite != "pct" or not indicateur.concernes or indicateur.sens == "neutre":
            continue
        nets = lignes_de(lignes, indicateur.id)
        nets = nets[(nets["verdict"] == "ecart_net") & ~nets["bornes_seules"].astype(bool)]
        nets = nets.dropna(subset=["effectif_ecart"]).sort_values(["effectif_ecart", "nom"])
        if nets.empty:
            continue
        ligne = nets.iloc[-1 if indicateur.sens == "defavorable_si_hausse" else 0]
        defavorable = (ligne["effectif_ecart"] > 0) == (indicateur.sens == "defavorable_si_hausse")
        if defavorable and abs(ligne["effectif_ecart"]) >= 10:
            return dire_ecart_en_nombre(
                str(ligne["nom"]), indicateur,
                effectif_ecart=float(ligne["effectif_ecart"]), reference=reference,
            )  # fmt: skip
    return ""


_PRECAUTION_DEFINITION = typographier(
    "Les quartiers prioritaires sont délimités d’après les revenus : une partie de l’écart de "
    "revenus tient à leur définition même"
)
_PRECAUTION_COMPOSITION = typographier(
    "Les habitants d’un quartier changent : ces chiffres décrivent ceux qui y vivent une année "
    "donnée, et non des parcours"
)
_PRECAUTION_PERSONNES = "Un chiffre de quartier ne dit rien de la situation d’une personne ou d’une famille en particulier"


def _qualites(colonnes: tuple[Colonne, ...], lignes: pd.DataFrame) -> list[str]:
    """Ce que le statut d’un chiffre ne dit pas : il est ancien, ou une partie des habitants manque."""
    if "qualite" not in lignes:
        return []
    return [
        f"{c.indicateur.court} {c.millesime}, qualité « {q.libelle} » – "
        f"{q.explication[:1].lower()}{q.explication[1:]}"
        for c in colonnes
        for q in (Qualite.PARTIELLEMENT_MASQUEE, Qualite.ANCIENNE)
        if q.value in set(lignes_de(lignes, c.indicateur.id)["qualite"])
    ]


def composer_precautions(colonnes: tuple[Colonne, ...], lignes: pd.DataFrame) -> tuple[str, ...]:
    """Ce que les chiffres ne disent pas : en général, selon leur qualité, selon l’indicateur."""
    generales = [_PRECAUTION_DEFINITION, _PRECAUTION_COMPOSITION, _PRECAUTION_PERSONNES]
    propres = [
        f"{c.indicateur.court} – {c.indicateur.precaution[:1].lower()}{c.indicateur.precaution[1:]}"
        for c in colonnes
        if c.indicateur.precaution
        and "délimités d’après les revenus" not in c.indicateur.precaution
    ]
    return tuple(
        typographier(p.rstrip(".") + ".")
        for p in [*generales, *_qualites(colonnes, lignes), *propres]
    )
