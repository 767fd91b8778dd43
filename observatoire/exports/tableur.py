"""Tableur (XLSX) : à lire d’abord, synthèse à imprimer, tableau des quartiers, données, définitions, sources."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import pandas as pd
import xlsxwriter
from xlsxwriter.workbook import Workbook

from observatoire.cartes.ecriture_papier import ecrire_entier
from observatoire.domaine import Statut, TypeTerritoire
from observatoire.exports.cellules_tableur import ecrire_cellule, ecrire_valeur_en_cellule
from observatoire.exports.demande import Contexte, Demande, Document
from observatoire.exports.lecture import lignes_a_lire
from observatoire.exports.noms import neutraliser
from observatoire.exports.styles_tableur import Styles
from observatoire.exports.synthese_tableur import ecrire_synthese
from observatoire.exports.tables import (
    COLONNES,
    Tableaux,
    composer_tableaux,
    valeurs_citees,
)
from observatoire.impression import hauteur_ligne, regler_impression

__all__ = ["ecrire_tableur"]

_A_LIRE = (
    "nom", "type_territoire", "libelle", "millesime", "valeur", "borne_basse", "borne_haute",
    "statut", "valeur_reference", "ecart", "verdict",
)  # fmt: skip
"""Colonnes qui s’impriment : ce que l’on lit d’une valeur. Les autres les suivent, à l’écran."""
_LUS = [TypeTerritoire.COMMUNE.value, TypeTerritoire.EPCI.value, TypeTerritoire.QPV.value]
"""Territoires que l’on imprime ; les IRIS et les secteurs feraient cent pages."""
_LARGEURS = {
    "nom": 30.0, "libelle": 38.0, "theme": 22.0, "code_territoire": 12.0, "type_territoire": 18.0,
    "indicateur": 30.0, "methode": 30.0, "source": 34.0, "precision_note": 40.0, "reference": 20.0,
    "verdict": 16.0, "statut": 16.0, "valeur": 17.0, "millesime": 9.0, "borne_basse": 9.0,
    "borne_haute": 9.0, "valeur_reference": 10.0, "ecart": 10.0,
}  # fmt: skip


_IMPRIMER = (
    "De la feuille « Données » s’impriment la ville et ses quartiers, qui viennent en premier, jusqu’à la colonne du "
    "verdict. Pour d’autres lignes : filtrez-les, puis annulez la zone d’impression (menu Mise en page)."
)
_EN_PLUS = (
    (
        "Arrondis",
        (
            "Les nombres sont ceux de l’édition, sauf dans la feuille « Synthèse », arrondie comme les notes et "
            "les cartes : les euros et les habitants à la dizaine, car leur dernier chiffre n’est pas sûr."
        ),
    ),
    (
        "Imprimer",
        (
            "La feuille « Synthèse » est faite pour être distribuée, la feuille « Tableau » pour être consultée. "
            f"{_IMPRIMER}"
        ),
    ),
)
"""Ce qui ne vaut que pour un classeur."""


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
    pied = _pied(contexte, document)
    _feuille_lecture(classeur, styles, contexte, tableaux, demande, document)
    ecrire_synthese(classeur, styles, contexte, tableaux, demande, pied)
    _feuille_tableau(classeur, styles, tableaux, pied)
    _feuille_donnees(classeur, styles, tableaux, pied)
    _feuille_simple(classeur, styles, "Colonnes", _colonnes(tableaux), (22, 22, 90), pied)
    _feuille_simple(
        classeur, styles, "Définitions", _definitions(tableaux), (38, 10, 62, 62, 30, 48), pied,
        imprimees=4,
    )  # fmt: skip
    _feuille_simple(
        classeur, styles, "Sources", _sources(tableaux), (32, 50, 11, 15, 19, 40, 48, 66), pied,
        imprimees=6,
    )  # fmt: skip
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


def _pied(contexte: Contexte, document: str) -> tuple[str, str]:
    """Pied de chaque page imprimée : la ville, puis l’édition et le document."""
    edition = contexte.edition
    fictive = " (ville fictive)" if edition.est_fictive else ""
    mention = f"Édition {edition.identifiant}" + (f" · document {document}" if document else "")
    return f"Indicateurs des quartiers – {edition.nom_commune}{fictive}", mention


def _feuille_lecture(
    classeur: Workbook,
    styles: Styles,
    contexte: Contexte,
    tableaux: Tableaux,
    demande: Demande,
    document: str,
) -> None:
    feuille = classeur.add_worksheet("Lisez-moi")
    largeurs = (20.0, 88.0)
    for place, largeur in enumerate(largeurs):
        feuille.set_column(place, place, largeur)
    titre, mention = _pied(contexte, document)
    feuille.write_string(0, 0, titre, styles.titre)
    feuille.set_row(0, 28)
    feuille.write_string(1, 0, mention, styles.sous_titre)
    rang = 3
    for tete, texte in (*lignes_a_lire(contexte, tableaux, demande), *_EN_PLUS):
        feuille.write_string(rang, 0, tete, styles.section)
        feuille.write_string(rang, 1, neutraliser(texte), styles.texte)
        feuille.set_row(rang, 6 + hauteur_ligne([(tete, largeurs[0]), (texte, largeurs[1])]))
        rang += 1
    regler_impression(
        feuille, titre, largeurs=largeurs, lignes=rang, mention=mention, portrait=True, entetes=0
    )


def _feuille_tableau(
    classeur: Workbook, styles: Styles, tableaux: Tableaux, pied: tuple[str, str]
) -> None:
    """Les quartiers et la ville côte à côte : un indicateur par ligne, un territoire par colonne."""
    feuille = classeur.add_worksheet("Tableau")
    longue = tableaux.longue
    recent = longue.groupby("indicateur")["millesime"].transform("max") == longue["millesime"]
    lignes = longue[recent & longue["type_territoire"].isin(_LUS)]
    territoires = lignes.drop_duplicates("code_territoire").sort_values(
        ["type_territoire", "code_territoire"], kind="stable"
    )
    entetes = ["Thème", "Indicateur", "Millésime", *territoires["nom"].map(str)]
    largeurs = [22.0, 46.0, 10.0, *[17.0] * len(territoires)]
    for colonne, (entete, largeur) in enumerate(zip(entetes, largeurs, strict=True)):
        feuille.write_string(0, colonne, neutraliser(entete), styles.entete)
        feuille.set_column(colonne, colonne, largeur)
    rangs = {c: 3 + r for r, c in enumerate(territoires["code_territoire"])}
    for rang, (_, groupe) in enumerate(lignes.groupby("indicateur", sort=False), start=1):
        premiere = groupe.iloc[0]
        theme, libelle = str(premiere["theme"]), str(premiere["libelle"])
        feuille.write_string(rang, 0, neutraliser(theme), styles.texte)
        feuille.write_string(rang, 1, neutraliser(libelle), styles.texte)
        feuille.write_number(rang, 2, int(premiere["millesime"]), styles.nombre("0"))
        feuille.set_row(rang, hauteur_ligne([(theme, largeurs[0]), (libelle, largeurs[1])]))
        par_code = {ligne["code_territoire"]: ligne for ligne in groupe.to_dict("records")}
        for code, place in rangs.items():
            if code in par_code:
                ecrire_valeur_en_cellule(feuille, styles, rang, place, par_code[code])
            else:
                feuille.write_string(rang, place, Statut.ABSENT.libelle, styles.discret)
    nombre = lignes["indicateur"].nunique()
    feuille.set_row(0, hauteur_ligne(zip(entetes, [0.9 * w for w in largeurs], strict=True)) + 6)
    feuille.freeze_panes(1, 3)
    feuille.autofilter(0, 0, max(nombre, 1), 2)
    regler_impression(
        feuille, pied[0], largeurs=largeurs, lignes=nombre + 1, mention=pied[1], colonnes_repetees=3
    )


def _feuille_donnees(
    classeur: Workbook, styles: Styles, tableaux: Tableaux, pied: tuple[str, str]
) -> None:
    """Une valeur par ligne : d’abord les lignes et les colonnes qui se lisent et s’impriment, puis les autres."""
    feuille = classeur.add_worksheet("Données")
    lues = tableaux.longue["type_territoire"].isin(_LUS)
    table = pd.concat([tableaux.longue[lues], tableaux.longue[~lues]])
    imprimees = [c for c in _A_LIRE if c in table.columns]
    colonnes = [*imprimees, *(c for c in table.columns if c not in _A_LIRE)]
    largeurs = [_LARGEURS.get(c, 12.0) for c in colonnes]
    for rang, colonne in enumerate(colonnes):
        feuille.write_string(0, rang, COLONNES[colonne][0], styles.entete)
        feuille.set_column(rang, rang, largeurs[rang])
    for rang, ligne in enumerate(table.to_dict("records"), start=1):
        for place, colonne in enumerate(colonnes):
            if colonne == "valeur":
                ecrire_valeur_en_cellule(feuille, styles, rang, place, ligne)
            else:
                ecrire_cellule(feuille, styles, (rang, place), colonne, ligne)
    feuille.write_comment(0, 0, _IMPRIMER, {"x_scale": 2.2, "y_scale": 1.4})
    feuille.set_row(0, 32)
    feuille.freeze_panes(1, colonnes.index("nom") + 1)
    feuille.autofilter(0, 0, max(len(table), 1), len(colonnes) - 1)
    regler_impression(
        feuille,
        pied[0],
        largeurs=largeurs[: len(imprimees)],
        lignes=int(lues.sum()) + 1,
        mention=pied[1],
    )


def _feuille_simple(
    classeur: Workbook,
    styles: Styles,
    nom: str,
    table: pd.DataFrame,
    largeurs: tuple[float, ...],
    pied: tuple[str, str],
    *,
    imprimees: int | None = None,
) -> None:
    """Une table de textes ; ``imprimees`` : nombre de colonnes qui s’impriment, toutes sinon."""
    feuille = classeur.add_worksheet(nom)
    for place, (colonne, largeur) in enumerate(zip(table.columns, largeurs, strict=True)):
        feuille.write_string(0, place, str(colonne), styles.entete)
        feuille.set_column(place, place, largeur)
    feuille.set_row(0, 20)
    for rang, ligne in enumerate(table.itertuples(index=False), start=1):
        textes = []
        for place, valeur in enumerate(ligne):
            if isinstance(valeur, str):
                feuille.write_string(rang, place, neutraliser(valeur), styles.texte)
                textes.append((valeur, largeurs[place]))
            elif valeur is not None and not pd.isna(valeur):
                feuille.write_number(rang, place, float(valeur), styles.nombre("0"))
        feuille.set_row(rang, hauteur_ligne(textes))
    feuille.freeze_panes(1, 1)
    feuille.autofilter(0, 0, max(len(table), 1), len(table.columns) - 1)
    regler_impression(
        feuille,
        f"{nom} – {pied[0]}",
        largeurs=largeurs[:imprimees],
        lignes=len(table) + 1,
        mention=pied[1],
    )


def _colonnes(tableaux: Tableaux) -> pd.DataFrame:
    lignes = [(COLONNES[c][0], c, COLONNES[c][1]) for c in tableaux.longue.columns]
    return pd.DataFrame(lignes, columns=["Colonne", "Nom dans le CSV", "Ce qu’elle contient"])


def _definitions(tableaux: Tableaux) -> pd.DataFrame:
    lignes = [
        (i.libelle, i.unite, i.definition, i.precaution, i.id, i.page) for i in tableaux.indicateurs
    ]
    titres = [
        "Indicateur", "Unité", "Définition", "Précaution", "Identifiant", "Page du producteur",
    ]  # fmt: skip
    return pd.DataFrame(lignes, columns=titres)


def _sources(tableaux: Tableaux) -> pd.DataFrame:
    titres = {
        "citation": "Jeu de données", "titre": "Titre", "millesime": "Millésime",
        "date_fichier": "Date du fichier", "licence": "Licence", "fichier": "Fichier",
        "page": "Page", "sha256": "SHA-256",
    }  # fmt: skip
    return tableaux.sources[list(titres)].rename(columns=titres)
