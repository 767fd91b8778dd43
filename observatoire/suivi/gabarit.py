"""Classeur vide à remplir : listes de choix, aide sur chaque colonne, feuille « Aide »."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from observatoire.impression import hauteur_ligne, regler_impression
from observatoire.suivi.colonnes import FEUILLES, Colonne
from observatoire.suivi.lecture import Vocabulaire
from observatoire.suivi.modeles import VILLE_ENTIERE, Etat

__all__ = ["ecrire_classeur"]

_LIGNES_VALIDEES = 2_000
_LIGNES_A_LA_MAIN = 22
"""Lignes vides imprimées d’un classeur vierge : on le remplit aussi au crayon, en réunion."""
_LARGEURS_AIDE = (26.0, 92.0)
_AIDE = (
    "Ce classeur décrit le programme d’actions de la ville et ses financements.",
    "« Actions » : une ligne par action. L’identifiant ne change jamais : il sert à la mise à jour.",
    "« Quartiers » : les quartiers de chaque action, et la part de chacun ; le total d’une action fait 100 %.",
    "« Financements » : une ligne par action, par année et par financeur. Une case vide veut dire « inconnu » ; 0 veut dire zéro.",
    "« Habitants » : ce que disent des habitants. Aucun nom, aucune adresse, aucun numéro : ils sont refusés.",
    "Les colonnes dont le titre porte un astérisque sont obligatoires.",
    "Ne renommez ni les feuilles ni les colonnes ; vous pouvez en ajouter, elles ne sont pas lues.",
    "Import : « observatoire suivi importer classeur.xlsx --commune … ». Toutes les fautes sont dites, avec leur cellule.",
    "Réimporter met à jour par identifiant et dit ce qui a changé. Une action absente du classeur est gardée.",
)


def ecrire_classeur(
    sortie: Path,
    vocabulaire: Vocabulaire,
    *,
    nom_ville: str = "",
    lignes: Mapping[str, Sequence[Sequence[Any]]] | None = None,
    cree_le: dt.datetime | None = None,
) -> None:
    """Écrire le gabarit, vide ou rempli.

    Parameters
    ----------
    sortie : pathlib.Path
        Fichier ``.xlsx``.
    vocabulaire : Vocabulaire
        Ce que les listes de choix proposent.
    nom_ville : str
        Écrit dans l’aide.
    lignes : mapping of str to sequence of sequence, optional
        Feuille → lignes déjà remplies, dans l’ordre des colonnes.
    cree_le : datetime, optional
        Date inscrite dans le fichier ; le même contenu donne alors le même fichier.
    """
    classeur = xlsxwriter.Workbook(str(sortie), {"default_date_format": "dd/mm/yyyy"})
    classeur.set_properties(
        {"title": "Suivi du contrat de ville", **({"created": cree_le} if cree_le else {})}
    )
    formats = _formats(classeur)
    aide = classeur.add_worksheet("Aide")
    feuilles = {nom: classeur.add_worksheet(nom) for nom in FEUILLES}
    plages = _ecrire_listes(classeur, vocabulaire)
    _ecrire_aide(aide, formats, nom_ville)
    for nom, colonnes in FEUILLES.items():
        siennes = (lignes or {}).get(nom, ())
        _ecrire_feuille(feuilles[nom], colonnes, plages, formats, siennes)
        regler_impression(
            feuilles[nom], f"{nom} – {_titre(nom_ville)}",
            largeurs=[c.largeur for c in colonnes], lignes=1 + (len(siennes) or _LIGNES_A_LA_MAIN),
            colonnes_repetees=2,
        )  # fmt: skip
        # Des cases à remplir, à l’écran comme au crayon.
        feuilles[nom].hide_gridlines(0)
    feuilles["Actions"].activate()
    classeur.close()


def _formats(classeur: Any) -> dict[str, Any]:
    police = {"font_name": "Calibri", "font_size": 11}
    base = {**police, "valign": "top", "text_wrap": True}
    return {
        "entete": classeur.add_format(
            {**police, "bold": True, "bg_color": "#14213d", "font_color": "#ffffff", "text_wrap": True, "valign": "vcenter", "border": 1, "border_color": "#d9dce3"}
        ),
        "texte": classeur.add_format(base),
        "date": classeur.add_format({**base, "num_format": "dd/mm/yyyy"}),
        "euros": classeur.add_format({**base, "num_format": "#,##0.00"}),
        "part": classeur.add_format({**base, "num_format": "0.##"}),
        "annee": classeur.add_format({**base, "num_format": "0"}),
        # Sans repli : un titre déborde sur les cases vides de sa droite plutôt que de se couper.
        "grand_titre": classeur.add_format({**police, "bold": True, "font_size": 16, "font_color": "#14213d"}),
        "titre": classeur.add_format({**police, "bold": True, "font_size": 13, "font_color": "#14213d", "valign": "bottom"}),
    }  # fmt: skip


def _ecrire_listes(classeur: Any, vocabulaire: Vocabulaire) -> dict[str, str]:
    """Feuille cachée des listes ; rend la plage de chacune."""
    listes = vocabulaire.reglages.listes
    contenus = {
        "axes": list(listes.axes),
        "financeurs": list(listes.financeurs),
        "etats": [e.libelle for e in Etat],
        "oui_non": ["oui", "non"],
        "themes": list(vocabulaire.themes.values()),
        "indicateurs": [
            f"{i} – {libelle}" if (libelle := vocabulaire.libelles.get(i)) else i
            for i in sorted(vocabulaire.indicateurs)
        ],
        "quartiers": [
            *(f"{c} – {n}" for c, n in sorted(vocabulaire.quartiers.items())),
            f"{VILLE_ENTIERE} – ville entière",
        ],
    }
    feuille = classeur.add_worksheet("Listes")
    feuille.hide()
    plages = {}
    for rang, (nom, valeurs) in enumerate(contenus.items()):
        feuille.write(0, rang, nom)
        feuille.write_column(1, rang, valeurs)
        lettre = chr(ord("A") + rang)
        plages[nom] = f"=Listes!${lettre}$2:${lettre}${len(valeurs) + 1}"
    return plages


def _ecrire_aide(feuille: Any, formats: Mapping[str, Any], nom_ville: str) -> None:
    for place, largeur in enumerate(_LARGEURS_AIDE):
        feuille.set_column(place, place, largeur, formats["texte"])
    titre = _titre(nom_ville)
    feuille.write(0, 0, titre, formats["grand_titre"])
    feuille.set_row(0, 26)
    rang = 2
    for phrase in _AIDE:
        feuille.merge_range(rang, 0, rang, 1, phrase, formats["texte"])
        feuille.set_row(rang, hauteur_ligne([(phrase, sum(_LARGEURS_AIDE))]))
        rang += 1
    for nom, colonnes in FEUILLES.items():
        rang += 1
        feuille.write(rang, 0, nom, formats["titre"])
        feuille.set_row(rang, 26)
        for colonne in colonnes:
            rang += 1
            feuille.write(
                rang, 0, colonne.titre + (" *" if colonne.obligatoire else ""), formats["texte"]
            )
            feuille.write(rang, 1, colonne.aide, formats["texte"])
            feuille.set_row(rang, hauteur_ligne([(colonne.aide, _LARGEURS_AIDE[1])]))
        rang += 1
    regler_impression(
        feuille, titre, largeurs=_LARGEURS_AIDE, lignes=rang + 1, portrait=True, entetes=0
    )  # fmt: skip


def _titre(nom_ville: str) -> str:
    return "Suivi du contrat de ville" + (f" – {nom_ville}" if nom_ville else "")


def _ecrire_feuille(
    feuille: Any,
    colonnes: Sequence[Colonne],
    plages: Mapping[str, str],
    formats: Mapping[str, Any],
    lignes: Sequence[Sequence[Any]],
) -> None:
    feuille.freeze_panes(1, 1)
    feuille.set_row(0, 32)
    for rang, colonne in enumerate(colonnes):
        forme = formats[colonne.genre] if colonne.genre in formats else formats["texte"]
        feuille.set_column(rang, rang, colonne.largeur, forme)
        feuille.write(
            0, rang, colonne.titre + (" *" if colonne.obligatoire else ""), formats["entete"]
        )
        feuille.write_comment(0, rang, colonne.aide, {"x_scale": 2})
        feuille.data_validation(1, rang, _LIGNES_VALIDEES, rang, _validation(colonne, plages))
        for k, ligne in enumerate(lignes, start=1):
            valeur = ligne[rang] if rang < len(ligne) else None
            if isinstance(valeur, dt.date):
                feuille.write_datetime(
                    k, rang, dt.datetime(valeur.year, valeur.month, valeur.day), forme
                )
            elif valeur is not None and valeur != "":
                feuille.write(k, rang, valeur, forme)
    feuille.autofilter(0, 0, max(len(lignes), 1), len(colonnes) - 1)


def _validation(colonne: Colonne, plages: Mapping[str, str]) -> dict[str, Any]:
    aide = {"input_title": colonne.titre[:32], "input_message": colonne.aide[:255]}
    if colonne.liste:
        return {
            **aide,
            "validate": "list",
            "source": plages[colonne.liste],
            "error_title": "Valeur hors liste",
            "error_message": "Choisissez dans la liste.",
        }
    regles: dict[str, dict[str, Any]] = {
        "euros": {"validate": "decimal", "criteria": ">=", "value": 0},
        "part": {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 100},
        "annee": {"validate": "integer", "criteria": "between", "minimum": 2000, "maximum": 2100},
        "date": {"validate": "date", "criteria": ">=", "value": dt.date(2000, 1, 1)},
    }
    regle = regles.get(colonne.genre, {"validate": "any"})
    if colonne.genre in regles:
        regle = {**regle, "error_title": "Valeur refusée", "error_message": colonne.aide[:255]}
    return {**aide, **regle}
