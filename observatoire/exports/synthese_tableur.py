"""Feuille « Synthèse » du tableur : les quartiers face à leur référence, faite pour être imprimée.

Peu d’indicateurs, une ligne par quartier : valeur, intervalle, écart, ce que l’on peut en dire. Les nombres
y sont arrondis comme dans les notes : la même page de chiffres ne dit pas deux choses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from observatoire.cartes import palettes
from observatoire.cartes.lignes import (
    decimales_du_chiffre,
    texte_ecart,
    texte_intervalle,
    texte_valeur,
)
from observatoire.cartes.quartier import nom_reference
from observatoire.domaine import Qualite, TypeTerritoire, Verdict
from observatoire.exports.cellules_tableur import motif_d_ecart, motif_de_valeur
from observatoire.exports.choix import indicateurs_de_tete
from observatoire.exports.demande import Contexte, Demande
from observatoire.exports.noms import neutraliser
from observatoire.exports.styles_tableur import Styles
from observatoire.exports.tables import Tableaux
from observatoire.exports.texte import nettoyer
from observatoire.impression import hauteur_ligne, regler_impression
from observatoire.redaction import arrondir_comme_ecrit, ecrire_nom, majuscule

__all__ = ["ecrire_synthese"]

_COLONNES = (
    ("Indicateur", 34.0), ("Année", 7.0), ("Quartier", 36.0), ("Valeur", 14.0), ("Intervalle", 18.0),
    ("Référence", 14.0), ("Écart", 17.0), ("Ce que l’on peut en dire", 17.0), ("Qualité", 21.0),
)  # fmt: skip
_ENTETE = 3
"""Rang de la ligne d’en-tête, sous le titre et le sous-titre."""


def ecrire_synthese(
    classeur: Workbook,
    styles: Styles,
    contexte: Contexte,
    tableaux: Tableaux,
    demande: Demande,
    pied: tuple[str, str],
) -> None:
    """Ajouter la feuille ; rien si aucun quartier n’a d’indicateur à montrer.

    Parameters
    ----------
    classeur : xlsxwriter.workbook.Workbook
    styles : Styles
    contexte : Contexte
        Son modèle de collectivité peut nommer les indicateurs du tableau.
    tableaux : Tableaux
    demande : Demande
    pied : tuple of (str, str)
        Sujet, puis édition et document.
    """
    lignes = _lignes(contexte, tableaux, demande)
    if lignes.empty:
        return
    feuille = classeur.add_worksheet("Synthèse")
    largeurs = [largeur for _, largeur in _COLONNES]
    for place, largeur in enumerate(largeurs):
        feuille.set_column(place, place, largeur)
    reference = nom_reference(demande.reference)
    feuille.write_string(0, 0, f"{pied[0]} : l’écart à {reference}", styles.titre)
    feuille.set_row(0, 28)
    feuille.write_string(1, 0, _SOUS_TITRE, styles.sous_titre)
    for place, (entete, _) in enumerate(_COLONNES):
        texte = majuscule(reference) if entete == "Référence" else entete
        feuille.write_string(_ENTETE, place, texte, styles.entete)
    feuille.set_row(_ENTETE, 34)
    formats = _Formats(classeur)
    bandes = lignes["indicateur"].ne(lignes["indicateur"].shift()).cumsum() % 2 == 0
    rang = _ENTETE
    for ligne, bande in zip(lignes.to_dict("records"), bandes, strict=True):
        rang += 1
        _ecrire_ligne(feuille, formats, rang, ligne, bande=bool(bande))
    feuille.autofilter(_ENTETE, 0, rang, len(_COLONNES) - 1)
    feuille.freeze_panes(_ENTETE + 1, 3)
    rang = _notes(feuille, styles, contexte, lignes, rang + 2)
    regler_impression(
        feuille, pied[0], largeurs=largeurs, lignes=rang, mention=pied[1], entetes=_ENTETE + 1
    )


_SOUS_TITRE = (
    "Dernier millésime de chaque indicateur. Un écart entre deux pourcentages est en points. Nombres arrondis comme "
    "dans les notes : la feuille « Données » a ceux de l’édition."
)


def _lignes(contexte: Contexte, tableaux: Tableaux, demande: Demande) -> pd.DataFrame:
    """Quartiers et indicateurs du tableau, au millésime le plus récent, rangés pour être lus."""
    from observatoire.exports.modele import charger_modele

    longue = tableaux.longue
    lignes = longue[longue["type_territoire"] == TypeTerritoire.QPV.value]
    recent = lignes.groupby("indicateur")["millesime"].transform("max")
    lignes = lignes[lignes["millesime"] == recent]
    modele = charger_modele(contexte.chemins, contexte.catalogue)
    tete = indicateurs_de_tete(
        contexte.catalogue, lignes, demande.indicateurs or modele.indicateurs, demande.themes
    )
    rangs = {indicateur.id: rang for rang, indicateur in enumerate(tete)}
    lignes = lignes[lignes["indicateur"].isin(list(rangs))]
    lignes = lignes.assign(
        nom=[ecrire_nom(nettoyer(str(n))) for n in lignes["nom"]],
        court=lignes["indicateur"].map({i.id: i.court for i in tete}),
        _rang=lignes["indicateur"].map(rangs),
    )
    return lignes.sort_values(["_rang", "nom", "code_territoire"], kind="stable")


@dataclass
class _Formats:
    """Formats de cellule, une fois chacun ; une bande de fond sur un indicateur sur deux."""

    classeur: Workbook
    faits: dict[tuple[Any, ...], Format] = field(default_factory=dict)

    def __call__(
        self, *, bande: bool, motif: str = "", gras: bool = False, discret: bool = False
    ) -> Format:
        cle = (bande, motif, gras, discret)
        if cle not in self.faits:
            self.faits[cle] = self.classeur.add_format(
                {
                    "font_name": "Calibri", "font_size": 11, "valign": "vcenter", "text_wrap": True,
                    "font_color": palettes.TEXTE_SECOND if discret else palettes.ENCRE,
                    "bold": gras, "bottom": 1, "bottom_color": palettes.TRAIT,
                    **({"bg_color": palettes.PANNEAU} if bande else {}),
                    **({"num_format": motif} if motif else {}),
                    "align": "right" if motif else "left", "indent": 1,
                }
            )  # fmt: skip
        return self.faits[cle]


def _ecrire_ligne(
    feuille: Worksheet, formats: _Formats, rang: int, ligne: dict[Any, Any], *, bande: bool
) -> None:
    unite, motif = str(ligne["unite"]), motif_de_valeur(str(ligne["unite"]))
    rond = unite == "pct" and decimales_du_chiffre(ligne["valeur"], ligne["statut"]) == 0
    texte = formats(bande=bande)
    discret = formats(bande=bande, discret=True, motif="@")
    feuille.write_string(rang, 0, str(ligne["court"]), texte)
    feuille.write_number(rang, 1, int(ligne["millesime"]), formats(bande=bande, motif="0"))
    feuille.write_string(rang, 2, neutraliser(str(ligne["nom"])), formats(bande=bande, gras=True))
    if pd.isna(ligne["valeur"]):
        feuille.write_string(rang, 3, texte_valeur(ligne, unite), discret)
    else:
        sien = motif.replace("0.0", "0") if rond else motif
        valeur = arrondir_comme_ecrit(float(ligne["valeur"]), unite)
        feuille.write_number(rang, 3, valeur, formats(bande=bande, motif=sien, gras=True))
    feuille.write_string(rang, 4, texte_intervalle(ligne, unite), discret)
    if pd.isna(ligne["valeur_reference"]):
        feuille.write_string(rang, 5, "–", discret)
    else:
        valeur = arrondir_comme_ecrit(float(ligne["valeur_reference"]), unite)
        feuille.write_number(rang, 5, valeur, formats(bande=bande, motif=motif))
    ecrit = texte_ecart(_avec_ecart_minimal(ligne), unite)
    if ecrit == "–" or ligne["bornes_seules"]:
        feuille.write_string(rang, 6, ecrit, discret)
    else:
        rond = rond and decimales_du_chiffre(ligne["ecart"], ligne["statut"]) == 0
        motif = motif_d_ecart(unite)
        sien = motif.replace("0.0", "0") if rond else motif
        ecart = arrondir_comme_ecrit(float(ligne["ecart"]), unite)
        feuille.write_number(rang, 6, ecart, formats(bande=bande, motif=sien, gras=True))
    feuille.write_string(rang, 7, Verdict(ligne["verdict"]).libelle, texte)
    feuille.write_string(rang, 8, _qualite(ligne), texte)
    feuille.set_row(
        rang,
        2
        + hauteur_ligne(
            [(str(ligne["court"]), _COLONNES[0][1]), (str(ligne["nom"]), 0.9 * _COLONNES[2][1])]
        ),
    )


def _avec_ecart_minimal(ligne: dict[Any, Any]) -> dict[Any, Any]:
    """La table longue tait l’écart d’une valeur à bornes seules ; ses bornes en disent le minimum."""
    return {**ligne, "ecart": ligne["ecart_borne_basse"]} if ligne["bornes_seules"] else ligne


def _qualite(ligne: dict[Any, Any]) -> str:
    """Mot de la qualité ; rien d’une édition qui ne la donne pas."""
    qualite = ligne.get("qualite")
    return Qualite(qualite).libelle if isinstance(qualite, str) and qualite else ""


def _notes(
    feuille: Worksheet, styles: Styles, contexte: Contexte, lignes: pd.DataFrame, rang: int
) -> int:
    """Ce que veulent dire les mots du tableau, puis ses sources ; renvoyer le rang qui suit."""
    textes = [f"{v.libelle} : {_VERDICTS[v]}" for v in Verdict if v.value in set(lignes["verdict"])]
    if "qualite" in lignes:
        presentes = set(lignes["qualite"])
        textes += [
            f"{q.libelle} : {q.explication[:1].lower()}{q.explication[1:]}"
            for q in Qualite
            if q.value in presentes
        ]
    cites = zip(lignes["indicateur"], lignes["millesime"].astype(int), strict=True)
    largeur = sum(w for _, w in _COLONNES)
    for texte in (*map(majuscule, textes), contexte.edition.citer(cites)):
        feuille.merge_range(rang, 0, rang, len(_COLONNES) - 1, texte, styles.texte)
        feuille.set_row(rang, hauteur_ligne([(texte, 0.92 * largeur)]))
        rang += 1
    return rang


_VERDICTS = {
    Verdict.ECART_NET: "plus grand que l’incertitude ; il peut être affirmé.",
    Verdict.ECART_INDICATIF: "vraisemblable sans être sûr ; à dire au conditionnel.",
    Verdict.NON_INTERPRETABLE: "ne pas comparer ; les données décrivent surtout d’autres habitants, ou manquent.",
}
