"""Morceaux de la page « Évolutions » : ce que disent les règles, flèches, contour et situation.

Une flèche va de la première date à la seconde ; la même ligne de tableau la dit en nombres.
"""

from __future__ import annotations

import math
from html import escape

import numpy as np
import pandas as pd

from observatoire.cartes.francais import au_quartier, minuscule
from observatoire.catalogue import Comparaison, Indicateur
from observatoire.domaine import Comparabilite, TypeTerritoire, Verdict
from observatoire.redaction import (
    INSECABLE,
    ecrire_ecart,
    ecrire_nom,
    ecrire_nombre,
    ecrire_valeur,
)

__all__ = [
    "badge_evolution",
    "html_decompositions",
    "html_evolutions",
    "html_regle",
    "titre_evolutions",
]

_MUET = Verdict.NON_INTERPRETABLE.value
_MARGE_ECHELLE = 0.15


def badge_evolution(verdict: str) -> str:
    """Pastille du verdict, dans les mots d’un changement."""
    return f'<span class="obs-badge {escape(verdict)}">{escape(Verdict(verdict).evolution)}</span>'


def titre_evolutions(
    indicateur: Indicateur, debut: int, fin: int, quartiers: pd.DataFrame, regle: Comparaison
) -> str:
    """La page en une phrase, jamais plus affirmative que les verdicts."""
    sujet, dates = (
        f"{indicateur.court}{INSECABLE}: ",
        f"entre{INSECABLE}{debut}{INSECABLE}et{INSECABLE}{fin}",
    )
    if regle.issue is Comparabilite.REFUSEE:
        return f"{sujet}{debut} et {fin} ne se comparent pas"
    if quartiers.empty:
        return f"{sujet}l’évolution {dates}"
    if (quartiers["verdict"] == _MUET).all():
        return f"{sujet}l’évolution des quartiers {dates} ne peut pas être mesurée"
    nettes = quartiers[quartiers["verdict"] == Verdict.ECART_NET.value]
    if nettes.empty:
        return f"{sujet}aucune évolution nette dans les quartiers {dates}"
    morceaux = []
    for mot, lignes in (
        ("hausse nette", nettes[nettes["evolution"] > 0]),
        ("baisse nette", nettes[nettes["evolution"] < 0]),
    ):
        if len(lignes) == 1:
            morceaux.append(
                f"{mot} {minuscule(au_quartier(ecrire_nom(str(lignes['nom'].iloc[0]))))}"
            )
        elif len(lignes):
            morceaux.append(f"{mot} dans {len(lignes)} quartiers sur {len(quartiers)}")
    return f"{sujet}{', '.join(morceaux)} {dates}"


def html_regle(regle: Comparaison) -> str:
    """Permise, annotée ou refusée : les mots, puis la raison."""
    mots = regle.issue.libelle
    raison = regle.motif or "Ces deux années se comparent sans réserve connue."
    return (
        f'<section class="obs-regle {escape(regle.issue.value)}"><b>'
        f"{escape(mots[0].upper() + mots[1:])}.</b> {escape(raison)}</section>"
    )


def html_evolutions(lignes: pd.DataFrame, indicateur: Indicateur, debut: int, fin: int) -> str:
    """Tableau des territoires : flèche, valeurs, évolution et son intervalle, écart à la ville.

    Parameters
    ----------
    lignes : pandas.DataFrame
        Lignes de la table ``evolutions`` pour un indicateur et deux dates, dans l’ordre voulu.
    indicateur : Indicateur
        Unité et mots.
    debut, fin : int
        Millésimes.
    """
    montrees = lignes[lignes["verdict"] != _MUET]
    bas, haut = _echelle(montrees)
    corps = "".join(_ligne(ligne, indicateur, (bas, haut)) for _, ligne in lignes.iterrows())
    axe = (
        f'<span class="obs-graduation"><span>{escape(_court(bas, indicateur.unite))}</span>'
        f"<span>{escape(_court(haut, indicateur.unite))}</span></span>"
    )
    titre = f"{indicateur.libelle}, de {debut} à {fin}, par territoire"
    return (
        '<p class="obs-cle"><span class="entree"><span class="bout debut"></span>'
        f'{debut}</span><span class="entree"><span class="bout fin"></span>{fin}</span>'
        '<span class="entree"><span class="bout fin ville"></span>la ville</span></p>'
        f'<div class="obs-defile obs-entier" tabindex="0" role="region" aria-label="{escape(titre)}">'
        '<table class="obs-table obs-evolutions"><thead><tr><th scope="col">Territoire</th>'
        f'<th scope="col" class="fleches">{axe}</th><th scope="col" class="n">{debut} → {fin}</th>'
        '<th scope="col" class="n">Évolution</th><th scope="col" class="n">Écart à la ville</th>'
        f'<th scope="col">Ce que l’on sait</th></tr></thead><tbody>{corps}</tbody></table></div>'
    )


