"""Graphiques natifs d’un diaporama : barres du quartier et de la référence, intervalles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lxml import etree
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_TICK_LABEL_POSITION,
)
from pptx.oxml.ns import qn
from pptx.slide import Slide
from pptx.util import Emu, Pt

from observatoire.cartes import palettes
from observatoire.exports.balises_pptx import rvb
from observatoire.exports.lignes import Chiffre
from observatoire.exports.profils import Profil, Repere
from observatoire.exports.structure import Serie
from observatoire.redaction import FINE, INSECABLE

__all__ = ["comparables", "graphique_profil", "graphique_serie"]

_PAIRES_MAX = 4
_PART_COURTE = 0.35
"""Le petit graphique d’un profil est étroit."""
_QUARTIER, _REFERENCE = palettes.AMBRES[2], palettes.ENCRE
_FRANCAIS = "[$-40C]"
"""Virgule et espace des milliers à la française, quelle que soit la langue du poste."""
_FORMATS = {
    "pct": f'{_FRANCAIS}0.0"{FINE}%"',
    "eur": f'{_FRANCAIS}#,##0"{INSECABLE}€"',
    "hab_km2": f'{_FRANCAIS}#,##0"{INSECABLE}hab./km²"',
    "indice": f"{_FRANCAIS}0.00",
}
Cadre = tuple[Emu, Emu, Emu, Emu]


def graphique_serie(
    diapositive: Slide, cadre: Cadre, serie: Serie, *, nom_reference: str, corps: Pt
) -> Any:
    """Barres horizontales : un quartier par ligne, puis la référence.

    Une valeur masquée, absente, ou dont seules les bornes comptent n’a pas de barre : sa ligne le dit.

    Parameters
    ----------
    diapositive : Slide
    cadre : tuple of Emu
        Gauche, haut, largeur, hauteur.
    serie : Serie
    nom_reference : str
        Nom de la dernière barre.
    corps : Pt
        Corps des textes.
    """
    # Un graphique à barres se lit de bas en haut : la référence d’abord, pour finir en bas.
    lignes = [(nom_reference, None), *reversed(list(zip(serie.noms, serie.chiffres, strict=True)))]
    unite = serie.colonne.indicateur.unite
    reference = serie.colonne.valeur_reference
    valeurs = [
        _arrondir(reference if chiffre is None else chiffre.valeur, unite) for _, chiffre in lignes
    ]
    donnees = CategoryChartData(number_format=_format(unite))
    # Sans barre, ce que l’on sait se dit : « secret statistique », « 12 à 45 % ».
    donnees.categories = [
        nom if c is None or c.valeur is not None else f"{nom} ({c.texte})" for nom, c in lignes
    ]
    donnees.add_series(serie.titre, valeurs)
    forme = diapositive.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *cadre, donnees)
    graphique = forme.chart
    _habiller(graphique, corps)
    graphique.has_legend = False
    barres = graphique.plots[0].series[0]
    _poser_etiquettes(barres, valeurs, [_rond(c) for _, c in lignes], unite, corps)
    barres.format.fill.solid()
    barres.format.fill.fore_color.rgb = rvb(_QUARTIER)
    point = barres.points[0]
    point.format.fill.solid()
    point.format.fill.fore_color.rgb = rvb(_REFERENCE)
    _poser_intervalles(barres, [c for _, c in lignes])
    return forme


def comparables(profil: Profil) -> list[Repere]:
    """Taux du profil que l’on peut montrer face à la référence, sur une échelle commune."""
    retenus = [
        r
        for r in profil.reperes
        if r.chiffre.unite == "pct" and r.chiffre.valeur is not None and r.chiffre.compare
    ]
    return retenus[:_PAIRES_MAX]


def graphique_profil(
    diapositive: Slide, cadre: Cadre, profil: Profil, *, nom_reference: str, corps: Pt
) -> Any:
    """Barres jumelles, quartier et référence, pour les taux que l’on peut comparer.

    Parameters
    ----------
    diapositive, cadre, nom_reference, corps
        Voir :func:`graphique_serie`.
    profil : Profil
        Au moins un de ses taux se compare (:func:`comparables`).
    """
    reperes = comparables(profil)[::-1]
    references = [_arrondir(r.chiffre.valeur_reference, "pct") for r in reperes]
    valeurs = [_arrondir(r.chiffre.valeur, "pct") for r in reperes]
    donnees = CategoryChartData(number_format=_format("pct"))
    donnees.categories = [f"{r.libelle}, {r.chiffre.millesime}" for r in reperes]
    # La première série est en bas de chaque paire : la référence, puis le quartier au-dessus.
    donnees.add_series(nom_reference, references)
    donnees.add_series(profil.nom, valeurs)
    forme = diapositive.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *cadre, donnees)
    graphique = forme.chart
    _habiller(graphique, corps)
    graphique.has_legend = True
    graphique.legend.position = XL_LEGEND_POSITION.BOTTOM
    graphique.legend.include_in_layout = False
    graphique.legend.font.size = corps
    ronds = [_rond(r.chiffre) for r in reperes]
    etiquettes = (references, [False] * len(reperes)), (valeurs, ronds)
    couleurs = (_REFERENCE, _QUARTIER)
    for serie, couleur, (v, r) in zip(graphique.plots[0].series, couleurs, etiquettes, strict=True):
        serie.format.fill.solid()
        serie.format.fill.fore_color.rgb = rvb(couleur)
        _poser_etiquettes(
            serie, v, r, "pct", corps, echelle=[*references, *valeurs], part_courte=_PART_COURTE
        )
    _poser_intervalles(graphique.plots[0].series[1], [r.chiffre for r in reperes])
    return forme


def _format(unite: str) -> str:
    return _FORMATS.get(unite, f"{_FRANCAIS}0.0")


def _rond(chiffre: Chiffre | None) -> bool:
    """Vrai si le texte du chiffre est sans décimale : le graphique l’écrit de même."""
    return chiffre is not None and "," not in chiffre.texte


def _arrondir(valeur: float | None, unite: str) -> float | None:
    """Comme les textes : un chiffre que l’on recopie du graphique est celui de la note."""
    if valeur is None or math.isnan(valeur):
        return None
    if unite in {"eur", "hab_km2"}:
        return math.floor(valeur / 10 + 0.5) * 10.0
    return round(valeur, 2 if unite == "indice" else 1)


def _habiller(graphique: Any, corps: Pt) -> None:
    # Sans langue, le nombre suit celle du poste ; avec elle, la virgule française.
    espace = graphique._chartSpace
    langue = etree.Element(qn("c:lang"), val="fr-FR")
    date = espace.find(qn("c:date1904"))
    espace.insert(0 if date is None else 1, langue)
    graphique.font.size = corps
    graphique.font.color.rgb = rvb(palettes.ENCRE)
    graphique.has_title = False
    trace = graphique.plots[0]
    trace.gap_width = 55
    trace.overlap = -8
    trace.has_data_labels = True
    etiquettes = trace.data_labels
    etiquettes.show_value = True
    etiquettes.position = XL_LABEL_POSITION.INSIDE_BASE
    etiquettes.font.size = corps
    etiquettes.font.bold = True
    etiquettes.font.color.rgb = rvb(palettes.PAGE)
    etiquettes.number_format_is_linked = True
    valeurs = graphique.value_axis
    valeurs.visible = False
    valeurs.has_major_gridlines = False
    # Une barre commence à zéro : sa longueur est la valeur.
    valeurs.minimum_scale = 0
    noms = graphique.category_axis
    noms.format.line.color.rgb = rvb(palettes.TRAIT)
    noms.has_major_gridlines = False
    noms.tick_labels.font.size = corps
    noms.tick_label_position = XL_TICK_LABEL_POSITION.LOW


def _poser_etiquettes(
    serie: Any,
    valeurs: Sequence[float | None],
    ronds: Sequence[bool],
    unite: str,
    corps: Pt,
    *,
    echelle: Sequence[float | None] = (),
    part_courte: float = 0.25,
) -> None:
    """Écrire chaque valeur au pied de sa barre, ou au bout d’une barre trop courte pour elle.

    Est trop courte une barre sous ``part_courte`` de la plus longue.
    """
    longueurs = [v for v in (echelle or valeurs) if v is not None]
    for rang, (valeur, rond) in enumerate(zip(valeurs, ronds, strict=True)):
        if valeur is None:
            continue
        courte = valeur < part_courte * max(longueurs)
        etiquette = serie.points[rang].data_label
        etiquette.position = (
            XL_LABEL_POSITION.OUTSIDE_END if courte else XL_LABEL_POSITION.INSIDE_BASE
        )
        etiquette.font.size = corps
        etiquette.font.bold = True
        etiquette.font.color.rgb = rvb(palettes.ENCRE if courte else palettes.PAGE)
        code = f'{_FRANCAIS}0"{FINE}%"' if rond and unite == "pct" else _format(unite)
        element = etiquette._dLbl
        # Le schéma veut le format avant la mise en forme.
        format_nombre = etree.Element(qn("c:numFmt"), formatCode=code, sourceLinked="0")
        ancre, texte = element.find(qn("c:spPr")), element.find(qn("c:txPr"))
        (texte if ancre is None else ancre).addprevious(format_nombre)
        # Un chiffre et son unité restent sur une ligne, même sur un petit graphique.
        texte.find(qn("a:bodyPr")).set("wrap", "none")


def _poser_intervalles(serie: Any, chiffres: list[Chiffre | None]) -> None:
    """Barres d’erreur aux bornes de chaque estimation."""
    moins, plus = zip(*map(_demi_largeurs, chiffres), strict=True)
    if not any(moins) and not any(plus):
        return
    erreurs = etree.Element(qn("c:errBars"))
    for nom, valeur in (("errBarType", "both"), ("errValType", "cust"), ("noEndCap", "1")):
        etree.SubElement(erreurs, qn(f"c:{nom}"), val=valeur)
    for nom, longueurs in (("plus", plus), ("minus", moins)):
        liste = etree.SubElement(etree.SubElement(erreurs, qn(f"c:{nom}")), qn("c:numLit"))
        etree.SubElement(liste, qn("c:formatCode")).text = "General"
        etree.SubElement(liste, qn("c:ptCount"), val=str(len(longueurs)))
        for rang, longueur in enumerate(longueurs):
            if not longueur:
                continue  # un chiffre publié n’a pas d’intervalle, même nul
            point = etree.SubElement(liste, qn("c:pt"), idx=str(rang))
            etree.SubElement(point, qn("c:v")).text = f"{longueur:.4g}"
    proprietes = etree.SubElement(erreurs, qn("c:spPr"))
    trait = etree.SubElement(proprietes, qn("a:ln"), w="15875")
    remplissage = etree.SubElement(trait, qn("a:solidFill"))
    etree.SubElement(remplissage, qn("a:srgbClr"), val=palettes.TEXTE_SECOND.lstrip("#").upper())
    # Le schéma veut les barres d’erreur juste avant les catégories.
    serie._element.find(qn("c:cat")).addprevious(erreurs)


def _demi_largeurs(chiffre: Chiffre | None) -> tuple[float, float]:
    """Longueurs de l’intervalle de part et d’autre de la valeur ; nulles s’il n’y en a pas."""
    if chiffre is None or chiffre.valeur is None:
        return 0.0, 0.0
    if chiffre.borne_basse is None or chiffre.borne_haute is None:
        return 0.0, 0.0
    return max(chiffre.valeur - chiffre.borne_basse, 0.0), max(
        chiffre.borne_haute - chiffre.valeur, 0.0
    )
