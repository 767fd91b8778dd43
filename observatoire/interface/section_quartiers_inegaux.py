"""Section « quartiers » de la page des inégalités : types, défavorisation, bande de 300 m."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from observatoire.catalogue import Catalogue
from observatoire.domaine import Statut
from observatoire.editions import Edition
from observatoire.interface.composants import badge_verdict
from observatoire.interface.ecriture import afficher_html
from observatoire.interface.etat import choisir
from observatoire.redaction import ecrire_bornes, ecrire_nom, ecrire_valeur

__all__ = ["afficher_quartiers"]

_FAITS = {"oui": "écart", "non": "pas d’écart", "inconnu": "on ne sait pas"}


def afficher_quartiers(edition: Edition, catalogue: Catalogue) -> None:
    """Afficher les types de quartiers, puis chaque quartier face à la bande qui l’entoure."""
    typologie = edition.complement("typologie")
    if len(typologie):
        afficher_html(_types(typologie, edition.complement("defavorisation"), catalogue))
    ceintures = edition.complement("ceintures")
    if len(ceintures):
        _ceintures(ceintures, catalogue)


def _types(typologie: pd.DataFrame, defavorisation: pd.DataFrame, catalogue: Catalogue) -> str:
    scores: dict[Any, Any] = {}
    if len(defavorisation):
        scores = defavorisation.set_index("code_territoire").to_dict("index")
    corps = "".join(
        f'<tr><th scope="row">{escape(ecrire_nom(str(q["nom"])))}</th><td>{escape(str(q["libelle"]))}</td>'
        f"<td>{_faits(str(q['faits']), catalogue)}</td>"
        f'<td data-nom="Défavorisation (FDep)">{escape(_cinquieme(scores.get(q["code_territoire"])))}</td></tr>'
        for q in typologie.to_dict("records")
    )
    seuil = ecrire_valeur(catalogue.inegalites.typologie.seuil_points, "rapport", decimales=0)
    return (
        '<h2 class="obs-h2">Où est l’écart de chaque quartier prioritaire avec la ville ?</h2>'
        '<div class="obs-defile obs-entier"><table class="obs-table obs-types"><thead><tr><th scope="col">Quartier</th>'
        '<th scope="col">En une phrase</th><th scope="col">Les faits</th><th scope="col">Défavorisation (FDep)</th>'
        f"</tr></thead><tbody>{corps}</tbody></table></div>"
        '<p class="obs-note obs-texte"><b>Ce que cela ne dit pas.</b> Un écart compte s’il dépasse '
        f"{seuil} points de façon certaine ; quand les bornes ne le permettent pas, on le dit. L’indice FDep résume revenu, diplôme, "
        "métier et chômage, d’après la France de 2021 : le premier cinquième est le moins défavorisé, le cinquième le plus. "
        "Il décrit un territoire, jamais ses habitants un par un.</p>"
    )


def _faits(texte: str, catalogue: Catalogue) -> str:
    morceaux = []
    for fait in filter(None, texte.split(" ; ")):
        identifiant, annee, mot = fait.split(" ")
        nom = catalogue.indicateurs[identifiant].court
        morceaux.append(f'{escape(nom)} <span class="obs-note">{annee}</span> : {_FAITS[mot]}')
    return "<br>".join(morceaux)


def _cinquieme(ligne: dict[Any, Any] | None) -> str:
    if ligne is None or ligne["statut"] in {Statut.SECRET.value, Statut.ABSENT.value}:
        return "non disponible" if ligne is None else Statut(ligne["statut"]).libelle
    bas, haut = ligne["cinquieme_bas"], ligne["cinquieme_haut"]
    if np.isfinite(ligne["cinquieme"]):
        return f"{int(ligne['cinquieme'])}ᵉ cinquième sur cinq".replace("1ᵉ", "1ᵉʳ")
    if (bas, haut) == (1, 5):
        return "non estimable"
    return f"entre le {int(bas)}ᵉ et le {int(haut)}ᵉ cinquième".replace("1ᵉ", "1ᵉʳ")


def _ceintures(ceintures: pd.DataFrame, catalogue: Catalogue) -> None:
    largeur = int(ceintures["largeur_m"].iloc[0])
    presents = [
        i for i in catalogue.inegalites.ceintures.indicateurs if i in set(ceintures["indicateur"])
    ]
    zone = st.container()
    with st.container(key="choix_ceintures", horizontal=True):
        choix = choisir(
            "Indicateur", presents, cle="ceinture", largeur=330,
            ecrire=lambda i: catalogue.indicateurs[i].court,
        )  # fmt: skip
    lignes = ceintures[ceintures["indicateur"] == choix]
    unite = catalogue.indicateurs[choix].unite
    corps = "".join(
        f'<tr><th scope="row">{escape(ecrire_nom(str(c["nom"])))}</th><td class="n" data-nom="Quartier"><b>{escape(_valeur(c, "_quartier", unite))}</b></td>'
        f'<td class="n" data-nom="Bande de {largeur} m">{escape(_valeur(c, "", unite))}</td>'
        f"<td>{badge_verdict(c['verdict'])}</td></tr>"
        for c in lignes.sort_values("nom").to_dict("records")
    )
    with zone:
        afficher_html(
            f'<h2 class="obs-h2">Et juste autour ? La bande de {largeur} m, face à son quartier</h2>'
        )
    afficher_html(
        '<div class="obs-defile obs-entier"><table class="obs-table obs-bandes"><thead><tr><th scope="col">Quartier</th>'
        f'<th scope="col" class="n">Quartier, {int(lignes["millesime"].iloc[0])}</th><th scope="col" class="n">Bande de {largeur} m</th>'
        f'<th scope="col">Ce que l’on sait</th></tr></thead><tbody>{corps}</tbody></table></div>'
        '<p class="obs-note obs-texte"><b>Ce que cela ne dit pas.</b> La bande, limitée à la ville et sans aucun quartier prioritaire, '
        "coupe les mêmes IRIS que le quartier : le plus souvent, seules des bornes sont connues. Sans les carreaux de 200 m, elles "
        "supposent les habitants répartis également dans chaque IRIS : même éloignées du chiffre du quartier, elles ne suffisent pas "
        "à affirmer un écart. « Non interprétable » n’est donc ni une ressemblance ni un écart.</p>"
    )


def _valeur(ligne: dict[Any, Any], suffixe: str, unite: str) -> str:
    valeur, bas, haut = (
        float(ligne[f"{c}{suffixe}"]) for c in ("valeur", "borne_basse", "borne_haute")
    )
    if not np.isfinite(valeur):
        return Statut(ligne[f"statut{suffixe}"]).libelle
    if ligne[f"bornes_seules{suffixe}"]:
        return ecrire_bornes(bas, haut, unite)
    rond = ligne[f"statut{suffixe}"] == Statut.PUBLIE.value and valeur.is_integer()
    return ecrire_valeur(valeur, unite, decimales=0 if rond and unite == "pct" else None)
