"""Tableaux d’un diaporama : légende de carte, écarts, profil, sources ; tous modifiables."""

from __future__ import annotations

from dataclasses import dataclass

from pptx.slide import Slide

from observatoire.cartes import palettes
from observatoire.cartes.francais import en_lettres
from observatoire.cartes.modeles import Aspect, VueCarte
from observatoire.exports import balises_pptx as balises
from observatoire.exports.bureautique import entrees_de_legende
from observatoire.exports.page_pptx import BAS, COTES, HAUT, MARGE, UTILE, Pages
from observatoire.exports.profils import Profil
from observatoire.redaction import ecrire_nombre, majuscule

__all__ = ["LIGNES_MAX", "PROFIL", "PagesATableaux"]

LIGNES_MAX = 9
"""Quartiers d’un tableau des écarts ; au-delà, une autre diapositive."""
PROFIL = 172.0
"""Largeur du tableau d’un profil, en millimètres."""

_MOTIFS = {
    Aspect.SECRET: "WIDE_UPWARD_DIAGONAL", Aspect.INCERTAIN: "PERCENT_10",
    Aspect.INDICATIF: "PERCENT_10",
}  # fmt: skip
"""Trames de PowerPoint les plus proches de celles de la carte."""


@dataclass
class PagesATableaux(Pages):
    """Des pages, et les tableaux que l’on y pose."""

    def legende(self, diapositive: Slide, vue: VueCarte, x: float, largeur: float) -> float:
        """Poser la légende d’une carte ; renvoyer l’ordonnée de son bas."""
        legende = vue.legende
        entrees = entrees_de_legende(legende, _MOTIFS)
        pas = 6.0
        cadre = self.cadre(x, HAUT + 4, largeur, pas * (len(entrees) + 1))
        forme = diapositive.shapes.add_table(len(entrees) + 1, 3, *cadre)
        balises.decrire(forme, "Légende", f"Classes de couleur de la carte. {legende.repere}")
        tableau = forme.table
        balises.nu(tableau)
        for rang, part in enumerate((0.14, 0.56, 0.30)):
            tableau.columns[rang].width = self.mm(largeur * part)
        self.cellule(tableau.cell(0, 1), legende.titre, 11, gras=True)
        self.cellule(
            tableau.cell(0, 2),
            legende.titre_effectif,
            11,
            couleur=palettes.TEXTE_SECOND,
            droite=True,
        )
        self.cellule(tableau.cell(0, 0), "", 11)
        for rang, (couleur, motif, libelle, effectif) in enumerate(entrees, start=1):
            tableau.rows[rang].height = self.mm(pas)
            self.cellule(tableau.cell(rang, 0), "", 11, fond=couleur)
            if motif:
                balises.tramer(tableau.cell(rang, 0), motif, couleur)
            self.cellule(tableau.cell(rang, 1), libelle, 11)
            self.cellule(tableau.cell(rang, 2), ecrire_nombre(effectif), 11, droite=True)
        tableau.rows[0].height = self.mm(pas)
        return HAUT + 4 + pas * (len(entrees) + 1)

    def tableau(self, debut: int) -> None:
        """Diapositive du tableau des écarts, à partir de la ligne ``debut``."""
        donnees = self.contenu.tableau
        lignes = donnees.lignes[debut : debut + LIGNES_MAX]
        comparables = sum(
            any(ligne.chiffres[rang].compare for ligne in donnees.lignes)
            for rang in range(len(donnees.colonnes))
        )
        total = len(donnees.colonnes)
        titre = f"Sur {en_lettres(total)} indicateurs, {en_lettres(comparables)} permettent de comparer des quartiers à {donnees.nom_reference}"
        if comparables == total:
            titre = f"Les écarts à {donnees.nom_reference}, quartier par quartier, pour {en_lettres(total)} indicateurs"
        diapositive = self.nouvelle(titre, self.contenu.lecture, source=donnees.source)
        forme = diapositive.shapes.add_table(
            len(lignes) + 2,
            total + 1,
            *self.cadre(MARGE, HAUT - 2, UTILE, 12.0 * (len(lignes) + 2)),
        )
        balises.decrire(forme, donnees.titre, donnees.alternative)
        tableau = forme.table
        balises.nu(tableau)
        premiere = 66.0
        for rang in range(total + 1):
            tableau.columns[rang].width = self.mm(
                premiere if rang == 0 else (UTILE - premiere) / total
            )
        petit = 11 if len(lignes) > 6 else 13
        self.cellule(tableau.cell(0, 0), "Quartier", 11, gras=True, couleur=palettes.TEXTE_SECOND)
        for rang, colonne in enumerate(donnees.colonnes, start=1):
            self.cellule(
                tableau.cell(0, rang), f"{colonne.entete}, {colonne.millesime}", 11, gras=True,
                couleur=palettes.TEXTE_SECOND, droite=True,
            )  # fmt: skip
        for rang, ligne in enumerate(lignes, start=1):
            self.cellule(tableau.cell(rang, 0), ligne.nom, petit, gras=True)
            for place, chiffre in enumerate(ligne.chiffres, start=1):
                self.chiffre(tableau.cell(rang, place), chiffre, petit)
        self.cellule(
            tableau.cell(len(lignes) + 1, 0), majuscule(donnees.nom_reference), petit, gras=True
        )
        for place, colonne in enumerate(donnees.colonnes, start=1):
            self.cellule(
                tableau.cell(len(lignes) + 1, place),
                colonne.texte_reference,
                petit,
                gras=True,
                droite=True,
            )
        pas = min(17.0, (BAS - HAUT + 2) / (len(lignes) + 2))
        for ligne_tableau in tableau.rows:
            ligne_tableau.height = self.mm(pas)
        balises.filets(
            tableau, fort=palettes.TEXTE_SECOND, fin=palettes.TRAIT, forts=(0, len(lignes))
        )

    def tableau_profil(self, diapositive: Slide, profil: Profil) -> None:
        """Poser les indicateurs d’un quartier, face à la référence."""
        lignes = profil.reperes
        pas = min(15.0, (BAS - HAUT - 4) / (len(lignes) + 1))
        forme = diapositive.shapes.add_table(
            len(lignes) + 1, 4, *self.cadre(MARGE, HAUT + 4, PROFIL, pas * (len(lignes) + 1))
        )
        balises.decrire(
            forme, f"{profil.nom}, indicateur par indicateur",
            "Valeur du quartier, de la référence, et écart, par indicateur.",
        )  # fmt: skip
        tableau = forme.table
        balises.nu(tableau)
        for rang, part in enumerate((0.45, 0.21, 0.15, 0.19)):
            tableau.columns[rang].width = self.mm(PROFIL * part)
        for rang, texte in enumerate(("Indicateur", "Quartier", "Référence", "Écart")):
            self.cellule(
                tableau.cell(0, rang), texte, 11, gras=True, couleur=palettes.TEXTE_SECOND, droite=rang > 0
            )  # fmt: skip
        for rang, repere in enumerate(lignes, start=1):
            chiffre = repere.chiffre
            self.cellule(tableau.cell(rang, 0), f"{repere.libelle}, {chiffre.millesime}", 12)
            self.valeur(tableau.cell(rang, 1), chiffre, 12)
            self.cellule(tableau.cell(rang, 2), repere.texte_reference, 12, droite=True)
            couleur = COTES[chiffre.ecart_signe] if chiffre.compare else palettes.TEXTE_SECOND
            self.cellule(
                tableau.cell(rang, 3), chiffre.ecart, 12, gras=chiffre.compare, couleur=couleur, droite=True
            )  # fmt: skip
        for ligne in tableau.rows:
            ligne.height = self.mm(pas)
        balises.filets(tableau, fort=palettes.TEXTE_SECOND, fin=palettes.TRAIT, forts=(0,))

    def sources(self) -> None:
        """Diapositive des sources."""
        contenu = self.contenu
        titre = "Sources, dates et licences"
        if contenu.est_fictive:
            titre = "Données inventées, aux formats de ces sources"
        diapositive = self.nouvelle(titre, [])
        lignes = contenu.sources
        corps = 12 if len(lignes) <= 8 else 11
        pas = min(11.0, (BAS - HAUT - 4) / (len(lignes) + 1))
        forme = diapositive.shapes.add_table(
            len(lignes) + 1, 4, *self.cadre(MARGE, HAUT - 10, UTILE, pas * (len(lignes) + 1))
        )
        balises.decrire(
            forme, "Sources", "Source, jeu de données, licence et date de chaque fichier."
        )
        tableau = forme.table
        balises.nu(tableau)
        for rang, part in enumerate((0.26, 0.46, 0.14, 0.14)):
            tableau.columns[rang].width = self.mm(UTILE * part)
        for rang, texte in enumerate(("Source", "Jeu de données", "Licence", "Date du fichier")):
            self.cellule(
                tableau.cell(0, rang), texte, corps, gras=True, couleur=palettes.TEXTE_SECOND
            )
        for rang, source in enumerate(lignes, start=1):
            tableau.rows[rang].height = self.mm(pas)
            for place, texte in enumerate(
                (source.citation, source.titre, source.licence, source.date_fichier)
            ):
                self.cellule(tableau.cell(rang, place), texte, corps)
        balises.filets(tableau, fort=palettes.TEXTE_SECOND, fin=palettes.TRAIT, forts=(0,))
