"""Page « Comparer les villes » : le tableau, une ville par ligne, sur une échelle commune."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd

from observatoire.cartes.villes import est_connue
from observatoire.catalogue import Indicateur
from observatoire.domaine import Statut
from observatoire.interface.composants import texte_valeur
from observatoire.interface.points import Position, html_points
from observatoire.redaction import ecrire_bornes, ecrire_ecart, ecrire_nombre, ecrire_valeur

__all__ = ["cle_des_villes", "html_table_villes"]


def cle_des_villes() -> str:
    """Ce que dit chaque signe du tableau."""
    entrees = (
        ("point quartier", "l’ensemble des QPV de la ville"),
        ("point ville", "la ville entière"),
        ("bande calee", "intervalle de l’ensemble des QPV"),
    )
    morceaux = (f'<span class="entree"><span class="{c}"></span>{t}</span>' for c, t in entrees)
    return f'<div class="obs-cle">{"".join(morceaux)}</div>'


def _echelle(lignes: pd.DataFrame, unite: str) -> tuple[float, float]:
    """La même pour toutes les villes, sans quoi les points ne se compareraient pas."""
    colonnes = ["valeur", "valeur_ville", "borne_basse", "borne_haute"]
    valeurs = lignes[colonnes].to_numpy(dtype=float)
    connues = valeurs[np.isfinite(valeurs)]
    if not len(connues):
        return 0.0, 100.0
    haut = float(connues.max())
    if unite == "pct":
        return 0.0, min(100.0, float(np.ceil(haut / 10) * 10))
    bas = float(connues.min())
    marge = 0.1 * ((haut - bas) or abs(haut) or 1.0)
    return bas - marge, haut + marge


def html_table_villes(lignes: pd.DataFrame, indicateur: Indicateur, ville: str) -> str:
    """Tableau des villes comparées.

    Parameters
    ----------
    lignes : pandas.DataFrame
        Une ligne par ville, dans l’ordre où les montrer.
    indicateur : Indicateur
    ville : str
        Code de celle de l’en-tête, mise en avant.
    """
    echelle = _echelle(lignes, indicateur.unite)
    corps = "".join(
        _ligne(ligne, indicateur, echelle, ligne["code_commune"] == ville)
        for _, ligne in lignes.iterrows()
    )
    bornes = [escape(_court(b, indicateur.unite)) for b in echelle]
    return (
        '<div class="obs-defile" tabindex="0" role="region" aria-label="Villes comparées">'
        '<table class="obs-table obs-villes"><thead><tr><th scope="col">Ville</th>'
        '<th scope="col" class="obs-points"><span class="obs-echelle">'
        f"<span>{bornes[0]}</span><span>{bornes[1]}</span></span></th>"
        '<th scope="col" class="n">QPV</th><th scope="col" class="n">Ville</th><th scope="col" class="n">Écart</th>'
        '<th scope="col" class="n">Rang</th><th scope="col">Ce que l’on sait</th></tr></thead>'
        f"<tbody>{corps}</tbody></table></div>"
    )


def _court(valeur: float, unite: str) -> str:
    return (
        ecrire_valeur(valeur, unite, decimales=0)
        if unite == "pct"
        else ecrire_valeur(valeur, unite)
    )


def _ligne(
    ligne: pd.Series, indicateur: Indicateur, echelle: tuple[float, float], sienne: bool
) -> str:
    unite, connue = indicateur.unite, est_connue(ligne)
    reference = float(ligne["valeur_ville"])
    ville = ecrire_valeur(reference, unite) if np.isfinite(reference) else "non disponible"
    valeur = texte_valeur(ligne, unite)
    bornes = float(ligne["borne_basse"]), float(ligne["borne_haute"])
    reunis = float("nan") if ligne["bornes_seules"] else float(ligne["valeur"])
    points = html_points(
        [Position("ville", reference), Position("quartier", reunis)],
        intervalles=[(*bornes, not ligne["bornes_seules"])],
        echelle=echelle,
        texte=f"{ligne['nom']} : QPV {valeur} ; ville {ville}",
    )
    ecart = ecrire_ecart(float(ligne["ecart"]), unite) if connue else "–"
    rang = (
        f"{int(ligne['rang'])}\u202f/\u202f{int(ligne['rang_sur'])}"
        if connue and ligne["rang_sur"] > 1
        else "–"
    )
    nom = escape(str(ligne["nom"]))
    return (
        f'<tr{" class=sienne" if sienne else ""}><th scope="row">{f"<b>{nom}</b>" if sienne else nom}</th>'
        f'<td class="obs-points">{points}</td><td class="n" data-nom="QPV"><b>{escape(valeur)}</b></td>'
        f'<td class="n" data-nom="Ville">{escape(ville)}</td><td class="n"><b>{escape(ecart)}</b></td><td class="n">{rang}</td>'
        f"<td>{escape(_ce_que_l_on_sait(ligne, unite))}</td></tr>"
    )


def _ce_que_l_on_sait(ligne: pd.Series, unite: str) -> str:
    """« 3 QPV publiés, 1 estimé ; 46 à 48 % » : d’où vient le chiffre, et son intervalle."""
    comptes = [
        f"{n} {mot}{'s' if n > 1 else ''}"
        for mot, n in (
            ("publié", int(ligne["qpv_publies"])),
            ("estimé", int(ligne["qpv_estimes"])),
            ("inconnu", int(ligne["qpv_inconnus"])),
        )
        if n
    ]
    morceaux = [f"QPV : {', '.join(comptes)}"] if comptes else []
    if not ligne["quartier_propre"]:
        morceaux.append("bord du quartier d’une autre ville, non classée")
    part = float(ligne["part_couverte"])
    if part < 1:
        morceaux.append(f"{ecrire_nombre(100 * part)}\u202f% des habitants couverts")
    bornes = float(ligne["borne_basse"]), float(ligne["borne_haute"])
    if ligne["statut"] == Statut.ESTIME.value and np.isfinite(bornes).all():
        morceaux.append(ecrire_bornes(*bornes, unite))
    elif ligne["note"]:
        morceaux.append(str(ligne["note"]))
    return " ; ".join(morceaux)
