"""Rapport annuel de la politique de la ville en DOCX, de la même présentation que le document.

Les passages que la ville doit écrire sont surlignés : ils se cherchent et se remplacent.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from docx.oxml.ns import qn
from docx.shared import Pt

from observatoire.cartes.francais import typographier
from observatoire.exports import balises_docx as balises
from observatoire.exports.modele import Modele
from observatoire.exports.page_docx import LARGEUR_MM, PageWord, ouvrir_word
from observatoire.exports.rapport_annuel import Rapport
from observatoire.exports.tableaux_docx import ecrire, finir_tableau, nouveau_tableau, teinter
from observatoire.suivi.trame import Bloc, Tableau, Texte

__all__ = ["composer_rapport_docx"]

_FOND_A_ECRIRE = "#fdf1df"


def composer_rapport_docx(rapport: Rapport, modele: Modele) -> bytes:
    """Mettre le rapport en DOCX, à compléter dans Word.

    Parameters
    ----------
    rapport : Rapport
    modele : Modele
        Présentation de la collectivité ; son modèle DOCX donne les styles.

    Raises
    ------
    ErreurDemande
        Si le modèle DOCX ou le logo est illisible.
    """
    redacteur = _Redacteur(ouvrir_word(modele), rapport.cartouche, modele)
    redacteur.tout_ecrire(rapport)
    tampon = io.BytesIO()
    redacteur.document.save(tampon)
    return tampon.getvalue()


@dataclass
class _Redacteur(PageWord):
    """Les blocs de la trame, dans l’ordre."""

    def tout_ecrire(self, rapport: Rapport) -> None:
        blocs = rapport.blocs
        self.preparer()
        self.logo()
        self.paragraphe_style(self.contenu.surtitre, "Subtitle")
        self.paragraphe_style(self.contenu.titre, "Title")
        for rang, bloc in enumerate(blocs):
            suivant = blocs[rang + 1] if rang + 1 < len(blocs) else None
            if isinstance(bloc, Tableau):
                self._tableau(bloc)
            else:
                self._texte(bloc, annonce=isinstance(suivant, Tableau) or _est_puce(suivant))
        self.sources(rapport.sources, rapport.avis_sources, rapport.dernier)

    def _texte(self, bloc: Texte, *, annonce: bool) -> None:
        texte = typographier(bloc.texte)
        match bloc.genre:
            case "titre":
                self.titre(1, texte)
            case "sous_titre":
                self.titre(2, texte)
            case "puce":
                self.paragraphe_style(texte, "List Bullet")
            case "a_ecrire":
                self._a_ecrire(texte)
            case "avis":
                self.petit(f"{texte}.")
            case "paragraphe":
                paragraphe = self.document.add_paragraph(texte)
                if paragraphe._p.getprevious().tag == qn("w:tbl"):
                    paragraphe.paragraph_format.space_before = Pt(8)
                # Une phrase qui annonce un tableau ou une liste ne les quitte pas.
                paragraphe.paragraph_format.keep_with_next = annonce

    def _a_ecrire(self, texte: str) -> None:
        paragraphe = self.document.add_paragraph()
        passage = paragraphe.add_run(typographier(f"[À écrire : {texte}]"))
        teinter(passage, 10.5, self.modele.couleur)
        balises.surligner(passage, _FOND_A_ECRIRE)
        paragraphe.paragraph_format.space_before = paragraphe.paragraph_format.space_after = Pt(6)

    def _tableau(self, bloc: Tableau) -> None:
        titres = [t for niveau, t, _ in self.titres if niveau == 2]
        sujet = titres[-1] if titres else "Actions"
        tableau = nouveau_tableau(
            self.document, bloc.entetes, [LARGEUR_MM * part for part in bloc.parts],
            titre=f"Actions – {sujet}", description=", ".join(bloc.entetes) + " de chaque action.",
        )  # fmt: skip
        for ligne in bloc.lignes:
            cellules = tableau.add_row().cells
            for place, (cellule, texte) in enumerate(zip(cellules, ligne, strict=True)):
                ecrire(cellule, typographier(texte), gras=place == 0, corps=9.0)
        finir_tableau(tableau, solidaire=bloc.est_solidaire)


def _est_puce(bloc: Bloc | None) -> bool:
    return isinstance(bloc, Texte) and bloc.genre == "puce"
