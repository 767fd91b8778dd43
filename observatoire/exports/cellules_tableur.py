"""Cellules du tableur : un nombre est un nombre, une absence est un mot, un texte est inerte."""

from __future__ import annotations

from typing import Any

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from observatoire.domaine import Methode, Qualite, Reference, Statut, Verdict, libelle_territoire
from observatoire.exports.noms import neutraliser
from observatoire.exports.styles_tableur import Styles
from observatoire.exports.tables import mot_du_statut
from observatoire.redaction import ecrire_bornes

__all__ = [
    "ecrire_cellule",
    "ecrire_valeur_en_cellule",
    "motif_d_ecart",
    "motif_de_valeur",
]

_FORMATS = {
    "pct": '0.0" %"',
    "eur": '#,##0" €"',
    "hab_km2": "#,##0",
    "rapport": "0.00",
    "indice": "0.000",
    "ips": "0.0",
    "pour_100": "0.0",
    "pour_10000": "0.0",
}
_EFFECTIF = "#,##0"
_ECARTS = {"pct": '+0.0" pts";-0.0" pts";0.0" pts"', "eur": '+#,##0" €";-#,##0" €";0" €"'}
_ECART = "+#,##0.00;-#,##0.00;0"
_NOMBRES_BRUTS = {"part_couverte": "0.00", "effectif": _EFFECTIF}


def motif_de_valeur(unite: str) -> str:
    """Format de nombre d’une valeur, pour un tableur."""
    return _FORMATS.get(unite, _EFFECTIF)


def motif_d_ecart(unite: str) -> str:
    """Format de nombre d’un écart : signé, en points pour un pourcentage."""
    return _ECARTS.get(unite, _ECART)


def ecrire_valeur_en_cellule(
    feuille: Worksheet, styles: Styles, rang: int, colonne: int, ligne: dict[Any, Any]
) -> None:
    """Un nombre avec son format, ou les mots de son absence."""
    if pd.isna(ligne["valeur"]):
        statut = "bornes_seules" if ligne["bornes_seules"] else str(ligne["statut"])
        feuille.write_string(rang, colonne, _sans_valeur(statut, ligne), styles.discret)
        return
    motif = motif_de_valeur(str(ligne["unite"]))
    feuille.write_number(rang, colonne, float(ligne["valeur"]), styles.nombre(motif))


def _sans_valeur(statut: str, ligne: dict[Any, Any]) -> str:
    """Les bornes écrites, si elles sont seules à se lire ; sinon les mots du statut."""
    if statut != "bornes_seules":
        return mot_du_statut(statut)
    return ecrire_bornes(
        float(ligne["borne_basse"]), float(ligne["borne_haute"]), str(ligne["unite"])
    )


_MOTS = {
    "statut": lambda v: Statut(v).libelle,
    "methode": lambda v: Methode(v).libelle,
    "verdict": lambda v: Verdict(v).libelle,
    "reference": lambda v: Reference(v).libelle,
    "qualite": lambda v: Qualite(v).libelle,
    "type_territoire": lambda v: libelle_territoire(v).split(" de la politique")[0],
}


def ecrire_cellule(
    feuille: Worksheet,
    styles: Styles,
    place: tuple[int, int],
    colonne: str,
    ligne: dict[Any, Any],
) -> None:
    """Écrire une cellule de la feuille « Données », hors celle de la valeur ; rien si elle est vide."""
    valeur = ligne[colonne]
    if valeur is None or (not isinstance(valeur, str) and pd.isna(valeur)):
        return
    if colonne == "bornes_seules":
        if valeur:
            feuille.write_string(*place, "oui", styles.cellule)
    elif isinstance(valeur, str):
        texte = _MOTS[colonne](valeur) if valeur and colonne in _MOTS else valeur
        feuille.write_string(*place, neutraliser(texte), styles.cellule)
    else:
        feuille.write_number(
            *place, float(valeur), styles.nombre(_motif(colonne, str(ligne["unite"])))
        )


def _motif(colonne: str, unite: str) -> str:
    if colonne == "millesime":
        return "0"
    if colonne.startswith("ecart"):
        return motif_d_ecart(unite)
    return _NOMBRES_BRUTS.get(colonne) or _FORMATS.get(unite, _EFFECTIF)
