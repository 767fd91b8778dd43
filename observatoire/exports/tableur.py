"""Tableur (XLSX) : à lire d’abord, tableau des quartiers, données, définitions, sources."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import pandas as pd
import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from observatoire.cartes.ecriture_papier import ecrire_entier
from observatoire.domaine import Statut, TypeTerritoire
from observatoire.exports.cellules_tableur import ecrire_cellule, ecrire_valeur_en_cellule
from observatoire.exports.demande import Contexte, Demande, Document
from observatoire.exports.lecture import lignes_a_lire
from observatoire.exports.noms import neutraliser
from observatoire.exports.styles_tableur import Styles
from observatoire.exports.tables import (
    COLONNES,
    Tableaux,
    composer_tableaux,
    valeurs_citees,
)

__all__ = ["ecrire_tableur"]

_LARGEURS = {
    "nom": 34, "libelle": 44, "theme": 16, "code_territoire": 12, "type_territoire": 12,
    "indicateur": 26, "methode": 30, "source": 34, "precision_note": 40, "reference": 20,
    "verdict": 18, "statut": 18, "valeur": 18,
}  # fmt: skip


def ecrire_tableur(
    contexte: Contexte, demande: Demande, sortie: Path, document: str = ""
) -> Document:
    """Écrire le classeur d’une ville.

    Un nombre est écrit comme un nombre, avec son format ; une valeur masquée, absente ou connue
    par ses seules bornes est un texte. Aucune cellule n’est une formule.

    Parameters
    ----------
    contexte : Contexte
    demande : Demande
    sortie : Path
        Fichier ``.xlsx``.
    document : str
        Identifiant au registre des exports.

    Raises
    ------
    ErreurDemande
        Si la demande ne convient pas à l’édition.
    """
    tableaux = composer_tableaux(contexte, demande)
    tampon = io.BytesIO()
    classeur = xlsxwriter.Workbook(
        tampon,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    _decrire(classeur, contexte, document)
    styles = Styles(classeur)
    _feuille_lecture(classeur, styles, contexte, tableaux, demande, document)
    _feuille_tableau(classeur, styles, tableaux)
    _feuille_donnees(classeur, styles, tableaux)
    _feuille_simple(classeur, styles, "Colonnes", _colonnes(tableaux), (20, 22, 90))
    _feuille_simple(
        classeur, styles, "Définitions", _definitions(tableaux), (26, 40, 12, 70, 70, 40)
    )
    _feuille_simple(
        classeur, styles, "Sources", _sources(tableaux), (34, 50, 10, 14, 20, 50, 40, 40)
    )
    classeur.close()
    ecrire_entier(sortie, tampon.getvalue())
    return Document((sortie,), valeurs_citees(tableaux.longue))


def _decrire(classeur: Workbook, contexte: Contexte, document: str) -> None:
    edition = contexte.edition
    fictive = " (ville fictive)" if edition.est_fictive else ""
    # La date de l’édition, et non celle du jour : le même export donne les mêmes octets.
    publiee = datetime.fromisoformat(str(edition.manifeste["publiee_le"])).replace(tzinfo=None)
    classeur.set_properties(
        {
            "title": f"Indicateurs des quartiers – {edition.nom_commune}{fictive}",
            "subject": "Valeurs, écarts, statuts et sources",
            "author": "Observatoire des quartiers",
            "category": "Statistiques locales",
            "keywords": f"quartiers prioritaires, {edition.nom_commune}, édition {edition.identifiant}",
            "comments": f"Édition {edition.identifiant}. Document {document or 'non inscrit'}. "
            "Licence Ouverte 2.0.",
            "created": publiee,
        }
    )
    classeur.set_custom_property("Langue", "fr-FR")
    classeur.set_custom_property("Édition", edition.identifiant)
    if document:
        classeur.set_custom_property("Document", document)


def _mettre_en_page(feuille: Worksheet, titre: str, *, lignes_repetees: int | None = None) -> None:
    feuille.set_paper(9)
    feuille.set_landscape()
    feuille.fit_to_pages(1, 0)
    feuille.set_margins(0.5, 0.5, 0.6, 0.6)
    feuille.set_footer(f"&L{titre.replace('&', '&&')}&RPage &P sur &N")
    feuille.hide_gridlines(2)
    if lignes_repetees is not None:
        feuille.repeat_rows(lignes_repetees)


def _feuille_lecture(
    classeur: Workbook,
    styles: Styles,
    contexte: Contexte,
    tableaux: Tableaux,
    demande: Demande,
    document: str,
) -> None:
    feuille = classeur.add_worksheet("Lisez-moi")
    _mettre_en_page(feuille, "Lisez-moi")
    feuille.set_portrait()
    feuille.set_column(0, 0, 26)
    feuille.set_column(1, 1, 92)
    edition = contexte.edition
    fictive = " (ville fictive : données inventées)" if edition.est_fictive else ""
    feuille.write_string(
        0, 0, f"Indicateurs des quartiers – {edition.nom_commune}{fictive}", styles.titre
    )
    feuille.set_row(0, 28)
    sous_titre = f"Édition {edition.identifiant}" + (f" · document {document}" if document else "")
    feuille.write_string(1, 0, sous_titre, styles.sous_titre)
    rang = 3
    for tete, texte in lignes_a_lire(contexte, tableaux, demande):
        feuille.write_string(rang, 0, tete, styles.section)
        feuille.write_string(rang, 1, neutraliser(texte), styles.texte)
        # Le classeur ne sait pas la hauteur d’un texte replié : on la donne.
        feuille.set_row(rang, 6 + 16 * max(1, -(-len(texte) // 88)))
        rang += 1


def _feuille_tableau(classeur: Workbook, styles: Styles, tableaux: Tableaux) -> None:
    """Les quartiers et la ville côte à côte : un indicateur par ligne, un territoire par colonne."""
    feuille = classeur.add_worksheet("Tableau")
    _mettre_en_page(feuille, "Valeurs des quartiers et de la ville", lignes_repetees=0)
    longue = tableaux.longue
    recent = longue.groupby("indicateur")["millesime"].transform("max") == longue["millesime"]
    types = [TypeTerritoire.COMMUNE.value, TypeTerritoire.EPCI.value, TypeTerritoire.QPV.value]
    lignes = longue[recent & longue["type_territoire"].isin(types)]
    territoires = lignes.drop_duplicates("code_territoire").sort_values(
        ["type_territoire", "code_territoire"], kind="stable"
    )
    entetes = ["Thème", "Indicateur", "Millésime", *territoires["nom"]]
    for colonne, entete in enumerate(entetes):
        feuille.write_string(0, colonne, neutraliser(str(entete)), styles.entete)
    rangs = {c: 3 + r for r, c in enumerate(territoires["code_territoire"])}
    for rang, (_, groupe) in enumerate(lignes.groupby("indicateur", sort=False), start=1):
        premiere = groupe.iloc[0]
        feuille.write_string(rang, 0, neutraliser(str(premiere["theme"])), styles.cellule)
        feuille.write_string(rang, 1, neutraliser(str(premiere["libelle"])), styles.cellule)
        feuille.write_number(rang, 2, int(premiere["millesime"]), styles.nombre("0"))
        par_code = {ligne["code_territoire"]: ligne for ligne in groupe.to_dict("records")}
        for code, place in rangs.items():
            if code in par_code:
                ecrire_valeur_en_cellule(feuille, styles, rang, place, par_code[code])
            else:
                feuille.write_string(rang, place, Statut.ABSENT.libelle, styles.discret)
    nombre = lignes["indicateur"].nunique()
    feuille.set_row(0, 48)
    feuille.set_column(0, 0, 24)
    feuille.set_column(1, 1, 52)
    feuille.set_column(2, 2, 11)
    feuille.set_column(3, max(3, len(entetes) - 1), 18)
    feuille.freeze_panes(1, 3)
    feuille.autofilter(0, 0, max(nombre, 1), 2)


def _feuille_donnees(classeur: Workbook, styles: Styles, tableaux: Tableaux) -> None:
    feuille = classeur.add_worksheet("Données")
    _mettre_en_page(feuille, "Données", lignes_repetees=0)
    # Vingt colonnes et plus : la feuille s’imprime en A3.
    feuille.set_paper(8)
    table = tableaux.longue
    colonnes = list(table.columns)
    for rang, colonne in enumerate(colonnes):
        feuille.write_string(0, rang, COLONNES[colonne][0], styles.entete)
        feuille.set_column(rang, rang, _LARGEURS.get(colonne, 12))
    for rang, ligne in enumerate(table.to_dict("records"), start=1):
        for place, colonne in enumerate(colonnes):
            if colonne == "valeur":
                ecrire_valeur_en_cellule(feuille, styles, rang, place, ligne)
            else:
                ecrire_cellule(feuille, styles, (rang, place), colonne, ligne)
    feuille.set_row(0, 32)
    feuille.freeze_panes(1, colonnes.index("nom") + 1)
    feuille.autofilter(0, 0, max(len(table), 1), len(colonnes) - 1)


def _feuille_simple(
    classeur: Workbook, styles: Styles, nom: str, table: pd.DataFrame, largeurs: tuple[int, ...]
) -> None:
    feuille = classeur.add_worksheet(nom)
    _mettre_en_page(feuille, nom, lignes_repetees=0)
    for rang, colonne in enumerate(table.columns):
        feuille.write_string(0, rang, str(colonne), styles.entete)
    for place, largeur in enumerate(largeurs):
        feuille.set_column(place, place, largeur)
    for rang, ligne in enumerate(table.itertuples(index=False), start=1):
        for place, valeur in enumerate(ligne):
            if isinstance(valeur, str):
                feuille.write_string(rang, place, neutraliser(valeur), styles.texte)
            elif valeur is not None and not pd.isna(valeur):
                feuille.write_number(rang, place, float(valeur), styles.nombre("0"))
    feuille.freeze_panes(1, 1)
    feuille.autofilter(0, 0, max(len(table), 1), len(table.columns) - 1)


def _colonnes(tableaux: Tableaux) -> pd.DataFrame:
    lignes = [(COLONNES[c][0], c, COLONNES[c][1]) for c in tableaux.longue.columns]
    return pd.DataFrame(lignes, columns=["Colonne", "Nom dans le CSV", "Ce qu’elle contient"])


def _definitions(tableaux: Tableaux) -> pd.DataFrame:
    lignes = [
        (i.id, i.libelle, i.unite, i.definition, i.precaution, i.page) for i in tableaux.indicateurs
    ]
    titres = [
        "Identifiant",
        "Indicateur",
        "Unité",
        "Définition",
        "Précaution",
        "Page du producteur",
    ]
    return pd.DataFrame(lignes, columns=titres)


def _sources(tableaux: Tableaux) -> pd.DataFrame:
    titres = [
        "Jeu de données", "Titre", "Millésime", "Date du fichier", "Licence", "Page", "Fichier",
        "SHA-256",
    ]  # fmt: skip
    table = tableaux.sources.copy()
    table.columns = pd.Index(titres)
    return table
