"""Polices embarquées, mesure et coupe des textes des cartes imprimées.

Les longueurs sont en millimètres, les corps en points. Les polices sont tirées de
Source Sans 3 et Source Serif 4, renommées comme leur licence le demande
(``polices/LISEZMOI.txt``).
"""

from __future__ import annotations

import base64
import io
import re
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from matplotlib import font_manager
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

__all__ = [
    "DOSSIER_POLICES",
    "FAMILLES_DE_REPLI",
    "FAMILLE_TEXTE",
    "FAMILLE_TITRE",
    "MM_PAR_POINT",
    "Style",
    "couper_lignes",
    "enregistrer_polices",
    "equilibrer_lignes",
    "largeur_texte",
    "police_embarquee",
]

FAMILLE_TEXTE = "Observatoire Sans"
FAMILLE_TITRE = "Observatoire Serif"
FAMILLES_DE_REPLI = {
    FAMILLE_TEXTE: "'Source Sans 3', 'Source Sans Pro', 'Helvetica Neue', Arial, sans-serif",
    FAMILLE_TITRE: "'Source Serif 4', 'Source Serif Pro', Georgia, serif",
}
MM_PAR_POINT = 25.4 / 72

DOSSIER_POLICES = Path(__file__).resolve().parent / "polices"
_FICHIERS = {
    (FAMILLE_TEXTE, 400, False): "ObservatoireSans-Regular.ttf",
    (FAMILLE_TEXTE, 400, True): "ObservatoireSans-Italic.ttf",
    (FAMILLE_TEXTE, 600, False): "ObservatoireSans-SemiBold.ttf",
    (FAMILLE_TEXTE, 700, False): "ObservatoireSans-Bold.ttf",
    (FAMILLE_TITRE, 400, False): "ObservatoireSerif-Regular.ttf",
    (FAMILLE_TITRE, 600, False): "ObservatoireSerif-SemiBold.ttf",
}
_VERROU = threading.Lock()
_LIEN = "\ue000"
"""Espace que l’on ne coupe pas, redevenue ordinaire une fois les lignes faites : un texte
se cherche et se copie avec ses espaces."""
_MOTS_LIES = re.compile(
    r"(?<!\S)(à|a|au|aux|d’un|d’une|dans|de|des|du|en|et|la|le|les|ou|par|sous|sur|un|une) ",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Style:
    """Apparence d’un texte : police, corps en points, couleur, interligne relatif."""

    corps: float
    couleur: str = "#1b1f2a"
    graisse: int = 400
    famille: str = FAMILLE_TEXTE
    italique: bool = False
    interligne: float = 1.32

    @property
    def proprietes(self) -> FontProperties:
        """Police, telle que matplotlib la demande."""
        return FontProperties(
            family=[self.famille],
            weight=self.graisse,
            style="italic" if self.italique else "normal",
            size=self.corps,
        )

    @property
    def pas(self) -> float:
        """Distance entre deux lignes de base, en millimètres."""
        return self.corps * self.interligne * MM_PAR_POINT

    @property
    def hauteur_capitale(self) -> float:
        """Hauteur des capitales, en millimètres (0,66 cadratin dans ces polices)."""
        return self.corps * 0.66 * MM_PAR_POINT


def enregistrer_polices() -> None:
    """Faire connaître à matplotlib les polices embarquées, une seule fois."""
    with _VERROU:
        connues = {police.fname for police in font_manager.fontManager.ttflist}
        for nom in _FICHIERS.values():
            chemin = str(DOSSIER_POLICES / nom)
            if chemin not in connues:
                font_manager.fontManager.addfont(chemin)


@lru_cache(maxsize=4096)
def largeur_texte(texte: str, style: Style) -> float:
    """Largeur d’une ligne, en millimètres.

    Parameters
    ----------
    texte : str
        Une seule ligne.
    style : Style
        Police et corps.
    """
    if not texte:
        return 0.0
    enregistrer_polices()
    largeur, _, _ = text_to_path.get_text_width_height_descent(texte, style.proprietes, False)
    return float(largeur) * MM_PAR_POINT


def _mots(texte: str) -> list[str]:
    """Mots entre lesquels on peut couper ; un tiret reste avec celui qui le précède."""
    return texte.replace(" – ", f"{_LIEN}– ").replace("\n", " ").split(" ")


def _debiter(mot: str, style: Style, largeur_mm: float) -> list[str]:
    """Couper un mot plus large que la colonne, faute de mieux, entre deux lettres."""
    morceaux, courant = [], ""
    for lettre in mot:
        essai = (courant + lettre).replace(_LIEN, " ")
        if courant and largeur_texte(essai, style) > largeur_mm:
            morceaux.append(courant)
            courant = lettre
        else:
            courant += lettre
    return [*morceaux, courant]


def couper_lignes(texte: str, style: Style, largeur_mm: float) -> list[str]:
    """Couper un texte en lignes qui tiennent dans une largeur.

    Les espaces insécables ne sont jamais des points de coupe, et un tiret reste avec
    le mot qui le précède.

    Parameters
    ----------
    texte : str
        Texte, éventuellement avec des retours à la ligne voulus.
    style : Style
        Police et corps.
    largeur_mm : float
        Largeur disponible, en millimètres.

    Returns
    -------
    list of str
        Lignes ; aucune ne dépasse ``largeur_mm`` (sauf une lettre seule plus large).
    """
    lignes: list[str] = []
    for alinea in texte.split("\n"):
        courante = ""
        for mot in _mots(alinea):
            essai = f"{courante} {mot}" if courante else mot
            if largeur_texte(essai.replace(_LIEN, " "), style) <= largeur_mm:
                courante = essai
                continue
            if courante:
                lignes.append(courante)
            courante = mot
            if largeur_texte(mot.replace(_LIEN, " "), style) > largeur_mm:
                *pleines, courante = _debiter(mot, style, largeur_mm)
                lignes.extend(pleines)
        lignes.append(courante)
    return [ligne.replace(_LIEN, " ") for ligne in lignes]


def equilibrer_lignes(texte: str, style: Style, largeur_mm: float) -> list[str]:
    """Couper un titre en lignes de longueurs voisines, sans ligne de plus.

    Un petit mot (« à », « de »…) reste avec le suivant. La plus petite largeur qui garde
    le même nombre de lignes est cherchée par dichotomie.
    """
    texte = _MOTS_LIES.sub(rf"\1{_LIEN}", texte)
    lignes = couper_lignes(texte, style, largeur_mm)
    if len(lignes) == 1:
        return lignes
    # Plus étroite que le mot le plus long, une ligne le couperait entre deux lettres.
    etroite = max(largeur_texte(mot.replace(_LIEN, " "), style) for mot in _mots(texte))
    etroite, large = max(etroite, largeur_mm / 2), largeur_mm
    while large - etroite > 1:
        milieu = (etroite + large) / 2
        essai = couper_lignes(texte, style, milieu)
        if len(essai) <= len(lignes):
            large, lignes = milieu, essai
        else:
            etroite = milieu
    return lignes


def police_embarquee(famille: str, graisse: int, italique: bool, lettres: str) -> str:
    """Règle CSS ``@font-face`` portant les seules lettres employées, en base 64.

    Le fichier SVG se lit ainsi à l’identique sur un poste qui n’a pas la police.
    """
    chemin = DOSSIER_POLICES / _FICHIERS[famille, graisse, italique]
    options = subset.Options()
    options.layout_features = ["kern"]
    options.notdef_outline = True
    # La copie garde l’avis de droit d’auteur et la licence : la licence OFL le demande.
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17]
    options.drop_tables += ["kern"]
    reduction = subset.Subsetter(options)
    reduction.populate(text=lettres)
    with TTFont(chemin, recalcTimestamp=False) as police, io.BytesIO() as tampon:
        reduction.subset(police)
        police.save(tampon)
        octets = base64.b64encode(tampon.getvalue()).decode("ascii")
    allure = "italic" if italique else "normal"
    return (
        f"@font-face{{font-family:'{famille}';font-weight:{graisse};font-style:{allure};"
        f"src:url(data:font/ttf;base64,{octets}) format('truetype')}}"
    )