def _echelle(lignes: pd.DataFrame) -> tuple[float, float]:
    """Bornes rondes de l’axe, un peu au-delà des valeurs : une position se lit sans partir de zéro."""
    valeurs = lignes[["valeur_debut", "valeur_fin"]].to_numpy(float)
    valeurs = valeurs[np.isfinite(valeurs)]
    if not len(valeurs):
        return 0.0, 1.0
    haut = float(valeurs.max())
    bas = float(valeurs.min())
    etendue = (haut - bas) or abs(haut) or 1.0
    pas = 10.0 ** math.floor(math.log10(etendue))
    bas = max(0.0, bas - _MARGE_ECHELLE * etendue)
    return math.floor(bas / pas) * pas, math.ceil((haut + 0.02 * etendue) / pas) * pas


def _court(valeur: float, unite: str) -> str:
    if unite == "pct":
        return ecrire_valeur(valeur, unite, decimales=0)
    return ecrire_valeur(valeur, unite)


def _ligne(ligne: pd.Series, indicateur: Indicateur, echelle: tuple[float, float]) -> str:
    ville = ligne["type_territoire"] != TypeTerritoire.QPV.value
    muet = ligne["verdict"] == _MUET
    unite = indicateur.unite
    nom = escape(ecrire_nom(str(ligne["nom"])))
    if muet:
        return (
            f'<tr class="muette"><th scope="row">{nom}</th><td class="fleches">'
            f'<span class="obs-note">{escape(_raison(ligne))}</span></td>'
            f'<td class="n">–</td><td class="n">–</td><td class="n">–</td>'
            f"<td>{badge_evolution(str(ligne['verdict']))}</td></tr>"
        )
    debut, fin = float(ligne["valeur_debut"]), float(ligne["valeur_fin"])
    # Un taux rond de quartier est un chiffre publié au point : « 47 % », comme sur sa fiche.
    decimales = 0 if not ville and unite == "pct" and fin.is_integer() else None
    dates = f"{_nombre(debut, unite)} → {ecrire_valeur(fin, unite, decimales=decimales)}"
    evolution = escape(ecrire_ecart(float(ligne["evolution"]), unite))
    entre = _intervalle(ligne["borne_basse"], ligne["borne_haute"], unite)
    if entre:
        evolution += f'<br><span class="obs-note obs-entre">{escape(entre)}</span>'
    return (
        f'<tr class="{"ville" if ville else "quartier"}"><th scope="row">{nom}</th>'
        f'<td class="fleches">{_fleche(debut, fin, echelle, ville=ville)}</td>'
        f'<td class="n">{escape(dates)}</td><td class="n"><b>{evolution}</b></td>'
        f'<td class="n{"" if np.isfinite(ligne["evolution_ecart"]) else " vide"}">{_ecart(ligne, unite)}</td>'
        f"<td>{badge_evolution(str(ligne['verdict']))}</td></tr>"
    )


def _raison(ligne: pd.Series) -> str:
    """Pourquoi un territoire n’a pas d’évolution, sans redire la règle des deux dates."""
    if np.isfinite(ligne["valeur_debut"]) and np.isfinite(ligne["valeur_fin"]):
        return "les IRIS décrivent surtout des habitants d’à côté"
    return "chiffre masqué ou non disponible à l’une des deux dates"


def _nombre(valeur: float, unite: str) -> str:
    """La première valeur sans son unité, que la seconde porte."""
    return ecrire_nombre(valeur, 1) if unite == "pct" else ecrire_valeur(valeur, unite)


def _intervalle(bas: float, haut: float, unite: str) -> str:
    """« de −1,2 à +4,8 points » : l’intervalle d’un changement."""
    if not (np.isfinite(bas) and np.isfinite(haut)):
        return ""
    gauche = ecrire_nombre(bas, 1, signe=True) if unite == "pct" else ecrire_ecart(bas, unite)
    return f"de {gauche} à {ecrire_ecart(haut, unite)}"


