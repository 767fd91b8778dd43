"""Trame du rapport annuel de la politique de la ville en DOCX, de la même présentation que le document.

Les passages que la ville doit écrire sont surlignés : ils se cherchent et se remplacent.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from docx.shared import Pt

from observatoire.cartes.francais import typographier
from observatoire.exports import balises_docx as balises
from observatoire.exports.demande import Contexte
from observatoire.exports.modele import Modele
from observatoire.exports.page_docx import LARGEUR_MM, PageWord, ouvrir_word
from observatoire.exports.rapport_annuel import cartouche_du_rapport
from observatoire.exports.reperes import dire_document
from observatoire.exports.tableaux_docx import ecrire, finir_tableau, nouveau_tableau, teinter
from observatoire.suivi.bilan import Bilan
from observatoire.suivi.trame import Bloc, Tableau, Texte, annee_du_rapport, composer_trame

__all__ = ["composer_rapport_docx"]

_PARTS = (0.34, 0.28, 0.24, 0.14)
"""Largeurs des colonnes d’un tableau d’actions : intitulé, axe, porteur, état."""
_FOND_A_ECRIRE = "#fdf1df"
_TENANT = 12
"""Lignes d’un tableau qui tient d’un seul tenant ; plus long, il se coupe entre deux lignes."""


def composer_rapport_docx(
    bilan: Bilan,
    contexte: Contexte,
    modele: Modele,
    *,
    annee: int | None = None,
    quartier: str | None = None,
    identifiant: str = "",
) -> bytes:
    """Composer la trame du rapport annuel, à compléter dans Word.

    Parameters
    ----------
    bilan : Bilan
        Programme joint à l’édition protégée du contexte.
    contexte : Contexte
    modele : Modele
        Présentation de la collectivité ; son modèle DOCX donne les styles.
    annee : int, optional
        Année retracée ; la dernière financée sinon.
    quartier : str, optional
        Un seul quartier ; tous sinon.
    identifiant : str
        Identifiant du document au registre.

    Raises
    ------
    ErreurDemande
        Si le modèle DOCX est illisible.
    """
    retenue = annee_du_rapport(bilan, annee)
    cartouche = cartouche_du_rapport(contexte, retenue, identifiant)
    redacteur = _Redacteur(ouvrir_word(modele), cartouche, modele)
    redacteur.tout_ecrire(composer_trame(bilan, annee=retenue, quartier=quartier))
    tampon = io.BytesIO()
    redacteur.document.save(tampon)
    return tampon.getvalue()


@dataclass
class _Redacteur(PageWord):
    """Les blocs de la trame, dans l’ordre."""

    def tout_ecrire(self, blocs: list[Bloc]) -> None:
        self.preparer()
        self.paragraphe_style(self.contenu.surtitre, "Subtitle")
        self.paragraphe_style(self.contenu.titre, "Title")
        for rang, bloc in enumerate(blocs):
            suivant = blocs[rang + 1] if rang + 1 < len(blocs) else None
            if isinstance(bloc, Tableau):
                self._tableau(bloc)
            else:
                self._texte(bloc, annonce=isinstance(suivant, Tableau) or _est_puce(suivant))
        contenu = self.contenu
        self.petit(dire_document(contenu.identifiant, contenu.edition, contenu.date_edition))
        if self.modele.mention:
            self.document.add_paragraph(self.modele.mention)

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
        parts = (
            _PARTS
            if len(bloc.entetes) == len(_PARTS)
            else [1 / len(bloc.entetes)] * len(bloc.entetes)
        )
        tableau = nouveau_tableau(
            self.document, bloc.entetes, [LARGEUR_MM * part for part in parts],
            titre=f"Actions – {sujet}", description=", ".join(bloc.entetes) + " de chaque action.",
        )  # fmt: skip
        for ligne in bloc.lignes:
            cellules = tableau.add_row().cells
            for place, (cellule, texte) in enumerate(zip(cellules, ligne, strict=True)):
                ecrire(cellule, typographier(texte), gras=place == 0, corps=9.0)
        finir_tableau(tableau, solidaire=len(bloc.lignes) <= _TENANT)
        self.document.add_paragraph().paragraph_format.space_after = Pt(0)


def _est_puce(bloc: Bloc | None) -> bool:
    return isinstance(bloc, Texte) and bloc.genre == "puce"
