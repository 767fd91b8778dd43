"""Légende d’une carte imprimée : classes et effectifs, aspects, cercles, repère."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely
from matplotlib.path import Path as Trace

from observatoire.cartes import palettes
from observatoire.cartes.fond_papier import TRAIT_SECTEUR, motif
from observatoire.cartes.lieux_papier import legende_lieux
from observatoire.cartes.mise_en_page import Cadre, Feuille
from observatoire.cartes.modeles import Aspect, Legende, VueCarte
from observatoire.cartes.typographie import Style, couper_lignes, largeur_texte
from observatoire.redaction import ecrire_nombre

__all__ = ["contours_dessines", "dessiner_legende"]

_VIGNETTE = 10.0
_RETRAIT = _VIGNETTE + 3.0
_LARGEUR_COMPTE = 11.0
_NUANCE_TRAIT = "#c9c6bd"


def _styles(corps: float) -> tuple[Style, Style, Style]:
    return (
        Style(corps, palettes.ENCRE, 400),
        Style(corps, palettes.ENCRE, 600),
        Style(min(corps, 7.5), palettes.TEXTE_SECOND, 400),
    )


def dessiner_legende(
    feuille: Feuille,
    vue: VueCarte,
    cadre: Cadre,
    *,
    pas: float,
    corps: float,
    rayon: float,
    colonnes: Sequence[tuple[str, Legende]] = (),
) -> float:
    """Dessiner la légende en haut d’un cadre.

    Parameters
    ----------
    feuille : Feuille
        Surface de dessin ; muette, elle ne fait que mesurer.
    vue : VueCarte
        Carte dont on écrit la légende.
    cadre : Cadre
        Colonne disponible (seules l’origine et la largeur comptent).
    pas : float
        Hauteur d’une ligne de légende, en millimètres.
    corps : float
        Corps du texte, en points.
    rayon : float
        Rayon du plus grand cercle d’une carte d’effectifs, en millimètres.
    colonnes : sequence of (str, Legende)
        Légende commune à plusieurs cartes : la tête et la légende de chacune, aux mêmes
        classes ; ``vue`` est l’une d’elles.

    Returns
    -------
    float
        Ordonnée du bas de la légende.
    """
    y = _dessiner_titre(feuille, vue, cadre, corps, seule=not colonnes)
    if colonnes and not (vue.est_stock and not any(lue.aspects for _, lue in colonnes)):
        y = _dessiner_tetes(feuille, vue, cadre, y, corps, [tete for tete, _ in colonnes])
    legendes = [lue for _, lue in colonnes] or [vue.legende]
    if vue.est_stock:
        y = _dessiner_cercles(feuille, vue, cadre, y, corps, rayon)
    else:
        y = _dessiner_classes(feuille, vue, cadre, y, pas, corps, legendes)
    y = _dessiner_aspects(feuille, legendes, cadre, y, pas, corps)
    y = _dessiner_contours(feuille, vue, cadre, y, pas, corps)
    if vue.lieux is None:
        return y
    return legende_lieux(feuille, vue, cadre, y + 1.0, pas=pas, corps=corps, retrait=_RETRAIT) - 1.0


def _dessiner_titre(
    feuille: Feuille, vue: VueCarte, cadre: Cadre, corps: float, *, seule: bool
) -> float:
    _, fort, discret = _styles(corps)
    tete = vue.legende.titre_effectif
    if not seule or (vue.est_stock and not vue.legende.aspects):
        tete = ""
    droite = largeur_texte(tete, discret)
    a_cote = droite <= cadre.largeur * 0.45
    lignes = couper_lignes(vue.legende.titre, fort, cadre.largeur - 3 - (droite if a_cote else 0.0))
    bas = feuille.paragraphe(cadre.x, cadre.y, lignes, fort)
    base = cadre.y + fort.hauteur_capitale
    if not a_cote:
        # « nombre de quartiers prioritaires » : trop long à côté du titre, il va dessous.
        base = bas = bas + 2.4 + discret.hauteur_capitale
    feuille.ecrire(cadre.droite, base, tete, discret, alignement="right")
    return bas + 3.2


def _dessiner_tetes(
    feuille: Feuille, vue: VueCarte, cadre: Cadre, y: float, corps: float, tetes: Sequence[str]
) -> float:
    """Tête des colonnes d’effectifs d’une légende commune."""
    _, _, discret = _styles(corps)
    base = y + discret.hauteur_capitale
    feuille.ecrire(cadre.x, base, vue.legende.titre_effectif, discret)
    for droite, tete in zip(_bords_droits(cadre, len(tetes)), tetes, strict=True):
        feuille.ecrire(droite, base, tete, discret, alignement="right")
    return base + 2.4


def _bords_droits(cadre: Cadre, nombre: int) -> list[float]:
    """Bord droit de chaque colonne d’effectifs, de gauche à droite."""
    return [cadre.droite - _LARGEUR_COMPTE * (nombre - 1 - rang) for rang in range(nombre)]


def _ecrire_effectifs(
    feuille: Feuille, cadre: Cadre, base: float, corps: float, effectifs: Sequence[int]
) -> None:
    for droite, nombre in zip(_bords_droits(cadre, len(effectifs)), effectifs, strict=True):
        feuille.ecrire(droite, base, ecrire_nombre(nombre), _second(corps), alignement="right")


def _valeur_du_repere(vue: VueCarte) -> float | None:
    """Référence, dans l’unité des classes ; ``None`` si elle n’est pas la ville ou est inconnue."""
    if vue.vue == "ecart":
        return 0.0
    if vue.reference != "ville":
        return None
    # Le chiffre de la ville se relit sur toute ligne : valeur moins écart.
    ecarts = (vue.zones["valeur"] - vue.zones["ecart"]).dropna()
    return None if ecarts.empty else float(ecarts.median())


def _rang_du_repere(vue: VueCarte, repere: float | None) -> tuple[int, float] | None:
    """Classe où tombe la référence et position (0 en haut, 1 en bas) dans la classe."""
    if repere is None:
        return None
    for rang, classe in enumerate(vue.legende.classes):
        if classe.borne_basse <= repere <= classe.borne_haute:
            etendue = classe.borne_haute - classe.borne_basse
            position = (classe.borne_haute - repere) / etendue if etendue > 0 else 0.5
            return rang, min(max(position, 0.12), 0.88)
    return None


def _repere_au_dessus(vue: VueCarte, repere: float | None) -> bool:
    """Dire si la référence dépasse la classe la plus haute, écrite la première."""
    classes = vue.legende.classes
    return repere is not None and bool(classes) and repere > classes[0].borne_haute


def _dessiner_classes(
    feuille: Feuille,
    vue: VueCarte,
    cadre: Cadre,
    y: float,
    pas: float,
    corps: float,
    legendes: Sequence[Legende],
) -> float:
    texte, _, discret = _styles(corps)
    haut = pas - 0.7
    valeur = _valeur_du_repere(vue)
    repere = _rang_du_repere(vue, valeur)
    seul = bool(vue.legende.repere)
    if seul and _repere_au_dessus(vue, valeur):
        y, seul = _ecrire_repere(feuille, vue, cadre, y, corps, trait=False), False
    for rang, classe in enumerate(vue.legende.classes):
        feuille.rectangle(
            Cadre(cadre.x, y, _VIGNETTE, haut), classe.couleur,
            trait=_NUANCE_TRAIT if classe.couleur == palettes.IVOIRE else "none", epaisseur=0.4,
        )  # fmt: skip
        base = y + (haut + texte.hauteur_capitale) / 2
        feuille.ecrire(cadre.x + _RETRAIT, base, classe.libelle, texte)
        _ecrire_effectifs(
            feuille, cadre, base, corps, [lue.classes[rang].effectif for lue in legendes]
        )
        if repere is not None and repere[0] == rang and vue.legende.repere:
            debut = cadre.x + _RETRAIT + largeur_texte(classe.libelle, texte) + 6.0
            largeur = largeur_texte(vue.legende.repere, discret)
            seul = debut + largeur > cadre.droite - 8
            _pointer(feuille, cadre.x, y + haut * repere[1])
            if not seul:
                feuille.ecrire(debut, base, vue.legende.repere, _fort_petit(corps))
                _fleche(feuille, debut - 2.6, y + haut / 2)
        y += pas
    if seul:
        y = _ecrire_repere(feuille, vue, cadre, y + 0.8, corps, trait=repere is not None)
    return y


def _ecrire_repere(
    feuille: Feuille, vue: VueCarte, cadre: Cadre, y: float, corps: float, *, trait: bool
) -> float:
    """Écrire la référence sur sa propre ligne ; renvoie le bas.

    Si elle tombe dans une classe, son signe est le trait qui la traverse ; hors des classes, la ligne
    est au bout où elle se trouve.
    """
    style = _fort_petit(corps)
    retrait = _RETRAIT if trait else 3.4
    lignes = couper_lignes(vue.legende.repere, style, cadre.largeur - retrait)
    milieu = y + style.hauteur_capitale / 2
    if trait:
        _pointer(feuille, cadre.x, milieu)
    else:
        _fleche(feuille, cadre.x, milieu, vers_la_droite=True)
    return feuille.paragraphe(cadre.x + retrait, y, lignes, style) + 2.4


def _second(corps: float) -> Style:
    return Style(corps, palettes.TEXTE_SECOND, 400)


def _fort_petit(corps: float) -> Style:
    return Style(min(corps, 7.5), palettes.ENCRE, 600)


def _pointer(feuille: Feuille, x: float, y: float) -> None:
    """Trait d’encre en travers de la vignette, à la hauteur exacte de la référence."""
    feuille.lignes([np.array([[x - 1.6, y], [x + _VIGNETTE, y]])], palettes.ENCRE, 1.0, ordre=6)


def _fleche(feuille: Feuille, x: float, y: float, *, vers_la_droite: bool = False) -> None:
    pointe, talon = (x + 1.7, x) if vers_la_droite else (x, x + 1.7)
    triangle = Trace([(talon, y - 1.0), (pointe, y), (talon, y + 1.0), (talon, y - 1.0)])
    feuille.surfaces([triangle], palettes.ENCRE, ordre=6)


def _dessiner_aspects(
    feuille: Feuille, legendes: Sequence[Legende], cadre: Cadre, y: float, pas: float, corps: float
) -> float:
    texte, _, _ = _styles(corps)
    comptes = [dict(lue.aspects) for lue in legendes]
    presents = [
        (aspect, [c.get(aspect, 0) for c in comptes])
        for aspect in Aspect
        if aspect is not Aspect.VALEUR and any(c.get(aspect, 0) for c in comptes)
    ]
    if presents:
        y += 1.6
    for aspect, nombres in presents:
        vignette = Cadre(cadre.x, y, _VIGNETTE, pas - 0.7)
        feuille.rectangle(
            vignette, palettes.FOND_ASPECT[aspect],
            trait=_NUANCE_TRAIT if aspect is not Aspect.ABSENT else "none", epaisseur=0.4,
        )  # fmt: skip
        forme = shapely.box(vignette.x, vignette.y, vignette.droite, vignette.bas)
        motif(feuille, forme, aspect)
        reserve = 8 + _LARGEUR_COMPTE * (len(nombres) - 1)
        lignes = couper_lignes(aspect.libelle, texte, cadre.largeur - _RETRAIT - reserve)
        haut = y + (pas - 0.7 - texte.hauteur_capitale) / 2
        bas = feuille.paragraphe(cadre.x + _RETRAIT, haut, lignes, texte)
        base = haut + texte.hauteur_capitale
        _ecrire_effectifs(feuille, cadre, base, corps, nombres)
        y = max(y + pas, bas + 1.8)
    return y


def contours_dessines(vue: VueCarte) -> list[tuple[str, bool]]:
    """Libellé de chaque contour de la carte ; vrai pour celui des quartiers prioritaires."""
    entrees = []
    if len(vue.qpv):
        entrees.append(("quartier prioritaire de la politique de la ville (QPV)", True))
    if len(vue.secteurs):
        entrees.append(("limite de secteur", False))
    return entrees


def _dessiner_contours(
    feuille: Feuille, vue: VueCarte, cadre: Cadre, y: float, pas: float, corps: float
) -> float:
    """Contours présents sur la carte : quartiers prioritaires, secteurs."""
    texte, _, _ = _styles(corps)
    entrees = contours_dessines(vue)
    y += 1.6 if entrees else 0.0
    for libelle, est_quartier in entrees:
        lignes = couper_lignes(libelle, texte, cadre.largeur - _RETRAIT)
        vignette = Cadre(cadre.x + 0.4, y + 0.4, _VIGNETTE - 0.8, pas - 1.5)
        if est_quartier:
            feuille.rectangle(vignette, "white", trait=palettes.QPV, epaisseur=1.35, ordre=6)
        else:
            milieu = vignette.y + vignette.hauteur / 2
            ligne = np.array([[vignette.x, milieu], [vignette.droite, milieu]])
            feuille.lignes([ligne], TRAIT_SECTEUR, 0.7, opacite=0.55)
        haut = y + (pas - 0.7 - texte.hauteur_capitale) / 2
        bas = feuille.paragraphe(cadre.x + _RETRAIT, haut, lignes, texte)
        y = max(y + pas, bas + 1.8)
    return y - 1.0


def _dessiner_cercles(
    feuille: Feuille, vue: VueCarte, cadre: Cadre, y: float, corps: float, rayon: float
) -> float:
    """Cercles à l’échelle de la carte, l’un sous l’autre, chacun avec son effectif."""
    texte, _, _ = _styles(corps)
    connus = vue.zones.loc[vue.zones["rayon_relatif"] > 0]
    classes = [c for c in vue.legende.classes if c.borne_haute > 0]
    if connus.empty or not classes:
        return y
    rang = int(connus["rayon_relatif"].to_numpy().argmax())
    valeur, relatif = (float(connus.iloc[rang][c]) for c in ("valeur", "rayon_relatif"))
    rayons = [rayon * relatif * math.sqrt(c.borne_haute / valeur) for c in classes]
    colonne = max(_VIGNETTE, 2 * rayons[0])
    for classe, r in zip(classes, rayons, strict=True):
        hauteur = max(2 * r + 1.0, texte.pas + 0.6)
        milieu = y + hauteur / 2
        feuille.cercle(cadre.x + colonne / 2, milieu, r, palettes.STOCK, opacite=0.88)
        base = milieu + texte.hauteur_capitale / 2
        feuille.ecrire(cadre.x + colonne + 3.0, base, classe.libelle, texte)
        y += hauteur
    return y + 1.0
