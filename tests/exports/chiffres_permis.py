"""Tous les nombres qu’un document peut écrire, relus dans l’édition sans passer par les exports."""

from __future__ import annotations

import math
import re

from observatoire.catalogue import charger_catalogue
from observatoire.indicateurs import joindre_ecarts

NOMBRE = re.compile(
    r"(?<![\d,\u202f])((?:\d{1,3}(?:\u202f\d{3})+|\d+)(?:,\d+)?)[\u202f\u00a0 ]"
    r"(%|points?|€|hab\./km²|habitants?)"
)


def normaliser(nombre: str) -> str:
    return re.sub(r"[\u202f\u00a0 ]", "", nombre)


def nombres(texte: str) -> set[tuple[str, str]]:
    """Nombres suivis d’une unité : (« 12360 », « habitants »)."""
    return {(normaliser(n), unite.rstrip("s")) for n, unite in NOMBRE.findall(texte)}


def _ecritures(valeur: float, unite: str) -> set[tuple[str, str]]:
    """Écritures possibles d’une grandeur, refaites ici à partir du nombre seul."""
    if not math.isfinite(valeur):
        return set()
    grandeur = abs(valeur)
    if unite == "pct":
        formes = {f"{grandeur:.1f}", f"{grandeur:.0f}", f"{math.floor(grandeur):.0f}"}
        # Un nombre rond s’écrit sans décimale, et « 0,5 » s’arrondit vers le haut.
        formes |= {f"{round(grandeur, 1):.1f}", f"{math.floor(grandeur * 10) / 10:.1f}"}
        ecrits = {f.replace(".", ",") for f in formes}
        return {(e, mot) for e in ecrits for mot in ("%", "point")}
    dizaine = f"{math.floor(grandeur / 10 + 0.5) * 10:.0f}"
    bas = f"{math.floor(grandeur / 10) * 10:.0f}"
    mots = {"eur": "€", "hab_km2": "hab./km²"}.get(unite, "habitant")
    return {(dizaine, mots), (bas, mots)}


def chiffres_permis(edition, territoires=None, reference="ville") -> set[tuple[str, str]]:
    """Nombres de l’édition : valeurs montrables, bornes, écarts, références.

    Le point d’une estimation dont seules les bornes comptent n’en est pas, ni rien d’un secret.
    """
    catalogue = charger_catalogue()
    table = joindre_ecarts(edition.resultats, edition.ecarts, reference=reference)
    garde = table["type_territoire"].isin(["qpv", "commune"])
    if territoires is not None:
        garde &= table["code_territoire"].isin([*territoires, edition.code_commune])
    permis: set[tuple[str, str]] = set()
    for ligne in table[garde].to_dict("records"):
        unite = catalogue.indicateurs[ligne["indicateur"]].unite
        colonnes = ["borne_basse", "borne_haute", "valeur_reference"]
        if ligne["bornes_seules"]:
            colonnes += ["ecart_borne_basse", "ecart_borne_haute"]
        else:
            colonnes += ["valeur", "ecart"]
        for colonne in colonnes:
            if ligne[colonne] is not None:
                permis |= _ecritures(float(ligne[colonne]), unite)
        if ligne["effectif_ecart"] is not None and not ligne["bornes_seules"]:
            permis |= _ecritures(float(ligne["effectif_ecart"]), "personnes")
    references = edition.references
    for ligne in references.to_dict("records"):
        permis |= _ecritures(
            float(ligne["valeur"]), catalogue.indicateurs[ligne["indicateur"]].unite
        )
    return permis


def textes_fixes(contenu) -> set[tuple[str, str]]:
    """Nombres des définitions et de la carte, qui ne sont pas des valeurs de quartier."""
    fixes = " ".join(
        [
            *(d.sens for d in (*contenu.glossaire, *contenu.definitions, *contenu.methode)),
            *(d.terme for d in contenu.definitions),
            *contenu.precautions,
            *(v.phrase_lecture + v.precaution + v.titre for v in contenu.cartes),
            "100 % 90 % 45 %",
        ]
    )
    return nombres(fixes)
