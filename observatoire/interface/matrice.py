"""Matrice des écarts : un indicateur par ligne, un quartier par colonne, une teinte par écart."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np
import pandas as pd

from observatoire.cartes.francais import en_lettres
from observatoire.cartes.palettes import AMBRES, INDIGOS
from observatoire.catalogue import Catalogue, Indicateur
from observatoire.domaine import Verdict
from observatoire.interface.composants import deplier, texte_ecart, texte_valeur
from observatoire.interface.etat import adresse
from observatoire.interface.points import lignes_par_cle
from observatoire.interface.rubriques import html_sommaire
from observatoire.redaction import INSECABLE, ecrire_nombre, ecrire_valeur, majuscule

__all__ = ["html_matrice", "legende_matrice", "teinte"]

SEUILS = {
    "pct": (2.0, 5.0, 10.0, 20.0),
    "eur": (500.0, 1_500.0, 3_000.0, 6_000.0),
    "rapport": (0.2, 0.5, 1.0, 2.0),
    "indice": (0.01, 0.03, 0.05, 0.1),
    "hab_km2": (500.0, 1_500.0, 3_000.0, 6_000.0),
}
"""Écarts absolus à partir desquels la teinte fonce, dans l’unité de l’indicateur."""


def teinte(ecart: float, indicateur: Indicateur) -> tuple[str, str]:
    """Fond et encre d’un écart ; l’ambre est le côté défavorable.

    Parameters
    ----------
    ecart : float
        Écart fini, dans l’unité de l’indicateur.
    indicateur : Indicateur
        Son sens dit quel côté est défavorable ; un indicateur neutre n’a pas d’ambre.
    """
    seuils = SEUILS.get(indicateur.unite, SEUILS["pct"])
    rang = int(np.searchsorted(seuils, abs(ecart), side="right"))
    if rang == 0:
        return "#f5f1ea", "#1b1f2a"
    hausse_defavorable = indicateur.sens == "defavorable_si_hausse"
    defavorable = indicateur.sens != "neutre" and (ecart > 0) == hausse_defavorable
    fond = (AMBRES if defavorable else INDIGOS)[rang - 1]
    # Contraste d’au moins 4,5 : noir franc sur les teintes moyennes, blanc sur les plus foncées.
    return fond, "#ffffff" if rang == len(seuils) else "#0a0b0f"


def legende_matrice() -> str:
    """Légende : ce que disent les teintes, les signes et les cases vides."""
    cases = [
        (f'<span class="obs-case" style="background:{AMBRES[2]}"></span>', "écart défavorable"),
        ('<span class="obs-case" style="background:#f5f1ea"></span>', "proche de la référence"),
        (f'<span class="obs-case" style="background:{INDIGOS[2]}"></span>', "écart favorable, ou indicateur neutre"),
        ('<span class="obs-case indicatif"></span>', "≈ écart indicatif : la référence reste possible"),
        ('<span class="obs-case muette"></span>', "– aucun écart ne peut être dit"),
    ]  # fmt: skip
    seuils = " ; ".join(
        f"{nom} : {', '.join(ecrire_nombre(s, d) for s in SEUILS[u])}{INSECABLE}{unite}"
        for u, nom, unite, d in (("pct", "taux", "points", 0), ("eur", "revenus", "€", 0))
    )
    corps = "".join(
        f'<span class="entree">{case}<span>{escape(t)}</span></span>' for case, t in cases
    )
    return (
        f'<div class="obs-cle">{corps}</div><p class="obs-note">La teinte fonce à partir de ces écarts – '
        f"{escape(seuils)}. Le signe et le nombre disent la même chose que la couleur.</p>"
    )


def html_matrice(
    lignes: pd.DataFrame, catalogue: Catalogue, quartiers: dict[str, str], *, titre: str
) -> str:
    """Tableau des écarts des quartiers, par thème.

    Parameters
    ----------
    lignes : pandas.DataFrame
        Lignes jointes des quartiers, une par territoire et indicateur.
    catalogue : Catalogue
    quartiers : dict of str to str
        Code et nom, dans l’ordre des colonnes.
    titre : str
        Nom du tableau, pour les lecteurs d’écran.
    """
    par_case = lignes_par_cle(lignes.set_index(["indicateur", "code_territoire"]))
    tete = "".join(
        f'<th scope="col" class="n"><a href="{escape(adresse("quartiers", qpv=c))}">{escape(n)}</a></th>'
        for c, n in quartiers.items()
    )
    corps, tus = [], []
    rubriques: dict[str, str] = {}
    for theme, groupe in catalogue.par_theme().items():
        montrables = [i for i in groupe if any((i.id, c) in par_case for c in quartiers)]
        ecrits = {i.court: _rang(i, par_case, quartiers) for i in montrables if not i.est_stock}
        rangs = [r for r in ecrits.values() if r]
        tus += [nom for nom, r in ecrits.items() if not r]
        if rangs:
            corps.append(
                f'<tbody id="ecarts-{escape(theme.id)}"><tr class="groupe"><th colspan="{len(quartiers) + 2}" scope="rowgroup">'
                f"{escape(theme.libelle)}</th></tr>{''.join(rangs)}</tbody>"
            )
            rubriques[f"ecarts-{theme.id}"] = theme.libelle
    return (
        html_sommaire(rubriques, "Thèmes du tableau")
        + f'<div class="obs-defile obs-entier" tabindex="0" role="region" aria-label="{escape(titre)}">'
        f'<table class="obs-table obs-matrice"><thead><tr><th scope="col">Indicateur</th>'
        f'<th scope="col" class="n">Référence</th>{tete}</tr></thead>{"".join(corps)}</table></div>'
        + _dire_les_tus(tus)
    )


def _dire_les_tus(noms: list[str]) -> str:
    """Les indicateurs sans aucun écart à montrer : nommés, pour que leur absence ne passe pas pour un oubli."""
    if not noms:
        return ""
    debut = (
        "Un indicateur n’est pas montré"
        if len(noms) == 1
        else f"{majuscule(en_lettres(len(noms)))} indicateurs ne sont pas montrés"
    )
    return deplier(
        f"{debut}, faute d’un écart que l’on puisse dire",
        '<p class="obs-texte">Leurs chiffres sont masqués, non diffusés, ou connus seulement par des bornes trop larges '
        "pour ces quartiers ; la fiche de chaque quartier dit ce que l’on en sait.</p>"
        f'<p class="obs-note obs-texte">{escape(", ".join(noms))}.</p>',
    )


def _rang(
    indicateur: Indicateur, par_case: Mapping[tuple[str, str], pd.Series], quartiers: dict[str, str]
) -> str:
    """Une ligne de la matrice ; vide si aucun quartier n’a d’écart à montrer."""
    cases: list[str] = []
    references: set[str] = set()
    annees: set[int] = set()
    dits = muettes = 0
    for code, nom in quartiers.items():
        ligne = par_case.get((indicateur.id, code))
        if ligne is None:
            muettes += 1
            cases.append(_case_muette(nom))
            continue
        muettes += _est_muette(ligne, indicateur)
        annees.add(int(ligne["millesime"]))
        if np.isfinite(ligne["valeur_reference"]):
            references.add(ecrire_valeur(float(ligne["valeur_reference"]), indicateur.unite))
        cases.append(_case(ligne, indicateur, nom))
        dits += ligne["verdict"] in {Verdict.ECART_NET.value, Verdict.ECART_INDICATIF.value}
    if not dits:
        return ""
    reference = " / ".join(sorted(references)) or "–"
    annee = ", ".join(str(a) for a in sorted(annees))
    return (
        f'<tr><th scope="row" title="{escape(indicateur.definition)}">{escape(indicateur.court)} '
        f'<span class="obs-note">{annee}</span>{_dire_les_muettes(muettes)}</th><td class="n reference" data-reference="Référence">{escape(reference)}</td>{"".join(cases)}</tr>'
    )


def _est_muette(ligne: pd.Series, indicateur: Indicateur) -> bool:
    """Vrai si rien ne peut être dit de l’écart d’un quartier."""
    verdict = ligne["verdict"]
    if not isinstance(verdict, str) or verdict == Verdict.NON_INTERPRETABLE.value:
        return True
    return texte_ecart(ligne, indicateur.unite) == "–"


def _dire_les_muettes(muettes: int) -> str:
    """Sur un téléphone, les cases vides ne sont pas empilées : elles sont comptées."""
    if not muettes:
        return ""
    qui = "un quartier" if muettes == 1 else f"{en_lettres(muettes)} quartiers"
    return f'<span class="obs-note obs-muettes">– pour {qui}</span>'


def _case_muette(quartier: str, valeur: str = "") -> str:
    titre = f' title="{escape(valeur)}"' if valeur else ""
    return f'<td class="n muette" data-nom="{escape(quartier)}"{titre}>–</td>'


def _case(ligne: pd.Series, indicateur: Indicateur, quartier: str) -> str:
    valeur = texte_valeur(ligne, indicateur.unite)
    if _est_muette(ligne, indicateur):
        return _case_muette(quartier, valeur)
    ecart, verdict = texte_ecart(ligne, indicateur.unite), ligne["verdict"]
    nom = f' data-nom="{escape(quartier)}"'
    detail = escape(f"{valeur} ; {Verdict(verdict).libelle}")
    if verdict == Verdict.ECART_INDICATIF.value:
        return f'<td class="n indicatif"{nom} title="{detail}">≈{INSECABLE}{escape(ecart)}</td>'
    fond, encre = teinte(float(ligne["ecart"]), indicateur)
    return f'<td class="n"{nom} style="background:{fond};color:{encre}" title="{detail}">{escape(ecart)}</td>'