def _ecart(ligne: pd.Series, unite: str) -> str:
    """L’écart à la ville aux deux dates, et son changement."""
    if not np.isfinite(ligne["evolution_ecart"]):
        return "–"
    debut, fin = float(ligne["ecart_debut"]), float(ligne["ecart_fin"])
    gauche = ecrire_nombre(debut, 1, signe=True) if unite == "pct" else ecrire_ecart(debut, unite)
    return (
        f"{escape(gauche)} → {escape(ecrire_ecart(fin, unite))}<br>"
        f'<span class="obs-note">{escape(ecrire_ecart(float(ligne["evolution_ecart"]), unite))}</span>'
    )


def _fleche(debut: float, fin: float, echelle: tuple[float, float], *, ville: bool) -> str:
    bas, haut = echelle

    def x(v: float) -> float:
        return float(np.clip((v - bas) / (haut - bas), 0, 1) * 100)

    gauche, droite = sorted((x(debut), x(fin)))
    genre = " ville" if ville else ""
    return (
        f'<div class="obs-fleche" aria-hidden="true"><span class="trait{genre}" '
        f'style="left:{gauche:.2f}%;width:{droite - gauche:.2f}%"></span>'
        f'<span class="bout debut{genre}" style="left:{x(debut):.2f}%"></span>'
        f'<span class="bout fin{genre}" style="left:{x(fin):.2f}%"></span></div>'
    )


def html_decompositions(lignes: pd.DataFrame, unite: str) -> str:
    """Effet du nouveau contour et évolution de la situation, quartier par quartier.

    Parameters
    ----------
    lignes : pandas.DataFrame
        Lignes de la table ``decompositions`` pour un indicateur et deux dates.
    unite : str
        Unité de l’indicateur.
    """
    dites = lignes[lignes["motif"] == ""]
    corps = "".join(_ligne_decomposee(ligne, unite) for _, ligne in dites.iterrows())
    table = ""
    if corps:
        table = (
            '<div class="obs-defile obs-entier" tabindex="0" role="region" '
            'aria-label="Effet du contour et évolution de la situation, par quartier">'
            '<table class="obs-table obs-contours"><thead><tr><th scope="col">Quartier</th>'
            '<th scope="col" class="n">Changement total</th><th scope="col" class="n">dont nouveau contour</th>'
            '<th scope="col" class="n">dont situation</th></tr></thead>'
            f"<tbody>{corps}</tbody></table></div>"
        )
    return table + _sans_decomposition(lignes[lignes["motif"] != ""])


def _ligne_decomposee(ligne: pd.Series, unite: str) -> str:
    def cellule(effet: str, verdict: object, nom: str) -> str:
        valeur = escape(ecrire_ecart(float(ligne[effet]), unite))
        entre = _intervalle(ligne[f"{effet}_basse"], ligne[f"{effet}_haute"], unite)
        badge = f"<br>{badge_evolution(str(verdict))}" if verdict else ""
        if effet == "effet_contour" and verdict == Verdict.ECART_INDICATIF.value:
            badge = '<br><span class="obs-badge ecart_indicatif">effet indicatif</span>'
        elif effet == "effet_contour":
            badge = '<br><span class="obs-badge ecart_net">effet net</span>'
        note = f'<br><span class="obs-note">{escape(entre)}</span>' if entre else ""
        return f'<td class="n" data-nom="{escape(nom)}"><b>{valeur}</b>{note}{badge}</td>'

    nom = escape(ecrire_nom(str(ligne["nom"])))
    return (
        f'<tr><th scope="row">{nom}<br><span class="obs-note">2015{INSECABLE}: '
        f"{escape(str(ligne['contours_2015']).replace('+', ' et '))}</span></th>"
        + cellule("evolution_totale", "", "Changement total")
        + cellule("effet_contour", ligne["verdict_contour"], "dont nouveau contour")
        + cellule("evolution_situation", ligne["verdict_situation"], "dont situation")
        + "</tr>"
    )


def _sans_decomposition(lignes: pd.DataFrame) -> str:
    """Les quartiers que l’on ne peut pas décomposer, réunis par raison."""
    morceaux = []
    for motif, groupe in lignes.groupby("motif", sort=False):
        noms = ", ".join(ecrire_nom(str(n)) for n in groupe["nom"])
        morceaux.append(f"<li><b>{escape(noms)}</b>{INSECABLE}: {escape(str(motif))}</li>")
    return f'<ul class="obs-raisons">{"".join(morceaux)}</ul>' if morceaux else ""
