"""Légende d’une carte : classes, couleurs, libellés, aspects comptés."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from observatoire.cartes.discretisation import (
    Decoupage,
    MethodeClasses,
    decouper,
    decouper_autour,
    decouper_ecarts,
)
from observatoire.cartes.francais import typographier
from observatoire.cartes.modeles import Aspect, ClasseLegende, Legende
from observatoire.cartes.palettes import (
    IVOIRE,
    STOCK,
    couleurs_divergentes,
    couleurs_sequentielles,
    niveaux_de_teinte,
)
from observatoire.cartes.textes import SujetCarte, unite_en_mots
from observatoire.redaction import ecrire_nombre, ecrire_valeur

__all__ = [
    "composer_legende",
    "couleurs_des_classes",
    "decouper_valeurs",
    "decouper_zones",
    "libelle_classe",
    "mesures_connues",
]

_PAS = {
    "pct": 0.1, "rapport": 0.1, "indice": 0.01, "ips": 0.1, "pour_10000": 0.1, "pour_100": 0.1,
}  # fmt: skip
_DECIMALES = {"pct": 1, "rapport": 1, "indice": 2, "ips": 1, "pour_10000": 1, "pour_100": 1}
_UNITES_VALEUR = {"pct": " %", "eur": " €"}
_CERCLES = (1.0, 0.4, 0.1)
"""Cercles de la légende d’un effectif, en part du plus grand."""


def decouper_zones(sujet: SujetCarte) -> Decoupage:
    """Découper les zones de valeur connue selon la vue demandée."""
    return decouper_valeurs([sujet])


def decouper_valeurs(sujets: Sequence[SujetCarte]) -> Decoupage:
    """Découper ensemble les zones de plusieurs cartes de même unité et de même vue."""
    sujet = sujets[0]
    pas = _PAS.get(sujet.indicateur.unite, 10.0)
    mesures = np.concatenate(
        [*(mesures_connues(s.zones, s.vue) for s in sujets), sujet.mesures_comparees]
    )
    if sujet.indicateur.est_stock:
        return _decouper_effectifs(pd.Series(mesures))
    if sujet.vue == "ecart":
        return decouper_ecarts(mesures, pas_minimal=pas)
    if sujet.classes == "centree" and sujet.centre_classes is not None:
        return decouper_autour(mesures, sujet.centre_classes, pas_minimal=pas)
    methode = sujet.classes if sujet.classes in ("quantiles", "egales") else "jenks"
    nombre = _nombre_de_classes(int(np.isfinite(mesures).sum()))
    return decouper(
        mesures, methode=cast("MethodeClasses", methode), nombre=nombre, pas_minimal=pas
    )


def _nombre_de_classes(zones: int) -> int:
    """Six classes, et moitié moins que de zones s’il y en a peu.

    Une classe par zone ferait de dix euros d’écart entre deux quartiers deux couleurs : la carte
    dirait plus que les chiffres.
    """
    return min(6, max(2, math.ceil(zones / 2)))


def mesures_connues(zones: pd.DataFrame, vue: str) -> npt.NDArray[np.float64]:
    """Valeurs ou écarts des zones qui portent une couleur, shape (n,)."""
    connues = zones["aspect"] == Aspect.VALEUR
    return zones.loc[connues, "ecart" if vue == "ecart" else "valeur"].to_numpy(float)


def _decouper_effectifs(valeurs: pd.Series) -> Decoupage:
    """Tailles de cercles lisibles ; chaque zone compte avec le cercle qui la contient."""
    methode = "cercles de surface proportionnelle"
    if valeurs.empty:
        return Decoupage((), (), None, methode)
    haut = _lisible_au_dessus(float(valeurs.max()))
    tailles = sorted({_lisible_au_dessus(haut * part) for part in _CERCLES})
    # Zéro est une borne : la surface d’un cercle nul est nulle.
    brut = Decoupage((0.0, *tailles), (0,) * len(tailles), None, methode)
    rangs = pd.Series(brut.classer(valeurs.to_numpy(float)))
    effectifs = tuple(int((rangs == r).sum()) for r in range(brut.nombre))
    return Decoupage(brut.bornes, effectifs, None, methode)


def _lisible_au_dessus(valeur: float) -> float:
    if valeur <= 0:
        return 1.0
    puissance = 10.0 ** (len(str(int(valeur))) - 1)
    return next(m * puissance for m in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if m * puissance >= valeur)


def couleurs_des_classes(sujet: SujetCarte, decoupage: Decoupage) -> tuple[str, ...]:
    """Couleurs, des valeurs basses aux valeurs hautes ; l’ambre est défavorable."""
    nombre, sens = decoupage.nombre, sujet.indicateur.sens
    if sujet.indicateur.est_stock:
        return (STOCK,) * nombre
    if decoupage.centre is not None:
        return _couleurs_ecarts(decoupage, ambre_dessus=sens != "favorable_si_hausse")
    if sens == "neutre":
        return couleurs_sequentielles(nombre, "neutre")
    # L’ocre est la valeur défavorable : la plus basse pour un niveau de vie.
    haut = sens == "defavorable_si_hausse"
    return couleurs_sequentielles(nombre, "defavorable", fonce_en_haut=haut)


def _couleurs_ecarts(decoupage: Decoupage, *, ambre_dessus: bool) -> tuple[str, ...]:
    """Couleurs des classes pleines ; une classe vide, jamais montrée, reste ivoire."""
    bornes, centre = decoupage.bornes, decoupage.centre or 0
    etendue = max(abs(bornes[0]), abs(bornes[-1]))
    pleins = [r for r, n in enumerate(decoupage.effectifs) if n]
    dessous = [r for r in reversed(pleins) if r < centre]
    dessus = [r for r in pleins if r > centre]
    teintes = couleurs_divergentes(
        niveaux_de_teinte([abs(bornes[r]) for r in dessous], etendue),
        niveaux_de_teinte([bornes[r + 1] for r in dessus], etendue),
        ambre_dessus=ambre_dessus,
    )
    par_rang = dict(zip([*reversed(dessous), centre, *dessus], teintes, strict=True))
    return tuple(par_rang.get(r, IVOIRE) for r in range(decoupage.nombre))


def libelle_classe(basse: float, haute: float, unite: str, *, ecart: bool) -> str:
    """Bornes d’une classe : « +20 à +33 » pour un écart, « 10 à 15 % » pour une valeur.

    Parameters
    ----------
    basse, haute : float
        Bornes, dans l’unité de l’indicateur.
    unite : str
        Unité de l’indicateur.
    ecart : bool
        Écrit les signes, et laisse l’unité au titre de la légende.
    """
    textes = [_borne(b, unite, signe=ecart) for b in (basse, haute)]
    texte = textes[0] if textes[0] == textes[1] else " à ".join(textes)
    return typographier(texte + ("" if ecart else _UNITES_VALEUR.get(unite, "")))


def _borne(valeur: float, unite: str, *, signe: bool) -> str:
    precision = _DECIMALES.get(unite, 0)
    arrondi = round(valeur, precision)
    decimales = 0 if arrondi == int(arrondi) and unite in {"pct", "eur"} else precision
    return ecrire_nombre(arrondi, decimales, signe=signe)


def _titre(sujet: SujetCarte) -> str:
    indicateur, ecart = sujet.indicateur, sujet.vue == "ecart"
    debut = f"Écart à {sujet.nom_reference}" if ecart else indicateur.court
    if indicateur.est_stock:
        debut = indicateur.court
    unite = unite_en_mots(indicateur.unite, ecart=ecart)
    titre = f"{debut}, {unite}" if unite and (ecart or "%" not in unite) else debut
    if ecart and indicateur.sens == "neutre":
        titre += " (bleu : au-dessous ; ambre : au-dessus, sans jugement)"
    return typographier(titre)


def composer_legende(
    sujet: SujetCarte,
    decoupage: Decoupage,
    couleurs: tuple[str, ...],
    *,
    montrees: tuple[int, ...] | None = None,
    indicatifs: int = 0,
) -> tuple[Legende, dict[int, int]]:
    """Composer la légende, des valeurs hautes aux valeurs basses.

    Parameters
    ----------
    sujet : SujetCarte
    decoupage : Decoupage
        Classes, des valeurs basses aux valeurs hautes.
    couleurs : tuple of str
        Dans le même ordre.
    montrees : tuple of int, optional
        Effectif de chaque classe sur l’ensemble des cartes qui les partagent.
    indicatifs : int
        Zones des classes dont l’écart est seulement indicatif.

    Returns
    -------
    legende : Legende
        Sans les classes vides, sauf celle de la référence quand elle sépare deux côtés.
    rangs : dict of int to int
        Rang du découpage → rang dans ``legende.classes``.
    """
    unite, ecart = sujet.indicateur.unite, sujet.vue == "ecart"
    # Une légende commune à plusieurs cartes montre les classes qui sont sur l’une d’elles.
    presence = decoupage if montrees is None else replace(decoupage, effectifs=montrees)
    gardes = [r for r in reversed(range(decoupage.nombre)) if _a_montrer(sujet, presence, r)]
    classes = []
    for rang in gardes:
        basse, haute = decoupage.bornes[rang], decoupage.bornes[rang + 1]
        if sujet.indicateur.est_stock:
            libelle = ecrire_valeur(haute, unite)
        else:
            libelle = libelle_classe(basse, haute, unite, ecart=ecart)
        effectif = decoupage.effectifs[rang]
        classes.append(ClasseLegende(basse, haute, couleurs[rang], libelle, effectif))
    comptes = sujet.zones["aspect"].value_counts()
    comptes[Aspect.INDICATIF.value] = int(indicatifs)
    sans_couleur = [a for a in Aspect if a is not Aspect.VALEUR]
    reference = sujet.valeur_reference if ecart else sujet.valeur_ville
    repere = ""
    if reference is not None and not sujet.indicateur.est_stock:
        nom = (sujet.nom_reference if ecart else sujet.nom_ensemble).removeprefix("la ")
        nom = nom.removeprefix("l’")
        repere = typographier(f"{nom} = {ecrire_valeur(reference, sujet.indicateur.unite)}")
    legende = Legende(
        titre=_titre(sujet),
        titre_effectif="nombre d’IRIS" if sujet.niveau == "iris" else f"nombre {sujet.des_zones}",
        classes=tuple(classes),
        aspects=tuple((a, int(comptes[a])) for a in sans_couleur if comptes.get(a, 0)),
        repere=repere,
        methode=decoupage.methode,
    )
    return legende, {rang: i for i, rang in enumerate(gardes)}


def _a_montrer(sujet: SujetCarte, decoupage: Decoupage, rang: int) -> bool:
    # Deux cartes comparées montrent toutes leurs classes communes, même vides ici.
    if decoupage.effectifs[rang] or sujet.indicateur.est_stock or sujet.mesures_comparees:
        return True
    occupes = [r for r, n in enumerate(decoupage.effectifs) if n]
    return rang == decoupage.centre and min(occupes) < rang < max(occupes)
